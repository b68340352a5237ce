from fractions import Fraction

import pytest
from by_hand import compared, write_csv
from hypothesis import given
from hypothesis import strategies as st

from reports.courts import tree as trees
from reports.explain import by_court, by_line, split_count, split_rate

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
    return compared(path, "2025Q3"), trees.load(tmp_path / "courts.csv")


def test_a_courts_parts_are_its_own_cases_and_its_childrens(cells):
    comparisons, tree = cells
    split = by_court(comparisons, tree, "辽", "全部", "civil_mediation_rate", "year_before")
    assert [part.key for part in split.parts] == ["辽01", "辽02"]
    assert split.change == Fraction(1, 6) - Fraction(1, 2)
    growth = by_court(comparisons, tree, "辽", "全部", "filed", "year_before")
    assert sum(part.total for part in growth.parts) == 2
    assert by_line(comparisons, "辽", "filed", "year_before") is None, "one line alone explains nothing"
