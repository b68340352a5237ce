"""Format ``md``: the document as its clerk wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reports.render.document import Document


def render(document: Document, *, assets: Mapping[str, bytes], templates: Path) -> bytes:
    """Return the Markdown text as UTF-8 bytes with one final newline.

    Nothing is rewritten: the text has been parsed, so its front matter is known to be valid.
    """
    del assets, templates  # the figures stay beside the document, as files
    return (document.text.rstrip("\n") + "\n").encode()
