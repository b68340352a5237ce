"""What the groups of commands share: their options, the day, the lock of a workspace, and how they print."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

import typer

from reports.cells import ZONE
from reports.errors import (
    FLAGS_FOUND,
    INTERRUPTED,
    Busy,
    ConfigError,
    DeliveryError,
    GateRefused,
    InputError,
    NotYet,
    TongbaoError,
    VerificationError,
    full,
    os_reason,
)
from reports.system import PIPE_CLOSED, outliving_reader, reader_left

if TYPE_CHECKING:
    from reports.catalogue.kinds import Kind
    from reports.courts.tree import CourtTree
    from reports.courts.units import Depth, Seen
    from reports.forms import Form, Line
    from reports.model import Bulletin, Flag
    from reports.pipeline.job import Job, Steps
    from reports.workspace import Workspace
    from reports.workspace.log import Entry

T = TypeVar("T")

Folder = Annotated[
    Path, typer.Option("-w", "--workspace", help="工作目录（含 tongbao.toml）。", show_default="当前目录")
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="视同在这一天办理，如 2026-10-20。", show_default="今天")]
AsJson = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 文档。")]
PeriodText = Annotated[
    str | None,
    typer.Option(
        "--period",
        help="统计期：2026Q3、2026-09、2026-01..05、2026H1、2026Q1-Q3、2026，也可以写 1—5月、第三季度、上半年。",
        show_default="最近一个完整季度",
    ),
]


Below = Annotated[
    str | None,
    typer.Option(
        "--below",
        help="统计到哪一级：court 法院、department 部门、team 团队。",
        show_default="配置中的 below；只有一个法院时到部门",
    ),
]
Of = Annotated[
    str | None,
    typer.Option(
        "--of",
        help="只把这个法院（和下级法院）的案件分到部门、团队，代码或名称；加“本级”只分本院的。",
        show_default="各法院",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        help="不计入的法院（没有报送的），代码或名称，逗号分隔，可重复；各项合计和对比的基数都不含该院。",
        show_default="配置中的 without",
    ),
]
Courts = Annotated[
    list[str] | None,
    typer.Option(
        "--courts",
        help="只列这些法院和下级法院，代码或名称，逗号分隔，可重复；加“本级”只列本院。合计仍为全部法院。",
        show_default="全部",
    ),
]
Indicators = Annotated[
    list[str] | None,
    typer.Option("--indicators", help="只列这些指标，编号或名称，逗号分隔，可重复。", show_default="全部"),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="不显示进度。")]


FormatList = Annotated[
    str | None, typer.Option("--format", help="输出格式，逗号分隔：md,pdf,docx,xlsx。", show_default="配置中的 formats")
]
Who = Annotated[str, typer.Option("--by", help="办理人姓名，记入历史。")]
WAIT = 20.0  # seconds for a short command to let another finish


def complete_stem(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names of the texts of a workspace, for the completion of a shell."""
    from reports.pipeline.changes import stems
    from reports.workspace import find

    try:
        known = stems(find(Path(ctx.params.get("folder") or ".")).output_path)
    except TongbaoError:
        return []
    return [one for one in known if one.startswith(incomplete)]


def workspace(folder: Path) -> Workspace:
    """The workspace of a folder."""
    from reports.workspace import find

    place = find(folder)
    with_ledger(place)
    return place


def with_ledger(place: Workspace) -> None:
    """Let the ledger ask the program of ``[ledger] key_command`` for its key, when it needs one.

    Raises :class:`VerificationError` where it is gone: a new one would begin at number 1.
    """
    from reports import secret
    from reports.ledger.chain import key_with
    from reports.ledger.journal import OTHER, missing

    path, command, where = place.database_path, place.config.ledger.key_command, "[ledger] key_command"
    if (stands := missing(path)) and ((left := _left_by_ledger(place)) or stands == OTHER):
        raise VerificationError(
            f"台账不见了：{'、'.join(left)}{'，而' if left else ''}{stands}。",
            where=str(path),
            advice="请先从备份恢复台账；不要重新运行，以免编号、整改事项从头开始。"
            "确要另立新账的，先把 tongbao.db、“运行记录”各文件和印发的文件移出工作目录。",
        )

    def ask() -> bytes:
        if key := secret.told(command, place.folder, where, "密钥"):
            return key
        raise ConfigError(
            f"key_command 的程序“{command[0]}”没有给出密钥。",
            where=f"tongbao.toml {where}",
            advice="请单独运行这条命令，核对它只在标准输出打印密钥。",
        )

    if command:
        key_with(path, ask)


def _left_by_ledger(place: Workspace) -> list[str]:
    """What shows that the workspace has had a ledger with events, in words."""
    from reports.ledger.documents import FOLDER
    from reports.workspace.log import RECORD, entries

    issued = sum(one.is_dir() for one in place.output_path.glob(f"*/{FOLDER}/*"))
    noted = [one.at for one in entries(place.folder) if one.head]
    found = [f"有{issued}份已印发的文件"] if issued else []
    return found + ([f"{RECORD}中有{noted[-1]}的台账校验值"] if noted else [])


def owner_code(place: Workspace, text: str | None, seen: Iterable[Seen] = ()) -> str | None:
    """The code of a court, department or team from its code or any of its names in ``courts.csv`` and ``units.csv``.

    ``seen`` are the units that a ledger names beside those. Without ``courts.csv`` it is the text as it is.
    """
    if text is None or (tree := with_units(place, seen)) is None:
        return text
    return tree.find(text.removesuffix("本级")).code


def with_units(place: Workspace, seen: Iterable[Seen] = ()) -> CourtTree | None:
    """The courts and units of a workspace, as :func:`reports.workspace.listed.with_units` has them."""
    from reports.workspace import listed

    return listed.with_units(place, seen)


def only_court(place: Workspace, text: str | None, why: str) -> None:
    """Raises :class:`ConfigError` for a department or team where only courts can be asked about, with the reason."""
    from reports.courts.tree import UNIT

    code = owner_code(place, text)
    if code and UNIT in code:
        kind = "团队" if code.count(UNIT) > 1 else "部门"
        raise ConfigError(f"“{text}”是{kind}，不是法院：{why}", where="--court", advice="请写所在法院的代码或名称。")


def no_team(place: Workspace, text: str | None, why: str) -> None:
    """Raises :class:`ConfigError` for a team of ``units.csv`` where only its department can be asked about."""
    from reports.courts.tree import UNIT

    unit = tree.match(text) if text and (tree := with_units(place)) else None
    if unit and unit.code.count(UNIT) > 1:
        advice = f"请写所在部门 {unit.code.rpartition(UNIT)[0]}。"
        raise ConfigError(f"“{text}”是团队，不是部门：{why}", where="--court", advice=advice)


def today_in(zone: str = ZONE) -> date:
    """The day that it is in the court's zone, wherever the server's clock stands."""
    return datetime.now(ZoneInfo(zone)).date()


def day_of(as_of: str | None, zone: str = ZONE) -> date:
    """The day as which a command is dated."""
    if not as_of:
        return today_in(zone)
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise ConfigError(f"日期“{as_of}”无法识别。", advice="请写成 2026-10-20。") from None


def other_clock(zone: str) -> bool:
    """Whether the server's clock stands elsewhere than that of the court's zone."""
    return datetime.now().astimezone().utcoffset() != datetime.now(ZoneInfo(zone)).utcoffset()


def moment(as_of: str | None) -> str:
    """When something was done, for the history: a given day, or now to the second, by the clock of :func:`day_of`."""
    return day_of(as_of).isoformat() if as_of else clock().replace(tzinfo=None).isoformat(" ", "seconds")


def clock() -> datetime:
    """The present moment in the court's zone, for what goes on while a command runs."""
    return datetime.now(ZoneInfo(ZONE))


def retried(work: Callable[[], T], steady: Callable[[], Any], every: int, until: time, zone: str) -> T:
    """What ``work`` gives once the data are there: until then it is tried again every so many seconds.

    Data are there when ``steady``, what shows that their files are being written to, is the same at two looks, and
    ``work`` raises no :class:`InputError`; another run at work is waited for too. When the time ``until`` of this day
    has come without them, raises :class:`NotYet` with what was wrong last.
    """
    end = datetime.combine(today_in(zone), until, ZoneInfo(zone))
    before: Any = None
    wanting: Any = None  # what was read and found wanting: not read again while it is the same
    why = told = ""
    error: InputError | None = None
    while True:
        try:
            if (now := steady()) and now != before:
                sleep(min(every, LOOK, _left(end)))
                before, now = now, steady()
            if now != before and now:
                error, why = None, "数据文件还在写入"
            elif not now or now != wanting:
                wanting = now
                return work()
        except InputError as found:
            error, why = found, found.what
        except Busy as found:  # that it is being worked on says nothing of the data
            error, why, wanting = None, found.what, None
        except FileNotFoundError as found:  # taken away between two looks
            error, why = None, f"{found.filename}不见了"
        if _left(end) <= 0:
            raise NotYet(
                f"等到{until:%H:%M}，数据仍没有到齐：{why.rstrip('。')}。",
                where=error.where if error else None,
                advice="数据到齐后重新运行；原有文件和台账没有改动。",
            ) from error
        if why != told:
            at = datetime.now(end.tzinfo).strftime("%Y-%m-%d %H:%M:%S")
            say(f"{at}　{why.rstrip('。')}。每{_span(every)}再看一次，到{until:%H:%M}为止。")
            told = why
        sleep(min(every, _left(end)))


def _left(end: datetime) -> float:
    return max(0.0, (end - datetime.now(end.tzinfo)).total_seconds())


def seconds_of(text: str) -> int:
    """How long ``--every`` says: 30s, 10m, 1h; raises :class:`ConfigError` for what is none."""
    if read := re.fullmatch(r"([1-9]\d*)([smh])", text.strip().lower()):
        return int(read[1]) * _SECONDS[read[2]][0]
    raise ConfigError(
        f"间隔“{text}”无法识别。", where="--every", advice="请写成 10m（10分钟）、30s（30秒）或 1h（1小时）。"
    )


def time_of(text: str) -> time:
    """The time of day that ``--until`` says; raises :class:`ConfigError` for what is none."""
    if re.fullmatch(r"([01]?\d|2[0-3])[:：][0-5]\d", text.strip()):
        hour, minute = map(int, re.split("[:：]", text.strip()))
        return time(hour, minute)
    raise ConfigError(f"时刻“{text}”无法识别。", where="--until", advice="请写成 18:00 的形式。")


def _span(seconds: int) -> str:
    unit = next(one for one in ("h", "m", "s") if seconds % _SECONDS[one][0] == 0)
    return f"{seconds // _SECONDS[unit][0]}{_SECONDS[unit][1]}"


_SECONDS = {"s": (1, "秒"), "m": (60, "分钟"), "h": (3600, "小时")}
LOOK = 20.0  # seconds between two looks at files that may still be written to


@contextmanager
def alone(place: Workspace, *, wait: float = WAIT) -> Iterator[None]:
    """Only one process at a time changes a workspace; raises :class:`Busy` after ``wait`` seconds.

    What a killed one left half done is first finished or taken back.
    """
    from filelock import FileLock, Timeout

    from reports.ledger.journal import published
    from reports.publish import LEFT, recover
    from reports.scratch import rights
    from reports.system import SHARED_ADVICE

    lock = FileLock(place.folder / ".tongbao.lock", mode=rights(place.folder))
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise Busy(
            "另一个 tongbao 正在处理这个工作目录。", where=str(place.folder), advice="请等它结束后再运行。"
        ) from None
    except OSError as error:
        raise DeliveryError(
            f"工作目录无法写入：{os_reason(error)}。",
            where=str(error.filename or place.folder),
            advice=f"请核对文件夹和其中文件的写权限；{SHARED_ADVICE}",
        ) from error
    try:
        recover(place.output_path.rglob(LEFT), partial(published, place.database_path))
        yield
    finally:
        lock.release()


@contextmanager
def recorded(place: Workspace, command: str, *, often: bool = False) -> Iterator[dict[str, Any]]:
    """A run on the workspace's record, however it ends; what it has found goes into the mapping (of :class:`Entry`).

    What is run ``often``, every few minutes, leaves a line where it did something, which it tells there (``letters``),
    or ends otherwise than the time before. It does not have the workspace alone: a full file is left as it is.
    """
    from reports.ledger.journal import head
    from reports.workspace.log import Entry, record

    begun, told, code = perf_counter(), dict[str, Any](), 0
    try:
        with outliving_reader():
            yield told
    except BaseException as error:
        code, told["error"] = _end(error)
        raise
    finally:
        seconds, busy = round(perf_counter() - begun, 1), code == Busy.exit_code
        entry = Entry(moment(None), command, code, seconds, head="" if busy else head(place.database_path), **told)
        if not often or entry.letters or not _as_before(place.folder, entry):
            record(place.folder, entry, rotate=not often and not busy)


def _as_before(folder: Path, entry: Entry) -> bool:
    """Whether the command ended in the same way the last time; the first time, whether all is well."""
    from reports.workspace.log import latest

    before = latest(folder).get(entry.command)
    return (entry.code, entry.error) == ((before.code, before.error) if before else (0, ""))


def _end(error: BaseException) -> tuple[int, str]:
    """The exit code with which what was raised ends the program, and what it failed of."""
    match error:
        case TongbaoError():
            return error.exit_code, error.what
        case typer.Exit():  # done, with findings
            return error.exit_code, ""
        case KeyboardInterrupt():
            return INTERRUPTED, "被中断"
        case SystemExit():
            return (error.code if isinstance(error.code, int) else 1), "被中止"
        case OSError() if reader_left(error):
            return PIPE_CLOSED, "输出没有读完"
        case OSError() if full(error):
            return DeliveryError.exit_code, os_reason(error)
    return 1, f"程序出错（{type(error).__name__}）"


def print_json(document: dict[str, Any]) -> None:
    """One JSON document on standard output, indented where somebody reads it.

    What is an iterator in it becomes a list, of which one entry is held at a time: there may be a hundred thousand.
    """
    if sys.stdout.isatty():
        whole = {name: [*value] if isinstance(value, Iterator) else value for name, value in document.items()}
        print(json.dumps(whole, ensure_ascii=False, indent=1))
        return
    for place, (name, value) in enumerate(document.items()):
        sys.stdout.write(f"{', ' if place else '{'}{json.dumps(name)}: ")
        if not isinstance(value, Iterator):
            sys.stdout.write(json.dumps(value, ensure_ascii=False))
            continue
        sys.stdout.write("[")
        for number, entry in enumerate(value):
            sys.stdout.write(f"{', ' if number else ''}{json.dumps(entry, ensure_ascii=False)}")
        sys.stdout.write("]")
    print("}")


def write_table(data: bytes, output: Path | None) -> None:
    """A table (CSV) into a file, or to standard output for a pipe."""
    if output:
        from reports.publish import publish

        publish(output.parent, {output.name: data})
        say(f"已写入 {output}")
    else:
        sys.stdout.write(data.decode("utf-8-sig").replace("\r\n", "\n"))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table for a terminal: the first column to the left, the others to the right."""

    def room(text: str) -> int:
        return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)

    rooms = [max(map(room, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [first + " " * (rooms[0] - room(first))]
        cells += [" " * (wide - room(text)) + text for text, wide in zip(others, rooms[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def say(text: str) -> None:
    """A message to the person, not part of the result."""
    print(text, file=sys.stderr)


def say_unprintable(text: str, source: Path) -> None:
    """Which characters of a text no installed font has, each with its first place: on paper 〓 stands for them."""
    from reports.render.fonts import missing

    lines = text.split("\n")
    for char in missing(text):
        row, column = next((row, line.index(char) + 1) for row, line in enumerate(lines, 1) if char in line)
        say(
            f"已安装的字体没有“{char}”（U+{ord(char):04X}），印作“〓”：{source} 第{row}行第{column}字。"
            "请改用通用规范汉字，或者安装有这个字的字体后重新排版。"
        )


def writable(folder: Path) -> None:
    """Make the folder where it is not there; raises :class:`ConfigError` where nothing can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".tongbao-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            f"目录“{folder}”无法写入：{os_reason(error)}。", advice="请核对路径和写权限，或换一个目录。"
        ) from error


def take_in(
    place: Workspace,
    file: Path,
    form: Form,
    check: Callable[[list[Line]], list[Any]],
    respond: Callable[[dict[str, dict[str, str]]], dict[str, list[str]]],
    names: Mapping[str, str],
    schema: str,
    *,
    partial: bool,
    as_json: bool,
) -> None:
    """Import a form that a court has filled in, and say line by line what that did.

    ``check`` judges the lines, ``respond`` enters the answers of the sound ones (number → field → text) and returns
    what it changed; ``names`` are the headings of the fields. Nothing is entered from a sheet with faults unless
    ``partial``: raises :class:`GateRefused` then.
    """
    from reports import forms
    from reports.read.formats import filled_sheets

    cells = place.cells
    lines = forms.read(form, filled_sheets(file), str(file), today=today_in(cells.zone), cells=cells)
    with alone(place):
        rows = check(lines)
        good = {row.key: row.answers for row in rows if not row.faults}
        refused = len(good) < len(rows) and not partial
        done = {} if refused else respond(good)
    wrong = [row for row in rows if row.faults]
    if as_json:
        faults = [
            {"sheet": row.line.sheet, "row": row.line.row, "number": row.key, "faults": list(row.faults)}
            for row in wrong
        ]
        print_json({"schema": schema, "rows": len(rows), "changed": done, "refused": refused, "faults": faults})
    else:
        for row in wrong:
            for fault in row.faults:
                say(f"{row.line.place}（{row.key or '无编号'}）：{fault}")
        if not refused:
            for number, fields in done.items():
                print(f"{number}：{'、'.join(names[name] for name in fields)}")
            print(f"已更新{len(done)}项。" if done else "没有变化。")
    if refused:
        raise GateRefused(
            f"表格有{len(wrong)}行不能导入，台账没有改动。",
            where=str(file),
            advice="请退回法院改正后重新导入；只导入没有错误的行，加 --partial。",
        )


def job_of(
    folder: Path,
    period: str | None,
    as_of: str | None,
    *,
    quiet: bool = False,
    or_defaults: bool = False,
    kinds: Sequence[Kind] = (),
    ahead: bool = False,
    without: Sequence[str] | None = None,
    below: str | None = None,
    of: str | None = None,
    court: str | None = None,
) -> Job:
    """What a command is asked to do; raises :class:`ConfigError` for a wrong day, period or format.

    ``kinds`` are the bulletins that are to be made, where there are any: each is for periods of its own. Only what is
    planned, as the dates of a ledger are, can be looked at as on a day to come (``ahead``). ``without`` are the texts
    of ``--without``, ``below``, ``of`` and ``court`` those of theirs.
    """
    from reports.pipeline.job import Job, choose_period
    from reports.render import FORMATS
    from reports.workspace import find

    place = find(folder, or_defaults=or_defaults)
    with_ledger(place)
    for form in place.config.output.formats:
        if form not in FORMATS:
            raise ConfigError(
                f"不支持的输出格式“{form}”。",
                where=f"{place.config_path} [output] formats",
                advice=f"可用的格式：{'、'.join(FORMATS)}。",
            )
    zone = place.cells.zone
    day = day_of(as_of, zone)
    if not ahead and day > (now := today_in(zone)):
        raise ConfigError(
            f"“{as_of}”还没有到（今天是{now.isoformat()}），那一天的数据现在无从知道。",
            where="--as-of",
            advice="写今天或者以前的一天；不写即为今天。",
        )
    chosen = choose_period(place, period, day, kinds)
    left_out = tuple(one for text in without or () for one in listed(text) or ())
    return Job(
        place, chosen, today_in(zone), day, progress(quiet), bar(quiet),
        left_out=left_out, below=depth_of(below), of=of, court=court,
    )  # fmt: skip


def depth_of(below: str | None) -> Depth | None:
    """Down to which units, as ``--below`` says it; raises :class:`ConfigError` for what is none."""
    from reports.courts.units import DEPTHS

    if below is not None and below not in DEPTHS:
        raise ConfigError(f"“{below}”不是可以统计到的一级。", where="--below", advice=f"可写 {'、'.join(DEPTHS)}。")
    return next((one for one in DEPTHS if one == below), None)


def period_key(place: Workspace, text: str | None) -> str | None:
    """The key of a period that was typed; raises :class:`ConfigError` for what is none, which no list would hold."""
    from reports.courts.periods import parse_period

    cutoff = place.config.period.cutoff_day
    return parse_period(text, cutoff_day=cutoff, until=day_of(None, place.cells.zone)).key if text else None


def head(job: Job, name: str) -> dict[str, Any]:
    """What every JSON document of a period begins with."""
    catalogue = job.catalogue
    return {
        "schema": f"tongbao.{name}/1",
        "period": job.period.key,
        "window": {
            "start": job.period.start.isoformat(),
            "end": job.period.end.isoformat(),
            "text": job.period.window,
        },
        "catalogue": {"edition": catalogue.edition, "name": catalogue.name, "version": catalogue.version},
    }


def known_severity(text: str | None) -> None:
    """Raises :class:`ConfigError` for a severity of ``--fail-on`` that there is not."""
    if text is not None and text not in ("red", "amber", "yellow"):
        raise ConfigError(f"--fail-on 没有级别“{text}”。", advice="可用的级别：red、amber、yellow。")


def exit_on(flags: Sequence[Flag], severity: str | None) -> None:
    """Ends with exit code 3 where there are flags of a severity or above."""
    if severity:
        from reports.pipeline.findings import adverse

        if adverse(flags, severity):
            raise typer.Exit(FLAGS_FOUND)


def listed(text: str | None) -> list[str] | None:
    """What an option lists, separated by commas of either width."""
    if text is None:
        return None
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


def all_listed(texts: Sequence[str] | None) -> list[str] | None:
    """What an option that may come several times lists."""
    return None if texts is None else [part for text in texts for part in listed(text) or ()]


def formats_of(text: str | None) -> list[str] | None:
    """The formats of ``--format``; raises :class:`ConfigError` for one that there is not."""
    if text is None:
        return None
    from reports.render import FORMATS

    chosen = listed(text) or []
    for part in chosen:
        if part not in FORMATS:
            raise ConfigError(f"不支持的输出格式“{part}”。", advice=f"可用的格式：{'、'.join(FORMATS)}。")
    return chosen


def format_of(file: Path, formats: Collection[str], option: str = "--to") -> str:
    """The format of a file that an option names; raises :class:`ConfigError` where it is none of ``formats``."""
    form = file.suffix.lower().removeprefix(".")
    if form not in formats:
        known = "、".join(f".{one}" for one in formats)
        raise ConfigError(f"不支持的文件“{file.name}”。", where=option, advice=f"请写成 {known} 文件。")
    return form


def put_files(made: Mapping[Path, Mapping[str, bytes]], named: Iterable[Path]) -> None:
    """Folder → name → bytes where the user wants them, those of a folder all or none; the files that he named are told.

    Raises :class:`DeliveryError` where a folder cannot be written.
    """
    from reports.publish import publish

    for folder, contents in made.items():
        publish(folder, contents)
    for file in named:
        say(f"已写入 {file}")


def put(job: Job, made: Sequence[Bulletin], formats: Sequence[str], folder: Path) -> None:
    """Documents into a folder, each in all formats, and the paths printed; what a person has edited stays."""
    from reports.pipeline.bulletins import deliver, render_all
    from reports.publish import publishing

    files = render_all(job, made, formats)
    with publishing(folder) as publication:
        paths, kept = deliver(publication, files, made)
    for path in paths:
        print(path)
    say_kept(kept)


def say_kept(kept: Sequence[tuple[str, str]]) -> None:
    """Bulletins (title, why) that a person had edited, signed or issued stay; say where the new ones are."""
    from reports.pipeline.bulletins import EDITED
    from reports.publish import BESIDE
    from reports.words import quoted

    for title, why in kept:
        if why == EDITED:
            say(
                f"{quoted(title)}有手工修改，没有覆盖；新稿和数据变化在“{BESIDE}”文件夹中，标明“手写”的段落已带入新稿。"
            )
        else:
            say(f"{quoted(title)}已经{why}，没有改动；现在的数据与之不同，新稿和数据变化在“{BESIDE}”文件夹中。")


def progress(quiet: bool) -> Callable[[str], None]:
    """Progress goes to stderr, and only where somebody is watching."""
    if quiet or not sys.stderr.isatty():
        return lambda _: None
    return lambda text: print(f"… {text}", file=sys.stderr)


BAR = 20  # cells


def bar(quiet: bool) -> Steps:
    """A bar in one line of the terminal, drawn anew at each step; a hundred lines would push everything else away."""
    if quiet or not sys.stderr.isatty():
        return lambda what, done, total, name: None

    def step(what: str, done: int, total: int, name: str) -> None:
        filled = BAR * done // total
        text = f"… {what} [{'#' * filled}{'.' * (BAR - filled)}] {done}/{total} {name}"
        # A line that wraps could not be drawn over.
        room = get_terminal_size().columns - 1
        while text and sum(2 if east_asian_width(char) in "WF" else 1 for char in text) > room:
            text = text[:-1]
        end = "\n" if done == total else ""
        print(f"\r\x1b[K{text}", end=end, file=sys.stderr, flush=True)

    return step
