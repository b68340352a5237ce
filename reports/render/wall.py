"""Wall charts (挂图): bars on A3 sheets that are read from two metres, in black and white.

The measures are ours: no standard has any. Nothing is smaller than 14 pt, about the height that a newspaper's
headings have; a sheet holds as many rows as still have two lines of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import ceil
from pathlib import Path
from typing import Any, Final

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from reports.escaping import shaped
from reports.model import WallChart
from reports.render import fonts, html
from reports.render.pdf import VARIANT, engine
from reports.render.profile import PT_PER_MM
from reports.render.shape import width
from reports.render.verify import verify_pdf

SMALLEST: Final = 14  # pt
_SHEET: Final = {"width": 420, "height": 297, "side": 12, "top": 52, "bottom": 20}  # mm, A3
_ROWS_MM: Final = 208.0  # height for rows on a sheet
_MOST, _TALLEST = 16, 20.0  # rows on a sheet; mm
# mm; together the width between the margins. The bar's column also holds the text behind the bar.
_COLUMNS: Final = {
    "number": 65, "cause": 54, "dept": 38, "leader": 33, "expected": 28.5, "tier": 23.5, "bar": 125.5, "state": 28.5,
}  # fmt: skip
_AGE_MM: Final = 44.0
_PADDING_MM: Final = 1.5
_SCALE: Final = 2  # an axis ends at the latest at this multiple of the highest threshold; longer bars are broken
_LABEL_MM: Final = 6.5  # between the labels of two thresholds


def render(chart: WallChart, *, templates: Path, source: str) -> bytes:
    """The bytes of a verified PDF: A3 sheets across, as many as the cases need, each with the same head.

    ``templates`` is the folder that holds ``wall/``; ``source`` names the chart in messages. The same chart gives the
    same bytes. Raises what the ``pdf`` format raises for files that are not whole.
    """
    environment = SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(templates / "wall"),
        autoescape=lambda name: name != "sheet.css.j2",  # quotes in a style sheet must stay quotes
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sheets = ceil(len(chart.rows) / _MOST)
    each = ceil(len(chart.rows) / sheets)
    values = {
        **_drawn(chart),
        "sheet": _SHEET,
        "columns": _COLUMNS,
        "smallest": SMALLEST,
        "padding": _PADDING_MM,
        "row": min(_TALLEST, _ROWS_MM / each),
        "each": each,
        "fonts": {style: fonts.css(style) for style in ("黑体", "小标宋")},
    }
    with engine(source, {}) as (weasyprint, fetcher):
        style = weasyprint.CSS(string=environment.get_template("sheet.css.j2").render(values), url_fetcher=fetcher)
        page = environment.get_template("sheet.html.j2").render(values)
        document = weasyprint.HTML(string=page, url_fetcher=fetcher, base_url=html.ASSET_SCHEME)
        data: bytes = document.write_pdf(stylesheets=[style], pdf_variant=VARIANT, pdf_tags=True)
    required = [_shown(text) for text in (chart.title, *(row.number for row in chart.rows))]
    verify_pdf(data, required=required, source=source, fewest_pages=sheets)
    return data


def _shown(value: Any) -> Any:
    """A value with 〓 for what no font has, and without what has no shape."""
    value = shaped(value)
    return fonts.shown(value) if type(value) is str else value


def _drawn(chart: WallChart) -> Mapping[str, Any]:
    """The chart with its lengths in millimetres, and texts that fit two lines of their cells."""
    last = max(days for _, days, _ in chart.thresholds)
    axis = max(last * 1.1, min(max(row.days for row in chart.rows), last * _SCALE))
    scale = (_COLUMNS["bar"] - _AGE_MM) / axis
    lines: list[dict[str, Any]] = []
    told = -_LABEL_MM
    for months, days, _ in chart.thresholds:
        place = days * scale
        fits = place - told >= _LABEL_MM
        lines.append({"mm": place, "label": str(months) if fits else ""})
        told = place if fits else told
    steps = max(len(chart.thresholds) - 1, 1)
    shades = [f"{round(80 - 80 * place / steps)}%" for place in range(len(chart.thresholds))]
    rows = [
        {
            **asdict(row),
            **{name: _fitting(getattr(row, name), _COLUMNS[name]) for name in ("cause", "dept", "leader")},
            "mm": min(row.days, axis) * scale,
            "broken": row.days > axis,
            "shade": shades[row.tier] if row.tier >= 0 else "#fff",
        }
        for row in chart.rows
    ]
    legend = [{"name": name, "shade": shade} for (_, _, name), shade in zip(chart.thresholds, shades, strict=True)]
    return {
        "title": chart.title, "summary": chart.summary, "created": chart.day.isoformat(), "lines": lines,
        "legend": legend, "rows": rows,
    }  # fmt: skip


def _fitting(text: str, room: float) -> str:
    """A text cut to two lines of a cell of so many millimetres."""
    most = 2 * int((room - 2 * _PADDING_MM) * PT_PER_MM / SMALLEST)
    if width(text) <= most:
        return text
    kept = ""
    for char in text:
        if width(kept + char) > most - 1:
            break
        kept += char
    return kept + "…"
