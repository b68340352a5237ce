"""The parts of an official document, found on the sheets of a finished file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Final

from reports.render.check.sheet import MM_PER_PT, Char, Colour, Line, Page, RuledLine
from reports.render.profile import Profile

HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_NUMBER: Final = re.compile(r".*[\d\]\[〔〕﹝﹞（）()［］【】]{6,}第?\d*号$")
NUMBER_RIGHT: Final = re.compile(r"[^\d〔]+〔\d{4}〕([1-9]\d*)?号")
_DATE: Final = re.compile(
    r"[\d〇零○Ｏ一二三四五六七八九十]{4}年[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}日"
)
DATE_RIGHT: Final = re.compile(r"[12]\d{3}年[1-9]\d?月[1-9]\d?日")
PRINTED: Final = re.compile(r"([12]\d{3}年[1-9]\d?月[1-9]\d?日)印发$")
FOLIO: Final = re.compile(r"[—–―─－\-]?(\d+)[—–―─－\-]?")
_LABEL: Final = re.compile(r"附件\d*[：:]?")
HEADINGS: Final = (
    ("first", re.compile(r"[一二三四五六七八九十]+、[^。；]{2,40}")),
    ("second", re.compile(r"（[一二三四五六七八九十]+）[^。；]{2,40}")),
    ("third", re.compile(r"\d+[.．][^。；]{2,40}")),
)
_FIRST_HEADING: Final = re.compile(r"[一二三四五六七八九十]+、")
_SHARE: Final = 4  # lines of notes to one of the text, at most
_TEXT_SIZES: Final = (9.0, 20.0)  # points: what the text of a document may be set in
_FIGURE: Final = 10.0  # points: smaller words that no rule stands over are those of a figure
_ENCLOSURES: Final = re.compile(r"附件[：:]")
_LISTED: Final = 3.0  # characters: a paragraph begins two characters in
PROSE: Final = 100.0  # mm: a line of this width without a wide gap is text and no row of a table
GAP: Final = 1.3  # em


class Paper:
    """The parts of a document, found on its sheets."""

    def __init__(self, sheets: Sequence[Page], profile: Profile, style: str | None) -> None:
        self.sheets, self.profile = sheets, profile
        self.upright = [sheet for sheet in sheets if sheet.upright]
        self.first = sheets[0]
        self.style = style or self._style()

    def _style(self) -> str:
        mark = "".join(line.text for line in self.mark)
        if any(rule.width > 165 for rule in self.red_rules):
            return "信函"
        if "纪要" in mark:
            return "纪要"
        if not mark or self.number is not None or "文件" in mark:
            return "公文"
        high = self.profile["area"]["top"].number + self.profile["mark"]["top"].number / 2
        return "呈阅" if self.mark[0].top < high else "简报"

    @cached_property
    def mark(self) -> list[Line]:
        """The lines of the red 发文机关标志."""
        return [line for line in self.first.lines if is_red(line.chars[0].colour) and line.size > 20]

    @cached_property
    def red_rules(self) -> list[RuledLine]:
        """The wide red rules of the first sheet."""
        return [rule for rule in self.first.rules if is_red(rule.colour) and rule.width > 60]

    @cached_property
    def number(self) -> Line | None:
        """发文字号: the first line under the mark, alone or with 签发人, that has the form of one."""
        above = self.mark[-1].bottom if self.mark else 0.0
        below = self.title[0].top if self.title else self.first.height
        lines = (line for line in self.first.lines if above <= line.top < below)
        found = (part for line in lines for part in parts(line) if _NUMBER.fullmatch(part.text))
        return next(found, None)

    @cached_property
    def signatory(self) -> Line | None:
        """签发人 on the line of the number or above it."""
        pieces = (part for line in self.first.lines[:12] for part in parts(line))
        return next((part for part in pieces if part.text.startswith("签发人")), None)

    @cached_property
    def title(self) -> list[Line]:
        """The lines of the title: the first large ones that are not red."""
        found: list[Line] = []
        for line in self.first.lines:
            if line.size > self.size + 1.5 and not is_red(line.chars[0].colour) and len(line.text) > 1:
                if found and line.top - found[-1].bottom > 12:
                    break
                found.append(line)
        return found

    @cached_property
    def recipients(self) -> Line | None:
        """The line that ends 主送机关, if the title is followed by one."""
        if not self.title:
            return None
        below = [line for line in self.first.lines if line.top > self.title[-1].bottom][:6]
        for place, line in enumerate(below):
            if "。" in line.text or _FIRST_HEADING.match(line.text):
                return None  # the text has begun
            near = line.x0 < self.left(self.first) + 2.6 * self.profile.character
            if near and line.text.endswith(("：", ":")) and not line.text[:-1].endswith("如下"):
                return below[0] if place else line
        return None

    @cached_property
    def size(self) -> float:
        """The size of the text, in points: of lines as wide as the type area, which no cell of a table is.

        Of a letter of a few lines the notes under a table may have more of them: they are smaller.
        """
        low, high = _TEXT_SIZES
        full = self.profile["area"]["width"].number - 2 * self.profile.character
        lines = [
            line for sheet in self.upright for line in sheet.lines
            if low <= line.size <= high and line.x1 - line.x0 > PROSE and line.widest_gap < GAP
            and line not in self.imprint
        ]  # fmt: skip
        lines = [line for line in lines if line.x1 - line.x0 > full] or lines
        counted = Counter(round(line.size * 4) / 4 for line in lines)
        most = max(counted.values(), default=0)
        return max((size for size, count in counted.items() if _SHARE * count >= most), default=16.0)

    def text(self, sheet: Page) -> list[Line]:
        """The lines of a sheet in the size of the text, from top to bottom; no page number, no 版记."""
        edge = self.imprint[0].top if self.imprint and sheet is self.sheets[-1] else sheet.height
        folio = self.folio(sheet)
        return [
            line for line in sheet.lines if abs(line.size - self.size) < 0.4 and line.top < edge and line is not folio
        ]

    def left(self, sheet: Page) -> float:
        """Where the type area of a sheet begins by the profile."""
        return self.profile["area"]["inner"].number if sheet.number % 2 else self.profile.outer

    @cached_property
    def area_bottom(self) -> float:
        """The lower edge of the type area by the profile."""
        return self.profile["area"]["top"].number + self.profile["area"]["height"].number

    def folio(self, sheet: Page) -> Line | None:
        """The page number of an upright sheet."""
        lines = [line for line in sheet.lines if line.top > 0.85 * sheet.height]
        return next((line for line in reversed(lines) if FOLIO.fullmatch(line.text)), None)

    def turned_folio(self, sheet: Page) -> list[Char]:
        """The characters in the left margin of a landscape sheet."""
        margin = self.profile.bottom - 1
        return [
            char for line in sheet.lines for char in line.chars if char.x1 < margin and re.match(r"[—–\d]", char.text)
        ]

    @cached_property
    def imprint(self) -> list[Line]:
        """The lines of 版记 on the last sheet: 抄送 and what follows it, or 印发机关 with its date."""
        folio = self.folio(self.sheets[-1])
        lines = [line for line in self.sheets[-1].lines if line is not folio]
        starts = [
            place for place, line in enumerate(lines)
            if line.text.startswith(("抄送", "分送")) or PRINTED.search(line.text)
        ]  # fmt: skip
        return lines[starts[0] :] if starts else []

    @cached_property
    def imprint_rules(self) -> list[RuledLine]:
        """The rules of 版记: the one next above its first line, and those below; a table may end just above them."""
        if not self.imprint:
            return []
        first = self.imprint[0].top
        top, bottom = first - 9, self.imprint[-1].bottom + 9
        rules = [rule for rule in self.sheets[-1].rules if rule.width > 100 and top < rule.top < bottom]
        rules = [rule for rule in rules if not is_red(rule.colour)]
        return [*[rule for rule in rules if rule.top < first][-1:], *(rule for rule in rules if rule.top >= first)]

    @cached_property
    def dated(self) -> tuple[Page, Line] | None:
        """成文日期: a line of its own behind the text; the last one before the attachments."""
        found = None
        for sheet in self.upright:
            if self.labels and sheet.number >= self.labels[0][0].number:
                break
            for line in self.text(sheet):
                if _DATE.fullmatch(line.text) and line.x0 > 80:
                    found = (sheet, line)
        return found

    @cached_property
    def labels(self) -> list[tuple[Page, Line]]:
        """The lines 附件1 at the head of sheets."""
        found = []
        for sheet in self.sheets[1:]:
            first = next(
                (part for line in sheet.lines[:2] for part in parts(line) if _LABEL.fullmatch(part.text)), None
            )
            if first:
                found.append((sheet, first))
        return found

    @cached_property
    def enclosures(self) -> frozenset[Line]:
        """The lines of 附件说明 (7.3.4): from “附件：” on, all that begin farther in than a paragraph."""
        found: set[Line] = set()
        for sheet in self.upright:
            edge = self.left(sheet) + _LISTED * self.profile.character
            for line in self.text(sheet):
                if _ENCLOSURES.match(line.text) or (found and line.x0 > edge):
                    found.add(line)
                elif found:
                    return frozenset(found)
        return frozenset(found)

    def white(self, sheet: Page) -> float:
        """The highest band without print in the type area, as a share of its height; below the head of the first."""
        head = [line.bottom for line in (*self.mark, *self.title)] if sheet is self.first else []
        area = self.profile["area"]
        if sheet.upright:
            top, bottom = area["top"].number, self.area_bottom
        else:
            top, bottom = area["inner"].number, sheet.height - self.profile.outer
        return sheet.hole(max([top, *head]), bottom) / (bottom - top)

    def goes_on(self, sheet: Page, following: Page) -> bool:
        """Whether what follows a sheet might have stood on it: no new part, no signature, no figure, no 版记 alone."""
        first = following.lines[0] if following.lines else None
        if first is None or not (sheet.upright and following.upright):
            return False
        begins = [label[0] for label in self.labels] + ([self.dated[0]] if self.dated else [])
        drawn = first.size < _FIGURE and not any(rule.top < first.top for rule in following.rules)
        pictured = any(top < first.top for top in following.pictures)
        return not (following in begins or drawn or pictured or first in self.imprint)

    @cached_property
    def full(self) -> list[Page]:
        """Sheets that hold text from top to bottom and nothing else, and whose text goes on."""
        found = []
        for sheet, following in pairwise(self.upright):
            folio = self.folio(sheet)
            own = [line for line in sheet.lines if line is not folio]
            text = self.text(sheet)
            ends = [label[0] for label in self.labels] + ([self.dated[0]] if self.dated else [])
            goes_on = bool(self.text(following)) and following not in ends
            # A heading that may not end a page goes to the next, and leaves this one short.
            moved = goes_on and any(form.fullmatch(self.text(following)[0].text) for _, form in HEADINGS)
            only_text = len(own) == len(text) >= 10 and not sheet.rules
            even = all(line.widest_gap < GAP + 1 and line not in self.enclosures for line in text)
            if sheet is not self.first and only_text and even and goes_on and not moved:
                found.append(sheet)
        return found

    @cached_property
    def pitch(self) -> float | None:
        """The distance of neighbouring baselines of the text, in points."""
        steps = [
            (b.baseline - a.baseline) / MM_PER_PT
            for sheet in self.upright
            for a, b in pairwise(self.text(sheet))
            if b.baseline - a.baseline < 2.6 * self.size * MM_PER_PT
            and a.widest_gap < GAP
            and b.widest_gap < GAP
            and b not in self.enclosures
        ]
        return median(steps) if len(steps) > 2 else None

    @cached_property
    def advance(self) -> float | None:
        """From one Han character of the text to the next, in millimetres, where the line is not spread."""
        steps = sorted(
            b.x0 - a.x0
            for sheet in self.upright
            for line in self.text(sheet)
            if line.widest_gap < GAP
            for a, b in pairwise(line.chars)
            if HAN.match(a.text) and HAN.match(b.text) and abs(a.size - self.size) < 0.4
        )
        return steps[len(steps) // 40] if len(steps) > 20 else None


def parts(line: Line) -> list[Line]:
    """A line cut where its white is wider than two characters: 文号 at the left, 签发人 at the right."""
    parts: list[list[Char]] = [[]]
    for char in line.chars:
        if parts[-1] and char.x0 - parts[-1][-1].x1 > 2 * char.size * MM_PER_PT:
            parts.append([])
        parts[-1].append(char)
    return [Line(tuple(part)) for part in parts]


def is_red(colour: Colour) -> bool:
    """Whether a colour passes for the red of a head."""
    red, green, blue = colour
    return red > 140 and green < 110 and blue < 110
