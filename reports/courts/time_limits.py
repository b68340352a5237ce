"""Time limits (审限): when a case is due, and what can move that day.

The 26 procedures with their statutes stand in ``time_limits.toml``. Months are counted by two rules, and the
usual libraries know only the second:

* ``criminal``: 刑诉解释202条 applied to the day after filing (起算日). From a day to the same day of the next
  month is one month; a period that starts on the last day of a month ends on the last day of the target
  month; a missing day becomes the last day of the month. Filed on 27 February, start 28 February: one month
  ends on 31 March.
* ``general`` (civil, administrative, enforcement): 民诉法85条 and 民法典201—203条. The filing day is not
  counted; the period ends on its corresponding day, or on the last day of the month. Filed on 28 February:
  28 March.

Days are counted alike everywhere: the first day is not counted. A due date that the court's own system gives
is preferred; the caller compares the two. A restart of the limit (发回重审, 改变管辖, 补充侦查完毕移送) is
the caller's: it passes the day of the restart as ``filed``.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

Reckoning = Literal["general", "criminal"]


@dataclass(frozen=True)
class Span:
    """A length of time in whole months and further days."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True)
class Procedure:
    """One procedure and its limit.

    ``base`` is ``None`` when nothing can be computed: ``limit`` then says ``none`` (the law sets no limit),
    ``follows`` (that of the procedure applied) or ``unknown`` (no public source was found). ``long`` is
    the longer limit that the statute itself gives when ``long_when`` holds, ``first`` whether it needs neither
    approval nor condition. ``extend`` is the length of one extension where the law states it. ``statute`` names
    the articles.
    """

    id: str
    name: str
    rule: Reckoning
    types: tuple[str, ...]
    applied: tuple[str, ...]
    limit: Literal["fixed", "none", "follows", "unknown"]
    base: Span | None
    long: Span | None
    long_when: str
    first: bool
    extension: str
    extend: Span | None
    converts_to: str | None
    converts_from: Literal["filing", "decision"] | None
    start: str
    statute: str


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("time_limits.toml").read_text(encoding="utf-8"))


@cache
def procedures() -> Mapping[str, Procedure]:
    """All procedures by id."""
    table = {}
    for id_, fact in _facts().items():
        limit = fact.get("limit", "fixed")
        table[id_] = Procedure(
            id=id_,
            name=fact["name"],
            rule=fact["rule"],
            types=tuple(fact["types"]),
            applied=tuple(fact["applied"]),
            limit=limit,
            base=Span(fact.get("months", 0), fact.get("days", 0)) if limit == "fixed" else None,
            long=Span(**fact["long"]) if "long" in fact else None,
            long_when=fact.get("long_when", ""),
            first=fact.get("first", False),
            extension=fact.get("extension", ""),
            extend=Span(**fact["extend"]) if "extend" in fact else None,
            converts_to=fact.get("converts_to"),
            converts_from=fact.get("converts_from"),
            start=fact["start"],
            statute=fact["statute"],
        )
    return MappingProxyType(table)


@cache
def types_with_several() -> tuple[str, ...]:
    """The types of case whose limit depends on the procedure applied, in text order."""
    numbers = Counter(kind for procedure in procedures().values() for kind in procedure.types)
    return tuple(sorted(kind for kind, number in numbers.items() if number > 1))


def procedure_for(type_code: str | None, applied: str | None = None) -> Procedure | None:
    """The procedure of a case by its type code and the court's word for 适用程序 (简易程序, 小额诉讼…).

    Without a word, or with 普通程序, the ordinary procedure of the type applies. ``None`` when the type has
    no limit of its own or the word is unknown: no due date is then computed rather than a wrong one.
    """
    if type_code is None:
        return None
    candidates = [procedure for procedure in procedures().values() if type_code in procedure.types]
    if applied:
        named = [p for p in candidates if any(word and word in applied for word in p.applied)]
        if named:
            # 涉外 lifts the limit whatever the procedure; 简易 and the like say more than the default.
            return min(named, key=lambda p: (p.limit != "none", "" in p.applied))
        if len(candidates) > 1 and "普通" not in applied:
            return None
    return next(
        (p for p in candidates if "" in p.applied or type_code in _facts()[p.id].get("default_types", ())),
        None,
    )


def span_for(procedure: Procedure, *, extended: bool = False) -> Span | None:
    """The limit of a case of which only the procedure is known, and whether it was extended but not for how long.

    The limit is the base, or the longer one where that needs no approval (刑事公诉一审: 至迟不得超过3个月).
    An extension adds one extension of the length that the law states; where the law states only a longer limit
    (刑事简易, 速裁, 再审), that one. ``None`` when there is no limit, or when the law leaves the length open
    (行政诉讼法81条: 由高级人民法院批准), so that nothing can be said.
    """
    base = procedure.long if procedure.first else procedure.base
    if base is None or not extended:
        return base
    if procedure.extend:
        return Span(base.months + procedure.extend.months, base.days + procedure.extend.days)
    return procedure.long


# The same for whole tables

DUE_SQL = (
    "CAST(CASE WHEN {months} = 0 THEN {filed} "
    "WHEN NOT {criminal} THEN {filed} + to_months({months}) "
    "WHEN {filed} + 1 = last_day({filed} + 1) THEN last_day({filed} + 1 + to_months({months})) "
    "ELSE {filed} + 1 + to_months({months}) END AS DATE) + CAST({days} AS INTEGER)"
)
"""SQL template (DuckDB) of a due date: ``{filed}`` a DATE, ``{months}`` those of the limit and its extensions and
``{days}`` those of both and the excluded ones, INTEGER, ``{criminal}`` (刑诉解释202条) BOOLEAN; a NULL in any gives
NULL."""
