"""A bulletin that a person has edited, and the text that a new run makes: what to carry over, what has changed.

A paragraph, list or table under the line :data:`~reports.model.HAND_WRITTEN` is hand-written; layout omits the mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches

from reports.escaping import plain, scalar, unquoted
from reports.model import HAND_WRITTEN as MARK

_NUMBER = re.compile(r"\d[\d,.]*|[零〇一二三四五六七八九十百千]+(?=[、项个次件名])")
_WAYS = re.compile("上升|下降|增长|增加|减少|持平|优于|劣于|处于")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
_LIKE = 0.6  # of a sentence's letters, numbers left out, for it to be the same sentence


@dataclass(frozen=True)
class Passage:
    """A paragraph, heading, list or table; ``heading`` is the last one above it without its numbers, ``title`` with."""

    text: str
    heading: str
    title: str = ""
    gap: str = "\n\n"  # what stands between it and the next one

    @property
    def by_hand(self) -> bool:
        """Whether a person wrote it."""
        return self.text.startswith(MARK)


@dataclass(frozen=True)
class Change:
    """One sentence or row before and after; empty where there was none."""

    heading: str
    before: str
    after: str


@dataclass(frozen=True)
class TableCell:
    """One cell of a table before and after: the heading above the table, the row's name and the column's."""

    heading: str
    row: str
    column: str
    before: str
    after: str


def merge(new: str, edited: str) -> tuple[str, tuple[str, ...]]:
    """``new`` with the hand-written blocks of ``edited`` in their places, and the headings whose place is gone.

    A block stands again after the text that it followed, whatever numbers that now has; else at the end of its
    section; where the section itself is gone, at the end of the text.
    """
    blocks = _blocks(new)
    lost: list[str] = []
    before: Passage | None = None
    for block in _blocks(edited):
        if not block.by_hand:
            before = block
            continue
        if any(block.text == other.text for other in blocks):
            before = block
            continue
        place = _place(blocks, block.heading, before)
        if place is None:
            lost.append(block.title)
            place = len(blocks)
        ends = place == len(blocks)
        if ends and blocks:
            blocks[-1] = replace(blocks[-1], gap="\n\n")
        blocks.insert(place, replace(block, gap="\n" if ends else "\n\n"))
        before = block
    return _front(new) + "".join(block.text + block.gap for block in blocks), tuple(lost)


def changes(before: str, after: str) -> tuple[Change, ...]:
    """The sentences and rows that differ, each beside what it was, in the order of the text after."""
    old, new = (_sentences(text) for text in (before, after))
    bare = [[_bare(sentence) for _, sentence in side] for side in (old, new)]
    found = []
    for kind, i, j, k, m in SequenceMatcher(None, bare[0], bare[1], autojunk=False).get_opcodes():
        if kind == "equal":
            pairs = zip(old[i:j], new[k:m], strict=True)
            found += [Change(h, was, now) for (_, was), (h, now) in pairs if was != now]
            continue
        left = list(old[i:j])
        for heading, now in new[k:m]:
            like = get_close_matches(_bare(now), [_bare(was) for _, was in left], n=1, cutoff=_LIKE)
            was = next((pair for pair in left if like and _bare(pair[1]) == like[0]), None)
            if was:
                left.remove(was)
            found.append(Change(heading, was[1] if was else "", now))
        found += [Change(heading, was, "") for heading, was in left]
    return tuple(found)


def cells(before: str, after: str) -> tuple[TableCell, ...]:
    """The cells that differ, of the rows that both texts have; a row that only one of them has is a cell by itself."""
    old, new = (_tables(text) for text in (before, after))
    found = []
    for key in dict.fromkeys((*old, *new)):
        heads = key[1]
        heading = (new.get(key) or old[key])[0]
        was, now = (tables[key][1] if key in tables else {} for tables in (old, new))
        for row in dict.fromkeys((*was, *now)):
            if row not in was or row not in now:
                found.append(TableCell(heading, row, "", "、".join(was.get(row, ())), "、".join(now.get(row, ()))))
                continue
            pairs = zip(heads, was[row], now[row], strict=False)
            found += [TableCell(heading, row, column, x, y) for column, x, y in pairs if x != y]
    return tuple(found)


def sentences(before: str, after: str) -> tuple[Change, ...]:
    """The sentences that differ; tables, figures and headings, whose numbers shift with the parts before, left out."""
    return tuple(one for one in changes(before, after) if not (one.before or one.after).startswith(("|", "!", "#")))


def figures(text: str) -> list[str]:
    """The numbers and the directions of change of a sentence, in order."""
    return re.findall(rf"{_NUMBER.pattern}|{_WAYS.pattern}", text)


def _tables(text: str) -> dict[tuple[str, tuple[str, ...]], tuple[str, dict[str, tuple[str, ...]]]]:
    """(heading without its numbers, column heads) → the heading, and row name → its cells.

    A row is named by its first cell, or by as many as tell it.
    """
    found: dict[tuple[str, tuple[str, ...]], tuple[str, dict[str, tuple[str, ...]]]] = {}
    for block in _blocks(text):
        heads: tuple[str, ...] | None = None
        for line in block.text.splitlines():
            if not line.startswith("|"):
                continue
            row = tuple(plain(cell.strip()) for cell in _cells(line))
            if all(set(cell) <= set(":-") for cell in row):
                continue
            if heads is None:
                heads = row
                continue
            _, table = found.setdefault((block.heading, heads), (block.title, {}))
            name = next((name for n in range(1, len(row) + 1) if (name := "，".join(row[:n])) not in table), "")
            table[name] = row
    return found


def _cells(line: str) -> list[str]:
    """The cells of a line of a table, which begins with a stroke and may end with one."""
    cells = _BETWEEN_CELLS.split(line.strip())[1:]
    return cells[:-1] if cells[1:] and not cells[-1] else cells


def with_front(markdown: str, values: Mapping[str, str]) -> str:
    """A text with some lines of its front matter set anew; keys that it does not have are left out."""
    head, line, body = markdown.partition("\n---")
    for key, value in values.items():
        entry = f"{key}: {scalar(value)}".replace("\\", r"\\")
        head = re.sub(rf"^{key}[:：].*$", entry, head, flags=re.MULTILINE)
    return head + line + body


def front_value(markdown: str, key: str) -> str:
    """One line of the front matter of a text, or nothing."""
    found = re.search(rf"^{key}[:：]\s*(.*?)\s*$", markdown.partition("\n---")[0], re.MULTILINE)
    return unquoted(found[1]) if found else ""


def attachments(markdown: str) -> list[tuple[str, str]]:
    """The 附件 of a text: the title and the text under it, without the heading."""
    pieces = re.split(r"^# 附件\d*：(.+?)(?: \{横排\})?\n", markdown, flags=re.MULTILINE)
    return list(zip(map(plain, pieces[1::2]), (text.strip() + "\n" for text in pieces[2::2]), strict=True))


def detached(markdown: str, title: str, text: str) -> str:
    """One attachment of a text as a document of its own, under the same head."""
    head = re.sub(r"^附件:\n(?:  - .*\n)*", "", _front(markdown), flags=re.MULTILINE)
    return with_front(head, {"标题": title}).rstrip() + f"\n\n{text}"


def report(found: Sequence[Change], title: str, homeless: Sequence[str] = ()) -> str:
    """The changes as Markdown for a person: what to mend by hand in the edited text.

    ``homeless`` are the headings of hand-written paragraphs whose section the new text no longer has.
    """
    lines = [f"# {title}：数据变化", "", f"原稿有手工修改，没有覆盖。与新稿不同的有 {len(found)} 处。", ""]
    for gone in homeless:
        lines += [f"手写段落原在“{gone or '开头'}”之下，新稿没有这一部分，已移到文末。", ""]
    heading = None
    for change in found:
        if change.heading != heading:
            heading = change.heading
            lines += [f"## {heading or '开头'}", ""]
        lines += [f"- 原稿：{change.before or '（无）'}", f"  新稿：{change.after or '（无）'}", ""]
    return "\n".join(lines)


def _front(text: str) -> str:
    """The front matter with its closing line and the blank lines after it."""
    found = re.match(r"---\n.*?\n---\n\s*", text, re.DOTALL)
    return found[0] if found else ""


def _blocks(text: str) -> list[Passage]:
    found: list[Passage] = []
    heading = title = ""
    marked = False
    body = text.replace("\r\n", "\n").removeprefix(_front(text))
    pieces = re.split(r"(\n\s*\n|\n?$)", body)
    for stripped, gap in zip(pieces[::2], pieces[1::2], strict=False):
        if not stripped.strip():
            continue
        if stripped.strip() == MARK:  # a blank line was left under the mark
            marked = True
            continue
        if stripped.startswith("#") and not marked:
            title = re.sub(r"^#+\s*|\s*\{[^}]*\}$", "", stripped.splitlines()[0])
            heading = _bare(title)
        found.append(Passage(f"{MARK}\n{stripped}" if marked else stripped, heading, title, gap))
        marked = False
    return found


def _place(blocks: Sequence[Passage], heading: str, before: Passage | None) -> int | None:
    """Where a block is put in: after the one like ``before`` under the same heading, or at the section's end."""
    section = [place for place, block in enumerate(blocks) if block.heading == heading]
    if not section:
        return None
    if before is not None:
        wanted = _bare(before.text)
        texts = {place: _bare(blocks[place].text) for place in section}
        like = get_close_matches(wanted, texts.values(), n=1, cutoff=_LIKE)
        for place, text in texts.items():
            if like and text == like[0]:
                return place + 1
    return section[-1] + 1


def _sentences(text: str) -> list[tuple[str, str]]:
    found = []
    for block in _blocks(text):
        if block.by_hand:
            continue
        for line in block.text.splitlines():
            pieces = [line] if line.startswith(("|", "#", "!")) else re.findall(r"[^。；]+[。；]?", line)
            found += [(block.title, piece.strip()) for piece in pieces if piece.strip()]
    return found


def _bare(text: str) -> str:
    """A text without its numbers, by which it is known again; directions of change count as numbers."""
    return _WAYS.sub("±", _NUMBER.sub("0", text))
