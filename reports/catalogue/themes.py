"""The themes of special analyses (专项分析): which cases, which indicators; ``themes.toml``, and a court's own."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic
from sqlglot import exp

from reports.catalogue import expression, values
from reports.catalogue.definitions import Catalogue
from reports.catalogue.loader import CONTEXT
from reports.errors import ConfigError

SHIPPED = Path(__file__).parent / "themes.toml"
FILE = "themes.toml"  # of a workspace


@dataclass(frozen=True)
class Theme:
    """One theme; ``where`` chooses its cases (all by default), ``scope`` says so in words."""

    id: str
    name: str
    purpose: str
    scope: str
    where: exp.Expr | None
    indicators: tuple[str, ...]

    def of(self, catalogue: Catalogue) -> dict[str, Any]:
        """The indicators of a catalogue that belong to the theme, with the flow of cases."""
        chosen = dict.fromkeys((*CONTEXT, *self.indicators))
        return {name: catalogue.indicators[name] for name in chosen}


class _Entry(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    name: str = pydantic.Field(min_length=1)
    purpose: str = pydantic.Field(min_length=4)
    scope: str = pydantic.Field(min_length=4)
    where: str | None = None
    indicators: list[str] = pydantic.Field(min_length=1)


def load(folder: Path, known: Mapping[str, Any]) -> dict[str, Theme]:
    """All themes by id, a workspace's own last; ``known`` are the indicators there are.

    Raises :class:`ConfigError` that lists every mistake with its file and key.
    """
    found: dict[str, Theme] = {}
    mistakes: list[str] = []
    for path in (SHIPPED, folder / FILE):
        if not path.is_file():
            continue
        try:
            raw = tomllib.loads(path.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"主题文件无法读取：{error}。", where=str(path)) from error
        entries = raw.get("theme", {})
        if set(raw) - {"theme"} or not isinstance(entries, dict):
            mistakes.append(f"{path.name}：只能有 [theme.编号] 这一类条目")
            continue
        for name, entry in entries.items():
            place = f"{path.name} [theme.{name}]"
            try:
                found[name] = _theme(name, _Entry.model_validate(entry), known)
            except pydantic.ValidationError as error:
                keys = "、".join(".".join(map(str, one["loc"])) for one in error.errors())
                mistakes.append(f"{place}：{keys} 缺少、多余或写法有误")
            except (expression.ExpressionError, KeyError) as error:
                mistakes.append(f"{place}：{error.args[0]}")
    if mistakes:
        raise ConfigError(f"主题有 {len(mistakes)} 处错误：\n" + "\n".join(f"  · {one}" for one in mistakes))
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
    where = values.standard(expression.condition(entry.where), {}) if entry.where else None
    return Theme(name, entry.name, entry.purpose, entry.scope, where, tuple(entry.indicators))
