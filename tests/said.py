"""Sentences of flags for tests: as the shipped macros write them, and evidence by hand."""

from __future__ import annotations

from pathlib import Path

from reports.model import Comparison, Flag
from reports.sentences.clauses import Clause, Evidence
from reports.sentences.macros import Sentences
from reports.words import Measure

TEMPLATES = Path(__file__).parents[1] / "templates"
SENTENCES = Sentences([TEMPLATES])


def said(flag: Flag) -> str:
    """The sentence of a flag."""
    return SENTENCES.of(flag.evidence)


def evidence(
    court: str = "甲法院", label: str = "上诉率", now: tuple[int, int] = (1, 10), *clauses: Clause
) -> Evidence:
    """A proportion in % with two decimals, without bases."""
    cell = Comparison("C", "全部", "rate", Measure("proportion", "%", 2), now, None, (None, None))
    return Evidence(court, label, cell, clauses)
