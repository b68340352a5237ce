"""The bench itself: its peers are frozen, two runs do not meet in one folder, and the document is what was measured."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

HERE = Path(__file__).parent / "bench"
sys.path.insert(0, str(HERE))

import document  # noqa: E402
import flags  # noqa: E402
import tally  # noqa: E402


def test_the_peers_are_those_that_were_compared_with(tmp_path):
    assert tally.frozen() == []
    for name in tally.FROZEN:
        shutil.copy(HERE / name, tmp_path)
    assert tally.frozen(tmp_path) == []
    (tmp_path / "peer_polars.py").write_text((HERE / "peer_polars.py").read_text("utf-8") + "\n", "utf-8")
    assert tally.frozen(tmp_path) == ["peer_polars.py"]


def test_the_measurement_of_flags_prints_a_row_for_each_size_and_world(monkeypatch, capsys):
    assert {(one.higher, one.basic, one.periods, one.months) for one in flags.FEW} >= {
        (1, 8, 8, 3), (0, 9, 8, 3), (0, 9, 12, 3), (0, 9, 5, 3), (1, 5, 8, 3), (0, 1, 8, 3), (0, 1, 12, 3), (0, 9, 24, 1),
    }  # fmt: skip
    assert {one.world for one in (*flags.FEW, *flags.MANY)} >= {"realistic", "null", "heavy", "doubled"}
    assert len({seed for one in (*flags.MANY, *flags.FEW) for seed in flags.seeds(one, flags.FIRST, 9)}) == 9 * 21
    monkeypatch.setattr(
        sys, "argv", ["flags.py", "--worlds", "4", "--jobs", "1", "--only", "few", "--rows", "1×8", "departments"]
    )
    flags.main()
    rows = [[cell.strip() for cell in line.split("|")] for line in capsys.readouterr().out.splitlines() if line]
    assert [(row[1], row[2]) for row in rows] == [
        ("court system", "worlds"), ("---", "--:"), ("1×8 quarters", "4"), ("6 departments×12 months", "2")
    ]  # fmt: skip
    assert all(len(row) == len(flags.HEAD) + 2 for row in rows)


def test_the_share_of_false_findings_is_pooled_over_worlds():
    """Of 5 red cells in two worlds, one where nothing was planted and one of what never changed are false."""
    truth = np.array([["A-large", "C", "", "B"]], dtype=object)
    worlds = [flags.Found({name: np.array([cells], dtype=bool) for name in ("red", "amber")}, truth)
              for cells in ([1, 1, 0, 1], [1, 0, 1, 0])]  # fmt: skip
    row = [cell.strip() for cell in flags.line("two", worlds).split("|")][1:-1]
    assert row[1:4] == ["2", "2.50", "40.0 (33–50)"] and row[5:8] == ["100", "50", "100.0"]


def test_a_second_run_in_one_folder_ends_at_once_and_leaves_the_first_alone(tmp_path):
    with tally.alone(tmp_path) as work:
        (work / "ours.parquet").write_bytes(b"1")
        with pytest.raises(SystemExit, match="another bench"), tally.alone(tmp_path):
            pass
        assert (work / "ours.parquet").exists()
    with tally.alone(tmp_path) as work:
        assert not list(work.iterdir())


def run(program: str, cpu: float, note: str = "") -> dict[str, object]:
    return {"size": "1M", "input": "CSV", "program": program, "load": 1.0, "note": note, "cpu": cpu, "wall": 9.0,
            "peak": 100.0, "code": 0}  # fmt: skip


def test_medians_and_ratios_by_hand():
    found = {"runs": [run("ours", 2.0), run("polars", 9.0), run("ours", 4.0), run("polars", 3.0), run("ours", 3.0),
                      run("polars", 4.5), run("pandas", 0.1, "failed at 1 MiB")]}  # fmt: skip
    assert tally.summary(found)[2:] == [
        "| 1M | CSV | ours | 3 | 3.0 | 2.0–4.0 | 100 | 1.00 |",
        "| 1M | CSV | polars | 3 | 4.5 | 3.0–9.0 | 100 | 1.50 |",
        "| 1M | CSV | pandas: failed at 1 MiB | 1 | | | | |",
    ]


def test_every_row_is_kept_and_printed_when_its_program_has_ended(tmp_path, capsys):
    table = tally.Table(tmp_path / "results.json", {"commit": "abc"})
    table.add("1M", "CSV", "ours", tally.Cost(2.0, 3.0, 100.0, 0))
    assert "ours\t2.0 s CPU" in capsys.readouterr().out
    assert [one["program"] for one in json.loads((tmp_path / "results.json").read_text("utf-8"))["runs"]] == ["ours"]


def test_the_document_names_the_commit_and_keeps_what_was_written_by_hand():
    found = {"commit": "abc123", "day": "2026-11-28", "cores": 2, "ours": "Python 3", "peers": "polars 2",
             "runs": [run("ours", 2.0)],
             "steps": [{"size": "1M", "input": "CSV", "step": "counting", "cpu": 0.62}]}  # fmt: skip
    made = document.written(f"before\n{document.BEGIN}\nold\n{document.END}\nafter\n", found)
    assert made.startswith("before\n")
    assert made.endswith("after\n")
    assert "`abc123`" in made
    assert "| counting | 0.62 |" in made
    assert "old" not in made
    assert document.written(made, found) == made
    text = (Path(__file__).parents[1] / "docs/performance.md").read_text("utf-8")
    assert text.count(document.BEGIN) == text.count(document.END) == 1


def test_a_changed_peer_is_refused(tmp_path):
    for path in HERE.glob("*.py"):
        shutil.copy(path, tmp_path)
    (tmp_path / "peer_pandas.py").write_text("pass\n", "utf-8")
    command = [sys.executable, str(tmp_path / "tally.py"), str(tmp_path / "folder"), "--sizes", "0.001"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(HERE.parents[1])}
    )
    assert done.returncode == 1
    assert "peer_pandas.py" in done.stderr


def test_the_tally_counts_all_that_the_peers_count(province, tmp_path):
    out = tmp_path / "ours.parquet"
    command = [sys.executable, HERE / "ours.py", province / "cases.parquet", province / "courts.csv", out]
    subprocess.run(command, check=True)
    told = subprocess.run([*command, "--steps"], check=True, capture_output=True, text=True).stdout
    assert {line.partition("\t")[2] for line in told.splitlines()} >= {"counting", "facts of numbers joined, rows kept"}
    theirs = {"filed", "concluded_dated", "limited", "within_limit", "first_concluded", "revised", "remanded", "days",
              "days_cases", "civil_first", "civil_mediated", "enforced", "enforced_completed", "enforced_terminated",
              "exec_due", "exec_recovered", "appeals", "first_reversed", "suits", "pieces", "pending",
              "litigation_filed", "litigation_opening", "over12", "opening"}  # fmt: skip
    assert theirs <= set(duckdb.sql(f"SELECT * FROM '{out}'").columns)
    assert all(name in (HERE / "peer_pandas.py").read_text("utf-8") for name in theirs - {"litigation_opening"})
