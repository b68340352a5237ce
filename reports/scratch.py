"""Work folders, each locked while its process lives: so the next start can tell what a killed one left."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reports import system

if TYPE_CHECKING:
    from filelock import BaseFileLock

PREFIX = "tongbao-work-"
LOCK = "lock"


@dataclass(frozen=True)
class Work:
    """A folder that this process alone may use, for as long as it holds the lock in it."""

    path: Path
    lock: BaseFileLock

    def remove(self) -> None:
        """All of it goes; the lock last, so that a process killed here leaves something that is known for its own."""
        with contextlib.suppress(OSError):
            for inside in self.path.iterdir():
                if inside.is_dir() and not inside.is_symlink():
                    shutil.rmtree(inside, ignore_errors=True)
                elif inside.name != LOCK:
                    inside.unlink()
            self.lock.release()
            (self.path / LOCK).unlink(missing_ok=True)
            self.path.rmdir()


@contextmanager
def folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder under ``parent`` (the system's for temporary files), gone at the end; raises :class:`OSError`."""
    work = make(parent)
    try:
        yield work.path
    finally:
        work.remove()


def rights(folder: Path) -> int:
    """The mode of a new file in a folder: it may name people, so others never read it.

    Where a group may write into the folder, all of it works on the file, whatever the account's umask is.
    """
    return 0o660 if system.group_writes(folder) else 0o640 & ~system.mask() | 0o600


def folder_rights(parent: Path) -> int:
    """The mode of a new folder in a folder; one that a group works in hands its group on."""
    mode = rights(parent)
    return 0o2770 if mode == 0o660 else mode | (mode & 0o444) >> 2


def make(parent: Path | None = None, prefix: str = PREFIX) -> Work:
    """A new folder that stays until it is removed, or its process has ended and another clears up."""
    from filelock import FileLock, Timeout

    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        mode = rights(parent) if parent else 0o600
        if mode == 0o660:  # what is left by a killed process, another account of the group must be able to settle
            with contextlib.suppress(OSError):
                system.give(path, 0o2770)
        work = Work(path, FileLock(path / LOCK, mode=mode))
        try:
            work.lock.acquire(timeout=0)
        except (Timeout, FileNotFoundError):
            continue  # another process was quicker, and took it for one that was left
        except (OSError, NotImplementedError):
            return work  # no locks on this file system: nobody will take it for one that was left
        if (path / LOCK).exists():
            return work


def abandoned(paths: Iterable[Path]) -> Iterator[Work]:
    """Those of some folders whose processes have ended; each is locked until the next is asked for."""
    for path in paths:
        try:
            if not path.is_dir() or path.is_symlink() or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
                continue  # another account's: that one settles it
        except OSError:
            continue
        if not (path / LOCK).exists():  # killed between the two steps of making or removing one
            with contextlib.suppress(OSError):
                path.rmdir()  # stays unless empty
            continue
        from filelock import FileLock, Timeout

        lock = FileLock(path / LOCK)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError, NotImplementedError):
            continue
        try:
            yield Work(path, lock)
        finally:
            lock.release()


def clear(parent: Path | None = None) -> None:
    """Remove what killed processes of this account left."""
    place = parent or Path(tempfile.gettempdir())
    with contextlib.suppress(OSError):
        for work in abandoned(path for path in sorted(place.glob(f"{PREFIX}*")) if system.own(path)):
            work.remove()
