"""The lists of cases that courts work through: their own numbers, their own departments, the pieces that derive."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from by_hand import reading, write_csv

from reports import catalogue
from reports.courts.periods import parse_period
from reports.model import ALL_LINES, CaseList, Flag, Reference
from reports.pipeline.bulletins import write
from reports.pipeline.findings import findings as findings_of
from reports.pipeline.job import Job
from reports.pipeline.subjects import narrowed, subjects
from reports.tally.cases import VALUE, cases_behind, short_list
from reports.tally.reach import fitted
from reports.workspace import find

PERIOD = parse_period("2025Q3")
# Two appeals come from 城东; the data do not hold the first of them, and the second is written in another way there.
CASES = """案号|经办法院|案由|立案日期|结案日期|结案方式|原审案号|承办部门|承办人
（2025）辽0102民初1号|辽0102|离婚纠纷|2025-07-02|2025-08-01|判决||民一庭|张三
（2025）辽0102民初2号|辽0102|买卖合同纠纷|2025-07-03||||民二庭|李四
（2025）辽0102执1号|辽0102|买卖合同纠纷|2025-07-04||||执行局|王五
（2025）辽0102执恢1号|辽0102|买卖合同纠纷|2025-07-05|||（2025）辽0102执1号|执行局|王五
（2025）辽01民终1号|辽01|离婚纠纷|2025-08-20|2025-09-20|改判|(2025)辽0102民初0001号|民三庭|赵六
（2025）辽01民终2号|辽01|借款合同纠纷|2025-08-21|||（2024）辽0102民初9号|民四庭|钱七
"""


@pytest.fixture
def cases(tmp_path):
    with reading(write_csv(tmp_path / "c.csv", list(csv.DictReader(StringIO(CASES), delimiter="|")))) as table:
        yield table, fitted(catalogue.load("all"), table)


def red(indicator: str, direction: str = "up") -> Flag:
    against = Reference("own_history", None, "")
    return Flag("2025Q3", "辽0102", ALL_LINES, indicator, "red", "red", direction, ("R2",), 1.0, 1, 1, against, None)  # type: ignore[arg-type]


def test_an_appeal_stands_beside_the_number_and_department_of_the_court_it_came_from(cases):
    table, edition = cases
    found = cases_behind(table, edition, PERIOD, court="辽0102", line="全部", indicator="appeal_rate", judges=True)
    told = ["原审案号", "案号", "计入法院", "经办法院", "承办部门", "该院部门", "该院承办人"]
    assert found["数值"].sum() == 2
    assert ["|".join(map(str, row)) for row in found[told].fillna("").to_numpy()] == [
        "(2025)辽0102民初0001号|（2025）辽01民终1号|天枢市城东区法院|天枢市中院|民三庭|民一庭|张三",
        "（2024）辽0102民初9号|（2025）辽01民终2号|天枢市城东区法院|天枢市中院|民四庭||",
    ]


def test_a_list_of_ones_own_cases_has_no_further_columns(cases):
    table, edition = cases
    found = cases_behind(table, edition, PERIOD, court="辽0102", line="全部", indicator="filed")
    assert not {"原审案号", "计入法院", "该院部门"} & set(found)
    assert set(found["经办法院"]) == {"天枢市城东区法院"}


@pytest.mark.parametrize("judges", [False, True])
def test_the_list_of_a_bulletin_tells_a_court_its_own_side_of_an_appeal(cases, judges):
    table, edition = cases
    found = short_list(table, edition, PERIOD, red("appeal_rate"), judges=judges)
    heads = ("原审案号", "案号", "案由", "立案日期", "结案日期", "该院部门")
    assert found.what == "计入比率的案件", "no court is told of numerators"
    assert found.heads == (*heads, "该院承办人") if judges else heads
    assert found.rows[0][:6] == (
        "(2025)辽0102民初0001号", "（2025）辽01民终1号", "离婚纠纷", "2025-08-20", "2025-09-20", "民一庭",
    )  # fmt: skip
    assert found.rows[1][5] == ""  # not in the data: the page prints a dash
    assert not {"民三庭", "民四庭", "赵六", "钱七"} & {cell for row in found.rows for cell in row}


def test_the_pieces_beyond_the_suits_are_listed_for_the_ratio_of_pieces(cases):
    table, edition = cases
    behind = cases_behind(table, edition, PERIOD, court="辽0102", line="全部", indicator="case_piece_ratio")
    assert behind[VALUE].sum() == 6  # two suits, and what they led to
    found = short_list(table, edition, PERIOD, red("case_piece_ratio"), judges=False)
    assert (found.what, found.total, len(found.rows)) == ("一审之外另行计入的案件", 4, 4)
    assert [row[found.heads.index("案号")] for row in found.rows] == [
        "（2025）辽0102执1号", "（2025）辽0102执恢1号", "（2025）辽01民终1号", "（2025）辽01民终2号",
    ]  # fmt: skip
    assert [row[found.heads.index("该院部门")] for row in found.rows] == ["执行局", "执行局", "民一庭", ""]


def test_the_lists_stand_in_the_order_in_which_the_text_tells_of_them(province):
    job = Job(find(province), parse_period("2026Q3", cutoff_day=0), date(2026, 11, 22), date(2026, 10, 20))
    found = findings_of(job, gated=True)
    # The court with the smaller code has the indicator that the catalogue tells of later.
    order = [name for name in found.catalogue.indicators if name in ("within_limit", "appeal_rate")]
    early, late = (
        replace(found.flags[0], court=court, indicator=name, severity="red")
        for court, name in zip(("辽0103", "辽0102"), order, strict=True)
    )
    lists = {flag.key: CaseList("案件", 1, ("案号",), (("（2026）某号",),)) for flag in (late, early)}
    planted = replace(found, flags=(late, early), case_lists=lists)
    (subject,) = subjects(job.kinds["court"], planted, court="辽01")
    text = write(job, job.kinds["court"], subject, narrowed(planted, subject)).markdown
    names = [found.catalogue.indicators[flag.indicator].name for flag in (early, late)]
    annex = text.split("：重点问题案件清单", 1)[1]
    headings = re.findall(r"^### （.）(.*)$", text.split("、需要核查整改的问题")[1].split("、工作要求")[0], re.M)
    assert headings == names
    assert re.findall(r"^\S+法院(\S+?)：案件1件", annex, re.M) == names
