"""审限 warnings: open cases past their time limit or close to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from reports.ledger.pending.facts import Facts, open_cases

if TYPE_CHECKING:
    from reports.model import CaseTable

# 剩余天数的档次：≤5日院长面谈（淮滨 https://ribao.xyxww.com.cn/html/2013-08/09/content_116351.htm）；刑事、行政10—15日，
# 民事、执行30日提交例会（同上）；剩余不足审限的20%、已过审限的三分之二。
PAST, TALK, SOON, MEETING, FIFTH, SCREEN = (
    "已超审限", "剩余5日以内", "剩余15日以内", "剩余30日以内", "剩余不足五分之一", "已过三分之二",
)  # fmt: skip
WARNINGS = (PAST, TALK, SOON, MEETING, FIFTH, SCREEN)
MEASURES = {
    PAST: "逐案说明原因，列入督办",
    TALK: "院长面谈",
    SOON: "催办；刑事、行政案件提交审判管理例会",
    MEETING: "民事、执行案件提交审判管理例会",
    FIFTH: "催办",
    SCREEN: "提示",
}


@dataclass(frozen=True)
class Warning:
    """An open case close to its time limit or past it; ``left`` are the days that remain, negative when past."""

    facts: Facts
    level: str
    left: int


def warnings(table: CaseTable, day: date, courts: Iterable[str] | None = None) -> list[Warning]:
    """Open cases with a time limit by its tiers, in order of court, department, days left and number.

    The limit runs from the day after filing to the due date, with what was excluded and extended; the tiers of 30 days
    are for civil and enforcement cases.
    """
    wanted = set(courts) if courts is not None else None
    found = []
    for facts in open_cases(table, day, f"filed <= DATE '{day}' AND deadline IS NOT NULL"):
        level = level_of(facts, day)
        if level and facts.deadline and (wanted is None or facts.court in wanted):
            found.append(Warning(facts, level, (facts.deadline - day).days))
    return sorted(found, key=lambda one: (one.facts.court, one.facts.dept, one.left, one.facts.number))


def level_of(facts: Facts, day: date) -> str | None:
    """The tier of a case by the days that remain of its limit; ``None`` when it is not close to it."""
    if facts.deadline is None:
        return None
    left, whole = (facts.deadline - day).days, max((facts.deadline - facts.filed).days, 1)
    if left < 0:
        return PAST
    for most, level in ((5, TALK), (15, SOON)):
        if left <= most:
            return level
    if left <= 30 and re.search("民|执", facts.number):
        return MEETING
    if left * 5 < whole:
        return FIFTH
    return SCREEN if left * 3 < whole else None
