"""Rules on finished counts: identities of the stock, numerators, values too good to be true.

They read the indicator table (court, line, indicator, period, numerator, denominator), so they hold for a table
that a court brings as well as for one counted here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from reports.catalogue import Catalogue
from reports.catalogue.quality import QualityRule
from reports.courts.periods import Period
from reports.courts.tree import CourtTree
from reports.model import ALL_LINES, OWN, Quality, QualityFinding
from reports.words import percent

SHOWN = 3
STOCKS = ("opening", "filed", "concluded", "pending")
Table = dict[tuple[str, str, str], tuple[int, int | None]]  # (court, line, indicator) → numerator, denominator


def of_counts(
    history: pd.DataFrame,
    catalogue: Catalogue,
    tree: CourtTree,
    rules: Mapping[str, QualityRule],
    period: Period,
    *,
    printed: pd.DataFrame | None = None,
) -> Quality:
    """Check the indicator table of a single ``period`` against itself and the period before.

    ``printed`` is the indicator table as it was published for the period before, if it was kept.
    """
    now = _table(history, period)
    before = _table(history, period.previous)
    was = _table(printed, period.previous) if printed is not None else {}
    mine = history[(history["period"] == period.key) & history["numerator"].isna()]
    withheld = list(mine[["court", "line", "indicator"]].itertuples(index=False, name=None))
    found = Quality()
    for name, check in _CHECKS.items():
        if name in rules:
            found += check(_Counts(now, before, was, catalogue, tree, withheld), rules[name])
    return found


class _Counts:
    """The counts of a period, of the one before, and of the one before as printed."""

    def __init__(
        self,
        now: Table,
        before: Table,
        printed: Table,
        catalogue: Catalogue,
        tree: CourtTree,
        withheld: Sequence[tuple[str, str, str]],
    ) -> None:
        self.now, self.before, self.printed, self.withheld = now, before, printed, withheld
        self.catalogue, self.tree = catalogue, tree

    def label(self, line: str) -> str:
        """How a line is named in a sentence."""
        return "" if line == ALL_LINES else f"{line}条线"

    def name(self, indicator: str) -> str:
        """The printed name of an indicator."""
        return self.catalogue.indicators[indicator].name

    @property
    def judged(self) -> list[str]:
        """Courts by their own cases: without subordinates, or 本级."""
        return [court.code + (OWN if self.tree.children(court.code) else "") for court in self.tree.courts]


def _table(frame: pd.DataFrame | None, period: Period | None) -> Table:
    if frame is None or period is None:
        return {}
    part = frame[(frame["period"] == period.key) & frame["numerator"].notna()]
    columns = ["court", "line", "indicator", "numerator", "denominator"]
    return {
        (court, line, name): (int(top), None if pd.isna(bottom) else int(bottom))
        for court, line, name, top, bottom in part[columns].astype("object").itertuples(index=False)
    }


def _gathered(rule: QualityRule, hits: Iterable[tuple[str, str]], base: int) -> Quality:
    """One finding a court from (court, text) pairs, each a cell of the table."""
    courts: dict[str, list[str]] = defaultdict(list)
    for court, text in hits:
        courts[court].append(text)
    findings = tuple(
        QualityFinding(
            rule,
            court,
            len(texts),
            base,
            "；".join(texts[:SHOWN]) + (f"；另有{len(texts) - SHOWN}处" if len(texts) > SHOWN else ""),
        )
        for court, texts in courts.items()
    )
    return Quality(findings, {rule.id: (sum(f.count for f in findings), base)})


def _stock_balance(counts: _Counts, rule: QualityRule) -> Quality:
    hits, base = [], 0
    for court, line in _cells(counts, "opening"):
        values = [counts.now.get((court, line, name)) for name in STOCKS]
        if any(value is None for value in values):
            continue
        base += 1
        opening, filed, concluded, pending = (value[0] for value in values if value)
        if opening + filed != concluded + pending:
            sums = f"旧存{opening}＋新收{filed}，不等于结案{concluded}＋未结{pending}"
            hits.append((court, counts.label(line) + sums))
    return _gathered(rule, hits, base) if base else _without(rule)


def _stock_carry(counts: _Counts, rule: QualityRule) -> Quality:
    hits, base = [], 0
    for court, line in _cells(counts, "opening"):
        before = counts.before.get((court, line, "pending"))
        if before is None:
            continue
        base += 1
        opening = counts.now[court, line, "opening"][0]
        if opening != before[0]:
            hits.append((court, f"{counts.label(line)}本期旧存{opening}件，上期未结{before[0]}件"))
    return _gathered(rule, hits, base) if base else _without(rule)


def _stock_printed(counts: _Counts, rule: QualityRule) -> Quality:
    if not counts.printed:
        return Quality(unchecked={rule.id: "没有上期印发的数据"})
    hits, base = [], 0
    for court, line in _cells(counts, "opening"):
        printed = counts.printed.get((court, line, "pending"))
        if printed is None or line != ALL_LINES:
            continue
        base += 1
        opening = counts.now[court, line, "opening"][0]
        allowed = max(rule.number("percent") * printed[0] / 100, rule.number("cases"))
        if abs(opening - printed[0]) > allowed:
            hits.append((court, f"本期旧存{opening}件，上期印发的未结{printed[0]}件"))
    return _gathered(rule, hits, base)


def _beyond_denominator(counts: _Counts, rule: QualityRule) -> Quality:
    """Only indicators whose numerator is a part of the denominator."""
    hits, base = [], 0
    for (court, line, name), (top, bottom) in counts.now.items():
        item = counts.catalogue.indicators.get(name)
        if item is None or not item.subset or bottom is None:
            continue
        base += 1
        if top > bottom:
            hits.append((court, f"{counts.label(line)}{item.name}分子{top}、分母{bottom}"))
    return _gathered(rule, hits, base)


def _too_perfect(counts: _Counts, rule: QualityRule) -> Quality:
    """Not one exception where the share of the courts of the same level made ``least`` or more expected."""
    hits, base = [], 0
    for name in rule.names("indicators"):
        item = counts.catalogue.indicators.get(name)
        if item is None or item.kind != "proportion":
            continue
        peers: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for code in counts.judged:
            top, bottom = counts.now.get((code, ALL_LINES, name), (0, 0))
            if bottom:
                failures = bottom - top if item.better == "higher" else top
                peers[counts.tree.by_code[code.removesuffix(OWN)].level].append((code, failures, bottom))
        for group in peers.values():
            all_failures, cases = sum(f for _, f, _ in group), sum(n for *_, n in group)
            for code, failures, n in group:
                expected = n * all_failures / cases
                if expected < rule.number("least"):
                    continue
                base += 1
                if not failures:
                    value = "为100%" if item.better == "higher" else "为0"
                    usual = f"按同级法院水平（{percent(all_failures, cases)}）约应有{expected:.0f}件例外"
                    hits.append((code, f"{item.name}{value}（{n}件），{usual}"))
    return _gathered(rule, hits, base)


def _same_counts(counts: _Counts, rule: QualityRule) -> Quality:
    hits, base = [], 0
    for court in counts.judged:
        for name, item in counts.catalogue.indicators.items():
            now = counts.now.get((court, ALL_LINES, name))
            if item.kind == "count" or now is None or (now[1] or 0) < rule.number("least"):
                continue
            base += 1
            if now[0] and now == counts.before.get((court, ALL_LINES, name)):
                hits.append((court, f"{item.name}的分子{now[0]}、分母{now[1]}与上期完全相同"))
    return _gathered(rule, hits, base)


def _unknown_words(counts: _Counts, rule: QualityRule) -> Quality:
    """Cells that are left without a number, because the words of too many cases are unknown."""
    hits = [
        (court, counts.label(line) + counts.name(name))
        for court, line, name in counts.withheld
        if line == ALL_LINES and name in counts.catalogue.indicators
    ]
    return _gathered(rule, hits, len(counts.now) + len(counts.withheld))


def _cells(counts: _Counts, indicator: str) -> list[tuple[str, str]]:
    return [(court, line) for court, line, name in counts.now if name == indicator]


def _without(rule: QualityRule) -> Quality:
    return Quality(unchecked={rule.id: "指标目录或数据中没有旧存、新收、结案、未结"})


_CHECKS: Mapping[str, Callable[[_Counts, QualityRule], Quality]] = {
    "stock_balance": _stock_balance,
    "stock_carry": _stock_carry,
    "stock_printed": _stock_printed,
    "beyond_denominator": _beyond_denominator,
    "too_perfect": _too_perfect,
    "same_counts": _same_counts,
    "unknown_words": _unknown_words,
}
COUNTED = frozenset(_CHECKS)
