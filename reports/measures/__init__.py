"""What is asked of whom by when: catalogues of measures and of questions, and what is made of them and the findings."""

from reports.measures.asked import FEW, requirements
from reports.measures.catalogue import FILE, Action, load
from reports.measures.kinds import OTHER, every_kind, kinds_of
from reports.measures.questions import Question, asked_of, load_questions

__all__ = [
    "FEW",
    "FILE",
    "OTHER",
    "Action",
    "Question",
    "asked_of",
    "every_kind",
    "kinds_of",
    "load",
    "load_questions",
    "requirements",
]
