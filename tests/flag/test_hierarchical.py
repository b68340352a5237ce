"""The model of few courts against a slow one: every number from one dense inverse, one cell and grid point at a time."""

import math
from itertools import product

import numpy as np
import pytest
from planted_tables import NOW, put, quarters, spec, table, units

from reports.flag import hierarchical, load
from reports.flag.panel import blocks, timeline
from reports.flag.transform import transform

TAU, SEASON = (0.02, 0.035, 0.05, 0.07, 0.095, 0.13, 0.18, 0.28), (0.01, 0.06, 0.12, 0.20)
MEDIANS = (0.03, 0.045, 0.065, 0.09, 0.125, 0.18)
SHAPES = ((1, (1.0,), 0.6), (2, (1.0, 1.0), 0.15), (4, (0.25, 0.5, 0.75, 1.0), 0.25))


def block_of(frame, item):
    (block,) = blocks(frame, [item], units(frame["court"].nunique()), timeline(frame, NOW), "全部")
    return block, transform(block)


def density(z, df):
    return math.gamma((df + 1) / 2) / math.gamma(df / 2) / math.sqrt(df * math.pi) * (1 + z * z / df) ** (-(df + 1) / 2)


def covariance(cells, s2, tau, season):
    """As the module says it, cell by cell; ``cells`` are (court, period)."""
    found = np.zeros((len(cells), len(cells)))
    for (i, (k, t)), (j, (other, u)) in product(enumerate(cells), repeat=2):
        value = 25 + 0.02**2 * (min(t, u) + 1) + 0.01**2 * (t == u) + season**2 * ((t - u) % 4 == 0)
        if k == other:
            value += 25 + 0.4**2 * season**2 * ((t - u) % 4 == 0) + tau**2 * 0.3 ** abs(t - u)
        found[i, j] = value + (s2[k, t] if i == j else 0.0)
    return found


def slow(block, made, row, off):
    """The posterior of one court; what the peers ``off`` have now is left out."""
    arcsine = made.scale == "arcsine"
    past = slice(0, -1)
    p = np.nansum(made.value[:, past] * made.base[:, past]) / np.nansum(made.base[:, past])
    unit = math.sqrt(p * (1 - p)) / 2 if arcsine else 1.0
    y, s2 = (made.y - np.nanmean(made.y)) / unit, made.s2 / unit**2
    last = y.shape[1] - 1
    gone = {(k, last) for k in off if k != row}
    seen = [cell for cell in product(*map(range, y.shape)) if np.isfinite(y[cell]) and cell not in gone]
    weights, scores = [], []
    for tau, season in product(TAU, SEASON):
        before = [cell for cell in seen if cell[1] < last]
        q = np.linalg.inv(covariance(before, s2, tau, season))
        values = np.array([y[cell] for cell in before])
        likely = sum(
            math.log(density(q[i] @ values / math.sqrt(q[i, i]), 8)) + math.log(q[i, i]) / 2 for i in range(len(before))
        )
        prior = 0.0
        for median in MEDIANS:

            def near(one, median=median):
                return math.exp(-((math.log(one / median) / 0.45) ** 2) / 2)

            of_median = math.exp(-((math.log(median / 0.09) / 0.5) ** 2) / 2)
            prior += of_median * near(tau) / sum(near(one) for one in TAU)
        weights.append(likely + math.log(prior))
        q = np.linalg.inv(covariance(seen, s2, tau, season))
        values = np.array([y[cell] for cell in seen])
        mine = []
        for length, shape, _ in SHAPES:
            w = np.zeros(len(seen))
            for place, size in zip(range(last - length + 1, last + 1), shape, strict=True):
                w[seen.index((row, place))] = size
            j = w @ q @ w
            mine.append((w @ q @ values / math.sqrt(j), math.sqrt(1 + (0.6 if arcsine else 0.25) ** 2 * j)))
        scores.append(mine)
    weights = np.exp(np.array(weights) - max(weights))
    weights /= weights.sum()
    b = 0.0
    for place, (length, _, share) in enumerate(SHAPES):
        z = [one[place][0] for one in scores]
        wide = [one[place][1] for one in scores]
        if length > 1 and np.dot(weights, [one[0][0] for one in scores]) * np.sign(np.dot(weights, z)) < 1:
            continue
        changed = sum(w * density(a / c, 4) / c for w, a, c in zip(weights, z, wide, strict=True))
        b += share * changed / sum(w * density(a, 20) for w, a in zip(weights, z, strict=True))
    return 0.03 * b / (0.97 + 0.03 * b)


@pytest.mark.parametrize("kind", ["proportion", "ratio"])
@pytest.mark.parametrize("courts", [1, 3])
def test_the_posterior_is_that_of_the_dense_model(kind, courts):
    frame = table(kind, courts=courts, periods=6, moved={0: 0.35}, cases=900, seed=5)
    frame = frame[
        ~((frame["court"] == f"C{courts - 1:02d}") & (frame["period"] == quarters(6)[1]))
    ]  # a cell is missing
    block, made = block_of(frame, spec(kind=kind))
    (found,) = hierarchical.judge([(block, made)], load())
    assert found.posterior == pytest.approx([slow(block, made, row, off=[0]) for row in range(courts)], rel=1e-6)
    assert 0.02 < found.posterior[0] < 0.999


def test_tails_of_t20_by_the_table():
    # Fisher & Yates: 2.086, 2.845, 3.850 are the two-sided 5%, 1% and 0.1% points on 20 degrees of freedom.
    z = np.array([0.0, 2.086, 2.845, 3.850])
    assert hierarchical.two_sided_t(z, 20) == pytest.approx([1.0, 0.05, 0.01, 0.001], rel=2e-3)


def test_a_courts_shift_is_found_with_its_size():
    block, made = block_of(table(courts=6, moved={2: 0.8}, cases=4000, seed=2), spec())
    (found,) = hierarchical.judge([(block, made)], load())
    expected = made.back(made.y[2, -1] - found.delta[2])
    before = block.x[2, :-1].sum() / block.n[2, :-1].sum()
    assert found.posterior[2] > 0.99 and expected == pytest.approx(before, rel=0.1)
    assert found.posterior[[0, 1, 3, 4, 5]].max() < 0.2


def test_what_all_move_together_is_nobodys_own_change():
    block, made = block_of(table(courts=6, everybody=0.8, cases=4000, seed=2), spec())
    (found,) = hierarchical.judge([(block, made)], load())
    assert found.posterior.max() < 0.4


def test_what_has_come_back_to_its_level_is_over():
    block, made = block_of(table(courts=6, moved={2: [1.0, 0.0]}, cases=4000, seed=2), spec())
    (found,) = hierarchical.judge([(block, made)], load())
    assert found.posterior[2] < 0.4


def test_neither_order_nor_unit_matters():
    frame = table(courts=5, moved={2: 0.5}, seed=6)
    block, made = block_of(frame, spec(better="lower"))
    (found,) = hierarchical.judge([(block, made)], load())
    (again,) = hierarchical.judge([block_of(frame.sample(frac=1, random_state=1), spec())], load())
    mirrored = frame.assign(numerator=frame["denominator"] - frame["numerator"])
    (other,) = hierarchical.judge([block_of(mirrored, spec())], load())
    assert again.posterior == pytest.approx(found.posterior) and other.posterior == pytest.approx(found.posterior)
    assert other.delta == pytest.approx(-found.delta)


def test_a_cell_without_a_value_now_or_with_too_few_periods_is_not_judged():
    frame = table(courts=4, periods=6, seed=1)
    gone = frame[~((frame["court"] == "C01") & (frame["period"] == "2025Q4"))]
    late = gone[~((gone["court"] == "C02") & gone["period"].isin(quarters(6)[:2]))]
    (found,) = hierarchical.judge([block_of(late, spec())], load())
    assert np.isfinite(found.posterior).tolist() == [True, False, False, True]
    assert not np.isfinite(found.p[1]) and found.length[1] == 0


def test_an_indicator_without_a_past_borrows_from_the_others():
    # Five rates that hardly stir, or stir a lot, and one with five quarters of which the last is off.
    def posterior(noise):
        rng = np.random.default_rng(4)
        made = [block_of(table(courts=1, periods=5, cases=20000, moved={0: rng.normal(0, noise, 5)}, seed=s), spec())
                for s in range(8)]  # fmt: skip
        judged = put(table(courts=1, periods=5, cases=20000, seed=30), 0, "2025Q4", 2500, 20000)
        return hierarchical.judge([*made, block_of(judged, spec())], load())[-1].posterior[0]

    assert posterior(0.02) > posterior(0.3)
