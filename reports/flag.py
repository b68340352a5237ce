"""Comparisons → flags: which figures are abnormal, by which rule, on what evidence.

Rules: R1 the value lies outside the reference interval, confirmed when its 95% Wilson interval lies wholly
outside; R3 and R4 the change against the period before and against a year before is material and beyond chance.
A value inside its interval is 达标 and never praised further; context indicators (结案率, 结收比) are never
judged; cells on a small base are listed, not judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reports.catalogue import Indicator, Interval
from reports.courts.tree import CourtTree
from reports.model import ALL_LINES, OWN, Comparison, Comparisons, Flag, Reference, Value
from reports.words import evidence

SEVERITIES = ("red", "amber", "yellow", "green", "neutral", "grey")
STRENGTHS = ("red", "amber", "yellow")
CI = 1.959963984540054  # two-sided 95% point of the normal distribution
BEYOND_CHANCE = 3.090232306167813  # two-sided 99.8% point (Spiegelhalter's outer funnel limit)
SMALL_BASE = "基数较小，仅列数据，不作评价"


@dataclass(frozen=True)
class Policy:
    """Thresholds of the rules; shares are fractions, ``delta_pp`` is in 百分点."""

    delta_pp: float = 1.0
    delta_rel: float = 0.10
    count_rel: float = 0.10
    count_abs: int = 20
    excess: int = 5
    min_expected: int = 5


@dataclass(frozen=True)
class Flags:
    """The flags of a period in court-code order, and what was not tested and why."""

    flags: tuple[Flag, ...]
    untested: tuple[tuple[str, str, str], ...] = field(default=())  # court, indicator, reason
    tested: int = 0  # cells judged


def flag(comparisons: Comparisons, tree: CourtTree, policy: Policy | None = None) -> Flags:
    """Judge every assessed indicator of every court's own cases, and of the whole tree, over all lines."""
    policy = policy or Policy()
    found: list[Flag] = []
    untested: list[tuple[str, str, str]] = []
    tested = 0
    for court in tested_courts(tree):
        for item in comparisons.catalogue.indicators.values():
            cell = comparisons.cell(court, ALL_LINES, item.id)
            if not item.assess or cell is None or cell.now[0] is None:
                continue
            if small_base(item, cell.now, policy):
                untested.append((court, item.id, SMALL_BASE))
                continue
            tested += 1
            if one := _judge(comparisons, tree, item, cell, policy):
                found.append(one)
    return Flags(tuple(found), tuple(untested), tested)


def tested_courts(tree: CourtTree) -> list[str]:
    """Courts whose cells are judged: each root as a whole, and every court's own cases."""
    roots = {court.code for court in tree.roots}
    codes = []
    for court in tree.courts:
        if court.code in roots:
            codes.append(court.code)
        if tree.children(court.code):
            codes.append(court.code + OWN)
        elif court.code not in roots:
            codes.append(court.code)
    return codes


def small_base(item: Indicator, now: Value, policy: Policy) -> bool:
    """Whether a value rests on too few cases to be judged."""
    numerator, denominator = now
    if numerator is None:
        return True
    if item.kind == "count":
        return numerator < policy.count_abs
    if denominator is None or denominator < item.min_den:
        return True
    if item.kind == "proportion":
        return min(numerator, denominator - numerator) < policy.min_expected
    return False


def wilson(numerator: int, denominator: int, z: float = CI) -> tuple[float, float]:
    """Wilson score interval of a proportion (E. B. Wilson, JASA 22, 1927), as fractions."""
    p, z2 = numerator / denominator, z * z
    middle = (p + z2 / (2 * denominator)) / (1 + z2 / denominator)
    half = z / (1 + z2 / denominator) * math.sqrt(p * (1 - p) / denominator + z2 / (4 * denominator**2))
    return middle - half, middle + half


def _judge(comparisons: Comparisons, tree: CourtTree, item: Indicator, cell: Comparison, policy: Policy) -> Flag | None:
    rules: list[str] = []
    direction = ""
    strength = ""
    interval = item.interval(comparisons.period.end)
    breach = _breach(item, cell.now, interval)
    reference = Reference("year_before", _quotient(cell.year_before), "去年同期")
    if breach:
        direction, confirmed = breach
        rules.append("R1")
        strength = "amber" if confirmed else "yellow"
        assert interval is not None
        bound = interval.high if direction == "up" else interval.low
        reference = Reference("interval", bound, interval.source)
    changes = [
        (rule, side, moved)
        for rule, side, base in (("R3", "previous", cell.previous), ("R4", "year_before", cell.year_before))
        if base is not None and (moved := _moved(item, cell.now, base, policy))
    ]
    ways = {moved for *_, moved in changes} | ({direction} if direction else set())
    if len(ways) != 1:  # nothing found, or the rules point both ways: ordinary variation
        return None
    (direction,) = ways
    rules += [rule for rule, *_ in changes]
    if len(changes) == 2 and item.kind in (
        "proportion",
        "count",
    ):  # only these have a known chance error here
        strength = "red"
    elif changes and not strength:
        strength = "yellow"
    good = {"higher": "up", "lower": "down"}.get(item.better)
    severity = "neutral" if good is None else "green" if direction == good else strength
    name = full_name(tree, cell.court)
    sentence = evidence(name, item.label, cell, interval if breach else None)
    numerator, denominator = cell.now
    return Flag(
        period=comparisons.period.key,
        court=cell.court,
        line=cell.line,
        indicator=item.id,
        severity=severity,
        strength=strength,
        direction=direction,
        rules=tuple(rules),
        value=_quotient(cell.now),
        numerator=numerator,
        denominator=denominator,
        reference=reference,
        evidence=sentence,
    )


def full_name(tree: CourtTree, code: str) -> str:
    """A court's name in a sentence; 本级 rows say so."""
    if code.endswith(OWN):
        return tree.by_code[code.removesuffix(OWN)].name + "（本级）"
    if tree.children(code):
        return "全省法院" if tree.level(code) == "high" else tree.short_name(code) + "辖区法院"
    return tree.by_code[code].name


def _breach(item: Indicator, now: Value, interval: Interval | None) -> tuple[str, bool] | None:
    """(direction, confirmed) when the value lies outside the interval on its worse side."""
    numerator, denominator = now
    if interval is None or numerator is None or not denominator:
        return None
    factor = item.measure.factor
    value = numerator / denominator * factor
    low, high = value, value
    if item.kind == "proportion":
        low, high = (bound * factor for bound in wilson(numerator, denominator))
    if item.better != "higher" and interval.high is not None and value > interval.high:
        return "up", low > interval.high
    if item.better != "lower" and interval.low is not None and value < interval.low:
        return "down", high < interval.low
    return None


def _moved(item: Indicator, now: Value, base: Value, policy: Policy) -> str | None:
    """``up`` or ``down`` when a change is material and beyond chance."""
    if small_base(item, now, policy) or base[0] is None:
        return None
    if item.kind == "count":
        assert now[0] is not None
        change: float = now[0] - base[0]
        floor = max(policy.count_abs, policy.count_rel * base[0])
        error = math.sqrt(now[0] + base[0]) or 1.0
        material = abs(change) >= floor
        return _way(change) if material and abs(change) / error > BEYOND_CHANCE else None
    if small_base(item, base, policy):
        return None
    new, old = _quotient(now), _quotient(base)
    assert new is not None and old is not None
    change = new - old
    assert now[1] is not None and base[1] is not None and now[0] is not None
    if item.kind == "proportion":
        floor = max(policy.delta_pp / 100, policy.delta_rel * min(old, 1 - old))
        material = abs(change) >= floor and abs(change) * now[1] >= policy.excess
        pooled = (now[0] + base[0]) / (now[1] + base[1])
        error = math.sqrt(pooled * (1 - pooled) * (1 / now[1] + 1 / base[1]))
        return _way(change) if material and error and abs(change) / error > BEYOND_CHANCE else None
    return _way(change) if old and abs(change) / abs(old) >= 2 * policy.delta_rel else None


def _way(change: float) -> str:
    return "up" if change > 0 else "down"


def _quotient(value: Value) -> float | None:
    numerator, denominator = value
    if numerator is None or denominator is None:
        return numerator
    return numerator / denominator if denominator else None


def at_or_above(flags: Iterable[Flag], severity: str) -> Sequence[Flag]:
    """Adverse flags of at least a severity (for ``--fail-on``)."""
    wanted = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return [item for item in flags if item.severity in wanted]
