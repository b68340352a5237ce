"""What a clerk wrote by hand is carried into a new text; what the numbers did is listed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.compose.edits import changes, differences, merge, report
from reports.model import HAND_WRITTEN as MARK

FRONT = "---\n标题: 通报\n---\n\n"
OLD = f"""{FRONT}## 一、总体情况

全省新收100件，同比上升2.00%。审结90件。

{MARK}
据了解，主要是批量案件集中起诉。

| 条线 | 新收 |
|:--|--:|
| 民事 | 60 |

## 二、主要问题

（一）甲院上诉率为11.54%。
"""
NEW = f"""{FRONT}## 一、总体情况

全省新收103件，同比下降1.00%。审结90件。

| 条线 | 新收 |
|:--|--:|
| 民事 | 63 |

## 二、主要问题

本期没有需要重点通报的问题。
"""


def test_a_marked_paragraph_stands_again_after_the_text_that_it_followed():
    merged, lost = merge(NEW, OLD)
    assert lost == ()
    assert merged == NEW.replace("\n\n| 条线", f"\n\n{MARK}\n据了解，主要是批量案件集中起诉。\n\n| 条线")


def test_merging_twice_changes_nothing():
    once, _ = merge(NEW, OLD)
    assert merge(once, OLD) == (once, ())


def test_a_paragraph_whose_section_is_gone_is_kept_at_the_end_and_told():
    edited = f"{FRONT}## 三、其他\n\n{MARK}\n请各院重视。\n"
    merged, lost = merge(NEW, edited)
    assert merged.endswith(f"{MARK}\n请各院重视。\n")
    assert lost == ("三、其他",)


def test_the_mark_itself_is_never_printed():
    from reports.render.document import parse

    document = parse(OLD, "通报.md")
    assert MARK not in document.body
    assert document.body.count("\n") == OLD.count("\n") - 3  # messages still name the right line


def test_a_blank_line_under_the_mark_is_no_trap():
    merged, _ = merge(NEW, OLD.replace(f"{MARK}\n", f"{MARK}\n\n"))
    assert f"{MARK}\n据了解" in merged


def test_changed_numbers_are_listed_sentence_by_sentence():
    found = [(change.before, change.after) for change in changes(OLD, NEW)]
    assert found == [
        ("全省新收100件，同比上升2.00%。", "全省新收103件，同比下降1.00%。"),
        ("| 民事 | 60 |", "| 民事 | 63 |"),
        ("", "本期没有需要重点通报的问题。"),
        ("（一）甲院上诉率为11.54%。", ""),
    ]
    text = report(changes(OLD, NEW), "通报")
    assert "与新稿不同的有 4 处" in text
    assert "原稿：全省新收100件" in text


def test_equal_texts_have_no_changes():
    assert changes(NEW, NEW) == ()


LINES = st.lists(
    st.sampled_from(["## 一、甲", "## 二、乙", "新收1件。", "结案22件。", f"{MARK}\n手写一。", f"{MARK}\n手写二。"])
)


@given(LINES, LINES)
def test_no_hand_written_block_is_ever_lost_and_nothing_else_changes(new, edited):
    first, second = ("\n\n".join(side) + "\n" for side in (new, edited))
    merged, _ = merge(first, second)
    for block in set(edited):
        if block.startswith(MARK):
            assert block in merged
    ours = [block for block in merged.strip("\n").split("\n\n") if block and not block.startswith(MARK)]
    assert ours == [block for block in new if not block.startswith(MARK)]


def test_a_run_never_overwrites_what_a_person_has_edited(workspace, tongbao):
    args = ("run", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20")
    assert tongbao(*args).code == 0
    out = workspace / "out" / "2026Q3"
    text, pdf = out / "2026Q3-general.md", out / "2026Q3-general.pdf"
    made = text.read_text("utf-8")
    edited = made.replace("\n\n## 二、", f"\n\n{MARK}\n据各院反映，主要是批量案件集中起诉。\n\n## 二、").replace(
        "18", "19", 1
    )
    assert edited.count(MARK) == 1
    text.write_text(edited, "utf-8")
    before = pdf.read_bytes()
    again = tongbao(*args)
    assert again.code == 0
    assert "有手工修改，没有覆盖" in again.err
    assert text.read_text("utf-8") == edited
    assert pdf.read_bytes() == before
    new = (out / "新稿" / "2026Q3-general.md").read_text("utf-8")
    assert new.replace(f"\n\n{MARK}\n据各院反映，主要是批量案件集中起诉。", "") == made
    assert MARK in new
    told = (out / "新稿" / "2026Q3-general-变化.md").read_text("utf-8")
    assert "与新稿不同的有 1 处" in told
    assert not (out / "新稿" / "2026Q3-general.pdf").exists()


def test_a_pdf_set_from_an_edited_text_is_a_persons_work_too(workspace, tongbao):
    args = ("run", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20", "--format", "pdf")
    assert tongbao(*args).code == 0
    out = workspace / "out" / "2026Q3"
    (out / "2026Q3-general.pdf").write_bytes(b"%PDF changed")
    assert tongbao(*args).code == 0
    assert (out / "2026Q3-general.pdf").read_bytes() == b"%PDF changed"
    assert (out / "新稿" / "2026Q3-general.pdf").stat().st_size > 10_000


def test_an_untouched_bulletin_is_replaced_when_the_numbers_change(workspace, tongbao):
    args = ("run", "-w", workspace, "--period", "2026Q3", "--format", "md", "--as-of")
    assert tongbao(*args, "2026-10-20").code == 0
    out = workspace / "out" / "2026Q3"
    first = (out / "2026Q3-general.md").read_text("utf-8")
    config = workspace / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace("2026年10月20日", "2026年10月21日"), "utf-8")
    assert tongbao(*args, "2026-10-20").code == 0
    assert (out / "2026Q3-general.md").read_text("utf-8") == first.replace("2026年10月20日", "2026年10月21日")
    assert not (out / "新稿").exists()


def test_cells_are_known_by_their_table_s_name_without_its_number():
    old = (
        FRONT
        + "# 附件1：案件清单\n\n| 案号 | 案由 |\n|:--|:--|\n| 一号 | 借款 |\n\n# 附件2：口径 {横排}\n\n| 指标 | 值 |\n|:--|--:|\n| 甲 | 1 |\n| 乙 | 2 |\n"
    )
    new = FRONT + "# 附件1：口径 {横排}\n\n| 指标 | 值 |\n|:--|--:|\n| 甲 | 1 |\n| 乙 | 3 |\n"
    found = [one for one in differences(old, new) if one.row]
    assert [(one.place, one.before, one.after) for one in found] == [
        ("附件1，一号", "借款", ""), ("附件2，乙", "值2", "值3"),
    ]  # fmt: skip


def test_a_heading_that_moves_up_is_no_sentence_that_differs():
    """A part that falls away renumbers those behind it; a correction must not print that, with its marks."""
    before = "## 一、整改\n\n甲。\n\n## 二、总体情况\n\n新收1件。\n"
    (gone,) = differences(before, "## 一、总体情况\n\n新收1件。\n")
    assert (gone.place, gone.before) == ("一、整改", "甲")


PRINTED = """---
标题: 通报
---

新收100件，结案90件；总体平稳。

## 一、指标

1．甲院上诉率为6.61%（257件中17件），环比上升1.20个百分点。

表1　指标

| 指标 | 本期（%） | 同比 |
|:--|--:|--:|
| 上诉率 | 6.61 | 上升1.20 |
| 调解率 | 40.00 | 持平 |

<!-- 手写 -->
| 另计 | 数 |
|:--|--:|
| 乙院 | 3 |
"""


def test_differences_are_told_by_clause_and_cell_in_printed_order():
    new = (
        PRINTED.replace("结案90件", "结案91件")
        .replace("环比上升1.20", "环比上升1.10")
        .replace("| 6.61 | 上升1.20 |", "| 6.62 | 上升1.21 |")
    )
    new = new.replace("1．甲院", "2．甲院").replace("表1　", "表2　").replace("| 调解率 | 40.00 | 持平 |\n", "")
    new = new.replace("乙院 | 3", "乙院 | 4").replace("总体平稳", "总体较稳")
    found = differences(PRINTED, new)
    assert [(one.place, one.before, one.after, one.figures) for one in found] == [
        ("开头", "结案90件", "结案91件", True),
        ("开头", "总体平稳", "总体较稳", False),
        ("一、指标", "甲院上诉率……环比上升1.20个百分点", "甲院上诉率……环比上升1.10个百分点", True),
        ("表1，上诉率", "本期6.61%、同比上升1.20", "本期6.62%、同比上升1.21", True),
        ("表1，调解率", "40.00，持平", "", True),
    ]  # numbers of items and tables shift, and what is hand-written is not compared
    assert differences(PRINTED, PRINTED) == ()


def test_a_place_is_where_it_was_printed():
    (one,) = differences("## 三、总体\n\n新收1件。\n", "## 二、总体\n\n新收2件。\n")
    assert one.place == "三、总体"


def test_rows_whose_name_holds_a_number_stay_themselves():
    table = "## 一、事项\n\n| 事项 | 时限 |\n|:--|:--|\n| 上诉率7.72% | 11月 |\n"
    (one,) = differences(table, table.replace("7.72", "7.73"))
    assert (one.place, one.before, one.after) == ("一、事项，上诉率7.72%", "事项上诉率7.72%", "事项上诉率7.73%")
