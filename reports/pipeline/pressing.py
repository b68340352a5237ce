"""督办: which items of the ledger a letter presses for, and what it says of each. 提醒 is for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reports.courts.periods import chinese_date, parse_period
from reports.courts.tree import UNIT, court_of
from reports.ledger import Item, items
from reports.ledger.follow_up import plain
from reports.ledger.rectification import CLOSED
from reports.model import ALL_LINES, OWN, YOUR_DEPARTMENT, Findings, Flag
from reports.pipeline.job import Job


@dataclass(frozen=True)
class Pressed:
    """An item that was told and is overdue, has come again, or whose answer was sent back; why, in words."""

    item: Item
    reasons: tuple[str, ...]

    def goes_to(self, unit: str) -> bool:
        """Whether a letter to this court or department (its code) tells it."""
        return unit == (self.item.court if UNIT in unit else court_of(self.item.court.removesuffix(OWN)))


def identity(flag: Flag) -> tuple[str, str, str, str]:
    """What makes a flag the same problem in another period."""
    return flag.court, flag.line, flag.indicator, flag.direction


def pressed(job: Job, found: Findings) -> list[Pressed]:
    """The items to press for as of the job's day, in the order of their numbers.

    Only what a circular has told: nobody is pressed for what he was not told.
    """
    red = {identity(flag) for flag in found.flags if flag.severity == "red"}
    mine = []
    for item in items(job.workspace.database_path):
        late = parse_period(item.period, cutoff_day=job.period.cutoff_day).end > job.period.end
        if item.state == CLOSED or not item.public or late:
            continue
        if reasons := _reasons(job, item, again=bool(item.identities & red)):
            mine.append(Pressed(item, reasons))
    return mine


def _reasons(job: Job, item: Item, *, again: bool) -> tuple[str, ...]:
    found = []
    if item.overdue(job.as_of):
        what = "整改情况" if item.answers.get("deadline") else "原因分析和整改措施"
        found.append(f"应于{chinese_date(item.due)}以前报送{what}，至{chinese_date(job.as_of)}没有报送")
    if again and (times := len({*item.flagged, job.period.key})) > 1:
        found.append(f"{job.period.label}再次出现，为第{times}期")
    if item.returned:
        found.append(f"所报整改情况经核实退回：{plain(item.note)}")
    return tuple(found)


def told_of(one: Pressed, part: Findings) -> dict[str, str]:
    """An item as a letter to its court or department says it; ``part`` are the findings on that."""
    item = one.item
    below = "本级" if item.court.endswith(OWN) else "辖区" if part.tree.children(item.court) else ""
    you = YOUR_DEPARTMENT if UNIT in item.court else f"你院{below}"
    line = "" if item.line == ALL_LINES else f"{item.line}案件"
    cells = "、".join(f"{cell.indicator_name}为{cell.value}" for cell in item.cells)
    told = chinese_date(date.fromisoformat(item.told_at[:10]))
    return {
        "problem": f"{parse_period(item.period).label}{you}{line}{cells}，已于{told}通报",
        "reasons": "；".join(one.reasons),
    }
