"""Findings and ledgers: what became of earlier problems, what opens items, long-pending cases and time limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import groupby

import pandas as pd

from reports.catalogue.kinds import Kind
from reports.compose import letter
from reports.courts.periods import (
    Period,
    chinese_date,
    parse_period,
)
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.errors import ConfigError, TongbaoError
from reports.flag import Told, follow
from reports.ledger import (
    Baseline,
    Cell,
    Effect,
    Finding,
    Item,
    Sample,
    baseline,
    concerned,
    follow_up,
    items,
    of_event,
    pending,
)
from reports.ledger import judge as judge_effect
from reports.ledger.pending.letter import told_of
from reports.ledger.rectification import name_of, of_today
from reports.model import (
    MOMENTS,
    OWN,
    Aftermath,
    Bulletin,
    CaseTable,
    Findings,
    Flag,
    Reference,
)
from reports.pipeline.extent import ALL, Extent
from reports.pipeline.findings import analysis, findings, reversals
from reports.pipeline.job import Job, find_issuer, own_court, template_folders
from reports.pipeline.numbers import Numbers, numbers
from reports.pipeline.replay import pending_cases
from reports.pipeline.sources import case_files, case_table, require_cases
from reports.pipeline.stages import Cases, pending_key
from reports.sentences.clauses import Evidence
from reports.sentences.macros import Sentences, sentences_of
from reports.workspace import Workspace
from reports.workspace.listed import listed_units

YEAR = 366  # days
Place = tuple[str, str, str, str]  # court, line, indicator, direction


def followed_up(job: Job, found: Findings, within: Extent = ALL) -> tuple[Findings, Mapping[str, Effect]]:
    """The findings with what became of the problems told before, and the effect of each open item in this period.

    Of items that are not ``within`` what is asked for nothing is said.

    The ledger is read here and not kept with the findings: courts answer at any time.
    """
    known = of_today(items(job.workspace.database_path), found.tree)
    known = [one for one in known if within.holds(one.court, one.indicator)]
    red = [flag for flag in found.flags if flag.severity == "red"]
    now = {(one.court, one.line, one.indicator, one.direction) for one in red}
    left = {one.code for one in found.without}  # nothing is known of what became of their problems
    mine = [item for item in concerned(known, job.period) if item.court.removesuffix(OWN) not in left]
    by, measure = _measuring(job, found, mine)
    after = aftermaths(measure, mine)
    measured = {item.number: effect_of(by, measure, item, after, now) for item in mine}
    told = follow_up(known, measured, red, job.period, job.as_of)
    return replace(found, follow_up=told), measured


def _measuring(job: Job, found: Findings, mine: Sequence[Item]) -> tuple[Job, Findings]:
    """The job and the findings by which items are measured.

    上半年 and 1—9月 are judged by quarters. What an office that works by months has told in between lies inside the
    last of them and would never be later than the flag: it is measured by months.
    """
    period, table = job.period, job.workspace.config.period
    keys = {parse_period(item.period, cutoff_day=period.cutoff_day) for item in mine}
    within = any(one.single.months < period.single.months for one in keys)
    if job.theme or table.months > 1 or not period.cumulative or not within:
        return job, found
    monthly = replace(job, period=replace(period, by_months=True))
    return monthly, findings(monthly)


def opening_grades(job: Job) -> tuple[str, ...]:
    """The severities of which each flag opens an item."""
    return ("red", "amber") if job.workspace.config.ledger.amber else ("red",)


Aftermaths = Mapping[tuple[str, Told], Aftermath]  # line, flag


def aftermaths(found: Findings, mine: Sequence[Item]) -> Aftermaths:
    """What became of every cell of these items, line by line."""
    assert found.grounds is not None  # only one court's view has none
    told: dict[str, list[Told]] = {}
    for item in mine:
        told.setdefault(item.line, []).extend(_told(found, item, cell) for cell in item.cells)
    return {
        (line, one): answer
        for line, cells in told.items()
        for one, answer in follow(found.grounds, line, cells).items()
    }


def _told(found: Findings, item: Item, cell: Cell) -> Told:
    then = parse_period(item.period, cutoff_day=found.period.cutoff_day)
    then = replace(then, by_months=found.period.by_months and then.cumulative)
    return item.court, cell.indicator, cell.direction, then.single


def effect_of(job: Job, found: Findings, item: Item, after: Aftermaths, now: Collection[Place]) -> Effect:
    """What this period says of an item; ``now`` are the cells flagged again."""
    leading, *others = (
        _effect_of(
            job,
            found,
            item,
            one,
            after.get((item.line, _told(found, item, one))),
            again=(item.court, item.line, one.indicator, one.direction) in now,
        )
        for one in item.cells
    )
    return of_event(leading, dict(zip((one.indicator_name for one in item.others), others, strict=True)))


def _effect_of(job: Job, found: Findings, item: Item, cell: Cell, after: Aftermath | None, *, again: bool) -> Effect:
    """The same of one cell, flagged ``again`` or not; 尚不能判断 where its 口径 has changed since."""
    known = found.catalogue.indicators.get(cell.indicator)
    if known is None or (cell.scope and cell.scope != known.scope):
        why = "现行指标目录中没有这一指标" if known is None else "该指标的口径已有变化"
        return Effect(job.period.key, "—", "尚不能判断", f"{why}，尚不能判断。")
    series = samples(job, found, item.court, item.line, cell.indicator)
    limit = known.interval(job.period.single, item.line) if cell.kind == "interval" else None
    then = parse_period(item.period, cutoff_day=job.period.cutoff_day)
    last = job.period.previous if job.period.previous and job.period.previous.end > then.end else None
    return judge_effect(
        known.measure,
        cell.baseline,
        cell.sample,
        series.get(job.period),
        job.period,
        after=after,
        bounds=(limit.low, limit.high) if limit else None,
        last=series.get(last) if last else None,
        single=series.get(job.period.single),
        again=again,
    )


def samples(job: Job, found: Findings | Numbers, court: str, line: str, indicator: str) -> dict[Period, Sample]:
    """One cell over the single periods of the history, and in the period itself, as far as they are whole."""
    frame = found.history
    mine = frame[(frame["court"] == court) & (frame["line"] == line) & (frame["indicator"] == indicator)]
    series = {}
    for row in mine.to_dict("records"):
        if pd.isna(row["numerator"]):
            continue
        below = None if pd.isna(row["denominator"]) else int(row["denominator"])
        known = [row.get(name) for name in MOMENTS]
        # A mean has no second moments below its line.
        moments = None if pd.isna(known[0]) else tuple(0.0 if pd.isna(one) else float(one) for one in known)
        period = parse_period(row["period"], cutoff_day=job.period.cutoff_day)
        series[period] = Sample(int(row["numerator"]), below, moments)  # type: ignore[arg-type]
    cell = found.comparisons.cell(court, line, indicator)
    if cell and "now" in cell.incomplete:
        series.pop(job.period, None)
    elif job.period not in series and cell and cell.now[0] is not None:
        series[job.period] = Sample(cell.now[0], cell.now[1])
    return series


def to_ledger(job: Job, found: Findings) -> list[Finding]:
    """The flags that open items, one for each event, each with its level before it was first flagged."""
    leading = [flag for flag in found.flags if flag.event in (None, flag.key)]  # the gravest of its event
    members = [flag for flag in found.flags if flag.event not in (None, flag.key)]
    sentences = sentences_of(template_folders(job.workspace), plain=True)
    return [
        _kept(job, found, sentences, one, [other for other in members if other.event == one.key])
        for one in leading
        if one.severity in opening_grades(job)
    ]


def _kept(job: Job, found: Findings, sentences: Sentences, one: Flag, others: Sequence[Flag] = ()) -> Finding:
    item = found.catalogue.indicators[one.indicator]
    series = samples(job, found, one.court, one.line, one.indicator)
    return Finding(
        one,
        name_of(found.tree, one.court),
        item.name,
        item.measure.text(one.numerator, one.denominator),
        sentences.of(one.evidence),
        item.right,
        item.scope,
        series.get(job.period),
        before_flag(job, found, one, series),
        tuple(_kept(job, found, sentences, other) for other in others),
    )


def to_open(job: Job, court: str, line: str, indicator: str, problem: str) -> Finding:
    """A problem that a person found, with its numbers; raises :class:`ConfigError` where there are none."""
    found = numbers(job)
    code = own_court(found.tree, court)
    item = found.catalogue.indicator(indicator)
    if item.right:
        raise ConfigError(
            f"“{item.name}”涉及当事人诉讼权利，不作为问题列入台账。",
            advice="变动写在有关法院的通报中，供了解原因、做好释法答疑。",
        )
    cell = found.comparisons.cell(code, line, item.id)
    if cell is None:
        raise ConfigError(
            f"{job.period.label}没有“{court}”“{line}”“{item.name}”的数据。", advice="请核对法院、条线和指标。"
        )
    way = "down" if item.better == "higher" else "up"
    reference = Reference("person", None, "人工提出")
    name = name_of(found.tree, code)
    evidence = Evidence(name, item.label, cell, ())
    one = Flag(job.period.key, code, line, item.id, "red", None, way, (), None, *cell.now, reference, evidence)
    series = samples(job, found, code, line, item.id)
    return Finding(
        one,
        name,
        item.name,
        cell.text,
        problem,
        item.right,
        item.scope,
        series.get(job.period),
        baseline({p: s for p, s in series.items() if p.months == job.base_period.months}, job.period),
    )


def before_flag(job: Job, found: Findings, one: Flag, series: Mapping[Period, Sample]) -> Baseline | None:
    """The level before a flag was first found; a count of several periods at once has none."""
    measure = found.catalogue.indicators[one.indicator].measure
    singles = {period: sample for period, sample in series.items() if period.months == job.base_period.months}
    if measure.kind == "count" and job.period not in singles:
        return None
    since = [
        parse_period(state.since, cutoff_day=job.period.cutoff_day)
        for rule in one.rules
        if (state := found.states.get((one.court, one.indicator, rule, one.direction)))
    ]
    return baseline(singles, min([job.period, *since], key=lambda period: period.start))


def pending_policy(workspace: Workspace) -> pending.TierPolicy:
    """``[pending]`` as the ledger reads it; raises :class:`ConfigError` for a month that is none."""
    table = workspace.config.pending
    where = f"{workspace.config_path} [pending]"
    return pending.policy_of(table.months, table.leaders, deduct=table.deduct, where=where)


def update_pending(job: Job, *, at: str, who: str) -> pending.Updated:
    """Bring the ledger of long-pending cases up to the data as of the job's day."""
    require_cases(job, "更新长期未结案件台账")
    with case_table(job) as table:
        seen = look_pending(job, table)
    return pending.update(job.workspace.database_path, seen, at=at, who=who)


def look_pending(job: Job, table: CaseTable) -> pending.Seen:
    """What the data say, as of the job's day, of cases that are or belong in the ledger of long-pending ones."""
    # What is listed as of a day can never be taken back: a mistyped year would end the ledger.
    if (job.as_of - max(job.today, table.last or job.today)).days > YEAR:
        raise ConfigError(
            f"{chinese_date(job.as_of)}比今天晚一年以上，不能按这一天更新长期未结案件台账。", advice="请核对 --as-of。"
        )
    known = pending_cases(job.workspace)
    return pending.look(table, known, pending_policy(job.workspace), job.as_of)


def look(
    job: Job,
    kinds: Sequence[Kind],
    *,
    pending_too: bool = False,
    referred: Callable[[Findings], Sequence[Kind]] = lambda _: (),
) -> tuple[Findings, pending.Seen | None]:
    """What bulletins of some kinds need of the cases, in one reading, and what the cases say of long-pending ones.

    The cases that were reversed or sent back are looked up only where a kind tells of them and there are cases in
    files (:func:`case_files`); in a run also where results are kept, so that a bulletin of one court is then written
    at once. ``referred`` says which kinds the findings themselves call for.
    """
    if job.theme:
        return analysis(job), None
    workspace = job.workspace
    told = any(kind.reversals for kind in kinds)
    with Cases(job) as cases:
        found = findings(job, gated=True, reversed_too=told, cases=cases)
        if not told and any(kind.reversals for kind in referred(found)) and case_files(workspace):
            found = replace(found, reversals=reversals(job, cases))
        elif pending_too and not told and cases.key and case_files(workspace):
            with suppress(TongbaoError):  # told when a bulletin is to tell of them
                reversals(job, cases)
        if not (pending_too and workspace.config.pending.run and case_files(workspace)):
            return found, None
        seek = partial(look_pending, job)
        seen = cases.stored("长期未结案件", pending_key(cases), seek)
        known = sorted(pending_cases(workspace))
        if not seen.asked.issuperset(known):  # kept from a time when fewer cases were listed
            seen = cases.stored("长期未结案件", pending_key(cases, known), seek)
    return found, seen


def time_limit_warnings(job: Job, court: str | None, *, everything: bool) -> tuple[list[pending.Warning], date]:
    """Open cases close to their time limit or past it, of one court (code or name) or of all, and the day that they
    are of: the last that the data reach, for of what was closed after it nothing is known.
    """
    found, _, day, _ = _warned(job, court, everything=everything)
    return found, day


def _warned(
    job: Job, court: str | None, *, everything: bool, letters: bool = False
) -> tuple[list[pending.Warning], CourtTree, date, tuple[int, int]]:
    """The warnings, the day that they are of (the last that the data reach), and the rows read and used.

    Raises :class:`ConfigError` for ``letters`` from data that end too long before.
    """
    require_cases(job, "核对审限")
    with case_table(job) as table:
        day = fresh(job, table) if letters else min(table.last or job.as_of, job.as_of)
        code = table.tree.find(court.removesuffix(OWN)).code if court else ""
        found = pending.warnings(table, day, [court_of(code)] if code else None)
        if UNIT in code:
            units = listed_units(job.workspace, table.tree)
            found = [one for one in found if units.holds(code, one.facts.unit)]
    found = [one for one in found if everything or one.level != pending.SCREEN]
    return found, table.tree, day, (table.rows_in, table.rows_used)


def fresh(job: Job, table: CaseTable) -> date:
    """The last day that may be told of in a letter: that which the data reach.

    Raises :class:`ConfigError` for data that end more than ``[pending] stale`` days before the job's day.
    """
    day = min(table.last or job.as_of, job.as_of)
    if (old := (job.as_of - day).days) > (most := job.workspace.config.pending.stale):
        raise ConfigError(
            f"数据截至{chinese_date(day)}，距{chinese_date(job.as_of)}已有{old}天（[pending] stale 为{most}天），"
            "其间办结的案件无从知道，不能据以提醒。",
            advice=f"请导出新的数据；就数据截止之日提醒的，加 --as-of {day.isoformat()}。",
        )
    return day


@dataclass(frozen=True)
class Letters:
    """Letters to courts, the day that they tell of, and the rows that were read and used for them."""

    day: date
    rows: tuple[int, int]
    made: tuple[Bulletin, ...]


def time_limit_letters(job: Job, court: str | None, *, everything: bool) -> Letters:
    """审限提醒函 to each court that has such cases, in code order, or to one court, as of the day the data reach.

    Of what was closed after that day nothing is known, and nothing is projected. Raises :class:`ConfigError` for data
    that end more than ``[pending] stale`` days before.
    """
    found, tree, until, rows = _warned(job, court, everything=everything, letters=True)
    units = listed_units(job.workspace, tree)
    # A department under its name of today, whatever spelling a case has.
    facts = [(one, one.facts, units.path(one.facts.court, one.facts.dept, None)[0]) for one in found]
    found = [replace(one, facts=mine._replace(dept=name if mine.dept else "")) for one, mine, name in facts]
    place = {(unit.court, unit.name): number for number, unit in enumerate(units.units)}
    unlisted = len(place)
    found.sort(
        key=lambda one: (
            one.facts.court,
            place.get((one.facts.court, one.facts.dept), unlisted),
            one.facts.dept,
            one.left,
            one.facts.number,
        )
    )
    issuer = find_issuer(job.workspace, tree)
    letterhead = job.workspace.config.letterhead.model_dump() | {"date": chinese_date(job.as_of)}
    made = []
    for code, mine in groupby(found, key=lambda one: one.facts.court):
        name, own = tree.by_code[code].name, code == issuer
        data = told_of(list(mine), court=name, own=own, day=until, everything=everything)
        sender, folders = tree.by_code[issuer].name, template_folders(job.workspace)
        made.append(letter("time-limit", code, f"审限提醒-{code}", data, letterhead, sender, folders))
    return Letters(until, rows, tuple(made))
