"""Editions, definitions with alternatives, known values, and what a court adds or overrides."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from by_hand import CASES_BY_HAND, TODAY, compared, reading, write_csv

from reports import catalogue
from reports.catalogue import loader, show, values
from reports.catalogue.definitions import OWN_FORMULA
from reports.demo.tables import OUTCOMES, PROCEDURES
from reports.errors import ConfigError
from reports.tally import tally

EVERYTHING = catalogue.load(catalogue.EVERYTHING)
SHIPPED = sorted(loader._editions(None))


def test_the_editions():
    assert SHIPPED == ["core", "local", "spc-2024-01", "spc-2024-09"]
    latest, before = catalogue.load("spc-2024-09"), catalogue.load("spc-2024-01")
    assert latest.completeness == "本目录应有18项，公开来源载明12项，其余6项未见公开，不作推测。"
    assert before.completeness == "本目录应有26项，公开来源载明20项，其余6项未见公开，不作推测。"
    assert latest.note.startswith(latest.completeness)
    # Merged in September 2024, and dropped: named in public.
    for name in ("first_revised_rate", "first_remanded_rate", "effective_revised_rate", "effective_remanded_rate"):
        assert name in before.indicators and name not in latest.indicators
    for name in ("cases_per_judge", "extension_rate", "retrial_order_rate", "advice_feedback_rate"):
        assert name in before.indicators and name not in latest.indicators
        assert not EVERYTHING.indicators[name].assess
    assert {"revise_remand_ratio", "retrial_revise_remand_ratio"} <= set(latest.indicators)


@pytest.mark.parametrize("edition", [*SHIPPED, catalogue.EVERYTHING])
def test_what_every_edition_keeps_to(edition):
    found = catalogue.load(edition)
    assert found.warnings == ()
    for item in found.indicators.values():
        assert item.intervals == (), "no interval is shipped"
    for name in ("closing_rate", "clearance_ratio"):
        if name in found.indicators:
            assert not found.indicators[name].assess
    for name in ("appeal_rate", "petition_rate", "enforcement_application_rate"):
        if name in found.indicators:
            assert found.indicators[name].right


@pytest.mark.parametrize("edition", ["spc-2024-01", "spc-2024-09"])
def test_every_indicator_of_the_supreme_court_names_its_public_source(edition):
    found = catalogue.load(edition)
    for name in set(found.indicators) - set(found.context):
        item = found.indicators[name]
        assert item.evidence, name
        if not item.formula_source and not item.needs:
            assert OWN_FORMULA in found.definition(item) or item.local, name


def test_an_edition_cannot_have_more_than_its_number(tmp_path):
    (tmp_path / "editions").mkdir()
    path = tmp_path / "editions" / "e.toml"
    path.write_text('name = "本院"\nversion = "1"\nofficial = 1\nindicators = ["filed", "pending"]\n', "utf-8")
    with pytest.raises(ConfigError, match="多于 official 所称的1项"):
        catalogue.load("e", folder=tmp_path)


# Alternatives


def test_the_first_definition_whose_columns_exist_is_used():
    first = EVERYTHING.resolved(frozenset({"filed", "procedure", "origin_court", "appeal_date", "court"}))
    second = EVERYTHING.resolved(frozenset({"filed", "procedure", "appeal_date", "court"}))
    assert (first.counts["appeals"].place, first.counts["appeals"].by) == (1, "filed")
    assert (second.counts["appeals"].place, second.counts["appeals"].by) == (2, "appeal_date")
    assert second.resolved(frozenset()) == second, "what has been chosen stays chosen"
    rate = EVERYTHING.indicators["appeal_rate"]
    assert "依次采用数据具备的第一种口径：（1）按二审新收" in EVERYTHING.definition(rate)
    assert second.definition(rate).endswith("上诉案件数按一审案件的“上诉日期”统计")
    assert "二审新收" not in second.definition(rate)


def test_without_any_definition_each_lack_is_named(tmp_path):
    rows = [{"案号": "（2025）辽0102民初1号", "经办法院": "辽0102", "立案日期": "2025-07-01", "结案日期": "2025-08-01"}]
    cells = compared(write_csv(tmp_path / "c.csv", rows), "2025Q3", edition=EVERYTHING)
    assert (
        cells.untold["appeal_rate"] == "数据中没有“原审法院”，也没有“上诉日期”，也没有“是否上诉”，也没有“二审立案日期”"
    )


def test_an_alternative_needs_its_basis(tmp_path):
    (tmp_path / "own.toml").write_text(
        '[count.a]\nname = "甲"\nby = "立案日期"\n[[count.a.otherwise]]\nby = "结案日期"\n', "utf-8"
    )
    with pytest.raises(ConfigError, match="basis"):
        catalogue.load(folder=tmp_path)


def test_a_mistake_in_an_alternative_is_placed(tmp_path):
    (tmp_path / "own.toml").write_text(
        '[count.a]\nname = "甲"\nby = "立案日期"\nbasis = "按甲"\n'
        '[[count.a.otherwise]]\nbasis = "按乙"\nby = "结案日"\nwhere = "审里程序 = \'一审\'"\n',
        "utf-8",
    )
    with pytest.raises(ConfigError) as error:
        catalogue.load(folder=tmp_path)
    assert "otherwise.by 应为日期列" in str(error.value)
    assert "otherwise.where：没有“审里程序”这一列，是否为“审理程序”" in str(error.value)


# Known values


@pytest.mark.parametrize(
    ("condition", "warning"),
    [
        ("结案方式 = '调 解'", "没有“调 解”，是否为“调解”"),
        ("结案方式 in ('调解', '终本')", "没有“终本”，是否为“终结本次执行”"),
        ("审理程序 = '民事一审'", "是否为“一审”"),
        ("条线 <> '民事案件'", "是否为“民事”"),
        ("适用程序 = '小额程序'", "是否为“小额诉讼”"),
        ("not (结案方式 = '调觧')", "是否为“调解”"),
    ],
)
def test_an_unknown_value_is_a_warning_with_a_suggestion(condition, warning, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(f'[count.a]\nname = "甲"\nby = "结案日期"\nwhere = "{condition}"\n', "utf-8")
    (found,) = catalogue.check(path)
    assert len(found.warnings) == 1
    assert warning in found.warnings[0] and "own.toml 第1行 [count.a]" in found.warnings[0]


def test_known_values_and_free_columns_give_no_warning(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        '[values]\noutcome = ["本院自定"]\n'
        "[count.a]\nname = \"甲\"\nby = \"结案日期\"\nwhere = \"结案方式 in ('判决', '本院自定') and 案由 = '离 婚'\"\n",
        "utf-8",
    )
    (found,) = catalogue.check(path)
    assert found.warnings == ()


def test_the_tables_know_what_the_demo_writes():
    assert set(OUTCOMES) <= set(values.known("outcome"))
    assert {item.name for item in PROCEDURES if item.name} <= set(values.known("applied"))


def test_values_are_given_by_column(tmp_path):
    (tmp_path / "own.toml").write_text('[values]\ncause = ["离婚"]\n', "utf-8")
    with pytest.raises(ConfigError, match="列可用 procedure、line、outcome、applied"):
        catalogue.load(folder=tmp_path)


# What a court overrides


PIECES = """
[count.suits]
name = "案（民事一审）"
by = "立案日期"
where = "条线 = '民事' and 审理程序 = '一审'"

[count.pieces]
name = "件（民事一审、首次执行）"
by = "立案日期"
where = "审理程序 = '首次执行' or (条线 = '民事' and 审理程序 = '一审')"
"""


def test_the_sets_of_the_case_piece_ratio_are_a_courts_own(tmp_path):
    (tmp_path / "own.toml").write_text(PIECES, "utf-8")
    rows = [
        {"案号": f"（2025）辽0102{kind}号", "经办法院": "辽0102", "立案日期": "2025-07-01", "结案日期": ""}
        for kind in ("民初1", "民初2", "刑初1", "执1", "执恢1")
    ]
    shipped = compared(write_csv(tmp_path / "c.csv", rows), "2025Q3")
    own = compared(tmp_path / "c.csv", "2025Q3", edition=catalogue.load(folder=tmp_path))
    assert shipped.cell("辽0102", "全部", "case_piece_ratio").now == (5, 3)
    assert own.cell("辽0102", "全部", "case_piece_ratio").now == (3, 2)
    assert own.catalogue.indicators["case_piece_ratio"].label == "案-件比（自定口径）"


def test_an_indicator_that_the_data_cannot_give_says_why(tmp_path):
    entry = '[indicator.a]\nname = "甲"\ncategory = "效果"\nkind = "count"\nunit = "件"\nbetter = "neutral"\nformula = "甲的件数"\n'
    (tmp_path / "own.toml").write_text(entry, "utf-8")
    with pytest.raises(ConfigError, match="缺少 numerator；案件数据算不出的指标用 needs 写明原因"):
        catalogue.load(folder=tmp_path)
    (tmp_path / "own.toml").write_text(entry + 'needs = "数据中没有甲"\nnumerator = "filed"\n', "utf-8")
    with pytest.raises(ConfigError, match="就不写 numerator"):
        catalogue.load(folder=tmp_path)


def test_an_unknown_option_names_the_known_ones():
    with pytest.raises(ConfigError, match="no-limit-is-within"):
        catalogue.load(options=["all-within"])


def test_the_example_of_the_guide_works(tmp_path):
    """docs/catalogue.md shows how one entry adds an indicator: its text is loaded and counted here."""
    guide = (Path(__file__).parent.parent / "docs" / "catalogue.md").read_text("utf-8")
    blocks = [part.partition("\n```")[0] for part in guide.split("```toml\n")[1:]]
    own, edition, *_ = blocks
    (tmp_path / "own.toml").write_text(own, "utf-8")
    (tmp_path / "editions").mkdir()
    (tmp_path / "editions" / "own.toml").write_text(edition, "utf-8")
    found = catalogue.load("own", folder=tmp_path)
    name = next(iter(tomllib.loads(own)["indicator"]))
    assert name in found.indicators and found.warnings == ()
    (tmp_path / "c.csv").write_text(CASES_BY_HAND, "utf-8")
    with reading(tmp_path / "c.csv") as cases:
        assert set(found.indicators[name].terms) <= set(tally(cases, found, _quarters()).frame.columns)
    for block in blocks[2:]:
        tomllib.loads(block)


def _quarters():
    from reports.courts.periods import consecutive, parse_period

    return consecutive(parse_period("2024Q3"), parse_period("2025Q3"))


# The command


def test_show_prints_definitions_as_the_annex_does(tongbao, workspace):
    plain = tongbao("catalogue", "show", "-w", workspace)
    assert plain.code == 0, plain.err
    assert "不低于96%（自2020年1月1日起，演示用，非实际区间）" in plain.out
    assert "来源：指标名称见https://" in plain.out
    document = tongbao("catalogue", "show", "-w", workspace, "--md", "--edition", "spc-2024-09")
    assert "| within_limit | 审限内结案率 | 效率 |" in document.out
    assert "本目录应有18项，公开来源载明12项，其余6项未见公开" in document.out
    tongbao("bulletin", "technical", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20", "--format", "md")
    annex = (workspace / "out/2026Q3/2026Q3-technical.md").read_text("utf-8")
    chosen = json.loads(tongbao("catalogue", "show", "-w", workspace, "--data", "--json", "-q").out)
    assert chosen["schema"] == "tongbao.catalogue/1"
    for item in chosen["indicators"]:
        assert f"| {item['name']} | {item['definition']} |" in annex
    assert [count["chosen"] for count in chosen["counts"] if count["id"] == "appeals"] == [1]


def test_show_works_without_a_workspace(tongbao, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = tongbao("catalogue", "show", "--edition", "all", "--json")
    assert len(json.loads(result.out)["indicators"]) == len(EVERYTHING.indicators)
    missing = tongbao("catalogue", "show", "--edition", "spc-2024-08")
    assert missing.code == 2 and "是否为 spc-2024-09" in missing.err


def test_check_tells_mistakes_and_warnings(tongbao, tmp_path):
    folder = tmp_path / "catalogue"
    folder.mkdir()
    (folder / "own.toml").write_text(PIECES.replace("'首次执行'", "'首执'"), "utf-8")
    result = tongbao("catalogue", "check", folder)
    assert result.code == 0 and "是否为“首次执行”" in result.out
    assert json.loads(tongbao("catalogue", "check", folder, "--json").out)["warnings"]
    (folder / "own.toml").write_text('[count.a]\nname = "甲"\nby = "立案日"\n', "utf-8")
    result = tongbao("catalogue", "check", folder / "own.toml")
    assert result.code == 2 and "own.toml 第1行 [count.a]" in result.err
    (folder / "editions").mkdir()
    edition = folder / "editions" / "e.toml"
    edition.write_text('name = "本院"\nversion = "1"\nindicators = ["flied"]\n', "utf-8")
    (folder / "own.toml").unlink()
    result = tongbao("catalogue", "check", edition)
    assert result.code == 2 and "是否为 filed" in result.err
    assert tongbao("catalogue", "check", tmp_path / "no").code == 2


def test_markdown_has_no_broken_row():
    for line in show.markdown(EVERYTHING, TODAY).splitlines():
        if line.startswith("| "):
            assert line.count("|") in (4, 7), line
