"""Runs killed at their effects: a few points of each scenario; ``make campaign`` tries many."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from killing import DELIVERIES, SCENARIOS

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parents[1]
POINTS = 4


def killed(folder: Path, scenario: str, points: int, *kept: Path) -> dict[str, int]:
    """What became of the runs of a scenario, in a process of its own."""
    command = [sys.executable, Path(__file__).parent / "killing.py", folder, scenario, str(points), "5", *kept]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def kept(shared) -> Path:
    """The results of both data, the earlier and the changed."""
    return shared("killed-runs", lambda folder: killed(folder / "k", "changed", 0)) / "k/cache"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_run_killed_anywhere_leaves_the_old_state_or_the_new(tmp_path, kept, scenario):
    told = killed(tmp_path / "k", scenario, POINTS, kept)
    assert told["old"] + told["new"] == POINTS and told["effects"] > 60
    assert told["stopped"] >= POINTS / 2
    print(scenario, told)


@pytest.mark.parametrize("way", DELIVERIES)
def test_a_delivery_killed_anywhere_reaches_everybody_once_or_says_that_it_does_not_know(tmp_path, kept, way):
    told = killed(tmp_path / "k", way, POINTS, kept)
    assert told["delivered"] + told["unclear"] == POINTS and told["effects"] > 60
    assert told["stopped"] >= POINTS / 2
    print(way, told)
