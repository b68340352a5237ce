"""The series and the group behind the flags: what charts draw is what the rules computed."""

import re

import numpy as np
import pandas as pd
import pytest
from planted_tables import NOW, judged, of, quarters, spec, table, units
from said import said

from reports.flag import Unit, load
from reports.flag.course import course
from reports.flag.panel import blocks, timeline
from reports.flag.province import usual
from reports.flag.screen import adjust, measure


def measured(frame, item):
    policy = load()
    (block,) = blocks(frame, [item], units(), timeline(frame, NOW), "全部")
    one = measure(block, 4, policy, {})
    adjust([one], policy)
    return one, policy


@pytest.mark.parametrize("kind", ["proportion", "ratio", "count"])
def test_a_value_is_outside_its_range_when_its_score_is_beyond_1_96(kind):
    one, policy = measured(table(kind, moved={7: 1.0}, seed=3), spec(kind=kind))
    z = one.own.contrasts[0].z
    outside = 0
    for row in range(20):
        found = course(one, row, 4, policy, {})
        for place, (value, both) in enumerate(zip(one.made.value[row], found.ranges, strict=True)):
            assert (both is None) == (not np.isfinite(z[row, place]))
            if both and abs(abs(z[row, place]) - 1.96) > 0.1:  # the small-count corrections are left out in print
                assert (both[0] < value < both[1]) == (abs(z[row, place]) < 1.96)
                outside += abs(z[row, place]) > 1.96
    assert outside


def test_a_red_flag_has_its_course():
    frame = table(moved={7: 1.0}, seed=3)
    found = judged(frame)
    one = of(found, 7)
    series = found.courses[one.key]
    assert list(series.periods) == quarters(12)
    mine = frame[frame["court"] == "C07"].set_index("period")
    assert [value for value, _ in series.values] == [int(mine["numerator"][key]) for key in series.periods]
    assert series.ranges[:3] == (None, None, None)  # three quarters must go before
    assert one.value > series.ranges[-1][1]
    assert "同级法院同期共同变动推算的95%范围" in series.basis


def test_yearly_changes_by_hand():
    # Changes 1, 2, 1: mean 4/3, moving ranges 1 and 1, limit 2.66.
    assert usual(np.array([1.0, 2.0, np.nan, 1.0])) == pytest.approx((4 / 3, 2.66))
    assert usual(np.array([1.0, 2.0])) is None


def test_a_whole_province_is_held_against_the_year_before():
    frame = table(everybody=0.8, seed=3)
    total = frame.groupby(["line", "indicator", "period"], as_index=False)[["numerator", "denominator"]].sum()
    members = [Unit("P", "全省法院", "whole P", "whole"), *units()]
    found = judged(pd.concat([total.assign(court="P"), frame], ignore_index=True), units=members)
    one = next(flag for flag in found.flags if flag.court == "P")
    series = found.courses[one.key]
    assert "R7" in one.rules and one.value > series.ranges[-1][1]
    assert series.ranges[:7] == (None,) * 7  # four quarters and three changes must go before
    assert "去年同期" in series.basis


def test_the_funnel_has_every_court_and_the_range_that_the_sentence_tells():
    found = judged(table(moved={7: 1.0}, seed=3, cases=2000))
    (group,) = found.funnels
    assert [peer.court for peer in group.courts] == [f"C{n:02d}" for n in range(20)]
    one = of(found, 7)
    assert "R5" in one.rules
    (peer,) = [peer for peer in group.courts if peer.court == "C07"]
    low, high = re.search(r"99\.8%参考范围为([\d.]+)%—([\d.]+)%", said(one)).groups()
    assert (f"{peer.low * 100:.2f}", f"{peer.high * 100:.2f}") == (low, high)
    assert peer.value == (one.numerator, one.denominator)
