"""A case table as a file: what was read once is opened again as it was, with the columns, notes and rows set aside."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import duckdb

from reports import scratch
from reports.model import CaseTable
from reports.read.finality import SMALL
from reports.read.table import quote

TABLES = ("assembled", "files")
VIEWS = ("cases", "deadlines")  # made of the first; their SQL goes with them
LEAST = 30  # bytes of a row, packed


def write(table: CaseTable, path: Path) -> None:
    """Write a case table to a new file, with the small tables of :mod:`reports.read.finality` if they have been made.

    Raises :class:`OSError` where that cannot be done.
    """
    db = table.connection
    ((own,),) = db.execute("SELECT current_database()").fetchall()
    views = db.execute("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal").fetchall()
    about = {field.name: getattr(table, field.name) for field in fields(table) if field.name != "connection"}
    try:
        db.execute(f"ATTACH {quote(str(path))} AS kept")
        try:
            there = {name for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            for name in (*TABLES, *(name for name in SMALL if name in there)):
                db.execute(f"CREATE TABLE kept.{name} AS FROM {name}")
            db.execute("CREATE TABLE kept.about AS SELECT ?::BLOB AS about", [pickle.dumps(about)])
            db.execute("USE kept")
            for name, sql in views:
                if name in VIEWS:
                    db.execute(sql)
        finally:
            db.execute(f'USE "{own}"')
            db.execute("DETACH kept")
    except duckdb.Error as error:
        raise OSError(str(error)) from error


@contextmanager
def opened(path: Path, memory: str | None = None) -> Iterator[CaseTable]:
    """A case table that :func:`write` has written, for reading; raises :class:`OSError` where it is none."""
    with scratch.folder() as work:
        config: dict[str, Any] = {"temp_directory": f"{work}/spill"} | ({"memory_limit": memory} if memory else {})
        try:
            connection = duckdb.connect(str(path), read_only=True, config=config)
        except duckdb.Error as error:
            raise OSError(str(error)) from error
        with connection:
            try:
                connection.execute("SET enable_progress_bar = false")
                ((about,),) = connection.execute("SELECT about FROM about").fetchall()
                table = CaseTable(connection=connection, **pickle.loads(about))  # noqa: S301 - trusted as the file is
            except Exception as error:  # of another version, or damaged
                raise OSError(str(error)) from error
            yield table
