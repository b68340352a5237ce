"""How each event is tied to those before it: by a hash that anyone can work out, and by one that needs a key.

The hash of an event covers the hash before it, so an event that was changed, removed or put in no longer fits those
behind it. Whoever works out all of these hashes anew leaves a chain that fits. That shows only where hashes were noted
elsewhere, or where there is a key: an HMAC over the hash of an event holds for it and for all before it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

START = "0" * 64  # stands for the hash before the first
KEY = "密钥：台账"  # the subject of the events that say from where on a key holds
_quoted = json.encoder.encode_basestring  # of JSON: an encoder would be made anew for each event
_keys: dict[Path, Callable[[], bytes]] = {}


def link(before: str, row: tuple[int, str, str, str, str, str]) -> str:
    """The hash (SHA-256) of an event with the hash ``before`` it, of both as one list in JSON."""
    seq, at, who, subject, what, data = row
    told = f"{_quoted(at)}, {_quoted(who)}, {_quoted(subject)}, {_quoted(what)}, {_quoted(data)}"
    return hashlib.sha256(f"[{_quoted(before)}, {seq}, {told}]".encode()).hexdigest()


def follows(before: str, row: tuple[Any, ...], written: object) -> bool:
    """Whether what is written beside an event is its hash; of a file, so that there may be anything in a column."""
    try:
        return link(before, row) == written
    except TypeError:  # one that is no text
        return False


def mac(key: bytes, hashed: str) -> str:
    """The hash of an event under a key (HMAC-SHA-256, RFC 2104)."""
    return hmac.new(key, hashed.encode(), hashlib.sha256).hexdigest()


def holds(key: bytes, hashed: str, written: object) -> bool:
    """Whether what is written beside a hash was made with the key."""
    return isinstance(written, str) and hmac.compare_digest(mac(key, hashed).encode(), written.encode())


def key_with(path: Path, ask: Callable[[], bytes]) -> None:
    """Say how the key of a ledger is had; it is asked for once, when it is needed."""
    _keys[path.absolute()] = cache(ask)


def key_too(copy: Path, path: Path) -> None:
    """Let the copy of a ledger have its key."""
    if ask := _keys.get(path.absolute()):
        _keys[copy.absolute()] = ask


def key_of(path: Path) -> bytes | None:
    """The key of a ledger, ``None`` where it has none."""
    ask = _keys.get(path.absolute())
    return ask() if ask else None
