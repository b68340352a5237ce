"""`tongbao run` brings the ledger of long-pending cases up to the data of its day, once, and only if it succeeds."""

from __future__ import annotations

import json

import pytest
from small_city import usual, write_cases

from reports.ledger import pending
from reports.ledger.journal import verify

pytestmark = pytest.mark.whole

OLD = ("（2025）辽0102民初9001号", "（2024）辽0103执9002号", "（2025）辽0103民初9003号")
DAY = "2026-10-15"


def old(number, filed, concluded=""):
    return {
        "案号": number, "经办法院": number[6:11], "案由": "买卖合同纠纷", "承办部门": "民一庭", "立案日期": filed,
        "结案日期": concluded, "结案方式": "", "应结案日期": "",
    }  # fmt: skip


def data(city, ended=""):
    """Two cases over twelve months on 15 October 2026, and one of twelve months to the day."""
    numbers = zip(OLD, ("2025-10-14", "2024-02-01", "2025-10-15"), ("", ended, ""), strict=True)
    write_cases(city, "2026Q3", usual, pending=[old(*one) for one in numbers])


def run(tongbao, city, *args, day=DAY, code=0):
    result = tongbao("run", "-q", "-w", city, "--period", "2026Q3", "--as-of", day, *args)
    assert result.code == code, result.err
    return json.loads(result.out) if "--json" in args else result


@pytest.fixture
def readings(monkeypatch):
    """How often the cases were read."""
    from reports import read

    seen = []
    whole = read.read
    monkeypatch.setattr(read, "read", lambda *args, **options: seen.append(1) or whole(*args, **options))
    return seen


def test_a_run_lists_and_concludes_and_a_second_changes_nothing(city, tongbao, readings, monkeypatch, tmp_path):
    monkeypatch.setenv("TONGBAO_CACHE", str(tmp_path / "kept"))
    data(city)
    assert "长期未结案件：新列入2件，已结案待核0件，恢复未结0件。" in run(tongbao, city).out
    assert len(readings) == 1, "one reading for the bulletin and the ledger"
    path = city / "tongbao.db"
    assert {case.number: case.listed for case in pending.cases(path).values()} == dict.fromkeys(OLD[:2], DAY)
    before = verify(path)
    again = run(tongbao, city, "--json")["pending"]
    assert again == {"added": 0, "concluded": 0, "reopened": 0, "missing": 0}
    assert verify(path) == before
    assert len(readings) == 1, "and none where nothing has changed"
    assert run(tongbao, city, "--json", day="2026-10-16")["pending"]["added"] == 1, "a day later the third is over"
    data(city, ended="2026-10-17")
    assert run(tongbao, city, "--json", day="2026-10-20")["pending"]["concluded"] == 1
    assert pending.cases(path)[OLD[1]].state == "已结待核"
    assert tongbao("ledger", "verify", "-w", city).code == 0


def test_an_earlier_day_does_not_open_cases_again(city, tongbao):
    data(city, ended="2026-10-17")
    run(tongbao, city)
    run(tongbao, city, day="2026-10-20")
    before = pending.cases(city / "tongbao.db")
    assert "已更新到2026-10-20，晚于这次运行的日期，没有改动" in run(tongbao, city).out
    assert run(tongbao, city, "--json")["pending"] is None
    refused = tongbao("pending", "update", "-w", city, "--as-of", DAY)
    assert refused.code == 2 and "台账已更新到2026-10-20" in refused.err
    assert pending.cases(city / "tongbao.db") == before


def test_a_run_that_fails_or_only_tries_leaves_the_ledger(city, tongbao):
    data(city)
    assert run(tongbao, city, "--dry-run", "--json")["pending"] is None
    assert not (city / "tongbao.db").exists()
    cases, config = city / "cases.csv", city / "tongbao.toml"
    heading, first, *_ = cases.read_text("utf-8").splitlines()
    faulty = dict(zip(heading.split(","), first.split(","), strict=True)) | {
        "案号": "（2026）辽0102民初99999号",
        "立案日期": "某日",
    }
    cases.write_text(cases.read_text("utf-8") + ",".join(faulty.values()) + "\n", "utf-8")
    text = config.read_text("utf-8")
    config.write_text(text + "[quality]\nmax_set_aside_percent = 0\n", "utf-8")
    run(tongbao, city, code=4)
    config.write_text(text, "utf-8")
    (city / "out").write_text("in the way", "utf-8")
    run(tongbao, city, code=7)
    assert not pending.cases(city / "tongbao.db")


def test_a_court_may_keep_it_by_hand(city, tongbao):
    data(city)
    config = city / "tongbao.toml"
    config.write_text(config.read_text("utf-8") + "[pending]\nrun = false\n", "utf-8")
    assert "长期未结" not in run(tongbao, city).out
    assert not pending.cases(city / "tongbao.db")
