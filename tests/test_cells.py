"""Cells: one reading of days, amounts and words for none, for files, databases, engines and forms."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.cells import Cells, clean, split_unit, whole

TODAY = date(2026, 10, 20)
THE_DAY = date(2026, 7, 3)


def day(text: str, cells: Cells | None = None) -> date | None:
    return (cells or Cells()).day(text, TODAY).day


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-03", "2026/7/3", "2026.7.3", "20260703", "20260703.0", "2026年7月3日", "2026 年 7 月 3 日",
        "２０２６-０７-０３", "2026－07－03", "2026-7-3 0:00", "2026-07-03 00:00:00.000", "20260703120000",
        "2026年7月3日 上午10:00", "2026年7月3日10时", "2026-07-03 星期五", "二〇二六年七月三日", "46206", "46206.5",
        "2026-07-02T16:00:00Z", "2026-07-02T16:00:00.000+00:00", "2026-07-03 00:00:00+08",
        "Fri Jul 03 09:10:11 CST 2026", "03-7月 -2026", '="2026-07-03"', "'2026-07-03", "\t2026-07-03\x1f",
        "\u200b2026-07-03\u200e", "2026-07-03\u00a0", "2026-07-03_x000D_",
    ],
)  # fmt: skip
def test_a_day_is_read_where_its_writing_leaves_no_doubt(text):
    assert day(text) == THE_DAY


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("26-07-03", ["2026-07-03"]),
        ("26/7/3", ["2026-07-03"]),
        ("03-7月 -26", ["2026-07-03"]),
        ("03-JUL-26", ["2026-07-03"]),
        ("86年7月3日", ["1986-07-03"]),
        ("07/03/2026", ["2026-07-03", "2026-03-07"]),
        ("30/06/2026", ["2026-06-30"]),
        ("1783036800000", ["2026-07-03"]),
        ("2026-02-30", []),
        ("2026-07", []),
        ("202607", []),
        ("0026-07-03", []),
        ("1949-12-31", []),
        ("infinity", []),
        ("2026-07-03 BC", []),
        ("昨天", []),
    ],
)
def test_what_leaves_a_doubt_is_no_day_but_the_message_says_what_it_may_be(text, likely):
    found = Cells().day(text, TODAY)
    assert found.day is None
    assert not found.none
    assert all(each in found.hint for each in likely)
    assert bool(found.hint) == bool(likely)


@pytest.mark.parametrize(
    "text",
    ["", "NULL", "null", "\\N", "-", "/", "无", "未结", "NaT", "0000-00-00", "0000-00-00 00:00:00", "1900-1-0",
     "1899-12-30", "1970-01-01", "9999-12-31 23:59:59", "0001-01-01T00:00:00", "0", "00:00:00"],
)  # fmt: skip
def test_known_words_mean_no_date(text):
    found = Cells().day(text, TODAY)
    assert (found.none, found.day) == (True, None)


def test_a_court_adds_its_own_word_for_none():
    assert not Cells().day("待定", TODAY).none
    assert Cells(no_value=("待定",)).day("待定", TODAY).none
    assert duckdb.sql(f"SELECT {Cells(no_value=('待定',)).sql('x')} FROM (SELECT '待定' AS x)").fetchall() == [(None,)]


def test_a_stamp_becomes_a_day_of_the_courts_zone():
    assert day("2026-09-30T16:30:00Z") == date(2026, 10, 1)
    assert day("2026-09-30T16:30:00Z", Cells(zone="UTC")) == date(2026, 9, 30)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("12.5万元", 12_500_000), ("￥1,000.00", 100_000), ("1000元", 100_000), ("１０００", 100_000), ("1，000", 100_000),
     ("0.005亿元", 50_000_000), ("12.345", 1235), ("-5", -500)],
)  # fmt: skip
def test_amounts_with_signs_commas_and_units(text, fen):
    assert Cells().money(text) == fen


@pytest.mark.parametrize(
    "text", ["1.234,56", "1000,50", "1000.00-", "(1000.00)", "十万", "1,00", "12.5万美元", "1 2 x"]
)
def test_an_amount_that_could_be_two_is_none(text):
    assert Cells().money(text) is None


def test_the_unit_of_a_column_counts_unless_the_cell_has_one():
    assert Cells().money("3.5", 10_000) == 3_500_000
    assert Cells().money("3.5元", 10_000) == 350


@pytest.mark.parametrize(
    ("heading", "parts"),
    [("标的额（万元）", ("标的额", "万元")), ("标的额(单位：万元)", ("标的额", "万元")), ("标的额/元", ("标的额", "元")),
     ("标的额（美元）", ("标的额（美元）", None)), ("立案日期", ("立案日期", None))],
)  # fmt: skip
def test_a_heading_and_its_unit(heading, parts):
    assert split_unit(heading) == parts


@pytest.mark.parametrize(
    ("text", "number"), [("3", 3), ("1,234", 1234), ("3.0", 3), ("15天", 15), ("3.7", None), ("三", None)]
)
def test_whole_numbers(text, number):
    assert whole(text) == number


def test_a_character_that_only_looks_like_another_becomes_it():
    assert clean("⽢肃省⾼级⼈⺠法院") == "甘肃省高级人民法院"
    assert clean("（2026）⾏申1号\u3000") == "（2026）行申1号"


@pytest.mark.parametrize("word", ["(空白)", "（空白）", "(blank)", "未填写", "NULL", "—"])
def test_words_for_nothing_filled(word):
    assert Cells().is_none(word)


DIRT = "⺠⼈\uf90a\t\x1f\u200b\u200e\u202a\u00a0\ufeff\u3000 ='\"_x000D_\r\n"


@settings(deadline=None)
@given(st.text(DIRT + "（2026）豫民初1号无NUL-/", max_size=20))
def test_python_and_the_database_clean_alike(text):
    cells = Cells()
    ours = clean(text)
    (row,) = duckdb.execute(f"SELECT {cells.sql('x')} FROM (SELECT ?::VARCHAR AS x)", [text]).fetchall()
    assert row[0] == (None if cells.is_none(ours) else ours)


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)).filter(lambda found: found != date(1970, 1, 1)))
def test_every_serial_number_of_a_spreadsheet_is_its_day(found):
    assert day(str((found - date(1899, 12, 30)).days)) == found
    assert day(f"{found:%Y/%m/%d}") == found
    assert day(f"{found - timedelta(1):%Y-%m-%d}T16:00:00Z") == found
