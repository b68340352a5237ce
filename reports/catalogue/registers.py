"""Registers (登记簿) of what case data do not hold and a person enters: ``registers.toml``, and a court's own on top.

A register is data: the columns of its form, the stages that follow from what is filled in, what its report counts,
and the rules by which cases are picked for it. No code knows a register by its name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Key
from sqlglot import exp

from reports.catalogue import expression, values
from reports.catalogue.columns import BY_NAME
from reports.catalogue.entries import checked, with_own
from reports.errors import ConfigError

FILE = "registers.toml"  # of a workspace
SHIPPED = Path(__file__).with_name(FILE)
NUMBER = "number"  # the column of the number that the program gives: no register has a field of this name
FieldKind = Literal["text", "date", "choice", "case", "court", "department"]
Source = Literal["cases", "reversed", "recommended", "batch"]
Holds = Mapping[str, tuple[str, ...]]  # field → the values that it may have
_ID = re.compile(r"[a-z][a-z0-9_]{0,30}")
_MERGED = ("fields", "picks")
WHOLE_LIST = 255  # characters of all choices together, as a spreadsheet holds them in a list


@dataclass(frozen=True)
class Field:
    """A column: ``once`` filled in it stays; ``inside`` no document prints it; a ``future`` date may be to come."""

    id: str
    head: str
    kind: FieldKind
    choices: tuple[str, ...]
    required: bool
    once: bool
    inside: bool
    future: bool
    width: int
    help: str


@dataclass(frozen=True)
class Stage:
    """A stage, reached where all of ``filled`` have a value, and those of ``holds`` one of theirs."""

    name: str
    filled: tuple[str, ...]
    holds: Holds

    def reached(self, row: Mapping[str, str]) -> bool:
        """Whether a row (field → text) has come so far."""
        return all(row.get(one) for one in self.filled) and meets(row, self.holds)


@dataclass(frozen=True)
class Figure:
    """A number of the report: rows whose date ``within`` lies in the period, or that are open at its end.

    Open are those with a date ``since`` and none ``until``, both as of that day.
    """

    name: str
    within: str
    since: str
    until: str
    holds: Holds


@dataclass(frozen=True)
class Spread:
    """A table of the report: rows whose date ``within`` lies in the period by the choices of ``field``."""

    name: str
    field: str
    within: str


@dataclass(frozen=True)
class Rate:
    """An indicator that a register gives: of the rows whose date ``within`` lies in a period, those done by its end."""

    indicator: str
    within: str
    until: str


@dataclass(frozen=True)
class Pick:
    """A rule by which cases get into a register: a condition, or another source of cases.

    ``within`` is the canonical column whose date lies in the period; without it the cases are those open on the day
    that the data reach. ``lacks`` names limits of the condition that nobody has set.
    """

    id: str
    name: str
    source: Source
    where: exp.Expr | None
    within: str
    sample: int
    sets: Mapping[str, str]
    basis: str
    lacks: tuple[str, ...]


@dataclass(frozen=True)
class Register:
    """One register; ``fields`` in the order of its form, ``ask`` those left blank in a list of what is still open."""

    id: str
    name: str
    title: str
    unit: str
    prefix: str
    basis: str
    unique: tuple[str, ...]
    fields: Mapping[str, Field]
    stages: tuple[Stage, ...]
    figures: tuple[Figure, ...]
    spreads: tuple[Spread, ...]
    rates: tuple[Rate, ...]
    picks: Mapping[str, Pick]
    tells: str
    listed: tuple[str, ...]
    annex: bool  # whether the report to all courts lists the rows
    open: str
    ask: tuple[str, ...]
    asked: str
    kinds: Mapping[FieldKind, str] = field(default_factory=dict)  # case, court, department → its field

    def stage(self, row: Mapping[str, str]) -> str:
        """The last stage that a row (field → text) has reached."""
        return next((one.name for one in reversed(self.stages) if one.reached(row)), "")


def meets(row: Mapping[str, str], holds: Holds) -> bool:
    """Whether each field has one of the values that it may have."""
    return all(row.get(name, "") in allowed for name, allowed in holds.items())


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Field(_Part):
    head: str = Key(min_length=2, max_length=20)
    kind: Literal["text", "date", "case", "court", "department"] = "text"
    choices: list[str] = []
    required: bool = False
    once: bool = False
    inside: bool = False
    future: bool = False
    width: int = Key(default=10, ge=4, le=40)
    help: str = ""
    on: bool = True


class _Stage(_Part):
    name: str = Key(min_length=2)
    filled: list[str]
    is_: dict[str, list[str]] = Key(default={}, alias="is")


class _Figure(_Part):
    name: str = Key(min_length=2)
    in_: str = Key(default="", alias="in")
    since: str = ""
    until: str = ""
    is_: dict[str, list[str]] = Key(default={}, alias="is")


class _Spread(_Part):
    name: str = Key(min_length=2)
    field: str
    in_: str = Key(alias="in")


class _Rate(_Part):
    indicator: str = Key(min_length=2)
    in_: str = Key(alias="in")
    until: str


class _Pick(_Part):
    name: str = Key(min_length=2)
    where: str | None = None
    by: Literal["reversed", "recommended", "batch"] | None = None
    in_: str = Key(default="", alias="in")
    sample: int = Key(default=0, ge=0, le=1000)
    limits: dict[str, pydantic.NonNegativeInt] = {}
    sets: dict[str, str] = {}
    basis: str = Key(min_length=4)
    on: bool = True


class _Entry(_Part):
    name: str = Key(min_length=2, max_length=20)
    title: str = Key(min_length=4)
    unit: str = Key(min_length=1, max_length=2)
    prefix: str = Key(default="", max_length=4)
    basis: str = ""
    unique: list[str] = []
    fields: dict[str, _Field]
    stages: list[_Stage] = Key(min_length=1)
    counts: list[_Figure] = Key(min_length=1)
    spreads: list[_Spread] = []
    rates: list[_Rate] = []
    picks: dict[str, _Pick] = {}
    tells: str = ""
    listed: list[str] = Key(alias="list")
    annex: bool = True
    open: str
    ask: list[str]
    asked: str = Key(min_length=4)
    on: bool = True


def load(folder: Path | None = None) -> dict[str, Register]:
    """The registers in force by id, in the order of the shipped file, a court's own behind them.

    Raises one :class:`ConfigError` with the file and key of every mistake.
    """
    entries, places = with_own(SHIPPED, folder / FILE if folder else None, "register", "登记簿文件", _merged)
    mistakes: list[str] = []
    found = {name: _register(name, entry, places[name], mistakes) for name, entry in entries.items()}
    names = [one.name for one in found.values() if one]
    mistakes += [f"有几个登记簿的名称都是“{name}”" for name in sorted({one for one in names if names.count(one) > 1})]
    checked(mistakes, "登记簿")
    return {name: one for name, one in found.items() if one}


def choose(known: Mapping[str, Register], text: str) -> Register:
    """The register of an id or name; raises :class:`ConfigError`."""
    for one in known.values():
        if text in (one.id, one.name):
            return one
    near = difflib.get_close_matches(text, [one.name for one in known.values()], n=1)
    hint = f"是否为“{near[0]}”？" if near else ""
    raise ConfigError(
        f"没有登记簿“{text}”。", advice=f"{hint}可用的登记簿：{'、'.join(one.name for one in known.values())}。"
    )


def _merged(before: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with a court's own over it: fields and picks key by key, anything else as a whole."""
    found = {**before, **entry}
    for key in _MERGED:
        mine, old = entry.get(key), before.get(key, {})
        if isinstance(mine, dict):
            found[key] = {
                **old,
                **{name: {**old.get(name, {}), **one} if isinstance(one, dict) else one for name, one in mine.items()},
            }
    return found


def _register(name: str, raw: Mapping[str, Any], path: Path, mistakes: list[str]) -> Register | None:
    """The register of an entry; ``None`` where it is switched off or wrong, which is then among ``mistakes``."""
    place = f"{path} [register.{name}]"
    try:
        entry = _Entry.model_validate(raw)
    except pydantic.ValidationError as error:
        keys = "、".join(dict.fromkeys(".".join(map(str, one["loc"])) for one in error.errors()))
        mistakes.append(f"{place}：{keys} 缺少、多余或写法有误")
        return None
    if not entry.on:
        return None
    fields = {
        key: Field(
            key, one.head, "choice" if one.choices else one.kind, tuple(one.choices), one.required, one.once,
            one.inside, one.future, one.width, one.help,
        )
        for key, one in entry.fields.items()
        if one.on
    }  # fmt: skip
    found = [*_faults(name, entry, fields)]
    picks = {key: _pick(key, one, found) for key, one in entry.picks.items() if one.on}
    mistakes += [f"{place}：{one}" for one in found]
    if found:
        return None
    return Register(
        name, entry.name, entry.title, entry.unit, entry.prefix, entry.basis, tuple(entry.unique), fields,
        tuple(Stage(one.name, tuple(one.filled), _holds(one.is_)) for one in entry.stages),
        tuple(Figure(one.name, one.in_, one.since, one.until, _holds(one.is_)) for one in entry.counts),
        tuple(Spread(one.name, one.field, one.in_) for one in entry.spreads),
        tuple(Rate(one.indicator, one.in_, one.until) for one in entry.rates),
        {key: one for key, one in picks.items() if one}, entry.tells, tuple(entry.listed), entry.annex, entry.open,
        tuple(entry.ask), entry.asked,
        {one.kind: one.id for one in fields.values() if one.kind in ("case", "court", "department")},
    )  # fmt: skip


def _holds(raw: Mapping[str, Sequence[str]]) -> Holds:
    return {name: tuple(allowed) for name, allowed in raw.items()}


def _faults(name: str, entry: _Entry, fields: Mapping[str, Field]) -> Iterator[str]:
    """What is wrong with an entry whose keys are right."""
    for key in (name, *fields, *entry.picks):
        if not _ID.fullmatch(key) or key == NUMBER:
            yield f"编号“{key}”应为小写字母、数字和下划线，且不能是 {NUMBER}"
    heads = [one.head for one in fields.values()]
    yield from (f"有几栏的表头都是“{head}”" for head in sorted({one for one in heads if heads.count(one) > 1}))
    kinds = [one.kind for one in fields.values()]
    for kind, what in (("court", "法院"), ("department", "部门")):
        if kinds.count(kind) != 1:  # type: ignore[arg-type]
            yield f"应有一栏（只有一栏）的 kind 是 {kind}（{what}）"
    if kinds.count("case") > 1:
        yield "至多一栏的 kind 是 case（案号）"
    yield from (f"“{one.head}”各选项合起来超过{WHOLE_LIST}字，表格装不下" for one in fields.values()
                if len(",".join(one.choices)) > WHOLE_LIST)  # fmt: skip
    for what, named, kind in _named(entry):
        if named not in fields:
            near = difflib.get_close_matches(named, fields, n=1)
            yield f"{what} 的“{named}”不是一栏的编号{f'，是否为 {near[0]}' if near else ''}"
        elif kind and fields[named].kind != kind:
            yield f"{what} 的“{named}”应为{'日期栏' if kind == 'date' else '有选项的栏'}"
    for what, holds in (
        *((f"stages {one.name}", one.is_) for one in entry.stages),
        *((f"counts {one.name}", one.is_) for one in entry.counts),
        *((f"picks.{key} sets", {at: [text] for at, text in one.sets.items()}) for key, one in entry.picks.items()),
    ):
        for named, allowed in holds.items():
            known = fields[named].choices if named in fields else ()
            yield from (f"{what}：“{named}”没有选项“{text}”" for text in allowed if known and text not in known)
    yield from (f"counts {one.name}：应写 in，或者写 since 和 until" for one in entry.counts
                if bool(one.in_) == bool(one.since and one.until))  # fmt: skip
    yield from (f"list 的“{one}”只在表格中（inside），不能列入清单" for one in (*entry.listed, entry.tells)
                if one in fields and fields[one].inside)  # fmt: skip


def _named(entry: _Entry) -> Iterator[tuple[str, str, str]]:
    """Every field that an entry names: where, its id, and of what kind it must be where that matters."""
    for key, names in (("unique", entry.unique), ("list", entry.listed), ("ask", entry.ask)):
        yield from ((key, one, "") for one in names)
    yield "open", entry.open, ""
    if entry.tells:
        yield "tells", entry.tells, ""
    for stage in entry.stages:
        yield from ((f"stages {stage.name}", one, "") for one in (*stage.filled, *stage.is_))
    for figure in entry.counts:
        yield from ((f"counts {figure.name}", one, "date") for one in (figure.in_, figure.since, figure.until) if one)
        yield from ((f"counts {figure.name}", one, "choice") for one in figure.is_)
    for spread in entry.spreads:
        yield f"spreads {spread.name}", spread.field, "choice"
        yield f"spreads {spread.name}", spread.in_, "date"
    for rate in entry.rates:
        yield from ((f"rates {rate.indicator}", one, "date") for one in (rate.in_, rate.until))
    for name, pick in entry.picks.items():
        yield from ((f"picks.{name} sets", one, "") for one in pick.sets)


def _pick(name: str, entry: _Pick, mistakes: list[str]) -> Pick | None:
    place, before = f"picks.{name}", len(mistakes)
    if bool(entry.where) == bool(entry.by):
        mistakes.append(f"{place}：where 和 by 应写一项，只写一项")
    column = BY_NAME.get(entry.in_) if entry.in_ else None
    if entry.in_ and (column is None or column.kind != "date"):
        mistakes.append(f"{place}：in 的“{entry.in_}”不是日期列")
    lacks = tuple(one for one in re.findall(r"{(\w+)}", entry.where or "") if one not in entry.limits)
    where = None
    if entry.where:
        try:
            text = re.sub(r"{(\w+)}", lambda found: str(entry.limits.get(found[1], 0)), entry.where)
            where = values.standard(expression.condition(text), {})
        except expression.ExpressionError as error:
            mistakes.append(f"{place}：where {error}")
    if len(mistakes) > before:
        return None
    within = column.id if column else ""
    return Pick(name, entry.name, entry.by or "cases", where, within, entry.sample, entry.sets, entry.basis, lacks)
