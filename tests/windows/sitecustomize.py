"""A process as Windows would have it: put this folder on ``PYTHONPATH``, and Python does the rest when it starts.

Modules, functions and signals that only Unix has are gone, ``/proc`` is not there, names of files may not hold what
Windows keeps for itself, and a file that is open or read-only can be neither replaced nor removed. ``reports.system``
sees ``win32`` while it is imported. What stays Unix: paths, and the libraries written in C.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import warnings
from importlib.machinery import PathFinder
from pathlib import Path, PurePath
from types import ModuleType

for name in ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "syslog", "readline"):
    sys.modules[name] = None  # type: ignore[assignment]
OF_OS = (
    "chown fork forkpty getegid geteuid getgid getgroups getloadavg getpgid getpgrp getpriority getuid killpg lchown mkfifo "
    "nice sched_getaffinity sched_setaffinity setsid setuid statvfs sysconf O_NOFOLLOW"
)
for name in OF_OS.split():
    delattr(os, name)
# Those of the C library of Windows (Microsoft, signal); SIG_... are no signals, and Unix's own pools need them.
_SIGNALS = ("SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM")
for name in [one for one in vars(signal) if re.match("SIG[A-Z]|ITIMER", one) and one not in _SIGNALS]:
    delattr(signal, name)
for name in ("setitimer", "getitimer", "alarm", "pause"):
    delattr(signal, name)
warnings.filterwarnings("ignore", "only soft file lock", UserWarning)  # of filelock: it finds no fcntl
warnings.simplefilter("ignore", EncodingWarning)
warnings.filterwarnings("error", category=EncodingWarning, module=r"reports\.")  # PYTHONWARNDEFAULTENCODING

_KEPT = re.compile(r'[<>:"|?*\x00-\x1f]|[ .]$')  # in no name (Microsoft, Naming Files, Paths, and Namespaces)


def _refused(path: object) -> None:
    text = os.fsdecode(path)  # type: ignore[arg-type]
    if any(_KEPT.search(part) for part in PurePath(text).parts if part not in (".", "..")):
        raise OSError(errno.EINVAL, "not a name on Windows", text)


def _held(path: object, *, inside: bool = False) -> None:
    """Refuse a file that this process has open, or that is read-only; for a folder those inside count too."""
    text = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
    if Path(text).is_file() and not Path(text).stat().st_mode & 0o200:
        raise PermissionError(errno.EACCES, "read-only", text)
    for one in Path("/proc/self/fd").iterdir():
        try:
            file = str(one.readlink())
        except OSError:
            continue
        if file == text or (inside and file.startswith(text + os.sep)):
            raise PermissionError(errno.EACCES, "open", text)


def _look(event: str, args: tuple[object, ...]) -> None:
    if event == "open":
        path, _, flags = args
        if isinstance(path, str | bytes | os.PathLike):
            if os.fsdecode(path).startswith("/proc/"):
                raise FileNotFoundError(errno.ENOENT, "no /proc", os.fsdecode(path))
            if isinstance(flags, int) and flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
                _refused(path)
    elif event == "os.mkdir":
        _refused(args[0])
    elif event in ("os.rename", "os.link"):
        _refused(args[1])
        if event == "os.rename":
            _held(args[0], inside=True)
            _held(args[1])
    elif event in ("os.remove", "os.rmdir"):
        _held(args[0])


sys.addaudithook(_look)


class _System(PathFinder):
    """Imports ``reports.system`` as on Windows."""

    @classmethod
    def find_spec(cls, fullname: str, path=None, target=None):  # type: ignore[no-untyped-def]
        if fullname != "reports.system":
            return None
        spec = super().find_spec(fullname, path, target)
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            mine, sys.platform = sys.platform, "win32"
            try:
                load(module)
            finally:
                sys.platform = mine

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, _System)
