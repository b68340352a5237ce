from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.courts.periods import Period, consecutive, latest_complete, month_of, months_before, parse_period
from reports.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "start", "end", "label", "window"),
    [
        ("2025Q3", date(2025, 7, 1), date(2025, 9, 30), "2025年第三季度", "2025年7月1日至9月30日"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024年2月", "2024年2月1日至2月29日"),
        ("2025H1", date(2025, 1, 1), date(2025, 6, 30), "2025年上半年", "2025年1月1日至6月30日"),
        ("2025Q1-Q3", date(2025, 1, 1), date(2025, 9, 30), "2025年1—9月", "2025年1月1日至9月30日"),
        ("2025", date(2025, 1, 1), date(2025, 12, 31), "2025年度", "2025年1月1日至12月31日"),
        ("2022-01..02", date(2022, 1, 1), date(2022, 2, 28), "2022年1—2月", "2022年1月1日至2月28日"),
        ("2026-01..03", date(2026, 1, 1), date(2026, 3, 31), "2026年1—3月", "2026年1月1日至3月31日"),
        ("2026Q1", date(2026, 1, 1), date(2026, 3, 31), "2026年第一季度", "2026年1月1日至3月31日"),
    ],
)
def test_forms(text, start, end, label, window):
    period = parse_period(text)
    assert (period.start, period.end, period.label, period.window) == (start, end, label, window)
    assert period.key == text
    assert period.year_before.year == period.year - 1


# 天津河东 "2014年1至9月…截止9月20日"; the statistical year ran from 21 December.
def test_cut_off_on_the_20th():
    quarter = parse_period("2014Q3", cutoff_day=20)
    assert (quarter.start, quarter.end) == (date(2014, 6, 21), date(2014, 9, 20))
    year = parse_period("2014", cutoff_day=20)
    assert (year.start, year.end) == (date(2013, 12, 21), date(2014, 12, 20))
    assert year.window == "2013年12月21日至2014年12月20日"


@pytest.mark.parametrize(
    ("text", "previous", "cumulative"),
    [
        ("2025Q1", "2024Q4", None),
        ("2025Q3", "2025Q2", None),
        ("2025-01", "2024-12", None),
        ("2025H2", "2025H1", None),
        ("2025H1", None, "2025Q1"),
        ("2025Q1-Q3", None, "2025H1"),
        ("2025", None, "2025Q1-Q3"),
        ("2025-01..08", None, "2025-01..07"),
        ("2025-01..02", None, "2025-01"),
        ("2025-01..03", None, "2025-01..02"),
        ("2025-01..04", None, "2025-01..03"),
    ],
)
def test_bases(text, previous, cumulative):
    period = parse_period(text)
    assert (period.previous.key if period.previous else None) == previous
    if cumulative:
        assert period.previous_cumulative.key == cumulative


def test_one_to_three_is_the_year_so_far_and_not_the_first_quarter():
    """Same days, another period: compared with the year before only, tested by months, kept under its own key."""
    so_far, quarter = parse_period("2026-01..03"), parse_period("2026Q1")
    assert (so_far.start, so_far.end) == (quarter.start, quarter.end)
    assert so_far != quarter and so_far.key != quarter.key
    assert so_far.cumulative and not quarter.cumulative
    assert so_far.year_before == parse_period("2025-01..03")
    assert so_far.single == parse_period("2026-03")
    assert so_far.split(3) == (quarter,)
    # Longer runs from January are the year so far by either name.
    assert parse_period("2026-01..06") == parse_period("2026H1")
    assert parse_period("2026-01..09") == parse_period("2026Q1-Q3")
    assert parse_period("2026-04..06") == parse_period("2026Q2")


@given(st.integers(2000, 2100), st.integers(1, 12), st.integers(0, 11), st.sampled_from([0, 20]))
def test_every_period_is_read_back_from_its_key_and_from_its_label(year, first, more, cutoff):
    for so_far in (False, True):
        period = Period(year, first, min(first + more, 12), cutoff, so_far=so_far)
        for text in (period.key, period.label):
            assert parse_period(text, cutoff_day=cutoff) == period


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)), st.integers(1, 12))
def test_the_year_so_far_runs_from_january(day, month):
    period = Period(day.year, month, month)
    assert period.cumulated.first == 1 and period.cumulated.end == period.end
    assert period.cumulated.cumulative == (month > 1)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("2025年1—5月", "2025-01..05"),
        ("2025年1-3月", "2025-01..03"),
        ("2025年1月至3月", "2025-01..03"),
        ("１—５月", "2026-01..05"),
        ("1～10月", "2025-01..10"),  # of 2026 October is not over
        ("2025年第三季度", "2025Q3"),
        ("第三季度", "2026Q3"),
        ("四季度", "2025Q4"),
        ("25Q3", "2025Q3"),
        ("25年9月", "2025-09"),
        ("2025-9", "2025-09"),
        ("9月", "2026-09"),
        ("上半年", "2026H1"),
        ("2025年上半年", "2025H1"),
        ("2025年前三季度", "2025Q1-Q3"),
        ("2025年", "2025"),
        ("2025年度", "2025"),
        (" 2025q3 ", "2025Q3"),
    ],
)
def test_forms_as_people_type_them(typed, key):
    assert parse_period(typed, until=date(2026, 10, 20)).key == key


def test_without_a_day_the_year_must_be_written():
    with pytest.raises(ConfigError):
        parse_period("1—5月")


@pytest.mark.parametrize(
    "text", ["2025Q5", "2025-13", "Q3", "", "年", "2025-00", "2025Q3-Q1", "20255", "1800", "5—3月", "13月", "全年"]
)
def test_bad_period_says_how_to_write_it(text):
    with pytest.raises(ConfigError) as error:
        parse_period(text)
    assert "2025Q3" in str(error.value)


@given(st.integers(2000, 2100), st.integers(1, 12), st.sampled_from([1, 3]), st.sampled_from([0, 20, 25]))
def test_single_periods_follow_one_another_without_gap(year, month, months, cutoff):
    first = (month - 1) // months * months + 1
    period = Period(year, first, first + months - 1, cutoff)
    before = period.previous
    assert before.end + timedelta(days=1) == period.start
    assert parse_period(period.key, cutoff_day=cutoff) == period
    assert len(consecutive(period.year_before, period)) == 12 // months + 1


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)), st.sampled_from([1, 3]), st.sampled_from([0, 20]))
def test_latest_complete(day, months, cutoff):
    period = latest_complete(day, months=months, cutoff_day=cutoff)
    assert period.end <= day
    following = period.end + timedelta(days=32 * months)
    assert latest_complete(following, months=months, cutoff_day=cutoff) > period


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)), st.sampled_from([0, 20]))
def test_each_day_lies_in_one_month(day, cutoff):
    found = month_of(day, cutoff_day=cutoff)
    assert found.months == 1 and found.start <= day <= found.end


def test_months_before_keeps_the_day_or_takes_the_last():
    assert months_before(date(2025, 9, 30), 12) == date(2024, 9, 30)
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_before(date(2025, 3, 31), 1) == date(2025, 2, 28)


# A court system in use counts "over 3 years" with dateadd(mm, 3, …): three months. Three years are 36.
def test_three_years_are_36_months():
    assert months_before(date(2025, 9, 30), 36) == date(2022, 9, 30)
