"""The indicator table, the second way in: one row per court, indicator and period with numerator and denominator.

For courts that have only the counts. It is also what ``tongbao indicators`` writes. Because each row stands for many
cases, nothing is set aside: the table is right as a whole, or one error lists every mistake with its place.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

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
from reports.read.table import Opening, Table, Wanted, identifier

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
                reader.add(label, *_cells(table, path, connection, cells))
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


Rows = list[tuple[Any, ...]]  # line, then one text (or None) per column of ``NAMES``


def _cells(
    table: Table, path: Path, connection: duckdb.DuckDBPyConnection, cells: Cells
) -> tuple[Rows, Table, frozenset[str]]:
    """(rows, the table with its lost lines, which columns it has)."""
    found = match(table.header)
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise InputError(
            f"指标表缺少列：{'、'.join(missing)}。\n  文件中的列：{'、'.join(table.header) or '（没有列名）'}",
            where=f"{path}，第{table.header_line}行",
            advice="列名应为 court、indicator、period、numerator、denominator，或法院、指标、统计期、分子、分母。",
        )
    refuse_doubled(table.doubled, found.values(), f"{path}，第{table.header_line}行")
    fields = [cells.sql(f"{identifier(found[name])}::VARCHAR") if name in found else "NULL::VARCHAR" for name in NAMES]
    try:
        rows = connection.execute(f"SELECT {table.line}, {', '.join(fields)} FROM ({table.sql}) ORDER BY 1").fetchall()
    except duckdb.Error as error:
        raise InputError(
            f"文件无法读取：{str(error).splitlines()[0]}", where=str(path), advice="请重新导出该文件。"
        ) from error
    return rows, table, frozenset(found)


class _Reader:
    """Checks the rows of all files and gathers them with all their mistakes."""

    def __init__(self, catalogue: Catalogue, every: Catalogue, tree: CourtTree | None, cutoff_day: int) -> None:
        self.catalogue, self.tree, self.cutoff_day = catalogue, tree, cutoff_day
        known = {**every.indicators, **catalogue.indicators}
        self.by_text = {text: i for i in known.values() for text in (i.id, i.name, i.label)}
        self.outside: Counter[str] = Counter()
        self.extra: dict[str, Indicator] = {}
        self.levels: dict[str, Level] = {}
        self.courts: dict[str, str] = {}
        self.periods: dict[str, str] = {}
        self.seen: dict[tuple[str, str, str, str], str] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.more: set[str] = set()  # columns that not every table has
        self.mistakes: list[str] = []
        self.hidden = 0
        self.files: list[str] = []

    def add(self, file: str, rows: Rows, table: Table, columns: frozenset[str]) -> None:
        self.files.append(file)
        self.more |= columns & {*MOMENTS, "scope", "undecided"}
        for lost in table.lost:
            self._mistake(f"{file} 第{lost.line}行：{lost.reason}")
        for line, *texts in rows:
            if any(texts):
                self._row(file, line, dict(zip(NAMES, texts, strict=True)))

    def finish(self) -> IndicatorTable:
        if self.mistakes:
            more = [f"  · 另有 {self.hidden} 处"] if self.hidden else []
            raise InputError(
                f"指标表有 {len(self.mistakes) + self.hidden} 处错误：\n"
                + "\n".join([f"  · {text}" for text in self.mistakes] + more),
                advice="逐处改正后重新运行。指标表的每一行代表许多案件，有错的表不予采用。",
            )
        if not self.rows and not self.outside:
            raise InputError("指标表中没有数据。", where="、".join(self.files), advice="请核对文件。")
        tree = self.tree or self._derived()
        if tree.aside:
            self._leave_out(tree)
        if tree.former:
            self._add_up()
        names = [*CELL, "period", "numerator", "denominator", *MOMENTS, "scope", "undecided"]
        frame = pd.DataFrame(self.rows, columns=names)
        if self.tree is None:
            codes = {text: self._code(tree, text) for text in frame["court"].unique()}
            frame["court"] = frame["court"].map(codes)
        frame = frame.astype({"numerator": "Int64", "denominator": "Int64"})
        more = [name for name in (*MOMENTS, "scope", "undecided") if name in self.more]
        kinds = {**dict.fromkeys(MOMENTS, "Float64"), "scope": "string", "undecided": "Int64"}
        frame = frame.astype({name: kinds[name] for name in more})
        return IndicatorTable(
            frame[[*CELL, "period", "numerator", "denominator", *more]],
            self.extra,
            self.levels,
            tree,
            tuple(self.files),
            dict(self.outside),
        )

    def _leave_out(self, tree: CourtTree) -> None:
        """Forget the rows of courts that are left out, and those of the courts above that hold such a row's number."""
        left = {court.code for court in tree.aside}
        known = {court.code: court for court in (*tree.courts, *tree.aside)}
        held = set()
        for code, *cell in (row[:4] for row in self.rows if row[0].removesuffix(OWN) in left):
            court = known[code.removesuffix(OWN)]
            while court.parent:
                held.add((court.parent, *cell))
                court = known[court.parent]
        self.rows = [row for row in self.rows if row[0].removesuffix(OWN) not in left and row[:4] not in held]

    def _before(self, text: str) -> str | None:
        """What tells the rows of a court that was merged or renamed since, where ``text`` is its code or name."""
        former = self.tree.formerly(clean(text.removesuffix(OWN))) if self.tree else None
        return former.code + former.name if former else None

    def _add_up(self) -> None:
        """Rows of former courts are part of their successor's: counts, sums and moments are added, none is a rate."""
        found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for row in self.rows:
            key, (*numbers, scope, undecided) = row[: len(CELL) + 1], row[len(CELL) + 1 :]
            if before := found.get(key):
                *others, scope, more = before
                numbers = [None if None in pair else sum(pair) for pair in zip(others, numbers, strict=True)]
                undecided += more
            found[key] = (*numbers, scope, undecided)
        self.rows = [(*key, *cells) for key, cells in found.items()]

    def _row(self, file: str, line: int, cells: dict[str, str | None]) -> None:
        wrong: list[tuple[str, str]] = []

        def told(column: str, reader: Callable[[str], Any]) -> Any:
            """What a cell says, or ``None`` with its mistake noted."""
            try:
                return reader(cells[column] or "")
            except ValueError as mistake:
                wrong.append((column, str(mistake)))
                return None

        court = told("court", self._court)
        period = told("period", self._period)
        item = told("indicator", lambda text: self._indicator(text, cells, wrong))
        if cells["level"] and court:
            told("level", lambda text: self._level(court, text))
        numerator = told("numerator", _whole)
        denominator = told("denominator", _whole)
        moments = [told(name, _moment) for name in MOMENTS]
        undecided = told("undecided", _whole)
        # What our own table withholds because of unknown words is withheld still.
        withheld = bool(undecided) and not cells["numerator"] and not cells["denominator"]
        if numerator is None and not withheld and "numerator" not in dict(wrong):
            wrong.append(("numerator", "为空"))
        if item is not None and not withheld and "denominator" not in dict(wrong):
            if item.kind == "count" and denominator is not None:
                wrong.append(("denominator", f"“{item.name}”是件数，不填分母"))
            elif item.kind != "count" and denominator is None:
                wrong.append(("denominator", f"为空，而“{item.name}”不是件数"))
            elif item.subset and numerator is not None and denominator is not None and numerator > denominator:
                wrong.append(("numerator", f"分子 {numerator} 大于分母 {denominator}"))
        key_line = cells["line"] or ALL_LINES
        if court and period and item and not wrong:
            key = (self._before(cells["court"] or "") or court, key_line, item.id, period)
            if first := self.seen.get(key):
                wrong.append(("indicator", f"与{first}重复（同一法院、条线、指标、统计期）"))
            else:
                self.seen[key] = f"{file} 第{line}行"
                if item.id not in self.catalogue.indicators and item.id not in self.extra:
                    self.outside[item.name] += 1
                    return
                self.rows.append(
                    (court, key_line, item.id, period, numerator, denominator, *moments, cells["scope"], undecided or 0)
                )
        for column, reason in wrong:
            self._mistake(f"{file} 第{line}行“{column}”：{reason}")

    def _mistake(self, text: str) -> None:
        if len(self.mistakes) < MAX_SHOWN:
            self.mistakes.append(text)
        else:
            self.hidden += 1

    def _court(self, text: str) -> str:
        if not text:
            raise ValueError("为空")
        if text not in self.courts:
            name = text.removesuffix(OWN)
            code = clean(name)
            if self.tree is not None:
                try:
                    code = (self.tree.left_out(name) or self.tree.find(name)).code
                except ConfigError as error:
                    raise ValueError(f"{error.what.rstrip('。')}；{error.advice or ''}".rstrip("。；")) from None
            self.courts[text] = code + (OWN if text.endswith(OWN) else "")
        return self.courts[text]

    def _period(self, text: str) -> str:
        if not text:
            raise ValueError("为空")
        if text not in self.periods:
            try:
                self.periods[text] = parse_period(text, cutoff_day=self.cutoff_day).key
            except ConfigError:
                raise ValueError(f"“{text}”不是统计期，应写成 2025Q3、2025-09、2025H1、2025Q1-Q3 或 2025") from None
        return self.periods[text]

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

    def _indicator(self, text: str, cells: Mapping[str, str | None], wrong: list[tuple[str, str]]) -> Indicator | None:
        if not text:
            raise ValueError("为空")
        kind = KINDS.get(cells["kind"] or "")
        better = BETTER.get(cells["better"] or "")
        if cells["kind"] and kind is None:
            wrong.append(("kind", f"“{cells['kind']}”不认识，应为 proportion、ratio、amount、count、mean 之一"))
        if cells["better"] and better is None:
            wrong.append(("better", f"“{cells['better']}”不认识，应为 higher、lower、neutral 之一"))
        item = self.by_text.get(text) or self.extra.get(text)
        if item is not None and kind is not None and item.id not in self.catalogue.indicators:
            if kind == item.kind:
                self.extra[item.id] = item
            elif item.id not in self.extra:  # another thing of the same name: the court's own
                item = self.extra.get(text)
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
        plain = {court.removesuffix(OWN) for court in self.courts.values()}
        tree = derive([(court, None) if describe(court) else (None, court) for court in sorted(plain)])
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
        formula="分子、分母由指标表提供",
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
