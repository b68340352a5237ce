"""What needs no workspace: ``case-no``, ``docs`` and ``doctor``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from reports import __version__
from reports.commands.console import AsJson, print_json
from reports.errors import ConfigError

app = typer.Typer()


@app.command(name="case-no", epilog="示例：tongbao case-no （2017）豫01民终3046号 --json")
def case_no(numbers: Annotated[list[str], typer.Argument(help="案号，可多个。")], as_json: AsJson = False) -> None:
    """解析案号：年度、法院、类型、条线、审级。"""
    from reports.courts.case_no import parse, to_json

    read = [parse(text) for text in numbers]
    if as_json:
        print_json({"schema": "tongbao.case-no/1", "numbers": [to_json(number) for number in read]})
        return
    for number in read:
        if number.valid:
            parts = (number.court, number.type, number.line, number.stage, number.number, number.suffix)
            print(f"{number.text}\t{number.year}\t" + "\t".join(part or "—" for part in parts))
        else:
            print(f"{number.text}\t无法识别：{number.problem}")


@app.command(epilog="示例：tongbao docs sources")
def docs(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="说明的名称；不写则列出全部。", show_default=False)] = None,
    commands: Annotated[bool, typer.Option("--commands", help="只列出全部命令和选项（Markdown 表格）。")] = False,
    values: Annotated[bool, typer.Option("--values", help="只列出结案方式等各列的标准说法（Markdown 表格）。")] = False,
) -> None:
    """打印随程序安装的说明（Markdown）。"""
    if values:
        from reports.commands.reference import words

        print(words(), end="")
        return
    if commands:
        from reports.commands.reference import tables

        print(*tables(context.find_root().command), sep="\n", end="")
        return
    folder = Path(__file__).parents[1] / "_docs"
    if not folder.is_dir():  # a checkout, not an installed package
        folder = Path(__file__).parents[2] / "docs"
    known = {path.stem: path for path in sorted(folder.glob("*.md"))}
    if name is None:
        for stem, path in known.items():
            print(f"{stem}\t{path.read_text('utf-8').splitlines()[0].lstrip('# ')}")
    elif name in known:
        print(known[name].read_text("utf-8"), end="")
    else:
        raise ConfigError(f"没有说明“{name}”。", advice=f"可用的名称：{'、'.join(known)}。")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """检查运行环境：字体由哪个文件提供、Pango 和 HarfBuzz 是否齐备。"""
    from dataclasses import asdict

    from reports.render.fonts import engine, roles

    found, fonts = engine(), roles()
    if as_json:
        print_json({"schema": "tongbao.doctor/1", **asdict(found), "roles": [asdict(role) for role in fonts]})
        return
    subset = "有" if found.harfbuzz_subset else "没有（生成 PDF 会很慢，请安装 libharfbuzz-subset）"
    print(f"tongbao {__version__}　Python {sys.version.split()[0]}")
    print(f"WeasyPrint {found.weasyprint}　Pango {found.pango}　HarfBuzz 字体子集化：{subset}")
    for role in fonts:
        print(f"{role.name}：{role.family}　{role.file}{'' if role.preferred else '　（代用字体，版面可能有出入）'}")
