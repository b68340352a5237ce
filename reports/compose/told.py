"""What is said of findings: problems, their state, what moved them, serial cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from reports.catalogue import Indicator
from reports.courts.periods import parse_period
from reports.courts.tree import court_of
from reports.model import BATCH, OWN, YOU, Attribution, Comparison, Findings, Flag, Part
from reports.sentences.clauses import (
    BeyondInterval,
    Clause,
    CountShare,
    CountSplit,
    Driven,
    Eased,
    Lasting,
    Recurred,
    Serial,
    Share,
    Split,
)
from reports.sentences.macros import Sentences
from reports.words import SEVERITIES, half_up


def in_order(f: Findings, severity: str) -> list[Flag]:
    """The flags of a severity as the text tells of them: by indicator in catalogue order, courts in code order.

    A figure of all courts together that is the issuer's own is told once, of the issuer.
    """
    place = {name: number for number, name in enumerate(f.catalogue.indicators)}
    told = (flag for flag in f.flags if flag.severity == severity and not f.told_of_own(flag))
    return sorted(told, key=lambda flag: place[flag.indicator])


def problems_of(f: Findings, sentences: Sentences) -> list[dict[str, Any]]:
    """Red flags in the order of the text, grouped by indicator."""
    groups = []
    turn = 0
    for name, flags in groupby(in_order(f, "red"), key=lambda flag: flag.indicator):
        item, found = f.catalogue.indicators[name], list(flags)
        groups.append(
            {
                "name": item.name,
                "items": [problem_of(f, sentences, flag, turn + place) for place, flag in enumerate(found)],
            }
        )
        turn += len(found)
    return groups


def problem_of(f: Findings, sentences: Sentences, flag: Flag, turn: int) -> dict[str, str]:
    """A flag in words: its ``sentence``, its ``state`` if not new, and the ``parts`` that moved it.

    ``turn`` counts those before it, so that sentences in a row do not all begin alike.
    """
    course = _course(f, flag)
    if isinstance(course, Lasting) and _before_too(f, flag, course):
        course = None
    return {
        "sentence": sentences.of(flag.evidence),
        "state": sentences.of(course) if course else "",
        "parts": _parts_of(f, sentences, flag, turn),
    }


def _before_too(f: Findings, flag: Flag, course: Lasting) -> bool:
    """Whether the finding itself says that it was outside the interval in the only period since when it is running."""
    previous = f.period.previous
    told = any(isinstance(one, BeyondInterval) and one.twice for one in flag.evidence.clauses)
    return told and previous is not None and course.since == previous.label


def _parts_of(f: Findings, sentences: Sentences, flag: Flag, turn: int) -> str:
    item = f.catalogue.indicators[flag.indicator]
    return "".join(map(sentences.of, _splits(f, item, f.attributions.get(flag.key, ()), turn)))


def listed(
    f: Findings, sentences: Sentences, severity: str, strength: str | None = None, state: str | None = None
) -> list[dict[str, Any]]:
    """The flags of a severity, each with its sentence; movements of parties' rights stand apart (rights_of)."""
    return [
        {
            "court": f.name(flag.court),
            "indicator": f.catalogue.indicators[flag.indicator].name,
            # 待核 stands above the list of such data, once.
            "text": sentences.in_list(called(f, flag).evidence) + "".join(map(sentences.of, _serial_of(f, flag))),
        }
        for flag in f.flags
        if flag.severity == severity and strength in (None, flag.strength) and state in (None, flag.state)
        if severity != "neutral" or not of_right(f, flag)
    ]


def called(f: Findings, flag: Flag) -> Flag:
    """A finding as the issuer tells it: of its own cases 本院, of a court its short name, of all courts as they are."""
    if f.addressed or f.home or flag.court == f.issuer:
        return flag
    name = "本院" if flag.court == f.issuer + OWN else f.name(flag.court)
    return replace(flag, evidence=replace(flag.evidence, court=name))


def _course(f: Findings, flag: Flag) -> Clause | None:
    """Since when a flag has been running, or that it came back; nothing of a new one."""
    mine = [
        state
        for rule in flag.rules
        if (state := f.states.get((flag.court, flag.indicator, rule, flag.direction))) and state.name == flag.state
    ]
    if flag.state == "新发" or not mine:
        return None
    if flag.state == "复发":
        return Recurred()
    since = min((parse_period(state.since) for state in mine), key=lambda period: period.end)
    return Lasting(since.label)


def eased_of(f: Findings, sentences: Sentences, states: Sequence[str] = ("缓解", "解除")) -> list[str]:
    """What has eased, and what was closed: one sentence each, where there is something to tell."""
    told = []
    for state in states:
        names = tuple(
            who(f, court) + f.catalogue.indicators[name].name
            for court, name, now in f.eased
            if now == state and not f.catalogue.indicators[name].right  # never a problem
        )
        if names:
            told.append(sentences.of(Eased(names, closed=state == "解除")))
    return told


def who(f: Findings, code: str) -> str:
    """Whose figure it is: all courts together where it is the issuer's jurisdiction, else the court."""
    if code == f.issuer and f.tree.children(code):
        return f.jurisdiction(code) if f.addressed else "全部法院"
    return f.name(code)


def of_right(f: Findings, flag: Flag) -> bool:
    """Whether a flag is on something that is a right of the parties, so that neither praise nor blame fits."""
    return f.catalogue.indicators[flag.indicator].right


def rights_of(f: Findings, sentences: Sentences) -> list[dict[str, Any]]:
    """How the court told of moved in what its parties have a right to: to be understood, and told to nobody else."""
    return [
        {"text": sentences.of(flag.evidence), "parts": _parts_of(f, sentences, flag, place)}
        for place, flag in enumerate(rights_in(f))
    ]


def rights_in(f: Findings) -> list[Flag]:
    """The movements that :func:`rights_of` tells."""
    return [
        flag
        for flag in f.flags
        if of_right(f, flag)
        and flag.strength in ("red", "amber")
        and court_of(flag.court.removesuffix(OWN)) == f.issuer
    ]


def grade_of(f: Findings, flag: Flag) -> str:
    """The grade in print; a movement of parties' rights is one to be understood, whichever way it goes."""
    if flag.severity == "neutral" and of_right(f, flag):
        return "需了解"
    return SEVERITIES[flag.severity].split()[-1]


def _serial_of(f: Findings, flag: Flag) -> list[Clause]:
    cell = f.comparisons.cell(flag.court, flag.line, flag.indicator)
    return _serial(f, flag.court, cell) if cell and flag.indicator == "filed" else []


_DIMENSIONS = {"line": "条线", "court": "法院", "department": "部门", "team": "团队", "cause": "案由"}


def _splits(f: Findings, item: Indicator, attributions: Sequence[Attribution], turn: int = 0) -> list[Clause]:
    """The parts that moved a figure most, named in their own order, with what the others add up to.

    ``turn`` chooses between two beginnings of the same, so that sentences in a row do not all begin alike.
    """
    splits: list[Clause] = []
    places = item.places if item.kind != "count" else 0
    scale = item.measure.factor
    for attribution in attributions:
        named = [
            part
            for part in attribution.parts
            if part in attribution.drivers
            and half_up((part.total * scale).numerator, (part.total * scale).denominator, places)
        ]
        if not named:
            continue
        # Courts stand in their own order, never by size; of causes the cases themselves are told where they grew so.
        if attribution.dimension not in ("court", "department", "team"):
            named.sort(key=lambda part: -abs(part.total))
        counted = attribution.dimension == "cause" and item.kind == "proportion" and all(
            (part.now[0] - part.base[0]) * part.total > 0 for part in named
        )  # fmt: skip
        splits.append(
            Split(
                item.measure,
                by=_DIMENSIONS[attribution.dimension],
                base="上期" if attribution.against == "previous" else "去年同期",
                parts=tuple(
                    Share(
                        item.measure,
                        _whose(f, part),
                        part.total,
                        _ordinary(f, attribution, part),
                        (part.base, part.now),
                        counted,
                    )
                    for part in named
                ),
                rest=sum((part.total for part in attribution.parts if part not in named), start=Fraction(0)),
                rising=attribution.change > 0 if attribution.reversal else None,
                turn=turn,
            )
        )
    return splits


def _whose(f: Findings, part: Part) -> str:
    """What a part is called in a sentence: the issuer's own cases 本院 or 你院, another court's with its name."""
    if part.key == f.issuer + OWN:
        return YOU if f.addressed else "本院"
    return f.name(part.key) if part.key.endswith(OWN) else part.name


def _ordinary(f: Findings, attribution: Attribution, part: Part) -> bool:
    """Whether to say 其自身变动属正常波动: tested and no more than usual; causes are not tested."""
    court, line = (attribution.court, part.key) if attribution.dimension == "line" else (part.key, attribution.line)
    return attribution.dimension != "cause" and (court, line, attribution.indicator) in f.ordinary


def _serial(f: Findings, court: str, cell: Comparison) -> list[Clause]:
    """Serial cases behind a court's filings, and the growth without them; empty when there are none to speak of."""
    found = f.serial.get(court)
    if found is None or not found.now.clusters or cell.now[0] is None or not cell.year_before[0]:
        return []
    without = cell.now[0] - found.now.cases, cell.year_before[0] - found.base.cases
    return [Serial(cell.measure, BATCH, found.now.clusters, found.now.cases, found.now.cause, without)]


def drivers_of(f: Findings, region: str, sentences: Sentences) -> list[str]:
    """For each attribution at the issuer's own level: the change and the parts that moved it."""
    told = []
    for item in f.catalogue.indicators.values():
        for attribution in f.attributions.get(f"{f.issuer}|{item.id}", ()):
            cell = f.comparisons.cell(f.issuer, attribution.line, item.id)
            if cell is None:
                continue
            counted = item.kind == "count"
            why = _count_split(f, cell, attribution) if counted else _splits(f, item, [attribution])
            serial = _serial(f, f.issuer, cell) if item.id == "filed" else []
            told.append(sentences.of(Driven(region, item.name, cell, (*why, *serial))))
    return told


def grown_of(f: Findings, sentences: Sentences) -> str:
    """What moved the issuer's filings: the parts that grew or fell most and serial cases; the change itself is told."""
    cell = f.comparisons.cell(f.issuer, f.line, "filed")
    if cell is None:
        return ""
    splits = f.attributions.get(f"{f.issuer}|filed", ())
    why = [clause for attribution in splits for clause in _count_split(f, cell, attribution)]
    return "".join(map(sentences.of, (*why, *_serial(f, f.issuer, cell))))


def _count_split(f: Findings, cell: Comparison, attribution: Attribution) -> list[Clause]:
    """拉动: each part's change over the whole base, in 百分点; they add up to the growth."""
    base = cell.year_before[0] if attribution.against == "year_before" else (cell.previous or (0, None))[0]
    biggest = attribution.drivers
    if not base or not biggest:
        return []
    parts = tuple(
        CountShare(
            _whose(f, part),
            int(part.total),
            int(attribution.change),
            base,
            _ordinary(f, attribution, part),
            (part.base[0], part.now[0]),
        )
        for part in attribution.parts
        if part in biggest
    )
    rest = int(sum(part.total for part in attribution.parts if part not in biggest))
    name = "同比" if attribution.against == "year_before" else "环比"
    return [CountSplit(_DIMENSIONS[attribution.dimension], name, parts, rest)]
