"""When a judgment becomes final (生效): the terms of appeal, by line, stage, outcome and procedure applied.

The rules with their articles stand in ``finality.toml``. A first instance from which nobody appealed is final on the
day after the last day of the term, which is counted from the day after service; where no appeal lies (小额诉讼, 调解,
a second instance) on the day of service. That a term ends on the next working day is not reckoned with.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One rule; ``outcomes`` and ``applied`` are empty where it applies to all. ``term`` is in days."""

    name: str
    stage: str
    lines: tuple[str, ...]
    outcomes: tuple[str, ...]
    applied: tuple[str, ...]
    term: int
    statute: str

    @property
    def days(self) -> int:
        """Days from service to the day on which it is final."""
        return self.term + 1 if self.term else 0


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in order: the first that fits is used."""
    return tuple(
        Rule(
            one["name"],
            one["stage"],
            tuple(one["lines"]),
            tuple(one.get("outcomes", ())),
            tuple(one.get("applied", ())),
            one["term"],
            one["statute"],
        )
        for one in _facts()["rule"]
    )


@cache
def withdrawals() -> tuple[str, ...]:
    """The outcomes of a second instance by which the first instance's judgment becomes final."""
    return tuple(_facts()["withdrawn"])


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("finality.toml").read_text(encoding="utf-8"))
