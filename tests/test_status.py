"""What happened in a workspace, and how it stands: the record of runs and ``status``."""

from __future__ import annotations

import errno
import json
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
import typer
from by_hand import COURTS

from reports import workspace
from reports.commands.console import recorded
from reports.errors import Busy
from reports.ledger.documents import Dispatch, draft
from reports.ledger.journal import head, verify, writing
from reports.pipeline.delivery import notify
from reports.workspace import log
from reports.workspace.log import LINES, TEXT, Entry, entries, record


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "质效"
    folder.mkdir()
    (folder / "tongbao.toml").write_text('[source]\nfiles = ["cases.csv"]\n', "utf-8")
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    return folder


def events(folder: Path, number: int) -> None:
    with writing(folder / "tongbao.db") as journal:
        for _ in range(number):
            journal.add("2026-04-15", "王五", "别的：1", "记录", {})


def run(code: int = 0, head: str = "") -> Entry:
    return Entry("2026-04-15 08:05:00", "run", code, 12.34, "2026Q1", 40, 38, {"red": 1}, 3, head)


def test_a_run_is_a_line_for_people_and_one_for_programs(tmp_path: Path) -> None:
    record(tmp_path, run(head="ab" * 32))
    assert (tmp_path / TEXT).read_text("utf-8") == (
        "2026-04-15 08:05:00　run　2026Q1　退出码0　12.3秒　数据40行，使用38行　重点问题1项，需要关注0项　文件3个　台账abababababab\n"
    )
    assert list(entries(tmp_path)) == [run(head="ab" * 32)]
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) & 0o007 for name in (TEXT, LINES)} == {0}


def test_the_record_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "SIZE", 1000)
    for code in range(60):
        record(tmp_path, run(code))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2 * (log.KEPT + 1) * 1000
    codes = [entry.code for entry in entries(tmp_path)]
    assert codes == list(range(60 - len(codes), 60)) and len(codes) > log.KEPT
    (tmp_path / LINES).write_text("{}\nnot json\n[1]\n", "utf-8")
    assert all(entry.command == "run" for entry in entries(tmp_path))


def test_a_record_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / TEXT).mkdir()
    record(tmp_path, run())
    assert list(entries(tmp_path)) == [run()]


def test_a_failed_run_is_on_record_and_told(place: Path, tongbao) -> None:
    events(place, 2)
    assert tongbao("run", "-q", "-w", place).code == 5
    (entry,) = entries(place)
    assert (entry.command, entry.code, entry.head) == ("run", 5, head(place / "tongbao.db"))
    assert "cases.csv" in entry.error
    told = tongbao("status", "-w", place)
    assert told.code == 5 and "退出码5" in told.out and "没有待办事项。" in told.out
    assert tongbao("run", "-q", "-w", place, "--dry-run").code == 5
    assert len(list(entries(place))) == 1  # a trial leaves nothing


@pytest.mark.parametrize(
    ("raised", "code", "error"),
    [
        (Busy("另一个 tongbao 正在处理这个工作目录。"), 75, "另一个 tongbao 正在处理这个工作目录。"),
        (typer.Exit(3), 3, ""),
        (KeyboardInterrupt(), 130, "被中断"),
        (SystemExit(143), 143, "被中止"),
        (OSError(errno.ENOSPC, "No space left on device"), 7, "磁盘空间不足"),
        (OSError(errno.EIO, "Input/output error"), 1, "程序出错（OSError）"),
    ],
)
def test_the_record_says_how_the_program_ended(place: Path, raised: BaseException, code: int, error: str) -> None:
    with pytest.raises(type(raised)), recorded(workspace.find(place), "run"):
        raise raised
    (entry,) = entries(place)
    assert (entry.code, entry.error) == (code, error)


def test_what_waits_has_an_exit_code_of_its_own(place: Path, tongbao) -> None:
    assert tongbao("status", "-w", place).code == 0
    draft(place / "tongbao.db", [Dispatch("2026Q1-general", "通报", "2026Q1", "0" * 64)], at="2026-04-15", who="王五")
    told = tongbao("status", "-w", place)
    assert told.code == 3
    assert told.out.splitlines() == [
        "上次运行：没有记录",
        "待审签的通报1份：2026Q1-general",
        "台账1条记录，没有发现改动。",
    ]
    document = json.loads(tongbao("status", "-w", place, "--json").out)
    assert document["waiting"] == {
        "drafts": ["2026Q1-general"], "signed": [], "untold": [], "overdue": [], "decisions_overdue": [],
        "steps_overdue": [], "to_close": [], "letters_waiting": [], "letters_failed": [], "letters_unclear": [],
    }  # fmt: skip
    assert (document["run"], document["delivery"], document["code"]) == (None, None, 3)
    assert document["ledger"]["faults"] == []


def test_letters_that_have_not_arrived_wait_too_and_a_delivery_is_on_record(place: Path, tongbao) -> None:
    """By commands that say of one letter each: later, refused, no answer; nothing hides how the last run ended."""
    ways = {"later": "exit 75", "refused": "exit 1", "killed": "kill -9 $$", "done": ":"}
    with (place / "tongbao.toml").open("a", encoding="utf-8") as out:
        for name, does in ways.items():
            out.write(f'[[delivery]]\nname = "{name}"\nway = "command"\ncommand = ["sh", "-c", "{does}"]\n')
    units = ("辽01", "辽0102", "辽0103", "辽0202")
    rows = "".join(f"{unit},{name},{name}\n" for unit, name in zip(units, ways, strict=True))
    (place / "recipients.csv").write_text(f"单位,地址,方式\n{rows}", "utf-8")
    found, noon = workspace.find(place), datetime(2026, 4, 20, 12)
    for unit in units:
        notify(found, f"催办-{unit}", unit, "催办", "请办理。\n", lambda: noon)
    record(place, run())
    told = tongbao("status", "-w", place)
    assert told.code == 3
    assert told.out.splitlines()[1:] == [
        "没有发完的信件1封：催办-辽01（天枢市中级人民法院）",
        "未送达的信件1封：催办-辽0102（天枢市城东区人民法院）",
        "不知对方是否收到的信件1封：催办-辽0103（天枢市城西区人民法院）",
    ]
    assert tongbao("deliver", "-w", place, "--retry", "-q").code == 9
    assert tongbao("status", "-w", place).out.splitlines()[:2] == [
        f"上次运行：{run().text}",
        f"上次发送：{[*entries(place)][-1].text}",
    ]
    (*_, last) = entries(place)
    assert (last.command, last.code, last.letters) == ("deliver", 9, {"待发": 1, "未送达": 1, "不明": 1})
    assert "信件待发1封、未送达1封、不明1封" in last.text


def test_a_delivery_that_has_nothing_to_do_leaves_no_line(place: Path, tongbao) -> None:
    with (place / "tongbao.toml").open("a", encoding="utf-8") as out:
        out.write('[[delivery]]\nway = "folder"\nfolder = "."\n')
    (place / "recipients.csv").write_text("单位,地址\n辽0102,\n", "utf-8")
    assert tongbao("deliver", "-w", place).code == 0
    assert list(entries(place)) == []
    (place / "recipients.csv").write_text("单位,地址\n没有的院,\n", "utf-8")
    assert tongbao("deliver", "-w", place, "--dry-run").code == 2
    assert list(entries(place)) == []
    assert tongbao("deliver", "-w", place).code == 2
    assert [(one.command, one.code) for one in entries(place)] == [("deliver", 2)]


def test_an_outbox_that_is_gone_is_told_and_nothing_is_sent_again(place: Path, tongbao) -> None:
    with (place / "tongbao.toml").open("a", encoding="utf-8") as out:
        out.write('[[delivery]]\nway = "command"\ncommand = ["sh", "-c", "exit 1"]\n')
    (place / "recipients.csv").write_text("单位,地址\n辽0102,甲\n", "utf-8")
    notify(workspace.find(place), "催办", "辽0102", "催办", "请办理。\n", lambda: datetime(2026, 4, 20, 12))
    assert tongbao("deliver", "-w", place, "--retry", "-q").code == 9
    (place / "outbox.db").unlink()
    for command in ("deliver", "status"):
        told = tongbao(command, "-w", place)
        assert told.code == 6 and "发件箱不见了：运行记录中" in told.err
    assert not (place / "outbox.db").exists()


def test_a_delivery_that_fails_is_told_until_one_succeeds_and_fills_no_record(place: Path, tongbao) -> None:
    with (place / "tongbao.toml").open("a", encoding="utf-8") as out:
        out.write('[[delivery]]\nway = "folder"\nfolder = "."\n')
    (place / "recipients.csv").write_text("单位,地址\n没有的院,\n", "utf-8")
    for _ in range(3):  # every ten minutes
        assert tongbao("deliver", "-w", place).code == 2
    (failed,) = entries(place)
    told = tongbao("status", "-w", place)
    assert told.code == 2
    assert f"上次发送：{failed.text}" in told.out and failed.error in failed.text
    (place / "recipients.csv").write_text("单位,地址\n辽0102,\n", "utf-8")
    for _ in range(2):
        assert tongbao("deliver", "-w", place).code == 0
    assert [(one.command, one.code) for one in entries(place)] == [("deliver", 2), ("deliver", 0)]
    assert tongbao("status", "-w", place).code == 0


def test_a_ledger_cut_short_is_found_by_what_runs_have_noted(place: Path, tongbao) -> None:
    path = place / "tongbao.db"
    for _ in range(2):
        events(place, 2)
        record(place, run(head=head(path)))
    assert tongbao("ledger", "verify", "-w", place).code == 0
    with closing(sqlite3.connect(path)) as db:
        (kept,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'journal_kept'").fetchone()
        db.execute("DROP TRIGGER journal_kept")
        db.execute("DELETE FROM journal WHERE seq > 2")
        db.execute(kept)
        db.commit()
    assert verify(path).faults == ()  # by itself the rest is sound
    for command in (("ledger", "verify"), ("status",)):
        told = tongbao(*command, "-w", place)
        assert told.code == 6 and "运行记录中的校验值" in told.out and "可能被截短或替换" in told.out


@pytest.mark.parametrize("command", [("run", "-q"), ("status",), ("ledger", "verify")])
@pytest.mark.parametrize(
    ("stands", "said"),
    [(None, "台账文件不在"), ("", "台账文件是空的"), ("CREATE TABLE notes (text)", "台账文件是别的数据库")],
)
def test_a_ledger_that_is_gone_or_replaced_is_told_where_nothing_was_issued(place, tongbao, command, stands, said):
    path = place / "tongbao.db"
    events(place, 2)
    record(place, run(head=head(path)))
    path.unlink()
    if stands is not None:
        with closing(sqlite3.connect(path)) as db:
            db.executescript(f"{stands};")
        path.touch()
    before = path.read_bytes() if path.exists() else None
    told = tongbao(*command, "-w", place)
    assert told.code == 6 and f"台账不见了：运行记录中有2026-04-15 08:05:00的台账校验值，而{said}。" in told.err
    assert "从备份恢复" in told.err and "另立新账" in told.err
    assert (path.read_bytes() if path.exists() else None) == before
    for name in (TEXT, LINES, *(["tongbao.db"] if before is not None else [])):
        (place / name).rename(place / f"旧-{name}")  # as the message says of who wants a new one
    assert tongbao("status", "-w", place).code == 0


def test_a_database_that_is_no_ledger_is_not_made_one(place: Path, tongbao) -> None:
    with closing(sqlite3.connect(place / "tongbao.db")) as db:
        db.execute("CREATE TABLE notes (text)")
    before = (place / "tongbao.db").read_bytes()
    for command in (("run", "-q"), ("status",), ("ledger", "verify"), ("backup", place / "备份.zip")):
        told = tongbao(*command, "-w", place)
        assert told.code == 6 and "台账不见了：台账文件是别的数据库。" in told.err
    assert (place / "tongbao.db").read_bytes() == before


def test_an_empty_file_that_a_killed_first_run_left_is_no_ledger_that_is_gone(place: Path, tongbao) -> None:
    (place / "tongbao.db").touch()
    assert tongbao("status", "-w", place).code == 0


COLUMNS = ("at", "who", "subject", "what", "data", "hash", "mac")
REBUILT = "ALTER TABLE journal RENAME TO old; CREATE TABLE journal ({}); INSERT INTO journal SELECT {} FROM old"
SPOILT: dict[str, str | Callable[[bytes], bytes]] = {
    **{
        f"number {kind}": REBUILT.format(f"seq, {', '.join(COLUMNS)}", f"{kind}, {', '.join(COLUMNS)}")
        for kind in ("'x' || seq", "NULL", "seq + 0.5", "CAST(seq AS BLOB)", "1", "9223372036854775807")
    },
    **{
        f"without {gone}": REBUILT.format(*[", ".join(one for one in ("seq", *COLUMNS) if one != gone)] * 2)
        for gone in ("seq", *COLUMNS)
    },
    **{
        f"{column} {value}": f"DROP TRIGGER journal_unchanged; UPDATE journal SET {column} = {value} WHERE seq = 2"
        for column in ("at", "subject", "data", "hash")
        for value in ("x'ff'", "CAST(x'ff41' AS TEXT)", "2.5", "'['", "'null'", "printf('%.9000c', '[')")
    },
    **{f"no {table}": f"DROP TABLE {table}" for table in ("journal", "printed", "life", "publication")},
    "a view": "ALTER TABLE journal RENAME TO old; CREATE VIEW journal AS SELECT * FROM old",
    "other columns": "DROP TABLE printed; CREATE TABLE printed (period); INSERT INTO printed VALUES (x'ff')",
    "an earlier version": "PRAGMA user_version = 1",
    "no database": lambda data: b"no database" * 999,
    "half of it": lambda data: data[: len(data) // 2],
    "a page": lambda data: data[:4096],
    "a header": lambda data: data[:100],
    "zeros": lambda data: data[:4096] + bytes(len(data) - 4096),
    "another encoding": lambda data: data[:56] + b"\0\0\0\2" + data[60:],
    "a spoilt schema": lambda data: data.replace(b"CREATE TABLE journal", b"CREATE \xff\xb5BLE journal"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_however_a_ledger_is_spoilt_status_and_verify_tell_it(place: Path, tongbao, how: str) -> None:
    events(place, 3)
    path, spoil = place / "tongbao.db", SPOILT[how]
    if callable(spoil):
        path.write_bytes(spoil(path.read_bytes()))
    else:
        with closing(sqlite3.connect(path)) as db:
            db.executescript(spoil)
    spoilt = path.read_bytes()
    for command in (("status",), ("ledger", "verify"), ("status", "--json"), ("ledger", "verify", "--json")):
        path.write_bytes(spoilt)
        told = tongbao(*command, "-w", place)
        assert told.code == 6 and told.out and "Traceback" not in told.err, (command, told)


def test_what_the_program_did_not_write_is_told_by_status(place: Path, tongbao) -> None:
    """The chain holds, as whoever has the program can make it."""
    with writing(place / "tongbao.db") as journal:
        journal.add("2026-04-15", "王五", "整改：2026Q1-001", "发现", {"deadline": 3})
    for command in (("status",), ("ledger", "verify")):
        told = tongbao(*command, "-w", place)
        assert told.code == 6 and "有记录的内容不是程序所写" in told.out
