"""What may never change a verdict, and how a verdict must follow what it is given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_tables import NOW, judged, of, spec, table, units
from said import said

from reports.flag import flag, load
from reports.flag.severity import Hits, choose, severity, strength

PLANTED = table(moved={3: 0.9, 7: -0.9, 11: (0.2, 0.4, 0.6)}, seed=5)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_is_irrelevant(seed):
    mixed = PLANTED.sample(frac=1, random_state=seed)
    assert judged(mixed).flags == judged(PLANTED).flags


def test_the_order_of_units_only_orders_the_print():
    backwards = flag(PLANTED, NOW, [spec()], units()[::-1]).flags
    forwards = judged(PLANTED).flags

    def plain(flags):
        return sorted((f.court, f.rules, f.strength, f.direction, round(f.q or 1, 9)) for f in flags)

    assert plain(backwards) == plain(forwards)
    assert [f.court for f in forwards if f.court in {u.code for u in units()}] == sorted(
        f.court for f in backwards if f.court in {u.code for u in units()}
    )


# With every count seven times as large the rates are the same and nothing is less sure than it was.
def test_larger_volumes_keep_what_was_found():
    grown = PLANTED.assign(numerator=PLANTED["numerator"] * 7, denominator=PLANTED["denominator"] * 7)
    red = {(f.court, f.direction) for f in judged(PLANTED).flags if f.strength == "red" and "R2" in f.rules}
    again = {(f.court, f.direction) for f in judged(grown).flags if f.strength in ("red", "amber")}
    assert red and red <= again


# A proportion and its complement are one fact: the same cells, the other way, with the same q.
def test_the_complement_mirrors():
    other = PLANTED.assign(numerator=PLANTED["denominator"] - PLANTED["numerator"])
    mine, theirs = (judged(frame, item) for frame, item in ((PLANTED, spec()), (other, spec(better="higher"))))
    turn = {"up": "down", "down": "up"}
    left = [(f.court, f.severity, f.direction, f.q and round(f.q, 6)) for f in mine.flags]
    right = [(f.court, f.severity, turn[f.direction], f.q and round(f.q, 6)) for f in theirs.flags]
    assert left == right


# What all courts share is taken off: a season or a reform changes no court's verdict, only the province's.
def test_a_shared_movement_changes_no_courts_red_flag():
    courts = {u.code for u in units()}
    plain = {f.court for f in judged(table(moved={3: 1.0}, seed=5)).flags if f.strength == "red"} & courts
    shifted = judged(table(moved={3: 1.0}, everybody=0.3, seed=5))
    assert {f.court for f in shifted.flags if f.strength == "red"} & courts == plain == {"C03"}


def test_a_larger_shift_is_never_less_sure():
    scores = [of(judged(table(moved={3: size}, seed=5)), 3) for size in (0.7, 1.0, 1.4)]
    assert [one.z for one in scores] == sorted(one.z for one in scores)


@pytest.mark.parametrize("kind", ["proportion", "ratio", "count"])
def test_every_flag_says_its_numbers(kind):
    found = judged(table(kind, moved={3: 0.9, 7: -0.9}, seed=5), spec(kind=kind))
    assert found.flags
    for one in found.flags:
        assert str(one.numerator) in said(one) and said(one).endswith("。")
        assert kind == "count" or f"（{one.numerator}/{one.denominator}）" in said(one)
        assert "p值" not in said(one) and "q值" not in said(one)
        assert one.value == (one.numerator if kind == "count" else one.numerator / one.denominator)


HITS = st.builds(
    Hits,
    q=st.floats(0, 1),
    p=st.floats(0, 1),
    material=st.booleans(),
    twice=st.booleans(),
    steps=st.sampled_from([(), ("R3",), ("R3", "R4")]),
    found=st.fixed_dictionaries(
        {"R1": st.sampled_from(["yellow", "amber"])}, optional={"R5": st.just("amber"), "R6": st.just("yellow")}
    ),
)


@given(HITS, HITS)
def test_the_verdict_is_a_strength_of_one_side(up, down):
    policy = load()
    direction, reached = choose({"up": up, "down": down}, "down", policy)
    assert reached == strength({"up": up, "down": down}[direction], policy)
    order = {"red": 3, "amber": 2, "yellow": 1, None: 0}
    assert order[reached] == max(order[strength(up, policy)], order[strength(down, policy)])


# The severity table of the policy, line by line.
@pytest.mark.parametrize(
    ("hits", "reached"),
    [
        (Hits(q=0.01, material=True), "red"),
        (Hits(q=0.04, material=True), "amber"),
        (Hits(q=0.01, material=True, short=True), "amber"),
        (Hits(posterior=0.8, material=True), "red"),
        (Hits(posterior=0.8, material=True, short=True), "amber"),
        (Hits(posterior=0.9, material=True, short=True), "red"),
        (Hits(posterior=0.3, material=True, twice=True, found={"R1": "amber", "R5": "amber"}), "amber"),
        (Hits(q=0.01), None),
        (Hits(q=0.19, material=True, found={"R5": "amber"}), "amber"),
        (Hits(q=0.19, material=True), "amber"),
        (Hits(found={"R5": "amber"}), "amber"),
        (Hits(found={"R1": "amber"}), "amber"),
        (Hits(found={"R1": "amber"}, twice=True), "amber"),
        (Hits(found={"R1": "amber", "R5": "amber"}, twice=True), "red"),
        (Hits(found={"R1": "amber"}, twice=True, q=0.19, material=True), "red"),
        (Hits(found={"R1": "yellow"}), "yellow"),
        (Hits(q=0.5, p=0.04, material=True), "yellow"),
        (Hits(steps=("R3",)), "yellow"),
        (Hits(found={"R6": "yellow"}), "yellow"),
        (Hits(), None),
    ],
)
def test_the_table_of_strengths(hits, reached):
    assert strength(hits, load()) == reached


def test_the_table_of_severities():
    assert [severity(way, "red", better) for way, better in
            (("up", "lower"), ("up", "higher"), ("down", "higher"), ("down", "neutral"))] == [
        "red", "green", "red", "neutral"]  # fmt: skip


# Statistics of the whole screen: what is called false at 5% is false about that often when the model is true.
def test_the_scores_of_a_healthy_screen_are_calibrated():
    z = np.concatenate([[s.z for s in judged(table(seed=seed)).scores] for seed in range(15)])
    assert len(z) == 300
    assert 0.005 <= np.mean(np.abs(z) > 1.96) <= 0.085
