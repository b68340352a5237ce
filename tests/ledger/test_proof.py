"""Who works out all hashes of the ledger anew is found: by what was noted elsewhere, or by a key."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import zipfile
from contextlib import closing

import pypdfium2
import pytest
from by_hand_items import finding
from small_city import CITY, CONFIG, usual, write_cases

from reports.errors import ConfigError
from reports.ledger import chain, record
from reports.ledger.documents import dispatches, sha256
from reports.ledger.journal import take_key, verify
from reports.render.verify import keywords_of_pdf

STEM = "2026Q1-general"


def forged(path, old, new, *, without_key=False, without=""):
    """Replace words in the data of all events and work out every hash behind them, as whoever has the program can.

    ``without`` is a key that is left out of all of them.
    """
    with closing(sqlite3.connect(path)) as db:
        triggers = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
        for name in ("journal_unchanged", "journal_kept"):
            db.execute(f"DROP TRIGGER {name}")
        before = chain.START
        for *row, data in db.execute("SELECT seq, at, who, subject, what, data FROM journal ORDER BY seq").fetchall():
            kept = {name: value for name, value in json.loads(data.replace(old, new)).items() if name != without}
            text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            before = chain.link(before, (*row, text))
            db.execute("UPDATE journal SET data = ?, hash = ? WHERE seq = ?", (text, before, row[0]))
        if without_key:
            db.execute("UPDATE journal SET mac = NULL")
        for sql in triggers:
            db.execute(sql)
        db.commit()


@pytest.fixture
def path(tmp_path):
    """A ledger of two events without a key."""
    record(tmp_path / "tongbao.db", [finding()], at="2025-10-20", bulletin="通报")
    yield tmp_path / "tongbao.db"
    chain._keys.clear()


def with_key(path, key):
    chain.key_with(path, lambda: key)


# Without a key


@pytest.fixture
def issued(shared, tmp_path, tongbao):
    """A circular that was run, signed and issued in a city of eight courts; made once."""

    def fill(folder):
        (folder / "courts.csv").write_text(CITY, "utf-8")
        (folder / "tongbao.toml").write_text(CONFIG, "utf-8")
        write_cases(folder, "2026Q1", usual)
        for command in (
            ("run", "-q", "--as-of", "2026-04-15"),
            ("ledger", "sign", STEM, "--by", "李某", "--as-of", "2026-04-16"),
            ("ledger", "issue", STEM, "--by", "王五", "--format", "pdf", "--as-of", "2026-04-17"),
        ):
            assert tongbao(*command, "-w", folder).code == 0

    return shutil.copytree(shared("issued-once", fill), tmp_path / "质效")


def test_the_head_is_noted_in_three_places_and_a_ledger_worked_out_anew_differs_from_each(issued, tongbao):
    told = tongbao("ledger", "verify", "-w", issued)
    assert told.code == 0 and "没有发现改动" in told.out
    assert "未设密钥" in told.out and "核对不出来" in told.out
    entry = dispatches(issued / "tongbao.db")[STEM]
    pdf = issued / f"out/2026Q1/印发/{STEM}/{STEM}.pdf"
    assert keywords_of_pdf(pdf.read_bytes()) == f"台账校验值 {entry.head}"
    run = json.loads((issued / "运行记录.jsonl").read_text("utf-8").splitlines()[-1])
    forged(issued / "tongbao.db", "cases.csv", "其他.csv")
    assert verify(issued / "tongbao.db").faults == (), "by itself the forged chain is sound"
    told = tongbao("ledger", "verify", "-w", issued)
    assert told.code == 6
    assert f"找不到{run['at']}运行记录中的校验值{run['head']}" in told.out
    assert f"（{STEM}.pdf）中的校验值{entry.head}" in told.out
    (issued / "运行记录.jsonl").unlink()
    pdf.unlink()
    told = tongbao("ledger", "verify", "-w", issued)
    assert told.code == 6 and "（发文：2026Q1-general，印发）中记下的校验值不是此前记录的" in told.out


def test_a_pdf_with_another_head_than_the_register_is_named(issued, tongbao):
    pdf = issued / f"out/2026Q1/印发/{STEM}/{STEM}.pdf"
    pdf.chmod(0o644)
    pdf.write_bytes(pdf.read_bytes()[:-600])  # not readable any more
    told = tongbao("ledger", "verify", "-w", issued)
    assert told.code == 6 and f"（{STEM}.pdf）中的校验值与发文登记中的不同" in told.out


def test_a_register_that_notes_no_head_saves_no_forger_from_the_pdf(issued, tongbao):
    pdf = issued / f"out/2026Q1/印发/{STEM}/{STEM}.pdf"
    head = dispatches(issued / "tongbao.db")[STEM].head
    forged(issued / "tongbao.db", "cases.csv", "其他.csv", without="head")
    (issued / "运行记录.jsonl").unlink()
    told = tongbao("ledger", "verify", "-w", issued)
    assert told.code == 6 and f"（{STEM}.pdf）中的校验值{head}：台账可能被截短或替换" in told.out
    pdf.rename(pdf.with_name("另一份.pdf"))  # under a name that the register does not have
    told = tongbao("ledger", "verify", "-w", issued)
    assert told.code == 6 and f"另一份.pdf中的校验值{head}：台账可能被截短或替换" in told.out


def test_a_backup_whose_chain_was_worked_out_anew_is_not_restored(issued, tmp_path, tongbao):
    file, bad, ledger = tmp_path / "备份.zip", tmp_path / "改.zip", tmp_path / "forged.db"
    assert tongbao("backup", file, "-w", issued).code == 0
    with zipfile.ZipFile(file) as archive:
        data = {name: archive.read(name) for name in archive.namelist()}
    ledger.write_bytes(data["tongbao.db"])
    forged(ledger, "cases.csv", "其他.csv")
    found, content, about = verify(ledger), ledger.read_bytes(), json.loads(data["backup.json"])
    for one in about["files"]:
        if one["name"] == "tongbao.db":
            one |= {"size": len(content), "sha256": sha256(content)}
    about["ledger"] = {"events": found.events, "head": found.head}
    with zipfile.ZipFile(bad, "w") as archive:
        for name, packed in (data | {"tongbao.db": content, "backup.json": json.dumps(about).encode()}).items():
            archive.writestr(name, packed)
    told = tongbao("restore", bad, tmp_path / "新")
    assert told.code == 5 and "备份已损坏：找不到已印发的" in told.err and "台账可能被截短或替换" in told.err
    assert not (tmp_path / "新").exists()
    assert tongbao("restore", file, tmp_path / "新").code == 0
    assert tongbao("ledger", "verify", "-w", tmp_path / "新").code == 0


def test_what_was_issued_before_heads_were_noted_has_none_and_is_sound(issued, tongbao):
    pdf = issued / f"out/2026Q1/印发/{STEM}/{STEM}.pdf"
    old = dispatches(issued / "tongbao.db")[STEM].files[pdf.name]
    pdf.chmod(0o644)
    with pypdfium2.PdfDocument.new() as document:
        document.new_page(100, 100)
        document.save(pdf)
    forged(issued / "tongbao.db", old, sha256(pdf.read_bytes()), without="head")
    (issued / "运行记录.jsonl").unlink()
    told = tongbao("ledger", "verify", "-w", issued)
    assert (told.code, "没有发现改动" in told.out) == (0, True), told.out


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE printed SET numerator = numerator + 1 WHERE court = '辽0102'", "印发的数值"),
        ("DELETE FROM printed WHERE court = '辽0103'", "印发的数值"),
        ("INSERT INTO life VALUES ('2026Q1','3','2026-03-31','辽0102','x','R1','up','新','a','b',0)", "问题的持续情况"),
    ],
)
def test_what_later_bulletins_quote_cannot_be_changed_unseen(issued, tongbao, change, what):
    with closing(sqlite3.connect(issued / "tongbao.db")) as db:
        db.execute(change)
        db.commit()
    told = tongbao("ledger", "verify", "-w", issued)
    assert told.code == 6 and told.out.startswith(f"台账中留存的2026Q1{what}被改动")


def test_a_second_run_of_the_same_data_writes_nothing(issued, tongbao):
    before = verify(issued / "tongbao.db")
    assert tongbao("run", "-q", "--as-of", "2026-04-15", "-w", issued).code == 0
    assert verify(issued / "tongbao.db") == before


@pytest.mark.parametrize("table", ["printed", "life", "journal"])
def test_a_table_that_is_gone_is_a_fault(issued, tongbao, table):
    with closing(sqlite3.connect(issued / "tongbao.db")) as db:
        db.execute(f"DROP TABLE {table}")
    told = tongbao("ledger", "verify", "-w", issued)
    assert told.code == 6 and f"台账中缺少{table}表" in told.out


@pytest.mark.parametrize("command", [("run", "-q"), ("ledger", "verify"), ("ledger", "list"), ("status",)])
def test_a_ledger_that_is_gone_stops_everything_that_would_begin_a_new_one(issued, tongbao, command):
    (issued / "tongbao.db").unlink()
    told = tongbao(*command, "-w", issued)
    assert told.code == 6 and "台账不见了：有1份已印发的文件" in told.err
    assert not (issued / "tongbao.db").exists()


# With a key


def test_recomputed_hashes_are_found_with_a_key(path):
    with_key(path, b"one")
    assert "没有一条记录有密钥校验值" in verify(path).faults[0], "a key that is not in use protects nothing"
    assert take_key(path, at="2025-10-21", who="王五", note="")
    record(path, [finding("辽0103")], at="2025-10-22", bulletin="通报")
    found = verify(path)
    assert (found.faults, found.key, found.events) == ((), "checked", 5)
    assert "第1条至第2条写在启用或更换密钥之前，自第3条起受其保护" in found.limits
    forged(path, "辽0103", "辽0104")
    (fault, *_) = verify(path).faults
    assert fault == "第4条记录与密钥校验值不符：校验值被人重新算过，或者密钥不是原来的"


def test_what_was_written_before_the_key_is_protected_by_it(path):
    with_key(path, b"one")
    take_key(path, at="2025-10-21", who="王五", note="")
    forged(path, "辽0102", "辽0104")
    assert verify(path).faults == ("第3条记录与密钥校验值不符：校验值被人重新算过，或者密钥不是原来的",)


def test_who_takes_the_key_s_hashes_away_is_found_and_nothing_is_written_over_it(path):
    with_key(path, b"one")
    take_key(path, at="2025-10-21", who="王五", note="")
    forged(path, "辽0102", "辽0104", without_key=True)
    assert any("没有一条记录有密钥校验值" in fault for fault in verify(path).faults)
    with pytest.raises(ConfigError, match="台账还没有启用密钥，或者密钥校验值已被删去"):
        record(path, [finding("辽0103")], at="2025-10-22", bulletin="通报")


def test_an_event_without_the_key_behind_one_with_it_is_a_fault(path):
    with_key(path, b"one")
    take_key(path, at="2025-10-21", who="王五", note="")
    with closing(sqlite3.connect(path)) as db:
        row = (4, "2025-10-22", "某人", "整改：2025Q3-001", "销号", '{"note":""}')
        (last,) = db.execute("SELECT hash FROM journal WHERE seq = 3").fetchone()
        db.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", (*row, chain.link(last, row)))
        db.commit()
    assert verify(path).faults == ("第4条记录没有密钥校验值，而第3条已经有了",)


def test_a_ledger_with_a_key_is_not_written_without_it(path):
    with_key(path, b"one")
    take_key(path, at="2025-10-21", who="王五", note="")
    chain._keys.clear()
    found = verify(path)
    assert (found.faults, found.key) == ((), "unused") and "密钥校验值没有核对" in found.limits
    with pytest.raises(ConfigError, match="台账用密钥校验，而配置中没有密钥"):
        record(path, [finding("辽0103")], at="2025-10-22", bulletin="通报")
    assert verify(path) == found


def test_another_key_takes_over_with_a_reason(path):
    with_key(path, b"one")
    take_key(path, at="2025-10-21", who="王五", note="")
    with_key(path, b"two")
    with pytest.raises(ConfigError, match="密钥与台账不符"):
        record(path, [finding("辽0103")], at="2025-10-22", bulletin="通报")
    with pytest.raises(ConfigError, match="更换密钥须写明理由"):
        take_key(path, at="2025-10-22", who="王五", note="")
    assert take_key(path, at="2025-10-22", who="王五", note="保管人变动")
    assert not take_key(path, at="2025-10-23", who="王五", note=""), "it holds already"
    assert verify(path).faults == ()
    forged(path, "辽0102", "辽0104")
    assert verify(path).faults == ("第4条记录与密钥校验值不符：校验值被人重新算过，或者密钥不是原来的",)


def test_a_new_ledger_has_the_key_from_its_first_event(path):
    path.unlink()
    with_key(path, b"one")
    record(path, [finding()], at="2025-10-20", bulletin="通报")
    found = verify(path)
    assert (found.faults, found.key, found.limits) == (
        (), "checked", "已用密钥核对：没有密钥的人不能重新算出校验值。"
    )  # fmt: skip


# The program that tells the key


def command(folder, program, **more):
    """A workspace whose key is what a line of Python prints."""
    told = json.dumps([sys.executable, "-c", program])
    (folder / "tongbao.toml").write_text(f"[ledger]\nkey_command = {told}\n", "utf-8")


def test_the_key_comes_from_a_program_and_is_written_nowhere(path, tongbao):
    folder = path.parent
    command(folder, "print('geheimnis-' + 'schluessel')")
    told = tongbao("ledger", "key", "-w", folder, "--by", "王五", "--as-of", "2025-10-21")
    assert (told.code, told.out) == (0, "密钥已启用：此前和此后的记录都受其保护。\n")
    assert tongbao("ledger", "key", "-w", folder, "--by", "王五").out.startswith("正在使用的就是这个密钥")
    checked = json.loads(tongbao("ledger", "verify", "-w", folder, "--json").out)
    assert (checked["key"], checked["faults"]) == ("checked", [])
    for file in folder.rglob("*"):
        assert file.is_dir() or b"geheimnis-schluessel" not in file.read_bytes(), file


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; print('geheim'); sys.exit(3)", "以退出码 3 结束"),
        ("print()", "没有给出密钥"),
        ("import time; print('geheim', flush=True); time.sleep(60)", "超过 1 秒没有结果"),
    ],
)
def test_a_program_that_tells_no_key_is_one_message(path, tongbao, monkeypatch, program, message):
    monkeypatch.setattr("reports.secret.SECONDS", 1)
    folder, before = path.parent, path.read_bytes()
    command(folder, program)
    for asked in (("ledger", "key", "--by", "王五"), ("ledger", "verify")):
        told = tongbao(*asked, "-w", folder)
        assert told.code == 2 and message in told.err and "key_command" in told.err
        assert "geheim" not in told.err + told.out and "Traceback" not in told.err
    assert path.read_bytes() == before


def test_a_program_that_is_not_there_is_one_message(path, tongbao):
    (path.parent / "tongbao.toml").write_text('[ledger]\nkey_command = ["/nicht/da"]\n', "utf-8")
    told = tongbao("ledger", "verify", "-w", path.parent)
    assert told.code == 2 and "key_command 的程序“/nicht/da”无法运行" in told.err
