"""What is asked of the cases by two dimensions → a cross table, and the cases behind one of its cells.

The counts are those of the catalogue, by the statement that counts the bulletins: other keys stand in the places of
unit and line. So the total is the bulletins' number, and what is counted in a cell is listed by the same conditions.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
from sqlglot import exp

from reports import read as reading
from reports.catalogue import Catalogue, Count, Indicator, Stock, alone, expression, values
from reports.catalogue import dimensions as known_dimensions
from reports.catalogue.columns import BY_ID, BY_NAME
from reports.catalogue.dimensions import AWAY, EMPTY, FIRST, NUMBERS, PEOPLE, UNREAD, Dimension
from reports.compare import values as indicator_values
from reports.compose.crosstab import TOTAL, WAN, Cell, Cross
from reports.courts.periods import Period, parse_period
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.courts.units import DEPTHS, NO_DEPARTMENT, NO_TEAM
from reports.coverage.beginning import beginning
from reports.errors import ConfigError
from reports.model import ALL_LINES, LINE_ORDER, OWN, UNIT_COLUMNS, CaseTable, Tally
from reports.pipeline.job import Job, find_issuer, own_court
from reports.pipeline.numbers import covers, uncovered, unknown, unknown_words
from reports.pipeline.sources import case_table, has_cases, require_cases
from reports.tally import Labels, Place, Places, crossed, spread
from reports.tally.cases import Where, cases_behind, in_court
from reports.tally.reach import LATER, TOLD, fitted
from reports.words import decimal

CASES = "crosstab_cases"  # how many cases stand behind a sum of money
ELSEWHERE = "未分部门的法院"
FEW = {"mean": "不计平均数，列合计和件数", "amount": "不计比率，列两笔金额和件数"}
LAST = (EMPTY, UNREAD, AWAY)
_EITHER = re.compile("([,，、])")
_NAMED = re.compile(r"\s*([^\s=＝<>'‘’]+)\s*[=＝]\s*([^=＝<>'‘’]+?)\s*")


@dataclass(frozen=True)
class Question:
    """What is asked: an indicator, count or stock (id or name) by dimensions, under conditions, at a court or unit.

    A condition is ``案由=买卖合同纠纷、离婚纠纷``, or one of the catalogue's language; all must hold. ``most``: of
    dimensions without an order of their own only so many labels stand alone, those of most cases.
    """

    indicator: str
    by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    court: str | None = None
    most: int | None = None


@dataclass(frozen=True)
class Condition:
    """A dimension with one of some labels (as typed), or a condition of the catalogue's language; ``text`` says it."""

    text: str
    dimension: Dimension | None = None
    typed: str = ""
    tree: exp.Expr | None = None


@dataclass(frozen=True)
class Asked:
    """A plan with its cases: ``elsewhere`` says that some count at the court that their case came from."""

    plan: Plan
    table: CaseTable
    catalogue: Catalogue  # with the definitions that the cases allow
    scope: str  # a code; empty for all courts
    there: Where  # the conditions, by the column of a court
    conditions: tuple[str, ...]
    elsewhere: bool
    looked_up: bool  # of those, the key of the case that they came from

    @property
    def job(self) -> Job:
        """What is asked to be done."""
        return self.plan.job

    @property
    def by(self) -> tuple[Dimension, ...]:
        """The dimensions of the table."""
        return self.plan.by

    @property
    def item(self) -> Indicator:
        """What is counted."""
        return next(iter(self.catalogue.indicators.values()))


def crosstab(job: Job, question: Question) -> Cross:
    """The table of a question; raises :class:`ConfigError` for what there is not, with what comes close."""
    if not question.by:
        raise ConfigError("没有写按什么统计。", where="--by", advice="如 --by 案由 --by 条线。")
    with _open(job, question) as asked:
        return table_of(asked)


def behind(job: Job, question: Question, *, denominator: bool = False) -> pd.DataFrame:
    """The cases behind the total of a question under its conditions, as :func:`reports.tally.cases.cases_behind`.

    A cell is the total under its labels as further conditions.
    """
    with _open(job, question, whole=True) as asked:
        return cases_of(asked, denominator=denominator)


def cases_of(asked: Asked, *, denominator: bool = False) -> pd.DataFrame:
    """The same of a question with its cases; money in 元."""
    more = [one.column for one in asked.plan.used if one.column]
    found = cases_behind(
        asked.table, asked.catalogue, asked.job.period, court=asked.scope, line=ALL_LINES, indicator=asked.item.id,
        denominator=denominator, judges=asked.job.workspace.config.privacy.judges, more=more, also=asked.there,
    )  # fmt: skip
    for column in (BY_ID[one] for one in more):
        if column.kind == "money" and column.name in found:
            found[column.name] = found[column.name].map(lambda fen: decimal(int(fen), 2), na_action="ignore")
    return found


# What is asked


@dataclass(frozen=True)
class Plan:
    """What is to be counted, before any case is read: ``free`` are the columns of conditions without a dimension."""

    job: Job
    question: Question
    catalogue: Catalogue
    by: tuple[Dimension, ...]
    conditions: tuple[Condition, ...]

    @property
    def used(self) -> tuple[Dimension, ...]:
        """The dimensions of the table and of its conditions."""
        return tuple(dict.fromkeys((*self.by, *(one.dimension for one in self.conditions if one.dimension))))

    @property
    def free(self) -> frozenset[str]:
        """The columns that conditions of the catalogue's language read."""
        return frozenset().union(*(expression.columns_of(one.tree) for one in self.conditions if one.tree is not None))

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are read beside what is counted by."""
        return self.free | {one.column for one in self.used if one.column} | {*TOLD, *LATER} | reading.FIRST_NEEDED


def planned(job: Job, question: Question) -> Plan:
    """What a question asks for; raises :class:`ConfigError` for what there is not, with what comes close."""
    if not has_cases(job.workspace):
        require_cases(job, "编制交叉表")
    known = known_dimensions.load(job.workspace.folder)
    by = tuple(known_dimensions.choose(known, text) for text in question.by)
    if len(by) > 2 or len(set(by)) < len(by) or sum(bool(one.months) for one in by) > 1:
        raise ConfigError("只能按一个或者两个不同的维度统计，月份、季度只能有一个。", where="--by")
    catalogue = _only(job.whole_catalogue, question.indicator)
    conditions = tuple(_condition(known, text) for text in question.where)
    job = replace(job, period=_narrowed(job.period, conditions), asked=catalogue, court=question.court)
    for one in by:
        if one.months and not _divides(one.months, job.period):
            raise ConfigError(f"{job.period.label}不能按{one.name}划分。", where="--by")
    plan = Plan(job, question, catalogue, by, conditions)
    if depth := max((one.units for one in plan.used if one.units in DEPTHS[1:]), key=DEPTHS.index, default=None):
        # Whatever part ``[court] of`` divides: of all courts that are told of.
        of = job.of or job.workspace.config.court.code or None
        job = replace(job, below=max(job.depth or "court", depth, key=DEPTHS.index), of=of)
    return replace(plan, job=replace(job, columns=plan.columns))


@contextmanager
def _open(job: Job, question: Question, *, whole: bool = False) -> Iterator[Asked]:
    """The question with its cases; ``whole``: with all their columns, for a list."""
    plan = planned(job, question)
    with case_table(plan.job, None if whole else plan.catalogue.columns | plan.columns) as table:
        yield over(plan, table)


def over(plan: Plan, table: CaseTable) -> Asked:
    """A plan with its cases; raises :class:`ConfigError` for columns that they lack and values that they have not."""
    job, question, used = plan.job, plan.question, plan.used
    for name in sorted(plan.free | {one.column for one in used if one.column}):
        if name not in table.columns:
            raise ConfigError(
                f"数据中没有“{BY_ID[name].name}”，不能按它统计。", advice="请在导出的案件数据中加上这一列。"
            )
    chosen = fitted(plan.catalogue, table)
    scope = own_court(table.tree, question.court) if question.court else _issuer(job, table.tree)
    counts = [part for name in chosen.terms if name in chosen.counts for part in chosen.counts[name].every]
    elsewhere = any(one.court != "court" for one in counts)
    first = {one.id: one.key(table.unknown) for one in used if one.first and elsewhere}
    table = reading.with_first(table, first)
    looked_up = bool(first) and "origin_court" in table.columns
    there: dict[str, exp.Expr] = {}
    told: list[str] = []
    for given in plan.conditions:
        text, dimension = given.text, given.dimension
        if dimension is None:
            assert given.tree is not None
            each: dict[str, exp.Expr] = dict.fromkeys(UNIT_COLUMNS, given.tree)
        elif dimension.months:
            continue
        else:
            labels = _chosen(job, table, dimension, given.typed, scope)
            text = f"{dimension.name}为{'、'.join(labels)}"
            keys = _keys_of(table, dimension, labels, scope)
            each = {name: _among(_key(table, dimension, name, looked_up=looked_up), keys) for name in UNIT_COLUMNS}
        told.append(text)
        there = {name: exp.and_(there[name], tree) if there.get(name) else tree for name, tree in each.items()}
    return Asked(plan, table, chosen, scope, there, tuple(told), elsewhere, looked_up)


def _only(every: Catalogue, text: str) -> Catalogue:
    """The catalogue with one indicator, or with one count or stock as if it were one; of amounts with their cases too.

    Raises :class:`ConfigError` for what is none, or what no case data can give.
    """
    text = text.strip()
    found = next((item for item in every.indicators.values() if text in item.written), None)
    terms: list[Count | Stock] = [*every.counts.values(), *every.stocks.values()]
    if found is None and (one := next((one for one in terms if text in (one.id, one.name)), None)):
        found = alone(one.id, one.name, unit=_unit(one), formula=_definition(one))
    if found is None:
        names = [name for item in every.indicators.values() for name in (item.name, item.id)]
        names += [name for term in terms for name in (term.name, term.id)]
        near = [name for name in names if text and text in name] or difflib.get_close_matches(text, names, n=3)
        hint = f"是否为“{'”“'.join(dict.fromkeys(near[:3]))}”？" if near else ""
        raise ConfigError(
            f"指标目录中没有指标或计数“{text}”。", where="--indicator",
            advice=f"{hint}运行 tongbao catalogue show --edition all 查看全部指标。",
        )  # fmt: skip
    if found.needs:
        raise ConfigError(f"案件数据不能提供“{found.name}”：{found.needs}。", where="--indicator")
    counts = {name: one for name, one in every.counts.items() if name in found.terms}
    stocks = {name: one for name, one in every.stocks.items() if name in found.terms}
    indicators = {found.id: found}
    if found.kind == "amount":
        whole = every.counts[found.denominator[0][1]]
        plain = [replace(one, id=CASES, sum=None, otherwise=()) for one in whole.options]
        counts[CASES] = replace(plain[0], otherwise=tuple(plain[1:]))
        indicators[CASES] = alone(CASES, "件数")
    return replace(every, counts=counts, stocks=stocks, indicators=indicators, context=())


def _definition(one: Count | Stock) -> str:
    """How a count or stock is counted, as it is written in the catalogue."""
    said = dict(one.text)
    days = (
        f"按{said['by']}统计" if isinstance(one, Count) else f"{said['from']}至{said['to']}之间的存量（{said['at']}）"
    )
    parts = [f"{said['sum']}的合计" if "sum" in said else "件数", days]
    parts += [f"条件为{said['where']}"] if "where" in said else []
    parts += [f"超过{said[name]}" for name in ("after_months", "after_days") if name in said]
    parts += [f"记在{said['court']}名下"] if said.get("court", "经办法院") != "经办法院" else []
    return "，".join(parts)


def _unit(one: Count | Stock) -> str:
    """What a count is in: 件, of sums of days 天, of money 万元."""
    if not isinstance(one, Count) or one.sum is None:
        return "件"
    if one.sum.find(exp.DateDiff):
        return "天"
    return WAN if any(BY_ID[name].kind == "money" for name in expression.columns_of(one.sum)) else ""


def _condition(known: Mapping[str, Dimension], text: str) -> Condition:
    """One condition: 名称=值、值 of a dimension or column, else the catalogue's language."""
    if match := _NAMED.fullmatch(text):
        name, typed = match.groups()
        for one in known.values():
            if name in (one.id, one.name):
                return Condition(text.strip(), one, typed)
        column = BY_NAME.get(name)
        if column and column.kind in ("text", "flag"):
            if column.id in PEOPLE:
                raise ConfigError(f"“{column.name}”是人，不按人统计。", where="--where")
            if column.id in NUMBERS or "court" in column.id:
                advice = "法院写成 单位=城东区法院，或用 --court。"
                raise ConfigError(f"不能按“{column.name}”选取案件。", where="--where", advice=advice)
            return Condition(text.strip(), Dimension(column.id, column.name, column.id), typed)
        if column is None:
            known_dimensions.choose(known, name)  # tells what there is
    try:
        tree = expression.condition(text)
    except expression.ExpressionError as error:
        raise ConfigError(
            f"条件“{text}”写法有误：{error}。", where="--where",
            advice="写成 案由=买卖合同纠纷，或 \"标的额 > 1000000 and 审理程序 = '一审'\"。",
        ) from None  # fmt: skip
    if people := sorted(PEOPLE & expression.columns_of(tree)):
        raise ConfigError(f"“{BY_ID[people[0]].name}”是人，不按人统计。", where="--where")
    return Condition(text.strip(), tree=values.standard(tree, {}))


def _narrowed(period: Period, conditions: Sequence[Condition]) -> Period:
    """The month or quarter that a condition names, within the period."""
    for one in conditions:
        if one.dimension and one.dimension.months:
            parts = period.split(one.dimension.months) if _divides(one.dimension.months, period) else ()
            named = [part for part in parts if one.typed in (_month(part), part.label, part.key)]
            if not named:
                found = _parsed(one.typed, period)
                named = [part for part in parts if found and (part.first, part.last, part.year) == found]
            if not named:
                there = "、".join(map(_month, parts)) or "没有"
                raise ConfigError(
                    f"{period.label}没有{one.dimension.name}“{one.typed}”。", where="--where",
                    advice=f"可写一个：{there}；几个{one.dimension.name}的，用 --period。",
                )  # fmt: skip
            period = named[0]
    return period


def _divides(months: int, period: Period) -> bool:
    """Whether a period is made of whole parts of so many months: quarters begin in January, April and so on."""
    return not (period.months % months or (period.first - 1) % months)


def _parsed(text: str, period: Period) -> tuple[int, int, int] | None:
    try:
        found = parse_period(text, cutoff_day=period.cutoff_day, until=period.end)
    except ConfigError:
        return None
    return found.first, found.last, found.year


def _month(part: Period) -> str:
    return part.short_label or part.label


def _issuer(job: Job, tree: CourtTree) -> str:
    """The court that issues, whose jurisdiction is told of; empty, for all, where nobody says which it is."""
    config = job.workspace.config.court
    return find_issuer(job.workspace, tree) if config.code or len(tree.roots) == 1 else ""


# Keys and labels


def _key(table: CaseTable, one: Dimension, court: str, *, looked_up: bool) -> exp.Expr:
    """The key of a dimension, of cases that are counted by a column of a court."""
    if one.months:
        return exp.Literal.string("")
    if one.units:
        return _column(UNIT_COLUMNS[court] if table.tree.units else court)
    own = one.key(table.unknown)
    if not (one.first and looked_up) or court == "court":
        return own
    first = _column(FIRST + one.id)
    if court == "origin_court":
        return first
    second = exp.and_(
        exp.EQ(this=_column("procedure"), expression=exp.Literal.string("二审")),
        exp.not_(exp.Is(this=_column("origin_court"), expression=exp.Null())),
    )
    return exp.Case(ifs=[exp.If(this=second, true=first)], default=own)


def _labels(table: CaseTable, one: Dimension, scope: str) -> Labels:
    """The labels of each key of a dimension."""
    if one.months:
        return lambda _: ()
    return partial(_unit_label, table.tree, one.units, scope) if one.units else one.labels


def _unit_label(tree: CourtTree, units: str, scope: str, code: str) -> tuple[str, ...]:
    """The label of a unit's code: a part of the scope, its court, its department or team by name."""
    court = court_of(code)
    if units == "court":
        return (tree.short_name(court),)
    if units == "below":
        return (_part(tree, scope, code),)
    names = code.split(UNIT)[1:]
    if not names:
        return (ELSEWHERE,)
    name = names[-1] if units == "team" else names[0]
    return (EMPTY if name in (NO_DEPARTMENT, NO_TEAM) else name,)


def _part(tree: CourtTree, scope: str, code: str) -> str:
    """The unit directly below a scope that a code belongs to, or 本级; they add up to the scope."""
    court, own = court_of(code), scope.removesuffix(OWN)
    if not scope or (not scope.endswith(OWN) and tree.children(scope)):
        above = (tree.by_code[court], *tree.ancestors(court))
        if court == scope:
            return tree.short_name(court) + OWN
        part = next((one for one in above if one.parent == (scope or None)), above[-1])
        return tree.jurisdiction(part.code)
    if code in tree.by_code and UNIT in code:
        above = (tree.by_code[code], *tree.ancestors(code))
        part = next((one for one in above if one.parent == own), above[0])
        return part.code.rpartition(UNIT)[2]
    return tree.short_name(court)


def _keys(table: CaseTable, one: Dimension) -> list[str]:
    """Every key that a dimension has in the cases."""
    if one.units:
        return [unit.code for unit in (*table.tree.courts, *table.tree.units)]
    sql = exp.select(exp.alias_(one.key(table.unknown), "key", quoted=True)).distinct()
    rows = table.rows(sql.from_(exp.to_table(table.relation)).sql(dialect=table.dialect))
    return [*sorted(str(key) for (key,) in rows), *([AWAY] if one.first else [])]


def _keys_of(table: CaseTable, one: Dimension, labels: Sequence[str], scope: str) -> list[str]:
    """The keys that have one of some labels."""
    of = _labels(table, one, scope)
    return [key for key in _keys(table, one) if set(of(key)) & set(labels)]


def _among(key: exp.Expr, keys: Sequence[str]) -> exp.Expr:
    return exp.In(this=key, expressions=[exp.Literal.string(one) for one in keys])


def _chosen(job: Job, table: CaseTable, one: Dimension, typed: str, scope: str) -> list[str]:
    """The labels that a condition names; raises :class:`ConfigError` for one that there is not, with the closest."""
    of = _labels(table, one, scope)
    known = dict.fromkeys(label for key in _keys(table, one) for label in of(key))

    def read(text: str) -> str | None:
        if text in known:
            return text
        if one.units in ("below", "court") and (unit := table.tree.match(text.removesuffix(OWN))):
            code = unit.code
            return next((label for label in of(code) if label.removesuffix(OWN) in (text, *of(code))), None)
        if one.column in values.COLUMNS and (word := job.vocabulary.read(one.column, text)) in known:
            return word
        return None

    if whole := read(typed):
        return [whole]
    parts, found = _EITHER.split(typed), []
    while parts:  # a value may hold the sign that stands between values: the longest that is known is taken
        text = ""
        for size in range(len(parts), 0, -2):
            text = "".join(parts[:size]).strip()
            if label := read(text):
                found.append(label)
                parts = parts[size + 1 :]
                break
        else:
            raise _no_value(one, text, list(known))
    return found


def _no_value(one: Dimension, text: str, known: Sequence[str]) -> ConfigError:
    near = [label for label in known if text and text in label][:3] or difflib.get_close_matches(text, known, n=3)
    hint = f"是否为“{'”“'.join(near)}”？" if near else ""
    some = f"数据中有：{'、'.join(known[:20])}{'等' if len(known) > 20 else ''}。"
    return ConfigError(f"数据中没有{one.name}“{text}”。", where="--where", advice=hint or some)


# The table


def table_of(asked: Asked) -> Cross:
    """The cells of a question, with their labels in order and what must be said of them."""
    job, table, by = asked.job, asked.table, asked.by
    step = next((one.months for one in by if one.months), job.base_period.months)
    parts = job.period.split(step)
    for part in parts:
        if not covers(part, table):
            raise uncovered(job.period, table)
    job.progress("按维度计数")
    counted = crossed(table, asked.catalogue, parts, _places(asked))
    if lacking := [why for name, why in counted.missing.items() if name in asked.item.terms]:
        raise ConfigError(f"不能统计“{asked.item.name}”：{lacking[0]}。", where="--indicator")
    labels = [_totalled(_labels(table, one, asked.scope)) for one in by]
    cells = _cells(asked, counted, labels, parts)
    if (most := asked.plan.question.most) is not None:
        labels, merged = _merged(asked, cells, labels, most)
        cells = _cells(asked, counted, labels, parts) if merged else cells
    rows, columns = (_ordered(asked, place, cells, parts) for place in (0, 1))
    return Cross(
        asked.item, job.period, tuple(one.name for one in by), rows, columns, cells, _scope_name(asked),
        asked.conditions, tuple(_notes(asked, cells, parts)),
    )  # fmt: skip


def _totalled(of: Labels) -> Labels:
    return lambda key: (*of(key), TOTAL)


def _places(asked: Asked) -> Places:
    """The keys of both dimensions for each column of a court, and the scope with the conditions."""
    table = asked.table

    def key(place: int, court: str) -> exp.Expr:
        if place >= len(asked.by):
            return exp.Literal.string("")
        return _key(table, asked.by[place], court, looked_up=asked.looked_up)

    return {
        court: Place(
            key(0, court),
            key(1, court),
            exp.and_(in_court(court, table, asked.scope), *([more] if (more := asked.there.get(court)) else [])),
        )
        for court in UNIT_COLUMNS
    }


Cells = Mapping[tuple[str, str], Cell]


def _cells(asked: Asked, counted: Tally, labels: Sequence[Labels], parts: Sequence[Period]) -> Cells:
    """Every cell with anything in it, by the labels of row and column."""
    total: Labels = lambda _: (TOTAL,)  # noqa: E731
    table = spread(counted, labels[0], labels[1] if len(labels) > 1 else total)
    at = next((place for place, one in enumerate(asked.by) if one.months), None)
    periods = list(dict.fromkeys([*parts, asked.job.period] if at is not None else [asked.job.period]))
    most = asked.job.workspace.config.quality.max_unknown_percent
    frame = indicator_values(table, asked.catalogue, periods, most_unknown=most)
    opened = frame["undecided"] if "undecided" in frame else pd.Series(0, index=frame.index)
    names = {part.key: _month(part) for part in parts}
    found: dict[tuple[str, str], Cell] = {}
    cases: dict[tuple[str, str], int] = {}
    for row, column, name, key, top, bottom, left in zip(
        frame["court"], frame["line"], frame["indicator"], frame["period"], frame["numerator"], frame["denominator"],
        opened, strict=True,
    ):  # fmt: skip
        places = [row, column]
        for label in dict.fromkeys(([TOTAL] if key == asked.job.period.key else []) + [names.get(key, TOTAL)]):
            if at is not None:
                places[at] = label
            value = tuple(None if pd.isna(one) else int(one) for one in (top, bottom))
            if name == CASES:
                cases[places[0], places[1]] = value[0] or 0
            else:
                found[places[0], places[1]] = Cell((value[0], value[1]), untold=bool(left) and value[0] is None)
            if at is None:
                break
    money = asked.item.kind == "amount"
    return {key: replace(cell, cases=cases.get(key, 0) if money else None) for key, cell in found.items()}


def _size(cell: Cell | None) -> int:
    """How many cases stand behind a cell, by which labels without an order of their own are put in order."""
    if cell is None:
        return 0
    top, bottom = cell.value
    return cell.cases if cell.cases is not None else bottom if bottom is not None else top or 0


def _total(cells: Cells, place: int, label: str) -> Cell | None:
    return cells.get((label, TOTAL) if place == 0 else (TOTAL, label))


def _merged(asked: Asked, cells: Cells, labels: list[Labels], most: int) -> tuple[list[Labels], bool]:
    """The labels with those beyond the most frequent as one, for dimensions without an order of their own."""
    if most < 1:
        raise ConfigError("--most 应为正整数。", where="--most")
    if not any(one.by_number for one in asked.by):
        every = known_dimensions.load(asked.job.workspace.folder).values()
        names = "、".join(one.name for one in every if one.by_number)
        raise ConfigError(
            f"{'、'.join(one.name for one in asked.by)}不按件数排列，不能只列前几项。", where="--most",
            advice=f"--most 用于{names}。",
        )  # fmt: skip
    done = False
    found = list(labels)
    for place, one in enumerate(asked.by):
        alone = [label for label in _ordered(asked, place, cells, ()) if label not in (*LAST, TOTAL)]
        rest = frozenset(alone[most:])
        if one.by_number and len(rest) > 1:
            called, of, done = f"其余{len(rest)}个{one.name}", labels[place], True
            found[place] = partial(_with_rest, of, rest, called)
    return found, done


def _with_rest(of: Labels, rest: frozenset[str], called: str, key: str) -> list[str]:
    return [called if label in rest else label for label in of(key)]


def _ordered(asked: Asked, place: int, cells: Cells, parts: Sequence[Period]) -> tuple[str, ...]:
    """The labels of a dimension in their order, the total last; those without any case are left out."""
    if place >= len(asked.by):
        return (TOTAL,)
    one, tree = asked.by[place], asked.table.tree
    some = {key[place] for key, cell in cells.items() if cell.untold or any(cell.value)} - {TOTAL}
    own: Sequence[str] = one.order
    if one.months:
        own = [_month(part) for part in parts]
        some |= set(own)
    elif one.units:
        of = _labels(asked.table, one, asked.scope)
        own = [label for unit in (*tree.courts, *tree.units) for label in of(unit.code) if label != EMPTY]
    elif one.column == "line":
        own = (*LINE_ORDER, *one.order)
    order = {label: at for at, label in enumerate(dict.fromkeys(own))}
    merged = tuple(label for label in some if label.startswith("其余") and label not in order and one.by_number)

    def position(label: str) -> tuple[int, int, int, str]:
        last = 1 + LAST.index(label) if label in LAST else 0
        number = 0 if label in order else -_size(_total(cells, place, label))
        behind = 1 if label in merged and re.fullmatch(rf"其余\d+个{one.name}", label) else 0
        return (last * 2 + behind, order.get(label, len(order)), number, label)

    return (*sorted(some, key=position), TOTAL)


def _scope_name(asked: Asked) -> str:
    """Whose cases: 天枢市中院辖区, 城东区法院; nothing for all courts."""
    tree, scope = asked.table.tree, asked.scope
    if not scope:
        return ""
    if scope.endswith(OWN):
        return tree.short_name(scope.removesuffix(OWN)) + OWN
    return tree.jurisdiction(scope) if UNIT not in scope else tree.short_name(scope)


def _notes(asked: Asked, cells: Cells, parts: Sequence[Period]) -> Iterator[str]:
    """What must be said of the table: its 口径, few cases, several values, what is not known or not whole."""
    item, table, by = asked.item, asked.table, asked.by
    unit = f"；单位为{item.unit}" if item.kind == "count" and item.unit else ""
    yield f"{item.name}：{asked.catalogue.definition(item)}{unit}。"
    if item.denominator:
        few = FEW.get(item.kind, "不计比率，列分子和分母")
        yield f"分母不足{item.min_den}件的，{few}；合计由件数（天数、金额）相加后计算，不是各行的平均。"
    for one in by:
        if one.several:
            yield f"一件案件有几个{one.name}的，各计一次；合计只计一次，所以各项之和可能大于合计。"
        elif one.by_number:
            yield f"{one.name}按件数排列，件数相同的按名称排列。"
        elif one.units:
            yield f"{one.name}按法院表和部门表的顺序排列，不代表名次。"
        if one.months and any(name in asked.catalogue.stocks for name in item.terms):
            ends = "的期初、期末数"
            whole = f"合计为{asked.job.period.label}{ends}，不由各{one.name}相加"
            yield f"旧存、未结等存量，各{one.name}为该{one.name}{ends}，{whole}。"
    if looked := [one.name for one in asked.plan.used if one.first and asked.looked_up]:
        away = f"数据中没有原审案件的（再审案件写再审审查案号的也是），列为“{AWAY}”"
        yield f"记在一审法院名下的二审等案件，{'、'.join(looked)}按原审案件的登记；{away}。"
    if asked.plan.free and asked.elsewhere:
        yield "条件按各件案件自己的登记判断：记在一审法院名下的二审等案件，按二审案件的登记。"
    words = unknown_words(table)
    told = [
        words[name] for name in sorted({*asked.plan.free, *(one.column for one in asked.plan.used)}) if name in words
    ]
    told += [text for text in unknown(asked.catalogue, table).values() if text]
    for text in dict.fromkeys(told):
        yield f"{text}。"
    if any(cell.untold for cell in cells.values()):
        yield "“未统计”的，不认识的写法或者无法读取的数值可能影响的件数超过限度。"
    yield from _incomplete(asked, parts)


def _incomplete(asked: Asked, parts: Sequence[Period]) -> Iterator[str]:
    """Of which periods cases are missing, as the data begin later."""
    begins = beginning(asked.table, asked.catalogue)
    shown = parts if any(one.months for one in asked.by) else [asked.job.period]
    asks = pd.DataFrame(
        {"court": asked.scope, "indicator": asked.item.id, "period": [part.key for part in shown]}, dtype="object"
    )
    whole = begins.whole(asks, asked.catalogue, shown)
    if short := [part.label for part, fine in zip(shown, whole, strict=True) if not fine]:
        yield f"{begins.why}，{'、'.join(short)}的数不完整。"


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.Identifier(this=name, quoted=True))
