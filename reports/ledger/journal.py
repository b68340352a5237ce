"""The file ``tongbao.db``: a journal of events to which is only ever added, and the memory of finished periods.

The journal is the whole truth: what an item or a pending case is now follows from its events, read in order, so no
state can be edited away. Every event carries a hash of itself and of the one before (:mod:`reports.ledger.chain`);
:func:`verify` finds any event that was changed, removed or put in later. Only the end of the journal could be cut off
unseen, so ``verify`` also prints the last hash, and takes an earlier one to look for. What is kept of finished periods
can be replaced, by a new run of the period: an event has its hash.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from reports.errors import Busy, ConfigError, DeliveryError, VerificationError
from reports.ledger.chain import KEY, START, follows, holds, key_of, link, mac
from reports.scratch import rights
from reports.system import close_to_others

VERSION = 6
WAIT = 30  # seconds for another process to finish writing

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
_TRIGGERS = dict(re.findall(r"(?m)^(?=CREATE TRIGGER (\w+))(.*END);$", _JOURNAL))  # name → as the file has it
_KEYED = "ALTER TABLE journal ADD COLUMN mac TEXT"  # the hash under the key, where there is one
_TOGETHER = 500  # events whose data are read at once
KEPT = "留存："  # begins the subjects of what is kept of periods
_KEPT = {  # table → what it holds, and the columns that order the rows of a period
    "printed": ("印发的数值", "court, line, indicator"),
    "life": ("问题的持续情况", "court, indicator, rule, direction"),
}
# The last publication whose ledger part is written: what a killed run leaves in a folder is measured by it.
_PUBLICATIONS = 4  # since which version
_PUBLICATION = "CREATE TABLE publication (id TEXT NOT NULL)"


class Event(NamedTuple):
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
    """What :func:`verify` found: how many events, the last hash, every fault with its place, and how far that goes.

    ``key`` is ``none`` where there is no key, ``unused`` where events have one and none was given, else ``checked``;
    ``limits`` says to people what that leaves open.
    """

    events: int
    head: str
    faults: tuple[str, ...]
    key: str = "none"
    limits: str = ""


class Journal:
    """An open ledger. Only :func:`writing` gives one that can be added to."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self.db, self.path = db, path

    def replay(
        self,
        story: Story[S],
        faults: list[str] | None = None,
        *,
        until: int | None = None,
        begun: Mapping[str, S] = MappingProxyType({}),
        after: int = 0,
    ) -> dict[str, S]:
        """Number → what the events of a kind have made of it, in the order of their first events.

        Events that do not follow from those before them change nothing; ``faults`` takes a sentence on each. ``until``:
        what they had made of it by the event of that number. ``begun`` is what the events up to that of number
        ``after`` had made.
        """
        found = dict(begun)
        for event in self.events(story.kind, after):
            if until is not None and event.seq > until:
                break
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
        return [*_events(self.db, "subject = ?", (subject,))]

    def events(self, kind: str = "", after: int = 0) -> Iterator[Event]:
        """All events in order, or those of subjects of one kind (the part up to its colon); few are held at a time."""
        return _events(self.db, "seq > ?3 AND substr(subject, 1, ?1) = ?2", (len(kind), kind, after))

    @property
    def last(self) -> tuple[int, str]:
        """The number and the hash of the last event; 0 and nothing where there is none."""
        row = self.db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    def begins(self, seq: int, head: str) -> bool:
        """Whether the event of a number has this hash, and so all before it are the same."""
        return self.db.execute("SELECT 1 FROM journal WHERE seq = ? AND hash = ?", (seq, head)).fetchone() is not None

    @property
    def head(self) -> str:
        """The hash of the last event; empty where there is none."""
        return self.last[1]

    def add(self, at: str, who: str, subject: str, what: str, data: Mapping[str, Any]) -> None:
        """Write one event behind the last.

        Raises :class:`ConfigError` where the key is not the one that the last was written with.
        """
        key = key_of(self.path)
        _, last, written = self.db.execute("SELECT max(seq), hash, mac FROM journal").fetchone()
        if key is None and written is not None:
            raise ConfigError(
                "台账用密钥校验，而配置中没有密钥。",
                where=str(self.path),
                advice=f"请在 tongbao.toml 中写明 [ledger] key_command；{_INTACT}。",
            )
        if key is not None and last is not None and written is None:
            raise ConfigError(
                "台账还没有启用密钥，或者密钥校验值已被删去。",
                where=str(self.path),
                advice="刚配置密钥的，先用 tongbao ledger verify 核对，再用 tongbao ledger key --by 姓名 启用；"
                f"此前已经启用过的，说明台账被改写，请从备份恢复；{_INTACT}。",
            )
        if key is not None and last is not None and not holds(key, str(last), written):
            raise ConfigError(
                "密钥与台账不符：台账的最后一条记录不是用这个密钥写的。",
                where=str(self.path),
                advice="请核对 [ledger] key_command；确需更换密钥的，用 tongbao ledger key --by 姓名 --note 理由；"
                f"{_INTACT}。",
            )
        _append(self.db, at, who, subject, what, data, key)

    def keep(self, at: str, who: str, period: str) -> None:
        """Write down the hash of what is kept of a period, where it is not the one that was written down last."""
        now = _kept(self.db, period)
        before = self.history(KEPT + period)
        if (before[-1].data if before else dict.fromkeys(_KEPT, "")) != now:
            self.add(at, who, KEPT + period, "留存", now)

    def publish(self, publication: str) -> None:
        """Make this transaction the one that decides on a publication of files, known by its id."""
        self.db.execute("DELETE FROM publication")
        self.db.execute("INSERT INTO publication VALUES (?)", (publication,))


def _events(db: sqlite3.Connection, where: str = "1", values: tuple[Any, ...] = ()) -> Iterator[Event]:
    rows = db.execute(
        f"SELECT seq, at, who, subject, what, data FROM journal WHERE {where} ORDER BY seq",  # noqa: S608
        values,
    )
    while some := rows.fetchmany(_TOGETHER):
        for (seq, at, who, subject, what, _), data in zip(some, _data(some), strict=True):
            yield Event(seq, at, who, subject, what, data)


def _data(rows: Sequence[Sequence[Any]]) -> Iterable[Mapping[str, Any]]:
    """The data of some rows, read in one go: a long ledger has a hundred thousand of them."""
    try:
        found: list[Mapping[str, Any]] = json.loads(f"[{','.join(row[-1] for row in rows)}]")
        if len(found) == len(rows) and all(isinstance(one, dict) for one in found):
            return found
    except (ValueError, TypeError, RecursionError):
        pass
    return map(_datum, rows)


def _datum(row: Sequence[Any]) -> Mapping[str, Any]:
    with contextlib.suppress(ValueError, TypeError, RecursionError):
        found: Mapping[str, Any] = json.loads(row[-1])
        if isinstance(found, dict):
            return found
    raise VerificationError(f"台账第{row[0]}条记录已损坏。", advice="用 tongbao ledger verify 核对，并从备份恢复。")


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _append(
    db: sqlite3.Connection,
    at: str,
    who: str,
    subject: str,
    what: str,
    data: Mapping[str, Any],
    key: bytes | None = None,
) -> None:
    seq, before = db.execute("SELECT max(seq), hash FROM journal").fetchone()
    row = ((seq or 0) + 1, at, who, subject, what, _text(data))
    hashed = link(before or START, row)
    # A ledger of an earlier version, on its way to the present one, has no place for a hash under a key.
    into = "journal (seq, at, who, subject, what, data, hash)" if key is None else "journal"
    values: tuple[Any, ...] = (*row, hashed) if key is None else (*row, hashed, mac(key, hashed))
    db.execute(f"INSERT INTO {into} VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608


def _kept(db: sqlite3.Connection, period: str) -> dict[str, str]:
    """Table → the hash of its rows of a period, empty where there are none."""
    found = {}
    for table, (_, order) in _KEPT.items():
        rows = db.execute(f"SELECT * FROM {table} WHERE period = ? ORDER BY {order}", (period,))  # noqa: S608
        lines = "\n".join(json.dumps(row, ensure_ascii=False, default=repr) for row in rows)
        found[table] = hashlib.sha256(lines.encode()).hexdigest() if lines else ""
    return found


# Ledgers that are being written: what is read and written inside belongs to the same transaction.
_written: ContextVar[Mapping[Path, Journal]] = ContextVar("written")
committed = 0  # transactions of this process that have changed a ledger


@contextmanager
def reading(path: Path) -> Iterator[Journal]:
    """The ledger as it is, brought to the present version.

    Raises :class:`VerificationError` for a file that is none or is damaged.
    """
    if outer := _written.get({}).get(path.absolute()):
        yield outer
        return
    with _opened(path) as db:
        if _version(db) < VERSION:
            with _transaction(db):
                _bring_up(db)
        yield Journal(db, path)


@contextmanager
def writing(path: Path) -> Iterator[Journal]:
    """One transaction: all of it or nothing; one inside another of the same ledger is a part of it.

    Raises :class:`Busy` while another process writes, :class:`DeliveryError` where the file cannot be written.
    """
    known, place = _written.get({}), path.absolute()
    if outer := known.get(place):
        with _transaction(outer.db, "SAVEPOINT part", "RELEASE part", "ROLLBACK TO part"):
            yield outer
        return
    with _opened(path) as db, _transaction(db):
        _bring_up(db)
        token = _written.set({**known, place: (journal := Journal(db, path))})
        try:
            yield journal
        finally:
            _written.reset(token)


def take_key(path: Path, *, at: str, who: str, note: str) -> bool:
    """From here on the present key holds, and with it for all events before; False where it does already.

    Raises :class:`ConfigError` where none is configured, where another one is replaced without a reason, and for a
    chain that does not hold.
    """
    key = key_of(path)
    if key is None:
        raise ConfigError(
            "配置中没有密钥。", advice='请先在 tongbao.toml 中写 [ledger] key_command = ["程序", "参数"]。'
        )
    with writing(path) as journal:
        _, last, written = journal.db.execute("SELECT max(seq), hash, mac FROM journal").fetchone()
        if written is not None and holds(key, str(last), written):
            return False
        (used,) = journal.db.execute("SELECT count(mac) FROM journal").fetchone()
        if used and not note:
            raise ConfigError("更换密钥须写明理由。", where="--note", advice="例如 --note 密钥保管人变动。")
        if faults := verify(path, keyed=False).faults:
            raise VerificationError(f"台账核对有不符：{faults[0]}。", where=str(path), advice="请先从备份恢复台账。")
        _append(journal.db, at, who, KEY, "更换" if used else "启用", {"note": note}, key)
        return True


def published(path: Path, publication: str) -> bool:
    """Whether the ledger part of a publication is written; an absent ledger knows of none."""
    if not path.exists():
        return False
    with _opened(path) as db:  # as it is: nothing can be written while a full disk is the trouble
        known = _version(db) >= _PUBLICATIONS
        return known and bool(db.execute("SELECT 1 FROM publication WHERE id = ?", (publication,)).fetchone())


@contextmanager
def _transaction(
    db: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE", commit: str = "COMMIT", undo: str = "ROLLBACK"
) -> Iterator[None]:
    global committed  # noqa: PLW0603
    before = db.total_changes
    db.execute(begin)
    try:
        yield
    except BaseException:
        if db.in_transaction:  # some failures of the disk have ended it already
            db.execute(undo)
        raise
    db.execute(commit)
    committed += db.total_changes > before and not db.in_transaction


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as db:
            version = _version(db)
            _close_to_others(path)
            if version > VERSION:
                raise ConfigError(
                    f"台账由更新的版本（{version}）的程序建立。", where=str(path), advice="请升级 tongbao。"
                )
            yield db
    except sqlite3.DatabaseError as error:
        raise _told(path, error) from error


def _close_to_others(path: Path) -> None:
    """The ledger names people: others never read it; in a folder that a group works in, the group writes it."""
    with contextlib.suppress(OSError):
        close_to_others(path, rights(path.parent))


_INTACT = "台账没有改动"
_UNWRITABLE = {
    sqlite3.SQLITE_READONLY: "文件或文件夹是只读的",
    sqlite3.SQLITE_CANTOPEN: "文件夹不存在或没有权限",
    sqlite3.SQLITE_PERM: "没有权限",
    sqlite3.SQLITE_AUTH: "没有权限",
    sqlite3.SQLITE_FULL: "磁盘空间不足",
    sqlite3.SQLITE_IOERR: "磁盘读写出错，或者文件可能正在 WPS 等其他程序中打开",
}
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# What reading a file ends in that the program did not write, or in which somebody has changed something.
NONSENSE = (
    VerificationError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError
)  # fmt: skip


def _told(path: Path, error: sqlite3.DatabaseError) -> Busy | DeliveryError | VerificationError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits are details
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy("另一个 tongbao 正在写台账。", where=str(path), advice=f"请等它结束后再运行；{_INTACT}。")
    if code in _UNWRITABLE:
        return DeliveryError(
            f"台账无法读写：{_UNWRITABLE[code]}。",
            where=str(path),
            advice=f"请核对台账和所在文件夹的写权限、磁盘空间；{_INTACT}。",
        )
    if code in _DAMAGED:
        return VerificationError(
            "台账无法打开：文件已经损坏，或者不是台账。",
            where=str(path),
            advice="请保留这个文件，从备份恢复一份完好的台账；程序没有改动它。",
        )
    why = "有文字不是 UTF-8 编码" if "decode to UTF-8" in str(error) else error
    return VerificationError(
        f"台账无法读取：{why}。", where=str(path), advice=f"用 tongbao ledger verify 核对；{_INTACT}。"
    )


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _bring_up(db: sqlite3.Connection) -> None:
    """From whatever version the file has to the present one, inside a transaction."""
    steps = (_items_1, _memory, _journal, _publication, _rights, _keyed)[_version(db) :]
    for step in steps:
        step(db)
    if steps:
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
    numbers: dict[str, int] = {}
    for *values, day, who in rows:
        old = dict(zip(names, values, strict=True))
        numbers[old["period"]] = number = numbers.get(old["period"], 0) + 1
        facts = {name: old[name] for name in names if name != "key"}
        facts |= {"court_name": old["court"], "indicator_name": old["indicator"], "source": "由旧版台账转入"}
        subject = f"整改：{old['period']}-{number:03d}"
        _append(db, day, who, subject, "发现", facts)
        if old["severity"] == "red":  # the bulletin was published before the item was written
            _append(db, day, who, subject, "通报", {"bulletin": f"{old['period']}-general"})
    db.execute("DROP TABLE event")
    db.execute("DROP TABLE item")


def _publication(db: sqlite3.Connection) -> None:
    db.execute(_PUBLICATION)


NO_PROBLEM = "该指标涉及当事人诉讼权利，升降不作为问题，不列入整改"
# Items of versions 1 and 2 do not say it: these are the rights of the catalogues of their time.
_RIGHTS = (
    "appeal_rate", "petition_rate", "enforcement_application_rate", "obey_rate", "suits_per_10k", "letters_ratio",
)  # fmt: skip


def _rights(db: sqlite3.Connection) -> None:
    """Open items on rights of the parties are closed, with that reason: such changes are no longer problems."""
    concerned: dict[str, bool] = {}  # subject → open
    at = ""
    for event in _events(db):
        at = event.at
        if event.what == "发现" and event.data.get("right", event.data["indicator"] in _RIGHTS):
            concerned[event.subject] = True
        elif event.subject in concerned and event.what in ("销号", "重开"):
            concerned[event.subject] = event.what == "重开"
    for subject in (subject for subject, still in concerned.items() if still):
        _append(db, at, "tongbao", subject, "撤销", {"note": NO_PROBLEM})


def _keyed(db: sqlite3.Connection) -> None:
    """Events may have a hash under a key, and of what is kept of periods there is a hash in the journal."""
    if not any(name == "mac" for _, name, *_ in db.execute("PRAGMA table_info (journal)")):
        db.execute(_KEYED)
    at = db.execute("SELECT at FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    for (period,) in db.execute("SELECT period FROM printed UNION SELECT period FROM life ORDER BY 1").fetchall():
        _append(db, at[0] if at else "", "tongbao", KEPT + period, "留存", _kept(db, period))


def _each(db: sqlite3.Connection, script: str) -> None:
    for statement in script.split(";"):
        if statement.strip():
            db.execute(statement)


_UNREAD = (sqlite3.DatabaseError, UnicodeDecodeError)  # the message of SQLite may quote what is no text


def head(path: Path) -> str:
    """The hash of the last event; empty where there is no ledger, or none that can be read."""
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(path, timeout=WAIT)) as db:
            row = db.execute("SELECT hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    except _UNREAD:
        return ""
    return str(row[0]) if row else ""


NO_FILE, EMPTY, OTHER, NO_EVENTS = "台账文件不在", "台账文件是空的", "台账文件是别的数据库", "台账中没有一条记录"
_OURS = {"journal", "item", *_KEPT}  # tables of which a ledger of any version has some


def missing(path: Path) -> str:
    """What stands in the place of a ledger with events (``NO_FILE`` and the like); empty for a ledger that has some.

    What cannot be read is not judged: whoever reads it says so.
    """
    if not path.exists():
        return NO_FILE
    with contextlib.suppress(*_UNREAD), closing(sqlite3.connect(path, timeout=WAIT)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables & _OURS:
            return OTHER if tables else EMPTY
        if "journal" in tables and db.execute("SELECT 1 FROM journal LIMIT 1").fetchone() is None:
            return NO_EVENTS
    return ""


def verify(path: Path, *, heads: Mapping[str, str] = MappingProxyType({}), keyed: bool = True) -> Verified:
    """Check the chain of hashes; ``heads`` are ones noted earlier, which must be there, and where they were noted.

    Of a hash its first characters will do. Unless ``keyed``, the key is left aside where there is one. Whether the
    events also make sense in their order is for the modules that read them.
    """
    faults: list[str] = []
    before, last, left = START, 0, dict(heads)
    short = [one for one in heads if len(one) < len(START)]
    key = key_of(path) if keyed else None
    try:
        with reading(path) as journal:
            (sound,) = journal.db.execute("PRAGMA quick_check").fetchone()
            if sound != "ok":
                faults.append(f"数据库文件有损坏：{sound}")
            parts = journal.db.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
            there = {name for kind, name, _ in parts if kind == "table"}
            if gone := [name for name in ("journal", *_KEPT, "publication") if name not in there]:
                return Verified(0, "", (f"台账中缺少{'、'.join(gone)}表",))
            if {name: sql for kind, name, sql in parts if kind == "trigger"} != _TRIGGERS:
                faults.append("防止修改台账历史的触发器被改动或删去")
            if journal.db.execute("SELECT 1 FROM journal WHERE typeof(seq) <> 'integer' LIMIT 1").fetchone():
                return Verified(0, "", (*faults, "有记录的编号不是整数：台账的表被人重新建过"))
            under_key = _Under(
                key, *journal.db.execute("SELECT max(seq) FROM journal WHERE subject = ?", (KEY,)).fetchone()
            )
            for seq, at, who, subject, what, data, written, under in journal.db.execute(
                "SELECT seq, at, who, subject, what, data, hash, mac FROM journal ORDER BY seq"
            ):
                if seq != last + 1:
                    faults.append(f"第{last + 1}条至第{seq - 1}条记录缺失")
                if not follows(before, (seq, at, who, subject, what, data), written):
                    faults.append(f"第{seq}条记录（{subject}，{what}，{at}）与校验值不符，记录或其前一条被改动")
                before, last = str(written), seq
                if under is not None or under_key.first is not None:
                    faults += under_key.fault(seq, before, under)
                left.pop(before, None)
                for one in short:
                    if before.startswith(one):
                        left.pop(one, None)
            faults += under_key.end(last)
            if not faults:  # what events say is asked only where they are sound
                faults += _kept_faults(journal)
    except NONSENSE as error:
        what = error.what.rstrip("。") if isinstance(error, VerificationError) else f"台账无法读取：{error}"
        return Verified(last, before if last else "", (*faults, f"{what}（读出{last}条记录）"))
    faults += [f"找不到{noted}的校验值{one}：台账可能被截短或替换" for one, noted in left.items()]
    return Verified(last, before, tuple(faults), *under_key.limits)


class _Under:
    """Events under a key, one after the other: from ``since`` on, or from the first, all are of the present key.

    What was written under an earlier key or none is covered by the first of them. Without ``key`` none is checked.
    """

    def __init__(self, key: bytes | None, since: int | None) -> None:
        self.key, self.since = key, since
        self.first: int | None = None  # event that has a hash under a key

    def fault(self, seq: int, hashed: str, under: object) -> Iterator[str]:
        """What is wrong with an event in this respect; without a hash under a key it is asked once one was there."""
        if under is None:
            if self.first is not None:
                yield f"第{seq}条记录没有密钥校验值，而第{self.first}条已经有了"
            return
        if self.first is None:
            self.first = seq
        if self.key is not None and seq >= (self.since or 0) and not holds(self.key, hashed, under):
            yield f"第{seq}条记录与密钥校验值不符：校验值被人重新算过，或者密钥不是原来的"

    def end(self, last: int) -> Iterator[str]:
        """What is missing behind the last event, of this number (0: there is none)."""
        if self.key is not None and last and self.first is None:
            yield (
                "没有一条记录有密钥校验值：刚配置密钥的，核对后用 tongbao ledger key --by 姓名 启用；"
                "此前已经启用过的，说明台账被改写"
            )

    @property
    def limits(self) -> tuple[str, str]:
        """How the key was used (:class:`Verified`), and what that leaves open."""
        if self.key is not None and self.first is not None:
            since = max(self.first, self.since or 0)
            earlier = f"（第1条至第{since - 1}条写在启用或更换密钥之前，自第{since}条起受其保护）" if since > 1 else ""
            return "checked", f"已用密钥核对：没有密钥的人不能重新算出校验值{earlier}。"
        if self.first is not None:
            return "unused", "台账用密钥校验，而配置中没有 [ledger] key_command：密钥校验值没有核对。"
        return "none", (
            "未设密钥：有人改动记录并把其后的校验值全部重新算过的，核对不出来，"
            "只能由运行记录、发文登记和已印发的 PDF 中记下的校验值发现；要防止的，设 [ledger] key_command。"
        )


def _kept_faults(journal: Journal) -> list[str]:
    """Rows kept of periods that are not those of which the journal has the hash."""
    try:
        told = {event.subject.removeprefix(KEPT): dict(event.data) for event in journal.events(KEPT)}
    except NONSENSE:  # the chain has been worked out anew over nonsense
        return ["留存记录不是程序所写，台账可能被整个改写过"]
    rows = journal.db.execute("SELECT period FROM printed UNION SELECT period FROM life")
    nothing = dict.fromkeys(_KEPT, "")
    return [
        f"台账中留存的{period}{what}被改动：以后的通报所引的数不可信"
        for period in sorted({str(one) for (one,) in rows} | told.keys())
        for table, (what, _) in _KEPT.items()
        if _kept(journal.db, period)[table] != told.get(period, nothing).get(table)
    ]
