"""What all years at hand say together: ``longview``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.commands.console import (
    AsJson,
    AsOf,
    Below,
    Folder,
    Of,
    PeriodText,
    Quiet,
    Without,
    aligned,
    format_of,
    head,
    job_of,
    print_json,
    put_files,
)

if TYPE_CHECKING:
    from reports.longview import LongView, Series

app = typer.Typer()
FORMATS = ("md", "pdf", "docx", "xlsx")


@app.command(epilog="示例：tongbao longview -w 质效　　tongbao longview -w 质效 --court 辽0102 --line 民事 -o 历年.pdf")
def longview(
    workspace: Folder = Path(),
    court: Annotated[
        str | None,
        typer.Option(
            "--court", help="法院或部门的代码或名称；加“本级”只看本院案件。", show_default="发文法院及下级法院"
        ),
    ] = None,
    line: Annotated[
        str | None, typer.Option("--line", help="只看一个条线：刑事、民事、行政、执行等。", show_default="全部案件")
    ] = None,
    period: PeriodText = None,
    as_of: AsOf = None,
    output: Annotated[
        list[Path] | None,
        typer.Option("-o", "--output", help="写入文件：.md、.pdf、.docx、.xlsx，可重复。", show_default="标准输出"),
    ] = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """历年情况和规律：水平和走向、季节、立案至结案的时间、案由的消长，以及期末未结案件的预计。"""
    from reports.compose.longview import DOCUMENT, document, opening, sections, title
    from reports.pipeline.longview import longview as view_of
    from reports.pipeline.numbers import last_month

    files = output or []
    forms = [format_of(file, FORMATS, "-o") for file in files]
    job = job_of(workspace, period, as_of, quiet=quiet, without=without, below=below, of=of, court=court)
    if period is None:
        job = last_month(job)
    view = view_of(job, court, line)
    if files:
        from reports.pipeline.job import TEMPLATES, template_folders
        from reports.render import render
        from reports.templates import environment_of, fill

        text = fill(environment_of(template_folders(job.workspace), "markdown"), DOCUMENT, document(view))
        made: dict[Path, dict[str, bytes]] = {}
        for file, form in zip(files, forms, strict=True):
            layout = job.workspace.config.layout
            made.setdefault(file.parent, {})[file.name] = render(
                text, form, assets={}, templates=TEMPLATES, source=f"{file.stem}.md", deviations=layout
            )
        put_files(made, files)
    if as_json:
        print_json({**head(job, "longview"), **_record(view)})
        return
    if files:
        return
    print(title(view))
    print(opening(view))
    for section in sections(view):
        print(f"\n【{section['title']}】")
        for sentence in section["sentences"]:
            print(sentence)
        for table in section["tables"]:
            print(f"\n{table['title']}")
            print(*aligned([table["heads"], *table["rows"]]), sep="\n")
            if table["note"]:
                print(f"注：{table['note']}")


def _record(view: LongView) -> dict[str, Any]:
    """The long view for a program: counts as they are, shares and levels as exact as they are known."""
    from reports.longview import WITHIN

    return {
        "court": view.court,
        "name": view.name,
        "line": view.line,
        "series": {name: _counts(one) for name, one in view.series.items()},
        "missing": dict(view.missing),
        "breaks": [{"since": one.since.key, "why": one.why} for one in view.breaks],
        "years": [asdict(one) for one in view.years],
        "trends": {name: asdict(one) | {"way": one.way} for name, one in view.trends.items()},
        "working_days": view.worked,
        "seasons": {
            name: {
                "first": one.first.key,
                "last": one.last.key,
                "months": [
                    {
                        "month": month,
                        "cases": one.totals[month - 1],
                        "days": one.days[month - 1],
                        "percent": one.level(month),
                        "marked": one.marked[month - 1],
                    }
                    for month in range(1, 13)
                ],
            }
            for name, one in view.seasons.items()
        },
        "cohorts": [
            {
                "line": line,
                "year": one.year,
                "cases": one.cases,
                "pending": one.pending,
                "median_days": one.median,
                "concluded_within": {
                    str(days): None if share is None else float(share)
                    for days, share in zip(WITHIN, one.shares, strict=True)
                },
            }
            for line, cohorts in view.cohorts.items()
            for one in cohorts
        ],
        "causes": asdict(view.causes) if view.causes else None,
        "outlooks": [
            {
                "month": one.month.key,
                "ahead": one.ahead,
                "expected": one.expected,
                "low": one.low,
                "high": one.high,
                "reason": one.reason or None,
                "months_needed": one.needed or None,
                "backtest": asdict(one.test) if one.test else None,
            }
            for one in view.outlooks
        ],
    }


def _counts(series: Series) -> dict[str, Any]:
    first = series.months[0].key if series.months else None
    return {"first": first, "counts": list(series.values)}
