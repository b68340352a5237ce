"""Workbooks: the rows of a sheet with their values, formula errors told apart from empty cells.

xlsx and ods are read by python-calamine, which is fast, but gives formula errors (``#DIV/0!``) as empty cells; an
empty 结案日期 would turn a concluded case into a pending one. So those cells are looked up in the file itself.
xlsx: ECMA-376 part 1, 18.3.1.4 (``c``, type ``e``). ods: OpenDocument has no error type, LibreOffice marks them
``calcext:value-type="error"``. calamine lays a sheet out as a full rectangle and trusts the file, so damaged
archives and sheets with a stray cell in a far corner are refused beforehand. xls is read by xlrd, because a damaged
one can make calamine take all memory.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol
from xml.etree import ElementTree

import python_calamine as calamine

from reports.errors import InputError

ERROR_TEXTS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!", "#CALC!")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
BLOCK = 1 << 20
MAX_CELLS = 100_000_000  # of the rectangle that calamine would lay out
MAX_BYTES = 16 << 30  # of an unpacked archive
_XLSX_ERROR = re.compile(rb"""\st=["']e["']""")
_XLSX_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?r=["'](\d+)""")
_XLSX_FAR = re.compile(rb"""\sr=["']([A-Z]{2,3})\d""")
_ODS_ERROR = re.compile(rb"""value-type=["']error["']""")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")
Told = Callable[[ElementTree.Element], str | None]


class FormulaError(str):
    """A cell that shows an error instead of a value; the text is what it shows."""

    __slots__ = ()


class Workbook(Protocol):
    """An open workbook."""

    names: list[str]

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        """(0-based row, cells from the first used column on); errors are :class:`FormulaError`."""

    def formulas(self, sheet: str) -> Iterator[tuple[int, int, str]]:
        """(0-based row, column counted from the first used one, text) of the cells that hold a formula."""


def open_workbook(path: Path) -> Workbook:
    """Open a workbook by what it is, whatever its name says: exports called .xls are often something else.

    Raises :class:`InputError`, or whatever a broken file makes its parsers raise; the caller turns that into a message.
    """
    with path.open("rb") as file:
        start = file.read(512).lstrip()
    if start.startswith(ZIP):
        return _Archive(path)
    if start.startswith(OLE) and path.suffix.lower() == ".xls":
        return _Xls(path)
    if start.startswith(OLE):  # an encrypted workbook is wrapped in the old container
        raise calamine.PasswordError
    if start[:1] == b"<":
        raise InputError(
            "文件名像 Excel 工作簿，实际是网页或 XML。",
            where=str(path),
            advice="请用 Excel 或 WPS 打开后另存为 .xlsx，或改用 CSV。",
        )
    raise ValueError("no workbook")


class _Xls:
    def __init__(self, path: Path) -> None:
        import xlrd  # noqa: PLC0415 - only the old format needs it

        self.xlrd = xlrd
        try:
            self.book = xlrd.open_workbook(str(path), logfile=io.StringIO())
        except xlrd.biffh.XLRDError as error:
            raise calamine.PasswordError if "encrypted" in str(error) else error from None
        self.names = list(self.book.sheet_names())

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        found = self.book.sheet_by_name(sheet)
        for row in range(found.nrows):
            yield row, [self._value(cell.ctype, cell.value) for cell in found.row(row)]

    def formulas(self, sheet: str) -> Iterator[tuple[int, int, str]]:
        raise InputError("旧格式（.xls）的工作簿无法核对公式。", where=sheet, advice="请用 Excel 或 WPS 另存为 .xlsx。")

    def _value(self, kind: int, value: Any) -> Any:
        if kind == self.xlrd.XL_CELL_ERROR:
            return FormulaError(self.xlrd.error_text_from_code.get(value, "#VALUE!"))
        if kind == self.xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        if kind == self.xlrd.XL_CELL_DATE:
            return self._date(value)
        return value

    def _date(self, value: float) -> datetime | float:
        try:
            found: datetime = self.xlrd.xldate.xldate_as_datetime(value, self.book.datemode)
        except (ValueError, OverflowError):
            return value
        return found


class _Archive:
    """xlsx, xlsm or ods."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.ods = "content.xml" in archive.namelist()
            if sum(item.file_size for item in archive.infolist()) > MAX_BYTES or archive.testzip() is not None:
                raise zipfile.BadZipFile
        self.book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        kinds = {item.name: item.typ for item in self.book.sheets_metadata}
        self.names = [name for name, kind in kinds.items() if kind == calamine.SheetTypeEnum.WorkSheet]

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        errors: dict[int, list[tuple[int, str]]] = {}
        for row, column, text in self._errors(sheet):
            errors.setdefault(row, []).append((column, text))
        found = self.book.get_sheet_by_name(sheet)
        if found.start is None:
            return
        left = found.start[1]
        for row, cells in enumerate(found.iter_rows()):
            values: list[Any] = list(cells)
            for column, text in errors.get(row, ()):
                values += [""] * (column - left + 1 - len(values))
                if column >= left:
                    values[column - left] = FormulaError(text)
            yield row, values

    def formulas(self, sheet: str) -> Iterator[tuple[int, int, str]]:
        found = self.book.get_sheet_by_name(sheet)
        if found.start is None:
            return
        with zipfile.ZipFile(self.path) as archive:
            part = "content.xml" if self.ods else _xlsx_part(archive, sheet)
            with archive.open(part) as stream:
                cells = _ods_cells(stream, sheet, _ods_formula) if self.ods else _xlsx_cells(stream, _xlsx_formula)
                for row, column, text in cells:
                    yield row, column - found.start[1], text

    def _errors(self, sheet: str) -> Iterator[tuple[int, int, str]]:
        """(0-based row, column, text) of the error cells; refuses a sheet whose rectangle is too large."""
        with zipfile.ZipFile(self.path) as archive:
            part = "content.xml" if self.ods else _xlsx_part(archive, sheet)
            with archive.open(part) as stream:
                if not (self._scan_ods(stream) if self.ods else self._scan_xlsx(stream, sheet)):
                    return
            with archive.open(part) as stream:
                yield from _ods_cells(stream, sheet, _ods_error) if self.ods else _xlsx_cells(stream, _xlsx_error)

    def _scan_xlsx(self, stream: IO[bytes], sheet: str) -> bool:
        """Whether there is any error at all; most sheets have none, and then need no second parsing."""
        errors, rows, columns = False, 0, 26
        for block in _blocks(stream):
            errors = errors or _XLSX_ERROR.search(block) is not None
            rows = max([rows, *(int(number) for number in _XLSX_ROW.findall(block)[-1:])])
            columns = max([columns, *(_column(name.decode()) + 1 for name in set(_XLSX_FAR.findall(block)))])
        if rows * columns > MAX_CELLS:
            raise InputError(
                f"工作表“{sheet}”过大：最下的一行是第{rows}行，最右的一列是第{columns}列。",
                where=str(self.path),
                advice="请删去数据区以外的单元格后另存，或导出为 CSV。",
            )
        return errors

    def _scan_ods(self, stream: IO[bytes]) -> bool:
        return any(_ODS_ERROR.search(block) for block in _blocks(stream))


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """The stream in blocks, each with the end of the one before, so that no short pattern is cut in two."""
    tail = b""
    while block := stream.read(BLOCK):
        yield tail + block
        tail = block[-256:]


def _xlsx_part(archive: zipfile.ZipFile, sheet: str) -> str:
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat limits expansion
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    for item in book.iter():
        if _local(item) == "sheet" and item.get("name") == sheet:
            target = targets[next(value for name, value in item.items() if name.endswith("}id"))]
            return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    raise KeyError(sheet)


def _xlsx_error(cell: ElementTree.Element) -> str | None:
    if cell.get("t") != "e":
        return None
    return next((child.text for child in cell if _local(child) == "v"), None) or "#VALUE!"


def _xlsx_formula(cell: ElementTree.Element) -> str | None:
    return next((f"={child.text or ''}" for child in cell if _local(child) == "f"), None)


def _ods_error(cell: ElementTree.Element) -> str | None:
    if "error" not in {value for key, value in cell.items() if key.endswith("}value-type")}:
        return None
    return "".join(cell.itertext()).strip() or "#VALUE!"


def _ods_formula(cell: ElementTree.Element) -> str | None:
    text = _attribute(cell, "formula")
    return None if text is None else f"={text.partition('=')[2]}"


def _xlsx_cells(stream: IO[bytes], told: Told) -> Iterator[tuple[int, int, str]]:
    """(row, column, text) of the cells of which ``told`` has something to say."""
    row = column = -1
    for event, item in ElementTree.iterparse(stream, ("start", "end")):  # noqa: S314
        name = _local(item)
        if event == "start" and name == "row":
            row, column = int(item.get("r") or row + 2) - 1, -1
        elif event == "start" and name == "c":
            column += 1
            if match := _REFERENCE.fullmatch(item.get("r", "")):
                row, column = int(match[2]) - 1, _column(match[1])
        elif event == "end" and name == "c":
            if (text := told(item)) is not None:
                yield row, column, text
            item.clear()
        elif event == "end" and name == "row":
            item.clear()


def _ods_cells(stream: IO[bytes], sheet: str, told: Told) -> Iterator[tuple[int, int, str]]:
    inside = False
    row = column = 0
    for event, item in ElementTree.iterparse(stream, ("start", "end")):  # noqa: S314
        name = _local(item)
        if name == "table" and event == "start":
            inside, row = _attribute(item, "name") == sheet, 0
        elif name == "table-row" and event == "start":
            column = 0
        elif name == "table-row":
            row += int(_attribute(item, "number-rows-repeated") or 1)
            item.clear()
        elif name in ("table-cell", "covered-table-cell") and event == "end":
            if inside and (text := told(item)) is not None:
                yield row, column, text
            column += int(_attribute(item, "number-columns-repeated") or 1)


def _local(item: ElementTree.Element) -> str:
    return item.tag.rpartition("}")[2]


def _attribute(item: ElementTree.Element, name: str) -> str | None:
    return next((value for key, value in item.items() if key.rpartition("}")[2] == name), None)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
