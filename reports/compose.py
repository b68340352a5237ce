"""Findings → one bulletin: a Jinja2 template and plain data become Markdown with front matter, and its charts.

Templates are sandboxed and receive only text, numbers, lists and dicts, never an object with methods of its own,
so that a template of a court can lay words out and nothing else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports import charts, reversals
from reports.catalogue import Catalogue, Indicator
from reports.courts.periods import chinese_date, parse_period
from reports.errors import ConfigError
from reports.model import (
    ALL_LINES,
    LINE_ORDER,
    OWN,
    ROWS_UNCHECKED,
    Attribution,
    Bulletin,
    Comparison,
    Findings,
    Flag,
    Part,
    QualityFinding,
)
from reports.words import (
    NO_CASES,
    SEVERITIES,
    TO_VERIFY,
    changes,
    chinese_number,
    counts,
    decimal,
    half_up,
    joined,
    percent,
    restated,
    small,
    span,
    statement,
)

__all__ = ["REGIONS", "Findings", "Subject", "compose", "mistakes", "self_checks"]

REGIONS = {"supreme": "全国", "high": "全省", "intermediate": "全市", "basic": "本院"}
CATEGORIES = ("质量", "效率", "效果")
BATCH = 20  # cases of a serial cluster, as reports.trace finds them
TOP_COURTS, TOP_RULES = 3, 7  # of the data-quality findings


@dataclass(frozen=True)
class Subject:
    """Whom and what one bulletin tells of: a court with those below it, a line, or a theme.

    ``sender`` is the name of the court that issues it; ``label`` stands in titles and file names: a line's or a
    theme's name, a court's code.
    ``named`` is how the courts told of are called in sentences, empty where they are all of the sender's.
    ``indicators`` are those of a theme or of a department, all of the edition by default.
    """

    court: str
    sender: str
    line: str = ALL_LINES
    label: str = ""
    named: str = ""
    purpose: str = ""
    scope: str = ""
    indicators: tuple[str, ...] = ()


def compose(
    kind: str,
    findings: Findings,
    letterhead: Mapping[str, Any],
    templates: Sequence[Path],
    subject: Subject | None = None,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Bulletin:
    """Write one bulletin of ``kind`` on ``subject`` (by default the issuer's own). ``templates`` are folders, a
    court's own first; ``findings`` are those of the subject alone, ``more`` plain data that only this kind tells.

    Raises :class:`ConfigError` for a template that is missing or wrong, with its line.
    """
    environment = _environment(templates)
    subject = subject or Subject(findings.issuer, findings.tree.by_code[findings.issuer].name)
    findings = _on(subject, findings)
    stem = "-".join(part for part in (findings.period.key, kind, _safe(subject.label)) if part)
    data = _data(findings, letterhead, subject) | dict(more)
    data |= {"charts": _charts(findings, data["region"], subject, "" if kind == "general" else f"{stem}-")}
    data |= {"annexes": _annexes(findings, data)}
    markdown = _render(environment, f"bulletins/{kind}.md.j2", data)
    title = re.search("^标题" + r": (.+)$", markdown, re.MULTILINE)
    data |= {"title": title[1] if title else data["title"]}
    assets = {
        drawing["path"]: _render(environment, drawing["template"], drawing["shape"] | {"alt": drawing["alt"]}).encode()
        for drawings in data["charts"].values()
        for drawing in drawings
        if f"({drawing['path']})" in markdown
    }
    return Bulletin(
        kind=kind,
        court=findings.issuer,
        title=data["title"],
        stem=stem,
        markdown=markdown,
        assets=assets,
    )


def _on(subject: Subject, f: Findings) -> Findings:
    """The findings on the subject's own indicators and on filings; nothing else belongs in a department's bulletin."""
    if not subject.indicators:
        return f
    told = {*subject.indicators, "filed"}
    return replace(
        f,
        flags=tuple(flag for flag in f.flags if flag.indicator in told),
        attributions={
            key: found for key, found in f.attributions.items() if all(one.indicator in told for one in found)
        },
        funnels=tuple(one for one in f.funnels if one.indicator in told),
        untested=tuple(one for one in f.untested if one[1] in told),
    )


def page(findings: Findings, letterhead: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    """What a document of several subjects tells of each: flow, indicators and problems."""
    data = _data(findings, letterhead, subject)
    return {name: data[name] for name in ("region", "flow", "indicators", "problems")} | {"code": subject.court}


Sample = tuple[str, Findings, Subject, Mapping[str, Any]]


def mistakes(templates: Sequence[Path], letterhead: Mapping[str, Any], samples: Sequence[Sample]) -> list[str]:
    """What is wrong in the templates of some kinds: file, line and fault, found by reading and by writing samples."""
    environment = _environment(templates)
    found: list[str] = []
    names = [name for name in environment.list_templates() if name.endswith(".md.j2")]
    trees = {}
    for name in names:
        assert environment.loader is not None
        source, path, _ = environment.loader.get_source(environment, name)
        try:
            trees[name] = (environment.parse(source), path or name)
        except jinja2.TemplateSyntaxError as error:
            found.append(f"{path}，第{error.lineno}行：写法有误：{error.message}")
    if found or not samples:
        return found
    kind, findings, subject, _ = samples[0]
    known = {
        *_data(findings, letterhead, subject),
        "annexes",
        "charts",
        "loop",
        "namespace",
        *SELF_CHECK,
        *TIME_LIMIT,
        "correction",
    }
    known |= {name for *_, more in samples for name in more}
    for tree, _ in trees.values():  # what one template sets, those that it takes in may use
        known |= {node.name for node in tree.find_all(jinja2.nodes.Name) if node.ctx == "store"}
    for tree, path in trees.values():
        for node in tree.find_all(jinja2.nodes.Name):
            if node.ctx == "load" and node.name not in known:
                near = difflib.get_close_matches(node.name, known, n=1)
                hint = f"，是否为“{near[0]}”" if near else ""
                found.append(f"{path}，第{node.lineno}行：没有“{node.name}”这一项{hint}")
    for kind, findings, subject, more in samples if not found else ():
        try:
            compose(kind, findings, letterhead, templates, subject, more)
        except ConfigError as error:
            found.append(f"{error.where}：{error.what}" if error.where else error.what)
    return list(dict.fromkeys(found))


def _environment(templates: Sequence[Path]) -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader([str(path) for path in templates]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["chinese"] = chinese_number
    return environment


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


def _charts(f: Findings, region: str, subject: Subject, prefix: str) -> dict[str, list[charts.Drawing]]:
    """What a template may show, by the id of the chart. A court is told its amber findings too, in its own letter."""
    told = ("red", "amber") if subject.named else ("red",)
    found = charts.drawn(charts.View(f, region, told))
    return {
        name: [drawing | {"path": f"charts/{prefix}{drawing['name']}.svg"} for drawing in drawings]
        for name, drawings in found.items()
    }


def _safe(text: str) -> str:
    """A text that may stand in a file name."""
    return "".join(character for character in text if character not in '/\\:*?"<>| ')


def _data(f: Findings, letterhead: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    region = letterhead.get("region") or REGIONS[f.tree.by_code[f.issuer].level]
    issuer = letterhead.get("issuer") or subject.sender
    region_courts = subject.named or ("本院" if region == "本院" else f"{region}法院")
    title = f"关于{f.period.label}{region_courts}审判执行质效情况的通报"
    year = letterhead["date"][:4] if letterhead.get("date") else f.data_until.year
    chosen = [
        item for item in f.catalogue.indicators.values() if not subject.indicators or item.id in subject.indicators
    ]
    assessed = [item for item in chosen if item.assess and item.kind != "count"]
    return {
        "title": title,
        "front": _front(letterhead, issuer, year),
        "region": region_courts,
        "court": f.name(f.issuer),
        "full_name": f.tree.by_code[f.issuer].name,
        "lower": bool(f.tree.children(f.issuer)),
        "checks": _listed(f, "amber"),
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
        "catalogue": {"name": f.catalogue.name, "version": f.catalogue.version, "note": f.catalogue.note},
        "flow": {name: _cell(f, f.issuer, f.line, name) for name in _COUNTS},
        "lines": _lines(f),
        "indicators": [_indicator_row(f, item) for item in assessed],
        "categories": [
            {"name": name, "items": [_indicator_row(f, i) for i in assessed if i.category == name]}
            for name in CATEGORIES
            if any(i.category == name for i in assessed)
        ],
        "verdict": _verdict(f, assessed),
        "restated": _restated(f),
        "follow_up": f.follow_up,
        "untold": [
            {"name": f.catalogue.indicators[name].name, "reason": reason}
            for name, reason in f.comparisons.untold.items()
        ],
        "problems": _problems(f),
        "eased": [_eased(f, name) for name in ("缓解", "解除") if any(state == name for *_, state in f.eased)],
        "amber": len([flag for flag in f.flags if flag.severity == "amber"]),
        # A fall in appeals is no success to be praised: appeals are a right.
        "green": [item for item in _listed(f, "green", strength="red") if not item["right"]],
        "neutral": _listed(f, "neutral", strength="red"),
        "grey": _listed(f, "grey"),
        "tested": f.tested,
        "untested": len(f.untested),
        "drivers": _drivers(f, region_courts),
        "quality": {
            "rows_in": f.rows_in,
            "rows_used": f.rows_used,
            "rows_out": f.rows_in - f.rows_used,
            # Of rows the reason is told at the command line, on the day; a circular is read later.
            "reasons": [
                {"reason": why.replace("晚于今天", "晚于核对日"), "count": n} for why, n in f.set_aside.items()
            ],
            "notes": [{"text": note.text, "count": note.count} for note in f.notes],
            **_quality(f),
        },
        "reversals": _reversals(f),
        "tables": _court_tables(f, assessed),
        "definitions": _definitions(f, f.catalogue, chosen),
    }


def _definitions(f: Findings, catalogue: Catalogue, items: Iterable[Indicator]) -> list[dict[str, Any]]:
    return [
        {
            "name": item.label,
            "formula": catalogue.definition(item),
            "interval": _interval_text(f, item),
            "basis": _interval_basis(f, item),
            "assess": item.assess,
        }
        for item in items
    ]


def _reversals(f: Findings) -> dict[str, Any]:
    """The analysis of reversed cases; its indicators are its own, whatever the edition in force has."""
    told = reversals.told(f)
    if f.reversals is None:
        return told
    catalogue = f.reversals.comparisons.catalogue
    item = catalogue.indicators["first_reversal_rate"]
    interval, state = _interval_text(f, item), _state(f, item, f.reversals.comparisons.cell(f.issuer, f.line, item.id))
    definitions = _definitions(f, catalogue, catalogue.indicators.values())
    return told | {"interval": interval, "state": state, "definitions": definitions}


def _front(letterhead: Mapping[str, Any], issuer: str, year: int | str) -> dict[str, str]:
    return {
        "mark": letterhead.get("mark") or f"{issuer}文件",
        **{name: letterhead.get(name, "").replace("{year}", str(year)) for name in ("number", "letter_number")},
        "issuer": issuer,
        **{name: letterhead.get(name, "") for name in ("signer", "to", "cc", "office", "contact", "date")},
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
        "previous": _in_table(cell.previous_change),
        "year": _in_table(cell.year_change),
        "changes": changes(cell),
    }


def _in_table(change: str) -> str:
    """A change as a cell of a table: 增加5件, where a sentence says that there were none before."""
    return change.rpartition("无此类案件，")[2]


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
            **{name: _cell(f, f.issuer, line, name) for name in _COUNTS},
        }
        for line in (*ordered[1:], ordered[0])
    ]
    shown = ("opening", "filed", "concluded", "pending")
    return [row for row in rows if any(row[name] and row[name]["value"] != "0件" for name in shown)]


def _indicator_row(f: Findings, item: Indicator) -> dict[str, Any]:
    cell = f.comparisons.cell(f.issuer, f.line, item.id)
    if cell is not None and _without_cases(cell):
        cell = None
    return {
        "id": item.id,
        "name": item.name,
        "label": item.label,
        "right": item.right,
        "cell": _cell(f, f.issuer, f.line, item.id) if cell else None,
        "interval": _interval_text(f, item),
        "state": _state(f, item, cell),
    }


def _interval_text(f: Findings, item: Indicator) -> str:
    interval = item.interval(f.period.end)
    return span(interval, item.unit) if interval else ""


def _interval_basis(f: Findings, item: Indicator) -> str:
    """The document an interval comes from, and since when it is in force."""
    interval = item.interval(f.period.end)
    return f"{interval.source}，自{chinese_date(interval.since)}起" if interval else ""


def _state(f: Findings, item: Indicator, cell: Comparison | None) -> str:
    """处于合理区间, 优于合理区间 or 劣于合理区间; empty without an interval or cases."""
    interval = item.interval(f.period.end)
    if interval is None or cell is None:
        return ""
    scaled = item.measure.scaled(*cell.now)
    if scaled is None:
        return ""
    value = scaled / 10**item.places
    if interval.high is not None and value > interval.high:
        side = "劣" if item.better == "lower" else "优" if item.better == "higher" else "高"
        return f"{side}于合理区间"
    if interval.low is not None and value < interval.low:
        side = "劣" if item.better == "higher" else "优" if item.better == "lower" else "低"
        return f"{side}于合理区间"
    return "处于合理区间"


def _verdict(f: Findings, items: Sequence[Indicator]) -> dict[str, Any]:
    """How many indicators moved the better way, the worse way or not at all on a year before; parties’ rights apart."""
    groups: dict[str, list[str]] = {"better": [], "worse": [], "equal": []}
    for item in items:
        cell = f.comparisons.cell(f.issuer, f.line, item.id)
        if cell is None or item.better == "neutral" or item.right:
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
        "rights": any(item.right for item in items),
        **{name: {"count": len(names), "names": joined(names)} for name, names in groups.items()},
    }


def _restated(f: Findings) -> list[str]:
    """Values of a year before that read otherwise then: of the issuer, and of the courts whose flags are printed."""
    flagged = {(flag.court, flag.line, flag.indicator) for flag in f.flags if flag.severity != "grey"}
    found = []
    for (court, line, name), old in f.comparisons.restated.items():
        cell = f.comparisons.cell(court, line, name)
        if cell is None or (court != f.issuer and (court, line, name) not in flagged):
            continue
        item = f.catalogue.indicators[name]
        who = "" if court == f.issuer else f.name(court)
        text = restated(item.measure, old.value, cell.year_before, scope=old.scope != item.scope)
        found.append(f"{who}{'' if line == ALL_LINES else line + '案件'}{item.name}的{text}")
    return found


def _quality(f: Findings) -> dict[str, Any]:
    """Errors and warnings of the data-quality rules for the issuer's courts, the first few in a table."""
    mine = {"", f.issuer, *(court.code for court in f.tree.descendants(f.issuer))}
    rows = []
    for severity in ("错误", "警告"):
        by_rule: dict[str, list[QualityFinding]] = {}
        for finding in f.quality.findings:
            if finding.rule.severity == severity and finding.court.removesuffix(OWN) in mine:
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


def _problems(f: Findings) -> list[dict[str, Any]]:
    """Red flags by indicator in catalogue order, courts in code order within."""
    groups = []
    turn = 0
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
                            "state": _state_text(f, flag),
                            "parts": _parts_text(f, item, f.attributions.get(flag.key, ()), turn + place),
                        }
                        for place, flag in enumerate(found)
                    ],
                }
            )
            turn += len(found)
    return groups


def _listed(f: Findings, severity: str, strength: str | None = None) -> list[dict[str, Any]]:
    return [
        {
            "court": f.name(flag.court),
            "indicator": f.catalogue.indicators[flag.indicator].name,
            "right": f.catalogue.indicators[flag.indicator].right,
            # 待核 stands above the list of such data, once.
            "text": flag.evidence.replace(f"，{TO_VERIFY}", "") + _serial_of(f, flag),
        }
        for flag in f.flags
        if flag.severity == severity and strength in (None, flag.strength)
    ]


def _state_text(f: Findings, flag: Flag) -> str:
    """Since when a flag has been running, or that it came back; nothing of a new one."""
    mine = [
        state
        for rule in flag.rules
        if (state := f.states.get((flag.court, flag.indicator, rule, flag.direction))) and state.name == flag.state
    ]
    if flag.state == "新发" or not mine:
        return ""
    if flag.state == "复发":
        return "该问题解除后再次出现。"
    since = min((parse_period(state.since) for state in mine), key=lambda period: period.end)
    return f"该问题自{since.label}起持续存在。"


def _eased(f: Findings, state: str) -> str:
    """有所缓解的有A法院上诉率、B法院平均审理天数."""
    names = [_who(f, court) + f.catalogue.indicators[name].name for court, name, now in f.eased if now == state]
    return ("有所缓解的有" if state == "缓解" else "已经解除的有") + joined(names)


def _annexes(f: Findings, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The annexes in their order, each with its kind, title and what it holds."""
    lists = [
        {
            "title": _who(f, flag.court) + f.catalogue.indicators[flag.indicator].name,
            "what": found.what,
            "order": found.order,
            "total": found.total,
            "heads": found.heads,
            "rows": found.rows,
        }
        for flag in f.flags
        if (found := f.case_lists.get(flag.key)) and found.rows
    ]
    hints = [
        {"grade": _grade(f, flag), "text": flag.evidence}
        for flag in f.flags
        if flag.severity == "yellow"
        or (flag.severity in ("green", "neutral") and (flag.strength != "red" or _of_right(f, flag)))
    ]
    tests = [
        {
            "court": _who(f, flag.court),
            "indicator": f.catalogue.indicators[flag.indicator].name,
            "grade": _grade(f, flag),
            "rules": "、".join(flag.rules),
            "numbers": [
                NO_CASES if value is None else small(value) if name != "z" else f"{value:.2f}"
                for name, value in (("z", flag.z), ("p", flag.p), ("q", flag.q))
            ],
        }
        for flag in f.flags
        if flag.severity not in ("amber", "grey")
    ]
    rules = [{"label": label, "text": text, "source": source} for label, text, source in f.policy]
    annexes: list[dict[str, Any]] = [{"kind": "table", **table} for table in data["tables"]]
    drawings = [drawing for name, found in data["charts"].items() if name != "flow" for drawing in found]
    for kind, title, items in (
        ("charts", "有关情况图表", drawings),
        ("cases", "重点问题案件清单", lists),
        ("hints", "提示事项", hints),
        ("tests", "异常识别检验数据", tests),
        ("rules", "异常识别规则", rules),
    ):
        if items:
            annexes.append({"kind": kind, "title": title, "items": items})
    annexes.append({"kind": "definitions", "title": "指标口径说明", "items": data["definitions"]})
    return annexes


def _who(f: Findings, code: str) -> str:
    """Whose figure it is: all courts together where it is the issuer's jurisdiction, else the court."""
    return "全部法院" if code == f.issuer and f.tree.children(code) else f.name(code)


def _of_right(f: Findings, flag: Flag) -> bool:
    return f.catalogue.indicators[flag.indicator].right


def _grade(f: Findings, flag: Flag) -> str:
    """The grade in print; of parties' rights (appeals) a fall is a movement like a rise, never an improvement."""
    name = "neutral" if flag.severity == "green" and _of_right(f, flag) else flag.severity
    return SEVERITIES[name].split()[-1]


TIME_LIMIT = (
    "court", "own", "day", "until", "levels", "departments", "sums", "past", "near", "cases", "laws",
)  # fmt: skip
"""What a letter on time limits is written from, beside its front matter."""


def letter(
    name: str, court: str, stem: str, data: Mapping[str, Any], letterhead: Mapping[str, Any], sender: str,
    templates: Sequence[Path],
) -> Bulletin:  # fmt: skip
    """A letter to one court (its code), written from ``letters/NAME.md.j2`` and plain ``data``.

    ``letterhead`` must have a date. Raises :class:`ConfigError` for a template that is missing or wrong, with its line.
    """
    front = _front(letterhead, letterhead.get("issuer") or sender, letterhead["date"][:4])
    markdown = _render(_environment(templates), f"letters/{name}.md.j2", {**data, "front": front})
    title = re.search("^标题" + r": (.+)$", markdown, re.MULTILINE)
    return Bulletin(kind=name, court=court, title=title[1] if title else stem, stem=stem, markdown=markdown)


SELF_CHECK = ("court", "period", "window", "items")  # what a note for a court's own check is written from


def self_checks(f: Findings, letterhead: Mapping[str, Any], templates: Sequence[Path]) -> dict[str, bytes]:
    """File name → a note in Markdown for each court with amber flags: for its own check, not for the circular."""
    environment = _environment(templates)
    front = _front(letterhead, letterhead.get("issuer") or f.tree.by_code[f.issuer].name, letterhead["date"][:4])
    files = {}
    for code in dict.fromkeys(flag.court for flag in f.flags if flag.severity == "amber"):
        court = f.tree.by_code[code.removesuffix(OWN)]
        items = [flag.evidence for flag in f.flags if flag.court == code and flag.severity == "amber"]
        data = dict(zip(SELF_CHECK, (court.name, f.period.label, f.period.window, items), strict=True)) | {
            "front": front
        }
        safe = "".join(character for character in f"{code}-{court.name}" if character not in '/\\:*?"<>|')
        files[f"self-check/{safe}.md"] = _render(environment, "letters/self-check.md.j2", data).encode()
    return files


def _serial_of(f: Findings, flag: Flag) -> str:
    cell = f.comparisons.cell(flag.court, flag.line, flag.indicator)
    return _serial_text(f, flag.court, cell) if cell and flag.indicator == "filed" else ""


_HEADS = {"line": "条线", "court": "法院", "cause": "案由"}


def _parts_text(f: Findings, item: Indicator, attributions: Sequence[Attribution], turn: int = 0) -> str:
    """The parts that moved a figure most, named in their own order, with what the others add up to.

    ``turn`` chooses between two beginnings of the same, so that sentences in a row do not all begin alike.
    """
    sentences = []
    for attribution in attributions:
        base = "上期" if attribution.against == "previous" else "去年同期"
        unit = {"%": "个百分点", "天": "天", "件": "件"}.get(item.unit, "")
        places = item.places if item.kind != "count" else 0
        scale = item.measure.factor
        named = [
            part
            for part in attribution.parts
            if part in attribution.drivers
            and half_up((part.total * scale).numerator, (part.total * scale).denominator, places)
        ]
        if not named:
            continue
        texts = [
            f"{part.name}{_signed(part.total * scale, places)}{unit}"
            + ("（其自身变动属正常波动）" if _ordinary(f, attribution, part) else "")
            for part in named
        ]
        rest = sum((part.total for part in attribution.parts if part not in named), start=attribution.change * 0)
        more = f"，其余合计{_signed(rest * scale, places)}{unit}" if rest else ""
        by = _HEADS[attribution.dimension]
        head = f"从{by}看，与{base}相比的变动中" if turn % 2 == 0 else f"与{base}相比的变动按{by}分解"
        reversal = ""
        if attribution.reversal:
            way, own = ("上升", "下降") if attribution.change > 0 else ("下降", "上升")
            reversal = f"总体{way}系案件结构变化所致，同类案件实际{own}。"
        sentences.append(f"{head}，{'、'.join(texts)}{more}。{reversal}")
    return "".join(sentences)


def _ordinary(f: Findings, attribution: Attribution, part: Part) -> bool:
    """Whether to say 其自身变动属正常波动: tested and no more than usual; causes are not tested."""
    court, line = (part.key, attribution.line) if attribution.dimension == "court" else (attribution.court, part.key)
    return attribution.dimension != "cause" and (court, line, attribution.indicator) in f.ordinary


def _serial_text(f: Findings, court: str, cell: Comparison) -> str:
    """Serial cases behind a court's filings, and the growth without them; empty when there are none to speak of."""
    found = f.serial.get(court)
    if found is None or not found.now.clusters or cell.now[0] is None or not cell.year_before[0]:
        return ""
    now, base = cell.now[0] - found.now.cases, cell.year_before[0] - found.base.cases
    without = cell.measure.change((now, None), (base, None), base_name="去年同期")
    moved = without if without.startswith("去年") else f"与去年同期{without}" if without == "持平" else f"同比{without}"
    return (
        f"其中系列案（同一当事人、同一案由、同一周内立案{BATCH}件以上）{found.now.clusters}批{found.now.cases}件，"
        f"最大一批为{found.now.cause}；剔除两年中的系列案后，新收为{now}件，{moved}。"
    )


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
            parts = _count_parts(f, cell, attribution) if counted else _parts_text(f, item, [attribution])
            serial = _serial_text(f, f.issuer, cell) if item.id == "filed" else ""
            sentences.append(f"{region}{statement(item.label, cell)}，{changes(cell)}。{parts}{serial}")
    return sentences


def _count_parts(f: Findings, cell: Comparison, attribution: Attribution) -> str:
    """拉动: each part's change over the whole base, in 百分点; they add up to the growth."""
    base = cell.year_before[0] if attribution.against == "year_before" else (cell.previous or (0, None))[0]
    if not base:
        return ""
    name = "同比" if attribution.against == "year_before" else "环比"
    biggest = attribution.drivers
    texts = []
    for part in attribution.parts:
        if part in biggest:
            change = int(part.total)
            points = decimal(abs(half_up(change * 100, base, 2)), 2)
            texts.append(
                f"{part.name}{'增加' if change > 0 else '减少'}{abs(change)}件"
                f"（{'拉动上升' if change > 0 else '拉低'}{points}个百分点，"
                f"贡献率{percent(abs(change), abs(int(attribution.change)))}"
                f"{'，其自身变动属正常波动' if _ordinary(f, attribution, part) else ''}）"
            )
    rest = int(sum(p.total for p in attribution.parts if p not in biggest))
    more = f"，其余{'增加' if rest > 0 else '减少'}{abs(rest)}件" if rest else ""
    head = _HEADS[attribution.dimension]
    return f"从{head}看，{name}变动较大的有{'、'.join(texts)}{more}。" if texts else ""


def _court_tables(f: Findings, items: Sequence[Indicator]) -> list[dict[str, Any]]:
    """Values of the assessed indicators of every court: jurisdictions first, then the courts below each."""
    # An indicator of which the line has no case anywhere would be a column of dashes.
    cells = ((item, f.comparisons.cell(f.issuer, f.line, item.id)) for item in items)
    shown = [item for item, cell in cells if cell is not None and not _without_cases(cell)]
    shown = [item for item in shown if item.id not in f.comparisons.untold]
    tables: list[dict[str, Any]] = []
    if not shown:
        return tables
    children = f.tree.children(f.issuer)
    first = [(f.issuer, "合计"), (f.issuer + OWN, f.name(f.issuer + OWN))] if children else []
    first += [(c.code, f.tree.jurisdiction(c.code)) for c in children]
    if first:
        tables.append(_court_table(f, "各法院主要指标表", first, shown))
    below: list[tuple[str, str]] = []
    for child in children:
        if grandchildren := f.tree.children(child.code):
            below.append((child.code + OWN, f.name(child.code + OWN)))
            below += [(c.code, f.tree.short_name(c.code)) for c in grandchildren]
    if below:
        tables.append(_court_table(f, "中级法院本级和基层法院主要指标表", below, shown))
    return tables


def _court_table(
    f: Findings, title: str, rows: Sequence[tuple[str, str]], items: Sequence[Indicator]
) -> dict[str, Any]:
    body = []
    for code, name in rows:
        cells = [f.comparisons.cell(code, f.line, item.id) for item in items]
        body.append(
            {
                "name": name,
                "values": [cell.text.removesuffix(cell.measure.unit) if cell else NO_CASES for cell in cells],
            }
        )
    heads = [item.name + (f"（{item.unit}）" if item.unit else "") for item in items]
    return {"title": title, "heads": heads, "rows": body}
