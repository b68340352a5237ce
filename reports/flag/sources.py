"""What the engine is asked: specs from the catalogue, units from the court tree and what the table has rows for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from reports.catalogue import Catalogue
from reports.courts.periods import Period, parse_period
from reports.courts.tree import UNIT, CourtTree
from reports.flag.panel import Spec, Unit
from reports.model import ALL_LINES, OWN

_AGREE = 0.9  # of the rows: a court whose numbers hold its children's is a jurisdiction


def specs(
    catalogue: Catalogue,
    period: Period,
    extra: Collection[str] = (),
    table: pd.DataFrame | None = None,
    line: str = ALL_LINES,
) -> list[Spec]:
    """The indicators that are judged, in printed order; ``extra`` are those that only an indicator table has.

    The interval is that of the line and of the single period that is tested: a cumulative ``period`` by its last part.

    An indicator of which ``table`` has cumulative values only (2025Q1-Q3, never 2025Q3) is tested on its increments.
    """
    ytd = cumulative(table) if table is not None else frozenset[str]()
    found = []
    for item in catalogue.indicators.values():
        if not item.assess and item.id not in extra:
            continue
        interval = item.interval(period.single, line)
        found.append(
            Spec(
                id=item.id,
                label=item.name,
                measure=item.measure,
                better=item.better,
                form=item.tested,
                low=interval.low if interval else None,
                high=interval.high if interval else None,
                source=interval.source if interval else "",
                basis="ytd" if item.id in ytd else "period",
                min_den=item.min_den,
                subset=item.subset,
                right=item.right,
            )
        )
    return found


def cumulative(table: pd.DataFrame) -> frozenset[str]:
    """Indicators that come as cumulative values only: beyond the first period of a year, none for a single period."""
    kinds: dict[str, set[bool]] = {}
    for name, key in table[["indicator", "period"]].drop_duplicates().itertuples(index=False):
        period = parse_period(key)
        if period.first > 1 or period.cumulative:
            kinds.setdefault(name, set()).add(period.cumulative)
    return frozenset(name for name, found in kinds.items() if found == {True})


def units(tree: CourtTree, table: pd.DataFrame, *, issuer: str | None = None, region: str = "") -> list[Unit]:
    """Who is judged, in code order: every court's own cases; each root (and the issuer) as a whole; jurisdictions.

    A court with courts below it is its own 本级 row where the table has one. Where it has none, its plain row is a
    jurisdiction if the numbers hold the children's, else the court itself.
    """
    present = set(table["court"].unique())
    roots = {court.code for court in tree.roots}
    found = []
    for court in tree.courts:
        children = [child.code for child in tree.children(court.code) if child.code in present]
        own = court.code + OWN
        whole = own in present or (bool(children) and court.code in present and _holds(table, court.code, children))
        if court.code in present and whole:
            judged = court.code in roots or court.code == issuer
            name = f"{region}法院" if judged and region else tree.short_name(court.code) + "辖区法院"
            role = "whole" if judged else "part"
            level = f"whole {court.code}" if judged else f"part {court.level}"
            found.append(Unit(court.code, name, level, role))
        if own in present:
            found.append(Unit(own, f"{court.name}（本级）", court.level))
        elif court.code in present and not whole:
            found.append(Unit(court.code, court.name, court.level))
    return found


def departments(tree: CourtTree, table: pd.DataFrame) -> list[Unit]:
    """The departments below courts that the table has rows for, in their order, each a level of its own.

    What they deal with differs from one to the next, so that none is the measure of another. Teams are only counted:
    a team is the people in it, and its cases are few.
    """
    present = set(table["court"].unique())
    return [
        Unit(one.code, one.name, one.code, own="本部门")
        for one in tree.units
        if one.code.count(UNIT) == 1 and one.code in present
    ]


def parts(tree: CourtTree, table: pd.DataFrame) -> Mapping[str, list[str]]:
    """Jurisdictions whose rows must add up: code → its 本级 row and its children, where the table has them all."""
    present = set(table["court"].unique())
    found = {}
    for court in tree.courts:
        below = [court.code + OWN, *(child.code for child in tree.children(court.code))]
        if court.code in present and len(below) > 1 and set(below) <= present:
            found[court.code] = below
    return found


def _holds(table: pd.DataFrame, code: str, children: list[str]) -> bool:
    rows = table[table["line"] == ALL_LINES]
    keys = ["indicator", "period"]
    mine = rows[rows["court"] == code].set_index(keys)["numerator"]
    below = rows[rows["court"].isin(children)].groupby(keys)["numerator"].sum()
    both = mine.to_frame("mine").join(below.rename("below"), how="inner").dropna()
    return len(both) > 0 and bool((both["mine"] >= both["below"]).mean() >= _AGREE)
