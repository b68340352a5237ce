"""Findings → one bulletin: a Jinja2 template and plain data become Markdown with front matter, and its charts.

Templates are sandboxed and receive only text, numbers, lists and dicts, never an object with methods of its own,
so that a template of a court can lay words out and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports.catalogue import Catalogue, Indicator
from reports.courts.periods import Period, chinese_date
from reports.courts.tree import CourtTree
from reports.errors import ConfigError
from reports.model import (
    ALL_LINES,
    OWN,
    Attribution,
    Bulletin,
    Comparison,
    Comparisons,
    Flag,
    Note,
)
from reports.words import (
    NO_CASES,
    changes,
    chinese_number,
    counts,
    decimal,
    half_up,
    joined,
    percent,
    span,
    statement,
)

LINE_ORDER = ("刑事", "民事", "行政", "国家赔偿", "执行", "其他")
REGIONS = {"supreme": "全国", "high": "全省", "intermediate": "全市", "basic": "本院"}
CATEGORIES = ("质量", "效率", "效果")
TOP_PARTS = 3


@dataclass(frozen=True)
class Findings:
    """Everything a bulletin may say; all of it is data."""

    period: Period
    issuer: str
    tree: CourtTree
    catalogue: Catalogue
    comparisons: Comparisons
    history: pd.DataFrame
    flags: tuple[Flag, ...]
    untested: tuple[tuple[str, str, str], ...]
    tested: int
    attributions: Mapping[str, tuple[Attribution, ...]]
    rows_in: int
    rows_used: int
    set_aside: Mapping[str, int]
    notes: tuple[Note, ...]
    data_until: date


def compose(kind: str, findings: Findings, letterhead: Mapping[str, Any], templates: Sequence[Path]) -> Bulletin:
    """Write one bulletin of ``kind``. ``templates`` are folders, a court's own first.

    Raises :class:`ConfigError` for a template that is missing or wrong, with its line.
    """
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader([str(path) for path in templates]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["chinese"] = chinese_number
    data = _data(findings, letterhead)
    assets = {"charts/trend.svg": _render(environment, "charts/trend.svg.j2", data["trend"]).encode()}
    markdown = _render(environment, f"bulletins/{kind}.md.j2", data)
    return Bulletin(
        kind=kind,
        court=findings.issuer,
        title=data["title"],
        stem=f"{findings.period.key}-{kind}",
        markdown=markdown,
        assets=assets,
        required=(data["title"][:8], "统计区间"),
    )


def _render(environment: jinja2.Environment, name: str, data: Mapping[str, Any]) -> str:
    try:
        return environment.get_template(name).render(**data)
    except jinja2.TemplateNotFound as error:
        raise ConfigError(f"没有模板“{error.name}”。", advice="用 tongbao template list 查看可用的模板。") from error
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"模板写法有误：{error.message}", where=f"{error.filename}，第{error.lineno}行") from error
    except jinja2.UndefinedError as error:
        raise ConfigError(f"模板用到了没有的内容：{error.message}", where=_template_line(name, error)) from error
    except jinja2.exceptions.SecurityError as error:
        raise ConfigError(f"模板用到了不允许的写法：{error}", where=_template_line(name, error)) from error


def _template_line(name: str, error: BaseException) -> str:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(name.rpartition("/")[2]):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{name}，第{line}行" if line else name


def _data(f: Findings, letterhead: Mapping[str, Any]) -> dict[str, Any]:
    court = f.tree.by_code[f.issuer]
    region = letterhead.get("region") or REGIONS[court.level]
    issuer = letterhead.get("issuer") or court.name
    region_courts = "本院" if region == "本院" else f"{region}法院"
    title = f"关于{f.period.label}{region_courts}审判执行质效情况的通报"
    year = f.data_until.year
    assessed = [item for item in f.catalogue.indicators.values() if item.assess and item.kind != "count"]
    return {
        "title": title,
        "front": {
            "mark": letterhead.get("mark") or f"{issuer}文件",
            "number": letterhead.get("number", "").replace("{year}", str(year)),
            "signer": letterhead.get("signer", ""),
            "to": letterhead.get("to", ""),
            "cc": letterhead.get("cc", ""),
            "issuer": issuer,
            "office": letterhead.get("office", ""),
            "contact": letterhead.get("contact", ""),
            "date": letterhead.get("date", ""),
        },
        "region": region_courts,
        "period": {
            "key": f.period.key,
            "label": f.period.label,
            "window": f.period.window,
            "cumulative": f.period.cumulative,
            "until": chinese_date(f.data_until),
        },
        "catalogue": {"name": f.catalogue.name, "version": f.catalogue.version, "note": f.catalogue.note},
        "flow": {name: _cell(f, f.issuer, ALL_LINES, name) for name in _COUNTS},
        "lines": _lines(f),
        "indicators": [_indicator_row(f, item) for item in assessed],
        "categories": [
            {"name": name, "items": [_indicator_row(f, i) for i in assessed if i.category == name]}
            for name in CATEGORIES
            if any(i.category == name for i in assessed)
        ],
        "verdict": _verdict(f, assessed),
        "untold": [
            {"name": f.catalogue.indicators[name].name, "reason": reason}
            for name, reason in f.comparisons.untold.items()
        ],
        "problems": _problems(f),
        "amber": _listed(f, "amber"),
        "yellow": _listed(f, "yellow"),
        "green": _listed(f, "green"),
        "neutral": _listed(f, "neutral"),
        "tested": f.tested,
        "untested": len(f.untested),
        "drivers": _drivers(f, region_courts),
        "quality": {
            "rows_in": f.rows_in,
            "rows_used": f.rows_used,
            "rows_out": f.rows_in - f.rows_used,
            "reasons": [{"reason": reason, "count": n} for reason, n in f.set_aside.items()],
            "notes": [{"text": note.text, "count": note.count} for note in f.notes],
        },
        "tables": _court_tables(f, assessed),
        "definitions": [
            {
                "name": item.label,
                "formula": item.formula,
                "interval": _interval_text(f, item),
                "assess": item.assess,
            }
            for item in f.catalogue.indicators.values()
        ],
        "trend": _trend(f, region_courts),
    }


_COUNTS = (
    "opening",
    "filed",
    "accepted",
    "concluded",
    "pending",
    "over12_pending",
    "closing_rate",
    "clearance_ratio",
)


def _cell(f: Findings, court: str, line: str, indicator: str) -> dict[str, str] | None:
    cell = f.comparisons.cell(court, line, indicator)
    if cell is None:
        return None
    return {
        "value": cell.text,
        "fraction": counts(cell),
        "statement": statement(f.catalogue.indicators[indicator].label, cell),
        "previous": cell.previous_change,
        "year": cell.year_change,
        "changes": changes(cell),
    }


def _lines(f: Findings) -> list[dict[str, Any]]:
    seen = {line for court, line, _ in f.comparisons.frame.index if court == f.issuer}
    ordered = [ALL_LINES, *(line for line in LINE_ORDER if line in seen)]
    ordered += sorted(seen - set(ordered))
    rows: list[dict[str, Any]] = [
        {
            "name": "合计" if line == ALL_LINES else line,
            **{name: _cell(f, f.issuer, line, name) for name in _COUNTS},
        }
        for line in (*ordered[1:], ordered[0])
    ]
    shown = ("opening", "filed", "concluded", "pending")
    return [row for row in rows if any(row[name] and row[name]["value"] != "0件" for name in shown)]


def _indicator_row(f: Findings, item: Indicator) -> dict[str, Any]:
    cell = f.comparisons.cell(f.issuer, ALL_LINES, item.id)
    return {
        "id": item.id,
        "name": item.name,
        "label": item.label,
        "right": item.right,
        "cell": _cell(f, f.issuer, ALL_LINES, item.id),
        "interval": _interval_text(f, item),
        "state": _state(f, item, cell),
    }


def _interval_text(f: Findings, item: Indicator) -> str:
    interval = item.interval(f.period.end)
    return span(interval, item.unit) if interval else ""


def _state(f: Findings, item: Indicator, cell: Comparison | None) -> str:
    """处于区间, 优于区间 or 劣于区间; empty without an interval or cases."""
    interval = item.interval(f.period.end)
    if interval is None or cell is None:
        return ""
    scaled = item.measure.scaled(*cell.now)
    if scaled is None:
        return ""
    value = scaled / 10**item.places
    if interval.high is not None and value > interval.high:
        return "劣于区间" if item.better == "lower" else "优于区间" if item.better == "higher" else "高于区间"
    if interval.low is not None and value < interval.low:
        return "劣于区间" if item.better == "higher" else "优于区间" if item.better == "lower" else "低于区间"
    return "处于区间"


def _verdict(f: Findings, items: Sequence[Indicator]) -> dict[str, Any]:
    """How many indicators moved the better way, the worse way or not at all, against a year before."""
    groups: dict[str, list[str]] = {"better": [], "worse": [], "equal": []}
    for item in items:
        cell = f.comparisons.cell(f.issuer, ALL_LINES, item.id)
        if cell is None or item.better == "neutral":
            continue
        new, old = item.measure.scaled(*cell.now), item.measure.scaled(*cell.year_before)
        if new is None or old is None:
            continue
        if new == old:
            groups["equal"].append(item.name)
        else:
            groups["better" if (new > old) == (item.better == "higher") else "worse"].append(item.name)
    return {
        "total": sum(map(len, groups.values())),
        **{name: {"count": len(names), "names": joined(names)} for name, names in groups.items()},
    }


def _problems(f: Findings) -> list[dict[str, Any]]:
    """Red flags by indicator in catalogue order, courts in code order within."""
    groups = []
    for item in f.catalogue.indicators.values():
        found = [flag for flag in f.flags if flag.severity == "red" and flag.indicator == item.id]
        if found:
            groups.append(
                {
                    "name": item.name,
                    "right": item.right,
                    "items": [
                        {
                            "sentence": flag.evidence,
                            "parts": _parts_text(f, item, f.attributions.get(flag.key, ())),
                        }
                        for flag in found
                    ],
                }
            )
    return groups


def _listed(f: Findings, severity: str) -> list[dict[str, str]]:
    return [
        {
            "court": _name(f, flag.court),
            "indicator": f.catalogue.indicators[flag.indicator].name,
            "text": flag.evidence,
        }
        for flag in f.flags
        if flag.severity == severity and (severity != "neutral" or flag.strength == "red")
    ]


def _name(f: Findings, code: str) -> str:
    short = f.tree.short_name(code.removesuffix(OWN))
    return short + "本级" if code.endswith(OWN) else short


def _parts_text(f: Findings, item: Indicator, attributions: Sequence[Attribution]) -> str:
    """The parts that moved a figure most, named in their own order, with what the others add up to."""
    sentences = []
    for attribution in attributions:
        base = "上期" if attribution.against == "previous" else "去年同期"
        head = "从条线看" if attribution.dimension == "line" else "从各法院看"
        unit = {"%": "个百分点", "天": "天", "件": "件"}.get(item.unit, "")
        places = item.places if item.kind != "count" else 0
        scale = item.measure.factor
        moving = sorted(
            (part for part in attribution.parts if part.total), key=lambda part: abs(part.total), reverse=True
        )[:TOP_PARTS]
        if not moving:
            continue
        named = [part for part in attribution.parts if part in moving]
        texts = [f"{part.name}{_signed(part.total * scale, places)}{unit}" for part in named]
        rest = sum((part.total for part in attribution.parts if part not in moving), start=attribution.change * 0)
        more = f"，其余合计{_signed(rest * scale, places)}{unit}" if rest else ""
        sentences.append(f"{head}，与{base}相比的变动中，{'、'.join(texts)}{more}。")
    return "".join(sentences)


def _signed(value: Any, places: int) -> str:
    scaled = half_up(value.numerator, value.denominator, places)
    return f"{'拉高' if scaled >= 0 else '拉低'}{decimal(abs(scaled), places)}"


def _drivers(f: Findings, region: str) -> list[str]:
    """For each attribution at the issuer's own level: the change and the parts that moved it."""
    sentences = []
    for item in f.catalogue.indicators.values():
        for attribution in f.attributions.get(f"{f.issuer}|{item.id}", ()):
            cell = f.comparisons.cell(f.issuer, attribution.line, item.id)
            if cell is None:
                continue
            counted = item.kind == "count"
            parts = _count_parts(cell, attribution) if counted else _parts_text(f, item, [attribution])
            sentences.append(f"{region}{statement(item.label, cell)}，{changes(cell)}。{parts}")
    return sentences


def _count_parts(cell: Comparison, attribution: Attribution) -> str:
    """拉动: each part's change over the whole base, in 百分点; they add up to the growth."""
    base = cell.year_before[0] if attribution.against == "year_before" else (cell.previous or (0, None))[0]
    if not base:
        return ""
    name = "同比" if attribution.against == "year_before" else "环比"
    biggest = sorted((p for p in attribution.parts if p.total), key=lambda p: abs(p.total), reverse=True)[:TOP_PARTS]
    texts = []
    for part in attribution.parts:
        if part in biggest:
            change = int(part.total)
            points = decimal(abs(half_up(change * 100, base, 2)), 2)
            texts.append(
                f"{part.name}{'增加' if change > 0 else '减少'}{abs(change)}件"
                f"（{'拉动上升' if change > 0 else '拉低'}{points}个百分点）"
            )
    rest = int(sum(p.total for p in attribution.parts if p not in biggest))
    more = f"，其余{'增加' if rest > 0 else '减少'}{abs(rest)}件" if rest else ""
    head = "从条线看" if attribution.dimension == "line" else "从各法院看"
    return f"{head}，{name}变动较大的有{'、'.join(texts)}{more}。" if texts else ""


def _court_tables(f: Findings, items: Sequence[Indicator]) -> list[dict[str, Any]]:
    """Values of the assessed indicators of every court: jurisdictions first, then the courts below each."""
    shown = [item for item in items if item.id not in f.comparisons.untold]
    tables = []
    children = f.tree.children(f.issuer)
    first = [(f.issuer, "合计"), (f.issuer + OWN, _name(f, f.issuer + OWN))] if children else []
    first += [(c.code, f.tree.jurisdiction(c.code)) for c in children]
    if first:
        tables.append(_court_table(f, "各法院主要指标表", first, shown))
    below: list[tuple[str, str]] = []
    for child in children:
        if grandchildren := f.tree.children(child.code):
            below.append((child.code + OWN, _name(f, child.code + OWN)))
            below += [(c.code, f.tree.short_name(c.code)) for c in grandchildren]
    if below:
        tables.append(_court_table(f, "中级法院本级和基层法院主要指标表", below, shown))
    return tables


def _court_table(
    f: Findings, title: str, rows: Sequence[tuple[str, str]], items: Sequence[Indicator]
) -> dict[str, Any]:
    body = []
    for code, name in rows:
        cells = [f.comparisons.cell(code, ALL_LINES, item.id) for item in items]
        body.append(
            {
                "name": name,
                "values": [cell.text.removesuffix(cell.measure.unit) if cell else NO_CASES for cell in cells],
            }
        )
    heads = [item.name + (f"（{item.unit}）" if item.unit else "") for item in items]
    return {"title": title, "heads": heads, "rows": body}


def _trend(f: Findings, region: str) -> dict[str, Any]:
    """Points of the trend chart: new and concluded cases of each period of the history."""
    series: list[dict[str, Any]] = []
    mine = f.history[(f.history["court"] == f.issuer) & (f.history["line"] == ALL_LINES)]
    keys = list(dict.fromkeys(mine["period"]))
    for name, label in (("filed", "新收"), ("concluded", "结案")):
        points = mine[mine["indicator"] == name].set_index("period")["numerator"]
        series.append({"name": label, "values": [int(points.get(key, 0)) for key in keys]})
    top: int = max((value for one in series for value in one["values"]), default=0) or 1
    step = _round_step(top / 4)
    return {
        "alt": f"{region}近{len(keys)}期新收、结案案件数趋势图",
        "labels": keys,
        "series": series,
        "step": step,
        "top": step * -(-top // step),
    }


def _round_step(rough: float) -> int:
    unit = 1
    while True:
        for factor in (1, 2, 5):
            if unit * factor >= rough:
                return unit * factor
        unit *= 10


def share(part: int, whole: int) -> str:
    """A share of rows as printed."""
    return percent(part, whole) if whole else NO_CASES
