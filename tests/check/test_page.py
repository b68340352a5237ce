"""``tongbao check``: ready or not first, and the same tables in the terminal, in Markdown and in a workbook."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from by_hand import CASES_BY_HAND, COURTS
from sources import write_xlsx

from reports.check import FirstWhole, Silent, page
from reports.courts.periods import parse_period
from reports.pipeline.job import Job, template_folders
from reports.pipeline.readiness import RULE_OF, checked
from reports.pipeline.stages import Cases
from reports.read.formats import filled_sheets
from reports.workspace import find

CONFIG = """[court]
code = "辽"
[source]
files = ["{name}"]
[quality]
max_set_aside_percent = {most}
[[interval]]
indicator = "within_limit"
since = 2020-01-01
low = 60.0
source = "测试用，非实际区间"
[[interval]]
indicator = "average_days"
since = 2020-01-01
high = 1.0
source = "测试用，非实际区间"
"""
ASKED = ("--period", "2025Q3", "--as-of", "2025-10-20")
DAY = date(2025, 10, 20)


def place(folder, cases=CASES_BY_HAND, *, name="cases.csv", most=50):
    (folder / name).write_text(cases, "utf-8")
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    (folder / "tongbao.toml").write_text(CONFIG.format(name=name, most=most), "utf-8")
    return folder


def facts(folder, period="2025Q3"):
    job = Job(find(folder), parse_period(period, cutoff_day=0), DAY, DAY)
    with Cases(job) as cases:
        return checked(job, cases).facts, template_folders(job.workspace)


def told(tongbao, folder, *more):
    return json.loads(tongbao("check", "-w", folder, *ASKED, "--json", *more).out)


# Ready or not


def test_ready_stands_first(tmp_path, tongbao):
    result = tongbao("check", "-w", place(tmp_path), *ASKED)
    assert result.code == 0, result.err
    assert result.out.splitlines()[0] == "可以出通报：2025年第三季度（2025年7月1日至9月30日），数据截至2025年9月30日"
    assert told(tongbao, tmp_path)["ready"] is True


def test_data_that_do_not_reach_the_period_are_not_ready(tmp_path, tongbao):
    asked = ("--period", "2025Q4", "--as-of", "2026-02-01")
    result = tongbao("check", "-w", place(tmp_path), *asked)
    lines = result.out.splitlines()
    assert lines[0].startswith("还不能出通报：2025年第四季度")
    assert lines[2].strip() == (
        "处理：数据完整的最近一期是2025年第三季度：加 --period 2025Q3；要2025年第四季度的，请补充数据。"
    )
    assert "不能出的原因：数据覆盖2025年7月15日至2025年9月30日，不足以统计2025年第四季度" in lines[1]
    assert result.code == 0
    assert tongbao("run", "-w", tmp_path, *asked).code == 5


def test_every_reason_is_told_with_what_to_do(tmp_path, tongbao):
    text = (place(tmp_path, most=5) / "tongbao.toml").read_text("utf-8")
    (tmp_path / "tongbao.toml").write_text(text.replace('code = "辽"', "").replace("[court]", ""), "utf-8")
    (tmp_path / "courts.csv").write_text(COURTS.replace("中院,辽", "中院,"), "utf-8")
    document = told(tongbao, tmp_path)
    assert [one["what"][:8] for one in document["obstacles"]] == ["8 行中有 1 ", "法院表中有 3 "]
    assert all(one["remedy"] and one["where"] for one in document["obstacles"])
    assert document["ready"] is False
    assert tongbao("check", "-w", tmp_path, *ASKED).code == 4


# What was read, and who has reported


def test_every_row_is_of_a_source(tmp_path, tongbao):
    document = told(tongbao, place(tmp_path))
    assert document["sources"] == [{"name": "cases.csv", "rows": 8, "used": 7}]
    assert sum(one["rows"] for one in document["sources"]) == document["rows_in"]


def test_a_sheet_is_a_source_and_an_indicator_table_too(tmp_path):
    folder = place(tmp_path)
    head, *rows = [line.split(",") for line in CASES_BY_HAND.splitlines()]
    write_xlsx(folder / "案件.xlsx", {"民事": [head, *rows[:3]], "其他": [head, *rows[3:]]})
    table = "court,indicator,period,numerator,denominator\n辽,petition_rate,2025Q3,1,50\n辽,filed,2025Q3,3,\n"
    (folder / "指标.csv").write_text(table, "utf-8")
    text = (folder / "tongbao.toml").read_text("utf-8")
    (folder / "tongbao.toml").write_text(text.replace('["cases.csv"]', '["案件.xlsx"]\ntable = "指标.csv"'), "utf-8")
    found, _ = facts(folder)
    assert [(one.name, one.rows, one.used) for one in found.sources] == [
        ("案件.xlsx（工作表“民事”）", 3, 3), ("案件.xlsx（工作表“其他”）", 5, 4), ("指标.csv", 2, 1),
    ]  # fmt: skip


def test_courts_and_months_are_those_a_clerk_counts(tmp_path):
    found, _ = facts(place(tmp_path))
    assert found.months == ("2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09")
    mine = {one.name: (one.months, one.last) for one in found.reported}
    assert mine["天枢市城东区法院"] == (((0, 0), (1, 0), (0, 0), (1, 1), (0, 0), (0, 1)), date(2025, 9, 30))
    assert mine["城西区法院"] == (((1, 0), (0, 0), (0, 0), (0, 1), (1, 1), (0, 0)), date(2025, 8, 20))
    assert mine["天枢市中院本级"] == (((0, 0), (0, 0), (1, 0), (1, 0), (0, 1), (0, 1)), date(2025, 9, 10))
    assert mine["天璇市城东区法院"] == (((0, 0),) * 6, None)


def test_a_year_has_all_its_months(tmp_path):
    found, _ = facts(place(tmp_path), "2025Q1-Q3")
    assert len(found.months) == 9


def test_one_court_and_those_below(tmp_path, tongbao):
    document = told(tongbao, place(tmp_path), "--court", "辽01")
    assert [one["court"] for one in document["reported"]] == ["辽01本级", "辽0102", "辽0103"]


# Indicators and intervals


def test_an_interval_says_how_many_courts_meet_it(tmp_path):
    found, _ = facts(place(tmp_path))
    within, days = found.intervals
    # 城东 1/2; 城西 2/2 and 天枢中院 2/2; 省高院, 天璇中院 and its 城东 have no case.
    assert (within.name, within.met, within.unmet, within.without) == ("审限内结案率", 2, 1, 3)
    assert not within.nobody
    assert (days.met, days.unmet, days.nobody) == (0, 3, True)
    assert "没有一个法院达标：平均审理天数" in page.terminal(found, facts(tmp_path)[1])


def test_an_interval_for_another_span_or_line_is_told_as_such(tmp_path):
    own = '[[interval]]\nindicator = "within_limit"\nsince = 2020-01-01\nlow = 60.0\nsource = "测试用，非实际区间"\n'
    text = (place(tmp_path) / "tongbao.toml").read_text("utf-8")
    (tmp_path / "tongbao.toml").write_text(f'{text}{own}span = "year"\n{own}line = "民事"\n', "utf-8")
    found, templates = facts(tmp_path)
    told = {one.interval: (one.applies, one.met, one.unmet, one.without) for one in found.intervals[:-1]}
    # Of the civil cases 城东 has 1/2 and 天枢中院 2/2, 城西 none.
    assert told == {
        "不低于60%": (True, 2, 1, 3),
        "不低于60%（按年）": (False, 0, 0, 0),
        "不低于60%（民事）": (True, 1, 1, 4),
    }
    assert re.search(r"不低于60%（按年） +不适用于本期 ", page.terminal(found, templates))


def test_a_number_that_unknown_words_leave_open_is_told_with_the_court(tmp_path):
    cases = CASES_BY_HAND.replace("2025-09-30,判决,2025-09-29", "2025-09-30,判决,某日")
    found, templates = facts(place(tmp_path, cases))
    (item,) = [one for one in found.indicators if one.id == "within_limit"]
    assert (item.state, item.value) == ("未统计", "")  # one of six is too many for the total too
    assert item.why.startswith("天枢市城东区法院：应结案日期")
    assert any("应结案日期" in one.text and one.remedy for one in found.words)
    assert re.search(r"，未统计：\S*审限内结案率", page.terminal(found, templates))


def test_what_the_data_lack_is_told_with_the_reason(tmp_path):
    found, _ = facts(place(tmp_path, re.sub(r",[^,\n]*,([^,\n]*)$", r",\1", CASES_BY_HAND, flags=re.M)))
    lacking = {one.name: one.why for one in found.indicators if one.state == "未统计"}
    assert all(lacking.values())
    whole, _ = facts(place(tmp_path))
    assert len(whole.of("未统计")) < len(found.indicators)


# Rows left out


def test_every_kind_of_reason_says_what_to_do(tmp_path):
    head, *rows = CASES_BY_HAND.splitlines()
    bad = [
        ",天枢市城东区人民法院,,2025-07-01,,,,", "（2025）辽0102民初11号,,,2025-07-01,,,,",
        "（2025）辽0102民初12号,查无此院人民法院,,2025-07-01,,,,", "（2025）辽0102民初13号,天枢市城东区人民法院,,某日,,,,",
        "（2025）辽0102民初14号,天枢市城东区人民法院,,2025-07-01,某日,,,",
        "（2025）辽0102民初15号,天枢市城东区人民法院,,,,,,",
        "（2025）辽0102民初16号,天枢市城东区人民法院,,2099-07-01,,,,",
        "（2025）辽0102民初17号,天枢市城东区人民法院,,2025-07-01,2099-07-01,,,",
        "（2025）辽0103民初12号,查无此院人民法院,,2025-07-01,,,,",
        "（2025）辽0102民初18号,天枢市城东区人民法院,,2025-07-01,2025-08-01,判决,,",
        "（2025）辽0102民初18号,天枢市城东区人民法院,,2025-07-01,2025-08-01,调解,,",
        rows[1], rows[2].replace("2025-09-30,判决", ",").replace("2025-09-29", ""),
    ]  # fmt: skip
    job = Job(find(place(tmp_path, "\n".join([head, *rows, *bad]) + "\n", most=100)), parse_period("2025Q3"), DAY, DAY)
    with Cases(job) as cases:
        found = checked(job, cases).facts
    assert sum(one.rows for one in found.aside) == found.rows_in - found.rows_used == 14
    assert {one.reason for one in found.aside if one.fault} == RULE_OF.keys()
    assert {one.remedy for one in found.aside if one.fault} <= {rule.do for rule in job.rules.values()}
    assert all(one.remedy and one.places for one in found.aside)
    assert set(RULE_OF.values()) <= job.rules.keys()


# One page in every form


def test_the_forms_show_the_same_tables(tmp_path, tongbao):
    out = tmp_path / "表"
    result = tongbao("check", "-w", place(tmp_path), *ASKED, "--format", "md,xlsx", "-o", out)
    assert result.code == 0, result.err
    assert f"{out / '2025Q3-check.xlsx'}" in result.out
    text = (out / "2025Q3-check.md").read_text("utf-8")
    titles = re.findall(r"^表\d+　(.*)$", text, re.M)
    assert titles[:3] == ["结论", "读取的文件和工作表", "各法院报送情况"]
    assert [one for one in titles[1:] if one != "数据质量"] == [
        line for line in result.out.splitlines() if line in titles
    ]
    sheets = [sheet.name for sheet in filled_sheets(out / "2025Q3-check.xlsx")]
    assert [name.split(maxsplit=1)[1] for name in sheets] == titles


@pytest.mark.parametrize("name", ["甲|乙*丙_丁`.csv", "a<b>[c](d).csv", "=案件#1.csv"])
def test_a_name_with_marks_stays_one_cell(tmp_path, name):
    found, templates = facts(place(tmp_path, name=name))
    line = next(one for one in page.markdown(found, templates).splitlines() if one.endswith("| 8 | 7 | 1 |"))
    assert len(re.findall(r"(?<!\\)\|", line)) == 5
    assert re.sub(r"\\(.)", r"\1", line) == f"| {name} | 8 | 7 | 1 |"


def test_long_tables_show_in_a_terminal_what_is_to_be_looked_at(tmp_path):
    found, templates = facts(place(tmp_path))
    one = found.reported[0]
    full = tuple((3, 2) for _ in found.months)
    many = tuple(replace(one, name=f"第{n}法院", months=full if n else one.months) for n in range(page.FEW + 1))
    text = page.terminal(replace(found, reported=many), templates)
    assert "第0法院" in text and "第1法院" not in text
    assert f"其余{page.FEW}行没有需要注意的" in text
    assert f"第{page.FEW}法院" in page.markdown(replace(found, reported=many), templates)


def test_silent_courts_and_beginnings_have_their_places(tmp_path):
    found, templates = facts(place(tmp_path))
    gap, since = "没有报送或者没有报全的", "比较起点"
    assert not {gap, since} & {one.title for one in page.tables(replace(found, silent=(), beginnings=()), templates)}
    told = "本期没有案件，按以往约为新收40件、审执结38件"
    more = replace(
        found,
        silent=(
            Silent("城西区法院", date(2025, 6, 30), told, stops=True),
            Silent("城东区法院", None, "本期没有案件", stops=False),
        ),
        beginnings=(
            FirstWhole("结案、审理天数", "2025年10月", "2025年1月起立案"),
            FirstWhole("未结", "", "没有旧存"),
        ),
    )
    tables = {one.title: one for one in page.tables(more, templates)}
    assert tables[gap].rows == (
        ("城西区法院", "2025-06-30", told, "不出通报"),
        ("城东区法院", "—", "本期没有案件", "提示"),
    )
    assert [row[1] for row in tables[since].rows] == ["2025年10月", "—"]
    assert "没有报送或者没有报全的法院：城西区法院\n" in page.terminal(more, templates)


# After a run


def test_a_run_ends_with_what_to_open_what_to_read_and_what_comes_next(tmp_path, tongbao):
    result = tongbao("run", "-w", place(tmp_path), *ASKED, "--format", "md")
    assert result.code == 0, result.err
    opened, first, why, after = result.out.splitlines()[-4:]
    assert opened == f"请打开：{tmp_path / 'out/2025Q3/2025Q3-general.md'}"
    assert first.startswith("先看：") and "未用1行" in first
    assert why == f"原因和处理：tongbao check -w {tmp_path} --period 2025Q3"
    assert after == f"改好、审阅后签发：tongbao ledger sign 2025Q3-general -w {tmp_path} --by 姓名"
    path = tmp_path / "out/2025Q3/2025Q3-general.md"
    path.write_text(path.read_text("utf-8").replace("不作排名", "不排名次"), "utf-8")
    again = tongbao("run", "-w", tmp_path, *ASKED, "--format", "md")
    assert "有手工修改，没有覆盖" in again.err and "请打开" not in again.out
    assert tongbao("ledger", "sign", "2025Q3-general", "-w", tmp_path, "--by", "李某").code == 0
    assert tongbao(*why.split("tongbao ")[1].split(), "--as-of", "2025-10-20").code == 0
