"""GB/T 9704-2012 measured on the pages that come out. Lengths in millimetres from the top left corner."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise

import pdfplumber
import pytest
from circulars import FRONT, SENTENCE, SVG, TEMPLATES, make, table
from measured import CLOSE, MM, folio, inked, lines, text_of, wide_rules
from pdfplumber.pdf import PDF

from reports.render.check import check
from reports.render.profile import load

pytestmark = pytest.mark.whole


def test_full_pages_hold_22_lines(plain: PDF) -> None:
    for page in plain.pages[1:-2]:
        rows = lines(page)
        assert len(rows) == 22
        tops = [next(c for c in row if "Fang" in c["fontname"])["top"] * MM for row in rows]
        assert tops[0] == pytest.approx(37.0, abs=CLOSE)
        assert all(b - a == pytest.approx(29.6 * MM, abs=0.02) for a, b in pairwise(tops))
        assert tops[-1] + 16 * MM <= 262.0 + CLOSE


def test_a_line_holds_28_characters() -> None:
    with pdfplumber.open(io.BytesIO(make(FRONT + "审" * 200))) as pdf:
        full = [row for row in lines(pdf.pages[0]) if "".join(c["text"] for c in row) == "审" * len(row)]
        assert [len(row) for row in full[:4]] == [26, 28, 28, 28]
        assert full[1][0]["x0"] * MM == pytest.approx(28.0, abs=0.1)
        assert full[0][0]["x0"] * MM == pytest.approx(28.0 + 2 * 156 / 28, abs=0.1)


def test_right_edge_is_justified(plain: PDF) -> None:
    for number, page in enumerate(plain.pages[1:-2], 2):
        edge = 184.0 if number % 2 else 182.0
        rows = lines(page)
        ends = [row[-1]["x1"] * MM for row in rows]
        indented = [row[0]["x0"] * MM > 30 for row in rows]
        # A line is full unless the next one begins a paragraph; the page's last line has no next.
        full = [end for end, starts_next in zip(ends, indented[1:], strict=False) if not starts_next]
        assert len(full) > 15
        assert all(end == pytest.approx(edge, abs=CLOSE) for end in full)


def test_rates_with_their_counts_do_not_tear_lines_apart() -> None:
    text = "首执案件执行完毕率为42.25%（199/471），执行到位率为46.17%（2635.31/5707.94万元），" * 12
    data = make(FRONT + text)
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        rows = [row for page in pdf.pages for row in lines(page) if len(row) > 20]
        gaps = [b["x0"] - a["x1"] for row in rows for a, b in pairwise(row)]
        assert max(gaps) < 4  # points: a quarter of a character
        for page in pdf.pages[:1]:
            tops = [row[0]["top"] for row in lines(page)[-5:]]
            assert all(b - a == pytest.approx(29.6, abs=0.05) for a, b in pairwise(tops))
        assert "\u200b" not in "".join(page.extract_text() for page in pdf.pages)


def test_head_of_first_page(circular: PDF) -> None:
    page = circular.pages[0]
    mark = [c for c in page.chars if c["non_stroking_color"] not in (None, (0,), (0, 0, 0), 0)]
    assert "".join(c["text"] for c in mark) == "辽宁省高级人民法院文件"
    number = next(row for row in lines(page) if "〔2025〕" in "".join(c["text"] for c in row))
    centre = (number[0]["x0"] + number[-1]["x1"]) / 2 * MM
    assert centre == pytest.approx(28 + 78, abs=CLOSE)
    (rule,) = wide_rules(page)
    assert rule["x0"] * MM == pytest.approx(28.0, abs=CLOSE)
    assert rule["x1"] * MM == pytest.approx(184.0, abs=CLOSE)
    assert rule["top"] * MM - number[0]["bottom"] * MM == pytest.approx(4.0, abs=CLOSE)
    assert "通报如下" in text_of(page)  # 7.3: the first page must show text


def test_mark_ink_begins_35_mm_below_the_type_area(circular_bytes: bytes) -> None:
    import pypdfium2

    bitmap = pypdfium2.PdfDocument(circular_bytes)[0].render(scale=300 / 72).to_pil().convert("L")
    box = [int(v * 300 / 25.4) for v in (20, 50, 190, 95)]
    inked = bitmap.crop(tuple(box)).point(lambda v: 255 if v < 200 else 0).getbbox()
    assert inked is not None
    assert 50 + inked[1] * 25.4 / 300 == pytest.approx(72.0, abs=CLOSE)


def test_page_numbers(circular: PDF) -> None:
    for number, page in enumerate(circular.pages, 1):
        if page.width > page.height:
            continue
        chars = folio(page)
        assert "".join(c["text"] for c in chars) == f"—{number}—"
        assert all(abs(c["size"] - 14) < 0.1 for c in chars)
        if number % 2:
            assert chars[-1]["x1"] * MM == pytest.approx(184 - 14 * MM, abs=CLOSE)
        else:
            assert chars[0]["x0"] * MM == pytest.approx(26 + 14 * MM, abs=CLOSE)


def test_landscape_number_stands_where_other_pages_have_it(circular: PDF) -> None:
    wide = [(n, p) for n, p in enumerate(circular.pages, 1) if p.width > p.height]
    assert {n % 2 for n, _ in wide} == {0, 1}
    for number, page in wide:
        chars = [c for c in page.chars if c["x1"] * MM < 34 and c["text"].strip()]
        assert "".join(sorted(c["text"] for c in chars)) == "".join(sorted(f"—{number}—"))
        if number % 2:  # the outer edge of an odd sheet is the lower edge of the turned page
            assert max(c["bottom"] for c in chars) * MM == pytest.approx(184 - 14 * MM, abs=CLOSE)
        else:
            assert min(c["top"] for c in chars) * MM == pytest.approx(26 + 14 * MM, abs=CLOSE)


def test_imprint_at_the_foot_of_the_last_even_page(circular: PDF) -> None:
    assert len(circular.pages) % 2 == 0
    last = circular.pages[-1]
    assert "抄送：省委政法委，省人大监察和司法委员会。" in text_of(last)
    assert "2025年10月15日印发" in text_of(last)
    assert max(rule["bottom"] for rule in wide_rules(last)) * MM == pytest.approx(262.0, abs=CLOSE)
    assert not any("印发机关" in text_of(page) for page in circular.pages[:-1])


@pytest.mark.parametrize("count", range(1, 32, 3))
def test_signature_and_imprint_for_every_length(of_length: Callable[[int], PDF], count: int) -> None:
    pdf = of_length(count)
    signed = [page for page in pdf.pages if "2025年10月15日" in text_of(page).replace("日印发", "")]
    assert len(signed) == 1
    assert "审判管理工作" in text_of(signed[0]), "the signature stands alone on its page"
    assert len(pdf.pages) % 2 == 0
    assert "抄送" in text_of(pdf.pages[-1])
    blank = [page for page in pdf.pages if not page.chars]
    # 7.5: a blank page before 版记 and the page of 版记 bear no number; otherwise every page does.
    assert bool(folio(pdf.pages[-1])) == (not blank)


def test_signature_sealed_and_unsealed() -> None:
    for sealed, right in (("是", 4), ("否", 2)):
        front = FRONT.replace("成文日期", f"用印: {sealed}\n成文日期")
        with pdfplumber.open(io.BytesIO(make(front + SENTENCE))) as pdf:
            rows = lines(pdf.pages[0])
            issuer, date = rows[-2], rows[-1]
            assert "".join(c["text"] for c in date) == "2025年10月15日"
            gap = (issuer[0]["top"] - rows[-3][0]["top"]) / 29.6
            character = 156 / 28
            if sealed == "是":
                assert gap == pytest.approx(3, abs=0.05)  # two blank lines for the seal
                assert 184 - date[-1]["x1"] * MM == pytest.approx(right * character, abs=CLOSE)
                middle = [(row[0]["x0"] + row[-1]["x1"]) / 2 * MM for row in (issuer, date)]
                assert middle[0] == pytest.approx(middle[1], abs=CLOSE)
            else:
                assert gap == pytest.approx(2, abs=0.05)  # one blank line
                assert (date[0]["x0"] - issuer[0]["x0"]) * MM == pytest.approx(2 * character, abs=CLOSE)
                assert 184 - max(issuer[-1]["x1"], date[-1]["x1"]) * MM == pytest.approx(right * character, abs=CLOSE)


def test_tables_stay_inside_and_repeat_their_heads(circular: PDF) -> None:
    pages = [(number, page, page.find_tables()) for number, page in enumerate(circular.pages, 1)]
    assert sum(bool(found) for _, _, found in pages) >= 5
    for number, page, found in pages:
        for piece in found:
            left, right = (35, 260) if page.width > page.height else ((28, 184) if number % 2 else (26, 182))
            assert piece.bbox[0] * MM >= left - CLOSE
            assert piece.bbox[2] * MM <= right + CLOSE
            assert piece.bbox[3] * MM <= (184 if page.width > page.height else 262) + CLOSE
            cells = piece.extract()
            if str(cells[0][0]).startswith("抄送"):
                continue  # the rules of 版记 look like a table
            assert cells[0][0] == "序号"
            assert all(cell for row in cells for cell in row), "a row was cut"


def test_continued_table_begins_at_the_top_of_the_type_area(circular: PDF) -> None:
    page = circular.pages[-2] if "长期" not in text_of(circular.pages[-2]) else circular.pages[-1]
    tops = [piece.bbox[1] * MM for p in (page,) for piece in p.find_tables()]
    assert all(top == pytest.approx(37.0, abs=CLOSE) for top in tops)


def test_no_heading_at_the_foot_of_a_page() -> None:
    for filler in range(6, 14):
        text = "填充段落。\n\n" * filler + "## 二、末行标题\n\n### （一）次级标题\n\n" + SENTENCE * 3
        with pdfplumber.open(io.BytesIO(make(FRONT + text))) as pdf:
            for page in pdf.pages:
                rows = ["".join(c["text"] for c in row) for row in lines(page)]
                assert not rows or "标题" not in rows[-1]


def test_a_table_of_three_rows_is_not_cut_and_stays_with_its_announcement() -> None:
    for filler in range(8, 16):
        text = "填充段落。\n\n" * filler + "下列数据有待核对：\n\n" + table(3) + "\n\n" + SENTENCE
        with pdfplumber.open(io.BytesIO(make(FRONT + text))) as pdf:
            (number,) = [n for n, page in enumerate(pdf.pages) if "沈阳市第1人民法院" in text_of(page)]
            assert "沈阳市第3人民法院" in text_of(pdf.pages[number])
            assert "下列数据有待核对" in text_of(pdf.pages[number])


def test_a_small_table_stays_with_its_figure() -> None:
    """A row or two of numbers alone on a page say nothing."""
    for filler in range(0, 18):
        figure = "![趋势图，数据见图下的表](charts/trend.svg)\n\n图1　趋势\n\n"
        text = "正文。\n\n# 附件1：图表\n\n" + "填充段落。\n\n" * filler + figure + table(2)
        with pdfplumber.open(io.BytesIO(make(FRONT + text, {"charts/trend.svg": SVG}))) as pdf:
            (drawn,) = [n for n, page in enumerate(pdf.pages) if "图1趋势" in text_of(page)]
            assert "沈阳市第2人民法院" in text_of(pdf.pages[drawn]), filler


def test_a_long_table_leaves_no_single_row_on_its_last_page() -> None:
    for rows in range(20, 46, 5):
        with pdfplumber.open(io.BytesIO(make(FRONT + SENTENCE + "\n\n" + table(rows)))) as pdf:
            pieces = [piece.extract() for page in pdf.pages for piece in page.find_tables()]
            pieces = [piece for piece in pieces if piece[0][0] == "序号"]
            assert sum(len(piece) - 1 for piece in pieces) == rows
            assert len(pieces[-1]) - 1 >= 3


def test_attachment_begins_a_page(circular: PDF) -> None:
    page = next(p for p in circular.pages if text_of(p).startswith("附件2"))
    label = lines(page)[0]
    assert "".join(c["text"] for c in label) == "附件2"
    assert all("Hei" in c["fontname"] for c in label)
    assert label[0]["top"] * MM == pytest.approx(37.0, abs=CLOSE)
    title = [c for c in page.chars if abs(c["size"] - 22) < 0.1]
    # The title's line is the third: two pitches below the label's.
    assert (title[0]["top"] - label[0]["top"]) / 29.6 == pytest.approx(2, abs=0.15)


def test_letter() -> None:
    front = FRONT.replace("---\n", "---\n版式: 信函\n", 1).replace("文件\n", "\n", 1)
    with pdfplumber.open(io.BytesIO(make(front + SENTENCE + "\n\n" + (SENTENCE * 3 + "\n\n") * 9))) as pdf:
        first, last = pdf.pages[0], pdf.pages[-1]
        rules = sorted((r["top"] * MM, r["x0"] * MM, r["x1"] * MM) for r in first.rects if r["width"] * MM > 165)
        assert rules[0][1] == pytest.approx(20, abs=CLOSE)
        assert rules[0][2] == pytest.approx(190, abs=CLOSE)
        assert max(r["bottom"] * MM for r in first.rects if r["width"] * MM > 165) == pytest.approx(277, abs=CLOSE)
        assert not [c for c in folio(first) if c["text"] == "—"]
        assert "—2—" in text_of(pdf.pages[1])
        assert "抄送" in text_of(last)
        assert "印发" not in text_of(last)


@pytest.mark.parametrize(("style", "mark"), [("纪要", "审判质量管理指标会商会纪要"), ("简报", "审判管理简报")])
def test_minutes_and_briefing(style: str, mark: str) -> None:
    front = (
        f"---\n版式: {style}\n发文机关标志: {mark}\n期号: 第12期\n标题: 第三季度情况\n"
        "署名: 审判管理办公室\n成文日期: 2025-10-15\n---\n"
    )
    with pdfplumber.open(io.BytesIO(make(front + SENTENCE + "\n\n出席：张某某、李某某"))) as pdf:
        text = text_of(pdf.pages[0])
        assert text.startswith(mark + "第12期")
        assert len(wide_rules(pdf.pages[0])) == 1
        assert "出席：张某某" in text


def test_upward_document_has_number_left_and_signatory_right() -> None:
    front = FRONT.replace("标题:", "签发人: 张三\n份号: '000012'\n密级: 秘密★1年\n紧急程度: 特急\n标题:")
    with pdfplumber.open(io.BytesIO(make(front + SENTENCE))) as pdf:
        rows = lines(pdf.pages[0])
        texts = ["".join(c["text"] for c in row) for row in rows]
        assert texts[:3] == ["000012", "秘密★1年", "特急"]
        row = next(row for row in rows if "签发人" in "".join(c["text"] for c in row))
        character = 156 / 28
        assert row[0]["x0"] * MM == pytest.approx(28 + character, abs=CLOSE)
        assert row[-1]["x1"] * MM == pytest.approx(184 - character, abs=CLOSE)
        assert "Kai" in row[-1]["fontname"]


def paged(rows: int, listed: int) -> PDF:
    """A text of so many lines with a list of so many annexes, as its finished pages."""
    line = "审判管理工作运行平稳" * 2 + "有序开展。"  # one line with the indent of two
    annexes = "".join(f"\n\n# 附件{n}：有关情况之{n}\n\n{line}" for n in range(1, listed + 1))
    return pdfplumber.open(io.BytesIO(make(FRONT + "\n\n".join([line] * rows) + annexes)))


@pytest.mark.parametrize("rows", range(20, 33, 2))
def test_a_list_of_annexes_is_cut_rather_than_leaving_a_page_white(rows: int) -> None:
    """However many lines stand above it: the date has company, and at most four lines are left before its page."""
    with paged(rows, 5) as pdf:
        date = next(page for page in pdf.pages if "2025年10月15日" in text_of(page))
        words = text_of(date).split("2025年10月15日")[0].removesuffix("辽宁省高级人民法院")
        assert words.endswith("5.有关情况之5"), "the last of the list goes with the date"
        if date.page_number > 2:
            bands = inked(pdf.pages[date.page_number - 2])
            assert (262 - bands[-1][1]) / 225 <= 0.2


def test_a_page_that_holds_a_list_only_has_no_other_margin() -> None:
    with paged(2, 30) as pdf:
        alone = text_of(pdf.pages[1])
        assert alone.count("有关情况之") >= 15 and "审判管理" not in alone
    line = "审判管理工作运行平稳" * 2 + "有序开展。"
    long = "天枢市中级人民法院及辖区法院审判执行有关情况一览"  # as wide as a line of text
    annexes = "".join(f"\n\n# 附件{n}：{long}之{n}\n\n{line}" for n in range(1, 31))
    found = check(make(FRONT + SENTENCE * 6 + annexes), load(TEMPLATES / "page"), "样稿.pdf")
    assert not [one for one in found.findings if one.binding]


def test_a_line_is_not_given_a_page_of_its_own() -> None:
    """It is drawn back by less air about the table above it; two lines and more have their page as before."""
    line = "审判管理工作运行平稳" * 2 + "有序开展。\n\n"
    rows = "| 单位 | 数 |\n|--|--|\n" + "| 甲 | 1 |\n" * 16
    front = FRONT.split("抄送")[0] + "---\n"  # 版记 asks for an even page
    spilt = []
    for count in range(4, 10):
        with pdfplumber.open(io.BytesIO(make(f"{front}{line}# 附件：情况\n\n{rows}\n{line * count}"))) as pdf:
            told = [len(lines(page)) for page in pdf.pages[1:] if "稳" in text_of(page)]
            spilt += told[1:]
    assert spilt and min(spilt) >= 2


@pytest.mark.parametrize(("count", "rows"), [(5, 10), (6, 9)])
def test_white_above_a_table_that_does_not_fit_is_filled(count: int, rows: int) -> None:
    """Less air about the table before makes room for the head of the next; 17 and 16% would be white otherwise."""
    line = "审判管理工作运行平稳" * 2 + "有序开展。\n\n"
    first = "表1　情况\n\n| 单位 | 数 |\n|--|--|\n" + "| 甲 | 1 |\n" * rows
    cells = "（2026）辽0102执77号 | 建设工程施工合同纠纷 | 2026-04-02 | 2026-10-02 | 剩余2天 | 剩余5日以内"
    heads = "案号 | 案由 | 立案日期 | 审限届满日 | 剩余或者超过天数 | 档次"
    second = f"表2　案件清单\n\n| {heads} |\n|{'--|' * 6}\n" + f"| {cells} |\n" * 7
    front = FRONT.split("抄送")[0] + "---\n"
    text = f"{front}{line}# 附件：情况\n\n{first}\n{line * count}## 清单\n\n{second}\n"
    with pdfplumber.open(io.BytesIO(make(text))) as pdf:
        _, page, _ = pdf.pages
        lowest = max(char["bottom"] for char in page.chars if char["bottom"] * MM < 262)
    assert 1 - (lowest * MM - 37) / 225 < 0.15
