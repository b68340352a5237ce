"""Due dates in the case table: from the statute to the printed 审限内结案率, against the plain arithmetic of one case."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from by_hand import COURTS, TODAY, compared, reading, write_csv
from due_dates import due_date, union_days
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import catalogue, read
from reports.courts import court_table
from reports.courts.time_limits import procedure_for, procedures, span_for
from reports.errors import InputError

EVERYTHING = catalogue.load(catalogue.EVERYTHING)


def due(folder: Path, rows, changes=None, *, as_of=TODAY):
    """[(应结案日期 as used, 法定审限届满日期)] of each row, and the notes."""
    write_csv(folder / "c.csv", rows)
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    if changes is not None:
        write_csv(folder / "x.csv", changes or [{"案号": "", "类别": "", "起": "", "止": ""}])
    tree = court_table.load(folder / "courts.csv")
    exclusions = "x.csv" if changes is not None else None
    with read.read(["c.csv"], folder, tree=tree, today=TODAY, as_of=as_of, exclusions=exclusions) as table:
        found = table.connection.execute("SELECT deadline, statutory_deadline FROM cases ORDER BY _line").fetchall()
        return found, {note.id: note.count for note in table.notes}


def case(number, filed, concluded="", **more):
    return {"案号": number, "经办法院": "辽0102", "立案日期": filed, "结案日期": concluded, **more}


@pytest.mark.parametrize(
    ("number", "applied", "filed", "expected"),
    [
        ("（2025）辽0102民初1号", "普通程序", "2025-03-10", "2025-09-10"),  # 民诉法152条: 6个月
        (
            "（2024）辽0102民初1号",
            "普通程序",
            "2024-08-31",
            "2025-02-28",
        ),  # no such day: the month's last (民法典202条)
        ("（2025）辽0102民初1号", "简易程序", "2025-03-10", "2025-06-10"),  # 民诉法164条: 3个月
        ("（2025）辽0102民初1号", "小额", "2025-03-10", "2025-05-10"),  # 民诉法168条: 2个月
        ("（2025）辽0102民初1号", "涉外", "2025-03-10", None),  # 涉外民事案件: no limit
        ("（2025）辽0102民特1号", "", "2025-03-10", "2025-04-09"),  # 民诉法187条: 30日
        ("（2025）辽01民终1号", "", "2025-03-10", "2025-06-10"),  # 民诉法183条: 3个月
        ("（2025）辽01民辖终1号", "", "2025-03-10", "2025-04-09"),  # 民诉法183条: 30日
        ("（2025）辽0102刑初1号", "普通程序", "2025-03-09", "2025-06-10"),  # 刑诉法208条: 至迟3个月, from 10 March
        ("（2025）辽0102刑初1号", "简易程序", "2025-03-10", "2025-03-30"),  # 刑诉法220条: 20日
        ("（2025）辽0102刑初1号", "速裁程序", "2025-03-10", "2025-03-20"),  # 刑诉法225条: 10日
        ("（2025）辽01刑终1号", "", "2025-02-27", "2025-04-30"),  # 刑诉法243条: 2个月 from the last day of February
        ("（2025）辽0102行初1号", "简易程序", "2025-03-10", "2025-04-24"),  # 行政诉讼法83条: 45日
        ("（2025）辽01行终1号", "", "2025-03-10", "2025-06-10"),  # 行政诉讼法88条: 3个月
        ("（2025）辽0102执1号", "", "2025-03-10", "2025-09-10"),  # 法释〔2000〕29号5条: 6个月
        ("（2025）辽0102执异1号", "", "2025-03-10", "2025-03-25"),  # 民诉法236条: 15日
        ("（2025）辽0102财保1号", "", "2025-03-10", None),  # no limit known
        ("（2025）辽0102民再1号", "", "2025-03-10", None),  # that of the procedure applied
    ],
)
def test_statutes(number, applied, filed, expected, tmp_path):
    ((used, statutory),), _ = due(tmp_path, [case(number, filed, 适用程序=applied)])
    assert (used.isoformat() if used else None) == expected
    assert used == statutory


def test_what_the_system_gives_is_preferred_and_the_difference_told(tmp_path):
    rows = [
        case("（2025）辽0102民初1号", "2025-03-10", 适用程序="普通程序", 应结案日期="2025-09-10"),
        case("（2025）辽0102民初2号", "2025-03-10", 适用程序="普通程序", 应结案日期="2025-09-30"),
        case("（2025）辽0102民初3号", "2025-03-10", 适用程序="普通程序", 应结案日期=""),
        case(
            "（2025）辽0102民初4号", "2025-03-10", 适用程序="普通程序", 应结案日期="2099-12-31"
        ),  # the system's “none”
    ]
    found, notes = due(tmp_path, rows)
    assert [used.isoformat() for used, _ in found] == ["2025-09-10", "2025-09-30", "2025-09-10", "2025-09-10"]
    assert notes["deadline_differs"] == 1


def test_an_extension_without_a_length_is_one_extension_of_the_law(tmp_path):
    rows = [
        case("（2025）辽0102民初1号", "2025-03-10", 适用程序="简易程序", 是否延长="是"),  # 累计不超过4个月
        case("（2025）辽0102刑初2号", "2025-03-10", 适用程序="速裁程序", 是否延长="是"),  # 可以延长至15日
        case("（2025）辽0102行初3号", "2025-03-10", 适用程序="普通程序", 是否延长="是"),  # as the high court approves
        case("（2025）辽0102民初4号", "2025-03-10", 适用程序="简易程序", 扣除天数="10"),
    ]
    found, notes = due(tmp_path, rows)
    assert [used.isoformat() if used else None for used, _ in found] == ["2025-07-10", "2025-03-25", None, "2025-06-20"]
    assert [day.isoformat() for _, day in found] == ["2025-06-10", "2025-03-20", "2025-09-10", "2025-06-10"]
    assert notes["extension_assumed"] == 2


def test_changes_of_the_limit_as_intervals(tmp_path):
    """Overlapping suspensions count once; an extension adds its days; 简转普 changes the procedure."""
    rows = [
        case("（2025）辽0102民初1号", "2025-01-10", 适用程序="普通程序", 扣除天数="99"),
        case("（2025）辽0102民初2号", "2025-01-10", 适用程序="简易程序"),
        case("（2025）辽0102刑初3号", "2025-01-10", 适用程序="简易程序"),
        case("（2025）辽0102民初4号", "2025-01-10", 适用程序="普通程序", 是否延长="是"),
        case("（2025）辽0102民初5号", "2025-01-10", 适用程序="普通程序"),
        case("（2025）辽0102民初6号", "2025-01-10", "2025-02-09", 适用程序="普通程序"),
    ]
    changes = [
        {"案号": "（2025）辽0102民初1号", "类别": "中止", "起": "2025-03-01", "止": "2025-03-10"},  # 10 days
        {"案号": "(2025)辽0102民初1号", "类别": "3", "起": "2025-03-06", "止": "2025-03-15"},  # 5 more: 其他扣除
        {"案号": "（2025）辽0102民初1号", "类别": "中止", "起": "2025-01-01", "止": "2025-01-12"},  # 2 after filing
        {"案号": "（2025）辽0102民初2号", "类别": "简转普", "起": "2025-03-20", "止": ""},
        {"案号": "（2025）辽0102刑初3号", "类别": "简转普", "起": "2025-01-20", "止": ""},
        {"案号": "（2025）辽0102民初4号", "类别": "延长", "起": "2025-07-11", "止": "2025-08-10"},  # 31 days
        {
            "案号": "（2025）辽0102民初5号",
            "类别": "中止",
            "起": "2025-04-01",
            "止": "",
        },  # open: to the day of the report
        {"案号": "（2025）辽0102民初6号", "类别": "中止", "起": "2025-02-01", "止": ""},  # open: to the conclusion
        {"案号": "（2025）辽0102民初1号", "类别": "暂缓", "起": "2025-04-01", "止": "2025-04-09"},
        {"案号": "（2025）辽0102民初1号", "类别": "中止", "起": "2025-04-09", "止": "2025-04-01"},
        {"案号": "（2025）辽0102民初1号", "类别": "中止", "起": "四月一日", "止": "2025-04-01"},
        {"案号": "（2025）辽0102民初99号", "类别": "中止", "起": "2025-04-01", "止": "2025-04-09"},
    ]
    found, notes = due(tmp_path, rows, changes, as_of=date(2025, 4, 10))
    assert [used.isoformat() for used, _ in found] == [
        "2025-07-27",  # 10 July and 17 days: the list goes before the column 扣除天数
        "2025-07-10",  # the ordinary limit, from filing
        "2025-04-21",  # three months from the decision of 20 January
        "2025-08-10",
        "2025-07-20",
        "2025-07-19",
    ]
    assert {name: n for name, n in notes.items() if name.startswith("exclusions")} == {
        "exclusions_unread": 1,
        "exclusions_kind": 1,
        "exclusions_order": 1,
        "exclusions_unknown": 1,
    }


def test_a_table_of_changes_without_its_columns_is_refused(tmp_path):
    write_csv(tmp_path / "c.csv", [case("（2025）辽0102民初1号", "2025-01-10")])
    (tmp_path / "x.csv").write_text("案号,类别,起始\n", "utf-8")
    with (
        pytest.raises(InputError, match="缺少“起”、“止”列"),
        read.read(["c.csv"], tmp_path, tree=None, today=TODAY, exclusions="x.csv"),
    ):
        pass


def test_without_any_due_date_the_rate_is_still_counted(tmp_path):
    rows = [
        case("（2025）辽0102民初1号", "2025-03-10", "2025-07-10"),  # within six months
        case("（2025）辽0102民初2号", "2025-01-10", "2025-07-11"),  # a day late
        case("（2025）辽0102财保3号", "2025-07-01", "2025-07-02"),  # no limit: on neither side
    ]
    cells = compared(write_csv(tmp_path / "c.csv", rows), "2025Q3", edition=EVERYTHING)
    assert cells.cell("辽0102", "全部", "within_limit").now == (1, 2)
    _, notes = due(tmp_path, rows)
    assert notes["no_limit"] == 1
    assert notes["limit_assumed"] == 2


def test_cases_without_limit_can_count_as_within(tmp_path):
    rows = [
        case("（2025）辽0102民初2号", "2025-01-10", "2025-07-11"),
        case("（2025）辽0102财保3号", "2025-07-01", "2025-07-02"),
    ]
    edition = catalogue.load(options=["no-limit-is-within"])
    cells = compared(write_csv(tmp_path / "c.csv", rows), "2025Q3", edition=edition)
    assert cells.cell("辽0102", "全部", "within_limit").now == (1, 2)
    assert "视为在审限内" in edition.indicators["within_limit"].formula


DAYS = st.dates(date(2024, 1, 1), date(2025, 6, 30))
TYPES = st.sampled_from(["民初", "刑初", "行初", "民终", "刑终", "执", "民特", "执异"])
WORDS = st.sampled_from(["普通程序", "简易程序", "小额诉讼", "速裁程序", ""])


@st.composite
def changed_cases(draw):
    rows, changes = [], []
    for number in range(1, draw(st.integers(1, 120)) + 1):
        name = f"（2025）辽0102{draw(TYPES)}{number}号"
        rows.append((name, draw(DAYS), draw(WORDS), draw(st.integers(0, 40))))
        for _ in range(draw(st.integers(0, 4))):
            start = draw(DAYS)
            end = draw(st.none() | st.integers(0, 90).map(lambda n, start=start: start + timedelta(days=n)))
            changes.append((name, start, end))
    return rows, changes


# The cases tell, not the tables: reading one row costs as much as a hundred.
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(changed_cases())
def test_the_table_agrees_with_the_arithmetic_of_one_case(made):
    rows, changes = made
    as_of = date(2025, 9, 30)
    cases = [case(name, filed.isoformat(), 适用程序=word, 扣除天数=str(days)) for name, filed, word, days in rows]
    listed = [
        {"案号": name, "类别": "中止", "起": start.isoformat(), "止": end.isoformat() if end else ""}
        for name, start, end in changes
    ]
    with tempfile.TemporaryDirectory() as folder:
        found, _ = due(Path(folder), cases, listed, as_of=as_of)
    for (name, filed, word, days), (used, statutory) in zip(rows, found, strict=True):
        kind = "".join(c for c in name.split("）")[1] if c not in "辽0123456789号")
        procedure = procedure_for(kind, word or None)
        if procedure is None or procedure.base is None:
            assert (used, statutory) == (None, None), name
            continue
        own = [(start, end) for number, start, end in changes if number == name]
        assert statutory == due_date(procedure, filed, long=procedure.first)
        clipped = [(max(start, filed + timedelta(days=1)), end) for start, end in own if end is None or end > filed]
        excluded = union_days(clipped, as_of) if own else days
        assert used == due_date(procedure, filed, extension_days=excluded, long=procedure.first)


@pytest.mark.parametrize("procedure", procedures().values(), ids=lambda item: item.id)
def test_a_span_is_never_shorter_when_extended(procedure):
    plain, longer = span_for(procedure), span_for(procedure, extended=True)
    if plain and longer:
        assert longer.months * 31 + longer.days > plain.months * 31 + plain.days
    if plain is None:
        assert longer is None


def test_a_bulletin_counts_the_cases_of_its_period_and_not_of_the_file(tmp_path):
    rows = ["案号,经办法院,立案日期,结案日期"]
    for number, filed, concluded in (
        (1, "2025-01-05", "2025-03-01"),
        (2, "2025-06-30", "2025-07-01"),
        (3, "2025-07-01", "2025-09-30"),
        (4, "2025-07-01", "2025-10-01"),
        (5, "2025-10-08", ""),
        (6, "", "2025-08-01"),
        (7, "", "2025-05-01"),
    ):
        rows.append(f"（2025）辽0103民他{number}号,辽0102,{filed},{concluded}")
    (tmp_path / "cases.csv").write_text("\n".join(rows) + "\n", "utf-8")
    with reading(tmp_path / "cases.csv") as cases:
        notes = {note.id: note for note in cases.notes}
    whole = {name: notes[name].count for name in ("no_limit", "no_filed", "other_court")}
    assert whole == {"no_limit": 6, "no_filed": 2, "other_court": 7}
    quarter = {name: notes[name].within(date(2025, 7, 1), date(2025, 9, 30)) for name in whole}
    # Concluded in it: 2, 3 and 6. Filed by its end and not concluded before it: 2, 3, 4 and 6.
    assert {name: note.count for name, note in quarter.items()} == {"no_limit": 3, "no_filed": 1, "other_court": 4}
    assert notes["no_filed"].within(date(2024, 1, 1), date(2024, 3, 31)) is None
