"""Case table → integer counts per unit × line × period: the only stage that sees every row.

A unit is a court or, where the cases are divided, a department or team below one; it is one dimension, the tree adds
it up.

The heavy half is one SQL statement, written from the catalogue: per date column one narrow GROUP BY over
(court, line, bucket of the date), joined by UNION ALL. Stocks come from events: a case enters the stock in the
bucket of its start and leaves it in the bucket of its end, and only if that bucket is later, so the running sum
of the events is the stock at each period's end, without ever joining cases with periods. For stocks of a minimum
age the period ends are moved back instead of every row's date. The light half (running sums, court tree, the
line 全部) works on the small leaf table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, lru_cache

import pandas as pd
from sqlglot import exp

from reports.catalogue import MOMENT, Catalogue, Count, Stock, lacking
from reports.catalogue.unknown import undated, undecided, unsummed
from reports.courts.periods import Period
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.model import ALL_LINES, OWN, UNIT_COLUMNS, CaseTable, Tally

DIMENSIONS = ("court", "line")
Labels = Callable[[str], Sequence[str]]
KEYS = ("court", "line", "period")
MOST = 10**15  # of one value in a second moment


def tally(table: CaseTable, catalogue: Catalogue, periods: Sequence[Period]) -> Tally:
    """Count everything that the catalogue's indicators need in consecutive ``periods``.

    Returns counts in 件, days in 天 and money in 分, as int64; and the second moments of means and amounts (days² and
    分²), which only ever serve to judge chance, as float64. Counts whose columns the data lack are left out and named
    in ``missing``. Where unknown words leave open what belongs to a count, ``undecided_`` and its name count those
    cases (the money of them for sums of money).
    """
    counts, stocks, missing = _available(table.columns, catalogue)
    counts, stocks = _with_undecided(counts, stocks, table.unknown)
    counts |= moments(catalogue, counts)
    leaf = pd.DataFrame(columns=[*DIMENSIONS, "k", *counts, *stocks])
    if counts or stocks:
        below = bool(table.tree.units)
        statement = heavy_sql(table.relation, counts, stocks, periods, table.dialect, below=below)
        leaf = table.query(statement).astype(dict.fromkeys(DIMENSIONS, "object"))
    leaf = leaf[leaf["court"].isin(table.counted)]
    leafs = _light(leaf, counts, stocks, periods)
    every_line = pd.concat([leafs, leafs.assign(line=ALL_LINES)], ignore_index=True)
    return Tally(_roll_up(every_line, [*counts, *stocks], table.tree), tuple(periods), missing)


def crossed(table: CaseTable, catalogue: Catalogue, periods: Sequence[Period], places: Places) -> Tally:
    """The same counts by two other dimensions in the places of unit and line (:func:`spread` makes labels of them).

    ``places`` says of each column of a court by which keys the cases counted at it are told apart, and which of them.
    """
    counts, stocks, missing = _available(table.columns, catalogue)
    counts, stocks = _with_undecided(counts, stocks, table.unknown)
    leaf = pd.DataFrame(columns=[*DIMENSIONS, "k", *counts, *stocks])
    if counts or stocks:
        statement = heavy_sql(table.relation, counts, stocks, periods, table.dialect, places=places)
        leaf = table.query(statement).astype(dict.fromkeys(DIMENSIONS, "object"))
    frame = _light(leaf, counts, stocks, periods).set_index(list(KEYS))
    return Tally(frame, tuple(periods), missing)


def spread(counted: Tally, rows: Labels, columns: Labels) -> Tally:
    """A cross table of labels: each key counts under every one of its labels, so that the total is one of them."""
    leafs, names = counted.frame.reset_index(), list(counted.frame)
    for level, labels in zip(DIMENSIONS, (rows, columns), strict=True):
        links = pd.DataFrame(
            [(key, label) for key in leafs[level].unique() for label in labels(key)], columns=[level, "to"]
        )
        leafs = leafs.merge(links.astype("object"), on=level).drop(columns=level).rename(columns={"to": level})
    return Tally(leafs.groupby(list(KEYS), sort=True)[names].sum().astype("int64"), counted.periods, counted.missing)


def needed(catalogue: Catalogue) -> frozenset[str]:
    """The canonical columns that the catalogue's indicators read."""
    return catalogue.columns


def counting_sql(
    catalogue: Catalogue,
    columns: frozenset[str],
    unknown: frozenset[str],
    periods: Sequence[Period],
    relation: str,
    dialect: str,
    *,
    below: bool = False,
) -> str:
    """The statement that :func:`tally` runs over a relation with these columns, for reading.

    ``unknown`` are the columns that may hold unknown words; ``below``: the relation is divided into units below courts.
    """
    counts, stocks, _ = _available(columns, catalogue)
    counts, stocks = _with_undecided(counts, stocks, unknown)
    counts |= moments(catalogue, counts)
    return heavy_sql(relation, counts, stocks, periods, dialect, pretty=True, below=below)


def _available(
    columns: frozenset[str], catalogue: Catalogue
) -> tuple[dict[str, Count], dict[str, Stock], dict[str, str]]:
    counts, stocks, missing = {}, {}, {}
    catalogue = catalogue.resolved(columns)
    for name in catalogue.terms:
        item = catalogue.counts.get(name) or catalogue.stocks[name]
        if not item.columns <= columns or (isinstance(item, Count) and item.lack):
            missing[name] = lacking(item, columns)
        elif isinstance(item, Count):
            counts[name] = item
        else:
            stocks[name] = item
    return counts, stocks, missing


def _with_undecided(
    counts: dict[str, Count], stocks: dict[str, Stock], unknown: frozenset[str]
) -> tuple[dict[str, Count], dict[str, Stock]]:
    """The counts and stocks with those of the cases that what is unknown leaves open."""
    flows = []
    for item in counts.values():
        open_parts = [one for one in (undecided(part, unknown) for part in item.every) if one]
        flows += [replace(open_parts[0], parts=tuple(open_parts[1:]))] if open_parts else []
    flows += [one for item in counts.values() for one in unsummed(item, unknown)]
    levels = [one for one in (undecided(item, unknown) for item in stocks.values()) if one]
    levels += [one for item in counts.values() for part in item.every if (one := undated(part, unknown))]
    own: dict[str, Stock] = {}
    for one in levels:  # the parts of a count may go by several dates
        name = next(name for n in range(len(levels)) if (name := f"{one.id}{n or ''}") not in own)
        own[name] = replace(one, id=name)
    return counts | {one.id: one for one in flows}, stocks | own


def moments(catalogue: Catalogue, counts: Mapping[str, Count]) -> dict[str, Count]:
    """Σx² of a mean's sum, Σx², Σy² and Σxy of an amount's two sums, as further counts (``Indicator.moments``).

    分 squared is beyond 64 bits, so they are summed as DECIMAL(38, 0), exactly and in any order, and only the sum
    becomes a double. A single value counts as 10¹⁵ at most (10万亿元), so that a slip in the data cannot overflow.
    """
    found: dict[str, Count] = {}
    for item in catalogue.indicators.values():
        for name, pair in item.moments.items():
            both = [counts.get(one) for one in pair]
            first, second = both
            if first is None or second is None:
                continue
            products = [_product(*each) for each in zip(first.every, second.every, strict=False)]
            parts = [replace(one, id=name) for one in products if one]
            if len(parts) == len(first.every) == len(second.every):
                found[name] = replace(parts[0], parts=tuple(parts[1:]))
    return found


def _product(first: Count, second: Count) -> Count | None:
    """Case by case the product of two sums over the same cases."""
    if first.sum is None or second.sum is None:
        return None
    if (first.by, first.court, first.where) != (second.by, second.court, second.where):
        return None
    return replace(first, sum=exp.Mul(this=_exact(first.sum), expression=_exact(second.sum)), otherwise=())


def _exact(value: exp.Expr) -> exp.Expr:
    top = exp.Literal.number(MOST)
    least = exp.Case(
        ifs=[exp.If(this=exp.GT(this=exp.Paren(this=value.copy()), expression=top), true=top.copy())],
        default=exp.Paren(this=value.copy()),
    )
    return exp.Cast(this=least, to=exp.DataType.build("decimal(19, 0)"))


def heavy_sql(
    relation: str,
    counts: dict[str, Count],
    stocks: dict[str, Stock],
    periods: Sequence[Period],
    dialect: str = "duckdb",
    *,
    pretty: bool = False,
    below: bool = False,
    places: Places | None = None,
) -> str:
    """The whole heavy stage as one SQL statement for an engine; ``below`` counts by the units below courts.

    Its rows are (court, line, k, one BIGINT column m_ID per count and stock), where k is the period's place
    from 1, and 0 for events before the first period; stock columns hold net events, to be summed up over k. With
    ``places`` other keys stand for court and line.
    """
    each = tuple((places or _by_unit_and_line(below=below)).items())
    return _written(relation, tuple(counts.values()), tuple(stocks.values()), tuple(periods), dialect, pretty, each)


@dataclass(frozen=True)
class Place:
    """Where the cases counted at one column of a court stand: the keys of both dimensions, and which cases."""

    court: exp.Expr
    line: exp.Expr
    there: exp.Expr


Places = Mapping[str, Place]


@cache
def _by_unit_and_line(*, below: bool) -> Places:
    """Every case that has a court, by its unit and its line."""
    leaf = UNIT_COLUMNS if below else {column: column for column in UNIT_COLUMNS}
    return {
        column: Place(
            _column(unit), _column("line"), exp.not_(exp.Is(this=_column(unit), expression=exp.Null()), copy=False)
        )
        for column, unit in leaf.items()
    }


@lru_cache(maxsize=32)  # to write it takes as long as to run it over some thousand cases
def _written(
    relation: str,
    counts: tuple[Count, ...],
    stocks: tuple[Stock, ...],
    periods: tuple[Period, ...],
    dialect: str,
    pretty: bool,
    each: tuple[tuple[str, Place], ...],
) -> str:
    def short(node: exp.Expr) -> exp.Expr:
        """What stands in many places, written once: most of the time goes to copying and writing trees."""
        return node if pretty else exp.Var(this=node.sql(dialect=dialect, copy=False))

    places = dict(each)
    ends = [periods[0].start - timedelta(days=1), *(period.end for period in periods)]
    names = [*(count.id for count in counts), *(stock.id for stock in stocks)]
    zeros = {name: short(_cast(exp.Literal.number(0), name)) for name in names}
    branches = []
    flows: dict[tuple[str, str], dict[str, exp.Expr]] = defaultdict(dict)
    for count in counts:
        for part in count.every:
            mine, more = flows[part.by, part.court], _measure(part.where, part.sum)
            mine[count.id] = exp.Add(this=mine[count.id], expression=more) if count.id in mine else more
    for (by, court), measures in flows.items():
        within = _within(by, ends, first=1)
        branches.append(_branch(relation, places[court], short(_bucket(by, ends, first=1)), within, measures, zeros))
    arrivals: dict[str, dict[str, exp.Expr]] = defaultdict(dict)
    departures: dict[str, dict[str, exp.Expr]] = defaultdict(dict)
    buckets: dict[str, tuple[exp.Expr, exp.Expr]] = {}
    for stock in stocks:
        moved = [stock.latest_start(end) for end in ends]
        # Strictly more than N months: the case was filed before the day N months ago, not on it.
        entry = short(_bucket(stock.start, moved, first=0, strict=stock.aged))
        leave = short(_bucket(stock.to, ends, first=0))
        stays = exp.or_(
            exp.Is(this=leave.copy(), expression=exp.Null()),
            exp.GT(this=leave.copy(), expression=entry.copy()),
            copy=False,
        )
        start, end = entry.sql(), leave.sql()
        buckets[start] = entry, _within(stock.start, moved, first=0, strict=stock.aged)
        buckets[end] = leave, _within(stock.to, ends, first=0)
        arrivals[start][stock.id] = _measure(_both(stock.where, stays), None)
        left = exp.GT(this=leave.copy(), expression=entry.copy())
        departures[end][stock.id] = exp.Neg(this=_measure(_both(stock.where, left), None))
    for events in (arrivals, departures):
        for key, measures in events.items():
            branches.append(_branch(relation, places["court"], *buckets[key], measures, zeros))
    union = branches[0]
    for branch in branches[1:]:
        union = exp.union(union, branch, distinct=False, copy=False)  # type: ignore[assignment]
    outer = exp.select(*(_column(name) for name in (*DIMENSIONS, "k")))
    for name in names:
        kind = "double" if name.startswith(MOMENT) else "bigint"
        total = exp.Cast(this=exp.Sum(this=_column(f"m_{name}")), to=exp.DataType.build(kind))
        outer = outer.select(exp.alias_(total, f"m_{name}", quoted=True, copy=False), copy=False)
    outer = outer.from_(exp.Subquery(this=union, alias=exp.TableAlias(this=exp.to_identifier("leaf"))), copy=False)
    outer = outer.group_by(*(exp.Literal.number(i) for i in (1, 2, 3)), copy=False)
    return outer.sql(dialect=dialect, pretty=pretty, copy=False)


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.Identifier(this=name, quoted=True))


def _both(where: exp.Expr | None, other: exp.Expr) -> exp.Expr:
    return exp.and_(where.copy(), other, copy=False) if where is not None else other


def _measure(where: exp.Expr | None, amount: exp.Expr | None) -> exp.Expr:
    """COUNT(CASE WHEN …) or SUM(CASE WHEN …): plain, and faster here than FILTER."""
    value = amount.copy() if amount is not None else exp.Literal.number(1)
    if where is not None:
        value = exp.Case(ifs=[exp.If(this=where.copy(), true=value)])
    if amount is None:
        return exp.Count(this=value)
    return exp.Coalesce(this=exp.Sum(this=value), expressions=[exp.Literal.number(0)])


def _bucket(column: str, ends: Sequence[date], *, first: int, strict: bool = False) -> exp.Expr:
    """The place of a date among the period ends: CASE WHEN d <= end THEN k …; NULL outside.

    With ``first`` = 1 dates up to ``ends[0]`` are outside (flows); with 0 they are bucket 0 (stocks).
    """
    compare = exp.LT if strict else exp.LTE
    ifs = []
    for place, end in enumerate(ends):
        value = exp.Null() if place < first else exp.Literal.number(place)
        ifs.append(exp.If(this=compare(this=_column(column), expression=_day(end)), true=value))
    return exp.Case(ifs=ifs)


def _within(column: str, ends: Sequence[date], *, first: int, strict: bool = False) -> exp.Expr:
    """Whether a date has a place among the period ends (:func:`_bucket`)."""
    found = (exp.LT if strict else exp.LTE)(this=_column(column), expression=_day(ends[-1]))
    return exp.and_(exp.GT(this=_column(column), expression=_day(ends[0])), found, copy=False) if first else found


def _day(day: date) -> exp.Expr:
    return exp.Cast(this=exp.Literal.string(day.isoformat()), to=exp.DataType.build("date"))


def _cast(value: exp.Expr, name: str) -> exp.Expr:
    """The value as the column of a branch holds it."""
    return exp.Cast(this=value, to=exp.DataType.build("decimal(38, 0)" if name.startswith(MOMENT) else "bigint"))


def _branch(
    relation: str,
    place: Place,
    bucket: exp.Expr,
    within: exp.Expr,
    measures: dict[str, exp.Expr],
    zeros: Mapping[str, exp.Expr],
) -> exp.Select:
    """One SELECT of a column of every name of ``zeros``: the measure, or its zero where there is none.

    ``within`` says which rows have a ``bucket``.
    """
    own = isinstance(place.line, exp.Column) and place.line.name == "line"
    line = place.line.copy() if own else exp.alias_(place.line, "line", quoted=True)
    inner = exp.select(exp.alias_(place.court, "court", quoted=True), line)
    values = (_cast(measures[name], name) if name in measures else zero.copy() for name, zero in zeros.items())
    columns = [
        exp.alias_(value, f"m_{name}", quoted=True, copy=False) for name, value in zip(zeros, values, strict=True)
    ]
    inner = inner.select(exp.alias_(bucket.copy(), "k", quoted=True, copy=False), *columns, copy=False)
    present = exp.and_(within, place.there.copy(), copy=False)
    return (
        inner.from_(exp.to_table(relation), copy=False)
        .where(present, copy=False)
        .group_by(*(exp.Literal.number(i) for i in (1, 2, 3)), copy=False)
    )


def _light(
    leaf: pd.DataFrame,
    counts: dict[str, Count],
    stocks: dict[str, Stock],
    periods: Sequence[Period],
) -> pd.DataFrame:
    """The leaf table with one row for each pair of keys and period, stocks summed up."""
    leaf = leaf.rename(columns={f"m_{name}": name for name in (*counts, *stocks)})
    names = [*counts, *stocks]
    # Every court and line seen gets a row in every bucket, so that stocks run on through empty periods.
    cells = leaf[["court", "line"]].drop_duplicates()
    buckets = pd.DataFrame({"k": range(len(periods) + 1)})
    full = cells.merge(buckets, how="cross").merge(leaf, how="left", on=["court", "line", "k"])
    full[names] = full[names].fillna(0).astype({name: _dtype(name) for name in names})
    full = full.sort_values(["court", "line", "k"], ignore_index=True)
    running = full.groupby(["court", "line"], sort=False)[list(stocks)].cumsum() if stocks else full[[]]
    for name, stock in stocks.items():
        values = running[name]
        if stock.opening:
            values = values.groupby([full["court"], full["line"]], sort=False).shift(fill_value=0)
        full[name] = values.astype("int64")
    full = full[full["k"] > 0]
    full["period"] = full["k"].map({k: period.key for k, period in enumerate(periods, 1)})
    return full[[*KEYS, *names]]


def _roll_up(leafs: pd.DataFrame, names: list[str], tree: CourtTree) -> pd.DataFrame:
    """Add each court's cells to itself and all courts above; courts with subordinates get a 本级 row too.

    Those of a unit below a court are added to the units above it and to its court first.
    """
    units = _units_of(leafs, tree) if tree.units else leafs.iloc[:0]
    if tree.units:
        courts = leafs["court"].map({code: court_of(code) for code in leafs["court"].unique()})
        leafs = leafs.drop(columns="court").groupby([courts, "line", "period"], sort=False)[names].sum().reset_index()
    up = []
    for court in tree.courts:
        up += [(court.code, above.code) for above in (court, *tree.ancestors(court.code))]
        if tree.children(court.code):
            up.append((court.code, court.code + OWN))
    links = pd.DataFrame(up, columns=["court", "to"])
    spread = leafs.merge(links, on="court").drop(columns="court").rename(columns={"to": "court"})
    spread = pd.concat([spread, units], ignore_index=True) if len(units) else spread
    return spread.groupby(list(KEYS), sort=True)[names].sum().astype({name: _dtype(name) for name in names})


def _units_of(leafs: pd.DataFrame, tree: CourtTree) -> pd.DataFrame:
    """The cells of units below courts, each also under the units above it."""
    above = [
        (unit.code, one.code) for unit in tree.units for one in (unit, *tree.ancestors(unit.code)) if UNIT in one.code
    ]
    links = pd.DataFrame(above, columns=["court", "to"])
    return leafs.merge(links, on="court").drop(columns="court").rename(columns={"to": "court"})


def _dtype(name: str) -> str:
    return "float64" if name.startswith(MOMENT) else "int64"
