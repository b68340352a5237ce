"""Every form of case number that the product meets, read in Python and in the database alike."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.courts import case_no, case_types
from reports.courts.case_no import CaseNumber, parse

MODERN = [
    # text, year, court, level, special, type, line, stage, number
    ("（2017）豫01民终3046号", 2017, "豫01", "intermediate", None, "民终", "民事", "二审", "3046"),
    ("（2018）鲁1502民初2308号", 2018, "鲁1502", "basic", None, "民初", "民事", "一审", "2308"),
    ("（2016）京民终554号", 2016, "京", "high", None, "民终", "民事", "二审", "554"),
    ("（2018）粤民申13551号", 2018, "粤", "high", None, "民申", "民事", "再审审查", "13551"),
    ("（2021）最高法知民终892号", 2021, "最高法", "supreme", "知", "民终", "民事", "二审", "892"),
    ("(2025)吉01知民初64号", 2025, "吉01", "intermediate", "知", "民初", "民事", "一审", "64"),
    ("（2019）新7101民初864号", 2019, "新7101", "basic", None, "民初", "民事", "一审", "864"),
    ("（2023）沪74民初1621号", 2023, "沪74", "intermediate", None, "民初", "民事", "一审", "1621"),
    ("（2022）内0102诉前调书12号", 2022, "内0102", "basic", None, "诉前调书", "诉前", "诉前调解", "12"),
    ("（2020）豫0105行赔初7号", 2020, "豫0105", "basic", None, "行赔初", "行政", "一审", "7"),
    ("（2020）豫0105执7号", 2020, "豫0105", "basic", None, "执", "执行", "首次执行", "7"),
    ("（2020）豫0105执恢7号", 2020, "豫0105", "basic", None, "执恢", "执行", "恢复执行", "7"),
    ("（2020）豫0105执保7号", 2020, "豫0105", "basic", None, "执保", "执行", "保全执行", "7"),
    ("（2020）豫01破7号", 2020, "豫01", "intermediate", None, "破", "强清破产", "破产", "7"),
    ("（2020）最高法刑核12345678号", 2020, "最高法", "supreme", None, "刑核", "刑事", "复核", "12345678"),
    ("（2020）豫01民辖终7号", 2020, "豫01", "intermediate", None, "民辖终", "管辖", "管辖上诉", "7"),
    ("（2020）兵01民终7号", 2020, "兵01", "intermediate", None, "民终", "民事", "二审", "7"),
    ("（2020）军刑终7号", 2020, "军", "high", None, "刑终", "刑事", "二审", "7"),
    # Published in 2016 with the old 字第: the number is still the new one.
    ("（2016）湘0523民初字第729号", 2016, "湘0523", "basic", None, "民初", "民事", "一审", "729"),
]

OLD = [
    ("（2014）民一终字第174号", 2014, "民事", "二审", "174"),
    ("（2014）佛南法狮民一初字第563号", 2014, "民事", "一审", "563"),
    ("（2013）新民初字第243号", 2013, "民事", "一审", "243"),
    ("（2014）莲民初字第04674号", 2014, "民事", "一审", "04674"),
    ("（2015）闵民一（民）初字第6227号", 2015, "民事", "一审", "6227"),
    ("（2015）闵民一(民)初字第19314号", 2015, "民事", "一审", "19314"),
    ("（2015）孟民南初字第00311号", 2015, "民事", "一审", "00311"),
    ("（2013）深中法商终字第312号", 2013, "民事", "二审", "312"),
    ("（2015）粤高法民申字第2432号", 2015, "民事", "再审审查", "2432"),
    ("（2013）郴刑一初字第27号", 2013, "刑事", "一审", "27"),
    ("（2014）郑刑附民初字第3号", 2014, "刑事", "一审", "3"),
    ("（2014）鄂执恢字第3号", 2014, "执行", "恢复执行", "3"),
    ("（2014）豫执字第3号", 2014, "执行", None, "3"),
    ("（2014）甬慈商重字第5号", 2014, "民事", None, "5"),
    ("（2015）浙知终字第1号", 2015, None, "二审", "1"),
    ("2011年朝民初字第17627号", 2011, "民事", "一审", "17627"),
]

INVALID = [
    ("", "案号为空"),
    ("  ", "案号为空"),
    ("民 事 判 决 书", "没有“号”字"),
    ("河南省许昌市中级人民法院", "没有“号”字"),
    ("（2017）豫01民终号", "没有案件编号"),
    ("（2017）豫01民终0号", "编号为0"),
    ("（2017）豫01民终3046号民事判决书", "多余文字"),
    ("豫01民终3046号", "收案年度"),
    ("（17）豫01民终3046号", "收案年度"),
    ("（1817）豫01民终3046号", "收案年度"),
    ("（2017）郑01民终3046号", "法院代字"),
    ("（2017）豫011民终3046号", "0、2或4位"),
    ("（2017）豫010501民终3046号", "0、2或4位"),
    ("（2015）豫01民终3046号", "2016年1月1日"),
    ("（2018）郑民一终字第3046号", "不写“字第”"),
    ("（2017）豫01胡乱写的字3046号", "类型代字"),
    ("（2017）豫01民终1-99999号", "范围"),
]


@pytest.mark.parametrize("row", MODERN, ids=lambda row: row[0])
def test_modern(row):
    text, year, court, level, special, type_, line, stage, number = row
    found = parse(text)
    assert (found.valid, found.era, found.problem) == (True, "2016", None)
    assert (found.year, found.court, found.level, found.special) == (year, court, level, special)
    assert (found.type, found.line, found.stage, found.number) == (type_, line, stage, number)


@pytest.mark.parametrize(("text", "year", "line", "stage", "number"), OLD)
def test_before_2016(text, year, line, stage, number):
    found = parse(text)
    assert (found.valid, found.era) == (True, "pre-2016")
    assert (found.year, found.line, found.stage, found.number) == (year, line, stage, number)
    assert (found.court, found.level, found.type) == (None, None, None)


@pytest.mark.parametrize(("text", "reason"), INVALID)
def test_invalid_numbers_say_why(text, reason):
    found = parse(text)
    assert not found.valid
    assert reason in (found.problem or "")


def test_an_invalid_number_keeps_what_can_be_read():
    found = parse("（2018）郑民一终字第3046号")
    assert (found.year, found.line, found.stage, found.number) == (2018, "民事", "二审", "3046")


@pytest.mark.parametrize(
    "text",
    [
        "（2017）豫01民终3046号",
        "(2017)豫01民终3046号",
        "(2017）豫01民终3046号",
        "〔2017〕豫01民终3046号",
        "[2017]豫01民终3046号",
        "［2017］豫01民终3046号",
        " （2017） 豫 01 民终 3046 号\n",
        "（２０１７）豫０１民终３０４６号",
        "\u3000（2017）豫01民终3046号\ufeff",
        "（2017）豫01民终3046號",
    ],
)
def test_brackets_spaces_and_full_width_digits(text):
    found = parse(text)
    assert found.canonical == "（2017）豫01民终3046号"
    assert (found.valid, found.court, found.number) == (True, "豫01", "3046")
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "numbers", "suffix"),
    [
        ("（2017）豫01民终18775-18776号", ("18775", "18776"), None),
        ("（2017）豫01民终18775—18778号", ("18775", "18776", "18777", "18778"), None),
        ("（2017）豫01民终18775号至18776号", ("18775", "18776"), None),
        ("（2017）豫01民终3827、3828号", ("3827", "3828"), None),
        ("（2017）豫01民终3827号，3829号", ("3827", "3829"), None),
        ("（2017）豫01民终0098-0099号", ("0098", "0099"), None),
        ("（2020）甘03执23号之五", ("23",), "之五"),
        ("（2017）豫01执3046号之一", ("3046",), "之一"),
        ("（2017）豫01执3046号之三", ("3046",), "之三"),
        ("（2014）莲民初字第04674-1号", ("04674",), "-1"),
    ],
)
def test_merged_numbers_and_suffixes(text, numbers, suffix):
    found = parse(text)
    assert found.valid
    assert (found.number, found.numbers, found.suffix) == (numbers[0], numbers, suffix)


@pytest.mark.parametrize("code", ["民破", "诉前调", "民某"])
def test_types_without_a_stated_meaning_have_no_line(code):
    found = parse(f"（2020）豫01{code}7号")
    assert (found.valid, found.type, found.line, found.stage) == (True, code, None, None)


def test_other_single_characters_before_a_known_type_are_special_divisions():
    assert (parse("（2020）豫01少民初7号").special, parse("（2020）豫01少民初7号").type) == ("少", "民初")
    # One character before 执 or 破 is not enough to tell.
    assert (parse("（2020）豫01代执7号").special, parse("（2020）豫01代执7号").type) == (None, "代执")


def test_json_has_the_keys_of_the_contract():
    assert case_no.to_json(parse("（2017）豫01民终3046号")) == {
        "text": "（2017）豫01民终3046号",
        "valid": True,
        "year": 2017,
        "court": "豫01",
        "level": "intermediate",
        "type": "民终",
        "line": "民事",
        "stage": "二审",
        "number": "3046",
        "era": "2016",
        "suffix": None,
    }
    assert case_no.to_json(parse("（2017）豫01民终3827、3828号"))["numbers"] == ["3827", "3828"]


# Properties

_courts = st.builds(
    lambda province, digits: province + digits,
    st.sampled_from(case_no.PROVINCES),
    st.one_of(st.just(""), st.from_regex("[0-9]{2}", fullmatch=True), st.from_regex("[0-9]{4}", fullmatch=True)),
)
_valid = st.builds(
    lambda year, court, special, code, number, suffix: (
        f"（{year}）{court}{special}{code}{number}号{suffix}",
        (year, court, special or None, code, str(number), suffix or None),
    ),
    st.integers(2016, 2099),
    st.one_of(st.just(case_no.SUPREME), _courts),
    st.sampled_from(["", "知"]),
    st.sampled_from(sorted(case_types.case_types())),
    st.integers(1, 99_999_999),
    st.sampled_from(["", "之一", "之三", "之十二"]),
)
# Texts that are nearly case numbers find more faults than any text.
_nearly = st.text(alphabet="（()〔〕２0127豫京01民初终执字第号之一、-至 年知最高法\u3000", max_size=30)


@settings(deadline=None)
@given(st.one_of(st.text(), _nearly))
@example("（2017）豫01民终1-99999号")
@example("号")
@example("（2014）字第1号")
@example("\ud800（2014）豫民初1号")
def test_any_text_is_read_without_an_error(text):
    found = parse(text)
    assert isinstance(found, CaseNumber)
    assert found.valid == (found.problem is None)
    assert found.text == text
    if found.valid:
        assert found.year
        assert found.numbers[0] == found.number
    case_no.to_json(found)


@given(_valid)
def test_round_trip(case):
    text, parts = case
    found = parse(text)
    assert found.valid, found.problem
    assert (found.year, found.court, found.special, found.type, found.number, found.suffix) == parts
    assert found.canonical == text


# The database path

_SQL = (
    f"SELECT {case_no.NORMAL_SQL.format(column='t')}, {case_no.HEAD_SQL.format(column='t')}, "
    f"{case_no.NUMBER_SQL.format(column='t')} FROM (SELECT ?::VARCHAR AS t)"
)
_connection = duckdb.connect()


def _agrees(text: str) -> None:
    normal, head, number = _connection.execute(_SQL, [text]).fetchone()
    assert normal == case_no.normalise(text)
    assert head == case_no.head(text)
    found = parse(text)
    assert number == found.number
    if head is not None:
        from_head = case_no.parse_head(head)
        for name in ("year", "court", "level", "special", "type", "line", "stage", "era"):
            assert getattr(from_head, name) == getattr(found, name)


@pytest.mark.parametrize("text", [row[0] for row in (*MODERN, *OLD, *INVALID)])
def test_sql_and_python_agree(text):
    _agrees(text)


# NUL ends a text in the database's C strings, and lone surrogates are no UTF-8: neither occurs in files.
_storable = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    _nearly,
    _valid.map(lambda case: case[0]),
)


@settings(deadline=None)
@given(_storable)
def test_sql_and_python_agree_on_any_text(text):
    _agrees(text)


def test_reading_case_numbers_imports_no_heavy_package():
    code = (
        "import sys; import reports.courts.case_no, reports.courts.tree; "
        "print([m for m in ('pandas', 'numpy', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
