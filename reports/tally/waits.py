"""How long cases have taken, or have been pending, by year of filing and line: one grouped query over the cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlglot import exp

from reports.courts.periods import Period
from reports.model import CaseTable
from reports.tally.cases import in_court

Waits = Mapping[tuple[str, int], Mapping[int, tuple[int, int]]]
"""(line, year of filing) → days → cases (件) concluded after so many days, and pending for so many days."""


def waits(table: CaseTable, court: str, years: Sequence[Period], until: date) -> Waits:
    """The cases filed in each of ``years`` at a court with those below it, as they stood when ``until`` was over.

    Days run from filing, whose day is not counted; what was concluded later is pending. Cases without a day of filing
    are in none.
    """
    if not years or not {"filed", "concluded", "line"} <= table.columns:
        return {}
    ended = exp.LTE(this=_column("concluded"), expression=_day(until))
    last = exp.Case(ifs=[exp.If(this=ended.copy(), true=_column("concluded"))], default=_day(until))
    columns = {
        "line": _column("line"),
        "year": exp.Case(ifs=[exp.If(this=_within(one), true=exp.Literal.number(one.year)) for one in years]),
        "days": exp.DateDiff(this=last, expression=_column("filed"), unit=exp.Var(this="DAY")),
        "ended": exp.Case(ifs=[exp.If(this=ended, true=exp.Literal.number(1))], default=exp.Literal.number(0)),
    }
    query = exp.select(*(exp.alias_(value, name, quoted=True) for name, value in columns.items()))
    filed = exp.or_(*map(_within, years))
    query = query.select(exp.alias_(exp.Count(this=exp.Star()), "n", quoted=True)).from_(exp.to_table(table.relation))
    query = query.where(in_court("court", table, court), filed).group_by(*(exp.Literal.number(n) for n in (1, 2, 3, 4)))
    found: dict[tuple[str, int], dict[int, tuple[int, int]]] = {}
    for line, year, days, done, number in table.rows(query.sql(dialect=table.dialect)):
        mine = found.setdefault((str(line), int(year)), {})
        concluded, pending = mine.get(int(days), (0, 0))
        mine[int(days)] = (concluded + number, pending) if done else (concluded, pending + number)
    return found


def _within(year: Period) -> exp.Expr:
    return exp.Between(this=_column("filed"), low=_day(year.start), high=_day(year.end))


def _day(day: date) -> exp.Expr:
    return exp.Cast(this=exp.Literal.string(day.isoformat()), to=exp.DataType.build("date"))


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.Identifier(this=name, quoted=True))
