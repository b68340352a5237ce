"""How much of each count and stock is missing after the first filings, where older cases are not in the data.

Of the cases filed in one month the share f(k) has its event k months later. Filings go on evenly, so month t after the
edge has the share F(t) = f(0) + … + f(t) of its events, and 1 − F(t)/F(∞) comes from cases filed before. A stock at the
end of month t holds cases of ages 0 to t, and what is older is missing: Σ S(k), k > t, over Σ S(k), with S(k) the share
still open after k months. Both come from cases filed since the edge, those still open being censored at the end of the
data: h(k) = events at age k / cases then at risk, S(k) = Π(1 − h), f(k) = S(k − 1) · events(k) / at risk(k). Beyond
the ages seen, half the rates of the last :data:`TAIL` months go on: the longer one has been open, the slower it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlglot import exp

from reports.catalogue import Catalogue, Count, Stock
from reports.model import CaseTable

TAIL, SLOWER = 6, 0.5  # months whose rates go on beyond the ages seen, and how much slower
HORIZON = 120  # months: what takes longer counts as never
LEAST_AT_RISK = 10  # cases: ages that fewer have reached are not estimated
LEAST_EVENTS = 100  # of a count or stock: with fewer, those of all cases are taken

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ages:
    """Cases by months of age: how many were ``at_risk`` of the event at each age, and had it (``events``)."""

    at_risk: Floats
    events: Floats

    @classmethod
    def of(cls, filed: Floats, events: Floats) -> Ages:
        """From ``filed`` (cases of each month) and ``events`` (month of filing × age), up to the last whole month."""
        size = len(filed)
        seen = np.add.outer(np.arange(size), np.arange(size)) < size  # the age is reached before the data end
        before = np.cumsum(events, axis=1) - events
        return cls((seen * (filed[:, None] - before)).sum(axis=0), (seen * events).sum(axis=0))

    @property
    def reached(self) -> int:
        """The number of ages of which enough is known."""
        return int(np.argmin(np.append(self.at_risk >= LEAST_AT_RISK, [False])))

    def rate(self, events: Floats) -> Floats:
        """Events per case at risk at each age up to the horizon."""
        known = self.reached
        late = slice(max(known - TAIL, 0), known)
        after = SLOWER * events[late].sum() / max(self.at_risk[late].sum(), 1.0)
        rates = np.full(max(HORIZON, known), float(after))
        rates[:known] = events[:known] / self.at_risk[:known]
        return rates[:HORIZON]

    @property
    def open(self) -> Floats:
        """S(k): the share still open at the end of month k after the filing, up to the horizon."""
        return np.asarray(np.cumprod(1 - np.clip(self.rate(self.events), 0, 1)), dtype=np.float64)


def missing_of_flow(ages: Ages, events: Floats) -> Floats:
    """The share of a count that is missing in each month from the edge on, up to the horizon; 0 without any events."""
    before = np.concatenate([[1.0], ages.open[:-1]])
    return _left(before * ages.rate(events))


def missing_of_stock(ages: Ages, least_age: int) -> Floats:
    """The same of a stock at the end of each month; it holds cases of at least ``least_age`` months."""
    return _left(np.where(np.arange(len(ages.open)) >= least_age, ages.open, 0.0))


def _left(share: Floats) -> Floats:
    total = share.sum()
    left: Floats = 1 - share.cumsum() / total if total > 0 else np.zeros(len(share))
    return left


def missing(table: CaseTable, catalogue: Catalogue, edge: int, end: int) -> dict[str, Floats]:
    """Count or stock → the share of it that is missing in each month from the month ``edge`` on, of a stock at its end.

    Months count from year 0; ``end`` is the last whole one. By one grouped query per column of dates; filings lack
    nothing, nor do counts that the data cannot give.
    """
    asked: dict[str, dict[str, tuple[Count | Stock, exp.Expr | None, exp.Expr | None]]] = {}
    for name in catalogue.terms:
        item = catalogue.stocks.get(name)
        if item is not None:
            asked.setdefault(item.to, {})[f"{name}|0"] = (item, item.where, None)
            continue
        for place, part in enumerate(catalogue.counts[name].every):
            asked.setdefault(part.by, {})[f"{name}|{place}"] = (part, part.where, part.sum)
    found = dict.fromkeys(catalogue.terms, np.zeros(HORIZON))
    for column, items in asked.items():
        usable = {key: one for key, one in items.items() if one[0].columns <= table.columns}
        if column == "filed" or not usable:
            continue
        for key, share in _of_column(table, column, usable, edge, end).items():
            name = key.partition("|")[0]
            found[name] = np.maximum(found[name], share)
    return found


def _of_column(
    table: CaseTable,
    column: str,
    items: Mapping[str, tuple[Count | Stock, exp.Expr | None, exp.Expr | None]],
    edge: int,
    end: int,
) -> dict[str, Floats]:
    frame = table.query(_sql(table, column, list(items.values()), edge))
    size = end - edge + 1
    filed = _whole(frame["f"]) - edge
    age = _whole(frame["b"]) - edge - filed
    inside = (filed >= 0) & (filed < size)
    ended = inside & (age >= 0) & (filed + age < size)

    def ages(number: pd.Series) -> tuple[Floats, Floats]:
        cases, events = np.zeros(size), np.zeros((size, size))
        values = number.to_numpy(dtype=float, na_value=0.0)
        np.add.at(cases, filed[inside].astype(int), values[inside])
        np.add.at(events, (filed[ended].astype(int), age[ended].astype(int)), values[ended])
        return cases, events

    every = Ages.of(*ages(frame["n"]))
    found: dict[str, Floats] = {}
    for place, (key, (item, where, _)) in enumerate(items.items()):
        mine, number = Ages.of(*ages(frame[f"m{place}"])), ages(frame[f"c{place}"])[1].sum()
        enough = number >= LEAST_EVENTS
        if isinstance(item, Stock):
            own = mine if enough and where is not None else every
            found[key] = missing_of_stock(own, item.after_months + item.after_days // 30)
        else:
            found[key] = missing_of_flow(every, mine.events if enough else every.events)
    return found


def _sql(
    table: CaseTable,
    column: str,
    items: Sequence[tuple[Count | Stock, exp.Expr | None, exp.Expr | None]],
    edge: int,
) -> str:
    """By month of filing and of the event: all cases, and of each item its cases (c) and its measure (m)."""
    one = exp.Literal.number(1)
    select = exp.select(
        exp.alias_(month("filed"), "f"), exp.alias_(month(column), "b"), exp.alias_(_sum(one, None), "n")
    )
    for place, (_, where, amount) in enumerate(items):
        select = select.select(
            exp.alias_(_sum(one, where), f"c{place}"), exp.alias_(_sum(amount or one, where), f"m{place}"), copy=False
        )
    since = exp.Cast(this=exp.Literal.string(first_of(edge).isoformat()), to=exp.DataType.build("date"))
    select = select.from_(exp.to_table(table.whole or table.relation))
    select = select.where(exp.GTE(this=exp.column("filed"), expression=since))
    return select.group_by(exp.Literal.number(1), exp.Literal.number(2)).sql(dialect=table.dialect)


def month(column: str) -> exp.Expr:
    """SQL of the month of a date, counted from year 0."""
    day = exp.column(column)
    year, number = (exp.Extract(this=exp.var(part), expression=day.copy()) for part in ("YEAR", "MONTH"))
    whole = exp.Sub(
        this=exp.Add(this=exp.Mul(this=year, expression=exp.Literal.number(12)), expression=number),
        expression=exp.Literal.number(1),
    )
    return exp.Cast(this=exp.Paren(this=whole), to=exp.DataType.build("int"))


def first_of(month: int) -> date:
    """The first day of a month counted from year 0."""
    return date(month // 12, month % 12 + 1, 1)


def _sum(amount: exp.Expr, where: exp.Expr | None) -> exp.Expr:
    value = amount.copy()
    if where is not None:
        value = exp.Case(ifs=[exp.If(this=where.copy(), true=value)], default=exp.Literal.number(0))
    return exp.Coalesce(this=exp.Sum(this=value), expressions=[exp.Literal.number(0)])


def _whole(column: pd.Series) -> Floats:
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
