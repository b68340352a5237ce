"""Findings → what charts show: numbers, texts and places in the unit square for a template, and a table of the same.

No chart judges anything: ranges and funnels are those of the rules that flagged. Every figure printed on a chart
stands in its table in the same words, and nothing is told by colour alone. A further chart is one entry in
:data:`CHARTS` and one template.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import ceil
from typing import Any

from reports.catalogue import Indicator
from reports.courts.codes import LEVEL_NAMES
from reports.courts.periods import Period, parse_period
from reports.model import ALL_LINES, LINE_ORDER, OWN, Attribution, Comparison, Findings, Flag, Part, Peers, Value
from reports.words import NO_CASES, decimal, half_up, number, signed, span

LATEST_SMALL = 5
LATEST = 9  # periods: two years back, and as many as stand beside one another in legible type
FEWEST_FLOW, FEWEST_TREND = 4, 6  # periods
FEWEST_YEARS = 3  # of the same months, for the flow of a cumulative period
FEWEST_COURTS = 8  # of a funnel: fewer make no shape
MOST_TRENDS, MOST_CONTRIBUTIONS = 3, 2
MOST_PARTS = 16  # bars; where a change has more, those that did not drive it are one
COLUMNS = 3  # courts beside one another in the table of a funnel
LEVELS = {str(level): name for level, name in LEVEL_NAMES.items()}

Drawing = dict[str, Any]
"""``title``, ``summary``, ``note``; ``heads`` and ``rows`` of the table; ``shape``: what the SVG template is given.

Places in a ``shape`` are fractions of the plot from its left and lower edge.
"""


@dataclass(frozen=True)
class View:
    """Whose charts they are: ``region`` names the courts told of, ``told`` the severities that the bulletin tells."""

    found: Findings
    region: str
    told: tuple[str, ...] = ("red",)
    technical: bool = False  # with the ranges of the rules, which only who tests reads

    def who(self, court: str) -> str:
        """Whose figure it is, in a title."""
        return self.region if court == self.found.issuer else self.found.name(court)

    @property
    def line(self) -> str:
        """民事案件 where the bulletin tells of one line, else nothing."""
        return "" if self.found.line == ALL_LINES else f"{self.found.line}案件"

    @property
    def tested(self) -> str:
        """The quarter or month that the rules go by, where the bulletin tells of a longer period; else nothing."""
        return self.found.period.single.short_label if self.found.period.cumulative else ""


@dataclass(frozen=True)
class Chart:
    """One kind of chart: what it is called in the alternative text, its template, and what it draws of findings."""

    id: str
    title: str
    template: str
    draw: Callable[[View], list[Drawing]]
    alone: bool = False  # without its table beside it: every figure stands in the drawing


def drawn(view: View) -> dict[str, list[Drawing]]:
    """Chart id → its drawings, none where the data are too few.

    Each has what :data:`Drawing` has, and ``name`` (of its file), ``alt``, ``template``, and ``aligns`` for the table.
    """
    found = {}
    for chart in CHARTS:
        found[chart.id] = drawings = chart.draw(view)
        for place, drawing in enumerate(drawings, 1):
            drawing["name"] = f"{chart.id}-{place}" if len(drawings) > 1 else chart.id
            where = "标在图上" if chart.alone else "见图下的表"
            drawing["alt"] = f"{drawing['title']}{chart.title}：{drawing['summary']}，数据{where}"
            drawing["template"] = chart.template
            drawing["aligns"] = [":--" if head == drawing["heads"][0] else "--:" for head in drawing["heads"]]
    return found


def flow(view: View) -> list[Drawing]:
    """收结存: cases filed, concluded and pending at the end (件) in each period, of the issuer and the line told of.

    The periods are those of the bulletin: single ones, or the same months of each year.
    """
    return _flow(view, LATEST)


def _flow(view: View, latest: int) -> list[Drawing]:
    found = view.found
    mine = found.history[(found.history["court"] == found.issuer) & (found.history["line"] == found.line)]
    names = {"filed": "新收", "concluded": "结案", "pending": "未结"}
    every = {name: mine[mine["indicator"] == name].set_index("period")["numerator"] for name in names}
    known = {name: points for name, points in every.items() if len(points)}
    # A period that lacks a number, as the data begin later, is none without cases: it is not shown.
    keys = [key for key in mine["period"].unique() if all(key in points for points in known.values())]
    periods = _latest(keys, found, cumulative=found.period.cumulative)[-latest:]
    series = {name: (names[name], [int(points[period.key]) for period in periods]) for name, points in known.items()}
    fewest = FEWEST_YEARS if found.period.cumulative else FEWEST_FLOW
    if len(periods) < fewest or not {"filed", "concluded"} <= set(series):
        return []
    scale = Scale.of([0, *(value for _, values in series.values() for value in values)])
    return [
        {
            "title": f"{view.region}近{_spell(periods)}{view.line}收结存情况",
            "summary": "本期" + "、".join(f"{label}{values[-1]}件" for label, values in series.values()),
            "note": "单位为件；未结为期末数。",
            "heads": ["", *map(_head, periods)],
            "rows": [[label, *map(str, values)] for label, values in series.values()],
            "shape": {
                "axis": _axis(periods),
                "ticks": scale.ticks(0),
                "series": {
                    name: {"label": label, "ys": [scale.at(value) for value in values]}
                    for name, (label, values) in series.items()
                },
            },
        }
    ]


def small(view: View) -> list[Drawing]:
    """The same of the last few periods, each value printed beside its bar: for a page without room for a table."""
    found = []
    for drawing in _flow(view, LATEST_SMALL):
        heads, rows = drawing["heads"], drawing["rows"]
        values = [[int(cell) for cell in row[1:]] for row in rows]
        scale = Scale.of([0, *(value for row in values for value in row)])
        slots = [
            {
                "text": head,
                "x": round((place + 0.5) / (len(heads) - 1), 4),
                "bars": [{"y": scale.at(row[place]), "text": str(row[place])} for row in values],
            }
            for place, head in enumerate(heads[1:])
        ]
        shape = {"slots": slots, "names": [row[0] for row in rows]}
        found.append(drawing | {"shape": shape})
    return found


def trend(view: View) -> list[Drawing]:
    """The flagged indicators of the issuer itself through the periods, with what their rule let expect of each."""
    found, mine = view.found, (view.found.issuer, view.found.issuer + OWN)
    flags = [flag for severity in view.told for flag in found.flags if flag.severity == severity]
    drawings = [_trend(view, flag) for flag in flags if flag.court in mine and flag.key in found.courses]
    return [drawing for drawing in drawings if drawing][:MOST_TRENDS]


def _trend(view: View, flag: Flag) -> Drawing | None:
    course, item = view.found.courses[flag.key], view.found.catalogue.indicators[flag.indicator]
    periods = _latest(course.periods, view.found)
    values = course.values[-len(periods) :]
    ranges = course.ranges[-len(periods) :] if view.technical else (None,) * len(periods)
    scaled = [item.measure.scaled(*value) for value in values]
    known = [value for value in scaled if value is not None]
    if len(known) < FEWEST_TREND or scaled[-1] is None:
        return None
    band = [None if one is None else [_scaled(item, bound) for bound in one] for one in ranges]
    bounds = _bounds(item, periods, flag.line)
    every = [*known, *(bound for one in band if one for bound in one), *(bound["value"] for bound in bounds)]
    scale = Scale.of(every)
    spots = _spots(periods)
    now = item.measure.text(*values[-1])
    expected = f"，推算的范围为{_span(item, *ranges[-1])}" if ranges[-1] else ""
    low, high = (
        [number(item.measure, one[side]).removesuffix(item.unit) if one else NO_CASES for one in ranges]
        for side in (0, 1)
    )
    notes = [f"灰色为{course.basis}，此前数据不足的不列"] if view.technical else ["空心菱形为本期"]
    notes += _sources(item, periods, flag.line)
    return {
        "title": f"{view.who(flag.court)}近{_spell(periods)}{view.line}{item.name}走势",
        "summary": f"{view.tested or '本期'}{now}{expected}",
        "note": "；".join(notes) + "。",
        "heads": [f"单位：{item.unit}" if item.unit else "", *map(_head, periods)],
        "rows": [
            [item.name, *(_bare(item, value) for value in values)],
            *([["范围上限", *high], ["范围下限", *low]] if view.technical else []),
        ],
        "shape": {
            "axis": _axis(periods),
            "ticks": scale.ticks(_places(item)),
            "unit": item.unit,
            "name": item.name,
            "latest": _short(periods[-1]) if view.tested else "本期",
            "now": now,
            "points": [
                {"x": x, "y": scale.at(value)} for x, value in zip(spots, scaled, strict=True) if value is not None
            ],
            "band": [
                {"x": x, "low": scale.at(one[0]), "high": scale.at(one[1])}
                for x, one in zip(spots, band, strict=True)
                if one
            ],
            "bounds": [bound | {"y": scale.at(bound["value"])} for bound in bounds],
        },
    }


def _bounds(item: Indicator, periods: Sequence[Period], line: str) -> list[dict[str, Any]]:
    """The bounds of the interval in force now, from the first period shown for which it is: value, text, start."""
    interval = item.interval(periods[-1], line)
    if interval is None:
        return []
    since = next(place for place, period in enumerate(periods) if item.interval(period, line) == interval)
    return [
        {
            "value": round(bound * 10 ** _places(item)),
            "text": f"{name}{bound:g}{item.unit}",
            "x": since / len(periods),
        }
        for name, bound in (("下限", interval.low), ("上限", interval.high))
        if bound is not None
    ]


def _sources(item: Indicator, periods: Sequence[Period], line: str) -> list[str]:
    interval = item.interval(periods[-1], line)
    return [f"虚线为合理区间（{span(interval, item.unit)}），依据为{interval.source}"] if interval else []


def contributions(view: View) -> list[Drawing]:
    """拉动: the parts of the change of the issuer's filings and of its red indicators; they add up to the change."""
    found = view.found
    red = {flag.indicator for flag in found.flags if flag.court == found.issuer and flag.severity == "red"}
    drawings = []
    for item in found.catalogue.indicators.values():
        for attribution in found.attributions.get(f"{found.issuer}|{item.id}", ()):
            cell = found.comparisons.cell(found.issuer, attribution.line, item.id)
            if cell and (item.id in red or item.id == "filed"):
                drawings.append(_contributions(view, item, cell, attribution))
    return [drawing for drawing in drawings if drawing][:MOST_CONTRIBUTIONS]


_BY = {"line": "条线", "court": "法院", "department": "部门", "team": "团队", "cause": "案由"}
_ORDER = {
    "line": "条线按固定顺序排列",
    "court": "法院按代码顺序排列，不代表名次",
    "department": "部门按部门表的顺序排列，不代表名次",
    "team": "团队按部门表的顺序排列，不代表名次",
    "cause": "案由按名称排列",
}


def _contributions(view: View, item: Indicator, cell: Comparison, attribution: Attribution) -> Drawing | None:
    places, dimension = _places(item), attribution.dimension
    against, base_name, word = (
        ("year_before", "去年同期", "同比") if attribution.against == "year_before" else ("previous", "上期", "环比")
    )
    base = getattr(cell, against)
    new, old = item.measure.scaled(*cell.now), item.measure.scaled(*base)
    parts = _shown(attribution)
    if new is None or old is None or not parts:
        return None
    # The total is the difference of the two printed values, as everywhere in the text.
    moves = [*(half_up(*(part.total * item.measure.factor).as_integer_ratio(), places) for part in parts), new - old]
    scale = Scale.of([0, *moves])
    unit = {"%": "个百分点"}.get(item.unit, item.unit)
    names = [*(part.name for part in parts), "合计"]
    texts = [signed(move, places) for move in moves]
    sides = [*((part.now, part.base) for part in parts), (cell.now, base)]
    columns = [names, *([item.measure.text(*side) for side in one] for one in zip(*sides, strict=True)), texts]
    heads, notes = [_BY[dimension], "本期", base_name, "增减"], [_ORDER[dimension]]
    if item.kind != "count":
        heads[-1] = f"对{word}变动的拉动" + (f"（{unit}）" if unit else "")
        notes.append(f"拉动含各{_BY[dimension]}自身变动和案件占比变动")
    elif old:
        heads.append("拉动（个百分点）")
        columns.append([signed(half_up(move * 100, old, 2), 2) for move in moves])
    return {
        "title": f"{view.region}{view.line}{item.name}{word}变动的构成",
        "summary": f"合计{texts[-1]}{unit}，"
        + "、".join(f"{name}{text}" for name, text in zip(names[:-1], texts[:-1], strict=True)),
        "note": "；".join([*notes, "因四舍五入，各部分之和与合计可能略有出入"]) + "。",
        "heads": heads,
        "rows": [list(row) for row in zip(*columns, strict=True)],
        "shape": {
            "bars": [
                {"name": name, "text": text, "up": move >= 0}
                | {"from": scale.at(min(move, 0)), "to": scale.at(max(move, 0))}
                for name, text, move in zip(names, texts, moves, strict=True)
            ],
            "zero": scale.at(0),
            "unit": unit,
            "longest": max(map(len, names)),
        },
    }


def _shown(attribution: Attribution) -> list[Part]:
    """The parts with any cases, lines in their usual order; of very many, the drivers and the others together."""
    parts = [part for part in attribution.parts if any(part.now) or any(part.base)]
    if attribution.dimension == "line":
        usual = {line: place for place, line in enumerate(LINE_ORDER)}
        parts.sort(key=lambda part: usual.get(part.key, len(usual)))
    if len(parts) <= MOST_PARTS:
        return parts
    others = [part for part in parts if part not in attribution.drivers]
    rest = Part(
        "",
        f"其他{len(others)}项",
        sum((part.within for part in others), Fraction(0)),
        sum((part.mix for part in others), Fraction(0)),
        (sum(part.now[0] for part in others), sum(part.now[1] for part in others)),
        (sum(part.base[0] for part in others), sum(part.base[1] for part in others)),
    )
    return [*(part for part in parts if part in attribution.drivers), rest]


def funnel(view: View) -> list[Drawing]:
    """The proportion that most red flags of R5 are about, of all courts of that level, by their denominators.

    Proportions only: their limits depend on the denominator and on nothing else, so that they make one shape.
    Appeals are a right and are not shown against limits. Only courts with such a flag are named.
    """
    found = view.found
    if not view.technical:
        return []
    named = [flag for flag in found.flags if flag.severity == "red" and "R5" in flag.rules]
    levels = {peer.court: group.level for group in found.funnels for peer in group.courts}
    many = Counter((flag.indicator, levels.get(flag.court)) for flag in named)
    groups = [
        group
        for group in found.funnels
        if many[group.indicator, group.level] and len(group.courts) >= FEWEST_COURTS
        if (item := found.catalogue.indicators[group.indicator]).kind == "proportion" and not item.right
    ]
    best = max(groups, key=lambda group: many[group.indicator, group.level], default=None)
    courts = {flag.court for flag in named if best and flag.indicator == best.indicator}
    return [_funnel(view, best, courts)] if best else []


def _funnel(view: View, group: Peers, named: set[str]) -> Drawing:
    found, item = view.found, view.found.catalogue.indicators[group.indicator]
    name = {peer.court: found.name(peer.court) for peer in group.courts}
    text = {peer.court: _bare(item, peer.value) for peer in group.courts}
    cases = {peer.court: peer.value[1] or 0 for peer in group.courts}
    values = {peer.court: item.measure.scaled(*peer.value) or 0 for peer in group.courts}
    limits = {peer.court: (_scaled(item, peer.low), _scaled(item, peer.high)) for peer in group.courts}
    across = Scale.of([0, *cases.values()])
    up = Scale.of(
        [_scaled(item, group.middle), *values.values(), *(bound for both in limits.values() for bound in both)]
    )
    ranges = [
        f"{name[peer.court]}{text[peer.court]}{item.unit}（{_span(item, peer.low, peer.high)}）"
        for peer in group.courts
        if peer.court in named
    ]
    level = LEVELS.get(group.level, "同级法院")
    table = [[name[court].removesuffix("法院"), str(cases[court]), text[court]] for court in name]
    return {
        "title": f"{view.tested}{level}{view.line}{item.name}与分母件数的对照",
        "summary": f"{len(name)}个法院，图中标明的为{'、'.join(ranges)}",
        "note": f"每点为一个法院；实线为同级法院平均水平（{number(item.measure, group.middle)}），虚线为{group.basis}，"
        f"随分母件数宽窄；标明名称的为{'、'.join(ranges)}。只看是否在范围之外，法院按代码顺序排列，不代表名次。",
        "heads": ["法院", "分母", f"数值（{item.unit}）"] * COLUMNS,
        "rows": _beside(table),
        "shape": {
            "ticks": up.ticks(_places(item)),
            "across": across.ticks(0),
            "unit": item.unit,
            "middle": up.at(_scaled(item, group.middle)),
            "points": [
                {"x": across.at(cases[court]), "y": up.at(values[court]), "name": name[court] if court in named else ""}
                for court in name
            ],
            "limits": [
                {"x": across.at(n), "low": up.at(low), "high": up.at(high)}
                for n, low, high in sorted({(cases[court], *limits[court]) for court in name})
            ],
        },
    }


def _beside(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """A long table in columns side by side, to be read downwards."""
    height = ceil(len(rows) / COLUMNS)
    padded = [*rows, *([""] * len(rows[0]) for _ in range(height * COLUMNS - len(rows)))]
    return [[cell for column in range(COLUMNS) for cell in padded[column * height + row]] for row in range(height)]


CHARTS = (
    Chart("flow", "柱线图", "charts/flow.svg.j2", flow),
    Chart("small", "柱形图", "charts/small.svg.j2", small, alone=True),
    Chart("contributions", "条形图", "charts/contributions.svg.j2", contributions),
    Chart("trend", "折线图", "charts/trend.svg.j2", trend),
    Chart("funnel", "漏斗图", "charts/funnel.svg.j2", funnel),
)


@dataclass(frozen=True)
class Scale:
    """An axis over whole numbers, in units of the last printed decimal, from ``low`` to ``high`` by ``step``."""

    low: int
    high: int
    step: int

    @classmethod
    def of(cls, values: Sequence[int]) -> Scale:
        """The axis that holds some values, with round ends."""
        low, high = min(values), max(values)
        step = _round_step(max(high - low, 1) / 6)
        low = low // step * step
        return cls(low, max(-(-high // step) * step, low + step), step)

    def at(self, value: int) -> float:
        """Where a value lies, as a fraction of the axis."""
        return round((value - self.low) / (self.high - self.low), 4)

    def ticks(self, places: int) -> list[dict[str, Any]]:
        """Round values with their places; decimals only where they say something."""
        values = range(self.low, self.high + 1, self.step)
        whole = not any(value % 10**places for value in values)
        return [
            {"at": self.at(value), "text": decimal(value // 10**places, 0) if whole else decimal(value, places)}
            for value in values
        ]


def _round_step(rough: float) -> int:
    unit = 1
    while True:
        for factor in (1, 2, 5):
            if unit * factor >= rough:
                return unit * factor
        unit *= 10


def _places(item: Indicator) -> int:
    return 0 if item.kind == "count" else item.places


def _bare(item: Indicator, value: Value) -> str:
    """A value as printed, without the unit that the head of its table gives."""
    return item.measure.text(*value).removesuffix(item.unit)


def _span(item: Indicator, low: float, high: float) -> str:
    """A range of a rule, as sentences print it."""
    return f"{number(item.measure, low)}—{number(item.measure, high)}"


def _scaled(item: Indicator, value: float) -> int:
    """A limit on the scale of the axis; how it is printed is decided in ``words`` alone."""
    return round(value * item.measure.factor * int(10 ** _places(item)))


def _latest(keys: Iterable[str], found: Findings, *, cumulative: bool = False) -> list[Period]:
    periods = sorted(parse_period(key, cutoff_day=found.period.cutoff_day) for key in keys)
    return [period for period in periods if period.cumulative == cumulative][-LATEST:]


def _spots(periods: Sequence[Period]) -> list[float]:
    """The middle of each period's slot."""
    return [round((place + 0.5) / len(periods), 4) for place in range(len(periods))]


def _axis(periods: Sequence[Period]) -> dict[str, Any]:
    """Slots of the periods with their short names, and the years in the middle of theirs."""
    spots = _spots(periods)
    years = []
    for year, group in groupby(zip(periods, spots, strict=True), key=lambda both: both[0].year):
        places = [x for _, x in group]
        years.append({"text": f"{year}年", "x": round((places[0] + places[-1]) / 2, 4)})
    labels = [{"text": _short(period), "x": x} for period, x in zip(periods, spots, strict=True)]
    return {"slots": labels, "years": years}


def _short(period: Period) -> str:
    return period.short_label.removeprefix("第")


def _head(period: Period) -> str:
    return f"{period.year}年{_short(period)}"


def _spell(periods: Sequence[Period]) -> str:
    if periods[0].cumulative:
        return f"{len(periods)}年{periods[0].short_label}"
    return f"{len(periods)}{ {1: '个月', 3: '个季度'}.get(periods[0].months, '期') }"
