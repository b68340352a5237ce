"""Names of courts taken apart: the place, the short forms, and whether two names can mean one court."""

from __future__ import annotations

import re
from functools import cache

from reports.courts.codes import special

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

# Zones that are no district by law: every city has one of the name.
_OF_A_CITY = re.compile(r"(?:高新|技术|经济|经开|开发|产业|保税|合作|示范|度假|管理|自贸|工业园|园)区$")


@cache
def parts(name: str) -> tuple[str | None, str | None, str, str]:
    """Province, city, the rest of the place and the short ending: 广东省, 佛山市, 南海区, 法院."""
    ending = next((e for e in _ENDINGS if name.endswith(e)), "")
    place = name.removesuffix(ending)
    match = _PLACE.fullmatch(place)
    if not match:
        return None, None, place, _ENDINGS.get(ending, "")
    return match[1], match[2], match[3], _ENDINGS.get(ending, "")


def short_forms(name: str) -> list[str]:
    """Short names from the shortest to the longest."""
    province, city, place, ending = parts(name)
    if not ending:
        return [name]
    within = (city or "") + place
    forms = [within, (province or "") + within]
    # 第一 alone (北京市第一中级人民法院) names no place, 高新区 one of any city.
    if not place.startswith("第") and not _OF_A_CITY.search(place):
        forms.insert(0, place)
    return [form + ending for form in dict.fromkeys(forms)]


def same_court(text: str, code: str, name: str) -> bool:
    """Whether ``text`` can mean this court: same place and ending, no contradicting province or city."""
    province, city, place, ending = parts(text)
    own_province, own_city, own_place, own_ending = parts(name)
    if not ending or (place, ending) != (own_place, own_ending):
        return False
    own_province = own_province or special()["provinces"].get(code[:1])
    if own_province == own_city:
        own_province = None  # a municipality is a province and a city at once
    agrees = [
        given is None or own is None or given == own for given, own in ((province, own_province), (city, own_city))
    ]
    return all(agrees)
