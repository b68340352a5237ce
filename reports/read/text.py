"""Delimited text: encoding, line ends, quotes and line numbers, whatever the export did.

Clean files go straight to DuckDB's parser, which is fast. Where the file's lines and the parsed rows do not
correspond one to one (line breaks inside quotes, blank or ragged lines, mixed line ends, stray quotes), the
file is read again, slowly and line by line, so that each row keeps its true line number and each bad line is
set aside with its reason.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from reports.errors import InputError, os_reason
from reports.read import heading as headings
from reports.read.heading import Heading
from reports.read.table import MAX_FIELD, Due, Opening, RegularCopy, Table, Wanted, read_csv

BLOCK = 4 << 20
MOST_BYTES = 4  # of a character in UTF-8
MAX_JOINED = 50  # lines that one quoted field may span before its quote counts as lost
DELIMITERS = (",", "\t", ";", "|")
ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030"}
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)  # the first line that Excel writes and reads
_BIG5_WORDS = ("案號", "日期", "案件", "當事人", "法官", "結案")


@dataclass(frozen=True)
class _Layout:
    """How a text is laid out: its heading, its delimiter, and whether each heading cell stands in one line."""

    heading: Heading
    delimiter: str
    plain: bool


def open_text(at: Opening) -> list[Table]:
    """Prepare a CSV/TSV file; transcodes other encodings than UTF-8 and mends irregular files into the work folder.

    Raises :class:`InputError` for an unreadable or empty file and for bytes of no known encoding, named by
    line and column.
    """
    source, lines, regular = _transcode(at, whole=not at.counts)
    layout = _layout(source, at.path, at.wanted)
    found = layout.heading
    if regular and layout.plain:
        sql = read_csv(source, found.names, layout.delimiter, skip=found.row - 1)
        table = Table(
            dict.fromkeys(found.names, "VARCHAR"),
            sql,
            f"row_number() OVER () + {found.row}",
            header_line=found.row,
            unit=found.unit,
            doubled=found.doubled,
            first=found.row + 1,
        )
        if at.counts:
            return [replace(table, due=Due(lines - found.row, lambda: open_text(replace(at, counts=False))[0]))]
        try:
            ((rows,),) = at.connection.execute(f"SELECT count(*) FROM ({sql})").fetchall()
        except duckdb.Error:
            rows = -1
        if rows == lines - found.row:
            return [table]
    if at.counts:  # not all of it has been decoded yet
        return open_text(replace(at, counts=False))
    return [_mend(at, source, layout)]


def _transcode(at: Opening, *, whole: bool) -> tuple[Path, int, bool]:
    """(UTF-8 file, number of lines, whether line ends and quotes are regular).

    Unless the ``whole`` is looked at, the beginning tells whether it is UTF-8; the engine finds what is not behind it.
    """
    try:
        with at.path.open("rb") as stream:
            start = stream.read(1 << 16)
    except OSError as error:
        raise InputError(f"文件无法读取：{os_reason(error)}。", where=str(at.path)) from error
    target = at.copy("utf8")
    for mark, encoding in MARKS.items():
        if start.startswith(mark):
            _copy(at.path, encoding, target)
            failed, lines, regular = _scan(target, "utf-8", None)
            assert failed is None
            return target, lines, regular
    if _looks_wide(start):
        raise InputError(
            "看来是 UTF-16 编码（“Unicode 文本”），但缺少文件开头的字节顺序标记，不能确定。",
            where=str(at.path),
            advice="请用 Excel 或记事本打开，另存为“CSV UTF-8”或带字节顺序标记的“Unicode 文本”。",
        )
    if not whole and _begins_as_utf8(start):
        return at.path, *_counted(at.path)
    first_error: tuple[int, int, bytes] | None = None
    for encoding in ENCODINGS:
        copy = encoding != "utf-8"
        failed, lines, regular = _scan(at.path, encoding, target if copy else None)
        if failed is None:
            return (target if copy else at.path), lines, regular
        first_error = first_error or failed
    assert first_error is not None
    if _is_big5(start):
        raise _big5(at.path)
    line, column, data = first_error
    raise InputError(
        f"文件既不是 UTF-8 也不是 GB18030 编码：字节 {data.hex(' ').upper()} 无法识别。",
        where=f"{at.path}，第{line}行第{column}个字节",
        advice="请在导出时选择 UTF-8 或 GBK（GB18030）编码，或用记事本另存为 UTF-8。",
    )


def _copy(path: Path, encoding: str, target: Path) -> None:
    """A UTF-8 copy of a file in an encoding that its byte-order mark names."""
    try:
        with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
            while block := source.read(BLOCK):
                out.write(block)
    except UnicodeError as error:
        raise InputError(
            f"文件标明是 {encoding.upper()} 编码，其中有不能识别的字节。",
            where=str(path),
            advice="文件可能不完整，请重新导出。",
        ) from error


def _looks_wide(start: bytes) -> bool:
    """Whether every second byte of some stretch is zero, as digits and commas are in UTF-16."""
    zeros = [start[place::2].count(0) for place in (0, 1)]
    return max(zeros) * 8 > len(start) and min(zeros) * 8 < max(zeros)


def _is_big5(start: bytes) -> bool:
    text = start.decode("big5hkscs", "ignore")
    return any(word in text for word in _BIG5_WORDS)


def _big5(path: Path) -> InputError:
    return InputError(
        "看来是 Big5 编码（繁体中文），不是 UTF-8 或 GB18030。",
        where=str(path),
        advice="请用 Excel 或文本编辑器按 Big5 打开，另存为 UTF-8。",
    )


def _begins_as_utf8(start: bytes) -> bool:
    """Whether the beginning of a file is UTF-8 and not ASCII alone, which GB18030 begins with as well."""
    text = start.decode("utf-8", "ignore")
    return not text.isascii() and start.startswith(text.encode()) and len(start) - len(text.encode()) < MOST_BYTES


def _counted(path: Path) -> tuple[int, bool]:
    """(number of lines, whether line ends are regular) of a file that the engine will decode."""
    feeds = returns = pairs = 0
    last, nuls = b"", False
    try:
        with path.open("rb") as source:
            while block := source.read(BLOCK):
                feeds += block.count(b"\n")
                if b"\r" in block or last == b"\r":
                    returns += block.count(b"\r")
                    pairs += block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
                nuls = nuls or b"\0" in block
                last = block[-1:]
    except OSError as error:
        raise InputError(f"文件无法读取：{os_reason(error)}。", where=str(path)) from error
    return feeds + (last not in (b"\n", b"")), not nuls and (returns == 0 or returns == pairs == feeds)


def _scan(path: Path, encoding: str, target: Path | None) -> tuple[tuple[int, int, bytes] | None, int, bool]:
    """Decode block by block at line ends; (first bad byte or None, lines, regular)."""
    feeds = returns = pairs = 0
    nuls = False
    tail = b""
    last = b""
    try:
        with path.open("rb") as source, open(target or os.devnull, "wb") as out:  # noqa: PTH123
            while block := source.read(BLOCK):
                cut = block.rfind(b"\n") + 1
                block, tail = tail + block[:cut], (tail + block if not cut else block[cut:])
                if not cut:
                    continue
                if bad := _decode(block, encoding, feeds, out if target else None):
                    return bad, 0, False
                feeds += block.count(b"\n")
                if b"\r" in block:
                    returns += block.count(b"\r")
                    pairs += block.count(b"\r\n")
                nuls = nuls or b"\0" in block
                last = block[-1:]
            if tail:
                if bad := _decode(tail, encoding, feeds, out if target else None):
                    return bad, 0, False
                returns += tail.count(b"\r")
                nuls = nuls or b"\0" in tail
                last = tail[-1:]
    except OSError as error:
        raise InputError(f"文件无法读取：{os_reason(error)}。", where=str(path)) from error
    lines = feeds + (last not in (b"\n", b""))
    return None, lines, not nuls and (returns == 0 or returns == pairs == feeds)


def _decode(block: bytes, encoding: str, feeds: int, out: object) -> tuple[int, int, bytes] | None:
    try:
        text = block.decode(encoding)
    except UnicodeDecodeError as error:
        before = block[: error.start]
        line = feeds + before.count(b"\n") + 1
        return line, error.start - (before.rfind(b"\n") + 1) + 1, block[error.start : error.start + 2]
    if out is not None:
        out.write(text.encode())  # type: ignore[attr-defined]
    return None


def _layout(source: Path, path: Path, wanted: Wanted) -> _Layout:
    """Find the heading among the first lines, with the delimiter that makes most of it."""
    with source.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        start = stream.read(BLOCK)
    if not start.strip("\r\n\0\t ,;|"):
        empty = "文件是空的，没有列名。" if not start else "文件中只有空行，没有列名。"
        raise InputError(empty, where=str(path), advice="请重新导出，应有一行列名。")
    lines = io.StringIO(start, newline=None).readlines()
    given = _SEPARATOR.fullmatch(lines[0].strip("\r\n"))
    best: tuple[Heading, str] | None = None
    for delimiter in [given[1]] if given else DELIMITERS:
        rows = [
            (line, fields if reason is None else [])
            for line, fields, reason in itertools.islice(_rows(iter(lines), delimiter), 4 * headings.ROWS)
            if not (given and line == 1)
        ]
        heading = headings.find(rows, wanted, str(path))
        if heading is not None and (best is None or _rank(heading) > _rank(best[0])):
            best = (heading, delimiter)
        if best and best[0].score[0] == len(wanted.required) > 0:
            break  # all that is required stands between these
    if best is None:
        raise InputError("没有一行可以作列名。", where=str(path), advice="请核对文件内容，第一行应为列名。")
    heading, delimiter = best
    if not wanted.match(heading.names) and _is_big5(_head_bytes(path)) and not _is_big5(start.encode("big5", "ignore")):
        raise _big5(path)
    own = lines[heading.row - 1]
    return _Layout(heading, delimiter, own.count('"') % 2 == 0)


def _rank(heading: Heading) -> tuple[int, ...]:
    return (*heading.score, len(heading.names))


def _head_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(1 << 14)


def _mend(at: Opening, source: Path, layout: _Layout) -> Table:
    """Read line by line; write a regular copy with line numbers, keep the lost lines."""
    found = layout.heading
    kinds = []

    def fits(fields: Sequence[str]) -> bool:
        return headings.fits(fields, found.names, at.wanted)

    with (
        source.open(encoding="utf-8-sig", newline=None, errors="replace") as stream,
        RegularCopy(at.copy("mended"), found.names, header_line=found.row) as copy,
    ):
        for line, fields, reason in _rows(
            stream, layout.delimiter, lambda fields: headings.fits(fields, found.names, at.wanted)
        ):
            if line <= found.row:
                continue
            if reason is not None:
                copy.lose(line, reason)
            elif len(fields) != len(found.names) and (kind := headings.no_case(fields, found.names)):
                kinds.append(kind)
            else:
                copy.write(line, fields)
    return copy.table(unit=found.unit, notes=headings.told(kinds), doubled=found.doubled)


def _rows(
    stream: Iterator[str], delimiter: str, fits: Callable[[Sequence[str]], bool] = lambda _: False
) -> Iterator[tuple[int, list[str], str | None]]:
    """(line, fields, reason it is lost or None) for each logical row; blank lines are no rows.

    ``fits`` tells whether fields can be a row of the table.
    """
    csv.field_size_limit(MAX_FIELD)
    waiting: list[tuple[int, str]] = []
    numbered = enumerate(stream, 1)
    while True:
        number, text = waiting.pop(0) if waiting else next(numbered, (0, ""))
        if not number:
            return
        if not text.strip("\r\n \t" + delimiter + "\0"):
            continue
        if "\0" in text:
            yield number, [], "含有空字符（NUL），文件可能已损坏"
            continue
        taken = [text]
        while (fields := _fields("".join(taken), delimiter)) is None and len(taken) < MAX_JOINED:
            following = waiting.pop(0) if waiting else next(numbered, None)
            if following is None:
                break
            taken.append(following[1])
        if fields is not None and not _swallowed(taken, delimiter, fits):
            yield number, fields, None
            continue
        # The quote never closed, or only in another case's row: its own line is lost, those after it are read again.
        yield number, [], "引号不配对"
        waiting = [(number + offset, line) for offset, line in itertools.islice(enumerate(taken), 1, None)] + waiting


def _swallowed(lines: Sequence[str], delimiter: str, fits: Callable[[Sequence[str]], bool]) -> bool:
    """Whether lines that one quote joins are rows of their own: a stray quote in each of two rows joins all between.

    The last line of a cell with line breaks holds the columns after it too; only where that cell is the first of its
    row could it be taken for a row.
    """
    if len(lines) == 1:
        return False
    opened = lines[0].rpartition('"')[0]
    first = delimiter not in opened
    return any(fits(_loose(line, delimiter)) for line in lines[1 : -1 if first else None])


def _loose(line: str, delimiter: str) -> list[str]:
    """The fields of a line as if quotes were letters."""
    return [field.strip('"') for field in line.rstrip("\r\n").split(delimiter)]


def _fields(text: str, delimiter: str) -> list[str] | None:
    """The fields of one row, or ``None`` while a quoted field is still open or malformed."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
