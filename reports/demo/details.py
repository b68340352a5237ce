"""What a finished case record carries besides its course: limits, judge, hearings, tags."""

from __future__ import annotations

import numpy as np

from reports.demo.dates import add_months, add_months_criminal, month_start, number_of
from reports.demo.filings import Table
from reports.demo.province import BASIC, Array
from reports.demo.tables import (
    ADMINISTRATIVE,
    CAUSE_LIST,
    CIVIL,
    CRIMINAL,
    DEPARTMENT_LIST,
    DEPARTMENTS,
    KIND,
    KINDS,
    OTHER,
    OUTCOME,
    PROCEDURES,
)
from reports.demo.world import World

OPEN_OVERDUE = 0.03  # share of the open cases past their limit for which no extension was recorded
PRIOR = 20.0  # how strongly a small court's share of long cases is drawn to the province's
CASES_PER_JUDGE = 160  # a year
LINE_OF_JUDGES = {CIVIL: 0, CRIMINAL: 1, ADMINISTRATIVE: 2}  # all others: enforcement


def complete(world: World, table: Table) -> Table:
    """Add the remaining columns."""
    rng = world.rng("details")
    lines = np.array([kind.line for kind in KINDS])[table["kind"]]
    table["outcome"] = np.where(table["concluded"] < 0, -1, table["outcome"])
    table["recovered"] = np.where(table["concluded"] < 0, -1, table["recovered"])
    _limits(world, table, lines, rng)
    _people(world, table, lines, rng)
    _hearings(table, rng)
    _tags(world, table, rng)
    return table


def _limits(world: World, table: Table, lines: Array, rng: np.random.Generator) -> None:
    """Due day, extension and excluded days, so that the wanted share is concluded too late.

    A case is late by chance of its court and quarter. Only a case that took longer than its bare limit
    can be late, so the chance is concentrated on those; the others got an extension or excluded days.
    """
    concluded, size = table["concluded"], len(table["concluded"])
    limited = np.array([procedure.limited for procedure in PROCEDURES])[table["procedure"]]
    bare = _due(table, lines, np.zeros(size, bool))
    closed = concluded >= 0
    until = np.where(closed, concluded, world.calendar.cutoff)
    long = limited & (until > bare)

    quarter = world.calendar.quarter(until)
    cell = table["court"] * world.calendar.quarters + quarter
    counted = closed & limited
    cells = len(world.courts) * world.calendar.quarters
    cases = np.bincount(cell[counted], minlength=cells)
    longs = np.bincount(cell[counted & long], minlength=cells)
    usual = cases.sum() / max(longs.sum(), 1)
    per_long = (cases + PRIOR * usual) / (longs + PRIOR)
    chance = np.empty(size)
    for line in dict.fromkeys(kind.line for kind in KINDS):
        mine = lines == line
        chance[mine] = world.chance("late", table["court"][mine], quarter[mine], line)
    chance = np.where(closed, chance * per_long[cell], OPEN_OVERDUE)
    late = long & (rng.random(size) < np.minimum(chance, 0.95))

    extendable = np.array([p.more_months + p.more_days > 0 for p in PROCEDURES])[table["procedure"]]
    wish = rng.random(size)
    extended = limited & extendable & np.where(long, (wish < 0.45) & ~late, wish < 0.012)
    due = _due(table, lines, extended)
    missing = until - due
    need = missing + rng.integers(0, 31, size)
    partly = (rng.random(size) * 0.5 * np.maximum(missing, 0)).astype(np.int64)
    rare = np.where(rng.random(size) < 0.03, rng.integers(5, 61, size), 0)
    excluded = np.where(late, partly, np.where(missing > 0, need, rare))
    table["excluded"] = np.where(limited, excluded, 0)
    table["extended"] = extended
    table["due"] = np.where(limited, due + table["excluded"], -1)


def _due(table: Table, lines: Array, extended: Array) -> Array:
    """The last day of the limit, by the month rule of the line, before excluded days."""

    def of(name: str) -> Array:
        return np.array([getattr(procedure, name) for procedure in PROCEDURES])[table["procedure"]]

    months = of("months") + np.where(extended, of("more_months"), 0)
    days = of("days") + np.where(extended, of("more_days"), 0)
    by_civil_rule = add_months(table["filed"], months)
    by_criminal_rule = add_months_criminal(table["filed"], months)
    # A limit in months has no days and the other way round; a commutation case is a criminal one.
    end = np.where((lines == CRIMINAL) & (months > 0), by_criminal_rule, by_civil_rule)
    due: Array = end + days
    return due


def _people(world: World, table: Table, lines: Array, rng: np.random.Generator) -> None:
    """Department and judge; every court has its own judges, divided by line."""
    department = np.zeros(len(lines), np.int64)
    basic = np.array([court.level == BASIC for court in world.courts])[table["court"]]
    for position, kind in enumerate(KINDS):
        mine = table["kind"] == position
        names = DEPARTMENTS[kind.code]
        # Tribunals in townships and fast-track teams exist in basic courts only.
        choices = np.where(basic[mine], len(names), min(len(names), 2))
        codes = np.array([DEPARTMENT_LIST.index(name) for name in names])
        department[mine] = codes[(rng.random(int(mine.sum())) * choices).astype(np.int64)]
    table["department"] = department
    _reassign(world, table)

    team = np.full(len(lines), 3)
    for line, number in LINE_OF_JUDGES.items():
        team[lines == line] = number
    teams = table["court"] * 4 + team
    load = np.bincount(teams, minlength=len(world.courts) * 4)
    years = world.calendar.quarters / 4
    judges = np.maximum(np.rint(load / (CASES_PER_JUDGE * years)), 1).astype(np.int64)
    first = np.concatenate([[1], 1 + np.cumsum(judges)[:-1]])
    table["judge"] = first[teams] + (rng.random(len(lines)) * judges[teams]).astype(np.int64)


def _reassign(world: World, table: Table) -> None:
    """Departments that were renamed or merged, and planted: what one department did otherwise than the others.

    A planted department changes cases with the others of its court, in a period and a kind: nothing but the department
    of a case is touched, so that the court's own numbers stay.
    """
    for change in world.office.departments:
        since = table["filed"] >= number_of(change.day)
        moved = since & (table["department"] == DEPARTMENT_LIST.index(change.old))
        table["department"] = np.where(moved, DEPARTMENT_LIST.index(change.new), table["department"])
    first = month_start(world.calendar.end.first_month)
    for plant in world.plants.by_knob("department"):
        rng = world.rng(f"department {plant.id}")
        mine = (table["court"] == plant.court_position) & (table["kind"] == KIND["民初"])
        mine &= table["concluded"] >= first
        own = table["department"] == DEPARTMENT_LIST.index(plant.department or "")
        mediated = table["outcome"] == OUTCOME["调解"]
        given, taken = (
            np.flatnonzero(mine & own & mediated),
            np.flatnonzero(mine & ~own & (table["outcome"] == OUTCOME["判决"])),
        )
        number = min(round(plant.strength * len(given)), len(taken))
        given, taken = rng.choice(given, number, replace=False), rng.choice(taken, number, replace=False)
        departments = table["department"].copy()
        departments[given], departments[taken] = table["department"][taken], table["department"][given]
        table["department"] = departments


def _hearings(table: Table, rng: np.random.Generator) -> None:
    """Hearings held; -1 for procedures without any."""
    stages = np.array([kind.stage for kind in KINDS])[table["kind"]]
    size = len(stages)
    first = np.where(rng.random(size) < 0.12, 2, 1) + (rng.random(size) < 0.03)
    unheard = np.isin(table["outcome"], [OUTCOME["撤诉"], OUTCOME["移送其他法院"]]) | (
        (table["outcome"] == OUTCOME["调解"]) & (rng.random(size) < 0.5)
    )
    first = np.where(unheard, 0, first)
    first = np.where((table["concluded"] < 0) & (rng.random(size) < 0.6), 0, first)
    second = (rng.random(size) < 0.34).astype(np.int64)
    held = np.where(stages == "一审", first, second)
    table["hearings"] = np.where(np.isin(stages, ["一审", "二审", "再审"]), held, -1)


def _tags(world: World, table: Table, rng: np.random.Generator) -> None:
    """Special-topic tags as bits, in the order of ``tables.TAGS``."""
    codes = np.array([kind.code for kind in KINDS])[table["kind"]]
    lines = np.array([kind.line for kind in KINDS])[table["kind"]]
    size = len(codes)
    business = np.array([cause.business for cause in CAUSE_LIST])[table["cause"]]
    chance = [
        np.where(business, 0.75, 0.0) * (lines != OTHER),
        np.where(lines == CIVIL, 0.35, 0.0),
        np.where(codes == "民初", 0.08, np.where(codes == "民特", 0.8, 0.0)),
        np.where(codes == "民初", 0.12, 0.0),
        np.where(np.isin(codes, ["民初", "刑初", "行初"]), 0.006, 0.0),
    ]
    bits = np.zeros(size, np.int64)
    for bit, likely in enumerate(chance):
        bits |= (rng.random(size) < likely).astype(np.int64) << bit
    table["tags"] = bits
