"""Files and sheets that hold only part of what others hold: what they lack is not "no", and no case is left out."""

from __future__ import annotations

import by_hand
import pytest
from sources import write_xlsx

from reports.courts.periods import parse_period
from reports.errors import InputError

Q3 = parse_period("2025Q3")
WITHHELD = (None, None)
HEADS = ["案号", "经办法院", "立案日期", "结案日期", "结案方式", "申请执行金额", "到位金额"]


def row(number: int, court: str = "0102", kind: str = "民初", **more: str) -> dict[str, str]:
    name = {"0102": "甲区人民法院", "0103": "乙区人民法院"}[court]
    plain = {
        "案号": f"（2025）辽{court}{kind}{number}号",
        "经办法院": name,
        "立案日期": "2025-07-01",
        "结案日期": "2025-08-01",
    }
    return plain | more


def written(folder, name, heads, rows):
    lines = [",".join(heads), *(",".join(one.get(head, "") for head in heads) for one in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", "utf-8")


def measured(folder, files, *, lean=True):
    return by_hand.measured(folder, files, Q3, lean=lean)[:2]


@pytest.mark.parametrize("lean", [True, False])
def test_a_column_that_one_file_lacks_is_not_no_in_it(lean, tmp_path):
    written(tmp_path, "a.csv", HEADS, [row(n, 结案方式="调解") for n in range(1, 4)])
    written(tmp_path, "b.csv", HEADS[:4], [row(n, "0103") for n in range(1, 3)])
    compared, notes = measured(tmp_path, ["a.csv", "b.csv"], lean=lean)
    assert compared.cell("辽0102", "全部", "civil_mediation_rate").now == (3, 3)
    assert compared.cell("辽0103", "全部", "civil_mediation_rate").now == WITHHELD
    assert compared.cell("辽0103", "全部", "concluded").now == (2, None)
    assert notes["unknown_outcome"].text == "b.csv没有“结案方式”这一列" and notes["unknown_outcome"].count == 2
    written(tmp_path, "b.csv", HEADS[:5], [row(n, "0103") for n in range(1, 3)])  # an empty column is a statement
    compared, notes = measured(tmp_path, ["a.csv", "b.csv"], lean=lean)
    assert compared.cell("辽0103", "全部", "civil_mediation_rate").now == (0, 2) and "unknown_outcome" not in notes


def test_amounts_that_one_file_lacks(tmp_path):
    paid = {"申请执行金额": "100", "到位金额": "50"}
    written(tmp_path, "a.csv", HEADS, [row(n, kind="执", **paid) for n in range(1, 4)])
    written(tmp_path, "b.csv", HEADS[:6], [row(n, "0103", "执", **paid) for n in range(1, 3)])
    compared, notes = measured(tmp_path, ["a.csv", "b.csv"])
    assert compared.cell("辽0102", "全部", "enforcement_recovery_rate").now == (15000, 30000)
    assert compared.cell("辽0103", "全部", "enforcement_recovery_rate").now == WITHHELD
    assert notes["unknown_exec_recovered"].count == 2


def test_what_the_number_of_a_case_tells_is_no_gap(tmp_path):
    written(tmp_path, "a.csv", [*HEADS[:4], "条线", "审理程序"], [row(1, 条线="民事", 审理程序="一审")])
    written(tmp_path, "b.csv", HEADS[:4], [row(2)])
    compared, notes = measured(tmp_path, ["a.csv", "b.csv"])
    assert compared.cell("辽0102", "民事", "concluded").now == (2, None)
    assert not [name for name in notes if name.startswith("unknown_")]


def test_a_sheet_of_open_cases_without_their_column_is_not_left_out(tmp_path):
    done = [HEADS[:5], *([*list(row(n).values()), "判决"] for n in range(1, 4))]
    waiting = [HEADS[:3], *(list(row(n).values())[:3] for n in range(11, 14))]
    write_xlsx(tmp_path / "c.xlsx", {"已结": done, "未结": waiting})
    with pytest.raises(InputError) as caught:
        measured(tmp_path, ["c.xlsx"])
    assert "工作表“未结”像是另一部分案件，但缺少列：结案日期" in str(caught.value)
    assert 'sheet = "已结"' in caught.value.advice
    other = [["案由", "件数"], ["离婚纠纷", 3]]
    write_xlsx(tmp_path / "c.xlsx", {"已结": done, "汇总": other})
    compared, notes = measured(tmp_path, ["c.xlsx"])
    assert compared.cell("辽0102", "全部", "concluded").now == (3, None) and "sheet_left_out" in notes
