"""Has every court reported the period? Each is judged by its own past, and an ordinary lull is told apart from a gap.

A court's number in a period is a Poisson count whose mean itself varies from period to period by a gamma distribution:
negative binomial (Greenwood and Yule, J. R. Stat. Soc. 83, 1920, 255-279). It is fitted by moments to the court's own
periods before, as count surveillance does (Farrington et al., J. R. Stat. Soc. A 159, 1996, 547-563):

- mean m: the court's mean over its last :data:`PAST` periods, times the season where the season is low: all courts'
  number in the same period a year before over their mean of the :data:`PAST` periods before that one, 1 at most;
  and no more than its own mean in the same period of the last :data:`YEARS` years;
- coefficient of variation c: what its periods of those years scattered beyond Poisson, c² = (s² - m)/m², and
  :data:`SCATTER` at least, because courts are reorganised, campaigns begin and end, and few periods cannot tell;
- of a new period the variance is (m + c²m²)(1 + 1/n), the second factor for a mean known from n periods only.

Asked are three chances: of no more filed, of no more concluded in the whole period, and of nothing at all since the
court's last day. What was to be expected since then is the court's mean times the share of the period that the others'
cases have after that day, so that weekends and holidays count for nothing; or the share of the days beyond
:data:`HOLIDAY`, if that is more (all files may end on one day). The constants are ours; ``tests/coverage`` measures
them: a silence is a gap from 22 cases filed and concluded a period on, a shortfall below a tenth or so of what was to
be expected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from math import inf, log

import numpy as np
from numpy.typing import NDArray

from reports.courts.periods import Period, chinese_date
from reports.coverage.activity import Activity
from reports.words import half_up

PAST, ACTIVE = 4, 3  # of so many periods before, those in which a court had cases for it to be expected to have some
YEARS = 2  # from which a court's own season and scatter are taken
SCATTER = 0.35  # least coefficient of variation of a court's level from period to period
CHANCE = 1e-4  # a silence or shortfall less likely than this is a gap in the data
HOLIDAY = 15  # days without any case that may be a holiday; as for the data as a whole
Unit = str | tuple[str, str]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reporting:
    """What one court (or department) reported in the period judged.

    ``filed`` and ``concluded`` are in 件, by ``months``; ``last`` is its last day with a case filed or concluded.
    ``expected`` is what its past lets expect of filed and concluded (件), ``None`` where too little went before to
    judge it; ``chance`` the smallest of the three chances, in [0, 1].
    """

    unit: Unit
    months: tuple[tuple[Period, int, int], ...]  # month, filed, concluded
    last: date | None
    expected: tuple[float, float] | None = None
    chance: float | None = None

    @property
    def filed(self) -> int:
        """Cases filed in the period."""
        return sum(filed for _, filed, _ in self.months)

    @property
    def concluded(self) -> int:
        """Cases concluded in the period."""
        return sum(concluded for *_, concluded in self.months)

    @property
    def silent(self) -> bool:
        """Nothing was filed and nothing concluded."""
        return not self.filed and not self.concluded

    @property
    def missing(self) -> bool:
        """The data of the period are not, or not all, there."""
        return self.chance is not None and self.chance < CHANCE


@dataclass(frozen=True)
class Reported:
    """Who has reported a period: every court in the order of codes, and where it was asked for their departments.

    ``departments`` are judged in the same way and told only: that a department falls silent says nothing of its court.
    """

    period: Period
    courts: tuple[Reporting, ...]
    departments: tuple[Reporting, ...] = ()

    def unjudged(self) -> Reported:
        """The same with nobody judged."""
        alone = partial(replace, chance=None, expected=None)
        return replace(self, courts=tuple(map(alone, self.courts)), departments=tuple(map(alone, self.departments)))

    @property
    def missing(self) -> tuple[Reporting, ...]:
        """Courts whose data of the period are missing, in whole or in part."""
        return tuple(one for one in self.courts if one.missing)

    @property
    def silent(self) -> tuple[Reporting, ...]:
        """Courts without any case in the period, which is not improbable: 本期没有案件."""
        return tuple(one for one in self.courts if one.silent and not one.missing)

    @property
    def silent_departments(self) -> tuple[Reporting, ...]:
        """Departments whose silence is improbable, of courts that have reported."""
        known = {one.unit for one in self.missing}
        return tuple(one for one in self.departments if one.missing and one.unit[0] not in known)


def reach(period: Period) -> Period:
    """The first single period whose numbers are needed to judge ``period`` and its season."""
    first = _parts(period)[0]
    return _past(first, max(YEARS * _year(first), _year(first) + PAST))[0]


def reported(
    found: Activity, period: Period, courts: Sequence[str], closed: Collection[str] = ()
) -> tuple[Reporting, ...]:
    """Judge each of ``courts`` (codes; one without any case is silent), or each department that ``found`` has.

    A cumulative period is judged part by part: a court that is missing in one of them is missing. A court that was
    ``closed`` within the period is not judged.
    """
    units: Sequence[Unit] = found.units if any(isinstance(one, tuple) for one in found.units) else courts
    place = {unit: row for row, unit in enumerate(found.units)}
    months = [month for part in _parts(period) for month in part.split(1)]
    counts = [found.sums(kind, months) for kind in ("filed", "concluded")]
    judged: dict[Unit, tuple[float, tuple[float, float]]] = {}
    for part in _parts(period):
        for unit, chance, expected in _judged(found, part):
            before = judged.get(unit, (inf, (0.0, 0.0)))
            sums = (before[1][0] + expected[0], before[1][1] + expected[1])
            judged[unit] = (min(before[0], chance), sums)
    last = found.last
    told = []
    for unit in units:
        row = place.get(unit)
        numbers = [[0] * len(months)] * 2 if row is None else [one[row].tolist() for one in counts]
        by_month = tuple(zip(months, *numbers, strict=True))
        one = Reporting(unit, by_month, None if row is None else last[row])
        judge = unit in judged and unit not in closed
        told.append(replace(one, chance=judged[unit][0], expected=judged[unit][1]) if judge else one)
    return tuple(told)


def said(one: Reporting, name: str) -> str:
    """A court with its last day: 荷塘区法院：最后一件2026年6月30日; with the period's numbers where it has any."""
    told = f"{name}：最后一件{chinese_date(one.last)}" if one.last else f"{name}：没有案件"
    if one.silent or one.expected is None:
        return told
    filed, concluded = (half_up(*number.as_integer_ratio()) for number in one.expected)
    return f"{told}，本期新收{one.filed}件、审执结{one.concluded}件，按以往约为{filed}件、{concluded}件"


def numbers_said(one: Reporting) -> str:
    """The period's numbers of a court or department that is judged, beside those that its past lets expect."""
    told = "本期没有案件" if one.silent else f"本期新收{one.filed}件、审执结{one.concluded}件"
    if one.expected is None:
        return told
    filed, concluded = (half_up(*number.as_integer_ratio()) for number in one.expected)
    return f"{told}，按以往约为新收{filed}件、审执结{concluded}件"


def _parts(period: Period) -> tuple[Period, ...]:
    return period.split(period.single.months)


def _year(part: Period) -> int:
    """How many periods a year has."""
    return 12 // part.months


def _past(part: Period, number: int) -> tuple[Period, ...]:
    """So many single periods before one, in time order."""
    found: list[Period] = []
    for _ in range(number):
        before = (found or [part])[-1].previous
        assert before is not None  # a single period always has one
        found.append(before)
    return tuple(reversed(found))


def _judged(found: Activity, part: Period) -> Iterator[tuple[Unit, float, tuple[float, float]]]:
    """Of each unit that can be judged: the smallest chance, and what was expected (filed, concluded)."""
    past = _past(part, YEARS * _year(part))
    before = {kind: found.sums(kind, past) for kind in ("filed", "concluded", "either")}
    now = {kind: found.sums(kind, [part])[:, 0] for kind in before}
    season = {kind: _season(found, kind, part) for kind in before}
    active = (before["either"][:, -PAST:] > 0).sum(axis=1) >= ACTIVE
    shares = _shares_since(found, part)
    for row, unit in enumerate(found.units):
        if not active[row]:
            continue
        means = {kind: _expected(before[kind][row], season[kind], _year(part)) for kind in before}
        chances = [
            _at_most(int(now[kind][row]), *_predicted(before[kind][row], means[kind]))
            for kind in ("filed", "concluded")
        ]
        mean, size = _predicted(before["either"][row], means["either"])
        chances.append(_at_most(0, mean * shares[row], size))
        yield unit, min(chances), (means["filed"], means["concluded"])


def _season(found: Activity, kind: str, part: Period) -> float:
    """All courts' number in the same period a year before over their mean of the periods before it; 1 at most."""
    then = part.year_before
    before = _past(then, PAST)
    if before[0].start < found.since:
        return 1.0
    *earlier, same = found.sums(kind, (*before, then)).sum(axis=0).tolist()
    return min(1.0, same * PAST / sum(earlier)) if all(earlier) else 1.0


def _expected(before: NDArray[np.int64], season: float, year: int) -> float:
    """What a court's periods before one let expect of it."""
    own = _since_begun(before)
    same = own[::-1][year - 1 :: year]  # the same period a year before, and two
    level = float(before[-PAST:].mean()) * season
    return min(level, float(same.mean())) if len(same) else level


def _since_begun(before: NDArray[np.int64]) -> NDArray[np.int64]:
    some = np.flatnonzero(before)
    return before[some[0] :] if len(some) else before


def _predicted(before: NDArray[np.int64], mean: float) -> tuple[float, float]:
    """Mean and size of the negative binomial distribution of a new period."""
    if mean <= 0:
        return 0.0, 1.0
    own = _since_begun(before).astype(np.float64)
    level = own.mean()
    beyond = (own.var(ddof=1) - level) / level**2 if len(own) > 1 and level > 0 else 0.0
    scatter = max(SCATTER**2, beyond)
    variance = (mean + scatter * mean**2) * (1 + 1 / min(PAST, len(own)))
    return mean, mean**2 / (variance - mean)


def _at_most(count: int, mean: float, size: float) -> float:
    """The chance of ``count`` or fewer under a negative binomial distribution of that mean and size."""
    if mean <= 0 or count >= mean:
        return 1.0
    steps = np.arange(count)
    factors = np.log((size + steps) / (steps + 1) * mean / (size + mean))  # of each number to the one before
    each = size * log(size / (size + mean)) + np.concatenate([[0.0], np.cumsum(factors)])
    return float(min(1.0, np.exp(each).sum()))


def _shares_since(found: Activity, part: Period) -> Floats:
    """Of each unit, the share of a period's cases to be expected between its last day and the period's end."""
    start, length = (part.start - found.since).days, (part.end - part.start).days + 1
    days = (found.filed + found.concluded)[:, start : start + length]
    some = days > 0
    silent = np.where(some.any(axis=1), some[:, ::-1].argmax(axis=1), length)  # days since its last one
    others = days.sum(axis=0) - days
    after = np.cumsum(np.concatenate([np.zeros((len(days), 1), np.int64), others[:, ::-1]], axis=1), axis=1)
    whole = others.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(whole > 0, after[np.arange(len(days)), silent] / whole, 0.0)
    return np.asarray(np.maximum(share, np.maximum(silent - HOLIDAY, 0) / length), np.float64)
