"""The ``tongbao`` command: parse, call the pipeline, print, exit. No arithmetic, no wording of bulletins.

Heavy imports wait inside the commands, so that ``--help`` and ``--version`` start at once.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import Abort, TyperException

from reports import __version__, system
from reports.commands import Commands
from reports.errors import INTERRUPTED, DeliveryError, EnvironmentMissing, TongbaoError, full, os_reason

app = typer.Typer(
    name="tongbao",
    help="从案件数据生成审判执行质效通报：计算指标、同比环比、识别异常、说明构成，输出可签发的通报（PDF、Word、Excel、Markdown）。",
    epilog="示例：tongbao demo demo --run　　tongbao init 质效 --data 案件.xlsx　　tongbao run -w 质效 --period 2026Q3",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    cls=Commands,
    # Colours and frames are for a person at a terminal.
    rich_markup_mode="rich" if sys.stdout and sys.stdout.isatty() else None,
)


# Few objects of a run stand in circles, and most live to its end: looking for them less often saves 5–10% of its time.
GENERATIONS = (50_000, 20, 100)


def main() -> None:
    """Entry point: one handler turns our errors into a message and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    gc.set_threshold(*GENERATIONS)
    received.clear()
    system.ready_streams()
    system.on_ending(_stop)
    system.end_with_reader()
    try:
        code = _command()(prog_name="tongbao", standalone_mode=False)
    except (KeyboardInterrupt, Abort):
        code = INTERRUPTED
    except SystemExit as stop:
        if not isinstance(stop.__context__, BrokenPipeError):  # the parser makes an error of its own of that
            raise
        code = system.PIPE_CLOSED
    except Exception as error:
        # An engine at work makes an error of its own of a signal.
        code = 128 + received[0] if received else _told(error)
    code = _flushed(code)
    if code == INTERRUPTED:  # the parser makes an exit code of Ctrl-C as well
        from reports import publish
        from reports.ledger import journal

        untouched = not publish.changed and not journal.committed
        print("已中断，原有文件没有改动。" if untouched else "已中断。", file=sys.stderr)
    sys.exit(code if isinstance(code, int) else 0)


def _flushed(code: Any) -> Any:
    """The exit code, once all that was printed has arrived: a full disk is told here, not after the end."""
    try:
        sys.stdout.flush()
    except OSError as error:
        left = system.reader_left(error)
        if code != DeliveryError.exit_code and not left:  # else it has been told, or nobody wants to know
            print(f"错误：结果无法写到标准输出：{os_reason(error)}。", file=sys.stderr)
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        return system.PIPE_CLOSED if left else DeliveryError.exit_code
    return code


received: list[int] = []  # signals that ask to end


def _stop(number: int, _frame: object) -> None:
    received.append(number)
    raise KeyboardInterrupt if system.interrupt(number) else SystemExit(128 + number)


def _told(error: Exception) -> int:
    """Tell of an error that a person can act on, and give its exit code; any other is raised again."""
    if isinstance(error, TongbaoError):
        print(f"错误：{error}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, TyperException):
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help, empty where that was shown already
            print(error.format_message())
        elif error.format_message():
            print(f"错误：{_usage(error)}", file=sys.stderr)
        return 2
    if isinstance(error, OSError) and system.reader_left(error):  # found out while it was printed
        return system.PIPE_CLOSED
    if isinstance(error, OSError) and full(error):
        where = f"\n  位置：{error.filename}" if error.filename else ""
        print(f"错误：没有写完：{os_reason(error)}。{where}\n  处理：请清理磁盘后再运行。", file=sys.stderr)
        return DeliveryError.exit_code
    if type(error).__name__ == "BrokenProcessPool":  # of a library that few commands load
        print(
            "错误：同时工作的一个进程被系统终止，多半是内存不足。\n"
            "  处理：请关闭其他程序后再运行；有 -j 选项的命令可以加 -j 1，只用一个进程。",
            file=sys.stderr,
        )
        return EnvironmentMissing.exit_code
    raise error


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
    elif parameter and "is not readable" in message:
        return f"“{name}”所指的文件或文件夹没有读取的权限。\n  处理：{system.READ_ADVICE}"
    elif parameter:
        what = f"“{name}”的值不符合要求"
    elif found := re.search("No such command '(.+?)'(?:.*?'(.+?)')?", message):
        what = f"没有命令“{found[1]}”{f'，是否为“{found[2]}”' if found[2] else ''}"
    elif found := re.search(r"unexpected extra argument.* \((.+)\)", message):
        what = f"多写了“{found[1]}”"
    else:
        what = message.rstrip(".")
    return f"{what}。\n  处理：用 {command} --help 查看用法。"


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tongbao {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="显示版本。", callback=_version, is_eager=True)] = False,
) -> None:
    """审判执行质效通报。"""
    from reports import scratch

    scratch.clear()
