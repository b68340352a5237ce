"""Where each layout value is looked at on the sheets, and what is found there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from reports.render.check.paper import (
    DATE_RIGHT,
    FOLIO,
    GAP,
    HAN,
    HEADINGS,
    NUMBER_RIGHT,
    PRINTED,
    PROSE,
    Paper,
)
from reports.render.check.sheet import MM_PER_PT, Colour, Line, Page
from reports.render.profile import Value


@dataclass(frozen=True, slots=True)
class Met:
    """One place where a value was looked at: the page, what was found, and whether it is right."""

    page: int
    found: float | str
    right: bool | None = None  # None: compare the number with the profile


Look = tuple[str, str, Iterable[Met], str]


def looks(paper: Paper) -> Iterator[Look]:
    """Table and key of each value that applies to the document, what was found, and why where nothing was."""
    yield from _page(paper)
    if paper.style == "信函":
        yield from _letter(paper)
    else:
        yield from _head(paper)
    yield from _main(paper)
    yield from _attachments(paper)
    if paper.style == "公文" or paper.imprint:
        yield from _imprint(paper)
    yield from _folios(paper)


def _page(paper: Paper) -> Iterator[Look]:
    sheets = paper.sheets
    yield "paper", "width", [Met(s.number, min(s.width, s.height)) for s in sheets], ""
    yield "paper", "height", [Met(s.number, max(s.width, s.height)) for s in sheets], ""
    begun = [(s, paper.text(s)) for s in paper.upright if s is not paper.first]
    tops = [
        Met(s.number, text[0].top)
        for s, text in begun
        if text and text[0] is s.lines[0] and not any(top < text[0].top for top in s.pictures)
    ]
    if _LABELLED.match(paper.first.lines[0].text if paper.first.lines else ""):
        tops.append(Met(1, paper.first.lines[0].top))
    yield "area", "top", tops, "没有从版心上边缘开始排的文字"
    prose = [(s, lines) for s in paper.upright if len(lines := _prose(paper, s)) >= 3]
    # A mark at the end of a line may be set narrower than its square: lines that end with a letter tell the edge. Where
    # every whole line begins a paragraph, the short ones under them tell the other.
    edges = [
        (s, min(line.x0 for line in (*lines, *_under(paper, s, lines))), max(line.x1 for line in ended))
        for s, lines in prose
        if (ended := [line for line in lines if line.chars[-1].text.isalnum()])
        and not _indented(paper, s, (*lines, *_under(paper, s, lines)))
    ]
    few = "整行文字太少"
    binding = [Met(s.number, left if s.number % 2 else s.width - right) for s, left, right in edges]
    yield "area", "inner", binding, few
    yield "area", "width", [Met(s.number, right - left) for s, left, right in edges], few
    heights = [Met(s.number, t[-1].bottom - t[0].top) for s in paper.full if (t := paper.text(s))]
    yield "area", "height", _best(heights, paper.profile["area"]["height"]), "没有排满文字的页"
    most = paper.profile["area"]["white"]
    shares = [(a.number, 100 * paper.white(a)) for a, b in pairwise(paper.sheets) if paper.goes_on(a, b)]
    white = _best([Met(number, share, share <= most.number) for number, share in shares], most)
    yield "area", "white", white, "没有正文接着下一面的页"
    text = [(s, line) for s in paper.upright for line in _prose(paper, s)]
    yield "grid", "font", _fonts(text, paper.profile["grid"]["font"], most=True), "没有整行的正文"
    yield "grid", "size", [Met(1, paper.size)] if text else [], "没有整行的正文"
    wanted = paper.profile["grid"]["colour"]
    dark = [Met(s.number, _hex(line.chars[0].colour), _alike(line.chars[0].colour, wanted)) for s, line in text]
    yield "grid", "colour", dark, "没有整行的正文"
    yield from _grid(paper)


def _grid(paper: Paper) -> Iterator[Look]:
    lines, pitch = paper.profile["grid"]["lines"], paper.pitch
    counts = [Met(sheet.number, float(len(paper.text(sheet)))) for sheet in paper.full]
    if not counts and pitch:
        room = paper.profile["area"]["height"].number / MM_PER_PT - paper.size
        counts = [Met(1, float(int(room / pitch + 1.01)))]
    # A heading that may not end a page leaves a line free: the fullest page tells.
    yield "grid", "lines", _best(counts, lines), "相邻的正文行太少"
    yield "grid", "pitch", [Met(1, pitch)] if pitch else [], "相邻的正文行太少"
    characters = (
        [Met(1, float(int(paper.profile["area"]["width"].number / paper.advance + 0.12)))] if paper.advance else []
    )
    yield "grid", "characters", characters, "整行文字太少"


def _best(looked: Sequence[Met], value: Value) -> list[Met]:
    """Of places where less than the value may be right, the fullest; but every one that has too much."""
    over = [met for met in looked if float(met.found) > value.number + (value.within or 0)]
    return over or ([max(looked, key=lambda met: float(met.found))] if looked else [])


def _prose(paper: Paper, sheet: Page) -> list[Line]:
    lines = (line for line in paper.text(sheet) if line.x1 - line.x0 > PROSE and line.widest_gap < GAP)
    return [line for line in lines if line not in paper.enclosures]


def _indented(paper: Paper, sheet: Page, lines: Sequence[Line]) -> bool:
    """Whether each line begins a paragraph: then none says where the type area begins."""
    starts = [(line.x0 - paper.left(sheet)) / paper.profile.character for line in lines]
    return all(abs(start - _INDENT) < 0.1 for start in starts)


_INDENT: Final = 2  # characters, of a paragraph's first line


def _under(paper: Paper, sheet: Page, lines: Sequence[Line]) -> list[Line]:
    return [below for above, below in pairwise(paper.text(sheet)) if above in lines]


_LABELLED: Final = re.compile(r"\d{6}|绝密|机密|秘密|特急|加急|特提|平急")


def _head(paper: Paper) -> Iterator[Look]:
    profile, first = paper.profile, paper.first
    area_top, middle = (
        profile["area"]["top"].number,
        first.width / 2 + (profile["area"]["inner"].number - profile.outer) / 2,
    )
    mark, number = paper.mark, paper.number
    table = {"纪要": "minutes", "呈阅": "presented"}.get(paper.style, "mark")
    none = "没有红色的发文机关标志（可能套印）"
    top = [Met(1, min(char.ink_top for char in mark[0].chars) - area_top)] if mark else []
    yield table, "top" if table == "mark" else "mark_top", top, none
    yield "mark", "font", _fonts([(first, line) for line in mark], profile["mark"]["font"]), none
    yield "mark", "colour", [Met(1, _hex(line.chars[0].colour), True) for line in mark], none
    labels = [line for line in first.lines[:4] if _LABELLED.match(line.text)]
    for line in labels:
        key = "copy_font" if line.text[0].isdigit() else "font"
        if key == "font":
            yield "labels", key, _fonts([(first, line)], profile["labels"][key]), ""
    if paper.style == "公文":
        missing = "没有发文字号"
        signed = paper.signatory
        yield (
            "number",
            "form",
            [Met(1, number.text, bool(NUMBER_RIGHT.fullmatch(number.text)))] if number else [],
            missing,
        )
        if number and signed:
            inset = (number.x0 - paper.left(first)) / profile.character
            yield "number", "inset", [Met(1, inset)], ""
            right = (paper.left(first) + profile["area"]["width"].number - signed.x1) / profile.character
            yield "signatory", "inset", [Met(1, right)], ""
            name = Line(
                tuple(char for char in signed.chars if char.x0 > signed.chars[min(3, len(signed.chars) - 1)].x1)
            )
            yield "signatory", "font", _fonts([(first, name)] if name.chars else [], profile["signatory"]["font"]), ""
        elif number:
            off = (number.x0 + number.x1) / 2 - middle
            yield "number", "place", [Met(1, "居中" if abs(off) < 1 else f"偏离中线{off:.1f}mm", abs(off) < 1)], ""
        if number and mark and not signed:
            pitch = (paper.pitch or profile["grid"]["pitch"].number) * MM_PER_PT
            white = number.top - max(char.ink_bottom for char in mark[-1].chars)
            yield "number", "above", [Met(1, white / pitch)], none
        rules = [rule for rule in paper.red_rules if number and rule.top > number.bottom - 1]
        gap = [Met(1, rules[0].top - number.bottom)] if rules and number else []
        yield "rule", "below_number", gap, "没有红线或发文字号（可能套印）"
    rules = paper.red_rules
    yield "rule", "width", [Met(1, rule.width) for rule in rules], "没有红线（可能套印）"
    yield "rule", "thickness", [Met(1, rule.bottom - rule.top) for rule in rules], "没有红线（可能套印）"


def _letter(paper: Paper) -> Iterator[Look]:
    profile, first, mark = paper.profile, paper.first, paper.mark
    none = "没有红色的发文机关标志（可能套印）"
    rules = [rule for rule in paper.red_rules if rule.width > 160]
    upper = [rule for rule in rules if rule.top < first.height / 2]
    lower = [rule for rule in rules if rule.top > first.height / 2]
    yield "letter", "mark_top", [Met(1, min(char.ink_top for char in mark[0].chars))] if mark else [], none
    yield "mark", "font", _fonts([(first, line) for line in mark], profile["mark"]["font"]), none
    below = max((char.ink_bottom for line in mark for char in line.chars), default=0.0)
    yield "letter", "rule_below_mark", [Met(1, upper[0].top - below)] if upper and mark else [], none
    yield "letter", "rule_from_foot", [Met(1, first.height - lower[-1].bottom)] if lower else [], "没有末条双线"
    yield "letter", "rule_width", [Met(1, rule.width) for rule in rules], "没有双线"
    folio = paper.folio(first)
    yield "letter", "folio", [Met(1, folio.text if folio else "没有页码", folio is None)], ""
    if paper.number:
        right = bool(NUMBER_RIGHT.fullmatch(paper.number.text))
        yield "number", "form", [Met(1, paper.number.text, right)], ""


def _main(paper: Paper) -> Iterator[Look]:
    profile, first, title = paper.profile, paper.first, paper.title
    none = "没有认出标题"
    pitch = (paper.pitch or profile["grid"]["pitch"].number) * MM_PER_PT
    yield "title", "font", _fonts([(first, line) for line in title], profile["title"]["font"]), none
    yield "title", "size", [Met(1, line.size) for line in title], none
    middle = first.width / 2 + (profile["area"]["inner"].number - profile.outer) / 2
    off = max(((line.x0 + line.x1) / 2 - middle for line in title), key=abs, default=0.0)
    place = [Met(1, "居中" if abs(off) < 1.5 else f"偏离中线{off:.1f}mm", abs(off) < 1.5)] if title else []
    yield "title", "place", place, none
    rule = next((rule for rule in reversed(paper.red_rules) if title and rule.bottom < title[0].top), None)
    if paper.style == "公文":
        above = [Met(1, (title[0].top - rule.bottom) / pitch)] if rule else []
        yield "title", "above", above, "没有标题或红线"
    if to := paper.recipients:
        yield "recipients", "above", [Met(1, (to.top - title[-1].bottom) / pitch - _SLACK)], ""
        flush = to.x0 - paper.left(first)
        words = "居左顶格" if abs(flush) < 1 else f"离版心左边缘{flush:.1f}mm"
        full_width = not any(line.text.endswith(":") for line in first.lines)
        yield (
            "recipients",
            "place",
            [Met(1, words if full_width else "末尾不是全角冒号", abs(flush) < 1 and full_width)],
            "",
        )
    below = title[-1].bottom if title else 0.0
    shown = any(line.top > below and line.widest_gap < GAP and HAN.search(line.text) and line is not paper.recipients
                for line in paper.text(first))  # fmt: skip
    yield "heading", "first_page", [Met(1, "有正文" if shown else "没有正文", shown)], ""
    yield from _headings(paper)
    yield from _signature(paper)


_SLACK: Final = 0.25  # a line of the grid holds its characters in its middle: half the leading lies above the square


_DEEPEST_INDENT: Final = 4.0  # characters: what begins farther in is no paragraph


def _headings(paper: Paper) -> Iterator[Look]:
    found: dict[str, list[tuple[Page, Line]]] = {level: [] for level, _ in HEADINGS}
    feet, indents = [], []
    for sheet in paper.upright:
        lines = [line for line in sheet.lines if line is not paper.folio(sheet)]
        for line in paper.text(sheet):
            indent = (line.x0 - paper.left(sheet)) / paper.profile.character
            if line.widest_gap > GAP or indent > _DEEPEST_INDENT:
                continue
            level = next((level for level, form in HEADINGS if form.fullmatch(line.text)), None)
            alone = line.x1 < paper.left(sheet) + paper.profile["area"]["width"].number - 4
            if (line.x1 - line.x0 > PROSE and indent > 0.5) or (level and alone):
                indents.append(Met(sheet.number, indent))
            if level and alone:
                found[level].append((sheet, line))
                last = line is lines[-1]
                feet.append(Met(sheet.number, f"“{line.text[:12]}”在页末" if last else "不在页末", not last))
    for level, headings in found.items():
        if headings:
            yield "heading", level, _fonts(headings, paper.profile["heading"][level]), ""
    yield "grid", "indent", indents, "没有缩进的段落"
    yield "heading", "foot", feet, "没有单独成行的层次标题"


def _signature(paper: Paper) -> Iterator[Look]:
    if paper.style in ("简报", "呈阅"):
        return  # issuer and date stand in the head
    profile = paper.profile
    if paper.dated is None:
        yield "signature", "date", [], "没有单独成行的成文日期"
        return
    sheet, line = paper.dated
    yield "signature", "date", [Met(sheet.number, line.text, bool(DATE_RIGHT.fullmatch(line.text)))], ""
    text = paper.text(sheet)
    place = text.index(line)
    alone = not any(other.x1 - other.x0 > PROSE or other.x0 < 60 for other in text[:place])
    yield "signature", "company", [Met(sheet.number, "另页单独成页" if alone else "与正文同页", not alone)], ""
    edge = paper.left(sheet) + profile["area"]["width"].number
    free = (edge - line.x1) / profile.character
    issuer = text[place - 1] if place and text[place - 1].x0 > 60 else None
    centred = issuer is not None and abs((issuer.x0 + issuer.x1) - (line.x0 + line.x1)) < 3
    if issuer is None or centred:
        wide = issuer is not None and issuer.x1 - issuer.x0 > line.x1 - line.x0 + 2 * 4 * profile.character
        # A wide issuer centred over its date pushes the date farther in than four characters.
        yield "signature", "sealed_right", [Met(sheet.number, free, True if wide and free >= 4 else None)], ""
    else:
        outer = (edge - max(line.x1, issuer.x1)) / profile.character
        yield "signature", "unsealed_right", [Met(sheet.number, outer)], ""


def _attachments(paper: Paper) -> Iterator[Look]:
    if not paper.labels:
        return
    profile = paper.profile
    yield "attachment", "font", _fonts(paper.labels, profile["attachment"]["font"]), ""
    lines = []
    for sheet, label in paper.labels:
        if title := next(
            (line for line in sheet.lines if line.top > label.bottom and line.size > paper.size + 3), None
        ):
            pitch = (paper.pitch or profile["grid"]["pitch"].number) * MM_PER_PT
            lines.append(Met(sheet.number, (title.baseline - label.baseline) / pitch + 1))
    yield "attachment", "title_line", lines, "没有认出附件标题"
    listed = [line for sheet in paper.upright for line in paper.text(sheet) if re.match(r"附件[：:]", line.text)]
    if listed:
        yield "attachment", "page", [Met(sheet.number, "另面编排", True) for sheet, _ in paper.labels], ""


def _imprint(paper: Paper) -> Iterator[Look]:
    profile, last, lines, rules = paper.profile, paper.sheets[-1], paper.imprint, paper.imprint_rules
    if not lines:
        if paper.style == "公文":
            yield "imprint", "page", [Met(last.number, "最后一面没有版记", False)], ""
        return
    if paper.style != "信函":
        even = last.number % 2 == 0
        yield "imprint", "page", [Met(last.number, f"第{last.number}面" + ("" if even else "，是单页"), even)], ""
        none = "版记没有与版心等宽的分隔线"
        ends = [Met(last.number, rule.bottom - rule.top) for rule in (rules[0], rules[-1])] if len(rules) > 1 else []
        yield "imprint", "outer_rule", ends, none
        if len(rules) > 2:
            yield "imprint", "inner_rule", [Met(last.number, rule.bottom - rule.top) for rule in rules[1:-1]], none
        yield "imprint", "bottom", [Met(last.number, rules[-1].bottom - paper.area_bottom)] if rules else [], none
    found = [(last, line) for line in lines]
    yield "imprint", "font", _fonts(found, profile["imprint"]["font"]), ""
    yield "imprint", "size", [Met(last.number, line.size) for line in lines], ""
    edge = paper.left(last)
    em = profile["imprint"]["size"].number * MM_PER_PT
    insets = [Met(last.number, (lines[0].x0 - edge) / em)]
    copies = [line for line in lines if line.text.startswith(("抄送", "分送"))]
    printed = next((line for line in lines if PRINTED.search(line.text) or line.text.endswith("印发")), None)
    if printed:
        insets.append(Met(last.number, (edge + profile["area"]["width"].number - printed.x1) / em))
        yield "imprint", "printed", [Met(last.number, printed.text[-13:], bool(PRINTED.search(printed.text)))], ""
    yield "imprint", "inset", insets, ""
    if copies:
        whole = "".join(line.text for line in lines if line is not printed)
        right = whole.startswith("抄送：") and whole.endswith("。")
        yield "imprint", "copies", [Met(last.number, f"{whole[:4]}……{whole[-2:]}", right)], ""


def _folios(paper: Paper) -> Iterator[Look]:
    profile = paper.profile
    unnumbered = {1} if paper.style == "信函" else set()
    blank = [sheet.number for sheet in paper.sheets if not sheet.lines]
    alone = paper.imprint and len(paper.imprint) == len(paper.sheets[-1].lines)
    if blank or alone:
        # 7.5: a blank page before the page of 版记, and that page, bear no number.
        unnumbered |= {*blank, paper.sheets[-1].number}
    found = [(sheet, paper.folio(sheet)) for sheet in paper.upright if sheet.number not in unnumbered]
    lines = [(sheet, line) for sheet, line in found if line]
    form, side, below, inset = [], [], [], []
    for sheet, line in found:
        if line is None:
            form.append(Met(sheet.number, "没有页码", False))
            continue
        match = FOLIO.fullmatch(line.text)
        dashed = bool(re.fullmatch(r"[—―─]\d+[—―─]", line.text))
        numbered = bool(match and int(match[1]) == sheet.number)
        form.append(Met(sheet.number, line.text, dashed and numbered))
        centre, odd = (line.x0 + line.x1) / 2, sheet.number % 2 == 1
        where = "居右" if centre > 0.6 * sheet.width else "居左" if centre < 0.4 * sheet.width else "居中"
        side.append(Met(sheet.number, f"第{sheet.number}面{where}", where == ("居右" if odd else "居左")))
        em = line.size * MM_PER_PT
        edge = paper.left(sheet) + profile["area"]["width"].number
        if where != "居中":
            inset.append(Met(sheet.number, ((edge - line.x1) if odd else (line.x0 - paper.left(sheet))) / em))
        if dash := next((char for char in line.chars if char.text in "—―─"), None):
            below.append(Met(sheet.number, (dash.ink_top + dash.ink_bottom) / 2 - paper.area_bottom))
    none = "没有页码"
    yield "folio", "form", form, none
    yield "folio", "side", side, none
    yield "folio", "size", [Met(sheet.number, line.size) for sheet, line in lines], none
    yield "folio", "font", _fonts(lines, profile["folio"]["font"], han=False), none
    yield "folio", "below", below, "页码没有一字线"
    yield "folio", "inset", inset, none
    wide = [sheet for sheet in paper.sheets if not sheet.upright]
    if wide:
        turned = []
        for sheet in wide:
            text = "".join(sorted(char.text for char in paper.turned_folio(sheet)))
            right = str(sheet.number) in "".join(re.findall(r"\d", text)) or set(str(sheet.number)) <= set(text)
            turned.append(Met(sheet.number, "在版面左侧" if right else "不在版面左侧", bool(text) and right))
        yield "wide", "folio", turned, ""


_FONT_NAMES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("仿宋", re.compile(r"仿宋|fangsong|fandolfang|fzfs|stfang|zhuque")),
    ("小标宋", re.compile(r"小标宋|xiaobiaosong|fzxbs|fandolsongbold|(notoserifcjk|sourcehanserif|notoserifsc).*bold")),
    ("楷体", re.compile(r"楷|kai|fzkt")),
    ("黑体", re.compile(r"黑|hei|notosans(cjk|sc|hans)|sourcehansans|fzht")),
    ("宋体", re.compile(r"宋|song|simsun|notoserif(cjk|sc)|sourcehanserif|fzss|uming")),
)


def font_style(name: str) -> str | None:
    """仿宋, 楷体, 黑体, 小标宋 or 宋体 by the name of an embedded font; ``None`` for a name that does not tell."""
    plain = re.sub(r"^[A-Z]{6}\+|[\s_\-]", "", name).casefold()
    return next((style for style, form in _FONT_NAMES if form.search(plain)), None)


def _fonts(lines: Iterable[tuple[Page, Line]], value: Value, *, most: bool = False, han: bool = True) -> list[Met]:
    """The style of each line, by the font of most of its characters; with *most* only that of most lines."""
    seen = []
    for sheet, line in lines:
        chars = [char.font for char in line.chars if not han or HAN.match(char.text)]
        if chars:
            name = Counter(chars).most_common(1)[0][0]
            seen.append((sheet.number, name, font_style(name)))
    if most and seen:
        common = Counter(style for _, _, style in seen).most_common(1)[0][0]
        seen = [item for item in seen if item[2] == common][:1]
    known = [item for item in seen if item[2]]
    return [
        Met(page, f"{style}（{re.sub(r'^[A-Z]{6}[+]', '', name)}）", style == value.value)
        for page, name, style in known
    ]


def _alike(colour: Colour, value: Value) -> bool:
    wanted = bytes.fromhex(value.text.lstrip("#"))
    return all(abs(part - other) < 80 for part, other in zip(colour, wanted, strict=True))


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)
