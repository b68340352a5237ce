"""A finding is 通报 when its circular is issued, its days run from then, and what a period no longer finds is withdrawn."""

from __future__ import annotations

import json

import pytest
from by_hand_items import PLAN
from small_city import CODES, usual, write_cases

pytestmark = pytest.mark.whole

BAD = "辽0103"
STEM = "2026Q1-general"


@pytest.fixture
def city(city):
    """An office that uses the register, with the configuration that says nothing of it."""
    config = city / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace('[ledger]\ntold = "run"\n', ""), "utf-8")
    return city


def run(tongbao, folder, bad, period="2026Q1", day="2026-04-15", *options):
    """A run in which these courts had 60 late conclusions of 200 in the first quarter of 2026, 90 in the second."""
    many = {"2026Q1": 60, "2026Q2": 90}
    write_cases(folder, period, lambda code, q: many.get(q, 0) if code in bad and q in many else usual(code, q))
    result = tongbao("run", "-w", folder, "--period", period, "--as-of", day, *options)
    assert result.code == 0, result.err
    return result.out


def ledger(tongbao, folder, *args, code=0):
    result = tongbao("ledger", *args, "-w", folder)
    assert result.code == code, result.err
    return result


def items(tongbao, folder, day="2026-04-20"):
    """Items of basic courts by number; 辽01 has one of its own wherever theirs are many."""
    listed = json.loads(ledger(tongbao, folder, "list", "--json", "--as-of", day).out)["items"]
    return {one["number"]: one for one in listed if one["court"] in CODES}


def item(tongbao, folder, day="2026-04-20"):
    (one,) = items(tongbao, folder, day).values()
    return one


def issue(tongbao, folder, stem=STEM, signed="2026-05-06", day="2026-05-08"):
    ledger(tongbao, folder, "sign", stem, "--by", "李院长", "--as-of", signed)
    return ledger(tongbao, folder, "issue", stem, "--by", "王五", "--as-of", day).out


def test_a_draft_starts_no_clock(city, tongbao):
    told = run(tongbao, city, {BAD})
    one = item(tongbao, city, "2026-06-30")
    assert (one["state"], one["bulletin"], one["told_at"], one["overdue"]) == ("发现", "", "", False)
    assert "待通报的问题1项（2026Q1），整改时限自印发之日起算" in told
    assert f"tongbao ledger issue {STEM} -w {city} --by 姓名" in told
    assert f"tongbao ledger issued {STEM} -w {city} --on 日期 --by 姓名" in told
    assert 'told = "run"' in told, "and how it can count as before"
    assert "待通报的事项1项" in tongbao("status", "-w", city, "--as-of", "2026-06-30").out


def test_days_run_from_the_day_of_issue(city, tongbao):
    run(tongbao, city, {BAD})
    assert "台账中1项问题自即日起算通报。" in issue(tongbao, city)
    one = item(tongbao, city)
    assert (one["state"], one["told_at"], one["due"]) == ("通报", "2026-05-08", "2026-05-23")
    assert one["bulletin"] == "关于2026年第一季度全市法院审判执行质效情况的通报"
    assert (item(tongbao, city, "2026-05-23")["overdue"], item(tongbao, city, "2026-05-24")["overdue"]) == (False, True)
    assert ledger(tongbao, city, "verify").code == 0
    assert "待通报" not in run(tongbao, city, {BAD}, "2026Q1", "2026-05-10"), "a run of an issued period finds it told"


def test_what_left_on_paper_is_recorded(city, tongbao):
    run(tongbao, city, {BAD})
    by = ("--by", "王五", "--as-of", "2026-05-20")
    assert "须写明它的顺序号" in ledger(tongbao, city, "issued", STEM, "--on", "2026-05-08", *by, code=2).err
    assert "还没有到" in ledger(tongbao, city, "issued", STEM, "--on", "2026-05-21", "--number", "7", *by, code=2).err
    told = ledger(tongbao, city, "issued", STEM, "--on", "2026-05-08", "--number", "7", *by).out
    assert "已登记2026年5月8日印发：天中法〔2026〕7号" in told and "台账中1项问题自印发之日起算通报。" in told
    text = (city / f"out/2026Q1/印发/{STEM}/{STEM}.md").read_text("utf-8")
    for line in ("文号: 天中法〔2026〕7号\n", "成文日期: 2026年5月8日\n", "印发日期: 2026年5月8日\n"):
        assert line in text
    assert item(tongbao, city)["due"] == "2026-05-23"
    (entry,) = json.loads(ledger(tongbao, city, "bulletins", "--json").out)["bulletins"]
    assert (entry["state"], entry["issued_at"], entry["issued_by"]) == ("印发", "2026-05-08", "王五")
    assert ledger(tongbao, city, "verify").code == 0
    assert "现为“印发”" in ledger(tongbao, city, "issued", STEM, "--on", "2026-05-08", "--number", "8", *by, code=2).err


def test_the_next_circular_follows_up_only_what_was_told(city, tongbao):
    run(tongbao, city, {BAD})
    told = run(tongbao, city, {BAD}, "2026Q2", "2026-07-15")
    general = city / "out/2026Q2/2026Q2-general.md"
    assert "上期通报问题整改情况" not in general.read_text("utf-8")
    assert "待通报的问题2项（2026Q2）" in told, "the same problem, found in both, and one of the court above"
    by = ("--on", "2026-05-08", "--number", "7", "--by", "王五", "--as-of", "2026-07-16")
    ledger(tongbao, city, "issued", STEM, *by)
    told = run(tongbao, city, {BAD}, "2026Q2", "2026-07-17")
    assert "待通报的问题1项（2026Q2）" in told
    assert "上期通报问题整改情况" in general.read_text("utf-8")
    one = item(tongbao, city, "2026-07-17")
    assert (one["state"], one["flagged"], one["told_at"]) == ("通报", ["2026Q1", "2026Q2"], "2026-05-08")


def test_an_answer_before_the_circular_stays(city, tongbao):
    run(tongbao, city, {BAD})
    number = item(tongbao, city)["number"]
    plan = [part for name, text in PLAN.items() for part in (f"--{name}", text if name != "deadline" else "2026-06-30")]
    ledger(tongbao, city, "respond", number, *plan, "--by", "李某", "--as-of", "2026-04-20")
    issue(tongbao, city)
    one = item(tongbao, city)
    assert (one["state"], one["told_at"]) == ("整改中", "2026-05-08")


def test_what_corrected_data_no_longer_hold_is_withdrawn_with_its_reason(city, tongbao):
    run(tongbao, city, {BAD, "辽0104"})
    assert {one["court"] for one in items(tongbao, city).values()} == {BAD, "辽0104"}
    run(tongbao, city, {BAD}, "2026Q1", "2026-04-18")
    gone = next(one for one in items(tongbao, city).values() if one["court"] == "辽0104")
    assert (gone["state"], gone["withdrawn"], gone["overdue"]) == ("销号", True, False)
    assert "印发以前重新运行，现为95" in gone["note"] and "不再识别为需要整改的问题，撤销。" in gone["note"]
    shown = ledger(tongbao, city, "show", gone["number"]).out
    assert "不再识别为需要整改的问题" in shown
    refused = ledger(tongbao, city, "reopen", gone["number"], "--by", "王五", "--note", "再办", code=2).err
    assert "已经撤销" in refused
    issue(tongbao, city)
    told = {one["court"]: one["told_at"] for one in items(tongbao, city).values()}
    assert told == {BAD: "2026-05-08", "辽0104": ""}
    assert ledger(tongbao, city, "verify").code == 0


def test_what_is_found_once_more_is_a_new_item(city, tongbao):
    for bad in ({BAD}, set(), {BAD}):
        run(tongbao, city, bad)
    found = [(one["state"], one["withdrawn"], one["earlier"]) for one in items(tongbao, city).values()]
    assert found == [("销号", True, None), ("发现", False, None)]


def test_what_goes_on_is_only_taken_out_of_the_period(city, tongbao):
    run(tongbao, city, {BAD})
    issue(tongbao, city)
    run(tongbao, city, {BAD}, "2026Q2", "2026-07-15")
    assert item(tongbao, city)["flagged"] == ["2026Q1", "2026Q2"]
    write_cases(city, "2026Q2", lambda code, q: 60 if (code, q) == (BAD, "2026Q1") else usual(code, q))
    assert tongbao("run", "-w", city, "--period", "2026Q2", "--as-of", "2026-07-16").code == 0
    one = item(tongbao, city)
    assert (one["flagged"], one["state"], one["withdrawn"]) == (["2026Q1"], "通报", False)


def test_another_edition_that_drops_the_indicator_withdraws(city, tongbao):
    run(tongbao, city, {BAD})
    name = item(tongbao, city)["indicator_name"]
    config = city / "tongbao.toml"
    config.write_text(config.read_text("utf-8") + '[catalogue]\nedition = "own"\n', "utf-8")
    (city / "catalogue/editions").mkdir(parents=True)
    own = 'name = "本院指标"\nversion = "1"\nindicators = ["revise_remand_ratio", "filed", "concluded", "pending"]\n'
    (city / "catalogue/editions/own.toml").write_text(own, "utf-8")
    run(tongbao, city, {BAD}, "2026Q1", "2026-04-18")
    one = item(tongbao, city)
    assert one["withdrawn"] and one["note"] == f"印发以前改用的指标目录没有“{name}”这一指标，撤销。"


def test_what_is_signed_or_issued_is_not_withdrawn(city, tongbao):
    run(tongbao, city, {BAD})
    ledger(tongbao, city, "sign", STEM, "--by", "李院长", "--as-of", "2026-04-16")
    run(tongbao, city, {"辽0105"}, "2026Q1", "2026-04-18")
    found = {one["court"]: one for one in items(tongbao, city).values()}
    assert not found[BAD]["withdrawn"]
    ledger(tongbao, city, "issue", STEM, "--by", "王五", "--as-of", "2026-05-08")
    found = {one["court"]: one for one in items(tongbao, city).values()}
    assert (found[BAD]["told_at"], found["辽0105"]["told_at"]) == ("2026-05-08", ""), "the text tells one of them only"
    ledger(tongbao, city, "correct", STEM, "--by", "王五", "--reason", "个别法院补报结案日期", "--as-of", "2026-05-10")
    stem = "2026Q1-correction-general"
    issue(tongbao, city, stem, "2026-05-11", "2026-05-12")
    run(tongbao, city, {"辽0105"}, "2026Q1", "2026-05-13")
    found = {one["court"]: one for one in items(tongbao, city).values()}
    assert found[BAD]["withdrawn"] and found[BAD]["note"].startswith("更正通报印发后重新运行，")


def test_a_court_that_is_left_out_keeps_its_item(city, tongbao):
    run(tongbao, city, {BAD})
    run(tongbao, city, {BAD}, "2026Q1", "2026-04-18", "--without", BAD)
    assert item(tongbao, city)["state"] == "发现"


def test_amber_goes_to_its_court_with_the_circular(city, tongbao):
    config = city / "tongbao.toml"
    config.write_text(config.read_text("utf-8") + "[ledger]\namber = true\n", "utf-8")
    write_cases(city, "2026Q1", lambda code, quarter: 25 if code == BAD else usual(code, quarter))
    assert tongbao("run", "-q", "-w", city, "--as-of", "2026-04-15").code == 0
    assert item(tongbao, city)["state"] == "发现"
    issue(tongbao, city)
    one = item(tongbao, city)
    assert (one["severity"], one["bulletin"], one["told_at"]) == ("amber", "自查提示", "2026-05-08")
