"""The consultation meeting: ``tongbao pack``, and what it decided under ``tongbao ledger``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from reports.catalogue import vague
from reports.catalogue.kinds import of_stem
from reports.commands.console import (
    AsJson,
    AsOf,
    Below,
    Folder,
    FormatList,
    Of,
    PeriodText,
    Quiet,
    Who,
    Without,
    alone,
    day_of,
    job_of,
    moment,
    print_json,
    say,
    workspace,
)
from reports.errors import ConfigError
from reports.ledger import decisions as register
from reports.ledger import documents

app = typer.Typer()
decisions = typer.Typer()


@app.command(epilog="示例：tongbao pack -w 质效 --period 2026Q3 --format pdf")
def pack(
    folder: Folder = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    formats: FormatList = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="输出文件夹。", show_default="工作目录的 out/统计期")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """会商会材料：议程、各条线和各法院各一页、点评单、问答提纲、长期未结案件、上次议定事项、问题清单，一份合订，另有单页。"""
    from reports.commands.bulletin import bulletin

    bulletin(
        "pack", workspace=folder, period=period, as_of=as_of, formats=formats, output=output, as_json=as_json,
        quiet=quiet, below=below, of=of, without=without,
    )  # fmt: skip


@decisions.command(
    epilog="示例：tongbao ledger decide --text 清理超审限案件 --owner 民一庭 --deadline 2026-12-31 --by 王五"
)
def decide(
    text: Annotated[str, typer.Option("--text", help="议定的事项，一句话。")],
    owner: Annotated[str, typer.Option("--owner", help="责任单位。")],
    deadline: Annotated[str, typer.Option("--deadline", help="完成时限，如 2026-12-31。")],
    by: Who,
    folder: Folder = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
) -> None:
    """登记会商会议定的一个事项；下一次会商会材料列出其落实情况。"""
    job = job_of(folder, period, as_of)
    with alone(job.workspace):
        number = register.decide(
            job.workspace.database_path, job.period.key, text, owner, deadline, at=moment(as_of), who=by,
            vague=vague.load(job.workspace.folder),
        )  # fmt: skip
    print(number)


@decisions.command(epilog="示例：tongbao ledger meeting --period 2026Q3 --time 10月20日上午 --chair 李某 --by 王五")
def meeting(
    folder: Folder = Path(),
    period: PeriodText = None,
    time: Annotated[str | None, typer.Option("--time", help="会议时间，如 2026年10月20日上午。")] = None,
    place: Annotated[str | None, typer.Option("--place", help="会议地点。")] = None,
    chair: Annotated[str | None, typer.Option("--chair", help="主持人，姓名和职务。")] = None,
    present: Annotated[str | None, typer.Option("--present", help="出席人员，用顿号分开。")] = None,
    reported: Annotated[
        str | None, typer.Option("--reported", help="汇报的单位和人员，用顿号分开；没有汇报的写“无”。")
    ] = None,
    absent: Annotated[str | None, typer.Option("--absent", help="请假人员。")] = None,
    attending: Annotated[str | None, typer.Option("--attending", help="列席人员。")] = None,
    raised: Annotated[
        list[str] | None,
        typer.Option(
            "--raised", help="会议提出的一个问题或一条意见，可重复；只写入纪要，不列入台账，须办理的用 decide。"
        ),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="办理人姓名，记入历史；登记时必填。")] = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """登记会商会的时间、地点和人员，写入纪要；可分几次补记。什么也不写的，列出已经登记的和还缺的。"""
    given = {
        "time": time, "place": place, "chair": chair, "present": present, "reported": reported, "absent": absent,
        "attending": attending, "raised": "\n".join(raised) if raised else None,
    }  # fmt: skip
    facts = {name: words for name, words in given.items() if words is not None}
    job = job_of(folder, period, as_of)
    path, key = job.workspace.database_path, job.period.key
    if facts and not by.strip():
        raise ConfigError("没有写办理人。", advice="请加 --by 姓名。")
    if facts:
        with alone(job.workspace):
            found = register.enter(path, key, facts, at=moment(as_of), who=by)
    else:
        found = register.meeting(path, key)
    if as_json:
        told = {name: found.facts.get(name, "") for name in register.FACTS}
        print_json({"schema": "tongbao.meeting/1", "period": key, "meeting": told, "lacking": found.lacking})
        return
    for name, head in register.FACTS.items():
        if words := found.facts.get(name):
            print(f"{head}：{words.replace(chr(10), '；')}")
    if found.lacking:
        say(f"{job.period.label}会商会还没有登记：{'、'.join(found.lacking)}。")
    for one in documents.dispatches(path).values() if facts else ():
        kind, _ = of_stem(job.kinds, one.stem, one.period)
        if one.period == key and kind and kind.minutes and one.state != documents.DRAFT:
            back = "退回草稿（ledger return）后重新生成" if one.state == documents.SIGNED else "另行更正"
            say(f"纪要 {one.stem} 已{one.state}，不随这次登记改动；须改的，{back}。")


@decisions.command("decisions", epilog="示例：tongbao ledger decisions -w 质效 --open")
def list_decisions(
    folder: Folder = Path(),
    only_open: Annotated[bool, typer.Option("--open", help="只列没有落实的。")] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """列出会商会议定事项：编号、状态、责任单位、时限、办理情况。"""
    day = day_of(as_of)
    found = [
        one
        for one in register.decisions(workspace(folder).database_path).values()
        if not only_open or one.state == register.RUNNING
    ]
    if as_json:
        listed = [asdict(one) | {"overdue": one.overdue(day)} for one in found]
        print_json({"schema": "tongbao.decisions/1", "decisions": listed})
        return
    for one in found:
        late = "（逾期）" if one.overdue(day) else ""
        note = one.notes[-1][1] if one.notes else "—"
        print(f"{one.number}\t{one.state}{late}\t{one.owner}\t{one.deadline}\t{one.text}\t{note}")
    say(f"共{len(found)}项。")


@decisions.command(epilog="示例：tongbao ledger decided 2026Q3-议01 --note 已全部审结 --done --by 王五")
def decided(
    number: Annotated[str, typer.Argument(help="编号，如 2026Q3-议01。")],
    note: Annotated[str, typer.Option("--note", help="办理情况。")],
    by: Who,
    folder: Folder = Path(),
    done: Annotated[bool, typer.Option("--done", help="已经落实。")] = False,
    as_of: AsOf = None,
) -> None:
    """登记一个议定事项的办理情况。"""
    place = workspace(folder)
    with alone(place):
        one = register.report(place.database_path, number, note, done=done, at=moment(as_of), who=by)
    print(f"{one.number} {one.state}")
