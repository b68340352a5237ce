"""The nouns that flow through the pipeline."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any, Protocol

from reports.courts.tree import UNIT, court_of
from reports.words import BASES, INCOMPLETE, NO_CASES, UNLIKE, UNTOLD, Measure, restated

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from reports.catalogue import Catalogue
    from reports.catalogue.quality import QualityRule
    from reports.catalogue.review import ReviewRule
    from reports.courts.periods import Period
    from reports.courts.tree import CourtTree
    from reports.sentences.clauses import Clause, Evidence

HAND_WRITTEN = "<!-- 手写 -->"  # the line above a block that a person wrote; never printed
TO_FILL = re.compile(
    r"〔待填：([^〔〕]+)〕"
)  # what only a person knows: no text that still holds one is signed or issued
ALL_LINES = "全部"
LINE_ORDER = ("刑事", "民事", "行政", "国家赔偿", "执行", "其他")
ROWS_UNCHECKED = "案件留在数据库引擎中，没有逐行核查"  # why rules on rows were not checked
CELL = ["court", "line", "indicator"]
MOMENTS = ("sum_sq", "sum_sq_den", "sum_xy")  # Σx², Σy², Σxy over the cases of a cell
BATCH = 20  # cases of a series (系列案); fewer of one party in a week are ordinary business
TOP_PARTS = 3  # parts that a sentence can name
SIDES = ("now", "previous", "year_before", "previous_cumulative")
UNIT_COLUMNS = {"court": "unit", "origin_court": "origin_unit", "starting_court": "starting_unit"}
"""Where cases are divided into departments and teams, the column of the unit beside each column of a court."""
YOU, YOUR_DEPARTMENT = "你院", "你部门"  # what a court or a department is called to which a bulletin is addressed
HANDLERS = frozenset(("承办人", "该院承办人"))  # columns of a list of cases that name a person
OWN = "本级"  # 辽01 is the whole jurisdiction, 辽01本级 the cases of that court itself


@dataclass(frozen=True)
class Note:
    """Something about the data that a bulletin must say: ``text`` without the number, and ``count`` rows.

    ``remedy`` is what can be done about it, for the person who runs the program, not for a bulletin. Of cases,
    ``months`` tells the number by months of filing and conclusion (year × 12 + month − 1; ``None`` without a day);
    ``ended`` that only concluded ones are meant.
    """

    id: str
    text: str
    count: int
    remedy: str = field(default="", kw_only=True)
    unit: str = field(default="件", kw_only=True)
    months: tuple[tuple[int | None, int | None, int], ...] | None = field(default=None, kw_only=True, repr=False)
    ended: bool = field(default=False, kw_only=True)

    def within(self, first: date, last: date) -> Note | None:
        """The same of the cases that a period of whole months deals with, ``None`` where it has none.

        Those are the cases filed by its end and not concluded before it; of conclusions those within it. What is
        said of a file as a whole stays.
        """
        if self.months is None:
            return self
        a, b = (day.year * 12 + day.month - 1 for day in (first, last))
        number = 0
        for filed, concluded, n in self.months:
            if self.ended or filed is None:
                number += n if concluded is not None and a <= concluded <= b else 0
            elif filed <= b and (concluded is None or concluded >= a):
                number += n
        return replace(self, count=number) if number else None


class CountingEngine(Protocol):
    """A database or cluster that holds the cases and counts them where they are."""

    @property
    def dialect(self) -> str:
        """The name of its SQL in sqlglot."""

    def query(self, sql: str) -> pd.DataFrame:
        """The result of one SELECT; whole numbers as int64."""


@dataclass(frozen=True)
class LeftOut:
    """A court whose cases are left out because a person said so; the name is the short one.

    ``above`` are the codes of the courts above it, whose totals are without it; ``rows`` were in the data, the
    ``last`` of them filed or concluded on that day, ``None`` where there are none.
    """

    code: str
    name: str
    above: tuple[str, ...]
    rows: int
    last: date | None


@dataclass(frozen=True)
class CaseTable:
    """Cases as one relation with canonical columns, in DuckDB or in an engine, and what could not be used.

    ``set_aside`` has one row per row set aside: 文件, 行, 法院, 案号, 原因 (the number is given only to find
    the row again). ``rows_in == rows_used + len(set_aside)`` always, but
    for an engine, which gives the first rows set aside and counts all of them in ``reasons``.
    """

    connection: duckdb.DuckDBPyConnection
    relation: str
    columns: frozenset[str]
    tree: CourtTree
    rows_in: int
    rows_used: int
    set_aside: pd.DataFrame
    notes: tuple[Note, ...]
    files: tuple[str, ...]
    first: date | None = None  # first conclusion: before it the data tell nothing about what was done
    last: date | None = None  # last filing or conclusion: how far the data reach
    all_rows: str = "assembled"  # with the rows set aside: their _problem, _file, _line and what their number says
    file_names: str = "files"  # _file → name
    engine: CountingEngine | None = None  # where the cases are, if not in ``connection``
    unknown: frozenset[str] = frozenset()  # columns with unknown words: each has a companion unknown_ID
    reasons: Mapping[str, int] | None = None  # rows by reason, where ``set_aside`` has only the first of them
    day: date | None = None  # rows dated after it were set aside
    whole: str = ""  # the relation of all cases, where ``relation`` holds those of a theme alone
    courts: frozenset[str] | None = None  # those with rows of their own; not known where there are no cases
    without: tuple[LeftOut, ...] = ()  # courts whose rows are not in the table, as asked
    lean: bool = False  # whether rows hold only what counts read

    @cached_property
    def counted(self) -> frozenset[str]:
        """The codes under which cases are counted: what began in a court without rows of its own, an appeal at the
        court above, has nothing there to stand beside.
        """
        known = frozenset(self.tree.by_code)
        return known if self.courts is None else frozenset(code for code in known if court_of(code) in self.courts)

    @property
    def dialect(self) -> str:
        """The dialect of SQL that :meth:`query` takes."""
        return self.engine.dialect if self.engine else "duckdb"

    def query(self, sql: str) -> pd.DataFrame:
        """The result of one SELECT over ``relation``, wherever the cases are."""
        return self.engine.query(sql) if self.engine else self.connection.execute(sql).df()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The same as rows, with ``None`` where there is nothing."""
        if self.engine:
            return list(self.engine.query(sql).itertuples(index=False, name=None))
        return self.connection.execute(sql).fetchall()


@dataclass(frozen=True)
class Tally:
    """Integer counts per court, line and single period.

    ``frame`` is indexed by (court, line, period key) with one int64 column per count and stock; courts are
    codes, with ``本级`` rows for the own cases of courts that have subordinates, and line 全部 for the sum.
    ``missing`` maps counts that the data cannot give to the Chinese reason.
    """

    frame: pd.DataFrame
    periods: tuple[Period, ...]
    missing: Mapping[str, str] = field(default_factory=dict)


Value = tuple[int | None, int | None]  # numerator and denominator; a count has no denominator


@dataclass(frozen=True)
class Comparison:
    """One court × line × indicator of a period beside its bases; ``previous`` is ``None`` for cumulative periods.

    ``previous_cumulative`` (较上半年, 较1—7月; ``cumulative_name`` names it) is there only where it was asked for.
    ``unlike`` are the sides whose 口径 is another one, ``withheld`` those behind which stand too many unknown words;
    their values are left out. ``incomplete`` are those of which cases are missing, as the data begin later: such a base
    is left out, and where it is the period itself, every base.
    """

    court: str
    line: str
    indicator: str
    measure: Measure
    now: Value
    previous: Value | None
    year_before: Value
    previous_cumulative: Value | None = None
    cumulative_name: str = ""
    unlike: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    incomplete: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """The printed value."""
        return UNTOLD if "now" in self.withheld else self.measure.text(*self.now)

    def side(self, name: str) -> Value:
        """The value of one side of the comparison: now, previous, year_before; nothing where there is none."""
        return {"now": self.now, "previous": self.previous, "year_before": self.year_before}[name] or (None, None)

    @property
    def previous_change(self) -> str:
        """The printed 环比."""
        return self._change("previous", self.previous, "上期")

    @property
    def year_change(self) -> str:
        """The printed 同比."""
        return self._change("year_before", self.year_before, "去年同期")

    @property
    def cumulative_change(self) -> str:
        """The printed change from the cumulative period before: never called 环比."""
        return self._change("previous_cumulative", self.previous_cumulative, self.cumulative_name)

    def _change(self, side: str, base: Value | None, name: str) -> str:
        if base is None or "now" in self.withheld:
            return NO_CASES
        if "now" in self.incomplete:
            return f"本期{INCOMPLETE}"
        if side in self.incomplete:
            return f"{'上年同期' if side == 'year_before' else name}{INCOMPLETE}"
        if side in self.withheld:
            return f"{name}{UNTOLD}"
        if side in self.unlike:
            return f"{name}{UNLIKE}"
        return self.measure.change(self.now, base, base_name=name)

    @property
    def fraction(self) -> str:
        """The counts behind a rate, as printed: 120/1040; money in 万元 is left to the table."""
        numerator, denominator = self.now
        return "" if denominator is None else f"{numerator}/{denominator}"


@dataclass(frozen=True)
class Comparisons:
    """All cells of a period.

    ``frame`` is indexed by (court, line, indicator) with Int64 columns ``{now,previous,year_before}_{n,d}``:
    counts in 件, money in 分, days in 天; ``<NA>`` where there is no such period or no denominator. With
    ``along`` there is a fourth pair, ``previous_cumulative_*``.
    ``untold`` maps indicators that could not be computed to the reason; ``unlike`` maps (court, line, indicator) to
    the sides whose 口径 is another one; ``withheld`` to the cases (分 of sums of money) of each side that unknown words
    leave open, where they are too many for a number; ``incomplete`` to the sides of which cases are missing, as the
    data begin later; ``restated`` to the values of the bases as they were printed then, where today's data give
    another.
    """

    period: Period
    catalogue: Catalogue
    frame: pd.DataFrame
    untold: dict[str, str]
    unlike: Mapping[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    withheld: Mapping[tuple[str, str, str], Mapping[str, int]] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)  # indicator → which words are unknown, in Chinese
    along: bool = False
    given: frozenset[str] = frozenset()  # indicators of which every number is an indicator table's
    restated: Mapping[tuple[str, str, str], Mapping[str, Printed]] = field(default_factory=dict)
    incomplete: Mapping[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)

    @cached_property
    def _rows(self) -> dict[tuple[str, str, str], int]:
        return {cell: row for row, cell in enumerate(self.frame.index.tolist())}

    @cached_property
    def _numbers(self) -> list[list[object]]:
        """Each row's numbers; what is no whole number is left out when it is read."""
        rows: list[list[object]] = self.frame.to_numpy(dtype=object).tolist()
        return rows

    @cached_property
    def _told(self) -> dict[tuple[str, str, str], Comparison]:
        """The cells asked for so far: of a province's hundred thousand a bulletin reads a few hundred."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: what is derived from them is sooner made again than read."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def why(self, court: str, line: str, indicator: str) -> str:
        """Why a cell has no number, in Chinese; empty where unknown words are not the reason."""
        cases = self.withheld.get((court, line, indicator), {}).get("now")
        if cases is None:
            return ""
        money = self.catalogue.indicators[indicator].kind == "amount"
        return f"{self.unknown.get(indicator, '')}，可能影响{'有关金额' if money else f'{cases}件'}"

    def corrections(self, cell: Comparison) -> list[str]:
        """What must be said of a cell's bases that read otherwise when they were printed (``restated``)."""
        item = self.catalogue.indicators[cell.indicator]
        return [
            restated(cell.measure, old.value, cell.side(side), base=BASES[side], scope=old.scope != item.scope)
            for side, old in self.restated.get((cell.court, cell.line, cell.indicator), {}).items()
        ]

    def cell(self, court: str, line: str, indicator: str) -> Comparison | None:
        """One cell, or ``None`` where no such cases exist."""
        cell = (court, line, indicator)
        if cell not in self._told:
            if (row := self._rows.get(cell)) is None:
                return None
            whole = [_whole(number) for number in self._numbers[row]]
            along = self.period.previous_cumulative if self.along else None
            self._told[cell] = Comparison(
                *cell,
                measure=self.catalogue.indicators[indicator].measure,
                now=(whole[0], whole[1]),
                previous=(whole[2], whole[3]) if self.period.previous else None,
                year_before=(whole[4], whole[5]),
                previous_cumulative=(whole[6], whole[7]) if along else None,
                cumulative_name=along.short_label if along else "",
                unlike=self.unlike.get(cell, frozenset()),
                withheld=frozenset(self.withheld.get(cell, ())),
                incomplete=self.incomplete.get(cell, frozenset()),
            )
        return self._told[cell]

    def values(self) -> Iterator[tuple[tuple[str, str, str], Value]]:
        """(court, line, indicator) of every cell and its value of the period, without the rest of the cell."""
        return (
            (cell, (_whole(self._numbers[row][0]), _whole(self._numbers[row][1]))) for cell, row in self._rows.items()
        )

    def __iter__(self) -> Iterator[Comparison]:
        return (found for cell in self._rows if (found := self.cell(*cell)))


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, Integral) else None


@dataclass(frozen=True)
class Reference:
    """What a value was judged against: ``kind`` interval | previous | year_before | own_history | peers."""

    kind: str
    value: float | None
    text: str


@dataclass(frozen=True)
class Flag:
    """One abnormal court × line × indicator of the period: data only; its sentence is written from ``evidence``.

    ``severity`` red|amber|yellow (adverse), green (good direction), neutral, grey (data to be verified);
    ``strength`` the threshold reached whatever the direction, ``None`` for grey. ``rest`` is the value without serial
    cases, on which it was judged, ``None`` where the value has none. ``event`` is the key of the flag that leads those
    behind which the same cases stand, ``None`` for one that is alone.
    """

    period: str
    court: str
    line: str
    indicator: str
    severity: str
    strength: str | None
    direction: str
    rules: tuple[str, ...]
    value: float | None
    numerator: int | None
    denominator: int | None
    reference: Reference
    evidence: Evidence
    q: float | None = None  # R2, as z and p
    z: float | None = None
    p: float | None = None
    state: str = "新发"
    rest: Value | None = None
    event: str | None = None

    @property
    def key(self) -> str:
        """What makes it the same flag in a repeated run."""
        return "|".join((self.period, self.court, self.line, self.indicator, self.direction))


@dataclass(frozen=True)
class Aftermath:
    """What became of a flagged change, by all periods since: ``real`` is how probable it is that there was one at all.

    ``gone`` and ``half`` are how probable it is, if there was, that nothing or about half of it is left now. ``usual``
    is what the last of the ``periods`` since would be without a change: a plain quotient (a count in 件).
    """

    real: float
    gone: float
    half: float
    usual: float
    periods: int


@dataclass(frozen=True)
class Measurement:
    """What was measured of red findings in simulated systems of one size (docs/flags.md); shares in %.

    ``higher`` and ``basic`` courts, ``periods`` of so many ``months``, in ``worlds`` worlds: ``false`` of the red cells
    had not changed (95% limits ``low``, ``high``); ``circulars`` had one such at least; of large changes ``found`` were
    red.
    """

    higher: int
    basic: int
    periods: int
    worlds: int
    false: float
    low: float
    high: float
    circulars: float
    found: int
    months: int = 3

    @property
    def courts(self) -> int:
        """All of them."""
        return self.higher + self.basic


@dataclass(frozen=True)
class Course:
    """How a flagged cell came to its value: consecutive single periods, the last of which was judged.

    ``values`` are numerator and denominator (both ``None`` without data); ``ranges`` what the rule of the flag let
    expect of each period, as plain quotients (counts in 件), ``None`` where too little went before; ``basis`` says
    in Chinese what they rest on.
    """

    periods: tuple[str, ...]
    values: tuple[Value, ...]
    ranges: tuple[tuple[float, float] | None, ...]
    basis: str


@dataclass(frozen=True)
class Peer:
    """One court among its peers: its value, the range of the funnel at its denominator (plain quotients)."""

    court: str
    value: Value
    low: float
    high: float


@dataclass(frozen=True)
class Peers:
    """The funnel of one indicator and level: every court with cases in the period judged, in code order.

    ``middle`` is the peers' level (plain quotient); ``basis`` says in Chinese what the range is.
    """

    indicator: str
    level: str
    middle: float
    courts: tuple[Peer, ...]
    basis: str


Key = tuple[str, str, str, str]  # court, indicator, rule, direction


@dataclass(frozen=True)
class State:
    """Where a flag of one :data:`Key` stands in its life: 新发, 持续, 缓解, 解除 or 复发.

    ``since`` and ``last`` are the keys of its first and latest period, ``quiet`` counts tested periods without it.
    """

    name: str
    since: str
    last: str
    quiet: int = 0


@dataclass(frozen=True)
class Printed:
    """A value as a bulletin printed it: its period's key, the cell, its numbers and the 口径 version they had."""

    period: str
    court: str
    line: str
    indicator: str
    value: Value
    scope: str


@dataclass(frozen=True)
class CaseList:
    """The list of cases behind a red flag: ``rows`` of ``total``, under ``heads``; ``what`` they are.

    ``order`` says which are listed where not the first by number: 天数最多的, 数额最大的. ``parts`` has the values of
    some columns (by identifier), each with how many of all the cases have it, most first; of sums there are none.
    ``aged`` of the cases, open at the end of the period, were filed two years before it or earlier.
    """

    what: str
    total: int
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    order: str = ""
    parts: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    aged: int = 0

    def without(self, heads: Collection[str]) -> CaseList:
        """The same list without some columns."""
        kept = [place for place, head in enumerate(self.heads) if head not in heads]
        rows = tuple(tuple(row[place] for place in kept) for row in self.rows)
        return replace(self, heads=tuple(self.heads[place] for place in kept), rows=rows)


@dataclass(frozen=True)
class Part:
    """One part of a change: ``within`` its own movement, ``mix`` the movement of its share (same unit)."""

    key: str
    name: str
    within: Fraction
    mix: Fraction
    now: tuple[int, int]
    base: tuple[int, int]

    @property
    def total(self) -> Fraction:
        """Contribution to the whole change."""
        return self.within + self.mix


@dataclass(frozen=True)
class Attribution:
    """A change split by one dimension; the parts add up to ``change`` exactly."""

    court: str
    line: str
    indicator: str
    dimension: str
    against: str
    change: Fraction
    parts: tuple[Part, ...]

    @property
    def drivers(self) -> tuple[Part, ...]:
        """The parts that moved the figure its own way, largest first, three at most; ties keep the parts' order."""
        same = [part for part in self.parts if part.total * self.change > 0]
        return tuple(sorted(same, key=lambda part: -abs(part.total))[:TOP_PARTS])

    @property
    def within(self) -> Fraction:
        """组内变化: what the parts' own movements add up to."""
        return sum((part.within for part in self.parts), Fraction(0))

    @property
    def mix(self) -> Fraction:
        """结构变化: what the movement of their shares adds up to."""
        return sum((part.mix for part in self.parts), Fraction(0))

    @property
    def reversal(self) -> bool:
        """Simpson's reversal: like with like moved one way, the total the other, by the structure alone."""
        return self.within * self.change < 0


@dataclass(frozen=True)
class Batches:
    """Serial cases (系列案) of one court and period: how many clusters and cases; the largest one's cause and week."""

    clusters: int
    cases: int
    cause: str = ""
    week: date | None = None


@dataclass(frozen=True)
class SerialCases:
    """Serial cases of a period and of the same period a year before."""

    now: Batches
    base: Batches


@dataclass(frozen=True)
class Bulletin:
    """One canonical bulletin: Markdown with front matter, and its charts by name.

    ``message`` is a short text of the same to paste elsewhere, for the kinds that have one. An ``extract`` tells less
    than its kind does, and is in no register.
    """

    kind: str
    court: str
    title: str
    stem: str
    markdown: str
    assets: Mapping[str, bytes] = field(default_factory=dict)
    message: str = ""
    extract: bool = False


@dataclass(frozen=True)
class QualityFinding:
    """What one data-quality rule found in one court: ``count`` of ``base`` (cases, numbers or indicators).

    ``court`` is empty where the rows name no known court. ``detail`` says more where there is more to say;
    ``examples`` are at most five case numbers or places in a file, never a name.
    """

    rule: QualityRule
    court: str
    count: int
    base: int
    detail: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quality:
    """The report of the data-quality rules.

    ``totals`` has (count, base) over all courts of every rule that was checked, found or not; ``unchecked`` maps
    rules that the data do not allow to the reason; ``scope`` names the courts concerned.
    """

    findings: tuple[QualityFinding, ...] = ()
    totals: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unchecked: Mapping[str, str] = field(default_factory=dict)
    scope: str = "全部法院"

    def __add__(self, other: Quality) -> Quality:
        """Two parts of one report."""
        return Quality(
            self.findings + other.findings,
            {**self.totals, **other.totals},
            {**self.unchecked, **other.unchecked},
            self.scope,
        )

    def of(self, courts: Collection[str], scope: str) -> Quality:
        """The findings of some courts; the bases are then those of the courts where something was found."""
        findings = tuple(f for f in self.findings if f.court in courts)
        totals = dict.fromkeys(self.totals, (0, 0))
        for finding in findings:
            count, base = totals[finding.rule.id]
            totals[finding.rule.id] = (count + finding.count, base + finding.base)
        return Quality(findings, totals, self.unchecked, scope)


@dataclass(frozen=True)
class WallRow:
    """One case of a wall chart, as printed: no party, no judge.

    ``days`` is the length of its bar, ``tier`` the place of its tier among the thresholds (-1: under all of them),
    ``state`` one of 未结, 已结待核, 已销号, with the day of the latter two; ``late`` that the planned day has passed.
    """

    number: str
    cause: str
    dept: str
    leader: str
    expected: str
    late: bool
    age: str
    days: int
    tier: int
    tier_name: str
    state: str
    ended: str = ""


@dataclass(frozen=True)
class WallChart:
    """A court's long-pending cases for the wall; ``thresholds`` are months, days and the name of each tier."""

    title: str
    summary: str
    day: date
    thresholds: tuple[tuple[int, int, str], ...]
    rows: tuple[WallRow, ...]


@dataclass(frozen=True)
class ReversedCase:
    """One judgment that was reversed or sent back in the period: 改判 or 发回重审, at 二审 or 再审 (``stage``).

    ``number`` and ``by`` are the case and court that decided, empty where the data tell only of the case below;
    ``origin`` and ``court`` the judgment concerned and its court, ``courts`` all courts with a judgment on the way
    (each empty where 原审案号 leads nowhere). ``remands`` are the numbers and days on which the same case was sent back
    at second instance, this time the last: there only if it was more than once. ``upheld`` is the second instance that
    had upheld what was then retried, ``begun`` the first known filing of the case. ``rules`` are those of
    ``review.toml`` that recommend it for review. No party is ever in it; ``judge``, of the judgment concerned, only
    where the court has switched it on.
    """

    number: str
    by: str
    stage: str
    result: str
    concluded: date
    line: str
    cause: str
    reason: str
    origin: str
    court: str
    courts: tuple[str, ...] = ()
    remands: tuple[tuple[str, date], ...] = ()
    upheld: str = ""
    begun: date | None = None
    rules: tuple[str, ...] = ()
    judge: str = ""


@dataclass(frozen=True)
class Reversals:
    """The reversed and remanded cases (发改案件) of a period and of its bases, ``None`` where the data do not reach.

    ``comparisons`` has the counts and rates of the catalogue for every court and line: the cases of second instance
    are exactly those of its numerators. ``unlinked`` second instances name no known court in 原审案号 and are in
    neither. ``no_reasons`` and ``no_links`` say in Chinese why reasons and the ways of cases are not told, empty
    where they are.
    """

    comparisons: Comparisons
    cases: tuple[ReversedCase, ...]
    previous: tuple[ReversedCase, ...] | None
    year_before: tuple[ReversedCase, ...] | None
    review: Mapping[str, ReviewRule]
    unlinked: int = 0
    no_reasons: str = ""
    no_links: str = ""
    judges: bool = False


@dataclass(frozen=True)
class Grounds:
    """What is judged of a period, of every line: one bulletin rests on what another does.

    ``table`` is the indicator table of the period, its bases and the single periods before; ``own`` are the indicators
    that only an indicator table has. ``doubts`` maps (court, indicator) to why a court's data are not judged;
    ``monthly`` has the filings by month (court, line, period, numerator), where they are known
    and the year ends with the period. What is not whole is in neither; ``incomplete`` are the (court, line, indicator)
    of which the period itself is not. ``series`` has what serial cases add to the numbers of ``table``, row by row,
    where there are any: what is judged is without them.
    """

    table: pd.DataFrame
    period: Period
    tree: CourtTree
    catalogue: Catalogue
    issuer: str | None = None
    region: str = ""
    own: Collection[str] = ()
    doubts: Mapping[tuple[str, str], Clause] = field(default_factory=dict)
    monthly: pd.DataFrame | None = None
    incomplete: frozenset[tuple[str, str, str]] = frozenset()
    series: pd.DataFrame | None = None


@dataclass(frozen=True)
class Published:
    """A value that the court above has published of all its courts together (``whole``: 全市), as it is printed there.

    ``value`` is in the printed unit (96.35 for 96.35%), with the decimals of the source; ``interval`` is its text.
    """

    indicator: str
    line: str
    whole: str
    value: Decimal
    interval: str
    source: str


@dataclass(frozen=True)
class Findings:
    """Everything a bulletin may say; all of it is data."""

    period: Period
    issuer: str
    tree: CourtTree
    catalogue: Catalogue
    comparisons: Comparisons
    history: pd.DataFrame
    flags: tuple[Flag, ...]
    untested: tuple[tuple[str, str, str], ...]
    tested: frozenset[tuple[str, str]]  # court, indicator: judged
    attributions: Mapping[str, tuple[Attribution, ...]]
    ordinary: frozenset[tuple[str, str, str]]  # court, line, indicator: tested, and moved no more than usual
    unmoved: frozenset[tuple[str, str, str]]  # the same: about as a year before (基本持平), counts apart
    rows_in: int
    rows_used: int
    set_aside: Mapping[str, int]
    rows_aside: pd.DataFrame  # each with its reason
    notes: tuple[Note, ...]
    data_until: date
    quality: Quality = field(default_factory=Quality)
    serial: Mapping[str, SerialCases] = field(default_factory=dict)
    # court, line, indicator → the value without serial cases, where they make a material difference
    rest: Mapping[tuple[str, str, str], Value] = field(default_factory=dict)
    policy: tuple[tuple[str, str, str], ...] = ()  # the flag rules in force: label, text, source
    few: bool = False  # judged as few courts are
    measured: Measurement | None = None  # what red findings were measured to be worth
    states: Mapping[Key, State] = field(default_factory=dict)
    eased: tuple[tuple[str, str, str], ...] = ()  # court, indicator, state: found before, and better or gone now
    case_lists: Mapping[str, CaseList] = field(default_factory=dict)  # flag key
    line: str = ALL_LINES  # the line that is told of
    follow_up: Mapping[str, Any] = field(default_factory=dict)  # what became of problems told before: of reports.ledger
    courses: Mapping[str, Course] = field(default_factory=dict)  # flag key
    funnels: tuple[Peers, ...] = ()
    reversals: Reversals | None = None  # looked up only for the bulletins that tell of them
    without: tuple[LeftOut, ...] = ()  # courts that no number holds, as asked
    published: tuple[Published, ...] = ()  # of the issuer's period, of all lines
    grounds: Grounds | None = None  # of all lines and courts, from which a line is judged; no part of one court's view
    home: bool = False  # told within the court, to its departments
    addressed: bool = False  # told to the issuer of these findings, by the court above: 你院

    def name(self, code: str) -> str:
        """The short name of a court; of its own cases alone, with 本级."""
        if self.home:
            unit = YOUR_DEPARTMENT if code == self.issuer else code.rpartition(UNIT)[2]
            return unit if UNIT in code else "本院"
        short = self.tree.short_name(code.removesuffix(OWN))
        if self.addressed and court_of(code.removesuffix(OWN)) == self.issuer:
            short = short.replace(self.tree.short_name(self.issuer), YOU, 1)
        return short + OWN if code.endswith(OWN) else short

    def jurisdiction(self, code: str) -> str:
        """A court with all courts below it, 天枢市中院辖区; of its own cases alone, with 本级."""
        return self.name(code) + ("辖区" if not code.endswith(OWN) and self.tree.children(code) else "")

    def to_itself(self) -> Findings:
        """The same as told to their court, which is called 你院, its departments by their names."""
        full, short = self.tree.by_code[self.issuer].name, self.tree.short_name(self.issuer)
        names = ((flag, flag.evidence.court.replace(full, YOU, 1).replace(short, YOU, 1)) for flag in self.flags)
        called = ((flag, name.replace(f"{YOU}（本级）", YOU + OWN)) for flag, name in names)
        flags = (replace(flag, evidence=replace(flag.evidence, court=name)) for flag, name in called)
        return replace(self, flags=tuple(flags), addressed=True)

    def inside(self, told: Any) -> Any:
        """Texts as they are said within the court: 本院 and 民一庭 for 城东区法院 and 城东区法院民一庭."""
        code = court_of(self.issuer)
        units = "|".join(re.escape(unit.code.rpartition(UNIT)[2]) for unit in self.tree.units)
        names = "|".join(map(re.escape, (self.tree.by_code[code].name, self.tree.short_name(code))))
        court = re.compile(f"(?:{names})(?P<unit>(?={units}))?" if units else f"(?:{names})")

        def called(told: Any) -> Any:
            if isinstance(told, str):
                return court.sub(lambda found: "" if found.groupdict().get("unit") is not None else "本院", told)
            if isinstance(told, Mapping):
                return {name: called(one) for name, one in told.items()}
            return [called(one) for one in told] if isinstance(told, list | tuple) else told

        return called(told)

    def at_home(self) -> Findings:
        """The same as told within the court: it is called 本院, its departments by their names alone.

        A department that is told of itself is 你部门.
        """
        alone = {self.issuer: YOUR_DEPARTMENT} if UNIT in self.issuer else {}
        flags = (
            replace(one, evidence=replace(one.evidence, court=alone.get(one.court, self.inside(one.evidence.court))))
            for one in self.flags
        )
        return replace(self, flags=tuple(flags), follow_up=self.inside(self.follow_up), home=True)

    def nobody(self) -> Findings:
        """The same without who handled a case (承办人): only a department itself is told."""
        lists = {key: one.without(HANDLERS) for key, one in self.case_lists.items()}
        reversals = self.reversals and replace(self.reversals, judges=False)
        return replace(self, case_lists=lists, reversals=reversals)

    def own_alone(self, line: str, indicator: str) -> bool:
        """Whether a figure of all courts together counts the issuer's own cases alone: those below have none of it."""
        whole, own = (self.comparisons.cell(code, line, indicator) for code in (self.issuer, self.issuer + OWN))
        return whole is not None and own is not None and whole.now == own.now

    def told_of_own(self, flag: Flag) -> bool:
        """Whether a finding on all courts together is one of the issuer's own cases, which are all there are."""
        if flag.court != self.issuer or not self.own_alone(flag.line, flag.indicator):
            return False
        own = (self.issuer + OWN, flag.line, flag.indicator, flag.severity)
        return any((one.court, one.line, one.indicator, one.severity) == own for one in self.flags)

    def part(self, code: str) -> str:
        """The court directly below the issuer in whose jurisdiction a court or unit lies; the issuer for its own.

        Of a single court's departments each is a part.
        """
        own = code.removesuffix(OWN)
        if own not in self.tree.by_code:  # no unit of today, or not counted by units now
            own = court_of(own)
        if own not in self.tree.by_code:
            return own
        if court_of(own) != own and self.tree.children(self.issuer):
            own = court_of(own)
        above = [own, *(court.code for court in self.tree.ancestors(own))]
        return above[max(above.index(self.issuer) - 1, 0)] if self.issuer in above else own
