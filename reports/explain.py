"""Which parts moved a figure: a split that adds up to the change exactly.

Rates and means use the centred Kitagawa split (E. M. Kitagawa, "Components of a Difference Between Two Rates",
JASA 50, 1955): for a part with share w of the denominator and rate r, its own movement is ½(w0+w1)(r1−r0) and
the movement of its share is (w1−w0)(½(r0+r1)−R̄), R̄ the mean of the two totals; the centring makes the result
independent of the volume of either period. Everything is exact in fractions. It says which parts moved the
figure, not why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from reports.courts.tree import UNIT, CourtTree
from reports.model import ALL_LINES, OWN, Attribution, Comparisons, Part, Value

ENOUGH = Fraction(2, 3)  # of a change: what the named parts should carry
Split = tuple[str, str, Value, Value]  # key, name, now, base


def by_court(
    comparisons: Comparisons, tree: CourtTree, court: str, line: str, indicator: str, against: str
) -> Attribution | None:
    """Split a change of a court's whole jurisdiction into its own cases and each court's directly below.

    ``against`` is ``previous`` or ``year_before``. ``None`` where there is nothing to split or no base.
    """
    parts = [(court + OWN, "本级"), *((c.code, tree.jurisdiction(c.code)) for c in tree.children(court))]
    return _attribute(comparisons, court, line, indicator, against, "court", [(c, line, n) for c, n in parts])


def by_unit(
    comparisons: Comparisons, tree: CourtTree, court: str, line: str, indicator: str, against: str
) -> Attribution | None:
    """Split a change of a court's own cases into its departments, of a department into its teams; as ``by_court``."""
    units = tree.below(court.removesuffix(OWN))
    parts = [(one.code, line, one.code.rpartition(UNIT)[2]) for one in units]
    depth = "team" if UNIT in court else "department"
    return _attribute(comparisons, court, line, indicator, against, depth, parts)


def by_line(comparisons: Comparisons, court: str, indicator: str, against: str) -> Attribution | None:
    """Split a change over all lines into the lines."""
    lines = sorted({line for _, line, _ in comparisons.frame.index if line != ALL_LINES})
    return _attribute(
        comparisons, court, ALL_LINES, indicator, against, "line", [(court, name, name) for name in lines]
    )


def by_cause(
    comparisons: Comparisons,
    court: str,
    line: str,
    indicator: str,
    against: str,
    now: Mapping[str, Value],
    base: Mapping[str, Value],
) -> Attribution | None:
    """Split a change by cause of action; ``now`` and ``base`` give each cause's numerator and denominator."""
    kind = comparisons.catalogue.indicators[indicator].kind
    nothing: Value = (0, None if kind == "count" else 0)
    causes = sorted({*now, *base})
    splits = [(cause, cause, now.get(cause, nothing), base.get(cause, nothing)) for cause in causes]
    return _made(kind, court, line, indicator, "cause", against, splits)


def choose(attributions: Sequence[Attribution]) -> Attribution | None:
    """The most succinct explanation: the fewest parts of one direction (three at most) that carry most of the change.

    After Adtributor (Bhagwan et al., NSDI 2014): explanatory power first counts, then succinctness. A split whose
    first part alone carries the change says more than one that needs three; among equals the finer one is taken.
    """

    def merit(one: Attribution) -> tuple[int, Fraction, int]:
        carried = Fraction(0)
        for count, part in enumerate(one.drivers, 1):
            carried += part.total / one.change
            if carried >= ENOUGH:
                return -count, min(carried, Fraction(1)), len(one.parts)
        return -len(one.parts), carried, 0

    changed = [one for one in attributions if one.change]
    return max(changed, key=merit, default=None)


def _attribute(
    comparisons: Comparisons,
    court: str,
    line: str,
    indicator: str,
    against: str,
    dimension: str,
    cells: Sequence[tuple[str, str, str]],
) -> Attribution | None:
    whole = comparisons.cell(court, line, indicator)
    if whole is None:
        return None
    splits: list[Split] = []
    for part_court, part_line, name in cells:
        cell = comparisons.cell(part_court, part_line, indicator)
        if cell is not None and (cell.withheld | cell.incomplete) & {"now", against}:
            return None  # what a part moved cannot be told without its number
        if cell is not None and (base := getattr(cell, against)) is not None:
            splits.append((part_line if dimension == "line" else part_court, name, cell.now, base))
    kind = comparisons.catalogue.indicators[indicator].kind
    return _made(kind, court, line, indicator, dimension, against, splits)


def _made(
    kind: str, court: str, line: str, indicator: str, dimension: str, against: str, splits: Sequence[Split]
) -> Attribution | None:
    parts = split_count(splits) if kind == "count" else split_rate(splits)
    if len(parts) < 2:
        return None
    change = sum((part.total for part in parts), Fraction(0))
    return Attribution(court, line, indicator, dimension, against, change, tuple(parts))


def split_count(splits: Sequence[Split]) -> list[Part]:
    """Parts of a change in a count, in 件: each part's own change."""
    return [
        Part(key, name, Fraction((now[0] or 0) - (base[0] or 0)), Fraction(0), _ints(now), _ints(base))
        for key, name, now, base in splits
    ]


def split_rate(splits: Sequence[Split]) -> list[Part]:
    """Parts of a change in a rate or mean (as plain quotients, not %); empty when a period has no cases.

    A part that is new takes its present rate as its old one (all of it is 结构变化), a vanished part the reverse.
    """
    total_now = sum(now[1] or 0 for *_, now, _ in splits)
    total_base = sum(base[1] or 0 for *_, base in splits)
    if not total_now or not total_base:
        return []
    mean = (
        Fraction(sum(now[0] or 0 for *_, now, _ in splits), total_now)
        + Fraction(sum(base[0] or 0 for *_, base in splits), total_base)
    ) / 2
    parts = []
    for key, name, now, base in splits:
        (n1, d1), (n0, d0) = _ints(now), _ints(base)
        w1, w0 = Fraction(d1, total_now), Fraction(d0, total_base)
        within = mix = Fraction(0)
        # A numerator without a denominator has no rate of its own: it moves the total as it stands.
        within += Fraction(n1, total_now) if not d1 else 0
        within -= Fraction(n0, total_base) if not d0 else 0
        if d1 or d0:
            r1 = Fraction(n1, d1) if d1 else Fraction(n0, d0)
            r0 = Fraction(n0, d0) if d0 else r1
            within += (w0 + w1) / 2 * (r1 - r0)
            mix = (w1 - w0) * ((r0 + r1) / 2 - mean)
        parts.append(Part(key, name, within, mix, (n1, d1), (n0, d0)))
    return parts


def _ints(value: Value) -> tuple[int, int]:
    return value[0] or 0, value[1] or 0
