"""R2 where there are few courts: one hierarchical model for any number of peers, none included.

Twenty courts give enough past scores to take the yardstick for known and one false discovery rate for all tests; nine
or six do not: an error rate controlled by Benjamini & Hochberg was measured at 31% and 79% there instead of 5%. So
the yardstick is integrated over instead of plugged in, what one indicator cannot tell of it is borrowed from the others
(a prior pooled over them), and what is asked of a cell is how probable a change is, not how small its p-value is.

Per indicator and level, for court k in period t, in units in which one indicator is like another (a rate divided by
g = √(p(1−p))/2, so that it is in logits about its pooled p; logarithms as they are), y has mean 0 and the covariance

- s² of sampling, as :mod:`reports.flag.transform` has it,
- a level of all courts and one of each court, with a variance so large that they are free,
- what the courts share: a random walk and a jolt of each period, and a season,
- each court's own season, a share of the shared one,
- τ² ρ^|t−t′|: what moves a court from period to period beside all that (AR(1) overdispersion).

With Q the inverse of the covariance, a change of shape w in one court is estimated by generalised least squares:
J = w′Qw, z = w′Qy/√J, δ = z/√J. The model is that of Gaussian-process regression (Rasmussen & Williams, 2006, 2.2)
on a panel; leaving cells out is 5.4.2 there. The courts are coupled by the shared part C alone, so that Q needs
inverses of periods × periods only (Woodbury): with A_k the part of court k, P = A⁻¹ and H = Σ P_k, the blocks are
Q_kl = [k=l] P_k − P_k C(I + HC)⁻¹ P_l.

τ and the season S lie on a grid; a point weighs as the past cells, each predicted from all others, make it likely
(with t₈ tails) times its prior: ln τ ~ N(μ, 0.45²), μ itself unknown and common to all rates, or to all other
indicators, of the courts (empirical Bayes integrated over: Morris, JASA 78, 1983). The evidence for a change is the
Bayes factor of z under a change of about ω (t₄: it may be of any size) against none (t₂₀), and the posterior follows
from how rare changes are (:data:`SHARE`): local false discovery in the sense of Efron and others (JASA 96, 2001). The
constants were set on simulated cities (docs/flags.md), knowing how often and how far changes were planted there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.flag.panel import Panel
from reports.flag.policy import Policy
from reports.flag.robust import Array
from reports.flag.rules import Bools
from reports.flag.transform import Transformed

SHARE = 0.03  # of cells that change: what is believed before looking
SIZE = {"arcsine": 0.6, "log": 0.25}  # ω: the size of a change, in logits and in logarithms
SHAPES = (((1.0,), 0.6), ((1.0, 1.0), 0.15), ((0.25, 0.5, 0.75, 1.0), 0.25))  # of a change, and how often each
FREE = 25.0  # variance of a level: free, beside anything seen
_WALK, _JOLT = 0.02, 0.01  # shared, each period
_OWN_SEASON = 0.4  # of the shared season's standard deviation
_RHO = 0.3  # of the overdispersion of neighbouring periods
_TAU = np.array([0.02, 0.035, 0.05, 0.07, 0.095, 0.13, 0.18, 0.28])
_SEASON = np.array([0.01, 0.06, 0.12, 0.20])
_GRID = tuple(one.ravel() for one in np.meshgrid(_TAU, _SEASON, indexing="ij"))  # τ and S of each point
_MEDIAN = np.array([0.03, 0.045, 0.065, 0.09, 0.125, 0.18])  # exp μ: the τ of a middling indicator
_MEDIAN_PRIOR = (0.09, 0.5)  # of exp μ: its median, and the standard deviation of μ
_SPREAD = 0.45  # of ln τ about μ
_PAST_DF, NOW_DF, CHANGE_DF = 8, 20, 4  # tails: of past cells under a grid point, of z unchanged, and changed
_OFF = 2.8  # a peer this far off now (|z|) is no measure for the others
_TOGETHER, _MANY = 1.5, 3  # the median |z| now, of so many courts at least, from which all are held to have moved


@dataclass(frozen=True)
class Judgement:
    """R2 of one block where courts are few, for each unit now; nan where nothing can be said.

    ``posterior`` is the probability that the unit has changed, ``p`` the smallest of the p-values of the shapes, each
    over its share; ``z`` and ``length`` (periods) belong to the shape that explains it best. ``deviation`` and
    ``error`` (units × periods, transformed scale) say how far each value lies from what the other cells let expect of
    it, now from what the court would have without the change.
    """

    posterior: Array
    p: Array
    z: Array
    length: tuple[int, ...]
    deviation: Array
    error: Array

    @property
    def delta(self) -> Array:
        """The deviation now."""
        return np.asarray(self.deviation[:, -1])


def judge(blocks: Sequence[tuple[Panel, Transformed]], policy: Policy) -> list[Judgement]:
    """Judge every unit of every block.

    With fewer than ``few_periods`` nothing is said. A change over several periods counts only where the last one alone
    is off the same way by ``confirm`` standard errors: what has come back to its level is over.
    """
    made = [Block.of(one, 12 // block.periods[-1].months) for block, one in blocks]
    pools = [(block.units[0].role, one.scale) for block, one in blocks]
    return [one.judged(weight, policy) for one, weight in zip(made, weights(made, pools), strict=True)]


@dataclass(frozen=True)
class Block:
    """One block in relative units: ``y`` and ``s2`` (units × periods), both about the same for any indicator.

    ``shared`` and ``own`` are covariances over the grid (points × periods × periods), ``unit`` is g.
    """

    y: Array
    s2: Array
    seen: Bools
    shared: Array
    own: Array
    unit: float
    scale: str

    @classmethod
    def of(cls, made: Transformed, lag: int) -> Block:
        """In relative units; ``lag`` is the number of periods of a year."""
        unit = _relative(made)
        seen = np.isfinite(made.y) & np.isfinite(made.s2)
        y = np.where(seen, made.y, 0.0)
        y = np.where(seen, y - y.sum() / max(seen.sum(), 1), 0.0) / unit
        s2 = np.where(seen, made.s2, 1.0) / unit**2
        return cls(y, s2, seen, *covariances(seen.shape[1], lag), unit, made.scale)

    def solved(self, seen: Bools) -> tuple[Array, Array]:
        """Qy (points × units × periods) and the diagonal blocks of Q, from the cells that are ``seen`` alone."""
        p, w = self.factors(seen)
        return weighed(p, w, np.where(seen, self.y, 0.0)[None])[0], p - p @ w[:, None] @ p

    def factors(self, seen: Bools) -> tuple[Array, Array]:
        """P (points × units × periods × periods) and C(I + HC)⁻¹ (points × periods × periods), from the same cells."""
        pairs = seen[:, :, None] & seen[:, None, :]
        one = np.eye(seen.shape[1])
        a = np.where(pairs, self.own[:, None] + self.s2[:, :, None] * one, 0.0) + ~seen[:, :, None] * one
        p = np.where(pairs, np.linalg.inv(a), 0.0)
        return p, self.shared @ np.linalg.inv(one + p.sum(axis=1) @ self.shared)

    @property
    def likelihood(self) -> Array:
        """ln of how likely each grid point makes the past cells, each predicted from the other past ones."""
        past = self.seen.copy()
        past[:, -1] = False
        return self.likely(past)

    def likely(self, seen: Bools) -> Array:
        """The same of the cells that are ``seen``."""
        qy, q = self.solved(seen)
        diagonal = np.where(seen, np.diagonal(q, axis1=2, axis2=3), 1.0)
        each = log_t(qy / np.sqrt(diagonal), _PAST_DF) + 0.5 * np.log(diagonal)
        return np.asarray(np.where(seen, each, 0.0).sum(axis=(1, 2)))

    def freed(self, *places: int) -> Block:
        """The same with whatever the courts share in these periods taken out."""
        jolt = np.zeros(self.shared.shape[1:])
        jolt[places, places] = FREE
        return replace(self, shared=self.shared + jolt)

    def steadied(self, first: int, weight: Array, seen: Bools) -> Block:
        """The same, freed of what courts share in each period from ``first`` on in which the ``seen`` have moved."""
        qy, q = self.solved(seen)
        diagonal = np.where(seen, np.diagonal(q, axis1=2, axis2=3), np.nan)
        z = np.tensordot(weight, qy / np.sqrt(diagonal), 1)
        moved = [t for t in range(first, z.shape[1]) if _moved(z[np.isfinite(z[:, t]), t])]
        return self.freed(*moved) if moved else self

    def judged(self, weight: Array, policy: Policy, *, together: bool = False) -> Judgement:
        """Every unit now, each beside the peers that are not themselves off; ``weight`` is that of the grid points.

        Where the middle one of the courts is off, all have moved (``together``): whatever they share now is taken out.
        """
        if self.y.shape[1] < policy.few_periods:
            nothing, cells = np.full(len(self.y), np.nan), np.full(self.y.shape, np.nan)
            return Judgement(nothing, nothing, nothing, (0,) * len(self.y), cells, cells)
        qy, q = self.solved(self.seen)
        diagonal = np.where(self.seen, np.diagonal(q, axis1=2, axis2=3), np.nan)
        now = np.tensordot(weight, (qy / np.sqrt(diagonal))[..., -1], 1)
        known = now[np.isfinite(now)]
        if not together and _moved(known):
            return self.freed(-1).judged(weight, policy, together=True)
        deviation, error = (np.tensordot(weight, one, 1) for one in (qy / diagonal, 1 / np.sqrt(diagonal)))
        off = np.flatnonzero(np.abs(now) > _OFF)
        found = self._changes(*self._without(off), weight, policy.confirm)
        for row in off:
            found[:, row] = self._changes(*self._without(off[off != row]), weight, policy.confirm)[:, row]
        known = self.seen[:, -1] & (self.seen.sum(axis=1) >= policy.few_periods)
        posterior, p, z, delta, width, length = np.where(known, found, np.nan)
        deviation[:, -1], error[:, -1] = delta, width
        periods = tuple(int(k) if np.isfinite(k) else 0 for k in length)
        return Judgement(posterior, p, z, periods, deviation * self.unit, error * self.unit)

    def _without(self, off: NDArray[np.intp]) -> tuple[Array, Array]:
        """The same with what these units have now left out."""
        seen = self.seen.copy()
        seen[off, -1] = False
        return self.solved(seen)

    def _changes(self, qy: Array, q: Array, weight: Array, confirm: float) -> Array:
        """(posterior, p, z, δ, its standard error, length) × units."""
        factors: list[Array] = []
        ps: list[Array] = []
        told: list[tuple[Array, ...]] = []
        for shape, share in SHAPES:
            w, k = np.array(shape), len(shape)
            with np.errstate(divide="ignore", invalid="ignore"):
                j = np.einsum("s,gkst,t->gk", w, q[..., -k:, -k:], w)
                z = qy[..., -k:] @ w / np.sqrt(j)
                wide = np.sqrt(1 + SIZE[self.scale] ** 2 * j)
                mean, delta, width = (np.tensordot(weight, one, 1) for one in (z, z / np.sqrt(j), 1 / np.sqrt(j)))
                changed = np.tensordot(weight, np.exp(log_t(z / wide, CHANGE_DF)) / wide, 1)
                factor = share * changed / np.tensordot(weight, np.exp(log_t(z, NOW_DF)), 1)
            p = np.tensordot(weight, two_sided_t(z, NOW_DF), 1) / share
            over = told[0][0] * np.sign(delta) < confirm if told else np.zeros(len(mean), dtype=bool)
            factors.append(np.where(over, 0.0, factor))
            ps.append(np.where(over, 1.0, p))
            told.append((mean, delta, width, np.full(len(mean), float(k))))
        b = np.sum(factors, axis=0)
        best = np.argmax(np.nan_to_num(factors), axis=0)
        z, delta, width, length = np.array(told)[best, :, np.arange(len(b))].T
        return np.array([SHARE * b / (1 - SHARE + SHARE * b), np.minimum(np.min(ps, axis=0), 1.0),
                         z, delta, width, length])  # fmt: skip


def weighed(p: Array, w: Array, v: Array) -> Array:
    """Qv of each of some v (any number × units × periods): number × points × units × periods."""
    pv = (p @ v[:, None, :, :, None])[..., 0]
    joint = (w @ pv.sum(axis=2)[..., None])[:, :, None]
    return np.asarray(pv - (p @ joint)[..., 0])


def _moved(z: Array) -> bool:
    """Whether the middle one of the courts is off."""
    return len(z) >= _MANY and bool(abs(np.median(z)) > _TOGETHER)


def _relative(made: Transformed) -> float:
    """g: what a rate near its pooled past p moves on the transformed scale for one logit; 1 for logarithms."""
    if made.scale != "arcsine":
        return 1.0
    value, base = made.value[:, :-1], made.base[:, :-1]
    known = np.isfinite(value) & (base > 0)
    cases = base[known].sum()
    p = float(np.clip((value[known] * base[known]).sum() / cases, 0.005, 0.995)) if cases else 0.5
    return math.sqrt(p * (1 - p)) / 2


def covariances(periods: int, lag: int) -> tuple[Array, Array]:
    """(what the courts share, what each has of its own but its sampling error), points × periods × periods."""
    t = np.arange(periods)
    apart = np.abs(t[:, None] - t)
    walk = _WALK**2 * (np.minimum(t[:, None], t) + 1) + _JOLT**2 * (apart == 0)
    tau2, season2 = (one[:, None, None] ** 2 for one in _GRID)
    season = season2 * (apart % lag == 0)
    return FREE + walk + season, FREE + _OWN_SEASON**2 * season + tau2 * _RHO**apart


def weights(made: Sequence[Block], pools: Sequence[tuple[str, str]]) -> list[Array]:
    """The posterior weight of each grid point, for each block: its own past, and the prior that its pool shares.

    A pool is the rates, or the other indicators, of courts or of wholes, of every level.
    """
    each = [one.likelihood for one in made]
    evidence = [log_sum(one + _log_prior()) for one in each]
    found = []
    for one, mine, pool in zip(each, evidence, pools, strict=True):
        others = sum(e for e, other in zip(evidence, pools, strict=True) if other == pool) - mine
        found.append(weight_of(one, others))
    return found


def weight_of(likelihood: Array, others: Array | float = 0.0) -> Array:
    """The same from the logarithms of the likelihood, and of the evidence of the others for each median of τ."""
    of_median = -0.5 * (np.log(_MEDIAN / _MEDIAN_PRIOR[0]) / _MEDIAN_PRIOR[1]) ** 2
    log_weight = (likelihood + _log_prior() + np.asarray(of_median + others)[:, None]).T
    weight = log_sum(log_weight)
    return np.exp(weight - log_sum(weight))


def _log_prior() -> Array:
    """Medians × points."""
    log_prior = -0.5 * ((np.log(_GRID[0]) - np.log(_MEDIAN)[:, None]) / _SPREAD) ** 2
    return np.asarray(log_prior - log_sum(log_prior)[:, None])


def log_sum(values: Array) -> Array:
    """ln Σ exp over the last axis."""
    top = values.max(axis=-1, keepdims=True)
    return np.asarray((top + np.log(np.exp(values - top).sum(axis=-1, keepdims=True)))[..., 0])


def log_t(z: Array, df: int) -> Array:
    """ln of the density of Student's t."""
    constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    return np.asarray(constant - (df + 1) / 2 * np.log1p(z * z / df))


def two_sided_t(z: Array, df: int) -> Array:
    """P(|T| ≥ |z|) of Student's t, ``df`` even (Abramowitz & Stegun, 26.7.4)."""
    cos2 = 1 / (1 + z * z / df)
    term = total = np.ones_like(cos2)
    for k in range(1, df // 2):
        term = term * cos2 * (2 * k - 1) / (2 * k)
        total = total + term
    return np.asarray(1 - np.sqrt(1 - cos2) * total)
