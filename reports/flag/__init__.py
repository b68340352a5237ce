"""Indicator table → flags: which figures are abnormal, by which rule, on what evidence.

The policy is data (``policy.toml``) and pure arithmetic on a table with one row per court, line, indicator and
period: it serves case data and any institution's numbers. Rules, thresholds and their sources: ``docs/flags.md``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd

from reports.courts.periods import Period
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.flag import aftermath, gate
from reports.flag.course import course, peers
from reports.flag.lifecycle import advance, inherited, stated
from reports.flag.panel import Panel, Spec, Unit, blocks, increments, timeline
from reports.flag.policy import FlagRule, Policy, load, measured
from reports.flag.province import Changes, whole
from reports.flag.screen import Measured, adjust, measure
from reports.flag.series import less, values_without
from reports.flag.sources import departments, parts, specs, units
from reports.flag.steady import steady
from reports.flag.step import Difference, difference
from reports.flag.transform import transform
from reports.flag.verdict import Context, court_flag, grey, whole_flag
from reports.flag.yearend import FILED, YearEnd, year_end
from reports.model import (
    ALL_LINES,
    MOMENTS,
    OWN,
    Aftermath,
    Comparison,
    Course,
    Flag,
    Grounds,
    Measurement,
    Peers,
    Reference,
    Value,
)
from reports.sentences.clauses import Clause, Evidence, OfAllCases, YearEndFall
from reports.words import INCOMPLETE_NOW, SMALL_BASE, Measure

__all__ = [
    "EVERYBODY",
    "FlagRule",
    "Flags",
    "Policy",
    "Score",
    "Since",
    "Spec",
    "Told",
    "Unit",
    "advance",
    "drivers",
    "flag",
    "follow",
    "inherited",
    "judge",
    "load",
    "of_all_cases",
    "ordinary",
    "since",
    "stated",
    "unmoved",
    "without_series",
]

EVERYBODY = "全部"  # the code of all courts of a table together, where the table has no such row
_TOGETHER = 2  # courts from which there is something to be said of all of them together
Told = tuple[str, str, str, Period]  # court, indicator, direction and period of a flag
NO_HISTORY = "历史数据不足，不作变动评价"
NO_SINGLE = "没有季度或月度的单期数据，不作变动评价"


@dataclass(frozen=True)
class Score:
    """One test that was made: R2's p, q and z, for the annex and the simulation."""

    court: str
    indicator: str
    p: float
    q: float
    z: float


@dataclass(frozen=True)
class Flags:
    """The flags of a period in court-code order, what was not tested and why, and every test that was made.

    ``courses`` (by flag key) and ``funnels`` hold what a chart of a red or amber flag, or of a funnel, shows.
    ``measured`` is what red findings were measured to be worth in such a system, whose courts are ``few`` or not.
    """

    flags: tuple[Flag, ...]
    untested: tuple[tuple[str, str, str], ...] = field(default=())  # court, indicator, reason
    tested: int = 0  # cells judged
    cells: frozenset[tuple[str, str]] = frozenset()  # court, indicator: judged
    scores: tuple[Score, ...] = ()
    courses: Mapping[str, Course] = field(default_factory=dict)
    funnels: tuple[Peers, ...] = ()
    few: bool = False
    measured: Measurement | None = None


def judge(grounds: Grounds, line: str = ALL_LINES) -> Flags:
    """The flags of one line, or of all lines together: every bulletin and table is judged here, on the same grounds.

    What makes the data of a court doubtful makes those of each of its lines so, and of its departments. These are
    judged by themselves (:func:`_departments`): what is found of courts is the same with and without them. Of a court
    with none below, a finding is the department's that has all of its cases (:func:`_located`).
    """
    months, specs_, units_ = grounds.monthly, _specs(grounds, line), _units(grounds)
    found = flag(
        grounds.table,
        grounds.period,
        specs_,
        units_,
        rest=_rest(grounds, line),
        given=grounds.doubts if line == ALL_LINES else of_all_cases(grounds.doubts),
        parts=parts(grounds.tree, grounds.table),
        monthly=None if months is None else months[months["line"] == line],
        region=grounds.region,
        line=line,
    )
    short = [(unit.code, spec.id) for unit in units_ if unit.role != "part" for spec in specs_]
    short = [cell for cell in short if (cell[0], line, cell[1]) in grounds.incomplete]
    found = replace(found, untested=(*found.untested, *((*cell, INCOMPLETE_NOW) for cell in short)))
    below = _departments(grounds, specs_, line)
    return _located(_together(found, below, grounds.tree), grounds, line) if below else found


def _departments(grounds: Grounds, specs: Sequence[Spec], line: str) -> Flags | None:
    """The flags of departments below courts, of each by its own past and the interval, as of a court without peers.

    Only cells with cases enough for some rule are looked at: most departments have few of most indicators. Where one
    department has all the cases of its court, as 执行局 of what is enforced, the finding is told once: of the court, or
    of the department where there is no other court (:func:`_located`).
    """
    policy, table = load(), grounds.table
    units = departments(grounds.tree, table)
    if not units or not len(table):
        return None
    mine = table[(table["line"] == line) & table["court"].isin([unit.code for unit in units])]
    known = {spec.id: spec for spec in specs}
    now = mine[mine["period"] == grounds.period.key]
    size = now["denominator"].where(now["denominator"].notna(), now["numerator"]).astype("Float64")
    least = now["indicator"].map(
        {spec.id: policy.count_abs if spec.kind == "count" else spec.min_den for spec in specs}
    )
    enough = set(
        now.loc[(size >= least).fillna(value=False), ["court", "indicator"]].itertuples(index=False, name=None)
    )
    found_of = {unit.code for unit in units}

    def judged(of: pd.DataFrame) -> pd.DataFrame:
        return of[pd.MultiIndex.from_frame(of[["court", "indicator"]]).isin(enough)]

    few = [
        (unit, spec)
        for unit, spec in now.loc[now["numerator"].notna(), ["court", "indicator"]].itertuples(index=False, name=None)
        if (unit, spec) not in enough and spec in known
    ]
    enough -= _whole_courts(table[(table["line"] == line) & (table["period"] == grounds.period.key)], enough)
    rest = _rest(grounds, line)
    doubts = {
        (unit.code, name): OfAllCases(why)
        for (court, name), why in grounds.doubts.items()
        for unit in units
        if court_of(unit.code) == court.removesuffix(OWN)
    }
    found = flag(
        judged(mine),
        grounds.period,
        specs,
        [unit for unit in units if unit.code in {code for code, _ in enough}],
        rest=None if rest is None else judged(rest),  # no more cells: they would be judged without a value
        given=doubts,
        region=grounds.region,
        line=line,
        apart=True,
    )
    short = [(court, name) for court, of, name in grounds.incomplete if of == line and court in found_of]
    more = ((*cell, why) for cells, why in ((few, SMALL_BASE), (sorted(short), INCOMPLETE_NOW)) for cell in cells)
    return replace(found, untested=(*found.untested, *more))


def _whole_courts(now: pd.DataFrame, cells: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """The cells of departments whose numbers are those of all their court."""
    numbers = now.set_index(["court", "indicator"])[["numerator", "denominator"]].astype("Int64").fillna(-1)
    known = dict(zip(numbers.index, numbers.itertuples(index=False, name=None), strict=True))
    found = set()
    for code, name in cells:
        court = court_of(code)
        if known[code, name] == known.get((court + OWN, name), known.get((court, name))):
            found.add((code, name))
    return found


def _together(found: Flags, below: Flags, tree: CourtTree) -> Flags:
    """The flags of courts and departments: what is found of a department stands behind what is found of its court."""
    return replace(
        found,
        flags=tuple(sorted((*found.flags, *below.flags), key=lambda one: tree.place(one.court.removesuffix(OWN)))),
        untested=tuple(
            sorted((*found.untested, *below.untested), key=lambda one: tree.place(one[0].removesuffix(OWN)))
        ),
        tested=found.tested + below.tested,
        cells=found.cells | below.cells,
        scores=found.scores + below.scores,
        courses={**found.courses, **below.courses},
    )


def _located(found: Flags, grounds: Grounds, line: str) -> Flags:
    """The same, where a single court's findings are those of the department that has all the cases behind them.

    It is who can say what happened, and there is nobody else to tell. Doubts about data stay the court's.
    """
    issuer, tree, table = grounds.issuer, grounds.tree, grounds.table
    if issuer is None or tree.children(issuer):
        return found
    now = table[(table["line"] == line) & (table["period"] == grounds.period.key)]
    called = {unit.code: unit.name for unit in departments(tree, table) if court_of(unit.code) == issuer}
    cells = now[now["court"].isin(called)][["court", "indicator"]].itertuples(index=False, name=None)
    owner = {name: code for code, name in _whole_courts(now, set(cells))}
    doubted = {one.indicator for one in found.flags if one.court == issuer and one.severity == "grey"}
    moved = {name: code for name, code in owner.items() if name not in doubted}

    def there(one: Flag) -> Flag:
        if one.court != issuer or one.indicator not in moved:
            return one
        code = moved[one.indicator]
        return replace(one, court=code, evidence=replace(one.evidence, court=called[code]))

    keys = {one.key: there(one).key for one in found.flags}
    return replace(
        found,
        flags=tuple(sorted(map(there, found.flags), key=lambda one: tree.place(one.court.removesuffix(OWN)))),
        cells=frozenset((moved.get(name, code) if code == issuer else code, name) for code, name in found.cells),
        courses={keys.get(key, key): course for key, course in found.courses.items()},
    )


def _rest(grounds: Grounds, line: str) -> pd.DataFrame | None:
    """The numbers of a line without serial cases; ``None`` where there are none."""
    series = grounds.series
    if series is None or not len(mine := series[series["line"] == line]):
        return None
    return less(grounds.table[grounds.table["line"] == line], mine, _specs(grounds, line))


def of_all_cases(doubts: Mapping[tuple[str, str], Clause]) -> dict[tuple[str, str], Clause]:
    """Doubts about courts as wholes, said so where a part of their cases is told of."""
    return {cell: OfAllCases(why) for cell, why in doubts.items()}


def ordinary(grounds: Grounds) -> frozenset[tuple[str, str, str]]:
    """The (court, line, indicator) whose own movement was tested and found ordinary, over every line."""
    moved = drivers(grounds.table, grounds.period, _specs(grounds), _units(grounds))
    return frozenset(cell for cell, more in moved.items() if not more)


def unmoved(grounds: Grounds) -> frozenset[tuple[str, str, str]]:
    """The (court, line, indicator) that stand about where they stood a year before: of every court over all lines, and
    of the issuer in each line, as circulars count them.
    """
    table, found = grounds.table, frozenset[tuple[str, str, str]]()
    for line in table["line"].unique():
        mine = [unit for unit in _units(grounds) if line == ALL_LINES or unit.code == grounds.issuer]
        found |= steady(table, grounds.period, _specs(grounds, line), mine, line, load(), rest=_rest(grounds, line))
    return found


def without_series(grounds: Grounds) -> dict[tuple[str, str, str], Value]:
    """(court, line, indicator) → the value of the period without serial cases, where it is materially another one."""
    found: dict[tuple[str, str, str], Value] = {}
    for line in grounds.table["line"].unique():
        if (rest := _rest(grounds, line)) is not None:
            table = grounds.table[grounds.table["line"] == line]
            told = [*_units(grounds), *departments(grounds.tree, table)]
            found |= values_without(table, rest, grounds.period, _specs(grounds, line), told, line, load())
    return found


def _specs(grounds: Grounds, line: str = ALL_LINES, more: Collection[str] = ()) -> list[Spec]:
    return specs(grounds.catalogue, grounds.period, {*grounds.own, *more}, grounds.table, line)


def _units(grounds: Grounds) -> list[Unit]:
    return units(grounds.tree, grounds.table, issuer=grounds.issuer, region=grounds.region)


def follow(grounds: Grounds, line: str, told: Collection[Told]) -> dict[Told, Aftermath]:
    """What became of flags of earlier periods in one line; left out are those of which nothing is known.

    Judged are any indicators, assessed or not, on the numbers without serial cases.
    """
    rest, named = _rest(grounds, line), {indicator for _, indicator, _, _ in told}
    specs_ = [spec for spec in _specs(grounds, line, named) if spec.id in named]
    table, cutoff = grounds.table if rest is None else rest, grounds.period.cutoff_day
    judged = increments(table, {spec.id: spec for spec in specs_}, cutoff)
    periods = timeline(judged, grounds.period)
    column = {period.end: place for place, period in enumerate(periods)}
    found: dict[Told, Aftermath] = {}
    for block in blocks(judged, specs_, [*_units(grounds), *departments(grounds.tree, table)], periods, line):
        row = {unit.code: place for place, unit in enumerate(block.units)}
        mine = [one for one in told if one[0] in row and one[1] == block.spec.id and one[3].end in column]
        places = [(row[court], column[then.end], 1 if way == "up" else -1) for court, _, way, then in mine]
        answers = aftermath.follow(block, transform(block), places) if places else []
        found |= {one: answer for one, answer in zip(mine, answers, strict=True) if answer}
    return found


@dataclass(frozen=True)
class Since:
    """What the numbers say of a step: the ``panel`` that was judged (units × single periods, without serial cases), its
    difference, the column of the first whole period, and whether the step began within the one before.

    ``doubted`` are the units of which the last period is left out because its data are doubted; ``serial``: there are
    serial cases in some of the numbers, which are left out.
    """

    panel: Panel
    first: int
    partial: bool
    found: Difference
    doubted: tuple[str, ...] = ()
    serial: bool = False


def since(
    grounds: Grounds, indicator: str, began: date, took: Collection[str], *, beside: Collection[str] | None = None,
    line: str = ALL_LINES,
) -> Since | None:  # fmt: skip
    """How units that took a step moved beside others; ``took`` and ``beside`` (``None``: all others) are codes.

    Units are courts with their own cases alone (``辽01本级``), or departments where ``took`` are; where ``took`` is one
    line, the lines of the issuer. ``None`` where the table has nothing of them, or no period before or since the step.
    """
    (spec,) = [one for one in _specs(grounds, line, [indicator]) if one.id == indicator]
    lines = [one for one in grounds.table["line"].unique() if one != ALL_LINES]
    by_line = bool(set(took) & set(lines))
    every, whole = (
        pd.concat([of(one) for one in (lines if by_line else [line])])
        for of in (partial(_judged, grounds), partial(_of_line, grounds.table))
    )
    if by_line:
        every, whole = (
            one[one["court"] == grounds.issuer].assign(court=one["line"], line=ALL_LINES) for one in (every, whole)
        )
        line = ALL_LINES
        units_ = [Unit(one, f"{one}案件", "line") for one in lines]
    elif any(UNIT in one for one in took):
        units_ = [replace(one, level="department") for one in departments(grounds.tree, grounds.table)]
    else:
        units_ = [one for one in _units(grounds) if one.role == "court"]
    others = {one.code for one in units_} - set(took) if beside is None else set(beside)
    units_ = [one for one in units_ if one.code in others or one.code in took]
    judged = increments(every[every["indicator"] == indicator], {indicator: spec}, grounds.period.cutoff_day)
    periods = timeline(judged, grounds.period)
    panel = next(blocks(judged, [spec], [replace(one, level="") for one in units_], periods, line), None)
    if panel is None:
        return None
    panel = replace(panel, units=tuple(units_))
    doubted = [row for row, one in enumerate(units_) if (one.code, indicator) in grounds.doubts]
    panel.x[doubted, -1] = np.nan
    known = np.flatnonzero(np.isfinite(panel.x).any(axis=0))
    first = next((place for place, one in enumerate(periods) if one.start >= began), len(periods))
    within = first > 0 and periods[first - 1].end >= began
    if not len(known) or first - within <= known[0] or first > known[-1]:
        return None
    panel, first = _from(panel, int(known[0])), first - int(known[0])
    mine = np.array([one.code in took for one in units_])
    found = difference(panel, transform(panel), mine, first, load(), partial=within)
    return Since(
        panel, first, within, found, tuple(units_[row].code for row in doubted),
        serial=grounds.series is not None and _numbers(every, indicator) != _numbers(whole, indicator),
    )  # fmt: skip


def _judged(grounds: Grounds, line: str) -> pd.DataFrame:
    """The numbers of a line that are judged: without serial cases, where there are any."""
    rest = _rest(grounds, line)
    return _of_line(grounds.table, line) if rest is None else rest


def _of_line(table: pd.DataFrame, line: str) -> pd.DataFrame:
    return table[table["line"] == line]


def _numbers(table: pd.DataFrame, indicator: str) -> list[int]:
    mine = table[table["indicator"] == indicator]
    return [int(mine[name].fillna(0).sum()) for name in ("numerator", "denominator")]


def _from(panel: Panel, first: int) -> Panel:
    """The panel from a column on."""
    numbers = {name: getattr(panel, name)[:, first:] for name in ("x", "n", "xx", "yy", "xy")}
    return replace(panel, periods=panel.periods[first:], **numbers)


def flag(
    table: pd.DataFrame,
    period: Period,
    specs: Sequence[Spec],
    units: Sequence[Unit],
    *,
    policy: Policy | None = None,
    rest: pd.DataFrame | None = None,
    given: Mapping[tuple[str, str], Clause] | None = None,
    parts: Mapping[str, Sequence[str]] | None = None,
    monthly: pd.DataFrame | None = None,
    region: str = "",
    line: str = ALL_LINES,
    apart: bool = False,
) -> Flags:
    """Judge every unit × indicator of ``period``.

    ``table``: court, line, indicator, period, numerator, denominator and optionally the second moments sum_sq,
    sum_sq_den, sum_xy; single periods for the history, cumulative ones only for what is printed. ``units`` are in
    the order in which they are to be printed. ``rest`` is the table without serial cases: it is judged, and both values
    are handed on. ``given`` maps (court, indicator) to why its data are doubted;
    ``parts`` a code to the codes that add up to it; ``monthly`` has filings by month (court, period, numerator).
    Without a unit of role ``whole`` all courts together are judged as :data:`EVERYBODY`; but for those that stand
    ``apart``: they are judged as courts without peers are, and what their findings are worth has not been measured.
    """
    policy = policy or load()
    judged = table if rest is None else rest
    single = increments(judged, {spec.id: spec for spec in specs}, period.cutoff_day)
    periods = timeline(single, period)
    if not periods:
        now = table[(table["period"] == period.key) & (table["line"] == line)]
        return Flags(
            (), tuple((court, name, NO_SINGLE) for court, name in zip(now["court"], now["indicator"], strict=True))
        )
    units = list(units)
    few = apart or _few(units, policy)
    if (
        not apart
        and not any(unit.role == "whole" for unit in units)
        and sum(u.role == "court" for u in units) >= _TOGETHER
    ):
        everybody = Unit(EVERYBODY, f"{region or '全部'}法院", EVERYBODY, "whole")
        single, table, judged = (_summed(one, units, specs) for one in (single, table, judged))
        units.insert(0, everybody)
    stated_ = _stated(table, line)
    without = {} if rest is None else {k: v for k, v in _stated(judged, line).items() if v != stated_.get(k)}
    context = Context(period, periods[-1], line, region, policy, stated_, without)
    lag = 12 // periods[-1].months
    made = [measure(block, lag, policy, given or {}, few=few) for block in blocks(single, specs, units, periods, line)]
    for one in made:
        for code, reason in gate.disagreements(one.block, parts or {}).items():
            row = next(place for place, unit in enumerate(one.block.units) if unit.code == code)
            one.doubt[row] = one.doubt[row] or reason
    adjust(made, policy)
    found, untested, cells = _verdicts(made, context, lag)
    for fall in year_end(monthly, period, units, policy):
        found[fall.court, FILED] = _year_end_flag(fall, context, units, specs)
    courts = sum(unit.role == "court" for unit in units)
    order = {unit.code: place for place, unit in enumerate(units)}
    rank = {spec.id: place for place, spec in enumerate(specs)}

    def place(cell: tuple[str, str]) -> tuple[int, int]:
        return order[cell[0]], rank.get(cell[1], len(rank))

    return Flags(
        flags=tuple(found[cell] for cell in sorted(found, key=place)),
        untested=tuple(
            (court, name, why) for (court, name), why in sorted(untested.items(), key=lambda i: place(i[0]))
        ),
        tested=len(cells),
        cells=frozenset(cells),
        scores=tuple(_scores(made)),
        courses=dict(_courses(made, found, lag, context)),
        funnels=tuple(group for one in made if (group := peers(one, policy, context.without))),
        few=few,
        measured=None if apart else measured(courts, len(periods), periods[-1].months),
    )


def drivers(
    table: pd.DataFrame, period: Period, specs: Sequence[Spec], units: Sequence[Unit], policy: Policy | None = None
) -> dict[tuple[str, str, str], bool]:
    """(court, line, indicator) → whether its own movement is more than ordinary (R2 p < .05 and material).

    For every unit of every line, jurisdictions too; cells on too small a base or without history are left out. A
    driver of a change that is not confirmed here is called ordinary, however much it contributes.
    """
    policy = policy or load()
    periods = timeline(table, period)
    known: dict[tuple[str, str, str], bool] = {}
    if len(periods) < 2:
        return known
    lag, few = 12 // periods[-1].months, _few(units, policy)
    for line in table["line"].unique():
        panels = blocks(table, specs, units, periods, line)
        made = [measure(block, lag, policy, {}, few=few, change_only=True) for block in panels]
        adjust(made, policy)
        for one in made:
            for row, unit in enumerate(one.block.units):
                own = one.model or one.own
                if own is not None and np.isfinite(p := own.p[row]):
                    known[unit.code, line, one.block.spec.id] = bool(p < policy.p_yellow and one.material[row])
    return known


def _few(units: Sequence[Unit], policy: Policy) -> bool:
    """Whether so few courts are judged that yardstick and error rate cannot be taken from them."""
    return sum(unit.role == "court" for unit in units) < policy.min_courts


Place = tuple[str, str]


def _verdicts(
    made: Sequence[Measured], context: Context, lag: int
) -> tuple[dict[Place, Flag], dict[Place, str], set[Place]]:
    policy = context.policy
    found: dict[Place, Flag] = {}
    untested: dict[Place, str] = {}
    cells: set[Place] = set()
    turns: Counter[str] = Counter()
    below: dict[str, list[Changes]] = {}
    for one in made:
        if one.peers and one.year is not None and any(unit.role == "court" for unit in one.block.units):
            d, v, c = one.year
            below.setdefault(one.block.spec.id, []).append((d, v + c * one.steps["R4"].tau2))
    for one in made:
        for row, unit in enumerate(one.block.units):
            cell = unit.code, one.block.spec.id
            if unit.role == "part" or not (np.isfinite(one.block.x[row, -1])):
                continue
            if (doubt := one.doubt[row]) is not None:
                found[cell] = grey(one.block, row, doubt, context)
            elif (why := one.small[row]) is not None:
                untested[cell] = why
            elif not one.few and (unit.role == "whole" or not one.peers):
                mine = below.get(one.block.spec.id, []) if unit.role == "whole" else []
                matters = bool(one.year_material(lag, policy)[row])
                seven = whole(one.block, one.made, row, lag, policy, mine, matters)
                if seven is None and one.breach is None:
                    untested[cell] = NO_HISTORY
                    continue
                cells.add(cell)
                if result := whole_flag(one.block, row, seven, one, context, alone=not mine):
                    found[cell] = result
            elif not one.tested(row) and not any(answer.judges for answer in one.found.values()):
                untested[cell] = NO_HISTORY
            else:
                cells.add(cell)
                if result := court_flag(one, row, context, turns):
                    found[cell] = result
    return _folded(found, made), untested, cells


def _folded(found: dict[Place, Flag], made: Sequence[Measured]) -> dict[Place, Flag]:
    """Where everybody moved, a court that only shares the movement beyond its interval is a hint, not a case.

    That is R7 of the whole, or its R2 where courts are few.
    """
    wholes = {unit.code for one in made for unit in one.block.units if unit.role == "whole"}
    events = {(f.indicator, f.direction) for f in found.values() if f.court in wholes and f.strength == "red"}
    for cell, one in found.items():
        alone = not set(one.rules) & {"R2", "R5", "R7"}
        if one.court not in wholes and (one.indicator, one.direction) in events and alone:
            reached = "yellow" if one.strength else None
            grade = reached if one.severity in ("red", "amber") and reached else one.severity
            found[cell] = replace(one, strength=reached, severity=grade, evidence=replace(one.evidence, common=True))
    return found


def _year_end_flag(one: YearEnd, context: Context, units: Sequence[Unit], specs: Sequence[Spec]) -> Flag:
    unit = next(unit for unit in units if unit.code == one.court)
    label = next((spec.label for spec in specs if spec.id == FILED), "新收")
    value = context.stated.get((one.court, FILED, context.period.key), (one.now, None))
    measure = Measure("count", "件", 0)
    cell = Comparison(one.court, context.line, FILED, measure, value, None, (None, None))
    return Flag(
        period=context.period.key, court=one.court, line=context.line, indicator=FILED, severity="red", strength="red",
        direction="down", rules=("R8",), value=value[0], numerator=value[0], denominator=None,
        reference=Reference("own_history", one.expected, "本年此前各月和同级法院同期变化"),
        evidence=Evidence(unit.name, label, cell, (YearEndFall(one.months, one.now, one.expected),)), z=one.z,
    )  # fmt: skip


def _summed(table: pd.DataFrame, units: Sequence[Unit], specs: Sequence[Spec]) -> pd.DataFrame:
    """The table with a row of all courts together for each line, indicator and period."""
    mine = table[table["court"].isin([unit.code for unit in units if unit.role == "court"])]
    numbers = [name for name in ("numerator", "denominator", *MOMENTS) if name in table]
    keys = ["line", "indicator", "period"]
    total = mine.groupby(keys, sort=False)[numbers].sum(min_count=1).reset_index().assign(court=EVERYBODY)
    return pd.concat([total, table], ignore_index=True)


def _stated(table: pd.DataFrame, line: str) -> dict[tuple[str, str, str], Value]:
    rows = table[table["line"] == line]
    columns = [rows[name].astype("Int64").astype(object) for name in ("numerator", "denominator")]
    keys = zip(
        *(rows[name].tolist() for name in ("court", "indicator", "period")), strict=True
    )  # faster than the column
    values = zip(*(column.where(column.notna(), None) for column in columns), strict=True)
    return dict(zip(keys, values, strict=True))


def _courses(
    made: Sequence[Measured], found: Mapping[Place, Flag], lag: int, context: Context
) -> Iterator[tuple[str, Course]]:
    for one in made:
        for row, unit in enumerate(one.block.units):
            flagged = found.get((unit.code, one.block.spec.id))
            if flagged and flagged.severity in ("red", "amber"):
                yield flagged.key, course(one, row, lag, context.policy, context.without)


def _scores(made: Sequence[Measured]) -> list[Score]:
    found = []
    for one in made:
        for row, unit in enumerate(one.block.units):
            if one.own is not None and np.isfinite(one.q[row]) and (chosen := one.own.of(row)):
                z = float(chosen[1].z[row, -1])
                found.append(Score(unit.code, one.block.spec.id, float(one.own.p[row]), float(one.q[row]), z))
    return found
