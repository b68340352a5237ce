"""A few dozen faulty rows of the kinds that real exports contain.

A faulty row is an ordinary row with a mark; the words that appear instead are put in when the files are
written. Faults are put only on rows that no other row refers to, so that the rest stays consistent.
"""

from __future__ import annotations

import numpy as np

from reports.demo.filings import Table
from reports.demo.world import World

# Mark, name in planted.json, number of rows, and whether the row is a concluded or a pending case.
FAULTS = (
    (1, "concluded_before_filed", 8, "concluded"),
    (2, "impossible_date", 4, "concluded"),
    (3, "duplicate_number", 6, "any"),
    (4, "sentinel_1900", 10, "pending"),
    (5, "missing_filed", 6, "concluded"),
    (6, "unknown_court", 5, "any"),
    (7, "unreadable_number", 5, "any"),
    (8, "future_date", 4, "concluded"),
    (9, "formula_cell", 4, "any"),
)
MARK = {name: mark for mark, name, _, _ in FAULTS}
EXTRA_ROWS = next(count for _, name, count, _ in FAULTS if name == "duplicate_number")


def counts() -> dict[str, int]:
    """Faulty rows by kind."""
    return {name: count for _, name, count, _ in FAULTS}


def soil(world: World, table: Table) -> Table:
    """Mark the faulty rows; the duplicates are added directly after the rows they repeat."""
    rng = world.rng("faults")
    free = (table["origin"] < 0) & ~table["batch"] & (table["filed"] >= world.calendar.start)
    free &= world.office.own[table["court"]]
    free[table["origin"][table["origin"] >= 0]] = False
    table["mark"] = np.zeros(len(free), np.int64)
    for mark, _, count, state in FAULTS:
        fit = free & {"any": free, "concluded": table["concluded"] >= 0, "pending": table["concluded"] < 0}[state]
        chosen = rng.choice(np.flatnonzero(fit), count, replace=False)
        table["mark"][chosen] = mark
        free[chosen] = False
    wrong = table["mark"] == MARK["concluded_before_filed"]
    table["concluded"] = np.where(wrong, table["filed"] - 1 - table["number"] % 40, table["concluded"])
    return _repeat(table)


def clean(table: Table) -> Table:
    """The same table without faults."""
    table["mark"] = np.zeros(len(table["filed"]), np.int64)
    return table


def _repeat(table: Table) -> Table:
    """Repeat the rows marked as duplicates under another judge."""
    twice = np.where(table["mark"] == MARK["duplicate_number"], 2, 1)
    place = np.cumsum(twice) - 1  # where each row stands afterwards (a pair's second row)
    second = np.zeros(int(twice.sum()), bool)
    second[place[twice == 2]] = True
    repeated = {name: np.repeat(column, twice) for name, column in table.items()}
    repeated["origin"] = np.where(repeated["origin"] >= 0, place[repeated["origin"]], -1)
    repeated["judge"] = np.where(second, repeated["judge"] + 1, repeated["judge"])
    return repeated
