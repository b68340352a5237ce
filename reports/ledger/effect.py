"""Did it help? What the periods after a flag say of an item, against what it was before. Pure.

A value is flagged because it is extreme, and extreme values fall back by themselves: compared with the flagged value,
most items would look cured. So what became of it is judged by how probable each course of the true level is
(:class:`reports.model.Aftermath`): that there was a change at all, and that nothing, half or all of it is left.

| most probable now | |
|---|---|
| back, and there was a change: at least :data:`SURE`, after one period :data:`STRONG` | 见效 |
| back, or never away | 指标已恢复 |
| about half is left | 部分见效 |
| it stays | 未见效 |
| none of them by :data:`CLEAR` | 尚不能判断 |

指标已恢复 is all that later periods can say of what may have been chance: chance and a cure look the same from then on.
An item flagged by a reference interval is 见效 when its value is inside in two periods running: 在区间范围内即为达标.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reports.courts.periods import Period
from reports.model import Aftermath
from reports.words import Measure, cases, half_up, number

EFFECTIVE, RECOVERED, PARTLY, NOT, OPEN = "见效", "指标已恢复", "部分见效", "未见效", "尚不能判断"
SURE, STRONG = 0.80, 0.90  # how probable 见效 must be: from two periods on, and after one
CLEAR = 0.5  # how probable any other verdict must be
FEWEST = 30  # cases below which a rate is not judged (min_den of the flag policy)
_YEAR = 12  # months


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
    """The level of the year before the flag."""

    level: Sample


@dataclass(frozen=True)
class Effect:
    """What a later period says of an item: the printed value, the verdict and the sentence that gives the evidence.

    ``single`` is the last month or quarter of a cumulative period with its value (6月为98.33%): the verdict is on it.
    """

    period: str
    text: str
    verdict: str
    sentence: str
    single: str = ""


def baseline(series: Mapping[Period, Sample], first: Period) -> Baseline | None:
    """The level before ``first``, the first flagged period; ``None`` where the data do not reach back."""
    earlier = sorted((period for period in series if period.end < first.start), key=lambda period: period.end)
    if not earlier:
        return None
    level, *others = [series[period] for period in earlier[-max(1, _YEAR // first.months) :]]
    for one in others:
        level += one
    return Baseline(level)


def judge(
    measure: Measure,
    before: Baseline | None,
    flagged: Sample | None,
    now: Sample | None,
    period: Period,
    *,
    after: Aftermath | None,
    bounds: tuple[float | None, float | None] | None = None,
    last: Sample | None = None,
    single: Sample | None = None,
    again: bool = False,
) -> Effect:
    """The effect in ``period``, later than the flag.

    ``bounds`` is the interval in force, in the printed unit, of an item that was flagged for being outside of it, and
    ``last`` the period before, where it is later than the flag too. ``single`` is the last single period of a
    cumulative one: the course since the flag is that of single periods. What is flagged ``again`` in the same period is
    better at most in part.
    """
    text = _printed(measure, now)
    told = [f"通报时为{_printed(measure, flagged)}"] if flagged else []
    if before:
        several = f"{before.level.periods}期{'平均' if measure.kind == 'count' else '合计'}"
        span = several if before.level.periods > 1 else "一期"
        told.append(f"通报前{span}为{_printed(measure, before.level)}")
    if after:
        told.append(f"按通报前的水平推算{period.single.label}应为{number(measure, after.usual)}")
    told.append(f"{period.label}为{text}" if now and text != "—" else f"{period.label}没有数据")
    name, alone = period.single.short_label, ""
    if single and period.single != period and now:
        told[-1] += f"，其中{name}为{_printed(measure, single)}"
        alone = f"{name}为{measure.text(*single.value)}"
    verdict, why = _verdict(measure, now, after, bounds, last)
    if again and verdict in (EFFECTIVE, RECOVERED):
        verdict, why = PARTLY, "比通报时好转，但本期仍被识别为异常"
    return Effect(period.key, text, verdict, f"{'；'.join(told)}，{why}。", alone)


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
    return Effect(leading.period, leading.text, verdict, f"{leading.sentence}同一事项中，{told}。", leading.single)


def _verdict(
    measure: Measure,
    now: Sample | None,
    after: Aftermath | None,
    bounds: tuple[float | None, float | None] | None,
    last: Sample | None,
) -> tuple[str, str]:
    if now is None or not _enough(now):
        return OPEN, "案件基数较小，尚不能判断"
    if bounds and _inside(measure, now, bounds):
        if last and _inside(measure, last, bounds):
            return EFFECTIVE, "连续两期处于合理区间"
        return RECOVERED, "已处于合理区间，是否见效待下期确认"
    if after is None:
        return OPEN, "没有可以比较的历史数据，尚不能判断"
    if after.real * after.gone >= (SURE if after.periods > 1 else STRONG):
        return EFFECTIVE, "已回到通报前的水平"
    stays = after.real * (1 - after.gone - after.half)
    half = after.real * after.half
    back = 1 - half - stays
    if max(back, half, stays) < CLEAR:
        return OPEN, "案件数量有限，恢复了多少尚不能判断"
    if back >= CLEAR:
        if after.periods == 1 or after.real >= SURE:
            return RECOVERED, "指标已恢复，是否见效待下期确认"
        return RECOVERED, "指标已恢复，但通报时的偏离可能出于偶然，不足以认定为整改成效"
    if half >= CLEAR:
        return PARTLY, "比通报时明显好转，但仍差于通报前的水平"
    return NOT, "与通报时相比没有明显好转，仍差于通报前的水平"


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
