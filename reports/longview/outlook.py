"""Pending cases to be expected at a month's end, with a range, and how good the method was at this office before.

The level of today and what the same months brought on average in past years: a random walk with a drift of its own for
each month of the year (R. J. Hyndman, G. Athanasopoulos, “Forecasting: principles and practice”, 3rd ed. 2021, §§5.2,
9.9: naive and drift forecasts; ARIMA(0,1,0) with seasonal means). Among what was tried it had the smallest errors
(docs/longview.md). It is told only where it was nearer to the truth, at this office, than “as at the same time of the
year before”.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

from reports.courts.periods import Period
from reports.longview.series import YEAR, Series

FEWEST = 12  # moments at which both must have been tried
FURTHEST = YEAR  # months ahead
RANGED = (4, 5)  # of the past errors lie within the range
FEWEST_ERRORS = 6  # known at a moment, from which a range of then can be made


@dataclass(frozen=True)
class Backtest:
    """What the method and “as the year before” would have said at ``moments`` of the past, so many months ahead.

    ``off`` and ``off_before`` are the sums of their distances from what came (件). ``ranged`` ranges could be made of
    what was known then, of which ``held`` held what came.
    """

    moments: int
    off: int
    off_before: int
    ranged: int
    held: int

    @property
    def better(self) -> bool:
        """Whether the method was nearer."""
        return self.off < self.off_before


@dataclass(frozen=True)
class Outlook:
    """Pending cases at the end of ``month``, ``ahead`` months after the last known; ``why`` says why not, if not.

    ``reason`` is ``"short"`` (too few months: ``needed``) or ``"no better"``.
    """

    month: Period
    ahead: int
    expected: int | None = None
    low: int | None = None
    high: int | None = None
    test: Backtest | None = None
    reason: str = ""
    needed: int = 0


def expected(values: tuple[int, ...], ahead: int) -> int:
    """The last value and the mean change over the same ``ahead`` months (at most 12) of every past year, half up.

    Needs a year and a month of values.
    """
    last = len(values) - 1
    changes = [values[at + ahead] - values[at] for at in range(last - YEAR, -1, -YEAR)]
    return max(0, floor(values[last] + sum(changes) / len(changes) + 0.5))


def outlook(pending: Series, month: Period) -> Outlook:
    """What to expect at the end of a month after the last of the series, at most :data:`FURTHEST` months ahead."""
    last = pending.months[-1] if pending.months else None
    ahead = (month.year - last.year) * YEAR + month.last - last.last if last else 0
    assert last is None or 0 < ahead <= FURTHEST
    needed = YEAR + FEWEST + ahead  # a year before the first moment, and so many after the last
    if len(pending.values) < needed:
        return Outlook(month, ahead, reason="short", needed=needed)
    values = pending.values
    errors: list[tuple[int, int]] = []  # what was expected, and how far off
    off = before = ranged = held = 0
    for moment in range(YEAR, len(values) - ahead):
        came = values[moment + ahead]
        told = expected(values[: moment + 1], ahead)
        known = errors[: max(0, moment + 1 - ahead - YEAR)]  # those that had shown by then
        if len(known) >= FEWEST_ERRORS:
            low, high = _range(told, known)
            ranged, held = ranged + 1, held + (low <= came <= high)
        errors.append((told, abs(came - told)))
        off += abs(came - told)
        before += abs(came - values[moment + ahead - YEAR])
    test = Backtest(len(errors), off, before, ranged, held)
    found = Outlook(month, ahead, test=test)
    if not test.better:
        return replace(found, reason="no better")
    number = expected(values, ahead)
    low, high = _range(number, errors)
    return replace(found, expected=number, low=low, high=high)


def _range(number: int, errors: list[tuple[int, int]]) -> tuple[int, int]:
    """As far on both sides as :data:`RANGED` of the past errors went, each in proportion to what was expected.

    The rank is that of split conformal prediction: of n errors the ⌈(n + 1)·4/5⌉-th, n at most (V. Vovk, A. Gammerman,
    G. Shafer, “Algorithmic learning in a random world”, 2005).
    """
    part, of = RANGED
    sizes = sorted(size / max(told, 1) for told, size in errors)
    share = sizes[min(len(sizes), ceil((len(sizes) + 1) * part / of)) - 1]
    return max(0, floor(number * (1 - share))), ceil(number * (1 + share))
