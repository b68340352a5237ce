"""The page frames: profile numbers → style sheet, document → HTML.

``templates/page/`` holds one small Jinja2 file per layout, the style sheet and ``profile.toml``, where
every number stands once with its clause. What the standard states only indirectly is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import jinja2
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from reports.errors import ConfigError
from reports.render import body, fonts, html, shape
from reports.render.document import HEAD, Document, FrontMatter
from reports.render.profile import PT_PER_MM, Profile
from reports.templates import Compiled

_COMPILED: Final = Compiled("page")
_FRAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "公文": "document.html.j2",
        "信函": "letter.html.j2",
        "纪要": "minutes.html.j2",
        "简报": "briefing.html.j2",
        "呈阅": "presented.html.j2",
    }
)
_STYLE_SHEET: Final = "page.css"
_MARK_LEADING: Final = 1.15  # line pitch, in em, of a mark that takes several lines
_FOLIO_TEXT: Final = r'content: "—\2002" counter(page) "\2002—"'


class Page:
    """One set of page templates, and the values that fill them."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        self._folder, self.profile = folder, profile
        self._number = profile.numbers()
        self._text = {
            table: {key: fonts.css(entry.text) if entry.unit == "font" else entry.text for key, entry in keys.items()}
            for table, keys in profile.values.items()
        }
        self._environment = SandboxedEnvironment(
            loader=jinja2.FileSystemLoader(folder),
            autoescape=lambda name: name != _STYLE_SHEET,  # quotes in a style sheet must stay quotes
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=_COMPILED,
        )

    @property
    def measure(self) -> body.TypeArea:
        """Widths for tables: the type area upright and turned (5.2.1, chapter 8), in points."""
        area, table = self._number["area"], self._number["table"]
        return body.TypeArea(
            upright=area["width"] * PT_PER_MM,
            landscape=area["height"] * PT_PER_MM,
            padding=2 * table["padding"] + table["rule"],
        )

    def style(self, layout: str) -> str:
        """The style sheet for one of the layouts of :data:`~reports.render.document.STYLES`."""
        values = {**self._text, "derived": self._derived(), "layout": layout, "mark_leading": _MARK_LEADING}
        return self._render(_STYLE_SHEET, values)

    def styles(self, values: Mapping[str, Any]) -> str:
        """The style sheet of the DOCX, from *values* that belong to one document."""
        return self._render("styles.xml.j2", values)

    def _derived(self) -> dict[str, str]:
        n = self._number
        area, grid, folio = n["area"], n["grid"], n["folio"]
        lead = self.profile.lead / PT_PER_MM
        pitch = grid["pitch"]
        character, outer, bottom = self.profile.character, self.profile.outer, self.profile.bottom
        folio_size = folio["size"] / PT_PER_MM
        # The bottom margin box begins where the page area ends; 7.5 measures to the ink of the dash.
        dash = fonts.ink(self.profile["folio"]["font"].text, "—")[0] * folio_size
        drop = folio["below"] - lead - dash
        wide_height = 30.0  # mm, the height of the turned margin box: any value that holds the number
        return {
            "outer": f"{outer:g}mm",
            "bottom": f"{bottom:g}mm",
            "half_leading": f"{self.profile.lead:g}pt",
            "margin_top": f"{area['top'] - lead:.3f}mm",
            "margin_bottom": f"{bottom - lead:.3f}mm",
            "wide_inner": f"{area['inner'] - lead:.3f}mm",
            "wide_outer": f"{outer - lead:.3f}mm",
            "letter_left": f"{(n['paper']['width'] - n['letter']['rule_width']) / 2 - area['inner']:.3f}mm",
            "double_height": f"{_double(n['letter']):.3f}mm",
            "indent": f"{character * grid['indent']:.3f}mm",
            "character": f"{character:.3f}mm",
            "two_lines": f"{2 * pitch:.2f}pt",
            "presented_gap": f"{n['presented']['above_title']}pt",
            "rule_gap": f"{n['rule']['below_number'] - lead:.3f}mm",
            "unsealed_above": f"{n['signature']['unsealed_above'] * pitch:.2f}pt",
            "unsealed_right": f"{n['signature']['unsealed_right'] * character:.3f}mm",
            "sealed_above": f"{n['signature']['sealed_above'] * pitch:.2f}pt",
            # 抄送 and its colon are three characters: turn-over lines align behind them (7.4.2).
            "copies_indent": f"{(n['imprint']['inset'] + 3) * n['imprint']['size']}pt",
            "copies_hang": f"{-3 * n['imprint']['size']}pt",
            "folio": (
                f"{_FOLIO_TEXT}; {self._text['folio']['font']}; font-size: {folio['size']}pt; "
                "line-height: 1; "
                "letter-spacing: 0; vertical-align: top; white-space: nowrap;"
            ),
            "folio_drop": f"{drop:.3f}mm",
            # The turned box is as wide as the margin; its centre stays, its text turns about it.
            "wide_folio": (
                f"transform: rotate(90deg); box-sizing: border-box; width: {bottom}mm; height: {wide_height}mm;"
            ),
            "wide_drop": f"{wide_height / 2 - (bottom / 2 - folio['below']) - dash:.3f}mm",
            "wide_inset": f"{(bottom - wide_height) / 2 + lead + folio_size * folio['inset']:.3f}mm",
        }

    def html(self, document: Document, content: body.Body, tight: frozenset[int] = frozenset()) -> str:
        """The document as HTML; 版记 stands on the page on which the text ends, or on the next even one if it must.

        ``tight`` are the parts with less air about their tables, 0 the text and from 1 the attachments.
        """
        front = document.front
        titles = self._number["title"]["characters"]
        mark = self.mark(front)
        enclosures = front.attachments or tuple(item.title for item in content.attachments)
        values: dict[str, Any] = {
            "plain_title": escape(front.title),  # what a window and a list of files show: no joiners
            "author": "、".join(front.issuers),
            "created": iso_date(front.dated),
            "keywords": f"{HEAD} {head}" if (head := front.descriptive.get(HEAD)) else "",
            **mark,
            **self._letterhead(front, mark["mark_white"], mark["mark_depth"]),
            "number": _markup(front.number),
            "signatories": [
                _markup("　".join(front.signatories[i : i + 2])) for i in range(0, len(front.signatories), 2)
            ],
            "copy_number": front.copy_number,
            "secrecy": front.secrecy,
            "urgency": "　".join(front.urgency) if len(front.urgency) == 2 else front.urgency,
            "issue": _markup(front.issue),
            "title": [_markup(line) for line in shape.title_lines(front.title, titles)],
            "recipients": _markup("、".join(front.recipients)),
            "text": Markup(html.write(content.blocks)),  # noqa: S704  (all text in it is escaped)
            "ends_in_table": bool(content.blocks) and not isinstance(content.blocks[-1], body.Paragraph),
            "tight": tight,
            "many": self._number["enclosures"]["many"],
            "enclosures": [_markup(name) for name in enclosures],
            "issuers": [_markup(name) for name in front.issuers],
            "dated": _markup(front.dated),
            "sealed": front.sealed,
            "date_right": self.date_right(front.issuers, front.dated),
            "note": _markup(front.note),
            "attachments": [
                {
                    "label": item.label,
                    "title": [
                        _markup(line) for line in shape.title_lines(item.title, titles * (1.4 if item.landscape else 1))
                    ],
                    "landscape": item.landscape,
                    "html": Markup(html.write(item.blocks)),  # noqa: S704
                }
                for item in content.attachments
            ],
            **self._imprint(document),
            "own_page": bool(content.attachments and content.attachments[-1].landscape),
        }
        return self._render(_FRAMES[front.style], values)

    def imprint(self, document: Document, number: int, *, bare: bool = False) -> str:
        """版记 alone on the second page of a document, which bears *number*, or none if it is *bare* (7.5)."""
        return self._render("imprint.html.j2", {**self._imprint(document), "number": number, "bare": bare})

    def _imprint(self, document: Document) -> dict[str, Any]:
        front = document.front
        return {
            "copies": _markup("，".join(front.copies)),
            "printer": _markup(front.printer),
            "printed": front.printed,
        }

    def mark(self, front: FrontMatter) -> dict[str, Any]:
        """Lines and size of the issuer's mark, and the gap that puts its ink where 7.2.4 wants it.

        ``mark_begin`` and ``mark_baseline`` are in em below the top of its line; ``mark_depth`` is the height of its
        ink in points.
        """
        n = self._number
        own = {"简报": "briefing", "呈阅": "presented"}.get(front.style)
        largest = n[own]["mark_largest"] if own else n["mark"]["largest"]
        full = n["area"]["width"] * PT_PER_MM
        lines = [front.mark] if front.mark else []
        size = min(largest, full / max(shape.width(front.mark), 1.0))
        if size < n["mark"]["smallest"]:
            lines = shape.title_lines(front.mark, full / n["mark"]["smallest"])
            size = min(largest, full / max(map(shape.width, lines)))
        size = int(size * 2) / 2
        top = self.mark_top(front.style)
        style = self.profile["mark"]["font"].text
        begin, end = fonts.ink(style, front.mark) if lines else (0.0, 0.0)
        extra = (_MARK_LEADING - 1) / 2 * size if len(lines) > 1 else 0.0
        gap = top * PT_PER_MM + self.profile.lead - begin * size - extra
        return {
            "mark": lines,
            "mark_size": size,
            "mark_gap": round(gap, 2),
            "mark_begin": begin,
            "mark_baseline": fonts.baseline(style),
            "mark_depth": (end - begin) * size + max(len(lines) - 1, 0) * _MARK_LEADING * size,
            "mark_white": begin * size + extra,
        }

    def mark_top(self, style: str) -> float:
        """From the top of the type area to the ink of the mark, in mm."""
        table = {"纪要": "minutes", "呈阅": "presented"}.get(style)
        return self._number[table]["mark_top"] if table else self._number["mark"]["top"]

    def _letterhead(self, front: FrontMatter, begin: float, depth: float) -> dict[str, str]:
        """Places of the parts of a letterhead (10.1) from the top of the page area.

        ``begin`` points of white stand above the ink of the mark in its box, ``depth`` is the ink's height.
        """
        n = self._number
        letter, lead = n["letter"], self.profile.lead / PT_PER_MM
        area_top = n["area"]["top"] - lead
        double = _double(letter)
        upper = letter["mark_top"] + depth / PT_PER_MM + letter["rule_below_mark"]
        below = upper + double + letter["number_below_rule"] / PT_PER_MM - lead
        labels = sum(map(bool, (front.copy_number, front.secrecy, front.urgency)))
        rows = max(labels, 1 if front.number else 0)
        return {
            "letter_mark": f"{letter['mark_top'] - area_top - begin / PT_PER_MM:.3f}mm",
            "letter_upper": f"{upper - area_top:.3f}mm",
            "letter_lower": f"{n['paper']['height'] - letter['rule_from_foot'] - double - area_top:.3f}mm",
            "letter_below": f"{below - area_top:.3f}mm",
            "letter_height": f"{below - area_top + rows * n['grid']['pitch'] / PT_PER_MM:.3f}mm",
        }

    def date_right(self, issuers: tuple[str, ...], dated: str) -> float:
        """Characters right of a sealed date: 4 (7.3.5.1), more when a wide issuer is centred over it."""
        longest = max((shape.width(name) for name in issuers), default=0.0)
        return max(self._number["signature"]["sealed_right"], (longest - shape.width(dated)) / 2)

    def _render(self, name: str, values: Mapping[str, Any]) -> str:
        try:
            return self._environment.get_template(name).render(values)
        except jinja2.TemplateError as error:
            line = getattr(error, "lineno", None)
            raise ConfigError(
                f"页面模板有误：{error}",
                where=str(self._folder / name) + (f" 第{line}行" if line else ""),
                advice="请对照随程序提供的 templates/page/ 修改。",
            ) from error


def _double(letter: Mapping[str, float]) -> float:
    """Height of a double rule in millimetres: thick, a white as wide, thin."""
    return 2 * letter["rule_thick"] + letter["rule_thin"]


def _markup(content: str) -> Markup:
    return Markup(html.text(content))  # noqa: S704  (it escapes)


def iso_date(dated: str) -> str:
    """``2025年10月15日`` as ``2025-10-15``; nothing for nothing."""
    if not dated:
        return ""
    year, rest = dated.split("年")
    month, day = rest.rstrip("日").split("月")
    return f"{int(year):04d}-{int(month):02d}-{int(day):02d}"
