"""Files as people hand them over: known by their bytes, told what they are, never half read without a word."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
import xlwt
from by_hand import COURTS, TODAY, reading
from sources import write_xlsx

from reports import read
from reports.courts import court_table
from reports.errors import InputError
from reports.read.formats import FORMATS, filled_sheets, format_of
from reports.read.propose import propose

HEADER = ["案号", "经办法院", "立案日期", "结案日期"]
ROWS = [
    HEADER,
    ["（2025）辽0102民初1号", "辽0102", "2025-07-01", "2025-08-01"],
    ["（2025）辽0102民初2号", "辽0102", "2025-07-02", ""],
    ["（2025）辽0102民初3号", "辽0102", "2025-07-03", "2025-08-03"],
]
EXPECTED = [(date(2025, 7, 1), date(2025, 8, 1)), (date(2025, 7, 2), None), (date(2025, 7, 3), date(2025, 8, 3))]


def found(path: Path, **options):
    """What is read: days, reasons of rows set aside, notes by id."""
    with reading(path, **options) if options else reading(path) as cases:
        days = cases.connection.execute("SELECT filed, concluded FROM cases ORDER BY filed, concluded").fetchall()
        assert cases.rows_in == cases.rows_used + len(cases.set_aside)
        return days, [(r["行"], r["原因"]) for r in cases.set_aside.to_dict("records")], {n.id: n for n in cases.notes}


def csv_text(rows=ROWS) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


def html(rows=ROWS, before: str = "") -> str:
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<html><head><meta charset="utf-8"></head><body>{before}<table>{lines}</table></body></html>'


def xml(rows=ROWS) -> str:
    lines = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>"
        for row in rows
    )
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{name}" xmlns:ss="{name}"><Worksheet ss:Name="s"><Table>{lines}'
        "</Table></Worksheet></Workbook>"
    )


def json_lines(rows=ROWS) -> str:
    return "".join(json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) + "\n" for row in rows[1:])


def xls_bytes(path: Path, rows=ROWS) -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("s")
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            page.write(r, c, cell)
    book.save(str(path))
    return path.read_bytes()


def all_bytes(folder: Path) -> dict[str, bytes]:
    parquet = folder / "p"
    frame = duckdb.sql(
        "SELECT * FROM (VALUES "
        + ", ".join(str(tuple(row)) for row in ROWS[1:])
        + ") t(案号, 经办法院, 立案日期, 结案日期)"
    )
    frame.write_parquet(str(parquet))
    return {
        "csv": csv_text().encode(),
        "gb18030": csv_text().encode("gb18030"),
        "utf-16": csv_text([[*row] for row in ROWS]).replace(",", "\t").encode("utf-16"),
        "html": html().encode(),
        "xml": xml().encode(),
        "jsonl": json_lines().encode(),
        "xlsx": write_xlsx(folder / "x", {"s": ROWS}).read_bytes(),
        "xls": xls_bytes(folder / "y"),
        "parquet": parquet.read_bytes(),
    }


@pytest.mark.parametrize("suffix", [".csv", ".xls", ".xlsx", ".parquet", ".dat", ""])
def test_a_file_is_what_its_bytes_say(tmp_path, suffix):
    for kind, data in all_bytes(tmp_path).items():
        path = tmp_path / f"cases{suffix}"
        path.write_bytes(data)
        days, aside, _ = found(path)
        assert (days, aside) == (EXPECTED, []), kind


def test_every_format_has_another_name_and_ending():
    assert len({item.name for item in FORMATS}) == len(FORMATS)
    endings = [suffix for item in FORMATS for suffix in item.suffixes]
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "空的"),
        (b"%PDF-1.7", "PDF"),
        (b"<html><body>login</body></html>", "没有表格"),
        ('[{"案号": "1"}]'.encode(), "JSON 数组"),
        (csv_text().encode("utf-16-le"), "看来是 UTF-16"),
        ("案號,經辦法院,立案日期,結案日期\n1,2,3,4\n".encode("big5"), "看来是 Big5"),
        (b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "有密码"),
        (xml().replace("<?xml version=\"1.0\"?>", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>').encode(), "DOCTYPE"),
        ((",".join(f"c{n}" for n in range(50_000)) + "\n").encode(), "50000列"),
    ],
)  # fmt: skip
def test_the_message_names_the_true_cause(tmp_path, data, message):
    path = tmp_path / "cases.xls"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as error:
        found(path)
    assert error.value.advice


@pytest.mark.parametrize("before", ["某院案件表\n", "sep=,\n", "\n\n", ",,,\n单位：元,,,\n", "某院\n制表：甲,,\n\n"])
def test_the_heading_is_found_below_what_stands_above(tmp_path, before):
    path = tmp_path / "c.csv"
    path.write_text(before + csv_text(), "utf-8")
    assert found(path)[:2] == (EXPECTED, [])


def test_rows_keep_their_lines_below_a_title(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("某院案件表\n" + csv_text([*ROWS, ["（2025）辽0102民初4号", "辽0102", "昨天", ""]]), "utf-8")
    assert found(path)[1] == [(6, "立案日期无法识别：昨天")]


def test_a_heading_of_two_rows_and_one_with_a_line_break(tmp_path):
    rows = [["案号", "经办法院", "日期", ""], ["", "", "立案\n日期", "结案日期"], *ROWS[1:]]
    assert found(write_xlsx(tmp_path / "c.xlsx", {"s": rows}))[:2] == (EXPECTED, [])
    path = tmp_path / "c.csv"
    path.write_text(csv_text().replace("立案日期", '"立案\n日期"'), "utf-8")
    assert found(path)[:2] == (EXPECTED, [])


def test_totals_remarks_and_headings_are_no_cases_and_no_faults(tmp_path):
    rows = [*ROWS, ["小计", "", "", "3"], HEADER, ["合计：", "", "", ""], ["注：数据截至2025年10月15日", "", "", ""]]
    for path in (tmp_path / "c.csv", write_xlsx(tmp_path / "c.xlsx", {"s": rows})):
        if path.suffix == ".csv":
            path.write_text(csv_text(rows) + "制表人：某某\n", "utf-8")
        days, aside, notes = found(path)
        assert (days, aside) == (EXPECTED, [])
        remarks = 2 if path.suffix == ".csv" else 1
        counts = {name: notes[name].count for name in ("total_rows", "heading_rows", "remark_rows")}
        assert counts == {"total_rows": 2, "heading_rows": 1, "remark_rows": remarks}


def test_a_case_without_a_number_is_a_fault_not_a_remark(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(csv_text([*ROWS, ["", "辽0102", "2025-07-05", ""]]), "utf-8")
    assert found(path)[1] == [(5, "缺少案号")]


def test_courts_merged_downwards_are_filled(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "c.xlsx") as book:
        sheet = book.add_worksheet("s")
        for r, row in enumerate(ROWS):
            for c, cell in enumerate(row):
                if cell and not (c == 1 and r):
                    sheet.write(r, c, cell)
        sheet.merge_range(1, 1, 3, 1, "辽0102")
    assert found(tmp_path / "c.xlsx")[:2] == (EXPECTED, [])


def test_hidden_sheets_are_left_and_told_and_hidden_rows_are_counted_and_told(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "c.xlsx") as book:
        for name, rows in {"旧": ROWS[:2], "甲": ROWS[:3], "乙": [HEADER, ROWS[3]]}.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    sheet.write(r, c, cell)
            if name == "旧":
                sheet.hide()
            if name == "甲":
                sheet.set_row(1, None, None, {"hidden": True})
                sheet.activate()
                sheet.set_first_sheet()
    days, aside, notes = found(tmp_path / "c.xlsx")
    assert (days, aside) == (EXPECTED, [])
    assert notes["hidden_sheet"].count == 1 and "旧" in notes["hidden_sheet"].text
    assert notes["hidden_rows"].count == 1
    assert notes["sheet_rows"].count in (1, 2)


def formula(path: Path, stored: object) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("s")
        for r, row in enumerate(ROWS):
            for c, cell in enumerate(row):
                sheet.write(r, c, cell)
        sheet.write_formula(1, 3, "=C2+31", None, stored)
    return path


@pytest.mark.parametrize("stored", ["", 0])
def test_a_formula_that_was_never_calculated_is_a_fault(tmp_path, stored):
    days, aside, _ = found(formula(tmp_path / "c.xlsx", stored))
    assert days == EXPECTED[1:]
    assert len(aside) == 1 and aside[0][0] == 2 and "没有计算过" in aside[0][1]


def test_a_formula_with_its_value_is_a_value(tmp_path):
    assert found(formula(tmp_path / "c.xlsx", "2025-08-01"))[:2] == (EXPECTED, [])


def spoilt(path: Path, part: str, change) -> Path:
    """A workbook with one part of its archive changed."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return path


FAR = b'<c r="XFD1048576"><v>1</v></c>'


@pytest.mark.parametrize(
    "rows", [b"<row>" + FAR + b"</row>", b'<row r="5">' + FAR + b"</row>", b'<row r="1048576">' + FAR + b'</row><row r="5"/>']
)  # fmt: skip
def test_a_sheet_whose_cells_lie_far_apart_ends_in_a_message(tmp_path, rows):
    path = write_xlsx(tmp_path / "c.xlsx", {"s": ROWS})
    spoilt(path, "xl/worksheets/sheet1.xml", lambda data: data.replace(b"</sheetData>", rows + b"</sheetData>"))
    with pytest.raises(InputError, match="过大"):
        found(path)


def test_shared_strings_that_claim_too_much_end_in_a_message(tmp_path):
    path = write_xlsx(tmp_path / "c.xlsx", {"s": ROWS})
    spoilt(path, "xl/sharedStrings.xml", lambda data: data.replace(b"uniqueCount=", b'uniqueCount="4000000000" x='))
    with pytest.raises(InputError, match="共享文字过大"):
        found(path)


def test_a_path_that_exists_is_read_literally_and_a_folder_gives_its_files(tmp_path):
    folder = tmp_path / "导出"
    folder.mkdir()
    (folder / "cases[1].csv").write_text(csv_text(ROWS[:2]), "utf-8")
    (folder / "cases1.csv").write_text(csv_text(ROWS[:3]), "utf-8")
    (folder / "说明.md").write_text("x", "utf-8")
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(tmp_path / "courts.csv")
    for files, names in (
        (["导出/cases[1].csv"], ("cases[1].csv",)),
        (["导出"], ("cases1.csv", "cases[1].csv")),
        (["导出/*.csv"], ("cases1.csv", "cases[1].csv")),
    ):
        with read.read(files, tmp_path, tree=tree, today=TODAY) as cases:
            assert cases.files == names
            assert cases.rows_in == sum(2 if name == "cases1.csv" else 1 for name in names)
    duckdb.sql("SELECT 1 AS a").write_parquet(str(tmp_path / "p[1].parquet"))
    duckdb.sql("SELECT 2 AS b").write_parquet(str(tmp_path / "p1.parquet"))
    with (
        pytest.raises(InputError, match="文件中的列：a"),
        read.read(["p[1].parquet"], tmp_path, tree=tree, today=TODAY),
    ):
        pass


def test_doubled_headings_harm_only_where_they_are_needed(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(
        csv_text([[*row, "x", "y"] if n else [*row, "备注", "备注"] for n, row in enumerate(ROWS)]), "utf-8"
    )
    assert found(path)[:2] == (EXPECTED, [])
    path.write_text(
        csv_text([[*row, "甲", "乙"] if n else [*row, "承办人", "承办人"] for n, row in enumerate(ROWS)]), "utf-8"
    )
    days, _, notes = found(path)
    assert days == EXPECTED and "承办人" in notes["doubled"].text
    path.write_text(csv_text([[*row, row[3]] for row in ROWS]), "utf-8")
    with pytest.raises(InputError, match="列名重复：结案日期"):
        found(path)


@pytest.mark.parametrize(("heading", "title"), [("标的额（万元）", ""), ("标的额", "单位：万元,,,,\n")])
def test_the_unit_of_amounts_is_read_and_told(tmp_path, heading, title):
    path = tmp_path / "c.csv"
    rows = [[*row, "1.5" if n else heading] for n, row in enumerate(ROWS)]
    path.write_text(title + csv_text(rows), "utf-8")
    with reading(path) as cases:
        assert cases.connection.execute("SELECT DISTINCT amount FROM cases").fetchall() == [(1_500_000,)]
        assert [note.count for note in cases.notes if note.id == "scaled"] == [3]


def test_times_a_minute_before_midnight_are_put_right_only_where_all_agree(tmp_path):
    late = [HEADER, *([row[0], row[1], f"{row[2]} 23:59:17", ""] for row in ROWS[1:])]
    path = tmp_path / "c.csv"
    path.write_text(csv_text(late), "utf-8")
    days, _, notes = found(path)
    assert [day for day, _ in days] == [date(2025, 7, n) for n in (2, 3, 4)]
    assert notes["shifted_days"].count == 3
    late[1][2] = "2025-07-01 09:00:00"
    path.write_text(csv_text(late), "utf-8")
    days, _, notes = found(path)
    assert [day for day, _ in days] == [date(2025, 7, n) for n in (1, 2, 3)]
    assert "shifted_days" not in notes


def test_days_of_the_engines_types_are_judged_as_texts_are(tmp_path):
    path = tmp_path / "c.parquet"
    stamp = datetime(2025, 7, 31, 23, 59, 17)
    duckdb.execute(
        f"COPY (SELECT '（2025）辽0102民初' || n || '号' AS 案号, '辽0102' AS 经办法院, TIMESTAMP '{stamp}' AS 立案日期, "
        "['2025-09-01', '0025-09-01', '1900-01-01', 'infinity'][n]::DATE AS 结案日期 FROM range(1, 5) t(n)) "
        f"TO '{path}' (FORMAT parquet)"
    )
    days, aside, notes = found(path)
    assert days == [(date(2025, 8, 1), date(2025, 9, 1)), (date(2025, 8, 1), None)]
    assert aside == [(2, "结案日期无法识别：0025-09-01"), (4, "结案日期无法识别：infinity")]
    assert notes["shifted_days"].count == 4


def test_json_lines_lose_single_lines_and_serve_columns_too(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text(json_lines() + "{broken\n[1]\n", "utf-8")
    days, aside, _ = found(path)
    assert days == EXPECTED
    assert [line for line, _ in aside] == [4, 5]
    assert format_of(path).name == "JSON Lines"
    assert {guess.column for guess in propose(path).guesses} == {"case_no", "court", "filed", "concluded"}


def test_a_key_that_changes_within_json_lines_empties_no_cell(tmp_path):
    path = tmp_path / "c.jsonl"
    lines = [dict(zip(HEADER, row, strict=True)) for row in ROWS[1:]]
    closed = next(key for key in HEADER if key.startswith("结案"))
    known = [line if n else {"结案时间" if key == closed else key: cell for key, cell in line.items()}
             for n, line in enumerate(lines)]  # fmt: skip
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in known), "utf-8")
    assert found(path)[:2] == (EXPECTED, [])
    like = [line if n else {"办结日" if key == closed else key: cell for key, cell in line.items()}
            for n, line in enumerate(lines)]  # fmt: skip
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in like), "utf-8")
    days, aside, _ = found(path)
    assert days == EXPECTED[1:]
    assert [line for line, _ in aside] == [1] and "“办结日”" in aside[0][1]
    omitted = [{key: cell for key, cell in line.items() if cell != ""} for line in lines]  # as writers leave out nulls
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in omitted), "utf-8")
    assert found(path)[:2] == (EXPECTED, [])


def test_columns_name_units_and_never_take_a_running_number_for_an_amount(tmp_path):
    path = tmp_path / "c.csv"
    rows = [[str(n), *row, str(n * 7)] if n else ["序号", *row, "标的额（万元）"] for n, row in enumerate(ROWS)]
    path.write_text(csv_text(rows), "utf-8")
    proposal = propose(path)
    assert next(guess.column for guess in proposal.guesses if guess.source == "序号") is None
    assert "单位：万元" in proposal.toml()


def test_init_writes_paths_as_seen_from_the_workspace(tmp_path, tongbao):
    (tmp_path / "数据").mkdir()
    (tmp_path / "数据" / "a.csv").write_text(csv_text(ROWS[:2]), "utf-8")
    (tmp_path / "数据" / "b.csv").write_text(csv_text([HEADER, *ROWS[2:]]), "utf-8")
    result = tongbao("init", tmp_path / "质效", "--data", tmp_path / "数据")
    assert result.code == 0, result.err
    assert 'files = ["../数据"]' in (tmp_path / "质效" / "tongbao.toml").read_text("utf-8")
    assert "读取 3 行" in tongbao("check", "-w", tmp_path / "质效", "--period", "2025Q3").out


def test_sheets_that_go_on_without_a_heading_are_read_and_others_are_named(tmp_path):
    sheets = {"封面": [["某院案件表"]], "Sheet1": ROWS[:2], "Sheet2": ROWS[2:3], "Sheet3": ROWS[3:], "说明": [["口径"]]}
    days, aside, _ = found(write_xlsx(tmp_path / "c.xlsx", sheets))
    assert (days, aside) == (EXPECTED, [])
    with reading(tmp_path / "c.xlsx") as cases:
        told = [(note.id, note.text, note.count, note.unit) for note in cases.notes]
    assert [(text[-15:], count, unit) for name, text, count, unit in told if name == "sheet_rows"] == [
        (f"x的工作表“Sheet{n}”读取", 1, "行") for n in (1, 2, 3)
    ]
    assert [text.partition("“")[2][:2] for name, text, _, _ in told if name == "sheet_left_out"] == ["封面", "说明"]


@pytest.mark.parametrize("row", [["1", "辽0102", "张三", "李四"], ["（2025）辽0102民初9号", "", "2025-07-01", ""]])
def test_a_sheet_whose_rows_do_not_fit_the_heading_is_no_continuation(tmp_path, row):
    days, aside, notes = found(write_xlsx(tmp_path / "c.xlsx", {"案件": ROWS, "另表": [row]}))
    assert (days, aside) == (EXPECTED, [])
    assert "“另表”" in notes["sheet_left_out"].text


def test_files_of_a_folder_that_are_not_read_are_named_with_the_reason(tmp_path, tongbao):
    folder = tmp_path / "导出"
    (folder / "旧").mkdir(parents=True)
    (folder / "c.csv").write_text(csv_text(), "utf-8")
    for name in ("说明.docx", "~$c.xlsx", ".DS_Store"):
        (folder / name).write_bytes(b"x")
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "tongbao.toml").write_text(
        '[court]\ncode = "辽01"\n[source]\nfiles = ["导出", "导出/*.xlsx"]\n', "utf-8"
    )
    done = tongbao("check", "-w", tmp_path, "--period", "2025Q3", "-q")
    (tmp_path / "tongbao.toml").write_text('[court]\ncode = "辽01"\n[source]\nfiles = ["导出"]\n', "utf-8")
    assert "找不到数据文件“导出/*.xlsx”" in done.err or "没有" in done.err  # a glob that gives nothing but locks
    done = tongbao("check", "-w", tmp_path, "--period", "2025Q3", "-q")
    assert "读取 3 行，可用 3 行" in done.out, done.err
    for words in (
        "扩展名不是.parquet",
        r"：说明\.docx +1个 ",
        "锁文件",
        r"~\$c\.xlsx +1个 ",
        "请另行写明）：旧/ +1个 ",
    ):
        assert re.search(words, done.out), words
    assert "DS_Store" not in done.out


ODS_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def ods(path: Path, more: str, rows=ROWS) -> Path:
    """A sheet of the rows and, after them, ``more`` as it would stand in the file."""

    def cell(value: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>' if value else "<table:table-cell/>"  # fmt: skip

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    content = (
        f"<office:document-content {ODS_SPACES}><office:body><office:spreadsheet>"
        f'<table:table table:name="s">{lines}{more}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
            "</manifest:manifest>",
        )
    return path


EMPTY = "<table:table-cell {}/>"
FILLED = '<table:table-cell {} office:value-type="string"><text:p>x</text:p></table:table-cell>'


def repeated(rows: int, columns: int, cell: str) -> str:
    times = f'table:number-columns-repeated="{columns}"'
    return f'<table:table-row table:number-rows-repeated="{rows}">{cell.format(times)}</table:table-row>'


@pytest.mark.parametrize("rows, columns", [(1_048_573, 16_384), (1_048_573, 1), (3, 16_384)])
def test_empty_repeats_to_the_edge_of_an_ods_do_no_harm(tmp_path, rows, columns):
    assert found(ods(tmp_path / "c.ods", repeated(rows, columns, EMPTY)))[:2] == (EXPECTED, [])


@pytest.mark.parametrize(
    "more",
    [
        repeated(1_048_573, 16_384, FILLED), repeated(1_048_573, 6, FILLED), repeated(100_000, 1_000, FILLED),
        repeated(10**12, 1, FILLED), repeated(1, 10**12, FILLED), repeated(1, 10**12, EMPTY), repeated(10**30, 4, FILLED),
        repeated(1_000, 16_384, FILLED), repeated(1_048_570, 1, EMPTY) + repeated(1, 16_384, FILLED),
        repeated(1_000_000, 4, FILLED) * 3, repeated(20_000, 100, FILLED) * 20,
    ],
)  # fmt: skip
@pytest.mark.parametrize("reader", ["cases", "forms"])
def test_filled_repeats_of_an_ods_end_in_a_message(tmp_path, more, reader):
    path = ods(tmp_path / "c.ods", more)
    with pytest.raises(InputError, match="过大") as error:
        found(path) if reader == "cases" else list(filled_sheets(path))
    assert error.value.advice
