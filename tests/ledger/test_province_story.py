"""Three quarters of the demo province, as cron runs them: opened in the first, answered in the second, judged in the third."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from by_hand_items import PLAN
from test_sheet import cells, fill, rewrite

from reports.courts.periods import parse_period

pytestmark = pytest.mark.whole

CURED, SLOW, SILENT = "辽0102", "辽0104", "辽0203"  # better at once, after two quarters, and never answering
LATE = {  # of each court's conclusions of the quarter, one in two is made late
    "2026Q1": (CURED, SLOW, SILENT),
    "2026Q2": (SLOW, SILENT),
    "2026Q3": (SILENT,),
}
CONFIG = """[court]
code = "辽"
[source]
files = ["cases.parquet"]
[letterhead]
issuer = "演示省高级人民法院"
number = "演高法〔{year}〕号"
[output]
formats = ["md"]
"""


def export(whole: Path, to: Path, day: str, names: dict[str, str]) -> None:
    """The export of a day: what had been filed by then, and nothing of what was concluded later."""
    bad = " OR ".join(
        f"(经办法院 = '{names[code]}' AND 结案日期 BETWEEN DATE '{period.start}' AND DATE '{period.end}')"
        for key, codes in LATE.items()
        for period in [parse_period(key)]
        for code in codes
    )
    with duckdb.connect() as db:
        db.execute(f"""
            COPY (
                SELECT * REPLACE (
                    CASE WHEN 结案日期 <= DATE '{day}' THEN 结案日期 END AS 结案日期,
                    CASE WHEN 结案日期 <= DATE '{day}' THEN 结案方式 END AS 结案方式,
                    CASE WHEN ({bad}) AND hash(案号) % 2 = 0 THEN 结案日期 - 1 ELSE 应结案日期 END AS 应结案日期
                )
                FROM '{whole}' WHERE 立案日期 <= DATE '{day}' ORDER BY 案号
            ) TO '{to}' (FORMAT parquet)
        """)


class Office:
    """A workspace on a server: cron runs the program, in a bare process of its own, and a clerk calls it."""

    def __init__(self, folder: Path, whole: Path, clerk: Callable) -> None:
        self.folder, self.whole, self.clerk = folder, whole, clerk
        self.names = dict(
            re.findall(r"^(辽\d*),([^,]+),", (folder / "courts.csv").read_text("utf-8-sig"), re.MULTILINE)
        )

    def cron(self, day: str) -> None:
        env = {"PATH": os.environ["PATH"], "TONGBAO_CACHE": "", "PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run(
            [sys.executable, "-m", "reports", "run", "-q", "--as-of", day, "-w", str(self.folder)],
            env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def call(self, *words: object) -> str:
        done = self.clerk(*words, "-w", self.folder)
        assert done.code == 0, done.err
        return done.out

    def quarter(self, key: str, day: str) -> str:
        """New data, and the job of the 15th; returns the circular."""
        export(self.whole, self.folder / "cases.parquet", day, self.names)
        self.cron(day)
        return (self.folder / f"out/{key}/{key}-general.md").read_text("utf-8")

    def items(self) -> dict[tuple[str, str], dict]:
        found = json.loads(self.call("ledger", "list", "--json", "--as-of", "2026-10-15"))["items"]
        return {(one["court"], one["indicator"]): one for one in found}


@pytest.fixture
def office(tmp_path, tongbao, anew):
    from reports.demo import make

    made = make(tmp_path / "whole", cases=120_000)
    (tmp_path / "courts.csv").write_bytes((tmp_path / "whole" / "courts.csv").read_bytes())
    (tmp_path / "tongbao.toml").write_text(CONFIG, "utf-8")
    return Office(tmp_path, made.cases_parquet, tongbao)


def opening(text: str) -> str:
    return text.split("## 一、上期通报问题整改情况")[1].split("## 二、总体态势", maxsplit=1)[0]


def test_the_whole_story(office):
    # The first quarter: three courts are late, and the circular that says so is signed and sent.
    first = office.quarter("2026Q1", "2026-04-15")
    assert "上期通报问题整改情况" not in first
    late = [(court, "within_limit") for court in (CURED, SLOW, SILENT)]
    assert {key: one["state"] for key, one in office.items().items()} == dict.fromkeys(late, "发现")
    office.call("ledger", "sign", "2026Q1-general", "--by", "李某", "--as-of", "2026-04-16")
    assert "演高法〔2026〕1号" in office.call(
        "ledger", "issue", "2026Q1-general", "--by", "王五", "--as-of", "2026-04-17"
    )
    told = {key: (one["state"], one["due"]) for key, one in office.items().items()}
    assert told == dict.fromkeys(late, ("通报", "2026-05-02")), "fifteen days from the day of issue"

    # The second: two of them answer, by the spreadsheet that they were sent.
    for court in (CURED, SLOW):
        sheet = office.folder / f"{court}.xlsx"
        office.call("ledger", "export", "--court", court, "--to", sheet, "--as-of", "2026-04-20")
        rows = cells(sheet)
        fill(rows, rows[1][0], **{**PLAN, "deadline": date(2026, 6, 30), "feedback": "超期案件已逐案清理。"})
        rewrite(sheet, rows)
        office.call("ledger", "import", sheet, "--by", "王五", "--as-of", "2026-05-08")
    second = office.quarter("2026Q2", "2026-07-15")
    one, two, three = (f"{name}法院审限内结案率" for name in ("天枢市城东区", "天枢市城南区", "天璇市城西区"))
    told = opening(second)
    assert "已反馈2项，尚未反馈1项（其中已过时限1项）。" in told
    assert re.search(f"{one}：.*，见效；已反馈", told)
    assert re.search(f"{two}：.*，未见效，连续第2期出现；已反馈", told)
    assert re.search(f"{three}：.*，未见效，连续第2期出现；逾期未反馈", told)
    assert office.items()[(CURED, "within_limit")]["state"] == "待核"
    assert office.items()[(SLOW, "within_limit")]["state"] == "待核"
    office.call("ledger", "close", "2026Q1-001", "--by", "王五", "--as-of", "2026-07-20")

    # The third: what was done is judged, and what has not come back to its level is told again.
    third = office.quarter("2026Q3", "2026-10-15")
    told = opening(third)
    assert re.search(f"{two}：.*，见效；", told) and re.search(f"{three}：.*，未见效", told)
    assert re.search(f"{three}：.*，连续第3期出现", told)
    assert f"上期通报以来，经核对数据和措施落实情况，已销号1项，为{one}。" in told
    assert not re.search(f"{two}：.*连续第3期", told), "what is back at its level is not told again"
    feedback = (office.folder / "out/2026Q3/2026Q3-feedback.md").read_text("utf-8")
    assert re.search("核对结果：见效。通报时为47.12%（104件中49件）；.*，已回到通报前的水平。", feedback)
    final = office.items()
    assert final[(CURED, "within_limit")]["state"] == "销号"
    assert [one["verdict"] for one in final[(SILENT, "within_limit")]["effects"]] == ["未见效", "未见效"]
    assert final[(SILENT, "within_limit")]["run"] == 3 and final[(SILENT, "within_limit")]["overdue"]
    new = [one["number"] for one in final.values() if one["period"] == "2026Q3"]
    assert new == [f"2026Q3-{n:03d}" for n in range(1, len(new) + 1)], "numbered without gaps"

    # Cron runs once more by mistake; nothing changes, and the first circular is what was sent.
    before = office.call("ledger", "verify")
    office.cron("2026-10-15")
    assert office.call("ledger", "verify") == before
    assert "没有发现改动" in before
    assert office.call("ledger", "bulletins").splitlines()[0].split("\t")[1:3] == ["印发", "演高法〔2026〕1号"]
