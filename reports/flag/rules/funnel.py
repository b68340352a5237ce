"""R5: each court among its peers of the same period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.flag.robust import Array, centre, normal_point, overdispersion
from reports.flag.rules import Finding, Series, Signs
from reports.flag.transform import printed
from reports.model import Reference
from reports.sentences.clauses import BeyondPeers


@dataclass(frozen=True)
class Funnel(Finding):
    """R5 of a block now: scores, and each unit's 99.8% range as printed quotients."""

    series: Series
    side: Signs
    z: Array
    low: Array
    high: Array
    middle: float

    def reference(self, row: int) -> Reference:
        """The mean of the peers, as a plain quotient; the same for all of them."""
        del row
        return Reference("peers", self.middle if np.isfinite(self.middle) else None, "同级法院平均水平")

    def clause(self, row: int) -> BeyondPeers:
        """The range of a court of its size."""
        return BeyondPeers(self.series.block.spec.measure, float(self.low[row]), float(self.high[row]))


def find(series: Series) -> Funnel | None:
    """Each court among its peers now, with additive overdispersion (Spiegelhalter, Stat. Med. 24, 2005).

    ``None`` with too few peers, and for counts, which differ with a court's size.
    """
    block, made, policy = series.block, series.made, series.policy
    y, s2 = made.y[:, -1], made.s2[:, -1]
    if not series.peers or block.spec.kind == "count" or np.isfinite(y).sum() < policy.min_peers:
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
    z = (y - middle) / spread
    with np.errstate(invalid="ignore"):
        side = np.where(z > limit, 1, np.where(z < -limit, -1, 0)).astype(np.int64)
    return Funnel(series, side, z, printed(block, low), printed(block, high), centre_value)
