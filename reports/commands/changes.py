"""``changes``: what has changed in a bulletin since the leader saw it, or since another period."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from reports.commands.console import AsJson, AsOf, Folder, complete_stem, format_of, job_of, print_json
from reports.errors import TongbaoError
from reports.words import quoted

app = typer.Typer()
FORMATS = ("pdf", "docx", "md")


def _complete(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """With what a text can be compared, for the completion of a shell."""
    from reports.pipeline.changes import DRAFT, periods
    from reports.workspace import find

    try:
        place = find(Path(ctx.params.get("folder") or "."))
        known = [
            (DRAFT, "领导看过的稿"),
            *(
                (one, "另一期")
                for one in periods(place.output_path, ctx.params.get("stem") or next(iter(ctx.args), ""))
            ),
        ]
    except TongbaoError:
        known = [(DRAFT, "领导看过的稿")]
    return [(name, told) for name, told in known if name.startswith(incomplete)]


@app.command(
    epilog="示例：tongbao changes 2026Q3-general　　tongbao changes 2026Q3-general --against 2026Q2 --to 变化.pdf"
)
def changes(
    stem: Annotated[
        str,
        typer.Argument(help="文稿的文件名，不带扩展名，如 2026Q3-general。", autocompletion=complete_stem),
    ],
    folder: Folder = Path(),
    against: Annotated[
        str,
        typer.Option(
            "--against",
            help="与什么比较：draft 领导看过的稿（审签稿，没有审签的为上一稿），或者一期，如 2026Q2。",
            autocompletion=_complete,
        ),
    ] = "draft",
    to: Annotated[Path | None, typer.Option("--to", help="另排成一页，写入 PDF、DOCX 或 Markdown 文件。")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """一份文稿变了什么：数字、语句、问题，与领导看过的稿或者另一期相比，一页。只比较已有的文稿，不重新计算。"""
    from reports.pipeline.bulletins import render_all
    from reports.pipeline.changes import changes as compared
    from reports.pipeline.changes import headline, page
    from reports.publish import publish

    form = format_of(to, FORMATS) if to else ""
    job = job_of(folder, None, as_of)
    found = compared(job, stem, against)
    if to:
        made = page(job, found)
        (data,) = render_all(job, [made], [form], jobs=1).values()
        publish(to.parent, {to.name: data})
    if as_json:
        print_json({"schema": "tongbao.changes/1", **asdict(found)})
        return
    print(f"{quoted(found.title)}：{headline(found)}")
    for number in found.numbers:
        print(f"数字\t{number.where}\t{number.then} → {number.now}\t{number.change or '—'}")
    for one in found.findings or ():
        print(f"问题\t{one.what}\t{one.number} {one.title}\t{one.then or '—'} → {one.now}")
    for sentence in found.sentences:
        print(f"语句\t{sentence.what}\t{sentence.where}\t{' → '.join(filter(None, (sentence.then, sentence.now)))}")
    if to:
        print(to)
