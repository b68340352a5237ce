"""Counts by hand, and against a slow, obvious count of every case for every period."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from by_hand import compared, counted, write_csv
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from reports.courts.periods import months_before, parse_period

CASES = [
    # 天枢市城东区: three civil first-instance cases, one still open and older than a year at the end of 2025Q3
    ("（2024）辽0102民初1号", "天枢市城东区人民法院", "2024-06-03", "", "", "2024-12-03", ""),
    ("（2025）辽0102民初1号", "天枢市城东区人民法院", "2025-05-06", "2025-07-15", "调解", "2025-11-06", ""),
    ("（2025）辽0102民初2号", "天枢市城东区人民法院", "2025-07-01", "2025-09-30", "判决", "2025-09-29", ""),
    # 天枢市城西区: one criminal case opened and closed in the quarter, one enforcement case
    ("（2025）辽0103刑初1号", "天枢市城西区人民法院", "2025-08-01", "2025-08-20", "判决", "2025-10-01", ""),
    ("（2025）辽0103执1号", "天枢市城西区人民法院", "2025-04-01", "2025-07-31", "执行完毕", "2025-10-01", ""),
    # 天枢市中院: two second-instance cases against judgments of 城东区
    (
        "（2025）辽01民终1号",
        "天枢市中级人民法院",
        "2025-07-20",
        "2025-08-30",
        "改判",
        "2025-10-20",
        "（2025）辽0102民初9号",
    ),
    (
        "（2025）辽01民终2号",
        "天枢市中级人民法院",
        "2025-06-20",
        "2025-09-10",
        "维持",
        "2025-09-20",
        "（2025）辽0102民初8号",
    ),
]
FIELDS = ("案号", "经办法院", "立案日期", "结案日期", "结案方式", "应结案日期", "原审案号")


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "cases.csv", [dict(zip(FIELDS, row, strict=True)) for row in CASES])


def test_only_second_instances_count_where_they_began(tmp_path):
    """A first instance after a remand and an enforcement of another court's judgment are that court's own."""
    rows = [
        ("（2025）辽0102民初1号", "天枢市城东区人民法院", "2025-07-01", "", "", "", ""),
        ("（2025）辽01民终1号", "天枢市中级人民法院", "2025-07-02", "", "", "", "（2025）辽0102民初9号"),
        ("（2025）辽01民终2号", "天枢市中级人民法院", "2025-07-02", "", "", "", "（2025）辽0102刑九号"),
        ("（2025）辽0102民初3号", "天枢市城东区人民法院", "2025-07-03", "", "", "", "（2025）辽01民终7号"),
        ("（2025）辽0103执1号", "天枢市城西区人民法院", "2025-07-04", "", "", "", "（2024）辽0102民初5号"),
    ]
    path = write_csv(tmp_path / "cases.csv", [dict(zip(FIELDS, row, strict=True)) for row in rows])
    frame = counted(path, "2025Q3")
    assert frame.loc[("辽0102", "全部", "2025Q3"), ["pieces", "suits"]].tolist() == [3, 2]
    assert frame.loc[("辽0103", "全部", "2025Q3"), ["pieces", "suits"]].tolist() == [1, 0]
    assert frame.loc[("辽01本级", "全部", "2025Q3"), ["pieces", "suits"]].tolist() == [1, 0]


def test_counts_a_clerk_can_check(cases):
    frame = counted(cases, "2025Q3")
    east = frame.loc[("辽0102", "全部", "2025Q3")]
    assert east[["opening", "filed", "concluded_dated", "pending"]].tolist() == [2, 1, 2, 1]
    assert east[["over12_all", "over12", "limited", "within_limit"]].tolist() == [1, 1, 2, 1]
    assert east[["first_concluded", "civil_mediated", "appeals", "first_reversed"]].tolist() == [2, 1, 1, 1]
    assert east["days"] == (date(2025, 7, 15) - date(2025, 5, 6)).days + (date(2025, 9, 30) - date(2025, 7, 1)).days
    assert frame.loc[("辽0103", "执行", "2025Q3"), "enforced_completed"] == 1
    assert frame.loc[("辽01本级", "全部", "2025Q3"), ["revised", "remanded"]].tolist() == [1, 0]
    whole = frame.loc[("辽", "全部", "2025Q3")]
    assert whole[["opening", "filed", "concluded_dated", "pending"]].tolist() == [4, 3, 6, 1]
    assert whole[["suits", "pieces"]].tolist() == [2, 3]  # filed in the quarter: 民初2, 刑初1 and 民终1


def test_indicators_a_clerk_can_check(cases):
    cells = compared(cases, "2025Q3")

    def text(court, indicator, line="全部"):
        return cells.cell(court, line, indicator).text

    assert text("辽0102", "within_limit") == "50.00%"
    assert text("辽0102", "appeal_rate") == "50.00%"
    assert text("辽0102", "first_reversal_rate") == "50.00%"
    assert text("辽0102", "civil_mediation_rate", "民事") == "50.00%"
    assert text("辽0102", "average_days") == "80.5天"
    assert text("辽0102", "over12_share") == "100.000%"  # 1 of the 1 that is pending
    assert text("辽01本级", "revise_remand_ratio") == "无发回重审"
    assert text("辽0103", "enforcement_completion_rate") == "100.00%"
    assert text("辽0103", "enforcement_termination_rate") == "0.00%"
    assert text("辽", "closing_rate") == "85.71%"
    assert text("辽", "clearance_ratio") == "200.00%"
    assert text("辽0102", "case_piece_ratio") == "2.00"  # one suit, and one appeal from this court


def test_what_the_data_lack_is_named(cases):
    cells = compared(cases, "2025Q3")
    assert cells.untold == {"enforcement_recovery_rate": "数据中没有“申请执行金额”、“到位金额”"}


def test_exactly_twelve_months_is_not_over_twelve_months(tmp_path):
    rows = [
        {"案号": f"（2024）辽0102民初{n}号", "经办法院": "辽0102", "立案日期": day, "结案日期": ""}
        for n, day in enumerate(["2024-09-29", "2024-09-30", "2024-10-01"], 1)
    ]
    frame = counted(write_csv(tmp_path / "c.csv", rows), "2025Q3")
    assert frame.loc[("辽0102", "全部", "2025Q3"), "over12"] == 1


def test_a_case_without_filing_date_counts_as_concluded_only(tmp_path):
    rows = [{"案号": "（2025）辽0102民初1号", "经办法院": "辽0102", "立案日期": "", "结案日期": "2025-08-01"}]
    row = counted(write_csv(tmp_path / "c.csv", rows), "2025Q3").loc[("辽0102", "全部", "2025Q3")]
    assert row["first_concluded"] == 1
    assert row[["opening", "filed", "pending", "concluded_dated", "days_cases"]].tolist() == [0] * 5


COURTS = ("辽", "辽01", "辽0102", "辽0103", "辽0202")
TYPES = ("民初", "刑初", "执", "民终")
DAY = st.dates(date(2023, 1, 1), date(2025, 12, 31))


@st.composite
def case_rows(draw, most=100):
    rows = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        court, kind = draw(st.sampled_from(COURTS)), draw(st.sampled_from(TYPES))
        filed = draw(st.none() | DAY)
        length = draw(st.none() | st.integers(0, 900))
        concluded = None if length is None else (filed or draw(DAY)) + timedelta(days=length)
        if filed is None and concluded is None:
            filed = draw(DAY)
        rows.append(
            {
                "案号": f"（2025）{court}{kind}{number}号",
                "经办法院": court,
                "立案日期": filed.isoformat() if filed else "",
                "结案日期": concluded.isoformat() if concluded and concluded < date(2026, 11, 1) else "",
                "结案方式": draw(st.sampled_from(["判决", "调解", "改判", "发回重审", "执行完毕", ""])),
                "原审案号": f"（2024）{draw(st.sampled_from(COURTS))}民初7号" if kind == "民终" else "",
                "申请执行金额": "100.10",
                "到位金额": draw(st.sampled_from(["0.05", "100.10", ""])),
            }
        )
    dated = [row for row in rows if row["立案日期"] or row["结案日期"]]
    assume(dated)
    return dated


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def slow(rows, court, line, period):
    """Every case looked at for every cell."""
    start, end = period.start, period.end
    kinds = {"民初": "民事", "民终": "民事", "刑初": "刑事", "执": "执行"}

    def kind(row):
        return "".join(c for c in row["案号"].split("）")[1] if c not in "辽0123456789号")

    def mine(code):
        return bool(code) and code.startswith(court)

    def within(text):
        return day(text) is not None and start <= day(text) <= end

    chosen = [row for row in rows if line in ("全部", kinds[kind(row)])]
    own = [row for row in chosen if mine(row["经办法院"])]
    dated = [row for row in own if row["立案日期"]]
    # Of a court without rows of its own there is no first instance to hold the appeals against: they count nowhere.
    known = {row["经办法院"] for row in rows}
    began = [(row, row["原审案号"].removeprefix("（2024）").removesuffix("民初7号")) for row in chosen]
    below = [row for row, code in began if code in known and mine(code)]

    def open_at(moment, case):
        return day(case["立案日期"]) <= moment and (not case["结案日期"] or day(case["结案日期"]) > moment)

    old = [row for row in dated if kind(row) != "执" and day(row["立案日期"]) < months_before(end, 12)]
    enforced = [row for row in own if kind(row) == "执" and within(row["结案日期"]) and row["到位金额"]]
    return {
        "filed": sum(within(row["立案日期"]) for row in own),
        "concluded_dated": sum(within(row["结案日期"]) for row in dated),
        "opening": sum(open_at(start - timedelta(days=1), row) for row in dated),
        "pending": sum(open_at(end, row) for row in dated),
        "over12": sum(open_at(end, row) for row in old),
        "first_concluded": sum(kind(row).endswith("初") and within(row["结案日期"]) for row in own),
        "appeals": sum(within(row["立案日期"]) for row in below),
        "first_reversed": sum(within(row["结案日期"]) and row["结案方式"] in ("改判", "发回重审") for row in below),
        "exec_due": len(enforced) * 10010,
        "exec_recovered": sum(round(float(row["到位金额"]) * 100) for row in enforced),
    }


# The cases tell, not the tables: a count of five costs as much as of three hundred.
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(case_rows(300))
@example(
    [
        {
            "案号": f"（2025）辽{kind}{n}号",
            "经办法院": "辽",
            "立案日期": "2025-07-01",
            "结案日期": "",
            "结案方式": "",
            "原审案号": origin,
            "申请执行金额": "100.10",
            "到位金额": "",
        }
        for n, (kind, origin) in enumerate([("民终", "（2024）辽0202民初7号"), ("民初", "")], 1)
    ]
)
def test_the_fast_tally_agrees_with_the_slow_one(rows):
    with tempfile.TemporaryDirectory() as folder:
        frame = counted(write_csv(Path(folder) / "c.csv", rows), "2025Q3", "2024Q1")
    for (court, line, key), cell in frame.iterrows():
        if court.endswith("本级"):
            continue
        for name, number in slow(rows, court, line, parse_period(key)).items():
            assert cell[name] == number, (court, line, key, name)
    assert (frame["opening"] + frame["filed"] == frame["concluded_dated"] + frame["pending"]).all()
    closing = frame["pending"].unstack("period")
    opening = frame["opening"].unstack("period")
    for before, after in zip(closing.columns, closing.columns[1:], strict=False):
        assert (closing[before] == opening[after]).all()


def test_the_identity_holds_for_every_court_line_and_period_of_the_province(province):
    from reports import catalogue, read
    from reports.courts import court_table
    from reports.courts.periods import consecutive
    from reports.tally import tally

    with read.read(
        ["cases.parquet"], province, tree=court_table.load(province / "courts.csv"), today=date(2026, 11, 22)
    ) as cases:
        result = tally(cases, catalogue.load(), consecutive(parse_period("2023Q4"), parse_period("2026Q3")))
    frame = result.frame
    assert (frame["opening"] + frame["filed"] == frame["concluded_dated"] + frame["pending"]).all()
    # A jurisdiction is its own court's cases and those of the courts below, for every count.
    whole = frame.xs("辽", level="court")
    parts = frame.loc[["辽本级", *(f"辽{n:02d}" for n in range(1, 15))]].groupby(level=["line", "period"]).sum()
    parts = parts.reindex(whole.index, fill_value=0)
    exact = [name for name in frame if not name.startswith(catalogue.MOMENT)]
    assert (parts[exact] == whole[exact]).all().all()
    moments = frame.columns.difference(exact)  # 分² and days²: doubles
    assert len(moments) and ((parts[moments] - whole[moments]).abs() <= 1e-9 * whole[moments]).all().all()


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(case_rows(300), st.integers(0, 300))
def test_parts_of_the_input_add_up(rows, cut):
    first, second = rows[:cut], rows[cut:]
    if not first or not second:
        return
    with tempfile.TemporaryDirectory() as folder:
        whole, one, two = (
            counted(write_csv(Path(folder) / name, part), "2025Q3", "2025Q1")
            for name, part in (("a.csv", rows), ("b.csv", first), ("c.csv", second))
        )
    both = one.reindex(whole.index, fill_value=0) + two.reindex(whole.index, fill_value=0)
    assert (both == whole).all().all()
