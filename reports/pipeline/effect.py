"""Steps (举措) of the office: entered with their units, and what became of their indicators since.

Nothing is kept of what is measured: it is counted from the cases each time, on the grounds on which findings are
judged (whole periods, without serial cases, without doubted data).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import isfinite
from typing import Any

from reports.catalogue import Catalogue, Indicator
from reports.compose import letter
from reports.compose.effect import CHART, Course, drawing, section
from reports.courts.periods import Period, chinese_date, parse_period
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.coverage.reported import HOLIDAY
from reports.errors import ConfigError
from reports.flag import Since, since
from reports.ledger import items
from reports.ledger import steps as ledger
from reports.ledger.effect import EFFECTIVE, OPEN
from reports.ledger.steps import Step
from reports.measures import every_kind, kinds_of
from reports.model import ALL_LINES, LINE_ORDER, OWN, Bulletin, CaseTable, Grounds
from reports.pipeline.bulletins import letterhead
from reports.pipeline.findings import doubts, grounds_of
from reports.pipeline.job import Job, find_issuer, latest, template_folders
from reports.pipeline.numbers import measure
from reports.pipeline.sources import has_cases
from reports.pipeline.stages import Cases
from reports.sentences.clauses import Side, Stepped
from reports.sentences.macros import sentences_of
from reports.templates import environment_of, fill
from reports.words import FEW, joined
from reports.workspace import Workspace
from reports.workspace.listed import with_units

HISTORY = 40  # quarters, or three times as many months: as far as any data reach
SOME = 3  # units that a sentence names


# What is entered


@dataclass(frozen=True)
class Entry:
    """What a person says of a step, as typed: units by code or name, a line, indicators by id or name."""

    name: str
    began: str
    units: tuple[str, ...]
    line: str
    indicators: tuple[str, ...]
    beside: tuple[str, ...]
    text: str
    source: str


def add(job: Job, entry: Entry, *, at: str, who: str) -> Step:
    """Enter a step; raises :class:`ConfigError` for what there is not, and then nothing is written."""
    tree = with_units(job.workspace)
    if tree is None:
        raise ConfigError(
            "没有法院表，采取举措的法院无从核对。", where=str(job.workspace.courts_path),
            advice="请先写好 courts.csv（tongbao init --data 可以据案件数据写出）。",
        )  # fmt: skip
    began = _day(entry.began)
    if not entry.units and not entry.line:
        raise ConfigError(
            "没有写采取举措的单位。",
            where="--units",
            advice="写法院或部门，如 --units 城东区法院；或者写 --line 民事。",
        )
    if entry.beside and not entry.units:
        raise ConfigError(
            "只写条线的，与其他条线对照，不能另写对照的单位。",
            where="--beside",
            advice="请加写 --units，或者去掉 --beside。",
        )
    if entry.line and entry.line not in LINE_ORDER:
        raise ConfigError(f"没有条线“{entry.line}”。", where="--line", advice=f"可写：{'、'.join(LINE_ORDER)}。")
    units = _codes(tree, entry.units, "--units")
    beside = _codes(tree, entry.beside, "--beside")
    if both := _within(tree, units) & _within(tree, beside):
        name = "、".join(_named(tree, one) for one in sorted(both)[:SOME])
        raise ConfigError(f"{name}既写为采取举措的，又写为作对照的。", where="--beside")
    if units and not beside:
        _others(tree, units)
    if not entry.indicators:
        raise ConfigError("没有写这一举措针对的指标。", where="--indicator", advice="如 --indicator 上诉率。")
    indicators = [job.whole_catalogue.indicator(text).id for text in entry.indicators]
    if len(set(indicators)) < len(indicators):
        raise ConfigError("有一项指标写了两次。", where="--indicator", advice="每项指标写一次。")
    step = Step(
        entry.name, began.isoformat(), units, entry.line, tuple(indicators), beside, entry.text.strip(),
        entry.source.strip(),
    )  # fmt: skip
    return ledger.enter(job.workspace.database_path, step, at=at, who=who)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ConfigError(f"日期“{text}”无法识别。", where="--since", advice="请写成 2026-07-01。") from None


def _codes(tree: CourtTree, texts: Sequence[str], where: str) -> tuple[str, ...]:
    """The codes of units as typed; raises :class:`ConfigError` for one that there is not, or that is there twice."""
    found: list[str] = []
    for text in texts:
        code = tree.find(text.removesuffix(OWN)).code
        if code.count(UNIT) > 1:
            raise ConfigError(f"“{text}”是团队，案件太少，不单独比较。", where=where, advice="请写所在部门。")
        code += OWN if text.endswith(OWN) and tree.children(code) else ""
        if again := _within(tree, found) & _within(tree, [code]):
            raise ConfigError(f"“{text}”写了两次：{_named(tree, min(again))}已经写过。", where=where)
        found.append(code)
    if len({UNIT in code for code in found}) > 1:
        raise ConfigError("法院和部门不能写在一项举措里。", where=where, advice="请分别登记。")
    return tuple(found)


def _within(tree: CourtTree, codes: Collection[str]) -> set[str]:
    """The codes of the courts of which own cases are meant (a court means those below it too), or of departments."""
    found: set[str] = set()
    for code in codes:
        bare = code.removesuffix(OWN)
        found.add(tree.successor(bare) or bare)
        if not code.endswith(OWN) and UNIT not in code:
            found |= {one.code for one in tree.descendants(bare)}
    return found


def _others(tree: CourtTree, units: Sequence[str]) -> None:
    """Raises :class:`ConfigError` where every unit of the same kind has the step: there is none to be compared with."""
    took = _within(tree, units)
    if any(UNIT in code for code in took):
        courts = {court_of(code) for code in took}
        others = [one for one in tree.units if one.code.count(UNIT) == 1 and court_of(one.code) in courts]
    else:
        levels = {tree.by_code[code].level for code in took if code in tree.by_code}
        others = [one for one in tree.courts if one.level in levels]
    if not {one.code for one in others} - took:
        raise ConfigError(
            "没有未采取这一举措的同级单位，没有对照，前后的不同是不是各单位都有，无从知道。", where="--units",
            advice="先在部分单位实施的，只写这些单位；或者用 --beside 写明与谁对照。",
        )  # fmt: skip


def _named(tree: CourtTree, code: str) -> str:
    bare = code.removesuffix(OWN)
    if bare not in tree.by_code:
        return bare.rpartition(UNIT)[2] + ("案件" if bare in LINE_ORDER else "")
    if UNIT in bare:
        return tree.short_name(bare)
    return tree.short_name(bare) + OWN if code.endswith(OWN) else tree.jurisdiction(bare)


def where(step: Step, tree: CourtTree) -> str:
    """Where a step was taken: 城东区法院、城西区法院的民事案件中; of many units how many."""
    names = [_named(tree, one) for one in step.units]
    kind = "部门" if any(UNIT in one for one in step.units) else "法院"
    told = joined(names) if len(names) <= SOME else f"{'、'.join(names[:SOME])}等{len(names)}个{kind}"
    if step.line:
        return f"{told}的{step.line}案件中" if told else f"{step.line}案件中"
    return told


# What became of it


def courses(job: Job, step: Step, *, indicator: str | None = None, monthly: bool = False) -> list[Course]:
    """Each indicator of a step (or one) before and since, by quarters or months, up to the last whole one in the data.

    An indicator of which the data do not tell is named in a note of the last. Raises :class:`ConfigError` for one that
    there is not, and where the data tell of none.
    """
    ids = [job.whole_catalogue.indicator(indicator).id] if indicator else list(step.indicators)
    job = _looked(job, step, ids)
    with Cases(job) as cases:
        table = cases.table
        day = min(job.as_of, table.last + timedelta(days=HOLIDAY)) if table.last else job.as_of
        until = min(job.period.end, day) if job.period.end < job.as_of else day
        job = replace(job, period=latest(1 if monthly else 3, until, job.period.cutoff_day))
        found = measure(job, table)
        grounds = grounds_of(job, table, found, doubts(job, table, None))
        made: list[Course] = []
        lacking: list[ConfigError] = []
        for name in ids:
            try:
                made.append(_course(job, table, grounds, step, grounds.catalogue.indicators[name]))
            except ConfigError as error:
                lacking.append(error)
    if not made:
        raise lacking[0]
    if lacking:  # told where the others are
        made[-1] = replace(made[-1], notes=(*made[-1].notes, *(one.what for one in lacking)))
    return made


def _looked(job: Job, step: Step, ids: Sequence[str]) -> Job:
    """The job with these indicators alone, as far back as the data go, down to the departments of a step."""
    config = job.workspace.config
    period = config.period.model_copy(update={"history": HISTORY * 3})
    longer = type(job.workspace)(job.workspace.folder, config.model_copy(update={"period": period}))
    job = replace(job, workspace=longer, asked=_only(job.whole_catalogue, ids))
    departments = [one for one in (*step.units, *step.beside) if UNIT in one]
    if not departments:
        return job
    courts = {court_of(one) for one in departments}
    return replace(job, below="department", of=f"{min(courts)}{OWN}" if len(courts) == 1 else None)


def _only(every: Catalogue, ids: Collection[str]) -> Catalogue:
    indicators = {name: every.indicators[name] for name in ids}
    terms = {term for one in indicators.values() for term in one.terms}
    counts = {name: one for name, one in every.counts.items() if name in terms}
    stocks = {name: one for name, one in every.stocks.items() if name in terms}
    return replace(every, indicators=indicators, counts=counts, stocks=stocks, context=())


def _course(job: Job, table: CaseTable, grounds: Grounds, step: Step, item: Indicator) -> Course:
    tree, began = table.tree, date.fromisoformat(step.began)
    took = _rows(grounds, _within(tree, step.units)) if step.units else {step.line}
    told = [parse_period(key, cutoff_day=grounds.period.cutoff_day) for key in grounds.table["period"].unique()]
    mixed = _mixed(job, step, item, told, grounds.period)
    beside = _beside(grounds, step, tree, took, {code for one in mixed for code in _within(tree, one.units)})
    line = step.line if step.line and step.units else ALL_LINES
    found = since(grounds, item.id, began, took, beside=beside, line=line)
    if found is None:
        raise _no_data(grounds, step, item, began)
    return _written(job, step, item, tree, found, mixed)


def _rows(grounds: Grounds, codes: Collection[str]) -> set[str]:
    """The codes of the table's rows of own cases: 辽01本级 where a court has courts below."""
    present = set(grounds.table["court"].unique())
    return {code + OWN if code + OWN in present else code for code in codes}


def _beside(
    grounds: Grounds, step: Step, tree: CourtTree, took: Collection[str], mixed: Collection[str]
) -> set[str] | None:
    """With whom a step is compared: whom it names, else all others; never units with another step on the indicator."""
    if not step.units:
        return None
    if step.beside:
        return _rows(grounds, _within(tree, step.beside))
    departments = any(UNIT in one for one in took)
    if departments:
        courts = {court_of(one) for one in took}
        others = {one for one in grounds.table["court"].unique() if one.count(UNIT) == 1 and court_of(one) in courts}
    else:
        others = _rows(grounds, {one.code for one in tree.courts})
    return others - set(took) - _rows(grounds, mixed)


def _mixed(job: Job, step: Step, item: Indicator, told: Collection[Period], last: Period) -> list[Step]:
    """Other steps on the same indicator, of units of the same kind, that began in the periods that the table has."""
    known = ledger.in_force(ledger.steps(job.workspace.database_path)) if step.units else []
    first = min((one.start for one in told), default=last.start).isoformat()
    departments = any(UNIT in one for one in step.units)
    return [
        one
        for one in known
        if one.name != step.name and item.id in one.indicators and first < one.began <= last.end.isoformat()
        and one.line in ("", step.line) and one.units and any(UNIT in code for code in one.units) == departments
    ]  # fmt: skip


def _no_data(grounds: Grounds, step: Step, item: Indicator, began: date) -> ConfigError:
    mine = grounds.table[grounds.table["indicator"] == item.id]
    told = f"“{step.name}”自{chinese_date(began)}起实施，"
    if mine.empty:
        why = f"数据中没有{item.name}"
        return ConfigError(f"{told}{why}。", where=step.name, advice="用 tongbao check 查看这一指标能否统计。")
    if began > grounds.period.end:
        return ConfigError(
            f"{told}数据只到{grounds.period.label}，实施后还没有完整的一期。", where=step.name,
            advice="等数据到了再看；日期登记有误的，先 tongbao effect withdraw，再重新登记。",
        )  # fmt: skip
    first = min((parse_period(key) for key in mine["period"].unique()), key=lambda one: one.start)
    if began <= first.end:
        why = f"数据自{first.label}起，没有实施以前的{item.name}，不能比较前后"
    else:
        by = "按月" if grounds.period.months == 1 else "按季度"
        why = f"采取的单位没有{by}的{item.name}，不能比较前后"
    return ConfigError(
        f"{told}{why}。", where=step.name,
        advice="补充数据；日期、单位登记有误的，先 tongbao effect withdraw，再重新登记。",
    )  # fmt: skip


def _written(job: Job, step: Step, item: Indicator, tree: CourtTree, since: Since, mixed: Sequence[Step]) -> Course:
    told, panel = since.found, since.panel
    spell = "月" if panel.periods[-1].months == 1 else "季度"
    kind = "条线" if not step.units else "部门" if any(UNIT in one for one in step.units) else "法院"
    few = any((one.before[1] or FEW) < FEW or (one.after[1] or FEW) < FEW for one in (told.took, told.beside))
    small = told.why == "base"  # what is not judged has no change either
    count = item.kind == "count"
    many = (len(told.before), len(told.after))
    short = small or (few and not count)
    sides = [Side(item.measure, one.before, one.after, many, few=short) for one in (told.took, told.beside)]
    extreme = sum(abs(one.z) >= abs(told.z) for one in told.placebos)
    why = told.why
    if told.verdict == "open":
        beyond = not told.low < 0 < told.high
        why = ("placebos" if told.rank > max(0.05, 1 / (1 + len(told.placebos))) else "mix") if beyond else "chance"
    record = Stepped(
        step.name, date.fromisoformat(step.began), where(step, tree), item.name,
        (_span(panel.periods, told.before), _span(panel.periods, told.after)), sides[0], sides[1],
        (len(told.beside.rows), kind), told.verdict, why, told.gap, (told.low, told.high), told.least,
        spell, (told.periods, told.units, told.together), (len(told.placebos), extreme), item.right,
    )  # fmt: skip
    facts = {
        "verdict": told.verdict,
        "why": why,
        "since": step.began,
        "units": [panel.units[row].code for row in told.took.rows],
        "others": [panel.units[row].code for row in told.beside.rows],
        "before": {"took": list(told.took.before), "beside": list(told.beside.before), "periods": many[0]},
        "after": {"took": list(told.took.after), "beside": list(told.beside.after), "periods": many[1]},
        "gap": _finite(told.gap),
        "low": _finite(told.low),
        "high": _finite(told.high),
        "material": _finite(told.least),
        "p": _finite(told.p),
        "rank_p": _finite(told.rank),
        "placebos": len(told.placebos),
        "extreme": extreme if told.placebos else 0,
        "needed": {"periods": told.periods, "units": told.units, "units_after_three_years": told.together},
    }
    return Course(
        step.name, item, where(step, tree), kind, panel.periods, told.took.periods, told.beside.periods, since.first,
        since.partial, sentences_of(template_folders(job.workspace)).of(record),
        tuple(_notes(job, step, item, tree, since, mixed, extreme)), facts,
        _hint(item, since) if has_cases(job.workspace) else "",
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _span(periods: Sequence[Period], columns: Sequence[int]) -> str:
    if not columns:
        return ""
    first, last = periods[columns[0]], periods[columns[-1]]
    return first.label if first == last else f"{first.label}至{last.label}"


def _notes(
    job: Job, step: Step, item: Indicator, tree: CourtTree, since: Since, mixed: Sequence[Step], extreme: int
) -> Iterator[str]:
    """What must be said beside the numbers: who is compared, what is left out, the checks, and where the cases are."""
    found, panel = since.found, since.panel

    def names(rows: Sequence[int]) -> str:
        return "、".join(_named(tree, panel.units[row].code) for row in rows)

    yield f"{item.name}：{job.whole_catalogue.definition(item)}。"
    if found.took.rows:
        others = names(found.beside.rows) or "（没有）"
        yield f"参加比较的，采取的有{names(found.took.rows)}，未采取的有{others}；按表中顺序排列，不代表名次。"
    mine = [row for row, one in enumerate(panel.units) if one.code in _took(since, step, tree)]
    if left := [row for row in mine if row not in found.took.rows]:
        yield f"{names(left)}没有同级未采取的单位，或者实施前后的数据不全，不在其内。"
    if since.partial:
        yield f"{panel.periods[since.first - 1].label}之中开始实施，这一期采取的单位不计入实施前，也不计入实施后。"
    if since.serial:
        yield "各期的系列案已剔除，所以与通报、交叉表中的数不尽相同。"
    if since.doubted:
        told = "、".join(_named(tree, one) for one in since.doubted)
        yield f"{told}最近一期的数据待核，没有计入。"
    outside = {code for one in mixed for code in _within(tree, one.units)}
    inside = outside & _within(tree, step.units)
    for one in mixed:
        mine_too = _within(tree, one.units) & inside
        rest = _within(tree, one.units) - inside
        day = chinese_date(date.fromisoformat(one.began))
        if mine_too:
            both = "、".join(_named(tree, code) for code in sorted(mine_too))
            yield f"{both}自{day}起还实施了“{one.name}”，两者分不开。"
        if rest and not step.beside:
            yield f"自{day}起实施“{one.name}”的单位不作对照。"
    if found.placebos:
        dates = sum(one.period is not None for one in found.placebos)
        yield (
            f"核对：同样的估计在实施以前的{dates}个日期、未采取的单位的{len(found.placebos) - dates}种组合上各作一次，"
            f"{len(found.placebos)}次中有{extreme}次的偏离不小于实际的一次。"
        )
    if found.verdict != "little":
        yield (
            "估计的方法：双重差分，逐个单位比较，单位和统计期各有自己的水平，计入各单位自己的季节和各期的额外波动；"
            "合计数还受各单位件数比重的影响，两者不尽相同；"
            "各单位如果本来就朝不同的方向变化，或者因为数值异常才采取举措，估计不足以说明举措的作用。"
        )
    if item.min_den and any((value[1] or item.min_den) < item.min_den for value in found.took.periods):
        yield f"分母不足{item.min_den}件的，列分子和分母。"


def _hint(item: Indicator, since: Since) -> str:
    """The command that lists the cases of a cell."""
    code = next((since.panel.units[row].code for row in since.found.took.rows), "")
    if not code or code in LINE_ORDER:
        return ""
    of = f"--court {code} --indicator {item.name} --period {since.panel.periods[-1].key}"
    return f"一格的案件用 tongbao cases 列出，如 tongbao cases {of}。"


def _took(since: Since, step: Step, tree: CourtTree) -> set[str]:
    mine = _within(tree, step.units) if step.units else {step.line}
    return {one.code for one in since.panel.units if one.code.removesuffix(OWN) in mine}


def document(job: Job, step: Step, found: Sequence[Course], stem: str) -> Bulletin:
    """The document on a step, with a chart of each indicator."""
    folders = template_folders(job.workspace)
    charts = {f"charts/{stem}-{one.item.id}.svg": one for one in found}
    data: Mapping[str, Any] = {
        "name": step.name,
        "day": chinese_date(date.fromisoformat(step.began)),
        "where": "",
        "text": step.text,
        "source": step.source,
        "indicators": [section(one, path) for path, one in charts.items()],
        "until": found[0].periods[-1].label,
    }
    tree = with_units(job.workspace)
    sender = tree.by_code[find_issuer(job.workspace, tree)] if tree else None
    made = letter(
        "effect", sender.code if sender else "", stem, data, letterhead(job), sender.name if sender else "", folders
    )
    return replace(made, assets={path: chart(job, one) for path, one in charts.items()})


def chart(job: Job, course: Course) -> bytes:
    """The drawing of one indicator (SVG)."""
    return fill(environment_of(template_folders(job.workspace), "xml"), CHART, drawing(course)).encode()


# Measures of the ledger


@dataclass(frozen=True)
class Went:
    """Items whose measures are of a kind, and the others: how many, how many of them 见效, and their numbers."""

    kind: str
    items: int
    effective: int
    others: int
    others_effective: int
    numbers: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """采取“提醒预警”类措施的5项中3项见效，其余7项中4项见效。"""
        rest = f"，其余{self.others}项中{self.others_effective}项见效" if self.others else ""
        return f"采取“{self.kind}”类措施的{self.items}项中{self.effective}项见效{rest}。"


@dataclass(frozen=True)
class Measures:
    """Which kinds of measures went with improvement; ``unwritten`` items have none, ``open`` ones no verdict yet."""

    rows: tuple[Went, ...]
    judged: int
    unwritten: int
    open: int


def measures(workspace: Workspace) -> Measures:
    """Of the items of the ledger that a court has answered and a later period has measured, by kind of measure.

    见效 is what the latest measured period says (:mod:`reports.ledger.effect`). An item may be of several kinds.
    """
    known = [one for one in items(workspace.database_path) if not one.void]
    written = [one for one in known if one.answers.get("measure", "").strip()]
    judged = [one for one in written if one.latest and one.latest.verdict != OPEN]
    good = {one.number for one in judged if one.latest and one.latest.verdict == EFFECTIVE}
    of = {one.number: kinds_of(one.answers["measure"]) for one in judged}
    rows = []
    for kind in every_kind():
        mine = tuple(number for number, kinds in of.items() if kind in kinds)
        rest = of.keys() - set(mine)
        if mine:
            rows.append(Went(kind, len(mine), len(good & set(mine)), len(rest), len(good & rest), mine))
    return Measures(tuple(rows), len(judged), len(known) - len(written), len(written) - len(judged))
