"""Serial cases: found by party, cause and week, taken off both sides of every rate, and told of with both values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pandas as pd
import pytest
from by_hand import reading, write_csv
from planted_tables import NOW, judged, of, put, spec, table
from said import said

from reports.courts.periods import consecutive, parse_period
from reports.flag import judge, load
from reports.flag.series import less
from reports.model import ALL_LINES, BATCH
from reports.pipeline.bulletins import write
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.pipeline.subjects import narrowed, subjects
from reports.tally.series import serial, unseen
from reports.workspace import find

PLAINTIFF, CAUSE = "某某消费金融公司", "小额借款合同纠纷"
MONDAY = date(2026, 1, 5)


def case(number: int, filed: date, *, court="辽0102", kind="民初", party=PLAINTIFF, cause=CAUSE, days=40, origin=""):
    return {
        "案号": f"（{filed.year}）{court}{kind}{number}号",
        "经办法院": court,
        "案由": cause,
        "当事人": party,
        "立案日期": filed.isoformat(),
        "结案日期": (filed + timedelta(days=days)).isoformat(),
        "结案方式": "判决",
        "原审案号": origin,
    }


def numbers(rows, tmp_path):
    with reading(write_csv(tmp_path / "cases.csv", rows)) as cases:
        found = serial(cases)
        return set() if found is None else {one for (one,) in found.rows(f"SELECT case_no FROM {found.relation}")}


def test_twenty_of_one_party_cause_week_and_court_are_a_series(tmp_path):
    whole = [case(n, MONDAY + timedelta(days=n % 7)) for n in range(1, 21)]
    fewer = [case(100 + n, MONDAY + timedelta(days=7 + n % 7)) for n in range(19)]  # the week after
    apart = [
        case(200, MONDAY, party="张某"),
        case(201, MONDAY, cause="买卖合同纠纷"),
        case(202, MONDAY, court="辽0103"),
    ]
    nobody = [case(300 + n, MONDAY, party="") for n in range(30)]
    found = numbers([*whole, *fewer, *apart, *nobody], tmp_path)
    assert found == {row["案号"] for row in whole}
    assert numbers(whole[:-1] + fewer, tmp_path) == set()


def test_what_came_of_a_series_and_what_it_came_of_belong_to_it(tmp_path):
    """An appeal goes with its judgment: without one of the two a rate would lose one side only."""
    whole = [case(n, MONDAY) for n in range(1, 21)]
    appeal = case(1, MONDAY + timedelta(days=60), court="辽01", kind="民终", party="李某", origin=whole[0]["案号"])
    other = case(
        2, MONDAY + timedelta(days=60), court="辽01", kind="民终", party="李某", origin="（2025）辽0102民初7号"
    )
    assert numbers([*whole, appeal, other], tmp_path) == {row["案号"] for row in [*whole, appeal]}
    first = [case(500 + n, MONDAY - timedelta(days=60 + 9 * n), party="王某") for n in range(20)]
    enforced = [case(n, MONDAY, kind="执", party="王某", origin=one["案号"]) for n, one in enumerate(first, 1)]
    assert numbers([*first, *enforced], tmp_path) == {row["案号"] for row in [*first, *enforced]}


def test_data_without_parties_say_so(tmp_path):
    rows = [{k: v for k, v in case(n, MONDAY).items() if k != "当事人"} for n in range(1, 30)]
    with reading(write_csv(tmp_path / "cases.csv", rows)) as cases:
        assert unseen(cases) == "数据中没有“当事人”"
        assert serial(cases) is None


def test_the_printed_rule_has_the_threshold_in_force():
    assert f"{BATCH}件以上" in load().rules["series"].text


def test_both_sides_are_taken_off_and_nothing_becomes_negative():
    key = ["court", "line", "indicator", "period"]
    rows = pd.DataFrame(
        [("A", ALL_LINES, "rate", "2025Q4", 70, 600), ("B", ALL_LINES, "rate", "2025Q4", 5, 60),
         ("A", ALL_LINES, "filed", "2025Q4", 700, None)], columns=[*key, "numerator", "denominator"]
    ).astype({"numerator": "Int64", "denominator": "Int64"})  # fmt: skip
    series = rows.assign(numerator=[20, 6, 500], denominator=pd.array([500, 10, None], dtype="Int64"))
    found = less(rows, series.iloc[[2, 0, 1]], [spec(), spec("filed", "count", "neutral")])
    assert found["numerator"].tolist() == [50, 5, 700]
    assert found["denominator"].tolist()[:2] == [100, 60]


@pytest.mark.parametrize(("better", "grade"), [("higher", "green"), ("lower", "red")])
def test_neither_praise_nor_red_rests_on_a_series(better, grade):
    quiet = table(seed=3)
    row = quiet[(quiet["court"] == "C07") & (quiet["period"] == NOW.key)].iloc[0]
    x, n = int(row["numerator"]), int(row["denominator"])
    whole = put(quiet, 7, NOW.key, x + 190, n + 200)  # two hundred cases of one party, nearly all alike
    assert of(judged(whole, spec(better=better)), 7).severity == grade
    assert of(judged(whole, spec(better=better), rest=quiet), 7) is None


def test_what_a_series_hides_is_told_with_both_values():
    moved = table(moved={7: 1.0}, seed=3)
    row = moved[(moved["court"] == "C07") & (moved["period"] == NOW.key)].iloc[0]
    x, n = int(row["numerator"]), int(row["denominator"])
    whole = put(moved, 7, NOW.key, x, n + 600)
    hidden = of(judged(whole), 7)
    assert hidden is None or hidden.direction == "down"
    one = of(judged(whole, rest=moved), 7)
    assert (one.severity, one.numerator, one.denominator, one.rest) == ("red", x, n + 600, (x, n))
    without = f"剔除系列案后为{x / n:.2%}（{x}/{n}）；"
    text = said(one)
    assert text.index(f"（{x}/{n + 600}）") < text.index("同比") < text.index(without) < text.index("推算为")
    assert "以往各期的系列案已剔除" in said(of(judged(put(moved, 7, "2025Q1", 50, 900), rest=moved), 7))


# A city of eight courts whose cases take sixty days or so. The plaintiff sues three hundred times within a week of the
# last quarter at two of them and is done in ten days; at one of the two everybody else has to wait for ninety.
PRAISED, HIDDEN = "辽0103", "辽0105"
CONFIG = '[court]\ncode = "辽01"\n[source]\nfiles = ["cases.csv"]\n[output]\nformats = ["md"]\n'


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    rows = []
    for period in consecutive(parse_period("2024Q1"), parse_period("2026Q1")):
        for place in range(2, 10):
            court = f"辽01{place:02d}"
            slow = court == HIDDEN and period.key == "2026Q1"
            for n in range(80):
                ended = period.start + timedelta(days=n)
                days = (90 if slow else 60) + (n * 7 + place * 5 + period.last) % 23
                rows.append(case(len(rows) + 1, ended - timedelta(days=days), court=court, party=f"张某{n}", days=days))
    for court in (PRAISED, HIDDEN):
        rows += [case(len(rows) + n, date(2026, 1, 6), court=court, days=10) for n in range(300)]
    write_csv(folder / "cases.csv", rows)
    (folder / "tongbao.toml").write_text(CONFIG, "utf-8")
    names = "".join(f"辽01{n:02d},天枢市第{n}区人民法院,基层法院,辽01\n" for n in range(2, 10))
    (folder / "courts.csv").write_text("代码,名称,层级,上级\n辽01,天枢市中级人民法院,中院,\n" + names, "utf-8")
    day = date(2026, 4, 15)
    job = Job(find(folder), parse_period("2026Q1", cutoff_day=0), day, day)
    mean = {}
    for court in (PRAISED, HIDDEN):
        mine = [
            (date.fromisoformat(row["结案日期"]) - date.fromisoformat(row["立案日期"])).days
            for row in rows
            if row["经办法院"] == court and row["当事人"] != PLAINTIFF and "2026-01" <= row["结案日期"] < "2026-04"
        ]
        mean[court] = sum(mine), len(mine)
    return job, findings(job), mean


def test_a_court_is_not_praised_for_what_one_plaintiff_did(city):
    _, found, mean = city
    days = {one.court: one for one in found.flags if one.indicator == "average_days"}
    printed = found.comparisons.cell(PRAISED, ALL_LINES, "average_days")
    assert Fraction(*printed.now) < 30  # all cases of it
    assert Fraction(*mean[PRAISED]) > 60  # those of everybody else
    (with_them,) = (one for one in judge(replace(found.grounds, series=None)).flags if one.court == PRAISED)
    assert (with_them.indicator, with_them.severity) == ("average_days", "green")
    assert PRAISED not in days
    assert (PRAISED, ALL_LINES, "average_days") in found.unmoved
    assert days[HIDDEN].severity == "red" and days[HIDDEN].rest == mean[HIDDEN]
    assert "剔除系列案后为" in said(days[HIDDEN])


def test_a_court_s_own_table_says_what_it_would_be_without_them(city):
    """Beside a value that one plaintiff made stands that of everybody else; nothing is said where there is none."""
    job, found, mean = city
    told = {cell: value for cell, value in found.rest.items() if cell[2] == "average_days" and "本级" not in cell[0]}
    assert {cell for cell in told if cell[0] != "辽01"} == {
        (court, line, "average_days") for court in (PRAISED, HIDDEN) for line in (ALL_LINES, "民事")
    }
    assert told[PRAISED, ALL_LINES, "average_days"] == mean[PRAISED]
    kind = job.kinds["court"]
    texts = {one.label: write(job, kind, one, narrowed(found, one)).markdown for one in subjects(kind, found)}
    measure = found.comparisons.cell(PRAISED, ALL_LINES, "average_days").measure
    note = "剔除系列案（同一当事人、同一案由、同一周内立案20件以上）后，"
    for court in (PRAISED, HIDDEN):
        assert f"{note}平均审理天数为{measure.text(*mean[court])}" in texts[court]
    assert note not in texts["辽0104"]


def test_no_party_is_named(city):
    job, found, _ = city
    for kind in ("general", "court"):
        for subject in subjects(job.kinds[kind], found):
            assert PLAINTIFF not in write(job, job.kinds[kind], subject, narrowed(found, subject)).markdown
    assert PLAINTIFF not in str(found)
