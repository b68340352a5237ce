"""Planted: one court takes up enforcement again and again, so that one suit becomes more cases.

Of the objections and preservations that the plant multiplies, those filed in its quarters are turned into resumed
enforcements (执恢), which 案-件比 counts. Done to the finished table, so that the rest of the data stay as they are.
"""

from __future__ import annotations

import numpy as np

from reports.demo.dates import add_months
from reports.demo.filings import COLUMNS_FROM_ORIGIN, Table
from reports.demo.province import Array
from reports.demo.tables import DEPARTMENT_LIST, FIRST_PROCEDURE, KIND, KINDS, OUTCOME
from reports.demo.world import World

TURNED = tuple(KIND[code] for code in ("执异", "执保"))
LIMIT_MONTHS = 6
REST = 40  # days between the end of an enforcement and its being resumed
COMPLETED = 0.3  # share of the concluded ones


def resume_enforcement(world: World, table: Table) -> Table:
    """The table with the cases turned, in order and numbered anew where they stand."""
    for plant in world.plants.by_knob("pieces"):
        rng = world.rng(f"resumed {plant.id}")
        mine = (table["court"] == plant.court_position) & (table["mark"] == 0)
        acts = plant.profile(world.calendar.quarters)[world.calendar.quarter(table["filed"])] > 0
        free = mine & acts & (table["filed"] >= world.calendar.start) & (table["origin"] < 0)
        free[table["origin"][table["origin"] >= 0]] = False
        rows = np.flatnonzero(free & np.isin(table["kind"], TURNED))
        ended = mine & (table["kind"] == KIND["执"]) & (table["outcome"] == OUTCOME["终结本次执行"])
        ended[table["origin"][table["origin"] >= 0]] = False
        ended &= (table["concluded"] >= 0) & (
            table["concluded"] < table["filed"][rows].min(initial=world.calendar.cutoff) - REST
        )
        origins = np.flatnonzero(ended)
        rows = rows[: len(origins)]
        chosen = rng.choice(origins, len(rows), replace=False)
        _turn(table, rows, chosen, rng.random(len(rows)) < COMPLETED)
        table = _renumbered(table, plant.court_position or 0)
    return table


def _turn(table: Table, rows: Array, origins: Array, completed: Array) -> None:
    """Make ``rows`` follow from ``origins``, for what is still owed."""
    for name in COLUMNS_FROM_ORIGIN:
        table[name][rows] = table[name][origins]
    owed = np.maximum(table["claim"][origins] - table["recovered"][origins], 100)
    table["claim"][rows] = table["subject"][rows] = owed
    concluded = table["concluded"][rows] >= 0
    table["recovered"][rows] = np.where(concluded, np.where(completed, owed, 0), -1)
    ends = np.where(completed, OUTCOME["执行完毕"], OUTCOME["终结本次执行"])
    table["outcome"][rows] = np.where(concluded, ends, -1)
    table["origin"][rows] = origins
    table["kind"][rows] = KIND["执恢"]
    table["procedure"][rows] = FIRST_PROCEDURE[KIND["执恢"]]
    table["department"][rows] = DEPARTMENT_LIST.index("执行局")
    table["hearings"][rows] = -1
    table["extended"][rows] = False
    table["excluded"][rows] = 0
    table["due"][rows] = add_months(table["filed"][rows], np.full(len(rows), LIMIT_MONTHS))


def _renumbered(table: Table, court: int) -> Table:
    """In order again, the cases of one court numbered without gaps; a repeated row keeps its pair's number."""
    group = (table["court"] * len(KINDS) + table["kind"]) * 10_000 + table["year"]
    own = table["court"] == court
    pair = np.r_[False, (group[1:] == group[:-1]) & (table["number"][1:] == table["number"][:-1])]
    order = np.lexsort((table["filed"], group))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    table = {name: column[order] for name, column in table.items()}
    table["origin"] = np.where(table["origin"] >= 0, place[table["origin"]], -1)
    group, pair, own = group[order], pair[order], own[order]
    first = np.r_[True, group[1:] != group[:-1]]
    running = np.cumsum(~pair)
    number = running - np.repeat(running[first], np.diff(np.r_[np.flatnonzero(first), len(group)])) + 1
    table["number"] = np.where(own, number, table["number"])
    return table
