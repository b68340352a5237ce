from fractions import Fraction
from math import floor
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.words import Measure, changes, chinese_number, decimal, half_up, in_short, money, percent

RATE = Measure("proportion", "%", 2)
COUNT = Measure("count", "件", 0)
DAYS = Measure("mean", "天", 1)
RATIO = Measure("ratio", "", 2)
REMAND = Measure("ratio", "", 2, "无发回重审")


def test_two_bases_that_are_equal_are_said_once():
    cell = SimpleNamespace(previous_change="持平", cumulative_change="—", cumulative_name="", year_change="持平")
    assert changes(cell) == "与上期、去年同期均持平"
    cell.year_change = "上升0.10"
    assert changes(cell) == "与上期持平，同比上升0.10"


@pytest.mark.parametrize(
    ("before", "year", "text"),
    [
        ("上升1.54个百分点", "上升2.10个百分点", "环比、同比分别上升1.54、2.10个百分点"),
        ("下降5.08%", "下降9.16%", "环比、同比分别下降5.08%、9.16%"),
        ("增加3.1天", "增加3.1天", "环比、同比均增加3.1天"),
        ("下降0.04", "下降0.05", "环比、同比分别下降0.04、0.05"),
        ("上升1.54个百分点", "下降2.10个百分点", "环比上升1.54个百分点，同比下降2.10个百分点"),
        ("上升5.08%", "增加9件", "环比上升5.08%，同比增加9件"),
        ("持平", "上升5.08%", "与上期持平，同比上升5.08%"),
        ("—", "上升5.08%", "同比上升5.08%"),
        ("上期无此类案件，增加5件", "增加5件", "上期无此类案件，增加5件，同比增加5件"),
    ],
)
def test_two_changes_the_same_way_are_said_in_one_breath(before, year, text):
    cell = SimpleNamespace(previous_change=before, cumulative_change="—", cumulative_name="", year_change=year)
    assert in_short(cell) == text


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**12), st.integers(0, 4))
def test_half_up_is_the_textbook_rule(numerator, denominator, places):
    exact = Fraction(abs(numerator), denominator) * 10**places
    expected = floor(exact + Fraction(1, 2))
    assert half_up(numerator, denominator, places) == (expected if numerator >= 0 else -expected)


@pytest.mark.parametrize(
    ("scaled", "places", "text"), [(1154, 2, "11.54"), (5, 2, "0.05"), (-5, 1, "-0.5"), (7, 0, "7"), (0, 3, "0.000")]
)
def test_decimal(scaled, places, text):
    assert decimal(scaled, places) == text


# 汪清县法院 prints 2/93 = 2.15% and (93−4)/93 = 95.70%; 济源 prints 525/548 = 95.80%, 220/548 = 40.15%.
@pytest.mark.parametrize(
    ("n", "d", "text"), [(2, 93, "2.15%"), (89, 93, "95.70%"), (525, 548, "95.80%"), (220, 548, "40.15%")]
)
def test_published_rates(n, d, text):
    assert RATE.text(n, d) == text == percent(n, d)


@pytest.mark.parametrize(
    ("measure", "now", "base", "text"),
    [
        (RATE, (120, 1040), (100, 1000), "上升1.54个百分点"),
        (RATE, (100, 1000), (120, 1040), "下降1.54个百分点"),
        (RATE, (1, 10), (2, 20), "持平"),
        (RATE, (0, 0), (2, 20), "本期无此类案件"),
        (RATE, (2, 20), (0, 0), "上期无此类案件"),
        (COUNT, (2577, None), (3915, None), "下降34.18%"),  # 光山县法院 2022年1—2月新收
        (COUNT, (1304, None), (333, None), "上升291.59%"),  # 光山县法院 2022年1—2月旧存
        (COUNT, (5, None), (0, None), "上期无此类案件，增加5件"),
        (COUNT, (0, None), (30, None), "下降100%"),
        (COUNT, (210, None), (30, None), "上升600.00%"),
        (COUNT, (7, None), (1, None), "增加6件"),  # 600% of one case
        (COUNT, (0, None), (29, None), "减少29件"),
        (COUNT, (0, None), (0, None), "持平"),
        (DAYS, (6000, 100), (6312, 100), "减少3.1天"),
        (DAYS, (6312, 100), (6000, 100), "增加3.1天"),
        (RATIO, (167, 100), (169, 100), "下降0.02"),
        (REMAND, (9, 3), (9, 0), "上期无发回重审"),
        (REMAND, (9, 0), (9, 3), "本期无发回重审"),
    ],
)
def test_change_phrases(measure, now, base, text):
    assert measure.change(now, base, base_name="上期") == text


@given(*[st.integers(0, 10**6)] * 2, *[st.integers(1, 10**6)] * 2)
def test_the_printed_change_of_a_rate_is_what_a_calculator_finds(n1, n0, d1, d0):
    new, old = RATE.scaled(n1, d1), RATE.scaled(n0, d0)
    text = RATE.change((n1, d1), (n0, d0), base_name="上期")
    if new == old:
        assert text == "持平"
    else:
        printed = float(RATE.text(n1, d1)[:-1]) - float(RATE.text(n0, d0)[:-1])
        assert float(text[2:-4]) == pytest.approx(abs(printed), abs=1e-6)
        assert text.startswith("上升" if printed > 0 else "下降")


def test_no_cases_no_rate():
    assert RATE.text(0, 0) == "—"
    assert REMAND.text(0, 0) == "—"
    assert REMAND.text(3, 0) == "无发回重审"
    assert RATE.text(0, 5) == "0.00%"


def test_money_is_printed_in_wan():
    assert money(123_456_789) == "123.46"


def test_ordinals():
    assert [chinese_number(n) for n in (1, 9, 10, 11, 20, 23, 99)] == [
        "一",
        "九",
        "十",
        "十一",
        "二十",
        "二十三",
        "九十九",
    ]
