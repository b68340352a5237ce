"""Quarterly quality bulletins (通报) for courts, from case data to a circular that can be signed."""

__version__ = "0.1.0"
