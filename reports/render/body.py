"""Markdown of the body → blocks, which every format writes in its own way.

Only the constructions of official documents are understood; raw HTML stays text, a figure must be
one of the bulletin's own, and nothing that was written is lost on paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from math import ceil
from typing import Final, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode

from reports.errors import ConfigError, VerificationError
from reports.render import shape
from reports.render.document import Document

_ATTACHMENT: Final = re.compile(r"^附件\s*(\d*)\s*[：:]?\s*(.*?)\s*(\{横排\})?$")
_TABLE_CAPTION: Final = re.compile(r"^(续)?表\s*[0-9一二三四五六七八九十]+[\s：:]")
_FIGURE_CAPTION: Final = re.compile(r"^图\s*[0-9一二三四五六七八九十]+[\s：:]")
_ATTENDANCE: Final = re.compile(r"^(出席|请假|列席|主持|主持人|参加人员|记录)[：:]\s*")
_SIGNS: Final = re.compile(r"(?<=[0-9A-Za-z])\*+(?=[0-9A-Za-z])")
_LEADING: Final = 1.45  # of table text, and the padding of a row with its rule in points, as page.css has them
_ROW_PADDING: Final = 4.5
_ALIGN: Final = {"text-align:right": "right", "text-align:center": "center", "text-align:left": "left"}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one type: the paragraph's own, 黑体 (``strong``) or 楷体 (``em``); or a line end."""

    text: str
    type: Literal["", "strong", "em", "break"] = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A figure of the bulletin by its name among the assets, and what it shows in words."""

    name: str
    alt: str


Text = tuple[Run | Image, ...]
Lines = tuple[int, int]  # of the body, from 0: the first of a block, and the one after its last
_NOWHERE: Final = (0, 0)


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 2 is “一、”, 3 “（一）”, 4 “1.” (7.3.3)."""

    level: int
    text: Text
    lines: Lines = field(default=_NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the text; ``note`` in small type under a table; an empty one is a blank line."""

    text: Text
    note: bool = False
    lines: Lines = field(default=_NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Attendance:
    """出席, 请假 or 列席 of minutes: the label in 黑体, turn-over lines aligned behind its colon (10.3)."""

    label: str
    text: Text
    lines: Lines = field(default=_NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Caption:
    """The name of a table or figure; ``above`` it or below."""

    text: Text
    above: bool
    lines: Lines = field(default=_NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """Figures in the middle of the page."""

    images: tuple[Image, ...]
    lines: Lines = field(default=_NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: type size and column widths in points, ``left``, ``center`` or ``right`` for each column."""

    head: tuple[tuple[str, ...], ...]  # each name in balanced lines
    rows: tuple[tuple[Text, ...], ...]
    aligns: tuple[str, ...]
    size: float
    widths: tuple[float, ...]
    heights: tuple[float, ...] = ()  # estimated, in points, of the head and of each row
    lines: Lines = field(default=_NOWHERE, compare=False, kw_only=True)


Block = Heading | Paragraph | Attendance | Caption | Figure | Table


@dataclass(slots=True)
class Attachment:
    """One 附件 of the document: ``label`` as printed on its first line, and its body."""

    label: str
    title: str
    landscape: bool
    blocks: list[Block] = field(default_factory=list)
    lines: Lines = field(default=_NOWHERE, compare=False)


@dataclass(slots=True)
class Body:
    """What the frames print: the text, the attachments, and the strings a reader must find again."""

    blocks: list[Block] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    required: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TypeArea:
    """Widths of the type area in points, for tables: upright and landscape pages, one cell's padding."""

    upright: float
    landscape: float
    padding: float


def convert(document: Document, assets: Mapping[str, bytes], measure: TypeArea) -> Body:
    """Read the body of *document*.

    Raises :class:`~reports.errors.ConfigError` for a figure that is not among *assets* or a first-level
    heading that is no attachment, :class:`~reports.errors.VerificationError` for a table without rows.
    """
    return _Converter(document, assets, measure).run()


def leads(blocks: Sequence[Block]) -> list[bool]:
    """Which blocks are paragraphs that announce the next one, and stay on its page: before a table, or with a colon.

    Under a heading they do not: heading, announcement and the head of a table together would leave a page white.
    """
    around = zip((None, *blocks[:-1]), blocks, (*blocks[1:], None), strict=True) if blocks else ()
    return [
        isinstance(block, Paragraph)
        and not block.note
        and following is not None
        and not isinstance(before, Heading)
        and (isinstance(following, Table) or plain(block.text).endswith("："))
        for before, block, following in around
    ]


def plain(text: Text) -> str:
    """The words of a text, without its types."""
    return "".join(run.text for run in text if isinstance(run, Run))


class _Converter:
    def __init__(self, document: Document, assets: Mapping[str, bytes], measure: TypeArea) -> None:
        self.document, self.assets, self.measure = document, assets, measure
        self.body = Body()
        self.landscape = False

    def run(self) -> Body:
        parser = MarkdownIt("commonmark", {"html": False}).enable("table")
        parser.inline.ruler.before("emphasis", "times", _times)
        # Addresses are printed or refused by us, never followed: let the parser recognise all of them.
        parser.validateLink = lambda url: True  # type: ignore[method-assign]
        parser.normalizeLink = lambda url: url  # type: ignore[method-assign]  # 图/民事.svg stays readable
        nodes = SyntaxTreeNode(parser.parse(self.document.body)).children
        blocks = self.body.blocks
        for index, node in enumerate(nodes):
            if node.type == "heading" and node.tag == "h1":
                blocks = self._open(node).blocks
            else:
                previous = nodes[index - 1] if index else None
                following = nodes[index + 1] if index + 1 < len(nodes) else None
                blocks.extend(self._block(node, previous, following))
        return self.body

    def _open(self, node: SyntaxTreeNode) -> Attachment:
        match = _ATTACHMENT.match(_plain(node))
        if not match or not match[2]:
            raise ConfigError(
                f"正文中的一级标题只用于附件：“{_plain(node)}”",
                where=self._where(node),
                advice="通报标题写在文头；正文层次用“## 一、”“### （一）”；附件写成“# 附件1：标题”。",
            )
        listed, place = self.document.front.attachments, int(match[1] or 1)
        if listed and (place > len(listed) or listed[place - 1] != match[2]):
            # 7.3.7: number and title of an attachment agree with its mention under the text.
            raise ConfigError(
                f"附件标题与文头“附件”所列不一致：“{match[2]}”",
                where=self._where(node),
                advice="请让两处的顺序和文字相同；文头不写“附件”时，附件说明自动取自正文。",
            )
        self.landscape = bool(match[3])
        self.body.attachments.append(Attachment(f"附件{match[1]}", match[2], self.landscape, lines=_lines(node)))
        self.body.required.append(match[2])
        return self.body.attachments[-1]

    def _where(self, node: SyntaxTreeNode) -> str:
        return self.document.at((node.map[0] if node.map else 0) + 1)

    # -- blocks ------------------------------------------------------------------------------------

    def _block(
        self,
        node: SyntaxTreeNode,
        previous: SyntaxTreeNode | None = None,
        following: SyntaxTreeNode | None = None,
        *,
        note: bool = False,
    ) -> Iterator[Block]:
        if node.type == "heading":
            self.body.required.append(_plain(node))
            yield Heading(int(node.tag[1:]), self._inline(node), lines=_lines(node))
        elif node.type == "paragraph":
            yield replace(self._paragraph(node, previous, following, note), lines=_lines(node))
        elif node.type == "table":
            yield replace(self._table(node), lines=_lines(node))
        elif node.type in {"bullet_list", "ordered_list"}:
            yield from self._list(node, note)
        elif node.type in {"fence", "code_block"}:
            for line in node.content.splitlines():
                if line.strip():
                    yield Paragraph((Run(line),), note, lines=_lines(node))
        elif node.type == "hr":
            yield Paragraph((), lines=_lines(node))
        else:
            for child in node.children:
                yield from self._block(child, note=note or node.type == "blockquote")

    def _paragraph(
        self, node: SyntaxTreeNode, previous: SyntaxTreeNode | None, following: SyntaxTreeNode | None, note: bool
    ) -> Block:
        if _is_figure(node):
            inline = node.children[0].children
            return Figure(tuple(self._image(child, node) for child in inline if child.type == "image"))
        content, words = self._inline(node), _plain(node)
        if _TABLE_CAPTION.match(words) and following is not None and following.type == "table":
            self.body.required.append(words)
            return Caption(content, above=True)
        if _FIGURE_CAPTION.match(words):
            for neighbour, above in ((previous, False), (following, True)):
                if neighbour is not None and _is_figure(neighbour):
                    self.body.required.append(words)
                    return Caption(content, above)
        attendance = _ATTENDANCE.match(words)
        if attendance and self.document.front.style == "纪要":
            return Attendance(attendance[1], _without(content, attendance.end()))
        return Paragraph(content, note)

    def _list(self, node: SyntaxTreeNode, note: bool) -> Iterator[Block]:
        # Official documents number their paragraphs in the text; a Markdown list becomes just that.
        number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
        for item in node.children:
            label = "——" if number is None else f"{number}."
            for place, child in enumerate(item.children):
                if place == 0 and child.type == "paragraph":
                    yield Paragraph((Run(label), *self._inline(child)), note, lines=_lines(child))
                else:
                    yield from self._block(child, note=note)
            number = None if number is None else number + 1

    def _table(self, node: SyntaxTreeNode) -> Table:
        head = node.children[0].children[0].children
        rows = [row.children for part in node.children[1:] for row in part.children]
        if not rows:
            raise VerificationError(
                f"表格没有数据行：“{'、'.join(_plain(cell) for cell in head)}”",
                where=self._where(node),
                advice="请补充数据；没有数据时删去此表，用文字说明。",
            )
        texts = [[_plain(cell) for cell in row] for row in (head, *rows)]
        available = self.measure.landscape if self.landscape else self.measure.upright
        found = shape.columns(texts, available, self.measure.padding)
        if found is None:
            raise self._too_wide(node, texts[0])
        size, widths = found
        # Alignment not said: figures to the right, short words in the middle, sentences to the left.
        aligns = [
            _ALIGN.get(str(cell.attrs.get("style", ""))) or _natural_align([row[column] for row in texts[1:]])
            for column, cell in enumerate(head)
        ]
        # Names of columns in balanced lines: 生效 above 改发率, never 生效改发 above 率.
        names = (
            tuple(shape.title_lines(name, (width - self.measure.padding) / size))
            for name, width in zip(texts[0], widths, strict=True)
        )
        cells = tuple(tuple(self._inline(cell) for cell in row) for row in rows)
        rooms = [(value - self.measure.padding) / size for value in widths]
        lines = (max(ceil(shape.width(cell) / room) for cell, room in zip(row, rooms, strict=True)) for row in texts)
        heights = tuple(max(count, 1) * size * _LEADING + _ROW_PADDING for count in lines)
        return Table(tuple(names), cells, tuple(aligns), size, tuple(widths), heights)

    def _too_wide(self, node: SyntaxTreeNode, names: Sequence[str]) -> VerificationError:
        turn = "" if self.landscape else "把表移到横排的附件中（附件标题后加“{横排}”），或"
        return VerificationError(
            f"表格太宽：{len(names)}列（“{names[0]}”至“{names[-1]}”）用最小的字号也排不下，数字会断成两行。",
            where=self._where(node),
            advice=f"请{turn}减少列数，或拆成几张表。",
        )

    # -- inline ------------------------------------------------------------------------------------

    def _inline(self, node: SyntaxTreeNode, type: Literal["", "strong", "em"] = "") -> Text:
        spans = node.children[0].children if node.children and node.children[0].type == "inline" else node.children
        runs: list[Run | Image] = []
        for index, span in enumerate(spans):
            if span.type == "softbreak":
                # A line end in the source is no space between Chinese characters.
                before = _plain(spans[index - 1])[-1:] if index else ""
                after = _plain(spans[index + 1])[:1] if index + 1 < len(spans) else ""
                if before.isascii() and after.isascii():
                    runs.append(Run(" ", type))
            elif span.type == "hardbreak":
                runs.append(Run("", "break"))
            elif span.type in {"strong", "em"}:
                runs.extend(self._inline(span, "strong" if span.type == "strong" else "em"))
            elif span.type == "link":
                label, target = _plain(span), str(span.attrs.get("href", ""))
                runs.extend(self._inline(span, type))
                if target not in {label, ""}:
                    runs.append(Run(f"（{target}）", type))
            elif span.type == "image":
                runs.append(self._image(span, node))
            elif span.content:
                runs.append(Run(span.content, type))
        return tuple(runs)

    def _image(self, node: SyntaxTreeNode, block: SyntaxTreeNode) -> Image:
        name, label = str(node.attrs.get("src", "")), _plain(node)
        if name not in self.assets:
            near = get_close_matches(name, self.assets, n=1, cutoff=0.3)
            hint = f"是否想用“{near[0]}”？" if near else ""
            available = "、".join(sorted(self.assets)) or "（无）"
            raise ConfigError(
                f"找不到图：“{name}”",
                where=self._where(block),
                advice=f"{hint}图只能引用随通报生成的文件：{available}。",
            )
        return Image(name, label)


def _times(state: StateInline, silent: bool) -> bool:
    """5*3*2: stars between letters or figures are signs of multiplication, no emphasis."""
    match = _SIGNS.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.pending += match[0]
    state.pos += len(match[0])
    return True


def _is_figure(node: SyntaxTreeNode) -> bool:
    inline = node.children[0].children if node.type == "paragraph" and node.children else []
    return bool(inline) and all(child.type in {"image", "softbreak"} for child in inline)


def _lines(node: SyntaxTreeNode) -> Lines:
    return node.map or _NOWHERE


def _plain(node: SyntaxTreeNode) -> str:
    """The text of *node* without marks; a soft line end is nothing."""
    if node.type in {"text", "code_inline", "text_special"}:
        return node.content
    if node.type == "softbreak":
        return ""
    return "".join(_plain(child) for child in node.children)


def _without(text: Text, letters: int) -> Text:
    """*text* without its first letters."""
    rest: list[Run | Image] = []
    for run in text:
        if isinstance(run, Run) and letters:
            kept = run.text[letters:]
            letters -= len(run.text) - len(kept)
            if not kept:
                continue
            run = Run(kept, run.type)
        rest.append(run)
    return tuple(rest)


_FIGURES: Final = re.compile(r"^[0-9.,%％+\-−±()（）/:：∶／—\s个百分点天件万元名起次倍]*$")


def _natural_align(cells: Sequence[str]) -> str:
    if all(_FIGURES.match(cell) for cell in cells):
        return "right"
    return "left" if any(shape.width(cell) > 12 for cell in cells) else "center"
