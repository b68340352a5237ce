"""Kinds of bulletins as records: a court's own by one template and one entry, and what a run makes of a list of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from guide import blocks, carry_out

from reports.catalogue import kinds
from reports.pipeline.job import TEMPLATES

pytestmark = pytest.mark.whole

PERIOD = ("--period", "2026Q3", "--as-of", "2026-10-20")
ENTRY, TEMPLATE = (block for _, block in blocks("A bulletin kind."))


@pytest.fixture
def workspace(small):
    """Kinds are the same for four courts as for all."""
    return small


@pytest.fixture
def own(workspace):
    """A workspace with one kind of its own: one template and one entry."""
    assert carry_out("A bulletin kind.", workspace) == ["kinds.toml", "templates/bulletins/digest.md.j2"]
    return workspace


def ok(result):
    assert result.code == 0, result.err
    return result


def test_a_kind_of_one_s_own_goes_the_whole_way(own, tongbao, monkeypatch):
    ok(tongbao("bulletin", "运行快报", "--line", "民事", "-w", own, *PERIOD, "--format", "md"))
    stem = "2026Q3-digest-民事"
    text = (own / f"out/2026Q3/{stem}.md").read_text("utf-8")
    assert "版式: 简报\n" in text and "标题: 2026年第三季度民事运行快报\n" in text
    assert f"charts/{stem}-flow.svg" in text, "its charts do not replace those of another kind"
    compared = json.loads(ok(tongbao("compare", "-w", own, *PERIOD, "--court", "辽01", "--line", "民事", "--json")).out)
    (filed,) = [one for one in compared["comparisons"] if one["indicator"] == "filed"]
    assert f"民事条线新收{filed['now']['text']}。" in text
    assert (own / f"out/2026Q3/data/{stem}.csv").is_file()
    ok(tongbao("ledger", "sign", stem, "-w", own, "--by", "李院长"))
    issued = ok(tongbao("ledger", "issue", stem, "-w", own, "--by", "王五", "--format", "md"))
    assert "已印发" in issued.out
    assert (own / f"out/2026Q3/印发/{stem}/{stem}.md").is_file()
    (entry,) = json.loads(ok(tongbao("ledger", "bulletins", "-w", own, "--json")).out)["bulletins"]
    assert (entry["stem"], entry["state"], entry["kind"], entry["outgoing"]) == (stem, "印发", "digest", False)
    assert (
        "不能自动起草更正通报" in tongbao("ledger", "correct", stem, "-w", own, "--by", "王五", "--reason", "补报").err
    )  # its entry does not say correctable
    # Every list of kinds has it.
    assert "bulletins/digest.md.j2\t运行快报\t本院" in ok(tongbao("template", "list", "-w", own)).out
    assert (
        "| `digest` | 运行快报 | 一个条线的收案 | 每个条线（`--line`） | 简报 | 一个季度、半年 |"
        in ok(tongbao("template", "list", "--kinds", "-w", own)).out
    )
    monkeypatch.chdir(own)
    assert "digest" in ok(tongbao("bulletin", "--help")).out
    assert "digest 运行快报" in tongbao("bulletin", "weekly").err


def test_the_help_names_every_kind(tongbao):
    shown = ok(tongbao("bulletin", "--help")).out
    assert all(kind.id in shown for kind in kinds.asked(kinds.load(TEMPLATES)))
    assert "digest" not in shown


def test_a_kind_is_for_periods_of_its_own(own, tongbao):
    result = tongbao("bulletin", "digest", "--for", "each", "-w", own, "--period", "2026-09", "--as-of", "2026-10-20")
    assert result.code == 2
    assert "“运行快报”一季一期或半年一期，2026年9月不是一个季度或半年。" in result.err


def test_the_default_period_is_one_that_the_kind_takes(own, tongbao):
    (own / "kinds.toml").write_text(ENTRY.replace('["quarter", "half"]', '["quarter"]'), "utf-8")
    config = own / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace("months = 3\n", "months = 1\n", 1), "utf-8")
    result = ok(
        tongbao("bulletin", "digest", "--line", "民事", "-w", own, "--as-of", "2026-11-05", "--format", "md", "--json")
    )
    assert json.loads(result.out)["period"] == "2026Q3"


def test_template_check_tries_a_kind_of_one_s_own(own, tongbao):
    assert "试写了16种通报" in ok(tongbao("template", "check", "-w", own)).out
    path = own / "templates/bulletins/digest.md.j2"
    path.write_text('{% set style = "公文" %}\n' + TEMPLATE, "utf-8")
    result = tongbao("template", "check", "-w", own)
    assert result.code == 2
    assert f"{path}：版式写为“公文”，与通报种类“运行快报”的版式“简报”不一致" in result.err


def test_a_kind_that_is_no_draft_is_neither_entered_nor_signed(own, tongbao):
    (own / "kinds.toml").write_text(ENTRY + "draft = false\n", "utf-8")
    ok(tongbao("bulletin", "digest", "--line", "民事", "-w", own, *PERIOD, "--format", "md"))
    assert json.loads(ok(tongbao("ledger", "bulletins", "-w", own, "--json")).out)["bulletins"] == []
    result = tongbao("ledger", "sign", "2026Q3-digest-民事", "-w", own, "--by", "李院长")
    assert result.code == 2
    assert "“运行快报”不列入发文登记" in result.err


def test_a_workspace_changes_one_value_of_a_shipped_kind(workspace):
    (workspace / "kinds.toml").write_text("[kind.pack]\noutgoing = true\n", "utf-8")
    before, after = kinds.load(TEMPLATES, [TEMPLATES]), kinds.load(workspace, [workspace / "templates", TEMPLATES])
    assert not before["pack"].outgoing and after["pack"].outgoing
    assert {name: one for name, one in after.items() if name != "pack"} == {
        name: one for name, one in before.items() if name != "pack"
    }
    assert (after["pack"].name, after["pack"].style, after["pack"].parts) == ("会商会材料", "简报", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[kind.x]\nname = "甲"\n', "[kind.x]：缺少 for"),
        ('[kind.x]\nfor = "issuer"\n', "[kind.x]：缺少 name"),
        ('[kind.general]\ncorectable = true\n', "[kind.general]：没有 corectable 这一项，是否为 correctable"),
        ('[kind.general]\nstyle = "信"\n', "[kind.general]：style 不能写 '信'，可用的有 公文、信函、纪要、简报"),
        ('[kind.general]\nfor = "courts"\n', "[kind.general]：for 不能写 'courts'，可用的有 issuer、court"),
        ('[kind.general]\nperiods = ["week"]\n', "periods 不能写 'week'，可用的有 month、quarter"),
        ('[kind.general]\nperiods = "month"\n', "periods 应为列表"),
        ('[kind.general]\ndata = "是"\n', "data 应写 true 或 false，不加引号"),
        ('[kind.general]\nneeds = ["case"]\n', "needs 不能写 'case'，可用的有 cases"),
        ('[kind.general]\ntemplate = "../x.md.j2"\n', "template 应在 templates/ 之内"),
        ('[kind.digest]\nname = "快报"\nfor = "issuer"\n', "[kind.digest]：没有模板 bulletins/digest.md.j2"),
        ('[kind.x-y]\nname = "快报"\nfor = "issuer"\ntemplate = "bulletins/line.md.j2"\n', "编号只能用小写英文字母"),
        ('[kind.x]\nname = "条线通报"\nfor = "issuer"\ntemplate = "bulletins/line.md.j2"\n', "与 [kind.line] 相同"),
        ('[kind.line]\nbare_charts = true\n', "bare_charts 只能有一种"),
        ('[kind.line]\nprinting = true\n', "printing 只用于"),
        ('[kind.line]\nparts = true\n', "parts 只用于"),
        ('[kind.reminder]\ncorrectable = true\n', "correctable 不用于"),
        ('[kind.line]\nfor = "issued"\n', "用于且只用于更正通报"),
        ('[kinds.x]\nname = "甲"\n', "只能有 [kind.编号] 这一类条目"),
        ("[kind]\nx = 1\n", "只能有 [kind.编号] 这一类条目"),
        ("[kind.x\n", "通报种类文件无法读取"),
    ],
)  # fmt: skip
def test_mistakes_in_kinds_are_told_with_file_and_entry(workspace, tongbao, text, said):
    (workspace / "kinds.toml").write_text(text, "utf-8")
    result = tongbao("bulletin", "-w", workspace, *PERIOD)
    assert result.code == 2
    assert said in result.err
    assert str(workspace / "kinds.toml") in result.err
    assert "Traceback" not in result.err
    assert not (workspace / "out").exists()


def test_a_run_makes_each_of_the_kinds_asked_for(workspace, tongbao):
    result = ok(
        tongbao("run", "--kinds", "general，line,reminder", "-w", workspace, *PERIOD, "--format", "md", "--json")
    )
    document = json.loads(result.out)
    made = {one["stem"]: one for one in document["bulletins"]}
    assert {"2026Q3-general", "2026Q3-line-民事", "2026Q3-line-执行", "2026Q3-line-立案"} <= set(made)
    folder = workspace / "out/2026Q3"
    written = {str(path) for path in folder.rglob("*") if path.is_file() and path.name != ".tongbao.json"}
    assert set(document["files"]) == written
    told = [path for one in made.values() for path in one["files"]]
    assert len(told) == len(set(told)) and set(told) < written
    tables = {str(folder / name) for name in ("indicators.csv", "set-aside.csv")}
    assert {path for path in written - set(told) if "/self-check/" not in path} == tables
    for one in made.values():
        kind, _, label = one["stem"].removeprefix("2026Q3-").partition("-")
        assert (one["kind"], one["court"]) == (kind, label if kind == "reminder" else "辽01")
        assert str(folder / f"{one['stem']}.md") in one["files"]
    entered = json.loads(ok(tongbao("ledger", "bulletins", "-w", workspace, "--json")).out)["bulletins"]
    assert {one["stem"] for one in entered} == set(made)
    # The circular alone is the same as in the company of others.
    before = (folder / "2026Q3-general.md").read_bytes()
    ok(tongbao("bulletin", "-w", workspace, *PERIOD, "--format", "md", "-o", workspace / "alone"))
    assert (workspace / "alone/2026Q3-general.md").read_bytes() == before


def test_a_run_makes_the_kinds_of_the_configuration(workspace, tongbao):
    config = workspace / "tongbao.toml"
    config.write_text(config.read_text("utf-8") + 'kinds = ["综合通报", "court", "minutes"]\n', "utf-8")
    result = ok(tongbao("run", "-w", workspace, *PERIOD, "--format", "md", "--dry-run", "--json"))
    document = json.loads(result.out)
    kinds_made = [one["kind"] for one in document["bulletins"]]
    courts = (workspace / "courts.csv").read_text("utf-8-sig").strip().count("\n")
    assert kinds_made == ["general", *["court"] * (courts - 1)]
    assert document["none"] == ["2026年第三季度会商会还没有登记议定事项，不能起草纪要。"]
    assert not (workspace / "out").exists() and not (workspace / "tongbao.db").exists()
    alone = {one for item in document["bulletins"] if item["kind"] == "general" for one in item["files"]}
    assert all("-court-" not in one for one in alone)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("weekly", "没有通报种类“weekly”"),
        ("theme", "“专项分析通报”要指定主题，不能由 tongbao run 生成"),
        ("correction", "请用 tongbao ledger correct 起草"),
        ("general,monthly", "“月讲评”一月一期，2026年第三季度不是一个月"),
        (",", "没有写要生成的通报种类"),
    ],
)
def test_what_a_run_cannot_make_is_told_before_it_begins(workspace, tongbao, names, said):
    result = tongbao("run", "--kinds", names, "-w", workspace, *PERIOD)
    assert result.code == 2
    assert said in result.err
    assert not (workspace / "out").exists()


def test_an_unknown_kind_of_the_configuration_is_told_with_its_place(workspace, tongbao):
    config = workspace / "tongbao.toml"
    config.write_text(config.read_text("utf-8") + 'kinds = ["weekly"]\n', "utf-8")
    result = tongbao("run", "-w", workspace, *PERIOD)
    assert result.code == 2
    assert f"{config} [output] kinds" in result.err


def test_the_reference_has_the_table_of_kinds(tongbao, tmp_path):
    printed = ok(tongbao("template", "list", "--kinds", "-w", tmp_path)).out
    told = (Path(__file__).parents[1] / "docs/reference.md").read_text("utf-8")
    assert printed in told, "make the table of docs/reference.md anew: tongbao template list --kinds"
