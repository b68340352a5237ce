"""Numbers by any two dimensions: ``crosstab``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    all_listed,
    head,
    job_of,
    print_json,
    put_files,
    say,
    write_table,
)
from reports.errors import ConfigError

if TYPE_CHECKING:
    from reports.compose.crosstab import Cross
    from reports.pipeline.job import Job

app = typer.Typer()
FORMS = (".csv", ".xlsx", ".md", ".svg")


@app.command(epilog="示例：tongbao crosstab -w 质效 --indicator 上诉率 --by 案由,条线 --where 适用程序=简易程序")
def crosstab(
    indicator: Annotated[str, typer.Option("--indicator", help="指标、计数或存量，编号或名称。")],
    workspace: Folder = Path(),
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            help="按什么统计，一个或者两个，先行后列，用逗号隔开：单位、法院、承办部门、条线、审理程序、案由、月份、季度、结案方式、适用程序、"
            "立案来源、标的额、专项标签，或者 dimensions.toml 中自定的。",
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            help="只统计这些案件：案由=买卖合同纠纷（几个值用顿号或逗号隔开），或者目录的条件语言；可重复，须同时符合。",
        ),
    ] = None,
    court: Annotated[
        str | None,
        typer.Option(
            "--court", help="法院或部门的代码或名称；加“本级”只计本院案件。", show_default="发文法院及下级法院"
        ),
    ] = None,
    most: Annotated[
        int | None, typer.Option("--most", help="案由等只列件数最多的几项，其余合为一项。", show_default="全列")
    ] = None,
    cases: Annotated[
        bool, typer.Option("--cases", help="列出合计背后的案件；一格的案件，把这一格的行、列写成 --where。")
    ] = False,
    denominator: Annotated[
        bool, typer.Option("--denominator/--numerator", help="与 --cases 同用：列分母还是分子的案件。")
    ] = False,
    period: PeriodText = None,
    as_of: AsOf = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o", "--output", help="写入文件：.csv、.xlsx、.md、.svg（图），可重复。", show_default="标准输出"
        ),
    ] = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """交叉表：任一指标或计数按任意两项（单位、条线、案由、月份等）统计，可加条件；或列出一格背后的案件。"""
    from reports.pipeline.crosstab import Question, behind, planned
    from reports.pipeline.crosstab import crosstab as table_of

    files = output or []
    for file in files:
        if file.suffix.lower() not in (FORMS[:1] if cases else FORMS):
            known = FORMS[0] if cases else "、".join(FORMS)
            raise ConfigError(f"不能写成“{file.suffix or file.name}”文件。", advice=f"文件名以 {known} 结尾。")
    if denominator and not cases:
        raise ConfigError("--denominator 与 --cases 同用。", advice="请加 --cases，或去掉 --denominator。")
    question = Question(indicator, tuple(all_listed(by) or ()), tuple(where or ()), court, most)
    job = job_of(workspace, period, as_of, quiet=quiet, without=without, below=below, of=of, court=court)
    if cases:
        from reports.render.csv import csv_bytes
        from reports.tally.cases import VALUE

        found = behind(job, question, denominator=denominator)
        total = int(found[VALUE].sum())
        if as_json:
            rows = json.loads(found.to_json(orient="records", date_format="iso", force_ascii=False))
            job = replace(job, period=planned(job, question).job.period)  # a condition may name a month of it
            print_json({**head(job, "crosstab"), "total": total, "cases": rows})
            return
        data = csv_bytes(found)
        if not files:
            write_table(data, None)
        for file in files:
            write_table(data, file)
        say(f"{len(found)} 行，合计 {total}。")
        return
    table = table_of(job, question)
    if as_json:
        from reports.compose.crosstab import records

        item, job = table.item, replace(job, period=table.period)
        print_json(
            {
                **head(job, "crosstab"),
                "indicator": {"id": item.id, "name": item.name, "kind": item.kind, "unit": item.unit},
                "scope": table.scope,
                "by": list(table.heads),
                "where": list(table.conditions),
                "cells": records(table),
                "notes": list(table.notes),
            }
        )
        return
    if files:
        _write(job, table, files)
        return
    print(table.title)
    if table.conditions:
        print(f"条件：{'；'.join(table.conditions)}")
    heads, rows = table.short()
    print(*aligned([heads, *rows]), sep="\n")
    for note in table.notes:
        print(f"注：{note}")


def _write(job: Job, table: Cross, files: list[Path]) -> None:
    """The table in every form that a file is named for, all or none; a Markdown text has its chart in ``charts/``."""
    from reports.compose.crosstab import CHART, DOCUMENT, document, drawing, drawn
    from reports.pipeline.job import TEMPLATES, template_folders
    from reports.render import wide_sheet
    from reports.render.csv import csv_of
    from reports.templates import environment_of, fill

    folders, groups = template_folders(job.workspace), table.groups()
    heads = [table.heads[0], *(f"{name}　{each}" if len(of) > 1 else name for name, of in groups for each in of)]
    told = [*(["条件：" + "；".join(table.conditions)] if table.conditions else []), *table.notes]
    made: dict[Path, dict[str, bytes]] = {}

    def chart() -> bytes:
        return fill(environment_of(folders, "xml"), CHART, drawing(table)).encode()

    for file in files:
        here = made.setdefault(file.parent, {})
        match file.suffix.lower():
            case ".csv":
                here[file.name] = csv_of(heads, table.table())
            case ".svg":
                here[file.name] = chart()
            case ".md":
                figure = f"charts/{file.stem}.svg" if drawn(table) else None
                here[file.name] = fill(environment_of(folders, "markdown"), DOCUMENT, document(table, figure)).encode()
                if figure:
                    here[figure] = chart()
            case _:
                here[file.name] = wide_sheet(
                    table.item.name, table.title, groups, table.table(), told,
                    templates=TEMPLATES, deviations=job.workspace.config.layout, leading=(table.heads[0],),
                )  # fmt: skip
    put_files(made, files)
