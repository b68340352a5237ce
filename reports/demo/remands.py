"""What became of judgments that were not upheld: the reason on record, and cases sent back that come up again.

Both are added to the finished table, so that the rest of the province does not depend on them.
"""

from __future__ import annotations

import numpy as np

from reports.demo.filings import Table
from reports.demo.province import Array
from reports.demo.tables import CIVIL, KIND, KINDS, OUTCOME, SECOND_INSTANCE
from reports.demo.world import World

REASON_LIST = ("事实认定", "法律适用", "事实认定和法律适用", "法律适用和程序", "程序", "新证据", "其他")
# Invented shares over the classes of a published analysis (海口中院, http://hkfy.gov.cn/index.php?c=show&id=28816); a
# case is sent back for unclear facts or grave faults of procedure (民事诉讼法第一百七十七条第一款第三、四项).
SHARES = {"改判": (0.22, 0.30, 0.22, 0.04, 0.00, 0.10, 0.12), "发回重审": (0.46, 0.00, 0.10, 0.06, 0.26, 0.04, 0.08)}
UNSTATED = 0.03  # share of the cases whose reason nobody entered
SOON = 90  # days within which a case sent back is entered again
AGAIN = 2  # cases sent back a second time, as far as there are pairs that can be told as one case


def state_reasons(world: World, table: Table) -> None:
    """Add the reason of every reversal and remand of second instances and retrials; -1 elsewhere and where unstated."""
    rng = world.rng("reasons of reversals")
    reviewed = np.isin(np.array([kind.stage for kind in KINDS])[table["kind"]], ["二审", "再审"])
    size = len(reviewed)
    level, stated = rng.random(size), rng.random(size) >= UNSTATED
    table["reason"] = np.full(size, -1)
    for result, shares in SHARES.items():
        drawn = np.minimum(np.searchsorted(np.cumsum(shares), level, side="right"), len(shares) - 1)
        table["reason"] = np.where(reviewed & stated & (table["outcome"] == OUTCOME[result]), drawn, table["reason"])


def link_remands(table: Table) -> None:
    """Let civil cases that were sent back come up again: a later case of the court and cause is said to be theirs.

    First the second remands: an appeal that was itself sent back is made to follow from an earlier remand of the same
    court and cause. Rows are only linked, so no count changes.
    """
    again = _later_appeals(table)
    remands = np.flatnonzero(_remanded(table) & (table["mark"] == 0))
    first = table["origin"][remands]
    place = {int(row): int(below) for row, below in zip(remands, first, strict=True)}
    done: set[int] = set()
    for earlier, later in again:
        if len(done) == AGAIN:
            break
        if earlier not in done and later not in done and table["origin"][place[later]] < 0:
            table["origin"][place[later]] = earlier
            done |= {earlier}
    new = _new_cases(table)
    for row in remands.tolist():
        if row in done:
            continue
        court, cause, end = (int(table[name][at]) for name, at in
                             (("court", place[row]), ("cause", row), ("concluded", row)))  # fmt: skip
        for case in new.get((court, cause), ()):
            if end < table["filed"][case] <= end + SOON and table["origin"][case] < 0:
                table["origin"][case] = row
                break


def _remanded(table: Table) -> Array:
    """Civil appeals sent back whose first instance is in the table."""
    second = np.isin(table["kind"], [KIND[code] for code in SECOND_INSTANCE.values()])
    civil = np.array([kind.line == CIVIL for kind in KINDS])[table["kind"]]
    found: Array = second & civil & (table["outcome"] == OUTCOME["发回重审"]) & (table["origin"] >= 0)
    return found


def _later_appeals(table: Table) -> list[tuple[int, int]]:
    """(earlier, later) remands of one court and cause, where the later case can have come from the earlier remand.

    The latest first, so that one of them lies in the last quarter where that can be.
    """
    rows = np.flatnonzero(_remanded(table) & (table["mark"] == 0))
    first = table["origin"][rows]
    groups: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for court, cause, *case in zip(
        *(column.tolist() for column in (table["court"][first], table["cause"][rows], rows, table["concluded"][rows],
                                         table["filed"][first])), strict=True,
    ):  # fmt: skip
        groups.setdefault((court, cause), []).append(tuple(case))
    pairs = [
        (ended, earlier, later)
        for cases in groups.values()
        for later, ended, filed in cases
        for earlier, before, _ in cases
        if before < filed <= before + SOON
    ]
    return [(earlier, later) for ended, earlier, later in sorted(pairs, key=lambda pair: (-pair[0], pair[1:]))]


def _new_cases(table: Table) -> dict[tuple[int, int], list[int]]:
    """Civil first instances that follow from nothing, by court and cause, in order of filing."""
    free = (table["kind"] == KIND["民初"]) & (table["origin"] < 0) & (table["mark"] == 0) & ~table["batch"]
    rows = np.flatnonzero(free)
    found: dict[tuple[int, int], list[int]] = {}
    for row in rows[np.argsort(table["filed"][rows], kind="stable")].tolist():
        found.setdefault((int(table["court"][row]), int(table["cause"][row])), []).append(row)
    return found
