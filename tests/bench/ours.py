"""Our tally alone, on the same input: what the peers are measured against.

usage: ours.py CASES COURTS.csv OUT.parquet [--memory 600MB] [--cause]
       --cause: read the causes of action too, and split every indicator of the whole province by them
"""

import argparse
from datetime import date
from pathlib import Path

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
asked = parser.parse_args()
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
