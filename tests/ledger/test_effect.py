"""Whether it helped: what became of the change decides, never the flagged value."""

from __future__ import annotations

import pytest

from reports.courts.periods import Period, consecutive, parse_period
from reports.ledger import Sample, baseline, judge
from reports.model import Aftermath
from reports.words import Measure

RATE = Measure("proportion", "%", 2)
FLAG, NEXT = parse_period("2025Q3"), parse_period("2025Q4")
QUARTERS = consecutive(parse_period("2023Q3"), parse_period("2025Q2"))
STEADY = dict.fromkeys(QUARTERS, Sample(80, 1000))
FLAGGED, BACK = Sample(150, 1000), Sample(82, 1000)


def after(real=0.99, gone=0.98, half=0.02, periods=1):
    return Aftermath(real, gone, half, 0.081, periods)


def told(now=BACK, **how):
    how.setdefault("after", after())
    return judge(RATE, baseline(STEADY, FLAG), FLAGGED, now, NEXT, **how)


@pytest.mark.parametrize(
    ("became", "verdict", "words"),
    [
        (after(), "见效", "已回到通报前的水平"),  # 0.97: strong after one quarter
        (after(gone=0.85), "指标已恢复", "指标已恢复，是否见效待下期确认"),  # 0.84: not after one
        (after(gone=0.85, periods=2), "见效", "已回到通报前的水平"),  # but after two
        (after(real=0.95, gone=0.75, half=0.2, periods=2), "指标已恢复", "是否见效待下期确认"),  # 0.71: half, perhaps
        (after(real=0.6), "指标已恢复", "是否见效待下期确认"),
        (after(real=0.6, periods=2), "指标已恢复", "通报时的偏离可能出于偶然，不足以认定为整改成效"),
        (after(real=0.6, periods=3), "指标已恢复", "不足以认定为整改成效"),
        (after(gone=0.1, half=0.8), "部分见效", "明显好转，但仍差于通报前的水平"),
        (after(gone=0.0, half=0.05), "未见效", "没有明显好转，仍差于通报前的水平"),
        (after(gone=0.35, half=0.35), "尚不能判断", "恢复了多少尚不能判断"),
        (None, "尚不能判断", "没有可以比较的历史数据"),
    ],
)
def test_what_became_of_the_change_decides(became, verdict, words):
    found = told(after=became)
    assert found.verdict == verdict and words in found.sentence, found.sentence
    assert "通报时为15.00%（1000件中150件）；通报前4期合计为8.00%（4000件中320件）" in found.sentence
    assert ("按通报前的水平推算2025年第四季度应为8.10%" in found.sentence) == (became is not None)
    assert "2025年第四季度为8.20%（1000件中82件）" in found.sentence


@pytest.mark.parametrize(
    ("now", "words"),
    [(Sample(2, 20), "基数较小"), (Sample(0, 0), "基数较小"), (None, "2025年第四季度没有数据")],
)
def test_few_cases_tell_nothing(now, words):
    found = told(now)
    assert found.verdict == "尚不能判断" and words in found.sentence


def test_a_count_that_fell_to_nothing_is_judged():
    measure = Measure("count", "件", 0)
    series = dict.fromkeys(QUARTERS, Sample(400, None))
    found = judge(measure, baseline(series, FLAG), Sample(800, None), Sample(0, None), NEXT, after=after())
    assert found.verdict == "见效" and "通报前4期平均为400件" in found.sentence


def test_the_level_is_that_of_the_year_before_the_flag_and_of_nothing_later():
    series = STEADY | {FLAG: Sample(150, 1000), NEXT: Sample(1, 1000)}
    old = {period: Sample(500, 1000) for period in QUARTERS[:4]}
    level = baseline(series | old, FLAG)
    assert (level.level.numerator, level.level.denominator, level.level.periods) == (320, 4000, 4)
    assert baseline({FLAG: Sample(150, 1000)}, FLAG) is None
    months = {Period(2025, m, m): Sample(8, 100) for m in range(1, 10)}
    assert baseline(months, Period(2025, 9, 9)).level.periods == 8


def test_inside_the_interval_twice_is_enough():
    """在区间范围内即为达标, and once may be chance."""
    bounds = (None, 9.0)
    once, twice = told(bounds=bounds), told(bounds=bounds, last=Sample(89, 1000))
    assert (once.verdict, twice.verdict) == ("指标已恢复", "见效")
    assert "已处于合理区间，是否见效待下期确认" in once.sentence and "连续两期处于合理区间" in twice.sentence
    assert told(bounds=bounds, last=Sample(91, 1000)).verdict == "指标已恢复", "outside in the period before"
    stays = after(gone=0.0, half=0.1)
    assert told(Sample(91, 1000), after=stays, bounds=bounds, last=Sample(89, 1000)).verdict == "未见效"


def test_what_is_flagged_again_is_better_in_part_at_most():
    found = told(again=True)
    assert (found.verdict, "但本期仍被识别为异常" in found.sentence) == ("部分见效", True)
    assert told(again=True, after=after(gone=0.8)).verdict == "部分见效"
    assert told(again=True, after=after(gone=0.0, half=0.1)).verdict == "未见效"
