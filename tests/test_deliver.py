from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import scratch
from reports.errors import DeliveryError
from reports.model import Bulletin
from reports.pipeline.bulletins import deliver
from reports.publish import LEFT, publish, publishing, recover


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


names = st.sampled_from(["a.md", "b.pdf", "charts/t.svg", "块.csv"])


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(names, st.binary(max_size=50)), st.dictionaries(names, st.binary(max_size=50), min_size=1))
def test_publishing_writes_all_files_and_keeps_the_others(tmp_path_factory, old, new):
    folder = tmp_path_factory.mktemp("out") / "2025Q3"
    if old:
        publish(folder, old)
    publish(folder, new)
    assert snapshot(folder) == {**old, **new}


def test_a_failure_half_way_leaves_everything_as_it_was(tmp_path):
    folder = tmp_path / "out"
    publish(folder, {"a.md": b"old", "b.md": b"old"})
    (folder / "c.md").mkdir()
    (folder / "c.md" / "kept").write_text("x")
    before = snapshot(folder)
    with pytest.raises(DeliveryError, match="原有文件没有改动"):
        publish(folder, {"a.md": b"new", "b.md": b"new", "d.md": b"new", "c.md": b"cannot replace a folder"})
    assert snapshot(folder) == before


def test_a_pipe_is_refused_and_stays_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(DeliveryError, match="不是普通文件"):
        publish(tmp_path, {"b.csv": b"new", "a.csv": b"new"})
    assert (tmp_path / "a.csv").is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_link_to_a_device_is_refused_and_stays_a_link(tmp_path):
    (tmp_path / "a.csv").symlink_to(os.devnull)
    with pytest.raises(DeliveryError, match="不是普通文件"):
        publish(tmp_path, {"a.csv": b"new"})
    assert (tmp_path / "a.csv").is_symlink()


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("not a folder")
    with pytest.raises(DeliveryError):
        publish(tmp_path / "out" / "2025Q3", {"a.md": b""})
    assert snapshot(tmp_path) == {"out": b"not a folder"}


def test_one_edited_letter_does_not_hold_back_the_others(tmp_path):
    """Letters to several courts have one title."""
    letters = [Bulletin("time-limit", code, "提醒函", f"提醒-{code}", "") for code in ("辽01", "辽02")]

    def made(text):
        return {f"{one.stem}.md": f"---\n标题: 提醒函\n---\n\n{text}\n".encode() for one in letters}

    def once_more(text):
        with publishing(tmp_path) as publication:
            return deliver(publication, made(text), letters)

    once_more("第一次")
    (tmp_path / "提醒-辽01.md").write_text("---\n标题: 提醒函\n---\n\n改过\n", "utf-8")
    _, kept = once_more("第二次")
    assert kept == [("提醒函", "手工修改")]
    assert "改过" in (tmp_path / "提醒-辽01.md").read_text("utf-8")
    assert "第二次" in (tmp_path / "提醒-辽02.md").read_text("utf-8")


# Puts two files and is gone before anything is decided.
KILLED = """
import os, sys
from pathlib import Path
from reports.publish import publishing
with publishing(Path(sys.argv[1]), (lambda one: False) if sys.argv[2:] else None) as publication:
    publication.put({"a.md": b"new", "charts/b.svg": b"new"})
    os._exit(137)
"""


@pytest.fixture
def killed(tmp_path):
    """A folder in which a publication was killed after its files had been moved."""

    def kill(*ledger):
        publish(tmp_path, {"a.md": b"old"})
        done = subprocess.run([sys.executable, "-c", KILLED, tmp_path, *ledger], check=False)
        assert done.returncode == 137
        assert (tmp_path / "a.md").read_bytes() == (tmp_path / "charts/b.svg").read_bytes() == b"new"
        return tmp_path

    return kill


def test_what_was_killed_is_taken_back_at_the_next_start(killed):
    folder = killed()
    publish(folder, {"c.md": b"next"})
    assert snapshot(folder) == {"a.md": b"old", "c.md": b"next"} and not (folder / "charts").exists()


def test_what_a_ledger_decides_on_waits_for_it(killed):
    folder = killed("a ledger")
    publish(folder, {"c.md": b"next"})
    assert (folder / "a.md").read_bytes() == b"new"
    recover(folder.glob(LEFT), lambda _: False)
    assert snapshot(folder) == {"a.md": b"old", "c.md": b"next"}


def test_what_a_ledger_has_stays(killed):
    folder = killed("a ledger")
    recover(folder.glob(LEFT), lambda _: True)
    assert snapshot(folder) == {"a.md": b"new", "charts/b.svg": b"new"}


def test_what_a_person_has_changed_since_is_left_alone(killed):
    folder = killed()
    (folder / "a.md").write_bytes(b"by hand")
    recover(folder.glob(LEFT))
    assert snapshot(folder) == {"a.md": b"by hand"}


def test_a_publication_at_work_is_not_disturbed(tmp_path):
    with publishing(tmp_path) as publication:
        publication.put({"a.md": b"first"})
        publish(tmp_path, {"b.md": b"second"})
        recover(tmp_path.glob(LEFT))
        assert (tmp_path / "a.md").exists() and list(tmp_path.glob(LEFT))
    assert snapshot(tmp_path) == {"a.md": b"first", "b.md": b"second"}


def test_a_file_system_without_links(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    publish(tmp_path, {"a.md": b"old"})
    publish(tmp_path, {"a.md": b"new"})
    assert snapshot(tmp_path) == {"a.md": b"new"}
    with pytest.raises(ZeroDivisionError), publishing(tmp_path) as publication:
        publication.put({"a.md": b"newer"})
        raise ZeroDivisionError
    assert snapshot(tmp_path) == {"a.md": b"new"}


def test_what_earlier_releases_left_goes(tmp_path):
    for name in (".tongbao-ab12_xyz.new", ".tongbao-ab12_xyz.kept", ".tongbao-notes.txt"):
        (tmp_path / name).write_bytes(b"")
    recover(tmp_path.glob(LEFT))
    assert [path.name for path in tmp_path.iterdir()] == [".tongbao-notes.txt"]


def test_work_folders_of_killed_processes_go_and_those_in_use_stay(tmp_path):
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom reports import scratch\n"
        "work = scratch.make(Path(sys.argv[1]))\n(work.path / 'spill').mkdir()\nos._exit(137)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=False)
    (tmp_path / "tongbao-work-of-mine").mkdir()
    (tmp_path / "tongbao-work-of-mine" / "notes.txt").write_text("kept")
    assert len(list(tmp_path.iterdir())) == 2
    with scratch.folder(tmp_path) as work:
        (work / "spill").write_text("x")
        scratch.clear(tmp_path)
        assert sorted(tmp_path.iterdir()) == sorted([work, tmp_path / "tongbao-work-of-mine"])
        assert (work / "spill").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["tongbao-work-of-mine"]
