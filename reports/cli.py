"""The ``tongbao`` command: parse, call the pipeline, print, exit. No arithmetic, no wording of bulletins.

Heavy imports wait inside the commands, so that ``--help`` and ``--version`` start at once.
"""

from __future__ import annotations

import logging
import re
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import Abort, TyperException

from reports import __version__, deliver, scratch
from reports.commands import bulletin, catalogue, data, dispatch, ledger, meeting, numbers, pending, template
from reports.console import AsJson, print_json
from reports.errors import TongbaoError
from reports.ledger import journal

app = typer.Typer(
    name="tongbao",
    help="从案件数据生成审判执行质效通报：计算指标、同比环比、识别异常、说明构成，输出可签发的通报（PDF、Word、Excel、Markdown）。",
    epilog="示例：tongbao demo demo --run　　tongbao init 质效 --data 案件.csv　　tongbao run -w 质效 --period 2026Q3",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


for group in (data, numbers, bulletin, meeting):  # commands of their own
    app.add_typer(group.app)
app.add_typer(template.app, name="template")
app.add_typer(catalogue.app, name="catalogue")
ledger.app.add_typer(dispatch.app)
ledger.app.add_typer(meeting.decisions)
app.add_typer(ledger.app, name="ledger")
app.add_typer(pending.app, name="pending")


def main() -> None:
    """Entry point: one handler turns our errors into a message and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, _terminated)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup sets it
        signal.signal(signal.SIGHUP, _terminated)
    if hasattr(signal, "SIGPIPE"):  # the reader of a pipe may leave early: end quietly, as other commands do
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        code = _command()(standalone_mode=False)
    except TongbaoError as error:
        print(f"错误：{error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except TyperException as error:
        if error.format_message():  # empty where the help was shown instead
            print(f"错误：{_usage(error)}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, Abort):
        untouched = not deliver.changed and not journal.committed
        print("已中断，原有文件没有改动。" if untouched else "已中断。", file=sys.stderr)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


@cache
def _command() -> Callable[..., Any]:
    """All commands with their options, built once however often :func:`main` is called."""
    return typer.main.get_command(app)


def _usage(error: TyperException) -> str:
    """What is wrong with a command line, in Chinese: its parser speaks English and names no remedy."""
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    command = context.command_path if context else "tongbao"
    name = parameter.opts[0] if parameter and parameter.opts else ""
    message = error.format_message()
    if option := getattr(error, "option_name", None):
        near = "、".join(getattr(error, "possibilities", None) or ())
        known = f"没有选项“{option}”{f'，是否为“{near}”' if near else ''}"
        what = f"选项“{option}”后面要写值" if "requires an argument" in message else known
    elif type(error).__name__ == "MissingParameter":
        what = f"缺少“{name}”"
    elif parameter:
        what = f"“{name}”的值不符合要求"
    elif found := re.search("No such command '(.+?)'(?:.*?'(.+?)')?", message):
        what = f"没有命令“{found[1]}”{f'，是否为“{found[2]}”' if found[2] else ''}"
    elif found := re.search(r"unexpected extra argument.* \((.+)\)", message):
        what = f"多写了“{found[1]}”"
    else:
        what = message.rstrip(".")
    return f"{what}。\n  处理：用 {command} --help 查看用法。"


def _terminated(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tongbao {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="显示版本。", callback=_version, is_eager=True)] = False,
) -> None:
    """审判执行质效通报。"""
    scratch.clear()


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
    name: Annotated[str | None, typer.Argument(help="说明的名称；不写则列出全部。", show_default=False)] = None,
) -> None:
    """打印随程序安装的说明（Markdown）。"""
    from reports.errors import ConfigError

    folder = Path(__file__).with_name("_docs")
    if not folder.is_dir():  # a checkout, not an installed package
        folder = Path(__file__).parents[1] / "docs"
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
    subset = "有" if found.harfbuzz_subset else "没有（生成 PDF 会很慢，请安装 libharfbuzz-subset0）"
    print(f"tongbao {__version__}　Python {sys.version.split()[0]}")
    print(f"WeasyPrint {found.weasyprint}　Pango {found.pango}　HarfBuzz 字体子集化：{subset}")
    for role in fonts:
        print(f"{role.name}：{role.family}　{role.file}{'' if role.preferred else '　（代用字体，版面可能有出入）'}")
