"""Whether a bulletin can be made: everything that ``tongbao check`` tells, as a run would find it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from reports import coverage
from reports.catalogue import Indicator, alone
from reports.check import (
    FROM_CASES,
    FROM_TABLE,
    IN_PART,
    Aside,
    Check,
    Countable,
    Faults,
    FirstWhole,
    Months,
    Obstacle,
    Silent,
    Source,
    Verdicts,
)
from reports.courts.periods import Period
from reports.courts.tree import CourtTree
from reports.coverage import Reported
from reports.coverage.beginning import Beginning, beginning
from reports.errors import InputError, TongbaoError
from reports.model import ALL_LINES, OWN, CaseTable, Note, Quality
from reports.pipeline.checks import (
    deadline_differences,
    edition_changes,
    gate,
    gate_reported,
    gate_rules,
    inspect,
    inspect_counts,
    reporting,
)
from reports.pipeline.job import Job, find_issuer
from reports.pipeline.numbers import Numbers, numbers
from reports.pipeline.sources import disputes_table, indicator_table, kinds_of, reasons
from reports.pipeline.stages import Cases
from reports.quality import COUNTED, by_rule, court_name, summary
from reports.read import named
from reports.read.facts import DUPLICATE, LATER, SAME_CASE, TORN
from reports.tally import tally
from reports.tally.reach import fitted
from reports.words import NO_CASES, UNTOLD, span, standing
from reports.workspace.listed import listed_units


@dataclass(frozen=True)
class Checked:
    """What ``tongbao check`` finds: the facts of its page, what the rules found, who has reported, from when on.

    ``refusals`` say what is wrong with the data themselves; what else would stop a run stands among the obstacles.
    """

    facts: Check
    quality: Quality
    reports: Reported
    beginning: Beginning
    refusals: tuple[TongbaoError, ...]


def checked(job: Job, cases: Cases, only: tuple[Collection[str], str] | None = None) -> Checked:
    """Go through the data as a run would, without making anything.

    ``only`` are the courts that courts and data quality are told of, and what they are called; whether a bulletin can
    be made is asked of all.
    """
    table, inspected = cases.table, inspect(job, cases)
    found, late, counted, why = inspected.found, [], None, ""
    try:
        counted = numbers(job, cases)
    except InputError as error:  # the data do not reach the period: said, not an end
        late.append(error)
        why = error.what.rstrip("。")
        found += Quality(unchecked={name: why for name in job.rules if name in COUNTED})
    else:
        without = table.without if job.without else ()
        found += inspect_counts(job, counted.history, counted.catalogue, counted.tree, without)
    reports = reporting(job, cases, departments=True)
    since = counted.beginning if counted else beginning(table, fitted(job.catalogue, table))
    gates: tuple[Callable[[], object], ...] = (
        lambda: gate(job, inspected.rows_in, inspected.rows_used, inspected.reasons),
        lambda: gate_rules(job, found),
        lambda: gate_reported(job, cases, reports),
    )
    refusals = tuple(filter(None, map(_refused, gates)))
    issuer = _refused(lambda: find_issuer(job.workspace, table.tree))
    obstacles = (*refusals, *([issuer] if issuer else []), *late)
    shown = found.of(*only) if only else found
    changed = edition_changes(job, counted.history) if counted else ()
    facts = Check(
        period=job.period.key,
        label=job.period.label,
        window=job.period.window,
        until=table.last,
        rows_in=table.rows_in,
        rows_used=table.rows_used,
        courts=len(table.tree.courts),
        obstacles=tuple(Obstacle(one.what, one.where or "", one.advice or "") for one in obstacles),
        sources=(*_sources(table), *(_given(job, table) if counted else ())),
        months=tuple(month.key for month in _months(job)),
        reported=tuple(one for one in _reported(job, table) if not only or one.court in only[0]),
        words=tuple(note for note in table.notes if note.id.startswith(UNKNOWN)),
        notes=tuple(
            note
            for note in (*table.notes, *(counted.notes if counted else ()), *changed, *_unlisted(job, table))
            if not note.id.startswith(UNKNOWN) and note.id != SHEET
        ),
        indicators=tuple(_countable(job, counted, table.tree, why)),
        intervals=tuple(_verdicts(counted, table.tree)) if counted else (),
        aside=tuple(_aside(job, table)),
        faults=tuple(
            Faults(rule.id, rule.name, rule.severity, summary(rule, shown), rule.do) for rule, _ in by_rule(shown)
        ),
        deadlines=tuple(
            (str(one["case_no"]), str(one["deadline"]), str(one["computed"])) for one in deadline_differences(table, 10)
        ),
        silent=tuple(_silent(reports, table)),
        beginnings=tuple(_beginnings(since, job, table.tree)),
    )
    return Checked(facts, shown, reports, since, refusals)


def first_months(since: Beginning, job: Job) -> list[tuple[Indicator, date | None]]:
    """Every indicator that cases give, with the first day of the first month that is whole, or ``None``."""
    items = [one for one in job.catalogue.indicators.values() if not one.needs]
    return [(one, since.start.month(one, job.catalogue.stocks)) for one in items] if since.start else []


def _beginnings(since: Beginning, job: Job, tree: CourtTree) -> Iterator[FirstWhole]:
    by_day: dict[date | None, list[str]] = {}
    for item, day in first_months(since, job):
        by_day.setdefault(day, []).append(item.name)
    for day in sorted(by_day, key=lambda one: (one is None, one)):
        yield FirstWhole("、".join(by_day[day]), _month(day), since.why)
    for code, day in since.later.items():
        yield FirstWhole(f"{tree.short_name(code)}的各项指标", _month(day), "该院的数据从这时开始")


def _month(day: date | None) -> str:
    return f"{day.year}年{day.month}月" if day else ""


def _silent(found: Reported, table: CaseTable) -> Iterator[Silent]:
    short = table.tree.short_name
    for left in table.without:
        yield Silent(left.name, left.last, f"写明不计入（{left.rows}行）", stops=False)
    for one in found.missing:
        yield Silent(short(str(one.unit)), one.last, coverage.numbers_said(one), stops=True)
    if len(found.courts) > 1 and all(one.silent for one in found.courts) and not found.missing:
        yield Silent("各法院", table.last, "本期都没有案件", stops=False)
        return
    for one in found.silent:
        yield Silent(short(str(one.unit)), one.last, "本期没有案件，与以往相比不算反常", stops=False)
    for one in found.silent_departments:
        code, department = one.unit[0], one.unit[1]
        yield Silent(short(code) + department, one.last, coverage.numbers_said(one), stops=False)


def _unlisted(job: Job, table: CaseTable) -> Iterator[Note]:
    """The departments and teams that ``units.csv`` does not know: counted all the same, behind those it knows."""
    if not job.workspace.units_path.exists() or not {"dept", "team"} & table.columns:
        return
    found = listed_units(job.workspace, table.tree).unlisted(named(table))
    for court, names in found.items():
        listed = "、".join(names[:MOST_NAMES]) + ("等" if len(names) > MOST_NAMES else "")
        yield Note(
            "unlisted_units",
            f"{table.tree.short_name(court)}的部门、团队不在部门表中，排在最后（{listed}）",
            len(names),
            unit="个",
            remedy="在 units.csv 中加一行；是原有部门的新名称的，写入该部门的别名。",
        )


def _refused(ask: Callable[[], object]) -> TongbaoError | None:
    try:
        ask()
    except TongbaoError as error:
        return error
    return None


UNKNOWN, SHEET = "unknown_", "sheet_rows"  # ids of notes
MOST_NAMES = 10  # of one court that are listed
MONTHS = 6  # that are shown of each court, and as many more as the period has


def _sources(table: CaseTable) -> Iterator[Source]:
    if table.engine or not table.columns:
        yield from (Source(name, table.rows_in, table.rows_used) for name in table.files)
        return
    rows = table.connection.execute(
        "SELECT f.name, count(*), count(*) FILTER (a._problem IS NULL) "  # noqa: S608 - names of relations
        f"FROM {table.all_rows} a JOIN {table.file_names} f ON a._file = f.file GROUP BY f.file, f.name ORDER BY f.file"
    ).fetchall()
    yield from (Source(*row) for row in rows)


def _given(job: Job, table: CaseTable) -> Iterator[Source]:
    """The tables of numbers beside the cases; what of an indicator table is outside the edition is not used."""
    if name := job.workspace.config.source.table:
        given = indicator_table(job, table.tree)
        used = len(given.frame)
        yield Source(name, used + sum(given.outside.values()), used)
    if name := job.workspace.config.source.disputes:
        used = len(disputes_table(job, table.tree).rows)
        yield Source(name, used, used)


def _months(job: Job) -> tuple[Period, ...]:
    last = replace(job.period, first=job.period.last)
    found = [last]
    while len(found) < max(MONTHS, job.period.months) and (before := found[-1].previous):
        found.append(before)
    return tuple(reversed(found))


def _reported(job: Job, table: CaseTable) -> Iterator[Months]:
    """Each court's own cases, in the order of the court table."""
    if not table.columns:
        return
    every = job.whole_catalogue
    # The indicator of conclusions leaves out those without a day of filing.
    wanted = {name: alone(name) for name in ("filed", "concluded")}
    months = _months(job)
    frame = tally(table, replace(every, indicators=wanted), months).frame
    number = dict(zip(frame.index, zip(frame["filed"].tolist(), frame["concluded"].tolist(), strict=True), strict=True))
    ends = {
        court: max((day for day in map(_day, days) if day), default=None)
        for court, *days in table.rows(
            f"SELECT court, max(filed), max(concluded) FROM {table.relation} GROUP BY court"  # noqa: S608
        )
    }
    for court in table.tree.courts:
        own = own_cases(table.tree, court.code)
        cells = tuple(number.get((own, ALL_LINES, month.key), (0, 0)) for month in months)
        yield Months(own, court_name(table.tree, own), cells, ends.get(court.code))


def own_cases(tree: CourtTree, code: str) -> str:
    """The code of a court's own cases alone: with 本级 where there are courts below it."""
    return code + OWN if tree.children(code) else code


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def _countable(job: Job, counted: Numbers | None, tree: CourtTree, why: str) -> Iterator[Countable]:
    if counted is None:
        yield from (Countable(one.id, one.name, UNTOLD, "", why) for one in job.catalogue.indicators.values())
        return
    found = counted.comparisons
    roots = [court.code for court in tree.roots]
    for item in counted.catalogue.indicators.values():
        cell = found.cell(roots[0], ALL_LINES, item.id) if len(roots) == 1 else None
        value = cell.text if cell else NO_CASES
        courts = [
            own for court in tree.courts
            if "now" in found.withheld.get((own := own_cases(tree, court.code), ALL_LINES, item.id), {})
        ]  # fmt: skip
        if item.id in found.untold:
            yield Countable(item.id, item.name, UNTOLD, "", found.untold[item.id])
        elif courts:
            names = "、".join(court_name(tree, one) for one in courts)
            state = UNTOLD if value == UNTOLD else IN_PART
            # How many cases are open is a number of one court.
            told = found.why(courts[0], ALL_LINES, item.id) if len(courts) == 1 else found.unknown.get(item.id, "")
            yield Countable(item.id, item.name, state, "" if value == UNTOLD else value, f"{names}：{told}")
        else:
            none = not any(name == item.id for *_, name in found.frame.index)
            told = "本期和所比各期都没有此类案件" if none else ""
            yield Countable(item.id, item.name, FROM_TABLE if item.id in found.given else FROM_CASES, value, told)


def _verdicts(counted: Numbers, tree: CourtTree) -> Iterator[Verdicts]:
    """Each interval in force, of each line that it is meant for; nothing of indicators that are not judged."""
    found, period = counted.comparisons, counted.comparisons.period
    seen = {line for _, line, _ in found.frame.index}
    for item in counted.catalogue.indicators.values():
        for bounds in item.in_force(period.end) if item.assess else ():
            line = bounds.line or ALL_LINES
            text = span(bounds, item.unit) + (f"（{bounds.meant}）" if bounds.meant else "")
            if line not in seen or item.interval(period, line) != bounds:
                yield Verdicts(item.id, item.name, text, bounds.source, 0, 0, 0, applies=False)
                continue
            cells = [found.cell(own_cases(tree, court.code), line, item.id) for court in tree.courts]
            where = [standing(item.measure, bounds, item.better, cell.now) if cell else "" for cell in cells]
            met, without = sum(one in ("处", "优") for one in where), where.count("")
            yield Verdicts(item.id, item.name, text, bounds.source, met, len(where) - met - without, without)


def _aside(job: Job, table: CaseTable) -> Iterator[Aside]:
    kinds = kinds_of(table.set_aside)
    for reason, rows in reasons(table).items():
        first = table.set_aside[kinds == reason].head(EXAMPLES)
        places = tuple(f"{file}第{line}行" for file, line in zip(first["文件"], first["行"], strict=True))
        if reason in SAME_CASE:
            yield Aside(reason, rows, False, places, "不需处理：该案已按另一行统计")
        else:
            rule = job.rules.get(RULE_OF.get(reason, ""))
            yield Aside(reason, rows, True, places, rule.do if rule else "用 --to 写出各行，逐行核对")


EXAMPLES = 3
RULE_OF = {
    "缺少案号": "no_number",
    "缺少经办法院": "no_court",
    "经办法院不在法院表中": "no_court",
    "立案日期无法识别": "unreadable_date",
    "结案日期无法识别": "unreadable_date",
    "立案日期、结案日期都没有": "no_dates",
    "结案日期早于立案日期": "concluded_before_filed",
    f"立案日期{LATER}": "future_date",
    f"结案日期{LATER}": "future_date",
    DUPLICATE: "duplicate_number",
    TORN: "duplicate_number",
}
"""Kind of reason for which a row is set aside → the data-quality rule that says what to do."""
