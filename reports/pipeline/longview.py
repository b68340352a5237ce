"""Cases → the long view of a court: what is counted of all years at hand, and from when on it may be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from reports import longview as view
from reports import read as reading
from reports.catalogue import Catalogue
from reports.compare import values
from reports.courts.periods import Period, consecutive
from reports.courts.tree import UNIT, court_of
from reports.courts.working_days import WorkingDays
from reports.coverage.beginning import Beginning, beginning
from reports.errors import ConfigError
from reports.longview import Break, LongView, Series
from reports.model import ALL_LINES, LINE_ORDER, OWN, CaseTable
from reports.pipeline.job import Job, find_issuer, own_court
from reports.pipeline.numbers import covers, uncovered
from reports.pipeline.sources import case_table, has_cases, require_cases
from reports.tally import tally
from reports.tally.cases import by_cause
from reports.tally.reach import LATER, TOLD, fitted
from reports.tally.waits import waits
from reports.workspace.calendar import of_house

COUNTED = ("filed", "concluded", "pending")
QUARTER, YEAR = 3, 12  # months


def longview(job: Job, court: str | None = None, line: str | None = None) -> LongView:
    """The long view up to the end of the job's period, of the issuer with the courts below it, or of a court or unit.

    Raises :class:`ConfigError` for a court or line that there is not, and where there are no cases.
    """
    if not has_cases(job.workspace):
        require_cases(job, "看长期情况")
    catalogue = flows(job)
    more = frozenset({"cause", "line"}) | {*TOLD, *LATER} | reading.FIRST_NEEDED
    job = replace(job, asked=catalogue, court=court, columns=more)
    with case_table(job, catalogue.columns | more) as table:
        code = own_court(table.tree, court) if court else find_issuer(job.workspace, table.tree)
        return view_of(job, table, code, line or ALL_LINES)


def flows(job: Job) -> Catalogue:
    """The catalogue with filings, conclusions and pending cases alone, as they are defined today for all years."""
    every = job.whole_catalogue
    return replace(every, indicators={name: every.indicators[name] for name in COUNTED}, context=())


def view_of(job: Job, table: CaseTable, court: str, line: str) -> LongView:
    """The long view of the cases of a table at a court (code) with those below it, or in a unit, of a line."""
    catalogue = fitted(flows(job), table)
    period = job.period.cumulated
    last = _month(period.year, period.last, period.cutoff_day)
    if table.first is None or not covers(last, table):
        raise uncovered(job.period, table)
    first = _month(table.first.year, table.first.month, period.cutoff_day)
    months = [one for one in consecutive(min(first, last), last) if covers(one, table)]
    counted = tally(table, catalogue, months)
    here = counted.frame.index.isin([court], level="court") & counted.frame.index.isin([line], level="line")
    if not here.any():
        mine = counted.frame[counted.frame.index.isin([court], level="court")]
        lines = [one for one in mine.index.unique("line") if one != ALL_LINES]
        raise ConfigError(
            f"{table.tree.short_name(court.removesuffix(OWN))}的数据中没有“{line}”条线的案件。",
            where="--line",
            advice=f"数据中有：{'、'.join(_ordered(lines)) or '没有案件'}。",
        )
    begins = beginning(table, catalogue)
    most = job.workspace.config.quality.max_unknown_percent
    frame = values(replace(counted, frame=counted.frame[here]), catalogue, months, most_unknown=most)
    every = {name: _series(frame, name, months, begins, catalogue) for name in COUNTED if name not in counted.missing}
    breaks = tuple(_breaks(job, every, months, line))
    series = {name: one.since(breaks[-1].since) if breaks else one for name, one in every.items()}
    begun = next(iter(series.get("filed", Series()).months), months[0])
    days, worked = _days(of_house(job.workspace), months)
    filed = series.get("filed", Series())
    told = _told_years(filed, period)
    return LongView(
        court, _name(table, court), line, period, series,
        breaks=breaks,
        years=view.years(series, period, _days_of(period, days) if worked else {}),
        trends={name: way for name, one in series.items() if (way := view.trend(one.since(begun)))},
        seasons={
            name: found
            for name in ("filed", "concluded")
            if (one := series.get(name)) and (found := view.season(one, [days[month] for month in one.months]))
        },
        worked=worked,
        cohorts=_cohorts(table, court, line, filed, period),
        causes=_causes(table, catalogue, court, line, told, filed),
        outlooks=_outlooks(series.get("pending", Series()), last),
        missing=counted.missing,
        begins=begins.why if any(one.months[:1] > (months[0],) for one in every.values()) else "",
        merged=_merged(table, court),
    )  # fmt: skip


def _month(year: int, month: int, cutoff_day: int) -> Period:
    return Period(year, month, month, cutoff_day)


def _name(table: CaseTable, court: str) -> str:
    if court.endswith(OWN):
        return table.tree.short_name(court.removesuffix(OWN)) + OWN
    if UNIT in court:
        return table.tree.short_name(court_of(court)) + court.rpartition(UNIT)[2]
    return table.tree.jurisdiction(court)


def _merged(table: CaseTable, court: str) -> bool:
    """Whether a court, or one below it, was another before, or has taken one in."""
    own = court_of(court.removesuffix(OWN))
    codes = {own, *(one.code for one in table.tree.descendants(own))}
    return any(one.into in codes for one in table.tree.former)


def _ordered(lines: Sequence[str]) -> list[str]:
    known = [line for line in LINE_ORDER if line in lines]
    return [*known, *sorted(set(lines) - set(known))]


def _series(
    frame: pd.DataFrame, name: str, months: Sequence[Period], begins: Beginning, catalogue: Catalogue
) -> Series:
    """A count by month, from the first month on after the last one that is not whole, or not told."""
    mine = frame[frame["indicator"].eq(name)]
    whole = begins.whole(mine, catalogue, months)
    told = dict(zip(mine["period"], mine["numerator"].where(whole), strict=True))
    given = [told.get(month.key, pd.NA) for month in months]
    start = next((at + 1 for at in range(len(given) - 1, -1, -1) if pd.isna(given[at])), 0)
    return Series(tuple(months[start:]), tuple(int(value) for value in given[start:]))


def _breaks(job: Job, series: Mapping[str, Series], months: Sequence[Period], line: str) -> Iterator[Break]:
    """Where levels end to be comparable, in order of time: declared, or a month that lacks cases."""
    found = [
        Break(next(month for month in months if month.start >= one.since), one.why)
        for one in job.workspace.config.series_break
        if one.line in (None, line) and months[0].start < one.since <= months[-1].start
    ]
    for name, called in (("filed", "新收"), ("concluded", "结案")):
        if (at := view.gap(series.get(name, Series()))) and at < months[-1]:
            after = months[months.index(at) + 1]
            found.append(Break(after, f"{at.label}的{called}不到前后各月的一半，数据可能不完整"))
    yield from sorted(found, key=lambda one: one.since)


def _days(known: WorkingDays, months: Sequence[Period]) -> tuple[dict[Period, int], bool]:
    """The working days of each month; all days where the holidays of a year are not known (``False``)."""
    worked = all(known.knows(year) for month in months for year in {month.start.year, month.end.year})
    found = {}
    for month in months:
        every = [month.start + timedelta(days=n) for n in range((month.end - month.start).days + 1)]
        found[month] = sum(map(known.is_working_day, every)) if worked else len(every)
    return found, worked


def _days_of(period: Period, days: Mapping[Period, int]) -> dict[int, int]:
    """The days of the period's months in every year that has all of them."""
    found: dict[int, list[int]] = {}
    for month, number in days.items():
        if month.last <= period.last:
            found.setdefault(month.year, []).append(number)
    return {year: sum(each) for year, each in found.items() if len(each) == period.last}


def _told_years(filed: Series, period: Period) -> list[Period]:
    """The period and the same months of each year before of which all filings are whole."""
    return [
        replace(period, year=year)
        for year in filed.years
        if year <= period.year and filed.total(year, period.first, period.last) is not None
    ]


def _cohorts(
    table: CaseTable, court: str, line: str, filed: Series, period: Period
) -> dict[str, tuple[view.Cohort, ...]]:
    """By line the cohorts of whole years, and of the last one as far as it goes; all lines together first."""
    years = [replace(period, year=year, last=YEAR) for year in filed.years if filed.total(year, 1, YEAR) is not None]
    if period.last < YEAR and filed.total(period.year, 1, period.last) is not None:
        years.append(period)
    found = waits(table, court, years, period.end)
    lines = _ordered([one for one in dict.fromkeys(one for one, _ in found) if line in (ALL_LINES, one)])
    told = {one: tuple(view.cohort(year.year, found.get((one, year.year), {})) for year in years) for one in lines}
    if line != ALL_LINES or not told:
        return told
    whole = []
    for year in years:
        together: dict[int, tuple[int, int]] = {}
        for one in lines:
            for days, (ended, pending) in found.get((one, year.year), {}).items():
                before = together.get(days, (0, 0))
                together[days] = (before[0] + ended, before[1] + pending)
        whole.append(view.cohort(year.year, together))
    return {ALL_LINES: tuple(whole), **told}


def _causes(
    table: CaseTable, catalogue: Catalogue, court: str, line: str, years: Sequence[Period], filed: Series
) -> view.Causes | None:
    """The causes that come and go; none where the data have no causes or their sums are not the filings."""
    if "cause" not in table.columns or len(years) < 2:
        return None
    each = [
        {
            name: value[0] or 0
            for name, value in by_cause(
                table, catalogue, one, court=court, line=line, indicator="filed"
            ).items()
        }
        for one in years
    ]  # fmt: skip
    if any(
        sum(counts.values()) != filed.total(one.year, one.first, one.last)
        for one, counts in zip(years, each, strict=True)
    ):
        return None
    names = sorted({name for counts in each for name in counts})
    return view.changed([one.year for one in years], {name: [one.get(name, 0) for one in each] for name in names})


def _outlooks(pending: Series, last: Period) -> tuple[view.Outlook, ...]:
    """What is to be expected at the end of the next quarter and of the year, after the last month of a year the next.

    Without any whole month of pending cases there is nothing to go by.
    """
    if not pending.months:
        return ()
    quarter = (last.last // QUARTER + 1) * QUARTER
    ends = [quarter, YEAR if last.last < YEAR else 2 * YEAR]
    found = []
    for end in dict.fromkeys(ends):
        year, month = (last.year, end) if end <= YEAR else (last.year + 1, end - YEAR)
        found.append(view.outlook(pending, _month(year, month, last.cutoff_day)))
    return tuple(found)
