"""What sentences about a finding are written from: one small frozen record per kind of clause, numbers as they are.

``values`` gives a record as its macro takes it: text, whole numbers, yes or no, lists and dicts, the numbers turned
into Chinese by :mod:`reports.words`. A record among the values is written first and handed on as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import isfinite
from typing import Any, ClassVar

from reports import words
from reports.courts.periods import chinese_date
from reports.words import Comparable, Measure

Value = tuple[int | None, int | None]  # numerator and denominator


class Clause:
    """One kind of clause or sentence; ``macro`` is its file in ``templates/sentences/`` and its name there."""

    macro: ClassVar[tuple[str, str]]

    def values(self) -> dict[str, Any]:
        """What the macro may use, by name."""
        return dict(vars(self))


@dataclass(frozen=True)
class Evidence(Clause):
    """One finding: whose and what value it is, then what the rules say of it, one clause each, in their order.

    ``single`` (name, numerator and denominator) is the last single period of a cumulative one. ``common``: the court
    only shares a movement of all courts. ``to_verify``: the data are doubted, and the clause says why.
    """

    macro = ("finding", "finding")
    court: str
    label: str
    cell: Comparable
    clauses: tuple[Clause, ...]
    single: tuple[str, tuple[int | None, int | None]] | None = None
    common: bool = False
    to_verify: bool = False

    def values(self) -> dict[str, Any]:
        """Court, indicator with value and counts (``statement``), the single period, and the clauses."""
        cell = self.cell
        single = None
        if self.single:
            name, value = self.single
            counts = words.fraction(cell.measure, value)
            single = {
                "name": name, "value": cell.measure.text(*value), "counts": counts,
                "cases": words.cases(cell.measure, value),
            }  # fmt: skip
        return {
            "court": self.court,
            "label": self.label,
            "value": cell.text,
            "counts": words.counts(cell),
            "statement": words.statement(self.label, cell),
            "stated": words.stated(self.label, cell),
            "changes": words.in_short(cell),
            "single": single,
            "clauses": self.clauses,
            "common": self.common,
            "to_verify": self.to_verify,
        }


@dataclass(frozen=True)
class Changes(Clause):
    """The value beside its bases, in short."""

    macro = ("finding", "changes")
    cell: Comparable

    def values(self) -> dict[str, Any]:
        """All in one phrase, and each change alone (— where there is none)."""
        cell = self.cell
        return {"changes": words.changes(cell), "previous": cell.previous_change, "year": cell.year_change}


@dataclass(frozen=True)
class WithoutSeries(Clause):
    """That what follows is judged without serial cases, and the ``value`` (numerator, denominator) then.

    ``value`` is ``None`` where only earlier periods have any. ``single`` (name, value) is the last single period of a
    cumulative one.
    """

    macro = ("finding", "without_series")
    measure: Measure
    value: tuple[int | None, int | None] | None
    single: tuple[str, tuple[int | None, int | None]] | None = None

    def values(self) -> dict[str, Any]:
        """``value`` and ``counts`` are empty where the period itself has none; ``single`` as of a finding."""
        single = None
        if self.single:
            name, last = self.single
            single = {"name": name, "value": self.measure.text(*last), "counts": words.fraction(self.measure, last)}
        return {
            "value": self.measure.text(*self.value) if self.value else "",
            "counts": words.fraction(self.measure, self.value) if self.value else "",
            "single": single,
        }


@dataclass(frozen=True)
class BeyondInterval(Clause):
    """R1: outside the reference interval (``low``, ``high`` in the printed unit; one may be open).

    ``value`` and ``limits`` (95%) are plain quotients, ``cases`` what the distance comes to, where it can be said.
    """

    macro = ("finding", "beyond_interval")
    measure: Measure
    value: float
    low: float | None
    high: float | None
    above: bool
    cases: int | None
    limits: tuple[float, float]
    confirmed: bool
    twice: bool
    spell: str

    def values(self) -> dict[str, Any]:
        """The interval, the distance from its nearer bound, and the confidence limits."""
        bound = self.high if self.above else self.low
        assert bound is not None
        low, high = (words.number(self.measure, limit) for limit in self.limits)
        return {
            "above": self.above,
            "interval": words.span(self, self.measure.unit),
            "distance": words.distance(self.measure, self.value - bound / self.measure.factor),
            "cases": self.cases,
            "low": low,
            "high": high,
            "confirmed": self.confirmed,
            "twice": self.twice,
            "spell": self.spell,
        }


@dataclass(frozen=True)
class OwnHistory(Clause):
    """R2: the value expected by a court's own past and the movement of its peers, as a plain quotient (counts in 件).

    ``change`` is the difference of the printed value and the printed expected one; ``None`` for forms whose difference
    nobody could reconcile with 环比 and 同比 (改判-发回重审比). ``scope`` names the peers; ``pooled`` is the value of a
    window of more periods. ``turn`` chooses among three wordings, so that sentences in a row do not all read alike.
    """

    macro = ("finding", "own_history")
    measure: Measure
    change: float | None
    expected: float
    before: int
    window: int
    spell: str
    scope: str
    pooled: float | None
    turn: int

    def values(self) -> dict[str, Any]:
        """``gap`` is empty where no difference is told, ``expected`` where it has no end; ``turn`` is 0, 1 or 2."""
        return {
            "gap": "" if self.change is None else words.apart(self.measure, self.change),
            "expected": words.number(self.measure, self.expected) if isfinite(self.expected) else "",
            "before": self.before,
            "window": self.window,
            "spell": self.spell,
            "scope": self.scope,
            "pooled": None if self.pooled is None else words.number(self.measure, self.pooled),
            "counted": self.measure.kind == "count",
            "turn": self.turn % 3,
        }


@dataclass(frozen=True)
class OwnPast(Clause):
    """R2 of a court without peers, or of all courts together: ``change``, ``expected`` and ``before`` as of R2."""

    macro = ("finding", "own_past")
    measure: Measure
    change: float | None
    expected: float
    before: int
    spell: str

    def values(self) -> dict[str, Any]:
        """``gap`` is empty where no difference is told, ``expected`` where it has no end."""
        return {
            "gap": "" if self.change is None else words.apart(self.measure, self.change),
            "expected": words.number(self.measure, self.expected) if isfinite(self.expected) else "",
            "before": self.before,
            "spell": self.spell,
        }


@dataclass(frozen=True)
class ShortHistory(Clause):
    """R2 with little history: ``change`` (as of R2) from ``base`` (上期, 去年同期), ``periods`` known in all."""

    macro = ("finding", "short_history")
    measure: Measure
    change: float
    base: str
    scope: str
    periods: int
    spell: str

    def values(self) -> dict[str, Any]:
        """The deviation from one base."""
        gap = words.apart(self.measure, self.change)
        return {"gap": gap, "base": self.base, "scope": self.scope, "periods": self.periods, "spell": self.spell}


@dataclass(frozen=True)
class BeyondPeers(Clause):
    """R5: outside the funnel of the peers (99.8%, plain quotients)."""

    macro = ("finding", "beyond_peers")
    measure: Measure
    low: float
    high: float

    def values(self) -> dict[str, Any]:
        """The range at the court's number of cases."""
        return {"low": words.number(self.measure, self.low), "high": words.number(self.measure, self.high)}


@dataclass(frozen=True)
class Compared(Clause):
    """R3, R4: a change (``name`` 环比, 同比), and what the movement of the peers alone would have been.

    A part of a cumulative period is held against the part before by name (较第二季度), never called 环比.
    Both are differences of printed values; for counts fractions of their ``base``.
    """

    macro = ("finding", "compared")
    measure: Measure
    name: str
    change: float
    common: float
    scope: str
    base: float | None = None

    def values(self) -> dict[str, Any]:
        """``shared`` is empty where the peers did not move; ``left`` is what is not theirs."""
        shared, left = words.shared(self.measure, self.change, self.common, self.base)
        moved = words.moved(self.measure, self.change, self.base)
        return {"name": self.name, "moved": moved, "shared": shared, "left": left, "scope": self.scope}


@dataclass(frozen=True)
class Run(Clause):
    """R6: a pattern of several periods (``side``, ``trend``, ``near``); ``trial``: on so few that it is provisional."""

    macro = ("finding", "run")
    pattern: str
    above: bool
    length: int
    spell: str
    points: int
    trial: bool


@dataclass(frozen=True)
class Widespread(Clause):
    """R7: a whole jurisdiction, or a court without peers (``alone``), has moved on a year before."""

    macro = ("finding", "widespread")
    cell: Comparable
    alone: bool
    by_year: bool

    def values(self) -> dict[str, Any]:
        """``by_year``: beyond past yearly changes, otherwise unlike the same season."""
        return {"change": self.cell.year_change, "alone": self.alone, "by_year": self.by_year}


@dataclass(frozen=True)
class YearEndFall(Clause):
    """R8: filings of the last months of a year, and how many were to be expected."""

    macro = ("finding", "year_end_fall")
    months: str
    now: int
    expected: float

    def values(self) -> dict[str, Any]:
        """Cases expected, and the fall in % (of few cases in 件), both whole."""
        expected = words.about(self.expected)
        few = self.expected < words.FEW
        drop = f"{int(expected) - self.now}件" if few else words.about((1 - self.now / self.expected) * 100) + "%"
        return {"months": self.months, "now": self.now, "expected": expected, "drop": drop}


@dataclass(frozen=True)
class Impossible(Clause):
    """A part larger than its whole."""

    macro = ("finding", "impossible")
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Unchanged(Clause):
    """Both numbers as in the period before, where chance would rarely give that."""

    macro = ("finding", "unchanged")
    numerator: int
    denominator: int


@dataclass(frozen=True)
class TooPerfect(Clause):
    """All ``cases`` alike, where the peers' level lets expect that some differ."""

    macro = ("finding", "too_perfect")
    cases: int
    expected: float

    def values(self) -> dict[str, Any]:
        """Both whole."""
        return {"cases": self.cases, "expected": words.about(self.expected)}


@dataclass(frozen=True)
class Unequal(Clause):
    """A number (``name`` 分子, 分母) that is not the sum of those of the courts below."""

    macro = ("finding", "unequal")
    name: str
    mine: int
    theirs: int


@dataclass(frozen=True)
class LastDay(Clause):
    """``count`` of ``base`` conclusions of the period were registered on its last day."""

    macro = ("finding", "last_day")
    count: int
    base: int

    def values(self) -> dict[str, Any]:
        """The number and its share."""
        return {"count": self.count, "share": words.percent(self.count, self.base)}


@dataclass(frozen=True)
class OfAllCases(Clause):
    """What is known of all cases of a court, where only a part of them is told of."""

    macro = ("finding", "of_all_cases")
    reason: Clause


@dataclass(frozen=True)
class Recurred(Clause):
    """A problem that came back after it had been closed."""

    macro = ("course", "recurred")


@dataclass(frozen=True)
class Lasting(Clause):
    """A problem that goes on since a period (its label)."""

    macro = ("course", "lasting")
    since: str


@dataclass(frozen=True)
class Eased(Clause):
    """Problems (court and indicator) that have eased or, ``closed``, are no longer there."""

    macro = ("course", "eased")
    names: tuple[str, ...]
    closed: bool

    def values(self) -> dict[str, Any]:
        """The names in one phrase."""
        return {"names": words.joined(list(self.names)), "closed": self.closed}


@dataclass(frozen=True)
class Share(Clause):
    """One part of a change: its name, its contribution (plain quotients), whether its own movement is ``ordinary``."""

    macro = ("change", "part")
    measure: Measure
    name: str
    change: Fraction
    ordinary: bool
    sides: tuple[Value, Value] | None = None  # the part itself then and now: numerator and denominator
    counted: bool = False  # told of in cases, not as a rate

    @property
    def told(self) -> bool:
        """Whether its own figures say how it moved."""
        return bool(self.values()["way"])

    def values(self) -> dict[str, Any]:
        """``raised``: it pulled the figure up; ``before`` and ``after`` the part itself, as printed.

        ``way`` is how it moved from one to the other (升至, 减至), empty where it did not go the way of the figure, so
        that its share of the cases must have: its own numbers would then explain nothing.
        """
        raised, size = words.contribution(self.measure, self.change)
        told = {"name": self.name, "raised": raised, "size": size, "ordinary": self.ordinary}
        sides = self.sides or ((None, None), (None, None))
        # A part of a ratio that only adds to what is counted above the stroke: 执行 of 案-件比.
        alone = self.measure.kind == "ratio" and not self.measure.zero and not any(side[1] for side in sides)
        measure = words.Measure("count", "件", 0) if self.counted or alone else self.measure
        before, after, up = words.went(measure, *sides)
        way = "" if up is None or up != raised else words.to(measure, up=up)
        return told | {"before": before, "after": after, "way": way}


@dataclass(frozen=True)
class Split(Clause):
    """The parts that moved a figure most, ``by`` (条线, 法院, 案由), against ``base`` (上期, 去年同期).

    The largest two are told to leaders, the second only where it weighs a quarter of the first and has its own figures.

    ``rest`` is what the others add up to; ``rising`` is said of a total that only the structure moved so, its parts
    the other way (``None`` where that is not so). ``turn`` chooses between two beginnings.
    """

    macro = ("change", "split")
    measure: Measure
    by: str
    base: str
    parts: tuple[Share, ...]
    rest: Fraction
    rising: bool | None
    turn: int

    def values(self) -> dict[str, Any]:
        """``main`` are the parts that leaders are told; ``rest`` is ``None`` or has ``raised`` and ``size``.

        ``way`` and ``own`` are empty or 上升 and 下降.
        """
        first, *more = sorted(self.parts, key=lambda part: -abs(part.change))
        kept = [first, *(one for one in more[:1] if one.told and abs(one.change) * 4 >= abs(first.change))]
        raised, size = words.contribution(self.measure, self.rest)
        way, own = ("", "") if self.rising is None else ("上升", "下降") if self.rising else ("下降", "上升")
        return {
            "by": self.by,
            "base": self.base,
            "parts": self.parts,
            "main": tuple(part for part in self.parts if part in kept),
            "rest": {"raised": raised, "size": size} if self.rest else None,
            "way": way,
            "own": own,
            "turn": self.turn % 2,
        }


@dataclass(frozen=True)
class CountShare(Clause):
    """One part of the growth of a count: 件 more or fewer, of the ``whole`` growth and the whole ``base``."""

    macro = ("change", "count_part")
    name: str
    change: int
    whole: int
    base: int
    ordinary: bool
    sides: tuple[int, int] | None = None  # the part itself then and now

    def values(self) -> dict[str, Any]:
        """拉动 in 百分点 (``points``) and 贡献率 (``share``), untold where the whole base is of ``few`` cases.

        ``before`` and ``after`` are the part itself.
        """
        return {
            "name": self.name,
            "more": self.change > 0,
            "cases": abs(self.change),
            "points": words.decimal(abs(words.half_up(self.change * 100, self.base, 2)), 2),
            "share": words.percent(abs(self.change), abs(self.whole)),
            "few": self.base < words.FEW,
            "ordinary": self.ordinary,
            "before": f"{self.sides[0]}件" if self.sides else "",
            "after": f"{self.sides[1]}件" if self.sides else "",
        }


@dataclass(frozen=True)
class CountSplit(Clause):
    """The parts that moved a count most, ``by`` (条线, 法院, 案由); ``name`` 同比 or 环比; ``rest`` in 件."""

    macro = ("change", "count_split")
    by: str
    name: str
    parts: tuple[CountShare, ...]
    rest: int

    def values(self) -> dict[str, Any]:
        """``rest`` is ``None`` or has ``more`` and ``cases``."""
        rest = {"more": self.rest > 0, "cases": abs(self.rest)} if self.rest else None
        return {"by": self.by, "name": self.name, "parts": self.parts, "rest": rest}


@dataclass(frozen=True)
class Serial(Clause):
    """Serial cases behind filings, and the filings ``without`` them, now and a year before."""

    macro = ("change", "serial")
    measure: Measure
    least: int  # cases of a batch
    batches: int
    cases: int
    cause: str  # of the largest batch
    without: tuple[int, int]

    def values(self) -> dict[str, Any]:
        """``comparable``: there is a base, so that ``change`` is a change."""
        now, base = self.without
        change = self.measure.change((now, None), (base, None), base_name="去年同期")
        return {
            "least": self.least,
            "batches": self.batches,
            "cases": self.cases,
            "cause": self.cause,
            "filed": now,
            "change": change,
            "comparable": not change.startswith("去年"),
        }


@dataclass(frozen=True)
class Driven(Clause):
    """The issuer's own figure, its changes, and what moved it: a split, where there is one, and serial cases."""

    macro = ("change", "driven")
    region: str
    label: str
    cell: Comparable
    why: tuple[Clause, ...]

    def values(self) -> dict[str, Any]:
        """``why`` has the sentences on what moved it."""
        return {
            "region": self.region,
            "label": self.label,
            "value": self.cell.text,
            "statement": words.statement(self.label, self.cell),
            "stated": words.stated(self.label, self.cell),
            "changes": words.changes(self.cell),
            "why": self.why,
        }


@dataclass(frozen=True)
class Repeated(Clause):
    """A case sent back more than once: of which court and cause, and each time's case number and day."""

    macro = ("reversed", "repeated")
    court: str
    cause: str
    remands: tuple[tuple[str, date], ...]

    def values(self) -> dict[str, Any]:
        """``remands`` has ``number`` and ``day`` of each."""
        remands = [{"number": number, "day": chinese_date(day)} for number, day in self.remands]
        return {"court": self.court, "cause": self.cause, "remands": remands}


@dataclass(frozen=True)
class Upheld(Clause):
    """A judgment upheld in second instance (its number) and reversed in retrial (its number and result)."""

    macro = ("reversed", "upheld")
    cause: str
    upheld: str
    number: str
    result: str


@dataclass(frozen=True)
class Side(Clause):
    """Units together, before and since a step: two values, each of so many ``periods``; of a count their mean."""

    macro = ("step", "side")
    measure: Measure
    before: Value
    after: Value
    periods: tuple[int, int]
    few: bool = False  # a rate of few cases is told by its cases

    @property
    def printed(self) -> tuple[int | None, int | None]:
        """Both as printed, in units of the last decimal; of a count the means of the periods."""
        if self.measure.kind == "count":
            both = zip((self.before, self.after), self.periods, strict=True)
            scaled = [words.half_up(value[0], many) if value[0] is not None and many else None for value, many in both]
        else:
            scaled = [self.measure.scaled(*value) for value in (self.before, self.after)]
        return scaled[0], scaled[1]

    @property
    def change(self) -> int | None:
        """The printed change in units of its last decimal: of a count in hundredths of a per cent."""
        old, new = self.printed
        if old is None or new is None:
            return None
        if self.measure.kind != "count":
            return new - old
        return words.half_up((new - old) * 10_000, old) if old else None

    def values(self) -> dict[str, Any]:
        """Both texts with the counts behind them, the change, and whether they are means of several periods."""
        count = self.measure.kind == "count"
        both = [(one, None) for one in self.printed] if count else [self.before, self.after]
        unit = self.measure.unit if self.measure.kind == "mean" else ""
        texts = [
            f"{value[0]}{unit}/{value[1]}件" if self.few and value[1] is not None and self.measure.kind != "amount"
            else self.measure.text(*value) + words.cases(self.measure, value)
            for value in both
        ]  # fmt: skip
        change = "" if self.few else self.measure.change(both[1], both[0], base_name="实施前")
        return {"before": texts[0], "after": texts[1], "change": change, "mean": count}


@dataclass(frozen=True)
class Stepped(Clause):
    """What became of an indicator since a step, beside units without it; the verdict is that of
    :mod:`reports.flag.step`, and so are ``why``, ``gap`` with its limits and ``least``.

    ``needed`` are periods, or units, or units after three years.

    ``spans`` are the periods before and since it. ``others``: how many units are without it, and what they are called.
    ``checks`` are how many placebos there are, and how many of them lie as far off.
    """

    macro = ("step", "stepped")
    name: str
    day: date
    where: str
    label: str
    spans: tuple[str, str]
    took: Side
    beside: Side
    others: tuple[int, str]
    verdict: str
    why: str
    gap: float
    limits: tuple[float, float]
    least: float
    spell: str
    needed: tuple[int | None, int | None, int | None]
    checks: tuple[int, int]
    right: bool = False

    def values(self) -> dict[str, Any]:
        """Both sides, how their printed changes differ, the estimate with its range, and what would be needed."""
        low, high = self.limits
        known = isfinite(self.gap)
        return {
            "name": self.name,
            "day": chinese_date(self.day),
            "where": self.where,
            "label": self.label,
            "before_span": self.spans[0],
            "after_span": self.spans[1],
            "took": self.took,
            "beside": self.beside,
            "count": self.others[0],
            "unit": self.others[1],
            "apart": self._apart(),
            "verdict": self.verdict,
            "why": self.why,
            "estimate": self._moved(self.gap) if known else "",
            "range": self._range(low, high) if known else "",
            "least": self._size(self.least) if known else "",
            "spell": self.spell,
            "before_count": self.took.periods[0],
            "after_count": self.took.periods[1],
            "periods": self.needed[0],
            "units": self.needed[1],
            "together": self.needed[2],
            "checks": self.checks[0],
            "extreme": self.checks[1],
            "right": self.right,
        }

    def _apart(self) -> str:
        """How the printed changes of both sides differ: 多上升5.51个百分点; nothing where one is not told."""
        mine, theirs = self.took.change, self.beside.change
        if mine is None or theirs is None or self.took.few:
            return ""
        measure = self.took.measure
        count = measure.kind == "count"
        gap, places = mine - theirs, 2 if count else measure.places
        if not gap:
            return "变化相同"
        unit = "个百分点" if count or measure.unit == "%" else measure.unit
        more, less = ("增加", "减少") if measure.unit == "天" else ("上升", "下降")
        up = gap > 0
        if (mine > 0) == up and mine and (theirs > 0) == up:
            how = f"多{more if up else less}"
        elif (theirs > 0) != up and theirs and (mine > 0) != up and mine:
            how = f"少{less if up else more}"
        else:
            how = f"相对{more if up else less}"
        return f"{how}{words.decimal(abs(gap), places)}{unit}"

    def _size(self, gap: float) -> str:
        """A difference alone; of a count in %."""
        count = self.took.measure.kind == "count"
        return f"{abs(gap) * 100:.2f}%" if count else words.distance(self.took.measure, gap)

    def _moved(self, gap: float) -> str:
        more, less = ("增加", "减少") if self.took.measure.unit == "天" else ("上升", "下降")
        return f"{more if gap > 0 else less}{self._size(gap)}"

    def _range(self, low: float, high: float) -> str:
        """上升3.10至7.30个百分点, the smaller size first; 下降1.20个百分点至上升7.30个百分点 where it holds nothing."""
        near, far = sorted((low, high), key=abs)
        if low * high <= 0:
            return f"{self._moved(low)}至{self._moved(high)}"
        unit = self._size(near).lstrip("0123456789.")
        return f"{self._moved(near).removesuffix(unit)}至{self._size(far)}"
