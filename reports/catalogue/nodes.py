"""The nodes of a case's way through the court (流程节点): ``nodes.toml``, with a court's own ``nodes.toml`` on top.

A node is a step from one date to another with its term, the source of the term and whose step it is. A term without a
public source is not shipped: until the office fills it in, nothing is late there.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field
from sqlglot import exp

from reports.catalogue import expression, values
from reports.catalogue.columns import BY_ID, BY_NAME
from reports.catalogue.entries import checked, entries_of

FILE = "nodes.toml"  # of a workspace
SHIPPED = Path(__file__).with_name(FILE)
HANDLING = "承办部门"  # as an owner: the department that has the case
Unit = Literal["days", "workdays", "months", "before", "due"]
TERMS: Mapping[Unit, str] = {
    "days": "{}日", "workdays": "{}个工作日", "months": "{}个月", "before": "{}日前", "due": "{}",
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """One step: from the first of ``starts`` that has a date to any of ``ends`` (canonical columns).

    ``unit`` says how ``term`` counts (``due``: it is the canonical column that holds the day), ``None`` where there is
    no term; ``since`` leaves out what began before that day. Nodes of one name are one step in different cases.
    """

    id: str
    name: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    unit: Unit | None
    term: int | str
    source: str
    owner: str
    where: exp.Expr | None
    since: date | None

    @property
    def length(self) -> str:
        """The term in words: 5日, 3日前, 应结案日期; empty where there is none."""
        if self.unit is None:
            return ""
        return TERMS[self.unit].format(BY_ID[str(self.term)].name if self.unit == "due" else self.term)

    @property
    def columns(self) -> frozenset[str]:
        """What it reads besides :attr:`starts` and :attr:`ends`, of which one each is enough."""
        more = expression.columns_of(self.where) if self.where is not None else frozenset()
        return more | ({str(self.term)} if self.unit == "due" else frozenset())


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=2)
    from_: str | list[str] = Field(alias="from")
    to: str | list[str]
    days: pydantic.PositiveInt | None = None
    workdays: pydantic.PositiveInt | None = None
    months: pydantic.PositiveInt | None = None
    before: pydantic.PositiveInt | None = None
    due: str | None = None
    source: str = ""
    owner: str = Field(min_length=2)
    where: str | None = None
    since: date | None = None
    on: bool = True


def load(folder: Path | None = None) -> dict[str, Node]:
    """The nodes in force by id, in the order of the shipped file, a court's own behind them.

    An own term replaces the shipped one and needs a source of its own. Raises one :class:`ConfigError` with the file
    and key of every mistake.
    """
    entries = entries_of(SHIPPED, "node", "流程节点文件")
    places = dict.fromkeys(entries, SHIPPED)
    mistakes: list[str] = []
    own = folder / FILE if folder else None
    if own and own.is_file():
        for name, entry in entries_of(own, "node", "流程节点文件").items():
            before = entries.get(name, {})
            if not before and not {"from", "to"} <= entry.keys():
                near = difflib.get_close_matches(name, entries, n=1)
                hint = f"；是否为 {near[0]}" if near else ""
                mistakes.append(f"{own} [node.{name}]：是新节点，必须写 name、from、to、owner{hint}")
                continue
            if TERMS.keys() & entry.keys():
                before = {key: one for key, one in before.items() if key not in {*TERMS, "source"}}
            entries[name], places[name] = {**before, **entry}, own
    found = {name: _node(name, entry, places[name], mistakes) for name, entry in entries.items()}
    checked(mistakes, "流程节点")
    return {name: one for name, one in found.items() if one}


def _node(name: str, raw: Mapping[str, Any], path: Path, mistakes: list[str]) -> Node | None:
    """The node of an entry; ``None`` where it is switched off or wrong, which is then among ``mistakes``."""
    place, before = f"{path} [node.{name}]", len(mistakes)
    try:
        entry = _Entry.model_validate(raw)
    except pydantic.ValidationError as error:
        mistakes += [f"{place}：{'.'.join(map(str, one['loc'][:1]))} {_reason(one)}" for one in error.errors()]
        return None
    starts, ends = _columns(entry.from_), _columns(entry.to)
    for key, columns in (("from", starts), ("to", ends), ("due", _columns(entry.due or []))):
        mistakes += [f"{place}：{key} 的“{one}”{why}" for one in columns if (why := _no_date(one))]
    given: dict[Unit, int | str] = {unit: term for unit in TERMS if (term := getattr(entry, unit)) is not None}
    if len(given) > 1:
        mistakes.append(f"{place}：期限只能写一项，写了 {'、'.join(given)}")
    if given and not entry.source.strip():
        mistakes.append(f"{place}：写了期限，必须写 source（依据的法律条文或者本院规定）")
    where = None
    if entry.where is not None:
        try:
            where = values.standard(expression.condition(entry.where), {})
        except expression.ExpressionError as error:
            mistakes.append(f"{place}：where {error}")
    if len(mistakes) > before or not entry.on:
        return None
    unit, term = next(iter(given.items()), (None, ""))
    term = BY_NAME[str(term)].id if unit == "due" else term
    return Node(
        name, entry.name, tuple(BY_NAME[one].id for one in starts), tuple(BY_NAME[one].id for one in ends),
        unit, term, entry.source, entry.owner, where, entry.since,
    )  # fmt: skip


def _columns(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else text


def _no_date(name: str) -> str:
    """Why a name cannot be a node's column; empty where it can."""
    column = BY_NAME.get(name)
    if column is None:
        near = difflib.get_close_matches(name, [one for one, each in BY_NAME.items() if each.kind == "date"], n=1)
        return f"不是标准列{'，是否为“' + near[0] + '”' if near else ''}"
    return "" if column.kind == "date" else "不是日期"


_REASONS = {
    "missing": "没有写",
    "extra_forbidden": "这一项没有",
    "greater_than": "应为正整数",
    "int_type": "应为正整数",
    "date_type": "应为日期，如 2026-01-01（不加引号）",
    "bool_type": "应为 true 或 false",
}


def _reason(error: Any) -> str:
    return _REASONS.get(error["type"], "写法有误")
