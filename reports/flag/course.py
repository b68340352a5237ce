"""What charts draw: the series behind a flag and the group behind a funnel, by the arithmetic of the rules."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reports.flag.panel import Panel
from reports.flag.policy import Policy
from reports.flag.province import usual
from reports.flag.robust import Array, normal_point
from reports.flag.screen import Measured
from reports.flag.transform import printed
from reports.model import Course, Peer, Peers, Value

Without = Mapping[tuple[str, str, str], Value]  # (court, indicator, period) whose numbers are without serial cases
WITHOUT = "，不含系列案"


def course(one: Measured, row: int, lag: int, policy: Policy, without: Without) -> Course:
    """How one unit came to the value judged, with what its rule let expect of each period.

    Beside peers that is R2's single period: what was expected of it ± z·λ√(v + c·τ²) of its contrast, z the point of
    ``policy.ci``. A whole jurisdiction and a court without peers have R7's: the value a year before moved on by the
    mean of the past yearly changes ± the limit of an XmR chart.
    """
    block = one.block
    cell = block.units[row].code, block.spec.id
    if one.model is not None:
        middle = one.made.y[row] - one.model.deviation[row]
        half = normal_point((1 - policy.ci) / 2) * one.model.error[row]
        peers = "和同级法院同期变动" if one.beside(row) else ""
        basis = f"按其余各期水平{peers}推算的{policy.ci * 100:g}%范围"
    elif one.own is not None and 1 in one.own.windows:
        score = one.own.contrasts[one.own.windows.index(1)]
        middle = one.made.y[row] - score.d[row]
        half = normal_point((1 - policy.ci) / 2) * score.scale * np.sqrt(score.v[row] + score.c[row] * score.tau2)
        basis = f"按该院此前各期水平和同级法院同期共同变动推算的{policy.ci * 100:g}%范围"
    else:
        middle, half = _by_year(one.made.y[row], lag)
        basis = "按去年同期数值和历年同比变动推算的范围（控制限）"
    low, high = (printed(block, one.made.back(middle + side * half)) for side in (-1, 1))
    return Course(
        periods=tuple(period.key for period in block.periods),
        values=tuple(_value(block, row, place) for place in range(len(block.periods))),
        ranges=tuple(
            (float(a), float(b)) if np.isfinite(a) and np.isfinite(b) else None for a, b in zip(low, high, strict=True)
        ),
        basis=basis + (WITHOUT if any((*cell, period.key) in without for period in block.periods) else ""),
    )


def _by_year(y: Array, lag: int) -> tuple[Array, Array]:
    """Middle and half width of R7's range of every period, from the yearly changes before it alone."""
    middle, half = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    change = y[lag:] - y[:-lag] if len(y) > lag else np.array([])
    for place in range(len(change)):
        if (known := usual(change[:place])) is not None:
            middle[lag + place], half[lag + place] = y[place] + known[0], known[1]
    return middle, half


def peers(one: Measured, policy: Policy, without: Without) -> Peers | None:
    """R5's funnel of one block with the courts that have cases in the period judged; ``None`` where it has none."""
    block, found = one.block, one.funnel
    if found is None or not any(unit.role == "court" for unit in block.units):
        return None
    courts = tuple(
        Peer(unit.code, _value(block, row, -1), float(found.low[row]), float(found.high[row]))
        for row, unit in enumerate(block.units)
        if np.isfinite(found.z[row])
    )
    now = block.spec.id, block.periods[-1].key
    less = WITHOUT if any((unit.code, *now) in without for unit in block.units) else ""
    return Peers(block.spec.id, block.level, found.middle, courts, f"同级法院{policy.funnel * 100:g}%参考范围{less}")


def _value(block: Panel, row: int, place: int) -> Value:
    x, n = float(block.x[row, place]), float(block.n[row, place])
    return (int(x) if np.isfinite(x) else None), (int(n) if np.isfinite(n) else None)
