"""The outbox ``outbox.db``: each letter once for each recipient, from the day it was queued to what became of it.

待发 → 发送中 → 已发. A letter that was refused for good is 未送达; one of which nobody can say whether it arrived (the
process was killed, or the line broke, between the last byte and the answer) is 不明, and a person must say. A letter is
known by what it carries and whom it is for: queued again, it is there already. What a letter carries is kept until
nothing waits for it, so that what leaves is what was queued, whatever has become of the files since. Every step stands
in a history that can only grow.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from reports import scratch, system
from reports.delivery.ways import Attachment, Handed
from reports.errors import Busy, ConfigError, DeliveryError

VERSION = 1
WAIT = 30  # seconds for another process to finish writing
WAITING, HANDING, SENT, UNCLEAR, FAILED = "待发", "发送中", "已发", "不明", "未送达"
DROPPED, RECALLED = "取消", "已撤回"
OPEN = (WAITING, HANDING)  # what they carry is still needed
DOCUMENT, HAND_BACK, NOTICE, RECALL = "文件", "退回", "消息", "撤回"
# After so many minutes a letter is tried again; after the last of them it is given up.
PAUSES = (5, 15, 60, 240, 720, 1440, 1440, 1440, 1440)

_TABLES = f"""
CREATE TABLE content (sha256 TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE letter (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, stem TEXT NOT NULL, version TEXT NOT NULL, part INTEGER NOT NULL,
    delivery TEXT NOT NULL, unit TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, key TEXT NOT NULL,
    subject TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL DEFAULT '{WAITING}',
    tries INTEGER NOT NULL DEFAULT 0,
    due TEXT NOT NULL, queued TEXT NOT NULL, settled TEXT NOT NULL DEFAULT '', told TEXT NOT NULL DEFAULT '',
    UNIQUE (stem, version, delivery, unit, address, part)
);
CREATE TABLE enclosed (
    letter INTEGER NOT NULL REFERENCES letter (number), place INTEGER NOT NULL, name TEXT NOT NULL,
    sha256 TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (letter, place)
) WITHOUT ROWID;
CREATE TABLE history (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, letter INTEGER NOT NULL REFERENCES letter (number),
    state TEXT NOT NULL, told TEXT NOT NULL
);
CREATE TRIGGER history_unchanged BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, '发送的历史不能修改'); END;
CREATE TRIGGER history_kept BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, '发送的历史不能删除'); END;
"""


@dataclass(frozen=True)
class Parcel:
    """What is to go to one recipient: ``stem`` names what it is of, ``version`` is the hash of what that says.

    ``unit`` is the recipient's code, ``name`` its name, ``delivery`` the ``[[delivery]]`` that it goes by.
    """

    kind: str
    stem: str
    version: str
    delivery: str
    unit: str
    name: str
    address: str
    subject: str
    text: str
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Letter:
    """One letter of the outbox, moments in ISO; of a parcel that is too large for one letter, ``part`` counts from 1.

    ``told`` is what was answered last, ``files`` (name, bytes, SHA-256) what is enclosed.
    """

    number: int
    kind: str
    stem: str
    version: str
    part: int
    delivery: str
    unit: str
    name: str
    address: str
    key: str
    subject: str
    text: str
    state: str
    tries: int
    due: str
    queued: str
    settled: str
    told: str
    files: tuple[tuple[str, int, str], ...] = ()


def stamp(moment: datetime) -> str:
    """A moment as it stands in the outbox: to the second, on the clock of the house."""
    return moment.replace(tzinfo=None).isoformat(" ", "seconds")


def version_of(*parts: str, files: Iterable[Attachment] = ()) -> str:
    """The hash of what a parcel says: some texts, and files."""
    told = [*parts, *(f"{file.name} {hashlib.sha256(file.data).hexdigest()}" for file in files)]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


class Outbox:
    """An open outbox; moments are given to it, it knows no clock."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    @staticmethod
    @contextmanager
    def at(path: Path) -> Iterator[Outbox]:
        """The outbox of a file, which is made where there is none.

        Raises :class:`Busy` while another process writes it, :class:`DeliveryError` where it cannot be written and
        :class:`ConfigError` for a file that is none.
        """
        try:
            with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as db:
                (version,) = db.execute("PRAGMA user_version").fetchone()
                if version > VERSION:
                    raise ConfigError(
                        f"发件箱由更新的版本（{version}）的程序建立。", where=str(path), advice="请升级 tongbao。"
                    )
                if not version:
                    with contextlib.suppress(OSError):  # it holds what courts are told; others never read it
                        system.give(path, scratch.rights(path.parent))
                    with _transaction(db):
                        _make(db)
                db.execute("PRAGMA synchronous = FULL")
                yield Outbox(db)
        except sqlite3.DatabaseError as error:
            raise _told(path, error) from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is done inside is done as one, or not at all."""
        with _transaction(self.db):
            yield

    def queue(self, parcels: Iterable[Parcel], *, at: str, who: str, limits: Mapping[str, int | None]) -> list[Letter]:
        """Put parcels in, all or none; what is there already stays as it is. Returns the letters that are new.

        ``limits`` are the bytes that one letter may carry, by delivery: what is more is divided by files. A file that
        is larger by itself makes its letter 未送达 at once.
        """
        new: list[int] = []
        with _transaction(self.db):
            for one in parcels:
                limit = limits.get(one.delivery)
                groups = _divided(one.files, limit)
                for part, files in enumerate(groups, 1):
                    more = f"（第{part}封，共{len(groups)}封）" if len(groups) > 1 else ""
                    number = self._add(one, part, one.subject + more, files, at)
                    if number is None:
                        continue
                    new.append(number)
                    self._note(number, WAITING, "", at, who)
                    for file in files:
                        if limit is not None and len(file.data) > limit:
                            size, most = len(file.data) / 1e6, limit / 1e6
                            why = f"附件{file.name}有{size:.1f}MB，一封邮件最多{most:.1f}MB，请改用文件夹发送"
                            self._set(number, FAILED, f"{why}，或调高 max_mb", at, who)
            self._forget()
        return [one for one in self.letters() if one.number in set(new)]

    def _add(self, one: Parcel, part: int, subject: str, files: Sequence[Attachment], at: str) -> int | None:
        known = (one.stem, one.version, one.delivery, one.unit, one.address, part)
        key = hashlib.sha256("\0".join(map(str, known)).encode()).hexdigest()[:32]
        done = self.db.execute(
            "INSERT OR IGNORE INTO letter (kind, stem, version, part, delivery, unit, name, address, key, subject, "
            "text, due, queued) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (one.kind, one.stem, one.version, part, one.delivery, one.unit, one.name, one.address, key, subject,
             one.text, at, at),
        )  # fmt: skip
        if not done.rowcount:
            return None
        number = int(done.lastrowid or 0)
        for place, file in enumerate(files):
            hashed = hashlib.sha256(file.data).hexdigest()
            self.db.execute("INSERT OR IGNORE INTO content VALUES (?, ?)", (hashed, file.data))
            self.db.execute(
                "INSERT INTO enclosed VALUES (?, ?, ?, ?, ?)", (number, place, file.name, hashed, len(file.data))
            )
        return number

    def letters(self, *, delivery: str = "", state: str = "", due: str = "") -> list[Letter]:
        """The letters in the order in which they were queued, all or those of a delivery, of a state, due by then."""
        enclosed: dict[int, list[tuple[str, int, str]]] = {}
        for number, name, size, hashed in self.db.execute(
            "SELECT letter, name, size, sha256 FROM enclosed ORDER BY letter, place"
        ):
            enclosed.setdefault(number, []).append((name, size, hashed))
        rows = self.db.execute(
            "SELECT number, kind, stem, version, part, delivery, unit, name, address, key, subject, text, state, "
            "tries, due, queued, settled, told FROM letter WHERE ?1 IN ('', delivery) AND ?2 IN ('', state) "
            "AND (?3 = '' OR due <= ?3) ORDER BY number",
            (delivery, state, due),
        )
        return [replace(Letter(*row), files=tuple(enclosed.get(row[0], ()))) for row in rows]

    def due(self, delivery: str, at: str) -> list[Letter]:
        """The letters of one delivery that may go now."""
        return self.letters(delivery=delivery, state=WAITING, due=at)

    def handed(self, letter: Letter) -> Handed:
        """A letter as a way takes it, with its files; raises :class:`ConfigError` where they are no longer those."""
        files = []
        for name, _, hashed in letter.files:
            row = self.db.execute("SELECT data FROM content WHERE sha256 = ?", (hashed,)).fetchone()
            if row is None or hashlib.sha256(row[0]).hexdigest() != hashed:
                raise ConfigError(
                    f"发件箱中的附件{name}已损坏，没有发送。", advice="请从备份恢复 outbox.db，或与技术人员联系。"
                )
            files.append(Attachment(name, row[0]))
        return Handed(letter.key, letter.name, letter.address, letter.subject, letter.text, tuple(files))

    def set(self, letters: Iterable[Letter], state: str, told: str, *, at: str, who: str) -> None:
        """Bring letters into a state, with the reason."""
        with _transaction(self.db):
            for one in letters:
                self._set(one.number, state, told, at, who)
            self._forget()

    def later(self, letters: Iterable[Letter], told: str, *, at: datetime, who: str, fault: bool = True) -> None:
        """Try letters another time, each time after a longer pause; those that were tried often enough are given up.

        Without a ``fault`` of their own they are not: a server that is down may be so over the holidays.
        """
        now = stamp(at)
        with _transaction(self.db):
            for one in letters:
                if fault and one.tries >= len(PAUSES):
                    self._set(one.number, FAILED, f"试了{one.tries + 1}次，不再重试：{told}", now, who)
                    continue
                due = at + timedelta(minutes=PAUSES[min(one.tries, len(PAUSES) - 1)])
                self.db.execute(
                    "UPDATE letter SET tries = tries + ?, due = ? WHERE number = ?",
                    (int(fault or one.tries < len(PAUSES) - 1), stamp(due), one.number),
                )
                self._set(one.number, WAITING, told, now, who)
            self._forget()

    def again(self, letters: Iterable[Letter], *, at: str, who: str) -> None:
        """Begin with letters anew, now."""
        with _transaction(self.db):
            for one in letters:
                self.db.execute("UPDATE letter SET tries = 0, due = ? WHERE number = ?", (at, one.number))
                self._set(one.number, WAITING, one.told, at, who)

    def resume(self, repeatable: Iterable[str], *, at: str, who: str) -> list[Letter]:
        """Settle what a killed process was handing over; only one process may hand over at a time.

        By a delivery where twice is as good as once (``repeatable``) it goes again; of any other letter nobody knows.
        Returns those.
        """
        left = self.letters(state=HANDING)
        safe = set(repeatable)
        self.set([one for one in left if one.delivery in safe], WAITING, "上次没有发完", at=at, who=who)
        unclear = [one for one in left if one.delivery not in safe]
        self.set(unclear, UNCLEAR, "上次发送中断，不知道对方是否收到", at=at, who=who)
        return unclear

    def history(self, number: int) -> list[tuple[str, str, str, str]]:
        """(when, who, state, what was told) of one letter, in order."""
        rows = self.db.execute("SELECT at, who, state, told FROM history WHERE letter = ? ORDER BY seq", (number,))
        return [(str(at), str(who), str(state), str(told)) for at, who, state, told in rows]

    def _set(self, number: int, state: str, told: str, at: str, who: str) -> None:
        settled = "" if state in OPEN else at
        self.db.execute(
            "UPDATE letter SET state = ?, told = ?, settled = ? WHERE number = ?", (state, told, settled, number)
        )
        self._note(number, state, told, at, who)

    def _note(self, number: int, state: str, told: str, at: str, who: str) -> None:
        self.db.execute(
            "INSERT INTO history (at, who, letter, state, told) VALUES (?, ?, ?, ?, ?)", (at, who, number, state, told)
        )

    def _forget(self) -> None:
        """Drop what is enclosed in no letter that may still go."""
        self.db.execute(
            "DELETE FROM content WHERE sha256 NOT IN (SELECT sha256 FROM enclosed JOIN letter ON letter = number "
            "WHERE state IN (?, ?, ?, ?))",
            (*OPEN, UNCLEAR, FAILED),
        )


def _divided(files: Sequence[Attachment], limit: int | None) -> list[list[Attachment]]:
    """Files in their order, in as few letters as hold them; a letter without files is one too."""
    groups: list[list[Attachment]] = [[]]
    for file in files:
        if limit is not None and groups[-1] and sum(len(one.data) for one in groups[-1]) + len(file.data) > limit:
            groups.append([])
        groups[-1].append(file)
    return groups


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; one inside another is a part of it."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _make(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version:  # another process was quicker
        return
    for statement in _TABLES.split(";\n"):  # the triggers hold semicolons of their own
        if statement.strip():
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")


_UNWRITABLE = {
    sqlite3.SQLITE_READONLY: "文件或文件夹是只读的",
    sqlite3.SQLITE_CANTOPEN: "文件夹不存在或没有权限",
    sqlite3.SQLITE_PERM: "没有权限",
    sqlite3.SQLITE_FULL: "磁盘空间不足",
    sqlite3.SQLITE_IOERR: "磁盘读写出错",
}


def copy(path: Path, to: Path) -> None:
    """The outbox as it is at one moment, whoever writes it, as another file; raises as :meth:`Outbox.at` does."""
    try:
        with closing(sqlite3.connect(path, timeout=WAIT)) as source, closing(sqlite3.connect(to)) as copied:
            source.backup(copied)
            (sound,) = copied.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise _told(path, error) from error
    if sound != "ok":
        raise _damaged(path)


def _damaged(path: Path) -> ConfigError:
    return ConfigError(
        "发件箱无法打开：文件已经损坏，或者不是发件箱。",
        where=str(path),
        advice="请从以前的备份取出 outbox.db 恢复；没有的，把它移出工作目录。"
        "恢复后先用 tongbao deliver --dry-run 核对，以免重发。",
    )


def _told(path: Path, error: sqlite3.DatabaseError) -> Busy | DeliveryError | ConfigError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy("另一个 tongbao 正在写发件箱。", where=str(path), advice="请等它结束后再运行。")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(path)
    why = _UNWRITABLE.get(code, str(error))
    return DeliveryError(f"发件箱无法读写：{why}。", where=str(path), advice="请核对写权限和磁盘空间；已发的仍为已发。")
