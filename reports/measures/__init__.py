"""What is asked of whom by when: a catalogue of measures, and the rows that a circular makes of it and its findings."""

from reports.measures.catalogue import FILE, Action, load
from reports.measures.requirements import requirements

__all__ = ["FILE", "Action", "load", "requirements"]
