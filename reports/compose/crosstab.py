"""A cross table → its texts: rows and columns as printed, a chart, a Markdown document.

A rate of few cases is told by its cases (3/7件): below the limit of its indicator a quotient says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.catalogue import Indicator
from reports.compose.charts import Scale
from reports.courts.periods import Period
from reports.errors import ConfigError
from reports.model import Value
from reports.words import NO_CASES, UNTOLD, money

TOTAL = "合计"
WAN = "万元"  # the unit of a sum of money, which is counted in 分
MOST_ROWS, MOST_COLUMNS = 30, 6  # of a chart
CHART = "charts/crosstab.svg.j2"
DOCUMENT = "letters/crosstab.md.j2"
NAMES = ("title", "heads", "aligns", "rows", "unit", "conditions", "notes", "figure", "alt")
"""What that document is written from."""


@dataclass(frozen=True)
class Cell:
    """Numerator and denominator; ``cases`` of the denominator where it is money; ``untold``: too much is unknown."""

    value: Value = (None, None)
    cases: int | None = None
    untold: bool = False


@dataclass(frozen=True)
class Cross:
    """An indicator by one or two dimensions: ``cells`` by labels of row and column, :data:`TOTAL` among both.

    ``heads`` are the names of the dimensions; ``scope`` whose cases they are, ``conditions`` which of them.
    """

    item: Indicator
    period: Period
    heads: tuple[str, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    scope: str
    conditions: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        """2026年第三季度上诉率（按案由、条线）."""
        return f"{self.scope}{self.period.label}{self.item.name}（按{'、'.join(self.heads)}）"

    @property
    def rate(self) -> bool:
        """Whether it has a denominator, so that the cases behind a value have a column of their own."""
        return bool(self.item.denominator)

    def cell(self, row: str, column: str) -> Cell:
        """One cell, of which there may be no cases."""
        return self.cells.get((row, column), Cell((None, None) if self.rate else (0, None)))

    def text(self, row: str, column: str) -> str:
        """A cell as printed: 11.54%, 3/7件, 未统计."""
        return told(self.item, self.cell(row, column))

    def behind(self, row: str, column: str) -> str:
        """The counts behind a rate: 120/1040; of a sum of money in 万元."""
        return fraction(self.item, self.cell(row, column))

    def groups(self) -> list[tuple[str, tuple[str, ...]]]:
        """The columns after the labels of the rows, with the counts behind each rate beside it."""
        names = [self.item.name if len(self.heads) == 1 else column for column in self.columns]
        unit = "万元" if self.item.kind == "amount" else "分子/分母"
        return [(name, ("数值", unit) if self.rate else ("数值",)) for name in names]

    def table(self) -> list[list[str]]:
        """A row of texts for each label, as :meth:`groups` has them."""
        found = []
        for row in self.rows:
            line = [row]
            for column in self.columns:
                line += [self.text(row, column), self.behind(row, column)] if self.rate else [self.text(row, column)]
            found.append(line)
        return found

    def short(self) -> tuple[list[str], list[list[str]]]:
        """Heads and rows for reading: the counts behind a rate only where there is one column of it."""
        one = len(self.heads) == 1
        heads = [self.heads[0], *([self.item.name] if one else self.columns), *(["件数"] if one and self.rate else [])]
        rows = [
            [
                row,
                *(self.text(row, column) for column in self.columns),
                *([self.behind(row, TOTAL)] if one and self.rate else []),
            ]
            for row in self.rows
        ]
        if one and self.item.kind == "amount":
            heads[-1] = WAN
        return heads, rows


def told(item: Indicator, cell: Cell) -> str:
    """A value as printed; of fewer cases than the limit of the indicator the cases."""
    numerator, denominator = cell.value
    if cell.untold:
        return UNTOLD
    if numerator is None or (denominator is not None and not numerator and not denominator):
        return NO_CASES
    if denominator is None:
        return money(numerator) if item.unit == WAN else str(numerator)
    cases = denominator if cell.cases is None else cell.cases
    if cases >= item.min_den:
        return item.measure.text(numerator, denominator)
    return f"{fraction(item, cell)}{f'{WAN}（{cases}件）' if item.kind == 'amount' else '件'}"


def fraction(item: Indicator, cell: Cell) -> str:
    """120/1040, 96天/3, 813.42/4574.06; nothing of a count or where there are no cases."""
    numerator, denominator = cell.value
    if cell.untold or numerator is None or denominator is None:
        return ""
    if item.kind == "amount":
        return f"{money(numerator)}/{money(denominator)}"
    return f"{numerator}{item.unit if item.kind == 'mean' else ''}/{denominator}"


def drawn(table: Cross) -> bool:
    """Whether a page holds the chart."""
    return len(_parts(table.rows)) <= MOST_ROWS and len(_parts(table.columns)) <= MOST_COLUMNS


def _parts(labels: Sequence[str]) -> list[str]:
    """The labels without the total, unless there is nothing else."""
    return [label for label in labels if label != TOTAL] or [TOTAL]


def drawing(table: Cross) -> dict[str, Any]:
    """What the template of the chart is given: bars beside the labels, one panel for each column, on one scale.

    Rates of few cases and what is not told have no bar, their text stands alone. Raises :class:`ConfigError` where
    there are more rows or columns than a page holds.
    """
    rows, columns = _parts(table.rows), _parts(table.columns)
    for name, labels, most in (("行", rows, MOST_ROWS), ("列", columns, MOST_COLUMNS)):
        if len(labels) > most:
            raise ConfigError(
                f"图上最多{most}{name}，这张表有{len(labels)}{name}。",
                advice="请用 --most 只列件数最多的几项，用 --where 缩小范围，或者改用表格。",
            )
    places = {(row, column): _height(table, row, column) for row in rows for column in columns}
    scale = Scale.of([0, *(one for one in places.values() if one is not None)])
    heads = [table.item.name] if len(table.heads) == 1 else list(columns)

    def bar(row: str, column: str) -> dict[str, Any]:
        height = places[row, column]
        ends = (None, None) if height is None else (scale.at(min(height, 0)), scale.at(max(height, 0)))
        return {"text": table.text(row, column), "from": ends[0], "to": ends[1]}

    panels: list[dict[str, Any]] = [
        {"name": head, "bars": [bar(row, column) for row in rows]} for head, column in zip(heads, columns, strict=True)
    ]
    return {
        "alt": f"{table.title}条形图，数据见表",
        "title": table.title,
        "rows": rows,
        "panels": panels,
        "zero": scale.at(0),
        "longest": max(map(len, rows), default=1),
        "widest": max((len(one["text"]) for panel in panels for one in panel["bars"]), default=1),
        "unit": table.item.unit,
    }


def _height(table: Cross, row: str, column: str) -> int | None:
    """A value in units of its last printed decimal; none where it is told by its cases or not at all."""
    cell = table.cell(row, column)
    cases = cell.value[1] if cell.cases is None else cell.cases
    if cell.untold or (table.rate and (cases or 0) < table.item.min_den):
        return None
    return table.item.measure.scaled(*cell.value)


def document(table: Cross, figure: str | None = None) -> dict[str, Any]:
    """What the template of the Markdown document is given; ``figure`` is the name of the chart's file beside it."""
    heads, rows = table.short()
    aligns = [":--", *["--:"] * (len(heads) - 1)]
    alt, unit = f"{table.title}条形图", table.item.unit
    told = (table.title, heads, aligns, rows, unit, list(table.conditions), list(table.notes), figure, alt)
    return dict(zip(NAMES, told, strict=True))


def records(table: Cross) -> list[dict[str, Any]]:
    """Every cell for a program; totals have no label (``null``)."""

    def label(text: str, place: int, known: Sequence[str]) -> str | None:
        return None if text == TOTAL or place >= len(table.heads) or text not in known else text

    found = []
    for row in table.rows:
        for column in table.columns:
            cell = table.cell(row, column)
            found.append(
                {
                    "row": label(row, 0, table.rows),
                    "column": label(column, 1, table.columns),
                    "numerator": None if cell.untold else cell.value[0],
                    "denominator": None if cell.untold else cell.value[1],
                    "text": table.text(row, column),
                }
            )
    return found
