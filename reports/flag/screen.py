"""The screen: every block measured, all scores calibrated together, all tests adjusted as one family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from reports.flag import gate, hierarchical
from reports.flag.hierarchical import Judgement
from reports.flag.history import SHAPES, Contrast, OwnHistory, contrast, decide, residuals, step, tails, window
from reports.flag.panel import Panel
from reports.flag.policy import Policy
from reports.flag.province import FEWEST
from reports.flag.robust import Array, benjamini_hochberg, power_weights, two_sided
from reports.flag.rules import Bools, Finding, found
from reports.flag.rules.funnel import Funnel
from reports.flag.rules.interval import Breach
from reports.flag.transform import Transformed, transform
from reports.sentences.clauses import Clause


@dataclass
class Measured:
    """Everything the rules say of one block in the period judged; ``q`` arrays are filled in by :func:`adjust`."""

    block: Panel
    made: Transformed
    small: list[str | None]
    doubt: list[Clause | None]
    peers: bool
    few: bool  # R2 is that of few courts (of a whole: its past is too short for R7), and there is no R3, R4, R7
    short: bool  # too little history: R2 by QoQ and YoY
    windows: tuple[int, ...]
    shares: tuple[float, ...]  # of the windows in the error rate
    contrasts: list[Contrast]
    steps: dict[str, Contrast]  # R3, R4
    year: tuple[Array, Array, Array] | None  # (d, v, c) of now on a year before, the peers' movement left in
    found: Mapping[str, Finding]  # by the rules that judge a cell by itself
    own: OwnHistory | None = None
    model: Judgement | None = None  # R2 where courts are few
    q: Array = field(default_factory=lambda: np.array([]))
    step_q: dict[str, Array] = field(default_factory=dict)
    step_material: dict[str, Bools] = field(default_factory=dict)
    material: Bools = field(default_factory=lambda: np.array([], dtype=bool))
    everyone: bool = False  # every unit is tested, not only courts: for drivers

    @property
    def breach(self) -> Breach | None:
        """R1, where there is an interval."""
        return next((one for one in self.found.values() if isinstance(one, Breach)), None)

    @property
    def funnel(self) -> Funnel | None:
        """R5, where there are enough peers."""
        return next((one for one in self.found.values() if isinstance(one, Funnel)), None)

    @property
    def judged(self) -> Array:
        """1 for units whose cell is tested, else nan."""
        roles = [self.everyone or unit.role == "court" or (self.few and unit.role == "whole")
                 for unit in self.block.units]  # fmt: skip
        good = [r and s is None and d is None for r, s, d in zip(roles, self.small, self.doubt, strict=True)]
        return np.where(good, 1.0, np.nan)

    def beside(self, row: int) -> bool:
        """Whether a unit has peers with a value now."""
        now = np.isfinite(self.made.y[:, -1])
        return bool(np.delete(now, row).any())

    def tested(self, row: int) -> bool:
        """Whether R2 could be applied to one unit."""
        return bool(np.isfinite((self.q if self.model is None else self.model.p)[row]))

    def year_material(self, lag: int, policy: Policy) -> Bools:
        """Whether each unit's change on a year before matters (R7)."""
        value = self.made.value
        if value.shape[1] <= lag:
            return np.zeros(len(value), dtype=bool)
        return gate.material(self.block, self.made, value[:, -1], value[:, -1 - lag], self.made.base[:, -1], policy)

    def weigh(self, policy: Policy) -> None:
        """Fill in which deviations matter, each against the value that was expected."""
        block, made = self.block, self.made
        value, base = made.value[:, -1], made.base[:, -1]
        self.material = np.zeros(len(value), dtype=bool)
        if self.model is not None:
            expected = made.back(made.y[:, -1] - self.model.delta)
            self.material = gate.material(block, made, value, expected, base, policy)
        if self.own is not None:
            for place, score in enumerate(self.own.contrasts):
                expected = made.back(made.y[:, -1] - score.now[:, -1])
                mine = np.array(self.own.chosen) == place
                self.material |= mine & gate.material(block, made, value, expected, base, policy)
        for rule, score in self.steps.items():
            expected = made.back(made.y[:, -1] - score.d[:, -1])
            self.step_material[rule] = gate.material(block, made, value, expected, base, policy)


def measure(
    block: Panel,
    lag: int,
    policy: Policy,
    given: Mapping[tuple[str, str], Clause],
    *,
    few: bool = False,
    change_only: bool = False,
) -> Measured:
    """Apply every rule that looks at one block; ``lag`` is the number of periods of a year, ``few``: courts are.

    ``change_only``: nothing but R2, for every unit whatever its role.
    """
    made = transform(block)
    court = [unit.role != "whole" for unit in block.units]
    peers = policy.peers and int(np.isfinite(made.y[court, -1]).sum()) >= policy.min_peers
    e = residuals(made.y, made.s2, policy)
    length = block.x.shape[1]
    short = length < policy.min_quarters
    role = block.units[0].role
    few = few or (policy.peers and not peers and role == "court") or (role == "whole" and length < lag + FEWEST)
    moves = {} if few or (change_only and not short) else {"R3": step(e, made.s2, 1), "R4": step(e, made.s2, lag)}
    steps = {rule: contrast(*one, policy) for rule, one in moves.items() if np.isfinite(one[0]).any()}
    windows: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()
    contrasts: list[Contrast] = []
    if short:
        windows, contrasts = tuple({"R3": -1, "R4": -lag}[rule] for rule in steps), list(steps.values())
    elif not few:
        shapes = [shape for shape, _ in SHAPES[: policy.shapes]]
        windows, shares = tuple(len(shape) for shape in shapes), tuple(share for _, share in SHAPES[: policy.shapes])
        for shape in shapes:
            d, v, c, now = window(e, made.s2, shape, policy)
            contrasts.append(contrast(d, v, c, policy, now))
    return Measured(
        block=block,
        made=made,
        small=gate.small(block, made, policy),
        doubt=gate.doubts(block, made, policy, given),
        peers=peers,
        few=few,
        short=short,
        windows=windows,
        shares=shares,
        contrasts=contrasts,
        steps=steps,
        year=_now(*step(made.y, made.s2, lag)) if "R4" in steps else None,
        found={} if change_only else found(block, made, e, policy, peers=peers),
        everyone=change_only,
    )


def _now(d: Array, v: Array, c: Array) -> tuple[Array, Array, Array]:
    return d[:, -1], v[:, -1], c[:, -1]


def adjust(measured: Sequence[Measured], policy: Policy) -> None:
    """Calibrate all scores, then adjust the p-values of each rule over all indicators, levels and courts at once.

    Where courts are few the hierarchical model judges instead; wholes of many courts are left to R7.
    """
    few = [one for one in measured if one.few]
    judged = hierarchical.judge([(one.block, one.made) for one in few], policy)
    for one, answer in zip(few, judged, strict=True):
        one.model = replace(answer, posterior=answer.posterior * one.judged, p=answer.p * one.judged)
    taking = [one for one in measured if one.peers and not one.few]
    scores = tails([c for one in taking for c in one.contrasts], policy)
    for one in taking:
        mine, scores = scores[: len(one.contrasts)], scores[len(one.contrasts) :]
        if mine:
            one.own = decide(mine, one.windows, policy.confirm, one.shares)
            one.own = replace(one.own, p=one.own.p * one.judged)
    p = [one.own.p if one.own else np.full(len(one.block.units), np.nan) for one in taking]
    if policy.weighting and taking:
        weights = power_weights(np.concatenate([_power(one, policy) for one in taking]), policy.weight_alpha)
        flat = np.concatenate(p)
        known = np.isfinite(flat)
        weights = np.where(known, weights, np.nan)
        if known.any():
            weights = weights / np.nanmean(weights)  # mean 1 over the tests that were made
        for one, adjusted in _split(taking, benjamini_hochberg(np.minimum(flat / weights, 1.0))):
            one.q = adjusted
    else:
        for one, adjusted in _split(taking, benjamini_hochberg(np.concatenate(p) if p else np.array([]))):
            one.q = adjusted
    for rule in ("R3", "R4"):
        with_rule = [one for one in taking if rule in one.steps]
        calibrated = tails([one.steps[rule] for one in with_rule], policy)
        values = []
        for one, score in zip(with_rule, calibrated, strict=True):
            one.steps[rule] = score
            z = score.z[:, -1]
            values.append(np.where(np.isfinite(z), two_sided(z), np.nan) * one.judged)
        for one, adjusted in _split(with_rule, benjamini_hochberg(np.concatenate(values) if values else np.array([]))):
            one.step_q[rule] = adjusted
    for one in measured:
        one.weigh(policy)
        if not len(one.q):
            one.q = np.full(len(one.block.units), np.nan)


def _power(one: Measured, policy: Policy) -> Array:
    """How many standard errors a shift of the policy's size is, by the window that sees it best."""
    if one.own is None:
        return np.full(len(one.block.units), np.nan)
    errors = [np.sqrt(c.v[:, -1] + c.c[:, -1] * c.tau2) * c.scale for c in one.own.contrasts]
    error = np.fmin.reduce(errors)
    if one.made.scale == "arcsine":
        before = one.made.value[:, :-1]
        known = np.isfinite(before)
        mean = np.where(known, before, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        size = policy.weight_shift * np.sqrt(np.clip(mean * (1 - mean), 1e-4, None))
    else:
        size = np.full(len(error), policy.weight_shift)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(size / error) * one.judged


def _split(parts: Sequence[Measured], flat: Array) -> list[tuple[Measured, Array]]:
    found, start = [], 0
    for one in parts:
        size = len(one.block.units)
        found.append((one, flat[start : start + size]))
        start += size
    return found
