"""The flag policy where courts are few: a city, departments, one court alone (a measurement, not a test).

Worlds are cuts of the simulated province of ``flags_world``: so many intermediate and basic courts, their last quarters.
FDR = false ÷ all red cells, pooled over the worlds, with 95% limits from resampling whole worlds. A cell is false where
nothing was planted, or what never changed (C). The whole of all courts is beside: nothing is planted in it.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace

import numpy as np
from flags import specs
from flags_world import KINDS, PLANTS, codes, make

from reports.courts.periods import parse_period
from reports.flag import EVERYBODY, Policy, Unit, flag, load

SETTINGS = {"1+8×8": (1, 8, 8), "9×8": (0, 9, 8), "9×12": (0, 9, 12), "9×5": (0, 9, 5), "1+5×8": (1, 5, 8),
            "1×8": (0, 1, 8), "1×12": (0, 1, 12)}  # fmt: skip
NOW = parse_period("2025Q4")


@dataclass(frozen=True)
class Found:
    """One world: red and amber cells (court × indicator), what was planted there, and flags of all courts together."""

    red: np.ndarray
    amber: np.ndarray
    truth: np.ndarray
    whole: int


def replicate(name: str, seed: int, higher: int, basic: int, quarters: int, policy: Policy) -> Found:
    """One world, judged."""
    courts = higher + basic
    world = make(name, seed, courts, higher=higher)
    table = world.table
    table = table[table["period"] > "" if quarters == 12 else table["period"].isin(_last(table, quarters))]
    units = [Unit(code, code, level) for code, level in zip(codes(), world.levels, strict=False)]
    answer = flag(table, NOW, specs(), units, policy=policy)
    place = {code: i for i, code in enumerate(codes())}, {kind.id: i for i, kind in enumerate(KINDS)}
    red, amber = np.zeros(world.truth.shape, dtype=bool), np.zeros(world.truth.shape, dtype=bool)
    whole = 0
    for one in answer.flags:
        if one.court == EVERYBODY:
            whole += one.strength == "red"
        elif one.severity != "grey":
            cell = place[0][one.court], place[1][one.indicator]
            red[cell], amber[cell] = one.strength == "red", one.strength in ("red", "amber") and "R2" in one.rules
    return Found(red, amber, world.truth, whole)


def _last(table, quarters):
    return sorted(table["period"].unique())[-quarters:]


def line(label: str, found: list[Found]) -> str:
    """A row of the table."""
    red = np.array([one.red.sum() for one in found])
    false = np.array([(one.red & np.isin(one.truth, ["", "C"])).sum() for one in found])
    amber = np.array([one.amber.sum() for one in found])
    wrong = np.array([(one.amber & np.isin(one.truth, ["", "C"])).sum() for one in found])
    rng = np.random.default_rng(1)
    draws = rng.integers(0, len(found), (4000, len(found)))
    shares = false[draws].sum(axis=1) / np.maximum(red[draws].sum(axis=1), 1)
    low, high = np.quantile(shares, [0.025, 0.975])
    power = []
    for plant in PLANTS[:3]:
        there = sum((one.truth == plant).sum() for one in found)
        hits = sum((one.red & (one.truth == plant)).sum() for one in found)
        power.append(f"{100 * hits / there:.0f}" if there else "–")
    share = f"{100 * false.sum() / red.sum():.1f}" if red.sum() else "–"
    beside = f"{100 * wrong.sum() / amber.sum():.0f}" if amber.sum() else "–"
    return (f"| {label} | {len(found)} | {red.mean():.2f} | {share} ({100 * low:.0f}–{100 * high:.0f}) | "
            + " | ".join(power)
            + f" | {100 * (false > 0).mean():.1f} | {amber.mean():.2f} | {beside} "
            f"| {np.mean([one.whole for one in found]):.3f} |")  # fmt: skip


HEAD = """
| courts × quarters | worlds | red | FDR, % (95%) | A-small | A-large | ramp | bulletins with a false red, % | amber or red | FDR of these, % | red of the whole |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"""


def main() -> None:
    """Print the table of the settings asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--worlds", type=int, default=400)
    arguments.add_argument("--seed", type=int, default=FIRST)
    arguments.add_argument("--settings", nargs="*", default=list(SETTINGS), choices=list(SETTINGS))
    arguments.add_argument("--world", default="realistic", choices=["realistic", "null", "heavy", "doubled"])
    arguments.add_argument("--province", action="store_true", help="by the rules for many courts")
    chosen = arguments.parse_args()
    policy = replace(load(), min_courts=0) if chosen.province else load()
    print(HEAD)
    for label in chosen.settings:
        began = time.time()
        found = [replicate(chosen.world, chosen.seed + i, *SETTINGS[label], policy) for i in range(chosen.worlds)]
        print(line(label, found), f"<!-- {(time.time() - began) / chosen.worlds:.2f} s a world -->", flush=True)


FIRST = 60_000  # seeds used for nothing else

if __name__ == "__main__":
    main()
