"""The formats of files, one entry each: how its bytes are known and how it is opened. A file's name decides nothing.

Whatever is read from files (cases, changes of time limits, indicator tables, proposals of ``tongbao columns``) comes
through :func:`open_tables`, so a format that is added here works for all of them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from reports.errors import InputError, os_reason
from reports.forms import FormSheet
from reports.read.excel import guarded, is_error, open_sheets
from reports.read.json_lines import open_json_lines
from reports.read.markup import HtmlBook, XmlBook
from reports.read.parquet import open_parquet, rows_of
from reports.read.table import Opening, Table
from reports.read.text import open_text
from reports.read.workbook import Workbook, open_xls, open_zip

START = 8192  # bytes that a format is known by
SAMPLE = 1 << 20  # bytes that the lines of a text are estimated by
SHEET_ROW = 40  # bytes of a row in a packed workbook
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Format:
    """One format: its name for people, the endings its files usually have, how to know and how to open it.

    ``knows`` judges the first bytes; ``book`` opens the file as a workbook where it is one, which forms need too.
    ``rows`` says how many rows a file has, or about how many.
    """

    name: str
    suffixes: tuple[str, ...]
    knows: Callable[[bytes], bool]
    open: Callable[[Opening], list[Table]]
    rows: Callable[[Path], int]
    book: Callable[[Path], Workbook] | None = None


def _lines(path: Path) -> int:
    """About how many lines a text has, by those of its beginning."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    return path.stat().st_size * sample.count(b"\n") // max(len(sample), 1)


def _rows(path: Path) -> int:
    return path.stat().st_size // SHEET_ROW


def _sheets(
    name: str, suffixes: tuple[str, ...], knows: Callable[[bytes], bool], book: Callable[[Path], Workbook]
) -> Format:
    return Format(
        name, suffixes, knows, partial(open_sheets, opened=book), lambda path: path.stat().st_size // SHEET_ROW, book
    )


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda start: start.startswith(marks)


def _plain(start: bytes) -> bytes:
    """The first bytes of markup or JSON without a byte-order mark and blanks, in small letters."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()


def _is_html(start: bytes) -> bool:
    text = _plain(start)
    return (
        text.startswith(b"<")
        and re.search(rb"<(?:!doctype\s+html|html|table|head|body|meta|style|div)\b", text) is not None
    )


FORMATS = (
    Format("Parquet", (".parquet",), _begins(b"PAR1"), open_parquet, rows_of),
    _sheets("Excel 工作簿", (".xlsx", ".xlsm", ".ods"), _begins(ZIP), open_zip),
    _sheets("旧版 Excel 工作簿", (".xls",), _begins(OLE), open_xls),
    _sheets(
        "XML 电子表格 2003",
        (".xml",),
        lambda start: (
            _plain(start).startswith(b"<")
            and b"urn:schemas-microsoft-com:office:spreadsheet" in _plain(start)
            and b"<html" not in _plain(start)
        ),
        XmlBook,
    ),
    _sheets("网页中的表格", (".html", ".htm"), _is_html, HtmlBook),
    Format("JSON Lines", (".jsonl", ".ndjson"), lambda start: _plain(start).startswith(b"{"), open_json_lines, _lines),
    Format("CSV、TSV 等文本", (".csv", ".tsv", ".txt"), lambda start: True, open_text, _lines),
)
"""In the order in which they are tried; text is what nothing else is."""

_OTHERS = (
    (b"%PDF", "PDF 文件", "请从系统中导出 Excel 或 CSV。"),
    (b"Rar!", "RAR 压缩包", "请解压后指定其中的文件。"),
    (b"7z\xbc\xaf", "7z 压缩包", "请解压后指定其中的文件。"),
    (b"\x1f\x8b", "gzip 压缩文件", "请解压后指定其中的文件。"),
    (b"{\\rtf", "RTF 文档", "请从系统中导出 Excel 或 CSV。"),
    (b"\x89PNG", "图片", "请从系统中导出 Excel 或 CSV。"),
    (b"\xff\xd8\xff", "图片", "请从系统中导出 Excel 或 CSV。"),
    (b"SQLite format 3", "SQLite 数据库", "请从中导出 CSV。"),
    (b"\x00\x01\x00\x00Standard", "Access 数据库", "请从中导出 Excel 或 CSV。"),
)


def suffixes() -> tuple[str, ...]:
    """The usual endings of all formats: what is read of a folder."""
    return tuple(suffix for item in FORMATS for suffix in item.suffixes)


def format_of(path: Path) -> Format:
    """The format that a file has by its bytes; raises :class:`InputError` for one that cannot be read."""
    try:
        with path.open("rb") as stream:
            start = stream.read(START)
    except OSError as error:
        raise InputError(f"文件无法读取：{os_reason(error)}。", where=str(path), advice="请核对路径和权限。") from error
    if not start:
        raise InputError("文件是空的（0 字节）。", where=str(path), advice="请重新导出。")
    for mark, name, advice in _OTHERS:
        if start.startswith(mark):
            raise InputError(f"是{name}，不能读取。", where=str(path), advice=advice)
    found = next(item for item in FORMATS if item.knows(start))
    if found.book is open_zip:
        _only_workbooks(path)
    if found.open is open_text and _plain(start).startswith(b"[") and _plain(start)[1:].lstrip().startswith(b"{"):
        raise InputError("是一个 JSON 数组。", where=str(path), advice="请导出为 JSON Lines（每行一个对象）或 CSV。")
    return found


def _only_workbooks(path: Path) -> None:
    with guarded(path), zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if {"xl/workbook.xml", "content.xml"} & names:
            return
        what, advice = "ZIP 压缩包", "请解压后指定其中的文件。"
        if "xl/workbook.bin" in names:
            what, advice = "二进制工作簿（.xlsb）", "请用 Excel 或 WPS 另存为 .xlsx。"
        elif "word/document.xml" in names:
            what, advice = "Word 文档", "请从系统中导出 Excel 或 CSV。"
        raise InputError(f"是{what}，不能读取。", where=str(path), advice=advice)


def open_tables(at: Opening) -> list[Table]:
    """The tables of a file, whatever it is: several where a workbook has several sheets with one heading.

    Raises :class:`InputError` for a file that is missing, empty, damaged, or of a kind that cannot be read.
    """
    return format_of(at.path).open(at)


def filled_sheets(path: Path) -> Iterator[FormSheet]:
    """The sheets of a form that came back, one after another, with the places of their formulas.

    Raises :class:`InputError` for a file that is missing, no workbook, protected by a password, or in the old format.
    """
    if not path.is_file():
        raise InputError(f"找不到文件“{path}”。", advice="请核对路径。")
    opened = format_of(path).book
    if opened is None:
        raise InputError(
            f"不是 Excel 工作簿，是{format_of(path).name}。",
            where=str(path),
            advice="请使用导出的表格填写，存为 .xlsx。",
        )
    with guarded(path):
        book = opened(path)
        for sheet in book.sheets:
            rows = [(row + 1, cells) for row, cells in book.rows(sheet.name)]
            formulas = {(row + 1, column): text for row, column, text in book.formulas(sheet.name)}
            errors = {(row, n): str(cell) for row, cells in rows for n, cell in enumerate(cells) if is_error(cell)}
            yield FormSheet(sheet.name, rows, errors | formulas)
