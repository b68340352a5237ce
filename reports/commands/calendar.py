"""``calendar`` and ``schedule``: who owes what by when, and what the system is to start when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports import system
from reports.commands.console import AsJson, AsOf, Folder, Quiet, clock, day_of, other_clock, print_json, say, workspace
from reports.errors import ConfigError

if TYPE_CHECKING:
    from reports.pipeline.calendar import Duty
    from reports.system import Account
    from reports.workspace import Workspace

app = typer.Typer()


@app.command(
    epilog="示例：tongbao calendar -w 质效　　tongbao calendar -w 质效 --period 2026Q3 --as-of 2026-10-20　　"
    "提醒：tongbao calendar -w 质效 --remind"
)
def calendar(
    folder: Folder = Path(),
    period: Annotated[
        str | None,
        typer.Option(
            "--period", help="只看这一期，没有结束的也可以。", show_default="最近一个完整的统计期，办完的加上下一期"
        ),
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", min=2000, max=2100, help="这一年各期的各步，每期一行，可供张贴。")
    ] = None,
    as_of: AsOf = None,
    remind: Annotated[
        bool, typer.Option("--remind", help="提醒时限将到和逾期的单位，按 [[delivery]] 发送，每件事至多提醒两次。")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只印出要提醒谁、什么，不发送。")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """工作日历：谁在什么时候以前办什么，办了没有，用哪个命令办。日子写在 tongbao.toml 的 [calendar] 中。"""
    from reports.courts.periods import parse_period
    from reports.pipeline import calendar as cycles

    place = workspace(folder)
    day = day_of(as_of, place.cells.zone)
    asked = parse_period(period, cutoff_day=place.config.period.cutoff_day, until=day) if period else None
    option = "" if folder == Path() else f" -w {quote(str(folder))}"
    if dry_run and not remind:
        raise ConfigError("--dry-run 与 --remind 同用。", advice="只看日历的，去掉 --dry-run。")
    if remind:
        if period or year:
            raise ConfigError("--remind 提醒所有各期，不能与 --period、--year 同用。", advice="请去掉这些选项。")
        _remind(place, day, option, dry_run=dry_run, as_json=as_json, quiet=quiet)
        return
    if year and period:
        raise ConfigError("--year 和 --period 只能写一个。", advice="请去掉其中一个。")
    found = cycles.year(place, year, day, option) if year else cycles.duties(place, day, asked, option)
    notes = cycles.remarks(place, found)
    now = asked or cycles.cycle(place, day)
    if as_json:
        document = {
            "period": str(year) if year else now.key,
            "as_of": day.isoformat(),
            "duties": [_json(one, day) for one in found],
        }
        print_json({"schema": "tongbao.calendar/1", **document, "notes": notes})
        return
    if year:
        _print_year(found)
    else:
        print(f"{now.label}（{now.window}），截至{day.isoformat()}")
    for one in () if year else found:
        numbers = f"（{'、'.join(one.numbers)}）" if one.numbers else ""
        cells = (one.period, f"{one.name}{numbers}", one.who, one.due.isoformat(), one.state(day), one.command)
        print("\t".join(cells).rstrip())
    if not quiet:
        for note in notes:
            say(note)


def _print_year(found: Sequence[Duty]) -> None:
    """A line for each period, a column for each step."""
    steps = {one.step: one.name for one in found}
    print("\t".join(("统计期", *steps.values())))
    for period in dict.fromkeys(one.period for one in found):
        due = {one.step: one.due.isoformat() for one in found if one.period == period}
        print("\t".join((period, *(due.get(step, "—") for step in steps))))


def _remind(place: Workspace, day: date, option: str, *, dry_run: bool, as_json: bool, quiet: bool) -> None:
    from reports.pipeline.reminders import due, remind

    found = remind(place, due(place, day, option), day, clock, send=not dry_run)
    if as_json:
        reminders = [
            {"duty": _json(one.duty, day), "to": one.to, "name": one.name, "subject": one.subject, "text": one.text,
             "sent": one.sent, "why": one.why}
            for one in found
        ]  # fmt: skip
        print_json({"schema": "tongbao.calendar-reminders/1", "as_of": day.isoformat(), "reminders": reminders})
        return
    for one in found:
        state = "已发送" if one.sent else one.why or "没有发送"
        if quiet and one.sent:
            continue  # a line for each day would hide the others
        print(f"{one.name}\t{one.subject}\t{state}")
    if not quiet:
        unsent = "" if place.config.delivery or not found else "没有写 [[delivery]]，只印出，没有发送。"
        say(f"共{len(found)}项。{unsent}" if found else "没有要提醒的。")


def _json(one: Duty, day: date) -> dict[str, Any]:
    told = asdict(one) | {"due": one.due.isoformat(), "done": one.done.isoformat() if one.done else None}
    return told | {"open": one.open, "overdue": one.late(day), "state": one.state(day)}


@app.command(
    epilog="示例：tongbao schedule -w 质效　　安装：tongbao schedule -w 质效 --install　　"
    "systemd：tongbao schedule -w 质效 --systemd --install"
)
def schedule(
    folder: Folder = Path(),
    systemd: Annotated[bool, typer.Option("--systemd", help="写成 systemd 的单元。")] = False,
    cron: Annotated[
        bool, typer.Option("--cron", help="写成 crontab 的行（不写 --systemd 时即是，Windows 除外）。")
    ] = False,
    install: Annotated[bool, typer.Option("--install", help="装上；已经装过的换成现在的。")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="把装上的去掉。")] = False,
    quiet: Quiet = False,
) -> None:
    """定时运行、提醒、备份，印出 crontab 的行、systemd 的单元或 Windows 的任务；加 --install 装上。"""
    from reports.workspace.install import tasks_of

    if systemd and cron:
        raise ConfigError("--cron 和 --systemd 只能写一个。", advice="同一个任务只用一种方式定时。")
    if install and remove:
        raise ConfigError("--install 和 --remove 只能写一个。", advice="请去掉其中一个。")
    place = workspace(folder)
    tasks = tasks_of(place, systemd=systemd)
    done = tasks.remove() if remove else tasks.install() if install else tasks.text.splitlines()
    for text in done:
        print(text)
    if not quiet and not remove:
        for text in _remarks(place, tasks.account, systemd=systemd, install=install):
            say(text)


def _remarks(place: Workspace, whose: Account, *, systemd: bool, install: bool) -> list[str]:
    """What must be known of the tasks beside what they are."""
    config, zone = place.config, place.cells.zone
    told = []
    if not install:
        told.append(f"以上任务以账号{whose.name}运行；加 --install 装上，加 --remove 去掉。")
    if system.WINDOWS:
        told.append("任务在这个账号登录时运行；没有人登录也要运行的，请在任务计划程序中选“不管用户是否登录都要运行”。")
    if not config.schedule.backup:
        told.append("没有写 [schedule] backup，不安排备份。")
    for table, name in (("source", config.source.password_env), ("engine", config.engine.password_env)):
        if name:
            told.append(f"定时任务的环境中没有变量 {name}：请改用 [{table}] password_command，或另行在其中设置。")
    if not systemd and other_clock(zone):
        which = "任务计划程序按本机的时钟" if system.WINDOWS else "cron 按服务器的时钟"
        other = "" if system.WINDOWS else "，或改用 --systemd"
        told.append(f"{which}，与 {zone} 不同，请相应调整 [schedule] 的时刻{other}。")
    if systemd and not whose.root:
        told.append(f"没有人登录时也要运行的，请系统管理员执行：loginctl enable-linger {whose.name}")
    return told
