"""Every rule fires on a table in which its case is planted, and is silent on a healthy one."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted_tables import NOW, judged, of, put, quarters, spec, table, units
from said import said

from reports.courts.periods import parse_period
from reports.flag import EVERYBODY, Unit, drivers, flag, load
from reports.flag.history import SHAPES, Contrast, decide, window
from reports.flag.panel import blocks, increments
from reports.flag.policy import measured
from reports.flag.robust import two_sided
from reports.flag.rules.runs import patterns_of
from reports.flag.transform import transform
from reports.sentences.clauses import LastDay

RULES = {"R1", "R2", "R3", "R4", "R5", "R6", "R7"}


@pytest.mark.parametrize("kind", ["proportion", "ratio", "count"])
def test_healthy_tables_have_hardly_any_red_or_amber_flag(kind):
    strengths = []
    for seed in range(10):
        found = judged(table(kind, seed=seed), spec(kind=kind))
        assert found.tested == 21  # twenty courts and all of them together
        strengths += [one.strength for one in found.flags]
    assert strengths.count("red") <= 2 and strengths.count("amber") <= 4  # of 210 cells


@pytest.mark.parametrize("kind", ["proportion", "ratio", "count"])
def test_r2_finds_a_court_that_changed(kind):
    found = judged(table(kind, moved={7: 1.0}, seed=3), spec(kind=kind))
    one = of(found, 7)
    assert (one.severity, one.direction) == ("red", "up") and "R2" in one.rules and one.q <= 0.05
    assert one.reference.kind == "own_history" and "按该院此前11个季度的水平和" in said(one)
    assert [f.court for f in found.flags if f.strength == "red"] == ["C07"]


def test_r2_finds_a_change_over_two_quarters():
    one = of(judged(table(moved={7: (0.55, 0.55)}, seed=3)), 7)
    assert one.severity == "red" and "此前11个季度的水平" in said(one)


def test_the_same_change_the_better_way_is_green():
    one = of(judged(table(moved={7: 1.0}, seed=3), spec(better="higher")), 7)
    assert (one.severity, one.strength) == ("green", "red")


def test_an_indicator_without_direction_is_neutral():
    one = of(judged(table("count", moved={7: -1.0}, seed=3, name="filed"), spec("filed", "count", "neutral")), 7)
    assert (one.severity, one.strength, one.direction) == ("neutral", "red", "down")


@pytest.mark.parametrize("moved", [1.0, -1.0])
def test_a_right_of_the_parties_is_neutral_whichever_way_it_moved(moved):
    """Outside its interval it is neither red nor amber, and being better than the interval is still no finding."""
    right = spec(right=True, low=8.0, high=12.0, source="测试用")
    one = of(judged(table(moved={7: moved}, seed=3), right), 7)
    assert (one.severity, one.strength) == ("neutral", "red")
    assert ("R1" in one.rules) == (moved > 0)


def test_r3_and_r4_describe_and_do_not_raise_red_alone():
    # The quarter before and the one a year before were low; this one is where the court has always been.
    moved = {7: [-0.8, 0.0, 0.0, -0.8, 0.0]}
    one = of(judged(table(moved=moved, cases=4000, seed=3)), 7)
    assert {"R3", "R4"} & set(one.rules) and one.strength == "yellow"
    assert said(one).count("扣除后上升") == 2 and said(one).count("超出正常波动") == 2  # 环比 and 同比


def test_in_a_cumulative_period_the_quarter_before_is_called_by_its_name():
    """A figure so far has no 环比: what is told of its last quarter is held against 第三季度."""
    single = table(moved={7: [-0.4, 0.0, 0.0, -0.4, 0.0]}, cases=4000, seed=3)
    year = single[single["period"].str.startswith("2025")].groupby(["court", "line", "indicator"])
    whole = year[["numerator", "denominator"]].sum().reset_index().assign(period="2025")
    one = of(judged(pd.concat([single, whole], ignore_index=True), period=parse_period("2025")), 7)
    assert "R3" in one.rules
    assert "其中第四季度为" in said(one) and "，较第三季度上升" in said(one) and "环比" not in said(one)
    short = single[single["period"] >= "2024Q4"]
    short = put(short, 7, "2025Q4", 900, 4000)
    one = of(judged(pd.concat([short, whole], ignore_index=True), period=parse_period("2025")), 7)
    assert "较第三季度（扣除同级法院共同变动）高" in said(one) and "较上期" not in said(one)


def test_r5_finds_a_court_that_never_changed():
    one = of(judged(table(moved={7: [1.2] * 12}, seed=3)), 7)
    assert one.rules == ("R5",) and one.severity == "amber" and one.reference.kind == "peers"
    assert "99.8%参考范围" in said(one)


def test_r6_finds_a_run():
    one = of(judged(table(moved={7: [-0.1] * 5 + [0.1] * 7}, cases=4000, seed=4)), 7)
    assert "R6" in one.rules and "连续7个季度" in said(one) and "控制限为试用" in said(one)


def test_r7_finds_what_all_courts_share_as_one_flag():
    found = judged(table(everybody=0.5, seed=3), region="全省")
    assert [(f.court, f.rules, f.severity) for f in found.flags if f.strength == "red"] == [(EVERYBODY, ("R7",), "red")]
    assert said(found.flags[0]).startswith("全省法院改判率为")


def test_r1_states_and_confirms():
    item = spec(high=10.0, source="某文件")
    quiet = table(level=0.08, seed=3)
    sure = of(judged(put(quiet, 7, "2025Q4", 60, 400), item), 7)
    assert "R1" in sure.rules and sure.severity in ("amber", "red") and "整体位于区间之外" in said(sure)
    assert "高于合理区间（不高于10%）5.00个百分点，折合约20件" in said(sure)
    unsure = of(judged(put(quiet, 7, "2025Q4", 42, 400), item), 7)
    assert unsure.rules[0] == "R1" and unsure.severity == "yellow" and "不能排除偶然波动" in said(unsure)
    assert unsure.reference.kind == "interval" and unsure.reference.value == pytest.approx(0.10)


def test_within_the_interval_is_no_finding_and_better_is_not_praised():
    item = spec(low=5.0, high=10.0, source="某文件")
    quiet = table(level=0.075, seed=2)
    for x in (20, 32, 40):  # 5%, 8%, 10%: the bounds belong to the interval
        assert of(judged(put(quiet, 7, "2025Q4", x, 400), item), 7) is None
    better = of(judged(put(quiet, 7, "2025Q4", 12, 400), item), 7)
    assert better.severity == "green" and "R1" not in better.rules and "优于" not in said(better)


# A court truly at 8% with the bound at 10% reads above it in many quarters; it is confirmed in hardly any.
def test_confirming_makes_few_mistakes():
    rng = np.random.default_rng(8)
    above = confirmed = 0
    for x in rng.binomial(100, 0.08, 1000):
        one = of(judged(put(table(level=0.08, courts=1, periods=1), 0, "2025Q4", int(x), 100), spec(high=10.0)), 0)
        above += one is not None
        confirmed += one is not None and "整体位于区间之外" in said(one)
    assert above > 120 and confirmed < 15


def test_r8_finds_a_court_that_stopped_filing_at_the_years_end():
    rng = np.random.default_rng(2)
    months = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
    rows = [(f"C{i:02d}", key, int(rng.poisson(120))) for i in range(20) for key in months]
    monthly = pd.DataFrame(rows, columns=["court", "period", "numerator"])
    item = spec("filed", "count", "neutral")
    quarterly = table("count", cases=360, name="filed", seed=3)
    healthy = judged(quarterly, item, monthly=monthly)
    assert not [f for f in healthy.flags if "R8" in f.rules]
    late = (monthly["court"] == "C07") & monthly["period"].isin(["2025-11", "2025-12"])
    monthly.loc[late, "numerator"] = 40
    found = [f for f in judged(quarterly, item, monthly=monthly).flags if "R8" in f.rules]
    assert [(f.court, f.severity, f.direction) for f in found] == [("C07", "red", "down")]
    assert "11—12月新收80件" in said(found[0]) and "结案率" not in said(found[0])


def test_too_perfect_asks_for_a_data_check():
    quiet = table(level=0.08, seed=3)
    one = of(judged(put(quiet, 7, "2025Q4", 0, 400)), 7)
    assert (one.severity, one.strength, one.rules) == ("grey", None, ("DQ",)) and "结果完全相同" in said(one)
    few = judged(put(quiet, 7, "2025Q4", 0, 40))  # only three failures were to be expected: small, not doubtful
    assert of(few, 7) is None and ("C07", "rate", "基数较小，仅列数据，不作评价") in few.untested


def test_doubtful_data_are_not_judged():
    quiet = table(moved={7: 1.0}, seed=3)
    impossible = of(judged(put(quiet, 7, "2025Q4", 410, 400)), 7)
    assert impossible.severity == "grey" and "分子410大于分母400" in said(impossible)
    told = of(judged(quiet, given={("C07", "rate"): LastDay(60, 90)}), 7)
    assert (told.severity, told.q) == (
        "grey",
        None,
    ) and "期末最后一日结案60件，占本期结案的66.67%，相关数据待核，不作评价。" in said(told)
    copied = put(put(quiet, 7, "2025Q3", 123, 1200), 7, "2025Q4", 123, 1200)
    assert "与上期完全相同" in said(of(judged(copied), 7))


def test_small_bases_are_listed_not_judged():
    found = judged(put(table(seed=3), 7, "2025Q4", 12, 20))
    assert of(found, 7) is None
    assert ("C07", "rate", "基数较小，仅列数据，不作评价") in found.untested


def test_a_change_that_does_not_matter_is_no_flag():
    # 97% to 97.6% of 40,000 cases: beyond chance, yet less than one percentage point.
    frame = table(level=0.97, cases=40_000, moved={7: 0.25}, seed=3)
    assert of(judged(frame, spec(better="higher")), 7) is None


def test_little_history_is_judged_by_steps_and_said():
    one = of(judged(table(moved={7: 1.2}, periods=5, seed=3)), 7)
    assert one.severity == "amber" and "仅有5个季度的数据，以环比、同比判断" in said(one)
    six = of(judged(table(moved={7: 1.2}, periods=6, seed=3)), 7)
    assert six.severity == "red" and "仅有" not in said(six)


def test_one_quarter_alone_is_compared_with_its_peers_only():
    found = judged(table(moved={7: 1.5}, periods=1, seed=3))
    assert of(found, 7).rules == ("R5",) and not [f for f in found.flags if "R2" in f.rules]


@pytest.mark.parametrize("courts", [1, 2, 4, 9, 19])
def test_any_number_of_peers_is_enough(courts):
    found = judged(table(courts=courts, moved={0: 1.2}, seed=3))
    one = of(found, 0)
    assert (one.severity, one.q) == ("red", None) and "R2" in one.rules and one.reference.kind == "own_history"
    assert ("同级法院同期变动" in said(one)) == (courts > 1) and "此前11个季度的水平" in said(one)
    assert [f.court for f in found.flags if f.strength == "red" and f.court != EVERYBODY] == ["C00"]
    assert not [f for f in judged(table(courts=courts, seed=3)).flags if f.strength == "red"]


def test_where_courts_are_few_only_the_model_makes_red():
    # A court that never changed, beyond its interval for years and far from its peers: amber, however many rules agree.
    frame = table(courts=9, moved={7: [1.2] * 12}, seed=3)
    one = of(judged(frame, spec(high=12.0)), 7)
    assert {"R1", "R5"} <= set(one.rules) and one.strength == "amber"
    assert not {"R3", "R4", "R7"} & {rule for f in judged(frame).flags for rule in f.rules}


def test_all_of_a_few_courts_together_are_judged_by_their_own_total():
    frame = table(courts=5, everybody=0.7, cases=2000, seed=3)
    found = judged(frame, region="全市")
    assert [(f.court, f.rules, f.severity) for f in found.flags if f.strength == "red"] == [(EVERYBODY, ("R2",), "red")]
    assert said(found.flags[0]).startswith("全市法院改判率为") and "按此前11个季度的水平推算为" in said(found.flags[0])
    short = judged(frame[frame["period"].isin(quarters(5))], region="全市")
    assert (EVERYBODY, "rate") in short.cells


@pytest.mark.parametrize(("periods", "rule"), [(4, None), (5, "R2"), (7, "R2"), (8, "R7")])
def test_all_of_many_courts_together_are_judged_by_their_own_total_until_r7_can(periods, rule):
    frame = table(courts=22, everybody=0.7, cases=2000, seed=3)
    found = judged(frame[frame["period"].isin(quarters(periods))], region="全市")
    wholes = [(f.rules, f.strength) for f in found.flags if f.court == EVERYBODY]
    assert wholes == ([((rule,), "red")] if rule else [])
    assert ((EVERYBODY, "rate") in found.cells) == bool(rule)


def test_below_five_quarters_few_courts_are_not_told_to_have_changed():
    frame = table(courts=9, moved={7: 1.2}, seed=3)
    five, four = (judged(frame[frame["period"].isin(quarters(n))]) for n in (5, 4))
    assert of(five, 7).strength == "red" and "R2" in of(five, 7).rules
    assert not [f for f in four.flags if "R2" in f.rules or f.strength == "red"]


def test_what_is_said_of_few_courts_was_measured_at_their_size():
    sizes = {
        (1, 7): (1, 8),
        (1, 30): (1, 12),
        (4, 8): (1, 8),
        (6, 8): (6, 8),
        (8, 24): (6, 8),
        (9, 5): (9, 5),
        (15, 8): (9, 8),
        (19, 30): (16, 8),
        (30, 12): (30, 12),
        (200, 12): (114, 12),
    }
    for (courts, periods), size in sizes.items():
        found = measured(courts, periods)
        assert (found.courts, found.periods) == size and found.low <= found.false <= found.high
    assert (measured(9, 30, 1).periods, measured(9, 30, 1).months) == (24, 1)
    for courts in (19, 20):
        found = judged(table(courts=courts))
        assert found.few == (courts == 19) and found.measured == measured(courts, 12)
    for few in (True, False):
        assert not [text for _, text in load().told(few=few) if re.search("错误发现率不高于|不高于5%", text)]


def test_one_court_with_two_quarters_is_not_judged_and_told_why():
    found = judged(table(courts=1, periods=2, seed=3))
    assert not found.flags and found.untested == (("C00", "rate", "历史数据不足，不作变动评价"),)


def test_cumulative_values_are_tested_on_their_increments():
    single = table(moved={7: 1.0}, seed=3)
    keys = {"Q1": "Q1", "Q2": "H1", "Q3": "Q1-Q3", "Q4": ""}
    single["year"] = single["period"].str[:4]
    sums = single.groupby(["court", "year"])[["numerator", "denominator"]].cumsum()
    cumulative = single.assign(
        period=single["year"] + single["period"].str[4:].map(keys),
        numerator=sums["numerator"],
        denominator=sums["denominator"],
    )
    item = spec(basis="ytd")
    found = judged(cumulative.drop(columns="year"), item, period=parse_period("2025"))
    one = of(found, 7)
    whole = cumulative[(cumulative["court"] == "C07") & (cumulative["period"] == "2025")].iloc[0]
    assert one.severity == "red" and (one.numerator, one.denominator) == (whole["numerator"], whole["denominator"])
    assert "其中第四季度为" in said(one) and "环比" not in said(one)


@pytest.mark.parametrize(
    ("keys", "singles"),
    [
        (("2025-01", "2025-01..02", "2025-01..03", "2025-01..04"), ("2025-01", "2025-02", "2025-03", "2025-04")),
        (("2025Q1", "2025H1", "2025Q1-Q3", "2025"), ("2025Q1", "2025Q2", "2025Q3", "2025Q4")),
        (("2025-01..03", "2025H1", "2025Q1-Q3", "2025"), ("2025Q1", "2025Q2", "2025Q3", "2025Q4")),
    ],
)
def test_the_year_so_far_goes_by_the_months_or_quarters_of_its_table(keys, singles):
    """10, 30, 60, 100 so far are 10, 20, 30, 40 of each: 1—3月 stands among months as the first quarter among quarters."""
    rows = [("C00", "全部", "rate", key, n, 10 * n) for key, n in zip(keys, (10, 30, 60, 100), strict=True)]
    frame = pd.DataFrame(rows, columns=["court", "line", "indicator", "period", "numerator", "denominator"])
    found = increments(frame, {"rate": spec(basis="ytd")}, 0).set_index("period")
    assert found["numerator"].to_dict() == dict(zip(singles, (10, 20, 30, 40), strict=True))
    assert found["denominator"].to_dict() == dict(zip(singles, (100, 200, 300, 400), strict=True))


def test_levels_are_never_peers():
    other = table(level=0.40, seed=9).assign(court=lambda f: "H" + f["court"])
    members = units() + [Unit("H" + one.code, one.name, "intermediate") for one in units()]
    found = flag(pd.concat([table(seed=3), other]), NOW, [spec()], members)
    assert not [one for one in found.flags if "R5" in one.rules]


def runs_of(points):
    (pattern,), (side,) = patterns_of(np.array([points], dtype=float), load())
    return pattern, int(side)


# The rules of Making Data Count as NHSRplotthedots has them: a tie breaks a trend; two of three near a limit need
# all three points on that side (issue 143) and none beyond the limit (issue 153).
def test_the_nhs_patterns():
    noise = [0.0, 1.0, -1.0, 0.5, -0.5, 1.0, -1.0]
    assert runs_of([*noise, 1, 2, 3, 4, 5, 6, 7]) == ("trend", 1)
    assert runs_of([*noise, 1, 2, 3, 3, 5, 6, 7])[0] != "trend"
    assert runs_of([*noise, *[-0.8] * 5, -0.7, -0.9])[1] == -1
    near = [0, 1, -1, 0, 1, -1, 0, 1, -1, 0]
    assert runs_of([*near, 0.5, 2.6, 2.6]) == ("near", 1)
    assert runs_of([*near, -0.5, 2.6, 2.6])[0] != "near"
    assert runs_of(near[:6]) == ("", 0)  # fewer than eight points


def test_the_policy_decides():
    strict = replace(load(), q_red=1e-12, q_amber=1e-12, p_yellow=1e-12, funnel=1 - 1e-12, run=99)
    found = judged(table(moved={7: 1.0}, seed=3), policy=strict)
    assert not [one for one in found.flags if one.strength in ("red", "amber") and "R2" in one.rules]


def test_an_amount_is_judged_with_the_spread_of_its_cases():
    rng = np.random.default_rng(4)
    rows = []
    for court in range(20):
        for key in quarters(12):
            due = np.exp(rng.normal(10, 1.2, 300))
            chance = 0.2 if court == 7 and key == "2025Q4" else 0.5
            got = due * (rng.uniform(size=300) < chance)
            rows.append((f"C{court:02d}", "全部", "rate", key, int(got.sum()), int(due.sum()), (got**2).sum(),
                         (due**2).sum(), (got * due).sum()))  # fmt: skip
    names = ["court", "line", "indicator", "period", "numerator", "denominator", "sum_sq", "sum_sq_den", "sum_xy"]
    frame = pd.DataFrame(rows, columns=names)
    item = spec(kind="amount", better="higher")
    found = judged(frame, item)
    assert [f.court for f in found.flags if f.strength == "red"] == ["C07"]
    (block,) = blocks(frame, [item], units(), [parse_period(key) for key in quarters(12)], "全部")
    made = transform(block)
    # The linearised error of one court's ratio against what 2,000 resamples of its last quarter would give.
    assert np.sqrt(made.s2[0, -1]) == pytest.approx(0.06, abs=0.03)
    assert (made.base[:, -1] < 300).all()  # effective cases: fewer than there are


def test_a_driver_is_ordinary_or_not():
    known = drivers(table(moved={7: 1.0}, seed=3), NOW, [spec()], units())
    assert known["C07", "全部", "rate"] and sum(known.values()) <= 4 and len(known) == 20


def test_several_periods_together_tell_only_what_the_last_one_confirms():
    def scores(*z):
        column = np.array(z)[:, None]
        return Contrast(column, column, column, column, np.zeros(1), 0.0, column)

    # Back at its level, still off, gone the other way, and one standard error off.
    last, both = scores(0.2, 2.0, -3.0, 1.0), scores(5.0, 5.0, 5.0, -5.0)
    alone = [2 * two_sided(np.array([z]))[0] for z in (0.2, 2.0, -3.0, 1.0)]
    together = 2 * two_sided(np.array([5.0]))[0]
    p = decide([last, both], (1, 4), confirm=1.0).p
    assert p == pytest.approx([min(alone[0], 1.0), together, alone[2], alone[3]])
    # Each over its share; what cannot be tested leaves its share to the other.
    p = decide([last, both], (1, 4), confirm=1.0, shares=(0.8, 0.2)).p
    assert p == pytest.approx(
        [min(alone[0] / 1.6, 1.0), min(alone[1] / 1.6, together / 0.4), alone[2] / 1.6, alone[3] / 1.6]
    )
    p = decide([last, scores(*[np.nan] * 4)], (1, 4), confirm=1.0, shares=(0.8, 0.2)).p
    assert p == pytest.approx(np.array(alone) / 2)  # no longer two tests


@pytest.mark.parametrize("shape", [shape for shape, _ in SHAPES])
def test_the_size_of_a_change_is_that_of_least_squares(shape):
    rng, policy = np.random.default_rng(5), load()
    e, s2 = rng.normal(size=(8, 10)), np.full((8, 10), 0.5)
    e[0, 2] = np.nan  # a period without data before the window is passed over
    d, v, _, now = window(e, s2, shape, policy)
    known = np.isfinite(e[0])
    before, last = known.copy(), np.zeros(10)
    before[-len(shape) :] = False
    last[-len(shape) :] = shape
    level = e[0][before].mean()
    away = (e[0] - level)[-len(shape) :]
    assert d[0, -1] == pytest.approx(np.linalg.lstsq(np.array(shape)[:, None], away, rcond=None)[0][0])
    assert now[0, -1] == pytest.approx(e[0, -1] - level)
    weights = np.where(before, -sum(shape) / before.sum(), last) / np.square(shape).sum()  # of each value in d
    assert d[0, -1] == pytest.approx((weights * np.where(known, e[0], 0.0)).sum())
    assert v[0, -1] == pytest.approx(0.5 * np.square(weights).sum())


def test_a_change_that_grew_over_four_periods_is_told_against_what_went_before_it():
    one = of(judged(table(moved={7: (0.2, 0.4, 0.6, 0.8)}, seed=3)), 7)
    assert one.strength == "red" and "R2" in one.rules and "此前8个季度的水平" in said(one)


def test_a_court_that_has_recovered_is_not_flagged_for_the_period_before():
    # Far off in the period before, where it was flagged, and back at its level now.
    one = of(judged(table(moved={7: (1.5, 0.0)}, seed=3)), 7)
    assert (one.severity, one.strength, one.rules) == ("green", "yellow", ("R3",))  # only that it came down


def test_no_wording_three_times_in_a_row():
    found = judged(table(moved=dict.fromkeys((2, 5, 8, 11, 14), 1.5), seed=3))
    red = [re.sub(r"[\d.]+", "", said(one)).split("法院", 1)[1] for one in found.flags if one.strength == "red"]
    assert len(red) > 3 and not any(a == b == c for a, b, c in zip(red, red[1:], red[2:], strict=False))
