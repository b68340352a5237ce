"""Words of coded columns: known spellings are applied, unknown words never pass for "no"."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import by_hand
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports import catalogue, read
from reports.catalogue import expression, values
from reports.catalogue.definitions import Count
from reports.catalogue.unknown import COMPANION, undecided
from reports.compare import compare
from reports.compare import values as indicator_table
from reports.courts.periods import parse_period
from reports.errors import ConfigError
from reports.tally import tally

HEADS = "案号,经办法院,立案日期,结案日期,结案方式,审理程序,条线,适用程序,是否延长,原审案号"
NOW = parse_period("2025Q3")


def row(number: int, kind: str = "民初", *, court="辽0102", outcome="判决", **more: str) -> str:
    cells = {
        "案号": f"（2025）{court}{kind}{number}号",
        "经办法院": {"辽0102": "甲区人民法院", "辽0103": "乙区人民法院", "辽01": "某市中级人民法院"}[court],
        "立案日期": "2025-07-01",
        "结案日期": "2025-08-01",
        "结案方式": outcome,
        **more,
    }
    return ",".join(cells.get(name, "") for name in HEADS.split(","))


def measured(tmp_path, lines, *, own=None, lean=False, most=0.5):
    """(value of a cell as (numerator, denominator), the note with an id, the case table's unknown columns)."""
    (tmp_path / "cases.csv").write_text("\n".join([HEADS, *lines]) + "\n", "utf-8")
    edition = "core" if lean else "all"
    return by_hand.measured(tmp_path, ["cases.csv"], NOW, edition=edition, lean=lean, own_words=own or {}, most=most)


def value(compared, indicator, court="辽0102", line="全部"):
    return compared.cell(court, line, indicator).now


# Spellings


@pytest.mark.parametrize(
    ("kind", "text", "indicator", "expected"),
    [
        ("民初", "调解结案", "civil_mediation_rate", (1, 1)),
        ("民初", "调 解", "civil_mediation_rate", (1, 1)),
        ("执", "全部执行完毕", "enforcement_completion_rate", (1, 1)),
        ("执", "终本", "enforcement_termination_rate", (1, 1)),
        ("执", "终结本次执行程序", "enforcement_termination_rate", (1, 1)),
    ],
)
@pytest.mark.parametrize("lean", [False, True])
def test_other_spellings_count_and_are_told(kind, text, indicator, expected, lean, tmp_path):
    compared, notes, unknown = measured(tmp_path, [row(1, kind, outcome=text)], lean=lean)
    assert value(compared, indicator) == expected
    assert notes["spelling"].count == 1 and text in notes["spelling"].text
    assert not unknown


@pytest.mark.parametrize(
    ("text", "word"),
    [("已上诉", "是"), ("上诉", "是"), ("有上诉", "是"), ("√", "是"), ("未上诉", "否"), ("尚未上诉", "否"), ("没有上诉", "否"),
     ("×", "否"), ("未上诉状", None), ("二审上诉", None), ("已延长", None)],
)  # fmt: skip
def test_a_flag_may_say_what_its_column_asks(text, word):
    assert values.STANDARD.read("appealed", text) == word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("部分改判", "改判"),
        ("依法改判", "改判"),
        ("撤销原判，发回重审", "发回重审"),
        ("裁定发回重审", "发回重审"),
        ("驳回上诉，维持原判", "维持"),
        ("驳回上诉、维持原判。", "维持"),
        ("准许撤诉", "撤回上诉"),
        ("准许撤回上诉", "撤回上诉"),
    ],
)
def test_what_is_said_of_appeals(text, word):
    assert values.STANDARD.read("outcome", text, "二审") == word
    assert values.STANDARD.read("second_result", text) == word


def test_the_stage_decides_what_a_withdrawal_is():
    def meant(stage):
        return values.STANDARD.read("outcome", "准许撤诉", stage)

    assert (meant("一审"), meant("二审"), meant("再审审查"), meant(None)) == (
        "撤诉",
        "撤回上诉",
        "撤回再审申请",
        "撤诉",
    )


@pytest.mark.parametrize("lean", [False, True])
def test_the_stage_of_the_case_decides_in_the_data(lean, tmp_path):
    lines = [row(1, outcome="准许撤诉"), row(2, "民终", court="辽01", outcome="准许撤诉"), row(3, outcome="撤诉")]
    (tmp_path / "cases.csv").write_text("\n".join([HEADS, *lines]) + "\n", "utf-8")
    wanted = frozenset({"outcome"}) if lean else None
    with read.read(["cases.csv"], tmp_path, tree=None, today=date(2026, 1, 1), wanted=wanted) as table:
        found = table.connection.execute("SELECT outcome::VARCHAR FROM cases ORDER BY procedure::VARCHAR, 1").fetchall()
    assert [word for (word,) in found] == ["撤诉", "撤诉", "撤回上诉"]


def test_standard_words_are_never_rewritten_and_every_form_leads_to_one():
    for column in values.COLUMNS:
        for word in values.known(column):
            for stage in (None, "一审", "二审", "再审审查", "再审", "首次执行"):
                assert values.STANDARD.read(column, word, stage) == word


def test_words_that_counts_use_are_known():
    edition = catalogue.load("all")
    for tree in edition.conditions:
        for column, literal in values.compared(tree):
            if values.table_of(column):
                assert values.STANDARD.read(column, literal.name) == literal.name, (column, literal.name)


# Unknown words


@pytest.mark.parametrize("lean", [False, True])
def test_an_unknown_word_that_could_count_leaves_no_number(lean, tmp_path):
    lines = [row(n, outcome="调解" if n % 2 else "判决") for n in range(1, 101)]
    lines += [row(200, outcome="调解（已履行）"), row(1, court="辽0103", outcome="调解"), row(2, court="辽0103")]
    compared, notes, unknown = measured(tmp_path, lines, lean=lean)
    assert unknown == {"outcome"}
    assert compared.cell("辽0102", "全部", "civil_mediation_rate").text == "未统计"
    assert compared.cell("辽0102", "民事", "civil_mediation_rate").text == "未统计"
    assert value(compared, "civil_mediation_rate", "辽0103") == (1, 2)  # another court's word is not its own
    assert value(compared, "concluded") == (101, None)  # counts that no word can touch stay
    assert notes["unknown_outcome"].count == 1 and "调解（已履行）" in notes["unknown_outcome"].text
    assert '"调解（已履行）" = "调解"' in notes["unknown_outcome"].remedy


def test_up_to_the_limit_the_number_is_printed_and_the_word_told(tmp_path):
    lines = [row(n, outcome="调解" if n <= 50 else "判决") for n in range(1, 200)] + [row(200, outcome="怪词")]
    compared, notes, _ = measured(tmp_path, lines)
    assert value(compared, "civil_mediation_rate") == (50, 200)  # 1 of 200 is 0.5%, not more
    assert notes["unknown_outcome"].count == 1
    compared, _, _ = measured(tmp_path, lines, most=0.49)
    assert value(compared, "civil_mediation_rate") == (None, None)


def test_a_total_goes_by_its_own_share(tmp_path):
    lines = [row(n) for n in range(1, 1000)]
    lines += [row(n, court="辽0103", outcome="怪词" if n == 1 else "调解") for n in range(1, 11)]
    compared, _, _ = measured(tmp_path, lines)
    assert value(compared, "civil_mediation_rate", "辽0103") == (None, None)  # 1 of 10
    assert value(compared, "civil_mediation_rate", "辽01") == (9, 1009)  # 1 of 1009


def test_known_words_that_count_in_nothing_are_no_doubt(tmp_path):
    outcomes = ["驳回起诉", "移送", "判决", "不予受理", ""]
    compared, _, unknown = measured(tmp_path, [row(n, outcome=text) for n, text in enumerate(outcomes, 1)])
    assert not unknown
    assert value(compared, "civil_mediation_rate") == (0, 5)


def test_unknown_lines_and_stages_are_what_the_number_says(tmp_path):
    lines = [row(1, outcome="调解", 条线="民商", 审理程序="头一回审")]
    compared, notes, unknown = measured(tmp_path, lines)
    assert value(compared, "civil_mediation_rate", line="民事") == (1, 1)
    assert not unknown and notes["word_by_number"].count == 1


def test_an_unknown_yes_or_no_is_neither(tmp_path):
    words = ["是", "否", "有", "没有", "待定"]
    (tmp_path / "cases.csv").write_text(
        "\n".join([HEADS, *(row(n, 是否延长=word) for n, word in enumerate(words, 1))]) + "\n", "utf-8"
    )
    with read.read(["cases.csv"], tmp_path, tree=None, today=date(2026, 1, 1)) as table:
        found = table.connection.execute("SELECT extended FROM cases ORDER BY case_no").fetchall()
        assert [word for (word,) in found] == ["是", "否", "是", "否", "待定"]
        assert table.unknown == {"extended", "deadline"}  # how long the case may take is open too


def test_counts_that_link_cases_need_no_more_than_their_columns(tmp_path):
    edition = catalogue.load("all")
    lines = [
        row(1, 结案日期="2025-07-11"),
        row(1, "民终", court="辽01", 立案日期="2025-07-21", 原审案号="(2025)辽0102民初01号"),
    ]
    (tmp_path / "cases.csv").write_text("\n".join([HEADS, *lines]) + "\n", "utf-8")
    with read.read(["cases.csv"], tmp_path, tree=None, today=date(2026, 1, 1), wanted=edition.columns) as table:
        edition = edition.resolved(table.columns)
        compared = compare(indicator_table(tally(table, edition, [NOW]), edition, [NOW]), edition, NOW, {})
    assert value(compared, "appeal_transfer_days") == (10, 1)


# A workspace's own


def test_a_workspace_adds_its_spellings(tmp_path):
    own = {"outcome": {"和息": "调解", "本院自定": "本院自定", "—": ""}}
    lines = [row(1, outcome="和息"), row(2, outcome="本院自定"), row(3, outcome="—")]
    compared, notes, unknown = measured(tmp_path, lines, own=own)
    assert value(compared, "civil_mediation_rate") == (1, 3)
    assert not unknown and "“和息”计作“调解”" in notes["spelling"].text


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"outcome": {"和息": "调觧"}}, "“调觧”不是“结案方式”的已知值"),
        ({"cause": {"离婚": "离婚纠纷"}}, "“cause”不是有已知值的列"),
        ({"outcome": {"调解": "判决"}}, "目录的条件里用了“调解”"),
    ],
)
def test_a_spelling_must_lead_to_a_known_word(own, message):
    edition = catalogue.load("all")
    with pytest.raises(ConfigError, match=message):
        values.vocabulary(edition.conditions, edition.values, own, "tongbao.toml")


def test_a_condition_with_another_spelling_counts_what_it_counted(tmp_path):
    tree = values.standard(expression.condition("结案方式 in ('终本', '本院自定')"), {"outcome": ["本院自定"]})
    assert [literal.name for _, literal in values.compared(tree)] == ["终结本次执行", "本院自定"]
    tree = values.standard(expression.condition("审理程序 = '二审' and 结案方式 <> '准许撤诉'"), {})
    assert [literal.name for _, literal in values.compared(tree)] == ["二审", "撤诉", "撤回上诉", "撤回再审申请"]


# What is undecided, against every way to read the unknown words

_ATOMS = st.sampled_from(
    [
        "结案方式 = '甲'",
        "结案方式 <> '甲'",
        "结案方式 in ('甲', '乙')",
        "适用程序 = '甲'",
        "适用程序 is not null",
        "开庭次数 > 1",
    ]
)
_CONDITIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds(lambda a, b, w: f"({a}) {w} ({b})", inner, inner, st.sampled_from(["and", "or"])),
        st.builds(lambda a: f"not ({a})", inner),
    ),
    max_leaves=4,
)
_WORD = st.sampled_from(["甲", "乙", "丙", None, "?"])


@settings(max_examples=150, deadline=None)
@given(text=_CONDITIONS, outcome=_WORD, applied=_WORD, hearings=st.sampled_from([0, 2, None]))
@example(text="(结案方式 = '甲') or (适用程序 = '甲')", outcome=None, applied="?", hearings=0)
@example(text="not ((结案方式 = '甲') and (开庭次数 > 1))", outcome="?", applied=None, hearings=None)
def test_no_case_that_an_unknown_word_could_move_is_missed(text, outcome, applied, hearings):
    import duckdb

    tree = expression.condition(text)
    asked = undecided(Count("a", "a", "concluded", "court", tree, None), {"outcome", "applied"})

    def holds(where, first, second):
        told = {"outcome": first, "applied": second, "hearings": hearings}
        cells = ", ".join(
            f"{'NULL' if v is None else repr(v)}::{'BIGINT' if n == 'hearings' else 'VARCHAR'} AS {n}"
            for n, v in told.items()
        )
        marks = f"{int(outcome == '?')} AS {COMPANION}outcome, {int(applied == '?')} AS {COMPANION}applied"
        ((found,),) = duckdb.execute(
            f"SELECT coalesce({where.sql('duckdb')}, false) FROM (SELECT {cells}, {marks})"
        ).fetchall()
        return found

    ways = {
        holds(tree, first, second)
        for first in (["甲", "乙", "别的"] if outcome == "?" else [outcome])
        for second in (["甲", "乙", "别的"] if applied == "?" else [applied])
    }
    if len(ways) > 1:
        assert asked is not None and holds(asked.where, outcome, applied)
    elif "?" not in (outcome, applied):
        assert asked is None or not holds(asked.where, outcome, applied)


# As a clerk sees it


def test_check_compare_and_bulletin_name_what_is_unknown(tongbao, tmp_path):
    lines = [row(n, outcome="调解" if n % 2 else "判决") for n in range(1, 41)]
    lines += [row(n, 结案日期="2025-09-28", outcome="案结事了") for n in range(41, 45)] + [row(n, 立案日期="2025-04-01", 结案日期="2025-05-01")
                                                           for n in range(51, 61)]  # fmt: skip
    (tmp_path / "cases.csv").write_text("\n".join([HEADS, *lines]) + "\n", "utf-8")
    config = tmp_path / "tongbao.toml"
    config.write_text('[source]\nfiles = ["cases.csv"]\n', "utf-8")
    asked = ("-w", str(tmp_path), "--period", "2025Q3", "--as-of", "2025-10-20")
    told = json.loads(tongbao("compare", *asked, "--indicator", "民事调解率", "--json").out)["comparisons"]
    for cell in told:
        assert (cell["now"]["text"], cell["now"]["value"]) == ("未统计", None)
        assert "案结事了" in cell["now"]["untold"]
    assert "未统计" in tongbao("compare", *asked, "--indicator", "民事调解率").out
    checked = tongbao("check", *asked)
    assert "“案结事了”4件" in checked.out and "[source.values]" in checked.out and "unknown_words" in checked.out
    assert tongbao("bulletin", *asked, "--format", "md").code == 0
    (text,) = [path.read_text("utf-8") for path in (tmp_path / "out").rglob("*general.md")]
    assert "| 民事调解率 | 未统计 |" in text and "“案结事了”4件" in text
    config.write_text(config.read_text("utf-8") + '[source.values]\noutcome = { "案结事了" = "调解" }\n', "utf-8")
    (cell, *_) = json.loads(tongbao("compare", *asked, "--indicator", "民事调解率", "--json").out)["comparisons"]
    assert Fraction(cell["now"]["numerator"], cell["now"]["denominator"]) == Fraction(24, 44)
