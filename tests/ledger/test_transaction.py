"""What is written to the ledger together is there together or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from by_hand_items import finding
from small_city import CITY, CONFIG, usual, write_cases

from reports.ledger import items, record
from reports.ledger.documents import Dispatch, dispatches, draft
from reports.ledger.journal import published, verify, writing
from reports.publish import publishing

pytestmark = pytest.mark.whole

COMMAND = [sys.executable, "-m", "reports"]
# The superuser may write what is read-only, unless it gives that up.
AS_ANYBODY = ["setpriv", "--bounding-set", "-dac_override"] if os.getuid() == 0 else []
TEXT = Dispatch("2025Q3-general", "通报", "2025Q3", "0" * 64)


def both(path: Path) -> None:
    record(path, [finding()], at="2025-10-20", bulletin="通报")
    assert [one.number for one in items(path)] == ["2025Q3-001"], "what is written is read in the same transaction"
    draft(path, [TEXT], at="2025-10-20", who="tongbao")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tongbao.db"


def test_several_writes_are_one_transaction(path):
    with writing(path):
        both(path)
        with writing(path.parent / "." / path.name) as journal:
            journal.publish("a")
        assert not published(path, "a"), "nothing is decided yet"
    assert published(path, "a") and not published(path, "b")
    assert list(dispatches(path)) == ["2025Q3-general"] and verify(path).events == 3


def test_a_failure_in_one_undoes_all(path):
    record(path, [], at="2025-10-20")
    with pytest.raises(ZeroDivisionError), writing(path):
        both(path)
        raise ZeroDivisionError
    assert items(path) == [] and dispatches(path) == {} and verify(path).events == 0


def test_a_part_that_fails_and_is_done_without_leaves_the_others(path):
    with writing(path):
        draft(path, [TEXT], at="2025-10-20", who="tongbao")
        with pytest.raises(ZeroDivisionError), writing(path):
            record(path, [finding()], at="2025-10-20")
            raise ZeroDivisionError
    assert items(path) == [] and list(dispatches(path)) == ["2025Q3-general"] and verify(path).faults == ()


def test_a_commit_that_fails_takes_the_files_back(tmp_path, path):
    """Another process reads while this one commits: the ledger cannot be written in time."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.md").write_bytes(b"old")
    with (
        pytest.raises(ZeroDivisionError),
        publishing(tmp_path / "out", lambda one: published(path, one)) as publication,
        writing(path) as journal,
    ):
        journal.publish(publication.id)
        publication.put({"a.md": b"new", "b.md": b"new"})
        assert (tmp_path / "out" / "a.md").read_bytes() == b"new"
        raise ZeroDivisionError
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == {"a.md": b"old"}


@pytest.fixture
def run(tongbao):
    """The run in process, or as ``before`` starts it: only what a process is denied needs one of its own."""

    def go(folder, before=None):
        words = ("run", "-q", "-w", folder, "--as-of", "2026-04-15")
        if before is None:
            return tongbao(*words).code
        return subprocess.run(
            [*before, *COMMAND, *words], capture_output=True, text=True, encoding="utf-8", check=False
        )

    return go


@pytest.fixture
def workspace(tmp_path, run):
    """A finished run, and data that have changed since."""
    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    (tmp_path / "tongbao.toml").write_text(CONFIG, "utf-8")
    write_cases(tmp_path, "2026Q1", usual)
    assert run(tmp_path) == 0
    write_cases(tmp_path, "2026Q1", lambda code, quarter: usual(code, quarter) + 1)
    return tmp_path


def state(folder):
    return {path: path.read_bytes() for path in (*(folder / "out").rglob("*"), folder / "tongbao.db") if path.is_file()}


@pytest.mark.skipif(bool(AS_ANYBODY) and not shutil.which("setpriv"), reason="nothing is read-only for the superuser")
@pytest.mark.parametrize("what", ["the file", "the folder"])
def test_a_read_only_ledger_stops_a_run_before_a_file_is_touched(workspace, run, what):
    before = state(workspace)
    touched = {path: path.stat().st_ino for path in before}
    place = workspace / "tongbao.db" if what == "the file" else workspace
    mode = place.stat().st_mode
    place.chmod(mode & ~0o222)
    try:
        done = run(workspace, AS_ANYBODY)
    finally:
        place.chmod(mode)
    assert done.returncode == 7 and "台账无法读写" in done.stderr, done.stderr
    assert state(workspace) == before and {path: path.stat().st_ino for path in before} == touched
    assert run(workspace) == 0 and state(workspace) != before


@pytest.mark.parametrize("full", ["for the ledger", "for the largest file"])
def test_a_full_disk_leaves_files_and_ledger(workspace, run, full):
    before = state(workspace)
    largest = max(path.stat().st_size for path in before if path.parent != workspace)
    done = run(workspace, ["prlimit", f"--fsize={8192 if full == 'for the ledger' else largest - 1}"])
    assert done.returncode == 7 and "Traceback" not in done.stderr, done.stderr
    assert state(workspace) == before
    assert run(workspace) == 0 and state(workspace) != before
