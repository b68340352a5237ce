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
from collections.abc import Callable, Collection, Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from reports import scratch, system

KEPT = 1 << 29  # bytes of entries; those not used for longest go first
KINDS = (".pickle", ".cases")  # results, and case tables
_LIBRARIES = (
    "duckdb", "pandas", "sqlglot", "numpy", "chinesecalendar", "python-calamine", "xlrd",
    "jinja2", "weasyprint", "pydyf", "fonttools",
)  # fmt: skip


def fingerprint(
    words: Iterable[str], files: Iterable[Path] = (), folder: Path = Path(), *, without: Collection[str] = ()
) -> str:
    """A hash of some words, of files (a missing one counts as such) and of the program itself.

    A file counts by its content and its place beside *folder*: a workspace that was moved or copied is the same.
    ``without`` are rooms of the program (names under ``reports/``) that can have no part in the result.
    """
    digest = hashlib.blake2b(_program(frozenset(without)), digest_size=20)
    for word in words:
        digest.update(word.encode() + b"\0")
    for path in files:
        digest.update(system.seen_from(folder, path).encode() + b"\0")
        if path.is_file():
            digest.update(_content(path))
    return digest.hexdigest()


@cache
def _program(without: frozenset[str]) -> bytes:
    """The program's own files and its libraries: they do not change while it runs."""
    digest = hashlib.blake2b()
    for word in (sys.version, *(f"{name} {version(name)}" for name in _LIBRARIES)):
        digest.update(word.encode() + b"\0")
    for room, path, content in _files():
        if room not in without:
            digest.update(path.encode() + b"\0" + content)
    return digest.digest()


@cache
def _files() -> tuple[tuple[str, str, bytes], ...]:
    """(room, path, hash of the content) of each of the program's files; templates are hashed where they are used."""
    package = Path(__file__).parents[1]
    paths = [path for path in sorted(package.rglob("*")) if path.suffix in (".py", ".toml")]
    places = [(path, path.relative_to(package)) for path in paths if "_templates" not in path.parts]
    return tuple((own.parts[0], str(own), _content(path)) for path, own in places)


def _content(path: Path) -> bytes:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "blake2b").digest()


def load(key: str) -> Any:
    """The entry of a key, or ``None``; an entry that cannot be read counts as none."""
    try:
        path = find(f"{key}.pickle")
        return pickle.loads(path.read_bytes()) if path else None  # noqa: S301
    except Exception:  # an entry of another version or a damaged one: it is worked out again
        return None


def find(name: str) -> Path | None:
    """The file of an entry, or ``None``: only its user may have written it, for it is trusted as the program itself."""
    try:
        path = _folder() / name
        if not system.private(path.parent) or not path.is_file():
            return None
        path.touch()  # used just now: it goes last
        return path
    except OSError:
        return None


def save(key: str, entry: Any) -> None:
    """Keep an entry, whole or not at all; a cache that cannot be written is no error."""
    data = pickle.dumps(entry)
    if len(data) <= KEPT:
        save_file(f"{key}.pickle", lambda path: path.write_bytes(data))


def save_file(name: str, write: Callable[[Path], object]) -> None:
    """Keep what ``write`` leaves at the path that it is given. What is larger than the whole cache is not kept."""
    try:
        folder = _folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        system.close(folder)  # it holds cases: made before, it is closed now
        scratch.clear(folder)
        with scratch.folder(folder) as work:
            path = work / name
            write(path)
            system.give(path, 0o600)
            if path.stat().st_size <= KEPT:
                path.replace(folder / name)
        _make_room(folder)
    except OSError:
        return


def _make_room(folder: Path) -> None:
    """The entries not used for longest go first; what others are writing just now counts as well."""
    writing = (path for work in folder.glob(f"{scratch.PREFIX}*") for path in work.rglob("*") if path.is_file())
    room = KEPT - sum(path.stat().st_size for path in writing)
    entries = [(path.stat(), path) for path in folder.iterdir() if path.suffix in KINDS]
    for about, path in sorted(entries, key=lambda entry: -entry[0].st_mtime):
        room -= about.st_size
        if room < 0:
            path.unlink(missing_ok=True)


class Templates:
    """Compiled templates, kept as results are; nothing of the program is in them but what their environments have."""

    rooms = frozenset(("templates.py", "escaping.py", "words.py"))

    def load(self, key: str) -> bytes | None:
        """The code of a template in one environment, or ``None``."""
        found = load(self._named(key))
        return found if isinstance(found, bytes) else None

    def save(self, key: str, entry: bytes) -> None:
        """Keep the code of a template."""
        save(self._named(key), entry)

    def _named(self, key: str) -> str:
        return fingerprint(("模板", key), without={room for room, *_ in _files()} - self.rooms)


def off() -> bool:
    """Whether nothing is kept at all."""
    return os.environ.get("TONGBAO_CACHE") == ""


def _folder() -> Path:
    """``TONGBAO_CACHE`` names another folder (cron without a home); empty, nothing is kept."""
    if (named := os.environ.get("TONGBAO_CACHE")) is not None:
        if not named:
            raise FileNotFoundError
        return Path(named)
    return system.cache_folder() / "results"
