"""Tally → every indicator now, in the period before (环比) and a year before (同比)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.catalogue import MOMENT, Catalogue, Indicator
from reports.catalogue.unknown import READ, UNDATED, UNDECIDED, UNREAD
from reports.courts.periods import Period, parse_period
from reports.model import CELL, MOMENTS, SIDES, Comparisons, Tally

MOST_UNKNOWN = 0.5  # % of the denominator


def values(
    tally: Tally, catalogue: Catalogue, periods: Sequence[Period], *, most_unknown: float = MOST_UNKNOWN
) -> pd.DataFrame:
    """The indicator table: court, line, indicator, period, numerator, denominator (Int64), and second moments.

    ``sum_sq``, ``sum_sq_den`` and ``sum_xy`` (Float64, days² and 分²) are there for means and amounts only.

    A period may be a run of the tally's periods: flows add up, closing stocks are those of its last part,
    opening stocks those of its first. Periods that the tally does not cover are left out. Rates without any
    case in any period are left out.

    Where unknown words leave cases open there is a further column ``undecided``: how many (分 of sums of money). A
    value with more of them than ``most_unknown`` % of its denominator (of itself, for a count) is left empty; each
    total goes by its own share.
    """
    usable = [
        item for item in catalogue.indicators.values() if not item.needs and not set(item.terms) & set(tally.missing)
    ]
    parts: list[pd.DataFrame] = []
    cells: list[np.ndarray] = []
    keys: list[str] = []
    places = cast(pd.MultiIndex, tally.frame.index).droplevel("period").unique()
    for period in periods:
        counts = _compose(tally, catalogue, period)
        if counts is None or not usable:
            continue
        size = len(counts)
        column = {str(name): one.to_numpy() for name, one in counts.items()}
        opened = [_undecided(counts, item) for item in usable]
        numbers = {
            "numerator": _column([_sum(column, item.numerator) for item in usable], size, "Int64"),
            "denominator": _column(
                [_sum(column, item.denominator) if item.denominator else None for item in usable], size, "Int64"
            ),
        }
        if any(one is not None for one in opened):
            numbers["undecided"] = pd.concat(
                [
                    pd.Series(pd.NA, index=counts.index, dtype="Int64") if one is None else one.astype("Int64")
                    for one in opened
                ],
                ignore_index=True,
            )
        for name in MOMENTS:
            given = [column.get(f"{MOMENT}{name}_{item.id}") for item in usable]
            numbers[name] = _column(given, size, "Float64")
        # One frame a period, indicator after indicator: a frame for each of them costs a hundred times its rows.
        part = pd.DataFrame(numbers)
        if "undecided" in part:
            base = part["denominator"].where(part["denominator"].notna(), part["numerator"])
            unknown = (part["undecided"] * 100 > base * most_unknown).fillna(False)
            part.loc[unknown, ["numerator", "denominator", *MOMENTS]] = pd.NA
        parts.append(part)
        keys += [period.key] * len(part)
        # Cells go by number until they are chosen: to tell so many apart by texts takes longer than to count them.
        at, step = places.get_indexer(counts.index), np.arange(len(usable)) * len(places)
        cells.append((step[:, None] + at[None, :]).ravel())
    columns = [*CELL, "period", "numerator", "denominator", *MOMENTS]
    if not parts:
        return pd.DataFrame(columns=columns).astype({"numerator": "Int64", "denominator": "Int64"})
    table = pd.concat(parts, ignore_index=True)
    # A count of 0 is a fact; a rate without any case in any period is nothing at all.
    some = table["denominator"].isna() | (table["numerator"] != 0) | (table["denominator"] != 0)
    if "undecided" in table:
        columns.append("undecided")
        table["undecided"] = table["undecided"].astype("Int64").fillna(0)
    cell, there = np.concatenate(cells), np.zeros(len(places) * len(usable), dtype=bool)
    there[cell[some.to_numpy(dtype=bool, na_value=True)]] = True
    kept = there[cell]
    table, cell = table.loc[kept].reset_index(drop=True), cell[kept]
    for level in CELL[:2]:
        table[level] = places.get_level_values(level).take(cell % len(places))
    table["indicator"] = pd.Index([item.id for item in usable]).take(cell // len(places))
    table["period"] = pd.Index(keys)[kept]
    found: pd.DataFrame = table[columns]
    return found


def compare(
    table: pd.DataFrame,
    catalogue: Catalogue,
    period: Period,
    untold: dict[str, str],
    *,
    along: bool = False,
    same: Collection[tuple[str, str, str]] = (),
) -> Comparisons:
    """Put the indicator table's values of ``period``, of the one before and of a year before side by side.

    ``along`` adds the cumulative period before. Values of another 口径 (column ``scope`` of the table) are not
    compared, unless (indicator, scope, scope) is in ``same``; nor are values of which cases are missing (column
    ``whole``), now or then.
    """
    bases = [period, period.previous, period.year_before, *([period.previous_cumulative] if along else [])]
    sides = SIDES[: len(bases)]
    parts = [table[table["period"] == (which.key if which else "")].set_index(CELL) for which in bases]
    wide = [
        part[["numerator", "denominator"]].set_axis([f"{side}_n", f"{side}_d"], axis=1)
        for side, part in zip(sides, parts, strict=True)
    ]
    frame = pd.concat(wide, axis=1)
    unlike: dict[tuple[str, str, str], frozenset[str]] = {}
    if "scope" in table:
        now, *others = (_scopes(part["scope"], catalogue) for part in parts)
        for side, scopes in zip(sides[1:], others, strict=True):
            for cell, scope in scopes.items():
                if (mine := now.get(cell)) is not None and not _alike(cell[2], mine, scope, same):
                    unlike[cell] = unlike.get(cell, frozenset()) | {side}
                    frame.loc[[cell], [f"{side}_n", f"{side}_d"]] = pd.NA
    withheld: dict[tuple[str, str, str], dict[str, int]] = {}
    if "undecided" in table:
        for side, part in zip(sides, parts, strict=True):
            empty = part.loc[part["numerator"].isna(), "undecided"]
            for cell, number in zip(empty.index, empty, strict=True):
                withheld.setdefault(cell, {})[side] = int(number)
    incomplete: dict[tuple[str, str, str], frozenset[str]] = {}
    if "whole" in table:
        for side, part in zip(sides, parts, strict=True):
            short = part.index[~part["whole"].to_numpy(dtype=bool)]
            left_out = sides[1:] if side == "now" else (side,)
            frame.loc[frame.index.isin(short), [f"{one}_{which}" for one in left_out for which in "nd"]] = pd.NA
            incomplete |= {cell: incomplete.get(cell, frozenset()) | {side} for cell in short}
    order = {name: place for place, name in enumerate(catalogue.indicators)}
    frame = frame.sort_index(key=lambda level: level.map(order) if level.name == "indicator" else level)
    return Comparisons(
        period, catalogue, frame.astype("Int64"), untold, unlike, withheld, along=along, incomplete=incomplete
    )


def one_scope(
    table: pd.DataFrame, catalogue: Catalogue, period: Period, same: Collection[tuple[str, str, str]] = ()
) -> pd.DataFrame:
    """The table without the values of each cell whose 口径 is not that of its latest period up to ``period``."""
    if "scope" not in table:
        return table
    scope = table["scope"].fillna(table["indicator"].map({i.id: i.scope for i in catalogue.indicators.values()}))
    ends = table["period"].map({key: parse_period(key).end for key in table["period"].unique()})
    known = table.assign(scope=scope, ends=ends)
    latest = known[known["ends"] <= period.end].sort_values("ends").groupby(CELL)["scope"].last()
    mine = known.set_index(CELL).index.map(latest.to_dict())
    kept = [_alike(*three, same) for three in zip(known["indicator"], mine, known["scope"], strict=True)]
    return table[pd.Series(kept, index=table.index)].drop(columns="scope")


def _scopes(told: pd.Series, catalogue: Catalogue) -> dict[tuple[str, str, str], str]:
    """Cell → its 口径; a value that names none has that of the catalogue."""
    return {
        cell: catalogue.indicators[cell[2]].scope if pd.isna(scope) else str(scope)
        for cell, scope in zip(told.index, told, strict=True)
    }


def _alike(indicator: str, one: object, other: object, same: Collection[tuple[str, str, str]]) -> bool:
    return one == other or (indicator, one, other) in same or (indicator, other, one) in same


def untold(tally: Tally, catalogue: Catalogue) -> dict[str, str]:
    """Indicators of the edition that the data cannot give, each with its reason in Chinese."""
    return {
        item.id: item.needs or "；".join(dict.fromkeys(tally.missing[t] for t in item.terms if t in tally.missing))
        for item in catalogue.indicators.values()
        if item.needs or set(item.terms) & set(tally.missing)
    }


def _compose(tally: Tally, catalogue: Catalogue, period: Period) -> pd.DataFrame | None:
    length = tally.periods[0].months
    if period.months % length:
        return None
    keys = [part.key for part in period.split(length)]
    if not set(keys) <= {item.key for item in tally.periods}:
        return None
    frame = tally.frame
    if len(keys) == 1:
        return frame[frame.index.get_level_values("period") == keys[0]].droplevel("period")
    flows = frame[frame.index.isin(keys, level="period")].groupby(level=["court", "line"]).sum()
    for stock_name, stock in catalogue.stocks.items():
        for name in (stock_name, UNDECIDED + stock_name):
            if name in flows:
                flows[name] = _at(frame[name], keys[0] if stock.opening else keys[-1])
    for count in catalogue.counts:
        for name in [one for one in map(str, flows) if one.startswith(UNDECIDED + count + UNDATED)]:
            flows[name] = _at(frame[name], keys[-1])
    return flows


def _at(column: pd.Series, key: str) -> pd.Series:
    """The values of one period; none of a tally without any rows, of which no period is known."""
    return column[column.index.get_level_values("period") == key].droplevel("period")


def _undecided(counts: pd.DataFrame, item: Indicator) -> pd.Series | None:
    """The cases that may or may not belong to the numerator or to the denominator, whichever are more."""
    sides = []
    for terms in (item.numerator, item.denominator):
        parts = []
        for _, name in terms:
            opened, undated = UNDECIDED + name, UNDECIDED + name + UNDATED
            parts += [counts[one] for one in map(str, counts) if one == opened or one.startswith(undated)]
            if (missing := UNDECIDED + name + UNREAD) in counts:
                parts.append(_unsummed(counts[missing], counts[UNDECIDED + name + READ], counts[name]))
        if parts:
            sides.append(pd.concat(parts, axis=1).sum(axis=1))
    return pd.concat(sides, axis=1).max(axis=1) if sides else None


def _unsummed(missing: pd.Series, read: pd.Series, total: pd.Series) -> pd.Series:
    """分 that the cases without a readable amount stand for, each as much as the others on average, rounded up."""
    most = [m if not r else -(-m * t // r) for m, r, t in zip(missing, read, total, strict=True)]
    return pd.Series(most, index=missing.index, dtype="Int64")


def _sum(column: Mapping[str, NDArray[Any]], terms: tuple[tuple[int, str], ...]) -> NDArray[Any]:
    total = column[terms[0][1]] * terms[0][0]
    for sign, name in terms[1:]:
        total = total + sign * column[name]
    return total


def _column(parts: Sequence[NDArray[Any] | None], size: int, kind: Literal["Int64", "Float64"]) -> pd.Series:
    """Parts of ``size`` values one after another; ``None`` stands for a part of empty ones."""
    data = np.concatenate([np.zeros(size, dtype=kind.lower()) if part is None else part for part in parts])
    empty = np.repeat([part is None for part in parts], size)
    # An array with its mask: to take it from a series and mask that takes ten times as long.
    if kind == "Float64":
        return pd.Series(pd.arrays.FloatingArray(data.astype("float64"), empty | np.isnan(data)))
    if data.dtype.kind == "f":
        return pd.Series(data).astype(kind).mask(empty)
    return pd.Series(pd.arrays.IntegerArray(data.astype("int64"), empty))
