"""What one bulletin may tell: the same of a cell as every other, and of other courts nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from by_hand import write_csv
from said import said

from reports.compose import Subject
from reports.courts.periods import consecutive, parse_period
from reports.courts.tree import Court, CourtTree
from reports.model import (
    ALL_LINES,
    Attribution,
    Batches,
    CaseList,
    Course,
    Findings,
    Flag,
    LeftOut,
    Note,
    Part,
    Peer,
    Peers,
    Printed,
    Published,
    QualityFinding,
    Reference,
    ReversedCase,
    SerialCases,
    State,
)
from reports.pipeline.bulletins import write
from reports.pipeline.findings import analysis
from reports.pipeline.findings import findings as findings_of
from reports.pipeline.job import Job
from reports.pipeline.subjects import EVERY_COURT_S, EVERY_LINE_S, narrowed, subjects
from reports.words import SMALL_BASE
from reports.workspace import find

CODES = [f"辽01{n:02d}" for n in range(2, 10)]
COURTS = "代码,名称,层级,上级\n辽01,天枢市中级人民法院,中院,\n" + "".join(
    f"{code},天枢市第{name}区人民法院,基层法院,辽01\n" for code, name in zip(CODES, "一二三四五六七八", strict=True)
)
CONFIG = """[court]
code = "辽01"
[source]
files = ["cases.csv"]
[[interval]]
indicator = "within_limit"
since = 2020-01-01
low = 90.0
source = "测试用，非实际区间"
[output]
formats = ["md"]
"""
THEMES = """[theme.all]
name = "审限管理"
purpose = "为了解审限管理情况"
scope = "案件范围为各类案件"
indicators = ["within_limit", "average_days"]
[theme.crimes]
name = "刑事审限"
purpose = "为了解刑事案件审限管理情况"
scope = "案件范围为刑事案件"
where = "条线 = '刑事'"
indicators = ["within_limit", "average_days"]
"""
HEAPED, LATE = "辽0103", "辽0105"
DAY = date(2026, 4, 15)


def city(folder):
    """Two courts late in both lines. One of them concluded half of its civil cases, but no criminal one, on one day."""
    rows = []
    for period in consecutive(parse_period("2023Q3"), parse_period("2026Q1")):
        for code in CODES:
            for line, cause, size in (("民初", "买卖合同纠纷", 120), ("刑初", "盗窃罪", 60)):
                bad = code in (HEAPED, LATE) and period.key == "2026Q1"
                late = size // 4 if bad else 2 + (ord(code[-1]) + period.first) % 3
                for n in range(size):
                    heaped = bad and code == HEAPED and line == "民初" and n % 2
                    concluded = period.end - timedelta(days=0 if heaped else 1 + n % 50)
                    filed = concluded - timedelta(days=60 + n % 7)
                    due = concluded + timedelta(days=-1 if n < late else 30)
                    rows.append(
                        {
                            "案号": f"（{filed.year}）{code}{line}{period.year % 100}{period.last:02d}{n:03d}号",
                            "经办法院": code,
                            "案由": cause,
                            "承办部门": "业务庭",
                            "立案日期": filed.isoformat(),
                            "结案日期": concluded.isoformat(),
                            "结案方式": "判决",
                            "应结案日期": due.isoformat(),
                        }
                    )
    write_csv(folder / "cases.csv", rows)
    for name, text in (("courts.csv", COURTS), ("tongbao.toml", CONFIG), ("themes.toml", THEMES)):
        (folder / name).write_text(text, "utf-8")
    return Job(find(folder), parse_period("2026Q1", cutoff_day=0), DAY, DAY)


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory):
    job = city(tmp_path_factory.mktemp("city"))
    return job, findings_of(job, gated=True)


def views(job: Job, found: Findings) -> dict[str, Findings]:
    """What every bulletin of the data is written from."""
    made = {}
    for kind in ("general", "line", "court"):
        for subject in subjects(job.kinds[kind], found):
            made[f"{kind} {subject.label}"] = narrowed(found, subject)
    for theme in ("审限管理", "刑事审限"):
        made[f"theme {theme}"] = analysis(job.on_theme(theme))
    return made


def cells(name: str, view: Findings) -> dict[tuple[str, str, str], str]:
    """(court, line, indicator) → the sentence on it; the theme of the criminal cases has the cells of that line."""
    line = "刑事" if name == "theme 刑事审限" else view.line
    return {(one.court, line, one.indicator): f"{one.severity} {one.direction} {said(one)}" for one in view.flags}


def test_no_bulletin_says_of_a_cell_what_another_denies(doubtful):
    job, found = doubtful
    told = {name: (view, cells(name, view)) for name, view in views(job, found).items()}
    seen = 0
    for one, (_, mine) in told.items():
        for other, (view, also) in told.items():
            line = "刑事" if other == "theme 刑事审限" else view.line
            for cell, sentence in mine.items():
                court, of, indicator = cell
                if one == other or of != line or court not in view.tree.by_code:
                    continue
                if indicator in view.catalogue.indicators:
                    assert also.get(cell) == sentence, (one, other)
                    seen += 1
    assert seen > 20


def test_a_court_s_doubtful_data_are_doubtful_in_every_part_of_them(doubtful):
    """The heap is of civil cases alone: the line and the theme of the criminal ones hold the doubt all the same."""
    job, found = doubtful
    for name, view in views(job, found).items():
        told = {one.court: one for one in view.flags if one.indicator == "within_limit"}
        if name.startswith("line 立案") or HEAPED not in view.tree.by_code:
            continue
        assert told[HEAPED].severity == "grey", name
        whole = view.line == ALL_LINES and name != "theme 刑事审限"
        # 60 of 180 on the last day, whatever the bulletin is on.
        why = "期末最后一日结案60件，占本期结案的33.33%，相关数据待核，不作评价。"
        assert said(told[HEAPED]).endswith(("，" if whole else "，该院各类案件") + why)
        if LATE in view.tree.by_code:
            assert told[LATE].severity in ("red", "amber"), "the other court's data are judged"


@pytest.mark.parametrize(("line", "printed"), [("民事", True), ("刑事", False)])
def test_a_line_s_bulletin_prints_the_doubt(doubtful, line, printed):
    """45 of 60 criminal cases are too few to be sure of in a city: that is between the office and the court."""
    job, found = doubtful
    (subject,) = subjects(job.kinds["line"], found, line=line)
    text = write(job, job.kinds["line"], subject, narrowed(found, subject)).markdown
    problems, _, rest = text.partition("下列数据请先核实：")
    assert ("天枢市第四区法院审限内结案率" in problems) == printed
    assert "天枢市第二区法院审限内结案率" not in problems.split("## 三、")[1]
    assert "天枢市第二区法院审限内结案率为75.00%" in rest.split("## ")[0]


def test_a_court_beyond_its_interval_on_few_cases_is_told_so(doubtful):
    job, found = doubtful
    (subject,) = subjects(job.kinds["court"], found, court=LATE)
    view = replace(narrowed(found, subject), flags=())
    few = replace(view, untested=((LATE, "within_limit", SMALL_BASE), (LATE, "average_days", SMALL_BASE)))
    told = "你院审限内结案率为75.00%（180件中135件），劣于合理区间，但所涉案件较少，请结合个案分析。"
    assert told in write(job, job.kinds["court"], subject, few).markdown
    assert "所涉案件较少" not in write(job, job.kinds["court"], subject, view).markdown


OTHER, NAME, NUMBER = "辽9901", "天外市", 987_654_321
FLAG = Flag("2026Q1", OTHER, ALL_LINES, "filed", "red", "red", "up", ("R7",), NUMBER, NUMBER, None,
            Reference("peers", NUMBER, NAME), NAME)  # fmt: skip
CELL = (OTHER, ALL_LINES, "filed")
KEY = (OTHER, "filed", "R7", "up")


def row_added(frame: pd.DataFrame, **values: object) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[:1].assign(**values)])


def with_cell(comparisons):
    frame = comparisons.frame
    planted = frame.iloc[:1] * 0 + NUMBER
    planted.index = pd.MultiIndex.from_tuples([CELL], names=frame.index.names)
    old = Printed("2025Q1", *CELL, (NUMBER, None), NAME)
    return replace(
        comparisons,
        frame=pd.concat([frame, planted]),
        unlike={CELL: frozenset({"previous"})},
        restated={CELL: {"year_before": old}},
    )


def quality_of(found: Findings):
    rule = replace(found.quality.findings[0].rule, id="planted")
    finding = QualityFinding(rule, OTHER, NUMBER, NUMBER, NAME)
    kept = found.quality
    return replace(
        kept, findings=(*kept.findings, finding), totals={**kept.totals, "planted": (NUMBER, NUMBER)}, scope=NAME
    )


def reversals_of(found: Findings):
    case = ReversedCase(NAME, OTHER, "二审", "改判", DAY, "民事", NAME, NAME, NAME, OTHER, (OTHER,))
    told = found.reversals
    return replace(told, comparisons=with_cell(told.comparisons), cases=(*told.cases, case), previous=(case,),
                   year_before=(case,), unlinked=NUMBER)  # fmt: skip


SPLIT = Attribution(OTHER, ALL_LINES, "filed", "court", "year_before", Fraction(NUMBER),
                    (Part(OTHER, NAME, Fraction(NUMBER), Fraction(0), (NUMBER, 1), (1, 1)),))  # fmt: skip
SERIAL = SerialCases(Batches(NUMBER, NUMBER, NAME), Batches(NUMBER, NUMBER, NAME))
PLANTED = {
    "issuer": lambda f: OTHER,
    "tree": lambda f: CourtTree.of([*f.tree.courts, Court(OTHER, NAME, "basic", f.issuer)]),
    "comparisons": lambda f: with_cell(f.comparisons),
    "history": lambda f: row_added(f.history, court=OTHER, numerator=NUMBER),
    "flags": lambda f: (*f.flags, FLAG),
    "untested": lambda f: (*f.untested, (OTHER, "filed", NAME)),
    "tested": lambda f: f.tested | {(OTHER, "filed")},
    "attributions": lambda f: {**f.attributions, f"{OTHER}|filed": (SPLIT,), FLAG.key: (SPLIT,)},
    "ordinary": lambda f: f.ordinary | {CELL},
    "unmoved": lambda f: f.unmoved | {CELL},
    "set_aside": lambda f: {NAME: NUMBER},
    "rows_aside": lambda f: pd.DataFrame([{"法院": OTHER, "原因": NAME}]),
    "notes": lambda f: (Note("planted", NAME, NUMBER),),
    "quality": quality_of,
    "serial": lambda f: {**f.serial, OTHER: SERIAL},
    "rest": lambda f: {**f.rest, CELL: (NUMBER, NUMBER)},
    "states": lambda f: {**f.states, KEY: State("持续", NAME, NAME, NUMBER)},
    "eased": lambda f: (*f.eased, (OTHER, "filed", "缓解")),
    "case_lists": lambda f: {**f.case_lists, FLAG.key: CaseList(NAME, NUMBER, (NAME,), ((NAME,),))},
    "follow_up": lambda f: {NAME: NUMBER},
    "without": lambda f: (LeftOut(OTHER, NAME, (f.issuer,), NUMBER, None),),
    "courses": lambda f: {**f.courses, FLAG.key: Course((NAME,), ((NUMBER, None),), (None,), NAME)},
    "funnels": lambda f: (Peers("filed", NAME, 0.5, (Peer(OTHER, (NUMBER, 1), 0.0, 1.0),), NAME),),
    "reversals": reversals_of,
    "published": lambda f: (Published("filed", "全部", NAME, Decimal(NUMBER), "", NAME),),
    "grounds": lambda f: replace(f.grounds, doubts={(OTHER, "filed"): NAME}),
}
"""Field of the findings → what it holds, and something of another court beside it."""


@pytest.fixture(scope="module")
def found(province):
    job = Job(find(province), parse_period("2026Q3", cutoff_day=0), date(2026, 11, 22), date(2026, 10, 20))
    return job, findings_of(job, gated=True, reversed_too=True)


MARKS = re.compile("|".join((OTHER, NAME, str(NUMBER))))


def planted_in(value: object) -> list[str]:
    """Every text and number within a value, keys too, that has a mark; what stands in several places is read once."""
    found, seen, waiting = [], set(), [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str | int | float | None):
            if MARKS.search(text := str(one)):
                found.append(text)
            continue
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, pd.DataFrame):
            waiting.extend(pd.unique(one.reset_index().astype(object).to_numpy().ravel()))
        elif is_dataclass(one):
            waiting.extend(getattr(one, each.name) for each in fields(one))
        elif isinstance(one, Mapping):
            waiting.extend((*one.keys(), *one.values()))
        elif isinstance(one, tuple | list | set | frozenset):
            waiting.extend(one)
        elif MARKS.search(text := str(one)):
            found.append(text)
    return found


def test_every_field_is_narrowed_or_declared_every_court_s():
    """A field that is neither fails here: say in ``bulletins`` what one court may see of it, and plant something."""
    assert {one.name for one in fields(Findings)} == EVERY_COURT_S | PLANTED.keys()
    assert not EVERY_COURT_S & PLANTED.keys()
    assert {one.name for one in fields(Findings)} > EVERY_LINE_S


@pytest.mark.parametrize("name", PLANTED)
def test_nothing_planted_in_a_field_reaches_a_court(found, name):
    job, findings = found
    planted = replace(findings, **{name: PLANTED[name](findings)})
    assert planted_in(getattr(planted, name)), "the plant is there"
    code = "辽0102"
    subject = Subject(code, "演示省高级人民法院", label=code, named=findings.tree.jurisdiction(code))
    view = narrowed(planted, subject)
    assert not planted_in(view)
    for kind in ("court", "reminder"):
        made = write(job, job.kinds[kind], subject, view)
        assert not planted_in([made.markdown, [text.decode() for text in made.assets.values()]])


@pytest.mark.parametrize("name", sorted(PLANTED.keys() - EVERY_LINE_S))
def test_nothing_known_of_all_lines_reaches_a_line(found, name):
    job, findings = found
    (subject,) = subjects(job.kinds["line"], findings, line="民事")
    view = narrowed(replace(findings, **{name: PLANTED[name](findings)}), subject)
    assert not planted_in(getattr(view, name))


@dataclass(frozen=True)
class More(Findings):
    """Findings with a field that nobody has thought of yet."""

    more: str = ""


def test_a_new_field_reaches_neither_a_court_nor_a_line(found):
    job, findings = found
    more = More(**{one.name: getattr(findings, one.name) for one in fields(findings)}, more=NAME)
    for subject in (*subjects(job.kinds["court"], more)[:1], *subjects(job.kinds["line"], more, line="民事")):
        assert not planted_in(narrowed(more, subject))
