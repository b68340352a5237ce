"""From what the rules found to one verdict a cell: direction, strength, severity.

红 the rules agree or the change test alone is sure; 橙 one of them is; 黄 a hint. The same thresholds apply in both
directions: only then is it decided whether the direction is adverse, an improvement, or neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.flag.policy import Policy

ORDER = ("R1", "R2", "R5", "R3", "R4", "R6", "R7")  # then further ones, as in the policy


@dataclass(frozen=True)
class Hits:
    """What the rules found in one cell, one way: ``rules`` in force, with what severity needs to know of them."""

    q: float = 1.0  # R2, adjusted
    p: float = 1.0  # R2
    posterior: float | None = None  # R2 where courts are few, instead of q
    short: bool = False  # too little history for red by q, and for red by the posterior of a longer one
    material: bool = False
    twice: bool = False  # R1 confirmed in the period before too
    steps: tuple[str, ...] = ()  # R3, R4 found 显著
    found: Mapping[str, str] = field(default_factory=dict)  # rule that judges a cell by itself → its strength

    def sure(self, policy: Policy) -> bool:
        """Whether R2 alone is enough for red."""
        if self.posterior is not None:
            return self.material and self.posterior >= (policy.posterior_short if self.short else policy.posterior_red)
        return self.material and self.q <= policy.q_red and not self.short

    def likely(self, policy: Policy) -> bool:
        """Whether R2 alone is enough for amber."""
        if self.posterior is not None:
            return self.material and self.posterior >= policy.posterior_amber
        return self.material and self.q <= policy.q_amber


def strength(hits: Hits, policy: Policy) -> str | None:
    """``red``, ``amber``, ``yellow`` or nothing, for one direction."""
    sure, likely = hits.sure(policy), hits.likely(policy)
    peers = "R5" in hits.found and hits.posterior is None
    if sure or (hits.twice and hits.posterior is None and (peers or likely)):
        return "red"
    if likely or "amber" in hits.found.values():
        return "amber"
    if hits.found or (hits.material and hits.p < policy.p_yellow) or hits.steps:
        return "yellow"
    return None


def rules_of(hits: Hits, policy: Policy) -> tuple[str, ...]:
    """The rules that found something, in the order in which they are stated."""
    found = {*hits.found, *hits.steps}
    if hits.likely(policy) or (hits.material and hits.p < policy.p_yellow):
        found.add("R2")
    return tuple(rule for rule in dict.fromkeys((*ORDER, *hits.found)) if rule in found)


def choose(both: Mapping[str, Hits], good: str | None, policy: Policy) -> tuple[str, str] | None:
    """(direction, strength) of a cell: the stronger side; among equals the adverse one, else the smaller p."""
    ranks = {"red": 3, "amber": 2, "yellow": 1}
    found = [(name, reached) for name, hits in both.items() if (reached := strength(hits, policy))]
    return max(found, key=lambda one: (ranks[one[1]], one[0] != good, -both[one[0]].p), default=None)


def severity(direction: str, reached: str, better: str, *, right: bool = False) -> str:
    """The severity of a strength: adverse as it stands, ``green`` the better way, ``neutral`` without direction.

    What counts a ``right`` of the parties (appeals) is something to understand, whichever way it moved.
    """
    good = {"higher": "up", "lower": "down"}.get(better)
    if good is None or right:
        return "neutral"
    return "green" if direction == good else reached
