"""Where a line's cases lie by cause of action (案由): which grew, where the days, the reversals and the old cases are.

Every number is of cases and adds up, over all causes, to the one that the bulletin prints; where it does not, as where
an indicator table gives the figure, nothing is told of its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from reports.compose import Subject
from reports.courts.periods import Period
from reports.errors import ConfigError
from reports.ledger.follow_up import plain
from reports.model import CaseTable, Findings, Value
from reports.pipeline.job import Job
from reports.pipeline.stages import Cases, causes_key
from reports.tally.cases import by_cause, by_part
from reports.words import FEW, Measure, percent, signed

CAUSE = "cause"
LEAST = 5  # cases by which a cause must have grown or fallen to be told
TOLD, ROWS = 3, 10  # causes in a sentence, and with a row of their own
LONGER = 6, 5  # a mean of days that is told as long is at least this part of the line's
DAYS = Measure("mean", "天", 1)

Parts = Mapping[str, Value]
Rows = list[dict[str, Any]]


def causes(job: Job, cases: Cases, part: Findings, subject: Subject) -> dict[str, Any]:
    """The plain data of :mod:`reports.pipeline.causes` on the issuer of ``part`` and its line.

    ``most``, ``grown`` and ``fallen`` tell of filings, against a year before where ``base`` says that it is known;
    ``days``, ``old`` and ``reversed`` of what the ``subject`` has indicators of; ``heads`` and ``rows`` are a table of
    causes, the others together and the sum. Empty where the data have no causes.
    """
    key = causes_key(cases, part.issuer, part.line, subject.indicators)
    found: dict[str, Any] = cases.stored("案由情况", key, lambda table: _causes(table, part, subject))
    return found


def _causes(table: CaseTable, part: Findings, subject: Subject) -> dict[str, Any]:
    counts, base = filed_by(table, part, CAUSE)
    if not any(now or old for now, old in counts.values()):
        return {}
    told = {
        name: {} if subject.indicators else parts_by(table, part, name, CAUSE)
        for name in ("concluded", "average_days", "over12_pending", "first_reversal_rate")
    }
    most = sorted((one for one, (now, _) in counts.items() if now), key=lambda one: (-counts[one][0], one))
    grown, fallen = (moved(counts, up=up) if base else [] for up in (True, False))
    days, old, away = told["average_days"], told["over12_pending"], told["first_reversal_rate"]
    longest, oldest, reversed_ = _longest(days), _most(old), _most(away)
    named = [*most[:ROWS], *grown[:TOLD], *fallen[:TOLD], *longest, *oldest, *reversed_]
    return {
        "base": base,
        "most": _filed(most[:TOLD], counts),
        "grown": _filed(grown[:TOLD], counts),
        "fallen": _filed(fallen[:TOLD], counts),
        "days": _days(longest, days),
        "old": _counted(oldest, old),
        "reversed": _counted(reversed_, away),
        **_table(list(dict.fromkeys(named)), counts, told, base=base),
    }


def filed_by(table: CaseTable, part: Findings, column: str) -> tuple[dict[str, tuple[int, int]], bool]:
    """Each value of a ``column`` → filings of the period and of a year before, and whether these are known.

    Empty where nothing is.
    """
    cell = part.comparisons.cell(part.issuer, part.line, "filed")
    if cell is None or "now" in cell.withheld:
        return {}, False
    base = cell.year_before[0] is not None and not {"now", "year_before"} & (cell.incomplete | cell.unlike)
    now, before = (
        _by(table, part, period, "filed", column) if wanted else {}
        for period, wanted in ((part.period, True), (part.period.year_before, base))
    )
    whole = [sum(value[0] or 0 for value in parts.values()) for parts in (now, before)]
    if whole[0] != cell.now[0]:
        return {}, False
    base = base and whole[1] == cell.year_before[0]
    return {
        one: ((now.get(one) or (0, None))[0] or 0, (before.get(one) or (0, None))[0] or 0 if base else 0)
        for one in sorted({*now, *(before if base else ())})
    }, base


def moved(counts: Mapping[str, tuple[int, int]], *, up: bool) -> list[str]:
    """The causes that grew, or fell, by more than twice the root of both counts together, the most first.

    That is two standard errors of a difference of counts: what moved less may be chance.
    """
    found = [
        one
        for one, (now, old) in counts.items()
        if abs(now - old) >= LEAST and (now > old) == up and (now - old) ** 2 > 4 * (now + old)
    ]
    return sorted(found, key=lambda one: (-abs(counts[one][0] - counts[one][1]), one))


def _by(table: CaseTable, part: Findings, period: Period, name: str, column: str) -> dict[str, Value]:
    counted = by_cause if column == CAUSE else partial(by_part, column=column)
    return counted(table, part.catalogue, period, court=part.issuer, line=part.line, indicator=name)


def parts_by(table: CaseTable, part: Findings, name: str, column: str) -> Parts:
    """What each value of a ``column`` has of an indicator's numerator and denominator; empty where that is not what is
    printed.
    """
    cell = part.comparisons.cell(part.issuer, part.line, name)
    if cell is None or {"now"} & (cell.withheld | cell.incomplete) or name in part.comparisons.given:
        return {}
    try:
        found = _by(table, part, part.period, name, column)
    except ConfigError:  # its columns are missing
        return {}
    sums = tuple(sum(value[side] or 0 for value in found.values()) for side in (0, 1))
    return found if sums == tuple(one or 0 for one in cell.now) else {}


def _filed(names: Iterable[str], counts: Mapping[str, tuple[int, int]]) -> Rows:
    return [{"name": plain(one), "now": counts[one][0], "before": counts[one][1]} for one in names]


def _most(parts: Parts) -> list[str]:
    """The causes with most cases, of those with more than one."""
    named = sorted((one for one, value in parts.items() if (value[0] or 0) > 1), key=lambda one: (-_n(parts, one), one))
    return named[:TOLD]


def _n(parts: Parts, one: str) -> int:
    return (parts.get(one) or (0, None))[0] or 0


def _counted(names: Sequence[str], parts: Parts) -> dict[str, Any]:
    """How many cases there are in all, and of the causes named; ``spread`` is the number of causes."""
    spread = [one for one in parts if _n(parts, one)]
    return {
        "total": sum(_n(parts, one) for one in spread),
        "spread": len(spread),
        "causes": [{"name": plain(one), "count": _n(parts, one)} for one in names],
    }


def _longest(days: Parts) -> list[str]:
    """The causes of which enough cases were concluded and took clearly longer than the line's, by what they add."""
    whole = [sum(value[side] or 0 for value in days.values()) for side in (0, 1)]
    more, of = LONGER
    found = [
        (total * whole[1] - whole[0] * n, one)
        for one, (total, n) in days.items()
        if total and n and n >= FEW and total * whole[1] * of >= whole[0] * n * more
    ]
    return [one for _, one in sorted(found, key=lambda pair: (-pair[0], pair[1]))[:TOLD]]


def _days(names: Sequence[str], days: Parts) -> dict[str, Any]:
    """The long causes with mean and cases, and their shares of all cases and of all days; empty without any."""
    if not names:
        return {}
    whole, mine = ([sum(days[one][side] or 0 for one in group) for side in (0, 1)] for group in (days, names))
    return {
        "causes": [{"name": plain(one), "mean": DAYS.text(*days[one]), "count": days[one][1]} for one in names],
        "cases": percent(mine[1], whole[1]),
        "days": percent(mine[0], whole[0]),
    }


def _table(
    names: Sequence[str], counts: Mapping[str, tuple[int, int]], told: Mapping[str, Parts], *, base: bool
) -> dict[str, Any]:
    """A row for each of the causes, by filings, one for all others and the sum; columns as far as they are known."""
    every = sorted({*counts, *(one for parts in told.values() for one in parts)})
    rest = [one for one in every if one not in names]
    if len(rest) == 1:
        names, rest = [*names, *rest], []
    names = sorted(names, key=lambda one: (-counts.get(one, (0, 0))[0], one))
    groups = [(plain(one), [one]) for one in names]
    groups += [(f"其余{len(rest)}个案由", rest)] if rest else []
    groups += [("合计", every)] if len(every) > 1 else []
    filed = [[sum(counts.get(one, (0, 0))[side] for one in group) for side in (0, 1)] for _, group in groups]
    columns = [("新收", [str(now) for now, _ in filed])]
    if base:
        columns += [
            ("去年同期", [str(old) for _, old in filed]),
            ("增减", [signed(now - old, 0) for now, old in filed]),
        ]
    for name, head in (
        ("concluded", "结案"),
        ("average_days", "平均审理天数"),
        ("over12_pending", "超12个月未结"),
        ("first_reversal_rate", "被改判发回"),
    ):
        parts = told[name]
        sums = [[sum((parts.get(one) or (0, 0))[side] or 0 for one in group) for side in (0, 1)] for _, group in groups]
        if any(map(any, sums)):
            mean = name == "average_days"
            columns.append((head, [DAYS.text(*one).removesuffix("天") if mean else str(one[0]) for one in sums]))
    return {
        "heads": ["案由", *(head for head, _ in columns)],
        "rows": [[name, *(cells[place] for _, cells in columns)] for place, (name, _) in enumerate(groups)],
    }
