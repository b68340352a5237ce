"""What is asked of whom by when: a catalogue of measures, and the rows that a circular makes of it and its findings."""

from reports.measures.asked import FEW, requirements
from reports.measures.catalogue import FILE, Action, load

__all__ = ["FEW", "FILE", "Action", "load", "requirements"]
