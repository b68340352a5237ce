"""Causes of action of civil cases (民事案由) by the parts and titles of the regulation: ``causes.toml``.

Source: 《民事案件案由规定》, 法〔2025〕227号, in force since 2026-01-01; names that only the edition before it has
(法〔2020〕347号) are kept, as cases filed under it bear them.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType


@cache
def titles() -> Mapping[str, tuple[str, ...]]:
    """Part, title (第二级案由) or single cause → every name under it, its own first."""
    raw = tomllib.loads(Path(__file__).with_name("causes.toml").read_text("utf-8"))
    found: dict[str, tuple[str, ...]] = {}
    for part, under in raw["part"].items():
        every: list[str] = [part]
        for title, names in under.items():
            own = (title, *names, *raw["earlier"].get(title, ()))
            found |= {name: (name,) for name in own}
            found[title] = own
            every += own
        found[part] = tuple(dict.fromkeys(every))
    return MappingProxyType(found)


def under(names: Iterable[str]) -> frozenset[str]:
    """All causes of some parts, titles or single causes; raises :class:`KeyError` with a hint for an unknown one."""
    known = titles()
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise KeyError(f"案由表中没有“{name}”" + (f"，是否为“{near[0]}”" if near else ""))
    return frozenset(one for name in names for one in known[name])
