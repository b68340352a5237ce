"""One court over two quarters: a problem of a department is found, told to it, answered by its form, and seen to go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

import pytest
from by_hand import write_csv
from by_hand_items import PLAN
from test_sheet import cells, fill, rewrite

pytestmark = pytest.mark.whole

QUARTERS = [(year, quarter) for year in (2023, 2024, 2025) for quarter in (1, 2, 3, 4)]


def story(until: int) -> Iterator[dict[str, str]]:
    """100 cases a quarter of 民一庭 and 60 of 执行局; 3 are closed late, of 民一庭 30 in 2025Q3 and 2 in 2025Q4."""
    for number, (year, quarter) in enumerate(QUARTERS[:until]):
        for kind, dept, size in (("民初", "民一庭", 100), ("执", "执行局", 60)):
            late = {10: 30, 11: 2}.get(number, 3) if kind == "民初" else 3
            for case in range(size):
                month = 3 * quarter - 2
                yield {
                    "案号": f"（{year}）辽0102{kind}{quarter * 1000 + case}号",
                    "经办法院": "辽0102",
                    "承办部门": dept,
                    "案由": "民间借贷纠纷",
                    "立案日期": f"{year}-{month:02}-01",
                    "结案日期": f"{year}-{month + 2:02}-{case % 30 + 1:02}",
                    "结案方式": "判决" if kind == "民初" else "执行完毕",
                    "应结案日期": f"{year}-{month + 1:02}-20" if case < late else f"{year + 1}-01-30",
                }


def test_a_problem_of_a_department_goes_from_the_notice_to_its_effect(tmp_path, tongbao):
    def call(*words):
        done = tongbao(*words, "-w", tmp_path)
        assert done.code == 0, done.err
        return done.out

    def quarter(number, period, day):
        write_csv(tmp_path / "cases.csv", list(story(number)))
        call("run", "--period", period, "--as-of", day, "-q")
        out = tmp_path / "out" / period
        return {path.stem.removeprefix(f"{period}-"): path.read_text("utf-8") for path in out.glob("*.md")}

    (tmp_path / "courts.csv").write_text("代码,名称,层级,上级\n辽0102,天枢市城东区人民法院,基层法院,\n", "utf-8")
    (tmp_path / "tongbao.toml").write_text(
        '[source]\nfiles = ["cases.csv"]\n[letterhead]\nto = "本院各部门："\noffice = "审判管理办公室"\n'
        '[output]\nformats = ["md"]\nkinds = ["general", "department", "reminder", "pack", "feedback"]\n'
        '[ledger]\ntold = "run"\n',
        "utf-8",
    )
    first = quarter(11, "2025Q3", "2025-10-15")
    told = "民一庭审限内结案率为70.00%（100件中70件），环比、同比均下降27.00个百分点"
    assert told in first["general"]
    for name in ("department-民一庭", "reminder-民一庭"):  # a department is spoken to, not of
        assert told.replace("民一庭", "你部门") in first[name], name
    assert first["department-民一庭"].count("| （2025）辽0102民初") == 30, "the department has all of its cases"
    assert "提醒通知" in first["reminder-民一庭"] and "函" not in first["reminder-民一庭"]
    assert "reminder-执行局" not in first
    assert "| 民一庭 | 审限内结案率 |" in first["pack"] and "# 附件3：民一庭有关情况" in first["pack"]
    assert "发现需要核查" not in first["department-执行局"]
    items = {one["court_name"]: one for one in json.loads(call("ledger", "list", "--json"))["items"]}
    number = items["城东区法院民一庭"]["number"]

    sheet = tmp_path / "整改台账-辽0102-民一庭.xlsx"
    call("ledger", "export", "--court", "辽0102/民一庭", "--to", sheet, "--as-of", "2025-10-16")
    rows = cells(sheet)
    fill(rows, number, **{**PLAN, "deadline": date(2025, 12, 31), "feedback": "超期案件已逐案清理。"})
    rewrite(sheet, rows)
    call("ledger", "import", sheet, "--by", "民一庭庭长", "--court", "辽0102", "--as-of", "2025-10-30")

    second = quarter(12, "2025Q4", "2026-01-15")
    assert not any(
        "法院" in re.sub("天枢市城东区人民法院|上级法院|同级法院|“原审法院”", "", text) for text in second.values()
    )
    part = second["feedback"].partition(f"民一庭审限内结案率（{number}）")[2].partition("\n### ")[0]
    assert "核对结果：见效" in part
    assert "整改情况：超期案件已逐案清理。" in part
    assert told not in second["department-民一庭"]
