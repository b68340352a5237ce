"""The ways that letters go. Each is a module here with ``way(settings)``; its name is what ``[[delivery]] way`` says.

A way knows nothing of bulletins and units: it hands a :class:`Letter` over, and says how that went by what it raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

from reports.errors import ConfigError


@dataclass(frozen=True)
class Attachment:
    """A file of a letter, under the name that its reader sees."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Handed:
    """What a way needs to know of a letter.

    ``key`` is the same however often the letter is handed over, and another for every letter.
    """

    key: str
    name: str
    address: str
    subject: str
    text: str
    files: tuple[Attachment, ...]


@dataclass(frozen=True)
class Settings:
    """One ``[[delivery]]``; ``password`` is asked for when it is needed, and never kept."""

    name: str
    place: Path  # the workspace: relative paths begin there
    host: str = ""
    port: int | None = None
    security: str = "starttls"
    user: str = ""
    password: Callable[[], str] = field(default=str, repr=False)
    sender: str = ""
    ca_file: str = ""
    max_mb: float = 20.0
    folder: str = ""
    command: tuple[str, ...] = ()
    timeout: int = 60

    @property
    def where(self) -> str:
        """How messages name it."""
        return f"tongbao.toml [[delivery]] {self.name}"


class Refused(Exception):
    """The letter will not be taken, now or later."""


class Later(Exception):
    """The letter was not taken now, and may be another time."""


class Unclear(Exception):
    """Nobody can say whether the letter was taken."""


class Down(Exception):
    """The way as a whole does not work now: no letter was at fault. ``advice`` says what to do."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.what, self.advice = what, advice


Hand = Callable[[Handed, Callable[[], None], datetime], str]
"""Hand a letter over; returns what was answered. The second argument is to be called before the point from which on
the letter may have been taken. Raises :class:`Refused`, :class:`Later`, :class:`Unclear` or :class:`Down`."""


class Way(Protocol):
    """One way, as one ``[[delivery]]`` has it."""

    repeatable: bool  # a letter handed over twice arrives once
    limit: int | None  # bytes of files that one letter may have

    def fault(self, address: str) -> str:
        """What is wrong with an address, or nothing."""
        ...

    def open(self) -> AbstractContextManager[Hand]:
        """The way, open for any number of letters."""
        ...


NAMES = tuple(sorted(module.name for module in iter_modules(__path__)))


def way_of(name: str, settings: Settings) -> Way:
    """The way of a name; raises :class:`ConfigError` for one that there is not, and for settings that lack some."""
    if name not in NAMES:
        raise ConfigError(
            f"没有发送方式“{name}”。", where=f"{settings.where} way", advice=f"可用的有 {'、'.join(NAMES)}。"
        )
    found: Way = import_module(f"{__name__}.{name}").way(settings)
    return found


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")


def line(text: str) -> str:
    """A text as one line without characters that control anything: what may stand in a header or an argument."""
    return " ".join(_CONTROL.sub(" ", text).split())


def file_name(text: str, longest: int = 80) -> str:
    """A text as the name of a file on any system; a name's ending stays."""
    clean = re.sub(r'[/\\:*?"<>|]+', "", line(text)).strip(" .")
    stem, dot, ending = clean.rpartition(".")
    return f"{stem[:longest]}{dot}{ending}" if dot and len(ending) <= 5 else clean[:longest] or "文件"


def needed(settings: Settings, keys: Mapping[str, str]) -> None:
    """Raise :class:`ConfigError` for the first of some keys (name → example) that is not filled in."""
    for key, example in keys.items():
        if not getattr(settings, key):
            raise ConfigError(f"没有写 {key}。", where=settings.where, advice=f"如 {key} = {example}。")
