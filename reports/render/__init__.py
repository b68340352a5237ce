"""The ``render`` stage: one Markdown document with front matter becomes the bytes of an official file.

One module per format, one registry entry each. The modules are imported when a format is first
asked for, so that listing formats or writing Markdown never loads the layout engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from reports.errors import ConfigError
from reports.render.document import Document, parse
from reports.render.page import Page
from reports.render.profile import NONE, Deviations, load

__all__ = ["FORMATS", "LAID_OUT", "render", "wide_sheet"]

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "md": "reports.render.markdown",
        "pdf": "reports.render.pdf",
        "docx": "reports.render.docx",
        "xlsx": "reports.render.xlsx",
    }
)
"""File extension of each format → the module whose ``render`` function writes it."""

LAID_OUT = frozenset({"pdf", "docx"})
"""The formats set with fonts and charts, a second or more for a bulletin; the others are written in a moment."""


class _Writer(Protocol):
    def render(self, document: Document, *, assets: Mapping[str, bytes], page: Page) -> bytes: ...


def render(
    markdown: str,
    to: str,
    *,
    assets: Mapping[str, bytes],
    templates: Path,
    source: str = "通报",
    deviations: Deviations = NONE,
) -> bytes:
    """Turn *markdown* (front matter and body) into the bytes of format *to*.

    ``assets`` holds the figures by the very name the Markdown uses (``charts/trend.svg``);
    ``templates`` is the folder that holds ``page/``; ``source`` names the document in messages.
    ``deviations`` are the layout values that a court has set for itself (``[layout]`` of its configuration).
    The same arguments give the same bytes: nothing here reads the clock or the network.

    Raises :class:`~reports.errors.ConfigError` for a mistake in the document (with file and line),
    :class:`~reports.errors.VerificationError` for a character that no font has or a finished file
    that is not whole, :class:`~reports.errors.EnvironmentMissing` when fonts or libraries are absent.
    """
    if to not in FORMATS:
        near = get_close_matches(to, FORMATS, n=1)
        hint = f"是否想用“{near[0]}”？" if near else ""
        raise ConfigError(f"不支持的输出格式：“{to}”", where=source, advice=f"{hint}可用格式：{'、'.join(FORMATS)}。")
    document = parse(markdown, source)
    writer = cast(_Writer, import_module(FORMATS[to]))
    folder = templates / "page"
    return writer.render(document, assets=assets, page=Page(folder, load(folder, deviations)))


def wide_sheet(
    name: str,
    title: str,
    groups: Sequence[tuple[str, Sequence[str]]],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str],
    *,
    templates: Path,
    deviations: Deviations = NONE,
    leading: Sequence[str] = ("代码", "单位"),
) -> bytes:
    """The bytes of an XLSX with one wide sheet, in the fonts of the page (:func:`reports.render.xlsx.sheet`)."""
    from reports.render import xlsx  # noqa: PLC0415

    folder = templates / "page"
    return xlsx.sheet(name, title, groups, rows, notes, Page(folder, load(folder, deviations)), leading)
