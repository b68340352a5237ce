"""What judging costs as court systems grow (`make bench-flags`): CPU seconds and memory, each size in a process of its own.

A system of N courts is so many simulated provinces of 114 courts (``flags_world``) side by side, 20 indicators and 12
quarters; the last one is cut. `flag` judges every court, `drivers` looks for the courts whose own movement is more
than ordinary.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import pandas as pd
from flags import specs
from flags_world import COURTS, codes, make

from reports.courts.periods import parse_period
from reports.flag import Unit, drivers, flag

SIZES = (114, 350, 1_100, 3_500)  # a province; several; a third of the country's courts; about all of them


def system(courts: int) -> tuple[pd.DataFrame, list[Unit]]:
    """The indicator table of so many courts, and the courts."""
    tables, units = [], []
    for place in range(-(-courts // COURTS)):
        world = make("realistic", 90_000 + place)
        mine = dict(zip(codes()[: courts - len(units)], world.levels, strict=False))
        names = {code: f"{place:02d}{code}" for code in mine}
        table = world.table[world.table["court"].isin(mine)]
        tables.append(table.assign(court=table["court"].map(names)))
        units += [Unit(names[code], names[code], level) for code, level in mine.items()]
    return pd.concat(tables, ignore_index=True), units


def one(courts: int) -> None:
    """Judge one system; print its row."""
    table, units = system(courts)
    now, row = parse_period("2025Q4"), [f"{courts:,}", f"{len(table):,}"]
    for judge in (flag, drivers):
        start = time.process_time()
        judge(table, now, specs(), units)
        seconds = time.process_time() - start
        row += [f"{seconds:.2f}", f"{1000 * seconds / courts:.1f}"]
    row.append(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
    print("| " + " | ".join(row) + " |", flush=True)


def main() -> None:
    if len(sys.argv) > 1:
        one(int(sys.argv[1]))
        return
    print("| courts | rows | flag, CPU s | ms a court | drivers, CPU s | ms a court | peak MiB |")
    print("|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    for courts in SIZES:
        subprocess.run([sys.executable, __file__, str(courts)], check=True)


if __name__ == "__main__":
    main()
