"""`make bench`: how the tally compares with what a good analyst would write, as ratios in one run.

Every program counts the same 25 numbers of 9 quarters by court and line from the same file, case numbers read and
duplicates removed, and must give the same table. Each runs in its own process; CPU is user + system time.

usage: python tests/bench/tally.py FOLDER [MILLIONS ...]      (default 1 5; add 20 where there are 8 GB to make it)
"""

from __future__ import annotations

import os
import shutil
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
    """Whether two result tables hold the same numbers for every court and line, over all periods."""
    with duckdb.connect() as db:
        columns = [row[0] for row in db.execute(f"DESCRIBE SELECT * FROM '{second}'").fetchall()]
        names = [name for name in columns if name not in ("court", "line", "k", "period", "litigation_pending")]
        total = ", ".join(f"sum({name})::HUGEINT AS {name}" for name in names)
        some = " + ".join(f"abs({name})" for name in names)
        tables = [
            db.execute(
                f"SELECT * FROM (SELECT court, line, {total} FROM '{table}' WHERE court NOT LIKE '%本级' "
                f"GROUP BY ALL) WHERE {some} > 0 ORDER BY 1, 2"
            ).fetchall()
            for table in (first, second)
        ]
        return bool(tables[0]) and tables[0] == tables[1]


def gb18030(source: Path, target: Path) -> Path:
    """The CSV in the encoding of older systems."""
    if not target.exists():
        with source.open(encoding="utf-8", newline="") as text, target.open("wb") as out:
            while block := text.read(1 << 24):
                out.write(block.encode("gb18030"))
    return target


def inputs(data: Path, millions: int) -> list[tuple[str, Path, tuple[str, ...]]]:
    """(kind, file, the programs that read it): pandas has no room for 20M, Polars no GB18030."""
    peers = ("polars", "pandas") if millions <= 5 else ("polars",)
    found: list[tuple[str, Path, tuple[str, ...]]] = [
        ("Parquet", data / "cases.parquet", ("ours", "ours by cause", *peers, "scan")),
        ("CSV", data / "cases.csv", ("ours", *peers, "scan")),
    ]
    if millions <= 5:
        found.append(("CSV GB18030", gb18030(data / "cases.csv", data / "cases.gb18030.csv"), ("ours", "pandas")))
    return found


def command(name: str, source: Path, courts: Path, out: Path) -> list[str]:
    """The command line of one program."""
    if name == "scan":
        return [sys.executable, "-c", SCAN, str(source)]
    script = "ours.py" if name.startswith("ours") else f"peer_{name}.py"
    extra = ["--cause"] if name == "ours by cause" else []
    if name == "pandas" and "gb18030" in source.name:
        extra = ["gb18030"]
    return [sys.executable, str(HERE / script), str(source), str(courts), str(out), *extra]


def unchanged(data: Path, work: Path) -> list[Cost]:
    """`tongbao indicators` on a workspace, for the first time and again with nothing changed."""
    (data / "tongbao.toml").write_text('[source]\nfiles = ["cases.parquet"]\n[court]\ncode = "辽"\n', "utf-8")
    os.environ["TONGBAO_CACHE"] = str(work / "kept")
    shutil.rmtree(work / "kept", ignore_errors=True)
    asked = ["-m", "reports", "indicators", "-w", str(data), "--period", "2026Q3", "-o", str(work / "table.csv"), "-q"]
    return [measure([sys.executable, *asked]) for _ in range(2)]


def main() -> None:
    folder = Path(sys.argv[1])
    most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4 >> 20
    rows: list[tuple[str, str, str, Cost, float | None]] = []
    for millions in [int(text) for text in sys.argv[2:]] or [1, 5]:
        data, size = folder / f"{millions}m", f"{millions}M"
        if not (data / "cases.parquet").exists():
            say(f"making {size} cases")
            make(data, cases=millions * 1_000_000, encoding="utf-8")
        courts, ours = data / "courts.csv", folder / "ours.parquet"
        for kind, source, programs in inputs(data, millions):
            base = 0.0
            for name in programs:
                say(f"{size} {kind}: {name}")
                out = ours if name == "ours" else folder / "other.parquet"
                # A peer that needs more than the machine has must end itself, not its neighbours.
                limit = most if millions > 5 and name == "polars" else None
                cost = measure(command(name, source, courts, out), limit_mib=limit)
                base = cost.cpu if name == "ours" else base
                failed = bool(cost.code)
                if not failed and name != "scan":
                    assert name == "ours" or same(ours, out), f"{name} disagrees"
                rows.append((size, kind, f"{name}: FAILED at {most} MiB" if failed else name, cost,
                             None if failed else cost.cpu / base))  # fmt: skip
        for limit_mib, memory in ((1024, "600MB"), (512, "280MB")) if millions >= 20 else ():
            say(f"{size} Parquet, at most {limit_mib} MiB")
            limited = folder / "limited.parquet"
            source = data / "cases.parquet"
            cost = measure([*command("ours", source, courts, limited), "--memory", memory], limit_mib=limit_mib)
            right = cost.code == 0 and same(limited, ours)
            rows.append((size, f"Parquet, {limit_mib} MiB", "ours" if right else "ours: FAILED", cost, None))
        say(f"{size} Parquet: unchanged re-run")
        for name, cost in zip(("tongbao indicators", "the same, unchanged"), unchanged(data, folder), strict=True):
            rows.append((size, "Parquet", name, cost, None))
    print("| cases | input | program | CPU s | wall s | peak MiB | CPU ÷ ours |")
    print("|---|---|---|--:|--:|--:|--:|")
    for size, kind, name, cost, ratio in rows:
        share = "" if ratio is None else f"{ratio:.2f}"
        print(f"| {size} | {kind} | {name} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.peak:.0f} | {share} |")


def say(text: str) -> None:
    """Progress, beside the table."""
    print(f"{text} …", file=sys.stderr, flush=True)


main()
