from fractions import Fraction

import pytest
from by_hand import compared, write_csv
from hypothesis import given
from hypothesis import strategies as st

from reports.courts import court_table
from reports.explain import by_court, by_line, choose, split_count, split_rate
from reports.model import Attribution, Part

cell = st.tuples(st.integers(0, 500), st.integers(0, 1000))
parts = st.lists(st.tuples(cell, cell), min_size=1, max_size=12)


def splits(pairs):
    return [(str(i), str(i), now, base) for i, (now, base) in enumerate(pairs)]


@given(parts)
def test_the_parts_of_a_rate_add_up_exactly(pairs):
    found = split_rate(splits(pairs))
    now, base = ([sum(x) for x in zip(*side, strict=True)] for side in zip(*pairs, strict=True))
    if not now[1] or not base[1]:
        assert found == []
        return
    assert sum(part.total for part in found) == Fraction(now[0], now[1]) - Fraction(base[0], base[1])


@given(parts)
def test_swapping_the_periods_flips_every_sign(pairs):
    forward = split_rate(splits(pairs))
    backward = split_rate(splits([(base, now) for now, base in pairs]))
    assert [(p.within, p.mix) for p in forward] == [(-p.within, -p.mix) for p in backward]


@given(parts, st.integers(2, 50))
def test_the_volume_of_a_period_changes_nothing(pairs, factor):
    grown = [((now[0] * factor, now[1] * factor), base) for now, base in pairs]
    assert [p.total for p in split_rate(splits(pairs))] == [p.total for p in split_rate(splits(grown))]


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1))
def test_the_parts_of_a_count_add_up(pairs):
    found = split_count(splits([((now, None), (base, None)) for now, base in pairs]))
    assert sum(p.total for p in found) == sum(now - base for now, base in pairs)


# Two groups whose own rates both fall while the total rises, because the group with the higher rate grew:
# 10/100 and 60/200 → 9/100 and 145/500; total 70/300 = 23.33% → 154/600 = 25.67%.
def test_structure_alone_can_move_a_total():
    found = split_rate([("a", "甲", (9, 100), (10, 100)), ("b", "乙", (145, 500), (60, 200))])
    assert all(part.within < 0 for part in found)
    assert sum(part.mix for part in found) > 0
    assert sum(part.total for part in found) == Fraction(154, 600) - Fraction(70, 300)


@pytest.fixture
def cells(tmp_path):
    rows = []
    for year, outcomes in ((2024, "调调判判"), (2025, "调判判判判判")):
        for n, outcome in enumerate(outcomes, 1):
            court = "辽0102" if n % 2 else "辽0202"
            rows.append(
                {
                    "案号": f"（{year}）{court}民初{n}号",
                    "经办法院": court,
                    "立案日期": f"{year}-07-01",
                    "结案日期": f"{year}-08-0{n}",
                    "结案方式": "调解" if outcome == "调" else "判决",
                }
            )
    path = write_csv(tmp_path / "c.csv", rows)
    return compared(path, "2025Q3"), court_table.load(tmp_path / "courts.csv")


def test_a_courts_parts_are_its_own_cases_and_its_childrens(cells):
    comparisons, tree = cells
    split = by_court(comparisons, tree, "辽", "全部", "civil_mediation_rate", "year_before")
    assert [part.key for part in split.parts] == ["辽01", "辽02"]
    assert split.change == Fraction(1, 6) - Fraction(1, 2)
    growth = by_court(comparisons, tree, "辽", "全部", "filed", "year_before")
    assert sum(part.total for part in growth.parts) == 2
    assert by_line(comparisons, "辽", "filed", "year_before") is None, "one line alone explains nothing"


def attribution(dimension, *totals):
    parts = tuple(Part(str(i), str(i), Fraction(t), Fraction(0), (0, 0), (0, 0)) for i, t in enumerate(totals))
    return Attribution("辽", "全部", "filed", dimension, "year_before", sum(map(Fraction, totals)), parts)


def test_one_part_that_carries_the_change_beats_three():
    spread, single = attribution("court", 4, 3, 3, 1), attribution("cause", 10, 1, 1, -1, 0)
    assert choose([spread, single]).dimension == "cause"
    assert choose([single, spread]).dimension == "cause"
    assert choose([attribution("line", 0, 0)]) is None
    assert choose([]) is None


def test_drivers_go_the_way_of_the_change_and_are_three_at_most():
    assert [part.key for part in attribution("court", 5, -9, 4, 3, 20).drivers] == ["4", "0", "2"]


@given(parts)
def test_structure_and_own_movement_are_the_whole_change(pairs):
    found = split_rate(splits(pairs))
    if found:
        change = sum((p.total for p in found), Fraction(0))
        one = Attribution("辽", "全部", "x", "line", "previous", change, tuple(found))
        assert one.within + one.mix == change
        assert not (one.reversal and one.within == 0)


# Appeals: civil 4% → 5%, criminal 20% → 22%, but the share of criminal cases halves: the total falls.
def test_a_reversal_is_seen():
    found = split_rate([("a", "民事", (45, 900), (32, 800)), ("b", "刑事", (22, 100), (40, 200))])
    change = sum((p.total for p in found), Fraction(0))
    assert change < 0
    assert Attribution("辽", "全部", "x", "line", "previous", change, tuple(found)).reversal
