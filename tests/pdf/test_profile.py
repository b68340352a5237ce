"""The layout values in data: the pages follow them, and a court's own values are taken or refused by name."""

from __future__ import annotations

import io
from pathlib import Path

import pdfplumber
import pytest
from circulars import FRONT, SENTENCE, TEMPLATES

from reports.errors import ConfigError
from reports.render import render
from reports.render.profile import STRENGTHS, load, markdown


def test_every_value_says_where_it_comes_from() -> None:
    profile = load(TEMPLATES / "page")
    for keys in profile.values.values():
        for value in keys.values():
            assert value.strength in STRENGTHS
            assert value.clause == "—" or value.clause[0].isdigit()
            assert value.clause != "—" or value.strength == "惯例"
    assert profile.outer == 26
    assert profile.bottom == 35


@pytest.mark.parametrize(
    ("own", "what", "where", "advice"),
    [
        ({"grids": {}}, "没有版面参数表“grids”", "[layout.grids]", "是否为“grid”"),
        ({"grid": {"pich": 29.0}}, "没有版面参数“pich”", "[layout.grid] pich", "是否为“pitch”"),
        ({"grid": {"pitch": "29磅"}}, "写法不对", "[layout.grid] pitch", "29.6"),
        ({"title": {"font": "隶书"}}, "没有字体“隶书”", "[layout.title] font", "小标宋"),
    ],
)
def test_a_wrong_deviation_is_refused_by_name(own, what, where, advice) -> None:
    with pytest.raises(ConfigError) as caught:
        load(TEMPLATES / "page", own)
    assert what in caught.value.what
    assert where in str(caught.value.where)
    assert advice in str(caught.value.advice)


def test_a_deviation_reaches_the_page(tmp_path: Path) -> None:
    own = {"grid": {"pitch": 28.0}, "title": {"font": "黑体"}}
    data = render(FRONT + SENTENCE * 3, "pdf", assets={}, templates=TEMPLATES, deviations=own)
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        chars = pdf.pages[0].chars
        title = next(c for c in chars if abs(c["size"] - 22) < 0.1)
        assert "Hei" in title["fontname"]
        tops = sorted({round(c["top"], 1) for c in chars if abs(c["size"] - 16) < 0.1 and "Fang" in c["fontname"]})
        assert tops[-1] - tops[-2] == pytest.approx(28.0, abs=0.1)


def test_the_configuration_carries_deviations_to_the_command(tmp_path: Path, tongbao) -> None:
    (tmp_path / "tongbao.toml").write_text("[layout.grid]\npich = 28\n", "utf-8")
    (tmp_path / "a.md").write_text(FRONT + SENTENCE, "utf-8")
    result = tongbao("render", tmp_path / "a.md")
    assert result.code == 2
    assert "[layout.grid] pich" in result.err
    assert "是否为“pitch”" in result.err


def test_the_guide_lists_the_values_that_are_in_force(tongbao) -> None:
    guide = (TEMPLATES.parent / "docs" / "layout.md").read_text("utf-8")
    table = markdown(load(TEMPLATES / "page"))
    assert table in guide, "make the table of docs/layout.md anew: tongbao layout-check --rules"
    assert tongbao("layout-check", "--rules").out == table
    assert tongbao("layout-check").code == 2
