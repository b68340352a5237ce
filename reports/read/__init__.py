"""Sources → one case table with canonical columns; what cannot be used is set aside with its reason."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from reports.courts.tree import CourtTree
from reports.errors import InputError
from reports.model import CaseTable
from reports.read import dialect as dialects
from reports.read.cases import CaseLoader, Source
from reports.read.parquet import open_parquet
from reports.read.text import open_text

TEXT = (".csv", ".tsv", ".txt")


@contextmanager
def read(
    files: Sequence[str],
    base: Path,
    *,
    tree: CourtTree | None,
    dialect: str = "chinese",
    own_columns: Mapping[str, str] | None = None,
    today: date,
    memory: str | None = None,
    wanted: frozenset[str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[CaseTable]:
    """Read files (paths or globs relative to ``base``) as one case table, for the time of the context.

    ``tree`` is the court table, or ``None`` to derive it from the data. Dates after ``today`` are impossible.
    ``wanted`` limits the columns kept (all by default); those that a row is judged by are kept always.
    Raises :class:`InputError` for missing or unreadable input, :class:`ConfigError` for a bad dialect.
    """
    paths = resolve(files, base)
    chosen = dialects.load(dialect, folder=base, extra=own_columns)
    with tempfile.TemporaryDirectory(prefix="tongbao-") as work, duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET temp_directory = '{work}/spill'")
        if memory:
            connection.execute(f"SET memory_limit = '{memory}'")
        loader = CaseLoader(connection, chosen, today=today, wanted=wanted)
        for path in paths:
            progress(f"读取 {path.name}")
            loader.add(_open(path, Path(work), connection, chosen))
        progress("核对案件数据")
        yield loader.finish(tree)


def resolve(files: Sequence[str], base: Path) -> list[Path]:
    """Files named by paths or globs, each once, in a stable order; raises :class:`InputError` if one is missing."""
    found: list[Path] = []
    for name in files:
        path = base / name
        matches = [path] if path.is_file() else [Path(p) for p in sorted(glob.glob(str(path)))]  # noqa: PTH207
        if not matches or not all(match.is_file() for match in matches):
            raise InputError(
                f"找不到数据文件“{name}”。",
                where=str(path),
                advice="请核对 tongbao.toml 中 [source] 的 files，路径相对于该文件所在的文件夹。",
            )
        found += [match for match in matches if match not in found]
    if not found:
        raise InputError("没有指定数据文件。", advice="请在 tongbao.toml 的 [source] 中填写 files。")
    return found


def _open(path: Path, work: Path, connection: duckdb.DuckDBPyConnection, dialect: dialects.Dialect) -> Source:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        parquet = open_parquet(path, connection)
        found = dialect.match(tuple(parquet.types))
        dialects.require(dialect, found, tuple(parquet.types), path)
        return Source(path.name, parquet.types, parquet.sql, found, line="file_row_number + 1", in_place=True)
    if suffix in TEXT:
        text = open_text(path, work, connection)
        found = dialect.match(text.header)
        dialects.require(dialect, found, text.header, path)
        types = dict.fromkeys(text.header, "VARCHAR")
        return Source(path.name, types, text.sql, found, line=text.line, lost=text.lost)
    raise InputError(
        f"不支持的文件类型“{path.suffix or '（无扩展名）'}”。",
        where=str(path),
        advice=f"支持的类型：{'、'.join((*TEXT, '.parquet'))}。",
    )
