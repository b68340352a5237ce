"""What became of a change: against a slow computation, and on tables whose answer is plain."""

import math
from itertools import product

import numpy as np
import pytest
from planted_tables import quarters, spec
from test_hierarchical import MEDIANS, SEASON, TAU, covariance, density

from reports.courts.periods import parse_period
from reports.flag.aftermath import follow
from reports.flag.panel import Panel, Unit
from reports.flag.transform import transform

FLAGGED = 8  # the column
SIZES = np.geomspace(0.08, 40.0, 40)


def panel(*rows, cases=600):
    """Percentages of each court, quarter by quarter, as whole cases of so many."""
    x = np.round(np.array(rows, dtype=float) / 100 * cases)
    units = tuple(Unit(f"C{k}", f"C{k}", "basic") for k in range(len(x)))
    none = np.full(x.shape, np.nan)
    periods = tuple(parse_period(key) for key in quarters(x.shape[1]))
    return Panel(spec(), "basic", units, periods, x, np.where(np.isnan(x), np.nan, cases), none, none, none)


STEADY = [8.0, 8.3, 7.7, 8.2, 7.8, 8.0, 8.3, 7.8]
PEERS = [[value + 0.2 * math.sin(3 * k + t) for t, value in enumerate([*STEADY, 8.0, 8.1, 7.9, 8.0])] for k in range(5)]


def told(*later, flagged=15.0, cases=600, way=1):
    """What became of a court of about 8%, beside five that stay as they are."""
    rows = [[*STEADY, flagged, *later], *(row[: FLAGGED + 1 + len(later)] for row in PEERS)]
    if way < 0:
        rows = [[100 - value for value in row] for row in rows]
    block = panel(*rows, cases=cases)
    (found,) = follow(block, transform(block), [(0, FLAGGED, way)])
    return found


def slow(block, made, row, first):
    """One later period: chance, and for each shape a change that is gone, half gone or stays; one cell at a time."""
    p = np.nansum(made.value[:, :-1] * made.base[:, :-1]) / np.nansum(made.base[:, :-1])
    unit = math.sqrt(p * (1 - p)) / 2
    y, s2 = (made.y - made.y.mean()) / unit, made.s2 / unit**2
    cells = list(product(*map(range, y.shape)))
    mine = [(row, t) for t in range(first - 3, y.shape[1])]
    rest = [cell for cell in cells if cell not in mine]
    past = [cell for cell in rest if cell[1] < y.shape[1] - 1]
    grid = list(product(TAU, SEASON))
    weights = []
    for tau, season in grid:
        q = np.linalg.inv(covariance(past, s2, tau, season))
        values = np.array([y[cell] for cell in past])
        likely = sum(
            math.log(density(q[i] @ values / math.sqrt(q[i, i]), 8)) + math.log(q[i, i]) / 2 for i in range(len(past))
        )
        prior = 0.0
        for median in MEDIANS:
            near = [math.exp(-(math.log(one / median) ** 2) / 2 / 0.45**2) for one in TAU for _ in SEASON]
            prior += (
                math.exp(-(math.log(median / 0.09) ** 2) / 2 / 0.5**2)
                * math.exp(-(math.log(tau / median) ** 2) / 2 / 0.45**2)
                / sum(near)
            )
        weights.append((likely, prior))
    top = max(likely for likely, _ in weights)
    weight = np.array([math.exp(likely - top) * prior for likely, prior in weights])
    sizes = np.array([density(one, 4) for one in SIZES]) * np.gradient(SIZES)
    sizes /= sizes.sum()
    stories = {}
    for (tau, season), heavy in zip(grid, weight / weight.sum(), strict=True):
        whole = covariance([*mine, *rest], s2, tau, season)
        k = len(mine)
        across = whole[:k, k:] @ np.linalg.inv(whole[k:, k:])
        d = np.array([y[cell] for cell in mine]) - across @ np.array([y[cell] for cell in rest])
        cover = whole[:k, :k] - across @ whole[k:, :k]
        inverse, root = np.linalg.inv(cover), math.sqrt(np.linalg.det(cover))

        def likely(mean, heavy=heavy, d=d, inverse=inverse, root=root, k=k):
            return heavy / root * (1 + (d - mean) @ inverse @ (d - mean) / 20) ** (-(20 + k) / 2)

        stories["chance"] = stories.get("chance", 0.0) + 0.97 * likely(np.zeros(k))
        for (shape, often), left in product((((0, 0, 0, 1), 0.6), ((0, 0, 1, 1), 0.15), ((0.25, 0.5, 0.75, 1), 0.25)),
                                            (0, 0.5, 1)):  # fmt: skip
            for size, share in zip(SIZES * 0.6, sizes, strict=True):
                one = 0.03 * often / 3 * share * likely(size * np.array([*shape, left]))
                stories[left] = stories.get(left, 0.0) + one
    real = sum(value for name, value in stories.items() if name != "chance")
    return real / (real + stories["chance"]), stories[0] / real, stories[0.5] / real


@pytest.mark.parametrize("now", [8.5, 10.5, 13.0])
def test_it_is_what_a_slow_computation_says(now):
    block = panel([*STEADY, 12.0, now], *(row[:10] for row in PEERS[:2]), cases=300)
    made = transform(block)
    (found,) = follow(block, made, [(0, FLAGGED, 1)])
    assert (found.real, found.gone, found.half) == pytest.approx(slow(block, made, 0, FLAGGED), rel=1e-6)
    assert found.periods == 1


def test_what_is_left_of_a_change():
    back, half, stays = told(8.1, 7.9), told(11.5, 11.4), told(15.2, 14.7)
    assert min(one.real for one in (back, half, stays)) > 0.9
    assert back.gone > 0.95 and half.half > 0.8 and stays.gone + stays.half < 0.05
    assert back.periods == 2 and 0.075 < back.usual < 0.085, "8% is usual"


def test_a_change_that_came_back_is_no_longer_gone():
    found = told(8.0, 15.0)
    assert found.gone + found.half < 0.2
    assert told(15.0, 15.1, 8.0).gone > 0.9, "gone since the last quarter"


def test_a_small_excess_that_falls_back_may_have_been_chance():
    small, large = told(8.0, 8.0, flagged=10.2), told(8.0, 8.0, flagged=15.0)
    assert small.real < 0.5 and large.real > 0.9
    assert told(10.2, 10.2, flagged=10.2).real > small.real, "what stays was none"


def test_a_change_may_be_of_any_size():
    """From 2% to 47%: what is back after one quarter is back."""
    rows = [[2.0, 2.3, 1.8, 2.2, 1.9, 2.0, 2.3, 1.7, 47.0, 1.0], *([2.0, 1.8, 2.2, 2.1, 1.9] * 2 for _ in range(5))]
    block = panel(*rows, cases=100)
    (found,) = follow(block, transform(block), [(0, FLAGGED, 1)])
    assert found.real * found.gone > 0.95


def test_few_cases_say_less():
    assert told(8.0, cases=60).real < told(8.0, cases=600).real


def test_too_low_is_the_mirror_image_of_too_high():
    up, down = told(8.1, 7.9), told(8.1, 7.9, way=-1)
    assert (down.real, down.gone, down.half) == pytest.approx((up.real, up.gone, up.half), rel=1e-6)
    assert down.usual == pytest.approx(1 - up.usual, rel=1e-6)


def test_what_all_courts_do_is_no_course_of_one():
    """Every court has twice the rate now; the one flagged is where the others are."""
    rows = [[*STEADY, 15.0, 8.0, 16.0], *([*row[:10], 16.0] for row in PEERS)]
    block = panel(*rows)
    (found,) = follow(block, transform(block), [(0, FLAGGED, 1)])
    assert found.gone > 0.8 and found.usual > 0.14


def test_without_a_value_nothing_is_said():
    rows = [[*STEADY, 15.0, math.nan], *(row[:10] for row in PEERS)]
    block = panel(*rows)
    assert follow(block, transform(block), [(0, FLAGGED, 1)]) == [None]
    assert follow(block, transform(block), [(1, 0, 1)]) == [None], "nothing before"


def test_courts_that_came_back_and_courts_that_did_not():
    """Of fifty courts with 600 cases a quarter at 8%, ten are at 15% once and ten from then on."""
    rng = np.random.default_rng(20250101)
    rate = np.full((50, 11), 0.08)
    rate[:20, FLAGGED] = 0.15
    rate[10:20, FLAGGED + 1 :] = 0.15
    block = panel(*rng.binomial(600, rate) / 6)
    found = follow(block, transform(block), [(row, FLAGGED, 1) for row in range(20)])
    assert all(one.real > 0.5 and one.gone > 0.7 for one in found[:10])
    assert all(one.real > 0.99 and one.gone < 0.01 for one in found[10:])
    assert all(0.07 < one.usual < 0.09 for one in found), "those flagged too are no measure"
