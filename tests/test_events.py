"""Findings of one unit behind which the same cases stand are one event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations, product

import pytest
from by_hand import reading, write_csv
from hypothesis import given
from hypothesis import strategies as st

from reports import catalogue
from reports.courts.periods import parse_period
from reports.model import ALL_LINES, Flag, Reference
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.pipeline.stages import Cases
from reports.pipeline.subjects import by_lines, narrowed
from reports.tally.cases import numbers_behind, short_list
from reports.tally.events import _together, events
from reports.tally.reach import fitted
from reports.workspace import find

PERIOD = parse_period("2025Q3")


def concluded(number: str, way: str, *, late: bool = False, days: int = 30) -> dict[str, object]:
    return {
        "案号": f"（2025）辽0102{number}号",
        "经办法院": "辽0102",
        "案由": "买卖合同纠纷",
        "立案日期": f"2025-0{8 - days // 30}-01",
        "结案日期": "2025-08-20",
        "结案方式": way,
        "应结案日期": "2025-08-10" if late else "2025-12-31",
    }


# Of ten enforcements two were completed and six ended for now; of ten civil cases none was mediated, five were late.
WAYS = ["执行完毕"] * 2 + ["终结本次执行程序"] * 6 + ["终结执行"] * 2
ENFORCED = [concluded(f"执{n}", way) for n, way in enumerate(WAYS, 1)]
CIVIL = [concluded(f"民初{n}", "判决", late=n <= 5, days=90 if n <= 5 else 30) for n in range(1, 11)]


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    with reading(write_csv(tmp_path_factory.mktemp("events") / "c.csv", [*ENFORCED, *CIVIL])) as table:
        yield table, fitted(catalogue.load("all"), table)


def bad(indicator: str, direction: str, severity: str = "red", **more: object) -> Flag:
    against = Reference("own_history", None, "")
    one = Flag(
        "2025Q3", "辽0102", ALL_LINES, indicator, severity, severity, direction, ("R2",), 1.0, 1, 1, against, None
    )  # type: ignore[arg-type]
    return replace(one, **more)  # type: ignore[arg-type]


COMPLETED = bad("enforcement_completion_rate", "down", p=0.001)
ENDED = bad("enforcement_termination_rate", "up", p=0.01)
LATE = bad("within_limit", "down", "amber", p=0.0001)
UNMEDIATED = bad("civil_mediation_rate", "down", p=0.02)


def test_what_shares_half_of_the_smaller_list_is_one_event(cases):
    found = events(*cases, PERIOD, [LATE, COMPLETED, ENDED, UNMEDIATED])
    assert found == {
        COMPLETED.key: COMPLETED.key,
        ENDED.key: COMPLETED.key,  # the surer of two red ones leads
        LATE.key: UNMEDIATED.key,  # the graver leads, however sure the other is
        UNMEDIATED.key: UNMEDIATED.key,
    }
    assert events(*cases, PERIOD, [COMPLETED, UNMEDIATED]) == {}, "one is alone"


def test_flags_of_a_line_are_events_as_those_of_all_lines(tmp_path):
    """Of 60 enforcements a quarter 24 were completed and 18 ended for now in each court; now 3 and 42 in one."""
    rows = []
    for (year, quarter), court in product(product((2024, 2025), (1, 2, 3, 4)), range(2, 8)):
        done, ended = (3, 42) if (year, quarter, court) == (2025, 4, 3) else (24, 18)
        for n in range(60):
            way = "执行完毕" if n < done else "终结本次执行程序" if n < done + ended else "终结执行"
            number = f"（{year}）辽010{court}执{quarter}{n:02d}号"
            day = f"{year}-{3 * quarter:02d}-{n % 28 + 3:02d}"
            rows.append({"案号": number, "经办法院": f"辽010{court}", "案由": "买卖合同纠纷", "立案日期": f"{year}-01-02",
                         "结案日期": day, "结案方式": way})  # fmt: skip
    write_csv(tmp_path / "c.csv", rows)
    (tmp_path / "tongbao.toml").write_text('[court]\ncode = "辽01"\n[source]\nfiles = ["c.csv"]\n', "utf-8")
    job = Job(find(tmp_path), parse_period("2025Q4"), date(2026, 1, 15), date(2026, 1, 15), keep=False)
    with Cases(job) as opened:
        found = findings(job, cases=opened)
        (line,) = by_lines(found, "执行")
        told, untold = narrowed(found, line, opened), narrowed(found, line)
    lead = "2025Q4|辽0103|执行|enforcement_completion_rate|down"
    event = {one.indicator: one.event for one in told.flags if one.severity in ("red", "amber")}
    assert event["enforcement_completion_rate"] == event["enforcement_termination_rate"] == lead
    assert not any(one.event for one in untold.flags)


def test_other_units_hints_and_the_better_way_stand_apart(cases):
    for other in (
        replace(ENDED, court="辽0103"), replace(ENDED, line="执行"), replace(ENDED, severity="yellow"),
        replace(ENDED, severity="green"), replace(ENDED, severity="grey", strength=None),
    ):  # fmt: skip
        assert events(*cases, PERIOD, [COMPLETED, other]) == {}
    own = bad("someone_elses_rate", "up")  # an indicator table's own has no cases
    table, edition = cases
    known = replace(edition.indicators["within_limit"], id="someone_elses_rate", numerator=(), denominator=())
    edition = replace(edition, indicators={**edition.indicators, known.id: known})
    assert events(table, edition, PERIOD, [COMPLETED, own]) == {}


@pytest.mark.parametrize(
    "flag", [COMPLETED, ENDED, LATE, UNMEDIATED, bad("case_piece_ratio", "up"), bad("filed", "up")]
)
def test_the_lists_compared_are_those_that_are_printed(cases, flag):
    table, edition = cases
    listed = short_list(table, edition, PERIOD, flag, judges=False)
    numbers = {row[0] for row in table.rows(numbers_behind(table, edition, PERIOD, flag).sql(dialect=table.dialect))}
    assert numbers == {row[listed.heads.index("案号")] for row in listed.rows}


def test_of_a_mean_the_cases_above_it_are_compared(cases):
    table, edition = cases
    days = bad("average_days", "up", numerator=60, denominator=1)
    rows = table.rows(numbers_behind(table, edition, PERIOD, days).sql(dialect=table.dialect))
    assert {number for (number,) in rows} == {f"（2025）辽0102民初{n}号" for n in range(1, 6)}


@given(st.lists(st.sets(st.integers(0, 9)), min_size=2, max_size=5))
def test_any_two_lists_that_share_half_are_together_and_nothing_else_is(lists):
    held = [sum(2**place for place, one in enumerate(lists) if case in one) for case in range(10)]
    sizes = [(which, held.count(which)) for which in set(held) if which]
    group = {place: number for number, one in enumerate(_together(sizes, len(lists))) for place in one}
    edges = [
        (a, b) for a, b in combinations(range(len(lists)), 2)
        if (both := len(lists[a] & lists[b])) and 2 * both >= min(len(lists[a]), len(lists[b]))
    ]  # fmt: skip
    reached = {place: {place} for place in range(len(lists))}
    for _ in lists:
        for a, b in edges:
            reached[a] = reached[b] = reached[a] | reached[b]
    for a, b in combinations(range(len(lists)), 2):
        assert (b in reached[a] or a in reached[b]) == (a in group and group[a] == group.get(b))
