"""What the data allow to be said, before a bulletin is made: one value (:class:`Check`), and the page that tells it.

The page answers in this order: can a bulletin be made, and if not, why; what was read; who has reported; which words
were not understood; from when comparisons hold; which indicators can be counted; what the intervals make of the
courts; which rows were left out. :mod:`reports.check.page` prints it, all forms from the same tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reports.model import Note
from reports.words import UNTOLD

FROM_CASES, IN_PART, FROM_TABLE = "可统计", "部分法院未统计", "由指标表提供"
STATES = (FROM_CASES, FROM_TABLE, IN_PART, UNTOLD)


@dataclass(frozen=True)
class Obstacle:
    """Why no bulletin can be made: what is wrong, where (empty if nowhere in particular), and what to do about it."""

    what: str
    where: str
    remedy: str


@dataclass(frozen=True)
class Source:
    """A file, or a sheet of one: how many rows were read of it, and how many of them are used."""

    name: str
    rows: int
    used: int


@dataclass(frozen=True)
class Months:
    """The own cases of one court: filed and concluded (件) in each of :attr:`Check.months`, and the last day of either.

    ``last`` is ``None`` where the court has no case at all.
    """

    court: str
    name: str
    months: tuple[tuple[int, int], ...]
    last: date | None


@dataclass(frozen=True)
class Silent:
    """A court or department whose data of the period are not, or not all, there, or that is left out by name.

    ``last`` is its last day with a case, ``told`` what is known; ``stops`` whether no bulletin is made before it has
    reported or is left out by name.
    """

    name: str
    last: date | None
    told: str
    stops: bool


@dataclass(frozen=True)
class FirstWhole:
    """From when some indicators can be compared: the first whole month, empty if none is; and why."""

    what: str
    since: str
    why: str


@dataclass(frozen=True)
class Countable:
    """An indicator of the edition: one of :data:`STATES`, the issuer's value as printed, and why it lacks anything."""

    id: str
    name: str
    state: str
    value: str
    why: str


@dataclass(frozen=True)
class Verdicts:
    """What a reference interval makes of the courts' own values, by the printed figure: how many courts each.

    ``met`` are within it or beyond it on the better side (达标), ``unmet`` the others with a value, ``without`` those
    that have none in the period. All are 0 of an interval in force that is meant for another span (``applies``).
    """

    indicator: str
    name: str
    interval: str
    source: str
    met: int
    unmet: int
    without: int
    applies: bool = True

    @property
    def nobody(self) -> bool:
        """Whether several courts have a value and no court meets it: it may be meant for another unit or span."""
        return not self.met and self.unmet > 1


@dataclass(frozen=True)
class Aside:
    """Rows that are not used, by reason: where the first of them stand, and what to do.

    Of rows whose case is counted by another row (``fault`` is false) nothing has to be done.
    """

    reason: str
    rows: int
    fault: bool
    places: tuple[str, ...]
    remedy: str


@dataclass(frozen=True)
class Faults:
    """What one data-quality rule found: its severity (错误, 警告, 提示), a sentence with the number, and what to do."""

    rule: str
    name: str
    severity: str
    sentence: str
    remedy: str


@dataclass(frozen=True)
class Check:
    """Everything that the page says of one period; all of it is data.

    ``until`` is the last filing or conclusion; ``months`` are the keys of the months that :attr:`reported` has.
    ``deadlines`` are the first cases (number, due date of the court's system, due date by law) where the two differ;
    ``silent`` and ``beginnings`` are empty where nothing is to be said of them.
    """

    period: str
    label: str
    window: str
    until: date | None
    rows_in: int
    rows_used: int
    courts: int
    obstacles: tuple[Obstacle, ...]
    sources: tuple[Source, ...]
    months: tuple[str, ...]
    reported: tuple[Months, ...]
    words: tuple[Note, ...]
    notes: tuple[Note, ...]
    indicators: tuple[Countable, ...]
    intervals: tuple[Verdicts, ...]
    aside: tuple[Aside, ...]
    faults: tuple[Faults, ...]
    deadlines: tuple[tuple[str, str, str], ...] = ()
    silent: Sequence[Silent] = ()
    beginnings: Sequence[FirstWhole] = ()

    @property
    def ready(self) -> bool:
        """Whether a bulletin can be made."""
        return not self.obstacles

    def of(self, state: str) -> tuple[Countable, ...]:
        """The indicators of one of :data:`STATES`."""
        return tuple(one for one in self.indicators if one.state == state)
