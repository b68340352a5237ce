"""The themes of special analyses (专项分析): which cases, which indicators; ``themes.toml``, and a court's own."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydantic
from sqlglot import exp

from reports.catalogue import causes, expression, values
from reports.catalogue.columns import BY_ID
from reports.catalogue.definitions import Catalogue
from reports.catalogue.entries import checked, entries_of
from reports.catalogue.loader import CONTEXT
from reports.errors import ConfigError

SHIPPED = Path(__file__).parent / "themes.toml"
FILE = "themes.toml"  # of a workspace
OTHER = "其他"
WAYS = ("up", "down")


@dataclass(frozen=True)
class Group:
    """A part of a theme's cases: those of some causes, or those that a condition chooses."""

    name: str
    causes: frozenset[str] = frozenset()
    where: exp.Expr | None = None

    @property
    def condition(self) -> exp.Expr:
        """Which cases belong to it; a case belongs to the first of a theme's groups that takes it."""
        return _among(self.causes) if self.where is None else self.where.copy()


@dataclass(frozen=True)
class Theme:
    """One theme. Its cases are those of ``where`` (all by default) that have one of its groups' causes or ``tags``.

    ``scope`` says so in words; ``claims``: what is claimed in them is told; ``source`` names the public documents that
    the choice follows, ``limits`` what the data do not tell. ``says`` has for an indicator what its going ``up`` or
    ``down`` means for the work.
    """

    id: str
    name: str
    purpose: str
    scope: str
    where: exp.Expr | None
    indicators: tuple[str, ...]
    tags: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    claims: bool = False
    source: str = ""
    limits: str = ""
    says: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether its cases are all cases."""
        return self.where is None and not self._by

    @property
    def _by(self) -> dict[str, exp.Expr]:
        """Column → the condition on it: of a case, one of them is enough."""
        by_cause = frozenset[str]().union(*(one.causes for one in self.groups))
        found = {"cause": _among(by_cause)} if by_cause else {}
        if self.tags:
            found["tags"] = exp.or_(*(_tagged(tag) for tag in self.tags))
        return found

    @property
    def conditions(self) -> tuple[exp.Expr, ...]:
        """Every condition that it makes, whose words are then known words."""
        every = (self.where, *(one.where for one in self.groups))
        return tuple(one for one in every if one is not None)

    def chosen(self, columns: Collection[str]) -> exp.Expr | None:
        """The condition on its cases, by those of its columns that the data have; ``None`` takes all cases.

        Raises :class:`ConfigError` that names the columns where the data have none to choose by.
        """
        ways = {name: one for name, one in self._by.items() if name in columns}
        short = sorted(expression.columns_of(self.where) - set(columns)) if self.where is not None else []
        if self._by and not ways:
            short = [*short, *self._by]
        if short:
            names = "、".join(f"“{BY_ID[name].name}”" for name in short)
            raise ConfigError(f"数据中没有{names}，无法选取这一主题的案件。", advice="请补充这些列，或选用其他主题。")
        parts = [*([self.where.copy()] if self.where is not None else []), *([exp.or_(*ways.values())] if ways else [])]
        return exp.and_(*parts) if parts else None

    def basis(self, columns: Collection[str]) -> str:
        """By what alone the cases were chosen where the data lack a column, in words; empty where they have both."""
        have = [BY_ID[name].name for name in self._by if name in columns]
        lack = [BY_ID[name].name for name in self._by if name not in columns]
        return f"数据中没有“{lack[0]}”，案件只按{have[0]}选取" if have and lack else ""

    def tagged(self, columns: Collection[str]) -> exp.Expr | None:
        """Whether a case has one of the tags; ``None`` where there are none to have."""
        return exp.or_(*(_tagged(tag) for tag in self.tags)) if self.tags and "tags" in columns else None

    def group(self, columns: Collection[str]) -> exp.Expr | None:
        """Which group a case belongs to, as text; ``None`` where the data lack a column of theirs."""
        needed = frozenset[str]().union(*(expression.columns_of(one.condition) for one in self.groups))
        if not self.groups or needed - set(columns):
            return None
        cases = [exp.If(this=one.condition, true=exp.Literal.string(one.name)) for one in self.groups]
        return exp.Case(ifs=cases, default=exp.Literal.string(OTHER))

    def ungrouped(self, columns: Collection[str]) -> tuple[str, ...]:
        """The names of the columns that the groups need and the data lack."""
        needed = frozenset[str]().union(*(expression.columns_of(one.condition) for one in self.groups))
        return tuple(BY_ID[name].name for name in sorted(needed - set(columns)))

    def of(self, catalogue: Catalogue) -> dict[str, Any]:
        """The indicators of a catalogue that belong to the theme, with the flow of cases."""
        chosen = dict.fromkeys((*CONTEXT, *self.indicators))
        return {name: catalogue.indicators[name] for name in chosen}


def _among(names: Collection[str]) -> exp.Expr:
    column = exp.Column(this=exp.Identifier(this="cause", quoted=True))
    return exp.In(this=column, expressions=[exp.Literal.string(name) for name in sorted(names)])


def _tagged(tag: str) -> exp.Expr:
    return expression.condition(f"专项标签 {expression.HOLDS} '{tag}'")


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    name: str = pydantic.Field(min_length=1)
    causes: list[str] = []
    where: str | None = None


class _Entry(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    name: str = pydantic.Field(min_length=1)
    purpose: str = pydantic.Field(min_length=4)
    scope: str = pydantic.Field(min_length=4)
    where: str | None = None
    tags: list[str] = []
    group: list[_Part] = []
    claims: bool = False
    source: str = ""
    limits: str = ""
    indicators: list[str] = pydantic.Field(min_length=1)
    says: dict[str, dict[str, str]] = {}


def load(folder: Path, known: Mapping[str, Any]) -> dict[str, Theme]:
    """All themes by id, a workspace's own last; ``known`` are the indicators there are.

    Raises :class:`ConfigError` that lists every mistake with its file and key.
    """
    found: dict[str, Theme] = {}
    mistakes: list[str] = []
    for path in (SHIPPED, folder / FILE):
        if not path.is_file():
            continue
        entries = entries_of(path, "theme", "主题文件")
        for name, entry in entries.items():
            place = f"{path.name} [theme.{name}]"
            try:
                found[name] = _theme(name, _Entry.model_validate(entry), known)
            except pydantic.ValidationError as error:
                keys = "、".join(".".join(map(str, one["loc"])) for one in error.errors())
                mistakes.append(f"{place}：{keys} 缺少、多余或写法有误")
            except (expression.ExpressionError, KeyError) as error:
                mistakes.append(f"{place}：{error.args[0]}")
    checked(mistakes, "主题")
    return found


def choose(themes: Mapping[str, Theme], text: str) -> Theme:
    """The theme of an id or name; raises :class:`ConfigError`."""
    for theme in themes.values():
        if text in (theme.id, theme.name):
            return theme
    raise ConfigError(f"没有主题“{text}”。", advice=f"可用的主题：{'、'.join(one.name for one in themes.values())}。")


def _theme(name: str, entry: _Entry, known: Mapping[str, Any]) -> Theme:
    for one in entry.indicators:
        if one not in known:
            near = difflib.get_close_matches(one, known, n=1)
            raise KeyError(f"没有指标 {one}" + (f"，是否为 {near[0]}" if near else ""))
    for one, ways in entry.says.items():
        if one not in entry.indicators:
            raise KeyError(f"says 中的 {one} 不在 indicators 中")
        if wrong := sorted(set(ways) - set(WAYS)):
            raise KeyError(f"says.{one} 只能写 up、down，不能写 {wrong[0]}")
    for tag in entry.tags:
        _tagged(tag)
    groups = tuple(_group(one) for one in entry.group)
    if len({one.name for one in groups} | {OTHER}) <= len(groups):
        raise KeyError(f"group 的名称重复，或者用了“{OTHER}”")
    return Theme(
        name,
        entry.name,
        entry.purpose,
        entry.scope,
        _condition(entry.where),
        tuple(entry.indicators),
        tuple(entry.tags),
        groups,
        entry.claims,
        entry.source,
        entry.limits,
        entry.says,
    )


def _group(entry: _Part) -> Group:
    if bool(entry.causes) == bool(entry.where):
        raise KeyError(f"group“{entry.name}”应写 causes 或者 where 之一")
    return Group(entry.name, causes.under(entry.causes), _condition(entry.where))


def _condition(text: str | None) -> exp.Expr | None:
    return values.standard(expression.condition(text), {}) if text else None
