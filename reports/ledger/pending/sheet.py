"""Long-pending cases as a spreadsheet: what goes out to a court, and the check of what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from reports import forms
from reports.forms import Column, Form, Line
from reports.ledger.pending.cases import FIELDS, REASONS, PendingCase, faults_of
from reports.ledger.pending.tiers import TierPolicy, tier_name

_HELP = {
    "reason": "从下拉列表中选择一项。",
    "note": "写明具体情况，如另案的案号、送鉴定的日期。不写当事人姓名和身份证件号码。",
    "progress": "写明现在进行到哪一步。",
    "leader": "包案的领导，写姓名和职务。",
    "supervisor": "督办的部门或上级法院，没有的不填。",
    "plan": "写明下一步做什么、由谁做。",
    "expected": "预计结案的日期，如 2026-12-31，不能是已经过去的日期。",
    "delay": "推迟预计结案日期的，写明理由。",
}
CASES = Form(
    "长期未结案件台账",
    (
        Column("number", "案号", "locked", 16),
        Column("court", "法院代码", "locked", 6),
        Column("court_name", "法院", "locked", 12),
        Column("kind", "类别", "locked", 5),
        Column("cause", "案由", "locked", 12),
        Column("filed", "立案日期", "locked", 8),
        Column("dept", "承办部门", "shown", 8),
        Column("days", "已审天数", "shown", 6),
        Column("net", "扣除后天数", "shown", 6),
        Column("tier", "档次", "shown", 6),
        Column("deadline", "审限届满日", "shown", 8),
        Column("change", "审限变更情况", "shown", 10),
        Column("charge", "包案层级", "shown", 8),
        Column("state", "状态", "shown", 6),
        Column("concluded", "实际结案日期", "shown", 8),
        *forms.asked(
            FIELDS, _HELP, dates="expected", choices={"reason": REASONS}, widths={"note": 18, "plan": 18}, usual=10
        ),
    ),
    "number",
)


def row(case: PendingCase, policy: TierPolicy, day: date) -> dict[str, str]:
    """A case as the text of every column."""
    facts, end = case.facts, case.end(day)
    tier, days = policy.tier(facts.filed, facts.excluded, end), (end - facts.filed).days
    changes = [f"扣除{facts.excluded}天"] if facts.excluded else []
    return {
        "number": facts.number,
        "court": facts.court,
        "court_name": facts.court_name,
        "kind": facts.kind,
        "cause": facts.cause,
        "filed": facts.filed.isoformat(),
        "dept": facts.dept,
        "days": str(days),
        "net": str(days - facts.excluded),
        "tier": tier_name(tier),
        "deadline": facts.deadline.isoformat() if facts.deadline else "",
        "change": "、".join([*(["延长审限"] if facts.extended == "是" else []), *changes]),
        "charge": policy.leader(tier),
        "state": case.state,
        "concluded": case.concluded,
        **case.answers,
    }


def export(found: Sequence[PendingCase], policy: TierPolicy, *, court: str, day: date) -> bytes:
    """The spreadsheet of one court's cases."""
    return forms.write(
        CASES,
        [row(case, policy, day) for case in found],
        title=f"长期未结案件台账（{court}，{day.isoformat()}）",
        notes=(
            "黄色表头的各列由法院（部门的由部门负责人）填写，灰色单元格不能改动；"
            "“未结原因”、“包案领导”、“结案方案”、“预计结案日期”须同时填写。",
            "天数自立案次日起算；结案以案件数据为准，经核对后由审判管理办公室销号。不要删除列。",
        ),
        first_date=day,
    )


def check(lines: Sequence[Line], known: Mapping[str, PendingCase], *, today: date) -> list[forms.Row]:
    """Every filled row with its faults."""
    written = {number: row(case, TierPolicy(), today) for number, case in known.items()}
    rows = []
    for one in forms.match(CASES, lines, written, owner="court"):
        answers = {name: one.line.values.get(name, "") for name in FIELDS}
        more = faults_of(known[one.key], answers, today) if one.found and not one.line.faults else ()
        rows.append(replace(one, faults=(*one.faults, *more), answers=answers))
    return rows
