"""When cases begin and how long they take.

A case table is a dictionary of columns of equal length; all days count from 1970-01-01.
"""

from __future__ import annotations

import numpy as np

from reports.demo.dates import NEVER, add_months, month_start
from reports.demo.province import BASIC, Array
from reports.demo.tables import (
    ACCUSED,
    CAUSE,
    CAUSE_LIST,
    CAUSES,
    CIVIL,
    CRIMINAL,
    ENFORCEMENT,
    FIRST_PROCEDURE,
    KIND,
    KINDS,
    PARTY,
    PERSONS,
    PROCEDURES,
    CaseKind,
)
from reports.demo.world import World

Table = dict[str, Array]

MONTH_SEASON = np.array([0.92, 0.92, 1.10, 1.03, 1.02, 1.03, 1.02, 1.00, 1.00, 1.02, 0.99, 0.93])
GROWTH = 0.03  # a year
SEASON_SPREAD = 0.4  # how differently courts follow the season
WEEKEND = 0.01  # share registered on any day, holidays included
STALLED_MEDIAN, STALLED_SIGMA = 400.0, 0.55
PULLED_FORWARD = np.array([0.0, 0.26, 0.26, 0.12, *[0.0] * 9])  # by month 1–12: the year-end rush
RUSH_DAYS = 50
MONEY_SIGMA = 1.35
COLUMNS_FROM_ORIGIN = ("cause", "subject", "claim", "stem", "party", "batch")


def begin(world: World, kind: CaseKind, filings: int) -> Table:
    """All independent filings of a kind over the whole span, still without an end."""
    rng = world.rng(f"filings {kind.code}")
    court, filed = _courts_and_days(world, kind, filings, rng)
    table: Table = {
        "court": court,
        "filed": filed,
        "cause": _causes(kind, court, len(world.courts), rng),
        "procedure": _procedures(kind, len(court), rng),
        "batch": np.zeros(len(court), bool),
    }
    return _with_money_and_party(kind, table, rng)


def begin_batch(world: World, cases: int) -> Table:
    """The planted batch: one plaintiff, one cause, one court, one week."""
    plant = world.plants.by_knob("batch")[0]
    rng = world.rng("batch")
    first = month_start(world.calendar.end.first_month + 1) + 7
    monday = first - (first + 3) % 7  # 1970-01-01 was a Thursday
    days = world.calendar.working
    days = days[(days >= monday) & (days < monday + 7)]
    table: Table = {
        "court": np.full(cases, plant.court_position),
        "filed": rng.choice(days, cases),
        "cause": np.full(cases, CAUSE[plant.cause or ""]),
        "procedure": np.full(cases, FIRST_PROCEDURE[KIND["民初"]]),
        "batch": np.ones(cases, bool),
    }
    table = _with_money_and_party(KINDS[KIND["民初"]], table, rng)
    table["stem"][:] = PARTY["batch"]
    table["party"][:] = -1
    return table


def follow(kind: CaseKind, origins: Table, court: Array, filed: Array) -> Table:
    """Cases that follow from others: they inherit the cause, the money and the party."""
    table: Table = {name: origins[name] for name in COLUMNS_FROM_ORIGIN}
    table |= {"court": court, "filed": filed, "origin": origins["uid"], "origin_court": origins["court"]}
    table["procedure"] = np.full(len(court), FIRST_PROCEDURE[KIND[kind.code]])
    if kind.causes not in ("civil", "criminal", "administrative"):
        table["cause"] = np.full(len(court), CAUSE[CAUSES[kind.causes][0].name])
    return table


def end(world: World, kind: CaseKind, table: Table) -> Table:
    """Add the conclusion day (``NEVER`` while it lies beyond the calendar)."""
    rng = world.rng(f"durations {kind.code}")
    calendar, court, filed = world.calendar, table["court"], table["filed"]
    size = len(court)
    quarter = calendar.quarter(filed)
    pace = world.level("pace")[court, quarter] + world.plants.shift("pace", court, quarter, kind.line, None)
    pace = pace + np.log(np.array([cause.pace for cause in CAUSE_LIST]))[table["cause"]]
    median = np.array([procedure.median for procedure in PROCEDURES])[table["procedure"]]
    sigma = np.array([procedure.sigma for procedure in PROCEDURES])[table["procedure"]]
    stalled = np.array([procedure.stalled for procedure in PROCEDURES])[table["procedure"]]
    noise = rng.standard_normal(size)
    length = np.exp(np.log(median) + pace + sigma * noise)
    waiting = rng.random(size) < stalled
    length = np.where(waiting, STALLED_MEDIAN * np.exp(STALLED_SIGMA * noise), length)
    natural = filed + np.maximum(1, np.rint(np.minimum(length, 4000))).astype(np.int64)
    if kind.code == "民初":
        natural = _stall(world, table, natural, rng)
    natural = _pull_forward(world, filed, natural, rng)
    rolled = calendar.to_working(natural)
    keep = (rng.random(size) < WEEKEND) & (rolled < NEVER)
    concluded = np.where(keep, natural, rolled)
    table["concluded"] = _register_late(world, court, concluded, rng)
    return table


def _courts_and_days(world: World, kind: CaseKind, filings: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Spread the filings over courts and months, then over the working days of the month."""
    calendar = world.calendar
    workdays = calendar.month_to - calendar.month_from
    month = np.arange(calendar.months)
    season = MONTH_SEASON[(month + calendar.first_month) % 12]
    trend = np.exp(GROWTH * month / 12)
    liking = 1 + SEASON_SPREAD * world.rng("season of courts").standard_normal((len(world.courts), 1))
    intensity = workdays * trend * np.exp(np.log(season) * liking)
    intensity = intensity * np.exp(world.level("intake"))[:, calendar.month_quarter()]
    intensity = _planted_intake(world, kind, intensity)
    weight = sum(share * _sizes(world, kind, level)[:, None] * intensity for level, share in kind.shares.items())
    cell = (weight / np.sum(weight)).ravel()
    count = rng.multinomial(filings, cell)
    court = np.repeat(np.repeat(np.arange(len(world.courts)), calendar.months), count)
    at = np.repeat(np.tile(month, len(world.courts)), count)
    pick = calendar.month_from[at] + (rng.random(filings) * workdays[at]).astype(np.int64)
    first, after = calendar.month_days[at], calendar.month_days[at + 1]
    any_day = first + (rng.random(filings) * (after - first)).astype(np.int64)
    return court, np.where(rng.random(filings) < WEEKEND, any_day, calendar.working[pick])


def _sizes(world: World, kind: CaseKind, level: int) -> Array:
    """Court sizes for a kind; administrative cases of a city are heard by one of its basic courts."""
    sizes = world.sizes(level)
    if kind.code == "行初" and level == BASIC:
        city = np.array([world.courts[court.parent].size for court in world.courts])
        sizes = np.where([court.administrative and court.level == BASIC for court in world.courts], city, 0.0)
        sizes = sizes / sizes.sum()
    return sizes


def _planted_intake(world: World, kind: CaseKind, intensity: Array) -> Array:
    """The plants that change how many cases are filed."""
    calendar = world.calendar
    for plant in world.plants.by_knob("intake"):
        november = plant.since(calendar).first_month + 1 - calendar.first_month
        intensity[plant.court_position, november : november + 2] *= plant.strength
        intensity[plant.court_position, november + 2 : november + 3] *= 2 - plant.strength
    if kind.code in ("执异", "执保"):
        for plant in world.plants.by_knob("pieces"):
            factor = np.exp(plant.profile(calendar.quarters))[calendar.month_quarter()]
            intensity[plant.court_position] *= factor
    return intensity


def _causes(kind: CaseKind, court: Array, courts: int, rng: np.random.Generator) -> Array:
    """Causes by weight; every court has its own mix."""
    group = CAUSES[kind.causes]
    weight = np.array([cause.weight for cause in group])
    own = weight * np.exp(0.25 * rng.standard_normal((courts, len(group))))
    cumulative = np.cumsum(own, axis=1) / own.sum(axis=1, keepdims=True)
    cumulative[:, -1] = 1.0
    # One search for all courts: the table of court c lies between c and c + 1.
    ladder = (np.arange(len(own))[:, None] + cumulative).ravel()
    found = np.searchsorted(ladder, court + rng.random(len(court)), side="right")
    drawn: Array = CAUSE[group[0].name] + np.minimum(found - court * len(group), len(group) - 1)
    return drawn


def _procedures(kind: CaseKind, size: int, rng: np.random.Generator) -> Array:
    share = np.cumsum([procedure.share for procedure in kind.procedures])
    found = np.searchsorted(share / share[-1], rng.random(size), side="right")
    return FIRST_PROCEDURE[KIND[kind.code]] + np.minimum(found, len(share) - 1)


def _with_money_and_party(kind: CaseKind, table: Table, rng: np.random.Generator) -> Table:
    """Amounts in 分 (-1: none) and the party; plaintiffs who sue often come back."""
    cause, court, size = table["cause"], table["court"], len(table["cause"])
    money = np.array([item.money for item in CAUSE_LIST])[cause]
    noise = np.where(table["batch"], 0.3, MONEY_SIGMA) * rng.standard_normal(size)
    amount = np.rint(np.maximum(money, 1.0) * np.exp(noise) * 100).astype(np.int64)
    table["subject"] = np.where((money > 0) & (kind.line == CIVIL), amount, -1)
    if kind.line == ENFORCEMENT and kind.causes == "civil":
        middle = 50_000 * np.sqrt(np.where(money > 0, money, 30_000.0) / 60_000)
        table["claim"] = np.rint(middle * np.exp(noise) * 100).astype(np.int64)
        table["subject"] = table["claim"]
    else:
        table["claim"] = np.full(size, -1)
    family = np.array([PARTY[item.party] for item in CAUSE_LIST])[cause]
    stem = np.where(family == 0, rng.integers(0, PERSONS, size), family)
    regular = court * 20 + (20 * rng.random(size) ** 2).astype(np.int64) + 1
    stranger = rng.integers(1, 1_000_000, size)
    often = (family != 0) & ((family != PARTY["company"]) | (rng.random(size) < 0.2))
    table["stem"] = np.full(size, ACCUSED) if kind.line == CRIMINAL else stem
    table["party"] = np.where(often, regular, stranger)
    return table


def _stall(world: World, table: Table, natural: Array, rng: np.random.Generator) -> Array:
    """Planted: a share of the filings that pass twelve months in the last quarter never ends."""
    draw = rng.random(len(natural))
    for plant in world.plants.by_knob("stall"):
        last = np.array([world.calendar.cutoff])
        oldest, youngest = add_months(last, np.array([-15]))[0], add_months(last, np.array([-12]))[0]
        touched = (table["court"] == plant.court_position) & (draw < plant.strength)
        touched &= (table["filed"] > oldest) & (table["filed"] < youngest - 1)
        natural = np.where(touched, NEVER, natural)
        table["cause"] = np.where(touched, CAUSE[plant.cause or ""], table["cause"])
        table["procedure"] = np.where(touched, FIRST_PROCEDURE[KIND["民初"]] + 2, table["procedure"])
    return natural


def _pull_forward(world: World, filed: Array, natural: Array, rng: np.random.Generator) -> Array:
    """The year-end rush: some of what would end in January–March is concluded before the new year."""
    month = world.calendar.month(natural)
    chance = np.where(natural < NEVER, PULLED_FORWARD[month % 12 + 1], 0.0)
    year_start = (month // 12 * 12).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    target = year_start - 1 - (RUSH_DAYS * rng.random(len(filed))).astype(np.int64)
    pulled = (rng.random(len(filed)) < chance) & (target >= filed + 10)
    return np.where(pulled, target, natural)


def _register_late(world: World, court: Array, concluded: Array, rng: np.random.Generator) -> Array:
    """Planted: conclusions of the last month are all registered on the quarter's last day."""
    draw = rng.random(len(court))
    calendar = world.calendar
    month = calendar.end.first_month + 2
    for plant in world.plants.by_knob("last_day"):
        touched = (court == plant.court_position) & (draw < plant.strength)
        touched &= (concluded <= calendar.cutoff) & (calendar.month(concluded) == month)
        concluded = np.where(touched, calendar.cutoff, concluded)
    return concluded
