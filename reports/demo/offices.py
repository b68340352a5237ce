"""Whose data a demo is: a province's, a city's or a single court's, with the courts above that hear its appeals.

City and court lie in the invented province. Of the court above only the appeals against their judgments are kept, as
the table that it gives them. Lately one court was renamed, one merged into another, and so were departments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, get_args

import numpy as np

from reports.demo.dates import Quarter, day_of, month_start
from reports.demo.planted import CITY_PLANTS, COURT_PLANTS, PLANTS, Plant
from reports.demo.province import BASIC, INTERMEDIATE, Array, DemoCourt, courts

OfficeName = Literal["province", "city", "court"]
NAMES: tuple[OfficeName, ...] = get_args(OfficeName)
CITY, COURT = "辽01", "辽0102"


@dataclass(frozen=True)
class Change:
    """A court that was merged or ``renamed`` on a ``day``: cases filed before are ``old``'s, those since are ``new``'s.

    Both are positions of courts. A renamed court is simulated as one, a merged one has cases of its own until then.
    """

    old: int
    new: int
    day: date
    renamed: bool


@dataclass(frozen=True)
class DepartmentChange:
    """From ``day`` on, new cases of the department ``old`` are ``new``'s."""

    old: str
    new: str
    day: date
    renamed: bool


@dataclass(frozen=True)
class Office:
    """``courts`` of the simulation, of which those ``inside`` are the office's own; ``cases`` by default."""

    name: OfficeName
    courts: tuple[DemoCourt, ...]
    inside: tuple[bool, ...]
    planted: tuple[Plant, ...]
    cases: int
    months: int  # of its periods
    whole: str  # what its courts together are called
    changes: tuple[Change, ...] = ()
    departments: tuple[DepartmentChange, ...] = field(default=(), kw_only=True)

    @property
    def all_inside(self) -> bool:
        """Whether there is no court above."""
        return all(self.inside)

    @property
    def own(self) -> Array:
        """Whether each court is the office's own."""
        return np.array(self.inside)


def office(name: OfficeName, end: Quarter) -> Office:
    """The office of that name, with what changed in the quarters up to the last one."""

    def day(before: int) -> date:
        return day_of(month_start(Quarter(end.index - before).first_month))

    departments = (
        DepartmentChange("速裁团队", "速裁庭", day(2), renamed=True),
        DepartmentChange("第二人民法庭", "第一人民法庭", day(1), renamed=False),
    )
    if name == "province":
        every = courts()
        return Office(name, every, (True,) * len(every), PLANTS, 300_000, 3, "全省各法院")
    of = [court for court in courts() if court.code.startswith(CITY)]
    if name == "court":
        one = next(court for court in of if court.code == COURT)
        chosen = _placed([courts()[0], of[0], replace(one, administrative=True)])
        plants, cases, months, whole = COURT_PLANTS, 12_000, 1, "全院"
        return Office(name, chosen, (False, False, True), plants, cases, months, whole, departments=departments)
    # 新城区 was merged into 高新区; 枢澜区 was a county, with another code.
    counties = next(court for court in of if court.code == "辽0121")
    district = replace(counties, code="辽0108", name="天枢市枢澜区人民法院")
    former = replace(counties, size=0.0)
    chosen = _placed([courts()[0], *(district if court is counties else court for court in of), former])
    place = {court.code: position for position, court in enumerate(chosen)}
    changes = (
        Change(place["辽0106"], place["辽0107"], day(1), renamed=False),
        Change(place["辽0121"], place["辽0108"], day(4), renamed=True),
    )
    inside = tuple(position > 0 for position in range(len(chosen)))
    return Office(name, chosen, inside, CITY_PLANTS, 60_000, 3, "全市各法院", changes, departments=departments)


def _placed(chosen: Sequence[DemoCourt]) -> tuple[DemoCourt, ...]:
    """The courts with their parents among them: the first above the second, that above all others."""
    above = {INTERMEDIATE: 0, BASIC: 1}
    return tuple(replace(court, parent=above.get(court.level, -1)) for court in chosen)
