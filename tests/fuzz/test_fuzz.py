"""Whatever a file holds: its rows are used or set aside, or one message says what is wrong. Never a traceback.

The samples of every suite; ``make campaign`` tries ten thousand.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.mutate import Mutator
from fuzz.spoiling import read_each
from reports import catalogue
from reports.errors import TongbaoError
from reports.read.indicator_table import read_indicator_table
from reports.read.propose import propose

pytestmark = pytest.mark.whole

TESTS = Path(__file__).parents[1]
AGAIN = {**os.environ, "PYTHONPATH": f"{TESTS.parent}:{TESTS}"}


def told(*command: object) -> str:
    """What a script of the tests printed."""
    done = subprocess.run(
        [sys.executable, *map(str, command)], env=AGAIN, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_hundred_spoilt_files(tmp_path):
    outcomes = read_each(tmp_path, range(100))
    assert outcomes.total() == 100
    assert min(outcomes["rows set aside"], outcomes["refused"]) > 15


def test_runs_with_spoilt_files(tmp_path):
    outcomes = json.loads(told(TESTS / "fuzz" / "spoiling.py", "run", tmp_path / "r", 0, 8))
    assert sum(outcomes.values()) == 8
    assert outcomes["rows set aside"] and outcomes["refused"]


def test_a_campaign_goes_on_where_it_stood(tmp_path):
    asked = (TESTS / "campaign.py", tmp_path / "c", "--kills", 0, "--runs", 0)
    assert "1 pieces, 0 of them done before" in told(*asked, "--inputs", 10)
    document = tmp_path / "reliability.md"
    document.write_text("Before.\n<!-- make campaign: begin -->\nold\n<!-- make campaign: end -->\nAfter.\n", "utf-8")
    again = told(*asked, "--inputs", 10, "--document", document)
    assert "1 pieces, 1 of them done before" in again
    text = document.read_text("utf-8")
    assert text.startswith("Before.") and text.endswith("After.\n") and "old" not in text
    assert "| spoilt inputs, read | 10 |" in text


@pytest.mark.parametrize("start", [50_000])
def test_other_readers_of_spoilt_files(tmp_path, start):
    edition = catalogue.load()
    mutator = Mutator(tmp_path)
    for seed in range(start, start + 60):
        told, path = mutator.make(seed)
        for reader in (lambda p=path: propose(p), lambda p=path: read_indicator_table([p], catalogue=edition)):
            try:
                reader()
            except TongbaoError:
                pass
            except Exception as error:
                raise AssertionError(f"{told}: {type(error).__name__}: {error}") from error
