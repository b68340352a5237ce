"""Format ``md``: the document as its clerk wrote it."""

from __future__ import annotations

from collections.abc import Mapping

from reports.render.document import Document
from reports.render.page import Page


def render(document: Document, *, assets: Mapping[str, bytes], page: Page) -> bytes:
    """Return the Markdown text as UTF-8 bytes with one final newline.

    Nothing is rewritten: the text has been parsed, so its front matter is known to be valid.
    """
    del assets, page  # the figures stay beside the document, as files
    return (document.text.rstrip("\n") + "\n").encode()
