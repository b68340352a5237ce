"""Which column is which: shipped dialects, and proposals for files nobody knows."""

from __future__ import annotations

import json
import tomllib

import pytest
from by_hand import COURTS, TODAY
from sources import rows_by_hand, write_text, write_xlsx

from reports import read
from reports.catalogue.columns import BY_ID
from reports.courts import court_table
from reports.errors import ConfigError
from reports.read import dialect as dialects
from reports.read.propose import masked, propose

PINYIN = {"案号": "AH", "经办法院": "FYMC", "案由": "AY", "立案日期": "LARQ", "结案日期": "JARQ"} | {
    "结案方式": "JAFS",
    "应结案日期": "YJARQ",
    "原审案号": "YSAH",
}


def renamed(names):
    header, *rows = rows_by_hand()
    return [[names.get(name, name) for name in header], *rows]


@pytest.mark.parametrize("name", sorted(dialects.shipped()))
def test_every_shipped_dialect_loads_and_names_real_columns(name):
    found = dialects.load(name)
    assert set(found.columns) <= set(BY_ID)
    assert found.assumed <= set(found.columns)
    assert set(found.required) <= set(found.columns)
    assert set(found.values) <= set(found.columns)


def test_at_least_three_dialects_are_shipped():
    assert {"chinese", "pinyin", "judgment_site"} <= set(dialects.shipped())


def read_as(path, dialect):
    (path.parent / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(path.parent / "courts.csv")
    with read.read([path.name], path.parent, tree=tree, dialect=dialect, today=TODAY) as cases:
        query = "SELECT case_no, filed, concluded, outcome, deadline, line FROM cases ORDER BY 1"
        return cases.connection.execute(query).fetchall(), cases.columns


def test_pinyin_codes_in_any_case_read_as_plain_headings_do(tmp_path):
    plain = read_as(write_text(tmp_path / "a.csv", rows_by_hand()), "chinese")
    assert read_as(write_text(tmp_path / "b.csv", renamed(PINYIN)), "pinyin") == plain
    lower = {name: code.lower() for name, code in PINYIN.items()}
    assert read_as(write_text(tmp_path / "c.csv", renamed(lower)), "pinyin") == plain


def test_a_judgment_site_export_has_no_filing_dates(tmp_path):
    rows = [
        ["案号", "法院名称", "案件类型", "审判程序", "案由", "裁判日期", "发布日期"],
        [
            "（2025）辽0102民初1号",
            "天枢市城东区人民法院",
            "民事案件",
            "民事一审",
            "离婚纠纷",
            "2025-07-01",
            "2025-08-01",
        ],
        ["（2025）辽01民辖终1号", "天枢市中级人民法院", "管辖案件", "民事管辖", "", "2025-07-02", "2025-08-02"],
    ]
    found, columns = read_as(write_text(tmp_path / "c.csv", rows), "judgment_site")
    assert "filed" not in columns
    assert [(row[1], row[5]) for row in found] == [(None, "民事"), (None, "管辖")]


def test_only_the_filing_date_may_be_absent(tmp_path):
    (tmp_path / "dialects").mkdir()
    (tmp_path / "dialects" / "own.toml").write_text('absent = ["case_no"]\n[columns]\ncourt = "a"\n', "utf-8")
    with pytest.raises(ConfigError, match="absent"):
        dialects.load("own", folder=tmp_path)


def test_a_known_heading_is_sure_and_its_block_can_be_pasted(tmp_path):
    found = propose(write_text(tmp_path / "c.csv", renamed(PINYIN)))
    assert found.dialect == "pinyin"
    assert {g.source: g.column for g in found.guesses} == {
        "AH": "case_no",
        "FYMC": "court",
        "AY": "cause",
        "LARQ": "filed",
        "JARQ": "concluded",
        "JAFS": "outcome",
        "YJARQ": "deadline",
        "YSAH": "origin_case_no",
    }
    assert found.missing == ()
    table = tomllib.loads(found.toml())["source"]
    own = dialects.load(table["dialect"], extra=table["columns"])
    assert set(own.match(["AH", "FYMC", "LARQ", "JARQ"])) >= {"case_no", "court", "filed", "concluded"}


def test_unknown_headings_are_guessed_by_content(tmp_path):
    rows = [["c1", "c2", "c3", "c4", "c5", "c6"]]
    for n in range(1, 30):
        closed = f"2025-08-{n:02d}" if n % 2 else ""
        number = f"（2025）辽0102民初{n}号"
        rows.append([number, "天枢市城东区人民法院", f"2025-07-{n:02d}", closed, "离婚纠纷", "张三丰"])
    found = {g.source: g for g in propose(write_xlsx(tmp_path / "c.xlsx", {"甲": [["明细"], *rows]})).guesses}
    assert [found[f"c{i}"].column for i in range(1, 7)] == ["case_no", "court", "filed", "concluded", "cause", None]
    assert found["c1"].level == "中"
    assert found["c3"].level == "低"


def test_names_and_identity_numbers_are_masked(tmp_path, tongbao):
    secret = ["张三丰", "欧阳修", "李四", "11010519491231002X", "13800138000", "1985-03-12", "某某市丰乐路1号"]
    header = [*rows_by_hand()[0], "当事人", "原告", "承办人", "证件号", "联系电话", "出生日期", "住址"]
    rows = [header, *([*row, *secret] for row in rows_by_hand()[1:])]
    path = write_text(tmp_path / "c.csv", rows)
    for args in ([], ["--json"]):
        result = tongbao("columns", path, *args)
        assert result.code == 0, result.err
        for text in secret:
            assert text not in result.out
        assert "1985" not in result.out
    document = json.loads(tongbao("columns", path, "--json").out)
    assert document["schema"] == "tongbao.columns/1"
    assert all(len(column["examples"]) <= 3 for column in document["columns"])
    assert masked("11010519491231002X") == "############…"


def test_a_heading_whose_content_contradicts_it_is_doubted(tmp_path):
    header, *rows = rows_by_hand()
    place = header.index("立案日期")
    spoilt = [[*row[:place], "已立案", *row[place + 1 :]] for row in rows]
    found = {g.source: g for g in propose(write_text(tmp_path / "c.csv", [header, *spoilt])).guesses}
    assert found["立案日期"].level == "低"
    assert "不像" in found["立案日期"].reason


def test_dialect_limits_the_names(tmp_path, tongbao):
    path = write_text(tmp_path / "c.csv", renamed(PINYIN))
    assert json.loads(tongbao("columns", path, "--dialect", "pinyin", "--json").out)["missing"] == []
    assert tongbao("columns", path, "--dialect", "nope").code == 2
    assert tongbao("columns", tmp_path / "no.csv").code == 5
