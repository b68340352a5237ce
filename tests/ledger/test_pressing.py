"""督办 is for what was told and is overdue, has come again or was sent back, and says so; 提醒 is for the rest."""

from __future__ import annotations

import json

import pytest
from by_hand_items import PLAN
from small_city import usual, write_cases

pytestmark = pytest.mark.whole

BAD, OTHER = "辽0103", "辽0105"
NAME = "天枢市第二区"


def run(tongbao, folder, period, day, bad):
    many = {"2026Q1": 60, "2026Q2": 90}
    write_cases(folder, period, lambda code, q: many[q] if code in bad and q in many else usual(code, q))
    result = tongbao("run", "-w", folder, "--period", period, "--as-of", day)
    assert result.code == 0, result.err


def letters(tongbao, folder, kind, period, day):
    """Court → the letter of a kind that it gets on a day."""
    for path in folder.glob(f"out/{period}/{period}-{kind}-*"):
        path.unlink()
    result = tongbao("bulletin", kind, "--for", "each", "-w", folder, "--period", period, "--as-of", day)
    assert result.code == 0, result.err
    found = folder.glob(f"out/{period}/{period}-{kind}-*.md")
    return {path.stem.rpartition("-")[2]: path.read_text("utf-8") for path in found}


def body(text):
    return text.split("---", 2)[2]


@pytest.fixture
def told(city, tongbao):
    """One court's problem, told by the run of 15 April."""
    run(tongbao, city, "2026Q1", "2026-04-15", {BAD})
    return city


def test_what_has_just_been_told_is_a_reminder(told, tongbao):
    assert BAD in letters(tongbao, told, "reminder", "2026Q1", "2026-04-30")
    assert letters(tongbao, told, "supervision", "2026Q1", "2026-04-30") == {}
    refused = tongbao(
        "bulletin", "supervision", "--court", BAD, "-w", told, "--period", "2026Q1", "--as-of", "2026-04-30"
    )
    assert refused.code == 2 and "没有应当督办的事项" in refused.err


def test_what_is_overdue_is_pressed_for_and_no_longer_reminded_of(told, tongbao):
    found = letters(tongbao, told, "supervision", "2026Q1", "2026-05-01")
    text = body(found[BAD])
    assert "1．2026年第一季度你院审限内结案率为70.00%，已于2026年4月15日通报。" in text
    assert "应于2026年4月30日以前报送原因分析和整改措施，至2026年5月1日没有报送。" in text
    assert NAME not in text and "该院" not in text, "to its court it speaks of 你院"
    assert "为第" not in text
    assert BAD not in letters(tongbao, told, "reminder", "2026Q1", "2026-05-01")


def test_what_comes_again_is_pressed_for_with_its_new_number(told, tongbao):
    plan = [part for name, text in PLAN.items() for part in (f"--{name}", text if name != "deadline" else "2026-12-31")]
    listed = json.loads(tongbao("ledger", "list", "-w", told, "--court", BAD, "--json").out)["items"]
    (number,) = [one["number"] for one in listed]
    done = tongbao("ledger", "respond", number, *plan, "--by", "李某", "-w", told, "--as-of", "2026-04-20")
    assert done.code == 0, done.err
    assert letters(tongbao, told, "supervision", "2026Q1", "2026-05-01").keys() <= {"辽01"}, "it has said what it does"
    run(tongbao, told, "2026Q2", "2026-07-15", {BAD, OTHER})
    pressing = letters(tongbao, told, "supervision", "2026Q2", "2026-07-16")
    text = body(pressing[BAD])
    assert "已于2026年4月15日通报。2026年第二季度再次出现，为第2期。" in text
    assert "2026年第二季度（2026年4月1日至6月30日）：你院审限内结案率为55.00%" in text
    assert "没有报送" not in text
    reminding = letters(tongbao, told, "reminder", "2026Q2", "2026-07-16")
    assert OTHER in reminding and BAD not in reminding and OTHER not in pressing


def test_an_answer_that_was_sent_back_is_pressed_for(told, tongbao):
    answer = {**PLAN, "deadline": "2026-12-31", "feedback": "已逐案清理40件超期案件。"}
    listed = json.loads(tongbao("ledger", "list", "-w", told, "--court", BAD, "--json").out)["items"]
    number = listed[0]["number"]
    parts = [part for name, text in answer.items() for part in (f"--{name}", text)]
    by = ("-w", told, "--as-of", "2026-04-20")
    assert tongbao("ledger", "respond", number, *parts, "--by", "李某", *by).code == 0
    sent = tongbao("ledger", "reopen", number, "--by", "王五", "--note", "清单与案件不符", *by)
    assert sent.code == 0, sent.err
    text = letters(tongbao, told, "supervision", "2026Q1", "2026-04-21")[BAD]
    assert "所报整改情况经核实退回：清单与案件不符。" in text
    again = tongbao("ledger", "respond", number, "--feedback", "已重新核对清单40件。", "--by", "李某", *by)
    assert again.code == 0, again.err
    assert BAD not in letters(tongbao, told, "supervision", "2026Q1", "2026-04-22")
