"""What the documents of a register are written from, as plain data: counts by unit, its choices, its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from reports.catalogue.registers import Figure, Register, Spread, meets
from reports.courts.periods import Period, chinese_date
from reports.courts.units import NO_DEPARTMENT
from reports.ledger.follow_up import plain
from reports.ledger.registers.entries import Entry, Places
from reports.people import masked
from reports.words import percent

RULE = "＿"  # of which a blank cell is made
_BLANK = 5  # letters, to write by hand
NOTHING = "—"
FEW = 30  # rows: of fewer no shares are printed, the counts say it
Unit = tuple[str, str]  # code of the court, department


def counts(figure: Figure, row: Mapping[str, str], period: Period) -> bool:
    """Whether a row (field → text) is one of those that a number of a period counts."""
    start, end = period.start.isoformat(), period.end.isoformat()
    if not meets(row, figure.holds):
        return False
    if figure.within:
        return start <= row.get(figure.within, "") <= end
    since, until = row.get(figure.since, ""), row.get(figure.until, "")
    return bool(since) and since <= end and (not until or until > end)


def unit_of(register: Register, row: Mapping[str, str], places: Places) -> Unit:
    """The court and, by its name of today, the department that a row belongs to."""
    court, name = (row.get(register.kinds[kind], "") for kind in ("court", "department"))
    return court, places.department(court, name) if name else NO_DEPARTMENT


Order = Callable[[str, str], Any]


def report_of(
    register: Register, known: Sequence[Entry], places: Places, period: Period, order: Order, *, alone: bool = False
) -> dict[str, Any]:
    """What ``letters/register.md.j2`` is written from: rows of the register as they are now, counted in a period.

    ``order`` gives the place of a unit; units stand in it, and those with nothing to count are left out. Shares are of
    all rows of their table, where these are :data:`FEW` or more. ``alone``: all rows are of one court, to which the
    report goes. No party, no judge and no field that is for the inside is in it.
    """
    rows = [(unit_of(register, one.values, places), one) for one in known]
    units = sorted({unit for unit, _ in rows}, key=lambda unit: order(*unit))
    one_court = alone or len(places.tree.courts) == 1
    named = [one.name for one in register.figures]

    def counted(among: Iterable[Entry]) -> list[int]:
        found = [one.values for one in among]
        return [sum(counts(figure, row, period) for row in found) for figure in register.figures]

    by_unit = [(unit, counted(one for at, one in rows if at == unit)) for unit in units]
    total = counted(known)
    touched = [one for _, one in sorted(rows, key=lambda pair: (*order(*pair[0]), pair[1].number))
               if any(counts(figure, one.values, period) for figure in register.figures)]  # fmt: skip
    shown = [name for name in register.listed if not one_court or register.fields[name].kind != "court"]
    lists = []
    if touched and (register.annex or one_court):
        table = [_row(register, one, shown, places) for one in touched]
        lists = [{"title": f"{register.name}清单", "heads": _heads(register, shown), "rows": table}]
    return {
        "name": register.name,
        "title": register.title,
        "unit": register.unit,
        "basis": register.basis,
        "period": period.label,
        "window": period.window,
        "figures": [{"name": name, "count": count} for name, count in zip(named, total, strict=True)],
        "courts": not one_court,
        "units": [_named(places, unit) | {"counts": row} for unit, row in by_unit if any(row)],
        "total": total,
        "spreads": [_spread(register, one, rows, units, places, period) for one in register.spreads],
        "tells": _told(register, touched, period),
        "annexes": lists,
    }


def _named(places: Places, unit: Unit) -> dict[str, Any]:
    court = places.tree.short_name(unit[0]) if unit[0] in places.tree.by_code else unit[0]
    return {"court": plain(court), "dept": plain(unit[1])}


def _spread(
    register: Register, table: Spread, rows: Sequence[tuple[Unit, Entry]], units: Sequence[Unit], places: Places,
    period: Period,
) -> dict[str, Any]:  # fmt: skip
    """A table units × choices of what lies in the period; empty where nothing does."""
    figure, choices = Figure("", table.within, "", "", {}), register.fields[table.field].choices
    mine = [(unit, one.values.get(table.field, "")) for unit, one in rows if counts(figure, one.values, period)]
    earlier = sorted({text for _, text in mine} - {*choices, ""})  # entered when there were other choices
    unfilled = any(not text for _, text in mine)
    heads = [*choices, *earlier, *(["未填"] if unfilled else [])]
    keys = [*choices, *earlier, *([""] if unfilled else [])]
    body = [(unit, [sum((at, text) == (unit, key) for at, text in mine) for key in keys]) for unit in units]
    sums = [sum(text == key for _, text in mine) for key in keys]
    return {
        "name": table.name,
        "heads": heads,
        "rows": [_named(places, unit) | {"counts": [*row, sum(row)]} for unit, row in body if any(row)],
        "sums": [*sums, len(mine)],
        "shares": [percent(one, len(mine)) for one in sums] if len(mine) >= FEW else [],
    }


def _told(register: Register, found: Sequence[Entry], period: Period) -> dict[str, Any]:
    """The texts that the report lists, of rows that reached the last stage in the period; each once."""
    if not register.tells:
        return {"name": "", "rows": []}
    figure = Figure("", register.open, "", "", {})
    texts = [plain(masked(text)) for one in found
             if (text := one.values.get(register.tells, "")) and counts(figure, one.values, period)]  # fmt: skip
    head = register.fields[register.tells].head
    return {"name": head, "rows": list(dict.fromkeys(texts))}


def _heads(register: Register, shown: Sequence[str]) -> list[str]:
    return ["编号", *(register.fields[name].head for name in shown), "现状"]


def _row(register: Register, entry: Entry, shown: Sequence[str], places: Places) -> list[str]:
    cells = [_cell(register, entry, name, places) or NOTHING for name in shown]
    return [entry.number, *cells, register.stage(entry.values)]


def _cell(register: Register, entry: Entry, name: str, places: Places) -> str:
    text = entry.values.get(name, "")
    kind = register.fields[name].kind
    if kind == "court":
        text = str(_named(places, (text, ""))["court"]) if text else ""
    if kind == "department" and text:
        text = places.department(entry.values.get(register.kinds["court"], ""), text)
    return plain(masked(text) if kind == "text" else text)


def list_of(
    register: Register, known: Sequence[Entry], places: Places, *, court: str, department: str, day: date
) -> dict[str, Any]:
    """What ``letters/register-list.md.j2`` is written from: the rows of a court or department that are still open.

    What the department is asked to fill in and has not is a line to write on. A column for which all rows have nothing
    is left out.
    """
    shown = [name for name in register.listed if name not in register.ask]
    if department:
        shown = [name for name in shown if register.fields[name].kind not in ("court", "department")]
    elif court:
        shown = [name for name in shown if register.fields[name].kind != "court"]
    table = [[_cell(register, one, name, places) for name in shown] for one in known]
    filled = [place for place in range(len(shown)) if any(row[place] for row in table)]
    asked = [register.fields[name].head for name in register.ask]
    return {
        "name": register.name,
        "unit": register.unit,
        "basis": register.basis,
        "court": court,
        "department": plain(department),
        "day": chinese_date(day),
        "total": len(known),
        "open": register.fields[register.open].head,
        "asked": register.asked,
        "ask": asked,
        "rules": [
            {"name": plain(one.name), "basis": plain(one.basis)} for one in register.picks.values() if not one.lacks
        ],
        "heads": ["编号", *(register.fields[shown[place]].head for place in filled), *asked],
        "rows": [
            [one.number, *(row[place] or NOTHING for place in filled), *_asked(register, one, places)]
            for one, row in zip(known, table, strict=True)
        ],
    }


def _asked(register: Register, entry: Entry, places: Places) -> list[str]:
    told = ["" if register.fields[name].inside else _cell(register, entry, name, places) for name in register.ask]
    return [text or RULE * _BLANK for text in told]
