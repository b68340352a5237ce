"""What pages hold, as pdfplumber finds it. Lengths in points; times ``MM`` they are millimetres."""

from __future__ import annotations

from typing import Any

from pdfplumber.page import Page

MM = 25.4 / 72
CLOSE = 0.5


def lines(page: Page) -> list[list[dict[str, Any]]]:
    """Text lines of 16 pt from top to bottom, each from left to right; other sizes are left out."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for char in page.chars:
        if abs(char["size"] - 16) < 0.1 and char["text"].strip():
            # Fallback fonts have other boxes: sort by the baseline, not by the top of the box.
            baseline = round((page.height - char["matrix"][5]) / 5)
            key = next((k for k in (baseline - 1, baseline, baseline + 1) if k in rows), baseline)
            rows.setdefault(key, []).append(char)
    return [sorted(rows[key], key=lambda c: c["x0"]) for key in sorted(rows)]


def text_of(page: Page) -> str:
    return "".join(page.extract_text().split())


def wide_rules(page: Page) -> list[dict[str, Any]]:
    return [shape for shape in page.rects + page.lines if abs(shape["width"] * MM - 156) < 1]


def inked(page: Page) -> list[tuple[float, float]]:
    """Tops and bottoms, in mm from the upper edge, of all that is printed in the type area (37 to 262 mm), from above.

    What touches is one.
    """
    marks = (*page.chars, *page.rects, *page.lines, *page.curves, *page.images)
    spans = sorted((one["top"] * MM, one["bottom"] * MM) for one in marks if one.get("text", "x").strip())
    bands: list[tuple[float, float]] = []
    for top, bottom in spans:
        if bottom <= 37 or top >= 262:
            continue
        if bands and top <= bands[-1][1]:
            bands[-1] = bands[-1][0], max(bands[-1][1], bottom)
        else:
            bands.append((top, bottom))
    return bands


def folio(page: Page) -> list[dict[str, Any]]:
    """The characters below the type area."""
    return [c for c in page.chars if c["top"] * MM > 264 and c["text"].strip()]
