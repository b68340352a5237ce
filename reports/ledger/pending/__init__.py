"""长期未结案件 and 审限: the ledger of cases open too long, its sheet and its changes, and warnings of time limits."""

from reports.ledger.pending.cases import (
    CLOSED,
    FIELDS,
    STATES,
    PendingCase,
    Replayed,
    Updated,
    cases,
    close,
    history,
    replayed,
    respond,
    uncollected,
    update,
    verify_cases,
)
from reports.ledger.pending.changes import changes, summary, totals
from reports.ledger.pending.facts import Facts, Seen, look
from reports.ledger.pending.nodes import Gap, Step, counted, steps
from reports.ledger.pending.problems import told_of
from reports.ledger.pending.sheet import CASES, check, export, row
from reports.ledger.pending.tiers import TierPolicy, policy_of
from reports.ledger.pending.wall import chart
from reports.ledger.pending.warnings import MEASURES, SCREEN, WARNINGS, Warning, warnings

__all__ = [
    "CASES",
    "CLOSED",
    "FIELDS",
    "MEASURES",
    "SCREEN",
    "STATES",
    "WARNINGS",
    "Facts",
    "Gap",
    "PendingCase",
    "Replayed",
    "Seen",
    "Step",
    "TierPolicy",
    "Updated",
    "Warning",
    "cases",
    "changes",
    "chart",
    "check",
    "close",
    "counted",
    "export",
    "history",
    "look",
    "policy_of",
    "replayed",
    "respond",
    "row",
    "steps",
    "summary",
    "told_of",
    "totals",
    "uncollected",
    "update",
    "verify_cases",
    "warnings",
]
