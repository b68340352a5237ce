"""Results kept between runs, known by the content of everything that went into them, never by a clock.

The key is a hash over the input files, the workspace's configuration, court table, catalogue and dialects, the
program's own code and the libraries' versions. Entries live in the user's cache folder, like Python's compiled
files: outside the workspace, readable by that user only, and safe to delete at any time.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any

from reports import scratch

KEPT = 1 << 29  # bytes of entries; those not used for longest go first
_LIBRARIES = ("duckdb", "pandas", "sqlglot", "numpy", "jinja2", "weasyprint", "pydyf", "fonttools")


def fingerprint(words: Iterable[str], files: Iterable[Path] = (), folder: Path = Path()) -> str:
    """A hash of some words, of files (a missing one counts as such) and of the program itself.

    A file counts by its content and its place beside *folder*: a workspace that was moved or copied is the same.
    """
    digest = hashlib.blake2b(_program(), digest_size=20)
    for word in words:
        digest.update(word.encode() + b"\0")
    _add(digest, files, folder)
    return digest.hexdigest()


@cache
def _program() -> bytes:
    """The program's own files and its libraries: they do not change while it runs."""
    digest = hashlib.blake2b()
    for word in (sys.version, *(f"{name} {version(name)}" for name in _LIBRARIES)):
        digest.update(word.encode() + b"\0")
    package = Path(__file__).parent
    files = sorted(p for p in package.rglob("*") if p.suffix in (".py", ".toml") and "_templates" not in p.parts)
    _add(digest, files, package)
    return digest.digest()


def _add(digest: hashlib.blake2b, files: Iterable[Path], folder: Path) -> None:
    for path in files:
        digest.update(os.path.relpath(path, folder).encode() + b"\0")
        if path.is_file():
            with path.open("rb") as source:
                digest.update(hashlib.file_digest(source, "blake2b").digest())


def load(key: str) -> Any:
    """The entry of a key, or ``None``; an entry that cannot be read counts as none."""
    try:
        folder = _folder()
        of_others = folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o022
        if of_others:  # an entry is trusted as the program's own files are: only its user may have written it
            return None
        entry = pickle.loads((folder / f"{key}.pickle").read_bytes())  # noqa: S301
        (folder / f"{key}.pickle").touch()
        return entry
    except Exception:  # an entry of another version or a damaged one: it is worked out again
        return None


def save(key: str, entry: Any) -> None:
    """Keep an entry, whole or not at all; a cache that cannot be written is no error."""
    try:
        folder = _folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch.clear(folder)
        with scratch.folder(folder) as work:
            path = work / "entry"
            path.write_bytes(pickle.dumps(entry))
            path.replace(folder / f"{key}.pickle")
        entries = sorted(((path.stat(), path) for path in folder.glob("*.pickle")), key=lambda e: -e[0].st_mtime)
        for place, size in enumerate(accumulate(stat.st_size for stat, _ in entries)):
            if size > KEPT:
                entries[place][1].unlink(missing_ok=True)
    except OSError:
        return


def _folder() -> Path:
    """``TONGBAO_CACHE`` names another folder (cron without a home); empty, nothing is kept."""
    if (named := os.environ.get("TONGBAO_CACHE")) is not None:
        if not named:
            raise FileNotFoundError
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "tongbao" / "results"
