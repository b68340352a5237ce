"""What Unix and Windows do each in their own way: in one module, and whole commands in a process without Unix's names.

The process is made by ``tests/windows/sitecustomize.py``. It is no Windows: paths, locks and libraries in C are Unix's.
"""

from __future__ import annotations

import ast
import ctypes
import io
import json
import ntpath
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from windows.process import DRIVE, FANDOL, OWN_FONTS, ROOT, make_profile, on_windows

from reports import system, workspace
from reports.workspace import schedule
from reports.workspace.calendar import EXAMPLE

pytestmark = pytest.mark.whole

# What one of the two systems lacks, or does otherwise.
MODULES = {
    "fcntl",
    "pwd",
    "grp",
    "resource",
    "termios",
    "msvcrt",
    "winreg",
    "signal",
    "platform",
    "locale",
    "pty",
    "tty",
}
OF_OS = re.compile(
    r"get(e?[ug]id|groups|pgid|loadavg)|fork|umask|f?chmod|l?chown|sysconf|sched_\w+|setsid|kill(pg)?|nice|uname|statvfs"
    r"|mkfifo|wait\w*|open|O_\w+|name|sep|linesep|startfile|symlink"
)
ATTRIBUTES = {"chmod", "st_uid", "st_gid", "st_mode", "symlink_to", "hardlink_to", "windll"}
PLACES = re.compile(r"/(dev|proc|etc|usr|tmp|var|opt)/|[A-Z]:\\")


def _named(path: Path) -> set[str]:
    """What a module names of one system alone, each with its line."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Import(names=names):
                found |= {(line, one.name) for one in names if one.name.partition(".")[0] in MODULES}
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in MODULES:
                found.add((line, module))
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if OF_OS.fullmatch(name):
                found.add((line, f"os.{name}"))
            case ast.Attribute(value=ast.Name(id="sys"), attr="platform"):
                found.add((line, "sys.platform"))
            case ast.Attribute(attr=name) if name in ATTRIBUTES:
                found.add((line, name))
            case ast.Constant(value=str(text)) if PLACES.match(text):
                found.add((line, text))
    return {f"{path.relative_to(ROOT)}:{line} {what}" for line, what in found}


def test_what_one_system_has_stands_in_one_module():
    named = {one for path in (ROOT / "reports").rglob("*.py") if path.name != "system.py" for one in _named(path)}
    assert named == set()
    own = " ".join(_named(ROOT / "reports/system.py"))  # the search finds what it looks for
    assert all(
        one in own for one in ("signal", "os.getuid", "st_uid", "chmod", "/etc/fonts", "resource", "sys.platform")
    )


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_profile(tmp_path_factory.mktemp("王五") / "Users")


def test_a_court_works_in_a_process_without_unix(profile, tmp_path, tongbao):
    there, here = tmp_path / "windows", tmp_path / "unix"
    made = ("--office", "court", "--cases", "2000", "--encoding", "gb18030", "-q")
    run = ("run", "--period", "2026Q3", "--kinds", "general", "--as-of", "2026-10-20", "-q", "-w")
    stem = "2026Q3-general"
    commands = [
        ["demo", there, *made],
        [*run, there, "--format", "md"],
        ["ledger", "sign", stem, "-w", there, "--by", "李某"],
        ["ledger", "issue", stem, "-w", there, "--by", "王五"],
        [*run, there, "--format", "md"],
        ["ledger", "verify", "-w", there],
        ["ledger", "bulletins", "-w", there],
        ["backup", tmp_path / "备份.zip", "-q", "-w", there],
        ["restore", tmp_path / "备份.zip", tmp_path / "restored"],
        ["doctor", "--json"],
    ]
    words = json.dumps([[str(word) for word in command] for command in commands])
    done = on_windows(profile, DRIVE, given=words)
    assert "Traceback" not in done.stderr, done.stderr
    ended = re.findall(r"^exit (\d+) (\w+)$", done.stdout, re.MULTILINE)
    assert [code for code, _ in ended] == ["0"] * len(commands), done.stdout + done.stderr
    roles = {
        role["name"]: role
        for role in json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])["roles"]
    }
    assert {Path(role["file"]).parent for role in roles.values()} == {profile / OWN_FONTS}
    # Results are kept in the profile, and nothing is left half done.
    assert list((profile / "AppData/Local/tongbao/results").glob("*.pickle"))
    assert not [path for path in tmp_path.rglob(".tongbao-*") if not path.name.endswith(".lock")]
    # The same text and tables as on Unix, to the last byte.
    assert tongbao("demo", here, *made).code == 0
    assert tongbao(*run, here, "--format", "md").code == 0
    same = [
        f"out/2026Q3/{stem}.md",
        "out/2026Q3/indicators.csv",
        f"out/2026Q3/data/{stem}.csv",
        "out/2026Q3/charts/flow.svg",
    ]
    for name in same:
        assert (there / name).read_bytes() == (here / name).read_bytes(), name


def test_the_reader_of_a_pipe_may_leave(profile):
    command = [sys.executable, "-m", "reports", "docs", "reference"]
    environment = {"PYTHONPATH": f"{ROOT / 'tests/windows'}:{ROOT}", "HOME": str(profile), "LOCALAPPDATA": str(profile)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout and process.stderr
        assert process.stdout.read(1)
        process.stdout.close()
        told = process.stderr.read()
        assert (process.wait(), told) == (system.PIPE_CLOSED, b"")


@pytest.mark.parametrize(
    ("windows", "terminal", "told"), [(True, False, "utf-8"), (True, True, "gbk"), (False, False, "gbk")]
)
def test_what_goes_into_a_file_is_utf_8_on_windows(monkeypatch, windows, terminal, told):
    class Stream(io.TextIOWrapper):
        def isatty(self) -> bool:
            return terminal

    raw = io.BytesIO()
    stream = Stream(raw, encoding="gbk", newline="\r\n" if windows else None)
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    monkeypatch.setattr(system, "WINDOWS", windows)
    monkeypatch.setattr(sys, "stdout", stream)
    system.ready_streams()
    print("通报𠮷")
    stream.flush()
    end = "\r\n" if windows and terminal else "\n"
    # A character that the code page lacks stands as its number.
    assert raw.getvalue().decode(told) == ("通报𠮷" if told == "utf-8" else r"通报\U00020bb7") + end


def test_what_other_programs_say_is_read_as_they_write(monkeypatch):
    monkeypatch.setattr(system, "WINDOWS", True)
    monkeypatch.setattr(system.locale, "getencoding", lambda: "cp936")
    assert system.decoded("拒绝访问。".encode("gbk")) == system.decoded("拒绝访问。".encode()) == "拒绝访问。"


def test_a_path_on_another_drive_stands_as_it_is(monkeypatch):
    assert system.seen_from(Path("/a/质效"), Path("/a/数据/b.csv")) == "../数据/b.csv"
    monkeypatch.setattr(os.path, "relpath", ntpath.relpath)
    assert system.seen_from(Path("C:/质效"), Path("D:/数据/b.csv")) == "D:/数据/b.csv"


def test_rights_are_those_of_the_folder_on_windows(monkeypatch, tmp_path):
    monkeypatch.setattr(system, "WINDOWS", True)
    monkeypatch.setenv("HOME", str(tmp_path / "王五"))
    own, shared = tmp_path / "王五/results", tmp_path / "共享"
    for folder in (own, shared):
        folder.mkdir(parents=True, mode=0o777)
        folder.chmod(0o777)
    # What is kept is trusted as the program itself: from the profile only, wherever the mode may say.
    assert system.private(own) and not system.private(shared)
    system.give(shared, 0o700)
    assert shared.stat().st_mode & 0o777 == 0o777
    assert not system.group_writes(shared)


def test_the_records_of_the_windows_api_have_their_sizes():
    # sysinfoapi.h, MEMORYSTATUSEX; psapi.h, PROCESS_MEMORY_COUNTERS on 64 bits: four bytes, four, then eight each.
    assert (ctypes.sizeof(system._Memory), system._Memory.free.offset) == (64, 16)
    assert (ctypes.sizeof(system._Held), system._Held.committed.offset) == (72, 56)


def test_dlls_that_were_brought_along_are_found(monkeypatch, tmp_path):
    monkeypatch.setattr(system, "WINDOWS", True)
    monkeypatch.setattr(system, "INSTALLED", tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.delenv("WEASYPRINT_DLL_DIRECTORIES", raising=False)
    system.find_libraries()
    assert "WEASYPRINT_DLL_DIRECTORIES" not in os.environ  # where there are none, WeasyPrint knows better
    (tmp_path / "libraries").mkdir()
    for _ in range(2):
        system.find_libraries()
    assert os.environ["WEASYPRINT_DLL_DIRECTORIES"] == str(tmp_path / "libraries")
    assert os.environ["PATH"] == f"/usr/bin{os.pathsep}{tmp_path / 'libraries'}"


def _font(path: Path, source: str, *names: str) -> None:
    """A font with a few characters under other family names, the last one Chinese."""
    font = TTFont(FANDOL / source)
    subsetter = Subsetter(Options(name_IDs=["*"], name_languages=["*"], notdef_outline=True))
    subsetter.populate(text="国审通民一〇0a")
    subsetter.subset(font)
    for record in list(font["name"].names):
        if record.nameID in (1, 4, 6, 16, 17, 21, 22):
            font["name"].removeNames(nameID=record.nameID)
    for name in names:
        language = 0x804 if not name.isascii() else 0x409
        for number, text in ((1, name), (2, "Regular"), (4, name)):
            font["name"].setName(text, number, 3, 1, language)
    font["name"].setName(names[0] if names[0].isascii() else path.stem, 6, 3, 1, 0x409)
    del font["CFF "].cff[0].rawDict["FullName"], font["CFF "].cff[0].rawDict["FamilyName"]
    font.save(path)


WINDOWS_FONTS = {
    "仿宋": ("simfang.ttf", "FandolFang-Regular.otf", "FangSong", "仿宋"),
    "楷体": ("simkai.ttf", "FandolKai-Regular.otf", "KaiTi", "楷体"),
    "黑体": ("simhei.ttf", "FandolHei-Regular.otf", "SimHei", "黑体"),
    "宋体": ("simsun.ttf", "FandolSong-Regular.otf", "SimSun", "宋体"),
    "小标宋": ("fzxbs.ttf", "FandolSong-Bold.otf", "FZXiaoBiaoSong-B05S", "方正小标宋简体"),
}
# The families of Founder's fonts, as 麒麟 and 统信 have them, by their English names alone.
FOUNDER_FONTS = {
    "仿宋": ("fzfs.otf", "FandolFang-Regular.otf", "FZFangSong-Z02"),
    "楷体": ("fzkt.otf", "FandolKai-Regular.otf", "FZKai-Z03"),
    "黑体": ("fzht.otf", "FandolHei-Regular.otf", "FZHei-B01"),
    "宋体": ("fzss.otf", "FandolSong-Regular.otf", "FZShuSong-Z01"),
    "小标宋": ("fzxbs.otf", "FandolSong-Bold.otf", "FZXiaoBiaoSong-B05"),
}
GB2312 = ("gb2312.ttf", "FandolFang-Regular.otf", "FangSong_GB2312", "仿宋_GB2312")
BARE = (
    "import sys; from reports import cli, system; system.font_configurations = tuple; sys.argv = ['tongbao', 'doctor', '--json'];"
    "cli.main()"
)


@pytest.fixture(params=["windows", "unix"])
def doctor(request, tmp_path) -> tuple[Path, Callable[[], dict[str, dict[str, str]]]]:
    """A folder of fonts, and what ``doctor`` says of each role where fontconfig is not set up."""
    windows = request.param == "windows"
    folder = tmp_path / (OWN_FONTS if windows else ".local/share/fonts")
    folder.mkdir(parents=True)

    def ask() -> dict[str, dict[str, str]]:
        if windows:
            done = on_windows(tmp_path, "-m", "reports", "doctor", "--json")
        else:
            environment = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": str(tmp_path)}
            done = subprocess.run(
                [sys.executable, "-c", BARE], env=environment, encoding="utf-8", capture_output=True, check=False
            )
        assert done.returncode == 0, done.stderr
        return {role["name"]: role for role in json.loads(done.stdout)["roles"]}

    return folder, ask


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """All those fonts."""
    folder = tmp_path_factory.mktemp("fonts")
    for file, source, *names in (*WINDOWS_FONTS.values(), *FOUNDER_FONTS.values(), GB2312):
        _font(folder / file, source, *names)
    return folder


@pytest.mark.parametrize("fonts", [WINDOWS_FONTS, FOUNDER_FONTS], ids=["windows", "founder"])
def test_each_role_is_found_by_the_names_of_the_system(doctor, drawn, fonts):
    folder, ask = doctor
    for file, *_ in fonts.values():
        (folder / file).symlink_to(drawn / file)
    roles = ask()
    assert {name: Path(role["file"]).name for name, role in roles.items()} == {
        name: one[0] for name, one in fonts.items()
    }
    assert all(role["preferred"] for role in roles.values())


def test_the_font_that_the_standard_is_written_with_comes_before_that_of_windows(doctor, drawn):
    folder, ask = doctor
    for file, *_ in (*WINDOWS_FONTS.values(), GB2312):
        (folder / file).symlink_to(drawn / file)
    assert Path(ask()["仿宋"]["file"]).name == GB2312[0]


def arguments(line: str) -> list[str]:
    """A command line of Windows taken apart, as its programs do (Microsoft, Parsing C command-line arguments)."""
    found, quoted, slashes, now = [], False, 0, None
    for char in f"{line} ":
        if char == "\\":
            slashes, now = slashes + 1, now or ""
            continue
        now = (now or "") + "\\" * (slashes // 2 if char == '"' else slashes) if slashes else now
        if char == '"':
            if slashes % 2:
                now = f'{now or ""}"'
            else:
                quoted, now = not quoted, now or ""
        elif char in " \t" and not quoted:
            found += [now] if now is not None else []
            now = None
        else:
            now = (now or "") + char
        slashes = 0
    return found


@pytest.fixture
def office(tmp_path, monkeypatch) -> Iterator[Path]:
    """A workspace with a calendar, on Windows, and a program that says what it was asked."""
    top = Path(tempfile.mkdtemp(prefix="d", dir="/tmp"))  # as short as a drive
    folder = top / "质 效&1"
    folder.mkdir()
    text = f'[source]\nfiles = ["cases.csv"]\n{EXAMPLE}[schedule]\nuntil = "18:00"\nbackup = ".."\n'
    (folder / "tongbao.toml").write_text(text + '[[delivery]]\nway = "folder"\nfolder = "."\n', "utf-8")
    tool = tmp_path / "bin/schtasks"
    tool.parent.mkdir()
    asked = tmp_path / "asked"
    tool.write_text(
        f'#!/bin/sh\nfor one; do printf "%s\\0" "$one"; done >> "{asked}"; echo >> "{asked}"\n'
        f'[ "$1" = /Query ] || exit 0\ngrep -qaF "$3" "{asked}.there" 2>/dev/null\n',
        "utf-8",
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    monkeypatch.setenv("USERNAME", "王五")
    monkeypatch.setenv("LOGNAME", "王五")
    monkeypatch.setattr(system, "WINDOWS", True)
    yield folder
    shutil.rmtree(top)


def test_tasks_of_windows_are_printed_and_made(office, tongbao, tmp_path):
    told = tongbao("schedule", "-w", office)
    assert told.code == 0, told.err
    assert "任务在这个账号登录时运行" in told.err and "cron" not in told.out + told.err
    lines = [arguments(line) for line in told.out.splitlines()]
    place = workspace.find(office)
    for words, name in zip(lines, schedule.NAMES, strict=True):
        task = schedule.windows_name(place, name)
        assert words[:5] == ["schtasks", "/Create", "/F", "/TN", task] and re.fullmatch(
            r"tongbao\\tongbao-\w{8}-\w+", task
        )
    made = {words[4].rpartition("-")[2]: dict(zip(words[5::2], words[6::2], strict=True)) for words in lines}
    assert made["run"]["/SC"] == "DAILY" and made["run"]["/ST"] == "08:05"
    assert made["deliver"]["/SC"] == "MINUTE" and made["deliver"]["/MO"] == "10"
    command = arguments(made["run"]["/TR"])
    waiting = ["--when-due", "--wait-for-data", "--every", "10m", "--until", "18:00", "--tell"]
    assert command[-11:] == ["run", "-q", "-w", str(office), *waiting]
    assert arguments(made["backup"]["/TR"])[-5:] == [
        "backup",
        str(office.parent / f"{office.name}.zip"),
        "-q",
        "-w",
        str(office),
    ]

    done = tongbao("schedule", "-w", office, "--install", "-q")
    assert done.code == 0, done.err
    asked = [row.split("\0")[:-1] for row in (tmp_path / "asked").read_text("utf-8").splitlines()]
    assert [["schtasks", *words] for words in asked if words[0] == "/Create"] == lines
    (tmp_path / "asked.there").write_text(
        "\n".join(schedule.windows_name(place, name) for name in ("run", "backup")), "utf-8"
    )
    gone = tongbao("schedule", "-w", office, "--remove")
    assert gone.code == 0 and gone.out.count("已去掉") == 2
    assert "没有 systemd" in tongbao("schedule", "-w", office, "--systemd").err


def test_what_windows_could_not_read_is_no_task(office, tongbao, monkeypatch, tmp_path):
    far = tmp_path / ("远" * 80) / ("远" * 80) / ("远" * 80)
    far.mkdir(parents=True)
    (far / "tongbao.toml").write_text(f'[source]\nfiles = ["cases.csv"]\n{EXAMPLE}', "utf-8")
    told = tongbao("schedule", "-w", far)
    assert told.code == 2 and "261个字符" in told.err
    office.rename(office.with_name("100%"))
    told = tongbao("schedule", "-w", office.with_name("100%"))
    assert told.code == 2 and "百分号" in told.err
