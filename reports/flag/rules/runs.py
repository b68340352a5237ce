"""R6: patterns over several periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.flag.policy import Policy
from reports.flag.robust import Array
from reports.flag.rules import Finding, Series, Signs
from reports.sentences.clauses import Run

_NEAR = 2.0 / 3.0  # of the limit
_XMR = 2.66  # limits of an XmR chart: mean ± 2.66 mean moving range (3/1.128)


@dataclass(frozen=True)
class Runs(Finding):
    """R6 now: which pattern ends in this period (``side``, ``trend``, ``near``, or empty) and in which direction."""

    series: Series
    pattern: tuple[str, ...]
    side: Signs
    judges = False  # a pattern is looked for in the deviations of R2

    def clause(self, row: int) -> Run:
        """Which pattern, and whether on few periods only."""
        policy, series = self.series.policy, self.series
        points = int(np.isfinite(series.made.y[row]).sum())
        trial = points < policy.trial_points
        return Run(self.pattern[row], bool(self.side[row] > 0), policy.run, series.spell, points, trial)


def find(series: Series) -> Runs | None:
    """``None`` without peers, whose movement would be taken for the court's own."""
    if not series.peers:
        return None
    patterns, sides = patterns_of(series.residuals, series.policy)
    return Runs(series, patterns, sides)


def patterns_of(e: Array, policy: Policy) -> tuple[tuple[str, ...], Signs]:
    """The rules of NHS Making Data Count for patterns that end now: 7 points on one side, 7 rising or falling
    points, 2 of 3 near a limit (all three on that side, none beyond it). A tie breaks a pattern. At least 8 points.
    """
    patterns, sides = [], []
    for row in e:
        name, side = _pattern(row[np.isfinite(row)], policy) if np.isfinite(row[-1]) else ("", 0)
        patterns.append(name)
        sides.append(side)
    return tuple(patterns), np.array(sides, dtype=np.int64)


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
