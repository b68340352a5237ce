"""The errors a person can act on, each with its exit code.

Every message says what is wrong, where, and what to do; ``cli.main`` prints it in one place.
Anything that is not a :class:`TongbaoError` is a bug and shows its traceback (exit code 1).
"""

from __future__ import annotations

import errno

_OS_REASONS = {
    errno.ENOENT: "文件或文件夹不存在",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.EEXIST: "已有同名的文件",
    errno.ENOTEMPTY: "文件夹不是空的",
    errno.ENOSPC: "磁盘空间不足",
    errno.EDQUOT: "磁盘配额已满",
    errno.EROFS: "磁盘是只读的",
    errno.ENAMETOOLONG: "文件名过长",
}
INTERRUPTED = 130  # Ctrl-C
FLAGS_FOUND = 3  # done, with flags at or above --fail-on: not an error, only an exit code


class TongbaoError(Exception):
    """Base of all errors shown to the user.

    ``what`` is the fault in one Chinese sentence, ``where`` the file, row and column,
    ``advice`` what to do next.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str | None = None, advice: str | None = None) -> None:
        super().__init__(what)
        self.what, self.where, self.advice = what, where, advice

    def __str__(self) -> str:
        text = self.what
        if self.where:
            text += f"\n  位置：{self.where}"
        if self.advice:
            text += f"\n  处理：{self.advice}"
        return text


class ConfigError(TongbaoError):
    """A mistake in the command line, ``tongbao.toml``, the catalogue, ``courts.csv`` or a template."""

    exit_code = 2


class GateRefused(TongbaoError):
    """The data-quality gate of ``[quality]`` refused the data."""

    exit_code = 4


class InputError(TongbaoError):
    """The input is missing, unreadable or stale."""

    exit_code = 5


class VerificationError(TongbaoError):
    """An output was opened again before publication and found wrong, or the ledger does not hold."""

    exit_code = 6


class DeliveryError(TongbaoError):
    """A part of the delivery failed."""

    exit_code = 7


class EnvironmentMissing(TongbaoError):
    """Fonts or system libraries are missing."""

    exit_code = 8


class Undelivered(TongbaoError):
    """Something has not reached a recipient: refused, still waiting, or nobody knows."""

    exit_code = 9


class NotYet(TongbaoError):
    """The data that a run waited for were not there when it had to stop waiting."""

    exit_code = 10


class Busy(TongbaoError):
    """Another run holds the lock of this workspace."""

    exit_code = 75


def full(error: OSError) -> bool:
    """Whether the disk, or what the account may use of it, was full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def os_reason(error: OSError) -> str:
    """Why the system refused, in Chinese where the reason is a common one."""
    return _OS_REASONS.get(error.errno or 0, error.strerror or str(error))
