"""Puts what :mod:`reports.workspace.schedule` writes into a crontab or among the units of systemd, and takes it out."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.errors import DeliveryError, EnvironmentMissing, os_reason
from reports.workspace import Workspace, schedule
from reports.workspace import calendar as calendars


@dataclass(frozen=True)
class Account:
    """Whose tasks they are: of the account that owns the workspace where root installs them, else one's own."""

    name: str
    home: Path
    root: bool  # whether root is at work

    @property
    def other(self) -> bool:
        """Whether root installs them for another account."""
        return self.root and self.name != pwd.getpwuid(0).pw_name


def account(folder: Path) -> Account:
    """The account whose tasks those of a workspace are."""
    root = os.geteuid() == 0
    user = folder.stat().st_uid if root else os.geteuid()
    try:
        entry = pwd.getpwuid(user)
    except KeyError:
        raise EnvironmentMissing(
            f"工作目录属于编号{user}的账号，系统中没有这个账号。",
            where=str(folder),
            advice="请用 chown 交给办理通报的账号。",
        ) from None
    return Account(entry.pw_name, Path(entry.pw_dir), root)


def program() -> tuple[str, ...]:
    """What starts tongbao here, with absolute paths."""
    beside = Path(sys.executable).with_name("tongbao")
    return (str(beside),) if beside.is_file() else (sys.executable, "-m", "reports")


@dataclass(frozen=True)
class Crontab:
    """The crontab of the account."""

    workspace: Workspace
    account: Account

    @property
    def text(self) -> str:
        """The lines, as they are put into the crontab; raises :class:`ConfigError` where there is no calendar."""
        calendars.required(self.workspace)
        return schedule.cron(schedule.tasks(self.workspace, program()), self.workspace)

    def install(self) -> list[str]:
        """Put the lines in place of those that were there; says what was done."""
        text = self.text
        before = self._read()
        if (after := schedule.within(before, text, self.workspace)) == before:
            return [f"{self.account.name}的 crontab 中已是这几行，没有改动。"]
        self._write(after)
        return [f"已写入{self.account.name}的 crontab：", *text.splitlines()]

    def remove(self) -> list[str]:
        """Take the lines out; says what was done."""
        before = self._read()
        if (after := schedule.within(before, "", self.workspace)) == before:
            return [f"{self.account.name}的 crontab 中没有这个工作目录的任务。"]
        self._write(after)
        return [f"已从{self.account.name}的 crontab 中去掉。"]

    def _read(self) -> str:
        done = self._crontab("-l")
        if done.returncode and b"no crontab" not in done.stderr:
            self._refuse(done)
        return done.stdout.decode("utf-8", "surrogateescape") if not done.returncode else ""

    def _write(self, text: str) -> None:
        done = self._crontab("-", text=text)
        if done.returncode:
            self._refuse(done)

    def _crontab(self, what: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
        of = ("-u", self.account.name) if self.account.other else ()
        return _run(["crontab", *of, what], text.encode("utf-8", "surrogateescape"), "cron")

    def _refuse(self, done: subprocess.CompletedProcess[bytes]) -> None:
        raise DeliveryError(
            f"crontab 没有成功：{_said(done)}。",
            where=f"{self.account.name}的 crontab",
            advice="crontab 没有改动；不准使用 cron 的账号，请系统管理员安装，或改用 --systemd。",
        )


@dataclass(frozen=True)
class Units:
    """The units of the account, or with root those of the system."""

    workspace: Workspace
    account: Account

    @property
    def _files(self) -> dict[str, str]:
        calendars.required(self.workspace)
        tasks = schedule.tasks(self.workspace, program())
        user = self.account.name if self.account.other else ""
        return schedule.units(tasks, self.workspace, zone=self.workspace.cells.zone, user=user)

    @property
    def folder(self) -> Path:
        """Where the units are put."""
        return schedule.unit_folder(self.account.home, root=self.account.root)

    @property
    def text(self) -> str:
        """All files one after another, each under its name; raises :class:`ConfigError` where there is no calendar."""
        return "\n".join(f"# {self.folder / name}\n{text}" for name, text in self._files.items())

    def install(self) -> list[str]:
        """Write the units, take out those that are no more, and start the timers; says what was done."""
        files = self._files
        changed = [name for name, text in files.items() if self._there(name) != text]
        gone = [path.name for path in self._known() if path.name not in files]
        timers = [name for name in files if name.endswith(".timer")]
        if gone:
            self._take_out(gone)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name in changed:
                (self.folder / name).write_text(files[name], "utf-8")
        except OSError as error:
            raise DeliveryError(
                f"单元文件无法写入：{os_reason(error)}。",
                where=str(error.filename or self.folder),
                advice="请核对写权限。",
            ) from error
        self._systemctl("daemon-reload")
        self._systemctl("enable", "--now", *timers)
        told = [f"{'已写好' if name in changed else '没有变'}：{self.folder / name}" for name in files]
        return [*told, *(f"已去掉：{self.folder / name}" for name in gone)]

    def remove(self) -> list[str]:
        """Stop the timers and remove the units; says what was done."""
        names = [path.name for path in self._known()]
        if not names:
            return [f"{self.folder} 中没有这个工作目录的单元。"]
        told = [f"已去掉：{self.folder / name}" for name in names]
        if why := self._take_out(names):
            told.append(f"{why.what}这台机器没有运行 systemd 的，不必理会。")
        return told

    def _take_out(self, names: Sequence[str]) -> EnvironmentMissing | None:
        """Stop timers and remove files; those go even where systemd cannot be asked, which is returned."""
        failed = None
        timers = [name for name in names if name.endswith(".timer")]
        for what in (["disable", "--now", *timers], ["daemon-reload"]):
            try:
                self._systemctl(*what)
            except EnvironmentMissing as error:
                failed = failed or error
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
                (self.folder / "timers.target.wants" / name).unlink(missing_ok=True)
        return failed

    def _known(self) -> list[Path]:
        return sorted(self.folder.glob(f"{schedule.prefix(self.workspace)}*"))

    def _there(self, name: str) -> str | None:
        path = self.folder / name
        return path.read_text("utf-8", errors="replace") if path.is_file() else None

    def _systemctl(self, *what: str) -> None:
        done = _run(["systemctl", *(() if self.account.root else ("--user",)), *what], b"", "systemd")
        if done.returncode:
            raise EnvironmentMissing(
                f"systemctl {what[0]} 没有成功：{_said(done)}。",
                where=str(self.folder),
                advice="单元文件已在上述文件夹中；这台机器不用 systemd 的，改用 --cron，并用 --remove 去掉这些文件。",
            )


def _run(command: Sequence[str], given: bytes, what: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - fixed programs, without a shell
            command, input=given, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except OSError as error:
        raise EnvironmentMissing(
            f"这台机器没有 {what}：{command[0]} 无法运行（{os_reason(error)}）。",
            advice="请安装，或换用另一种方式：--cron、--systemd。",
        ) from error


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"退出码{done.returncode}"]
    return lines[0].rstrip(".。")
