"""审限提醒函: what a letter tells one court of its cases past their time limit or close to it, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from reports.courts.case_no import parse
from reports.courts.periods import chinese_date
from reports.courts.time_limits import Procedure, Span, procedures
from reports.ledger.follow_up import plain
from reports.ledger.pending.warnings import PAST, SCREEN, WARNINGS, Warning

NO_DEPARTMENT = "未注明部门"
HALF_MONTH = 15  # days


def told_of(found: Sequence[Warning], *, court: str, own: bool, day: date, everything: bool) -> dict[str, Any]:
    """What the template ``letters/time-limit.md.j2`` is written from; ``found`` are one court's, by department.

    Numbers are of cases, as of ``day``, the last of which the data tell. ``own`` says that the court writes to its own
    departments. The procedures of ``laws`` are those of the cases' own types (26 procedures with their articles:
    ``courts/time_limits.toml``).
    """
    levels = [level for level in WARNINGS if everything or level != SCREEN]
    departments: dict[str, Counter[str]] = {}
    for one in found:
        departments.setdefault(one.facts.dept or NO_DEPARTMENT, Counter())[one.level] += 1
    rows = [
        {"name": plain(name), "counts": [count[level] for level in levels], "total": count.total()}
        for name, count in departments.items()
    ]
    every = Counter(one.level for one in found)
    types = {parse(one.facts.number).type for one in found}
    return {
        "court": court,
        "own": own,
        "day": chinese_date(day),
        "until": chinese_date(day),
        "levels": levels,
        "departments": rows,
        "sums": {"counts": [every[level] for level in levels], "total": len(found)},
        "past": every[PAST],
        "near": len(found) - every[PAST],
        "cases": [_case(one) for one in found],
        "laws": [_law(one) for one in procedures().values() if one.base and types.intersection(one.types)],
    }


def _case(one: Warning) -> list[str]:
    facts = one.facts
    left = f"超过{-one.left}天" if one.left < 0 else f"剩余{one.left}天" if one.left else "当日届满"
    texts = (facts.number, facts.cause, facts.dept or NO_DEPARTMENT, facts.filed.isoformat(), str(facts.deadline), left)
    return [plain(text) for text in (*texts, one.level)]


def _law(one: Procedure) -> dict[str, str]:
    assert one.base is not None
    longer = f"，{one.long_when}" if one.long and one.long_when else ""
    return {"name": one.name, "limit": f"{_length(one.base)}{longer}", "statute": one.statute}


def _length(span: Span) -> str:
    if span.days == HALF_MONTH and span.months:
        return f"{span.months}个半月"
    return (f"{span.months}个月" if span.months else "") + (f"{span.days}日" if span.days else "")
