"""上期通报问题整改情况: what became of the problems told before, as plain data for a bulletin. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from reports.courts.periods import Period, chinese_date, parse_period
from reports.ledger.effect import EFFECTIVE, NOT, OPEN, PARTLY, RECOVERED, Effect
from reports.ledger.memory import series_of
from reports.ledger.rectification import CLOSED, Item
from reports.model import Flag
from reports.words import joined

_GROUPS = {"effective": EFFECTIVE, "recovered": RECOVERED, "partly": PARTLY, "not": NOT, "open": OPEN}


def concerned(items: Sequence[Item], period: Period) -> list[Item]:
    """Items that the bulletin of ``period`` must speak of: told before it in its series, and not signed off by then.

    One that was signed off on the numbers of this very period still belongs to it: a repeated run says the same.
    """
    return [
        item
        for item in items
        if not item.void
        and _before(item.period, period)
        and (item.state != CLOSED or not _ends_before(_basis(item), period))
    ]


def _before(key: str, period: Period) -> bool:
    return _ends_before(key, period) and series_of(parse_period(key)) == series_of(period)


def _ends_before(key: str, period: Period) -> bool:
    return parse_period(key, cutoff_day=period.cutoff_day).end < period.end


def _basis(item: Item) -> str:
    """The period on whose numbers an item was signed off."""
    return item.latest.period if item.latest else item.period


def follow_up(
    items: Sequence[Item], effects: Mapping[str, Effect], flags: Sequence[Flag], period: Period, day: date
) -> dict[str, Any]:
    """Counts, names and one row for each item; empty where there is nothing to speak of.

    ``effects`` are those of ``period`` by number, ``flags`` those that this circular tells; ``day``
    decides what is overdue. Every group has ``count`` and ``names``; groups are answered, unanswered, overdue,
    effective, recovered, partly, not, open, again (flagged again, with 连续第N期), recurred (came back after
    signing-off) and closed (signed off since the last period).
    """
    # What only the court was told stays with the court; rights of the parties are no problems.
    items = [item for item in items if item.public and not item.void]
    mine = concerned(items, period)
    now = {(flag.court, flag.line, flag.indicator, flag.direction) for flag in flags}
    recurred = [
        item
        for item in {one.identity: one for one in items if one.state == CLOSED and one not in mine}.values()
        if item.identities & now and all(_ends_before(key, period) for key in item.flagged)
    ]
    before = _just_before(period)
    closed = [item for item in items if item.state == CLOSED and item not in mine and _basis(item) in before]
    if not mine and not recurred and not closed:
        return {}
    by_verdict = {
        name: [item for item in mine if item.number in effects and effects[item.number].verdict == verdict]
        for name, verdict in _GROUPS.items()
    }
    groups = {
        "answered": [item for item in mine if item.answered],
        "unanswered": [item for item in mine if not item.answered],
        "overdue": [item for item in mine if item.overdue(day)],
        **by_verdict,
        "recurred": recurred,
        "closed": closed,
    }
    again = [item for item in mine if item.identities & now]
    return {
        "total": len(mine),
        "courts": len({item.court for item in mine}),
        **{name: _group([item.title for item in group]) for name, group in groups.items()},
        "again": _group([f"{item.title}（连续第{_run(item, period)}期）" for item in again]),
        "items": [_row(item, effects.get(item.number), item in again, period, day) for item in mine],
    }


def _just_before(period: Period) -> set[str]:
    """The keys of the periods that one may be told after: 上半年 after 第一季度 or 1—5月, 1月 after 12月 or 全年."""
    year, last, cutoff = period.year, period.last, period.cutoff_day
    found = [period.previous, period.previous_cumulative]
    if period.first == 1:
        shorter = Period(year, 1, last - 1, cutoff, so_far=True) if last > 1 else None
        found += [shorter, Period(year - 1, 1, 12, cutoff)]
    return {one.key for one in found if one}


def _group(names: list[str]) -> dict[str, Any]:
    return {"count": len(names), "names": joined(names)}


def _run(item: Item, period: Period) -> int:
    """How many periods the problem has been told in, with this one."""
    return len({key for key in item.flagged if _ends_before(key, period)}) + 1


def plain(text: str) -> str:
    """What a court wrote, as one sentence of running text."""
    line = " ".join(text.split())
    return line.rstrip("。；;.") if line else ""


def _row(item: Item, effect: Effect | None, again: bool, period: Period, day: date) -> dict[str, Any]:
    answers = {name: plain(text) for name, text in item.answers.items()}
    return {
        "number": item.number,
        "title": item.title,
        "court": item.court_name,
        "code": item.court,
        "indicator": item.indicator_name,
        "told": parse_period(item.period).label,
        "value": item.value,
        "problem": item.problems,
        "measure": answers.get("measure", ""),
        "target": answers.get("target", ""),
        "department": answers.get("department", ""),
        "deadline": chinese_date(date.fromisoformat(item.answers["deadline"])) if "deadline" in item.answers else "",
        "feedback": answers.get("feedback", ""),
        "answer": "已反馈" if item.answered else "逾期未反馈" if item.overdue(day) else "未反馈",
        "now": effect.text if effect else "—",
        "single": effect.single if effect else "",
        "verdict": effect.verdict if effect else OPEN,
        "sentence": effect.sentence if effect else "本期没有复测数据。",
        "run": _run(item, period) if again else 0,
        "earlier": item.earlier or "",
    }
