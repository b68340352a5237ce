"""A bulletin that a person has edited, and the text that a new run makes: what to carry over, what has changed.

A paragraph, list or table under the line :data:`~reports.model.HAND_WRITTEN` is hand-written; layout omits the mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches

from reports.escaping import plain, scalar, unquoted
from reports.model import HAND_WRITTEN as MARK

_NUMBER = re.compile(r"\d[\d,.]*|[零〇一二三四五六七八九十百千]+(?=[、项个次件名])")
_WAYS = re.compile("上升|下降|增长|增加|减少|持平|优于|劣于|处于")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
_ITEM = re.compile(r"^\d+．")  # what numbers an item
_NAME = re.compile(r"(表\d+)　|图\d+　|[|!#]")  # of a table or figure; a heading, a row, a figure
_BOUND = re.compile(
    "环比|同比|较|比|其中|分别|上升|下降|增加|减少|高于|低于|本级|基层"
)  # clauses of which the sentence's beginning says of what
_UNIT = re.compile("（(%|个百分点|百分点|天|件|万元)）$")  # at the end of a column's head
_LONG = 20  # letters: of a longer cell only the clauses that differ are told
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
class Difference:
    """A sentence or the row of a table that two texts print otherwise.

    ``place`` says where (of a row that only the second text has, there); ``parts`` are its clauses, or its cells by the
    heads of their columns, that differ: (head or nothing, before, after). One text may lack it as a whole: then
    the other's words are the only part. ``figures`` says whether numbers or directions of change differ, ``whole`` is
    all of it as the first text has it, ``at`` in which line of that and as which sentence.
    """

    place: str
    parts: tuple[tuple[str, str, str], ...]
    figures: bool
    row: bool = False
    whole: str = ""
    at: tuple[int, int] = (0, 0)

    @property
    def before(self) -> str:
        """What the first text prints."""
        return self._side(1)

    @property
    def after(self) -> str:
        """What the second text prints."""
        return self._side(2)

    @property
    def numbers(self) -> bool:
        """Whether it is the same sentence or row with other numbers."""
        both = bool(self.before and self.after)
        return both and self.figures and (self.row or all(_bare(x) == _bare(y) for _, x, y in self.parts))

    def _side(self, side: int) -> str:
        return ("、" if self.row else "……").join("".join(valued(one[0], one[side])) for one in self.parts if one[side])


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


def differences(before: str, after: str) -> tuple[Difference, ...]:
    """What two texts print otherwise in sentences and tables, in the order of the first; what it has not comes last.

    Headings, names of tables and figures, whose numbers shift with the parts before, and hand-written tables are left
    out.
    """
    lines = [_lines(line) for line in before.splitlines()]
    order = {piece: (n, m) for n in reversed(range(len(lines))) for m, piece in reversed([*enumerate(lines[n])])}
    titles = {sentence: title for title, sentence in reversed(_sentences(before))}
    last = (len(lines), 0)
    found = [
        Difference(
            _place_told(titles.get(one.before, one.heading)),
            parts,
            figures(parts),
            whole=one.before,
            at=order.get(one.before, last),
        )
        for one in changes(before, after)
        if not _NAME.match(one.before or one.after) and (parts := _clauses(one.before, one.after))
    ]
    old, new = (_tables(text) for text in (before, after))
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key, {}), new.get(key, {})
        pairs = [(row, was.get(row), now.get(row)) for row in dict.fromkeys((*was, *now))]
        for row, x, y in _matched(pairs):
            if parts := _cell_parts(key[1], x, y):
                place = "".join(f"{one.place}，{row}" for one in (x or y,) if one)
                whole, at = (x.line, order[x.line]) if x else ("", last)
                found.append(Difference(place, parts, figures(parts), row=True, whole=whole, at=at))
    return tuple(sorted(found, key=lambda one: one.at))


def figures(parts: Sequence[tuple[str, str, str]]) -> bool:
    """Whether numbers or directions of change differ, those that only number an item left out."""
    return any(_figures(before) != _figures(after) for _, before, after in parts)


def _figures(text: str) -> list[str]:
    return re.findall(rf"{_NUMBER.pattern}|{_WAYS.pattern}", _ITEM.sub("", text))


def valued(head: str, text: str) -> tuple[str, str]:
    """The head of a column without its unit, and the number of a cell with it."""
    unit = _UNIT.search(head)
    return (head[: unit.start()], text + (unit[1] if text[-1:].isdigit() else "")) if unit else (head, text)


def _place_told(title: str) -> str:
    annex = re.match(r"附件\d*", title)
    return annex[0] if annex else title or "开头"


def _table_told(title: str, name: str | None) -> str:
    """A table by its own name, by that of its annex, or by the heading above."""
    place = _place_told(title)
    return f"{place if place.startswith('附件') else ''}{name}" if name else place


def _clauses(before: str, after: str) -> tuple[tuple[str, str, str], ...]:
    """The clauses of a sentence that differ; those that say nothing by themselves behind the words it begins with."""
    old, new = (
        re.split(r"(?<=[，：])", _ITEM.sub("", text.removeprefix("> ").rstrip("。；"))) for text in (before, after)
    )
    if before and after and len(old) == len(new):
        runs: list[list[int]] = []
        for place, (x, y) in enumerate(zip(old, new, strict=True)):
            if x == y:
                continue
            if runs and runs[-1][-1] == place - 1:
                runs[-1].append(place)
            else:
                runs.append([place])
        found = [tuple("".join(side[place] for place in run).strip("，：") for side in (old, new)) for run in runs]
        if runs and runs[0][0] and _BOUND.match(found[0][0]):
            lead = re.split(r"\d", old[0])[0].strip("，：").rstrip("为")
            found[0] = tuple(f"{lead}……{text}" for text in found[0])
    else:
        found = [("".join(old), "".join(new))] if before or after else []
    return tuple(("", plain(x), plain(y)) for x, y in found)


@dataclass(frozen=True)
class _Row:
    """A row of a table: its cells, the line that it is, and which table it is of."""

    cells: tuple[str, ...]
    line: str
    place: str


def _matched(pairs: Sequence[tuple[str, _Row | None, _Row | None]]) -> Iterator[tuple[str, _Row | None, _Row | None]]:
    """Rows of the same name, and those whose names differ in their numbers only."""
    left = {_bare("".join(y.cells)): (name, y) for name, x, y in pairs if y and not x}
    for name, x, y in pairs:
        if x and not y:
            yield name, x, left.pop(_bare("".join(x.cells)), ("", None))[1]
        elif x:
            yield name, x, y
    yield from ((name, None, y) for name, y in left.values())


def _cell_parts(heads: Sequence[str], x: _Row | None, y: _Row | None) -> tuple[tuple[str, str, str], ...]:
    if x is None or y is None:
        was, now = ("，".join(row.cells[1:]) if row else "" for row in (x, y))
        return (("", was, now),)
    found: list[tuple[str, str, str]] = []
    for head, was, now in zip(heads, x.cells, y.cells, strict=False):
        if was != now:
            clauses = (_clauses(was, now) if len(was) > _LONG else ()) or (("", was, now),)
            found += [(head, *clauses[0][1:]), *clauses[1:]]
    return tuple(found)


def _tables(text: str) -> dict[tuple[str, tuple[str, ...]], dict[str, _Row]]:
    """(heading without its numbers, column heads) → row name → the row.

    A row is named by its first cell, or by as many as tell it.
    """
    found: dict[tuple[str, tuple[str, ...]], dict[str, _Row]] = {}
    before = ""
    for block in _blocks(text):
        heads: tuple[str, ...] | None = None
        name = _NAME.match(before)
        before = block.text
        for line in block.text.splitlines() if not block.by_hand else ():
            if not line.startswith("|"):
                continue
            row = tuple(plain(cell.strip()) for cell in _cells(line))
            if all(set(cell) <= set(":-") for cell in row):
                continue
            if heads is None:
                heads = row
                continue
            table = found.setdefault((block.heading, heads), {})
            key = next((key for n in range(1, len(row) + 1) if (key := "，".join(row[:n])) not in table), "")
            table[key] = _Row(row, line.strip(), _table_told(block.title, name[1] if name else ""))
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


def with_line(markdown: str, key: str, value: str) -> str:
    """A text with one more line at the end of its front matter."""
    head, line, body = markdown.partition("\n---")
    return f"{head}\n{key}: {scalar(value)}{line}{body}"


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
    return [(block.title, line) for block in _blocks(text) if not block.by_hand for line in _lines(block.text)]


def _lines(text: str) -> list[str]:
    """The sentences of a paragraph, or the rows of a table."""
    found: list[str] = []
    for line in text.splitlines():
        found += [line] if line.startswith(("|", "#", "!")) else re.findall(r"[^。；]+[。；]?", line)
    return [stripped for piece in found if (stripped := piece.strip())]


def _bare(text: str) -> str:
    """A text without its numbers, by which it is known again; directions of change count as numbers."""
    return _WAYS.sub("±", _NUMBER.sub("0", text))
