"""Who has reported, on tables that can be checked by hand, against a slow oracle, and on a healthy province."""

from __future__ import annotations

from datetime import date, timedelta
from math import comb, exp

import numpy as np
import pytest
from by_hand import reading, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.commands.console import job_of
from reports.courts.periods import consecutive, parse_period
from reports.coverage import Activity, Reported, activity, reach, reported, said
from reports.coverage.reported import CHANCE, _at_most
from reports.pipeline.sources import case_table

NOW = parse_period("2026Q3")


def activity_of(*courts):
    """Activity of courts c0, c1, … from 2023 on: each a function of the day that gives (filed, concluded)."""
    since = date(2023, 1, 1)
    days = [since + timedelta(n) for n in range((NOW.end - since).days + 1)]
    grid = np.array([[court(day) for day in days] for court in courts], np.int64)
    return Activity(tuple(f"c{n}" for n in range(len(courts))), since, NOW.end, grid[:, :, 0], grid[:, :, 1])


def judged(*courts, period=NOW):
    found = activity_of(*courts)
    return Reported(period, reported(found, period, [str(unit) for unit in found.units]))


def usual(day):
    """One case filed and one concluded on each weekday."""
    return (1, 1) if day.weekday() < 5 else (0, 0)


def until(end, court=usual):
    return lambda day: court(day) if day <= end else (0, 0)


def names(found):
    return [one.unit for one in found]


def test_numbers_by_month_and_the_last_day():
    one = judged(until(date(2026, 8, 14)), usual).courts[0]
    assert [(month.key, filed, concluded) for month, filed, concluded in one.months] == [
        ("2026-07", 23, 23), ("2026-08", 10, 10), ("2026-09", 0, 0),
    ]  # fmt: skip
    assert (one.filed, one.concluded, one.last) == (33, 33, date(2026, 8, 14))


def test_a_court_that_has_not_reported_is_missing_with_its_last_day():
    found = judged(until(date(2026, 6, 30)), usual, usual)
    assert names(found.missing) == ["c0"]
    assert found.silent == ()
    assert said(found.missing[0], "荷塘区法院") == "荷塘区法院：最后一件2026年6月30日"


def test_an_old_file_that_ends_in_the_middle_of_the_period_is_missing_too():
    found = judged(usual, until(date(2026, 8, 14)), usual)
    assert names(found.missing) == ["c1"]
    told = said(found.missing[0], "荷塘区法院")
    assert told == "荷塘区法院：最后一件2026年8月14日，本期新收33件、审执结33件，按以往约为65件、65件"


def test_all_files_that_end_on_one_day_are_missing_as_well():
    end = date(2026, 8, 14)
    assert names(judged(until(end), until(end), until(end)).missing) == ["c0", "c1", "c2"]


@pytest.mark.parametrize("end", [date(2026, 9, 30), date(2026, 9, 25)])
def test_days_on_which_nobody_works_are_no_gap(end):
    assert judged(until(end), until(end), until(end)).missing == ()


def test_one_kind_of_cases_that_is_not_there_is_a_gap():
    def no_filings(day):
        return (usual(day)[0] if day < NOW.start else 0, usual(day)[1])

    found = judged(no_filings, usual)
    assert names(found.missing) == ["c0"]
    assert "本期新收0件、审执结66件" in said(found.missing[0], "某院")


def test_a_small_court_that_is_silent_has_no_cases():
    def few(day):
        return (1, 1) if day.day == 10 else (0, 0)  # three a quarter

    found = judged(until(date(2026, 6, 30), few), usual)
    assert (names(found.missing), names(found.silent)) == ([], ["c0"])


@pytest.mark.parametrize(("cases", "gap"), [(10, False), (11, True)])
def test_from_how_many_cases_on_a_silence_is_a_gap(cases, gap):
    def some(day):
        return (1, 1) if day < NOW.start and (day.month - 1) % 3 == 0 and day.day <= cases else (0, 0)

    assert judged(some, usual).courts[0].missing is gap


def test_a_court_that_had_long_been_silent_has_no_cases():
    found = judged(until(date(2025, 12, 31)), usual)
    assert (names(found.missing), names(found.silent)) == ([], ["c0"])


def test_a_court_that_is_silent_in_every_summer_has_no_cases():
    def seasonal(day):
        return usual(day) if not 7 <= day.month <= 9 else (0, 0)

    assert names(judged(seasonal, usual).silent) == ["c0"]


def test_a_silence_of_last_year_excuses_none_of_this_year():
    def again(day):
        return usual(day) if day < NOW.start and not NOW.year_before.start <= day <= NOW.year_before.end else (0, 0)

    assert names(judged(again, usual).missing) == ["c0"]


def test_half_as_many_as_usual_is_a_fall_and_no_gap():
    def half(day):
        return usual(day) if day < NOW.start or day.toordinal() % 2 else (0, 0)

    assert judged(half, usual).missing == ()


def test_each_part_of_a_cumulative_period_is_judged():
    def spring(day):
        return usual(day) if not date(2026, 4, 1) <= day <= date(2026, 6, 30) else (0, 0)

    assert judged(spring, usual).missing == ()
    assert names(judged(spring, usual, period=parse_period("2026Q1-Q3")).missing) == ["c0"]


def test_a_court_of_the_table_without_any_case_is_silent():
    found = reported(activity_of(usual), NOW, ["c0", "c9"])
    assert (found[1].filed, found[1].silent, found[1].missing, found[1].last) == (0, True, False, None)


@given(st.integers(0, 40), st.floats(0.1, 200), st.integers(1, 12))
def test_the_chance_is_that_of_the_distribution(count, mean, size):
    """Of whole sizes the negative binomial chances are those of drawing with a coin: C(x+k-1, x) p^k (1-p)^x."""
    p = size / (size + mean)
    slow = sum(comb(x + size - 1, x) * p**size * (1 - p) ** x for x in range(count + 1))
    wanted = 1.0 if count >= mean else slow
    assert _at_most(count, mean, size) == pytest.approx(wanted, rel=1e-9)


def test_without_scatter_the_chance_is_that_of_poisson():
    assert _at_most(0, 9.2, 1e9) == pytest.approx(exp(-9.2), rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 6), min_size=8, max_size=8), st.integers(0, 91), st.integers(0, 5))
def test_more_cases_never_make_a_gap(past, day, more):
    """A court's chance never falls when it has more cases on a day of the period."""
    quarters = consecutive(parse_period("2024Q3"), parse_period("2026Q2"))
    rate = dict(zip([(one.year, one.first) for one in quarters], past, strict=True))

    def court(extra):
        def of(one):
            if one >= NOW.start:
                return (extra, 0) if (one - NOW.start).days == day else (0, 0)
            number = rate.get((one.year, (one.month - 1) // 3 * 3 + 1), 0)
            return (number, number) if one.day == 15 else (0, 0)

        return of

    fewer, many = (judged(court(extra), usual).courts[0].chance for extra in (more, more + 1))
    assert (fewer is None) == (many is None)
    if fewer is not None and many is not None:
        assert 0 <= fewer <= many <= 1


def test_counts_are_those_of_the_rows(tmp_path):
    rows = [
        {"案号": "（2026）辽0102民初1号", "经办法院": "辽0102", "立案日期": "2026-06-30", "结案日期": "2026-09-30"},
        {"案号": "（2026）辽0102民初2号", "经办法院": "辽0102", "立案日期": "2026-07-01", "结案日期": ""},
        {"案号": "（2026）辽0102民初3号", "经办法院": "辽0102", "立案日期": "2026-10-01", "结案日期": ""},
        {"案号": "（2026）辽01民终1号", "经办法院": "辽01", "立案日期": "2026-08-01", "结案日期": "2026-08-01"},
    ]
    with reading(write_csv(tmp_path / "c.csv", rows)) as table:
        found = activity(table, date(2026, 1, 1), NOW.end)
    periods = consecutive(NOW.previous, NOW)
    assert found.units == ("辽01", "辽0102")
    assert found.sums("filed", periods).tolist() == [[0, 1], [1, 1]]
    assert found.sums("concluded", periods).tolist() == [[0, 1], [0, 1]]
    assert found.last == (date(2026, 8, 1), date(2026, 9, 30))


def test_in_a_province_that_has_reported_nobody_is_missing(province):
    """Every quarter of the demo, with its seasons, its planted falls and a court that files less at the year's end."""
    with case_table(job_of(province, "2026Q3", "2026-10-20")) as table:
        codes = [court.code for court in table.tree.courts]
        least = 1.0
        for quarter in consecutive(parse_period("2024Q2"), NOW):
            found = reported(activity(table, reach(quarter).start, quarter.end), quarter, codes)
            least = min([least, *(one.chance for one in found if one.chance is not None)])
            assert not any(one.missing for one in found)
    assert least > 10 * CHANCE  # of more than a thousand courts and quarters
