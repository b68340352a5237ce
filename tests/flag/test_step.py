"""Difference in differences of a step: by hand, against a slow oracle, under permutations, on steps known and none."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.courts.periods import consecutive, parse_period
from reports.flag import hierarchical, load
from reports.flag.hierarchical import Block, covariances
from reports.flag.panel import Panel, Spec, Unit
from reports.flag.step import ALIKE, BEYOND, LEAST_BESIDE, LITTLE, OPEN, _error, _fit, _free, difference
from reports.flag.transform import transform
from reports.words import Measure

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import effect as bench

RATE = Spec("r", "率", Measure("proportion", "%", 2), "neutral", subset=True)
COUNT = Spec("c", "数", Measure("count", "件", 0), "neutral")
QUARTERS = consecutive(parse_period("2023Q1"), parse_period("2025Q4"))


def panel(x, n, *, levels=None, spec=RATE, last="2025Q4") -> Panel:
    x, n = np.array(x, float), np.array(n, float)
    end = QUARTERS.index(parse_period(last)) + 1
    levels = levels or ["a"] * len(x)
    units = tuple(Unit(f"C{place:02d}", f"C{place:02d}", level) for place, level in enumerate(levels))
    none = np.full(x.shape, np.nan)
    return Panel(spec, "", units, QUARTERS[end - x.shape[1] : end], x, n, none, none, none)


def told(block: Panel, took, first, **more):
    return difference(block, transform(block), np.array(took, bool), first, load(), **more)


def steady(*courts, before=4, since=1, n=10_000):
    """Courts with the same share before, and another one since: (before, since) of each in per cent."""
    x = [[n * a // 100] * before + [n * b // 100] * since for a, b in courts]
    return panel(x, np.full((len(courts), before + since), n))


def test_two_by_two_by_hand():
    """30 → 36% with the step, 30 → 32% without: of the six points four are left, on the scale on which it is tested."""
    found = told(steady((30, 36), (30, 32), (30, 32)), [1, 0, 0], 4)
    assert (found.took.before, found.took.after) == ((12_000, 40_000), (3_600, 10_000))
    assert (found.beside.before, found.beside.after) == ((24_000, 80_000), (6_400, 20_000))
    arc = {share: math.asin(math.sqrt(share / 100)) for share in (30, 32, 36)}
    moved = (arc[36] - arc[30]) - (arc[32] - arc[30])
    assert found.gap == pytest.approx(0.36 - math.sin(arc[36] - moved) ** 2, abs=2e-5)
    assert found.gap == pytest.approx(0.04, abs=0.001)
    assert found.low < found.gap < found.high


def test_where_the_others_stand_still_the_difference_is_the_change_itself():
    found = told(steady((40, 45), (20, 20), (60, 60)), [1, 0, 0], 4)
    assert found.gap == pytest.approx(0.05, abs=1e-4)
    count = panel([[200] * 4 + [240], [500] * 5, [90] * 5], np.full((3, 5), np.nan), spec=COUNT)
    assert told(count, [1, 0, 0], 4).gap == pytest.approx(0.2, abs=1e-3)


def test_what_all_do_alike_is_no_difference():
    """All fall from 30% to 24%, far beyond chance: it is no matter of the step."""
    found = told(steady(*[(30, 24)] * 6, before=8, since=4), [1, 1, 0, 0, 0, 0], 8)
    assert abs(found.gap) < 1e-6 and found.verdict in (ALIKE, OPEN)


def test_the_period_in_which_it_began_is_neither_before_nor_after():
    """The fifth period is wild where the step was taken; it changes nothing of what is compared."""
    calm, wild = (steady((30, 36), (30, 32), (30, 32), before=5, since=2) for _ in range(2))
    wild.x[0, 4] = 9_000
    one, other = (told(block, [1, 0, 0], 5, partial=True) for block in (calm, wild))
    assert one.before == (0, 1, 2, 3) and one.after == (5, 6)
    assert (one.gap, one.took.before) == (pytest.approx(other.gap, abs=1e-5), other.took.before)
    assert other.took.periods[4] == (9_000, 10_000)  # though it is shown


@pytest.mark.parametrize(
    ("block", "took", "first", "why"),
    [
        (steady((30, 36), (30, 32), (30, 32), before=3), [1, 0, 0], 3, "before"),
        (steady((30, 36), (30, 32)), [1, 0], 4, "beside"),
        (steady((30, 36), (30, 32), (30, 32)), [1, 1, 1], 4, "beside"),
        (steady((30, 36), (30, 32), (30, 32), n=20), [1, 0, 0], 4, "base"),
    ],
)
def test_too_little_is_said_and_not_judged(block, took, first, why):
    found = told(block, took, first)
    assert (found.verdict, found.why) == (LITTLE, why)
    assert math.isnan(found.gap) and found.placebos == ()


def test_courts_of_a_level_without_any_other_have_no_part():
    block = replace(steady((30, 36), (30, 32), (30, 32), (50, 90)), units=tuple(
        Unit(f"C{place}", "", "b" if place == 3 else "a") for place in range(4)
    ))  # fmt: skip
    found = told(block, [1, 0, 0, 1], 4)
    assert found.took.rows == (0,) and found.gap == pytest.approx(0.04, abs=0.001)


@pytest.mark.parametrize("lacks", [0, 1])
def test_counts_are_added_up_of_periods_that_every_unit_has(lacks):
    """All stand still and one unit, with the step or without it, lacks the last period: both sides stand still."""
    x = np.array([[200.0] * 6, [300.0] * 6, [400.0] * 6])
    x[lacks, 5] = np.nan
    found = told(panel(x, np.full(x.shape, np.nan), spec=COUNT), [1, 0, 0], 4)
    assert (found.after, found.took.after, found.beside.after) == ((4,), (200, None), (700, None))
    assert (found.took.before, found.beside.before) == ((800, None), (2_800, None))


def test_counts_without_a_whole_period_since_are_not_compared():
    x = np.array([[200.0] * 6, [300.0] * 6, [400.0] * 6])
    x[0, 5] = x[1, 4] = np.nan
    found = told(panel(x, np.full(x.shape, np.nan), spec=COUNT), [1, 0, 0], 4)
    assert (found.verdict, found.why) == (LITTLE, "gaps")


def noisy(seed: int, courts: int = 6, periods: int = 9, levels=None) -> Panel:
    rng = np.random.default_rng(seed)
    n = rng.integers(60, 900, (courts, periods)).astype(float)
    return panel(rng.binomial(n.astype(int), rng.uniform(0.2, 0.6, (courts, 1)), (courts, periods)), n, levels=levels)


def test_the_estimate_is_that_of_dense_generalised_least_squares():
    """With the whole covariance of courts × periods of each level written down and inverted."""
    block = noisy(1, courts=6, levels=["a", "b", "a", "b", "a", "b"])
    block.x[2, 3] = block.n[2, 3] = np.nan
    made, took, first = transform(block), np.array([1, 1, 0, 0, 0, 0], bool), 6
    whole = _free(block, made)
    rows = [np.array([0, 2, 4]), np.array([1, 3, 5])]
    seen = np.isfinite(made.y)
    design = took[:, None] & (np.arange(9) >= first) & seen
    shift, error = _fit(whole, rows, seen, design[None])
    shared, own = covariances(9, 4)
    for point in (0, 13, 31):
        top = bottom = 0.0
        for mine in rows:
            size = len(mine) * 9
            cover = np.kron(np.ones((3, 3)), shared[point] + hierarchical.FREE * np.eye(9))
            cover += np.kron(np.eye(3), own[point]) + np.diag(whole.s2[mine].ravel())
            known = seen[mine].ravel()
            inverse = np.linalg.inv(cover[np.ix_(known, known)])
            w, y = (one[mine].reshape(size)[known].astype(float) for one in (design, whole.y))
            top, bottom = top + w @ inverse @ y, bottom + w @ inverse @ w
        assert shift[0, point] == pytest.approx(top / bottom, rel=1e-6)
        assert error[0, point] == pytest.approx(bottom**-0.5, rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(6)))
def test_the_order_of_units_says_nothing(seed, order):
    block, took = noisy(seed), np.array([1, 1, 0, 0, 0, 0], bool)
    mixed = replace(block, units=tuple(block.units[place] for place in order), **{
        name: getattr(block, name)[list(order)] for name in ("x", "n", "xx", "yy", "xy")
    })  # fmt: skip
    one, other = told(block, took, 6), told(mixed, took[list(order)], 6)
    assert (one.verdict, one.took.before, one.beside.after) == (other.verdict, other.took.before, other.beside.after)
    assert (one.gap, one.low, one.p, one.rank) == pytest.approx((other.gap, other.low, other.p, other.rank), rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(-1, 1), min_size=9, max_size=9))
def test_what_all_units_share_in_a_period_is_taken_out(seed, shocks):
    """Season, a festival, a new law: whatever is added to all in a period, the estimate is the same."""
    block = noisy(seed)
    made = transform(block)
    whole, design = _free(block, made), (np.arange(6) < 2)[:, None] & (np.arange(9) >= 6)
    moved = replace(whole, y=whole.y + np.array(shocks))
    seen, rows = np.ones((6, 9), bool), [np.arange(6)]
    one, other = (_fit(each, rows, seen, design[None])[0] for each in (whole, moved))
    assert other == pytest.approx(one, abs=1e-3)  # of a shock of up to 1


def test_more_units_and_more_periods_tell_more():
    weight = np.full(32, 1 / 32)
    widths = [_error(8, 2, took, 9 - took, (0.01, 0.01), 4, weight) for took in (1, 2, 3)]
    assert widths == sorted(widths, reverse=True)
    widths = [_error(8, since, 2, 7, (0.01, 0.01), 4, weight) for since in (1, 2, 4, 8)]
    assert widths == sorted(widths, reverse=True)


def test_the_closed_form_of_what_is_needed_is_the_fit_of_units_alike():
    block = steady(*[(30, 30)] * 7, before=6, since=3)
    made = transform(block)
    whole = _free(block, made)
    whole = replace(whole, s2=np.full_like(whole.s2, 0.01))
    design = (np.arange(7) < 2)[:, None] & (np.arange(9) >= 6)
    _, error = _fit(whole, [np.arange(7)], np.ones((7, 9), bool), design[None])
    weight = np.full(32, 1 / 32)
    assert _error(6, 3, 2, 5, (0.01, 0.01), 4, weight) == pytest.approx(float(error[0] @ weight), rel=1e-5)


def test_what_would_be_needed_is_told_where_the_data_do_not_decide():
    found = [one for one in bench.replicate(bench.Setting(1, 8, 8, 1), 0.0, 7) if one.verdict == OPEN]
    assert found and all(one.periods is None or one.periods > 1 for one in found)
    assert all(one.units is None or 1 < one.units <= 9 - LEAST_BESIDE for one in found)
    assert any(one.units or one.periods for one in found)


def test_steps_of_known_size_and_none():
    """Forty indicators of two invented cities: none of a size of nothing, nearly all of a large one (docs/effect.md)."""
    setting = bench.Setting(3, 6, 8, 4)
    none, large = ([one for seed in (11, 12) for one in bench.replicate(setting, size, seed)] for size in (0.0, 0.7))
    assert sum(one.verdict == BEYOND for one in none) <= 5  # 5% of 40 and what chance may add
    assert sum(one.verdict == BEYOND for one in large) >= 36
    line = bench.line(setting, 0.7, large)
    assert line.count("|") == len(bench.HEAD) + 1 and "3 of 9 courts" in line


def test_a_lone_change_of_a_unit_without_the_step_is_a_placebo_as_far_off():
    """Two of three others move as far at the same date: the rank says so, whatever p is."""
    found = told(steady((30, 36), (30, 36), (30, 24), (30, 30), before=8, since=4), [1, 0, 0, 0], 8)
    assert found.verdict != BEYOND and found.rank > 0.05
    assert {one.units for one in found.placebos if one.units} == {("C01",), ("C02",), ("C03",)}
    assert {one.period for one in found.placebos if one.period is not None} == set(range(2, 8))


def test_the_grid_is_weighed_without_what_the_step_may_have_moved():
    """A step of any size leaves the noise as it was: the width of the interval is nearly the same in logits."""
    small, large = (
        told(steady((50, share), *[(50, 50)] * 5, before=8, since=4), [1, *[0] * 5], 8) for share in (51, 70)
    )
    assert large.verdict == BEYOND
    assert (large.high - large.low) == pytest.approx(small.high - small.low, rel=0.25)
    assert isinstance(_free(steady((50, 50)), transform(steady((50, 50)))), Block)
