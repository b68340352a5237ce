"""One small table per indicator: the rows, and what a clerk counts in them by hand for 2025年第三季度.

Rows are written as a court exports them, with only the columns that matter; 案号 gives line and procedure. Every
table holds at least one row that must not be counted, with the reason beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from by_hand import compared, write_csv

from reports import catalogue

EVERYTHING = catalogue.load(catalogue.EVERYTHING)


@dataclass(frozen=True)
class Spec:
    """``table`` is text: a header line, then rows, cells between ``|``; a remark may follow ``#``."""

    indicator: str
    table: str
    numerator: int
    denominator: int | None
    text: str
    court: str = "辽0102"
    change: str | None = None  # 同比, where the table holds the year before

    def rows(self) -> list[dict[str, object]]:
        lines = [line.partition("#")[0].strip() for line in self.table.strip().splitlines()]
        header, *body = [[cell.strip() for cell in line.split("|")] for line in lines if line]
        assert all(len(cells) == len(header) for cells in body), self.table
        return [dict(zip(header, cells, strict=True)) for cells in body]


@dataclass(frozen=True)
class Untold:
    """An indicator that case data cannot give: the reason that is printed."""

    indicator: str
    reason: str


def check(spec: Spec, folder: Path) -> None:
    cells = compared(write_csv(folder / "cases.csv", spec.rows()), "2025Q3", edition=EVERYTHING)
    assert spec.indicator not in cells.untold, cells.untold
    cell = cells.cell(spec.court, "全部", spec.indicator)
    assert cell is not None
    assert (cell.now, cell.text) == ((spec.numerator, spec.denominator), spec.text)
    if spec.change:
        assert cell.year_change == spec.change


def check_untold(spec: Untold, folder: Path) -> None:
    rows = [{"案号": "（2025）辽0102民初1号", "经办法院": "辽0102", "立案日期": "2025-07-01", "结案日期": "2025-08-01"}]
    cells = compared(write_csv(folder / "cases.csv", rows), "2025Q3", edition=EVERYTHING)
    assert cells.untold[spec.indicator] == spec.reason
    assert cells.cell("辽0102", "全部", spec.indicator) is None
