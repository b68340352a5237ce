"""The flag policy against what is known: `make bench-flags` (a measurement, not a test).

Worlds are cuts of the simulated province of ``flags_world``: so many intermediate and basic courts and periods. Each
row is printed when it is done. FDR = false ÷ all red cells, pooled over the worlds, before anything is grouped, with 95%
limits from resampling whole worlds. A cell is false where nothing was planted, or what never changed (C), but for a
value that truly lies beyond its interval (R1). The whole of all courts stands beside: nothing is planted in it.
The seeds of a row start at ``--seed`` plus a thousand for each row before it, and are used for nothing else.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import flags_peers as peers
import numpy as np
from flags_world import BETTER, KINDS, PLANTS, World, codes, make

from reports.courts.periods import parse_period
from reports.flag import EVERYBODY, Flags, Policy, Spec, Unit, flag, load
from reports.words import Measure

FIRST = 90_000  # seeds below were tuned on, or measured earlier rules
ROW = 1_000  # seeds of a row
UNITS = {"proportion": "%", "amount": "%", "count": "件", "mean": "天"}
CUTS = (0.01, 0.02, 0.05)  # of q, for the frontier of many courts
PARTS = {
    "all of it": {},
    "no overdispersion": {"overdispersion": False},
    "no tail calibration": {"tail": False},
    "no peers": {"peers": False},
    "the last period alone": {"shapes": 1},
    "no power weights": {"weighting": False},
}


@dataclass(frozen=True)
class Setting:
    """A row: courts, periods of so many ``months``, the world, and its ``share`` of the worlds asked for.

    ``parts``: departments of one court, which share its cases.
    """

    label: str
    higher: int
    basic: int
    periods: int
    world: str = "realistic"
    share: float = 1.0
    months: int = 3
    parts: int = 1

    @property
    def courts(self) -> int:
        return self.higher + self.basic

    def make(self, seed: int, fate: Sequence[float] = ()) -> World:
        higher = None if self.courts == len(codes()) else self.higher
        return make(
            self.world, seed, self.courts, self.periods, higher, months=self.months, parts=self.parts, fate=fate
        )


PROVINCE = Setting("14+100×12 quarters", 14, 100, 12, share=0.25)
MANY = (
    PROVINCE,
    replace(PROVINCE, label="14+100×8 quarters", periods=8, share=0.125),
    replace(PROVINCE, label="14+100×5 quarters", periods=5, share=0.125),
    replace(PROVINCE, label="14+100×12, heavy-tailed", world="heavy", share=0.125),
    replace(PROVINCE, label="14+100×12, doubled", world="doubled", share=0.125),
    replace(PROVINCE, label="14+100×12, two shifts of all", world="shift", share=0.125),
    replace(PROVINCE, label="14+100×12, nothing planted", world="null", share=0.125),
    Setting("3+27×12 quarters", 3, 27, 12, share=0.25),
)
FEW = (
    Setting("1+8×8 quarters", 1, 8, 8),
    Setting("9×8 quarters", 0, 9, 8),
    Setting("9×12 quarters", 0, 9, 12),
    Setting("9×5 quarters", 0, 9, 5),
    Setting("1+5×8 quarters", 1, 5, 8),
    Setting("1×8 quarters", 0, 1, 8),
    Setting("1×12 quarters", 0, 1, 12),
    Setting("1+15×8 quarters", 1, 15, 8, share=0.5),
    Setting("9×24 months so far", 0, 9, 24, months=1, share=0.5),
    Setting("6 departments×12 months", 0, 6, 12, months=1, parts=6, share=0.5),
    Setting("9×8, heavy-tailed", 0, 9, 8, "heavy", 0.5),
    Setting("9×8, doubled", 0, 9, 8, "doubled", 0.5),
    Setting("9×8, nothing planted", 0, 9, 8, "null", 0.5),
)


def specs() -> list[Spec]:
    return [
        Spec(k.id, k.id, Measure(k.kind, UNITS.get(k.kind, ""), 0 if k.kind == "count" else 2), better, form=k.form,
             low=k.low, high=k.high, source="模拟", subset=k.kind == "proportion")
        for k, better in zip(KINDS, BETTER, strict=True)
    ]  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One world judged: cells (court × indicator) by the name of a rule, what was planted there, what stands beside."""

    cells: dict[str, np.ndarray]
    truth: np.ndarray
    whole: int = 0  # red flags of all courts together
    shifted: int = 0  # of them those of the two indicators that ``shift`` moves

    def false(self, name: str) -> int:
        return int((self.cells[name] & np.isin(self.truth, ["", "C"])).sum())


def judged(setting: Setting, seed: int, policy: Policy) -> Found:
    """One world, by the whole of ``flag``."""
    world = setting.make(seed)
    return found(world, flagged(world, setting, policy))


def flagged(world: World, setting: Setting, policy: Policy) -> Flags:
    now = parse_period("2025Q4" if setting.months == 3 else "2025-01..11")
    apart = setting.parts > 1  # no department is the measure of another
    units = [Unit(code, code, code if apart else level) for code, level in zip(codes(), world.levels, strict=False)]
    return flag(world.table, now, specs(), units, policy=policy)


def found(world: World, answer: Flags) -> Found:
    """Flags as arrays."""
    place = {code: i for i, code in enumerate(codes())}, {kind.id: i for i, kind in enumerate(KINDS)}
    cells = {name: np.zeros(world.truth.shape, dtype=bool) for name in ("red", "amber", "any", *map(str, CUTS))}
    whole = shifted = 0
    for one in answer.flags:
        if one.court == EVERYBODY:
            whole += one.strength == "red"
            shifted += one.strength == "red" and one.indicator in ("p02", "p04")
            continue
        if one.severity == "grey":
            continue
        cell = place[0][one.court], place[1][one.indicator]
        moved = "R2" in one.rules and one.strength in ("red", "amber")
        sure = moved and (one.q is None or one.q <= load().q_red)  # few courts have no q, and red by R2 alone
        known = "R1" in one.rules and world.outside[cell] and not sure  # a fact about the level, not a false alarm
        cells["red"][cell] = one.strength == "red" and not known
        cells["amber"][cell] = moved
        cells["any"][cell] = not known
        for cut in CUTS:
            cells[str(cut)][cell] = moved and one.q is not None and one.q <= cut
    return Found(cells, world.truth, whole, shifted)


HEAD = ("court system", "worlds", "red", "FDR, % (95%)", "A-small", "A-large", "ramp", "with a false red, %",
        "amber or red", "FDR of these, %", "red of the whole", "seconds")  # fmt: skip


def head() -> None:
    print(f"\n| {' | '.join(HEAD)} |\n|---|{'--:|' * (len(HEAD) - 1)}", flush=True)


def line(label: str, worlds: list[Found], name: str = "red", seconds: float = float("nan")) -> str:
    """A row of the table."""
    red = np.array([one.cells[name].sum() for one in worlds])
    false = np.array([one.false(name) for one in worlds])
    low, high = limits(red, false)
    amber, wrong = sum(one.cells["amber"].sum() for one in worlds), sum(one.false("amber") for one in worlds)
    cells = [
        label,
        str(len(worlds)),
        f"{red.mean():.2f}",
        f"{100 * false.sum() / red.sum():.1f} ({100 * low:.0f}–{100 * high:.0f})" if red.sum() else "–",
        *(power(worlds, name, plant) for plant in PLANTS[:3]),
        f"{100 * (false > 0).mean():.1f}",
        f"{amber / len(worlds):.2f}",
        f"{100 * wrong / amber:.0f}" if amber else "–",
        f"{np.mean([one.whole for one in worlds]):.2f}",
        f"{seconds:.0f}" if np.isfinite(seconds) else "",
    ]
    return f"| {' | '.join(cells)} |"


def power(worlds: list[Found], name: str, plant: str) -> str:
    there = sum((one.truth == plant).sum() for one in worlds)
    hits = sum((one.cells[name] & (one.truth == plant)).sum() for one in worlds)
    return f"{100 * hits / there:.0f}" if there else "–"


def limits(red: np.ndarray, false: np.ndarray) -> tuple[float, float]:
    if not false.sum():  # resampling would know of no false one: the exact binomial limit
        return 0.0, float(1 - 0.025 ** (1 / red.sum()))
    draws = np.random.default_rng(1).integers(0, len(red), (4000, len(red)))
    low, high = np.quantile(false[draws].sum(axis=1) / np.maximum(red[draws].sum(axis=1), 1), [0.025, 0.975])
    return float(low), float(high)


def rows(settings: tuple[Setting, ...], chosen: argparse.Namespace, pool: ProcessPoolExecutor, policy: Policy) -> None:
    """The table of some settings, each row when it is done."""
    head()
    for setting in settings:
        if chosen.rows and not any(text in setting.label for text in chosen.rows):
            continue
        began, count = time.time(), max(round(chosen.worlds * setting.share), 2)
        worlds = list(
            pool.map(partial(judged, setting, policy=policy), seeds(setting, chosen.seed, count), chunksize=4)
        )
        print(line(setting.label, worlds, seconds=time.time() - began), flush=True)
        if setting is PROVINCE:
            for cut in CUTS:
                print(line(f"  R2 alone, q ≤ {cut:g}", worlds, str(cut)), flush=True)
        if setting.world == "shift":
            print(f"|   (of the two shifts found: {50 * np.mean([one.shifted for one in worlds]):.0f}%) |", flush=True)


def seeds(setting: Setting, first: int, count: int) -> range:
    start = first + ROW * [*MANY, *FEW].index(setting)
    assert count <= ROW
    return range(start, start + count)


def others(seed: int) -> dict[str, Found]:
    """What others would have flagged in the province."""
    world = PROVINCE.make(seed)
    x, n, value = peers.arrays(world, PROVINCE.courts)
    tables = {
        "±10% 环比": peers.fixed(value, 1),
        "±10% 同比": peers.fixed(value, 4),
        "±10% 环比，n≥50": peers.fixed(value, 1, n, 50),
        "3σ of the own history": peers.three_sigma(value),
        "z>3, tested value in baseline": peers.z_inside(value),
        "XmR, four NHS rules": peers.xmr(value),
        "XmR, limits only": peers.xmr(value, all_rules=False),
        "two proportions 环比, p < .05 *": peers.two_proportion(x, n, 1),
        "two proportions 同比, p < .05 *": peers.two_proportion(x, n, 4),
        "the same with BH 5% *": peers.two_proportion(x, n, 4, 0.05),
        "funnel 99.8%, no overdispersion *": peers.funnel_plot_r(x, n, world.levels, overdispersion=False),
        "funnel 99.8%, FunnelPlotR *": peers.funnel_plot_r(x, n, world.levels),
        "funnel 95%, FunnelPlotR *": peers.funnel_plot_r(x, n, world.levels, z=1.96),
    }
    return {label: Found({"red": cells.T, "amber": cells.T}, world.truth) for label, cells in tables.items()}


def parts(seed: int) -> dict[str, Found]:
    """The province judged without one part of the policy at a time."""
    world = PROVINCE.make(seed)
    return {label: found(world, flagged(world, PROVINCE, replace(load(), **change))) for label, change in PARTS.items()}


def compared(title: str, worlds: Iterator[dict[str, Found]]) -> None:
    """The same worlds by several rules."""
    print(f"\n{title}\n\n| rule | flags | false | FDR, % | {' | '.join(PLANTS)} |\n|---|{'--:|' * 7}")
    several = list(worlds)
    for label in several[0]:
        mine = [one[label] for one in several]
        flags, false = (sum(each) for each in ([m.cells["red"].sum() for m in mine], [m.false("red") for m in mine]))
        share = f"{100 * false / flags:.0f}" if flags else "–"
        shown = " | ".join(power(mine, "red", plant) for plant in PLANTS)
        print(f"| {label} | {flags / len(mine):.1f} | {false / len(mine):.1f} | {share} | {shown} |", flush=True)


def demo(cases: int) -> None:
    """Which planted anomalies of the demo province are found in the quarter in which they begin."""
    with tempfile.TemporaryDirectory() as folder:
        tongbao = [sys.executable, "-m", "reports"]
        subprocess.run(
            [*tongbao, "demo", folder, "--cases", str(cases), "--force", "-q"], check=True, capture_output=True
        )
        planted = next(
            v for v in json.loads((Path(folder) / "planted.json").read_text()).values() if isinstance(v, list)
        )
        print(f"\nDemo province, {cases} cases: planted anomalies in the quarter in which they begin\n")
        print("| id | court | indicator | kind | size | quarter | found |\n|---|---|---|---|---|---|---|")
        documents, large, hits = {}, 0, 0
        for one in planted:
            period = max(one["since"], "2025Q4") if one["kind"] != "outlier" else "2026Q3"
            if period not in documents:
                done = subprocess.run([*tongbao, "flags", "-w", folder, "--period", period, "--json", "-q"],
                                      check=True, capture_output=True, text=True)  # fmt: skip
                documents[period] = json.loads(done.stdout)["flags"]
            court = one["court"] or "辽"
            mine = [
                f"{f['strength'] or 'grey'} {'+'.join(f['rules'])}"
                for f in documents[period]
                if f["court"].removesuffix("本级") == court and one["indicator"] in (None, f["indicator"])
                and (one["indicator"] is None) == (f["severity"] == "grey")
            ]  # fmt: skip
            sure = any(not text.startswith("yellow") for text in mine)
            if one["size"] == "large":
                large, hits = large + 1, hits + sure
            print(f"| {one['id']} | {court} | {one['indicator'] or '—'} | {one['kind']} | {one['size']} | {period} "
                  f"| {mine[0] if mine else 'no'} |")  # fmt: skip
        print(f"\nLarge ones found (red, amber or grey): {hits} of {large}, {100 * hits / large:.0f}%.", flush=True)


def main() -> None:
    """Print the tables asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--worlds", type=int, default=400, help="of a row; the large systems take a part of them")
    arguments.add_argument("--seed", type=int, default=FIRST)
    arguments.add_argument("--jobs", type=int, help="processes at once; default: every core")
    arguments.add_argument("--cases", type=int, default=300_000, help="of the demo province")
    arguments.add_argument("--only", nargs="*", choices=["few", "many", "others", "parts", "demo"])
    arguments.add_argument("--rows", nargs="*", default=[], help="only rows whose name holds one of these texts")
    chosen = arguments.parse_args()
    tables = chosen.only or ["few", "many", "others", "parts", "demo"]
    first = chosen.seed + ROW * len([*MANY, *FEW])
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for name, settings in (("few", FEW), ("many", MANY)):
            if name in tables:
                rows(settings, chosen, pool, load())
        for place, (name, title, work, share) in enumerate(
            (("others", "Rules of others, in the province", others, 0.25),
             ("parts", "What each part is worth, in the province (red)", parts, 0.0625))
        ):  # fmt: skip
            if name in tables:
                count, start = max(round(chosen.worlds * share), 2), first + ROW * place
                compared(f"{title}, {count} worlds", pool.map(work, range(start, start + count)))
        if "others" in tables:
            print("\n* proportions and shares only; the funnels also ratios.")
    if "demo" in tables:
        demo(chosen.cases)


if __name__ == "__main__":
    main()
