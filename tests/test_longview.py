"""The long view: season, direction, waiting times and causes worked out by hand; what is expected, and what is not."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from statistics import mean

import duckdb
import pytest
from by_hand import write_csv
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.catalogue import registers as catalogue
from reports.compose.longview import opening, sections
from reports.courts.periods import Period, consecutive, parse_period
from reports.errors import ConfigError, InputError
from reports.longview import Series, changed, cohort, gap, outlook, season, trend, years
from reports.longview.outlook import expected
from reports.model import ALL_LINES
from reports.pipeline.job import Job, choose_period
from reports.pipeline.longview import flows, longview, view_of
from reports.pipeline.registers import enter_all
from reports.pipeline.sources import divided, engine_columns, with_finality
from reports.read import NEEDED
from reports.read.database import Database
from reports.read.engine import Remote, read_engine
from reports.read.engine.engines import Pep249
from reports.read.engine.words import DUCKDB
from reports.workspace import find
from reports.workspace.listed import listed_courts

TODAY = date(2026, 2, 1)


def series(values, first=(2023, 1)) -> Series:
    months = [
        Period(first[0] + at // 12, at % 12 + 1, at % 12 + 1) for at in range(first[1] - 1, first[1] - 1 + len(values))
    ]
    return Series(tuple(months), tuple(values))


# Counts by month


def test_the_same_months_of_each_year_are_added_and_what_is_not_whole_is_left_empty():
    filed = series(range(1, 22), (2024, 4))  # April 2024: 1 to December 2025: 21
    pending = series([5] * 22, (2024, 3))
    found = years({"filed": filed, "pending": pending}, parse_period("2025"), {2025: 250})
    assert [(one.year, one.filed, one.concluded, one.pending, one.days) for one in found] == [
        (2024, None, None, 5, None), (2025, sum(range(10, 22)), None, 5, 250),
    ]  # fmt: skip
    part = years({"filed": filed}, parse_period("2025-01..06"), {})
    assert [(one.year, one.filed) for one in part] == [(2025, sum(range(10, 16)))]


def test_the_direction_counts_every_pair_of_the_same_month():
    # Three years; each month goes 10, 11, 12 but January, which goes 12, 11, 10, and February, which stays.
    values = [[12, 11, 10], [10, 10, 10], *[[10, 11, 12]] * 10]
    found = trend(series([values[month][year] for year in range(3) for month in range(12)]))
    assert (found.more, found.fewer, found.same) == (30, 3, 3)
    # S = 30 − 3 = 27; var = 11 months of 3·2·11/18 = 11/3 each, none of the tied one; z = 26/√(121/3).
    assert found.z == pytest.approx(26 / (121 / 3) ** 0.5)
    assert found.way == 1
    assert trend(series([10] * 23)) is None, "one year and eleven months"
    assert trend(series([10] * 24)).way == 0


@given(st.lists(st.integers(0, 60), min_size=24, max_size=60))
def test_the_direction_is_that_of_all_pairs_and_turns_with_time(values):
    found = trend(series(values))
    pairs = [
        (b > a) - (b < a)
        for month in range(12)
        for a, b in combinations(values[month::12], 2)
    ]  # fmt: skip
    assert (found.more, found.fewer, found.same) == tuple(pairs.count(way) for way in (1, -1, 0))
    whole = values[: len(values) // 12 * 12]
    # Read backwards, month by month, every pair turns round.
    back = [whole[(len(whole) // 12 - 1 - at // 12) * 12 + at % 12] for at in range(len(whole))]
    assert trend(series(back)).z == pytest.approx(-trend(series(whole)).z)


def test_a_month_is_held_against_the_year_by_its_working_days():
    # 100 a month of 20 days; February has 10 days and 50 cases: as busy as any. December has twice as many.
    year = [100, 50, *[100] * 9, 200]
    days = [20, 10, *[20] * 10]
    found = season(series(year * 2), days * 2)
    assert found.totals[1] == 100 and found.days[1] == 20
    # 1250 cases in 230 days; a month of 20 days and 100 cases has 100·230/(1250·20) of the level.
    assert found.level(1) == found.level(2) == pytest.approx(100 * 100 * 230 / (1250 * 20))
    assert found.level(12) == pytest.approx(2 * found.level(1))
    assert found.marked[11] == 1 and found.marked[1] == 0
    # January has 2·108.7 to be expected and 200 came: 17.4 less, and three errors are 42.
    assert found.marked[0] == 0
    assert season(series(year + year[:11]), days + days[:11]) is None


@given(st.integers(0, 10**6), st.integers(2, 5))
def test_the_parts_of_a_season_are_the_whole_and_a_wild_month_of_one_year_is_none(seed, runs):
    draw = random.Random(seed)
    values = [draw.randint(80, 120) for _ in range(12 * runs)]
    found = season(series(values), [20] * 12 * runs)
    assert sum(found.totals) == sum(values) and found.years == runs
    assert mean(found.level(month) for month in range(1, 13)) == pytest.approx(100)


def test_a_month_of_one_year_that_is_like_no_other_is_no_season():
    values = [100 + at % 3 for at in range(36)]
    assert season(series([*values[:12], 400, *values[13:]]), [20] * 36).marked[0] == 0
    every = [value * 2 if at % 12 == 2 else value for at, value in enumerate(values)]
    assert season(series(every), [20] * 36).marked[2] == 1


def test_a_month_that_halves_for_once_ends_what_can_be_compared():
    assert gap(series([100] * 30)) is None
    assert gap(series([100] * 10 + [49] + [100] * 10)).key == "2023-11"
    assert gap(series([100] * 10 + [50] + [100] * 10)) is None
    assert gap(series([50] * 10 + [5] + [50] * 10)) is None, "fewer than sixty a month may halve by chance"


# From filing to conclusion


def test_the_waiting_times_of_a_cohort_by_hand():
    # 60 cases: 30 end after 50 days, 10 are pending for 60, of the 20 left 10 end after 100 and 10 are pending for 400.
    found = cohort(2024, {50: (30, 0), 60: (0, 10), 100: (10, 0), 400: (0, 10)})
    assert (found.cases, found.pending) == (60, 20)
    assert found.median == 50
    # Of day 90 no more than 20 are followed, and ten have left before: no number for 90 days.
    assert found.shares == (None, None, None)
    many = cohort(2024, {50: (300, 0), 60: (0, 100), 100: (100, 0), 400: (0, 100)})
    # 1 − 1/2; then half of the 200 that are followed: 1 − 1/2·1/2.
    assert many.shares == (Fraction(1, 2), Fraction(3, 4), Fraction(3, 4))
    known = cohort(2023, {50: (20, 0), 120: (9, 0), 500: (0, 1)})
    assert known.shares == (Fraction(20, 30), Fraction(29, 30), Fraction(29, 30)), "nobody left before: plain quotients"
    assert cohort(2024, {10: (29, 0)}).median is None, "fewer than thirty cases"
    assert cohort(2024, {}).cases == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=60, max_size=120))
def test_the_waiting_times_are_those_of_a_slow_estimate(cases):
    waits: dict[int, tuple[int, int]] = {}
    for days, ended in cases:
        before = waits.get(days, (0, 0))
        waits[days] = (before[0] + ended, before[1] + (not ended))
    found = cohort(2025, waits)
    for within, share in zip((90, 180, 365), found.shares, strict=True):
        left = Fraction(1)
        for day in sorted({days for days, ended in cases if ended and days <= within}):
            risk = sum(days >= day for days, _ in cases)
            left *= 1 - Fraction(sum(ended and days == day for days, ended in cases), risk)
        if share is not None:
            assert float(share) == pytest.approx(float(1 - left), abs=1e-6)
        else:
            assert sum(days > within for days, _ in cases) < 30 and any(not e and d <= within for d, e in cases)
    told = [share for share in found.shares if share is not None]
    assert told == sorted(told) and all(0 <= share <= 1 for share in told)


# Causes


def test_causes_come_and_go_beyond_chance():
    steady = {f"案由{n}": (100, 104, 97) for n in range(9)}
    found = changed((2023, 2024, 2025), {**steady, "甲": (50, 60, 140), "乙": (0, 0, 30), "丙": (45, 35, 0), "丁": (9, 8, 1),
                                         "戊": (200, 190, 110)})  # fmt: skip
    assert [one.name for one in found.grown] == ["甲"]
    assert [one.name for one in found.fallen] == ["戊"]
    assert [one.name for one in found.come] == ["乙"] and [one.name for one in found.gone] == ["丙"]
    # A year with twice as many cases of every cause makes none grow.
    doubled = changed((2024, 2025), {name: (100 + n, 200 + 2 * n) for n, name in enumerate(steady)})
    assert not doubled.grown + doubled.fallen
    assert changed((2025,), {"甲": (5,)}).grown == ()
    assert changed((2024, 2025), {}).come == ()


# What to expect


def test_what_is_expected_is_the_level_and_the_mean_change_of_past_years():
    # At the end of September 500; from September to December pending cases rose by 40 and by 61: 50.5, half up.
    values = [300] * 36
    values[8], values[11], values[20], values[23], values[32] = 300, 340, 400, 461, 500
    assert expected(tuple(values[:33]), 3) == 551


def falling(size: int) -> list[int]:
    """Ten more each month, with a season of a hundred: the year before is always 120 off."""
    return [1000 + 10 * at + (100 if at % 12 in (10, 11) else 0) for at in range(size)]


def test_an_outlook_comes_with_how_good_the_method_was():
    found = outlook(series(falling(45)), Period(2026, 12, 12))  # up to September 2026
    assert (found.expected, found.low, found.high) == (1570, 1570, 1570)
    assert found.test.moments == 45 - 12 - 3 and found.test.off == 0 and found.test.off_before == 30 * 120
    # A range of a moment needs six errors known then: those of moments three months before or earlier.
    assert (found.test.ranged, found.test.held) == (30 - 3 - 5, 30 - 3 - 5)
    assert found == outlook(series(falling(45)), Period(2026, 12, 12))
    short = outlook(series(falling(26)), Period(2025, 5, 5))
    assert (short.reason, short.needed, short.expected, short.test) == ("short", 27, None, None)
    assert outlook(series(falling(27)), Period(2025, 6, 6)).test.moments == 12


def test_nothing_is_expected_where_the_year_before_is_as_good():
    season_only = [1000 + 100 * (at % 12) for at in range(36)]  # both are right always
    found = outlook(series(season_only), Period(2026, 3, 3))
    assert (found.reason, found.expected, found.low) == ("no better", None, None)
    assert found.test.off == found.test.off_before == 0


@given(st.lists(st.integers(0, 3000), min_size=27, max_size=60), st.integers(1, 3))
def test_an_outlook_is_within_its_range_and_knows_nothing_of_what_came_later(values, ahead):
    whole = series(values)
    last = whole.months[-1]
    month = consecutive(last, Period(last.year + 1, last.last, last.last))[ahead]
    found = outlook(whole, month)
    if found.expected is not None:
        assert 0 <= found.low <= found.expected <= found.high
        assert found.test.off < found.test.off_before and found.test.held <= found.test.ranged
    if found.test:
        # The back-test by hand, each moment with what was known then.
        off = sum(
            abs(values[at + ahead] - expected(tuple(values[: at + 1]), ahead)) for at in range(12, len(values) - ahead)
        )
        assert found.test.off == off


# Cases


def rows(step: int = 3) -> list[dict[str, object]]:
    """Two courts from 2023 to 2025: a case every ``step`` days, ended after 20 to 219 days; 城北 went into 城东 in 2024."""
    found, day, number = [], date(2023, 1, 2), Counter()
    for at in range(10**4):
        day = date(2023, 1, 2) + timedelta(days=step * at // 4)
        if day > date(2025, 12, 31):
            break
        merged = at % 4 == 3
        code = "辽0103" if at % 4 == 2 else "辽0104" if merged and day < date(2024, 7, 1) else "辽0102"
        number[code, day.year] += 1
        end = day + timedelta(days=20 + (at * 37) % 200)
        found.append(
            {
                "案号": f"（{day.year}）{code}民初{number[code, day.year]}号", "经办法院": code,
                "案由": "买卖合同纠纷" if at % 3 else "离婚纠纷", "承办部门": "民二庭" if at % 8 == 2 else "民一庭",
                "立案日期": day.isoformat(), "结案日期": end.isoformat() if end <= date(2025, 12, 31) else "",
                "结案方式": "判决" if end <= date(2025, 12, 31) else "",
            }
        )  # fmt: skip
    return found


COURTS = """代码,名称,层级,上级,并入
辽01,天枢市中级人民法院,中院,,
辽0102,天枢市城东区人民法院,基层法院,辽01,
辽0103,天枢市城西区人民法院,基层法院,辽01,
辽0104,天枢市城北区人民法院,基层法院,辽01,辽0102
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("历年")
    write_csv(folder / "cases.csv", rows())
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    (folder / "tongbao.toml").write_text('[source]\nfiles = ["cases.csv"]\n', "utf-8")
    return folder


def job_of(folder: Path, period: str = "2025") -> Job:
    return Job(find(folder), parse_period(period), TODAY, TODAY)


def test_the_long_view_counts_as_a_slow_count_does(world):
    found, cases = longview(job_of(world)), rows()
    for year in (2023, 2024, 2025):
        (one,) = [row for row in found.years if row.year == year]
        assert one.filed == sum(row["立案日期"][:4] == str(year) for row in cases)
        ended = sum(row["结案日期"][:4] == str(year) for row in cases)
        assert one.concluded == (ended if year > 2023 else None)  # what was pending before 2023 is not in the data
        end = f"{year}-12-31"
        assert one.pending == sum(row["立案日期"] <= end and not ("" < row["结案日期"] <= end) for row in cases)
    assert [one.days for one in found.years] == [249, 251, 248]  # working days by the State Council's arrangements
    (whole,) = [one for one in found.cohorts[ALL_LINES] if one.year == 2023]
    lengths = sorted(
        (date.fromisoformat(row["结案日期"]) - date.fromisoformat(row["立案日期"])).days
        for row in cases
        if row["立案日期"] < "2024"
    )
    assert whole.median == lengths[(len(lengths) - 1) // 2]
    assert whole.shares[0] == Fraction(sum(days <= 90 for days in lengths), len(lengths))
    assert whole.pending == 0 and whole.cases == len(lengths)


def test_a_court_that_went_into_another_is_part_of_it_from_the_beginning(world):
    found = longview(job_of(world), "辽0102")
    assert found.name == "城东区法院" and "合并、更名的法院按现在的法院计" in opening(found)
    assert "合并" not in opening(longview(job_of(world), "辽0103"))
    mine = [row for row in rows() if row["经办法院"] != "辽0103"]
    assert [one.filed for one in found.years] == [
        sum(row["立案日期"][:4] == year for row in mine) for year in ("2023", "2024", "2025")
    ]
    assert not found.breaks
    told = "数据中没有2023年1月以前立案、当时未结的案件，此前的数不完整，不作比较。"
    assert told in opening(found) and found.series["filed"].months[0].key < found.series["concluded"].months[0].key


def test_what_came_after_the_period_is_not_known_in_it(world):
    found, later = longview(job_of(world, "2024")), longview(job_of(world))
    assert found.years == later.years[:2]
    # Half a year: the same months of every year, and the last cohort as far as it goes.
    half = longview(job_of(world, "2025H1"))
    assert [one.filed for one in half.years] == [
        sum(row["立案日期"][:4] == str(year) and row["立案日期"][5:7] <= "06" for row in rows())
        for year in (2023, 2024, 2025)
    ]
    last = half.cohorts[ALL_LINES][-1]
    assert last.cases == half.years[-1].filed and last.pending > 0


def test_a_declared_break_is_said_and_nothing_before_it_is_compared(world, tmp_path):
    text = (world / "tongbao.toml").read_text("utf-8").replace("cases.csv", str(world / "cases.csv"))
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    more = '[[series_break]]\nsince = 2024-01-01\nwhy = "换用新系统"\n[[series_break]]\nsince = 2025-01-01\nline = "执行"\nwhy = "执行案件另行登记"\n'
    (tmp_path / "tongbao.toml").write_text(text + more, "utf-8")
    found = longview(job_of(tmp_path))
    assert [one.year for one in found.years if one.filed] == [2024, 2025]
    assert "换用新系统，2024年1月以前的水平不作比较。" in opening(found) and "执行" not in opening(found)
    assert {one.months[0].key for one in found.series.values()} == {"2024-01"}
    (tmp_path / "tongbao.toml").write_text(text + '[[series_break]]\nsince = "2024"\nwhy = "换用新系统"\n', "utf-8")
    with pytest.raises(ConfigError, match="since：应为日期"):
        find(tmp_path)


def test_an_engine_gives_the_same_long_view(world):
    job = job_of(world)
    connection = duckdb.connect()
    source = f"read_csv('{world}/cases.csv', all_varchar = true, header = true, nullstr = '')"
    connection.execute(f"CREATE TABLE anjian AS SELECT * FROM {source}")
    remote, engine = Remote("duckdb", Database("", "", world), "anjian"), Pep249(DUCKDB, connection, "test")
    wanted = engine_columns(flows(job)) | NEEDED
    tree = listed_courts(job.workspace)
    with read_engine(remote, world, tree=tree, today=TODAY, wanted=wanted, engine=engine) as table:
        found = view_of(job, divided(job, with_finality(table, flows(job))), "辽01", ALL_LINES)
    assert found == longview(job)


def test_what_cannot_be_asked_is_said(world):
    with pytest.raises(ConfigError, match="没有“执行”条线的案件"):
        longview(job_of(world), line="执行")
    with pytest.raises(InputError, match="数据覆盖"):
        longview(replace(job_of(world), period=parse_period("2026-01"), today=date(2026, 3, 1)))


# The command and the bulletin


def test_the_command_prints_writes_and_speaks_json(world, tmp_path, tongbao):
    asked = ("longview", "-w", world, "--period", "2025", "--as-of", "2026-02-01", "-q")
    result = tongbao(*asked)
    assert result.code == 0, result.err
    found = longview(job_of(world))
    for section in sections(found):
        assert f"【{section['title']}】" in result.out
        assert all(sentence in result.out for sentence in section["sentences"])
    told = json.loads(tongbao(*asked, "--json").out)
    assert told["schema"] == "tongbao.longview/1" and told["period"] == "2025"
    assert [one["filed"] for one in told["years"]] == [one.filed for one in found.years]
    assert told["series"]["filed"]["counts"] == list(found.series["filed"].values)
    result = tongbao(*asked, "-o", tmp_path / "历年.md", "-o", tmp_path / "历年.xlsx")
    assert result.code == 0 and not result.out and "已写入" in result.err
    text = (tmp_path / "历年.md").read_text("utf-8")
    assert "标题: 天枢市中院辖区历年案件情况和规律（至2025年12月）" in text and "| 2025年 |" in text
    late = tongbao("longview", "-w", world, "--as-of", "2026-07-10", "--json", "-q")  # as far as the data reach
    assert json.loads(late.out)["period"] == "2025-12"
    bad = tongbao(*asked, "-o", tmp_path / "历年.txt")
    assert bad.code == 2 and ".md、.pdf、.docx、.xlsx" in bad.err and not (tmp_path / "历年.txt").exists()


def test_the_yearly_bulletin_tells_the_year_and_what_the_registers_hold(world, tmp_path, tongbao):
    folder = tmp_path / "质效"
    folder.mkdir()
    for name in ("cases.csv", "courts.csv", "tongbao.toml"):
        (folder / name).write_bytes((world / name).read_bytes())
    place = find(folder)
    row = {"document": "天枢法建〔2025〕1号", "kind": "类案", "court": "辽0102", "dept": "民一庭", "addressee": "某局",
           "subject": "完善格式合同", "sent": "2025-03-01", "answered": "2025-04-01", "adopted": "采纳"}  # fmt: skip
    assert "advice" in catalogue.load(folder)
    enter_all(place, {"advice": [row, {**row, "document": "天枢法建〔2024〕9号", "sent": "2024-03-01", "answered": "", "adopted": ""}]},
              at="2026-01-05", who="王五")  # fmt: skip
    told = ("--period", "2025Q2", "--as-of", "2025-07-20")
    done = tongbao("ledger", "open", "-w", folder, "--by", "王五", *told, "--court", "辽0103", "--indicator", "平均审理天数",
                   "--problem", "审理时间较长", "--bulletin", "第二季度通报")  # fmt: skip
    assert done.code == 0, done.err
    (folder / "tongbao.toml").write_text(
        (folder / "tongbao.toml").read_text("utf-8") + "[pending]\nmonths = [6]\n", "utf-8"
    )
    done = tongbao("pending", "update", "-w", folder, "--as-of", "2025-12-31")
    assert done.code == 0, done.err
    made = tongbao("bulletin", "yearly", "-w", folder, "--as-of", "2026-02-01", "--format", "md")
    assert made.code == 0, made.err
    text = (folder / "out" / "2025" / "2025-yearly.md").read_text("utf-8")
    found = longview(job_of(world))
    assert f"新收{found.years[-1].filed}件" in text and "## 三、历年情况和规律" in text
    assert "司法建议：全年发出1份，收到回复1份" in text and "某局" not in text
    assert "2025年度各期通报的问题共1项，至今已反馈0项；已复核销号0项，尚未销号1项。" in text
    old = sum(not row["结案日期"] and row["立案日期"] <= "2025-06-30" for row in rows())
    assert old and f"长期未结案件台账全年列入{old}件；台账中的案件全年结案0件，核销0件。" in text
    table = text.split("各法院收案、结案和未结情况")[1].split("> 注")[0]
    names = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")][1:]
    assert names == ["城东区法院", "城西区法院"], "in table order, the merged court as part of its successor"
    west = next(line for line in table.splitlines() if line.startswith("| 城西区法院"))
    assert west.split("|")[2].strip() == str(sum(r["经办法院"] == "辽0103" and r["立案日期"] >= "2025" for r in rows()))


def test_the_year_of_a_single_court_is_told_by_department(tmp_path, tongbao):
    mine = [row for row in rows() if row["经办法院"] == "辽0103"]
    write_csv(tmp_path / "cases.csv", mine)
    (tmp_path / "courts.csv").write_text("代码,名称,层级,上级\n辽0103,天枢市城西区人民法院,基层法院,\n", "utf-8")
    (tmp_path / "tongbao.toml").write_text('[source]\nfiles = ["cases.csv"]\n', "utf-8")
    made = tongbao("bulletin", "yearly", "-w", tmp_path, "--period", "2025", "--as-of", "2026-02-01", "--format", "md")
    assert made.code == 0, made.err
    text = (tmp_path / "out" / "2025" / "2025-yearly.md").read_text("utf-8")
    assert "版式: 简报" in text and "主送: 本院各部门：" in text
    body = text.split("# 附件")[0]
    assert "各法院" not in body and "辖区" not in body and "法院按" not in body
    table = text.split("各部门收案、结案和未结情况")[1].split("> 注")[0]
    told = {cells[1].strip(): cells[2].strip() for line in table.splitlines() if len(cells := line.split("|")) > 3}
    for name in ("民一庭", "民二庭"):
        assert told[name] == str(sum(row["承办部门"] == name and row["立案日期"] >= "2025" for row in mine))


def test_a_year_that_is_not_over_or_not_covered_is_refused(world, tongbao):
    early = tongbao("bulletin", "yearly", "-w", world, "--period", "2026", "--as-of", "2026-02-01")
    assert early.code == 2 and "2026年度到2026年12月31日才结束" in early.err and "如 2025" in early.err
    part = tongbao("bulletin", "yearly", "-w", world, "--period", "2025Q3", "--as-of", "2026-02-01")
    assert part.code == 2 and "一年一期" in part.err
    before = tongbao("bulletin", "yearly", "-w", world, "--period", "2022", "--as-of", "2026-02-01")
    assert before.code == 5 and "数据覆盖2023年1月" in before.err and "不足以统计2022年度" in before.err
    assert choose_period(find(world), None, date(2026, 11, 30), [job_of(world).kinds["yearly"]]).key == "2025"
