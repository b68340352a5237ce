"""Justification of Chinese text for WeasyPrint, which only knows how to widen spaces.

Chinese has no spaces, so a line that ends early (a mark that may not begin a line, a number that may not
be broken) would leave a ragged edge; the type area is to be filled (GB/T 9704-2012, 5.2.3). The gap is
shared out over all characters of the line as letter-spacing.

This replaces one private function of WeasyPrint 70. Where its signature is not the expected one the
original stays: the page is then correct, only ragged.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

_MARK: Final = "chinese"  # an attribute of our own function, against a second installation
_EXPECTED: Final = ("context", "line", "extra_width")
_WIDEST_GAP: Final = 0.5
"""Em. A line that would need more is one long unbreakable word: better ragged than torn apart."""


def install() -> bool:
    """Put our justification in place; True when it is in force, False when the original stays."""
    from weasyprint.layout import inline  # noqa: PLC0415  (after the font set-up)

    if getattr(inline.justify_line, _MARK, False):
        return True
    needed = ("create_layout", "boxes", "count_expandable_spaces")
    if not all(hasattr(inline, name) for name in needed):
        return False
    if tuple(inspect.signature(inline.justify_line).parameters) != _EXPECTED:
        return False
    inline.justify_line = _make(inline, inline.justify_line)
    return True


def _make(inline: Any, original: Callable[[Any, Any, float], None]) -> Callable[[Any, Any, float], None]:
    boxes, create_layout = inline.boxes, inline.create_layout

    def justify_line(context: Any, line: Any, extra_width: float) -> None:
        texts = _text_boxes(line, boxes)
        letters = sum(len(box.text) for box in texts)
        if letters < 2 or all(box.text.isascii() for box in texts):
            original(context, line, extra_width)
            return
        # The engine counts one letter-spacing behind the last character too: that one is free to use.
        last = texts[-1].style["letter_spacing"]
        trailing = 0.0 if last == "normal" else float(last)
        gap = (extra_width + trailing) / (letters - 1)
        if gap <= 0 or gap > _WIDEST_GAP * float(texts[0].style["font_size"]):
            return
        _spread(context, line, gap, texts[-1], 0.0)

    def _spread(context: Any, box: Any, gap: float, final: Any, shift: float) -> float:
        """Move *box* by *shift* and widen the text in it; return the shift of what follows."""
        if isinstance(box, boxes.TextBox):
            box.position_x += shift
            if not box.text:
                return shift
            # The painter lays the text out again from the box's style, so the style must say it too.
            style = box.style.copy()
            spacing = style["letter_spacing"]
            style["letter_spacing"] = gap + (0.0 if spacing == "normal" else float(spacing))
            layout = create_layout(box.text, style, context, max_width=None, justification_spacing=0)
            layout.deactivate()
            box.style, box.pango_layout = style, layout
            added = gap * (len(box.text) - (1 if box is final else 0))
            box.width += added
            return shift + added
        if isinstance(box, boxes.LineBox | boxes.InlineBox):
            box.position_x += shift
            start = shift
            for child in box.children:
                if child.is_in_normal_flow():
                    shift = _spread(context, child, gap, final, shift)
            box.width += shift - start
            return shift
        box.translate(shift, 0)
        return shift

    setattr(justify_line, _MARK, True)
    return justify_line


def _text_boxes(box: Any, boxes: Any) -> list[Any]:
    if isinstance(box, boxes.TextBox):
        return [box] if box.text else []
    if isinstance(box, boxes.LineBox | boxes.InlineBox):
        return [found for child in box.children if child.is_in_normal_flow() for found in _text_boxes(child, boxes)]
    return []
