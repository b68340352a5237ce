"""Quarters, working days and month arithmetic, on days counted from 1970-01-01."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from reports.errors import ConfigError

Array = npt.NDArray[Any]

FEWEST_QUARTERS = 5  # a year-on-year comparison and the quarter before it
BURN_IN_MONTHS = 48  # cases filed this long before the first quarter can still be open at its start
FIRST_YEAR, LAST_YEAR = 2018, 2030  # the Spring Festivals below; numbers of today's form begin in 2016
NEVER = 2**30  # the conclusion day of a case that stays open

# First day of the lunar year (public calendar).
SPRING_FESTIVAL = {
    2016: (2, 8), 2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12),
    2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6),
    2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23),
}  # fmt: skip


def number_of(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def day_of(number: int) -> date:
    """The inverse of :func:`number_of`."""
    return date(1970, 1, 1) + timedelta(days=int(number))


@dataclass(frozen=True)
class Quarter:
    """A quarter as one running number, so that neighbours are plain arithmetic."""

    index: int

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read ``2026Q3``."""
        match = re.fullmatch(r"(\d{4})Q([1-4])", text)
        if not match:
            raise ConfigError(f"季度写法有误：{text}", advice="请写成 2026Q3 的形式。")
        return cls(int(match[1]) * 4 + int(match[2]) - 1)

    def __str__(self) -> str:
        return f"{self.index // 4}Q{self.index % 4 + 1}"

    @property
    def first_month(self) -> int:
        """Months since 1970-01."""
        return self.index * 3 - 1970 * 12


class Calendar:
    """The time span of a demo: burn-in, the reported quarters, and the days after the cut-off."""

    def __init__(self, end: str, quarters: int) -> None:
        if quarters < FEWEST_QUARTERS:
            raise ConfigError(f"季度数过少：{quarters}", advice=f"至少{FEWEST_QUARTERS}个季度，才有同比和环比。")
        self.end = Quarter.parse(end)
        self.first = Quarter(self.end.index - quarters + 1)
        if self.first.index < FIRST_YEAR * 4 or self.end.index >= (LAST_YEAR + 1) * 4:
            raise ConfigError(
                f"时间范围超出演示数据的年份：{self.first}至{self.end}",
                advice=f"请使第一个季度不早于{FIRST_YEAR}年，最后一个季度不晚于{LAST_YEAR}年。",
            )
        self.quarters = quarters
        self.first_month = max(self.first.first_month - BURN_IN_MONTHS, (2016 - 1970) * 12)
        self.months = self.end.first_month + 3 - self.first_month
        self.start = month_start(self.first.first_month)
        self.cutoff = month_start(self.end.first_month + 3) - 1
        self.first_day = month_start(self.first_month)
        self._days = np.arange(self.first_day, self.cutoff + 151)  # some days on: conclusions pulled forward
        working = np.array([is_working(day_of(day)) for day in self._days.tolist()])
        self.working = self._days[working]
        self._next_working = self.working[np.minimum(np.searchsorted(self.working, self._days), len(self.working) - 1)]
        self._month_of = self._days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        bounds = [month_start(self.first_month + i) for i in range(self.months + 1)]
        self.month_from = np.searchsorted(self.working, bounds[:-1])
        self.month_to = np.searchsorted(self.working, bounds[1:])
        self.month_days = np.array(bounds)

    def quarter(self, day: Array) -> Array:
        """Position of the quarter, 0 for burn-in days too and the last one for days after the cut-off."""
        inside = np.clip(day, self.first_day, self.cutoff) - self.first_day
        return self._position(self._month_of[inside])

    def month(self, day: Array) -> Array:
        """Months since 1970-01 (days far after the cut-off count as the last known day)."""
        month: Array = self._month_of[np.minimum(day - self.first_day, len(self._days) - 1)]
        return month

    def to_working(self, day: Array) -> Array:
        """The same day or the next working day; days after the known ones are :data:`NEVER`."""
        known = day <= self._days[-1]
        moved = self._next_working[np.where(known, day, self._days[-1]) - self.first_day]
        return np.where(known, moved, NEVER)

    def month_quarter(self) -> Array:
        """The quarter position of every month of the span."""
        return self._position(np.arange(self.months) + self.first_month)

    def _position(self, month: Array) -> Array:
        position: Array = np.clip((month - self.first.first_month) // 3, 0, self.quarters - 1)
        return position


def month_start(month: int) -> int:
    """First day of a month counted from 1970-01."""
    return number_of(date(1970 + month // 12, month % 12 + 1, 1))


def is_working(day: date) -> bool:
    """Working days without the shifted Saturdays: the weekend, Spring Festival, and fixed holidays."""
    if day.weekday() >= 5 or (day.month, day.day) == (1, 1):
        return False
    if (day.month == 10 and day.day <= 7) or (day.month == 5 and day.day <= 3):
        return False
    month, first = SPRING_FESTIVAL[day.year]
    return not -1 <= (day - date(day.year, month, first)).days <= 6


def add_months(day: Array, months: Array) -> Array:
    """The corresponding day of a later month, or its last day."""
    start = day.astype("datetime64[D]")
    month = start.astype("datetime64[M]")
    offset = (start - month.astype("datetime64[D]")).astype(np.int64)
    target = month + months.astype("timedelta64[M]")
    first = target.astype("datetime64[D]")
    length = ((target + 1).astype("datetime64[D]") - first).astype(np.int64)
    due: Array = first.astype(np.int64) + np.minimum(offset, length - 1)
    return due


def add_months_criminal(day: Array, months: Array) -> Array:
    """刑诉解释202条 from the day after filing: a start on a month's last day ends on a month's last day."""
    start = day + 1
    ends_month = (start + 1).astype("datetime64[D]").astype("datetime64[M]") != start.astype("datetime64[D]").astype(
        "datetime64[M]"
    )
    target = start.astype("datetime64[D]").astype("datetime64[M]") + months.astype("timedelta64[M]")
    last = (target + 1).astype("datetime64[D]").astype(np.int64) - 1
    return np.where(ends_month, last, add_months(start, months))
