"""One cell's findings as a flag: its severity, its reference, and the facts that its sentence is written from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reports import words
from reports.courts.periods import Period
from reports.flag.panel import Panel, Unit
from reports.flag.policy import Policy
from reports.flag.province import Whole
from reports.flag.screen import Measured
from reports.flag.severity import Hits, choose, rules_of, severity
from reports.flag.transform import printed
from reports.model import Comparison, Flag, Reference, Value
from reports.sentences.clauses import (
    Changes,
    Clause,
    Compared,
    Evidence,
    OwnHistory,
    OwnPast,
    ShortHistory,
    Widespread,
    WithoutSeries,
)

UP, DOWN = "up", "down"
_SIDE = {UP: 1, DOWN: -1}


@dataclass(frozen=True)
class Context:
    """What a flag tells beside the numbers: the period, its peers' name, and the values of cumulative periods."""

    period: Period
    single: Period  # the period tested: the last one of a cumulative period
    line: str
    region: str
    policy: Policy
    stated: Mapping[tuple[str, str, str], Value]  # (court, indicator, period) of the table as given
    without: Mapping[tuple[str, str, str], Value]  # of those that have serial cases: without them, as judged

    def shown(self, court: str, indicator: str) -> Period:
        """The period whose value is printed: the one asked for, where the table has it."""
        value = self.stated.get((court, indicator, self.period.key), (None, None))
        return self.period if value != (None, None) else self.single

    @property
    def spell(self) -> str:
        """季度 or 个月, after a number."""
        return "季度" if self.single.months == 3 else "月"

    @property
    def before(self) -> str:
        """What the period tested is held against as 上期: in a cumulative period by its own name, 第二季度 or 8月."""
        previous = self.single.previous
        return previous.short_label if self.period.cumulative and previous else "上期"

    @property
    def peers(self) -> str:
        """How the peers are called."""
        return f"{self.region}同级法院"


@dataclass(frozen=True)
class Change:
    """R2 of one unit: the deviation and where it was expected, as plain quotients."""

    window: int
    change: float
    expected: float
    before: int
    side: int


def court_flag(one: Measured, row: int, context: Context, turns: Counter[str]) -> Flag | None:
    """The flag of one tested cell, or ``None``. ``turns`` counts flags by severity, so that their wording varies."""
    policy, spec = context.policy, one.block.spec
    found = change(one, row)
    both = {name: _hits(one, row, side, found, policy) for name, side in _SIDE.items()}
    verdict = choose(both, spec.good, policy)
    if verdict is None:
        return None
    direction, reached = verdict
    hits = both[direction]
    rules = rules_of(hits, policy)
    cell = comparison(one.block, row, context)
    grade = severity(direction, reached, spec.better, right=spec.right)
    if grade == "green" and _worse_than_before(cell, spec.good):
        return None
    turn = turns[grade]
    turns[grade] += 1
    at_length = "R2" not in rules  # otherwise 环比 and 同比 are told in short: R2 says more
    clauses: list[Clause] = [
        _clause(rule, one, row, found, context, turn) for rule in rules if at_length or rule not in ("R3", "R4")
    ]
    told = at_length and bool(set(rules) & {"R3", "R4"})
    series = _series(one.block, row, context)
    clauses = [*series, *clauses]
    if not told and words.changes(cell):
        place = 0 if series else len(clauses) if turn % 3 == 1 else 1 if rules[0] == "R1" else 0
        clauses.insert(place, Changes(cell))
    return Flag(
        period=context.period.key,
        court=one.block.units[row].code,
        line=context.line,
        indicator=spec.id,
        severity=grade,
        strength=reached,
        direction=direction,
        rules=rules,
        value=quotient(cell.now),
        numerator=cell.now[0],
        denominator=cell.now[1],
        reference=_reference(rules, hits, one, row, found, policy),
        evidence=evidence(one.block, row, cell, clauses, context),
        q=None if not np.isfinite(one.q[row]) else float(one.q[row]),
        z=_score(one, row),
        p=_finite(float(own.p[row])) if (own := one.model or one.own) is not None else None,
        rest=_rest(cell, context),
    )


def _rest(cell: Comparison, context: Context) -> Value | None:
    """The printed value without serial cases, where it has any."""
    shown = context.shown(cell.court, cell.indicator)
    return context.without.get((cell.court, cell.indicator, shown.key))


def _series(block: Panel, row: int, context: Context) -> list[Clause]:
    """What is said of serial cases where the numbers judged are without any: first, as what follows rests on them."""
    cell = block.units[row].code, block.spec.id
    shown = context.shown(*cell)
    value = context.without.get((*cell, shown.key))
    if value is None and not any((*cell, period.key) in context.without for period in block.periods):
        return []
    single = context.without.get((*cell, context.single.key)) if shown != context.single else None
    return [WithoutSeries(block.spec.measure, value, (context.single.short_label, single) if single else None)]


def _worse_than_before(cell: Comparison, good: str | None) -> bool:
    """Whether all printed changes of a value, 环比 and 同比, are for the worse.

    Better than its peers' movement let expect it may be; praise beside two figures that fell would not be understood.
    """
    now = cell.measure.scaled(*cell.now)
    bases = [cell.measure.scaled(*base) for base in (cell.previous, cell.year_before) if base]
    moves = [now - base for base in bases if now is not None and base is not None]
    return bool(moves) and all(move < 0 if good == UP else move > 0 for move in moves)


def grey(block: Panel, row: int, reason: Clause, context: Context) -> Flag:
    """A cell whose data are to be verified; nothing else is said of it."""
    cell = comparison(block, row, context)
    clauses = [*_series(block, row, context), reason]
    made = _flag(block, row, cell, context, "grey", None, "", ("DQ",), Reference("data", None, "数据核查"), clauses)
    return replace(made, evidence=replace(made.evidence, to_verify=True))


def whole_flag(
    block: Panel, row: int, seven: Whole | None, one: Measured, context: Context, *, alone: bool
) -> Flag | None:
    """The flag of a whole jurisdiction or of a court without peers: R7, and R1."""
    spec = block.spec
    cell = comparison(block, row, context)
    side = seven.side if seven else 0
    outside = int(one.breach.side[row]) if one.breach else 0
    if not side and not outside:
        return None
    direction = UP if (side or outside) > 0 else DOWN
    rules: list[str] = []
    clauses: list[Clause] = []
    reached = "yellow"
    if outside and outside == (side or outside):
        rules.append("R1")
        assert one.breach is not None
        clauses.append(one.breach.clause(row))
        reached = one.breach.strength(row)
    if seven and side:
        rules.append("R7")
        clauses.append(Widespread(_less(cell, context), alone, seven.unusual_year))
        reached = "red"
    series = _series(block, row, context)
    clauses = [*series, *clauses]
    if words.changes(cell) and (series or not (seven and side)):
        clauses.insert(0 if series else len(clauses), Changes(cell))
    base = seven.base if seven and side else None
    if base is not None:
        reference = Reference("year_before", _finite(float(printed(block, np.array(base)))), "去年同期")
    else:
        assert one.breach is not None
        reference = one.breach.reference(row)
    z = seven.z if seven and side else None
    grade = severity(direction, reached, spec.better, right=spec.right)
    return _flag(block, row, cell, context, grade, reached, direction, tuple(rules), reference, clauses, z)


def change(one: Measured, row: int) -> Change | None:
    """What R2 found for one unit; ``None`` where it was not tested."""
    block, made = one.block, one.made
    if one.model is not None:
        if not one.tested(row):
            return None
        k, d, before = 1, float(one.model.delta[row]), one.model.length[row]
    elif (chosen := one.own.of(row) if one.own is not None else None) is not None:
        (k, score), before = chosen, max(chosen[0], 1)
        d = float(score.now[row, -1])
    else:
        return None
    value, expected = float(made.value[row, -1]), float(made.back(np.asarray(made.y[row, -1] - d)))
    new, old = (float(printed(block, np.array(one_value))) for one_value in (value, expected))
    known = int(np.isfinite(made.y[row, :-before]).sum())
    measure = block.spec.measure
    apart = words.rounded(measure, new) - words.rounded(measure, old)  # as a reader reckons from what is printed
    return Change(k, apart, old, known, int(np.sign(d)))


def _hits(one: Measured, row: int, side: int, found: Change | None, policy: Policy) -> Hits:
    """What the rules found on one side."""
    q = p = 1.0
    posterior = 0.0 if one.few else None
    mine = found is not None and found.side == side and one.tested(row)
    if mine and one.model is not None:
        p, posterior = float(one.model.p[row]), float(one.model.posterior[row])
    elif mine and one.own is not None:
        q, p = float(one.q[row]), float(one.own.p[row])
    steps = tuple(
        rule
        for rule, adjusted in one.step_q.items()
        if np.isfinite(adjusted[row])
        and adjusted[row] <= policy.q_red
        and one.step_material[rule][row]
        and int(np.sign(one.steps[rule].d[row, -1])) == side
    )
    there = {rule: answer for rule, answer in one.found.items() if int(answer.side[row]) == side}
    return Hits(
        q=q,
        p=p,
        posterior=posterior,
        short=one.short,
        material=mine and bool(one.material[row]),
        twice="R1" in there and one.breach is not None and bool(one.breach.twice[row]),
        steps=steps,
        found={rule: answer.strength(row) or policy.rules[rule].strength for rule, answer in there.items()},
    )


def _clause(rule: str, one: Measured, row: int, found: Change | None, context: Context, turn: int) -> Clause:
    measure, scope = one.block.spec.measure, context.peers
    if rule == "R2":
        assert found is not None
        told = None if one.block.spec.kind == "ratio" and np.isfinite(found.expected) else found.change
        if one.model is not None and not one.beside(row):
            return OwnPast(measure, told, found.expected, found.before, context.spell)
        if one.short and one.model is None:
            base = context.before if found.window == -1 else "去年同期"
            periods = len(one.block.periods)
            return ShortHistory(measure, found.change, base, scope, periods, context.spell)
        return OwnHistory(measure, told, found.expected, found.before, found.window, context.spell, scope, None, turn)
    if rule in ("R3", "R4"):
        against = "同比" if rule == "R4" else f"较{context.before}" if context.period.cumulative else "环比"
        change, common, past = _steps(one, row, rule, context)
        return Compared(measure, against, change, common, scope, past if measure.kind == "count" else None)
    return one.found[rule].clause(row)


def _steps(one: Measured, row: int, rule: str, context: Context) -> tuple[float, float, float]:
    """(change, what the peers' movement alone would have been, base), of printed values; counts change by fractions."""
    made, score, measure = one.made, one.steps[rule], one.block.spec.measure
    lag = 1 if rule == "R3" else 12 // context.single.months
    past = made.y[row, -1 - lag]
    shared = made.y[row, -1] - past - score.d[row, -1]  # what was taken off: the peers' movement in both parts
    both = (made.value[row, -1], made.value[row, -1 - lag])
    now, base = (words.rounded(measure, float(printed(one.block, np.asarray(value)))) for value in both)
    common = float(printed(one.block, np.asarray(made.back(np.asarray(past + shared)))))
    if measure.kind == "count" and base:
        return (now - base) / base, (common - base) / base, base
    return now - base, common - base, base


def _reference(
    rules: tuple[str, ...], hits: Hits, one: Measured, row: int, found: Change | None, policy: Policy
) -> Reference:
    confirmed, peers = hits.found.get("R1") == "amber", "R5" in hits.found
    if "R2" in rules and found is not None and (hits.likely(policy) or not (confirmed or peers)):
        return Reference("own_history", _finite(found.expected), _past(one, row))
    if one.breach and "R1" in rules and (confirmed or not peers):
        return one.breach.reference(row)
    if one.funnel and "R5" in rules:
        return one.funnel.reference(row)
    lags = {"R3": ("previous", 1, "上期"), "R4": ("year_before", 12 // one.block.periods[-1].months, "去年同期")}
    for rule, (kind, lag, text) in lags.items():
        if rule in rules:
            value = float(printed(one.block, one.made.value[:, -1 - lag])[row])
            return Reference(kind, _finite(value), text)
    told = (one.found[rule].reference(row) for rule in rules if rule in one.found)
    return next((reference for reference in told if reference), Reference("own_history", None, _past(one, row)))


def _past(one: Measured, row: int) -> str:
    """What R2 held a value against."""
    if one.model is None or one.beside(row):
        return "本院历史平均水平（扣除同级法院共同变动）"
    unit = one.block.units[row]
    return f"{unit.own}历史平均水平" if unit.role == "court" else "历史平均水平"


def comparison(block: Panel, row: int, context: Context) -> Comparison:
    """The printed values of a cell: of the period asked for, which may be cumulative, and its bases."""
    unit, spec = block.units[row], block.spec

    def value(period: Period | None) -> Value:
        return context.stated.get((unit.code, spec.id, period.key if period else ""), (None, None))

    period = context.shown(unit.code, spec.id)
    return Comparison(
        court=unit.code, line=context.line, indicator=spec.id, measure=spec.measure, now=value(period),
        previous=value(period.previous) if period.previous else None, year_before=value(period.year_before),
    )  # fmt: skip


def _less(cell: Comparison, context: Context) -> Comparison:
    """A comparison of the numbers without serial cases."""
    shown = context.shown(cell.court, cell.indicator)

    def value(period: Period | None, given: Value) -> Value:
        return context.without.get((cell.court, cell.indicator, period.key if period else ""), given)

    return replace(
        cell,
        now=value(shown, cell.now),
        previous=cell.previous and value(shown.previous, cell.previous),
        year_before=value(shown.year_before, cell.year_before),
    )


def evidence(block: Panel, row: int, cell: Comparison, clauses: Sequence[Clause], context: Context) -> Evidence:
    """Name, value and counts, then what the rules say, one clause each."""
    unit: Unit = block.units[row]
    single = None
    if context.period.key != context.single.key:
        x, n = block.x[row, -1], block.n[row, -1]
        made = int(x), int(n) if np.isfinite(n) else None  # of an increment nothing is stated
        single = context.single.short_label, context.stated.get((unit.code, block.spec.id, context.single.key), made)
    return Evidence(unit.name, block.spec.label, cell, tuple(clauses), single)


def _flag(
    block: Panel, row: int, cell: Comparison, context: Context, grade: str, reached: str | None, direction: str,
    rules: tuple[str, ...], reference: Reference, clauses: Sequence[Clause], z: float | None = None,
) -> Flag:  # fmt: skip
    return Flag(
        period=context.period.key,
        court=block.units[row].code,
        line=context.line,
        indicator=block.spec.id,
        severity=grade,
        strength=reached,
        direction=direction,
        rules=rules,
        value=quotient(cell.now),
        numerator=cell.now[0],
        denominator=cell.now[1],
        reference=reference,
        evidence=evidence(block, row, cell, clauses, context),
        z=z,
        rest=_rest(cell, context),
    )


def quotient(value: Value) -> float | None:
    """Numerator over denominator; a count as it is; ``None`` without cases."""
    numerator, denominator = value
    if numerator is None or denominator is None:
        return numerator
    return numerator / denominator if denominator else None


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _score(one: Measured, row: int) -> float | None:
    if one.model is not None:
        return _finite(float(one.model.z[row]))
    chosen = one.own.of(row) if one.own is not None else None
    return _finite(float(chosen[1].z[row, -1])) if chosen else None
