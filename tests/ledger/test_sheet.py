"""The spreadsheet out and back: what a court may change, what is refused line by line, what programs may do to it."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from datetime import date

import pytest
import xlsxwriter
from by_hand_items import PLAN, finding

from reports import forms
from reports.forms import FormSheet
from reports.ledger import items, record, sheet
from reports.ledger import rectification as ledger
from reports.read.formats import filled_sheets

TODAY = date(2025, 11, 3)
HEADS = [column.head for column in sheet.ITEMS.columns]


@pytest.fixture
def folder(tmp_path):
    """A workspace with two items of 辽0102 and one of 辽0103."""
    (tmp_path / "tongbao.toml").write_text("", "utf-8")
    found = [finding(), finding(indicator="over12_share", direction="up", value=(42, 300)), finding("辽0103")]
    record(tmp_path / "tongbao.db", found, at="2025-10-20", bulletin="通报")
    return tmp_path


@pytest.fixture
def exported(folder, tongbao):
    result = tongbao(
        "ledger", "export", "-w", folder, "--court", "辽0102", "--to", folder / "out.xlsx", "--as-of", TODAY
    )
    assert result.code == 0, result.err
    return folder / "out.xlsx"


def cells(path):
    """The rows of the form as lists of text, with the heading first."""
    (one,) = filled_sheets(path)
    rows = [["" if cell is None else cell for cell in row] for _, row in one.rows]
    top = next(place for place, row in enumerate(rows) if "编号" in row)
    return rows[top:]


def rewrite(path, rows, *, name="Sheet9", formulas=(), above=("某某文件",)):
    """The same table as another program would save it: other sheet, other formats, no protection, no validation."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    other, page = book.add_worksheet("说明"), book.add_worksheet(name)
    other.write(0, 0, "请见下一张表")
    day = book.add_format({"num_format": "yyyy/m/d"})
    for number, text in enumerate(above):
        page.write_string(number, 0, text)
    for number, row in enumerate(rows, len(above)):
        for place, cell in enumerate(row):
            if (number - len(above), head := (*HEADS, "")[place]) in formulas:
                page.write_formula(number, place, formulas[number - len(above), head], None, "写好的文字")
            elif isinstance(cell, date):
                page.write_datetime(number, place, cell, day)
            else:
                page.write(number, place, cell)
    book.close()


def fill(rows, number, **answers):
    """Write answers into the row of an item."""
    row = next(row for row in rows if row[0] == number)
    for name, text in answers.items():
        row[[column.name for column in sheet.ITEMS.columns].index(name)] = text


def bring_in(tongbao, folder, path, *options):
    return tongbao("ledger", "import", path, "-w", folder, "--by", "王某", "--as-of", TODAY, *options)


def test_what_goes_out(exported, folder):
    rows = cells(exported)
    assert rows[0] == HEADS and [row[0] for row in rows[1:]] == ["2025Q3-001", "2025Q3-002"]
    with zipfile.ZipFile(exported) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
        notes = archive.read("xl/comments1.xml").decode()
    assert "<sheetProtection" in page and page.count("<dataValidation ") == 11
    assert '"案件结构变化,系列案件影响' in page and 'type="date"' in page
    assert "不能是已经过去的日期" in notes
    again = sheet.export(items(folder / "tongbao.db")[:2], court="辽0102 天枢市城东区法院", today=TODAY)
    assert exported.read_bytes() == again, "the same items give the same bytes"


def test_a_cell_that_looks_like_a_formula_stays_text(tmp_path):
    form = forms.Form("表", (forms.Column("a", "编号", "locked"), forms.Column("b", "措施")), "a")
    data = forms.write(form, [{"a": "=1+1", "b": "@SUM(A1)"}], title="表", notes=(), first_date=TODAY)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()
        assert 'quotePrefix="1"' in archive.read("xl/styles.xml").decode()
    (tmp_path / "f.xlsx").write_bytes(data)
    (line,) = forms.read(form, filled_sheets(tmp_path / "f.xlsx"), "f", today=TODAY)
    assert line.values == {"a": "=1+1", "b": "@SUM(A1)"} and not line.faults


def test_filled_in_and_brought_back_twice(exported, folder, tongbao):
    rows = cells(exported)
    fill(rows, "2025Q3-001", **{**PLAN, "deadline": date(2026, 3, 31)})
    rewrite(folder / "back.xlsx", rows)
    result = bring_in(tongbao, folder, folder / "back.xlsx")
    assert result.code == 0 and "已更新1项" in result.out, result.err
    item = ledger.item(folder / "tongbao.db", "2025Q3-001")
    assert item.state == "整改中" and dict(item.answers) == PLAN
    assert ledger.item(folder / "tongbao.db", "2025Q3-002").state == "通报", "an empty row is no answer"
    before = (folder / "tongbao.db").read_bytes()
    assert "没有变化" in bring_in(tongbao, folder, folder / "back.xlsx").out
    assert (folder / "tongbao.db").read_bytes() == before


def test_resorted_with_columns_moved_filtered_and_renamed(exported, folder, tongbao):
    rows = cells(exported)
    fill(rows, "2025Q3-001", **{**PLAN, "deadline": "2026年3月31日"})
    head, *body = [[row[0], *reversed(row[1:])] for row in rows]
    (folder / "x").mkdir()
    book = xlsxwriter.Workbook(folder / "x/back.xlsx")
    page = book.add_worksheet("民一庭填报（终稿）")
    for number, row in enumerate([["填报人：李某"], [], head, *reversed(body)]):
        page.write_row(number, 2, row)
    page.set_row(4, None, None, {"hidden": True})
    book.close()
    assert bring_in(tongbao, folder, folder / "x/back.xlsx").code == 0
    assert dict(ledger.item(folder / "tongbao.db", "2025Q3-001").answers) == PLAN


@pytest.fixture
def earlier(exported):
    """The rows as the form of the release before had them: its headings, and one free cell for the measure."""
    was = {form.column(name).head: old for form in [sheet.ITEMS] for name, old in form.was.items()}
    place = HEADS.index("哪些案件")
    return [[was.get(cell, cell) for cell in (*row[:place], *row[place + 1 :])] for row in cells(exported)]


def earlier_filled(rows, number, **answers):
    row = next(row for row in rows if row[0] == number)
    names = [column.name for column in sheet.ITEMS.columns if column.name != "cases"]
    for name, text in answers.items():
        row[names.index(name)] = text


def test_a_form_of_the_release_before_still_brings_what_was_done(earlier, folder, tongbao):
    ledger.respond(folder / "tongbao.db", {"2025Q3-001": PLAN}, at="2025-10-25", who="李某", today=TODAY)
    plan = {name: text for name, text in PLAN.items() if name != "cases"}
    earlier_filled(earlier, "2025Q3-001", **plan, feedback="清结38件。", progress="已完成")
    assert "整改措施" in earlier[0] and "哪些案件" not in earlier[0]
    rewrite(folder / "back.xlsx", earlier)
    assert bring_in(tongbao, folder, folder / "back.xlsx").code == 0
    assert dict(ledger.item(folder / "tongbao.db", "2025Q3-001").answers) == {
        **PLAN, "feedback": "清结38件。", "progress": "已完成",
    }  # fmt: skip


def test_a_new_plan_on_such_a_form_is_told_how_to_add_what_it_lacks(earlier, folder, tongbao):
    plan = {name: text for name, text in PLAN.items() if name != "cases"}
    earlier_filled(earlier, "2025Q3-001", **plan)
    (told,) = refused(tongbao, folder, earlier)
    assert told.endswith(
        "填写了“做什么”，还应填写“哪些案件”"
        "（以前导出的表格没有“哪些案件”一列：在表头末尾加写“哪些案件”并填写，或者重新导出）"
    )
    added = [[*earlier[0], "哪些案件"], [*earlier[1], PLAN["cases"]], [*earlier[2], ""]]
    rewrite(folder / "back.xlsx", added)
    assert bring_in(tongbao, folder, folder / "back.xlsx").code == 0, "as the message says"
    assert dict(ledger.item(folder / "tongbao.db", "2025Q3-001").answers) == PLAN


def test_a_cell_that_says_nothing_is_returned_by_name_and_row(exported, folder, tongbao):
    rows = cells(exported)
    fill(rows, "2025Q3-001", **{**PLAN, "measure": "进一步加强审判管理工作，提高思想认识。", "cases": ""})
    assert refused(tongbao, folder, rows) == [
        "工作表“Sheet9”第3行（2025Q3-001）：“做什么”写的是“进一步加强审判管理工作，提高思想认识。”，"
        "没有具体内容；请写明具体做法",
        "工作表“Sheet9”第3行（2025Q3-001）：填写了“做什么”，还应填写“哪些案件”",
    ]
    (folder / "vague.toml").write_text(
        'ours = ["每周清查将到期案件，由庭长督办"]\nexcept = ["思想", "思想认识"]\n', "utf-8"
    )
    told = refused(tongbao, folder, rows)
    assert len(told) == 1 and "哪些案件" in told[0], "思想 is a word of that court"
    fill(rows, "2025Q3-001", **PLAN)
    (told,) = refused(tongbao, folder, rows)
    assert "“每周清查将到期案件，由庭长督办。”，没有具体内容" in told
    (folder / "vague.toml").write_text('ours = "加强"\n', "utf-8")
    wrong = bring_in(tongbao, folder, folder / "back.xlsx")
    assert wrong.code == 2 and "“ours”应为词语的列表" in wrong.err


def refused(tongbao, folder, rows, *options, **how):
    rewrite(folder / "back.xlsx", rows, **how)
    before = (folder / "tongbao.db").read_bytes()
    result = bring_in(tongbao, folder, folder / "back.xlsx", *options)
    assert result.code == 4 and "台账没有改动" in result.err
    assert (folder / "tongbao.db").read_bytes() == before
    return [line for line in result.err.splitlines() if line.startswith("工作表")]


def test_every_mistake_is_told_with_its_line(exported, folder, tongbao):
    rows = cells(exported)
    fill(rows, "2025Q3-001", **{**PLAN, "person": "", "deadline": "2025-10-01"})
    fill(rows, "2025Q3-002", value="1.00%", problem="没有问题")
    rows.append(["2025Q3-009", *rows[1][1:]])
    rows.append(["", *rows[1][1:]])
    rows.append(list(rows[1]))
    told = refused(tongbao, folder, rows)
    assert told == [
        "工作表“Sheet9”第3行（2025Q3-001）：“何时完成”2025-10-01已经过去",
        "工作表“Sheet9”第3行（2025Q3-001）：填写了“做什么”，还应填写“谁”",
        "工作表“Sheet9”第4行（2025Q3-002）：“通报数值”不能改动：原为“14.00%”，现为“1.00%”",
        "工作表“Sheet9”第4行（2025Q3-002）：“问题”不能改动：原为“天枢市城东区法院超12个月未结案件比为14.00%（42/300）。”，现为“没有问题”",
        "工作表“Sheet9”第5行（2025Q3-009）：台账中没有编号“2025Q3-009”",
        "工作表“Sheet9”第6行（无编号）：缺少编号，不能自行增加一行",
        "工作表“Sheet9”第7行（2025Q3-001）：编号“2025Q3-001”重复，第3行已有",
    ]


def test_another_courts_item_is_refused(exported, folder, tongbao):
    rows = cells(exported)
    rows[1][0] = "2025Q3-003"  # its number alone, over the row of 辽0102
    (told,) = refused(tongbao, folder, rows)
    assert "单位代码不符：2025Q3-003属于辽0103，表中为“辽0102”" in told
    rows = cells(exported)
    assert len(refused(tongbao, folder, rows, "--court", "天枢市城西区法院")) == 2


def test_partial_takes_the_sound_rows(exported, folder, tongbao):
    rows = cells(exported)
    fill(rows, "2025Q3-001", **PLAN)
    fill(rows, "2025Q3-002", measure="采取措施压降上诉", person="李某")
    assert len(refused(tongbao, folder, rows)) == 2
    result = bring_in(tongbao, folder, folder / "back.xlsx", "--partial", "--json")
    assert result.code == 0
    document = json.loads(result.out)
    assert list(document["changed"]) == ["2025Q3-001"] and document["faults"][0]["row"] == 4
    assert [item.state for item in items(folder / "tongbao.db")] == ["整改中", "通报", "通报"]


def test_a_formula_where_text_belongs_is_refused(exported, folder, tongbao):
    rows = cells(exported)
    fill(rows, "2025Q3-001", **PLAN)
    (told,) = refused(tongbao, folder, rows, formulas={(1, "做什么"): '=CONCATENATE("写好","的文字")'})
    assert "第3行（2025Q3-001）：“做什么”是公式（=CONCATENATE" in told


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "找不到文件"),
        (lambda path: path.write_bytes(b"PK\x03\x04 broken"), "文件已损坏"),
        (lambda path: path.write_text("编号,法院\n"), "不是 Excel 工作簿，是CSV"),
        (lambda path: rewrite(path, [["别的", "表"]]), "没有整改台账的表头"),
        (lambda path: rewrite(path, [["", *HEADS[1:]]]), "没有整改台账的表头"),
        (lambda path: rewrite(path, [[*HEADS[:13], "", *HEADS[14:]]]), "表头缺少“看什么数”一列"),
        (lambda path: rewrite(path, [[*HEADS, "谁"]]), "表头有2列“谁”"),
    ],
)
def test_a_file_that_is_not_the_form(spoil, message, exported, folder, tongbao):
    spoil(exported)
    result = bring_in(tongbao, folder, exported)
    assert result.code == 5 and message in result.err and "Traceback" not in result.err


def test_dates_and_numbers_as_programs_write_them():
    form = forms.Form("表", (forms.Column("a", "编号", "locked"), forms.Column("d", "时限", "date")), "a")
    for cell, expected in (
        (date(2026, 3, 1), "2026-03-01"), ("2026/3/1", "2026-03-01"), ("2026.03.01", "2026-03-01"),
        ("2026年3月1日", "2026-03-01"), ("20260301", "2026-03-01"), (20260301.0, "2026-03-01"), (46082.0, "2026-03-01"), ("\u00a02026-03-01", "2026-03-01"),
        ("未结", ""), (None, ""),
    ):  # fmt: skip
        (line,) = forms.read(form, [FormSheet("表", [(1, ["编号", "时限"]), (2, [7.0, cell])])], "f", today=TODAY)
        assert line.values == {"a": "7", "d": expected} and not line.faults
    for cell in ("2026-02-30", "三月底", "26-03-01"):
        (line,) = forms.read(form, [FormSheet("表", [(1, ["编号", "时限"]), (2, ["7", cell])])], "f", today=TODAY)
        assert re.search(f"“时限”应为日期.*{cell}", line.faults[0])


def test_every_court_gets_its_file(folder, tongbao):
    assert tongbao("ledger", "export", "-w", folder, "--to", folder / "分发").code == 0
    assert sorted(path.name for path in (folder / "分发").iterdir()) == ["整改台账-辽0102.xlsx", "整改台账-辽0103.xlsx"]
    assert tongbao("ledger", "export", "-w", folder, "--court", "辽02", "--to", folder / "x.xlsx").code == 2
    shutil.rmtree(folder / "分发")
