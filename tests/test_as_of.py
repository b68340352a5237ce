"""``--as-of``: a run as if made on that day, from data that have gone on since."""

from datetime import date

import pytest
from by_hand import COURTS, write_csv

from reports import read
from reports.courts import court_table

HEAD = ("案号", "经办法院", "立案日期", "结案日期", "结案方式", "是否上诉", "二审结案日期", "二审结果")
ROWS = (
    ("（2026）辽0102民初1号", "辽0102", "2026-01-05", "2026-03-20", "判决", "是", "2026-05-20", "改判"),
    ("（2026）辽0102民初2号", "辽0102", "2026-02-05", "2026-04-16", "判决", "是", "", ""),
    ("（2026）辽0102民初3号", "辽0102", "2026-04-15", "2026-04-20", "调解", "否", "", ""),
    ("（2026）辽0102民初4号", "辽0102", "2026-04-16", "", "", "", "", ""),
    ("（2026）辽0102民初5号", "辽0102", "2027-04-16", "", "", "", "", ""),
)


@pytest.fixture
def cases(tmp_path):
    path = write_csv(tmp_path / "c.csv", [dict(zip(HEAD, row, strict=True)) for row in ROWS])
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(tmp_path / "courts.csv")
    with read.read([path.name], tmp_path, tree=tree, today=date(2026, 11, 22), as_of=date(2026, 4, 15)) as table:
        yield table


def test_later_cases_are_out_and_later_conclusions_pending(cases):
    found = cases.rows("SELECT case_no, concluded, outcome, appealed FROM cases ORDER BY case_no")
    assert found == [
        ("（2026）辽0102民初1号", date(2026, 3, 20), "判决", "是"),
        ("（2026）辽0102民初2号", None, None, None),
        ("（2026）辽0102民初3号", None, None, None),
    ]


def test_what_the_court_above_decided_later_is_not_yet_known(cases):
    assert cases.rows("SELECT second_date, second_result FROM cases ORDER BY case_no LIMIT 1") == [(None, None)]


def test_the_data_end_with_the_day_and_later_rows_are_told(cases):
    assert cases.last == date(2026, 4, 15)
    told = {note.id: (note.text, note.count) for note in cases.notes}
    assert told["later_filed"] == ("2026年4月15日之后立案（当时还没有，未计入）", 1)
    assert told["later_concluded"] == ("2026年4月15日之后结案（按当时未结统计）", 2)


def test_a_day_that_cannot_be_is_still_set_aside(cases):
    assert cases.set_aside["原因"].tolist() == ["立案日期晚于今天：2027-04-16"]


def test_a_day_to_come_is_refused_with_the_reason(tongbao, tmp_path):
    write_csv(tmp_path / "c.csv", [dict(zip(HEAD, row, strict=True)) for row in ROWS])
    (tmp_path / "tongbao.toml").write_text('[source]\nfiles = ["c.csv"]\n', "utf-8")
    done = tongbao("compare", "-w", str(tmp_path), "--as-of", "2099-01-01")
    assert done.code == 2
    assert "还没有到" in done.err
