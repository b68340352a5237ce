"""Rules that judge a cell by itself: one module each, found by its entry of ``policy.toml``.

``by`` of the entry names the module, whose ``find`` is asked for each block (one indicator of one group of courts) and
answers with a :class:`Finding`, or ``None`` where the rule cannot be applied. What is compared over all cells at once
(R2 to R4) and what judges whole jurisdictions and the year's end (R7, R8) is no such rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from reports.flag.panel import Panel
from reports.flag.policy import FlagRule, Policy
from reports.flag.robust import Array
from reports.flag.transform import Transformed
from reports.model import Reference
from reports.sentences.clauses import Clause

Bools = NDArray[np.bool_]
Signs = NDArray[np.int64]  # +1 above, −1 below, 0 neither


@dataclass(frozen=True)
class Series:
    """What a rule looks at: the counts of a block with their units and periods, the last one judged, the values on the
    scale they are tested on, and ``residuals``: the same without the movement that all courts shared.

    ``peers``: there are enough courts to be compared with one another. ``rule`` is the entry, with its ``limits``.
    """

    block: Panel
    made: Transformed
    residuals: Array
    peers: bool
    policy: Policy
    rule: FlagRule

    @property
    def spell(self) -> str:
        """季度 or 月, after a number."""
        return "季度" if self.block.periods[-1].months == 3 else "月"


class Finding:
    """What one rule found in a block in the period judged: ``side``, for each unit, and what is to be said of it."""

    side: Signs
    judges = True  # a cell that the rule looked at is tested, even where no other rule can be applied

    def strength(self, row: int) -> str | None:
        """``amber`` or ``yellow`` where it is not that of the rule's entry."""
        del row
        return None

    def reference(self, row: int) -> Reference | None:
        """What the value is held against; ``None``: its own past."""
        del row
        return None

    def clause(self, row: int) -> Clause:
        """What is said of a unit on whose side something was found."""
        raise NotImplementedError


def found(block: Panel, made: Transformed, residuals: Array, policy: Policy, *, peers: bool) -> dict[str, Finding]:
    """Rule → what it found, in the order of the policy; without the rules that cannot be applied to the block."""
    series = {rule.id: Series(block, made, residuals, peers, policy, rule) for rule in policy.rules.values() if rule.by}
    answers = {name: _find(one.rule)(one) for name, one in series.items()}
    return {name: answer for name, answer in answers.items() if answer is not None}


def _find(rule: FlagRule) -> Callable[[Series], Finding | None]:
    find: Callable[[Series], Finding | None] = import_module(f"{__name__}.{rule.by}").find
    return find
