"""Whether it helped: the level before the flag decides, never the flagged value alone."""

from __future__ import annotations

import math
import random

import pytest

from reports.courts.periods import Period, consecutive, parse_period
from reports.ledger import Sample, baseline, judge
from reports.words import Measure

RATE = Measure("proportion", "%", 2)
COUNT = Measure("count", "件", 0)
MEAN = Measure("mean", "天", 1)
FLAG, NEXT = parse_period("2025Q3"), parse_period("2025Q4")
QUARTERS = consecutive(parse_period("2023Q3"), parse_period("2025Q2"))


def steady(numerator, denominator=None, moments=None):
    return dict.fromkeys(QUARTERS, Sample(numerator, denominator, moments))


def verdict(measure, series, flagged, now, direction="up", **how):
    return judge(measure, direction, baseline(measure, series, FLAG), flagged, now, NEXT, **how)


@pytest.mark.parametrize(
    ("now", "expected", "words"),
    [
        (Sample(82, 1000), "见效", "已回到通报前的水平"),
        (Sample(60, 1000), "见效", "已回到通报前的水平"),
        (Sample(110, 1000), "部分见效", "明显好转，但仍差于通报前的水平"),
        (Sample(145, 1000), "未见效", "没有明显好转，仍差于通报前的水平"),
        (Sample(200, 1000), "未见效", "比通报时更差"),
        (Sample(4, 40), "尚不能判断", "都没有明显差别"),
        (Sample(2, 20), "尚不能判断", "基数较小"),
        (Sample(0, 0), "尚不能判断", "基数较小"),
        (None, "尚不能判断", "没有数据"),
    ],
)
def test_a_rate_of_8_percent_flagged_at_15(now, expected, words):
    found = verdict(RATE, steady(80, 1000), Sample(150, 1000), now)
    assert found.verdict == expected and words in found.sentence, found.sentence
    assert "通报时为15.00%（150/1000）" in found.sentence and "通报前4期合计为8.00%（320/4000）" in found.sentence


def test_better_than_the_flagged_value_is_not_enough():
    """A value half way back is much better than the flag, and much worse than before: regression to the mean."""
    assert verdict(RATE, steady(800, 10_000), Sample(1500, 10_000), Sample(1100, 10_000)).verdict == "部分见效"


def test_the_level_is_that_of_the_year_before_the_flag_and_of_nothing_later():
    series = steady(80, 1000) | {FLAG: Sample(150, 1000), NEXT: Sample(1, 1000)}
    old = {period: Sample(500, 1000) for period in QUARTERS[:4]}
    level = baseline(RATE, series | old, FLAG)
    assert (level.level.numerator, level.level.denominator, level.level.periods) == (320, 4000, 4)
    assert baseline(RATE, {FLAG: Sample(150, 1000)}, FLAG) is None
    months = {Period(2025, m, m): Sample(8, 100) for m in range(1, 10)}
    assert baseline(RATE, months, Period(2025, 9, 9)).level.periods == 8


def test_direction_down_is_its_mirror_image():
    series = steady(960, 1000)
    assert verdict(RATE, series, Sample(860, 1000), Sample(958, 1000), "down").verdict == "见效"
    assert verdict(RATE, series, Sample(860, 1000), Sample(865, 1000), "down").verdict == "未见效"


def test_inside_the_interval_is_enough():
    """在区间范围内即为达标."""
    how = {"direction": "down", "bounds": (95.0, None)}
    found = verdict(RATE, steady(990, 1000), Sample(900, 1000), Sample(955, 1000), **how)
    assert found.verdict == "见效" and "已处于合理区间" in found.sentence
    assert verdict(RATE, steady(990, 1000), Sample(900, 1000), Sample(949, 1000), **how).verdict == "部分见效"


def test_counts_and_means():
    assert verdict(COUNT, steady(400), Sample(800, None), Sample(410, None)).verdict == "见效"
    assert verdict(COUNT, steady(400), Sample(800, None), Sample(790, None)).verdict == "未见效"
    assert "通报前4期平均为400件" in verdict(COUNT, steady(400), Sample(800, None), Sample(410, None)).sentence
    days = steady(6000, 100, (6000**2 / 100 * 1.5, 0.0, 0.0))
    flagged = Sample(9000, 100, (9000**2 / 100 * 1.5, 0.0, 0.0))
    assert verdict(MEAN, days, flagged, Sample(6100, 100, (6100**2 / 100 * 1.5, 0.0, 0.0))).verdict == "见效"
    assert verdict(MEAN, days, flagged, Sample(9000, 100)).verdict == "未见效"
    money = Measure("amount", "%", 2)
    assert verdict(money, steady(10**9, 2 * 10**9), Sample(10**8, 10**9), Sample(10**8, 10**9)).verdict == "尚不能判断"


def test_no_level_before_the_flag_no_judgement():
    found = judge(RATE, "up", None, Sample(150, 1000), Sample(80, 1000), NEXT)
    assert found.verdict == "尚不能判断" and "没有通报以前的数据" in found.sentence


def test_a_court_that_always_scatters_is_judged_less_surely():
    wild = {period: Sample(80 + (45 if n % 2 else -45), 1000) for n, period in enumerate(QUARTERS)}
    assert baseline(RATE, wild, FLAG).spread > 10 > baseline(RATE, steady(80, 1000), FLAG).spread == 1.0
    assert verdict(RATE, steady(80, 1000), Sample(150, 1000), Sample(110, 1000)).verdict == "部分见效"
    assert verdict(RATE, wild, Sample(150, 1000), Sample(110, 1000)).verdict == "尚不能判断"


def test_how_often_each_verdict_is_wrong():
    """500 courts whose rate truly stayed at the flagged level, and 500 where it truly went back."""
    draw = random.Random(20250101)

    def cases(rate, n=600):
        return Sample(sum(draw.random() < rate for _ in range(n)), n)

    told = {True: [], False: []}
    for cured in (True, False):
        for _ in range(500):
            series = {period: cases(0.08) for period in QUARTERS}
            now = cases(0.08 if cured else 0.15)
            told[cured].append(judge(RATE, "up", baseline(RATE, series, FLAG), cases(0.15), now, NEXT).verdict)
    share = {key: {name: found.count(name) / 500 for name in set(found)} for key, found in told.items()}
    assert share[False].get("见效", 0) <= 0.01, "hardly any that stayed bad is called cured"
    assert share[True]["见效"] >= 0.85
    assert share[True].get("未见效", 0) <= 0.02 and math.isclose(sum(share[True].values()), 1)


def test_what_is_flagged_again_is_better_in_part_at_most():
    series, flagged, now = steady(80, 1000), Sample(150, 1000), Sample(82, 1000)
    found = verdict(RATE, series, flagged, now, again=True)
    assert (found.verdict, "但本期仍被识别为异常" in found.sentence) == ("部分见效", True)
    assert verdict(RATE, series, flagged, Sample(200, 1000), again=True).verdict == "未见效"
