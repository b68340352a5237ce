"""同比 that tells of no movement: too small to matter, or no more than what always stirs. Such a figure is 基本持平."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd

from reports.courts.periods import Period
from reports.flag import gate
from reports.flag.history import contrast, residuals, step
from reports.flag.panel import Panel, Spec, Unit, blocks, timeline
from reports.flag.policy import Policy
from reports.flag.transform import transform


def steady(
    table: pd.DataFrame,
    period: Period,
    specs: Sequence[Spec],
    units: Sequence[Unit],
    line: str,
    policy: Policy,
    *,
    rest: pd.DataFrame | None = None,
) -> frozenset[tuple[str, str, str]]:
    """The (court, line, indicator) of one line whose value of ``period`` is about that of a year before.

    That is where the change is not material against the value of a year before (:func:`gate.material`), or within the
    95% limits of chance: sampling error of both values and, beside enough peers, the overdispersion of their past
    changes on a year before. Counts are no matter of better or worse and are left out. ``rest`` is the table without
    serial cases: it is looked at, and what moves the other way without them is no movement either.
    """
    ways = _changes(table, period, specs, units, line) if rest is not None else {}
    table = table if rest is None else rest
    rates = [spec for spec in specs if spec.kind != "count"]
    single = timeline(table, period)
    stir = {}
    if single:
        stir = {(one.spec.id, one.level): _stir(one, policy) for one in blocks(table, rates, units, single, line)}
    normal = NormalDist().inv_cdf(0.5 + policy.ci / 2)
    found = []
    for both in blocks(table, rates, units, (period.year_before, period), line):
        made = transform(both)
        change = np.abs(made.y[:, 1] - made.y[:, 0])
        error = np.sqrt(made.s2.sum(axis=1) + 2 * stir.get((both.spec.id, both.level), 0.0))
        matters = gate.material(both, made, made.value[:, 1], made.value[:, 0], made.base[:, 1], policy)
        known = np.isfinite(made.value).all(axis=1)
        with np.errstate(invalid="ignore"):
            still = known & (~matters | (change <= normal * error))
        found += [(both.units[row].code, line, both.spec.id) for row in np.flatnonzero(still)]
    against = _changes(table, period, specs, units, line) if ways else {}
    return frozenset(found) | {cell for cell, change in ways.items() if change * against.get(cell, 0.0) < 0}


def _changes(
    table: pd.DataFrame, period: Period, specs: Sequence[Spec], units: Sequence[Unit], line: str
) -> dict[tuple[str, str, str], float]:
    """(court, line, indicator) → the change of its tested form on a year before."""
    return {
        (unit.code, line, both.spec.id): float(change)
        for both in blocks(table, specs, units, (period.year_before, period), line)
        for unit, change in zip(both.units, np.diff(transform(both).value, axis=1)[:, 0], strict=True)
        if both.spec.kind != "count" and np.isfinite(change)
    }


def _stir(block: Panel, policy: Policy) -> float:
    """τ² of the peers' single periods, from their past changes on a year before; 0 where it cannot be told."""
    made, lag = transform(block), 12 // block.periods[-1].months
    changes = step(residuals(made.y, made.s2, policy), made.s2, lag)
    if len(block.units) < policy.min_peers or not np.isfinite(changes[0][:, :-1]).any():
        return 0.0
    return contrast(*changes, policy).tau2
