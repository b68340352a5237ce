"""A special analysis: the cases of its theme, their classes (分类), and what moved and what that says of the work.

Every number of a class is of cases and adds up, over all classes, to the one that the bulletin prints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from reports.catalogue import Indicator, alone
from reports.catalogue.themes import OTHER, Theme
from reports.compose import Subject
from reports.compose.data import FEW
from reports.compose.trend import trend
from reports.model import ALL_LINES, CaseTable, Comparison, Findings, Value
from reports.pipeline.causes import DAYS, filed_by, moved, parts_by
from reports.pipeline.job import Job
from reports.pipeline.sources import require_cases
from reports.pipeline.stages import Cases, theme_key
from reports.tally.cases import by_part
from reports.words import NO_CASES, counts, in_table, money, signed, stated

CLASS, MARK = "theme_class", "theme_mark"  # columns of the view of a theme's cases
TAGGED = "有"


def of_theme(job: Job, table: CaseTable) -> CaseTable:
    """The cases of the job's theme; raises :class:`ConfigError` where the data lack the columns to choose them by."""
    theme = job.theme
    if theme is None or theme.whole:
        return table
    if table.engine or not table.columns:
        require_cases(job, "选取这一主题的案件")
    where = theme.chosen(table.columns)
    assert where is not None
    return _view(table, "themed", exp.select("*").where(where))


def _classed(theme: Theme, table: CaseTable) -> CaseTable:
    """The same with the class of each case."""
    group = theme.group(table.columns)
    assert group is not None
    tagged = theme.tagged(table.columns)
    mark = exp.Literal.string("") if tagged is None else exp.If(this=tagged, true=exp.Literal.string(TAGGED))
    return _view(table, "classed", exp.select("*", exp.alias_(group, CLASS), exp.alias_(mark, MARK)))


def _view(table: CaseTable, name: str, chosen: exp.Select) -> CaseTable:
    query = chosen.from_(exp.to_table(table.relation)).sql(table.dialect)
    table.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")
    return replace(table, relation=name, whole=table.whole or table.relation)


def told_of(job: Job, cases: Cases, part: Findings, subject: Subject) -> dict[str, Any]:
    """What a special analysis tells beside flow, indicators and findings, as plain data.

    ``basis``, ``source`` and ``limits`` are words; ``classes`` a table (``heads``, ``rows``), empty with ``unclassed``
    the reason where there is none; ``context`` the indicators that are shown and not judged; ``compared`` whether there
    is a year before, ``moved`` what differs from it beyond chance, each a sentence, with what it says of the work;
    ``grown`` and ``fallen`` the classes whose filings do.
    """
    theme = job.theme
    assert theme is not None
    key = theme_key(cases, part.issuer)
    found: dict[str, Any] = cases.stored("主题分类", key, lambda table: _classes(job, theme, table, part))
    items = [part.catalogue.indicators[name] for name in subject.indicators]
    context = [_row(part, item) for item in items if not item.assess]
    cells = [cell for item in items if (cell := _cell(part, item)) and cell.year_before[0] is not None]
    return {
        **found,
        "source": theme.source,
        "limits": theme.limits,
        "context": [one for one in context if one],
        "compared": bool(cells),
        "moved": [text for item in items if (text := _moved(part, item, theme))],
    }


def _classes(job: Job, theme: Theme, every: CaseTable, part: Findings) -> dict[str, Any]:
    table = of_theme(job, every)
    nothing: dict[str, Any] = {"basis": theme.basis(table.columns), "classes": {}, "unclassed": "", "grown": [],
                               "fallen": []}  # fmt: skip
    if not theme.groups:
        return nothing
    if table.engine or not table.columns:
        return nothing | {"unclassed": "没有逐件案件数据"}
    if lack := theme.ungrouped(table.columns):
        return nothing | {"unclassed": f"数据中没有“{'”“'.join(lack)}”"}
    table = _classed(theme, table)
    filed, base = filed_by(table, part, CLASS)
    if not filed:
        return nothing | {"unclassed": "分类合计与所印的新收件数不能核对"}
    ways = {one: moved(filed, up=one == "grown") if base else [] for one in ("grown", "fallen")}
    named = {
        way: [{"name": n, "now": filed[n][0], "before": filed[n][1]} for n in names] for way, names in ways.items()
    }
    return nothing | named | {"classes": _table(theme, table, part, filed, base=base)}


def _table(
    theme: Theme, table: CaseTable, part: Findings, filed: Mapping[str, tuple[int, int]], *, base: bool
) -> dict[str, Any]:
    """A row for each class in the order of the theme, for the other cases where there are any, and the sum."""
    told = {name: parts_by(table, part, name, CLASS) for name in ("concluded", "average_days", "over12_pending")}
    amounts = _claims(table, part) if theme.claims else {}
    tagged = filed_by(table, part, MARK)[0].get(TAGGED, (0, 0))[0]
    there = {*filed, *(one for parts in told.values() for one in parts)}
    every = [one.name for one in theme.groups]
    names = [one for one in (*every, OTHER) if one in there]
    only = "（只有专项标签）" if theme.tags and any(one.causes for one in theme.groups) else ""
    rows = [(one + (only if one == OTHER else ""), [one]) for one in names] + [("合计", names)]

    def sums(parts: Mapping[str, Value], group: Sequence[str]) -> tuple[int, int]:
        return tuple(sum((parts.get(one) or (0, 0))[side] or 0 for one in group) for side in (0, 1))  # type: ignore

    columns = [("新收", [str(sums(filed, group)[0]) for _, group in rows])]
    if base:
        before = [sums(filed, group) for _, group in rows]
        columns += [
            ("去年同期", [str(old) for _, old in before]),
            ("增减", [signed(now - old, 0) for now, old in before]),
        ]
    for name, head in (("concluded", "结案"), ("average_days", "平均审理天数"), ("over12_pending", "超12个月未结")):
        if parts := told[name]:
            of = [sums(parts, group) for _, group in rows]
            mean = name == "average_days"
            columns.append((head, [DAYS.text(*one).removesuffix("天") if mean else str(one[0]) for one in of]))
    if amounts:
        of = [sums(amounts, group) for _, group in rows]
        columns.append(("新收标的额（万元）", [money(fen) if known else NO_CASES for fen, known in of]))
    known = sums(amounts, names)[1] if amounts else 0
    return {
        "heads": ["类别", *(head for head, _ in columns)],
        "rows": [[name, *(cells[place] for _, cells in columns)] for place, (name, _) in enumerate(rows)],
        "claims": known,
        "empty": [one for one in every if one not in there],
        "tags": "".join(f"“{one}”" for one in theme.tags) if theme.tagged(table.columns) is not None else "",
        "tagged": tagged,
    }


def _claims(table: CaseTable, part: Findings) -> Mapping[str, Value]:
    """Class → what is claimed in the cases filed (分), and how many of them say it; empty where the data do not."""
    if "amount" not in table.columns:
        return {}
    claimed = replace(alone("claimed"), denominator=((1, "claims"),))
    only = replace(part.catalogue, indicators={"claimed": claimed})
    return by_part(table, only, part.period, court=part.issuer, line=ALL_LINES, indicator="claimed", column=CLASS)


def _cell(part: Findings, item: Indicator) -> Comparison | None:
    cell = part.comparisons.cell(part.issuer, part.line, item.id)
    if cell is None or {"now", "year_before"} & (cell.incomplete | cell.unlike | cell.withheld):
        return None
    return cell


def _row(part: Findings, item: Indicator) -> dict[str, str] | None:
    cell = part.comparisons.cell(part.issuer, part.line, item.id)
    if cell is None or cell.text == NO_CASES:
        return None
    said = "" if item.kind in ("count", "ratio") else counts(cell).strip("（）")
    return {
        "name": item.name,
        "value": cell.text,
        "fraction": said or NO_CASES,
        "previous": in_table(cell.previous_change),
        "year": in_table(cell.year_change),
    }


def _moved(part: Findings, item: Indicator, theme: Theme) -> str:
    """How an indicator moved on a year before, and what that says; empty where it did not, or chance may explain it."""
    cell = _cell(part, item)
    if cell is None or cell.now[0] is None or cell.year_before[0] is None:
        return ""
    new, old = item.measure.scaled(*cell.now), item.measure.scaled(*cell.year_before)
    if new is None or old is None or new == old or (item.zero and cell.now[0] + (cell.now[1] or 0) < FEW):
        return ""
    judged = item.assess and item.better != "neutral"
    if trend(part, item) == "equal" if judged else not beyond(item.kind, cell.now, cell.year_before):
        return ""
    says = theme.says.get(item.id, {}).get("up" if new > old else "down", "")
    return f"{stated(item.name, cell)}，同比{in_table(cell.year_change)}" + (f"，{says}" if says else "")


def beyond(kind: str, now: Value, before: Value) -> bool:
    """Whether a count or proportion that is not judged differs by more than two standard errors, in integers."""
    (a, m), (b, n) = now, before
    if a is None or b is None:
        return False
    if kind == "count":
        return (a - b) ** 2 > 4 * (a + b)
    if kind == "proportion" and m and n:
        # (a/m − b/n)² > 4 · p(1 − p)(1/m + 1/n), with p of both together
        both, whole = a + b, m + n
        return (a * n - b * m) ** 2 * whole > 4 * both * max(whole - both, 0) * m * n
    return False
