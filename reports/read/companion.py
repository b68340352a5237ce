"""Tables beside the cases, named in ``[source]``: their columns found by heading, their days read as everywhere."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from reports.cells import Cells
from reports.errors import InputError
from reports.read.dialect import normalise
from reports.read.heading import refuse_doubled
from reports.read.table import Table, Wanted, identifier


@dataclass(frozen=True)
class Companion:
    """A kind of such table: its name in Chinese, and each meaning with the headings that it may have.

    ``days`` are the meanings that hold dates; ``spare`` those that a table may lack.
    """

    name: str
    headings: Mapping[str, tuple[str, ...]]
    days: frozenset[str]
    spare: frozenset[str] = frozenset()

    @property
    def wanted(self) -> Wanted:
        """What a reader looks for."""
        needed = tuple(meaning for meaning in self.headings if meaning not in self.spare)
        return Wanted(self.match, needed, days=self.days)

    def match(self, header: Sequence[str]) -> dict[str, str]:
        """Meaning → the column of a table that has it."""
        normal = {normalise(name): name for name in reversed(header)}
        found = {}
        for meaning, names in self.headings.items():
            column = next((normal[normalise(item)] for item in names if normalise(item) in normal), None)
            if column is not None:
                found[meaning] = column
        return found

    def take_up(
        self, where: str, table: Table, connection: duckdb.DuckDBPyConnection, cells: Cells, today: date
    ) -> str:
        """SQL of the rows: every meaning as text or day (NULL where the table lacks it), and for each day ``bad_…``.

        Raises :class:`InputError` when a column is missing or stands there twice.
        """
        found = self.match(table.header)
        missing = [names[0] for meaning, names in self.headings.items() if meaning not in {*found, *self.spare}]
        if missing:
            raise InputError(
                f"{self.name}缺少{'、'.join(f'“{name}”' for name in missing)}列。\n"
                f"  文件中的列：{'、'.join(table.header) or '（没有列名）'}",
                where=where,
                advice=f"应有的列：{'、'.join(names[0] for names in self.headings.values())}。",
            )
        refuse_doubled(table.doubled, found.values(), where)
        columns = ", ".join(
            (cells.sql(f"{identifier(found[meaning])}::VARCHAR") if meaning in found else "NULL::VARCHAR")
            + f" AS {identifier(meaning)}"
            for meaning in self.headings
        )
        name = f"companion_{zlib.crc32((self.name + where).encode())}"
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {columns} FROM ({table.sql})")
        days = [meaning for meaning in self.headings if meaning in self.days]
        listed = ", ".join(identifier(meaning) for meaning in days)
        texts = connection.execute(f"SELECT DISTINCT unnest([{listed}]) AS text FROM {name} ORDER BY ALL").fetchall()
        read = [(text, one.day, one.none) for (text,) in texts if text for one in [cells.day(text, today)]]
        frame = pd.DataFrame(read, columns=["text", "day", "none"]).astype({"text": "object", "day": "object"})
        connection.register("incoming", frame)
        connection.execute(
            f'CREATE OR REPLACE TABLE {name}_days AS SELECT text, day::DATE AS day, "none"::BOOLEAN AS blank '
            "FROM incoming"
        )
        connection.unregister("incoming")
        parts, joins = [], ""
        for meaning in self.headings:
            if meaning not in self.days:
                parts.append(f"x.{identifier(meaning)}")
                continue
            day, text = f"d_{meaning}", f"x.{identifier(meaning)}"
            parts.append(f"{day}.day AS {identifier(meaning)}")
            parts.append(
                f"{text} IS NOT NULL AND {day}.day IS NULL AND NOT coalesce({day}.blank, false) AS bad_{meaning}"
            )
            joins += f" LEFT JOIN {name}_days {day} ON {text} = {day}.text"
        return f"SELECT {', '.join(parts)} FROM {name} x{joins}"
