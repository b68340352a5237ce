"""整改台账: one item for each problem, from its discovery to its signing-off.

What an item is now follows from its events, so nothing is kept twice:

发现 → 通报 → 整改 (cause, measure, who, when, how much) → 反馈 → 复测 (the next period's numbers) → 销号, by a person;
退回 and 重开 send it back to work; 再次通报 is the same flag in a further period (连续第N期). Rights of the parties
(上诉率) are never items: those of earlier versions are 撤销. So is what a later run of the same period, on corrected
data or another edition of the catalogue, no longer finds before it has been issued.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from reports.catalogue.vague import Vague, shipped
from reports.courts.periods import parse_period
from reports.courts.tree import UNIT, CourtTree
from reports.errors import ConfigError, InputError
from reports.forms import ID_NUMBER
from reports.ledger.effect import EFFECTIVE, Baseline, Effect, Sample
from reports.ledger.journal import Event, Journal, Story, reading, writing
from reports.ledger.memory import Memory, heir, remember
from reports.model import ALL_LINES, OWN, Flag

KIND = "整改："
FOUND, TOLD, WORKING, ANSWERED, CHECKING, CLOSED = "发现", "通报", "整改中", "已反馈", "待核", "销号"
STATES = (FOUND, TOLD, WORKING, ANSWERED, CHECKING, CLOSED)
OPEN_STATES = STATES[:-1]
REASONS = ("案件结构变化", "系列案件影响", "数据填报差错", "工作中的不足", "法律政策变化", "其他")
PROGRESS = ("未开始", "进行中", "已完成")
# What a court answers: field, heading.
FIELDS = {
    "reason": "原因类别",
    "cause": "原因分析",
    "measure": "做什么",
    "cases": "哪些案件",
    "target": "看什么数",
    "leader": "责任领导",
    "department": "责任部门",
    "person": "谁",
    "deadline": "何时完成",
    "progress": "完成情况",
    "feedback": "整改情况反馈",
}
SELF_CHECK = "自查提示"  # what amber findings are told by: to the court concerned, not in the circular
PLAN_DAYS = 15  # for reporting causes and measures, as the bulletin says
LONGEST = 2000  # characters of one answer
_PLAN = ("measure", "cases", "target", "leader", "department", "person", "deadline")
ASKED = ("cause", *_PLAN[1:])  # what a measure must not lack
# Cells in which nothing may be said in many words, and what each should say.
_SAY = {
    "cause": "请写明核查了多少件案件、发现了什么",
    "measure": "请写明具体做法",
    "cases": "请写明案件的范围和件数，或者案号",
    "target": "请写明看哪个数、到多少",
    "person": "请写到具体的人",
    "feedback": "请写明做了什么、有什么结果",
}
_MEASURABLE = re.compile(r"\d|[０-９]|[一二两三四五六七八九十百]+(?:件|天|日|个|次|%|％|成|分之|名|篇|场|期)")
SUPPRESSION = re.compile(
    r"(?:压降|压减|压低|降低|减少|控制|限制|遏制|劝退|阻止)[^，。；]{0,12}(?:上诉|申诉|申请再审|申请执行)"
)
# event → the states it may follow and the state it leads to ("" stays)
_STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    "通报": (OPEN_STATES, TOLD),
    "再次通报": (OPEN_STATES, ""),
    "整改": (OPEN_STATES, WORKING),
    "反馈": ((WORKING, ANSWERED, CHECKING), ANSWERED),
    "复测": (STATES, ""),
    "待核": ((ANSWERED,), CHECKING),
    "销号": ((CHECKING,), CLOSED),
    "退回": ((ANSWERED, CHECKING), WORKING),
    "重开": ((CLOSED,), WORKING),
    # What is no problem: by the program, when a ledger is taken over or a period run again.
    "撤销": (OPEN_STATES, CLOSED),
    "撤回": (OPEN_STATES, ""),  # what goes on, but not in the period that was run again
}


@dataclass(frozen=True)
class Cell:
    """One indicator of an item's court and line: what was flagged, and the level before it.

    ``value`` and ``reference`` are printed texts of the flagged period, ``kind`` that of the reference: interval …
    """

    indicator: str
    indicator_name: str
    direction: str
    value: str
    reference: str
    problem: str
    kind: str = ""
    scope: str = ""
    sample: Sample | None = None
    baseline: Baseline | None = None


@dataclass(frozen=True)
class Item:
    """One item as its events have made it: one event in the sense of the flags, its leading cell first.

    ``court`` may end in 本级; ``value`` and ``reference`` are printed texts of the flagged period; ``baseline`` is the
    level before the flag; ``earlier`` is the signed-off item that came back with this one (复发). ``told_at`` is the
    day of its 通报, from which days run; nothing while the circular has not been issued. ``answers`` has
    :data:`FIELDS`; ``flagged`` the periods in which the flag was found, ``effects`` what later periods showed.
    ``others`` are the further cells behind which the same cases stand; an item of an earlier version has none.
    """

    number: str
    period: str
    court: str
    court_name: str
    line: str
    indicator: str
    indicator_name: str
    direction: str
    severity: str
    value: str
    reference: str
    problem: str
    right: bool = False
    kind: str = ""  # of the reference: interval, own_history …
    scope: str = ""
    sample: Sample | None = None
    baseline: Baseline | None = None
    earlier: str | None = None
    others: tuple[Cell, ...] = ()
    bulletin: str = ""
    source: str = ""
    state: str = FOUND
    opened: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    flagged: tuple[str, ...] = ()
    effects: Mapping[str, Effect] = field(default_factory=dict)
    note: str = ""  # of the last step taken by a person
    closed_by: str = ""
    closed_at: str = ""
    told_at: str = ""
    withdrawn: bool = False
    returned: bool = False  # its answer was sent back, and there is no new one yet

    @property
    def void(self) -> bool:
        """Whether it turned out to be no problem; the reason is its note."""
        return self.right or self.withdrawn

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What makes it the same problem in another period."""
        return self.court, self.line, self.indicator, self.direction

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells of the event, the leading one first."""
        first = Cell(self.indicator, self.indicator_name, self.direction, self.value, self.reference, self.problem,
                     self.kind, self.scope, self.sample, self.baseline)  # fmt: skip
        return first, *self.others

    @property
    def identities(self) -> frozenset[tuple[str, str, str, str]]:
        """The same of every cell."""
        return frozenset((self.court, self.line, one.indicator, one.direction) for one in self.cells)

    @property
    def problems(self) -> str:
        """The sentence of every cell."""
        return "".join(one.problem for one in self.cells)

    @property
    def waits(self) -> bool:
        """Whether it is open and no circular or court has been told of it; what a person entered waits for nobody."""
        return self.state != CLOSED and not self.bulletin and not self.source

    @property
    def public(self) -> bool:
        """Whether a circular has told it, so that the next may speak of it."""
        return bool(self.bulletin) and self.severity == "red"

    @property
    def title(self) -> str:
        """天枢市城东区法院执行完毕率等3项指标; with its line where it is that of one line only."""
        line = "" if self.line == ALL_LINES else f"{self.line}案件"
        more = f"等{len(self.cells)}项指标" if self.others else ""
        return f"{self.court_name}{line}{self.indicator_name}{more}"

    @property
    def latest(self) -> Effect | None:
        """What the latest measured period showed."""
        return self.effects[max(self.effects, key=lambda key: parse_period(key).end)] if self.effects else None

    @property
    def answered(self) -> bool:
        """Whether the court has said what it did."""
        return bool(self.answers.get("feedback"))

    @property
    def due(self) -> date:
        """When the court must have answered: its own deadline, or for its plan :data:`PLAN_DAYS` after its 通报.

        Of what is not told yet, as though it were told on the day on which it was found.
        """
        if deadline := self.answers.get("deadline"):
            return date.fromisoformat(deadline)
        return date.fromisoformat((self.told_at or self.opened)[:10]) + timedelta(days=PLAN_DAYS)

    def overdue(self, day: date) -> bool:
        """Whether that day has passed without an answer."""
        return self.state in (TOLD, WORKING) and self.due < day

    def of_court(self, text: str) -> bool:
        """Whether it belongs to a court, given by code or by the name in the ledger; its 本级 and 辖区 are the same.

        What belongs to a department is its court's too.
        """
        bare = text.strip().removesuffix(OWN).removesuffix("辖区")
        if self.court.startswith(bare + UNIT):
            return True
        return bare in (self.court.removesuffix(OWN), self.court_name.removesuffix(OWN).removesuffix("辖区"))


@dataclass(frozen=True)
class Finding:
    """A flag that is to open an item, with what the item keeps of it; ``problem`` is its sentence.

    ``others`` are the further flags of its event.
    """

    flag: Flag
    court_name: str
    indicator_name: str
    value: str
    problem: str
    right: bool
    scope: str
    sample: Sample | None
    baseline: Baseline | None
    others: tuple[Finding, ...] = ()

    @property
    def identities(self) -> frozenset[tuple[str, str, str, str]]:
        """Of every flag of the event, what makes it the same problem in another period."""
        flags = [self.flag, *(one.flag for one in self.others)]
        return frozenset((one.court, one.line, one.indicator, one.direction) for one in flags)


def items(path: Path, *, period: str | None = None, until: int | None = None) -> list[Item]:
    """All items, or those of one period, in the order of their numbers; an absent ledger has none.

    ``until``: as they stood by the event of that number.
    """
    if not path.exists():
        return []
    with reading(path) as journal:
        found = _items(journal, until=until)
    return [item for item in found.values() if period in (None, item.period)]


def of_today(found: Sequence[Item], tree: CourtTree) -> list[Item]:
    """Items with those of courts and units that went into others, or had another name, as the successors'.

    The name of then stands behind that of today: what was printed was of that court or unit alone.
    """
    moved = []
    for one in found:
        code = heir(tree, one.court)
        then = one.court.rpartition(UNIT)[2] if UNIT in one.court else one.court_name
        name = f"{name_of(tree, code)}（原{then}）"
        moved.append(one if code == one.court else replace(one, court=code, court_name=name))
    return moved


def name_of(tree: CourtTree, code: str) -> str:
    """A court as the ledger names it: 本级 for its own cases, 辖区 where those of the courts below are among them."""
    return tree.short_name(code.removesuffix(OWN)) + OWN if code.endswith(OWN) else tree.jurisdiction(code)


def item(path: Path, number: str) -> Item:
    """One item; raises :class:`ConfigError` for a number that is none."""
    return _known({one.number: one for one in items(path)}, number)


def history(path: Path, number: str) -> list[Event]:
    """The events of one item in order."""
    item(path, number)
    with reading(path) as journal:
        return journal.history(KIND + number.strip())


def _known(found: Mapping[str, Item], number: str) -> Item:
    if number.strip() not in found:
        raise ConfigError(f"台账中没有编号“{number}”。", advice="用 tongbao ledger list 查看全部编号。")
    return found[number.strip()]


def _items(journal: Journal, faults: list[str] | None = None, *, until: int | None = None) -> dict[str, Item]:
    found = journal.replay(Story(KIND, "事项", "发现", _STEPS, _opened, _after), faults, until=until)
    return dict(sorted(found.items(), key=lambda pair: (parse_period(pair[1].period).end, pair[0])))


def _opened(number: str, event: Event) -> Item:
    data = _named(event.data)
    others = tuple(_cell(one) for one in data.pop("others", ()))
    sample, level = _measured(data)
    return Item(
        number=number,
        opened=event.at,
        flagged=(data["period"],),
        sample=sample,
        baseline=level,
        others=others,
        **data,
    )


def _cell(facts: Mapping[str, Any]) -> Cell:
    data = dict(facts)
    sample, level = _measured(data)
    return Cell(**data, sample=sample, baseline=level)


def _measured(data: dict[str, Any]) -> tuple[Sample | None, Baseline | None]:
    """The sample and the level among the facts, taken out of them."""
    sample, level = data.pop("sample", None), data.pop("baseline", None)
    return (
        Sample.of(sample) if sample else None,
        Baseline(Sample.of(level["level"])) if level else None,
    )


_PROBLEM = re.compile(r"(.+?法院(?:（本级）)?)(.+?)为(\d[^（，]*)")  # 某某区人民法院上诉率为12.30%（…


def _named(data: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an item with the names and the value as printed, which an item of version 1 or 2 has in its problem.

    Those ledgers kept codes and counts; the events that took them over cannot be changed.
    """
    told = _PROBLEM.match(data["problem"]) if data["court_name"] == data["court"] else None
    if not told:
        return dict(data)
    court, indicator, value = told.groups()
    court = court.replace("人民法院", "法院").replace("（本级）", OWN)
    return {**data, "court_name": court, "indicator_name": indicator, "value": value}


def _after(old: Item, event: Event) -> Item:
    new = replace(old, state=_STEPS[event.what][1] or old.state)
    data = event.data
    if event.what == "通报":
        state = TOLD if old.state == FOUND else old.state  # a court may answer before it is told in a circular
        return replace(new, state=state, bulletin=data["bulletin"], told_at=data.get("on", event.at))
    if event.what == "撤回":
        return replace(new, flagged=tuple(key for key in old.flagged if key != data["period"]))
    if event.what == "再次通报":
        graver = data.get("severity") == "red"
        return replace(
            new,
            flagged=(*old.flagged, data["period"]),
            others=(*old.others, *(_cell(one) for one in data.get("others", ()))),
            severity="red" if graver else old.severity,
            bulletin=old.bulletin or data.get("bulletin", ""),
            told_at=old.told_at or (event.at if data.get("bulletin") else ""),
        )
    if event.what in ("整改", "反馈"):
        answers = {**old.answers, **data}
        # Without a measure nothing is under way; one corrected after the answer does not take the answer back.
        stays = event.what == "整改" and (not answers.get("measure") or old.state in (ANSWERED, CHECKING))
        returned = old.returned and event.what == "整改"
        return replace(new, answers=answers, state=old.state if stays else new.state, returned=returned)
    if event.what == "复测":
        effect = Effect(**data)
        return replace(new, effects={**old.effects, effect.period: effect})
    if event.what == "撤销":
        new = replace(new, closed_by=event.who, closed_at=event.at, note=data["note"])
        return replace(new, withdrawn=True) if data.get("period") else replace(new, right=True)
    if event.what == "销号":
        return replace(new, closed_by=event.who, closed_at=event.at, note=data["note"])
    if event.what in ("退回", "重开"):
        return replace(new, note=data["note"], closed_by="", closed_at="", returned=True)
    return new


def record(
    path: Path,
    found: Sequence[Finding],
    *,
    at: str,
    who: str = "tongbao",
    bulletin: str = "",
    effects: Mapping[str, Effect] | None = None,
    memory: Memory | None = None,
    today: Callable[[str], str] = lambda code: code,
    dropped: Callable[[Item], str] | None = None,
    period: str = "",
) -> int:
    """Write down a run: items for flags that have none, 再次通报 for those that go on, and what the period showed.

    ``effects`` are by number; ``today`` gives the code under which a court or unit stands today. ``bulletin`` is the
    circular that tells the problems by being made, nothing where it will do so when it is issued (:func:`tell`).
    ``dropped`` says why an item that a run of ``period`` found before is no longer a finding of it, or nothing where it
    must stay. A run of the same period writes nothing that is already there. One transaction. Returns how many items
    were opened.
    """
    new = 0
    with writing(path) as journal:
        if memory:
            remember(journal, memory, at=at, who=who)
        known = {number: replace(item, court=today(item.court)) for number, item in _items(journal).items()}
        still = frozenset().union(*(one.identities for one in found))
        for item in list(known.values()) if dropped else ():
            gone = period in item.flagged and not item.source and item.state != CLOSED and not item.identities & still
            if gone and dropped and (note := dropped(item)):
                what = "撤回" if len(item.flagged) > 1 else "撤销"
                event = (what, {"period": period, "note": note})
                journal.add(at, who, KIND + item.number, *event)
                _note(known, item.number, event)
        for number, effect in (effects or {}).items():
            if number in known and known[number].effects.get(effect.period) != effect:
                journal.add(at, who, KIND + number, "复测", asdict(effect))
            if number in known and known[number].state == ANSWERED:
                journal.add(at, who, KIND + number, "待核", {"period": effect.period})
        for one in found:
            for number, event in _places(known, one):
                told = bulletin if one.flag.severity == "red" else ""
                if event[0] == "再次通报":
                    event[1]["bulletin"] = told
                journal.add(at, who, KIND + number, *event)
                if event[0] == "发现":
                    new += 1
                    told = told or (SELF_CHECK if bulletin else "")
                    if told:
                        journal.add(at, who, KIND + number, "通报", {"bulletin": told})
                _note(known, number, event)
        if bulletin:
            _tell(journal, period, bulletin, at, who)
    return new


def tell(path: Path, period: str, *, bulletin: str, at: str, who: str, on: str, until: str) -> int:
    """The circular of a period has been issued ``on`` a day: what it tells is 通报 from that day; returns how many.

    What only the court concerned is told (amber) goes out with it; what was found after the day ``until`` on
    which its text was signed does not.
    """
    with writing(path) as journal:
        return _tell(journal, period, bulletin, at, who, on, until)


def _tell(journal: Journal, period: str, bulletin: str, at: str, who: str, on: str = "", until: str = "") -> int:
    waiting = [
        one
        for one in _items(journal).values()
        if period in one.flagged and one.waits and not (until and one.opened[:10] > until)
    ]
    for one in waiting:
        told = {"bulletin": bulletin if one.severity == "red" else SELF_CHECK} | ({"on": on} if on else {})
        journal.add(at, who, KIND + one.number, "通报", told)
    return len(waiting)


def _note(known: dict[str, Item], number: str, event: tuple[str, dict[str, Any]]) -> None:
    """Take in one event more without reading the whole journal again."""
    written = Event(0, "", "", KIND + number, *event)
    known[number] = _opened(number, written) if event[0] == "发现" else _after(known[number], written)


def _places(known: Mapping[str, Item], one: Finding) -> list[tuple[str, tuple[str, dict[str, Any]]]]:
    """Where a finding belongs: to open items that have cells of it, to a new one, or nowhere as it is already there.

    What earlier periods told as several problems goes on as several; a cell that none has joins the last of them.
    """
    flag, mine = one.flag, one.identities
    courts = {court for court, *_ in mine}  # looked at first: of a long ledger most items are of others
    same = [item for item in known.values() if item.court in courts and item.identities & mine and not item.withdrawn]
    if any(flag.period in item.flagged for item in same):
        return []
    if running := {item.identity: item for item in same if item.state != CLOSED}:
        told = {"period": flag.period, "value": one.value, "problem": one.problem, "severity": flag.severity}
        found: list[tuple[str, tuple[str, dict[str, Any]]]] = [
            (item.number, ("再次通报", dict(told))) for item in running.values()
        ]
        held = frozenset().union(*(item.identities for item in running.values()))
        if new := [_facts(cell) for cell in (one, *one.others) if not cell.identities <= held]:
            found[-1][1][1]["others"] = new
        return found
    end = parse_period(flag.period).end
    if any(parse_period(period).end > end for item in same for period in item.flagged):
        return []  # an earlier period run again, after the problem was signed off
    taken = [int(number.rpartition("-")[2]) for number, item in known.items() if item.period == flag.period]
    facts = {
        "period": flag.period,
        "court": flag.court,
        "court_name": one.court_name,
        "line": flag.line,
        "severity": flag.severity,
        "right": one.right,
        "earlier": same[-1].number if same else None,
        **_facts(one),
    }
    if one.others:
        facts["others"] = [_facts(cell) for cell in one.others]
    return [(f"{flag.period}-{max(taken, default=0) + 1:03d}", ("发现", facts))]


def _facts(one: Finding) -> dict[str, Any]:
    """What an item keeps of one cell."""
    flag = one.flag
    return {
        "indicator": flag.indicator,
        "indicator_name": one.indicator_name,
        "direction": flag.direction,
        "value": one.value,
        "reference": flag.reference.text,
        "kind": flag.reference.kind,
        "problem": one.problem,
        "scope": one.scope,
        "sample": one.sample.data() if one.sample else None,
        "baseline": {"level": one.baseline.level.data()} if one.baseline else None,
    }


def open_item(path: Path, finding: Finding, *, at: str, who: str, source: str, bulletin: str = "") -> str:
    """Open an item by hand, for a problem that no rule found; returns its number.

    Only with ``bulletin``, the title of the circular that tells it, will later circulars speak of it. Raises
    :class:`ConfigError` where the same problem has an open item.
    """
    with writing(path) as journal:
        places = _places(_items(journal), finding)
        if not places or places[0][1][0] != "发现":
            where = "、".join(number for number, _ in places)
            raise ConfigError(
                f"这一问题已在台账中{f'（{where}）' if where else ''}。", advice="用 tongbao ledger list 查看。"
            )
        number, event = places[0]
        journal.add(at, who, KIND + number, event[0], {**event[1], "source": source})
        if bulletin:
            journal.add(at, who, KIND + number, "通报", {"bulletin": bulletin})
    return number


def faults_of(item: Item, answers: Mapping[str, str], today: date, vague: Vague | None = None) -> list[str]:
    """What is wrong with an answer, in sentences; what is as it was is not judged again.

    ``vague`` are the words that say nothing (our own by default): a cell made only of them is as good as empty.
    """
    vague = vague or shipped()
    changed = _changed(item, answers)
    whole = {**item.answers, **{name: text for name, text in answers.items() if text}}
    found = []
    if not changed:
        return []
    if item.state == CLOSED:
        return ["该事项已经销号，不能再填报；确需继续整改的，先由审判管理办公室重开"]
    for name, text in changed.items():
        if len(text) > LONGEST:
            found.append(f"“{FIELDS[name]}”超过{LONGEST}字")
        if ID_NUMBER.search(text):
            found.append(f"“{FIELDS[name]}”中有身份证件号码，请删去")
        if name in _SAY and vague.only(text):
            found.append(f"“{FIELDS[name]}”写的是“{text}”，没有具体内容；{_SAY[name]}")
    for name, allowed in (("reason", REASONS), ("progress", PROGRESS)):
        if name in changed and changed[name] not in allowed:
            found.append(f"“{FIELDS[name]}”应从下列各项中选择：{'、'.join(allowed)}")
    if "deadline" in changed:
        try:
            deadline = date.fromisoformat(changed["deadline"])
        except ValueError:
            found.append(f"“{FIELDS['deadline']}”应为日期，如 2026-12-31（现为“{changed['deadline']}”）")
        else:
            if deadline < today:
                found.append(f"“{FIELDS['deadline']}”{deadline.isoformat()}已经过去")
    found += _faults_of_plan(changed)
    if not whole.get("measure"):
        if set(changed) & {"feedback", "cases", "target", "deadline"}:
            found.append(f"没有填写“{FIELDS['measure']}”")
    elif changed.keys() & {"cause", *_PLAN}:  # a plan that stands is not asked anew for what it was not asked then
        lacking = [FIELDS[name] for name in ASKED if not whole.get(name)]
        if lacking:
            found.append(f"填写了“{FIELDS['measure']}”，还应填写{'、'.join(f'“{name}”' for name in lacking)}")
    return found


def _changed(item: Item, answers: Mapping[str, str]) -> dict[str, str]:
    """What an answer says anew; an empty cell leaves what was there."""
    return {name: text for name, text in answers.items() if text and text != item.answers.get(name)}


def _faults_of_plan(changed: Mapping[str, str]) -> list[str]:
    found = []
    if "target" in changed and not _MEASURABLE.search(changed["target"]):
        found.append(f"“{FIELDS['target']}”应能衡量，写明数值或件数")
    for name in ("measure", "target"):
        if SUPPRESSION.search(changed.get(name, "")):
            found.append(
                f"“{FIELDS[name]}”不得以减少当事人上诉、申请再审为内容，请写释法答疑、实质解纷和办案程序方面的工作"
            )
    return found


def respond(
    path: Path,
    answers: Mapping[str, Mapping[str, str]],
    *,
    at: str,
    who: str,
    today: date,
    vague: Vague | None = None,
) -> dict[str, list[str]]:
    """Write down what courts answered, by number; an empty text leaves what was there. Returns number → fields changed.

    All or nothing: raises :class:`InputError` with every fault, and then nothing is written.
    """
    done: dict[str, list[str]] = {}
    with writing(path) as journal:
        known = _items(journal)
        faults = []
        for number, answer in answers.items():
            one = _known(known, number)
            faults += [f"{number}：{fault}" for fault in faults_of(one, answer, today, vague)]
        if faults:
            raise InputError("\n".join(("填报内容有误：", *faults)), advice="改正后重新填报；台账没有改动。")
        for number, answer in answers.items():
            one = known[number]
            changed = _changed(one, answer)
            if not changed:
                continue
            told = ("feedback", "progress") if "feedback" in changed else ()
            if planned := {name: text for name, text in changed.items() if name not in told}:
                journal.add(at, who, KIND + number, "整改", planned)
            if told:
                journal.add(at, who, KIND + number, "反馈", {name: changed[name] for name in told if name in changed})
            done[number] = [*changed]
    return done


def close(path: Path, number: str, *, at: str, who: str, note: str) -> Item:
    """销号, by a person and with the numbers. Raises :class:`ConfigError` where either is missing.

    Numbers that do not show 见效 need a reason in ``note``.
    """
    with writing(path) as journal:
        one = _known(_items(journal), number)
        if one.state != CHECKING:
            why = {
                CLOSED: "已经销号",
                ANSWERED: "还没有下一期的数据可以核对",
            }.get(one.state, "还没有整改情况反馈")
            raise ConfigError(f"{one.number}现为“{one.state}”，{why}，不能销号。", advice=_NEXT[one.state])
        latest = one.latest
        if latest is None:
            raise ConfigError(f"{one.number}没有复测数据，不能销号。", advice="运行下一个统计期后再办理。")
        if latest.verdict != EFFECTIVE and not note.strip():
            raise ConfigError(
                f"{one.number}复测结果为“{latest.verdict}”：{latest.sentence}",
                advice="确需销号的，用 --note 写明理由。",
            )
        data = {"note": note, "period": latest.period, "verdict": latest.verdict, "value": latest.text}
        journal.add(at, who, KIND + one.number, "销号", data)
        return _items(journal)[one.number]


_NEXT = {
    FOUND: "先通报有关法院（部门）。",
    TOLD: "请有关法院（部门）填报整改措施和整改情况（tongbao ledger export）。",
    WORKING: "请有关法院（部门）填报整改情况（tongbao ledger export）。",
    ANSWERED: "下一个统计期运行后再办理。",
    CLOSED: "确需继续整改的，用 tongbao ledger reopen 重开。",
}


def reopen(path: Path, number: str, *, at: str, who: str, note: str) -> Item:
    """Send an item back to work: 重开 after 销号, 退回 before it.

    Raises :class:`ConfigError` where it is being worked on already.
    """
    with writing(path) as journal:
        one = _known(_items(journal), number)
        if one.void:
            raise ConfigError(f"{one.number}已经撤销：{one.note}。", advice="无须重开。")
        if one.state not in (CLOSED, ANSWERED, CHECKING):
            raise ConfigError(
                f"{one.number}现为“{one.state}”，无须重开。", advice="重开用于已反馈、待核和已销号的事项。"
            )
        journal.add(at, who, KIND + one.number, "重开" if one.state == CLOSED else "退回", {"note": note})
        return _items(journal)[one.number]


def verify_items(path: Path) -> list[str]:
    """Events of items that do not follow from those before them, and numbers of a period that leave gaps."""
    faults: list[str] = []
    with reading(path) as journal:
        found = _items(journal, faults)
    places: dict[str, list[int]] = {}
    for one in found.values():
        places.setdefault(one.period, []).append(int(one.number.rpartition("-")[2]))
    faults += [f"{period}的编号不连续" for period, n in places.items() if sorted(n) != list(range(1, len(n) + 1))]
    return faults


def overdue(found: Iterable[Item], day: date) -> list[Item]:
    """Items whose deadline passed without an answer, oldest deadline first."""
    return sorted((one for one in found if one.overdue(day)), key=lambda one: (one.due, one.number))
