"""The ledger (台账) of one workspace: ``tongbao.db``, SQLite, written only after the bulletins are published.

Each red or amber flag of a run becomes one item, known by its period, court, line, indicator and direction, so a
repeated run adds nothing. History is only ever added to. Beside the items stand what the next periods need of this
one: where every flag is in its life, and the values as they were printed; a repeated run writes these anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reports.courts.periods import Period
from reports.errors import ConfigError
from reports.model import Flag, Key, Printed, State

VERSION = 2
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
# ``series`` keeps lives of months, quarters and cumulative periods apart; ``ends`` (ISO) orders them.
_MEMORY = """
CREATE TABLE life (
    period TEXT NOT NULL,
    series TEXT NOT NULL,
    ends TEXT NOT NULL,
    court TEXT NOT NULL,
    indicator TEXT NOT NULL,
    rule TEXT NOT NULL,
    direction TEXT NOT NULL,
    state TEXT NOT NULL,
    since TEXT NOT NULL,
    last TEXT NOT NULL,
    quiet INTEGER NOT NULL,
    PRIMARY KEY (period, court, indicator, rule, direction)
) WITHOUT ROWID;
CREATE TABLE printed (
    period TEXT NOT NULL,
    court TEXT NOT NULL,
    line TEXT NOT NULL,
    indicator TEXT NOT NULL,
    numerator INTEGER,
    denominator INTEGER,
    scope TEXT NOT NULL,
    PRIMARY KEY (period, court, line, indicator)
) WITHOUT ROWID;
"""
_STEPS = (_SCHEMA, _MEMORY)  # step n leads from version n to n + 1


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


@dataclass(frozen=True)
class Memory:
    """What the next periods need of this one: the states after it, and its values as printed."""

    period: Period
    states: Mapping[Key, State]
    printed: Iterable[Printed]


def record(path: Path, flags: Sequence[Flag], *, day: str, who: str = "tongbao", memory: Memory | None = None) -> int:
    """Open an item for each red or amber flag that has none yet; returns how many were new.

    ``day`` (ISO) goes into the history. ``memory`` replaces what was kept of its period. One transaction: all or
    nothing. Raises :class:`ConfigError` when the file is no ledger of ours.
    """
    new = 0
    with _open(path) as db, db:
        if memory:
            _remember(db, memory)
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


def _remember(db: sqlite3.Connection, memory: Memory) -> None:
    key, series, ends = memory.period.key, _series(memory.period), memory.period.end.isoformat()
    db.execute("DELETE FROM life WHERE period = ?", (key,))
    db.executemany(
        "INSERT INTO life VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((key, series, ends, *which, s.name, s.since, s.last, s.quiet) for which, s in memory.states.items()),
    )
    db.execute("DELETE FROM printed WHERE period = ?", (key,))
    db.executemany(
        "INSERT INTO printed VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((key, p.court, p.line, p.indicator, *p.value, p.scope) for p in memory.printed),
    )


def states_before(path: Path, period: Period) -> dict[Key, State]:
    """The states after the latest period before ``period`` in its series; none without a ledger."""
    if not path.exists():
        return {}
    with _open(path) as db:
        rows = db.execute(
            "SELECT court, indicator, rule, direction, state, since, last, quiet FROM life WHERE series = ?1 AND ends ="
            " (SELECT max(ends) FROM life WHERE series = ?1 AND ends < ?2)",
            (_series(period), period.end.isoformat()),
        ).fetchall()
    return {(court, name, rule, way): State(*state) for court, name, rule, way, *state in rows}


def printed_then(path: Path, period: Period) -> dict[tuple[str, str, str], Printed]:
    """(court, line, indicator) → the value that the bulletin of ``period`` printed; none without a ledger."""
    if not path.exists():
        return {}
    with _open(path) as db:
        rows = db.execute(
            "SELECT court, line, indicator, numerator, denominator, scope FROM printed WHERE period = ?", (period.key,)
        ).fetchall()
    return {
        (court, line, name): Printed(period.key, court, line, name, (x, n), scope)
        for court, line, name, x, n, scope in rows
    }


def _series(period: Period) -> str:
    return "cumulative" if period.cumulative else str(period.months)


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=30)) as db:
            db.execute("PRAGMA foreign_keys = ON")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version < VERSION:
                steps = " ".join(_STEPS[version:])
                db.executescript(f"BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT;")
            elif version != VERSION:
                raise ConfigError(
                    f"台账由其他版本（{version}）的程序建立。", where=str(path), advice="请升级 tongbao。"
                )
            yield db
    except sqlite3.DatabaseError as error:
        raise ConfigError(
            f"台账无法打开：{error}。", where=str(path), advice="请从备份恢复，或移走该文件后重新运行。"
        ) from error
