"""Cells: what a cell of any source says, once for files, databases, engines and the forms that come back.

A cell is cleaned of what exports leave around values (tabs, ``="…"``, apostrophes, characters without width). Then it
is a value, or one of the known words for "nothing" (``no_value.toml`` and the workspace's own), or it cannot be read;
nothing ever becomes empty by not being understood. What is plain is read by SQL inside the database; everything else
is read here, once per distinct text.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache, cached_property, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = "Asia/Shanghai"
FIRST_DAY, END_OF_DAYS = date(1950, 1, 1), date(9999, 1, 1)  # four-digit years from 1950 on are dates
NO_DAYS = tuple(
    date(*day)
    for day in ((1, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1970, 1, 1), (2999, 12, 31), (9999, 12, 31))
)
"""What programs write for "no date"."""

# Regular expressions are restricted to what RE2 and Python read alike; characters stand for themselves.
BLANK = " \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"
_UNSEEN = (
    "\x01-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
UNSEEN = rf"[{_UNSEEN}]|_x000[Dd]_"
# What a program draws for itself (private use, common in GBK), what is no character at all, and marks that stand above
# or around another one: paper cannot show it, and a printer sets 〓 in its place.
GETA = "〓"
ODD = f"[{GETA}\U00020000-\U0003ffff]"
"""What is told of: the mark, and rare Han, which is kept and printed where a font has it."""
_STRANGE = (
    "\u0300-\u036f\u0483-\u0489\u0600-\u0605\u06dd\u070f\u08e2\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ue000-\uf8ff"
    "\ufe20-\ufe2f\U00040000-\U000dffff\U000e1000-\U0010ffff"
)
# What looks like a character but is another one, as in text copied from PDF files: radicals (Unicode 15.1,
# EquivalentUnifiedIdeograph.txt, those that stand for a whole character) and compatibility ideographs.
_RADICALS = dict(
    zip(
        "⺁⺄⺈⺊⺌⺒⺓⺗⺜⺝⺟⺠⺧⺩⺫⺬⺶⺼⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "厂乙刀卜小巳幺心日月母民牛王目示羊肉西见角贝车長长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
_ALIKE = _RADICALS | {
    chr(code): plain
    for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF))
    if (plain := unicodedata.normalize("NFKC", chr(code))) != chr(code)
}
_WRAPPED = rf'^[{BLANK}]*=?[{BLANK}]*"(.*)"[{BLANK}]*$'
_LONE = r'^"([^"]*)$|^([^"]*)"$'
_ENDS = rf"^[{BLANK}']+|[{BLANK}']+$"
_ALIKE_RANGES = "⺀-⻳⼀-⿕\uf900-\ufaff"
_DIRTY = rf"{UNSEEN}|[{_ALIKE_RANGES}{_STRANGE}]|^[{BLANK}='\"]|[{BLANK}'\"]$"


_TO_PLAIN = str.maketrans(_ALIKE)


def clean(text: str) -> str:
    """A cell without what is not part of its value: unseen characters, ``="…"``, apostrophes, a lone quotation
    mark or blanks at the ends.

    Characters that only look like others become those: ⼈⺠ is 人民; what cannot be shown becomes 〓.
    """
    if not text:
        return text
    text = re.sub(f"[{_STRANGE}]", GETA, re.sub(UNSEEN, "", text)).translate(_TO_PLAIN)
    text = re.sub(_LONE, r"\1\2", re.sub(_WRAPPED, r"\1", text, flags=re.DOTALL))
    return re.sub(_ENDS, "", text)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _any_word(words: tuple[str, ...]) -> str:
    return "(?i:" + "|".join(map(re.escape, words)) + ")"


@cache
def _no_value() -> Mapping[str, tuple[str, ...]]:
    raw = tomllib.loads(Path(__file__).with_name("no_value.toml").read_text("utf-8"))
    return {name: tuple(words) for name, words in raw.items()}


@dataclass(frozen=True)
class Day:
    """What a text says of a day: ``day``, or ``none`` (a word for no date), or neither and then ``hint`` may help.

    ``stamp`` tells how unusual texts were read: ``serial`` (of a spreadsheet), ``zone`` (moved to the court's zone),
    ``midnight`` (within the last minute of its day).
    """

    day: date | None = None
    none: bool = False
    hint: str = ""
    stamp: str = ""


@dataclass(frozen=True)
class Cells:
    """How the cells of a source are read: the workspace's words for no value, its zone, its units of money."""

    no_value: tuple[str, ...] = ()
    zone: str = ZONE
    scale: Mapping[str, int] = field(default_factory=dict)  # column → 元 in one unit of it

    @cached_property
    def _none(self) -> frozenset[str]:
        return frozenset(word.casefold() for word in (*_no_value()["any"], *self.no_value))

    @cached_property
    def _no_date(self) -> frozenset[str]:
        return self._none | {word.casefold() for word in _no_value()["date"]}

    def is_none(self, text: str, *, day: bool = False) -> bool:
        """Whether a cleaned text is a word for no value (``day``: for no date)."""
        return not text or text.casefold() in (self._no_date if day else self._none)

    def sql(self, column: str, *, words: bool = True) -> str:
        """SQL of a text column cleaned; empty and (with ``words``) words for no value are NULL.

        Most cells need nothing, and looking for something is as cheap as trimming was; ``regexp_extract`` because the
        database then looks once per entry of a column's dictionary, which it does not for ``regexp_matches``.
        """
        plain = f"regexp_replace({column}, {_literal(UNSEEN)}, '', 'g')"
        plain = f"regexp_replace({plain}, '[{_STRANGE}]', '{GETA}', 'g')"
        plain = f"translate({plain}, '{''.join(_ALIKE)}', '{''.join(_ALIKE.values())}')"
        unwrapped = f"regexp_replace({plain}, {_literal('(?s)' + _WRAPPED)}, '\\1')"
        cleaned = f"regexp_replace({unwrapped}, {_literal(_LONE)}, '\\1\\2')"
        cleaned = f"regexp_replace({cleaned}, {_literal(_ENDS)}, '', 'g')"
        if words:
            cleaned = f"regexp_replace({cleaned}, {_literal(self._word)}, '')"
        needed = self.needs_cleaning(column, words=words)
        return f"CASE WHEN {needed} THEN nullif({cleaned}, '') WHEN {column} = '' THEN NULL ELSE {column} END"

    def needs_cleaning(self, column: str, *, words: bool = True) -> str:
        """SQL telling that a text column's cell is not simply its value."""
        looked = f"{_DIRTY}|{self._word}" if words else _DIRTY
        return f"regexp_extract({column}, {_literal(looked)}) <> ''"

    @cached_property
    def _word(self) -> str:
        return f"^{_any_word(tuple(sorted(self._none)))}$"

    def day(self, text: str, today: date) -> Day:
        """The day that a text gives in the court's zone, in any form that leaves no doubt.

        Two-digit years and days before months are never guessed: ``hint`` then says what they probably mean.
        """
        text = clean(text)
        if self.is_none(text, day=True):
            return Day(none=True)
        plain = re.sub(rf"[{BLANK}]+", " ", unicodedata.normalize("NFKC", text)).strip()
        plain = re.sub("[‐‑‒–—―−]", "-", plain)
        if (timed := _TIMED.fullmatch(plain)) and timed[1].casefold() in self._no_date:
            return Day(none=True)
        found = _chinese(plain) or _written(plain, self.zone) or _serial(plain)
        if found is not None:
            if found.day is None or not FIRST_DAY <= found.day < END_OF_DAYS:
                return Day(hint=found.hint)
            return Day(none=True) if found.day in NO_DAYS else found
        return Day(hint=_hint(plain, today))

    def money(self, text: str, scale: int = 1) -> int | None:
        """分 of an amount written with commas, a currency sign or a unit of its own; ``None`` if it cannot be read.

        ``scale`` is how many 元 one unit of the column is; a unit in the cell goes before it.
        """
        plain = unicodedata.normalize("NFKC", clean(text)).replace(" ", "")
        match = _MONEY.fullmatch(plain)
        if not match:
            return None
        unit = match["unit"]
        try:
            number = Decimal(match["number"].replace(",", ""))
        except InvalidOperation:
            return None
        number *= (UNITS[unit] if unit else scale) * 100
        return int(number.to_integral_value(ROUND_HALF_UP)) if abs(number) < 1 << 62 else None


def whole(text: str) -> int | None:
    """A whole number, with thousands commas, a decimal part of zeros or its unit (天, 次…); ``None`` otherwise."""
    match = _WHOLE.fullmatch(unicodedata.normalize("NFKC", clean(text)).replace(" ", ""))
    number = int(match[1].replace(",", "")) if match else None
    return number if number is not None and abs(number) < 1 << 62 else None


UNITS: Mapping[str, Decimal] = {
    "分": Decimal("0.01"),
    "角": Decimal("0.1"),
    "元": Decimal(1),
    "百元": Decimal(100),
    "千元": Decimal(1000),
    "万": Decimal(10_000),
    "万元": Decimal(10_000),
    "百万元": Decimal(1_000_000),
    "千万元": Decimal(10_000_000),
    "亿": Decimal(100_000_000),
    "亿元": Decimal(100_000_000),
}
"""元 in one unit."""

_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_MONEY = re.compile(
    rf"(?:人民币|RMB|CNY|[¥￥])?(?P<number>-?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d*)?(?:[eE]\+?\d{{1,2}})?)(?P<unit>{_UNIT})?整?"
)
_WHOLE = re.compile(r"(-?(?:\d{1,3}(?:,\d{3})+|\d+))(?:\.0*)?(?:天|日|次|件|人|个月)?")
_HEAD_UNIT = re.compile(
    rf"(.+?)[(（\[【](?:(?:货币|金额)?单位[:：]?)?(?:人民币)?({_UNIT})[)）\]】]|(.+?)[/／_—-]({_UNIT})"
)
STATED_UNIT = re.compile(rf"单位\s*[:：]\s*(?:人民币)?\s*({_UNIT})")
"""The unit that a title row states for the whole table."""


@lru_cache(maxsize=4096)  # asked of every cell of a row that may be the heading
def split_unit(heading: str) -> tuple[str, str | None]:
    """A heading without its unit of money, and that unit: 标的额（万元） is 标的额 in 万元."""
    match = _HEAD_UNIT.fullmatch(re.sub(rf"[{BLANK}\s]+", "", clean(heading)))
    return (heading, None) if match is None else (match[1] or match[3], match[2] or match[4])


# Days

_CLOCK = (
    r"(?:上午|下午|晚上|中午|AM|PM)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?:(?P<minute>\d{1,2})?\s*[:分]?\s*"
    r"(?P<second>\d{1,2})?(?:[.,]\d+)?\s*秒?)?\s*(?:AM|PM)?\s*"
    r"(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|CST)?(?:\[[\w/]+\])?"
)
_WEEKDAY = r"\s*(?:\(?(?:星期|周)[一二三四五六日天]\)?)?\s*"
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})\s*[-/.年]\s*(?P<month>\d{{1,2}})\s*[-/.月]\s*(?P<day>\d{{1,2}})\s*[日号]?{_WEEKDAY}"
    rf"(?:[T,]?\s*{_CLOCK})?",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[ T]?(?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)(?:\.\d+)?)?(?:\.0*)?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
    for name in (
        names,
        f"{number}月",
        f"{number:02}月",
        f"{'一二三四五六七八九十'[number - 1] if number < 11 else '十' + '一二'[number - 11]}月",
    )
}
_MONTH_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_NAMED_MONTH = re.compile(
    rf"(?P<day>\d{{1,2}})[- /.]*(?P<name>{_MONTH_NAME})[A-Z]*[- /.,]*(?P<year>\d{{4}}|\d{{2}})(?:\s+{_CLOCK})?",
    re.IGNORECASE,
)
_JAVA = re.compile(
    rf"[A-Z]{{3}} (?P<name>{_MONTH_NAME}) (?P<day>\d{{1,2}}) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) "
    r"(?P<zone>CST|GMT\+08:00|UTC|GMT)? ?(?P<year>\d{4})",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_SERIALS = range(18264, 73051)  # 1950-01-01 to 2100-01-01 as days since 1899-12-30
_SERIAL_START = date(1899, 12, 30)
_SHORT_YEAR = re.compile(r"(\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[ T].*)?")
_EPOCH = re.compile(r"(1\d{9})(\d{3})?")
_TIMED = re.compile(r"(\d[-/.年月日\d]{7,})[T ]\d{1,2}:\d\d.*")  # a day with a time after it
_NUMERALS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2}|[〇零○][一-九])月([一二三四五六七八九十]{1,3})日"
)


def _written(text: str, zone: str) -> Day | None:
    """A day with a four-digit year, with or without a time; ``None`` when it is written in another way."""
    match = (
        _YEAR_FIRST.fullmatch(text) or _DIGITS.fullmatch(text) or _JAVA.fullmatch(text) or _NAMED_MONTH.fullmatch(text)
    )
    if match is None or len(match["year"]) < 4:
        return None
    part = match.groupdict()
    month = _MONTHS[part["name"].upper()] if part.get("name") else int(part["month"])
    try:
        stamp = datetime(
            int(part["year"]), month, int(part["day"]),
            _hour(text, int(part.get("hour") or 0)), int(part.get("minute") or 0), int(part.get("second") or 0),
        )  # fmt: skip
    except ValueError:
        return Day()
    offset = part.get("zone")
    if offset and offset.upper() != "CST":  # 中国标准时间 in what Java prints
        stamp = stamp.replace(tzinfo=_offset(offset)).astimezone(ZoneInfo(zone))
        return Day(stamp.date(), stamp="zone")
    late = (stamp.hour, stamp.minute) == (23, 59)
    end = "midnight-end" if stamp.second == 59 else "midnight"
    return Day(stamp.date(), stamp=end if late else "")


def _hour(text: str, hour: int) -> int:
    if hour < 12 and re.search("下午|晚上|PM", text, re.IGNORECASE):
        return hour + 12
    return 0 if hour == 12 and re.search("上午|AM", text, re.IGNORECASE) else 0 if hour == 24 else hour


def _offset(text: str) -> timezone:
    match = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", text)
    if match is None:
        return UTC
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


def _chinese(text: str) -> Day | None:
    match = _CHINESE.fullmatch(text)
    if match is None:
        return None
    try:
        return Day(date(int(match[1].translate(_NUMERALS)), _numeral(match[2]), _numeral(match[3])))
    except ValueError:
        return Day()


def _numeral(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    digits = int(ones.translate(_NUMERALS)) if ones else 0
    return (int(tens.translate(_NUMERALS)) if tens else 1) * 10 + digits if ten else digits


def _serial(text: str) -> Day | None:
    match = _SERIAL.fullmatch(text)
    if match is None or int(match[1]) not in _SERIALS:
        return None
    return Day(_SERIAL_START + timedelta(int(match[1])), stamp="serial")


def _hint(text: str, today: date) -> str:
    """What an unreadable day probably means, for the message; it is never used."""
    guesses: list[date] = []

    def guess(year: str, month: int, day: int) -> None:
        full = int(year) if len(year) == 4 else int(year) + (2000 if int(year) <= today.year % 100 + 1 else 1900)
        try:
            found = date(full, month, day)
        except ValueError:
            return
        if found >= FIRST_DAY and found not in guesses:
            guesses.append(found)

    if match := _NAMED_MONTH.fullmatch(text):
        guess(match["year"], _MONTHS[match["name"].upper()], int(match["day"]))
    elif match := _SHORT_YEAR.fullmatch(text):
        guess(match[1], int(match[2]), int(match[3]))
    elif match := _YEAR_LAST.fullmatch(text):
        guess(match[3], int(match[1]), int(match[2]))
        guess(match[3], int(match[2]), int(match[1]))
    elif match := _EPOCH.fullmatch(text):
        day = datetime.fromtimestamp(int(match[1]), ZoneInfo(ZONE)).date()
        guess(str(day.year), day.month, day.day)
    if not guesses:
        return ""
    return f"（可能是{'或'.join(day.isoformat() for day in guesses)}，请写成四位数年份的日期，如 2026-07-03）"
