"""The tables as sheets: figures are numbers that show as printed, and no cell can become a formula."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from circulars import CIRCULAR, FRONT, SENTENCE, SVG, TEMPLATES
from python_calamine import CalamineWorkbook

from reports.render import render, wide_sheet
from reports.render.xlsx import _value


def made(text: str) -> bytes:
    return render(text, "xlsx", assets={"charts/trend.svg": SVG}, templates=TEMPLATES, source="样稿.md")


def opened(data: bytes) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(data))


def test_one_sheet_a_table() -> None:
    book = opened(made(CIRCULAR))
    assert book.sheet_names == ["表1 主要质量指标", "附件1 各法院主要指标一览表", "附件2 长期未结案件台账"]
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0][0] == "表1　主要质量指标"
    assert rows[1][:3] == ["序号", "法院", "收案数"]
    assert rows[2] == [
        1.0,
        "沈阳市第1人民法院",
        1001.0,
        901.0,
        pytest.approx(0.912),
        -1.24,
        pytest.approx(0.0132),
        62.4,
    ]
    assert rows[-1][0] == "注：数据截至2025年9月30日。"
    assert len(rows) == 2 + 12 + 1


def test_same_bytes_twice() -> None:
    assert made(CIRCULAR) == made(CIRCULAR)


def test_heads_are_frozen_and_repeated_and_set_in_the_right_type() -> None:
    with zipfile.ZipFile(io.BytesIO(made(CIRCULAR))) as archive:
        sheet, styles = (archive.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "styles"))
        book = archive.read("xl/workbook.xml").decode()
    assert 'ySplit="2"' in sheet
    assert 'state="frozen"' in sheet
    assert "Print_Titles" in book
    assert '<name val="仿宋_GB2312"/>' in styles
    assert '<name val="黑体"/>' in styles
    assert {"#,##0", "0.00", "0.00%"} <= set(re.findall(r'formatCode="([^"]+)"', styles)) | {"0.00", "0.00%", "#,##0"}


def sheet_xml(data: bytes, number: int = 1) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(f"xl/worksheets/sheet{number}.xml").decode()


def test_rows_are_as_high_as_their_cells_and_a_wide_table_lies_on_its_side() -> None:
    """Said in the file: LibreOffice cuts a wrapped heading in a row whose height it must find out itself."""
    heads = ["一审裁判被改判发回重审率（%）", *(f"指标{n}" for n in range(9))]
    text = f"{FRONT}表1　名称\n\n| {' | '.join(heads)} |\n|{'---|' * 10}\n| {'甲' * 70} |{' 1,234 |' * 9}\n\n> 注：{'乙' * 200}。\n"
    sheet = sheet_xml(made(text))
    high = {int(row): float(ht) for row, ht in re.findall(r'<row r="(\d+)"[^>]* ht="([\d.]+)"', sheet)}
    assert high[3] > 3 * 18 and high[4] > 2 * 18, "three lines of a cell, the note in some"
    assert high[2] >= 18 and 'orientation="landscape"' in sheet and 'fitToHeight="0"' in sheet
    assert '<mergeCell ref="A1:J1"/>' in sheet and '<mergeCell ref="A4:J4"/>' in sheet


def test_several_tables_of_an_attachment_are_named_by_court_and_indicator() -> None:
    table = "| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n"
    one = f"城东区法院上诉率：计入比率的案件56件。\n\n{table}"
    two = f"城西区法院平均审理天数：计入的案件5件。\n\n{table}"
    book = opened(made(f"{FRONT}{SENTENCE}\n\n# 附件：重点问题案件清单\n\n{one}{two}"))
    assert book.sheet_names == ["附件 城东区法院上诉率", "附件 城西区法院平均审理天数"]
    assert book.get_sheet_by_index(1).to_python()[0][0] == "附件 重点问题案件清单：城西区法院平均审理天数"


def test_the_columns_of_an_indicator_are_printed_on_one_page() -> None:
    groups = [(f"指标{n}（%）", ("本期", "上期", "去年同期")) for n in range(20)]
    rows = [["辽01", "天枢市中院辖区", *["79.15%"] * 60]]
    data = wide_sheet("天枢市中院辖区", "各单位指标", groups, rows, ["注"], templates=TEMPLATES)
    sheet = sheet_xml(data)
    breaks = [int(found) for found in re.findall(r'<brk id="(\d+)"', sheet)]
    assert breaks and all((found - 2) % 3 == 0 for found in breaks)
    assert opened(data).sheet_names == ["天枢市中院辖区"]


@pytest.mark.parametrize("risky", ["=1+1", "=HYPERLINK(1)", "+1+2", "-1+3", "@SUM(1)", "http://example.org/a"])
def test_what_looks_like_a_formula_stays_text(risky: str) -> None:
    data = made(f"{FRONT}表1　名称\n\n| 甲 | 乙 |\n|---|---|\n| {risky} | 1 |\n")
    assert opened(data).get_sheet_by_index(0).to_python()[2][0] == risky
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet, styles = archive.read("xl/worksheets/sheet1.xml").decode(), archive.read("xl/styles.xml").decode()
        assert not [name for name in archive.namelist() if "rels" in name and "sheet" in name]
    assert "<f>" not in sheet
    assert ('quotePrefix="1"' in styles) == (not risky.startswith("http"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234", (1234.0, "#,##0")),
        ("79.15%", (0.7915, "0.00%")),
        ("-1.24", (-1.24, "0.00")),
        ("−3", (-3.0, "0")),
        ("+2.5", (2.5, "+0.0;-0.0")),
        ("0", (0.0, "0")),
        ("0.10", (0.1, "0.00")),
        ("0102", None),
        ("1234567890123456", None),
        ("12,34", None),
        ("上升4.85%", None),
        ("—", None),
        ("2025年", None),
    ],
)
def test_a_figure_is_a_number_that_shows_as_printed(text: str, value: tuple[float, str] | None) -> None:
    assert _value(text) == value


def test_names_of_sheets_are_accepted_and_differ() -> None:
    table = "| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n"
    long = "各中级人民法院及其辖区基层人民法院主要审判质量管理指标情况比较"
    names = opened(
        made(FRONT + f"表1　甲/乙：[比]*?\n\n{table}" + f"表2　{long}甲\n\n{table}表2　{long}乙\n\n{table}")
    ).sheet_names
    assert names[0] == "表1 甲 乙： 比"
    (cut,) = opened(made(f"{FRONT}表1　办理事项（{long}）\n\n{table}")).sheet_names
    assert cut == "表1 办理事项"
    assert all(len(name) <= 31 for name in names)
    assert len(set(names)) == 3


def test_a_bulletin_without_tables_says_so() -> None:
    rows = opened(made(FRONT + SENTENCE)).get_sheet_by_index(0).to_python()
    assert rows == [["“关于2025年第三季度全省法院审判质量管理指标情况的通报”没有表格。"]]
