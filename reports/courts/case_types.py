"""What the type code of a case number means: its line (条线), its stage, and whether it is litigation.

The facts stand in ``case_types.toml``, each with its source. A code whose meaning no public source states has
no line and no stage: the case is counted and listed, never guessed into a line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class CaseType:
    """One type code (类型代字).

    ``litigation`` says whether it counts as 诉讼案件: ``False`` for 执行, 保全, 司法救助 and 诉前, ``None``
    when the meaning of the code is unknown. ``source`` is a key explained at the top of ``case_types.toml``.
    """

    code: str
    name: str | None
    line: str | None
    stage: str | None
    litigation: bool | None
    source: str


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("case_types.toml").read_text(encoding="utf-8"))


@cache
def case_types() -> Mapping[str, CaseType]:
    """All known types by code, in the order of the standard (法〔2015〕137号附件)."""
    facts = _facts()
    outside = frozenset(facts["not_litigation"])
    table = {}
    for code, fact in facts["type"].items():
        line = fact.get("line")
        litigation = None if line is None else line not in outside
        table[code] = CaseType(code, fact.get("name"), line, fact.get("stage"), litigation, fact["source"])
    return MappingProxyType(table)


def lookup(code: str | None) -> CaseType | None:
    """The type of a code, or ``None`` when the code is not in the table."""
    return None if code is None else case_types().get(code)


@cache
def first_instance() -> frozenset[str]:
    """The codes of first-instance cases: 刑初, 民初, 行初, 行赔初 and no others."""
    return frozenset(_facts()["first_instance"])


@cache
def special_divisions() -> Mapping[str, str]:
    """The known 专门审判代字 and what they stand for (法〔2018〕335号)."""
    return MappingProxyType(dict(_facts()["special"]))
