"""Every rule on single rows fires on its planted row, counts it once, and is silent on clean rows."""

from __future__ import annotations

import pytest
from clean_rows import CITY, RULES, appeal, checked, civil, clean, enforcement, found

from reports.quality import groups
from reports.quality.counted import COUNTED
from reports.quality.row_rules import BUILT_IN

PLANTED = {
    "unreadable_date": civil(3, 结案日期="2025-02-30"),
    "no_dates": civil(3, 立案日期="", 结案日期=""),
    "no_filed": civil(3, 立案日期=""),
    "future_date": civil(3, 结案日期="2099-12-31"),
    "early_filed": civil(3, 立案日期="1985-05-06"),
    "placeholder_date": civil(3, 结案日期="1900-01-01", 结案方式="", 送达日期=""),
    "placeholder_deadline": civil(3, 应结案日期="2099-12-31"),
    "concluded_before_filed": civil(3, 结案日期="2025-05-05"),
    "too_long": civil(3, 立案日期="2001-05-06"),
    "same_day_judgment": civil(3, 结案日期="2025-05-06", 结案方式="判决", 送达日期="2025-05-06"),
    "concluded_before_served": civil(3, 送达日期="2025-07-16"),
    "duplicate_number": civil(2, 承办人="承办人0002"),
    "several_numbers": civil(3, 案号="（2025）辽0102民初31-33号"),
    "no_number": civil(3, 案号=""),
    "unreadable_number": civil(3, 案号="案号待补录3"),
    "old_number": civil(3, 案号="（2014）东民一初字第174号", 立案日期="2014-05-06"),
    "unknown_type": civil(3, 案号="（2025）辽0102民胡3号"),
    "number_year": civil(3, 案号="（2024）辽0102民初3号"),
    "number_court": civil(3, 案号="（2025）辽0103民初3号"),
    "no_court": civil(3, 经办法院="查无此院人民法院", 案号="（2025）吉0102民初3号"),
    "stage_level": appeal(3, 经办法院="天枢市城东区人民法院", 案号="（2025）辽0102民终3号"),
    "no_origin": appeal(3, 原审案号=""),
    "origin_unreadable": appeal(3, 原审案号="见卷宗"),
    "origin_itself": appeal(3, 原审案号="（2025）辽01民终3号"),
    "second_before_first": appeal(3, 立案日期="2025-07-14", 原审案号="（2025）辽0102民初1号"),
    "no_outcome": civil(3, 结案方式=""),
    "open_outcome": civil(3, 结案日期="", 送达日期=""),
    "criminal_mediated": civil(3, 案号="（2025）辽0102刑初3号"),
    "outcome_stage": civil(3, 结案方式="发回重审"),
    "deadline_before_filed": civil(3, 应结案日期="2025-05-05"),
    "deadline_far": civil(3, 应结案日期="2029-08-06", 扣除天数=30),
    "excluded_long": civil(3, 扣除天数=366),
    "excluded_negative": civil(3, 扣除天数=-1),
    "excluded_beyond": civil(3, 扣除天数=71),
    "excluded_late": civil(3, 扣除天数=10, 扣除登记日期="2025-07-28"),
    "negative_amount": civil(3, 标的额="-0.01"),
    "huge_amount": civil(3, 标的额="100000000000.01"),
    "recovered_beyond_due": enforcement(3, 到位金额="5000.01"),
    "unreadable_value": civil(3, 标的额="一万元"),
    "odd_hearings": civil(3, 开庭次数=31),
    "no_judge": civil(3, 承办人=""),
    "no_dept": civil(3, 承办部门=""),
    "formula_cell": civil(3, 当事人="=HYPERLINK(A1)"),
    "private_number": civil(3, 案由="张某，身份证号110101199003078515"),
}


def test_every_rule_has_one_way_to_be_checked_and_one_test():
    grouped = {*groups._CHECKS, *groups._SEQUENCES}
    ways = [{name for name, rule in RULES.items() if rule.where is not None}, set(BUILT_IN), grouped, COUNTED]
    assert sorted(name for way in ways for name in way) == sorted(RULES)
    assert set(PLANTED) == ways[0] | ways[1]
    assert len(RULES) >= 25


def test_nothing_is_found_in_clean_rows(tmp_path):
    result = checked(clean(), tmp_path)
    assert [(f.rule.id, f.count) for f in result.findings] == []
    assert set(result.totals) >= set(PLANTED)  # every one of them was really checked


@pytest.mark.parametrize("rule", PLANTED)
def test_a_rule_fires_on_its_planted_row(rule, tmp_path):
    result = checked([*clean(), PLANTED[rule]], tmp_path, rules={rule: RULES[rule]})
    (finding,) = found(result, rule)
    assert finding.count == 1
    assert result.totals[rule][0] == 1
    assert 1 <= finding.base <= 7
    assert finding.examples


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ("concluded_before_filed", civil(3, 结案日期="2025-05-06", 送达日期="")),
        ("too_long", civil(3, 立案日期="2005-07-20")),
        ("same_day_judgment", civil(3, 结案日期="2025-05-06", 结案方式="判决", 适用程序="速裁程序")),
        ("same_day_judgment", civil(3, 结案日期="2025-05-07", 结案方式="判决")),
        ("excluded_late", civil(3, 扣除天数=10, 扣除登记日期="2025-07-27")),
        ("excluded_long", civil(3, 扣除天数=365)),
        ("huge_amount", civil(3, 标的额="100000000000.00")),
        ("second_before_first", appeal(3, 立案日期="2025-07-15", 原审案号="（2025）辽0102民初1号")),
        ("formula_cell", civil(3, 当事人="-", 案由="-12.5")),
        ("private_number", civil(3, 当事人="演示公司 2025年第000001号批次甲某某")),
        ("number_year", civil(3, 案号="（2014）东民一初字第174号")),
        ("placeholder_date", civil(3, 送达日期="")),
    ],
)
def test_a_rule_stops_at_its_bound(rule, row, tmp_path):
    assert not found(checked([*clean(), row], tmp_path, rules={rule: RULES[rule]}), rule)


def test_an_appeal_is_found_beside_its_first_instance_in_either_bracket(tmp_path):
    early = appeal(3, 立案日期="2025-07-14", 原审案号="(2025)辽0102民初1号")
    (finding,) = found(checked([*clean(), early], tmp_path), "second_before_first")
    assert finding.court == "辽01"
    assert finding.examples == ("（2025）辽01民终3号",)


def test_an_appeal_while_the_first_instance_is_open_is_too_early(tmp_path):
    rows = [civil(1, 结案日期="", 结案方式="", 送达日期=""), appeal(1)]
    assert found(checked(rows, tmp_path), "second_before_first")


def test_findings_stand_by_court_with_their_base(tmp_path):
    rows = [*clean(), civil(3, 结案方式=""), appeal(3, 结案方式="", 经办法院=CITY, 原审案号="（2025）辽0102民初2号")]
    result = checked(rows, tmp_path)
    assert [(f.court, f.count, f.base) for f in found(result, "no_outcome")] == [("辽01", 1, 3), ("辽0102", 1, 5)]
    assert result.totals["no_outcome"] == (2, 8)


def test_at_most_five_examples_in_the_order_of_the_file(tmp_path):
    rows = [civil(n, 结案方式="") for n in range(9, 0, -1)]
    (finding,) = found(checked(rows, tmp_path), "no_outcome")
    assert finding.examples == tuple(f"（2025）辽0102民初{n}号" for n in range(9, 4, -1))


def test_a_text_that_is_no_case_number_is_never_an_example(tmp_path):
    rows = [*clean(), civil(3, 案号="张三110101199003078515", 结案方式="")]
    result = checked(rows, tmp_path)
    (finding,) = found(result, "no_outcome")
    assert finding.examples == ("cases.csv第8行",)
    assert "张三" not in repr([f.examples for f in result.findings])


def test_rules_whose_columns_are_missing_are_named_not_passed_over(tmp_path):
    rows = [{key: row[key] for key in ("案号", "经办法院", "立案日期", "结案日期")} for row in clean()]
    result = checked(rows, tmp_path)
    assert result.unchecked["no_outcome"] == "数据中没有“结案方式”"
    assert result.unchecked["negative_amount"]
    assert not set(result.unchecked) & set(result.totals)
    assert not result.findings
