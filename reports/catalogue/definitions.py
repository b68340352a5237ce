"""The nouns of the catalogue: counts, stocks, indicators with their intervals and sources, and one edition of them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlglot import exp

from reports.catalogue import expression
from reports.catalogue.columns import BY_ID
from reports.courts.periods import Period, months_before
from reports.errors import ConfigError
from reports.words import Measure

MOMENT = "moment_"  # begins the name of a second moment in a tally
LISTED = "second_no"  # filled from a table of appeals alone
TABLED = frozenset({"second_filed", "second_date", "second_result"})  # what that table tells of a first instance
NO_APPEALS = "数据中没有二审案件，一审案件也没有填写上诉和二审情况"
NO_FINAL = "数据中没有填写生效日期，也没有二审案件、上诉和二审情况，不能推算生效日期"
NO_REVIEWS = "数据中没有上级法院的再审审查案件"
_FINAL = frozenset({"effective", "became_final", "retrial_result"})  # tell of judgments that became final
_REVIEWS = frozenset({"再审审查", "再审"})
_ORDINARY = frozenset(
    {
        "court",
        "procedure",
        "line",
        "type",
        "litigation",
        "filed",
        "concluded",
        "outcome",
        "applied",
        "cause",
        "origin_court",
        "became_final",
        "payable",
        "perform_by",
    }
)
OWN_MARKS = ("（自定口径）", "（本系统口径）")  # behind the name of such an indicator; the second is an earlier one
OWN_FORMULA = "口径为自定"  # 最高人民法院的计算公式未见公开的指标，和各地没有公开公式的指标


@dataclass(frozen=True)
class Count:
    """A flow: cases (or a sum) belonging to the period in which the date ``by`` falls.

    ``otherwise`` are further definitions of the same number, in order; for every court the first that the data allow
    is used (:meth:`Catalogue.resolved`). ``basis`` says in words what a definition goes by; ``place`` is its
    place from 1 once it has been chosen, 0 before. Where the courts need several definitions, ``parts`` are the
    others, and ``courts`` names those that each is for. ``lack`` is why no court's data allow any of them.
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
    parts: tuple[Count, ...] = ()
    courts: tuple[str, ...] = ()
    lack: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """Canonical columns read."""
        used = {self.by, self.court}
        for tree in (self.where, self.sum):
            used |= expression.columns_of(tree) if tree is not None else set()
        return frozenset(used.union(*(part.columns for part in self.parts)))

    @property
    def every(self) -> tuple[Count, ...]:
        """All parts, whose numbers add up to this one's."""
        return (replace(self, parts=()), *self.parts)

    @property
    def telling(self) -> frozenset[str]:
        """The columns of a first instance that say what became of it; none where the appeal is a row of its own."""
        return frozenset() if self.court == "origin_court" else self.columns - _ORDINARY

    @property
    def reviews(self) -> bool:
        """Whether it counts reviews and retrials of final judgments, at the court whose judgment it is."""
        stages = expression.texts_of(self.where, "procedure") if self.where is not None else frozenset()
        return self.court == "origin_court" and bool(stages) and stages <= _REVIEWS

    @property
    def of_finals(self) -> bool:
        """Whether it is about judgments that became final, in any of its definitions: those of second instances too."""
        return any(one.reviews or one.columns & _FINAL for one in self.options)

    @property
    def options(self) -> tuple[Count, ...]:
        """All definitions in order; one that was chosen stands alone."""
        return (self,) if self.place else (self, *self.otherwise)


@dataclass(frozen=True)
class Reach:
    """What the data tell of the appeals of each court of first instance.

    ``names`` are those courts with their short names; ``above`` those whose court of appeal has second instances in
    the data, each with the day from which it has them if that is later than its own; ``filled`` maps a column to the
    courts whose first instances have anything in it; ``listed`` are courts with a table of appeals of their own, each
    with its first day in the same way. ``judged`` are all courts with judgments, of second instances too;
    ``reviewed`` those whose court above has reviews (再审审查) in the data, ``known`` those of whose first instances it
    can be told what became of them, in the same way.
    """

    names: Mapping[str, str]
    above: Mapping[str, date | None]
    filled: Mapping[str, frozenset[str]]
    listed: Mapping[str, date | None] = field(default_factory=dict)
    judged: Mapping[str, str] = field(default_factory=dict)
    reviewed: Mapping[str, date | None] = field(default_factory=dict)
    known: Mapping[str, date | None] = field(default_factory=dict)

    def courts(self, count: Count) -> Mapping[str, str]:
        """The courts that a count is about, with their short names."""
        return self.judged if count.of_finals else self.names

    def since(self, count: Count) -> dict[str, date | None]:
        """The courts whose appeals one definition can count, each with the day from which if not always."""
        if count.reviews:
            return dict(self.reviewed)
        if "became_final" in count.columns:
            return dict(self.known)
        if count.court == "origin_court":
            return dict(self.above)
        if not count.telling:
            return dict.fromkeys(self.names)
        return dict.fromkeys(frozenset.intersection(*(self.filled.get(c, frozenset()) for c in count.telling)))


Coverage = Mapping[str, "date | None"]


@dataclass(frozen=True)
class Apart:
    """Courts of first instance of whose appeals nothing is known: their cases are on neither side of ``indicators``.

    ``courts`` are the short names; ``late`` those whose court of appeal begins later, each with that day.
    ``base`` is the count that stands below where all are known, ``known`` the one that is used; ``what`` is not known:
    their 二审, or 二审和再审审查.
    """

    indicators: tuple[str, ...]
    courts: tuple[str, ...]
    late: tuple[tuple[str, date], ...]
    base: str
    known: str
    what: str = "二审"


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
    """A reference interval in the indicator's printed unit, in force since a day, with its source.

    ``span`` (month, quarter, cumulative, year) and ``line`` limit it to such periods and to that line; empty for all.
    """

    since: date
    low: float | None
    high: float | None
    source: str
    span: str = ""
    line: str = ""

    def holds(self, period: Period, line: str) -> bool:
        """Whether it is meant for a period and a line."""
        return self.since <= period.end and self.span in ("", span_of(period)) and self.line in ("", line)

    @property
    def meant(self) -> str:
        """What it is limited to, in words: 按年、民事; empty for everything."""
        return "、".join(one for one in (SPANS.get(self.span, ""), self.line) if one)


SPANS = {"month": "按月", "quarter": "按季度", "cumulative": "按累计期", "year": "按年"}


def span_of(period: Period) -> str:
    """What kind of span a period is, in the words of an interval's entry."""
    if period.months == 12:
        return "year"
    if period.cumulative:
        return "cumulative"
    return {1: "month", 3: "quarter"}.get(period.months, "")


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
        return self.name + OWN_MARKS[0] if self.local else self.name

    @property
    def written(self) -> tuple[str, ...]:
        """How people and earlier releases write it in their files: identifier, name, and the name with a mark."""
        return (self.id, self.name, *(self.name + mark for mark in OWN_MARKS))

    def interval(self, period: Period, line: str = "") -> Interval | None:
        """The interval in force at the end of a period and meant for its span and a line, or ``None``.

        One that names the line or the span goes before one that does not; then the latest.
        """
        known = [item for item in self.intervals if item.holds(period, line)]
        return max(known, key=lambda item: (item.line != "", item.span != "", item.since)) if known else None

    def in_force(self, on: date) -> list[Interval]:
        """The intervals in force on a day: the latest of each span and line that they are limited to."""
        latest = {
            (one.line, one.span): one for one in sorted(self.intervals, key=lambda one: one.since) if one.since <= on
        }
        return [latest[key] for key in sorted(latest)]


def alone(name: str, called: str = "", *, unit: str = "件", formula: str = "") -> Indicator:
    """A count or stock, by its id, as an indicator of its own: no edition lists it and nobody judges it."""
    return Indicator(
        name, called, "参考", ((1, name),), (), "count", unit, 0, "neutral",
        subset=False, assess=False, right=False, local=True, zero=None, min_den=1, scope="1", formula=formula,
    )  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """All counts and stocks, and the indicators of one edition in their printed order.

    ``official`` is how many indicators the edition has by its issuer, ``None`` where that is no question;
    ``context`` names the indicators that are shown beside them. ``warnings`` are doubts that do not stop a run.
    ``values`` are the court's own standard words of coded columns; ``apart`` the courts whose appeals are not known.
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
    apart: tuple[Apart, ...] = ()

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

    def resolved(self, columns: frozenset[str], reach: Reach | None = None) -> Catalogue:
        """This catalogue with the definitions of each count that the data allow: the first whose columns are at hand.

        With ``reach`` every court of first instance has the first that tells of its own appeals, and the cases of
        courts without any leave numerator and denominator (:attr:`apart`). A count of which no definition can be used
        keeps its first one, whose missing columns are then named.
        """
        counts, covered = {}, {}
        for name, item in self.counts.items():
            fitting = [(place, one) for place, one in enumerate(item.options, 1) if one.columns <= columns]
            chosen = item
            if (item.otherwise or item.reviews) and not item.place and fitting:
                if reach and reach.courts(item):
                    chosen, covered[name] = _by_court(item, fitting, reach)
                elif item.otherwise:
                    place, one = fitting[0]
                    chosen = replace(one, otherwise=item.otherwise, place=place)
            counts[name] = chosen
        found = replace(self, counts=counts)
        return _set_apart(found, covered, reach) if reach else found

    def definition(self, item: Indicator) -> str:
        """The formula in words as an annex prints it, with the definition of its counts that was chosen."""
        parts = [item.formula]
        for name in dict.fromkeys(item.terms):
            count = self.counts.get(name)
            if count is None or not count.otherwise:
                continue
            if count.place:
                parts.append(f"{count.name}{'；'.join(one.basis + _named(one.courts) for one in count.every)}")
            else:
                ways = "；".join(f"（{place}）{one.basis}" for place, one in enumerate(count.options, 1))
                parts.append(f"{count.name}依次采用数据具备的第一种口径：{ways}")
        parts += [without(one) for one in self.apart if item.name in one.indicators]
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
    if isinstance(item, Count) and item.lack:
        return item.lack
    options: tuple[Count | Stock, ...] = item.options if isinstance(item, Count) else (item,)
    reasons = []
    for one in options:
        names = sorted(one.columns - columns)
        reasons.append("、".join(BY_ID[name].basis or f"“{BY_ID[name].name}”" for name in names))
    return "数据中没有" + "，也没有".join(dict.fromkeys(reasons))


def _by_court(item: Count, fitting: Sequence[tuple[int, Count]], reach: Reach) -> tuple[Count, dict[str, date | None]]:
    """A count with the definition that each court's data allow, and the courts that have one, from which day."""
    ways = [(place, one, reach.since(one)) for place, one in fitting]
    chosen: dict[int, dict[str, date | None]] = {}
    covered: dict[str, date | None] = {}
    tabled = next((place for place, one in fitting if one.telling and one.telling <= TABLED), None)
    names = reach.courts(item)
    for court in names:
        if tabled and court in reach.listed:  # the table wins
            chosen.setdefault(tabled, {})[court] = covered[court] = reach.listed[court]
            continue
        able = [(way[court] is not None, place) for place, _, way in ways if court in way]
        if able:
            place = min(able)[1]
            since = next(way[court] for at, _, way in ways if at == place)
            chosen.setdefault(place, {})[court] = covered[court] = since
    by_place = dict(fitting)
    if not chosen:
        place, one = fitting[0]
        lack = NO_REVIEWS if item.reviews else NO_FINAL if item.of_finals else NO_APPEALS
        return replace(one, otherwise=item.otherwise, place=place, lack=lack), covered
    whole = len(covered) == len(names) and not any(covered.values())
    if whole and len(chosen) == 1:
        (place,) = chosen
        return replace(by_place[place], otherwise=item.otherwise, place=place), covered
    parts = []
    for place, courts in sorted(chosen.items()):
        part = _within(by_place[place], courts)
        parts.append(replace(part, place=place, courts=tuple(names[c] for c in courts)))
    return replace(parts[0], otherwise=item.otherwise, parts=tuple(parts[1:])), covered


def _within(count: Count, courts: Coverage) -> Count:
    """A count of the cases of some courts only, of each from its day on."""
    column = exp.Column(this=exp.Identifier(this=count.court, quoted=True))
    day = exp.Column(this=exp.Identifier(this=count.by, quoted=True))
    always = [exp.Literal.string(code) for code, since in courts.items() if since is None]
    either: list[exp.Expr] = [exp.In(this=column.copy(), expressions=always)] if always else []
    for code, since in courts.items():
        if since is not None:
            first = exp.Cast(this=exp.Literal.string(since.isoformat()), to=exp.DataType.build("date"))
            mine = exp.EQ(this=column.copy(), expression=exp.Literal.string(code))
            either.append(exp.And(this=mine, expression=exp.GTE(this=day.copy(), expression=first)))
    limit = exp.Paren(this=exp.or_(*either))
    where = exp.And(this=exp.Paren(this=count.where.copy()), expression=limit) if count.where is not None else limit
    return replace(count, where=where)


def _set_apart(catalogue: Catalogue, covered: Mapping[str, Coverage], reach: Reach) -> Catalogue:
    """Both sides of an indicator with the cases of those courts only whose appeals all its counts know."""
    about = {name: reach.courts(catalogue.counts[name]) for name in covered}
    partly = {
        name: found
        for name, found in covered.items()
        if found and (len(found) < len(about[name]) or any(found.values()))
    }
    counts, indicators = dict(catalogue.counts), dict(catalogue.indicators)
    apart: dict[tuple[object, ...], Apart] = {}
    for item in catalogue.indicators.values():
        told = [partly[name] for name in dict.fromkeys(item.terms) if name in partly]
        if not told:
            continue
        finals = any(name in about and about[name] is reach.judged for name in item.terms)
        names = reach.judged if finals else reach.names
        what = "二审、再审审查" if any(counts[name].reviews for name in item.terms if name in counts) else "二审"
        courts: dict[str, date | None] = {
            code: max((since for one in told if (since := one[code])), default=None)
            for code in names
            if all(code in one for one in told)
        }
        key = (finals, what, *courts.items())
        place = [*apart, key].index(key) + 1
        renamed = {}
        for name in dict.fromkeys(item.terms):
            count = counts.get(name)
            if count is None or partly.get(name) == courts or count.lack:
                continue
            own = f"{name}_known{place}"
            limited = [_within(part, courts) for part in count.every]
            called = f"{count.name}（有{what}数据的）"
            counts.setdefault(own, replace(limited[0], id=own, name=called, parts=tuple(limited[1:])))
            renamed[name] = own
        numerator, denominator = (
            tuple((sign, renamed.get(name, name)) for sign, name in side) for side in (item.numerator, item.denominator)
        )
        indicators[item.id] = replace(item, numerator=numerator, denominator=denominator)
        old = apart.get(key)
        base = next((name for name in renamed if not counts[name].otherwise), "")
        apart[key] = Apart(
            (*(old.indicators if old else ()), item.name),
            tuple(name for code, name in names.items() if code not in courts),
            tuple((names[code], since) for code, since in courts.items() if since),
            old.base if old and old.base else base,
            old.known if old and old.known else renamed.get(base, ""),
            what,
        )
    return replace(catalogue, counts=counts, indicators=indicators, apart=tuple(apart.values()))


def _named(courts: Sequence[str]) -> str:
    """（甲区法院、乙区法院等5个法院）, or nothing where all are meant."""
    few = "、".join(courts[:3]) + (f"等{len(courts)}个法院" if len(courts) > 3 else "")
    return f"（{few}）" if courts else ""


def without(one: Apart) -> str:
    """Whose cases are on neither side, and why: 市中院的二审情况不在数据中，其案件不计入该指标."""
    parts = [f"{_named(one.courts)[1:-1]}的{one.what}情况不在数据中，其案件不计入该指标"] if one.courts else []
    for since in sorted({day for _, day in one.late}):
        names = [name for name, day in one.late if day == since]
        parts.append(f"{_named(names)[1:-1]}的{one.what}数据自{since.year}年{since.month}月起，此前的案件不计入该指标")
    return "；".join(parts)
