"""Sources → one case table with canonical columns; what cannot be used is set aside with its reason."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from reports import scratch
from reports.catalogue.columns import COLUMNS, REQUIRED
from reports.catalogue.values import STANDARD, Vocabulary
from reports.courts.tree import CourtTree
from reports.errors import InputError
from reports.model import CaseTable
from reports.read import dialect as dialects
from reports.read import limits
from reports.read.cases import CaseLoader, Source
from reports.read.database import Database, open_database
from reports.read.engine import Remote, read_engine, statements
from reports.read.excel import EXCEL, open_excel
from reports.read.facts import LATER
from reports.read.indicator_table import IndicatorTable, read_indicator_table
from reports.read.parquet import open_parquet, rows_of
from reports.read.text import TextTable, open_text

__all__ = [
    "LATER",
    "Database",
    "IndicatorTable",
    "Remote",
    "no_cases",
    "read",
    "read_engine",
    "read_indicator_table",
    "resolve",
    "statements",
]
TEXT = (".csv", ".tsv", ".txt")
LOCK_PREFIX = "~$"  # what Excel leaves beside an open workbook


@contextmanager
def read(
    files: Sequence[str],
    base: Path,
    *,
    tree: CourtTree | None,
    dialect: str = "chinese",
    own_columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    database: Database | None = None,
    today: date,
    as_of: date | None = None,
    exclusions: str | None = None,
    memory: str | None = None,
    wanted: frozenset[str] | None = None,
    vocabulary: Vocabulary = STANDARD,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[CaseTable]:
    """Read files (paths or globs relative to ``base``) and a query as one case table, for the time of the context.

    ``sheet`` names the sheet of workbooks; by default it is the first one with the required columns.
    ``tree`` is the court table, or ``None`` to derive it from the data. Dates after ``today`` are impossible;
    suspensions without end run to ``as_of`` (``today`` by default).
    ``exclusions`` is a file with the changes of time limits (see :mod:`reports.read.limits`).
    ``memory`` (such as ``2GB``) bounds the engine's; large inputs are bounded by themselves (:func:`bound`).
    ``wanted`` limits the columns kept (all by default); those that a row is judged by are kept always.
    ``vocabulary`` tells what the words of coded columns mean.
    Raises :class:`InputError` for missing or unreadable input, :class:`ConfigError` for a bad dialect.
    """
    paths = resolve(files, base) if files or not database else []
    memory = memory or bound(paths, wanted)
    chosen = dialects.load(dialect, folder=base, extra=own_columns)
    with (
        scratch.folder() as work,
        # With a limit on memory the table stands in a file of the work folder, where it is also compressed.
        duckdb.connect(f"{work}/cases.duckdb" if memory else ":memory:") as connection,
    ):
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET temp_directory = '{work}/spill'")
        if memory:
            connection.execute(f"SET memory_limit = '{memory}'")
        changes = _exclusions(base, exclusions, work, connection) if exclusions else None
        loader = CaseLoader(connection, chosen, today=today, as_of=as_of, wanted=wanted, changes=changes,
                            vocabulary=vocabulary)  # fmt: skip
        for path in paths:
            progress(f"读取 {path.name}")
            loader.add(_open(path, work, connection, chosen, sheet))
        if database:
            progress(f"查询 {database.sql}")
            loader.add(_source(database.sql, open_database(database, work), chosen, f"{database.sql} 的查询结果"))
        progress("核对案件数据")
        yield _finish(loader, tree)


LARGE = 100_000_000  # values (rows × columns): beyond them the cases go to disk by themselves
BOUND = "700MB"
SHEET_ROW = 40  # bytes of a row of a packed workbook, at the least
SAMPLE = 1 << 20


def bound(paths: Sequence[Path], wanted: frozenset[str] | None) -> str | None:
    """The memory for inputs that are too large for a clerk's machine; ``None`` for the others, which it would slow."""
    kept = len([column for column in COLUMNS if wanted is None or column.id in wanted])
    return BOUND if sum(map(_rows, paths)) * kept > LARGE else None


def _rows(path: Path) -> int:
    """How many rows a file has: a Parquet file says it, of text and workbooks it is estimated by their size."""
    suffix, size = path.suffix.lower(), path.stat().st_size
    if suffix == ".parquet":
        return rows_of(path)
    if suffix in TEXT:
        with path.open("rb") as file:
            sample = file.read(SAMPLE)
        return size * sample.count(b"\n") // max(len(sample), 1)
    return size // SHEET_ROW


def _finish(loader: CaseLoader, tree: CourtTree | None) -> CaseTable:
    """The case table; damage inside a Parquet file shows only now, when its pages are read."""
    try:
        return loader.finish(tree)
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
        raise
    except duckdb.Error as error:
        raise InputError(
            f"数据文件已损坏：{str(error).splitlines()[0]}",
            where="、".join(source.name for source in loader.sources),
            advice="请重新导出，或改用 CSV。",
        ) from error


@contextmanager
def no_cases(tree: CourtTree, *, today: date) -> Iterator[CaseTable]:
    """A case table without cases or columns, where an indicator table is all there is."""
    with duckdb.connect() as connection:
        loader = CaseLoader(connection, dialects.load("chinese"), today=today)
        nothing = ", ".join(f"NULL::VARCHAR AS {name}" for name in REQUIRED)
        types = dict.fromkeys(REQUIRED, "VARCHAR")
        loader.add(Source("", types, f"SELECT {nothing} WHERE false", {name: name for name in REQUIRED}, line="0"))
        yield replace(loader.finish(tree, may_be_empty=True), columns=frozenset(), files=())


def _exclusions(base: Path, name: str, work: Path, connection: duckdb.DuckDBPyConnection) -> limits.Exclusions:
    (path,) = resolve([name], base)[:1]
    if path.suffix.lower() == ".parquet":
        parquet = open_parquet(path, connection)
        return limits.exclusions(path.name, tuple(parquet.types), parquet.sql)
    text = open_text(path, work, connection)
    return limits.exclusions(path.name, text.header, text.sql)


def resolve(files: Sequence[str], base: Path) -> list[Path]:
    """Files named by paths or globs, each once, in a stable order; raises :class:`InputError` if one is missing."""
    found: dict[Path, Path] = {}  # by real path: a file named twice, or through a link, is one file
    for name in files:
        path = base / name
        matches = [path] if path.is_file() else [Path(p) for p in sorted(glob.glob(str(path)))]  # noqa: PTH207
        matches = [match for match in matches if not match.name.startswith(LOCK_PREFIX)]
        if not matches or not all(match.is_file() for match in matches):
            raise InputError(
                f"找不到数据文件“{name}”。",
                where=str(path),
                advice="请核对 tongbao.toml 中 [source] 的 files，路径相对于该文件所在的文件夹。",
            )
        for match in matches:
            found.setdefault(match.resolve(), match)
    if not found:
        raise InputError("没有指定数据文件。", advice="请在 tongbao.toml 的 [source] 中填写 files。")
    return list(found.values())


def _open(
    path: Path,
    work: Path,
    connection: duckdb.DuckDBPyConnection,
    dialect: dialects.Dialect,
    sheet: str | None,
) -> Source:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        parquet = open_parquet(path, connection)
        found = dialect.match(tuple(parquet.types))
        dialects.require(dialect, found, tuple(parquet.types), str(path))
        return Source(path.name, parquet.types, parquet.sql, found, line="file_row_number + 1", in_place=True)
    if suffix in TEXT:
        return _source(path.name, open_text(path, work, connection), dialect, str(path))
    if suffix in EXCEL:
        return _source(path.name, open_excel(path, work, dialect.match, dialect.required, sheet), dialect, str(path))
    raise unsupported(path)


def unsupported(path: Path) -> InputError:
    """The message for a file of a kind that cannot be read."""
    return InputError(
        f"不支持的文件类型“{path.suffix or '（无扩展名）'}”。",
        where=str(path),
        advice=f"支持的类型：{'、'.join((*TEXT, *EXCEL, '.parquet'))}。",
    )


def _source(name: str, table: TextTable, dialect: dialects.Dialect, place: str) -> Source:
    found = dialect.match(table.header)
    line = f"，第{table.header_line}行" if table.header_line else ""
    dialects.require(dialect, found, table.header, place + line)
    types = dict.fromkeys(table.header, "VARCHAR")
    return Source(name, types, table.sql, found, line=table.line, lost=table.lost)
