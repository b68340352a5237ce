"""The way of one case through the courts: all cases that the data link with it, and what happened when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.courts.case_no import identity, identity_sql
from reports.model import CaseTable

LINKS = ("origin_case_no", "basis_case_no")  # of the case that it came from, or that it enforces
TOLD = (
    "case_no", "court", "line", "procedure", "applied", "cause", "dept", "filed", "heard", "concluded", "outcome",
    "deadline", "extended", "excluded_days", "hearings", "reversal_reason", "appeal_date", "appeal_received",
    "appeal_sent", "second_no", "second_filed", "second_date", "second_result", "retrial_date", "retrial_result",
    "effective", "enforced_on", "exec_due", "exec_recovered", *LINKS,
)  # fmt: skip
FIRST, SECOND, RETRIAL = "一审", "二审", "再审"
MOST = 60  # cases linked with one: more are a series under one number
_STEPS = 12


@dataclass(frozen=True)
class Moment:
    """Something that happened, ``what`` in a few words, to a case of a ``number`` and ``court``."""

    day: date
    what: str
    number: str
    court: str


def linked(table: CaseTable, number: str) -> list[dict[str, Any]]:
    """The cases linked with one by 原审案号 and 执行依据案号, up and down, in order of filing; empty without it.

    Canonical column → value, of those of :data:`TOLD` that the data have. Only for cases in files.
    """
    names = [name for name in TOLD if name in {*table.columns, "case_no", "court", "procedure", "line"}]
    links = [name for name in LINKS if name in table.columns]
    found: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    wanted = {identity(number)}
    for _ in range(_STEPS):
        rows = _rows(table, names, ["case_no", *links], wanted)
        seen |= wanted
        found |= {identity(row["case_no"]): row for row in rows}
        wanted = {identity(row[name]) for row in rows for name in ("case_no", *links) if row[name]} - seen
        if not wanted or len(found) > MOST:
            break
    return sorted(found.values(), key=lambda row: (row.get("filed") or date.max, row["case_no"]))


def _rows(table: CaseTable, names: list[str], columns: list[str], numbers: set[str]) -> list[dict[str, Any]]:
    where = " OR ".join(f"{identity_sql(column)} IN (SELECT unnest(?))" for column in columns)
    rows = table.connection.execute(
        f"SELECT {', '.join(names)} FROM {table.relation} WHERE case_no IS NOT NULL AND ({where}) ORDER BY case_no",  # noqa: S608
        [sorted(numbers)] * len(columns),
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def moments(rows: list[dict[str, Any]]) -> list[Moment]:
    """What happened to linked cases, in order of time; what the case above says of itself is not told twice."""
    numbers = {identity(row["case_no"]) for row in rows}
    found = []
    for row in rows:
        told = [*_own(row)]
        second = row.get("second_no")
        if not any(_follows(other, row, SECOND) for other in rows) and identity(str(second or "")) not in numbers:
            told += _above(row, second)
        # A retrial names the second instance or the review as often as the first: where one is linked, it tells itself.
        if not any(other.get("procedure") == RETRIAL for other in rows) and row.get("retrial_date"):
            told.append((row["retrial_date"], f"再审{row.get('retrial_result') or '结案'}", ""))
        found += [
            Moment(day, what, number or row["case_no"], "" if number else row["court"])
            for day, what, number in told
            if day
        ]
    return sorted(found, key=lambda one: one.day)


def _own(row: Mapping[str, Any]) -> list[tuple[date | None, str, str]]:
    stage = row.get("procedure") or row.get("line") or "案件"
    reason = "" if stage == FIRST else _reason(row)  # of a first instance it is why the court above changed it
    return [
        (row.get("filed"), f"{stage}立案", ""),
        (row.get("heard"), f"{stage}开庭", ""),
        (row.get("concluded"), f"{stage}结案：{row.get('outcome') or '结案方式未填'}{reason}", ""),
        (row.get("appeal_date"), "上诉", ""),
        (row.get("appeal_received"), "收到上诉状", ""),
        (row.get("appeal_sent"), "上诉移送", ""),
        (row.get("effective"), "裁判生效", ""),
    ]


def _above(row: Mapping[str, Any], number: object) -> list[tuple[date | None, str, str]]:
    """What a first instance says of its second, where the court above has the case."""
    named = str(number or "")
    return [
        (row.get("second_filed"), "二审立案", named),
        (row.get("second_date"), f"二审结案：{row.get('second_result') or '结果未填'}{_reason(row)}", named),
    ]


def _reason(row: Mapping[str, Any]) -> str:
    return f"（{row['reversal_reason']}）" if row.get("reversal_reason") else ""


def _follows(other: Mapping[str, Any], row: Mapping[str, Any], stage: str) -> bool:
    return other.get("procedure") == stage and identity(other.get("origin_case_no") or "") == identity(row["case_no"])
