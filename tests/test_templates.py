"""A court's own templates: what may be changed, where it lies, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_the_shipped_templates_have_no_mistakes(workspace, tongbao):
    result = tongbao("template", "check", "-w", workspace)
    assert result.code == 0, result.err
    assert "模板没有错误" in result.out


def test_a_template_is_taken_changed_and_used(workspace, tongbao):
    listed = tongbao("template", "list", "-w", workspace)
    assert "bulletins/general.md.j2\t综合通报\t自带" in listed.out
    assert "page/" not in listed.out
    taken = tongbao("template", "eject", "bulletins/general.md.j2", "-w", workspace)
    assert taken.code == 0, taken.err
    path = Path(taken.out.strip())
    path.write_text(path.read_text("utf-8").replace("，不作排名", "，决不作排名", 1), "utf-8")
    assert "综合通报\t本院" in tongbao("template", "list", "-w", workspace).out
    again = tongbao("template", "eject", "bulletins/general.md.j2", "-w", workspace)
    assert again.code == 2
    assert "--force" in again.err
    made = tongbao("bulletin", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20", "--format", "md")
    assert made.code == 0, made.err
    text = (workspace / "out/2026Q3/2026Q3-general.md").read_text("utf-8")
    assert "，决不作排名" in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{{ region }}共受理", "{{ reigon }}共受理", "没有“reigon”这一项，是否为“region”"),
        ("{% if verdict.total %}", "{% fi verdict.total %}", "写法有误"),
        ("{{ flow.over12_pending.changes }}", "{{ flow.over12_pending.chnages }}", "chnages"),
    ],
)
def test_a_mistake_is_told_with_its_line(workspace, tongbao, old, new, said):
    path = Path(tongbao("template", "eject", "bulletins/general.md.j2", "-w", workspace).out.strip())
    text = path.read_text("utf-8")
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), "utf-8")
    result = tongbao("template", "check", "-w", workspace)
    assert result.code == 2
    assert said in result.err
    assert f"第{line}行" in result.err


def test_an_unknown_template_is_told(workspace, tongbao):
    result = tongbao("template", "eject", "../tongbao.toml", "-w", workspace)
    assert result.code == 2
    assert "没有模板" in result.err
