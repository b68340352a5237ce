"""The annexes of a bulletin: tables, cases, hints, tests, rules, definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from reports.compose.told import grade_of, in_order, of_right, who
from reports.courts.tree import UNIT, court_of
from reports.model import OWN, Findings
from reports.sentences.macros import Sentences
from reports.words import NO_CASES, small

SHOWN = 20  # cases of a court that others are shown; it has them all in its own bulletin

IN_TEXT = ("flow", "small")  # charts that stand in the text


def _own(code: str, reader: str) -> bool:
    """Whether a finding is of the court or department that reads: its own cases, or those of a unit of it."""
    code = code.removesuffix(OWN)
    return reader in (code, court_of(code)) or code.startswith(reader + UNIT)


def annexes_of(f: Findings, court: str, data: Mapping[str, Any], sentences: Sentences) -> list[dict[str, Any]]:
    """The annexes in their order, each with its kind, title and what it holds, for a bulletin on ``court``.

    What chance may have done, the better way or the worse, is told to the court itself and to nobody else: weaker is
    not louder. So is what moved in the rights of the parties, of which the text tells all but the hints.
    """
    shown = [flag for flag in f.flags if (flag.strength == "red" and not of_right(f, flag)) or _own(flag.court, court)]
    lists = [
        {
            "title": who(f, flag.court) + f.catalogue.indicators[flag.indicator].name,
            "what": found.what,
            "order": found.order,
            "total": found.total,
            "heads": found.heads,
            "rows": (rows := found.rows if _own(flag.court, court) else found.rows[:SHOWN]),
            "left": found.total - len(rows),
        }
        for flag in in_order(f, "red")
        if (found := f.case_lists.get(flag.key)) and found.rows
    ]
    hints = [
        {"grade": grade_of(f, flag), "text": sentences.of(flag.evidence)}
        for flag in shown
        if flag.severity == "yellow"
        or (flag.severity == "neutral" and of_right(f, flag) and flag.strength == "yellow")
        or (flag.severity in ("green", "neutral") and flag.strength != "red" and not of_right(f, flag))
    ]
    tests = [
        {
            "court": who(f, flag.court),
            "indicator": f.catalogue.indicators[flag.indicator].name,
            "grade": grade_of(f, flag),
            "rules": "、".join(flag.rules),
            "numbers": [
                NO_CASES if value is None else small(value) if name != "z" else f"{value:.2f}"
                for name, value in (("z", flag.z), ("p", flag.p), ("q", flag.q))
            ],
        }
        for flag in shown
        if flag.severity not in ("amber", "grey")
    ]
    rules = [{"label": label, "text": text, "source": source} for label, text, source in f.policy]
    # Of a cumulative period the rules judge the last quarter or month: each finding says so, and so does their table.
    single = f"（{f.period.single.short_label}）" if f.period.cumulative else ""
    annexes: list[dict[str, Any]] = [{"kind": "table", **table} for table in data["tables"]]
    if data["department_table"]:
        whose = "本院" if data["department_table"]["own"] else ""
        annexes.append({"kind": "departments", "title": f"{whose}各部门主要情况表", **data["department_table"]})
    drawings = [drawing for name, found in data["charts"].items() if name not in IN_TEXT for drawing in found]
    for kind, title, items in (
        ("charts", "有关情况图表", drawings),
        ("cases", "重点问题案件清单", lists),
        ("hints", "提示事项", hints),
        ("tests", f"异常识别检验数据{single}", tests),
        ("rules", "异常识别规则", rules),
    ):
        if items:
            measured = None if f.measured is None else asdict(f.measured)
            annexes.append({"kind": kind, "title": title, "items": items, "few": f.few, "measured": measured})
    annexes.append({"kind": "definitions", "title": "指标口径说明", "items": data["definitions"]})
    return annexes
