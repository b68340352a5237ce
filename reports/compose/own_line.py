"""A court's own cases beside the whole line (本部门与条线), and where the line's long-pending cases are.

Beside, not above: what the departments of one court deal with differs from what all courts do, and nothing is ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.catalogue import Indicator
from reports.courts.tree import UNIT
from reports.model import ALL_LINES, OWN, Comparison, Findings
from reports.words import FEW, NO_CASES, percent

FLOW = ("filed", "concluded", "pending")
LEAST, SHARE = 3, 5  # cases, and one part in so many, for a court to be named as one where long-pending cases are


def own_line(f: Findings, items: Sequence[Indicator]) -> dict[str, Any]:
    """Of a line: what the issuer itself has of it, where there are courts below it.

    ``flow`` has its filings, conclusions and pending cases with their shares of the line's, ``values`` its figure of
    each indicator by id; ``none`` says that it has no cases of the line. ``departments`` is how many of its departments
    have: they stand in a table of their own.
    """
    departments = [unit.code for unit in f.tree.below(f.issuer) if _has(f, unit.code)] if f.line != ALL_LINES else []
    found: dict[str, Any] = {"none": False, "flow": [], "values": {}, "departments": len(departments)}
    own = f.issuer + OWN
    if f.line == ALL_LINES or not f.tree.children(f.issuer):
        return found
    if not _has(f, own):
        return found | {"none": True}
    flow = []
    for name in FLOW:
        mine, whole = (f.comparisons.cell(code, f.line, name) for code in (own, f.issuer))
        if mine and whole and mine.now[0] is not None and whole.now[0]:
            share = percent(mine.now[0], whole.now[0])
            flow.append({"name": f.catalogue.indicators[name].name, "value": mine.text, "share": share})
    values = {item.id: _value(f.comparisons.cell(own, f.line, item.id)) for item in items}
    return found | {"flow": flow, "values": values if set(values.values()) - {NO_CASES} else {}}


def long_of(f: Findings) -> list[dict[str, Any]]:
    """The courts (departments) where at least a fifth of the long-pending cases told of are, in the order of codes."""
    whole = f.comparisons.cell(f.issuer, f.line, "over12_pending")
    if whole is None or not whole.now[0] or {"now"} & (whole.withheld | whole.incomplete):
        return []
    below = [one.code for one in f.tree.children(f.issuer)]
    codes = [f.issuer + OWN, *below] if below else [unit.code for unit in f.tree.below(f.issuer)]
    found = []
    for code in codes:
        cell = f.comparisons.cell(code, f.line, "over12_pending")
        count = (cell.now[0] if cell else None) or 0
        if count >= LEAST and count * SHARE >= whole.now[0]:
            name = code.rpartition(UNIT)[2] if UNIT in code else "本院" if code.endswith(OWN) else f.jurisdiction(code)
            found.append({"name": name, "count": count})
    return found


def _has(f: Findings, code: str) -> bool:
    return any((cell := f.comparisons.cell(code, f.line, name)) and cell.now[0] for name in FLOW)


def _value(cell: Comparison | None) -> str:
    """A figure as in a table; a share of few cases is told as cases: 12件中11件."""
    if cell is None or cell.text == NO_CASES:
        return NO_CASES
    numerator, denominator = cell.now
    few = cell.measure.kind == "proportion" and denominator is not None and denominator < FEW
    if few and numerator is not None and "now" not in cell.withheld:
        return f"{denominator}件中{numerator}件"
    return cell.text
