"""Whole runs, killed at their effects: ``python tests/killing.py FOLDER SCENARIO POINTS SEED [KEPT]`` prints one JSON document.

``KEPT`` is a folder of results to begin with, as a campaign leaves them in ``FOLDER/cache``: what no scenario is about
need not be counted in each.

An effect is whatever changes a file system: a file opened for writing, flushed, renamed, linked, removed, a folder made
or removed, a statement of the ledger. Each run is a process of its own that is killed before its n-th effect (the
ledger's commit also in its midst and after it). Then the next start must leave the old files with the old ledger or the
new with the new, and the next run must give what an undisturbed one gives. A killed delivery must have given every
recipient its document once when the next one ends, or say that it does not know.
"""

from __future__ import annotations

import errno
import functools
import importlib
import io
import json
import os
import pkgutil
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "ledger"))
from small_city import CITY, CODES, CONFIG, usual, write_cases

import reports
from reports import cli, workspace
from reports.commands import console
from reports.delivery.outbox import SENT, UNCLEAR
from reports.ledger.journal import verify
from reports.render.fonts import inventory

EVENTS = {
    "os.rename",
    "os.link",
    "os.symlink",
    "os.remove",
    "os.rmdir",
    "os.mkdir",
    "os.chmod",
    "os.truncate",
    "os.utime",
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGING = (
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "PRAGMA user_version =",
)
WORK = ".tongbao-work-"  # a signal while one is cleared away leaves it to the next start
LEFT = ("**/.tongbao-*", "**/tongbao-work-*")
# name → (the files already there are of an earlier run, the data have changed since, links are refused, signal)
SCENARIOS = {
    "first": (False, False, False, signal.SIGKILL),
    "same": (True, False, False, signal.SIGKILL),
    "changed": (True, True, False, signal.SIGKILL),
    "without-links": (True, True, True, signal.SIGKILL),
    "interrupted": (True, True, False, signal.SIGINT),
    "terminated": (True, True, True, signal.SIGTERM),
    "hung-up": (True, True, False, signal.SIGHUP),
}
UNCHANGED = "已中断，原有文件没有改动。"


class Effects:
    """Counts the effects of this process from now on, and sends it a signal at one of them."""

    def __init__(self, *, kill_at: int | None, by: signal.Signals, links: bool, seed: int) -> None:
        self.count, self.kill_at, self.by, self.links, self.seed = 0, kill_at, by, links, seed
        sys.addaudithook(self.audited)
        os.fsync = self.before(os.fsync)
        socket.socket.sendall = self.before(socket.socket.sendall)
        effects = self

        class Ledger(sqlite3.Connection):
            def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
                if not sql.lstrip().startswith(CHANGING):
                    return super().execute(sql, *values)
                effects.one()
                if sql == "COMMIT":
                    effects.one(later=True)
                cursor = super().execute(sql, *values)
                if sql == "COMMIT":
                    effects.one()
                return cursor

            def executemany(self, *values: object) -> sqlite3.Cursor:
                effects.one()
                return super().executemany(*values)

        sqlite3.connect = functools.partial(sqlite3.connect, factory=Ledger)

    def before(self, call: Callable) -> Callable:
        def counted(*values: object) -> object:
            self.one()
            return call(*values)

        return counted

    def audited(self, event: str, values: tuple) -> None:
        if event == "open":
            _, mode, flags = values
            if not (isinstance(flags, int) and flags & WRITING) and not (mode and set(mode) & set("wax+")):
                return
        elif event not in EVENTS:
            return
        self.one()
        if event == "os.link" and not self.links:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    def one(self, *, later: bool = False) -> None:
        self.count += 1
        if self.count != self.kill_at:
            return
        victim = os.getpid()
        if not later:
            os.kill(victim, self.by)
            return
        if not os.fork():  # in the midst of what comes now
            time.sleep(random.Random(self.seed).random() * 0.004)
            os.kill(victim, self.by)
            os._exit(0)


def child(work: Callable[[], object]) -> tuple[int, str]:
    """Run something in a process of its own; returns its exit code (negative: the signal) and what it wrote."""
    with tempfile.TemporaryFile() as said:
        if not (pid := os.fork()):
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            code = 1
            try:
                work()
                code = 0
            except SystemExit as stop:
                code = stop.code or 0
            except BaseException:
                sys.excepthook(*sys.exc_info())
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(pid, 0)
        said.seek(0)
        return os.waitstatus_to_exitcode(status), said.read().decode()


class Campaign:
    """One scenario in a folder of its own."""

    def __init__(self, folder: Path, scenario: str, kept: Path | None = None) -> None:
        self.earlier, self.changed, refused, self.by = SCENARIOS[scenario]
        self.links, self.base, self.place = not refused, folder / "base", folder / "work"
        self.temporary, self.cache = folder / "tmp", folder / "cache"
        self.base.mkdir(parents=True)
        (self.base / "courts.csv").write_text(CITY, "utf-8")
        (self.base / "tongbao.toml").write_text(CONFIG.replace('["md"]', '["md", "xlsx"]'), "utf-8")
        self.data(60)
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()
        os.environ |= {"TMPDIR": str(self.temporary), "TONGBAO_CACHE": str(self.cache)}
        tempfile.tempdir = None
        if kept:
            shutil.copytree(kept, self.cache)
            self.sound(self.rehearse())
        if self.earlier:
            self.sound(self.run(self.base))
        self.old = self.state(self.base)
        if self.changed:
            self.data(75)

    def data(self, late: int) -> None:
        write_cases(
            self.base,
            "2026Q1",
            lambda code, quarter: late if (code, quarter) == (CODES[0], "2026Q1") else usual(code, quarter),
        )

    def run(self, place: Path, kill_at: int | None = None, seed: int = 0) -> tuple[int, str]:
        def command() -> None:
            sys.argv = ["tongbao", "run", "-q", "-w", str(place), "--as-of", "2026-04-15"]
            # A job in the background may have been told to ignore them.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            effects = Effects(kill_at=kill_at, by=self.by, links=self.links, seed=seed)
            try:
                cli.main()
            finally:
                print(f"effects {effects.count}")

        return child(command)

    def rehearse(self) -> tuple[int, str]:
        """A run in this process that writes nothing: what it has read and compiled, no child reads again.

        Only where the results are kept, so that no engine and no thread of it stands here when the children are made.
        """
        sys.argv = ["tongbao", "run", "-q", "--dry-run", "-w", str(self.base), "--as-of", "2026-04-15"]
        with redirect_stdout(io.StringIO()) as said:
            try:
                cli.main()
            except SystemExit as stop:
                assert threading.active_count() == 1
                return int(stop.code or 0), said.getvalue()
        return 1, said.getvalue()

    def recover(self) -> tuple[int, str]:
        def start() -> None:
            with console.alone(workspace.find(self.place)):
                pass

        return child(start)

    @staticmethod
    def sound(done: tuple[int, str]) -> str:
        assert done[0] == 0, done
        return done[1]

    @staticmethod
    def state(place: Path) -> tuple[dict[str, bytes], list[tuple]]:
        """The files and the ledger."""
        out = place / "out"
        found = (path for path in sorted(out.rglob("*")) if path.is_file() and WORK not in path.parts[-2])
        files = {str(path.relative_to(out)): path.read_bytes() for path in found}
        path, rows = place / "tongbao.db", []
        if path.exists():
            with closing(sqlite3.connect(path)) as db:
                tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                for table in sorted(tables - {"publication"}):
                    rows += [(table, *row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5")]
            assert verify(path).faults == ()
        return files, rows

    def fresh(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.base, self.place, symlinks=True)

    def left(self) -> list[str]:
        places = (self.place, self.temporary, self.cache)
        return [str(path) for place in places for pattern in LEFT for path in place.glob(pattern)]

    def killed(self, points: int, seed: int) -> dict[str, object]:
        """Kill runs at ``points`` random effects; returns how many and which states there were."""
        for _ in range(2):  # the second finds kept what is not of its files and its ledger
            self.fresh()
            total = int(self.sound(self.run(self.place)).split("effects ")[1])
        new = self.state(self.place)
        assert (new == self.old) is (self.earlier and not self.changed)
        draw = random.Random(seed)
        drawn = [draw.randint(1, total) for _ in range(points)]
        seen = {"old": 0, "new": 0, "stopped": 0}
        for number, point in enumerate(drawn):
            self.fresh()
            code, said = self.run(self.place, point, seed=seed * 1000 + number)
            if self.by == signal.SIGKILL:
                assert code in (-self.by, 0), (point, code, said)  # 0: the last commit was quicker
                self.sound(self.recover())
                assert not list(self.place.rglob(f"{WORK}*")), point
            else:
                assert code in (128 + self.by, 0), (point, code, said)
            seen["stopped"] += code != 0
            now = self.state(self.place)
            if code == 128 + signal.SIGINT:
                assert "Traceback" not in said and (UNCHANGED in said) is (now == self.old), (point, said)
            assert now in (self.old, new), (point, compared(now, self.old), compared(now, new))
            seen["new" if now == new else "old"] += 1
            self.sound(self.run(self.place))
            assert self.state(self.place) == new, (point, compared(self.state(self.place), new))
            assert self.left() == [], point
        return {"effects": total, "points": points, **seen}


class Deliveries:
    """Deliveries of one circular to every court of the city, into folders or by mail, killed."""

    def __init__(self, folder: Path, name: str, kept: Path | None = None) -> None:
        self.campaign = Campaign(folder, "first", kept)
        self.base, self.place, self.mail = self.campaign.base, self.campaign.place, name == "mail"
        self.campaign.sound(self.campaign.run(self.base))
        rows = ["单位,地址", *(f"{code},{code[1:]}{'@fy.example' * self.mail}" for code in CODES)]
        (self.base / "recipients.csv").write_text("\n".join(rows) + "\n", "utf-8")
        self.server = self._serving() if self.mail else None
        way = 'way = "folder"\nfolder = "共享"\n'
        if self.server:
            port = self.server[1]
            way = f'way = "mail"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "sgb@fy.example"\n'
        with (self.base / "tongbao.toml").open("a", encoding="utf-8") as config:
            config.write(f'[[delivery]]\n{way}drafts = true\nsince = 2026-04-01\nformats = ["md"]\n')
        (self.base / "共享").mkdir()

    @staticmethod
    def _serving() -> tuple[subprocess.Popen, int]:
        """A mail server in a process of its own, which tells the addresses of the mails so far for each line it reads."""
        code = (
            "import sys\nfrom mail_server import serving\nwith serving() as server:\n"
            "    print(server.port, flush=True)\n"
            "    for _ in sys.stdin:\n"
            "        print(' '.join(to for to, _ in server.mails), flush=True)\n        server.mails.clear()"
        )
        running = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return running, int(running.stdout.readline())

    def deliver(self, kill_at: int | None = None, seed: int = 0) -> tuple[int, str]:
        def command() -> None:
            sys.argv = ["tongbao", "deliver", "-q", "-w", str(self.place)]
            effects = Effects(kill_at=kill_at, by=signal.SIGKILL, links=True, seed=seed)
            try:
                cli.main()
            finally:
                print(f"effects {effects.count}")

        return child(command)

    def arrived(self) -> list[str]:
        """What has come: the address of each court (the digits of its code), once for each document."""
        if self.server:
            running = self.server[0]
            running.stdin.write("\n")
            running.stdin.flush()
            return sorted(address.partition("@")[0] for address in running.stdout.readline().split())
        return sorted(path.parent.name for path in (self.place / "共享").rglob("*") if path.is_file())

    def states(self) -> dict[str, str]:
        with closing(sqlite3.connect(self.place / "outbox.db")) as db:
            return {
                address.partition("@")[0]: state for address, state in db.execute("SELECT address, state FROM letter")
            }

    def fresh(self) -> None:
        self.campaign.fresh()
        if self.server:
            self.arrived()  # and forgotten

    def killed(self, points: int, seed: int) -> dict[str, object]:
        """Kill deliveries at ``points`` random effects; returns how many, and of how many letters nobody knows."""
        self.fresh()
        total = int(self.campaign.sound(self.deliver()).split("effects ")[1])
        courts = {code[1:] for code in CODES}
        assert self.arrived() == sorted(courts)
        draw = random.Random(seed)
        seen = {"stopped": 0, "delivered": 0, "unclear": 0}
        for number, point in enumerate([draw.randint(1, total) for _ in range(points)]):
            self.fresh()
            code, said = self.deliver(point, seed * 1000 + number)
            assert code in (-signal.SIGKILL, 0), (point, code, said)
            seen["stopped"] += code != 0
            code, said = self.deliver()
            states = self.states()
            unclear = {one for one, state in states.items() if state == UNCLEAR}
            assert set(states) == courts and set(states.values()) <= {SENT, UNCLEAR}, (point, states)
            assert (code == 0) is (not unclear) and len(unclear) <= int(self.mail), (point, code, said)
            came = self.arrived()
            assert len(came) == len(set(came)), (point, came)
            assert courts - unclear <= set(came) <= courts, (point, came)
            seen["unclear" if unclear else "delivered"] += 1
            assert [one for one in self.campaign.left() if not one.endswith(".lock")] == [], point
        if self.server:
            self.server[0].communicate("")
        return {"effects": total, "points": points, **seen}


DELIVERIES = {"to-folders": "folder", "by-mail": "mail"}


def compared(one: tuple, other: tuple) -> list[str]:
    files = [name for name in {*one[0], *other[0]} if one[0].get(name) != other[0].get(name)]
    return [*files, "the ledger" if one[1] != other[1] else ""]


def preload() -> None:
    """Read once for all children what each would read anew: the program's modules with their libraries, the fonts."""
    for one in pkgutil.walk_packages(reports.__path__, "reports."):
        if not one.name.endswith("__main__"):
            importlib.import_module(one.name)
    inventory()


if __name__ == "__main__":
    preload()
    where, name, points, seed, *kept = sys.argv[1:]
    campaign = Deliveries if name in DELIVERIES else Campaign
    print(
        json.dumps(campaign(Path(where), DELIVERIES.get(name, name), *map(Path, kept)).killed(int(points), int(seed)))
    )
