"""The indicator table, the second way in: one row per court, indicator and period with numerator and denominator.

For courts that have only the counts. It is also what ``tongbao indicators`` writes. Because each row stands for many
cases, nothing is set aside: the table is right as a whole, or one error lists every mistake with its place.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports import scratch
from reports.catalogue import Catalogue, Indicator
from reports.cells import Cells
from reports.courts.case_no import Level
from reports.courts.case_no import normalise as clean
from reports.courts.codes import LEVEL_NAMES, LEVEL_SPELLINGS, describe
from reports.courts.derivation import derive
from reports.courts.periods import parse_period
from reports.courts.tree import CourtTree
from reports.errors import ConfigError, InputError
from reports.model import ALL_LINES, CELL, OWN
from reports.read.dialect import normalise
from reports.read.formats import open_tables
from reports.read.heading import refuse_doubled
from reports.read.table import Lost, Opening, Table, Wanted, identifier

MAX_SHOWN = 200  # mistakes printed; the rest is counted
REQUIRED = ("court", "indicator", "period", "numerator", "denominator")
MOMENTS = ("sum_sq", "sum_sq_den", "sum_xy")
NAMES: Mapping[str, tuple[str, ...]] = {
    "court": ("法院", "经办法院", "法院代码", "法院名称"),
    "indicator": ("指标", "指标编号", "指标名称"),
    "period": ("统计期", "统计期间"),
    "numerator": ("分子",),
    "denominator": ("分母",),
    "level": ("层级", "法院层级"),
    "line": ("条线",),
    "scope": ("口径", "口径版本"),
    "kind": ("类别", "指标类别"),
    "better": ("优向", "趋优方向"),
    "sum_sq": ("分子平方和",),
    "sum_sq_den": ("分母平方和",),
    "sum_xy": ("分子分母乘积和",),
    "undecided": ("未定件数",),
}
KINDS = {
    **{kind: kind for kind in ("proportion", "ratio", "amount", "count", "mean")},
    **{"占比": "proportion", "比值": "ratio", "金额比": "amount", "件数": "count", "平均数": "mean"},
}
BETTER = {
    **{better: better for better in ("higher", "lower", "neutral")},
    **{"越高越好": "higher", "越低越好": "lower", "无": "neutral", "中性": "neutral"},
}
UNITS = {"proportion": "%", "ratio": "", "amount": "%", "count": "件", "mean": ""}
FROM_TABLE = "由指标表提供"  # what case data cannot give and a table does
_WHOLE = re.compile(r"(-?)(\d[\d,，]*)(?:\.0*)?")
_EXTRA_NAME = re.compile(r"[^\s|“”\"'=+@-][^|“”\"\n]{0,39}")


@dataclass(frozen=True)
class IndicatorTable:
    """A valid indicator table.

    ``frame`` has court (code, with 本级 where written), line, indicator, period, numerator, denominator (Int64), the
    second moments that the files have (Float64), and their 口径 versions (``scope``) and what unknown words leave open
    (``undecided``, Int64) if they have such columns; with the latter numerator and denominator may both be empty.
    ``indicators`` are those that the catalogue does not have; ``levels`` what the files say of courts. ``tree`` is the
    one given, or derived from the courts named. ``outside`` counts the rows that were left out by the name of their
    indicator, which is defined but belongs to another edition.
    """

    frame: pd.DataFrame
    indicators: Mapping[str, Indicator]
    levels: Mapping[str, Level]
    tree: CourtTree
    files: tuple[str, ...]
    outside: Mapping[str, int] = field(default_factory=dict)

    def extend(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue with this table's own indicators behind its own."""
        return replace(catalogue, indicators={**catalogue.indicators, **self.indicators})

    def under(self, counted: pd.DataFrame) -> tuple[pd.DataFrame, int]:
        """Cells counted from cases with this table's added; counted ones win. Also how many of both differ.

        A cell that is counted but withheld, because of unknown words, has no number, and one that is not ``whole`` has
        that of a part of the cases: the table's stands in its place.
        """
        key = [*CELL, "period"]
        if counted.empty:
            return self.frame, 0
        told = pd.MultiIndex.from_frame(self.frame.loc[self.frame["numerator"].notna(), key])
        usable = counted["numerator"].notna() & counted.get("whole", default=True)
        counted = counted[usable | ~pd.MultiIndex.from_frame(counted[key]).isin(told)]
        both = counted.merge(self.frame, on=key, suffixes=("", "_given"))
        differ = pd.Series(False, index=both.index)
        for name in ("numerator", "denominator"):
            differ |= both[name].astype("string").fillna("") != both[f"{name}_given"].astype("string").fillna("")
        known = pd.MultiIndex.from_frame(counted[key])
        new = self.frame[~pd.MultiIndex.from_frame(self.frame[key]).isin(known)]
        if "whole" in counted:  # the table's own values lack nothing
            new = new.assign(whole=True)
        return pd.concat([counted, new], ignore_index=True), int(differ.sum())


def read_indicator_table(
    paths: Sequence[Path],
    *,
    catalogue: Catalogue,
    every: Catalogue | None = None,
    tree: CourtTree | None = None,
    cutoff_day: int = 0,
    sheet: str | None = None,
    cells: Cells = Cells(),  # noqa: B008 - frozen
) -> IndicatorTable:
    """Read files as one indicator table; raises one :class:`InputError` with every mistake of all of them.

    ``every`` has all indicators that are defined: rows of those that are not in ``catalogue`` are checked and left
    out, unless they state the kind, as rows of indicators that the catalogue lacks do.
    """
    reader = _Reader(catalogue, every or catalogue, tree, cutoff_day)
    with scratch.folder() as work, duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for path in paths:
            for table in open_tables(Opening(path, work, connection, Wanted(match, REQUIRED, sheet))):
                label = f"{path.name}的工作表“{table.part}”" if table.part and table.part != sheet else path.name
                reader.add(label, table, path, connection, cells)
    return reader.finish()


def match(header: Sequence[str]) -> dict[str, str]:
    """Column of the indicator table → the file's own name for it."""
    normal = {normalise(name): name for name in reversed(header)}
    found = {}
    for column, aliases in NAMES.items():
        own = next((normal[key] for name in (column, *aliases) if (key := normalise(name)) in normal), None)
        if own is not None:
            found[column] = own
    return found


_TEXTS = ("court", "indicator", "period", "level", "line", "scope", "kind", "better")
_WHOLES = ("numerator", "denominator", "undecided")
_CHUNK = 64  # of the engine's vectors of 2048 rows
_EMPTY = -1  # the place of an empty cell, and the value of a cell without a number

Fault = tuple[str, str]  # column, what is wrong
Faults = tuple[Fault, ...]
Items = list[Indicator | None]
Places = NDArray[np.int32]


def _query(table: Table, path: Path, cells: Cells) -> tuple[str, frozenset[str]]:
    """(SQL of the rows, which columns the table has): for each column of ``NAMES`` its cleaned text.

    A plain number is read by the engine; the text of any other stands beside it, as ``odd``.
    """
    found = match(table.header)
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise InputError(
            f"指标表缺少列：{'、'.join(missing)}。\n  文件中的列：{'、'.join(table.header) or '（没有列名）'}",
            where=f"{path}，第{table.header_line}行",
            advice="列名应为 court、indicator、period、numerator、denominator，或法院、指标、统计期、分子、分母。",
        )
    refuse_doubled(table.doubled, found.values(), f"{path}，第{table.header_line}行")
    cleaned = ", ".join(f"{cells.sql(f'{identifier(own)}::VARCHAR')} AS _{name}" for name, own in found.items())
    told = []
    for name in found:
        if name in _TEXTS:
            told.append(f"_{name}")
            continue
        kind, digits = ("BIGINT", "[0-9]{1,18}") if name in _WHOLES else ("DOUBLE", "[0-9]{1,30}(?:[.][0-9]{1,30})?")
        plain = f"TRY_CAST(regexp_extract(_{name}, '^({digits})(?:[.]0*)?$', 1) AS {kind})"
        told += [
            f"coalesce({plain}, {_EMPTY}) AS _{name}",
            f"CASE WHEN {plain} IS NULL THEN _{name} END AS _odd_{name}",
        ]
    inner = f"SELECT {table.line} AS _place, {cleaned} FROM ({table.sql})"
    return f"SELECT _place, {', '.join(told)} FROM ({inner})", frozenset(found)


class _Column:
    """The texts of one column, each kept once, and the place of each row's text among them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.known: dict[str, int] = {}
        self.pieces: list[Places] = []

    def add(self, values: pd.Series | None, rows: int) -> None:
        """The next rows; ``None`` is a column that their file does not have."""
        if values is None:
            self.pieces.append(np.full(rows, _EMPTY, np.int32))
            return
        codes, found = pd.factorize(values)
        for text in found:
            if text not in self.known:
                self.known[text] = len(self.texts)
                self.texts.append(text)
        self.pieces.append(np.array([*(self.known[text] for text in found), _EMPTY], np.int32)[codes])

    def each(self, column: str, reader: Callable[[str], Any]) -> tuple[list[Any], list[Faults]]:
        """What every text says, or ``None``, and its mistakes; of an empty cell last, where place -1 finds it."""
        values, faults = list[Any](), list[Faults]()
        for text in (*self.texts, ""):
            try:
                values.append(reader(text))
                faults.append(())
            except ValueError as mistake:
                values.append(None)
                faults.append(((column, str(mistake)),))
        return values, faults


class _Mistakes:
    """What is wrong with each row: how much, and what, told for those rows alone that are printed."""

    def __init__(self, rows: int) -> None:
        self.count: NDArray[np.uint8] = np.zeros(rows, np.uint8)
        self.told: list[Callable[[int], Faults]] = []

    def of(self, faults: Sequence[Faults], places: NDArray[Any]) -> NDArray[np.bool_]:
        """The faults of each row's text; which rows have any."""
        many = np.array([len(one) for one in faults], np.uint8)[places]
        self.count += many
        self.told.append(lambda row: faults[places[row]])
        return np.asarray(many > 0)

    def where(self, wrong: NDArray[np.bool_], fault: Callable[[int], Fault]) -> None:
        """One fault in each of some rows."""
        self.count += wrong
        self.told.append(lambda row: (fault(row),) if wrong[row] else ())


class _Reader:
    """Gathers the rows of all files, then checks them: every distinct text once, and rows as whole columns."""

    def __init__(self, catalogue: Catalogue, every: Catalogue, tree: CourtTree | None, cutoff_day: int) -> None:
        self.catalogue, self.tree, self.cutoff_day = catalogue, tree, cutoff_day
        known = {**every.indicators, **catalogue.indicators}
        self.by_text = {text: i for i in known.values() for text in i.written}
        self.extra: dict[str, Indicator] = {}
        self.levels: dict[str, Level] = {}
        self.courts: set[str] = set()
        self.columns = {name: _Column() for name in NAMES}  # of numbers the odd ones
        self.numbers: dict[str, list[NDArray[Any]]] = {name: [] for name in NAMES if name not in _TEXTS}
        self.lines: list[NDArray[Any]] = []
        self.more: set[str] = set()  # columns that not every table has
        self.files: list[str] = []
        self.sizes: list[int] = []  # rows of each file
        self.lost: list[tuple[Lost, ...]] = []

    def add(self, file: str, table: Table, path: Path, connection: duckdb.DuckDBPyConnection, cells: Cells) -> None:
        """The rows of one table, those without any value left out."""
        sql, columns = _query(table, path, cells)
        before = sum(map(len, self.lines))
        try:
            result = connection.execute(sql)
            while len(chunk := result.fetch_df_chunk(_CHUNK)):
                self._chunk(chunk)
        except duckdb.Error as error:
            raise InputError(
                f"文件无法读取：{str(error).splitlines()[0]}", where=str(path), advice="请重新导出该文件。"
            ) from error
        self.files.append(file)
        self.sizes.append(sum(map(len, self.lines)) - before)
        self.lost.append(table.lost)
        self.more |= columns & {*MOMENTS, "scope", "undecided"}

    def _chunk(self, chunk: pd.DataFrame) -> None:
        numbers = {f"_{name}" for name in self.numbers}
        empty = [chunk[name] == _EMPTY if name in numbers else chunk[name].isna() for name in chunk if name != "_place"]
        chunk = chunk[~np.logical_and.reduce(empty)]
        self.lines.append(chunk["_place"].to_numpy())
        for name, column in self.columns.items():
            column.add(chunk.get(f"_{name}" if name in _TEXTS else f"_odd_{name}"), len(chunk))
        for name, pieces in self.numbers.items():
            kind = np.int64 if name in _WHOLES else np.float64
            found = chunk.get(f"_{name}")
            pieces.append(np.full(len(chunk), _EMPTY, kind) if found is None else found.to_numpy(kind))

    def finish(self) -> IndicatorTable:
        """The table of all files; raises one error with every mistake of all of them."""
        line, place, number = self._in_order()
        mistakes = _Mistakes(len(line))
        courts, faults = self.columns["court"].each("court", self._court)
        bad_court = mistakes.of(faults, place["court"])
        periods, faults = self.columns["period"].each("period", self._period)
        mistakes.of(faults, place["period"])
        item, items = self._items(place, mistakes)
        self._check_levels(courts, np.where(bad_court, _EMPTY, place["level"]), place["court"], mistakes)
        self._check_numbers(place, number, item, items, mistakes)
        self._check_doubled(line, (place["court"], courts), (place["period"], periods), place["line"],
                            (item, items), mistakes)  # fmt: skip
        self._refuse(mistakes, line)
        if not len(line):
            raise InputError("指标表中没有数据。", where="、".join(self.files), advice="请核对文件。")
        tree = self.tree or self._derived()
        if self.tree is None:
            courts = [code and self._code(tree, code) for code in courts]
        taken = np.array([i is None or i.id in self.catalogue.indicators or i.id in self.extra for i in items], bool)
        many = np.bincount(item, minlength=len(items))
        outside = Counter[str]()
        for here, rows, one in zip(taken, many, items, strict=True):
            if one is not None and not here:
                outside[one.name] += int(rows)
        frame = self._frame(place, number, courts, periods, [i.id if i else None for i in items], item)
        if outside:
            frame = frame[taken[item]].reset_index(drop=True)
        if tree.aside:
            frame = _left_out(frame, tree)
        if tree.former:
            frame = _added_up(frame)
        return IndicatorTable(frame, self.extra, self.levels, tree, tuple(self.files), dict(outside))

    def _in_order(self) -> tuple[NDArray[Any], dict[str, Places], dict[str, NDArray[Any]]]:
        """(line, places of the texts, numbers) of all rows, file by file in the order of their lines."""
        line = np.concatenate([np.array([], np.int64), *self.lines])
        place = {name: np.concatenate([np.array([], np.int32), *c.pieces]) for name, c in self.columns.items()}
        number = {
            name: np.concatenate([np.array([], np.int64 if name in _WHOLES else np.float64), *pieces])
            for name, pieces in self.numbers.items()
        }
        file = np.repeat(np.arange(len(self.sizes)), self.sizes)
        for column in self.columns.values():
            column.pieces.clear()  # kept once
        self.numbers.clear()
        order = np.lexsort((line, file))
        if (order[1:] < order[:-1]).any():
            line = line[order]
            place = {name: places[order] for name, places in place.items()}
            number = {name: values[order] for name, values in number.items()}
        return line, place, number

    def _items(self, place: Mapping[str, Places], mistakes: _Mistakes) -> tuple[NDArray[np.intp], Items]:
        """(which of the indicators each row names, the indicators, ``None`` for a mistake).

        An indicator of the table's own is known by any row that states its kind, wherever it stands.
        """
        names = ("indicator", "kind", "better")
        columns = [self.columns[name] for name in names]
        which, combined = _combined([place[name] for name in names], [len(column.texts) for column in columns])
        told = [["" if p == _EMPTY else c.texts[p] for c, p in zip(columns, one, strict=True)] for one in combined]
        items: Items = [None] * len(told)
        faults: list[Faults] = [()] * len(told)
        for one in sorted(range(len(told)), key=lambda i: not told[i][1]):
            wrong: list[Fault] = []
            try:
                text, kind, better = told[one]
                items[one] = self._indicator(text, kind, better, wrong)
            except ValueError as mistake:
                wrong.append(("indicator", str(mistake)))
            faults[one] = tuple(wrong)
        mistakes.of(faults, which)
        return which, items

    def _check_levels(self, courts: Sequence[str | None], level: Places, court: Places, mistakes: _Mistakes) -> None:
        written = self.columns["level"].texts
        which, combined = _combined([np.where(level == _EMPTY, _EMPTY, court), level], [len(courts), len(written)])
        faults: list[Faults] = []
        for one, text in combined:
            try:
                if text != _EMPTY:
                    self._level(courts[one] or "", written[text])
                faults.append(())
            except ValueError as mistake:
                faults.append((("level", str(mistake)),))
        mistakes.of(faults, which)

    def _check_numbers(
        self,
        place: Mapping[str, Places],
        number: Mapping[str, NDArray[Any]],
        item: NDArray[np.intp],
        items: Items,
        mistakes: _Mistakes,
    ) -> None:
        """Read the odd numbers into ``number`` and check all of them against each other and their indicator."""
        bad, empty = {}, {}
        for name in ("numerator", "denominator", *MOMENTS, "undecided"):
            read, faults = self.columns[name].each(name, _whole if name in _WHOLES else _moment)
            odd = place[name] != _EMPTY
            empty[name] = ~odd & (number[name] == _EMPTY)
            if odd.any():
                values = np.array([_EMPTY if value is None else value for value in read], number[name].dtype)
                number[name][odd] = values[place[name][odd]]
            bad[name] = mistakes.of(faults, place[name])
        x, n = number["numerator"], number["denominator"]

        def named(row: int) -> str:
            one = items[item[row]]
            return one.name if one else ""

        # What our own table withholds because of unknown words is withheld still.
        withheld = (number["undecided"] > 0) & empty["numerator"] & empty["denominator"]
        mistakes.where((x == _EMPTY) & ~withheld & ~bad["numerator"], lambda _: ("numerator", "为空"))
        known = np.array([i is not None for i in items], bool)[item] & ~withheld & ~bad["denominator"]
        count = np.array([i is not None and i.kind == "count" for i in items], bool)[item]
        subset = np.array([i is not None and i.subset for i in items], bool)[item]
        mistakes.where(known & count & (n != _EMPTY), lambda row: ("denominator", f"“{named(row)}”是件数，不填分母"))
        mistakes.where(known & ~count & (n == _EMPTY), lambda row: ("denominator", f"为空，而“{named(row)}”不是件数"))
        mistakes.where(
            known & ~count & subset & (n != _EMPTY) & (x > n),
            lambda row: ("numerator", f"分子 {x[row]} 大于分母 {n[row]}"),
        )

    def _check_doubled(
        self,
        line: NDArray[Any],
        court: tuple[Places, Sequence[str | None]],
        period: tuple[Places, Sequence[str | None]],
        part: Places,
        item: tuple[NDArray[np.intp], Items],
        mistakes: _Mistakes,
    ) -> None:
        """No two rows without a mistake may say the same thing; a former court's row is another thing."""
        before = [self._before(text) for text in (*self.columns["court"].texts, "")]
        said = [old or code for old, code in zip(before, court[1], strict=True)]
        key = np.zeros(len(line), np.int64)
        for places, texts in (
            (court[0], said),
            (period[0], period[1]),
            (part, [*self.columns["line"].texts, ALL_LINES]),
            (item[0], [i.id if i else None for i in item[1]]),
        ):
            codes, found = pd.factorize(np.array([text or "" for text in texts], dtype=object))
            key = key * max(len(found), 1) + codes[places]
        good = np.flatnonzero(mistakes.count == 0)
        doubled = np.zeros(len(line), bool)
        doubled[good[pd.Series(key[good]).duplicated().to_numpy()]] = True

        def first(row: int) -> Fault:
            where = self._where(int(good[key[good] == key[row]][0]), line)
            return "indicator", f"与{where}重复（同一法院、条线、指标、统计期）"

        mistakes.where(doubled, first)

    def _where(self, row: int, line: NDArray[Any]) -> str:
        file = int(np.searchsorted(np.cumsum(self.sizes), row, side="right"))
        return f"{self.files[file]} 第{line[row]}行"

    def _refuse(self, mistakes: _Mistakes, line: NDArray[Any]) -> None:
        """Raise what is wrong, if anything: file by file, lost lines first."""
        many = int(mistakes.count.sum(dtype=np.int64)) + sum(map(len, self.lost))
        if not many:
            return
        wrong = np.flatnonzero(mistakes.count)
        ends = np.cumsum(self.sizes)

        def told() -> Iterator[str]:
            for file, lost, size, end in zip(self.files, self.lost, self.sizes, ends, strict=True):
                for one in lost:
                    yield f"{file} 第{one.line}行：{one.reason}"
                for row in wrong[(wrong >= end - size) & (wrong < end)]:
                    for column, reason in (fault for tell in mistakes.told for fault in tell(row)):
                        yield f"{file} 第{line[row]}行“{column}”：{reason}"

        shown = [f"  · {text}" for text in islice(told(), MAX_SHOWN)]
        more = [f"  · 另有 {many - len(shown)} 处"] if many > len(shown) else []
        raise InputError(
            f"指标表有 {many} 处错误：\n" + "\n".join([*shown, *more]),
            advice="逐处改正后重新运行。指标表的每一行代表许多案件，有错的表不予采用。",
        )

    def _frame(
        self,
        place: Mapping[str, Places],
        number: Mapping[str, NDArray[Any]],
        courts: Sequence[str | None],
        periods: Sequence[str | None],
        items: Sequence[str | None],
        item: NDArray[np.intp],
    ) -> pd.DataFrame:
        """The rows as a frame; each distinct text is one object."""
        texts: dict[str, tuple[Sequence[str | None], NDArray[Any]]] = {
            "court": (courts, place["court"]),
            "line": ([*self.columns["line"].texts, ALL_LINES], place["line"]),
            "indicator": (items, item),
            "period": (periods, place["period"]),
        }
        frame = pd.DataFrame(
            {name: pd.array(list(said), dtype="str").take(places) for name, (said, places) in texts.items()}
        )
        for name in ("numerator", "denominator", *(name for name in MOMENTS if name in self.more)):
            made = pd.arrays.IntegerArray if name in _WHOLES else pd.arrays.FloatingArray
            frame[name] = made(number[name], number[name] == _EMPTY)
        if "scope" in self.more:
            frame["scope"] = pd.array([*self.columns["scope"].texts, None], dtype="string").take(place["scope"])
        if "undecided" in self.more:
            frame["undecided"] = pd.array(np.maximum(number["undecided"], 0), dtype="Int64")
        return frame

    def _before(self, text: str) -> str | None:
        """What tells the rows of a court that was merged or renamed since, where ``text`` is its code or name."""
        former = self.tree.formerly(clean(text.removesuffix(OWN))) if self.tree else None
        return former.code + former.name if former else None

    def _court(self, text: str) -> str:
        if not text:
            raise ValueError("为空")
        name = text.removesuffix(OWN)
        code = clean(name)
        if self.tree is not None:
            try:
                code = (self.tree.left_out(name) or self.tree.find(name)).code
            except ConfigError as error:
                raise ValueError(f"{error.what.rstrip('。')}；{error.advice or ''}".rstrip("。；")) from None
        self.courts.add(code)
        return code + (OWN if text.endswith(OWN) else "")

    def _period(self, text: str) -> str:
        if not text:
            raise ValueError("为空")
        try:
            return parse_period(text, cutoff_day=self.cutoff_day).key
        except ConfigError:
            raise ValueError(f"“{text}”不是统计期，应写成 2025Q3、2025-09、2025H1、2025Q1-Q3 或 2025") from None

    def _level(self, court: str, text: str) -> None:
        level = LEVEL_SPELLINGS.get(text)
        if level is None:
            raise ValueError(f"“{text}”不认识，应为{'、'.join(LEVEL_NAMES.values())}之一")
        known = self.levels.setdefault(court, level)
        code = court.removesuffix(OWN)
        if self.tree is not None:
            known = self.tree.level(code) if code in self.tree.by_code else level
        elif facts := describe(code):
            known = facts.level
        if known != level:
            raise ValueError(f"“{court}”应为{LEVEL_NAMES[known]}，表中为{LEVEL_NAMES[level]}")

    def _indicator(self, text: str, kind_text: str, better_text: str, wrong: list[Fault]) -> Indicator:
        if not text:
            raise ValueError("为空")
        kind, better = KINDS.get(kind_text), BETTER.get(better_text)
        if kind_text and kind is None:
            wrong.append(("kind", f"“{kind_text}”不认识，应为 proportion、ratio、amount、count、mean 之一"))
        if better_text and better is None:
            wrong.append(("better", f"“{better_text}”不认识，应为 higher、lower、neutral 之一"))
        item = self.extra.get(text) or self.by_text.get(text)
        if item is not None and kind is not None and item.id not in self.catalogue.indicators:
            if kind == item.kind:
                self.extra[item.id] = item
            elif item.id not in self.extra:  # another thing of the same name: the court's own
                item = None
        if item is None:
            if kind is None:
                near = difflib.get_close_matches(text, self.by_text, n=1)
                hint = f"是否为“{near[0]}”；" if near else ""
                raise ValueError(f"指标目录中没有“{text}”，{hint}目录之外的指标须填 kind（类别）")
            if not _EXTRA_NAME.fullmatch(text):
                raise ValueError("目录之外的指标名称不超过40个字符，不含引号、竖线，不以 =、+、-、@ 开头")
            item = self.extra[text] = _extra(text, kind, better or "neutral")
        elif kind is not None and kind != item.kind:
            wrong.append(("kind", f"“{item.name}”的类别是 {item.kind}，表中为 {kind}"))
        elif better is not None and better != item.better:
            wrong.append(("better", f"“{item.name}”的优向是 {item.better}，表中为 {better}"))
        return item

    def _derived(self) -> CourtTree:
        """A court table from the courts named; levels that the files state hold for courts known by name only."""
        tree = derive([(court, None) if describe(court) else (None, court) for court in sorted(self.courts)])
        stated = {court.removesuffix(OWN): level for court, level in self.levels.items()}
        return CourtTree.of(
            (
                replace(court, level=stated.get(court.name, court.level))
                if court.parent is None and not describe(court.code) and not tree.children(court.code)
                else court
                for court in tree.courts
            ),
            tree.notes,
        )

    @staticmethod
    def _code(tree: CourtTree, text: str) -> str:
        own = OWN if text.endswith(OWN) else ""
        found = tree.match(text.removesuffix(OWN))
        return (found.code if found else text.removesuffix(OWN)) + own


def _combined(places: Sequence[Places], sizes: Sequence[int]) -> tuple[NDArray[np.intp], list[tuple[int, ...]]]:
    """(which combination each row has, the combinations in order of their first row) of several columns' places."""
    key = np.zeros(len(places[0]), np.int64)
    for one, size in zip(places, sizes, strict=True):
        key = key * (size + 1) + one + 1
    which, found = pd.factorize(key)
    combined = []
    for value in found:
        parts, rest = [], int(value)
        for size in reversed(sizes):
            rest, part = divmod(rest, size + 1)
            parts.append(part - 1)
        combined.append(tuple(reversed(parts)))
    return which, combined


def _left_out(frame: pd.DataFrame, tree: CourtTree) -> pd.DataFrame:
    """The frame without courts that are left out, and without those rows of the courts above that hold its numbers."""
    left = {court.code for court in tree.aside}
    known = {court.code: court for court in (*tree.courts, *tree.aside)}
    own = frame["court"].str.removesuffix(OWN)
    mine, key = own.isin(left), [*CELL, "period"]
    held = [frame.loc[mine, key]]
    for code in own[mine].unique():
        rows, court = frame.loc[own == code, key], known[code]
        while court.parent:
            held.append(rows.assign(court=court.parent))
            court = known[court.parent]
    gone = mine | pd.MultiIndex.from_frame(frame[key]).isin(pd.MultiIndex.from_frame(pd.concat(held)))
    return frame[~gone].reset_index(drop=True)


def _added_up(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of former courts are part of their successor's: counts, sums and moments are added, none is a rate."""
    key = [*CELL, "period"]
    several = frame.duplicated(key, keep=False)
    if not several.any():
        return frame
    rows, one = frame[several], frame[several].drop_duplicates(key)
    numbers = list(frame.columns.difference([*key, "scope"]))
    one[numbers] = rows.groupby(key, sort=False)[numbers].sum(skipna=False).set_axis(one.index)
    return pd.concat([frame[~several], one]).sort_index().reset_index(drop=True)


def _extra(name: str, kind: str, better: str) -> Indicator:
    """An indicator of the table itself: what the catalogue would say of it."""
    return Indicator(
        id=name,
        name=name,
        category="参考",
        numerator=(),
        denominator=(),
        kind=kind,
        unit=UNITS[kind],
        places=0 if kind == "count" else 2,
        better=better,
        subset=kind == "proportion",
        assess=better != "neutral",
        right=False,
        local=False,
        zero=None,
        min_den=30,
        scope="1",
        formula="计算所用的数由指标表提供",
        needs=FROM_TABLE,
    )


def _moment(text: str) -> float | None:
    """A sum of squares or products: 分 squared is beyond 64-bit integers."""
    if not text or text.casefold() in ("nan", "<na>", "none"):
        return None
    try:
        number = float(text.replace(",", "").replace("，", ""))
    except ValueError:
        raise ValueError(f"“{text[:40]}”不是数") from None
    if not 0 <= number < float("inf"):
        raise ValueError(f"“{text[:40]}”不是有限的非负数")
    return number


def _whole(text: str) -> int | None:
    """A whole number not below 0; thousands separators and a decimal part of zeros are accepted."""
    if not text or text.casefold() in ("nan", "<na>", "none"):
        return None
    found = _WHOLE.fullmatch(text)
    if found is None or len(found[2]) > 30:
        raise ValueError(f"“{text[:40]}”不是整数")
    number = int(found[2].replace(",", "").replace("，", ""))
    if found[1] and number:
        raise ValueError(f"“{text[:40]}”是负数")
    if number >= 1 << 63:
        raise ValueError(f"“{text[:40]}”过大")
    return number
