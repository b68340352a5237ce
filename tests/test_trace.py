"""Every printed number has its cases: their values add up to it, for every indicator, court and line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reports import catalogue, read
from reports.compare import values
from reports.courts import court_table
from reports.courts.periods import consecutive, parse_period
from reports.errors import ConfigError
from reports.tally import tally
from reports.tally.cases import VALUE, cases_behind

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def everything(province, city):
    """The cases of four courts in the tree of the province: each number at every height is of a few hundred cases."""
    tree = court_table.load(province / "courts.csv")
    edition = catalogue.load()
    period = parse_period("2026Q3")
    with read.read(["cases.parquet"], city, tree=tree, today=date(2026, 11, 22)) as table:
        table.connection.execute("CREATE TABLE once AS FROM cases")  # what the view works out is worked out once
        table = replace(table, relation="once")
        counted = tally(table, edition, consecutive(period.year_before, period))
        yield table, edition, period, values(counted, edition, [period, parse_period("2026Q1-Q3")])


def test_the_cases_add_up_to_every_printed_number(everything):
    table, edition, _, numbers = everything
    wanted = numbers[numbers["court"].isin(["辽", "辽01", "辽01本级", "辽0102"])]
    checked = 0
    for cell in wanted.itertuples():
        period = parse_period(cell.period)
        options = {"court": cell.court, "line": cell.line, "indicator": cell.indicator}
        assert cases_behind(table, edition, period, **options)[VALUE].sum() == cell.numerator, cell
        checked += 1
        if edition.indicators[cell.indicator].denominator:
            below = cases_behind(table, edition, period, denominator=True, **options)
            assert below[VALUE].sum() == cell.denominator, cell
    assert checked > 300
    assert set(wanted["indicator"]) == {name for name, item in edition.indicators.items() if not item.needs}


def test_parties_are_never_listed_and_judges_only_on_request(everything):
    table, edition, period, _ = everything
    options = {"court": "辽0102", "line": "全部", "indicator": "filed"}
    assert "当事人" not in cases_behind(table, edition, period, **options)
    assert "承办人" not in cases_behind(table, edition, period, **options)
    assert "承办人" in cases_behind(table, edition, period, judges=True, **options)


def test_a_count_has_no_denominator(everything):
    table, edition, period, _ = everything
    with pytest.raises(ConfigError, match="分母"):
        cases_behind(table, edition, period, court="辽", line="全部", indicator="新收", denominator=True)
