"""Counts of consecutive months: years, the direction between years, and the season of a year."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from reports.courts.periods import Period

YEAR = 12  # months
BEYOND = 1.96  # standard errors: a direction between years that chance alone seldom gives (two-sided, 5 in 100)
MARKED = 3.0  # of a month of the year: twelve of them are looked at
APART = 5  # % from the level of the year by which a month must lie
FEWEST_YEARS = 2  # of which a season or a direction is told
AROUND = 6  # months before and after by whose median a month is judged
USUAL = 60  # cases a month: of fewer a month may halve by chance
HALF = 2  # a month of less than the half lacks cases


@dataclass(frozen=True)
class Series:
    """A count (件) of consecutive months, each a :class:`Period` of one month; both are of one length, or empty."""

    months: tuple[Period, ...] = ()
    values: tuple[int, ...] = ()

    def since(self, first: Period) -> Series:
        """The part from a month on."""
        at = next((place for place, month in enumerate(self.months) if month >= first), len(self.months))
        return Series(self.months[at:], self.values[at:])

    def until(self, last: Period) -> Series:
        """The part up to a month, which is in it."""
        size = sum(month <= last for month in self.months)
        return Series(self.months[:size], self.values[:size])

    def at(self, year: int, month: int) -> int | None:
        """The count of a month; ``None`` where it is not in the series."""
        return dict(zip(((one.year, one.first) for one in self.months), self.values, strict=True)).get((year, month))

    def total(self, year: int, first: int, last: int) -> int | None:
        """The sum of some months of a year; ``None`` where one of them is not in the series."""
        found = [self.at(year, month) for month in range(first, last + 1)]
        return None if None in found else sum(one for one in found if one is not None)

    @property
    def years(self) -> tuple[int, ...]:
        """The years of which there is a month."""
        return tuple(dict.fromkeys(month.year for month in self.months))


def gap(series: Series) -> Period | None:
    """The last month with less than half of the median of the :data:`AROUND` months before and after it.

    A month of a total that halves for once lacks cases, or was like no other: what lies before it cannot be told from
    a change. Where the usual month has fewer than :data:`USUAL` cases nothing is said.
    """
    found = None
    for at, (month, value) in enumerate(zip(series.months, series.values, strict=True)):
        around = [*series.values[max(0, at - AROUND) : at], *series.values[at + 1 : at + 1 + AROUND]]
        if len(around) >= AROUND and (usual := median(around)) >= USUAL and value * HALF < usual:
            found = month
    return found


@dataclass(frozen=True)
class Trend:
    """Pairs of the same month of two years: in how many the later year has more, fewer or as many (件)."""

    more: int
    fewer: int
    same: int
    z: float

    @property
    def pairs(self) -> int:
        """All of them."""
        return self.more + self.fewer + self.same

    @property
    def way(self) -> int:
        """1 up, -1 down, 0 where chance may have done it."""
        return 0 if abs(self.z) < BEYOND else 1 if self.z > 0 else -1


def trend(series: Series) -> Trend | None:
    """The direction between years, the season taken out: the seasonal Kendall test.

    Every month is compared with the same month of every other year. R. M. Hirsch, J. R. Slack, R. A. Smith, “Techniques
    of trend analysis for monthly water quality data”, Water Resources Research 18 (1982) 107–121, with its correction
    for ties and for continuity. The months of a year are taken as independent of one another, so that one year unlike
    the others may pass for a direction where there are few years. ``None`` below :data:`FEWEST_YEARS` of every month.
    """
    by_month: dict[int, list[int]] = {}
    for month, value in zip(series.months, series.values, strict=True):
        by_month.setdefault(month.first, []).append(value)
    if len(by_month) < YEAR or min(map(len, by_month.values())) < FEWEST_YEARS:
        return None
    counted, variance = {1: 0, -1: 0, 0: 0}, 0.0
    for values in by_month.values():
        for before, after in combinations(values, 2):
            counted[(after > before) - (after < before)] += 1
        ties = [values.count(one) for one in set(values)]
        variance += (_spread(len(values)) - sum(map(_spread, ties))) / 18
    score = counted[1] - counted[-1]
    z = (score - math.copysign(1, score)) / math.sqrt(variance) if score and variance else 0.0
    return Trend(counted[1], counted[-1], counted[0], z)


def _spread(n: int) -> int:
    return n * (n - 1) * (2 * n + 5)


@dataclass(frozen=True)
class Season:
    """The months of the year by their level a working day, over ``years`` runs of twelve months ending with ``last``.

    ``totals`` (件) and ``days`` are sums over the runs, of January to December; ``marked`` says which months stand out
    beyond chance (1 more, -1 fewer, 0 neither).
    """

    first: Period
    last: Period
    years: int
    totals: tuple[int, ...]
    days: tuple[int, ...]
    marked: tuple[int, ...]

    def level(self, month: int) -> float:
        """How many percent of the level of the year a month (1–12) has."""
        share = self.totals[month - 1] * sum(self.days)
        return 100 * share / (sum(self.totals) * self.days[month - 1])


def season(series: Series, days: Sequence[int]) -> Season | None:
    """The season over the last whole runs of twelve months; ``days`` are the (working) days of each month.

    A month of the year has the level of its cases a day over that of all months. It is marked where it lies on the
    same side in every year, and over all years :data:`APART` % and :data:`MARKED` standard errors away; the error is
    that of a count whose variance is a multiple of its mean, the multiple (at least 1) estimated from what the years
    differ in by Pearson's statistic (P. McCullagh, J. A. Nelder, “Generalized Linear Models”, 2nd ed. 1989, §§4.5,
    6.2). ``None`` below :data:`FEWEST_YEARS`.
    """
    years = len(series.months) // YEAR
    size = years * YEAR
    if years < FEWEST_YEARS or not sum(series.values[-size:]):
        return None
    months, values, open_ = series.months[-size:], series.values[-size:], days[-size:]
    totals, worked, expected = [0] * YEAR, [0] * YEAR, [0.0] * YEAR
    shares: list[tuple[int, int, float]] = []  # month of the year, cases, those that its days give it
    for at, (month, value, day) in enumerate(zip(months, values, open_, strict=True)):
        run = slice(at // YEAR * YEAR, at // YEAR * YEAR + YEAR)
        given = sum(values[run]) * day / sum(open_[run])
        totals[month.first - 1] += value
        worked[month.first - 1] += day
        expected[month.first - 1] += given
        shares.append((month.first - 1, value, given))
    fitted = [(value, given * totals[at] / expected[at]) for at, value, given in shares if expected[at]]
    pearson = sum((value - fit) ** 2 / fit for value, fit in fitted if fit)
    multiple = max(1.0, pearson / ((years - 1) * (YEAR - 1)))
    whole = sum(expected)
    found = []
    for place, (total, given) in enumerate(zip(totals, expected, strict=True)):
        error = math.sqrt(multiple * given * (1 - given / whole))
        beyond = abs(total - given) >= max(MARKED * error, given * APART / 100)
        ways = {(value > usual) - (value < usual) for at, value, usual in shares if at == place}
        found.append(ways.pop() if beyond and len(ways) == 1 else 0)
    return Season(months[0], months[-1], years, tuple(totals), tuple(worked), tuple(found))
