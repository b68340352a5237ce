"""What the ledger says of flagged findings afterwards, against what truly became of them (a measurement, not a test).

Worlds of ``flags_world`` go on for three quarters after the one flagged. What was chance has no course of its own; a
change that was planted is gone at once, gone after one more quarter, halved, stays, or grows. Each finding of R2, red
or amber and of either direction, is judged after each quarter as the ledger does. Beside it stands an oracle: it knows
every level, season, dispersion and tail, and what sizes are planted, and is given the cut at which it calls
:data:`ALLOWED` of the chance findings 见效 within three quarters.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from flags import Setting, flagged, specs
from flags_world import KINDS, LATER, LOGIT, World, codes, keys

from reports.courts.periods import parse_period
from reports.flag import EVERYBODY, Unit, load
from reports.flag.aftermath import follow
from reports.flag.panel import Panel, blocks
from reports.flag.transform import transform
from reports.ledger.effect import EFFECTIVE, NOT, OPEN, PARTLY, RECOVERED, Sample, judge

FATES = {"gone": (0, 0, 0), "gone, a quarter later": (1, 0, 0), "half": (0.5, 0.5, 0.5), "stays": (1, 1, 1),
         "grows": (1.25, 1.5, 1.75)}  # fmt: skip
SETTINGS = (Setting("9×8 quarters", 0, 9, 8), Setting("1+5×8 quarters", 1, 5, 8),
            Setting("14+100×12 quarters", 14, 100, 12, share=0.025))  # fmt: skip
VERDICTS = (EFFECTIVE, RECOVERED, PARTLY, NOT, OPEN)
CHANCE, SMALL = "chance", 100  # cases
ALLOWED = 0.10
FIRST = 80_000  # seeds used for nothing else


@dataclass(frozen=True)
class Followed:
    """One finding: what truly became of it, its severity, its cases, the verdict and the oracle's score by quarter."""

    fate: str
    strength: str
    cases: float
    verdicts: tuple[str, ...]
    oracle: tuple[float, ...]


def replicate(setting: Setting, seed: int) -> list[Followed]:
    """One world with each fate; what was chance is taken from the first, as it is the same in all."""
    found: list[Followed] = []
    flags, quarters = None, setting.periods
    for fate, left in FATES.items():
        world = setting.make(seed, left)
        table = world.table
        times = [parse_period(key) for key in [*keys(quarters), *LATER]]
        units = [Unit(code, code, level) for code, level in zip(codes(), world.levels, strict=False)]
        if flags is None:
            known = replace(world, table=table[~table["period"].isin(LATER)])
            flags = [
                one for one in flagged(known, setting, load()).flags if one.court != EVERYBODY and "R2" in one.rules
                and one.severity != "grey" and one.strength in ("red", "amber")
            ]  # fmt: skip
        wanted = [spec for spec in specs() if spec.id in {one.indicator for one in flags}]
        panels = {(one.spec.id, one.level): one for one in blocks(table, wanted, units, times, "全部")}
        places: dict[tuple[str, str], list] = {}
        for one in flags:
            court, kind = codes().index(one.court), [kind.id for kind in KINDS].index(one.indicator)
            chance = world.truth[court, kind] in ("", "C")
            if not chance or fate == "gone":
                told = CHANCE if chance else fate
                places.setdefault((one.indicator, world.levels[court]), []).append((one, court, kind, told))
        for place, mine in places.items():
            panel = panels[place]
            code = [unit.code for unit in panel.units]
            jobs = [(code.index(one.court), quarters - 1, 1 if one.direction == "up" else -1) for one, *_ in mine]
            cuts = [_cut(panel, quarters + k) for k in (1, 2, 3)]
            after = [follow(cut, transform(cut), jobs) for cut in cuts]
            for n, (one, court, kind, told) in enumerate(mine):
                row, _, sign = jobs[n]
                verdicts = tuple(
                    judge(panel.spec.measure, None, None, _sample(cut, row), cut.periods[-1], after=answers[n]).verdict
                    for cut, answers in zip(cuts, after, strict=True)
                )
                cases = panel.n[row, quarters - 1] if one.denominator is not None else panel.x[row, quarters - 1]
                known = oracle(world, panel, row, court, kind, quarters, sign)
                found.append(Followed(told, one.strength, cases, verdicts, known))
    return found


def _cut(panel: Panel, until: int) -> Panel:
    arrays = {name: getattr(panel, name)[:, :until] for name in ("x", "n", "xx", "yy", "xy")}
    return replace(panel, periods=panel.periods[:until], **arrays)


def _sample(panel: Panel, row: int) -> Sample | None:
    x, n = panel.x[row, -1], panel.n[row, -1]
    return Sample(int(x), int(n) if np.isfinite(n) else None) if np.isfinite(x) else None


def oracle(world: World, panel: Panel, row: int, court: int, kind: int, quarters: int, sign: int) -> tuple[float, ...]:
    """How probable it is, knowing all but what was planted, that there was a change of which nothing is left."""
    one, made = KINDS[kind], transform(panel)
    theta, logit = world.usual[court, kind, -quarters - 3 :], one.kind in LOGIT or one.form == "share"
    if one.kind == "count":
        usual = theta + np.nanmean(made.y[row] - theta)
    elif made.scale == "log":
        usual = theta
    else:
        p = 1 / (1 + np.exp(-theta))
        usual = np.arcsin(np.sqrt(0.125 + 0.75 * p if one.kind == "amount" else p))  # a quarter is recovered in part
    now = usual[quarters - 1]
    unit = np.sin(now) * np.cos(now) / 2 if made.scale == "arcsine" else 1.0
    d = sign * (made.y[row] - usual)[quarters - 1 :] / unit
    s = np.sqrt(made.s2[row, quarters - 1 :]) / unit
    sizes = (0.35, 0.70, 0.50) if logit else (0.15, 0.30, 0.30)
    scores = []
    for k in (1, 2, 3):
        chance = _density(d[: k + 1], s[: k + 1], world.tau[kind], kind % 3 == 0) + np.log(0.97)
        ends: dict[float, list[float]] = {}
        for left in (0.0, 0.5, 1.0):
            turns = range(1, k + 1) if left < 1 else (k + 1,)
            for turn in turns:
                for size in sizes:
                    course = size * np.array([1.0 if t < turn else left for t in range(k + 1)])
                    density = _density(d[: k + 1] - course, s[: k + 1], world.tau[kind], kind % 3 == 0)
                    ends.setdefault(left, []).append(density + np.log(0.03 / 9 / len(turns)))
        gone, *others = (np.logaddexp.reduce(ends[left]) for left in (0.0, 0.5, 1.0))
        scores.append(float(np.exp(gone - np.logaddexp.reduce([chance, gone, *others]))))
    return tuple(scores)


_NODES = np.linspace(-5, 5, 61)
_NODE_WEIGHTS = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()


def _density(d, s, tau, heavy):
    """ln of how likely these deviations are without a change: sampling error and overdispersion, t₅ if heavy."""
    known = np.isfinite(d)
    d, s = d[known], s[known]
    if not heavy:
        both = np.hypot(tau, s)
        return float((-0.5 * (d / both) ** 2 - np.log(both) - 0.9189385332).sum())
    wide = tau / np.sqrt(5 / 3)
    t = (1 + ((d[:, None] - s[:, None] * _NODES) / wide) ** 2 / 5) ** -3 * 0.3796066898 / wide
    return float(np.log(t @ _NODE_WEIGHTS + 1e-300).sum())


def _share(hits: list[bool]) -> str:
    """In %, with Wilson's 95% limits."""
    n = len(hits)
    if not n:
        return "–"
    p, z = sum(hits) / n, 1.96
    middle, half = p + z * z / 2 / n, z * np.sqrt(p * (1 - p) / n + z * z / 4 / n**2)
    low, high = ((middle + side * half) / (1 + z * z / n) for side in (-1, 1))
    return f"{100 * p:.0f} ({100 * max(low, 0):.0f}–{100 * high:.0f})"


def show(label: str, found: list[Followed]) -> None:
    """The table of one setting."""
    print(f"\n{label}\n")
    print("| what became of it | findings | 见效 after 1 quarter | within 2 | within 3 | oracle within 2 | within 3 | "
          + " | ".join(f"{name} after 3" for name in VERDICTS[1:]) + " |")  # fmt: skip
    print("|---|" + "--:|" * (6 + len(VERDICTS) - 1))
    groups = {"red": ("red",), "amber": ("amber",), "both": ("red", "amber")}
    for name, grades in groups.items():
        graded = [one for one in found if one.strength in grades]
        chance = [max(one.oracle) for one in graded if one.fate == CHANCE]
        cut = np.quantile(chance, 1 - ALLOWED) if chance else 1.0
        rows = {f"{name}: {fate}": [one for one in graded if one.fate == fate] for fate in (CHANCE, *FATES)}
        for fate in (CHANCE, "gone") if name == "both" else ():
            rows[f"{fate}, under {SMALL} cases"] = [one for one in graded if one.fate == fate and one.cases < SMALL]
        for row, mine in rows.items():
            told = [_share([EFFECTIVE in one.verdicts[:k] for one in mine]) for k in (1, 2, 3)]
            known = [_share([max(one.oracle[:k]) > cut for one in mine]) for k in (2, 3)]
            last = [
                f"{100 * np.mean([one.verdicts[-1] == v for one in mine]):.0f}" if mine else "–" for v in VERDICTS[1:]
            ]
            print(f"| {row} | {len(mine)} | " + " | ".join((*told, *known, *last)) + " |")


def main() -> None:
    """Print the tables of the settings asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--worlds", type=int, default=400, help="of a table; the province takes a part of them")
    arguments.add_argument("--seed", type=int, default=FIRST)
    arguments.add_argument("--jobs", type=int, help="processes at once; default: every core")
    chosen = arguments.parse_args()
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for setting in SETTINGS:
            seeds = range(chosen.seed, chosen.seed + max(round(chosen.worlds * setting.share), 2))
            found = [one for world in pool.map(partial(replicate, setting), seeds) for one in world]
            show(f"What the ledger says afterwards, {setting.label}, {len(seeds)} worlds", found)


if __name__ == "__main__":
    main()
