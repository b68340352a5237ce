"""The catalogue of measures: ``measures.toml``, and a court's own changes to it."""

from __future__ import annotations

import difflib
import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from reports.catalogue.entries import entries_of
from reports.errors import ConfigError

SHIPPED = Path(__file__).parent / "measures.toml"
FILE = "measures.toml"  # of a workspace
Circumstance = Literal[
    "cause", "department", "facts", "law", "procedure", "evidence", "aged", "again", "structure", "line", "list"
]
# What a text may name, and the circumstances of which one must then be asked for.
NAMED: Mapping[str, frozenset[str]] = {
    "cause": frozenset({"cause"}),
    "cause_cases": frozenset({"cause"}),
    "department": frozenset({"department"}),
    "department_cases": frozenset({"department"}),
    "reason_cases": frozenset({"facts", "law", "procedure", "evidence"}),
    "aged": frozenset({"aged"}),
    "line": frozenset({"line"}),
    "cases": frozenset({"list"}),
}


@dataclass(frozen=True)
class Action:
    """One measure: for which indicators (all where empty) and ``way`` of a finding, in which circumstances, what to do.

    ``days`` count from the day of the circular; ``source`` is for the office and never printed.
    """

    id: str
    name: str
    text: str
    source: str
    days: int
    indicators: frozenset[str]
    way: str
    when: frozenset[str]
    causes: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """What its text names: it fits only where all of it is known."""
        return frozenset(_fields(self.text))


class _Entry(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    name: str = pydantic.Field(min_length=2, max_length=16)
    text: str = pydantic.Field(min_length=8, max_length=120)
    source: str = pydantic.Field(min_length=4)
    days: int = pydantic.Field(ge=1, le=180)
    indicators: list[str] = []
    way: Literal["up", "down", ""] = ""
    when: list[Circumstance] = []
    causes: list[str] = []
    on: bool = True


def load(folder: Path, known: Collection[str]) -> tuple[Action, ...]:
    """The measures in their order: a court's new ones, then ours as the court has changed them.

    ``known`` are the indicators there are. Raises :class:`ConfigError` that lists every mistake with file and key.
    """
    entries = entries_of(SHIPPED, "measure", "措施目录")
    own = folder / FILE
    mistakes: list[str] = []
    theirs = entries_of(own, "measure", "措施目录") if own.is_file() else {}
    new = {name: entry for name, entry in theirs.items() if name not in entries}
    entries = {**new, **{name: {**entry, **theirs.get(name, {})} for name, entry in entries.items()}}
    found = []
    for name, raw in entries.items():
        place = f"{FILE} [measure.{name}]"
        try:
            entry = _Entry.model_validate(raw)
        except pydantic.ValidationError as error:
            keys = "、".join(".".join(map(str, one["loc"])) for one in error.errors())
            mistakes.append(f"{place}：{keys} 缺少、多余或写法有误")
            continue
        mistakes += [f"{place}：{fault}" for fault in _faults(entry, known)]
        if entry.on:
            found.append(
                Action(
                    name,
                    entry.name,
                    entry.text,
                    entry.source,
                    entry.days,
                    frozenset(entry.indicators),
                    entry.way,
                    frozenset(entry.when),
                    tuple(entry.causes),
                )
            )
    if mistakes:
        raise ConfigError(
            f"措施目录有 {len(mistakes)} 处错误：\n" + "\n".join(f"  · {one}" for one in mistakes), where=str(own)
        )
    return tuple(found)


def _faults(entry: _Entry, known: Collection[str]) -> list[str]:
    found = []
    for one in entry.indicators:
        if one not in known:
            near = difflib.get_close_matches(one, known, n=1)
            found.append(f"没有指标 {one}" + (f"，是否为 {near[0]}" if near else ""))
    if entry.causes and "cause" not in entry.when:
        found.append("写了 causes，when 中应有 cause")
    try:
        named = _fields(entry.text)
    except ValueError:
        return [*found, "text 的花括号不成对"]
    for one in named:
        if one not in NAMED:
            found.append(f"text 中不能写 {{{one}}}；可用的有 {'、'.join(f'{{{each}}}' for each in NAMED)}")
        elif not NAMED[one] & set(entry.when):
            found.append(
                f"text 中写了 {{{one}}}，when 中应有 {'、'.join(sorted(NAMED[one]))}{'之一' * (len(NAMED[one]) > 1)}"
            )
    return found


def _fields(text: str) -> list[str]:
    return [name for _, name, *_ in string.Formatter().parse(text) if name is not None]
