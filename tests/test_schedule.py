"""What the system is to start: the lines of a crontab carried out as cron does, and units that systemd accepts."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from by_hand import COURTS

from reports import workspace
from reports.errors import ConfigError
from reports.workspace import schedule
from reports.workspace.calendar import EXAMPLE
from reports.workspace.install import Account, Units, program
from reports.workspace.log import entries

ROOT = Path(__file__).parents[1]
ODD = "质 效%1'2$HOME\"3"  # what a shell, cron and systemd would each read in its own way


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / ODD
    folder.mkdir()
    text = f'[source]\nfiles = ["cases.csv"]\n{EXAMPLE}[schedule]\nuntil = "00:00"\nbackup = "../备 份"\n'
    (folder / "tongbao.toml").write_text(text, "utf-8")
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "备 份").mkdir()
    return folder


def lines(text: str) -> dict[str, str]:
    """Last of five fields → command, of the lines of a crontab that start something."""
    rows = [row for row in text.splitlines() if row and not row.startswith("#")]
    return {" ".join(row.split(" ")[:5]): row.split(" ", 5)[5] for row in rows}


def as_cron(command: str, home: Path) -> subprocess.CompletedProcess[str]:
    r"""Carry out a line as cron does: ``%`` ends the command but for ``\%``, and hardly anything is in the environment.

    do_command.c of Vixie cron; PYTHONPATH is added, so that a checkout that is not installed is found.
    """
    told, escaped = "", False
    for char in command:
        if escaped and char == "%":
            told, escaped = told[:-1] + "%", False
            continue
        if char == "%":
            break
        escaped = char == "\\"
        told += char
    environment = {
        "HOME": str(home), "LOGNAME": "user", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return subprocess.run(["/bin/sh", "-c", told], env=environment, capture_output=True, text=True, check=False)


def test_the_lines_of_the_crontab_do_what_they_say(office, tongbao, tmp_path):
    told = tongbao("schedule", "-w", office)
    assert told.code == 0
    assert told.out.splitlines()[0].startswith("# tongbao 开始：") and "没有写 [schedule] backup" not in told.err
    found = lines(told.out)
    assert list(found) == ["5 8 * * *", "30 8 * * *", "10 23 * * *"]
    assert all(len(line.encode()) < 1000 for line in found.values())
    log = office / schedule.LOG

    # The data are not there, and the day is over.
    done = as_cron(found["5 8 * * *"], tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (10, "", "")
    assert "等到00:00，数据仍没有到齐：找不到数据文件“cases.csv”。" in log.read_text("utf-8")
    (entry,) = entries(office)
    assert (entry.command, entry.code) == ("run", 10)

    log.unlink()
    assert as_cron(found["30 8 * * *"], tmp_path).returncode == 0
    assert log.is_file() and not log.stat().st_mode & 0o007

    # There is no ledger: the backup that there may be is not replaced by one without.
    assert as_cron(found["10 23 * * *"], tmp_path).returncode == 2
    assert not list((tmp_path / "备 份").iterdir())
    tongbao("ledger", "decide", "-w", office, "--period", "2026Q3", "--text", "清理案件42件", "--owner", "民一庭",
            "--deadline", "2099-12-31", "--by", "王五")  # fmt: skip
    assert as_cron(found["10 23 * * *"], tmp_path).returncode == 0, log.read_text("utf-8")
    assert [path.name for path in (tmp_path / "备 份").iterdir()] == [f"{ODD}.zip"]
    assert "没有发现改动。" in log.read_text("utf-8")


def test_a_crontab_keeps_all_its_other_lines(office, tmp_path):
    place = workspace.find(office)
    other = workspace.Workspace(tmp_path, place.config)
    block = schedule.cron(schedule.tasks(place, ["/opt/tongbao"]), place)
    before = "MAILTO=a@b\n# 别的\n1 2 * * * 别的 %x\n"
    both = schedule.within(schedule.within(before, "# tongbao 开始：别处\n", other), block, place)
    assert both == f"{before}# tongbao 开始：别处\n{block}"
    assert schedule.within(both + "9 9 * * * 后面\n", block, place) == both + "9 9 * * * 后面\n"
    changed = block.replace("5 8", "6 9")
    assert schedule.within(both, changed, place) == both.replace("5 8", "6 9")
    assert schedule.within(both, "", place) == f"{before}# tongbao 开始：别处\n"
    with pytest.raises(ConfigError, match="只有开头，没有结尾"):
        schedule.within(both.replace("# tongbao 结束", "# "), block, place)


def test_installing_is_idempotent_and_can_be_taken_back(office, tongbao, tmp_path, monkeypatch):
    """A program in place of crontab keeps the table in a file, as the real one does."""
    table = tmp_path / "crontab"
    table.write_text("1 2 * * * 别的\n", "utf-8")
    _program(tmp_path, monkeypatch, "crontab", f'if [ "$1" = -l ]; then cat "{table}"; else cat > "{table}"; fi')
    if os.geteuid() == 0:
        os.chown(office, 0, 0)
    for times in range(2):
        told = tongbao("schedule", "-w", office, "--install", "-q")
        assert told.code == 0, told.err
        assert ("没有改动" in told.out) == bool(times)
        text = table.read_text("utf-8")
        assert text.startswith("1 2 * * * 别的\n# tongbao 开始：") and text.count("tongbao 开始") == 1
    assert tongbao("schedule", "-w", office, "--remove").code == 0
    assert table.read_text("utf-8") == "1 2 * * * 别的\n"
    assert "没有这个工作目录的任务" in tongbao("schedule", "-w", office, "--remove").out


def test_what_crontab_refuses_is_told(office, tongbao, tmp_path, monkeypatch):
    _program(tmp_path, monkeypatch, "crontab", "echo 'You (user) are not allowed to use this program' >&2; exit 1")
    told = tongbao("schedule", "-w", office, "--install")
    assert told.code == 7 and "not allowed" in told.err and "改用 --systemd" in told.err
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    told = tongbao("schedule", "-w", office, "--install")
    assert told.code == 8 and "这台机器没有 cron" in told.err


def _program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_units_are_accepted_by_systemd(office, tmp_path):
    with (office / "tongbao.toml").open("a", encoding="utf-8") as file:
        file.write('[[delivery]]\nway = "folder"\nfolder = "."\n')
    place = workspace.find(office)
    user = pwd.getpwuid(os.geteuid()).pw_name
    files = schedule.units(schedule.tasks(place, program()), place, zone="Asia/Shanghai", user=user)
    assert sorted(name.partition("-")[2].partition("-")[2] for name in files) == [
        "backup.service", "backup.timer", "deliver.service", "deliver.timer", "remind.service", "remind.timer",
        "run.service", "run.timer",
    ]  # fmt: skip
    folder = tmp_path / "units"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(folder.iterdir()))], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    wrong = folder / "tongbao-wrong-run.timer"
    wrong.write_text(files[f"{schedule.prefix(place)}run.timer"].replace("08:05", "28:05"), "utf-8")
    found = subprocess.run(["systemd-analyze", "verify", str(wrong)], capture_output=True, text=True, check=False)
    assert found.returncode or found.stderr  # what it accepts, it has looked at


def test_systemd_gets_each_argument_as_it_is(office):
    """Quoted as systemd.service(5) reads it: ``%`` and ``$`` doubled, quotes with a backslash."""
    place = workspace.find(office)
    files = schedule.units(schedule.tasks(place, ["/opt/tong bao"]), place, zone="Asia/Shanghai")
    command = files[f"{schedule.prefix(place)}remind.service"].split("ExecStart=")[1].splitlines()[0]
    folder = str(office).replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    assert command == f'"/opt/tong bao" "calendar" "--remind" "-q" "-w" "{folder}"'
    assert "User=" not in files[f"{schedule.prefix(place)}run.service"]


def test_units_are_put_where_the_account_has_them(office, tmp_path, monkeypatch):
    """A program in place of systemctl writes down what it is asked."""
    asked = tmp_path / "asked"
    _program(tmp_path, monkeypatch, "systemctl", f'echo "$@" >> "{asked}"')
    account = Account("user", tmp_path / "home", root=False)
    folder = tmp_path / "home/.config/systemd/user"
    place = workspace.find(office)
    prefix = schedule.prefix(place)
    told = Units(place, account).install()
    assert len(list(folder.iterdir())) == 6 and f"已写好：{folder / prefix}run.timer" in told
    timers = " ".join(f"{prefix}{name}.timer" for name in ("run", "remind", "backup"))
    assert asked.read_text().splitlines() == ["--user daemon-reload", f"--user enable --now {timers}"]
    text = (office / "tongbao.toml").read_text("utf-8").replace('backup = "../备 份"\n', "")
    (office / "tongbao.toml").write_text(text, "utf-8")
    place = workspace.find(office)
    told = Units(place, account).install()
    assert len(list(folder.iterdir())) == 4 and f"没有变：{folder / prefix}run.timer" in told
    assert f"--user disable --now {prefix}backup.timer" in asked.read_text()
    _program(tmp_path, monkeypatch, "systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    assert "Failed to connect to bus" in Units(place, account).remove()[-1]
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('backup = "../备 份"', 'backup = "没有"', "备份用的文件夹不存在"),
        ('until = "00:00"', 'until = "24:30"', "时刻应写成 08:05"),
        (EXAMPLE, "", "没有写日历"),
    ],
)
def test_what_cannot_be_scheduled_is_told(office, tongbao, old, new, told):
    text = (office / "tongbao.toml").read_text("utf-8")
    (office / "tongbao.toml").write_text(text.replace(old, new), "utf-8")
    done = tongbao("schedule", "-w", office)
    assert done.code == 2 and told in done.err and done.out == ""
    both = tongbao("schedule", "-w", office, "--install", "--remove")
    assert both.code == 2


def test_what_is_started_is_this_program():
    assert Path(program()[0]).is_absolute() and Path(program()[0]).parent == Path(sys.executable).parent
