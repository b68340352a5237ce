"""Workbooks as courts keep them: titles above the header, dates of every kind, formula errors, several sheets."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import xlsxwriter
import xlwt
from by_hand import COURTS, TODAY, counted, reading
from sources import every_file, rows_by_hand, typed, write_ods, write_xls, write_xlsx

from reports import read
from reports.courts import court_table
from reports.errors import InputError

HEADER = ["案号", "经办法院", "立案日期", "结案日期", "标的额"]


def case(n: int, filed: object = "2025-07-01", concluded: object = "", amount: object = "") -> list[object]:
    return [f"（2025）辽0102民初{n}号", "辽0102", filed, concluded, amount]


def kept(path):
    with reading(path) as cases:
        rows = cases.connection.execute(
            "SELECT case_no, filed, concluded, amount FROM cases ORDER BY length(case_no), case_no"
        ).fetchall()
        assert cases.rows_in == cases.rows_used + len(cases.set_aside)
        return rows, [(r["行"], r["原因"]) for r in cases.set_aside.to_dict("records")], cases


def test_every_kind_of_file_gives_the_same_tally(tmp_path):
    tallies = {kind: counted(path, "2025Q3") for kind, path in every_file(tmp_path).items()}
    first = tallies.pop("csv")
    assert len(first) > 0
    for kind, frame in tallies.items():
        assert frame.equals(first), kind


def test_every_kind_of_file_sets_the_same_rows_aside(tmp_path):
    reasons = {}
    for kind, path in every_file(tmp_path).items():
        with reading(path) as cases:
            reasons[kind] = [row["原因"] for row in cases.set_aside.to_dict("records")]
    assert set(map(tuple, reasons.values())) == {("结案日期（2025-06-10）早于立案日期（2025-06-20）",)}


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
@pytest.mark.parametrize(
    ("heading", "shown", "amounts"),
    [
        ("标的额（万元）", "0!.0,", [12_345_000_00, 5_000_00]),  # 1234.5 is seen, 12345000 is stored
        ("标的额（万元）", '0!.0000"万"', [12_345_000_00, 5_000_00]),
        ("标的额（千元）", "#,##0,", [12_345_000_00, 5_000_00]),
        ("标的额（万元）", "#,##0.00", [123_450_000_000_00, 50_000_000_00]),
        ("标的额", "#,##0,", [12_345_000_00, 5_000_00]),
        ("标的额（万元）", "#,##0,", None),  # thousands are seen below 万元
    ],
)
def test_a_format_that_divides_is_no_second_unit(kind, heading, shown, amounts, tmp_path):
    rows = [[*HEADER[:4], heading], case(1, amount=12_345_000), case(2, amount=5_000)]
    path = tmp_path / f"c.{kind}"
    if kind == "xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet, style = book.add_worksheet(), book.add_format({"num_format": shown})
            for r, row in enumerate(rows):
                sheet.write_row(r, 0, row[:4])
                sheet.write(r, 4, row[4], style if r else None)
    else:
        book = xlwt.Workbook()
        sheet = book.add_sheet("s")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write(r, c, cell, *([xlwt.easyxf(num_format_str=shown)] if r and c == 4 else []))
        book.save(str(path))
    found, aside, cases = kept(path)
    if amounts is None:
        assert [line for line, reason in aside if "不能确定是多少" in reason] == [2, 3]
        return
    assert ([row[3] for row in found], aside) == (amounts, [])
    factor = {"0!.0,": 10_000, '0!.0000"万"': 10_000, "#,##0,": 1000}.get(shown)
    told = [note.count for note in cases.notes if note.id == "scaled_cells"]
    assert told == ([2] if factor and "（" in heading else [])


def test_cells_become_what_a_csv_would_hold(tmp_path):
    rows = [
        HEADER,
        case(1, date(2025, 7, 1), datetime(2025, 8, 1, 9, 30), 1000),
        case(2, "2025年7月2日", "2025/8/2", 1234.5),
        case(3, 20250703, "20250803", "1,234.56"),
        [],
        case(4, date(2025, 7, 4), "昨天", ""),
    ]
    found, aside, _ = kept(write_xlsx(tmp_path / "c.xlsx", {"案件": rows}))
    assert [row[1:] for row in found] == [
        (date(2025, 7, 1), date(2025, 8, 1), 100000),
        (date(2025, 7, 2), date(2025, 8, 2), 123450),
        (date(2025, 7, 3), date(2025, 8, 3), 123456),
    ]
    assert aside == [(6, "结案日期无法识别：昨天")]


def test_titles_above_the_header_and_blank_columns_keep_row_numbers(tmp_path):
    rows = [[], ["", "某院案件明细"], [], ["", *HEADER], ["", *case(1)], [], ["", *case(2, "错")], ["", "合计", 2]]
    found, aside, _ = kept(write_xlsx(tmp_path / "c.xlsx", {"案件": rows}))
    assert len(found) == 1
    assert aside == [(7, "立案日期无法识别：错")]  # 合计 is no case


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_formula_error_is_no_empty_cell(tmp_path, kind):
    rows = [HEADER, case(1, concluded="=1/0|#DIV/0!"), case(2), case(3, amount="=1/0|#DIV/0!")]
    path = tmp_path / f"c.{kind}"
    {"xlsx": lambda: write_xlsx(path, {"案件": rows}), "xls": lambda: write_xls(path, rows)}.get(
        kind, lambda: write_ods(path, rows)
    )()
    found, aside, _ = kept(path)
    assert len(found) == 1
    assert aside == [(2, "“结案日期”是公式错误：#DIV/0!"), (4, "“标的额”是公式错误：#DIV/0!")]


def test_an_error_in_a_column_that_is_not_used_does_no_harm(tmp_path):
    rows = [["备注1", *HEADER], ["=1/0|#DIV/0!", *case(1)]]
    assert len(kept(write_xlsx(tmp_path / "c.xlsx", {"案件": rows}))[0]) == 1


def test_all_sheets_with_the_heading_are_read_or_the_one_named(tmp_path):
    path = write_xlsx(tmp_path / "c.xlsx", {"封面": [["x"]], "甲": [HEADER, case(1)], "乙": [HEADER, case(2), case(3)]})
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(tmp_path / "courts.csv")

    def number(sheet: str | None) -> int:
        with read.read([path.name], tmp_path, tree=tree, today=TODAY, sheet=sheet) as cases:
            return cases.rows_used

    assert (number(None), number("甲"), number("乙")) == (3, 1, 2)
    with pytest.raises(InputError, match="没有工作表“丙”") as error:
        number("丙")
    assert "封面、甲、乙" in str(error.value)


def test_missing_columns_are_told_with_the_row_of_the_header(tmp_path):
    with pytest.raises(InputError) as error:
        kept(write_xlsx(tmp_path / "c.xlsx", {"案件": [["标题"], ["案号", "法院", "收案", "结案日期"]]}))
    assert "缺少必需的列：立案日期" in str(error.value)
    assert "第2行" in str(error.value)


@pytest.mark.parametrize("name", ["c.xlsx", "c.xls", "c.ods"])
@pytest.mark.parametrize("data", [b"PK\x03\x04 junk", b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_what_is_no_workbook_is_told(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match="工作簿"):
        kept(tmp_path / name)


def test_files_of_all_kinds_are_one_table_and_each_counts_once(tmp_path):
    rows = rows_by_hand()
    write_xlsx(tmp_path / "a.xlsx", {"案件": typed([rows[0], *rows[1:4]])})
    write_ods(tmp_path / "b.ods", typed([rows[0], *rows[4:]]))
    (tmp_path / "~$a.xlsx").write_bytes(b"lock")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.ods").symlink_to(tmp_path / "b.ods")
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    files = ["*.xlsx", "a.xlsx", "sub/../a.xlsx", "b.ods", "link.ods"]
    with read.read(files, tmp_path, tree=court_table.load(tmp_path / "courts.csv"), today=TODAY) as cases:
        assert cases.files == ("a.xlsx", "b.ods")
        assert (cases.rows_in, cases.rows_used) == (8, 7)
