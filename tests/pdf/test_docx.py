"""The DOCX: whole, in styles only, and the same bytes every time. How it looks is tested with LibreOffice."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from circulars import CIRCULAR, FRONT, SENTENCE, SVG, TEMPLATES
from test_check import OURS

from reports.render import render

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# The order that the format prescribes (ECMA-376, part 1, 17.3.1.26, 17.3.2.28, 17.6.17); Word refuses another.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl pBdr tabs overflowPunct autoSpaceDE "
    "autoSpaceDN snapToGrid spacing ind jc outlineLvl sectPr",
    "rPr": "rStyle rFonts b i color spacing kern sz szCs lang",
    "sectPr": "headerReference footerReference type pgSz pgMar titlePg docGrid",
    "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar",
    "style": "name basedOn next uiPriority semiHidden qFormat pPr rPr tblPr tcPr",
}


def made(text: str) -> bytes:
    return render(text, "docx", assets={"charts/trend.svg": SVG}, templates=TEMPLATES, source="样稿.md")


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(made(CIRCULAR))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def xml(parts: dict[str, bytes], name: str) -> ElementTree.Element:
    return ElementTree.fromstring(parts[name])


def test_same_bytes_twice_without_a_clock() -> None:
    first = made(CIRCULAR)
    assert made(CIRCULAR) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2025-10-15T00:00:00Z" in archive.read("docProps/core.xml")


def test_every_paragraph_only_names_its_style(parts: dict[str, bytes]) -> None:
    document = xml(parts, "word/document.xml")
    assert {child.tag for pPr in document.iter(f"{W}pPr") for child in pPr} == {f"{W}pStyle", f"{W}sectPr"}
    assert {child.tag for rPr in document.iter(f"{W}rPr") for child in rPr} <= {f"{W}rStyle"}
    styles = {style.get(f"{W}styleId") for style in xml(parts, "word/styles.xml")}
    for name, data in parts.items():
        if name.startswith("word/") and name.endswith(".xml"):
            used = re.findall(r'<w:(?:pStyle|rStyle|tblStyle|basedOn|next) w:val="([^"]+)"', data.decode())
            assert set(used) <= styles, name


def test_elements_stand_in_the_prescribed_order(parts: dict[str, bytes]) -> None:
    for name in parts:
        if not name.startswith("word/") or not name.endswith(".xml"):
            continue
        for element in xml(parts, name).iter():
            order = ORDER.get(element.tag.removeprefix(W), "").split()
            if order:
                places = [order.index(child.tag.removeprefix(W)) for child in element]
                assert places == sorted(places), (name, ElementTree.tostring(element)[:300])


def test_every_part_is_declared_and_every_reference_leads_somewhere(parts: dict[str, bytes]) -> None:
    relations = {item.get("Id"): item.get("Target") for item in xml(parts, "word/_rels/document.xml.rels")}
    assert {f"word/{target}" for target in relations.values()} <= set(parts)
    used = set(re.findall(r'r:(?:id|embed)="([^"]+)"', parts["word/document.xml"].decode()))
    assert used <= set(relations)
    declared = {item.get("PartName", "") for item in xml(parts, "[Content_Types].xml")}
    assert {f"/{name}" for name in parts if name.startswith("word/") and name.endswith(".xml")} <= declared


def test_tables_repeat_their_heads_and_keep_their_rows(parts: dict[str, bytes]) -> None:
    tables = list(xml(parts, "word/document.xml").iter(f"{W}tbl"))
    assert len(tables) == 3
    for table in tables:
        rows = table.findall(f"{W}tr")
        assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


def test_sections_turn_with_the_tables(parts: dict[str, bytes]) -> None:
    sizes = [item.get(f"{W}orient") for item in xml(parts, "word/document.xml").iter(f"{W}pgSz")]
    assert sizes == [None, "landscape", None, None]  # text, annex 1, annex 2, 版记 on its own even page
    types = [item.get(f"{W}val") for item in xml(parts, "word/document.xml").iter(f"{W}type")]
    assert types[-1] == "evenPage"


def test_figures_carry_their_words_and_nothing_is_lost(parts: dict[str, bytes]) -> None:
    document = parts["word/document.xml"].decode()
    assert 'descr="走势"' in document
    assert parts["word/media/image1.png"].startswith(b"\x89PNG")
    words = "".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", document))
    for wanted in ("辽高法〔2025〕128号", "数据截至2025年9月30日", "沈阳市第60人民法院", "抄送：省委政法委，省人大"):
        assert wanted in words


@pytest.mark.parametrize("name", OURS)
def test_every_layout_is_well_formed(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(made(OURS[name]))) as archive:
        for part in archive.namelist():
            ElementTree.fromstring(archive.read(part))


def test_markup_in_the_text_stays_text() -> None:
    data = made(FRONT.replace("标题: ", "标题: A&B<c>") + SENTENCE + "\n\n**甲<乙&丙**\n")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        document = ElementTree.fromstring(archive.read("word/document.xml"))
    words = "".join(item.text or "" for item in document.iter(f"{W}t"))
    assert "甲<乙&丙" in words
    assert "A&B<c>" in words
