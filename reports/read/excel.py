"""Sheets of any workbook: headings found below title rows, real row numbers, values as a CSV of them would hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine as calamine

from reports.cells import UNITS, clean, split_unit
from reports.errors import InputError
from reports.model import Note
from reports.read import heading as headings
from reports.read.heading import Heading
from reports.read.table import Opening, RegularCopy, Table
from reports.read.workbook import ERROR_TEXTS, UNSTORED, ZERO, FormulaError, FormulaZero, ScaledNumber, Workbook

EXACT = 1e15  # whole numbers beyond it are no longer exact in a sheet
KEY = "case_no"
FULL = (65_536, 1_048_576)  # the last rows of sheets of the old and the present format
_DAYS_BETWEEN = timedelta(1462)  # of 1904-01-01, from which some workbooks count, after 1899-12-30
_ZERO_DAY = datetime(1899, 12, 30)


@dataclass(frozen=True)
class _Found:
    """A sheet with the heading that it has, if any."""

    name: str
    heading: Heading | None
    columns: Mapping[str, str]


def open_sheets(at: Opening, opened: Callable[[Path], Workbook]) -> list[Table]:
    """Prepare the sheets that hold what is wanted: the named one, or every visible one with the same heading.

    A sheet without a heading whose rows fit the first's is read as its continuation, as some exporters split tables.
    The first visible sheet with all required columns gives the heading; where none has them, the best candidate is
    taken, so that the caller can say what is missing. Hidden sheets are read only by name; they are told of.
    Raises :class:`InputError` for a file that is no workbook, is protected by a password, or has no such sheet.
    """
    wanted = at.wanted
    with guarded(at.path):
        book = opened(at.path)
        visible = [sheet.name for sheet in book.sheets if sheet.visible]
        found = [_look(book, name, at) for name in _chosen(book, wanted.sheet, visible, at.path)]
        first = max(
            (one for one in found if one.heading),
            key=lambda one: one.heading.score[:2] if one.heading else (0, 0),
            default=None,
        )
        full = next((one for one in found if _complete(one, wanted.required)), None)
        first = full or first
        if first is None or first.heading is None:
            hidden = [sheet.name for sheet in book.sheets if not sheet.visible]
            raise InputError(
                "工作簿的工作表中没有内容。" if visible else "工作簿中没有可见的工作表。",
                where=f"{at.path}（工作表：{'、'.join(sheet.name for sheet in book.sheets) or '没有'}）",
                advice=f"工作表{'、'.join(hidden)}是隐藏的，需要时用 sheet 指定。" if hidden else "请重新导出。",
            )
        tables: list[Table] = []
        last = 0
        for one in found:
            heading, continued = one.heading, False
            if one is not first and (heading is None or one.columns != first.columns):
                full_before = last in FULL and heading is not None and not one.columns
                if not (full_before or (full and _goes_on(book, one, first.heading, at))):
                    continue
                heading, continued = first.heading, True
            if one is not first and (wanted.sheet or not full):
                continue
            assert heading is not None
            table, last = _copied(book, one.name, heading, at, continued=continued)
            tables.append(table)
        return _told(book, tables, found, first, at)


def _complete(one: _Found, required: Sequence[str]) -> bool:
    return one.heading is not None and bool(required) and all(name in one.columns for name in required)


def _goes_on(book: Workbook, one: _Found, heading: Heading, at: Opening) -> bool:
    """Whether a sheet without a heading goes on with the rows of another: its first row fits that one's heading."""
    if one.heading is None or one.columns:
        return False
    texts = next(
        (texts for _, cells in book.rows(one.name) if any(texts := [clean(cell_text(cell)) for cell in cells])), []
    )
    return headings.fits(texts + [""] * (len(heading.names) - len(texts)), heading.names, at.wanted)


def _look(book: Workbook, name: str, at: Opening) -> _Found:
    rows = ((row + 1, [cell_text(cell) for cell in cells]) for row, cells in book.rows(name))
    heading = headings.find(rows, at.wanted, f"{at.path}，工作表“{name}”")
    return _Found(name, heading, at.wanted.match(heading.names) if heading else {})


def _copied(book: Workbook, name: str, heading: Heading, at: Opening, *, continued: bool) -> tuple[Table, int]:
    """The rows of a sheet below its heading (all of them where another sheet's goes on), and its last filled row."""
    names = heading.names
    used = at.wanted.match(names)
    watched = [place for place, column in enumerate(names) if column in used.values() or not at.wanted.required]
    days = {names.index(column) for key, column in used.items() if key in at.wanted.days}
    place = [sheet.name for sheet in book.sheets].index(name)
    units = [split_unit(column)[1] or heading.unit for column in names]
    start = 0 if continued else heading.row
    scaled = 0
    last = 0
    kinds = []
    with RegularCopy(at.copy(f"{place}.sheet"), names, header_line=heading.row) as copy:
        for row, cells in _filled_down(book, name, start):
            if row + 1 <= start or _blank(cells):
                continue
            if wrong := _fault(cells, names, watched, days, units):
                last = row + 1
                copy.lose(row + 1, wrong)
                continue
            if book.is_1904:
                cells = [_since_1904(cell) if n in days else cell for n, cell in enumerate(cells)]
            fields = [cell_text(cell) for cell in cells]
            for n, cell in enumerate(cells[: len(names)]):
                if isinstance(cell, ScaledNumber) and UNITS.get(units[n] or "元") == cell.factor:
                    fields[n] += "元"
                    scaled += 1
            if any(field.strip() for field in fields):
                last = row + 1
                if len(fields) > len(names) and (kind := headings.no_case(fields, names)):
                    kinds.append(kind)
                    continue
                copy.write(row + 1, fields + [""] * (len(names) - len(fields)))
    notes = list(headings.told(kinds))
    label = f"{at.path.name}的工作表“{name}”"
    if hidden := book.hidden(name):
        notes.append(Note("hidden_rows", f"{label}中被隐藏或筛选的行（照样计入）", hidden, unit="行"))
    if scaled:
        text = f"{label}中格式按列名的单位显示的金额，存的是元，按元计"
        notes.append(Note("scaled_cells", text, scaled, unit="个"))
    if last in FULL:
        notes.append(
            Note("full_sheet", f"{label}正好写满到最后一行，其后的行可能没有导出（请核对件数）", last - 1, unit="行")
        )
    table = copy.table(part=name, unit=heading.unit, notes=tuple(notes), doubled=heading.doubled)
    return table, last


def _filled_down(book: Workbook, sheet: str, start: int) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a sheet, cells merged downwards filled in every row that holds anything else."""
    merged: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (low, _) in book.merged(sheet):
        if low > top and low >= start:
            merged.setdefault(top, []).append((left, low))
    open_to: dict[int, tuple[int, Any]] = {}
    for row, cells in book.rows(sheet):
        if open_to and any(cell != "" and cell is not None for cell in cells):
            for column, (low, value) in list(open_to.items()):
                if row > low:
                    del open_to[column]
                elif column < len(cells) and cells[column] in ("", None):
                    cells[column] = value
        for column, low in merged.get(row, ()):
            if column < len(cells):
                open_to[column] = (low, cells[column])
        yield row, cells


def _blank(cells: Sequence[Any]) -> bool:
    return cells.count("") == len(cells)


def _fault(
    cells: Sequence[Any], names: Sequence[str], watched: Sequence[int], days: set[int], units: Sequence[str | None]
) -> str | None:
    for place in watched:
        cell = cells[place] if place < len(cells) else None
        if isinstance(cell, FormulaZero) and place in days:
            return f"“{names[place]}”是公式，存储的结果为{ZERO}"
        if isinstance(cell, FormulaError) and cell == UNSTORED:
            return f"“{names[place]}”是公式，{UNSTORED}"
        if is_error(cell):
            return f"“{names[place]}”是公式错误：{cell}"
        if isinstance(cell, ScaledNumber) and (unit := units[place]) and UNITS[unit] not in (1, cell.factor):
            return f"“{names[place]}”的单位是{unit}，而单元格的格式把存的数除以{cell.factor}显示，不能确定是多少"
    return None


def _since_1904(cell: Any) -> Any:
    """A bare number of a day in a workbook that counts from 1904, as a day."""
    if isinstance(cell, float) and not isinstance(cell, bool) and 0 < cell < 80_000:
        return _ZERO_DAY + _DAYS_BETWEEN + timedelta(cell)
    return cell


def _told(book: Workbook, tables: Sequence[Table], found: Sequence[_Found], first: _Found, at: Opening) -> list[Table]:
    """The tables, the first with what must be said of the workbook: which sheets were read, which were not."""
    notes: list[Note] = []
    read = {table.part for table in tables}
    if at.wanted.required:
        for one in found:
            if one.name in read or one.heading is None or at.wanted.sheet:
                continue
            _refuse_half(one, first, at)
            why = "也有所需的列，但表头" if _complete(one, at.wanted.required) else "的表头"
            text = f"{at.path.name}的工作表“{one.name}”{why}与“{first.name}”不同，没有读取"
            notes.append(Note("sheet_left_out", text, 1, unit="张"))
        for sheet in book.sheets:
            if sheet.name in read or sheet.visible:
                continue
            looked = _look(book, sheet.name, at)
            if _complete(looked, at.wanted.required) and looked.heading:
                count = sum(row + 1 > looked.heading.row and any(cells) for row, cells in book.rows(sheet.name))
                text = f"{at.path.name}的工作表“{sheet.name}”是隐藏的，没有读取（需要时用 sheet 指定），其中有"
                notes.append(Note("hidden_sheet", text, count, unit="行"))
    if not notes and len(tables) == 1:
        return list(tables)
    rows = [
        Note("sheet_rows", f"{at.path.name}的工作表“{table.part}”读取", _rows(table, at), unit="行") for table in tables
    ]
    lead = tables[0]
    return [_with(lead, (*lead.notes, *rows, *notes)), *tables[1:]]


def _refuse_half(one: _Found, first: _Found, at: Opening) -> None:
    """Refuse a sheet of cases that lacks a required column, as the sheet of open cases has no day of conclusion.

    To leave it out would be to say that these cases do not exist.
    """
    missing = [name for name in at.wanted.required if name not in one.columns]
    if KEY in one.columns and 0 < len(missing) <= len(at.wanted.required) // 2:
        names = "、".join(first.columns.get(name, name) for name in missing)
        raise InputError(
            f"工作表“{one.name}”像是另一部分案件，但缺少列：{names}。",
            where=str(at.path),
            advice="请补上缺少的列，没有值的（如未结案件的结案日期）留空；不是案件表的，"
            f'用 [source] 的 sheet 指定要读的工作表，如 sheet = "{first.name}"。',
        )


def _with(table: Table, notes: tuple[Note, ...]) -> Table:

    return replace(table, notes=notes)


def _rows(table: Table, at: Opening) -> int:
    ((rows,),) = at.connection.execute(f"SELECT count(*) FROM ({table.sql})").fetchall()
    return int(rows) + len(table.lost)


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
            raise InputError(
                "工作簿有密码，不能读取。",
                where=str(self.path),
                advice="请打开后去掉密码（文件—信息—保护工作簿）再另存。",
            ) from None
        if isinstance(error, MemoryError):
            raise InputError(
                "工作簿太大，内存放不下。", where=str(self.path), advice="请另存为 CSV，或分成几个文件。"
            ) from None
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
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(float(value))
    if isinstance(value, datetime):
        if value.microsecond >= 500_000 and value.tzinfo is None:  # the dust of binary fractions
            value = value.replace(microsecond=0) + timedelta(seconds=1)
        whole_day = value.time() == time() and value.tzinfo is None
        return str(value.date().isoformat() if whole_day else value.isoformat(" ", "seconds"))
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def _chosen(book: Workbook, wanted: str | None, visible: Sequence[str], path: Path) -> Sequence[str]:
    names = [sheet.name for sheet in book.sheets]
    if wanted is None:
        return visible
    if wanted not in names:
        raise InputError(
            f"工作簿中没有工作表“{wanted}”。",
            where=str(path),
            advice=f"工作簿中有：{'、'.join(names) or '（没有工作表）'}；请核对 [source] 的 sheet。",
        )
    return [wanted]


def is_error(cell: Any) -> bool:
    """Whether a cell shows a formula's fault instead of a value."""
    return isinstance(cell, FormulaError) or (isinstance(cell, str) and cell in ERROR_TEXTS)
