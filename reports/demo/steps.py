"""The dates of a case's nodes: assigned, served, scheduled, heard, delivered, sent up, archived; a few late.

Added to the finished table, from a stream of its own, so that the rest of the data stay as they are. No date is later
than the cut-off but that of a hearing, which is fixed ahead.
"""

from __future__ import annotations

import numpy as np

from reports.demo.filings import Table
from reports.demo.province import Array
from reports.demo.tables import ADMINISTRATIVE, CIVIL, CRIMINAL, KIND, KINDS, OUTCOME, SECOND_INSTANCE
from reports.demo.world import World

COLUMNS = {
    "assigned": "分案日期",
    "complaint_served": "应诉送达日期",
    "scheduled": "排期日期",
    "hearing_notified": "开庭通知日期",
    "heard": "开庭日期",
    "pronounced": "宣判日期",
    "served": "送达日期",
    "appeal_received": "收到上诉状日期",
    "appeal_sent": "上诉移送日期",
    "archived": "归档日期",
}
"""Column of the table → heading of the export."""
SLOW = {"assigned": 0.02, "complaint_served": 0.05, "hearing_notified": 0.06, "appeal_sent": 0.3}  # share that is late
RECENT = 45  # days within which a judgment may have been appealed without the court above knowing
APPEALED = 0.12  # share of those
JUDGED = 0.06  # share of the heard open cases that are pronounced, and the days since
WAITING = 19


def take_steps(world: World, table: Table) -> None:
    """Add the columns of :data:`COLUMNS`: days, -1 for none."""
    rng, cutoff, size = world.rng("steps"), world.calendar.cutoff, len(table["filed"])
    filed, concluded = table["filed"], table["concluded"]
    closed, end = concluded >= 0, np.where(concluded >= 0, concluded, cutoff)
    line = np.array([kind.line for kind in KINDS])[table["kind"]]
    stage = np.array([kind.stage for kind in KINDS])[table["kind"]]
    first, suit = stage == "一审", np.isin(line, [CIVIL, CRIMINAL, ADMINISTRATIVE])
    working = world.calendar.to_working

    def days(low: int, high: int) -> Array:
        return rng.integers(low, high + 1, size)

    def late(name: str, usual: Array, more: Array) -> Array:
        return np.where(rng.random(size) < SLOW[name], usual + more, usual)

    def known(day: Array, where: Array) -> Array:
        """Days up to the end of a case, none later."""
        day = np.where(closed, np.minimum(day, end), day)
        return np.where(where & (day <= cutoff), day, -1)

    assigned = working(filed + late("assigned", days(0, 2), days(5, 14)))
    table["complaint_served"] = known(working(filed + late("complaint_served", days(1, 4), days(6, 25))), first)

    scheduled = working(assigned + days(1, 12))
    heard = working(scheduled + days(12, 35))
    held = first & (table["hearings"] > 0)
    heard = np.where(held, np.minimum(heard, np.maximum(end - 1, filed)), heard)
    assigned = np.where(held, np.minimum(assigned, heard), assigned)
    table["assigned"] = known(assigned, suit)
    coming = first & ~closed & (table["hearings"] == 0) & (scheduled <= cutoff) & (heard > cutoff)
    takes_place = held | coming
    table["heard"] = np.where(takes_place, heard, -1)
    table["scheduled"] = known(np.maximum(np.minimum(scheduled, heard), assigned), takes_place)
    notice = np.maximum(heard - late("hearing_notified", days(6, 15), -days(4, 6)), filed)
    table["hearing_notified"] = known(notice, takes_place)
    accused = takes_place & (line == CRIMINAL)
    table["complaint_served"] = np.where(
        accused, known(np.maximum(np.minimum(table["complaint_served"], heard - 11), filed), accused),
        table["complaint_served"],
    )  # fmt: skip

    judgment = first & closed & (table["outcome"] == OUTCOME["判决"])
    latest = np.maximum(np.maximum(filed, table["heard"]), table["assigned"])
    waiting = held & ~closed & (rng.random(size) < JUDGED)
    since = np.maximum(cutoff - days(0, WAITING), table["heard"])
    table["pronounced"] = np.where(judgment, np.maximum(end - days(0, 9), latest), np.where(waiting, since, -1))
    table["served"] = np.where(
        first & closed, np.maximum(end - days(0, 2), np.maximum(latest, table["pronounced"])), -1
    )

    up = np.flatnonzero(np.isin(table["kind"], [KIND[code] for code in SECOND_INSTANCE.values()]))
    up = up[table["origin"][up] >= 0]
    above = np.full(size, -1)
    above[table["origin"][up]] = filed[up]
    recent = judgment & (above < 0) & (concluded > cutoff - RECENT) & (rng.random(size) < APPEALED)
    received = concluded + days(3, 14)
    lodged = (first & (above >= 0)) | recent
    table["appeal_received"] = np.where(lodged & (received <= cutoff), received, -1)
    term = np.where(line == CRIMINAL, days(6, 12), days(12, 24))
    sent = np.where(
        above >= 0, np.maximum(above - days(1, 5), received), received + late("appeal_sent", term, days(6, 20))
    )
    table["appeal_sent"] = np.where(lodged & (sent <= cutoff), sent, -1)

    archived = concluded + days(10, 80)
    table["archived"] = np.where(closed & (archived <= cutoff), archived, -1)
    faulty = closed & (concluded < filed)
    for name in COLUMNS:
        table[name] = np.where(faulty, -1, table[name])
