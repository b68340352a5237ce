"""Tiers of long-pending cases (超12个月, 超2年) and who is in charge of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from reports.courts.periods import months_before


@dataclass(frozen=True)
class TierPolicy:
    """``[pending]``: thresholds in months, who is in charge from which on, and whether excluded days are deducted."""

    months: tuple[int, ...] = (12, 18, 24, 36)
    leaders: Mapping[int, str] = field(default_factory=dict)
    deduct: bool = False

    def tier(self, filed: date, excluded: int, day: date) -> int | None:
        """The highest threshold (months) that a case is over on a day; strictly, as 超12个月 is counted."""
        older = (day - filed).days - (excluded if self.deduct else 0)
        over = [months for months in self.months if older > (day - months_before(day, months)).days]
        return max(over, default=None)

    def leader(self, tier: int | None) -> str:
        """Who is in charge of a case of a tier."""
        known = [months for months in self.leaders if tier is not None and months <= tier]
        return self.leaders[max(known)] if known else ""


def tier_name(months: int | None) -> str:
    """A tier as printed, such as 超18个月 or 超2年."""
    if months is None:
        return "—"
    return f"超{months // 12}年" if months % 12 == 0 and months > 12 else f"超{months}个月"
