"""The analysis of reversed cases as plain data for templates: numbers with their changes, tables, sentences, lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from reports.catalogue import Indicator
from reports.catalogue.values import known as known_values
from reports.model import ALL_LINES, LINE_ORDER, OWN, Comparison, Findings, ReversedCase
from reports.reversals.cases import NEW_EVIDENCE, REMANDED, RETRIAL, REVISED, SECOND
from reports.sentences.clauses import Repeated, Upheld
from reports.sentences.macros import Sentences
from reports.words import NO_CASES, Measure, in_short, in_table, joined, percent, stated

UNSTATED, NO_CAUSE = "未填写", "未填案由"
TOP_CAUSES = 10  # causes with a row of their own
MOST = 300  # cases in a printed list; a longer one is for a table file, not for a circular
CASES = Measure("count", "件", 0)


def told(f: Findings, sentences: Sentences) -> dict[str, Any]:
    """The analysis as plain data for a template: numbers with their changes, tables, cases and rules.

    Without :class:`Reversals` in the findings only ``known`` is there, and false.
    """
    r = f.reversals
    if r is None:
        return {"known": False, "lists": []}
    second = [one for one in r.cases if one.stage == SECOND]
    retried = [one for one in r.cases if one.stage == RETRIAL]
    rate, ordered = _cell(f, "first_reversal_rate"), _cell(f, "retrial_order_rate")
    ratio = _cell(f, "revise_remand_ratio")
    picked = [one for one in r.cases if one.rules]
    return {
        "known": True,
        "total": _count(f, f.issuer, f.line, "first_reversal_rate"),
        "revised": _count(f, f.issuer, f.line, "first_revised_rate"),
        "remanded": _count(f, f.issuer, f.line, "first_remanded_rate"),
        "rate": _rate(f, rate) if rate else None,
        "appealed": _rate(f, cell) if (cell := _cell(f, "appeal_reversal_rate")) else None,
        "retrial": {
            "total": len(retried),
            "revised": sum(one.result == REVISED for one in retried),
            "remanded": sum(one.result == REMANDED for one in retried),
            "changes": _changes(f, len(retried), *(_size(found, RETRIAL) for found in (r.previous, r.year_before))),
            "courts": joined([f"{f.name(code)}{n}件" for code, n in _by_court(f, retried)]),
        },
        "ratio": _rate(f, ratio) if ratio and any(ratio.now) else None,
        "ordered": _rate(f, ordered) if ordered and ordered.now[1] else None,
        "courts": _court_rows(f, _courts(f)),
        "below": _court_rows(f, _courts_below(f), some=True),
        "lines": _line_rows(f),
        "causes": _cause_rows(f, second),
        "reasons": [] if r.no_reasons else _parts(f, second, "reason", UNSTATED, _reason_place),
        "untold": r.comparisons.untold.get("first_reversal_rate", ""),
        "no_reasons": r.no_reasons,
        "new_evidence": sum(NEW_EVIDENCE in one.reason for one in second),
        "no_links": r.no_links,
        "unlinked": r.unlinked,
        "repeated": [sentences.of(_repeated(f, one)) for one in second if one.remands],
        "upheld": [sentences.of(_upheld(one)) for one in retried if one.upheld],
        "review": {
            "total": len(picked),
            "rules": [
                {
                    "name": rule.name,
                    "text": rule.text,
                    "basis": rule.basis,
                    "count": sum(name in one.rules for one in picked),
                }
                for name, rule in r.review.items()
            ],
        },
        "lists": [_list(f, picked, "建议评查案件清单", rules=True), _list(f, r.cases, "改判、发回重审案件清单")],
    }


def _cell(f: Findings, name: str, court: str = "", line: str = "") -> Comparison | None:
    assert f.reversals is not None
    return f.reversals.comparisons.cell(court or f.issuer, line or f.line, name)


def _rate(f: Findings, cell: Comparison) -> dict[str, str]:
    assert f.reversals is not None
    item: Indicator = f.reversals.comparisons.catalogue.indicators[cell.indicator]
    return {"stated": stated(item.name, cell), "changes": in_short(cell), "value": cell.text}


def _count(f: Findings, court: str, line: str, name: str) -> dict[str, Any]:
    """The numerator of a cell as a count of its own, with its changes."""
    cell = _cell(f, name, court, line)
    if cell is None:
        return {"count": 0, "base": 0, "changes": "", "year": NO_CASES, "previous": NO_CASES}
    previous = None if cell.previous is None else (cell.previous[0], None)
    count = Comparison(court, line, name, CASES, (cell.now[0], None), previous, (cell.year_before[0], None))
    return {
        "count": cell.now[0] or 0,
        "base": cell.year_before[0],
        "changes": in_short(count),
        "year": in_table(count.year_change),
        "previous": in_table(count.previous_change),
    }


def _changes(f: Findings, now: int, previous: int | None, year: int | None) -> str:
    base = None if f.period.previous is None else (previous, None)
    return in_short(Comparison(f.issuer, f.line, "", CASES, (now, None), base, (year, None)))


def _size(found: Sequence[ReversedCase] | None, stage: str) -> int | None:
    return None if found is None else sum(one.stage == stage for one in found)


def _by_court(f: Findings, found: Sequence[ReversedCase]) -> list[tuple[str, int]]:
    """Deciding courts in code order with their cases."""
    number = Counter(one.by for one in found)
    return [(court.code, number[court.code]) for court in f.tree.courts if number[court.code]]


def _courts(f: Findings) -> list[tuple[str, str]]:
    """The issuer's whole jurisdiction, its own cases and the jurisdictions below it; nothing of a court alone."""
    below = f.tree.children(f.issuer)
    own = [(f.issuer, "合计"), (f.issuer + OWN, f.name(f.issuer + OWN))] if below else []
    return own + [(one.code, f.tree.jurisdiction(one.code)) for one in below]


def _courts_below(f: Findings) -> list[tuple[str, str]]:
    """The courts of the jurisdictions below the issuer, each first with its own cases."""
    codes: list[str] = []
    for child in f.tree.children(f.issuer):
        if lower := f.tree.children(child.code):
            codes += [child.code + OWN, *(one.code for one in lower)]
    return [(code, f.name(code)) for code in codes]


def _court_rows(f: Findings, courts: Sequence[tuple[str, str]], *, some: bool = False) -> list[dict[str, Any]]:
    """What a table says of courts; with ``some`` only of those with cases in the period or a year before."""
    rows = []
    for code, name in courts:
        numbers = [_count(f, code, f.line, key) for key in
                   ("first_revised_rate", "first_remanded_rate", "first_reversal_rate")]  # fmt: skip
        cell = _cell(f, "first_reversal_rate", code)
        if some and not (numbers[2]["count"] or numbers[2]["base"]):
            continue
        rows.append(
            {
                "name": name,
                "revised": numbers[0]["count"],
                "remanded": numbers[1]["count"],
                "total": numbers[2]["count"],
                "base": NO_CASES if numbers[2]["base"] is None else numbers[2]["base"],
                "concluded": (cell.now[1] or 0) if cell else 0,
                "rate": cell.text if cell else NO_CASES,
                "rate_year": cell.year_change if cell else NO_CASES,
            }
        )
    return rows


def _line_rows(f: Findings) -> list[dict[str, Any]]:
    assert f.reversals is not None
    seen = {line for court, line, _ in f.reversals.comparisons.frame.index if court == f.issuer} - {ALL_LINES}
    ordered = [line for line in LINE_ORDER if line in seen] + sorted(seen - set(LINE_ORDER))
    rows = []
    for line in ordered:
        numbers = {key: _count(f, f.issuer, line, f"first_{name}_rate") for key, name in
                   (("revised", "revised"), ("remanded", "remanded"), ("total", "reversal"))}  # fmt: skip
        cell = _cell(f, "first_reversal_rate", line=line)
        if cell and (cell.now[0] or cell.year_before[0] or (cell.previous or (0, 0))[0]):
            counts = {key: one["count"] for key, one in numbers.items()}
            rows.append({"name": line, **counts, "concluded": cell.now[1] or 0, "rate": cell.text,
                         "previous": numbers["total"]["previous"], "year": numbers["total"]["year"]})  # fmt: skip
    return rows


def _parts(
    f: Findings, found: Sequence[ReversedCase], field: str, empty: str, order: Any = None
) -> list[dict[str, Any]]:
    """Cases of second instance by what one field says, with the share of all of them and the number a year before."""
    assert f.reversals is not None

    def count(among: Iterable[ReversedCase], result: str = "") -> Counter[str]:
        return Counter(getattr(one, field) or empty for one in among if result in ("", one.result))

    total, revised, remanded = count(found), count(found, REVISED), count(found, REMANDED)
    before = f.reversals.year_before
    base = None if before is None else count(one for one in before if one.stage == SECOND)
    names = sorted(total, key=order or (lambda name: (name == empty, -total[name], name)))
    return [
        {
            "name": name,
            "revised": revised[name],
            "remanded": remanded[name],
            "total": total[name],
            "share": percent(total[name], len(found)),
            "base": NO_CASES if base is None else base[name],
        }
        for name in names
    ]


def _reason_place(name: str) -> tuple[bool, int, str]:
    """The reasons of the code table in its order, then a court's own words; what is not filled in comes last."""
    known = known_values("reversal_reason")
    return (name == UNSTATED, known.index(name) if name in known else len(known), name)


def _cause_rows(f: Findings, found: Sequence[ReversedCase]) -> list[dict[str, Any]]:
    """The causes with most cases, as published analyses list them, and all others together."""
    rows = _parts(f, found, "cause", NO_CAUSE)
    rest = rows[TOP_CAUSES:]
    if len(rest) > 1:
        keys = ("revised", "remanded", "total", *(["base"] if rest[0]["base"] != NO_CASES else []))
        sums: dict[str, Any] = {"base": NO_CASES} | {key: sum(row[key] for row in rest) for key in keys}
        share = percent(sums["total"], len(found))
        rows[TOP_CAUSES:] = [{"name": f"其余{len(rest)}个案由", **sums, "share": share}]
    return rows


def _repeated(f: Findings, one: ReversedCase) -> Repeated:
    return Repeated(_court(f, one), _cause(one), one.remands)


def _upheld(one: ReversedCase) -> Upheld:
    return Upheld(_cause(one), one.upheld, one.number, one.result)


def _court(f: Findings, one: ReversedCase) -> str:
    return f.name(one.court) if one.court in f.tree.by_code else "原审法院"


def _cause(one: ReversedCase) -> str:
    return one.cause or f"{one.line}案件"


def _list(f: Findings, found: Sequence[ReversedCase], title: str, *, rules: bool = False) -> dict[str, Any]:
    """Cases under the heads that the data can fill; no party, and a judge only where the court has switched it on."""
    assert f.reversals is not None
    r = f.reversals
    lower = bool(f.tree.children(f.issuer))
    columns: list[tuple[str, Any]] = [
        *([("原审法院", lambda one: f.name(one.court) if one.court in f.tree.by_code else NO_CASES)] if lower else []),
        ("原审案号", lambda one: one.origin or NO_CASES),
        ("案由", lambda one: one.cause or NO_CASES),
        ("结果", lambda one: one.stage + one.result),
        *([("审理案号", lambda one: one.number)] if any(one.number for one in found) else []),
        ("审结日期", lambda one: one.concluded.isoformat()),
        *([] if r.no_reasons else [("发改原因", lambda one: one.reason or UNSTATED)]),
        *([("原审承办人", lambda one: one.judge or NO_CASES)] if r.judges else []),
        *([("建议评查的情形", lambda one: "、".join(r.review[name].name for name in one.rules))] if rules else []),
    ]
    return {
        "kind": "reversed",
        "title": title,
        "rules": rules,
        "total": len(found),
        "heads": [name for name, _ in columns],
        "rows": [[value(one) for _, value in columns] for one in found[:MOST]],
    }
