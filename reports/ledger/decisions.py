"""会商会议定事项: what a consultation meeting decided, who answers for it by when, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from reports.catalogue.vague import Vague, shipped
from reports.courts.periods import parse_period
from reports.errors import ConfigError
from reports.forms import ID_NUMBER
from reports.ledger.journal import Event, Story, reading, writing

KIND = "议定："
RUNNING, DONE = "办理中", "已落实"
LONGEST = 500  # characters
_SAY = {
    "议定事项": "请写明做什么、针对哪些案件、看什么数。",
    "责任单位": "请写明由哪个单位、哪个部门负责。",
}
_STEPS: Mapping[str, tuple[tuple[str, ...], str]] = {"进展": ((RUNNING,), ""), "落实": ((RUNNING,), DONE)}


@dataclass(frozen=True)
class Decision:
    """One decision; ``period`` is that of the meeting, ``deadline`` ISO, ``notes`` are (day, what was reported)."""

    number: str
    period: str
    text: str
    owner: str
    deadline: str
    decided: str = ""
    state: str = RUNNING
    notes: tuple[tuple[str, str], ...] = field(default=())

    def overdue(self, day: date) -> bool:
        """Whether its day has passed and it is not done."""
        return self.state == RUNNING and date.fromisoformat(self.deadline) < day


def _opened(number: str, event: Event) -> Decision:
    return Decision(number=number, decided=event.at, **event.data)


def _after(old: Decision, event: Event) -> Decision:
    state = _STEPS[event.what][1] or old.state
    return replace(old, state=state, notes=(*old.notes, (event.at[:10], event.data["note"])))


STORY = Story(KIND, "议定事项", "议定", _STEPS, _opened, _after)


def decisions(path: Path) -> dict[str, Decision]:
    """Number → decision, in the order in which they were entered; an absent ledger has none."""
    if not path.exists():
        return {}
    with reading(path) as journal:
        return journal.replay(STORY)


def decide(
    path: Path, period: str, text: str, owner: str, deadline: str, *, at: str, who: str, vague: Vague | None = None
) -> str:
    """Enter a decision of the meeting on a period; returns its number.

    Raises :class:`ConfigError` for a bad entry, and for a cell made only of the words of ``vague``, which say nothing.
    """
    day = _day(deadline)
    if day < date.fromisoformat(at[:10]):
        raise ConfigError(f"完成时限{deadline}已经过去。", advice="请核对 --deadline。")
    for name, words in (("议定事项", text), ("责任单位", owner)):
        readable(name, words)
        if (vague or shipped()).only(words):
            raise ConfigError(f"“{name}”写的是“{words.strip()}”，没有具体内容。", advice=_SAY[name])
    with writing(path) as journal:
        same = [one for one in journal.replay(STORY).values() if one.period == period]
        if any((one.text, one.owner) == (text.strip(), owner.strip()) for one in same):
            raise ConfigError("这一议定事项已经登记。", advice="用 tongbao ledger decisions 查看。")
        number = f"{period}-议{len(same) + 1:02d}"
        facts = {"period": period, "text": text.strip(), "owner": owner.strip(), "deadline": day.isoformat()}
        journal.add(at, who, KIND + number, "议定", facts)
    return number


def report(path: Path, number: str, note: str, *, done: bool, at: str, who: str) -> Decision:
    """Enter what became of a decision. Raises :class:`ConfigError` for one that there is not or that is done."""
    readable("办理情况", note)
    with writing(path) as journal:
        old = journal.replay(STORY).get(number)
        if old is None:
            raise ConfigError(f"没有议定事项“{number}”。", advice="用 tongbao ledger decisions 查看。")
        if old.state == DONE:
            raise ConfigError(f"{number} 已经落实。", advice="需要继续办理的，请在下一次会议上重新议定。")
        journal.add(at, who, KIND + number, "落实" if done else "进展", {"note": note.strip()})
        return journal.replay(STORY)[number]


def before(found: Mapping[str, Decision], period: str) -> list[Decision]:
    """What a meeting on ``period`` looks back on: earlier decisions that were open at the last meeting or after it."""
    end = parse_period(period).end
    earlier = [one for one in found.values() if parse_period(one.period).end < end]
    last = max((parse_period(one.period).end for one in earlier), default=None)
    met = min((one.decided[:10] for one in earlier if parse_period(one.period).end == last), default="")
    return [
        one for one in earlier if one.state != DONE or parse_period(one.period).end == last or one.notes[-1][0] >= met
    ]


def faults_of(path: Path) -> list[str]:
    """Events on decisions that do not follow from those before them."""
    faults: list[str] = []
    with reading(path) as journal:
        journal.replay(STORY, faults)
    return faults


def readable(name: str, words: str) -> None:
    """Raises :class:`ConfigError` for words of a person that are none, too many, or hold an ID number."""
    if not words.strip():
        raise ConfigError(f"没有写{name}。", advice="请补充。")
    if len(words) > LONGEST:
        raise ConfigError(f"{name}超过{LONGEST}字。", advice="请精简。")
    if ID_NUMBER.search(words):
        raise ConfigError(f"{name}中有身份证件号码。", advice="请删去。")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"日期“{text}”无法识别。", advice="请写成 2026-12-31。") from None
