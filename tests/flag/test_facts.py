"""What a finding hands to print, recomputed from the cases in the unit in which it is printed: a slow oracle."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from by_hand import write_csv
from said import said

from reports.courts.periods import consecutive, parse_period
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.workspace import find

NOW, BEFORE, YEAR = "2026Q1", "2025Q4", "2025Q1"
CONFIG = """[court]
code = "辽01"
[source]
files = ["cases.csv"]
[[interval]]
indicator = "within_limit"
since = 2020-01-01
low = 92.0
source = "测试用，非实际区间"
"""
CODES = [f"辽01{n:02d}" for n in range(2, 11)]
LATE, SLOW, SETTLING, BUSY = CODES[1], CODES[3], CODES[5], CODES[7]


def cases():
    """Nine courts over nine quarters; in the last one is late, one slow, one settles more and one has more to do."""
    rows = []
    for period in consecutive(parse_period("2024Q1"), parse_period(NOW)):
        for place, court in enumerate(CODES):
            last = period.key == NOW
            for n in range(90 if not (last and court == BUSY) else 200):
                ended = period.start + timedelta(days=n % 88)
                days = 60 + (n * 7 + place * 5 + period.last) % 41 + (45 if last and court == SLOW else 0)
                late = n < (30 if last and court == LATE else 3 + (place + period.last) % 3)
                settled = n % 10 < (7 if last and court == SETTLING else 3 + (n + place + period.last) % 2)
                filed = ended - timedelta(days=days)
                rows.append(
                    {
                        "案号": f"（{filed.year}）{court}民初{len(rows) + 1}号",
                        "经办法院": court,
                        "案由": "买卖合同纠纷",
                        "当事人": f"张某{n}",
                        "立案日期": filed,
                        "结案日期": ended,
                        "结案方式": "调解" if settled else "判决",
                        "应结案日期": ended + timedelta(days=-1 if late else 20),
                    }
                )
    return rows


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The cases, and of every flag its court, indicator and sentence."""
    folder, rows = tmp_path_factory.mktemp("city"), cases()
    write_csv(folder / "cases.csv", rows)
    (folder / "tongbao.toml").write_text(CONFIG, "utf-8")
    names = "".join(f"{code},天枢市第{n}区人民法院,基层法院,辽01\n" for n, code in enumerate(CODES, 1))
    (folder / "courts.csv").write_text("代码,名称,层级,上级\n辽01,天枢市中级人民法院,中院,\n" + names, "utf-8")
    day = date(2026, 4, 15)
    found = findings(Job(find(folder), parse_period(NOW, cutoff_day=0), day, day))
    return rows, [(one, said(one)) for one in found.flags]


def counted(rows, court, indicator, key):
    """Numerator and denominator of a cell, case by case."""
    period = parse_period(key)
    mine = [row for row in rows if row["经办法院"] == court or court == "辽01"]
    if indicator == "filed":
        return sum(period.start <= row["立案日期"] <= period.end for row in mine), None
    ended = [row for row in mine if period.start <= row["结案日期"] <= period.end]
    each = {
        "average_days": lambda row: (row["结案日期"] - row["立案日期"]).days,
        "within_limit": lambda row: row["结案日期"] <= row["应结案日期"],
        "civil_mediation_rate": lambda row: row["结案方式"] == "调解",
    }[indicator]
    return sum(map(each, ended)), len(ended)


def printed(indicator, value):
    """The value as a bulletin prints it, a number without its unit."""
    x, n = value
    if n is None:
        return Decimal(x)
    factor, places = (1, "0.1") if indicator == "average_days" else (100, "0.01")
    return (Decimal(x * factor) / Decimal(n)).quantize(Decimal(places), ROUND_HALF_UP)


def changed(indicator, now, base):
    """How a change is told, from two printed values; a count in % of the exact base."""
    new, old = printed(indicator, now), printed(indicator, base)
    if indicator == "filed":
        size = (abs(new - old) * 100 / old).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return f"{'上升' if new > old else '下降'}{size}%"
    ways, unit = (("增加", "减少"), "天") if indicator == "average_days" else (("上升", "下降"), "个百分点")
    return f"{ways[new < old]}{abs(new - old)}{unit}"


def wilson(x, n):
    z, p = 1.959963984540054, x / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [f"{100 * (middle + side * half) / (1 + z * z / n):.2f}%" for side in (-1, 1)]


def test_every_number_of_a_finding_is_that_of_its_cases(told):
    rows, flags = told
    seen = set()
    for one, text in flags:
        if one.indicator not in ("filed", "average_days", "within_limit", "civil_mediation_rate"):
            continue
        court, name = one.court, one.indicator
        now = counted(rows, court, name, NOW)
        assert (one.numerator, one.denominator) == now, text
        unit = {"filed": "件", "average_days": "天"}.get(name, "%")
        assert f"为{printed(name, now)}{unit}{'' if now[1] is None else f'（{now[0]}/{now[1]}）'}，" in text
        for word, key in (("环比", BEFORE), ("同比", YEAR)):
            if told_change := re.search(rf"{word}((?:上升|下降|增加|减少)[\d.]+(?:个百分点|天|%|件))", text):
                assert told_change[1] == changed(name, now, counted(rows, court, name, key)), text
                seen.add(word)
        # What was expected and how far the value lies from it: the reader subtracts one printed number from the other.
        expected = re.search(r"推算为([\d.]+).*?实际([高低多少])([\d.]+)", text) or re.search(
            r"推算的([\d.]+)\D*?([高低多少])([\d.]+)", text
        )
        if expected:
            pooled = re.search(r"近2个季度(?:合并计算为|合计)([\d.]+)", text)
            value = Decimal(pooled[1]) if pooled else printed(name, now)
            gap = value - Decimal(expected[1])
            assert (expected[2] in "高多", abs(gap)) == (gap > 0, Decimal(expected[3])), text
            if pooled:
                parts = [counted(rows, court, name, key) for key in (BEFORE, NOW)]
                both = (sum(x for x, _ in parts), None if now[1] is None else sum(n for _, n in parts))
                assert Decimal(pooled[1]) == printed(name, both), text
            seen.add("推算")
        if interval := re.search(
            r"低于合理区间（不低于92%）([\d.]+)个百分点，折合约(\d+)件，95%置信区间(.+?)—(.+?)，", text
        ):
            assert Decimal(interval[1]) == 92 - printed(name, now), text
            assert int(interval[2]) in (math.floor(0.92 * now[1] - now[0]), math.ceil(0.92 * now[1] - now[0])), text
            assert [interval[3], interval[4]] == wilson(*now), text
            seen.add("区间")
        if before := re.search(r"此前(\d+)个季度", text):
            assert before[1] in ("7", "8"), text  # of nine quarters, less the last one or two
        assert "没有出现过" not in text
    assert seen == {"环比", "同比", "推算", "区间"}
