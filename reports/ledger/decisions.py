"""会商会: when and where the meeting on a period was held and who was there, as its clerk enters it; what it decided.

Only what was decided (议定) has an owner, a deadline and a state, and is looked back on: what was asked or held at the
meeting stands in its minutes and nowhere else.
"""

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

KIND, HELD = "议定：", "会议："
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

FACTS = {
    "time": "会议时间",
    "place": "会议地点",
    "chair": "主持人",
    "present": "出席人员",
    "reported": "汇报的单位和人员",
    "absent": "请假人员",
    "attending": "列席人员",
    "raised": "会议提出的问题和意见",
}
"""What the clerk enters of a meeting, each by its name in the minutes."""
NEEDED = ("time", "place", "chair", "present", "reported")
"""Without these no minutes are issued."""


@dataclass(frozen=True)
class Meeting:
    """The meeting on a period: ``facts`` are texts by the names of :data:`FACTS`; of ``raised`` a line each."""

    facts: Mapping[str, str] = field(default_factory=dict)
    state: str = "已登记"

    @property
    def lacking(self) -> list[str]:
        """What is still to be entered, by its name in the minutes."""
        return [FACTS[name] for name in NEEDED if not self.facts.get(name)]


MEETING = Story(
    HELD,
    "会议",
    "召开",
    {"补记": ((Meeting.state,), "")},
    lambda _, event: Meeting(event.data),
    lambda old, event: replace(old, facts={**old.facts, **event.data}),
)


def meeting(path: Path, period: str) -> Meeting:
    """What has been entered of the meeting on a period; nothing without a ledger."""
    if not path.exists():
        return Meeting()
    with reading(path) as journal:
        return journal.replay(MEETING).get(period, Meeting())


def enter(path: Path, period: str, facts: Mapping[str, str], *, at: str, who: str) -> Meeting:
    """Enter facts of the meeting on a period, or put others in place of earlier ones; the same again enters nothing.

    Raises :class:`ConfigError` for a text that is none, too long or holds an ID number.
    """
    for name, words in facts.items():
        for line in words.split("\n"):
            readable(FACTS[name], line)
    with writing(path) as journal:
        known = journal.replay(MEETING)
        old = known.get(period, Meeting())
        new = {name: words.strip() for name, words in facts.items() if words.strip() != old.facts.get(name)}
        if new:
            journal.add(at, who, HELD + period, "补记" if period in known else "召开", new)
        return replace(old, facts={**old.facts, **new})


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
    """Events on meetings and decisions that do not follow from those before them."""
    faults: list[str] = []
    with reading(path) as journal:
        journal.replay(MEETING, faults)
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
