"""效果: tables a clerk can check."""

import pytest
from by_clerk import Spec, Untold, check, check_untold

APPEALS = """
案号|经办法院|立案日期|结案日期|原审案号
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|
（2025）辽0102民初2号|辽0102|2025-02-06|2025-07-20|
（2025）辽0102民初3号|辽0102|2025-03-06|2025-08-10|
（2025）辽0102刑初4号|辽0102|2025-08-06|2025-09-10|
（2025）辽01民终1号|辽01|2025-07-20||（2025）辽0102民初9号
（2025）辽01民终2号|辽01|2025-10-20||（2025）辽0102民初1号  # filed after the window
（2025）辽01民申3号|辽01|2025-07-20||（2025）辽0102民初8号  # an application for retrial is no appeal
"""
APPEALS_BY_DATE = """
案号|经办法院|立案日期|结案日期|上诉日期
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|2025-07-20
（2025）辽0102民初2号|辽0102|2025-02-06|2025-07-20|
（2025）辽0102民初3号|辽0102|2025-02-06|2025-09-25|2025-10-08  # appealed after the window
"""
APPEALS_BY_FLAG = """
案号|经办法院|立案日期|结案日期|是否上诉
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|是
（2025）辽0102民初2号|辽0102|2025-02-06|2025-07-20|否
（2025）辽0102民初3号|辽0102|2025-02-06|2025-06-20|是          # concluded before the window
"""
ENDINGS = """
案号|经办法院|立案日期|结案日期|结案方式
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|调解
（2025）辽0102民初2号|辽0102|2025-02-06|2025-07-20|撤诉
（2025）辽0102民初3号|辽0102|2025-02-06|2025-07-20|判决
（2025）辽0102民初4号|辽0102|2025-02-06|2025-07-20|按撤诉处理
（2025）辽0102民再5号|辽0102|2025-02-06|2025-07-20|调解          # retrial: in 调解率, not in 民事调解率
（2025）辽0102刑初6号|辽0102|2025-07-06|2025-07-20|判决          # criminal
"""
MONEY = """
案号|经办法院|立案日期|结案日期|申请执行金额|到位金额
（2025）辽0102执1号|辽0102|2025-01-06|2025-07-10|1000.00|250.50
（2025）辽0102执2号|辽0102|2025-02-06|2025-07-20|3000.00|0
（2025）辽0102执3号|辽0102|2025-02-06|2025-07-20|5000.00|        # not filled in: on neither side
（2025）辽0102执恢4号|辽0102|2025-02-06|2025-07-20|1000.00|1000.00 # resumed enforcement
"""
PIECES = """
案号|经办法院|立案日期|结案日期|原审案号
（2025）辽0102民初1号|辽0102|2025-07-06||
（2025）辽0102民初2号|辽0102|2025-07-06||
（2025）辽01民终1号|辽01|2025-07-20||（2025）辽0102民初9号
（2025）辽0102执3号|辽0102|2025-07-20||
（2025）辽0102财保4号|辽0102|2025-07-20||                       # preservation is no piece
（2025）辽0102民初5号|辽0102|2025-06-30||                       # filed before the window
"""

# What became final from July to September; of the appeals and petitions the court above has the rows.
FINAL = """
案号|经办法院|立案日期|结案日期|结案方式|适用程序|送达日期|原审案号
（2025）辽0102民初1号|辽0102|2025-01-06|2025-06-15|判决|普通程序||          # term to 30 June, final on 1 July
（2025）辽0102民初2号|辽0102|2025-01-06|2025-06-14|判决|普通程序||          # final on 30 June: the quarter before
（2025）辽0102民初3号|辽0102|2025-01-06|2025-06-14|判决|普通程序|2025-06-20| # served later: final on 6 July
（2025）辽0102民初4号|辽0102|2025-07-06|2025-09-30|判决|小额诉讼||          # no appeal lies
（2025）辽0102民初5号|辽0102|2025-07-06|2025-09-30|调解|简易程序||
（2025）辽0102民初6号|辽0102|2025-07-06|2025-09-30|判决|简易程序||          # final on 16 October
（2025）辽0102民初7号|辽0102|2025-07-06|2025-09-19|驳回起诉|简易程序||      # a ruling, ten days: 30 September
（2025）辽0102刑初8号|辽0102|2025-07-06|2025-09-19|判决|普通程序||          # criminal, ten days: 30 September
（2025）辽0102民初9号|辽0102|2025-07-06|2025-07-19|撤诉|简易程序||          # nothing is judged
（2025）辽0102民初10号|辽0102|2025-01-06|2025-06-25|判决|普通程序||         # appealed
（2025）辽0102民初11号|辽0102|2025-01-06|2025-06-25|判决|普通程序||         # appealed, and withdrawn on 8 August
（2025）辽0102民初12号|辽0102|2025-01-06|2025-06-25|判决|普通程序||         # appealed, sent back
（2025）辽0102执13号|辽0102|2025-01-06|2025-07-25|执行完毕|||
（2025）辽01民终1号|辽01|2025-07-20|2025-08-08|维持||2025-08-20|（2025）辽0102民初10号
（2025）辽01民终2号|辽01|2025-07-20|2025-08-08|撤回上诉|||（2025）辽0102民初11号
（2025）辽01民终3号|辽01|2025-07-20|2025-08-08|发回重审|||（2025）辽0102民初12号
（2025）辽01民申4号|辽01|2025-07-20||||| （2025）辽0102民初2号
（2025）辽01民申5号|辽01|2025-06-20||||| （2025）辽0102民初3号             # the quarter before
（2025）辽01民监6号|辽01|2025-07-20||||| （2025）辽0102民初3号             # of the court's own motion
（2025）辽民申7号|辽|2025-09-20|2025-09-25|裁定再审|||（2025）辽01民终1号
（2025）辽民再8号|辽|2025-09-26|2025-09-30|改判|||（2025）辽民申7号          # names its review
（2025）辽民再9号|辽|2025-09-26|2025-09-30|改判|||（2025）辽02民申7号        # its review is not here
"""
GIVEN_DAY = """
案号|经办法院|立案日期|结案日期|结案方式|生效日期|原审案号
（2025）辽0102民初1号|辽0102|2025-01-06|2025-06-15|判决|2025-07-31|
（2025）辽0102民初2号|辽0102|2025-01-06|2025-08-15|判决|2025-09-30|
（2025）辽0102民初3号|辽0102|2025-01-06|2025-09-15|判决|2025-10-01|
（2025）辽0102民初4号|辽0102|2025-01-06|2025-09-15|判决||                    # not final yet
（2025）辽0102民初5号|辽0102|2025-01-06|2025-09-15|移送其他法院|2025-09-16|   # nothing is judged
（2025）辽01民申4号|辽01|2025-07-20||||（2025）辽0102民初2号
"""

SPECS = [
    Spec("petition_rate", FINAL, 1, 7, "14.29%"),
    Spec("petition_rate", FINAL, 1, 1, "100.00%", court="辽01本级"),  # final on 20 August, when it was served
    Spec("appeal_rate", APPEALS, 1, 4, "25.00%"),
    Spec("obey_rate", APPEALS, 3, 4, "75.00%"),
    Spec("civil_mediation_rate", ENDINGS, 1, 4, "25.00%"),
    Spec("mediation_rate", ENDINGS, 2, 5, "40.00%"),
    Spec("settlement_rate", ENDINGS, 3, 4, "75.00%"),
    Spec("enforcement_recovery_rate", MONEY, 25050, 400000, "6.26%"),  # 250.50 of 4000.00 yuan, in 分
    Spec("case_piece_ratio", PIECES, 4, 2, "2.00"),
]
OTHERWISE = [
    Spec("petition_rate", GIVEN_DAY, 1, 2, "50.00%"),
    Spec("appeal_rate", APPEALS_BY_DATE, 1, 3, "33.33%"),
    Spec("appeal_rate", APPEALS_BY_FLAG, 1, 2, "50.00%"),
    Spec("obey_rate", APPEALS_BY_DATE, 2, 3, "66.67%"),
]
# Without them the indicator is not counted; the columns that would do are named.
LACKING = [
    Untold(
        "petition_rate",
        "数据中没有“原审法院”；数据中没有“生效日期”、“结案方式”，也没有“原审案号”或者“是否上诉”、“结案方式”",
    ),
]
UNTOLD = [
    Untold("enforcement_application_rate", "数据中没有有给付内容的生效民事裁判件数"),
    Untold("voluntary_performance_rate", "数据中没有自动履行的生效民事裁判件数"),
    Untold("premediation_share", "数据中没有诉前调解成功的件数"),
    Untold("suits_per_10k", "数据中没有人口数"),
    Untold("letters_ratio", "数据中没有信访件数"),
    Untold("advice_feedback_rate", "数据中没有司法建议及其反馈的件数"),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.indicator)
def test_by_hand(spec, tmp_path):
    check(spec, tmp_path)


@pytest.mark.parametrize("spec", OTHERWISE, ids=lambda spec: f"{spec.indicator} {spec.text}")
def test_from_other_columns(spec, tmp_path):
    check(spec, tmp_path)


@pytest.mark.parametrize("spec", [*LACKING, *UNTOLD], ids=lambda spec: spec.indicator)
def test_what_case_data_cannot_give_is_named(spec, tmp_path):
    check_untold(spec, tmp_path)
