"""From a printed number back to its cases: the same definitions that counted them list them.

Every count, stock or sum of the catalogue is a condition and a date; here both become a WHERE, and the values of the
listed rows add up to the printed number exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pandas as pd
from sqlglot import exp

from reports.catalogue import Catalogue, Count, Indicator, Stock
from reports.catalogue.columns import BY_ID
from reports.courts.case_no import identity, identity_sql
from reports.courts.periods import Period, months_before
from reports.courts.tree import UNIT
from reports.errors import ConfigError
from reports.model import ALL_LINES, BATCH, OWN, UNIT_COLUMNS, Batches, CaseList, CaseTable, Flag, Value

LISTED = ("case_no", "court", "cause", "filed", "concluded", "outcome", "dept")
PARTS = ("cause", "dept", "reversal_reason")  # what the cases behind a finding are counted by
AGED = 24  # months
SHORT = ("case_no", "cause", "filed", "concluded", "dept")
FROM = "origin_case_no"  # listed beside the number where a count is a second instance's, for the court it came from
COUNTED_AT = "计入法院"  # of a list of cases that another court has than the one they are counted at
THEIRS = {"dept": "该院部门", "judge": "该院承办人"}  # who had the case at the court that it is counted at
NUMBER = BY_ID["case_no"].name
MOST = 2_000  # cases of a list: more are no list to work through
JUDGE = "judge"  # listed only where the court has switched it on
NO_CAUSE = "未填案由"
WAY = ("case_no", "origin_case_no", "procedure", "court", "filed", "concluded", "outcome", "judge")
LONGEST = 12  # cases one after another; a longer way is a circle of wrong numbers
Where = Mapping[str, exp.Expr]  # a further condition by the column of the court that a case is counted at
NOTHING: Where = MappingProxyType({})
VALUE = "数值"  # 1 per case, or what the case adds to a sum (days, 分)


def cases_behind(
    table: CaseTable,
    catalogue: Catalogue,
    period: Period,
    *,
    court: str,
    line: str,
    indicator: str,
    denominator: bool = False,
    judges: bool = False,
    more: Collection[str] = (),
    also: Where = NOTHING,
) -> pd.DataFrame:
    """The cases behind the numerator (or denominator) of one cell, in order of case number.

    Columns are the Chinese names of :data:`LISTED` and 数值, whose sum is the printed count; courts by their short
    names. Where appeals are counted at the court of first instance, so that the case is another court's, there are
    also 原审案号, that court (计入法院) and the department that had the case there (该院部门: empty where the data
    do not hold that case). ``more`` names further columns that are wanted, ``also`` conditions that the cases counted
    at a column of a court must meet. Parties are never listed. Raises :class:`ConfigError` when the indicator has no
    such side or the data lack its columns.
    """
    item = catalogue.indicator(indicator)
    terms = item.denominator if denominator else item.numerator
    if not terms:
        side = "分母" if denominator else "分子"
        raise ConfigError(f"指标“{item.name}”没有{side}的案件清单。", advice=item.needs or "计数类指标只有分子。")
    elsewhere = any(one.court != "court" for one in _counts(catalogue, terms))
    wanted = [*LISTED, *([JUDGE] if judges else []), *([FROM] if elsewhere else []), *more]
    columns = [name for name in dict.fromkeys(wanted) if name in table.columns]
    behind = _behind(table, catalogue, period, item, terms, court, line, columns, counted_at=elsewhere, also=also)
    query = exp.select("*").from_(behind)
    query = query.order_by(*(_column(name) for name in ("case_no", "filed") if name in columns))
    frame = table.query(query.sql(dialect=table.dialect))
    if elsewhere:
        frame = _with_own(table, frame)
    for name in {"court", COUNTED_AT} & set(frame):
        frame[name] = frame[name].map(table.tree.short_name, na_action="ignore")
    return frame.rename(columns={name: BY_ID[name].name for name in columns})


def _counts(catalogue: Catalogue, terms: tuple[tuple[int, str], ...]) -> list[Count]:
    return [part for _, name in terms if name in catalogue.counts for part in catalogue.counts[name].every]


def _with_own(table: CaseTable, frame: pd.DataFrame) -> pd.DataFrame:
    """The cases with who had each at the court it is counted at (:data:`THEIRS`), and 原审案号 beside the number.

    An engine's rows are not looked up one by one: of them nobody is told.
    """
    first = [name for name in (FROM, "case_no", COUNTED_AT) if name in frame]
    if FROM in frame and not table.engine:
        away = frame[COUNTED_AT] != frame["court"]
        numbers = frame[FROM].where(away).map(identity, na_action="ignore")
        for name in [one for one in THEIRS if one in frame]:
            known = _told_of(table, name, numbers.dropna(), frame.loc[away, COUNTED_AT].dropna())
            frame[THEIRS[name]] = frame[name].astype("object").mask(away, numbers.map(known).astype("object"))
    return frame[[*first, *(name for name in frame if name not in (*first, VALUE)), VALUE]]


def _told_of(table: CaseTable, column: str, numbers: Collection[str], courts: Collection[str]) -> dict[str, str]:
    """What a column says of the cases of some numbers (in one spelling) at some courts."""
    number = identity_sql("case_no")
    rows = table.connection.execute(
        f"SELECT {number}, {column} FROM {table.whole or table.relation} "  # noqa: S608 - constants
        f"WHERE court IN (SELECT unnest(?)) AND {number} IN (SELECT unnest(?))",
        [sorted(set(courts)), sorted(set(numbers))],
    ).fetchall()
    return {one: told for one, told in rows if told is not None}


APPEALS = ("origin_case_no", "second_no", "second_filed", "second_date", "second_result", "reversal_reason")


def appeals_against(table: CaseTable, court: str) -> pd.DataFrame:
    """The second instances against a court's own judgments, as the court reads them: one row each, by 二审立案日期.

    Columns are the Chinese names of :data:`APPEALS`; days are texts (2025-07-20). No party is in it. Raises
    :class:`ConfigError` where the data name no case appealed from.
    """
    if "origin_court" not in table.columns:
        raise ConfigError("数据中没有“原审案号”，不能导出二审情况表。", advice="请在导出的案件数据中加上原审案号一列。")
    given = ("origin_case_no", "case_no", "filed", "concluded", "outcome", "reversal_reason")
    columns = ", ".join(
        (name if name in table.columns else "NULL") + f"::VARCHAR AS {told}"
        for name, told in zip(given, APPEALS, strict=True)
    )
    place = exp.Literal.string(court).sql(dialect=table.dialect)
    found = table.query(
        f"SELECT {columns} FROM {table.relation} "  # noqa: S608 - columns of the catalogue
        f"WHERE procedure = '二审' AND origin_court = {place} ORDER BY filed, case_no"
    )
    return found.rename(columns={name: BY_ID[name].name for name in APPEALS})


def short_list(table: CaseTable, catalogue: Catalogue, period: Period, flag: Flag, *, judges: bool) -> CaseList | None:
    """The cases to look at behind a flag: those that make its value bad, those to look at first at the head.

    A proportion that is better high lists the cases of its denominator that are not in the numerator; what is judged
    by its excess (案-件比) those of the numerator that are not in the denominator; sums (days, money) list their
    largest; everything else the numerator, by case number. ``None`` where the data have no cases of it. No party is
    ever listed.
    """
    item = catalogue.indicators[flag.indicator]
    cell = {"court": flag.court, "line": flag.line, "indicator": flag.indicator, "judges": judges, "more": PARTS[2:]}
    try:
        found = cases_behind(table, catalogue, period, **cell)  # type: ignore[arg-type]
        missed = _missed(item, flag)
        if missed or item.tested == "excess":
            whole = cases_behind(table, catalogue, period, denominator=True, **cell)  # type: ignore[arg-type]
            found = _beyond(whole, found) if missed else _beyond(found, whole)
    except ConfigError:  # an indicator table's own, or its columns are missing
        return None
    what = "未计入比率的案件" if missed else "计入比率的案件" if item.denominator else "案件"
    if item.tested == "excess":
        what = "一审之外另行计入的案件"
    order, parts, aged = "", _parts(found), _aged(found, period)
    if not found[VALUE].isin((0, 1)).all():
        found = found.sort_values(VALUE, ascending=False, kind="stable")
        parts, aged = {}, 0  # of all cases counted, not of those that make the figure bad
        what, order = "计入统计的案件", "天数最多的" if item.unit == "天" else "数额最大的"
    names = [BY_ID[name].name for name in (*SHORT, *([JUDGE] if judges else []))]
    if COUNTED_AT in found:  # to the court that answers for it, its own number and department say which case it is
        names = [BY_ID[FROM].name, *(BY_ID[name].name for name in SHORT if name not in THEIRS), *THEIRS.values()]
    heads = [name for name in names if name in found]
    rows = [tuple("" if pd.isna(one) else _shown(one) for one in row) for row in found[heads].head(MOST).to_numpy()]
    return CaseList(what, len(found), tuple(heads), tuple(rows), order, parts, aged)


def _parts(found: pd.DataFrame) -> dict[str, tuple[tuple[str, int], ...]]:
    """How many of the cases have each value of :data:`PARTS`; the department is that of the court they count at."""
    names = {name: BY_ID[name].name for name in PARTS}
    if COUNTED_AT in found:
        names["dept"] = THEIRS["dept"]
    counted = {}
    for name, head in names.items():
        if head in found:
            values = Counter(str(one) for one in found[head].dropna() if str(one).strip())
            counted[name] = tuple(sorted(values.items(), key=lambda pair: (-pair[1], pair[0])))
    return counted


def _aged(found: pd.DataFrame, period: Period) -> int:
    heads = [BY_ID[name].name for name in ("filed", "concluded")]
    if not set(heads) <= set(found):
        return 0
    filed, concluded = (pd.to_datetime(found[head]) for head in heads)
    still = concluded.isna() | (concluded > pd.Timestamp(period.end))
    return int((still & (filed <= pd.Timestamp(months_before(period.end, AGED)))).sum())


def _missed(item: Indicator, flag: Flag) -> bool:
    """Whether what makes a value bad is what is not in its numerator."""
    return item.subset and item.kind == "proportion" and flag.direction == "down"


def numbers_behind(table: CaseTable, catalogue: Catalogue, period: Period, flag: Flag) -> exp.Select:
    """The numbers of the cases of :func:`short_list`, each once, as a query that has not been asked.

    Of a mean only those above it: all its cases would stand behind every other finding too. Raises
    :class:`ConfigError` where the data have no cases of it.
    """
    item = catalogue.indicator(flag.indicator)
    if not item.numerator:
        raise ConfigError(f"指标“{item.name}”没有分子的案件清单。")
    sides = [
        _behind(table, catalogue, period, item, terms, flag.court, flag.line, ["case_no"])
        for terms in (item.numerator, item.denominator)
        if terms
    ]
    number = _column("case_no")
    inside, outside = (sides[1], sides[0]) if _missed(item, flag) else (sides[0], sides[-1])
    query = (
        exp.select(number).distinct().from_(inside).where(exp.not_(exp.Is(this=number.copy(), expression=exp.Null())))
    )
    if _missed(item, flag) or item.tested == "excess":
        others = exp.select(number.copy()).from_(outside)
        query = query.where(exp.not_(exp.In(this=number.copy(), query=exp.Subquery(this=others))))
    elif item.kind == "mean" and flag.numerator is not None and flag.denominator:
        above = exp.Mul(this=_column(VALUE), expression=exp.Literal.number(flag.denominator))
        query = query.where(exp.GT(this=above, expression=exp.Literal.number(flag.numerator)))
    return query


def _beyond(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    return one[~one[NUMBER].isin(other[NUMBER])]


def _shown(value: object) -> str:
    return str(value)[:10] if hasattr(value, "year") else str(value)


def by_cause(
    table: CaseTable, catalogue: Catalogue, period: Period, *, court: str, line: str, indicator: str
) -> dict[str, Value]:
    """Numerator and denominator of one cell for each cause of action (案由); the parts add up to the cell.

    Cases without a cause stand under 未填案由. Empty when the data have no causes.
    """
    if "cause" not in table.columns:
        return {}
    return by_part(table, catalogue, period, court=court, line=line, indicator=indicator, column="cause")


def by_part(
    table: CaseTable, catalogue: Catalogue, period: Period, *, court: str, line: str, indicator: str, column: str
) -> dict[str, Value]:
    """Numerator and denominator of one cell for each value of a ``column`` of the relation; they add up to the cell."""
    item = catalogue.indicator(indicator)
    sides: list[dict[str, int]] = []
    for terms in (item.numerator, item.denominator):
        if not terms:
            continue
        behind = _behind(table, catalogue, period, item, terms, court, line, [column])
        query = exp.select(_column(column), exp.Sum(this=_column(VALUE))).from_(behind)
        query = query.group_by(exp.Literal.number(1))
        rows = table.rows(query.sql(dialect=table.dialect))
        sides.append({cause or NO_CAUSE: int(total or 0) for cause, total in rows})
    numerators, denominators = sides[0], sides[1] if len(sides) > 1 else None
    causes = sorted({*numerators, *(denominators or {})})
    return {
        cause: (numerators.get(cause, 0), None if denominators is None else denominators.get(cause, 0))
        for cause in causes
    }


def decided(
    table: CaseTable, catalogue: Catalogue, period: Period, count: str, columns: Collection[str], *, court: str
) -> list[dict[str, Any]]:
    """The cases of one count in one court's jurisdiction, in order of number: canonical column → value or ``None``.

    Columns that the data lack are left out. Raises :class:`ConfigError` where the count itself needs one of them.
    """
    one = catalogue.counts[count]
    if lacking := sorted(one.columns - table.columns):
        names = "、".join(f"“{BY_ID[name].name}”" for name in lacking)
        raise ConfigError(f"数据中没有{names}，无法列出“{one.name}”的案件。")
    known = [name for name in columns if name in table.columns]
    query = exp.select(*(_column(name) for name in known)).from_(exp.to_table(table.relation))
    each = [_where(part, period, table, court, ALL_LINES) for part in one.every]
    query = query.where(exp.or_(*each)).order_by(_column("case_no"))
    rows = table.rows(query.sql(dialect=table.dialect))
    return [dict(zip(known, row, strict=True)) for row in rows]


def unlinked(table: CaseTable, catalogue: Catalogue, period: Period, counts: Collection[str], *, court: str) -> int:
    """How many cases of some counts, decided in one jurisdiction, name no known court in 原审案号."""
    total = 0
    for name in counts:
        where = exp.and_(
            _where(catalogue.counts[name], period, table, court, ALL_LINES),
            exp.Is(this=_column("origin_court"), expression=exp.Null()),
        )
        query = exp.select(exp.Count(this=exp.Star())).from_(exp.to_table(table.relation)).where(where)
        total += table.rows(query.sql(dialect=table.dialect))[0][0]
    return total


def lineage(table: CaseTable, numbers: Collection[str]) -> dict[str, dict[str, Any]]:
    """The cases of some numbers, and all those they came from: number in one spelling → canonical column → value.

    Only for cases in files: an engine's rows are not looked up one by one.
    """
    found: dict[str, dict[str, Any]] = {}
    wanted = {identity(number) for number in numbers}
    for _ in range(LONGEST):
        if not wanted:
            break
        rows = _at_number(table, "case_no", wanted)
        found |= {identity(row["case_no"]): row for row in rows}
        wanted = {identity(row["origin_case_no"]) for row in rows if row["origin_case_no"]} - found.keys()
    return found


def following(table: CaseTable, numbers: Collection[str], count: Count) -> list[dict[str, Any]]:
    """The cases that meet a count's condition, whenever, and came from one of some numbers directly."""
    assert count.where is not None
    return _at_number(table, "origin_case_no", {identity(number) for number in numbers}, count.where)


def _at_number(
    table: CaseTable, column: str, numbers: Collection[str], where: exp.Expr | None = None
) -> list[dict[str, Any]]:
    also = f" AND ({where.sql('duckdb')})" if where is not None else ""
    rows = table.connection.execute(
        f"SELECT {', '.join(WAY)} FROM {table.relation} "  # noqa: S608 - constants and a checked condition
        f"WHERE {identity_sql(column)} IN (SELECT unnest(?)){also} ORDER BY case_no",
        [sorted(numbers)],
    ).fetchall()
    return [dict(zip(WAY, row, strict=True)) for row in rows]


def batches(table: CaseTable, period: Period, *, court: str, fewest: int = BATCH) -> Batches:
    """Clusters of at least ``fewest`` cases of one court filed by the same party, for the same cause, in one week.

    The party's name is used to find them and goes no further. Nothing is found where the data name no party.
    """
    if not {"party", "cause"} <= table.columns:
        return Batches(0, 0, "", None)
    where = exp.and_(
        in_court("court", table, court),
        _compare(exp.GTE, "filed", period.start),
        _compare(exp.LTE, "filed", period.end),
    )
    week = exp.Cast(
        this=exp.TimestampTrunc(this=_column("filed"), unit=exp.Var(this="WEEK")), to=exp.DataType.build("date")
    )
    size = exp.Count(this=exp.Star())
    for name in ("party", "cause"):
        where = exp.and_(where, exp.not_(exp.Is(this=_column(name), expression=exp.Null())))
    query = exp.select(_column("cause"), exp.alias_(week, "week"), exp.alias_(size, "cases"))
    query = query.from_(exp.to_table(table.relation)).where(where)
    query = query.group_by(*(_column(name) for name in ("court", "party", "cause")), week.copy())
    query = query.having(exp.GTE(this=size.copy(), expression=exp.Literal.number(int(fewest))))
    rows = sorted(table.rows(query.sql(dialect=table.dialect)), key=lambda row: (-row[2], row[1], row[0]))
    if not rows:
        return Batches(0, 0, "", None)
    return Batches(len(rows), sum(row[2] for row in rows), rows[0][0], rows[0][1])


def _behind(
    table: CaseTable,
    catalogue: Catalogue,
    period: Period,
    item: Indicator,
    terms: tuple[tuple[int, str], ...],
    court: str,
    line: str,
    columns: list[str],
    *,
    counted_at: bool = False,
    also: Where = NOTHING,
) -> exp.Subquery:
    """The cases of all terms of one side, each with what it adds, and the court that it is ``counted_at``."""
    parts: list[exp.Expr] = []
    for sign, name in terms:
        one = catalogue.counts.get(name) or catalogue.stocks[name]
        lacking = sorted(one.columns - table.columns)
        if lacking:
            names = "、".join(f"“{BY_ID[c].name}”" for c in lacking)
            raise ConfigError(f"数据中没有{names}，无法列出“{item.name}”的案件。")
        if isinstance(one, Count) and one.lack:
            raise ConfigError(f"{one.lack}，无法列出“{item.name}”的案件。")
        every: tuple[Count | Stock, ...] = one.every if isinstance(one, Count) else (one,)
        for each in every:
            where = _where(each, period, table, court, line)
            if more := also.get(each.court if isinstance(each, Count) else "court"):
                where = exp.and_(where, more.copy())
            chosen = _select(table.relation, columns, where, sign, each)
            if counted_at:
                place = _column(each.court if isinstance(each, Count) else "court")
                chosen = chosen.select(exp.alias_(place, COUNTED_AT, quoted=True))
            parts.append(chosen)
    union = parts[0]
    for part in parts[1:]:
        union = exp.union(union, part, distinct=False)
    return exp.Subquery(this=union, alias=exp.TableAlias(this=exp.to_identifier("found")))


def _select(relation: str, columns: list[str], where: exp.Expr, sign: int, one: Count | Stock) -> exp.Select:
    amount = one.sum.copy() if isinstance(one, Count) and one.sum is not None else exp.Literal.number(1)
    value = exp.Mul(this=exp.Paren(this=amount), expression=exp.Literal.number(sign))
    big = exp.Cast(this=value, to=exp.DataType.build("bigint"))
    chosen = exp.select(*(_column(name) for name in columns), exp.alias_(big, VALUE, quoted=True))
    return chosen.from_(exp.to_table(relation)).where(where)


def _where(one: Count | Stock, period: Period, table: CaseTable, court: str, line: str) -> exp.Expr:
    conditions = [in_court("court" if isinstance(one, Stock) else one.court, table, court)]
    if line != ALL_LINES:
        conditions.append(exp.EQ(this=_column("line"), expression=exp.Literal.string(line)))
    if one.where is not None:
        conditions.append(one.where.copy())
    if isinstance(one, Count):
        conditions.append(_compare(exp.GTE, one.by, period.start))
        conditions.append(_compare(exp.LTE, one.by, period.end))
        if one.sum is not None:
            conditions.append(exp.not_(exp.Is(this=one.sum.copy(), expression=exp.Null())))
    else:
        moment = period.start - timedelta(days=1) if one.opening else period.end
        conditions.append(_compare(exp.LT if one.aged else exp.LTE, one.start, one.latest_start(moment)))
        open_still = exp.Is(this=_column(one.to), expression=exp.Null())
        conditions.append(exp.or_(open_still, _compare(exp.GT, one.to, moment)))
    return exp.and_(*conditions)


def in_court(column: str, table: CaseTable, court: str) -> exp.Expr:
    """That a case is counted, by a column of a court, at a court with those below it (not of 本级) or in a unit.

    ``court`` is a code; empty for any court of the tree.
    """
    if not court:
        codes = [one.code for one in table.tree.courts if one.code in table.counted]
        return exp.In(this=_column(column), expressions=[exp.Literal.string(code) for code in codes])
    if UNIT in court:
        units = table.tree.within(court)
        return exp.In(this=_column(UNIT_COLUMNS[column]), expressions=[exp.Literal.string(code) for code in units])
    own = court.removesuffix(OWN)
    below = [] if court.endswith(OWN) else [found.code for found in table.tree.descendants(own)]
    codes = [code for code in (own, *below) if code in table.counted] or [own]
    return exp.In(this=_column(column), expressions=[exp.Literal.string(code) for code in codes])


def _compare(kind: type[exp.Binary], column: str, day: object) -> exp.Expr:
    value = exp.Cast(this=exp.Literal.string(str(day)), to=exp.DataType.build("date"))
    return kind(this=_column(column), expression=value)


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.Identifier(this=name, quoted=True))
