"""Shared by all tests: the command in process, and a small demo province."""

from __future__ import annotations

import csv
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from by_hand import copied
from filelock import FileLock

from reports import cli

HEAVY = (
    "test_engines", "test_cron", "test_every_kind", "test_every_edition", "test_killed_runs", "test_kinds", "test_what_a_leader_reads",
    "test_province_story", "test_dispatch", "test_period_runs", "test_shown", "test_store", "test_city", "test_bulletin", "test_spoilt_tables",
    "test_fuzz", "test_text", "test_demo", "test_cli", "test_waiting", "test_indicator_table", "test_crosstab", "test_row_rules",
)  # fmt: skip
"""The files that take longest, the longest first: none of them is begun when the other workers have nothing left."""


def pytest_configure(config: pytest.Config) -> None:
    """Each worker keeps to a processor of its own: engines and pages take no threads and processes from the others.

    The programs of ``make test-services`` wait for one another, and may have all.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and config.option.markexpr != "services" and hasattr(os, "sched_setaffinity"):
        mine = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {mine[int(worker.removeprefix("gw")) % len(mine)]})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    place = {name: at for at, name in enumerate(HEAVY)}
    items.sort(key=lambda item: place.get(item.path.stem, len(HEAVY)))


def pytest_collection_finish() -> None:
    """What stands now lives as long as the session: the collector need not walk it again and again."""
    gc.freeze()
    gc.set_threshold(*cli.GENERATIONS)


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Shared = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """``shared(name, make)``: a folder that ``make`` fills once a session, for all workers; no test changes it."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # of all workers

    def get(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = root / name, root / f"{name}.done"
        with FileLock(root / f"{name}.lock"):
            if not done.exists():
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return get


@pytest.fixture(scope="session", autouse=True)
def results(shared: Shared) -> Iterator[None]:
    """Where the program keeps its results, by their content: what one test has had counted, no other counts again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGBAO_CACHE", str(shared("results", lambda folder: folder.chmod(0o700))))
        yield


@pytest.fixture(autouse=True)
def pipes() -> None:
    """A command that ran in this process lets the system end it where a reader leaves; a test goes on."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept: for tests that watch the work, change the program, or hold two runs against each other."""
    monkeypatch.setenv("TONGBAO_CACHE", "")


@pytest.fixture
def tongbao(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run the command as the shell would, without the cost of a new interpreter."""

    def run(*args: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["tongbao", *map(str, args)])
        code: object = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return Outcome(int(code or 0) if not isinstance(code, str) else 1, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def province(shared: Shared) -> Path:
    """A small demo workspace; tests must not change it."""
    from reports.demo import make
    from reports.workspace.initial import config_text

    def fill(folder: Path) -> None:
        make(folder, cases=20_000)
        values_ = {
            "code": "辽",
            "issuer": "演示省高级人民法院",
            "mark": "演示省高级人民法院文件",
            "date": "2026年10月20日",
        }
        text = config_text(values_ | {"number": "演高法〔{year}〕号"}, files=["cases.parquet"], demo=True)
        (folder / "tongbao.toml").write_text(text, "utf-8")

    return shared("province", fill)


CITY = ("辽01", "辽0102", "辽0103", "辽0104")


@pytest.fixture(scope="session")
def city(shared: Shared, province: Path) -> Path:
    """Four courts of the province with their cases of two years: for what needs no 114; tests must not change it."""
    import duckdb

    def fill(folder: Path) -> None:
        with (province / "courts.csv").open(encoding="utf-8-sig") as file:
            names = {row["代码"]: row["名称"] for row in csv.DictReader(file)}
        levels = [f"{code},{names[code]},{'基层法院,辽01' if code[3:] else '中院,'}" for code in CITY]
        (folder / "courts.csv").write_text("\n".join(["代码,名称,层级,上级", *levels]) + "\n", "utf-8")
        duckdb.execute(
            f"COPY (FROM '{province}/cases.parquet' WHERE 经办法院 IN ? AND 立案日期 >= DATE '2024-06-01') "
            f"TO '{folder}/cases.parquet'",
            [[names[code] for code in CITY]],
        )
        text = (province / "tongbao.toml").read_text("utf-8").replace('code = "辽"', 'code = "辽01"')
        (folder / "tongbao.toml").write_text(text, "utf-8")

    return shared("city", fill)


@pytest.fixture
def workspace(province: Path, tmp_path: Path) -> Path:
    """The province, to be changed."""
    return copied(province, tmp_path / "质效")


@pytest.fixture
def small(city: Path, tmp_path: Path) -> Path:
    """The four courts, to be changed."""
    return copied(city, tmp_path / "质效")
