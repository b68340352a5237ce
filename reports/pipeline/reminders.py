"""What is sent of the calendar's own accord: reminders to those who owe something, and that a run has failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reports.courts.periods import chinese_date, parse_period
from reports.courts.tree import UNIT
from reports.errors import ConfigError, TongbaoError
from reports.model import OWN
from reports.pipeline.calendar import Duty, duties
from reports.pipeline.delivery import OFFICE, Clock, House, house, notify
from reports.pipeline.job import template_folders
from reports.templates import environment_of, fill
from reports.workspace import Workspace
from reports.workspace.log import TEXT


@dataclass(frozen=True)
class Reminder:
    """One duty of which somebody is reminded; ``to`` is a unit's code or the office, ``name`` what it is called.

    ``sent`` says that it has been handed over, now or before; else ``why`` says what it waits for.
    """

    duty: Duty
    to: str
    name: str
    subject: str
    text: str
    sent: bool = False
    why: str = ""


def due(workspace: Workspace, day: date, place: str = "") -> list[Duty]:
    """What is still to be done within the days of ``[calendar] remind``, and what is overdue."""
    until = day + timedelta(days=workspace.config.calendar.remind)
    return [one for one in duties(workspace, day, place=place) if one.open and one.due <= until]


def remind(workspace: Workspace, found: Sequence[Duty], day: date, clock: Clock, *, send: bool) -> list[Reminder]:
    """Remind everybody of what he owes, once before its day and once after; where ``send`` is not set, only say so.

    What a unit owes goes to it, everything else to the office. Where one cannot be reached, the others are still
    reminded. Raises :class:`ConfigError` for mistakes in the configuration of ``[[delivery]]``.
    """
    known = house(workspace)
    done = []
    for duty in found:
        one = _reminder(workspace, known, duty, day)
        if send and known.tables:
            late = "逾期" if duty.late(day) else "将到"
            key = f"日历：{duty.period}-{duty.step or '-'.join(duty.numbers)}-{one.to}-{duty.due.isoformat()}-{late}"
            one = _sent(workspace, one, key, clock)
        done.append(one)
    return done


def _reminder(workspace: Workspace, known: House, duty: Duty, day: date) -> Reminder:
    to, name = _addressee(known, duty)
    late, period = duty.late(day), parse_period(duty.period).label
    told = {
        "name": name, "unit": to != OFFICE and duty.unit, "department": UNIT in to, "step": duty.step and duty.name,
        "what": duty.name, "who": duty.who, "due": chinese_date(duty.due), "late": late, "numbers": list(duty.numbers),
        "period": f"{period}通报", "command": duty.command if to == OFFICE else "", **known.called(),
    }  # fmt: skip
    subject = f"{'逾期提醒' if late else '时限提醒'}：{period}{duty.name}，{chinese_date(duty.due)}以前"
    return Reminder(duty, to, name, subject, _written(workspace, "reminder", told))


def _addressee(known: House, duty: Duty) -> tuple[str, str]:
    """The unit that owes it where it has an address, by its code or by the name that a meeting gave it; the office."""
    if known.tree and (asked := duty.unit or (not duty.step and duty.who)):
        try:
            code, name = known.unit(asked.removesuffix(OWN))
        except ConfigError:
            return known.unit(OFFICE)
        if duty.unit or any(one.unit == code for one in known.recipients):
            return code, name
    return known.unit(OFFICE)


def _sent(workspace: Workspace, one: Reminder, key: str, clock: Clock) -> Reminder:
    try:
        posted = notify(workspace, key, one.to, one.subject, one.text, clock)
    except TongbaoError as error:
        return Reminder(one.duty, one.to, one.name, one.subject, one.text, why=error.what)
    why = next((down.what for down in posted.down.values()), "没有送达，等待重试") if posted.open else ""
    return Reminder(one.duty, one.to, one.name, one.subject, one.text, sent=not posted.open, why=why)


def reachable(workspace: Workspace) -> bool:
    """Whether the office has an address to which it can be told something."""
    return any(one.unit == OFFICE for one in house(workspace).recipients)


def tell_failure(
    workspace: Workspace, command: str, period: str, what: str, where: str, advice: str, clock: Clock
) -> bool:
    """Tell the office that a run has failed, once a day for each cause; whether it has been told."""
    known, at = house(workspace), clock()
    told = {
        "name": known.unit(OFFICE)[1], "at": f"{chinese_date(at.date())}", "command": command, "period": period,
        "what": what, "where": where, "advice": advice, "folder": str(workspace.folder.resolve()), "record": TEXT,
        **known.called(),
    }  # fmt: skip
    key = f"运行：{at.date().isoformat()}"
    subject = f"通报运行没有完成：{period or command}"
    return not notify(workspace, key, OFFICE, subject, _written(workspace, "failed", told), clock).open


def _written(workspace: Workspace, name: str, data: Mapping[str, object]) -> str:
    return fill(environment_of(template_folders(workspace)), f"messages/{name}.txt.j2", data).strip() + "\n"
