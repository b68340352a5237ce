"""Invented court systems for the simulation of the flag policy: 114 courts, 20 indicators, 12 quarters ending in a Q4.

14 intermediate and 100 basic courts, sizes log-normal; eleven proportions (two of them with a reference interval,
for R1), a 改判-发回重审比, a 案-件比, two ratios, two means with their second moments, an amount with heavy-tailed claims,
and two counts. Cuts of it are cities, single courts and departments, by quarters or by months. Everything not drawn from
a seed is a constant here; the constants were fixed before the policy was tuned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

QUARTERS = 12
BASIC, INTERMEDIATE = 100, 14
COURTS = BASIC + INTERMEDIATE
LATER = ("2026Q1", "2026Q2", "2026Q3")
QUARTERLY = (-1.0, 0.1, -0.1, 1.0)  # the season, from January on
MONTHLY = (-0.8, -1.7, -0.5, 0.0, 0.2, 0.1, -0.1, -0.2, 0.0, 0.6, 0.8, 1.6)  # the same with the Spring Festival


@dataclass(frozen=True)
class Kind:
    """One indicator of the world: level on its own scale (logit or log), cases a quarter in a middling court."""

    id: str
    kind: str
    form: str
    level: float
    cases: float
    high: float | None = None
    low: float | None = None


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


KINDS = (
    Kind("p01", "proportion", "plain", _logit(0.97), 300, low=96.0),
    Kind("p02", "proportion", "plain", _logit(0.09), 260, high=12.0),
    Kind("p03", "proportion", "plain", _logit(0.03), 260),
    Kind("p04", "proportion", "plain", _logit(0.30), 180),
    Kind("p05", "proportion", "plain", _logit(0.37), 90),
    Kind("p06", "proportion", "plain", _logit(0.42), 90),
    Kind("p07", "proportion", "plain", _logit(0.02), 500),
    Kind("p08", "proportion", "plain", _logit(0.90), 220),
    Kind("p09", "proportion", "plain", _logit(0.55), 40),
    Kind("p10", "proportion", "plain", _logit(0.15), 400),
    Kind("p11", "proportion", "plain", _logit(0.25), 900),
    Kind("share", "ratio", "share", _logit(0.65), 45),
    Kind("case_piece", "ratio", "excess", np.log(0.60), 240),
    Kind("ratio1", "ratio", "plain", np.log(0.95), 450),
    Kind("ratio2", "ratio", "plain", np.log(0.50), 120),
    Kind("days", "mean", "plain", np.log(62.0), 260),
    Kind("transfer", "mean", "plain", np.log(45.0), 60),
    Kind("money", "amount", "plain", _logit(0.45), 110),
    Kind("filed", "count", "plain", np.log(420.0), 0),
    Kind("backlog", "count", "plain", np.log(260.0), 0),
)
LOGIT = {"proportion", "amount"}
BETTER = ("higher", "lower", "lower", "higher", "higher", "lower", "lower", "higher", "higher", "lower", "higher",
          "higher", "lower", "higher", "lower", "lower", "lower", "higher", "neutral", "lower")  # fmt: skip
PLANTS = ("A-small", "A-large", "B", "C")
SHARE = 0.03  # of cells, as planted
VOLUME = 4.5  # denominators from about 10 to 12,000


@dataclass(frozen=True)
class World:
    """One replicate: the indicator table, and what was planted where (``truth``: court × indicator, empty = healthy)."""

    table: pd.DataFrame
    truth: np.ndarray
    direction: np.ndarray
    levels: tuple[str, ...]
    outside: np.ndarray  # court × indicator: the true value now lies beyond the reference interval
    usual: np.ndarray  # court × indicator × period: the true value, on its own scale, without plant and overdispersion
    tau: np.ndarray  # of each indicator: the overdispersion


def codes() -> list[str]:
    return [f"C{i:03d}" for i in range(COURTS)]


def keys(count: int, months: int = 3) -> list[str]:
    """The last periods until 2025Q4, or until November 2025, which a year so far ends with."""
    if months == 3:
        return [f"{2026 - (back + 3) // 4}Q{4 - (back - 1) % 4}" for back in range(count, 0, -1)]
    return [f"{2025 - (back + 1) // 12}-{12 - (back + 1) % 12:02d}" for back in range(count - 1, -1, -1)]


def make(
    name: str,
    seed: int,
    courts: int = COURTS,
    periods: int = QUARTERS,
    higher: int | None = None,
    *,
    months: int = 3,
    parts: int = 1,
    fate: Sequence[float] = (),
) -> World:
    """A world: ``null`` (realistic, nothing planted), ``ideal`` (the model itself, planted), ``realistic``, ``shift``,
    ``heavy`` (every indicator heavy-tailed), ``doubled`` (twice the overdispersion).

    ``higher`` of the courts are intermediate ones; by default as many as a province of this size has. Where it is
    given, every cell is planted by its own chance, so that a few courts are a cut of a province. A period has so many
    ``months`` (3 or 1), and so many of ``parts`` share the cases of one court: departments. ``fate`` adds quarters
    (:data:`LATER`), each with what is then left of the changes planted (1: they stay, 0: gone); what was until then does
    not depend on it.
    """
    rng = np.random.default_rng(seed)
    planted = name in ("ideal", "realistic", "heavy", "doubled")
    rough = name != "ideal"
    many = round(courts * INTERMEDIATE / COURTS) if higher is None else higher
    intermediate = np.arange(courts) < many
    size = np.exp(rng.normal(0, 0.60, courts)) * np.where(intermediate, 1.6, 1.0)
    size = np.clip(size, 0.15, 12.0)
    times = [*keys(periods, months), *LATER[: len(fate)]]
    later = np.random.default_rng((seed, 1))
    season = np.array([QUARTERLY[int(key[-1]) - 1] if months == 3 else MONTHLY[int(key[-2:]) - 1] for key in times])
    scale = VOLUME * months / 3 / parts
    truth = np.full((courts, len(KINDS)), "", dtype=object)
    sign = rng.choice([-1, 1], (courts, len(KINDS)))
    if planted and higher is not None:
        kinds = rng.choice(np.array(PLANTS, dtype=object), truth.shape)
        truth = np.where(rng.random(truth.shape) < SHARE, kinds, truth)
    elif planted:
        cells = rng.permutation(courts * len(KINDS))[: round(SHARE * courts * len(KINDS))]
        truth.flat[cells] = np.resize(np.array(PLANTS, dtype=object), len(cells))
    rows = []
    outside = np.zeros(truth.shape, dtype=bool)
    usual, taus = np.zeros((*truth.shape, len(season))), np.zeros(len(KINDS))
    for place, kind in enumerate(KINDS):
        logit = kind.kind in LOGIT or kind.form == "share"
        theta, usual[:, place], taus[place] = _theta(rng, kind, courts, season, name, logit, months)
        theta += _plant(truth[:, place], sign[:, place], logit, periods, fate)
        if name == "shift" and place in (1, 3):
            theta[:, periods - 1] += 0.25
        if kind.low is not None or kind.high is not None:
            now = 100 / (1 + np.exp(-theta[:, periods - 1]))
            outside[:, place] = (now > (kind.high or 1e9)) | (now < (kind.low or -1e9))
        swing = 1 + rng.uniform(-0.3, 0.3, courts)[:, None]
        volume = (
            scale
            * kind.cases
            * size[:, None]
            * np.exp(0.15 * season * swing * rough + rng.normal(0, 0.10, theta.shape))
        )
        n = rng.poisson(np.maximum(volume, 3.0)) if kind.cases else np.zeros(theta.shape, int)
        rows.append(_table(rng, kind, theta[:, :periods], n[:, :periods], scale * size, times[:periods]))
        if fate:
            rows.append(_table(later, kind, theta[:, periods:], n[:, periods:], scale * size, times[periods:]))
    levels = tuple(np.where(intermediate, "intermediate", "basic"))
    return World(pd.concat(rows, ignore_index=True), truth, sign, levels, outside, usual, taus)


def _theta(rng, kind, courts, season, name, logit, months):
    """Level + court + season (each court's own by ±30%) + province walk + AR(.3) overdispersion, one third t₅."""
    t, rough = len(season), name != "ideal"
    court = rng.normal(0, 0.30 if logit else 0.22, courts)[:, None]
    tau = rng.uniform(0.07, 0.16) if logit else rng.uniform(0.04, 0.08)
    tau *= 2 if name == "doubled" else 1
    heavy = rough and (name == "heavy" or KINDS.index(kind) % 3 == 0)
    shocks = rng.standard_t(5, (courts, t)) / np.sqrt(5 / 3) if heavy else rng.normal(size=(courts, t))
    if not rough:
        usual = np.repeat(kind.level + court, t, axis=1)
        return usual + tau * shocks, usual, tau
    wave = np.empty((courts, t))
    wave[:, 0] = shocks[:, 0]
    for i in range(1, t):
        wave[:, i] = 0.3 * wave[:, i - 1] + np.sqrt(1 - 0.09) * shocks[:, i]
    own = 1 + rng.uniform(-0.3, 0.3, (courts, 1))
    amplitude = 0.10 if logit else 0.06
    walk = np.cumsum(rng.normal(0, 0.03 * np.sqrt(months / 3), t))
    usual = kind.level + court + amplitude * season * own + walk
    return usual + tau * wave, usual, tau


def _plant(truth, sign, logit, periods, fate):
    moved = np.zeros((len(truth), periods + len(fate)))
    small, large, ramp, outlier = (0.35, 0.70, 0.50, 1.20) if logit else (0.15, 0.30, 0.30, 0.90)
    left = np.array([1.0, *fate])
    moved[truth == "A-small", periods - 1 :] = small * left
    moved[truth == "A-large", periods - 1 :] = large * left
    moved[truth == "B", periods - 4 :] = ramp * np.concatenate([[0.25, 0.5, 0.75], left])
    moved[truth == "C", :] = outlier
    return moved * sign[:, None]


def _table(rng, kind, theta, n, size, times):
    xx = yy = xy = np.full(theta.shape, np.nan)
    if kind.form == "share":
        x = rng.binomial(n, 1 / (1 + np.exp(-theta)))
        n = n - x
    elif kind.kind == "proportion":
        x = rng.binomial(n, 1 / (1 + np.exp(-theta)))
    elif kind.form == "excess":
        x = n + rng.poisson(n * np.exp(theta))
    elif kind.kind == "ratio":
        x = rng.poisson(n * np.exp(theta - 0.005))
    elif kind.kind == "count":
        x, n = rng.poisson(np.exp(theta) * size[:, None]), None
    elif kind.kind == "mean":
        x, xx = _days(rng, theta, n)
    else:
        x, n, xx, yy, xy = _claims(rng, theta, n)
    courts, periods = theta.shape
    flat = {"court": np.repeat(codes()[:courts], periods), "line": "全部", "indicator": kind.id,
            "period": np.tile(times, courts), "numerator": np.ravel(x)}  # fmt: skip
    frame = pd.DataFrame(flat)
    frame["denominator"] = np.ravel(n) if n is not None else np.nan
    for name, values in (("sum_sq", xx), ("sum_sq_den", yy), ("sum_xy", xy)):
        frame[name] = np.ravel(values)
    return frame


def _sums(n, *values):
    edges = np.concatenate([[0], np.cumsum(n.ravel())])
    totals = [np.concatenate([[0.0], np.cumsum(v)]) for v in values]
    return [(c[edges[1:]] - c[edges[:-1]]).reshape(n.shape) for c in totals]


def _days(rng, theta, n):
    mean = np.repeat(np.exp(theta).ravel(), n.ravel())
    days = np.round(rng.gamma(1.5, mean / 1.5))
    return _sums(n, days, days**2)


def _claims(rng, theta, n):
    """Claims log-normal (σ 1.6); each is recovered in full, in part, or not at all."""
    share = np.repeat((1 / (1 + np.exp(-theta))).ravel(), n.ravel())
    due = np.round(np.exp(rng.normal(10.5, 1.6, len(share))) * 100)
    part = rng.uniform(0, 1, len(share))
    recovered = np.round(
        due * np.where(rng.uniform(size=len(share)) < 0.25, part, rng.uniform(size=len(share)) < share)
    )
    return _sums(n, recovered, due, recovered**2, due**2, recovered * due)
