"""R1: beyond the reference interval, on the worse side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.flag.exact import poisson, wilson
from reports.flag.panel import Panel
from reports.flag.policy import Policy
from reports.flag.robust import Array, normal_point
from reports.flag.rules import Bools, Finding, Series, Signs
from reports.flag.transform import Transformed, printed
from reports.model import Reference
from reports.sentences.clauses import BeyondInterval


@dataclass(frozen=True)
class Breach(Finding):
    """R1 of a block now: on which worse side of the interval, the 95% limits (printed quotient), and whether confirmed.

    ``twice``: confirmed in the period before too, on the same side.
    """

    series: Series
    side: Signs
    low: Array
    high: Array
    confirmed: Bools
    twice: Bools

    def strength(self, row: int) -> str:
        """``amber`` where the limits are beyond the interval too."""
        return "amber" if self.confirmed[row] else "yellow"

    def reference(self, row: int) -> Reference:
        """The bound of the interval, as a plain quotient."""
        spec = self.series.block.spec
        bound = spec.high if self.side[row] > 0 else spec.low
        return Reference("interval", None if bound is None else bound / spec.measure.factor, spec.source)

    def clause(self, row: int) -> BeyondInterval:
        """Beyond which bound, by how many cases, and how sure."""
        block, made = self.series.block, self.series.made
        spec = block.spec
        above = bool(self.side[row] > 0)
        bound = spec.high if above else spec.low
        assert bound is not None
        value = float(printed(block, made.value[:, -1])[row])
        cases = None
        if spec.kind == "proportion" and spec.form == "plain":
            cases = round(abs(value - bound / spec.measure.factor) * float(block.n[row, -1]))
        return BeyondInterval(
            spec.measure, value, spec.low, spec.high, above, cases, (float(self.low[row]), float(self.high[row])),
            bool(self.confirmed[row]), bool(self.twice[row]), self.series.spell,
        )  # fmt: skip


def find(series: Series) -> Breach | None:
    """``None`` without an interval. Inside, or beyond it on the better side, is no finding."""
    block, made, policy = series.block, series.made, series.policy
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
    return Breach(series, sides[-1], low, high, sure[-1], twice)


def limits(block: Panel, made: Transformed, place: int, policy: Policy) -> tuple[Array, Array]:
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
