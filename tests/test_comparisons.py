"""What is compared with what, in which words: 环比, 同比, 较上一累计期, changed definitions, restated bases, months."""

import json
from datetime import date

import pandas as pd
import pytest

from reports.catalogue import load
from reports.compare import values
from reports.courts.periods import parse_period
from reports.ledger import Memory, printed_then, record
from reports.model import Printed, Tally
from reports.pipeline.job import choose_period
from reports.workspace import Config, PeriodTable, Workspace, find

ROWS = """court,indicator,period,numerator,denominator
辽0102,appeal_rate,2024Q1-Q3,90,900
辽0102,appeal_rate,2025H1,70,600
辽0102,appeal_rate,2025Q1-Q3,105,1000
辽0102,filed,2024Q1-Q3,0,
辽0102,filed,2025H1,12,
辽0102,filed,2025Q1-Q3,30,
"""


def compared(tongbao, folder, text, *options, config=""):
    """indicator → its comparison of 辽0102."""
    folder.mkdir(exist_ok=True)
    (folder / "t.csv").write_text(text, "utf-8")
    if config:
        (folder / "tongbao.toml").write_text(config, "utf-8")
    result = tongbao("compare", "-w", folder, "--table", folder / "t.csv", *options, "--json")
    assert result.code == 0, result.err
    return {one["indicator"]: one for one in json.loads(result.out)["comparisons"]}


def test_cumulative_values_are_compared_with_the_year_before_only(tongbao, tmp_path):
    found = compared(tongbao, tmp_path / "a", ROWS, "--period", "2025Q1-Q3")
    rate, filed = found["appeal_rate"], found["filed"]
    assert rate["previous"] is None and "previous_cumulative" not in rate
    assert rate["year_before"]["change_text"] == "上升0.50个百分点"
    assert filed["year_before"]["change_text"] == "去年同期无此类案件，增加30件"


def test_the_cumulative_period_before_has_words_of_its_own_where_it_is_asked_for(tongbao, tmp_path):
    folder, config = tmp_path / "a", "[period]\nprevious_cumulative = true\n"
    rate = compared(tongbao, folder, ROWS, "--period", "2025Q1-Q3", config=config)["appeal_rate"]
    along = rate["previous_cumulative"]
    assert (along["period"], along["change_text"]) == ("2025H1", "下降1.17个百分点")
    text = tongbao("compare", "-w", folder, "--table", folder / "t.csv", "--period", "2025Q1-Q3").out
    assert "较上半年下降1.17个百分点，同比上升0.50个百分点" in text and "环比" not in text


SCOPED = """court,indicator,period,numerator,denominator,scope
辽0102,appeal_rate,2024Q3,50,500,2024
辽0102,appeal_rate,2025Q2,60,500,2025
辽0102,appeal_rate,2025Q3,66,500,2025
"""


def test_another_definition_is_not_compared_unless_it_is_mapped(tongbao, tmp_path):
    rate = compared(tongbao, tmp_path / "a", SCOPED, "--period", "2025Q3")["appeal_rate"]
    assert rate["previous"]["change_text"] == "上升1.20个百分点"
    assert rate["year_before"]["change"] is None and rate["year_before"]["numerator"] is None
    assert rate["year_before"]["change_text"] == "去年同期口径不同，不作比较"
    config = '[[scope]]\nindicator = "appeal_rate"\nsame = ["2024", "2025"]\nsource = "某文件：两种口径结果相同"\n'
    mapped = compared(tongbao, tmp_path / "b", SCOPED, "--period", "2025Q3", config=config)["appeal_rate"]
    assert mapped["year_before"]["change_text"] == "上升3.20个百分点"


# After a change of definition the history before it serves no test.
def test_another_definition_ends_the_history(tongbao, tmp_path):
    rows = ["court,indicator,period,numerator,denominator,scope"]
    for court in range(1, 9):
        for i, key in enumerate(f"{year}Q{q}" for year in (2024, 2025) for q in range(1, 5)):
            rows.append(
                f"辽01{court:02d},appeal_rate,{key},{50 + (court * 7 + i * 3) % 11 + (60 if i == 7 else 0)},500,{'旧' if i < 6 else '新'}"
            )
    path = tmp_path / "t.csv"
    for text, rules, past in (
        ("\n".join(rows), ["R5"], False),
        ("\n".join(rows).replace("旧", "新"), ["R2", "R5"], True),
    ):
        path.write_text(text.replace("辽0105,appeal_rate,2025Q4,1", "辽0105,appeal_rate,2025Q4,3"), "utf-8")
        found = json.loads(tongbao("flags", "--table", path, "--period", "2025Q4", "--json").out)
        (flag,) = [one for one in found["flags"] if one["court"] == "辽0105"]
        # Two quarters of the new definition are no history: the court is held against its peers of the quarter alone.
        assert flag["rules"] == rules and ("此前7个季度" in flag["evidence"]) == past
        assert (
            ("全部", "历史数据不足，不作变动评价") in [(u["court"], u["reason"]) for u in found["untested"]]
        ) != past


def test_a_base_that_reads_otherwise_today_is_told(small, tongbao):
    plain = json.loads(tongbao("compare", "-w", small, "--period", "2026Q3", "--json").out)["comparisons"]
    mine = [one for one in plain if one["court"] == "辽01" and one["line"] == "全部"]
    base = {one["indicator"]: (one["year_before"]["numerator"], one["year_before"]["denominator"]) for one in mine}
    period = find(small)
    before = choose_period(period, "2025Q3", date(2026, 10, 20))
    x, n = base["appeal_rate"]
    then = [
        Printed("2025Q3", "辽01", "全部", "appeal_rate", (x + 40, n), "1"),
        Printed("2025Q3", "辽01", "全部", "filed", base["filed"], "1"),
        Printed(
            "2025Q3", "辽01", "全部", "average_days", (base["average_days"][0] + 99_999, base["average_days"][1]), "旧"
        ),
    ]
    record(small / "tongbao.db", [], at="2025-10-20", memory=Memory(before, {}, then))
    last = choose_period(period, "2026Q2", date(2026, 10, 20))
    (y,) = [one["previous"]["numerator"] for one in mine if one["indicator"] == "filed"]
    late = [
        Printed("2026Q2", "辽01", "全部", "filed", (y - 7, None), "1")
    ]  # seven cases were entered after the circular
    record(small / "tongbao.db", [], at="2026-07-20", memory=Memory(last, {}, late))
    again = json.loads(tongbao("compare", "-w", small, "--period", "2026Q3", "--json").out)["comparisons"]
    notes = {one["indicator"]: one["note"] for one in again if one["court"] == "辽01" and one["line"] == "全部"}
    rate = next(one for one in mine if one["indicator"] == "appeal_rate")["year_before"]["text"]
    assert notes["appeal_rate"] == f"去年同期数据按最新数据核正：当时通报为{(x + 40) / n * 100:.2f}%，现为{rate}"
    assert notes["average_days"].startswith("去年同期数据按最新口径核正")
    assert notes["filed"] == f"上期数据按最新数据核正：当时通报为{y - 7}件，现为{y}件"
    assert tongbao("bulletin", "-w", small, "--period", "2026Q3", "--format", "md", "-q").code == 0
    text = (small / "out/2026Q3/2026Q3-general.md").read_text("utf-8")
    assert f"上诉率的{notes['appeal_rate']}" in text and "有关变动均按核正后的数据计算" in text


def test_a_run_keeps_what_it_printed(small, tongbao):
    assert tongbao("run", "-w", small, "--period", "2026Q3", "--format", "md", "-q").code == 0
    period = choose_period(find(small), "2026Q3", date(2026, 10, 20))
    kept = printed_then(small / "tongbao.db", period)
    shown = json.loads(tongbao("compare", "-w", small, "--period", "2026Q3", "--json").out)["comparisons"]
    for one in shown:
        if one["line"] == "全部":
            assert kept[one["court"], "全部", one["indicator"]].value == (
                one["now"]["numerator"],
                one["now"]["denominator"],
            )


@pytest.mark.parametrize(
    ("day", "key"),
    [
        ((2025, 2, 10), "2024-12"),
        ((2025, 3, 10), "2025-01..02"),
        ((2025, 4, 10), "2025-03"),
        ((2025, 12, 1), "2025-11"),
    ],
)
def test_january_and_february_are_one_month(tmp_path, day, key):
    workspace = Workspace(tmp_path, Config(period=PeriodTable(months=1)))
    assert choose_period(workspace, None, date(*day)).key == key


def test_a_count_without_any_row_has_no_value_of_a_period_made_of_several():
    """As that of serial cases which belong to no court of the table, in a circular of a year."""
    catalogue = load("core")
    quarters = parse_period("2025").split(3)
    terms = sorted(catalogue.terms)
    places = pd.MultiIndex.from_arrays([[], [], []], names=["court", "line", "period"])
    none = Tally(pd.DataFrame({name: [] for name in terms}, index=places, dtype="int64"), quarters, {})
    assert values(none, catalogue, [parse_period("2025")], most_unknown=0.5).empty
