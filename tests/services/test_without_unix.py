"""The whole of a court's demo in a process without what only Unix has, pools of processes included."""

from __future__ import annotations

import pytest
from windows.process import make_profile, on_windows

pytestmark = pytest.mark.services


def test_the_demo_of_a_court_runs_to_its_end(tmp_path):
    folder = tmp_path / "court"
    home = make_profile(tmp_path / "home")
    done = on_windows(home, "-m", "reports", "demo", folder, "--office", "court", "--cases", "2000", "--run")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and (folder / "index.html").is_file()
    asked = ("--for", "each", "--period", "2026Q1-Q3", "--as-of", "2026-10-15", "-w", folder)
    done = on_windows(home, "-m", "reports", "bulletin", "department", *asked)
    assert done.returncode == 0, done.stderr
    made = [path for path in folder.glob("out/*/*department*.pdf") if path.read_bytes().startswith(b"%PDF")]
    assert len(made) > 5  # more than are set in turn: processes of a pool made them
    assert not [path for path in folder.rglob(".tongbao-*") if path.is_dir()]
