"""Puts what :mod:`reports.workspace.schedule` writes where the system looks for it, and takes it out.

That is a crontab, the units of systemd, or on Windows its own tasks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports import system
from reports.errors import ConfigError, DeliveryError, EnvironmentMissing, os_reason
from reports.system import Account
from reports.workspace import Workspace, schedule
from reports.workspace import calendar as calendars


def account(folder: Path) -> Account:
    """The account whose tasks those of a workspace are."""
    try:
        return system.account(folder)
    except LookupError as error:
        raise EnvironmentMissing(
            f"工作目录属于编号{error.args[0]}的账号，系统中没有这个账号。",
            where=str(folder),
            advice="请用 chown 交给办理通报的账号。",
        ) from None


def program() -> tuple[str, ...]:
    """What starts tongbao here, with absolute paths."""
    beside = Path(sys.executable).with_name(system.PROGRAM)
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


@dataclass(frozen=True)
class WindowsTasks:
    """The tasks of the account in the task scheduler of Windows."""

    workspace: Workspace
    account: Account

    @property
    def _commands(self) -> dict[str, list[str]]:
        calendars.required(self.workspace)
        return schedule.windows(schedule.tasks(self.workspace, program()), self.workspace)

    @property
    def text(self) -> str:
        """The commands that make them; raises :class:`ConfigError` where there is no calendar."""
        return "\n".join(subprocess.list2cmdline(command) for command in self._commands.values())

    def install(self) -> list[str]:
        """Make the tasks in place of those that were there, and take out those that are no more; says what was done."""
        commands = self._commands
        for name, command in commands.items():
            self._schtasks(name, command)
        gone = [name for name in self._known() if name not in commands]
        return [*(f"已写好：{name}" for name in commands), *self._take_out(gone)]

    def remove(self) -> list[str]:
        """Take the tasks out; says what was done."""
        return self._take_out(self._known()) or ["任务计划程序中没有这个工作目录的任务。"]

    def _known(self) -> list[str]:
        found = [schedule.windows_name(self.workspace, one) for one in schedule.NAMES]
        return [name for name in found if not _run(["schtasks", "/Query", "/TN", name], b"", WINDOWS).returncode]

    def _take_out(self, names: Sequence[str]) -> list[str]:
        for name in names:
            self._schtasks(name, ["schtasks", "/Delete", "/F", "/TN", name])
        return [f"已去掉：{name}" for name in names]

    def _schtasks(self, name: str, command: Sequence[str]) -> None:
        done = _run(command, b"", WINDOWS)
        if done.returncode:
            raise DeliveryError(
                f"schtasks 没有成功：{_said(done)}。",
                where=name,
                advice="请核对本账号能否新建任务，或由系统管理员安装。",
            )


WINDOWS = "任务计划程序"


def tasks_of(workspace: Workspace, *, systemd: bool) -> Crontab | Units | WindowsTasks:
    """What this system has for tasks; raises :class:`ConfigError` where it has no systemd."""
    whose = account(workspace.folder)
    if system.WINDOWS:
        if systemd:
            raise ConfigError("Windows 没有 systemd。", advice="请不写 --systemd，即用任务计划程序。")
        return WindowsTasks(workspace, whose)
    return Units(workspace, whose) if systemd else Crontab(workspace, whose)


def _run(command: Sequence[str], given: bytes, what: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - fixed programs, without a shell
            command, input=given, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except OSError as error:
        raise EnvironmentMissing(
            f"这台机器没有 {what}：{command[0]} 无法运行（{os_reason(error)}）。",
            advice="" if system.WINDOWS else "请安装，或换用另一种方式：--cron、--systemd。",
        ) from error


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = system.decoded(done.stderr).strip().splitlines() or [f"退出码{done.returncode}"]
    return lines[0].rstrip(".。")
