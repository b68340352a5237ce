"""Who owes what by when: the calendar held against the ledger, reminders, and the page of the meeting."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from shlex import quote

import pytest
from by_hand_items import PLAN, finding
from small_city import usual, write_cases

from reports.ledger import record
from reports.ledger import rectification as ledger
from reports.ledger.decisions import decide
from reports.ledger.documents import Dispatch, draft, freeze, issuing, sign
from reports.workspace.calendar import EXAMPLE

COURTS = """代码,名称,层级,上级
辽01,天枢市中级人民法院,中院,
辽0102,天枢市城东区人民法院,基层法院,辽01
辽0103,天枢市城西区人民法院,基层法院,辽01
"""
CONFIG = f'[court]\ncode = "辽01"\n[source]\nfiles = ["cases.csv"]\n{EXAMPLE}'


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "质效"
    folder.mkdir()
    (folder / "tongbao.toml").write_text(CONFIG, "utf-8")
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    return folder


def drafted(folder: Path, period: str = "2026Q3", at: str = "2026-10-14") -> Dispatch:
    path = folder / "tongbao.db"
    one = Dispatch(f"{period}-general", "关于第三季度审判执行质效情况的通报", period, "0" * 64)
    freeze(path, period, {"cases.csv": "0" * 64}, (40, 40), at=at, who="tongbao")
    draft(path, [one], at=at, who="tongbao")
    return one


def issued(folder: Path) -> None:
    """Drafted on 14, signed on 16 and issued on 20 October, with an item of each basic court."""
    path, one = folder / "tongbao.db", drafted(folder)
    found = [finding("辽0102", period="2026Q3"), finding("辽0103", period="2026Q3")]
    record(path, found, at="2026-10-14", period="2026Q3")
    sign(path, one, at="2026-10-16", who="李某")
    with issuing(path, one.stem, "", at="2026-10-20", who="王五", number=None):
        pass
    ledger.tell(path, "2026Q3", bulletin=one.title, at="2026-10-20", who="王五", on="2026-10-20", until="2026-10-20")


def steps(tongbao, folder: Path, day: str, *more: str) -> dict[str, str]:
    """Step (with numbers) and who → due and state, as printed."""
    result = tongbao("calendar", "-w", folder, "--as-of", day, *more)
    assert result.code == 0, result.err
    rows = [line.split("\t") for line in result.out.splitlines()[1:]]
    return {f"{row[0]} {row[1]} {row[2]}": f"{row[3]} {row[4]}" for row in rows}


def test_before_anything_is_done(office, tongbao):
    found = steps(tongbao, office, "2026-10-14")
    assert found == {
        "2026Q3 数据冻结 审判管理办公室": "2026-10-13 逾期1天",
        "2026Q3 起草 审判管理办公室": "2026-10-15 还有1天",
        "2026Q3 审签 院领导": "2026-10-19 还有5天",
        "2026Q3 印发 审判管理办公室": "2026-10-20 还有6天",
        "2026Q3 会商 审判管理办公室": "2026-10-27 还有13天",
        "2026Q3 反馈 有关单位": "2026-11-04 还有21天",
        "2026Q3 复测 审判管理办公室": "2027-01-11 还有89天",
    }
    told = tongbao("calendar", "-w", office, "--as-of", "2026-10-14")
    assert "没有2027年的节假日安排" in told.err
    assert f"tongbao run -w {quote(str(office))} --period 2026Q3" in told.out.splitlines()[2]
    assert "tongbao" not in told.out.splitlines()[3]  # nobody can sign what is not drafted


def test_what_is_done_shows_by_its_evidence_and_not_before_its_day(office, tongbao):
    issued(office)
    found = steps(tongbao, office, "2026-10-21")
    assert found == {
        "2026Q3 数据冻结 审判管理办公室": "2026-10-13 已办（2026-10-14）",
        "2026Q3 起草 审判管理办公室": "2026-10-15 已办（2026-10-14）",
        "2026Q3 审签 院领导": "2026-10-19 已办（2026-10-16）",
        "2026Q3 印发 审判管理办公室": "2026-10-20 已办（2026-10-20）",
        "2026Q3 会商 审判管理办公室": "2026-10-27 还有6天",
        "2026Q3 复测 审判管理办公室": "2027-01-11 还有82天",
        # fifteen days after the circular went out, by the ledger
        "2026Q3 报送原因和措施（2026Q3-001） 天枢市城东区法院": "2026-11-04 还有14天",
        "2026Q3 报送原因和措施（2026Q3-002） 天枢市城西区法院": "2026-11-04 还有14天",
    }
    before = steps(tongbao, office, "2026-10-17")
    assert before["2026Q3 审签 院领导"] == "2026-10-19 已办（2026-10-16）"
    assert before["2026Q3 印发 审判管理办公室"] == "2026-10-20 还有3天"


def test_each_unit_owes_by_its_own_day_until_it_has_answered(office, tongbao):
    issued(office)
    path = office / "tongbao.db"
    plan = {**PLAN, "deadline": "2026-12-10"}
    ledger.respond(path, {"2026Q3-001": plan}, at="2026-11-02", who="李某", today=date(2026, 11, 2))
    found = steps(tongbao, office, "2026-11-06")
    assert found["2026Q3 报送整改情况（2026Q3-001） 天枢市城东区法院"] == "2026-12-10 还有34天"
    assert found["2026Q3 报送原因和措施（2026Q3-002） 天枢市城西区法院"] == "2026-11-04 逾期2天"
    answer = {**PLAN, "deadline": "2026-12-10", "feedback": "已清理42件，现有超期8件。", "progress": "已完成"}
    for number, day in (("2026Q3-001", "2026-11-30"), ("2026Q3-002", "2026-12-08")):
        ledger.respond(path, {number: answer}, at=day, who="李某", today=date.fromisoformat(day))
    found = steps(tongbao, office, "2026-12-09")
    assert found["2026Q3 反馈 有关单位"] == "2026-11-04 已办（2026-12-08）"
    assert not [name for name in found if "报送" in name]


def test_a_meeting_is_held_when_what_it_decided_is_entered(office, tongbao):
    issued(office)
    decide(office / "tongbao.db", "2026Q3", "清理超审限案件42件", "民一庭", "2026-12-31", at="2026-10-28", who="王五")
    found = steps(tongbao, office, "2026-11-01")
    assert found["2026Q3 会商 审判管理办公室"] == "2026-10-27 已办（2026-10-28）"
    assert found["2026Q3 议定事项（2026Q3-议01） 民一庭"] == "2026-12-31 还有60天"
    # All that the office does is done: what comes next is the year's end.
    assert found["2026Q4 数据冻结 审判管理办公室"] == "2027-01-07 还有67天"


def test_a_circular_without_items_asks_nothing_of_anybody(office, tongbao):
    one = drafted(office)
    sign(office / "tongbao.db", one, at="2026-10-16", who="李某")
    with issuing(office / "tongbao.db", one.stem, "", at="2026-10-20", who="王五", number=None):
        pass
    found = steps(tongbao, office, "2026-10-21")
    assert {found["2026Q3 反馈 有关单位"], found["2026Q3 复测 审判管理办公室"]} == {
        "2026-11-04 没有事项", "2027-01-11 没有事项",
    }  # fmt: skip


def test_as_json_and_of_one_period(office, tongbao):
    issued(office)
    document = json.loads(tongbao("calendar", "-w", office, "--as-of", "2026-10-21", "--json").out)
    assert (document["schema"], document["period"], document["as_of"]) == ("tongbao.calendar/1", "2026Q3", "2026-10-21")
    owed = document["duties"][-1]
    assert (owed["unit"], owed["numbers"], owed["due"], owed["open"]) == ("辽0103", ["2026Q3-002"], "2026-11-04", True)
    later = steps(tongbao, office, "2026-10-21", "--period", "2027Q1")
    assert later["2027Q1 数据冻结 审判管理办公室"] == "2027-04-07 还有168天" and len(later) == 7


def test_a_year_at_a_glance(office, tongbao):
    told = tongbao("calendar", "-w", office, "--year", "2026", "--as-of", "2026-01-05")
    head, *rows = (line.split("\t") for line in told.out.splitlines())
    assert head == ["统计期", "数据冻结", "起草", "审签", "印发", "会商", "反馈", "复测"]
    assert [row[0] for row in rows] == ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]
    assert rows[2][1:3] == ["2026-10-13", "2026-10-15"] and rows[1][7] == "2026-10-15"  # measured with the next draft
    assert tongbao("calendar", "-w", office, "--year", "2026", "--period", "2026Q1").code == 2


def test_months_with_january_and_february_together(office, tongbao):
    config = CONFIG.replace("[calendar]", "[period]\nmonths = 1\ncumulative = true\n[calendar]")
    (office / "tongbao.toml").write_text(config, "utf-8")
    names = {name.split()[0] for name in steps(tongbao, office, "2026-03-05")}
    assert names == {"2026-01..02"}
    first, *_ = tongbao("calendar", "-w", office, "--as-of", "2026-03-05").out.splitlines()
    assert first.startswith("2026年1—2月（")


def test_without_a_calendar_it_says_how_to_write_one(office, tongbao):
    (office / "tongbao.toml").write_text("", "utf-8")
    told = tongbao("calendar", "-w", office)
    assert told.code == 2 and "没有写日历" in told.err and '    data = "+5工作日"' in told.err
    assert tongbao("status", "-w", office).code == 0  # nothing is owed


def test_status_tells_the_next_step_and_the_overdue_ones(office, tongbao):
    drafted(office)
    told = tongbao("status", "-w", office, "--as-of", "2026-10-20")
    assert told.code == 3
    assert "下一步：2026Q3印发，2026-10-20，今天到期\n" in told.out
    assert "按日历逾期的1步：2026Q3审签\n" in told.out
    document = json.loads(tongbao("status", "-w", office, "--as-of", "2026-10-20", "--json").out)
    assert document["next"] == {"period": "2026Q3", "step": "issue", "due": "2026-10-20"}
    assert document["waiting"]["steps_overdue"] == ["2026Q3审签"]


def test_the_meeting_sees_the_calendar(city, tongbao):
    write_cases(city, "2026Q2", usual)
    with (city / "tongbao.toml").open("a", encoding="utf-8") as file:
        file.write(EXAMPLE.replace("[calendar]", '[calendar]\nwho = { leader = "分管*院领导*" }'))
    freeze(city / "tongbao.db", "2026Q2", {}, (40, 40), at="2026-07-08", who="tongbao")
    made = tongbao("pack", "-q", "-w", city, "--period", "2026Q2", "--as-of", "2026-07-20", "--format", "md")
    assert made.code == 0, made.err
    text = (city / "out/2026Q2/2026Q2-pack.md").read_text("utf-8")
    part = text.split("、工作日历\n")[1].split("\n# 附件")[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")][1:]
    assert rows[0] == ["数据冻结", "审判管理办公室", "2026年7月7日", "已于2026年7月8日办理", "2026年10月13日"]
    assert rows[2] == ["审签", r"分管\*院领导\*", "2026年7月13日", "待办", "2026年10月19日"]  # late, but not pilloried
    assert [row[0] for row in rows] == ["数据冻结", "起草", "审签", "印发", "会商", "反馈", "复测"]
    assert "2027年的节假日安排尚未公布，时限只避开周末。" in part


@pytest.fixture
def share(office, tmp_path) -> Path:
    """Where what is sent arrives: a folder for each recipient, of whom 城西区 has no address."""
    folder = tmp_path / "共享"
    folder.mkdir()
    with (office / "tongbao.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[delivery]]\nway = "folder"\nfolder = "../共享"\n')
    (office / "recipients.csv").write_text("单位,地址,方式\n本办公室,,\n辽0102,,\n", "utf-8")
    return folder


def arrived(share: Path) -> list[tuple[str, str]]:
    return sorted((path.parent.name, path.name) for path in share.rglob("*.txt"))


def test_everybody_is_reminded_of_what_he_owes_once_before_its_day_and_once_after(office, share, tongbao):
    issued(office)
    trial = tongbao("calendar", "-w", office, "--remind", "--dry-run", "--as-of", "2026-11-02")
    assert trial.code == 0 and len(trial.out.splitlines()) == 3 and arrived(share) == []  # 会商, and two courts
    before = {
        ("审判管理办公室", "逾期提醒：2026年第三季度会商，2026年10月27日以前.txt"),
        ("天枢市城东区人民法院", "时限提醒：2026年第三季度报送原因和措施，2026年11月4日以前.txt"),
    }
    for day in ("2026-11-02", "2026-11-03"):  # the second day nothing is sent again
        told = tongbao("calendar", "-w", office, "--remind", "--as-of", day)
        assert told.code == 0
        assert "收件表中没有“辽0103”的地址。" in told.out  # the others are reminded all the same
        assert set(arrived(share)) == before
    text = next(share.rglob("时限提醒*")).read_text("utf-8-sig")
    assert "你院应于2026年11月4日以前报送原因和措施（2026Q3-001）。请按整改台账的表格填报。" in text
    assert "城西区" not in text and "辽0103" not in text and "tongbao" not in text
    assert tongbao("calendar", "-w", office, "--remind", "-q", "--as-of", "2026-11-05").code == 0
    late = ("天枢市城东区人民法院", "逾期提醒：2026年第三季度报送原因和措施，2026年11月4日以前.txt")
    assert set(arrived(share)) == before | {late}
    sent = json.loads(tongbao("deliver", "-w", office, "--list", "--json").out)["letters"]
    assert len(sent) == 3 and {one["state"] for one in sent} == {"已发"}


def test_nobody_is_reminded_where_nothing_is_due(office, share, tongbao):
    issued(office)
    told = tongbao("calendar", "-w", office, "--remind", "--as-of", "2026-10-21")
    assert (told.code, told.out, told.err) == (0, "", "没有要提醒的。\n")
    refused = tongbao("calendar", "-w", office, "--remind", "--period", "2026Q3")
    assert refused.code == 2 and "--period" in refused.err


def test_without_a_way_of_delivery_reminders_are_only_printed(office, tongbao):
    issued(office)
    told = tongbao("calendar", "-w", office, "--remind", "--as-of", "2026-11-02")
    assert told.code == 0 and "没有写 [[delivery]]，只印出，没有发送。" in told.err
    assert re.findall("\t(没有发送)\n", told.out) == ["没有发送"] * 3
