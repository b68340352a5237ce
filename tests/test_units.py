"""Units below a court: departments and teams add up to it, stand in the table's order, and keep one history."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from by_hand import COURTS, TODAY, write_csv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import catalogue, read
from reports.compare import values
from reports.courts import court_table, units
from reports.courts.periods import consecutive, parse_period
from reports.courts.tree import court_of
from reports.errors import ConfigError
from reports.tally import tally
from reports.tally.cases import VALUE, cases_behind
from reports.tally.reach import fitted

EAST, WEST, CITY = "天枢市城东区人民法院", "天枢市城西区人民法院", "天枢市中级人民法院"
FIELDS = ("案号", "经办法院", "承办部门", "承办团队", "立案日期", "结案日期", "结案方式", "原审案号")
ROWS = [
    ("（2025）辽0102民初1号", EAST, "民一庭", "张某团队", "2025-07-01", "2025-08-01", "判决", ""),
    ("（2025）辽0102民初2号", EAST, "民事审判第一庭", "", "2025-04-01", "2025-06-01", "调解", ""),
    ("（2025）辽0102民初3号", EAST, "", "", "2025-07-01", "", "", ""),
    ("（2025）辽0102刑初1号", EAST, "新设庭", "", "2025-07-02", "2025-09-01", "判决", ""),
    ("（2025）辽0103民初1号", WEST, "民一庭", "", "2025-07-01", "2025-08-02", "判决", ""),
    ("（2025）辽01民终1号", CITY, "民二庭", "", "2025-08-05", "2025-09-05", "改判", "（2025）辽0102民初1号"),
    ("（2025）辽01民终2号", CITY, "民二庭", "", "2025-08-05", "2025-09-06", "维持", "（2025）辽0102民初99号"),
]
UNITS = """法院,部门,上级,类别,条线,顺序,别名,起,止,并入
辽0102,立案庭,,庭室,,1,,,,
辽0102,民一庭,,庭室,民事,2,民事审判第一庭,2025-07-01,,
天枢市城东区人民法院,张某团队,民一庭,团队,,3,,,,
"""
QUARTERS = consecutive(parse_period("2025Q1"), parse_period("2025Q3"))


@contextmanager
def dividing(folder: Path, rows, table: str = "", depth="department", of=(), courts: str = COURTS, wanted=None):
    """The cases divided into units by a table that a clerk wrote; all courts unless ``of`` says which.

    ``wanted`` are the columns that are read, all by default.
    """
    path = write_csv(folder / "cases.csv", [dict(zip(FIELDS, row, strict=True)) for row in rows])
    (folder / "courts.csv").write_text(courts, "utf-8")
    (folder / "units.csv").write_text(table or "法院,部门\n", "utf-8")
    tree = court_table.load(folder / "courts.csv")
    with read.read([path.name], folder, tree=tree, today=TODAY, wanted=wanted) as cases:
        known = units.load(folder / "units.csv", tree)
        yield read.divided(cases, known, depth, of or list(cases.counted))


def counted(folder: Path, rows=ROWS, table: str = UNITS, **more):
    with dividing(folder, rows, table, **more) as cases:
        return tally(cases, fitted(catalogue.load(), cases), QUARTERS).frame


def test_the_units_of_a_court_stand_in_the_order_of_its_table_and_the_unlisted_behind_them(tmp_path):
    with dividing(tmp_path, ROWS, UNITS) as cases:
        assert [one.code for one in cases.tree.units if court_of(one.code) == "辽0102"] == [
            "辽0102/民一庭", "辽0102/新设庭", "辽0102/未填部门",
        ]  # fmt: skip
        assert cases.tree.find("天枢市城东区法院民一庭").code == "辽0102/民一庭"
        assert cases.tree.find("天枢市城东区人民法院/新设庭").code == "辽0102/新设庭"
        assert cases.tree.short_name("辽0102/民一庭") == "天枢市城东区法院民一庭"
        assert [one.code for one in cases.tree.courts] == ["辽", "辽01", "辽0102", "辽0103", "辽02", "辽0202"]


def test_counts_of_departments_that_a_clerk_can_check(tmp_path):
    frame = counted(tmp_path)
    told = {
        unit: frame.loc[(f"辽0102/{unit}", "全部", "2025Q3"), ["filed", "concluded_dated", "pending"]].tolist()
        for unit in ("民一庭", "新设庭", "未填部门")
    }
    assert told == {"民一庭": [1, 1, 0], "新设庭": [1, 1, 0], "未填部门": [1, 0, 1]}
    # The appeal against 民初1 falls to the department that had it, that against a case not in the data to none.
    assert frame.loc[("辽0102/民一庭", "全部", "2025Q3"), "first_reversed"] == 1
    assert frame.loc[("辽0102/未填部门", "全部", "2025Q3"), "appeals"] == 1
    assert frame.loc[("辽01/民二庭", "全部", "2025Q3"), "concluded_dated"] == 2


def test_departments_are_the_same_where_only_counts_are_read(tmp_path):
    """Then rows keep no number but those by which appeals find their department, also if it is written otherwise."""
    rows = [
        *ROWS,
        ("（2025）辽01民终3号", CITY, "民二庭", "", "2025-08-05", "2025-09-06", "改判", "(2025)辽0102民初0001号"),
        ("（2025）辽01民终4号", CITY, "", "", "2025-08-05", "2025-09-06", "改判", "（2025）辽0103民初1号"),
        ("（2025）辽0102民初1号", EAST, "新设庭", "", "2025-07-01", "2025-08-01", "判决", ""),  # once more
    ]
    wanted = catalogue.load().columns | read.UNIT_NAMES
    for depth in ("department", "team"):
        with dividing(tmp_path, rows, UNITS, depth, wanted=wanted) as cases:
            assert cases.lean and cases.connection.execute("SELECT count(case_no) FROM cases").fetchall() == [(2,)]
            lean = tally(cases, fitted(catalogue.load(), cases), QUARTERS).frame
        whole = counted(tmp_path, rows, depth=depth)
        assert lean.equals(whole)
        assert whole.loc[("辽0102/民一庭", "全部", "2025Q3"), "first_reversed"] == 2


def test_a_department_that_was_renamed_keeps_one_history(tmp_path):
    frame = counted(tmp_path)
    assert [frame.loc[("辽0102/民一庭", "民事", quarter), "concluded_dated"] for quarter in ("2025Q2", "2025Q3")] == [
        1,
        1,
    ]
    assert "辽0102/民事审判第一庭" not in frame.index.get_level_values("court")


def test_a_department_that_was_merged_is_counted_in_its_successor(tmp_path):
    table = "法院,部门,止,并入\n辽0102,民事审判第一庭,2025-06-30,民一庭\n辽0102,民一庭,,\n"
    frame = counted(tmp_path, table=table)
    assert frame.loc[("辽0102/民一庭", "全部", "2025Q2"), "concluded_dated"] == 1
    assert "辽0102/民事审判第一庭" not in frame.index.get_level_values("court")


def test_teams_stand_below_their_department_and_those_without_one_beside_them(tmp_path):
    frame = counted(tmp_path, depth="team")
    concluded = frame["concluded_dated"].xs("全部", level="line").xs("2025Q3", level="period")
    filed = frame["filed"].xs("全部", level="line").groupby("court").sum()
    assert concluded["辽0102/民一庭/张某团队"] == concluded["辽0102/民一庭"] == 1
    assert (filed["辽0102/民一庭/张某团队"], filed["辽0102/民一庭/未填团队"], filed["辽0102/民一庭"]) == (1, 1, 2)
    assert not [code for code in frame.index.get_level_values("court") if code.startswith("辽0103/民一庭/")]


def test_only_the_courts_asked_for_are_divided(tmp_path):
    courts = set(counted(tmp_path, of=["辽0102"]).index.get_level_values("court"))
    assert {court_of(one) for one in courts if "/" in one} == {"辽0102"}
    assert {"辽", "辽01", "辽01本级", "辽0102", "辽0103"} <= courts


def test_the_listed_cases_of_a_department_add_up_to_its_number(tmp_path):
    with dividing(tmp_path, ROWS, UNITS) as cases:
        known, period = fitted(catalogue.load(), cases), parse_period("2025Q3")
        found = {
            unit: cases_behind(cases, known, period, court=f"辽0102/{unit}", line="全部", indicator="filed")
            for unit in ("民一庭", "新设庭", "未填部门")
        }
        whole = cases_behind(cases, known, period, court="辽0102", line="全部", indicator="filed")
        reversed_ = cases_behind(
            cases, known, period, court="辽0102/民一庭", line="全部", indicator="first_reversal_rate"
        )
    assert {unit: rows["案号"].tolist() for unit, rows in found.items()} == {
        "民一庭": ["（2025）辽0102民初1号"], "新设庭": ["（2025）辽0102刑初1号"], "未填部门": ["（2025）辽0102民初3号"],
    }  # fmt: skip
    assert sum(rows[VALUE].sum() for rows in found.values()) == whole[VALUE].sum() == 3
    assert reversed_["案号"].tolist() == ["（2025）辽01民终1号"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("法院,名称\n辽0102,民一庭\n", "部门表缺少列：部门"),
        ("法院,部门\n辽0999,民一庭\n", "第2行“法院”“辽0999”不在法院表中"),
        ("法院,部门\n辽0102,民一庭\n辽0102,民一庭\n", "第3行“部门”“民一庭”与第2行重复"),
        ("法院,部门,并入\n辽0102,民一庭,民二亭\n辽0102,民二庭,\n", "“民二亭”不在表中；是否为“民二庭”"),
        ("法院,部门,并入\n辽0102,民一庭,民二庭\n辽0102,民二庭,民一庭\n", "循环：民一庭 → 民二庭 → 民一庭"),
        ("法院,部门,起,止\n辽0102,民一庭,2025-06-01,2025-01-01\n", "“2025-01-01”早于起"),
        ("法院,部门,起\n辽0102,民一庭,去年\n", "“去年”不是日期"),
        ("法院,部门,上级\n辽0102,甲组,民一庭\n辽0102,乙组,甲组\n辽0102,民一庭,\n", "“甲组”本身有上级"),
    ],
)
def test_mistakes_in_the_table_are_named(tmp_path, table, told):
    with pytest.raises(ConfigError) as caught, dividing(tmp_path, ROWS, table):
        pass
    assert told in str(caught.value)


def test_what_is_derived_is_read_again_as_it_was(tmp_path):
    with dividing(tmp_path, ROWS) as cases:
        seen = read.named(cases)
        found = units.derive(seen)
        units.write(found, tmp_path / "units.csv")
        assert units.load(tmp_path / "units.csv", cases.tree) == found
    assert [(one.name, one.above) for one in found.units if one.court == "辽0102"] == [
        ("民一庭", ""), ("张某团队", "民一庭"), ("民事审判第一庭", ""), ("新设庭", ""),
    ]  # fmt: skip
    assert found.unlisted(seen) == {}


def test_names_that_the_table_does_not_know_are_told(tmp_path):
    with dividing(tmp_path, ROWS, UNITS) as cases:
        known = units.load(tmp_path / "units.csv", cases.tree)
        assert known.unlisted(read.named(cases)) == {"辽0102": ("新设庭",)}


DAY = st.dates(date(2024, 6, 1), date(2025, 9, 30))
NAMES = st.sampled_from(["民一庭", "民事审判第一庭", "刑庭", "新/设庭", ""])


@st.composite
def divided_rows(draw):
    rows = []
    for number in range(1, draw(st.integers(10, 40)) + 1):
        court = draw(st.sampled_from(["辽01", "辽0102", "辽0103"]))
        kind = "民终" if court == "辽01" else draw(st.sampled_from(["民初", "刑初", "执"]))
        filed = draw(DAY)
        length = draw(st.none() | st.integers(0, 500))
        ended = filed + timedelta(days=length) if length is not None else None
        origin = draw(st.integers(1, 40))
        rows.append(
            (
                f"（2025）{court}{kind}{number}号",
                court,
                draw(NAMES),
                draw(st.sampled_from(["", "甲组", "乙组"])),
                filed.isoformat(),
                ended.isoformat() if ended else "",
                draw(st.sampled_from(["判决", "调解", "改判", "发回重审", "执行完毕", "某种新方式"])) if ended else "",
                f"（2025）辽0102民初{origin}号" if kind == "民终" else "",
            )
        )
    return rows


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(divided_rows(), st.sampled_from(["department", "team"]))
def test_departments_add_up_to_their_court_for_every_indicator_line_and_period(rows, depth):
    """Of all editions at once, with cases of no department and with words that nobody knows."""
    with tempfile.TemporaryDirectory() as folder:
        with dividing(Path(folder), rows, UNITS, depth=depth) as cases:
            known = fitted(catalogue.load(catalogue.EVERYTHING), cases)
            periods = [*QUARTERS, parse_period("2025-01..06"), parse_period("2025Q1-Q3")]
            divided = tally(cases, known, QUARTERS)
            table = values(divided, known, periods, most_unknown=float("inf"))
        with dividing(Path(folder), rows, UNITS, depth="court") as whole:
            plain = tally(whole, known, QUARTERS)
    exact = [name for name in plain.frame if plain.frame[name].dtype == "int64"]
    mine = divided.frame[[court_of(code) == code for code in divided.frame.index.get_level_values("court")]]
    assert mine[exact].equals(plain.frame[exact])
    keys = ["line", "indicator", "period"]
    sums = table.assign(n=table["numerator"].fillna(0), d=table["denominator"].fillna(0))
    for court in ("辽01本级", "辽0102", "辽0103"):
        owner = court.removesuffix("本级")
        below = sums[sums["court"].str.startswith(f"{owner}/") & (sums["court"].str.count("/") == 1)]
        own = sums[sums["court"] == court].set_index(keys)[["n", "d"]]
        added = below.groupby(keys)[["n", "d"]].sum()
        own, added = own[(own != 0).any(axis=1)], added[(added != 0).any(axis=1)]
        assert own.sort_index().equals(added.sort_index())
        for unit in below["court"].unique():
            teams = sums[sums["court"].str.startswith(f"{unit}/")]
            if len(teams):
                parts = teams.groupby(keys)[["n", "d"]].sum()
                above = sums[sums["court"] == unit].set_index(keys)[["n", "d"]]
                parts, above = parts[(parts != 0).any(axis=1)], above[(above != 0).any(axis=1)]
                assert parts.sort_index().equals(above.sort_index())
