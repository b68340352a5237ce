"""When judgments become final: against a slow count by hand on small random tables, from files and in an engine."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlglot
from by_hand import COURTS, TODAY, _periods, write_csv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import catalogue, read
from reports.compare import compare, untold, values
from reports.courts import court_table
from reports.courts.finality import rules
from reports.pipeline.sources import engine_columns, with_finality
from reports.read import dialect as dialects
from reports.read import finality, kept
from reports.read.database import Database
from reports.read.engine import Remote, read_engine, script
from reports.read.engine.engines import Pep249
from reports.read.engine.plan import Plan
from reports.read.engine.words import DUCKDB, WORDS
from reports.tally import counting_sql, tally
from reports.tally.reach import fitted

NAMES = ("petition_rate", "effective_revised_rate", "effective_remanded_rate")
WHOLE = catalogue.load(catalogue.EVERYTHING)
EDITION = replace(WHOLE, indicators={name: WHOLE.indicators[name] for name in NAMES}, context=())
QUARTER = (date(2025, 7, 1), date(2025, 9, 30))
HEADS = ("案号", "经办法院", "立案日期", "结案日期", "结案方式", "适用程序", "送达日期", "是否上诉", "原审案号")
ANCHORS = [  # so that the data tell of appeals and reviews from the beginning
    ("（2024）辽01民终900号", "辽01", "2024-01-02", "2024-02-02", "维持", "", "", "", "（2023）辽0102民初900号"),
    ("（2024）辽01民申901号", "辽01", "2024-01-02", "2024-02-02", "驳回申请", "", "", "", "（2023）辽0102民初901号"),
    ("（2024）辽民申902号", "辽", "2024-01-02", "2024-02-02", "驳回申请", "", "", "", "（2023）辽01民终902号"),
]
DAYS = st.dates(date(2025, 5, 20), date(2025, 10, 20))


@st.composite
def tables(draw):
    """Rows of first instances, of some an appeal, of some judgments a review and a retrial."""
    rows = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        court = draw(st.sampled_from(["辽0102", "辽0103"]))
        kind = draw(st.sampled_from(["民初", "刑初", "行初"]))
        end = draw(DAYS)
        served = draw(st.none() | st.integers(-2, 20))
        applied = draw(st.sampled_from(["", "普通程序", "简易程序"] + ["小额诉讼"] * (kind == "民初")))
        outcome = draw(st.sampled_from(["判决", "调解", "驳回起诉", "撤诉", "不予受理", "驳回诉讼请求"]))
        told = draw(st.sampled_from(["", "", "否", "是"]))
        first = f"（2025）{court}{kind}{number}号"
        open_ = draw(st.sampled_from([False, False, False, True]))
        days = ("", "") if open_ else (str(end), "" if served is None else str(end + timedelta(served)))
        rows.append((first, court, "2025-05-01", days[0], "" if open_ else outcome, applied, days[1], told, ""))
        judgment = first
        if not open_ and draw(st.booleans()):
            second = f"（2025）辽01{kind[0]}终{number}号"
            ended = draw(st.none() | DAYS)
            result = draw(st.sampled_from(["维持", "改判", "发回重审", "撤回上诉", "调解"]))
            spelt = first.replace("（", "(").replace("）", ")") if draw(st.booleans()) else first
            state = ("", "") if ended is None else (str(max(ended, end)), result)
            rows.append((second, "辽01", str(end), *state, "", "", "", spelt))
            judgment = draw(st.sampled_from([first, second]))
        if draw(st.booleans()):
            above = "辽" if "终" in judgment else "辽01"
            code = draw(st.sampled_from(["申", "监", "抗"]))
            review = f"（2025）{above}{kind[0]}{code}{number}号"
            rows.append((review, above, str(draw(DAYS)), "", "", "", "", "", judgment))
            if draw(st.booleans()):
                result = draw(st.sampled_from(["改判", "发回重审", "维持"]))
                named = draw(st.sampled_from([judgment, review]))
                retrial = f"（2025）{above}{kind[0]}再{number}号"
                rows.append((retrial, above, "2025-05-20", str(draw(DAYS)), result, "", "", "", named))
    return draw(st.permutations(rows))


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def final_day(row, rows) -> date | None:
    """When one judgment became final, read off the statutes one by one."""
    number, _, _, concluded, outcome, applied, served, told, _ = row
    ended = day(concluded)
    if ended is None:
        return None
    known = day(served)
    start = known if known and known >= ended else ended
    if "终" in number:
        return start if outcome in ("维持", "改判", "调解") else None
    if outcome == "撤诉":
        return None
    appeals = [one for one in rows if "终" in one[0] and one[8].replace("(", "（").replace(")", "）") == number]
    if appeals:
        (appeal,) = appeals
        return day(appeal[3]) if appeal[4] == "撤回上诉" else None
    if told == "是":
        return None
    if applied == "小额诉讼" or outcome == "调解":
        return start
    ruling = outcome in ("驳回起诉", "不予受理")
    term = (5 if ruling else 10) if "刑" in number else (10 if ruling else 15)
    return start + timedelta(term + 1)


def by_hand(rows, court: str) -> dict[str, tuple[int, int]]:
    inside = [QUARTER[0] + timedelta(n) for n in range((QUARTER[1] - QUARTER[0]).days + 1)]
    effective = sum(
        row[1] == court and ("初" in row[0] or "终" in row[0]) and final_day(row, rows) in inside for row in rows
    )
    reviews = {row[0]: row[8] for row in rows if any(mark in row[0] for mark in "申监抗")}

    def of(judgment: str) -> str:
        return reviews.get(judgment, judgment)

    def mine(judgment: str) -> bool:
        return re.match(f"{court}\\D", judgment.partition("）")[2]) is not None

    petitions = sum("申" in row[0] and day(row[2]) in inside and mine(row[8]) for row in rows)
    found = {"petition_rate": (petitions, effective)}
    for name, result in (("effective_revised_rate", "改判"), ("effective_remanded_rate", "发回重审")):
        retried = [of(row[8]) for row in rows if "再" in row[0] and row[4] == result and day(row[3]) in inside]
        found[name] = (sum(map(mine, retried)), effective)
    return found


def counted(cases, edition):
    """(the tally, the cells, what is unknown) of a case table."""
    table = with_finality(cases, edition)
    edition = fitted(edition, table)
    found = tally(table, edition, _periods("2025Q3", "2025Q3"))
    cells = compare(values(found, edition, found.periods), edition, found.periods[0], untold(found, edition))
    return found, cells, table.unknown


def in_engine(file: Path, edition=EDITION):
    connection = duckdb.connect()
    connection.execute(
        f"CREATE TABLE anjian AS SELECT *, row_number() OVER () AS 序号 FROM read_csv('{file}', all_varchar = true)"
    )
    remote = Remote("duckdb", Database("", "", file.parent), "anjian", order="序号")
    engine = Pep249(DUCKDB, connection, "test")
    with read_engine(
        remote, file.parent, tree=_tree(file), today=TODAY, wanted=engine_columns(edition), engine=engine
    ) as cases:
        return counted(cases, edition)


def in_files(file: Path, wanted: frozenset[str] | None = None, edition=EDITION):
    with read.read([file.name], file.parent, tree=_tree(file), today=TODAY, wanted=wanted) as cases:
        return counted(cases, edition)


def _tree(file: Path):
    (file.parent / "courts.csv").write_text(COURTS, "utf-8")
    return court_table.load(file.parent / "courts.csv")


def write_rows(folder: Path, rows) -> Path:
    return write_csv(folder / "cases.csv", [dict(zip(HEADS, row, strict=True)) for row in [*ANCHORS, *rows]])


def check_by_hand(cells, rows) -> None:
    for court, code in (("辽0102", "辽0102"), ("辽0103", "辽0103"), ("辽01", "辽01本级")):
        hand = by_hand(rows, court)
        for indicator in NAMES:
            cell = cells.cell(code, "全部", indicator)
            assert (cell.now if cell else (0, 0)) == hand[indicator], (court, indicator)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_any_table_counts_as_by_hand(rows):
    with tempfile.TemporaryDirectory() as name:
        _, cells, _ = in_files(write_rows(Path(name), rows))
        check_by_hand(cells, rows)


def test_every_way_to_end_counts_as_by_hand_and_in_an_engine_as_in_files(tmp_path):
    """Each kind with each outcome and what became of it; with all columns, and with those alone that are counted by."""
    rows = []
    ways = product(("民初", "刑初", "行初"), ("判决", "驳回起诉", "调解", "撤诉"), ("", "维持", "撤回上诉", "发回重审"))
    for number, (kind, outcome, above) in enumerate(ways, 1):
        end, court = date(2025, 6, 10) + timedelta(number), ("辽0102", "辽0103")[number // 4 % 2]
        first = f"（2025）{court}{kind}{number}号"
        told = "" if above else ("", "是", "否")[number // 4 % 3]
        applied = "小额诉讼" if number == 1 else "普通程序"
        rows.append(
            (first, court, "2025-05-01", str(end), outcome, applied, str(end + timedelta(number % 5)), told, "")
        )
        if above:
            second = f"（2025）辽01{kind[0]}终{number}号"
            rows.append((second, "辽01", str(end), str(end + timedelta(40)), above, "", "", "", first))
            review = f"（2025）辽{kind[0]}申{number}号"
            rows.append((review, "辽", str(end + timedelta(60)), "", "", "", "", "", second))
            rows.append(
                (f"（2025）辽{kind[0]}再{number}号", "辽", "2025-08-20", "2025-09-20", "改判", "", "", "", review)
            )
    file = write_rows(tmp_path, rows)
    whole, cells, unknown = in_files(file)
    check_by_hand(cells, rows)
    assert by_hand(rows, "辽0102")["petition_rate"][1] > 5 and by_hand(rows, "辽01")["petition_rate"][0] > 5
    lean, *_ = in_files(file, EDITION.columns)
    there, _, unknown_there = in_engine(file)
    pd.testing.assert_frame_equal(whole.frame, lean.frame)
    pd.testing.assert_frame_equal(whole.frame, there.frame)
    assert (whole.missing, unknown) == (there.missing, unknown_there)


def test_enforcement_is_linked_in_an_engine_as_in_files(tmp_path):
    edition = replace(EDITION, indicators={name: WHOLE.indicators[name] for name in ("enforcement_application_rate",)})
    heads = (*HEADS, "有给付内容", "执行依据案号")
    rows = [
        *((*row, "", "") for row in ANCHORS),
        (*JUDGED, "是", ""),
        ("（2025）辽0102执1号", "辽0102", "2025-09-01", "", "", "", "", "", "", "", "(2025)辽0102民初1号"),
    ]
    file = write_csv(tmp_path / "cases.csv", [dict(zip(heads, row, strict=True)) for row in rows])
    (whole, cells, _), (there, *_) = in_files(file, edition=edition), in_engine(file, edition)
    pd.testing.assert_frame_equal(whole.frame, there.frame)
    assert cells.cell("辽0102", "全部", "enforcement_application_rate").now == (1, 1)


def test_the_rules_are_told_with_their_articles():
    assert {rule.term for rule in rules()} == {0, 5, 10, 15}
    assert all("第" in rule.statute and rule.stage in ("一审", "二审") for rule in rules())
    for stage in ("一审", "二审"):  # whatever the outcome, a judgment has a rule
        last = {line for rule in rules() if rule.stage == stage and not rule.outcomes and not rule.applied
                for line in rule.lines}  # fmt: skip
        assert last == {"刑事", "民事", "行政"}


def rows_of(*rows):
    return [dict(zip(HEADS, row, strict=True)) for row in [*ANCHORS, *rows]]


JUDGED = ("（2025）辽0102民初1号", "辽0102", "2025-05-01", "2025-07-10", "判决", "普通程序", "", "", "")


@pytest.mark.parametrize(
    ("place", "word", "open_"),
    [
        (4, "某种方式", 1),  # an outcome nobody knows: it may be a judgment
        (7, "好像", 1),  # nobody knows whether somebody appealed
        (6, "某日", 1),  # nor on which day it was served
        (5, "某程序", 1),  # nor whether an appeal lies
        (7, "否", 0),
    ],
)
def test_what_is_not_understood_leaves_a_judgment_undecided_in_files_and_in_an_engine(tmp_path, place, word, open_):
    spoilt = (*JUDGED[:place], word, *JUDGED[place + 1 :])
    file = write_csv(tmp_path / "cases.csv", rows_of(spoilt))
    found = []
    for whole, *_ in (in_files(file), in_engine(file)):
        row = whole.frame.loc[("辽0102", "全部", "2025Q3")]
        undecided = [name for name in whole.frame if re.match("undecided_effective(_undated)?$", name)]
        found.append((int(row["effective"]), sum(int(row[name]) for name in undecided)))
    assert found[0] == found[1]
    assert found[0][1] == open_, found
    assert found[0][0] == 1 - open_, found


def test_a_second_instance_that_is_there_is_certain_whatever_the_first_row_says(tmp_path):
    """是否上诉 that nobody understands matters no more."""
    spoilt = (*JUDGED[:7], "好像", "")
    appeal = ("（2025）辽01民终1号", "辽01", "2025-07-20", "", "", "", "", "", JUDGED[0])
    whole, *_ = in_files(write_csv(tmp_path / "cases.csv", rows_of(spoilt, appeal)))
    row = whole.frame.loc[("辽0102", "全部", "2025Q3")]
    assert not any(row[name] for name in whole.frame if re.match("(undecided_)?effective(_undated)?$", name))


def test_a_court_whose_petitions_lie_elsewhere_is_on_neither_side(tmp_path):
    """A city's data hold no petitions against the intermediate court's own judgments: they lie with the high court."""
    petition = ("（2025）辽01民申1号", "辽01", "2025-08-20", "", "", "", "", "", JUDGED[0])
    second = ("（2025）辽01民终1号", "辽01", "2025-07-20", "2025-08-08", "维持", "", "", "", "（2025）辽0102民初7号")
    rows = [row for row in rows_of(JUDGED, petition, second) if row["经办法院"] != "辽"]
    _, cells, _ = in_files(write_csv(tmp_path / "cases.csv", rows))
    assert cells.cell("辽0102", "全部", "petition_rate").now == (1, 1)
    assert cells.cell("辽01", "全部", "petition_rate").now == (1, 1)
    assert cells.catalogue.definition(cells.catalogue.indicators["petition_rate"]).count(
        "天枢市中院的二审、再审审查情况不在数据中，其案件不计入该指标"
    )
    alone = [row for row in rows if row["经办法院"] != "辽01"]
    _, cells, _ = in_files(write_csv(tmp_path / "cases.csv", alone))
    assert cells.untold["petition_rate"].startswith("数据中没有上级法院的再审审查案件")


@pytest.mark.parametrize("dialect", sorted(WORDS))
def test_every_engine_is_given_statements_of_its_own_dialect(dialect):
    held = {name: "date" if name.endswith("日期") else "text" for name in (*HEADS, "有给付内容", "执行依据案号")}
    edition = catalogue.load("spc-2024-09")
    chosen = dialects.load("chinese")
    wanted = finality.wanted(engine_columns(edition))
    plan = Plan(WORDS[dialect], "anjian", held, chosen.match(tuple(held)), chosen, wanted, TODAY)
    columns = plan.columns | finality.told(plan.columns)
    counting = counting_sql(
        edition, columns, frozenset(), _periods("2025Q3", "2025Q2"), finality.RELATION, dialect
    )  # fmt: skip
    text = script(plan, counting)
    assert all(f"{name}：" in text for name in finality.REMARKS)
    assert sqlglot.parse(text, read=dialect)


def test_a_table_that_is_opened_again_has_what_the_days_are_worked_out_from(tmp_path):
    write_csv(tmp_path / "cases.csv", [dict(zip(HEADS, row, strict=True)) for row in ANCHORS])
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")

    def days(table):
        made = "SELECT count(*) FROM duckdb_tables() WHERE temporary"
        final = read.with_finality(table)
        found = final.rows(f"SELECT case_no, became_final FROM {final.relation} ORDER BY case_no")
        return found, table.connection.execute(made).fetchone()[0]

    with read.read(["cases.csv"], tmp_path, tree=court_table.load(tmp_path / "courts.csv"), today=TODAY) as table:
        first, made = days(table)
        kept.write(table, tmp_path / "kept.cases")
    assert made == 2, "the cases that were appealed, and the reviews"
    with kept.opened(tmp_path / "kept.cases") as table:
        assert days(table) == (first, 0)
