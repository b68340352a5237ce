"""What only a program may tell: passwords and keys, from the output of a command of the office's own."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from reports.errors import ConfigError

SECONDS = 30  # for the program to answer


def told(command: Sequence[str], folder: Path, where: str, what: str) -> bytes:
    """What a command prints, line end aside; neither it nor what was wrong with it is ever printed or logged.

    The command is a program and its arguments, run in ``folder`` without a shell; ``where`` names its setting
    (``[source] password_command``), ``what`` that which it tells (密码). Raises :class:`ConfigError` where it cannot be
    run, fails, or takes more than :data:`SECONDS`.
    """
    name = where.rpartition(" ")[2]
    program = command[0]
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            list(command), cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        slow = isinstance(error, subprocess.TimeoutExpired)
        raise ConfigError(
            f"{name} 的程序“{program}”{f'超过 {SECONDS} 秒没有结果' if slow else '无法运行'}。",
            where=f"tongbao.toml {where}",
            advice="请核对命令，第一项是程序，其余各项是它的参数。",
        ) from None
    if done.returncode:
        raise ConfigError(
            f"{name} 的程序“{program}”以退出码 {done.returncode} 结束。",
            where=f"tongbao.toml {where}",
            advice=f"请单独运行这条命令，核对它只在标准输出打印{what}。",
        )
    return done.stdout.rstrip(b"\r\n")
