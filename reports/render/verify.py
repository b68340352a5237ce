"""Open a finished PDF again and refuse one that is not whole: a file that exists can still be wrong."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from reports.errors import VerificationError

_SPACE: Final = re.compile(r"\s+")
_FOLIO: Final = re.compile(r"^—\d+—|—\d+—$")
_NAME_BYTES: Final = 128


def verify_pdf(data: bytes, *, required: Sequence[str], source: str = "通报", fewest_pages: int = 1) -> None:
    """Check the bytes of a PDF as a reader would meet them.

    At least *fewest_pages* pages; every font embedded; every string of *required* in the text (white
    space and line ends aside); no table without a data cell. Raises
    :class:`~reports.errors.VerificationError` naming *source* and what is wrong.
    """
    advice = "文件未发布。请检查内容与字体后重新生成；若仍出现，请报告此问题。"
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise VerificationError("生成的 PDF 无法读取。", where=source, advice=advice) from error
    with document:
        if len(document) < fewest_pages:
            raise VerificationError(f"生成的 PDF 只有{len(document)}页", where=source, advice=advice)
        text, empty = "", False
        loose: set[str] = set()
        for page in document:
            text += page.get_textpage().get_text_range()
            loose.update(_fonts_not_embedded(page))
            empty = empty or any("TD" not in kinds for kinds in _tables(page))
    if loose:
        raise VerificationError(f"字体未嵌入：{'、'.join(sorted(loose))}", where=source, advice=advice)
    text = _SPACE.sub("", text)
    absent = next((wanted for wanted in required if _SPACE.sub("", wanted) not in text), None)
    if absent is not None:
        raise VerificationError(f"生成的 PDF 中找不到应有的文字：“{absent}”", where=source, advice=advice)
    if empty:
        raise VerificationError("生成的 PDF 中有空表格", where=source, advice=advice)


def words_of_pdf(data: bytes) -> str:
    """All that a PDF says, without blanks and page numbers; nothing for one that cannot be read."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return ""
    with document:
        pages = (_SPACE.sub("", page.get_textpage().get_text_range()) for page in document)
        return "".join(_FOLIO.sub("", words) for words in pages)


def keywords_of_pdf(data: bytes) -> str:
    """The keywords in a PDF's metadata; nothing for one that cannot be read."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return ""
    with document:
        return str(document.get_metadata_value("Keywords"))


def pages_of_pdf(data: bytes) -> int:
    """How many pages a PDF of ours has."""
    with pypdfium2.PdfDocument(data) as document:
        return len(document)


def _fonts_not_embedded(page: Any) -> Iterator[str]:
    seen: set[int] = set()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
        font = pdfium.FPDFTextObj_GetFont(item.raw)
        key = ctypes.cast(font, ctypes.c_void_p).value or 0
        if key in seen:
            continue
        seen.add(key)
        if pdfium.FPDFFont_GetIsEmbedded(font) != 1:
            name = ctypes.create_string_buffer(_NAME_BYTES)
            pdfium.FPDFFont_GetBaseFontName(font, name, _NAME_BYTES)
            yield name.value.decode("utf-8", "replace") or "?"


def _tables(page: Any) -> Iterator[set[str]]:
    """The kinds of elements below each Table of the page's tag tree."""
    tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return
    try:
        stack = [
            pdfium.FPDF_StructTree_GetChildAtIndex(tree, i) for i in range(pdfium.FPDF_StructTree_CountChildren(tree))
        ]
        while stack:
            element = stack.pop()
            if _kind(element) == "Table":
                yield {_kind(below) for below in _below(element)}
            elif element:
                stack.extend(_children(element))
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _kind(element: Any) -> str:
    name = ctypes.create_string_buffer(_NAME_BYTES)
    pdfium.FPDF_StructElement_GetType(element, name, _NAME_BYTES)
    return name.raw.decode("utf-16-le").split("\0")[0]


def _children(element: Any) -> list[Any]:
    count = pdfium.FPDF_StructElement_CountChildren(element)
    found = (pdfium.FPDF_StructElement_GetChildAtIndex(element, index) for index in range(count))
    return [child for child in found if child]


def _below(element: Any) -> Iterator[Any]:
    for child in _children(element):
        yield child
        yield from _below(child)
