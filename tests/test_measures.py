"""What a circular asks for: each row follows from its finding, and two quarters are not asked the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pandas as pd
import pytest
from said import evidence

from reports import catalogue as catalogues
from reports.catalogue import Interval
from reports.courts.periods import parse_period
from reports.courts.tree import Court, CourtTree
from reports.errors import ConfigError
from reports.measures import FILE, load, requirements
from reports.measures.asked import NO_TARGET
from reports.model import Attribution, CaseList, Comparisons, Findings, Flag, Part, Reference

DAY = date(2026, 10, 20)  # a Tuesday
EVERY = catalogues.load(catalogues.EVERYTHING)
TREE = CourtTree.of(
    [
        Court("辽", "演示省高级人民法院", "high", None),
        *(Court(f"辽{n:02d}", f"第{name}市中级人民法院", "intermediate", "辽") for n, name in enumerate("一二", 1)),
        *(
            Court(f"辽{city:02d}{n:02d}", f"第{city}市第{n}区人民法院", "basic", f"辽{city:02d}")
            for city in (1, 2)
            for n in range(2, 9)
        ),
    ]
)
WORSE = {"higher": "down", "lower": "up"}


def flag(court, indicator, now=(80, 100), *, state="新发", severity="red", period="2026Q3"):
    way = WORSE[EVERY.indicators[indicator].better]
    reference = Reference("own_history", None, "")
    return Flag(
        period, court, "全部", indicator, severity, "red", way, ("R2",), None, *now, reference, evidence(), state=state
    )


def findings(*flags, base=(50, 100), edition=EVERY, issuer="辽", tree=TREE, **told):
    """Findings that hold the flags; the year before every value was ``base``."""
    cells = {(one.court, one.line, one.indicator): [one.numerator, one.denominator, None, None, *base] for one in flags}
    names = [f"{side}_{part}" for side in ("now", "previous", "year_before") for part in "nd"]
    index = pd.MultiIndex.from_tuples(list(cells), names=["court", "line", "indicator"])
    frame = pd.DataFrame(list(cells.values()), index=index, columns=names).astype("Int64")
    period = parse_period(flags[0].period if flags else "2026Q3")
    made = {
        "history": pd.DataFrame(), "attributions": {}, "untested": (), "tested": 0, "ordinary": frozenset(), "unmoved": frozenset(),
        "rows_in": 0, "rows_used": 0, "set_aside": {}, "rows_aside": pd.DataFrame(), "notes": (),
        "data_until": date(2026, 9, 30), "comparisons": Comparisons(period, edition, frame, {}),
    }  # fmt: skip
    return Findings(period=period, issuer=issuer, tree=tree, catalogue=edition, flags=flags, **made | told)


def cases(one, total, aged=0, **parts):
    """The list behind a flag, its cases by cause, department and reason as {value: cases}."""
    counted = {name: tuple(values.items()) for name, values in parts.items()}
    return {one.key: CaseList("案件", total, (), (), "", counted, aged)}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return load(tmp_path_factory.mktemp("none"), EVERY.indicators)


def only(found, measures, **how):
    (row,) = requirements(found, measures, DAY, **how)["rows"]
    return row


def test_a_row_is_whom_what_when_and_how_far(shipped):
    late = flag("辽0102", "within_limit", (258, 300))
    row = only(findings(late, base=(288, 300), case_lists=cases(late, 42)), shipped)
    assert row == {
        "unit": "第1市第2区法院",
        "matter": "审限内结案率86.00%：清单所列42件逐件写明超期的环节和原因，"
        "查扣除、延长、中止手续是否齐全、事由消失后有无及时恢复",
        "when": "11月4日前",
        "aim": "回到去年同期的96.00%",
    }


@pytest.mark.parametrize(
    ("indicator", "parts", "aged", "told"),
    [
        # 7 of 20 are the procedure's: more than a third, and more than any other reason
        ("first_reversal_rate", {"reversal_reason": {"程序": 7, "法律适用": 6, "事实认定": 5}}, 0, "涉及程序问题的7件"),
        # 5 + 4: both classes name the facts
        ("first_reversal_rate", {"reversal_reason": {"事实认定": 5, "事实认定和法律适用": 4, "程序": 6}}, 0, "涉及事实认定的9件"),
        ("first_reversal_rate", {"dept": {"民一庭": 12, "民二庭": 8}}, 0, "民一庭（12件）召开逐案剖析会"),
        ("first_reversal_rate", {"dept": {"民一庭": 20}}, 0, "逐件写出自查意见"),  # of one department nothing is said
        ("over12_share", {"cause": {"建设工程施工合同纠纷": 9, "买卖合同纠纷": 6}}, 4, "约定出具意见的日期"),
        ("over12_share", {"cause": {"买卖合同纠纷": 9}}, 4, "清单所列20件中立案满两年的4件"),
        ("over12_share", {"cause": {"买卖合同纠纷": 9}}, 0, "买卖合同纠纷（9件）按等另案"),
        ("over12_share", {"cause": {"买卖合同纠纷": 6}}, 0, "清单所列20件逐件列明未结原因"),  # 6 of 20 are not a third
        ("civil_mediation_rate", {"cause": {"金融借款合同纠纷": 9}}, 0, "特别授权"),
    ],
)  # fmt: skip
def test_what_the_cases_show_chooses_the_measure(shipped, indicator, parts, aged, told):
    one = flag("辽0102", indicator)
    assert told in only(findings(one, case_lists=cases(one, 20, aged, **parts)), shipped)["matter"]


def test_what_moved_the_figure_chooses_where_there_are_no_cases(shipped):
    one = flag("辽0102", "average_days", (9000, 100))
    part = Part("民事", "民事", Fraction(40), Fraction(0), (1, 1), (1, 1))
    split = Attribution("辽0102", "全部", "average_days", "line", "year_before", Fraction(40), (part,))
    told = only(findings(one, attributions={one.key: (split,)}), shipped)["matter"]
    assert told.startswith("平均审理天数90.0天：由民事审判业务部门按立案、送达")
    mixed = replace(split, parts=(replace(part, within=Fraction(0), mix=Fraction(40)),))
    assert "变动主要来自案件结构" in only(findings(one, attributions={one.key: (mixed,)}), shipped)["matter"]


def test_what_goes_on_is_not_answered_with_the_same_measure(shipped):
    new, still = flag("辽0102", "within_limit"), flag("辽0102", "within_limit", state="持续")
    first, second = (only(findings(one, case_lists=cases(one, 42)), shipped)["matter"] for one in (new, still))
    assert "逐件写明超期的环节" in first and "按超期天数分层" in second
    row = {"code": "辽0102", "indicator": "审限内结案率", "told": "2026年第二季度"}
    for answer, verdict, told in (
        ("逾期未反馈", "未见效", "；2026年第二季度通报事项的整改情况逾期未反馈，一并报送"),
        ("已反馈", "未见效", "；此前所报措施核对为未见效，说明原因并调整"),
        ("已反馈", "见效", "定出各环节最迟日期"),
    ):
        ledger = {"items": [row | {"answer": answer, "verdict": verdict}]}
        found = findings(new, case_lists=cases(new, 42), follow_up=ledger)
        matter = only(found, shipped)["matter"]
        assert "按超期天数分层" in matter and matter.endswith(told)


def test_every_indicator_has_a_measure_of_its_own_when_it_goes_on(shipped):
    """What was asked in one quarter is never all that is asked in the next."""
    for name in ("within_limit", "average_days", "over12_share", "first_reversal_rate", "civil_mediation_rate",
                 "enforcement_completion_rate", "enforcement_recovery_rate", "enforcement_termination_rate",
                 "case_piece_ratio", "appeal_rate", "revise_remand_ratio"):  # fmt: skip
        told = []
        for state in ("新发", "持续"):
            one = flag("辽0102", name, state=state)
            told.append(only(findings(one, case_lists=cases(one, 42)), shipped)["matter"])
        assert told[0] != told[1], name


@pytest.mark.parametrize("indicator", [name for name, item in EVERY.indicators.items() if item.right and item.assess])
@pytest.mark.parametrize("severity", ["red", "neutral"])
def test_rights_of_the_parties_have_no_target_and_their_measures_are_the_courts_own_work(shipped, indicator, severity):
    one = flag("辽", indicator, severity=severity)
    row = only(findings(one, case_lists=cases(one, 42)), shipped)
    elsewhere = flag("辽0102", indicator, severity="neutral")
    assert requirements(findings(elsewhere), shipped, DAY)["count"] == 0, "told to that court alone"
    assert row["aim"] == NO_TARGET
    assert not any(word in row["matter"] for word in ("降低", "减少", "压降", "控制", "不得上诉"))


def test_the_aim_is_the_interval_or_the_courts_own_past(shipped):
    within = replace(EVERY.indicators["within_limit"], intervals=(Interval(date(2020, 1, 1), 95, None, "甲文件"),))
    edition = replace(EVERY, indicators={**EVERY.indicators, "within_limit": within})
    one = flag("辽0102", "within_limit", (90, 100))
    assert only(findings(one, edition=edition), shipped)["aim"] == "进入合理区间（不低于95%）"
    inside = flag("辽0102", "within_limit", (96, 100))
    assert only(findings(inside, base=(98, 100), edition=edition), shipped)["aim"] == "回到去年同期的98.00%"
    fallen = findings(one, base=(80, 100), case_lists=cases(one, 10))
    assert only(fallen, shipped)["aim"] == "清单10件逐件有结论", "a worse past is no aim"


def test_a_day_of_rest_is_no_time_limit(shipped):
    found = findings(flag("辽0102", "within_limit"))
    days = {requirements(found, shipped, date(2026, 10, day))["rows"][0]["when"] for day in (16, 17, 18)}
    assert days == {"11月2日前"}, "15 days after the 16th, 17th and 18th are Saturday, Sunday and Monday"


def test_rows_stand_in_the_order_of_the_table(shipped):
    flags = [
        flag("辽0203", "within_limit"),
        flag("辽0102", "over12_share"),
        flag("辽0102", "within_limit"),
        flag("辽01本级", "within_limit"),
    ]
    told = requirements(findings(*flags), shipped, DAY)["rows"]
    assert [(row["unit"], row["matter"][:3]) for row in told] == [
        ("第一市中院本级", "审限内"), ("第1市第2区法院", "审限内"), ("第1市第2区法院", "超12"), ("第2市第3区法院", "审限内"),
    ]  # fmt: skip


def test_of_many_findings_there_is_a_row_for_each_part(shipped):
    flags = [flag(f"辽01{n:02d}", "within_limit") for n in range(2, 9)]
    flags += [flag(f"辽02{n:02d}", "average_days", (9000, 100)) for n in range(2, 6)]
    listed = {key: found for one in flags[:3] for key, found in cases(one, 42).items()}
    told = requirements(findings(*flags, case_lists=listed), shipped, DAY)
    assert (told["count"], told["whole"], told["below"]) == (11, False, True)
    assert told["rows"] == [
        {
            "unit": "第一市中院",
            "matter": "审限内结案率7项：超期案件逐件定因、审限三级提醒",
            "when": "11月4日前",
            "aim": "见各院通报",
        },
        {
            "unit": "第二市中院",
            "matter": "平均审理天数4项：送达集中办理",
            "when": "11月9日前",
            "aim": "见各院通报",
        },
    ]


def test_a_row_for_one_finding_has_its_aim_and_one_for_several_refers_to_their_bulletins(shipped):
    flags = [flag(f"辽01{n:02d}", "within_limit") for n in range(2, 9)]
    flags += [flag(f"辽02{n:02d}", "within_limit") for n in range(2, 5)]
    told = requirements(findings(*flags, flag("辽", "appeal_rate"), base=(96, 100)), shipped, DAY)
    assert [(row["unit"], row["aim"]) for row in told["rows"]] == [
        ("本院审判管理办公室", NO_TARGET), ("第一市中院", "见各院通报"), ("第二市中院", "见各院通报"),
    ]  # fmt: skip
    told = requirements(findings(*flags[:8], flag("辽", "appeal_rate"), *flags[:2], base=(96, 100)), shipped, DAY)
    assert told["rows"][-1] == {
        "unit": "第二市中院", "matter": "审限内结案率：审限三级提醒", "when": "11月4日前", "aim": "回到去年同期的96.00%",
    }  # fmt: skip


def test_a_figure_that_is_only_the_court_s_own_is_asked_once(shipped):
    """Of a city's appeals all are heard by its intermediate court: what is found of all courts is found of it."""
    own, whole = flag("辽01本级", "revise_remand_ratio", (6, 7)), flag("辽01", "revise_remand_ratio", (6, 7))
    below = flag("辽0102", "within_limit")
    told = requirements(findings(whole, own, below, base=(31, 9), issuer="辽01"), shipped, DAY)
    assert [row["unit"] for row in told["rows"]] == ["本院审判管理办公室", "第1市第2区法院"] and told["count"] == 2
    other = replace(own, numerator=5)  # of some other court there are cases too
    told = requirements(findings(whole, other, below, base=(31, 9), issuer="辽01"), shipped, DAY)
    assert told["count"] == 3


def test_two_quarters_of_two_worlds_are_asked_four_different_things(shipped):
    """The same indicator flagged at the same court: the numbers, the cases and what went before are others."""
    sections = []
    for period, day in (("2026Q2", date(2026, 7, 20)), ("2026Q3", DAY)):
        for court, late in (("辽0102", 42), ("辽0203", 51)):
            state = "持续" if period == "2026Q3" else "新发"
            one = flag(court, "within_limit", (300 - late, 300), period=period, state=state)
            found = findings(one, case_lists=cases(one, late, dept={"民一庭": 30, "民二庭": late - 30}))
            sections.append(requirements(found, shipped, day)["rows"])
    for name in ("matter", "when"):
        assert len({section[0][name] for section in sections}) == (4 if name == "matter" else 2)


def test_of_a_single_court_its_department_is_asked(shipped):
    tree = CourtTree.of([Court("辽0102", "城东区人民法院", "basic", None)])
    one = flag("辽0102", "within_limit")
    listed = cases(one, 42, dept={"民一庭": 30, "民二庭": 12})
    assert only(findings(one, tree=tree, issuer="辽0102", case_lists=listed), shipped)["unit"] == "民一庭"
    assert only(findings(one, tree=tree, issuer="辽0102"), shipped)["unit"] == "本院"
    assert only(findings(one, tree=tree, issuer="辽0102"), shipped, own=False)["unit"] == "城东区法院"


def test_amber_and_good_findings_are_asked_nothing(shipped):
    flags = [flag("辽0102", "within_limit", severity=one) for one in ("amber", "green", "grey", "neutral")]
    assert requirements(findings(*flags), shipped, DAY) == {
        "count": 0,
        "rows": [],
        "whole": True,
        "below": False,
        "latest": "",
    }


def test_a_court_has_measures_of_its_own(tmp_path, shipped):
    (tmp_path / FILE).write_text(
        '[measure.ours]\nname = "院长接谈"\nindicators = ["within_limit"]\nwhen = ["list"]\n'
        'text = "清单所列{cases}件由院长逐件接谈承办人"\ndays = 5\nsource = "本院2026年第3号通知"\n'
        '[measure.limit_any]\ndays = 10\n[measure.every]\non = false\n',
        "utf-8",
    )  # fmt: skip
    ours = load(tmp_path, EVERY.indicators)
    one = flag("辽0102", "within_limit")
    assert only(findings(one, case_lists=cases(one, 42)), ours)["matter"].endswith("清单所列42件由院长逐件接谈承办人")
    assert only(findings(one), ours)["when"] == "10月30日前"
    assert {one.id for one in shipped} - {one.id for one in ours} == {"every"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('indicators = ["within_limt"]', "没有指标 within_limt，是否为 within_limit"),
        ('text = "清单所列{cases}件逐件查"', "text 中写了 {cases}，when 中应有 list"),
        ('text = "清单所列{cses}件逐件查"', "text 中不能写 {cses}"),
        ('text = "清单所列{cases件逐件查"', "text 的花括号不成对"),
        ('causes = ["借款"]', "写了 causes，when 中应有 cause"),
        ('when = ["always"]', "when"),
        ("days = 0", "days 缺少、多余或写法有误"),
        ("colour = 1", "colour 缺少、多余或写法有误"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, fault):
    (tmp_path / FILE).write_text(f"[measure.every]\n{text}\n", "utf-8")
    with pytest.raises(ConfigError) as failed:
        load(tmp_path, EVERY.indicators)
    assert f"{FILE} [measure.every]：" in failed.value.what and fault in failed.value.what


def test_the_catalogue_says_where_each_comes_from_and_names_no_court(shipped):
    assert all(one.source == "本系统拟定" or "http" in one.source for one in shipped)
    assert not [one.id for one in shipped if any(word in one.text for word in ("省", "市", "县", "区", "某"))]
    assert len({one.text for one in shipped}) == len({one.name for one in shipped}) == len(shipped)
