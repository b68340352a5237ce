"""An indicator table without its serial cases."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from reports.flag.panel import Spec
from reports.model import CELL, MOMENTS

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
