"""The back-test of docs/longview.md: pending cases of invented cities and their courts, by several methods.

python tests/bench/outlook.py FOLDER: makes worlds of seven years there, once; two minutes on one core.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from reports.courts.periods import Period, consecutive, parse_period
from reports.demo import make
from reports.longview import Series, outlook
from reports.longview.outlook import expected
from reports.longview.series import YEAR
from reports.model import ALL_LINES
from reports.pipeline.job import Job
from reports.pipeline.longview import COUNTED, flows
from reports.pipeline.numbers import covers
from reports.pipeline.sources import case_table
from reports.tally import tally
from reports.workspace import find

SEEDS, QUARTERS, END = (1, 2, 3), 28, "2026Q3"
LEAST = 60  # pending cases: of fewer a percentage says little
FROM = 2 * YEAR  # months of history at the first moment

Method = Callable[[Sequence[int], Sequence[int], Sequence[int], int], float]


def before(_f: Sequence[int], _c: Sequence[int], p: Sequence[int], ahead: int) -> float:
    """As at the same time of the year before."""
    return p[len(p) - 1 + ahead - YEAR]


def shifted(_f: Sequence[int], _c: Sequence[int], p: Sequence[int], ahead: int) -> float:
    """The present level and the change of the same months of the last year alone."""
    return p[-1] + p[len(p) - 1 + ahead - YEAR] - p[-1 - YEAR]


def smoothed(_f: Sequence[int], _c: Sequence[int], p: Sequence[int], ahead: int) -> float:
    """Additive seasonal exponential smoothing without a trend, its two parameters by least squares over a grid."""
    best: tuple[float, float, list[float]] | None = None
    for alpha in (0.2, 0.4, 0.6, 0.8, 0.95):
        for gamma in (0.05, 0.2, 0.4):
            level = sum(p[:YEAR]) / YEAR
            season = [one - level for one in p[:YEAR]]
            loss = 0.0
            for at in range(YEAR, len(p)):
                loss += (p[at] - level - season[at % YEAR]) ** 2
                new = alpha * (p[at] - season[at % YEAR]) + (1 - alpha) * level
                season[at % YEAR] = gamma * (p[at] - new) + (1 - gamma) * season[at % YEAR]
                level = new
            if best is None or loss < best[0]:
                best = loss, level, list(season)
    assert best is not None
    return best[1] + best[2][(len(p) - 1 + ahead) % YEAR]


def flowing(f: Sequence[int], c: Sequence[int], p: Sequence[int], ahead: int) -> float:
    """Stock and flow: filings of the same months, times their growth; the share of cases at hand concluded then."""
    last = len(p) - 1
    growth = sum(f[-YEAR:]) / sum(f[-2 * YEAR : -YEAR])
    stock = float(p[-1])
    for month in range(1, ahead + 1):
        past = [last + month - YEAR * year for year in (1, 2) if last + month - YEAR * year > 0]
        filed = sum(f[at] * growth ** (1 + n) for n, at in enumerate(past)) / len(past)
        rate = sum(c[at] / max(1, p[at - 1] + f[at]) for at in past) / len(past)
        stock = (stock + filed) * (1 - rate)
    return stock


def drifting(_f: Sequence[int], _c: Sequence[int], p: Sequence[int], ahead: int) -> float:
    """The method that is used."""
    return expected(tuple(p), ahead)


METHODS: dict[str, Method] = {
    "as the year before": before, "last year's change": shifted, "seasonal smoothing": smoothed,
    "stock and flow": flowing, "mean change of the months": drifting,
}  # fmt: skip


def worlds(folder: Path) -> list[tuple[str, tuple[Period, ...], dict[str, list[int]]]]:
    """(what, months, counts by name) of every city and court with enough pending cases."""
    found = []
    for seed in SEEDS:
        place = folder / f"city{seed}"
        if not place.exists():
            make(place, name="city", cases=120_000, seed=seed, end=END, quarters=QUARTERS, dirty=False, planted=False)
            (place / "tongbao.toml").write_text('[source]\nfiles = ["cases.parquet"]\n', "utf-8")
        job = Job(find(place), parse_period(END), date(2026, 11, 1), date(2026, 11, 1))
        catalogue = flows(job)
        with case_table(replace(job, asked=catalogue), catalogue.columns) as table:
            assert table.first is not None
            months = consecutive(Period(table.first.year, table.first.month, table.first.month), Period(2026, 9, 9))
            months = tuple(one for one in months if covers(one, table) and one >= Period(2019, 10, 10))
            counted = tally(table, catalogue, months).frame.xs(ALL_LINES, level="line")
            for court in counted.index.unique("court"):
                rows = counted.loc[court].reindex([one.key for one in months])
                counts = {name: [int(one) for one in rows[catalogue.indicators[name].terms[0]]] for name in COUNTED}
                if min(counts["pending"]) >= LEAST:
                    found.append(("city" if court == "辽01" else "court", months, counts))
    return found


def main() -> None:
    """Print the table of errors, and how often the range held what came."""
    every = worlds(Path(sys.argv[1]))
    print(f"| months ahead | of | moments | {' | '.join(METHODS)} | told | range held |")
    print(f"|--:|:--|--:|{'--:|' * len(METHODS)}--:|--:|")
    for ahead in (1, 3, 6, 9, 12):
        for what in ("city", "court"):
            errors: dict[str, list[float]] = defaultdict(list)
            told = held = moments = 0
            for kind, months, counts in every:
                if kind != what:
                    continue
                pending = counts["pending"]
                for at in range(FROM, len(pending) - ahead):
                    came = pending[at + ahead]
                    known = [counts[name][: at + 1] for name in COUNTED]
                    for name, method in METHODS.items():
                        errors[name].append(abs(method(*known, ahead) - came) / came)
                    one = outlook(Series(months[: at + 1], tuple(pending[: at + 1])), months[at + ahead])
                    moments += 1
                    if one.expected is not None and one.low is not None and one.high is not None:
                        told, held = told + 1, held + (one.low <= came <= one.high)
            shown = [f"{100 * sum(errors[name]) / len(errors[name]):.1f}%" for name in METHODS]
            share = f"{100 * held / told:.0f}%" if told else "—"
            print(f"| {ahead} | {what} | {moments} | {' | '.join(shown)} | {100 * told / moments:.0f}% | {share} |")


if __name__ == "__main__":
    main()
