"""Tables in markup that old web systems save as .xls: web pages (HTML) and XML spreadsheets of 2003 (SpreadsheetML).

Both become workbooks, read by lxml. Nothing outside the file is ever fetched, entities are not expanded, and a file
that would not fit into memory is refused.
SpreadsheetML: https://learn.microsoft.com/previous-versions/office/developer/office-xp/aa140066(v=office.10)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from reports.errors import InputError
from reports.read.workbook import MAX_COLUMNS, MAX_ROWS, UNSTORED, FormulaError, Range, WorkbookSheet, memory, too_large

TREE_FACTOR = 12  # what a byte of markup takes in memory as a tree
_META = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?")
_NAMES = {"gb2312": "gb18030", "gbk": "gb18030"}


class _Page:
    """Sheets that were laid out when the file was parsed."""

    is_1904 = False

    def __init__(self) -> None:
        self.sheets: list[WorkbookSheet] = []
        self._rows: dict[str, list[tuple[int, list[Any]]]] = {}
        self._merged: dict[str, list[Range]] = {}
        self._hidden: dict[str, int] = {}
        self._formulas: dict[str, list[tuple[int, int, str]]] = {}

    def add(self, name: str, *, visible: bool = True) -> str:
        """Begin a sheet; two of one name are told apart."""
        given, number = name, 2
        while name in self._rows:
            name, number = f"{given}（{number}）", number + 1
        self.sheets.append(WorkbookSheet(name, visible))
        self._rows[name], self._merged[name], self._hidden[name], self._formulas[name] = [], [], 0, []
        return name

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        yield from self._rows[sheet]

    def merged(self, sheet: str) -> Sequence[Range]:
        return self._merged[sheet]

    def hidden(self, sheet: str) -> int:
        return self._hidden[sheet]

    def formulas(self, sheet: str) -> Iterator[tuple[int, int, str]]:
        yield from self._formulas[sheet]


def _guard(path: Path) -> bytes:
    if path.stat().st_size * TREE_FACTOR > memory():
        raise InputError(
            f"文件过大（{path.stat().st_size >> 20}MB 的网页或 XML），内存放不下。",
            where=str(path),
            advice="请用 Excel 或 WPS 打开后另存为 .xlsx 或 CSV，或分成几个文件导出。",
        )
    return path.read_bytes()


class HtmlBook(_Page):
    """The outermost tables of a web page that hold other cells than tables, each as a sheet."""

    def __init__(self, path: Path) -> None:
        from lxml import etree  # noqa: PLC0415 - only this format needs it

        super().__init__()
        data = _guard(path)
        parser = etree.HTMLParser(
            encoding=_encoding(data, path), no_network=True, remove_comments=True, huge_tree=False
        )
        page = etree.fromstring(data, parser=parser)
        for number, table in enumerate(page.iter("table"), 1):
            if next(table.iterdescendants("table"), None) is not None:
                continue  # a layout; the tables within it are looked at by themselves
            self._lay_out(self.add(f"表{number}"), table, path)
        if not self.sheets:
            raise InputError(
                "是网页，其中没有表格。",
                where=str(path),
                advice="可能是登录页或出错页：请在浏览器中打开看看，重新登录后导出。",
            )

    def _lay_out(self, name: str, table: Any, path: Path) -> None:
        spans: dict[int, list[int]] = {}  # column → rows that a cell above still covers
        for row, line in enumerate(table.iter("tr")):
            cells: list[str] = []
            place = 0
            for cell in line.iterchildren("td", "th"):
                while spans.get(place, [0])[0] > 0:
                    place += 1
                wide, deep = _span(cell, "colspan"), _span(cell, "rowspan")
                if place + wide > MAX_COLUMNS or row + deep > MAX_ROWS:
                    raise too_large(path, name, row + deep, place + wide)
                cells += [""] * (place - len(cells))
                cells.append(" ".join("".join(cell.itertext()).split()))
                for column in range(place, place + wide):
                    spans[column] = [deep]
                if deep > 1 or wide > 1:
                    self._merged[name].append(((row, place), (row + deep - 1, place + wide - 1)))
                place += wide
            for left in spans.values():
                left[0] = max(0, left[0] - 1)
            style = (line.get("style") or "").replace(" ", "").lower()
            self._hidden[name] += "display:none" in style
            self._rows[name].append((row, list(cells)))


def _span(cell: Any, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return max(1, int(text)) if text.isdecimal() and len(text) < 8 else 1


def _encoding(data: bytes, path: Path) -> str:
    """The encoding of a page: its byte-order mark, what decodes, or what it states."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    stated = _META.search(data[:4096])
    name = stated[1].decode("ascii").lower() if stated else ""
    for encoding in ("utf-8-sig", _NAMES.get(name, name) or "gb18030", "gb18030"):
        try:
            data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        return "utf-8" if encoding == "utf-8-sig" else encoding
    raise InputError(
        "网页不是 UTF-8 或 GB18030 编码。", where=str(path), advice="请用 Excel 或 WPS 打开后另存为 .xlsx。"
    )


class XmlBook(_Page):
    """The worksheets of an XML spreadsheet of 2003."""

    def __init__(self, path: Path) -> None:
        from lxml import etree  # noqa: PLC0415 - only this format needs it

        super().__init__()
        data = _guard(path)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(data, parser=parser)
        about: Any = root.getroottree().docinfo
        if about.doctype:
            raise InputError(
                "XML 文件中有 DOCTYPE 声明，不予读取。",
                where=str(path),
                advice="请用 Excel 或 WPS 打开后另存为 .xlsx。",
            )
        for sheet in root.iter("{*}Worksheet"):
            shown = next((item.text for item in sheet.iter("{*}Visible")), None)
            self._lay_out(self.add(_get(sheet, "Name") or "表", visible=shown is None), sheet, path)

    def _lay_out(self, name: str, sheet: Any, path: Path) -> None:
        row = -1
        for line in sheet.iter("{*}Row"):
            row = _number(line, "Index", row + 2) - 1
            cells: list[Any] = []
            for cell in line.iterchildren("{*}Cell"):
                place = _number(cell, "Index", len(cells) + 1) - 1
                wide, deep = _number(cell, "MergeAcross", 0), _number(cell, "MergeDown", 0)
                if place + wide >= MAX_COLUMNS or row + deep >= MAX_ROWS:
                    raise too_large(path, name, row + deep + 1, place + wide + 1)
                cells += [""] * (place - len(cells))
                cells.append(self._value(cell))
                cells += [""] * wide
                if wide or deep:
                    self._merged[name].append(((row, place), (row + deep, place + wide)))
                if formula := _get(cell, "Formula"):
                    self._formulas[name].append((row, place, formula))
            self._hidden[name] += _get(line, "Hidden") == "1"
            self._rows[name].append((row, cells))
            row += _number(line, "Span", 0)

    def _value(self, cell: Any) -> Any:
        data = next(cell.iterchildren("{*}Data"), None)
        text = "" if data is None else "".join(data.itertext())
        kind = "" if data is None else _get(data, "Type")
        if kind == "Error":
            return FormulaError(text or "#VALUE!")
        if not text and _get(cell, "Formula"):
            return FormulaError(UNSTORED)
        if kind == "Number":
            try:
                return float(text)
            except ValueError:
                return text
        if kind == "Boolean":
            return text == "1"
        if kind == "DateTime" and _DATE_TIME.fullmatch(text):
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                return text
        return text


def _get(item: Any, name: str) -> str | None:
    found: str | None = next((value for key, value in item.items() if key.rpartition("}")[2] == name), None)
    return found


def _number(item: Any, name: str, otherwise: int) -> int:
    text = _get(item, name) or ""
    return int(text) if text.isdecimal() and len(text) < 9 else otherwise
