"""Format ``pdf``: the document on GB/T 9704-2012 pages, as PDF/A-3a with tags and bookmarks."""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from reports.errors import ConfigError, VerificationError
from reports.render import body, fonts, justify
from reports.render.document import Document
from reports.render.page import Page
from reports.render.verify import verify_pdf

VARIANT: Final = "pdf/a-3a"
"""Archival, tagged, and with room for attached data (ISO 19005-3)."""

_MEDIA_TYPES: Final = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}


def render(document: Document, *, assets: Mapping[str, bytes], templates: Path) -> bytes:
    """Lay *document* out and return the bytes of a verified PDF.

    Raises :class:`~reports.errors.VerificationError` for a character without a glyph or a file that
    does not read back whole, :class:`~reports.errors.ConfigError` for a figure that reaches outside.
    """
    weasyprint = fonts.load_weasyprint()
    fonts.roles()
    _refuse_missing_characters(document, assets)
    justify.install()
    page = Page(templates / "page")
    content = body.convert(document, assets, page.measure)
    fetcher = _fetcher(assets)
    style = weasyprint.CSS(string=page.style(document.front.style), url_fetcher=fetcher)
    configuration = weasyprint.text.fonts.FontConfiguration()

    def lay_out(**imprint: bool) -> Any:
        html = page.html(document, content, **imprint)
        source = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url=body.ASSET_SCHEME)
        return source.render(stylesheets=[style], font_config=configuration, pdf_variant=VARIANT, pdf_tags=True)

    with _collector_off(), _losses(document, fetcher):
        laid_out = lay_out()
        text_ends = _page_of(laid_out, "last")
        overflows = text_ends < len(laid_out.pages)
        # 版记 stands on the last, even page (7.4); a letter's may stand on any page (10.1).
        odd = text_ends % 2 == 1 and document.front.style != "信函"
        if _page_of(laid_out, "imprint") and (odd or overflows):
            # The text ends on an odd page, or leaves too little room on an even one: 版记 takes the next
            # even page. In the second case a blank page stands between, and neither is numbered (7.5).
            laid_out = lay_out(own_page=True, bare_page=text_ends % 2 == 0)
        data: bytes = laid_out.write_pdf(pdf_variant=VARIANT, pdf_tags=True)
    front = document.front
    required = [front.title, *front.issuers, front.dated, *content.required]
    if front.style in {"公文", "信函"}:
        required.append(front.number)
    verify_pdf(data, required=[text for text in required if text], source=document.source)
    return data


def _page_of(laid_out: Any, anchor: str) -> int:
    """Number of the page, from 1, on which the element with this id lies; 0 for none."""
    return next((number for number, page in enumerate(laid_out.pages, 1) if anchor in page.anchors), 0)


class _Refused(OSError):
    """A fetch outside the bulletin's own figures."""


def _fetcher(assets: Mapping[str, bytes]) -> Any:
    """A fetcher that knows ``data:`` and our own figures, and nothing else: no file, no network."""
    from weasyprint import urls  # noqa: PLC0415

    class OwnFigures(urls.URLFetcher):  # type: ignore[misc]
        refused: list[str]  # the engine may swallow our exception, but not this list

        def fetch(self, url: str, headers: Any = None) -> Any:
            name = unquote(url.removeprefix(body.ASSET_SCHEME))
            if url.startswith(body.ASSET_SCHEME) and name in assets:
                media_type = _MEDIA_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
                return urls.URLFetcherResponse(url, assets[name], {"Content-Type": media_type})
            if url.startswith("data:"):
                return super().fetch(url, headers)
            self.refused.append(url[:120])
            raise _Refused(url[:120])

    fetcher = OwnFigures(allowed_protocols=("data",))
    fetcher.refused = []
    return fetcher


_SVG_TEXT: Final = re.compile(r">([^<>]+)<")


def _refuse_missing_characters(document: Document, assets: Mapping[str, bytes]) -> None:
    """Find characters without a glyph before anything is drawn: a blank box must never be printed."""
    if absent := fonts.missing(document.text):
        for number, line in enumerate(document.text.split("\n"), 1):
            for column, char in enumerate(line, 1):
                if char in absent:
                    raise VerificationError(
                        f"已安装的字体都没有这个字：“{char}”（U+{ord(char):04X}）",
                        where=f"{document.source} 第{number}行第{column}字",
                        advice="请改用通用规范汉字，或安装含有此字的字体（例如 fonts-noto-cjk）后重试。",
                    )
    for name, data in assets.items():
        if name.endswith(".svg"):
            words = _SVG_TEXT.findall(data.decode("utf-8", errors="replace"))
            if absent := fonts.missing(words):
                raise VerificationError(
                    f"已安装的字体都没有这个字：“{absent[0]}”（U+{ord(absent[0]):04X}）",
                    where=f"图 {name}",
                    advice="请修改图中的文字，或安装含有此字的字体后重试。",
                )


@contextmanager
def _collector_off() -> Iterator[None]:
    """Layout makes millions of long-lived boxes; collecting cycles among them costs a quarter of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _losses(document: Document, fetcher: Any) -> Iterator[None]:
    """Turn what the engine only logs into errors: a refused fetch, a figure it could not draw, a blank box."""
    messages: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR or ".notdef" in record.getMessage():
                messages.append(record.getMessage())

    logger = logging.getLogger("weasyprint")
    collector, propagate = Collector(level=logging.WARNING), logger.propagate
    logger.addHandler(collector)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagate
    if fetcher.refused:
        raise ConfigError(
            f"图中引用了外部文件，已拒绝读取：{fetcher.refused[0]}",
            where=document.source,
            advice="图只能使用自身的内容；请删去图中的外部引用。",
        )
    if messages:
        raise VerificationError(
            f"排版时有内容未能印出：{messages[0]}",
            where=document.source,
            advice="请检查图文件是否完整、字体是否齐全。",
        )
