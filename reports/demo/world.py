"""What the simulation of one province shares: courts, calendar, plants and the chances of each quarter."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

from reports.demo.dates import Calendar, number_of
from reports.demo.offices import Office
from reports.demo.planted import Plants
from reports.demo.province import Array, DemoCourt

PERSISTENCE = 0.3  # autocorrelation of a court's quarter-to-quarter wobble


@dataclass(frozen=True)
class Chance:
    """How a rate varies: its level, between courts, from quarter to quarter, and province-wide (logits).

    ``season`` is added in the four quarters of the year; a third of the rates have heavy-tailed wobble.
    """

    base: float
    courts: float
    wobble: float
    walk: float
    season: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    heavy: bool = False


CHANCES = {
    "late": Chance(0.024, 0.30, 0.18, 0.04, (0.10, 0.0, 0.0, -0.10), heavy=True),
    "mediation": Chance(0.29, 0.25, 0.11, 0.02, (-0.05, 0.0, 0.0, 0.06)),
    "withdrawal": Chance(0.27, 0.20, 0.12, 0.02, heavy=True),
    "appeal": Chance(0.175, 0.22, 0.12, 0.03, (0.03, 0.0, 0.0, -0.03)),
    "reversal": Chance(0.120, 0.25, 0.18, 0.03, heavy=True),
    "remand": Chance(0.25, 0.30, 0.20, 0.03),
    "completion": Chance(0.36, 0.25, 0.12, 0.02, (-0.10, 0.0, 0.0, 0.10)),
    "termination": Chance(0.64, 0.22, 0.12, 0.02, (-0.05, 0.0, 0.0, 0.08)),
    "revival": Chance(0.13, 0.30, 0.15, 0.03),
    "petition": Chance(0.055, 0.20, 0.15, 0.03),
    # Log factors rather than logits: base 0.5 is a factor of one.
    "pace": Chance(0.5, 0.09, 0.04, 0.01),
    "intake": Chance(0.5, 0.0, 0.07, 0.012, heavy=True),
}


@dataclass
class World:
    """The seeded surroundings of one simulation."""

    calendar: Calendar
    plants: Plants
    seed: int
    office: Office
    _levels: dict[str, Array] = field(default_factory=dict)

    @property
    def courts(self) -> tuple[DemoCourt, ...]:
        """All courts of the simulation, in code order."""
        return self.office.courts

    def settled(self, court: Array, filed: Array) -> Array:
        """The court that has each case: the one that was merged or renamed has those filed before that day."""
        for change in self.office.changes:
            since = filed >= number_of(change.day)
            if change.renamed:
                court = np.where((court == change.new) & ~since, change.old, court)
            else:
                court = np.where((court == change.old) & since, change.new, court)
        return court

    def rng(self, purpose: str) -> np.random.Generator:
        """An own stream for every purpose, so that a change in one place leaves the others as they are."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])

    def sizes(self, level: int) -> Array:
        """The share of each court in its level's cases; 0 for courts of other levels."""
        size = np.array([court.size if court.level == level else 0.0 for court in self.courts])
        share: Array = size / size.sum()
        return share

    @property
    def parent(self) -> Array:
        """The position of each court's parent."""
        return np.array([court.parent for court in self.courts])

    def level(self, name: str) -> Array:
        """The logit of a chance for every court and quarter, without plants."""
        if name not in self._levels:
            self._levels[name] = self._draw(name)
        return self._levels[name]

    def chance(
        self,
        name: str,
        court: Array,
        quarter: Array,
        line: str,
        *,
        cause: Array | None = None,
        more: Array | float = 0.0,
    ) -> Array:
        """The probability for each case; ``more`` is what its own features add (logits)."""
        planted = self.plants.shift(name, court, quarter, line, cause)
        logit = self.level(name)[court, quarter] + planted + more
        probability: Array = 1.0 / (1.0 + np.exp(-logit))
        return probability

    def _draw(self, name: str) -> Array:
        chance, quarters = CHANCES[name], self.calendar.quarters
        rng = self.rng(f"level {name}")
        own = chance.courts * rng.standard_normal((len(self.courts), 1))
        shape = (len(self.courts), quarters)
        shock = rng.standard_t(5, shape) / np.sqrt(5 / 3) if chance.heavy else rng.standard_normal(shape)
        wobble = np.empty(shape)
        wobble[:, 0] = shock[:, 0]
        for quarter in range(1, quarters):
            fresh = np.sqrt(1 - PERSISTENCE**2) * shock[:, quarter]
            wobble[:, quarter] = PERSISTENCE * wobble[:, quarter - 1] + fresh
        walk = np.cumsum(chance.walk * rng.standard_normal(quarters))
        season = np.array([chance.season[(self.calendar.first.index + quarter) % 4] for quarter in range(quarters)])
        base = np.log(chance.base / (1 - chance.base))
        drawn: Array = base + own + chance.wobble * wobble + walk + season
        return drawn
