"""Words that say nothing when a cell is made only of them: ``vague.toml``, and a court's own changes to it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from reports.errors import ConfigError

SHIPPED = Path(__file__).parent / "vague.toml"
FILE = "vague.toml"  # of a workspace
EXCEPT = "except"
_SIGNS = re.compile(r"[\W_]+")  # punctuation and white space; letters, digits and Han characters stay


class Vague:
    """The words, and the question that is asked of a text; the same text is asked about in linear time."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(filter(None, (_SIGNS.sub("", word) for word in words)))
        self._longest = max(map(len, self._words), default=0)

    def only(self, text: str) -> bool:
        """Whether a text consists of nothing but these words, in any order, and signs: 加强管理，提高认识。"""
        bare = _SIGNS.sub("", text)
        ends = {0}  # where a row of words can end
        for end in range(1, len(bare) + 1):
            if any(
                end - size in ends and bare[end - size : end] in self._words for size in range(1, self._longest + 1)
            ):
                ends.add(end)
        return len(bare) in ends


@cache
def shipped() -> Vague:
    """Our own words alone."""
    return Vague(word for words in _read(SHIPPED).values() for word in words)


def load(folder: Path) -> Vague:
    """The words in force: ours and those of a workspace's ``vague.toml``, without its ``except``.

    Raises :class:`ConfigError` for a file that cannot be read or has anything but lists of words.
    """
    own = folder / FILE
    if not own.is_file():
        return shipped()
    ours, theirs = _read(SHIPPED), _read(own)
    spared = set(theirs.pop(EXCEPT, []))
    return Vague({word for words in (*ours.values(), *theirs.values()) for word in words} - spared)


def _read(path: Path) -> dict[str, list[str]]:
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"空话词表无法读取：{error}。", where=str(path)) from error
    for name, words in raw.items():
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            raise ConfigError(
                f"空话词表的“{name}”应为词语的列表。",
                where=str(path),
                advice=f'写成 {name} = ["加强管理", "提高认识"]。',
            )
    return raw
