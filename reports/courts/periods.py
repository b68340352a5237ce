"""Statistical periods: their windows, their printed labels and what each is compared with.

A period is a run of whole statistical months of one year. With the cut-off at the month's end these are
calendar months; with ``cutoff_day = 20`` month *m* runs from the 21st of the month before to the 20th, and
the year from 21 December to 20 December (local courts closed their figures on the 20th, e.g. Tianjin Hedong
"2014年1至9月…截止9月20日").
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from reports.errors import ConfigError

MONTH_END = 0
_QUARTER = 3  # months
_QUARTERS = "一二三四"
_YEAR = re.compile(r"(\d{4}|\d\d(?=年|Q|H))年?")
_TO = "[-—–~至到]"
Months = tuple[int, int]
_FORMS: tuple[tuple[str, Callable[..., Months]], ...] = (  # what follows the year
    (r"-(\d\d?)", lambda m: (m, m)),
    (r"(\d\d?)月份?", lambda m: (m, m)),
    (r"-(\d\d?)\.\.(\d\d?)", lambda a, b: (a, b)),
    (rf"(\d\d?)月?{_TO}(\d\d?)月份?", lambda a, b: (a, b)),
    (r"Q([1-4])", lambda q: (3 * q - 2, 3 * q)),
    (r"第?([一二三四1-4])季度", lambda q: (3 * q - 2, 3 * q)),
    (r"Q([1-4])-Q([1-4])", lambda a, b: (3 * a - 2, 3 * b)),
    (r"前([二三23])个?季度", lambda q: (1, 3 * q)),
    (r"H([12])", lambda h: (6 * h - 5, 6 * h)),
    (r"上半年", lambda: (1, 6)),
    (r"下半年", lambda: (7, 12)),
    (r"度?|全年", lambda: (1, 12)),
)


@dataclass(frozen=True, order=True)
class Period:
    """Statistical months ``first``..``last`` (1–12, inclusive) of ``year``.

    January to March is the first quarter, or the year so far (``so_far``): the same days, but another period, which is
    compared with the year before only. Every longer run from January is the year so far without saying so;
    ``by_months`` says that 上半年 and 1—9月 are looked at as made of months, and not of quarters.
    """

    year: int
    first: int
    last: int
    cutoff_day: int = MONTH_END
    so_far: bool = False
    by_months: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "so_far", self.so_far and (self.first, self.last) == (1, _QUARTER))

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
        return self.so_far or (self.first == 1 and self.months not in (1, _QUARTER))

    @property
    def cumulated(self) -> Period:
        """The year so far, up to its end: 2025-05 → 1—5月, 2025Q3 → 1—9月; of January January itself."""
        return Period(self.year, 1, self.last, self.cutoff_day, so_far=True)

    @property
    def quarter(self) -> bool:
        """Whether it is one of the four quarters."""
        return self.months == _QUARTER and self.first % _QUARTER == 1 and not self.so_far

    @property
    def single(self) -> Period:
        """The last of the single periods, quarters or else months, that divide it: itself for a quarter or a month.

        1—3月 is told by months, like 1—2月 and 1—4月.
        """
        quarters = self.months % 3 == 0 and self.first % 3 == 1 and not (self.so_far or self.by_months)
        months = 3 if quarters else 1
        return Period(self.year, self.last - months + 1, self.last, self.cutoff_day)

    @property
    def key(self) -> str:
        """The form of the grammar: ``2025Q3``, ``2025-09``, ``2025H1``, ``2025Q1-Q3``, ``2025``, ``2025-01..03``."""
        if self.months == 12:
            return f"{self.year}"
        if self.months == 1:
            return f"{self.year}-{self.first:02d}"
        if self.months == 6 and self.first in (1, 7):
            return f"{self.year}H{1 if self.first == 1 else 2}"
        if self.first % 3 == 1 and self.last % 3 == 0 and not self.so_far:
            first, last = (self.first + 2) // 3, self.last // 3
            return f"{self.year}Q{first}" if first == last else f"{self.year}Q{first}-Q{last}"
        return f"{self.year}-{self.first:02d}..{self.last:02d}"

    @property
    def label(self) -> str:
        """As printed: 2025年第一季度, 2025年9月, 2025年上半年, 2025年1—9月, 2025年度."""
        return f"{self.year}年{self.short_label or '度'}"

    @property
    def short_label(self) -> str:
        """The label without the year."""
        if self.months == 12:
            return ""
        if self.months == 1:
            return f"{self.first}月"
        if self.months == 6 and self.first in (1, 7):
            return "上半年" if self.first == 1 else "下半年"
        if self.quarter:
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
        return replace(self, year=self.year - 1)

    @property
    def previous_cumulative(self) -> Period | None:
        """The cumulative period before (1—9月 → 上半年, 1—8月 → 1—7月, 1—3月 → 1—2月), for 较上一累计期."""
        if self.first != 1 or self.months == 1:
            return None
        step = 3 if self.last % 3 == 0 and not self.so_far else 1
        last = self.last - step
        return Period(self.year, 1, last, self.cutoff_day, so_far=step == 1) if last else None

    def split(self, months: int) -> tuple[Period, ...]:
        """This period as consecutive periods of ``months`` months each (which must divide it)."""
        assert self.months % months == 0
        return tuple(
            Period(self.year, m, m + months - 1, self.cutoff_day) for m in range(self.first, self.last + 1, months)
        )


def parse_period(text: str, *, cutoff_day: int = MONTH_END, until: date | None = None) -> Period:
    """Read a period of the grammar ``2025-09 · 2025-01..03 · 2025Q3 · 2025Q1-Q3 · 2025H1 · 2025``, or as it is typed.

    Typed forms are 2025年1—5月, 2025年第三季度, 25Q3, 2025-9, 2025年 and, where ``until`` is given, 1—5月, 第三季度 and
    上半年 of the latest year in which they were over on that day. Months from January on are the year so far:
    ``2025-01..03`` is 1—3月 and not ``2025Q1``. Raises :class:`ConfigError` when the text is no period.
    """
    written = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    dated = _YEAR.match(written)
    months = _months(written[dated.end() :] if dated else written)
    year = None
    if dated:
        year = int(dated[1]) if len(dated[1]) > len("25") else 2000 + int(dated[1])
    elif until and months and re.search("[月季半]", written):
        years = (until.year + 1, until.year, until.year - 1)
        year = next(year for year in years if _month_day(year, months[1], cutoff_day) <= until)
    if months and year and 1900 < year < 2200:
        return Period(year, *months, cutoff_day, so_far="月" in written or ".." in written)
    raise ConfigError(
        f"统计期“{text}”无法识别。",
        advice="请写成 2025Q3（季度）、2025-09（月）、2025-01..05（1—5月）、2025H1（半年）、2025Q1-Q3（前三季度）"
        "或 2025（全年）。",
    )


def _months(text: str) -> Months | None:
    """The first and last month of a period written without its year, or ``None``."""
    for form, read in _FORMS:
        if match := re.fullmatch(form, text):
            first, last = read(*(_QUARTERS.find(number) + 1 or int(number) for number in match.groups()))
            return (first, last) if 1 <= first <= last <= 12 else None
    return None


def latest_complete(as_of: date, *, months: int = 3, cutoff_day: int = MONTH_END) -> Period:
    """The latest period of ``months`` months whose last day is not after ``as_of``."""
    for year in (as_of.year + 1, as_of.year, as_of.year - 1):
        for last in range(12, 0, -months):
            period = Period(year, last - months + 1, last, cutoff_day)
            if period.end <= as_of:
                return period
    raise AssertionError("a period always ended in the last two years")


def month_of(day: date, *, cutoff_day: int = MONTH_END) -> Period:
    """The statistical month that a day lies in."""
    months = (
        Period(day.year + month // 12, month % 12 + 1, month % 12 + 1, cutoff_day)
        for month in (day.month - 1, day.month)
    )
    return next(month for month in months if day <= month.end)


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
