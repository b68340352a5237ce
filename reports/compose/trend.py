"""趋优, 趋劣 and 基本持平: how the figures of a bulletin moved on a year before, counted here for every kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reports.catalogue import Indicator
from reports.model import Findings
from reports.words import joined

WAYS = ("better", "worse", "equal")


def trend(f: Findings, item: Indicator) -> str:
    """``better``, ``worse`` or ``equal``: which way an indicator of the issuer and line moved on a year before.

    ``equal`` is 基本持平: the printed values are the same, or the change does not matter or is no more than what always
    stirs (``Findings.unmoved``). Empty where it cannot be compared, has no better way, or is a right of the parties.
    """
    cell = f.comparisons.cell(f.issuer, f.line, item.id)
    if cell is None or item.better == "neutral" or item.right:
        return ""
    new, old = item.measure.scaled(*cell.now), item.measure.scaled(*cell.year_before)
    if new is None or old is None:
        return ""
    if new == old or (f.issuer, f.line, item.id) in f.unmoved:
        return "equal"
    return "better" if (new > old) == (item.better == "higher") else "worse"


def trends(f: Findings, items: Iterable[Indicator]) -> dict[str, Any]:
    """How many indicators moved which way, and their names; ``rights``: some are left out as rights of the parties."""
    items = list(items)
    ways = {item.name: trend(f, item) for item in items}
    groups = {way: [name for name, moved in ways.items() if moved == way] for way in WAYS}
    return {
        "total": sum(map(len, groups.values())),
        "rights": any(item.right for item in items),
        **{way: {"count": len(names), "names": joined(names)} for way, names in groups.items()},
    }
