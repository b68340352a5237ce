"""Numbers → findings: the flags, the parts that moved them, and the cases behind them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from reports.catalogue import Catalogue
from reports.compare import one_scope, values
from reports.courts.periods import Period, consecutive, parse_period
from reports.errors import InputError
from reports.explain import by_cause as causes
from reports.explain import by_court, by_line, by_unit, choose
from reports.flag import (
    Flags,
    advance,
    inherited,
    judge,
    load,
    of_all_cases,
    ordinary,
    stated,
    unmoved,
    without_series,
)
from reports.ledger import heir, states_before
from reports.model import (
    ALL_LINES,
    CELL,
    OWN,
    Attribution,
    CaseList,
    CaseTable,
    Comparisons,
    Findings,
    Flag,
    Grounds,
    Key,
    Note,
    Quality,
    Reversals,
    SerialCases,
    State,
)
from reports.pipeline.checks import (
    edition_changes,
    gate,
    gate_reported,
    gate_rules,
    inspect,
    inspect_counts,
    reporting,
)
from reports.pipeline.job import Job, find_issuer, region_of
from reports.pipeline.numbers import Numbers, covers, measure, numbers, same_months
from reports.pipeline.published import published
from reports.pipeline.reversals import reversed_cases
from reports.pipeline.sources import case_files, indicator_table, reasons
from reports.pipeline.stages import Cases, findings_key, reversals_key
from reports.pipeline.themed import of_theme
from reports.quality import quality
from reports.sentences.clauses import Clause, LastDay
from reports.tally import tally
from reports.tally.cases import batches, by_cause, short_list
from reports.tally.events import events
from reports.tally.series import serial, unseen
from reports.workspace.listed import listed_courts


def flag_table(job: Job, name: str) -> tuple[Flags, Catalogue]:
    """The flags of an indicator table on its own, of the catalogue's indicators and of its own."""
    table = indicator_table(job, listed_courts(job.workspace), name)
    catalogue = table.extend(job.catalogue)
    issuer = table.tree.roots[0].code if len(table.tree.roots) == 1 else None
    job.progress("指标表中没有案件，不能识别系列案，各项指标按全部案件评价")
    frame = one_scope(table.frame, catalogue, job.period, job.workspace.same_scopes)
    months = frame[(frame["indicator"] == "filed") & frame["period"].str.fullmatch(r"\d{4}-\d{2}")]
    found = judge(
        Grounds(
            table=frame,
            period=job.period,
            tree=table.tree,
            catalogue=catalogue,
            issuer=issuer,
            region=region_of(job.workspace, table.tree, issuer) if issuer else "",
            own=frozenset(table.indicators),
            monthly=months if len(months) else None,
        )
    )
    if not found.tested and not found.untested and not found.flags:
        told = "、".join(sorted(frame["period"].unique())[-8:])
        raise InputError(
            f"指标表中没有可以评价的{job.period.label}的数据。",
            where=name,
            advice=f"用 --period 指定，表中有：{told}。",
        )
    return found, catalogue


def find(
    job: Job, table: CaseTable, found: Numbers, checked: Quality | None = None, doubted: Doubts | None = None
) -> Findings:
    """What the numbers show: the flags, the parts that moved them and the cases behind them.

    ``checked`` is what :func:`inspect` found; what the counts show is added to it. ``doubted`` are the :func:`doubts`
    about the data where they are those of more cases than ``table`` has.
    """
    job.progress("识别异常、分析构成")
    if checked is not None:
        checked += inspect_counts(job, found.history, found.catalogue, table.tree, table.without)
    grounds = grounds_of(job, table, found, doubts(job, table, checked) if doubted is None else doubted)
    flags, issuer = judge(grounds), find_issuer(job.workspace, table.tree)
    before = inherited(states_before(job.workspace.database_path, job.period), partial(heir, table.tree))
    left = {one.code for one in table.without}  # what was found of them stays as it is
    states = advance(before, flags.flags, job.period.key, flags.cells)
    event = events(table, found.catalogue, job.period, flags.flags)
    flags = replace(flags, flags=tuple(replace(stated(one, states), event=event.get(one.key)) for one in flags.flags))
    series = (*found.periods, *same_months(job.period, found.periods))
    shown = found.history["period"].isin({period.key for period in series})
    return Findings(
        period=job.period,
        issuer=issuer,
        tree=table.tree,
        catalogue=found.catalogue,
        comparisons=found.comparisons,
        history=found.history if shown.all() else found.history[shown],  # kept once where it is the same
        flags=flags.flags,
        untested=flags.untested,
        tested=flags.cells,
        courses=flags.courses,
        funnels=flags.funnels,
        policy=tuple((rule.label, text, rule.source) for rule, text in load().told(few=flags.few)),
        few=flags.few,
        measured=flags.measured,
        states=states,
        eased=eased(
            before,
            {key: now for key, now in states.items() if key[0].removesuffix(OWN) not in left},
            flags.flags,
            found.catalogue,
        ),
        case_lists=case_lists(job, flags.flags, table, found.catalogue),
        serial=serial_cases(flags.flags, table, job.period, issuer),
        rest=without_series(grounds),
        attributions=attribute(flags.flags, found.comparisons, table, issuer),
        ordinary=ordinary(grounds),
        unmoved=unmoved(grounds),
        rows_in=table.rows_in,
        rows_used=table.rows_used,
        set_aside=reasons(table),
        rows_aside=table.set_aside,
        notes=(
            *filter(None, (note.within(job.period.start, job.period.end) for note in table.notes)),
            *found.notes,
            *_unseen_series(table, found.catalogue),
        ),
        quality=checked or Quality(),
        data_until=table.last or job.period.end,
        without=table.without,
        grounds=grounds,
    )


def findings(job: Job, *, gated: bool = False, reversed_too: bool = False, cases: Cases | None = None) -> Findings:
    """The findings of the workspace, each stage from the store if nothing that it is made from has changed.

    ``gated``: those of a bulletin, only if the gate lets the data pass. ``reversed_too`` looks up the reversed cases
    as well, where there are cases in files (:func:`case_files`): only a few bulletins tell of them, so that the others
    do not wait for it.
    """
    if cases is None:
        with Cases(job) as opened:
            return findings(job, gated=gated, reversed_too=reversed_too, cases=opened)
    checked = inspect(job, cases)
    if gated:
        gate(job, checked.rows_in, checked.rows_used, checked.reasons)
        gate_rules(job, checked.found)
        gate_reported(job, cases, reporting(job, cases))
    found = cases.stored(
        "异常", findings_key(cases), lambda table: find(job, table, numbers(job, cases), checked.found)
    )
    if changed := edition_changes(job, found.history):
        found = replace(found, notes=(*found.notes, *changed))
    if job.workspace.config.reference:
        found = replace(found, published=published(job))
    if gated:
        gate_rules(job, found.quality)
    if reversed_too and case_files(job.workspace):
        found = replace(found, reversals=reversals(job, cases))
    return found


def reversals(job: Job, cases: Cases) -> Reversals:
    """The reversed cases of the workspace, from the store if nothing has changed."""
    return cases.stored("发改案件", reversals_key(cases), lambda table: reversed_cases(job, table))


Doubts = Mapping[tuple[str, str], Clause]  # court, indicator → why its data are not judged


def grounds_of(job: Job, table: CaseTable, found: Numbers, doubted: Doubts) -> Grounds:
    """What is judged of the numbers, for every line: with the doubts about the data and the filings by month."""
    issuer = find_issuer(job.workspace, table.tree)
    short = frozenset(cell for cell, sides in found.comparisons.incomplete.items() if "now" in sides)
    return Grounds(
        table=_without(found.history, job.period, short),
        period=job.period,
        tree=table.tree,
        catalogue=found.catalogue,
        issuer=issuer,
        region=region_of(job.workspace, table.tree, issuer),
        own=found.catalogue.indicators.keys() - job.catalogue.indicators.keys(),  # of an indicator table
        doubts=doubted,
        monthly=filings_by_month(job, table, found),
        incomplete=short,
        series=series_of(table, found),
    )


def series_of(table: CaseTable, found: Numbers) -> pd.DataFrame | None:
    """What serial cases add to every number of the history; ``None`` where the data show none."""
    mine = serial(table)
    if mine is None:
        return None
    keys = found.history["period"].unique()
    cutoff = found.comparisons.period.cutoff_day
    wanted = [parse_period(key, cutoff_day=cutoff) for key in keys]
    added = values(tally(mine, found.catalogue, found.periods), found.catalogue, wanted, most_unknown=float("inf"))
    return added[~added["indicator"].isin(found.comparisons.given)].drop(columns="undecided", errors="ignore")


def _unseen_series(table: CaseTable, catalogue: Catalogue) -> tuple[Note, ...]:
    """That serial cases cannot be told from others, where the data do not show them."""
    judged = sum(item.assess and item.kind != "count" and not item.needs for item in catalogue.indicators.values())
    if not (why := unseen(table)) or not judged:
        return ()
    return (Note("series_unseen", f"{why}，不能识别系列案，按全部案件评价的指标", judged, unit="项"),)


def _without(history: pd.DataFrame, period: Period, cells: Collection[tuple[str, str, str]]) -> pd.DataFrame:
    """The indicator table without the values of ``period`` in some cells."""
    if not cells:
        return history
    left_out = pd.MultiIndex.from_frame(history[CELL]).isin(cells) & history["period"].eq(period.key)
    return history[~left_out].reset_index(drop=True)


LAST_DAY = ("within_limit", "average_days")  # what conclusions registered in a heap on one day falsify most


def doubts(job: Job, table: CaseTable, checked: Quality | None) -> Doubts:
    """(court, indicator) whose data the quality rules doubt so much that they are not judged, with the reason.

    ``checked`` is what all rules found, where they have been asked already.
    """
    rule = job.rules.get("last_day")
    if rule is None or not table.columns or table.engine:  # an engine's rows are not checked one by one
        return {}
    if checked is None:
        checked = quality(table, {rule.id: rule}, job.base_period)
    found = [one for one in checked.findings if one.rule.id == rule.id]
    own = {
        court.code: court.code + OWN if table.tree.children(court.code) else court.code for court in table.tree.courts
    }
    return {
        (own[one.court], name): LastDay(one.count, one.base) for one in found if one.court in own for name in LAST_DAY
    }


def filings_by_month(job: Job, table: CaseTable, found: Numbers) -> pd.DataFrame | None:
    """Filings by month of all courts and lines, this year and the one before, where the period ends the year (R8).

    Months that are not whole in the data are left out.
    """
    last, catalogue = job.base_period, found.catalogue
    if last.last < 11 or "filed" not in catalogue.indicators or not table.columns:
        return None
    months = consecutive(
        Period(last.year - 1, 1, 1, last.cutoff_day), Period(last.year, last.last, last.last, last.cutoff_day)
    )
    only = replace(catalogue, indicators={"filed": catalogue.indicators["filed"]})
    counted = values(tally(table, only, [month for month in months if covers(month, table)]), only, months)
    return counted[found.beginning.whole(counted, only, months)]


def analysis(job: Job) -> Findings:
    """The findings of a special analysis: of the cases of the theme alone, after the gate on all of them.

    What makes the data of a court doubtful makes those of its cases of the theme so.
    """

    def work(table: CaseTable) -> Findings:
        gate(job, table.rows_in, table.rows_used, reasons(table))
        part = of_theme(job, table)
        doubted = doubts(job, table, None)
        return find(job, part, measure(job, part), doubted=doubted if part is table else of_all_cases(doubted))

    with Cases(job) as cases:
        gate_reported(job, cases, reporting(job, cases))
        found = cases.stored("专项分析", findings_key(cases), work)
    gate(job, found.rows_in, found.rows_used, found.set_aside)
    return found


def attribute(
    flags: Sequence[Flag], comparisons: Comparisons, table: CaseTable, issuer: str
) -> Mapping[str, tuple[Attribution, ...]]:
    """The most succinct split of each red flag's change, and of the issuer's own changes, against a year before.

    What moved in the rights of the parties is split too: it is to be understood.
    """
    found: dict[str, tuple[Attribution, ...]] = {}
    for item in flags:
        right = comparisons.catalogue.indicators[item.indicator].right
        if item.severity == "red" or (right and item.strength in ("red", "amber")):
            found[item.key] = _explained(comparisons, table, item.court, item.line, item.indicator)
    moved = {item.indicator for item in flags if item.court == issuer}
    for name in comparisons.catalogue.indicators:
        if name in moved or name == "filed":
            found[f"{issuer}|{name}"] = _explained(comparisons, table, issuer, ALL_LINES, name)
    return found


def _explained(
    comparisons: Comparisons, table: CaseTable, court: str, line: str, indicator: str
) -> tuple[Attribution, ...]:
    best = choose(explanations(comparisons, table, court, line, indicator))
    return (best,) if best else ()


def explanations(
    comparisons: Comparisons, table: CaseTable, court: str, line: str, indicator: str, against: str | None = None
) -> list[Attribution]:
    """The splits of a change by line, court and cause that the data allow, against a year before (``year_before``).

    ``against`` may ask for the period before (``previous``), which is also taken where the data reach back no year.
    """
    cell = comparisons.cell(court, line, indicator)
    if cell is None or cell.now[0] is None:
        return []
    if against is None:
        against = "previous" if cell.year_before[0] is None else "year_before"
    period = comparisons.period
    base = period.previous if against == "previous" else period.year_before
    value = cell.previous if against == "previous" else cell.year_before
    if base is None or value is None or value[0] is None:
        return []
    options = [by_line(comparisons, court, indicator, against)] if line == ALL_LINES else []
    if table.tree.children(court.removesuffix(OWN)) and not court.endswith(OWN):
        options.append(by_court(comparisons, table.tree, court, line, indicator, against))
    elif table.tree.below(court.removesuffix(OWN)):
        options.append(by_unit(comparisons, table.tree, court, line, indicator, against))
    if table.columns and not comparisons.catalogue.indicators[indicator].needs:
        now, before = (
            by_cause(table, comparisons.catalogue, one, court=court, line=line, indicator=indicator)
            for one in (period, base)
        )
        options.append(causes(comparisons, court, line, indicator, against, now, before))
    return [option for option in options if option]


def eased(
    before: Mapping[Key, State], states: Mapping[Key, State], flags: Sequence[Flag], catalogue: Catalogue
) -> tuple[tuple[str, str, str], ...]:
    """(court, indicator, state) of what was found before and has eased or been closed in this period.

    Problems only: that a good movement is found no more is no relief.
    """
    adverse = {"lower": "up", "higher": "down"}
    now = {(one.court, one.indicator) for one in flags if one.strength is not None}
    found = {
        (court, name): state.name
        for (court, name, rule, way), state in sorted(states.items())
        if state.name in ("缓解", "解除")
        and name in catalogue.indicators
        and adverse.get(catalogue.indicators[name].better) == way
        and (court, name) not in now
        and before.get((court, name, rule, way), state).name not in ("解除",)
    }
    return tuple((court, name, state) for (court, name), state in found.items())


def case_lists(job: Job, flags: Sequence[Flag], table: CaseTable, catalogue: Catalogue) -> Mapping[str, CaseList]:
    """Flag key → the short list of each red flag of one court; a whole province has too many cases to list."""
    if not table.columns:
        return {}
    whole = {court.code for court in table.tree.courts if table.tree.children(court.code)}
    judges = job.workspace.config.privacy.judges
    lists = {
        one.key: short_list(table, catalogue, job.period, one, judges=judges)
        for one in flags
        if one.severity == "red" and one.court not in whole
    }
    return {key: found for key, found in lists.items() if found}


def serial_cases(flags: Sequence[Flag], table: CaseTable, period: Period, issuer: str) -> Mapping[str, SerialCases]:
    """Serial cases of the period and of a year before, for the issuer and every court whose filings were flagged."""
    courts = {issuer, *(item.court for item in flags if item.indicator == "filed")}
    return {
        court: SerialCases(batches(table, period, court=court), batches(table, period.year_before, court=court))
        for court in sorted(courts)
    }


def adverse(flags: Sequence[Flag], severity: str) -> int:
    """How many adverse flags stand at or above a severity."""
    order = ("red", "amber", "yellow")
    return sum(item.severity in order[: order.index(severity) + 1] for item in flags)
