"""`make bench-engines`: the same table from PostgreSQL and Spark as from the embedded engine, and how long each takes.

One synthetic province, typed, with the order of its lines as 序号. `tongbao indicators --json` counts it from the file,
in a PostgreSQL server of its own and in a local Spark; the three documents must be the same bytes. Seconds are those of
the clock, start and libraries included; loading the table into the server is told apart.

usage: python tests/bench/engines.py FOLDER [--millions 5]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
from tally import alone, commit, province

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "services"), str(TESTS)]

from test_databases import SECRET, running_postgresql  # noqa: E402

AS_OF = ("--period", "2026Q3", "--as-of", "2026-10-20", "--json", "-q")
KINDS = {"DATE": "date", "INTEGER": "integer", "BIGINT": "bigint", "DECIMAL(18,2)": "numeric(18,2)"}


def numbered(data: Path, work: Path) -> Path:
    """The cases as Parquet with 序号."""
    target = work / "numbered.parquet"
    duckdb.execute(
        f"COPY (SELECT * EXCLUDE file_row_number, file_row_number + 1 AS 序号 FROM "
        f"read_parquet('{data / 'cases.parquet'}', file_row_number = true)) TO '{target}' (FORMAT parquet)"
    )
    return target


def load(source: Path, work: Path, connection: Any) -> float:
    """Copy the cases into the server; the seconds it took."""
    start = time.perf_counter()
    rows = duckdb.sql(f"SELECT * FROM '{source}'")
    columns = ", ".join(f'"{n}" {KINDS.get(str(t), "text")}' for n, t in zip(rows.columns, rows.types, strict=True))
    text = work / "numbered.csv"
    duckdb.execute(f"COPY (SELECT * FROM '{source}') TO '{text}' (FORMAT csv, HEADER false)")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE UNLOGGED TABLE anjian ({columns})")
        with cursor.copy("COPY anjian FROM STDIN (FORMAT csv)") as copy, text.open("rb") as lines:
            while block := lines.read(1 << 20):
                copy.write(block)
        cursor.execute("ANALYZE anjian")
    connection.commit()
    text.unlink()
    return time.perf_counter() - start


def count(data: Path, place: Path, source: str, engine: str) -> tuple[float, str]:
    """Seconds of one command in a workspace of its own, and the hash of the document."""
    place.mkdir()
    (place / "courts.csv").symlink_to(data / "courts.csv")
    told = f'{source}\n[court]\ncode = "辽"\n{engine}'
    (place / "tongbao.toml").write_text(f"[source]\n{told}", "utf-8")
    command = [sys.executable, "-m", "reports", "indicators", "-w", str(place), *AS_OF]
    start = time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, "TONGBAO_CACHE": "", "ANJIAN_PW": SECRET}, capture_output=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr.decode()[-3000:])
    return time.perf_counter() - start, hashlib.sha256(done.stdout).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--millions", type=float, default=5)
    asked = parser.parse_args()
    with alone(asked.folder) as work:
        print(f"commit {commit()}, {asked.millions:g}M cases, load {os.getloadavg()[0]:.1f}")
        print("| engine | loading, s | indicators, s | to the embedded one |\n|---|--:|--:|--:|")
        data = province(asked.folder, asked.millions).resolve()
        file = numbered(data, work)
        files, none = f'files = ["{file}"]', 'files = []\ndialect = "chinese"'
        base, expected = count(data, work / "embedded", files, "")
        print(f"| embedded (DuckDB) | – | {base:.1f} | 1.0 |", flush=True)
        with running_postgresql() as server:
            with server.root() as connection:
                loading = load(file, work, connection)
            table = f'[engine]\nkind = "postgresql"\nurl = "{server.url}"\npassword_env = "ANJIAN_PW"\n'
            seconds, told = count(data, work / "pg", none, f'{table}order = "序号"\nrelation = "public.anjian"\n')
            assert told == expected, "PostgreSQL gives another document"
            print(f"| PostgreSQL | {loading:.0f} | {seconds:.1f} | {seconds / base:.1f} |", flush=True)
        relation = f"parquet.`{file}`"
        table = f'[engine]\nkind = "spark"\nurl = "local[2]"\norder = "序号"\nrelation = "{relation}"\n'
        seconds, told = count(data, work / "spark", none, table)
        assert told == expected, "Spark gives another document"
        print(f"| Spark, local[2] | – | {seconds:.1f} | {seconds / base:.1f} |", flush=True)


if __name__ == "__main__":
    main()
