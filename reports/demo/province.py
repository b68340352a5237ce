"""The courts of the invented province: names, codes, tree and sizes.

The codes have the real form of 法〔2015〕137号 under the province character 辽, so that every part of the
program that reads codes is exercised; the names are invented. Nothing here depends on the seed: the
province is the same in every demo, only its cases differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

HIGH, INTERMEDIATE, BASIC = 0, 1, 2
LEVEL_NAMES = ("高院", "中院", "基层法院")

PROVINCE = "辽"
HIGH_COURT = "演示省高级人民法院"

# City name, the character its counties are named after, and how many districts, counties and
# county-level cities it has. Basic courts number 100.
CITIES = (
    ("天枢", "枢", 6, 2, 1),
    ("天璇", "璇", 5, 3, 1),
    ("天玑", "玑", 3, 3, 1),
    ("天权", "权", 3, 3, 1),
    ("玉衡", "衡", 3, 3, 1),
    ("开明", "明", 3, 3, 1),
    ("瑶光", "瑶", 4, 2, 1),
    ("紫薇", "薇", 3, 3, 1),
    ("文曲", "曲", 2, 4, 1),
    ("武宁", "武", 3, 3, 1),
    ("左辅", "辅", 2, 3, 2),
    ("右弼", "弼", 2, 3, 2),
    ("长庚", "庚", 3, 3, 0),
    ("启辰", "启", 2, 3, 1),
)
DISTRICTS = ("城东", "城西", "城南", "城北", "新城", "高新")
COUNTIES = ("澜", "岚", "霁", "汀")  # 枢澜县: no such county exists
COUNTY_CITIES = ("翎", "昀")

SIZE_SPREAD = 0.8  # log standard deviation; cut at ±2.1 deviations: largest / smallest is about 30


@dataclass(frozen=True)
class DemoCourt:
    """One court; ``parent`` is its position in :func:`courts`, -1 for the high court."""

    code: str
    name: str
    level: int
    parent: int
    size: float  # share of its level's cases
    administrative: bool  # hears 行政一审 cases (they are concentrated in one basic court a city)


@cache
def courts() -> tuple[DemoCourt, ...]:
    """All courts in code order."""
    basics: list[list[tuple[str, str]]] = [_basics_of(number) for number in range(1, len(CITIES) + 1)]
    sizes = iter(_sizes([len(names) for names in basics]))
    found = [DemoCourt(PROVINCE, HIGH_COURT, HIGH, -1, 1.0, True)]
    for number, (city, *_) in enumerate(CITIES, 1):
        intermediate = len(found)
        own = [next(sizes) for _ in basics[number - 1]]
        found.append(DemoCourt(f"{PROVINCE}{number:02d}", f"{city}市中级人民法院", INTERMEDIATE, 0, sum(own), True))
        for position, ((code, name), size) in enumerate(zip(basics[number - 1], own, strict=True)):
            found.append(DemoCourt(code, name, BASIC, intermediate, size, position == 0))
    return tuple(found)


def _basics_of(number: int) -> list[tuple[str, str]]:
    """Codes and names of the basic courts of a city, in code order."""
    city, stem, districts, counties, cities = CITIES[number - 1]
    prefix = f"{PROVINCE}{number:02d}"
    return [
        *((f"{prefix}{2 + i:02d}", f"{city}市{DISTRICTS[i]}区人民法院") for i in range(districts)),
        *((f"{prefix}{21 + i:02d}", f"{stem}{COUNTIES[i]}县人民法院") for i in range(counties)),
        *((f"{prefix}{81 + i:02d}", f"{stem}{COUNTY_CITIES[i]}市人民法院") for i in range(cities)),
    ]


def _sizes(per_city: list[int]) -> list[float]:
    """Sizes of all basic courts: log-normal by rank, larger in the first cities and in the districts."""
    rng = np.random.default_rng(20250101)
    total = sum(per_city)
    liking = rng.standard_normal(total)
    at = 0
    for number, count in enumerate(per_city):
        districts = CITIES[number][2]
        liking[at : at + districts] += 0.9
        liking[at : at + count] += 0.8 - 0.1 * number
        at += count
    rank = liking.argsort().argsort()
    # Normal quantiles by the logistic approximation: exact tails do not matter here.
    share = (rank + 0.5) / total
    quantile = np.clip(np.log(share / (1 - share)) / 1.702, -2.1, 2.1)
    size = np.exp(SIZE_SPREAD * quantile)
    return [float(value) for value in size / size.sum()]
