from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.deliver import publish, publishing
from reports.errors import DeliveryError
from reports.model import Bulletin
from reports.pipeline.bulletins import deliver


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


def test_one_edited_letter_does_not_hold_back_the_others(tmp_path):
    """Letters to several courts have one title."""
    letters = [Bulletin("time-limit", code, "提醒函", f"提醒-{code}", "") for code in ("辽01", "辽02")]

    def made(text):
        return {f"{one.stem}.md": f"---\n标题: 提醒函\n---\n\n{text}\n".encode() for one in letters}

    def once_more(text):
        with publishing(tmp_path) as publication:
            return deliver(publication, made(text), letters)

    once_more("第一次")
    (tmp_path / "提醒-辽01.md").write_text("---\n标题: 提醒函\n---\n\n改过\n", "utf-8")
    _, kept = once_more("第二次")
    assert kept == [("提醒函", "手工修改")]
    assert "改过" in (tmp_path / "提醒-辽01.md").read_text("utf-8")
    assert "第二次" in (tmp_path / "提醒-辽02.md").read_text("utf-8")
