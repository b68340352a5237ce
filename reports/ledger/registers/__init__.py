"""登记簿: what people enter that case data do not hold, in the journal; its form and what its documents tell."""

from reports.ledger.registers.entries import (
    ENTERED,
    WITHDRAWN,
    Entry,
    Places,
    enter,
    entries,
    faults_of,
    history,
    planned,
    withdraw,
)
from reports.ledger.registers.sheet import check, export, form_of
from reports.ledger.registers.told import list_of, report_of

__all__ = [
    "ENTERED",
    "WITHDRAWN",
    "Entry",
    "Places",
    "check",
    "enter",
    "entries",
    "export",
    "faults_of",
    "form_of",
    "history",
    "list_of",
    "planned",
    "report_of",
    "withdraw",
]
