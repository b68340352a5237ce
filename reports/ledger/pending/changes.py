"""How the number of long-pending cases changes: additions beside conclusions, so that 边清边积 is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from reports.ledger.pending.cases import CONCLUDED, PendingCase
from reports.ledger.pending.facts import ENFORCEMENT, LITIGATION
from reports.ledger.pending.tiers import Policy, tier_name


def summary(found: Iterable[PendingCase], policy: Policy, since: date, day: date) -> list[dict[str, Any]]:
    """By court in code order: how many there were before ``since``, how many came and went up to ``day``, and by tier.

    Additions stand beside conclusions, so that 边清边积 is seen. ``opening + added - concluded = now``.
    """
    courts: dict[str, list[PendingCase]] = {}
    for case in found:
        if case.listed[:10] <= day.isoformat():
            courts.setdefault(case.facts.court, []).append(case)
    start, end = since.isoformat(), day.isoformat()
    rows = []
    for court, mine in sorted(courts.items()):
        gone_before = [case for case in mine if case.seen and case.seen[:10] < start]
        added = [case for case in mine if case.listed[:10] >= start]
        gone = [case for case in mine if case.seen and start <= case.seen[:10] <= end]
        now = [case for case in mine if not case.seen or case.seen[:10] > end]
        tiers = Counter(policy.tier(case.facts.filed, case.facts.excluded, day) for case in now)
        rows.append(
            {
                "court": court,
                "name": mine[0].facts.court_name,
                "opening": len(mine) - len(added) - len(gone_before),
                "added": len(added),
                "concluded": len(gone),
                "now": len(now),
                "litigation": sum(case.facts.kind == LITIGATION for case in now),
                "enforcement": sum(case.facts.kind == ENFORCEMENT for case in now),
                "closed": sum(start <= case.closed_at[:10] <= end for case in mine),
                "unverified": sum(case.state == CONCLUDED for case in mine),
                "tiers": {tier_name(months): tiers.get(months, 0) for months in policy.months},
            }
        )
    return rows
