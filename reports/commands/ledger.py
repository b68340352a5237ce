"""``tongbao ledger``: 整改台账."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from reports.catalogue import vague
from reports.commands import documents, meeting
from reports.commands.console import (
    AsJson,
    AsOf,
    Folder,
    Who,
    alone,
    day_of,
    job_of,
    moment,
    owner_code,
    period_key,
    print_json,
    say,
    take_in,
    with_units,
    workspace,
)
from reports.courts.tree import UNIT
from reports.courts.units import Seen
from reports.errors import ConfigError, VerificationError
from reports.forms import Line, Row
from reports.ledger import rectification as ledger
from reports.ledger.rectification import CLOSED, FIELDS, STATES, Item
from reports.workspace import Workspace

app = typer.Typer(
    help="整改台账：查看、填报、导出和导入表格、复核销号。每一步都记入只增不改的历史。", no_args_is_help=True
)
Number = Annotated[str, typer.Argument(help="编号，如 2026Q3-001。")]
CourtOption = Annotated[str | None, typer.Option("--court", help="法院（连同各部门）或部门，代码或名称。")]


@app.command("list", epilog="示例：tongbao ledger list -w 质效 --court 辽01 --open")
def list_items(
    folder: Folder = Path(),
    period: Annotated[str | None, typer.Option("--period", help="只列这一期通报的事项。")] = None,
    court: CourtOption = None,
    state: Annotated[str | None, typer.Option("--state", help=f"状态：{'、'.join(STATES)}。")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="只列尚未销号的。")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """列出事项：编号、状态、法院和指标、通报数值、最近一次核对。"""
    if state is not None and state not in STATES:
        raise ConfigError(f"没有状态“{state}”。", advice=f"可用的状态：{'、'.join(STATES)}。")
    place = workspace(folder)
    known = _known(place)
    key, court = period_key(place, period), owner_code(place, court, _units(known))
    found = [
        one
        for one in known
        if key in (None, one.period)
        and (court is None or one.of_court(court))
        and state in (None, one.state)
        and not (only_open and one.state == CLOSED)
    ]
    _print(found, day_of(as_of), as_json, "ledger")


@app.command(epilog="示例：tongbao ledger show 2026Q3-001 -w 质效")
def show(number: Number, folder: Folder = Path(), as_of: AsOf = None, as_json: AsJson = False) -> None:
    """一个事项的全部内容。"""
    one = ledger.item(workspace(folder).database_path, number)
    if as_json:
        print_json({"schema": "tongbao.ledger-item/1", "item": _json(one, day_of(as_of))})
        return
    print(f"{one.number}　{one.title}　{one.state}{'（逾期）' if one.overdue(day_of(as_of)) else ''}")
    print(f"来源：{one.bulletin or one.source or '—'}（{one.period}，{one.opened}）")
    if one.earlier:
        print(f"复发：此前事项{one.earlier}")
    if len(one.flagged) > 1:
        print(f"连续第{len(one.flagged)}期：{'、'.join(one.flagged)}")
    print(f"问题：{one.problems}")
    if one.baseline:
        print(f"通报前的水平：{one.baseline.level.periods}期，{_level(one)}")
    for name, head in FIELDS.items():
        if one.answers.get(name):
            print(f"{head}：{one.answers[name]}")
    for effect in one.effects.values():
        print(f"{effect.period} {effect.verdict}：{effect.sentence}")
    if one.closed_by:
        print(f"销号：{one.closed_by}（{one.closed_at}）{one.note}")


@app.command("open", epilog="示例：tongbao ledger open --court 辽0102 --indicator 审限内结案率 --problem …… --by 张三")
def open_item(
    court: Annotated[str, typer.Option("--court", help="法院或部门的代码或名称。")],
    indicator: Annotated[str, typer.Option("--indicator", help="指标编号或名称。")],
    problem: Annotated[str, typer.Option("--problem", help="问题，一句话。")],
    by: Who,
    folder: Folder = Path(),
    line: Annotated[str, typer.Option("--line", help="条线。")] = "全部",
    period: Annotated[str | None, typer.Option("--period", help="统计期。", show_default="最近一个完整季度")] = None,
    bulletin: Annotated[
        str, typer.Option("--bulletin", help="通报这一问题的文件标题；写明的，以后的通报说明其整改情况。")
    ] = "",
    as_of: AsOf = None,
) -> None:
    """人工列入一个事项；数值和此前的水平由数据计算。"""
    from reports.pipeline.ledgers import to_open

    place = workspace(folder)
    job = job_of(folder, period, as_of, court=court)
    with alone(place):
        finding = to_open(job, court, line, indicator, problem)
        print(
            ledger.open_item(
                place.database_path, finding, at=moment(as_of), who=by, source="人工列入", bulletin=bulletin
            )
        )


@app.command(
    epilog="示例：tongbao ledger respond 2026Q3-001 --measure …… --person 李四 --deadline 2026-12-31 --by 李四"
)
def respond(
    number: Number,
    by: Who,
    folder: Folder = Path(),
    reason: Annotated[str, typer.Option("--reason", help="原因类别。")] = "",
    cause: Annotated[str, typer.Option("--cause", help="原因分析。")] = "",
    measure: Annotated[str, typer.Option("--measure", help="做什么。")] = "",
    cases: Annotated[str, typer.Option("--cases", help="哪些案件。")] = "",
    target: Annotated[str, typer.Option("--target", help="看什么数。")] = "",
    leader: Annotated[str, typer.Option("--leader", help="责任领导。")] = "",
    department: Annotated[str, typer.Option("--department", help="责任部门。")] = "",
    person: Annotated[str, typer.Option("--person", help="谁。")] = "",
    deadline: Annotated[str, typer.Option("--deadline", help="何时完成，如 2026-12-31。")] = "",
    progress: Annotated[str, typer.Option("--progress", help="完成情况。")] = "",
    feedback: Annotated[str, typer.Option("--feedback", help="整改情况反馈。")] = "",
    as_of: AsOf = None,
) -> None:
    """填报一个事项：原因、做什么、哪些案件、谁、何时完成、看什么数，以及整改情况；不写的保持原样。"""
    place = workspace(folder)
    answers = {
        "reason": reason, "cause": cause, "measure": measure, "cases": cases, "target": target, "leader": leader,
        "department": department, "person": person, "deadline": deadline, "progress": progress, "feedback": feedback,
    }  # fmt: skip
    with alone(place):
        ledger.item(place.database_path, number)
        done = ledger.respond(
            place.database_path, {number: answers}, at=moment(as_of), who=by, today=day_of(as_of),
            vague=vague.load(place.folder),
        )  # fmt: skip
    _done(done)


@app.command(epilog="示例：tongbao ledger close 2026Q3-001 --by 王五 --note 措施已落实")
def close(
    number: Number,
    by: Who,
    folder: Folder = Path(),
    note: Annotated[str, typer.Option("--note", help="核销意见；复测没有见效的，须写明理由。")] = "",
    as_of: AsOf = None,
) -> None:
    """销号：须有下一期的数据和核销人。"""
    place = workspace(folder)
    with alone(place):
        one = ledger.close(place.database_path, number, at=moment(as_of), who=by, note=note)
    print(f"{one.number} {one.title} 已销号。")


@app.command(epilog="示例：tongbao ledger reopen 2026Q3-001 --by 王五 --note 措施没有落实")
def reopen(
    number: Number,
    by: Who,
    note: Annotated[str, typer.Option("--note", help="理由。")],
    folder: Folder = Path(),
    as_of: AsOf = None,
) -> None:
    """退回整改，或者重开已经销号的事项。"""
    place = workspace(folder)
    with alone(place):
        one = ledger.reopen(place.database_path, number, at=moment(as_of), who=by, note=note)
    print(f"{one.number} {one.title} 现为“{one.state}”。")


@app.command(epilog="示例：tongbao ledger history 2026Q3-001 -w 质效")
def history(number: Number, folder: Folder = Path(), as_json: AsJson = False) -> None:
    """一个事项的全部经过：何时、何人、做了什么。"""
    events = ledger.history(workspace(folder).database_path, number)
    if as_json:
        print_json({"schema": "tongbao.ledger-history/1", "number": number, "events": [e._asdict() for e in events]})
        return
    for event in events:
        told = "；".join(f"{FIELDS.get(name, name)}：{text}" for name, text in event.data.items() if name in _TOLD)
        print(f"{event.at}\t{event.who}\t{event.what}\t{told}")


_TOLD = {*FIELDS, "bulletin", "problem", "sentence", "note", "period"}


@app.command(epilog="示例：tongbao ledger overdue -w 质效 --as-of 2026-12-01")
def overdue(folder: Folder = Path(), as_of: AsOf = None, as_json: AsJson = False) -> None:
    """列出超过时限、尚未反馈的事项：没有写明完成时限的，以通报后十五日内报送整改措施为限。"""
    day = day_of(as_of)
    _print(ledger.overdue(_known(workspace(folder)), day), day, as_json, "ledger-overdue")


@app.command(epilog="示例：tongbao ledger export --court 辽01 --to 辽01.xlsx　　tongbao ledger export --to 分发")
def export(
    to: Annotated[Path, typer.Option("--to", help="表格文件；不写 --court 时为文件夹，每个法院、部门一个文件。")],
    folder: Folder = Path(),
    court: CourtOption = None,
    as_of: AsOf = None,
) -> None:
    """导出尚未销号的事项，供法院、部门用 WPS 或 Excel 填报。"""
    from reports.ledger import sheet
    from reports.publish import publish
    from reports.templates import safe

    place = workspace(folder)
    known = _known(place)
    code = owner_code(place, court, _units(known))
    found = [one for one in known if one.state != CLOSED]
    mine = [one for one in found if code is None or one.of_court(code)]
    if not mine:
        none = "没有重点问题的，不用填报；关注的问题也要列入的，写 [ledger] amber = true。"
        advice = "请核对法院代码或名称。" if court else none
        raise ConfigError(f"{f'“{court}”' if court else '台账中'}没有尚未销号的事项。", advice=advice)
    if court is not None and to.suffix.lower() != ".xlsx":
        raise ConfigError(f"不支持的表格文件“{to.name}”。", advice="请写成 .xlsx 文件，如 --to 辽01.xlsx。")
    groups: dict[str, list[Item]] = {}
    for one in mine:
        groups.setdefault(code or one.court.removesuffix("本级"), []).append(one)
    files = {}
    for short, group in groups.items():
        name = min((one.court_name for one in group), key=len).removesuffix("本级").removesuffix("辖区")
        data = sheet.export(group, court=f"{short} {name}", today=day_of(as_of))
        files[to.name if court is not None else f"整改台账-{safe(short.replace(UNIT, '-'))}.xlsx"] = data
    for path in publish(to.parent if court is not None else to, files):
        print(path)


@app.command("import", epilog="示例：tongbao ledger import 辽01.xlsx -w 质效 --by 王五")
def import_sheet(
    file: Annotated[Path, typer.Argument(help="法院填好的表格（xlsx、ods）。")],
    by: Who,
    folder: Folder = Path(),
    court: Annotated[str | None, typer.Option("--court", help="表格应属于哪个法院或部门，代码或名称。")] = None,
    faulty_too: Annotated[bool, typer.Option("--partial", help="有错误的行不导入，其余各行照常导入。")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """导入法院填好的表格：逐行核对，有错误时一行也不导入（退出码 4）。"""
    from reports.ledger import sheet

    place, day = workspace(folder), day_of(as_of)
    path, said = place.database_path, vague.load(place.folder)

    def check(lines: list[Line]) -> list[Row]:
        known = {one.number: one for one in _known(place)}
        whose = owner_code(place, court, _units(known.values()))
        return sheet.check(lines, known, today=day, court=whose, vague=said)

    take_in(
        place, file, sheet.ITEMS, check, partial(ledger.respond, path, at=moment(as_of), who=by, today=day, vague=said),
        FIELDS, "tongbao.ledger-import/1", partial=faulty_too, as_json=as_json,
    )  # fmt: skip


@app.command(epilog="示例：tongbao ledger verify -w 质效 --head 3f2a9c")
def verify(
    folder: Folder = Path(),
    head: Annotated[
        str | None, typer.Option("--head", help="以前记下的校验值（前几位即可），核对台账没有被截短。")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """核对台账：历史有没有被改动、删去、插入或截短，状态是否由历史得出，印发的文件是否原样。有问题时退出码为 6。"""
    from reports.pipeline.proof import verified

    place = workspace(folder)
    if not place.database_path.exists():
        raise ConfigError("还没有台账。", where=str(place.database_path), advice="先运行 tongbao run。")
    found = verified(place, head)
    if as_json:
        print_json({"schema": "tongbao.ledger-verify/1", **asdict(found)})
    else:
        for fault in found.faults:
            print(fault)
        print(f"共{found.events}条记录，校验值{found.head}。{'' if found.faults else '没有发现改动。'}")
        if found.limits:
            print(found.limits)
    if found.faults:
        raise typer.Exit(VerificationError.exit_code)


@app.command(epilog="示例：tongbao ledger key -w 质效 --by 王五")
def key(
    by: Who,
    folder: Folder = Path(),
    note: Annotated[str, typer.Option("--note", help="更换密钥的理由。")] = "",
    as_of: AsOf = None,
) -> None:
    """启用或更换台账的密钥（[ledger] key_command）：先核对台账，此后每条记录都带密钥校验值，改写即被查出。"""
    from reports.ledger.journal import take_key

    place = workspace(folder)
    with alone(place):
        new = take_key(place.database_path, at=moment(as_of), who=by, note=note)
    print("密钥已启用：此前和此后的记录都受其保护。" if new else "正在使用的就是这个密钥，没有变化。")


def _known(place: Workspace) -> list[Item]:
    """The items, of courts and units that went into others as the successors'."""
    found = ledger.items(place.database_path)
    tree = with_units(place, _units(found))
    return ledger.of_today(found, tree) if tree else found


def _units(known: Iterable[Item]) -> Iterator[Seen]:
    """The courts, departments and teams that items belong to."""
    for one in known:
        court, department, team = (*one.court.removesuffix("本级").split(UNIT), None, None)[:3]
        yield str(court), department, team


def _print(found: list[Item], day: date, as_json: bool, name: str) -> None:
    if as_json:
        print_json({"schema": f"tongbao.{name}/1", "items": (_json(one, day) for one in found)})
        return
    for one in found:
        latest = one.latest
        told = f"{latest.period} {latest.text} {latest.verdict}" if latest else "—"
        late = "（逾期）" if one.overdue(day) else ""
        print(f"{one.number}\t{one.state}{late}\t{one.title}\t{one.value}\t{told}")
    say(f"共{len(found)}项。")


def _json(one: Item, day: date) -> dict[str, Any]:
    return {
        **asdict(one),
        "due": one.due.isoformat(),
        "answers": {name: one.answers.get(name, "") for name in FIELDS},
        "effects": [asdict(effect) for effect in one.effects.values()],
        "run": len(one.flagged),
        "overdue": one.overdue(day),
    }


def _level(one: Item) -> str:
    assert one.baseline is not None
    numerator, denominator = one.baseline.level.value
    return f"{numerator}/{denominator}" if denominator is not None else f"平均{numerator}"


def _done(done: dict[str, list[str]]) -> None:
    for number, names in done.items():
        print(f"{number}：{'、'.join(FIELDS[name] for name in names)}")
    print(f"已更新{len(done)}项。" if done else "没有变化。")


app.add_typer(documents.app)
app.add_typer(meeting.decisions)
