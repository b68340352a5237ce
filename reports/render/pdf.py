"""Format ``pdf``: the document on GB/T 9704-2012 pages, as PDF/A-3a with tags and bookmarks."""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from reports.errors import ConfigError, VerificationError
from reports.render import body, fonts, html, justify
from reports.render.document import Document, FrontMatter, parse
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


def render(document: Document, *, assets: Mapping[str, bytes], page: Page) -> bytes:
    """Lay *document* out and return the bytes of a verified PDF.

    What no installed font has is printed as 〓. Raises :class:`~reports.errors.VerificationError` for a file that
    does not read back whole, :class:`~reports.errors.ConfigError` for a figure that reaches outside.
    """
    document, assets = printable(document, assets)
    content = body.convert(document, assets, page.measure)
    with engine(document.source, assets) as (weasyprint, fetcher):
        laid_out, _ = lay_out(document, content, page, weasyprint, fetcher)
        _plain_bookmarks(laid_out.pages)
        laid_out.metadata.attachments = _attachments(document.front, assets, weasyprint)
        data: bytes = laid_out.write_pdf(pdf_variant=VARIANT, pdf_tags=True)
        verify_pdf(data, required=_required(document.front, content), source=document.source)
    return data


def printable(document: Document, assets: Mapping[str, bytes]) -> tuple[Document, Mapping[str, bytes]]:
    """A document and its figures with 〓 for what no font has; both themselves where fonts have everything."""
    text = fonts.shown(document.text)
    drawn = {name: data.decode("utf-8", "replace") for name, data in assets.items() if name.endswith(".svg")}
    odd = {name: shown.encode() for name, figure in drawn.items() if (shown := fonts.shown(figure)) != figure}
    return (document if text == document.text else parse(text, document.source)), ({**assets, **odd} if odd else assets)


def _plain_bookmarks(pages: Any) -> None:
    """Bookmarks without the characters that keep a line together or let it end: nobody searches for those."""
    for page in pages:
        page.bookmarks = [(level, html.unjoined(label), *place) for level, label, *place in page.bookmarks]


def _attachments(front: FrontMatter, assets: Mapping[str, bytes], weasyprint: Any) -> list[Any]:
    """The tables of numbers as files in the PDF (ISO 19005-3, 6.8): their dates are the document's, names are ASCII."""
    found = re.fullmatch(r"(\d+)年(\d+)月(\d+)日", front.dated)
    day = datetime(*(int(part) for part in found.groups()) if found else (2000, 1, 1), tzinfo=UTC)  # type: ignore[misc]
    tables = [data for name, data in sorted(assets.items()) if name.endswith(".csv")]
    return [
        weasyprint.Attachment(
            string=data.decode("utf-8"), name=f"indicators{place or ''}.csv", description=f"{front.title}：指标数据",
            created=day, modified=day, relationship="Data",
        )
        for place, data in enumerate(tables)
    ]  # fmt: skip


def _required(front: FrontMatter, content: body.Body) -> list[str]:
    """What a reader must find on paper."""
    number = front.number if front.style in {"公文", "信函"} else ""
    return [text for text in (front.title, number, *front.issuers, front.dated, *content.required) if text]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where 版记 stands (7.4, 7.5): on the page where the text ends, or alone on the next even one, numbered or not.

    ``tight`` are the parts, 0 the text and from 1 the attachments, whose tables are set with less air so that their
    last lines need no page of their own.
    """

    alone: bool = False
    bare: bool = False
    tight: frozenset[int] = frozenset()


_PIXELS: Final = 96 / 72  # of the engine, in a point
_AIR: Final = 2.0 * _PIXELS  # that less air takes from a row (page.css: .tight)
_AIR_ELSEWHERE: Final = (120.0 * _PIXELS, 30.0 * _PIXELS)  # and, at most, about the signature; from another's title
_SPILL: Final = 0.25  # of the type area: what a last page holds that less air about the tables may spare
_CLOSING: Final = 0.35  # the same where the signature goes with it
_HEADING: Final = 60.0  # points: a heading or two lines above the figure that a page begins with
_WHITE: Final = (0.15, 0.25)  # of the type area: what is left under a page's last words that less air may fill


def lay_out(document: Document, content: body.Body, page: Page, weasyprint: Any, fetcher: Any) -> tuple[Any, Layout]:
    """The pages of *document*, and how they are laid out; ``weasyprint`` and ``fetcher`` come from :func:`engine`."""
    style = _sheet(page.style(document.front.style))
    configuration = weasyprint.text.fonts.FontConfiguration()
    letter = document.front.style == "信函"

    def pages_of(text: str) -> Any:
        source = weasyprint.HTML(string=text, url_fetcher=fetcher, base_url=html.ASSET_SCHEME)
        return source.render(stylesheets=[style], font_config=configuration, pdf_variant=VARIANT, pdf_tags=True)

    def cost(pages: Any) -> tuple[tuple[int, bool, int], int]:
        return _paper(pages, letter=letter), len(_white(pages))

    laid_out, tight = pages_of(page.html(document, content)), frozenset[int]()
    spilt, white = _spilt(laid_out.pages, content, letter=letter), _white(laid_out.pages)
    loose = frozenset(spilt) | white
    if white or _may_save(laid_out.pages, spilt, letter=letter):
        closer = pages_of(page.html(document, content, tight=loose))
        if cost(closer.pages) < cost(laid_out.pages):
            laid_out, tight = closer, loose
    ends, alone, bare = _foot(laid_out.pages, letter=letter)
    if letter or not alone:
        return laid_out, Layout(alone, bare, tight)
    # A further page that the engine made for 版记 is a blank one to it, without a number: that page is set anew, and
    # so is one on which the text ends at an odd number. The text itself need not be laid out again.
    number = ends + (2 if bare else 1)
    blank, *_, last = pages_of(page.imprint(document, number, bare=bare)).pages
    pages = laid_out.pages[:ends]
    _without_footnotes(pages[-1])
    return laid_out.copy([*pages, *([blank] if bare else []), last]), Layout(alone, bare, tight)


@lru_cache(maxsize=8)
def _sheet(text: str) -> Any:
    """A style sheet, which names no file; to parse it takes as long as to lay out a page."""
    return fonts.load_weasyprint().CSS(string=text, url_fetcher=_fetcher({}))


def _foot(pages: Any, *, letter: bool) -> tuple[int, bool, bool]:
    """The page on which the text ends; whether 版记 stands on another one; whether a blank page comes between.

    版记 stands on the last, even page (7.4); a letter's may stand on any page (10.1). Where the text ends on an even
    page with too little room left, a blank page stands between, and neither is numbered (7.5).
    """
    ends = next(number for number, leaf in enumerate(pages, 1) if "last" in leaf.anchors)
    if not any("imprint" in leaf.anchors for leaf in pages):
        return ends, False, False
    alone = len(pages) > ends or (ends % 2 == 1 and not letter)
    return ends, alone, alone and ends % 2 == 0 and not letter


def _paper(pages: Any, *, letter: bool) -> tuple[int, bool, int]:
    """What a layout costs: sheets first, then a blank page, then printed pages."""
    ends, alone, bare = _foot(pages, letter=letter)
    printed = ends + alone
    return (printed + bare + 1) // 2, bare, printed


def _spilt(pages: Any, content: body.Body, *, letter: bool) -> dict[int, bool]:
    """The parts whose last page holds a few lines only; and the last part, if 版记 needs a sheet of its own.

    With each, whether less air may spare that page: what its lines take is no more than the air of the part's rows and
    the white under its pages before.
    """
    ends: dict[int, tuple[int, float]] = {}
    air = [_AIR_ELSEWHERE[0], *[_AIR_ELSEWHERE[1]] * len(content.attachments)]
    part = 0
    for number, leaf in enumerate(pages, 1):
        box = leaf._page_box
        bottom = box.content_box_y() + box.height
        here = {int(name[4:]): place[1] for name, place in leaf.anchors.items() if name.startswith("end-")}
        ends |= {one: (number, (place - box.content_box_y()) / box.height) for one, place in here.items()}
        if part < len(air):
            air[part] += _AIR * sum(type(one).__name__ == "TableRowBox" for one in box.descendants())
            air[part] += 0 if here else bottom - _lowest(box)
        part = max(here, default=part - 1) + 1
    starts = [1, *(ends[one][0] + 1 for one in range(len(content.attachments)))]
    found = {}
    for one, (page, share) in ends.items():
        if page > starts[one] and share <= (_SPILL if one else _CLOSING):
            found[one] = share * float(pages[page - 1]._page_box.height) <= air[one]
    if _foot(pages, letter=letter)[2]:
        found[len(content.attachments)] = True
    return found


def _may_save(pages: Any, spilt: Mapping[int, bool], *, letter: bool) -> bool:
    """Whether the document could come to less paper if every part that may be spared a page were."""
    may = sum(spilt.values())
    printed = _foot(pages, letter=letter)[0] - may
    printed += printed % 2 if not letter else 0
    return bool(may) and ((printed + 1) // 2, False, printed) < _paper(pages, letter=letter)


def _white(pages: Any) -> frozenset[int]:
    """The parts with a page that goes on on the next one and leaves too much white, where no figure is the cause."""
    part, found = 0, set()
    for leaf, after in pairwise(pages):
        ends = [int(name[4:]) for name in leaf.anchors if name.startswith("end-")]
        box = leaf._page_box
        if ends:
            part = max(ends) + 1
        elif _WHITE[0] < 1 - (_lowest(box) - box.content_box_y()) / box.height < _WHITE[1]:
            top = after._page_box.content_box_y() + _HEADING
            figures = (one for one in after._page_box.descendants() if type(one).__name__.endswith("ReplacedBox"))
            found |= set() if any(one.position_y < top for one in figures) else {part}
    return frozenset(found)


def _lowest(page: Any) -> float:
    """How far down the words, cells and figures of a page reach."""
    kinds = ("LineBox", "TableCellBox", "BlockReplacedBox")
    content = (one for child in page.children[:1] for one in child.descendants())
    ends = (float(one.position_y + one.height) for one in content if type(one).__name__ in kinds)
    return max(ends, default=float(page.content_box_y()))


def _without_footnotes(page: Any) -> None:
    """Take 版记, the only footnote there is, from a page."""
    box = page._page_box
    box.children = [child for child in box.children if type(child).__name__ != "FootnoteAreaBox"]
    page.anchors.pop("imprint", None)


class _Refused(OSError):
    """A fetch outside the bulletin's own figures."""


def _fetcher(assets: Mapping[str, bytes]) -> Any:
    """A fetcher that knows ``data:`` and our own figures, and nothing else: no file, no network."""
    from weasyprint import urls  # noqa: PLC0415

    class OwnFigures(urls.URLFetcher):  # type: ignore[misc]
        refused: list[str]  # the engine may swallow our exception, but not this list

        def fetch(self, url: str, headers: Any = None) -> Any:
            name = unquote(url.removeprefix(html.ASSET_SCHEME))
            if url.startswith(html.ASSET_SCHEME) and name in assets:
                media_type = _MEDIA_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
                return urls.URLFetcherResponse(url, assets[name], {"Content-Type": media_type})
            if url.startswith("data:"):
                return super().fetch(url, headers)
            self.refused.append(url[:120])
            raise _Refused(url[:120])

    fetcher = OwnFigures(allowed_protocols=("data",))
    fetcher.refused = []
    return fetcher


@contextmanager
def engine(source: str, assets: Mapping[str, bytes]) -> Iterator[tuple[Any, Any]]:
    """The layout engine ready for a document, and a fetcher that knows its figures and nothing else.

    *source* names the document in messages.

    What the engine only logs becomes an error when the block ends: :class:`~reports.errors.ConfigError` for a
    figure that reached outside, :class:`~reports.errors.VerificationError` for one that could not be drawn and
    for characters without a glyph. Cycles are not collected meanwhile: layout makes millions of long-lived boxes,
    and looking among them costs a quarter of the time.
    """
    weasyprint = fonts.load_weasyprint()
    fonts.roles()
    justify.install()
    fetcher = _fetcher(assets)
    collecting = gc.isenabled()
    gc.disable()
    try:
        with _losses(source, fetcher):
            yield weasyprint, fetcher
    finally:
        if collecting:
            gc.enable()


@contextmanager
def _losses(source: str, fetcher: Any) -> Iterator[None]:
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
            where=source,
            advice="图只能使用自身的内容；请删去图中的外部引用。",
        )
    if messages:
        raise VerificationError(
            f"排版时有内容未能印出：{messages[0]}",
            where=source,
            advice="请检查图文件是否完整、字体是否齐全。",
        )
