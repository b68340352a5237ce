"""What enforcement brings in (到位) by age and kind of the cases, and what became of judgments to pay.

Every number is of cases; over all classes they add up to the figures that the bulletin prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from reports.catalogue import alone
from reports.compare import untold, values
from reports.ledger.follow_up import plain
from reports.model import ALL_LINES, CaseTable, Findings, Value
from reports.pipeline.causes import parts_by
from reports.pipeline.job import Job
from reports.pipeline.stages import Cases, enforced_key
from reports.read import with_finality
from reports.tally import tally
from reports.tally.cases import NO_CAUSE, by_part
from reports.tally.reach import fitted
from reports.words import NO_CASES, Measure, money, percent

LINE = "执行"
RECOVERY = "enforcement_recovery_rate"
AGE = "exec_age"
AGES = {3: "3个月以内", 6: "超过3个月至6个月", 12: "超过6个月至12个月"}
OLDER, UNDATED, NO_OUTCOME = "超过12个月", "立案日期不明", "未填结案方式"
CAUSES = 8  # with a row of their own
KINDS = (("用时", AGE, UNDATED), ("结案方式", "outcome", NO_OUTCOME), ("案由", "cause", NO_CAUSE))
SHARE = Measure("amount", "%", 2)
JUDGMENTS = ("enforcement_application_rate", "voluntary_performance_rate")
PAYABLE = {"payable_concluded": "给付内容", "payable_without_term": "履行期限"}


def enforced(job: Job, cases: Cases, part: Findings) -> dict[str, Any]:
    """The plain data of :mod:`reports.pipeline.enforced` on the issuer of ``part``.

    ``groups`` is a list of tables' parts (``name``, ``rows`` of label, cases, due and recovered in 万元, rate), with
    ``whole`` their sum; empty with ``lack`` the reason. ``judgments`` has numerators, denominators and rates of
    judgments to pay by indicator, or ``judgments_lack`` why there are none.
    """
    found: dict[str, Any] = cases.stored(
        "执行到位情况", enforced_key(cases, part.issuer), lambda table: _enforced(job, table, part)
    )
    return found


def _enforced(job: Job, table: CaseTable, part: Findings) -> dict[str, Any]:
    return {**_recovered(table, part), **_judgments(job, table, part)}


def _recovered(table: CaseTable, part: Findings) -> dict[str, Any]:
    if table.engine or not table.columns:
        return {"groups": [], "lack": "没有逐件案件数据"}
    if why := part.comparisons.untold.get(RECOVERY):
        return {"groups": [], "lack": why}
    if RECOVERY not in part.catalogue.indicators:
        return {"groups": [], "lack": "现行指标目录没有执行到位率"}
    table = _aged(table)
    groups = []
    for name, column, unknown in KINDS:
        if column != AGE and column not in table.columns:
            continue
        parts = {_word(one, unknown): value for one, value in parts_by(table, part, RECOVERY, column).items()}
        number = {_word(one, unknown): value[0] or 0 for one, value in _number(table, part, column).items()}
        if rows := _rows(parts, number, [*AGES.values(), OLDER, UNDATED] if column == AGE else None):
            groups.append({"name": name, "rows": rows})
            whole = _row("合计", list(parts), parts, number)
    if not groups:
        return {"groups": [], "lack": "没有两项金额均有记录的首次执行结案案件，或者合计与所印的执行到位率不能核对"}
    return {"groups": groups, "lack": "", "whole": whole}


def _word(text: str, unknown: str) -> str:
    return unknown if text == NO_CAUSE else text


def _aged(table: CaseTable) -> CaseTable:
    """The cases with how long each ran, in months from the day of filing: what ends on the day itself is within."""
    ages = " ".join(f"WHEN concluded <= filed + INTERVAL {months} MONTH THEN '{name}'" for months, name in AGES.items())
    table.connection.execute(
        f"CREATE OR REPLACE TEMP VIEW enforced AS SELECT *, CASE WHEN filed IS NULL THEN '{UNDATED}' {ages} "  # noqa: S608
        f"ELSE '{OLDER}' END AS {AGE} FROM {table.relation}"
    )
    return replace(table, relation="enforced", whole=table.whole or table.relation)


def _number(table: CaseTable, part: Findings, column: str) -> Mapping[str, Value]:
    only = replace(part.catalogue, indicators={"exec_cases": alone("exec_cases")})
    return by_part(table, only, part.period, court=part.issuer, line=part.line, indicator="exec_cases", column=column)


def _rows(parts: Mapping[str, Value], number: Mapping[str, int], order: list[str] | None) -> list[list[str]]:
    if order is not None:
        return [_row(one, [one], parts, number) for one in order if number.get(one)]
    names = sorted(parts, key=lambda one: (-number.get(one, 0), one))
    shown, rest = (names, []) if len(names) <= CAUSES + 1 else (names[:CAUSES], names[CAUSES:])
    rows = [_row(plain(one), [one], parts, number) for one in shown]
    return rows + ([_row(f"其余{len(rest)}种", rest, parts, number)] if rest else [])


def _row(name: str, group: list[str], parts: Mapping[str, Value], number: Mapping[str, int]) -> list[str]:
    got, due = (sum((parts.get(one) or (0, 0))[side] or 0 for one in group) for side in (0, 1))
    return [name, str(sum(number.get(one, 0) for one in group)), money(due), money(got), SHARE.text(got, due)]


def _judgments(job: Job, table: CaseTable, part: Findings) -> dict[str, Any]:
    """Of judgments to pay (有给付内容): applied for, performed by themselves, and whether they say until when."""
    if not table.columns:
        return {"judgments": {}, "judgments_lack": ["没有逐件案件数据"]}
    table = with_finality(table)
    every = fitted(job.whole_catalogue, table)
    known = every.indicators
    counts = {name: alone(name) for name in PAYABLE}
    only = replace(every, indicators={**{name: known[name] for name in JUDGMENTS}, **counts})
    counted = tally(table, only, part.period.split(part.period.single.months))
    most = job.workspace.config.quality.max_unknown_percent
    frame = values(counted, only, [part.period], most_unknown=most)
    rows = frame[frame["court"].eq(part.issuer) & frame["line"].eq(ALL_LINES)]
    told: dict[str, dict[str, Any]] = {}
    for name, got, base in zip(rows["indicator"], rows["numerator"], rows["denominator"], strict=True):
        if pd.isna(got):
            continue
        whole = None if pd.isna(base) else int(base)
        told[name] = {"part": int(got), "whole": whole, "rate": percent(int(got), whole) if whole else NO_CASES}
    lack = [f"{PAYABLE.get(name) or known[name].name}（{why}）" for name, why in untold(counted, only).items()]
    return {"judgments": told, "judgments_lack": lack}
