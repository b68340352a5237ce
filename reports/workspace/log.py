"""What happened in a workspace: of each run a line for people and a JSON line for programs, in files that rotate."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from reports import scratch, system

RECORD = "运行记录"
TEXT, LINES = f"{RECORD}.log", f"{RECORD}.jsonl"
SIZE, KEPT = 1_000_000, 4  # bytes of a file, and how many full ones are kept beside it


@dataclass(frozen=True)
class Entry:
    """One run: when it ended (ISO), its command, exit code and seconds, and what it made.

    ``findings`` are numbers by severity, ``letters`` those of a delivery by what became of them, ``head`` is the hash
    of the ledger's last event after it, ``error`` what it failed of, in one line.
    """

    at: str
    command: str
    code: int
    seconds: float
    period: str = ""
    rows_in: int | None = None
    rows_used: int | None = None
    findings: Mapping[str, int] = field(default_factory=dict)
    files: int = 0
    head: str = ""
    error: str = ""
    letters: Mapping[str, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The same as a line for people."""
        parts = [self.at, self.command, self.period, f"退出码{self.code}", f"{self.seconds:.1f}秒"]
        if self.rows_in is not None:
            parts.append(f"数据{self.rows_in}行，使用{self.rows_used}行")
        if self.findings:
            parts.append(f"重点问题{self.findings.get('red', 0)}项，需要关注{self.findings.get('amber', 0)}项")
        if self.files:
            parts.append(f"文件{self.files}个")
        if self.letters:
            parts.append("信件" + "、".join(f"{state}{many}封" for state, many in self.letters.items()))
        parts += [f"台账{self.head[:12]}"] if self.head else []
        parts += [self.error] if self.error else []
        return "　".join(part for part in parts if part)


def record(folder: Path, entry: Entry, *, rotate: bool = True) -> None:
    """Write one run behind the last; what cannot be written is no reason for a run to fail.

    Without ``rotate`` a full file is left as it is: another process may be writing it.
    """
    for name, line in ((TEXT, entry.text), (LINES, json.dumps(asdict(entry), ensure_ascii=False))):
        path = folder / name
        try:
            if not path.exists():
                path.touch(scratch.rights(folder))
                system.give(path, scratch.rights(folder))
            handler = RotatingFileHandler(path, maxBytes=SIZE if rotate else 0, backupCount=KEPT, encoding="utf-8")
        except OSError:
            continue
        handler.handleError = lambda _: None  # type: ignore[method-assign, assignment]
        handler.emit(logging.makeLogRecord({"msg": line.replace("\n", " "), "args": ()}))
        handler.close()


def entries(folder: Path) -> Iterator[Entry]:
    """All runs that are on record, the oldest first; lines that are none are passed over."""
    for path in (*(folder / f"{LINES}.{number}" for number in range(KEPT, 0, -1)), folder / LINES):
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for line in lines:
            if entry := _entry(line):
                yield entry


def latest(folder: Path) -> dict[str, Entry]:
    """Command → its last run that is on record."""
    return {one.command: one for one in entries(folder)}


def _entry(line: str) -> Entry | None:
    try:
        found: Any = json.loads(line)
        entry = Entry(**found)
        return entry if isinstance(entry.head, str) and entry.text else None
    except (ValueError, TypeError, AttributeError, RecursionError):  # no such line
        return None
