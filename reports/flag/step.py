"""Did units with a step (举措) move otherwise since it began than units without it? Difference in differences.

The noise is that of :mod:`reports.flag.hierarchical`: per unit a free level, its own season, AR(1) overdispersion and
sampling error, in relative units. What all units of a level share in a period is free as well (two-way fixed effects:
Wooldridge, Econometric Analysis, 2nd ed. 2010, 10.5), so that seasons, festivals and shocks of all are taken out by the
units without the step, and nothing is assumed about their size. A step moves every unit that took it by δ from its
first whole period on: δ is the generalised least squares coefficient of that indicator w, with J = w′Qw, δ = w′Qy/J and
the standard error 1/√J. Units of several levels are independent given δ, so that w′Qy and J add up over levels.

Overdispersion and season are integrated over the grid, weighed by the cells that the step cannot have touched. Interval
and p are those of Student's t with :data:`DEGREES` degrees of freedom, mixed over the grid. Placebos check them: the
same estimate at every other date before the step, from cells before it alone, and for groups of as many units without
it. Their p is that by rank, as Abadie, Diamond & Hainmueller take it (JASA 105, 2010).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from reports.flag.hierarchical import FREE, Block, covariances, two_sided_t, weighed, weight_of
from reports.flag.panel import Panel
from reports.flag.policy import Policy
from reports.flag.robust import Array
from reports.flag.rules import Bools
from reports.flag.transform import Transformed, printed
from reports.model import Value

DEGREES = 6  # of freedom; even
LEAST_BEFORE, LEAST_BESIDE = 4, 2  # periods before the step, and units without it
LEVEL = 0.05  # of the interval, of p and of p by rank
MOST = 60  # placebo groups of units
AHEAD = 12  # quarters (three times as many months) that are looked ahead for what would do
_QUANTILES = (2.4469, 0.9057)  # of t₆: 97.5%, and 80% for the power
_BEFORE_PLACEBO = 2  # periods before another date
_HALVINGS = 50
Rows = NDArray[np.intp]
Needed = tuple[int | None, int | None, int | None]
BEYOND, ALIKE, OPEN, LITTLE = "beyond", "alike", "open", "little"


@dataclass(frozen=True)
class Placebo:
    """The estimate where there was no step: z, for another date (``period`` is its column) or for other units."""

    z: float
    period: int | None = None
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Units together: their rows, (numerator, denominator) before and since the step and in each column."""

    rows: tuple[int, ...]
    before: Value
    after: Value
    periods: tuple[Value, ...]


@dataclass(frozen=True)
class Difference:
    """What a panel says of a step.

    ``before`` and ``after`` are the columns compared. ``gap`` with ``low`` and ``high`` is how far what was reached
    lies from what was to be expected, as a plain quotient (of a count as a share of it); ``least`` is from where it
    would matter. ``verdict`` is :data:`BEYOND` chance, :data:`ALIKE` (no gap that would matter), :data:`OPEN`, or
    :data:`LITTLE` with its reason ``why``: before, beside, gaps, base. ``periods`` and ``units`` say how many periods
    since the step, or units with it, would show a gap of ``least`` with a power of 80%, ``together`` how many units
    with it after three years; ``None`` where none would.
    """

    took: Group
    beside: Group
    before: tuple[int, ...]
    after: tuple[int, ...]
    verdict: str
    why: str = ""
    gap: float = math.nan
    low: float = math.nan
    high: float = math.nan
    least: float = math.nan
    p: float = math.nan
    rank: float = math.nan
    placebos: tuple[Placebo, ...] = ()
    z: float = math.nan
    periods: int | None = None
    units: int | None = None
    together: int | None = None


def difference(
    block: Panel, made: Transformed, took: Bools, first: int, policy: Policy, *, partial: bool = False
) -> Difference:
    """What the panel says of a step that the units ``took``, whole from column ``first`` on.

    ``partial``: it began within the column before, which is then neither before nor after. Units are compared within
    their level; those of a level in which none or all took it have no part.
    """
    columns = np.arange(len(block.periods))
    before, after = columns < first - partial, columns >= first
    told = _told(block, made, took, before, after)
    mine, others = (np.flatnonzero(told.any(axis=1) & (took == one)) for one in (True, False))
    added = _added(block, told, mine)
    with_, without = (_group(block, told, rows, before & added, after & added) for rows in (mine, others))
    since = [tuple(int(c) for c in columns[which & added]) for which in (before, after)]
    short = ""
    if len(others) < LEAST_BESIDE or not len(mine):
        short = "beside"
    elif len(since[0]) < LEAST_BEFORE:
        short = "before"
    elif not since[1]:
        short = "gaps"
    elif _small(block, made, (with_, without), policy):
        short = "base"
    if short:
        return Difference(with_, without, since[0], since[1], LITTLE, short)
    whole = _free(block, made)
    parts = [rows[told[rows].any(axis=1)] for rows in _levels(block) if told[rows].any()]
    untouched = told & ~(took[:, None] & after)
    weight = weight_of(np.sum([_of(whole, rows).likely(untouched[rows]) for rows in parts], axis=0))
    shift, error = (one[0] for one in _fit(whole, parts, told, (took[:, None] & after & told)[None]))
    z, p = float(weight @ (shift / error)), float(weight @ two_sided_t(shift / error, DEGREES))
    placebos = (
        *_dates(whole, parts, told & before, took, weight),
        *_others(block, whole, parts, told & ~took[:, None], mine, after, weight),
    )
    rank = (1 + sum(abs(one.z) >= abs(z) for one in placebos)) / (1 + len(placebos))
    usual = _tested(block, with_.before, len(since[0]))
    scale = _Scale(block, made, _tested(block, with_.after, len(since[1])), whole.unit)
    gap, low, high = (scale.gap(one) for one in (float(weight @ shift), *_interval(shift, error, weight)))
    material = _material(block, made, usual, policy)
    least = scale.least(material, usual)
    verdict = OPEN
    needed: Needed = (None, None, None)
    if p <= LEVEL and rank <= max(LEVEL, 1 / (1 + len(placebos))) and _agrees(block, (with_, without), since, gap):
        verdict = BEYOND
    elif max(abs(low), abs(high)) < least:
        verdict = ALIKE
    else:
        shift_wanted = abs(scale.shift(material, usual))
        needed = _needed(whole, block, parts, told, took, since, weight, shift_wanted)
    return Difference(
        with_, without, since[0], since[1], verdict, "", gap, low, high, least, p, rank, placebos, z, *needed
    )  # fmt: skip


def _told(block: Panel, made: Transformed, took: Bools, before: Bools, after: Bools) -> Bools:
    """The cells compared: of units with values before and since, in levels in which some took the step and some not."""
    seen = np.isfinite(made.y) & np.isfinite(made.s2)
    whole = np.asarray(seen[:, before].any(axis=1) & seen[:, after].any(axis=1))
    found = np.zeros(seen.shape, dtype=bool)
    for rows in _levels(block):
        if (took[rows] & whole[rows]).any() and (~took[rows] & whole[rows]).any():
            found[rows] = seen[rows] & (before | after) & whole[rows][:, None]
    return found


def _added(block: Panel, told: Bools, mine: Rows) -> Bools:
    """The columns of which both sides are added up: those that the units with the step have.

    Of a count only those that every unit has (none at all is a number too): a unit that lacks a period would lower the
    mean of all together.
    """
    if block.spec.kind == "count":
        return np.asarray(np.isfinite(block.x[told.any(axis=1)]).all(axis=0))
    return np.asarray(told[mine].any(axis=0))


def _levels(block: Panel) -> list[Rows]:
    names = np.array([unit.level for unit in block.units])
    return [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]


def _free(block: Panel, made: Transformed) -> Block:
    """The panel with what units share in each period free."""
    whole = Block.of(made, 12 // block.periods[-1].months)
    return whole.freed(*range(len(block.periods)))


def _of(whole: Block, rows: Rows) -> Block:
    return replace(whole, y=whole.y[rows], s2=whole.s2[rows], seen=whole.seen[rows])


def _group(block: Panel, told: Bools, rows: Rows, before: Bools, after: Bools) -> Group:
    """Numerators and denominators added up over the cells that are told of."""

    def value(columns: Bools) -> Value:
        cells = told[rows] & columns
        if not cells.any():
            return None, None
        count = block.spec.kind == "count"
        return int(block.x[rows][cells].sum()), None if count else int(block.n[rows][cells].sum())

    every = np.arange(len(block.periods))
    sums = value(before), value(after)
    told = np.isfinite(block.x)  # the period in which it began is shown, though it is not compared
    return Group(tuple(int(row) for row in rows), *sums, tuple(value(every == one) for one in every))


def _tested(block: Panel, value: Value, periods: int) -> float:
    """The tested form of numerator and denominator; of a count the mean of its periods."""
    x, n = value
    assert x is not None
    if n is None:
        return x / max(periods, 1)
    if block.spec.form == "share":
        return x / (x + n) if x + n else math.nan
    return (x - n if block.spec.form == "excess" else x) / n if n else math.nan


def _small(block: Panel, made: Transformed, groups: Sequence[Group], policy: Policy) -> bool:
    """Whether one of the four numbers rests on too few cases, as those of :mod:`reports.flag.gate`."""
    for one in groups:
        for value in (one.before, one.after):
            x, n = value
            if x is None:
                return True
            if n is None:
                if x < policy.count_abs:
                    return True
            elif block.spec.kind == "amount":
                cells = np.ix_(list(one.rows), range(len(block.periods)))
                if not np.nansum(made.base[cells]) >= policy.min_effective:
                    return True
            else:
                base = x + n if block.spec.form == "share" else n
                part = x - n if block.spec.form == "excess" else x
                if base < max(block.spec.min_den, policy.min_den):
                    return True
                if made.scale == "arcsine" and min(part, base - part) < policy.min_expected:
                    return True
    return False


@dataclass(frozen=True)
class _Scale:
    """From δ (relative units) to the printed quotient, at the ``level`` reached (tested form), and back."""

    block: Panel
    made: Transformed
    level: float
    unit: float

    def gap(self, shift: float) -> float:
        """How far the level reached lies from what it would be without δ; of a count as a share of that."""
        if self.block.spec.kind == "count":
            return math.exp(shift * self.unit) - 1
        return self._printed(self.level) - self._printed(self._moved(self.level, -shift))

    def least(self, least: float, usual: float) -> float:
        """What matters, as a printed quotient."""
        if self.block.spec.kind == "count":
            return least / usual
        return abs(self._printed(usual + least) - self._printed(usual))

    def shift(self, least: float, usual: float) -> float:
        """The δ that a change of ``least`` from ``usual`` is; the smaller one of up and down."""
        y = self._y(usual)
        ends = [usual + least, usual - least]
        return min(abs(self._y(one) - y) for one in ends if one > 0) / self.unit

    def _y(self, value: float) -> float:
        if self.made.scale == "arcsine":
            return math.asin(math.sqrt(min(max(value, 0.0), 1.0)))
        return math.log(max(value, 1e-12))

    def _moved(self, value: float, shift: float) -> float:
        return float(self.made.back(np.array([self._y(value) + shift * self.unit]))[0])

    def _printed(self, value: float) -> float:
        return float(printed(self.block, np.array([value]))[0])


def _material(block: Panel, made: Transformed, usual: float, policy: Policy) -> float:
    """The smallest change from ``usual`` (tested form) that matters, as :func:`reports.flag.gate.material` has it."""
    if block.spec.kind == "count":
        return policy.count_rel * usual
    if made.scale == "arcsine":
        return max(policy.delta_pp / 100, policy.delta_rel * min(usual, 1 - usual))
    return (policy.delta_rel if block.spec.kind == "amount" else policy.ratio_rel) * usual


def _agrees(block: Panel, groups: Sequence[Group], span: Sequence[Sequence[int]], gap: float) -> bool:
    """Whether what a reader subtracts goes the way of the estimate: else the mix of units has moved the totals."""
    moved = []
    for one in groups:
        then, now = (_tested(block, value, len(s)) for value, s in zip((one.before, one.after), span, strict=True))
        moved.append(now / then if block.spec.kind == "count" else now - then)
    return (moved[0] - moved[1]) * gap > 0


def _fit(whole: Block, parts: Sequence[Rows], seen: Bools, designs: Bools) -> tuple[Array, Array]:
    """(δ, its standard error) of each design (number × units × periods), number × points."""
    b = j = np.zeros(1)
    for rows in parts:
        if not seen[rows].any():
            continue
        p, w = _of(whole, rows).factors(seen[rows])
        d = np.where(seen[rows], designs[:, rows], 0.0).astype(float)
        qd = weighed(p, w, d)
        b = b + (qd * np.where(seen[rows], whole.y[rows], 0.0)).sum(axis=(2, 3))
        j = j + (qd * d[:, None]).sum(axis=(2, 3))
    j = np.maximum(j, 1e-9)
    return b / j, 1 / np.sqrt(j)


def _interval(shift: Array, error: Array, weight: Array) -> tuple[float, float]:
    """The 95% interval of the mixture over the grid, by bisection."""
    ends = []
    for aim in (LEVEL / 2, 1 - LEVEL / 2):
        low, high = float((shift - 40 * error).min()), float((shift + 40 * error).max())
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            z = (middle - shift) / error
            half = two_sided_t(z, DEGREES) / 2
            below = float(weight @ np.where(z > 0, 1 - half, half))
            low, high = (middle, high) if below < aim else (low, middle)
        ends.append((low + high) / 2)
    return ends[0], ends[1]


def _dates(whole: Block, parts: Sequence[Rows], seen: Bools, took: Bools, weight: Array) -> Iterator[Placebo]:
    """The estimate at every other date, from the cells before the step."""
    columns = np.arange(seen.shape[1])
    known = columns[(seen & took[:, None]).any(axis=0)]
    dates = known[_BEFORE_PLACEBO:]
    if not len(dates):
        return
    designs = np.array([took[:, None] & (columns >= date) & seen for date in dates])
    shift, error = _fit(whole, parts, seen, designs)
    for date, z in zip(dates, (shift / error) @ weight, strict=True):
        yield Placebo(float(z), int(date))


def _others(
    block: Panel, whole: Block, parts: Sequence[Rows], seen: Bools, mine: Rows, after: Bools, weight: Array
) -> Iterator[Placebo]:
    """The estimate for groups of units without the step, from the cells of such units."""
    pools = []
    for rows in parts:
        others = sorted((row for row in rows if seen[row].any()), key=lambda row: block.units[row].code)
        size = min(int(np.isin(rows, mine).sum()), len(others) // 2)
        if size:
            pools.append((others, size))
    groups = list(_chosen(pools))
    if not groups:
        return
    designs = np.zeros((len(groups), *seen.shape), dtype=bool)
    for place, group in enumerate(groups):
        designs[place, list(group)] = after
    shift, error = _fit(whole, parts, seen, designs & seen)
    for group, z in zip(groups, (shift / error) @ weight, strict=True):
        yield Placebo(float(z), units=tuple(block.units[row].code for row in group))


def _chosen(pools: Sequence[tuple[list[int], int]]) -> Iterator[tuple[int, ...]]:
    """At most :data:`MOST` groups: every one where there are no more, else drawn with a fixed seed."""
    if len(pools) == 1 and math.comb(len(pools[0][0]), pools[0][1]) <= MOST:
        yield from combinations(*pools[0])
    elif pools:
        rng = np.random.default_rng(0)

        def drawn() -> Iterator[tuple[int, ...]]:
            while True:
                yield tuple(
                    row for rows, size in pools for row in sorted(rng.choice(rows, size, replace=False).tolist())
                )

        yield from dict.fromkeys(islice(drawn(), MOST))


def _needed(
    whole: Block, block: Panel, parts: Sequence[Rows], told: Bools, took: Bools, span: Sequence[Sequence[int]],
    weight: Array, least: float,
) -> Needed:  # fmt: skip
    """How many periods since the step, or units with it, or units after :data:`AHEAD` quarters, would show ``least``.

    In four of five cases, as of units that are all alike: of their mean precision, with the noise that the panel has.
    No unit more than there are, and :data:`LEAST_BESIDE` of them without the step.
    """
    rows = np.concatenate(list(parts))
    mine, others = (rows[took[rows] == one] for one in (True, False))
    s2 = [float(1 / np.mean(1 / whole.s2[one][told[one]])) for one in (mine, others)]
    lag, every = 12 // block.periods[-1].months, len(rows)

    def enough(since: int, with_: int) -> bool:
        error = _error(len(span[0]), since, with_, every - with_, s2, lag, weight)
        return sum(_QUANTILES) * error <= least

    now, ahead = len(span[1]), AHEAD * 3 // block.periods[-1].months
    periods = next((k for k in range(now + 1, ahead + 1) if enough(k, len(mine))), None)
    more = range(len(mine) + 1, every - LEAST_BESIDE + 1)
    units = next((k for k in more if enough(now, k)), None)
    together = None if periods or units else next((k for k in more if enough(max(now, ahead), k)), None)
    return periods, units, together


def _error(before: int, since: int, with_: int, without: int, s2: Sequence[float], lag: int, weight: Array) -> float:
    """The standard error of δ in a panel of so many units, those with the step of sampling variance ``s2[0]``."""
    size = before + since
    shared, own = covariances(size, lag)
    shared = shared + FREE * np.eye(size)
    p, q = (np.linalg.inv(own + one * np.eye(size)) for one in s2)
    w = (np.arange(size) >= before).astype(float)
    pw = p @ w
    joint = shared @ np.linalg.inv(np.eye(size) + (with_ * p + without * q) @ shared)
    j = with_ * (pw @ w) - with_**2 * np.einsum("gt,gts,gs->g", pw, joint, pw)
    return float(weight @ (1 / np.sqrt(np.maximum(j, 1e-9))))
