"""The nouns of the catalogue: counts, stocks, indicators with their intervals and sources, and one edition of them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlglot import exp

from reports.catalogue import expression
from reports.catalogue.columns import BY_ID
from reports.courts.periods import months_before
from reports.errors import ConfigError
from reports.words import Measure

MOMENT = "moment_"  # begins the name of a second moment in a tally
OWN_FORMULA = "口径为本系统口径"  # 最高人民法院的计算公式未见公开的指标，和各地没有公开公式的指标


@dataclass(frozen=True)
class Count:
    """A flow: cases (or a sum) belonging to the period in which the date ``by`` falls.

    ``otherwise`` are further definitions of the same number, in order; the first whose columns the data have
    is used (:meth:`Catalogue.resolved`). ``basis`` says in words what a definition goes by; ``place`` is its
    place from 1 once it has been chosen, 0 before.
    """

    id: str
    name: str
    by: str
    court: str
    where: exp.Expr | None
    sum: exp.Expr | None
    basis: str = ""
    otherwise: tuple[Count, ...] = ()
    place: int = 0
    text: tuple[tuple[str, str], ...] = ()  # (key, value) as written, for printing

    @property
    def columns(self) -> frozenset[str]:
        """Canonical columns read."""
        used = {self.by, self.court}
        for tree in (self.where, self.sum):
            used |= expression.columns_of(tree) if tree is not None else set()
        return frozenset(used)

    @property
    def options(self) -> tuple[Count, ...]:
        """All definitions in order; one that was chosen stands alone."""
        return (self,) if self.place else (self, *self.otherwise)


@dataclass(frozen=True)
class Stock:
    """Cases open at a moment: ``start`` not after it, ``to`` empty or after it.

    ``after_months`` or ``after_days`` > 0 counts only cases strictly older than that; ``opening`` takes the
    period's start.
    """

    id: str
    name: str
    start: str
    to: str
    opening: bool
    after_months: int
    after_days: int
    where: exp.Expr | None
    text: tuple[tuple[str, str], ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Canonical columns read."""
        used = {self.start, self.to, "court"}
        return frozenset(used | (expression.columns_of(self.where) if self.where is not None else set()))

    @property
    def aged(self) -> bool:
        """Whether only cases older than some age count."""
        return bool(self.after_months or self.after_days)

    def latest_start(self, moment: date) -> date:
        """The day that ``start`` must lie before (an aged stock) or on or before (another) to count at a moment."""
        return months_before(moment, self.after_months) - timedelta(days=self.after_days)


@dataclass(frozen=True)
class Interval:
    """A reference interval in the indicator's printed unit, in force since a day, with its source."""

    since: date
    low: float | None
    high: float | None
    source: str


@dataclass(frozen=True)
class Indicator:
    """One indicator: signed terms over counts and stocks, and how it is judged and printed.

    ``needs`` tells why case data cannot give it (it may still come from an indicator table); it then has no
    terms. ``evidence`` are public sources that name it, ``formula_source`` the public source of its formula,
    empty where the formula is this program's own. ``scope`` is the version of its 口径: values of different
    scopes are not compared without a note.
    """

    id: str
    name: str
    category: str
    numerator: tuple[tuple[int, str], ...]
    denominator: tuple[tuple[int, str], ...]
    kind: str
    unit: str
    places: int
    better: str
    subset: bool
    assess: bool
    right: bool
    local: bool
    zero: str | None
    min_den: int
    scope: str
    formula: str
    intervals: tuple[Interval, ...] = ()
    needs: str = ""
    relative: bool = False
    tested: str = "plain"
    evidence: tuple[str, ...] = ()
    formula_source: str = ""
    note: str = ""

    @property
    def measure(self) -> Measure:
        """How its values are printed."""
        return Measure(self.kind, self.unit, self.places, self.zero, relative=self.relative)

    @property
    def terms(self) -> tuple[str, ...]:
        """Identifiers of the counts and stocks it needs."""
        return tuple(name for _, name in self.numerator + self.denominator)

    @property
    def moments(self) -> dict[str, tuple[str, str]]:
        """Second moments that judging it needs: column name → the two counts that are multiplied case by case.

        The names are ``moment_`` + sum_sq, sum_sq_den or sum_xy + the indicator's id.
        """
        if self.kind not in ("mean", "amount") or len(self.numerator) != 1 or len(self.denominator) != 1:
            return {}
        x, y = self.numerator[0][1], self.denominator[0][1]
        pairs = {"sum_sq": (x, x)}
        if self.kind == "amount":
            pairs |= {"sum_sq_den": (y, y), "sum_xy": (x, y)}
        return {f"{MOMENT}{name}_{self.id}": pair for name, pair in pairs.items()}

    @property
    def label(self) -> str:
        """The printed name; definitions of this program's own say so."""
        return f"{self.name}（本系统口径）" if self.local else self.name

    def interval(self, on: date) -> Interval | None:
        """The interval in force on a day, or ``None``."""
        known = [item for item in self.intervals if item.since <= on]
        return max(known, key=lambda item: item.since) if known else None


@dataclass(frozen=True)
class Catalogue:
    """All counts and stocks, and the indicators of one edition in their printed order.

    ``official`` is how many indicators the edition has by its issuer, ``None`` where that is no question;
    ``context`` names the indicators that are shown beside them. ``warnings`` are doubts that do not stop a run.
    ``values`` are the court's own standard words of coded columns.
    """

    edition: str
    name: str
    version: str
    note: str
    counts: Mapping[str, Count]
    stocks: Mapping[str, Stock]
    indicators: Mapping[str, Indicator]
    sources: tuple[str, ...] = field(default=())
    official: int | None = None
    context: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def conditions(self) -> tuple[exp.Expr, ...]:
        """The conditions of all counts and stocks, in any of their definitions."""
        trees = [one.where for item in self.counts.values() for one in item.options]
        trees += [item.where for item in self.stocks.values()]
        return tuple(tree for tree in trees if tree is not None)

    @property
    def terms(self) -> tuple[str, ...]:
        """Counts and stocks that the indicators of this edition need, in definition order."""
        needed = {term for indicator in self.indicators.values() for term in indicator.terms}
        return tuple(name for name in (*self.counts, *self.stocks) if name in needed)

    @property
    def columns(self) -> frozenset[str]:
        """Canonical columns that the counts and stocks of this edition may read, in any of their definitions."""
        used: set[str] = set()
        for name in self.terms:
            items = self.counts[name].options if name in self.counts else (self.stocks[name],)
            for item in items:
                used |= item.columns
        return frozenset(used)

    def resolved(self, columns: frozenset[str]) -> Catalogue:
        """This catalogue with one definition for each count: the first whose columns are at hand.

        A count of which no definition can be used keeps its first one, whose missing columns are then named.
        """
        counts = {}
        for name, item in self.counts.items():
            fitting = [(place, one) for place, one in enumerate(item.options, 1) if one.columns <= columns]
            chosen = item
            if item.otherwise and not item.place and fitting:
                place, one = fitting[0]
                chosen = replace(one, otherwise=item.otherwise, place=place)
            counts[name] = chosen
        return replace(self, counts=counts)

    def definition(self, item: Indicator) -> str:
        """The formula in words as an annex prints it, with the definition of its counts that was chosen."""
        parts = [item.formula]
        for name in dict.fromkeys(item.terms):
            count = self.counts.get(name)
            if count is None or not count.otherwise:
                continue
            if count.place:
                parts.append(f"{count.name}{count.basis}")
            else:
                ways = "；".join(f"（{place}）{one.basis}" for place, one in enumerate(count.options, 1))
                parts.append(f"{count.name}依次采用数据具备的第一种口径：{ways}")
        if item.needs:
            parts.append(item.needs)
        elif not item.formula_source and not item.local:  # the label of a local one says so
            parts.append(OWN_FORMULA)
        return "；".join(dict.fromkeys(parts))

    @property
    def completeness(self) -> str:
        """本目录应有18项，公开来源载明N项，其余M项未见公开: empty for editions without an official number."""
        if self.official is None:
            return ""
        stated = len(self.indicators) - len(self.context)
        missing = self.official - stated
        rest = f"，其余{missing}项未见公开，不作推测" if missing else ""
        return f"本目录应有{self.official}项，公开来源载明{stated}项{rest}。"

    def indicator(self, text: str) -> Indicator:
        """An indicator by identifier or Chinese name; raises :class:`ConfigError` with a suggestion."""
        for item in self.indicators.values():
            if text in (item.id, item.name):
                return item
        known = [*self.indicators, *(item.name for item in self.indicators.values())]
        near = difflib.get_close_matches(text, known, n=1)
        raise ConfigError(
            f"指标目录“{self.name}”中没有指标“{text}”。",
            advice=f"是否为“{near[0]}”？" if near else "运行 tongbao catalogue show 查看全部指标。",
        )


def lacking(item: Count | Stock, columns: frozenset[str]) -> str:
    """Why data with these columns cannot give a count: 数据中没有“到位金额”; for several definitions, of each."""
    options: tuple[Count | Stock, ...] = item.options if isinstance(item, Count) else (item,)
    reasons = []
    for one in options:
        names = sorted(one.columns - columns)
        reasons.append("、".join(f"“{BY_ID[name].name}”" for name in names))
    return "数据中没有" + "，也没有".join(dict.fromkeys(reasons))
