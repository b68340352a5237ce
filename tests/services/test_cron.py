"""The lines of ``tongbao schedule`` carried out by cron itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reports.commands.console import today_in
from reports.courts.periods import latest_complete
from reports.workspace import schedule
from reports.workspace.calendar import EXAMPLE
from reports.workspace.log import entries

pytestmark = pytest.mark.services
ROOT = Path(__file__).parents[2]
ODD = "质 效%1'2$HOME\"3"


@pytest.fixture
def cron(tmp_path: Path) -> Iterator[None]:
    """Cron at work, and the account's crontab as it was afterwards."""
    program = shutil.which("cron", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "cron is not installed: run make test-services, which installs it"
    before = subprocess.run(["crontab", "-l"], capture_output=True, check=False)
    kept = before.stdout if before.returncode == 0 else b""
    # A checkout that is not installed is found, and nothing is kept where other tests look for it.
    variables = f'PYTHONPATH="{ROOT}"\nTONGBAO_CACHE=""\n'.encode()
    subprocess.run(["crontab", "-"], input=kept + variables, check=True)
    process = subprocess.Popen([program, "-f"])  # ends at once where one is at work already
    time.sleep(2)  # a table that is written within the second in which cron has read it is not read again
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        back = ["crontab", "-"] if before.returncode == 0 else ["crontab", "-r"]
        subprocess.run(back, input=kept, check=True)


def test_cron_starts_the_run_that_the_calendar_says(cron, tmp_path):
    folder = tmp_path / ODD
    folder.mkdir()
    soon = datetime.now() + timedelta(seconds=100)  # cron looks at its tables once a minute, and both need a moment
    period = latest_complete(today_in())
    own = f'[[calendar.date]]\nperiod = "{period.key}"\nstep = "data"\non = {period.end}\n'
    text = f'[source]\nfiles = ["cases.csv"]\n{EXAMPLE}{own}[schedule]\nrun = "{soon:%H:%M}"\nuntil = "00:00"\n'
    (folder / "tongbao.toml").write_text(text, "utf-8")
    install = [sys.executable, "-m", "reports", "schedule", "-w", str(folder), "--install"]
    done = subprocess.run(install, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    log, last = folder / schedule.LOG, time.monotonic() + 240
    while not list(entries(folder)) and time.monotonic() < last:
        time.sleep(1)
    (entry,) = entries(folder)
    assert (entry.command, entry.code) == ("run", 10), entry
    assert "等到00:00，数据仍没有到齐：找不到数据文件“cases.csv”。" in log.read_text("utf-8")
