"""What Unix and Windows each do in their own way: rights, signals, processors, memory, streams, places of fonts.

Nothing else in the program names what only one of them has (``tests/test_system.py`` looks at every module). Where a
system cannot do a thing, the function here says what is left of it: on Windows rights are those that a folder hands on
to what is in it, and no file gets rights of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import getpass
import io
import locale
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

WINDOWS: Final = sys.platform == "win32"
PIPE_CLOSED: Final = 128 + 13  # what a shell reports of a program that SIGPIPE (13, POSIX) has ended


# Rights and owners


def give(path: Path, mode: int) -> None:
    """Set the rights of a file or folder, where the system keeps them by file; raises :class:`OSError`.

    On Windows the only bit of a mode is "read-only", which would keep the file from being replaced: nothing is set.
    """
    if not WINDOWS:
        path.chmod(mode)


def group_writes(folder: Path) -> bool:
    """Whether a group may write into a folder; never on Windows, where the folder hands its own rights on."""
    if WINDOWS:
        return False
    with contextlib.suppress(OSError):
        return bool(folder.stat().st_mode & stat.S_IWGRP)
    return False


def mask() -> int:
    """The rights that the account takes from new files (umask); none on Windows."""
    if WINDOWS:
        return 0
    kept = os.umask(0o077)
    os.umask(kept)
    return kept


def own(path: Path) -> bool:
    """Whether a file or folder is this account's; on Windows whatever it may see in its own places counts as such."""
    return WINDOWS or path.lstat().st_uid == os.getuid()


def private(folder: Path) -> bool:
    """Whether nobody but this account (and administrators) may write or read a folder; raises :class:`OSError`.

    On Windows that is so of what lies in the account's profile, by the rights that Windows gives a profile.
    """
    if WINDOWS:
        return folder.resolve(strict=True).is_relative_to(Path.home().resolve())
    about = folder.stat()
    return about.st_uid == os.getuid() and not about.st_mode & 0o077


def close(folder: Path) -> None:
    """Take a folder of this account's from all others."""
    if not WINDOWS and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def close_to_others(path: Path, wanted: int) -> None:
    """Others never read or write the file; an empty one, just made, gets the mode that is wanted. Raises OSError."""
    if WINDOWS:
        return
    about = path.stat()
    if about.st_mode & 0o007 or (not about.st_size and about.st_mode & 0o777 != wanted):
        path.chmod(wanted if not about.st_size else about.st_mode & 0o770 | (0o060 if wanted == 0o660 else 0))


SHARED_ADVICE: Final = (
    "几个账号共用的，请在文件夹的“属性—安全”中给各账号“修改”的权限。"
    if WINDOWS
    else "几个账号共用的，把工作目录交给一个组：chgrp -R 组名，chmod -R g+rwX，各文件夹再加 chmod g+s。"
)
READ_ADVICE: Final = (
    "请在其“属性—安全”中给本账号“读取”的权限。" if WINDOWS else "请由所有者给本组读取的权限（chmod g+rX）。"
)


@dataclass(frozen=True)
class Account:
    """Whose tasks they are: of the account that owns a folder where ``root`` is at work, else one's own."""

    name: str
    home: Path
    root: bool
    administrator: str = "root"  # how the system calls the account of root

    @property
    def other(self) -> bool:
        """Whether root is at work for another account."""
        return self.root and self.name != self.administrator


def account(folder: Path) -> Account:
    """The account that owns a folder where root is at work, else one's own.

    Raises :class:`LookupError` with the number of the owner where the system knows no such account.
    """
    if WINDOWS:
        return Account(getpass.getuser(), Path.home(), root=False)
    import pwd  # noqa: PLC0415  (not every system has it)

    root = os.geteuid() == 0
    number = folder.stat().st_uid if root else os.geteuid()
    try:
        entry, first = pwd.getpwuid(number), pwd.getpwuid(0)
    except KeyError:
        raise LookupError(number) from None
    return Account(entry.pw_name, Path(entry.pw_dir), root, first.pw_name)


# Places

PROGRAM: Final = "tongbao.exe" if WINDOWS else "tongbao"
SYSTEMD: Final = "/etc/systemd/system"


def cache_folder() -> Path:
    """Where the account's programs keep what they may lose: ``XDG_CACHE_HOME``, ``LOCALAPPDATA``, else ``~/.cache``.

    Raises :class:`FileNotFoundError` for an account that has no home, as in a container.
    """
    named = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if WINDOWS else "")
    if named:
        return Path(named) / "tongbao"
    if home := _home():
        return home / ".cache" / "tongbao"
    raise FileNotFoundError(errno.ENOENT, "no home")


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # neither the environment nor the system knows one
        return None


def seen_from(folder: Path, path: Path) -> str:
    """A path beside a folder, with ``/``; as it is where no way leads there, as from one drive to another."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()


def flush_names(folder: Path) -> None:
    """The names in a folder, to the disk; Windows and some file systems cannot, and write them by themselves."""
    if WINDOWS:
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# Processes


ENDING: Final = tuple(name for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGBREAK") if hasattr(signal, name))
"""The signals that ask a program to end: Windows has SIGBREAK for SIGHUP."""


def on_ending(stop: Callable[[int, FrameType | None], object]) -> None:
    """Have ``stop`` called by each signal that asks to end, unless who started the program wants it ignored.

    ``nohup`` does, and a shell in the background.
    """
    for name in ENDING:
        number = getattr(signal, name)
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def interrupt(number: int) -> bool:
    """Whether a signal is that of Ctrl-C."""
    return number == signal.SIGINT


def ignore_interrupts() -> None:
    """Ctrl-C reaches the processes of a pool too, but is for the one that asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def end_with_reader() -> None:
    """The reader of a pipe may leave early: end quietly then, as other commands do, where a signal tells of it."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


@contextmanager
def outliving_reader() -> Iterator[None]:
    """That a reader has left is an error inside, not the end: what is at work has something to write down first.

    Or it is no reader of the output that has left, but a process of its own.
    """
    if not hasattr(signal, "SIGPIPE") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGPIPE, before)


def reader_left(error: OSError) -> bool:
    """Whether the reader of a pipe has left, which Windows tells as an invalid argument."""
    return isinstance(error, BrokenPipeError) or (WINDOWS and error.errno == errno.EINVAL)


def processors() -> int:
    """How many processors this process may use: a container or ``taskset`` may leave it fewer than the machine has."""
    every = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(every // _beside, 1)


_beside = 1  # processes, with this one, that share the processors


def share_processors(among: int) -> None:
    """Take part of the processors only: so many processes, with this one, are at work beside one another."""
    global _beside  # noqa: PLW0603 - it is true of the whole process
    _beside = among


# Streams


def forks() -> BaseContext | None:
    """How a process is made that begins with all that this one holds; ``None`` where the system has no such thing."""
    from multiprocessing import get_all_start_methods, get_context  # noqa: PLC0415 - most commands need neither

    return get_context("fork") if "fork" in get_all_start_methods() else None


def ready_streams() -> None:
    """Every message can be written: a stream that knows no Chinese (``LC_ALL=C``, as cron has it) gets UTF-8.

    On Windows a console takes Unicode as it is, and what goes into a file or another program is UTF-8, not the code
    page of the system: the same bytes everywhere. ``PYTHONIOENCODING`` overrules that.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started the program
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            try:
                "通".encode(stream.encoding)
                known = not WINDOWS or stream.isatty() or "PYTHONIOENCODING" in os.environ
            except (UnicodeEncodeError, LookupError):
                known = False
            # Rare characters on a GBK terminal stand as \u....
            stream.reconfigure(encoding=None if known else "utf-8", errors="backslashreplace")
            if WINDOWS and not stream.isatty():
                stream.reconfigure(newline="\n")


def decoded(told: bytes) -> str:
    """What another program has printed: UTF-8, else as this system writes (GBK on a Chinese Windows)."""
    with contextlib.suppress(UnicodeDecodeError):
        return told.decode("utf-8")
    return told.decode(locale.getencoding() if WINDOWS else "utf-8", "replace")


# Memory and time


class _Memory(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API (sysinfoapi.h)."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        *((name, ctypes.c_uint64) for name in ("total", "free", "paged", "page", "virtual", "open", "extended")),
    )


class _Held(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of the Windows API (psapi.h)."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("faults", ctypes.c_uint32),
        *((f"field{number}", ctypes.c_size_t) for number in range(6)),
        ("committed", ctypes.c_size_t),  # PagefileUsage
        ("peak", ctypes.c_size_t),
    )


def free_memory() -> int | None:
    """Bytes of memory that may be had now, or ``None`` where the system does not say."""
    if WINDOWS:
        told = _Memory(ctypes.sizeof(_Memory))
        return int(told.free) if _kernel("GlobalMemoryStatusEx", ctypes.byref(told)) else None
    free = None
    with contextlib.suppress(ValueError, OSError, AttributeError):
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    return free


def _held() -> int | None:
    """Bytes of address space, on Windows of committed memory, that this process holds; ``None`` if not known."""
    if WINDOWS:
        told = _Held(ctypes.sizeof(_Held))
        self = ctypes.c_void_p(-1)  # GetCurrentProcess: this constant
        return (
            int(told.committed) if _kernel("K32GetProcessMemoryInfo", self, ctypes.byref(told), told.length) else None
        )
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return None


def _kernel(name: str, *values: Any) -> bool:
    """Call a function of Windows's kernel; whether it could tell."""
    library = getattr(ctypes, "windll", None)
    return bool(library and getattr(library.kernel32, name)(*values))


@contextmanager
def bounded(seconds: float, memory: int, too_much: type[BaseException]) -> Iterator[None]:
    """An end to what the main thread does inside: ``too_much`` is raised in it after some seconds of processor time.

    Beyond ``memory`` bytes more than are held now there is :class:`MemoryError`, or ``too_much`` as well. Unix does
    both by itself (ITIMER_VIRTUAL, RLIMIT_AS); elsewhere a thread looks on, and a single operation of the interpreter
    comes to its end first.
    """
    alarm = hasattr(signal, "setitimer") and not WINDOWS
    with _memory_bounded(memory) as limited, _alarm(seconds, too_much) if alarm else contextlib.nullcontext():
        if alarm and limited:
            yield
        else:
            with _watched(None if alarm else seconds, None if limited else memory, too_much):
                yield


@contextmanager
def _alarm(seconds: float, too_much: type[BaseException]) -> Iterator[None]:
    def over(_number: int, _frame: FrameType | None) -> None:
        raise too_much

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextmanager
def _memory_bounded(memory: int) -> Iterator[bool]:
    """Whether the system bounds the memory by itself."""
    try:
        import resource  # noqa: PLC0415  (not every system has it)
    except ImportError:
        yield False
        return
    held = _held()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if held is None:
        yield False
        return
    room = held + memory
    tighter = soft == resource.RLIM_INFINITY or room < soft
    if tighter:
        resource.setrlimit(resource.RLIMIT_AS, (room, hard))
    try:
        yield True
    finally:
        if tighter:
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


LOOK: Final = 0.02  # seconds between two looks of the thread


@contextmanager
def _watched(seconds: float | None, memory: int | None, too_much: type[BaseException]) -> Iterator[None]:
    """A thread looks at the time of this process and the memory it holds, and raises in the thread that is inside."""
    inside, over, lock = threading.get_ident(), threading.Event(), threading.Lock()
    began, held = time.process_time(), _held()
    if seconds is None and held is None:  # nothing to look at
        yield
        return

    def beyond() -> bool:
        late = seconds is not None and time.process_time() - began >= seconds
        return late or (memory is not None and held is not None and (_held() or 0) - held > memory)

    def look() -> None:
        while not over.wait(LOOK):
            if beyond():
                with lock:
                    if not over.is_set():
                        _raise_in(inside, too_much)
                return

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with lock:
            over.set()
            _raise_in(inside, None)  # one that has not come through yet is for what is inside only


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    given = ctypes.py_object(error) if error else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), given)


# Fonts and the libraries of the layout engine

INSTALLED: Final = Path(sys.prefix) / "share" / "tongbao"
"""Where the installer puts what no package brings: ``fonts``, and the layout engine's ``libraries``."""


def font_configurations() -> tuple[str, ...]:
    """The files with which fontconfig is set up on this kind of system, whether they are there or not."""
    if WINDOWS:
        return ()
    return ("/etc/fonts/fonts.conf", "/usr/local/etc/fonts/fonts.conf", "/opt/homebrew/etc/fonts/fonts.conf")


def font_folders() -> tuple[str, ...]:
    """The folders of fonts that a system without such a file has, as fontconfig reads them, those below included.

    Windows: the two names by which fontconfig knows the system's and the account's folder (fonts-conf, ``dir``).
    """
    home = _home()
    if WINDOWS:
        own_folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "Microsoft/Windows/Fonts"
        return ("WINDOWSFONTDIR", "WINDOWSUSERFONTDIR", str(own_folder))
    # XDG base directories; the older place
    own_folders = (home / ".local/share/fonts", home / ".fonts") if home else ()
    return ("/usr/share/fonts", "/usr/local/share/fonts", *(str(folder) for folder in own_folders))


# Where TeX distributions keep the Fandol fonts outside fontconfig's own folders.
TEX_FONTS: Final = (
    "/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol",
    "/usr/share/texmf/fonts/opentype/public/fandol",
)


def find_libraries() -> None:
    """Let the layout engine find Pango and what belongs to it, where an installation brought them along.

    On Windows cffi looks for the DLLs along ``PATH`` (a name with a point in it is none to Windows without its ending),
    and these find one another in the folders of ``WEASYPRINT_DLL_DIRECTORIES``. On Linux the system's own come first,
    and the names under which WeasyPrint asks for libraries are answered with those that are loaded already.
    """
    folder = INSTALLED / "libraries"
    if WINDOWS:
        if folder.is_dir() and "WEASYPRINT_DLL_DIRECTORIES" not in os.environ:
            os.environ["WEASYPRINT_DLL_DIRECTORIES"] = str(folder)
            os.environ["PATH"] = os.pathsep.join((os.environ.get("PATH", ""), str(folder)))
        return
    if not folder.is_dir() or _loads("libpangoft2-1.0.so.0"):
        return
    left = sorted(folder.glob("*.so*"))
    while left and len(rest := [path for path in left if not _loads(str(path))]) < len(left):
        left = rest  # those whose own needs were not loaded yet


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True


LIBRARIES_ADVICE: Final = (
    "请用安装包中的 install.ps1 安装（其中带有排版所需的 DLL），或安装 MSYS2 的 mingw-w64-ucrt-x86_64-pango。"
    if WINDOWS
    else "请安装排版所需的系统库（Debian、Ubuntu、统信、麒麟桌面版）：apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
    "libharfbuzz-subset0 fontconfig；没有 libharfbuzz-subset0 的系统，请用安装包中的 install.sh 安装。"
)
FONTS_ADVICE: Final = (
    "请安装字体后重试：中文版 Windows 自带仿宋、楷体、黑体、宋体；方正小标宋请装本院已有的，或用安装包的 install.ps1。"
    if WINDOWS
    else "请安装字体后重试（Debian、Ubuntu、统信、麒麟桌面版）：apt-get install fontconfig fonts-noto-cjk；"
    "仿宋、楷体、小标宋宜另装 Fandol 字体（见 make system）或本院已有的方正、GB2312 字体。"
)
