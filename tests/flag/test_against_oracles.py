"""The arithmetic of the rules against scipy, statsmodels, and examples from the publications."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from reports.flag.exact import byar, poisson, wilson
from reports.flag.robust import (
    benjamini_hochberg,
    normal_point,
    overdispersion,
    power_weights,
    two_sided,
    winsorised,
    winsorised_mean_square,
)

Z95 = 1.959963984540054


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_that_of_statsmodels(pair):
    x, n = pair
    low, high = wilson(np.array([x]), np.array([n]), Z95)
    assert (low[0], high[0]) == pytest.approx(proportion_confint(x, n, 0.05, "wilson"), abs=1e-12)


# Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17 (1998), table I, method 3.
@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_newcombes_table(x, n, low, high):
    found = wilson(np.array([x]), np.array([n]), Z95)
    assert [round(float(side[0]), 4) for side in found] == [low, high]


@given(st.integers(0, 9))
def test_few_events_have_the_exact_limits(x):
    low, high = poisson(np.array([float(x)]), Z95)
    assert low[0] == pytest.approx(stats.chi2.ppf(0.025, 2 * x) / 2 if x else 0.0, abs=1e-6)
    assert high[0] == pytest.approx(stats.chi2.ppf(0.975, 2 * x + 2) / 2, abs=1e-6)


@given(st.integers(10, 5_000))
def test_byar_is_close_to_the_exact_limits(x):
    low, high = byar(np.array([float(x)]), Z95)
    assert low[0] == pytest.approx(stats.chi2.ppf(0.025, 2 * x) / 2, rel=0.005)
    assert high[0] == pytest.approx(stats.chi2.ppf(0.975, 2 * x + 2) / 2, rel=0.005)
    assert poisson(np.array([float(x)]), Z95) == (low, high)


# Garwood (1936) as tabulated since: 95% limits of an observed count.
@pytest.mark.parametrize(("x", "low", "high"), [(0, 0, 3.69), (1, 0.03, 5.57), (5, 1.62, 11.67), (9, 4.12, 17.08)])
def test_garwoods_table(x, low, high):
    found = poisson(np.array([float(x)]), Z95)
    assert [round(float(side[0]), 2) for side in found] == [low, high]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=200))
def test_benjamini_hochberg_is_that_of_statsmodels(p):
    assert benjamini_hochberg(np.array(p)) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)


# Benjamini & Hochberg (1995), section 3.2: fifteen p-values of a trial; four are rejected at q* = .05, Bonferroni three.
def test_the_example_of_benjamini_and_hochberg():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
         0.7590, 1.0]  # fmt: skip
    assert (benjamini_hochberg(np.array(p)) <= 0.05).sum() == 4


def test_untested_cells_take_no_part():
    q = benjamini_hochberg(np.array([0.01, np.nan, 0.02]))
    assert q[0] == pytest.approx(0.02) and np.isnan(q[1])


@given(st.floats(-8, 8))
def test_normal_tails(z):
    assert two_sided(np.array([z]))[0] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


@given(st.floats(0.0005, 0.4))
def test_the_winsorising_constant(trim):
    assert normal_point(trim) == pytest.approx(stats.norm.isf(trim), abs=1e-9)
    c = stats.norm.isf(trim)
    inside, _ = integrate.quad(lambda z: z * z * stats.norm.pdf(z), -c, c)
    assert winsorised_mean_square(trim) == pytest.approx(inside + 2 * trim * c * c, abs=1e-9)


def test_winsorising_is_that_of_scipy_up_to_interpolation():
    values = np.arange(41.0)
    ours = winsorised(values, 0.10)
    assert (ours == np.asarray(stats.mstats.winsorize(values, limits=0.10))).all()


# Without winsorising, our equation with the centre iterated is Paule and Mandel's estimator.
@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_overdispersion_is_paule_mandel(seed):
    rng = np.random.default_rng(seed)
    variance = rng.uniform(0.5, 2.0, 30)
    y = rng.normal(0, np.sqrt(variance + 2.0))
    tau2 = middle = 0.0
    for _ in range(100):
        middle = np.average(y, weights=1 / (variance + tau2))
        tau2 = overdispersion(y - middle, variance, 1.0, 0.0)
    assert tau2 == pytest.approx(combine_effects(y, variance, method_re="iterated").tau2, rel=1e-3, abs=1e-4)


def test_overdispersion_survives_outliers_and_is_unbiased():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(200):
        d = rng.normal(0, np.sqrt(1.0 + 4.0), 100)
        d[:4] = 40.0
        found.append(overdispersion(d, np.ones(100), 1.0, 0.10, lost=0.0))
    assert 3.5 < np.mean(found) < 5.5  # the truth is 4; uncorrected winsorising gives about 2.4


def test_no_overdispersion_where_there_is_none():
    assert overdispersion(np.zeros(20), np.ones(20), 1.0, 0.10) == 0.0


@given(st.lists(st.floats(0.1, 20), min_size=2, max_size=50))
def test_weights_have_mean_one(shift):
    weights = power_weights(np.array(shift), 0.001)
    assert weights.mean() == pytest.approx(1.0, abs=1e-6) and (weights > 0).all()


def test_a_cell_that_sees_more_gets_more_weight():
    weak, strong = power_weights(np.array([0.5, 4.0]), 0.001)
    assert weak < 1 < strong and math.isfinite(strong)
