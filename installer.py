"""Install, update or remove tongbao for one account: needs Python 3.11 or later, and from a bundle no network.

Called by ``install.sh`` and ``install.ps1``, which look for Python. Everything stands in one folder: ``app`` (the
environment), ``bin`` (the command) and a note of what was installed. Workspaces are never touched.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from venv import EnvBuilder

HERE = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
OLDEST = (3, 11)
NOTE = "tongbao-installed.json"  # in the folder: it is ours
BIN = "Scripts" if WINDOWS else "bin"
PYTHON = "python.exe" if WINDOWS else "python"
LAUNCHER = "tongbao.cmd" if WINDOWS else "tongbao"
# -P: a folder that happens to be called "reports" where one stands is not taken for the program.
START = (
    '@echo off\r\n"%~dp0..\\app\\Scripts\\python.exe" -P -m reports %*\r\n'
    if WINDOWS
    else '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/../app/bin/python" -P -m reports "$@"\n'
)


class Refused(Exception):
    """What a person has to mend first."""


def main() -> int:
    """Do what is asked; the exit code is 0, or 1 with a message."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace") if _chinese(stream) else stream.reconfigure(encoding="utf-8")
    parser = argparse.ArgumentParser(description="安装、更新或删除 tongbao（通报）。", add_help=False)
    parser.add_argument("--to", type=Path, help="装到哪个文件夹")
    parser.add_argument("--command", type=Path, help="命令 tongbao 放在哪个文件夹（Linux）")
    parser.add_argument("--remove", action="store_true", help="删除；工作目录不动")
    parser.add_argument("--fits", action="store_true", help="只看这个 Python 能不能用")
    parser.add_argument("-h", "--help", action="help", help="显示用法")
    asked = parser.parse_args()
    try:
        bundle = _bundle()
        if asked.fits:
            _fits(bundle)
        elif asked.remove:
            _remove(asked.to or _usual(), asked.command or _commands())
        else:
            _fits(bundle)
            _install(bundle, asked.to or _usual(), asked.command or _commands())
    except Refused as why:
        if not asked.fits:
            print(f"错误：{why}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"错误：{error.filename or ''} {error.strerror or error}。原来装好的没有改动。", file=sys.stderr)
        return 1
    return 0


def _say(text: str) -> None:
    print(text, flush=True)  # before what the program itself says


def _chinese(stream: object) -> bool:
    try:
        "通报".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _bundle() -> dict[str, object] | None:
    """What a bundle says of itself; ``None`` in a checkout."""
    note = HERE / "bundle.json"
    return json.loads(note.read_text("utf-8")) if note.is_file() else None


def machine() -> str:
    """The kind of machine, as bundles are named."""
    kind = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    return f"{'windows' if WINDOWS else sys.platform}-{'amd64' if WINDOWS and kind == 'x86_64' else kind}"


def _fits(bundle: dict[str, object] | None) -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info < OLDEST or sys.maxsize < 1 << 32:
        raise Refused(f"需要64位的 Python 3.11 以上，{sys.executable} 是 {platform.python_version()}。")
    if bundle:
        if machine() != bundle["platform"]:
            raise Refused(f"这个安装包是给 {bundle['platform']} 的，这台机器是 {machine()}。请换用相应的安装包。")
        if version not in bundle["pythons"]:  # type: ignore[operator]
            known = "、".join(bundle["pythons"])  # type: ignore[arg-type]
            raise Refused(f"这个安装包带有 Python {known} 的软件包，{sys.executable} 是 {version}。")


def _usual() -> Path:
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "Programs/tongbao"
    if os.geteuid() == 0:
        return Path("/opt/tongbao")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "tongbao"


def _commands() -> Path | None:
    if WINDOWS:
        return None  # install.ps1 puts the folder itself on the path
    return Path("/usr/local/bin") if os.geteuid() == 0 else Path.home() / ".local/bin"


def _install(bundle: dict[str, object] | None, folder: Path, commands: Path | None) -> None:
    folder = folder.absolute()
    _settle(folder)
    old = _note(folder)
    if folder.exists() and old is None and any(folder.iterdir()):
        raise Refused(f"{folder} 中有别的文件，没有安装。请用 --to 写一个新的文件夹。")
    if commands and _taken(commands / LAUNCHER, folder):
        raise Refused(f"{commands / LAUNCHER} 已经存在，不是本程序放的。请用 --command 写另一个文件夹。")
    if bundle:
        _say("核对安装包……")
        _check(bundle)
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / "next"
    shutil.rmtree(new, ignore_errors=True)
    try:
        _say("安装软件包……")
        _fill(new, bundle)
        told = _run([str(new / BIN / PYTHON), "-P", "-m", "reports", "--version"], "新装的程序不能运行").strip()
        _swap(folder, new)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        if old is None:
            shutil.rmtree(folder / "app", ignore_errors=True)
            _rmdir(folder)
        raise
    (folder / "bin").mkdir(exist_ok=True)
    _write(folder / "bin" / LAUNCHER, START)
    (folder / "bin" / LAUNCHER).chmod(0o755)
    shutil.copyfile(__file__, folder / "installer.py")  # so that it can be removed without the bundle
    _write(folder / NOTE, json.dumps({"version": told.split()[-1], "command": str(commands) if commands else None}))
    if commands:
        commands.mkdir(parents=True, exist_ok=True)
        link = commands / LAUNCHER
        link.unlink(missing_ok=True)
        link.symlink_to(folder / "bin" / LAUNCHER)
    before = f"，原来是 {old['version']}" if old else ""
    _say(f"已安装 {told}{before}：{folder}")
    if commands and str(commands) not in os.environ.get("PATH", "").split(os.pathsep):
        _say(f"请把 {commands} 加进 PATH，或者写全路径：{commands / LAUNCHER}")
    done = subprocess.run([str(folder / "app" / BIN / PYTHON), "-P", "-m", "reports", "doctor"], check=False)
    if done.returncode:
        print("程序已经装好；按上面所说补齐后才能生成 PDF，其他格式不受影响。")


def _fill(new: Path, bundle: dict[str, object] | None) -> None:
    """Make the environment, with fonts and libraries if there are any."""
    EnvBuilder(with_pip=bundle is None, symlinks=not WINDOWS).create(new)
    python = str(new / BIN / PYTHON)
    quiet = ["install", "-q", "--disable-pip-version-check", "--no-warn-script-location", "--no-deps"]
    if bundle:
        wheels = HERE / "wheels"
        # Any pip runs out of its own wheel; Debian's Python has none of its own.
        pip = [python, str(next(wheels.glob("pip-*.whl")) / "pip"), "--isolated", *quiet]
        pip += ["--no-index", "--find-links", str(wheels)]
        _run([*pip, "--require-hashes", "-r", str(HERE / "requirements.txt")], "软件包没有装上")
    else:
        from bundle.lock import runtime  # a checkout has it

        wanted = new / "requirements.txt"
        wanted.write_text("\n".join(runtime(HERE)), "utf-8")
        _run([python, "-m", "pip", *quiet, "--require-hashes", "-r", str(wanted)], "软件包没有装上")
        _run([python, "-m", "pip", *quiet, str(HERE)], "程序没有装上")
    for script in (new / BIN).glob("tongbao*"):
        script.unlink()  # it would name this folder, which is renamed
    share = new / "share/tongbao"
    if (HERE / "fonts").is_dir():
        shutil.copytree(HERE / "fonts", share / "fonts")
    for libraries in sorted((HERE / "libraries").glob("*")) if (HERE / "libraries").is_dir() else ():
        shutil.copytree(libraries, share / "libraries")
        if not subprocess.run([python, "-P", "-m", "reports", "doctor"], capture_output=True, check=False).returncode:
            break
        shutil.rmtree(share / "libraries")  # for a newer system than this


def _check(bundle: dict[str, object]) -> None:
    """Every file of the bundle is as it was made."""
    for name, digest in bundle["files"].items():  # type: ignore[attr-defined]
        path = HERE / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise Refused(f"安装包不完整：{name} 缺失或者已经损坏。请重新复制安装包。")


def _run(command: list[str], what: str) -> str:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise Refused(f"{what}，原来装好的没有改动。\n{said}")
    return done.stdout.decode("utf-8", "replace")


def _swap(folder: Path, new: Path) -> None:
    """The new environment in place of the old one."""
    app, old = folder / "app", folder / "old"
    if app.exists():
        try:
            app.rename(old)
        except OSError as error:
            raise Refused(f"{app} 正在使用：{error.strerror}。请关闭正在运行的 tongbao 后再装。") from error
    try:
        new.rename(app)
    except OSError:
        if old.exists():
            old.rename(app)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _settle(folder: Path) -> None:
    """Bring to an end what was broken off while it changed places."""
    app, old = folder / "app", folder / "old"
    if old.exists() and not app.exists():
        old.rename(app)
    shutil.rmtree(old, ignore_errors=True)


def _note(folder: Path) -> dict[str, str] | None:
    try:
        return dict(json.loads((folder / NOTE).read_text("utf-8")))
    except (OSError, ValueError):
        return None


def _taken(link: Path, folder: Path) -> bool:
    """Whether a command of that name is somebody else's."""
    if link.is_symlink():
        return link.parent / link.readlink() != folder / "bin" / LAUNCHER
    return link.exists()


def _remove(folder: Path, commands: Path | None) -> None:
    folder = folder.absolute()
    note = _note(folder)
    if note is None:
        raise Refused(f"{folder} 中没有装过本程序。装在别处的，用 --to 写明。")
    place = Path(note["command"]) if note.get("command") else commands
    if place and (place / LAUNCHER).is_symlink() and not _taken(place / LAUNCHER, folder):
        (place / LAUNCHER).unlink()
    for name in ("app", "next", "old"):
        if (folder / name).exists():
            shutil.rmtree(folder / name)
    for name in (f"bin/{LAUNCHER}", "installer.py", NOTE):
        (folder / name).unlink(missing_ok=True)
    _rmdir(folder / "bin")
    _rmdir(folder)
    print(f"已删除 {folder}。工作目录没有改动。")
    if folder.exists():
        print(f"{folder} 中有不是本程序装的文件，留着没有动。")


def _rmdir(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(text.encode())
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
