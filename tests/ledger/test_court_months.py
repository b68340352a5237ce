"""Half a year of one court as cron runs it: each month the year so far, items to departments, answers, effect, a meeting."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Iterator
from datetime import date

import pytest
from by_hand import write_csv
from by_hand_items import PLAN
from test_sheet import cells, fill, rewrite

pytestmark = pytest.mark.whole

PEOPLE = ("赵六", "孙七", "周八")
LATE = {4: 20, 5: 14}  # of 60 cases of 民一庭 closed in a month of 2025; else one to three
UNDONE = {8: 30, 9: 28}  # of 60 of 执行局 that ended 终本; else eight to ten
CONFIG = """[source]
files = ["cases.csv"]
[period]
months = 1
cumulative = true
[letterhead]
to = "本院各部门："
office = "审判管理办公室"
[privacy]
judges = true
[output]
formats = ["md"]
kinds = ["general", "department", "brief", "feedback", "reminder", "supervision"]
[ledger]
told = "run"
"""


def story(until: int) -> Iterator[dict[str, str]]:
    """60 cases a month of 民一庭 and of 执行局 from January 2024 to a month of 2025; one of 2023 is open still."""
    for year, month in [(2024, month) for month in range(1, 13)] + [(2025, month) for month in range(1, until + 1)]:
        days = calendar.monthrange(year, month)[1]
        for kind, dept in (("民初", "民一庭"), ("执", "执行局")):
            for case in range(60):
                if kind == "民初":
                    late = case < (LATE.get(month, 1 + month % 3) if year == 2025 else 1 + month % 3)
                    end = "判决"
                else:
                    late, most = case == 0, UNDONE.get(month, 8 + month % 3) if year == 2025 else 8 + month % 3
                    end = "终结本次执行程序" if case < most else "执行完毕"
                yield {
                    "案号": f"（{year}）辽0102{kind}{month * 100 + case}号",
                    "经办法院": "辽0102",
                    "承办部门": dept,
                    "承办人": PEOPLE[2] if kind == "执" else PEOPLE[case % 2],
                    "案由": ("民间借贷纠纷", "买卖合同纠纷")[case % 2],
                    "立案日期": f"{year}-{month:02}-01",
                    "结案日期": f"{year}-{month:02}-{case % days + 1:02}",
                    "结案方式": end,
                    "应结案日期": f"{year}-{month:02}-01" if late and case % days else f"{year + 1}-01-30",
                }
    yield {
        "案号": "（2023）辽0102民初9号", "经办法院": "辽0102", "承办部门": "民一庭", "承办人": PEOPLE[0],
        "案由": "离婚纠纷", "立案日期": "2023-02-04", "结案日期": "", "结案方式": "", "应结案日期": "2023-08-04",
    }  # fmt: skip


@pytest.fixture
def court(tmp_path):
    (tmp_path / "courts.csv").write_text("代码,名称,层级,上级\n辽0102,天枢市城东区人民法院,基层法院,\n", "utf-8")
    (tmp_path / "tongbao.toml").write_text(CONFIG, "utf-8")
    return tmp_path


def test_half_a_year_of_one_court(court, tongbao):
    def call(*words):
        done = tongbao(*words, "-w", court)
        assert done.code == 0, done.err
        return done.out

    def month(number):
        """What cron leaves behind on the eighth of the month after: name of a bulletin → its text."""
        write_csv(court / "cases.csv", list(story(number)))
        call("run", "--as-of", f"2025-{number + 1:02}-08", "-q")
        folder = max((court / "out").iterdir(), key=lambda one: one.stat().st_mtime_ns)
        return {path.stem.removeprefix(f"{folder.name}-"): path.read_text("utf-8") for path in folder.glob("*.md")}

    def listed():
        return {one["court_name"]: one for one in json.loads(call("ledger", "list", "--json"))["items"]}

    def sheet(unit, number, day, **answers):
        """The form of a department, sent out, filled in by its head and brought back."""
        path = court / f"{unit}.xlsx"
        call("ledger", "export", "--court", f"辽0102/{unit}", "--to", path, "--as-of", f"2025-{day}")
        rows = cells(path)
        assert [row[0] for row in rows[1:] if row[0]] == [number], "its own item and no other"
        assert not any(name in str(row) for row in rows for name in (*PEOPLE, "承办人"))
        fill(rows, number, **{**PLAN, "department": unit, **answers})
        rewrite(path, rows)
        call("ledger", "import", path, "--by", f"{unit}负责人", "--court", "辽0102", "--as-of", f"2025-{day}")

    # April: 民一庭 closed a third of its cases late. It is told, and answers by its form.
    april = month(4)
    told = "民一庭审限内结案率为"
    assert told in april["general"] and told.replace("民一庭", "你部门") in april["department-民一庭"]
    assert "没有需要核查的异常变动" in april["department-执行局"]
    assert "reminder-民一庭" in april and not {"reminder-执行局", "supervision-民一庭"} & april.keys()
    item = listed()["城东区法院民一庭"]
    assert item["state"] == "通报"
    sheet("民一庭", item["number"], "05-20", deadline=date(2025, 6, 30), feedback="超期案件已逐案清理。")
    assert listed()["城东区法院民一庭"]["state"] == "已反馈"

    # May: not yet better. The circular says that it was answered, and what the figures say.
    may = month(5)
    assert re.search(r"需要继续核对的(\d)项，已反馈1项.*；本期核对，未见效\1项，本期再次出现\1项。", may["general"])
    assert "民一庭审限内结案率：2025年1—4月为90.83%，本期为88.33%（其中5月为78.33%），未见效，" in may["general"]
    assert "核对结果：未见效。" in may["feedback"] and "整改情况：超期案件已逐案清理。" in may["feedback"]

    # The meeting on it in June. Its departments report, one thing is decided, the minutes hold it.
    spring = ("--period", "2025-01..05")
    call("pack", *spring, "--as-of", "2025-06-12", "-q")
    pack = (court / "out/2025-01..05/2025-01..05-pack.md").read_text("utf-8")
    assert "| 民一庭 | 审限内结案率 |" in pack and f"| {item['number']} | 民一庭审限内结案率 |" in pack
    decided = ("--text", "每周清查审限即将届满的案件", "--owner", "民一庭", "--deadline", "2025-08-31", "--by", "王五")
    assert call("ledger", "decide", *spring, *decided, "--as-of", "2025-06-13") == "2025-01..05-议01\n"
    call("ledger", "meeting", *spring, "--reported", "民一庭", "--by", "王五", "--as-of", "2025-06-13")
    call("bulletin", "minutes", *spring, "--as-of", "2025-06-14", "-q")
    minutes = (court / "out/2025-01..05/2025-01..05-minutes.md").read_text("utf-8")
    assert "（一）每周清查审限即将届满的案件。由民一庭负责，2025年8月31日前完成。" in minutes
    assert "听取了民一庭的汇报" in minutes and "请各责任部门按会议议定的事项和时限办理" in minutes

    # June: the month is as before. 上半年 is judged by quarters, of which the second is not, but measured by months.
    june = month(6)
    line = "民一庭审限内结案率：2025年1—4月为90.83%，本期为90.28%（其中6月为100.00%），部分见效，连续第3期出现；已反馈"
    assert line in june["general"]
    part = june["feedback"].partition(f"民一庭审限内结案率（{item['number']}）")[2].partition("\n### ")[0]
    assert (
        "核对结果：部分见效。" in part
        and "2025年上半年为90.28%（360件中325件），其中6月为100.00%（60件中60件）" in part
    )

    # July: it stays there. The office looks at the measure and signs the item off.
    july = month(7)
    part = july["feedback"].partition(f"民一庭审限内结案率（{item['number']}）")[2].partition("\n### ")[0]
    assert "核对结果：见效。" in part
    assert "没有发现需要通报的异常变动" in july["general"]
    call("ledger", "close", item["number"], "--by", "审管办王某", "--note", "措施已落实", "--as-of", "2025-08-11")
    call("ledger", "decided", "2025-01..05-议01", "--done", "--note", "每周清查已形成制度", "--by", "王五")

    # August: 执行局 ends half of its cases as 终本. It has all of the court's, so the finding is its own.
    august = month(8)
    assert "已销号1项" in august["general"] and "执行局" in august["general"].split("## 三")[0]
    assert "你部门首执案件终本率为" in august["department-执行局"]
    assert "终本" not in august["department-民一庭"]
    assert "reminder-执行局" in august and "supervision-执行局" not in august
    late = listed()["城东区法院执行局"]
    assert late["state"] == "通报"

    # September: no answer yet; the circular says so, and the president is asked about it. Then the answer comes.
    september = month(9)
    assert re.search(r"尚未反馈\d项（已过时限\d项）", september["general"])
    assert "督促整改" in september["supervision-执行局"]
    assert re.search(r"逾期未反馈的\d项，是否书面督办。", september["brief"])
    sheet("执行局", late["number"], "10-10", deadline=date(2025, 12, 31))
    assert listed()["城东区法院执行局"]["state"] == "整改中"
    call("pack", "--period", "2025Q1-Q3", "--as-of", "2025-10-11", "-q")
    pack = (court / "out/2025Q1-Q3/2025Q1-Q3-pack.md").read_text("utf-8")
    assert "| 2025-01..05-议01 | 每周清查审限即将届满的案件 | 民一庭 | 2025年8月31日 | 已落实 |" in pack

    steps = [line.split("\t")[2] for line in call("ledger", "history", item["number"]).splitlines()]
    assert steps[:4] == ["发现", "通报", "整改", "反馈"] and "销号" in steps
    assert "没有发现改动" in call("ledger", "verify")

    # Nobody is named outside the department's own notice, and no other court is spoken of.
    for path in (court / "out").rglob("*"):
        if path.suffix not in (".md", ".txt", ".csv", ".json", ".svg"):
            continue
        text = path.read_text("utf-8-sig")
        own = "-department-" in path.name
        assert own or not any(name in text for name in PEOPLE), path.name
        if path.suffix == ".md":
            bare = re.sub("天枢市城东区人民法院|上级法院|同级法院|“原审法院”", "", text)
            assert "法院" not in bare, (path.name, re.findall(".{9}法院.{9}", bare))
            assert "函" not in bare, path.name
