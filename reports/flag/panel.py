"""From an indicator table to arrays: one block per indicator and level, courts × periods.

The engine knows only this: who is tested against whom (:class:`Unit`), what an indicator is (:class:`Spec`), and
numbers. It serves case data and any institution's table alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.courts.periods import Period
from reports.flag.robust import Array
from reports.model import MOMENTS
from reports.words import Measure


@dataclass(frozen=True)
class Spec:
    """What an indicator is, as far as judging it goes.

    ``form`` is the tested form: ``plain``; ``excess`` tests (numerator − denominator)/denominator (案-件比);
    ``share`` tests numerator/(numerator + denominator) as a proportion (改判-发回重审比). ``low`` and ``high`` are
    the reference interval in the printed unit, ``source`` its document. ``basis`` ytd: the values are cumulative
    from January and are tested on their increments. ``subset``: the numerator is part of the denominator. ``right``:
    it counts what parties have a right to, and a change of it is neither good nor bad.
    """

    id: str
    label: str
    measure: Measure
    better: str
    form: str = "plain"
    low: float | None = None
    high: float | None = None
    source: str = ""
    basis: str = "period"
    min_den: int = 30
    subset: bool = False
    right: bool = False

    @property
    def kind(self) -> str:
        """proportion, ratio, amount, count or mean."""
        return self.measure.kind

    @property
    def good(self) -> str | None:
        """The direction that is an improvement; ``None`` for neutral indicators."""
        return {"higher": "up", "lower": "down"}.get(self.better)


@dataclass(frozen=True)
class Unit:
    """One row of the table that may be judged: a court's own cases, or a whole jurisdiction.

    Units of one ``level`` are peers. ``role``: ``court`` is judged; ``whole`` is judged by R7 alone; ``part`` is
    only measured, so that a driver of a change can be called ordinary or not. ``own`` is how it calls itself.
    """

    code: str
    name: str
    level: str
    role: str = "court"
    own: str = "本院"


@dataclass(frozen=True)
class Panel:
    """One indicator of the units of one level: arrays of units × periods, the last period is the one judged.

    Counts in 件, money in 分, days in 天; nan where the table has no row. ``xx``, ``yy``, ``xy`` are Σx², Σy², Σxy
    over the cases, nan where unknown.
    """

    spec: Spec
    level: str
    units: tuple[Unit, ...]
    periods: tuple[Period, ...]
    x: Array
    n: Array
    xx: Array
    yy: Array
    xy: Array

    @property
    def past(self) -> slice:
        """The columns before the period judged."""
        return slice(0, len(self.periods) - 1)


def timeline(table: pd.DataFrame, period: Period) -> tuple[Period, ...]:
    """Consecutive single periods of the table's length, up to and with the last part of ``period``."""
    from reports.courts.periods import consecutive, parse_period  # noqa: PLC0415

    known = [parse_period(key, cutoff_day=period.cutoff_day) for key in table["period"].unique()]
    single = [p for p in known if p == p.single and p.months <= period.single.months and p.end <= period.end]
    if not single:
        return ()
    months = max(p.months for p in single)
    same = [p for p in single if p.months == months and p.last % months == 0]
    last = Period(period.year, period.last - months + 1, period.last, period.cutoff_day)
    return consecutive(min(same), last) if same else ()


def increments(table: pd.DataFrame, specs: Mapping[str, Spec], cutoff_day: int) -> pd.DataFrame:
    """Cumulative rows of ``ytd`` indicators as the single periods' own values.

    They go by quarters (2025Q1, 2025H1, 2025Q1-Q3, 2025) or by months (2025-01, 2025-01..02, 2025-01..03 …).
    Each value loses that of the cumulative period before; a step whose earlier value is missing is left out.
    """
    from reports.courts.periods import parse_period  # noqa: PLC0415

    ytd = [name for name, spec in specs.items() if spec.basis == "ytd"]
    mine = table[table["indicator"].isin(ytd)]
    if mine.empty:
        return table
    numbers = [name for name in ("numerator", "denominator", *MOMENTS) if name in mine]
    pieces = []
    keys = {key: parse_period(key, cutoff_day=cutoff_day) for key in mine["period"].unique()}
    so_far = {(p.year, p.last): key for key, p in keys.items() if p.first == 1}
    step = 3 if any(p.quarter and p.first == 1 for p in keys.values()) or not any(last % 3 for _, last in so_far) else 1
    index = ["court", "line", "indicator"]
    for key, period in keys.items():
        if period.first != 1:
            continue
        if period.last % step:
            continue
        now = mine[mine["period"] == key].set_index(index)[numbers].astype("Float64")
        if period.last > step:
            before = so_far.get((period.year, period.last - step), "")
            old = mine[mine["period"] == before].set_index(index)[numbers].astype("Float64")
            now = (now - old).dropna(subset=["numerator"])
        single = Period(period.year, period.last - step + 1, period.last, cutoff_day).key
        pieces.append(now.reset_index().assign(period=single))
    together: pd.DataFrame = pd.concat([table[~table["indicator"].isin(ytd)], *pieces], ignore_index=True)
    return together


def blocks(
    table: pd.DataFrame, specs: Sequence[Spec], units: Sequence[Unit], periods: Sequence[Period], line: str
) -> Iterator[Panel]:
    """The table of one line as blocks, in the order of the specs; levels in order of their first unit."""
    keys = {period.key: place for place, period in enumerate(periods)}
    rows = table[(table["line"] == line) & table["period"].isin(keys)]
    levels: dict[str, list[Unit]] = {}
    for unit in units:
        levels.setdefault(unit.level, []).append(unit)
    place = {unit.code: (level, row) for level, members in levels.items() for row, unit in enumerate(members)}
    rows = rows[rows["court"].isin(place)]
    if rows.empty:
        return
    names = ["numerator", "denominator", *MOMENTS]
    numbers = {
        name: rows[name].to_numpy(dtype=float, na_value=np.nan) if name in rows else np.full(len(rows), np.nan)
        for name in names
    }
    court = pd.Index(list(place)).get_indexer(pd.Index(rows["court"]))
    level, row = (np.array(both)[court] for both in zip(*place.values(), strict=True))
    column = pd.Index(list(keys)).get_indexer(pd.Index(rows["period"]))
    of_indicator = rows.groupby("indicator", sort=False).indices
    for spec in specs:
        if (mine := of_indicator.get(spec.id)) is None:
            continue
        for one, members in levels.items():
            here = mine[level[mine] == one]
            if not len(here):
                continue
            arrays = []
            for name in names:
                array = np.full((len(members), len(periods)), np.nan)
                array[row[here], column[here]] = numbers[name][here]
                arrays.append(array)
            yield Panel(spec, one, tuple(members), tuple(periods), *arrays)
