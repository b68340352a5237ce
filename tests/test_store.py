"""Unchanged inputs are answered from what was kept; any change of content is computed anew, a touched clock is not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

READ = "读取"


@pytest.fixture
def kept(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "kept"
    monkeypatch.setenv("TONGBAO_CACHE", str(folder))
    return folder


@pytest.fixture
def told(monkeypatch):
    """What the progress lines say: whether the cases were read."""
    from reports import console

    lines: list[str] = []
    monkeypatch.setattr(console, "progress", lambda quiet: lines.append)

    def read() -> bool:
        found = any(READ in line for line in lines)
        lines.clear()
        return found

    return read


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("command", ["indicators", "compare", "flags"])
def test_a_second_command_does_not_read_the_cases_and_says_the_same(workspace, tongbao, kept, told, command):
    first = tongbao(command, "-w", workspace, "--period", "2026Q3", "--json")
    assert told()
    for path in workspace.iterdir():
        os.utime(path)  # the clock says nothing
    again = tongbao(command, "-w", workspace, "--period", "2026Q3", "--json")
    assert not told()
    assert again == first
    assert first.code == 0


def test_a_second_run_publishes_the_same_bytes(workspace, tongbao, kept, told, monkeypatch):
    args = ("run", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20")
    assert tongbao(*args).code == 0
    assert told()
    first = snapshot(workspace / "out")
    assert tongbao(*args).code == 0
    assert not told()
    assert snapshot(workspace / "out") == first
    monkeypatch.setenv("TONGBAO_CACHE", "")
    assert tongbao(*args).code == 0
    assert told()
    assert snapshot(workspace / "out") == first  # and so does a run that computes everything anew


def test_a_workspace_that_was_moved_is_answered_from_what_was_kept(workspace, tongbao, kept, told):
    args = ("flags", "--period", "2026Q3", "--json", "-w")
    first = tongbao(*args, workspace)
    assert told()
    assert tongbao(*args, workspace.rename(workspace.with_name("移交"))) == first
    assert not told()


@pytest.mark.parametrize("changed", ["data", "court table", "configuration", "catalogue", "dialect", "period"])
def test_any_change_of_content_is_computed_anew(workspace, tongbao, kept, told, changed):
    args = ["indicators", "-w", workspace, "--period", "2026Q3", "--json"]
    first = tongbao(*args)
    assert told()
    if changed == "data":
        _without_last_row(workspace / "cases.parquet")
    elif changed == "court table":
        table = workspace / "courts.csv"
        table.write_text(table.read_text("utf-8-sig").replace("人民法院", "人民法院（试）", 1), "utf-8")
    elif changed == "configuration":
        config = workspace / "tongbao.toml"
        config.write_text(config.read_text("utf-8") + "\n# 一行注释\n", "utf-8")
    elif changed == "catalogue":
        (workspace / "catalogue").mkdir()
        (workspace / "catalogue" / "own.toml").write_text("# 暂无\n", "utf-8")
    elif changed == "dialect":
        (workspace / "dialects").mkdir()
        (workspace / "dialects" / "own.toml").write_text('name = "本院"\n[columns]\n', "utf-8")
    else:
        args[4] = "2026Q2"
    again = tongbao(*args)
    assert told()
    if changed in ("data", "period"):
        assert json.loads(again.out)["indicators"] != json.loads(first.out)["indicators"]


def _without_last_row(path: Path) -> None:
    import duckdb

    frame = duckdb.sql(f"SELECT * FROM '{path}'").df()
    last = frame.index[frame["结案日期"].notna()][-1]
    duckdb.from_df(frame.drop(index=last)).write_parquet(str(path))


def test_a_row_dated_later_than_today_is_judged_again_on_another_day(tmp_path, tongbao, kept, monkeypatch):
    from datetime import date

    from reports import console

    rows = ["案号,经办法院,立案日期,结案日期,条线,案由", "（2026）演0102民初1号,演0102,2026-01-05,2026-01-10,民事,合同"]
    rows += ["（2026）演0102民初2号,演0102,2026-02-05,2026-03-31,民事,合同"]
    (tmp_path / "cases.csv").write_text(
        "\n".join([*rows, "（2026）演0102民初3号,演0102,2026-03-01,2026-04-20,民事,合同"])
    )
    (tmp_path / "courts.csv").write_text("代码,名称,层级,上级\n演0102,演示市某区人民法院,basic,\n")
    (tmp_path / "tongbao.toml").write_text('[source]\nfiles = ["cases.csv"]\n')

    def concluded(day: date) -> int:
        class Today(date):
            @classmethod
            def today(cls) -> date:
                return day

        monkeypatch.setattr(console, "date", Today)
        result = tongbao("check", "-w", tmp_path, "--period", "2026Q1", "--json")
        assert result.code in (0, 4), result.err
        table = tongbao("indicators", "-w", tmp_path, "--period", "2026Q1", "--json")
        assert table.code == 0, table.err
        found = json.loads(table.out)["indicators"]
        return sum(r["numerator"] for r in found if r["indicator"] == "pending" and r["line"] == "全部")

    assert concluded(date(2026, 4, 10)) == 0  # the third case was concluded after today: set aside
    assert concluded(date(2026, 4, 30)) == 1  # and stood open at the quarter's end


def test_entries_of_another_user_or_damaged_ones_are_not_read(kept):
    from reports import store

    store.save("one", {"a": 1})
    assert store.load("one") == {"a": 1}
    kept.chmod(0o777)
    assert store.load("one") is None
    kept.chmod(0o700)
    (kept / "one.pickle").write_bytes(b"\x80")
    assert store.load("one") is None


def test_the_entries_not_used_for_longest_go_first(kept, monkeypatch):
    from reports import store

    monkeypatch.setattr(store, "KEPT", 3500)
    for place, name in enumerate(("old", "middle", "new")):
        store.save(name, bytes(1000))
        os.utime(kept / f"{name}.pickle", (place, place))
    store.load("old")  # used: now the newest
    store.save("newest", bytes(2000))
    assert {p.stem for p in kept.glob("*.pickle")} == {"old", "newest"}
