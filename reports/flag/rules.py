"""R1 reference interval, R5 funnel, R6 runs: rules that look at one period, or only at its place in a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.flag.exact import poisson, wilson
from reports.flag.panel import Block
from reports.flag.policy import Policy
from reports.flag.robust import Array, centre, normal_point, overdispersion
from reports.flag.transform import Transformed, printed

Bools = NDArray[np.bool_]
Signs = NDArray[np.int64]  # +1 above, −1 below, 0 neither
_NEAR = 2.0 / 3.0  # of the limit
_XMR = 2.66  # limits of an XmR chart: mean ± 2.66 mean moving range (3/1.128)


@dataclass(frozen=True)
class Breach:
    """R1 of a block now: on which worse side of the interval, the 95% limits (printed quotient), and whether confirmed.

    ``twice``: confirmed in the period before too, on the same side.
    """

    side: Signs
    low: Array
    high: Array
    confirmed: Bools
    twice: Bools


def breach(block: Block, made: Transformed, policy: Policy) -> Breach | None:
    """R1; ``None`` without an interval. Inside, or beyond it on the better side, is no finding."""
    spec = block.spec
    if spec.low is None and spec.high is None:
        return None
    sides: list[Signs] = []
    sure: list[Bools] = []
    low = high = np.array([])
    for place in range(max(block.x.shape[1] - 2, 0), block.x.shape[1]):
        value = printed(block, made.value[:, place])
        low, high = limits(block, made, place, policy)
        side = np.zeros(len(value), dtype=np.int64)
        certain = np.zeros(len(value), dtype=bool)
        with np.errstate(invalid="ignore"):
            if spec.high is not None and spec.better != "higher":
                bound = spec.high / spec.measure.factor
                side[value > bound] = 1
                certain |= (value > bound) & (low > bound)
            if spec.low is not None and spec.better != "lower":
                bound = spec.low / spec.measure.factor
                side[value < bound] = -1
                certain |= (value < bound) & (high < bound)
        sides.append(side)
        sure.append(certain)
    before = len(sides) > 1
    twice = sure[-1] & sure[0] & (sides[-1] == sides[0]) if before else np.zeros(len(sides[-1]), dtype=bool)
    return Breach(sides[-1], low, high, sure[-1], twice)


def limits(block: Block, made: Transformed, place: int, policy: Policy) -> tuple[Array, Array]:
    """95% limits of the values of one period, as printed quotients.

    Wilson for proportions and shares, Byar (exact below 10) for counts, Byar on the excess of 案-件比; y ± z·s
    transformed back for the other kinds.
    """
    z = normal_point((1 - policy.ci) / 2)
    spec, x, n = block.spec, block.x[:, place], block.n[:, place]
    if spec.form == "share":
        low, high = wilson(x, x + n, z)
    elif spec.kind == "proportion":
        low, high = wilson(x, n, z)
    elif spec.kind == "count":
        low, high = poisson(x, z)
    elif spec.form == "excess":
        low, high = (one / n for one in poisson(x - n, z))
    else:
        s = np.sqrt(made.s2[:, place])
        low, high = made.back(made.y[:, place] - z * s), made.back(made.y[:, place] + z * s)
    return printed(block, low), printed(block, high)


@dataclass(frozen=True)
class Funnel:
    """R5 of a block now: scores, and each unit's 99.8% range as printed quotients."""

    z: Array
    low: Array
    high: Array
    middle: float
    limit: float

    @property
    def side(self) -> Signs:
        """+1 above the funnel, −1 below, 0 inside."""
        with np.errstate(invalid="ignore"):
            return np.where(self.z > self.limit, 1, np.where(self.z < -self.limit, -1, 0)).astype(np.int64)


def funnel(block: Block, made: Transformed, policy: Policy) -> Funnel | None:
    """R5: each court among its peers now, with additive overdispersion (Spiegelhalter, Stat. Med. 24, 2005).

    ``None`` with too few peers, and for counts, which differ with a court's size.
    """
    y, s2 = made.y[:, -1], made.s2[:, -1]
    if block.spec.kind == "count" or np.isfinite(y).sum() < policy.min_peers:
        return None
    middle, tau2 = centre(y, s2, policy.trim), 0.0
    for _ in range(3):
        if policy.overdispersion:
            tau2 = overdispersion(y - middle, s2, 1.0, policy.trim)
        middle = centre(y, s2 + tau2, policy.trim)
    limit = normal_point((1 - policy.funnel) / 2)
    spread = np.sqrt(s2 + tau2)
    low, high = made.back(middle - limit * spread), made.back(middle + limit * spread)
    centre_value = float(printed(block, np.asarray(made.back(np.array(middle)))))
    return Funnel((y - middle) / spread, printed(block, low), printed(block, high), centre_value, limit)


@dataclass(frozen=True)
class Runs:
    """R6 now: which pattern ends in this period (``side``, ``trend``, ``near``, or empty) and in which direction."""

    pattern: tuple[str, ...]
    side: Signs


def runs(e: Array, policy: Policy) -> Runs:
    """R6, the rules of NHS Making Data Count for patterns that end now: 7 points on one side, 7 rising or falling
    points, 2 of 3 near a limit (all three on that side, none beyond it). A tie breaks a pattern. At least 8 points.
    """
    patterns, sides = [], []
    for row in e:
        name, side = _pattern(row[np.isfinite(row)], policy) if np.isfinite(row[-1]) else ("", 0)
        patterns.append(name)
        sides.append(side)
    return Runs(tuple(patterns), np.array(sides, dtype=np.int64))


def _pattern(points: Array, policy: Policy) -> tuple[str, int]:
    if len(points) < policy.run_points:
        return "", 0
    mean = points.mean()
    above = np.sign(points - mean)
    steps = np.sign(np.diff(points))[-(policy.run - 1) :]
    if len(steps) == policy.run - 1 and abs(steps.sum()) == policy.run - 1:
        return "trend", int(steps[0])
    limit = _XMR * np.abs(np.diff(points)).mean()
    last = points[-3:] - mean
    if abs(above[-3:].sum()) == 3 and not (np.abs(last) > limit).any():
        near = np.abs(last) > _NEAR * limit
        if near.sum() >= 2 and near[-1]:
            return "near", int(above[-1])
    if abs(above[-policy.run :].sum()) == policy.run:
        return "side", int(above[-1])
    return "", 0
