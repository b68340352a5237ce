"""What the leaders of the meeting hold in hand: 点评单, questions and answers, long-pending cases, as plain data.

Every sentence is a figure of the findings, an entry of the ledger or a question; nothing is concluded from them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any

import pandas as pd

from reports.catalogue import Indicator
from reports.catalogue.columns import BY_ID
from reports.compose import Subject, beyond
from reports.courts.case_no import identity
from reports.courts.periods import chinese_date
from reports.courts.tree import UNIT
from reports.courts.units import Unit
from reports.errors import ConfigError
from reports.ledger import Item
from reports.ledger import decisions as register
from reports.ledger.decisions import Decision
from reports.ledger.follow_up import plain
from reports.ledger.pending.tiers import tier_name
from reports.measures import asked_of
from reports.model import ALL_LINES, OWN, YOUR_DEPARTMENT, CaseTable, Findings
from reports.pipeline.job import Job
from reports.pipeline.ledgers import pending_policy
from reports.pipeline.replay import pending_cases
from reports.tally.cases import cases_behind
from reports.words import NO_CASES, joined, stated

FACTS, QUESTIONS, DECISIONS = 3, 2, 2  # of a sheet, which is one page
# Of that page in lines of its grid: all, those of head, title, the table's head and the words before the blank lines,
# and what a line of the table and the padding of a row take; characters of a line of the table and of a blank line.
PAGE, HEAD, SMALL, PADDING, CELL, RULE, LEAST = 22, 7.5, 0.6, 0.16, 28, 26, 3
SHORT = 40  # characters of a decision on a sheet
ANSWERED, OLDEST, FEWEST = 5, 10, 3  # indicators with an answer, and cases by their numbers
ROWS = 16  # of courts and cases together that one page holds
OLD = "over12_pending"
OWNERS = {"刑事": r"刑事|刑.?庭", "民事": r"民事|(?<!人)民.?庭", "行政": "行政", "执行": "执行"}
"""Who answers for a line, as clerks write it: a department that the table of units does not name."""
EVERY_DEPARTMENT = r"各(?:有关|业务|相关|审判执行|审判)*(?:部门|庭)"
EVERY_COURT = r"各(?:有关)?(?:中级|基层)?(?:人民)?法院|各院"


def outside(subject: Subject, part: Findings) -> list[tuple[str, dict[str, Any]]]:
    """Whose figure is 劣于 its interval, and which: of a line the issuer's own (本部门) and the whole line's (本条线).

    Of what is a right of the parties nothing is said.
    """
    items = [
        item
        for item in part.catalogue.indicators.values()
        if item.assess and item.kind != "count" and not item.right
        and (not subject.indicators or item.id in subject.indicators)
    ]  # fmt: skip
    if subject.line == ALL_LINES:
        return [("", one) for one in beyond(part, items, part.issuer)]
    if not part.tree.children(part.issuer):
        return [("本部门", one) for one in beyond(part, items, part.issuer)]
    own = beyond(part, items, part.issuer + OWN)
    alone = {one["id"] for one in own if part.own_alone(part.line, one["id"])}
    whole = [one for one in beyond(part, items, part.issuer) if one["id"] not in alone]
    return [*(("本部门", one) for one in own), *(("本条线", one) for one in whole)]


def sheet(
    job: Job,
    name: str,
    subject: Subject,
    part: Findings,
    data: Mapping[str, Any],
    late: Sequence[Item],
    decided: Sequence[Decision],
) -> dict[str, Any]:
    """A 点评单 of who reports: ``facts``, ``questions``, ``decisions`` of the last meeting, and ``lines`` to write on.

    ``data`` is what its page says; ``late`` are its overdue items, ``decided`` what it answers for.
    """
    red = {flag.indicator for flag in part.flags if flag.severity == "red"}
    out = [(whose, one) for whose, one in outside(subject, part) if one["id"] not in red]
    line = "本条线" if subject.line != ALL_LINES else ""
    facts = [
        *(text.removeprefix(YOUR_DEPARTMENT) for text in data["sentences"]),  # it is not the one that reads it
        *(_outside(whose, one) for whose, one in sorted(out, key=lambda pair: pair[1]["few"])),
        *([f"整改事项逾期未反馈{len(late)}项（{joined([one.number for one in late])}）。"] if late else []),
    ]
    old, left, filed = (data["flow"].get(key) for key in (OLD, "pending", "filed"))
    has_old = bool(old) and old["value"] not in ("0件", NO_CASES)
    if has_old:
        facts.append(f"{line}期末立案超过12个月仍未结案的{old['value']}，{old['changes']}。")
    if left and left["changes"]:
        facts.append(f"{line}期末未结{left['value']}，{left['changes']}。")
    if filed and filed["changes"]:
        facts.append(f"{line}新收{filed['value']}，{filed['changes']}。")
    told = {flag.indicator for flag in part.flags if flag.severity == "red"} | {one["id"] for _, one in out}
    running = any(one.state == register.RUNNING for one in decided)
    occasions = {
        word
        for word, there in (("late", late), ("decided", running), ("old", has_old and "over12_share" not in told))
        if there
    }
    found = {
        "facts": facts[:FACTS],
        "questions": asked_of(job.questions, told, occasions, QUESTIONS),
        "decisions": [_decision(one, job.as_of) for one in decided[:DECISIONS]],
    }
    room = _room([text for several in found.values() for text in several])
    more = max(len(decided) - DECISIONS, 0)
    return {"title": f"{name}点评单", **found, "more": more, "lines": ["＿" * RULE] * room}


def _room(texts: Sequence[str]) -> int:
    """How many lines are left to write on: the sheet is one page, and what is not printed is for the pen."""
    rows = [ceil(len(text) / CELL) for text in texts]
    used = HEAD + sum(n * SMALL + PADDING for n in rows)
    return max(int(PAGE - used), LEAST)


def _outside(whose: str, one: Mapping[str, Any]) -> str:
    """A figure that is 劣于 its interval; of few cases these alone are told, since their rate says little."""
    if one["few"] and one["cases"]:
        return f"{whose}{one['name']}：{one['cases']}，劣于区间（{one['interval']}），所涉案件较少，宜结合个案看。"
    return f"{whose}{one['stated']}，劣于区间（{one['interval']}）。"


def answered_for(known: Iterable[Decision], subject: Subject, part: Findings, units: Sequence[Unit]) -> list[Decision]:
    """Of some decisions those that a department or court answers for, by how the owner was written; those of all too.

    ``units`` is the table of units, with other names of each.
    """
    if subject.line != ALL_LINES:
        mine = [unit.code for unit in part.tree.below(part.issuer) if _handles(part, unit.code)]
        names = [code.rpartition(UNIT)[2] for code in mine]
        names += [alias for one in units if UNIT.join((one.court, one.name)) in mine for alias in one.aliases]
        pattern = "|".join(
            [EVERY_DEPARTMENT, OWNERS.get(subject.line, re.escape(subject.line)), *map(re.escape, names)]
        )
    elif UNIT in subject.court:
        names = [subject.court.rpartition(UNIT)[2]]
        names += [alias for one in units if UNIT.join((one.court, one.name)) == subject.court for alias in one.aliases]
        pattern = "|".join([EVERY_DEPARTMENT, *map(re.escape, names)])
    else:
        names = [part.tree.by_code[subject.court].name, part.tree.short_name(subject.court)]
        pattern = "|".join([EVERY_COURT, *map(re.escape, names)])
    return [one for one in known if re.search(pattern, one.owner)]


def _handles(part: Findings, code: str) -> bool:
    cells = (part.comparisons.cell(code, part.line, name) for name in ("filed", "concluded", "pending"))
    return any(cell and cell.now[0] for cell in cells)


def _decision(one: Decision, day: date) -> str:
    text = plain(one.text)
    short = text if len(text) <= SHORT else f"{text[:SHORT]}……"
    state = one.state + ("，已过时限" if one.overdue(day) else "")
    return f"{one.number}　{short}（{plain(one.owner)}，{chinese_date(date.fromisoformat(one.deadline))}前，{state}）"


def answers(job: Job, found: Findings, data: Mapping[str, Any], decided: Sequence[Decision]) -> list[dict[str, str]]:
    """What the meeting may ask about the numbers: ``question``, ``answer``, and the ``source`` by which it is checked.

    The source is the definition, and the command that lists the cases behind the number.
    """
    rows = []
    flow = [
        found.comparisons.cell(found.issuer, ALL_LINES, name) for name in ("opening", "filed", "concluded", "pending")
    ]
    values = [cell.now[0] if cell else None for cell in flow]
    if None not in values and values[0] + values[1] - values[2] == values[3]:  # type: ignore[operator]
        rows.append(
            {
                "question": "未结案件数是怎么来的？",
                "answer": f"旧存{values[0]}件，加新收{values[1]}件，减结案{values[2]}件，期末未结{values[3]}件。",
                "source": f"旧存＋新收－结案＝未结。{_command(job, found, '未结')}",
            }
        )
    for item in _talked_of(found):
        cell = found.comparisons.cell(found.issuer, ALL_LINES, item.id)
        if cell is None:
            continue
        row = next(row for row in data["indicators"] if row["id"] == item.id)
        state = f"，{row['state'].removesuffix('合理区间')}区间（{row['interval']}）" if row["state"] else ""
        right = "上诉、申请再审等是当事人的权利，升降都不作为问题，不设目标，只说释法答疑。" if item.right else ""
        rest = f"剔除系列案后为{row['rest']}。" if row["rest"] else ""
        change = f"，{row['cell']['changes']}" if row["cell"] and row["cell"]["changes"] else ""
        interval = item.interval(found.period, found.line)
        basis = f"区间依据：{interval.source}。" if interval else ""
        rows.append(
            {
                "question": f"{item.name}怎么算，现在怎样？",
                "answer": f"{stated('', cell).removeprefix('为')}{change}{state}。{rest}{right}",
                "source": f"{found.catalogue.definition(item)}。{basis}{_command(job, found, item.name)}",
            }
        )
    old = found.comparisons.cell(found.issuer, ALL_LINES, OLD)
    if old is not None and old.now[0] and "now" not in old.withheld:
        rows.append(
            {
                "question": "立案超过12个月仍未结案的有多少，是哪些案件？",
                "answer": f"{old.text}，{data['flow'][OLD]['changes']}。",
                "source": f"{found.catalogue.definition(found.catalogue.indicators[OLD])}。"
                f"{_command(job, found, found.catalogue.indicators[OLD].name)}",
            }
        )
    if decided:
        done = sum(one.state == register.DONE for one in decided)
        late = sum(one.overdue(job.as_of) for one in decided)
        told = [f"已落实{done}项"] if done else ["都还没有落实"]
        told += [f"已过时限、还没有落实{late}项"] if late else []
        rows.append(
            {
                "question": "上次会商会议定的事项落实得怎样？",
                "answer": f"需要报告的{len(decided)}项，{'，'.join(told)}。",
                "source": "议定事项台账，见所附落实情况。",
            }
        )
    unit = "法院" if found.tree.children(found.issuer) else "部门"
    order = "代码" if unit == "法院" else "部门表的"
    rows += [
        {
            "question": f"为什么不给各{unit}排名？",
            "answer": f"各项指标用于查找问题、改进工作，{unit}按{order}顺序排列；在合理区间之内即为达标。",
            "source": "公开要求：坚决杜绝排名排序；在区间范围内即为达标。",
        },
        {
            "question": "数据截至哪一天，以后补录、更正的怎么办？",
            "answer": f"数据截至{chinese_date(found.data_until)}。以后补录、更正的，下期按核正后的数计算，"
            "与原公布的数不同的写明。",
            "source": f"统计区间为{found.period.window}。",
        },
    ]
    return rows


def _talked_of(found: Findings) -> list[Indicator]:
    """The indicators that findings are on, that stand outside their interval, or that are a right and moved."""
    whole = {one["id"] for one in beyond(found, found.catalogue.indicators.values(), found.issuer)}
    named = {flag.indicator for flag in found.flags if flag.severity == "red"} | whole
    named |= {flag.indicator for flag in found.flags if flag.court == found.issuer and flag.severity == "neutral"}
    there = [item for item in found.catalogue.indicators.values() if item.assess and item.kind != "count"]
    first = [item for item in there if item.id in named]
    return (first or there)[:ANSWERED]


def _command(job: Job, found: Findings, name: str) -> str:
    """How a clerk lists the cases behind a number."""
    return f"案件：tongbao cases --court {found.issuer} --indicator {name} --period {job.period.key}"


def long_pending(job: Job, table: CaseTable, found: Findings) -> dict[str, Any]:
    """The cases pending for longer than the first tier: how many in each tier and court, and the oldest by number.

    ``units`` has a row for each court (department) with any, in the usual order, against the bases; ``rows`` the
    oldest with what the ledger has of them. Empty where there are none, or where the data do not have the cases.
    """
    whole = found.comparisons.cell(found.issuer, ALL_LINES, OLD)
    if whole is None or not whole.now[0] or not table.columns or table.engine:
        return {}
    try:
        frame = cases_behind(table, found.catalogue, found.period, court=found.issuer, line=ALL_LINES, indicator=OLD)
    except ConfigError:  # an indicator table's own, or its columns are missing
        return {}
    if len(frame) != whole.now[0]:
        return {}
    number, court, cause, dept, filed = (BY_ID[one].name for one in ("case_no", "court", "cause", "dept", "filed"))
    policy, days = pending_policy(job.workspace), pd.to_datetime(frame[filed])
    tiers = [policy.tier(day.date(), 0, found.period.end) or policy.months[0] for day in days]
    many = Counter(tiers)
    known = {identity(one.number): one for one in pending_cases(job.workspace).values()}
    lower = bool(found.tree.children(found.issuer))
    place = court if lower else dept
    heads = ["案号", "法院" if lower else "部门", "案由", "立案日期", "档次"]
    units = _units(found)
    room = ROWS - len(units)
    shown = min(room, OLDEST) if room >= FEWEST else OLDEST  # else they begin a page of their own
    oldest = frame.assign(_tier=tiers, _day=days).sort_values(["_day", number], kind="stable").head(shown)
    rows, told = [], []
    for _, one in oldest.iterrows():
        mine = known.get(identity(str(one[number])))
        cells = [one[number], one.get(place), one.get(cause), str(one["_day"].date()), tier_name(one["_tier"])]
        rows.append([plain(str(cell)) if cell is not None and not pd.isna(cell) else NO_CASES for cell in cells])
        answered = mine.answers if mine else {}
        told.append([plain(answered.get(key, "")) or NO_CASES for key in ("reason", "expected")])
    if any(cell != NO_CASES for cells in told for cell in cells):
        heads += ["未结原因", "预计结案日期"]
        rows = [[*row, *cells] for row, cells in zip(rows, told, strict=True)]
    return {
        "total": whole.now[0],
        "tiers": [{"name": tier_name(one), "count": many[one]} for one in policy.months if many[one]],
        "units": units,
        "heads": heads,
        "rows": rows,
        "left": whole.now[0] - len(rows),
    }


def _units(found: Findings) -> list[dict[str, Any]]:
    children = found.tree.children(found.issuer)
    codes = [(found.issuer + OWN, "本院"), *((one.code, found.jurisdiction(one.code)) for one in children)]
    if not children:
        codes = [(unit.code, unit.code.rpartition(UNIT)[2]) for unit in found.tree.below(found.issuer)]
    rows = []
    for code, name in (*codes, (found.issuer, "合计")):
        cell = found.comparisons.cell(code, ALL_LINES, OLD)
        if cell is None or not any((cell.side(side)[0] or 0) for side in ("now", "previous", "year_before")):
            continue
        sides = ["now", *(["previous"] if found.period.previous else []), "year_before"]
        rows.append({"name": name, "values": [_side(cell.side(side)[0]) for side in sides]})
    return rows


def _side(count: int | None) -> str:
    return NO_CASES if count is None else str(count)
