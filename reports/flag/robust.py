"""Robust arithmetic of the rules: winsorised means, overdispersion, tails, false discovery rate. numpy only.

Every function is a pure function of arrays; ``nan`` is a cell without data and takes no part.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_ERFC = np.frompyfunc(math.erfc, 1, 1)
_SHIFTS = (0.3, 12.0)  # standard errors; beyond them a weight says nothing more
_LEAST_WEIGHT = 0.2
_STEPS = 60  # at most, of the search for τ²; some six suffice
_EXACT = 1e-8  # relative step at which the search for τ² ends; it is then far closer
_FEW = 3  # below this no spread can be estimated


def two_sided(z: Array) -> Array:
    """P(|Z| ≥ |z|) of the normal distribution; 1 where z is nan."""
    clean = np.nan_to_num(np.abs(z), nan=0.0)
    return np.asarray(_ERFC(clean / math.sqrt(2.0)), dtype=float)


def winsorised(values: Array, trim: float) -> Array:
    """Values clipped at their ``trim`` and ``1 − trim`` quantiles; nan stays nan."""
    known = values[np.isfinite(values)]
    if len(known) < _FEW:
        return values
    low, high = _quantiles(known, trim)
    return np.clip(values, low, high)


def _quantiles(known: Array, trim: float) -> tuple[float, float]:
    """The ``trim`` and ``1 − trim`` quantiles by linear interpolation, as ``numpy.quantile`` gives them, but faster."""
    last = len(known) - 1
    places = (trim * last, (1.0 - trim) * last)
    return _between(np.partition(known, _cuts(places, last)), places, last)


def _cuts(places: tuple[float, float], last: int) -> list[int]:
    """The places of a sorted array between which the quantiles lie."""
    return sorted({int(place) + i for place in places for i in (0, 1) if int(place) + i <= last})


def _between(ordered: Array, places: tuple[float, float], last: int) -> tuple[float, float]:
    low, high = (
        float(ordered[w] + (place - w) * (ordered[min(w + 1, last)] - ordered[w]))
        for place in places
        for w in (int(place),)
    )
    return low, high


def winsorised_mean_square(trim: float) -> float:
    """E[z²] of a standard normal winsorised at ``trim`` on each side: 0.6787 for trim = .10.

    With c the upper ``trim`` point: (1 − 2·trim) − 2cφ(c) + 2·trim·c². An uncorrected winsorised dispersion, as in
    the published funnel code, is too small by this factor.
    """
    if trim <= 0.0:
        return 1.0
    c = normal_point(trim)
    density = math.exp(-c * c / 2) / math.sqrt(2 * math.pi)
    return (1 - 2 * trim) - 2 * c * density + 2 * trim * c * c


def normal_point(upper: float) -> float:
    """z with P(Z > z) = ``upper``."""
    from statistics import NormalDist  # noqa: PLC0415

    return NormalDist().inv_cdf(1.0 - upper)


def centre(values: Array, variance: Array, trim: float) -> float:
    """Precision-weighted mean of winsorised values; 0 when there are none."""
    return float(centres(values[:, None], variance[:, None], trim)[0])


def centres(values: Array, variance: Array, trim: float) -> Array:
    """:func:`centre` of every column of two tables."""
    good = np.isfinite(values) & np.isfinite(variance) & (variance > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = np.where(good, 1.0 / variance, 0.0)
    ordered = np.sort(np.where(good, values, np.nan), axis=0)  # nan last
    last = np.maximum(good.sum(axis=0) - 1, 0)
    low, high = (_at(ordered, place, last) for place in (trim * last, (1.0 - trim) * last))
    few = last + 1 < _FEW
    clipped = np.clip(np.where(good, values, 0.0), np.where(few, -np.inf, low), np.where(few, np.inf, high))
    total = weights.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, (clipped * weights).sum(axis=0) / total, 0.0)


def _at(ordered: Array, place: Array, last: NDArray[np.int64]) -> Array:
    """The values at a place, between two rows, of every sorted column."""
    below = place.astype(np.int64)
    columns = np.arange(ordered.shape[1])
    first, second = ordered[below, columns], ordered[np.minimum(below + 1, last), columns]
    return np.asarray(first + (place - below) * (second - first), dtype=float)


def overdispersion(
    deviation: Array, variance: Array, factor: Array | float, trim: float, *, lost: float = 1.0
) -> float:
    """τ² with mean(winsor(D/√(V + c·τ²))²) = κ·(N − lost)/N; 0 if the spread is already smaller.

    A Paule–Mandel estimator (Paule & Mandel, J. Res. NBS 87, 1982) on winsorised scores; κ is
    :func:`winsorised_mean_square`, without which the published winsorising (Spiegelhalter, QSHC 14, 2005,
    appendix) underestimates τ². ``factor`` c is by how much a cell carries τ² (1/k + 1/h for window and baseline).

    The spread falls about as 1/(V + c·τ²) does, so its reciprocal is nearly a straight line in τ²: the false position
    with halved ends (Dowell & Jarratt, BIT 11, 1971) finds where it crosses in a few steps.
    """
    good = np.isfinite(deviation) & np.isfinite(variance) & (variance > 0)
    d, v = deviation[good], variance[good]
    c = np.broadcast_to(np.asarray(factor, dtype=float), deviation.shape)[good]
    n = len(d)
    if n < _FEW:
        return 0.0
    target = winsorised_mean_square(trim) * (n - lost) / n
    last = n - 1
    places = (trim * last, (1.0 - trim) * last)
    cuts = _cuts(places, last)

    def above(tau2: float) -> float:
        """How far the reciprocal of the spread lies above that of the target."""
        z = d / np.sqrt(v + c * tau2)
        low, high = _between(np.partition(z, cuts), places, last)
        z = np.minimum(np.maximum(z, low), high)
        spread = float(z @ z) / n
        return (1.0 / spread if spread > 0 else math.inf) - 1.0 / target

    if target <= 0 or (left := above(0.0)) >= 0:
        return 0.0
    low, high = 0.0, float(np.mean(winsorised(d * d / c, trim))) + 1e-12
    while (right := above(high)) < 0:
        low, left, high = high, right, high * 4
    moved, middle = "", high
    for _ in range(_STEPS):
        before = middle
        middle = low - left * (high - low) / (right - left) if math.isfinite(right) else (low + high) / 2
        if abs(middle - before) <= _EXACT * middle:
            break
        found = above(middle)
        if found < 0:
            right /= 2 if moved == "low" else 1
            low, left, moved = middle, found, "low"
        else:
            left /= 2 if moved == "high" else 1
            high, right, moved = middle, found, "high"
    return middle


def benjamini_hochberg(p: Array) -> Array:
    """Adjusted p-values q (Benjamini & Hochberg, JRSS B 57, 1995); nan p-values take no part and stay nan."""
    q = np.full(p.shape, np.nan)
    known = np.isfinite(p)
    values = p[known]
    n = len(values)
    if n == 0:
        return q
    order = np.argsort(values)[::-1]
    adjusted = np.minimum.accumulate(values[order] * n / np.arange(n, 0, -1))
    back = np.empty(n)
    back[order] = np.minimum(adjusted, 1.0)
    q[known] = back
    return q


def power_weights(shift: Array, alpha: float) -> Array:
    """Weights of mean 1 for Benjamini–Hochberg on p/w, larger where a shift of ``shift`` standard errors can be seen.

    w = Φ̄(ξ/2 + c/ξ)/α with c such that the mean is 1 (Roeder & Wasserman, Statist. Sci. 24, 2009); valid for the FDR
    because ξ depends on the amount of data, never on the outcome (Genovese, Roeder & Wasserman, Biometrika 93, 2006).
    Weights are kept above a fifth, so that a cell with little data can still be seen; nan stays nan.
    """
    known = np.isfinite(shift)
    if not known.any():
        return np.where(known, 1.0, np.nan)
    xi = np.clip(shift[known], *_SHIFTS)

    def raw(c: float) -> Array:
        return np.asarray(_ERFC((xi / 2 + c / xi) / math.sqrt(2.0)), dtype=float) / (2 * alpha)

    low, high = -40.0, 40.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if raw(middle).mean() > 1 else (low, middle)
    weights = np.maximum(raw(high), _LEAST_WEIGHT)
    found = np.full(shift.shape, np.nan)
    found[known] = weights / weights.mean()
    return found
