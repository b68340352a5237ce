"""Spoilt inputs by the thousand: ``python tests/fuzz/spoiling.py read|run FOLDER START COUNT`` prints one JSON document.

``read`` reads each file. ``run`` gives it to an office that has published before, and runs. Whatever a file holds, its
rows are used or set aside, or one message says what is wrong; and a run that fails leaves files and ledger as they were.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from by_hand import COURTS, TODAY
from killing import Campaign, child, compared, preload

from fuzz.mutate import Mutator
from reports import cli, errors, read
from reports.courts import court_table

CONFIG = """[court]
code = "辽"
[source]
files = ["f.*"]
[quality]
max_set_aside_percent = 50
[letterhead]
issuer = "演示省高级人民法院"
mark = "演示省高级人民法院文件"
number = "演高法〔{year}〕号"
to = "各中级人民法院："
[output]
formats = ["md"]
[ledger]
told = "run"
"""
REFUSED = {kind.exit_code for kind in (errors.ConfigError, errors.GateRefused, errors.InputError)}
HEADER = ["案号", "经办法院", "案由", "立案日期", "结案日期", "结案方式", "应结案日期", "原审案号"]


def province() -> list[list[str]]:
    """320 cases of six quarters: four in five concluded, each in a court of its own turn."""
    rows = [list(HEADER)]
    for n in range(1, 321):
        code = ("辽0102", "辽0103", "辽0202", "辽01")[n % 4]
        filed = date(2024, 4, 1) + timedelta(n * 540 // 320)
        concluded = filed + timedelta(20 + n * 7 % 90) if n % 5 else None
        second = code == "辽01"
        rows.append(
            [
                f"（{filed.year}）{code}民{'终' if second else '初'}{n}号",
                code,
                ("买卖合同纠纷", "离婚纠纷", "民间借贷纠纷")[n % 3],
                filed.isoformat(),
                concluded.isoformat() if concluded else "",
                (("维持", "改判") if second else ("判决", "调解"))[n // 4 % 2] if concluded else "",
                (filed + timedelta(90 if second else 180)).isoformat(),
                f"（2024）辽0102民初{n + 5000}号" if second else "",
            ]
        )
    return rows


def read_each(folder: Path, seeds: range) -> Counter[str]:
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
        except errors.TongbaoError as error:
            assert str(error).strip(), told
            assert "Traceback" not in str(error), told
            outcomes["refused"] += 1
        except Exception as error:
            raise AssertionError(f"{told}: {type(error).__name__}: {error}") from error
    return outcomes


def run_each(folder: Path, seeds: range) -> Counter[str]:
    """Run with one spoilt file per seed, each in a process of its own; what became of the runs."""
    base, place, made = folder / "base", folder / "work", folder / "made"
    for each in (base, made):
        each.mkdir()
    (base / "courts.csv").write_text(COURTS, "utf-8")
    (base / "tongbao.toml").write_text(CONFIG, "utf-8")
    os.environ["TONGBAO_CACHE"] = str(folder / "cache")
    rows = province()
    mutator = Mutator(made, rows)
    earlier = [rows[0], *(row for row in rows[1:] if row[3] < "2025-07-01")]
    with (base / "f.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(earlier)
    done = child(lambda: _run(base, "2025Q2", "2025-07-15"))
    assert done[0] == 0, done
    (base / "f.csv").unlink()
    before = Campaign.state(base)
    outcomes: Counter[str] = Counter()
    for seed in seeds:
        told, path = mutator.make(seed)
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(base, place)
        shutil.move(path, place / path.name)
        code, said = child(lambda: _run(place, "2025Q3", "2025-10-15"))
        now = Campaign.state(place)
        assert "Traceback" not in said and said.strip(), (told, said)
        if code:
            assert code in REFUSED, (told, code, said)
            assert now == before, (told, code, compared(now, before))
            outcomes["refused by the gate" if code == errors.GateRefused.exit_code else "refused"] += 1
            continue
        summary = json.loads(said.splitlines()[-1])
        assert now[0].keys() >= before[0].keys(), told
        _in, used = summary["rows_in"], summary["rows_used"]
        aside = now[0].get("2025Q3/set-aside.csv", b"").decode("utf-8-sig")
        listed = len(list(csv.DictReader(aside.splitlines(keepends=True))))
        assert _in == used + listed, (told, _in, used, listed)
        outcomes["all rows used" if _in == used else "rows set aside"] += 1
    return outcomes


def _run(place: Path, period: str, day: str) -> None:
    sys.argv = ["tongbao", "run", "-q", "--json", "-w", str(place), "--period", period, "--as-of", day]
    cli.main()


if __name__ == "__main__":
    way, where, start, count = sys.argv[1:]
    target = Path(where)
    target.mkdir(parents=True)
    os.environ["TMPDIR"] = str(target)
    tempfile.tempdir = None
    if way == "run":
        preload()
    seeds = range(int(start), int(start) + int(count))
    print(json.dumps({"read": read_each, "run": run_each}[way](target, seeds)))
