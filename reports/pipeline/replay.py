"""The cases of the ledger of long-pending ones, without going through its whole history each time."""

from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path

from reports.ledger.pending import PendingCase, Replayed, replayed, uncollected
from reports.pipeline import cache
from reports.workspace import Workspace

MANY = 1000  # events, from which on what they made is kept
_TOGETHER = 1000  # cases written at once: what remembers their common words takes as much room as they do


def pending_cases(workspace: Workspace) -> dict[str, PendingCase]:
    """All cases by number, in the order of their courts and numbers, from what was kept of them and the events since.

    What is kept is known by the hash of the last event that went into it, which commits to all before: a ledger that
    was restored or written anew is gone through from its beginning.
    """
    path = workspace.database_path
    name = f"{cache.fingerprint(('长期未结台账', str(path.absolute())))}.pickle"
    before = _read(cache.find(name))
    now = replayed(path, before)
    known = before.seq if before and before.seq <= now.seq else 0
    if now.seq - known >= MANY:
        cache.save_file(name, partial(_write, now))
    return now.found


def _write(now: Replayed, path: Path) -> None:
    found = [*now.found.values()]
    with path.open("wb") as file:
        pickle.dump((now.seq, now.head, len(found)), file)
        for place in range(0, len(found), _TOGETHER):
            pickle.dump(found[place : place + _TOGETHER], file)


def _read(path: Path | None) -> Replayed | None:
    """What was kept; nothing where it cannot be read or is not whole."""
    if path is None:
        return None
    found: dict[str, PendingCase] = {}
    try:
        with path.open("rb") as file, uncollected():
            seq, head, count = pickle.load(file)  # noqa: S301 - our own: see cache.find
            while len(found) < count:
                found |= {case.number: case for case in pickle.load(file)}  # noqa: S301
    except Exception:  # of another version, or damaged: it is worked out again
        return None
    return Replayed(seq, head, found)
