"""Files that name people are not for everybody, and two accounts of one office can work in one folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from by_hand_items import finding
from small_city import CITY, CONFIG, usual, write_cases

from reports import cli
from reports.commands.console import alone
from reports.errors import DeliveryError
from reports.ledger import items, record
from reports.pipeline import cache
from reports.publish import publish
from reports.workspace import find

pytestmark = pytest.mark.whole


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    """The usual umask, whatever the tests were started with."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def work(folder: Path, quarter: int) -> None:
    """What each run does to a workspace."""
    place = find(folder)
    with alone(place, wait=1):
        record(place.database_path, [finding(period=f"2025Q{quarter}")], at="2025-10-20", bulletin="通报", effects=None)
        publish(folder / "out", {"2025Q3/甲.md": str(quarter).encode()})


@pytest.mark.parametrize(("mask", "file", "inside"), [(0o022, 0o640, 0o750), (0o077, 0o600, 0o700), (0, 0o640, 0o750)])
def test_what_is_written_is_not_for_others(tmp_path, umask, mask, file, inside):
    (tmp_path / "tongbao.toml").write_text("", "utf-8")
    tmp_path.chmod(0o755)
    os.umask(mask)
    work(tmp_path, 2)
    found = {str(path.relative_to(tmp_path)): mode(path) for path in tmp_path.rglob("*") if path.name != "tongbao.toml"}
    assert found == {
        ".tongbao.lock": file,
        "tongbao.db": file,
        "out": inside,
        "out/2025Q3": inside,
        "out/2025Q3/甲.md": file,
    }


def test_a_ledger_that_others_could_read_is_closed(tmp_path, umask):
    (tmp_path / "tongbao.toml").write_text("", "utf-8")
    work(tmp_path, 2)
    (tmp_path / "tongbao.db").chmod(0o644)
    assert len(items(tmp_path / "tongbao.db")) == 1
    assert mode(tmp_path / "tongbao.db") == 0o640


def test_a_folder_of_kept_results_that_others_could_read_is_closed(tmp_path, monkeypatch):
    folder = tmp_path / "kept"
    folder.mkdir()
    folder.chmod(0o755)
    monkeypatch.setenv("TONGBAO_CACHE", str(folder))
    cache.save("a", 1)
    assert mode(folder) == 0o700
    assert cache.load("a") == 1
    folder.chmod(0o750)
    assert cache.load("a") is None, "others may have read or written what is there"


def as_account(uid: int, gid: int, home: Path, does: Callable[[], object]) -> int:
    """The exit code of what another account does, with ``home`` for its temporary files: 7 for a message."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        os.umask(0o022)
        tempfile.tempdir = str(home)
        does()
        code = 0
    except DeliveryError:
        code = 7
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os._exit(code)


as_superuser = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only the superuser can be others"
)


@as_superuser
@pytest.mark.parametrize("grouped", [True, False])
def test_two_accounts_of_one_office(umask, grouped, tmp_path):
    (tmp_path / "tongbao.toml").write_text("", "utf-8")
    work(tmp_path, 1)  # whatever is imported is imported now: another account may not read the program of this one
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # the folders of tests are closed to others
    try:
        (folder / "tongbao.toml").write_text("", "utf-8")
        os.chown(folder, 12001, 12000)
        folder.chmod(0o2770 if grouped else 0o755)
        assert as_account(12001, 12000, folder, partial(work, folder, 2)) == 0
        assert as_account(12002, 12000, folder, partial(work, folder, 3)) == (0 if grouped else 7)
        assert as_account(12001, 12000, folder, partial(work, folder, 4)) == 0
        (item,) = items(folder / "tongbao.db")
        assert item.flagged == (("2025Q2", "2025Q3", "2025Q4") if grouped else ("2025Q2", "2025Q4"))
        found = {path.name: mode(path) for path in folder.rglob("*") if path.name != "tongbao.toml"}
        file, inside = (0o660, 0o2770) if grouped else (0o640, 0o750)
        assert found == {".tongbao.lock": file, "tongbao.db": file, "out": inside, "2025Q3": inside, "甲.md": file}
        assert {path.stat().st_gid for path in folder.rglob("*") if path.name != "tongbao.toml"} == {12000}
    finally:
        shutil.rmtree(folder)


def command(folder: Path, *words: str) -> None:
    """One command on the workspace, in this process."""
    sys.argv = ["tongbao", *words, "-w", str(folder)]
    cli.main()


@as_superuser
def test_two_accounts_run_sign_issue_and_check_by_turns(umask, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("TONGBAO_CACHE", "")
    monkeypatch.setattr(sys, "argv", sys.argv)
    stem, day = "2023Q4-general", ("--as-of", "2024-01-15")
    steps = [
        ("run", "-q", *day),
        ("run", "-q", *day),
        ("ledger", "sign", stem, "--by", "甲", *day),
        ("ledger", "issue", stem, "--by", "乙", *day),
        ("bulletin", "court", "--court", "辽0102", "--period", "2023Q4", "-q", *day),
        ("ledger", "verify"),
    ]
    folders = [Path(tempfile.mkdtemp(dir="/tmp")) for _ in range(2)]  # the folders of tests are closed to others
    try:
        for folder in folders:
            (folder / "tmp").mkdir()
            (folder / "courts.csv").write_text(CITY, "utf-8")
            (folder / "tongbao.toml").write_text(CONFIG, "utf-8")
            write_cases(folder, "2023Q4", usual)
        mine, shared = folders
        for step in steps:  # imports all: another account may not read the program of this one
            with contextlib.suppress(SystemExit):
                command(mine, *step)
        capfd.readouterr()
        for path in (shared, *shared.rglob("*")):
            os.chown(path, 12001, 12000)
            path.chmod(0o2770 if path.is_dir() else 0o660)
        for number, step in enumerate(steps):
            code = as_account(12001 + number % 2, 12000, shared / "tmp", partial(command, shared, *step))
            assert code == 0, (step, capfd.readouterr().err)
        out = shared / "out/2023Q4"
        assert {mode(path) for path in out.rglob("*") if path.is_dir()} == {0o2770}
        fixed = [*out.glob("审签/*/*"), *out.glob("印发/*/*.md")]
        assert len(fixed) == 2 and {mode(path) for path in fixed} == {0o440}
        others = {mode(path) for path in shared.rglob("*") if path.is_file() and path not in fixed}
        assert others <= {0o660, 0o440}
        assert {path.stat().st_uid for path in fixed} == {12001, 12002}
    finally:
        for folder in folders:
            shutil.rmtree(folder)
