"""Spreadsheet forms that go out to a court and come back filled in.

The same column table writes the form and reads it: what is locked, what may be chosen, where a date belongs. What
comes back is judged by its headings and its key column only, so a sheet may be renamed, re-sorted, filtered, or saved
by another program. Formulas are refused, because the text that they show is not what somebody wrote.
"""

from __future__ import annotations

import difflib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from math import ceil
from typing import Any, Literal

from reports.cells import Cells, clean
from reports.errors import InputError

HARMLESS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
"""Options of every workbook that is written: what stands in the data is text, never a formula or a link."""
FieldKind = Literal["locked", "shown", "text", "date", "choice"]
ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{15}(?!\d)")  # of a person: GB 11643, and before 1999
_HEADER_ROWS = 10  # the headings stand within the first rows of a sheet
_SPARE = re.compile(r"\s+")
_LINES = re.compile(r"(?:_x000[Dd]_)?\r?\n")
_ALIKE = 0.6  # likeness of two headings, of which no other comes near
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_CLOCK = datetime(1980, 1, 1)
_FONT, _HEAD_FONT = "宋体", "黑体"
_LINE, _AROUND = 16.0, 4.0  # points of a line of a row, and about all of them
_HAN = 2.1  # units of the width of a column that a Han character of 11 points takes
_ACROSS = 330.0  # units of the width of a column on a sheet of A3, in print that can still be read
_LONGEST_HELP = 255  # characters that a spreadsheet shows beside a cell


@dataclass(frozen=True)
class Column:
    """One column: ``name`` its key in data, ``head`` its heading, ``width`` in Han characters, ``help`` for the person.

    ``locked`` cells must come back as they went out, ``shown`` ones are for reading only and may have become stale.
    What is filled in ``once`` is locked from then on.
    """

    name: str
    head: str
    kind: FieldKind = "text"
    width: int = 12
    help: str = ""
    choices: tuple[str, ...] = ()
    once: bool = False


@dataclass(frozen=True)
class Form:
    """A table of columns; the cells of ``key`` (a column's name) tell the rows apart.

    Forms of earlier releases still come back: ``was`` are the headings that columns had then, ``added`` the columns
    that those forms do not have.
    """

    sheet: str
    columns: tuple[Column, ...]
    key: str
    was: Mapping[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column of a name."""
        return next(column for column in self.columns if column.name == name)


def asked(
    fields: Mapping[str, str],
    help_: Mapping[str, str],
    *,
    dates: str,
    choices: Mapping[str, tuple[str, ...]],
    widths: Mapping[str, int],
    usual: int,
) -> tuple[Column, ...]:
    """The columns that a court fills in, from name → heading: ``dates`` names the one of dates, the others are text
    or, with ``choices``, lists to choose from; ``usual`` is the width of those that ``widths`` does not name.
    """
    return tuple(
        Column(
            name,
            head,
            "date" if name == dates else "choice" if name in choices else "text",
            widths.get(name, usual),
            help_[name],
            choices.get(name, ()),
        )
        for name, head in fields.items()
    )


@dataclass(frozen=True)
class FormSheet:
    """A sheet as read: its rows (1-based number, cells) and the places (row, 0-based column) of formulas and errors."""

    name: str
    rows: Sequence[tuple[int, Sequence[Any]]]
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One filled row: its place, the text of every column by name (dates as ISO) and what is wrong with its cells."""

    sheet: str
    row: int
    values: Mapping[str, str]
    faults: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it stands, for a message."""
        return f"工作表“{self.sheet}”第{self.row}行"


def write(
    form: Form,
    rows: Iterable[Mapping[str, str]],
    *,
    title: str,
    notes: Sequence[str],
    first_date: date,
    spare: int = 0,
) -> bytes:
    """The bytes of an XLSX to be filled in; the same arguments give the same bytes.

    Locked cells are grey and protected (without a password, so that a court can still sort). Dates before
    ``first_date`` are refused by the spreadsheet itself. Behind the rows there are ``spare`` empty ones. All but the
    cells of the rows is written by a library; they are put in afterwards, for there may be millions and it takes twenty
    times as long.
    """
    import xlsxwriter  # noqa: PLC0415 - only who writes needs it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, HARMLESS)
    book.set_properties({"title": title, "created": _CLOCK})
    sheet = book.add_worksheet(form.sheet)
    look = {"font_name": _FONT, "font_size": 11, "valign": "vcenter", "text_wrap": True, "border": 1, "num_format": "@"}
    head = book.add_format({**look, "font_name": _HEAD_FONT, "align": "center", "bg_color": "#D9D9D9"})
    asked = book.add_format({**look, "font_name": _HEAD_FONT, "align": "center", "bg_color": "#FFF2CC"})
    grey = {**look, "bg_color": "#F2F2F2"}
    text = {**look, "locked": False}
    cells = {
        "locked": book.add_format(grey),
        "locked quoted": book.add_format({**grey, "quote_prefix": True}),
        "free": book.add_format(text),
        "free quoted": book.add_format({**text, "quote_prefix": True}),
        "day": book.add_format({**look, "locked": False, "num_format": "yyyy-mm-dd"}),
    }
    plain = book.add_format({"font_name": _FONT, "font_size": 11})
    sheet.write_string(0, 0, title, book.add_format({"font_name": _HEAD_FONT, "font_size": 16}))
    for number, note in enumerate(notes, 1):
        sheet.write_string(number, 0, note, plain)
    top = len(notes) + 1
    filled: list[Mapping[str, str]] = [*rows, *[{}] * spare]
    for place, style in enumerate(cells.values()):
        sheet.write_blank(top + 1, place, None, style)  # a specimen, to know the styles by their numbers
    # Not every program finds out by itself how high a row of wrapped words is.
    sheet.set_row(top, _LINE * max(ceil(len(column.head) / column.width) for column in form.columns) + _AROUND)
    for place, column in enumerate(form.columns):
        open_to = column.kind in _ASKED
        sheet.write_string(top, place, column.head, asked if open_to else head)
        sheet.set_column(place, place, 2 * column.width)
        if column.help:
            sheet.write_comment(top, place, column.help, {"author": "tongbao", "x_scale": 2, "y_scale": 1.2})
        if open_to and filled:
            rule = _validation(column, first_date)
            if rule:
                sheet.data_validation(top + 1, place, top + len(filled), place, rule)
    sheet.protect("", {"sort": True, "autofilter": True, "format_columns": True, "format_rows": True})
    sheet.autofilter(top, 0, top + max(len(filled), 1), len(form.columns) - 1)
    sheet.freeze_panes(top + 1, 1)
    sheet.repeat_rows(top)
    sheet.repeat_columns(0)  # the key, beside what is printed on a further page
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(ceil(sum(2 * column.width for column in form.columns) / _ACROSS), 0)
    book.close()
    return _with_rows(out.getvalue(), form, filled, top + 2, list(cells))


_ASKED = ("text", "date", "choice")  # kinds of columns that a court fills in
_SHEET = "xl/worksheets/sheet1.xml"
_QUICK = 3  # of 9: twice as fast as usual, and a fifth larger
_ROW = "\0"  # in a cell that is made, until its row is known: no text of a sheet has it
_NO_DAY = date(1899, 12, 30)  # the day 0 of a spreadsheet
# What XML reads as its own or has no place for, and what a spreadsheet takes for such: _x000A_.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff&<>]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_REMEMBERED = 4000  # cells of a column: more are of texts that stand there once


def _with_rows(book: bytes, form: Form, rows: Sequence[Mapping[str, str]], first: int, styles: Sequence[str]) -> bytes:
    """A workbook with these rows in place of the specimen that stands in row ``first`` (from 1) in all ``styles``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for about in old.infolist():
            data = old.read(about)
            if about.filename == _SHEET:
                text = data.decode()
                specimen = re.search(rf'<row r="{first}".*?</row>', text)
                assert specimen
                number = dict(zip(styles, re.findall(r' s="(\d+)"', specimen[0]), strict=True))
                last = f"{_letters(len(form.columns))}{max(first + len(rows) - 1, first - 1)}"
                text = re.sub(r'<dimension ref="A1:[A-Z]+\d+"/>', f'<dimension ref="A1:{last}"/>', text)
                start, _, end = text.partition(specimen[0])
                data = "".join((start, *_rows(form, rows, first, number), end)).encode()
            new.writestr(about, data, compresslevel=_QUICK)
    return out.getvalue()


def _rows(form: Form, rows: Sequence[Mapping[str, str]], first: int, number: Mapping[str, str]) -> Iterator[str]:
    """The rows as a sheet has them (ECMA-376, 18.3.1.73), each text in its cell."""
    styles = tuple(number.items())
    made = [(one.name, _cells(one, _letters(place), styles)) for place, one in enumerate(form.columns, 1)]
    for place, values in enumerate(rows, first):
        text_of = values.get
        found = [known[text_of(name, "")] for name, known in made]
        cells = "".join([cell for cell, _ in found])
        # A height that the program may change: the row grows with what is written into it.
        lines = max([lines for _, lines in found])
        high = f' ht="{_LINE * lines + _AROUND}"' if lines > 1 else ""
        yield f'<row r="{place}"{high}>{cells.replace(_ROW, str(place))}</row>'


@lru_cache(64)  # the columns of one form for a hundred courts
def _cells(column: Column, letters: str, styles: tuple[tuple[str, str], ...]) -> _Cells:
    return _Cells(column, letters, dict(styles))


class _Cells(dict[str, tuple[str, int]]):
    """Text → a cell of one column, :data:`_ROW` in place of its row, and its lines; one that comes again is there."""

    def __init__(self, column: Column, letters: str, number: Mapping[str, str]) -> None:
        super().__init__()
        self.begin, self.number = f'<c r="{letters}{_ROW}" s="', number
        self.style = "free" if column.kind in _ASKED else "locked"
        self.once = column.once
        self.day = column.kind == "date"
        self.room = 2 * column.width / _HAN

    def __missing__(self, text: str) -> tuple[str, int]:
        lines = 1
        style = "locked" if self.once and text else self.style
        if self.day and style == "free":
            value = f"<v>{(date.fromisoformat(text) - _NO_DAY).days}</v>" if text else ""
            cell = f'{self.begin}{self.number["day"]}">{value}</c>'
        elif not text:
            cell = f'{self.begin}{self.number[style]}"/>'
        else:
            quoted = " quoted" if text.startswith(_RISKY) else ""
            shown = _NOT_IN_XML.sub(_escaped, text)
            inside = f'<is><t xml:space="preserve">{shown}</t></is>'
            cell = f'{self.begin}{self.number[style + quoted]}" t="inlineStr">{inside}</c>'
            if "\n" in text:
                lines = sum(max(ceil(_wide(line) / self.room), 1) for line in text.split("\n"))
            elif len(text) > self.room:
                lines = ceil(_wide(text) / self.room)
        if len(self) == _REMEMBERED:
            self.clear()
        self[text] = found = cell, lines
        return found


def _wide(line: str) -> float:
    """The width of a line in Han characters: one is as wide as two others, and has two bytes."""
    return len(line.encode("gb18030", "replace")) / 2


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0]) or f"_x{ord(found[0]):04X}_"


def _letters(place: int) -> str:
    """The letters of a column, counted from 1."""
    before, last = divmod(place - 1, 26)
    return (_letters(before) if before else "") + chr(ord("A") + last)


def _validation(column: Column, first_date: date) -> dict[str, Any] | None:
    told = {"input_title": column.head[:32], "input_message": column.help[:_LONGEST_HELP], "ignore_blank": True}
    if column.kind == "choice":
        return {
            "validate": "list",
            "source": list(column.choices),
            **told,
            "error_title": column.head[:32],
            "error_message": f"请从下拉列表中选择：{'、'.join(column.choices)}。"[:_LONGEST_HELP],
        }
    if column.kind == "date":
        return {
            "validate": "date",
            "criteria": ">=",
            "value": datetime(first_date.year, first_date.month, first_date.day),
            **told,
            "error_title": column.head[:32],
            "error_message": f"请填写日期，如 2026-12-31，且不早于{first_date.isoformat()}。",
        }
    return {"validate": "any", **told} if column.help else None


def read(
    form: Form,
    sheets: Iterable[FormSheet],
    source: str,
    *,
    today: date,
    cells: Cells = Cells(),  # noqa: B008 - frozen
) -> list[Line]:
    """The filled rows of the first sheet that has the form's headings, reworded a little or not.

    Raises :class:`InputError` when no sheet has them, or a heading is missing or stands twice.
    """
    wanted = {_bare(column.head): column for column in form.columns}
    now = {_bare(old): _bare(form.column(name).head) for name, old in form.was.items()}
    key = _bare(form.column(form.key).head)
    for sheet in sheets:
        for place, (_, row) in enumerate(sheet.rows[:_HEADER_ROWS]):
            heads = [_bare(_text(cell)) for cell in row]
            heads = [now[head] if head in now and now[head] not in heads else head for head in heads]
            if key in heads and sum(head in wanted for head in heads) * 2 > len(wanted):
                return _lines(form, sheet, place, _reworded(heads, wanted), source, cells, today)
    raise InputError(
        f"工作簿中没有{form.sheet}的表头（应有“{form.column(form.key).head}”等列）。",
        where=source,
        advice="请使用导出的表格填写，不要删除或修改表头。",
    )


def _reworded(heads: Sequence[str], wanted: Mapping[str, Column]) -> list[str]:
    """The headings, each that is not the form's own replaced by the one missing heading that it unmistakably is."""
    missing = [head for head in wanted if head not in heads]
    free = [head for head in heads if head and head not in wanted]
    pairs = {}
    for head in free:
        near = [other for other in missing if _alike(head, other)]
        if len(near) == 1 and sum(_alike(other, near[0]) for other in free) == 1:
            pairs[head] = near[0]
    return [pairs.get(head, head) for head in heads]


def _alike(head: str, other: str) -> bool:
    if min(len(head), len(other)) >= 2 and (head in other or other in head):
        return True
    return difflib.SequenceMatcher(None, head, other).ratio() >= _ALIKE


def _lines(
    form: Form, sheet: FormSheet, top: int, heads: Sequence[str], source: str, reading: Cells, today: date
) -> list[Line]:
    places: dict[str, int] = {}
    where = f"{source}，工作表“{sheet.name}”第{sheet.rows[top][0]}行"
    for column in form.columns:
        found = [place for place, head in enumerate(heads) if head == _bare(column.head)]
        if not found and column.name in form.added:
            continue
        if len(found) != 1 and column.kind != "shown":
            fault = f"有{len(found)}列“{column.head}”" if found else f"缺少“{column.head}”一列"
            raise InputError(f"表头{fault}。", where=where, advice="请使用导出的表格填写，不要删除或修改表头。")
        if found:
            places[column.name] = found[0]
    lines = []
    for row, cells in sheet.rows[top + 1 :]:
        values, faults = {}, []
        for column in form.columns:
            if column.name not in places:
                continue
            place = places[column.name]
            formula = sheet.formulas.get((row, place))
            if formula is not None:
                faults.append(f"“{column.head}”是公式（{formula}），请改为直接填写的内容")
                values[column.name] = ""
                continue
            cell = cells[place] if place < len(cells) else None
            values[column.name] = _text(cell)
            if column.kind == "date" and values[column.name]:
                said = reading.day(values[column.name], today)
                if said.day is None and not said.none:
                    shown = f"（现为“{values[column.name]}”）"
                    faults.append(f"“{column.head}”应为日期，如 2026-12-31{shown}{said.hint}")
                values[column.name] = said.day.isoformat() if said.day else ""
        if faults or any(values.values()):
            lines.append(Line(sheet.name, row, values, tuple(faults)))
    return lines


@dataclass(frozen=True)
class Row:
    """One row that came back: its key, what was written into it, every fault; ``found`` if its original is known."""

    line: Line
    key: str
    found: bool
    faults: tuple[str, ...]
    answers: Mapping[str, str] = field(default_factory=dict)


def match(form: Form, lines: Sequence[Line], written: Mapping[str, Mapping[str, str]], *, owner: str) -> list[Row]:
    """Find every row's original by its key and tell what a person may not do: add rows, repeat or alter them.

    ``written`` are the rows as they would go out now, by key; ``owner`` is the column that says whose the row is.
    White space and line breaks of locked cells may differ, as programs write them differently.
    """
    key, whose = form.column(form.key), form.column(owner)
    seen: dict[str, int] = {}
    rows = []
    for line in lines:
        name = line.values.get(form.key, "")
        original = written.get(name)
        if not name:
            faults = [f"缺少{key.head}，不能自行增加一行"]
        elif original is None:
            faults = [f"台账中没有{key.head}“{name}”"]
        elif name in seen:
            faults = [f"{key.head}“{name}”重复，第{seen[name]}行已有"]
        elif line.values[owner] != original[owner]:
            faults = [f"{whose.head}不符：{name}属于{original[owner]}，表中为“{line.values[owner]}”"]
        else:
            faults = [
                f"“{column.head}”不能改动：原为“{original.get(column.name, '')}”，现为“{line.values[column.name]}”"
                for column in form.columns
                if column.kind == "locked"
                and _bare(original.get(column.name, "")) != _bare(line.values.get(column.name, ""))
            ]
        rows.append(Row(line, name, original is not None and name not in seen, (*line.faults, *faults)))
        seen.setdefault(name, line.row)
    return rows


def _bare(text: str) -> str:
    return _SPARE.sub("", text)


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if not (cell.hour or cell.minute or cell.second) else cell.isoformat(" ")
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else "\n".join(clean(line) for line in _LINES.split(str(cell))).strip()
