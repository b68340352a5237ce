"""Steps of known size, and none, against what ``tongbao effect`` says of them: `make bench-effect` (a measurement).

Worlds are those of ``flags_world`` with nothing else planted: season (each court's own by ±30%), AR(.3) overdispersion,
one third of the indicators heavy-tailed, a walk that all courts share. Some courts take a step: their true level moves
by a known size from one quarter on. Every indicator of every world is one case. Sizes are in logits for rates, and
shares of them in logarithms for the others, as flags_world has them. Rows are printed when they are done.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from flags import specs
from flags_world import KINDS, LOGIT, MONTHLY, QUARTERLY, VOLUME, _table, _theta, codes, keys

from reports.courts.periods import parse_period
from reports.flag import Unit, load
from reports.flag.panel import blocks
from reports.flag.step import ALIKE, BEYOND, LITTLE, OPEN, Difference, difference
from reports.flag.transform import transform

FIRST = 600_000  # seeds used for nothing else
LOGARITHMS = 0.43  # of a size in logits: .35 and .15, .70 and .30 in flags_world
VERDICTS = (BEYOND, ALIKE, OPEN, LITTLE)


@dataclass(frozen=True)
class Setting:
    """Courts of which some took a step, periods before and since it, of so many months."""

    took: int
    beside: int
    before: int
    since: int
    months: int = 3
    world: str = "null"
    share: float = 1.0  # of the worlds asked for

    @property
    def label(self) -> str:
        spell = "months" if self.months == 1 else "quarters"
        rough = "" if self.world == "null" else f", {self.world}"
        return f"{self.took} of {self.took + self.beside} courts, {self.before}+{self.since} {spell}{rough}"


SETTINGS = (
    Setting(1, 2, 4, 2), Setting(2, 3, 4, 1), Setting(1, 8, 8, 2), Setting(1, 8, 8, 4), Setting(3, 6, 6, 2),
    Setting(3, 6, 8, 4), Setting(3, 6, 18, 6, 1), Setting(3, 6, 8, 4, world="heavy"),
    Setting(3, 6, 8, 4, world="doubled"), Setting(10, 90, 8, 4, share=0.2),
)  # fmt: skip
SIZES = (0.0, 0.35, 0.7)


def tables(setting: Setting, seed: int, size: float) -> pd.DataFrame:
    """One world with a step of ``size`` (logits), the way it goes drawn for each indicator."""
    rng = np.random.default_rng(seed)
    courts, periods = setting.took + setting.beside, setting.before + setting.since
    times = keys(periods, setting.months)
    season = np.array(
        [QUARTERLY[int(key[-1]) - 1] if setting.months == 3 else MONTHLY[int(key[-2:]) - 1] for key in times]
    )
    sizes = np.clip(np.exp(rng.normal(0, 0.60, courts)), 0.15, 12.0)
    scale, found = VOLUME * setting.months / 3, []
    for kind in KINDS:
        logit = kind.kind in LOGIT or kind.form == "share"
        theta, _, _ = _theta(rng, kind, courts, season, setting.world, logit, setting.months)
        way = rng.choice([-1, 1])
        theta[: setting.took, setting.before :] += way * size * (1 if logit else LOGARITHMS)
        swing = 1 + rng.uniform(-0.3, 0.3, courts)[:, None]
        volume = scale * kind.cases * sizes[:, None] * np.exp(0.15 * season * swing + rng.normal(0, 0.10, theta.shape))
        n = rng.poisson(np.maximum(volume, 3.0)) if kind.cases else np.zeros(theta.shape, int)
        found.append(_table(rng, kind, theta, n, scale * sizes, times))
    return pd.concat(found, ignore_index=True)


def replicate(setting: Setting, size: float, seed: int) -> list[Difference]:
    """What is said of every indicator of one world."""
    table, courts = tables(setting, seed, size), setting.took + setting.beside
    units = [Unit(code, code, "basic") for code in codes()[:courts]]
    times = [parse_period(key) for key in keys(setting.before + setting.since, setting.months)]
    took = np.arange(courts) < setting.took
    return [
        difference(block, transform(block), took, setting.before, load())
        for block in blocks(table, specs(), units, times, "全部")
    ]


def _share(part: int, whole: int) -> str:
    """In %, with Wilson's 95% limits."""
    if not whole:
        return "–"
    p, z = part / whole, 1.96
    middle, half = p + z * z / 2 / whole, z * np.sqrt(p * (1 - p) / whole + z * z / 4 / whole**2)
    low, high = ((middle + side * half) / (1 + z * z / whole) for side in (-1, 1))
    return f"{100 * p:.1f} ({100 * max(low, 0):.1f}–{100 * high:.1f})"


HEAD = ("courts, periods", "size", "cases", "beyond chance", "p alone", "alike", "cannot tell", "too little")


def line(setting: Setting, size: float, found: Sequence[Difference]) -> str:
    """The row of a setting and size."""
    told = [one for one in found if one.verdict != LITTLE]
    counts = {name: sum(one.verdict == name for one in found) for name in VERDICTS}
    cells = (
        setting.label, f"{size:g}", str(len(told)), _share(counts[BEYOND], len(told)),
        _share(sum(one.p <= 0.05 for one in told), len(told)), _share(counts[ALIKE], len(told)),
        _share(counts[OPEN], len(told)), str(counts[LITTLE]),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print a row for each setting and size."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--worlds", type=int, default=100, help="of a row")
    arguments.add_argument("--seed", type=int, default=FIRST)
    arguments.add_argument("--jobs", type=int, help="processes at once; default: every core")
    arguments.add_argument("--rows", type=int, nargs="*", help="only these settings, by their number")
    arguments.add_argument("--sizes", type=float, nargs="*", default=list(SIZES))
    chosen = arguments.parse_args()
    print(f"| {' | '.join(HEAD)} |\n|---|{'--:|' * (len(HEAD) - 1)}", flush=True)
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for row, setting in enumerate(SETTINGS):
            if chosen.rows and row not in chosen.rows:
                continue
            for size in chosen.sizes:
                many = max(round(chosen.worlds * setting.share), 2)
                seeds = range(chosen.seed + 1000 * row, chosen.seed + 1000 * row + many)
                worlds = pool.map(partial(replicate, setting, size), seeds)
                print(line(setting, size, [one for world in worlds for one in world]), flush=True)


if __name__ == "__main__":
    main()
