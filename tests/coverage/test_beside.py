"""The tables beside the cases: what they say of the cases of a court that is left out goes with them."""

from __future__ import annotations

from by_hand import COURTS, TODAY, write_csv

from reports import read
from reports.courts import court_table

ROWS = [
    {"案号": "（2025）辽0102民初1号", "经办法院": "辽0102", "立案日期": "2025-01-06", "结案日期": "2025-09-10"},
    {"案号": "（2025）辽0103民初1号", "经办法院": "辽0103", "立案日期": "2025-01-06", "结案日期": "2025-09-10"},
]
CHANGES = [
    {"案号": "（2025）辽0102民初1号", "类别": "中止", "起": "2025-02-01", "止": "2025-03-01"},
    {"案号": "（2025）辽0103民初1号", "类别": "中止", "起": "2025-02-01", "止": "2025-03-01"},
]
APPEALS = [
    {"原审案号": row["案号"], "二审案号": f"（2025）辽01民终{n}号", "二审立案日期": "2025-10-01", "二审结案日期": "",
     "二审结果": "", "发改原因": ""}
    for n, row in enumerate(ROWS, 1)
]  # fmt: skip


def said(folder, rows, changes, appeals, without=()):
    for name, table in (("c.csv", rows), ("x.csv", changes), ("a.csv", appeals)):
        write_csv(folder / name, table)
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(folder / "courts.csv")
    with read.read(
        ["c.csv"], folder, tree=tree, today=TODAY, exclusions="x.csv", appeals=["a.csv"], without=without
    ) as table:
        return table.rows("SELECT case_no, deadline, second_filed FROM cases ORDER BY 1"), table.notes, table.rows_in


def test_the_result_is_that_of_tables_without_their_rows(tmp_path):
    found = said(tmp_path, ROWS, CHANGES, APPEALS, without=["天枢市城东区人民法院"])
    assert found == said(tmp_path, ROWS[1:], CHANGES[1:], APPEALS[1:])
    (row,), notes, rows_in = found
    assert (row[0], rows_in) == ("（2025）辽0103民初1号", 1)
    assert not {"exclusions_unknown", "appeals_unknown"} & {note.id for note in notes}
