"""Cases → every indicator of every court and line, beside its bases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pandas as pd

from reports.catalogue import Catalogue, without
from reports.catalogue.unknown import AFTERWARDS, BASED_ON
from reports.compare import compare, one_scope, untold, values
from reports.courts.periods import Period, chinese_date, consecutive, parse_period
from reports.courts.tree import CourtTree
from reports.coverage.beginning import Beginning, beginning
from reports.coverage.reported import HOLIDAY
from reports.errors import InputError
from reports.ledger import heir, printed_bases
from reports.model import ALL_LINES, OWN, CaseTable, Comparisons, LeftOut, Note, Printed, Tally
from reports.pipeline.job import Job, latest
from reports.pipeline.sources import disputes_table, indicator_table
from reports.pipeline.stages import Cases, numbers_key
from reports.read import FROM_TABLE, IndicatorTable
from reports.read.disputes import GIVES, SUITS
from reports.tally import tally
from reports.tally.reach import fitted
from reports.workspace.listed import listed_courts


def count(job: Job, table: CaseTable, catalogue: Catalogue) -> Tally:
    """Tally the period with enough history behind it for every comparison."""
    last = job.base_period
    length = last.months
    years = YEARS - 1 if job.period.cumulative else 1
    back = max(job.workspace.config.period.history, years * 12 // length + job.period.months // length + 1)
    first = last
    for _ in range(back - 1):
        previous = first.previous
        assert previous is not None
        first = previous
    if not table.columns:  # only an indicator table: nothing can be counted, each count with its reason
        return tally(table, catalogue, consecutive(first, last))
    covered = tuple(period for period in consecutive(first, last) if covers(period, table))
    if last not in covered or job.period.start < covered[0].start:
        raise uncovered(job.period, table)
    job.progress("计算各法院、各条线的计数")
    return tally(table, catalogue, covered)


def uncovered(period: Period, table: CaseTable) -> InputError:
    """That the data do not tell of all of a period, and of which one like it they do."""
    found = _reached(period, table)
    advice = "请补充数据，或用 --period 指定数据完整的统计期。"
    if found:
        advice = f"数据完整的最近一期是{found.label}：加 --period {found.key}；要{period.label}的，请补充数据。"
    return InputError(f"数据覆盖{_reach(table)}，不足以统计{period.label}（{period.window}）。", advice=advice)


def _reached(period: Period, table: CaseTable) -> Period | None:
    """The latest period before one, and as long, or as far from January, that the data have whole."""
    if table.last is None or (12 % period.months and not period.cumulative):
        return None
    day = min(table.last + timedelta(days=HOLIDAY), period.end - timedelta(days=1))
    found = latest(period.single.months if period.cumulative else period.months, day, period.cutoff_day)
    if period.cumulative:
        found = found.cumulated
    return found if covers(found, table) else None


def covers(period: Period, table: CaseTable) -> bool:
    """Whether the data tell of the whole period: from its first month on, and up to its end.

    Data end with the last filing or conclusion; half a month without any is a long holiday, more is a gap.
    """
    if table.first is None or table.last is None:
        return False
    return period.start >= table.first.replace(day=1) and table.last >= period.end - timedelta(days=HOLIDAY)


def last_month(job: Job) -> Job:
    """The job for the last month that its data have whole, where they do not reach its own."""
    with Cases(job) as cases:
        last = cases.table.last
    if last is None:
        return job
    day = min(job.as_of, last + timedelta(days=HOLIDAY))
    found = latest(1, day, job.period.cutoff_day)
    return replace(job, period=found) if found.end < job.period.end else job


def _reach(table: CaseTable) -> str:
    if table.first is None or table.last is None:
        return "不到任何一个统计期（没有结案记录）"
    return f"{chinese_date(table.first)}至{chinese_date(table.last)}"


def indicators(job: Job, counted: Tally, catalogue: Catalogue) -> pd.DataFrame:
    """The indicator table of the period, its bases of comparison, the single periods before and the years before."""
    bases = (job.period.previous, job.period.year_before, job.period.previous_cumulative)
    wanted = [*counted.periods, job.period, *bases, *same_months(job.period, counted.periods)]
    periods = list(dict.fromkeys(period for period in wanted if period))
    most = job.workspace.config.quality.max_unknown_percent
    return values(counted, catalogue, periods, most_unknown=most)


YEARS = 3  # of a cumulative period, its own with it, where the data reach back


def same_months(period: Period, known: Sequence[Period]) -> tuple[Period, ...]:
    """A cumulative period and the same months of each year before that single periods reach back to, latest first."""
    found = [period] if period.cumulative and known else []
    while found and found[-1].year_before.start >= known[0].start:
        found.append(found[-1].year_before)
    return tuple(found)


@dataclass(frozen=True)
class Numbers:
    """The numbers of a run, before anything is said of them.

    ``history`` is the indicator table: the period, its bases and the single periods before; of these only what is whole
    by ``beginning``.
    """

    tree: CourtTree
    catalogue: Catalogue  # with the indicators that an indicator table brings
    comparisons: Comparisons
    history: pd.DataFrame
    periods: tuple[Period, ...]  # the single periods that the data cover
    notes: tuple[Note, ...]  # on the indicator table: those on the cases are the case table's
    beginning: Beginning  # from when the cases are whole


def measure(job: Job, table: CaseTable) -> Numbers:
    """Every indicator of every court and line, beside its bases."""
    catalogue = fitted(job.catalogue, table)
    counted = count(job, table, catalogue)
    job.progress("比较各期")
    begins = beginning(table, catalogue)
    history = marked(job, indicators(job, counted, catalogue), begins, catalogue)
    untaken = untold(counted, catalogue)
    notes: list[Note] = []
    only: frozenset[str] = frozenset()
    # An indicator table tells of all cases: beside some of them it would be another thing's number.
    if job.workspace.config.source.table and (job.theme is None or job.theme.whole):
        given = indicator_table(job, table.tree)
        history, differ = given.under(history)
        only = frozenset(given.frame["indicator"].unique()) - (catalogue.indicators.keys() - untaken.keys())
        catalogue, untaken = _with_given(job, given, catalogue, untaken)
        if differ:
            notes.append(Note("table_conflict", "指标表与案件数据不一致（以案件数据为准）", differ))
        if given.outside and not job.theme:
            notes.append(Note("table_outside", _outside(given), sum(given.outside.values()), unit="行"))
    if job.workspace.config.source.disputes:
        history, catalogue, untaken = _with_disputes(job, table, history, catalogue, untaken, begins)
    apart = known_appeals(counted, catalogue, table.tree, job.period)
    same = job.workspace.same_scopes
    along = job.workspace.config.period.previous_cumulative
    comparisons = compare(history, catalogue, job.period, untaken, along=along, same=same)
    comparisons = replace(
        comparisons,
        restated=restated(job, comparisons, table.tree, table.without),
        unknown=unknown(catalogue, table),
        given=only,
    )
    history = one_scope(only_whole(history, job.period), catalogue, job.period, same)
    notes = [*apart, *incomplete(comparisons, begins, table.tree), *notes]
    return Numbers(table.tree, catalogue, comparisons, history, counted.periods, tuple(notes), begins)


def marked(job: Job, counted: pd.DataFrame, begins: Beginning, catalogue: Catalogue) -> pd.DataFrame:
    """An indicator table counted from cases, with a column ``whole`` where cases are missing of some of its values."""
    periods = [parse_period(key, cutoff_day=job.period.cutoff_day) for key in counted["period"].unique()]
    whole = begins.whole(counted, catalogue, periods)
    return counted if whole.all() else counted.assign(whole=whole)


def only_whole(table: pd.DataFrame, period: Period) -> pd.DataFrame:
    """What is whole of an indicator table, and all of ``period``, which is printed in any case."""
    if "whole" not in table:
        return table
    return table[table["whole"] | table["period"].eq(period.key)].drop(columns="whole").reset_index(drop=True)


def incomplete(comparisons: Comparisons, begins: Beginning, tree: CourtTree) -> tuple[Note, ...]:
    """What of the period itself is not whole: of the courts at the top, or else of some courts."""
    short = [cell for cell, sides in comparisons.incomplete.items() if "now" in sides]
    roots = {one.code for one in tree.roots}
    whole = {name for court, _, name in short if court in roots}
    some = {name for _, _, name in short} - whole
    notes: list[Note] = []
    for why, indicators in (
        (begins.why, whole),
        (f"{_later(begins, tree) or '部分法院的数据中没有早先立案、当时未结的案件'}，这些法院", some),
    ):
        items = [one for one in comparisons.catalogue.indicators.values() if one.id in indicators]
        if items:
            names = "、".join(one.name for one in items)
            text = f"{why}{'，' if indicators is whole else ''}本期数据不完整、不作比较和评价的指标（{names}）"
            notes.append(Note("incomplete", text, len(items), unit="项"))
    return tuple(notes)


def _later(begins: Beginning, tree: CourtTree) -> str:
    """Which courts' data begin later: 城东区法院的数据自2025年10月起."""
    return "，".join(
        f"{tree.short_name(code)}的数据自{day.year}年{day.month}月起" for code, day in begins.later.items()
    )


def _outside(given: IndicatorTable) -> str:
    return f"指标表中有现行指标目录以外的指标，没有采用（{'、'.join(given.outside)}）"


def _with_given(
    job: Job, given: IndicatorTable, catalogue: Catalogue, untaken: dict[str, str]
) -> tuple[Catalogue, dict[str, str]]:
    """The catalogue with what an indicator table brings, and what is still not told in the job's period, and why."""
    now = given.frame["period"].eq(job.period.key) & given.frame["numerator"].notna()
    told, named = (set(given.frame.loc[which, "indicator"].unique()) for which in (now, slice(None)))
    short = f"，指标表中也没有{job.period.label}的数"
    left = {name: why + (short if name in named else "") for name, why in untaken.items() if name not in told}
    known = given.extend(catalogue).indicators
    own = {
        name: replace(item, needs=FROM_TABLE) if item.needs and name in told else item for name, item in known.items()
    }
    return replace(catalogue, indicators=own), left


def _with_disputes(
    job: Job,
    table: CaseTable,
    history: pd.DataFrame,
    catalogue: Catalogue,
    untaken: dict[str, str],
    begins: Beginning,
) -> tuple[pd.DataFrame, Catalogue, dict[str, str]]:
    """What the 诉源治理情况表 gives, of all cases in a theme too; what it does not, and why.

    What an indicator table says of them goes before.
    """
    mine = [name for name in GIVES if name in untaken]
    if not mine:
        return history, catalogue, untaken
    every = replace(table, relation=table.whole or table.relation)
    only = replace(job.whole_catalogue, indicators={SUITS: job.whole_catalogue.indicators[SUITS]})
    periods = {key: parse_period(key, cutoff_day=job.period.cutoff_day) for key in history["period"].unique()}
    # An indicator table may tell of quarters beside months.
    periods = {key: one for key, one in periods.items() if one.single.months == job.base_period.months}
    singles = sorted({one.single for one in periods.values()})
    covered = [one for one in consecutive(singles[0], singles[-1]) if covers(one, table)]
    suits = values(tally(every, only, covered), only, list(periods.values()))
    suits = suits[suits["line"].eq(ALL_LINES) & begins.whole(suits, only, list(periods.values()))]
    given = disputes_table(job, table.tree).give(suits, catalogue, periods)
    given = given[given["indicator"].isin(mine)]
    now = set(given.loc[given["period"].eq(job.period.key), "indicator"])
    short = f"诉源治理情况表中没有{job.period.label}所需的全部数据"
    left = {name: why if name not in mine else short for name, why in untaken.items() if name not in now}
    own = {
        name: replace(item, needs="由诉源治理情况表提供") if name in now else item
        for name, item in catalogue.indicators.items()
    }
    if "whole" in history:
        given = given.assign(whole=True)
    history = pd.concat([history, given], ignore_index=True) if len(given) else history
    return history, replace(catalogue, indicators=own), left


def known_appeals(counted: Tally, catalogue: Catalogue, tree: CourtTree, period: Period) -> tuple[Note, ...]:
    """The period's cases of courts whose appeals are not known, and how many are left to count by."""
    inside = [one.key for one in counted.periods if period.start <= one.start and one.end <= period.end]
    rows = counted.frame.index.isin(inside, level="period") & counted.frame.index.isin([ALL_LINES], level="line")
    rows &= counted.frame.index.isin([one.code for one in tree.roots], level="court")
    notes = []
    for one in catalogue.apart:
        if one.base not in counted.frame:
            continue
        known, every = (int(counted.frame.loc[rows, name].sum()) for name in (one.known, one.base))
        if left := every - known:
            name = f"{catalogue.counts[one.base].name}{every}件"
            text = f"{'、'.join(one.indicators)}：{without(one)}，按有{one.what}数据的{known}件统计（{name}），未计入的"
            notes.append(Note("appeals_apart", text, left))
    return tuple(notes)


def unknown_words(table: CaseTable) -> dict[str, str]:
    """Column → which of its words or values are unknown."""
    told: dict[str, str] = {}
    for note in table.notes:
        if note.id.startswith("unknown_"):
            column = note.id.removeprefix("unknown_")
            told[column] = f"{told[column]}，{note.text}" if column in told else note.text
    return told


def unknown(catalogue: Catalogue, table: CaseTable) -> Mapping[str, str]:
    """Indicator → the unknown words that leave some of its cases open: 结案方式的写法不认识（“某种”3件）."""
    told = unknown_words(table)
    found = {}
    for item in catalogue.indicators.values():
        terms = [catalogue.counts.get(n) or catalogue.stocks.get(n) for n in item.terms]
        read = [one.columns & table.unknown for one in terms if one]
        columns = dict.fromkeys(
            basis
            for names in read
            for name in sorted(names)
            for basis in (name, *BASED_ON.get(name, ()), *AFTERWARDS.get(name, ()))
        )
        if texts := [told[column] for column in columns if column in told]:
            found[item.id] = "，".join(texts)
    return found


def numbers(job: Job, cases: Cases | None = None) -> Numbers:
    """The numbers of the workspace, from the store if nothing has changed; the intervals are those of today."""
    if cases is None:
        with Cases(job, job.catalogue.columns) as lean:  # only counts are wanted: no case is looked up
            return numbers(job, lean)
    found = cases.stored("指标数", numbers_key(cases), lambda table: measure(job, table))
    catalogue = _judged_as(job.catalogue, found.catalogue)
    return replace(found, catalogue=catalogue, comparisons=replace(found.comparisons, catalogue=catalogue))


def _judged_as(known: Catalogue, kept: Catalogue) -> Catalogue:
    """A catalogue with the intervals of another."""
    own = {
        name: replace(item, intervals=known.indicators[name].intervals) if name in known.indicators else item
        for name, item in kept.indicators.items()
    }
    return replace(kept, indicators=own, warnings=known.warnings)


def holding(without: Sequence[LeftOut]) -> frozenset[str]:
    """The codes of courts that are left out and of those whose totals would hold them."""
    return frozenset(code for one in without for code in (one.code, *one.above))


def restated(
    job: Job, comparisons: Comparisons, tree: CourtTree, without: Sequence[LeftOut] = ()
) -> Mapping[tuple[str, str, str], Mapping[str, Printed]]:
    """Cells whose value of a base of comparison reads otherwise today than the bulletin of that period printed it.

    What was printed of a court or unit under the name or code that it had then stands beside its value of today; of one
    that went into another only where nothing was printed of that one, nor of a second one that did.

    Totals that are now without a court read otherwise for that reason, which is told once.
    """
    partial = holding(without)
    found: dict[tuple[str, str, str], dict[str, Printed]] = {}
    for side, then in printed_bases(job.workspace.database_path, job.period).items():
        heirs = {court: heir(tree, court) for court, _, _ in then}
        several = Counter((heirs[court], *rest) for court, *rest in then)
        for (court, line, name), old in then.items():
            key = (heirs[court], line, name)
            if (cell := comparisons.cell(*key)) is None or (court != key[0] and several[key] > 1):
                continue
            now = cell.side(side)
            if (
                cell.court.removesuffix(OWN) not in partial
                and now[0] is not None
                and cell.measure.text(*old.value) != cell.measure.text(*now)
            ):
                found.setdefault(key, {})[side] = old
    return found


def compare_table(job: Job, name: str) -> tuple[Comparisons, CourtTree]:
    """An indicator table on its own: its values beside those of the bases that it holds."""
    table = indicator_table(job, listed_courts(job.workspace), name)
    if table.outside:
        job.progress(_outside(table))
    catalogue, along = table.extend(job.catalogue), job.workspace.config.period.previous_cumulative
    comparisons = compare(table.frame, catalogue, job.period, {}, along=along, same=job.workspace.same_scopes)
    comparisons = replace(comparisons, given=frozenset(table.frame["indicator"].unique()))
    if comparisons.frame.empty:
        told = "、".join(sorted(table.frame["period"].unique())[-8:])
        raise InputError(
            f"指标表中没有{job.period.label}的数据。", where=name, advice=f"用 --period 指定，表中有：{told}。"
        )
    return comparisons, table.tree
