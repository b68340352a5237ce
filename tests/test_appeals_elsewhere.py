"""Appeals lie with the court above: without its rows no appeal means nothing, with or without a column 原审案号."""

import csv
from dataclasses import replace
from io import StringIO

import pytest
from by_hand import compared, reading, write_csv

from reports import catalogue
from reports.courts.periods import parse_period
from reports.tally.cases import cases_behind
from reports.tally.reach import fitted

HEAD = "案号|经办法院|立案日期|结案日期|结案方式|原审案号|是否上诉|二审结案日期|二审结果"
# 城东 has appeals with 天枢中院; 天枢中院's own judgments are appealed to the high court, which has no rows.
CITY = """
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|判决|||||
（2025）辽0102民初2号|辽0102|2025-01-06|2025-07-10|判决|||||
（2025）辽0102民初3号|辽0102|2025-01-06|2025-07-10|判决|||||
（2025）辽0102民初4号|辽0102|2025-01-06|2025-07-10|判决|||||
（2025）辽01民终1号|辽01|2025-07-20|2025-09-20|改判|（2025）辽0102民初1号|||
（2025）辽01民初1号|辽01|2025-01-06|2025-07-10|判决|||||
（2025）辽01民初2号|辽01|2025-01-06|2025-07-10|判决|||||
"""
ALONE = """
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|判决||是|2025-09-20|改判
（2025）辽0102民初2号|辽0102|2025-01-06|2025-07-10|判决||否||
（2025）辽0102民初3号|辽0102|2025-01-06|2025-07-10|判决||否||
（2025）辽0102民初4号|辽0102|2025-01-06|2025-07-10|判决||否||
（2025）辽0102民再5号|辽0102|2025-07-06|2025-07-10|判决|（2024）辽0102民初5号|||
"""


def table(tmp_path, text, *, without=()):
    rows = csv.DictReader(StringIO(HEAD + text), delimiter="|")
    return write_csv(
        tmp_path / "c.csv", [{k: v or "" for k, v in row.items() if k and k not in without} for row in rows]
    )


def value(cells, court, indicator="appeal_rate"):
    return cell(cells, court, indicator).now


def cell(cells, court, indicator="appeal_rate"):
    return next(one for one in cells if (one.court, one.line, one.indicator) == (court, "全部", indicator))


def test_a_court_alone_goes_by_what_it_filled_in(tmp_path):
    cells = compared(table(tmp_path, ALONE), "2025Q3")
    assert value(cells, "辽0102") == (1, 4)
    assert value(cells, "辽0102", "first_reversal_rate") == (1, 4)
    cells = compared(table(tmp_path, ALONE, without=["原审案号"]), "2025Q3")
    assert value(cells, "辽0102") == (1, 4)


def test_a_court_alone_that_filled_in_nothing_has_no_rate_and_the_reason(tmp_path):
    cells = compared(table(tmp_path, ALONE.replace("是|2025-09-20|改判", "||").replace("否", "")), "2025Q3")
    assert ("辽0102", "全部", "appeal_rate") not in {(c.court, c.line, c.indicator) for c in cells}
    assert cells.untold["appeal_rate"] == "数据中没有二审案件，一审案件也没有填写上诉和二审情况"


def test_the_citys_own_first_instances_do_not_dilute_its_rate(tmp_path):
    cells = compared(table(tmp_path, CITY), "2025Q3")
    assert value(cells, "辽01") == (1, 4)
    assert value(cells, "辽0102") == (1, 4)
    own = [one for one in cells if (one.court, one.line, one.indicator) == ("辽01本级", "全部", "appeal_rate")]
    assert [one.text for one in own] in ([], ["—"])


def test_a_city_court_that_filled_in_its_own_is_counted_by_that(tmp_path):
    text = CITY.replace(
        "（2025）辽01民初1号|辽01|2025-01-06|2025-07-10|判决|||||",
        "（2025）辽01民初1号|辽01|2025-01-06|2025-07-10|判决||是||",
    )
    cells = compared(table(tmp_path, text), "2025Q3")
    assert value(cells, "辽01") == (2, 6)
    assert value(cells, "辽01本级") == (1, 2)


@pytest.mark.parametrize(("court", "n", "d"), [("辽01", 1, 4), ("辽0102", 1, 4), ("辽01本级", 0, 0)])
def test_the_cases_behind_are_those_counted(tmp_path, court, n, d):
    path = table(tmp_path, CITY)
    with reading(path) as cases:
        edition = fitted(catalogue.load(), cases)
        for denominator, number in ((False, n), (True, d)):
            found = cases_behind(cases, edition, parse_period("2025Q3"), court=court, line="全部",
                                 indicator="appeal_rate", denominator=denominator)  # fmt: skip
            assert len(found) == number


def test_judgments_before_the_court_of_appeal_begins_are_on_neither_side(tmp_path):
    early = "".join(f"（2025）辽0102民初{n}号|辽0102|2025-01-02|2025-02-10|判决|||||\n" for n in (7, 8, 9))
    path = table(tmp_path, CITY + early)
    cells = compared(path, "2025Q3", "2025Q1")
    assert value(cells, "辽0102") == (1, 4)
    assert cell(cells, "辽0102").previous in ((0, 0), (None, None))
    with reading(path) as cases:
        edition = fitted(catalogue.load(), cases)
    text = edition.definition(edition.indicators["appeal_rate"])
    assert "城东区法院的二审数据自2025年7月起，此前的案件不计入该指标" in text
    assert "的二审情况不在数据中，其案件不计入该指标" in text


def test_the_appeal_of_a_case_that_another_court_took_over_follows_that_court(tmp_path):
    text = """
（2025）辽0103民初1号|辽0102|2025-01-06|2025-07-10|判决||||
（2025）辽0103民初2号|辽0103|2025-01-06|2025-07-10|判决||||
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|判决||||
（2025）辽01民终1号|辽01|2025-07-20|2025-09-20|改判|(2025)辽0103民初1号|||
"""
    cells = compared(table(tmp_path, text), "2025Q3")
    assert value(cells, "辽0102") == (1, 2)
    assert value(cells, "辽0103") == (0, 1)
    assert value(cells, "辽01") == (1, 3)


def test_a_theme_goes_by_the_appeals_of_all_cases(tmp_path):
    def row(number, kind, cause, filed, concluded, origin=""):
        court = "辽01" if kind == "民终" else "辽0102"
        return {"案号": f"（{filed[:4]}）{court}{kind}{number}号", "经办法院": court, "案由": cause, "立案日期": filed,
                "结案日期": concluded, "原审案号": origin}  # fmt: skip

    first = "（2024）辽0102民初1号"
    rows = [
        row(1, "民初", "离婚纠纷", "2024-06-01", "2024-07-10"),
        row(2, "民初", "买卖合同纠纷", "2024-06-01", "2024-07-10"),
        row(1, "民终", "买卖合同纠纷", "2024-07-20", "2024-09-10", "（2024）辽0102民初2号"),
        row(2, "民终", "离婚纠纷", "2025-07-20", "2025-09-10", first),  # the first of this cause, a year later
    ]
    with reading(write_csv(tmp_path / "c.csv", rows)) as cases:
        cases.connection.execute("CREATE VIEW themed AS SELECT * FROM cases WHERE cause = '离婚纠纷'")
        themed = replace(cases, relation="themed", whole=cases.relation)
        assert fitted(catalogue.load(), themed).apart == fitted(catalogue.load(), cases).apart
        assert not any(one.late for one in fitted(catalogue.load(), themed).apart)
        assert any(one.late for one in fitted(catalogue.load(), replace(cases, relation="themed")).apart)
