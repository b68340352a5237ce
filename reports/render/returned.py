"""A DOCX of ours that somebody has edited, back into its Markdown.

What a paragraph is, its style says, whatever program saved it: Word keeps our names, WPS and LibreOffice too, but none
of them the ids. Revisions count as accepted. What Markdown has no word for is named with its place and refused, never
dropped; what is only looks (bold, colours) is named and left out. A text is compared with the words that its Markdown
gives in a DOCX (:func:`reports.render.docx.text_only`), so that both have come the same way; lines of the Markdown
whose words are the same stay as they are, to the letter.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Final

from docx import Document as open_docx
from docx.oxml.ns import qn
from lxml import etree

from reports.errors import InputError
from reports.escaping import SHAPELESS, escaped, scalar
from reports.model import HAND_WRITTEN
from reports.render import body, docx
from reports.render.document import Document, parse
from reports.render.page import Page

_LARGEST: Final = 200_000_000  # bytes of the parts together: beyond it a file is no bulletin
_LIKE: Final = 0.4  # of the letters, for a paragraph to be the same one, edited
_SHOWN: Final = 14  # letters of a paragraph by which a message names it
_FRONT: Final = {
    "公文份号": "份号",
    "公文密级和紧急程度": "密级、紧急程度",
    "公文发文机关标志": "发文机关标志",
    "公文发文机关标志（续行）": "发文机关标志",
    "公文文号": "文号",
    "信函文号": "文号",
    "公文文号（上行文）": "文号、签发人",
    "公文签发人（前行）": "文号、签发人",
    "简报期号": "期号",
    "简报编印": "署名、日期",
    "Title": "标题",
    "公文主送": "主送",
    "公文附件说明": "附件说明",
    "公文附件说明（续）": "附件说明",
    "公文附件说明（可分页）": "附件说明",
    "公文署名": "署名",
    "公文署名（首行）": "署名",
    "公文成文日期": "成文日期",
    "公文附注": "附注",
    "公文抄送": "抄送",
    "公文印发": "印发",
}
"""The style of a paragraph that prints an element of the front matter → the element."""
_OF_BODY: Final = {
    **{f"Heading {level}": f"heading{level}" for level in range(1, 5)},
    "公文正文": "text",
    "公文正文（与下段同页）": "text",
    "公文图表题": "text",
    "公文表题": "text",
    "公文出席": "text",
    "公文图": "text",
    "公文空行": "text",
    "公文表注": "note",
    "公文附件": "label",
    "公文附件（另页）": "label",
    "公文附件标题": "title",
}
_BARE: Final = {"公文分节", "公文红线", "信函首条双线", "信函末条双线"}
_IMPRINT: Final = {"公文抄送", "公文印发", "公文版记首末线", "公文版记中间线", "公文版记下空"}
_TYPES: Final = {"公文黑体": "strong", "公文楷体": "em"}
_WITHIN: Final = {
    qn(f"w:{name}") for name in ("ins", "moveTo", "hyperlink", "smartTag", "sdt", "sdtContent", "fldSimple")
} | {qn(f"w:{name}") for name in ("customXml", "dir", "bdo")}
_GONE: Final = {qn("w:del"), qn("w:moveFrom")}
_LOOKS: Final = {
    "b": "加粗", "i": "倾斜", "strike": "删除线", "dstrike": "删除线", "u": "下划线", "highlight": "突出显示",
    "vertAlign": "上标或下标", "vanish": "隐藏文字", "em": "着重号",
}  # fmt: skip
_OBJECTS: Final = {
    "footnoteReference": "脚注", "endnoteReference": "尾注", "sym": "特殊符号", "object": "嵌入的对象",
    "ruby": "拼音", "altChunk": "嵌入的文档",
}  # fmt: skip
_OFF: Final = {"0", "false", "none", "off", "baseline"}


@dataclass(frozen=True)
class Part:
    """One block of a text in the words of a DOCX: ``runs`` of (text, type), or the ``rows`` of a table, the head first.

    ``kind`` is heading1 to heading4, text, note, figure, table or attachment. A picture is a run of type ``image`` with
    what it shows; ``aligns`` are the columns of a table. ``unsure``: the end of the paragraph before it is deleted in a
    revision, and LibreOffice then gives this one the style of that.
    """

    kind: str
    runs: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[tuple[tuple[str, str], ...], ...], ...] = ()
    aligns: tuple[str, ...] = field(default=(), compare=False)
    unsure: bool = field(default=False, compare=False)

    @property
    def words(self) -> str:
        """The letters of the block, without blanks."""
        cells = "".join(text for row in self.rows for cell in row for text, _ in cell)
        return re.sub(r"\s", "", cells + "".join(text for text, _ in self.runs))

    @property
    def shown(self) -> str:
        """How a message names it."""
        words = self.words
        return f"“{words[:_SHOWN]}{'……' if words[_SHOWN:] else ''}”"


@dataclass
class Word:
    """What a DOCX says: elements of the front matter, blocks, and what else was found, each with its place.

    ``made_from`` is the hash of the text that it was made from, nothing where it does not say; ``revisions`` how many
    were accepted; ``looks`` is left out, ``unread`` cannot be read back.
    """

    front: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    margins: frozenset[str] = frozenset()
    made_from: str = ""
    revisions: int = 0

    def differs(self, other: Word) -> str:
        """Where two say different things, in words; nothing where they agree."""
        for name in {**self.front, **other.front}:
            if self.front.get(name) != other.front.get(name):
                return f"{name}：“{'、'.join(self.front.get(name, ()))}”与“{'、'.join(other.front.get(name, ()))}”"
        for mine, its in zip(self.parts, other.parts, strict=False):
            if mine != its:
                return "与".join(_where(mine, its))
        if len(self.parts) != len(other.parts):
            longer = max(self.parts, other.parts, key=len)
            return f"{longer[min(len(self.parts), len(other.parts))].shown}只有一处有"
        return ""

    def without(self, blank: Blank) -> Word:
        """The same without the elements that are set when a document is issued."""
        kept = {name: tuple(map(blank, texts)) for name, texts in self.front.items() if name not in _SET_AT_ISSUE}
        return replace(self, front=kept)


def _where(one: Part, other: Part) -> tuple[str, str]:
    """Two blocks as a message names them: from just before the letter in which they part."""
    words = one.words, other.words
    same = next((n for n, pair in enumerate(zip(*words, strict=False)) if len({*pair}) > 1), min(map(len, words)))
    start = max(0, same - _SHOWN // 2) if same >= _SHOWN else 0
    mine, its = (
        f"“{'……' if start else ''}{text[start : start + _SHOWN]}{'……' if text[start + _SHOWN :] else ''}”"
        for text in words
    )
    return mine, its


Blank = Callable[[str], str]
_SET_AT_ISSUE: Final = ("文号", "成文日期", "抄送", "印发")


def read(data: bytes, source: str, like: Word | None = None) -> Word:
    """Read a DOCX; raises :class:`InputError` for one that cannot be opened.

    ``like`` is what it said before it was edited: a block whose style is unsure is known again by its words.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                raise InputError("文件解开后过大，不是通报。", where=source)
            custom = archive.read(docx.CUSTOM) if docx.CUSTOM in archive.namelist() else b""
        opened = open_docx(io.BytesIO(data))
    except (zipfile.BadZipFile, KeyError, ValueError, etree.XMLSyntaxError, OSError) as error:
        raise InputError(
            "DOCX 无法读取。", where=source, advice="请用 Word、WPS 打开后另存为 .docx（不是 .doc，不加密），再运行。"
        ) from error
    word = _Reader(opened, custom).word
    return word if like is None else _known_again(word, like)


def _known_again(word: Word, like: Word) -> Word:
    elements = {re.sub(r"\s", "", text): (name, text) for name, texts in like.front.items() for text in texts}
    blocks = {part.words: part for part in like.parts if not part.rows}
    parts: list[Part] = []
    front = dict(word.front)
    for part in word.parts:
        name, text = elements.get(part.words, ("", ""))
        if part.unsure and name and text not in front.get(name, ()):
            there = list(front.get(name, ()))
            there.insert(like.front[name].index(text), text)
            front[name] = tuple(there)
        else:
            parts.append(blocks.get(part.words, part) if part.unsure else part)
    return replace(word, parts=parts, front=front)


def words_of(document: Document, assets: Mapping[str, bytes], page: Page) -> Word:
    """What a Markdown text says in a DOCX."""
    return read(docx.text_only(document, assets=assets, page=page), document.source)


class _Reader:
    def __init__(self, opened: Any, custom: bytes) -> None:
        self.styles = {style.style_id: str(style.name) for style in opened.styles}
        self.word = Word()
        self.revised: set[Any] = set()
        self.heading = ""
        self.label: str | None = None  # of an attachment, before its title
        self.carried: list[tuple[str, str]] = []  # of a paragraph whose end was deleted
        self.after = self.unsure = False  # whether one comes next, or is read now, that stands behind such an end
        self.noted: dict[str, str] = {}  # comment → the paragraph that it stands at
        found = re.search(rf'name="{docx.SOURCE}"[^>]*>\s*<vt:lpwstr>([0-9a-f]+)<'.encode(), custom)
        self.word.made_from = found[1].decode() if found else ""
        front: dict[str, list[str]] = {}
        self.front = front
        self._blocks(opened.element.body)
        if self.carried:
            self._put("公文正文", self.carried)
        self.word.front = {name: tuple(texts) for name, texts in front.items()}
        margins = (
            related.target_part
            for related in opened.part.rels.values()
            if not related.is_external and related.reltype.endswith(("/header", "/footer"))
        )
        texts = ("".join(text.text or "" for text in part.element.iter(qn("w:t"))) for part in margins)
        self.word.margins = frozenset(bare for text in texts if (bare := re.sub(r"[\s\d—\-–]", "", text)))
        self.word.revisions = len(self.revised)
        for comment in opened.comments:
            place = self.noted.get(str(comment.comment_id), "")
            self.word.comments.append(
                f"{comment.author or '（未署名）'}{f'，在{place}' if place else ''}：{comment.text}"
            )

    # -- blocks --------------------------------------------------------------------------------------

    def _blocks(self, parent: Any) -> None:
        for element in parent:
            if element.tag == qn("w:p"):
                self._paragraph(element)
            elif element.tag == qn("w:tbl"):
                self._table(element)
            elif element.tag in _WITHIN:
                self._blocks(element)
            elif element.tag in _GONE:
                self.revised.add(element)
            elif (name := etree.QName(element).localname) in _OBJECTS:
                self._unread(_OBJECTS[name])

    def _style(self, element: Any) -> str:
        found = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        return self.styles.get(found.get(qn("w:val")), "") if found is not None else "Normal"

    def _paragraph(self, element: Any) -> None:
        style = self._style(element)
        runs = self.carried + list(self._runs(element))
        self.unsure, self.after, self.carried = self.after, False, []
        mark = element.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn('w:del')}")
        if mark is not None:  # the end of the paragraph was deleted: it goes on in the next one
            self.revised.add(mark)
            self.carried, self.after = runs, True
            return
        self._put(style, runs)
        numbered = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}")
        if numbered is not None and numbered.get(qn("w:val")) != "0" and runs:
            self._unread("自动编号", "请改成手写的序号")

    def _put(self, style: str, runs: Sequence[tuple[str, str]]) -> None:
        """A paragraph in its place."""
        settled = _settled(runs)
        words = "".join(text for text, _ in settled)
        for number in [one for one, place in self.noted.items() if not place]:
            self.noted[number] = Part("text", settled).shown if words else f"“{self.heading}”之下"
        if not words:
            return
        if style in _FRONT:
            text = re.sub(r"[\n ]", "", words) if style == "Title" else words.replace("\n", "")
            self.front.setdefault(_FRONT[style], []).append(text)
            return
        kind = _OF_BODY.get(style, "")
        if kind == "label":
            self.label = words.strip()
        elif kind == "title":
            title = re.sub(r"\n", "", words)
            self.word.parts.append(Part("attachment", ((f"{self.label or '附件'}：{title}", ""),)))
            self.label, self.heading = None, title
        else:
            if kind.startswith("heading"):
                self.heading = words
            elif style in _BARE or not kind:
                kind = "text"
                if style not in _BARE:
                    self._look(f"样式“{style or '未知'}”没有保留，按正文读回", Part("text", settled).shown)
            if kind == "text" and all(type == "image" for _, type in settled):
                kind = "figure"
            if style == "公文出席" and settled[0][1] == "strong":
                settled = _settled([(settled[0][0], ""), *settled[1:]])
            self.word.parts.append(Part(kind, settled, unsure=self.unsure))

    def _table(self, element: Any) -> None:
        rows: list[tuple[tuple[tuple[str, str], ...], ...]] = []
        styles: list[str] = []
        for row in element.iter(qn("w:tr")):
            properties = row.find(qn("w:trPr"))
            if properties is not None and properties.find(qn("w:del")) is not None:
                self.revised.add(properties)
                continue
            if properties is not None and properties.find(qn("w:ins")) is not None:
                self.revised.add(properties)
            cells = []
            for cell in _cells(row):
                if cell.find(f".//{qn('w:tbl')}") is not None:
                    self._unread("表格中的表格")
                spans = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
                if (spans is not None and spans.get(qn("w:val")) != "1") or cell.find(
                    f"{qn('w:tcPr')}/{qn('w:vMerge')}"
                ) is not None:
                    self._unread("合并的单元格")
                paragraphs = [one for one in (list(self._runs(part)) for part in cell.iter(qn("w:p"))) if one]
                if len(paragraphs) > 1:
                    self._look("单元格中的分段没有保留", Part("text", _settled(paragraphs[0])).shown)
                runs = [run for paragraph in paragraphs for run in paragraph]
                cells.append(_settled([(text.replace("\n", "" if not rows else " "), type) for text, type in runs]))
            if len(rows) == 1:
                styles = [self._style(cell.find(qn("w:p"))) for cell in _cells(row)]
            rows.append(tuple(cells))
        if not rows:
            return
        wide = max(map(len, rows))
        if any(len(row) < wide for row in rows):
            self._unread("各行单元格数不同的表格")
        # The names of columns are set in balanced lines: only their letters count.
        head = tuple(tuple((re.sub(r"\s", "", text), "") for text, _ in cell) for cell in rows[0])
        aligns = tuple(next((name for name in ("right", "center") if style.endswith(name)), "left") for style in styles)
        self.word.parts.append(Part("table", rows=(head, *rows[1:]), aligns=aligns))

    # -- runs ----------------------------------------------------------------------------------------

    def _runs(self, parent: Any) -> Iterator[tuple[str, str]]:
        for element in parent:
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if element.tag == qn("w:r"):
                yield from self._run(element)
            elif element.tag in _GONE:
                self.revised.add(element)
            elif element.tag in _WITHIN:
                if name in ("ins", "moveTo"):
                    self.revised.add(element)
                yield from self._runs(element)
            elif name in ("commentRangeStart", "commentReference"):
                self.noted.setdefault(element.get(qn("w:id")), "")
            elif name in ("oMath", "oMathPara"):
                self._unread("公式")
            elif name in _OBJECTS:
                self._unread(_OBJECTS[name])

    def _run(self, run: Any) -> Iterator[tuple[str, str]]:
        type = ""
        properties = run.find(qn("w:rPr"))
        if properties is not None:
            styled = properties.find(qn("w:rStyle"))
            type = _TYPES.get(self.styles.get(styled.get(qn("w:val")), ""), "") if styled is not None else ""
            for name, told in _LOOKS.items():
                found = properties.find(qn(f"w:{name}"))
                if found is not None and found.get(qn("w:val"), "1") not in _OFF and run.find(qn("w:t")) is not None:
                    self._look(f"{told}没有保留", Part("text", ((run.findtext(qn("w:t")) or "", ""),)).shown)
        for element in run:
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if name == "t":
                yield element.text or "", type
            elif name == "cr" or (name == "br" and element.get(qn("w:type"), "textWrapping") == "textWrapping"):
                yield "\n", type
            elif name in ("tab", "ptab"):
                yield "\t", type
            elif name == "noBreakHyphen":
                yield "-", type
            elif name == "commentReference":
                self.noted.setdefault(element.get(qn("w:id")), "")
            elif name in _OBJECTS:
                self._unread(_OBJECTS[name])
            elif name in ("drawing", "pict"):
                yield from self._drawn(element)
            elif name == "AlternateContent":
                choice = next((one for one in element if one.find(f".//{qn('w:drawing')}") is not None), element[-1])
                for drawn in choice:
                    yield from self._drawn(drawn)

    def _drawn(self, element: Any) -> Iterator[tuple[str, str]]:
        """A picture, or a text box, which only the imprint has."""
        if (boxed := next(element.iter(qn("w:txbxContent")), None)) is not None:
            paragraphs = list(boxed.iter(qn("w:p")))
            if all(self._style(one) in _IMPRINT for one in paragraphs):
                for one in paragraphs:
                    self._put(self._style(one), list(self._runs(one)))
            else:
                words = "".join(text.text or "" for text in boxed.iter(qn("w:t")))
                self._unread(f"文本框{Part('text', ((words, ''),)).shown}")
            return
        named = next(element.iter(qn("wp:docPr")), None)
        if named is None or next(element.iter(qn("pic:pic")), None) is None:
            self._unread("图形")
            return
        yield named.get("descr") or "", "image"

    # -- what else is there ----------------------------------------------------------------------------

    def _unread(self, what: str, remedy: str = "") -> None:
        self.word.unread.append(f"{self._place()}：{what}{f'（{remedy}）' if remedy else ''}")

    def _look(self, what: str, words: str) -> None:
        self.word.looks.append(f"{self._place()}：{words}的{what}")

    def _place(self) -> str:
        last = self.word.parts[-1].shown if self.word.parts else "开头"
        return f"“{self.heading}”之下，{last}之后" if self.heading else f"{last}之后"


def _cells(row: Any) -> Iterator[Any]:
    for element in row:
        if element.tag == qn("w:tc"):
            yield element
        elif element.tag in _WITHIN:
            yield from _cells(element)


def _settled(runs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Runs of one type as one, blanks around the text left out: programs cut a text where they like."""
    found: list[tuple[str, str]] = []
    for text, type in runs:
        text = SHAPELESS.sub("", text.replace("\t", " ")) if type != "image" else text
        if not text and type != "image":
            continue
        if found and type != "image" and (found[-1][1] == type or (not text.strip() and found[-1][1] != "image")):
            found[-1] = (found[-1][0] + text, found[-1][1])
        else:
            found.append((text, type))
    if found and found[-1][1] != "image":
        found[-1] = (found[-1][0].rstrip(), found[-1][1])
    if found and found[0][1] != "image":
        found[0] = (found[0][0].lstrip(), found[0][1])
    return tuple(run for run in found if run[0] or run[1] == "image")


# -- Markdown --------------------------------------------------------------------------------------


def text_of(word: Word, document: Document, assets: Mapping[str, bytes], page: Page) -> str:
    """The Markdown of an edited DOCX, from that of the text that it was made from.

    Lines whose words are the same stay as they are; a paragraph, note or table that is new has the mark of hand-written
    ones. Raises :class:`InputError` naming whatever cannot be read back.
    """
    base = words_of(document, assets, page)
    content = body.convert(document, assets, page.measure)
    unread = list(word.unread)
    if word.margins - base.margins:
        unread.append(f"页眉或页脚：{'、'.join(sorted(word.margins - base.margins))}")
    images: dict[str, str] = {}
    for block in _all(content):
        if not isinstance(block, body.Attachment):
            images.update({image.alt: image.name for image in docx.images(block)})
    for part in word.parts:
        for text, type in (*part.runs, *(run for row in part.rows for cell in row for run in cell)):
            if type == "image" and text not in images:
                unread.append(f"图片“{text or '（没有说明）'}”")
    if unread:
        raise InputError(
            f"DOCX 中有{len(unread)}处不能读回文稿：{'；'.join(unread)}。",
            where=document.source,
            advice="文稿没有改动。请在 Word 中改成文字、表格（或删去）后再运行。",
        )
    lines = document.text.split("\n")
    front, rest = lines[: document.offset], lines[document.offset :]
    places = [block.lines for block in _all(content) if _printed(block)]
    written = _Merge(base.parts, places, rest, word.parts, images).text()
    markdown = "\n".join([*_front(front, base.front, word.front, word.parts), written])
    made = words_of(parse(markdown, document.source), assets, page)
    if where := made.differs(word):
        raise InputError(
            f"DOCX 中这一处不能读回文稿：{where}。", where=document.source,
            advice="文稿没有改动。请在 Markdown 文稿中修改这一处，重新排版。",
        )  # fmt: skip
    return markdown


def _all(content: body.Body) -> Iterator[body.Block | body.Attachment]:
    yield from content.blocks
    for attachment in content.attachments:
        yield attachment
        yield from attachment.blocks


def _printed(block: body.Block | body.Attachment) -> bool:
    return (
        not isinstance(block, body.Paragraph)
        or bool(body.plain(block.text).strip())
        or any(isinstance(run, body.Image) for run in block.text)
    )


class _Merge:
    """The lines of a Markdown text with the words of an edited one."""

    def __init__(
        self,
        old: Sequence[Part],
        places: Sequence[body.Lines],
        lines: Sequence[str],
        new: Sequence[Part],
        images: Mapping[str, str],
    ) -> None:
        self.old, self.new, self.lines, self.images = old, new, lines, images
        self.places = list(zip(places, old, strict=True))
        self.out: list[str] = []
        self.made = False  # whether the last block was written anew

    def text(self) -> str:
        done = 0  # lines that have been dealt with
        for i, part in self._pairs():
            if i is None:
                assert part is not None
                self._write(
                    [HAND_WRITTEN, *self._block(part)] if part.kind in ("text", "note", "table") else self._block(part)
                )
                continue
            (start, end), was = self.places[i]
            if part == was:
                chunk = self.lines[done:end]
                if self.made and chunk and chunk[0].strip():
                    self.out.append("")
                self.out += chunk
                self.made = False
            elif part is not None:
                gap = self.lines[done:start]
                if gap and self.out and self.out[-1].strip() and gap[0].strip():
                    self.out.append("")
                self.out += gap
                if gap and gap[-1].strip() == HAND_WRITTEN:
                    self.out += self._block(part, was, self.lines[start:end])
                    self.made = True
                else:
                    self._write(self._block(part, was, self.lines[start:end]))
            done = end
        self.out += self.lines[done:] if "".join(self.lines[done:]).strip() else [""]
        return "\n".join(self.out)

    def _write(self, block: Sequence[str]) -> None:
        if self.out and self.out[-1].strip():
            self.out.append("")
        self.out += block
        self.made = True

    def _pairs(self) -> Iterator[tuple[int | None, Part | None]]:
        """Index of an old block, and the new one that takes its place, in the order of the new text."""
        for kind, i, j, k, m in SequenceMatcher(None, self.old, self.new, autojunk=False).get_opcodes():
            if kind == "equal":
                yield from zip(range(i, j), self.new[k:m], strict=True)
                continue
            for part in self.new[k:m]:
                at = next((n for n in range(i, j) if _alike(self.old[n], part)), None)
                if at is None:
                    yield None, part
                    continue
                yield from ((n, None) for n in range(i, at))
                yield at, part
                i = at + 1
            yield from ((n, None) for n in range(i, j))

    def _block(self, part: Part, was: Part | None = None, lines: Sequence[str] = ()) -> list[str]:
        if part.kind == "table":
            return self._table(part, was, lines)
        if part.kind == "attachment":
            turned = " {横排}" if lines and lines[0].rstrip().endswith("{横排}") else ""
            return [f"# {escaped(part.runs[0][0]).replace('#', chr(92) + '#')}{turned}"]
        text = self._inline(part.runs)
        if part.kind.startswith("heading"):
            return [f"{'#' * (int(part.kind[-1]) + 1)} {text.replace('#', chr(92) + '#')}"]
        return [f"{'> ' if part.kind == 'note' else ''}{line}" for line in text.split("\n")]

    def _table(self, part: Part, was: Part | None, lines: Sequence[str]) -> list[str]:
        head = [" ".join(self._inline(cell, start=False).split("\n")) for cell in part.rows[0]]
        made = [
            self._row(part.rows[0]),
            "|" + "|".join(_MARKS[name] for name in part.aligns or ["left"] * len(head)) + "|",
        ]
        if was is None or len(lines) < 2 + len(was.rows) - 1:
            return [*made, *map(self._row, part.rows[1:])]
        if was.rows[0] == part.rows[0]:
            made = list(lines[:2])
        elif len(was.rows[0]) == len(part.rows[0]):
            made[1] = lines[1]
        for kind, i, j, k, m in SequenceMatcher(None, was.rows[1:], part.rows[1:], autojunk=False).get_opcodes():
            made += lines[2 + i : 2 + j] if kind == "equal" else map(self._row, part.rows[1 + k : 1 + m])
        return made

    def _row(self, row: Sequence[tuple[tuple[str, str], ...]]) -> str:
        return f"| {' | '.join(self._inline(cell, start=False) for cell in row)} |"

    def _inline(self, runs: Sequence[tuple[str, str]], *, start: bool = True) -> str:
        made = ""
        for text, type in runs:
            if type == "image":
                made += f"![{escaped(text)}]({self.images[text]})"
                continue
            pieces = [
                escaped(piece, start=start and not made and not number) for number, piece in enumerate(text.split("\n"))
            ]
            mark = {"strong": "**", "em": "*"}.get(type, "")
            made += "\\\n".join(f"{mark}{piece}{mark}" if piece else "" for piece in pieces)
        return made


_MARKS: Final = {"left": ":--", "center": ":-:", "right": "--:"}


def _alike(old: Part, new: Part) -> bool:
    if old.kind != new.kind:
        return False
    if old.kind in ("figure", "attachment") or old.kind.startswith("heading"):
        return True
    if old.kind == "table":
        return old.rows[0] == new.rows[0] or SequenceMatcher(None, old.words, new.words, autojunk=False).ratio() > _LIKE
    if old.words in new.words or new.words in old.words:
        return True
    return SequenceMatcher(None, old.words, new.words, autojunk=False).ratio() > _LIKE


def _front(
    lines: Sequence[str],
    old: Mapping[str, tuple[str, ...]],
    new: Mapping[str, tuple[str, ...]],
    parts: Sequence[Part],
) -> list[str]:
    """The front matter with what was changed in the DOCX; what has no key of its own is left, and found to differ."""
    found = list(lines)
    for name in {**old, **new}:
        if old.get(name) == new.get(name):
            continue
        texts = new.get(name, ())
        one = "".join(texts)
        values: dict[str, list[str]] = {}
        if name in ("标题", "文号", "份号", "成文日期"):
            values = {"期号" if re.fullmatch(r"第.*期", one) else name: [one]}
        elif name == "主送":
            values = {name: [one.rstrip("：:")]}
        elif name == "署名":
            values = {name: list(texts)}
        elif name == "附注":
            values = {name: [one.strip("（）()")]}
        elif name == "抄送":
            values = {name: [re.sub(r"^抄送[：:]", "", one).rstrip("。")]}
        elif name == "印发":
            printer, _, printed = one.removesuffix("印发").partition(" ")
            values = {"印发机关": [printer.strip()], "印发日期": [printed.strip()]}
        elif name == "附件说明":
            titles = [part.runs[0][0] for part in parts if part.kind == "attachment"]
            values = {"附件": [re.sub(r"^附件\d*[：:]", "", title) for title in titles]}
        for key, wanted in values.items():
            found = _with_key(found, key, [text for text in wanted if text])
    return found


def _with_key(lines: Sequence[str], key: str, values: Sequence[str]) -> list[str]:
    """The lines of a front matter with one key set anew, or without it."""
    at = next((n for n, line in enumerate(lines) if re.match(rf"{key}\s*[：:]", line)), None)
    made = (
        [f"{key}: {scalar(values[0])}"] if len(values) == 1 else [f"{key}:", *(f"  - {scalar(one)}" for one in values)]
    )
    if at is None:
        return [*lines[:-1], *(made if values else ()), lines[-1]] if key != "附件" else list(lines)
    end = next((n for n in range(at + 1, len(lines)) if not re.match(r"\s+-|\s*$|\s+\S", lines[n])), len(lines))
    return [*lines[:at], *(made if values else ()), *lines[end:]]
