"""A DOCX of ours that was edited, read back: what it says becomes the Markdown, and nothing is lost on the way."""

from __future__ import annotations

import io
import re
import zipfile

import docx as office
import pytest
from circulars import CIRCULAR, FRONT, SVG, TEMPLATES
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from hypothesis import given, settings
from hypothesis import strategies as st
from test_check import LETTER, OTHER, UPWARD

from reports.errors import InputError
from reports.model import HAND_WRITTEN
from reports.render import docx, returned
from reports.render.document import parse
from reports.render.page import Page
from reports.render.profile import load

pytestmark = pytest.mark.whole

PAGE = Page(TEMPLATES / "page", load(TEMPLATES / "page"))
ASSETS = {"charts/trend.svg": SVG}
MARK = f"{HAND_WRITTEN}\n"
TEXT = (
    FRONT
    + """## 一、总体情况

甲段**黑体**和*楷体*，第一句。

<!-- 手写 -->
乙段由院领导写。

表1　收案（单位：件）

| 法院 | 新收 | 结案 |
|:--|--:|--:|
| 甲法院 | 10 | 8 |
| 乙法院 | 20 | 15 |

> 注：期末数。

1. 第一项；
2. 第二项。

![收案图](charts/trend.svg)

图1　收案

# 附件1：指标表 {横排}

丙段。
"""
)


def document(text: str):
    return parse(text, "样稿.md")


def made(text: str) -> bytes:
    return docx.render(document(text), assets=ASSETS, page=PAGE)


def words(text: str) -> returned.Word:
    return returned.words_of(document(text), ASSETS, PAGE)


class Edited:
    """A DOCX in the hands of a person."""

    def __init__(self, text: str = TEXT) -> None:
        self.text, self.file = text, office.Document(io.BytesIO(made(text)))

    def paragraph(self, beginning: str):
        return next(one for one in self.file.paragraphs if one.text.startswith(beginning))

    def read(self) -> returned.Word:
        out = io.BytesIO()
        self.file.save(out)
        return returned.read(out.getvalue(), "样稿.docx")

    def markdown(self) -> str:
        return returned.text_of(self.read(), document(self.text), ASSETS, PAGE)


def run(text: str) -> str:
    return f"<w:r {nsdecls('w')}><w:t>{text}</w:t></w:r>"


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        CIRCULAR,
        UPWARD + "## 一、甲\n\n乙。\n",
        LETTER + "你院：\n\n甲。\n\n| 案号 | 日 |\n|--|--|\n| 甲 | 1 |\n",
        OTHER.format("纪要", "会商会纪要") + "出席：张某某、李某某\n\n## 一、甲\n\n乙。\n",
        OTHER.format("简报", "简报") + "## 一、甲\n\n乙\\*丙\\*，5*3*2。\n\n---\n\n丁。\n",
    ],
    ids=["text", "circular", "upward", "letter", "minutes", "briefing"],
)
def test_what_nobody_edited_comes_back_to_the_letter(text: str) -> None:
    read = returned.read(made(text), "样稿.docx")
    assert words(text).differs(read) == ""
    assert returned.text_of(read, document(text), ASSETS, PAGE) == text
    assert (read.unread, read.looks, read.comments, read.revisions) == ([], [], [], 0)
    assert read.made_from == docx.source_hash(document(text))


def test_an_edited_sentence_a_cell_and_two_paragraphs() -> None:
    edited = Edited()
    edited.paragraph("甲段").add_run("请自查。")
    edited.file.tables[0].cell(2, 1).paragraphs[0].runs[0].text = "21"
    edited.paragraph("注").insert_paragraph_before("新的一段 | 有竖线。", style="公文正文")
    gone = edited.paragraph("丙段")._p
    gone.getparent().remove(gone)
    assert edited.markdown() == TEXT.replace("第一句。", "第一句。请自查。").replace("| 20 |", "| 21 |").replace(
        "> 注：", f"{MARK}新的一段 \\| 有竖线。\n\n> 注："
    ).replace("\n丙段。\n", "")


def test_a_hand_written_paragraph_stays_one_when_it_is_edited() -> None:
    edited = Edited()
    edited.paragraph("乙段").runs[0].text = "乙段由院领导改写。"
    assert edited.markdown() == TEXT.replace("院领导写", "院领导改写")


def test_an_item_of_a_list_is_edited_by_itself() -> None:
    edited = Edited()
    edited.paragraph("1.").runs[-1].text = "第一项改；"
    assert edited.markdown() == TEXT.replace("1. 第一项；\n2.", "1.第一项改；\n\n2.")


def test_rows_and_columns_are_added_and_taken_out() -> None:
    edited = Edited()
    table = edited.file.tables[0]
    table._tbl.append(parse_xml(re.sub("乙法院", "丙法院", table.rows[2]._tr.xml)))
    table._tbl.remove(table.rows[1]._tr)
    for row in table.rows:
        row._tr.remove(row._tr.tc_lst[1])
    assert edited.markdown() == TEXT.replace(
        "| 法院 | 新收 | 结案 |\n|:--|--:|--:|\n| 甲法院 | 10 | 8 |\n| 乙法院 | 20 | 15 |",
        "| 法院 | 结案 |\n|:--|--:|\n| 乙法院 | 15 |\n| 丙法院 | 15 |",
    )


def test_the_elements_of_the_front_matter() -> None:
    edited = Edited()
    for style, text in (("Title", "关于甲的通报"), ("公文主送", "各法院："), ("公文成文日期", "2026年1月2日"),
                        ("公文署名（首行）", "甲法院")):  # fmt: skip
        one = next(one for one in edited.file.paragraphs if one.style.name == style)
        for other in one.runs[1:]:
            other._r.getparent().remove(other._r)
        one.runs[0].text = text
    front = document(edited.markdown()).front
    assert (front.title, front.recipients, front.dated) == ("关于甲的通报", ("各法院",), "2026年1月2日")
    assert front.issuers == ("甲法院",)


def test_the_imprint_is_read_from_its_box() -> None:
    edited = Edited()
    text = next(one for one in edited.file.element.body.iter(qn("w:t")) if (one.text or "").startswith("抄送"))
    text.text = "抄送：省委政法委。"
    assert document(edited.markdown()).front.copies == ("省委政法委",)


def test_the_title_of_an_annex_changes_its_mention_only_with_it() -> None:
    edited = Edited()
    for one in edited.file.paragraphs:
        for part in one.runs:
            if "指标表" in part.text:
                part.text = part.text.replace("指标表", "主要指标表")
    assert edited.markdown() == TEXT.replace("指标表 {横排}", "主要指标表 {横排}")
    alone = Edited()
    alone.paragraph("附件：").runs[0].text = "附件：别的表"
    with pytest.raises(InputError, match="附件说明：“附件：指标表”与“附件：别的表”"):
        alone.markdown()


def test_revisions_count_as_accepted() -> None:
    edited = Edited()
    one = edited.paragraph("乙段")._p
    tracked = f'{nsdecls("w")} w:id="1" w:author="李某" w:date="2026-01-02T00:00:00Z"'
    words_of = one.r_lst[0]
    deleted = parse_xml(f"<w:del {tracked}><w:r><w:delText>由院领导写</w:delText></w:r></w:del>")
    inserted = parse_xml(f"<w:ins {tracked}>{run('经审定')}</w:ins>")
    words_of.text = "乙段"
    one.extend([deleted, inserted, parse_xml(run("。"))])
    moved = edited.paragraph("丙段")._p
    moved.append(parse_xml(f"<w:moveFrom {tracked}>{run('移走的话')}</w:moveFrom>"))
    one.append(parse_xml(f"<w:moveTo {tracked}>{run('移来的话。')}</w:moveTo>"))
    row = edited.file.tables[0].rows[1]._tr
    row.get_or_add_trPr().append(parse_xml(f"<w:del {tracked}/>"))
    read = edited.read()
    assert read.revisions == 5
    assert edited.markdown() == TEXT.replace("乙段由院领导写。", "乙段经审定。移来的话。").replace(
        "| 甲法院 | 10 | 8 |\n", ""
    )


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next() -> None:
    edited = Edited(FRONT + "甲段。\n\n乙段。\n\n丙段。\n")
    tracked = f'{nsdecls("w")} w:id="1" w:author="李某"'
    mark = parse_xml(f"<w:rPr {nsdecls('w')}><w:del {tracked}/></w:rPr>")
    edited.paragraph("甲段")._p.get_or_add_pPr().append(mark)
    assert edited.markdown() == FRONT + "甲段。乙段。\n\n丙段。\n"


def test_comments_are_listed_with_their_place() -> None:
    edited = Edited()
    edited.file.add_comment(edited.paragraph("甲段").runs, text="再核", author="李某")
    assert edited.read().comments == ["李某，在“甲段黑体和楷体，第一句。”：再核"]
    assert edited.markdown() == TEXT


def test_looks_are_named_and_left_out() -> None:
    edited = Edited()
    edited.paragraph("丙段").runs[0].font.bold = True
    edited.paragraph("丙段").insert_paragraph_before("外来的段落。", style="Normal")
    read = edited.read()
    assert read.looks == [
        "“指标表”之下，“附件1：指标表”之后：“外来的段落。”的样式“Normal”没有保留，按正文读回",
        "“指标表”之下，“外来的段落。”之后：“丙段。”的加粗没有保留",
    ]
    assert edited.markdown() == TEXT.replace("丙段。", f"{MARK}外来的段落。\n\n丙段。")


PICTURE = (
    '<w:r {ns}><w:drawing><wp:inline {wp}><wp:extent cx="1" cy="1"/><wp:docPr id="9" name="p" descr="{alt}"/>'
    '<a:graphic {a}><a:graphicData uri="x"><pic:pic {pic}/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
)
BOX = "<w:r {ns}><w:pict><w:txbxContent><w:p>{run}</w:p></w:txbxContent></w:pict></w:r>"


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        (PICTURE.format(ns=nsdecls("w"), wp=nsdecls("wp"), a=nsdecls("a"), pic=nsdecls("pic"), alt="印章"), "图片“印章”"),
        (BOX.format(ns=nsdecls("w"), run=run("框里的话")), "文本框“框里的话”"),
        (f'<w:r {nsdecls("w")}><w:footnoteReference w:id="1"/></w:r>', "脚注"),
        (f'<w:r {nsdecls("w")}><w:object/></w:r>', "嵌入的对象"),
        (f'<m:oMath {nsdecls("m")}/>', "公式"),
        (f'<w:r {nsdecls("w")}><w:drawing/></w:r>', "图形"),
        (f'<w:r {nsdecls("w")}><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>', "特殊符号"),
    ],
)  # fmt: skip
def test_what_has_no_word_in_markdown_is_named_and_refused(xml: str, told: str) -> None:
    edited = Edited()
    edited.paragraph("丙段")._p.append(parse_xml(xml))
    with pytest.raises(InputError) as refused:
        edited.markdown()
    assert told in str(refused.value) and "文稿没有改动" in str(refused.value)


def test_merged_cells_numbered_paragraphs_and_headers_are_refused() -> None:
    edited = Edited()
    edited.file.tables[0].cell(1, 1).merge(edited.file.tables[0].cell(1, 2))
    numbering = parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="3"/></w:numPr>')
    edited.paragraph("丙段")._p.get_or_add_pPr().append(numbering)
    edited.file.sections[0].header.paragraphs[0].text = "内部资料"
    with pytest.raises(InputError) as refused:
        edited.markdown()
    for told in ("合并的单元格", "自动编号（请改成手写的序号）", "页眉或页脚：内部资料"):
        assert told in str(refused.value)


def test_a_file_that_is_no_docx_says_so() -> None:
    for data in (b"", b"\xd0\xcf\x11\xe0", made(TEXT)[:3000]):
        with pytest.raises(InputError, match="DOCX 无法读取"):
            returned.read(data, "样稿.docx")


def test_the_file_itself_learns_of_which_text_it_is_now() -> None:
    data = docx.made_from(made(TEXT), "0123abcd")
    assert returned.read(data, "样稿.docx").made_from == "0123abcd"
    with zipfile.ZipFile(io.BytesIO(data)) as new, zipfile.ZipFile(io.BytesIO(made(TEXT))) as old:
        assert {n for n in old.namelist() if old.read(n) != new.read(n)} == {docx.CUSTOM}


LETTERS = st.text(st.sampled_from("审判9%*_`|#>-+.()[]<&\\~= 甲，。1"), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(LETTERS, max_size=6), st.data())
def test_any_words_come_back(texts: list[str], data: st.DataObject) -> None:
    edited = Edited(FRONT + "甲段。\n\n| 甲 | 乙 |\n|--|--|\n| 1 | 2 |\n\n丙段。\n")
    for text in texts:
        edited.paragraph(data.draw(st.sampled_from(["甲段", "丙段"]))).insert_paragraph_before(text, style="公文正文")
    edited.file.tables[0].cell(1, 0).paragraphs[0].runs[0].text = data.draw(LETTERS)
    assert words(edited.markdown()).differs(edited.read()) == ""
