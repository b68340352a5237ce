"""Blocks → the HTML that the page frames hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

from reports.render import fonts, shape
from reports.render.body import (
    Attendance,
    Block,
    Caption,
    Figure,
    Heading,
    Image,
    Paragraph,
    Table,
    Text,
    leads,
    plain,
)

ASSET_SCHEME: Final = "asset:"
"""Figures are addressed by this scheme, which only our own fetcher knows."""

_LAST_ROWS: Final = 3
_FIRST_ROWS: Final = 2  # under the head of a table that begins at the foot of a page
_BRIEF: Final = 28.0  # characters: a line, which is not parted from the table that it announces
_WHITE: Final = 90.0  # points, a seventh of the type area: what moving rows may leave white
_SMALL: Final = 57.0  # the same of the head of a table, which its name and the air about it are moved with
TALL: Final = 75.0  # of a row, by an estimate that words in Latin letters may exceed

_ELEMENTS: Final = {"strong": "b", "em": "i"}


def write(blocks: Sequence[Block]) -> str:
    """The blocks as HTML; all text is escaped."""
    parts = []
    pairs = zip(blocks, leads(blocks), strict=True)
    for small, group in groupby(pairs, key=lambda pair: isinstance(pair[0], Paragraph) and pair[0].note):
        inner = "\n".join(_block(block, lead) for block, lead in group)
        parts.append(f'<div class="note">{inner}</div>' if small else inner)
    return "\n".join(parts)


def text(content: str) -> str:
    """Escape *content*; wrap characters of another font so that they do not stretch their line.

    A second font inside a line has other metrics, and one rare name character would push the last line
    off the page (the grid of 5.2.3); the span's ``line-height: 0`` takes its height out of the line.
    """
    content = _TOGETHER.sub(_JOINER, _LINE_END.sub("\u200b", content))
    if not any(map(_foreign, content)):
        return escape(content)
    runs = ((strange, "".join(chars)) for strange, chars in groupby(content, key=_foreign))
    return "".join(f'<span class="rare">{escape(run)}</span>' if strange else escape(run) for strange, run in runs)


# Unicode's rules keep “46.17%（2635.31/5707.94万元）” in one piece: half a line. A line may end before the
# bracket and behind the stroke of two numbers; a zero-width space says so and leaves no trace in the file.
_LINE_END: Final = re.compile(r"(?<=[0-9%％])(?=（)|(?<=[0-9]{2}/)(?=[0-9]{2})|(?<=[0-9]\.[0-9]{2}/)(?=[0-9]{3})")


# They would also end a line between a number and its unit, and within “（542件中15件）”: a word joiner says not to.
_JOINER: Final = "\u2060"
_TOGETHER: Final = re.compile(
    r"(?<=[0-9])(?=[件项个天年月日号次名人期份条页起倍位级元万亿种批轮岁—])|(?<=[0-9%]—)(?=[0-9])|(?<=[0-9]%)(?=—)"
    r"|(?<=[0-9]个)(?=百分点|月)|(?<=个百)(?=分点)|(?<=个百分)(?=点)|(?<=[0-9]万)(?=[元件])"
    r"|(?<=[0-9]件)(?=中[0-9])|(?<=[0-9]件中)(?=[0-9])|(?<=不)(?=[高低]于[0-9])|(?<=不[高低])(?=于[0-9])|(?<=不[高低]于)(?=[0-9])"
)


def unjoined(content: str) -> str:
    """What :func:`text` was given, of what is read back from a page."""
    return content.replace("\u200b", "").replace(_JOINER, "")


def _foreign(char: str) -> bool:
    return char not in {"\u200b", _JOINER} and fonts.foreign(char)


def _block(block: Block, lead: bool) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{_runs(block.text)}</h{block.level}>"
        case Paragraph():
            if not block.text:
                return '<p class="blank"></p>'
            brief = " brief" if shape.width(plain(block.text)) < _BRIEF else ""
            mark = f' class="lead{brief}"' if lead else ""
            return f"<p{mark}>{_runs(block.text)}</p>"
        case Attendance():
            return (
                f'<div class="attendance"><div class="label">{block.label}：</div><div>{_runs(block.text)}</div></div>'
            )
        case Caption():
            return f'<p class="caption {"above" if block.above else "below"}">{_runs(block.text)}</p>'
        case Figure():
            return f'<div class="figure">{"".join(map(_image, block.images))}</div>'
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    columns = "".join(f'<col style="width:{value:.2f}pt">' for value in table.widths)
    head = "".join(f'<th scope="col">{"<br>".join(map(text, lines))}</th>' for lines in table.head)
    height = sum(table.heights)
    whole = " whole" if height <= _SMALL else " small" if height <= _WHITE else ""
    rows = "\n".join(
        f"<tr{mark}>"
        + "".join(f'<td class="{align}">{_runs(cell)}</td>' for cell, align in zip(row, table.aligns, strict=True))
        + "</tr>"
        for mark, row in zip(_marks(table), table.rows, strict=True)
    )
    return (
        f'<div class="table{whole}"><table class="size{table.size * 10:.0f}" style="width:{sum(table.widths):.2f}pt">'
        f"<colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )


def _marks(table: Table) -> Iterator[str]:
    """What is said of each row about the end of a page.

    A row alone on a page reads like a slip: the first rows and the last stay together, as long as this leaves no hole.
    What is moved leaves white of its own height and of up to a row more. A row too high for that is cut.
    """
    head, *rows = table.heights
    for place, height in enumerate(rows):
        first = 0 < place < _FIRST_ROWS and head + sum(rows[: place + 1]) <= _SMALL
        last = place > len(rows) - _LAST_ROWS > 0 and sum(rows[max(place - 2, 0) :]) <= _WHITE
        yield ' class="kept"' if first or last else ' class="tall"' if height > TALL else ""


def _runs(runs: Text) -> str:
    parts = []
    for run in runs:
        if isinstance(run, Image):
            parts.append(_image(run))
        elif run.type == "break":
            parts.append("<br>")
        else:
            element = _ELEMENTS.get(run.type)
            parts.append(f"<{element}>{text(run.text)}</{element}>" if element else text(run.text))
    return "".join(parts)


def _image(image: Image) -> str:
    return f'<img src="{escape(ASSET_SCHEME + image.name)}" alt="{escape(image.alt)}">'
