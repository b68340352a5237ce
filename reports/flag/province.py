"""R7: a whole province or city, or a single court without peers, against its own past. One event is one flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.flag.history import step
from reports.flag.panel import Panel
from reports.flag.policy import Policy
from reports.flag.robust import Array, centre
from reports.flag.transform import Transformed

Changes = tuple[Array, Array]  # of the courts on a year before: deviations, and their variances with τ²
_XMR = 2.66
_PAST = 3  # changes from which limits can be drawn
FEWEST = _PAST + 1  # periods beyond those of a year, from which R7 can say anything


@dataclass(frozen=True)
class Whole:
    """What R7 found for one unit: the direction (0: nothing), the score, the value a year before, and by which test."""

    side: int
    z: float
    base: float
    unusual_year: bool
    unusual_step: bool


def whole(
    block: Panel, made: Transformed, row: int, lag: int, policy: Policy, below: Sequence[Changes], material: bool
) -> Whole | None:
    """R7 for one unit; ``None`` with too little history to draw limits.

    A finding needs a material change on a year before; a random-effects mean of the courts' own changes beyond 3.09
    (without courts: the change over its sampling error, or over the root mean square of its past changes if that is
    more); and either the change outside the XmR limits of the past changes on a year before, or the step from the
    period before away from the usual step of this season by more than three times the root mean square of such
    deviations.
    """
    y, s2 = made.y[row], made.s2[row]
    change = y[lag:] - y[:-lag] if len(y) > lag else np.array([])
    past = change[:-1][np.isfinite(change[:-1])]
    if (known := usual(past)) is None or not np.isfinite(change[-1]):
        return None
    mean, limit = known
    unusual_year = bool(abs(change[-1] - mean) > limit)
    unusual_step = _season(y, lag, policy)
    chance = s2[-1] + s2[-1 - lag]
    z = _shared(below, policy.trim) if below else float(change[-1] / np.sqrt(max(chance, np.mean(past**2))))
    found = material and abs(z) > policy.province_z and (unusual_year or unusual_step)
    side = int(np.sign(change[-1])) if found and np.sign(z) == np.sign(change[-1]) else 0
    return Whole(side, z, float(made.value[row, -1 - lag]), unusual_year, unusual_step)


def usual(changes: Array) -> tuple[float, float] | None:
    """Mean of past yearly changes, and how far the XmR chart lets the next one lie from it; ``None`` for too few."""
    past = changes[np.isfinite(changes)]
    if len(past) < _PAST:
        return None
    return float(past.mean()), float(_XMR * np.abs(np.diff(past)).mean())


def _shared(below: Sequence[Changes], trim: float) -> float:
    """Random-effects z of the courts' changes on a year before (DerSimonian & Laird's model, our τ²)."""
    d, v = (np.concatenate([one[place] for one in below]) for place in (0, 1))
    known = np.isfinite(d) & np.isfinite(v) & (v > 0)
    if known.sum() < 2:
        return 0.0
    return centre(d, np.where(known, v, np.nan), trim) * float(np.sqrt(np.sum(1.0 / v[known])))


def _season(y: Array, lag: int, policy: Policy) -> bool:
    """Whether the step from the period before is far from the same season's steps of the past years."""
    moves, _, _ = step(y[None, :], np.zeros((1, len(y))), 1)
    moves = moves[0]
    now, deviations = moves[-1], []
    same = moves[-1 - lag :: -lag]
    same = same[np.isfinite(same)]
    if len(same) < 2 or not np.isfinite(now):
        return False
    for season in range(lag):
        past = moves[:-1][np.arange(len(moves) - 1) % lag == season]
        past = past[np.isfinite(past)]
        if len(past) > 1:  # each mean costs one observation
            deviations.append((past - past.mean()) * np.sqrt(len(past) / (len(past) - 1)))
    rms = float(np.sqrt(np.mean(np.concatenate(deviations) ** 2)))
    return bool(abs(now - same.mean()) > policy.province_season * rms)
