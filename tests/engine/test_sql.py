"""The SQL that goes to engines, dialect by dialect, and the portable plan against the reader of files.

After a change that is meant: `GOLD=write pytest tests/engine/test_sql.py`, and read what changed.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlglot
from by_hand import COURTS, TODAY, _periods, write_csv

from reports import catalogue, read
from reports.catalogue.columns import BY_ID, BY_NAME
from reports.courts import case_no, court_table
from reports.courts.units import Unit, UnitTable
from reports.errors import ConfigError, InputError
from reports.pipeline.sources import engine_columns, reasons
from reports.read import dialect as dialects
from reports.read.database import Database
from reports.read.engine import Remote, make_plan, read_engine, script
from reports.read.engine.engines import Pep249
from reports.read.engine.plan import CASES, Plan
from reports.read.engine.words import DUCKDB, WORDS
from reports.read.units import named
from reports.tally import counting_sql, tally

GOLD = Path(__file__).parent / "gold"
SHOWN = ("filed", "within_limit", "over12_share", "first_reversal_rate", "mean_days", "exec_recovery")
HELD = {  # the relation of the golden statements: some columns typed, some as text
    "案号": "text",
    "经办法院": "text",
    "立案日期": "date",
    "结案日期": "text",
    "结案方式": "text",
    "应结案日期": "date",
    "是否延长": "text",
    "扣除天数": "text",
    "原审案号": "text",
    "申请执行金额": "decimal",
    "到位金额": "text",
    "当事人": "text",
}


def small_catalogue():
    whole = catalogue.load()
    return replace(whole, indicators={k: v for k, v in whole.indicators.items() if k in SHOWN}, context=())


@pytest.mark.parametrize("dialect", sorted(WORDS))
def test_every_statement_word_for_word(dialect):
    edition = small_catalogue()
    chosen = dialects.load("chinese")
    plan = Plan(WORDS[dialect], "anjian", HELD, chosen.match(tuple(HELD)), chosen, edition.columns, TODAY, order=None)
    periods, unknown = _periods("2025Q3", "2025Q2"), frozenset(plan.companions)
    text = script(plan, counting_sql(edition, plan.columns, unknown, periods, CASES, dialect)) + "\n"
    path = GOLD / f"{dialect}.sql"
    if os.environ.get("GOLD") == "write":
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()  # it holds control characters, which stand for themselves
    assert len(sqlglot.parse(text, read=dialect)) == 7
    assert "当事人" not in text  # what is not counted is not touched


def engine_of(file: Path, *, typed: bool, tmp: Path) -> Pep249:
    """A plain database that holds a file, with the number of each line in the column 序号."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    source = f"read_csv('{file}', all_varchar = {str(not typed).lower()}, header = true, nullstr = '')"
    connection.execute(f"CREATE TABLE anjian AS SELECT *, row_number() OVER () + 1 AS 序号 FROM {source}")
    return Pep249(DUCKDB, connection, "test")


def both(file: Path, engine: Pep249, courts: str, order: str | None = "序号", **options):
    """(by the reader of files, by the engine): tally, and everything that is said about the rows."""
    edition = catalogue.load()
    (file.parent / "courts.csv").write_text(courts, "utf-8")
    tree = court_table.load(file.parent / "courts.csv")
    wanted = engine_columns(edition)
    remote = Remote("duckdb", Database("", "", file.parent), "anjian", order=order)
    without = options.get("without", ())
    found = []
    for cases in (
        read.read([file.name], file.parent, tree=tree, today=TODAY, **options),
        read_engine(remote, file.parent, tree=tree, today=TODAY, wanted=wanted, without=without, engine=engine),
    ):
        with cases as table:
            counted = tally(table, edition, _periods(*options.get("periods", ("2026Q3", "2025Q2"))))
            # An engine has no lines to name.
            notes = [replace(note, text=re.sub("无法识别（.*）$", "无法识别", note.text)) for note in table.notes]
            said = (table.rows_in, table.rows_used, dict(reasons(table)), notes, table.unknown, table.first, table.last,
                    table.without, table.courts)  # fmt: skip
            aside = table.set_aside.drop(columns="文件").reset_index(drop=True)
            # The row that is used instead stands in the same list.
            aside["原因"] = aside["原因"].str.replace("：采用第[0-9]+行$", "", regex=True)
            found.append((counted, said, aside))
    return found


DIRTY = """案号,经办法院,立案日期,结案日期,结案方式,应结案日期,是否延长,扣除天数,原审案号,申请执行金额,到位金额,开庭次数,适用程序,案由
（2025）辽0102民初1号,天枢市城东区人民法院,2025-05-06,2025-07-15,调解,2025-11-06,否,,,,,1,简易程序,离婚纠纷
(2025)辽0102民初2号,城东区法院,2025/7/1,2025.09.30,判决,,是,3,,,,2,,买卖合同纠纷
（2025）辽0102民初2号,辽0102,2025年7月1日,20250930,判决,,是,3,,,,2,,买卖合同纠纷
（2025）辽0102民初１０号 ,天枢市城东区人民法院,2025-07-31 09:05:01,2025-12-01 23:59,判决,,,,,,,,,
（2025）辽0103刑初1号,天枢市城西区人民法院,2025-08-31,2025-09-20,判决,,,,,,,,,盗窃罪
（2025）辽0103刑初2号,天枢市城西区人民法院,2025-02-27,2025-09-20,判决,,是,,,,,,,盗窃罪
（2025）辽0103刑初3号,天枢市城西区人民法院,2025-02-28,,,,,10,,,,,,盗窃罪
（2025）辽0103执1号,天枢市城西区人民法院,2025-04-01,2025-07-31,执行完毕,2031-01-01,,,,"10,000.50",2000,,,
（2025）辽0103执2号,天枢市城西区人民法院,2025-04-01,2025-07-31,终结本次执行程序,1900-01-01,,,,12.345,1.005,,,
（2025）辽0103执3号,天枢市城西区人民法院,2025-04-01,2025-07-31,执行完毕,,,,,很多,２０,,,
（2025）辽01民终1号,天枢市中级人民法院,2025-07-20,2025-08-30,改判,,,,（2025）辽0102民初1号,,,,,离婚纠纷
（2025）辽01民终2号,天枢市中级人民法院,2025-07-20,2025-08-30,发回重审,,,,(2025)辽0102民初2号,,,,,离婚纠纷
（2025）辽01民终3号,天枢市中级人民法院,2025-06-20,2025-06-10,维持,,,,（2025）辽9999民初7号,,,,,
（2014）民一终字第174号,天枢市中级人民法院,2025-06-20,2025-06-30,维持,,,,,,,,,
无号,天枢市城东区人民法院,2025-06-20,2025-06-30,判决,,,,,,,,,
,天枢市城东区人民法院,2025-06-20,2025-06-30,判决,,,,,,,,,
（2025）辽0102民初3号,,2025-06-20,2025-06-30,判决,,,,,,,,,
（2025）辽0102民初4号,某地法院,2025-06-20,2025-06-30,判决,,,,,,,,,
（2025）辽0102民初5号,天枢市城东区人民法院,2025-02-30,2025-06-30,判决,,,,,,,,,
（2025）辽0102民初6号,天枢市城东区人民法院,2025-06-20,6月30日,判决,,,,,,,,,
（2025）辽0102民初7号,天枢市城东区人民法院,,,判决,,,,,,,,,
（2025）辽0102民初8号,天枢市城东区人民法院,2027-01-01,,判决,,,,,,,,,
（2025）辽0102民初9号,天枢市城东区人民法院,,2025-06-30,判决,不详,YES,三天,,,,1.6,,
（2025）辽0102民初1号,天枢市城东区人民法院,2025-05-06,2025-07-16,撤诉,2025-11-06,否,,,,,1,简易程序,离婚纠纷
"""


def test_text_columns_with_every_kind_of_dirt(tmp_path):
    file = tmp_path / "cases.csv"
    file.write_text(DIRTY, "utf-8")
    (a, said_a, aside_a), (b, said_b, aside_b) = both(file, engine_of(file, typed=False, tmp=tmp_path), COURTS)
    assert said_b == said_a
    assert a.missing == b.missing
    pd.testing.assert_frame_equal(a.frame, b.frame)
    pd.testing.assert_frame_equal(aside_a, aside_b, check_dtype=False)


def test_units_and_words_that_are_people_are_masked_in_an_engine(tmp_path):
    file = tmp_path / "cases.csv"
    depts = ["原告冉启明", "原告冉小明", "民一庭"]
    lines = [
        f"（2025）辽0102民初{n}号,辽0102,2025-07-01,2025-08-01,被告丘处机,{dept}" for n, dept in enumerate(depts, 1)
    ]
    file.write_text("\n".join(["案号,经办法院,立案日期,结案日期,结案方式,承办部门", *lines]) + "\n", "utf-8")
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    remote = Remote("duckdb", Database("", "", tmp_path), "anjian")
    with read_engine(
        remote, tmp_path, tree=court_table.load(tmp_path / "courts.csv"), today=TODAY,
        wanted=engine_columns(catalogue.load()), engine=engine_of(file, typed=False, tmp=tmp_path),
    ) as table:  # fmt: skip
        assert {dept for _, dept, _ in named(table)} == {"原告冉某", "原告冉某（2）", "民一庭"}
        notes = {note.id: note for note in table.notes}
    assert notes["people_dept"].count == 2 and notes["people_outcome"].count == 3
    assert "“被告丘某”3件" in notes["unknown_outcome"].text


def test_courts_that_are_left_out_are_so_in_an_engine(tmp_path):
    file = tmp_path / "cases.csv"
    file.write_text(DIRTY, "utf-8")
    (a, said_a, _), (b, said_b, _) = both(
        file, engine_of(file, typed=False, tmp=tmp_path), COURTS, without=["天枢市城东区人民法院"]
    )
    assert said_b == said_a
    pd.testing.assert_frame_equal(a.frame, b.frame)
    ((left,), courts) = said_b[-2:]
    assert (left.code, left.name, left.above, left.last) == (
        "辽0102",
        "天枢市城东区法院",
        ("辽01", "辽"),
        date(2025, 12, 1),
    )
    assert courts == {"辽01", "辽0103"}
    theirs = ",(天枢市城东区人民法院|城东区法院|辽0102|某地法院),"  # the last is no court, its number is theirs
    kept = [line for line in DIRTY.splitlines() if not re.search(theirs, line)]
    file.write_text("\n".join(kept) + "\n", "utf-8")
    (c, said_c, _), _ = both(file, engine_of(file, typed=False, tmp=tmp_path), COURTS)
    assert said_c[0] == said_b[0] == len(DIRTY.splitlines()) - 1 - left.rows
    pd.testing.assert_frame_equal(b.frame, c.frame)


def test_typed_columns_of_the_demo_province(province, tmp_path):
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE anjian AS SELECT * EXCLUDE file_row_number, file_row_number + 1 AS 序号 "
        f"FROM read_parquet('{province / 'cases.parquet'}', file_row_number = true)"
    )
    file = tmp_path / "cases.parquet"
    file.write_bytes((province / "cases.parquet").read_bytes())
    courts = (province / "courts.csv").read_text("utf-8-sig")
    (a, said_a, aside_a), (b, said_b, aside_b) = both(file, Pep249(DUCKDB, connection, "test"), courts)
    assert said_b == said_a
    pd.testing.assert_frame_equal(a.frame, b.frame)
    pd.testing.assert_frame_equal(aside_a, aside_b, check_dtype=False)


def test_without_an_order_the_earlier_and_fuller_row_is_used(tmp_path):
    """Of rows with one number: by the columns as they are read, empty values last."""
    rows = [
        "案号,经办法院,立案日期,结案日期,结案方式",
        "（2025）辽0102民初1号,天枢市城东区人民法院,2025-05-06,,",
        "（2025）辽0102民初1号,天枢市城东区人民法院,2025-05-06,2025-07-16,撤诉",
    ]
    file = tmp_path / "cases.csv"
    file.write_text("\n".join(rows) + "\n", "utf-8")
    for lines in (rows, [rows[0], rows[2], rows[1]]):
        file.write_text("\n".join(lines) + "\n", "utf-8")
        _, (counted, *_) = both(file, engine_of(file, typed=False, tmp=tmp_path), COURTS, order=None)
        assert counted.frame.loc[("辽0102", "民事", "2025Q3"), "concluded_dated"] == 1


@pytest.mark.parametrize(
    "relation",
    [
        "anjian; DROP TABLE anjian",
        "anjian a",
        "anjian, other",
        "(SELECT 1)",
        "read_csv('/etc/passwd')",
        "",
        "a WHERE 1",
    ],
)
def test_only_the_name_of_a_relation_is_taken(tmp_path, relation):
    engine = Pep249(DUCKDB, duckdb.connect(), "test")
    remote = Remote("duckdb", Database("", "", tmp_path), relation)
    with pytest.raises(ConfigError, match="不是表名"):
        make_plan(remote, engine, tmp_path, "chinese", {}, TODAY, frozenset())


def test_missing_columns_and_no_rows_are_said(tmp_path):
    connection = duckdb.connect()
    connection.execute("CREATE TABLE anjian (案号 VARCHAR, 经办法院 VARCHAR)")
    remote = Remote("duckdb", Database("", "", tmp_path), "anjian")
    with pytest.raises(InputError, match="缺少必需的列：立案日期、结案日期"):
        make_plan(remote, Pep249(DUCKDB, connection, "test"), tmp_path, "chinese", {}, TODAY, frozenset())
    connection.execute("ALTER TABLE anjian ADD COLUMN 立案日期 DATE")
    connection.execute("ALTER TABLE anjian ADD COLUMN 结案日期 DATE")
    engine = Pep249(DUCKDB, connection, "test")
    with (
        pytest.raises(InputError, match="没有一行"),
        read_engine(remote, tmp_path, tree=None, today=TODAY, wanted=frozenset(), engine=engine),
    ):
        pass


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('kind = "postgresql"\nrelation = "a"', "没有写 url"),
        ('kind = "postgresql"\nurl = "postgresql://h/d"', "没有写 relation"),
        ('kind = "postgresql"\nurl = "postgresql://u:geheim@h/d"\nrelation = "a"', "不能写密码"),
        ('kind = "mongodb"', "不在可用的值之内"),
    ],
)
def test_mistakes_in_the_engine_table(tmp_path, tongbao, lines, told):
    (tmp_path / "tongbao.toml").write_text(f"[engine]\n{lines}\n", "utf-8")
    result = tongbao("indicators", "-w", tmp_path, "--period", "2025Q3", "--as-of", "2025-10-20")
    assert result.code == 2
    assert told in result.err
    assert "geheim" not in result.err


def test_files_and_an_engine_are_one_too_many(tmp_path, tongbao):
    text = '[source]\nfiles = ["a.csv"]\n[engine]\nkind = "spark"\nrelation = "a"\n'
    (tmp_path / "tongbao.toml").write_text(text, "utf-8")
    result = tongbao("indicators", "-w", tmp_path, "--period", "2025Q3", "--as-of", "2025-10-20")
    assert result.code == 2
    assert "只能有一个来源" in result.err


def test_the_statement_of_the_embedded_engine_is_printed(workspace, tongbao):
    result = tongbao("indicators", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20", "--show-sql")
    assert result.code == 0, result.err
    (tree,) = sqlglot.parse(result.out, read="duckdb")
    assert {"m_filed", "m_pending"} <= {item.alias_or_name for item in tree.expressions}


def test_what_the_plan_replaces_is_what_the_case_numbers_need():
    replaced, spelt, deleted = case_no.CHARACTERS
    assert len(replaced) == len(spelt)
    text = replaced + deleted
    assert case_no.normalise(text) == spelt
    assert BY_NAME["案号"] is BY_ID["case_no"]


def test_an_engine_counts_by_departments_as_files_do(tmp_path):
    """Also appeals, in the department that had the case, and cases of no department."""
    rows = [
        ("（2025）辽0102民初1号", "辽0102", "民一庭", "甲组", "2025-07-01", "2025-08-01", "判决", ""),
        ("（2025）辽0102民初2号", "辽0102", " 民二庭", "", "2025-07-01", "2025-08-01", "判决", ""),
        ("（2025）辽0102民初3号", "辽0102", "", "", "2025-07-01", "", "", ""),
        ("（2025）辽01民终1号", "辽01", "民三庭", "", "2025-08-20", "2025-09-01", "改判", "（2025）辽0102民初1号"),
        ("（2025）辽01民终2号", "辽01", "民三庭", "", "2025-08-20", "2025-09-01", "改判", "（2025）辽0102民初9号"),
    ]
    heads = ("案号", "经办法院", "承办部门", "承办团队", "立案日期", "结案日期", "结案方式", "原审案号")
    file = write_csv(tmp_path / "cases.csv", [dict(zip(heads, row, strict=True)) for row in rows])
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    tree, edition = court_table.load(tmp_path / "courts.csv"), catalogue.load()
    wanted = engine_columns(edition) | read.NEEDED
    remote = Remote("duckdb", Database("", "", tmp_path), "anjian", order="序号")
    engine = engine_of(file, typed=False, tmp=tmp_path)
    known = UnitTable((Unit("辽0102", "民二庭"), Unit("辽0102", "民一庭")))
    found = []
    for cases in (
        read.read([file.name], tmp_path, tree=tree, today=TODAY),
        read_engine(remote, tmp_path, tree=tree, today=TODAY, wanted=wanted, engine=engine),
    ):
        with cases as table:
            divided = read.divided(table, known, "team", table.counted)
            found.append((divided.tree.units, tally(divided, edition, _periods("2025Q3", "2025Q2"))))
    (files_units, in_files), (engine_units, in_engine) = found
    assert files_units == engine_units
    assert [unit.code for unit in files_units if unit.code.startswith("辽0102")] == [
        "辽0102/民二庭", "辽0102/民一庭", "辽0102/民一庭/甲组", "辽0102/未填部门",
    ]  # fmt: skip
    pd.testing.assert_frame_equal(in_files.frame, in_engine.frame)
    assert in_files.frame.loc[("辽0102/民一庭/甲组", "全部", "2025Q3"), "first_reversed"] == 1
