"""Where the data begin, on the demo province cut and bent; the true numbers are those of the province as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import catalogue, read
from reports.catalogue import Stock
from reports.commands.console import job_of
from reports.courts import court_table
from reports.courts.periods import parse_period
from reports.coverage.beginning import Start, beginning
from reports.coverage.missing import Ages, missing_of_flow, missing_of_stock
from reports.model import ALL_LINES
from reports.pipeline.findings import findings
from reports.pipeline.numbers import Numbers, numbers
from reports.pipeline.sources import engine_columns
from reports.read.database import Database
from reports.read.engine import Remote, read_engine
from reports.read.engine.engines import Pep249
from reports.read.engine.words import DUCKDB
from reports.tally.reach import fitted

pytestmark = pytest.mark.whole

SINCE_2025 = "立案日期 >= DATE '2025-01-01'"
PENDING = "(结案日期 IS NULL OR 结案日期 = DATE '1900-01-01')"  # both are in the demo's data
ENDED_SINCE_2025 = f"结案日期 >= DATE '2025-01-01' OR {PENDING}"
SHORT_YEAR, SHORT_LAST, SHORT_NOW = (f"{name}数据不完整，不作比较" for name in ("上年同期", "上期", "本期"))
LATE = ALONE = "天枢市城东区人民法院"


def cut(province: Path, folder: Path, where: str) -> Path:
    """A workspace over the cases of the province that a condition keeps."""
    folder.mkdir()
    source, target = province / "cases.parquet", folder / "cases.parquet"
    duckdb.sql(f"COPY (SELECT * FROM '{source}' WHERE {where}) TO '{target}' (FORMAT parquet)")
    for name in ("courts.csv", "tongbao.toml"):
        (folder / name).write_bytes((province / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def since(shared, province):
    return shared("filed-since-2025", lambda folder: cut(province, folder / "w", SINCE_2025)) / "w"


@pytest.fixture(scope="module")
def ended(shared, province):
    return shared("ended-since-2025", lambda folder: cut(province, folder / "w", ENDED_SINCE_2025)) / "w"


def of(folder: Path, period: str = "2026Q3") -> Numbers:
    return numbers(job_of(folder, period, None, quiet=True))


def text(found: Numbers, court: str, indicator: str) -> tuple[str, str]:
    cell = found.comparisons.cell(court, ALL_LINES, indicator)
    assert cell is not None
    return cell.previous_change, cell.year_change


def months(province: Path, share: str, moment: str) -> dict[date, float]:
    """Month → what share of something comes from cases filed before 2025, in the whole province."""
    rows = duckdb.sql(
        f"SELECT m, {share} FROM '{province / 'cases.parquet'}', range(DATE '2025-01-01', DATE '2026-10-01', "
        f"INTERVAL 1 MONTH) t(m) WHERE {moment} GROUP BY m"
    ).fetchall()
    return {month.date() if hasattr(month, "date") else month: float(value or 0) for month, value in rows}


OLD = "立案日期 < DATE '2025-01-01'"
ENDED = "date_trunc('month', 结案日期) = m"
OPEN = f"立案日期 < m + INTERVAL 1 MONTH AND ({PENDING} OR 结案日期 >= m + INTERVAL 1 MONTH)"


@pytest.mark.parametrize(
    ("term", "share", "moment"),
    [
        ("concluded_dated", f"count(*) FILTER ({OLD}) / count(*)", ENDED),
        ("pending", f"count(*) FILTER ({OLD}) / count(*)", OPEN),
        ("over12_all", f"count(*) FILTER ({OLD}) / count(*)", f"{OPEN} AND 立案日期 < m - INTERVAL 11 MONTH"),
    ],
)
def test_what_is_called_whole_is_and_what_lacks_much_is_not(term, share, moment, since, province):
    start = of(since).beginning.start
    assert start.since == date(2025, 1, 1) and start.cut
    lacks = months(province, share, moment)
    day = start.terms[term] or date.max
    assert all(part < 0.03 for month, part in lacks.items() if month >= day.replace(day=1))
    assert all(month < day for month, part in lacks.items() if part > 0.05)
    assert any(part < 0.005 for part in lacks.values()) is (day < date(2026, 10, 1)), "nor is it too careful"


def test_cases_filed_since_a_day_are_compared_only_with_what_is_whole(since, province):
    now, true = of(since), of(province)
    assert text(now, "辽", "filed") == text(true, "辽", "filed")
    assert text(now, "辽", "concluded")[1] == SHORT_YEAR
    assert text(true, "辽", "concluded")[1].startswith("同比") is False and SHORT_YEAR not in text(
        true, "辽", "concluded"
    )
    assert text(now, "辽", "mean_days" if now.comparisons.cell("辽", ALL_LINES, "mean_days") else "average_days")[
        1
    ] == (SHORT_YEAR)
    assert text(now, "辽", "over12_pending")[1] == SHORT_NOW
    for cell in now.comparisons:
        if cell.court != "辽" or cell.line != ALL_LINES or "now" in cell.incomplete:
            continue
        whole = true.comparisons.cell(cell.court, cell.line, cell.indicator)
        for mine, other in (
            (cell.now, whole.now),
            (cell.previous, whole.previous),
            (cell.year_before, whole.year_before),
        ):
            for one, all_of_them in zip(mine, other, strict=True):
                assert one is None or abs(one - all_of_them) <= 0.03 * all_of_them + 3, cell


def test_the_year_after_is_not_held_against_the_first_year(since, province):
    """The first quarter of the data lacks most of its conclusions: held against it, the next year's rose by half again."""
    true, false = (of(one, "2026Q1").comparisons.cell("辽", ALL_LINES, "concluded") for one in (province, since))
    first = of(since, "2025Q1").comparisons.cell("辽", ALL_LINES, "concluded").now[0]
    assert false.now[0] > 2 * first and true.now[0] < 1.1 * true.year_before[0]
    assert true.year_change.startswith(("上升", "下降")) and false.year_change == SHORT_YEAR
    assert false.year_before == (None, None)


def test_in_the_first_year_nothing_is_compared_or_judged_that_lacks_cases(since):
    found = findings(job_of(since, "2025Q2", None, quiet=True))
    assert {one.indicator for one in found.flags} <= {"filed"}
    why = {name: reason for court, name, reason in found.untested if court == "辽0102"}
    assert why["average_days"] == why["within_limit"] == "本期数据不完整，不作评价"
    (note,) = [one for one in found.notes if one.id == "incomplete"]
    assert note.text.startswith("数据中没有2025年1月以前立案、当时未结的案件，本期数据不完整") and "结案" in note.text
    assert note.unit == "项" and note.count > 5
    assert text(of(since, "2025Q2"), "辽", "concluded") == (SHORT_NOW, SHORT_NOW)


def test_no_year_end_accusation_and_no_reference_from_before_the_beginning(since, province):
    found = findings(job_of(since, "2025Q4", None, quiet=True))
    assert not [one for one in found.flags if "R8" in one.rules and one.court not in _accused(province)]
    whole = {name for name, part in found.history.groupby("indicator") if "2025Q1" in set(part["period"])}
    assert "filed" in whole and not whole & {"concluded", "average_days", "pending", "closing_rate"}


def _accused(province: Path) -> set[str]:
    found = findings(job_of(province, "2025Q4", None, quiet=True))
    return {one.court for one in found.flags if "R8" in one.rules}


def test_cases_concluded_since_a_day_are_whole_from_that_day(ended, province):
    found = of(ended)
    assert (found.beginning.start.since, found.beginning.start.cut) == (date(2025, 1, 1), False)
    true = of(province)
    for cell in found.comparisons:
        assert not cell.incomplete
        whole = true.comparisons.cell(cell.court, cell.line, cell.indicator)
        assert (cell.now, cell.previous, cell.year_before) == (whole.now, whole.previous, whole.year_before)


def test_the_first_quarter_of_whole_data_is_not_held_against_what_came_before(province):
    found = of(province, "2023Q4")
    assert found.beginning.start.since == date(2023, 10, 1) and not found.beginning.start.cut
    for name in ("filed", "concluded", "closing_rate", "average_days"):
        assert text(found, "辽", name)[0] == SHORT_LAST, name
    judged = findings(job_of(province, "2023Q4", None, quiet=True))
    assert not [one for one in judged.flags if "R8" in one.rules or "R3" in one.rules]
    kept = judged.history[judged.history["period"] == "2023Q3"]
    assert set(kept["indicator"]) <= {"pending", "over12_pending", "over12_share"}, "what was open at its end is known"
    before = findings(job_of(province, "2023Q3", None, quiet=True))
    assert not before.flags and "数据自2023年10月起" in next(n.text for n in before.notes if n.id == "incomplete")


def test_whole_data_are_compared_as_ever(province):
    found = of(province)
    assert not found.comparisons.incomplete and not found.beginning.courts
    assert found.history["period"].nunique() == 12 and "whole" not in found.history


def test_a_court_that_begins_later_alone_is_not_compared(tmp_path, province):
    folder = cut(province, tmp_path / "w", f"NOT (经办法院 = '{LATE}' AND 立案日期 < DATE '2025-10-01')")
    found, true = of(folder), of(province)
    assert found.beginning.later == {"辽0102": date(2025, 10, 1)}
    assert text(found, "辽0102", "filed") == (text(true, "辽0102", "filed")[0], SHORT_YEAR)
    assert text(found, "辽0102", "concluded") == (SHORT_NOW, SHORT_NOW), "eleven months are not enough"
    assert text(found, "辽01", "filed")[1] == SHORT_YEAR, "its city lacked a tenth of its cases then"
    assert text(found, "辽01本级", "filed") == text(true, "辽01本级", "filed")
    assert text(found, "辽02", "concluded") == text(true, "辽02", "concluded")


def test_a_small_court_alone(tmp_path, province):
    mine = f"经办法院 = '{ALONE}'"
    found = of(cut(province, tmp_path / "whole", mine))
    assert not found.comparisons.incomplete
    found = of(cut(province, tmp_path / "since", f"{mine} AND {SINCE_2025}"))
    assert found.beginning.start.cut and text(found, "辽0102", "concluded")[1] == SHORT_YEAR
    few = of(cut(province, tmp_path / "few", f"{mine} AND {SINCE_2025} AND 案由 = '离婚纠纷'"))
    assert few.beginning.start is None and not few.comparisons.incomplete, "of a handful of cases nothing is said"


def test_numbers_of_an_indicator_table_are_never_incomplete_and_stand_in_for_those_that_are(tmp_path, province):
    folder = cut(province, tmp_path / "w", SINCE_2025)
    true = of(province).comparisons.cell("辽", ALL_LINES, "concluded")
    rows = f"法院,指标,统计期,分子,分母\n辽,结案,2025Q3,{true.year_before[0]},\n"
    (folder / "已通报.csv").write_text(rows, "utf-8")
    config = folder / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace("[source]\n", '[source]\ntable = "已通报.csv"\n', 1), "utf-8")
    cell = of(folder).comparisons.cell("辽", ALL_LINES, "concluded")
    assert cell.year_before == true.year_before and "year_before" not in cell.incomplete
    assert abs(cell.now[0] - true.now[0]) <= 0.01 * true.now[0]


def test_the_json_says_why_there_is_no_change(since, tongbao):
    done = tongbao("compare", "-w", since, "--period", "2026Q3", "--court", "辽", "--indicator", "结案", "--json")
    (cell,) = [one for one in json.loads(done.out)["comparisons"] if one["line"] == ALL_LINES]
    assert cell["year_before"]["change"] is None and cell["year_before"]["change_text"] == SHORT_YEAR
    assert cell["year_before"]["incomplete"] and not cell["previous"]["incomplete"] and not cell["now"]["incomplete"]


def test_check_tells_from_when_each_can_be_compared(since, province, tongbao):
    out = tongbao("check", "-w", since, "--period", "2026Q3", "-q").out
    (line,) = [one for one in out.splitlines() if one.startswith("  新收、")]
    assert "  2025年1月  " in line and line.endswith("数据中没有2025年1月以前立案、当时未结的案件")
    told = json.loads(tongbao("check", "-w", since, "--period", "2026Q3", "-q", "--json").out)["beginning"]
    assert told["since"] == "2025-01-01" and told["cut"] is True
    assert {"indicator": "filed", "name": "新收", "from": "2025-01-01"} in told["indicators"]
    whole = json.loads(tongbao("check", "-w", province, "--period", "2026Q3", "-q", "--json").out)["beginning"]
    assert whole["since"] == "2023-10-01" and whole["cut"] is False


@dataclass(frozen=True)
class World:
    """Cases by months of age at their end, the same every month; nobody stays open."""

    ends: tuple[int, ...]

    def missing(self, month: int, *, stock: int | None = None) -> float:
        """By counting the cases of every month before and after the edge, one by one."""
        old = every = 0
        for filed in range(month - len(self.ends), month + 1):
            for age, cases in enumerate(self.ends):
                if stock is None:
                    there = cases * (filed + age == month)
                else:
                    there = cases * (filed + age > month and month - filed >= stock)
                every += there
                old += there * (filed < 0)
        return old / every if every else 0.0


@given(st.lists(st.integers(0, 50), min_size=1, max_size=9).filter(any), st.integers(0, 3))
def test_what_is_missing_against_counting_every_case(ends, least_age):
    world, size = World(tuple(one * 100 for one in ends)), 24
    filed = np.full(size, float(sum(world.ends)))
    events = np.zeros((size, size))
    for month in range(size):
        for age, cases in enumerate(world.ends[: size - month]):
            events[month, age] = cases
    ages = Ages.of(filed, events)
    flow, stock = missing_of_flow(ages, ages.events), missing_of_stock(ages, least_age)
    for month in range(12):
        assert flow[month] == pytest.approx(world.missing(month), abs=1e-9)
        assert stock[month] == pytest.approx(world.missing(month, stock=least_age), abs=1e-9)


def test_pending_cases_are_censored_not_forgotten():
    """100 cases a month for 4 months, all ending at age 2: the last two months are still open."""
    events = np.zeros((4, 4))
    events[0, 2] = events[1, 2] = 100
    ages = Ages.of(np.full(4, 100.0), events)
    assert ages.at_risk.tolist() == [400, 300, 200, 0] and ages.open[:3].tolist() == [1, 1, 0]
    assert missing_of_flow(ages, ages.events)[:3].tolist() == [1, 1, 0]


def test_periods_and_moments():
    start = Start(date(2025, 1, 1), True, {"concluded": date(2025, 10, 1), "pending": date(2026, 3, 31), "old": None})
    stocks = {"pending": _stock(opening=False), "opening": _stock(opening=True), "old": _stock(opening=False)}
    assert start.whole("concluded", parse_period("2025Q4"), stocks)
    assert not start.whole("concluded", parse_period("2025H2"), stocks)
    assert start.whole("pending", parse_period("2026Q1"), stocks) and not start.whole(
        "old", parse_period("2030"), stocks
    )
    opening = Start(start.since, True, {"opening": date(2026, 3, 31)})
    assert not opening.whole("opening", parse_period("2026Q1"), stocks)
    assert opening.whole("opening", parse_period("2026Q2"), stocks)


def _stock(*, opening: bool):
    return Stock("s", "存", "filed", "concluded", opening, 0, 0, None)


def test_an_engine_tells_the_same(since):
    """The grouped queries run where the cases are."""
    courts = court_table.load(since / "courts.csv")
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE anjian AS SELECT * FROM '{since / 'cases.parquet'}'")
    edition, day = catalogue.load(), date(2026, 11, 22)
    remote = Remote("duckdb", Database("", "", since), "anjian")
    held = Pep249(DUCKDB, connection, "test")
    with read.read(["cases.parquet"], since, tree=courts, today=day) as table:
        mine = beginning(table, fitted(edition, table))
    wanted = engine_columns(edition)
    with read_engine(remote, since, tree=courts, today=day, wanted=wanted, engine=held) as table:
        assert table.engine is not None
        assert beginning(table, fitted(edition, table)) == mine
    assert mine.start.cut


def test_the_circular_of_the_first_year_says_what_is_missing_and_shows_no_zero_for_it(since, tmp_path, tongbao):
    folder = tmp_path / "w"
    folder.mkdir()
    for name in ("cases.parquet", "courts.csv", "tongbao.toml"):
        (folder / name).write_bytes((since / name).read_bytes())

    def written(period: str) -> str:
        texts = []
        for kind in ("general", "technical"):
            done = tongbao("bulletin", kind, "-w", folder, "--period", period, "--format", "md", "-q")
            assert done.code == 0, done.err
            texts.append((folder / "out" / period / f"{period}-{kind}.md").read_text("utf-8"))
        return "".join(texts)

    text = written("2025Q2")
    assert "审执结本期数据不完整，不作比较" in text and "项次因本期数据不完整，不作评价" in text
    assert "本期数据不完整、不作比较和评价的指标（旧存、受理、结案、未结、" in text
    assert "疑似年底不收案" not in text and "处于合理区间" not in text
    text = written("2026Q3")
    assert "上年同期数据不完整，不作比较" in text
    row = next(line for line in text.splitlines() if line.startswith("| 结案 | "))
    assert " 0 |" not in row, "a quarter that is not whole is no quarter without cases"
