"""How long the cases filed in a year take: the product-limit estimate, with those still pending counted as such."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

FEW = 30  # cases: of fewer no share and no median is told, their number says it
WITHIN = (90, 180, 365)  # days for which the share concluded is told


@dataclass(frozen=True)
class Cohort:
    """The cases filed in a year (``cases``, of which ``pending`` are), and the days from filing to conclusion.

    ``median`` is the day by which half of them are concluded, ``shares`` the share concluded within each of
    :data:`WITHIN` days; ``None`` where too few have been followed for so long.
    """

    year: int
    cases: int
    pending: int
    median: int | None
    shares: tuple[Fraction | None, ...]


def cohort(year: int, waits: Mapping[int, tuple[int, int]]) -> Cohort:
    """The cohort of a year from days → (concluded after so many days, pending for so many days).

    E. L. Kaplan, P. Meier, “Nonparametric estimation from incomplete observations”, JASA 53 (1958) 457–481: what is
    pending counts among those that could have ended up to its last day. Where no case has left unconcluded before, the
    share is that of the counts, exactly. Else it is told as long as :data:`FEW` cases are followed.
    """
    days = sorted(waits)
    cases = sum(sum(waits[day]) for day in days)
    pending = sum(waits[day][1] for day in days)
    if cases < FEW:
        return Cohort(year, cases, pending, None, (None,) * len(WITHIN))
    at_risk, open_, ended, left = cases, Fraction(1), 0, 0
    middle: int | None = None
    shares: list[Fraction | None] = [None] * len(WITHIN)
    for day in [*days, max(days[-1], WITHIN[-1]) + 1]:
        known = at_risk >= FEW or not left  # of the days before this one
        for place, within in enumerate(WITHIN):
            if shares[place] is None and within < day and known:
                shares[place] = 1 - open_
        concluded, still = waits.get(day, (0, 0))
        if concluded:
            ended += concluded
            open_ = Fraction(cases - ended, cases) if not left else _short(open_ * (1 - Fraction(concluded, at_risk)))
        if known and middle is None and open_ * 2 <= 1:
            middle = day
        at_risk -= concluded + still
        left += still
    return Cohort(year, cases, pending, middle, tuple(shares))


def _short(share: Fraction) -> Fraction:
    """A product of many quotients, to a billionth: its denominator would grow with every day."""
    return share.limit_denominator(10**9)
