"""One case, however its number is written: which of its rows counts, and what is said of the others."""

from __future__ import annotations

import re
from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import read
from reports.courts import case_no

TODAY = date(2026, 1, 1)
PLAIN = "（2025）辽0102民初9号"
SPELLINGS = [
    "(2025)辽0102民初9号",
    "〔2025〕辽0102民初9号",
    "[2025]辽0102民初9号",
    "【2025】辽0102民初9号",
    "﹙2025﹚辽0102民初9号",
    "(2025）辽０１０２民初９号",
    " （2025） 辽0102 民初 9 号 ",
    "（2025）辽0102民初009号",
    "（2025）辽0102民初9號",
    "（2025）辽0102民初9号\u200b",
    "（2025）辽0102民初9号\u00a0",
]


def read_rows(tmp_path, *rows: tuple[str, str, str], files: int = 1, lean: bool = False):
    """Rows are (number, concluded, outcome); returns (numbers used, reasons by line, notes)."""
    names = [f"cases{place}.csv" for place in range(files)]
    for place, name in enumerate(names):
        lines = [f'"{number}",甲区人民法院,2025-07-01,{day},{outcome}' for number, day, outcome in rows[place::files]]
        heads = "案号,经办法院,立案日期,结案日期,结案方式"
        (tmp_path / name).write_text("\n".join([heads, *lines]) + "\n", "utf-8")
    wanted = frozenset({"outcome"}) if lean else None
    with read.read(names, tmp_path, tree=None, today=TODAY, wanted=wanted) as table:
        assert table.rows_in == len(rows) == table.rows_used + len(table.set_aside)
        used = table.connection.execute("SELECT concluded, outcome::VARCHAR FROM cases ORDER BY ALL").fetchall()
        aside = {(row["文件"], row["行"]): row["原因"] for row in table.set_aside.to_dict("records")}
        return used, aside, {note.id: note for note in table.notes}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_identity(spelling):
    assert case_no.identity(spelling) == case_no.identity(PLAIN) == PLAIN


@pytest.mark.parametrize("suffix", ["之一", "之二", "之十二", "之3"])
def test_a_suffix_belongs_to_its_case(suffix):
    assert case_no.identity(PLAIN + suffix) == PLAIN


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("（2025）辽0102民初10号", "（2025）辽0102民初10号"),
        ("（2025）辽0102民初9-11号", "（2025）辽0102民初9-11号"),
        ("（2025）辽0102民初9、11号", "（2025）辽0102民初9、11号"),
        ("（2015）东民一初字第0123-1号", "（2015）东民一初字第123号"),
        ("（2015）东民一初字第5-3号", "（2015）东民一初字第5号"),
        ("（2025）辽0102破ａ1号", "（2025）辽0102破A1号"),
        ("见卷宗", "见卷宗"),
    ],
)
def test_what_is_another_case_and_what_is_none(text, identity):
    assert case_no.identity(text) == identity


_PIECES = st.sampled_from(
    [
        *"（）()〔〕[]【】0123456789０９ab号之一二、-－至 \t\r\n\x1f\u200b\u3000",
        "辽0102",
        "民初",
        "字第",
        "2025",
        "号之一",
        "ＡＢ",
    ]
)


_TEXTS = st.lists(_PIECES, max_size=12).map("".join) | st.builds(lambda a, b: a + PLAIN + b, _PIECES, _PIECES)


@settings(max_examples=15, deadline=None)  # twenty texts a time: to plan the statement takes longer than to run it
@given(st.lists(_TEXTS, min_size=20, max_size=20))
def test_python_and_sql_agree_on_identity(texts):
    found = duckdb.execute(
        f"SELECT t, {case_no.identity_sql('t')}, {case_no.head_sql('t')} FROM (SELECT unnest(?::VARCHAR[]) AS t)",
        [texts],
    ).fetchall()
    assert [text for text, _, _ in found] == texts
    for text, identity, head in found:
        assert identity == case_no.identity(text)
        assert head == case_no.head(text)
    steps = case_no.odd_steps("t", "t LIKE '%'", "odd", "(SELECT unnest(?::VARCHAR[]) AS t)")
    by_steps = duckdb.execute(f"SELECT t, odd, {case_no.clean_head_sql('t')} FROM ({steps})", [texts]).fetchall()
    for text, odd, head in by_steps:
        assert odd == case_no.identity(text)
        assert not head or (head, text) == (case_no.head(text), case_no.identity(text))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SPELLINGS), st.sampled_from(["", "之一", "之十"]))
def test_identity_is_settled_at_once(spelling, suffix):
    once = case_no.identity(spelling.strip() + suffix)
    assert case_no.identity(once) == once


# Which row counts


@pytest.mark.parametrize("lean", [False, True])
@pytest.mark.parametrize("first", [True, False])
def test_the_later_state_of_a_case_counts(first, lean, tmp_path):
    rows = [("(2025)辽0102民初09号", "", ""), (PLAIN, "2025-08-01", "判决")]
    used, aside, _ = read_rows(tmp_path, *(rows if first else rows[::-1]), lean=lean)
    assert used == [(date(2025, 8, 1), "判决")]
    line, other = (2, 3) if first else (3, 2)
    assert aside == {("cases0.csv", line): f"同一案件的较早状态：采用第{other}行"}


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_however_many_numbers_are_compared_at_once(at_once, tmp_path, monkeypatch):
    monkeypatch.setattr("reports.read.cases.AT_ONCE", at_once)
    rows = [(PLAIN.replace("9", str(n)), f"2025-08-{n:02}", "判决") for n in (1, 2, 3, 2, 1, 4)]
    used, aside, _ = read_rows(tmp_path, *rows)
    assert [day.day for day, _ in used] == [1, 2, 3, 4]
    assert aside == {("cases0.csv", 5): "案号重复", ("cases0.csv", 6): "案号重复"}


@pytest.mark.parametrize("lean", [False, True])
def test_numbers_that_share_a_hash_are_not_one_case(lean, tmp_path, monkeypatch):
    monkeypatch.setattr("reports.read.values.key", lambda text: f"(length({text}) * 0)::UBIGINT")
    used, aside, _ = read_rows(tmp_path, *[(PLAIN.replace("9", n), "2025-08-01", "判决") for n in "1213"], lean=lean)
    assert len(used) == 3
    assert aside == {("cases0.csv", 4): "案号重复"}


@pytest.mark.parametrize("dirt", [" {}", "{}\u3000", "'{}", '=""{}""'])
def test_words_that_every_row_writes_with_dirt_are_cleaned(dirt, tmp_path):
    rows = [(PLAIN.replace("9", str(n)), "2025-08-01", dirt.format("判决")) for n in range(1, 4)]
    lines = [
        f'"{number}","{dirt.format("甲区人民法院")}",2025-07-01,{day},"{outcome}"' for number, day, outcome in rows
    ]
    (tmp_path / "c.csv").write_text("\n".join(["案号,经办法院,立案日期,结案日期,结案方式", *lines, ""]), "utf-8")
    with read.read(["c.csv"], tmp_path, tree=None, today=TODAY) as table:
        found = table.connection.execute("SELECT court, outcome, _line FROM cases ORDER BY _line").fetchall()
    assert found == [("辽0102", "判决", line) for line in (2, 3, 4)]


def test_of_two_conclusions_the_later_counts_and_its_file_is_named(tmp_path):
    used, aside, _ = read_rows(tmp_path, (PLAIN, "2025-08-01", "判决"), (PLAIN, "2025-09-01", "调解"), files=2)
    assert used == [(date(2025, 9, 1), "调解")]
    assert aside == {("cases0.csv", 2): "同一案件的较早状态：采用cases1.csv第2行"}


def test_the_same_day_with_another_outcome_is_set_aside_with_both_places(tmp_path):
    used, aside, _ = read_rows(tmp_path, (PLAIN, "2025-08-01", "判决"), (PLAIN, "2025-08-01", "调解"))
    assert used == []
    told = "同一案号同日结案而结案方式不同：cases0.csv第2行“判决”、cases0.csv第3行“调解”"
    assert aside == {("cases0.csv", 2): told, ("cases0.csv", 3): told}


def test_two_spellings_of_one_outcome_are_no_contradiction(tmp_path):
    used, aside, _ = read_rows(tmp_path, (PLAIN, "2025-08-01", "终本"), (PLAIN, "2025-08-01", "终结本次执行程序"))
    assert used == [(date(2025, 8, 1), "终结本次执行")]
    assert aside == {("cases0.csv", 3): "案号重复"}


def test_an_earlier_contradiction_does_not_matter(tmp_path):
    rows = [(PLAIN, "2025-08-01", "判决"), (PLAIN, "2025-08-01", "调解"), (PLAIN, "2025-08-05", "撤诉")]
    used, aside, _ = read_rows(tmp_path, *rows)
    assert used == [(date(2025, 8, 5), "撤诉")]
    assert set(aside.values()) == {"同一案件的较早状态：采用第4行"}


@pytest.mark.parametrize("lean", [False, True])
def test_numbers_with_a_suffix_are_no_further_cases(lean, tmp_path):
    rows = [
        (f"{PLAIN}之一", "2025-08-20", "裁定"),
        (PLAIN, "2025-08-10", "判决"),
        (f"{PLAIN}之二", "2025-08-25", "裁定"),
    ]
    used, aside, _ = read_rows(tmp_path, *rows, lean=lean)
    assert used == [(date(2025, 8, 10), "判决")]
    assert set(aside.values()) == {"之一、之二等属于同一案件：采用第3行"}


def test_a_suffix_without_its_case_stands_for_it(tmp_path):
    used, _, _ = read_rows(tmp_path, (f"{PLAIN}之一", "2025-08-20", "裁定"), (f"{PLAIN}之二", "2025-08-25", "终结"))
    assert used == [(date(2025, 8, 25), "终结")]


def test_a_row_for_several_numbers_is_one_case_and_told(tmp_path):
    used, aside, notes = read_rows(tmp_path, ("（2025）辽0102民初21-23号", "2025-08-20", "判决"), (PLAIN, "", ""))
    assert len(used) == 2 and not aside
    assert notes["merged_number"].count == 1


def test_texts_that_are_no_numbers_are_not_one_case(tmp_path):
    used, aside, _ = read_rows(tmp_path, ("案号待补", "2025-08-20", "判决"), ("案号待补", "2025-08-20", "判决"))
    assert len(used) == 2 and not aside


def test_earlier_states_are_no_faults_for_the_gate(tongbao, tmp_path):
    lines = ["案号,经办法院,立案日期,结案日期,结案方式"]
    for number in range(1, 21):
        lines += [f"（2025）辽0102民初{number}号,甲区人民法院,2025-07-01,,"]
        lines += [f"（2025）辽0102民初{number}号,甲区人民法院,2025-07-01,2025-09-29,判决"]
    (tmp_path / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (tmp_path / "tongbao.toml").write_text('[source]\nfiles = ["cases.csv"]\n', "utf-8")
    checked = tongbao("check", "-w", str(tmp_path), "--period", "2025Q3", "--as-of", "2025-10-20")
    assert checked.code == 0 and re.search(r"同一案件的较早状态 +20 .*不需处理", checked.out)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_case_appealed_from_is_found_by_any_spelling(spelling, tmp_path):
    (tmp_path / "cases.csv").write_text(
        "案号,经办法院,立案日期,结案日期,原审案号\n"
        f"{PLAIN},甲区人民法院,2025-01-01,2025-03-01,\n"
        f'（2025）辽01民终1号,某市中级人民法院,2025-04-01,,"{spelling}"\n',
        "utf-8",
    )
    with read.read(["cases.csv"], tmp_path, tree=None, today=TODAY) as table:
        rows = table.connection.execute("SELECT origin_concluded FROM cases WHERE procedure = '二审'").fetchall()
    assert rows == [(date(2025, 3, 1),)]
