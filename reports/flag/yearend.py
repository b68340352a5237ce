"""年底不收案 (R8): a fall of filings in November and December, judged on months, never on 结案率."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.courts.periods import Period
from reports.flag.panel import Unit
from reports.flag.policy import Policy
from reports.flag.robust import centre, normal_point, overdispersion

FILED = "filed"
_FIRST = 11
_LEAST_MONTHS = 3  # of the same year before November


@dataclass(frozen=True)
class YearEnd:
    """Filings of November (and December) of one court: how many, how many were to be expected, and the score."""

    court: str
    months: str
    now: int
    expected: float
    z: float


def year_end(monthly: pd.DataFrame | None, period: Period, units: Sequence[Unit], policy: Policy) -> list[YearEnd]:
    """Courts whose filings fell at the year's end, in the order of the units.

    ``monthly`` has court, period (2025-11) and numerator: filings by month. y = ln of the November–December mean
    over the mean of the earlier months of the year; from it the peers' winsorised mean is taken off, and, where the
    year before is known, half of how the court itself then differed from its peers. A court is named when it filed
    less than the expected number by more than ``year_end_drop`` and outside the 99.8% range.
    """
    if monthly is None or period.last < _FIRST or period.months > period.last:
        return []
    wide = monthly.pivot_table(index="court", columns="period", values="numerator", aggfunc="sum")
    last = [f"{period.year}-{month:02d}" for month in range(_FIRST, period.last + 1)]
    found: list[YearEnd] = []
    levels: dict[str, list[Unit]] = {}
    for unit in units:
        if unit.role == "court" and unit.code in wide.index:
            levels.setdefault(unit.level, []).append(unit)
    for members in levels.values():
        rows = wide.loc[[unit.code for unit in members]]
        this, before = _fall(rows, period.year, period.last), _fall(rows, period.year - 1, period.last)
        if this is None or len(members) < policy.min_peers:
            continue
        ratio, error, usual = this
        middle = centre(ratio, error, policy.trim)
        deviation = ratio - middle
        if before is not None:
            own = before[0] - centre(before[0], before[1], policy.trim)
            known = np.isfinite(own)
            deviation = deviation - np.where(known, own, 0.0) / 2
            error = error + np.where(known, before[1], 0.0) / 4
        tau2 = overdispersion(deviation, error, 1.0, policy.trim)
        z = deviation / np.sqrt(error + tau2)
        now = rows[[m for m in last if m in rows]].sum(axis=1).to_numpy(dtype=float)
        expected = usual * np.exp(middle) * len(last)
        limit = normal_point((1 - policy.funnel) / 2)
        label = f"{_FIRST}—{period.last}月" if period.last > _FIRST else f"{_FIRST}月"
        for place, unit in enumerate(members):
            drop = expected[place] - now[place]
            enough = drop > policy.year_end_drop * expected[place] and drop >= policy.count_abs
            if np.isfinite(z[place]) and z[place] < -limit and enough:
                found.append(YearEnd(unit.code, label, int(now[place]), float(expected[place]), float(z[place])))
    order = {unit.code: place for place, unit in enumerate(units)}
    return sorted(found, key=lambda one: order[one.court])


def _fall(rows: pd.DataFrame, year: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """(y, s², the earlier months' mean) of one year; ``None`` where its months are not known."""
    late = [f"{year}-{month:02d}" for month in range(_FIRST, last + 1)]
    early = [name for month in range(1, _FIRST) if (name := f"{year}-{month:02d}") in rows]
    if any(name not in rows for name in late) or len(early) < _LEAST_MONTHS:
        return None
    x = rows[late].sum(axis=1).to_numpy(dtype=float)
    n = rows[early].sum(axis=1).to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log((x + 0.5) / len(late)) - np.log((n + 0.5) / len(early))
        s2 = 1.0 / (x + 0.5) + 1.0 / (n + 0.5)
    return np.where(n > 0, y, np.nan), s2, n / len(early)
