"""Markdown of the body → the HTML that the page frames hold.

Only the constructions of official documents are understood; raw HTML stays text, a figure must be
one of the bulletin's own, and nothing that was written is lost on paper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import escape
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from reports.errors import ConfigError, VerificationError
from reports.render import fonts, shape
from reports.render.document import Document

ASSET_SCHEME: Final = "asset:"
"""Figures are addressed by this scheme, which only our own fetcher knows."""

_ATTACHMENT: Final = re.compile(r"^附件\s*(\d*)\s*[：:]?\s*(.*?)\s*(\{横排\})?$")
_TABLE_CAPTION: Final = re.compile(r"^(续)?表\s*[0-9一二三四五六七八九十]+[\s：:]")
_FIGURE_CAPTION: Final = re.compile(r"^图\s*[0-9一二三四五六七八九十]+[\s：:]")
_ATTENDANCE: Final = re.compile(r"^(出席|请假|列席|主持|主持人|参加人员|记录)[：:]\s*")
_ALIGN: Final = {"text-align:right": "right", "text-align:center": "center", "text-align:left": "left"}


@dataclass(slots=True)
class Attachment:
    """One 附件 of the document: ``label`` as printed on its first line, and its body."""

    label: str
    title: str
    landscape: bool
    html: str = ""


@dataclass(slots=True)
class Body:
    """What the frames print: the text, the attachments, and the strings a reader must find again."""

    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    required: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Measure:
    """Widths of the type area in points, for tables: upright and landscape pages, one cell's padding."""

    upright: float
    landscape: float
    padding: float


def convert(document: Document, assets: Mapping[str, bytes], measure: Measure) -> Body:
    """Turn the body of *document* into HTML.

    Raises :class:`~reports.errors.ConfigError` for a figure that is not among *assets* or a first-level
    heading that is no attachment, :class:`~reports.errors.VerificationError` for a table without rows.
    """
    return _Converter(document, assets, measure).run()


def text(content: str) -> str:
    """Escape *content*; wrap characters of another font so that they do not stretch their line.

    A second font inside a line has other metrics, and one rare name character would push the last line
    off the page (the grid of 5.2.3); the span's ``line-height: 0`` takes its height out of the line.
    """
    parts = []
    for run, strange in _runs(_LINE_END.sub("\u200b", content)):
        parts.append(f'<span class="rare">{escape(run)}</span>' if strange else escape(run))
    return "".join(parts)


# Unicode's rules keep “46.17%（2635.31/5707.94万元）” in one piece: half a line. A line may end before the
# bracket and behind the stroke of two long numbers; a zero-width space says so and leaves no trace in the file.
_LINE_END: Final = re.compile(r"(?<=[0-9%％])(?=（)|(?<=[0-9]{3}/)(?=[0-9]{3})|(?<=[0-9]\.[0-9]{2}/)(?=[0-9]{3})")


def _runs(content: str) -> list[tuple[str, bool]]:
    runs: list[tuple[str, bool]] = []
    for char in content:
        strange = char != "\u200b" and fonts.foreign(char)
        if runs and runs[-1][1] == strange:
            runs[-1] = (runs[-1][0] + char, strange)
        else:
            runs.append((char, strange))
    return runs


class _Converter:
    def __init__(self, document: Document, assets: Mapping[str, bytes], measure: Measure) -> None:
        self.document, self.assets, self.measure = document, assets, measure
        self.body = Body()
        self.landscape = False

    def run(self) -> Body:
        parser = MarkdownIt("commonmark", {"html": False}).enable("table")
        # Addresses are printed or refused by us, never followed: let the parser recognise all of them.
        parser.validateLink = lambda url: True  # type: ignore[method-assign]
        blocks = SyntaxTreeNode(parser.parse(self.document.body)).children
        parts: list[str] = []
        for index, node in enumerate(blocks):
            following = blocks[index + 1] if index + 1 < len(blocks) else None
            if node.type == "heading" and node.tag == "h1":
                self._close(parts)
                self._open(node)
                parts = []
            else:
                previous = blocks[index - 1] if index else None
                parts.append(self._block(node, previous, following))
        self._close(parts)
        return self.body

    def _open(self, node: SyntaxTreeNode) -> None:
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
        self.body.attachments.append(Attachment(f"附件{match[1]}", match[2], self.landscape))
        self.body.required.append(match[2])

    def _close(self, parts: Sequence[str]) -> None:
        html = "\n".join(part for part in parts if part)
        if self.body.attachments:
            self.body.attachments[-1].html = html
        else:
            self.body.html = html

    def _where(self, node: SyntaxTreeNode) -> str:
        return self.document.at((node.map[0] if node.map else 0) + 1)

    # -- blocks ------------------------------------------------------------------------------------

    def _block(
        self,
        node: SyntaxTreeNode,
        previous: SyntaxTreeNode | None = None,
        following: SyntaxTreeNode | None = None,
    ) -> str:
        if node.type == "heading":
            self.body.required.append(_plain(node))
            return f"<{node.tag}>{self._inline(node)}</{node.tag}>"
        if node.type == "paragraph":
            return self._paragraph(node, previous, following)
        if node.type == "table":
            return self._table(node)
        if node.type == "blockquote":
            return f'<div class="note">{"".join(self._block(child) for child in node.children)}</div>'
        if node.type in {"bullet_list", "ordered_list"}:
            return self._list(node)
        if node.type in {"fence", "code_block"}:
            return "".join(f"<p>{text(line)}</p>" for line in node.content.splitlines() if line.strip())
        if node.type == "hr":
            return '<p class="blank"></p>'
        return "".join(self._block(child) for child in node.children)

    def _paragraph(
        self, node: SyntaxTreeNode, previous: SyntaxTreeNode | None, following: SyntaxTreeNode | None
    ) -> str:
        inline = node.children[0].children if node.children else []
        if inline and all(child.type in {"image", "softbreak"} for child in inline):
            images = "".join(self._image(child, node) for child in inline if child.type == "image")
            return f'<div class="figure">{images}</div>'
        content, plain = self._inline(node), _plain(node)
        if _TABLE_CAPTION.match(plain) and following is not None and following.type == "table":
            self.body.required.append(plain)
            return f'<p class="caption above">{content}</p>'
        if _FIGURE_CAPTION.match(plain):
            if previous is not None and _is_figure(previous):
                self.body.required.append(plain)
                return f'<p class="caption below">{content}</p>'
            if following is not None and _is_figure(following):
                self.body.required.append(plain)
                return f'<p class="caption above">{content}</p>'
        attendance = _ATTENDANCE.match(plain)
        if attendance and self.document.front.style == "纪要":
            # 10.3: the label in 黑体, turn-over lines aligned behind its colon.
            label = attendance[1]
            rest = content.split("：" if "：" in plain[: attendance.end()] else ":", 1)[1]
            return f'<div class="attendance"><div class="label">{label}：</div><div>{rest}</div></div>'
        return f"<p>{content}</p>"

    def _list(self, node: SyntaxTreeNode) -> str:
        # Official documents number their paragraphs in the text; a Markdown list becomes just that.
        number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
        parts = []
        for item in node.children:
            label = "——" if number is None else f"{number}."
            first = True
            for child in item.children:
                if first and child.type == "paragraph":
                    parts.append(f"<p>{label}{self._inline(child)}</p>")
                else:
                    parts.append(self._block(child))
                first = False
            number = None if number is None else number + 1
        return "".join(parts)

    def _table(self, node: SyntaxTreeNode) -> str:
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
        size, widths = shape.columns(texts, available, self.measure.padding)
        columns = "".join(f'<col style="width:{value:.2f}pt">' for value in widths)
        aligns = [_ALIGN.get(str(cell.attrs.get("style", "")), "") for cell in head]
        for column, align in enumerate(aligns):
            if not align:
                # Not said: figures to the right, short words in the middle, sentences to the left.
                aligns[column] = _natural_align([row[column] for row in texts[1:]])
        header = "".join(
            f'<th scope="col">{_head(name, (width - self.measure.padding) / size)}</th>'
            for name, width in zip(texts[0], widths, strict=True)
        )
        lines = [
            "<tr>"
            + "".join(f'<td class="{align}">{self._inline(cell)}</td>' for cell, align in zip(row, aligns, strict=True))
            + "</tr>"
            for row in rows
        ]
        return (
            f'<div class="table"><table class="size{size * 10:.0f}" style="width:{sum(widths):.2f}pt">'
            f"<colgroup>{columns}</colgroup>"
            f"<thead><tr>{header}</tr></thead><tbody>\n" + "\n".join(lines) + "\n</tbody></table></div>"
        )

    # -- inline ------------------------------------------------------------------------------------

    def _inline(self, node: SyntaxTreeNode) -> str:
        spans = node.children[0].children if node.children and node.children[0].type == "inline" else node.children
        parts: list[str] = []
        for index, span in enumerate(spans):
            if span.type == "softbreak":
                # A line end in the source is no space between Chinese characters.
                before = _plain(spans[index - 1])[-1:] if index else ""
                after = _plain(spans[index + 1])[:1] if index + 1 < len(spans) else ""
                parts.append(" " if before.isascii() and after.isascii() else "")
            elif span.type == "hardbreak":
                parts.append("<br>")
            elif span.type == "strong":
                parts.append(f"<b>{self._inline(span)}</b>")
            elif span.type == "em":
                parts.append(f"<i>{self._inline(span)}</i>")
            elif span.type == "link":
                label, target = _plain(span), str(span.attrs.get("href", ""))
                parts.append(self._inline(span) + ("" if target in {label, ""} else text(f"（{target}）")))
            elif span.type == "image":
                parts.append(self._image(span, node))
            else:
                parts.append(text(span.content))
        return "".join(parts)

    def _image(self, node: SyntaxTreeNode, block: SyntaxTreeNode) -> str:
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
        return f'<img src="{escape(ASSET_SCHEME + name)}" alt="{escape(label)}">'


def _is_figure(node: SyntaxTreeNode) -> bool:
    inline = node.children[0].children if node.type == "paragraph" and node.children else []
    return bool(inline) and all(child.type in {"image", "softbreak"} for child in inline)


def _plain(node: SyntaxTreeNode) -> str:
    """The text of *node* without marks; a soft line end is nothing."""
    if node.type in {"text", "code_inline", "text_special"}:
        return node.content
    if node.type == "softbreak":
        return ""
    return "".join(_plain(child) for child in node.children)


_FIGURES: Final = re.compile(r"^[0-9.,%％+\-−±()（）/:：∶／—\s个百分点天件万元名起次倍]*$")


def _head(name: str, room: float) -> str:
    """The name of a column in balanced lines: 生效 above 改发率, never 生效改发 above 率."""
    return "<br>".join(text(line) for line in shape.title_lines(name, room))


def _natural_align(cells: Sequence[str]) -> str:
    if all(_FIGURES.match(cell) for cell in cells):
        return "right"
    return "left" if any(shape.width(cell) > 12 for cell in cells) else "center"
