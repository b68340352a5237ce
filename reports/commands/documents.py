"""``tongbao ledger bulletins`` and what moves a bulletin on: signing, issuing, correcting."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from reports.commands.console import (
    AsJson,
    AsOf,
    Below,
    Folder,
    FormatList,
    Of,
    Who,
    Without,
    alone,
    complete_stem,
    day_of,
    formats_of,
    job_of,
    moment,
    period_key,
    print_json,
    say,
    say_kept,
    say_unprintable,
    workspace,
)
from reports.courts.periods import chinese_date
from reports.errors import ConfigError
from reports.ledger import documents as register
from reports.words import quoted

app = typer.Typer()
Stem = Annotated[
    str, typer.Argument(help="文稿的文件名，不带扩展名，如 2026Q3-general。", autocompletion=complete_stem)
]
Stems = Annotated[
    list[str],
    typer.Argument(help="文稿的文件名，不带扩展名；几份依次办理，如各法院的提醒函。", autocompletion=complete_stem),
]


@app.command(epilog="示例：tongbao ledger bulletins -w 质效 --period 2026Q3")
def bulletins(
    folder: Folder = Path(),
    period: Annotated[str | None, typer.Option("--period", help="只列这一期的文件。")] = None,
    as_json: AsJson = False,
) -> None:
    """发文登记：每份文件的文号、状态（草稿、审签、印发、更正）和经办人。"""
    from reports.catalogue.kinds import of_stem
    from reports.pipeline.job import kinds_of

    place = workspace(folder)
    known, kinds = register.dispatches(place.database_path), kinds_of(place)
    key = period_key(place, period)
    found = [one for one in known.values() if key in (None, one.period)]
    skipped = register.numbers_between(known)
    if as_json:
        listed = []
        for one in found:
            kind, _ = of_stem(kinds, one.stem, one.period)
            more = {"kind": kind.id if kind else None, "outgoing": kind.outgoing if kind else None}
            listed.append(asdict(one) | more)
        print_json({"schema": "tongbao.bulletins/1", "bulletins": listed, "numbers_between": skipped})
        return
    for one in found:
        if one.state == register.CORRECTED:
            told = f"由{'、'.join(one.corrected_by)}更正"
        elif one.issued_at:
            told = f"{one.issued_by} {one.issued_at[:10]}"
        elif one.signed_at:
            told = f"{one.signed_by} {one.signed_at[:10]}"
        else:
            told = one.drafted[:10]
        print(f"{one.stem}\t{one.state}\t{one.number or '—'}\t{one.title}\t{told}")
    for series, numbers in skipped.items():
        if numbers:
            say(f"{series}中没有登记的号：{'、'.join(map(str, numbers))}。")
    say(f"共{len(found)}份。")


@app.command(epilog="示例：tongbao ledger sign 2026Q3-general -w 质效 --by 院领导姓名")
def sign(stems: Stems, by: Who, folder: Folder = Path(), as_of: AsOf = None) -> None:
    """审签：登记院领导已审定现在的文稿（手工修改过的也可）；此后文稿不再随重新运行而改动。"""
    from reports.pipeline.bulletins import read_text
    from reports.pipeline.documents import sign as sign_text

    job = job_of(folder, None, as_of)
    with alone(job.workspace):
        for stem in dict.fromkeys(stems):
            one, new = sign_text(job, stem, at=moment(as_of), who=by)
            whose = quoted(one.title) + (f"（{stem}）" if len(stems) > 1 else "")
            if not new:
                print(f"{whose}的这一稿，{by}已经审签过，没有重复登记。")
            elif one.signed_by == by:
                print(f"{whose}已审签。")
            else:
                print(f"{whose}已审签，审签人：{one.signed_by}。")
            path = job.workspace.output_path / one.period / f"{stem}.md"
            say_unprintable(read_text(path), path)


@app.command("return", epilog="示例：tongbao ledger return 2026Q3-general -w 质效 --by 院领导姓名 --note 第二部分再核")
def send_back(
    stem: Stem,
    by: Who,
    note: Annotated[str, typer.Option("--note", help="退稿的意见。")],
    folder: Folder = Path(),
    as_of: AsOf = None,
) -> None:
    """退稿：审签的文稿退回草稿，可以改稿、重新运行。"""
    place = workspace(folder)
    with alone(place):
        register.send_back(place.database_path, stem, at=moment(as_of), who=by, note=note)
    print(f"{stem} 已退回草稿。")


@app.command(epilog="示例：tongbao ledger issue 2026Q3-general -w 质效 --by 王五 --format pdf,docx")
def issue(
    stems: Stems,
    by: Who,
    folder: Folder = Path(),
    number: Annotated[
        int | None,
        typer.Option("--number", min=1, help="办公室给的顺序号。", show_default="本登记中该文号系列的下一个号"),
    ] = None,
    formats: FormatList = None,
    as_of: AsOf = None,
) -> None:
    """印发：给审签的文稿编文号、定日期，排成定稿，放入“印发”文件夹；以后任何运行都不再改动。"""
    from reports.pipeline.documents import issue as issue_text

    job = job_of(folder, None, as_of)
    chosen = formats_of(formats) or job.workspace.config.output.formats
    if number is not None and len(stems) > 1:
        raise ConfigError("几份文件不能用一个号数。", where="--number", advice="写了 --number 的，一次印发一份。")
    with alone(job.workspace):
        for stem in dict.fromkeys(stems):
            done = issue_text(job, stem, at=moment(as_of), day=day_of(as_of), who=by, formats=chosen, number=number)
            _tell_issued("已印发", "即日", *done)


@app.command(epilog="示例：tongbao ledger issued 2026Q3-general -w 质效 --on 2026-10-20 --number 12 --by 王五")
def issued(
    stem: Stem,
    by: Who,
    on: Annotated[str, typer.Option("--on", help="在纸上印发的日期，如 2026-10-20。")],
    folder: Folder = Path(),
    number: Annotated[int | None, typer.Option("--number", min=1, help="印发时的顺序号；有文号的必填。")] = None,
    formats: FormatList = None,
    as_of: AsOf = None,
) -> None:
    """登记已经在纸上印发的文稿：以文件夹中的文稿为准，其中的问题自印发之日起算通报。"""
    from reports.pipeline.documents import issue as issue_text

    job = job_of(folder, None, as_of)
    day = day_of(on)
    if day > day_of(as_of):
        raise ConfigError(f"印发日期{chinese_date(day)}还没有到。", where="--on", advice="写已经印发的日期。")
    chosen = formats_of(formats) or job.workspace.config.output.formats
    with alone(job.workspace):
        done = issue_text(
            job, stem, at=moment(as_of), day=day, who=by, formats=chosen, number=number, on_paper=True
        )  # fmt: skip
    _tell_issued(f"已登记{chinese_date(day)}印发", "印发之日", *done)


def _tell_issued(what: str, since: str, given: str, paths: list[Path], told: int) -> None:
    print(f"{what}{f'：{given}' if given else '。'}")
    for path in paths:
        print(f"  {path}")
    if told:
        print(f"台账中{told}项问题自{since}起算通报。")


@app.command(epilog="示例：tongbao ledger correct 2026Q3-general -w 质效 --by 王五 --reason 个别法院补报结案日期")
def correct(
    stem: Stem,
    by: Who,
    reason: Annotated[str, typer.Option("--reason", help="原数据为什么有误，写入更正通报：“因……，部分数据有误”。")],
    folder: Folder = Path(),
    formats: FormatList = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    as_of: AsOf = None,
) -> None:
    """按更正后的数据起草更正通报：一张表，哪里、原印什么、更正为什么、为什么；审签印发后，原文件记为“更正”。

    文字有误的，先在文件夹中的文稿（不是“印发”中的）上改正，一并写入。
    """
    from reports.pipeline.run import correct as draft_correction

    place = workspace(folder)
    period = register.dispatch(place.database_path, stem).period
    job = job_of(folder, period, as_of, without=without, below=below, of=of)
    with alone(place):
        left, done = draft_correction(job, stem, reason, formats_of(formats), at=moment(as_of), who=by)
    (made,) = left.bulletins
    print(f"已起草{quoted(made.title)}：")
    for path in left.files:
        print(f"  {path}")
    say_kept(left.kept)
    if done.by_hand:
        say("印发稿在审签以前有手工修改，表中各处请逐处核对；手写的段落没有比对。")
    if done.alone:
        say("下列内容只在印发稿或只在新稿中有，没有写入更正通报，请核对是否需要补充：")
        for one in done.alone:
            say(f"  {'印发稿' if one.before else '新稿'}{one.place}：{one.before or one.after}")
