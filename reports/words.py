"""The only place that turns numbers into Chinese.

Rules (from the circulars that courts publish): rates carry two decimals and change in 百分点, and the printed
change of a rate is the difference of the two *printed* rates, so that a reader's calculator agrees; counts
change in % computed from the exact counts; days change in 天; ratios such as 案-件比 change absolutely.
Rounding is half up and happens here only, on exact integers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Protocol

NO_CASES = "—"
UNLIKE = "口径不同，不作比较"
INCOMPLETE = "数据不完整，不作比较"  # cases are missing that were filed before the data begin
INCOMPLETE_NOW = "本期数据不完整，不作评价"
UNTOLD = "未统计"  # too many words that were not understood stand behind a number
SEVERITIES = {
    "red": "红 重点",
    "amber": "橙 关注",
    "yellow": "黄 提示",
    "green": "绿 趋好",
    "neutral": "变动异常",
    "grey": "灰 待核",
}
SMALL_BASE = "基数较小，仅列数据，不作评价"
FEW_LARGE = "少数大额案件占比过高，仅列数据，不作评价"
FEW = 30  # cases: of fewer a change is told in cases, since 600% of one case says nothing


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
        for counts); nothing now → 下降100% (counts) or 本期无此类案件. A count changes in 件 from a base below
        :data:`FEW`, else in %.
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
        if old < FEW:
            return f"{'增加' if new > old else '减少'}{abs(new - old)}{self.unit}"
        if new == 0:
            return "下降100%"
        return f"{'上升' if new > old else '下降'}{percent(abs(new - old), old)}"


_UNTIL = re.compile("环比|同比|较|上升|下降|增加|减少|（")  # what follows is no value, or counts behind one
_VALUE = re.compile(r"(-?\d+)(?:\.(\d+))?(%|个百分点|天|件|项|万元|倍)?(?![\d年月日号])")


def printed_change(before: str, after: str, base_name: str = "") -> str:
    """What changed between two printed texts of the same values, by the rules for their units; else nothing.

    A rate changes in 个百分点, days in 天, a count in % and below :data:`FEW` in 件, as :meth:`Measure.change` says it;
    between two drafts of one number (no ``base_name``) a count always in 件.
    """
    old, new = (_VALUE.findall(_UNTIL.split(text)[0]) for text in (before, after))
    if [unit for *_, unit in old] != [unit for *_, unit in new]:
        return ""
    told = []
    for (whole, part, unit), (now, now_part, _) in zip(old, new, strict=True):
        if (whole, part) != (now, now_part) and len(part) == len(now_part):
            places, scale = len(part), (100 if unit == "%" else 1) * 10 ** len(part)
            count = not part and unit not in ("%", "天")
            if count and not base_name:
                more = int(now) - int(whole)
                told.append(f"{'增加' if more > 0 else '减少'}{abs(more)}{unit}")
                continue
            measure = Measure("count" if count else "ratio", unit, places)
            below = None if count else scale
            told.append(measure.change((int(now + now_part), below), (int(whole + part), below), base_name=base_name))
    return "、".join(told)


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


class Comparable(Protocol):
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


def standing(measure: Measure, bounds: Bounds, better: str, value: tuple[int | None, int | None]) -> str:
    """处, 优 or 劣 (高 or 低 where neither way is ``better``): where the printed figure stands to an interval.

    Empty where there is no figure.
    """
    scaled = measure.scaled(*value)
    if scaled is None:
        return ""
    printed = scaled / 10**measure.places
    if bounds.high is not None and printed > bounds.high:
        return {"lower": "劣", "higher": "优"}.get(better, "高")
    if bounds.low is not None and printed < bounds.low:
        return {"higher": "劣", "lower": "优"}.get(better, "低")
    return "处"


def changes(cell: Comparable) -> str:
    """环比上升1.54个百分点，与去年同期持平, and 较上半年下降0.17个百分点 where it is asked for: all in a sentence."""
    told = []
    for name, base, text in (
        ("环比", "上期", cell.previous_change),
        (f"较{cell.cumulative_name}", cell.cumulative_name, cell.cumulative_change),
        ("同比", "去年同期", cell.year_change),
    ):
        if text == NO_CASES:
            continue
        if text.startswith((base or "上期", "本期")) or text.endswith(INCOMPLETE):
            told.append(text)
        else:
            told.append(f"与{base}持平" if text == "持平" else name + text)
    told = list(dict.fromkeys(told))
    short = [text.removesuffix(INCOMPLETE) for text in told if text.endswith(INCOMPLETE)]
    if len(short) > 1:
        told = [text for text in told if not text.endswith(INCOMPLETE)] + [f"{joined(short)}{INCOMPLETE}"]
    same = [text for text in told if re.fullmatch("与.+持平", text)]
    if len(same) > 1 and same == told:
        return "、".join(text.removesuffix("持平") if not place else text.removesuffix("持平").removeprefix("与")
                        for place, text in enumerate(same)) + "均持平"  # fmt: skip
    return "，".join(told)


def in_short(cell: Comparable) -> str:
    """The same, two changes the same way in one breath: 环比、同比分别上升1.54、2.10个百分点."""
    told = changes(cell)
    found = _BOTH.fullmatch(told)
    if not found or found["way"] != found["way_too"] or found["unit"] != found["unit_too"]:
        return told
    way, unit, first, second = found["way"], found["unit"], found["size"], found["size_too"]
    if first == second:
        return f"环比、同比均{way}{first}{unit}"
    return f"环比、同比分别{way}{first}{unit if unit == '%' else ''}、{second}{unit}"


_CHANGE = "(?P<way{0}>上升|下降|增加|减少)(?P<size{0}>[0-9.]+)(?P<unit{0}>%|个百分点|天|件|)"
_BOTH = re.compile(f"环比{_CHANGE.format('')}，同比{_CHANGE.format('_too')}")


def in_table(change: str) -> str:
    """A change as a cell of a table: 增加5件, where a sentence adds that there were none before; 去年无案件."""
    if change.endswith(INCOMPLETE):
        return INCOMPLETE.rpartition("，")[2]
    if re.match("(?:上期|去年同期)无", change):
        change = change.rpartition("无此类案件，")[2].replace("去年同期无", "去年无").replace("无此类案件", "无案件")
    return change


BASES = {"previous": "上期", "year_before": "去年同期"}
"""What the sides of a comparison are called in sentences."""


def restated(measure: Measure, then: tuple[int | None, int | None], now: tuple[int | None, int | None], *,
             base: str, scope: bool) -> str:  # fmt: skip
    """去年同期数据按最新数据核正：当时通报为11.54%，现为11.20%; ``base`` says of when (上期, 去年同期).

    ``scope``: because the 口径 is a new one.
    """
    why = "口径" if scope else "数据"
    return f"{base}数据按最新{why}核正：当时通报为{measure.text(*then)}，现为{measure.text(*now)}"


def counts(cell: Comparable) -> str:
    """（120/1040）: the counts behind a rate; money in 万元; nothing for a count."""
    return fraction(cell.measure, cell.now)


def fraction(measure: Measure, value: tuple[int | None, int | None]) -> str:
    """The same of a numerator and a denominator."""
    numerator, denominator = value
    if denominator is None or numerator is None:
        return ""
    if measure.kind == "amount":
        return f"（{money(numerator)}/{money(denominator)}万元）"
    return f"（{numerator}/{denominator}）"


def cases(measure: Measure, value: tuple[int | None, int | None]) -> str:
    """What stands behind a figure, as read aloud: （1040件中120件）, （1327件）, （4574.06万元中813.42万元）.

    Nothing of a count, which says it itself, nor of a ratio, whose two counts have no one name.
    """
    numerator, denominator = value
    if denominator is None or numerator is None:
        return ""
    if measure.kind == "amount":
        part, whole = f"{money(numerator)}万元", f"{money(denominator)}万元"
        return f"（{whole}中{part}）" if numerator <= denominator else f"（{part}/{whole}）"
    if measure.kind == "proportion":
        among = numerator <= denominator  # more were reversed than concluded: they are no part of those
        return f"（{denominator}件中{numerator}件）" if among else f"（{numerator}件/{denominator}件）"
    return f"（{denominator}件）" if measure.unit == "天" else ""


def stated(label: str, cell: Comparable) -> str:
    """The same as :func:`statement` with the units of the counts, for whom reads and does not reckon: 新收1039件."""
    if cell.text == UNTOLD:
        return label + UNTOLD
    bare = cell.measure.kind == "count" or (cell.measure.zero and cell.text == cell.measure.zero)
    return f"{label}{'' if bare else '为'}{cell.text}" + cases(cell.measure, cell.now)


def money(fen: int) -> str:
    """分 as 万元 with two decimals."""
    return decimal(half_up(fen, 1_000_000, 2), 2)


def statement(label: str, cell: Comparable) -> str:
    """上诉率为11.54%（120/1040）; with an empty denominator but a numerator: 二审改判-发回重审比：无发回重审（3/0）."""
    if cell.text == UNTOLD:
        return label + UNTOLD
    link = "：" if cell.measure.zero and cell.text == cell.measure.zero else "为"
    return f"{label}{link}{cell.text}{counts(cell)}"


def apart(measure: Measure, change: float) -> str:
    """How far a value lies from another, as said: 高5.10个百分点, 低0.12, 多3.1天, 少20件.

    ``change`` is a difference of plain quotients (counts in 件).
    """
    if not isfinite(change):
        return "明显偏高" if change > 0 else "明显偏低"
    more, less = ("多", "少") if measure.unit in ("天", "件") else ("高", "低")
    return (more if change > 0 else less) + distance(measure, change)


def distance(measure: Measure, change: float) -> str:
    """The size of such a difference alone: 5.10个百分点, 0.12, 3.1天, 20件; nothing where it has no end."""
    if not isfinite(change):
        return ""
    places = 0 if measure.kind == "count" else measure.places
    return f"{abs(change) * measure.factor:.{places}f}" + ("个百分点" if measure.unit == "%" else measure.unit)


def contribution(measure: Measure, change: Fraction) -> tuple[bool, str]:
    """What a part adds to a change (plain quotients, exact): whether it raises the figure, and how much in print."""
    places = 0 if measure.kind == "count" else measure.places
    scaled = half_up(change.numerator * measure.factor, change.denominator, places)
    unit = {"%": "个百分点", "天": "天", "件": "件"}.get(measure.unit, "")
    return scaled >= 0, decimal(abs(scaled), places) + unit


def went(
    measure: Measure, base: tuple[int | None, int | None], now: tuple[int | None, int | None]
) -> tuple[str, str, bool | None]:
    """Two values as printed, and whether the second is larger; ``None`` where they print alike or one is missing."""
    old, new = measure.scaled(*base), measure.scaled(*now)
    up = None if old is None or new is None or old == new else new > old
    return measure.text(*base), measure.text(*now), up


def to(measure: Measure, *, up: bool) -> str:
    """How a figure got from one value to another: 升至, 降至; of cases and days 增至, 减至."""
    return ("增至" if up else "减至") if measure.unit in ("件", "天") else ("升至" if up else "降至")


def number(measure: Measure, value: float) -> str:
    """A plain quotient as printed, where it is no quotient of two counts: a limit or an expected value."""
    if not isfinite(value):
        return measure.zero or "不限"
    places = 0 if measure.kind == "count" else measure.places
    return f"{value * measure.factor:.{places}f}{measure.unit}"


def moved(measure: Measure, change: float, base: float | None = None) -> str:
    """A change in words: 上升2.30个百分点, 增加3.1天; of a count, a fraction of its base: 上升35.20%.

    The ``base`` of a count, where it is known to be below :data:`FEW`, makes it 件: 增加6件.
    """
    if measure.kind == "count" and base is not None and base < FEW:
        return f"{'增加' if change > 0 else '减少'}{abs(change) * base:.0f}{measure.unit}"
    if measure.kind == "count":
        return f"{'上升' if change > 0 else '下降'}{abs(change) * 100:.2f}%"
    size = f"{abs(change) * measure.factor:.{measure.places}f}"
    if measure.unit == "%":
        return f"{'上升' if change > 0 else '下降'}{size}个百分点"
    if measure.unit == "天":
        return f"{'增加' if change > 0 else '减少'}{size}天"
    return f"{'上升' if change > 0 else '下降'}{size}{measure.unit}"


def rounded(measure: Measure, value: float) -> float:
    """A plain quotient as precise as it is printed, so that differences agree with the printed figures."""
    return round(value * measure.factor, 0 if measure.kind == "count" else measure.places) / measure.factor


def shared(measure: Measure, change: float, common: float, base: float | None = None) -> tuple[str, str]:
    """What of a change (as in :func:`moved`) all peers share, and what is left of the two printed values' difference.

    The first is empty where the peers did not move.
    """
    in_cases = measure.kind == "count" and base is not None and base < FEW
    fine = base if in_cases and base else 100 if measure.kind == "count" else measure.factor
    places = 0 if in_cases else measure.places or 2
    left = round(change * fine, places) - round(common * fine, places)
    text = moved(measure, common, base)
    still = text in (moved(measure, 0.0, base), moved(measure, -1e-12, base))
    return "" if still else text, moved(measure, left / fine, base)


def about(value: float) -> str:
    """An expected number, whole."""
    return f"{value:.0f}"


def chinese_number(number: int) -> str:
    """A small ordinal in Chinese figures, 1 to 99: 一, 十, 十二, 二十三."""
    figures = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("" if tens == 1 else figures[tens]) + "十"
    return head + (figures[ones] if ones or not tens else "")


def quoted(title: str) -> str:
    """A title in 书名号; those inside it become single ones (GB/T 15834-2011, 4.15)."""
    return f"《{title.replace('《', '〈').replace('》', '〉')}》"
