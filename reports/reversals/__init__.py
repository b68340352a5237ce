"""Reversed and remanded cases (发改案件): what is known of each, which are recommended for review, and how it is told.

A pure function of rows that :mod:`reports.tally.cases` found by the catalogue's own definitions. Reversal is
supervision at work: nothing here ranks courts, and to recommend a case for review (建议评查) is not to say that it was
judged wrongly.
"""

from __future__ import annotations

from reports.reversals.cases import COUNTS, INDICATORS, cases, of_courts, recommended
from reports.reversals.told import told

__all__ = ["COUNTS", "INDICATORS", "cases", "of_courts", "recommended", "told"]
