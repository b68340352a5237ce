"""``tongbao pending``: 长期未结案件台账, and warnings of time limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.commands.console import (
    AsJson,
    AsOf,
    Folder,
    Who,
    alone,
    day_of,
    depth_of,
    formats_of,
    job_of,
    moment,
    owner_code,
    print_json,
    put,
    say,
    say_kept,
    take_in,
    workspace,
)
from reports.courts.tree import UNIT
from reports.errors import ConfigError
from reports.ledger import pending as ledger
from reports.ledger.pending import CLOSED, FIELDS, STATES, PendingCase, TierPolicy, Updated

if TYPE_CHECKING:
    from reports.pipeline.job import Job
    from reports.pipeline.ledgers import Letters as Written
    from reports.workspace import Workspace

app = typer.Typer(
    help="长期未结案件台账：按数据列入，逐案填报，结案并核对后销号；审限预警，流程节点。", no_args_is_help=True
)
FOUND = ("added", "concluded", "reopened", "missing")  # what an update finds, as JSON documents name it
CourtOption = Annotated[str | None, typer.Option("--court", help="法院或部门的代码或名称。")]
ByUnit = Annotated[
    str | None,
    typer.Option(
        "--below",
        help="按哪一级分：court 法院、department 部门、team 团队。",
        show_default="配置中的 below；只有一个法院时为部门",
    ),
]

Formats = Annotated[
    str | None, typer.Option("--format", help="md、pdf、docx，可用逗号分隔多种。", show_default="配置所列")
]


Letters = Annotated[
    Path | None,
    typer.Option(
        "--to",
        help="文件夹，每个法院一份，不登记。",
        show_default="out 中当月的文件夹，登记为草稿，可以审签、印发",
    ),
]
By = Annotated[str, typer.Option("--by", help="办理人姓名，记入历史。")]


@app.command(epilog="示例：tongbao pending update -w 质效 --by 王五")
def update(
    folder: Folder = Path(),
    by: By = "tongbao",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """按案件数据更新台账：列入新的长期未结案件，标明已经结案的。可由定时任务调用。"""
    from reports.pipeline.ledgers import update_pending

    place = workspace(folder)
    with alone(place):
        done = update_pending(job_of(folder, None, as_of, ahead=True), at=moment(as_of), who=by)
    if done.later:
        raise ConfigError(
            f"台账已更新到{done.later}，不能再按更早的日期更新。", advice="去掉 --as-of，或改为不早于这一天的日期。"
        )
    if as_json:
        numbers = {name: getattr(done, name) for name in FOUND}
        print_json({"schema": "tongbao.pending-update/1", "as_of": day_of(as_of).isoformat(), **numbers})
        return
    print(sentence(done))
    for number in done.missing:
        print(f"数据中已查不到：{number}")


def sentence(done: Updated | None) -> str:
    """What an update did, in a sentence; empty where there was none."""
    if done is None:
        return ""
    if done.later:
        return f"长期未结案件台账已更新到{done.later}，晚于这次运行的日期，没有改动。"
    gone = f"，数据中已查不到{len(done.missing)}件" if done.missing else ""
    flows = f"新列入{len(done.added)}件，已结案待核{len(done.concluded)}件，恢复未结{len(done.reopened)}件"
    return f"长期未结案件：{flows}{gone}。"


def counts(done: Updated | None) -> dict[str, int] | None:
    """What an update did, in numbers of cases; ``None`` where there was none."""
    if done is None or done.later:
        return None
    return {name: len(getattr(done, name)) for name in FOUND}


@app.command("list", epilog="示例：tongbao pending list -w 质效 --court 辽0102 --json")
def list_cases(
    folder: Folder = Path(),
    court: CourtOption = None,
    state: Annotated[str | None, typer.Option("--state", help=f"状态：{'、'.join(STATES)}。")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """列出案件：档次、天数、包案领导、预计结案日期和状态。"""
    if state is not None and state not in STATES:
        raise ConfigError(f"没有状态“{state}”。", advice=f"可用的状态：{'、'.join(STATES)}。")
    place, day = workspace(folder), day_of(as_of)
    policy = _policy(place)
    mine = [case for case in _cases(place, court) if state in (None, case.state)]
    rows = (ledger.row(case, policy, day) | {"listed": case.listed, "closed_by": case.closed_by} for case in mine)
    if as_json:
        print_json({"schema": "tongbao.pending/1", "as_of": day.isoformat(), "cases": rows})
        return
    for row in rows:
        whose = row["court_name"] + row["dept"]
        told = (row["number"], whose, row["kind"], row["tier"], f"{row['days']}天", row["state"])
        print("\t".join((*told, row.get("leader", "—"), row.get("expected", "—"))))
    say(f"共{len(mine)}件。")


@app.command(epilog="示例：tongbao pending summary -w 质效 --since 2026-10-01")
def summary(
    folder: Folder = Path(),
    court: CourtOption = None,
    below: ByUnit = None,
    since: Annotated[
        str | None, typer.Option("--since", help="从哪一天起算变化，如上周一、月初。", show_default="本月1日")
    ] = None,
    weekly: Annotated[int | None, typer.Option("--weekly", min=1, max=520, help="最近几周，逐周列出。")] = None,
    monthly: Annotated[int | None, typer.Option("--monthly", min=1, max=120, help="最近几个月，逐月列出。")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """各法院（部门）的存量和变化：期初、新增、结案、现有，新增与结案并列，防止边清边积；也可逐周、逐月列出合计。"""
    place, day = workspace(folder), day_of(as_of)
    if sum(option is not None for option in (since, weekly, monthly)) > 1:
        raise ConfigError("--since、--weekly、--monthly 只能写一个。", advice="请删去其余的。")
    if count := weekly or monthly:
        windows = ledger.changes(_cases(place, court), _policy(place), "week" if weekly else "month", count, day)
        if as_json:
            print_json({"schema": "tongbao.pending-changes/1", "as_of": day.isoformat(), "periods": windows})
            return
        for one in windows:
            print(f"{one['since']}至{one['until']}\t{_flows(one)}；销号{one['closed']}件")
        return
    start = day_of(since) if since else day.replace(day=1)
    rows = ledger.summary(_of_units(place, _cases(place, court), below), _policy(place), start, day)
    if as_json:
        window = {"since": start.isoformat(), "as_of": day.isoformat()}
        print_json({"schema": "tongbao.pending-summary/1", **window, "courts": rows})
        return
    for row in rows:
        tiers = "、".join(f"{name}{count}件" for name, count in row["tiers"].items() if count)
        print(
            f"{row['court']}\t{row['name']}\t{_flows(row)}（诉讼{row['litigation']}件、执行{row['enforcement']}件）；"
            f"销号{row['closed']}件，已结待核{row['unverified']}件{'；' + tiers if tiers else ''}"
        )
    say(f"{start.isoformat()}至{day.isoformat()}：{_flows(ledger.totals(rows))}。")


def _flows(row: Mapping[str, Any]) -> str:
    again = f"恢复未结{row['reopened']}件，" if row["reopened"] else ""
    return f"期初{row['opening']}件，新增{row['added']}件，{again}结案{row['concluded']}件，现有{row['now']}件"


@app.command(
    epilog="示例：tongbao pending problems --court 辽0102　　tongbao pending problems --for each --to 问题清单"
)
def problems(
    folder: Folder = Path(),
    court: CourtOption = None,
    below: ByUnit = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="文件夹：写成文件，列全部尚未销号的案件；不写 --court 时各法院合为一份。"),
    ] = None,
    each: Annotated[str | None, typer.Option("--for", help="each：每个法院（部门）各一份。", metavar="each")] = None,
    formats: Annotated[
        str | None, typer.Option("--format", help="md、pdf、docx、xlsx，可用逗号分隔多种。", show_default="配置所列")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """问题清单：没有填报原因、包案领导、方案的，预计日期已过或一再推迟的，结案后没有核销的；加 --to 排成文件。"""
    if each not in (None, "each"):
        raise ConfigError(f"--for 只能写 each，不能写“{each}”。")
    if to is None and (each or formats):
        raise ConfigError("没有写放在哪个文件夹。", where="--to", advice="如 --to 问题清单。")
    if to is not None:
        _problem_lists(folder, court, below, to, formats, as_of, each=bool(each))
        return
    day = day_of(as_of)
    found = [(case, told) for case in _cases(workspace(folder), court) if (told := case.problems(day))]
    if as_json:
        rows = (
            {"court": case.facts.court, "name": case.facts.court_name, "number": case.number, "problems": told}
            for case, told in found
        )
        print_json({"schema": "tongbao.pending-problems/1", "as_of": day.isoformat(), "cases": rows})
        return
    for case, told in found:
        print(f"{case.facts.court_name}\t{case.number}\t{'；'.join(told)}")
    say(f"共{len(found)}件。")


def _problem_lists(
    folder: Path, court: str | None, below: str | None, to: Path, formats: str | None, as_of: str | None, *, each: bool
) -> None:
    """The list as a document, of one court or department, of all together or of each."""
    from reports.compose import letter
    from reports.courts.periods import chinese_date
    from reports.pipeline.job import template_folders
    from reports.pipeline.ledgers import pending_policy
    from reports.templates import safe

    job = job_of(folder, None, as_of, ahead=True)
    place, day = job.workspace, job.as_of
    chosen = formats_of(formats) or place.config.output.formats
    mine = [case for case in _cases(place, court) if case.state != CLOSED]
    if not mine:
        raise ConfigError(
            f"{f'“{court}”' if court else '台账中'}没有尚未销号的案件。",
            advice="请核对法院代码或名称，或先运行 tongbao pending update。",
        )
    depth = "court" if court is not None else below or (None if each else "court")
    groups = _by_court(_of_units(place, mine, depth))
    sets = [{code: cases} for code, cases in groups.items()] if each else [groups]
    head = place.config.letterhead.model_dump() | {"date": chinese_date(day)}
    made = []
    for one in sets:
        code, whose = next((code, cases[0].facts.court_name) for code, cases in one.items())
        alone_ = len(one) == 1
        named = {cases[0].facts.court_name: cases for cases in one.values()}
        data = ledger.told_of(named, pending_policy(place), day)
        data |= {"whose": whose if alone_ else "", "unit": "部门" if any(UNIT in key for key in one) else "法院"}
        stem = f"问题清单-{safe(code.replace(UNIT, '-'))}" if alone_ else "问题清单"
        sender = head["issuer"] or head["office"] or whose
        made.append(letter("problems", code if alone_ else "", stem, data, head, sender, template_folders(place)))
    put(job, made, chosen, to)


@app.command(epilog="示例：tongbao pending export --court 辽0102 --to 辽0102.xlsx　　tongbao pending export --to 分发")
def export(
    to: Annotated[Path, typer.Option("--to", help="表格文件；不写 --court 时为文件夹，每个法院（部门）一个文件。")],
    folder: Folder = Path(),
    court: CourtOption = None,
    below: ByUnit = None,
    as_of: AsOf = None,
) -> None:
    """导出尚未销号的案件，供法院用 WPS 或 Excel 填报。"""
    from reports.publish import publish
    from reports.templates import safe

    place, day = workspace(folder), day_of(as_of)
    mine = [case for case in _cases(place, court) if case.state != CLOSED]
    groups = _by_court(_of_units(place, mine, "court" if court is not None else below))
    if not groups:
        raise ConfigError(f"{f'“{court}”' if court else '台账中'}没有尚未销号的案件。", advice="请核对法院代码或名称。")
    if court is not None and to.suffix.lower() != ".xlsx":
        raise ConfigError(f"不支持的表格文件“{to.name}”。", advice="请写成 .xlsx 文件，如 --to 辽0102.xlsx。")
    policy, kept = _policy(place), {case.number: case for case in mine}

    def form(code: str) -> tuple[str, bytes]:
        whose = groups[code]
        name = to.name if court is not None else f"长期未结-{safe(code.replace(UNIT, '-'))}.xlsx"
        found = [kept[case.number] for case in whose]
        return name, ledger.export(found, policy, court=f"{code} {whose[0].facts.court_name}", day=day)

    files = dict(_each(form, groups, len(mine)))
    for path in publish(to.parent if court is not None else to, files):
        print(path)


MANY = 20_000  # cases, from which on a second process pays
_form: Callable[[str], tuple[str, bytes]]  # of a process that makes some of them


def _each(form: Callable[[str], tuple[str, bytes]], codes: Collection[str], cases: int) -> Iterable[tuple[str, bytes]]:
    """The form of each unit; where there are many cases, half of them by a process that has them from this one."""
    from reports import system

    context = system.forks()
    if cases < MANY or len(codes) < 2 or context is None or system.processors() < 2:
        return map(form, codes)
    from concurrent.futures import ProcessPoolExecutor

    with (
        system.outliving_reader(),  # a process that is lost leaves a pipe without a reader
        ProcessPoolExecutor(2, context, initializer=_begin, initargs=(form,)) as both,
    ):
        return [*both.map(_made, codes, chunksize=4)]


def _begin(form: Callable[[str], tuple[str, bytes]]) -> None:
    from reports import system

    global _form  # noqa: PLW0603 - it cannot be handed over with each unit: it holds every case
    system.ignore_interrupts()
    _form = form


def _made(code: str) -> tuple[str, bytes]:
    return _form(code)


@app.command(epilog="示例：tongbao pending wall --court 辽0102 --to 挂图.pdf　　tongbao pending wall --to 挂图")
def wall(
    to: Annotated[Path, typer.Option("--to", help="PDF 文件；不写 --court 时为文件夹，每个法院（部门）一个文件。")],
    folder: Folder = Path(),
    court: CourtOption = None,
    below: ByUnit = None,
    since: Annotated[
        str | None, typer.Option("--since", help="也列出从这一天起销号的案件。", show_default="本年1月1日")
    ] = None,
    as_of: AsOf = None,
) -> None:
    """挂图作战：每个法院（部门）一套A3横排挂图，逐案画出审理时间、档次、包案领导和销号情况。"""
    from reports.pipeline.job import TEMPLATES
    from reports.publish import publish
    from reports.render.wall import render
    from reports.templates import safe

    place, day = workspace(folder), day_of(as_of)
    start = day_of(since) if since else day.replace(month=1, day=1)
    if court is not None and to.suffix.lower() != ".pdf":
        raise ConfigError(f"不支持的挂图文件“{to.name}”。", advice="请写成 .pdf 文件，如 --to 辽0102.pdf。")
    policy, files = _policy(place), {}
    for code, mine in _by_court(_of_units(place, _cases(place, court), "court" if court else below)).items():
        chart = ledger.chart(mine, policy, court=mine[0].facts.court_name, day=day, since=start)
        if chart:
            name = to.name if court is not None else f"挂图作战-{safe(code.replace(UNIT, '-'))}.pdf"
            files[name] = render(chart, templates=TEMPLATES, source=name)
    if not files:
        raise ConfigError(
            f"{f'“{court}”' if court else '台账中'}没有可以挂图的案件。",
            advice="请核对法院代码或名称，或先运行 tongbao pending update。",
        )
    for path in publish(to.parent if court is not None else to, files):
        print(path)


@app.command("import", epilog="示例：tongbao pending import 辽0102.xlsx -w 质效 --by 王五")
def import_sheet(
    file: Annotated[Path, typer.Argument(help="法院填好的表格（xlsx、ods）。")],
    by: Who,
    folder: Folder = Path(),
    faulty_too: Annotated[bool, typer.Option("--partial", help="有错误的行不导入，其余各行照常导入。")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """导入法院填好的表格：逐行核对，有错误时一行也不导入（退出码 4）。"""
    place, day = workspace(folder), day_of(as_of)
    path = place.database_path
    take_in(
        place, file, ledger.CASES, lambda lines: ledger.check(lines, ledger.cases(path), today=day),
        partial(ledger.respond, path, at=moment(as_of), who=by, today=day),
        FIELDS, "tongbao.pending-import/1", partial=faulty_too, as_json=as_json,
    )  # fmt: skip


@app.command(epilog="示例：tongbao pending close （2024）辽0102民初1号 --by 王五")
def close(
    number: Annotated[str, typer.Argument(help="案号。")], by: Who, folder: Folder = Path(), as_of: AsOf = None
) -> None:
    """销号：案件数据中已有结案日期，并经核对。"""
    place = workspace(folder)
    with alone(place):
        case = ledger.close(place.database_path, number, at=moment(as_of), who=by)
    print(f"{case.number} 已销号（{case.concluded}结案）。")


@app.command(epilog="示例：tongbao pending history （2024）辽0102民初1号 -w 质效")
def history(
    number: Annotated[str, typer.Argument(help="案号。")], folder: Folder = Path(), as_json: AsJson = False
) -> None:
    """一件案件在台账中的全部经过：何时、何人、做了什么。"""
    events = ledger.history(workspace(folder).database_path, number)
    if as_json:
        print_json({"schema": "tongbao.pending-history/1", "number": number, "events": [e._asdict() for e in events]})
        return
    known: Mapping[str, Any] = {}  # what the data said before
    for event in events:
        new = {name: text for name, text in event.data.items() if text != known.get(name, "")}
        told = "；".join(f"{_TOLD[name]}：{new[name]}" for name in _TOLD if new.get(name) not in (None, ""))
        print(f"{event.at}\t{event.who}\t{event.what}\t{told}")
        known = event.data if "filed" in event.data else known


_TOLD = {
    "court_name": "法院", "kind": "类别", "cause": "案由", "dept": "承办部门", "filed": "立案日期",
    "deadline": "审限届满日", "extended": "是否延长审限", "excluded": "扣除天数", "concluded": "结案日期", **FIELDS,
}  # fmt: skip


@app.command(epilog="示例：tongbao pending due -w 质效 --court 辽0102 -o 审限预警.csv")
def due(
    folder: Folder = Path(),
    court: CourtOption = None,
    everything: Annotated[bool, typer.Option("--all", help="也列出只过三分之二的。")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入 CSV 文件。")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """审限预警：截至数据截止之日，按法院和部门列出已超审限和临近审限的未结案件。"""
    from reports.courts.periods import chinese_date
    from reports.pipeline.ledgers import time_limit_warnings
    from reports.render.csv import csv_of

    job = job_of(folder, None, as_of, ahead=True, court=court)
    found, day = time_limit_warnings(job, court, everything=everything)
    heads = ("法院代码", "法院", "承办部门", "案号", "案由", "立案日期", "审限届满日", "剩余天数", "档次", "处理")
    rows = [
        (
            one.facts.court, one.facts.court_name, one.facts.dept, one.facts.number, one.facts.cause,
            one.facts.filed.isoformat(), str(one.facts.deadline), str(one.left), one.level, ledger.MEASURES[one.level],
        )
        for one in found
    ]  # fmt: skip
    if as_json:
        names = (
            "court", "name", "department", "number", "cause", "filed", "deadline", "left", "level", "action",
        )  # fmt: skip
        cases = [dict(zip(names, row, strict=True)) | {"left": int(row[7])} for row in rows]
        print_json({"schema": "tongbao.pending-due/1", "as_of": day.isoformat(), "cases": cases})
    elif output:
        from reports.publish import publish

        publish(output.parent, {output.name: csv_of(heads, rows)})
        say(f"已写入 {output}")
    else:
        for row in rows:
            print("\t".join(row))
    if not as_json:
        levels = [one.level for one in found]
        told = "；".join(f"{level}{levels.count(level)}件" for level in ledger.WARNINGS if level in levels)
        say(f"截至{chinese_date(day)}：{told or '没有需要预警的案件'}。")


@app.command(
    epilog="示例：tongbao pending remind -w 质效　　tongbao pending remind --court 辽0102 --to 提醒函 --format pdf,docx"
)
def remind(
    folder: Folder = Path(),
    to: Letters = None,
    court: CourtOption = None,
    everything: Annotated[bool, typer.Option("--all", help="也列出只过三分之二的。")] = False,
    formats: Formats = None,
    by: By = "tongbao",
    as_of: AsOf = None,
) -> None:
    """审限提醒函：写给有已超审限和临近届满案件的法院，按部门列数，附清单和推算依据；登记为草稿，审签印发后可以发送。"""
    from reports.pipeline.ledgers import time_limit_letters

    def write(job: Job) -> Written:
        return time_limit_letters(job, court, everything=everything)

    _register_or_put(folder, as_of, court, to, formats, "limit", write, by)


Within = Annotated[int, typer.Option("--within", min=0, max=60, help="几日以内届满的也列出。")]


@app.command(epilog="示例：tongbao pending nodes --within 3　　tongbao pending nodes --node 上诉移送 --to 移送.csv")
def nodes(
    folder: Folder = Path(),
    within: Within = 3,
    court: CourtOption = None,
    node: Annotated[str | None, typer.Option("--node", help="只看一个节点：名称或编号，如 上诉移送。")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="把清单写入 CSV 文件。")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """流程节点：截至数据截止之日，哪些案件的哪一节点已超期或者临近届满，按法院和责任部门列出。"""
    from reports.pipeline.nodes import follow
    from reports.render.csv import csv_of

    if to is not None and to.suffix.lower() != ".csv":
        raise ConfigError(f"不支持的清单文件“{to.name}”。", advice="请写成 .csv 文件，如 --to 流程节点.csv。")
    found = follow(job_of(folder, None, as_of, ahead=True, court=court), court, within, node=node)
    told = _NODES if found.judges else {name: head for name, head in _NODES.items() if name != "judge"}
    rows = [
        (
            one.court, found.name(one), one.owner, one.node.name, one.number, one.cause, one.dept,
            one.start.isoformat(), one.due.isoformat(), one.told, one.state, one.judge,
        )[: len(told)]
        for one in found.steps
    ]  # fmt: skip
    if as_json:
        print_json({
            "schema": "tongbao.pending-nodes/1", "as_of": found.day.isoformat(), "within": within,
            "cases": [
                dict(zip(told, row, strict=True)) | {"left": one.left}
                for row, one in zip(rows, found.steps, strict=True)
            ],
            "counts": [*found.counted()],
            "gaps": [
                {"node": one.node.name, "kind": one.kind, "cases": one.cases, "text": one.text} for one in found.gaps
            ],
        })  # fmt: skip
        return
    if to:
        from reports.publish import publish

        publish(to.parent, {to.name: csv_of([*told.values()], rows)})
        say(f"已写入 {to}")
    else:
        for row in rows:
            print("\t".join(row))
    for text in dict.fromkeys(gap.text for gap in found.gaps):
        say(text)
    late = sum(one.left < 0 for one in found.steps)
    say(f"截至{found.day.isoformat()}：已超期{late}件次，{within}日内届满{len(found.steps) - late}件次。")


_NODES = {
    "court": "法院代码", "name": "法院", "owner": "责任部门", "node": "节点", "number": "案号", "cause": "案由",
    "department": "承办部门", "start": "起算日期", "due": "应办日期", "left": "剩余或者超过天数", "state": "状态",
    "judge": "承办人",
}  # fmt: skip


@app.command(
    "node-letters",
    epilog="示例：tongbao pending node-letters -w 质效　　tongbao pending node-letters --to 节点提醒函 --format pdf",
)
def node_letters(
    folder: Folder = Path(),
    to: Letters = None,
    within: Within = 3,
    court: CourtOption = None,
    formats: Formats = None,
    by: By = "tongbao",
    as_of: AsOf = None,
) -> None:
    """流程节点提醒函：写给有节点超期或者临近届满案件的法院，本院为通知，附清单、上诉移送清单和依据；登记为草稿。"""
    from reports.pipeline.nodes import node_letters

    _register_or_put(folder, as_of, court, to, formats, "node", lambda job: node_letters(job, court, within), by)


@app.command("node-list", epilog="示例：tongbao pending node-list -w 质效 --to 周清单 --within 7")
def node_list(
    to: Annotated[Path, typer.Option("--to", help="文件夹，本院每个部门一份。")],
    folder: Folder = Path(),
    within: Within = 7,
    court: CourtOption = None,
    formats: Formats = None,
    as_of: AsOf = None,
) -> None:
    """流程节点周清单：本院每个部门一份，逐案列出超期和临近届满的节点；[privacy] judges = true 时列承办人。"""
    from reports.pipeline.nodes import node_lists

    job = job_of(folder, None, as_of, ahead=True, court=court)
    _put(job, node_lists(job, court, within), formats_of(formats) or job.workspace.config.output.formats, to)


def _register_or_put(
    folder: Path, as_of: str | None, court: str | None, to: Path | None, formats: str | None, kind: str,
    write: Callable[[Job], Written], by: str,
) -> None:  # fmt: skip
    """Enter letters of a kind as drafts, or write them into a folder, in the formats asked for or configured."""
    from reports.pipeline.letters import enter

    job = job_of(folder, None, as_of, ahead=True, court=court)
    chosen = formats_of(formats) or job.workspace.config.output.formats
    if to is not None:
        _put(job, write(job), chosen, to)
        return
    with alone(job.workspace):
        made, signed, paths, kept = enter(job, kind, write, chosen, at=moment(as_of), who=by)
    if not made:
        print(_NONE)
        return
    for path in paths:
        print(path)
    say_kept(kept)
    if signed:
        say(f"{len(signed)}份已经审签或印发，仍照原稿。")
    if drafts := len(made) - len(signed):
        say(f"{drafts}份已登记为草稿；院领导审定后用 tongbao ledger sign 登记审签，可以一次写几份的文件名。")


def _put(job: Job, found: Written, formats: Sequence[str], folder: Path) -> None:
    """Write letters into a folder of the user's, of which no register knows."""
    if found.made:
        put(job, found.made, formats, folder)
    else:
        print(_NONE)


_NONE = "没有需要提醒的案件。"


def _policy(place: Workspace) -> TierPolicy:
    table = place.config.pending
    return ledger.policy_of(table.months, table.leaders, deduct=table.deduct, where=f"{place.config_path} [pending]")


def _cases(place: Workspace, court: str | None) -> list[PendingCase]:
    """The cases of the ledger, of a court or department (code or name) where one is asked about."""
    from reports.pipeline.replay import pending_cases
    from reports.workspace.listed import listed_courts, listed_units

    found = list(pending_cases(place).values())
    code = owner_code(place, court, (case.facts.unit for case in found))
    if code is None or UNIT not in code:
        return [case for case in found if code is None or code in (case.facts.court, case.facts.court_name)]
    table = listed_units(place, listed_courts(place))
    return [case for case in found if table.holds(code, case.facts.unit)]


def _of_units(place: Workspace, found: list[PendingCase], below: str | None) -> list[PendingCase]:
    """The cases with departments or teams in place of courts, where asked for or where all are of one court."""
    from reports.courts import units
    from reports.courts.derivation import derive
    from reports.workspace.listed import listed_courts, listed_units

    alone = "department" if len({case.facts.court for case in found}) == 1 else "court"
    depth = depth_of(below or place.config.court.below or alone)
    if depth is None or depth == "court":
        return found
    tree = listed_courts(place) or derive(Counter((case.facts.court, case.facts.court_name) for case in found))
    placed = units.place(tree, listed_units(place, tree), {case.facts.unit for case in found}, depth, tree.by_code)

    def of_unit(case: PendingCase) -> PendingCase:
        code = placed.leaves[case.facts.unit]
        called = code.split(UNIT)[1:]
        name, dept = case.facts.court_name + "".join(called), case.facts.dept and called[0]
        return case._replace(facts=case.facts._replace(court=code, court_name=name, dept=dept))

    return sorted(map(of_unit, found), key=lambda case: placed.tree.place(case.facts.court))


def _by_court(found: list[PendingCase]) -> dict[str, list[PendingCase]]:
    groups: dict[str, list[PendingCase]] = {}
    for case in found:
        groups.setdefault(case.facts.court, []).append(case)
    return groups
