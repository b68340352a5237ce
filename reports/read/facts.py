"""What a row's facts are and what makes it unusable, once for all engines.

The SQL here is plain enough for every dialect: ``r`` are the rows as typed by the source, ``h`` what the head of
the case number says, ``c`` and ``o`` the courts of the row and of the case appealed from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from reports.courts import case_no, case_types
from reports.courts.tree import CourtTree
from reports.model import Note

LATER = "晚于今天"  # the only reason that depends on the day of the run
HEAD_COLUMNS = ("head", "year", "number_court", "type", "line", "procedure", "litigation", "era")
HeadFacts = tuple[str, int | None, str | None, str | None, str | None, str | None, str | None, str | None]

DERIVED = {
    "court": "c.code",
    "type": "h.type",
    "line": "coalesce(r.line, h.line, '其他')",
    "procedure": "coalesce(r.procedure, h.procedure)",
    "litigation": "coalesce(h.litigation, CASE WHEN r.line IN ('刑事', '民事', '行政') THEN '是' ELSE '否' END)",
    "origin_court": "o.code",
}
"""How columns follow from the row and its number, where they are not the source's own; see :func:`derived`."""


def derived(own: Mapping[str, str]) -> dict[str, str]:
    """SQL of all derived columns, those of ``own`` in the place of :data:`DERIVED`.

    Where a case began: a second-instance case at the court of first instance, as far as it is known; every other at
    its own court, a first instance after a remand and an enforcement of another court's judgment too.
    """
    found = {**DERIVED, **own}
    began = f"CASE WHEN {found['procedure']} = '二审' THEN {found['origin_court']} END"
    return found | {"starting_court": f"coalesce({began}, c.code)"}


def of_head(head: str, tree: CourtTree | None = None) -> HeadFacts:
    """What a head of a case number says, in the order of :data:`HEAD_COLUMNS`.

    With a table of courts, the court is the one whose the cases of that code are today.
    """
    number = case_no.parse_head(head)
    fact = case_types.lookup(number.type)
    litigation = None if fact is None or fact.litigation is None else fact.litigation
    if litigation is None and number.line is not None:
        litigation = number.line in ("刑事", "民事", "行政")
    flag = None if litigation is None else ("是" if litigation else "否")
    court = tree.successor(number.court) if tree else number.court
    return (head, number.year, court, number.type, number.line, number.stage, flag, number.era)


def problem(
    today: str, *, left: Callable[[str], str], unread: Callable[[str], tuple[str, str]], text: Callable[[str], str]
) -> str:
    """SQL of the first reason why a row cannot be used, or NULL.

    ``today`` is a date literal; ``left`` gives the first 40 characters, ``unread`` (for a date column) the
    condition that something unreadable stands there and that text, ``text`` a date as 2025-01-31.
    """
    filed, concluded = unread("filed"), unread("concluded")
    return (
        "CASE WHEN r.case_no IS NULL THEN '缺少案号' "
        "WHEN r.court IS NULL THEN '缺少经办法院' "
        f"WHEN c.code IS NULL THEN '经办法院不在法院表中：' || {left('r.court')} "
        f"WHEN {filed[0]} THEN '立案日期无法识别：' || {filed[1]} "
        f"WHEN {concluded[0]} THEN '结案日期无法识别：' || {concluded[1]} "
        "WHEN r.filed IS NULL AND r.concluded IS NULL THEN '立案日期、结案日期都没有' "
        f"WHEN r.concluded < r.filed THEN '结案日期（' || {text('r.concluded')} || '）早于立案日期（' "
        f"|| {text('r.filed')} || '）' "
        f"WHEN r.filed > {today} THEN '立案日期{LATER}：' || {text('r.filed')} "
        f"WHEN r.concluded > {today} THEN '结案日期{LATER}：' || {text('r.concluded')} END"
    )


DUPLICATE = "案号重复"
EARLIER = "同一案件的较早状态"
SUFFIXED = "之一、之二等属于同一案件"
TORN = "同一案号同日结案而结案方式不同"
SAME_CASE = (EARLIER, SUFFIXED)
"""Kinds of rows that are set aside without being faults: their case is counted, by another row."""


def suffixed(number: str) -> str:
    """SQL telling that a case number in one spelling has 之一 or the like behind it (0123-1 in the old way)."""
    return f"({number} NOT LIKE '%号' OR ({number} LIKE '%-%' AND _number NOT LIKE '%-%'))"


def checks(*, origins: bool) -> list[Check]:
    """(id, text, condition) of what must be said of rows that are used; ``origins`` if they name origins."""
    found = [
        ("no_filed", "没有立案日期（计入各项指标的结案数，不计入收结存统计和审理天数）", "filed IS NULL"),
        ("pre_2016", "使用2016年以前旧式案号", "_era = 'pre-2016'"),
        ("unread_number", "案号无法按现行规定识别（条线按数据所列，没有所列的归入其他）", "_era IS NULL"),
        ("merged_number", "一行写有几个案号（每行按一件统计，请按案分行）", "_merged"),
        (
            "other_court",
            "案号所载法院代字与经办法院不一致（按经办法院统计）",
            "_number_court IS NOT NULL AND _number_court <> court",
        ),
    ]
    if origins:
        found.append(
            (
                "origin_unknown",
                "二审案件的原审法院无法确定（不计入上诉和改判发回）",
                "procedure = '二审' AND origin_court IS NULL",
            )
        )
    return found


Check = tuple[str, str, str]  # id, text, condition
ENDED = "concluded IS NOT NULL"  # how the condition of a check begins that is about conclusions
ROWS_BY_MONTH = (
    "SELECT EXTRACT(YEAR FROM filed) * 12 + EXTRACT(MONTH FROM filed) - 1 AS f, "
    "EXTRACT(YEAR FROM concluded) * 12 + EXTRACT(MONTH FROM concluded) - 1 AS c, {sums} "
    "FROM {table} WHERE {some} GROUP BY 1, 2"
)
"""SQL template (any dialect) of the number of cases by months of filing and conclusion."""


def by_month(checks: Sequence[Check], table: str) -> str:
    """SQL of how many rows of a table meet each check, in its order, by month of filing and of conclusion."""
    sums = ", ".join(f"count(CASE WHEN {where} THEN 1 END) AS n{place}" for place, (*_, where) in enumerate(checks))
    return ROWS_BY_MONTH.format(sums=sums, table=table, some=" OR ".join(f"({where})" for *_, where in checks))


def told(checks: Sequence[Check], rows: Iterable[Sequence[Any]]) -> list[Note]:
    """The notes of checks from the rows of :func:`by_month`, those without any case left out."""
    months: list[list[tuple[int | None, int | None, int]]] = [[] for _ in checks]
    for filed, concluded, *numbers in rows:
        place = tuple(None if pd.isna(one) else int(one) for one in (filed, concluded))
        for found, number in zip(months, numbers, strict=True):
            if number:
                found.append((place[0], place[1], int(number)))
    return [
        Note(
            name,
            text,
            sum(n for *_, n in found),
            months=_in_order(found),
            ended=where.startswith(ENDED),
        )
        for (name, text, where), found in zip(checks, months, strict=True)
        if found
    ]


def _in_order(months: list[tuple[int | None, int | None, int]]) -> tuple[tuple[int | None, int | None, int], ...]:
    return tuple(sorted(months, key=lambda one: (one[0] or 0, one[1] or 0)))


def plausible(identifier: str, sql: str, day: Callable[[date], str], first: date, no_limit: date) -> str:
    """SQL of a date without the sentinels of live systems: before ``first``, and due dates from ``no_limit`` on."""
    if identifier == "deadline":
        return f"CASE WHEN {sql} >= {day(first)} AND {sql} < {day(no_limit)} THEN {sql} END"
    return f"CASE WHEN {sql} >= {day(first)} THEN {sql} END"
