"""Our tally alone, on the same input: what the peers are measured against.

usage: ours.py CASES COURTS.csv OUT.parquet [MEMORY]
"""

import sys
from datetime import date
from pathlib import Path

from reports import catalogue, read
from reports.courts import tree as trees
from reports.courts.periods import consecutive, parse_period
from reports.tally import needed, tally

source, courts, out = map(Path, sys.argv[1:4])
edition = catalogue.load()
periods = consecutive(parse_period("2024Q3"), parse_period("2026Q3"))
with read.read(
    [str(source)], Path.cwd(), tree=trees.load(courts), today=date(2026, 11, 22), wanted=needed(edition),
    memory=sys.argv[4] if len(sys.argv) > 4 else None,
) as cases:  # fmt: skip
    result = tally(cases, edition, periods)
    frame = result.frame.reset_index()
    cases.connection.register("result", frame)
    cases.connection.execute(f"COPY (SELECT * FROM result ORDER BY 1, 2, 3) TO '{out}' (FORMAT parquet)")
