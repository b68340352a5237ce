"""The units of a court: its departments（部门、庭室、人民法庭）and the teams（团队）of a department.

What cases say of them (承办部门, 承办团队) is put into the order, and under the names, of the clerk's own table
``units.csv``; a name that the table does not know is a unit of its own behind them, and cases without one are
未填部门: so the units of a court hold all its cases, always.

A unit's code is the court's code, a slash and the unit's name: 辽0102/民一庭, 辽0102/民一庭/张某团队.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from reports.courts.case_no import normalise
from reports.courts.court_table import fault, rows
from reports.courts.tree import UNIT, Court, CourtTree
from reports.errors import ConfigError

COLUMNS = ("法院", "部门", "上级", "类别", "条线", "顺序", "别名", "起", "止", "并入")
NO_DEPARTMENT, NO_TEAM = "未填部门", "未填团队"

Depth = Literal["court", "department", "team"]
DEPTHS: tuple[Depth, ...] = get_args(Depth)
Seen = tuple[str, str | None, str | None]  # code of the court, department and team as written

# How courts usually list their departments: the order where no table gives one.
_USUAL = (
    "立案", "诉讼服务", "速裁", "刑", "少年", "未成年", "民", "商", "家事", "环境", "知识产权", "破产", "行政", "赔偿",
    "综合", "审判监督", "审监", "执行", "法庭",
)  # fmt: skip
_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")


@dataclass(frozen=True)
class Unit:
    """A line of ``units.csv``: ``court`` is a code, ``above`` the department of a team.

    ``aliases`` are other names of the same unit, as before a renaming; ``into`` is the unit of the same court that has
    taken it over, whose history it belongs to. It stood from ``since`` to ``until``, each with its day, where told.
    """

    court: str
    name: str
    above: str = ""
    kind: str = ""
    line: str = ""
    aliases: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    into: str = ""


@dataclass(frozen=True)
class UnitTable:
    """The units of courts in printed order; empty where there is no table."""

    units: tuple[Unit, ...] = ()

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], Unit]:
        found = {(one.court, alias): one for one in self.units for alias in one.aliases}
        return found | {(one.court, one.name): one for one in self.units}

    def unit(self, court: str, name: str) -> Unit | None:
        """The unit that a name means today: by name or alias, or the one that has taken it over."""
        one = self._named.get((court, name))
        while one is not None and one.into:
            one = self._named[court, one.into]
        return one

    def path(self, court: str, department: str | None, team: str | None) -> tuple[str, ...]:
        """The names of the department and, where the case has one, of the team that a case belongs to."""
        dept, group = cleaned(department), cleaned(team)
        group = "" if group == dept else group
        above = self._path(court, dept) if dept else None
        mine = self._path(court, group) if group else None
        if mine and len(mine) == 2 and (above is None or above[0] == mine[0]):
            return mine
        above = above or (NO_DEPARTMENT,)
        return (above[0], mine[-1]) if mine and len(above) == 1 else above

    def department(self, court: str, name: str | None) -> str:
        """The code of the department that a case belongs to."""
        return UNIT.join((court, self.path(court, name, None)[0]))

    def holds(self, code: str, case: Seen) -> bool:
        """Whether a unit (its code) has a case of this court, department and team; 未填团队 those of no team."""
        unit, path = tuple(code.split(UNIT)), (case[0], *self.path(*case))
        return path == unit[:-1] if unit[-1] == NO_TEAM else path[: len(unit)] == unit

    def _path(self, court: str, name: str) -> tuple[str, ...]:
        one = self.unit(court, name)
        if one is None:
            return (name,)
        return (self._path(court, one.above)[0], one.name) if one.above else (one.name,)

    @cached_property
    def before(self) -> Mapping[str, str]:
        """The codes that earlier names and units that went into others would have, each with that of today."""
        return {
            UNIT.join((*path[:-1], name)): UNIT.join(path)
            for (court, name), one in self._named.items()
            if (path := (court, *self._path(court, name)))[-1] != name
        }

    @property
    def seen(self) -> tuple[Seen, ...]:
        """The units of today, as cases would name them."""
        return tuple((one.court, one.above or one.name, one.name if one.above else None) for one in self.units)

    def unlisted(self, seen: Iterable[Seen]) -> Mapping[str, tuple[str, ...]]:
        """Of each court that has units in the table the names in the data that the table does not know."""
        courts = {one.court for one in self.units}
        found: dict[str, set[str]] = defaultdict(set)
        for court, *names in seen:
            for name in filter(None, map(cleaned, names)):
                if court in courts and self.unit(court, name) is None:
                    found[court].add(name)
        return {court: tuple(sorted(found[court], key=usual)) for court in sorted(found)}


@dataclass(frozen=True)
class Placed:
    """The units below the courts of some cases: where the cases of each spelling are counted, and the tree with them.

    ``leaves`` maps what was seen to the code of the unit (of the court, where its cases are not divided).
    """

    leaves: Mapping[Seen, str]
    tree: CourtTree


def place(tree: CourtTree, table: UnitTable, seen: Collection[Seen], depth: Depth, courts: Collection[str]) -> Placed:
    """The units of ``courts`` that the cases need, down to ``depth``, in the order of the table.

    Units that the table does not know stand behind those it knows, in the usual order of courts, 未填部门 last. In a
    department with teams the cases of none are 未填团队.
    """
    divided = set(courts) if depth != "court" else set()
    paths = {one: table.path(*one)[: DEPTHS.index(depth)] for one in seen if one[0] in divided}
    grouped = {(one[0], path[0]) for one, path in paths.items() if len(path) > 1}
    paths = {
        one: (*path, NO_TEAM) if len(path) == 1 and (one[0], path[0]) in grouped else path
        for one, path in paths.items()
    }
    listed = {(one.court, one.name): number for number, one in enumerate(table.units)}
    needed = {(one[0], *path[: n + 1]) for one, path in paths.items() for n in range(len(path))}

    def order(path: tuple[str, ...]) -> tuple[tuple[bool, int, bool, tuple[int, str]], ...]:
        return tuple(
            (
                (path[0], name) not in listed,
                listed.get((path[0], name), 0),
                name in (NO_DEPARTMENT, NO_TEAM),
                usual(name),
            )
            for name in path[1:]
        )

    below: dict[str, list[Court]] = defaultdict(list)
    for path in sorted(needed, key=order):
        court, known = tree.by_code[path[0]], table.unit(path[0], path[-1])
        since, until = (known.since, known.until) if known else (None, None)
        code, name = UNIT.join(path), court.name + "".join(path[1:])
        below[path[0]].append(Court(code, name, court.level, UNIT.join(path[:-1]), since=since, until=until))
    units = tuple(unit for court in tree.courts for unit in below.get(court.code, ()))
    codes = {unit.code for unit in units}
    before = {old: now for old, now in table.before.items() if now in codes and old not in codes}
    leaves = {one: UNIT.join((one[0], *paths.get(one, ()))) for one in seen}
    return Placed(leaves, replace(tree, units=units, before=before))


Order = Callable[[str, str], tuple[int, int, bool, tuple[int, str]]]


def printed_order(tree: CourtTree, table: UnitTable) -> Order:
    """The place of a court (its code) and a department of it: courts in table order, departments in theirs.

    Behind the departments of the table stand the others in the usual order of courts, 未填部门 last.
    """
    courts = {court.code: place for place, court in enumerate(tree.courts)}
    departments = {(one.court, one.name): place for place, one in enumerate(table.units)}

    def place(court: str, name: str) -> tuple[int, int, bool, tuple[int, str]]:
        listed = departments.get((court, name), len(departments))
        return courts.get(court, len(courts)), listed, name == NO_DEPARTMENT, usual(name)

    return place


def usual(name: str) -> tuple[int, str]:
    """The place of a department's name in the order in which courts usually list them."""
    first = next(
        (n for n, word in enumerate(_USUAL) if word in name and not (word == "民" and "人民" in name)), len(_USUAL)
    )
    return first, name.translate(_NUMERALS)


def cleaned(name: str | None) -> str:
    """A department's name in one spelling, without the slash that parts the names of a code."""
    return normalise(name or "").replace(UNIT, "／").strip()


def derive(seen: Mapping[Seen, int]) -> UnitTable:
    """The units that the cases name, of each court in the usual order, as a first ``units.csv``.

    ``seen`` maps (code of the court, department, team) to the number of cases. Nothing is guessed: names that mean one
    department are put together by the clerk, who knows it.
    """
    found: dict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
    for court, *names in seen:
        dept, team = map(cleaned, names)
        if dept:
            found[court].setdefault((dept,))
        if dept and team and team != dept:
            found[court].setdefault((dept, team))
    units = []
    for court in sorted(found):
        named: set[str] = set()
        for path in sorted(found[court], key=lambda path: tuple(map(usual, path))):
            if path[-1] not in named:  # a team that is seen in several departments stands under the first
                named.add(path[-1])
                above = path[0] if len(path) > 1 else ""
                units.append(Unit(court, path[-1], above, "团队" if above else "庭室"))
    return UnitTable(tuple(units))


def load(path: Path, tree: CourtTree | None) -> UnitTable:
    """Read ``units.csv`` (columns :data:`COLUMNS`; UTF-8 with or without BOM, or GB18030), of which only 部门 must be.

    法院 is a code or name of ``tree``, also of a court that is left out of it (its units stay in the table and are not
    counted), and may be missing where that is one court. Without 顺序 the lines stand in
    their order. Raises one ``ConfigError`` that lists every mistake with row, column and remedy.
    """
    faults: list[str] = []
    units: list[tuple[float, int, Unit]] = []
    first: dict[tuple[str, str], int] = {}
    only = tree.courts[0].code if tree and len(tree.courts) == 1 else ""
    for row, cells in rows(path, "部门表", ("部门",), COLUMNS):
        text = cells.get("法院", "")
        court = (tree.match(text) or tree.left_out(text)) if tree and text else None
        code = court.code if court else normalise(text) if tree is None else "" if text else only
        if not code:
            faults.append(fault(row, "法院", f"“{text}”不在法院表中" if text else "为空", "请写法院的代码或全称"))
        name = cleaned(cells["部门"])
        if not name:
            faults.append(fault(row, "部门", "为空", "请补填"))
        aliases = tuple(filter(None, map(cleaned, re.split("[、,，;；]", cells.get("别名", "")))))
        for one in (name, *aliases):
            if one and (old := first.setdefault((code, one), row)) != row:
                faults.append(fault(row, "部门", f"“{one}”与第{old}行重复", "一个名称只写一处，请删去或改正"))
        number = cells.get("顺序", "")
        if number and not re.fullmatch(r"\d+", number):
            faults.append(fault(row, "顺序", f"“{number}”不是整数", "请写1、2、3等，或留空"))
            number = ""
        days = {column: _day(cells.get(column, "")) for column in ("起", "止")}
        for column, day in days.items():
            if day is None and cells.get(column):
                faults.append(fault(row, column, f"“{cells[column]}”不是日期", "请写成2026-03-01"))
        since, until = days["起"], days["止"]
        if since and until and until < since:
            faults.append(fault(row, "止", f"“{cells['止']}”早于起", "请改正"))
        above, into = (cleaned(cells.get(column)) for column in ("上级", "并入"))
        unit = Unit(code, name, above, cells.get("类别", ""), cells.get("条线", ""), aliases, since, until, into)
        units.append((float(number) if number else float("inf"), row, unit))
    faults += _ties(units)
    if faults:
        listed = "\n".join(f"  {one}" for one in faults)
        raise ConfigError(f"部门表有{len(faults)}处错误：\n{listed}", where=str(path), advice="改正后重新运行。")
    begins: dict[str, int] = {}
    for _, row, unit in units:
        begins.setdefault(unit.court, row)
    ordered = sorted(units, key=lambda one: (begins[one[2].court], *one[:2]))
    return UnitTable(tuple(unit for *_, unit in ordered))


def _ties(units: Iterable[tuple[float, int, Unit]]) -> list[str]:
    """What is wrong with the units above and the successors."""
    known = {(unit.court, unit.name): (row, unit) for _, row, unit in units}
    found = []
    for (court, name), (row, unit) in known.items():
        for column, other in (("上级", unit.above), ("并入", unit.into)):
            if not other:
                continue
            if (court, other) not in known:
                near = difflib.get_close_matches(other, [one for code, one in known if code == court], n=1)
                found.append(
                    fault(row, column, f"“{other}”不在表中", f"是否为“{near[0]}”" if near else "请先为它加一行")
                )
            elif column == "上级" and known[court, other][1].above:
                found.append(fault(row, column, f"“{other}”本身有上级", "上级只写部门，部门的上级留空"))
            elif other == name:
                found.append(fault(row, column, "是这一行自己", "请改正或留空"))
        path = [name]
        while (into := known[court, path[-1]][1].into) and (court, into) in known and into not in path:
            path.append(into)
        if (into in path and into != name) or (into == name and len(path) > 1):
            found.append(fault(row, "并入", f"循环：{' → '.join([*path, into])}", "请改正其中一个并入"))
    return found


def _day(text: str) -> date | None:
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})?日?)?", text.strip())
    try:
        return date(int(match[1]), int(match[2]), int(match[3] or 1)) if match else None
    except ValueError:
        return None


def write(table: UnitTable, path: Path, encoding: str = "utf-8-sig") -> None:
    """Write ``units.csv``, in UTF-8 with a byte-order mark where nothing else is asked: Excel shows it as it is."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        number: dict[str, int] = defaultdict(int)
        for one in table.units:
            number[one.court] += 1
            days = (day.isoformat() if day else "" for day in (one.since, one.until))
            aliases = "、".join(one.aliases)
            writer.writerow(
                (one.court, one.name, one.above, one.kind, one.line, number[one.court], aliases, *days, one.into)
            )
