"""Tables: what every format becomes, columns of text or of the engine's types, each row with its place in the file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from reports.model import Note

MAX_FIELD = 1 << 20  # characters; a longer field is a lost quote, not a value
Match = Callable[[Sequence[str]], Mapping[str, str]]  # header → what each of its columns is


@dataclass(frozen=True)
class Wanted:
    """What a reader looks for in a file: ``match`` finds its columns in a heading, ``required`` must be among them.

    ``sheet`` names one sheet of a workbook; ``days`` are the columns of ``match`` that hold dates.
    """

    match: Match
    required: tuple[str, ...] = ()
    sheet: str | None = None
    days: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Opening:
    """Where a file is opened: its path, the folder for copies, the engine that will read it, what is looked for.

    ``counts``: whoever asks loads the rows of a table and compares their number with ``Table.due``, so that it need
    not be looked at beforehand.
    """

    path: Path
    work: Path
    connection: duckdb.DuckDBPyConnection
    wanted: Wanted
    counts: bool = False

    def copy(self, ending: str) -> Path:
        """A place in the work folder; files of one name in different folders do not meet there."""
        value = 0
        for byte in str(self.path).encode("utf-8", "surrogateescape"):
            value = (value * 131 + byte) % (1 << 31)
        return self.work / f"{value}.{ending}"


@dataclass(frozen=True)
class Lost:
    """A line that is no row: where, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Due:
    """How many rows a table must come to if it was read rightly, and the table as it is read where it does not."""

    rows: int
    otherwise: Callable[[], Table]


@dataclass(frozen=True)
class Table:
    """One table of a file: ``sql`` selects the columns of ``types`` (name → the engine's type) in file order.

    ``line`` is the SQL of a row's number in the file, ``first`` that of the first row where all others follow without
    a gap; ``part`` the sheet, where a file has several; ``in_place`` tells that scanning again is cheap; ``unit`` the
    unit of money that a title row states; ``notes`` what must be told; ``due`` what is still to be compared.
    """

    types: Mapping[str, str]
    sql: str
    line: str
    lost: tuple[Lost, ...] = ()
    header_line: int = 1
    part: str = ""
    in_place: bool = False
    unit: str | None = None
    notes: tuple[Note, ...] = ()
    doubled: frozenset[str] = field(default_factory=frozenset)
    first: int | None = None
    due: Due | None = None

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns, in file order."""
        return tuple(self.types)


def quote(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(text: str) -> str:
    """A quoted SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal_path(path: Path) -> str:
    """A path as a SQL literal that names this one file: the engine would take ``[1]`` and ``*`` for patterns."""
    return quote("".join(f"[{char}]" if char in "[*?" else char for char in str(path)))


def read_csv(source: Path, header: Sequence[str], delimiter: str, *, skip: int = 0) -> str:
    """The query of a regular delimited file whose heading is its first line after ``skip`` others."""
    columns = ", ".join(f"{quote(name)}: 'VARCHAR'" for name in header)
    return (
        f"SELECT * FROM read_csv({literal_path(source)}, auto_detect=false, header=true, delim={quote(delimiter)},"
        f" quote='\"', escape='\"', strict_mode=true, max_line_size={4 * MAX_FIELD}, skip={skip},"
        f" columns={{{columns}}})"
    )


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
        self.rows = 0
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
            self.rows += 1
            self.writer.writerow((line, *fields))

    def lose(self, line: int, reason: str) -> None:
        """Note a line that is no row."""
        self.lost.append(Lost(line, reason))

    def table(
        self,
        *,
        part: str = "",
        unit: str | None = None,
        notes: tuple[Note, ...] = (),
        doubled: frozenset[str] = frozenset(),
    ) -> Table:
        """The finished copy, once it is closed."""
        sql = read_csv(self.target, (self.line, *self.header), ",")
        types = dict.fromkeys(self.header, "VARCHAR")
        return Table(
            types, sql, self.line, tuple(self.lost), self.header_line, part, unit=unit, notes=notes, doubled=doubled
        )
