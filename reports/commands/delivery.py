"""``deliver``: documents to their recipients, what became of them, and taking back what was sent by mistake."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.commands.console import (
    AsJson,
    Folder,
    PeriodText,
    Quiet,
    clock,
    job_of,
    print_json,
    progress,
    recorded,
    say,
    workspace,
)
from reports.errors import ConfigError, Undelivered

if TYPE_CHECKING:
    from reports.delivery import Letter, Parcel
    from reports.pipeline.delivery import Posted
    from reports.workspace import Workspace

app = typer.Typer()


@app.command(
    epilog="示例：tongbao deliver -w 质效 --dry-run　　tongbao deliver -w 质效　　tongbao deliver -w 质效 --list　　"
    "tongbao deliver 2026Q3-court-辽0102 -w 质效 --recall --by 王五 --reason 发错单位"
)
def deliver(
    stems: Annotated[
        list[str] | None,
        typer.Argument(help="文稿的文件名，不带扩展名，如 2026Q3-general。", show_default="全部应当发送的"),
    ] = None,
    folder: Folder = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出会发给谁、发什么，不发送，不写发件箱。")] = False,
    show: Annotated[bool, typer.Option("--list", help="列出发件箱：发给谁、什么、何时、结果。")] = False,
    retry: Annotated[
        bool,
        typer.Option("--retry", help="现在重发没有送达的和等着重试的；“不明”的须先问过对方，用 --recipient 写明。"),
    ] = False,
    arrived: Annotated[
        bool, typer.Option("--arrived", help="登记“不明”的已经收到（问过对方），用 --recipient 写明。")
    ] = False,
    recall: Annotated[
        bool, typer.Option("--recall", help="登记误发并撤回：没有发出的不再发，发出的另发撤回函。要写 --by、--reason。")
    ] = False,
    hand_back: Annotated[
        bool, typer.Option("--hand-back", help="把数据质量核查中应当核对的行和空号退给有关法院，每个法院只收到自己的。")
    ] = False,
    recipient: Annotated[
        list[str] | None,
        typer.Option("--recipient", help="只对这些收件单位，代码或名称，可重复。", show_default="全部"),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="办理人姓名，记入历史。", show_default=False)] = "",
    reason: Annotated[str, typer.Option("--reason", help="撤回的原因，写入撤回函。", show_default=False)] = "",
    period: PeriodText = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """发送：把印发的文件送到各收件单位（邮件、文件夹、命令），每个单位只收一次，只收应当收的；可由定时任务反复调用。"""
    from reports.pipeline import delivery

    chosen = [name for name, yes in _actions(show, retry, arrived, recall, hand_back) if yes]
    place, names, units = workspace(folder), stems or [], recipient or []
    if len(chosen) > 1:
        raise ConfigError(f"{'、'.join(chosen)}一次只能写一个。", advice="请分开运行。")
    if dry_run and (retry or arrived or show):
        raise ConfigError(f"--dry-run 不与 {chosen[0]} 同用。", advice="请去掉其中一个。")
    if units and not chosen:
        raise ConfigError("--recipient 用于 --list、--retry、--arrived、--recall。", advice="收件单位写在收件表中。")
    if show:
        _list(place, names, units, as_json=as_json)
        return
    if recall and (len(names) != 1 or not by or not reason):
        raise ConfigError("撤回要写一份文稿的名称、--by 和 --reason。", advice="用 tongbao deliver --help 查看示例。")
    if arrived and (not by or not units):
        raise ConfigError("登记收到要写 --recipient 和 --by。", advice="用 tongbao deliver --list 查看。")
    if hand_back and names:
        raise ConfigError("--hand-back 不写文稿名称。", advice="用 --period 指定统计期。")
    tell, who = progress(quiet), by or delivery.PROGRAM
    if arrived:
        for one in delivery.arrived(place, names, units, clock, who):
            print(f"已登记收到：{one.name}　{one.subject}")
        return
    # Several may deliver while another runs, so none of them turns the files of the record over.
    with nullcontext(dict[str, Any]()) if dry_run else recorded(place, delivery.DELIVER, often=True) as told:
        if recall:
            job = job_of(folder, period, None, quiet=quiet)
            done = delivery.recall(job, names[0], units, reason, clock, who, tell, dry_run=dry_run)
        elif retry:
            done = delivery.retry(place, names, units, clock, who, tell)
        elif hand_back:
            job = job_of(folder, period, None, quiet=quiet)
            done = delivery.hand_back(job, clock, who, tell, dry_run=dry_run)
        else:
            done = delivery.deliver(place, clock, who, tell, stems=names, dry_run=dry_run)
        told["letters"] = dict(Counter(one.state for one in done.letters))
        _told(done, as_json=as_json, dry_run=dry_run)


def _actions(*given: bool) -> list[tuple[str, bool]]:
    return list(zip(("--list", "--retry", "--arrived", "--recall", "--hand-back"), given, strict=True))


def _list(place: Workspace, stems: list[str], units: list[str], *, as_json: bool) -> None:
    from reports.pipeline.delivery import house, outbox

    codes = {house(place).unit(text)[0] for text in units}
    found = [one for one in outbox(place) if (not stems or one.stem in stems) and (not codes or one.unit in codes)]
    if as_json:
        print_json({"schema": "tongbao.outbox/1", "letters": [_json(one) for one in found]})
        return
    for one in found:
        print("\t".join(_row(one)))
    states = Counter(one.state for one in found)
    say(
        f"共{len(found)}封：{'、'.join(f'{state}{many}' for state, many in states.items())}。"
        if found
        else "发件箱是空的。"
    )


def _row(one: Letter) -> tuple[str, ...]:
    from reports.delivery.outbox import WAITING

    when = f"下次{one.due[:16]}" if one.state == WAITING and one.tries else (one.settled or one.queued)[:16]
    return one.stem, one.state, one.name, one.address, when, one.subject, one.told or "—"


def _json(one: Letter) -> dict[str, Any]:
    told = asdict(one)
    told["files"] = [{"name": name, "size": size, "sha256": hashed} for name, size, hashed in one.files]
    return {name: value for name, value in told.items() if name != "text"}


def _told(done: Posted, *, as_json: bool, dry_run: bool) -> None:
    """Say what became of it; raises :class:`Undelivered` where something has not arrived."""
    from reports.delivery.outbox import FAILED, SENT, UNCLEAR, WAITING

    states = Counter(one.state for one in done.letters)
    if as_json:
        down = {name: str(why) for name, why in done.down.items()}
        planned = [_planned(one) for one in done.planned]
        letters = [_json(one) for one in done.letters]
        print_json(
            {
                "schema": "tongbao.deliver/1", "dry_run": dry_run, "planned": planned, "letters": letters,
                "down": down, "notes": done.notes, "busy": done.busy,
            }
        )  # fmt: skip
    else:
        for one in done.planned:
            size = sum(len(file.data) for file in one.files) / 1_000_000
            files = "、".join(file.name for file in one.files)
            enclosed = f"{files}（{size:.1f}MB）" if files else "—"
            print(f"{one.stem}\t{one.name}\t{one.address}\t{one.subject}\t{enclosed}")
        for letter in done.letters:
            if letter.state != SENT:
                print("\t".join(_row(letter)))
    for note in done.notes:
        say(note)
    if dry_run:
        say(f"将发送{len(done.planned)}封；没有发送。" if done.planned else "没有要发送的。")
        return
    if done.busy:
        say("另一个 tongbao 正在发送，这些由它或者下次运行发出。")
    elif not as_json:
        say(f"已发送{states[SENT]}封。" if states[SENT] else "没有新发出的。")
    wrong = [f"{states[state]}封{state}" for state in (FAILED, UNCLEAR) if states[state]]
    wrong += [f"{states[WAITING]}封等待重试"] if states[WAITING] and not done.busy else []
    wrong += [f"{len(done.notes)}件没有发出或没有发全（见上）"] if done.notes else []
    if not wrong:
        return
    advice = "".join(dict.fromkeys(why.advice for why in done.down.values()))
    if states[UNCLEAR]:
        advice += "“不明”的请问对方是否收到：收到的用 --arrived 登记，没有收到的用 --retry --recipient 重发。"
    if states[FAILED]:
        advice += "未送达的，改正收件表中的地址后再运行，或用 --retry 重发。"
    advice = advice or ("到时间再运行 tongbao deliver 即自动重试。" if states[WAITING] else "请核对收件表和配置。")
    what = "".join(f"{why.what}。" for why in done.down.values()) + f"有{'、'.join(wrong)}。"
    raise Undelivered(what, advice=advice)


def _planned(one: Parcel) -> dict[str, Any]:
    files = [{"name": file.name, "size": len(file.data)} for file in one.files]
    told = {name: getattr(one, name) for name in ("kind", "stem", "delivery", "unit", "name", "address", "subject")}
    return told | {"files": files}
