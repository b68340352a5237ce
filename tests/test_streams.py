"""What surrounds a command: streams that know no Chinese, a reader that leaves, a full disk, odd folder names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from by_hand import copied

from reports.ledger.journal import head
from reports.workspace.log import entries

ROOT = Path(__file__).parents[1]
NUMBER = "（2017）豫01民终3046号"


def command(*args: object) -> str:
    return " ".join([f"'{sys.executable}'", "-m", "reports", *(f"'{one}'" for one in args)])


def shell(line: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, env=env, check=False)


@pytest.mark.parametrize(
    "more", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "LANG": "C"}]
)
def test_streams_that_know_no_chinese(more, tmp_path):
    listed = shell(command("case-no", NUMBER, "--json"), **more)
    assert listed.returncode == 0, listed.stderr
    assert "豫01" in listed.stdout.decode()
    refused = shell(command("check", "-w", tmp_path), **more)
    assert refused.returncode == 2
    assert "不是工作目录" in refused.stderr.decode()


@pytest.mark.parametrize(
    ("after", "code"), [("| head -c 1", 141), (">&-", 0), ("2>&-", 0), (">/dev/full", 7), ("<&-", 0)]
)
def test_a_stream_that_ends(after, code):
    done = shell(f"{command('case-no', NUMBER)} {after}")
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert done.returncode in {0, code}


@pytest.mark.parametrize("name", ["甲 乙'\"", "a%20b#c?d", "新\n行"])
def test_odd_names_of_the_folder_for_temporary_files(name, tmp_path):
    place, text = tmp_path / name, tmp_path / "甲.md"
    place.mkdir()
    text.write_text("---\n标题: 关于情况的通报\n---\n\n情况如下。\n", "utf-8")
    done = shell(command("render", text, "--to", "pdf,docx"), TMPDIR=str(place))
    assert done.returncode == 0, done.stderr.decode()
    assert text.with_suffix(".pdf").exists()
    assert list(place.iterdir()) == []


def test_a_run_is_on_record_though_nobody_read_what_it_made(city, tmp_path):
    folder = copied(city, tmp_path / "质效")
    run = command("run", "-w", folder, "--period", "2026Q3", "--as-of", "2026-10-20", "--format", "md", "--quiet")
    done = shell(f"{run} | true", PYTHONUNBUFFERED="1")
    assert (done.returncode, done.stderr) == (141, b"")
    (entry,) = entries(folder)
    assert (entry.command, entry.code, entry.error) == ("run", 141, "输出没有读完")
    assert entry.files and entry.head == head(folder / "tongbao.db")


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root becomes an account without a name"
)
def test_an_account_without_name_and_home_works():
    """As a container is given with ``--user 12345``."""
    with tempfile.TemporaryDirectory() as folder:  # those of the tests are root's alone
        Path(folder).chmod(0o777)
        text = Path(folder) / "甲.md"
        text.write_text("---\n标题: 关于情况的通报\n---\n\n情况如下。\n", "utf-8")
        nobody = "env -u HOME -u TONGBAO_CACHE setpriv --reuid 12345 --regid 12345 --clear-groups"
        done = shell(f"{nobody} {command('render', text, '--to', 'pdf')}", XDG_CACHE_HOME="", TMPDIR=folder)
        assert done.returncode == 0, done.stderr.decode()
        assert text.with_suffix(".pdf").exists()


def test_what_no_font_has_is_told_with_its_place(tmp_path, tongbao):
    text = tmp_path / "甲.md"
    text.write_text("---\n标题: 关于情况的通报\n---\n\n某\ue000区法院。\n某\ue000区，\U0002a6a5。\n", "utf-8")
    told = tongbao("render", text, "--to", "pdf")
    assert told.code == 0
    assert [line.split("。")[0] for line in told.err.splitlines()] == [
        f"已安装的字体没有“\ue000”（U+E000），印作“〓”：{text} 第5行第2字",
        f"已安装的字体没有“\U0002a6a5”（U+2A6A5），印作“〓”：{text} 第6行第5字",
    ]
