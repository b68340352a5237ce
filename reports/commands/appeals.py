"""``tongbao appeals``: what the court above gives the courts below of the appeals against their judgments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reports.commands.console import AsOf, Folder, Quiet, job_of, only_court, say
from reports.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(help="二审情况表：上级法院导出，供下级法院统计上诉和改判发回。", no_args_is_help=True)


@app.callback()
def group() -> None:
    """二审情况表：上级法院导出，供下级法院统计上诉和改判发回。"""


@app.command(epilog="示例：tongbao appeals export -w 质效 --court 辽0102 -o 二审情况.xlsx")
def export(
    court: Annotated[str, typer.Option("--court", help="作出一审裁判的法院，代码或名称。")],
    output: Annotated[Path, typer.Option("-o", "--output", help="写入的表格文件（csv、xlsx）。")],
    workspace: Folder = Path(),
    as_of: AsOf = None,
    quiet: Quiet = False,
) -> None:
    """导出一个法院的二审情况表，由该法院写入 [source.appeals]：一件二审案件一行，没有当事人姓名。"""
    from reports.pipeline.sources import case_table, require_cases
    from reports.publish import publish
    from reports.render.csv import csv_bytes
    from reports.tally.cases import appeals_against

    forms = {".csv": csv_bytes, ".xlsx": _workbook}
    if output.suffix.lower() not in forms:
        raise ConfigError(
            f"不支持的表格文件“{output.name}”。", advice="请写成 .csv 或 .xlsx 文件，如 -o 二审情况.xlsx。"
        )
    job = job_of(workspace, None, as_of, quiet=quiet)
    require_cases(job, "导出二审情况表")
    only_court(job.workspace, court, "二审情况表按法院导出。")
    with case_table(job) as table:
        code = table.tree.find(court.removesuffix("本级")).code
        found = appeals_against(table, code)
        name = table.tree.by_code[code].name
    if found.empty:
        raise ConfigError(
            f"数据中没有不服{name}裁判的二审案件。", advice="请核对法院，并核对案件数据中有没有二审案件和原审案号。"
        )
    publish(output.parent, {output.name: forms[output.suffix.lower()](found)})
    say(f"已写入 {output}：{name} {len(found)} 件二审案件。")


def _workbook(found: pd.DataFrame) -> bytes:
    import io

    import pandas as pd

    from reports.forms import HARMLESS
    from reports.render.shape import width

    with pd.ExcelWriter(out := io.BytesIO(), engine="xlsxwriter", engine_kwargs={"options": HARMLESS}) as book:
        found.to_excel(book, index=False, sheet_name="二审情况表")
        sheet = book.sheets["二审情况表"]
        for place, name in enumerate(found.columns):
            longest = max(map(width, (str(name), *map(str, found[name]))))
            sheet.set_column(place, place, 2.3 * min(longest, 30) + 1.5)  # units of a Han character of 11 points
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
    return out.getvalue()
