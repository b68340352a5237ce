"""质量: tables a clerk can check. Second-instance cases count for the court named in 原审案号."""

import pytest
from by_clerk import Spec, Untold, check, check_untold

APPEALS = """
案号|经办法院|立案日期|结案日期|结案方式|原审案号
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|判决|
（2025）辽0102民初2号|辽0102|2025-02-06|2025-07-20|判决|
（2025）辽0102民初3号|辽0102|2025-03-06|2025-08-10|调解|
（2025）辽0102刑初4号|辽0102|2025-08-06|2025-09-10|判决|
（2025）辽0102民初5号|辽0102|2025-03-06|2025-06-30|判决|                          # first instance before the window
（2025）辽0102执6号|辽0102|2025-03-06|2025-08-01|执行完毕|                          # no first instance
（2025）辽01民终1号|辽01|2025-05-20|2025-07-30|改判|（2025）辽0102民初9号
（2025）辽01民终2号|辽01|2025-05-21|2025-08-30|发回重审|（2025）辽0102民初8号
（2025）辽01民终3号|辽01|2025-05-22|2025-08-30|维持|（2025）辽0102民初7号
（2025）辽01刑终4号|辽01|2025-05-23|2025-09-01|改判|（2025）辽0102刑初7号
（2025）辽01民终5号|辽01|2025-05-24|2025-10-08|改判|（2025）辽0102民初6号           # after the window
（2025）辽01民终6号|辽01|2025-05-25|2025-08-08|改判|（2025）辽0103民初1号           # another court's judgment
"""
# The same from rows of the first instance, as one court exports them.
ON_FIRST = """
案号|经办法院|立案日期|结案日期|二审结案日期|二审结果
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10||
（2025）辽0102民初2号|辽0102|2025-02-06|2025-07-20||
（2025）辽0102民初3号|辽0102|2025-03-06|2025-03-20|2025-07-30|改判
（2025）辽0102民初4号|辽0102|2025-03-07|2025-03-21|2025-08-30|发回重审
（2025）辽0102民初5号|辽0102|2025-03-08|2025-03-22|2025-06-30|改判               # decided on appeal before the window
"""
HEARINGS = """
案号|经办法院|立案日期|结案日期|开庭次数
（2025）辽01民终1号|辽01|2025-05-20|2025-07-30|1
（2025）辽01民终2号|辽01|2025-05-21|2025-08-30|0
（2025）辽01民终3号|辽01|2025-05-22|2025-09-30|2
（2025）辽01民终4号|辽01|2025-05-23|2025-09-29|           # not filled in: not counted
（2025）辽01民初5号|辽01|2025-05-23|2025-09-29|1          # first instance
"""
RETRIALS = """
案号|经办法院|立案日期|结案日期|结案方式
（2025）辽民再1号|辽|2025-05-20|2025-07-30|改判
（2025）辽民再2号|辽|2025-05-21|2025-08-30|改判
（2025）辽民再3号|辽|2025-05-21|2025-08-30|改判
（2025）辽民再4号|辽|2025-05-22|2025-09-30|发回重审
（2025）辽民再5号|辽|2025-05-22|2025-09-30|维持            # neither
（2025）辽民申6号|辽|2025-05-22|2025-09-30|裁定再审        # review, not retrial
（2025）辽民申7号|辽|2025-05-22|2025-09-30|驳回申请
（2025）辽行申8号|辽|2025-05-22|2025-09-30|驳回申请
"""
ENFORCEMENT = """
案号|经办法院|立案日期|结案日期|结案方式
（2025）辽0102执1号|辽0102|2025-05-20|2025-07-30|执行完毕
（2025）辽0102执2号|辽0102|2025-05-21|2025-08-30|终结本次执行
（2025）辽0102执3号|辽0102|2025-05-22|2025-09-30|终结本次执行
（2025）辽0102执4号|辽0102|2025-05-22|2025-09-30|终结执行
（2025）辽0102执恢5号|辽0102|2025-05-22|2025-09-30|执行完毕   # resumed, not 首次执行
（2025）辽0102执异6号|辽0102|2025-09-22|2025-09-30|异议不成立 # objection
"""
# Retrials count for the court whose judgment was final: the one that 原审案号 names, through the review if need be.
REVISED = """
案号|经办法院|立案日期|结案日期|结案方式|原审案号
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|判决|
（2025）辽0102民初2号|辽0102|2025-01-06|2025-07-10|判决|
（2025）辽01民终1号|辽01|2025-07-20|2025-07-30|维持|（2025）辽0102民初1号
（2025）辽01民终2号|辽01|2025-07-20|2025-07-31|维持|（2025）辽0102民初8号
（2025）辽民申1号|辽|2025-08-20|2025-08-25|裁定再审|（2025）辽01民终1号
（2025）辽民再1号|辽|2025-08-26|2025-09-30|改判|（2025）辽民申1号
（2025）辽民再2号|辽|2025-08-26|2025-09-30|发回重审|（2025）辽01民终2号
（2025）辽民再3号|辽|2025-08-26|2025-09-30|改判|（2025）辽民申9号         # its review is not in the data
（2025）辽民再4号|辽|2025-08-26|2025-10-01|改判|（2025）辽01民终2号       # after the window
"""
REVISED_ON_FIRST = """
案号|经办法院|立案日期|结案日期|结案方式|是否上诉|再审结案日期|再审结果
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|判决|否|2025-09-30|改判
（2025）辽0102民初2号|辽0102|2025-01-06|2025-07-10|判决|否|2025-10-30|改判     # after the window
（2025）辽0102民初3号|辽0102|2025-01-06|2025-07-10|判决|否||
（2025）辽0102民初4号|辽0102|2025-01-06|2025-07-10|判决|是||                  # not final
"""

SPECS = [
    Spec("effective_revised_rate", REVISED, 1, 2, "50.00%", court="辽01本级"),
    Spec("effective_remanded_rate", REVISED, 1, 2, "50.00%", court="辽01本级"),
    Spec("first_reversal_rate", APPEALS, 3, 4, "75.00%"),
    Spec("first_revised_rate", APPEALS, 2, 4, "50.00%"),
    Spec("first_remanded_rate", APPEALS, 1, 4, "25.00%"),
    Spec("appeal_reversal_rate", APPEALS, 3, 4, "75.00%"),
    Spec("appeal_revised_rate", APPEALS, 2, 4, "50.00%"),
    Spec("appeal_remanded_rate", APPEALS, 1, 4, "25.00%"),
    Spec("revise_remand_ratio", APPEALS, 3, 1, "3.00", court="辽01本级"),
    Spec("retrial_revise_remand_ratio", RETRIALS, 3, 1, "3.00", court="辽本级"),
    Spec("retrial_order_rate", RETRIALS, 1, 3, "33.33%", court="辽本级"),
    Spec("second_hearing_rate", HEARINGS, 2, 3, "66.67%", court="辽01本级"),
    Spec("enforcement_completion_rate", ENFORCEMENT, 1, 4, "25.00%"),
    Spec("enforcement_termination_rate", ENFORCEMENT, 2, 4, "50.00%"),
]
# 汪清林区基层法院 2019H1 printed 2.15% for 2 of 93.
OTHERWISE = [
    Spec("effective_revised_rate", REVISED_ON_FIRST, 1, 3, "33.33%"),
    Spec("first_reversal_rate", ON_FIRST, 2, 2, "100.00%"),
    Spec("first_revised_rate", ON_FIRST, 1, 2, "50.00%"),
    Spec("first_remanded_rate", ON_FIRST, 1, 2, "50.00%"),
    Spec("appeal_reversal_rate", ON_FIRST, 2, 2, "100.00%"),
]
# Without them the indicator is not counted; the columns that would do are named.
NO_EFFECT = (
    "数据中没有“原审法院”、“结案方式”，也没有“再审结案日期”、“再审结果”；"
    "数据中没有“生效日期”、“结案方式”，也没有“原审案号”或者“是否上诉”、“结案方式”"
)
LACKING = [Untold("effective_revised_rate", NO_EFFECT), Untold("effective_remanded_rate", NO_EFFECT)]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.indicator)
def test_by_hand(spec, tmp_path):
    check(spec, tmp_path)


@pytest.mark.parametrize("spec", OTHERWISE, ids=lambda spec: spec.indicator)
def test_from_the_rows_of_the_first_instance(spec, tmp_path):
    check(spec, tmp_path)


@pytest.mark.parametrize("spec", LACKING, ids=lambda spec: spec.indicator)
def test_what_case_data_cannot_give_is_named(spec, tmp_path):
    check_untold(spec, tmp_path)


def test_without_a_remand_the_ratio_says_so(tmp_path):
    """发回为零: “无发回重审”, the best there is and no error."""
    table = "\n".join(line for line in RETRIALS.splitlines() if "发回重审" not in line)
    check(Spec("retrial_revise_remand_ratio", table, 3, 0, "无发回重审", court="辽本级"), tmp_path)
