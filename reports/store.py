"""Results kept between runs, known by the content of everything that went into them, never by a clock.

The key is a hash over the input files, the workspace's configuration, court table, catalogue and dialects, the
program's own code and the libraries' versions. Entries live in the user's cache folder, like Python's compiled
files: outside the workspace, readable by that user only.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

KEPT = 20  # entries; the oldest go first
_LIBRARIES = ("duckdb", "pandas", "sqlglot", "numpy")


def fingerprint(files: Iterable[Path], words: Iterable[str]) -> str:
    """A hash of the contents of files (a missing one counts as such), of some words and of the program itself."""
    digest = hashlib.blake2b(digest_size=20)
    package = Path(__file__).parent
    own = sorted(p for p in package.rglob("*") if p.suffix in (".py", ".toml") and "_templates" not in p.parts)
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    for word in (*libraries, sys.version, *words):
        digest.update(word.encode() + b"\0")
    for path in (*own, *files):
        digest.update(str(path).encode() + b"\0")
        if path.is_file():
            with path.open("rb") as source:
                digest.update(hashlib.file_digest(source, "blake2b").digest())
    return digest.hexdigest()


def load(key: str) -> Any:
    """The entry of a key, or ``None``; an entry that cannot be read counts as none."""
    path = _folder() / f"{key}.pickle"  # the user's own folder, written by save() alone
    try:
        return pickle.loads(path.read_bytes())  # noqa: S301
    except Exception:  # an entry of another version or a damaged one: it is worked out again
        return None


def save(key: str, entry: Any) -> None:
    """Keep an entry, whole or not at all; a cache that cannot be written is no error."""
    folder = _folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".new")
        with os.fdopen(handle, "wb") as out:
            pickle.dump(entry, out)
        Path(name).replace(folder / f"{key}.pickle")
        entries = sorted(folder.glob("*.pickle"), key=lambda path: path.stat().st_mtime)
        for old in entries[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "tongbao" / "results"
