"""The policy in force: thresholds and the Chinese sentence of every rule, from one TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("policy.toml")


@dataclass(frozen=True)
class Rule:
    """One rule as printed: its name, its sentence with the thresholds filled in, and where it comes from."""

    id: str
    name: str
    text: str
    source: str

    @property
    def label(self) -> str:
        """Its name with the number that flags give it, if any: R2 与本院历史相比."""
        return f"{self.id} {self.name}" if self.id.startswith("R") else self.name


@dataclass(frozen=True)
class Policy:
    """Thresholds. Shares are fractions, ``delta_pp`` is in 百分点, counts in cases or periods.

    ``overdispersion``, ``tail``, ``peers`` and ``weighting`` exist so that a simulation can show what each is worth.
    """

    q_red: float = 0.05
    q_amber: float = 0.20
    p_yellow: float = 0.05
    ci: float = 0.95
    funnel: float = 0.998
    trim: float = 0.10
    windows: tuple[int, ...] = (1, 2)
    confirm: float = 1.0
    min_baseline: int = 3
    min_quarters: int = 6
    min_peers: int = 6
    calibration_min: int = 300
    min_den: int = 30
    min_expected: int = 5
    min_effective: int = 8
    delta_pp: float = 1.0
    delta_rel: float = 0.10
    ratio_rel: float = 0.05
    count_rel: float = 0.10
    count_abs: int = 20
    excess: int = 5
    run: int = 7
    run_points: int = 8
    trial_points: int = 13
    province_z: float = 3.09
    province_season: float = 3.0
    year_end_drop: float = 0.30
    identical_chance: float = 0.001
    quiet: int = 2
    weight_shift: float = 0.25
    weight_alpha: float = 0.001
    weighting: bool = True
    overdispersion: bool = True
    tail: bool = True
    peers: bool = True
    rules: Mapping[str, Rule] = field(default_factory=dict)


@cache
def load() -> Policy:
    """The policy of ``policy.toml``; every key of ``[limits]`` must be a threshold that exists."""
    raw: dict[str, Any] = tomllib.loads(_FILE.read_text("utf-8"))
    limits: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in raw["limits"].items()
    }
    policy = Policy(**limits)
    words = _filled(policy)
    rules = {
        name: Rule(name, entry["name"], entry["text"].format(**words), entry["source"])
        for name, entry in raw["rule"].items()
    }
    return Policy(**limits, rules=rules)


def _filled(policy: Policy) -> dict[str, str]:
    """Thresholds as they stand in the sentences."""
    percent = {
        name: f"{getattr(policy, name) * 100:g}%"
        for name in ("q_red", "q_amber", "p_yellow", "ci", "funnel", "trim", "delta_rel", "ratio_rel", "count_rel",
                     "year_end_drop")
    }  # fmt: skip
    plain = {name: f"{value:g}" for name, value in vars(policy).items() if isinstance(value, int | float)}
    return plain | percent | {"windows": "、".join(str(k) for k in policy.windows)}
