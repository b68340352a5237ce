"""诉源治理情况表, what no case tells: mediation before filing month by month, inhabitants year by year."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from reports.demo.filings import Table
from reports.demo.province import BASIC
from reports.demo.tables import KIND
from reports.demo.world import World
from reports.model import OWN

HEADING = ("统计期", "法院", "先行调解分流", "先行调解办结", "先行调解成功", "常住人口")
SUITS_PER_10K = 20  # a quarter, by which an invented court's invented inhabitants go
DIVERTED, CONCLUDED, SUCCEEDED = 0.9, 0.93, 0.62  # to one suit filed; of those diverted; of those concluded


def write_disputes(world: World, table: Table, path: Path, encoding: str) -> None:
    """One row for each court and month, and one for each basic court and year; 本级 of a court above has no mediation.

    Courts that were merged or renamed are written as they are called at the end.
    """
    rng = world.rng("disputes")
    into = {change.old: change.new for change in world.office.changes}
    places = [place for place, inside in enumerate(world.office.inside) if inside and place not in into]
    court = np.array([into.get(place, place) for place in range(len(world.courts))])[table["court"]]
    calendar = world.calendar
    first, months = calendar.first.first_month, calendar.quarters * 3
    suits = np.isin(table["kind"], [KIND["民初"], KIND["行初"]]) & (table["filed"] >= 0)
    month = calendar.month(np.maximum(table["filed"], calendar.first_day)) - first
    years = range(calendar.first.index // 4, calendar.end.index // 4 + 1)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADING)
        for place in places:
            one = world.courts[place]
            basic = one.level == BASIC
            filed = np.bincount(month[suits & (court == place) & (month >= 0) & (month < months)], minlength=months)
            diverted = rng.binomial(np.maximum(np.rint(filed * DIVERTED * 1.2), 1).astype(np.int64), 1 / 1.2)
            concluded = rng.binomial(diverted, CONCLUDED)
            succeeded = rng.binomial(concluded, SUCCEEDED)
            people = round(max(filed.mean(), 1) * 3 / SUITS_PER_10K * 100 * float(rng.uniform(0.8, 1.25))) * 100
            for year in years if basic else ():
                writer.writerow([year, one.name, "", "", "", people])
                people += round(people * float(rng.normal(0.002, 0.003)) / 100) * 100
            for number in range(months):
                at = first + number
                key = f"{1970 + at // 12}-{at % 12 + 1:02d}"
                numbers = [int(each[number]) for each in (diverted, concluded, succeeded)] if basic else [0, 0, 0]
                writer.writerow([key, one.name + ("" if basic else OWN), *numbers, ""])
