"""Open a finished PDF again and refuse one that is not whole: a file that exists can still be wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject

from reports.errors import VerificationError

_SPACE: Final = re.compile(r"\s+")


def verify_pdf(data: bytes, *, required: Sequence[str], source: str = "通报", fewest_pages: int = 1) -> None:
    """Check the bytes of a PDF as a reader would meet them.

    At least *fewest_pages* pages; every font embedded; every string of *required* in the text (white
    space and line ends aside); no table without a data cell. Raises
    :class:`~reports.errors.VerificationError` naming *source* and what is wrong.
    """
    advice = "文件未发布。请检查内容与字体后重新生成；若仍出现，请报告此问题。"
    try:
        reader = PdfReader(io.BytesIO(data))
        pages = list(reader.pages)
    except (PyPdfError, ValueError, KeyError) as error:
        raise VerificationError(f"生成的 PDF 无法读取：{error}", where=source, advice=advice) from error
    if len(pages) < fewest_pages:
        raise VerificationError(f"生成的 PDF 只有{len(pages)}页", where=source, advice=advice)
    loose = sorted({name for page in pages for name in _fonts_not_embedded(page)})
    if loose:
        raise VerificationError(f"字体未嵌入：{'、'.join(loose)}", where=source, advice=advice)
    absent = _not_found(pages, required)
    if absent:
        raise VerificationError(f"生成的 PDF 中找不到应有的文字：“{absent[0]}”", where=source, advice=advice)
    if any("TD" not in kinds for kinds in _tables(reader)):
        raise VerificationError("生成的 PDF 中有空表格", where=source, advice=advice)


def _not_found(pages: Sequence[Any], required: Sequence[str]) -> list[str]:
    """The strings that no page has. Reading text is the slow part: stop when everything has been found."""
    absent, text = list(required), ""
    for page in pages:
        if not absent:
            break
        text += _SPACE.sub("", page.extract_text())
        absent = [wanted for wanted in absent if _SPACE.sub("", wanted) not in text]
    return absent


def _fonts_not_embedded(page: Any) -> Iterator[str]:
    resources = page.get("/Resources", {})
    fonts = resources.get("/Font", {}) if resources else {}
    for reference in fonts.values():
        font = reference.get_object()
        for descendant in font.get("/DescendantFonts", [font]):
            member = descendant.get_object()
            if member.get("/Subtype") == "/Type3":
                continue
            descriptor = member.get("/FontDescriptor", {})
            descriptor = descriptor.get_object() if descriptor else {}
            if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
                yield str(font.get("/BaseFont", "?")).lstrip("/")


def _tables(reader: PdfReader) -> Iterator[set[str]]:
    """The kinds of elements below each Table of the tag tree."""
    root = reader.root_object.get("/StructTreeRoot")
    if root is None:
        return
    stack: list[Any] = [root]
    while stack:
        element = stack.pop().get_object()
        if not isinstance(element, DictionaryObject):
            continue
        if element.get("/S") == "/Table":
            yield _kinds(element)
            continue
        stack.extend(_children(element))


def _children(element: DictionaryObject) -> list[Any]:
    below = element.get("/K", [])
    below = below.get_object() if hasattr(below, "get_object") else below
    return list(below) if isinstance(below, ArrayObject) else [below]


def _kinds(table: DictionaryObject) -> set[str]:
    kinds: set[str] = set()
    stack = _children(table)
    while stack:
        element = stack.pop()
        element = element.get_object() if hasattr(element, "get_object") else element
        if isinstance(element, DictionaryObject):
            kinds.add(str(element.get("/S", "")).lstrip("/"))
            stack.extend(_children(element))
    return kinds
