"""Whose appeals the data tell: found in the data, not by which columns there are.

Appeals lie with the court above. A court of first instance alone has none of their rows, and in a city's data the
appeals against its own judgments lie with the high court: without rows of the court of appeal, or with rows that
begin later, no appeal means nothing.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from reports.catalogue import LISTED, Catalogue, Reach
from reports.courts.tree import CourtTree
from reports.model import CaseTable

SILENCE = 92  # days: a court of appeal without any case for a quarter is not in the data yet
TOLD = ("appealed", "appeal_date", "second_filed", "second_date", "second_result", LISTED)
LATER = ("effective", "retrial_date", "retrial_result")  # what became of a judgment after that


def fitted(catalogue: Catalogue, table: CaseTable) -> Catalogue:
    """The catalogue with the definitions that the cases at hand allow, court by court."""
    return catalogue.resolved(table.columns, reach(table))


def reach(table: CaseTable) -> Reach | None:
    """What a case table tells of the appeals of each of its courts of first instance; ``None`` without cases.

    All cases are asked, those of a theme too: that few of them went to appeal does not mean that appeals begin late.
    """
    if not table.columns:
        return None
    told = [name for name in (*TOLD, *LATER) if name in table.columns]
    holding = "".join(f", count({name})" for name in told)
    since = ", min(CASE WHEN second_no IS NOT NULL THEN second_filed END)" if LISTED in told else ""
    firsts = table.rows(
        f"SELECT court, min(concluded){holding}{since} FROM {table.whole or table.relation} "  # noqa: S608 - columns of the catalogue
        "WHERE procedure = '一审' AND concluded IS NOT NULL GROUP BY court"
    )
    begun = {code: day for code, first, *_ in firsts if code in table.tree.by_code and (day := _day(first))}
    above, seconds, reviewers = _above(table, begun)
    filled = {name: frozenset(row[0] for row in firsts if row[2 + place]) for place, name in enumerate(told)}
    listed = {
        row[0]: _later(_day(row[-1]), begun[row[0]])
        for row in firsts
        if LISTED in told and row[0] in begun and row[2 + told.index(LISTED)]
    }
    judged = sorted((begun.keys() | seconds) & table.tree.by_code.keys())
    telling = frozenset().union(*(filled.get(name, frozenset()) for name in TOLD))
    # A court without first instances has no judgments that could be appealed.
    known = above | {code: listed.get(code) for code in judged if code in telling or code not in begun}
    return Reach(
        {code: table.tree.short_name(code) for code in sorted(begun)},
        above,
        filled,
        listed,
        {code: table.tree.short_name(code) for code in judged},
        {code: above.get(code) for code in judged if _parent(table.tree, code) in reviewers},
        known,
    )


def _above(table: CaseTable, begun: dict[str, date]) -> tuple[dict[str, date | None], set[str], set[str]]:
    """Courts whose court of appeal is in the data, since when; courts with second instances; courts with reviews."""
    origin = "origin_court" if "origin_court" in table.columns else "court"
    rows = table.rows(
        f"SELECT court, {origin} AS origin, procedure, min(coalesce(filed, concluded)) "  # noqa: S608
        f"FROM {table.whole or table.relation} WHERE procedure IN ('二审', '再审审查') GROUP BY 1, 2, 3"
    )
    seconds = {court for court, _, stage, _ in rows if stage == "二审"}
    reviewers = {court for court, _, stage, _ in rows if stage == "再审审查"}
    if "origin_court" not in table.columns:
        return {}, seconds, reviewers
    first: dict[str, date] = {}  # court of appeal → its first second instance
    from_others: dict[str, date] = {}  # court of first instance → the first appeal from it that another court has
    for court, origin, stage, when in rows:
        if stage != "二审" or (day := _day(when)) is None:
            continue
        first[court] = min(first.get(court, day), day)
        if origin and origin != court:
            from_others[origin] = min(from_others.get(origin, day), day)
    found = {}
    for code, since in begun.items():
        parent = _parent(table.tree, code)
        start = from_others.get(code) if parent is None else first.get(parent)
        if start is not None:
            found[code] = _later(start, since)
    return found, seconds, reviewers


def _parent(tree: CourtTree, code: str) -> str | None:
    return tree.by_code[code].parent


def _later(start: date | None, since: date) -> date | None:
    """The first day of the month in which appeals begin, where that is clearly after the first judgments."""
    return start.replace(day=1) if start and start > since + timedelta(days=SILENCE) else None


def _day(value: Any) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()
