"""From what the rules found to one verdict a cell: direction, strength, severity.

红 the rules agree or the change test alone is sure; 橙 one of them is; 黄 a hint. The same thresholds apply in both
directions: only then is it decided whether the direction is adverse, an improvement, or neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.flag.policy import Policy

ORDER = ("R1", "R2", "R5", "R3", "R4", "R6", "R7")


@dataclass(frozen=True)
class Hits:
    """What the rules found in one cell, one way: ``rules`` in force, with what severity needs to know of them."""

    q: float = 1.0  # R2, adjusted
    p: float = 1.0  # R2
    material: bool = False
    outside: bool = False  # R1
    confirmed: bool = False
    twice: bool = False
    funnel: bool = False  # R5
    steps: tuple[str, ...] = ()  # R3, R4 found 显著
    run: bool = False  # R6


def strength(hits: Hits, policy: Policy) -> str | None:
    """``red``, ``amber``, ``yellow`` or nothing, for one direction."""
    sure = hits.material and hits.q <= policy.q_red
    likely = hits.material and hits.q <= policy.q_amber
    if sure or (likely and hits.funnel) or (hits.twice and (hits.funnel or likely)):
        return "red"
    if likely or hits.funnel or hits.confirmed:
        return "amber"
    if hits.outside or (hits.material and hits.p < policy.p_yellow) or hits.steps or hits.run:
        return "yellow"
    return None


def rules_of(hits: Hits, policy: Policy) -> tuple[str, ...]:
    """The rules that found something, in the order in which they are stated."""
    found = {
        "R1": hits.outside,
        "R2": hits.material and (hits.q <= policy.q_amber or hits.p < policy.p_yellow),
        "R5": hits.funnel,
        "R6": hits.run,
        **dict.fromkeys(hits.steps, True),
    }
    return tuple(rule for rule in ORDER if found.get(rule))


def choose(both: Mapping[str, Hits], good: str | None, policy: Policy) -> tuple[str, str] | None:
    """(direction, strength) of a cell: the stronger side; among equals the adverse one, else the smaller p."""
    ranks = {"red": 3, "amber": 2, "yellow": 1}
    found = [(name, reached) for name, hits in both.items() if (reached := strength(hits, policy))]
    return max(found, key=lambda one: (ranks[one[1]], one[0] != good, -both[one[0]].p), default=None)


def severity(direction: str, reached: str, better: str) -> str:
    """The severity of a strength: adverse as it stands, ``green`` the better way, ``neutral`` without direction."""
    good = {"higher": "up", "lower": "down"}.get(better)
    if good is None:
        return "neutral"
    return "green" if direction == good else reached
