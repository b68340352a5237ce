"""An indicator table without its serial cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from reports.courts.periods import Period
from reports.flag import gate
from reports.flag.panel import Spec, Unit, blocks
from reports.flag.policy import Policy
from reports.flag.transform import transform
from reports.model import CELL, MOMENTS, Value

_KEY = [*CELL, "period"]


def less(table: pd.DataFrame, series: pd.DataFrame, specs: Iterable[Spec]) -> pd.DataFrame:
    """``table`` less what serial cases add to it: both sides of every rate, and second moments.

    ``series`` has rows of the same columns. Counts that are neither good nor bad (新收) stay: of them the growth with
    and without is told. So does what would become negative, as it is not made of these cases.
    """
    judged = {spec.id for spec in specs if spec.kind != "count" or spec.good}
    mine = series[series["indicator"].isin(judged)]
    numbers = [name for name in ("numerator", "denominator", *MOMENTS) if name in table and name in mine]
    both = table[_KEY].merge(mine[[*_KEY, *numbers]], on=_KEY, how="left", validate="one_to_one")
    both.index = table.index
    off = {name: both[name].where(both[name].notna(), 0) for name in numbers}
    sides = [name for name in ("numerator", "denominator") if name in numbers]
    fits = pd.Series(True, index=table.index)
    for name in sides:
        fits &= (table[name] >= off[name]).fillna(True).astype(bool)
    changed = {name: (table[name] - off[name].astype(table[name].dtype)).where(fits, table[name]) for name in numbers}
    return table.assign(**changed)


def values_without(
    table: pd.DataFrame,
    rest: pd.DataFrame,
    period: Period,
    specs: Sequence[Spec],
    units: Sequence[Unit],
    line: str,
    policy: Policy,
) -> dict[tuple[str, str, str], Value]:
    """(court, line, indicator) → the value of ``period`` without serial cases, where these make a material difference.

    ``rest`` is :func:`less` of ``table``. Material is what would be material as a change (:func:`gate.material`): the
    value with serial cases is held against the one without.
    """
    now, less_now = (one[one["period"] == period.key] for one in (table, rest))
    both = pd.concat([less_now.assign(period=period.year_before.key), now], ignore_index=True)
    rates = [spec for spec in specs if spec.kind != "count"]
    found: dict[tuple[str, str, str], Value] = {}
    for block in blocks(both, rates, units, (period.year_before, period), line):
        made = transform(block)
        matters = gate.material(block, made, made.value[:, 1], made.value[:, 0], made.base[:, 1], policy)
        for row in np.flatnonzero(matters & np.isfinite(made.value).all(axis=1)):
            x, n = int(block.x[row, 0]), int(block.n[row, 0])
            found[block.units[row].code, line, block.spec.id] = x, n
    return found
