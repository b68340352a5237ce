"""The year's cycle: on which day each step of a period is due, by the rules of ``[calendar]``."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from reports.courts import working_days
from reports.courts.periods import Period, parse_period
from reports.courts.working_days import WorkingDays
from reports.errors import ConfigError
from reports.workspace import DAY_RULE, STEPS, Step, Workspace

END = "期末"
EXAMPLE = """\
[calendar]
data = "+5工作日"        # 数据冻结：统计期结束后第5个工作日
draft = "数据冻结+2工作日"
leader = "起草+2工作日"
issue = "审签+1工作日"
meeting = "印发+5工作日"
answers = "印发+15日"
measured = "下期起草"
"""
_ID = {name: step for step, name in STEPS.items()}


@dataclass(frozen=True)
class Calendar:
    """The days of the steps of a period; ``where`` is the table of the configuration, for messages."""

    rules: Mapping[str, str]  # step → rule, in the order of the steps
    fixed: Mapping[tuple[str, str], date]  # period's key, step → day
    days: WorkingDays
    where: str

    def due(
        self, period: Period, following: Period, done: Mapping[str, date] = MappingProxyType({})
    ) -> dict[str, date]:
        """Step → the day by which it is to be done, in the order of the steps.

        ``following`` is the period after, ``done`` are the days on which steps were in fact done: what others owe runs
        from there, while the office's own steps stay as they were planned. A day that is no working day is moved to
        the next one, but for one written as a date.
        """
        real = {"answers": done, "measured": done}
        return {step: self._day(step, period, following, real.get(step, {}), ()) for step in self._steps(period)}

    def unknown(self, days: Iterable[date]) -> list[int]:
        """The years among some days of which no holidays are known, so that only weekends are passed over."""
        return sorted({day.year for day in days if not self.days.knows(day.year)})

    def _steps(self, period: Period) -> Iterator[str]:
        yield from (step for step in STEPS if step in self.rules or (period.key, step) in self.fixed)

    def _day(
        self, step: str, period: Period, following: Period | None, done: Mapping[str, date], behind: tuple[str, ...]
    ) -> date:
        if day := self.fixed.get((period.key, step)):
            return day
        rule = self.rules.get(step)
        if step in behind or rule is None:
            why = "循环推算" if rule else "没有写"
            told = f"“{STEPS[behind[-1]]}”从“{STEPS[step]}”起算，“{STEPS[step]}”{why}。"
            raise ConfigError(told, where=self.where, advice=f"请改为从“{END}”起算，或补上所缺的一步。")
        read = re.fullmatch(DAY_RULE, rule)
        assert read is not None
        if number := read["monthday"]:
            return self.days.next_working_day(_first(int(number), period.end))
        anchor = period.end
        if (name := read["anchor"]) and name != END:
            if read["next"]:
                if following is None:
                    told = f"“{STEPS[behind[-1]]}”所依的下一期的“{STEPS[step]}”，又从再下一期起算。"
                    raise ConfigError(told, where=self.where, advice="请改为从本期的步骤起算。")
                anchor = self._day(_ID[name], following, None, {}, (step,))
            else:
                anchor = done.get(_ID[name]) or self._day(_ID[name], period, following, done, (*behind, step))
        elif read["next"] and following is not None:
            anchor = following.end
        count = int(read["count"] or 0)
        if read["unit"] and read["unit"].endswith("工作日"):
            return self.days.next_working_day(self.days.add(anchor, count))
        return self.days.next_working_day(anchor + timedelta(days=count))


def of(workspace: Workspace) -> Calendar | None:
    """The calendar of a workspace, ``None`` where it has none.

    Raises :class:`ConfigError` for a period or file of holidays that cannot be read, and for rules that depend on one
    another in a circle.
    """
    table, where = workspace.config.calendar, f"{workspace.config_path} [calendar]"
    rules = {step: rule for step in STEPS if (rule := getattr(table, step))}
    cutoff = workspace.config.period.cutoff_day
    fixed = {}
    for one in table.date:
        try:
            fixed[parse_period(one.period, cutoff_day=cutoff).key, str(one.step)] = one.on
        except ConfigError as error:
            place = f"{workspace.config_path} [[calendar.date]] period"
            raise ConfigError(error.what, where=place, advice=error.advice) from error
    if not rules and not fixed:
        return None
    found = Calendar(rules, fixed, replace(of_house(workspace), guess=True), where)
    # Any two periods show a circle: whose days they are makes no difference.
    replace(found, fixed={}).due(Period(2026, 7, 9, cutoff), Period(2026, 10, 12, cutoff))
    return found


def of_house(workspace: Workspace) -> WorkingDays:
    """The working days, with what ``[calendar] holidays`` adds; raises :class:`ConfigError` for a file not readable."""
    holidays = workspace.config.calendar.holidays
    return working_days.load(workspace.folder / holidays) if holidays else WorkingDays()


def required(workspace: Workspace) -> Calendar:
    """The calendar of a workspace; raises :class:`ConfigError` that says how to write one where there is none."""
    if found := of(workspace):
        return found
    lines = "".join(f"\n    {line}" for line in EXAMPLE.splitlines())
    raise ConfigError(
        "没有写日历：各步什么时候办，由本院自定，程序不设默认的日子。",
        where=f"{workspace.config_path} [calendar]",
        advice=f"在 tongbao.toml 中加上这一节，改成本院的日子；不写的步骤不列入：{lines}",
    )


def who(workspace: Workspace, step: Step) -> str:
    """Who is to do a step: as the calendar says, else the leader, the courts and departments, or the office."""
    named = workspace.config.calendar.who.get(step)
    return named or {"leader": "院领导", "answers": "有关单位"}.get(step, workspace.config.letterhead.office)


def _first(number: int, end: date) -> date:
    """The first day of that number after a day; of a shorter month its last."""
    year, month = end.year, end.month
    while True:
        day = date(year, month, min(number, calendar.monthrange(year, month)[1]))
        if day > end:
            return day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
