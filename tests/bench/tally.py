"""`make bench`: how the tally compares with what a good analyst would write, as ratios in one run.

Every program counts the same 25 numbers of 9 quarters by court and line from the same file, case numbers read and
duplicates removed, and must give the same table. Each runs in its own process; CPU is user + system time. The
programs take turns (A B C A B C …), so that a load by others falls on all of them; what is told are medians. The
peers' scripts are frozen: a peer that is changed is another peer.

usage: python tests/bench/tally.py FOLDER --peers PYTHON [--sizes 1 5] [--rounds 3]
       sizes in millions of cases (add 20 where there are 8 GB to make it); PYTHON has what peers.txt names
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

HERE = Path(__file__).parent
FROZEN = {
    "peer_pandas.py": "33e28f7fdc65c29440e79880af88ce843c40d9fe1ab4d4310a2aeb12f7772980",
    "peer_polars.py": "eacc45dc1893f86811ecaabdce38c6e8324fac7455170527b0d50326abe69ca9",
}
"""SHA-256 of each peer's script. Whoever changes a peer measures everything anew and enters its new hash."""
RESULTS = "results.json"
MAKE = """
import sys
from pathlib import Path
from reports.demo import make
make(Path(sys.argv[1]), cases=int(sys.argv[2]), encoding="utf-8")
"""
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


def frozen(folder: Path = HERE) -> list[str]:
    """The peers whose scripts are not those that were compared with until now."""
    return [name for name, known in FROZEN.items() if hashlib.sha256((folder / name).read_bytes()).hexdigest() != known]


@contextmanager
def alone(folder: Path) -> Iterator[Path]:
    """A folder for what this run writes; a second run beside it would disturb both, and ends at once."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"another bench is running in {folder}: wait for it, or name another folder (make bench BENCH=…)")
        with tempfile.TemporaryDirectory(prefix="run-", dir=folder) as work:
            yield Path(work)


def commit() -> str:
    """What is measured."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def about(peers: str) -> dict[str, Any]:
    """Commit, versions, cores and load."""
    asked = (
        "from importlib.metadata import version as v; print(*(n + ' ' + v(n) for n in ('polars', 'pandas', 'pyarrow')))"
    )
    theirs = subprocess.run([peers, "-c", asked], capture_output=True, text=True, check=False)
    if theirs.returncode:
        sys.exit(f"{peers} has not what tests/bench/peers.txt names: run make bench, which installs it")
    names = ("duckdb", "pandas", "sqlglot", "numpy")
    return {
        "commit": commit(),
        "day": time.strftime("%Y-%m-%d"),
        "ours": f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names),
        "peers": theirs.stdout.strip(),
        "cores": len(os.sched_getaffinity(0)),
        "load": [round(one, 1) for one in os.getloadavg()],
    }


def measure(command: list[str], *, limit_mib: int | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command; with a limit, inside its own memory cgroup (page cache counted)."""
    group = None
    if limit_mib:
        old = Path("/sys/fs/cgroup/memory")  # cgroup v1
        group = (old if old.is_dir() else Path("/sys/fs/cgroup")) / f"tongbao-bench-{os.getpid()}"
        group.mkdir()
        (group / ("memory.limit_in_bytes" if old.is_dir() else "memory.max")).write_text(str(limit_mib << 20))
        command = ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh", *command]
    start = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        code = os.waitstatus_to_exitcode(status)
        if code and not limit_mib:
            errors.seek(0)
            sys.exit(f"{command}: {errors.read().decode()[-2000:] or code}")
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


def inputs(data: Path, millions: float) -> list[tuple[str, Path, tuple[str, ...]]]:
    """(kind, file, the programs that read it): pandas has no room for 20M, Polars no GB18030."""
    peers = ("polars", "pandas") if millions <= 5 else ("polars",)
    found: list[tuple[str, Path, tuple[str, ...]]] = [
        ("Parquet", data / "cases.parquet", ("ours", "ours by cause", *peers, "scan")),
        ("CSV", data / "cases.csv", ("ours", *peers, "scan")),
    ]
    if millions <= 5:
        found.append(("CSV GB18030", gb18030(data / "cases.csv", data / "cases.gb18030.csv"), ("ours", "pandas")))
    return found


def command(name: str, source: Path, courts: Path, out: Path, peers: str) -> list[str]:
    """The command line of one program."""
    if name == "scan":
        return [sys.executable, "-c", SCAN, str(source)]
    own = name.startswith("ours")
    extra = ["--cause"] if name == "ours by cause" else []
    if name == "pandas" and "gb18030" in source.name:
        extra = ["gb18030"]
    script = HERE / ("ours.py" if own else f"peer_{name}.py")
    return [sys.executable if own else peers, str(script), str(source), str(courts), str(out), *extra]


class Table:
    """The rows of a run: each is printed when its program has ended, and kept for the document."""

    def __init__(self, path: Path, told: dict[str, Any]) -> None:
        self.path, self.found = path, {**told, "runs": [], "steps": []}

    def add(self, size: str, kind: str, program: str, cost: Cost, note: str = "") -> None:
        """One program has ended."""
        load = os.getloadavg()[0]
        self.found["runs"].append(
            {"size": size, "input": kind, "program": program, "load": load, "note": note, **asdict(cost)}
        )
        self._save()
        text = f"{cost.cpu:.1f} s CPU, {cost.wall:.1f} s, {cost.peak:.0f} MiB, load {load:.1f}"
        print(f"{size} {kind}\t{program}\t{text}{f'  {note}' if note else ''}", flush=True)

    def steps(self, size: str, kind: str, printed: str) -> None:
        """What our program says of its steps."""
        for line in printed.splitlines():
            seconds, _, step = line.partition("\t")
            self.found["steps"].append({"size": size, "input": kind, "step": step, "cpu": float(seconds)})
        self._save()
        print(f"{size} {kind}\tsteps\t" + printed.strip().replace("\t", " ").replace("\n", "; "), flush=True)

    def _save(self) -> None:
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.found, ensure_ascii=False, indent=1), "utf-8")
        part.replace(self.path)


def steps_of(found: Mapping[str, Any]) -> list[str]:
    """The CPU seconds of each step of ours as rows of a Markdown table, an input a column."""
    inputs = list(dict.fromkeys((one["size"], one["input"]) for one in found["steps"]))
    names = list(dict.fromkeys(one["step"] for one in found["steps"]))
    spent = {(one["size"], one["input"], one["step"]): one["cpu"] for one in found["steps"]}
    lines = ["| step | " + " | ".join(" ".join(one) for one in inputs) + " |", "|---|" + "--:|" * len(inputs)]
    for name in names:
        cells = (spent.get((*one, name)) for one in inputs)
        lines.append(f"| {name} | " + " | ".join("" if cell is None else f"{cell:.2f}" for cell in cells) + " |")
    return lines


def summary(found: Mapping[str, Any]) -> list[str]:
    """The medians of every size, input and program as rows of a Markdown table, with the ratio to ours."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for run in found["runs"]:
        groups.setdefault((run["size"], run["input"], run["program"]), []).append(run)
    lines = [
        "| cases | input | program | runs | CPU s | from–to | peak MiB | CPU ÷ ours |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for (size, kind, program), runs in groups.items():
        good = [run for run in runs if not run["note"]]
        if not good:
            lines.append(f"| {size} | {kind} | {program}: {runs[0]['note']} | {len(runs)} | | | | |")
            continue
        cpu = [run["cpu"] for run in good]
        ours = [run["cpu"] for run in groups.get((size, kind, "ours"), [])]
        ratio = f"{statistics.median(cpu) / statistics.median(ours):.2f}" if ours else ""
        peak = statistics.median(run["peak"] for run in good)
        span = f"{min(cpu):.1f}–{max(cpu):.1f}"
        lines.append(
            f"| {size} | {kind} | {program} | {len(good)} | {statistics.median(cpu):.1f} | {span} | {peak:.0f} | {ratio} |"
        )
    return lines


def compare(table: Table, data: Path, work: Path, millions: float, rounds: int, peers: str) -> None:
    """Every input, program after program, round after round."""
    size, courts = f"{millions:g}M", data / "courts.csv"
    most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4 >> 20
    for kind, source, programs in inputs(data, millions):
        ours = work / f"ours {kind}.parquet"  # the inputs of one province have each its own faulty rows
        for _ in range(rounds):
            for name in programs:
                out = ours if name == "ours" else work / "other.parquet"
                # A peer that needs more than the machine has must end itself, not its neighbours.
                limit = most if millions > 5 and name == "polars" else None
                cost = measure(command(name, source, courts, out, peers), limit_mib=limit)
                if cost.code:
                    table.add(size, kind, name, cost, f"failed at {most} MiB")
                    continue
                if name not in ("ours", "scan") and not same(ours, out):
                    sys.exit(f"{name} disagrees with our table of {source}")
                table.add(size, kind, name, cost)
        own = [*command("ours", source, courts, work / "other.parquet", peers), "--steps"]
        table.steps(size, kind, subprocess.run(own, capture_output=True, text=True, check=True).stdout)
    for limit_mib, memory in ((1024, "600MB"), (512, "280MB")) if millions >= 20 else ():
        out, source = work / "limited.parquet", data / "cases.parquet"
        cost = measure([*command("ours", source, courts, out, peers), "--memory", memory], limit_mib=limit_mib)
        right = cost.code == 0 and same(out, work / "ours Parquet.parquet")
        table.add(size, f"Parquet, {limit_mib} MiB", "ours within a limit", cost, "" if right else "failed")


def commands(table: Table, data: Path, work: Path, size: str, rounds: int) -> None:
    """`tongbao` on a workspace: for the first time, and each command after a run with nothing changed."""
    place = work / "workspace"
    place.mkdir()
    for name in ("cases.parquet", "courts.csv"):
        (place / name).symlink_to(data / name)
    (place / "tongbao.toml").write_text('[source]\nfiles = ["cases.parquet"]\n[court]\ncode = "辽"\n', "utf-8")
    asked = ["-w", str(place), "--period", "2026Q3", "--as-of", "2026-10-20", "-q"]
    cell = ["--court", "辽0102", "--indicator", "上诉率"]
    unchanged = {
        "flags": asked, "indicators": asked, "check": asked, "explain": [*asked, *cell], "cases": [*asked, *cell],
    }  # fmt: skip
    for _ in range(rounds):
        shutil.rmtree(work / "kept", ignore_errors=True)
        env = {"TONGBAO_CACHE": str(work / "kept")}
        start = [sys.executable, "-m", "reports"]
        first = measure([*start, "run", *asked, "--format", "md"], env=env)
        table.add(size, "Parquet", "tongbao run (md)", first)
        for name, args in unchanged.items():
            table.add(size, "Parquet", f"tongbao {name}, unchanged", measure([*start, name, *args], env=env))


def province(folder: Path, millions: float) -> Path:
    """The folder of a synthetic province of so many cases, made if it is not there."""
    data, part = folder / f"{millions:g}m", folder / f"{millions:g}m.part"
    if not (data / "cases.parquet").exists():
        print(f"making {millions:g}M cases …", file=sys.stderr, flush=True)
        shutil.rmtree(part, ignore_errors=True)
        # In a process of its own: a child is held to have the peak of the parent that started it.
        subprocess.run([sys.executable, "-c", MAKE, str(part), str(round(millions * 1_000_000))], check=True)
        part.replace(data)
    return data


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1, 5])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if changed := frozen():
        sys.exit(f"{'、'.join(changed)}: not the script that was compared with until now (FROZEN in {__file__})")
    with alone(asked.folder) as work:
        told = about(asked.peers)
        print("\n".join(f"{name}: {value}" for name, value in told.items()), flush=True)
        table = Table(asked.folder / RESULTS, told)
        for millions in asked.sizes:
            data = province(asked.folder, millions)
            compare(table, data.resolve(), work, millions, asked.rounds, asked.peers)
            commands(table, data.resolve(), work, f"{millions:g}M", asked.rounds)
            shutil.rmtree(work / "workspace")
        print("\n" + "\n".join(summary(table.found)))


if __name__ == "__main__":
    main()
