"""The ledger (台账) of one workspace: ``tongbao.db``, SQLite, written only after the bulletins are published.

Each red or amber flag of a run becomes one item, known by its period, court, line, indicator and direction, so a
repeated run adds nothing. History is only ever added to.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reports.errors import ConfigError
from reports.model import Flag

VERSION = 1
OPENING = ("red", "amber")
_SCHEMA = """
CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    period TEXT NOT NULL,
    court TEXT NOT NULL,
    line TEXT NOT NULL,
    indicator TEXT NOT NULL,
    direction TEXT NOT NULL,
    severity TEXT NOT NULL,
    value TEXT NOT NULL,
    reference TEXT NOT NULL,
    problem TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT '发现'
);
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    item INTEGER NOT NULL REFERENCES item (id),
    day TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class LedgerItem:
    """One problem from its discovery to its signing-off."""

    id: int
    period: str
    court: str
    line: str
    indicator: str
    severity: str
    problem: str
    state: str


def record(path: Path, flags: Sequence[Flag], *, day: str, who: str = "tongbao") -> int:
    """Open an item for each red or amber flag that has none yet; returns how many were new.

    ``day`` (ISO) goes into the history. One transaction: all or nothing. Raises :class:`ConfigError` when the
    file is no ledger of ours.
    """
    new = 0
    with _open(path) as db, db:
        for flag in flags:
            if flag.severity not in OPENING:
                continue
            cursor = db.execute(
                "INSERT INTO item (key, period, court, line, indicator, direction, severity, value, reference,"
                " problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                (
                    flag.key,
                    flag.period,
                    flag.court,
                    flag.line,
                    flag.indicator,
                    flag.direction,
                    flag.severity,
                    f"{flag.numerator}/{flag.denominator}",
                    flag.reference.text,
                    flag.evidence,
                ),
            )
            if cursor.rowcount:
                new += 1
                db.execute(
                    "INSERT INTO event (item, day, who, what) VALUES (?, ?, ?, ?)",
                    (cursor.lastrowid, day, who, "发现"),
                )
    return new


def items(path: Path, *, period: str | None = None) -> list[LedgerItem]:
    """Items in order of period, court and number; an absent ledger has none."""
    if not path.exists():
        return []
    with _open(path) as db:
        rows = db.execute(
            "SELECT id, period, court, line, indicator, severity, problem, state FROM item "
            "WHERE ? IS NULL OR period = ? ORDER BY period, court, id",
            (period, period),
        ).fetchall()
    return [LedgerItem(*row) for row in rows]


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=30)) as db:
            db.execute("PRAGMA foreign_keys = ON")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                with db:
                    db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
            elif version != VERSION:
                raise ConfigError(
                    f"台账由其他版本（{version}）的程序建立。", where=str(path), advice="请升级 tongbao。"
                )
            yield db
    except sqlite3.DatabaseError as error:
        raise ConfigError(
            f"台账无法打开：{error}。", where=str(path), advice="请从备份恢复，或移走该文件后重新运行。"
        ) from error
