"""The file ``tongbao.db``: a journal of events to which is only ever added, and the memory of finished periods.

The journal is the whole truth: what an item or a pending case is now follows from its events, read in order, so no
state can be edited away. Every event carries a hash of itself and of the one before; :func:`verify` finds any event
that was changed, removed or put in later. Only the end of the journal could be cut off unseen, so ``verify`` also
prints the last hash, and takes an earlier one to look for.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from reports.errors import Busy, ConfigError

VERSION = 3
WAIT = 30  # seconds for another process to finish writing
START = "0" * 64  # stands for the hash before the first

# Versions 1 and 2 kept the items in a table and beside it a history of whole days.
_ITEMS_1 = """
CREATE TABLE item (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, period TEXT NOT NULL, court TEXT NOT NULL,
    line TEXT NOT NULL, indicator TEXT NOT NULL, direction TEXT NOT NULL, severity TEXT NOT NULL, value TEXT NOT NULL,
    reference TEXT NOT NULL, problem TEXT NOT NULL, state TEXT NOT NULL DEFAULT '发现');
CREATE TABLE event (id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item (id), day TEXT NOT NULL,
    who TEXT NOT NULL, what TEXT NOT NULL);
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
_JOURNAL = """
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    subject TEXT NOT NULL,
    what TEXT NOT NULL,
    data TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX journal_subject ON journal (subject);
CREATE TRIGGER journal_unchanged BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, '台账的历史不能修改'); END;
CREATE TRIGGER journal_kept BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, '台账的历史不能删除'); END;
"""


@dataclass(frozen=True)
class Event:
    """One line of the journal: when (ISO day or time), who, of what (an item's or a case's number), what happened."""

    seq: int
    at: str
    who: str
    subject: str
    what: str
    data: Mapping[str, Any]


class Stateful(Protocol):
    """Whatever events are told of: it is in a state."""

    @property
    def state(self) -> str:
        """One of the states of its :class:`Story`."""


S = TypeVar("S", bound=Stateful)


@dataclass(frozen=True)
class Story(Generic[S]):
    """How the events of one kind of subject are read: ``first`` makes one, every other is a step that changes it.

    ``steps`` are event → the states it may follow and the state it leads to (empty: it stays). ``kind`` begins the
    subjects of its events, ``noun`` names it in messages.
    """

    kind: str
    noun: str
    first: str
    steps: Mapping[str, tuple[tuple[str, ...], str]]
    opened: Callable[[str, Event], S]
    after: Callable[[S, Event], S]


@dataclass(frozen=True)
class Verified:
    """What :func:`verify` found: how many events, the last hash, and every fault with its place."""

    events: int
    head: str
    faults: tuple[str, ...]


class Journal:
    """An open ledger. Only :func:`writing` gives one that can be added to."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def replay(self, story: Story[S], faults: list[str] | None = None) -> dict[str, S]:
        """Number → what the events of a kind have made of it, in the order of their first events.

        Events that do not follow from those before them change nothing; ``faults`` takes a sentence on each.
        """
        found: dict[str, S] = {}
        for event in self.events(story.kind):
            number = event.subject.removeprefix(story.kind)
            old = found.get(number)
            if event.what == story.first and old is None:
                found[number] = story.opened(number, event)
            elif old is None or event.what not in story.steps or old.state not in story.steps[event.what][0]:
                if faults is not None:
                    state = old.state if old else f"没有这一{story.noun}"
                    faults.append(f"第{event.seq}条记录（{number}，{event.what}）与当时的状态（{state}）不合")
            else:
                found[number] = story.after(old, event)
        return found

    def history(self, subject: str) -> list[Event]:
        """The events of one subject in order."""
        return self._events("subject = ?", (subject,))

    def events(self, kind: str = "") -> list[Event]:
        """All events in order, or those of subjects of one kind (the part up to its colon)."""
        return self._events("substr(subject, 1, ?1) = ?2", (len(kind), kind))

    def _events(self, where: str, values: tuple[Any, ...]) -> list[Event]:
        rows = self.db.execute(
            f"SELECT seq, at, who, subject, what, data FROM journal WHERE {where} ORDER BY seq",  # noqa: S608
            values,
        )
        found = []
        for seq, at, who, subject, what, data in rows:
            try:
                found.append(Event(seq, at, who, subject, what, json.loads(data)))
            except ValueError as error:
                raise ConfigError(
                    f"台账第{seq}条记录已损坏。", advice="用 tongbao ledger verify 核对，并从备份恢复。"
                ) from error
        return found

    def add(self, at: str, who: str, subject: str, what: str, data: Mapping[str, Any]) -> None:
        """Write one event behind the last."""
        seq, before = self.db.execute("SELECT max(seq), hash FROM journal").fetchone()
        row = ((seq or 0) + 1, at, who, subject, what, _text(data))
        self.db.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, _hash(before or START, row)))


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(before: str, row: tuple[int, str, str, str, str, str]) -> str:
    return hashlib.sha256(json.dumps([before, *row], ensure_ascii=False).encode()).hexdigest()


@contextmanager
def reading(path: Path) -> Iterator[Journal]:
    """The ledger as it is, brought to the present version. Raises :class:`ConfigError` for a file that is none."""
    with _opened(path) as db:
        yield Journal(db)


@contextmanager
def writing(path: Path) -> Iterator[Journal]:
    """One transaction: all of it or nothing. Raises :class:`Busy` while another process writes."""
    with _opened(path) as db, _transaction(db):
        yield Journal(db)


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise ConfigError(
                    f"台账由更新的版本（{version}）的程序建立。", where=str(path), advice="请升级 tongbao。"
                )
            if version < VERSION:
                with _transaction(db):
                    _bring_up(db)
            yield db
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise Busy("另一个 tongbao 正在写台账。", where=str(path), advice="请等它结束后再运行。") from None
        raise _broken(path, error) from error
    except sqlite3.DatabaseError as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: sqlite3.DatabaseError) -> ConfigError:
    return ConfigError(f"台账无法打开：{error}。", where=str(path), advice="请从备份恢复，或移走该文件后重新运行。")


def _bring_up(db: sqlite3.Connection) -> None:
    """From whatever version the file has to the present one, inside a transaction."""
    (version,) = db.execute("PRAGMA user_version").fetchone()  # another process may have been first
    for step in (_items_1, _memory, _journal)[version:]:
        step(db)
    db.execute(f"PRAGMA user_version = {VERSION}")


def _items_1(db: sqlite3.Connection) -> None:
    _each(db, _ITEMS_1)


def _memory(db: sqlite3.Connection) -> None:
    _each(db, _MEMORY)


def _journal(db: sqlite3.Connection) -> None:
    """Items and their history become events; numbers are given anew, by period."""
    # The triggers hold semicolons of their own.
    for statement in _JOURNAL.split(";\n"):
        if statement.strip():
            db.execute(statement)
    names = ("key", "period", "court", "line", "indicator", "direction", "severity", "value", "reference", "problem")
    rows = db.execute(
        f"SELECT i.{', i.'.join(names)}, e.day, e.who FROM item i JOIN event e ON e.item = i.id "  # noqa: S608
        "WHERE e.what = '发现' ORDER BY i.id"
    ).fetchall()
    journal, numbers = Journal(db), dict[str, int]()
    for *values, day, who in rows:
        old = dict(zip(names, values, strict=True))
        numbers[old["period"]] = number = numbers.get(old["period"], 0) + 1
        facts = {name: old[name] for name in names if name != "key"}
        facts |= {"court_name": old["court"], "indicator_name": old["indicator"], "source": "由旧版台账转入"}
        subject = f"整改：{old['period']}-{number:03d}"
        journal.add(day, who, subject, "发现", facts)
        if old["severity"] == "red":  # the bulletin was published before the item was written
            journal.add(day, who, subject, "通报", {"bulletin": f"{old['period']}-general"})
    db.execute("DROP TABLE event")
    db.execute("DROP TABLE item")


def _each(db: sqlite3.Connection, script: str) -> None:
    for statement in script.split(";"):
        if statement.strip():
            db.execute(statement)


def verify(path: Path, *, head: str | None = None) -> Verified:
    """Check the chain of hashes; ``head`` (its first characters will do) is one noted earlier, which must be there.

    Whether the events also make sense in their order is for the modules that read them.
    """
    faults: list[str] = []
    before, last, found = START, 0, head is None
    with reading(path) as journal:
        (sound,) = journal.db.execute("PRAGMA quick_check").fetchone()
        if sound != "ok":
            faults.append(f"数据库文件有损坏：{sound}")
        for *row, written in journal.db.execute(
            "SELECT seq, at, who, subject, what, data, hash FROM journal ORDER BY seq"
        ):
            seq, at, who, subject, what, data = row
            if seq != last + 1:
                faults.append(f"第{last + 1}条至第{seq - 1}条记录缺失")
            if _hash(before, (seq, at, who, subject, what, data)) != written:
                faults.append(f"第{seq}条记录（{subject}，{what}，{at}）与校验值不符，记录或其前一条被改动")
            before, last = written, seq
            found = found or written.startswith(head or "")
    if not found:
        faults.append(f"找不到校验值{head}：台账可能被截短或替换")
    return Verified(last, before, tuple(faults))
