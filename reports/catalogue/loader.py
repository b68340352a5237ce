"""Read the catalogue's TOML files and validate them whole: every mistake with file, line and key, all at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field
from sqlglot import exp

from reports.catalogue import expression, values
from reports.catalogue.columns import BY_NAME
from reports.catalogue.definitions import OWN_MARKS, Catalogue, Count, Indicator, Interval, Stock
from reports.catalogue.entries import toml_of
from reports.errors import ConfigError

HERE = Path(__file__).parent
DEFAULT_EDITION = "core"
CONTEXT = (
    "opening", "filed", "accepted", "concluded", "pending", "over12_pending",
    "closing_rate", "clearance_ratio",
)  # fmt: skip
"""收结存 and what is made of it: every bulletin opens with them, whatever indicators an edition has."""
EVERYTHING = "all"  # not an edition of anybody's: every indicator that is defined
COURT_COLUMNS = {"经办法院": "court", "原审法院": "origin_court", "起始法院": "starting_court"}
SIDES = ("numerator", "denominator")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TERM = re.compile(r"([+-]?)\s*([a-z][a-z0-9_]*)\s*")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _DefinitionEntry(_Entry):
    by: str
    where: str | None = None
    sum: str | None = None
    court: Literal["经办法院", "原审法院", "起始法院"] = "经办法院"
    basis: str = ""


class _CountEntry(_DefinitionEntry):
    name: str = Field(min_length=1)
    otherwise: list[_DefinitionEntry] = []


class _StockEntry(_Entry):
    name: str = Field(min_length=1)
    from_: str = Field(alias="from")
    to: str
    at: Literal["start", "end"] = "end"
    after_months: int = Field(default=0, ge=0, le=600)
    after_days: int = Field(default=0, ge=0, le=18_000)
    where: str | None = None


class _IntervalEntry(_Entry):
    since: date
    low: float | None = None
    high: float | None = None
    source: str = Field(min_length=4)
    span: Literal["month", "quarter", "cumulative", "year"] | None = None
    line: str | None = Field(default=None, min_length=1)
    scope: str | None = None


class _IndicatorEntry(_Entry):
    name: str = Field(min_length=1)
    category: Literal["质量", "效率", "效果", "参考"]
    numerator: str | None = None
    denominator: str | None = None
    needs: str | None = Field(default=None, min_length=4)
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
    scoped_intervals: bool = False
    change: Literal["difference", "percent"] = "difference"
    tested: Literal["plain", "excess", "share"] = "plain"
    formula: str = Field(min_length=4)
    formula_source: str = ""
    evidence: list[str] = []
    note: str = ""
    interval: list[_IntervalEntry] = []


class _EditionEntry(_Entry):
    name: str
    version: str
    note: str = ""
    official: int | None = Field(default=None, ge=1)
    extends: str | None = None
    indicators: list[str]


def load(
    edition: str = DEFAULT_EDITION,
    *,
    folder: Path | None = None,
    intervals: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    options: Sequence[str] = (),
) -> Catalogue:
    """Load an edition, with a court's own files of ``folder`` (``*.toml``, ``editions/*.toml``) on top.

    ``intervals`` (from ``tongbao.toml``) are added to the indicators' own; ``options`` name shipped variants
    (``options/*.toml``) laid over the definitions. Raises one :class:`ConfigError` that lists every mistake
    with its file, line and key.
    """
    own, known = _own(folder), _editions(folder)
    content = tuple(_content(path) for path in (*own, *known.values()))
    return _loaded(edition, tuple(own), tuple(known.items()), _Given(intervals or {}), tuple(options), content)


class _Given(dict[str, Sequence[Mapping[str, Any]]]):
    """The intervals of a configuration: the same if they read the same."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(repr(self))


@lru_cache(maxsize=64)  # a command asks for the same catalogue at several stages; it is read and left as it is
def _loaded(
    edition: str,
    own: tuple[Path, ...],
    editions: tuple[tuple[str, Path], ...],
    intervals: _Given,
    options: tuple[str, ...],
    _content: tuple[bytes | None, ...],
) -> Catalogue:
    return _Loader(own, dict(editions), intervals, options).load(edition)


def _content(path: Path) -> bytes | None:
    """The bytes of a file, or nothing where reading it will tell why not."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def check(path: Path) -> list[Catalogue]:
    """Load one file, or a folder with its editions, over the shipped definitions, and return what came of it.

    A file with ``indicators = […]`` is an edition; any other gives definitions. Raises :class:`ConfigError`
    with all mistakes, as :func:`load` does.
    """
    if path.is_dir():
        names = sorted(one.stem for one in (path / "editions").glob("*.toml")) or [DEFAULT_EDITION]
        return [load(name, folder=path) for name in [EVERYTHING, *names]]
    if "indicators" in toml_of(path, "指标目录文件"):
        folder = path.parent.parent if path.parent.name == "editions" else None
        return [_Loader(_own(folder), {**_editions(folder), path.stem: path}, {}, ()).load(path.stem)]
    return [_Loader([path], _editions(None), {}, ()).load(EVERYTHING)]


def editions(folder: Path | None = None) -> tuple[str, ...]:
    """The editions that can be named: the shipped ones and a court's own."""
    return tuple(_editions(folder))


def _own(folder: Path | None) -> list[Path]:
    return sorted(folder.glob("*.toml")) if folder and folder.is_dir() else []


def _editions(folder: Path | None) -> dict[str, Path]:
    folders = [HERE / "editions", *([folder / "editions"] if folder else [])]
    return {path.stem: path for one in folders for path in sorted(one.glob("*.toml"))}


_E = TypeVar("_E", bound=_Entry)


class _Loader:
    def __init__(
        self,
        own: Sequence[Path],
        editions: Mapping[str, Path],
        intervals: Mapping[str, Sequence[Mapping[str, Any]]],
        options: Sequence[str],
    ) -> None:
        self.files = [HERE / "counts.toml", HERE / "indicators.toml", *(_option(name) for name in options), *own]
        self.editions = editions
        self.intervals = intervals
        self.mistakes: list[str] = []
        self.doubts: list[str] = []
        self.configured: set[str] = set()  # indicators with an interval of the workspace
        self.values: dict[str, list[str]] = {}
        self.places: dict[str, Path] = {}
        self.extending: list[str] = []
        self.inside: dict[str, tuple[str, str]] = {}  # a count that an indicator defines itself → where

    def load(self, edition: str) -> Catalogue:
        raw: dict[str, dict[str, Any]] = {"count": {}, "stock": {}, "indicator": {}}
        for path in self.files:
            for section, entries in toml_of(path, "指标目录文件").items():
                if section == "values" and self._values(path, entries):
                    continue
                if section not in raw or not isinstance(entries, dict):
                    self._mistake(path, section, "只能有 count、stock、indicator 三类条目和 values")
                    continue
                for name, entry in entries.items():
                    raw[section][name] = entry
                    self.places[f"{section}.{name}"] = path
        self._inline(raw)
        named = {
            entry["name"] + mark: one
            for one, entry in raw["indicator"].items()
            if isinstance(entry, dict) and "name" in entry
            for mark in ("", *OWN_MARKS)
        }
        for text, extra in self.intervals.items():
            name = text if text in raw["indicator"] else named.get(text, text)
            if name in raw["indicator"]:
                entry = raw["indicator"][name]
                raw["indicator"][name] = {**entry, "interval": [*entry.get("interval", []), *extra]}
                self.configured.add(name)
            else:
                near = difflib.get_close_matches(name, [*raw["indicator"], *named], n=1)
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
        context = () if edition == EVERYTHING else tuple(name for name in CONTEXT if name not in chosen.indicators)
        names = dict.fromkeys((*context, *chosen.indicators))
        catalogue = Catalogue(
            edition,
            chosen.name,
            chosen.version,
            chosen.note,
            counts,
            stocks,
            {name: indicators[name] for name in names},
            official=chosen.official,
            context=context,
            warnings=tuple(self.doubts),
            values={name: tuple(words) for name, words in self.values.items()},
        )
        return replace(catalogue, note=catalogue.completeness + chosen.note)

    def _inline(self, raw: Mapping[str, dict[str, Any]]) -> None:
        """Make a count of each numerator and denominator that an indicator defines itself, in a table of its own."""
        for name, entry in raw["indicator"].items():
            sides = [one for one in SIDES if isinstance(entry, dict) and isinstance(entry.get(one), dict)]
            for side in sides:
                count = f"{name}_whole" if side == "denominator" else f"{name}_part"
                path, key = self.places[f"indicator.{name}"], f"count.{count}"
                if count in raw["count"] or count in raw["stock"]:
                    self._mistake(path, f"indicator.{name}", f"{side} 的编号 {count} 已经用于另一个计数")
                label = "分母" if side == "denominator" else "分子" if "denominator" in entry else ""
                raw["count"][count] = {"name": f"{entry.get('name', name)}{label}", **entry[side]}
                self.places[key], self.inside[key] = path, (f"indicator.{name}", side)
                entry = {**entry, side: count}
            raw["indicator"][name] = entry

    def _values(self, path: Path, entries: Any) -> bool:
        """Take in a court's further values of coded columns."""
        shape = isinstance(entries, dict) and all(
            name in values.COLUMNS and isinstance(words, list) and all(isinstance(word, str) for word in words)
            for name, words in entries.items()
        )
        if not shape:
            self._mistake(path, "values", f'应写成 列 = ["值", …]，列可用 {"、".join(values.COLUMNS)}')
            return True
        for name, words in entries.items():
            self.values.setdefault(name, []).extend(words)
        return True

    def _edition(self, edition: str, known: Mapping[str, Any]) -> _EditionEntry | None:
        if edition == EVERYTHING:
            return _EditionEntry(name="全部指标", version="all", indicators=list(known))
        if edition not in self.editions:
            near = difflib.get_close_matches(edition, self.editions, n=1)
            hint = f"是否为 {near[0]}？" if near else ""
            raise ConfigError(
                f"没有指标目录版本“{edition}”。", advice=f"{hint}可用的版本：{'、'.join(self.editions)}。"
            )
        path = self.editions[edition]
        entry = self._validate(_EditionEntry, path, "edition", toml_of(path, "指标目录文件"))
        if entry is None:
            return None
        if entry.extends is not None:
            entry = self._extended(edition, entry, path, known)
            if entry is None:
                return None
        for name in entry.indicators:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                self._mistake(path, name, "没有这个指标" + (f"，是否为 {near[0]}" if near else ""))
        stated = len(dict.fromkeys(entry.indicators))
        if entry.official is not None and stated > entry.official:
            self._mistake(path, "edition", f"indicators 有{stated}项，多于 official 所称的{entry.official}项")
        return entry

    def _extended(
        self, edition: str, entry: _EditionEntry, path: Path, known: Mapping[str, Any]
    ) -> _EditionEntry | None:
        """An edition with the indicators of the one that it extends before its own."""
        assert entry.extends is not None
        if entry.extends not in self.editions:
            near = difflib.get_close_matches(entry.extends, self.editions, n=1)
            hint = f"，是否为 {near[0]}" if near else f"；可用的版本：{'、'.join(self.editions)}"
            self._mistake(path, "edition", f"extends 的版本“{entry.extends}”不存在{hint}")
            return None
        self.extending.append(edition)
        if entry.extends in self.extending:
            self._mistake(path, "edition", f"extends 循环：{' → '.join([*self.extending, entry.extends])}")
            return None
        base = self._edition(entry.extends, known)
        if base is None:
            return None
        indicators = list(dict.fromkeys([*base.indicators, *entry.indicators]))
        return entry.model_copy(update={"indicators": indicators, "note": entry.note or base.note})

    def _count(self, name: str, raw: Any) -> Count | None:
        key = f"count.{name}"
        if (entry := self._validate(_CountEntry, self.places[key], key, raw)) is None:
            return None
        first, *others = (
            Count(
                name,
                entry.name,
                self._date(key, label + "by", one.by),
                COURT_COLUMNS[one.court],
                self._tree(key, label + "where", one.where),
                self._tree(key, label + "sum", one.sum),
                one.basis,
                text=_written(by=one.by, where=one.where, sum=one.sum, court=one.court),
            )
            for label, one in (("", entry), *(("otherwise." if entry.otherwise else "", o) for o in entry.otherwise))
        )
        if entry.otherwise and not all(one.basis for one in (entry, *entry.otherwise)):
            self._mistake(self.places[key], key, "有 otherwise 时，每种口径都要用 basis 写明依据的数据")
        return replace(first, otherwise=tuple(others))

    def _stock(self, name: str, raw: Any) -> Stock | None:
        key = f"stock.{name}"
        if (entry := self._validate(_StockEntry, self.places[key], key, raw)) is None:
            return None
        if entry.after_months and entry.after_days:
            self._mistake(self.places[key], key, "after_months 和 after_days 只能写一个")
        return Stock(
            name,
            entry.name,
            self._date(key, "from", entry.from_),
            self._date(key, "to", entry.to),
            entry.at == "start",
            entry.after_months,
            entry.after_days,
            self._tree(key, "where", entry.where),
            text=_written(
                **{"from": entry.from_, "to": entry.to, "where": entry.where},
                at="期初" if entry.at == "start" else "期末",
                after_months=f"{entry.after_months}个月" if entry.after_months else None,
                after_days=f"{entry.after_days}日" if entry.after_days else None,
            ),
        )

    def _indicator(self, name: str, raw: Any, known: set[str]) -> Indicator | None:
        key = f"indicator.{name}"
        if (entry := self._validate(_IndicatorEntry, self.places[key], key, raw)) is None:
            return None
        if entry.needs:
            if entry.numerator is not None or entry.denominator is not None:
                self._mistake(self.places[key], key, "写了 needs（数据不能提供的原因），就不写 numerator、denominator")
        elif entry.numerator is None:
            self._mistake(self.places[key], key, "缺少 numerator；案件数据算不出的指标用 needs 写明原因")
        elif (entry.denominator is None) != (entry.kind == "count"):
            self._mistake(self.places[key], key, "kind 为 count 时不写 denominator，其余各类必须写 denominator")
        for item in entry.interval:
            if item.low is None and item.high is None:
                self._mistake(self.places[key], key, "合理区间至少要写 low、high 之一")
            elif item.low is not None and item.high is not None and item.low > item.high:
                self._mistake(self.places[key], key, f"合理区间下限 {item.low:g} 大于上限 {item.high:g}")
            elif doubt := meaningless(entry.kind, entry.unit, entry.tested, entry.better, item.low, item.high):
                self._mistake(self.places[key], key, f"“{entry.name}”的合理区间{doubt}")
            if entry.scoped_intervals and item.scope != entry.scope:
                place = "tongbao.toml [[interval]]" if name in self.configured else f"{self.places[key].name} [{key}]"
                self.mistakes.append(
                    f"{place}：“{entry.name}”的口径已经改变（现为：{entry.formula}），合理区间（{item.source}）"
                    f'没有写明按哪一种口径定的。按现行口径的，在其中加 scope = "{entry.scope}"；'
                    '按旧存＋新收的，在 [catalogue] 中写 options = ["over12-of-accepted"]'
                )
        return Indicator(
            id=name,
            name=entry.name,
            category=entry.category,
            numerator=self._terms(key, "numerator", entry.numerator or "", known),
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
            intervals=tuple(
                Interval(i.since, i.low, i.high, i.source, i.span or "", i.line or "") for i in entry.interval
            ),
            needs=entry.needs or "",
            relative=entry.change == "percent",
            tested=entry.tested,
            evidence=tuple(entry.evidence),
            formula_source=entry.formula_source,
            note=entry.note,
        )

    def _validate(self, model: type[_E], path: Path, key: str, raw: Any) -> _E | None:
        name = key.rsplit(".", maxsplit=1)[-1]
        if "." in key and key not in self.inside and not _ID.fullmatch(name):
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
            tree = expression.condition(text) if label.endswith("where") else expression.amount(text)
        except expression.ExpressionError as error:
            self._mistake(self.places[key], key, f"{label}：{error}")
            return None
        path = self.places[key]
        self.doubts += [
            f"{path.name}{_line(path, key)} [{key}]：{label}：{d}" for d in values.doubts(tree, self.values)
        ]
        return values.standard(tree, self.values)

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
        if key in self.inside:
            key, side = self.inside[key]
            message = f"{side} 中：{message}"
        self.mistakes.append(f"{path.name}{_line(path, key)} [{key}]：{message}")


RATIO_MOST, EXCESS_MOST = 50, 10  # no ratio of counts, no 案-件比 comes near


def meaningless(kind: str, unit: str, tested: str, better: str, low: float | None, high: float | None) -> str:
    """Why an interval, by its unit, is met by no value or by every one, with its likely meaning; empty if it is not.

    Bounds are in the printed unit. Below 1 % a rate may well be kept where low is better; nobody asks for so little
    where high is better, nor for a lower bound alone.
    """

    def says(name: str, bound: float, verdict: str, likely: float | None = None) -> str:
        hint = f"，是否应为 {likely:g}" if likely is not None else ""
        return f" {name} = {bound:g}{unit and f'（{unit}）'}：{verdict}{hint}"

    if high is not None and high < 0:
        return says("high", high, "没有一个数值能达到")
    if low is not None and high is None and low <= 0:
        return says("low", low, "任何数值都能达到")
    if unit == "%":
        asked = high is None or better == "higher" or kind == "ratio"
        least = 3 if kind == "ratio" else 1
        if low is not None and 0 < low <= least and (high is None or high <= least) and asked:
            return says("low", low, "几乎任何数值都能达到" if high is None else "几乎没有数值能达到", low * 100)
        if high is not None and 0 < high <= least and (better == "higher" or kind == "ratio"):
            return says("high", high, "几乎没有数值能达到", high * 100)
        if kind == "proportion" and low is not None and low > 100:
            return says("low", low, "没有一个数值能达到", low / 100)
        if kind == "proportion" and high is not None and high >= 100 and (low is None or low <= 0):
            return says("high", high, "任何数值都能达到")
    elif kind == "ratio" and not unit:
        most = EXCESS_MOST if tested == "excess" else RATIO_MOST
        for name, bound in (("low", low), ("high", high)):
            if bound is not None and bound >= most:
                verdict = "没有一个数值能达到" if name == "low" else "任何数值都能达到"
                return says(name, bound, verdict, bound / 100 if tested != "excess" or bound >= 100 else None)
        if tested == "excess" and high is not None and high < 1:
            return says("high", high, "没有一个数值能达到（件数不少于案数）", 1 + high)
        if tested == "excess" and high is None and low is not None and low <= 1:
            return says("low", low, "任何数值都能达到（件数不少于案数）")
    elif kind in ("mean", "count") and high is not None and high < 1 and unit == "天":
        return says("high", high, "没有一个数值能达到")
    return ""


def _option(name: str) -> Path:
    path = HERE / "options" / f"{name}.toml"
    if not path.is_file():
        known = "、".join(sorted(one.stem for one in path.parent.glob("*.toml")))
        raise ConfigError(
            f"指标目录没有选项“{name}”。", where="tongbao.toml [catalogue] options", advice=f"可用的选项：{known}。"
        )
    return path


def _written(**parts: str | None) -> tuple[tuple[str, str], ...]:
    """What an entry says, as written, without what it leaves out."""
    return tuple((name, text) for name, text in parts.items() if text is not None)


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
