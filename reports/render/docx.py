"""Format ``docx``: the same layout for Word, WPS and LibreOffice, so that a leader's last words can be put in.

Everything is said in styles (``templates/page/styles.xml.j2``); paragraphs only name theirs. The parts of the file
are written directly: a table of 5,000 rows takes a second, and the same document gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import pypdfium2
from PIL import ImageChops

from reports.render import body, fonts, html, pdf, shape
from reports.render.body import Attendance, Block, Caption, Figure, Heading, Image, Paragraph, Table, Text
from reports.render.document import Document
from reports.render.page import Page, iso_date
from reports.render.profile import PT_PER_MM, Profile

_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say: no clock is read
_DOTS: Final = 300  # per inch, of figures
_EMU_PER_INCH: Final = 914_400
CUSTOM: Final = "docProps/custom.xml"
SOURCE: Final = "TongbaoSource"  # the property that says which text a file was made from
_MADE_FROM: Final = re.compile(rb'(name="TongbaoSource"[^>]*>\s*<vt:lpwstr>)[0-9a-f]*(</vt:lpwstr>)')
_BASELINE: Final = 0.8  # where programs put the baseline in a line of fixed height
_DASH: Final = 0.47  # em: from the dash of the page number to the foot of its line
_DEPTH: Final = 0.12  # em: the square of a Han character below the baseline
_XMLNS: Final = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
_HEADER: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_SETTINGS: Final = (
    f'<w:settings {_XMLNS}><w:mirrorMargins/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>'
    '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode" '
    'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
    '<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
)


def render(document: Document, *, assets: Mapping[str, bytes], page: Page) -> bytes:
    """The bytes of a DOCX.

    The text is laid out once to learn where it ends, which decides the place of 版记 (7.4); its words stay as they
    are where no font here has them. Raises what the ``pdf`` format raises for figures that reach outside.
    """
    content = body.convert(document, assets, page.measure)
    printed, drawn = pdf.printable(document, assets)
    with pdf.engine(document.source, drawn) as (weasyprint, fetcher):
        same = printed is document and drawn is assets
        laid_out = content if same else body.convert(printed, drawn, page.measure)
        _, layout = pdf.lay_out(printed, laid_out, page, weasyprint, fetcher)
        pictures = {
            name: _picture(weasyprint, fetcher, name)
            for name in sorted({image.name for block in _blocks(content) for image in images(block)})
        }
    return _Writer(document, content, page, layout, pictures).write()


def text_only(document: Document, *, assets: Mapping[str, bytes], page: Page) -> bytes:
    """The same file with nothing laid out or drawn, made in a moment: to compare its words with those of another."""
    content = body.convert(document, assets, page.measure)
    pictures = {image.name: (b"", 1.0, 1.0) for block in _blocks(content) for image in images(block)}
    return _Writer(document, content, page, pdf.Layout(), pictures).write()


def source_hash(document: Document) -> str:
    """What a file says it was made from: the hash of its text, blank lines at its end aside."""
    return hashlib.sha256(document.text.rstrip("\n").encode()).hexdigest()


def made_from(data: bytes, hashed: str) -> bytes:
    """The same file, saying that its text is the one of that hash; all else as it stands, comments and revisions too.

    A file that says nothing of it, as a program may have saved it, stays what it is.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            if entry.filename == CUSTOM:
                part = _MADE_FROM.sub(rb"\g<1>" + hashed.encode() + rb"\g<2>", part)
            new.writestr(entry, part, entry.compress_type)
    return out.getvalue()


def _twips(points: float) -> int:
    return round(points * 20)


def _mm(millimetres: float) -> int:
    return round(millimetres * PT_PER_MM * 20)


def _blocks(content: body.Body) -> Iterator[Block]:
    yield from content.blocks
    for attachment in content.attachments:
        yield from attachment.blocks


def images(block: Block) -> Iterator[Image]:
    """The pictures of one block, in order."""
    if isinstance(block, Figure):
        yield from block.images
    elif isinstance(block, Table):
        yield from (run for row in block.rows for cell in row for run in cell if isinstance(run, Image))
    else:
        yield from (run for run in block.text if isinstance(run, Image))


def _picture(weasyprint: Any, fetcher: Any, name: str) -> tuple[bytes, float, float]:
    """A figure as PNG with its width and height in inches: drawn by the engine that draws it in the PDF."""
    style = "@page{size:156mm 190mm;margin:0}body{margin:0;line-height:0}img{max-width:100%;max-height:190mm}"
    source = f'<style>{style}</style><img src="{escape(html.ASSET_SCHEME + name)}">'
    data = weasyprint.HTML(string=source, url_fetcher=fetcher, base_url=html.ASSET_SCHEME).write_pdf()
    drawn = pypdfium2.PdfDocument(data)[0].render(scale=_DOTS / 72).to_pil().convert("RGB")
    white = drawn.point(lambda _: 255)
    drawn = drawn.crop(ImageChops.difference(drawn, white).getbbox() or (0, 0, 1, 1))
    out = io.BytesIO()
    drawn.save(out, "PNG", dpi=(_DOTS, _DOTS))
    return out.getvalue(), drawn.width / _DOTS, drawn.height / _DOTS


class _Writer:
    """The parts of one file; ``body`` collects what stands between the section ends."""

    def __init__(
        self,
        document: Document,
        content: body.Body,
        page: Page,
        layout: pdf.Layout,
        pictures: Mapping[str, tuple[bytes, float, float]],
    ) -> None:
        self.front, self.content, self.page, self.layout = document.front, content, page, layout
        self.source = source_hash(document)
        self.profile: Profile = page.profile
        self.number = page.profile.numbers()
        self.pictures = pictures
        self.files: dict[str, bytes] = {}
        self.relations: list[tuple[str, str, str]] = []
        self.drawings = count(1)
        self.body: list[str] = []

    def write(self) -> bytes:
        """Put the file together."""
        for index, (name, (data, _, _)) in enumerate(self.pictures.items(), 1):
            self._relate(f"image-{name}", "image", f"media/image{index}.png")
            self.files[f"word/media/image{index}.png"] = data
        self._margins()
        self._head()
        self._text()
        self._attachments()
        last = self._imprint()
        text = f"<w:document {_XMLNS}><w:body>{''.join(self.body)}{last}</w:body></w:document>"
        self.files["word/document.xml"] = (_HEADER + text).encode()
        self.files["word/styles.xml"] = self.page.styles(self._values()).encode()
        self.files["word/settings.xml"] = (_HEADER + _SETTINGS).encode()
        self.files["word/fontTable.xml"] = (_HEADER + _font_table()).encode()
        for part in ("styles", "settings", "fontTable"):
            self._relate(part, part, f"{part}.xml")
        self._package()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(self.files, key=lambda name: (name != "[Content_Types].xml", name)):
                archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), self.files[name], zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def _relate(self, name: str, kind: str, target: str) -> None:
        self.relations.append((name, f"{_OFFICE}/{kind}", target))

    def _id(self, name: str) -> str:
        return f"rId{next(i for i, relation in enumerate(self.relations, 1) if relation[0] == name)}"

    def _package(self) -> None:
        front = self.front
        overrides = {
            "/word/document.xml": "document.main+xml",
            "/word/styles.xml": "styles+xml",
            "/word/settings.xml": "settings+xml",
            "/word/fontTable.xml": "fontTable+xml",
        }
        for name, _, target in self.relations:
            if name.startswith(("header", "footer")):
                overrides[f"/word/{target}"] = f"{name[:6]}+xml"
        types = "".join(
            f'<Override PartName="{part}" ContentType="{_CONTENT}{kind}"/>' for part, kind in overrides.items()
        )
        self.files["[Content_Types].xml"] = (
            f'{_HEADER}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
            f'{types}<Override PartName="/docProps/core.xml" '
            'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
            f'<Override PartName="/{CUSTOM}" '
            'ContentType="application/vnd.openxmlformats-officedocument.custom-properties+xml"/></Types>'
        ).encode()
        package = "http://schemas.openxmlformats.org/package/2006"
        self.files["_rels/.rels"] = _relations(
            [
                ("", f"{_OFFICE}/officeDocument", "word/document.xml"),
                ("", f"{package}/relationships/metadata/core-properties", "docProps/core.xml"),
                ("", f"{_OFFICE}/custom-properties", CUSTOM),
            ]
        )
        self.files["word/_rels/document.xml.rels"] = _relations(self.relations)
        self.files[CUSTOM] = (
            f'{_HEADER}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
            'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
            f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{SOURCE}">'
            f"<vt:lpwstr>{self.source}</vt:lpwstr></property></Properties>"
        ).encode()
        dated = iso_date(front.dated)
        dates = "".join(
            f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{dated}T00:00:00Z</dcterms:{name}>'
            for name in (("created", "modified") if dated else ())
        )
        self.files["docProps/core.xml"] = (
            f'{_HEADER}<cp:coreProperties xmlns:cp="{package}/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:title>{escape(front.title)}</dc:title><dc:creator>{escape('、'.join(front.issuers))}</dc:creator>"
            f"<dc:language>zh-CN</dc:language>{dates}</cp:coreProperties>"
        ).encode()

    # -- styles --------------------------------------------------------------------------------------

    def _values(self) -> dict[str, Any]:
        """What the style sheet needs beside the profile: what depends on this document's own words."""
        n, front, profile = self.number, self.front, self.profile
        mark = self.page.mark(front)
        size, lines = mark["mark_size"], len(mark["mark"])
        line = size * (1.15 if lines > 1 else 1.0)
        lead, char = profile.lead, profile.character
        # Ink of the mark below the top of its line: programs put the baseline at 0.8 of a line of fixed height.
        ink = _BASELINE * line - (mark["mark_baseline"] - mark["mark_begin"]) * size
        labels = max(1, sum(map(bool, (front.copy_number, front.secrecy, front.urgency))))
        top, presented = self.page.mark_top(front.style), front.style == "呈阅"
        width = n["area"]["width"]
        dated, longest = shape.width(front.dated), max(map(shape.width, front.issuers), default=0.0)
        if front.sealed:
            # Issuer and date are centred over each other; the date ends so many characters from the edge (7.3.5.1).
            middle = self.page.date_right(front.issuers, front.dated) + dated / 2
            issuer_left = date_left = width - 2 * middle * char
        else:
            block = max(longest, n["grid"]["indent"] + dated)
            issuer_left = width - (n["signature"]["unsealed_right"] + block) * char
            date_left = issuer_left + n["grid"]["indent"] * char
        above = n["signature"]["sealed_above" if front.sealed else "unsealed_above"]
        letter = n["letter"]
        # What a line of fixed height leaves below its characters.
        white = (1 - _BASELINE) * n["grid"]["pitch"] - _DEPTH * n["grid"]["size"]
        listed = len(front.attachments or self.content.attachments)
        return {
            "n": n,
            "pt": _twips,
            "mm": _mm,
            "eighths": lambda millimetres: round(millimetres * PT_PER_MM * 8),
            "family": lambda style: fonts.PREFERENCES[fonts.ALIASES[style]][0],
            "fonts": {
                **{table: keys["font"].text for table, keys in profile.values.items() if "font" in keys},
                **{key: profile["heading"][key].text for key in ("first", "second", "third")},
                "copy_number": profile["labels"]["copy_font"].text,
            },
            "colour": profile["mark"]["colour"].text.lstrip("#").upper(),
            "ink": profile["grid"]["colour"].text.lstrip("#").upper(),
            "spacing": -_up(-n["grid"]["spacing"] * 20),
            "char": _mm(char),
            "indent": _mm(char * n["grid"]["indent"]),
            "width": _mm(width),
            "two_lines": _twips(2 * n["grid"]["pitch"]),
            "above_title": _twips(n["presented"]["above_title"] if presented else 2 * n["grid"]["pitch"]),
            "above_issued": 0 if presented else _twips(n["grid"]["pitch"]),
            "rule_space": round(n["rule"]["below_number"] * PT_PER_MM - white),
            "mark_size": size,
            "mark_line": line,
            "mark_before": max(0, _twips(top * PT_PER_MM + lead - ink - labels * n["grid"]["pitch"])),
            "letter_left": _mm((n["paper"]["width"] - letter["rule_width"]) / 2 - n["area"]["inner"]),
            "letter_right": _mm((n["paper"]["width"] - letter["rule_width"]) / 2 - profile.outer),
            "letter_gap": _twips(letter["rule_below_mark"] * PT_PER_MM + mark["mark_depth"] + ink - line * lines),
            "letter_number": max(0, _twips(letter["number_below_rule"] - lead)),
            "close": listed >= n["enclosures"]["many"] and 0 in self.layout.tight,
            "index_width": 0 if listed < 2 else 1 if listed < 10 else 1.5,
            "issuer_left": _mm(issuer_left),
            "issuer_right": 0,
            "issuer_align": "center" if front.sealed else "left",
            "date_left": _mm(date_left),
            "issuer_before": _twips(above * n["grid"]["pitch"]),
            "imprint_foot": lead - 1,
            "folio_after": max(0, _twips(self._folio_foot() - letter["rule_from_foot"] * PT_PER_MM))
            if front.style == "信函"
            else 0,
            "table_sizes": shape.TABLE_SIZES,
        }

    # -- sections ------------------------------------------------------------------------------------

    def _margins(self) -> None:
        """The page numbers: upright pages, turned pages, the first page of a letter, and pages without one."""
        number = (
            '<w:r><w:t xml:space="preserve">—\u2002</w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r>'
            '<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r>'
            '<w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>'
            '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
            '<w:r><w:t xml:space="preserve">\u2002—</w:t></w:r>'
        )
        n, profile = self.number, self.profile
        empty = _p("Joint")
        self._part("footer-odd", _p("Folio", number))
        self._part("footer-even", _p("FolioEven", number))
        self._part("footer-none", empty)
        self._part("header-none", empty)
        # A landscape page bears its number where an upright one does, so at its left, turned (chapter 8).
        size, long = n["folio"]["size"], 40 * PT_PER_MM
        left = (profile.bottom - n["folio"]["below"]) * PT_PER_MM - 0.5 * size
        for name, style, top in (
            ("odd", "Folio", (n["paper"]["width"] - profile.outer) * PT_PER_MM - long),
            ("even", "FolioEven", profile.outer * PT_PER_MM),
        ):
            box = (
                f'<w:r><w:pict><v:rect id="folio-{name}" stroked="f" filled="f" style="position:absolute;'
                f"margin-left:{left:.1f}pt;margin-top:{top:.1f}pt;width:{size:g}pt;height:{long:.1f}pt;z-index:1;"
                'mso-position-horizontal-relative:page;mso-position-vertical-relative:page">'
                '<v:textbox style="layout-flow:vertical" inset="0,0,0,0"><w:txbxContent>'
                f"{_p(style, number)}</w:txbxContent></v:textbox></v:rect></w:pict></w:r>"
            )
            self._part(f"header-turned-{name}", _p("Joint", box))
        if self.front.style == "信函":
            lines = [_run(line) for line in self.page.mark(self.front)["mark"]]
            self._part("header-letter", "".join(_p("LetterMark", line) for line in lines) + _p("LetterRule"))
            self._part("footer-letter", _p("LetterFoot"))

    def _folio_foot(self) -> float:
        """From the edge of the paper to the foot of the page number's line, in points."""
        below, size = self.number["folio"]["below"], self.number["folio"]["size"]
        # The dash is measured to its ink (7.5); it lies about half an em below the top of its line.
        return (self.profile.bottom - below) * PT_PER_MM - _DASH * size

    def _part(self, name: str, content: str) -> None:
        kind, element = ("header", "hdr") if name.startswith("header") else ("footer", "ftr")
        self._relate(name, kind, f"{name}.xml")
        self.files[f"word/{name}.xml"] = f"{_HEADER}<w:{element} {_XMLNS}>{content}</w:{element}>".encode()

    def _section(self, *, turned: bool = False, first: bool = False, even: bool = False, bare: bool = False) -> str:
        n, profile = self.number, self.profile
        lead = profile.lead / PT_PER_MM
        wide, high = _mm(n["paper"]["width"]), _mm(n["paper"]["height"])
        letter = first and self.front.style == "信函"
        feet = ("footer-none", "footer-none") if turned or bare else ("footer-odd", "footer-even")
        heads = ("header-turned-odd", "header-turned-even") if turned else ("header-none", "header-none")
        references = [("header", "default", heads[0]), ("header", "even", heads[1])]
        references += [("footer", "default", feet[0]), ("footer", "even", feet[1])]
        if letter:
            references += [("header", "first", "header-letter"), ("footer", "first", "footer-letter")]
        header = 0.0
        footer = self._folio_foot()
        if self.front.style == "信函":
            # Every page of a letter has its foot where the first one has the double rule.
            footer = n["letter"]["rule_from_foot"] * PT_PER_MM - 1
        if letter:
            mark = self.page.mark(self.front)
            ink = (_BASELINE - mark["mark_baseline"] + mark["mark_begin"]) * mark["mark_size"]
            header = n["letter"]["mark_top"] * PT_PER_MM - ink
        if turned:
            # Mirrored margins change sides with the parity of the page; the binding lies above or below here.
            side = (n["area"]["top"] + profile.bottom) / 2
            edge = (n["area"]["inner"] + profile.outer) / 2 - lead
            size = f'<w:pgSz w:w="{high}" w:h="{wide}" w:orient="landscape"/>'
            margins = (edge, side, edge, side)
        else:
            size = f'<w:pgSz w:w="{wide}" w:h="{high}"/>'
            margins = (n["area"]["top"] - lead, profile.outer, profile.bottom - lead, n["area"]["inner"])
        top, right, bottom, left = map(_mm, margins)
        start = "evenPage" if even else "nextPage"
        return (
            "<w:sectPr>"
            + "".join(
                f'<w:{kind}Reference w:type="{when}" r:id="{self._id(name)}"/>' for kind, when, name in references
            )
            + f'<w:type w:val="{start}"/>{size}<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom - 2}" '
            f'w:left="{left}" w:header="{_twips(header)}" w:footer="{_twips(footer)}" w:gutter="0"/>'
            + ("<w:titlePg/>" if letter else "")
            + f'<w:docGrid w:type="lines" w:linePitch="{_twips(n["grid"]["pitch"])}"/></w:sectPr>'
        )

    # -- the document --------------------------------------------------------------------------------

    def _head(self) -> None:
        front, body = self.front, self.body
        lines = [_run(line) for line in self.page.mark(front)["mark"]]
        urgency = "　".join(front.urgency) if len(front.urgency) == 2 else front.urgency
        labels = [("Copy", front.copy_number), ("Label", front.secrecy), ("Label", urgency)]
        printed = [_p(style, _run(text)) for style, text in labels if text]
        if front.style == "信函":
            body += printed
            body.append(_p("LetterNumber", _run(front.number)))
        elif lines or front.number or printed:
            body += printed or [_p("Copy")]
            body += [_p("MarkNext" if index else "Mark", line) for index, line in enumerate(lines)]
            body += self._numbers()
        title = shape.title_lines(front.title, self.number["title"]["characters"])
        body.append(_p("Title", _lines(title)))
        if front.recipients:
            body.append(_p("Recipients", _run("、".join(front.recipients) + "：")))
        elif front.style != "呈阅":
            body.append(_p("Blank"))

    def _numbers(self) -> Iterator[str]:
        front = self.front
        if front.style in {"简报", "呈阅"}:
            if front.issue or front.number:
                yield _p("Issue", _run(front.issue or front.number))
            yield _p("Issued", _TAB + _run("　".join(front.issuers)) + _TAB + _run(front.dated))
        elif front.signatories and front.style == "公文":
            pairs = ["　".join(front.signatories[i : i + 2]) for i in range(0, len(front.signatories), 2)]
            for index, pair in enumerate(pairs):
                last = index == len(pairs) - 1
                label = _run("签发人：" if index == 0 else "　　　　") + _run(pair, "Kai")
                yield _p(
                    "NumberUp" if last else "SignatoryUp", _TAB + _run(front.number if last else "") + _TAB + label
                )
        else:
            number = front.number or (front.issue if front.style == "纪要" else "")
            yield _p("Number", _run(number)) if number else _p("Rule")

    def _text(self) -> None:
        front, body = self.front, self.body
        blocks = list(self._written(self.content.blocks, tight=0 in self.layout.tight))
        listed = front.attachments or tuple(item.title for item in self.content.attachments)
        many = len(listed) >= self.number["enclosures"]["many"]
        closing = front.style not in {"简报", "呈阅"} and (front.issuers or front.dated)
        if blocks and (listed or closing) and blocks[-1].startswith(_p("Text")[:-8]):
            # No signature alone on a page: the last paragraph stays with what follows it.
            blocks[-1] = blocks[-1].replace('w:val="Text"', 'w:val="TextEnd"', 1)
        body += blocks
        for index, name in enumerate(listed, 1):
            label = "附件：" if index == 1 else ""
            style = "Enclosure" if index == 1 else "EnclosureFree" if many and index < len(listed) else "EnclosureNext"
            body.append(_p(style, _run(label + (f"{index}." if listed[1:] else "") + name)))
        if closing:
            for index, issuer in enumerate(front.issuers):
                body.append(_p("Issuer" if index else "IssuerFirst", _run(issuer)))
            if front.dated:
                body.append(_p("Date", _run(front.dated)))
        if front.note:
            body.append(_p("Remark", _run(f"（{front.note}）")))

    def _attachments(self) -> None:
        titles = self.number["title"]["characters"]
        turned, first = False, True
        for place, item in enumerate(self.content.attachments, 1):
            tight = place in self.layout.tight
            cut = item.landscape or turned
            if cut:
                self._end_section(self._section(turned=turned, first=first))
                first = False
            self.body.append(_p("AttachmentLabel" if cut else "AttachmentBreak", _run(item.label)))
            lines = shape.title_lines(item.title, titles * (1.4 if item.landscape else 1))
            self.body.append(_p("AttachmentTitle", _lines(lines)))
            self.body += [_p("Blank"), *self._written(item.blocks, tight=tight)]
            turned = item.landscape
        self.turned, self.first = turned, first

    def _end_section(self, properties: str) -> None:
        self.body.append(f'<w:p><w:pPr><w:pStyle w:val="Joint"/>{properties}</w:pPr></w:p>')

    def _imprint(self) -> str:
        """版记, and the properties of the last section."""
        front = self.front
        letter = front.style == "信函"
        rows = []
        if front.copies:
            rows.append(_p("Copies", _run(f"抄送：{'，'.join(front.copies)}。")))
        if (front.printer or front.printed) and not letter:
            printed = front.printed + "印发" if front.printed else ""
            rows.append(_p("Printed", _run(front.printer) + _TAB + _run(printed)))
        section = self._section(turned=self.turned, first=self.first)
        if not rows:
            if self.body[-1].endswith("</w:tbl>"):
                self.body.append(_p("Joint"))
            return section
        if not letter:
            outer, inner = _p("ImprintOuter"), _p("ImprintInner")
            rows = [outer, rows[0], *(part for row in rows[1:] for part in (inner, row)), outer]
        rows.append(_p("ImprintFoot"))
        # A text box stands on the page of the paragraph that holds it, its foot on the foot of the page's text.
        n = self.number
        width = n["area"]["width"] * PT_PER_MM
        lines = 1 + int(shape.width("，".join(front.copies)) // (width / n["imprint"]["size"] - 5))
        height = (lines * bool(front.copies) + (len(rows) > 4)) * n["imprint"]["pitch"] + 3 + self.profile.lead
        box = (
            '<w:r><w:pict><v:rect id="imprint" stroked="f" filled="f" style="position:absolute;'
            f"margin-left:0;margin-top:0;width:{width:.1f}pt;height:{height:.1f}pt;z-index:1;"
            "mso-wrap-distance-left:0;mso-wrap-distance-right:0;mso-position-horizontal:left;"
            "mso-position-horizontal-relative:margin;"
            'mso-position-vertical:bottom;mso-position-vertical-relative:margin">'
            f'<v:textbox inset="0,0,0,0" style="mso-fit-shape-to-text:t"><w:txbxContent>{"".join(rows)}'
            "</w:txbxContent></v:textbox></v:rect></w:pict></w:r>"
        )
        own = self.turned or (self.layout.alone and not letter)
        if own:
            self._end_section(section)
        if own or self.body[-1].endswith("</w:tbl>"):
            self.body.append(_p("Blank" if own else "Joint"))
        self.body[-1] = self.body[-1].replace("</w:pPr>", "</w:pPr>" + box, 1)
        return self._section(even=True, bare=self.layout.bare) if own else section

    # -- blocks --------------------------------------------------------------------------------------

    def _written(self, blocks: Sequence[Block], *, tight: bool) -> Iterator[str]:
        for index, (block, lead) in enumerate(zip(blocks, body.leads(blocks), strict=True)):
            if isinstance(block, Table) and index and isinstance(blocks[index - 1], Table):
                yield _p("Joint")  # two tables in a row would become one
            written = self._block(block, lead=lead)
            yield written.replace('<w:tblLayout w:type="fixed"/>', _TIGHT, 1) if tight else written

    def _block(self, block: Block, *, lead: bool = False) -> str:
        match block:
            case Heading():
                return _p(f"Heading{min(max(block.level - 1, 1), 4)}", self._runs(block.text))
            case Paragraph():
                style = "Note" if block.note else "TextEnd" if lead else "Text" if block.text else "Blank"
                return _p(style, self._runs(block.text))
            case Attendance():
                return _p("Attendance", _run(f"{block.label}：", "Hei") + self._runs(block.text))
            case Caption():
                return _p("CaptionAbove" if block.above else "Caption", self._runs(block.text))
            case Figure():
                return _p("Figure", "".join(map(self._image, block.images)))
            case Table():
                return self._table(block)

    def _runs(self, text: Text) -> str:
        parts = []
        for run in text:
            if isinstance(run, Image):
                parts.append(self._image(run))
            elif run.type == "break":
                parts.append("<w:r><w:br/></w:r>")
            else:
                parts.append(_run(run.text, {"strong": "Hei", "em": "Kai"}.get(run.type, "")))
        return "".join(parts)

    def _image(self, image: Image) -> str:
        _, wide, high = self.pictures[image.name]
        size = f'cx="{round(wide * _EMU_PER_INCH)}" cy="{round(high * _EMU_PER_INCH)}"'
        number, alt = next(self.drawings), quoteattr(image.alt)
        return (
            f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/>'
            f'<wp:docPr id="{number}" name="图{number}" descr={alt}/><a:graphic>'
            '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
            f'<pic:nvPicPr><pic:cNvPr id="{number}" name="图{number}" descr={alt}/><pic:cNvPicPr/></pic:nvPicPr>'
            f'<pic:blipFill><a:blip r:embed="{self._id(f"image-{image.name}")}"/><a:stretch><a:fillRect/></a:stretch>'
            f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
            "</wp:inline></w:drawing></w:r>"
        )

    def _table(self, table: Table) -> str:
        size = f"{table.size * 10:.0f}"
        widths = [_twips(width) for width in table.widths]
        ends = [f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>' for width in widths]
        head = "".join(
            start + _p(f"Head{size}", _lines(lines)) + "</w:tc>" for start, lines in zip(ends, table.head, strict=True)
        )
        rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"]
        styles = [f"Cell{align}{size}" for align in table.aligns]
        for row, height in zip(table.rows, table.heights[1:], strict=True):
            cells = "".join(
                f"{start}{_p(style, self._runs(cell))}</w:tc>"
                for start, style, cell in zip(ends, styles, row, strict=True)
            )
            whole = "" if height > html.TALL else "<w:trPr><w:cantSplit/></w:trPr>"
            rows.append(f"<w:tr>{whole}{cells}</w:tr>")
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        return (
            f'<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
            f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
        )


_TAB: Final = "<w:r><w:tab/></w:r>"


_AIR: Final = "".join(f'<w:{side} w:w="20" w:type="dxa"/>' for side in ("top", "bottom"))
_TIGHT: Final = f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{_AIR}</w:tblCellMar>'


def _p(style: str, runs: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>'


def _run(text: str, style: str = "") -> str:
    if not text:
        return ""
    properties = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _lines(lines: Sequence[str]) -> str:
    return "<w:r><w:br/></w:r>".join(map(_run, lines))


def _up(value: float) -> int:
    """The next whole number away from zero: a line must not lose a character by rounding."""
    return int(value) + (value > int(value)) if value >= 0 else -_up(-value)


def _relations(relations: Sequence[tuple[str, str, str]]) -> bytes:
    items = "".join(
        f'<Relationship Id="rId{index}" Type="{kind}" Target="{target}"/>'
        for index, (_, kind, target) in enumerate(relations, 1)
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{_HEADER}<Relationships xmlns="{space}">{items}</Relationships>'.encode()


def _font_table() -> str:
    """The first name of each style, and the one to try where that font is not installed."""
    items = "".join(
        f'<w:font w:name="{names[0]}"><w:altName w:val="{names[3 if names[0].endswith("_GB2312") else 1]}"/></w:font>'
        for names in fonts.PREFERENCES.values()
    )
    return f"<w:fonts {_XMLNS}>{items}</w:fonts>"
