"""Nothing foreign gets in, nothing gets lost, and the same text gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from circulars import CIRCULAR, FRONT, SVG, TEMPLATES, make
from pypdf import PdfReader, PdfWriter

from reports.errors import ConfigError, VerificationError
from reports.render import FORMATS, fonts, render
from reports.render.pdf import _fetcher, _Refused
from reports.render.verify import verify_pdf


def words(data: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


def test_raw_html_stays_text() -> None:
    data = make(
        FRONT + '<link rel=attachment href="file:///etc/passwd">\n\n'
        '文字<b>粗</b>，<img src="file:///etc/hostname">，<script>1</script>。\n'
    )
    text = words(data)
    assert '<linkrel=attachmenthref="file:///etc/passwd">' in text
    assert "<b>粗</b>" in text
    assert not PdfReader(io.BytesIO(data)).attachments


@pytest.mark.parametrize("name", ["file:///etc/passwd", "http://example.org/a.png", "../x.svg", "charts/trend.png"])
def test_figures_come_from_the_bulletin_only(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make(f"{FRONT}正文。\n\n![图]({name})\n", {"charts/trend.svg": SVG})
    assert caught.value.where == "样稿.md 第14行"
    assert "charts/trend.svg" in str(caught.value.advice)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://example.org/", "https://example.org/", "ftp://x/y", "asset:no"]
)
def test_fetcher_refuses(url: str) -> None:
    with pytest.raises(_Refused):
        _fetcher({"yes": b""})(url)


def test_figure_that_reaches_outside_is_refused() -> None:
    for href in ("file:///etc/passwd", "http://127.0.0.1:9/x.png"):
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
            f'<image href="{href}" width="9" height="9"/></svg>'
        )
        with pytest.raises(ConfigError, match="已拒绝读取"):
            make(FRONT + "正文。\n\n![图](a.svg)\n", {"a.svg": svg.encode()})


def test_signs_of_multiplication_stay_and_what_has_no_shape_goes() -> None:
    text = words(
        make(FRONT + "规格为5*3*2，**粗**，*楷*，a**b。\n\n某\u200b市\ufeff中\u00ad级\u200e人\u2028民\u0007法院。\n")
    )
    assert "规格为5*3*2，粗，楷，a**b。" in text
    assert "某市中级人民法院。" in text


def test_what_no_font_has_is_printed_as_the_mark_for_a_missing_character() -> None:
    assert "当事人王〓某。" in words(make(FRONT + "第一段。\n\n当事人王\U000f1234某。\n"))
    odd = {"a.svg": SVG.replace("近".encode(), "\U000f1234".encode())}
    assert "〓" in words(make(FRONT + "![图](a.svg)\n", odd))


def test_rare_name_characters_are_printed() -> None:
    assert "王赟李㛃" in words(make(FRONT + "王赟李㛃。\n"))


def test_table_without_rows_is_refused() -> None:
    with pytest.raises(VerificationError) as caught:
        make(FRONT + "表1　空表\n\n| 甲 | 乙 |\n|---|---|\n")
    assert caught.value.where == "样稿.md 第14行"


def test_other_first_level_heading_is_refused() -> None:
    with pytest.raises(ConfigError, match="只用于附件"):
        make(FRONT + "# 总体情况\n")


def test_attachments_agree_with_the_front_matter() -> None:
    front = FRONT.replace("主送", "附件: [甲表, 乙表]\n主送")
    with pytest.raises(ConfigError, match="不一致"):
        make(front + "正文。\n\n# 附件1：乙表\n\n内容。\n")
    assert "附件：1.甲表2.乙表" in words(make(FRONT + "正文。\n\n# 附件1：甲表\n\n内容。\n\n# 附件2：乙表\n\n内容。\n"))


def test_same_bytes_twice_and_in_another_process(circular_bytes: bytes) -> None:
    assert make(CIRCULAR, {"charts/trend.svg": SVG}) == circular_bytes
    code = (
        "import hashlib; from circulars import CIRCULAR, SVG, make;"
        "print(hashlib.sha256(make(CIRCULAR, {'charts/trend.svg': SVG})).hexdigest())"
    )
    here = Path(__file__).parent
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here,
        env={
            **os.environ,
            "PYTHONHASHSEED": "7",
            "PYTHONPATH": f"{here}:{here.parents[1]}",
            "TZ": "Pacific/Apia",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == hashlib.sha256(circular_bytes).hexdigest()


def test_archival_tagged_with_bookmarks(circular_bytes: bytes) -> None:
    reader = PdfReader(io.BytesIO(circular_bytes))
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    metadata = root["/Metadata"].get_data()
    assert re.search(rb'pdfaid:part(>|=")3', metadata) and re.search(rb'pdfaid:conformance(>|=")A', metadata)
    assert reader.metadata is not None
    assert reader.metadata.title == "关于2025年第三季度全省法院审判质量管理指标情况的通报"
    titles = [
        item.title
        for level in reader.outline
        for item in (level if isinstance(level, list) else [level])
        if not isinstance(item, list)
    ]
    assert titles[0] == "关于2025年第三季度全省法院审判质量管理指标情况的通报"
    assert "一、总体情况" in titles
    assert "各法院主要指标一览表" in titles


def test_verification_refuses_what_is_not_whole(circular_bytes: bytes) -> None:
    verify_pdf(circular_bytes, required=["关于2025年第三季度全省法院"])
    with pytest.raises(VerificationError, match="找不到应有的文字"):
        verify_pdf(circular_bytes, required=["没有写过的话"])
    with pytest.raises(VerificationError, match="无法读取"):
        verify_pdf(circular_bytes[:2000], required=[])
    with pytest.raises(VerificationError, match="只有12页"):
        verify_pdf(circular_bytes, required=[], fewest_pages=13)


def test_verification_refuses_an_empty_table_and_a_font_that_is_not_embedded() -> None:
    html = fonts.load_weasyprint().HTML
    head = "<tr><th>甲<th>乙</tr>"
    whole = html(string=f"<table>{head}<tr><td>1<td>2</tr></table>").write_pdf(pdf_tags=True)
    verify_pdf(whole, required=[])
    with pytest.raises(VerificationError, match="空表格"):
        verify_pdf(html(string=f"<table>{head}</table>").write_pdf(pdf_tags=True), required=[])
    page = PdfReader(io.BytesIO(whole)).pages[0]
    font = next(iter(page["/Resources"]["/Font"].values())).get_object()
    del font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()["/FontFile3"]
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_page(page)
    writer.write(out)
    with pytest.raises(VerificationError, match="字体未嵌入"):
        verify_pdf(out.getvalue(), required=[])


def test_roles_and_justification_are_in_force() -> None:
    from reports.render import justify

    assert [role.name for role in fonts.roles()] == ["仿宋", "楷体", "黑体", "小标宋", "宋体"]
    assert justify.install()
    assert fonts.engine().weasyprint.startswith("70.")


def test_markdown_and_unknown_formats() -> None:
    assert set(FORMATS) >= {"md", "pdf"}
    text = FRONT + "正文。\n\n\n"
    assert render(text, "md", assets={}, templates=TEMPLATES) == (FRONT + "正文。\n").encode()
    with pytest.raises(ConfigError, match="不支持的输出格式"):
        render(text, "pdv", assets={}, templates=TEMPLATES)


def test_no_chinese_font_is_said_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "none.conf").write_text("<fontconfig></fontconfig>", encoding="utf-8")
    code = (
        "from reports.errors import EnvironmentMissing\n"
        "from reports.render import fonts\n"
        "try: fonts.roles()\n"
        "except EnvironmentMissing as error: print(error.exit_code, error)"
    )
    root = Path(__file__).parents[2]
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "FONTCONFIG_FILE": str(tmp_path / "none.conf"),
            "XDG_CACHE_HOME": str(tmp_path),
            "PYTHONPATH": str(root),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.startswith("8 没有可用于“仿宋”的中文字体")
    assert "apt-get install" in answer.stdout
