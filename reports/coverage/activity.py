"""When each court filed and concluded its cases: counts by court and day, and from them by month and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import sqlglot
from numpy.typing import NDArray

from reports.courts.periods import Period
from reports.model import CaseTable

Counts = NDArray[np.int64]
KINDS = ("filed", "concluded")


@dataclass(frozen=True)
class Activity:
    """Cases filed and concluded by each unit on each day from ``since`` to ``until``.

    ``units`` are courts' codes in the order of codes, or (court, department) where it was asked for by department;
    ``filed`` and ``concluded`` are units × days, in 件. A court counts by its own cases alone.
    """

    units: tuple[str | tuple[str, str], ...]
    since: date
    until: date
    filed: Counts
    concluded: Counts

    def sums(self, kind: str, periods: Sequence[Period]) -> Counts:
        """Units × periods: how many were ``filed`` or ``concluded``, or both together (``either``)."""
        days = self.filed + self.concluded if kind == "either" else getattr(self, kind)
        running = np.concatenate([np.zeros((len(self.units), 1), np.int64), np.cumsum(days, axis=1)], axis=1)
        ends = np.clip([(one.end - self.since).days + 1 for one in periods], 0, days.shape[1])
        starts = np.clip([(one.start - self.since).days for one in periods], 0, days.shape[1])
        return np.asarray(running[:, ends] - running[:, starts], np.int64)

    @property
    def last(self) -> tuple[date | None, ...]:
        """Each unit's last day with a case filed or concluded; ``None`` where there is none since ``since``."""
        found = (np.flatnonzero(days) for days in self.filed + self.concluded)
        return tuple(self.since + timedelta(days=int(days[-1])) if len(days) else None for days in found)


def activity(table: CaseTable, since: date, until: date, *, by_department: bool = False) -> Activity:
    """Count the cases of a table by court (and department) and day; in an engine, by one grouped query of its own.

    Days before ``since`` and after ``until`` are left out. Every case is asked, those outside a theme too.
    """
    names = ["court", "dept"] if by_department else ["court"]
    listed = ", ".join(names)
    parts = [
        f"SELECT {listed}, {kind} AS day, '{kind}' AS kind, count(*) AS n FROM {table.whole or table.relation} "  # noqa: S608 - a name of ours
        f"WHERE {kind} >= CAST('{since}' AS DATE) AND {kind} <= CAST('{until}' AS DATE) GROUP BY {listed}, {kind}"
        for kind in KINDS
    ]
    (sql,) = sqlglot.transpile(" UNION ALL ".join(parts), read="duckdb", write=table.dialect)
    rows = table.query(sql)
    rows = rows[rows["court"].isin(table.tree.by_code)]
    if by_department:
        rows = rows[rows["dept"].notna()]
    order = {court.code: place for place, court in enumerate(table.tree.courts)}
    parts_of = [rows[name].astype("object") for name in names]
    seen = pd.MultiIndex.from_arrays(parts_of).unique() if by_department else pd.Index(parts_of[0].unique())
    keys: list[tuple[str, ...]] = [one if by_department else (one,) for one in seen]
    found = sorted(keys, key=lambda key: (order[key[0]], *key[1:]))
    row = {key: place for place, key in enumerate(found)}
    where = np.array([row[key] for key in zip(*(one.tolist() for one in parts_of), strict=True)], np.int64)
    day = (pd.to_datetime(rows["day"]) - pd.Timestamp(since)).dt.days.to_numpy(np.int64)
    numbers = rows["n"].to_numpy(np.int64)
    grids = {}
    for kind in KINDS:
        grids[kind] = np.zeros((len(found), (until - since).days + 1), np.int64)
        mine = (rows["kind"] == kind).to_numpy()
        np.add.at(grids[kind], (where[mine], day[mine]), numbers[mine])
    units = tuple((key[0], key[1]) if by_department else key[0] for key in found)
    return Activity(units, since, until, **grids)
