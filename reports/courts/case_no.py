"""Case numbers (案号): read one, say what it tells, and say why when it cannot be read.

Grammar: 《关于人民法院案件案号的若干规定》（法〔2015〕137号, in force since 2016-01-01, amended by
法〔2018〕335号）::

    （收案年度）法院代字[专门审判代字]类型代字案件编号号        （2017）豫01民终3046号

The digits of the court code give its level: none 高院, two 中院, four 基层法院. Numbers from before 2016
（2014）民一终字第174号 follow no national grammar: year and number are read, line and stage where their
characters say so.

The grammar exists once, in two steps. The *head* is everything before the serial number; files have millions
of rows but only thousands of heads. ``parse`` cuts a text into head and number with the same regular
expression that :func:`head_sql` hands to the database, so a caller can
``SELECT DISTINCT`` the heads, read those with :func:`parse_head` and join the result back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from reports.courts import case_types

Level = Literal["supreme", "high", "intermediate", "basic"]
Era = Literal["2016", "pre-2016"]

SUPREME = "最高法"
# The codes of the high courts are the short names of the provinces (法〔2015〕137号第五条), here in the order
# of GB/T 2260; 兵 is the 兵团分院 of Xinjiang's high court, 军 the court of the armed forces.
PROVINCES = "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川黔云藏陕甘青宁新兵军"

FIRST_YEAR_OF_STANDARD = 2016
_EARLIEST_YEAR, _LATEST_YEAR = 1949, 2099  # outside, the four digits are a typing mistake
_LONGEST_RANGE = 1000  # merged numbers such as 18775-18776: a longer range is a typing mistake

_LEVEL_OF_DIGITS: dict[int, Level] = {0: "high", 2: "intermediate", 4: "basic"}

# One table of replacements for Python and SQL; the characters beyond the end of _TO are deleted.
_FROM = (
    "([〔【［﹙)]〕】］﹚０１２３４５６７８９－‐‑–—―−~～,，;；號"
    " \t\n\r\v\f\x1f\u0085\u00a0\u00ad\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u3000\ufeff"
)
_TO = "（（（（（（））））））0123456789---------、、、、号"
_LOWER, _UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = (_LOWER + "".join(chr(ord(letter) + 0xFEE0) for letter in _UPPER + _LOWER), _UPPER * 3)
"""Letters in small or full-width form, and what they become where identity counts."""
_TRANSLATION = str.maketrans(_FROM[: len(_TO)], _TO, _FROM[len(_TO) :])

CHARACTERS = (_FROM[: len(_TO)], _TO, _FROM[len(_TO) :])
"""What one spelling of case numbers is made by: characters, what each becomes, and characters that are deleted."""

# Groups: head, first number, further merged numbers, suffix. Restricted to what RE2 and Python read alike.
CUT = "^(.*?[^0-9])(0*[1-9][0-9]*)((?:号?[-、至][0-9]+)*)号(之[一二三四五六七八九十0-9]+)?$"

# Most rows need no replacement, and looking for one is twenty times faster than translating.
_ANY_OF_FROM = "[" + "".join(f"\\{c}" if c in "[]" else c for c in _FROM) + "]"
NORMAL_SQL = (
    f"CASE WHEN regexp_matches({{column}}, '{_ANY_OF_FROM}') "
    f"THEN translate({{column}}, '{_FROM}', '{_TO}') ELSE {{column}} END"
)
"""SQL template (DuckDB): the case number of ``{column}`` in one spelling of brackets, digits and spaces."""
HEAD_SQL = f"nullif(regexp_extract({NORMAL_SQL}, '{CUT}', 1), '')"
"""SQL template (DuckDB): everything before the serial number, or NULL; read it with ``parse_head``."""
NUMBER_SQL = f"nullif(regexp_extract({NORMAL_SQL}, '{CUT}', 2), '')"
"""SQL template (DuckDB): the serial number, the first of merged ones, or NULL."""

_PARTS = {"before": ".*[^0-9、至-]", "zeros": "0*", "first": "[1-9][0-9]*", "more": "[1-9][0-9]*"}


def part_pattern(*groups: str) -> str:
    """The pattern of a number with one place (what precedes it, zeros, number, one more number after a dash).

    Only the parts named are groups; all of them can be read alike by RE2, Java, Joni, PostgreSQL and Python.
    """
    shown = {name: f"({part})" if name in groups else f"(?:{part})" for name, part in _PARTS.items()}
    return "^{before}{zeros}{first}(?:-0*{more})?号(?:之[一二三四五六七八九十百0-9]+)?$".format(**shown)


IDENTITY = (
    "CASE WHEN {first} = '' THEN {number} "
    "WHEN {more} = '' OR length({zeros}) > 0 OR length({more}) < length({first}) "
    "OR (length({more}) = length({first}) AND {more} <= {first}) THEN concat({before}, {first}, '号') "
    "ELSE concat({before}, {first}, '-', {more}, '号') END"
)
"""SQL template (any dialect): the identity of a case, as :func:`identity`, from its number in one spelling and its
parts (:func:`part_pattern`) ``before``, ``zeros``, ``first``, ``more``, each empty where there is none."""

SEVERAL = "[0-9]号?[-、至][0-9]"
"""In the identity of a case: several numbers stand in one row."""

# Nearly every number is written as the rules say; those are cut by one plain pattern, the rest by the full ones.
PLAIN = "^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$"
# Of these again nearly all hold nothing but plain characters: they need no cleaning either.
CLEAN = "^(（[0-9]{4}）[\u4e00-\u9fff]{1,9}(?:[0-9]{2,4}[\u4e00-\u9fff]{1,9})?)[1-9][0-9]*号$"

_MODERN_HEAD = re.compile(rf"（([0-9]{{4}})）({SUPREME}|[{PROVINCES}][0-9]*)([\u4e00-\u9fff]+)")
_OLD_HEAD = re.compile(r"(?:（([0-9]{4})）|([0-9]{4})年)([\u4e00-\u9fff（）0-9]{1,24})字第?")
_CUT_PATTERN = re.compile(CUT)
_ONE_NUMBER = re.compile(part_pattern(*_PARTS))
_CAPITALS = str.maketrans(*LETTERS)
_COURT = re.compile(rf"{SUPREME}|[{PROVINCES}](?:[0-9]{{2}}|[0-9]{{4}})?")
_LONGEST_TYPE = 3  # 类型代字用3个以内汉字（第六条）; longer ones are accepted only when the table has them

# Before 2016 courts chose their own words around the characters for line and stage. 商 stands for civil
# commercial cases in published judgments; 抗 then named the retrial itself and 执字 every enforcement, so
# neither is read as a stage.
_OLD_LINES = {"刑": "刑", "民": "民", "商": "民", "行": "行", "执": "执"}
_OLD_STAGES = "初终申监再特督催恢异复"


@dataclass(frozen=True)
class CaseNumber:
    """What a case number says.

    ``court`` is the court's code (豫01, 最高法), ``special`` the 专门审判代字, ``number`` the serial number
    as written and the first of merged ones, ``numbers`` all of them, ``suffix`` 之一 and the like.
    ``problem`` is the reason in Chinese when ``valid`` is false; what could be read is filled in even then.
    """

    text: str
    valid: bool
    year: int | None = None
    court: str | None = None
    level: Level | None = None
    special: str | None = None
    type: str | None = None
    line: str | None = None
    stage: str | None = None
    number: str | None = None
    numbers: tuple[str, ...] = ()
    suffix: str | None = None
    era: Era | None = None
    problem: str | None = None

    @property
    def canonical(self) -> str:
        """The number in one spelling, to compare numbers: full-width brackets, ASCII digits, no spaces."""
        return normalise(self.text)


def normalise(text: str) -> str:
    """One spelling of brackets, digits, dashes and separators, without spaces; equals :data:`NORMAL_SQL`."""
    return text.translate(_TRANSLATION)


def identity(text: str) -> str:
    """What makes a number the number of one case, however it is written: equals :func:`identity_sql`.

    One spelling without leading zeros and without 之一, 之二 (0123-1 in the old way), which belong to their case.
    Several numbers in one row stay together; a text that is no number stays as it is.
    """
    number = normalise(text).translate(_CAPITALS)
    match = _ONE_NUMBER.match(number)
    if not match:
        return number
    before, zeros, first, more = match[1], match[2], match[3], match[4] or ""
    if not more or zeros or (len(more), more) <= (len(first), first):
        return f"{before}{first}号"
    return f"{before}{first}-{more}号"


def head_sql(column: str) -> str:
    """SQL (DuckDB) of :func:`head`."""
    plain = f"regexp_extract({column}, '{PLAIN}', 1)"
    return f"CASE WHEN {plain} <> '' THEN {plain} ELSE {HEAD_SQL.replace('{column}', column)} END"


def clean_head_sql(column: str) -> str:
    """SQL (DuckDB) of the head of a number that is written as :data:`CLEAN`; of any other text empty."""
    return f"regexp_extract({column}, '{CLEAN}', 1)"


def identity_sql(column: str) -> str:
    """SQL (DuckDB) of :func:`identity`."""
    return f"CASE WHEN regexp_extract({column}, '{PLAIN}', 1) <> '' THEN {column} ELSE {odd_sql(column)} END"


def odd_sql(column: str) -> str:
    """SQL (DuckDB) of :func:`identity` for the few numbers that are not written as :data:`PLAIN`."""
    number = _spelt_sql(column)
    parts = {name: f"regexp_extract({number}, '{part_pattern(name)}', 1)" for name in _PARTS}
    return IDENTITY.format(number=number, **parts)


def odd_steps(column: str, where: str, name: str, relation: str) -> str:
    """SQL of a relation with one column more, ``name``: :func:`odd_sql` of the rows that meet a condition.

    Step by step: written as one expression its parts would stand there fourteen times, and to prepare them all takes
    longer than to read a table of some thousand rows.
    """
    parts = ", ".join(f"regexp_extract(_spelt, '{part_pattern(part)}', 1) AS _{part}" for part in _PARTS)
    told = IDENTITY.format(number="_spelt", **{part: f"_{part}" for part in _PARTS})
    return (
        f"SELECT * EXCLUDE (_spelt, {', '.join(f'_{part}' for part in _PARTS)}), "  # noqa: S608 - constants
        f"CASE WHEN _spelt IS NOT NULL THEN {told} END AS {name} FROM (SELECT *, {parts} FROM "
        f"(SELECT *, CASE WHEN {where} THEN {_spelt_sql(column)} END AS _spelt FROM {relation}))"
    )


def _spelt_sql(column: str) -> str:
    """SQL (DuckDB) of a number in one spelling, letters included: what identity is read from."""
    return f"translate({NORMAL_SQL.replace('{column}', column)}, '{LETTERS[0]}', '{LETTERS[1]}')"


def level_of(court: str) -> Level | None:
    """The level of a court code by its digits (法〔2018〕335号第五条); ``None`` when it is no court code."""
    if not _COURT.fullmatch(court):
        return None
    return "supreme" if court == SUPREME else _LEVEL_OF_DIGITS[len(court) - 1]


def head(text: str) -> str | None:
    """Everything before the serial number, normalised, or ``None``; equals :data:`HEAD_SQL`."""
    match = _CUT_PATTERN.match(normalise(text))
    return match[1] if match else None


@lru_cache(maxsize=65536)
def parse_head(head: str) -> CaseNumber:
    """Read a head such as （2017）豫01民终: the case number without its serial number. Never raises."""
    head = normalise(head)
    # Some courts went on writing 字第 after 2015, as in the published （2016）湘0523民初字第729号.
    modern = _MODERN_HEAD.fullmatch(head.removesuffix("字第"))
    old = _OLD_HEAD.fullmatch(head)
    if modern and (not old or int(modern[1]) >= FIRST_YEAR_OF_STANDARD):
        return _modern(head, int(modern[1]), modern[2], modern[3])
    if old:
        return _old(head, int(old[1] or old[2]), old[3])
    return CaseNumber(head, False, problem=_why_no_head(head))


def parse(text: str) -> CaseNumber:
    """Read a case number. Any text is accepted; a text that is none gives ``valid=False`` and the reason."""
    match = _CUT_PATTERN.match(normalise(text))
    if not match:
        return CaseNumber(text, False, problem=_why_no_number(normalise(text)))
    first, more, suffix = match[2], match[3], match[4]
    found = replace(parse_head(match[1]), text=text, number=first, numbers=(first,), suffix=suffix)
    if not more:
        return found
    numbers, dashed_suffix = _merged(first, more)
    if numbers is None:
        problem = found.problem or f"合并编号“{first}{more}”的范围有误"
        return replace(found, valid=False, problem=problem)
    return replace(found, numbers=numbers, suffix=suffix or dashed_suffix)


def to_json(number: CaseNumber) -> dict[str, Any]:
    """The entry of a ``tongbao.case-no/1`` document; merged numbers also list all of them in ``numbers``."""
    entry: dict[str, Any] = {
        "text": number.text,
        "valid": number.valid,
        "year": number.year,
        "court": number.court,
        "level": number.level,
        "type": number.type,
        "line": number.line,
        "stage": number.stage,
        "number": number.number,
        "era": number.era,
        "suffix": number.suffix,
    }
    if len(number.numbers) > 1:
        entry["numbers"] = list(number.numbers)
    return entry


def _modern(head: str, year: int, court: str, rest: str) -> CaseNumber:
    special, code, problem = _special_and_type(rest)
    if level_of(court) is None:
        problem = f"法院代字“{court}”有误：省份简称之后应为0、2或4位数字"
    elif not _plausible(year):
        problem = f"收案年度“{year}”有误"
    elif year < FIRST_YEAR_OF_STANDARD:
        problem = f"收案年度为{year}年，而这种案号自2016年1月1日起使用"
    kind = case_types.lookup(code)
    return CaseNumber(
        head,
        valid=problem is None,
        year=year,
        court=court,
        level=level_of(court),
        special=special,
        type=code,
        line=kind.line if kind else None,
        stage=kind.stage if kind else None,
        era="2016",
        problem=problem,
    )


def _special_and_type(rest: str) -> tuple[str | None, str | None, str | None]:
    """Split 知民终 into 知 and 民终; returns (专门审判代字, 类型代字, problem)."""
    known = case_types.case_types()
    if rest in known:
        return None, rest, None
    # One unknown character before 执 or 破 makes rather an unknown type than a special division.
    if rest[1:] in known and (len(rest) > 2 or rest[0] in case_types.special_divisions()):
        return rest[0], rest[1:], None
    if len(rest) <= _LONGEST_TYPE:
        return None, rest, None
    return None, None, f"类型代字“{rest}”不在标准之列（应为3个以内汉字）"


def _old(head: str, year: int, body: str) -> CaseNumber:
    """A number from before 2016; 字第 in a later year is a mistake, but what it says is still read."""
    problem = None
    if not _plausible(year):
        problem = f"收案年度“{year}”有误"
    elif year >= FIRST_YEAR_OF_STANDARD:
        problem = f"收案年度为{year}年，应使用2016年起的案号格式，不写“字第”"
    line, stage = _old_line_and_stage(body)
    return CaseNumber(head, valid=problem is None, year=year, line=line, stage=stage, era="pre-2016", problem=problem)


def _old_line_and_stage(body: str) -> tuple[str | None, str | None]:
    """Line and stage where the characters say so: 佛南法狮民一初 → 民事, 一审."""
    plain = re.sub("（[^（）]*）", "", body).replace("附民", "刑")  # 刑附民: the civil part of a criminal case
    last = plain[-1:]
    # Without a known stage only the two last characters are trusted: place names contain 民 and 行 too.
    searched = plain if last in _OLD_STAGES else plain[-2:]
    line = next((_OLD_LINES[c] for c in reversed(searched) if c in _OLD_LINES), None)
    if line is None:
        stage_only = {"初": "一审", "终": "二审"}.get(last)
        return None, stage_only
    kind = case_types.lookup(line + last) if last in _OLD_STAGES else None
    line_name = {"刑": "刑事", "民": "民事", "行": "行政", "执": "执行"}[line]
    return line_name, kind.stage if kind else None


def _merged(first: str, more: str) -> tuple[tuple[str, ...] | None, str | None]:
    """All numbers of 18775-18776 or 3827、3828; ``None`` for a range that is none.

    A dash and a shorter or smaller number（04674-1号）is the old way of writing 之一.
    """
    numbers = [first]
    suffix = None
    for separator, text in re.findall("([-、至])([0-9]+)", more):
        if separator == "、":
            numbers.append(text)
            continue
        start, end = int(numbers[-1]), int(text)
        if len(text) < len(numbers[-1]) or end <= start:
            suffix = f"-{text}"
        elif end - start > _LONGEST_RANGE:
            return None, None
        else:
            numbers += [str(n).zfill(len(numbers[-1])) for n in range(start + 1, end + 1)]
    return tuple(numbers), suffix


def _plausible(year: int) -> bool:
    return _EARLIEST_YEAR <= year <= _LATEST_YEAR


def _why_no_number(text: str) -> str:
    if not text:
        return "案号为空"
    if "号" not in text:
        return "没有“号”字，不是案号"
    if not re.search("[0-9]号", text):
        return "“号”前没有案件编号"
    if re.search("[^0-9]0+号", text):
        return "案件编号为0"
    if not re.search("号(之[一二三四五六七八九十0-9]+)?$", text):
        return "“号”后有多余文字"
    return "不符合案号的格式"


def _why_no_head(head: str) -> str:
    year = re.match("（[0-9]{4}）", head)
    if not year:
        return "没有带括号的四位收案年度"
    rest = head[year.end() :]
    if not re.match(f"{SUPREME}|[{PROVINCES}]", rest):
        return f"法院代字有误：“{rest}”不以省份简称或“{SUPREME}”开头"
    return f"类型代字有误：“{rest}”应为法院代字加汉字类型代字"
