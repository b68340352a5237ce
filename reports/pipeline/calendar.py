"""Who owes what by when: the calendar's days, held against what the ledger shows to have been done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from shlex import quote
from typing import Any

from reports.catalogue.kinds import of_stem
from reports.courts.periods import Period, chinese_date, parse_period
from reports.ledger import Item, decisions, items
from reports.ledger import documents as register
from reports.ledger.documents import Dispatch
from reports.ledger.follow_up import plain
from reports.ledger.journal import reading
from reports.ledger.rectification import KIND, TOLD, WORKING
from reports.pipeline.job import kinds_of, latest
from reports.workspace import STEPS, Workspace
from reports.workspace import calendar as calendars
from reports.workspace.calendar import Calendar

DECIDED = "议定事项"
NOTHING = "没有事项"
_NEXT: dict[str, str] = {  # step → the command that does it
    "data": "tongbao check{place} --period {period}",
    "draft": "tongbao run{place} --period {period}",
    "leader": "tongbao ledger sign {stem}{place} --by 姓名",
    "issue": "tongbao ledger issue {stem}{place} --by 姓名",
    "meeting": "tongbao pack{place} --period {period}",
    "answers": "tongbao ledger import 表格.xlsx{place} --by 姓名",
    "measured": "tongbao run{place} --period {following}",
}
_AFTER = {  # from its day on
    "meeting": "tongbao ledger decide{place} --period {period} --text 事项 --owner 单位 --deadline 日期 --by 姓名",
    "answers": "tongbao bulletin supervision{place} --for each",
}


@dataclass(frozen=True)
class Duty:
    """One thing that somebody is to do by a day; ``step`` is empty for what a meeting decided.

    ``unit`` is the code of the court or department that owes it, ``numbers`` are those of its items in the ledger.
    ``done`` is the day on which it was done; ``command`` does it, where it can be done now.
    """

    period: str
    step: str
    name: str
    who: str
    due: date
    done: date | None = None
    unit: str = ""
    numbers: tuple[str, ...] = ()
    command: str = ""
    idle: bool = False  # there is nothing to do

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.done is None and not self.idle

    def late(self, day: date) -> bool:
        """Whether its day has passed."""
        return self.open and self.due < day

    def state(self, day: date) -> str:
        """How it stands on a day, in words."""
        if self.idle:
            return NOTHING
        if self.done:
            return f"已办（{self.done.isoformat()}）"
        left = (self.due - day).days
        return f"逾期{-left}天" if left < 0 else f"还有{left}天" if left else "今天到期"


def cycle(workspace: Workspace, day: date) -> Period:
    """The period whose steps are under way on a day: the latest that was over, as the workspace cuts them."""
    table = workspace.config.period
    found = latest(table.months, day, table.cutoff_day)
    return found.cumulated if table.cumulative else found


def following(workspace: Workspace, period: Period) -> Period:
    """The period of the workspace's cycle after one."""
    day = period.end
    while True:
        day += timedelta(days=27)  # no statistical month is shorter
        if (found := cycle(workspace, day)).end > period.end:
            return found


def duties(workspace: Workspace, day: date, period: Period | None = None, place: str = "") -> tuple[Duty, ...]:
    """All that is to be done in the cycle of a day, or of a ``period``: its steps in order, then what units owe.

    Of the period before only the new measurement stands there, while it is not done; once everything that the office
    does is done, the steps of the next. What was done after the day counts as not done. ``place`` is the option that
    names the workspace, for the commands. Raises :class:`ConfigError` where there is no calendar.
    """
    table = calendars.required(workspace)
    now = period or cycle(workspace, day)
    known = _Known(workspace, table, place)
    steps = known.steps(now, day)
    before = cycle(workspace, now.end - timedelta(days=1))
    earlier = [one for one in known.steps(before, day) if one.step == "measured" and one.open] if not period else []
    later: list[Duty] = []
    if not period and not any(one.open for one in steps if one.step not in ("answers", "measured")):
        later = [one for one in known.steps(following(workspace, now), day) if one.step not in ("answers", "measured")]
    owed = [one for one in (*known.answers(day), *known.decided()) if not period or one.period == now.key]
    told = any(one.step == "answers" and one.period == now.key for one in owed)
    steps = [one for one in steps if not (told and one.step == "answers")]  # each unit has a line of its own
    earlier = [one for one in earlier if known.heard_of(before)]
    return (*earlier, *steps, *sorted(owed, key=lambda one: (one.due, one.unit)), *later)


def year(workspace: Workspace, number: int, day: date, place: str = "") -> tuple[Duty, ...]:
    """The steps of all periods that end in a year, as they stand on a day; raises as :func:`duties`."""
    known = _Known(workspace, calendars.required(workspace), place)
    period = cycle(workspace, date(number, 1, 1))
    found: list[Duty] = []
    while (period := following(workspace, period)).year == number:
        found += known.steps(period, day)
    return tuple(found)


def page(workspace: Workspace, period: Period, day: date) -> dict[str, Any]:
    """The calendar as the meeting's material prints it, ``rows`` of steps of this period and the next.

    ``unknown`` are the years without holidays; empty where there is no calendar.
    """
    if (table := calendars.of(workspace)) is None:
        return {}
    known, later = _Known(workspace, table), following(workspace, period)
    steps, after = known.steps(period, day), known.steps(later, day)
    due = {one.step: chinese_date(one.due) for one in after}
    rows = [
        {
            "step": one.name,
            "who": plain(one.who),
            "due": chinese_date(one.due),
            "state": f"已于{chinese_date(one.done)}办理" if one.done else NOTHING if one.idle else "待办",
            "next": due.get(one.step, "—"),
        }
        for one in steps
    ]
    return {"rows": rows, "unknown": _unknown(table, (*steps, *after))}


def remarks(workspace: Workspace, found: Sequence[Duty]) -> list[str]:
    """What must be known of the days: the years of which no holidays are known."""
    table = calendars.of(workspace)
    return [
        f"没有{year}年的节假日安排，{year}年的日子只避开周末；公布后写入 [calendar] holidays 所指的文件。"
        for year in (_unknown(table, found) if table else [])
    ]


def _unknown(table: Calendar, found: Sequence[Duty]) -> list[int]:
    return table.unknown([one.due for one in found if one.step and not one.unit])


def drafted(workspace: Workspace, period: Period) -> bool:
    """Whether a run has made the circular of a period."""
    return _Known(workspace, None).circular(period) is not None


class _Known:
    """What the ledger shows, read once."""

    def __init__(self, workspace: Workspace, table: Calendar | None, place: str = "") -> None:
        self.workspace, self.table, self.place = workspace, table, place
        path = workspace.database_path
        self.kinds = kinds_of(workspace)
        texts = register.dispatches(path).values()
        # A letter as of a day says nothing of how far its month has got.
        self.texts = [
            one for one in texts if not ((kind := of_stem(self.kinds, one.stem, one.period)[0]) and kind.dated)
        ]
        self.items = [one for one in items(path) if one.public and not one.void]
        self.decisions = list(decisions.decisions(path).values())

    def heard_of(self, period: Period) -> bool:
        """Whether the ledger has anything of a period."""
        return period.key in {one.period for one in self.texts} | {one.period for one in self.items}

    def circular(self, period: Period) -> Dispatch | None:
        """The circular of a period, the one that has got furthest."""
        order = (register.DRAFT, *register.HELD)
        mine = [
            one
            for one in self.texts
            if one.period == period.key
            and not one.corrects
            and (kind := of_stem(self.kinds, one.stem, period.key)[0])
            and kind.printing
        ]
        return max(mine, key=lambda one: order.index(one.state), default=None)

    def steps(self, period: Period, day: date) -> list[Duty]:
        """The steps of a period, each with the day on which it was done."""
        if self.table is None:
            return []
        later, text = following(self.workspace, period), self.circular(period)
        mine = [one for one in self.items if one.period == period.key]
        idle = not mine and bool((text and text.issued_at) or self._frozen(later))
        done = {step: on for step, on in self._done(period, later, text, mine).items() if on <= day}
        found = []
        for step, due in self.table.due(period, later, done).items():
            empty = idle and step in ("answers", "measured")
            command = "" if step in done or empty else self._command(step, period, later, text, day >= due)
            name = STEPS[step]
            who = calendars.who(self.workspace, step)  # type: ignore[arg-type]
            found.append(Duty(period.key, step, name, who, due, done.get(step), command=command, idle=empty))
        return found

    def _done(self, period: Period, later: Period, text: Dispatch | None, mine: Sequence[Item]) -> dict[str, date]:
        met = [one.decided for one in self.decisions if one.period == period.key]
        measured = [one for one in mine if any(parse_period(key).end > period.end for key in one.effects)]
        days = {
            "data": self._frozen(period),
            "draft": text.drafted if text else "",
            "leader": (text.signed_at or text.issued_at) if text else "",
            "issue": text.issued_at if text else "",
            "meeting": min(met, default=""),
            "measured": self._frozen(later) if mine and len(measured) == len(mine) else "",
        }
        found = {step: date.fromisoformat(at[:10]) for step, at in days.items() if at}
        if mine and not any(_owed(one) for one in mine) and "issue" in found:
            found["answers"] = max(found["issue"], self._answered(mine))
        return found

    def _frozen(self, period: Period) -> str:
        """The day as of which the data of a period were last read for its bulletins."""
        if not self.workspace.database_path.exists():
            return ""
        with reading(self.workspace.database_path) as journal:
            events = journal.history(register.DATA + period.key)
        return events[-1].at if events else ""

    def _answered(self, found: Sequence[Item]) -> date:
        """The day on which the last of some items was answered."""
        subjects = {KIND + one.number for one in found}
        with reading(self.workspace.database_path) as journal:
            days = [event.at for event in journal.events(KIND) if event.what == "反馈" and event.subject in subjects]
        return date.fromisoformat(max([*days, *(one.told_at for one in found)])[:10])

    def _command(self, step: str, period: Period, later: Period, text: Dispatch | None, come: bool) -> str:
        state = text.state if text else ""
        if (step, state) not in {("leader", register.DRAFT), ("issue", register.SIGNED)} and step in (
            "leader",
            "issue",
        ):
            return ""  # what comes before it is not done
        form = _AFTER.get(step, _NEXT[step]) if come else _NEXT[step]
        stem = quote(text.stem) if text else ""
        return form.format(place=self.place, period=period.key, following=later.key, stem=stem)

    def answers(self, day: date) -> Iterator[Duty]:
        """What each court and department owes by which day."""
        owed: dict[tuple[str, date, str, str], list[Item]] = {}
        for one in self.items:
            if _owed(one):
                what = "整改情况" if one.answers.get("deadline") else "原因和措施"
                owed.setdefault((one.court, one.due, one.period, what), []).append(one)
        for (unit, due, period, what), found in owed.items():
            form: str = (_AFTER if due < day else _NEXT)["answers"]
            numbers = tuple(one.number for one in found)
            yield Duty(
                period, "answers", f"报送{what}", found[0].court_name, due, unit=unit, numbers=numbers,
                command=form.format(place=self.place),
            )  # fmt: skip

    def decided(self) -> Iterator[Duty]:
        """What meetings decided and is not done."""
        for one in self.decisions:
            if one.state == decisions.RUNNING:
                command = f"tongbao ledger decided {one.number}{self.place} --note 办理情况 --by 姓名"
                due = date.fromisoformat(one.deadline)
                yield Duty(one.period, "", DECIDED, one.owner, due, numbers=(one.number,), command=command)


def _owed(one: Item) -> bool:
    return one.state in (TOLD, WORKING)
