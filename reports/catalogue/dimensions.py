"""The dimensions of cross tables (交叉表): by what cases are told apart; ``dimensions.toml``, and a court's own.

A dimension gives every case a text, the key, and makes labels of it: one, or several where a case has several values.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field
from sqlglot import exp

from reports.catalogue import values
from reports.catalogue.columns import BY_ID, BY_NAME
from reports.catalogue.entries import checked, with_own
from reports.catalogue.expression import SEPARATORS
from reports.catalogue.unknown import COMPANION
from reports.errors import ConfigError
from reports.words import decimal

SHIPPED = Path(__file__).parent / "dimensions.toml"
FILE = "dimensions.toml"  # of a workspace
EMPTY, UNREAD, AWAY = "未填", "不明", "原审案件不在数据中"
"""Labels of cases without a value, of those whose value could not be read or whose file has no such column, and of
those whose first case is not in the data."""
FIRST = "first_"  # begins the name of the column with the key of the case that a case came from
PEOPLE = frozenset({"judge", "party"})  # no number is told of a person
NUMBERS = frozenset({"case_no", "origin_case_no", "basis_case_no", "second_no"})  # one for each case: no dimension
_FEN, _WAN, _YI = 100, 10_000, 100_000_000

Units = Literal["below", "court", "department", "team"]


@dataclass(frozen=True)
class Dimension:
    """By what cases are told apart: a ``column`` (by its ``bands``, where it has any), their ``units``, or months.

    ``several``: a case may have several values. ``first``: what counts at the court of first instance has the key of
    the case there. ``bands`` are bounds in 元 of money, else whole numbers.
    """

    id: str
    name: str
    column: str = ""
    bands: tuple[int, ...] = ()
    several: bool = False
    first: bool = False
    units: Units | None = None
    months: int = 0

    @property
    def by_number(self) -> bool:
        """Whether its labels have no order of their own and stand in that of their cases."""
        return bool(self.column) and not (self.bands or self.several or self.order)

    @property
    def order(self) -> tuple[str, ...]:
        """Its labels in their own order, as far as they have one; others follow by number."""
        if self.bands:
            return tuple(self._band(place) for place in range(len(self.bands) + 1))
        return values.known(self.column) if self.column in values.COLUMNS else ()

    def key(self, unknown: Iterable[str] = ()) -> exp.Expr:
        """The text of a case by its column; ``unknown`` are the columns that have companions."""
        column = exp.Column(this=exp.Identifier(this=self.column, quoted=True))
        lacks = exp.Is(this=column.copy(), expression=exp.Null())
        ifs = [exp.If(this=lacks, true=exp.Literal.string(""))]
        if self.column in unknown:
            companion = exp.Column(this=exp.Identifier(this=COMPANION + self.column, quoted=True))
            bad = exp.and_(lacks.copy(), exp.EQ(this=companion, expression=exp.Literal.number(1)))
            ifs.insert(0, exp.If(this=bad, true=exp.Literal.string(UNREAD)))
        if not self.bands:
            return exp.Case(ifs=ifs, default=column)
        scale = _FEN if BY_ID[self.column].kind == "money" else 1
        for place, bound in enumerate(self.bands):
            below = exp.LT(this=column.copy(), expression=exp.Literal.number(bound * scale))
            ifs.append(exp.If(this=below, true=exp.Literal.string(self._band(place))))
        return exp.Case(ifs=ifs, default=exp.Literal.string(self._band(len(self.bands))))

    def labels(self, key: str) -> tuple[str, ...]:
        """The labels of a key of its column."""
        if not self.several:
            return (key.strip() or EMPTY,)
        parts = (part.strip() for part in re.split(f"[{re.escape(SEPARATORS)}]", key))
        return tuple(dict.fromkeys(part for part in parts if part)) or (EMPTY,)

    def _band(self, place: int) -> str:
        """不满1万元, 1万元以上不满10万元, 1亿元以上.

        “以上” holds the number itself, “不满” does not (民法典第一千二百五十九条).
        """
        money = BY_ID[self.column].kind == "money"
        low, high = (
            "" if not 0 <= at < len(self.bands) else _money(self.bands[at]) if money else str(self.bands[at])
            for at in (place - 1, place)
        )
        return (f"{low}以上" if low else "") + (f"不满{high}" if high else "")


def _money(yuan: int) -> str:
    for size, unit in ((_YI, "亿元"), (_WAN, "万元")):
        if yuan >= size and yuan % (size // 100) == 0:
            text = decimal(yuan // (size // 100), 2).rstrip("0").rstrip(".")
            return text + unit
    return f"{yuan}元"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1)
    column: str | None = None
    bands: list[pydantic.PositiveInt] = []
    several: bool = False
    first: bool = False
    units: Units | None = None
    months: Literal[1, 2, 3, 4, 6] | None = None


def load(folder: Path | None = None) -> dict[str, Dimension]:
    """The dimensions by id, in the order of the shipped file, a court's own behind them.

    Raises one :class:`ConfigError` with the file and key of every mistake.
    """
    entries, places = with_own(SHIPPED, folder / FILE if folder else None, "dimension", "统计维度文件")
    mistakes: list[str] = []
    found: dict[str, Dimension] = {}
    for name, entry in entries.items():
        place = f"{places[name]} [dimension.{name}]"
        try:
            one = _Entry.model_validate(entry)
        except pydantic.ValidationError as error:
            keys = "、".join(".".join(map(str, each["loc"][:1])) for each in error.errors())
            mistakes.append(f"{place}：{keys} 缺少、多余或写法有误")
            continue
        if why := _wrong(one, [each.name for each in found.values()]):
            mistakes.append(f"{place}：{why}")
            continue
        column = BY_NAME[one.column].id if one.column else ""
        found[name] = Dimension(
            name, one.name, column, tuple(one.bands), one.several, one.first, one.units, one.months or 0
        )
    checked(mistakes, "统计维度")
    return found


def _wrong(entry: _Entry, names: list[str]) -> str:
    """Why an entry is no dimension; empty where it is one."""
    if entry.name in names:
        return f"“{entry.name}”与另一个维度同名"
    if sum(one is not None for one in (entry.column, entry.units, entry.months)) != 1:
        return "column、units、months 必须写一项，也只能写一项"
    if entry.column is None:
        return "bands、several、first 与 column 同用" if entry.bands or entry.several or entry.first else ""
    column = BY_NAME.get(entry.column)
    if column is None:
        near = difflib.get_close_matches(entry.column, BY_NAME, n=1, cutoff=0.5)
        return f"没有“{entry.column}”这一列{f'，是否为“{near[0]}”' if near else ''}"
    if column.id in PEOPLE:
        return f"“{column.name}”是人，不按人统计"
    if column.id in NUMBERS or "court" in column.id:
        return f"不能按“{column.name}”归类"
    if (column.kind in ("money", "integer")) != bool(entry.bands):
        return "金额、整数列必须写 bands，其他列不写"
    if column.kind not in ("text", "flag", "money", "integer"):
        return f"“{column.name}”是日期，按月归类的写 months"
    if list(entry.bands) != sorted(set(entry.bands)):
        return "bands 应由小到大，不重复"
    return "bands、several 不能同时写" if entry.bands and entry.several else ""


def choose(known: Mapping[str, Dimension], text: str) -> Dimension:
    """The dimension of an id or name; raises :class:`ConfigError` that names those there are."""
    for one in known.values():
        if text in (one.id, one.name):
            return one
    names = [one.name for one in known.values()]
    near = difflib.get_close_matches(text, [*names, *known], n=1, cutoff=0.5) or [one for one in names if text in one]
    hint = f"是否为“{near[0]}”？" if near else ""
    people = [BY_ID[one].name for one in sorted(PEOPLE)]
    why = "；不按人统计" if text in (*people, *PEOPLE) else ""
    raise ConfigError(f"没有统计维度“{text}”{why}。", advice=f"{hint}可用的维度：{'、'.join(names)}。")
