"""The long view (司法规律): what all years at hand say together of a court's cases, and what to expect of them.

Everything is a pure function of counts by month, year and days; what is counted, and from when on it is whole, is
decided in ``pipeline/longview.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.courts.periods import Period
from reports.longview.causes import Cause, Causes, changed
from reports.longview.outlook import Backtest, Outlook, outlook
from reports.longview.series import Season, Series, Trend, gap, season, trend
from reports.longview.waiting import FEW, WITHIN, Cohort, cohort

__all__ = [
    "FEW", "WITHIN", "Backtest", "Break", "Cause", "Causes", "Cohort", "LongView", "Outlook", "Season", "Series",
    "Trend", "Year", "changed", "cohort", "gap", "outlook", "season", "trend", "years",
]  # fmt: skip

FLOWS = ("filed", "concluded")


@dataclass(frozen=True)
class Break:
    """The first month after a change of the data or of their meaning, and what changed; nothing before is compared."""

    since: Period
    why: str


@dataclass(frozen=True)
class Year:
    """The same months of a year: cases filed and concluded in them, pending at their end (件); working ``days``.

    What is not whole is ``None``; so are days of a year whose holidays are not known.
    """

    year: int
    filed: int | None
    concluded: int | None
    pending: int | None
    days: int | None


@dataclass(frozen=True)
class LongView:
    """What the years say of the cases of a court or of all courts together (``name``), or of a line of them.

    ``period`` runs from January to the last month; the years are of its months. ``series``, ``trends`` and ``seasons``
    go by filed, concluded, pending; ``missing`` says which could not be counted, and why. ``worked``: levels of months
    are by working days, else by all days.
    """

    court: str
    name: str
    line: str
    period: Period
    series: Mapping[str, Series]
    breaks: tuple[Break, ...] = ()
    years: tuple[Year, ...] = ()
    trends: Mapping[str, Trend] = field(default_factory=dict)
    seasons: Mapping[str, Season] = field(default_factory=dict)
    worked: bool = True
    cohorts: Mapping[str, tuple[Cohort, ...]] = field(default_factory=dict)  # by line, all lines first
    causes: Causes | None = None
    outlooks: tuple[Outlook, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    begins: str = ""  # why what lies before the first months is not whole; empty where there is nothing before
    merged: bool = False  # whether cases of courts that were renamed or went into others are among them


def years(series: Mapping[str, Series], period: Period, days: Mapping[int, int]) -> tuple[Year, ...]:
    """The months of ``period`` (from January) in every year of which anything is whole."""
    every = sorted({year for one in series.values() for year in one.years})
    found = []
    for year in every:
        flows = [series.get(name, Series()).total(year, period.first, period.last) for name in FLOWS]
        pending = series.get("pending", Series()).at(year, period.last)
        if (*flows, pending) != (None, None, None):
            found.append(Year(year, flows[0], flows[1], pending, days.get(year)))
    return tuple(found)
