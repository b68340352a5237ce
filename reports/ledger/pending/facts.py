"""What the case data say of open cases: all that the ledger and the warnings know, without parties and judges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.courts.periods import months_before
from reports.ledger.pending.tiers import TierPolicy

if TYPE_CHECKING:
    from reports.model import CaseTable

LITIGATION, ENFORCEMENT, OTHER = "诉讼", "执行", "其他"


class Facts(NamedTuple):
    """What the data say of a case. ``excluded`` in days; ``extended`` 是 or 否 or nothing. No party, no judge.

    Department and team are as the data write them; what they are called today the table of units says.
    """

    number: str
    court: str
    court_name: str
    kind: str
    cause: str
    dept: str
    filed: date
    deadline: date | None
    extended: str
    excluded: int
    team: str = ""

    @property
    def unit(self) -> tuple[str, str | None, str | None]:
        """The court's code, the department and the team."""
        return self.court, self.dept or None, self.team or None

    def data(self) -> dict[str, Any]:
        """As plain data, for the journal; a case of no team says nothing of one."""
        told = {name: one for name, one in self._asdict().items() if one or name != "team"}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}


@dataclass(frozen=True)
class Seen:
    """What the data say on a day: the open cases that belong into the ledger, and the end of every case of it.

    ``ended`` is number → its conclusion up to the day, or ``None`` while open; numbers that the data do not have are
    left out. ``asked`` are the numbers that were looked for; ``without`` are the codes of courts that the data are
    without, as asked: what is listed of them stays as it is.
    """

    facts: tuple[Facts, ...]
    ended: Mapping[str, date | None]
    asked: frozenset[str]
    without: frozenset[str] = frozenset()


def look(table: CaseTable, listed: Iterable[str], policy: TierPolicy, day: date) -> Seen:
    """What the data say on a day of long-pending cases and of those that are ``listed`` already (their numbers).

    A case that is listed stays listed until it is concluded, whatever is deducted later.
    """
    listed = sorted(listed)
    found = open_cases(table, day, f"filed < DATE '{months_before(day, policy.months[0])}'")
    found = [one for one in found if not policy.deduct or policy.tier(one.filed, one.excluded, day)]
    for texts in _quoted(listed):
        found += open_cases(table, day, f"case_no IN ({texts})")
    kept = {one.number: one for one in found}
    asked = frozenset((*listed, *kept))
    without = frozenset(one.code for one in table.without)
    return Seen(tuple(kept.values()), _conclusions(table, asked, day), asked, without)


def open_cases(table: CaseTable, day: date, where: str) -> list[Facts]:
    """诉讼 and 执行 cases that are open on a day and fulfil a condition (SQL), by court and number."""
    names = (
        "case_no", "court", "litigation", "line", "cause", "dept", "filed", "deadline", "extended", "excluded_days",
        "team",
    )  # fmt: skip
    known = {*table.columns, "case_no", "court", "litigation", "line", "filed"} if table.engine else set(names)
    columns = ", ".join(name if name in known else f"NULL AS {name}" for name in names)
    rows = table.rows(
        f"SELECT {columns} FROM {table.relation} WHERE case_no IS NOT NULL AND {where} "  # noqa: S608
        f"AND (concluded IS NULL OR concluded > DATE '{day}') ORDER BY court, case_no"
    )
    found = []
    for number, court, litigation, line, cause, dept, filed, deadline, extended, excluded, team in rows:
        kind = LITIGATION if litigation == "是" else ENFORCEMENT if line == "执行" else OTHER
        if kind == OTHER:
            continue
        name = table.tree.short_name(court)
        about, unit, longer, group = (_none(text) for text in (cause, dept, extended, team))
        days = 0 if _none(excluded) == "" else int(excluded)
        due = _day_or_none(deadline)
        found.append(Facts(str(number), court, name, kind, about, unit, _day(filed), due, longer, days, group))
    return found


def _conclusions(table: CaseTable, numbers: Iterable[str], day: date) -> dict[str, date | None]:
    found: dict[str, date | None] = {}
    for texts in _quoted(sorted(numbers)):
        query = f"SELECT case_no, concluded FROM {table.relation} WHERE case_no IN ({texts})"  # noqa: S608
        for number, concluded in table.rows(query):
            end = _day_or_none(concluded)
            found[str(number)] = end if end and end <= day else None
    return found


def _quoted(numbers: Sequence[str]) -> Iterator[str]:
    """Numbers as lists of SQL texts, a thousand at a time."""
    for start in range(0, len(numbers), 1000):
        yield ", ".join("'" + number.replace("'", "''") + "'" for number in numbers[start : start + 1000])


def _none(value: Any) -> str:
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - NaN and NaT of an engine


def _day(value: Any) -> date:
    return value.date() if hasattr(value, "date") else date.fromisoformat(str(value)[:10])


def _day_or_none(value: Any) -> date | None:
    return None if _none(value) in ("", "NaT") else _day(value)
