"""Quarterly quality bulletins for courts."""
