"""Which canonical column each column of an unknown file probably is: by name against all dialects, then by content.

Examples are shown in clear only where a value is of its column's kind (a date, a case number, a court…); everything
else is shown by its shape, so that no name of a party and no identity number leaves the file.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from reports import scratch
from reports.catalogue.columns import BY_ID, COLUMNS, REQUIRED
from reports.cells import Cells, split_unit
from reports.courts import case_no
from reports.errors import InputError
from reports.read import dialect as dialects
from reports.read.dialect import Dialect, normalise
from reports.read.formats import open_tables
from reports.read.table import Opening, Wanted, identifier

SAMPLE = 2000  # rows looked at
EXAMPLES = 3
FITS = 0.8  # share of a column's values that must look like a kind
NEAR = 0.75  # likeness of two headings
SURE, LIKELY = 0.85, 0.6  # confidence printed as 高, 中

_DATE = re.compile(
    r"(?:19|20)\d\d(?:[-/.年]\d{1,2}[-/.月]\d{1,2}日?|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_COURT = re.compile(r"[\u4e00-\u9fff]{2,24}法院")
_MONEY = re.compile(r"\d[\d,]*\.\d{1,2}")
_SMALL = re.compile(r"\d{1,3}")
_CAUSE = re.compile(r"[\u4e00-\u9fff、]{2,30}(?:纠纷|罪|赔偿|处罚|登记|许可|强制|征收|补偿|公开|确认)")
_DEPT = re.compile(r"[\u4e00-\u9fff0-9（）]{1,16}(?:庭|局|处|室|中心|团队|组)")
_VOCABULARY: Mapping[str, frozenset[str]] = {
    column: frozenset(words.split("、"))
    for column, words in {
        "line": "刑事、民事、行政、执行、国家赔偿、其他、刑事案件、民事案件、行政案件、执行案件",
        "procedure": "一审、二审、再审、再审审查、首次执行、恢复执行、刑事一审、民事一审、行政一审、刑事二审、"
        "民事二审、行政二审",
        "applied": "普通程序、简易程序、小额诉讼、小额诉讼程序、速裁程序、普通、简易、小额、速裁、特别程序",
        "outcome": "判决、裁定、调解、撤诉、准予撤诉、驳回起诉、维持、维持原判、改判、发回重审、移送、终结、执行完毕、"
        "终结本次执行、终结本次执行程序、不予受理、决定",
        "flag": "是、否、有、无、Y、N、true、false、True、False、0、1",
    }.items()
}
_DIGITS = re.compile(r"\d{11}")  # a telephone or identity number

Recogniser = Callable[[str], bool]


@dataclass(frozen=True)
class Guess:
    """One column of the file: the canonical column it probably is (or ``None``), how sure, why, masked examples."""

    source: str
    column: str | None
    confidence: float
    reason: str
    examples: tuple[str, ...]

    @property
    def level(self) -> str:
        """高, 中, 低, or — for none."""
        if self.column is None:
            return "—"
        return "高" if self.confidence >= SURE else "中" if self.confidence >= LIKELY else "低"


@dataclass(frozen=True)
class Proposal:
    """A dialect for one file."""

    file: str
    rows: int
    dialect: str
    guesses: tuple[Guess, ...]
    missing: tuple[str, ...]
    unit: str | None = None  # of money, where a title row states it

    def toml(self) -> str:
        """The ``[source]`` lines for ``tongbao.toml``; what is not sure is commented out."""
        lines = ["[source]", f"dialect = {_quoted(self.dialect)}", "", "[source.columns]"]
        for guess in sorted(self.guesses, key=lambda g: _ORDER.get(g.column or "", len(_ORDER))):
            if guess.column:
                line = f"{guess.column} = {_quoted(guess.source)}"
                line += self._unit(guess)
                lines.append(line if guess.confidence >= LIKELY else f"# {line}  # 把握较低，请核对后启用")
        lines += [f'# {name} = "……"  # 没有找到“{BY_ID[name].name}”，必需' for name in self.missing]
        return "\n".join(lines) + "\n"

    def _unit(self, guess: Guess) -> str:
        """A remark on the unit of a column of money."""
        if guess.column is None or BY_ID[guess.column].kind != "money":
            return ""
        unit = split_unit(guess.source)[1] or self.unit
        if unit:
            return f"  # 单位：{unit}"
        return f'  # 没有注明单位，按元读取；若是万元，在 [source.scale] 中写 {guess.column} = "万元"'


_ORDER = {column.id: place for place, column in enumerate(COLUMNS)}


def propose(
    path: Path, *, dialect: str | None = None, folder: Path | None = None, sheet: str | None = None
) -> Proposal:
    """Look at a file and propose which column is which; ``dialect`` limits the names to one dialect.

    Raises :class:`InputError` for an unreadable file, :class:`ConfigError` for an unknown dialect.
    """
    own = sorted(item.stem for item in (folder / "dialects").glob("*.toml")) if folder else []
    names = [dialect] if dialect else [*dialects.shipped(), *own]
    known = [dialects.load(name, folder=folder) for name in dict.fromkeys(names)]
    header, rows, unit = _sample(path, known, sheet)
    values = {name: [row[place] for row in rows if row[place]] for place, name in enumerate(header)}
    best = max(known, key=lambda one: len(one.match(header)))
    taken = _assign(header, values, known, best)
    guesses = []
    for name in header:
        column, confidence, reason = taken.get(name, (None, 0.0, "名称和内容都不像标准列"))
        examples = _examples(values[name], column if confidence >= LIKELY else None)
        guesses.append(Guess(name, column, round(confidence, 2), reason, examples))
    found = {guess.column for guess in guesses if guess.confidence >= LIKELY}
    missing = tuple(name for name in REQUIRED if name not in found and name not in best.absent)
    return Proposal(path.name, len(rows), best.id, tuple(guesses), missing, unit)


def _sample(
    path: Path, known: Sequence[Dialect], sheet: str | None
) -> tuple[tuple[str, ...], list[tuple[str, ...]], str | None]:
    """The column names, the first rows as text, and the unit that a title row states."""

    def match(cells: Sequence[str]) -> Mapping[str, str]:
        return max((one.match(cells) for one in known), key=len)

    if not path.is_file():
        raise InputError(f"找不到文件“{path}”。", advice="请核对路径。")
    with scratch.folder() as work, duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        table = open_tables(Opening(path, work, connection, Wanted(match, sheet=sheet)))[0]
        fields = ", ".join(f"coalesce({Cells().sql(f'{identifier(name)}::VARCHAR')}, '')" for name in table.header)
        try:
            rows = connection.execute(f"SELECT {fields} FROM ({table.sql}) LIMIT {SAMPLE}").fetchall()
        except duckdb.Error as error:
            raise InputError(
                f"文件无法读取：{str(error).splitlines()[0]}", where=str(path), advice="请重新导出该文件。"
            ) from error
    return table.header, rows, table.unit


_Choice = tuple[str | None, float, str]


def _assign(
    header: Sequence[str], values: Mapping[str, list[str]], known: Sequence[Dialect], best: Dialect
) -> dict[str, _Choice]:
    """Each source column's canonical column: the surest pairs first, each side once."""
    pairs: list[tuple[float, int, str, str, str]] = []
    for place, name in enumerate(header):
        for column, confidence, reason in _candidates(name, values[name], known, best):
            pairs.append((confidence, -place, name, column, reason))
    taken: dict[str, _Choice] = {}
    used: set[str] = set()
    for confidence, _, name, column, reason in sorted(pairs, reverse=True):
        if name not in taken and column not in used:
            taken[name] = (column, confidence, reason)
            used.add(column)
    _order_dates(taken, values)
    return taken


_SERIAL_NUMBER = re.compile(r"(?:序号?|编号|行号|NO\.?|#|ID|xh)", re.IGNORECASE)


def _candidates(
    name: str, values: Sequence[str], known: Sequence[Dialect], best: Dialect
) -> list[tuple[str, float, str]]:
    """(canonical column, confidence, reason) for one source column."""
    found: list[tuple[str, float, str]] = []
    if _SERIAL_NUMBER.fullmatch(name.strip()) or _counts_up(values):
        return found
    for one in known:
        for column, aliases in one.columns.items():
            likeness, alias = _likeness(name, aliases)
            if likeness < NEAR:
                continue
            confidence = 0.9 if one is best else 0.85
            reason = f"列名见对照表“{one.name}”"
            if likeness < 1:
                confidence, reason = 0.65 * likeness, f"列名近似“{alias}”"
            elif column in one.assumed:
                confidence, reason = 0.7, reason + "（推定）"
            fit = _fit(column, values)
            if fit is not None and values:
                if fit >= FITS:
                    confidence, reason = min(0.99, confidence + 0.09), reason + "，内容相符"
                elif fit < 0.5:
                    confidence, reason = confidence * 0.5, reason + "，但内容不像"
            found.append((column, confidence, reason))
    for column, confidence, what in _CONTENT:
        fit = _fit(column, values)
        if len(values) >= EXAMPLES and fit is not None and fit >= FITS:
            found.append((column, confidence, f"内容像{what}"))
    return found


# Canonical columns that content alone can suggest, with the confidence of that.
_CONTENT = (
    ("case_no", 0.8, "案号"),
    ("origin_case_no", 0.45, "案号"),
    ("court", 0.7, "法院"),
    ("cause", 0.6, "案由"),
    ("outcome", 0.6, "结案方式"),
    ("line", 0.55, "条线"),
    ("procedure", 0.55, "审理程序"),
    ("applied", 0.55, "适用程序"),
    ("filed", 0.5, "日期"),
    ("concluded", 0.45, "日期"),
    ("deadline", 0.4, "日期"),
    ("dept", 0.5, "部门"),
    ("amount", 0.4, "金额"),
)


def _counts_up(values: Sequence[str]) -> bool:
    """Whether a column numbers the rows: 1, 2, 3 … in a row from any start."""
    if len(values) < EXAMPLES or not all(value.isdecimal() and len(value) < 10 for value in values[:50]):
        return False
    numbers = [int(value) for value in values[:50]]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _order_dates(taken: dict[str, _Choice], values: Mapping[str, list[str]]) -> None:
    """Of two date columns known by content only, the one with fewer blanks is the filing date."""
    by_content = {c: n for n, (c, _, why) in taken.items() if c in ("filed", "concluded") and why == "内容像日期"}
    if len(by_content) == 2:
        filed, concluded = by_content["filed"], by_content["concluded"]
        if len(values[filed]) < len(values[concluded]):
            taken[filed], taken[concluded] = taken[concluded], taken[filed]


def _likeness(name: str, aliases: Sequence[str]) -> tuple[float, str]:
    best = (0.0, "")
    for alias in aliases:
        a, b = normalise(split_unit(name)[0]), normalise(alias)
        if a == b:
            return 1.0, alias
        if not b.isascii():  # letters of a code say nothing by likeness
            best = max(best, (difflib.SequenceMatcher(None, a, b).ratio(), alias))
    return best


def _fit(column: str, values: Sequence[str]) -> float | None:
    """The share of values that look like the column's kind, or ``None`` for kinds without a look of their own."""
    kind = _kind(column)
    if kind is None or not values:
        return None
    return sum(kind(value) for value in values) / len(values)


def _kind(column: str) -> Recogniser | None:
    if column in ("case_no", "origin_case_no"):
        return lambda value: case_no.parse(value).valid
    if column == "court":
        return lambda value: bool(_COURT.fullmatch(value)) or case_no.level_of(value) is not None
    if column in _VOCABULARY:
        words = _VOCABULARY[column]
        return lambda value: value in words
    if column in _PATTERNS:
        pattern = _PATTERNS[column]
        return lambda value: bool(pattern.fullmatch(value))
    kind = BY_ID[column].kind
    if kind == "date":
        return lambda value: bool(_DATE.fullmatch(value))
    if kind == "money":
        return lambda value: bool(_MONEY.fullmatch(value)) or value.replace(",", "").isdecimal()
    if kind == "integer":
        return lambda value: bool(_SMALL.fullmatch(value))
    if kind == "flag":
        return lambda value: value in _VOCABULARY["flag"]
    return None


_PATTERNS = {"cause": _CAUSE, "dept": _DEPT}


def _examples(values: Sequence[str], column: str | None) -> tuple[str, ...]:
    """Up to three different values, each in clear only if it is of its column's kind."""
    kind = _kind(column) if column else None
    shown: dict[str, None] = {}
    for value in values:
        clear = kind is not None and kind(value) and (not _DIGITS.search(value) or _DATE.fullmatch(value))
        shown[value if clear else masked(value)] = None
        if len(shown) == EXAMPLES:
            break
    return tuple(shown)


def masked(value: str) -> str:
    """The shape of a value: ×× for Chinese characters and letters, # for digits, at most 12 of them."""
    shape = "".join("#" if char.isdigit() else "×" if char.isalpha() else char for char in value[:12])
    return shape + ("…" if len(value) > 12 else "")


def to_json(proposal: Proposal) -> dict[str, Any]:
    """The document ``tongbao.columns/1``."""
    return {
        "schema": "tongbao.columns/1",
        "file": proposal.file,
        "rows": proposal.rows,
        "dialect": proposal.dialect,
        "columns": [
            {
                "source": guess.source,
                "column": guess.column,
                "name": BY_ID[guess.column].name if guess.column else None,
                "confidence": guess.confidence if guess.column else None,
                "reason": guess.reason,
                "examples": list(guess.examples),
            }
            for guess in proposal.guesses
        ],
        "missing": list(proposal.missing),
        "toml": proposal.toml(),
    }


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # TOML basic strings escape as JSON does
