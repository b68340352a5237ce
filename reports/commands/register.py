"""``tongbao register``: 登记簿, what people enter that case data do not hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.commands.console import (
    AsJson,
    AsOf,
    Folder,
    FormatList,
    PeriodText,
    Who,
    alone,
    day_of,
    format_of,
    formats_of,
    job_of,
    moment,
    print_json,
    put,
    say,
    take_in,
    workspace,
)
from reports.errors import ConfigError

if TYPE_CHECKING:
    from reports.catalogue.registers import Register
    from reports.model import Bulletin
    from reports.pipeline.job import Job
    from reports.workspace import Workspace

app = typer.Typer(
    help="登记簿：司法建议、优秀案例报送、案件评查、四类案件等由人登记的事项，表格填报、阶段、通报和清单；案件剖析表。",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="登记簿的名称，如 司法建议；用 tongbao register list 查看。")]
CourtOption = Annotated[str | None, typer.Option("--court", help="只看这个法院，代码或名称。")]


@app.command("list", epilog="示例：tongbao register list 司法建议 -w 质效 --stage 已发出")
def list_rows(
    name: Annotated[str | None, typer.Argument(help="登记簿的名称；不写的，列出有哪些登记簿。")] = None,
    folder: Folder = Path(),
    court: CourtOption = None,
    stage: Annotated[str | None, typer.Option("--stage", help="只列到这一阶段的，如 已发出。")] = None,
    as_json: AsJson = False,
) -> None:
    """列出登记簿，或者一个登记簿的各项：编号、法院、部门、现在到哪一阶段。"""
    from reports.catalogue import registers as catalogue
    from reports.ledger.registers import sheet
    from reports.pipeline.registers import places_of, register_of, rows_of

    place = workspace(folder)
    if name is None:
        if court or stage:
            raise ConfigError("没有写登记簿的名称。", advice="如 tongbao register list 司法建议。")
        _print_registers(place, catalogue.load(place.folder), as_json=as_json)
        return
    register = register_of(place, name)
    stages = list(dict.fromkeys(one.name for one in register.stages))
    if stage is not None and stage not in stages:
        raise ConfigError(f"“{register.name}”没有阶段“{stage}”。", advice=f"可用的阶段：{'、'.join(stages)}。")
    places = places_of(place)
    found = [
        sheet.row(register, one, places)
        for one in rows_of(place, register, places, court)
        if stage in (None, register.stage(one.values))
    ]
    if as_json:
        heads = {key: one.head for key, one in register.fields.items()}
        print_json({"schema": "tongbao.register/1", "register": register.id, "name": register.name, "heads": heads,
                    "stages": stages, "rows": found})  # fmt: skip
        return
    for row in found:
        cells = [row.get(one, "") or "—" for one in register.listed]
        print("\t".join((row["number"], row["stage"], *cells)))
    say(f"共{len(found)}{register.unit}。")


def _print_registers(place: Workspace, known: dict[str, Register], *, as_json: bool) -> None:
    from reports.ledger.registers import entries
    from reports.ledger.registers.sheet import in_force

    path = place.database_path
    rows: list[dict[str, Any]] = [
        {
            "register": one.id, "name": one.name, "rows": len(in_force(entries(path, one))),
            "stages": list(dict.fromkeys(stage.name for stage in one.stages)),
            "rules": [{"rule": key, "name": pick.name, "basis": pick.basis} for key, pick in one.picks.items()],
        }
        for one in known.values()
    ]  # fmt: skip
    if as_json:
        print_json({"schema": "tongbao.registers/1", "registers": rows})
        return
    for row, one in zip(rows, known.values(), strict=True):
        rules = [f"选取规则：{'、'.join(rule['name'] for rule in row['rules'])}"] if row["rules"] else []
        print("\t".join((one.name, f"{row['rows']}{one.unit}", f"阶段：{'、'.join(row['stages'])}", *rules)))


@app.command(epilog="示例：tongbao register show 司法建议 建2026-001 -w 质效")
def show(
    name: Name,
    number: Annotated[str, typer.Argument(help="编号，如 建2026-001。")],
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """一项登记的全部内容和经过：何时、何人、登记了什么。"""
    from reports.ledger.registers import WITHDRAWN, entries, history, sheet
    from reports.pipeline.registers import places_of, register_of

    place = workspace(folder)
    register = register_of(place, name)
    events = history(place.database_path, register, number)
    one = entries(place.database_path, register)[number]
    row = sheet.row(register, one, places_of(place))
    if as_json:
        print_json({"schema": "tongbao.register-row/1", "register": register.id, "row": row, "state": one.state,
                    "note": one.note, "events": [event._asdict() for event in events]})  # fmt: skip
        return
    gone = f"　已撤销：{one.note}" if one.state == WITHDRAWN else ""
    print(f"{number}　{register.name}　{row['stage'] or '—'}{gone}")
    for field in register.fields.values():
        if row.get(field.id):
            print(f"{field.head}：{row[field.id]}")
    for event in events:
        heads = [field.head for field in register.fields.values() if field.id in event.data]
        print(f"{event.at}\t{event.who}\t{event.what}\t{'、'.join(heads)}")


@app.command(epilog="示例：tongbao register form 司法建议 -w 质效 --to 司法建议.xlsx")
def form(
    name: Name,
    to: Annotated[Path, typer.Option("--to", help="表格文件（.xlsx）。")],
    folder: Folder = Path(),
    court: CourtOption = None,
    spare: Annotated[int, typer.Option("--spare", min=0, max=1000, help="留几行空行，供新登记。")] = 20,
    as_of: AsOf = None,
) -> None:
    """导出填报的表格：已经登记的各项，后面留空行；用 WPS 或 Excel 填写。"""
    from reports.ledger.registers import export
    from reports.pipeline.job import find_issuer
    from reports.pipeline.registers import places_of, register_of, rows_of
    from reports.publish import publish

    if to.suffix.lower() != ".xlsx":
        raise ConfigError(f"不支持的表格文件“{to.name}”。", where="--to", advice="请写成 .xlsx 文件。")
    place = workspace(folder)
    register, places = register_of(place, name), places_of(place)
    whose = places.tree.find(court) if court else places.tree.by_code[find_issuer(place, places.tree)]
    known = rows_of(place, register, places, court)
    data = export(register, known, places, whose=whose.name, spare=spare, today=day_of(as_of))
    for path in publish(to.parent, {to.name: data}):
        print(path)
    say(f"已有{len(known)}{register.unit}，空行{spare}行。")


@app.command(epilog="示例：tongbao register record 司法建议 司法建议.xlsx -w 质效 --by 王五")
def record(
    name: Name,
    file: Annotated[Path, typer.Argument(help="填好的表格（xlsx、ods）。")],
    by: Who,
    folder: Folder = Path(),
    faulty_too: Annotated[bool, typer.Option("--partial", help="有错误的行不登记，其余各行照常登记。")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """登记填好的表格：逐行核对，新的编号，已有的补记；有错误时一行也不登记（退出码 4）。"""
    from reports.ledger import registers as ledger
    from reports.pipeline.registers import places_of, register_of

    place, day = workspace(folder), day_of(as_of)
    register, places, path = register_of(place, name), places_of(place), place.database_path
    take_in(
        place, file, ledger.form_of(register),
        lambda lines: ledger.check(register, lines, ledger.entries(path, register), places, today=day),
        partial(ledger.enter, path, register, at=moment(as_of), who=by, today=day, places=places),
        {key: one.head for key, one in register.fields.items()}, "tongbao.register-record/1",
        partial=faulty_too, as_json=as_json,
    )  # fmt: skip


@app.command(epilog="示例：tongbao register withdraw 司法建议 建2026-001 --by 王五 --note 重复登记")
def withdraw(
    name: Name,
    number: Annotated[str, typer.Argument(help="编号，如 建2026-001。")],
    by: Who,
    note: Annotated[str, typer.Option("--note", help="理由。")],
    folder: Folder = Path(),
    as_of: AsOf = None,
) -> None:
    """撤销登记有误的一项；编号不再使用，历史保留。"""
    from reports.ledger import registers as ledger
    from reports.pipeline.registers import register_of

    place = workspace(folder)
    register = register_of(place, name)
    with alone(place):
        ledger.withdraw(place.database_path, register, number, at=moment(as_of), who=by, note=note)
    print(f"{number} 已撤销。")


@app.command(epilog="示例：tongbao register pick 案件评查 -w 质效 --period 2026Q3 --by 王五")
def pick(
    name: Name,
    folder: Folder = Path(),
    period: PeriodText = None,
    rule: Annotated[str | None, typer.Option("--rule", help="只用一条规则：名称或编号，如 随机抽取。")] = None,
    court: CourtOption = None,
    seed: Annotated[
        str | None, typer.Option("--seed", help="随机抽取的种子，同一种子抽得相同。", show_default="统计期")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="办理人姓名；写了的才登记。", show_default="只列出，不登记")] = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """按规则从案件数据中选取案件：先列出，写 --by 的登记；已在登记簿中的不再列入。"""
    from reports.pipeline.registers import choose_cases, enter_rows, places_of, register_of

    job = job_of(folder, period, as_of)
    register = register_of(job.workspace, name)
    places = places_of(job.workspace)
    with alone(job.workspace) if by else nullcontext():
        found = choose_cases(job, register, rule, court, seed)
        new = [row for _, row in found.rows]
        done = enter_rows(job.workspace, register, new, at=moment(as_of), who=by, today=job.as_of,
                          places=places) if by else {}  # fmt: skip
    numbers = [*done] or [""] * len(found.rows)
    rows = [
        {"rule": rule_.id, "name": rule_.name, "number": number, **row}
        for number, (rule_, row) in zip(numbers, found.rows, strict=True)
    ]
    if as_json:
        print_json({
            "schema": "tongbao.register-pick/1", "register": register.id, "as_of": found.day.isoformat(),
            "entered": bool(by), "known": found.known, "cases": rows, "untold": list(found.untold),
        })  # fmt: skip
        return
    shown = [register.kinds[kind] for kind in ("case", "court", "department")]
    for row in rows:
        told = [places.tree.by_code[row[one]].name if one == shown[1] else row.get(one, "—") for one in shown]
        print("\t".join((row["number"] or "—", row["name"], *told, row.get("cause", "—"), row.get("how", "—"))))
    for text in found.untold:
        say(text)
    already = f"，另有{found.known}件已在登记簿中" if found.known else ""
    end = f"已登记{len(done)}件。" if by else "没有登记；要登记的，加 --by 姓名。"
    say(f"数据截至{found.day.isoformat()}，选出{len(rows)}件{already}。{end}")


@app.command(epilog="示例：tongbao register report 司法建议 -w 质效 --period 2026Q3 --to 司法建议.pdf")
def report(
    name: Name,
    to: Annotated[Path, typer.Option("--to", help="文件：md、pdf、docx、xlsx。")],
    folder: Folder = Path(),
    period: PeriodText = None,
    court: CourtOption = None,
    as_of: AsOf = None,
) -> None:
    """一个登记簿一期的通报：各法院、各部门的件数，分布，清单；不设目标，不排名。"""
    from reports.pipeline.registers import register_of
    from reports.pipeline.registers import report as written

    job = job_of(folder, period, as_of)
    _write(job, to, lambda: written(job, register_of(job.workspace, name), court))


@app.command(epilog="示例：tongbao register table 司法建议 -w 质效 --to 司法建议.csv")
def table(
    name: Name,
    to: Annotated[Path, typer.Option("--to", help="指标表文件（.csv），写入 [source] table 即可用于专项分析。")],
    folder: Folder = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
) -> None:
    """由登记簿算出指标表：到这一期为止各期、各法院的分子和分母，如司法建议反馈率。"""
    from reports.pipeline.registers import TABLE, rates, register_of
    from reports.publish import publish
    from reports.render.csv import csv_of

    if to.suffix.lower() != ".csv":
        raise ConfigError(f"不支持的指标表文件“{to.name}”。", where="--to", advice="请写成 .csv 文件。")
    job = job_of(folder, period, as_of)
    rows = rates(job, register_of(job.workspace, name))
    if not rows:
        raise ConfigError(f"“{name}”登记簿中没有可以计入指标的登记。", advice="先登记，再算指标表。")
    for path in publish(to.parent, {to.name: csv_of(TABLE, rows)}):
        print(path)


@app.command(epilog="示例：tongbao register lists 四类案件 -w 质效 --to 四类案件清单")
def lists(
    name: Name,
    to: Annotated[Path, typer.Option("--to", help="文件夹，本院每个部门一份，下级法院每个法院一份。")],
    folder: Folder = Path(),
    court: CourtOption = None,
    formats: FormatList = None,
    as_of: AsOf = None,
) -> None:
    """尚待填写的清单：送各部门负责人，空白的格手填后登记（如四类案件由院庭长决定的监督措施）。"""
    from reports.pipeline.registers import lists as written
    from reports.pipeline.registers import register_of

    job = job_of(folder, None, as_of)
    chosen = formats_of(formats) or job.workspace.config.output.formats
    register = register_of(job.workspace, name)
    made = written(job, register, court)
    if not made:
        print(f"“{register.name}”登记簿中没有尚待填写的。")
        return
    put(job, made, chosen, to)


@app.command("case-way", epilog="示例：tongbao register case-way （2025）辽0102民初1号 -w 质效 --to 剖析.pdf")
def case_way(
    number: Annotated[str, typer.Argument(help="案号。")],
    to: Annotated[Path, typer.Option("--to", help="文件：md、pdf、docx、xlsx。")],
    folder: Folder = Path(),
    as_of: AsOf = None,
) -> None:
    """案件剖析表：一件案件在各级法院的经过、结果和用时，附供会议填写的问题；没有当事人和承办人。"""
    from reports.pipeline.registers import case_way as written

    job = job_of(folder, None, as_of)
    _write(job, to, lambda: written(job, number))


def _write(job: Job, to: Path, made: Callable[[], Bulletin]) -> None:
    """One document into one file, in the format of its name."""
    from reports.pipeline.bulletins import render_all
    from reports.publish import publish
    from reports.render import FORMATS

    form = format_of(to, FORMATS)
    (data,) = render_all(job, [made()], [form], jobs=1).values()
    for path in publish(to.parent, {to.name: data}):
        print(path)
