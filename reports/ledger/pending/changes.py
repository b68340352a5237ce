"""How the number of long-pending cases changes: additions beside conclusions, so that 边清边积 is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from reports.courts.periods import months_before
from reports.ledger.pending.cases import CLOSED, CONCLUDED, OPEN, PendingCase
from reports.ledger.pending.facts import ENFORCEMENT, LITIGATION
from reports.ledger.pending.tiers import TierPolicy, tier_name

FLOWS = ("opening", "added", "reopened", "concluded", "now", "closed")


def summary(found: Iterable[PendingCase], policy: TierPolicy, since: date, day: date) -> list[dict[str, Any]]:
    """By court in the order of the cases: how many before ``since``, how many came and went up to ``day``, and by tier.

    Numbers of cases. They are of the ledger: a case comes on the day it was listed and goes on the day on which the
    data first had its conclusion. ``opening + added + reopened - concluded = now``.
    """
    courts: dict[str, list[PendingCase]] = {}
    for case in found:
        if case.state_on(day):
            courts.setdefault(case.facts.court, []).append(case)
    start, end, before = since.isoformat(), day.isoformat(), since - timedelta(days=1)
    rows = []
    for court, mine in courts.items():
        now = [case for case in mine if case.state_on(day) == OPEN]
        # What came into a state within the window; the first step of a case is its listing.
        came = Counter(
            "added" if place == 0 else state
            for case in mine
            for place, (at, state) in enumerate(case.steps)
            if start <= at <= end
        )
        tiers = Counter(policy.tier(case.facts.filed, case.facts.excluded, day) for case in now)
        rows.append(
            {
                "court": court,
                "name": mine[0].facts.court_name,
                "opening": sum(case.state_on(before) == OPEN for case in mine),
                "added": came["added"],
                "reopened": came[OPEN],
                "concluded": came[CONCLUDED],
                "now": len(now),
                "litigation": sum(case.facts.kind == LITIGATION for case in now),
                "enforcement": sum(case.facts.kind == ENFORCEMENT for case in now),
                "closed": came[CLOSED],
                "unverified": sum(case.state_on(day) == CONCLUDED for case in mine),
                "tiers": {tier_name(months): tiers.get(months, 0) for months in policy.months},
            }
        )
    return rows


def totals(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The :data:`FLOWS` of several courts together, in numbers of cases."""
    return {name: sum(row[name] for row in rows) for name in FLOWS}


def changes(
    found: Sequence[PendingCase], policy: TierPolicy, unit: Literal["week", "month"], count: int, day: date
) -> list[dict[str, Any]]:
    """The last ``count`` weeks (from Monday) or months, oldest first, the running one up to ``day``.

    Each has ``since`` and ``until`` (ISO days), the :data:`FLOWS` of all courts and ``courts``, as :func:`summary`.
    """
    running = day - timedelta(days=day.weekday()) if unit == "week" else day.replace(day=1)
    starts = [
        running - timedelta(weeks=back) if unit == "week" else months_before(running, back)
        for back in reversed(range(count))
    ]
    windows = []
    for start, following in zip(starts, [*starts[1:], day + timedelta(days=1)], strict=True):
        until = following - timedelta(days=1)
        courts = summary(found, policy, start, until)
        windows.append({"since": start.isoformat(), "until": until.isoformat(), **totals(courts), "courts": courts})
    return windows
