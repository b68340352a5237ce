"""The ledger with a real office program, and with processes that are killed or run at the same time."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "ledger"))
from by_hand_items import PLAN, finding
from small_city import CITY, CODES, CONFIG, usual, write_cases

from reports.ledger import items, record, sheet
from reports.ledger import rectification as ledger
from reports.ledger.journal import verify
from reports.workspace.log import RECORD

pytestmark = pytest.mark.services
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}:{ROOT / 'tests/ledger'}", "TONGBAO_CACHE": ""}
COMMAND = [sys.executable, "-m", "reports"]
TODAY = date(2025, 11, 3)


def sound(path):
    found = verify(path)
    return [*found.faults, *ledger.verify_items(path)]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tongbao.toml").write_text("", "utf-8")
    found = [finding(), finding(indicator="over12_share", direction="up", value=(42, 300)), finding("辽0103")]
    record(tmp_path / "tongbao.db", found, at="2025-10-20", bulletin="通报")
    return tmp_path


@pytest.mark.parametrize("way", [("xlsx",), ("ods",), ("ods", "xlsx"), ("xls", "xlsx")])
def test_a_form_saved_by_libreoffice(way, folder, tongbao):
    office = shutil.which("soffice")
    assert office, "soffice is not installed: run make test-services, which installs it"
    filled = folder / "filled.db"
    shutil.copy(folder / "tongbao.db", filled)
    second = {
        **PLAN,
        "measure": "判后答疑全覆盖。\n每月抽查文书。",
        "feedback": "=已完成，抽查20件。",
        "progress": "已完成",
    }
    answers = {"2025Q3-001": PLAN, "2025Q3-002": second}
    ledger.respond(filled, answers, at="2025-11-03", who="李某", today=TODAY)
    data = sheet.export(items(filled), court="辽01", today=TODAY)
    path = folder / "表.xlsx"
    path.write_bytes(data)
    for place, form in enumerate(way):
        out = folder / f"{place}"
        command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", form]
        subprocess.run([*command, "--outdir", out, path], check=True, capture_output=True, timeout=180)
        path = out / f"表.{form}"
    result = tongbao("ledger", "import", path, "-w", folder, "--by", "王某", "--as-of", TODAY)
    assert result.code == 0, result.err
    for number, expected in answers.items():
        assert dict(ledger.item(folder / "tongbao.db", number).answers) == expected
    assert "没有变化" in tongbao("ledger", "import", path, "-w", folder, "--by", "王某", "--as-of", TODAY).out


# Goes round and round: items opened, answered, measured, signed off; says what is done only when it is committed.
WORKER = """
import sys, itertools
from datetime import date
from pathlib import Path
from by_hand_items import PLAN, again, effect, finding
from reports.ledger import items, record
from reports.ledger import rectification
path = Path(sys.argv[1])
for year in itertools.count(max(len(items(path)) - 1, 0) // 4 + 1901):
    def said(text):
        print(text, flush=True)
    for quarter in (1, 2, 3, 4):
        period = f"{year}Q{quarter}"
        known = {one.period for one in items(path)}
        if period not in known:
            said(f"+ {record(path, [again(finding(), period)], at='2025-10-20', bulletin='b')}")
        number = f"{period}-001"
        step = {"answers": {number: {**PLAN, "feedback": "已完成整改。"}}, "at": "2025-11-01", "who": "李某"}
        if rectification.item(path, number).state == "通报":
            rectification.respond(path, **step, today=date(2025, 11, 1))
            said(f"{number} 已反馈")
        if rectification.item(path, number).state == "已反馈":
            record(path, [], at="2026-01-20", effects={number: effect(period="2099Q4")})
            said(f"{number} 待核")
        if rectification.item(path, number).state == "待核":
            rectification.close(path, number, at="2026-01-25", who="王某", note="")
            said(f"{number} 销号")
"""
ORDER = ["发现", "通报", "已反馈", "待核", "销号"]


def test_killed_a_hundred_times_nothing_is_lost_or_doubled(tmp_path):
    draw = random.Random(20250101)
    path, script = tmp_path / "tongbao.db", tmp_path / "worker.py"
    script.write_text(WORKER, "utf-8")
    record(path, [], at="2025-10-20")
    reached: dict[str, str] = {}
    opened = 0
    for kill in range(110):
        process = subprocess.Popen(
            [sys.executable, script, path], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert process.stdout is not None
        first = process.stdout.readline()  # it is at work
        time.sleep(draw.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        told = [first, *process.stdout.read().splitlines()]
        process.wait()
        opened += sum(int(line.split()[1]) for line in told if line.startswith("+"))
        reached |= {line.split()[0]: line.split()[1] for line in told if line.startswith(("1", "2")) and " " in line}
        assert sound(path) == [], kill
        found = {one.number: one for one in items(path)}
        assert len({one.period for one in found.values()}) == len(found), "an item was doubled"
        assert opened <= len(found) <= opened + kill + 1
        for number, state in reached.items():
            assert ORDER.index(found[number].state) >= ORDER.index(state), "what was said to be done is lost"
    assert verify(path).events > 300, "they were killed at work"


def test_a_killed_run_leaves_what_the_next_one_completes(tmp_path):
    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    (tmp_path / "tongbao.toml").write_text(CONFIG, "utf-8")
    write_cases(
        tmp_path,
        "2026Q1",
        lambda code, quarter: 60 if (code, quarter) == (CODES[0], "2026Q1") else usual(code, quarter),
    )
    run = [*COMMAND, "run", "-q", "-w", tmp_path, "--as-of", "2026-04-15"]
    start = time.monotonic()
    subprocess.run(run, env=ENVIRONMENT, check=True, capture_output=True)
    whole = time.monotonic() - start
    files = [path for path in sorted((tmp_path / "out").rglob("*")) if path.is_file()]
    expected, ledger_then = {path: path.read_bytes() for path in files}, items(tmp_path / "tongbao.db")
    assert ledger_then
    draw = random.Random(7)
    for _ in range(12):
        shutil.rmtree(tmp_path / "out")
        for path in (tmp_path / "tongbao.db", *tmp_path.glob(f"{RECORD}*")):  # as if there had never been a ledger
            path.unlink(missing_ok=True)
        process = subprocess.Popen(run, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * draw.uniform(0.5, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (tmp_path / "tongbao.db").exists():
            assert sound(tmp_path / "tongbao.db") == []
        (tmp_path / "out").mkdir(exist_ok=True)
        subprocess.run(run, env=ENVIRONMENT, check=True, capture_output=True)
        found = {path: path.read_bytes() for path in files}
        assert found == expected and items(tmp_path / "tongbao.db") == ledger_then


def test_several_processes_at_once(folder):
    """All wait for one another; none is lost."""
    answer = ["--cause", "核查40件，均为送达迟延。", "--cases", "清单所列40件", "--measure", "每周清查将到期案件。", "--target", "不超过10件", "--leader", "周某", "--department",
              "民一庭", "--person", "李某", "--deadline", "2099-12-31", "--by", "李某", "-w", folder]  # fmt: skip
    numbers = ["2025Q3-001", "2025Q3-003", "2025Q3-001", "2025Q3-003"]
    running = [
        subprocess.Popen([*COMMAND, "ledger", "respond", number, *answer], env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        for number in numbers
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    assert [one.state for one in items(folder / "tongbao.db")] == ["整改中", "通报", "整改中"]
    assert sound(folder / "tongbao.db") == []


def killed_at_random(command, times, seed, *, check):
    """Start a command again and again and kill it at any point of its life; at last let it finish."""
    draw = random.Random(seed)
    start = time.monotonic()
    subprocess.run([*COMMAND, "--version"], env=ENVIRONMENT, check=True, capture_output=True)
    least = time.monotonic() - start
    for _ in range(times):
        process = subprocess.Popen(
            [*COMMAND, *map(str, command)], env=ENVIRONMENT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        time.sleep(least + draw.random() * least * 4)
        process.send_signal(signal.SIGKILL)
        process.wait()
        check()
    return subprocess.run(
        [*COMMAND, *map(str, command)], env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_an_import_killed_anywhere_is_all_or_nothing(folder):
    path = folder / "tongbao.db"
    filled = folder / "filled.db"
    shutil.copy(path, filled)
    numbers = ["2025Q3-001", "2025Q3-003"]
    ledger.respond(filled, dict.fromkeys(numbers, PLAN), at="2025-11-03", who="李某", today=TODAY)
    form = folder / "表.xlsx"
    form.write_bytes(sheet.export(items(filled), court="辽01", today=TODAY))
    seen = set()

    def check():
        assert sound(path) == []
        state = {number: bool(ledger.item(path, number).answers) for number in numbers}
        assert len(set(state.values())) == 1, "half of a sheet came in"
        seen.add(state[numbers[0]])

    command = ("ledger", "import", form, "-w", folder, "--by", "王某", "--as-of", TODAY)
    done = killed_at_random(command, 40, 3, check=check)
    assert False in seen, "some were killed before they wrote"
    assert done.returncode == 0, done.stderr
    events = verify(path).events
    assert all(dict(ledger.item(path, number).answers) == PLAN for number in numbers)
    again = subprocess.run([*COMMAND, *map(str, command)], env=ENVIRONMENT, capture_output=True, check=False)
    assert again.returncode == 0 and verify(path).events == events, "nothing is written twice"


def test_issuing_killed_anywhere_gives_one_number_once(tmp_path):
    from reports.ledger import documents

    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    (tmp_path / "tongbao.toml").write_text(CONFIG, "utf-8")
    write_cases(tmp_path, "2026Q1", usual)
    run = [*COMMAND, "run", "-q", "-w", tmp_path, "--as-of", "2026-04-15"]
    subprocess.run(run, env=ENVIRONMENT, check=True, capture_output=True)
    stems = ("2026Q1-general", "2026Q1-court-辽0102")
    court = [*COMMAND, "bulletin", "court", "--court", "辽0102", "-q", "-w", tmp_path, "--period", "2026Q1"]
    subprocess.run(court, env=ENVIRONMENT, check=True, capture_output=True)
    path = tmp_path / "tongbao.db"
    for stem in stems:
        sign = [*COMMAND, "ledger", "sign", stem, "-w", tmp_path, "--by", "甲"]
        subprocess.run(sign, env=ENVIRONMENT, check=True, capture_output=True)

    def check():
        assert verify(path).faults == ()
        given = [one.number for one in documents.dispatches(path).values() if one.number]
        assert len(given) == len(set(given))

    for stem in stems:
        killed_at_random(("ledger", "issue", stem, "-w", tmp_path, "--by", "乙"), 20, 11, check=check)
    found = documents.dispatches(path)
    assert [found[stem].number for stem in stems] == ["天中法〔2026〕1号", "天中法〔2026〕2号"]
    assert documents.faults_of(path, tmp_path / "out") == []
