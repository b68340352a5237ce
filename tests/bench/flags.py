"""The flag policy against what is known: `make bench-flags` (a measurement, not a test).

Four worlds (nothing planted; the model itself; realistic; a shift of the whole province), ours against what others
use, what each part of ours is worth, the city of ten courts, little history, and the demo province's planted
anomalies. Seeds below 9,000 were used for tuning; the tables use only seeds from 9,000 on.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import flags_peers as peers
import numpy as np
from flags_world import BETTER, KINDS, PLANTS, codes, make

from reports.courts.periods import parse_period
from reports.flag import EVERYBODY, Spec, Unit, flag, load
from reports.sentences.clauses import BeyondInterval
from reports.words import Measure

FINAL = 9_000
UNITS = {"proportion": "%", "amount": "%", "count": "件", "mean": "天"}
ABLATIONS = {
    "all of it": {},
    "no overdispersion": {"overdispersion": False},
    "no tail calibration": {"tail": False},
    "no peers": {"peers": False},
    "the last period alone": {"shapes": 1},
    "no power weights": {"weighting": False},
}


def specs() -> list[Spec]:
    return [
        Spec(k.id, k.id, Measure(k.kind, UNITS.get(k.kind, ""), 0 if k.kind == "count" else 2), better, form=k.form,
             low=k.low, high=k.high, source="模拟", subset=k.kind == "proportion")
        for k, better in zip(KINDS, BETTER, strict=True)
    ]  # fmt: skip


def ours(world, courts, policy, quarters):
    """Ours as arrays: red, amber or red, any; and what stands beside: grey, R7, R1."""
    units = [Unit(code, code, level) for code, level in zip(codes(), world.levels, strict=False)]
    found = flag(world.table, parse_period("2025Q4"), specs(), units, policy=policy)
    place = {code: i for i, code in enumerate(codes())}, {kind.id: i for i, kind in enumerate(KINDS)}
    arrays = {name: np.zeros((len(KINDS), courts), dtype=bool) for name in ("red", "amber", "any", "R2", "R5", "R1")}
    extra = defaultdict(int)
    for one in found.flags:
        if one.court == EVERYBODY:
            extra["province"] += one.strength == "red"
            extra["province_shifted"] += one.indicator in ("p02", "p04") and one.strength == "red"
            continue
        if one.severity == "grey":
            extra["grey"] += 1
            continue
        cell = place[1][one.indicator], place[0][one.court]
        known = "R1" in one.rules and world.outside[cell[1], cell[0]]  # a fact about the level, not a false alarm
        extra["R1"] += "R1" in one.rules
        extra["R1_wrong"] += "R1" in one.rules and not world.outside[cell[1], cell[0]]
        confirmed = any(isinstance(c, BeyondInterval) and c.confirmed for c in one.evidence.clauses)
        extra["R1_confirmed"] += confirmed
        extra["R1_confirmed_wrong"] += confirmed and not world.outside[cell[1], cell[0]]
        for name, on in (("red", one.strength == "red"), ("amber", one.strength != "yellow"), ("any", True)):
            arrays[name][cell] = on and not (known and (one.q is None or one.q > policy.q_red))
        arrays["R2"][cell] = "R2" in one.rules and (one.q or 1) <= policy.q_red
        arrays["R5"][cell] = "R5" in one.rules
    extra["untested"] = len(found.untested)
    return arrays, extra


def replicate(job):
    name, seed, courts, quarters, with_peers, variants = job
    world = make(name, seed, courts, quarters)
    x, n, value = peers.arrays(world, courts)
    rows = {}
    if with_peers:
        year = min(4, quarters - 1)
        rows = {
            "±10% 环比": peers.fixed(value, 1),
            "±10% 同比": peers.fixed(value, year),
            "±10% 环比，n≥50": peers.fixed(value, 1, n, 50),
            "3σ own history": peers.three_sigma(value),
            "z>3, tested value in baseline": peers.z_inside(value),
            "XmR, 4 NHS rules": peers.xmr(value),
            "XmR, limits only": peers.xmr(value, all_rules=False),
            "two proportions 环比 p<.05 *": peers.two_proportion(x, n, 1),
            "two proportions 同比 p<.05 *": peers.two_proportion(x, n, year),
            "same with BH 5% *": peers.two_proportion(x, n, year, 0.05),
            "funnel 99.8%, no overdispersion *": peers.funnel_plot_r(x, n, world.levels, overdispersion=False),
            "funnel 99.8%, FunnelPlotR *": peers.funnel_plot_r(x, n, world.levels),
            "funnel 95%, FunnelPlotR *": peers.funnel_plot_r(x, n, world.levels, z=1.96),
        }
    extras = {}
    for label, change in variants.items():
        arrays, extra = ours(world, courts, replace(load(), **change), quarters)
        prefix = f"{label}: " if len(variants) > 1 else ""
        wanted = ("red", "amber", "any", "R2", "R5") if len(variants) == 1 else ("red",)
        rows |= {prefix + key: arrays[key] for key in wanted}
        extras = extra
    truth = world.truth.T
    table = {}
    for label, found in rows.items():
        healthy = found & ((truth == "") | ((truth == "C") & (label == "R2")))
        table[label] = [found.sum(), healthy.sum(), (truth == "").sum()]
        for plant in PLANTS:
            table[label] += [(found & (truth == plant)).sum(), (truth == plant).sum()]
    base = np.where(np.isnan(n), x, n)[..., -1]
    sizes = []
    for low, high in ((0, 100), (100, 500), (500, 1e12)):
        here = (
            (truth == "A-large")
            & (base >= low)
            & (base < high)
            & np.array([k.kind != "amount" for k in KINDS])[:, None]
        )
        red = rows.get("red", np.zeros_like(here))
        sizes += [(red & here).sum(), here.sum()]
    return table, dict(extras), sizes


def run(name, count, courts=114, quarters=12, with_peers=True, variants=None, first=FINAL, jobs=None):
    work = [(name, first + i, courts, quarters, with_peers, variants or {"": {}}) for i in range(count)]
    with ProcessPoolExecutor(jobs) as pool:
        results = list(pool.map(replicate, work))
    sums = {label: np.sum([r[0][label] for r in results], axis=0) for label in results[0][0]}
    extra = defaultdict(float)
    for _, found, _ in results:
        for key, value in found.items():
            extra[key] += value / count
            if key == "province_shifted":
                extra["province_hit"] += value / 2 / count
    return sums, extra, np.sum([r[2] for r in results], axis=0)


NAMES = {"red": "**ours: red**", "amber": "**ours: amber or red**", "any": "ours: yellow and above",
         "R2": "ours: R2 alone, q ≤ .05", "R5": "ours: R5 alone"}  # fmt: skip


def show(title, sums, count):
    print(f"\n{title}\n")
    print("| rule | flags | false | false/healthy | FDR | " + " | ".join(PLANTS) + " |")
    print("|---|---:|---:|---:|---:|" + "---:|" * len(PLANTS))
    for label, row in sums.items():
        flags, false, healthy = row[:3]
        power = [f"{100 * row[3 + 2 * i] / row[4 + 2 * i]:.0f}" if row[4 + 2 * i] else "–" for i in range(len(PLANTS))]
        rate = f"{100 * false / flags:.0f}%" if flags else "–"
        print(f"| {NAMES.get(label, label)} | {flags / count:.1f} | {false / count:.1f} | {100 * false / healthy:.2f}% "
              f"| {rate} | " + " | ".join(power) + " |")  # fmt: skip


def demo(cases):
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
        print(f"\nLarge ones found (red, amber or grey): {hits} of {large}, {100 * hits / large:.0f}%.")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--replicates", type=int, default=100)
    arguments.add_argument("--cases", type=int, default=300_000)
    arguments.add_argument("--seed", type=int, default=FINAL)
    arguments.add_argument("--jobs", type=int, help="processes at once; default: every core")
    arguments.add_argument("--only", choices=["worlds", "demo"])
    chosen = arguments.parse_args()
    count, first = chosen.replicates, chosen.seed
    if chosen.only != "demo":
        started = time.time()
        world = make("realistic", first)
        begun = time.time()
        ours(world, 114, load(), 12)
        print(f"One screen, 114 courts × {len(KINDS)} indicators × 12 quarters: {time.time() - begun:.2f} s")
        sums, extra, sizes = run("realistic", count, first=first, jobs=chosen.jobs)
        show(f"Realistic world, {count} replicates, {114 * len(KINDS)} cells (power in %)", sums, count)
        print("\nPower for A-large by base: " + ", ".join(
            f"{name}: {100 * sizes[2 * i] / sizes[2 * i + 1]:.0f}%"
            for i, name in enumerate(("<100", "100–500", "≥500"))))  # fmt: skip
        print(f"Beside: grey {extra['grey']:.2f}, untested {extra['untested']:.0f}, province flags {extra['province']:.2f}; "
              f"R1 outside {extra['R1']:.1f} of which truly inside {extra['R1_wrong']:.1f}; "
              f"R1 confirmed {extra['R1_confirmed']:.1f} of which truly inside {extra['R1_confirmed_wrong']:.2f}")  # fmt: skip
        few = max(count // 2, 2)
        sums, extra, _ = run("null", few, first=first, jobs=chosen.jobs)
        show(f"Nothing planted, {few} replicates", sums, few)
        print(f"Beside: grey {extra['grey']:.2f}, province flags {extra['province']:.2f} of {len(KINDS)} indicators")
        sums, _, _ = run("ideal", few, first=first, jobs=chosen.jobs)
        show(f"Ideal world (the model itself), {few} replicates", sums, few)
        sums, extra, _ = run("shift", few, first=first, jobs=chosen.jobs)
        show(f"Whole province shifted in two indicators (+.25 logit), nothing else, {few} replicates", sums, few)
        print(f"Province flag raised for a shifted indicator: {100 * extra['province_hit']:.0f}%")
        sums, _, _ = run("realistic", few, with_peers=False, variants=ABLATIONS, first=first, jobs=chosen.jobs)
        show(f"What each part is worth (realistic world, red), {few} replicates", sums, few)
        sums, _, _ = run("realistic", count, courts=10, first=first, jobs=chosen.jobs)
        show(f"A city of 10 courts, {count} replicates", sums, count)
        sums, _, _ = run("realistic", few, quarters=5, first=first, jobs=chosen.jobs)
        show(f"Five quarters only, {few} replicates", sums, few)
        print(f"\n* proportions and shares only (funnels: ratios too). All worlds: {time.time() - started:.0f} s")
    if chosen.only != "worlds":
        demo(chosen.cases)


if __name__ == "__main__":
    main()
