"""Findings → one bulletin: a Jinja2 template and plain data become Markdown with front matter, and its charts.

Templates are sandboxed and receive only text, numbers, lists and dicts, never an object with methods of its own,
so that a template of a court can lay words out and nothing else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jinja2

from reports.catalogue.kinds import Kind
from reports.compose.annexes import annexes_of
from reports.compose.brief import brief_of, message_of
from reports.compose.circular import attended, circular_of
from reports.compose.crosstab import NAMES as CROSSTAB
from reports.compose.data import Subject, charts_of, data_of, front_of
from reports.compose.edits import front_value
from reports.compose.effect import NAMES as EFFECT
from reports.compose.longview import NAMES as LONGVIEW
from reports.compose.standing import beyond
from reports.errors import ConfigError
from reports.escaping import escaped
from reports.model import OWN, YOU, YOUR_DEPARTMENT, Bulletin, Findings
from reports.sentences.check import mistakes as mistakes_in_sentences
from reports.sentences.macros import sentences_of
from reports.templates import environment_of, fill, safe

__all__ = ["EXTRACT", "Subject", "attended", "beyond", "compose", "letter", "mistakes", "page", "self_checks"]


NO_THEME: Mapping[str, Any] = dict.fromkeys(("basis", "source", "limits", "unclassed"), "") | {
    name: [] for name in ("classes", "context", "moved", "grown", "fallen", "compared")
}
NO_YEAR: Mapping[str, Any] = {"units": [], "opening": "", "sections": [], "registers": [], "items": {}, "long": {}}
EXTRACT = "节选"  # the end of the name of a narrowed bulletin


def compose(
    kind: Kind,
    findings: Findings,
    letterhead: Mapping[str, Any],
    templates: Sequence[Path],
    subject: Subject | None = None,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Bulletin:
    """Write one bulletin of a kind on ``subject`` (by default the issuer's own). ``templates`` are folders, a
    court's own first; ``findings`` are those of the subject alone, ``more`` plain data that only this kind tells.

    Raises :class:`ConfigError` for a template that is missing or wrong, with its line.
    """
    environment = environment_of(templates, "markdown")
    subject = subject or Subject(findings.issuer, findings.tree.by_code[findings.issuer].name)
    findings = subject.of(findings)
    parts = (findings.period.key, kind.id, safe(subject.label), EXTRACT if subject.extract else "")
    stem = "-".join(part for part in parts if part)
    sentences = sentences_of(templates, plain=not kind.technical)
    data = data_of(findings, letterhead, subject, sentences)
    style = kind.inside if kind.inside and data["single"] else kind.style
    data |= {
        "style": style,
        "kind": kind.name,
        "docket": {},
        "causes": {},
        "theme": NO_THEME,
        "enforced": {},
        "yearly": NO_YEAR,
    } | dict(more)
    data |= circular_of(findings, data, sentences)
    data |= {"summary": brief_of(findings, data)}
    prefix = "" if kind.bare_charts and not subject.extract else f"{stem}-"
    data |= {"charts": charts_of(findings, data["region"], subject, prefix, technical=kind.technical)}
    data |= {"annexes": annexes_of(findings, subject.court, data, sentences)}
    markdown = fill(environment, kind.template, data)
    data |= {"title": front_value(markdown, "标题") or data["title"]}
    drawn = environment_of(templates, "xml")
    assets = {
        drawing["path"]: fill(drawn, drawing["template"], drawing["shape"] | {"alt": drawing["alt"]}).encode()
        for drawings in data["charts"].values()
        for drawing in drawings
        if f"({escaped(drawing['path'])})" in markdown
    }
    message = ""
    if kind.message:
        lines = fill(environment_of(templates), kind.message, data).splitlines()
        message = message_of([line.strip() for line in lines if line.strip()])
    return Bulletin(
        kind=kind.id,
        court=findings.issuer,
        title=data["title"],
        stem=stem,
        markdown=markdown,
        assets=assets,
        message=message,
        extract=subject.extract,
    )


def page(
    findings: Findings, letterhead: Mapping[str, Any], templates: Sequence[Path], subject: Subject
) -> dict[str, Any]:
    """What a document of several subjects tells of each: flow, indicators and problems."""
    data = data_of(findings, letterhead, subject, sentences_of(templates, plain=True))
    told = ("region", "flow", "flow_told", "flow_lacks", "idle", "indicators", "standing", "effective", "problems")
    return {name: data[name] for name in told} | {"code": subject.court}


Sample = tuple[Kind, Findings, Subject, Mapping[str, Any]]


def mistakes(templates: Sequence[Path], letterhead: Mapping[str, Any], samples: Sequence[Sample]) -> list[str]:
    """What is wrong in the templates of some kinds: file, line and fault, found by reading and by writing samples."""
    environment = environment_of(templates)
    found = mistakes_in_sentences(templates)
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
    _, findings, subject, _ = samples[0]
    sentences = sentences_of(templates)
    data = data_of(findings, letterhead, subject, sentences)
    known = {
        *data,
        *circular_of(findings, data, sentences),
        "style",
        "kind",
        "summary",
        "annexes",
        "charts",
        "docket",
        "causes",
        "theme",
        "enforced",
        "yearly",
        "loop",
        "namespace",
        "dict",
        *SELF_CHECK,
        *TIME_LIMIT,
        *RECALL,
        *PROBLEMS,
        *NODES,
        *REGISTER,
        *CASE_WAY,
        *CROSSTAB,
        *EFFECT,
        *LONGVIEW,
        "correction",
        "changes",
    }
    known |= {name for *_, more in samples for name in more}
    for tree, _ in trees.values():  # what one template sets, those that it takes in may use
        known |= {node.name for node in tree.find_all(jinja2.nodes.Name) if node.ctx in ("store", "param")}
        known |= {node.name for node in tree.find_all(jinja2.nodes.Macro)}
    for tree, path in trees.values():
        for node in tree.find_all(jinja2.nodes.Name):
            if node.ctx == "load" and node.name not in known:
                near = difflib.get_close_matches(node.name, known, n=1)
                hint = f"，是否为“{near[0]}”" if near else ""
                found.append(f"{path}，第{node.lineno}行：没有“{node.name}”这一项{hint}")
    for kind, findings, subject, more in samples if not found else ():
        try:
            made = compose(kind, findings, letterhead, templates, subject, more)
        except ConfigError as error:
            found.append(f"{error.where}：{error.what}" if error.where else error.what)
            continue
        written = re.search(r"^版式: (.+)$", made.markdown, re.MULTILINE)
        if written and written[1] != kind.style:
            told = f"版式写为“{written[1]}”，与通报种类“{kind.name}”的版式“{kind.style}”不一致"
            found.append(f"{trees[kind.template][1]}：{told}")
    return list(dict.fromkeys(found))


TIME_LIMIT = (
    "court",
    "own",
    "day",
    "until",
    "levels",
    "departments",
    "sums",
    "past",
    "near",
    "cases",
    "laws",
)
"""What a letter on time limits is written from, beside its front matter."""  # fmt: skip
PROBLEMS = ("whose", "day", "total", "concluded", "tiers", "problems", "groups", "lists", "heads", "blank", "unit")
"""What a list of long-pending cases is written from."""
NODES = (
    "court", "own", "department", "day", "within", "late", "close", "units", "rows", "judges", "handlers", "upward",
    "annexes", "laws", "untold",
)  # fmt: skip
"""What a letter and a list of nodes are written from, beside their front matter."""

REGISTER = (
    "name", "title", "unit", "basis", "period", "window", "figures", "courts", "units", "total", "spreads", "tells",
    "annexes", "court", "own", "department", "day", "open", "asked", "ask", "heads", "rows", "rules",
)  # fmt: skip
"""What the report of a register and the lists of what is open in it are written from."""
CASE_WAY = (
    "number", "cause", "line", "began", "ended", "moments", "cases", "span", "changed", "remands", "enforced", "open",
    "day", "absent",
)  # fmt: skip
"""What the way of one case through the courts is written from."""


def letter(
    name: str, court: str, stem: str, data: Mapping[str, Any], letterhead: Mapping[str, Any], sender: str,
    templates: Sequence[Path],
) -> Bulletin:  # fmt: skip
    """A letter to one court (its code), written from ``letters/NAME.md.j2`` and plain ``data``.

    ``letterhead`` must have a date. Raises :class:`ConfigError` for a template that is missing or wrong, with its line.
    """
    front = front_of(letterhead, letterhead.get("issuer") or sender, letterhead["date"][:4])
    markdown = fill(environment_of(templates, "markdown"), f"letters/{name}.md.j2", {**data, "front": front})
    title = front_value(markdown, "标题") or stem
    return Bulletin(kind=name, court=court, title=title, stem=stem, markdown=markdown)


RECALL = ("name", "you", "sent", "title", "number_sent", "reason")  # what a letter of recall is written from
SELF_CHECK = ("court", "own", "period", "window", "items")  # what a note for a court's own check is written from


def self_checks(f: Findings, letterhead: Mapping[str, Any], templates: Sequence[Path]) -> dict[str, bytes]:
    """File name → a note in Markdown for each court with amber flags: for its own check, not for the circular."""
    environment, sentences = environment_of(templates, "markdown"), sentences_of(templates, plain=True)
    home = not f.tree.children(f.issuer)
    f = f.at_home() if home else f
    front = front_of(letterhead, letterhead.get("issuer") or f.tree.by_code[f.issuer].name, letterhead["date"][:4])
    files = {}
    for code in dict.fromkeys(flag.court for flag in f.flags if flag.severity == "amber"):
        court = f.tree.by_code[code.removesuffix(OWN)]
        inside = home or court.code == f.issuer  # to its own departments
        name = f.name(code) if home and code != f.issuer else "" if inside else court.name
        you = "本院" if inside and not name else YOUR_DEPARTMENT if home else YOU
        mine = [flag.evidence for flag in f.flags if flag.court == code and flag.severity == "amber"]
        called = f.name(code) if home else court.name
        whose = [one.court.replace(called, you, 1).replace("本院（本级）", "本院") for one in mine]
        items = [sentences.of(replace(one, court=own)) for one, own in zip(mine, whose, strict=True)]
        told = (name, inside, f.period.label, f.period.window, items)
        data = dict(zip(SELF_CHECK, told, strict=True)) | {"front": front}
        files[f"self-check/{safe(f'{code}-{court.name}')}.md"] = fill(
            environment, "letters/self-check.md.j2", data
        ).encode()
    return files
