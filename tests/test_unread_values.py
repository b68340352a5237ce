"""Dates, numbers and amounts that cannot be read: never empty, never zero; named, and the number withheld or printed."""

from __future__ import annotations

import by_hand
import pytest
from by_hand import write_csv

from reports.courts.periods import parse_period

WITHHELD = (None, None)
Q3, Q4 = parse_period("2025Q3"), parse_period("2025Q4")


def row(number: int, kind: str = "民初", **more: str) -> dict[str, str]:
    """A case filed on 1 July and concluded on 1 August 2025, with further cells."""
    plain = {"案号": f"（2025）辽0102{kind}{number}号", "经办法院": "甲区人民法院"}
    return plain | {"立案日期": "2025-07-01", "结案日期": "2025-08-01"} | more


def measured(tmp_path, rows, *, lean=True, period=Q3, quarters=(Q3, Q4)):
    write_csv(tmp_path / "cases.csv", rows)
    return by_hand.measured(tmp_path, ["cases.csv"], period, lean=lean, periods=quarters)


def value(compared, indicator, line="全部"):
    return compared.cell("辽0102", line, indicator).now


@pytest.mark.parametrize("lean", [True, False])
def test_a_day_due_that_cannot_be_read_is_not_worked_out_instead(lean, tmp_path):
    rows = [row(n, 应结案日期="2025-07-20" if n == 1 else "2025-12-31") for n in range(1, 10)]
    compared, _, unknown = measured(tmp_path, rows, lean=lean)
    assert value(compared, "within_limit") == (8, 9) and not unknown
    # Worked out, the case would have been within its six months.
    compared, notes, unknown = measured(tmp_path, [*rows, row(10, 应结案日期="2025-13-40")], lean=lean)
    assert value(compared, "within_limit") == WITHHELD
    assert "deadline" in unknown and notes["unknown_deadline"].count == 1
    assert notes["unknown_deadline"].text == "应结案日期无法识别（cases.csv第11行）"
    assert value(compared, "average_days") == (310, 10)


def test_a_few_among_many_are_told_and_the_number_printed(tmp_path):
    rows = [row(n, 应结案日期="2025-12-31") for n in range(1, 400)]
    compared, notes, _ = measured(tmp_path, [*rows, row(400, 应结案日期="x")])
    assert value(compared, "within_limit") == (399, 399) and notes["unknown_deadline"].count == 1


def test_excluded_days_that_cannot_be_read_leave_only_a_computed_day_open(tmp_path):
    compared, _, unknown = measured(tmp_path, [row(1, 扣除天数="十来天"), row(2)])
    assert value(compared, "within_limit") == WITHHELD and "deadline" in unknown
    given = [row(1, 扣除天数="十来天", 应结案日期="2025-12-31"), row(2, 应结案日期="2025-07-15")]
    compared, _, _ = measured(tmp_path, given)
    assert value(compared, "within_limit") == (1, 2)


def test_an_unknown_procedure_leaves_the_limit_open_where_limits_differ_by_it(tmp_path):
    compared, _, _ = measured(tmp_path, [row(1, 适用程序="某种新程序"), row(2)])
    assert value(compared, "within_limit") == WITHHELD
    compared, _, _ = measured(tmp_path, [row(1, "刑终", 适用程序="某种新程序"), row(2, "刑终")])
    assert value(compared, "within_limit") == (2, 2)


def test_an_amount_that_cannot_be_read_weighs_as_the_others(tmp_path):
    paid = {"申请执行金额": "100", "到位金额": "50"}
    rows = [row(n, "执", **paid) for n in range(1, 10)]
    compared, _, _ = measured(tmp_path, rows)
    assert value(compared, "enforcement_recovery_rate") == (45000, 90000)
    compared, notes, _ = measured(tmp_path, [*rows, row(10, "执", 申请执行金额="100", 到位金额="约五十")])
    assert value(compared, "enforcement_recovery_rate") == WITHHELD and notes["unknown_exec_recovered"].count == 1
    many = [row(n, "执", **paid) for n in range(1, 400)]
    compared, _, _ = measured(tmp_path, [*many, row(400, "执", 申请执行金额="100", 到位金额="约五十")])
    assert value(compared, "enforcement_recovery_rate") == (399 * 5000, 399 * 10000)


def test_only_amounts_that_cannot_be_read_give_no_rate(tmp_path):
    rows = [row(1, "执", 申请执行金额="若干", 到位金额="50"), row(2, "民初")]
    compared, _, _ = measured(tmp_path, rows)
    assert value(compared, "enforcement_recovery_rate") == WITHHELD


def test_hearings_that_cannot_be_read(tmp_path):
    rows = [row(n, "民终", 开庭次数="1" if n % 2 else "0") for n in range(1, 7)]
    compared, _, _ = measured(tmp_path, rows)
    assert value(compared, "second_hearing_rate") == (3, 6)
    compared, _, _ = measured(tmp_path, [*rows, row(7, "民终", 开庭次数="多次")])
    assert value(compared, "second_hearing_rate") == WITHHELD


def test_a_case_whose_own_date_cannot_be_read_may_belong_to_any_period_since_its_filing(tmp_path):
    good = [row(n, 二审结果="改判", 二审结案日期="2025-11-01") for n in range(1, 4)]
    later = [row(n, 立案日期="2025-10-01", 结案日期="2025-11-01") for n in range(11, 21)]
    compared, _, _ = measured(tmp_path, [*good, *later], period=Q4)
    assert value(compared, "first_reversal_rate") == (3, 10)
    bad = row(4, 二审结果="改判", 二审结案日期="廿五年冬")
    compared, notes, _ = measured(tmp_path, [*good, *later, bad], period=Q4)
    assert value(compared, "first_reversal_rate") == WITHHELD and notes["unknown_second_date"].count == 1
    compared, _, _ = measured(tmp_path, [*good, *later, bad], period=Q3)
    assert value(compared, "first_reversal_rate") == WITHHELD
    early = (parse_period("2025Q2"), Q3, Q4)  # before the case was filed nothing is open
    before = [row(30, 立案日期="2025-05-01", 结案日期="2025-06-01")]
    compared, _, _ = measured(tmp_path, [*good, *later, *before, bad], period=early[0], quarters=early)
    assert value(compared, "first_reversal_rate") == (0, 1)


def test_a_word_for_no_date_is_no_unknown_date(tmp_path):
    compared, notes, unknown = measured(tmp_path, [row(n, 应结案日期="无") for n in range(1, 4)])
    assert value(compared, "within_limit") == (3, 3) and not unknown and "unknown_deadline" not in notes


def test_check_and_the_bulletin_say_why_and_where(tongbao, tmp_path):
    rows = [row(n, 应结案日期="2025-12-31") for n in range(1, 40)] + [
        row(n, 应结案日期="待定日") for n in range(40, 44)
    ]
    rows.append(row(98, 立案日期="2025-06-30", 结案日期="2025-06-30", 应结案日期="2025-12-31"))
    rows.append(row(99, 立案日期="2025-09-01", 结案日期="2025-09-30", 应结案日期="2025-12-31"))
    heads = list(rows[0])
    lines = [",".join(heads), *(",".join(one[name] for name in heads) for one in rows)]
    (tmp_path / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    assert tongbao("init", str(tmp_path), "--data", str(tmp_path / "cases.csv")).code == 0
    told = tongbao("check", "-w", str(tmp_path), "--period", "2025Q3").out
    assert "应结案日期无法识别（cases.csv第41、42、43、44行）" in told and "改正这些应结案日期" in told
    shown = tongbao("compare", "-w", str(tmp_path), "--period", "2025Q3", "--indicator", "审限内结案率").out
    assert "未统计" in shown and "应结案日期无法识别" in shown
