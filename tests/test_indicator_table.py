"""The indicator table: what it accepts, what it refuses and how it says so, and that our own output comes back the same."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from by_hand import COURTS
from sources import write_parquet, write_text, write_xlsx

from reports import catalogue
from reports.courts import court_table
from reports.courts.codes import LEVEL_SPELLINGS
from reports.errors import InputError
from reports.read.indicator_table import read_indicator_table
from reports.render.csv import csv_bytes

HEADER = ["court", "indicator", "period", "numerator", "denominator"]
GOOD = [
    HEADER,
    ["辽01", "filed", "2025Q3", "120", ""],
    ["天枢市城东区人民法院", "结案率", "2025q3", "1,040", "1200"],
    ["辽01本级", "within_limit", "2025Q3", "0", "0"],
]


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    return court_table.load(tmp_path / "courts.csv")


def cells(table):
    frame = table.frame.astype("object").where(table.frame.notna(), None)
    return [tuple(row) for row in frame.itertuples(index=False)]


EXPECTED = [
    ("辽01", "全部", "filed", "2025Q3", 120, None),
    ("辽0102", "全部", "closing_rate", "2025Q3", 1040, 1200),
    ("辽01本级", "全部", "within_limit", "2025Q3", 0, 0),
]


def test_every_kind_of_file_and_both_languages(tmp_path, tree):
    chinese = [["法院", "指标", "统计期", "分子", "分母"], *GOOD[1:]]
    numbers = [[int(v.replace(",", "")) if v.replace(",", "").isdigit() else v for v in row] for row in GOOD]
    files = [
        write_text(tmp_path / "a.csv", GOOD),
        write_text(tmp_path / "b.csv", chinese, "gb18030"),
        write_xlsx(tmp_path / "c.xlsx", {"说明": [["x"]], "表": [["指标表"], *numbers]}),
        write_parquet(tmp_path / "d.parquet", GOOD),
    ]
    for path in files:
        table = read_indicator_table([path], catalogue=catalogue.load(), tree=tree)
        assert cells(table) == EXPECTED, path.name
        assert str(table.frame["numerator"].dtype) == "Int64"


def test_every_mistake_is_told_with_its_place_at_once(tmp_path, tree):
    rows = [
        [*HEADER, "level", "kind", "better"],
        ["辽99", "filed", "2025Q3", "1", "", "", "", ""],
        ["辽01", "结案律", "2025Q3", "1", "2", "", "", ""],
        ["辽01", "filed", "2025Q5", "1", "", "", "", ""],
        ["辽01", "filed", "2025Q3", "-1", "", "", "", ""],
        ["辽01", "filed", "2025Q2", "1.5", "", "", "", ""],
        ["辽01", "filed", "2025Q1", "1", "2", "", "", ""],
        ["辽01", "closing_rate", "2025Q1", "1", "", "", "", ""],
        ["辽01", "closing_rate", "2025Q2", "3", "2", "", "", ""],
        ["辽01", "filed", "2024Q1", "1", "", "", "", ""],
        ["天枢市中级人民法院", "新收", "2024Q1", "1", "", "", "", ""],
        ["", "", "", "", "", "", "", ""],
        ["辽01", "filed", "2024Q2", "1", "", "基层法院", "", ""],
        ["辽01", "filed", "2024Q3", "1", "", "", "ratio", ""],
        ["辽01", "filed", "2024Q4", "1", "", "", "", "hoch"],
        ["", "filed", "2023Q4", "", "", "", "", ""],
    ]
    with pytest.raises(InputError) as error:
        read_indicator_table([write_text(tmp_path / "t.csv", rows)], catalogue=catalogue.load(), tree=tree)
    lines = [line for line in str(error.value).splitlines() if line.startswith("  · ")]
    assert len(lines) == 14
    for line, part in zip(
        lines,
        [
            "第2行“court”：法院表中没有“辽99”",
            "第3行“indicator”：指标目录中没有“结案律”，是否为“结案”",
            "第4行“period”：“2025Q5”不是统计期",
            "第5行“numerator”：“-1”是负数",
            "第6行“numerator”：“1.5”不是整数",
            "第7行“denominator”：“新收”是件数，不填分母",
            "第8行“denominator”：为空",
            "第9行“numerator”：分子 3 大于分母 2",
            "第11行“indicator”：与t.csv 第10行重复",
            "第13行“level”：“辽01”应为中院，表中为基层法院",
            "第14行“kind”：“新收”的类别是 count，表中为 ratio",
            "第15行“better”：“hoch”不认识",
            "第16行“court”：为空",
            "第16行“numerator”：为空",
        ],
        strict=False,
    ):
        assert part in line


def test_an_indicator_of_one_s_own_needs_its_kind(tmp_path):
    rows = [
        [*HEADER, "kind", "better", "level", "line"],
        ["甲区人民法院", "信访比", "2025Q3", "3", "100", "占比", "越低越好", "基层法院", "民事"],
        ["甲区人民法院", "归档件数", "2025Q3", "7", "", "count", "", "基层法院", ""],
    ]
    edition = catalogue.load()
    table = read_indicator_table([write_text(tmp_path / "t.csv", rows)], catalogue=edition)
    own = table.extend(edition).indicator("信访比")
    assert (own.kind, own.better, own.unit, own.assess) == ("proportion", "lower", "%", True)
    assert table.extend(edition).indicator("归档件数").better == "neutral"
    assert table.levels == {"甲区人民法院": "basic"}
    assert cells(table)[0] == ("甲区人民法院", "民事", "信访比", "2025Q3", 3, 100)


def test_an_indicator_of_one_s_own_is_known_by_any_row_that_states_its_kind(tmp_path):
    rows = [[*HEADER, "kind"], ["甲区人民法院", "信访比", "2025Q2", "3", "100", ""]]
    told = write_text(tmp_path / "b.csv", [[*HEADER, "kind"], ["甲区人民法院", "信访比", "2025Q3", "4", "100", "占比"]])
    table = read_indicator_table([write_text(tmp_path / "a.csv", rows), told], catalogue=catalogue.load())
    assert table.frame["numerator"].tolist() == [3, 4] and list(table.indicators) == ["信访比"]


def test_mistakes_beyond_two_hundred_are_counted_and_each_names_its_own_file(tmp_path, tree):
    many = [HEADER, *(["辽01", "filed", f"{2000 + n % 20}Q{1 + n // 20 % 4}", "x", ""] for n in range(240))]
    twice = [
        HEADER,
        ["辽0102", "filed", "2025Q3", "7", ""],
        [""] * 5,
        ["天枢市城东区人民法院", "新收", "2025年第三季度", "8.0", ""],
    ]
    few = write_text(tmp_path / "a.csv", twice)
    with pytest.raises(InputError) as error:
        read_indicator_table([few, write_text(tmp_path / "b.csv", many)], catalogue=catalogue.load(), tree=tree)
    lines = [line for line in str(error.value).splitlines() if line.startswith("  · ")]
    assert "有 241 处错误" in str(error.value) and len(lines) == 201
    assert lines[0] == "  · a.csv 第4行“indicator”：与a.csv 第2行重复（同一法院、条线、指标、统计期）"
    assert lines[1] == "  · b.csv 第2行“numerator”：“x”不是整数" and lines[-1] == "  · 另有 41 处"


@pytest.mark.parametrize(("written", "level"), sorted(LEVEL_SPELLINGS.items()))
def test_a_level_may_be_written_as_in_the_table_of_courts(written, level, tmp_path):
    rows = [[*HEADER, "level"], ["某某法院", "filed", "2025Q3", "3", "", written]]
    table = read_indicator_table([write_text(tmp_path / "t.csv", rows)], catalogue=catalogue.load())
    assert table.levels == {"某某法院": level}


def test_missing_columns(tmp_path):
    with pytest.raises(InputError, match="缺少列：period、denominator"):
        read_indicator_table(
            [write_text(tmp_path / "t.csv", [["法院", "指标", "分子"], ["a", "b", "1"]])], catalogue=catalogue.load()
        )


def test_second_moments_are_kept(tmp_path, tree):
    rows = [[*HEADER, "sum_sq"], ["辽01", "average_days", "2025Q3", "900", "10", str(10**22)]]
    table = read_indicator_table([write_text(tmp_path / "t.csv", rows)], catalogue=catalogue.load(), tree=tree)
    assert table.frame["sum_sq"].tolist() == [1e22]


def comparisons(tongbao, *args):
    result = tongbao("compare", *args, "--period", "2026Q3", "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_what_indicators_writes_compares_the_same(province, tongbao, tmp_path):
    path = tmp_path / "指标.csv"
    assert tongbao("indicators", "-w", province, "--period", "2026Q3", "-o", path).code == 0
    own = comparisons(tongbao, "-w", province)
    assert len(own["comparisons"]) > 1000
    assert comparisons(tongbao, "-w", province, "--table", path) == own
    frame = pd.read_csv(path, dtype="object", encoding="utf-8-sig", keep_default_na=False)
    excel = write_xlsx(tmp_path / "指标.xlsx", {"指标": [list(frame.columns), *frame.values.tolist()]})
    assert comparisons(tongbao, "-w", province, "--table", excel) == own


def test_a_table_needs_no_workspace(tongbao, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [HEADER, *(["辽01", "appeal_rate", period, "120", "1040"] for period in ("2026Q3", "2026Q2", "2025Q3"))]
    write_text(tmp_path / "t.csv", rows)
    document = comparisons(tongbao, "--table", "t.csv")
    (cell,) = document["comparisons"]
    assert (document["schema"], cell["court"], cell["now"]["text"]) == ("tongbao.compare/1", "辽01", "11.54%")
    assert cell["previous"]["change_text"] == cell["year_before"]["change_text"] == "持平"
    result = tongbao("compare", "--table", "t.csv", "--period", "2024Q1")
    assert result.code == 5
    assert "2025Q3、2026Q2、2026Q3" in result.err


def with_source(workspace, line):
    path = workspace / "tongbao.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('files = ["cases.parquet"]', line), "utf-8")


def test_a_workspace_with_both_takes_the_cases_and_tells_conflicts(small, tongbao):
    rows = [
        [*HEADER, "kind", "better"],
        ["辽01", "filed", "2026Q3", "1", "", "", ""],
        ["辽01", "信访比", "2026Q3", "3", "1000", "proportion", "lower"],
        ["辽01", "信访比", "2025Q3", "2", "1000", "proportion", "lower"],
    ]
    write_text(small / "t.csv", rows)
    before = {(c["court"], c["line"], c["indicator"]): c for c in comparisons(tongbao, "-w", small)["comparisons"]}
    with_source(small, 'files = ["cases.parquet"]\ntable = "t.csv"')
    after = {(c["court"], c["line"], c["indicator"]): c for c in comparisons(tongbao, "-w", small)["comparisons"]}
    assert after.pop(("辽01", "全部", "信访比"))["now"]["numerator"] == 3
    assert after == before
    result = tongbao("bulletin", "technical", "-w", small, "--period", "2026Q3", "--format", "md")
    assert result.code == 0, result.err
    text = (small / "out/2026Q3/2026Q3-technical.md").read_text("utf-8")
    assert "指标表与案件数据不一致（以案件数据为准）" in text


def test_a_workspace_with_a_table_only(workspace, tongbao, tmp_path):
    own = comparisons(tongbao, "-w", workspace)
    assert tongbao("indicators", "-w", workspace, "--period", "2026Q3", "-o", workspace / "t.csv").code == 0
    with_source(workspace, 'table = "t.csv"')
    assert comparisons(tongbao, "-w", workspace)["comparisons"] == own["comparisons"]
    result = tongbao("flags", "-w", workspace, "--period", "2026Q3", "--json")
    assert result.code == 0, result.err


def test_a_file_written_by_the_program_has_nothing_to_escape():
    frame = pd.DataFrame(
        {"court": ["辽01"], "numerator": pd.array([1], "Int64"), "denominator": pd.array([None], "Int64")}
    )
    assert csv_bytes(frame).decode("utf-8-sig") == "court,numerator,denominator\r\n辽01,1,\r\n"


def test_a_value_withheld_for_unknown_words_is_withheld_when_read_again(tmp_path, tree):
    head = [*HEADER, "undecided"]
    own = write_text(
        tmp_path / "own.csv",
        [head, ["辽01", "closing_rate", "2025Q3", "", "", "12"], ["辽0102", "closing_rate", "2025Q3", "8", "10", "0"]],
    )
    frame = read_indicator_table([own], catalogue=catalogue.load(), tree=tree).frame
    assert frame["numerator"].isna().tolist() == [True, False]
    assert frame["undecided"].tolist() == [12, 0]


@pytest.mark.parametrize("row", [["", "", "0"], ["", "", ""], ["", "10", "12"]])
def test_an_empty_value_that_nothing_withholds_is_a_mistake(tmp_path, tree, row):
    table = write_text(tmp_path / "t.csv", [[*HEADER, "undecided"], ["辽01", "closing_rate", "2025Q3", *row]])
    with pytest.raises(InputError, match="为空"):
        read_indicator_table([table], catalogue=catalogue.load(), tree=tree)
