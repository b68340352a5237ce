"""``backup`` and ``restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reports.commands.console import AsJson, Folder, Quiet, moment, print_json, progress, workspace

if TYPE_CHECKING:
    from reports.pipeline.backup import Backup

app = typer.Typer()


@app.command(epilog="示例：tongbao backup 备份/质效-20261020.zip -w 质效")
def backup(
    file: Annotated[Path, typer.Argument(help="备份文件（ZIP）；已有的同名备份在写完后被替换，别的文件不覆盖。")],
    folder: Folder = Path(),
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """把台账、配置和已生成的通报备份成一个文件；正在使用时也可以备份。案件数据不在其中，由原系统保管。"""
    from reports.pipeline.backup import write

    _told(write(workspace(folder), file, moment(None), progress(quiet)), "已备份", file, as_json)


@app.command(epilog="示例：tongbao restore 备份/质效-20261020.zip 新的质效")
def restore(
    file: Annotated[Path, typer.Argument(help="tongbao backup 生成的备份文件。")],
    folder: Annotated[Path, typer.Argument(help="恢复到的文件夹：新的，或者空的。")],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """把备份恢复到一个新的文件夹，逐个文件核对；要么全部恢复，要么一个也不留。"""
    from reports.pipeline.backup import restore as put_back

    _told(put_back(file, folder, progress(quiet)), "已恢复", folder, as_json)
    if not as_json:
        print("案件数据不在备份之内：请按 tongbao.toml 的 [source] 放回数据文件。")


def _told(done: Backup, what: str, where: Path, as_json: bool) -> None:
    if as_json:
        ledger = {"events": done.events, "head": done.head}
        about = {"files": done.files, "bytes": done.size, "made": done.made, "ledger": ledger}
        print_json({"schema": "tongbao.backup/1", "path": str(where), **about})
        return
    size = f"{done.size / 1_000_000:.1f}MB"
    print(f"{what}：{where}（{done.files}个文件，{size}，备份时间{done.made}）")
    if done.events:
        print(f"台账{done.events}条记录，末尾校验值 {done.head}")
