"""指标表, what other offices keep and no case tells: judges by the personnel office, letters and visits, 司法建议.

Judges are those who concluded a case in the quarter; of the last quarter the 司法建议 are those of the register.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reports.demo.dates import month_start
from reports.demo.filings import Table
from reports.demo.province import BASIC, Array
from reports.demo.registers import Rows
from reports.demo.tables import KIND
from reports.demo.world import World
from reports.model import OWN

HEADING = ("法院", "指标", "统计期", "分子", "分母")
NOT_COUNTED = ("执保", "执恢")  # of 法官人均结案数
LETTERS = 0.03  # to one concluded case
ADVICE, ANSWERED = 3, 0.7  # 司法建议 of a court in a quarter, and the share that was answered


def write_figures(world: World, table: Table, entered: Rows, path: Path, encoding: str) -> None:
    """One row for each court, 本级 and jurisdiction, indicator and quarter; courts as they are called at the end."""
    rng = world.rng("figures")
    into = {change.old: change.new for change in world.office.changes}
    places = [place for place, inside in enumerate(world.office.inside) if inside and place not in into]
    court = np.array([into.get(place, place) for place in range(len(world.courts))])[table["court"]]
    calendar = world.calendar
    done = (table["mark"] == 0) & (table["concluded"] >= calendar.first_day)
    counted = done & ~np.isin(table["kind"], [KIND[code] for code in NOT_COUNTED])
    coded = {one.code: into.get(place, place) for place, one in enumerate(world.courts)}
    sent = {place: [0, 0] for place in places}
    for row in entered["advice"]:
        sent[coded[row["court"]]][0] += 1
        sent[coded[row["court"]]][1] += bool(row.get("answered"))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADING)
        for number in range(calendar.quarters):
            quarter = calendar.first.index + number
            first = month_start(calendar.first.first_month + 3 * number)
            last = month_start(calendar.first.first_month + 3 * number + 3)
            within = (table["concluded"] >= first) & (table["concluded"] < last)
            key = f"{quarter // 4}Q{quarter % 4 + 1}"
            found: list[tuple[int, tuple[int, ...]]] = []
            for place in places:
                mine = within & (court == place)
                concluded = int((mine & done).sum())
                given, answered = sent[place]
                if number < calendar.quarters - 1:
                    given = int(rng.poisson(ADVICE))
                    answered = int(rng.binomial(given, ANSWERED))
                found.append((place, (
                    int((mine & counted).sum()), len(np.unique(table["judge"][mine & counted])),
                    int(rng.poisson(LETTERS * concluded)), concluded, answered, given,
                )))  # fmt: skip
            for name, numbers in _courts(world, found):
                for at, indicator in enumerate(("法官人均结案数", "信访比", "司法建议反馈率")):
                    writer.writerow([name, indicator, key, *numbers[2 * at : 2 * at + 2]])


def _courts(world: World, found: list[tuple[int, tuple[int, ...]]]) -> Iterator[tuple[str, Array]]:
    """The numbers of each court; of one with courts below those of 本级, and with them those of all."""
    for place, own in found:
        one = world.courts[place]
        if one.level == BASIC:
            yield one.name, np.array(own)
            continue
        yield one.name + OWN, np.array(own)
        yield one.name, np.array(own) + sum(np.array(of) for at, of in found if world.courts[at].parent == place)
