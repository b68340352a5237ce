"""From filings to the finished case table of the province."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reports.demo import filings, outcomes
from reports.demo.filings import Table
from reports.demo.province import HIGH, INTERMEDIATE, Array
from reports.demo.tables import (
    ADMINISTRATIVE,
    CAUSE_LIST,
    CIVIL,
    CRIMINAL,
    KIND,
    KINDS,
    OUTCOME,
    RETRIAL_REVIEW,
    SECOND_INSTANCE,
    CaseKind,
)
from reports.demo.world import World

KIND_BITS = 40  # a case is known by its kind and its place within the kind until the table is final
ORIGIN_DAYS = 400  # how long before the first quarter an origin may have ended
LINE_APPEAL = {CIVIL: 0.0, CRIMINAL: -0.55, ADMINISTRATIVE: 0.9}
PILOT = 40_000
SPARE = 1.02

KEPT = (
    "uid", "origin", "kind", "court", "filed", "concluded", "cause", "procedure", "outcome",
    "subject", "claim", "recovered", "stem", "party", "batch",
)  # fmt: skip


def simulate(world: World, rows: int, batch: int, progress: Callable[[str], None]) -> Table:
    """Exactly ``rows`` cases of the office, and appeals against them that lie above, in court, type and filing order.

    ``origin`` is a row number or -1.

    How many filings give one row depends on the span (filings that end before the first quarter leave
    no row), so a small pilot measures it; the few rows too many are then taken out at random.
    """
    own = rows - batch
    pilot = world.office.own[_kept(world, _everything(world, PILOT, 0))["court"]].sum() / PILOT
    wanted = int(own / pilot * (SPARE + 4 / np.sqrt(rows)))
    progress("模拟立案、审理和执行")
    table = _kept(world, _everything(world, wanted, batch))
    table = _thin(world, table, rows)
    table["court"] = world.settled(table["court"], table["filed"])
    progress("排序、编号")
    return _ordered(table)


def _everything(world: World, wanted: int, batch: int) -> dict[str, Table]:
    """All cases by type code: first the independent ones, then what follows from them."""
    total = sum(sum(kind.shares.values()) for kind in KINDS)
    tables: dict[str, Table] = {}
    for kind in KINDS:
        share = sum(kind.shares.values())
        if not share:
            continue
        table = filings.begin(world, kind, round(wanted * share / total))
        if batch and kind.code == "民初":
            table = _stack([table, filings.begin_batch(world, batch)])
        tables[kind.code] = _finish(world, kind, table)
    for first, second in SECOND_INSTANCE.items():
        tables[second] = _appeals(world, KINDS[KIND[second]], tables[first])
    parts = [_reviews(world, tables[second], review, HIGH) for second, review in RETRIAL_REVIEW.items()]
    parts[0] = _stack([parts[0], _reviews(world, tables["民初"], "民申", INTERMEDIATE)])
    for review, part in zip(RETRIAL_REVIEW.values(), parts, strict=True):
        tables[review] = _finish(world, KINDS[KIND[review]], part)
    tables["民再"] = _retrials(world, tables["民申"])
    tables["执恢"] = _revivals(world, tables["执"])
    tables["执复"] = _objection_reviews(world, tables["执异"])
    return tables


def _finish(world: World, kind: CaseKind, table: Table) -> Table:
    """Give cases their end and outcome; forget what ended too early to matter."""
    table = filings.end(world, kind, table)
    table = _take(table, table["concluded"] >= world.calendar.start - ORIGIN_DAYS)
    table = outcomes.decide(world, kind, table)
    size = len(table["court"])
    table["kind"] = np.full(size, KIND[kind.code])
    table["uid"] = (KIND[kind.code] << KIND_BITS) + np.arange(size)
    if "origin" not in table:
        table["origin"] = np.full(size, -1)
    return table


def _appeals(world: World, kind: CaseKind, first: Table) -> Table:
    """Second instance: filed 20 to 60 days after the first one's conclusion, in the parent court."""
    rng = world.rng(f"appeals {kind.code}")
    judged = np.isin(first["outcome"], [OUTCOME["判决"], OUTCOME["驳回起诉"]])
    origins = _take(first, judged & _concluded(world, first))
    size = len(origins["court"])
    filed = world.calendar.to_working(origins["concluded"] + rng.integers(20, 50, size))
    more = np.array([cause.appeal for cause in CAUSE_LIST])[origins["cause"]] + LINE_APPEAL[kind.line]
    quarter = world.calendar.quarter(filed)
    chance = world.chance("appeal", origins["court"], quarter, kind.line, cause=origins["cause"], more=more)
    chosen = (rng.random(size) < chance) & (filed <= world.calendar.cutoff)
    origins, filed = _take(origins, chosen), filed[chosen]
    return _finish(world, kind, filings.follow(kind, origins, world.parent[origins["court"]], filed))


def _reviews(world: World, effective: Table, code: str, level: int) -> Table:
    """Applications for retrial against effective judgments; still without an end."""
    rng = world.rng(f"petitions {code} {level}")
    ended = np.isin(effective["outcome"], [OUTCOME["判决"], OUTCOME["维持"], OUTCOME["改判"]])
    origins = _take(effective, ended & _concluded(world, effective))
    court = world.parent[origins["court"]]
    filed = world.calendar.to_working(origins["concluded"] + rng.integers(40, 180, len(court)))
    more = -2.2 if level == INTERMEDIATE else 0.0  # few petition without having appealed
    quarter, line = world.calendar.quarter(filed), KINDS[KIND[code]].line
    chance = world.chance("petition", court, quarter, line, more=more)
    levels = np.array([item.level for item in world.courts])
    chosen = (rng.random(len(court)) < chance) & (filed <= world.calendar.cutoff) & (levels[court] == level)
    return filings.follow(KINDS[KIND[code]], _take(origins, chosen), court[chosen], filed[chosen])


def _retrials(world: World, reviews: Table) -> Table:
    """The high court retries what it has ordered to be retried."""
    rng = world.rng("retrials")
    ordered = (reviews["outcome"] == OUTCOME["裁定再审"]) & _concluded(world, reviews)
    origins = _take(reviews, ordered & (reviews["court"] == 0))
    filed = world.calendar.to_working(origins["concluded"] + rng.integers(5, 30, len(origins["court"])))
    chosen = filed <= world.calendar.cutoff
    origins = _take(origins, chosen)
    kind = KINDS[KIND["民再"]]
    return _finish(world, kind, filings.follow(kind, origins, origins["court"], filed[chosen]))


def _revivals(world: World, first: Table) -> Table:
    """Enforcement resumed after a termination for want of property, for what is still owed."""
    rng = world.rng("revivals")
    stopped = first["outcome"] == OUTCOME["终结本次执行"]
    origins = _take(first, stopped & _concluded(world, first))
    court, line = origins["court"], KINDS[KIND["执恢"]].line
    filed = world.calendar.to_working(origins["concluded"] + rng.integers(40, 380, len(court)))
    quarter = world.calendar.quarter(filed)
    planted = world.plants.shift("pieces", court, quarter, line, None)
    chosen = rng.random(len(court)) < world.chance("revival", court, quarter, line, more=planted)
    chosen &= filed <= world.calendar.cutoff
    origins = _take(origins, chosen)
    kind = KINDS[KIND["执恢"]]
    table = filings.follow(kind, origins, origins["court"], filed[chosen])
    table["claim"] = np.maximum(origins["claim"] - origins["recovered"], 100)
    table["subject"] = table["claim"]
    return _finish(world, kind, table)


def _objection_reviews(world: World, objections: Table) -> Table:
    """A fifth of the decided objections go to the parent court."""
    rng = world.rng("objection reviews")
    origins = _take(objections, _concluded(world, objections))
    court = world.parent[origins["court"]]
    filed = world.calendar.to_working(origins["concluded"] + rng.integers(10, 25, len(court)))
    levels = np.array([item.level for item in world.courts])
    chosen = (rng.random(len(court)) < 0.2) & (filed <= world.calendar.cutoff)
    chosen &= levels[court] == INTERMEDIATE
    kind = KINDS[KIND["执复"]]
    return _finish(world, kind, filings.follow(kind, _take(origins, chosen), court[chosen], filed[chosen]))


def _concluded(world: World, table: Table) -> Array:
    return table["concluded"] <= world.calendar.cutoff


def _kept(world: World, tables: dict[str, Table]) -> Table:
    """Cases concluded or pending within the span, and the first instances of the appeals among them."""
    table = _stack([{name: tables[kind.code][name] for name in KEPT} for kind in KINDS])
    keep = table["concluded"] >= world.calendar.start
    second = np.isin(table["kind"], [KIND[code] for code in SECOND_INSTANCE.values()])
    own = world.office.own
    keep |= np.isin(table["uid"], table["origin"][keep & second])
    if not world.office.all_inside:  # of the courts above only the appeals against the office's own judgments
        ours = table["uid"][own[table["court"]] & keep]
        keep &= own[table["court"]] | (second & np.isin(table["origin"], ours))
    table = _take(table, keep)
    table["concluded"] = np.where(table["concluded"] > world.calendar.cutoff, -1, table["concluded"])
    table["origin"] = np.where(np.isin(table["origin"], table["uid"]), table["origin"], -1)
    return table


def _thin(world: World, table: Table, rows: int) -> Table:
    """Take out rows at random until ``rows`` are left; linked and planted ones stay."""
    own = world.office.own[table["court"]]
    surplus = int(own.sum()) - rows
    if surplus < 0:
        raise AssertionError(f"{-surplus} rows too few: raise SPARE")
    free = (table["origin"] == -1) & ~np.isin(table["uid"], table["origin"]) & ~table["batch"] & own
    out = world.rng("thinning").choice(np.flatnonzero(free), surplus, replace=False)
    keep = np.ones(len(free), bool)
    keep[out] = False
    return _take(table, keep)


def _ordered(table: Table) -> Table:
    """Number the cases: per court, type and calendar year in filing order, without gaps."""
    year = table["filed"].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    group = (table["court"] * len(KINDS) + table["kind"]) * 10_000 + year
    order = np.lexsort((table["uid"], table["filed"], group))
    table = _take(table, order)
    group = group[order]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    table["number"] = np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)])) + 1
    table["year"] = year[order]
    by_uid = np.argsort(table["uid"])
    found = by_uid[np.minimum(np.searchsorted(table["uid"][by_uid], table["origin"]), len(group) - 1)]
    table["origin"] = np.where(table["origin"] >= 0, found, -1)
    return table


def _take(table: Table, which: Array) -> Table:
    return {name: column[which] for name, column in table.items()}


def _stack(tables: list[Table]) -> Table:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
