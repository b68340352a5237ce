"""Indicator tables for the flag tests: twenty courts of one level, twelve quarters up to 2025Q4, drawn from a seed.

``moved`` maps a court's place to what is added to its level in each quarter (logits for rates, logarithms for the
others); everything else is chance, so a table without it is a healthy province.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reports.courts.periods import parse_period
from reports.flag import Flags, Spec, Unit, flag
from reports.words import Measure

NOW = parse_period("2025Q4")
UNITS = {"proportion": "%", "amount": "%", "count": "件", "mean": "天"}


def quarters(many: int) -> list[str]:
    found = [NOW]
    while len(found) < many:
        found.append(found[-1].previous)
    return [period.key for period in reversed(found)]


def spec(name: str = "rate", kind: str = "proportion", better: str = "lower", **more: object) -> Spec:
    places = 0 if kind == "count" else 2
    return Spec(name, "改判率", Measure(kind, UNITS.get(kind, ""), places), better, subset=kind == "proportion", **more)


def units(courts: int = 20, level: str = "basic") -> list[Unit]:
    return [Unit(f"C{i:02d}", f"第{i}法院", level) for i in range(courts)]


def table(
    kind: str = "proportion",
    *,
    courts: int = 20,
    periods: int = 12,
    level: float = 0.10,
    cases: int = 400,
    moved: Mapping[int, Sequence[float] | float] | None = None,
    everybody: float = 0.0,
    seed: int = 1,
    name: str = "rate",
) -> pd.DataFrame:
    """``moved``: one number is a step in the last quarter, several end in it. ``everybody``: a step of all courts."""
    rng = np.random.default_rng(seed)
    shift = np.zeros((courts, periods))
    for place, steps in (moved or {}).items():
        steps = np.atleast_1d(np.asarray(steps, dtype=float))
        shift[place, -len(steps) :] = steps
    shift[:, -1] += everybody
    n = rng.poisson(cases, shift.shape)
    if kind == "proportion":
        chance = np.log(level / (1 - level)) + rng.normal(0, 0.15, (courts, 1)) + shift
        x = rng.binomial(n, 1 / (1 + np.exp(-chance)))
    elif kind == "count":
        x, n = rng.poisson(cases * np.exp(rng.normal(0, 0.3, (courts, 1)) + shift)), None
    else:
        x = rng.poisson(n * level * np.exp(rng.normal(0, 0.1, (courts, 1)) + shift))
    flat = {"court": np.repeat([f"C{i:02d}" for i in range(courts)], periods), "line": "全部", "indicator": name,
            "period": np.tile(quarters(periods), courts), "numerator": x.ravel()}  # fmt: skip
    frame = pd.DataFrame(flat)
    frame["denominator"] = pd.array([pd.NA] * len(frame) if n is None else n.ravel(), dtype="Int64")
    return frame.astype({"numerator": "Int64"})


def put(frame: pd.DataFrame, court: int, period: str, numerator: int, denominator: int | None) -> pd.DataFrame:
    """The table with one cell written by hand."""
    frame = frame.copy()
    row = (frame["court"] == f"C{court:02d}") & (frame["period"] == period)
    frame.loc[row, "numerator"] = numerator
    frame.loc[row, "denominator"] = pd.NA if denominator is None else denominator
    return frame


def judged(frame: pd.DataFrame, item: Spec | None = None, **more: object) -> Flags:
    members = more.pop("units", None) or units(frame["court"].nunique())
    return flag(frame, more.pop("period", NOW), [item or spec()], members, **more)


def of(found: Flags, court: int) -> object:
    """The flag of one court, or ``None``."""
    return next((one for one in found.flags if one.court == f"C{court:02d}"), None)
