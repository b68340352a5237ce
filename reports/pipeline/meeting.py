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
from reports.pipeline.sheets import answered_for, answers, long_pending, outside, sheet
from reports.pipeline.stages import Cases
from reports.pipeline.subjects import FILING, by_courts, by_lines, department, limited, limited_to, narrowed
from reports.words import joined
from reports.workspace.listed import listed_units

BENCHES = {
    "刑事": "刑事审判业务部门",
    "民事": "民事审判业务部门",
    "行政": "行政审判业务部门",
    "执行": "执行部门",
    FILING: "立案部门",
}
SHOWN = 2  # problems told in full on the page of a court or line: the page is to stay one page


def material(job: Job, found: Findings, within: Extent = ALL, cases: Cases | None = None) -> dict[str, Any]:
    """What the template of the meeting's documents gets beside the findings: agenda, pages, sheets, decisions, items.

    Of courts and indicators that are not ``within`` what is asked for there are no pages and no items. Without
    ``cases`` no case is listed.
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
    known = register.decisions(job.workspace.database_path)
    held = register.meeting(job.workspace.database_path, job.period.key).facts
    before = register.before(known, job.period.key)
    listed = listed_units(job.workspace, found.tree).units
    departments, reporting, line_pages, court_pages, sheets, written = [], [], [], [], [], []
    for subject, part in lines:
        row, few = (None, []) if units else _department(found, subject, part)
        departments += [row] if row else []
        written += few
        if subject.label != FILING:
            line_pages.append(data := _page(job, subject, part, row))
            if row:
                mine = answered_for(before, subject, part, listed)
                sheets.append(sheet(job, row["name"], subject, part, data, [], mine))
    for subject, part in courts:
        late = _late(subject, part, open_items, job.as_of)
        row, few = _court(subject, part, late)
        written += few
        if row or not units:
            court_pages.append(data := _page(job, subject, part, row))
        if row:
            reporting.append(row)
            mine = answered_for(before, subject, part, listed)
            sheets.append(sheet(job, row["name"], subject, part, data, late, mine))
    of_all = Subject(found.issuer, found.tree.by_code[found.issuer].name)
    whole = page(found, job.workspace.config.letterhead.model_dump(), template_folders(job.workspace), of_all)
    return {
        "departments": [
            *departments,
            *(_office(job, found, [subject.of(part) for subject, part in lines]) if below else ()),
        ],
        "reporting": reporting,
        "written": written,
        "line_pages": line_pages,
        "court_pages": court_pages,
        "calendar": calendar.page(job.workspace, job.period, job.as_of),
        "sheets": sheets,
        "answers": answers(job, found, whole, before) if not within else [],
        "long_pending": long_pending(job, cases.table, found) if cases and not within else {},
        "decisions": [_decision(one, job.as_of) for one in before],
        "fulfilled": [one.number for one in before if one.state == register.DONE],
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


def _department(found: Findings, subject: Subject, part: Findings) -> tuple[dict[str, str] | None, list[str]]:
    """A department of the issuer reports on its own cases (本部门) and on those of the courts below (本条线).

    It does so for red findings, and where a figure is 劣于 its interval; where that rests on few cases alone it
    explains in writing, and the second is what.
    """
    told_of = subject.indicators or tuple(found.catalogue.indicators)
    red = [flag for flag in part.flags if flag.severity == "red" and flag.indicator in told_of]
    mine = {found.issuer + OWN, *(() if found.tree.children(found.issuer) else (found.issuer,))}
    own = [flag for flag in red if flag.court in mine or (UNIT in flag.court and court_of(flag.court) == found.issuer)]
    whole = [flag for flag in red if flag.court == found.issuer and flag not in own]
    rest = [flag for flag in red if flag not in own and flag not in whole]
    out = outside(subject, part)
    name = BENCHES.get(subject.label, f"{subject.label}业务部门")
    if not red and not any(not one["few"] for _, one in out):
        return None, _written(name, [one for _, one in out])
    own_out, whole_out = ([one for whose, one in out if whose == word] for word in ("本部门", "本条线"))
    told = [
        ("本部门", _named(found, own, own_out)),
        ("本条线总体", _named(found, whole, whole_out)),
        ("本条线有关法院", _with_courts(found, rest)),
    ]
    return {"name": name, "why": "；".join(f"{whose}：{what}" for whose, what in told if what)}, []


def _written(name: str, out: Sequence[Mapping[str, Any]]) -> list[str]:
    """Who explains in writing, and which figures."""
    return [f"{name}（{'、'.join(one['name'] for one in out)}）"] if out else []


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


def _late(subject: Subject, part: Findings, open_items: Sequence[Item], day: date) -> list[Item]:
    """The overdue items of a department, or of a court and those below it."""
    alone = UNIT in subject.court
    return [
        one
        for one in open_items
        if one.overdue(day)
        and (
            one.court in part.tree.within(subject.court)
            if alone
            else court_of(one.court.removesuffix(OWN)) in part.tree.by_code
        )
    ]


def _court(subject: Subject, part: Findings, late: Sequence[Item]) -> tuple[dict[str, str] | None, list[str]]:
    """Why a court or department reports, as :func:`_department`; for overdue items too."""
    red = [flag for flag in part.flags if flag.severity == "red"]
    alone, below = UNIT in subject.court, part.tree.children(subject.court)
    name = subject.label if alone else part.tree.by_code[subject.court].name
    out = [one for _, one in outside(subject, part)]
    if not red and not late and not any(not one["few"] for one in out):
        return None, _written(name, out)
    told = _named(part, red, out) if alone or not below else _with_courts(part, red, out)
    late_too = f"整改事项逾期未反馈{len(late)}项（{joined([one.number for one in late])}）" if late else ""
    return {"name": name, "why": "；".join(filter(None, (told, late_too)))}, []


def _named(found: Findings, flags: Sequence[Flag], out: Sequence[Mapping[str, Any]] = ()) -> str:
    """Indicators with findings, and those outside their interval: 执行完毕率；审限内结案率劣于区间."""
    names = [found.catalogue.indicators[flag.indicator].name for flag in flags]
    return "；".join(filter(None, (joined(list(dict.fromkeys(names))), _outside(flags, out))))


def _outside(flags: Sequence[Flag], out: Sequence[Mapping[str, Any]]) -> str:
    told = {flag.indicator for flag in flags}
    names = [one["name"] + ("（案件较少）" if one["few"] else "") for one in out if one["id"] not in told]
    return f"{joined(names)}劣于区间" if names else ""


def _with_courts(found: Findings, flags: Sequence[Flag], out: Sequence[Mapping[str, Any]] = ()) -> str:
    """上诉率（甲法院、乙法院）: indicators in the catalogue's order, courts in code order."""
    told = []
    for item in found.catalogue.indicators.values():
        codes = dict.fromkeys(flag.court for flag in flags if flag.indicator == item.id)
        if codes:
            told.append(f"{item.name}（{'、'.join(name_of(found.tree, code) for code in codes)}）")
    return "；".join(filter(None, ("、".join(told), _outside(flags, out))))


def _page(job: Job, subject: Subject, part: Findings, row: Mapping[str, str] | None) -> dict[str, Any]:
    """What a page of a line or unit is written from; ``row`` is its line among those who report, where it does."""
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
    told = {"title": title, "label": subject.label, "sentences": sentences[:SHOWN], "rest": max(rest, 0)}
    return data | told | {"why": row["why"] if row else ""}


def _decision(one: Decision, day: date) -> dict[str, str]:
    return {
        "number": one.number,
        "text": plain(one.text),
        "owner": plain(one.owner),
        "deadline": chinese_date(date.fromisoformat(one.deadline)),
        "state": one.state + ("（逾期）" if one.overdue(day) else ""),
        "note": plain(one.notes[-1][1]) if one.notes else "—",
    }
