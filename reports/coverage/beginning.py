"""Where the data begin: from when on filings, conclusions and stocks are whole.

“Cases filed since a day” hold nothing of what was pending on that day: for months too few cases end, and those that do
end fast. It is found in the data. Filings begin at a sharp edge, and of the cases that must have been pending then
hardly any is there. How long cases take is known from those filed since (the product-limit estimate of E. L. Kaplan and
P. Meier, JASA 53, 1958; cases still pending are censored at the end of the data), and so which share of each later
month's events would come from cases filed before (:mod:`reports.coverage.missing`).

“Cases concluded since a day, and the pending ones” hold those that were pending: there everything is whole from the
first month of conclusions on, and only what lies before is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
from sqlglot import exp

from reports.catalogue import Catalogue, Indicator, Stock
from reports.courts.periods import Period
from reports.courts.tree import CourtTree, court_of
from reports.coverage.missing import HORIZON, Ages, Floats, first_of, missing, month
from reports.model import OWN, CaseTable

TOLERANCE = 0.01  # of a number: as much may be missing of what is called whole
HALF = 0.5  # of the level that follows, or of the cases that must have been pending: less is an edge
FEW = 0.25  # of the cases that must have been pending: of data that begin with conclusions some more are there
CHANCE = 1e-3  # that so few of the pending cases are there, if all of them were
COURT_CHANCE = 1e-4  # the same of one court, and that it filed so little before its edge
STRAYS = 0.25  # of the usual level: what stays below it for a year are single cases of another time
TYPICAL = 24  # months whose median is the usual level
SEASON = 12  # months that a month's level is held against
EARLY_DAYS, EARLY_SHARE = 10, 0.08  # of a month: with less in its first ten days it begins in the middle
LEAST = 3.0  # filings a month: of fewer nothing is said
LONGEST = 600  # months that are looked at


@dataclass(frozen=True)
class Start:
    """From when the numbers of one court or jurisdiction are whole.

    ``since`` is the first day of the first month with all filings. ``cut``: cases that were pending then are not in the
    data. ``terms`` maps each count and stock of the catalogue to its own day: of a count the first day from which its
    events are whole, of a stock the first evening on which it is; ``None`` where that is not within the data.
    """

    since: date
    cut: bool
    terms: Mapping[str, date | None]

    def whole(self, name: str, period: Period, stocks: Mapping[str, Stock]) -> bool:
        """Whether a count or stock is whole in a period."""
        day = self.terms.get(name, self.since)
        if day is None:
            return False
        if name not in stocks:
            return day <= period.start
        return day <= (period.start - timedelta(days=1) if stocks[name].opening else period.end)

    def month(self, item: Indicator, stocks: Mapping[str, Stock]) -> date | None:
        """The first day of the first month with everything behind an indicator; ``None`` where the data have none."""
        days = [self.since]
        for name in item.terms:
            day = self.terms.get(name, self.since)
            if day is None:
                return None
            stock = stocks.get(name)
            days.append(day + timedelta(days=1) if stock and stock.opening else day.replace(day=1))
        return max(days)


@dataclass(frozen=True)
class Beginning:
    """Where a case table begins; without a ``start`` nothing is known, as there are too few cases.

    ``courts`` are the units of a tally that are whole later than the others: codes, with 本级, and jurisdictions, which
    are whole when courts with all but the tolerance of their filings are. ``later`` has the courts whose own data
    begin later.
    """

    start: Start | None = None
    courts: Mapping[str, Start] = field(default_factory=dict)
    later: Mapping[str, date] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """What older cases are missing, in Chinese: 数据中没有2025年1月以前立案、当时未结的案件."""
        if self.start is None:
            return "案件较少，不能判断数据自何时起完整"
        since = f"{self.start.since.year}年{self.start.since.month}月"
        return f"数据中没有{since}以前立案、当时未结的案件" if self.start.cut else f"数据自{since}起"

    def whole(self, table: pd.DataFrame, catalogue: Catalogue, periods: Iterable[Period]) -> pd.Series:
        """For each row of an indicator table whether all counts and stocks behind it are whole."""
        if self.start is None:
            return pd.Series(True, index=table.index)
        short = {
            (court, item.id, period.key)
            for court in ("", *self.courts)
            for item in catalogue.indicators.values()
            for period in periods
            if not all((self.courts.get(court) or self.start).whole(n, period, catalogue.stocks) for n in item.terms)
        }
        if not short:
            return pd.Series(True, index=table.index)
        owner = {code: self._owner(code) for code in table["court"].unique()}
        unit = table["court"].map(owner)
        rows = pd.MultiIndex.from_arrays([unit, table["indicator"], table["period"]])
        return pd.Series(~rows.isin(short), index=table.index)

    def _owner(self, code: str) -> str:
        """The court that a row's numbers begin with: of a department its court's own cases; nothing where it is all."""
        court = court_of(code)
        found = (code,) if court == code else (court + OWN, court)
        return next((one for one in found if one in self.courts), "")


@dataclass(frozen=True)
class _Edge:
    """The first month with all filings, and whether the cases pending then are missing."""

    month: int
    cut: bool


@dataclass(frozen=True)
class _Flow:
    """Filings and conclusions of one or all courts by month (from ``first`` on), and those of their first ten days."""

    filed: Floats
    filed_early: Floats
    ended: Floats
    ended_early: Floats


def beginning(table: CaseTable, catalogue: Catalogue) -> Beginning:
    """Where the cases begin, by one grouped query over all of them, whatever the theme; where older cases are missing,
    by one more for each column of dates.

    ``catalogue`` is the one that is counted by (:func:`reports.tally.reach.fitted`).
    """
    if not {"court", "filed", "concluded"} <= table.columns or table.last is None:
        return Beginning()
    rows = _rows(table)
    if rows.empty:
        return Beginning()
    last = table.last.year * 12 + table.last.month - 1
    end = last if (table.last + timedelta(days=15)).month != table.last.month else last - 1
    first = max(int(np.nanmin(rows[["f", "c"]].min())), end - LONGEST)
    if end <= first:
        return Beginning()
    courts = sorted(rows["court"].unique())
    flow = _flows(rows, courts, first, end)
    every = _Flow(*(getattr(flow, name).sum(axis=0) for name in _Flow.__dataclass_fields__))
    begun, concluded = _first(every.filed, every.filed_early), _first(every.ended, every.ended_early)
    if begun is None or concluded is None:
        return Beginning()
    begun, at = begun + first, max(begun, concluded) + first
    open_ = _open(rows, at, end)
    edge = _edge(rows, _rate(every.filed, begun - first), begun, at, open_, CHANCE, _older(table, at))
    if edge is None:
        return Beginning()
    new = {code: day.year * 12 + day.month - 1 for code, day in table.tree.founded.items()}
    apart = _apart(rows, flow.filed, courts, new, edge, first, at, open_)
    short = any(one.cut for one in (edge, *apart.values()))
    shares = missing(table, catalogue, edge.month, end) if short else dict.fromkeys(catalogue.terms, np.zeros(HORIZON))
    weights = dict(zip(courts, flow.filed[:, -SEASON:].sum(axis=1), strict=True))
    parts = {court: (apart.get(court, edge), weight) for court, weight in weights.items()}

    def start(of: Iterable[str]) -> Start:
        return _start([parts[court] for court in of if court in parts], edge, shares, catalogue, end)

    whole = _start([(edge, 1.0)], edge, shares, catalogue, end)
    return Beginning(
        whole,
        {unit: one for unit, of in _units(apart, table.tree).items() if (one := start(of)) != whole},
        {court: first_of(one.month) for court, one in apart.items() if one.month > edge.month},
    )


def _rows(table: CaseTable) -> pd.DataFrame:
    """Cases by court and months of filing and conclusion (f, c; nan without one): n, those of the first ten days."""

    def early(column: str) -> exp.Expr:
        day = exp.Extract(this=exp.var("DAY"), expression=exp.column(column))
        soon = exp.LTE(this=day, expression=exp.Literal.number(EARLY_DAYS))
        return exp.Case(ifs=[exp.If(this=soon, true=exp.Literal.number(1))], default=exp.Literal.number(0))

    inner = exp.select(
        exp.column("court"),
        exp.alias_(month("filed"), "f"),
        exp.alias_(month("concluded"), "c"),
        exp.alias_(early("filed"), "fe"),
        exp.alias_(early("concluded"), "ce"),
    ).from_(exp.to_table(table.whole or table.relation))
    sums = (
        exp.alias_(exp.Cast(this=exp.Sum(this=exp.column(name)), to=exp.DataType.build("bigint")), name)
        for name in ("fe", "ce")
    )
    number = exp.alias_(exp.Count(this=exp.Star()), "n")
    outer = exp.select(exp.column("court"), exp.column("f"), exp.column("c"), number, *sums)
    outer = outer.from_(exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("cases_by_month"))))
    sql = outer.group_by(exp.column("court"), exp.column("f"), exp.column("c")).sql(dialect=table.dialect)
    found = table.query(sql)
    found = found[found["court"].isin(table.tree.by_code)]
    types = {"court": "object", **dict.fromkeys(("f", "c", "n", "fe", "ce"), "float64")}
    return found.astype(types).reset_index(drop=True)


def _flows(rows: pd.DataFrame, courts: list[str], first: int, end: int) -> _Flow:
    place = {court: row for row, court in enumerate(courts)}
    row = rows["court"].map(place).to_numpy()

    def by(column: str, number: str) -> Floats:
        values = np.zeros((len(courts), end - first + 1))
        at = rows[column].to_numpy() - first
        inside = (at >= 0) & (at <= end - first)
        np.add.at(values, (row[inside], at[inside].astype(int)), rows[number].to_numpy()[inside])
        return values

    return _Flow(by("f", "n"), by("f", "fe"), by("c", "n"), by("c", "ce"))


def _first(level: Floats, early: Floats | None = None) -> int | None:
    """The first month of a level that lasts; the one after it where cases begin in the middle of the month."""
    usual = float(np.median(level[-TYPICAL:]))
    if usual < LEAST:
        return None
    for at in range(len(level) - 1):
        following = level[at + 1 : at + 1 + SEASON].mean()
        if following >= STRAYS * usual and level[at] >= HALF * following:
            return at + (early is not None and early[at] < EARLY_SHARE * level[at])
    return None


def _rate(filed: Floats, at: int) -> float:
    return float(filed[at : at + SEASON].mean()) if at < len(filed) else 0.0


def _open(rows: pd.DataFrame, since: int, end: int) -> Floats:
    """The share of cases still open at the end of each month after that of the filing, of those filed since."""
    size = end - since + 1
    if size < 1:
        return np.zeros(0)
    mine = rows[rows["f"].between(since, end)]
    filed, age = (mine["f"] - since).to_numpy(dtype=int), (mine["c"] - mine["f"]).to_numpy()
    cases, events = np.zeros(size), np.zeros((size, size))
    np.add.at(cases, filed, mine["n"].to_numpy())
    ended = (age >= 0) & (filed + age < size)
    np.add.at(events, (filed[ended], age[ended].astype(int)), mine["n"].to_numpy()[ended])
    ages = Ages.of(cases, events)
    return ages.open[: ages.reached]


def _edge(
    rows: pd.DataFrame, rate: float, begun: int, at: int, open_: Floats, chance: float, older: float = 0.0
) -> _Edge | None:
    """Whether the cases filed before ``begun`` and then open are there; ``None``: not known.

    As many are to be expected as the share of cases open after so many months gives, for the ages that are known. They
    are asked for at the start of ``begun``, and at that of ``at``, from which on there are conclusions: where the data
    begin with conclusions, only those still open then are there.
    """

    def there(moment: int) -> tuple[float, float]:
        share = open_[moment - begun :]
        before = rows["f"].between(begun - len(share), begun - 1) & ~(rows["c"] < moment)
        return float(rows.loc[before, "n"].sum()) + older, rate * float(share.sum())

    (first, of_first), (then, of_then) = there(begun), there(at)
    if first < FEW * of_first and _at_most(first, of_first) < chance and then < HALF * of_then:
        return _Edge(begun, cut=True)
    return _Edge(at, cut=False) if then >= HALF * of_then else None


def _at_most(number: float, expected: float) -> float:
    """The chance of at most so many where so many were to be expected (Poisson)."""
    terms = (k * math.log(expected) - expected - math.lgamma(k + 1) for k in range(int(number) + 1))
    return sum(map(math.exp, terms)) if expected > 0 else 1.0


def _older(table: CaseTable, at: int) -> float:
    """Cases without a day of filing, or registered anew, whose number is of an earlier year, open at the edge."""
    if table.engine:
        return 0.0
    (found,) = table.rows(
        f"SELECT count(*) FROM {table.all_rows} WHERE _problem IS NULL AND _number_year < {at // 12} "  # noqa: S608
        f"AND (filed IS NULL OR filed >= DATE '{first_of(at)}') "
        f"AND (concluded IS NULL OR concluded >= DATE '{first_of(at)}')"
    )
    return float(found[0])


def _apart(
    rows: pd.DataFrame, filed: Floats, courts: list[str], new: Mapping[str, int], edge: _Edge, first: int, at: int,
    open_: Floats,
) -> dict[str, _Edge]:  # fmt: skip
    """The courts whose data begin later than the others', or without the cases that were pending then.

    Before the month of its founding (``new``) a court had no cases: data that begin with it lack nothing.
    """
    found = {}
    by_court = dict(iter(rows.groupby("court", sort=False)))
    since = edge.month - first
    for place, court in enumerate(courts):
        own = filed[place, since:]
        rate = _rate(own, 0)
        start = _first(own) if own[: SEASON // 2].sum() < HALF * own.mean() * SEASON // 2 else 0
        if start:
            rate = _rate(own, start)
            silent = float(own[:start].sum())
            if court in new and edge.month + start <= new[court] + 1:
                continue
            if _at_most(silent, rate * start) < COURT_CHANCE:
                mine = edge.month + start
                found[court] = _edge(by_court[court], rate, mine, mine, open_, 1.0) or _Edge(mine, cut=True)
                continue
        if not edge.cut and rate:
            alone = _edge(by_court[court], rate, at, at, open_, COURT_CHANCE)
            if alone is not None and alone.cut:
                found[court] = _Edge(at, cut=True)
    return found


def _units(apart: Iterable[str], tree: CourtTree) -> dict[str, list[str]]:
    """The units of a tally that some courts belong to, each with its courts."""
    found: dict[str, list[str]] = {}
    for court in apart:
        found[court + OWN if tree.children(court) else court] = [court]
        for above in (tree.by_code[court], *tree.ancestors(court)):
            if tree.children(above.code):
                found[above.code] = [one.code for one in (above, *tree.descendants(above.code))]
    return found


def _start(
    parts: Sequence[tuple[_Edge, float]], first: _Edge, shares: Mapping[str, Floats], catalogue: Catalogue, end: int
) -> Start:
    """The start of courts together: each with its edge and its weight in the whole."""
    total = sum(weight for _, weight in parts) or 1.0

    def whole(share: Floats, *, ahead: int) -> int | None:
        """The first month with enough; before its edge, less ``ahead`` months, a court lacks everything."""
        lacks = np.zeros(max(edge.month for edge, _ in parts) - first.month + HORIZON + 1)
        for edge, weight in parts:
            after = edge.month - ahead - (first.month - 1)
            lacks[:after] += weight
            if edge.cut:
                lacks[after : after + HORIZON] += weight * share[: len(lacks) - after]
        found = np.flatnonzero(lacks <= TOLERANCE * total)
        month = first.month - 1 + int(found[0]) if len(found) else end + 1
        return month if month <= end else None

    nothing = np.zeros(HORIZON)
    since = whole(nothing, ahead=0)
    assert since is not None
    cut = sum(weight for edge, weight in parts if edge.cut) > TOLERANCE * total
    days: dict[str, date | None] = {}
    for name in catalogue.terms:
        stock = name in catalogue.stocks
        begun = whole(shares[name], ahead=0 if not stock or cut else 1)
        days[name] = None if begun is None else first_of(begun + 1) - timedelta(days=1) if stock else first_of(begun)
    return Start(first_of(since), cut, days)
