"""会商会材料: one document for the consultation meeting and its parts, and afterwards the minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from reports.compose import Subject, edits, page
from reports.courts.periods import chinese_date
from reports.courts.tree import UNIT, court_of
from reports.ledger import decisions as register
from reports.ledger import items
from reports.ledger.decisions import Decision
from reports.ledger.follow_up import plain
from reports.ledger.rectification import CLOSED, Item, name_of, of_today
from reports.model import OWN, Bulletin, Findings, Flag
from reports.pipeline import calendar
from reports.pipeline.extent import ALL, Extent
from reports.pipeline.job import Job, template_folders
from reports.pipeline.subjects import FILING, by_courts, by_lines, department, limited, limited_to, narrowed
from reports.words import joined

BENCHES = {
    "刑事": "刑事审判业务部门",
    "民事": "民事审判业务部门",
    "行政": "行政审判业务部门",
    "执行": "执行部门",
    FILING: "立案部门",
}
SHOWN = 2  # problems told in full on the page of a court or line: the page is to stay one page


def material(job: Job, found: Findings, within: Extent = ALL) -> dict[str, Any]:
    """What the template of the meeting's documents gets beside the findings: agenda, pages, decisions, problem list.

    Of courts and indicators that are not ``within`` what is asked for there are no pages and no items.
    """

    below = {court.code for court in found.tree.children(found.issuer)}

    def parts(chosen: Sequence[Subject]) -> list[tuple[Subject, Findings]]:
        told = [(one, limited(narrowed(found, one), within)) for one in limited_to(chosen, found, within)]
        return told if below else [(one, part.at_home()) for one, part in told]

    # Of a court with none below its departments report themselves, and those that do have a page.
    units = [department(found, unit.code) for unit in found.tree.below(found.issuer)] if not below else []
    lines = parts(by_lines(found))
    courts = parts(units or [one for one in by_courts(found) if one.court in below])
    open_items = [
        one
        for one in of_today(items(job.workspace.database_path), found.tree)
        if one.state != CLOSED and one.public and within.holds(one.court, one.indicator)
    ]
    if units:
        courts = [one for one in courts if _court(*one, open_items, job.as_of)]
    known = register.decisions(job.workspace.database_path)
    held = register.meeting(job.workspace.database_path, job.period.key).facts
    return {
        "departments": [
            *(row for subject, part in lines if not units and (row := _department(found, subject, part))),
            *(_office(job, found, [subject.of(part) for subject, part in lines]) if below else ()),
        ],
        "reporting": [row for subject, part in courts if (row := _court(subject, part, open_items, job.as_of))],
        "line_pages": [_page(job, subject, part) for subject, part in lines if subject.label != FILING],
        "court_pages": [_page(job, subject, part) for subject, part in courts],
        "calendar": calendar.page(job.workspace, job.period, job.as_of),
        "decisions": [_decision(one, job.as_of) for one in register.before(known, job.period.key)],
        "meeting": {
            **dict.fromkeys(register.FACTS, ""),
            **{name: plain(words) for name, words in held.items() if name != "raised"},
            "raised": [plain(line) for line in held.get("raised", "").splitlines()],
        },
        "decided": [_decision(one, job.as_of) for one in known.values() if one.period == job.period.key],
        "items": [
            {
                "number": one.number,
                "title": one.title if below else found.inside(one.title),
                "value": one.value,
                "state": one.state + ("（逾期）" if one.overdue(job.as_of) else ""),
                "deadline": chinese_date(one.due),
                "who": plain(one.answers.get("department", "") or one.court.partition(UNIT)[2]) or "—",
            }
            for one in open_items
        ],
    }


def decided(job: Job) -> bool:
    """Whether what the meeting of the period decided has been entered."""
    return any(one.period == job.period.key for one in register.decisions(job.workspace.database_path).values())


def parts_of(pack: Bulletin, more: Mapping[str, Any]) -> list[Bulletin]:
    """The pack's pages as documents of their own, for those who report: one for each line and court."""
    labels = {one["title"]: one["label"] for one in (*more["line_pages"], *more["court_pages"])}
    found = []
    for title, text in edits.attachments(pack.markdown):
        if title not in labels:
            continue
        stem = f"{pack.stem}-{labels[title]}"
        assets = {name: data for name, data in pack.assets.items() if f"({name})" in text}
        found.append(Bulletin(pack.kind, pack.court, title, stem, edits.detached(pack.markdown, title, text), assets,
                              extract=pack.extract))  # fmt: skip
    return found


def _department(found: Findings, subject: Subject, part: Findings) -> dict[str, str] | None:
    """A department of the issuer reports on its own cases (本部门) and on those of the courts below (本条线)."""
    told_of = subject.indicators or tuple(found.catalogue.indicators)
    red = [flag for flag in part.flags if flag.severity == "red" and flag.indicator in told_of]
    alone = not found.tree.children(found.issuer)
    mine = {found.issuer + OWN, *([found.issuer] if alone else [])}
    own = [flag for flag in red if flag.court in mine or (UNIT in flag.court and court_of(flag.court) == found.issuer)]
    whole = [flag for flag in red if flag.court == found.issuer and not alone]
    rest = [flag for flag in red if flag not in own and flag not in whole]
    if not red:
        return None
    told = [
        *([f"本部门：{_named(found, own)}"] if own else []),
        *([f"本条线总体：{_named(found, whole)}"] if whole else []),
        *([f"本条线有关法院：{_with_courts(found, rest)}"] if rest else []),
    ]
    return {"name": BENCHES.get(subject.label, f"{subject.label}业务部门"), "why": "；".join(told)}


def _office(job: Job, found: Findings, lines: Sequence[Findings]) -> list[dict[str, str]]:
    """What the office itself explains: findings on the issuer and on all courts together that no line shows alone."""
    shown = {(flag.court, flag.indicator) for part in lines for flag in part.flags if flag.severity == "red"}
    rest = [
        flag
        for flag in found.flags
        if flag.severity == "red" and (flag.court, flag.indicator) not in shown and not found.told_of_own(flag)
    ]
    whose = ((found.issuer + OWN, "本院"), (found.issuer, "各法院总体"))
    told = [(name, [flag for flag in rest if flag.court == code]) for code, name in whose]
    why = "；".join(f"{name}：{_named(found, flags)}" for name, flags in told if flags)
    return [{"name": job.workspace.config.letterhead.office, "why": why}] if why else []


def _court(subject: Subject, part: Findings, open_items: Sequence[Item], day: date) -> dict[str, str] | None:
    red = [flag for flag in part.flags if flag.severity == "red"]
    alone, below = UNIT in subject.court, part.tree.children(subject.court)
    late = [
        one
        for one in open_items
        if one.overdue(day)
        and (
            one.court in part.tree.within(subject.court)
            if alone
            else court_of(one.court.removesuffix(OWN)) in part.tree.by_code
        )
    ]
    if not red and not late:
        return None
    told = [
        *([_named(part, red) if alone or not below else _with_courts(part, red)] if red else []),
        *([f"整改事项逾期未反馈{len(late)}项（{joined([one.number for one in late])}）"] if late else []),
    ]
    return {"name": subject.label if alone else part.tree.by_code[subject.court].name, "why": "；".join(told)}


def _named(found: Findings, flags: Sequence[Flag]) -> str:
    return joined(list(dict.fromkeys(found.catalogue.indicators[flag.indicator].name for flag in flags)))


def _with_courts(found: Findings, flags: Sequence[Flag]) -> str:
    """上诉率（甲法院、乙法院）: indicators in the catalogue's order, courts in code order."""
    told = []
    for item in found.catalogue.indicators.values():
        codes = dict.fromkeys(flag.court for flag in flags if flag.indicator == item.id)
        if codes:
            told.append(f"{item.name}（{'、'.join(name_of(found.tree, code) for code in codes)}）")
    return "、".join(told)


def _page(job: Job, subject: Subject, part: Findings) -> dict[str, Any]:
    data = page(part, job.workspace.config.letterhead.model_dump(), template_folders(job.workspace), subject)
    sentences = [item["sentence"] for group in data["problems"] for item in group["items"]]
    if UNIT in subject.court:
        title = f"{subject.label}有关情况"
    elif subject.label == subject.court:
        below = "及辖区法院" if part.tree.children(subject.court) else ""
        title = f"{part.tree.by_code[subject.court].name}{below}有关情况"
    else:
        title = f"{subject.label}条线有关情况"
    rest = sum(len(group["items"]) for group in data["problems"]) - SHOWN
    return data | {"title": title, "label": subject.label, "sentences": sentences[:SHOWN], "rest": max(rest, 0)}


def _decision(one: Decision, day: date) -> dict[str, str]:
    return {
        "number": one.number,
        "text": plain(one.text),
        "owner": plain(one.owner),
        "deadline": chinese_date(date.fromisoformat(one.deadline)),
        "state": one.state + ("（逾期）" if one.overdue(day) else ""),
        "note": plain(one.notes[-1][1]) if one.notes else "—",
    }
