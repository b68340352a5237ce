"""Data are not markup: what a value says is what stands on paper, wherever a template puts it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import escaping
from reports.render import body, document
from reports.render.body import Heading, Paragraph, Run, Table, plain
from reports.templates import environment_of, fill

TEMPLATE = """\
---
标题: 关于{{ value }}的通报
主送: {{ value }}
附件:
  - {{ value }}
署名: 某院
---

甲{{ value }}乙

{{ value }}

## {{ value }}

> 注：{{ value }}

| 案由 | 件数 |
|:--|--:|
| {{ value }} | 1 |
| {{ [value, 2] | join(" | ") }} |
"""
PLACED = [
    " >1",
    "\t- 甲",
    "    甲","民间借贷纠纷", "纠纷|其他", "a|b", "甲\n乙", "a\nb", "甲\r\n\r\n# 乙", "**甲**", "`甲`", "[甲](乙)", "![甲](乙.png)",
          "5*3*2", "张*", "*甲*", "_甲_", "__a__b", "a_b", "~~甲~~", "# 甲", "1. 甲", "12) 甲", "- 甲", "+ 甲", "---", "===", "> 甲",
          "<b>甲</b>", "<http://a.cn>", "<!-- 手写 -->", "&amp;", "&#42;", "\\", "\\|", "甲\\", "a\\|b", "甲：乙", "k: v", "'甲", '"甲"',
          "{甲}", "[甲]", "[甲]: 乙", "@甲", "%甲", "甲 #乙", "是", "null", "甲\u200b乙", "\u202e甲", "\u3164甲", "\ufff9甲", "\ufdd0甲\ufdd1",
          "| --- |", "{{ 1 }}", "{横排}"]  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("templates")
    (folder / "a.md.j2").write_text(TEMPLATE, "utf-8")
    environment = environment_of([folder], "markdown")

    def read(value: str):
        made = document.parse(fill(environment, "a.md.j2", {"value": value}), "a.md")
        return made.front, body.convert(made, {}, body.TypeArea(upright=440, landscape=640, padding=2))

    return read


def shown(value: str) -> str:
    """What a value looks like on paper: one line, without what has no shape, blanks together."""
    return " ".join(escaping.in_line(value.replace("\ufdd0", "").replace("\ufdd1", "")).split())


def check(filled, value: str) -> None:
    front, content = filled(value)
    says = shown(value)

    def same(text: str, wanted: str) -> None:
        assert "".join(text.split()) == "".join(wanted.split())

    same(front.title, f"关于{says}的通报")
    if says.rstrip(":：") == says and says.rstrip("。.；;") == says:
        assert front.recipients == ((says,) if says else ())
        assert front.attachments == ((says,) if says else ())
    if not says:
        return
    first, second, heading, note, table = content.blocks
    assert isinstance(first, Paragraph) and isinstance(second, Paragraph) and isinstance(heading, Heading)
    assert isinstance(note, Paragraph) and isinstance(table, Table)
    assert {run.type for run in (*first.text, *second.text) if isinstance(run, Run)} == {""}
    same(plain(first.text), f"甲{says}乙")
    same(plain(second.text), says)
    same(plain(heading.text), says)
    same(plain(note.text), f"注：{says}")
    rows = [[plain(cell) for cell in row] for row in table.rows]
    assert [len(row) for row in rows] == [2, 2]
    same(rows[0][0], says)
    same(rows[1][0], says)
    assert [row[1] for row in rows] == ["1", "2"]


@pytest.mark.parametrize("value", PLACED)
def test_a_value_stands_on_paper_as_it_is(filled, value):
    check(filled, value)


MARKS = st.text(st.sampled_from("甲a1 *_`[]()<>!#|\\&;:：-+=~.\n\"'{}@%/\u200b"), max_size=12)


def test_no_value_is_markup(filled):
    """The same for values of nothing but marks, at random."""

    @settings(deadline=None)
    @given(MARKS)
    def drawn(value: str) -> None:
        check(filled, value)

    drawn()
