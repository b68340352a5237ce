"""A workspace in one file and back: all of it, of one moment, or nothing."""

from __future__ import annotations

import hashlib
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
from reports.errors import ConfigError, DeliveryError, InputError, VerificationError
from reports.ledger.chain import _keys, key_with
from reports.ledger.documents import Dispatch, draft, issuing, sign
from reports.ledger.journal import verify, writing
from reports.pipeline import backup
from reports.pipeline.backup import LIST, Backup, restore
from reports.workspace import Workspace
from reports.workspace.log import Entry, record

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


NAMED = "out/2026Q1/印发/2026Q1-general/2026Q1-general.md"


def replaced(data: dict[str, bytes], ledger: bytes, **more: bytes) -> dict[str, bytes]:
    """Another ledger, and more files, in a backup that says of itself that they are what was packed."""
    about, new = json.loads(data[LIST]), {"tongbao.db": ledger, **more}
    kept = [one for one in about["files"] if one["name"] not in new]
    about["files"] = kept + [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in new.items()
    ]
    if about["ledger"] and ledger != data["tongbao.db"]:
        about["ledger"] = {"events": 0, "head": ""}
    return data | new | {LIST: json.dumps(about).encode()}


def foreign() -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE notes (text)")
        return db.serialize()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda names, data: data | {ISSUED: b"# texx"}, "与校验值不符"),
        (lambda names, data: {name: data[name] for name in data if name != ISSUED}, f"缺少{ISSUED}"),
        (lambda names, data: data | {LIST: data[LIST].replace(b"measures.toml", b"../../x.toml ")}, "指向文件夹之外"),
        (lambda names, data: data | {LIST: data[LIST].replace(b"backup/1", b"backup/2")}, "更新的版本"),
        (lambda names, data: data | {LIST: data[LIST].replace(b'"events": 3', b'"events": 2')}, "与备份清单不符"),
        (lambda names, data: {name: data[name] for name in data if name != LIST}, "不是 tongbao 的备份"),
        (lambda names, data: replaced(data, b""), "台账文件是空的"),
        (lambda names, data: replaced(data, foreign()), "台账文件是别的数据库"),
        (lambda names, data: replaced(data, b"no database" * 999), "台账无法打开"),
        (lambda names, data: replaced(data, data["tongbao.db"], **{NAMED: b"x"}), "没有登记的文件"),
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
    with pytest.raises(VerificationError, match=r"台账核对有2处不符，没有备份：防止修改台账历史的触发器.*；第2条记录"):
        write(place, tmp_path / "备份.zip")
    assert (tmp_path / "备份.zip").read_bytes() == before


def short(place: Workspace) -> None:
    """A ledger that has lost its end since a run, sound by itself."""
    record(place.folder, Entry("2026-04-15 08:05:00", "run", 0, 1.0, head="ab" * 32))


def under_key(place: Workspace) -> None:
    """A ledger whose chain was worked out anew by somebody without the key."""
    key_with(place.database_path, lambda: b"key")


def gone(place: Workspace) -> None:
    """A register with an issued file that is not there."""
    one = Dispatch("2026Q1-general", "通报", "2026Q1", "0" * 64)
    draft(place.database_path, [one], at="2026-04-15", who="王五")
    sign(place.database_path, one, at="2026-04-16", who="李某")
    with issuing(place.database_path, one.stem, "", at="2026-04-17", who="王五", number=None) as issue:
        issue.files["2026Q1-general.md"] = "0" * 64


def stray(place: Workspace) -> None:
    """A file in the place of issued ones that nobody has issued."""
    (place.output_path / "2026Q1/印发/2026Q1-general").mkdir(parents=True)
    (place.output_path / "2026Q1/印发/2026Q1-general/2026Q1-general.md").touch()


@pytest.mark.parametrize("spoil", [short, under_key, gone, stray])
def test_what_verify_finds_fault_with_is_not_backed_up(place: Workspace, tmp_path: Path, tongbao, spoil) -> None:
    file = tmp_path / "备份.zip"
    write(place, file)
    before = file.read_bytes()
    spoil(place)
    checked = tongbao("ledger", "verify", "-w", place.folder)
    told = tongbao("backup", file, "-w", place.folder)
    _keys.clear()
    assert checked.code == told.code == 6
    assert f"没有备份：{checked.out.splitlines()[0]}" in told.err and str(place.database_path) in told.err
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "name",
    [
        "tongbao.db", "outbox.db", "tongbao.toml", "courts.csv", "catalogue/own.toml", "cases.csv", "notes.txt",
        "运行记录.jsonl", "other.zip", ISSUED,
    ],
)  # fmt: skip
def test_a_backup_takes_the_place_of_nothing_but_a_backup(place: Workspace, tongbao, name: str) -> None:
    there = place.folder / name
    if not there.exists():
        with zipfile.ZipFile(there, "w") as archive:
            archive.writestr("a.txt", "not ours")
    before = files(place.folder)
    told = tongbao("backup", there, "-w", place.folder)
    assert told.code == 2 and "不是 tongbao 的备份：没有覆盖" in told.err
    assert files(place.folder) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tongbao.db", "自用的文件名"),
        ("outbox.db", "自用的文件名"),
        ("own.toml", "自用的文件名"),
        ("cases.csv", "自用的文件名"),
        ("out/备份.zip", "不能放在要备份的文件夹“out”中"),
        ("out/2026Q1/备份.zip", "不能放在要备份的文件夹“out”中"),
        ("catalogue/备份.zip", "不能放在要备份的文件夹“catalogue”中"),
        ("templates/x/../备份.zip", "不能放在要备份的文件夹“templates”中"),
    ],
)
def test_a_backup_is_put_nowhere_where_the_workspace_looks(place: Workspace, name: str, said: str) -> None:
    for absent in ("tongbao.db", "cases.csv"):
        (place.folder / absent).unlink()
    with pytest.raises(ConfigError, match=said):
        write(place, place.folder / name)
    write(place, place.folder / "备份.zip")
    write(place, place.folder / "备份.zip")


def test_a_damaged_outbox_is_told_by_its_own_name(place: Workspace, tmp_path: Path, tongbao) -> None:
    write(place, file := tmp_path / "备份.zip")
    before = file.read_bytes()
    with Outbox.at(place.outbox_path):
        pass
    whole = place.outbox_path.read_bytes()
    for spoilt in (b"no database" * 999, whole[:4096] + b"\xff" * (len(whole) - 4096)):
        place.outbox_path.write_bytes(spoilt)
        told = tongbao("backup", file, "-w", place.folder)
        assert told.code == 2 and "发件箱无法打开" in told.err and str(place.outbox_path) in told.err
        assert "台账" not in told.err and file.read_bytes() == before


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
