"""Statistical periods: their windows, their printed labels and what each is compared with.

A period is a run of whole statistical months of one year. With the cut-off at the month's end these are
calendar months; with ``cutoff_day = 20`` month *m* runs from the 21st of the month before to the 20th, and
the year from 21 December to 20 December (local courts closed their figures on the 20th, e.g. Tianjin Hedong
"2014年1至9月…截止9月20日").
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from reports.errors import ConfigError

MONTH_END = 0
_FORMS = (
    (re.compile(r"(\d{4})-(\d{2})"), lambda y, m: (y, m, m)),
    (re.compile(r"(\d{4})-(\d{2})\.\.(\d{2})"), lambda y, a, b: (y, a, b)),
    (re.compile(r"(\d{4})Q([1-4])"), lambda y, q: (y, 3 * q - 2, 3 * q)),
    (re.compile(r"(\d{4})Q([1-4])-Q([1-4])"), lambda y, a, b: (y, 3 * a - 2, 3 * b)),
    (re.compile(r"(\d{4})H([12])"), lambda y, h: (y, 6 * h - 5, 6 * h)),
    (re.compile(r"(\d{4})"), lambda y: (y, 1, 12)),
)
_QUARTERS = "一二三四"


@dataclass(frozen=True, order=True)
class Period:
    """Statistical months ``first``..``last`` (1–12, inclusive) of ``year``."""

    year: int
    first: int
    last: int
    cutoff_day: int = MONTH_END

    @property
    def start(self) -> date:
        """First day of the window."""
        if self.cutoff_day == MONTH_END:
            return date(self.year, self.first, 1)
        year, month = (self.year - 1, 12) if self.first == 1 else (self.year, self.first - 1)
        return _month_day(year, month, self.cutoff_day) + timedelta(days=1)

    @property
    def end(self) -> date:
        """Last day of the window, included."""
        return _month_day(self.year, self.last, self.cutoff_day)

    @property
    def months(self) -> int:
        """Length in statistical months."""
        return self.last - self.first + 1

    @property
    def cumulative(self) -> bool:
        """Whether figures run from January over more than one reporting period (同比 only, never 环比)."""
        return self.first == 1 and self.months not in (1, 3)

    @property
    def single(self) -> Period:
        """The last of the single periods, quarters or else months, that divide it: itself for a quarter or a month."""
        months = 3 if self.months % 3 == 0 and self.first % 3 == 1 else 1
        return Period(self.year, self.last - months + 1, self.last, self.cutoff_day)

    @property
    def key(self) -> str:
        """The form of the period grammar: ``2025Q3``, ``2025-09``, ``2025H1``, ``2025Q1-Q3``, ``2025``."""
        if self.months == 12:
            return f"{self.year}"
        if self.months == 1:
            return f"{self.year}-{self.first:02d}"
        if self.months == 6 and self.first in (1, 7):
            return f"{self.year}H{1 if self.first == 1 else 2}"
        if self.first % 3 == 1 and self.last % 3 == 0:
            first, last = (self.first + 2) // 3, self.last // 3
            return f"{self.year}Q{first}" if first == last else f"{self.year}Q{first}-Q{last}"
        return f"{self.year}-{self.first:02d}..{self.last:02d}"

    @property
    def label(self) -> str:
        """As printed: 2025年第一季度, 2025年9月, 2025年上半年, 2025年1—9月, 2025年."""
        return f"{self.year}年{self.short_label}"

    @property
    def short_label(self) -> str:
        """The label without the year."""
        if self.months == 12:
            return ""
        if self.months == 1:
            return f"{self.first}月"
        if self.months == 6 and self.first in (1, 7):
            return "上半年" if self.first == 1 else "下半年"
        if self.months == 3 and self.first % 3 == 1:
            return f"第{_QUARTERS[self.last // 3 - 1]}季度"
        return f"{self.first}—{self.last}月"

    @property
    def window(self) -> str:
        """The window in words: 2025年7月1日至9月30日."""
        start, end = self.start, self.end
        until = f"{end.month}月{end.day}日" if start.year == end.year else chinese_date(end)
        return f"{chinese_date(start)}至{until}"

    @property
    def previous(self) -> Period | None:
        """What 环比 compares with: the single period before; ``None`` for cumulative and odd spans."""
        if self.cumulative or (self.first - 1) % self.months or 12 % self.months:
            return None
        if self.first > self.months:
            return Period(self.year, self.first - self.months, self.last - self.months, self.cutoff_day)
        return Period(self.year - 1, 13 - self.months, 12, self.cutoff_day)

    @property
    def year_before(self) -> Period:
        """What 同比 compares with: the same months of the year before."""
        return Period(self.year - 1, self.first, self.last, self.cutoff_day)

    @property
    def previous_cumulative(self) -> Period | None:
        """The cumulative period before (1—9月 → 上半年, 1—8月 → 1—7月), for 较上一累计期."""
        if self.first != 1 or self.months == 1:
            return None
        step = 3 if self.last % 3 == 0 else 1
        last = self.last - step
        return Period(self.year, 1, last, self.cutoff_day) if last else None

    def split(self, months: int) -> tuple[Period, ...]:
        """This period as consecutive periods of ``months`` months each (which must divide it)."""
        assert self.months % months == 0
        return tuple(
            Period(self.year, m, m + months - 1, self.cutoff_day) for m in range(self.first, self.last + 1, months)
        )


def parse_period(text: str, *, cutoff_day: int = MONTH_END) -> Period:
    """Read a period of the grammar ``2025-09 · 2025-01..02 · 2025Q3 · 2025Q1-Q3 · 2025H1 · 2025``.

    Raises :class:`ConfigError` when the text is no period.
    """
    for form, months in _FORMS:
        if match := form.fullmatch(text.strip().upper()):
            year, first, last = months(*map(int, match.groups()))
            if 1 <= first <= last <= 12 and 1900 < year < 2200:
                return Period(year, first, last, cutoff_day)
    raise ConfigError(
        f"统计期“{text}”无法识别。",
        advice="请写成 2025Q3（季度）、2025-09（月）、2025H1（半年）、2025Q1-Q3（1—9月）或 2025（全年）。",
    )


def latest_complete(as_of: date, *, months: int = 3, cutoff_day: int = MONTH_END) -> Period:
    """The latest period of ``months`` months whose last day is not after ``as_of``."""
    for year in (as_of.year + 1, as_of.year, as_of.year - 1):
        for last in range(12, 0, -months):
            period = Period(year, last - months + 1, last, cutoff_day)
            if period.end <= as_of:
                return period
    raise AssertionError("a period always ended in the last two years")


def consecutive(first: Period, last: Period) -> tuple[Period, ...]:
    """All single periods of the same length from ``first`` to ``last``, both included, in time order."""
    assert first.months == last.months and first <= last
    found = [last]
    while found[-1] > first:
        previous = found[-1].previous
        assert previous is not None
        found.append(previous)
    return tuple(reversed(found))


def months_before(day: date, months: int) -> date:
    """The same day ``months`` months earlier, or the last day of that month where it is missing."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def chinese_date(day: date) -> str:
    """2025年7月1日: Arabic, full year, no zero padding (GB/T 9704-2012, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def _month_day(year: int, month: int, day: int) -> date:
    return date(year, month, day if day != MONTH_END else calendar.monthrange(year, month)[1])
