"""The layout check: our own pages pass it, broken ones fail at the clause that is broken, other programs' are read too."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import pytest
from circulars import CIRCULAR, FRONT, SENTENCE, TEMPLATES, make
from pypdf import PdfReader, PdfWriter

from reports.errors import InputError
from reports.render import render
from reports.render.check import Checked, check, font_style
from reports.render.check.sheet import read
from reports.render.profile import load

pytestmark = pytest.mark.whole

PROFILE = load(TEMPLATES / "page")
FIXTURES = Path(__file__).parent / "fixtures"
LONG = "\n\n".join(["## 一、总体情况", SENTENCE * 3, "### （一）质量指标", *[SENTENCE * 5] * 6]) + "\n"
UPWARD = FRONT.replace("标题:", "签发人: 张三\n份号: '000012'\n密级: 秘密★1年\n紧急程度: 特急\n标题:")
LETTER = FRONT.replace("---\n", "---\n版式: 信函\n", 1).replace("文件\n", "\n", 1)
OTHER = "---\n版式: {0}\n发文机关标志: {1}\n期号: 第12期\n标题: 第三季度审判执行工作情况\n署名: 审判管理办公室\n成文日期: 2025-10-15\n---\n"


def measured(data: bytes) -> Checked:
    return check(data, PROFILE, "样稿.pdf")


def verdict(checked: Checked, place: str) -> str:
    return next((one.verdict for one in checked.findings if one.id == place), "没有这一项")


OURS = {
    "公文": FRONT + LONG,
    "公文，不用印": FRONT.replace("成文日期", "用印: 否\n成文日期") + LONG,
    "公文，上行文": UPWARD + LONG,
    "公文，一页": FRONT + SENTENCE,
    "公文，长附件": CIRCULAR.replace("![走势](charts/trend.svg)\n\n图1　近八个季度走势\n\n", ""),
    "信函": LETTER + LONG,
    "纪要": OTHER.format("纪要", "审判质量管理指标会商会纪要") + "出席：张某某、李某某\n\n" + LONG,
    "简报": OTHER.format("简报", "审判管理简报") + LONG,
    "呈阅": OTHER.format("呈阅", "呈阅件") + LONG,
    "简报，列举不是主送": OTHER.format("简报", "技术说明")
    + "本说明供核对、答复用。\n\n## 一、检验依据\n\n已分别提示有关法院自行核查的情况：\n\n"
    + LONG,
}


@pytest.mark.parametrize("name", OURS)
def test_our_own_pages_pass(name: str) -> None:
    checked = measured(make(OURS[name]))
    assert checked.style == name[:2]
    assert [one for one in checked.findings if one.verdict == "不符合"] == []
    assert sum(one.verdict == "符合" for one in checked.findings) >= 20


def test_notes_of_a_short_letter_are_not_taken_for_its_text() -> None:
    """Of its whole lines more are in the size of notes."""
    table = "| 部门 | 件数 |\n|---|---:|\n| 民一庭 | 1 |\n\n"
    found = measured(make(f"{LETTER}{SENTENCE * 2}\n\n{table}> 注：{SENTENCE * 5}\n\n{SENTENCE}\n"))
    assert [(one.id, one.measured) for one in found.findings if one.verdict == "不符合"] == []
    assert next(one.measured for one in found.findings if one.id == "grid.size") == "16pt"


def test_whole_lines_that_all_begin_a_paragraph_do_not_tell_the_edge() -> None:
    text = "\n\n".join(["审判管理工作运行平稳" * 3 + "。"] * 4)
    found = measured(make(OTHER.format("简报", "审判管理简报") + text))
    assert [(one.id, one.measured) for one in found.findings if one.verdict == "不符合"] == []


def test_a_list_that_is_announced_after_a_sentence_names_no_recipients() -> None:
    text = "本说明供核对。\n\n收案数量变动异常的有：\n\n" + SENTENCE
    assert verdict(measured(make(OTHER.format("简报", "审判管理简报") + text)), "recipients.place") == "没有这一项"


@pytest.mark.parametrize("count", range(3, 34, 5))
def test_every_length_passes(count: int) -> None:
    checked = measured(make(FRONT + "第某项审判管理工作运行平稳。\n\n" * count))
    assert [one for one in checked.findings if one.verdict == "不符合"] == []


@pytest.mark.parametrize(
    ("own", "broken"),
    [
        ({"area": {"inner": 20.0}}, ["area.inner"]),
        ({"area": {"top": 30.0}}, ["area.top"]),
        ({"area": {"width": 160.0}}, ["area.width"]),
        ({"grid": {"size": 14.0}}, ["grid.size"]),
        ({"grid": {"pitch": 28.0, "lines": 23}}, ["grid.lines"]),
        ({"grid": {"pitch": 33.0, "lines": 19}}, ["grid.lines"]),
        ({"grid": {"spacing": 0.4, "characters": 27}}, ["grid.characters"]),
        ({"grid": {"font": "宋体"}}, ["grid.font"]),
        ({"grid": {"colour": "#1f4e9d"}}, ["grid.colour"]),
        ({"grid": {"indent": 0.0}}, ["grid.indent"]),
        ({"mark": {"top": 25.0}}, ["mark.top"]),
        ({"mark": {"font": "黑体"}}, ["mark.font"]),
        ({"rule": {"below_number": 8.0}}, ["rule.below_number"]),
        ({"title": {"font": "黑体", "size": 18.0}}, ["title.font", "title.size"]),
        ({"heading": {"first": "仿宋"}}, ["heading.first"]),
        ({"signature": {"sealed_right": 2.0}}, ["signature.sealed_right"]),
        ({"imprint": {"outer_rule": 0.6}}, ["imprint.outer_rule"]),
        ({"imprint": {"font": "宋体", "size": 12.0}}, ["imprint.font", "imprint.size"]),
        ({"folio": {"font": "仿宋", "size": 10.5}}, ["folio.font", "folio.size"]),
        ({"folio": {"below": 12.0}}, ["folio.below"]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_value_fails_where_it_is_wrong(own, broken) -> None:
    data = render(FRONT + LONG, "pdf", assets={}, templates=TEMPLATES, deviations=own)
    checked = measured(data)
    assert checked.failed
    for place in broken:
        assert verdict(checked, place) == "不符合", place
    # Measured against the court's own values the same file passes.
    assert verdict(check(data, load(TEMPLATES / "page", own), "x"), broken[0]) == "符合"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("@page :right { @bottom-right", "@page :left { @bottom-right", "folio.side"),
        ("counter(page)", '"7"', "folio.form"),
        (".attachment .label {", ".attachment .label { margin-top: 40pt;", "area.top"),
        ("h1.title {", "h1.title { padding-left: 40mm;", "title.place"),
        (".number { margin-top: {{ derived.two_lines }}; text-align: center }", ".number { text-align: right }", "number.place"),
        ("hr.red { border: 0;", "hr.red { border: 0; width: 60%;", "rule.width"),
        (".to { margin-top: {{ grid.pitch }};", ".to { margin-left: 12mm;", "recipients.place"),
        ("h2, h3, h4, h5, h6 { text-indent: {{ derived.indent }}; break-after: avoid;", "h2 { break-before: page }", "heading.first_page"),
    ],
)  # fmt: skip
def test_a_wrong_style_sheet_fails(old: str, new: str, place: str, tmp_path: Path, monkeypatch) -> None:
    from reports.render import page

    shutil.copytree(TEMPLATES / "page", tmp_path / "page")
    css = tmp_path / "page" / "page.css"
    text = css.read_text("utf-8")
    if old == "counter(page)":
        monkeypatch.setattr(page, "_FOLIO_TEXT", r'content: "—\2002" "7" "\2002—"')
    else:
        assert old in text
        text = text.replace(old, new)
        if place == "folio.side":
            text = text.replace("@page :left { @bottom-left", "@page :right { @bottom-left", 1)
        css.write_text(text, "utf-8")
    body = LONG + "\n# 附件1：明细\n\n" + SENTENCE * 3
    data = render(FRONT + body, "pdf", assets={}, templates=tmp_path)
    assert verdict(measured(data), place) == "不符合"


def test_a_lost_page_is_noticed() -> None:
    whole = PdfReader(io.BytesIO(make(FRONT + LONG)))
    rest = PdfWriter()
    for page in (*whole.pages[:2], *whole.pages[3:]):
        rest.add_page(page)
    out = io.BytesIO()
    rest.write(out)
    checked = measured(out.getvalue())
    assert verdict(checked, "imprint.page") == "不符合"
    assert verdict(checked, "folio.form") == "不符合"
    assert verdict(checked, "folio.side") == "不符合"


@pytest.mark.parametrize(
    ("front", "place"),
    [
        (FRONT.split("抄送")[0] + "---\n", "imprint.page"),
        (FRONT.replace("辽高法〔2025〕128号", "辽高法〔2025〕号"), None),
        (FRONT.replace("成文日期: 2025-10-15\n", ""), "signature.date"),
    ],
)
def test_a_missing_element(front: str, place: str | None) -> None:
    checked = measured(make(front + LONG))
    if place is None:
        assert not checked.failed
    else:
        assert verdict(checked, place) == ("不符合" if place.startswith("imprint") else "无法判断")


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        (
            "typst.pdf",
            {"area.height", "grid.lines", "title.font", "heading.first", "signature.company", "imprint.page"}
            | {"folio.side", "folio.below"},
        ),
        (
            "libreoffice.pdf",
            {"area.top", "area.height", "grid.characters", "title.font", "signature.unsealed_right", "signature.date"}
            | {"imprint.page", "folio.form", "folio.side"},
        ),
    ],
)
def test_files_of_other_programs(name: str, broken: set[str]) -> None:
    """The sources beside the files say what is wrong in them."""
    checked = measured((FIXTURES / name).read_bytes())
    assert {one.id for one in checked.findings if one.verdict == "不符合"} == broken
    assert sum(one.verdict == "符合" for one in checked.findings) >= 15


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("AAAAAA+FangSong_GB2312", "仿宋"),
        ("BCDEEE+仿宋_GB2312", "仿宋"),
        ("STFangsong", "仿宋"),
        ("KaiTi_GB2312", "楷体"),
        ("SimHei", "黑体"),
        ("ABCDEF+FZXBSJW--GB1-0", "小标宋"),
        ("方正小标宋简体", "小标宋"),
        ("SimSun", "宋体"),
        ("NotoSerifCJKsc-Bold", "小标宋"),
        ("NotoSerifCJKsc-Regular", "宋体"),
        ("CIDFont+F1", None),
        ("TimesNewRomanPSMT", None),
    ],
)
def test_fonts_are_known_by_their_names(name: str, style: str | None) -> None:
    assert font_style(name) == style


def test_the_last_rule_of_a_table_just_above_is_none_of_the_imprint() -> None:
    row = "| 天枢市城东区人民法院 | 审限内结案率 | 统计期内按时审结的案件占审结案件的比例 |\n"
    text = FRONT + "特此通报。\n\n# 附件：情况表\n\n| 法院 | 指标 | 说明 |\n|---|---|---|\n" + row * 11
    data = make(text)
    *_, table, first, _, _ = [rule.top for rule in read(data, "表.pdf")[-1].rules if rule.width > 100]
    assert first - table < 9, "millimetres: within reach of the first line"
    found = check(data, PROFILE, "表.pdf").findings
    assert {one.verdict for one in found if one.id.startswith("imprint")} == {"符合"}


def test_what_is_no_pdf_is_refused() -> None:
    with pytest.raises(InputError, match="不是可以读取的 PDF"):
        check(b"no pdf", PROFILE, "x.pdf")


def test_command(tmp_path: Path, tongbao) -> None:
    good, bad = tmp_path / "好.pdf", tmp_path / "坏.pdf"
    good.write_bytes(make(FRONT + LONG + "\n# 附件：情况表 {横排}\n\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n"))
    bad.write_bytes(render(FRONT + LONG, "pdf", assets={}, templates=TEMPLATES, deviations={"grid": {"size": 14.0}}))
    result = tongbao("layout-check", good)
    assert result.code == 0
    assert "符合\t5.2.1\t天头\t必须\t37mm\t37mm" in result.out
    assert result.out.splitlines()[0].endswith("好.pdf：按公文版式核对，共6页，其中第5页横排")
    told = json.loads(tongbao("layout-check", good, "--json").out)
    assert (told["turned"], told["small"]) == ([5], [])
    wide = "|" + "|".join(["受理案件总数"] * 8) + "|\n" + "|---" * 8 + "|\n|" + "|".join(["1,234,567"] * 8) + "|\n"
    good.write_bytes(make(FRONT + LONG + "\n" + wide))
    result = tongbao("layout-check", good)
    assert re.search("，其中第[0-9]页有小于五号的字$", result.out.splitlines()[0])
    result = tongbao("layout-check", bad, "--json")
    assert result.code == 6
    document = json.loads(result.out)
    assert document["schema"] == "tongbao.layout-check/1"
    assert document["passed"] is False
    size = next(one for one in document["clauses"] if one["id"] == "grid.size")
    assert size | {"pages": []} == {
        "id": "grid.size", "clause": "5.2.2", "name": "正文字号（3号）", "strength": "推荐", "own": False,
        "expected": "16pt", "measured": "14pt", "verdict": "不符合", "pages": [],
    }  # fmt: skip
    assert tongbao("layout-check", tmp_path / "没有.pdf").code == 5
    assert tongbao("layout-check", good, "--style", "命令").code == 2
    (tmp_path / "tongbao.toml").write_text("[layout.grid]\nsize = 14\n", "utf-8")
    result = tongbao("layout-check", bad)
    assert "正文字号（3号）\t本院规定\t14pt\t14pt" in result.out
