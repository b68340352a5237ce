"""Whatever a file holds: its rows are used or set aside, or one message says what is wrong. Never a traceback."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from by_hand import COURTS, TODAY

from fuzz.mutate import KINDS, Mutator
from reports import catalogue, read
from reports.courts import court_table
from reports.errors import TongbaoError
from reports.read.indicator_table import read_indicator_table
from reports.read.propose import propose

FULL = int(os.environ.get("FUZZ", "10000"))
PARTS = 4  # so that pytest -n can share the work


def spoil(folder: Path, seeds: range) -> Counter[str]:
    """Read one spoilt file per seed; what became of them."""
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(folder / "courts.csv")
    mutator = Mutator(folder)
    outcomes: Counter[str] = Counter()
    for seed in seeds:
        told, path = mutator.make(seed)
        try:
            with read.read([path.name], folder, tree=tree if seed % 5 else None, today=TODAY) as cases:
                assert cases.rows_in == cases.rows_used + len(cases.set_aside), told
                assert (cases.set_aside["行"] > 0).all(), told
                assert cases.set_aside["原因"].notna().all(), told
            outcomes["all rows used" if cases.rows_in == cases.rows_used else "rows set aside"] += 1
        except TongbaoError as error:
            assert str(error).strip(), told
            assert "Traceback" not in str(error), told
            outcomes["refused"] += 1
        except Exception as error:
            raise AssertionError(f"{told}: {type(error).__name__}: {error}") from error
    return outcomes


def test_three_hundred_spoilt_files(tmp_path):
    outcomes = spoil(tmp_path, range(300))
    assert outcomes.total() == 300
    assert min(outcomes["rows set aside"], outcomes["refused"]) > 50


@pytest.mark.bench
@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_spoilt_files(tmp_path, part):
    share = FULL // PARTS
    outcomes = spoil(tmp_path, range(1_000 + part * share, 1_000 + (part + 1) * share))
    print(f"\n{share} files of {len(KINDS)} kinds: {dict(outcomes)}")
    assert outcomes.total() == share


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
