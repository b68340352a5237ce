"""The nouns that flow through the pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING

from reports.words import NO_CASES, Measure

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from reports.catalogue import Catalogue
    from reports.courts.periods import Period
    from reports.courts.tree import CourtTree

ALL_LINES = "全部"
CELL = ["court", "line", "indicator"]
SIDES = ("now", "previous", "year_before")
OWN = "本级"  # 辽01 is the whole jurisdiction, 辽01本级 the cases of that court itself


@dataclass(frozen=True)
class Note:
    """Something about the data that a bulletin must say: ``text`` without the number, and ``count`` rows."""

    id: str
    text: str
    count: int


@dataclass(frozen=True)
class CaseTable:
    """Cases as one DuckDB relation with canonical columns, and what could not be used.

    ``set_aside`` has one row per row set aside: 文件, 行, 法院, 案号, 原因 (the number is given only to find
    the row again). ``rows_in == rows_used + len(set_aside)`` always.
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
    """One court × line × indicator of a period beside its bases; ``previous`` is ``None`` for cumulative periods."""

    court: str
    line: str
    indicator: str
    measure: Measure
    now: Value
    previous: Value | None
    year_before: Value

    @property
    def text(self) -> str:
        """The printed value."""
        return self.measure.text(*self.now)

    @property
    def previous_change(self) -> str:
        """The printed 环比."""
        if self.previous is None:
            return NO_CASES
        return self.measure.change(self.now, self.previous, base_name="上期")

    @property
    def year_change(self) -> str:
        """The printed 同比."""
        return self.measure.change(self.now, self.year_before, base_name="去年同期")

    @property
    def fraction(self) -> str:
        """The counts behind a rate, as printed: 120/1040; money in 万元 is left to the table."""
        numerator, denominator = self.now
        return "" if denominator is None else f"{numerator}/{denominator}"


@dataclass(frozen=True)
class Comparisons:
    """All cells of a period.

    ``frame`` is indexed by (court, line, indicator) with Int64 columns ``{now,previous,year_before}_{n,d}``:
    counts in 件, money in 分, days in 天; ``<NA>`` where there is no such period or no denominator.
    ``untold`` maps indicators that could not be computed to the reason.
    """

    period: Period
    catalogue: Catalogue
    frame: pd.DataFrame
    untold: dict[str, str]

    @cached_property
    def _cells(self) -> dict[tuple[str, str, str], Comparison]:
        cells = {}
        for court, line, indicator, *numbers in self.frame.reset_index().itertuples(index=False):
            whole = [_whole(number) for number in numbers]
            cells[court, line, indicator] = Comparison(
                court=court,
                line=line,
                indicator=indicator,
                measure=self.catalogue.indicators[indicator].measure,
                now=(whole[0], whole[1]),
                previous=(whole[2], whole[3]) if self.period.previous else None,
                year_before=(whole[4], whole[5]),
            )
        return cells

    def cell(self, court: str, line: str, indicator: str) -> Comparison | None:
        """One cell, or ``None`` where no such cases exist."""
        return self._cells.get((court, line, indicator))

    def __iter__(self) -> Iterator[Comparison]:
        return iter(self._cells.values())


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
    """One abnormal court × line × indicator of the period: data only; ``evidence`` is its printed sentence.

    ``severity`` red|amber|yellow (adverse), green (good direction), neutral, grey (data to be verified);
    ``strength`` the threshold reached whatever the direction, ``None`` for grey.
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
    evidence: str
    q: float | None = None
    state: str = "新发"

    @property
    def key(self) -> str:
        """What makes it the same flag in a repeated run."""
        return "|".join((self.period, self.court, self.line, self.indicator, self.direction))


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


@dataclass(frozen=True)
class Bulletin:
    """One canonical bulletin: Markdown with front matter, and its charts by name."""

    kind: str
    court: str
    title: str
    stem: str
    markdown: str
    assets: Mapping[str, bytes] = field(default_factory=dict)
    required: tuple[str, ...] = ()
