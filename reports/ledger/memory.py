"""What the next periods need of the finished ones: where every flag is in its life, and the values as printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reports.courts.periods import Period
from reports.courts.tree import CourtTree
from reports.ledger.journal import Journal, reading
from reports.model import OWN, Key, Printed, State


@dataclass(frozen=True)
class Memory:
    """What is kept of one period: the states after it, and its values as printed (``None``: as they are known)."""

    period: Period
    states: Mapping[Key, State]
    printed: Iterable[Printed] | None


def remember(journal: Journal, memory: Memory, *, at: str, who: str) -> None:
    """Keep this of its period, in place of what an earlier run of the period left."""
    db = journal.db
    key, series, ends = memory.period.key, series_of(memory.period), memory.period.end.isoformat()
    db.execute("DELETE FROM life WHERE period = ?", (key,))
    db.executemany(
        "INSERT INTO life VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((key, series, ends, *which, s.name, s.since, s.last, s.quiet) for which, s in memory.states.items()),
    )
    if memory.printed is not None:
        _print(journal, key, memory.printed)
    journal.keep(at, who, key)


def print_values(journal: Journal, period: str, values: Iterable[Printed], *, at: str, who: str) -> None:
    """Keep what the bulletin of a period prints, in place of what was kept before."""
    _print(journal, period, values)
    journal.keep(at, who, period)


def _print(journal: Journal, period: str, values: Iterable[Printed]) -> None:
    rows = [(period, p.court, p.line, p.indicator, *p.value, p.scope) for p in values]
    there = journal.db.execute("SELECT * FROM printed WHERE period = ?", (period,)).fetchall()
    if len(there) == len(rows) and {tuple(row) for row in there} == set(rows):
        return
    journal.db.execute("DELETE FROM printed WHERE period = ?", (period,))
    journal.db.executemany("INSERT INTO printed VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def states_before(path: Path, period: Period) -> dict[Key, State]:
    """The states after the latest period before ``period`` in its series; none without a ledger."""
    if not path.exists():
        return {}
    with reading(path) as journal:
        rows = journal.db.execute(
            "SELECT court, indicator, rule, direction, state, since, last, quiet FROM life WHERE series = ?1 AND ends ="
            " (SELECT max(ends) FROM life WHERE series = ?1 AND ends < ?2)",
            (series_of(period), period.end.isoformat()),
        ).fetchall()
    return {(court, name, rule, way): State(*state) for court, name, rule, way, *state in rows}


def printed_then(path: Path, period: Period) -> dict[tuple[str, str, str], Printed]:
    """(court, line, indicator) → the value that the bulletin of ``period`` printed; none without a ledger."""
    if not path.exists():
        return {}
    with reading(path) as journal:
        rows = journal.db.execute(
            "SELECT court, line, indicator, numerator, denominator, scope FROM printed WHERE period = ?", (period.key,)
        ).fetchall()
    return {
        (court, line, name): Printed(period.key, court, line, name, (x, n), scope)
        for court, line, name, x, n, scope in rows
    }


def printed_bases(path: Path, period: Period) -> dict[str, dict[tuple[str, str, str], Printed]]:
    """What the bulletins of the periods that ``period`` is compared with printed, by side of the comparison."""
    bases = {"previous": period.previous, "year_before": period.year_before}
    return {side: printed_then(path, base) for side, base in bases.items() if base}


def series_of(period: Period) -> str:
    """Periods of one series follow one another: single months, single quarters, cumulative periods."""
    return "cumulative" if period.cumulative else str(period.months)


def heir(tree: CourtTree, code: str) -> str:
    """Under which code stands today what was kept of a court or unit (of its own cases alone, with 本级)."""
    bare = code.removesuffix(OWN)
    now = tree.successor(bare) or bare
    return code if now == bare else now + (OWN if bare != code and tree.children(now) else "")
