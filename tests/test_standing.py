"""Where figures stand to their intervals, and the little that may be told as achieved: small numbers, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from said import evidence

from reports import catalogue
from reports.catalogue import Interval
from reports.compose.standing import effective_of, returned_of, standings
from reports.courts.periods import parse_period
from reports.courts.tree import Court, CourtTree
from reports.model import Comparisons, Findings, Flag, Reference, State
from reports.pipeline.findings import eased
from reports.pipeline.job import TEMPLATES
from reports.templates import environment_of, fill

LONG_AGO = date(2020, 1, 1)
LIMITS = {  # low, high
    "within_limit": (96.0, None),
    "first_reversal_rate": (None, 2.0),
    "average_days": (None, 60.0),
    "civil_mediation_rate": (20.0, 30.0),
    "appeal_rate": (8.0, 12.0),
}
CELLS = {  # now, the period before
    "within_limit": ((97, 100), (95, 100)),  # came back
    "first_reversal_rate": ((1, 100), (2, 100)),  # inside twice
    "average_days": ((7000, 100), (5000, 100)),  # left
    "civil_mediation_rate": ((35, 100), (25, 100)),  # better than the interval, inside before
    "appeal_rate": ((10, 100), (20, 100)),  # a right: counted, never praised
    "enforcement_completion_rate": ((90, 100), (10, 100)),  # no interval
}
TREE = CourtTree.of([Court("辽0102", "天枢市城东区人民法院", "basic", None, "")])


def told(key="2025Q3", limits=LIMITS, cells=CELLS, since=LONG_AGO, **more) -> Findings:
    period, edition = parse_period(key), catalogue.load()
    own = {
        name: replace(item, intervals=(Interval(since, *limits[name], "测试用"),) if name in limits else ())
        for name, item in edition.indicators.items()
    }
    edition = replace(edition, indicators=own)
    names = ["now_n", "now_d", "previous_n", "previous_d", "year_before_n", "year_before_d"]
    index = pd.MultiIndex.from_tuples(
        [("辽0102", "全部", name) for name in cells], names=["court", "line", "indicator"]
    )
    rows = [[*now, *before, *before] for now, before in cells.values()]
    comparisons = Comparisons(period, edition, pd.DataFrame(rows, columns=names, index=index).astype("Int64"), {})
    given = {"flags": (), "untested": (), "eased": (), "follow_up": {}} | more
    return Findings(
        **given, period=period, issuer="辽0102", tree=TREE, catalogue=edition, comparisons=comparisons,
        history=pd.DataFrame(), tested=frozenset(), attributions={}, ordinary=frozenset(), unmoved=frozenset(), rows_in=0,
        rows_used=0, set_aside={}, rows_aside=pd.DataFrame(), notes=(), data_until=date(2025, 10, 1),
    )  # fmt: skip


def of(found: Findings):
    return standings(found, [item for item in found.catalogue.indicators.values() if item.assess])


def sentence(found: Findings, **more) -> str:
    environment = environment_of([TEMPLATES], "markdown")
    return fill(environment, "bulletins/parts/standing.md.j2", {"standing": of(found), **more}).strip()


def test_what_stands_where_is_counted_and_the_rest_is_not():
    found = of(told())
    assert {one["word"]: one["count"] for one in found["groups"]} == {"优于": 1, "处于": 3, "劣于": 1}
    assert found["total"] == 5
    assert [one["name"] for one in found["returned"]] == ["审限内结案率"]
    assert found["held"]["names"] == "一审裁判被改判发回重审率和民事调解率"


def test_the_single_exception_stands_beside_what_was_achieved():
    assert sentence(told()) == (
        "设有合理区间的5项中，除平均审理天数为70.0天（100件，合理区间为不高于60天）劣于区间外，"
        "均优于或处于区间（优于1项、处于3项）。审限内结案率由上期的95.00%升至97.00%，回到合理区间（不低于96%）。"
        "一审裁判被改判发回重审率和民事调解率上期也在区间之内。"
    )


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["within_limit"], "审限内结案率处于区间。"),
        (["average_days"], "平均审理天数为70.0天（100件，合理区间为不高于60天）劣于区间。"),
        (["within_limit", "first_reversal_rate"], "设有合理区间的2项均处于区间。"),
        (["average_days", "first_reversal_rate"], "劣于区间外，另1项处于区间。"),
        ([], ""),
    ],
)
def test_few_indicators_are_told_of_as_they_are(names, words):
    text = sentence(told(limits={name: LIMITS[name] for name in names}), praise=False)
    assert words in text and bool(text) == bool(names)


def test_an_interval_that_is_new_praises_nothing():
    found = of(told(since=date(2025, 7, 1)))
    assert found["total"] == 5 and not found["returned"] and not found["held"]["count"]


def test_of_months_so_far_the_year_before_is_the_other_period():
    found = of(told("2025Q1-Q3"))
    assert found["base"] == "去年同期" and [one["base"] for one in found["returned"]] == ["95.00%"]


def flag(name, severity):
    return Flag("2025Q3", "辽0102", "全部", name, severity, None, "up", (), None, None, None,
                Reference("peers", None, ""), evidence())  # fmt: skip


def test_what_is_doubtful_or_too_small_is_counted_and_not_praised():
    found = of(told(flags=(flag("within_limit", "grey"),), untested=(("辽0102", "first_reversal_rate", "基数较小"),)))
    assert found["total"] == 5 and not found["returned"]
    assert found["held"]["names"] == "民事调解率"


def test_a_court_is_named_for_what_came_back_inside_and_for_nothing_else():
    """The issuer's own stands with the indicators; appeals are a right; what is still outside is no achievement."""
    cells = [("辽0102", name, "缓解") for name in ("within_limit", "appeal_rate", "average_days")]
    upper = CourtTree.of([Court("辽01", "天枢市中级人民法院", "intermediate", None, ""),
                          replace(TREE.courts[0], parent="辽01")])  # fmt: skip
    found = replace(told(eased=tuple(cells)), tree=upper, issuer="辽01")
    (one,) = returned_of(found)
    assert (one["name"], one["base"], one["value"]) == ("城东区法院审限内结案率", "95.00%", "97.00%")


def test_that_a_good_movement_is_found_no_more_is_no_relief():
    better, worse = ("辽0102", "within_limit", "R2", "up"), ("辽0102", "average_days", "R2", "up")
    filed = ("辽0102", "filed", "R2", "up")
    before = {key: State("新发", "2025Q2", "2025Q2") for key in (better, worse, filed)}
    after = {key: State("缓解", "2025Q2", "2025Q2", 1) for key in before}
    assert eased(before, after, (), catalogue.load()) == (("辽0102", "average_days", "缓解"),)


def test_an_item_that_worked_is_told_with_its_figures():
    row = {"title": "城东区法院上诉率", "told": "2025年第二季度", "value": "5.20%", "now": "1.00%（100件中1件）"}
    row["single"] = "9月为0.50%"
    items = [row | {"verdict": verdict} for verdict in ("见效", "部分见效", "未见效", "尚不能判断")]
    (one,) = effective_of(told(follow_up={"items": items}))
    assert (one["value"], one["now"], one["single"]) == ("5.20%", "1.00%", "9月为0.50%")
