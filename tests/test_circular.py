"""What the circular of several courts tells once: in which section, by which name, with which figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_measures import EVERY, findings, flag

from reports.catalogue import Interval
from reports.compose.circular import circular_of
from reports.compose.standing import standings
from reports.compose.told import problem_of
from reports.courts.periods import parse_period
from reports.model import State
from reports.pipeline.job import TEMPLATES
from reports.sentences.clauses import BeyondInterval
from reports.sentences.macros import Sentences

PLAIN = Sentences([TEMPLATES], plain=True)
RATIO = "revise_remand_ratio"


def told(*flags, **more):
    """The circular of 第一市, of which only what the flags are about is told."""
    found = findings(*flags, issuer="辽01", **more)
    rows = [
        {"id": name, "name": EVERY.indicators[name].name, "cell": {"stated": ""}, "state": ""}
        for name in dict.fromkeys(one.indicator for one in flags)
    ]
    return circular_of(found, {"indicators": rows}, PLAIN)


def test_what_is_the_figure_of_the_court_alone_is_a_finding_of_it_and_no_movement_of_all():
    own, whole = flag("辽01本级", RATIO, (6, 7)), flag("辽01", RATIO, (6, 7))
    made = told(whole, own)
    assert [one["sentence"][:2] for one in made["attention"]["each"]] == ["本院"] and not made["notable"]
    made = told(whole, replace(own, numerator=5))  # another figure than that of all courts together
    assert [row["id"] for row in made["notable"]] == [RATIO] and made["attention"]["count"] == 1


def test_what_chance_may_explain_stands_out_no_more_than_the_rest():
    neutral = replace(flag("辽01", "appeal_rate", severity="neutral"), strength="yellow")
    assert not told(neutral)["notable"]
    sure = replace(flag("辽01", "average_days", (9000, 100), severity="amber"), strength="amber")
    assert [row["id"] for row in told(sure)["notable"]] == ["average_days"]


def test_a_court_has_its_short_name_and_the_issuer_is_called_our_court():
    made = told(flag("辽0102", "within_limit"), flag("辽01本级", "average_days", (9000, 100)))
    assert [one["sentence"][:6] for one in made["attention"]["each"]] == ["第1市第2区", "本院上诉率为"]
    many = [flag(f"辽01{n:02d}", name) for n in range(2, 8) for name in ("within_limit", "over12_share")]
    groups = told(flag("辽01本级", "average_days", (9000, 100)), *many)["attention"]["groups"]
    assert [(one["name"], one["count"]) for one in groups][:2] == [("本院", 1), ("第1市第2区法院", 2)]


@pytest.mark.parametrize(("since", "state"), [("2026Q2", ""), ("2026Q1", "自2026年第一季度起持续存在。")])
def test_that_it_was_outside_the_period_before_is_not_said_twice(since, state):
    one = flag("辽0102", "within_limit", state="持续")
    beyond = BeyondInterval(EVERY.indicators["within_limit"].measure, 0.8, 95.0, None, False, 15, (0.7, 0.9), True, True,
                            "季度")  # fmt: skip
    one = replace(one, evidence=replace(one.evidence, clauses=(beyond,)))
    found = findings(one, states={(one.court, one.indicator, "R2", one.direction): State("持续", since, "2026Q3")})
    made = problem_of(found, PLAIN, one, 0)
    assert "上季度也在区间之外" in made["sentence"] and made["state"] == state


def test_an_interval_that_stands_in_the_table_is_not_told_again():
    limit = Interval(parse_period("2020Q1").start, 95, None, "甲文件")
    edition = replace(
        EVERY,
        indicators={**EVERY.indicators, "within_limit": replace(EVERY.indicators["within_limit"], intervals=(limit,))},
    )
    found = findings(flag("辽0102", "within_limit"), edition=edition, issuer="辽0102")
    items = [edition.indicators["within_limit"]]
    (alone,), (beside,) = (standings(found, items, line)["outside"] for line in (None, found.line))
    assert alone["stated"] == "审限内结案率为80.00%（100件中80件，合理区间为不低于95%）"
    assert beside["stated"] == "审限内结案率为80.00%（100件中80件）"
