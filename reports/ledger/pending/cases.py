"""长期未结案件: the ledger of cases that have been open too long, kept until each is concluded and that is verified.

A case enters by the data (filed longer ago than the first threshold, and still open) and leaves by the data and a
person: 未结 → 已结待核 (the data have a conclusion) → 已销号 (somebody verified it). What the court says stands beside,
and decides nothing.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from reports.courts.case_no import identity
from reports.errors import ConfigError, InputError
from reports.forms import ID_NUMBER
from reports.ledger.journal import Event, Journal, Story, reading, writing
from reports.ledger.pending.facts import Facts, Seen

KIND = "未结："
OPEN, CONCLUDED, CLOSED = "未结", "已结待核", "已销号"
STATES = (OPEN, CONCLUDED, CLOSED)
# 恩施法院“三定三查”台账所列原因（https://www.chinacourt.org/article/detail/2023/11/id/7627968.shtml），
# 及公告送达、中止、鉴定（白银）。
REASONS = (
    "疑难复杂", "等待另案结果", "等待鉴定评估审计", "等待上级法院", "等待刑事侦查", "公告送达", "中止审理", "其他",
)  # fmt: skip
FIELDS = {
    "reason": "未结原因",
    "note": "情况说明",
    "progress": "当前进度",
    "leader": "包案领导",
    "supervisor": "督办单位",
    "plan": "结案方案",
    "expected": "预计结案日期",
    "delay": "延期理由",
}
_ASKED = ("reason", "leader", "plan", "expected")  # 三定: leader, plan, date; and the reason
UNFILLED = "没有填报"  # begins the problem of a case of which something has not been filled in
LATE_CHECK = 15  # days after which a concluded case should have been verified
MANY_DELAYS = 2
LONGEST = 2000
_STEPS = {
    "变更": (STATES, ""),
    "查无": ((OPEN, CONCLUDED), ""),
    "填报": ((OPEN, CONCLUDED), ""),
    "结案": ((OPEN,), CONCLUDED),
    "恢复未结": ((CONCLUDED, CLOSED), OPEN),
    "核销": ((CONCLUDED,), CLOSED),
}


class PendingCase(NamedTuple):
    """One case of the ledger as its events have made it; days are ISO. ``delays`` counts how often the date moved."""

    facts: Facts
    listed: str
    state: str = OPEN
    answers: Mapping[str, str] = {}  # never changed: an answer makes another case
    delays: int = 0
    concluded: str = ""
    seen: str = ""  # when the data first had the conclusion
    closed_by: str = ""
    closed_at: str = ""
    missing: bool = False
    steps: tuple[tuple[str, str], ...] = ()  # ISO day and the state that the case then came into

    @property
    def number(self) -> str:
        """案号."""
        return self.facts.number

    def end(self, day: date) -> date:
        """The day up to which it was open: that of its conclusion, or ``day``."""
        return date.fromisoformat(self.concluded) if self.concluded else day

    def days(self, day: date) -> int:
        """Days since filing, the filing day not counted (立案次日起算), up to its conclusion or ``day``."""
        return (self.end(day) - self.facts.filed).days

    def state_on(self, day: date) -> str:
        """The state at the end of a day; empty before it was listed."""
        return next((state for at, state in reversed(self.steps) if at <= day.isoformat()), "")

    def problems(self, day: date) -> list[str]:
        """What is missing or late, for the problem list of its court."""
        if self.state == CLOSED:
            return []
        if self.state == CONCLUDED:
            waiting = (day - date.fromisoformat(self.seen[:10])).days
            return [f"已结案{waiting}日尚未核销"] if waiting > LATE_CHECK else []
        found = [f"{UNFILLED}{FIELDS[name]}" for name in _ASKED if not self.answers.get(name)]
        expected = self.answers.get("expected")
        if expected and date.fromisoformat(expected) < day:
            found.append(f"预计结案日期{expected}已过")
        if self.delays >= MANY_DELAYS:
            found.append(f"预计结案日期已推迟{self.delays}次")
        if self.facts.deadline and self.facts.deadline < day:
            found.append(f"审限已于{self.facts.deadline.isoformat()}届满")
        if self.missing:
            found.append("案件数据中已查不到这一案号")
        return found


class Replayed(NamedTuple):
    """What the events up to that of number ``seq`` have made of the cases; ``head`` is the hash of that event."""

    seq: int
    head: str
    found: dict[str, PendingCase]


_NOTHING = Replayed(0, "", {})


def cases(path: Path) -> dict[str, PendingCase]:
    """All cases by number, in the order of their courts and numbers; an absent ledger has none."""
    return replayed(path).found


def replayed(path: Path, before: Replayed | None = None) -> Replayed:
    """All cases as of the last event, from ``before`` where the ledger begins with the events of that."""
    if not path.exists():
        return Replayed(0, "", {})
    with reading(path) as journal:
        if before is None or not journal.begins(before.seq, before.head):
            before = _NOTHING
        return Replayed(*journal.last, _cases(journal, before=before))


def _cases(journal: Journal, faults: list[str] | None = None, before: Replayed = _NOTHING) -> dict[str, PendingCase]:
    story = Story(KIND, "案件", "列入", _STEPS, _listed, _after)
    with uncollected():
        found = journal.replay(story, faults, begun=before.found, after=before.seq)
    return dict(sorted(found.items(), key=lambda pair: (pair[1].facts.court, pair[0])))


@contextmanager
def uncollected() -> Iterator[None]:
    """No objects in circles are looked for: here a hundred thousand are made that stay to the end and are in none.

    Going through them again and again would take a third of the time that making them does.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _listed(_: str, event: Event) -> PendingCase:
    return PendingCase(_facts(event.data), sys.intern(event.at), steps=((sys.intern(event.at[:10]), OPEN),))


def _facts(data: Mapping[str, Any]) -> Facts:
    """A court, a cause and a department stand in many cases: each text is kept once."""
    once = sys.intern
    return Facts(
        data["number"], once(data["court"]), once(data["court_name"]), once(data["kind"]), once(data["cause"]),
        once(data["dept"]), _day(data["filed"]), _day(data["deadline"]) if data["deadline"] else None,
        once(data["extended"]), data["excluded"], data.get("team", ""),
    )  # fmt: skip


_day = cache(date.fromisoformat)


def _after(old: PendingCase, event: Event) -> PendingCase:
    state, data = _STEPS[event.what][1], event.data
    new: dict[str, Any] = {"state": state, "steps": (*old.steps, (sys.intern(event.at[:10]), state))} if state else {}
    if event.what == "变更":
        new |= {"facts": _facts(data), "missing": False}
    elif event.what == "查无":
        new |= {"missing": True}
    elif event.what == "填报":
        later = "expected" in data and data["expected"] > old.answers.get("expected", "9")
        new |= {"answers": {**old.answers, **data}, "delays": old.delays + later}
    elif event.what == "结案":
        new |= {"concluded": data["concluded"], "seen": event.at, "missing": False}
    elif event.what == "恢复未结":
        new |= {"concluded": "", "seen": "", "closed_by": "", "closed_at": ""}
    else:
        new |= {"closed_by": event.who, "closed_at": event.at}
    return old._replace(**new)


@dataclass(frozen=True)
class Updated:
    """What an update of the ledger by the data did: numbers of cases.

    ``later`` is the ISO day up to which the ledger has been kept already, where that is after the data's day: then
    nothing was done, for cases that ended in between would seem open again.
    """

    added: tuple[str, ...] = ()
    concluded: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    later: str = ""


def update(path: Path, seen: Seen, *, at: str, who: str) -> Updated:
    """Bring the ledger up to what the data say. One transaction; the same data twice change nothing.

    ``at`` is the day (or moment) of the data.
    """
    added, concluded, reopened, missing = [], [], [], []
    with writing(path) as journal:
        known = _cases(journal)
        latest = max((day for case in known.values() for day, _ in case.steps), default="")
        if at[:10] < latest:
            return Updated(later=latest)
        names = {identity(number): number for number in known}
        ended = {names.get(identity(number), number): day for number, day in seen.ended.items()}
        for found in seen.facts:  # a case stays the same when its number is written otherwise
            facts = found._replace(number=names.get(identity(found.number), found.number))
            old = known.get(facts.number)
            if old is None:
                journal.add(at, who, KIND + facts.number, "列入", facts.data())
                added.append(facts.number)
            elif old.state != OPEN:  # the conclusion has gone from the data
                journal.add(at, who, KIND + facts.number, "恢复未结", {})
                reopened.append(facts.number)
            if old is not None and (facts != old.facts or old.missing):
                journal.add(at, who, KIND + facts.number, "变更", facts.data())
        for number, old in known.items():
            end = ended.get(number)
            if old.state == OPEN and end:
                journal.add(at, who, KIND + number, "结案", {"concluded": end.isoformat()})
                concluded.append(number)
            elif (
                old.state != CLOSED and number not in ended and not old.missing and old.facts.court not in seen.without
            ):
                journal.add(at, who, KIND + number, "查无", {})
                missing.append(number)
    return Updated(tuple(added), tuple(concluded), tuple(reopened), tuple(missing))


def close(path: Path, number: str, *, at: str, who: str) -> PendingCase:
    """销号: only a case of which the data have the conclusion; ``who`` verified it. Raises :class:`ConfigError`."""
    with writing(path) as journal:
        case = _known(_cases(journal), number)
        if case.state != CONCLUDED:
            why = "已经销号" if case.state == CLOSED else "案件数据中还没有结案日期"
            raise ConfigError(
                f"{case.number}{why}，不能销号。", advice="结案并更新数据后，先运行 tongbao pending update。"
            )
        last = case.steps[-1][0] if case.steps else ""
        if at[:10] < last:
            raise ConfigError(f"{case.number}在{last}才核对到结案，不能按更早的日期销号。", advice="请核对 --as-of。")
        journal.add(at, who, KIND + case.number, "核销", {"concluded": case.concluded})
        return _cases(journal)[case.number]


def history(path: Path, number: str) -> list[Event]:
    """The events of one case in order; raises :class:`ConfigError` for a number that is not in the ledger."""
    case = _known(cases(path), number)
    with reading(path) as journal:
        return journal.history(KIND + case.number)


def _known(found: Mapping[str, PendingCase], number: str) -> PendingCase:
    """A case by its number, in whatever brackets and spaces somebody typed it."""
    if number in found:
        return found[number]
    for case in found.values():
        if identity(case.number) == identity(number):
            return case
    raise ConfigError(f"台账中没有案件“{number}”。", advice="用 tongbao pending list 查看。")


def respond(
    path: Path, answers: Mapping[str, Mapping[str, str]], *, at: str, who: str, today: date
) -> dict[str, list[str]]:
    """Write down what courts filled in, by number; an empty text leaves what was there. Returns number → what changed.

    All or nothing: raises :class:`InputError` with every fault.
    """
    done: dict[str, list[str]] = {}
    with writing(path) as journal:
        known = _cases(journal)
        faults = [
            f"{number}：{fault}" for number, one in answers.items() for fault in faults_of(known[number], one, today)
        ]
        if faults:
            raise InputError("\n".join(("填报内容有误：", *faults)), advice="改正后重新填报；台账没有改动。")
        for number, one in answers.items():
            if changed := _changed(known[number], one):
                journal.add(at, who, KIND + number, "填报", changed)
                done[number] = [*changed]
    return done


def _changed(case: PendingCase, answers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in answers.items() if text and text != case.answers.get(name)}


def faults_of(case: PendingCase, answers: Mapping[str, str], today: date) -> list[str]:
    """What is wrong with what a court filled in, in sentences; what is as it was is not judged again."""
    changed = _changed(case, answers)
    if not changed:
        return []
    if case.state == CLOSED:
        return ["该案已经销号，不能再填报"]
    whole = {**case.answers, **changed}
    found = [f"“{FIELDS[name]}”超过{LONGEST}字" for name, text in changed.items() if len(text) > LONGEST]
    found += [f"“{FIELDS[name]}”中有身份证件号码，请删去" for name, text in changed.items() if ID_NUMBER.search(text)]
    if changed.get("reason", REASONS[0]) not in REASONS:
        found.append(f"“未结原因”应从下列各项中选择：{'、'.join(REASONS)}")
    lacking = [FIELDS[name] for name in _ASKED if not whole.get(name)]
    if lacking and case.state == OPEN:
        found.append(f"还应填写{'、'.join(f'“{name}”' for name in lacking)}")
    if "expected" in changed:
        old = case.answers.get("expected", "")
        try:
            expected = date.fromisoformat(changed["expected"])
        except ValueError:
            return [*found, f"“预计结案日期”应为日期，如 2026-12-31（现为“{changed['expected']}”）"]
        if expected < today:
            found.append(f"“预计结案日期”{expected.isoformat()}已经过去")
        elif old and changed["expected"] > old and "delay" not in changed:
            found.append(f"“预计结案日期”由{old}推迟到{expected.isoformat()}，应写明新的“延期理由”")
    return found


def verify_cases(path: Path) -> list[str]:
    """Events of cases that do not follow from those before them."""
    faults: list[str] = []
    with reading(path) as journal:
        _cases(journal, faults)
    return faults
