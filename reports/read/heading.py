"""Headings: which of the first rows of a table names its columns, in one row or several, below titles and notes.

A heading is looked for alike in text, sheets and web pages. Where cells were merged, the name of a column stands in
several rows: 立案 over 立案日期 and 立案来源, or 案号 beside a blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from reports.cells import STATED_UNIT, Cells, clean
from reports.errors import InputError
from reports.model import Note
from reports.read.table import Wanted

ROWS = 30  # filled rows within which the heading must stand
DEEPEST = 3  # rows that one heading may have
MOST_COLUMNS = 4096  # no table of cases is wider; a spreadsheet could have four times as many


@dataclass(frozen=True)
class Heading:
    """The names of the columns, the number of the row that they end in, and what stood above them.

    ``depth`` rows hold the names; ``score`` tells how well they are what is wanted; ``doubled`` are the names (as
    made distinct) that stand there more than once.
    """

    names: tuple[str, ...]
    row: int
    depth: int
    score: tuple[int, int, int]
    unit: str | None
    doubled: frozenset[str]


def find(rows: Iterable[tuple[int, Sequence[str]]], wanted: Wanted, where: str) -> Heading | None:
    """The best heading among the first filled rows (number, cells), or ``None`` where there is no filled row.

    Raises :class:`InputError` for a row that is wider than any table.
    """
    seen: list[tuple[int, tuple[str, ...]]] = []
    best: Heading | None = None
    for number, cells in rows:
        if not any(cells):  # a million of them costs a few bytes in a file
            continue
        texts = tuple(clean(cell) for cell in cells)
        if not any(texts):
            continue
        while texts and not texts[-1]:  # spreadsheets leave empty columns at the end
            texts = texts[:-1] if len(texts) < MOST_COLUMNS else texts[: _last(texts)]
        if len(texts) > MOST_COLUMNS:
            raise InputError(
                f"第{number}行有{len(texts)}列，超过{MOST_COLUMNS}列，不像是案件表。",
                where=where,
                advice="请只导出需要的列；若分隔符有误，请重新导出。",
            )
        seen.append((number, texts))
        for depth in range(1, min(DEEPEST, len(seen)) + 1):
            part = seen[-depth:]
            if depth > 1 and part[-1][0] - part[0][0] != depth - 1:
                break
            heading = _heading(part, seen[:-depth], wanted)
            if best is None or heading.score > best.score:
                best = heading
        if len(seen) >= ROWS or (best and best.score[0] == len(wanted.required) > 0 and number - best.row >= DEEPEST):
            break
    return best


def _last(texts: Sequence[str]) -> int:
    return max(place for place, text in enumerate(texts, 1) if text)


def _heading(
    part: Sequence[tuple[int, tuple[str, ...]]], above: Sequence[tuple[int, tuple[str, ...]]], wanted: Wanted
) -> Heading:
    raw = _merged([cells for _, cells in part])
    names, doubled = distinct(raw)
    found = wanted.match(names)
    known = sum(name in found for name in wanted.required)
    filled = sum(bool(text) for text in raw) if found or not wanted.required else 0
    unit = None
    for _, cells in above:
        for cell in cells:
            if match := STATED_UNIT.search(cell):
                unit = match[1]
    return Heading(names, part[-1][0], len(part), (known, len(found), filled if len(part) == 1 else 0), unit, doubled)


def _merged(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names that several rows make together: the lowest filled cell, with those above where it is not alone."""
    if len(rows) == 1:
        return list(rows[0])
    width = max(map(len, rows))
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    for upper in padded[:-1]:  # a name over several columns stands in the first of them
        for place in range(1, width):
            if not upper[place] and any(row[place] for row in padded):
                below = padded[padded.index(upper) + 1 :]
                if any(row[place] for row in below):
                    upper[place] = upper[place - 1]
    lowest = [next((row[place] for row in reversed(padded) if row[place]), "") for place in range(width)]
    return [
        name if lowest.count(name) == 1 else "".join(dict.fromkeys(row[place] for row in padded if row[place]))
        for place, name in enumerate(lowest)
    ]


def distinct(cells: Sequence[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Distinct names of columns (the engine tells no case apart), and those that stood there more than once."""
    cells = [cell.replace("\0", "").strip() for cell in cells]
    while cells and not cells[-1]:
        cells = cells[:-1]
    times: dict[str, int] = {}
    for cell in cells:
        times[_key(cell)] = times.get(_key(cell), 0) + 1
    names: list[str] = []
    taken: set[str] = set()
    doubled = set()
    for place, cell in enumerate(cells, 1):
        name = cell or f"（第{place}列无名）"
        if cell and times[_key(cell)] > 1:
            doubled.add(name)
        if name.casefold() in taken:
            name = f"{name}（第{place}列）"
        while name.casefold() in taken:
            name += "′"
        taken.add(name.casefold())
        names.append(name)
    return tuple(names), frozenset(doubled)


def _key(cell: str) -> str:
    return re.sub(r"\s+", "", cell).casefold()


def refuse_doubled(doubled: Iterable[str], used: Iterable[str], where: str) -> None:
    """Raise :class:`InputError` when a column that is needed stands there more than once; others do no harm."""
    needed = sorted({*doubled} & {*used})
    if needed:
        raise InputError(
            f"列名重复：{'、'.join(needed)}，不能确定应当采用哪一列。",
            where=where,
            advice="请在文件中删去或改名多余的一列后重新读取。",
        )


def fits(cells: Sequence[str], names: Sequence[str], wanted: Wanted) -> bool:
    """Whether cells can be a row under a heading: what is required is filled, with days or nothing where days stand."""
    found = wanted.match(names)
    if len(cells) != len(names) or not wanted.required or any(name not in found for name in wanted.required):
        return False
    texts = {name: clean(cells[list(names).index(found[name])]) for name in wanted.required}
    days = [text for name, text in texts.items() if name in wanted.days and text]
    return (
        all(text for name, text in texts.items() if name not in wanted.days)
        and bool(days)
        and all(Cells().day(text, date.max).day is not None for text in days)
    )


TOTALS = re.compile(
    r"(?:其中)?[:：]?(?:合|小|总|共|累)计.{0,6}|.{0,30}(?:合计|小计|总计|累计)[:：]?|本页.{0,4}计[:：]?|平均|以下(?:空白|无正文)"
)
REMARKS = re.compile(
    r"(?:注|附注|备注|说明|填表说明|统计口径|口径|制表|制表人|制表单位|制表时间|填表|填报|填表人|填报人|审核|审核人|复核|复核人|"
    r"联系人|联系电话|数据来源|数据截至|数据截止|截至|截止|单位|打印|导出|导出时间|统计时间|统计期间)[\d０-９一二三]*[:：.、\s].*"
    r"|(?:本表|以上|上述|数据截[至止]|数据来源).*|第\s*\d+\s*页.*|共\s*\d+\s*(?:页|条|件|行).*|[-—=*·\s]+|\*+.*"
)


def no_case(cells: Sequence[str], names: Sequence[str]) -> str | None:
    """What a row without a readable case number is, where it is no case: 合计, 说明, blank, the heading again."""
    texts = [clean(cell or "") for cell in cells]
    filled = [(place, text) for place, text in enumerate(texts) if text]
    if not filled:
        return "空行"
    if all(_key(text) == _key(names[place]) for place, text in filled if place < len(names)) and len(filled) > 1:
        return "表头"
    head = re.sub(r"\s+", "", filled[0][1])
    if TOTALS.fullmatch(head):
        return "合计"
    if REMARKS.fullmatch(filled[0][1]) and len(filled) <= 2:
        return "说明"
    return None


def told(kinds: Iterable[str]) -> tuple[Note, ...]:
    """The notes that tell how many rows were no cases."""
    listed = list(kinds)
    texts = {
        "合计": "合计、小计行（不是案件，不计入行数）",
        "说明": "表下的说明、签署（不是案件，不计入行数）",
        "表头": "重复出现的表头（不是案件，不计入行数）",
        "空行": "没有内容的行（不计入行数）",
    }
    ids = {"合计": "total_rows", "说明": "remark_rows", "表头": "heading_rows", "空行": "blank_rows"}
    return tuple(Note(ids[kind], text, listed.count(kind), unit="行") for kind, text in texts.items() if kind in listed)
