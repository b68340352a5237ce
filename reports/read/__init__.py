"""Sources → one case table with canonical columns; what cannot be used is set aside with its reason."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import duckdb

from reports import scratch
from reports.catalogue.columns import COLUMNS, REQUIRED
from reports.catalogue.values import STANDARD, Vocabulary
from reports.cells import Cells
from reports.courts.tree import CourtTree
from reports.errors import InputError
from reports.model import CaseTable, Note
from reports.read import dialect as dialects
from reports.read import finality, limits
from reports.read.appeals import HEADINGS as APPEALS
from reports.read.appeals import READ, Appeals, companion
from reports.read.cases import UNIT_NAMES, CaseLoader, Source, left_out
from reports.read.companion import Companion
from reports.read.database import Database, open_database
from reports.read.disputes import Disputes, read_disputes
from reports.read.engine import Remote, read_engine, statements
from reports.read.facts import LATER
from reports.read.finality import DAYS as FINAL_DAYS
from reports.read.finality import with_finality
from reports.read.first import NEEDED as FIRST_NEEDED
from reports.read.first import with_first
from reports.read.formats import format_of, open_tables, suffixes
from reports.read.heading import refuse_doubled
from reports.read.indicator_table import FROM_TABLE, IndicatorTable, read_indicator_table
from reports.read.table import Opening, Table, Wanted, quote
from reports.read.units import NEEDED, divided, every, named
from reports.read.units import RELATION as DIVIDED

__all__ = [
    "APPEALS",
    "DIVIDED",
    "FINAL_DAYS",
    "FIRST_NEEDED",
    "FROM_TABLE",
    "LATER",
    "NEEDED",
    "UNIT_NAMES",
    "Database",
    "Disputes",
    "IndicatorTable",
    "Remote",
    "data_files",
    "divided",
    "every",
    "named",
    "no_cases",
    "read",
    "read_disputes",
    "read_engine",
    "read_indicator_table",
    "resolve",
    "statements",
    "with_finality",
    "with_first",
]
# No indicator of its own needs them.
DESCRIPTIVE = frozenset({"judge", "party", "dept", "team", "cause", "source", "tags"})
DAYS = frozenset(column.id for column in COLUMNS if column.kind == "date")
SHOWN = 10  # skipped files that are named
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
    appeals: Sequence[str] = (),
    appeal_columns: Mapping[str, str] = MappingProxyType({}),
    memory: str | None = None,
    wanted: frozenset[str] | None = None,
    without: Sequence[str] = (),
    vocabulary: Vocabulary = STANDARD,
    cells: Cells = Cells(),  # noqa: B008 - frozen
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[CaseTable]:
    """Read files and a query as one case table, for the time of the context.

    ``files`` are paths, folders or globs relative to ``base``. ``sheet`` names the sheet of workbooks; by default
    every visible one with the heading of the first that has the required columns.
    ``tree`` is the court table, or ``None`` to derive it from the data. Dates after ``today`` are impossible;
    suspensions without end run to ``as_of`` (``today`` by default), and what happened after it is not yet known.
    ``exclusions`` is a file with the changes of time limits (see :mod:`reports.read.limits`),
    ``appeals`` are those of the court above's table of appeals, ``appeal_columns`` its headings where they are others
    (see :mod:`reports.read.appeals`).
    ``memory`` (such as ``2GB``) bounds the engine's; inputs of more than ``LARGE`` values are bounded by themselves.
    ``wanted`` limits the columns kept (all by default); those that a row is judged by are kept always.
    ``without`` are courts (codes or names) whose rows are left out, as if no file had them.
    ``vocabulary`` tells what the words of coded columns mean.
    ``cells`` tells how values are read: words for none, the court's zone, units of money.
    Raises :class:`InputError` for missing or unreadable input, :class:`ConfigError` for a bad dialect or an unknown
    court.
    """
    wanted = wanted if wanted is None else finality.wanted(wanted)
    paths = resolve(files, base) if files or not database else []
    values = number_of_values(paths, wanted)
    memory = memory or (BOUND if values > LARGE else None)
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
        if not database and values < SMALL:
            connection.execute("SET threads = 1")
        connection.execute(f"SET TimeZone = {quote(cells.zone)}")
        companions = _Companions(base, work, connection, cells, today)
        changes = above = None
        if exclusions:
            changes = limits.Exclusions(companions.rows([exclusions], "exclusions", limits.TABLE))
        if appeals:
            told = companions.rows(appeals, "appeals", companion(appeal_columns))
            above = Appeals(connection, told, until=as_of)
            wanted = wanted if wanted is None else wanted | READ
        loader = CaseLoader(
            connection, chosen, today=today, as_of=as_of, wanted=wanted, changes=changes, appeals=above,
            vocabulary=vocabulary, cells=cells, without=without,
        )  # fmt: skip
        for path in paths:
            progress(f"读取 {path.name}")
            at = Opening(path, work, connection, Wanted(chosen.match, chosen.required, sheet, DAYS), counts=True)
            for table in open_tables(at):
                due = table.due
                taken = loader.add(_source(path.name, table, chosen, str(path)), due=due.rows if due else None)
                if due and not taken:
                    loader.add(_source(path.name, due.otherwise(), chosen, str(path)))
        if database:
            progress(f"查询 {database.sql}")
            found = open_database(database, work, cells.zone)
            loader.add(_source(database.sql, found, chosen, f"{database.sql} 的查询结果"))
        loader.notes += skipped(files, base)
        progress("核对案件数据")
        yield _finish(loader, tree)


LARGE = 100_000_000  # values (rows × columns): beyond them the cases go to disk by themselves
SMALL = 1_000_000  # below them a second thread costs more than it saves
BOUND = "700MB"


def number_of_values(paths: Sequence[Path], wanted: frozenset[str] | None) -> int:
    """About how many values the files hold in the columns that are kept (rows × columns)."""
    kept = len([column for column in COLUMNS if wanted is None or column.id in wanted])
    return sum(format_of(path).rows(path) for path in paths) * kept


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
def no_cases(tree: CourtTree, *, today: date, without: Sequence[str] = ()) -> Iterator[CaseTable]:
    """A case table without cases or columns, where an indicator table is all there is.

    ``without`` are courts that are left out, as for :func:`read`.
    """
    left = left_out(tree, {tree.find(text).code for text in without}, {})
    with duckdb.connect() as connection:
        loader = CaseLoader(connection, dialects.load("chinese"), today=today)
        nothing = ", ".join(f"NULL::VARCHAR AS {name}" for name in REQUIRED)
        types = dict.fromkeys(REQUIRED, "VARCHAR")
        loader.add(Source("", types, f"SELECT {nothing} WHERE false", {name: name for name in REQUIRED}, line="0"))
        empty = loader.finish(tree.without(one.code for one in left), may_be_empty=True)
        yield replace(empty, columns=frozenset(), files=(), courts=None, without=left)


@dataclass(frozen=True)
class _Companions:
    """Where the tables beside the cases are read."""

    base: Path
    work: Path
    connection: duckdb.DuckDBPyConnection
    cells: Cells
    today: date

    def rows(self, names: Sequence[str], item: str, kind: Companion) -> str:
        """All tables of one kind that the names give, as one query; ``item`` is what names them in ``[source]``."""
        found = []
        for path in resolve(names, self.base, item=item):
            for table in open_tables(Opening(path, self.work, self.connection, kind.wanted)):
                where = f"{path}{f'，工作表“{table.part}”' if table.part else ''}（tongbao.toml [source] {item}）"
                found.append(kind.take_up(where, table, self.connection, self.cells, self.today))
        return " UNION ALL ".join(found)


def resolve(files: Sequence[str], base: Path, *, item: str = "files") -> list[Path]:
    """Files named by paths, folders or globs, each once, in a stable order.

    A path that exists is taken as it is written, whatever characters it holds; of a folder the files with the usual
    endings are taken. Raises :class:`InputError` if one is missing; ``item`` is what named it in ``[source]``.
    """
    found: dict[Path, Path] = {}  # by real path: a file named twice, or through a link, is one file
    for name in files:
        path = base / name
        matches = [path] if path.exists() else [Path(p) for p in sorted(glob.glob(str(path)))]  # noqa: PTH207
        named = [each for match in matches for each in (data_files(match) if match.is_dir() else [match])]
        named = [match for match in named if not match.name.startswith(LOCK_PREFIX)]
        if not named:
            folder = next((match for match in matches if match.is_dir()), None)
            raise InputError(
                f"文件夹“{name}”中没有可以读取的数据文件。" if folder else f"找不到数据文件“{name}”。",
                where=str(path),
                advice=f"可以读取的文件：{'、'.join(suffixes())}。"
                if folder
                else f"请核对 tongbao.toml 中 [source] 的 {item}，路径相对于该文件所在的文件夹。",
            )
        for match in named:
            found.setdefault(match.resolve(), match)
    if not found:
        raise InputError("没有指定数据文件。", advice="请在 tongbao.toml 的 [source] 中填写 files。")
    return list(found.values())


def skipped(files: Sequence[str], base: Path) -> list[Note]:
    """What must be told of files that stand in the named folders, or fit the globs, and are not read, and why."""
    found: dict[str, str] = {}
    for name in files:
        path = base / name
        for match in [path] if path.exists() else sorted(map(Path, glob.glob(str(path)))):  # noqa: PTH207
            inside = data_files(match) if match.is_dir() else []
            for each in sorted(match.iterdir()) if match.is_dir() else [match]:
                if each in inside:
                    continue
                if each.name.startswith(LOCK_PREFIX):
                    found[each.name] = "正在打开的工作簿留下的锁文件"
                elif match.is_dir() and each.is_dir():
                    found[f"{each.name}/"] = "文件夹中的文件夹，要读取的请另行写明"
                elif match.is_dir() and not each.name.startswith("."):
                    found[each.name] = f"扩展名不是{'、'.join(suffixes())}之一"
    by_reason: dict[str, list[str]] = {}
    for name, why in found.items():
        by_reason.setdefault(why, []).append(name)
    return [
        Note(
            "skipped_files",
            f"文件夹中没有读取的文件（{why}）：{'、'.join(names[:SHOWN])}{'等' if len(names) > SHOWN else ''}",
            len(names),
            unit="个",
        )
        for why, names in by_reason.items()
    ]


def data_files(folder: Path) -> list[Path]:
    """The files of a folder (not of the folders in it) with the usual endings of data files, locks left out."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith((".", LOCK_PREFIX)) and path.suffix.lower() in suffixes()
    )


def table_name(name: str, table: Table) -> str:
    """How a table is called in messages."""
    return f"{name}（工作表“{table.part}”）" if table.part else name


def _source(name: str, table: Table, dialect: dialects.Dialect, place: str) -> Source:
    found = dialect.match(table.header)
    where = place + (f"，工作表“{table.part}”" if table.part else "")
    where += f"，第{table.header_line}行" if table.header_line else ""
    spare = {name: column for name, column in found.items() if name in DESCRIPTIVE and column in table.doubled}
    found = {name: column for name, column in found.items() if name not in spare}
    refuse_doubled(table.doubled, found.values(), where)
    dialects.require(dialect, found, table.header, where)
    notes = [
        Note("doubled", f"{table_name(name, table)}中列名“{each}”重复（没有采用该列）", 1, unit="处")
        for each in spare.values()
    ]
    return Source(
        name, table.types, table.sql, found, line=table.line, first=table.first, in_place=table.in_place,
        lost=table.lost, unit=table.unit, notes=(*table.notes, *notes), part=table.part,
    )  # fmt: skip
