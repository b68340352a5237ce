"""What the general circular says in a few pages: one judgement, what stands out, what to attend to, what to do.

Few findings are told one by one; of many there is one line for each part of the jurisdiction, in the order of codes,
with how many and which: each stands in full in the bulletin of its court.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.compose.told import called, in_order, problem_of, rights_in
from reports.compose.trend import trend
from reports.measures import FEW
from reports.model import OWN, Comparison, Findings, Flag, Value
from reports.sentences.macros import Sentences
from reports.words import NO_CASES, changes, in_short, in_table, stated

TOLD = {"red", "amber", "green", "neutral"}  # of the issuer's own indicators: what moved materially


def circular_of(f: Findings, data: Mapping[str, Any], sentences: Sentences) -> dict[str, Any]:
    """The further plain data of :func:`reports.compose.data.data_of` from which a circular is written."""
    red, flags = in_order(f, "red"), attended(f)
    own = {flag.indicator: problem_of(f, sentences, flag, place)["parts"] for place, flag in enumerate(red)
           if flag not in flags}  # fmt: skip
    told = {flag.indicator for flag in flags if flag.court == f.issuer or _whole(f, flag)}
    told |= {flag.indicator for flag in rights_in(f)}  # each has a sentence of its own
    notable = [
        row | {"parts": own.get(row["id"], ""), "apart": _apart(f, row["id"])}
        for row in data["indicators"]
        if row["cell"] and row["id"] not in told and _stands_out(f, row)
    ]
    names = {row["id"] for row in notable} | told
    others = [row for row in data["indicators"] if row["cell"] and row["id"] not in names]
    calm = [
        row
        for row in others
        if (f.issuer, f.line, row["id"]) in f.ordinary and trend(f, f.catalogue.indicators[row["id"]]) in ("", "equal")
    ]
    return {
        "judgement": _judgement(f),
        "notable": notable,
        "others": len(others),
        "calm": len(calm),
        "attention": {
            "count": len(flags),
            "courts": len({flag.court for flag in flags}),
            "each": _each(f, flags, sentences) if len(flags) <= FEW else [],
            "groups": _grouped(f, flags) if len(flags) > FEW else [],
        },
        "rectified": _rectified(f),
    }


def attended(f: Findings) -> list[Flag]:
    """The findings that are attended to one by one: what all courts together show is told with the indicators, once.

    A court by itself has nothing but its own.
    """
    whole = bool(f.tree.children(f.issuer))
    return [flag for flag in in_order(f, "red") if not (whole and flag.court == f.issuer)]


def _whole(f: Findings, flag: Flag) -> bool:
    """Whether a finding on the issuer's own cases has the figure of all courts together."""
    return flag.court == f.issuer + OWN and f.own_alone(flag.line, flag.indicator)


def _apart(f: Findings, name: str) -> list[dict[str, str]]:
    """An indicator of an intermediate court itself (中院机关) and of the basic courts, where both have cases."""
    own, below = f.comparisons.cell(f.issuer + OWN, f.line, name), basic_courts(f, name)
    if own is None or below is None:
        return []
    lacks = {name: getattr(below, name) for name in ("unlike", "withheld", "incomplete")}
    both = (("中院机关", replace(own, previous_cumulative=None, **lacks)), ("基层法院", below))
    if any(cell.text == NO_CASES for _, cell in both):
        return []
    bases = [side for _, cell in both for side in (cell.previous, cell.year_before) if side]
    based = any(side[0] is not None for side in bases)  # that there is nothing to compare with is told of the whole
    return [{"stated": stated(label, cell), "changes": in_short(cell) if based else ""} for label, cell in both]


def basic_courts(f: Findings, name: str) -> Comparison | None:
    """An indicator of the basic courts of an intermediate court together, where that is known.

    Their counts are those of the whole less its own: the two are a partition of it.
    """
    whole, own = (f.comparisons.cell(code, f.line, name) for code in (f.issuer, f.issuer + OWN))
    if f.tree.level(f.issuer) != "intermediate" or whole is None:
        return None
    if own is None:  # it has no such cases itself
        return replace(whole, previous_cumulative=None)
    lacks = {name: getattr(whole, name) | getattr(own, name) for name in ("unlike", "withheld", "incomplete")}
    if any("now" in sides for sides in lacks.values()):
        return None
    return replace(
        whole,
        now=_less(whole.now, own.now),
        previous=whole.previous and _less(whole.previous, own.side("previous")),
        year_before=_less(whole.year_before, own.year_before),
        previous_cumulative=None,
        **lacks,
    )


def _less(whole: Value, own: Value) -> Value:
    numerator, denominator = ((a if b is None else a - b) if a is not None else None
                              for a, b in zip(whole, own, strict=True))  # fmt: skip
    return numerator, denominator


def _stands_out(f: Findings, row: Mapping[str, Any]) -> bool:
    """Whether an indicator of the issuer is worse than its interval, or moved materially."""
    mine = (flag for flag in f.flags if flag.court == f.issuer and flag.indicator == row["id"])
    return row["state"].startswith("劣") or any(flag.severity in TOLD and flag.strength != "yellow" for flag in mine)


def _judgement(f: Findings) -> str:
    """收案增加而存案减少，本期结案多于新收: what came in, was closed and is left; empty where that is not known."""
    filed, concluded, pending = (
        f.comparisons.cell(f.issuer, f.line, name) for name in ("filed", "concluded", "pending")
    )
    if not (filed and concluded and pending):
        return ""
    came, left = _way(filed), _way(pending)
    if not came or not left:
        return ""
    told = {
        ("增加", "增加"): "收案和存案都有增加",
        ("增加", "减少"): "收案增加而存案减少",
        ("减少", "减少"): "收案和存案都有减少",
        ("减少", "增加"): "收案减少而存案增加",
    }.get((came, left), f"收案同比{came}，存案同比{left}")
    more = (concluded.now[0] or 0) - (filed.now[0] or 0)
    return f"{told}，本期结案{'多于' if more > 0 else '少于' if more < 0 else '等于'}新收"


def _way(cell: Comparison) -> str:
    """增加, 减少 or 持平 on a year before; empty where there is nothing to compare."""
    now, base = cell.now[0], cell.year_before[0]
    if now is None or base is None or "year_before" in cell.incomplete | cell.unlike | cell.withheld:
        return ""
    return "增加" if now > base else "减少" if now < base else "持平"


def _each(f: Findings, flags: Sequence[Flag], sentences: Sentences) -> list[dict[str, Any]]:
    """Each finding in full: value and changes, and where it comes from; what to check stands in the table of tasks.

    ``cell`` is its value and changes, ``named`` says whose value it is, and no more.
    """
    found = []
    for turn, flag in enumerate(flags):
        item, cell = f.catalogue.indicators[flag.indicator], f.comparisons.cell(flag.court, flag.line, flag.indicator)
        label = flag.evidence.court + ("" if flag.line == f.line else f"{flag.line}案件") + item.name
        told: dict[str, Any] = dict(problem_of(f, sentences, called(f, flag), turn))
        told |= {"indicator": item.name, "named": label + item.measure.text(flag.numerator, flag.denominator)}
        told["cell"] = cell and {
            "stated": stated(label, cell), "changes": changes(cell), "year": in_table(cell.year_change),
        }  # fmt: skip
        found.append(told)
    return found


def _grouped(f: Findings, flags: Sequence[Flag]) -> list[dict[str, Any]]:
    """One line for each part of the jurisdiction, in the order of codes: how many findings, and which."""
    found = []
    for code in sorted({f.part(flag.court) for flag in flags}, key=f.tree.place):
        mine = [flag for flag in flags if f.part(flag.court) == code]
        by_court: dict[str, list[str]] = {}
        for flag in sorted(mine, key=lambda flag: f.tree.place(flag.court.removesuffix(OWN))):
            by_court.setdefault(called(f, flag).evidence.court, []).append(f.catalogue.indicators[flag.indicator].name)
        names = "；".join(f"{court}{'、'.join(names)}" for court, names in by_court.items())
        own = all(flag.court == f.issuer + OWN for flag in mine)
        found.append({"name": "本院" if own else _name(f, code), "count": len(mine), "names": names})
    return found


def _name(f: Findings, code: str) -> str:
    """A court as a circular calls it; all courts together where it is the issuer's jurisdiction."""
    if code == f.issuer and f.tree.children(code):
        return "全部法院"
    return f.jurisdiction(code)


def _rectified(f: Findings) -> dict[str, Any]:
    """The items that the ledger holds from before: each, or of many how they stand in each part of the jurisdiction."""
    items = f.follow_up.get("items", [])
    if len(items) <= FEW:
        return {"each": items, "groups": []}
    groups = []
    for code in sorted({f.part(one["code"]) for one in items}, key=f.tree.place):
        mine = [one for one in items if f.part(one["code"]) == code]
        verdicts = [(verdict, sum(one["verdict"] == verdict for one in mine)) for verdict in _VERDICTS]
        groups.append(
            {
                "name": _name(f, code),
                "count": len(mine),
                "verdicts": "、".join(f"{verdict}{count}项" for verdict, count in verdicts if count),
            }
        )
    return {"each": [], "groups": groups}


_VERDICTS = ("见效", "指标已恢复", "部分见效", "未见效", "尚不能判断")
