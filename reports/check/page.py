"""The page: the tables of a :class:`~reports.check.Check`, and the templates that print them.

Terminal, Markdown and, by way of the Markdown, every other format show the same :class:`Table`\\ s. A further section
is one function in :data:`SECTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from unicodedata import east_asian_width

from reports.check import IN_PART, Check
from reports.courts.periods import chinese_date
from reports.model import Note
from reports.templates import environment_of, fill
from reports.words import NO_CASES, UNTOLD

FEW = 24  # rows: a table with more shows in a terminal only those to be looked at
OTHER_SPAN = ("不适用于本期", NO_CASES, NO_CASES)
WIDEST = 36  # columns of a terminal that a cell is filled up to


@dataclass(frozen=True)
class Table:
    """One table of the page: ``look`` are the places of the rows that somebody should look at.

    ``numbers`` are the places of the columns that hold figures. ``note`` is said below the title.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    look: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    note: str = ""


def sources(check: Check) -> Table:
    """Files and sheets, and how many rows of each were read and used."""
    rows = [(one.name, str(one.rows), str(one.used), str(one.rows - one.used)) for one in check.sources]
    look = _places(one.used < one.rows for one in check.sources)
    return Table(
        "读取的文件和工作表", ("文件、工作表", "读取（行）", "可用（行）", "不能用（行）"), tuple(rows), look, (1, 2, 3)
    )


def reported(check: Check) -> Table:
    """Courts × months: filed and concluded, and the last day."""
    rows = [(one.name, *(f"{filed}／{done}" for filed, done in one.months), _day(one.last)) for one in check.reported]
    # A court without anything in a month of the table; whether that is chance is not judged here.
    look = _places(any(not filed and not done for filed, done in one.months) for one in check.reported)
    heads = ("法院", *check.months, "最后日期")
    note = "各格为新收／结案的件数，只计各院自己经办的案件；最后日期为最后一次立案或者结案的日期。"
    return Table("各法院报送情况", heads, tuple(rows), look, tuple(range(1, len(heads))), note)


def silent(check: Check) -> Table:
    """Courts and departments whose data are not, or not all, there."""
    rows = [(one.name, _day(one.last), one.told, "不出通报" if one.stops else "提示") for one in check.silent]
    heads = ("法院、部门", "最后一件", "情况", "影响")
    return Table("没有报送或者没有报全的", heads, tuple(rows), tuple(range(len(rows))))


def words(check: Check) -> Table:
    """Words and values that were not understood."""
    rows = [(one.text, f"{one.count}{one.unit}", one.remedy or NO_CASES) for one in check.words]
    return Table("不认识的写法和值", ("情况", "数量", "处理"), tuple(rows), tuple(range(len(rows))), (1,))


def beginnings(check: Check) -> Table:
    """From when comparisons hold."""
    rows = [(one.what, one.since or NO_CASES, one.why) for one in check.beginnings]
    return Table("比较起点", ("指标", "可以比较的第一个月", "依据"), tuple(rows), tuple(range(len(rows))))


def indicators(check: Check) -> Table:
    """Every indicator of the edition: whether it can be counted, and why not; one row where one reason holds of all."""
    rows = [(one.name, one.state, one.value or NO_CASES, one.why or NO_CASES) for one in check.indicators]
    if len(rows) > 1 and rows[0][1] == UNTOLD and len({row[1:] for row in rows}) == 1:
        rows = [(f"全部{len(rows)}项", *rows[0][1:])]
        return Table("各项指标", ("指标", "能否统计", "本期", "原因"), tuple(rows), (0,), (2,))
    look = _places(one.state in (IN_PART, UNTOLD) for one in check.indicators)
    return Table("各项指标", ("指标", "能否统计", "本期", "原因"), tuple(rows), look, (2,))


def intervals(check: Check) -> Table:
    """Each interval in force, and how many courts it calls 达标."""
    rows = [
        (
            one.name,
            one.interval,
            *map(str, (one.met, one.unmet, one.without) if one.applies else OTHER_SPAN),
            one.source,
        )
        for one in check.intervals
    ]
    heads = ("指标", "合理区间", "达标（个）", "未达标（个）", "没有数的（个）", "依据")
    note = "达标为处于或者优于合理区间。一个法院都不达标的，请核对区间的单位和适用的统计期。" if rows else ""
    look = _places(one.nobody or not one.applies for one in check.intervals)
    return Table("合理区间", heads, tuple(rows), look, (2, 3, 4), note)


def aside(check: Check) -> Table:
    """Rows that are not used, and what to do."""
    rows = [(one.reason, str(one.rows), "、".join(one.places) or NO_CASES, one.remedy) for one in check.aside]
    look = _places(one.fault for one in check.aside)
    return Table("不能用的行", ("原因", "行数", "例", "处理"), tuple(rows), look, (1,))


def notes(check: Check) -> Table:
    """What must be said of rows that are used."""
    rows = [(one.text, f"{one.count}{one.unit}", one.remedy or NO_CASES) for one in check.notes]
    return Table("予以使用但需要说明的情况", ("情况", "数量", "处理"), tuple(rows), _remedied(check.notes), (1,))


def deadlines(check: Check) -> Table:
    """The first cases whose due date by the court's system is not the one that the law gives."""
    places = tuple(range(len(check.deadlines)))
    return Table(
        "应结案日期与推算不一致的案件（前几件）", ("案号", "系统所列", "按法律规定推算"), check.deadlines, places
    )


def faults(check: Check) -> Table:
    """What the data-quality rules found."""
    rows = [(one.severity, one.name, one.sentence, one.remedy) for one in check.faults]
    look = _places(one.severity == "错误" for one in check.faults)
    return Table("数据质量", ("级别", "核查事项", "情况", "处理"), tuple(rows), look)


SECTIONS: tuple[Callable[[Check], Table], ...] = (
    sources, reported, silent, words, beginnings, indicators, intervals, aside, notes, deadlines, faults,
)  # fmt: skip
"""In the order of the page; one that has nothing to say is left out."""


def tables(check: Check, templates: Sequence[Path]) -> list[Table]:
    """The tables of the page: the verdict, and every section that has something to say."""
    return [_verdict(check, templates), *(table for table in (one(check) for one in SECTIONS) if table.rows)]


def markdown(check: Check, templates: Sequence[Path]) -> str:
    """The page as Markdown with front matter, from which every other format is made."""
    found = [
        asdict(table) | {"aligns": ["--:" if place in table.numbers else ":--" for place in range(len(table.heads))]}
        for table in tables(check, templates)
    ]
    return fill(environment_of(templates, "markdown"), "check/page.j2", {"label": check.label, "tables": found})


def terminal(check: Check, templates: Sequence[Path]) -> str:
    """The page for a terminal: of long tables the rows to be looked at. Data quality is told by the command itself."""
    verdict, *rest = (one for one in tables(check, templates) if one.title != faults(check).title)
    found = []
    for table in rest:
        places = range(len(table.rows)) if len(table.rows) <= FEW else table.look[:FEW]
        left, cut = len(table.rows) - len(places), len(table.look) > len(places)
        found.append({"title": table.title, "lines": aligned(table, places), "left": left, "cut": cut})
    return fill(environment_of(templates), "check/terminal.j2", {"verdict": verdict.rows, "tables": found})


def aligned(table: Table, places: Iterable[int]) -> list[str]:
    """Heads and some rows, columns under one another in a terminal; the last column runs on."""
    rows = [table.heads, *(table.rows[place] for place in places)]
    if len(rows) == 1:
        return []
    widths = [min(max(_width(row[column]) for row in rows), WIDEST) for column in range(len(table.heads))]
    lines = []
    for row in rows:
        cells = [
            " " * (width - _width(cell)) + cell if column in table.numbers else cell + " " * (width - _width(cell))
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _verdict(check: Check, templates: Sequence[Path]) -> Table:
    """Ready or not, why not, and what to look at first: the words are the template's."""
    told = {
        "label": check.label,
        "window": check.window,
        "until": chinese_date(check.until) if check.until else "",
        "rows_in": check.rows_in,
        "rows_used": check.rows_used,
        "courts": check.courts,
        "table_alone": not check.rows_in and not check.reported,
        "ready": check.ready,
        "obstacles": [{name: _line(text) for name, text in asdict(one).items()} for one in check.obstacles],
        "words": len(check.words),
        "indicators": len(check.indicators),
        "untold": [one.name for one in check.of(UNTOLD)],
        "in_part": [one.name for one in check.of(IN_PART)],
        "nobody": [one.name for one in check.intervals if one.nobody],
        "errors": sum(one.severity == "错误" for one in check.faults),
        "aside": sum(one.rows for one in check.aside),
        "silent": [one.name for one in check.silent if one.stops],
    }
    lines = fill(environment_of(templates), "check/verdict.j2", told).splitlines()
    rows = [tuple(line.split("\t")) for line in lines if line]
    return Table("结论", ("事项", "情况", "处理"), tuple(rows), tuple(range(len(rows))))


def _places(looked_at: Iterable[bool]) -> tuple[int, ...]:
    return tuple(place for place, look in enumerate(looked_at) if look)


def _remedied(told: Sequence[Note]) -> tuple[int, ...]:
    return _places(bool(one.remedy) for one in told)


def _day(day: date | None) -> str:
    return day.isoformat() if day else NO_CASES


def _line(text: str) -> str:
    return " ".join(text.split())


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
