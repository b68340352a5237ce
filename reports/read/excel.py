"""Sheets: the header found below title rows, real row numbers, values as a CSV of them would hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine as calamine

from reports.errors import InputError
from reports.forms import Sheet
from reports.read.text import RegularCopy, TextTable, column_names, hash_name
from reports.read.workbook import ERROR_TEXTS, FormulaError, Workbook, open_workbook

EXCEL = (".xlsx", ".xlsm", ".xls", ".ods")
HEADER_ROWS = 10  # the header stands within the first rows of a sheet
EXACT = 1e15  # whole numbers beyond it are no longer exact in a sheet

Match = Callable[[Sequence[str]], Mapping[str, str]]  # header → what each of its columns is


@dataclass(frozen=True)
class _Header:
    """A candidate: 0-based row, its cells, and how much of what is wanted it holds."""

    sheet: str
    row: int
    cells: tuple[str, ...]
    score: tuple[int, int, int]


def open_excel(path: Path, work: Path, match: Match, required: Sequence[str], sheet: str | None = None) -> TextTable:
    """Prepare one sheet: the named one, or the first in which a row of the first ten holds the required columns.

    Where no row holds them all, the best candidate is taken, so that the caller can say what is missing.
    Raises :class:`InputError` for a file that is no workbook, is protected by a password, or has no such sheet.
    """
    with guarded(path):
        book = open_workbook(path)
        header = _find_header(book, _chosen(book, sheet, path), match, required)
        if header is None:
            raise InputError("工作簿中没有数据。", where=str(path), advice="请重新导出，或用 sheet 指定工作表。")
        columns = column_names(header.cells, f"{path}，工作表“{header.sheet}”第{header.row + 1}行")
        used = set(match(columns).values())
        watched = [place for place, name in enumerate(columns) if name in used or not required]
        target = work / f"{path.stem}-{abs(hash_name(path))}.sheet"
        with RegularCopy(target, columns, header_line=header.row + 1) as copy:
            for row, cells in book.rows(header.sheet):
                if row <= header.row:
                    continue
                wrong = [(place, cells[place]) for place in watched if place < len(cells) and _is_error(cells[place])]
                if wrong:
                    place, shown = wrong[0]
                    copy.lose(row + 1, f"“{columns[place]}”是公式错误：{shown}")
                    continue
                fields = [cell_text(cell) for cell in cells]
                if any(field.strip() for field in fields):
                    copy.write(row + 1, fields + [""] * (len(columns) - len(fields)))
    return copy.table()


def filled_sheets(path: Path) -> Iterator[Sheet]:
    """The sheets of a form that came back, one after another, with the places of their formulas.

    Raises :class:`InputError` for a file that is missing, no workbook, protected by a password, or in the old format.
    """
    if not path.is_file():
        raise InputError(f"找不到文件“{path}”。", advice="请核对路径。")
    with guarded(path):
        book = open_workbook(path)
        for name in book.names:
            rows = [(row + 1, cells) for row, cells in book.rows(name)]
            formulas = {(row + 1, column): text for row, column, text in book.formulas(name)}
            errors = {(row, n): str(cell) for row, cells in rows for n, cell in enumerate(cells) if _is_error(cell)}
            yield Sheet(name, rows, errors | formulas)


class guarded:
    """Whatever the reader of workbooks throws becomes one message; its panics are no ``Exception``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, (InputError, KeyboardInterrupt, SystemExit, GeneratorExit)):
            return
        if isinstance(error, calamine.PasswordError):
            raise InputError("工作簿有密码。", where=str(self.path), advice="请去掉密码后另存。") from None
        raise InputError(
            "不是可以读取的 Excel 工作簿，或文件已损坏。",
            where=str(self.path),
            advice="请用 Excel 或 WPS 打开后另存为 .xlsx，或改用 CSV。",
        ) from error


def cell_text(value: Any) -> str:
    """A cell as the text that a CSV export of it would hold: dates as ISO, whole numbers without ``.0``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def _chosen(book: Workbook, wanted: str | None, path: Path) -> list[str]:
    if wanted is None:
        return book.names
    if wanted not in book.names:
        raise InputError(
            f"工作簿中没有工作表“{wanted}”。",
            where=str(path),
            advice=f"工作簿中有：{'、'.join(book.names) or '（没有工作表）'}；请核对 [source] 的 sheet。",
        )
    return [wanted]


def _is_error(cell: Any) -> bool:
    return isinstance(cell, FormulaError) or (isinstance(cell, str) and cell in ERROR_TEXTS)


def _find_header(book: Workbook, sheets: Sequence[str], match: Match, required: Sequence[str]) -> _Header | None:
    best: _Header | None = None
    for sheet in sheets:
        seen = 0
        for row, cells in book.rows(sheet):
            texts = tuple(cell_text(cell).strip() for cell in cells)
            if not any(texts):
                continue
            seen += 1
            if seen > HEADER_ROWS:
                break
            found = match(texts)
            wanted = sum(name in found for name in required)
            filled = sum(bool(text) for text in texts)
            candidate = _Header(sheet, row, texts, (wanted, len(found), filled if len(found) or not required else 0))
            if required and wanted == len(required):
                return candidate
            if best is None or candidate.score > best.score:
                best = candidate
    return best
