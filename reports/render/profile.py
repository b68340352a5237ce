"""The layout values of ``templates/page/profile.toml``: each stands once, with its clause of GB/T 9704-2012.

The pages are made from these values and finished files are measured against them, so the two cannot differ.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Final

from reports.errors import ConfigError
from reports.render import fonts

PT_PER_MM: Final = 72 / 25.4
STRENGTHS: Final = ("必须", "推荐", "惯例")

Deviations = Mapping[str, Mapping[str, float | str]]
"""A court's own values, table → key → value, from ``[layout]`` of its ``tongbao.toml``."""

NONE: Final[Deviations] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the layout, in ``unit`` (``mm``, ``pt``, ``行``, ``字``, ``font`` or nothing).

    ``strength`` is one of :data:`STRENGTHS`, ``within`` the tolerance of the check in the same unit, ``own``
    whether a court has set the value.
    """

    name: str
    value: float | str
    unit: str
    clause: str
    strength: str
    within: float | None = None
    own: bool = False

    @property
    def number(self) -> float:
        """The value of a length or a count."""
        assert not isinstance(self.value, str)
        return float(self.value)

    @property
    def text(self) -> str:
        """The value as a reader of the check or the style sheet sees it: ``37mm``, ``22行``, ``仿宋``."""
        return f"{self.value:g}{self.unit}" if not isinstance(self.value, str) else self.value


@dataclass(frozen=True, slots=True)
class Profile:
    """All layout values by table and key."""

    values: Mapping[str, Mapping[str, Value]]

    def __getitem__(self, table: str) -> Mapping[str, Value]:
        return self.values[table]

    def numbers(self) -> dict[str, dict[str, float]]:
        """Table → key → number, of the values that are numbers."""
        return {
            table: {key: entry.number for key, entry in keys.items() if not isinstance(entry.value, str)}
            for table, keys in self.values.items()
        }

    @property
    def outer(self) -> float:
        """The margin opposite the binding, in millimetres: what 5.2.1 leaves of the paper."""
        return self["paper"]["width"].number - self["area"]["inner"].number - self["area"]["width"].number

    @property
    def bottom(self) -> float:
        """The lower margin, in millimetres: what 5.2.1 leaves of the paper."""
        return self["paper"]["height"].number - self["area"]["top"].number - self["area"]["height"].number

    @property
    def lead(self) -> float:
        """White that a line adds above and below its characters, in points; it is taken out of the margins."""
        return (self["grid"]["pitch"].number - self["grid"]["size"].number) / 2

    @property
    def character(self) -> float:
        """Width of a character of the grid (5.2.3), in millimetres."""
        return self["area"]["width"].number / self["grid"]["characters"].number


def markdown(profile: Profile) -> str:
    """All values as a Markdown table, for people."""
    lines = ["| 参数 | 名称 | 条款 | 强度 | 值 | 核对时允许的偏差 |", "|:--|:--|:-:|:-:|:--|:--|"]
    for table, keys in profile.values.items():
        for key, entry in keys.items():
            strength = "本院规定" if entry.own else entry.strength
            within = "—" if entry.within is None else f"±{entry.within:g}{entry.unit}" if entry.within else "不允许"
            lines.append(f"| {table}.{key} | {entry.name} | {entry.clause} | {strength} | {entry.text} | {within} |")
    return "\n".join(lines) + "\n"


def load(folder: Path, deviations: Deviations = NONE, *, config: str = "tongbao.toml") -> Profile:
    """Read ``profile.toml`` in *folder*, with a court's *deviations* from it put in.

    Raises :class:`~reports.errors.ConfigError` for a profile that cannot be read, and, naming *config*, for a
    deviation that changes no value of the profile or is of another type.
    """
    file = folder / "profile.toml"
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        values = {table: {key: Value(**entry) for key, entry in keys.items()} for table, keys in tables.items()}
        if odd := [v.name for keys in values.values() for v in keys.values() if v.strength not in STRENGTHS]:
            raise ValueError(odd[0])
    except (OSError, tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(
            f"版面参数无法读取：{error}",
            where=str(file),
            advice="请恢复随程序提供的 profile.toml，每个参数写 name、value、unit、clause、strength。",
        ) from error
    for table, changes in deviations.items():
        if table not in values:
            _refuse(f"没有版面参数表“{table}”", f"{config} [layout.{table}]", table, values)
        for key, value in changes.items():
            where = f"{config} [layout.{table}] {key}"
            if key not in values[table]:
                _refuse(f"没有版面参数“{key}”", where, key, values[table])
            given = values[table][key]
            if isinstance(value, str) != isinstance(given.value, str):
                raise ConfigError(
                    f"“{given.name}”的值写法不对：{value!r}", where=where, advice=f"写法同原值：{given.value!r}。"
                )
            if given.unit == "font" and value not in fonts.ALIASES:
                _refuse(f"没有字体“{value}”", where, str(value), fonts.ALIASES)
            values[table][key] = replace(given, value=value, own=True)
    return Profile(values)


def _refuse(what: str, where: str, written: str, known: Mapping[str, object]) -> None:
    near = get_close_matches(written, known, n=1, cutoff=0.4)
    hint = f"是否为“{near[0]}”？" if near else ""
    raise ConfigError(f"{what}。", where=where, advice=f"{hint}可用的有：{'、'.join(known)}。")
