"""The catalogue: every count, stock and indicator, defined once, in TOML, and validated whole.

``counts.toml`` and ``indicators.toml`` hold all definitions; an edition (``editions/*.toml``) selects the
indicators in force. A court adds or replaces entries in files of its own; nothing here runs code.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field
from sqlglot import exp

from reports.catalogue import expression
from reports.catalogue.columns import BY_NAME
from reports.errors import ConfigError
from reports.words import Measure

HERE = Path(__file__).parent
DEFAULT_EDITION = "core"
COURT_COLUMNS = {"经办法院": "court", "原审法院": "origin_court", "起始法院": "starting_court"}
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TERM = re.compile(r"([+-]?)\s*([a-z][a-z0-9_]*)\s*")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _CountEntry(_Entry):
    name: str = Field(min_length=1)
    by: str
    where: str | None = None
    sum: str | None = None
    court: Literal["经办法院", "原审法院", "起始法院"] = "经办法院"


class _StockEntry(_Entry):
    name: str = Field(min_length=1)
    from_: str = Field(alias="from")
    to: str
    at: Literal["start", "end"] = "end"
    after_months: int = Field(default=0, ge=0, le=600)
    where: str | None = None


class _IntervalEntry(_Entry):
    since: date
    low: float | None = None
    high: float | None = None
    source: str = Field(min_length=4)


class _IndicatorEntry(_Entry):
    name: str = Field(min_length=1)
    category: Literal["质量", "效率", "效果", "参考"]
    numerator: str
    denominator: str | None = None
    kind: Literal["proportion", "ratio", "amount", "count", "mean"]
    unit: str
    places: int = Field(default=2, ge=0, le=6)
    better: Literal["higher", "lower", "neutral"]
    subset: bool = False
    assess: bool = True
    right: bool = False
    local: bool = False
    zero: str | None = None
    min_den: int = Field(default=30, ge=1)
    scope: str = "1"
    formula: str = Field(min_length=4)
    interval: list[_IntervalEntry] = []


class _EditionEntry(_Entry):
    name: str
    version: str
    note: str = ""
    indicators: list[str]


@dataclass(frozen=True)
class Count:
    """A flow: cases (or a sum) belonging to the period in which the date ``by`` falls."""

    id: str
    name: str
    by: str
    court: str
    where: exp.Expr | None
    sum: exp.Expr | None

    @property
    def columns(self) -> frozenset[str]:
        """Canonical columns read."""
        used = {self.by, self.court}
        for tree in (self.where, self.sum):
            used |= expression.columns_of(tree) if tree is not None else set()
        return frozenset(used)


@dataclass(frozen=True)
class Stock:
    """Cases open at a moment: ``start`` not after it, ``to`` empty or after it.

    ``after_months`` > 0 counts only cases strictly older than that; ``opening`` takes the period's start.
    """

    id: str
    name: str
    start: str
    to: str
    opening: bool
    after_months: int
    where: exp.Expr | None

    @property
    def columns(self) -> frozenset[str]:
        """Canonical columns read."""
        used = {self.start, self.to, "court"}
        return frozenset(used | (expression.columns_of(self.where) if self.where is not None else set()))


@dataclass(frozen=True)
class Interval:
    """A reference interval in the indicator's printed unit, in force since a day, with its source."""

    since: date
    low: float | None
    high: float | None
    source: str


@dataclass(frozen=True)
class Indicator:
    """One indicator: signed terms over counts and stocks, and how it is judged and printed."""

    id: str
    name: str
    category: str
    numerator: tuple[tuple[int, str], ...]
    denominator: tuple[tuple[int, str], ...]
    kind: str
    unit: str
    places: int
    better: str
    subset: bool
    assess: bool
    right: bool
    local: bool
    zero: str | None
    min_den: int
    scope: str
    formula: str
    intervals: tuple[Interval, ...] = ()

    @property
    def measure(self) -> Measure:
        """How its values are printed."""
        return Measure(self.kind, self.unit, self.places, self.zero)

    @property
    def terms(self) -> tuple[str, ...]:
        """Identifiers of the counts and stocks it needs."""
        return tuple(name for _, name in self.numerator + self.denominator)

    @property
    def label(self) -> str:
        """The printed name; definitions of this program's own say so."""
        return f"{self.name}（本系统口径）" if self.local else self.name

    def interval(self, on: date) -> Interval | None:
        """The interval in force on a day, or ``None``."""
        known = [item for item in self.intervals if item.since <= on]
        return max(known, key=lambda item: item.since) if known else None


@dataclass(frozen=True)
class Catalogue:
    """All counts and stocks, and the indicators of one edition in their printed order."""

    edition: str
    name: str
    version: str
    note: str
    counts: Mapping[str, Count]
    stocks: Mapping[str, Stock]
    indicators: Mapping[str, Indicator]
    sources: tuple[str, ...] = field(default=())

    @property
    def terms(self) -> tuple[str, ...]:
        """Counts and stocks that the indicators of this edition need, in definition order."""
        needed = {term for indicator in self.indicators.values() for term in indicator.terms}
        return tuple(name for name in (*self.counts, *self.stocks) if name in needed)

    def indicator(self, text: str) -> Indicator:
        """An indicator by identifier or Chinese name; raises :class:`ConfigError` with a suggestion."""
        for item in self.indicators.values():
            if text in (item.id, item.name):
                return item
        known = [*self.indicators, *(item.name for item in self.indicators.values())]
        near = difflib.get_close_matches(text, known, n=1)
        raise ConfigError(
            f"指标目录“{self.name}”中没有指标“{text}”。",
            advice=f"是否为“{near[0]}”？" if near else "运行 tongbao catalogue show 查看全部指标。",
        )


def load(
    edition: str = DEFAULT_EDITION,
    *,
    folder: Path | None = None,
    intervals: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Catalogue:
    """Load an edition, with a court's own files of ``folder`` (``*.toml``, ``editions/*.toml``) on top.

    ``intervals`` (from ``tongbao.toml``) are added to the indicators' own. Raises one :class:`ConfigError`
    that lists every mistake with its file, line and key.
    """
    return _Loader(folder, intervals or {}).load(edition)


_E = TypeVar("_E", bound=_Entry)


class _Loader:
    def __init__(self, folder: Path | None, intervals: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        own = sorted(folder.glob("*.toml")) if folder and folder.is_dir() else []
        self.files = [HERE / "counts.toml", HERE / "indicators.toml", *own]
        self.editions = [HERE / "editions", *([folder / "editions"] if folder else [])]
        self.intervals = intervals
        self.mistakes: list[str] = []
        self.places: dict[str, Path] = {}

    def load(self, edition: str) -> Catalogue:
        raw: dict[str, dict[str, Any]] = {"count": {}, "stock": {}, "indicator": {}}
        for path in self.files:
            for section, entries in self._read(path).items():
                if section not in raw or not isinstance(entries, dict):
                    self._mistake(path, section, "只能有 count、stock、indicator 三类条目")
                    continue
                for name, entry in entries.items():
                    raw[section][name] = entry
                    self.places[f"{section}.{name}"] = path
        for name, extra in self.intervals.items():
            if name in raw["indicator"]:
                entry = raw["indicator"][name]
                raw["indicator"][name] = {**entry, "interval": [*entry.get("interval", []), *extra]}
            else:
                near = difflib.get_close_matches(name, raw["indicator"], n=1)
                self.mistakes.append(
                    f"tongbao.toml：[[interval]] 的指标“{name}”不存在" + (f"，是否为“{near[0]}”" if near else "")
                )
        counts = {n: c for n, e in raw["count"].items() if (c := self._count(n, e))}
        stocks = {n: s for n, e in raw["stock"].items() if (s := self._stock(n, e))}
        known = {*raw["count"], *raw["stock"]}
        for twice in set(raw["count"]) & set(raw["stock"]):
            self._mistake(self.places[f"stock.{twice}"], f"stock.{twice}", "与同名的 count 重复")
        indicators = {n: i for n, e in raw["indicator"].items() if (i := self._indicator(n, e, known))}
        chosen = self._edition(edition, raw["indicator"])
        if self.mistakes:
            raise ConfigError(
                f"指标目录有 {len(self.mistakes)} 处错误：\n" + "\n".join(f"  · {m}" for m in self.mistakes),
                advice="逐处改正后，用 tongbao catalogue check 文件 再核对。",
            )
        assert chosen is not None
        return Catalogue(
            edition,
            chosen.name,
            chosen.version,
            chosen.note,
            counts,
            stocks,
            {name: indicators[name] for name in chosen.indicators},
        )

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            return tomllib.loads(path.read_text("utf-8-sig"))
        except OSError as error:
            raise ConfigError(f"指标目录文件无法读取：{error.strerror}。", where=str(path)) from error
        except UnicodeDecodeError:
            raise ConfigError(
                "指标目录文件不是 UTF-8 编码。", where=str(path), advice="用记事本另存为 UTF-8。"
            ) from None
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"指标目录文件格式有误：{error}。", where=str(path)) from error

    def _edition(self, edition: str, known: Mapping[str, Any]) -> _EditionEntry | None:
        found = {path.stem: path for folder in self.editions for path in sorted(folder.glob("*.toml"))}
        if edition not in found:
            raise ConfigError(f"没有指标目录版本“{edition}”。", advice=f"可用的版本：{'、'.join(sorted(found))}。")
        path = found[edition]
        entry = self._validate(_EditionEntry, path, "edition", self._read(path))
        if entry is None:
            return None
        for name in entry.indicators:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                self._mistake(path, name, "没有这个指标" + (f"，是否为 {near[0]}" if near else ""))
        return entry

    def _count(self, name: str, raw: Any) -> Count | None:
        key = f"count.{name}"
        if (entry := self._validate(_CountEntry, self.places[key], key, raw)) is None:
            return None
        return Count(
            name,
            entry.name,
            self._date(key, "by", entry.by),
            COURT_COLUMNS[entry.court],
            self._tree(key, "where", entry.where),
            self._tree(key, "sum", entry.sum),
        )

    def _stock(self, name: str, raw: Any) -> Stock | None:
        key = f"stock.{name}"
        if (entry := self._validate(_StockEntry, self.places[key], key, raw)) is None:
            return None
        return Stock(
            name,
            entry.name,
            self._date(key, "from", entry.from_),
            self._date(key, "to", entry.to),
            entry.at == "start",
            entry.after_months,
            self._tree(key, "where", entry.where),
        )

    def _indicator(self, name: str, raw: Any, known: set[str]) -> Indicator | None:
        key = f"indicator.{name}"
        if (entry := self._validate(_IndicatorEntry, self.places[key], key, raw)) is None:
            return None
        if (entry.denominator is None) != (entry.kind == "count"):
            self._mistake(self.places[key], key, "kind 为 count 时不写 denominator，其余各类必须写 denominator")
        for item in entry.interval:
            if item.low is None and item.high is None:
                self._mistake(self.places[key], key, "合理区间至少要写 low、high 之一")
            elif item.low is not None and item.high is not None and item.low > item.high:
                self._mistake(self.places[key], key, f"合理区间下限 {item.low:g} 大于上限 {item.high:g}")
        if entry.right and entry.interval and entry.better == "lower":
            pass  # an interval may be stated for a right (上诉率); it is never a target for measures
        return Indicator(
            id=name,
            name=entry.name,
            category=entry.category,
            numerator=self._terms(key, "numerator", entry.numerator, known),
            denominator=self._terms(key, "denominator", entry.denominator or "", known),
            kind=entry.kind,
            unit=entry.unit,
            places=0 if entry.kind == "count" else entry.places,
            better=entry.better,
            subset=entry.subset,
            assess=entry.assess,
            right=entry.right,
            local=entry.local,
            zero=entry.zero,
            min_den=entry.min_den,
            scope=entry.scope,
            formula=entry.formula,
            intervals=tuple(Interval(i.since, i.low, i.high, i.source) for i in entry.interval),
        )

    def _validate(self, model: type[_E], path: Path, key: str, raw: Any) -> _E | None:
        name = key.rsplit(".", maxsplit=1)[-1]
        if "." in key and not _ID.fullmatch(name):
            self._mistake(path, key, "编号只能用小写英文字母、数字和下划线，以字母开头，不超过40个字符")
            return None
        try:
            return model.model_validate(raw)
        except pydantic.ValidationError as error:
            for item in error.errors():
                self._mistake(path, key, _reason(item, model))
            return None

    def _date(self, key: str, label: str, name: str) -> str:
        column = BY_NAME.get(name)
        if column is None or column.kind != "date":
            dates = [c.name for c in BY_NAME.values() if c.kind == "date"]
            self._mistake(self.places[key], key, f"{label} 应为日期列（{'、'.join(dates)}），不能是“{name}”")
            return name
        return column.id

    def _tree(self, key: str, label: str, text: str | None) -> exp.Expr | None:
        if text is None:
            return None
        try:
            return expression.condition(text) if label == "where" else expression.amount(text)
        except expression.ExpressionError as error:
            self._mistake(self.places[key], key, f"{label}：{error}")
            return None

    def _terms(self, key: str, label: str, text: str, known: set[str]) -> tuple[tuple[int, str], ...]:
        terms: list[tuple[int, str]] = []
        rest = text.strip()
        while rest:
            match = _TERM.match(rest)
            if match is None or (terms and not match[1]):
                self._mistake(self.places[key], key, f"{label} 只能写计数编号的加减，如 opening + filed")
                break
            if match[2] not in known:
                near = difflib.get_close_matches(match[2], known, n=1)
                hint = f"，是否为 {near[0]}" if near else ""
                self._mistake(self.places[key], key, f"{label}：没有计数或存量 {match[2]}{hint}")
            terms.append((-1 if match[1] == "-" else 1, match[2]))
            rest = rest[match.end() :]
        return tuple(terms)

    def _mistake(self, path: Path, key: str, message: str) -> None:
        self.mistakes.append(f"{path.name}{_line(path, key)} [{key}]：{message}")


def _line(path: Path, key: str) -> str:
    """第N行 of a table header or of an indicator's name in a list, where it can be found."""
    wanted = (f"[{key}]", f'"{key}"')
    try:
        for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
            if any(text in line for text in wanted):
                return f" 第{number}行"
    except OSError:
        pass
    return ""


_REASONS = {
    "missing": "缺少 {key}",
    "extra_forbidden": "没有 {key} 这一项",
    "literal_error": "{key} 只能是 {expected}",
    "string_type": "{key} 应为文字",
    "int_type": "{key} 应为整数",
    "bool_type": "{key} 应为 true 或 false",
    "float_type": "{key} 应为数",
    "date_type": "{key} 应为日期，如 2025-01-01（不加引号）",
    "string_too_short": "{key} 不能为空或过短",
}


def _reason(item: Any, model: type[BaseModel]) -> str:
    key = ".".join(str(part) for part in item["loc"])
    text = _REASONS.get(item["type"], "{key} 有误：" + str(item["msg"]))
    expected = str(item.get("ctx", {}).get("expected", "")).replace(" or ", "、")
    message = text.format(key=key, expected=expected)
    if item["type"] == "extra_forbidden":
        allowed = [field.alias or name for name, field in model.model_fields.items()]
        near = difflib.get_close_matches(key, allowed, n=1)
        message += f"，是否为 {near[0]}" if near else f"；可用的有 {'、'.join(allowed)}"
    if key.endswith("source") and item["type"] in ("missing", "string_too_short"):
        message += "：合理区间必须写明来源文件"
    return message
