"""The data-quality rules: ``quality.toml``, with a court's own ``quality.toml`` on top, validated whole.

A rule is a condition on one row in the language of the catalogue, or names a test that the program has. What is
printed, what to do and every threshold are data.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field
from sqlglot import exp

from reports.catalogue import expression, values
from reports.catalogue.columns import BY_NAME
from reports.catalogue.entries import checked, entries_of

FILE = "quality.toml"
HERE = Path(__file__).with_name(FILE)
SEVERITIES = ("错误", "警告", "提示")
PLACEHOLDERS = ("court", "count", "base", "share", "detail", "courts")
Limit = int | float | str | list[str]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=2)
    severity: Literal["错误", "警告", "提示"]
    say: str = Field(min_length=4)
    all: str | None = None
    do: str = Field(min_length=4)
    source: str = ""
    where: str | None = None
    base: str | None = None
    needs: list[str] = []
    set_aside: bool = False
    limits: dict[str, Limit] = {}
    hand_back: bool = True
    to_courts: bool = True


@dataclass(frozen=True)
class QualityRule:
    """One rule. ``where`` is ``None`` for tests that the program has under the rule's identifier.

    ``needs`` are canonical columns without which the rule cannot be checked; ``set_aside`` tells that rows which
    could not be used are checked too; ``hand_back`` that its rows are returned to the court one by one,
    ``to_courts`` that a bulletin for one court tells of it.
    """

    id: str
    name: str
    severity: str
    say: str
    say_all: str
    do: str
    source: str
    where: exp.Expr | None
    base: exp.Expr | None
    needs: frozenset[str]
    set_aside: bool
    limits: Mapping[str, Limit]
    hand_back: bool
    to_courts: bool

    def number(self, name: str) -> float:
        """A threshold that is a number."""
        value = self.limits[name]
        assert isinstance(value, int | float)
        return value

    def whole(self, name: str) -> int:
        """A threshold that is a whole number."""
        return int(self.number(name))

    def names(self, name: str) -> tuple[str, ...]:
        """A list of names."""
        value = self.limits[name]
        assert isinstance(value, list)
        return tuple(value)

    def sentence(self, court: str, *, together: bool = False, **values: object) -> str:
        """What is printed for one court, or for several ``together``."""
        given = {**dict.fromkeys(PLACEHOLDERS, ""), **self.limits, **values, "court": court}
        return (self.say_all if together else self.say).format(**given)


def load(folder: Path | None = None) -> Mapping[str, QualityRule]:
    """The shipped rules, with those of ``folder``/quality.toml over them (per key; new rules need a ``where``).

    Raises one :class:`ConfigError` that lists every mistake with its file and key.
    """
    raw = entries_of(HERE, "rule", "数据质量规则文件")
    places = dict.fromkeys(raw, HERE)
    mistakes: list[str] = []
    own = folder / FILE if folder else None
    if own and own.is_file():
        for name, entry in entries_of(own, "rule", "数据质量规则文件").items():
            places[name] = own
            before = raw.get(name, {})
            unknown = [key for key in entry.get("limits", {}) if before and key not in before.get("limits", {})]
            mistakes += [f"{own}：rule.{name}.limits 没有阈值“{key}”" for key in unknown]
            if not before and "where" not in entry:
                near = difflib.get_close_matches(name, raw, n=1)
                hint = f"；是否为“{near[0]}”" if near else ""
                mistakes.append(f"{own}：rule.{name} 是新规则，必须写 where{hint}")
            limits = {**before.get("limits", {}), **entry.get("limits", {})}
            raw[name] = {**before, **entry, **({"limits": limits} if limits else {})}
    rules = {}
    for name, entry in raw.items():
        if rule := _rule(name, entry, places[name], mistakes):
            rules[name] = rule
    checked(mistakes, "数据质量规则")
    return rules


def _rule(name: str, raw: Any, path: Path, mistakes: list[str]) -> QualityRule | None:
    place = f"{path}：rule.{name}"
    before = len(mistakes)
    try:
        entry = _Rule.model_validate(raw)
    except pydantic.ValidationError as error:
        mistakes += [f"{place}.{'.'.join(map(str, item['loc']))}：{_reason(item)}" for item in error.errors()]
        return None
    trees: dict[str, exp.Expr | None] = {"where": None, "base": None}
    for key, text in (("where", entry.where), ("base", entry.base)):
        if text is not None:
            try:
                trees[key] = values.standard(expression.condition(_filled(text, entry.limits)), {})
            except (expression.ExpressionError, KeyError, ValueError, IndexError) as error:
                mistakes.append(f"{place}.{key}：{error}")
    for key, text in (("say", entry.say), ("all", entry.all or "")):
        try:
            text.format(**dict.fromkeys((*PLACEHOLDERS, *entry.limits), ""))
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            mistakes.append(f"{place}.{key}：没有可代入的名称 {error}")
    for column in entry.needs:
        if column not in BY_NAME:
            mistakes.append(f"{place}.needs：没有“{column}”这一列")
    if len(mistakes) > before:
        return None
    columns = {BY_NAME[column].id for column in entry.needs}
    for tree in trees.values():
        columns |= expression.columns_of(tree) if tree is not None else set()
    return QualityRule(
        id=name,
        name=entry.name,
        severity=entry.severity,
        say=entry.say,
        say_all=entry.all or entry.say,
        do=entry.do,
        source=entry.source,
        where=trees["where"],
        base=trees["base"],
        needs=frozenset(columns),
        set_aside=entry.set_aside,
        limits=entry.limits,
        hand_back=entry.hand_back,
        to_courts=entry.to_courts,
    )


def _filled(text: str, limits: Mapping[str, Limit]) -> str:
    """The condition with its thresholds; the expression checker sees the result, so nothing else gets in."""
    return text.format(**{key: value for key, value in limits.items() if isinstance(value, int | float | str)})


def _reason(item: Any) -> str:
    if item["type"] == "missing":
        return "缺少这一项"
    if item["type"] == "extra_forbidden":
        return "没有这一项"
    if item["type"] == "literal_error":
        return f"只能是{'、'.join(SEVERITIES)}"
    return "写法不对"


def markdown(rules: Mapping[str, QualityRule]) -> str:
    """All rules as one Markdown table, for print and for the documentation."""
    lines = ["| 编号 | 规则 | 级别 | 句子 | 处理 | 阈值 | 依据 |", "|:--|:--|:-:|:--|:--|:--|:--|"]
    for rule in rules.values():
        limits = "；".join(f"{key} = {_shown(value)}" for key, value in rule.limits.items())
        cells = (f"`{rule.id}`", rule.name, rule.severity, rule.say, rule.do, limits, rule.source)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") or "—" for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _shown(value: Limit) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)
