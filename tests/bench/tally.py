"""`make bench`: how the tally compares with what a good analyst would write, as ratios in one run.

Every program counts the same 25 numbers of 9 quarters by court and line from the same file, case numbers read and
duplicates removed, and must give the same table. Each runs in its own process; CPU is user + system time.

usage: python tests/bench/tally.py FOLDER [MILLIONS ...]      (default 1 5; add 20 where there are 8 GB to make it)
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from reports.demo import make

HERE = Path(__file__).parent
SCAN = """
import duckdb, sys
con = duckdb.connect()
con.execute("SET enable_progress_bar = false")
names = "案号 经办法院 立案日期 结案日期 结案方式 应结案日期 原审案号 申请执行金额 到位金额".split()
reader = "read_parquet" if sys.argv[1].endswith("parquet") else "read_csv"
extra = "" if reader == "read_parquet" else ", all_varchar=true"
print(con.execute(f"SELECT {', '.join(f'count(DISTINCT hash({n}) % 7)' for n in names)} FROM {reader}('{sys.argv[1]}'{extra})").fetchall())
"""


@dataclass
class Cost:
    cpu: float
    wall: float
    peak: float  # MiB
    code: int


def measure(command: list[str], *, limit_mib: int | None = None) -> Cost:
    """Run a command; with a limit, inside its own memory cgroup (page cache counted)."""
    group = None
    if limit_mib:
        old = Path("/sys/fs/cgroup/memory")  # cgroup v1
        group = (old if old.is_dir() else Path("/sys/fs/cgroup")) / f"tongbao-bench-{os.getpid()}"
        group.mkdir()
        (group / ("memory.limit_in_bytes" if old.is_dir() else "memory.max")).write_text(str(limit_mib << 20))
        command = ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh", *command]
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    code = os.waitstatus_to_exitcode(status)
    if code and not limit_mib:
        sys.exit(f"{command}: {process.stderr.read().decode()[-2000:] if process.stderr else code}")
    if group:
        group.rmdir()
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, code)


def same(first: Path, second: Path) -> bool:
    """Whether two result tables hold the same numbers for the cells that both know, and no other non-zero cell."""
    with duckdb.connect() as db:
        columns = [row[0] for row in db.execute(f"DESCRIBE SELECT * FROM '{second}'").fetchall()]
        names = [name for name in columns if name not in ("court", "line", "k", "litigation_pending")]
        total = ", ".join(f"sum({name})::HUGEINT" for name in names)
        own = f"SELECT {total} FROM '{first}' WHERE court NOT LIKE '%本级'"
        return db.execute(own).fetchall() == db.execute(f"SELECT {total} FROM '{second}'").fetchall()


def main() -> None:
    folder = Path(sys.argv[1])
    rows = []
    for millions in [int(text) for text in sys.argv[2:]] or [1, 5]:
        data = folder / f"{millions}m"
        if not (data / "cases.parquet").exists():
            print(f"making {millions}M cases …", flush=True)
            make(data, cases=millions * 1_000_000, encoding="utf-8")
        courts = str(data / "courts.csv")
        gb = data / "cases.gb18030.csv"
        if millions <= 5 and not gb.exists():
            with (data / "cases.csv").open(encoding="utf-8", newline="") as text, gb.open("wb") as out:
                while block := text.read(1 << 24):
                    out.write(block.encode("gb18030"))
        for kind, source in (("Parquet", data / "cases.parquet"), ("CSV", data / "cases.csv"), ("CSV GB18030", gb)):
            if not source.exists() or (millions > 5 and kind != "Parquet"):
                continue
            costs = {}
            for name, extra in (("ours", []), ("polars", []), ("pandas", []), ("scan", [])):
                if (name == "polars" and "GB" in kind) or (name == "pandas" and millions > 5):
                    continue
                out = folder / f"{name}.parquet"
                script = {"ours": "ours.py"}.get(name, f"peer_{name}.py")
                program = (
                    ["-c", SCAN, str(source)] if name == "scan" else [str(HERE / script), str(source), courts, str(out)]
                )
                if name == "pandas" and "GB" in kind:
                    extra = ["gb18030"]
                costs[name] = measure([sys.executable, *program, *extra])
                if name in ("polars", "pandas"):
                    assert same(folder / "ours.parquet", out), f"{name} disagrees"
            for name, cost in costs.items():
                rows.append((f"{millions}M", kind, name, cost, cost.cpu / costs["ours"].cpu))
            if millions >= 20:
                for limit, memory in ((1024, "600MB"), (512, "280MB")):
                    limited = folder / "limited.parquet"
                    program = [str(HERE / "ours.py"), str(source), courts, str(limited), memory]
                    cost = measure([sys.executable, *program], limit_mib=limit)
                    right = cost.code == 0 and same(limited, folder / "ours.parquet")
                    rows.append(
                        (f"{millions}M", f"{kind}, {limit} MiB", "ours" if right else "ours: FAILED", cost, 0.0)
                    )
    print("| cases | input | program | CPU s | wall s | peak MiB | CPU ÷ ours |")
    print("|---|---|---|--:|--:|--:|--:|")
    for size, kind, name, cost, ratio in rows:
        print(f"| {size} | {kind} | {name} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.peak:.0f} | {ratio:.2f} |")


main()
