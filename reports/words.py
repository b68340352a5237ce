"""The only place that turns numbers into Chinese.

Rules (from the circulars that courts publish): rates carry two decimals and change in 百分点, and the printed
change of a rate is the difference of the two *printed* rates, so that a reader's calculator agrees; counts
change in % computed from the exact counts; days change in 天; ratios such as 案-件比 change absolutely.
Rounding is half up and happens here only, on exact integers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

NO_CASES = "—"
UNLIKE = "口径不同，不作比较"
SEVERITIES = {
    "red": "红 重点",
    "amber": "橙 关注",
    "yellow": "黄 提示",
    "green": "绿 趋好",
    "neutral": "变动异常",
    "grey": "灰 待核",
}
OBSERVED = 30  # past values; how often among fewer says nothing
TO_VERIFY = "相关数据待核，不作评价"
OF_ALL_CASES = "该院各类案件"  # before what is known of a court as a whole, where only a part of its cases is told of
SMALL_BASE = "基数较小，仅列数据，不作评价"


def half_up(numerator: int, denominator: int, places: int = 0) -> int:
    """``numerator / denominator`` in units of ``10**-places``, rounded half away from zero.

    Exact for integers of any size. Raises ``ZeroDivisionError`` for a zero denominator.
    """
    scaled: int = abs(numerator) * 10**places * 2 + abs(denominator)
    rounded: int = scaled // (abs(denominator) * 2)
    return rounded if (numerator < 0) == (denominator < 0) else -rounded


def decimal(scaled: int, places: int) -> str:
    """A scaled integer as decimal text: ``decimal(1154, 2) == "11.54"``."""
    sign, digits = ("-" if scaled < 0 else ""), str(abs(scaled)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def signed(scaled: int, places: int) -> str:
    """A scaled integer as a change: ``signed(48, 0) == "+48"``; zero has no sign."""
    return f"{'+' if scaled > 0 else ''}{decimal(scaled, places)}"


@dataclass(frozen=True)
class Measure:
    """How an indicator is printed.

    ``kind`` is the catalogue's (proportion, ratio, amount, count, mean); ``unit`` is what follows the number
    (``%``, ``天``, ``件`` or nothing); ``places`` its decimals; ``zero`` what a ratio with an empty
    denominator but a numerator says (无发回重审). With ``relative`` a change is printed in % of the base, of the
    two printed values (上诉案件移送时间 “下降26.09%”, as the Supreme People's Court states it).
    """

    kind: str
    unit: str
    places: int
    zero: str | None = None
    relative: bool = False

    @property
    def factor(self) -> int:
        """What the quotient is multiplied by before rounding (100 for %)."""
        return 100 if self.unit == "%" else 1

    def scaled(self, numerator: int | None, denominator: int | None) -> int | None:
        """The printed value as an integer in units of its last decimal; ``None`` when there are no cases."""
        if numerator is None:
            return None
        if self.kind == "count":
            return numerator
        if not denominator:
            return None
        return half_up(numerator * self.factor, denominator, self.places)

    def text(self, numerator: int | None, denominator: int | None) -> str:
        """The printed value with its unit; ``—`` when there are no cases."""
        scaled = self.scaled(numerator, denominator)
        if scaled is None:
            return self.zero if self.zero and numerator else NO_CASES
        return decimal(scaled, 0 if self.kind == "count" else self.places) + self.unit

    def change(
        self,
        now: tuple[int | None, int | None],
        base: tuple[int | None, int | None],
        *,
        base_name: str,
    ) -> str:
        """The printed change from ``base`` to ``now``, each (numerator, denominator).

        ``base_name`` is 上期 or 去年同期. Set phrases: equal → 持平; no base → 上期无此类案件 (with 增加N件
        for counts); nothing now → 下降100% (counts) or 本期无此类案件.
        """
        if self.kind == "count":
            return self._count_change(now[0], base[0], base_name)
        if now[0] is None or base[0] is None:
            return f"{base_name if base[0] is None else '本期'}无数据"
        new, old = self.scaled(*now), self.scaled(*base)
        if old is None:
            return base_name + (self.zero if self.zero and base[0] else "无此类案件")
        if new is None:
            return "本期" + (self.zero if self.zero and now[0] else "无此类案件")
        if new == old:
            return "持平"
        if self.relative and old:
            return f"{'上升' if new > old else '下降'}{percent(abs(new - old), abs(old))}"
        size = decimal(abs(new - old), self.places)
        if self.unit == "%":
            return f"{'上升' if new > old else '下降'}{size}个百分点"
        if self.unit == "天":
            return f"{'增加' if new > old else '减少'}{size}天"
        return f"{'上升' if new > old else '下降'}{size}{self.unit}"

    def _count_change(self, new: int | None, old: int | None, base_name: str) -> str:
        if new is None or old is None:
            return f"{base_name}无数据" if old is None else "本期无数据"
        if new == old:
            return "持平"
        if old == 0:
            return f"{base_name}无此类案件，增加{new}{self.unit}"
        if new == 0:
            return "下降100%"
        return f"{'上升' if new > old else '下降'}{percent(abs(new - old), old)}"


def percent(numerator: int, denominator: int, places: int = 2) -> str:
    """``numerator / denominator`` as a percentage: ``percent(1, 3) == "33.33%"``."""
    return decimal(half_up(numerator * 100, denominator, places), places) + "%"


def small(probability: float) -> str:
    """A p or q value for a table: 0.032, 小于0.001."""
    return "小于0.001" if probability < 0.0005 else f"{probability:.3f}"


def joined(names: list[str]) -> str:
    """Names in a sentence: 甲、乙和丙."""
    return names[0] if len(names) == 1 else "、".join(names[:-1]) + "和" + names[-1] if names else ""


class Bounds(Protocol):
    """A reference interval: either bound may be open."""

    @property
    def low(self) -> float | None:
        """Lower bound in the printed unit."""

    @property
    def high(self) -> float | None:
        """Upper bound in the printed unit."""


class Cell(Protocol):
    """What a sentence needs of a comparison."""

    @property
    def measure(self) -> Measure:
        """How it is printed."""

    @property
    def now(self) -> tuple[int | None, int | None]:
        """Numerator and denominator."""

    @property
    def text(self) -> str:
        """The printed value."""

    @property
    def previous_change(self) -> str:
        """The printed 环比, or — when there is none."""

    @property
    def year_change(self) -> str:
        """The printed 同比."""

    @property
    def cumulative_change(self) -> str:
        """The printed change from the cumulative period before, or — when it is not asked for."""

    @property
    def cumulative_name(self) -> str:
        """The name of that period: 上半年, 1—7月."""


def span(bounds: Bounds, unit: str) -> str:
    """An interval as printed: 8%—10%, 不低于90%, 不高于10%."""
    if bounds.low is None:
        return f"不高于{bounds.high:g}{unit}"
    if bounds.high is None:
        return f"不低于{bounds.low:g}{unit}"
    return f"{bounds.low:g}{unit}—{bounds.high:g}{unit}"


def changes(cell: Cell) -> str:
    """环比上升1.54个百分点，同比持平, and 较上半年下降0.17个百分点 where it is asked for: all in a sentence."""
    told = []
    for name, base, text in (
        ("环比", "上期", cell.previous_change),
        (f"较{cell.cumulative_name}", cell.cumulative_name, cell.cumulative_change),
        ("同比", "去年同期", cell.year_change),
    ):
        if text == NO_CASES:
            continue
        if text.startswith((base or "上期", "本期")):
            told.append(text)
        else:
            told.append(f"与{base}持平" if text == "持平" else name + text)
    told = list(dict.fromkeys(told))
    same = [text for text in told if re.fullmatch("与.+持平", text)]
    if len(same) > 1 and same == told:
        return "、".join(text.removesuffix("持平") if not place else text.removesuffix("持平").removeprefix("与")
                        for place, text in enumerate(same)) + "均持平"  # fmt: skip
    return "，".join(told)


def restated(measure: Measure, then: tuple[int | None, int | None], now: tuple[int | None, int | None], *,
             scope: bool) -> str:  # fmt: skip
    """去年同期数据按最新数据核正：当时通报为11.54%，现为11.20%; ``scope``: because the 口径 is a new one."""
    why = "口径" if scope else "数据"
    return f"去年同期数据按最新{why}核正：当时通报为{measure.text(*then)}，现为{measure.text(*now)}"


def counts(cell: Cell) -> str:
    """（120/1040）: the counts behind a rate; money in 万元; nothing for a count."""
    numerator, denominator = cell.now
    if denominator is None or numerator is None:
        return ""
    if cell.measure.kind == "amount":
        return f"（{money(numerator)}/{money(denominator)}万元）"
    return f"（{numerator}/{denominator}）"


def money(fen: int) -> str:
    """分 as 万元 with two decimals."""
    return decimal(half_up(fen, 1_000_000, 2), 2)


def statement(label: str, cell: Cell) -> str:
    """上诉率为11.54%（120/1040）; with an empty denominator but a numerator: 二审改判-发回重审比：无发回重审（3/0）."""
    link = "：" if cell.measure.zero and cell.text == cell.measure.zero else "为"
    return f"{label}{link}{cell.text}{counts(cell)}"


def apart(measure: Measure, change: float) -> str:
    """How far a value lies from another, as said: 高5.10个百分点, 低0.12, 多3.1天, 少20件.

    ``change`` is a difference of plain quotients (counts in 件).
    """
    if not isfinite(change):
        return "明显偏高" if change > 0 else "明显偏低"
    places = 0 if measure.kind == "count" else measure.places
    size = f"{abs(change) * measure.factor:.{places}f}"
    if measure.unit == "%":
        return f"{'高' if change > 0 else '低'}{size}个百分点"
    if measure.unit in ("天", "件"):
        return f"{'多' if change > 0 else '少'}{size}{measure.unit}"
    return f"{'高' if change > 0 else '低'}{size}{measure.unit}"


def number(measure: Measure, value: float) -> str:
    """A plain quotient as printed, where it is no quotient of two counts: a limit or an expected value."""
    if not isfinite(value):
        return measure.zero or "不限"
    places = 0 if measure.kind == "count" else measure.places
    return f"{value * measure.factor:.{places}f}{measure.unit}"


def moved(measure: Measure, change: float) -> str:
    """A change in words: 上升2.30个百分点, 增加3.1天; of a count, a fraction of its base: 上升35.20%."""
    if measure.kind == "count":
        return f"{'上升' if change > 0 else '下降'}{abs(change) * 100:.2f}%"
    size = f"{abs(change) * measure.factor:.{measure.places}f}"
    if measure.unit == "%":
        return f"{'上升' if change > 0 else '下降'}{size}个百分点"
    if measure.unit == "天":
        return f"{'增加' if change > 0 else '减少'}{size}天"
    return f"{'上升' if change > 0 else '下降'}{size}{measure.unit}"


def beyond_interval(
    measure: Measure, value: float, interval: Bounds, *, above: bool, cases: int | None, limits: tuple[float, float],
    confirmed: bool, twice: bool, spell: str,
) -> str:  # fmt: skip
    """R1: 高于合理区间（8%—10%）4.00个百分点，折合约12件，95%置信区间10.50%—18.41%，整体位于区间之外."""
    bound = interval.high if above else interval.low
    assert bound is not None
    gap = apart(measure, value - bound / measure.factor)[1:]
    text = f"{'高于' if above else '低于'}合理区间（{span(interval, measure.unit)}）{gap}"
    if cases is not None:
        text += f"，折合约{cases}件"
    text += f"，95%置信区间{number(measure, limits[0])}—{number(measure, limits[1])}，"
    if not confirmed:
        return text + "与合理区间相接，尚不能排除偶然波动"
    return text + "整体位于区间之外" + (f"，上{spell}同样如此" if twice else "")


def own_history(
    measure: Measure, change: float, *, before: int, window: int, spell: str, scope: str | None,
    seen: int, of: int, pooled: float | None, turn: int = 0,
) -> str:  # fmt: skip
    """R2: 较该院此前11个季度平均水平（扣除全省同级法院共同变动）高5.10个百分点，以往700个同口径观测中达到该幅度的3个.

    ``scope`` names the peers, ``None`` where there are none; ``pooled`` is the value of a window of more periods.
    ``turn`` chooses among three wordings of the same, so that sentences in a row do not all read alike.
    """
    together = "合计" if measure.kind == "count" else "合并计算为"
    text = f"近{window}个{spell}{together}{number(measure, pooled)}，" if pooled is not None else ""
    past, gap = f"该院此前{before}个{spell}平均水平", apart(measure, change)
    text += (
        f"较{past}{f'（扣除{scope}共同变动）' if scope else ''}{gap}",
        f"{f'扣除{scope}共同变动后，' if scope else ''}比{past}{gap}",
        f"与{past}相比{gap}{f'（已扣除{scope}共同变动）' if scope else ''}",
    )[turn % 3]
    if of < OBSERVED:
        return text
    where = f"{scope or '该院'}以往{of}个同口径观测中"
    return (
        text
        + "，"
        + (
            f"{where}{f'达到该幅度的{seen}个' if seen else '没有达到该幅度的'}",
            f"在{where}，变动达到这一幅度的{f'有{seen}个' if seen else '尚未出现'}",
            f"这一幅度在{where}{f'出现过{seen}次' if seen else '没有出现过'}",
        )[turn % 3]
    )


def short_history(measure: Measure, change: float, *, base: str, scope: str | None, periods: int, spell: str) -> str:
    """R2 with little history: 较上期（扣除…共同变动）高5.10个百分点（仅有4个季度的历史，以环比、同比判断）."""
    common = f"（扣除{scope}共同变动）" if scope else ""
    return f"较{base}{common}{apart(measure, change)}（仅有{periods}个{spell}的数据，以环比、同比判断）"


def beyond_peers(measure: Measure, low: float, high: float) -> str:
    """R5: 该院同等案件量的99.8%参考范围为5.20%—13.80%，本期超出."""
    return f"该院同等案件量的99.8%参考范围为{number(measure, low)}—{number(measure, high)}，本期超出"


def rounded(measure: Measure, value: float) -> float:
    """A plain quotient as precise as it is printed, so that differences agree with the printed figures."""
    return round(value * measure.factor, 0 if measure.kind == "count" else measure.places) / measure.factor


def compared(measure: Measure, word: str, change: float, common: float, scope: str) -> str:
    """R3, R4: 环比上升2.30个百分点，同期全省同级法院普遍上升1.80个百分点，扣除后上升0.50个百分点，超出正常波动."""
    text = f"{word}{moved(measure, change)}"
    if (shared := moved(measure, common)) not in (moved(measure, 0.0), moved(measure, -1e-12)):
        fine = 100 if measure.kind == "count" else measure.factor
        left = round(change * fine, measure.places or 2) - round(common * fine, measure.places or 2)
        text += f"，同期{scope}普遍{shared}，扣除后{moved(measure, left / fine)}"
    return f"{text}，超出正常波动"


def run(pattern: str, above: bool, *, length: int, spell: str, points: int, trial: int) -> str:
    """R6: 连续7个季度高于该院平均水平; under ``trial`` points the limits are called provisional."""
    text = {
        "side": f"连续{length}个{spell}{'高' if above else '低'}于该院平均水平",
        "trend": f"连续{length}个{spell}逐期{'上升' if above else '下降'}",
        "near": f"最近3个{spell}中有2个接近控制{'上' if above else '下'}限",
    }[pattern]
    return f"{text}（已扣除同级法院共同变动{f'；仅{points}个{spell}，控制限为试用' if points < trial else ''}）"


def province(change: str, *, alone: bool, by_year: bool) -> str:
    """R7: 同比上升3.72个百分点，超出近年同期变动的范围，属普遍性变化."""
    reach = "超出近年同比变动的范围" if by_year else "与历年同一时期的变化明显不同"
    return f"同比{change}，{reach}，" + ("仅与该院历史比较" if alone else "属各法院的普遍变化")


def year_end(months: str, now: int, expected: float) -> str:
    """R8: 11—12月新收60件，按本年此前各月收案和同级法院同期变化推算约200件，少70% (年底不收案)."""
    drop = 1 - now / expected
    return f"{months}新收{now}件，按本年此前各月收案和同级法院同期变化推算约{expected:.0f}件，少{drop * 100:.0f}%"


def chinese_number(number: int) -> str:
    """A small ordinal in Chinese figures, 1 to 99: 一, 十, 十二, 二十三."""
    figures = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("" if tens == 1 else figures[tens]) + "十"
    return head + (figures[ones] if ones or not tens else "")


def quoted(title: str) -> str:
    """A title in 书名号; those inside it become single ones (GB/T 15834-2011, 4.15)."""
    return f"《{title.replace('《', '〈').replace('》', '〉')}》"
