"""What works for courts works for their departments: names, findings, tables, the ledgers, the statements."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from by_hand import COURTS, write_csv

from reports import catalogue
from reports.courts import court_table
from reports.courts.periods import consecutive, parse_period
from reports.courts.units import Unit, UnitTable, place
from reports.flag import judge
from reports.model import Grounds

NOW = ("--period", "2025Q3", "--as-of", "2025-10-20")
UNITS = """法院,部门,上级,类别,条线,顺序,别名,起,止,并入
辽0102,执行局,,执行机构,,1,,,,
辽0102,民一庭,,庭室,,2,民事审判第一庭,,,
辽0102,张某团队,民一庭,团队,,3,,,,
辽0102,民三庭,,庭室,,4,,,2025-06-30,民一庭
辽0102,少年庭,,庭室,,5,,,2025-03-31,
"""
FIELDS = ("案号", "经办法院", "承办部门", "承办团队", "立案日期", "结案日期", "结案方式", "应结案日期")


def rows():
    """Of 2025Q3 in 城东区: 民一庭 with its former names 6 filed and 4 closed, 执行局 3 and 0, and one of no department."""
    for number, dept, team in (
        (1, "民一庭", "张某团队"),
        (2, "民事审判第一庭", ""),
        (3, "民三庭", ""),
        (4, "民一庭", ""),
    ):
        yield f"（2025）辽0102民初{number}号", "辽0102", dept, team, "2025-07-01", "2025-08-20", "判决", "2026-01-01"
    for number, team in ((5, ""), (6, "张某团队")):
        yield f"（2025）辽0102民初{number}号", "辽0102", "民一庭", team, "2025-07-02", "", "", "2025-10-25"
    for number in (1, 2, 3):
        yield f"（2025）辽0102执{number}号", "辽0102", "执行局", "", "2025-07-03", "", "", "2026-01-03"
    yield "（2025）辽0102民初7号", "辽0102", "", "", "2025-07-04", "2025-07-24", "调解", "2026-01-04"
    yield "（2023）辽0102民初9号", "辽0102", "民一庭", "", "2023-02-04", "", "", "2023-08-04"
    yield "（2023）辽0102执9号", "辽0102", "执行局", "李某团队", "2023-03-04", "", "", "2023-09-04"
    yield "（2024）辽0102民初8号", "辽0102", "少年庭", "", "2024-07-04", "2024-09-24", "调解", "2025-01-04"
    yield "（2025）辽0103民初1号", "辽0103", "民一庭", "", "2025-07-04", "2025-09-24", "调解", "2026-01-04"
    yield "（2025）辽01民终1号", "辽01", "民二庭", "", "2025-07-04", "2025-09-24", "维持", "2025-10-04"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A city's workspace, whose units.csv knows the departments of one court."""
    folder = tmp_path_factory.mktemp("office")
    write_csv(folder / "cases.csv", [dict(zip(FIELDS, row, strict=True)) for row in rows()])
    city = [line for line in COURTS.splitlines() if "天璇" not in line and not line.startswith("辽,")]
    text = "\n".join(city).replace("中院,辽", "中院,")
    (folder / "courts.csv").write_text(text + "\n", "utf-8")
    (folder / "units.csv").write_text(UNITS, "utf-8")
    (folder / "tongbao.toml").write_text(
        '[source]\nfiles = ["cases.csv"]\n[quality]\nmax_set_aside_percent = 50\n', "utf-8"
    )
    return folder


@pytest.mark.parametrize(
    ("name", "code", "filed"),
    [
        ("辽0102/民事审判第一庭", "辽0102/民一庭", 6),
        ("天枢市城东区人民法院民三庭", "辽0102/民一庭", 6),
        ("城东区法院张某团队", "辽0102/民一庭/张某团队", 2),
        ("辽0102/未填部门", "辽0102/未填部门", 1),
    ],
)
def test_a_department_or_team_is_found_by_any_of_its_names(office, tongbao, name, code, filed):
    done = tongbao("compare", "-w", office, *NOW, "--court", name, "--indicator", "filed", "--line", "全部", "--json")
    assert done.code == 0, done.err
    (cell,) = json.loads(done.out)["comparisons"]
    assert (cell["court"], cell["now"]["numerator"]) == (code, filed)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("compare", "--court", "城东区法院民一亭"), "没有“城东区法院民一亭”这个法院或部门"),
        (("ledger", "list", "--court", "城东区法院民一亭"), "是否指天枢市城东区人民法院民一庭（辽0102/民一庭）"),
        (("bulletin", "court", "--court", "城东区法院民一庭"), "是部门，不是法院：通报按法院写"),
        (("check", "--court", "辽0102/执行局"), "是部门，不是法院：数据按法院核查"),
        (("indicators", "--courts", "城东区法院民一庭"), "列部门、团队的，另加 --below department"),
        (("bulletin", "court", "--court", "城东区法院张某团队"), "是团队，不是法院：通报按法院写"),
        (("bulletin", "department", "--court", "城东区法院张某团队"), "请写所在部门 辽0102/民一庭"),
    ],
)
def test_what_there_is_not_is_said_with_what_there_is(office, tongbao, command, told):
    dated = NOW if command[0] != "ledger" else ()
    done = tongbao(*command, "-w", office, *dated)
    assert done.code == 2
    assert told in done.err


def test_a_team_has_numbers_cases_and_parts_but_no_findings(office, tongbao):
    """What a team's cases say of its department: they add up to it, case by case, and nobody judges the team."""
    teams = ("辽0102/民一庭/张某团队", "辽0102/民一庭/未填团队")
    asked = ("-w", office, *NOW, "--indicator", "filed", "--json")
    listed = {
        code: json.loads(tongbao("cases", *asked, "--below", "team", "--court", code).out)
        for code in (*teams, "辽0102/民一庭")
    }
    assert [listed[code]["total"] for code in (*teams, "辽0102/民一庭")] == [2, 4, 6]
    assert {row["承办团队"] for row in listed[teams[0]]["cases"]} == {"张某团队"}
    assert [row["案号"] for row in listed[teams[0]]["cases"]] == ["（2025）辽0102民初1号", "（2025）辽0102民初6号"]
    told = tongbao("compare", "-w", office, *NOW, "--below", "team", "--court", teams[0], "--indicator", "closing_rate")
    assert "50.00%\t1/2" in told.out
    found = tongbao("flags", "-w", office, *NOW, "--below", "team")
    assert "团队只统计、不评价" in found.err
    assert "团队只统计" not in tongbao("flags", "-w", office, *NOW, "--below", "department").err
    judged = json.loads(tongbao("flags", "-w", office, *NOW, "--below", "team", "--json").out)
    assert not [one for one in (*judged["flags"], *judged["untested"]) if one["court"].count("/") > 1]


def test_a_court_that_is_left_out_may_have_units_in_the_table(office, tongbao, tmp_path):
    place = tmp_path / "office"
    shutil.copytree(office, place, ignore=shutil.ignore_patterns("tongbao.db", "out"))
    (place / "units.csv").write_text(f"{UNITS}辽0103,民一庭,,庭室,,1,,,,\n", "utf-8")
    asked = ("indicators", "-w", place, *NOW, "--below", "department", "--indicators", "filed", "--json")
    done = [tongbao(*asked, *more) for more in ((), ("--without", "辽0103"))]
    assert done[1].code == 0, done[1].err
    every, without = ({row["court"] for row in json.loads(one.out)["indicators"]} for one in done)
    assert every - without == {"辽0103", "辽0103/民一庭"}


def test_a_court_all_of_whose_cases_name_a_department_has_none_without(office, tongbao):
    done = tongbao("cases", "-w", office, *NOW, "--court", "辽0103/未填部门", "--indicator", "filed", "--json")
    assert (done.code, json.loads(done.out)["total"]) == (0, 0)


def test_departments_stand_under_their_court_in_the_order_of_their_table(office, tongbao, tmp_path):
    made = ("-w", office, *NOW, "--below", "department", "--format", "md", "-o", tmp_path)
    assert tongbao("bulletin", "general", *made).code == 0
    text = (tmp_path / "2025Q3-general.md").read_text("utf-8").partition("各部门主要情况表 {横排}\n")[2]
    lines = [line for line in text.partition("\n# ")[0].splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [row[0] for row in rows] == [
        "部门", "天枢市中院本级合计", "民二庭", "城东区法院合计", "执行局", "民一庭", "未填部门", "城西区法院合计", "民一庭",
    ]  # fmt: skip
    assert [row[1:4] for row in rows[3:7]] == [["10", "5", "7"], ["3", "0", "4"], ["6", "4", "3"], ["1", "1", "0"]]
    place = rows[0].index("审限内结案率（%）")
    assert [row[place] for row in rows[3:7]] == ["100.00（5/5）", "—", "100.00（4/4）", "100.00（1/1）"]


def test_a_court_is_told_of_its_own_departments_alone(office, tongbao, tmp_path):
    made = ("-w", office, *NOW, "--below", "department", "--format", "md", "-o", tmp_path)
    assert tongbao("bulletin", "court", "--court", "辽0102", *made).code == 0
    text = (tmp_path / "2025Q3-court-辽0102.md").read_text("utf-8")
    assert "| 你院合计 |" in text
    assert "民二庭" not in text
    assert "城西区" not in text


def test_an_item_of_a_department_is_its_own_and_its_courts(office, tongbao, tmp_path):
    asked = ("--indicator", "审限内结案率", "--problem", "审限内结案率偏低。", "--by", "张三")
    done = tongbao("ledger", "open", "-w", office, *NOW, "--court", "城东区法院民三庭", *asked)
    assert done.code == 0, done.err
    listed = {
        name: tongbao("ledger", "list", "-w", office, "--court", name, "--json").out
        for name in ("辽0102", "城东区法院民一庭", "辽0102/执行局", "辽0103")
    }
    titles = {name: [one["court_name"] for one in json.loads(text)["items"]] for name, text in listed.items()}
    assert titles == {
        "辽0102": ["城东区法院民一庭"], "城东区法院民一庭": ["城东区法院民一庭"], "辽0102/执行局": [], "辽0103": [],
    }  # fmt: skip
    assert tongbao("ledger", "export", "-w", office, "--to", tmp_path).out.split() == [
        str(tmp_path / "整改台账-辽0102-民一庭.xlsx")
    ]
    sheet = tmp_path / "整改台账-辽0102-民一庭.xlsx"
    assert tongbao("ledger", "import", sheet, "-w", office, "--by", "李四", "--court", "辽0102").code == 0


def test_a_correction_tells_of_departments_as_its_bulletin_did(office, tongbao, tmp_path):
    place, by = tmp_path / "office", ("--by", "李四")
    shutil.copytree(office, place, ignore=shutil.ignore_patterns("tongbao.db", "out"))
    asked = ("-w", place, "--below", "department")
    assert tongbao("bulletin", "general", *asked, *NOW, "--format", "md").code == 0
    for step in (("sign",), ("issue",)):
        done = tongbao("ledger", *step, "2025Q3-general", "-w", place, *by)
        assert done.code == 0, done.err
    text = (place / "cases.csv").read_text("utf-8")
    assert text.count("2025-08-20,判决,2026-01-01") == 4
    (place / "cases.csv").write_text(
        text.replace("2025-08-20,判决,2026-01-01", "2025-08-20,判决,2025-08-01", 1), "utf-8"
    )
    done = tongbao("ledger", "correct", "2025Q3-general", *asked, *by, "--reason", "审限有误", "--as-of", "2025-10-21")
    assert done.code == 0, done.err
    made = (place / "out" / "2025Q3" / "2025Q3-correction-general.md").read_text("utf-8")
    assert re.search(
        r"\| \S*民一庭 \| 审限内结案率\S*100\.00（4/4）\S* \| 审限内结案率\S*75\.00（3/4）\S* \| \S+ \|", made
    )


def test_long_pending_cases_are_listed_and_sent_out_by_departments(office, tongbao, tmp_path):
    day = ("--as-of", "2025-10-20")
    assert tongbao("pending", "update", "-w", office, *day).code == 0
    mine = tongbao("pending", "list", "-w", office, *day, "--court", "城东区法院民事审判第一庭", "--json")
    assert [one["number"] for one in json.loads(mine.out)["cases"]] == ["（2023）辽0102民初9号"]
    told = tongbao("pending", "summary", "-w", office, *day, "--below", "department", "--json")
    assert [(one["court"], one["now"]) for one in json.loads(told.out)["courts"]] == [
        ("辽0102/执行局", 1), ("辽0102/民一庭", 1),
    ]  # fmt: skip
    done = tongbao("pending", "export", "-w", office, *day, "--below", "department", "--to", tmp_path)
    assert [line.rpartition("/")[2] for line in done.out.split()] == [
        "长期未结-辽0102-执行局.xlsx", "长期未结-辽0102-民一庭.xlsx",
    ]  # fmt: skip
    back = tongbao("pending", "import", tmp_path / "长期未结-辽0102-执行局.xlsx", "-w", office, *day, "--by", "李四")
    assert back.code == 0, back.err
    due = tongbao("pending", "due", "-w", office, *day, "--all", "--court", "城东区法院民一庭", "--json")
    assert [one["number"] for one in json.loads(due.out)["cases"]] == [
        "（2023）辽0102民初9号", "（2025）辽0102民初5号", "（2025）辽0102民初6号",
    ]  # fmt: skip


def test_long_pending_cases_are_listed_and_sent_out_by_teams(office, tongbao, tmp_path):
    day = ("--as-of", "2025-10-20")
    assert tongbao("pending", "update", "-w", office, *day).code == 0
    found = {
        name: tongbao("pending", "list", "-w", office, *day, "--court", name, "--json").out
        for name in ("城东区法院李某团队", "城东区法院执行局", "辽0102/执行局/未填团队")
    }
    assert {name: [one["number"] for one in json.loads(text)["cases"]] for name, text in found.items()} == {
        "城东区法院李某团队": ["（2023）辽0102执9号"], "城东区法院执行局": ["（2023）辽0102执9号"],
        "辽0102/执行局/未填团队": [],
    }  # fmt: skip
    told = tongbao("pending", "summary", "-w", office, *day, "--below", "team", "--json")
    assert [(one["court"], one["now"]) for one in json.loads(told.out)["courts"]] == [
        ("辽0102/执行局/李某团队", 1), ("辽0102/民一庭", 1),
    ]  # fmt: skip
    done = tongbao("pending", "export", "-w", office, *day, "--below", "team", "--to", tmp_path)
    assert [line.rpartition("/")[2] for line in done.out.split()] == [
        "长期未结-辽0102-执行局-李某团队.xlsx", "长期未结-辽0102-民一庭.xlsx",
    ]  # fmt: skip
    due = tongbao("pending", "due", "-w", office, *day, "--all", "--court", "城东区法院张某团队", "--json")
    assert [one["number"] for one in json.loads(due.out)["cases"]] == ["（2025）辽0102民初6号"]
    wrong = tongbao("pending", "summary", "-w", office, *day, "--below", "judge")
    assert (wrong.code, "“judge”不是可以统计到的一级" in wrong.err) == (2, True)


def test_the_statement_counts_by_units(office, tongbao):
    assert '"unit" AS "court"' in tongbao("indicators", "-w", office, *NOW, "--below", "department", "--show-sql").out
    assert '"unit"' not in tongbao("indicators", "-w", office, *NOW, "--show-sql").out


QUARTERS = consecutive(parse_period("2023Q1"), parse_period("2025Q3"))


STEADY = [190 + number % 3 - 1 for number in range(len(QUARTERS))]


def history(unit: str, closed: int, in_time: list[int]) -> list[tuple[object, ...]]:
    return [
        (unit, "全部", "within_limit", quarter.key, good, closed)
        for quarter, good in zip(QUARTERS, in_time, strict=True)
    ]


def grounds(folder: Path, below: list[tuple[str, int, list[int]]]) -> Grounds:
    """A court whose share in time is 95% in every quarter, with departments whose histories are given."""
    (folder / "courts.csv").write_text("代码,名称,层级,上级\n辽0102,天枢市城东区人民法院,基层法院,\n", "utf-8")
    tree = court_table.load(folder / "courts.csv")
    table = UnitTable(tuple(Unit("辽0102", name.rpartition("/")[2]) for name, *_ in below))
    tree = place(tree, table, [*table.seen, ("辽0102", "民一庭", "甲组")], "team", ["辽0102"]).tree
    cells = [row for unit in (("辽0102", 200, STEADY), *below) for row in history(*unit)]
    frame = pd.DataFrame(cells, columns=["court", "line", "indicator", "period", "numerator", "denominator"])
    return Grounds(
        table=frame.astype({"numerator": "Int64", "denominator": "Int64"}),
        period=QUARTERS[-1], tree=tree, catalogue=catalogue.load(), issuer="辽0102",
    )  # fmt: skip


def test_a_department_is_judged_by_its_own_past_and_changes_nothing_for_its_court(tmp_path):
    falls = [95, 96, 95, 94, 95, 96, 95, 94, 95, 96, 70]
    low = [52, 53, 52, 51, 52, 53, 52, 51, 52, 53, 52]  # half of its cases, as always: another kind of work
    few = [9] * 11
    below = [("辽0102/民一庭", 100, falls), ("辽0102/行政庭", 100, low), ("辽0102/少年庭", 10, few)]
    below += [("辽0102/民一庭/甲组", 100, falls)]
    found, alone = judge(grounds(tmp_path, below)), judge(grounds(tmp_path, []))
    flagged = {(one.court, one.severity, one.direction) for one in found.flags}
    assert flagged == {("辽0102/民一庭", "red", "down")}
    assert found.flags[0].reference.text == "本部门历史平均水平"
    assert found.flags[0].evidence.court == "天枢市城东区人民法院民一庭"
    assert ("辽0102/少年庭", "within_limit") in {one[:2] for one in found.untested}
    assert not {one[0] for one in found.untested} & {"辽0102/民一庭/甲组"}
    assert (alone.flags, alone.few) == (tuple(one for one in found.flags if "/" not in one.court), found.few)
    assert {cell for cell in found.cells if "/" not in cell[0]} == alone.cells


def test_who_has_all_the_cases_of_a_single_court_is_told_of_and_nobody_else(tmp_path):
    steady, fallen = judge(grounds(tmp_path, [("辽0102/民一庭", 200, STEADY)])), [*STEADY[:-1], 140]
    assert steady.cells == {("辽0102/民一庭", "within_limit")}
    assert not steady.untested
    rows = grounds(tmp_path, [("辽0102/民一庭", 200, fallen)])
    of_court = rows.table["court"] == "辽0102"
    rows.table.loc[of_court & (rows.table["period"] == QUARTERS[-1].key), "numerator"] = 140
    found = judge(rows)
    assert [(one.court, one.severity, one.evidence.court) for one in found.flags] == [
        ("辽0102/民一庭", "red", "天枢市城东区人民法院民一庭")
    ]
    assert found.courses.keys() == {found.flags[0].key}
    # With series cases, and another figure that is not all its court's, there is one finding still, with its value.
    other = pd.concat([rows.table, rows.table.assign(indicator="civil_mediation_rate", numerator=50, denominator=100)])
    other.loc[(other["court"] == "辽0102") & (other["indicator"] != "within_limit"), "denominator"] = 200
    series = other.assign(numerator=1, denominator=2).astype({"numerator": "Int64", "denominator": "Int64"})
    apart = judge(replace(rows, table=other.reset_index(drop=True), series=series.reset_index(drop=True))).flags
    late = [one for one in apart if one.indicator == "within_limit"]
    assert [(one.court, one.severity, one.numerator, one.denominator) for one in late] == [
        ("辽0102/民一庭", "red", 140, 200)
    ]


BEFORE = "法院,部门,止,并入\n辽0102,民一庭,,\n辽0102,民三庭,,\n"
MERGED = "法院,部门,止,并入\n辽0102,民一庭,,\n辽0102,民三庭,2025-06-30,民一庭\n"
RENAMED = "法院,部门,别名\n辽0102,民一庭,\n辽0102,少年庭,民三庭\n"


def departments():
    """Of each quarter from 2023 on 60 cases of each of three; half of them late, 民三庭's in 2025Q2 and two's in Q3."""
    for quarter in consecutive(parse_period("2023Q1"), parse_period("2025Q3")):
        late = {"2025Q2": ["民三庭"], "2025Q3": ["民三庭", "民一庭"]}.get(quarter.key, [])
        for number, dept in enumerate(["民一庭", "民三庭", "速裁庭"] * 60, quarter.first * 1000):
            filed = quarter.start + timedelta(days=number % 60)
            ended, due = filed + timedelta(days=28), filed + timedelta(days=14 if dept in late and number % 2 else 90)
            case = f"（{quarter.start.year}）辽0102民初{number}号"
            yield case, "辽0102", dept, "", str(filed), str(ended), "判决", str(due)


@pytest.fixture
def kept(tmp_path):
    """A workspace of one court in which 民三庭 is still a department."""
    write_csv(tmp_path / "cases.csv", [dict(zip(FIELDS, row, strict=True)) for row in departments()])
    lines = [line for line in COURTS.splitlines() if line.startswith(("代码", "code", "辽0102"))]
    (tmp_path / "courts.csv").write_text("\n".join(lines).replace(",辽01", ",") + "\n", "utf-8")
    (tmp_path / "units.csv").write_text(BEFORE, "utf-8")
    (tmp_path / "tongbao.toml").write_text(
        '[source]\nfiles = ["cases.csv"]\n[ledger]\namber = true\ntold = "run"\n', "utf-8"
    )
    return tmp_path


def run(tongbao, folder, period, day):
    done = tongbao("run", "-w", folder, "--period", period, "--as-of", day, "--format", "md")
    assert done.code in (0, 3), done.err
    found = json.loads(tongbao("flags", "-w", folder, "--period", period, "--as-of", day, "--json").out)["flags"]
    return {(one["court"], one["indicator"]): one["state"] for one in found if one["strength"] in ("red", "amber")}


@pytest.mark.parametrize(("table", "name"), [(MERGED, "民一庭"), (RENAMED, "少年庭")], ids=["merged", "renamed"])
def test_what_was_found_of_a_department_goes_on_in_its_successor(kept, tongbao, table, name):
    """States, items of the ledger, and what was printed: of one merged into another, and of one renamed."""
    assert run(tongbao, kept, "2025Q2", "2025-07-20")[("辽0102/民三庭", "within_limit")] == "新发"
    (kept / "units.csv").write_text(table, "utf-8")
    code = f"辽0102/{name}"
    assert run(tongbao, kept, "2025Q3", "2025-10-20")[(code, "within_limit")] == "持续"
    items = json.loads(tongbao("ledger", "list", "-w", kept, "--court", code, "--json").out)["items"]
    mine = [one for one in items if (one["court"], one["indicator"]) == (code, "within_limit")]
    assert [one["flagged"] for one in mine] == [["2025Q2", "2025Q3"]]
    text = (kept / "out" / "2025Q3" / "2025Q3-general.md").read_text("utf-8")
    assert "主送: 本院各部门：" in text
    told = f"{name}（原民三庭）审限内结案率：2025年第二季度为50.00%，本期为50.00%，未见效，连续第2期出现"
    assert told in text
    # What was printed then reads otherwise now that the cases of two are one's; a new name alone changes no number.
    printed = "民一庭审限内结案率的上期数据按最新数据核正：当时通报为100.00%，现为75.00%。"
    assert (printed in text, "当时通报" in text) == ((True, True) if table == MERGED else (False, False))


def test_departments_whose_names_differ_in_a_mark_alone_have_files_of_their_own(tmp_path, tongbao):
    """A mark that no file name may have is written wide; names that are then the same are told, and nothing is written."""
    folder = tmp_path / "质效"
    folder.mkdir()
    names = ("民事审判庭", "民事审判庭*", "|---|", "---", 'A<b>"?')
    made = [
        {"案号": f"（2025）辽0102民初{number}号", "经办法院": "城东区法院", "承办部门": name, "立案日期": f"2025-0{month}-03",
         "结案日期": f"2025-0{month + 2}-20", "结案方式": "判决"}
        for number, (name, month) in enumerate(((name, month) for name in names for month in (1, 4, 7)), 1)
    ]  # fmt: skip
    write_csv(folder / "cases.csv", made)
    (folder / "courts.csv").write_text("代码,名称,层级,上级\n辽0102,城东区法院,基层法院,\n", "utf-8")
    (folder / "tongbao.toml").write_text('[source]\nfiles = ["cases.csv"]\n', "utf-8")
    asked = ("bulletin", "department", "-w", folder, *NOW, "--for", "each", "--format", "md")
    result = tongbao(*asked)
    assert result.code == 0, result.err
    out = folder / "out/2025Q3"
    assert sorted(path.name for path in out.glob("*-department-*.md")) == sorted(
        f"2025Q3-department-{name}.md" for name in ("民事审判庭", "民事审判庭＊", "｜---｜", "---", "A＜b＞＂？")
    )
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    write_csv(folder / "cases.csv", [*made, {**made[5], "案号": "（2025）辽0102民初99号", "承办部门": "民事审判庭＊"}])
    result = tongbao(*asked)
    assert result.code == 5 and "两份文件同名（2025Q3-department-民事审判庭＊）" in result.err
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
