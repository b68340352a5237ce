"""Of whom and what the bulletins of a kind tell, and the part of the findings that belongs in each.

A bulletin for one court is written from findings that hold that court and those below it and nothing else, so that
no other court's numbers can reach it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from reports.catalogue.kinds import Kind
from reports.catalogue.themes import Theme
from reports.compose import Subject
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.courts.units import NO_DEPARTMENT
from reports.errors import ConfigError
from reports.explain import by_court, by_line, by_unit, choose
from reports.flag import judge
from reports.model import ALL_LINES, LINE_ORDER, OWN, Attribution, Comparisons, Findings, Flag
from reports.pipeline.extent import Extent
from reports.pipeline.stages import Cases
from reports.reversals import of_courts
from reports.tally.events import events, several

FILING = "立案"  # no line of its own in the data: filings of all lines, and how they became cases
FILING_INDICATORS = ("case_piece_ratio", "premediation_share", "suits_per_10k")


def lines_of(found: Findings) -> tuple[str, ...]:
    """The lines that have bulletins of their own, in the usual order, 立案 last."""
    seen = {line for court, line, _ in found.comparisons.frame.index if court == found.issuer}
    return (*(line for line in LINE_ORDER if line in seen and line not in ("其他", "国家赔偿")), FILING)


def subjects(
    kind: Kind, found: Findings, *, court: str | None = None, line: str | None = None, among: Collection[str] = ()
) -> tuple[Subject, ...]:
    """What bulletins of a kind there are, in the order of lines or court codes; ``court`` or ``line`` choose one.

    ``among`` are the units that letters of the kind are for, where the ledger has a say in that. Raises
    :class:`ConfigError` for a line that the data do not have or an option that the kind does not take.
    """
    if court is not None and not kind.by_court:
        raise ConfigError(f"“{kind.name}”不按法院分别生成。", advice="请去掉 --court。")
    if line is not None and kind.each != "line":
        raise ConfigError(f"“{kind.name}”不按条线分别生成。", advice="请去掉 --line。")
    if kind.single and court in (None, found.issuer):  # the findings are those of one theme already
        return (Subject(found.issuer, _sender(found)),)
    if kind.each == "line":
        return by_lines(found, line)
    if court is not None and kind.letter and not any(court in (one, court_of(one.removesuffix(OWN))) for one in among):
        what = "应当督办的事项" if kind.each == "pressed" else "督办以外的重点问题"
        told = f"{found.name(court)}没有{what}，没有给它的“{kind.name}”。"
        raise ConfigError(told, advice="用 tongbao flags、tongbao ledger list 查看识别出的异常和台账。")
    if kind.each == "department" or (kind.to_flagged and not found.tree.children(found.issuer)):
        return _departments(kind, found, court, among)
    if court is not None:
        if court != found.issuer and court not in {one.code for one in found.tree.descendants(found.issuer)}:
            raise ConfigError(f"{court} 不是发文法院辖区内的法院。", advice="请核对 --court。")
        if court.removesuffix(OWN) in {one.code for one in found.without}:
            raise ConfigError(
                f"{found.name(court)}已写明不计入，没有给它的通报。", advice="请核对 --court 和 --without。"
            )
        return (_court(found, court),)
    if kind.letter:
        courts = {court_of(one.removesuffix(OWN)) for one in among}
        return tuple(one for one in by_courts(found) if one.court in courts)
    if kind.each == "flagged":
        red = {court_of(item.court.removesuffix(OWN)) for item in found.flags if item.severity == "red"}
        return tuple(one for one in by_courts(found) if one.court in red)
    return by_courts(found)


def _departments(kind: Kind, found: Findings, chosen: str | None, among: Collection[str] = ()) -> tuple[Subject, ...]:
    """Each department of the issuer itself that a kind is for, in the order of their table, or one."""
    every = {unit.code for unit in found.tree.below(found.issuer)}
    if chosen is not None and chosen not in every:
        raise ConfigError(f"“{kind.name}”发给本院的部门，{chosen} 不是本院的部门。", advice="请核对 --court。")
    red = {item.court for item in found.flags if item.severity == "red"} if kind.each == "flagged" else {*among}
    there = [code for code in found.tree.within(found.issuer) if code in every and _has_cases(found, code)]
    told = [code for code in there if kind.each == "department" or red.intersection(found.tree.within(code))]
    return tuple(department(found, code) for code in (told if chosen is None else [chosen]))


def _has_cases(found: Findings, code: str) -> bool:
    cells = (found.comparisons.cell(code, ALL_LINES, name) for name in ("filed", "concluded", "pending"))
    return not code.endswith(UNIT + NO_DEPARTMENT) and any(cell and cell.now[0] for cell in cells)


def department(found: Findings, code: str) -> Subject:
    """One of the issuer's own departments, called by its own name."""
    name = code.rpartition(UNIT)[2]
    return Subject(code, _sender(found), label=name, named=name)


def by_lines(found: Findings, line: str | None = None) -> tuple[Subject, ...]:
    """Each line that has a bulletin of its own, or one; raises :class:`ConfigError` for one that there is not."""
    known = lines_of(found)
    if line is not None and line not in known:
        raise ConfigError(f"没有条线“{line}”。", advice=f"可用的条线：{'、'.join(known)}。")
    return tuple(_line(found, one) for one in known if line in (None, one))


def by_courts(found: Findings) -> tuple[Subject, ...]:
    """Each court below the issuer, in the order of codes, but those that are left out."""
    left = {one.code for one in found.without}
    return tuple(_court(found, one.code) for one in found.tree.descendants(found.issuer) if one.code not in left)


def of_theme(found: Findings, theme: Theme) -> Subject:
    """The subject of a special analysis."""
    return Subject(found.issuer, _sender(found), label=theme.name, purpose=theme.purpose, scope=theme.scope,
                   indicators=theme.indicators)  # fmt: skip


def narrowed(found: Findings, subject: Subject, cases: Cases | None = None) -> Findings:
    """The findings that a bulletin on ``subject`` may tell, and nothing of any other court.

    Attributions of a court below the issuer and of a line are by court and line only: they need no cases. ``cases``
    are read for the events of a line alone, and only where one unit has several grave flags.
    """
    if subject.line != ALL_LINES:
        return _of_line(found, subject.line, cases)
    if subject.court == found.issuer:
        return found
    return _of_court(found, subject.court)


def limited_to(subjects: Sequence[Subject], found: Findings, within: Extent) -> tuple[Subject, ...]:
    """The subjects of which a narrowed bulletin is asked for, each with what it is narrowed to.

    A court's own bulletin is of that court whole; a line or theme that has none of the indicators asked for has none.
    """
    names, told = within.names(found.tree, found.catalogue), []
    for one in subjects:
        own = one.court != found.issuer
        indicators = tuple(name for name in within.indicators if not one.indicators or name in one.indicators)
        if (own and not within.has_court(one.court)) or (within.indicators and not indicators):
            continue
        told.append(
            replace(
                one,
                indicators=indicators or one.indicators,
                only=None if own or not within.chosen else within.courts,
                only_courts=() if own else names["courts"],
                only_indicators=tuple(found.catalogue.indicators[name].name for name in indicators),
            )
        )
    return tuple(told)


def limited(found: Findings, within: Extent) -> Findings:
    """Of the findings on a subject, what is told of the courts and indicators asked for.

    Totals stay those of the whole: no number is touched, only what is said of others is left out. Parts by court would
    name others, so they are left out too.
    """
    if not within:
        return found

    def told(court: str, name: str) -> bool:
        return (court == found.issuer or within.has_court(court)) and within.has_indicator(name)

    flags = tuple(flag for flag in found.flags if told(flag.court, flag.indicator))
    keys = {flag.key for flag in flags}
    history = found.history
    splits = {
        key: tuple(
            one for one in parts if told(one.court, one.indicator) and not (within.chosen and one.dimension == "court")
        )
        for key, parts in found.attributions.items()
    }
    return replace(
        found,
        flags=flags,
        untested=tuple(one for one in found.untested if told(one[0], one[1])),
        tested=frozenset(cell for cell in found.tested if told(*cell)),
        attributions={key: parts for key, parts in splits.items() if parts},
        eased=tuple(one for one in found.eased if told(one[0], one[1])),
        case_lists={key: cases for key, cases in found.case_lists.items() if key in keys},
        courses={key: course for key, course in found.courses.items() if key in keys},
        funnels=(),
        serial={court: one for court, one in found.serial.items() if told(court, "filed")},
        quality=found.quality.of({"", *within.courts}, "所列法院") if within.chosen else found.quality,
        # The flow of the whole is told and drawn, whatever is asked for.
        history=history[[court == found.issuer or told(court, name)
                         for court, name in zip(history["court"], history["indicator"], strict=True)]],
        comparisons=replace(
            found.comparisons,
            untold={name: why for name, why in found.comparisons.untold.items() if within.has_indicator(name)},
            restated={cell: old for cell, old in found.comparisons.restated.items() if told(cell[0], cell[2])},
        ),
    )  # fmt: skip


def _line(found: Findings, line: str) -> Subject:
    if line == FILING:
        return Subject(found.issuer, _sender(found), label=line, indicators=FILING_INDICATORS)
    return Subject(found.issuer, _sender(found), line=line, label=line)


def _court(found: Findings, code: str) -> Subject:
    return Subject(code, _sender(found), label=code, named=found.tree.jurisdiction(code))


def _sender(found: Findings) -> str:
    return found.tree.by_code[found.issuer].name


EVERY_COURT_S = frozenset(
    (
        "period",
        "catalogue",
        "line",
        "addressed",
        "home",
        "policy",
        "few",
        "measured",
        "rows_in",
        "rows_used",
        "data_until",
    )
)
"""Fields of the findings that tell of no single court: any court may see them whole."""

EVERY_LINE_S = EVERY_COURT_S - {"line"} | {
    "issuer", "tree", "comparisons", "history", "ordinary", "unmoved", "rest", "set_aside", "rows_aside", "notes",
    "quality", "grounds", "without",
}  # fmt: skip
"""Fields that hold all lines, each in its place, or tell of the data as a whole: every line's bulletin has them."""


def _whole(found: Findings, names: Collection[str]) -> dict[str, Any]:
    return {name: getattr(found, name) for name in names}


def _of_court(found: Findings, code: str) -> Findings:
    """Made anew, not by leaving out: a field that is neither every court's nor narrowed here stays empty."""
    below = {court.code for court in found.tree.descendants(code)}
    within = {one for court in (code, *below) for one in found.tree.within(court)}
    units = tuple(one for one in found.tree.units if one.code in within)
    mine = {one + own for one in (code, *below) for own in ("", OWN)} | {one.code for one in units}
    above = court_of(code)  # of a department its court is there by name, without a number
    courts = [
        replace(one, parent=None) if one.code == above else one
        for one in found.tree.courts
        if one.code in {above, *below}
    ]
    flags = tuple(item for item in found.flags if item.court in mine)
    keys = {item.key for item in flags}
    told = found.reversals
    own = [one for one in found.follow_up.get("items", []) if one["code"] in mine]
    part = Findings(
        **_whole(found, EVERY_COURT_S),
        issuer=code,
        tree=replace(CourtTree.of(courts), units=units, before=found.tree.before),
        comparisons=_cells_of(found.comparisons, mine),
        history=found.history[found.history["court"].isin(mine)],
        flags=flags,
        untested=tuple(one for one in found.untested if one[0] in mine),
        tested=frozenset(cell for cell in found.tested if cell[0] in mine),
        attributions={},
        ordinary=frozenset(one for one in found.ordinary if one[0] in mine),
        unmoved=frozenset(one for one in found.unmoved if one[0] in mine),
        states={key: state for key, state in found.states.items() if key[0] in mine},
        eased=tuple(one for one in found.eased if one[0] in mine),
        case_lists={key: cases for key, cases in found.case_lists.items() if key in keys},
        courses={key: course for key, course in found.courses.items() if key in keys},
        funnels=(),
        serial={court: cases for court, cases in found.serial.items() if court in mine},
        rest={cell: value for cell, value in found.rest.items() if cell[0] in mine},
        quality=found.quality.of(mine, found.name(code) if UNIT in code else found.tree.jurisdiction(code)),
        rows_aside=found.rows_aside.iloc[:0],
        set_aside={},
        notes=(),
        follow_up={"items": own} if own else {},
        without=tuple(one for one in found.without if above in one.above),
        reversals=told
        and replace(
            told,
            comparisons=_cells_of(told.comparisons, mine),
            cases=of_courts(told.cases, mine) or (),
            previous=of_courts(told.previous, mine),
            year_before=of_courts(told.year_before, mine),
            unlinked=0,
        ),
        grounds=None,
    )
    known = {key: parts for key, parts in found.attributions.items() if key in keys}
    return replace(part, attributions=known | _moved(part, flags))


def _cells_of(comparisons: Comparisons, courts: Collection[str]) -> Comparisons:
    frame = comparisons.frame
    return replace(
        comparisons,
        frame=frame[frame.index.get_level_values("court").isin(courts)],
        unlike={key: sides for key, sides in comparisons.unlike.items() if key[0] in courts},
        restated={key: old for key, old in comparisons.restated.items() if key[0] in courts},
    )


def _of_line(found: Findings, line: str, cases: Cases | None) -> Findings:
    """Made anew and judged on the grounds of all lines: what is known of flags over all lines is told of none."""
    assert found.grounds is not None  # only one court's view has none, and no court has bulletins on lines
    judged = judge(found.grounds, line)
    if cases is not None and several(judged.flags):
        event = events(cases.table, found.catalogue, found.period, judged.flags)
        judged = replace(judged, flags=tuple(replace(one, event=event.get(one.key)) for one in judged.flags))
    part = Findings(
        **_whole(found, EVERY_LINE_S),
        line=line,
        flags=judged.flags,
        untested=judged.untested,
        tested=judged.cells,
        attributions={},
        states={},
        eased=(),
        case_lists={},
        serial={},
        follow_up={},
        courses=judged.courses,
        funnels=judged.funnels,
        reversals=None,
    )
    return replace(part, attributions=_moved(part, judged.flags))


def _moved(part: Findings, flags: Sequence[Flag]) -> dict[str, tuple[Attribution, ...]]:
    """The split of the subject's own changes by court or line, for what was flagged and for the filings."""
    found: dict[str, tuple[Attribution, ...]] = {}
    names = {item.indicator for item in flags if item.court == part.issuer} | {"filed"}
    for name in part.comparisons.catalogue.indicators:
        cell = part.comparisons.cell(part.issuer, part.line, name)
        if name not in names or cell is None:
            continue
        against = "year_before" if cell.year_before[0] is not None else "previous"
        options = [by_line(part.comparisons, part.issuer, name, against)] if part.line == ALL_LINES else []
        if part.tree.children(part.issuer):
            options.append(by_court(part.comparisons, part.tree, part.issuer, part.line, name, against))
        elif part.tree.below(part.issuer):
            options.append(by_unit(part.comparisons, part.tree, part.issuer, part.line, name, against))
        best = choose([one for one in options if one])
        if best:
            found[f"{part.issuer}|{name}"] = (best,)
    return found
