"""Delimited text: encoding, line ends, quotes and line numbers, whatever the export did.

Clean files go straight to DuckDB's parser, which is fast. Where the file's lines and the parsed rows do not
correspond one to one (line breaks inside quotes, blank or ragged lines, mixed line ends, stray quotes), the
file is read again, slowly and line by line, so that each row keeps its true line number and each bad line is
set aside with its reason.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from reports.errors import InputError, os_reason

BLOCK = 4 << 20
MAX_FIELD = 1 << 20  # characters; a longer field is a lost quote, not a value
MAX_JOINED = 50  # lines that one quoted field may span before its quote counts as lost
DELIMITERS = (",", "\t", ";", "|")
ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030"}


@dataclass(frozen=True)
class Lost:
    """A line that is no row: where, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class TextTable:
    """A delimited file ready for DuckDB: ``sql`` selects its columns as text, in file order.

    ``line`` is the SQL of a row's line number.
    """

    header: tuple[str, ...]
    sql: str
    line: str
    lost: tuple[Lost, ...] = field(default=())
    header_line: int = 1


def open_text(path: Path, work: Path, connection: duckdb.DuckDBPyConnection) -> TextTable:
    """Prepare a CSV/TSV file; transcodes GB18030 and mends irregular files into ``work``.

    Raises :class:`InputError` for an unreadable or empty file and for bytes of no known encoding, named by
    line and column.
    """
    source, lines, regular = _transcode(path, work)
    header, delimiter = _header(source, path)
    if regular:
        sql = _read_csv(source, header, delimiter)
        try:
            ((rows,),) = connection.execute(f"SELECT count(*) FROM ({sql})").fetchall()
        except duckdb.Error:
            rows = -1
        if rows == lines - 1:
            return TextTable(header, sql, line="row_number() OVER () + 1")
    return _mend(path, source, work, header, delimiter)


def _transcode(path: Path, work: Path) -> tuple[Path, int, bool]:
    """(UTF-8 file, number of lines, whether line ends and quotes are regular)."""
    first_error: tuple[int, int, bytes] | None = None
    for encoding in ENCODINGS:
        target = work / f"{path.stem}-{abs(hash_name(path))}.utf8"
        copy = encoding != "utf-8"
        failed, lines, regular = _scan(path, encoding, target if copy else None)
        if failed is None:
            return (target if copy else path), lines, regular
        first_error = first_error or failed
    assert first_error is not None
    line, column, data = first_error
    raise InputError(
        f"文件既不是 UTF-8 也不是 GB18030 编码：字节 {data.hex(' ').upper()} 无法识别。",
        where=f"{path}，第{line}行第{column}个字节",
        advice="请在导出时选择 UTF-8 或 GBK（GB18030）编码，或用记事本另存为 UTF-8。",
    )


def hash_name(path: Path) -> int:
    """A stable number for a path, to tell same-named files of different folders apart."""
    value = 0
    for byte in str(path).encode():
        value = (value * 131 + byte) % (1 << 31)
    return value


def _scan(path: Path, encoding: str, target: Path | None) -> tuple[tuple[int, int, bytes] | None, int, bool]:
    """Decode block by block at line ends; (first bad byte or None, lines, regular)."""
    feeds = returns = pairs = nuls = 0
    tail = b""
    last = b""
    try:
        with path.open("rb") as source, open(target or "/dev/null", "wb") as out:  # noqa: PTH123
            while block := source.read(BLOCK):
                cut = block.rfind(b"\n") + 1
                block, tail = tail + block[:cut], (tail + block if not cut else block[cut:])
                if not cut:
                    continue
                if bad := _decode(block, encoding, feeds, out if target else None):
                    return bad, 0, False
                feeds += block.count(b"\n")
                returns += block.count(b"\r")
                pairs += block.count(b"\r\n")
                nuls += block.count(b"\0")
                last = block[-1:]
            if tail:
                if bad := _decode(tail, encoding, feeds, out if target else None):
                    return bad, 0, False
                returns += tail.count(b"\r")
                nuls += tail.count(b"\0")
                last = tail[-1:]
    except OSError as error:
        raise InputError(f"文件无法读取：{os_reason(error)}。", where=str(path)) from error
    lines = feeds + (last not in (b"\n", b""))
    return None, lines, nuls == 0 and (returns == 0 or returns == pairs == feeds)


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


def _header(source: Path, path: Path) -> tuple[tuple[str, ...], str]:
    with source.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        first = stream.readline(MAX_FIELD).strip("\r\n\0 ")
    if not first:
        raise InputError("文件是空的，没有列名。", where=str(path), advice="请重新导出，第一行应为列名。")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        (names,) = csv.reader([first], delimiter=delimiter)
    except (csv.Error, ValueError) as error:
        raise InputError("第一行不是列名。", where=f"{path}，第1行") from error
    return column_names(names, f"{path}，第1行"), delimiter


def column_names(cells: Sequence[str], where: str) -> tuple[str, ...]:
    """The heading cells as distinct column names; raises :class:`InputError` when two are the same."""
    names = [cell.replace("\0", "").strip() for cell in cells]
    while names and not names[-1]:  # spreadsheets leave empty columns at the end
        names.pop()
    folded = [name.casefold() for name in names]  # the engine tells no case apart
    twice = {name for name in names if name and folded.count(name.casefold()) > 1}
    if twice:
        raise InputError(f"列名重复：{'、'.join(sorted(twice))}。", where=where)
    return tuple(name or f"（第{i}列无名）" for i, name in enumerate(names, 1))


def _read_csv(source: Path, header: tuple[str, ...], delimiter: str) -> str:
    columns = ", ".join(f"{quote(name)}: 'VARCHAR'" for name in header)
    return (
        f"SELECT * FROM read_csv({quote(str(source))}, auto_detect=false, header=true, delim={quote(delimiter)},"
        f" quote='\"', escape='\"', strict_mode=true, max_line_size={4 * MAX_FIELD}, columns={{{columns}}})"
    )


def quote(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(text: str) -> str:
    """A quoted SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def _mend(path: Path, source: Path, work: Path, header: tuple[str, ...], delimiter: str) -> TextTable:
    """Read line by line; write a regular copy with line numbers, keep the lost lines."""
    with (
        source.open(encoding="utf-8-sig", newline=None, errors="replace") as stream,
        RegularCopy(work / f"{path.stem}-{abs(hash_name(path))}.mended", header) as copy,
    ):
        for line, fields, reason in _rows(stream, delimiter):
            if line == 1:
                continue
            if reason is None:
                copy.write(line, fields)
            else:
                copy.lose(line, reason)
    return copy.table()


class RegularCopy:
    """A source that DuckDB cannot read itself, written row by row as regular CSV with the rows' own numbers.

    Sheets, query results and mended text all go this way, so that the rows of every source are read alike.
    """

    def __init__(self, target: Path, header: tuple[str, ...], *, header_line: int = 1) -> None:
        self.target, self.header, self.header_line = target, header, header_line
        self.line = "_line"
        while self.line in {name.casefold() for name in header}:
            self.line += "_"
        self.lost: list[Lost] = []
        self.out = target.open("w", encoding="utf-8", newline="", errors="replace")
        self.writer = csv.writer(self.out, quoting=csv.QUOTE_ALL)
        self.writer.writerow((self.line, *header))

    def __enter__(self) -> RegularCopy:
        return self

    def __exit__(self, *_: object) -> None:
        self.out.close()

    def write(self, line: int, fields: Sequence[str]) -> None:
        """Keep one row, or its reason when it does not fit the header or holds what no cell may hold."""
        width = len(self.header)
        if len(fields) > width and not any(field.strip() for field in fields[width:]):
            fields = fields[:width]
        if len(fields) != width:
            self.lose(line, f"列数不符：应为{width}列，实为{len(fields)}列")
        elif sum(map(len, fields)) > MAX_FIELD:
            self.lose(line, "内容过长，文件可能已损坏")
        elif any("\0" in field for field in fields):
            self.lose(line, "含有空字符（NUL），文件可能已损坏")
        else:
            self.writer.writerow((line, *fields))

    def lose(self, line: int, reason: str) -> None:
        """Note a line that is no row."""
        self.lost.append(Lost(line, reason))

    def table(self) -> TextTable:
        """The finished copy, once it is closed."""
        sql = _read_csv(self.target, (self.line, *self.header), ",")
        return TextTable(self.header, sql, self.line, tuple(self.lost), self.header_line)


def _rows(stream: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    """(line, fields, reason it is lost or None) for each logical row; blank lines are no rows."""
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
        if fields is not None:
            yield number, fields, None
            continue
        # The quote never closed: only its own line is lost, the lines after it are read again.
        yield number, [], "引号不配对"
        waiting = [(number + offset, line) for offset, line in itertools.islice(enumerate(taken), 1, None)] + waiting


def _fields(text: str, delimiter: str) -> list[str] | None:
    """The fields of one row, or ``None`` while a quoted field is still open or malformed."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
