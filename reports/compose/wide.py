"""One row for each unit and all indicators beside one another: this period, the one before, a year before, interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.catalogue import Indicator
from reports.courts.tree import CourtTree
from reports.model import ALL_LINES, OWN, Comparison, Comparisons
from reports.words import INCOMPLETE, NO_CASES, UNLIKE, UNTOLD, span

SIDES = {"now": "本期", "previous": "上期", "year_before": "去年同期"}


@dataclass(frozen=True)
class Wide:
    """``groups`` are indicators with their unit and the columns of each, beside the first two columns of every row:
    a unit's code and name. Cells are as printed, without the unit; where there is none, why.
    """

    title: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    @property
    def heads(self) -> list[str]:
        """One heading for each column."""
        return ["代码", "单位", *(f"{name}　{column}" for name, columns in self.groups for column in columns)]


def wide(
    comparisons: Comparisons, tree: CourtTree, *, line: str = ALL_LINES, holds: Callable[[str, str], bool]
) -> Wide:
    """The table of one line; units in the order of the tree, never by a value. ``holds`` says of (court, indicator)
    which are wanted. An indicator without any number has no columns, nor has an interval that is not set.
    """
    period = comparisons.period
    sides = [name for name in SIDES if name != "previous" or period.previous]
    there = {(court, name) for court, of, name in comparisons.frame.index if of == line and holds(court, name)}
    courts = {court for court, _ in there}
    units = [(code, name) for code, name in _units(tree) if code in courts]
    known = {code for code, _ in units}
    told = {name for court, name in there if court in known}
    items = [item for item in comparisons.catalogue.indicators.values() if item.id in told]
    groups, columns = [], []
    for item in items:
        interval = item.interval(period, line)
        limits = span(interval, item.unit) if interval else ""
        groups.append((_named(item), (*(SIDES[name] for name in sides), *(["合理区间"] if limits else []))))
        columns.append((item, limits))
    rows = []
    for code, name in units:
        cells: list[str] = []
        for item, limits in columns:
            cell = comparisons.cell(code, line, item.id) if holds(code, item.id) else None
            cells += [_text(item, cell, side) for side in sides]
            cells += [limits] if limits else []
        rows.append((code, name, *cells))
    of = "" if line == ALL_LINES else f"{line}条线"
    notes = ["单位按法院表和部门表的顺序排列，不代表名次。“—”表示没有此类案件。"]
    return Wide(f"{period.label}{of}各单位指标（{period.window}）", tuple(groups), tuple(rows), tuple(notes))


def _units(tree: CourtTree) -> list[tuple[str, str]]:
    """Every court with those below it, its own cases, and its departments and teams."""
    found: list[tuple[str, str]] = []
    for court in tree.courts:
        found.append((court.code, tree.jurisdiction(court.code)))
        if tree.children(court.code):
            found.append((court.code + OWN, tree.short_name(court.code) + OWN))
        found += [(code, tree.by_code[code].name) for code in tree.within(court.code)[1:]]
    return found


def _named(item: Indicator) -> str:
    return item.label + (f"（{item.unit}）" if item.unit else "")


def _text(item: Indicator, cell: Comparison | None, side: str) -> str:
    """A value without its unit; 口径不同 and the like where a base is not to be held against the period."""
    if cell is None:
        return NO_CASES
    if side in cell.withheld:
        return UNTOLD
    if side != "now" and side in cell.unlike:
        return UNLIKE.partition("，")[0]
    if side != "now" and side in cell.incomplete:
        return INCOMPLETE.partition("，")[0]
    return item.measure.text(*cell.side(side)).removesuffix(item.unit)
