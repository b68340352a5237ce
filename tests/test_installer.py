"""The installer, with a bundle of tiny wheels, and the lock file's part that a bundle takes."""

from __future__ import annotations

import ensurepip
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parents[1]
VERSION = ".".join(map(str, sys.version_info[:2]))


def _module(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


INSTALLER, LOCK = _module(ROOT / "installer.py"), _module(ROOT / "bundle/lock.py")


def _wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    info = f"{name}-{version}.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"{name}-{version}-py3-none-any.whl"
    record = "".join(f"{one},,\n" for one in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as out:
        for one, text in (files | {f"{info}/RECORD": record}).items():
            out.writestr(one, text)
    return path


def bundle(folder: Path, version: str, *, works: bool = True, **said: object) -> Path:
    """A bundle whose program only tells its version."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    shutil.copy2(next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")), wheels)
    program = f"import sys, leaf\nprint('tongbao {version}' if '--version' in sys.argv else 'doctor')\n"
    own = _wheel(
        wheels, "tongbao", version, {"reports/__init__.py": "", "reports/__main__.py": program if works else "1 / 0\n"}
    )
    leaf = _wheel(wheels, "leaf", "1", {"leaf.py": ""})
    hashes = {f"tongbao=={version}": own, "leaf==1": leaf}
    lines = [f"{name} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n" for name, path in hashes.items()]
    (folder / "requirements.txt").write_text("".join(lines), "utf-8")
    (folder / "fonts").mkdir()
    (folder / "fonts/仿宋.otf").write_bytes(b"font")
    for name in ("installer.py", "install.sh"):
        shutil.copy2(ROOT / name, folder / name)
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*") if path.is_file()
    }  # fmt: skip
    note = {"version": version, "platform": INSTALLER.machine(), "pythons": [VERSION], "files": files} | said
    (folder / "bundle.json").write_text(json.dumps(note), "utf-8")
    return folder


def install(folder: Path, home: Path, *words: object, code: int = 0) -> str:
    """What the installer says, on a machine whose package index cannot be reached."""
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHON": sys.executable, "LC_ALL": "C", "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_CONFIG_FILE": os.devnull,
    }  # fmt: skip
    place = ("--to", home / "tongbao", "--command", home / "bin")
    done = subprocess.run(
        ["sh", str(folder / "install.sh"), *map(str, place), *map(str, words)], env=environment, encoding="utf-8",
        capture_output=True, check=False, cwd=home,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def version(home: Path) -> str:
    # A folder of that name where one stands is not taken for the program.
    (home / "here/reports").mkdir(parents=True, exist_ok=True)
    (home / "here/reports/__init__.py").touch()
    done = subprocess.run(
        [str(home / "bin/tongbao"), "--version"], env={"PATH": "/usr/bin:/bin"}, cwd=home / "here", encoding="utf-8",
        capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_it_is_installed_updated_and_removed_and_workspaces_stay(tmp_path):
    home = tmp_path / "王 五"
    home.mkdir()
    work = home / "tongbao/质效"  # a workspace in the folder of the program itself
    assert "已安装 tongbao 1.0" in install(bundle(tmp_path / "one", "1.0"), home)
    work.mkdir()
    (work / "tongbao.db").write_bytes(b"ledger")
    assert version(home) == "tongbao 1.0"
    assert (home / "tongbao/app/share/tongbao/fonts/仿宋.otf").is_file()

    assert "已安装 tongbao 2.0，原来是 1.0" in install(bundle(tmp_path / "two", "2.0"), home)
    assert version(home) == "tongbao 2.0"
    # A new version that does not run leaves the one that does.
    broken = bundle(tmp_path / "three", "3.0", works=False)
    assert "原来装好的没有改动" in install(broken, home, code=1)
    assert version(home) == "tongbao 2.0"
    (broken / "wheels/leaf-1-py3-none-any.whl").write_bytes(b"spoilt in copying")
    assert "leaf-1-py3-none-any.whl 缺失或者已经损坏" in install(broken, home, code=1)
    assert version(home) == "tongbao 2.0"

    # What was broken off between the two steps of an update is put right by the next.
    (home / "tongbao/app").rename(home / "tongbao/old")
    install(broken, home, code=1)
    assert version(home) == "tongbao 2.0"

    shutil.copytree(home / "tongbao", tmp_path / "kept", symlinks=True)
    told = install(tmp_path / "two", home, "--remove")
    assert "工作目录没有改动" in told and "不是本程序装的文件" in told
    assert sorted(path.name for path in (home / "tongbao").rglob("*")) == ["tongbao.db", "质效"]
    assert not (home / "bin/tongbao").is_symlink()
    assert "没有装过" in install(tmp_path / "two", home, "--remove", code=1)


def test_what_is_not_its_own_it_leaves_alone(tmp_path):
    home, one = tmp_path / "home", bundle(tmp_path / "one", "1.0")
    (home / "tongbao").mkdir(parents=True)
    (home / "tongbao/甲.txt").touch()
    assert "中有别的文件，没有安装" in install(one, home, code=1)
    (home / "tongbao/甲.txt").unlink()
    (home / "bin").mkdir()
    (home / "bin/tongbao").write_text("#!/bin/sh\n", "utf-8")
    assert "不是本程序放的" in install(one, home, code=1)
    assert (home / "bin/tongbao").read_text("utf-8") == "#!/bin/sh\n"
    assert list((home / "tongbao").iterdir()) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"platform": "linux-loongarch64"}, "这个安装包是给 linux-loongarch64 的"),
        ({"pythons": ["3.99"]}, "这个安装包带有 Python 3.99"),
    ],
)
def test_a_bundle_for_another_machine_is_refused(tmp_path, said, told):
    (tmp_path / "home").mkdir()
    assert told in install(bundle(tmp_path / "one", "1.0", **said), tmp_path / "home", code=1)
    assert list((tmp_path / "home").iterdir()) == []


def test_what_the_program_needs_is_found_in_the_lock_file():
    pins = LOCK.pins((ROOT / "requirements.lock").read_text("utf-8"))
    assert len(pins) == len(re.findall(r"^\S+==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    assert all("--hash=sha256:" in line for one in pins for line in one.lines[1:])
    asked = LOCK.needed((ROOT / "pyproject.toml").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {"weasyprint", "duckdb", "psycopg", "pymysql", "tzdata"} <= asked and len(asked) == len(
        project["dependencies"]
    ) + 2
    found = {one.name: one for one in LOCK.closure(pins, asked)}
    assert asked <= set(found)
    assert {"numpy", "cffi", "pydyf", "cryptography", "fonttools", "markupsafe"} <= set(
        found
    )  # of those that are asked for
    assert not {"pytest", "ruff", "mypy", "scipy", "hypothesis", "click"} & set(found)
    assert found["colorama"].condition == "sys_platform == 'win32'"


def test_the_closure_goes_all_the_way():
    lock = "a==1 \\\n    --hash=sha256:0\n    # via tongbao (pyproject.toml)\nb==2 \\\n    --hash=sha256:0\n    # via\n    #   a\n    #   z\n"
    lock += "c==3 ; sys_platform == 'win32' \\\n    --hash=sha256:0\n    # via b\nz==4 \\\n    --hash=sha256:0\n    # via tongbao (pyproject.toml)\n"
    assert [one.name for one in LOCK.closure(LOCK.pins(lock), {"a"})] == ["a", "b", "c"]


def test_the_dlls_that_a_dll_asks_for_are_read():
    make = pytest.importorskip("packaging") and _module(ROOT / "bundle/make.py")
    import pip

    launcher = next(
        Path(pip.__file__).parent.glob("_vendor/distlib/t64.exe")
    )  # a program of Windows that pip brings along
    assert "kernel32.dll" in make.imports(launcher.read_bytes())
    with pytest.raises(ValueError, match="no PE32"):
        make.imports(b"\x7fELF" + bytes(1024))


def test_windows_reads_the_script_as_it_is():
    data = (ROOT / "install.ps1").read_bytes()
    # PowerShell 5 takes a file without the mark for one in the code page, and cmd's lines end with two characters.
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\n") == data.count(b"\r\n")
    assert "错误：没有找到可用的 Python" in data.decode("utf-8-sig")
