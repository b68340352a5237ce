"""Progress is for somebody who watches: one line that is drawn over, on the terminal's standard error."""

from __future__ import annotations

import io
import re
import sys
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.commands import console
from reports.commands.console import clock, moment


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Set within the test: between set-up and test pytest puts its own streams in place."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "72")
    return screen


def test_many_bulletins_are_one_line(monkeypatch):
    terminal = watched(monkeypatch)
    step = console.bar(quiet=False)
    for done in range(1, 139):
        step("排版", done, 138, f"2026Q3-court-辽{done:04}.pdf")
    text = terminal.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("[####################] 138/138 2026Q3-court-辽0138.pdf\n")
    assert "[##########..........] 69/138 2026Q3-court-辽0069.pdf" in text


def test_a_long_name_does_not_wrap(monkeypatch):
    terminal = watched(monkeypatch)
    console.bar(quiet=False)("撰写法院通报", 1, 2, "审" * 60)
    (line,) = re.findall(r"\x1b\[K(.*)", terminal.getvalue())
    assert sum(2 if ord(char) > 0x2E80 else 1 for char in line) <= 71


def test_quiet_or_unwatched_says_nothing(monkeypatch):
    terminal = watched(monkeypatch)
    console.bar(quiet=True)("排版", 1, 1, "甲.pdf")
    assert terminal.getvalue() == ""
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    console.bar(quiet=False)("排版", 1, 1, "甲.pdf")
    assert pipe.getvalue() == ""


def test_what_is_done_is_dated_by_the_clock_of_the_court_wherever_the_server_stands(monkeypatch):
    """By the same as the day of a command: else what was done last would seem later than today."""
    monkeypatch.setenv("TZ", "Pacific/Honolulu")
    time.tzset()
    try:
        now = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
        assert abs(datetime.fromisoformat(moment(None)) - now) < timedelta(minutes=1)
        assert abs(clock().replace(tzinfo=None) - now) < timedelta(minutes=1)
        assert moment("2026-10-20") == "2026-10-20"
    finally:
        monkeypatch.undo()
        time.tzset()
