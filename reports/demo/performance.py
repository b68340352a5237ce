"""What became of civil judgments by which something is to be paid: performed, enforced, or neither.

Added to the finished table, so that the rest of the province does not depend on it: first enforcements are only linked
to judgments of the same court and cause.
"""

from __future__ import annotations

import numpy as np

from reports.demo.filings import Table
from reports.demo.province import Array
from reports.demo.tables import KIND, OUTCOME
from reports.demo.world import World

# Invented shares.
PAYABLE, PAYABLE_WITHOUT_MONEY = 0.90, 0.15  # of judgments and mediations with an amount, and without one
ENFORCED = 0.45  # of those: asked for, where the court has an enforcement that can be theirs
PERFORMED = 0.80  # of those that nobody enforced
SOON = 180  # days after the last day to perform within which it is enforced


def link_enforcement(world: World, table: Table) -> None:
    """Add whether there is something to be paid, by which day, whether that was done, and the basis of enforcements.

    ``payable`` and ``performed`` are 1, 0 or -1 for nothing entered; ``basis`` is the row of a judgment or -1.
    """
    rng = world.rng("performance of judgments")
    size = len(table["court"])
    first, second = table["kind"] == KIND["民初"], table["kind"] == KIND["民终"]
    outcome = table["outcome"]
    judged = first & np.isin(outcome, [OUTCOME["判决"], OUTCOME["调解"]])
    judged |= second & np.isin(outcome, [OUTCOME["维持"], OUTCOME["改判"], OUTCOME["调解"]])
    judged &= table["concluded"] >= 0
    share = np.where(table["subject"] > 0, PAYABLE, PAYABLE_WITHOUT_MONEY)
    payable = rng.random(size) < share
    table["payable"] = np.where(judged, payable, -1)
    appealed = np.zeros(size, bool)
    appealed[table["origin"][second & (table["origin"] >= 0)]] = True
    final = judged & payable & ~appealed
    by = table["concluded"] + rng.integers(25, 70, size)
    table["perform_by"] = np.where(final, by, -1)
    asked = rng.random(size) < ENFORCED
    done = rng.random(size) < PERFORMED
    table["basis"] = _bases(table, final & asked)
    enforced = np.zeros(size, bool)
    enforced[table["basis"][table["basis"] >= 0]] = True
    known = final & (by <= world.calendar.cutoff)
    table["performed"] = np.where(known, done & ~enforced, -1)


def _bases(table: Table, wanted: Array) -> Array:
    """The judgment behind each first enforcement: one of the court and cause that was not performed in time."""
    basis = np.full(len(wanted), -1)
    clean = (table["mark"] == 0) & ~table["batch"]
    free: dict[tuple[int, int], list[int]] = {}
    rows = np.flatnonzero(clean & (table["kind"] == KIND["执"]))
    for row in rows[np.argsort(-table["filed"][rows], kind="stable")].tolist():  # the earliest last: it is taken first
        free.setdefault((int(table["court"][row]), int(table["cause"][row])), []).append(row)
    judgments = np.flatnonzero(clean & wanted)
    second = (table["kind"] == KIND["民终"]) & (table["origin"] >= 0)
    began = np.where(second, table["court"][table["origin"]], table["court"])
    for row in judgments[np.argsort(table["perform_by"][judgments], kind="stable")].tolist():
        waiting = free.get((int(began[row]), int(table["cause"][row])), [])
        day = int(table["perform_by"][row])
        while waiting and table["filed"][waiting[-1]] <= day:
            waiting.pop()
        if waiting and table["filed"][waiting[-1]] <= day + SOON:
            basis[waiting.pop()] = row
    return basis
