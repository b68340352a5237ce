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
    stirs (``Findings.unmoved``). Empty where it cannot be compared or has no better way. What counts a right of the
    parties counts too: how it moved is a fact, which no sentence asks anybody to change.
    """
    cell = f.comparisons.cell(f.issuer, f.line, item.id)
    if cell is None or item.better == "neutral":
        return ""
    new, old = item.measure.scaled(*cell.now), item.measure.scaled(*cell.year_before)
    if new is None or old is None:
        return ""
    if new == old or (f.issuer, f.line, item.id) in f.unmoved:
        return "equal"
    return "better" if (new > old) == (item.better == "higher") else "worse"


def trends(f: Findings, items: Iterable[Indicator]) -> dict[str, Any]:
    """How many indicators moved which way, and their names but those of rights of the parties (``right``: some are)."""
    ways = {item: trend(f, item) for item in items}
    groups = {way: [item for item, moved in ways.items() if moved == way] for way in WAYS}
    return {
        "total": sum(map(len, groups.values())),
        **{
            way: {
                "count": len(found),
                "names": joined([item.name for item in found if not item.right]),
                "right": any(item.right for item in found),
            }
            for way, found in groups.items()
        },
    }
