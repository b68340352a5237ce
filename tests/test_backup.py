"""A workspace in one file and back: all of it, of one moment, or nothing."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from by_hand import COURTS
from killing import Effects, child

from reports import workspace
from reports.delivery import Outbox, Parcel
from reports.errors import ConfigError, DeliveryError, InputError
from reports.ledger.journal import verify, writing
from reports.pipeline import backup
from reports.pipeline.backup import LIST, Backup, restore
from reports.workspace import Workspace

ISSUED = "out/2026Q1/2026Q1-general.md"
MOVED = "out/2026Q1/新稿/改名.md"
KEPT = {
    "tongbao.toml": b'[source]\nfiles = ["cases.csv"]\n',
    "measures.toml": "# 措施".encode(),
    "courts.csv": COURTS.encode(),
    "recipients.csv": "单位,地址\n本办公室,sgb@fy.example\n".encode(),
    "catalogue/own.toml": b"# own",
    "templates/bulletins/general.md.j2": b"{{ title }}",
    ISSUED: b"# text",
    MOVED: b"x" * 3_000_000,
}
LEFT_OUT = {"cases.csv": "当事人\n张三\n".encode(), "out/2026Q1/.tongbao-work-a/1.new": b"half", ".tongbao.lock": b""}


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    folder = tmp_path / "质效"
    for name, data in {**KEPT, **LEFT_OUT}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    told(folder, 3)
    return workspace.find(folder)


def told(folder: Path, events: int) -> None:
    with writing(folder / "tongbao.db") as journal:
        for number in range(events):
            journal.add("2026-04-15", "王五", f"事项：{number}", "记录", {"n": number})


def write(place: Workspace, file: Path) -> Backup:
    return backup.write(place, file, "2026-04-15 08:00:00")


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_what_waits_in_the_outbox_is_kept_too(place: Workspace, tmp_path: Path) -> None:
    parcel = Parcel("消息", "提醒", "1", "mail", "本办公室", "某办", "sgb@fy.example", "提醒", "请查收。\n")
    with Outbox.at(place.outbox_path) as box:
        box.queue([parcel], at="2026-04-15 08:00:00", who="王五", limits={})
        write(place, tmp_path / "备份.zip")  # while another process has it open
    restore(tmp_path / "备份.zip", tmp_path / "另一处")
    with Outbox.at(tmp_path / "另一处" / "outbox.db") as box:
        assert [(one.address, one.state) for one in box.letters()] == [("sgb@fy.example", "待发")]
        assert box.history(1) == [("2026-04-15 08:00:00", "王五", "待发", "")]


def test_what_is_restored_elsewhere_is_what_was_there(place: Workspace, tmp_path: Path) -> None:
    done = write(place, tmp_path / "备份.zip")
    assert stat.S_IMODE((tmp_path / "备份.zip").stat().st_mode) == 0o640
    assert (done.files, done.events) == (len(KEPT) + 1, 3)
    shutil.rmtree(place.folder)
    other = tmp_path / "另一处" / "质效"
    again = restore(tmp_path / "备份.zip", other)
    assert again == done
    there = files(other)
    assert verify(other / "tongbao.db").head == done.head
    del there["tongbao.db"]
    assert there == KEPT  # no case data, nothing of killed runs
    assert {stat.S_IMODE(path.stat().st_mode) & 0o007 for path in other.rglob("*")} == {0}
    assert workspace.find(other).config == place.config


def test_the_holidays_of_the_calendar_go_with_it(place: Workspace, tmp_path: Path) -> None:
    for name, where in (("节假日.csv", place.folder), ("外.csv", tmp_path)):
        (where / name).write_text("日期,类型\n2027-01-01,休息日\n", "utf-8")
        path = name if where == place.folder else f"../{name}"
        own = place.config_path.read_text("utf-8").split("[calendar]")[0]
        place.config_path.write_text(f'{own}[calendar]\ndata = "+5工作日"\nholidays = "{path}"\n', "utf-8")
        write(workspace.find(place.folder), tmp_path / "备份.zip")
        restore(tmp_path / "备份.zip", other := tmp_path / name.removesuffix(".csv"))
        assert (other / name).exists() == (where == place.folder)  # what is outside is somebody else's


def test_without_a_ledger_there_is_the_rest(place: Workspace, tmp_path: Path) -> None:
    place.database_path.unlink()
    assert write(place, tmp_path / "备份.zip").events == 0
    restore(tmp_path / "备份.zip", tmp_path / "新")
    assert files(tmp_path / "新") == KEPT


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda names, data: data | {ISSUED: b"# texx"}, "与校验值不符"),
        (lambda names, data: {name: data[name] for name in data if name != ISSUED}, f"缺少{ISSUED}"),
        (lambda names, data: data | {LIST: data[LIST].replace(b"measures.toml", b"../../x.toml ")}, "指向文件夹之外"),
        (lambda names, data: data | {LIST: data[LIST].replace(b"backup/1", b"backup/2")}, "更新的版本"),
        (lambda names, data: data | {LIST: data[LIST].replace(b'"events": 3', b'"events": 2')}, "与备份清单不符"),
        (lambda names, data: {name: data[name] for name in data if name != LIST}, "不是 tongbao 的备份"),
    ],
)
def test_a_spoilt_backup_is_refused_and_leaves_nothing(place: Workspace, tmp_path: Path, spoil, said) -> None:
    good, bad, target = tmp_path / "good.zip", tmp_path / "bad.zip", tmp_path / "新"
    write(place, good)
    with zipfile.ZipFile(good) as archive:
        data = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(bad, "w") as archive:
        for name, content in spoil(list(data), data).items():
            archive.writestr(name, content)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(InputError, match=said):
        restore(bad, target)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_is_no_archive_and_a_folder_in_use_are_refused(place: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="不是 tongbao 的备份"):
        restore(place.config_path, tmp_path / "新")
    with pytest.raises(InputError, match="备份无法读取"):
        restore(tmp_path / "没有.zip", tmp_path / "新")
    write(place, tmp_path / "备份.zip")
    with pytest.raises(ConfigError, match="不是空的"):
        restore(tmp_path / "备份.zip", place.folder)
    with pytest.raises(ConfigError, match="是文件夹"):
        write(place, tmp_path)
    with pytest.raises(DeliveryError, match="备份无法写入"):
        write(place, tmp_path / "没有" / "备份.zip")


def test_a_ledger_that_was_changed_replaces_no_sound_backup(place: Workspace, tmp_path: Path) -> None:
    write(place, tmp_path / "备份.zip")
    before = (tmp_path / "备份.zip").read_bytes()
    with closing(sqlite3.connect(place.database_path)) as db:
        db.execute("DROP TRIGGER journal_unchanged")
        db.execute("UPDATE journal SET who = '赵六' WHERE seq = 2")
        db.commit()
    with pytest.raises(ConfigError, match="台账核对有2处不符"):
        write(place, tmp_path / "备份.zip")
    assert (tmp_path / "备份.zip").read_bytes() == before


def test_ledger_and_files_are_of_one_moment(place: Workspace, tmp_path: Path) -> None:
    begun, issued = threading.Event(), place.folder / ISSUED

    def run() -> None:
        with writing(place.database_path) as journal:
            journal.add("2026-07-15", "王五", "事项：9", "记录", {})
            begun.set()
            issued.write_bytes(b"# later")

    at_work = threading.Thread(target=run)
    at_work.start()
    begun.wait()
    done = write(place, tmp_path / "备份.zip")  # waits for the run
    at_work.join()
    assert done.events == 4
    with zipfile.ZipFile(tmp_path / "备份.zip") as archive:
        assert archive.read(ISSUED) == b"# later"


def test_a_killed_backup_leaves_the_old_one_or_the_new(place: Workspace, tmp_path: Path) -> None:
    home = tmp_path / "备份"
    home.mkdir()
    file = home / "质效.zip"
    write(place, file)
    old = listed(file)
    told_of = place.folder / "measures.toml"
    told_of.write_bytes(b"# new")
    (home / "测量").mkdir()
    total = killed(lambda: write(place, home / "测量" / "质效.zip"), None)
    new, seen = listed(home / "测量" / "质效.zip"), set()
    for point in chosen(total):
        swept(home)
        killed(lambda: write(place, file), point)
        now = listed(file)
        assert now in (old, new), point
        seen.add(now == new)
        assert sorted(path.name for path in home.iterdir() if not path.name.startswith(".tongbao")) == [
            "测量",
            "质效.zip",
        ]
    write(place, file)
    assert listed(file) == new
    assert [path.name for path in home.iterdir() if path.name.startswith(".tongbao")] == []
    assert seen == {False, True}


def test_a_killed_restoring_leaves_nothing_or_all(place: Workspace, tmp_path: Path) -> None:
    home = tmp_path / "恢复"
    home.mkdir()
    write(place, tmp_path / "质效.zip")
    target = home / "质效"
    total = killed(lambda: restore(tmp_path / "质效.zip", target), None)
    whole, seen = files(target), set()
    for point in chosen(total):
        swept(home)
        shutil.rmtree(target, ignore_errors=True)
        killed(lambda: restore(tmp_path / "质效.zip", target), point)
        now = files(target) if target.exists() else {}
        assert now in ({}, whole), point
        seen.add(bool(now))
    shutil.rmtree(target, ignore_errors=True)
    restore(tmp_path / "质效.zip", target)
    assert [path.name for path in home.iterdir()] == ["质效"]
    assert seen == {False, True}


def listed(file: Path) -> list[tuple[str, str]]:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return [(one["name"], one["sha256"]) for one in json.loads(archive.read(LIST))["files"]]


def swept(home: Path) -> None:
    """What the last one left is cleared by the next, which would then have more effects."""
    for left in home.glob(".tongbao-*"):
        shutil.rmtree(left)


def chosen(total: int) -> list[int]:
    """Some effects, and the last ones, which decide."""
    draw = random.Random(7)
    return sorted({*draw.sample(range(1, total + 1), 8), *range(max(1, total - 6), total + 1)})


def killed(work, point: int | None) -> int:
    """Run in a process of its own, killed before an effect; without one, how many effects it has."""

    def counted() -> None:
        effects = Effects(kill_at=point, by=signal.SIGKILL, links=True, seed=0)
        work()
        os.write(1, f"effects {effects.count}".encode())  # past what pytest has put in the place of the stream

    code, said = child(counted)
    if point is None:
        assert code == 0, said
        return int(said.split("effects ")[1])
    assert code in (0, -signal.SIGKILL), said
    return 0
