"""``run --wait-for-data``: it waits until the export is there and whole, or the day is over; the office is told."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest
from by_hand import CASES_BY_HAND, COURTS

from reports.commands.console import retried, seconds_of, time_of
from reports.errors import Busy, ConfigError, InputError, NotYet
from reports.ledger.documents import Dispatch, draft
from reports.workspace.log import entries

ROOT = Path(__file__).parents[1]
LATE = time(23, 59)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "质效"
    folder.mkdir()
    text = '[court]\ncode = "辽01"\n[source]\nfiles = ["cases.csv"]\n[output]\nformats = ["md"]\nkinds = ["general"]\n'
    text += "[quality]\nmax_set_aside_percent = 20.0\n"
    (folder / "tongbao.toml").write_text(text, "utf-8")
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    return folder


def looks(*states: object):
    """What the files look like, one after another; the last for ever."""
    found = list(states)
    return lambda: found.pop(0) if len(found) > 1 else found[0]


def test_files_that_change_between_two_looks_are_not_read(capsys):
    read: list[int] = []
    state = looks(("a", 1), ("a", 2), ("a", 3), ("a", 4), ("a", 4))
    assert retried(lambda: read.append(1), state, 0, LATE, "Asia/Shanghai") is None
    assert read == [1] and state() == ("a", 4)
    assert capsys.readouterr().err.count("数据文件还在写入。") == 1  # told once


def test_what_was_found_wanting_is_read_again_only_when_it_has_changed():
    read: list[int] = []

    def work() -> int:
        read.append(1)
        if len(read) == 1:
            raise InputError("数据没有到9月30日。")
        return 7

    state = looks(1, 1, 1, 1, 1, 2, 2)
    assert retried(work, state, 0, LATE, "Asia/Shanghai") == 7
    assert len(read) == 2 and state() == 2


def test_data_on_a_server_are_asked_for_again():
    answers = [InputError("服务器没有回答。"), InputError("服务器没有回答。"), None]

    def work() -> str:
        if error := answers.pop(0):
            raise error
        return "好"

    assert retried(work, tuple, 0, LATE, "Asia/Shanghai") == "好"


def test_another_run_is_waited_for():
    answers = [Busy("另一个 tongbao 正在处理这个工作目录。"), None]

    def work() -> str:
        if error := answers.pop(0):
            raise error
        return "好"

    assert retried(work, looks(1), 0, LATE, "Asia/Shanghai") == "好"


def test_at_the_end_of_the_day_it_says_what_is_missing():
    def work() -> None:
        raise InputError("2个法院的数据没有报送。", where="cases.csv")

    with pytest.raises(NotYet, match="等到00:00，数据仍没有到齐：2个法院的数据没有报送。") as error:
        retried(work, looks(1), 60, time(0, 0), "Asia/Shanghai")
    assert (error.value.where, error.value.exit_code) == ("cases.csv", 10)


def test_other_errors_end_it_at_once():
    def work() -> None:
        raise ConfigError("口径有误。")

    with pytest.raises(ConfigError):
        retried(work, looks(1), 0, LATE, "Asia/Shanghai")


def test_how_long_and_until_when_are_written():
    assert [seconds_of(text) for text in ("30s", "10m", "2H")] == [30, 600, 7200]
    assert (time_of("8:05"), time_of("18：30")) == (time(8, 5), time(18, 30))
    for wrong in ("10", "0m", "1d", "十分"):
        with pytest.raises(ConfigError, match="无法识别"):
            seconds_of(wrong)
    for wrong in ("24:00", "8", "18:60"):
        with pytest.raises(ConfigError, match="无法识别"):
            time_of(wrong)


def test_a_run_waits_for_its_export(office):
    """A process of its own, which begins with no data; they come when it has said that it waits."""
    command = [sys.executable, "-m", "reports", "run", "-w", str(office), "--period", "2025Q3"]
    process = subprocess.Popen(
        [*command, "--wait-for-data", "--every", "1s"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stderr is not None
    said = process.stderr.readline()
    assert "找不到数据文件“cases.csv”。每1秒再看一次，到23:59为止。" in said
    (office / "cases.csv").write_text(CASES_BY_HAND, "utf-8")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "数据 8 行" in out and (office / "out/2025Q3/2025Q3-general.md").is_file()
    (entry,) = entries(office)
    assert (entry.code, entry.period) == (0, "2025Q3")


def test_the_office_is_told_of_a_run_that_failed(office, tongbao, tmp_path):
    share = tmp_path / "共享"
    share.mkdir()
    with (office / "tongbao.toml").open("a", encoding="utf-8") as file:
        file.write('[[delivery]]\nway = "folder"\nfolder = "../共享"\n')
    (office / "recipients.csv").write_text("单位,地址,方式\n本办公室,,\n辽0102,,\n", "utf-8")
    for _ in range(2):  # of the same cause it is told once a day
        done = tongbao("run", "-q", "-w", office, "--period", "2025Q3", "--wait-for-data", "--until", "00:00", "--tell")
        assert done.code == 10
        (letter,) = share.rglob("*.txt")
    text = letter.read_text("utf-8-sig")
    assert (letter.parent.name, letter.name) == ("审判管理办公室", "通报运行没有完成：2025Q3.txt")
    assert "（2025Q3）：等到00:00，数据仍没有到齐：找不到数据文件“cases.csv”。" in text
    assert not (office / "out").exists()
    assert tongbao("run", "-q", "-w", office, "--period", "2025Q3", "--dry-run", "--tell").code == 5
    assert len(list(share.rglob("*.txt"))) == 1  # a trial tells nobody


def test_that_nobody_can_be_told_changes_nothing(office, tongbao):
    with (office / "tongbao.toml").open("a", encoding="utf-8") as file:
        file.write('[[delivery]]\nway = "folder"\nfolder = "../共享"\n')
    done = tongbao("run", "-q", "-w", office, "--period", "2025Q3", "--tell")
    assert done.code == 5 and "没有能够告知本办公室：写了 [[delivery]]，但没有收件表。" in done.err
    assert done.err.splitlines()[-3].startswith("错误：找不到数据文件")


def test_only_when_it_is_due(office, tongbao):
    refused = tongbao("run", "-w", office, "--when-due")
    assert refused.code == 2 and "没有写日历" in refused.err
    with (office / "tongbao.toml").open("a", encoding="utf-8") as file:
        file.write('[calendar]\ndata = "+5工作日"\n')

    def run(day: str) -> int:
        done = tongbao("run", "-q", "-w", office, "--when-due", "--as-of", day)
        assert not done.out
        return done.code

    assert run("2026-10-12") == 0  # a day before: nothing is done
    assert not list(entries(office))
    assert run("2026-10-13") == 5  # there are no data
    assert len(list(entries(office))) == 1
    one = Dispatch("2026Q3-general", "通报", "2026Q3", "0" * 64)
    draft(office / "tongbao.db", [one], at="2026-10-13", who="tongbao")
    assert run("2026-10-14") == 0  # there is one already
    assert len(list(entries(office))) == 1
