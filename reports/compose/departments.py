"""The table of departments: what came in, was closed and is left in each, and a few indicators, under their court."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.catalogue import Indicator
from reports.courts.tree import UNIT, Court
from reports.courts.units import NO_DEPARTMENT
from reports.model import ALL_LINES, OWN, Findings
from reports.words import NO_CASES, counts

COUNTED = ("filed", "concluded", "pending")
FIRST = ("within_limit", "average_days", "over12_share", "first_reversal_rate")
"""Of the indicators without an interval those that say most of a department's work."""
MOST_INDICATORS, MOST_ROWS = 4, 120


def departments_of(f: Findings, items: Sequence[Indicator]) -> dict[str, Any]:
    """``heads`` and ``rows`` (name, values, whether it is a court) of every court that is divided; empty without any.

    Courts stand in code order and departments in that of ``units.csv``, never by a value: they do not do the same
    work. A department that ended before the period and has nothing left is not listed. Of more than :data:`MOST_ROWS`
    only the issuer's own are, and the others stand in their court's bulletin (``others``). ``unnamed``: some cases tell
    no department; ``own``: they are the issuer's, which has courts below it. Of a line its sum stands first.
    """
    groups = {court.code: _listed(f, court) for court in (f.tree.by_code[f.issuer], *f.tree.descendants(f.issuer))}
    others = sum(map(len, groups.values())) > MOST_ROWS
    shown = [(court, units) for court, units in groups.items() if units and (court == f.issuer or not others)]
    if not shown:
        return {}
    codes = [code for court, units in shown for code in (court, *units)]
    chosen = _chosen(f, items, codes)
    rows = []
    for court, units in shown:
        own = court + OWN if f.tree.children(court) else court
        if f.line != ALL_LINES and court == f.issuer:  # its departments stand beside the whole line
            rows.append({"name": "条线", "values": _values(f, court, chosen), "court": True})
        if f.line == ALL_LINES or own != f.issuer:
            name = f.name(own) if f.line == ALL_LINES else "本院"
            rows.append({"name": name, "values": _values(f, own, chosen), "court": True})
        rows += [
            {"name": code.rpartition(UNIT)[2], "values": _values(f, code, chosen), "court": False} for code in units
        ]
    heads = [
        *(f.catalogue.indicators[name].name for name in COUNTED if name in f.catalogue.indicators),
        *(item.name + (f"（{item.unit}）" if item.unit else "") for item in chosen),
    ]
    unnamed = any(code.endswith(UNIT + NO_DEPARTMENT) for code in codes)
    alone = [court for court, _ in shown] == [f.issuer] and bool(f.tree.children(f.issuer))
    return {
        "heads": heads, "rows": rows, "unnamed": unnamed, "own": alone,
        "others": others and len(shown) < len(groups),
    }  # fmt: skip


def _listed(f: Findings, court: Court) -> list[str]:
    """The departments of a court that are there in the period, or still have something; 未填部门 where it has any.

    Of a line those that have cases of it.
    """

    def has(code: str) -> bool:
        return any((cell := f.comparisons.cell(code, f.line, name)) and cell.now[0] for name in COUNTED)

    return [
        unit.code
        for unit in f.tree.below(court.code)
        if has(unit.code)
        or (
            f.line == ALL_LINES  # not every department has cases of every line
            and unit.exists(f.period.start, f.period.end)
            and not unit.code.endswith(UNIT + NO_DEPARTMENT)
        )
    ]


def _chosen(f: Findings, items: Sequence[Indicator], codes: Sequence[str]) -> list[Indicator]:
    """The indicators that have an interval, then the usual ones, as far as there are cases; in catalogue order."""
    there = [
        item
        for item in items
        if not item.right and any((cell := f.comparisons.cell(c, f.line, item.id)) and cell.now[1] for c in codes)
    ]

    def rank(item: Indicator) -> tuple[bool, int]:
        usual = FIRST.index(item.id) if item.id in FIRST else len(FIRST)
        return item.interval(f.period, f.line) is None, usual

    best = sorted(there, key=rank)[:MOST_INDICATORS]
    return [item for item in there if item in best]


def _values(f: Findings, code: str, items: Sequence[Indicator]) -> list[str]:
    """Counts as they are, indicators with the counts behind them; a dash where there are no such cases."""
    found = []
    for name in COUNTED:
        if name in f.catalogue.indicators:
            cell = f.comparisons.cell(code, f.line, name)
            found.append(cell.text.removesuffix(cell.measure.unit) if cell else NO_CASES)
    for item in items:
        cell = f.comparisons.cell(code, f.line, item.id)
        text = cell.text.removesuffix(cell.measure.unit) if cell else NO_CASES
        found.append(text + (counts(cell) if cell and text != NO_CASES else ""))
    return found
