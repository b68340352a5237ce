"""Time limits (审限): when a case is due, and what can move that day.

The 26 procedures with their statutes stand in ``time_limits.toml``. Months are counted by two rules, and the
usual libraries know only the second:

* ``criminal``: 刑诉解释202条 applied to the day after filing (起算日). From a day to the same day of the next
  month is one month; a period that starts on the last day of a month ends on the last day of the target
  month; a missing day becomes the last day of the month. Filed on 27 February, start 28 February: one month
  ends on 31 March.
* ``general`` (civil, administrative, enforcement): 民诉法85条 and 民法典201—203条. The filing day is not
  counted; the period ends on its corresponding day, or on the last day of the month. Filed on 28 February:
  28 March.

Days are counted alike everywhere: the first day is not counted. A due date that the court's own system gives
is preferred; the caller compares the two. A restart of the limit (发回重审, 改变管辖, 补充侦查完毕移送) is
the caller's: it passes the day of the restart as ``filed``.
"""

from __future__ import annotations

import calendar
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from reports.courts.working_days import WorkingDays

Rule = Literal["general", "criminal"]
Interval = tuple[date, date | None]
Days = npt.NDArray[np.datetime64]
Integers = npt.NDArray[np.int64]

_ONE_DAY = timedelta(days=1)
_HALF_MONTH_DAYS = 15  # 半个月一律按十五日计算，刑诉解释202条


@dataclass(frozen=True)
class Span:
    """A length of time in whole months and further days."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True)
class Procedure:
    """One procedure and its limit.

    ``base`` is ``None`` when nothing can be computed: ``limit`` then says ``none`` (the law sets no limit),
    ``follows`` (that of the procedure applied) or ``unknown`` (no public source was found). ``long`` is
    the longer limit that the statute itself gives when ``long_when`` holds, ``first`` whether it needs neither
    approval nor condition. ``extend`` is the length of one extension where the law states it. ``statute`` names
    the articles.
    """

    id: str
    name: str
    rule: Rule
    types: tuple[str, ...]
    applied: tuple[str, ...]
    limit: Literal["fixed", "none", "follows", "unknown"]
    base: Span | None
    long: Span | None
    long_when: str
    first: bool
    extension: str
    extend: Span | None
    converts_to: str | None
    converts_from: Literal["filing", "decision"] | None
    start: str
    statute: str


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("time_limits.toml").read_text(encoding="utf-8"))


@cache
def procedures() -> Mapping[str, Procedure]:
    """All procedures by id."""
    table = {}
    for id_, fact in _facts().items():
        limit = fact.get("limit", "fixed")
        table[id_] = Procedure(
            id=id_,
            name=fact["name"],
            rule=fact["rule"],
            types=tuple(fact["types"]),
            applied=tuple(fact["applied"]),
            limit=limit,
            base=Span(fact.get("months", 0), fact.get("days", 0)) if limit == "fixed" else None,
            long=Span(**fact["long"]) if "long" in fact else None,
            long_when=fact.get("long_when", ""),
            first=fact.get("first", False),
            extension=fact.get("extension", ""),
            extend=Span(**fact["extend"]) if "extend" in fact else None,
            converts_to=fact.get("converts_to"),
            converts_from=fact.get("converts_from"),
            start=fact["start"],
            statute=fact["statute"],
        )
    return MappingProxyType(table)


def procedure_for(type_code: str | None, applied: str | None = None) -> Procedure | None:
    """The procedure of a case by its type code and the court's word for 适用程序 (简易程序, 小额诉讼…).

    Without a word, or with 普通程序, the ordinary procedure of the type applies. ``None`` when the type has
    no limit of its own or the word is unknown: no due date is then computed rather than a wrong one.
    """
    if type_code is None:
        return None
    candidates = [procedure for procedure in procedures().values() if type_code in procedure.types]
    if applied:
        named = [p for p in candidates if any(word and word in applied for word in p.applied)]
        if named:
            # 涉外 lifts the limit whatever the procedure; 简易 and the like say more than the default.
            return min(named, key=lambda p: (p.limit != "none", "" in p.applied))
        if len(candidates) > 1 and "普通" not in applied:
            return None
    return next(
        (p for p in candidates if "" in p.applied or type_code in _facts()[p.id].get("default_types", ())),
        None,
    )


def add_months(filed: date, months: int, rule: Rule) -> date:
    """The last day of a period of whole months that begins with ``filed``, by the rule named (see above)."""
    if rule == "general":
        return _same_day(filed, months)
    start = filed + _ONE_DAY
    end = _same_day(start, months)
    if start.day == _last_day(start.year, start.month):
        end = end.replace(day=_last_day(end.year, end.month))
    return end


def _same_day(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, _last_day(year, month + 1)))


def _last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def union_days(intervals: Iterable[Interval], as_of: date | None = None) -> int:
    """The number of days covered by at least one interval; both ends count.

    An interval without end (a 中止 that has not been lifted) runs to ``as_of``. Raises ``ValueError`` when
    ``as_of`` is missing for it, or when an interval ends before it starts.
    """
    closed = []
    for start, end in intervals:
        if end is not None and end < start:
            raise ValueError(f"扣除区间的止日{end}早于起日{start}")
        if end is None and as_of is None:
            raise ValueError("扣除区间没有止日，须给出截至日期")
        last = end or as_of
        if last is not None and last >= start:  # an open one that begins after as_of has no days yet
            closed.append((start.toordinal(), last.toordinal()))
    total = counted_to = 0
    for first, last_day in sorted(closed):
        total += max(0, last_day - max(first - 1, counted_to))
        counted_to = max(counted_to, last_day)
    return total


def due_date(
    procedure: Procedure,
    filed: date,
    *,
    extensions_months: Sequence[float] = (),
    extension_days: int = 0,
    excluded: Iterable[Interval] = (),
    as_of: date | None = None,
    converted_to_ordinary: date | None = None,
    long: bool = False,
    working_days: WorkingDays | None = None,
) -> date | None:
    """应结案日期: base limit, approved extensions and excluded days; ``None`` when there is no limit.

    ``extensions_months`` are approved extensions in months, halves allowed (半个月=15日). ``excluded`` are
    the closed intervals of 扣除 and 中止 (法释〔2000〕29号第9条 and the codes of procedure); they may
    overlap, and only days after ``filed`` count. ``converted_to_ordinary`` is the day of the decision 简转普:
    civil and administrative limits then run on from filing (民诉法解释第258条), criminal ones from that day.
    With ``working_days`` a last day that is a holiday moves to the next working day (民诉法85条, 民法典203条,
    刑诉法105条; not for an accused in custody). Raises ``ValueError`` for a procedure that cannot be
    converted and for faulty intervals (see ``union_days``).
    """
    if converted_to_ordinary is not None:
        if procedure.converts_to is None:
            raise ValueError(f"“{procedure.name}”不能转为普通程序")
        if procedure.converts_from == "decision":
            filed = converted_to_ordinary
        procedure = procedures()[procedure.converts_to]
    base = procedure.long if long and procedure.long else procedure.base
    if base is None:
        return None
    halves = round(2 * sum(extensions_months))
    whole_months = sum(int(months) for months in extensions_months)
    half_months = halves - 2 * whole_months
    clipped = [(max(start, filed + _ONE_DAY), end) for start, end in excluded if end is None or end > filed]
    months = base.months + whole_months
    days = base.days + half_months * _HALF_MONTH_DAYS + extension_days + union_days(clipped, as_of)
    # A limit in days alone counts from filing; the rules for months do not enter.
    end = (add_months(filed, months, procedure.rule) if months else filed) + timedelta(days=days)
    return working_days.next_working_day(end) if working_days else end


def statutory_due_date(
    procedure: Procedure, filed: date, *, converted_to_ordinary: date | None = None, long: bool = False
) -> date | None:
    """法定正常审限: the base limit alone; no extension, exclusion or suspension helps."""
    return due_date(procedure, filed, converted_to_ordinary=converted_to_ordinary, long=long)


def span_for(procedure: Procedure, *, extended: bool = False) -> Span | None:
    """The limit of a case of which only the procedure is known, and whether it was extended but not for how long.

    The limit is the base, or the longer one where that needs no approval (刑事公诉一审: 至迟不得超过3个月).
    An extension adds one extension of the length that the law states; where the law states only a longer limit
    (刑事简易, 速裁, 再审), that one. ``None`` when there is no limit, or when the law leaves the length open
    (行政诉讼法81条: 由高级人民法院批准), so that nothing can be said.
    """
    base = procedure.long if procedure.first else procedure.base
    if base is None or not extended:
        return base
    if procedure.extend:
        return Span(base.months + procedure.extend.months, base.days + procedure.extend.days)
    return procedure.long


# The same for whole tables

DUE_SQL = (
    "CAST(CASE WHEN {months} = 0 THEN {filed} "
    "WHEN NOT {criminal} THEN {filed} + to_months({months}) "
    "WHEN {filed} + 1 = last_day({filed} + 1) THEN last_day({filed} + 1 + to_months({months})) "
    "ELSE {filed} + 1 + to_months({months}) END AS DATE) + CAST({days} AS INTEGER)"
)
"""SQL template (DuckDB) of :func:`due_dates`: ``{filed}`` a DATE, ``{months}`` and ``{days}`` INTEGER,
``{criminal}`` BOOLEAN; a NULL in any gives NULL."""


def add_months_to(filed: Days, months: Integers, criminal: npt.NDArray[np.bool_]) -> Days:
    """:func:`add_months` for arrays of ``datetime64[D]``; NaT stays NaT."""
    start = filed + criminal.astype("timedelta64[D]")
    month = start.astype("datetime64[M]")
    day = start - month.astype("datetime64[D]")
    last_of_start = _last_day_offset(month)
    target = month + months.astype("timedelta64[M]")
    last_of_target = _last_day_offset(target)
    same_day = np.minimum(day, last_of_target)
    offset = np.where(criminal & (day == last_of_start), last_of_target, same_day)
    ends: Days = target.astype("datetime64[D]") + offset
    return ends


def _last_day_offset(month: Days) -> npt.NDArray[np.timedelta64]:
    offset: npt.NDArray[np.timedelta64] = (
        (month + np.timedelta64(1, "M")).astype("datetime64[D]")
        - month.astype("datetime64[D]")
        - np.timedelta64(1, "D")
    )
    return offset


def due_dates(filed: Days, months: Integers, days: Integers, criminal: npt.NDArray[np.bool_]) -> Days:
    """:func:`due_date` for arrays.

    ``months`` are those of the base limit and the approved extensions, ``days`` those of both and the
    excluded days of each case (:func:`union_days`), ``criminal`` whether the month rule of 刑诉解释202条
    applies."""
    ends = np.where(months == 0, filed, add_months_to(filed, months, criminal))
    due: Days = ends + days.astype("timedelta64[D]")
    return due
