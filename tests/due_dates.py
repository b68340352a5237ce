"""Due dates one case at a time, by the statutes: the slow and obvious way that the SQL of whole tables is held to."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from reports.courts.time_limits import Procedure, Reckoning, procedures
from reports.courts.working_days import WorkingDays

Interval = tuple[date, date | None]
_ONE_DAY = timedelta(days=1)
_HALF_MONTH_DAYS = 15  # 半个月一律按十五日计算，刑诉解释202条


def add_months(filed: date, months: int, rule: Reckoning) -> date:
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
