"""Workbooks: the rows of a sheet with their values, formula errors told apart from empty cells.

xlsx and ods are read by python-calamine, which is fast, but gives formula errors (``#DIV/0!``) as empty cells; an
empty 结案日期 would turn a concluded case into a pending one. So those cells are looked up in the file itself.
xlsx: ECMA-376 part 1, 18.3.1.4 (``c``, type ``e``). ods: OpenDocument has no error type, LibreOffice marks them
``calcext:value-type="error"``. calamine lays a sheet out as a full rectangle and trusts the file, so damaged
archives, sheets with a stray cell in a far corner and what would not fit into memory are refused beforehand; what it
cannot allocate would end the process. A formula whose result was never stored looks like an empty cell too. xls is
read by xlrd, because a damaged one can make calamine take all memory.
"""

from __future__ import annotations

import io
import itertools
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Protocol
from xml.etree import ElementTree

import python_calamine as calamine

from reports.errors import InputError
from reports.system import free_memory

ERROR_TEXTS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!", "#CALC!")

BLOCK = 1 << 20
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384  # of a sheet
CELL_BYTES, TEXT_FACTOR = 64, 4  # what a cell, and a byte of packed text, take in memory
MAX_REPEATED = 1_000_000  # filled cells that an ods may only state as repeats of others
MAX_BYTES = 16 << 30  # of an unpacked archive
_XLSX_FAULT = re.compile(rb"""\st=["']e["']|<(?:\w+:)?f[\s>/]""")
_XLSX_ROW = re.compile(rb"""<(?:\w+:)?row[\s>/]""")
_XLSX_ROW_PLACE = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br=["'](\d+)""")
_XLSX_HIDDEN = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\bhidden=["'](?:1|true)["']""")
_XLSX_CELL = re.compile(rb"""<(?:\w+:)?c[\s>/]""")
_XLSX_WIDE = re.compile(rb"""\sr=["']([A-Za-z]{2,})\d""")
_XLSX_LOW = re.compile(rb"""\sr=["'][A-Za-z]+(\d{5,})["']""")
_SHARED_COUNT = re.compile(rb"""\b(?:uniqueCount|count)=["'](\d+)""")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")
UNSTORED = "没有存储的计算结果（文件没有计算过）"
ZERO = "0（文件可能没有计算过）"
SCALED = "÷"
_POINT_PUT_IN = re.compile(r"[!\\]\.(0+)")  # 0!.0000 shows 万, the point put among the digits of a whole number
_THOUSANDS_CUT = re.compile(r"[0#?](,+)(?![0#?,])")  # 0.0, shows thousands (ECMA-376 part 1, 18.8.31)
Told = Callable[[ElementTree.Element], str | None]


class FormulaError(str):
    """A cell that shows an error instead of a value; the text is what it shows."""

    __slots__ = ()


class FormulaZero(float):
    """A cell whose formula gave 0: a number, but in a column of dates the mark of a formula never calculated."""

    __slots__ = ()


class ScaledNumber(float):
    """A number that its format shows divided by ``factor``: 12345000 with the format ``0!.0,`` is seen as 1234.5."""

    factor: int

    def __new__(cls, number: float, factor: int) -> ScaledNumber:
        """``number`` as it is stored, with its factor."""
        made = super().__new__(cls, number)
        made.factor = factor
        return made


@dataclass(frozen=True)
class WorkbookSheet:
    """A sheet without its cells: ``visible`` as a person sees it; ``hidden`` rows; ``merged`` ranges of cells.

    A range is ((first row, first column), (last row, last column)), 0-based, columns from the sheet's first used one.
    """

    name: str
    visible: bool = True


@dataclass
class Extent:
    """What a look through a sheet's file tells: how far its cells reach, hidden rows, whether any cell needs a look."""

    rows: int = 0
    columns: int = 0
    hidden: int = 0
    faults: bool = False


Range = tuple[tuple[int, int], tuple[int, int]]


class Workbook(Protocol):
    """An open workbook."""

    sheets: list[WorkbookSheet]
    is_1904: bool  # days are counted from 1904, not 1900

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        """(0-based row, cells from the first used column on); faults are :class:`FormulaError`."""

    def merged(self, sheet: str) -> Sequence[Range]:
        """The merged ranges, columns counted from the first used one."""

    def hidden(self, sheet: str) -> int:
        """How many rows are hidden or filtered away."""

    def formulas(self, sheet: str) -> Iterator[tuple[int, int, str]]:
        """(0-based row, column counted from the first used one, text) of the cells that hold a formula."""


def memory() -> int:
    """Bytes of memory that a workbook may take: half of what is free now, or 2 GB where that is unknown."""
    free = free_memory()
    return 2 << 30 if free is None else max(256 << 20, free // 2)


def too_large(path: Path, sheet: str, rows: int, columns: int) -> InputError:
    """The message for a sheet that cannot be laid out in memory."""
    return InputError(
        f"工作表“{sheet}”过大：最下的一行是第{rows}行，最右的一列是第{columns}列。",
        where=str(path),
        advice="请删去数据区以外的单元格后另存，或导出为 CSV。",
    )


def shown_divided(number_format: str) -> int:
    """By how much a number's format divides what is stored, 1 for nearly all formats."""
    positive = re.sub(r'"[^"]*"|\[[^\]]*\]', "", number_format).partition(";")[0]
    factor = 1
    if match := _THOUSANDS_CUT.search(positive):
        factor *= 1000 ** len(match[1])
    if match := _POINT_PUT_IN.search(positive):
        factor *= 10 ** len(match[1])
    return factor


def open_zip(path: Path) -> Workbook:
    """Open xlsx, xlsm or ods."""
    return _Archive(path)


def open_xls(path: Path) -> Workbook:
    """Open a workbook of the old binary format; raises :class:`calamine.PasswordError` for an encrypted one."""
    with path.open("rb") as file:
        data = file.read(1 << 20)
    if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e" in data:
        raise calamine.PasswordError
    return _Xls(path)


class _Xls:
    def __init__(self, path: Path) -> None:
        import xlrd  # noqa: PLC0415 - only the old format needs it

        self.xlrd = xlrd
        try:
            self.book = xlrd.open_workbook(str(path), logfile=io.StringIO(), formatting_info=True)
        except xlrd.biffh.XLRDError as error:
            raise calamine.PasswordError if "encrypted" in str(error) else error from None
        except Exception:
            self.book = xlrd.open_workbook(str(path), logfile=io.StringIO())
        self.sheets = [WorkbookSheet(sheet.name, sheet.visibility == 0) for sheet in self.book.sheets()]
        self.is_1904 = bool(self.book.datemode)
        formats = {key: shown_divided(item.format_str or "") for key, item in self.book.format_map.items()}
        self.scaled = {key: factor for key, factor in formats.items() if factor != 1 and self.book.formatting_info}

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        found = self.book.sheet_by_name(sheet)
        for row in range(found.nrows):
            yield row, [self._shown(cell, self._value(cell.ctype, cell.value)) for cell in found.row(row)]

    def merged(self, sheet: str) -> Sequence[Range]:
        return [
            ((top, left), (low - 1, right - 1)) for top, low, left, right in self.book.sheet_by_name(sheet).merged_cells
        ]

    def hidden(self, sheet: str) -> int:
        return sum(bool(info.hidden) for info in self.book.sheet_by_name(sheet).rowinfo_map.values())

    def formulas(self, sheet: str) -> Iterator[tuple[int, int, str]]:
        raise InputError("旧格式（.xls）的工作簿无法核对公式。", where=sheet, advice="请用 Excel 或 WPS 另存为 .xlsx。")

    def _shown(self, cell: Any, value: Any) -> Any:
        if not self.scaled or not isinstance(value, float):
            return value
        factor = self.scaled.get(self.book.xf_list[cell.xf_index].format_key, 1)
        return value if factor == 1 else ScaledNumber(value, factor)

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

    is_1904 = False
    scaled: Mapping[str, int] = MappingProxyType({})  # number of a cell's style → by how much it divides

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.ods = "content.xml" in archive.namelist()
            if sum(item.file_size for item in archive.infolist()) > MAX_BYTES or archive.testzip() is not None:
                raise zipfile.BadZipFile
            if self.ods:
                self.extents = _ods_extents(archive, path)
            else:
                _check_strings(archive, path)
                self.parts = _xlsx_parts(archive)
                self.extents = {name: _xlsx_extent(archive, part) for name, part in self.parts.items()}
                self.scaled = _xlsx_scaled(archive)
                self.is_1904 = re.search(rb"date1904=[\"'](?:1|true)", archive.read("xl/workbook.xml")) is not None
        self.allowed = memory()
        for name, extent in self.extents.items():  # every sheet: the reader lays out what it is asked for, or all
            self._check(name, extent)
        self.book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        self.sheets = [
            WorkbookSheet(item.name, item.visible == calamine.SheetVisibleEnum.Visible)
            for item in self.book.sheets_metadata
            if item.typ == calamine.SheetTypeEnum.WorkSheet
        ]

    def _check(self, name: str, extent: Extent) -> None:
        beyond = extent.rows > MAX_ROWS or extent.columns > MAX_COLUMNS
        if beyond or extent.rows * extent.columns * CELL_BYTES > self.allowed:
            raise too_large(self.path, name, extent.rows, extent.columns)

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        faults: dict[int, list[tuple[int, str]]] = {}
        if self.extents[sheet].faults or self.scaled:
            with zipfile.ZipFile(self.path) as archive, archive.open(self._part(sheet)) as stream:
                told = _ods_fault if self.ods else partial(_xlsx_fault, scaled=self.scaled)
                for row, column, text in self._cells(stream, sheet, told):
                    faults.setdefault(row, []).append((column, text))
        found = self.book.get_sheet_by_name(sheet)
        if found.start is None:
            return
        left = found.start[1]
        for row, cells in enumerate(found.iter_rows()):
            values: list[Any] = list(cells)
            for column, text in faults.get(row, ()):
                values += [""] * (column - left + 1 - len(values))
                if column >= left:
                    values[column - left] = _marked(values[column - left], text)
            yield row, values

    def merged(self, sheet: str) -> Sequence[Range]:
        found = self.book.get_sheet_by_name(sheet)
        if found.start is None or not found.merged_cell_ranges:
            return []
        left = found.start[1]
        return [((top, first - left), (low, last - left)) for (top, first), (low, last) in found.merged_cell_ranges]

    def hidden(self, sheet: str) -> int:
        return self.extents[sheet].hidden

    def formulas(self, sheet: str) -> Iterator[tuple[int, int, str]]:
        found = self.book.get_sheet_by_name(sheet)
        if found.start is None:
            return
        with zipfile.ZipFile(self.path) as archive, archive.open(self._part(sheet)) as stream:
            told = _ods_formula if self.ods else _xlsx_formula
            for row, column, text in self._cells(stream, sheet, told):
                yield row, column - found.start[1], text

    def _part(self, sheet: str) -> str:
        return "content.xml" if self.ods else self.parts[sheet]

    def _cells(self, stream: IO[bytes], sheet: str, told: Told) -> Iterator[tuple[int, int, str]]:
        return _ods_cells(stream, sheet, told) if self.ods else _xlsx_cells(stream, told)


def _xlsx_extent(archive: zipfile.ZipFile, part: str) -> Extent:
    """How far the cells of a sheet reach: rows may lack their number, be out of order, or lie."""
    extent = Extent()
    count = widest = 0
    with archive.open(part) as stream:
        for block, fresh in _blocks(stream):
            extent.faults = extent.faults or _XLSX_FAULT.search(block) is not None
            extent.hidden += len(_XLSX_HIDDEN.findall(fresh))
            starts = [match.start() for match in _XLSX_ROW.finditer(fresh)]
            count += len(starts)
            placed = [int(number) for number in set(_XLSX_ROW_PLACE.findall(block))]
            low = [int(number) for number in set(_XLSX_LOW.findall(block))]
            extent.rows = max([extent.rows, *placed, *low])
            wide = [_column(name.decode().upper()) + 1 for name in set(_XLSX_WIDE.findall(block))]
            extent.columns = max([extent.columns, 26, *wide])
            for first, last in itertools.pairwise([0, *starts, len(fresh)]):
                if last - first > 5 * 26:  # the shortest cell is <c/>
                    widest = max(widest, len(_XLSX_CELL.findall(fresh, first, last)))
    extent.rows, extent.columns = max(extent.rows, count), max(extent.columns, widest)
    return extent


def _check_strings(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse shared strings that do not fit into memory, or of which the file claims more than it can hold."""
    names = [name for name in archive.namelist() if name.lower() == "xl/sharedstrings.xml"]
    for name in names:
        size = archive.getinfo(name).file_size
        with archive.open(name) as stream:
            claimed = max((int(number) for number in _SHARED_COUNT.findall(stream.read(4096))), default=0)
        unique = claimed if claimed * 4 > size else 0  # the shortest entry, <si/>, has five bytes
        if size * TEXT_FACTOR > memory() or unique * CELL_BYTES > memory():
            raise InputError(
                f"工作簿的共享文字过大（展开后约{max(size >> 20, 1)}MB，声明{claimed}条），内存放不下。",
                where=str(path),
                advice="请用 Excel 或 WPS 打开后另存为 CSV，或分成几个文件。",
            )


def _ods_extents(archive: zipfile.ZipFile, path: Path) -> dict[str, Extent]:
    """The extents of all sheets of an ods; empty rows and cells repeated to the sheet's edge do not count."""
    extents: dict[str, Extent] = {}
    extent, name = Extent(), ""
    row = column = filled = written = repeated = 0
    with archive.open("content.xml") as stream:
        for event, item in ElementTree.iterparse(stream, ("start", "end")):  # noqa: S314 - expat limits expansion
            kind = _local(item)
            if kind == "table" and event == "start":
                name, row = _attribute(item, "name") or "", 0
                extent = extents[name] = Extent(columns=1)
            elif kind == "table-row" and event == "start":
                column = filled = written = 0
            elif kind in ("table-cell", "covered-table-cell") and event == "end":
                times = _times(item, "number-columns-repeated")
                written += 1
                if _ods_filled(item):
                    filled = column + times
                    extent.faults = extent.faults or _ods_fault(item) is not None
                column += times
                if column > MAX_COLUMNS:
                    raise too_large(path, name, row + 1, column)
            elif kind == "table-row" and event == "end":
                times = _times(item, "number-rows-repeated")
                if filled:
                    extent.rows = row + times
                    extent.columns = max(extent.columns, filled)
                    repeated += max(times * filled - written, 0)
                    extent.hidden += times * (_attribute(item, "visibility") in ("collapse", "filter"))
                row += times
                item.clear()
                if extent.rows > MAX_ROWS or repeated > MAX_REPEATED:
                    raise too_large(path, name, extent.rows, extent.columns)
    return extents


def _ods_filled(item: ElementTree.Element) -> bool:
    return len(item) > 0 or any(key.endswith(("}value-type", "}formula", "}value")) for key in dict(item.items()))


def _times(item: ElementTree.Element, name: str) -> int:
    text = _attribute(item, name)
    return int(text) if text and text.isdecimal() else 1


def _blocks(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The stream in blocks, each with the end of the one before, so that no short pattern is cut in two.

    The second is the block cut at tags, so that what is counted in it is counted once.
    """
    tail = rest = b""
    while block := stream.read(BLOCK):
        whole = rest + block
        cut = whole.rfind(b"<")
        cut = cut if cut > 0 else len(whole)
        yield tail + block, whole[:cut]
        tail, rest = block[-256:], whole[cut:]
    if rest:
        yield rest, rest


def _xlsx_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where each sheet stands in the archive, by name."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat limits expansion
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    held = set(archive.namelist())
    found = {}
    for item in book.iter():
        if _local(item) == "sheet":
            target = targets[next(value for name, value in item.items() if name.endswith("}id"))]
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            if part in held and "chartsheets/" not in part:
                found[item.get("name", "")] = part
    return found


def _xlsx_scaled(archive: zipfile.ZipFile) -> dict[str, int]:
    """The styles of cells whose format divides what is stored (ECMA-376 part 1, 18.8.30 and 18.8.10)."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))  # noqa: S314 - expat limits expansion
    formats = {
        item.get("numFmtId"): factor
        for item in root.iter()
        if _local(item) == "numFmt" and (factor := shown_divided(item.get("formatCode", ""))) != 1
    }
    styles = next((item for item in root if _local(item) == "cellXfs"), ())
    return {
        str(place): formats[item.get("numFmtId")]
        for place, item in enumerate(styles)
        if item.get("numFmtId") in formats
    }


def _marked(value: Any, told: str) -> Any:
    """A cell with what was found in the file of it."""
    if told.startswith(SCALED):
        return ScaledNumber(value, int(told.removeprefix(SCALED))) if isinstance(value, float) else value
    return FormulaZero() if told == ZERO else FormulaError(told)


def _xlsx_fault(cell: ElementTree.Element, scaled: Mapping[str, int] = MappingProxyType({})) -> str | None:
    value = next((child.text for child in cell if _local(child) == "v"), None)
    if cell.get("t") == "e":
        return value or "#VALUE!"
    if any(_local(child) == "f" for child in cell):
        if not value:
            return UNSTORED
        if value == "0" and cell.get("t", "n") == "n":
            return ZERO
    factor = scaled.get(cell.get("s", ""), 1)
    return None if factor == 1 else f"{SCALED}{factor}"


def _xlsx_formula(cell: ElementTree.Element) -> str | None:
    return next((f"={child.text or ''}" for child in cell if _local(child) == "f"), None)


def _ods_fault(cell: ElementTree.Element) -> str | None:
    kinds = {value for key, value in cell.items() if key.endswith("}value-type")}
    if "error" in kinds:
        return "".join(cell.itertext()).strip() or "#VALUE!"
    if _attribute(cell, "formula") is not None:
        text = "".join(cell.itertext()).strip()
        return UNSTORED if not text and not _attribute(cell, "value") and not _attribute(cell, "date-value") else None
    return None


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
            row += _times(item, "number-rows-repeated")
            item.clear()
        elif name in ("table-cell", "covered-table-cell") and event == "end":
            if inside and (text := told(item)) is not None:
                yield row, column, text
            column += _times(item, "number-columns-repeated")


def _local(item: ElementTree.Element) -> str:
    return item.tag.rpartition("}")[2]


def _attribute(item: ElementTree.Element, name: str) -> str | None:
    return next((value for key, value in item.items() if key.rpartition("}")[2] == name), None)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
