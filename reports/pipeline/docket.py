"""What a court tells its own departments of cases: what came in, what is pending by age, what is close to its limit.

Only a court's own bulletins have it: of a court with none below, and of one department. Who handles a case (承办人) is
in a department's own notice alone, and only where ``[privacy] judges`` says so: in lists of cases, and in one table of
how many each has pending and close to the limit, in the order of names. No person has an indicator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from reports.catalogue.columns import BY_ID
from reports.courts.periods import chinese_date, months_before
from reports.courts.tree import UNIT, court_of
from reports.errors import ConfigError
from reports.ledger import pending
from reports.ledger.follow_up import plain
from reports.ledger.pending.tiers import tier_name
from reports.model import ALL_LINES, CaseTable, Findings
from reports.pipeline.causes import filed_by, moved
from reports.pipeline.job import Job
from reports.pipeline.ledgers import pending_policy
from reports.pipeline.stages import Cases, docket_key
from reports.read.table import quote
from reports.tally.cases import COUNTED_AT, FROM, JUDGE, THEIRS, cases_behind, decided
from reports.words import NO_CASES, counts
from reports.workspace.listed import listed_units

HALF = 6  # months: the first band of ages, below those of the ledger of long-pending cases
MOST, GROWN = 10, 3  # causes told as most frequent and as grown
RESULTS = ("维持", "改判", "发回重审", "撤回上诉", "调解")
OTHER = "其他"
NOBODY = "未填承办人"
NUMBER, CAUSE, FILED, HANDLER = (BY_ID[name].name for name in ("case_no", "cause", "filed", JUDGE))

NONE: Mapping[str, Any] = {"rows": ()}

Rows = list[dict[str, Any]]


def docket(job: Job, cases: Cases, part: Findings, *, judges: bool = False) -> dict[str, Any]:
    """The plain data of :mod:`reports.pipeline.docket` on the issuer of ``part``, a court or one of its departments.

    Numbers are of cases: ``causes`` of the period and a year before, ``ages`` of the cases pending at its end,
    ``levels`` of those that are past the limit or close to it on ``day`` (``at_end``: the last of the period), ``old``
    those pending for longer than the first tier of the ledger; ``lists`` are tables of cases for
    annexes, ``counted`` (of a court) those of its departments. ``judges``: of a department also who handles each case,
    where the workspace says so. Empty where no cases are read, or where they stay in an
    engine, which only counts them.
    """
    judges = judges and UNIT in part.issuer and job.workspace.config.privacy.judges
    key = docket_key(cases, part.issuer, judges=judges)
    found: dict[str, Any] = cases.stored("收案和未结案件", key, lambda table: _docket(job, table, part, judges=judges))
    return found


def _docket(job: Job, table: CaseTable, part: Findings, *, judges: bool) -> dict[str, Any]:
    if not table.columns or table.engine or "pending" not in part.catalogue.indicators:
        return {}
    code, end = part.issuer, part.period.end
    inside = UNIT in code
    judges = judges and JUDGE in table.columns
    tiers = pending_policy(job.workspace).months
    months = (HALF, *(one for one in tiers if one > HALF))
    below = [] if inside else [unit.code for unit in part.tree.below(code)]
    units = below or [code]  # a court whose cases name no department is told of as a whole
    frames = {_called(unit): _listed(table, part, unit, "pending", judges=judges) for unit in units}
    close = _close(job, table, code)
    # Of one department there is none to look up; its tree has not the courts whose departments are listed with it.
    known = listed_units(job.workspace, part.tree) if below else None
    near: dict[str, Counter[str]] = {}
    for one in close:
        unit = known.department(one.facts.court, one.facts.dept) if known else code
        near.setdefault(_called(unit), Counter())[one.level] += 1
    levels = [level for level in pending.WARNINGS if level != pending.SCREEN]
    shape = (end, months, levels, "" if _day(job, table) == end else f"审限各栏截至{chinese_date(_day(job, table))}；")
    by_unit = _counted("部门", frames, near, shape)
    handlers = _handlers(table, [one.facts.number for one in close]) if judges else {}
    old = {name: _old(frame, end, tiers[0]) for name, frame in frames.items()}
    counted: list[Mapping[str, Any]] = []
    over = _over(old, end, tiers, judges=judges, inside=inside)
    heads = ("案号", "案由", "立案日期", "审限届满日", "剩余或者超过天数", "档次")
    if inside:
        who = [handlers.get(one.facts.number, NOBODY) for one in close] if judges else None
        lists = [
            _table("已超审限和审限临近届满案件清单", heads, map(_close_row, close), who),
            over,
            _reversed(table, part, judges=judges),
        ]
        if judges:
            (frame,) = frames.values()
            whose = [_text(one, HANDLER, NOBODY) for _, one in frame.iterrows()]
            mine: dict[str, Counter[str]] = {}
            for one in close:
                mine.setdefault(handlers.get(one.facts.number, NOBODY), Counter())[one.level] += 1
            names = sorted({*whose, *mine}, key=lambda name: (name == NOBODY, name))
            groups = {name: frame[[one == name for one in whose]] for name in names}
            lists.append(_counted(HANDLER, groups, mine, shape))
    else:
        counted, lists = [by_unit, _appeals(table, part, units)], [over]
        if not below:  # nobody else is sent it
            lists.insert(0, _table("已超审限和审限临近届满案件清单", heads, map(_close_row, close)))
    return {
        "day": chinese_date(_day(job, table)),
        "at_end": _day(job, table) == end,
        "causes": _causes(table, part),
        "ages": _told(_bands(months), sum((_ages(frame, end, months) for frame in frames.values()), Counter())),
        "levels": _told(levels, Counter(levels.index(one.level) for one in close)),
        "half": {"months": HALF, "count": sum(len(_old(one, end, HALF)) for one in frames.values())},
        "limits": "deadline" in table.columns,
        "old": {"months": tiers[0], "count": sum(map(len, old.values()))},
        "counted": [one for one in counted if one["rows"]],
        "lists": [one for one in lists if one["rows"]],
    }


def _day(job: Job, table: CaseTable) -> date:
    """The day that limits are told of: that on which the data end, since of what was closed later nothing is known."""
    return min(table.last or job.as_of, job.as_of)


def _called(code: str) -> str:
    return code.split(UNIT)[1] if UNIT in code else "本院"


def _told(heads: Sequence[str], counts: Mapping[int, int]) -> Rows:
    return [{"name": head, "count": counts[place]} for place, head in enumerate(heads) if counts.get(place)]


def _listed(table: CaseTable, part: Findings, code: str, indicator: str, *, judges: bool) -> pd.DataFrame:
    return cases_behind(
        table, part.catalogue, part.period, court=code, line=ALL_LINES, indicator=indicator, judges=judges,
        more=("second_result",),
    )  # fmt: skip


def _close(job: Job, table: CaseTable, code: str) -> list[pending.Warning]:
    """Open cases past their limit or close to it when the data end, of a court or of one department."""
    if "deadline" not in table.columns:
        return []
    found = [one for one in pending.warnings(table, _day(job, table), [court_of(code)]) if one.level != pending.SCREEN]
    if UNIT not in code:
        return found
    units = listed_units(job.workspace, table.tree)
    mine = [one for one in found if units.department(one.facts.court, one.facts.dept) == code]
    return sorted(mine, key=lambda one: (one.left, one.facts.number))  # whatever spelling of its name a case has


def _close_row(one: pending.Warning) -> list[str]:
    left = f"超过{-one.left}天" if one.left < 0 else f"剩余{one.left}天" if one.left else "当日届满"
    return [one.facts.number, one.facts.cause, one.facts.filed.isoformat(), str(one.facts.deadline), left, one.level]


def _handlers(table: CaseTable, numbers: Sequence[str]) -> dict[str, str]:
    """Who handles each of some cases, as far as the data say."""
    texts = ", ".join(map(quote, numbers))
    if not texts:
        return {}
    query = f"SELECT case_no, judge FROM {table.relation} WHERE case_no IN ({texts}) AND judge IS NOT NULL"  # noqa: S608
    return {str(number): str(judge) for number, judge in table.rows(query)}


def _causes(table: CaseTable, part: Findings) -> dict[str, Any]:
    """The causes with most filings, and those that grew by more than chance would have it."""
    counts, base = filed_by(table, part, "cause")
    most = sorted((cause for cause, (n, _) in counts.items() if n), key=lambda cause: (-counts[cause][0], cause))[:MOST]
    grown = moved(counts, up=True) if base else []

    def told(causes: Iterable[str]) -> Rows:
        return [{"name": plain(cause), "now": counts[cause][0], "before": counts[cause][1]} for cause in causes]

    return {"most": told(most), "grown": told(grown[:GROWN]), "base": base}


def _bands(months: Sequence[int]) -> list[str]:
    """6个月以内、6至12个月、…、超36个月。"""
    middle = [f"{low}至{high}个月" for low, high in pairwise(months)]
    return [f"{months[0]}个月以内", *middle, f"{months[-1]}个月以上"]


def _ages(frame: pd.DataFrame, end: date, months: Sequence[int]) -> Counter[int]:
    """How many of the cases are in each band; a case is over 12 months as that indicator counts it."""
    days = [pd.Timestamp(months_before(end, one)) for one in months]
    return Counter(sum(filed < day for day in days) for filed in pd.to_datetime(frame[FILED]))


def _table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], handlers: Sequence[str] | None = None
) -> dict[str, Any]:
    """An annex: a list of cases with, where they are told, who handles each in the last column."""
    told = [[plain(text) for text in row] for row in rows]
    if handlers is not None:
        told = [[*row, plain(name)] for row, name in zip(told, handlers, strict=True)]
        heads = [*heads, HANDLER]
    return {"kind": "listed", "title": title, "note": "", "heads": list(heads), "rows": told}


def _old(frame: pd.DataFrame, end: date, months: int) -> pd.DataFrame:
    return frame[pd.to_datetime(frame[FILED]) < pd.Timestamp(months_before(end, months))]


def _over(
    old: Mapping[str, pd.DataFrame], end: date, tiers: Sequence[int], *, judges: bool, inside: bool
) -> dict[str, Any]:
    """Cases pending for longer than the first tier of the ledger, by department and number."""
    rows, handlers = [], []
    for name, frame in old.items():
        for _, one in frame.iterrows():
            filed = pd.Timestamp(one[FILED])
            over = max(months for months in tiers if filed < pd.Timestamp(months_before(end, months)))
            dept = [] if inside else [name]
            rows.append([_text(one, NUMBER), _text(one, CAUSE), *dept, str(filed.date()), tier_name(over)])
            handlers.append(_text(one, HANDLER, NOBODY))
    heads = ("案号", "案由", *([] if inside else ["承办部门"]), "立案日期", "档次")
    return _table("长期未结案件清单", heads, rows, handlers if judges else None)


def _text(row: pd.Series[Any], name: str, none: str = "") -> str:
    value = row.get(name)
    return none if value is None or pd.isna(value) or not str(value).strip() else str(value)


def _reversed(table: CaseTable, part: Findings, *, judges: bool) -> Mapping[str, Any]:
    """The department's judgments that were changed or sent back in the period, where the data tell of them."""
    if part.comparisons.cell(part.issuer, ALL_LINES, "first_reversal_rate") is None:
        return NONE
    try:
        frame = _listed(table, part, part.issuer, "first_reversal_rate", judges=judges)
    except ConfigError:  # an indicator table's own, or its columns are missing
        return NONE
    away = COUNTED_AT in frame
    number = BY_ID[FROM].name if away else NUMBER
    who = THEIRS["judge"] if away else HANDLER
    second = BY_ID["second_result"].name
    result = second if second in frame else BY_ID["outcome"].name
    rows = [[_text(one, number), _text(one, CAUSE), _text(one, result)] for _, one in frame.iterrows()]
    handlers = [_text(one, who, NOBODY) for _, one in frame.iterrows()]
    return _table("被改判、发回重审案件清单", ("原审案号", "案由", "结果"), rows, handlers if judges else None)


def _appeals(table: CaseTable, part: Findings, units: Sequence[str]) -> Mapping[str, Any]:
    """An annex: how many cases of each department were appealed, and how those decided in the period ended.

    Empty where the data tell of no second instances.
    """
    columns = ("procedure", "outcome", "second_result")
    ended: dict[str, Counter[str]] = {}
    try:
        for unit in units:
            rows = decided(table, part.catalogue, part.period, "appeals_concluded", columns, court=unit)
            told = (row.get("outcome" if row.get("procedure") == "二审" else "second_result") for row in rows)
            ended[unit] = Counter(result if result in RESULTS else OTHER for result in told)
    except ConfigError:  # no second instances in the data
        return NONE
    whole: Counter[str] = sum(ended.values(), Counter())
    results = [one for one in (*RESULTS, OTHER) if whole[one]]
    if results in ([], [OTHER]):  # nor how they ended
        return NONE
    listed = [(_called(unit), unit, found) for unit, found in ended.items()]
    table_rows: list[list[str]] = []
    for name, code, found in (*listed, *([("合计", part.issuer, whole)] if len(listed) > 1 else [])):
        cell = part.comparisons.cell(code, ALL_LINES, "appeal_rate")
        appealed = f"{cell.text}{counts(cell)}" if cell and cell.text != NO_CASES else NO_CASES
        if found or appealed != NO_CASES:
            table_rows.append([plain(name), appealed, str(found.total()), *(str(found[one]) for one in results)])
    return {
        "kind": "listed",
        "title": "各部门上诉和二审结果",
        "note": "上诉率括号内为计算所用的件数，其他各栏单位为件，按二审结案日期统计；“—”表示没有此类案件；"
        "上诉是当事人的权利，不设目标；部门按部门表的顺序排列。",
        "heads": ["部门", "上诉率", "二审审结", *results],
        "rows": table_rows,
    }


def _counted(
    head: str, groups: Mapping[str, pd.DataFrame], near: Mapping[str, Counter[str]],
    shape: tuple[date, Sequence[int], Sequence[str], str],
) -> dict[str, Any]:  # fmt: skip
    """An annex: how many cases each department (承办人) has pending, by age, and close to the limit; in given order."""
    end, months, levels, dated = shape
    names = [*groups, *(name for name in near if name not in groups)]
    heads = [*_bands(months), "未结合计", *levels]
    rows = []
    for name in names:
        ages = _ages(groups[name], end, months) if name in groups else Counter()
        counts = [ages[place] for place in range(len(months) + 1)]
        rows.append([*counts, sum(counts), *(near.get(name, Counter())[level] for level in levels)])
    sums = [sum(column) for column in zip(*rows, strict=True)] if rows else []
    kept = [place for place, total in enumerate(sums) if total]
    told = [
        [plain(name), *(str(row[place]) for place in kept)] for name, row in zip(names, rows, strict=True) if any(row)
    ]
    if len(told) > 1:
        told.append(["合计", *(str(sums[place]) for place in kept)])
    order = "承办人按姓名排列，只供本部门安排工作，不作个人评价" if head == HANDLER else "部门按部门表的顺序排列"
    return {
        "kind": "listed",
        "title": f"各{head}未结案件和临近审限案件数",
        "note": f"单位为件；{dated}没有案件的档次不列；{order}。",
        "heads": [head, *(heads[place] for place in kept)],
        "rows": told,
    }
