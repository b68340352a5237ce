"""Widths in characters, the shape of a title, and the widths of table columns.

Everything here is arithmetic on text: one unit is one Han character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import combinations, pairwise, permutations
from math import ceil, comb
from typing import Final


def width(text: str) -> float:
    """Width of *text* in Han characters: full-width 1, anything else about a half.

    The half is a little generous for digits (0.50 in every font measured) and a little short for capitals.
    """
    total = 0.0
    for char in text:
        if unicodedata.combining(char):
            continue
        # "A" (ambiguous) covers “ ” — … × ① and the like, which Chinese fonts draw full width.
        if unicodedata.east_asian_width(char) in "WFA":
            total += 1
        elif char in "%@&" or "A" <= char <= "Z":
            total += 0.85
        else:
            total += 0.5
    return total


# ---------------------------------------------------------------------------------------------------
# Titles: 2号小标宋, several lines in the shape of a trapezium or a rhombus, no word broken (7.3.1).

# Words that courts' titles are made of; a line never ends inside one. Longer ones are tried first.
_WORDS: Final = frozenset(
    re.findall(
        r"\S+",
        """
        案-件比 人民法院 高级人民法院 中级人民法院 基层人民法院 最高人民法院 人民法庭 各级法院 全省法院 全市法院
        全区法院 两级法院 关于 印发 转发 批转 做好 开展 加强 推进 进一步 以及 有关 相关 若干 以来 审判
        执行 审判执行 质量 效率 效果 管理 质效 评价 评估 指标 体系 数据 运行 态势 情况 工作 问题 案件
        分析 通报 通知 意见 报告 请示 批复 函 纪要 会议 会商 决定 公告 办法 规定 方案 讲评 专项 综合
        条线 整改 落实 反馈 提醒 督办 清理 化解 长期未结 未结 超期 发回重审 改判 发改 再审 上诉 申诉
        申请 结案 收案 立案 审限 延长 服判息诉 调解 诉讼 诉前 多元 刑事 民事 商事 民商事 行政 国家赔偿
        环境资源 知识产权 破产 营商环境 司法建议 诉源治理 审判管理 审判质量 审判质量管理 平均 天数
        到位率 改发率 上诉率 结案率 服判 息诉率 调撤率 一审 二审 生效 裁判 旧存 新收 收案数 结案数 同比
        环比 审理 法院 姓名 指标情况 年度 上半年 下半年 季度 月份 第一季度 第二季度 第三季度 第四季度
        一季度 二季度 三季度 四季度 前三季度 情况的通报
        期末 期初 未评定 未回复 基本合格 不合格 责任 部门 单位 承办 牵头 期限 时限 日期 时间 原因 措施 目标
        效果 内容 事项 人员 监督 庭室 依据 回答 办结 届满
        偏离 倍数 审限内 完毕率 终本率 调解率 首执 案件比 发回重审率 发回重审比
        """,
    )
)
_LONGEST: Final = max(map(len, _WORDS))
_UNBREAKABLE: Final = re.compile(
    r"[超满第]?[0-9A-Za-z.,%+\-—–]+(?:个月|个百分点|季度|月份|[年月日号%％件起天万])*|〔[^〕]*〕\d*号?"
    r"|[（(][^）)]{1,6}[）)]|“[^”]{1,8}”"
)
_NEVER_FIRST: Final = "的了和与及或等》〉」』”’）〕】、，。；：？！%％—-"
_NEVER_LAST: Final = "《〈「『“‘（〔【第"
_MOST_WAYS: Final = 50_000  # a text with more ways to break it is no title: the engine breaks it
_JOINT_AFTER: Final = ("关于", "印发", "转发", "》", "的", "和", "与", "及", "、", "，", "年", "季度")


def _pieces(text: str) -> list[str]:
    """Cut *text* into pieces that a line end must not split: numbers, known words, single characters."""
    pieces: list[str] = []
    position = 0
    while position < len(text):
        match = _UNBREAKABLE.match(text, position)
        if match:
            pieces.append(match.group())
        else:
            for length in range(min(_LONGEST, len(text) - position), 0, -1):
                piece = text[position : position + length]
                if length == 1 or piece in _WORDS:
                    pieces.append(piece)
                    break
        position += len(pieces[-1])
    return pieces


def _joint(left: str, right: str) -> float | None:
    """How bad a line end between two pieces is: 0 a natural joint, None forbidden."""
    if right[0] in _NEVER_FIRST or left[-1] in _NEVER_LAST:
        return None
    if left.endswith(_JOINT_AFTER) or right[0] in "《〔":
        return 0.0
    if len(left) > 1 and len(right) > 1:
        return 1.0
    # Between two single characters may lie the middle of a word that the list does not know.
    return 6.0 if len(left) == len(right) == 1 else 3.0


@cache
def _balanced(text: str, limit: float) -> tuple[str, ...]:
    if width(text) <= limit:
        return (text,)
    pieces = _pieces(text)
    ends = [(i, cost) for i in range(1, len(pieces)) if (cost := _joint(pieces[i - 1], pieces[i])) is not None]
    fewest = ceil(width(text) / limit)
    for count in range(fewest, fewest + 3):
        if comb(len(ends), count - 1) > _MOST_WAYS:
            break
        best: tuple[float, list[str]] | None = None
        for chosen in combinations(ends, count - 1):
            stops = [0, *(i for i, _ in chosen), len(pieces)]
            lines = ["".join(pieces[a:b]) for a, b in pairwise(stops)]
            widths = [width(line) for line in lines]
            if max(widths) > limit:
                continue
            cost = sum(cost for _, cost in chosen) + _shape(widths)
            if best is None or cost < best[0]:
                best = (cost, lines)
        if best:
            return tuple(best[1])
    return (text,)  # no allowed line end: the layout engine breaks it as it can


def title_lines(text: str, limit: float) -> list[str]:
    """Break a title into lines no wider than *limit* characters, balanced, without breaking words.

    7.3.1 asks for a trapezium or a rhombus: widths that rise, fall, or rise and then fall; an hourglass is
    the shape to avoid. A text without an allowed line end comes back whole.
    """
    return list(_balanced(text, limit))


def _shape(widths: Sequence[float]) -> float:
    mean = sum(widths) / len(widths)
    cost = sum(abs(value - mean) for value in widths) * 0.35
    if len(widths) > 2 and any(b < min(a, c) - 0.5 for a, b, c in zip(widths, widths[1:], widths[2:], strict=False)):
        cost += 8  # an hourglass
    if len(widths) > 1 and max(widths) - min(widths) < 0.75:
        cost += 1  # a plain rectangle is neither trapezium nor rhombus
    return cost + (6 if widths[-1] < 4 else 0)


# ---------------------------------------------------------------------------------------------------
# Tables

TABLE_SIZES: Final = (12.0, 10.5, 9.0)
"""Type sizes of table text, points: 小四, 五号, 小五 (usage; the standard gives none for tables)."""

_LOOSEST: Final = 1.5  # a small table grows to at most two and a half times its wish
_WISH: Final = 14.0  # characters: a longer text is meant to wrap
_NAME: Final = 9.0  # a name up to this stays in one line beside texts
_LONG: Final = 40.0  # a cell from here on is a sentence or two
_BRIEF: Final = 6.0  # beside such a cell a name has this in one line
_MOST_LINES: Final = 3  # of a cell in the largest type
_LOOKED_AT: Final = 40  # rows, by which the room of a table of texts is shared
_STEPS: Final = (1.0, 2.0, 4.0, 8.0)  # characters moved from a column to another
_AIR: Final = 0.3  # characters, for glyphs wider than the estimate
_CODED: Final = 8.0  # characters: words with a number in them, such as 不低于96.5%
_CODE: Final = 13.0  # characters: the longest ordinary case number, （2025）辽0102民初12345号, has 13
_WORD: Final = 24.0  # characters: a longer row of letters, such as an address, is broken
_DIGIT: Final = re.compile("[0-9]")
_HEAD_NOTE: Final = re.compile(r"（[^（）]{1,8}）")
_NUMBER: Final = re.compile(r"(?<![A-Za-z0-9])[+\-−]?[0-9][0-9.,%％]*(?![A-Za-z0-9])")
_TOKEN: Final = re.compile(r"（?(?:不[高低]于)?[0-9A-Za-z.,:%％+\-−±×/()]+）?")


@cache
def _unbreakable(text: str) -> float:
    """Width of the longest run in *text* that cannot be broken: a number with its bracket, a Latin word."""
    return max((width(token) for token in _TOKEN.findall(text)), default=min(1.0, width(text)))


def _is_code(text: str) -> bool:
    """Whether a cell is a date, a case number or a few words about a number, to be read in one line."""
    digits = len(_DIGIT.findall(text))
    return bool(digits) and width(text) <= (_CODE if digits * 3 > len(text) else _CODED)


def columns(rows: Sequence[Sequence[str]], available: float, padding: float) -> tuple[float, list[float]] | None:
    """Choose the type size and the column widths of a table from what its cells hold.

    ``rows`` with the head first; ``available`` and the answer's widths in points, ``padding`` points taken
    by the padding and rule of one cell. Numbers, dates and case numbers are never broken; heads take up to
    three lines, no word of theirs broken; long texts wrap. The largest size of :data:`TABLE_SIZES` is taken at
    which every column gets its wish and no text runs long, else the largest of the smaller two at which texts
    still read well; ``None`` where even the smallest would break a number.
    """
    whole: list[float] = []  # the widest number
    hard: list[float] = []  # below this a number breaks
    soft: list[float] = []  # below this a text falls to pieces
    text: list[float] = []  # what the cells would like
    wish: list[float] = []  # what cells and head would like
    longs: list[float] = []  # the longest cell of each column
    for column, name in enumerate(rows[0]):
        cells = [row[column] for row in rows[1:]]
        longest = max((width(cell) for cell in cells), default=0.0)
        numbers = min(max((_unbreakable(cell) for cell in cells), default=0.0), _WORD)
        if cells and all(_is_code(cell) for cell in cells):
            numbers = longest  # dates and case numbers: short codes that read badly in two lines
        whole.append(max((width(token) for cell in cells for token in _NUMBER.findall(cell)), default=1.0) + _AIR)
        note = max((width(part) for part in _HEAD_NOTE.findall(name)), default=0.0)
        head = max(_unbreakable(name), note, min(2.0, width(name)), ceil(width(name) / 3))
        head = max(head, *(width(piece) for piece in _pieces(name))) if name else head
        hard.append(max(numbers, whole[-1] - _AIR, head, min(longest, 4.0)) + _AIR)
        soft.append(max(hard[-1], _readable(longest) + _AIR))
        text.append(max(soft[-1], min(longest, 24.0) + _AIR))
        wish.append(max(soft[-1], min(longest, _WISH) + _AIR, ceil(width(name) / 2) + _AIR))
        longs.append(longest)
    rooms = {size: (available - padding * len(wish)) / size for size in TABLE_SIZES}
    for size, room in rooms.items():
        if sum(wish) <= room and max(longs, default=0.0) > _WISH:
            # Texts of sentences: the room goes where the words are, so that no row stands high beside white space.
            least = [max(lower, min(longest, _NAME) + _AIR) for lower, longest in zip(soft, longs, strict=True)]
            filled = _evened(_filled(least, longs, room), least, rows)
            lines = max(ceil(longest / value) for longest, value in zip(longs, filled, strict=True))
            if lines <= _MOST_LINES or size < TABLE_SIZES[0]:
                return size, [value * size + padding for value in filled]
        elif sum(hard) <= room and size == TABLE_SIZES[1] and max(longs, default=0.0) > _LONG:
            # Sentences are read: rather than get smaller they wrap, and so do the names beside them.
            least = [max(lower, min(longest, _BRIEF) + _AIR) for lower, longest in zip(hard, longs, strict=True)]
            if sum(least) <= room:
                filled = _evened(_filled(least, longs, room), least, rows)
                return size, [value * size + padding for value in filled]
        elif sum(wish) <= room:
            # Share what is left by need, but do not pull the columns of a small table far apart.
            spare = 1 + min((room - sum(wish)) / sum(wish), _LOOSEST)
            return size, [value * spare * size + padding for value in wish]
    # Room is short: what there is goes to the cells with text in them, not to the heads.
    for size in TABLE_SIZES[1:]:
        if sum(soft) <= rooms[size]:
            return size, _share(soft, text, rooms[size], size, padding)
    size = TABLE_SIZES[-1]
    for least, most in ((hard, soft), (whole, hard)):
        if sum(least) <= rooms[size]:
            return size, _share(least, most, rooms[size], size, padding)
    return None


def _filled(least: Sequence[float], longest: Sequence[float], room: float) -> list[float]:
    """Widths in characters that fill *room*, in proportion to the longest cells but not below *least*."""
    most = [max(lower, length + _AIR) for lower, length in zip(least, longest, strict=True)]
    if sum(most) <= room:
        return [value * min(room / sum(most), 1 + _LOOSEST) for value in most]
    share, widths = 1.0, most
    while sum(widths) > room and share > 0:
        share -= 0.01
        widths = [max(lower, share * upper) for lower, upper in zip(least, most, strict=True)]
    return [value + (room - sum(widths)) / len(widths) for value in widths]


def _evened(widths: Sequence[float], least: Sequence[float], rows: Sequence[Sequence[str]]) -> list[float]:
    """*widths* after moving room from column to column, not below *least*, as long as fewer lines are printed in all.

    By the longest cells alone a column of short answers beside one long explanation stands high and narrow.
    """
    lengths = [[width(cell) for cell in row] for row in rows[:_LOOKED_AT]]

    def lines(values: Sequence[float]) -> int:
        return sum(max(ceil(long / value) for long, value in zip(row, values, strict=True)) for row in lengths)

    best, fewest = list(widths), lines(widths)
    while True:
        moves = [
            [value - step * (place == source) + step * (place == target) for place, value in enumerate(best)]
            for step in _STEPS
            for source, target in permutations(range(len(best)), 2)
            if best[source] - step >= least[source]
        ]
        closer = min(moves, key=lines, default=best)
        if (now := lines(closer)) >= fewest:
            return best
        best, fewest = closer, now


def _readable(longest: float) -> float:
    """The width at which a text of this length makes a tolerable cell: one, two or three lines."""
    if longest <= 6:
        return longest
    return ceil(longest / 2) if longest <= 14 else min(8.0, ceil(longest / 3))


def _share(least: Sequence[float], most: Sequence[float], room: float, size: float, padding: float) -> list[float]:
    """Column widths in points between *least* and *most*, given in characters, that fill *room*."""
    gaps = [upper - lower for lower, upper in zip(least, most, strict=True)]
    part = (room - sum(least)) / (sum(gaps) or 1.0)
    return [(value + gap * min(part, 1.0)) * size + padding for value, gap in zip(least, gaps, strict=True)]
