"""What became of a change after it was flagged: was it one, and how much of it is left?

A value is flagged because it is extreme, and what is extreme by chance falls back by itself: the flagged value is no
measure of what came after it. So stories of the unit's periods from the flag until now are compared, each a course of
its true level about what its own earlier past and its peers let expect (:mod:`reports.flag.hierarchical`):

- chance: it never left that level;
- a change of a size m and of one of the shapes that R2 looks for, of which in each later period all is left, a half,
  or nothing; it turns from one to another at most twice.

Given all other cells the deviations d of these periods have the precision Q_SS (Rasmussen & Williams, 2006, 5.4.2); a
story says that their mean is m·w, and its likelihood is the multivariate t₂₀ density of d. Its m (t₄, about ω), τ and
the season are integrated over; how probable a change is before looking is as in R2, and its three ends are equally so.
So a size that the data do not bear out is drawn towards nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from reports.flag.hierarchical import CHANGE_DF, NOW_DF, SHAPES, SHARE, SIZE, Block, log_sum, log_t, weights
from reports.flag.panel import Panel
from reports.flag.robust import Array
from reports.flag.transform import Transformed, printed
from reports.model import Aftermath

_LEFT = (0.0, 0.5, 1.0)  # of a change, in its three ends
_TWICE = 0.1  # of the stories turn twice: half before all, or back and away again
_SIZES = np.geomspace(0.08, 40.0, 40)  # m/ω
_REACH = len(SHAPES[-1][0])  # periods, with the one flagged, over which a change may have come


def follow(block: Panel, made: Transformed, flagged: Sequence[tuple[int, int, int]]) -> list[Aftermath | None]:
    """For each (row, column of the period flagged, +1 for too high or −1) what became of it until the last column.

    ``None`` without a value in the period flagged, in the last one, or in any before.
    """
    whole = Block.of(made, 12 // block.periods[-1].months)
    before = whole.seen.copy()
    for row, first, _ in flagged:
        before[row, max(first - _REACH + 1, 0) :] = False
    (weight,) = weights([replace(whole, seen=before)], [("", made.scale)])
    with np.errstate(divide="ignore"):
        log_weight = np.log(weight)
    whole = whole.steadied(min(first for _, first, _ in flagged), weight, before)
    found: list[Aftermath | None] = []
    for row, first, sign in flagged:
        seen = whole.seen[row]
        mine = np.flatnonzero(seen & (np.arange(len(seen)) > first - _REACH))
        if not (seen[first] and seen[-1] and first < len(seen) - 1 and seen[:first].any()):
            found.append(None)
            continue
        beside = before.copy()  # who was flagged too is no measure for this one
        beside[row] = seen
        qy, q = whole.solved(beside)
        precision = q[:, row][:, mine[:, None], mine]
        deviation = np.asarray(np.linalg.solve(precision, qy[:, row][:, mine, None])[..., 0], dtype=np.float64)
        real, gone, half = _told(sign * deviation, precision, log_weight, mine - first, SIZE[made.scale])
        usual = made.y[row, -1:] - np.tensordot(weight, deviation[:, -1:], 1) * whole.unit
        now = float(printed(block, made.back(usual))[0])
        found.append(Aftermath(real, gone, half, now, int((mine > first).sum())))
    return found


def _told(
    d: Array, precision: Array, log_weight: Array, place: NDArray[np.intp], unit: float
) -> tuple[float, float, float]:
    """How probable it is that there was a change, and given one that nothing, and that a half, is left.

    ``d``: grid × periods, the flagged way positive; ``place``: of each period after the one flagged, before it
    negative; ``unit``: ω.
    """
    ends, share, w = _stories(place)
    qd = (precision @ d[..., None])[..., 0]
    b, j = qd @ w.T, np.einsum("sk,gkl,sl->gs", w, precision, w)
    m = _SIZES * unit
    width = log_t(_SIZES, CHANGE_DF) + np.log(np.gradient(_SIZES))
    width -= log_sum(width)
    base = log_weight + 0.5 * np.linalg.slogdet(precision)[1]
    none = (d * qd).sum(axis=1)
    each = none[:, None, None] - 2 * m * b[..., None] + m**2 * j[..., None]
    real = base[:, None, None] + _log_density(each, len(place)) + width + np.log(share)[:, None]
    real = log_sum(np.moveaxis(real, 0, -1))  # stories × sizes
    chance = log_sum(base + _log_density(none, len(place))) + np.log(1 - SHARE)
    total = log_sum(real.ravel()) + np.log(SHARE)
    p = np.exp(real - log_sum(real.ravel()))
    gone, half, _ = (float(p[ends == end].sum()) for end in range(len(_LEFT)))
    return float(1 / (1 + np.exp(chance - total))), gone, half


def _stories(place: NDArray[np.intp]) -> tuple[NDArray[np.intp], Array, Array]:
    """(end of each story, how probable it is among them, its course over the periods in shares of the change)."""
    later = place[place > 0]
    ends, share, found = [], [], []
    for shape, often in SHAPES:
        until = [shape[k - 1] if -len(shape) < k <= 0 else 0.0 for k in place[place <= 0]]
        for end, last in enumerate(_LEFT):
            once = [np.where(later < turn, 1.0, last) for turn in (later if last < 1 else later[:1])]
            twice = [
                np.where(later < turn, 1.0, np.where(later < back, between, last))
                for (turn, back), between in product(combinations(later, 2), _LEFT[:-1])
                if between != last
            ]
            for courses, part in ((once, 1 - _TWICE if twice else 1.0), (twice, _TWICE)):
                ends += [end] * len(courses)
                share += [often / len(_LEFT) * part / len(courses)] * len(courses) if courses else []
                found += [np.concatenate([until, course]) for course in courses]
    return np.array(ends), np.array(share), np.array(found)


def _log_density(quadratic: Array, cells: int) -> Array:
    """ln of the multivariate t density, but for what all stories share."""
    return np.asarray(-(NOW_DF + cells) / 2 * np.log1p(np.maximum(quadratic, 0.0) / NOW_DF))
