"""A step (举措) and its indicators → their texts: tables by period, a chart, a document; and what measures went with.

Units with the step stand beside those without it, period by period, as they were judged. Nothing here judges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.catalogue import Indicator
from reports.compose.charts import Scale
from reports.courts.periods import Period
from reports.model import Value
from reports.words import NO_CASES, fraction, half_up

CHART = "charts/effect.svg.j2"
BEFORE, WITHIN, SINCE = "实施前", "实施当期", "实施后"
LABELS = 13  # of periods that an axis has room for
NAMES = ("name", "day", "where", "text", "source", "indicators", "until")
"""What the document is written from, beside its front matter."""


@dataclass(frozen=True)
class Course:
    """One indicator of a step: values of the units with it and of those without it in each period.

    ``first`` is the place of the first whole period since the step, ``within``: it began within the one before.
    ``facts`` are the numbers behind the sentence, for programs.
    """

    step: str
    item: Indicator
    where: str
    others: str
    periods: tuple[Period, ...]
    took: tuple[Value, ...]
    beside: tuple[Value, ...]
    first: int
    within: bool
    sentence: str
    notes: tuple[str, ...]
    facts: Mapping[str, Any]
    hint: str = ""  # how its cases are listed

    @property
    def title(self) -> str:
        """“简案快审”实施前后的上诉率."""
        return f"“{self.step}”实施前后的{self.item.name}"

    @property
    def heads(self) -> list[str]:
        """Of the table: the counts behind a rate stand beside it."""
        rate = ["分子/分母"] if self.item.denominator else []
        return ["统计期", "阶段", "采取", *rate, "未采取", *rate]

    def phase(self, place: int) -> str:
        """Before the step, within the period in which it began, or since."""
        return SINCE if place >= self.first else WITHIN if self.within and place == self.first - 1 else BEFORE

    @property
    def rows(self) -> list[list[str]]:
        """A row for each period."""
        found = []
        for place, period in enumerate(self.periods):
            row = [period.label, self.phase(place)]
            for value in (self.took[place], self.beside[place]):
                row.append(told(self.item, value))
                if self.item.denominator:
                    row.append(fraction(self.item.measure, value).strip("（）"))
            found.append(row)
        return found


def told(item: Indicator, value: Value) -> str:
    """A value as printed; of fewer cases than the limit of the indicator the cases."""
    numerator, denominator = value
    if numerator is None or (denominator is not None and not denominator and not numerator):
        return NO_CASES
    if denominator is None:
        return str(numerator)
    if denominator < item.min_den and item.kind != "amount":
        return f"{numerator}{item.unit if item.kind == 'mean' else ''}/{denominator}件"
    return item.measure.text(numerator, denominator)


def drawing(course: Course) -> dict[str, Any]:
    """What the template of the chart is given: two lines of points, and where the step began.

    Counts of groups of unlike size are drawn in hundredths of their mean before the step.
    """
    item, size = course.item, len(course.periods)
    lines = [_heights(course, values) for values in (course.took, course.beside)]
    known = [one for line in lines for one in line if one is not None]
    scale = Scale.of(known or [0, 1])
    count = item.kind == "count"
    spots = [round((place + 0.5) / size, 4) for place in range(size)]
    every = -(-size // LABELS)
    slots = [
        {"text": period.short_label.removeprefix("第"), "x": x}
        for place, (period, x) in enumerate(zip(course.periods, spots, strict=True))
        if (size - 1 - place) % every == 0
    ]
    years: dict[int, list[float]] = {}
    for period, x in zip(course.periods, spots, strict=True):
        years.setdefault(period.year, []).append(x)
    return {
        "alt": f"{course.title}折线图：{course.where}与未采取的单位，数据见图下的表",
        "axis": {
            "slots": slots,
            "years": [{"text": f"{year}年", "x": round((xs[0] + xs[-1]) / 2, 4)} for year, xs in years.items()],
        },
        "ticks": scale.ticks(0 if count else item.places),
        "unit": f"{BEFORE}各期平均为100" if count else item.unit,
        "name": item.name,
        "since": round((course.first - 0.5 * course.within) / size, 4),
        "lines": [
            [{"x": x, "y": scale.at(one)} for x, one in zip(spots, line, strict=True) if one is not None]
            for line in lines
        ],
    }


def _heights(course: Course, values: Sequence[Value]) -> list[int | None]:
    """Values in units of the last printed decimal; those of few cases are not drawn."""
    item = course.item
    if item.kind == "count":
        before = [one[0] for place, one in enumerate(values) if course.phase(place) == BEFORE and one[0] is not None]
        total = sum(before)
        return [None if one[0] is None or not total else half_up(one[0] * 100 * len(before), total) for one in values]
    few = item.min_den if item.kind != "amount" else 1
    return [item.measure.scaled(*one) if (one[1] or 0) >= few else None for one in values]


def section(course: Course, figure: str) -> dict[str, Any]:
    """One indicator for the document; ``figure`` is the path of its chart."""
    return {
        "title": course.title,
        "sentence": course.sentence,
        "figure": figure,
        "alt": drawing(course)["alt"],
        "heads": course.heads,
        "rows": course.rows,
        "notes": list(course.notes),
    }


def record(course: Course) -> dict[str, Any]:
    """One indicator for a program: exact counts by period, and what was estimated."""

    def values(of: Sequence[Value]) -> list[dict[str, Any]]:
        return [
            {"period": period.key, "phase": course.phase(place), "numerator": value[0], "denominator": value[1]}
            for place, (period, value) in enumerate(zip(course.periods, of, strict=True))
        ]

    item = course.item
    return {
        "indicator": {"id": item.id, "name": item.name, "kind": item.kind, "unit": item.unit, "right": item.right},
        "took": values(course.took),
        "beside": values(course.beside),
        **course.facts,
        "text": course.sentence,
        "notes": list(course.notes),
    }
