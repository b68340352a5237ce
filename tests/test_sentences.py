"""Sentences about findings: written in one place, which a court may change for all outputs at once."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from said import SENTENCES, TEMPLATES, evidence

from reports.model import Comparison
from reports.sentences.check import EXAMPLES, mistakes
from reports.sentences.clauses import (
    BeyondInterval,
    BeyondPeers,
    Changes,
    Clause,
    Evidence,
    OwnHistory,
    Run,
    Share,
    Split,
)
from reports.sentences.macros import Sentences, sentences_of
from reports.words import Measure

RATE = Measure("proportion", "%", 2)


def every(clauses) -> list[Clause]:
    """Clauses and those that they are made of."""
    found = []
    for one in clauses:
        if isinstance(one, Clause):
            parts = [part for value in one.values().values() if isinstance(value, tuple) for part in value]
            found += [one, *every(parts)]
    return found


def own(tmp_path: Path, text: str, name: str = "finding.j2") -> list[Path]:
    """Template folders of a court with one file of its own."""
    (tmp_path / "sentences").mkdir(exist_ok=True)
    (tmp_path / "sentences" / name).write_text(text, "utf-8")
    return [tmp_path, TEMPLATES]


def test_every_kind_of_clause_has_an_example_and_one_macro():
    assert {type(one) for one in every(EXAMPLES)} == set(Clause.__subclasses__())
    macros = {
        (path.name.removesuffix(".j2"), name)
        for path in (TEMPLATES / "sentences").iterdir()
        for name in re.findall(r"\{% macro (\w+)\(", path.read_text("utf-8"))
    }
    plain = {name for file, name in macros if file == "plain"}
    full = {one for one in macros if one[0] != "plain"}
    assert full == {one.macro for one in Clause.__subclasses__()}
    assert plain <= {name for _, name in full}
    assert mistakes([TEMPLATES / "sentences", TEMPLATES]) == mistakes([TEMPLATES, TEMPLATES]) == []


def test_macros_get_plain_values_only():
    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(map(plain, value.values()))
        return value is None or type(value) in (str, int, bool)

    for one in every(EXAMPLES):
        for value in one.values().values():
            parts = value if isinstance(value, (list, tuple)) else [value]
            assert all(isinstance(part, Clause) or plain(part) for part in parts), one


def test_evidence_is_kept_between_runs():
    for one in every(EXAMPLES):
        assert SENTENCES.of(pickle.loads(pickle.dumps(one))) == SENTENCES.of(one)


def test_a_sentence_word_by_word():
    cell = Comparison("C", "全部", "rate", RATE, (120, 1040), (100, 1000), (117, 1014))
    clauses = (
        OwnHistory(RATE, 0.051, 0.0644, 11, 1, "季度", "全省同级法院", None, 0),
        BeyondPeers(RATE, 0.052, 0.098),
        Changes(cell),
    )
    one = evidence("甲法院", "上诉率", (120, 1040), *clauses)
    assert SENTENCES.of(one) == (
        "甲法院上诉率为11.54%（120/1040），按该院此前11个季度的水平和全省同级法院同期变动推算为6.44%，"
        "实际高5.10个百分点；该院同等案件量的99.8%参考范围为5.20%—9.80%，本期超出；"
        "环比上升1.54个百分点，与去年同期持平。"
    )


def test_leaders_are_told_the_same_without_its_statistics():
    cell = Comparison("C", "全部", "rate", RATE, (120, 1040), (100, 1000), (117, 1014))
    clauses = (
        BeyondInterval(RATE, 0.1154, 8.0, 10.0, True, 16, (0.105, 0.138), True, True, "季度"),
        OwnHistory(RATE, 0.051, 0.0644, 11, 1, "季度", "全省同级法院", None, 0),
        BeyondPeers(RATE, 0.052, 0.098),
        Changes(cell),
    )
    plain = Sentences([TEMPLATES], plain=True)
    assert plain.of(Evidence("甲法院", "上诉率", cell, clauses)) == (
        "甲法院上诉率为11.54%（1040件中120件），环比上升1.54个百分点，与去年同期持平，"
        "高于区间上限1.54个百分点，上季度也在区间之外。"
    )
    share = Share(RATE, "民事", Fraction(3, 200), False, ((30, 1000), (48, 1000)))
    split = Split(RATE, "条线", "去年同期", (share,), Fraction(0), None, 1)
    assert plain.of(split) == "同比变动主要是民事由3.00%升至4.80%。"
    little = replace(share, name="刑事", change=Fraction(3, 900))  # less than a quarter of the first
    assert plain.of(replace(split, parts=(little, share))) == "同比变动主要是民事由3.00%升至4.80%。"
    more = replace(little, change=Fraction(3, 800))
    assert plain.of(replace(split, parts=(more, little, share))) == (
        "同比变动主要是刑事由3.00%升至4.80%、民事由3.00%升至4.80%。"  # the largest two, in the order of the lines
    )
    counted = replace(share, counted=True)
    assert plain.of(replace(split, parts=(counted,))) == "同比变动主要是民事由30件增至48件。"
    mixed = replace(share, sides=((48, 1000), (30, 1000)))
    assert plain.of(replace(split, parts=(mixed,))) == "同比变动主要是民事案件占比变化。"
    assert plain.of(replace(split, parts=(share, replace(mixed, change=Fraction(2, 200))))) == (
        "同比变动主要是民事由3.00%升至4.80%。"  # a second part without figures of its own says nothing
    )
    ratio = Measure("ratio", "", 2)
    added = replace(share, measure=ratio, name="执行", sides=((155, 0), (304, 0)))
    assert plain.of(replace(split, measure=ratio, parts=(added,))) == "同比变动主要是执行由155件增至304件。"


def test_a_court_s_own_words_go_before_our_plain_ones(tmp_path):
    folders = own(tmp_path, "{% macro beyond_peers(high) %}超过{{ high }}{% endmacro %}")
    assert Sentences(folders, plain=True).of(BeyondPeers(RATE, 0.052, 0.098)) == "超过9.80%"
    own(tmp_path, "{% macro beyond_peers() %}高于同级{% endmacro %}", "plain.j2")
    assert Sentences(folders, plain=True).of(BeyondPeers(RATE, 0.052, 0.098)) == "高于同级"
    assert Sentences(folders).of(BeyondPeers(RATE, 0.052, 0.098)) == "超过9.80%"


def test_a_court_s_file_may_have_one_macro_alone(tmp_path):
    folders = own(tmp_path, "{% macro beyond_peers(high) %}\n  超过同级法院上限\n  {{ high }}\n{% endmacro %}\n")
    assert Sentences(folders).of(BeyondPeers(RATE, 0.052, 0.098)) == "超过同级法院上限9.80%"
    run = Run("side", True, 7, "季度", 20, False)
    assert Sentences(folders).of(run) == SENTENCES.of(run)


def test_a_changed_file_is_read_again_and_one_left_alone_is_not(tmp_path):
    one = BeyondPeers(RATE, 0.052, 0.098)
    folders = own(tmp_path, "{% macro beyond_peers(high) %}甲{{ high }}{% endmacro %}")
    first = sentences_of(folders)
    assert first.of(one) == "甲9.80%" and sentences_of(folders) is first
    own(tmp_path, "{% macro beyond_peers(high) %}乙乙{{ high }}{% endmacro %}")
    assert sentences_of(folders).of(one) == "乙乙9.80%"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\n{% macro beyond_peers(hihg) %}{% endmacro %}", 2, "没有“hihg”这一项，是否为“high”"),
        ("{% macro beyond_peers(high) %}\n{{ hgih }}\n{% endmacro %}", 2, "没有“hgih”这一项，是否为“high”"),
        (
            "\n\n{% macro beyond_peer(high) %}{{ high }}{% endmacro %}",
            3,
            "没有“beyond_peer”这一句，是否为“beyond_peers”",
        ),
        ("{% macro beyond_peers(high) %}\n{% fi high %}{% endmacro %}", 2, "写法有误"),
        ("{% macro finding(single) %}\n\n{{ single.nmae }}{% endmacro %}", 3, "nmae"),
        ("{% macro run(points) %}\n{{ points + '甲' }}{% endmacro %}", 2, "写法有误"),
        ("{% macro run(pattern) %}\n{{ pattern.__class__.__mro__ }}{% endmacro %}", 2, "不允许"),
        ("\n{{ nothing }}{% macro run(pattern) %}{% endmacro %}", 2, "'nothing' is undefined"),
    ],
)
def test_a_mistake_in_a_sentence_is_told_with_its_file_and_line(tmp_path, text, line, said):
    (wrong, *_) = mistakes(own(tmp_path, text))
    assert f"{tmp_path / 'sentences' / 'finding.j2'}，第{line}行" in wrong
    assert said in wrong


def test_a_file_that_nothing_is_written_by_is_told_and_one_that_is_imported_is_not(tmp_path):
    folders = own(tmp_path, "{% macro x() %}{% endmacro %}", "findings.j2")
    (wrong,) = mistakes(folders)
    assert "findings.j2：没有这个语句模板，是否为“finding.j2”" in wrong
    own(
        tmp_path,
        '{% import "sentences/findings.j2" as our %}{% macro recurred() %}{{ our.x() }}{% endmacro %}',
        "course.j2",
    )
    assert mistakes(folders) == []


def test_template_check_names_a_mistake_in_a_sentence(tmp_path, tongbao):
    (tmp_path / "tongbao.toml").write_text('[court]\ncode = "辽"\n', "utf-8")
    path = Path(tongbao("template", "eject", "sentences/finding.j2", "-w", tmp_path).out.strip())
    text = path.read_text("utf-8").replace("{{ high }}，本期超出", "{{ hgih }}，本期超出")
    path.write_text(text, "utf-8")
    result = tongbao("template", "check", "-w", tmp_path)
    assert result.code == 2
    line = text[: text.index("hgih")].count("\n") + 1
    assert f"{path}，第{line}行：没有“hgih”这一项，是否为“high”" in result.err.replace("\n", "")
