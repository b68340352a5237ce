"""What the yearly bulletin tells beside the findings: units, the long view, registers, what the loop achieved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from reports.catalogue import registers as catalogue
from reports.compose import Subject
from reports.compose.longview import opening, sections
from reports.courts.periods import parse_period
from reports.courts.tree import court_of
from reports.ledger import items
from reports.ledger import registers as ledger
from reports.ledger.effect import EFFECTIVE
from reports.ledger.follow_up import plain
from reports.ledger.pending import CLOSED as STRUCK
from reports.ledger.rectification import CLOSED, Item, of_today
from reports.model import ALL_LINES, OWN, Findings
from reports.pipeline.job import Job
from reports.pipeline.longview import view_of
from reports.pipeline.registers import order_of, places_of, rows_of
from reports.pipeline.replay import pending_cases
from reports.pipeline.stages import Cases, longview_key
from reports.words import NO_CASES, in_table
from reports.workspace.listed import listed_courts

FLOW = ("filed", "concluded", "pending")
NAMED = 6  # items in a sentence


def yearly(job: Job, cases: Cases, part: Findings, subject: Subject) -> dict[str, Any]:
    """``units`` (rows of texts under the courts or departments), ``opening`` and ``sections`` of the long view,
    ``registers``, ``items`` and ``long`` of the year.

    A narrowed bulletin has nothing of other courts: no registers and no items. Without cases there is no long view.
    """
    found: dict[str, Any] = {"units": _units(part, subject), "opening": "", "sections": []}
    if cases.key is not None or cases.table.columns:
        key = longview_key(cases, part.issuer)
        view = cases.stored("历年情况", key, lambda table: view_of(job, table, part.issuer, ALL_LINES))
        found |= {"opening": opening(view), "sections": sections(view)}
    if subject.extract:
        return found | {"registers": [], "items": {}, "long": {}}
    return found | {"registers": _registers(job, part), "items": _items(job, part), "long": _long(job, part)}


def _units(f: Findings, subject: Subject) -> list[dict[str, Any]]:
    """新收, 结案, 未结 with 同比 of the courts directly below the issuer, or of its departments, in table order."""
    below = f.tree.children(f.issuer)
    left = {one.code + OWN for one in f.without} | {one.code for one in f.without if not f.tree.children(one.code)}
    codes = [f.issuer + OWN, *(one.code for one in below)] if below else [one.code for one in f.tree.below(f.issuer)]
    rows = []
    for code in codes:
        cells = [f.comparisons.cell(code, ALL_LINES, name) for name in FLOW]
        if code in left or not subject.lists(code) or not any(cell and cell.now[0] for cell in cells):
            continue
        name = f.tree.jurisdiction(code) if below and not code.endswith(OWN) else f.at_home().name(code)
        name = f.name(code) if code.endswith(OWN) else name
        told = [
            text
            for cell in cells
            for text in (
                (cell.text.removesuffix(cell.measure.unit), in_table(cell.year_change))
                if cell
                else (NO_CASES, NO_CASES)
            )
        ]
        rows.append({"name": plain(name), "values": told})
    return rows


def _registers(job: Job, f: Findings) -> list[dict[str, Any]]:
    """Each register in which anything of the year counts: its numbers, and those of the courts where there are some."""
    if listed_courts(job.workspace) is None:
        return []
    places = places_of(job.workspace)
    order = order_of(places)
    found = []
    for register in catalogue.load(job.workspace.folder).values():
        known = [one for one in rows_of(job.workspace, register, places) if _court(register, one.values) in _codes(f)]
        told = ledger.report_of(register, known, places, job.period, order) if known else {}
        if not told or not any(told["total"]):
            continue
        sums: dict[str, list[int]] = {}
        for row in told["units"]:
            name = row["court"] if told["courts"] else row["dept"]
            sums[name] = [a + b for a, b in zip(sums.get(name, [0] * len(row["counts"])), row["counts"], strict=True)]
        heads = [one["name"] for one in told["figures"]]
        rows = [[name, *map(str, counts)] for name, counts in sums.items()]
        rows = [*rows, ["合计", *map(str, told["total"])]] if len(rows) > 1 else []
        found.append(
            {"name": told["name"], "unit": told["unit"], "figures": told["figures"], "heads": heads, "rows": rows}
        )
    return found


def _court(register: catalogue.Register, row: Any) -> str:
    return str(row.get(register.kinds["court"], ""))


def _codes(f: Findings) -> set[str]:
    return {f.issuer, *(one.code for one in f.tree.descendants(f.issuer))}


def _items(job: Job, f: Findings) -> dict[str, Any]:
    """The items of circulars on periods of the year as they stand now: told, answered, 见效, signed off, open."""
    year = job.period.year
    every = [
        one
        for one in of_today(items(job.workspace.database_path), f.tree)
        if one.public and not one.void and court_of(one.court.removesuffix(OWN)) in _codes(f)
    ]
    mine = [one for one in every if parse_period(one.period).year == year]
    before = [one for one in every if parse_period(one.period).year < year and _within(job, one.closed_at)]
    if not mine and not before:
        return {}
    effective = [one for one in mine if one.latest and one.latest.verdict == EFFECTIVE]
    closed = [one for one in mine if one.state == CLOSED]
    return {
        "told": len(mine),
        "answered": sum(one.answered for one in mine),
        "effective": _named(f, effective),
        "closed": len(closed),
        "open": len(mine) - len(closed),
        "before": len(before),
    }


def _named(f: Findings, found: Sequence[Item]) -> dict[str, Any]:
    titles = [plain(one.title if f.tree.children(f.issuer) else f.inside(one.title)) for one in found]
    return {"count": len(found), "names": "、".join(titles[:NAMED]), "more": len(titles) > NAMED}


def _within(job: Job, at: str) -> bool:
    return bool(at) and job.period.start <= date.fromisoformat(at[:10]) <= job.period.end


def _long(job: Job, f: Findings) -> dict[str, int]:
    """Of the ledger of long-pending cases: entered, concluded and signed off in the year, and open at its end."""
    path = job.workspace.database_path
    known = (
        [one for one in pending_cases(job.workspace).values() if one.facts.court in _codes(f)] if path.exists() else []
    )
    found = {
        "listed": sum(_within(job, one.listed) for one in known),
        "concluded": sum(_within(job, one.concluded) for one in known),
        "closed": sum(one.state == STRUCK and _within(job, one.closed_at) for one in known),
    }
    return found if any(found.values()) else {}
