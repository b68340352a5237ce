"""长期未结案件问题清单: what the list tells of each case that is not signed off, as plain data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from reports.courts.periods import chinese_date
from reports.ledger.follow_up import plain
from reports.ledger.pending.cases import CONCLUDED, UNFILLED, PendingCase
from reports.ledger.pending.letter import NO_DEPARTMENT
from reports.ledger.pending.tiers import TierPolicy, tier_name
from reports.people import masked

# What is filled in by the court, by a column of the list.
_ANSWERED = {"措施": "plan", "责任人": "leader", "完成时限": "expected"}
WHY, SIGNED_OFF = "未结原因和问题", "销号（签字）"
_ROOM = {WHY: 5, "措施": 8, "责任人": 4, "完成时限": 5, SIGNED_OFF: 4}  # letters, to write by hand
RULE = "＿"  # of which a blank cell is made
_KINDS = re.compile(
    r"\d{4}-\d\d-\d\d|(?<=推迟)\d+次|(?<=结案)\d+日|于(?=\d)"
)  # what differs between cases of one problem


def told_of(groups: Mapping[str, Sequence[PendingCase]], policy: TierPolicy, day: date) -> dict[str, Any]:
    """What ``letters/problems.md.j2`` is written from; ``groups`` are the name of a court or department → its cases.

    Numbers are of cases that are not signed off, as of ``day``. Of people there are those in charge only: no party and
    no judge. A cell that the court has not filled in has a line to write on; ``blank`` names the columns of such cells.
    """
    every = [case for cases in groups.values() for case in cases]
    problems = Counter(_KINDS.sub("", text) for case in every for text in case.problems(day))
    lists: list[dict[str, Any]] = [
        {"name": plain(name), "count": len(cases), "rows": [_row(case, n, day) for n, case in enumerate(cases, 1)]}
        for name, cases in groups.items()
    ]
    rows = [row for one in lists for row in one["rows"]]
    blank = [head for place, head in enumerate(HEADS) if any(row[place].startswith(RULE) for row in rows)]
    return {
        "day": chinese_date(day),
        "total": len(every),
        "concluded": sum(case.state == CONCLUDED for case in every),
        "tiers": _tiers(every, policy, day),
        "problems": _together(problems),
        "groups": [{"name": one["name"], "count": one["count"]} for one in lists],
        "lists": lists,
        "heads": list(HEADS),
        "blank": [head for head in blank if head != SIGNED_OFF],
    }


def _together(problems: Mapping[str, int]) -> list[dict[str, Any]]:
    """The problems with their numbers of cases; what as many cases have not filled in stands together."""
    told: dict[tuple[bool, int], list[str]] = {}
    for name, count in problems.items():
        asked = name.startswith(UNFILLED)
        told.setdefault((asked, count), []).append(name.removeprefix(UNFILLED) if asked else name)
    return [
        {"name": UNFILLED + "、".join(names) if asked else name, "count": count}
        for (asked, count), names in told.items()
        for name in (names[:1] if asked else names)
    ]


HEADS = ("序号", "案号", "案由", "立案日期", "已审天数", "承办部门", WHY, *_ANSWERED, SIGNED_OFF)


def _tiers(every: Sequence[PendingCase], policy: TierPolicy, day: date) -> list[dict[str, Any]]:
    counted = Counter(policy.tier(case.facts.filed, case.facts.excluded, case.end(day)) for case in every)
    return [{"name": tier_name(months), "count": counted[months]} for months in policy.months if counted[months]]


def _row(case: PendingCase, number: int, day: date) -> list[str]:
    facts, answers = case.facts, case.answers
    problems = [text for text in case.problems(day) if not text.startswith(UNFILLED)]  # of those a blank cell tells
    why = "；".join(filter(None, (answers.get("reason", ""), *problems)))
    texts = (
        str(number), facts.number, facts.cause, facts.filed.isoformat(), str(case.days(day)),
        facts.dept or NO_DEPARTMENT, why, *(masked(answers.get(name, "")) for name in _ANSWERED.values()), "",
    )  # fmt: skip
    return [plain(text) or RULE * _ROOM.get(head, 0) for head, text in zip(HEADS, texts, strict=True)]
