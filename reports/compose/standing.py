"""Where figures stand to their intervals, counted as facts, and the few things that may be told as achieved (工作成效).

Achieved is what came back into its interval, what was inside it for two periods, and what an item of the ledger was
found to have reached; never a mere change, never what is a right of the parties, and nothing whose data are doubtful
or too few. Beside it stands what is outside. Of an indicator without an interval nothing is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reports.catalogue import Indicator
from reports.model import Comparison, Findings
from reports.words import BASES, FEW_LARGE, SMALL_BASE, cases, joined, span, standing, stated, to, went

WORDS = {"优": "优于", "处": "处于", "劣": "劣于", "高": "高于", "低": "低于"}
INSIDE = ("优", "处")


def where(f: Findings, item: Indicator, cell: Comparison | None, side: str = "now") -> str:
    """优, 处 or 劣 (高, 低): where a printed value stands to the interval in force now.

    Empty without an interval or cases, and for a side whose value is not known whole. A base is held against the
    interval only where that was in force then too.
    """
    interval = item.interval(f.period, f.line)
    if interval is None or cell is None or side in cell.incomplete | cell.unlike | cell.withheld:
        return ""
    if side != "now":
        then = f.period.previous if side == "previous" else f.period.year_before
        if then is None or item.interval(then, f.line) != interval:
            return ""
    return standing(item.measure, interval, item.better, cell.side(side))


def standings(f: Findings, items: Iterable[Indicator], beside: str | None = None) -> dict[str, Any]:
    """Of the issuer and line told of: how many indicators stand where, and what was achieved.

    ``total`` have an interval and cases; ``groups`` say 优于, 处于, 劣于 with ``count`` and ``names``; ``outside`` are
    those not inside, each with its figure. ``returned`` came back inside, ``held`` were inside twice, against the
    period before or, of months so far, the year before (``base``). An interval that stands in the table of the line
    ``beside`` is not told again.
    """
    side = "previous" if f.period.previous else "year_before"
    unsure = {flag.indicator for flag in f.flags if flag.court == f.issuer and flag.severity == "grey"}
    unsure |= {name for court, name, _ in f.untested if court == f.issuer}
    found: dict[str, list[str]] = {word: [] for word in WORDS.values()}
    outside, returned, held = [], [], []
    for item in items:
        cell = f.comparisons.cell(f.issuer, f.line, item.id)
        now = where(f, item, cell)
        if cell is None or not now:
            continue
        found[WORDS[now]].append(item.name)
        if now not in INSIDE:
            again = beside is not None and item.interval(f.period, beside) == item.interval(f.period, f.line)
            figure = _figure(f, item, cell, limits=not again)
            outside.append({"name": item.name, "word": WORDS[now], "stated": figure})
        elif not item.right and item.id not in unsure and (before := where(f, item, cell, side)):
            if before in INSIDE:
                held.append(item.name)
            elif way := came(f, item, cell, side):
                returned.append({"name": item.name} | way)
    groups = [{"word": word, "count": len(names), "names": joined(names)} for word, names in found.items() if names]
    return {
        "total": sum(one["count"] for one in groups),
        "groups": groups,
        "outside": outside,
        "base": BASES[side],
        "returned": returned,
        "held": {"count": len(held), "names": joined(held)},
    }


def beyond(f: Findings, items: Iterable[Indicator], court: str) -> list[dict[str, Any]]:
    """The indicators of a court or unit whose printed figures are 劣于 their intervals, in the catalogue's order.

    Each with ``id``, ``name``, ``stated``, the ``cases`` behind it and ``interval``; ``few``: of fewer cases than are
    judged of the indicator; ``unsure``: these, and where the base is too small or chance may have brought it there.
    """
    small = {name for code, name, why in f.untested if code == court and why in (SMALL_BASE, FEW_LARGE)}
    hints = {
        flag.indicator
        for flag in f.flags
        if flag.court == court and flag.severity == "yellow" and "R1" in flag.rules and flag.line == f.line
    }
    found = []
    for item in items:
        cell = f.comparisons.cell(court, f.line, item.id)
        if cell is None or where(f, item, cell) != "劣":
            continue
        few = cell.now[1] is not None and cell.now[1] < item.min_den
        figure = {"id": item.id, "name": item.name, "stated": stated(item.name, cell)}
        unsure = few or item.id in small | hints
        told = figure | {"cases": cases(item.measure, cell.now)[1:-1], "few": few, "unsure": unsure}
        found.append(told | _limits(f, item))
    return found


def came(f: Findings, item: Indicator, cell: Comparison, side: str) -> dict[str, str]:
    """How a figure came from one value to the other, and its interval; empty where both print alike."""
    old, new, up = went(item.measure, cell.side(side), cell.now)
    return {} if up is None else {"base": old, "way": to(item.measure, up=up), "value": new} | _limits(f, item)


def returned_of(f: Findings) -> list[dict[str, str]]:
    """Courts whose problem is not found again and whose figure is back inside its interval, in the order of codes."""
    side = "previous" if f.period.previous else "year_before"
    found = []
    for court, name, _ in f.eased:
        item, cell = f.catalogue.indicators[name], f.comparisons.cell(court, f.line, name)
        if cell is None or item.right or court == f.issuer:
            continue
        if where(f, item, cell) in INSIDE and where(f, item, cell, side) == "劣" and (way := came(f, item, cell, side)):
            found.append({"name": f.name(court) + item.name} | way)
    return found


def effective_of(f: Findings) -> list[dict[str, str]]:
    """Items of the ledger that the figures of this period show to have worked: what they were, and are.

    ``single`` is the last month of a cumulative period with its value, empty for others.
    """
    return [
        {name: one[name] for name in ("title", "told", "value", "single")} | {"now": one["now"].split("（")[0]}
        for one in f.follow_up.get("items", [])
        if one["verdict"] == "见效"
    ]


def _figure(f: Findings, item: Indicator, cell: Comparison, *, limits: bool) -> str:
    """审限内结案率为93.81%（113件中106件，合理区间为不低于96%）; the interval where ``limits`` are told."""
    behind = [cases(item.measure, cell.now)[1:-1], f"合理区间为{_limits(f, item)['interval']}" if limits else ""]
    told = "，".join(filter(None, behind))
    return f"{item.name}为{cell.text}" + (f"（{told}）" if told else "")


def _limits(f: Findings, item: Indicator) -> dict[str, str]:
    interval = item.interval(f.period, f.line)
    return {"interval": span(interval, item.unit) if interval else ""}
