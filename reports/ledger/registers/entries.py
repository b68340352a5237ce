"""The rows of a register: what their events have made of them, and what may be entered.

A row is the events of its number: 登记, then 补记 as more becomes known, 撤销 where it was a mistake. A withdrawn row
keeps its number; its case may be entered anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path

from reports.catalogue.registers import Field, Register
from reports.courts import case_no
from reports.courts.tree import CourtTree
from reports.courts.units import UnitTable, cleaned
from reports.errors import ConfigError, InputError
from reports.forms import ID_NUMBER
from reports.ledger.journal import Event, Journal, Story, reading, writing

KIND = "登记："
ENTERED, WITHDRAWN = "在册", "已撤销"
LONGEST = 500  # characters of a cell


@dataclass(frozen=True)
class Entry:
    """A row: its number, field → text (days ISO, courts by their codes) and, where it was withdrawn, why."""

    number: str
    values: Mapping[str, str] = field(default_factory=dict)
    state: str = ENTERED
    note: str = ""


@dataclass(frozen=True)
class Places:
    """The courts that a row may name, and the departments that their table lists."""

    tree: CourtTree
    units: UnitTable

    def court(self, code: str) -> str:
        """The code of the court that a court's cases are of today."""
        return self.tree.successor(code) or code

    def department(self, court: str, name: str) -> str:
        """The name that a department has today."""
        return self.units.path(court, name, None)[0]

    def listed(self, court: str) -> list[str]:
        """The departments that the table lists of a court."""
        return [one.name for one in self.units.units if one.court == court and not one.above and not one.into]


def _after(old: Entry, event: Event) -> Entry:
    if event.what == "撤销":
        return replace(old, state=WITHDRAWN, note=event.data["note"])
    return replace(old, values={**old.values, **event.data})


def _story(register: str) -> Story[Entry]:
    return Story(
        f"{KIND}{register}/",
        "登记事项",
        "登记",
        {"补记": ((ENTERED,), ""), "撤销": ((ENTERED,), WITHDRAWN)},
        lambda number, event: Entry(number, event.data),
        _after,
    )


def entries(path: Path, register: Register) -> dict[str, Entry]:
    """Number → row, withdrawn ones too, in the order in which they were entered; an absent ledger has none."""
    if not path.exists():
        return {}
    with reading(path) as journal:
        return journal.replay(_story(register.id))


def history(path: Path, register: Register, number: str) -> list[Event]:
    """The events of a row; raises :class:`ConfigError` for a number that there is not."""
    _known(entries(path, register), register, number)
    with reading(path) as journal:
        return journal.history(f"{KIND}{register.id}/{number}")


def enter(
    path: Path,
    register: Register,
    answers: Mapping[str, Mapping[str, str]],
    *,
    at: str,
    who: str,
    today: date,
    places: Places,
    listed: bool = True,
) -> dict[str, list[str]]:
    """Enter rows and add to others, by number; a key that is no number is that of a new row. An empty text leaves what
    was there. Returns number → the fields that changed.

    All or nothing: raises :class:`InputError` with every fault, and then nothing is written.
    """
    with writing(path) as journal:
        known = journal.replay(_story(register.id))
        changes, faults = planned(register, known, answers, today=today, places=places, listed=listed)
        if told := [f"{key}：{fault}" for key, found in faults.items() for fault in found]:
            raise InputError("\n".join(("登记的内容有误：", *told)), advice="改正后重新登记；登记簿没有改动。")
        return dict(_written(journal, register, known, changes, at=at, who=who))


def _written(
    journal: Journal, register: Register, known: Mapping[str, Entry], changes: Mapping[str, Mapping[str, str]], *,
    at: str, who: str,
) -> Iterator[tuple[str, list[str]]]:  # fmt: skip
    begin = f"{register.prefix}{at[:4]}-"
    last = max((int(one.removeprefix(begin)) for one in known if one.startswith(begin)), default=0)
    for key, changed in changes.items():
        if not changed:
            continue
        number, what = key, "补记"
        if key not in known:
            last += 1
            number, what = f"{begin}{last:03d}", "登记"
        journal.add(at, who, f"{KIND}{register.id}/{number}", what, changed)
        yield number, [*changed]


def withdraw(path: Path, register: Register, number: str, *, at: str, who: str, note: str) -> Entry:
    """Take a row that was a mistake out of the register, with the reason; its number is not given again.

    Raises :class:`ConfigError` for one that there is not, that is withdrawn already, or without a reason.
    """
    if not note.strip():
        raise ConfigError("没有写明撤销的理由。", where="--note", advice="如 --note 案号登记有误。")
    if ID_NUMBER.search(note):
        raise ConfigError("理由中有身份证件号码。", where="--note", advice="请删去。")
    with writing(path) as journal:
        old = _known(journal.replay(_story(register.id)), register, number)
        if old.state == WITHDRAWN:
            raise ConfigError(f"{number} 已经撤销：{old.note}。", advice="无须再次撤销。")
        journal.add(at, who, f"{KIND}{register.id}/{number}", "撤销", {"note": note.strip()})
        return replace(old, state=WITHDRAWN, note=note.strip())


def _known(known: Mapping[str, Entry], register: Register, number: str) -> Entry:
    if number not in known:
        advice = f"用 tongbao register list {register.name} 查看。"
        raise ConfigError(f"“{register.name}”登记簿中没有“{number}”。", advice=advice)
    return known[number]


def faults_of(path: Path) -> list[str]:
    """Events of registers that do not follow from those before them, and numbers that leave gaps."""
    faults: list[str] = []
    with reading(path) as journal:
        names = dict.fromkeys(one.subject.removeprefix(KIND).partition("/")[0] for one in journal.events(KIND))
        for name in names:
            series: dict[str, list[int]] = {}
            for number in journal.replay(_story(name), faults):
                begin, _, place = number.rpartition("-")
                series.setdefault(begin, []).append(int(place))
            faults += [f"登记簿{name}的编号{begin}不连续" for begin, found in series.items()
                       if found != [*range(1, len(found) + 1)]]  # fmt: skip
    return faults


Faults = dict[str, list[str]]


def planned(
    register: Register,
    known: Mapping[str, Entry],
    answers: Mapping[str, Mapping[str, str]],
    *,
    today: date,
    places: Places,
    listed: bool = True,
) -> tuple[dict[str, dict[str, str]], Faults]:
    """What answers (number, or any key of a new row → field → text) would change, and what is wrong with them, by key.

    Days are ISO and not after ``today`` unless the field says so; courts become codes and numbers are put into one
    spelling. No two rows, of the register or new, may be the same in all its ``unique`` fields. ``listed``: departments
    are those of the table of units; the data may write others.
    """
    changes: dict[str, dict[str, str]] = {}
    faults: Faults = {}
    taken = {
        unique: one.number
        for one in known.values()
        if one.state == ENTERED and (unique := _unique(register, one.values))
    }
    for key, given in answers.items():
        old = known[key].values if key in known else {}
        found = [f"{key}已经撤销：{known[key].note}"] if key in known and known[key].state == WITHDRAWN else []
        changed = dict(_changed(register, old, given, today, places, found))
        whole = {**old, **changed}
        found += _lacking(register, {**{name: text for name, text in given.items() if text.strip()}, **whole})
        if listed and changed.keys() & {register.kinds["court"], register.kinds["department"]}:
            found += _unlisted(register, whole, places)
        unique = _unique(register, whole)
        if unique and (other := taken.setdefault(unique, key)) != key:
            heads = "、".join(f"“{register.fields[name].head}”" for name in register.unique)
            found.append(f"{heads}与{other}重复")
        changes[key] = changed
        if found:
            faults[key] = found
    return changes, faults


def _unique(register: Register, row: Mapping[str, str]) -> tuple[str, ...]:
    """What no other row may have; empty where something of it is not filled in."""
    found = tuple(
        case_no.identity(row.get(name, "")) if register.fields[name].kind == "case" else row.get(name, "")
        for name in register.unique
    )
    return found if all(found) else ()


def _changed(
    register: Register, old: Mapping[str, str], given: Mapping[str, str], today: date, places: Places, faults: list[str]
) -> Iterator[tuple[str, str]]:
    """Field → its new text, for what is sound; the others are told of in ``faults``."""
    at = partial(_read, places=places, today=today)
    new: dict[str, str] = {}
    for one in register.fields.values():
        written = given.get(one.id, "").strip()
        before = old.get(one.id, "")
        if not written or written == before:  # what stands is not judged again by choices that have changed since
            continue
        text, fault = at(one, written)
        before = places.court(before) if one.kind == "court" else before
        if not fault and text != before and before and one.once:
            fault = f"不能改动：原为“{before}”，现为“{written}”；登记有误的，撤销后重新登记"
        if fault:
            faults.append(f"“{one.head}”{fault}")
        elif text != before:
            new[one.id] = text
    court = register.kinds["court"]
    if not {**old, **new}.get(court) and not given.get(court, "").strip():
        number = {**old, **new}.get(register.kinds.get("case", ""), "")
        named = places.tree.successor(case_no.parse(number).court) if number else None
        only = places.tree.courts[0].code if len(places.tree.courts) == 1 else None
        if found := named if named in places.tree.by_code else only:
            new[court] = found
        else:
            faults.append(f"没有填写“{register.fields[court].head}”")
    yield from ((name, new[name]) for name in register.fields if name in new)


def _read(one: Field, text: str, *, places: Places, today: date) -> tuple[str, str]:
    """A cell's text as it is kept, and what is wrong with it."""
    if len(text) > LONGEST:
        return text, f"超过{LONGEST}字"
    if ID_NUMBER.search(text):
        return text, "中有身份证件号码，请删去"
    match one.kind:
        case "choice":
            return text, "" if text in one.choices else f"应从下列各项中选择：{'、'.join(one.choices)}（现为“{text}”）"
        case "date":
            return _day(one, text, today)
        case "case":
            read = case_no.parse(text)
            return read.canonical, "" if read.valid else f"不是案号（现为“{text}”）：{read.problem}"
        case "court":
            court = places.tree.match(text)
            return (court.code, "") if court else (text, f"的“{text}”不在法院表中")
        case "department":
            return cleaned(text), ""
    return text, ""


def _day(one: Field, text: str, today: date) -> tuple[str, str]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text, f"应为日期，如 2026-12-31（现为“{text}”）"
    return day.isoformat(), "" if one.future or day <= today else f"{text}还没有到"


def _lacking(register: Register, row: Mapping[str, str]) -> Iterator[str]:
    """What a row needs and does not have, and days that go back."""

    def heads(names: Sequence[str]) -> str:
        return "、".join(f"“{register.fields[name].head}”" for name in dict.fromkeys(names))

    if missing := [one.id for one in register.fields.values() if one.required and not row.get(one.id)]:
        yield f"没有填写{heads(missing)}"
    asked: list[str] = []
    told: set[str] = set(missing)
    for stage in register.stages:
        asked += stage.filled
        given = [name for name in stage.filled if row.get(name)]
        lacks = [name for name in asked if not row.get(name) and name not in told]
        if given and lacks:
            told.update(lacks)
            yield f"填写了{heads(given)}，还应填写{heads(lacks)}"
    days = [name for name in dict.fromkeys(asked) if register.fields[name].kind == "date" and row.get(name)]
    for before, after in pairwise(days):
        if row[after] < row[before]:
            yield f"{heads([after])}{row[after]}早于{heads([before])}{row[before]}"


def _unlisted(register: Register, row: Mapping[str, str], places: Places) -> Iterator[str]:
    court, name = (row.get(register.kinds[kind], "") for kind in ("court", "department"))
    listed = places.listed(court := places.court(court))
    if name and listed and places.units.unit(court, name) is None:
        head = register.fields[register.kinds["department"]].head
        yield f"“{head}”的“{name}”不在部门表中，应为：{'、'.join(listed)}"
