"""The table of appeals: a court below counts what the court above has, and the same as the court above."""

import csv
import json
import zipfile
from contextlib import contextmanager
from io import StringIO

import pytest
from by_hand import COURTS, TODAY, write_csv

from reports import catalogue, read
from reports.compare import compare, untold, values
from reports.courts import court_table
from reports.courts.periods import consecutive, parse_period
from reports.errors import InputError
from reports.tally import tally
from reports.tally.reach import fitted

CASES = """案号|经办法院|立案日期|结案日期|结案方式|原审案号|当事人
（2025）辽0102民初1号|辽0102|2025-01-06|2025-07-10|判决||甲某
（2025）辽0102民初2号|辽0102|2025-01-06|2025-07-10|判决||乙某
（2025）辽0102民初3号|辽0102|2025-01-06|2025-07-10|判决||丙某
（2025）辽0102民初4号|辽0102|2025-01-06|2025-07-10|判决||丁某
（2025）辽0102民初5号|辽0102|2025-09-28||||
"""
ABOVE = """（2025）辽01民终1号|辽01|2025-07-20|2025-09-20|改判|（2025）辽0102民初1号|甲某
（2025）辽01民终2号|辽01|2025-07-21|2025-09-21|维持|（2025）辽0102民初2号|乙某
（2025）辽01民终3号|辽01|2025-08-21|||（2025）辽0102民初3号|丙某
"""
TABLE = """原审案号|二审案号|二审立案日期|二审结案日期|二审结果|发改原因
(2025)辽0102民初1号|（2025）辽01民终1号|2025-07-20|2025-09-20|改判|
（2025）辽0102民初2号|（2025）辽01民终2号|2025/7/21|2025年9月21日|维持|
（2025）辽0102民初3号|（2025）辽01民终3号|2025-08-21|||
"""
RATES = ("appeal_rate", "first_reversal_rate")


def written(path, text):
    return write_csv(path, list(csv.DictReader(StringIO(text), delimiter="|")))


@contextmanager
def reading(tmp_path, cases, table, **more):
    written(tmp_path / "c.csv", cases)
    written(tmp_path / "t.csv", table)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(tmp_path / "courts.csv")
    with read.read(["c.csv"], tmp_path, tree=tree, today=TODAY, appeals=["t.csv"], **more) as found:
        yield found


def counted(tmp_path, cases, table, court="辽0102", wanted=None):
    with reading(tmp_path, cases, table, wanted=wanted) as found:
        edition = fitted(catalogue.load(), found)
        period = parse_period("2025Q3")
        result = tally(found, edition, consecutive(period, period))
        notes = {note.id: (note.text, note.count) for note in found.notes}
    cells = compare(values(result, edition, result.periods), edition, period, untold(result, edition))
    return {one.indicator: one.now for one in cells if (one.court, one.line) == (court, "全部")}, notes


@pytest.mark.parametrize("wanted", [None, catalogue.load().columns])
def test_a_court_alone_counts_what_the_table_tells(tmp_path, wanted):
    cells, notes = counted(tmp_path, CASES, TABLE, wanted=wanted)
    assert cells["appeal_rate"] == (3, 4)
    assert cells["first_reversal_rate"] == (1, 4)
    assert not {name for name in notes if name.startswith("appeals_")}


def test_none_reversed_is_none_and_not_unknown(tmp_path):
    cells, _ = counted(tmp_path, CASES, TABLE.replace("改判", "维持"))
    assert cells["first_reversal_rate"] == (0, 4)


def test_the_table_wins_over_second_instances_and_they_are_not_counted_twice(tmp_path):
    first = TABLE.splitlines()
    cells, _ = counted(tmp_path, CASES + ABOVE, "\n".join([*first[:2], first[2].replace("维持", "发回重审")]))
    assert cells["appeal_rate"] == (2, 4)
    assert cells["first_reversal_rate"] == (2, 4)


def test_the_table_wins_over_the_cases_own_columns_and_the_difference_is_told(tmp_path):
    head, *rows = CASES.splitlines()
    own = [
        f"{head}|是否上诉|二审结案日期|二审结果",
        f"{rows[0]}|是|2025-09-20|维持原判",
        f"{rows[1]}|否|2025-09-21|维持",
        f"{rows[2]}|是||",
        f"{rows[3]}|否||",
    ]
    cells, notes = counted(tmp_path, "\n".join(own), TABLE)
    assert cells["appeal_rate"] == (3, 4)
    assert cells["first_reversal_rate"] == (1, 4)
    text, count = notes["appeals_differ"]
    assert count == 2
    assert "(2025)辽0102民初1号二审结果为维持原判，表中为改判" in text
    assert "（2025）辽0102民初2号是否上诉为否，表中有二审案件" in text


def test_rows_that_cannot_be_used_are_told(tmp_path):
    more = (
        "（2024）辽0102民初9号|（2025）辽01民终9号|2025-07-20|2025-09-20|改判|\n"
        "（2025）辽0102民初4号|（2025）辽01民终8号|七月某日|||\n"
        "（2025）辽0102民初1号|（2025）辽01民终7号|2025-07-12|2025-07-19|撤回上诉|\n"
    )
    cells, notes = counted(tmp_path, CASES, TABLE + more)
    assert cells["appeal_rate"] == (3, 4)
    assert cells["first_reversal_rate"] == (1, 4)
    assert {name: notes[name][1] for name in notes if name.startswith("appeals_")} == {
        "appeals_unread": 1,
        "appeals_unknown": 1,
        "appeals_several": 1,
    }


def test_appeals_filed_after_the_day_are_not_yet_known(tmp_path):
    day = parse_period("2025-07").end
    with reading(tmp_path, CASES, TABLE, as_of=day) as found:
        rows = found.rows("SELECT case_no, second_no, second_date, second_result FROM cases ORDER BY case_no")
    assert [row[1:] for row in rows] == [
        ("（2025）辽01民终1号", None, None),
        ("（2025）辽01民终2号", None, None),
        *[(None, None, None)] * 2,  # the fifth case itself is filed later
    ]


def test_own_headings(tmp_path):
    columns = {"origin_case_no": "一审号", "second_result": "怎么判的"}
    table = TABLE.replace("原审案号", "一审号").replace("二审结果", "怎么判的")
    with reading(tmp_path, CASES, table, appeal_columns=columns) as found:
        assert found.rows("SELECT count(*) FROM cases WHERE second_result = '改判'") == [(1,)]
    with pytest.raises(InputError, match="二审情况表缺少“原审案号”、“二审结果”列"), reading(tmp_path, CASES, table):
        pass


def shown(out):
    (one,) = [each for each in json.loads(out)["comparisons"] if each["line"] == "全部"]
    return one["now"]["text"]


@pytest.mark.parametrize("name", ["二审.csv", "二审.xlsx"])
def test_what_the_court_above_exports_gives_the_court_below_the_same_numbers(tmp_path, tongbao, name):
    city, below = tmp_path / "city", tmp_path / "below"
    for folder, text in ((city, CASES + ABOVE), (below, CASES)):
        folder.mkdir()
        written(folder / "c.csv", text)
        (folder / "courts.csv").write_text(COURTS, "utf-8")
        (folder / "tongbao.toml").write_text('[source]\nfiles = ["c.csv"]\n', "utf-8")
    done = tongbao("appeals", "export", "-w", city, "--court", "辽0102", "-o", below / name)
    assert done.code == 0, done.err
    with (below / "tongbao.toml").open("a", encoding="utf-8") as out:
        out.write(f'[source.appeals]\nfiles = ["{name}"]\n')
    if name.endswith("csv"):
        text = (below / name).read_text("utf-8-sig")
        assert text.splitlines()[0] == "原审案号,二审案号,二审立案日期,二审结案日期,二审结果,发改原因"
        assert "某" not in text
    numbers = []
    for folder in (city, below):
        told = [tongbao("compare", "-w", folder, "--period", "2025Q3", "--court", "辽0102", "--indicator", rate, "--json")
                for rate in RATES]  # fmt: skip
        assert [one.code for one in told] == [0, 0], told[0].err
        numbers.append([shown(each.out) for each in told])
    assert numbers == [["75.00%", "25.00%"]] * 2


def test_a_court_below_is_told_of_its_reversals_though_its_cases_have_a_column_of_origins(tmp_path, tongbao):
    written(tmp_path / "c.csv", CASES)
    written(tmp_path / "t.csv", TABLE)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    text = '[court]\ncode = "辽0102"\n[source]\nfiles = ["c.csv"]\n[source.appeals]\nfiles = ["t.csv"]\n'
    (tmp_path / "tongbao.toml").write_text(text, "utf-8")
    done = tongbao(
        "bulletin", "reversal", "-w", tmp_path, "--period", "2025Q3", "--format", "md", "-o", tmp_path / "out"
    )
    assert done.code == 0, done.err
    (found,) = (tmp_path / "out").rglob("*reversal*.md")
    assert "（2025）辽0102民初1号" in found.read_text("utf-8")


def test_a_reason_that_looks_like_a_formula_stays_text(tmp_path, tongbao):
    reasons = [
        f"{line}|{reason}"
        for line, reason in zip((CASES + ABOVE).splitlines(), ["发改原因", *"     ", "=1+1", "", ""], strict=True)
    ]
    written(tmp_path / "c.csv", "\n".join(reasons))
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "tongbao.toml").write_text('[source]\nfiles = ["c.csv"]\n', "utf-8")
    assert tongbao("appeals", "export", "-w", tmp_path, "--court", "辽0102", "-o", tmp_path / "x.xlsx").code == 0
    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        assert "=1+1" in book.read("xl/sharedStrings.xml").decode()
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_a_court_without_appeals_and_another_format_are_refused(tmp_path, tongbao):
    written(tmp_path / "c.csv", CASES + ABOVE)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "tongbao.toml").write_text('[source]\nfiles = ["c.csv"]\n', "utf-8")
    done = tongbao("appeals", "export", "-w", tmp_path, "--court", "辽0103", "-o", tmp_path / "x.csv")
    assert done.code == 2
    assert "没有不服天枢市城西区人民法院裁判的二审案件" in done.err
    done = tongbao("appeals", "export", "-w", tmp_path, "--court", "辽0102", "-o", tmp_path / "x.pdf")
    assert done.code == 2
    assert not (tmp_path / "x.csv").exists()
