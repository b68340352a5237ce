"""效率: tables a clerk can check."""

import pytest
from by_clerk import Spec, Untold, check, check_untold

LIMITS = """
案号|经办法院|适用程序|立案日期|结案日期|应结案日期
（2025）辽0102民初1号|辽0102|简易程序|2025-05-06|2025-08-06|2025-08-06  # on its last day: within
（2025）辽0102民初2号|辽0102|简易程序|2025-05-06|2025-08-07|2025-08-06  # a day late
（2025）辽0102民初3号|辽0102|简易程序|2025-05-06|2025-09-01|2025-09-06  # extended by a month: within
（2025）辽0102财保4号|辽0102||2025-08-06|2025-09-01|                    # no limit: on neither side
（2025）辽0102民初5号|辽0102|普通程序|2025-05-06||2025-11-06            # open
"""
EXTENDED = """
案号|经办法院|立案日期|结案日期|是否延长
（2025）辽0102民初1号|辽0102|2025-05-06|2025-08-06|是
（2025）辽0102民初2号|辽0102|2025-05-06|2025-08-07|否
（2025）辽0102民初3号|辽0102|2025-05-06|2025-09-01|否
（2025）辽0102民初4号|辽0102|2025-05-06|2025-09-01|      # not filled in: on neither side
"""
DAYS = """
案号|经办法院|立案日期|结案日期
（2025）辽0102民初1号|辽0102|2025-07-01|2025-07-31  # 30 days
（2025）辽0102刑初2号|辽0102|2025-08-01|2025-08-16  # 15 days
（2025）辽0102执3号|辽0102|2025-07-01|2025-09-30    # enforcement is no litigation
（2025）辽0102民初4号|辽0102||2025-09-30            # no filing date: on neither side
"""
OLD = """
案号|经办法院|立案日期|结案日期
（2024）辽0102民初1号|辽0102|2024-09-29|            # over 12 months
（2024）辽0102民初2号|辽0102|2024-09-30|            # exactly 12 months: not over
（2025）辽0102民初3号|辽0102|2025-07-01|2025-08-01  # filed in the window
（2024）辽0102执4号|辽0102|2024-01-01|              # enforcement is no litigation
"""
# From one case to the other: 20 and 25 days; a year before 30 days: 下降25.00%, in percent and not in days.
TRANSFER = """
案号|经办法院|立案日期|结案日期|原审案号
（2025）辽0102民初1号|辽0102|2025-03-01|2025-07-01|
（2025）辽0102民初2号|辽0102|2025-03-02|2025-07-05|
（2024）辽0102民初3号|辽0102|2024-03-02|2024-07-01|
（2025）辽01民终1号|辽01|2025-07-21||（2025）辽0102民初1号  # 20 days
（2025）辽01民终2号|辽01|2025-07-30||(2025)辽0102民初2号    # 25 days; half-width brackets are the same number
（2024）辽01民终3号|辽01|2024-07-31||（2024）辽0102民初3号  # a year before: 30 days
（2025）辽01民终4号|辽01|2025-07-30||（2025）辽0102民初9号  # the first instance is not in the data: on neither side
"""
TRANSFER_ON_FIRST = """
案号|经办法院|立案日期|结案日期|二审立案日期
（2025）辽0102民初1号|辽0102|2025-03-01|2025-07-01|2025-07-21
（2025）辽0102民初2号|辽0102|2025-03-02|2025-07-05|2025-07-30
（2025）辽0102民初3号|辽0102|2025-03-02|2025-07-05|2025-10-01  # filed on appeal after the window
"""
APPLIED = """
案号|经办法院|立案日期|结案日期|适用程序
（2025）辽0102民初1号|辽0102|2025-05-06|2025-08-06|普通程序
（2025）辽0102民初2号|辽0102|2025-05-06|2025-07-16|简易程序
（2025）辽0102民初3号|辽0102|2025-05-06|2025-07-06|小额
（2025）辽0102民初4号|辽0102|2025-05-06|2025-07-06|小额诉讼程序
（2025）辽0102民初5号|辽0102|2025-05-06|2025-07-06|            # not filled in: on neither side
（2025）辽0102刑初6号|辽0102|2025-07-02|2025-07-06|速裁程序
（2025）辽0102刑初7号|辽0102|2025-07-02|2025-07-16|简易程序
（2025）辽0102刑初8号|辽0102|2025-07-02|2025-07-16|普通程序
"""

SPECS = [
    Spec("within_limit", LIMITS, 2, 3, "66.67%"),
    Spec("within_statutory_limit", LIMITS, 1, 3, "33.33%"),
    Spec("extension_rate", EXTENDED, 1, 3, "33.33%"),
    Spec("average_days", DAYS, 45, 2, "22.5天"),
    Spec("over12_share", OLD, 1, 2, "50.000%"),
    Spec("appeal_transfer_days", TRANSFER, 45, 2, "22.5天", change="下降25.00%"),
    Spec("simple_procedure_rate", APPLIED, 3, 4, "75.00%"),
    Spec("small_claims_rate", APPLIED, 2, 4, "50.00%"),
    Spec("fast_track_rate", APPLIED, 1, 3, "33.33%"),
]
OTHERWISE = [Spec("appeal_transfer_days", TRANSFER_ON_FIRST, 45, 2, "22.5天")]
UNTOLD = [Untold("cases_per_judge", "数据中没有员额法官人数")]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.indicator)
def test_by_hand(spec, tmp_path):
    check(spec, tmp_path)


@pytest.mark.parametrize("spec", OTHERWISE, ids=lambda spec: spec.indicator)
def test_from_the_rows_of_the_first_instance(spec, tmp_path):
    check(spec, tmp_path)


@pytest.mark.parametrize("spec", UNTOLD, ids=lambda spec: spec.indicator)
def test_what_case_data_cannot_give_is_named(spec, tmp_path):
    check_untold(spec, tmp_path)
