"""Format ``xlsx``: the tables of a bulletin as sheets, for those who go on calculating with them.

A figure becomes a number that shows as it is printed; everything else is text, and stays text: a cell that begins
like a formula is marked as a quotation.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any, Final

import xlsxwriter

from reports.forms import HARMLESS
from reports.render import body, fonts, shape
from reports.render.body import Block, Caption, Paragraph, Table
from reports.render.document import Document
from reports.render.page import Page, iso_date

_CLOCK: Final = datetime(1980, 1, 1)
_FIGURE: Final = re.compile(r"([+\-−]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?([%％]?)")
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
_MOST_DIGITS: Final = 15  # a spreadsheet keeps no more
_LONGEST_NAME: Final = 31  # characters of a sheet's name
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]")
_WIDEST: Final = 30.0  # Han characters of a column
_POINTS: Final = 12
_UNITS: Final = 2.3  # of a column's width, for a Han character of that size
_MARGIN: Final = 1.5  # units beside the text of a cell
_LINE: Final = 18.0  # points
_ROW: Final = 4.0  # points above and below the lines of a cell
_UPRIGHT: Final = 95.0  # units: a wider table lies on its side
_SCALE: Final = 75  # per cent, of a wide sheet in print
_A3: Final = 200.0  # units that a sheet of A3 on its side holds at that scale, by the program that takes most room
_LED_BY: Final = re.compile(r"([^：；。，]{4,40})：")


def render(document: Document, *, assets: Mapping[str, bytes], page: Page) -> bytes:
    """The bytes of an XLSX with one sheet for each table; one that says so where there is none."""
    tables = list(_tables(body.convert(document, assets, page.measure)))
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, HARMLESS)
    front = document.front
    dated = iso_date(front.dated)
    created = datetime.fromisoformat(dated) if dated else _CLOCK
    book.set_properties({"title": front.title, "author": "、".join(front.issuers), "created": created})
    styles = _Styles(book, page)
    if not tables:
        book.add_worksheet("说明").write_string(0, 0, f"“{document.front.title}”没有表格。", styles.note())
    names: set[str] = set()
    for called, title, table, notes in tables:
        name = _sheet_name(called, names)
        names.add(name.casefold())
        _write(book.add_worksheet(name), title, table, notes, styles)
    book.close()
    return out.getvalue()


def _tables(content: body.Body) -> Iterator[tuple[str, str, Table, list[str]]]:
    """Every table with the name of its sheet, its title and the notes beside it.

    It is named by its caption, or by the attachment it stands in; of several in one attachment each has the name that
    the line above it begins with, which is that of a court or an indicator.
    """
    count = 0
    groups: list[tuple[str, str, Sequence[Block]]] = [("", "", content.blocks)]
    groups += [(item.label, item.title, item.blocks) for item in content.attachments]
    for label, title, blocks in groups:
        several = sum(isinstance(block, Table) for block in blocks) > 1
        for place, block in enumerate(blocks):
            if not isinstance(block, Table):
                continue
            count += 1
            before = blocks[place - 1] if place else None
            leads = several and isinstance(before, Paragraph) and not before.note
            told = _LED_BY.match(body.plain(before.text)) if leads and isinstance(before, Paragraph) else None
            if isinstance(before, Caption):
                name = whole = body.plain(before.text)
            elif told:
                name, whole = f"{label} {told[1]}", f"{label} {title}：{told[1]}"
            else:
                name = whole = f"{label} {title}".strip() or f"表{count}"
            beside = [*blocks[max(place - 1, 0) : place], *blocks[place + 1 :]]
            notes = [body.plain(item.text) for item in _leading_notes(beside)]
            yield name, whole, block, notes


def _leading_notes(blocks: Sequence[Block]) -> Iterator[Paragraph]:
    for block in blocks:
        if isinstance(block, Paragraph) and block.note:
            yield block
        elif not isinstance(block, Caption):
            return


class _Styles:
    """One cell format for each alignment and number form, in the fonts of the profile."""

    def __init__(self, book: Any, page: Page) -> None:
        self.book = book
        self.text_font = fonts.PREFERENCES[fonts.ALIASES[page.profile["grid"]["font"].text]][0]
        self.head_font = fonts.PREFERENCES[fonts.ALIASES[page.profile["table"]["font"].text]][0]
        self.made: dict[tuple[Any, ...], Any] = {}

    def cell(self, align: str, form: str = "", *, quoted: bool = False) -> Any:
        looks = {"num_format": form or "@", "text_wrap": not form, "quote_prefix": quoted}
        return self._format(font_name=self.text_font, align=align, border=1, **looks)

    def head(self) -> Any:
        return self._format(font_name=self.head_font, align="center", border=1, text_wrap=True)

    def title(self) -> Any:
        return self._format(font_name=self.head_font, align="left", text_wrap=True)

    def heading(self) -> Any:
        """A title that runs on over the cells beside it."""
        return self._format(font_name=self.head_font, align="left")

    def aside(self) -> Any:
        """A note that does."""
        return self._format(font_name=self.text_font, align="left")

    def note(self) -> Any:
        return self._format(font_name=self.text_font, align="left", text_wrap=True)

    def _format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format({"font_size": _POINTS, "valign": "vcenter", **properties})
        return self.made[key]


def _write(sheet: Any, title: str, table: Table, notes: Sequence[str], styles: _Styles) -> None:
    """Title, head and rows; the head stays in sight and is printed whole on every page."""
    rows = [[body.plain(cell) for cell in row] for row in table.rows]
    heads = ["".join(lines) for lines in table.head]
    rooms = []
    for column, name in enumerate(heads):
        longest = max(ceil(shape.width(name) / 2), *(shape.width(row[column]) for row in rows))
        rooms.append(min(longest, _WIDEST))
        sheet.set_column(column, column, _units(rooms[-1]))
    _across(sheet, 0, title, rooms, styles.title())
    _row(sheet, 1, heads, rooms)
    for column, name in enumerate(heads):
        sheet.write_string(1, column, name, styles.head())
    for number, row in enumerate(rows, 2):
        _row(sheet, number, row, rooms)
        for column, (text, align) in enumerate(zip(row, table.aligns, strict=True)):
            value = _value(text)
            if value is None:
                quoted = text.startswith(_RISKY)
                sheet.write_string(number, column, text, styles.cell(align, quoted=quoted))
            else:
                sheet.write_number(number, column, value[0], styles.cell(align, value[1]))
    for number, note in enumerate(notes, len(rows) + 2):
        _across(sheet, number, note, rooms, styles.note())
    sheet.freeze_panes(2, 1)
    sheet.repeat_rows(1)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    if sum(map(_units, rooms)) > _UPRIGHT:
        sheet.set_landscape()


def _units(room: float) -> float:
    """The width of a column that holds so many Han characters."""
    return _UNITS * room + _MARGIN


def _row(sheet: Any, number: int, cells: Sequence[str], rooms: Sequence[float]) -> None:
    """A row as high as its cells need: the programs that print it do not all find that out themselves."""
    lines = max(ceil(shape.width(cell) / max(room, 1.0)) for cell, room in zip(cells, rooms, strict=True))
    sheet.set_row(number, max(lines, 1) * _LINE + _ROW)


def _across(sheet: Any, number: int, text: str, rooms: Sequence[float], style: Any) -> None:
    """A title or a note over all columns, in as many lines as it needs."""
    _row(sheet, number, [text], [sum(rooms)])
    if len(rooms) > 1:
        sheet.merge_range(number, 0, number, len(rooms) - 1, "", style)
    sheet.write_string(number, 0, text, style)


def sheet(
    name: str,
    title: str,
    groups: Sequence[tuple[str, Sequence[str]]],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str],
    page: Page,
    first: Sequence[str] = ("代码", "单位"),
) -> bytes:
    """The bytes of an XLSX with one wide sheet: heads of two lines, ``groups`` over their columns, stay in sight.

    Each row begins with the ``first`` columns, which no group has; all cells are as printed. Nothing is coloured.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, HARMLESS)
    book.set_properties({"title": title, "created": _CLOCK})
    styles = _Styles(book, page)
    table = book.add_worksheet(_sheet_name(name, set()))
    leading = len(first)
    table.write_string(0, 0, title, styles.heading())
    widths: list[float] = []
    for column, head in enumerate(first):
        table.merge_range(1, column, 2, column, head, styles.head())
        longest = max([shape.width(head), *(shape.width(row[column]) for row in rows)])
        widths.append(_units(min(longest, _WIDEST)))
        table.set_column(column, column, widths[-1])
    column, breaks, used = leading, [], sum(widths)
    for group, heads in groups:
        if len(heads) > 1:
            table.merge_range(1, column, 1, column + len(heads) - 1, group, styles.head())
        else:
            table.write_string(1, column, group, styles.head())
        least, begins, own = shape.width(group) / len(heads), column, 0.0
        for head in heads:
            table.write_string(2, column, head, styles.head())
            longest = max([shape.width(head), least, *(shape.width(row[column]) for row in rows)])
            own += _units(min(longest, _WIDEST))
            table.set_column(column, column, _units(min(longest, _WIDEST)))
            column += 1
        if used + own > _A3 and begins > leading:  # the columns of an indicator are printed on one page
            breaks.append(begins)
            used = sum(widths)
        used += own
    for number, row in enumerate(rows, _HEAD_ROWS):
        for place, text in enumerate(row):
            value = _value(text) if place >= leading else None
            if value is None:
                align = "left" if place < leading else "center"
                table.write_string(number, place, text, styles.cell(align, quoted=text.startswith(_RISKY)))
            else:
                table.write_number(number, place, value[0], styles.cell("right", value[1]))
    for number, note in enumerate(notes, len(rows) + _HEAD_ROWS):
        table.write_string(number, 0, note, styles.aside())
    table.freeze_panes(_HEAD_ROWS, leading)
    table.repeat_rows(1, 2)
    table.repeat_columns(0, leading - 1)
    table.set_v_pagebreaks(breaks)
    table.set_print_scale(_SCALE)
    table.set_margins(left=0.4, right=0.4)
    table.set_paper(8)  # A3
    table.set_landscape()
    book.close()
    return out.getvalue()


_HEAD_ROWS: Final = 3  # title, groups, columns


def _value(text: str) -> tuple[float, str] | None:
    """A printed figure as a number and the form that prints it so; ``None`` for what is no figure.

    ``1,234`` → 1234 shown with its comma, ``79.15%`` → 0.7915 shown as 79.15%. Numbers that begin with a zero and
    those longer than a spreadsheet can hold are codes.
    """
    match = _FIGURE.fullmatch(text)
    if not match:
        return None
    sign, whole, fraction, unit = match[1], match[2], match[3] or "", match[4]
    digits = whole.replace(",", "")
    if (len(digits) > 1 and digits.startswith("0")) or len(digits + fraction) > _MOST_DIGITS:
        return None
    number = Decimal(digits + fraction) / (100 if unit else 1) * (-1 if sign in {"-", "−"} else 1)
    form = "#,##0" if "," in whole else "0"
    if fraction:
        form += "." + "0" * (len(fraction) - 1)
    form += "%" if unit else ""
    return float(number), f"+{form};-{form}" if sign == "+" else form


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that a spreadsheet accepts, and that no other sheet of the file has."""
    plain = _FORBIDDEN.sub(" ", re.sub(r"\s+", " ", title)).strip(" '") or "表"
    if len(plain) > _LONGEST_NAME:  # a bracket cut in half says nothing
        plain = plain.partition("（")[0].strip() or plain
    name, number = plain[:_LONGEST_NAME], 2
    while name.casefold() in taken:
        end = f"（{number}）"
        name, number = plain[: _LONGEST_NAME - len(end)] + end, number + 1
    return name
