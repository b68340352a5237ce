"""What the code of a court tells: its level, its kind and the court above.

``special_courts.toml`` holds what the digits do not say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reports.courts.case_no import SUPREME, Level, level_of

LEVEL_NAMES: dict[Level, str] = {
    "supreme": "最高法院",
    "high": "高院",
    "intermediate": "中院",
    "basic": "基层法院",
}
RANK: dict[Level, int] = {level: rank for rank, level in enumerate(LEVEL_NAMES)}

LEVEL_SPELLINGS: dict[str, Level] = {
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
"""Every way to write a level in a table of courts or of indicators."""

TO_BE_CHECKED = "待核"


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
def special() -> dict[str, Any]:
    """``special_courts.toml`` as it stands: provinces, municipalities, ranges of digits, special courts."""
    return tomllib.loads(Path(__file__).with_name("special_courts.toml").read_text(encoding="utf-8"))


@cache
def special_courts() -> Mapping[str, Mapping[str, str]]:
    """The special courts of ``special_courts.toml`` by code."""
    return {entry["code"]: entry for entry in special()["court"]}


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
    listed = special_courts().get(code, {})
    if level == "high":
        kind = {"兵": "兵团", "军": "军事"}.get(province, "普通")
        return CourtFacts(level, SUPREME, kind, "")
    kind = listed.get("kind") or _kind_of_digits(digits[:2])
    note = listed.get("name", "")
    if level == "intermediate":
        return CourtFacts(level, province, kind, note)
    if parent := listed.get("parent"):
        return CourtFacts(level, parent, kind, note)
    if province in special()["municipalities"] or digits[:2] == special()["direct_counties"]:
        unknown = f"上级中院不能由代码推出，{TO_BE_CHECKED}"
        return CourtFacts(level, province, kind, f"{note}；{unknown}" if note else unknown)
    return CourtFacts(level, code[:3], kind, note)


def region(code: str, level: Level) -> str:
    """What stands before 法院 for a court with all courts below it, by the character of its province.

    全国, 全省, 全市 (of a municipality too), 全自治区, 全兵团; 辖区 where a division of the country is not the court's
    own (an intermediate court of a municipality, of the corps, for railways or shipping); 本院 of a basic court. A
    prefecture's or league's court writes its own word, as does one that prefers 全区: ``[letterhead] region``.
    """
    if level in _REGIONS:
        return _REGIONS[level]
    municipal = code[:1] in special()["municipalities"]
    if level == "intermediate":
        facts = describe(code)
        own = not municipal and code[:1] not in special()["high_court_names"]
        return "全市" if own and (facts is None or facts.kind in _OF_A_CITY) else "辖区"
    if municipal:
        return "全市"
    return {"兵": "全兵团", "军": "全军"}.get(code, "全自治区" if _province(code).endswith("自治区") else "全省")


_REGIONS: Mapping[Level, str] = {"supreme": "全国", "basic": "本院"}
_OF_A_CITY = ("普通", "省直辖县对应中院")  # kinds of intermediate courts


def _province(code: str) -> str:
    return str(special()["provinces"].get(code[:1], ""))


def _kind_of_digits(digits: str) -> str:
    if digits == special()["direct_counties"]:
        return "省直辖县"  # 90 is a division of GB/T 2260 here, not a court across divisions
    number = int(digits)
    return next((d["kind"] for d in special()["digits"] if d["from"] <= number <= d["to"]), "普通")
