"""``run`` and what makes or measures a finished bulletin: ``bulletin``, ``render``, ``layout-check``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperOption

from reports.commands import pending
from reports.commands.console import (
    AsJson,
    AsOf,
    Below,
    Courts,
    Folder,
    FormatList,
    Indicators,
    Of,
    PeriodText,
    Quiet,
    Without,
    all_listed,
    alone,
    clock,
    day_of,
    exit_on,
    formats_of,
    head,
    job_of,
    known_severity,
    listed,
    no_team,
    only_court,
    print_json,
    recorded,
    retried,
    say,
    say_kept,
    say_unprintable,
    seconds_of,
    time_of,
)
from reports.commands.console import workspace as place_of
from reports.errors import Busy, ConfigError, InputError, TongbaoError, VerificationError, os_reason

if TYPE_CHECKING:
    from reports.catalogue.kinds import Kind
    from reports.pipeline.agreement import TakenBack
    from reports.pipeline.job import Job
    from reports.pipeline.run import Result
    from reports.workspace import Workspace

app = typer.Typer()


class Kinds(TyperCommand):
    """A command whose help lists the kinds of bulletins: those there are, the workspace's own too."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help, with the kinds in place of ``{kinds}``."""
        told = "、 ".join(f"{one.id} {one.name}" for one in _known())
        written = [(one, one.help) for one in self.params if isinstance(one, TyperArgument | TyperOption) and one.help]
        for parameter, text in written:
            parameter.help = text.replace("{kinds}", told)
        super().format_help(ctx, formatter)
        for parameter, text in written:
            parameter.help = text


def _known() -> list[Kind]:
    """The kinds that can be asked for here; the shipped ones where the workspace's own have mistakes."""
    from reports.catalogue.kinds import SHIPPED, asked, load
    from reports.workspace import find

    try:
        return asked(load(find(Path(), or_defaults=True).folder))
    except TongbaoError:
        return asked(load(SHIPPED.parent))


def _complete(incomplete: str) -> list[tuple[str, str]]:
    """The kinds for the completion of a shell."""
    return [(one.id, one.name) for one in _known() if one.id.startswith(incomplete)]


@app.command(cls=Kinds, epilog="示例：tongbao run -w 质效　　定时任务：5 8 15 1,4,7,10 * tongbao run -q -w /data/质效")
def run(
    workspace: Folder = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    kinds: Annotated[
        str | None,
        typer.Option(
            "--kinds",
            help="生成哪些通报，逗号分隔；有多份的，每个法院（条线）各一份。种类：{kinds}。",
            show_default="配置中的 kinds",
        ),
    ] = None,
    formats: FormatList = None,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", help="有此级别及以上的异常时以退出码 3 结束：red、amber、yellow。"),
    ] = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只计算和排版，不写文件、不记台账。")] = False,
    when_due: Annotated[
        bool,
        typer.Option("--when-due", help="按日历：到了数据冻结之日、这一期的通报还没有生成的才运行，否则什么也不做。"),
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait-for-data", help="数据没有到齐、还在写入的，等一等再看，到当天的 --until 为止。")
    ] = False,
    every: Annotated[str, typer.Option("--every", help="等数据时隔多久再看一次，如 10m、1h。")] = "10m",
    until: Annotated[str, typer.Option("--until", help="等数据等到几点；到时仍没有到齐的，退出码为 10。")] = "23:59",
    tell: Annotated[
        bool, typer.Option("--tell", help="没有完成的，按 [[delivery]] 告知本办公室；不在终端上运行的，不写也告知。")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """完整运行：读数据、算指标、识别异常、生成通报、记台账。可由定时任务调用。"""
    from reports.pipeline.request import Request, chosen_kinds
    from reports.pipeline.run import make
    from reports.pipeline.sources import standing

    place = place_of(workspace)
    seconds, end = seconds_of(every), time_of(until)
    if when_due and not _due(place, period, as_of):
        return
    aloud = tell or not sys.stderr.isatty()
    with (
        nullcontext(dict[str, Any]()) if dry_run else recorded(place, "run") as told,
        nullcontext() if dry_run or not aloud else _telling(place, told),
    ):
        wanted = chosen_kinds(place, listed(kinds))
        job = job_of(workspace, period, as_of, quiet=quiet, kinds=wanted, without=without, below=below, of=of)
        told["period"] = job.period.key
        known_severity(fail_on)
        request = Request(wanted, formats=formats_of(formats), whole=True, dry_run=dry_run)

        def make_alone() -> Result:
            with alone(job.workspace, wait=0):
                return make(job, request)

        zone = place.cells.zone
        result = retried(make_alone, lambda: standing(job), seconds, end, zone) if wait else make_alone()
        found = result.findings
        told |= {"rows_in": found.rows_in, "rows_used": found.rows_used, "files": len(result.files)}
        told["findings"] = dict(Counter(flag.severity for flag in found.flags))
        _tell_run(job, result, workspace, dry_run=dry_run, as_json=as_json)
        # That a first period has nothing to follow up is no news, unless these kinds were asked for.
        if not quiet and (kinds or "kinds" in job.workspace.config.output.model_fields_set):
            for none in result.none:
                say(none)
        say_kept(result.kept)
        exit_on(found.flags, fail_on)


@contextmanager
def _telling(place: Workspace, told: Mapping[str, Any]) -> Iterator[None]:
    """Tell the office of what goes wrong, where it has an address; that this fails too changes nothing."""
    from reports.pipeline.reminders import reachable, tell_failure

    try:
        yield
    except (Busy, typer.Exit):
        raise  # the other run tells; or it is done
    except Exception as error:
        what = error.what if isinstance(error, TongbaoError) else f"程序出错（{type(error).__name__}）"
        where, advice = getattr(error, "where", None) or "", getattr(error, "advice", None) or ""
        try:
            if place.config.delivery and reachable(place):
                tell_failure(place, "run", told.get("period", ""), what, where, advice, clock)
        except (TongbaoError, OSError) as silent:
            say(f"没有能够告知本办公室：{silent}")
        raise


def _due(place: Workspace, period: str | None, as_of: str | None) -> bool:
    """Whether by the calendar the run of the period is to be made and has not been; raises where there is none."""
    from reports.pipeline import calendar
    from reports.pipeline.job import choose_period
    from reports.workspace.calendar import required

    day = day_of(as_of, place.cells.zone)
    chosen = choose_period(place, period, day) if period else calendar.cycle(place, day)
    days = required(place).due(chosen, calendar.following(place, chosen))
    since = days.get("data") or days.get("draft")
    if since is None:
        raise ConfigError(
            "日历中没有写数据冻结的日子，不知道哪一天运行。",
            where=f"{place.config_path} [calendar]",
            advice='请加上 data，如 data = "+5工作日"，或去掉 --when-due。',
        )
    return day >= since and not calendar.drafted(place, chosen)


def _tell_run(job: Job, result: Result, workspace: Path, *, dry_run: bool, as_json: bool) -> None:
    """What a run has found and made."""
    found = result.findings
    if as_json:
        print_json(
            {
                **head(job, "run"),
                "rows_in": found.rows_in,
                "rows_used": found.rows_used,
                "flags": {
                    s: sum(f.severity == s for f in found.flags)
                    for s in ("red", "amber", "yellow", "green", "neutral", "grey")
                },
                "new_items": result.new_items,
                "waiting": [asdict(one) for one in result.waiting],
                "pending": pending.counts(result.pending),
                "bulletins": _made(result),
                "none": list(result.none),
                "files": [str(path) for path in result.files],
                "dry_run": dry_run,
            }
        )
    else:
        print(f"{job.period.label}（{job.period.window}）")
        print(f"数据 {found.rows_in} 行，使用 {found.rows_used} 行，未用 {found.rows_in - found.rows_used} 行。")
        reds, ambers = (sum(f.severity == s for f in found.flags) for s in ("red", "amber"))
        print(f"重点问题 {reds} 项，需要关注 {ambers} 项，新增台账 {result.new_items} 项。")
        if told := pending.sentence(result.pending):
            print(told)
        if result.more:
            kinds = "、".join(kind.name for kind in result.more)
            print(f"重点问题较多，通报只列各辖区有哪些问题，另为有关法院生成{kinds}，逐项写明。")
        print("试运行，没有写入文件：" if dry_run else "已生成：")
        for path in result.files:
            print(f"  {path}")
        if not dry_run:
            for told in (*_next(result, workspace, job.period.key), *_waiting(job, result, workspace)):
                print(told)
    _say_reported(result)


@app.command(cls=Kinds, epilog="示例：tongbao bulletin general -w 质效 --format md,pdf -o 通报")
def bulletin(
    kind: Annotated[str, typer.Argument(help="通报种类：{kinds}。", autocompletion=_complete)] = "general",
    workspace: Folder = Path(),
    court: Annotated[
        str | None, typer.Option("--court", help="法院代码或名称：按法院分别发的，只写这一个法院。")
    ] = None,
    line: Annotated[
        str | None, typer.Option("--line", help="条线：刑事、民事、行政、执行、立案等，只写这一个条线。")
    ] = None,
    theme: Annotated[
        str | None,
        typer.Option("--theme", help="主题：营商环境、民法典、诉源治理、分调裁审、司法建议或自定的主题。"),
    ] = None,
    each: Annotated[
        str | None, typer.Option("--for", help="each：每个法院（条线）各一份，只读一次数据。", metavar="each")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", min=1, max=64, help="同时排版的进程数。", show_default="处理器数，至多 4"),
    ] = None,
    period: PeriodText = None,
    as_of: AsOf = None,
    formats: FormatList = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    courts: Courts = None,
    indicators: Indicators = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="输出文件夹。", show_default="工作目录的 out/统计期")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """生成一种通报，登记为草稿；不列整改事项。"""
    from reports.pipeline.numbers import last_month
    from reports.pipeline.request import Request, chosen_kinds
    from reports.pipeline.run import make

    if each not in (None, "each"):
        raise ConfigError(f"--for 只能写 each，不能写“{each}”。")
    kinds = chosen_kinds(place_of(workspace), [kind])
    if not any(one.each == "department" or one.to_flagged for one in kinds):
        only_court(place_of(workspace), court, "通报按法院写，一个部门的用 tongbao bulletin department。")
    no_team(place_of(workspace), court, "通知发给部门，团队的数字用 tongbao compare、cases 查看。")
    job = job_of(workspace, period, as_of, quiet=quiet, kinds=kinds, without=without, below=below, of=of)
    if period is None and all(one.periods == ("month",) for one in kinds):
        job = last_month(job)
    request = Request(
        kinds, court, line, theme, bool(each), formats_of(formats), output, jobs,
        courts=all_listed(courts), indicators=all_listed(indicators),
    )  # fmt: skip
    result = make(job, request, lock=lambda: alone(job.workspace))
    if as_json:
        told = {"bulletins": _made(result), "none": list(result.none), "files": [str(path) for path in result.files]}
        print_json({**head(job, "bulletin"), **told})
    else:
        for text in (*result.none, *result.files):
            print(text)
    _say_reported(result)
    say_kept(result.kept)


@app.command(epilog="示例：tongbao render 通报.md --to pdf,docx　　tongbao render 通报.docx --to md,pdf")
def render(
    file: Annotated[Path, typer.Argument(help="通报的 Markdown 或 DOCX 文件（可先手工修改）。")],
    to: Annotated[str, typer.Option("--to", help="输出格式，逗号分隔：md,pdf,docx,xlsx。")] = "pdf",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="输出文件夹。", show_default="与原文件相同")
    ] = None,
    over: Annotated[bool, typer.Option("--over", help="文稿在排版成 DOCX 之后也改过的，以 DOCX 为准。")] = False,
) -> None:
    """把（手工修改过的）通报按公文格式排版；修改过的 DOCX 先读回 Markdown 文稿，并列出改了哪些地方。"""
    from reports.ledger.documents import FOLDER, SIGNED_FOLDER
    from reports.pipeline.bulletins import assets_beside, read_text
    from reports.pipeline.job import TEMPLATES
    from reports.publish import publish
    from reports.render import LAID_OUT
    from reports.render import render as render_one
    from reports.workspace import find

    chosen = formats_of(to) or ["pdf"]
    own = find(file.parent, or_defaults=True).config.layout
    if {FOLDER, SIGNED_FOLDER} & set((output or file.parent).resolve().parts):
        raise ConfigError("审签、印发的文件不能改动。", where=str(file), advice="请用 -o 指定其他文件夹。")
    files: dict[str, bytes] = {}
    if file.suffix.lower() == ".docx":
        from reports.pipeline.agreement import take_back

        taken = take_back(file, _bytes(file), own, over=over)
        _tell_taken(taken)
        text = taken.markdown
        files[f"{file.stem}.md"] = text.encode()
        if output is None:
            files[file.name] = taken.docx
    else:
        text = read_text(file)
        if set(chosen) <= {"md"}:
            raise ConfigError("没有要生成的文件：md 就是原文件。", advice="用 --to 指定其他格式，如 --to pdf。")
    assets = assets_beside(file.parent, file.stem)
    files |= {
        f"{file.stem}.{form}": render_one(
            text, form, assets=assets, templates=TEMPLATES, source=str(file), deviations=own
        )
        for form in chosen
        if form != "md"
    }
    for path in publish(output or file.parent, files):
        print(path)
    if LAID_OUT & set(chosen):
        say_unprintable(text, file)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"文件无法读取：{os_reason(error)}。", where=str(file)) from error


def _tell_taken(taken: TakenBack) -> None:
    """What a DOCX has that its Markdown had not."""
    found = [*taken.elements, *taken.changes]
    print(f"DOCX 与文稿不同的有{len(found)}处，已读回文稿。" if found else "DOCX 与文稿的文字相同。")
    for one in found:
        print(f"  {one.heading or '开头'}")
        print(f"    原稿：{one.before or '（无）'}")
        print(f"    DOCX：{one.after or '（无）'}")
    if taken.revisions:
        say(f"修订{taken.revisions}处，按已接受计。")
    for name, told in (("批注", taken.comments), ("没有读回的格式", taken.looks)):
        if told:
            say(f"{name}{len(told)}处：")
            for text in told:
                say(f"  {text}")


@app.command(name="layout-check", epilog="示例：tongbao layout-check 通报.pdf　　tongbao layout-check 来文.pdf --json")
def layout_check(
    file: Annotated[Path | None, typer.Argument(help="PDF 文件，本程序或其他程序生成的均可。")] = None,
    style: Annotated[
        str | None, typer.Option("--style", help="版式：公文、信函、纪要、简报、呈阅。", show_default="按首页版头判断")
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="只列出全部版面参数（Markdown 表格）。")] = False,
    as_json: AsJson = False,
) -> None:
    """按 GB/T 9704-2012 逐条核对 PDF 的版面：要求、实测、是否符合。有必须或推荐的条款不符合时退出码为 6。"""
    from reports.pipeline.job import TEMPLATES
    from reports.render.check import VERDICTS
    from reports.render.check import check as measure
    from reports.render.document import STYLES
    from reports.render.profile import load, markdown
    from reports.workspace import find

    if file is None and not rules:
        raise ConfigError("没有写要核对的 PDF 文件。", advice="如 tongbao layout-check 通报.pdf。")
    if style is not None and style not in STYLES:
        raise ConfigError(f"没有版式“{style}”。", advice=f"可用的版式：{'、'.join(STYLES)}。")
    own = find(file.parent if file else Path(), or_defaults=True).config.layout
    profile = load(TEMPLATES / "page", own)
    if file is None:
        print(markdown(profile), end="")
        return
    found = measure(_bytes(file), profile, str(file), style)
    counts = {verdict: sum(one.verdict == verdict for one in found.findings) for verdict in VERDICTS}
    if as_json:
        print_json(
            {
                "schema": "tongbao.layout-check/1",
                "file": str(file),
                "style": found.style,
                "pages": found.pages,
                "passed": not found.failed,
                "white": [round(share, 3) for share in found.white],
                "turned": list(found.turned),
                "small": list(found.small),
                "clauses": [
                    {
                        "id": one.id,
                        "clause": one.value.clause,
                        "name": one.value.name,
                        "strength": one.value.strength,
                        "own": one.value.own,
                        "expected": one.value.text,
                        "measured": one.measured,
                        "verdict": one.verdict,
                        "pages": list(one.pages),
                    }
                    for one in found.findings
                ],
            }
        )
    else:
        ways = ((found.turned, "页横排"), (found.small, "页有小于五号的字"))
        told = [f"第{'、'.join(map(str, pages))}{way}" for pages, way in ways if pages]
        print(f"{file}：按{found.style}版式核对，共{found.pages}页{'，其中' if told else ''}{'，'.join(told)}")
        for one in found.findings:
            where = f"（第{'、'.join(map(str, one.pages))}页）" if one.pages else ""
            by = "本院规定" if one.value.own else one.value.strength
            print(f"{one.verdict}\t{one.value.clause}\t{one.value.name}\t{by}\t{one.value.text}\t{one.measured}{where}")
        print("，".join(f"{verdict}{number}项" for verdict, number in counts.items()) + "。")
    if found.failed:
        raise typer.Exit(VerificationError.exit_code)


def _say_reported(result: Result) -> None:
    """Of courts that are left out, say which have reported: what was written for cron may have had its day."""
    from reports.coverage.reported import HOLIDAY

    found = result.findings
    for one in found.without:
        if one.last and one.last >= found.period.end - timedelta(days=HOLIDAY):
            until = f"{one.name}已有本期的数据（最后一件{one.last.isoformat()}），按写明的不计入。"
            say(f"提示：{until}已经报全的，请删去 without 中的该院。")


def _next(result: Result, workspace: Path, period: str) -> list[str]:
    """What to open, what to read in it first, and the command that comes next."""
    found, place = result.findings, "" if workspace == Path() else f" -w {quote(str(workspace))}"
    unused = found.rows_in - found.rows_used
    doubts = [f"未用{unused}行"] if unused else []
    doubts += [f"未统计的指标{len(found.comparisons.untold)}项"] if found.comparisons.untold else []
    doubts += [f"数据质量错误{errors}项"] if (errors := _errors(result)) else []
    told = []
    # Of one that a person has edited, signed or issued it is said apart where the new text is.
    first = next((one for one in result.bulletins if one.files and one.outgoing and not one.kept), None)
    if first:
        ready = sorted(first.files, key=lambda path: (*READABLE, path.suffix).index(path.suffix))
        told.append(f"请打开：{ready[0]}")
        reds = sum(flag.severity == "red" for flag in found.flags)
        parts = [f"需要关注的问题{reds}项"] if reds else []
        parts += [f"数据质量（{'，'.join(doubts)}）"] if doubts else []
        told.append(f"先看：{'；'.join(parts) or '总体态势'}。")
    if doubts:
        told.append(f"原因和处理：tongbao check{place} --period {period}")
    if first:
        told.append(f"改好、审阅后签发：tongbao ledger sign {quote(first.stem)}{place} --by 姓名")
    return told


def _waiting(job: Job, result: Result, workspace: Path) -> list[str]:
    """What counts as told only when it is issued, with the commands, and how it can count from the run on."""
    place = "" if workspace == Path() else f" -w {quote(str(workspace))}"
    told = []
    for one in result.waiting:
        text = f"待通报的问题{one.count}项（{one.period}），整改时限自印发之日起算"
        if one.stem:
            stem = quote(one.stem)
            text += f"：审签后 tongbao ledger issue {stem}{place} --by 姓名；"
            text += f"已在纸上印发的 tongbao ledger issued {stem}{place} --on 日期 --by 姓名"
        else:
            text += "：发文登记中没有待印发的综合通报"
        told.append(f"{text}。")
    if told and "told" not in job.workspace.config.ledger.model_fields_set:
        told.append('不用发文登记、生成通报即算通报的，在 tongbao.toml 的 [ledger] 中写 told = "run"。')
    return told


READABLE = (".pdf", ".docx", ".md")  # the first that there is, is opened


def _errors(result: Result) -> int:
    return len({one.rule.id for one in result.findings.quality.findings if one.rule.severity == "错误"})


def _made(result: Result) -> list[dict[str, Any]]:
    """What was made, for a program that passes it on."""
    return [asdict(one) | {"files": [str(path) for path in one.files]} for one in result.bulletins]
