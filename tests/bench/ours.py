"""Our tally alone, on the same input: what the peers are measured against.

usage: ours.py CASES COURTS.csv OUT.parquet [--memory 600MB] [--cause] [--steps]
       --cause: read the causes of action too, and split every indicator of the whole province by them
       --steps: print the CPU seconds of each step
"""

import argparse
import time
from datetime import date
from pathlib import Path

import duckdb

from reports import catalogue, read
from reports.courts import court_table
from reports.courts.periods import consecutive, parse_period
from reports.tally import needed, tally
from reports.tally.cases import by_cause

parser = argparse.ArgumentParser()
parser.add_argument("source", type=Path)
parser.add_argument("courts", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("--memory")
parser.add_argument("--cause", action="store_true")
parser.add_argument("--steps", action="store_true")
asked = parser.parse_args()
STEPS = {
    "SELECT count(*) FILTER (regexp": "look for cells to clean",
    "CREATE OR REPLACE TABLE raw_": "read text into a table",
    "CREATE OR REPLACE TABLE seen": "heads of case numbers, courts as written",
    "SELECT _key": "numbers that stand there twice",
    "CREATE OR REPLACE TABLE assembled": "facts of numbers joined, rows kept",
    "SELECT EXTRACT": "what must be told, by month",
    'SELECT "court", "line", "k"': "counting",
}
"""How a statement begins → the step that it is; what follows until the next statement belongs to it."""


spent: dict[str, float] = {}


class Stopwatch:
    """A connection that puts the CPU seconds from each statement to the next down to its step."""

    step, since = "start, libraries, catalogue", 0.0

    def __init__(self, connection):
        self.connection = connection

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def execute(self, sql, *more):
        beginning = next((step for start, step in STEPS.items() if sql.startswith(start)), "all other statements")
        Stopwatch.begin(beginning)
        return self.connection.execute(sql, *more)

    @classmethod
    def begin(cls, step):
        now = time.process_time()
        spent[cls.step] = spent.get(cls.step, 0.0) + now - cls.since
        cls.step, cls.since = step, now


if asked.steps:
    connect = duckdb.connect
    duckdb.connect = lambda *names: Stopwatch(connect(*names))
edition = catalogue.load(options=["over12-of-accepted"])  # with the counts that only this denominator needs
periods = consecutive(parse_period("2024Q3"), parse_period("2026Q3"))
with read.read(
    [str(asked.source)], Path.cwd(), tree=court_table.load(asked.courts), today=date(2026, 11, 22), memory=asked.memory,
    wanted=needed(edition) | ({"cause"} if asked.cause else set()),
) as cases:  # fmt: skip
    result = tally(cases, edition, periods)
    if asked.cause:
        for name, item in edition.indicators.items():
            if not item.needs:
                by_cause(cases, edition, periods[-1], court=cases.tree.roots[0].code, line="全部", indicator=name)
    frame = result.frame.reset_index()
    cases.connection.register("result", frame)
    cases.connection.execute(f"COPY (SELECT * FROM result ORDER BY 1, 2, 3) TO '{asked.out}' (FORMAT parquet)")
if asked.steps:
    Stopwatch.begin("")
    for name, seconds in spent.items():
        print(f"{seconds:.2f}\t{name}")
