"""A small province of a few courts whose numbers are chosen by hand, quarter by quarter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path

from by_hand import write_csv

from reports.courts.periods import consecutive, parse_period

CITY = """代码,名称,层级,上级
辽01,天枢市中级人民法院,中院,
""" + "".join(f"辽01{n:02d},天枢市第{name}区人民法院,基层法院,辽01\n" for n, name in enumerate("一二三四五六七八", 2))
CODES = [f"辽01{n:02d}" for n in range(2, 10)]
CONFIG = """[court]
code = "辽01"
[source]
files = ["cases.csv"]
[letterhead]
issuer = "天枢市中级人民法院"
mark = "天枢市中级人民法院文件"
number = "天中法〔{year}〕号"
to = "各基层人民法院，本院各部门："
[output]
formats = ["md"]
[ledger]
told = "run"
"""
Late = Callable[[str, str], int]  # court, quarter → conclusions of 200 that were late


def write_cases(folder: Path, last: str, late: Late, *, pending: Sequence[dict[str, object]] = ()) -> None:
    """200 conclusions a quarter in each basic court since 2023Q3, ``late`` of them after their due day."""
    quarters = [period.key for period in consecutive(parse_period("2023Q3"), parse_period(last))]
    rows: list[dict[str, object]] = list(pending)
    for quarter, code in product(quarters, CODES):
        rows += _concluded(quarter, code, late(code, quarter))
    write_csv(folder / "cases.csv", rows)


@cache
def _concluded(quarter: str, code: str, late: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    period = parse_period(quarter)
    for n in range(200):
        concluded = period.end - timedelta(days=n % 60)
        filed = concluded - timedelta(days=60 + n % 7)
        rows.append(
            {
                "案号": f"（{filed.year}）{code}民初{quarter[-1]}{n:04d}号",
                "经办法院": code,
                "案由": "买卖合同纠纷",
                "承办部门": "民一庭",
                "立案日期": filed.isoformat(),
                "结案日期": concluded.isoformat(),
                "结案方式": "判决",
                "应结案日期": (concluded + timedelta(days=-1 if n < late else 30)).isoformat(),
            }
        )
    return rows


def usual(code: str, quarter: str) -> int:
    """Late conclusions of an ordinary quarter: 6 to 10 of 200, the same in every run."""
    return 6 + (sum(map(ord, code + quarter)) * 7 + date(2026, 1, 1).day) % 5
