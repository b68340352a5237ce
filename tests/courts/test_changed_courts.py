"""Courts that were merged, split, renamed, founded or abolished: one history, with today's court."""

from __future__ import annotations

from datetime import date

import pytest
from by_hand import reading

from reports import catalogue, read
from reports.courts import court_table
from reports.courts.codes import describe
from reports.courts.court_table import load
from reports.courts.periods import parse_period
from reports.coverage import activity, beginning, reported
from reports.errors import ConfigError
from reports.tally import tally

# 城北 went into 城东 in the middle of 2026; 玉衡县 became 玉衡区, with another code; 城西 was called 城郊 before.
TABLE = """代码,名称,层级,上级,起,止,并入
豫,天元省高级人民法院,高院,,,,
豫01,天枢市中级人民法院,中院,豫,,,
豫0102,天枢市城东区人民法院,基层法院,豫01,,,
豫0103,天枢市城西区人民法院,基层法院,豫01,,,
豫0104,天枢市玉衡区人民法院,基层法院,豫01,2026年1月1日,,
豫0105,天枢市城北区人民法院,基层法院,豫01,,2026/6/30,豫0102
豫0122,玉衡县人民法院,基层法院,豫01,,2025-12-31,天枢市玉衡区人民法院
豫0103,天枢市城郊区人民法院,基层法院,豫01,,2025-06-30,豫0103
"""


def courts(tmp_path, text=TABLE):
    (tmp_path / "courts.csv").write_text(text, "utf-8")
    return load(tmp_path / "courts.csv")


def test_what_is_a_former_courts_is_its_successors(tmp_path):
    tree = courts(tmp_path)
    assert [court.code for court in tree.courts] == ["豫", "豫01", "豫0102", "豫0103", "豫0104"]
    for text, code in {
        "豫0105": "豫0102",
        "城北区人民法院": "豫0102",
        "玉衡县人民法院": "豫0104",
        "豫0122": "豫0104",
        "天枢市城郊区人民法院": "豫0103",
        "豫0103": "豫0103",
    }.items():
        assert tree.find(text).code == code
    assert tree.successor("豫0122") == "豫0104"
    assert tree.by_code["豫0104"].since == date(2026, 1, 1)
    assert tree.founded == {}  # the county's court went into it: its history is older


def test_a_court_that_was_merged_twice_belongs_to_the_last(tmp_path):
    more = "豫0106,天枢市城南区人民法院,基层法院,,,2024-12-31,豫0105\n"
    assert courts(tmp_path, TABLE + more).find("豫0106").code == "豫0102"


def test_the_table_is_written_as_it_was_read(tmp_path):
    tree = courts(tmp_path)
    court_table.write(tree, tmp_path / "again.csv")
    again = load(tmp_path / "again.csv")
    assert again == tree


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("豫0106,甲法院,基层法院,,,,豫0109", "第10行“并入”“豫0109”不是表中现有的法院"),
        ("豫0106,甲法院,基层法院,,,,豫0106", "第10行“并入”“豫0106”不是表中现有的法院"),
        ("豫0106,甲法院,基层法院,豫01,2026-02-30,,", "第10行“起”“2026-02-30”不是日期；应写成2026-06-30的形式"),
        ("豫0106,甲法院,基层法院,豫01,2026-02-01,2026-01-31,", "第10行“止”2026-01-31早于“起”2026-02-01"),
    ],
)
def test_mistakes(row, said, tmp_path):
    with pytest.raises(ConfigError) as error:
        courts(tmp_path, TABLE + row + "\n")
    assert said in str(error.value)


CASES = """案号,经办法院,立案日期,结案日期,结案方式
（2025）豫0122民初1号,玉衡县人民法院,2025-01-06,2025-03-10,判决
（2025）豫0122民初2号,玉衡县人民法院,2025-01-07,2026-03-11,判决
（2026）豫0104民初1号,天枢市玉衡区人民法院,2026-01-08,2026-02-12,调解
（2026）豫0105民初1号,城北区人民法院,2026-01-09,2026-02-13,撤诉
（2026）豫0102民初1号,城东区人民法院,2026-01-12,,
（2026）豫0105民初2号,城东区法庭,2026-01-13,2026-03-16,判决
"""


def test_counts_and_bases_are_the_successors(tmp_path):
    """Both 玉衡 numbers are one court's; 城北's conclusion is 城东's, and so is what 城东 says of 城北's number."""
    path = tmp_path / "cases.csv"
    path.write_text(CASES, "utf-8")
    with reading(path, courts=TABLE) as cases:
        assert cases.rows_used == 6
        rows = cases.rows("SELECT court, count(*) FROM cases GROUP BY 1 ORDER BY 1")
        assert rows == [("豫0102", 3), ("豫0104", 3)]
        (note,) = (one for one in cases.notes if one.id == "former_courts")
        assert note.text.startswith("已经撤并或者更名的法院，各期案件计入现在的法院（")
        assert "玉衡县人民法院计入天枢市玉衡区人民法院" in note.text and note.count == 2
        assert not [one for one in cases.notes if one.id == "other_court"]  # the old code is the court's own
        found = tally(cases, catalogue.load(), [parse_period("2025Q1"), parse_period("2026Q1")]).frame
    concluded = found["concluded_dated"].to_dict()
    assert concluded["豫0104", "全部", "2025Q1"] == 1
    assert concluded["豫0104", "全部", "2026Q1"] == 2
    assert concluded["豫0102", "全部", "2026Q1"] == 2


def test_an_appeal_from_a_former_court_is_the_successors(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text(
        "案号,经办法院,立案日期,结案日期,结案方式,原审案号\n"
        "（2026）豫01民终1号,天枢市中级人民法院,2026-01-06,2026-03-10,改判,（2025）豫0122民初1号\n",
        "utf-8",
    )
    with reading(path, courts=TABLE) as cases:
        assert cases.rows("SELECT origin_court, starting_court FROM cases") == [("豫0104", "豫0104")]


def test_rows_of_an_indicator_table_add_up(tmp_path):
    (tmp_path / "T.csv").write_text(
        "court,indicator,period,numerator,denominator\n"
        "城北区人民法院,appeal_rate,2025Q3,2,20\n豫0102,appeal_rate,2025Q3,5,30\n豫0102,appeal_rate,2026Q3,6,60\n",
        "utf-8",
    )
    table = read.read_indicator_table(
        [tmp_path / "T.csv"], catalogue=catalogue.load(), every=catalogue.load(), tree=courts(tmp_path)
    )
    cells = table.frame[["court", "period", "numerator", "denominator"]].values.tolist()
    assert cells == [["豫0102", "2025Q3", 7, 50], ["豫0102", "2026Q3", 6, 60]]


# Founded later, abolished: nothing is missing

MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025, 2026) for month in range(1, 13)][:33]
TWO = "代码,名称,层级,上级,起,止,并入\n豫0102,城东区人民法院,基层法院,,,,\n豫0103,城西区人民法院,基层法院,,{},{},\n"


def monthly(tmp_path, months):
    """30 cases a month, each concluded 80 days later, of 城东 in every month and of 城西 in some."""
    lines = ["案号,经办法院,立案日期,结案日期,结案方式"]
    for code, name, of in (("豫0102", "城东区人民法院", MONTHS), ("豫0103", "城西区人民法院", months)):
        for place, month in enumerate(of):
            for day in range(1, 29):
                ended = date.fromordinal(date.fromisoformat(f"{month}-{day:02d}").toordinal() + 80)
                shown = ended if ended < date(2026, 10, 1) else ""
                lines.append(f"（{month[:4]}）{code}民初{place * 30 + day}号,{name},{month}-{day:02d},{shown},判决")
    (tmp_path / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path / "cases.csv"


def test_data_that_begin_with_the_founding_lack_nothing(tmp_path):
    path = monthly(tmp_path, MONTHS[18:])
    later = {}
    for since in ("", "2025-07-01"):
        with reading(path, courts=TWO.format(since, "")) as cases:
            later[since] = dict(beginning.beginning(cases, catalogue.load()).later)
    assert later == {"": {"豫0103": date(2025, 7, 1)}, "2025-07-01": {}}


def test_a_court_that_was_closed_in_the_period_is_not_missed(tmp_path):
    period, path = parse_period("2026Q3"), monthly(tmp_path, MONTHS[:30])
    with reading(path, courts=TWO.format("", "2026-07-05")) as cases:
        found = activity(cases, date(2024, 1, 1), period.end)
        codes = ["豫0102", "豫0103"]
        assert [one.missing for one in reported(found, period, codes)] == [False, True]
        assert [one.missing for one in reported(found, period, codes, {"豫0103"})] == [False, False]
        court = cases.tree.by_code["豫0103"]
        assert court.exists(period.start, period.end)
        assert not court.exists(date(2026, 10, 1), date(2026, 12, 31))


# Numbers as courts write them


@pytest.mark.parametrize(
    ("number", "court", "level", "parent"),
    [
        ("（2026）豫9001民初12号", "豫9001", "basic", "豫96"),  # 济源, a county-level city directly under the province
        ("（2026）豫96民终3号", "豫96", "intermediate", "豫"),
        ("（2025）鄂9004民初7号", "鄂9004", "basic", "鄂96"),  # 仙桃
        ("（2025）琼9001民初7号", "琼9001", "basic", None),
        ("（2025）沪72民初18号", "沪72", "intermediate", "沪"),  # 海事
        ("（2025）京73行初118号", "京73", "intermediate", "京"),  # 知识产权
        ("（2025）沪74民终9号", "沪74", "intermediate", "沪"),  # 金融
        ("（2025）京0491民初5号", "京0491", "basic", "京04"),  # 互联网
        ("（2025）粤0192民初5号", "粤0192", "basic", "粤01"),
        ("（2025）豫7101民初2号", "豫7101", "basic", "豫71"),  # 铁路
        ("（2025）兵0101刑初6号", "兵0101", "basic", "兵01"),
        ("（2025）兵01民终6号", "兵01", "intermediate", "兵"),
        ("（2025）京0108民初66号", "京0108", "basic", None),
        ("（2025）津0116民初66号", "津0116", "basic", None),
        ("（2025）沪0115民初66号", "沪0115", "basic", None),
        ("（2025）渝0112民初66号", "渝0112", "basic", None),
    ],
)
def test_real_forms(number, court, level, parent):
    from reports.courts.case_no import parse

    read_ = parse(number)
    assert (read_.valid, read_.court, read_.level) == (True, court, level)
    facts = describe(court)
    if parent:
        assert facts.parent == parent and "待核" not in facts.note
    else:
        assert facts.parent == court[0] and "待核" in facts.note  # no source says which intermediate court
