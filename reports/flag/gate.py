"""Which cells may be judged: data to be verified first, then bases too small, then how large a change matters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reports.flag.panel import Panel
from reports.flag.policy import Policy
from reports.flag.robust import Array
from reports.flag.transform import Transformed
from reports.sentences.clauses import Clause, Impossible, TooPerfect, Unchanged, Unequal
from reports.words import FEW_LARGE, SMALL_BASE

Bools = NDArray[np.bool_]


def doubts(
    block: Panel, made: Transformed, policy: Policy, given: Mapping[tuple[str, str], Clause]
) -> list[Clause | None]:
    """For each unit why its value now has to be verified; ``None`` where nothing is wrong."""
    spec = block.spec
    found: list[Clause | None] = []
    rate = level_rate(made)
    for row, unit in enumerate(block.units):
        x, n = block.x[row, -1], block.n[row, -1]
        reason = given.get((unit.code, spec.id))
        if reason is None and spec.subset and x > n:
            reason = Impossible(round(x), round(n))
        if reason is None and _identical(block, row, policy):
            reason = Unchanged(round(x), round(n))
        if reason is None and spec.kind == "proportion" and np.isfinite(n) and np.isfinite(rate):
            reason = _too_perfect(spec.better, x, n, rate, policy)
        found.append(reason)
    return found


def _identical(block: Panel, row: int, policy: Policy) -> bool:
    """Both numbers as in the period before, where chance would rarely give that.

    The chance that two Poisson counts of mean m agree is about 1/(2√(πm)); for numerator and denominator of a
    proportion the second factor has the variance of the binomial.
    """
    if block.x.shape[1] < 2 or block.spec.kind == "count":
        return False
    x, n = block.x[row], block.n[row]
    if x[-1] != x[-2] or n[-1] != n[-2] or not n[-1] >= policy.min_den:
        return False
    if block.spec.kind in ("amount", "mean"):
        return bool(x[-1] > 0)
    spread = x[-1] * (1 - x[-1] / n[-1]) if block.spec.kind == "proportion" else x[-1]
    if not spread >= 1:
        return False
    return 1 / (2 * math.sqrt(math.pi * n[-1])) / (2 * math.sqrt(math.pi * spread)) < policy.identical_chance


def _too_perfect(better: str, x: float, n: float, rate: float, policy: Policy) -> TooPerfect | None:
    expected = n * (1 - rate) if better == "higher" else n * rate
    perfect = x == n if better == "higher" else x == 0 if better == "lower" else False
    if not perfect or expected < policy.min_expected:
        return None
    return TooPerfect(round(n), expected)


def disagreements(block: Panel, parts: Mapping[str, Sequence[str]]) -> dict[str, Clause]:
    """Units of this block whose numbers now are not the sum of their parts' (``parts``: code → codes below)."""
    place = {unit.code: row for row, unit in enumerate(block.units)}
    found: dict[str, Clause] = {}
    for code, below in parts.items():
        rows = [place[one] for one in below if one in place]
        if code not in place or len(rows) != len(below) or not rows:
            continue
        for name, array in (("分子", block.x), ("分母", block.n)):
            mine, theirs = array[place[code], -1], array[rows, -1].sum()
            if np.isfinite(mine) and np.isfinite(theirs) and mine != theirs:
                found[code] = Unequal(name, round(mine), round(theirs))
                break
    return found


def level_rate(made: Transformed) -> float:
    """Pooled value of the level in the period judged, in the tested form."""
    value, base = made.value[:, -1], made.base[:, -1]
    known = np.isfinite(value) & (base > 0)
    return float(np.sum(value[known] * base[known]) / np.sum(base[known])) if known.any() else math.nan


def own_rate(made: Transformed) -> Array:
    """Each unit's pooled value over its past, in the tested form; nan without one."""
    value, base = made.value[:, :-1], made.base[:, :-1]
    known = np.isfinite(value) & (base > 0)
    cases = np.where(known, base, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((np.where(known, value, 0.0) * cases).sum(axis=1) / cases.sum(axis=1))


def small(block: Panel, made: Transformed, policy: Policy) -> list[str | None]:
    """For each unit why its value now rests on too little to be judged; ``None`` where it does not.

    What is to be expected of a proportion is the level's rate or the court's own past one, whichever promises more.
    """
    base = made.base[:, -1]
    enough = np.isfinite(made.y[:, -1])
    reason = SMALL_BASE
    if block.spec.kind == "count":
        expected = np.nanmedian(np.where(np.isfinite(base), block.x[:, -1], np.nan)) if np.isfinite(base).any() else 0
        history = _row_median(block.x[:, :-1]) if block.x.shape[1] > 1 else np.full(len(base), expected)
        enough &= np.fmax(base, history) >= policy.count_abs
    elif block.spec.kind == "amount":
        known = np.isfinite(block.yy[:, -1])
        enough &= ~known | (base >= policy.min_effective)
        reason = FEW_LARGE
    else:
        enough &= base >= block.spec.min_den
        if made.scale == "arcsine":
            rate, own = level_rate(made), own_rate(made)
            high, low = np.fmax(rate, own), np.fmin(rate, own)
            enough &= (base * high >= policy.min_expected) & (base * (1 - low) >= policy.min_expected)
    return [None if good else reason for good in enough]


def material(block: Panel, made: Transformed, value: Array, expected: Array, base: Array, policy: Policy) -> Bools:
    """Whether a deviation from the expected value (both in the tested form) is large enough to matter.

    Proportions: max(1 百分点, a tenth of min(p, 1 − p)) and 5 cases; ratios 5% and 5 cases; counts 10% and 20
    cases; means 5%; amounts as proportions, without the cases.
    """
    change = np.abs(value - expected)
    with np.errstate(invalid="ignore"):
        if block.spec.kind == "count":
            return np.asarray((change >= policy.count_rel * expected) & (change >= policy.count_abs))
        if block.spec.kind == "mean":
            return np.asarray(change >= policy.ratio_rel * expected)
        if made.scale == "arcsine":
            floor = np.maximum(policy.delta_pp / 100, policy.delta_rel * np.minimum(expected, 1 - expected))
            enough = change * base >= policy.excess if block.spec.kind != "amount" else True
            return np.asarray((change >= floor) & enough)
        if block.spec.kind == "amount":
            return np.asarray(change >= policy.delta_rel * expected)
        return np.asarray((change >= policy.ratio_rel * expected) & (change * base >= policy.excess))


def _row_median(values: Array) -> Array:
    return np.array([np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in values])
