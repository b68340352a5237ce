"""Did it help? An item's indicator in a later period, judged against what it was before the flag. Pure.

A value is flagged because it is extreme, and extreme values fall back by themselves (regression to the mean): compared
with the flagged value, most items would look cured. So two questions are asked of the new value. Is it better than when
it was flagged, by more than chance? And is it back at the level of the year before the flag, or still worse by more
than chance?

|                         | back at the old level | still worse |
|---|---|---|
| better than when flagged | 见效 | 部分见效 |
| not better               | 尚不能判断 (the cases are too few to tell the two levels apart) | 未见效 |

An item flagged by a reference interval is 见效 when its value is inside: 在区间范围内即为达标. One-sided tests at 5% on
the arcsine or logarithmic scale (Anscombe, Biometrika 35, 1948; delta method), with the variance inflated by what the
court's own quarters before the flag scattered more than chance (quasi-likelihood: Wedderburn, Biometrika 61, 1974).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reports.courts.periods import Period
from reports.words import Measure, cases, half_up

EFFECTIVE, PARTLY, NOT, OPEN = "见效", "部分见效", "未见效", "尚不能判断"
Z = 1.645  # one-sided 5%
NEAR = 0.9  # of the way back to the old level counts as all of it, however small the chance error is
FEWEST = 30  # cases below which a rate is not judged (min_den of the flag policy)
_YEAR = 12  # months
_MOST = 8  # periods before the flag from which the scatter is taken


@dataclass(frozen=True)
class Sample:
    """One or several periods of a cell: numerator and denominator (件, 分, 天; a count has none), how many periods.

    ``moments`` are Σx², Σy², Σxy over the cases (days², 分²) of means and amounts, where they are known.
    """

    numerator: int
    denominator: int | None
    moments: tuple[float, float, float] | None = None
    periods: int = 1

    def __add__(self, other: Sample) -> Sample:
        """Both together."""
        both = self.moments and other.moments and tuple(map(sum, zip(self.moments, other.moments, strict=True)))
        return Sample(
            self.numerator + other.numerator,
            None if self.denominator is None or other.denominator is None else self.denominator + other.denominator,
            (both[0], both[1], both[2]) if both else None,
            self.periods + other.periods,
        )

    @property
    def value(self) -> tuple[int, int | None]:
        """As printed: a count as the mean of its periods."""
        if self.denominator is None:
            return half_up(self.numerator, self.periods), None
        return self.numerator, self.denominator

    def data(self) -> dict[str, Any]:
        """As plain data, for the journal."""
        return {**asdict(self), "moments": list(self.moments) if self.moments else None}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Sample:
        """From plain data."""
        found = data.get("moments")
        moments = (found[0], found[1], found[2]) if found else None
        return cls(data["numerator"], data["denominator"], moments, data.get("periods", 1))


@dataclass(frozen=True)
class Baseline:
    """The level of the year before the flag, and how much more than chance the periods before it scattered (≥ 1)."""

    level: Sample
    spread: float = 1.0


@dataclass(frozen=True)
class Effect:
    """What a later period says of an item: the printed value, the verdict and the sentence that gives the evidence."""

    period: str
    text: str
    verdict: str
    sentence: str


def baseline(measure: Measure, series: Mapping[Period, Sample], first: Period) -> Baseline | None:
    """The level before ``first``, the first flagged period; ``None`` where the data do not reach back."""
    earlier = sorted((period for period in series if period.end < first.start), key=lambda period: period.end)
    if not earlier:
        return None
    level, *others = [series[period] for period in earlier[-max(1, _YEAR // first.months) :]]
    for one in others:
        level += one
    return Baseline(level, _spread(measure, [series[period] for period in earlier[-_MOST:]]))


def judge(
    measure: Measure,
    direction: str,
    before: Baseline | None,
    flagged: Sample | None,
    now: Sample | None,
    period: Period,
    *,
    bounds: tuple[float | None, float | None] | None = None,
    again: bool = False,
) -> Effect:
    """The effect in ``period``, later than the flag. ``direction`` is that of the flag: ``up`` means too high.

    ``bounds`` is the interval in force, in the printed unit, of an item that was flagged for being outside of it.
    What is flagged ``again`` in the same period is better at most in part.
    """
    text = _printed(measure, now)
    told = [f"通报时为{_printed(measure, flagged)}"] if flagged else []
    if before:
        several = f"{before.level.periods}期{'平均' if measure.kind == 'count' else '合计'}"
        span = several if before.level.periods > 1 else "一期"
        told.append(f"通报前{span}为{_printed(measure, before.level)}")
    told.append(f"{period.label}为{text}" if now and text != "—" else f"{period.label}没有数据")
    verdict, why = _verdict(measure, direction, before, flagged, now, bounds)
    if again and verdict == EFFECTIVE:
        verdict, why = PARTLY, "比通报时明显好转，但本期仍被识别为异常"
    return Effect(period.key, text, verdict, f"{'，'.join(told)}，{why}。")


def of_event(leading: Effect, others: Mapping[str, Effect]) -> Effect:
    """The effect of an event from those of its cells: of the leading one, and of the others by name.

    见效 where the leading cell is, 部分见效 where only others are; how each of them stands is told.
    """
    if not others:
        return leading
    verdict = leading.verdict
    if verdict != EFFECTIVE and any(one.verdict == EFFECTIVE for one in others.values()):
        verdict = PARTLY
    told = "；".join(f"{name}为{one.text}，{one.verdict}" for name, one in others.items())
    return Effect(leading.period, leading.text, verdict, f"{leading.sentence}同一事项中，{told}。")


def _verdict(
    measure: Measure,
    direction: str,
    before: Baseline | None,
    flagged: Sample | None,
    now: Sample | None,
    bounds: tuple[float | None, float | None] | None,
) -> tuple[str, str]:
    if now is None or not _enough(now):
        return OPEN, "案件基数较小，尚不能判断"
    if bounds and _inside(measure, now, bounds):
        return EFFECTIVE, "已处于合理区间"
    if flagged is None or before is None:
        return OPEN, "没有通报以前的数据，尚不能判断"
    points = [_point(measure, one) for one in (before.level, flagged, now)]
    if any(point is None for point in points):
        return OPEN, "缺少计算所需的数据，尚不能判断"
    (y0, v0), (y1, v1), (y2, v2) = [point for point in points if point is not None]
    sign = 1 if direction == "up" else -1
    gained = sign * (y1 - y2) / math.sqrt(before.spread * (v1 + v2))
    missing = sign * (y2 - y0) / math.sqrt(before.spread * (v0 + v2))
    excess = sign * (y1 - y0)
    near = excess > 0 and sign * (y2 - y0) <= (1 - NEAR) * excess
    better, worse = gained > Z, missing > Z and not near
    if better:
        return (PARTLY, "比通报时明显好转，但仍差于通报前的水平") if worse else (EFFECTIVE, "已回到通报前的水平")
    if worse:
        return NOT, "比通报时更差" if gained < -Z else "与通报时相比没有明显好转，仍差于通报前的水平"
    return OPEN, "案件数量有限，与通报时和通报前的水平都没有明显差别，尚不能判断"


def _printed(measure: Measure, sample: Sample | None) -> str:
    if sample is None:
        return "—"
    text = measure.text(*sample.value)
    return text if measure.kind == "amount" else text + cases(measure, sample.value)


def _enough(sample: Sample) -> bool:
    if sample.denominator is None:
        return True  # filings that fell to nothing are not few cases
    return sample.denominator >= FEWEST


def _inside(measure: Measure, sample: Sample, bounds: tuple[float | None, float | None]) -> bool:
    if not sample.denominator:
        return False
    value = sample.numerator / sample.denominator * measure.factor
    low, high = bounds
    return (low is None or value >= low) and (high is None or value <= high)


def _point(measure: Measure, sample: Sample) -> tuple[float, float] | None:
    """The value on a scale where its variance hardly depends on it, and that variance."""
    x, n = sample.numerator, sample.denominator
    if measure.kind == "count":
        return math.log((x + 0.5) / sample.periods), 1 / (x + 0.5)
    if not n:
        return None
    if measure.kind == "proportion":
        return math.asin(math.sqrt(min((x + 0.375) / (n + 0.75), 1.0))), 0.25 / (n + 0.5)
    if measure.kind == "ratio":
        return math.log((x + 0.5) / (n + 0.5)), 1 / (x + 0.5) + 1 / (n + 0.5)
    if x <= 0 or n < 2:
        return None
    mean = x / n
    if measure.kind == "mean":  # without second moments as if durations scattered as much as their mean
        spread = (sample.moments[0] / n / mean**2 - 1) if sample.moments else 1.0
        return math.log(mean), max(spread, 0.01) / (n - 1)
    if not sample.moments:
        return None
    squares, squares_below, products = sample.moments
    return math.log(mean), max(squares - 2 * mean * products + mean**2 * squares_below, 1.0) / x**2


def _spread(measure: Measure, samples: Sequence[Sample]) -> float:
    points = [point for one in samples if (point := _point(measure, one))]
    if len(points) < 3:
        return 1.0
    weight = sum(1 / v for _, v in points)
    centre = sum(y / v for y, v in points) / weight
    return max(1.0, sum((y - centre) ** 2 / v for y, v in points) / (len(points) - 1))
