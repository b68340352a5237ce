"""R2–R4: has a court changed, against its own past and after what its peers did in the same period?

Everything is computed for every past period too: those values are the yardstick (overdispersion τ², tail λ, and how
often a deviation of this size has been seen).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reports.flag.policy import Policy
from reports.flag.robust import Array, centres, overdispersion, two_sided

_NORMAL_99 = 2.5758293035489004  # two-sided 99% point
# Of a change, and what part of the error rate each has. A ramp sees a step of two periods too, at nine tenths of what a
# window of two would; that window besides makes false findings, as neighbouring periods move together.
SHAPES = (((1.0,), 0.7), ((0.25, 0.5, 0.75, 1.0), 0.3))
_SWEEPS = 3  # of the two-way fit; it settles in two


@dataclass(frozen=True)
class Contrast:
    """One comparison for every unit and period: deviation d from what was expected, on the transformed scale.

    ``v`` is its sampling variance, ``c`` by how much it carries τ². ``z`` = d/√(v + c·τ²)/λ. ``common`` is what was
    taken off each period as the peers' shared movement. ``now`` is how far the last period alone lies from the same
    baseline: d itself, unless d is the size of a change over several periods.
    """

    d: Array
    v: Array
    c: Array
    now: Array
    common: Array
    tau2: float
    z: Array
    scale: float = 1.0  # λ

    @property
    def past(self) -> Array:
        """All finite scores of past periods."""
        before = self.z[:, :-1]
        return before[np.isfinite(before)]

    def calibrated(self, scale: float) -> Contrast:
        """The same with its scores divided by λ."""
        return replace(self, z=self.z / scale, scale=self.scale * scale)


def residuals(y: Array, s2: Array, policy: Policy) -> Array:
    """e = y − mₜ: what is left after the peers' common movement; the court's own level stays in it.

    mₜ is the winsorised precision-weighted mean over the peers of y less each court's own mean, so that a court
    missing in one period does not move the others. With fewer peers than the policy wants, mₜ is 0.
    """
    if not policy.peers or len(y) < policy.min_peers:
        return y
    common = np.zeros(y.shape[1])
    for _ in range(_SWEEPS):
        own = _row_mean(y - common)
        left = y - own[:, None]
        tau2 = overdispersion(left - common, s2, 1.0, policy.trim) if policy.overdispersion else 0.0
        common = centres(left, s2 + tau2, policy.trim)
    return y - common


def window(e: Array, s2: Array, shape: Sequence[float], policy: Policy) -> tuple[Array, Array, Array, Array]:
    """(d, v, c, now) of a change of ``shape`` in the last periods against all periods before them, at every period.

    d is the size of the change, fitted by weighted least squares to the deviations from the mean before; ``now`` is
    that deviation of the last period alone. Weights are 1/(s² + τₑ²), τₑ² being the spread of a court's own quarters:
    a quarter with few cases says less, but no quarter says everything. Missing periods before the window are passed
    over; at least ``min_baseline`` are needed.
    """
    n, t = e.shape
    k, form = len(shape), np.asarray(shape, dtype=float)
    d, v, c, now = (np.full((n, t), np.nan) for _ in range(4))
    known = np.isfinite(e) & np.isfinite(s2)
    own = _row_mean(np.where(known, e, np.nan))
    lost = known.any(axis=1).sum()  # each court's mean costs one observation
    spread = overdispersion(e - own[:, None], s2, 1.0, policy.trim, lost=float(lost)) if policy.overdispersion else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(known, 1.0 / (s2 + spread), 0.0)
    value, variance = np.where(known, e, 0.0), np.where(known, s2, 0.0)
    if (many := t - k) <= 0:
        return d, v, c, now
    sums = [
        np.cumsum(one, axis=1)[:, :many] for one in (weight, weight * value, weight**2 * variance, weight**2, known)
    ]
    total, level, error, square, count = sums  # before the window that ends at each period from the k-th on
    steps = [(slice(place, place + many), height) for place, height in enumerate(form, 1)]

    def over(array: Array) -> Array:
        """The sum over the window, step by step, of the part that each has in the change."""
        return np.asarray(sum(array[:, here] * height for here, height in steps))

    heavy = weight**2
    good = (count >= policy.min_baseline) & np.all([known[:, here] for here, _ in steps], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.asarray(sum(weight[:, here] * height**2 for here, height in steps))
        carried = over(weight) / inside  # by how much d moves with the level
        size = over(weight * value) / inside - carried * level / total
        squares = [(heavy[:, here] * height**2, variance[:, here]) for here, height in steps]
        noise = sum(one * each for one, each in squares) / inside**2 + carried**2 * error / total**2
        spreads = sum(one for one, _ in squares) / inside**2 + carried**2 * square / total**2
        last = value[:, k:] - level / total
    for array, found in ((d, size), (v, noise), (c, spreads), (now, last)):
        array[:, k:] = np.where(good, found, np.nan)
    return d, v, c, now


def step(e: Array, s2: Array, lag: int) -> tuple[Array, Array, Array]:
    """(d, v, c) of each period against the one ``lag`` periods before: 环比 and 同比."""
    d, v, c = (np.full(e.shape, np.nan) for _ in range(3))
    if lag < e.shape[1]:
        d[:, lag:] = e[:, lag:] - e[:, :-lag]
        v[:, lag:] = s2[:, lag:] + s2[:, :-lag]
        c[:, lag:] = np.where(np.isfinite(d[:, lag:]), 2.0, np.nan)
    return d, v, c


def contrast(d: Array, v: Array, c: Array, policy: Policy, now: Array | None = None) -> Contrast:
    """Re-centre on the peers, estimate τ² over all past periods, and score. λ comes later, see :func:`tails`."""
    common, tau2 = np.zeros(d.shape[1]), 0.0
    past = slice(0, max(d.shape[1] - 1, 0)) if np.isfinite(d[:, :-1]).sum() >= policy.min_peers else slice(None)
    centred = d
    for _ in range(2):
        if policy.peers and len(d) >= policy.min_peers:
            weight = v + np.where(np.isfinite(c), c, 1.0) * tau2
            common = centres(d, weight, policy.trim)
            centred = d - common
        if policy.overdispersion:
            tau2 = overdispersion(centred[:, past], v[:, past], c[:, past], policy.trim)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = centred / np.sqrt(v + c * tau2)
    return Contrast(centred, v, c, centred if now is None else now - common, common, tau2, z)


def tails(contrasts: Sequence[Contrast], policy: Policy) -> list[Contrast]:
    """Divide each contrast's scores by λ = max(1, Q₉₉|z_past| / 2.576).

    A contrast with fewer than ``calibration_min`` past scores shares one λ with the other such ones.
    """
    if not policy.tail:
        return list(contrasts)
    small = [one for one in contrasts if len(one.past) < policy.calibration_min]
    pooled = _lambda(np.concatenate([one.past for one in small])) if small else 1.0
    return [
        one.calibrated(pooled if len(one.past) < policy.calibration_min else _lambda(one.past)) for one in contrasts
    ]


def _lambda(z: Array) -> float:
    if len(z) < 50:  # the 99% point of fewer values is their maximum
        return 1.0
    return max(1.0, float(np.quantile(np.abs(z), 0.99)) / _NORMAL_99)


@dataclass(frozen=True)
class OwnHistory:
    """R2 of one block: p over the windows, and the contrast of the window that decided, for each unit, now."""

    p: Array
    chosen: tuple[int, ...]  # place in ``contrasts``; −1 where untested
    contrasts: tuple[Contrast, ...]
    windows: tuple[int, ...]  # lengths in periods: 1, or that of the ramp; −1 and −lag for 环比 and 同比

    def of(self, row: int) -> tuple[int, Contrast] | None:
        """(length of the window, its contrast) that decided for a unit."""
        place = self.chosen[row]
        return None if place < 0 else (self.windows[place], self.contrasts[place])


def decide(
    contrasts: Sequence[Contrast], windows: Sequence[int], confirm: float, shares: Sequence[float] = ()
) -> OwnHistory:
    """p = the smallest of the two-sided p-values of the windows, each over its share (Bonferroni), at most 1.

    ``shares`` add up to 1; without any all windows have the same. Those of windows that cannot be tested go to the
    others. A change over several periods counts only where the last one alone confirms it, by ``confirm`` standard
    errors the same way: what has come back to its level is over, however far off it was before. That can only make p
    larger.
    """
    each = np.array([np.where(np.isfinite(one.z[:, -1]), two_sided(one.z[:, -1]), np.nan) for one in contrasts])
    if 1 in windows:
        last = contrasts[windows.index(1)].z[:, -1]
        for place, k in enumerate(windows):
            if k > 1:
                z = contrasts[place].z[:, -1]
                with np.errstate(invalid="ignore"):
                    over = np.isfinite(last) & (last * np.sign(z) < confirm)
                each[place] = np.where(over & np.isfinite(each[place]), 1.0, each[place])
    known = np.isfinite(each)
    share = np.where(known, np.array(shares or [1.0] * len(each))[:, None], 0.0)
    tested = known.any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        filled = np.where(known, each * share.sum(axis=0) / share, np.inf)
    best = np.argmin(filled, axis=0)
    p = np.where(tested, np.minimum(filled.min(axis=0), 1.0), np.nan)
    chosen = tuple(int(b) if there else -1 for b, there in zip(best, tested, strict=True))
    return OwnHistory(p, chosen, tuple(contrasts), tuple(windows))


def _row_mean(values: Array) -> Array:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), 0.0)
