"""Findings → the plain data of a template: flow, indicators, intervals, tables, quality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reports import reversals
from reports.catalogue import Catalogue, Indicator
from reports.compose import charts
from reports.compose.beside import beside
from reports.compose.circular import basic_courts
from reports.compose.departments import departments_of
from reports.compose.own_line import long_of, own_line
from reports.compose.standing import beyond, effective_of, returned_of, standings, where
from reports.compose.told import drivers_of, eased_of, grown_of, listed, problems_of, rights_of, who
from reports.compose.trend import trends
from reports.courts.periods import chinese_date
from reports.courts.tree import UNIT
from reports.model import ALL_LINES, BATCH, LINE_ORDER, OWN, ROWS_UNCHECKED, Comparison, Findings, QualityFinding
from reports.sentences.macros import Sentences
from reports.words import (
    INCOMPLETE_NOW,
    NO_CASES,
    UNTOLD,
    counts,
    in_short,
    in_table,
    span,
    stated,
    statement,
)


@dataclass(frozen=True)
class Subject:
    """Whom and what one bulletin tells of: a court with those below it, a line, or a theme.

    ``sender`` is the name of the court that issues it; ``label`` stands in titles and file names: a line's or a
    theme's name, a court's code.
    ``named`` is how the courts told of are called in sentences, empty where they are all of the sender's.
    ``indicators`` are those of a theme or of a department, all of the edition by default.

    Of a narrowed bulletin ``only`` are the codes of the courts that it lists beside the totals, ``only_courts`` and
    ``only_indicators`` the names that it says so by.
    """

    court: str
    sender: str
    line: str = ALL_LINES
    label: str = ""
    named: str = ""
    purpose: str = ""
    scope: str = ""
    indicators: tuple[str, ...] = ()
    only: frozenset[str] | None = None
    only_courts: tuple[str, ...] = ()
    only_indicators: tuple[str, ...] = ()

    @property
    def extract(self) -> bool:
        """Whether the bulletin tells less than the whole of its kind."""
        return bool(self.only_courts or self.only_indicators)

    def of(self, f: Findings) -> Findings:
        """The findings on its own indicators and on filings; nothing else belongs in a department's bulletin."""
        if not self.indicators:
            return f
        told = {*self.indicators, "filed"}
        return replace(
            f,
            flags=tuple(flag for flag in f.flags if flag.indicator in told),
            attributions={
                key: found for key, found in f.attributions.items() if all(one.indicator in told for one in found)
            },
            funnels=tuple(one for one in f.funnels if one.indicator in told),
            untested=tuple(one for one in f.untested if one[1] in told),
        )

    def inside(self, f: Findings) -> bool:
        """Whether a court tells its own departments: one of them, or all where it has no court below.

        ``f`` are the findings of the subject.
        """
        return UNIT in self.court or not (self.named or f.tree.children(f.issuer))

    def lists(self, court: str) -> bool:
        """Whether a court is listed."""
        return self.only is None or court in self.only


def charts_of(
    f: Findings, region: str, subject: Subject, prefix: str, *, technical: bool = False
) -> dict[str, list[charts.Drawing]]:
    """What a template may show, by the id of the chart. A court is told its amber findings too, in its own letter."""
    told = ("red", "amber") if subject.named else ("red",)
    found = charts.drawn(charts.View(f, region, told, technical))
    return {
        name: [drawing | {"path": f"charts/{prefix}{drawing['name']}.svg"} for drawing in drawings]
        for name, drawings in found.items()
    }


def data_of(f: Findings, letterhead: Mapping[str, Any], subject: Subject, sentences: Sentences) -> dict[str, Any]:
    """Everything that a template may say of the findings, as text, numbers, lists and dicts."""
    region = letterhead.get("region") or f.tree.region(f.issuer)
    issuer = letterhead.get("issuer") or subject.sender
    region_courts = subject.named or ("本院" if region == "本院" else f"{region}法院")
    title = f"关于{f.period.label}{region_courts}审判执行质效情况的通报"
    year = letterhead["date"][:4] if letterhead.get("date") else f.data_until.year
    chosen = [
        item for item in f.catalogue.indicators.values() if not subject.indicators or item.id in subject.indicators
    ]
    assessed = [item for item in chosen if item.assess and item.kind != "count"]
    # The units told of, as in 各法院, 有关法院; of a single court's own bulletins they are its departments.
    single = subject.inside(f)
    unit = "部门" if single else "法院"
    everyone = f"{'' if single else '辖区各法院，'}本院各部门："
    to = everyone if letterhead.get("to") is None else letterhead["to"]
    return {
        "title": title,
        "front": front_of(letterhead, issuer, year) | {"to": to},
        "region": region_courts,
        "court": f.name(f.issuer),
        "full_name": f.tree.by_code[f.issuer].name,
        "lower": bool(f.tree.children(f.issuer)),
        "unit": unit,
        "single": single,
        "checks": listed(f, sentences, "amber"),
        "line": "" if f.line == ALL_LINES else f.line,
        "label": subject.label,
        "purpose": subject.purpose,
        "scope": subject.scope,
        "period": {
            "key": f.period.key,
            "label": f.period.label,
            "window": f.period.window,
            "cumulative": f.period.cumulative,
            "has_previous": f.period.previous is not None,
            "until": chinese_date(f.data_until),
            "number": f.period.last,
            "year": f.period.year,
        },
        "without": [
            {"name": one.name, "last": chinese_date(one.last) if one.last else "", "rows": one.rows}
            for one in f.without
        ],
        "range": {"courts": list(subject.only_courts), "indicators": list(subject.only_indicators)},
        "silent": _silent(f, subject),
        "idle": _idle(f, f.issuer),
        "catalogue": {"name": f.catalogue.name, "version": f.catalogue.version, "note": f.catalogue.note},
        "flow": {name: _cell(f, f.issuer, f.line, name) for name in _COUNTS},
        "flow_told": _flow_told(f),
        "flow_lacks": [f.catalogue.indicators[n].name for n in _FLOW if not f.comparisons.cell(f.issuer, f.line, n)],
        "lines": _lines(f),
        "indicators": [_indicator_row(f, item) for item in assessed],
        "verdict": trends(f, assessed),
        "standing": standings(f, assessed),
        "returned": returned_of(f),
        "effective": effective_of(f),
        "by_line": _by_line(f, assessed),
        "restated": _restated(f),
        "follow_up": f.follow_up,
        "untold": _untold(f, chosen, subject),
        "problems": problems_of(f, sentences),
        "unsure": _unsure(f, assessed),
        "eased": eased_of(f, sentences),
        "settled": eased_of(f, sentences, ("解除",)),
        "amber": len([flag for flag in f.flags if flag.severity == "amber"]),
        "green": listed(f, sentences, "green", strength="red"),
        "held": listed(f, sentences, "green", strength="red", state="持续"),
        "neutral": listed(f, sentences, "neutral", strength="red"),
        "rights": rights_of(f, sentences),
        "grey": listed(f, sentences, "grey"),
        "tested": len(f.tested),
        "untested": len([why for *_, why in f.untested if why != INCOMPLETE_NOW]),
        "incomplete": len([why for *_, why in f.untested if why == INCOMPLETE_NOW]),
        "drivers": drivers_of(f, region_courts, sentences),
        "grown": grown_of(f, sentences),
        "quality": {
            "rows_in": f.rows_in,
            "rows_used": f.rows_used,
            "rows_out": f.rows_in - f.rows_used,
            # Of rows the reason is told at the command line, on the day; a circular is read later.
            "reasons": [
                {"reason": why.replace("晚于今天", "晚于核对日"), "count": n} for why, n in f.set_aside.items()
            ],
            "notes": [{"text": note.text, "count": note.count, "unit": note.unit} for note in f.notes],
            **_quality(f, subject),
        },
        "reversals": _reversals(f, sentences),
        "tables": _court_tables(f, chosen if subject.purpose else assessed, subject),
        "department_table": departments_of(f, assessed),
        "published": beside(f),
        "own_line": own_line(f, assessed),
        "long": [] if subject.extract else long_of(f),  # which names courts
        "definitions": _definitions(f, f.catalogue, chosen),
        "series_from": BATCH,
    }


def _untold(f: Findings, chosen: Sequence[Indicator], subject: Subject) -> list[dict[str, str]]:
    """Indicators that are not told at all, those that an indicator table gives of others only, and those of single
    courts behind which stand too many unknown words.
    """
    found = [{"name": f.catalogue.indicators[n].name, "reason": why} for n, why in f.comparisons.untold.items()]
    elsewhere = {name for _, _, name in f.comparisons.frame.index}
    others = f.comparisons.given & elsewhere - f.comparisons.untold.keys()
    whose = f.name(f.issuer) + ("" if f.line == ALL_LINES else f"{f.line}条线")
    for item in chosen:
        told = f.comparisons.cell(f.issuer, f.line, item.id)
        if item.id in others and told is None and item.assess and item.kind != "count":
            found.append({"name": item.name, "reason": f"指标表中没有{whose}的数"})
    listed = [f.issuer + OWN, *(court.code for court in f.tree.descendants(f.issuer))]
    shown = [f.issuer, *(code for code in listed if subject.lists(code))]
    for name, item in f.catalogue.indicators.items():
        if subject.only_indicators and item not in chosen:
            continue
        courts = [code for code in shown if "now" in f.comparisons.withheld.get((code, f.line, name), {})]
        if not courts:
            continue
        names = [who(f, code) for code in courts[:TOP_COURTS]]
        more = f"等{len(courts)}个" if len(courts) > TOP_COURTS else ""
        reason = f"{'、'.join(names)}{more}：{f.comparisons.why(courts[0], f.line, name)}"
        found.append({"name": item.name, "reason": reason})
    return found


def _definitions(f: Findings, catalogue: Catalogue, items: Iterable[Indicator]) -> list[dict[str, Any]]:
    return [
        {
            "name": item.name,
            "formula": catalogue.definition(item),
            "interval": _interval_text(f, item),
            "basis": _interval_basis(f, item),
            "assess": item.assess,
            "told": item.assess and item.kind != "count" and _told(f, item) is not None,
        }
        for item in items
    ]


def _reversals(f: Findings, sentences: Sentences) -> dict[str, Any]:
    """The analysis of reversed cases; its indicators are its own, whatever the edition in force has."""
    told = reversals.told(f, sentences)
    if f.reversals is None:
        return told
    catalogue = f.reversals.comparisons.catalogue
    item = catalogue.indicators["first_reversal_rate"]
    interval, state = _interval_text(f, item), _state(f, item, f.reversals.comparisons.cell(f.issuer, f.line, item.id))
    definitions = _definitions(f, catalogue, catalogue.indicators.values())
    return told | {"interval": interval, "state": state, "definitions": definitions}


def front_of(letterhead: Mapping[str, Any], issuer: str, year: int | str) -> dict[str, str]:
    """What the front matter is written from: the letterhead, with the year in the numbers."""
    return {
        "mark": letterhead.get("mark") or f"{issuer}文件",
        **{name: letterhead.get(name, "").replace("{year}", str(year)) for name in ("number", "letter_number")},
        "issuer": issuer,
        **{name: letterhead.get(name) or "" for name in ("signer", "to", "cc", "office", "contact", "date")},
    }


FEW = 10  # cases: the ratio of fewer says nothing
_FLOW = ("accepted", "opening", "filed", "concluded", "pending")
_COUNTS = (*_FLOW, "over12_pending", "closing_rate", "clearance_ratio")
_BLANK = {"value": NO_CASES, "fraction": "", "statement": "", "stated": "", "previous": "", "year": "", "changes": ""}


def _flow_told(f: Findings) -> list[dict[str, str]]:
    """The parts of the flow that there are, for where an indicator table alone does not have all of them."""
    cells = ((f.catalogue.indicators[name].name, _cell(f, f.issuer, f.line, name)) for name in _FLOW)
    return [{"name": name, **cell} for name, cell in cells if cell]


def _cell(f: Findings, court: str, line: str, indicator: str) -> dict[str, str] | None:
    cell = f.comparisons.cell(court, line, indicator)
    if cell is None:
        return None
    return {
        "value": cell.text,
        "fraction": counts(cell),
        "statement": statement(f.catalogue.indicators[indicator].name, cell),
        "stated": stated(f.catalogue.indicators[indicator].name, cell),
        "previous": in_table(cell.previous_change),
        "year": in_table(cell.year_change),
        "changes": in_short(cell),
    }


def _without_cases(cell: Comparison) -> bool:
    """Whether there is nothing to print of an indicator: no value now, nor in the periods it is held against."""
    return cell.text == NO_CASES and all(
        base is None or cell.measure.text(*base) == NO_CASES for base in (cell.previous, cell.year_before)
    )


def _lines(f: Findings) -> list[dict[str, Any]]:
    seen = {line for court, line, _ in f.comparisons.frame.index if court == f.issuer}
    ordered = [ALL_LINES, *(line for line in LINE_ORDER if line in seen)]
    ordered += sorted(seen - set(ordered))
    rows: list[dict[str, Any]] = [
        {
            "name": "合计" if line == ALL_LINES else line,
            **{name: _cell(f, f.issuer, line, name) or _BLANK for name in _COUNTS},
        }
        for line in (*ordered[1:], ordered[0])
    ]
    shown = ("opening", "filed", "concluded", "pending")
    return [row for row in rows if any(row[name]["value"] not in ("0件", NO_CASES) for name in shown)]


def _told(f: Findings, item: Indicator) -> Comparison | None:
    """The issuer's own figure of an indicator; nothing where there is nothing to print of it."""
    cell = f.comparisons.cell(f.issuer, f.line, item.id)
    return None if cell is None or _without_cases(cell) else cell


def _indicator_row(f: Findings, item: Indicator) -> dict[str, Any]:
    cell = _told(f, item)
    return {
        "id": item.id,
        "name": item.name,
        "local": item.local,
        "right": item.right,
        "cell": _cell(f, f.issuer, f.line, item.id) if cell else None,
        "interval": _interval_text(f, item),
        "state": _state(f, item, cell),
        "rest": _rest(f, item, cell),
        "few": _few(f, item, cell),
    }


def _few(f: Findings, item: Indicator, cell: Comparison | None) -> str:
    """Reversed and remanded cases in words, where there are too few of both for their ratio to say anything."""
    if cell is None or not item.zero or "now" in cell.withheld or sum(one or 0 for one in cell.now) >= FEW:
        return ""
    named = [
        (f.catalogue.counts[terms[0][1]].name.removesuffix("数"), number or 0)
        for terms, number in zip((item.numerator, item.denominator), cell.now, strict=True)
        if terms and terms[0][1] in f.catalogue.counts
    ]
    if not any(number for _, number in named):
        return f"本期没有{'、'.join(name for name, _ in named)}的案件" if named else ""
    return f"{'、'.join(f'{name}{number}件' for name, number in named)}，件数少，{item.name}的升降只供参考"


def _rest(f: Findings, item: Indicator, cell: Comparison | None) -> str:
    """The printed value without serial cases, where it is materially another one."""
    value = f.rest.get((f.issuer, f.line, item.id)) if cell else None
    return cell.measure.text(*value) if cell and value else ""


def _interval_text(f: Findings, item: Indicator) -> str:
    interval = item.interval(f.period, f.line)
    return span(interval, item.unit) + (f"（{interval.meant}）" if interval.meant else "") if interval else ""


def _interval_basis(f: Findings, item: Indicator) -> str:
    """The document an interval comes from, and since when it is in force."""
    interval = item.interval(f.period, f.line)
    return f"{interval.source}，自{chinese_date(interval.since)}起" if interval else ""


def _state(f: Findings, item: Indicator, cell: Comparison | None) -> str:
    """处于合理区间, 优于合理区间 or 劣于合理区间; empty without an interval or cases."""
    word = where(f, item, cell)
    return f"{word}于合理区间" if word else ""


def _unsure(f: Findings, items: Sequence[Indicator]) -> list[dict[str, str]]:
    """The issuer's own indicators whose figures are beyond the interval, on so few cases that nothing can be said.

    Either the base is too small to be judged, or chance alone may have brought it there. A court with courts below has
    such figures of its own cases.
    """
    court = f.issuer + OWN if f.tree.children(f.issuer) else f.issuer
    return [{"name": one["name"], "stated": one["stated"]} for one in beyond(f, items, court) if one["unsure"]]


def _by_line(f: Findings, items: Sequence[Indicator]) -> list[dict[str, Any]]:
    """Each line of the issuer: how its indicators moved, and where they stand to their intervals."""
    if f.line != ALL_LINES:
        return []
    seen = {line for court, line, _ in f.comparisons.frame.index if court == f.issuer}
    found = []
    for line in (one for one in LINE_ORDER if one in seen and one != "其他"):
        mine = replace(f, line=line)
        verdict = trends(mine, items)
        if verdict["total"]:
            flow = {name: _cell(f, f.issuer, line, name) for name in ("filed", "pending")}
            found.append({"name": line, "verdict": verdict, "standing": standings(mine, items, f.line), **flow})
    return found


def _restated(f: Findings) -> list[str]:
    """Values of the bases that read otherwise then: of the issuer, and of the courts whose flags are printed."""
    flagged = {(flag.court, flag.line, flag.indicator) for flag in f.flags if flag.severity != "grey"}
    found = []
    for court, line, name in f.comparisons.restated:
        cell = f.comparisons.cell(court, line, name)
        if cell is None or (court != f.issuer and (court, line, name) not in flagged):
            continue
        whose = "" if court == f.issuer else f.name(court)
        what = f"{whose}{'' if line == ALL_LINES else line + '案件'}{f.catalogue.indicators[name].name}"
        found += [f"{what}的{text}" for text in f.comparisons.corrections(cell)]
    return found


TOP_COURTS, TOP_RULES = 3, 7  # of the data-quality findings


def _quality(f: Findings, subject: Subject) -> dict[str, Any]:
    """Errors and warnings of the data-quality rules for the issuer's courts, the first few in a table.

    A single court is not told of what went wrong on the way from its system to ours.
    """
    mine = {"", f.issuer, *(court.code for court in f.tree.descendants(f.issuer))}
    rows = []
    for severity in ("错误", "警告"):
        by_rule: dict[str, list[QualityFinding]] = {}
        for finding in f.quality.findings:
            told = finding.rule.to_courts or not subject.named
            if told and finding.rule.severity == severity and finding.court.removesuffix(OWN) in mine:
                by_rule.setdefault(finding.rule.id, []).append(finding)
        for found in by_rule.values():
            codes = sorted({finding.court for finding in found})
            names = "、".join(f.name(code) if code else "法院不明" for code in codes[:TOP_COURTS])
            names += f"等{len(codes)}个法院" if len(codes) > TOP_COURTS else ""
            count = sum(finding.count for finding in found)
            rows.append({"name": found[0].rule.name, "severity": severity, "count": count, "courts": names})
    counted_only = ROWS_UNCHECKED in f.quality.unchecked.values()
    more = max(len(rows) - TOP_RULES, 0)
    checked = bool(f.quality.totals)
    return {"checked": checked, "counted_only": counted_only, "findings": rows[:TOP_RULES], "more": more}


def _silent(f: Findings, subject: Subject) -> list[dict[str, Any]]:
    """The courts told of that filed and concluded nothing in the period.

    ``pending`` tells that one still has cases of before.
    """
    found = []
    left = {one.code for one in f.without}
    for court in (f.tree.by_code[f.issuer], *f.tree.descendants(f.issuer)):
        code = court.code + (OWN if f.tree.children(court.code) else "")
        if court.code not in left and subject.lists(code) and (idle := _idle(f, code)):
            found.append({"name": f.name(code), **idle})
    return found


def _idle(f: Findings, court: str) -> dict[str, bool]:
    """Whether a court (all courts below in it, unless it is its 本级) filed and concluded nothing in the period.

    Empty where it did, and where that is not known: of what an indicator table does not say nothing is known, but what
    the cases do not have is not there. ``pending`` tells that it still has cases of before.
    """
    names = ("filed", "concluded")
    filed, concluded, pending = (f.comparisons.cell(court, f.line, name) for name in (*names, "pending"))
    counted = not f.comparisons.given & set(names) and not f.comparisons.untold.keys() & set(names)
    if not (filed and concluded) and not counted:
        return {}
    if any(cell and cell.now[0] != 0 for cell in (filed, concluded)):
        return {}
    return {"pending": bool(pending and pending.now[0])}


def _court_tables(f: Findings, items: Sequence[Indicator], subject: Subject) -> list[dict[str, Any]]:
    """Values of the assessed indicators of every court: jurisdictions first, then the courts below each; of a narrowed
    bulletin those that it lists, in one table under the total.
    """
    # An indicator of which the line has no case anywhere would be a column of dashes.
    cells = ((item, f.comparisons.cell(f.issuer, f.line, item.id)) for item in items)
    shown = [item for item, cell in cells if cell is not None and not _without_cases(cell)]
    shown = [item for item in shown if item.id not in f.comparisons.untold]
    tables: list[dict[str, Any]] = []
    if not shown:
        return tables
    children = f.tree.children(f.issuer)
    left = {one.code + OWN for one in f.without}
    first = [(f.issuer, "合计"), (f.issuer + OWN, f.name(f.issuer + OWN))] if children else []
    first += [(c.code, f.tree.jurisdiction(c.code)) for c in children]
    if first and subject.only is None:
        first = [row for row in first if row[0] not in left]
        table = _court_table(f, "各法院主要指标表", first, shown)
        together = [basic_courts(f, item.id) for item in shown]
        if any(together):
            # Every indicator shown has cases: without a value it is not known, not absent.
            values = [_in_row(cell) if cell else UNTOLD for cell in together]
            row = {"name": "基层法院合计", "values": values}
            place = sum(code in (f.issuer, f.issuer + OWN) for code, _ in first)
            table["rows"].insert(place, row)  # behind the whole and the court itself
        tables.append(table)
    below: list[tuple[str, str]] = []
    for child in children:
        if grandchildren := f.tree.children(child.code):
            below.append((child.code + OWN, f.name(child.code + OWN)))
            below += [(c.code, f.tree.short_name(c.code)) for c in grandchildren]
    below = [row for row in below if row[0] not in left]
    if subject.only is not None and first:
        # In the order of the tree, each jurisdiction before its court's own cases.
        every = sorted([*first[1:], *below], key=lambda row: (f.tree.place(row[0].removesuffix(OWN)), row[0]))
        rows = [first[0], *(row for row in every if subject.lists(row[0]))]
        tables.append(_court_table(f, "所列法院主要指标表", [row for row in rows if row[0] not in left], shown))
    elif below:
        tables.append(_court_table(f, "中级法院本级和基层法院主要指标表", below, shown))
    return tables


def _in_row(cell: Comparison | None) -> str:
    return cell.text.removesuffix(cell.measure.unit) if cell else NO_CASES


def _court_table(
    f: Findings, title: str, rows: Sequence[tuple[str, str]], items: Sequence[Indicator]
) -> dict[str, Any]:
    body = []
    for code, name in rows:
        cells = [f.comparisons.cell(code, f.line, item.id) for item in items]
        body.append(
            {
                "name": name,
                "values": [_in_row(cell) for cell in cells],
            }
        )
    heads = [item.name + (f"（{item.unit}）" if item.unit else "") for item in items]
    return {"title": title, "heads": heads, "rows": body}
