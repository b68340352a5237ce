"""Parquet files: typed columns, read in place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from reports.errors import InputError
from reports.read.text import quote


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file: its column names with DuckDB types, and the query that reads it."""

    types: dict[str, str]
    sql: str


def open_parquet(path: Path, connection: duckdb.DuckDBPyConnection) -> ParquetTable:
    """Look at a Parquet file; raises :class:`InputError` when it is none."""
    sql = f"SELECT * FROM read_parquet({quote(str(path))}, file_row_number=true)"
    try:
        described = connection.execute(f"DESCRIBE {sql}").fetchall()
    except duckdb.Error as error:
        raise InputError("不是可以读取的 Parquet 文件。", where=str(path), advice="请重新导出，或改用 CSV。") from error
    types = {row[0]: row[1] for row in described if row[0] != "file_row_number"}
    return ParquetTable(types, sql)


def rows_of(path: Path) -> int:
    """The number of rows that a Parquet file says it has; 0 of one that cannot be read, which is told elsewhere."""
    try:
        with duckdb.connect() as db:
            ((rows,),) = db.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({quote(str(path))})").fetchall()
    except duckdb.Error:
        return 0
    return int(rows or 0)
