"""Every stage is kept under a key of its own: a change makes again what depends on it, and a touched clock nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from by_hand import write_csv

from reports.courts.periods import consecutive, parse_period

pytestmark = pytest.mark.whole

STAGES = {  # what the progress says while a stage is being made
    "cases": "读取",
    "quality": "核查数据质量",
    "numbers": "比较各期",
    "findings": "识别异常",
    "reversals": "查找改判",
}
COURTS = """代码,名称,层级,上级
辽01,天枢市中级人民法院,中院,
辽0102,天枢市第一区人民法院,基层法院,辽01
辽0103,天枢市第二区人民法院,基层法院,辽01
"""
CONFIG = """[court]
code = "辽01"
[source]
files = ["cases.csv"]
[period]
history = 5
[output]
formats = ["md"]
"""
EVERY = {"cases", "quality", "numbers", "findings"}  # that the flags depend on
PERIOD = ("--period", "2025Q4")


@pytest.fixture
def kept(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "kept"
    monkeypatch.setenv("TONGBAO_CACHE", str(folder))
    return folder


@pytest.fixture
def made(monkeypatch) -> Callable[[], set[str]]:
    """The stages that were made since it was last asked, by what the progress says."""
    from reports.commands import console

    lines: list[str] = []
    monkeypatch.setattr(console, "progress", lambda quiet: lines.append)

    def stages() -> set[str]:
        found = {name for name, text in STAGES.items() if any(line.startswith(text) for line in lines)}
        lines.clear()
        return found

    return stages


@pytest.fixture
def city(tmp_path) -> Path:
    """Two basic courts and 40 conclusions of each a quarter; in the last, half of those of one court are late."""
    folder = tmp_path / "质效"
    folder.mkdir()
    rows: list[dict[str, object]] = []
    for period in consecutive(parse_period("2024Q3"), parse_period("2025Q4")):
        for code in ("辽0102", "辽0103"):
            late = 20 if (code, period.key) == ("辽0102", "2025Q4") else 2
            for n in range(40):
                concluded = period.end - timedelta(days=n)
                filed = concluded - timedelta(days=60)
                due = concluded + timedelta(days=-1 if n < late else 30)
                rows.append(
                    {
                        "案号": f"（{filed.year}）{code}民初{period.key[-1]}{n + 1:03d}号",
                        "经办法院": code,
                        "案由": "买卖合同纠纷",
                        "承办部门": "民一庭",
                        "立案日期": filed.isoformat(),
                        "结案日期": concluded.isoformat(),
                        "结案方式": "判决",
                        "应结案日期": due.isoformat(),
                    }
                )
    write_csv(folder / "cases.csv", rows)
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    (folder / "tongbao.toml").write_text(CONFIG, "utf-8")
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_after_a_run_no_command_makes_a_stage_again_and_all_say_the_same(city, tongbao, kept, made, monkeypatch):
    asked = ("-w", city, *PERIOD, "--as-of", "2026-01-20")
    assert tongbao("run", *asked).code == 0
    assert made() == EVERY | {"reversals"}
    for path in city.iterdir():
        os.utime(path)  # the clock says nothing
    cell = ("--court", "辽0102", "--indicator", "法定审限内结案率")
    commands = {
        "indicators": (*asked, "--json"),
        "compare": (*asked, "--json"),
        "flags": (*asked, "--json"),
        "check": (*asked, "--json"),
        "explain": (*asked, *cell, "--json"),
        "cases": (*asked, *cell, "--json"),
    }
    for command, args in commands.items():
        again = tongbao(command, *args)
        assert not made(), command
        with monkeypatch.context() as alone:
            alone.setenv("TONGBAO_CACHE", "")
            assert tongbao(command, *args) == again, command
        assert "cases" in made()
    assert tongbao("bulletin", "court", *asked, "--court", "辽0102", "-o", city / "o").code == 0
    assert not made()


def test_a_second_run_publishes_the_same_bytes(city, tongbao, kept, made, monkeypatch):
    args = ("run", "-w", city, *PERIOD, "--as-of", "2026-01-20")
    assert tongbao(*args).code == 0
    assert made()
    first = snapshot(city / "out")
    assert tongbao(*args).code == 0
    assert not made()
    assert snapshot(city / "out") == first
    monkeypatch.setenv("TONGBAO_CACHE", "")
    assert tongbao(*args).code == 0
    assert made()
    assert snapshot(city / "out") == first  # and so does a run that computes everything anew


INTERVAL = """
[[interval]]
indicator = "within_limit"
since = 2020-01-01
low = 99.0
source = "演示文件"
"""
CHANGES: dict[str, tuple[str, str, set[str]]] = {  # what → file, text added or (after →) put for the text before, made
    "a comment": ("tongbao.toml", "# 注释\n", set()),
    "the letterhead": ("tongbao.toml", '[letterhead]\nmark = "天枢市中级人民法院文件"\n', set()),
    "the gate": ("tongbao.toml", "[quality]\nmax_set_aside_percent = 50.0\n", set()),
    "a template": ("templates/bulletins/general.md.j2", "正文\n", set()),
    "an interval": ("tongbao.toml", INTERVAL, {"findings"}),
    "the region": ("tongbao.toml", '[letterhead]\nregion = "全域"\n', {"findings"}),
    "names of judges": ("tongbao.toml", "[privacy]\njudges = true\n", {"findings"}),
    "the table printed before": (
        "out/2025Q3/indicators.csv",
        "court,line,indicator,period,numerator,denominator\n",
        {"findings"},
    ),
    "a quality rule": ("quality.toml", "[rule.last_day]\nlimits = { least = 3 }\n", {"quality", "findings"}),
    "the first complete day": ("tongbao.toml", "[quality]\ncomplete_since = 2024-01-01\n", {"quality", "findings"}),
    "the length of history": ("tongbao.toml", "history = 5→history = 4", {"numbers", "findings"}),
    "the catalogue": ("catalogue/own.toml", "# 暂无\n", {"numbers", "findings"}),
    "the dialects": ("dialects/own.toml", 'name = "本院"\n[columns]\n', EVERY),
    "the columns": ("tongbao.toml", '[source.columns]\namount = "标的"\n', EVERY),
    "a court that is left out": ("tongbao.toml", '[source]→[source]\nwithout = ["第二区法院"]', EVERY),
    "the courts": ("courts.csv", "第一区→第壹区", EVERY),
    "the data": ("cases.csv", "买卖合同纠纷→借款合同纠纷", EVERY),
}


def test_a_change_makes_again_what_depends_on_it_and_nothing_else(city, tongbao, kept, made, monkeypatch):
    asked = ("flags", "-w", city, *PERIOD, "--json")
    first = tongbao(*asked)
    assert first.code == 0, first.err
    assert json.loads(first.out)["flags"]
    assert made() == EVERY
    for what, (name, text, stages) in CHANGES.items():
        path = city / name
        before = path.read_bytes() if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        old, arrow, new = text.partition("→")
        was = (before or b"").decode("utf-8")
        path.write_bytes((was.replace(old, new, 1) if arrow else was + text).encode())
        changed = tongbao(*asked)
        assert changed.code == 0, (what, changed.err)
        assert made() == stages, what
        with monkeypatch.context() as alone:
            alone.setenv("TONGBAO_CACHE", "")
            assert tongbao(*asked) == changed, what
        made()
        path.unlink() if before is None else path.write_bytes(before)
        assert tongbao(*asked) == first, what
        assert not made(), what  # what was made before the change is still there


def test_numbers_read_in_haste_do_not_take_the_notes_from_a_run(city, tongbao, kept, made, monkeypatch):
    """``indicators`` reads only the columns that counts need; what a run says of the others must not be lost."""
    path = city / "cases.csv"
    head, row, *rest = path.read_text("utf-8-sig").splitlines()
    path.write_text("\n".join([f"{head},标的额", f"{row},约三万", *(f"{one}," for one in rest)]), "utf-8")
    args = ("-w", city, *PERIOD, "--as-of", "2026-01-20")
    assert tongbao("indicators", *args, "--json").code == 0
    made()
    assert tongbao("run", *args).code == 0
    assert "numbers" not in made()
    note = ("bulletin", "technical", *args, "--format", "md")
    assert tongbao(*note).code == 0
    text = (city / "out/2025Q4/2025Q4-technical.md").read_text("utf-8")
    assert "标的额无法识别" in text
    monkeypatch.setenv("TONGBAO_CACHE", "")
    assert tongbao(*note).code == 0
    assert (city / "out/2025Q4/2025Q4-technical.md").read_text("utf-8") == text


def test_a_changed_limit_of_the_flags_makes_the_findings_again_and_no_more(city, tmp_path, kept):
    import shutil

    import reports

    package = Path(reports.__file__).parent
    shutil.copytree(package, tmp_path / "program/reports")
    if not (package / "_templates").is_dir():
        shutil.copytree(package.parent / "templates", tmp_path / "program/templates")
    policy = tmp_path / "program/reports/flag/policy.toml"

    def entries() -> set[str]:
        command = [sys.executable, "-m", "reports", "flags", "-w", str(city), *PERIOD, "-q"]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(tmp_path / "program")}, cwd=tmp_path)
        return {path.name for path in kept.iterdir()}

    before = entries()
    assert entries() == before
    policy.write_text(policy.read_text("utf-8") + "\n# 另一个限度\n", "utf-8")
    assert len(entries() - before) == 1
    words = tmp_path / "program/reports/words.py"
    words.write_text(words.read_text("utf-8") + "\n# 另一种算法\n", "utf-8")
    assert len(entries() - before) == 1 + len(before)


def test_a_row_dated_later_than_today_is_judged_again_on_another_day(tmp_path, tongbao, kept, monkeypatch):
    from datetime import date

    from reports.commands import console

    rows = ["案号,经办法院,立案日期,结案日期,条线,案由", "（2026）演0102民初1号,演0102,2026-01-05,2026-01-10,民事,合同"]
    rows += ["（2026）演0102民初2号,演0102,2026-02-05,2026-03-31,民事,合同"]
    (tmp_path / "cases.csv").write_text(
        "\n".join([*rows, "（2026）演0102民初3号,演0102,2026-03-01,2026-04-20,民事,合同"])
    )
    (tmp_path / "courts.csv").write_text("代码,名称,层级,上级\n演0102,演示市某区人民法院,basic,\n")
    (tmp_path / "tongbao.toml").write_text('[source]\nfiles = ["cases.csv"]\n')

    def concluded(day: date) -> int:
        monkeypatch.setattr(console, "today_in", lambda zone: day)
        result = tongbao("check", "-w", tmp_path, "--period", "2026Q1", "--json")
        assert result.code in (0, 4), result.err
        table = tongbao("indicators", "-w", tmp_path, "--period", "2026Q1", "--json")
        assert table.code == 0, table.err
        found = json.loads(table.out)["indicators"]
        return sum(r["numerator"] for r in found if r["indicator"] == "pending" and r["line"] == "全部")

    assert concluded(date(2026, 4, 10)) == 0  # the third case was concluded after today: set aside
    assert concluded(date(2026, 4, 30)) == 1  # and stood open at the quarter's end


def test_entries_of_another_user_or_damaged_ones_are_not_read(kept):
    from reports.pipeline import cache

    cache.save("one", {"a": 1})
    assert cache.load("one") == {"a": 1}
    kept.chmod(0o777)
    assert cache.load("one") is None
    kept.chmod(0o700)
    (kept / "one.pickle").write_bytes(b"\x80")
    assert cache.load("one") is None


def test_the_entries_not_used_for_longest_go_first(kept, monkeypatch):
    from reports.pipeline import cache

    monkeypatch.setattr(cache, "KEPT", 3500)
    for place, name in enumerate(("old", "middle", "new")):
        cache.save(name, bytes(1000))
        os.utime(kept / f"{name}.pickle", (place, place))
    cache.load("old")  # used: now the newest
    cache.save("newest", bytes(2000))
    assert {p.stem for p in kept.glob("*.pickle")} == {"old", "newest"}


def test_what_is_larger_than_the_cache_is_not_kept_and_empties_nothing(kept, monkeypatch):
    from reports.pipeline import cache

    monkeypatch.setattr(cache, "KEPT", 3500)
    cache.save("small", bytes(1000))
    cache.save("large", bytes(4000))
    cache.save_file("large.cases", lambda path: path.write_bytes(bytes(4000)))
    assert [path.name for path in kept.iterdir()] == ["small.pickle"]


def test_a_killed_run_is_counted_while_it_lives_and_cleared_when_it_is_dead(kept, monkeypatch):
    from reports.pipeline import cache

    monkeypatch.setattr(cache, "KEPT", 3500)
    program = (
        "import time\nfrom reports.pipeline import cache\n"
        "cache.save_file('half.cases', lambda path: (path.write_bytes(bytes(3000)), print('here', flush=True), time.sleep(600)))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "here\n"
        cache.save("first", bytes(1000))
        assert {path.name for path in kept.glob("*.pickle")} == set()  # no room beside what is being written
        assert len(list(kept.iterdir())) == 1
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    cache.save("second", bytes(1000))
    assert [path.name for path in kept.iterdir()] == ["second.pickle"]


def test_the_bound_on_memory_goes_by_rows_and_columns(tmp_path, monkeypatch):
    import duckdb

    from reports import read

    packed, text = tmp_path / "cases.parquet", tmp_path / "cases.csv"
    duckdb.sql("SELECT 1 AS a FROM range(1000)").write_parquet(str(packed))  # a few hundred bytes
    text.write_text("甲,乙\n" * 1000, "utf-8")
    for path in (packed, text):
        assert read.number_of_values([path], frozenset({"court", "filed", "line"})) == 3000
        assert read.number_of_values([path], frozenset({"court", "filed", "line", "cause"})) == 4000
        assert read.number_of_values([path, path], frozenset({"court", "filed"})) == 4000
    asked = []
    rows = ["案号,经办法院,立案日期,结案日期"] + [
        f"（2026）云0102民初{n}号,五华区人民法院,2026-01-05," for n in range(1, 1000)
    ]
    text.write_text("\n".join(rows), "utf-8")
    for limit in (3000, 2990):
        monkeypatch.setattr(read, "LARGE", limit)
        wanted = frozenset({"court", "filed", "case_no"})
        with read.read([text.name], tmp_path, tree=None, today=date(2026, 6, 1), wanted=wanted) as table:
            asked.append(table.connection.execute("SELECT current_setting('memory_limit')").fetchone()[0])
    assert asked[1] == "667.5 MiB" != asked[0]


def test_a_workspace_that_was_moved_is_answered_from_what_was_kept(city, tongbao, kept, made):
    args = ("flags", *PERIOD, "--json", "-w")
    first = tongbao(*args, city)
    assert made()
    assert tongbao(*args, city.rename(city.with_name("移交"))) == first
    assert not made()
