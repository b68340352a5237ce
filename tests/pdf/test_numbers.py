"""One bulletin, four formats: every number of the Markdown stands in each of them, as often and no other."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from circulars import TEMPLATES
from python_calamine import CalamineWorkbook

from reports.render import render
from reports.render.check.sheet import MM_PER_PT, Line, read
from reports.render.document import parse

GOLD = Path(__file__).parents[1] / "gold"
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?%?")
RULE = re.compile(r"^\|(?:\s*:?-+:?\s*\|)+$")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ASSETS = {f"charts/{path.name}": path.read_bytes() for path in sorted(GOLD.glob("*.svg"))}


def numbers(texts: Iterable[str]) -> Counter[str]:
    return Counter(number for text in texts for number in NUMBER.findall(text))


@pytest.fixture(scope="module")
def text() -> str:
    return (GOLD / "province-2026Q3.md").read_text("utf-8")


@pytest.fixture(scope="module")
def body(text: str) -> list[str]:
    """The pieces of the body: paragraphs and cells."""
    lines = parse(text, "x").body.split("\n")
    kept = [line for line in lines if not RULE.match(line) and not line.startswith("![")]
    return [piece for line in kept for piece in (line.split("|") if line.startswith("|") else [line])]


@pytest.fixture(scope="module")
def printed(text: str, body: list[str]) -> Counter[str]:
    """Every number that a reader of the document should meet, once for each time."""
    front = parse(text, "x").front
    listed = [f"{place}. {name}" for place, name in enumerate(front.attachments, 1)]
    head = [front.mark, front.number, front.title, *front.recipients, *front.issuers, front.dated, front.note]
    return numbers([*body, *head, *listed, *front.copies, front.printer, front.printed])


def made(text: str, form: str) -> bytes:
    return render(text, form, assets=ASSETS, templates=TEMPLATES, source="通报.md")


def test_markdown(text: str) -> None:
    assert made(text, "md").decode() == text


def test_docx(text: str, printed: Counter[str]) -> None:
    with zipfile.ZipFile(io.BytesIO(made(text, "docx"))) as archive:
        document = ElementTree.fromstring(archive.read("word/document.xml"))
    found = numbers("".join(item.text or "" for item in paragraph.iter(f"{W}t")) for paragraph in document.iter(f"{W}p")
                    if not list(paragraph.iter(f"{W}txbxContent")))  # fmt: skip
    assert found == printed


def pieces(line: Line) -> list[str]:
    """A line cut at its gaps: the cells of a table stand on one line."""
    text = line.chars[0].text
    for a, b in pairwise(line.chars):
        text += (" " if b.x0 - a.x1 > 0.3 * line.size * MM_PER_PT else "") + b.text
    return text.split(" ")


def test_pdf(text: str, printed: Counter[str]) -> None:
    sheets = read(made(text, "pdf"), "x")
    # The number of a landscape page stands turned in its left margin.
    lines = [[char for char in line.chars if sheet.upright or char.x0 > 34] for sheet in sheets for line in sheet.lines]
    found = numbers(piece for chars in lines if chars for piece in pieces(Line(tuple(chars))))
    folios = Counter(str(sheet.number) for sheet in sheets if sheet.upright)
    chart = numbers(text for figure in ASSETS.values() for text in re.findall(r"<text[^>]*>([^<>]+)<", figure.decode()))
    heads = numbers(re.findall(r"^\|(.*)\|\n\|[ :|-]+\|$", text, flags=re.M))
    assert not printed - found, "lost"
    extra = found - printed - chart - folios
    # The head of a table that goes on is printed again on each page.
    assert set(extra) <= set(heads), "added"


def test_xlsx(text: str) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(made(text, "xlsx")))
    sheets = [book.get_sheet_by_index(place).to_python() for place in range(len(book.sheet_names))]
    tables = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.M)
    assert len(sheets) == len(tables) >= 4
    for sheet, table in zip(sheets, tables, strict=True):
        rows = [line.strip("|").split("|") for line in table.splitlines() if not RULE.match(line)]
        for row, shown in zip(rows, sheet[1:], strict=False):
            assert len(row) == len(shown)
            for cell, value in zip((cell.strip() for cell in row), shown, strict=True):
                if isinstance(value, float):
                    plain = float(cell.replace(",", "").rstrip("%"))
                    assert value == pytest.approx(plain / 100 if cell.endswith("%") else plain, abs=1e-12)
                else:
                    assert value == cell
