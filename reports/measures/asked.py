"""What a circular asks for: a row 单位—事项—时限—目标 for each finding, made of what the data show of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reports.courts.periods import chinese_date
from reports.courts.tree import court_of
from reports.measures.catalogue import Action
from reports.model import OWN, Attribution, CaseList, Findings, Flag
from reports.words import span, standing

SATURDAY = 5
FEW = 10  # findings that are told one by one
LEAST = 3  # cases of one cause, department or reason that are worth naming
REASONS = (("procedure", "程序"), ("facts", "事实"), ("law", "法律"), ("evidence", "新证据"))  # in a tie the first
NO_TARGET = "不设目标"


@dataclass(frozen=True)
class _Case:
    """A finding with the measure that fits it, and the row that says so."""

    flag: Flag
    action: Action
    due: date
    row: Mapping[str, str]


def requirements(f: Findings, actions: Sequence[Action], day: date, *, own: bool = True) -> dict[str, Any]:
    """The rows (``unit``, ``matter``, ``when``, ``aim``) of the findings that a circular of ``day`` tells.

    ``own``: the court that the findings are of sends it itself, and calls itself 本院.
    ``count`` says of how many findings, ``latest`` by when the last is due; of more than :data:`FEW` there is one row
    for each part of the jurisdiction, with the measures by their short names: each finding stands in full in the
    bulletin of its court, and ``below`` says that courts do what is asked of the one above them. No aim is set for what
    is a right of the parties; others are the interval or the court's own past, never another court's figure.
    """
    items = list(f.catalogue.indicators)
    told = sorted(
        (flag for flag in f.flags if _asked(f, flag) and not f.told_of_own(flag)),
        key=lambda flag: (f.tree.place(flag.court.removesuffix(OWN)), flag.court, items.index(flag.indicator)),
    )
    found = [one for flag in told if (one := _case(f, flag, actions, day, own=own))]
    whole = len(found) <= FEW
    rows = [one.row for one in found] if whole else _by_part(f, found, day, own=own)
    latest = _by(max(one.due for one in found), day) if found else ""
    parts = {f.part(one.flag.court) for one in found} - {f.issuer}
    below = not whole and any(f.tree.children(code) for code in parts)
    return {"count": len(found), "rows": rows, "whole": whole, "below": below, "latest": latest}


def _asked(f: Findings, flag: Flag) -> bool:
    """Red findings, and a marked rise of a right of the parties, of which nobody but the court concerned is told."""
    item = f.catalogue.indicators[flag.indicator]
    if flag.severity != "neutral":
        return flag.severity == "red"
    worse = (flag.direction == "up") == (item.better == "lower")
    mine = court_of(flag.court.removesuffix(OWN)) == f.issuer
    return item.right and worse and flag.strength == "red" and mine


def _case(f: Findings, flag: Flag, actions: Sequence[Action], day: date, *, own: bool) -> _Case | None:
    values = _values(f, flag)
    action = next((one for one in actions if _fits(one, flag, values)), None)
    if action is None:
        return None
    item = f.catalogue.indicators[flag.indicator]
    line = "" if flag.line == f.line else f"{flag.line}案件"
    value = item.measure.text(flag.numerator, flag.denominator)
    text = action.text.format(**values)
    due = day + timedelta(days=action.days)
    if due.weekday() >= SATURDAY:
        due += timedelta(days=7 - due.weekday())
    row = {
        "unit": _unit(f, flag, values) if own else f.jurisdiction(flag.court),
        "matter": f"{line}{item.name}{value}：{text}{_before(f, flag)}",
        "when": _by(due, day),
        "aim": _aim(f, flag),
    }
    return _Case(flag, action, due, row)


def _by(due: date, day: date) -> str:
    """11月4日前; with its year where that is another than the circular's."""
    written = chinese_date(due)
    return f"{written.removeprefix(f'{day.year}年')}前"


def _fits(one: Action, flag: Flag, values: Mapping[str, str]) -> bool:
    return (
        (not one.indicators or flag.indicator in one.indicators)
        and one.way in ("", flag.direction)
        and one.when <= values.keys()
        and one.names <= values.keys()
        and (not one.causes or any(word in values["cause"] for word in one.causes))
    )


def _values(f: Findings, flag: Flag) -> dict[str, str]:
    """The circumstances that hold, each with what a text may print of it."""
    found: dict[str, str] = {}
    known = f.case_lists.get(flag.key)
    if known and known.total:
        found |= _of_cases(known)
    split = f.attributions.get(flag.key, ()) or f.attributions.get(f"{flag.court}|{flag.indicator}", ())
    for one in split:
        found |= _of_split(one, found)
    if flag.state == "持续" or _earlier(f, flag):
        found["again"] = ""
    return found


def _of_cases(known: CaseList) -> dict[str, str]:
    found = {"list": "", "cases": str(known.total)}
    causes, departments = known.parts.get("cause", ()), known.parts.get("dept", ())
    if causes and causes[0][1] >= LEAST and causes[0][1] * 3 >= known.total:
        found |= {"cause": causes[0][0], "cause_cases": str(causes[0][1])}
    if len(departments) > 1 and departments[0][1] >= LEAST and departments[0][1] * 2 >= known.total:
        found |= {"department": departments[0][0], "department_cases": str(departments[0][1])}
    reasons = known.parts.get("reversal_reason", ())
    counted = [(sum(n for reason, n in reasons if word in reason), name) for name, word in REASONS]
    most = max((n for n, _ in counted), default=0)
    if most >= LEAST and most * 3 >= known.total:
        found |= {next(name for n, name in counted if n == most): "", "reason_cases": str(most)}
    if known.aged:
        found["aged"] = str(known.aged)
    return found


def _of_split(one: Attribution, known: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if one.reversal or abs(one.mix) > abs(one.within):
        found["structure"] = ""
    if one.drivers and one.dimension == "line":
        name = one.drivers[0].name
        found["line"] = "执行部门" if name == "执行" else f"{name}审判业务部门"
    if one.drivers and one.dimension == "cause" and "cause" not in known:
        found["cause"] = one.drivers[0].name
    return found


def _earlier(f: Findings, flag: Flag) -> Mapping[str, Any] | None:
    """What the ledger has of the same problem from before."""
    name = f.catalogue.indicators[flag.indicator].name
    rows: Iterable[Mapping[str, Any]] = f.follow_up.get("items", ())
    return next((row for row in rows if (row["code"], row["indicator"]) == (flag.court, name)), None)


def _before(f: Findings, flag: Flag) -> str:
    row = _earlier(f, flag)
    if row is None:
        return ""
    if row["answer"] != "已反馈":
        return f"；{row['told']}通报事项的整改情况{row['answer']}，一并报送"
    if row["verdict"] in ("未见效", "部分见效"):
        return f"；此前所报措施核对为{row['verdict']}，说明原因并调整"
    return ""


def _unit(f: Findings, flag: Flag, values: Mapping[str, str]) -> str:
    """Who is asked: the court by its name; of all courts together and of its own cases a department of the issuer."""
    if flag.court.removesuffix(OWN) != f.issuer:
        return f.jurisdiction(flag.court)
    if not f.tree.children(f.issuer):
        return values.get("department", "本院")
    return f"本院{_LINES.get(flag.indicator) or values.get('line') or '审判管理办公室'}"


_LINES = {
    **dict.fromkeys(
        ("enforcement_completion_rate", "enforcement_recovery_rate", "enforcement_termination_rate"), "执行部门"
    ),
    **dict.fromkeys(("civil_mediation_rate", "mediation_rate", "settlement_rate"), "民事审判业务部门"),
}


def _aim(f: Findings, flag: Flag) -> str:
    item = f.catalogue.indicators[flag.indicator]
    if item.right:
        return NO_TARGET
    cell = f.comparisons.cell(flag.court, flag.line, flag.indicator)
    interval = item.interval(f.period, flag.line)
    if interval and cell and standing(item.measure, interval, item.better, cell.now).startswith("劣"):
        return f"进入合理区间（{span(interval, item.unit)}）"
    if cell and item.better != "neutral":
        for side, name in (("year_before", "去年同期"), ("previous", "上期")):
            now, base = item.measure.scaled(*cell.now), item.measure.scaled(*cell.side(side))
            known = side not in cell.unlike | cell.withheld | cell.incomplete
            if (
                known
                and now is not None
                and base is not None
                and now != base
                and (base > now) == (item.better == "higher")
            ):
                return f"回到{name}的{item.measure.text(*cell.side(side))}"
    listed = f.case_lists.get(flag.key)
    return f"清单{listed.total}件逐件有结论" if listed and listed.total else "查明变动来自哪一部分"


def _by_part(f: Findings, found: Sequence[_Case], day: date, *, own: bool) -> list[dict[str, str]]:
    """One row for each court directly below the issuer, and for the issuer: how many of what, and which measures."""
    parts: dict[str, list[_Case]] = {}
    for one in found:
        parts.setdefault(f.part(one.flag.court), []).append(one)
    rows, items = [], list(f.catalogue.indicators)
    for code, mine in parts.items():
        asked: dict[str, list[_Case]] = {}
        for one in sorted(mine, key=lambda one: items.index(one.flag.indicator)):
            asked.setdefault(one.flag.indicator, []).append(one)
        told = []
        for name, cases in asked.items():
            measures = "、".join(dict.fromkeys(one.action.name for one in cases))
            many = f"{len(cases)}项" if len(cases) > 1 else ""
            told.append(f"{f.catalogue.indicators[name].name}{many}：{measures}")
        rights = all(f.catalogue.indicators[one.flag.indicator].right for one in mine)
        several = NO_TARGET if rights else "见各院通报" if f.tree.children(f.issuer) else "见部门通知"
        rows.append(
            {
                "unit": "本院审判管理办公室" if own and code == f.issuer else f.name(code),
                "matter": "；".join(told),
                "when": _by(max(one.due for one in mine), day),
                "aim": mine[0].row["aim"] if len(mine) == 1 else several,
            }
        )
    return rows
