"""Parquet files: typed columns, read in place."""

from __future__ import annotations

from pathlib import Path

import duckdb

from reports.errors import InputError
from reports.read.heading import MOST_COLUMNS
from reports.read.table import Opening, Table, literal_path


def open_parquet(at: Opening) -> list[Table]:
    """Look at a Parquet file; raises :class:`InputError` when it is none, or wider than any table of cases."""
    sql = f"SELECT * FROM read_parquet({literal_path(at.path)}, file_row_number=true)"
    try:
        described = at.connection.execute(f"DESCRIBE {sql}").fetchall()
    except duckdb.Error as error:
        raise InputError(
            "不是可以读取的 Parquet 文件，或文件已损坏。", where=str(at.path), advice="请重新导出，或改用 CSV。"
        ) from error
    types = {row[0]: row[1] for row in described if row[0] != "file_row_number"}
    if len(types) > MOST_COLUMNS:
        raise InputError(
            f"文件有{len(types)}列，超过{MOST_COLUMNS}列，不像是案件表。",
            where=str(at.path),
            advice="请只导出需要的列。",
        )
    return [Table(types, sql, "file_row_number + 1", in_place=True)]


def rows_of(path: Path) -> int:
    """The number of rows that a Parquet file says it has; 0 of one that cannot be read, which is told elsewhere."""
    sql = f"SELECT sum(num_rows) FROM parquet_file_metadata({literal_path(path)})"
    try:
        with duckdb.connect() as db:
            ((rows,),) = db.execute(sql).fetchall()
    except duckdb.Error:
        return 0
    return int(rows or 0)
