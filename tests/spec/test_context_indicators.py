"""收结存: the figures beside the indicators. The window is 1 July to 30 September 2025, both days included."""

import pytest
from by_clerk import Spec, check

FLOW = """
案号|经办法院|立案日期|结案日期
（2024）辽0102民初1号|辽0102|2024-06-03|            # 旧存, 未结, over 12 months old on 30 September
（2024）辽0102民初2号|辽0102|2024-09-30|            # 旧存, 未结, exactly 12 months old: not over 12 months
（2025）辽0102民初3号|辽0102|2025-06-30|2025-07-01  # 旧存, concluded on the first day
（2025）辽0102民初4号|辽0102|2025-07-01|2025-09-30  # 新收 on the first day, concluded on the last
（2025）辽0102民初5号|辽0102|2025-09-30|2025-10-01  # 新收 on the last day, 未结
（2025）辽0102民初6号|辽0102|2025-10-01|            # after the window
（2025）辽0102民初7号|辽0102|2025-01-05|2025-06-30  # before the window
（2025）辽0103民初1号|辽0103|2025-08-01|2025-08-02  # another court
"""

SPECS = [
    Spec("opening", FLOW, 3, None, "3件"),
    Spec("filed", FLOW, 2, None, "2件"),
    Spec("accepted", FLOW, 5, None, "5件"),
    Spec("concluded", FLOW, 2, None, "2件"),
    Spec("pending", FLOW, 3, None, "3件"),
    Spec("over12_pending", FLOW, 1, None, "1件"),
    Spec("closing_rate", FLOW, 2, 5, "40.00%"),
    Spec("clearance_ratio", FLOW, 2, 2, "100.00%"),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.indicator)
def test_by_hand(spec, tmp_path):
    check(spec, tmp_path)
