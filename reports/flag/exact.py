"""Intervals of single figures, on numpy and the standard library.

Wilson (JASA 22, 1927), Byar (Breslow & Day, Statistical Methods in Cancer Research II, IARC 1987, p. 69), and
Garwood's exact Poisson limits (Biometrika 28, 1936).
"""

from __future__ import annotations

import math

import numpy as np

from reports.flag.robust import Array


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
