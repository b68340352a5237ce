"""The closed loop: every flag becomes an item, the court answers, the next period measures, a person signs it off.

All of it stands in ``tongbao.db``, in a journal to which is only ever added (:mod:`reports.ledger.journal`).
"""

from reports.ledger.effect import Baseline, Effect, Sample, baseline, judge, of_event
from reports.ledger.follow_up import concerned, follow_up
from reports.ledger.memory import Memory, heir, printed_bases, printed_then, states_before
from reports.ledger.rectification import Cell, Finding, Item, items, record, tell

__all__ = [
    "Baseline",
    "Cell",
    "Effect",
    "Finding",
    "Item",
    "Memory",
    "Sample",
    "baseline",
    "concerned",
    "follow_up",
    "heir",
    "items",
    "judge",
    "of_event",
    "printed_bases",
    "printed_then",
    "record",
    "states_before",
    "tell",
]
