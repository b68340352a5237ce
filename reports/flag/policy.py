"""The policy in force: thresholds and the Chinese sentence of every rule, from one TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from reports.model import Measurement

_FILE = Path(__file__).with_name("policy.toml")


@dataclass(frozen=True)
class FlagRule:
    """One rule as printed: its name, its sentence with the thresholds filled in, and where it comes from.

    A rule that judges a cell by itself also has the module of ``reports.flag.rules`` that does it (``by``), how strong
    a finding of it alone is (``amber``, ``yellow``), and the thresholds that are its own. ``few`` is its sentence where
    courts are few, if another; empty where the rule is not used then.
    """

    id: str
    name: str
    text: str
    source: str
    by: str = ""
    strength: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    few: str | None = None

    @property
    def label(self) -> str:
        """Its name with the number that flags give it, if any: R2 与本院历史相比."""
        return f"{self.id} {self.name}" if self.id.startswith("R") else self.name


@dataclass(frozen=True)
class Policy:
    """Thresholds, as ``[limits]`` of ``policy.toml`` gives them. Shares are fractions, ``delta_pp`` is in 百分点,
    counts in cases or periods.

    ``overdispersion``, ``tail``, ``peers``, ``weighting`` and ``shapes`` (how many) exist so that a simulation can show
    what each is worth.
    """

    q_red: float
    q_amber: float
    p_yellow: float
    posterior_red: float
    posterior_short: float
    posterior_amber: float
    min_courts: int
    few_periods: int
    ci: float
    funnel: float
    trim: float
    confirm: float
    min_baseline: int
    min_quarters: int
    min_peers: int
    calibration_min: int
    min_den: int
    min_expected: int
    min_effective: int
    delta_pp: float
    delta_rel: float
    ratio_rel: float
    count_rel: float
    count_abs: int
    excess: int
    run: int
    run_points: int
    trial_points: int
    province_z: float
    province_season: float
    year_end_drop: float
    identical_chance: float
    quiet: int
    weight_shift: float
    weight_alpha: float
    weighting: bool = True
    overdispersion: bool = True
    tail: bool = True
    peers: bool = True
    shapes: int = 2
    rules: Mapping[str, FlagRule] = field(default_factory=dict)

    def told(self, *, few: bool) -> list[tuple[FlagRule, str]]:
        """The rules in force with their sentences; ``few``: those where courts are few."""
        texts = [(rule, rule.text if not few or rule.few is None else rule.few) for rule in self.rules.values()]
        return [(rule, text) for rule, text in texts if text]


def measured(courts: int, periods: int, months: int = 3) -> Measurement:
    """The largest size that was measured and is no larger in courts, then periods; the smallest if none is.

    It was judged by the same rules, as few courts or as many; where periods of so many ``months`` were measured too,
    it is by those.
    """
    few = load().min_courts
    known = [Measurement(**one) for one in tomllib.loads(_FILE.read_text("utf-8"))["measured"]]
    known = [one for one in known if (one.courts < few) == (courts < few)]
    least = min(one.courts for one in known)
    fits = [one for one in known if one.courts <= max(courts, least)]
    alike = [one for one in fits if one.courts == max(one.courts for one in fits)]
    alike = [one for one in alike if one.months == months] or alike
    shortest = min(one.periods for one in alike)
    alike = [one for one in alike if one.periods <= max(periods, shortest)]
    return max(alike, key=lambda one: (one.periods, one.higher))


@cache
def load() -> Policy:
    """The policy of ``policy.toml``; ``[limits]`` must have every threshold and no other."""
    raw: dict[str, Any] = tomllib.loads(_FILE.read_text("utf-8"))
    limits: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in raw["limits"].items()
    }
    policy = Policy(**limits)
    words = _filled(policy)
    rules = {
        name: FlagRule(
            name,
            **entry
            | {key: entry[key].format(**words, **entry.get("limits", {})) for key in ("text", "few") if key in entry},
        )
        for name, entry in raw["rule"].items()
    }
    return Policy(**limits, rules=rules)


def _filled(policy: Policy) -> dict[str, str]:
    """Thresholds as they stand in the sentences."""
    shares = ("q_red", "q_amber", "p_yellow", "posterior_red", "posterior_short", "posterior_amber", "ci", "funnel",
              "trim", "delta_rel", "ratio_rel", "count_rel", "year_end_drop")  # fmt: skip
    percent = {name: f"{getattr(policy, name) * 100:g}%" for name in shares}
    plain = {name: f"{value:g}" for name, value in vars(policy).items() if isinstance(value, int | float)}
    return plain | percent
