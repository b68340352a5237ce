"""Kinds of measures: what people wrote that they would do, sorted by the words in it (``kinds.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from reports.catalogue.entries import entries_of

OTHER = "其他"
_FILE = Path(__file__).parent / "kinds.toml"


@cache
def _kinds() -> Mapping[str, tuple[str, ...]]:
    return {entry["name"]: tuple(entry["words"]) for entry in entries_of(_FILE, "kind", "措施类别").values()}


def kinds_of(text: str) -> tuple[str, ...]:
    """The kinds that a measure is of, in the order of the file; :data:`OTHER` where it is of none."""
    found = tuple(name for name, words in _kinds().items() if any(word in text for word in words))
    return found or (OTHER,)


def every_kind() -> tuple[str, ...]:
    """All kinds in their order."""
    return (*_kinds(), OTHER)
