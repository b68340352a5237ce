"""基本持平: what is counted as neither better nor worse on a year before, and praise that its own figures refute."""

import numpy as np
import pandas as pd
import pytest
from planted_tables import NOW, judged, of, put, quarters, spec, table, units

from reports.flag import load
from reports.flag.steady import steady
from reports.model import ALL_LINES
from reports.words import Measure

DAYS = Measure("mean", "天", 1)


def unmoved(frame, item=None, courts=None):
    found = steady(frame, NOW, [item or spec()], courts or units(frame["court"].nunique()), ALL_LINES, load())
    return {court for court, _, _ in found}


def two(base, now, **more):
    """One court with values of 2024Q4 and 2025Q4."""
    rows = [("C00", ALL_LINES, "rate", key, *value) for key, value in (("2024Q4", base), ("2025Q4", now))]
    frame = pd.DataFrame(rows, columns=["court", "line", "indicator", "period", "numerator", "denominator"])
    return frame.assign(**more)


@pytest.mark.parametrize(
    ("base", "now", "still"),
    [
        ((1000, 10_000), (1050, 10_000), True),  # half a 百分点
        ((1000, 10_000), (1120, 10_000), False),  # 1.2 百分点 of many cases
        ((4000, 10_000), (4300, 10_000), True),  # 3 百分点, less than a tenth of 40%
        ((4000, 10_000), (4500, 10_000), False),
        ((10, 100), (14, 100), True),  # four cases
        ((10, 100), (18, 100), True),  # eight: 1.65 standard errors
        ((10, 100), (25, 100), False),
    ],
)
def test_a_share_is_about_the_same_within_what_matters_and_within_chance(base, now, still):
    assert bool(unmoved(two(base, now))) == still
    assert bool(unmoved(two(now, base), spec(better="higher"))) == still


def test_a_tenth_of_a_day_is_no_movement_and_four_days_are():
    def days(now):
        frame = two((60_000, 1000), (now, 1000), sum_sq=5_000_000.0)  # standard deviation about 37
        return bool(unmoved(frame, spec(kind="mean")))

    assert days(59_900) and not days(56_000)


def test_nothing_is_about_the_same_without_a_year_before():
    assert not unmoved(two((1000, 10_000), (1000, 10_000)).iloc[1:])
    assert not unmoved(two((0, 0), (1000, 10_000)))


def test_what_courts_always_do_is_no_movement():
    """Two 百分点 are many standard errors of 10,000 cases, and what these courts move by every quarter."""
    rng = np.random.default_rng(5)
    courts, keys = 12, quarters(12)
    for scatter, still in ((0.2, True), (0.0, False)):
        rows = []
        for place in range(courts):
            for key in keys:
                rate = 1 / (1 + np.exp(2.2 + rng.normal(0, scatter)))
                rows.append((f"C{place:02d}", ALL_LINES, "rate", key, round(10_000 * rate), 10_000))
        frame = pd.DataFrame(rows, columns=["court", "line", "indicator", "period", "numerator", "denominator"])
        frame = put(put(frame, 3, "2024Q4", 1000, 10_000), 3, "2025Q4", 1200, 10_000)
        assert ("C03" in unmoved(frame)) == still


def test_nothing_is_praised_whose_figures_all_fell():
    """All courts lost half, one of them a little: by its peers' movement that is better, in print it is worse."""
    frame = table(level=0.4, everybody=-1.2, moved={7: 1.0}, cases=4000, seed=3)
    item = spec(better="higher")
    bases = {"2025Q3": 1700, "2024Q4": 1700}
    fell = frame
    for key, count in bases.items():
        fell = put(fell, 7, key, count, 4000)
    fell = put(fell, 7, "2025Q4", 1600, 4000)
    assert of(judged(fell, item), 7) is None
    rose = put(fell, 7, "2025Q3", 1500, 4000)  # 环比 rose: both sides are told
    assert of(judged(rose, item), 7).severity == "green"
