from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.deliver import publish
from reports.errors import ConfigError, DeliveryError
from reports.ledger import items, record
from reports.model import Flag, Reference


def flag(court="辽0102", severity="red", indicator="appeal_rate"):
    return Flag(
        period="2025Q3", court=court, line="全部", indicator=indicator, severity=severity, strength=severity,
        direction="up", rules=("R4",), value=0.12, numerator=12, denominator=100,
        reference=Reference("year_before", 0.08, "去年同期"), evidence="某院上诉率为12.00%。",
    )  # fmt: skip


def test_a_flag_becomes_one_item_however_often_it_runs(tmp_path):
    path = tmp_path / "tongbao.db"
    flags = [flag(), flag("辽0103", "amber"), flag("辽0202", "yellow"), flag("辽0202", "green")]
    assert record(path, flags, day="2025-10-20") == 2
    assert record(path, flags, day="2025-10-21") == 0
    assert record(path, [*flags, flag(indicator="within_limit")], day="2025-10-22") == 1
    found = items(path, period="2025Q3")
    assert [(item.court, item.severity, item.state) for item in found] == [
        ("辽0102", "red", "发现"), ("辽0102", "red", "发现"), ("辽0103", "amber", "发现"),
    ]  # fmt: skip
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM event").fetchone() == (3,)


def test_no_ledger_no_items(tmp_path):
    assert items(tmp_path / "none.db") == []


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path):
    path = tmp_path / "tongbao.db"
    path.write_bytes(b"not a database at all, but a clerk's notes" * 20)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="台账无法打开"):
        record(path, [flag()], day="2025-10-20")
    assert path.read_bytes() == before


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


names = st.sampled_from(["a.md", "b.pdf", "charts/t.svg", "块.csv"])


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(names, st.binary(max_size=50)), st.dictionaries(names, st.binary(max_size=50), min_size=1))
def test_publishing_writes_all_files_and_keeps_the_others(tmp_path_factory, old, new):
    folder = tmp_path_factory.mktemp("out") / "2025Q3"
    if old:
        publish(folder, old)
    publish(folder, new)
    assert snapshot(folder) == {**old, **new}


def test_a_failure_half_way_leaves_everything_as_it_was(tmp_path):
    folder = tmp_path / "out"
    publish(folder, {"a.md": b"old", "b.md": b"old"})
    (folder / "c.md").mkdir()
    (folder / "c.md" / "kept").write_text("x")
    before = snapshot(folder)
    with pytest.raises(DeliveryError, match="原有文件没有改动"):
        publish(folder, {"a.md": b"new", "b.md": b"new", "d.md": b"new", "c.md": b"cannot replace a folder"})
    assert snapshot(folder) == before


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("not a folder")
    with pytest.raises(DeliveryError):
        publish(tmp_path / "out" / "2025Q3", {"a.md": b""})
    assert snapshot(tmp_path) == {"out": b"not a folder"}
