"""A finished PDF as it lies on the table: characters, lines and rules of each page, in millimetres.

Works on the files of any program. All lengths are measured from the upper left corner of the page as it is shown.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from reports.errors import InputError

MM_PER_PT: Final = 25.4 / 72
_ASCENT: Final = 0.88  # em: where the baseline lies in the square of a Han character, in nearly all fonts
_NAME_BYTES: Final = 128
_DEEPEST: Final = 8  # forms within forms
_THICKEST_RULE: Final = 1.5  # mm
_SHORTEST_RULE: Final = 15.0  # mm
_DOTS_PER_MM: Final = 4  # a rule of 0.1 mm still shows as a grey
_WHITE: Final = 245
_LIGHT: Final = bytes(range(_WHITE, 256))  # what is no ink
_SAME: Final = 0.2  # mm: two heights or ends that are one

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Char:
    """One printed character: the square it stands in, and where its ink begins and ends; ``size`` in points."""

    text: str
    x0: float
    x1: float
    baseline: float
    ink_top: float
    ink_bottom: float
    size: float
    font: str
    colour: Colour

    @property
    def top(self) -> float:
        """Upper edge of the square of a Han character of this size."""
        return self.baseline - _ASCENT * self.size * MM_PER_PT

    @property
    def bottom(self) -> float:
        """Lower edge of that square."""
        return self.baseline + (1 - _ASCENT) * self.size * MM_PER_PT


@dataclass(frozen=True)  # no slots: each clause asks a line for the same again
class Line:
    """Characters on one baseline, from left to right."""

    chars: tuple[Char, ...]

    @cached_property
    def text(self) -> str:
        """The words without white space."""
        return "".join(char.text for char in self.chars)

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.chars[0].x0

    @cached_property
    def x1(self) -> float:
        """Right edge."""
        return max(char.x1 for char in self.chars)

    @cached_property
    def size(self) -> float:
        """The size, in points, of most of its characters."""
        return Counter(round(char.size, 2) for char in self.chars).most_common(1)[0][0]

    @cached_property
    def _main(self) -> Char:
        size = self.size
        return next(char for char in self.chars if abs(char.size - size) < 0.01)

    @property
    def baseline(self) -> float:
        """The baseline of most of its characters."""
        return self._main.baseline

    @property
    def top(self) -> float:
        """Upper edge of its squares."""
        return self._main.top

    @property
    def bottom(self) -> float:
        """Lower edge of its squares."""
        return self._main.bottom

    @cached_property
    def widest_gap(self) -> float:
        """The widest white between two neighbours, in em."""
        gaps = [b.x0 - a.x1 for a, b in pairwise(self.chars)]
        return max(gaps, default=0.0) / (self.size * MM_PER_PT)


@dataclass(frozen=True, slots=True)
class RuledLine:
    """A horizontal rule."""

    x0: float
    x1: float
    top: float
    bottom: float
    colour: Colour

    @property
    def width(self) -> float:
        """Its length."""
        return self.x1 - self.x0


@dataclass(frozen=True, slots=True)
class Page:
    """One page."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    rules: tuple[RuledLine, ...]
    pictures: tuple[float, ...] = ()  # upper edges of the images
    inked: tuple[tuple[float, float], ...] = ()  # bands in which anything is printed, from above

    @property
    def upright(self) -> bool:
        """Whether the page is higher than wide."""
        return self.height >= self.width

    def hole(self, top: float, bottom: float) -> float:
        """The highest band between two heights in which nothing is printed."""
        edges = [top, *(edge for band in self.inked for edge in band if top < edge < bottom), bottom]
        inside = any(begin <= top < end for begin, end in self.inked)
        white = [b - a for place, (a, b) in enumerate(pairwise(edges)) if (place % 2 == 1) == inside]
        return max(white, default=0.0)


def read(data: bytes, source: str) -> list[Page]:
    """All pages of a PDF. Raises :class:`~reports.errors.InputError`, naming *source*, if it cannot be read."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise InputError(
            "文件不是可以读取的 PDF。", where=source, advice="请核对文件；加密的 PDF 请先去掉密码。"
        ) from error
    with document:
        return [_sheet(page, number) for number, page in enumerate(document, 1)]


class _View:
    """From the page's own coordinates, in points from the lower left, to millimetres as shown."""

    def __init__(self, page: Any) -> None:
        self.left, self.bottom, right, top = page.get_mediabox()
        self.turn = page.get_rotation()
        self.width, self.height = right - self.left, top - self.bottom
        if self.turn in {90, 270}:
            self.width, self.height = self.height, self.width

    def point(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self.left, y - self.bottom
        if self.turn == 90:
            x, y = y, self.height - x
        elif self.turn == 180:
            x, y = self.width - x, self.height - y
        elif self.turn == 270:
            x, y = self.width - y, x
        return x * MM_PER_PT, (self.height - y) * MM_PER_PT

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """Left, top, right, bottom as shown."""
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _sheet(page: Any, number: int) -> Page:
    view = _View(page)
    chars = list(_chars(page, view))
    rules = _joined(_rules(page, view))
    return Page(
        number,
        view.width * MM_PER_PT,
        view.height * MM_PER_PT,
        tuple(_lines(chars)),
        tuple(rules),
        _pictures(page, view),
        tuple(_inked(page)),
    )


def _inked(page: Any) -> Iterator[tuple[float, float]]:
    """What is seen of the page, whatever drew it: text, rules, figures, and white shapes that cover others."""
    seen = page.render(scale=_DOTS_PER_MM * MM_PER_PT, grayscale=True)
    rows = bytes(seen.buffer)
    begin = None
    for row in range(seen.height + 1):
        start = row * seen.stride
        printed = row < seen.height and bool(rows[start : start + seen.width].translate(None, _LIGHT))
        if printed and begin is None:
            begin = row
        elif not printed and begin is not None:
            yield begin / _DOTS_PER_MM, row / _DOTS_PER_MM
            begin = None


def _chars(page: Any, view: _View) -> Iterator[Char]:
    text = page.get_textpage()
    known: dict[int, tuple[str, float, Colour]] = {}
    x, y, loose = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
    for index in range(text.count_chars()):
        letter = chr(pdfium.FPDFText_GetUnicode(text, index))
        if letter.isspace() or letter in "\0\ufffe\u200b" or pdfium.FPDFText_IsGenerated(text, index) == 1:
            continue
        written = pdfium.FPDFText_GetTextObject(text, index)
        key = ctypes.cast(written, ctypes.c_void_p).value or 0
        if key not in known:
            known[key] = _type(text, index, written)
        font, size, colour = known[key]
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        pdfium.FPDFText_GetLooseCharBox(text, index, loose)
        x0, _, x1, _ = view.box(loose.left, loose.bottom, loose.right, loose.top)
        _, ink_top, _, ink_bottom = view.box(*text.get_charbox(index))
        _, baseline = view.point(x.value, y.value)
        yield Char(letter, x0, x1, baseline, ink_top, ink_bottom, size, font, colour)


def _type(text: Any, index: int, written: Any) -> tuple[str, float, Colour]:
    """Font, size in points as printed, and colour of the text object that a character belongs to."""
    name, flags = ctypes.create_string_buffer(_NAME_BYTES), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, index, name, _NAME_BYTES, flags)
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, index, matrix)
    size = pdfium.FPDFText_GetFontSize(text, index) * (matrix.b**2 + matrix.d**2) ** 0.5 or 1.0
    return _decoded(name.value), size, _colour(pdfium.FPDFPageObj_GetFillColor, written)


def _decoded(name: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _colour(ask: Any, item: Any) -> Colour:
    parts = [ctypes.c_uint() for _ in range(4)]
    if not ask(item, *parts):
        return (0, 0, 0)
    red, green, blue, _ = (part.value for part in parts)
    return red, green, blue


def _lines(chars: Sequence[Char]) -> Iterator[Line]:
    group: list[Char] = []
    for char in sorted(chars, key=lambda char: (char.baseline, char.x0)):
        if group and char.baseline - group[-1].baseline > 0.2 * char.size * MM_PER_PT:
            yield Line(tuple(sorted(group, key=lambda char: char.x0)))
            group = []
        group.append(char)
    if group:
        yield Line(tuple(sorted(group, key=lambda char: char.x0)))


def _rules(page: Any, view: _View) -> Iterator[RuledLine]:
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=_DEEPEST):
        path = item.raw
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
        if not fill.value and not stroke.value:
            continue  # a clip
        ask = pdfium.FPDFPageObj_GetStrokeColor if stroke.value else pdfium.FPDFPageObj_GetFillColor
        colour = _colour(ask, path)
        boxes = list(_segments(path)) if stroke.value else []
        for box in boxes or [_bounds(path)]:
            left, bottom, right, top = _clipped(path, box)
            x0, y0, x1, y1 = view.box(*_through(item.container, left, bottom), *_through(item.container, right, top))
            if right > left and top > bottom and y1 - y0 <= _THICKEST_RULE:
                yield RuledLine(x0, x1, y0, y1, colour)


def _joined(rules: Iterable[RuledLine]) -> Iterator[RuledLine]:
    """Rules that follow one another on one height, as the borders of cells do, become one."""
    last: RuledLine | None = None
    for rule in sorted(rules, key=lambda rule: (round(rule.top, 1), rule.x0)):
        if last and abs(rule.top - last.top) < _SAME and rule.x0 - last.x1 < _SAME and rule.colour == last.colour:
            last = replace(last, x1=max(last.x1, rule.x1))
            continue
        if last and last.width >= _SHORTEST_RULE:
            yield last
        last = rule
    if last and last.width >= _SHORTEST_RULE:
        yield last


def _pictures(page: Any, view: _View) -> tuple[float, ...]:
    images = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST)
    boxes = ((image.container, _bounds(image.raw)) for image in images)
    return tuple(
        view.box(*_through(form, left, bottom), *_through(form, right, top))[1]
        for form, (left, bottom, right, top) in boxes
    )


def _bounds(path: Any) -> tuple[float, float, float, float]:
    sides = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(path, *sides)
    left, bottom, right, top = (side.value for side in sides)
    return left, bottom, right, top


def _clipped(path: Any, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """What the clips of a path leave of it: some programs draw a rule as a large shape seen through a slit."""
    left, bottom, right, top = box
    clip = pdfium.FPDFPageObj_GetClipPath(path)
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(max(pdfium.FPDFClipPath_CountPaths(clip), 0)):
        points = []
        for place in range(pdfium.FPDFClipPath_CountPathSegments(clip, index)):
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFClipPath_GetPathSegment(clip, index, place), x, y)
            points.append((x.value, y.value))
        if points:
            left, right = max(left, min(p[0] for p in points)), min(right, max(p[0] for p in points))
            bottom, top = max(bottom, min(p[1] for p in points)), min(top, max(p[1] for p in points))
    return left, bottom, right, top


def _segments(path: Any) -> Iterator[tuple[float, float, float, float]]:
    """The horizontal segments of a stroked path, each as the box that its ink fills."""
    width, matrix = ctypes.c_float(), pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetStrokeWidth(path, width)
    pdfium.FPDFPageObj_GetMatrix(path, matrix)
    half = width.value * abs(matrix.d or matrix.b) / 2
    x, y = ctypes.c_float(), ctypes.c_float()
    last: tuple[float, float] | None = None
    for index in range(pdfium.FPDFPath_CountSegments(path)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        drawn = pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_LINETO
        if drawn and last and abs(point[1] - last[1]) < 0.2:
            yield min(point[0], last[0]), point[1] - half, max(point[0], last[0]), point[1] + half
        last = point


def _through(form: Any, x: float, y: float) -> tuple[float, float]:
    """A point of a form's content as a point of the page."""
    while form is not None:
        x, y = form.get_matrix().on_point(x, y)
        form = form.container
    return x, y
