"""Intervals and exact tests for single figures, on numpy and the standard library.

Wilson (JASA 22, 1927), Byar (Breslow & Day, Statistical Methods in Cancer Research II, IARC 1987, p. 69), Garwood's
exact Poisson limits (Biometrika 28, 1936), the two-sided binomial and Fisher tests by the sum of probabilities not
above the observed one (as R's binom.test and fisher.test do).
"""

from __future__ import annotations

import math

import numpy as np

from reports.flag.robust import Array

_ROUNDING = 1 + 1e-7  # probabilities equal up to rounding count as equal, as in R


def wilson(x: Array, n: Array, z: float) -> tuple[Array, Array]:
    """Wilson score interval of x/n, as fractions; nan where n is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p, z2 = np.minimum(x / n, 1.0), z * z
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = z / (1 + z2 / n) * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return np.asarray(middle - half), np.asarray(middle + half)


def byar(x: Array, z: float) -> tuple[Array, Array]:
    """Byar's limits of a Poisson count; close to exact from about 10 events on."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(x > 0, x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3, 0.0)
    up = x + 1
    return np.asarray(low), np.asarray(up * (1 - 1 / (9 * up) + z / (3 * np.sqrt(up))) ** 3)


def poisson(x: Array, z: float) -> tuple[Array, Array]:
    """Limits of a count: exact (Garwood) below 10 events, Byar's from 10 on."""
    low, high = byar(x, z)
    tail = math.erfc(z / math.sqrt(2)) / 2
    for place in np.argwhere(np.isfinite(x) & (x < 10)):
        few = int(x[tuple(place)])
        low[tuple(place)], high[tuple(place)] = _garwood(few, tail)
    return low, high


def _garwood(x: int, tail: float) -> tuple[float, float]:
    def solve(wanted: float, most: int) -> float:
        """λ with P(X ≤ most) = wanted."""
        low, high = 0.0, 10.0 * (x + 2)
        for _ in range(80):
            middle = (low + high) / 2
            below = sum(math.exp(-middle + k * math.log(middle) - math.lgamma(k + 1)) for k in range(most + 1))
            low, high = (middle, high) if below > wanted else (low, middle)
        return (low + high) / 2

    return (solve(1 - tail, x - 1) if x else 0.0), solve(tail, x)


def binomial_test(x: int, n: int, p: float) -> float:
    """Two-sided exact p-value of x successes in n trials of chance p."""
    if p <= 0.0 or p >= 1.0:
        return float(x == round(n * p))
    logs = [
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p)
        for k in range(n + 1)
    ]
    return _not_above(logs, logs[x])


def fisher_test(x1: int, n1: int, x2: int, n2: int) -> float:
    """Two-sided exact p-value that x1 of n1 and x2 of n2 have one rate."""
    total = x1 + x2

    def choose(n: int, k: int) -> float:
        return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

    ways = range(max(0, total - n2), min(n1, total) + 1)
    logs = [choose(n1, k) + choose(n2, total - k) - choose(n1 + n2, total) for k in ways]
    return _not_above(logs, logs[x1 - ways.start])


def _not_above(logs: list[float], seen: float) -> float:
    limit = seen + math.log(_ROUNDING)
    return min(1.0, math.fsum(math.exp(one) for one in logs if one <= limit))
