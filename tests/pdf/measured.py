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


def folio(page: Page) -> list[dict[str, Any]]:
    """The characters below the type area."""
    return [c for c in page.chars if c["top"] * MM > 264 and c["text"].strip()]
