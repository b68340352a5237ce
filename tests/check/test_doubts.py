"""No finding rests on what ``check`` doubts: a number that it calls 未统计 is neither flagged nor a part of a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from by_hand import write_csv

from reports.check import IN_PART
from reports.courts.periods import consecutive, parse_period
from reports.model import ALL_LINES
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.pipeline.readiness import checked
from reports.pipeline.stages import Cases
from reports.workspace import find

CODES = [f"辽01{n:02d}" for n in range(2, 10)]
COURTS = "代码,名称,层级,上级\n辽01,天枢市中级人民法院,中院,\n" + "".join(
    f"{code},天枢市第{name}区人民法院,基层法院,辽01\n" for code, name in zip(CODES, "一二三四五六七八", strict=True)
)
CONFIG = """[court]
code = "辽01"
[source]
files = ["案件"]
[[interval]]
indicator = "within_limit"
since = 2020-01-01
low = 90.0
source = "测试用，非实际区间"
"""
LATE, DAY, SIZE = "辽0105", date(2026, 4, 15), 80
Row = dict[str, object]


def rows() -> list[Row]:
    """Sixty days for every case, a few of them late; in the last quarter a quarter of those of one court."""
    found: list[Row] = []
    for period in consecutive(parse_period("2023Q3"), parse_period("2026Q1")):
        for code in CODES:
            late = SIZE // 4 if (code, period.key) == (LATE, "2026Q1") else 2 + (ord(code[-1]) + period.first) % 3
            for n in range(SIZE):
                concluded = period.end - timedelta(days=1 + n % 50)
                found.append(
                    {
                        "案号": f"（{period.year}）{code}民初{period.last:02d}{n:03d}号",
                        "经办法院": code,
                        "立案日期": (concluded - timedelta(days=60 + n % 7)).isoformat(),
                        "结案日期": concluded.isoformat(),
                        "应结案日期": (concluded + timedelta(days=-1 if n < late else 30)).isoformat(),
                    }
                )
    return found


def mine(row: Row) -> bool:
    return row["经办法院"] == LATE and str(row["结案日期"]) >= "2026-01-01"


def as_they_are(every: list[Row]) -> dict[str, list[Row]]:
    return {"甲.csv": every}


def some_unreadable(every: list[Row]) -> dict[str, list[Row]]:
    """The due dates of a few of the late court's cases say nothing."""
    few = [row for row in every if mine(row)][-3:]
    return {"甲.csv": [{**row, "应结案日期": "某日"} if row in few else row for row in every]}


def some_unreadable_before(every: list[Row]) -> dict[str, list[Row]]:
    """The same of the quarter before: what is doubted is no base either."""
    before = [row for row in every if row["经办法院"] == LATE and "2025-10-01" <= str(row["结案日期"]) < "2026-01-01"]
    few = before[-3:]
    return {"甲.csv": [{**row, "应结案日期": "某日"} if row in few else row for row in every]}


@pytest.mark.parametrize(
    ("spoil", "doubted"), [(as_they_are, False), (some_unreadable, True), (some_unreadable_before, False)]
)
def test_a_number_in_doubt_is_never_a_finding(
    tmp_path, spoil: Callable[[list[Row]], dict[str, list[Row]]], doubted: bool
):
    (tmp_path / "案件").mkdir()
    for name, part in spoil(rows()).items():
        write_csv(tmp_path / "案件" / name, part)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "tongbao.toml").write_text(CONFIG, "utf-8")
    job = Job(find(tmp_path), parse_period("2026Q1", cutoff_day=0), DAY, DAY)
    with Cases(job) as cases:
        told, found = checked(job, cases).facts, findings(job, cases=cases)
    assert told.ready
    (item,) = [one for one in told.indicators if one.id == "within_limit"]
    name = found.name(LATE)
    assert (item.state == IN_PART and item.why.startswith(f"{name}：")) == doubted
    (interval,) = told.intervals
    assert (interval.met, interval.unmet, interval.without) == ((7, 0, 2) if doubted else (7, 1, 1))
    flagged = {(flag.court, flag.line) for flag in found.flags if flag.indicator == "within_limit"}
    assert ((LATE, ALL_LINES) in flagged) == (not doubted)
    cell = found.comparisons.cell(LATE, ALL_LINES, "within_limit")
    assert cell is not None
    assert (cell.previous_change == "上期未统计") == (spoil is some_unreadable_before)
    courses = [found.courses[flag.key] for flag in found.flags if flag.court == LATE and flag.key in found.courses]
    assert len(courses) == (not doubted)
    for course in courses:
        known = dict(zip(course.periods, course.values, strict=True))
        assert (known["2025Q4"] == (None, None)) == (spoil is some_unreadable_before)
    withheld = {cell for cell, sides in found.comparisons.withheld.items() if "now" in sides}
    assert bool(withheld) == doubted
    for flag in found.flags:
        assert (flag.court, flag.line, flag.indicator) not in withheld
        assert flag.indicator not in found.comparisons.untold
    parts = {
        (part.key, one.indicator)
        for attributions in found.attributions.values()
        for one in attributions
        if one.dimension == "court"
        for part in one.parts
    }
    assert not parts & {(court, indicator) for court, _, indicator in withheld}
