"""Rows in which nothing is wrong, for tests that then break one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from by_hand import reading, write_csv

from reports.catalogue.quality import QualityRule, load
from reports.courts.periods import parse_period
from reports.model import CaseTable, Quality, QualityFinding
from reports.quality import quality

Row = dict[str, object]
RULES = load()
EAST, CITY = "天枢市城东区人民法院", "天枢市中级人民法院"


def civil(number: int, **changes: object) -> Row:
    """A civil case of first instance, mediated within its limit."""
    row: Row = {
        "案号": f"（2025）辽0102民初{number}号",
        "经办法院": EAST,
        "适用程序": "简易程序",
        "案由": "买卖合同纠纷",
        "承办部门": "民事审判第一庭",
        "承办人": "承办人0001",
        "立案日期": "2025-05-06",
        "结案日期": "2025-07-15",
        "结案方式": "调解",
        "应结案日期": "2025-08-06",
        "扣除天数": 0,
        "扣除登记日期": "",
        "原审案号": "",
        "送达日期": "2025-07-15",
        "开庭次数": 1,
        "标的额": "12000.00",
        "申请执行金额": "",
        "到位金额": "",
        "当事人": "甲某",
    }
    return row | changes


def appeal(number: int, **changes: object) -> Row:
    """Its appeal, filed after the first instance ended."""
    return (
        civil(
            number,
            案号=f"（2025）辽01民终{number}号",
            经办法院=CITY,
            适用程序="",
            立案日期="2025-08-01",
            结案日期="2025-09-25",
            送达日期="2025-09-25",
            结案方式="维持",
            应结案日期="2025-11-01",
            原审案号=f"（2025）辽0102民初{number}号",
        )
        | changes
    )


def enforcement(number: int, **changes: object) -> Row:
    """An enforcement case, wholly recovered."""
    return (
        civil(
            number,
            案号=f"（2025）辽0102执{number}号",
            适用程序="",
            承办部门="执行局",
            结案方式="执行完毕",
            申请执行金额="5000.00",
            到位金额="5000.00",
        )
        | changes
    )


def clean() -> list[Row]:
    return [civil(1), civil(2), appeal(1), appeal(2), enforcement(1), enforcement(2)]


@contextmanager
def table_of(rows: Sequence[Row], folder: Path) -> Iterator[CaseTable]:
    with reading(write_csv(folder / "cases.csv", rows)) as table:
        yield table


def checked(
    rows: Sequence[Row],
    folder: Path,
    *,
    rules: Mapping[str, QualityRule] = RULES,
    period: str = "2025Q3",
    since: date | None = None,
) -> Quality:
    with table_of(rows, folder) as table:
        return quality(table, rules, parse_period(period), complete_since=since)


def found(result: Quality, rule: str) -> tuple[QualityFinding, ...]:
    return tuple(finding for finding in result.findings if finding.rule.id == rule)
