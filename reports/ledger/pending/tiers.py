"""Tiers of long-pending cases (超12个月, 超2年) and who is in charge of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from reports.courts.periods import months_before
from reports.errors import ConfigError


@dataclass(frozen=True)
class TierPolicy:
    """``[pending]``: thresholds in months, who is in charge from which on, and whether excluded days are deducted."""

    months: tuple[int, ...] = (12, 18, 24, 36)
    leaders: Mapping[int, str] = field(default_factory=dict)
    deduct: bool = False

    def tier(self, filed: date, excluded: int, day: date) -> int | None:
        """The highest threshold (months) that a case is over on a day; strictly, as 超12个月 is counted."""
        older = (day - filed).days - (excluded if self.deduct else 0)
        return next((months for days, months in _thresholds(self.months, day) if older > days), None)

    def leader(self, tier: int | None) -> str:
        """Who is in charge of a case of a tier."""
        known = [months for months in self.leaders if tier is not None and months <= tier]
        return self.leaders[max(known)] if known else ""


@cache
def _thresholds(months: tuple[int, ...], day: date) -> tuple[tuple[int, int], ...]:
    """Thresholds as days before a day, and in months, the longest first."""
    return tuple(((day - months_before(day, one)).days, one) for one in sorted(months, reverse=True))


def policy_of(months: Sequence[int], leaders: Mapping[str, str], *, deduct: bool, where: str) -> TierPolicy:
    """The policy as the configuration has it; raises :class:`ConfigError` for a month that is none."""
    if any(one < 1 for one in months) or not all(name.isdigit() for name in leaders):
        raise ConfigError(
            "[pending] 的 months 应为正整数，leaders 的键应为月数。",
            where=where,
            advice='如 months = [12, 24]，leaders = { "12" = "分管院领导" }。',
        )
    return TierPolicy(tuple(sorted(months)), {int(name): who for name, who in leaders.items()}, deduct)


def tier_name(months: int | None) -> str:
    """A tier as printed, such as 超18个月 or 超2年."""
    if months is None:
        return "—"
    return f"超{months // 12}年" if months % 12 == 0 and months > 12 else f"超{months}个月"
