"""The catalogue: every count, stock and indicator, defined once, in TOML, and validated whole.

``counts.toml`` and ``indicators.toml`` hold all definitions; an edition (``editions/*.toml``) selects the
indicators in force. A court adds or replaces entries in files of its own; nothing here runs code.
"""

from reports.catalogue.definitions import (
    LISTED,
    MOMENT,
    Apart,
    Catalogue,
    Count,
    Indicator,
    Interval,
    Reach,
    Stock,
    alone,
    lacking,
    without,
)
from reports.catalogue.loader import DEFAULT_EDITION, EVERYTHING, check, editions, load

__all__ = [
    "DEFAULT_EDITION",
    "EVERYTHING",
    "LISTED",
    "MOMENT",
    "Apart",
    "Catalogue",
    "Count",
    "Indicator",
    "Interval",
    "Reach",
    "Stock",
    "alone",
    "check",
    "editions",
    "lacking",
    "load",
    "without",
]
