"""Files that name people are not for everybody, and two accounts of one office can work in one folder."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest
from by_hand_items import finding

from reports.commands.console import alone
from reports.errors import DeliveryError
from reports.ledger import items, record
from reports.pipeline import cache
from reports.publish import publish
from reports.workspace import find


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


def as_account(uid: int, gid: int, folder: Path, quarter: int) -> int:
    """The exit code of the work done by another account: 7 for a message, 1 for anything else."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        os.umask(0o022)
        work(folder, quarter)
        code = 0
    except DeliveryError:
        code = 7
    finally:
        os._exit(code)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only the superuser can be others")
@pytest.mark.parametrize("grouped", [True, False])
def test_two_accounts_of_one_office(umask, grouped, tmp_path):
    (tmp_path / "tongbao.toml").write_text("", "utf-8")
    work(tmp_path, 1)  # whatever is imported is imported now: another account may not read the program of this one
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # the folders of tests are closed to others
    try:
        (folder / "tongbao.toml").write_text("", "utf-8")
        os.chown(folder, 12001, 12000)
        folder.chmod(0o2770 if grouped else 0o755)
        assert as_account(12001, 12000, folder, 2) == 0
        assert as_account(12002, 12000, folder, 3) == (0 if grouped else 7)
        assert as_account(12001, 12000, folder, 4) == 0
        (item,) = items(folder / "tongbao.db")
        assert item.flagged == (("2025Q2", "2025Q3", "2025Q4") if grouped else ("2025Q2", "2025Q4"))
        found = {path.name: mode(path) for path in folder.rglob("*") if path.name != "tongbao.toml"}
        file, inside = (0o660, 0o2770) if grouped else (0o640, 0o750)
        assert found == {".tongbao.lock": file, "tongbao.db": file, "out": inside, "2025Q3": inside, "甲.md": file}
        assert {path.stat().st_gid for path in folder.rglob("*") if path.name != "tongbao.toml"} == {12000}
    finally:
        shutil.rmtree(folder)
