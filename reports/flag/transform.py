"""Variance-stabilised values: every kind of indicator as y with a standard error s that hardly depends on y.

- proportion: y = arcsin√((x+3/8)/(n+3/4)), s = 1/(2√(n+½)) (Anscombe, Biometrika 35, 1948)
- ratio of counts: y = ln((x+½)/(n+½)), s² = x/(x+½)² + n/(n+½)² (Haldane's half; delta method, both Poisson)
- excess, for 件 of which the 案 are a part: y = ln((x−n+½)/(n+½)), s² = e/(e+½)² given n, with e = x − n
- share, x/(x+d): as a proportion of n = x + d
- count: y = ln(x+½), s² = x/(x+½)² (Poisson, delta method)
- mean: y = ln x̄, s² = (Σx²/n − x̄²)/(n−1)/x̄² (delta method)
- amount R = Σx/Σy: variance linearised, n/(n−1)·(Σx² − 2RΣxy + R²Σy²)/(Σy)² (Cochran, Sampling Techniques,
  3rd ed. 1977, 6.4), on y = arcsin√R while no R exceeds 1, else on ln R

A mean or amount without second moments takes its variance from its own history (:func:`historical`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reports.flag.panel import Panel
from reports.flag.robust import Array

_TINY = 1e-12
_PRIOR_STEPS = 4
_MEDIAN_CHI2 = 0.4549364231195724  # median of χ² with one degree of freedom


@dataclass(frozen=True)
class Transformed:
    """y and s² of a block, units × periods; nan where there is nothing to test.

    ``scale`` is ``arcsine`` or ``log``. ``value`` is the tested form itself (a share, an excess, a mean), ``base``
    what it rests on (cases; for amounts the effective number of cases (Σy)²/Σy²). ``estimated`` tells that the
    variance comes from the history because second moments are missing.
    """

    y: Array
    s2: Array
    value: Array
    base: Array
    scale: str
    estimated: bool = False

    def back(self, y: Array) -> Array:
        """The tested form that a transformed value stands for."""
        if self.scale == "arcsine":
            return np.asarray(np.sin(np.clip(y, 0.0, np.pi / 2)) ** 2)
        return np.asarray(np.exp(y))


def transform(block: Panel) -> Transformed:
    """Transform a block in its tested form."""
    x, n = block.x, block.n
    form, kind = block.spec.form, block.spec.kind
    with np.errstate(divide="ignore", invalid="ignore"):
        if form == "share":
            return _proportion(x, x + n)
        if form == "excess":
            extra = np.where(x >= n, x - n, np.nan)
            y = np.log((extra + 0.5) / (n + 0.5))
            return _known(y, extra / (extra + 0.5) ** 2, _over(extra, n), n, "log", floor=extra)
        if kind == "proportion":
            return _proportion(x, n)
        if kind == "ratio":
            y = np.log((x + 0.5) / (n + 0.5))
            s2 = x / (x + 0.5) ** 2 + n / (n + 0.5) ** 2
            return _known(y, s2, _over(x, n), n, "log", floor=x + n)
        if kind == "count":
            return _count(x)
        if kind == "mean":
            return _mean(block)
        return _amount(block)


def printed(block: Panel, tested: Array) -> Array:
    """The quotient as printed (before the factor of %) that a tested form stands for."""
    if block.spec.form == "excess":
        return tested + 1.0
    if block.spec.form == "share":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(tested / (1.0 - tested))
    return tested


def _over(x: Array, n: Array) -> Array:
    return np.where(n > 0, x / np.where(n > 0, n, 1.0), np.nan)


def _known(y: Array, s2: Array, value: Array, base: Array, scale: str, *, floor: Array) -> Transformed:
    """Cells without any event keep a finite, large variance: Poisson of a half."""
    s2 = np.where(floor > 0, s2, 1.0 / 0.5)
    missing = ~np.isfinite(y) | ~(base > 0)
    return Transformed(np.where(missing, np.nan, y), np.where(missing, np.nan, s2), value, base, scale)


def _count(x: Array) -> Transformed:
    """A fall to nothing is judged by what there was before; a past period without cases tells no level.

    From a mean of m cases 0 is √(2m) standard deviations away (the deviance residual of a Poisson count: McCullagh and
    Nelder, Generalized Linear Models, 1989, 2.4.3); s² is such that the logarithms say the same.
    """
    made = _known(np.log(x + 0.5), x / (x + 0.5) ** 2, x, x, "log", floor=x)
    fallen = np.zeros(x.shape, dtype=bool)
    fallen[:, -1] = x[:, -1] == 0
    before = np.maximum(x[:, :-1].mean(axis=1, keepdims=True), 1.0) if x.shape[1] > 1 else np.ones((len(x), 1))
    none = np.log(before / 0.5) ** 2 / (2 * before)
    return replace(made, y=np.where(fallen, np.log(0.5), made.y), s2=np.where(fallen, none, made.s2))


def _proportion(x: Array, n: Array) -> Transformed:
    share = np.minimum((x + 0.375) / (n + 0.75), 1.0)  # 上诉率: the appeals are not part of the conclusions
    y = np.where(n > 0, np.arcsin(np.sqrt(share)), np.nan)
    return Transformed(y, np.where(n > 0, 0.25 / (n + 0.5), np.nan), _over(x, n), n, "arcsine")


def _mean(block: Panel) -> Transformed:
    x, n = block.x, block.n
    value = _over(x, n)
    good = (value > 0) & (n > 0)
    y = np.where(good, np.log(np.where(good, value, 1.0)), np.nan)
    if np.isfinite(block.xx).any():
        spread = np.maximum(block.xx / n - value**2, 0.0) / np.maximum(n - 1, 1) / value**2
        s2 = _filled(np.where(good & (n > 1), spread, np.nan), n)
        return Transformed(y, np.where(good, s2, np.nan), value, n, "log")
    return Transformed(y, historical(y, n), value, n, "log", estimated=True)


def _amount(block: Panel) -> Transformed:
    x, n = block.x, block.n
    value = _over(x, n)
    good = np.isfinite(value) & (n > 0)
    arcsine = not np.any(value[good] > 1.0)
    if arcsine:
        y = np.where(good, np.arcsin(np.sqrt(np.clip(value, 0.0, 1.0))), np.nan)
    else:
        good &= value > 0
        y = np.where(good, np.log(np.where(good, value, 1.0)), np.nan)
    scale = "arcsine" if arcsine else "log"
    if not np.isfinite(block.xx).any() or not np.isfinite(block.yy).any() or not np.isfinite(block.xy).any():
        return Transformed(y, historical(y, np.where(good, 1.0, np.nan)), value, n, scale, estimated=True)
    effective = n**2 / np.maximum(block.yy, _TINY)
    # The ratio of the level stands in for the court's own: a court whose one large claim went one way would
    # otherwise be taken for certain.
    common = np.nansum(x) / max(np.nansum(n), _TINY)
    whole = block.xx - 2 * common * block.xy + common**2 * block.yy
    linear = np.maximum(whole, 0.0) / n**2 * effective / np.maximum(effective - 1.0, 0.5)
    slope = 4.0 * common * max(1.0 - common, 0.05) if arcsine else common**2
    s2 = np.where(good, linear / slope, np.nan)
    return Transformed(y, _filled(s2, effective), value, effective, scale)


def _filled(s2: Array, n: Array) -> Array:
    """Variances that one or two cases cannot give, or gave as zero, taken from the others by n."""
    sound = np.isfinite(s2) & (s2 > _TINY) & (n > 1)
    if not sound.any():
        return np.where(np.isfinite(n), 1.0 / np.maximum(n, 1.0), np.nan)
    per_case = float(np.median((s2 * n)[sound]))
    return np.where(sound, s2, per_case / np.maximum(n, 1.0))


def historical(y: Array, n: Array) -> Array:
    """s² = cᵢ/n with cᵢ from the squared steps between neighbouring past periods, less what all courts share.

    A court's own mean squared step, (Δy)²/(1/n₁ + 1/n₀), is drawn towards the level's robust one (median over the
    median of χ²₁) as if that were worth four steps. Successive differences after von Neumann, Ann. Math. Stat. 12,
    1941. The step to the period judged takes no part. Overdispersion is in it, so τ² comes out small.
    """
    step = np.diff(y[:, :-1], axis=1)
    if step.size:
        step = step - np.nan_to_num(_column_median(step))
        squares = step**2 / (1.0 / n[:, 1:-1] + 1.0 / n[:, :-2])
    else:
        squares = np.empty((len(y), 0))
    known = np.isfinite(squares)
    common = float(np.median(squares[known])) / _MEDIAN_CHI2 if known.any() else 1.0
    own = np.where(known, squares, 0.0).sum(axis=1)
    c = np.maximum((_PRIOR_STEPS * common + own) / (_PRIOR_STEPS + known.sum(axis=1)), _TINY)
    return np.where(np.isfinite(y), c[:, None] / n, np.nan)


def _column_median(values: Array) -> Array:
    return np.array([np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else np.nan for c in values.T])
