"""``tongbao catalogue``: definitions, sources and intervals of the indicators."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reports.commands.console import (
    AsJson,
    AsOf,
    Folder,
    Quiet,
    job_of,
    print_json,
)
from reports.errors import ConfigError

if TYPE_CHECKING:
    pass

app = typer.Typer(help="指标目录：查看定义、口径、来源和区间，核对自定的目录文件。", no_args_is_help=True)


@app.command(name="show", epilog="示例：tongbao catalogue show --edition spc-2024-09 --md > 指标口径.md")
def catalogue_show(
    workspace: Folder = Path(),
    edition: Annotated[
        str | None,
        typer.Option(
            "--edition",
            help="目录版本：core、spc-2024-09、spc-2024-01、local、本院自编的版本，all 为全部指标。",
            show_default="工作目录所用的版本，没有工作目录时为 core",
        ),
    ] = None,
    as_markdown: Annotated[bool, typer.Option("--md", help="输出 Markdown。")] = False,
    with_data: Annotated[
        bool, typer.Option("--data", help="读取工作目录的数据，标明有几种口径的计数本次采用哪一种。")
    ] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """打印指标目录：每个指标的定义、计算口径、来源和合理区间。"""
    from reports import catalogue as catalogues
    from reports.catalogue import show
    from reports.pipeline.sources import case_table
    from reports.tally.reach import fitted

    job = job_of(workspace, None, as_of, quiet=quiet, or_defaults=not with_data)
    config = job.workspace.config.catalogue
    shown = catalogues.load(
        edition or config.edition,
        folder=job.workspace.folder / "catalogue",
        intervals=job.workspace.intervals,
        options=config.options,
    )
    if with_data:
        with case_table(job) as table:
            shown = fitted(shown, table)
    if as_json:
        print_json({"schema": "tongbao.catalogue/1", **show.data(shown, job.as_of)})
    else:
        sys.stdout.write(show.markdown(shown, job.as_of) if as_markdown else show.plain(shown, job.as_of))


@app.command(name="check", epilog="示例：tongbao catalogue check 质效/catalogue")
def catalogue_check(
    path: Annotated[Path, typer.Argument(help="目录文件，或含有目录文件（和 editions 子文件夹）的文件夹。")],
    as_json: AsJson = False,
) -> None:
    """核对自定的目录文件：逐处列出错误和提示。有错误时退出码为 2。"""
    from reports import catalogue as catalogues

    if not path.exists():
        raise ConfigError(f"找不到“{path}”。", advice="请核对路径。")
    found = catalogues.check(path)
    warnings = list(dict.fromkeys(text for one in found for text in one.warnings))
    if as_json:
        print_json(
            {
                "schema": "tongbao.catalogue-check/1",
                "editions": [{"edition": one.edition, "indicators": len(one.indicators)} for one in found],
                "warnings": warnings,
            }
        )
        return
    for text in warnings:
        print(f"提示：{text}")
    for one in found:
        print(f"{one.name}：{len(one.indicators)} 项指标，没有错误。")
