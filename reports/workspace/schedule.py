"""What the system starts at which time of the day: lines of a crontab, units of systemd, tasks of Windows.

All start the same commands, each as a list of arguments: nothing that a path holds is read by a shell, by cron (to
which ``%`` is the end of a command) or by systemd (to which ``%`` and ``$`` stand for something else).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from subprocess import list2cmdline

from reports import system
from reports.errors import ConfigError
from reports.workspace import Workspace

LOG = "定时任务.log"
LONGEST = 990  # bytes: cron takes no longer command
LONGEST_OF_WINDOWS = 261  # characters of /TR (Microsoft, schtasks create)
NAMES = ("run", "remind", "deliver", "backup")


@dataclass(frozen=True)
class Task:
    """What is started: ``at`` a time of each day (08:05), or so many minutes after one another (10).

    Its ``commands`` follow one after another while they go well.
    """

    name: str
    about: str
    at: str | int
    commands: tuple[tuple[str, ...], ...]

    @property
    def when(self) -> str:
        """When, in words."""
        return f"每{self.at}分钟" if isinstance(self.at, int) else f"每天{self.at}"


def tasks(workspace: Workspace, program: Sequence[str]) -> list[Task]:
    """What is to be started for a workspace; ``program`` starts tongbao, both with absolute paths.

    Raises :class:`ConfigError` for paths that cannot stand in a crontab or unit.
    """
    table, folder = workspace.config.schedule, str(workspace.folder.resolve())
    for path in (folder, table.backup, *program):
        if any(char in path for char in ('\n\r"%' if system.WINDOWS else "\n\r\\")):
            bad = "换行、引号或百分号" if system.WINDOWS else "换行或反斜杠"
            raise ConfigError(f"路径“{path}”中有{bad}，不能写进定时任务。", advice="请把文件夹改名。")
    place = ("-w", folder)
    waiting = ("--when-due", "--wait-for-data", "--every", table.every, "--until", table.until, "--tell")
    found = [
        Task("run", "到数据冻结之日起，等数据到齐后运行", table.run, ((*program, "run", "-q", *place, *waiting),)),
        Task("remind", "提醒时限将到的单位", table.remind, ((*program, "calendar", "--remind", "-q", *place),)),
    ]
    if workspace.config.delivery:
        found.append(Task("deliver", "发送", table.deliver, ((*program, "deliver", "-q", *place),)))
    if table.backup:
        into = workspace.folder.resolve() / table.backup
        if not into.is_dir():
            raise ConfigError(
                "备份用的文件夹不存在。",
                where=f"{workspace.config_path} [schedule] backup",
                advice=f"请先建立 {into}。",
            )
        checked = (*program, "ledger", "verify", *place)  # names all that is wrong; backup refuses it too
        kept = (*program, "backup", str(into.resolve() / f"{workspace.folder.resolve().name}.zip"), "-q", *place)
        found.append(Task("backup", "核对台账，备份", table.backup_at, (checked, kept)))
    return found


def cron(found: Sequence[Task], workspace: Workspace) -> str:
    """The lines of a crontab, between the marks by which they are known again; others may not read the log."""
    begin, end = _marks(workspace)
    log = str(workspace.folder.resolve() / LOG)
    lines = [begin]
    for task in found:
        commands = " && ".join(" ".join(map(quote, command)) for command in task.commands)
        grouped = commands if len(task.commands) == 1 else f"({commands})"
        line = f"umask 027; {grouped} >> {quote(log)} 2>&1".replace("%", r"\%")
        if len(line.encode()) > LONGEST:
            raise ConfigError("路径太长，cron 的一行写不下。", where=log, advice="请改用 --systemd，或缩短路径。")
        lines += [f"# {task.about}", f"{_five(task.at)} {line}"]
    return "\n".join([*lines, end]) + "\n"


def _five(at: str | int) -> str:
    """The five fields of a crontab."""
    if isinstance(at, int):
        return f"*/{at} * * * *"
    hour, minute = at.split(":")
    return f"{int(minute)} {int(hour)} * * *"


def within(crontab: str, block: str, workspace: Workspace) -> str:
    """A crontab with the block in place of the one it had, at its end where it had none; an empty block takes it out.

    Raises :class:`ConfigError` where the block has a beginning and no end.
    """
    begin, end = _marks(workspace)
    lines = crontab.splitlines()
    if begin in lines:
        first = lines.index(begin)
        if end not in lines[first:]:
            advice = "请用 crontab -e 补上或删去后再运行。"
            raise ConfigError("crontab 中原有的一段只有开头，没有结尾。", where=begin, advice=advice)
        last = lines.index(end, first)
        lines[first : last + 1] = block.splitlines()
    else:
        lines += block.splitlines()
    return "".join(f"{line}\n" for line in lines)


def _marks(workspace: Workspace) -> tuple[str, str]:
    folder = workspace.folder.resolve()
    return f"# tongbao 开始：{folder}", f"# tongbao 结束：{folder}"


def units(found: Sequence[Task], workspace: Workspace, *, zone: str, user: str = "") -> dict[str, str]:
    """File name → text of a service and a timer for each task; ``user`` is whose the services run as.

    Times are those of the ``zone``, wherever the server's clock stands.
    """
    files = {}
    for task in found:
        name = f"{prefix(workspace)}{task.name}"
        files[f"{name}.service"] = _unit({
            "Unit": [("Description", f"tongbao：{task.about}（{_plain(str(workspace.folder.resolve()))}）")],
            "Service": [
                ("Type", "oneshot"),
                *([("User", user)] if user else []),
                *(("ExecStart", " ".join(map(_quoted, command))) for command in task.commands),
            ],
        })  # fmt: skip
        files[f"{name}.timer"] = _unit({
            "Unit": [("Description", f"tongbao：{task.about}，{task.when}")],
            "Timer": [("OnCalendar", _on_calendar(task.at, zone)), ("Persistent", "true")],
            "Install": [("WantedBy", "timers.target")],
        })  # fmt: skip
    return files


def _on_calendar(at: str | int, zone: str) -> str:
    return f"*:0/{at}" if isinstance(at, int) else f"*-*-* {at}:00 {zone}"


def windows(found: Sequence[Task], workspace: Workspace) -> dict[str, list[str]]:
    """Name → the command that makes each task of Windows, with its program and arguments.

    A task is one command there: of several the last, which looks at what it needs by itself (a backup refuses a ledger
    that does not hold). What it says of errors stands in the workspace's record.
    """
    made = {}
    for task in found:
        line = list2cmdline(task.commands[-1])
        if len(line) > LONGEST_OF_WINDOWS:
            raise ConfigError(
                f"路径太长，任务计划程序的一行写不下（最多{LONGEST_OF_WINDOWS}个字符）。",
                where=str(workspace.folder.resolve()),
                advice="请把工作目录移到路径较短的地方。",
            )
        when = ("/SC", "MINUTE", "/MO", str(task.at)) if isinstance(task.at, int) else ("/SC", "DAILY", "/ST", task.at)
        name = windows_name(workspace, task.name)
        made[name] = ["schtasks", "/Create", "/F", "/TN", name, *when, "/TR", line]
    return made


def windows_name(workspace: Workspace, task: str) -> str:
    """The name of a task of Windows, in a folder of ours."""
    return f"tongbao\\{prefix(workspace)}{task}"


def prefix(workspace: Workspace) -> str:
    """What the names of a workspace's units begin with."""
    return f"tongbao-{hashlib.sha256(str(workspace.folder.resolve()).encode()).hexdigest()[:8]}-"


def unit_folder(home: Path, *, root: bool) -> Path:
    """Where units are put: the system's for root, else the account's own."""
    return Path(system.SYSTEMD) if root else home / ".config/systemd/user"


def _unit(sections: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    parts = [
        "".join((f"[{name}]\n", *(f"{key}={value}\n" for key, value in pairs))) for name, pairs in sections.items()
    ]
    return "\n".join(parts)


def _plain(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """One argument of a command line of systemd."""
    return '"' + _plain(text).replace('"', '\\"').replace("$", "$$") + '"'
