"""The courts of a province or city: who is above whom, in which order they are printed, how they are called.

The tree is the user's table ``courts.csv`` (``court_table``) or is derived from the case numbers seen in the data
(``derivation``); it is never a list of ours.

The cases of a court and its children's are a partition: the subtree of a court is its own cases and the
subtrees of its children, which do not overlap. Where a court's own cases are divided (``units``), its departments
and their teams are a partition of those.
"""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from reports.courts.case_no import PROVINCES, SUPREME, Level, normalise
from reports.courts.codes import RANK, region
from reports.courts.names import same_court, short_forms
from reports.errors import ConfigError

UNIT = "/"  # between a court's code and the name of its department: 辽0102/民一庭


def court_of(code: str) -> str:
    """The code of the court that a unit belongs to; of a court its own."""
    return code.partition(UNIT)[0]


@dataclass(frozen=True)
class Court:
    """One court: its code, full name, level, the code of the court above (``None`` at a root), and a note.

    It exists from the day ``since`` to the day ``until``, as far as these are stated. ``into`` is the code of the
    court that goes on with it: of a court that was merged into another, or of the name or code that a court had before.
    """

    code: str
    name: str
    level: Level
    parent: str | None = None
    note: str = ""
    since: date | None = None
    until: date | None = None
    into: str | None = None

    def exists(self, first: date, last: date) -> bool:
        """Whether it exists on some day from ``first`` to ``last``."""
        return (self.since is None or self.since <= last) and (self.until is None or self.until >= first)


def sort_key(court: Court) -> tuple[int, int, str]:
    """The order among the children of one court, and among roots: by level, province (GB/T 2260), digits.

    The printed order (代码顺序) visits each court and then, in this order, its children: the high court, then
    each intermediate court followed by its basic courts.
    """
    place = PROVINCES.find(court.code[:1])  # codes that are only names come last
    province = -1 if court.code == SUPREME else place if place >= 0 else len(PROVINCES)
    return RANK[court.level], province, court.code


@dataclass(frozen=True)
class CourtTree:
    """Courts in code order; several roots are allowed (a city's own data begins with its intermediate court).

    ``notes`` says in Chinese what was guessed when the tree was derived from data. ``aside`` are courts that were left
    out (:meth:`without`): nothing is counted of them, but the others keep the names that tell them apart. ``former``
    are courts that went into others, and earlier names and codes: whatever is theirs is their successor's, in every
    period, so that a court has one history. ``units`` are departments and teams below courts, in the
    order of their courts, each before those below it; ``before`` maps what would be the codes of their earlier names,
    and of units that went into them, to their own.
    """

    courts: tuple[Court, ...]
    notes: tuple[str, ...] = ()
    aside: tuple[Court, ...] = ()
    former: tuple[Court, ...] = ()
    units: tuple[Court, ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, courts: Iterable[Court], notes: Iterable[str] = (), former: Iterable[Court] = ()) -> CourtTree:
        """Put courts into code order; each parent must be among them and of a higher level.

        Each court of ``former`` names the court that it is part of now (``into``).
        """
        below: dict[str | None, list[Court]] = defaultdict(list)
        for court in courts:
            below[court.parent].append(court)
        ordered: list[Court] = []

        def visit(parent: str | None) -> None:
            for court in sorted(below[parent], key=sort_key):
                ordered.append(court)
                visit(court.code)

        visit(None)
        return cls(tuple(ordered), tuple(notes), former=tuple(sorted(former, key=sort_key)))

    def without(self, codes: Iterable[str]) -> CourtTree:
        """The tree without some courts; one with others below it stays as their jurisdiction."""
        left = set(codes)
        courts = list(self.courts)
        for court in reversed(self.courts):  # from below: a court of which all courts below are left out has none
            if court.code in left and not any(one.parent == court.code for one in courts):
                courts.remove(court)
        aside = tuple(court for court in self.courts if court.code in left)
        return CourtTree(tuple(courts), self.notes, aside, self.former)

    @cached_property
    def by_code(self) -> Mapping[str, Court]:
        """The courts and units by code."""
        return {court.code: court for court in (*self.units, *self.courts)}

    @cached_property
    def _by_name(self) -> Mapping[str, Court]:
        return {court.name: court for court in (*self.units, *self.courts)}

    @cached_property
    def _successors(self) -> Mapping[str, str]:
        """The former codes and names that no court has today, each with the code of the successor."""
        return {text: court.into for court in self.former if court.into for text in (court.name, court.code)}

    def successor(self, code: str | None) -> str | None:
        """The code of the court or unit whose cases of this code are today: its own, or that of its successor."""
        if code is None or code in self.by_code:
            return code
        if UNIT not in code:
            return self._successors.get(code, code)
        court, _, name = code.partition(UNIT)
        now = UNIT.join((self.successor(court) or court, name))
        return self.before.get(now, now)

    @cached_property
    def _places(self) -> Mapping[str, tuple[int, int]]:
        courts = {court.code: place for place, court in enumerate(self.courts)}
        units = {
            unit.code: (courts.get(court_of(unit.code), -1), place) for place, unit in enumerate(self.units, start=1)
        }
        return {**{code: (place, 0) for code, place in courts.items()}, **units}

    def place(self, code: str) -> tuple[int, int]:
        """By which courts and units are sorted, units behind their court; what is none of them comes first."""
        return self._places.get(code, (-1, 0))

    @cached_property
    def founded(self) -> Mapping[str, date]:
        """The day on which a court began, of those for which it is stated and that nothing went into."""
        older = {court.into for court in self.former}
        return {court.code: court.since for court in self.courts if court.since and court.code not in older}

    @cached_property
    def _children(self) -> Mapping[str | None, tuple[Court, ...]]:
        below: dict[str | None, list[Court]] = defaultdict(list)
        for court in self.courts:
            below[court.parent].append(court)
        return {code: tuple(courts) for code, courts in below.items()}

    @property
    def roots(self) -> tuple[Court, ...]:
        """The courts without a court above, in code order."""
        return self._children.get(None, ())

    def children(self, code: str) -> tuple[Court, ...]:
        """The courts directly below, in code order."""
        return self._children.get(code, ())

    def descendants(self, code: str) -> tuple[Court, ...]:
        """All courts below, in code order, without the court itself."""
        return tuple(below for child in self.children(code) for below in (child, *self.descendants(child.code)))

    @cached_property
    def _below(self) -> Mapping[str, tuple[Court, ...]]:
        below: dict[str, list[Court]] = defaultdict(list)
        for unit in self.units:
            below[unit.parent or ""].append(unit)
        return {code: tuple(units) for code, units in below.items()}

    def below(self, code: str) -> tuple[Court, ...]:
        """The departments of a court, or the teams of a department, in the order of their table."""
        return self._below.get(code, ())

    def within(self, code: str) -> tuple[str, ...]:
        """The code of a court or unit and those of all units below it, but of no other court."""
        return (code, *(deeper for unit in self.below(code) for deeper in self.within(unit.code)))

    def ancestors(self, code: str) -> tuple[Court, ...]:
        """The courts above, the nearest first; of a unit the department and courts."""
        found = []
        parent = self.by_code[code].parent
        while parent is not None:
            found.append(self.by_code[parent])
            parent = self.by_code[parent].parent
        return tuple(found)

    def level(self, code: str) -> Level:
        """The level of a court of the tree."""
        return self.by_code[code].level

    def region(self, code: str) -> str:
        """全省, 全市, 全自治区 and so on, before 法院, for a court with all courts below it; 本院 of one by itself."""
        found = region(code, self.level(code))
        return "本院" if found == "辖区" and not self.children(code) else found

    def peers(self, level: Level) -> tuple[Court, ...]:
        """All courts of one level, in code order."""
        return tuple(court for court in self.courts if court.level == level)

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """By code, the shortest name that no other court has: 天枢市城东区人民法院 → 城东区法院."""
        named = {court.code: court.name for court in (*self.courts, *self.aside)}
        forms = {code: short_forms(name) for code, name in named.items()}
        uses = Counter(form for choices in forms.values() for form in choices)
        found = {
            code: next((form for form in choices if uses[form] == 1), named[code]) for code, choices in forms.items()
        }
        return found | {unit.code: unit.code.replace(UNIT, "").replace(court, found[court], 1)
                        for unit in self.units if (court := court_of(unit.code))}  # fmt: skip

    def short_name(self, code: str) -> str:
        """The name used in tables."""
        return self.short_names[code]

    def jurisdiction(self, code: str) -> str:
        """The short name of a court with all courts below it: 天枢市中院辖区; of a court without any, its own."""
        return self.short_name(code) + ("辖区" if self.children(code) else "")

    def match(self, text: str) -> Court | None:
        """The court with this code, name or short name, or ``None``.

        A missing or additional province or city（南海区人民法院 for 广东省佛山市南海区人民法院）is accepted
        only when exactly one court of the tree fits.
        """
        wanted = normalise(text)
        if exact := self.by_code.get(wanted) or self._by_name.get(wanted):
            return exact
        if wanted in self._successors:
            return self.by_code.get(self._successors[wanted])
        if called := self._units_named(wanted):
            return self.by_code[called[0]] if len(called) == 1 else None
        return self._court(wanted)

    def _court(self, wanted: str) -> Court | None:
        """The court that a name of today or of before means, where it is one."""
        if exact := self.by_code.get(self._successors.get(wanted, wanted)) or self._by_name.get(wanted):
            return exact
        fitting = self._fitting(wanted)
        return fitting[0] if len(fitting) == 1 else None

    def formerly(self, text: str) -> Court | None:
        """The former court with this code or name, where no court of today has it."""
        wanted = normalise(text)
        if self.by_code.get(wanted) or self._by_name.get(wanted):
            return None
        exact = [court for court in self.former if wanted in (court.code, court.name)]
        fitting = exact or [court for court in self.former if same_court(wanted, court.code, court.name)]
        now = [court for court in self.courts if same_court(wanted, court.code, court.name)]
        return fitting[0] if exact or (len(fitting) == 1 and not now) else None

    def _fitting(self, wanted: str) -> list[Court]:
        """The courts that a name can mean, by their names of today and of before."""
        codes = (
            court.into or court.code
            for court in (*self.courts, *self.former)
            if same_court(wanted, court.code, court.name)
        )
        return [self.by_code[code] for code in dict.fromkeys(codes) if code in self.by_code]

    @cached_property
    def _called(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """(court, what a unit of it may be called: 民一庭, 民一庭/甲团队, 甲团队) → the codes of those called so."""
        found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for code, mine in (*((unit.code, unit.code) for unit in self.units), *self.before.items()):
            court, _, name = code.partition(UNIT)
            for one in (name, name.replace(UNIT, ""), name.rpartition(UNIT)[2]):
                found[court, one].setdefault(mine)
        return {name: tuple(codes) for name, codes in found.items()}

    def _units_named(self, wanted: str) -> tuple[str, ...]:
        """The codes of the units that a name can mean: 城东区法院民一庭, 辽0102/民一庭, and in its own court 民一庭."""
        if not self.units:
            return ()
        ends = [place for place, char in enumerate(wanted, 1) if char == "院" or wanted[place:].startswith(UNIT)]
        owners = [(court.code, wanted[end:].removeprefix(UNIT)) for end in ends if (court := self._court(wanted[:end]))]
        owners += [(self.courts[0].code, wanted)] if len(self.courts) == 1 else []
        return next((found for owner in owners if (found := self._called.get(owner))), ())

    def left_out(self, text: str) -> Court | None:
        """The court with this code or name among those left out, or ``None``."""
        return CourtTree(self.aside, former=self.former).match(text) if self.aside else None

    def find(self, text: str) -> Court:
        """Like ``match``; ``ConfigError`` with the nearest names when no court fits or more than one."""
        if court := self.match(text):
            return court
        if left := self.left_out(text):
            raise ConfigError(
                f"{left.name}已写明不计入（--without 或 [source] without），没有它的数据。",
                advice="要看该院的数据，请去掉这一项。",
            )
        wanted = normalise(text)
        what = "法院或部门" if self.units else "法院"
        if several := [self.by_code[code] for code in self._units_named(wanted)] or self._fitting(wanted):
            names, kind = (
                "、".join(f"{one.name}（{one.code}）" for one in several),
                "部门" if UNIT in several[0].code else "法院",
            )
            raise ConfigError(f"{kind}“{text}”对应不止一个{kind}：{names}", advice="请写代码或全称。")
        spellings = {
            spelling: court.code
            for court in self.courts
            for spelling in (court.code, court.name, self.short_name(court.code))
        }
        for unit in self.units:
            name = unit.code.partition(UNIT)[2]
            spellings |= dict.fromkeys((unit.name, self.short_name(unit.code)), unit.code)
            spellings |= dict.fromkeys((name, name.rpartition(UNIT)[2]), unit.code) if len(self.courts) == 1 else {}
        alike = [name for name in spellings if wanted in name] if wanted else []
        alike += difflib.get_close_matches(wanted, spellings, n=9, cutoff=0.5)
        near = dict.fromkeys(spellings[name] for name in alike)
        names = "、".join(f"{self.by_code[code].name}（{code}）" for code in list(near)[:3])
        tables = "courts.csv、units.csv" if self.units else "courts.csv"
        advice = f"是否指{names}？" if names else f"请核对 {tables} 中的代码和名称。"
        raise ConfigError(f"没有“{text}”这个{what}" if self.units else f"法院表中没有“{text}”", advice=advice)
