"""The table of the courts, ``courts.csv``（代码、名称、层级、上级；起、止、并入）, as a clerk edits it."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from reports.courts.case_no import normalise
from reports.courts.codes import LEVEL_NAMES, LEVEL_SPELLINGS, RANK
from reports.courts.tree import Court, CourtTree
from reports.errors import ConfigError, os_reason

COLUMNS = ("代码", "名称", "层级", "上级")
SINCE, UNTIL, INTO = CHANGES = ("起", "止", "并入")  # optional: of courts that were founded, abolished, merged, renamed
_NOTE_COLUMN = "备注"  # written by ``write`` for what was guessed; optional when read
_DAY = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?")  # as spreadsheets rewrite it too


def load(path: Path) -> CourtTree:
    """Read ``courts.csv``（代码,名称,层级,上级; UTF-8 with or without BOM, or GB18030）.

    上级 is the code or the name of the court above, empty at a root. A row with 并入 (code or name of the successor) is
    a court that is no more, or an earlier name or code of a court; it may share code or name with its successor.
    Raises one ``ConfigError`` that lists every mistake with row, column and remedy.
    """
    faults: list[str] = []
    first_row: dict[str, int] = {}
    codes_by_name: dict[str, str] = {}
    courts: dict[str, tuple[int, Court]] = {}
    former: list[tuple[int, Court]] = []
    for row, cells in rows(path, "法院表", COLUMNS, COLUMNS):
        cells |= {column: normalise(cells[column]) for column in ("代码", "名称", "上级", INTO) if column in cells}
        code, name, level_text, parent = (cells[column] for column in COLUMNS)
        into = cells.get(INTO, "")
        for column, value in (("代码", code), ("名称", name)):
            if not value:
                faults.append(fault(row, column, "为空", "请补填"))
            elif into:
                continue  # may be the successor's
            elif (key := f"{column}{value}") in first_row:
                faults.append(
                    fault(row, column, f"“{value}”与第{first_row[key]}行重复", "一个法院只写一行，请删去或改正")
                )
            else:
                first_row[key] = row
        level = LEVEL_SPELLINGS.get(level_text)
        if level is None:
            choices = "、".join(LEVEL_NAMES.values())
            faults.append(fault(row, "层级", f"“{level_text}”不认识", f"应为{choices}之一"))
        since, until = (_day(row, column, cells.get(column, ""), faults) for column in (SINCE, UNTIL))
        if since and until and since > until:
            faults.append(fault(row, UNTIL, f"{until}早于“{SINCE}”{since}", "请改正其中一个日期"))
        if code and name and into:
            former.append(
                (row, Court(code, name, level or "basic", None, cells.get(_NOTE_COLUMN, ""), since, until, into))
            )
        elif code and name:
            codes_by_name.setdefault(name, code)
            # An unknown level is reported above; it must not hide mistakes in 上级.
            court = Court(code, name, level or "basic", parent or None, cells.get(_NOTE_COLUMN, ""), since, until)
            courts.setdefault(code, (row, court))
    gone = _successors(former, courts, codes_by_name, faults)
    known = gone | codes_by_name
    for code, (row, court) in courts.items():
        if court.parent is None:
            continue
        parent = court.parent if court.parent in courts else known.get(court.parent, "")
        if not parent:
            near = difflib.get_close_matches(court.parent, [*courts, *codes_by_name], n=1)
            remedy = f"是否为“{near[0]}”" if near else "请先为上级法院加一行，或留空"
            faults.append(fault(row, "上级", f"“{court.parent}”不在表中", remedy))
        courts[code] = (row, replace(court, parent=parent or None))
    faults += _parent_faults(courts)
    if not courts and not faults:
        faults.append("没有任何法院；请至少写一行")
    if faults:
        listed = "\n".join(f"  {one}" for one in faults)
        raise ConfigError(f"法院表有{len(faults)}处错误：\n{listed}", where=str(path), advice="改正后重新运行。")
    merged = [replace(court, into=gone[court.into or ""]) for _, court in former]
    return CourtTree.of((court for _, court in courts.values()), former=merged)


def _day(row: int, column: str, text: str, faults: list[str]) -> date | None:
    """The day in a cell, ``None`` for an empty one; what is no day is a fault."""
    found = _DAY.fullmatch(normalise(text).strip())
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass  # the 31st of a shorter month
    if text:
        faults.append(fault(row, column, f"“{text}”不是日期", "应写成2026-06-30的形式"))
    return None


def _successors(
    former: list[tuple[int, Court]],
    courts: Mapping[str, tuple[int, Court]],
    codes_by_name: Mapping[str, str],
    faults: list[str],
) -> dict[str, str]:
    """The code of today's court behind every text in 并入, over any number of steps, and behind former codes and names.

    A text that leads to no court of the table is a fault.
    """
    steps = {text: court.into or "" for _, court in former for text in (court.name, court.code)}

    def end(text: str) -> str | None:
        passed: set[str] = set()
        while text not in courts and text not in codes_by_name:
            if text in passed or text not in steps:
                return None
            passed.add(text)
            text = steps[text]
        return text if text in courts else codes_by_name[text]

    found = {text: code for text in {*steps, *steps.values()} if (code := end(text))}
    for row, court in former:
        if court.into not in found:
            near = difflib.get_close_matches(court.into or "", [*courts, *codes_by_name], n=1)
            remedy = f"是否为“{near[0]}”" if near else "请写表中现有法院的代码或名称"
            faults.append(fault(row, INTO, f"“{court.into}”不是表中现有的法院", remedy))
    return found


def rows(path: Path, what: str, required: Sequence[str], columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a clerk's table with their line numbers, without empty ones: column → text without blanks around it.

    ``what`` it is stands in messages. Raises :class:`ConfigError` where ``required`` ones of its ``columns`` lack.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{what}无法读取：{os_reason(error)}。", where=str(path)) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ConfigError(f"{what}的编码不认识", where=str(path), advice="请另存为UTF-8或GB18030编码的CSV。")
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [cell.strip() for cell in next(reader, [])]
    missing = [column for column in required if column not in header]
    if missing:
        raise ConfigError(
            f"{what}缺少列：{'、'.join(missing)}",
            where=f"{path} 第1行",
            advice=f"第一行应为：{','.join(columns)}。",
        )
    found = []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            padded = [cell.strip() for cell in cells] + [""] * (len(header) - len(cells))
            found.append((reader.line_num, dict(zip(header, padded, strict=False))))
    return found


def _parent_faults(courts: Mapping[str, tuple[int, Court]]) -> list[str]:
    faults = []
    circular: set[str] = set()
    for code in courts:
        path: list[str] = []
        at: str | None = code
        while at is not None and at not in path and at not in circular:
            path.append(at)
            at = courts[at][1].parent
        if at in path:
            loop = path[path.index(at) :]
            circular.update(loop)
            shown = " → ".join([*loop, loop[0]])
            faults.append(fault(courts[loop[0]][0], "上级", f"循环：{shown}", "请改正其中一个上级"))
    for code, (row, court) in courts.items():
        if court.parent is None or code in circular:
            continue
        parent = courts[court.parent][1]
        if RANK[parent.level] >= RANK[court.level]:
            above, below = LEVEL_NAMES[parent.level], LEVEL_NAMES[court.level]
            what = f"“{parent.name}”是{above}，不高于{below}“{court.name}”"
            faults.append(fault(row, "上级", what, "请改正上级或层级"))
    return faults


def fault(row: int, column: str, what: str, remedy: str) -> str:
    """One mistake of a table: where it is, what it is and what to do."""
    return f"第{row}行“{column}”{what}；{remedy}"


def write(tree: CourtTree, path: Path) -> None:
    """Write ``courts.csv`` in UTF-8 with a byte-order mark, so that Excel shows it as it is."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        every = (*tree.courts, *tree.former)
        changes = CHANGES if any(court.since or court.until or court.into for court in every) else ()
        writer.writerow((*COLUMNS, *changes, _NOTE_COLUMN))
        for court in every:
            changed = (court.since or "", court.until or "", court.into or "") if changes else ()
            cells = (court.code, court.name, LEVEL_NAMES[court.level], court.parent or "", *changed, court.note)
            writer.writerow(cells)
