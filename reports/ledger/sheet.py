"""The ledger as a spreadsheet: what goes out to a court, and the check of what comes back, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from reports import forms
from reports.catalogue.vague import Vague
from reports.forms import Column, Form, Line, Row
from reports.ledger.rectification import ASKED, FIELDS, PROGRESS, REASONS, Item, faults_of
from reports.model import ALL_LINES

_HELP = {
    "reason": "从下拉列表中选择一项。经核查属于案件结构变化、系列案件影响等客观情况的，照实选择即可。",
    "cause": "先核数据、再查原因。写明核查了多少件案件、发现了什么，不写空话。",
    "measure": "写具体做法，不写套话。涉及上诉、申请再审等诉讼权利的，只写释法答疑、实质解纷和办案程序方面的工作。",
    "cases": "针对哪些案件：范围和件数，如“清单所列超审限案件42件”，件数不多的写案号。",
    "target": "看哪个数、到多少，写明数值或件数，如“清理超期案件20件”。",
    "leader": "包抓这项整改的院领导，写姓名和职务。",
    "department": "牵头落实的部门。",
    "person": "由谁办理，写到具体的人。",
    "deadline": "办理完成的日期，如 2026-12-31，不能是已经过去的日期。",
    "progress": "从下拉列表中选择一项。",
    "feedback": "整改完成后填写：做了哪些工作、有什么结果。不写当事人姓名和身份证件号码。",
}
_CHOICES = {"reason": REASONS, "progress": PROGRESS}
_WIDTHS = {"cause": 24, "measure": 28, "cases": 20, "feedback": 28, "target": 18}
_WAS = {
    "court": "法院代码",
    "court_name": "法院",
    "measure": "整改措施",
    "target": "量化目标",
    "person": "责任人",
    "deadline": "完成时限",
}
ADDED = "cases"  # forms of that time do not ask it
ITEMS = Form(
    "整改台账",
    (
        Column("number", "编号", "locked", 8),
        Column("court", "单位代码", "locked", 6),
        Column("court_name", "单位", "locked", 14),
        Column("line", "条线", "locked", 5),
        Column("indicator_name", "指标", "locked", 10),
        Column("period", "通报期", "locked", 6),
        Column("value", "通报数值", "locked", 8),
        Column("problem", "问题", "locked", 36),
        Column("state", "现状", "shown", 6),
        *forms.asked(FIELDS, _HELP, dates="deadline", choices=_CHOICES, widths=_WIDTHS, usual=9),
    ),
    "number",
    was=_WAS,
    added=(ADDED,),
)


def export(items: Sequence[Item], *, court: str, today: date) -> bytes:
    """The spreadsheet of one court's items (signed-off ones are left out by the caller); the same items, same bytes."""
    rows = [_row(item) for item in items]
    return forms.write(
        ITEMS,
        rows,
        title=f"整改台账（{court}）",
        notes=(
            "黄色表头的各列由法院（部门的由部门负责人）填写，灰色单元格不能改动；"
            f"填写“{FIELDS['measure']}”的，须同时填写{'、'.join(f'“{FIELDS[name]}”' for name in ASKED)}。",
            "整改完成后填写“整改情况反馈”。可以排序、筛选，不要删除列。填好后将本文件报送审判管理办公室。",
        ),
        first_date=today,
    )


def _row(item: Item) -> dict[str, str]:
    locked = {
        "number": item.number,
        "court": item.court,
        "court_name": item.court_name,
        "line": item.line if item.line != ALL_LINES else "全部",
        "indicator_name": item.indicator_name,
        "period": item.period,
        "value": item.value,
        "problem": item.problems,
        "state": item.state,
    }
    return {**locked, **item.answers}


def check(
    lines: Sequence[Line],
    known: Mapping[str, Item],
    *,
    today: date,
    court: str | None = None,
    vague: Vague | None = None,
) -> list[Row]:
    """Every filled row with its faults; ``court`` (code or name) is whose sheet it must be.

    ``vague`` are the words that say nothing. A form of an earlier release, without 哪些案件, is taken as it is: the
    fault of a row that needs that cell says how to add it.
    """
    written = {number: _row(item) for number, item in known.items()}
    rows = []
    for row in forms.match(ITEMS, lines, written, owner="court"):
        answers = {name: row.line.values.get(name, "") for name in FIELDS}
        more: list[str] = []
        if row.found and court is not None and not known[row.key].of_court(court):
            more = [f"{row.key}不是“{court}”的事项，属于{known[row.key].court_name}"]
        elif row.found and not row.line.faults:  # a cell that could not be read counts as empty
            more = faults_of(known[row.key], answers, today, vague)
            if ADDED not in row.line.values:
                head = FIELDS[ADDED]
                remedy = f"（以前导出的表格没有“{head}”一列：在表头末尾加写“{head}”并填写，或者重新导出）"
                more = [fault + (remedy if f"“{head}”" in fault else "") for fault in more]
        rows.append(replace(row, faults=(*row.faults, *more), answers=answers))
    return rows
