"""Updating between two quarters: today's program on what earlier releases left (README.md)."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole

HERE = Path(__file__).parent
RELEASES = {
    "schema-1": 1,
    "schema-2": 2,
    "schema-3-first": 3,
    "schema-3": 3,
    "schema-4": 4,
    "schema-5": 5,
}  # user_version of the ledger
DAY = ("--as-of", "2026-07-15")
LATE = ("辽0103", "辽0104")  # 40 of 80 conclusions late in the first quarter of 2026


@pytest.fixture(params=RELEASES)
def old(request, tmp_path):
    folder = tmp_path / "质效"
    shutil.copytree(HERE / request.param, folder)
    with sqlite3.connect(folder / "tongbao.db") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (RELEASES[request.param],)
    return folder


def done(tongbao, folder, *args):
    result = tongbao(*args, "-w", folder)
    assert result.code == 0, result.err
    return result.out


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def ran(tongbao, folder):
    """The run of the second quarter, as cron would start it on the first day after the update."""
    done(tongbao, folder, "run", "-q", *DAY)
    return (folder / "out/2026Q2/2026Q2-general.md").read_text("utf-8")


def test_the_items_are_there_under_their_courts_names(old, tongbao):
    found = json.loads(done(tongbao, old, "ledger", "list", "--json"))["items"]
    assert [one["number"] for one in found] == ["2026Q1-001", "2026Q1-002", "2026Q1-003"]
    assert [one["court"] for one in found] == ["辽01", *LATE]
    told = done(tongbao, old, "ledger", "list")
    assert "within_limit" not in told
    for name in ("二", "三"):
        assert f"天枢市第{name}区" in told
    assert told.count("审限内结案率") == 3
    assert told.count("50.00%") == 2, "40 of 80"


def test_the_ledger_is_sound_before_and_after_the_run(old, tongbao):
    before = json.loads(done(tongbao, old, "ledger", "verify", "--json"))
    ran(tongbao, old)
    after = json.loads(done(tongbao, old, "ledger", "verify", "--json"))
    assert before["faults"] == after["faults"] == []
    assert after["events"] > before["events"]
    done(tongbao, old, "ledger", "verify", "--head", before["head"])
    with sqlite3.connect(old / "tongbao.db") as db:
        from reports.ledger.journal import VERSION

        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_the_next_quarter_follows_up_the_last(old, tongbao):
    published = files(old / "out/2026Q1")
    text = ran(tongbao, old)
    assert files(old / "out/2026Q1") == published, "what was published stays as it is"
    opening = text.split("## 一、上期通报问题整改情况")[1].split("\n## ")[0]
    assert "共3项，涉及3个法院" in opening, opening
    assert "within_limit" not in text
    assert "辽0103" not in opening
    assert "2026Q1-002" in done(tongbao, old, "ledger", "list")


def test_a_quarter_that_was_published_can_be_run_again(old, tongbao):
    """Nothing a person may have edited is overwritten unseen: the new text takes the place of an untouched one only."""
    was = (old / "out/2026Q1/2026Q1-general.md").read_text("utf-8")
    done(tongbao, old, "run", "-q", "--period", "2026Q1", *DAY)
    kept = [path for path in (old / "out/2026Q1").rglob("*.md") if path.read_text("utf-8") == was]
    new = [path for path in (old / "out/2026Q1").rglob("2026Q1-general*.md") if path.read_text("utf-8") != was]
    assert kept or new
    found = json.loads(done(tongbao, old, "ledger", "list", "--json"))["items"]
    assert [one["number"] for one in found if one["period"] == "2026Q1"][:3] == [f"2026Q1-00{n}" for n in (1, 2, 3)]


def test_a_text_edited_under_the_old_release_stays(old, tongbao):
    path = old / "out/2026Q1/2026Q1-general.md"
    path.write_text(path.read_text("utf-8").replace("通报如下", "予以通报"), "utf-8")
    edited = path.read_bytes()
    tongbao("run", "-q", "--period", "2026Q1", *DAY, "-w", old)
    assert path.read_bytes() == edited


def test_lines_and_courts_are_written(old, tongbao):
    for kind in ("line", "court"):
        done(tongbao, old, "bulletin", kind, "--for", "each", "--format", "md", *DAY)
    made = {path.name for path in (old / "out/2026Q2").glob("*.md")}
    assert {"2026Q2-line-民事.md", "2026Q2-court-辽0103.md"} <= made


def test_the_new_circular_is_signed_and_issued(old, tongbao):
    ran(tongbao, old)
    who = ("--by", "王某", "--as-of", "2026-07-16")
    done(tongbao, old, "ledger", "sign", "2026Q2-general", *who)
    done(tongbao, old, "ledger", "issue", "2026Q2-general", *who)
    text = (old / "out/2026Q2/印发/2026Q2-general/2026Q2-general.md").read_text("utf-8")
    number = 6 if old_number(old) else 1  # the series goes on
    assert f"文号: 天中法〔2026〕{number}号" in text


def old_number(folder):
    return (folder / "out/2026Q1/印发").exists()


def test_the_open_cases_are_those_of_the_data(old, tongbao):
    """One case has been open since January 2024; an old ledger without such cases takes it in with the next run."""
    done(tongbao, old, "pending", "list", *DAY)
    ran(tongbao, old)
    assert "（2024）辽0102民初9999号" in done(tongbao, old, "pending", "list", *DAY)


def test_a_court_answers_an_item_of_the_old_ledger(old, tongbao):
    """Schema 1 and 2 knew no answers: their items take them now."""
    answer = {
        "--reason": "工作中的不足", "--cause": "核查40件，均为送达迟延。", "--measure": "每周清查将到期案件。",
        "--cases": "清单所列超审限案件40件",
        "--target": "超期案件不超过5件", "--leader": "副院长周某", "--department": "民一庭", "--person": "李某",
        "--deadline": "2026-09-30",
    }  # fmt: skip
    told = [part for pair in answer.items() for part in pair]
    done(tongbao, old, "ledger", "respond", "2026Q1-003", *told, "--by", "李某", *DAY)
    assert "整改中" in done(tongbao, old, "ledger", "show", "2026Q1-003")


def test_a_ledger_of_a_later_release_is_refused_in_one_message(old, tongbao):
    with sqlite3.connect(old / "tongbao.db") as db:
        db.execute("PRAGMA user_version = 99")
    result = tongbao("run", "-q", *DAY, "-w", old)
    assert result.code == 2
    assert "台账由更新的版本（99）的程序建立。" in result.err
    assert not (old / "out/2026Q2").exists()
