"""长期未结案件: the ledger of cases that have been open too long, kept until each is concluded and that is verified.

A case enters by the data (filed longer ago than the first threshold, and still open) and leaves by the data and a
person: 未结 → 已结待核 (the data have a conclusion) → 已销号 (somebody verified it). What the court says stands beside,
and decides nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports import forms
from reports.courts.periods import months_before
from reports.errors import ConfigError, InputError
from reports.forms import Column, Form, Line
from reports.ledger.journal import Event, Journal, Story, reading, writing

if TYPE_CHECKING:
    from reports.model import CaseTable

KIND = "未结："
OPEN, CONCLUDED, CLOSED = "未结", "已结待核", "已销号"
STATES = (OPEN, CONCLUDED, CLOSED)
LITIGATION, ENFORCEMENT, OTHER = "诉讼", "执行", "其他"
# 恩施法院“三定三查”台账所列原因（https://www.chinacourt.org/article/detail/2023/11/id/7627968.shtml），
# 及公告送达、中止、鉴定（白银）。
REASONS = (
    "疑难复杂", "等待另案结果", "等待鉴定评估审计", "等待上级法院", "等待刑事侦查", "公告送达", "中止审理", "其他",
)  # fmt: skip
FIELDS = {
    "reason": "未结原因",
    "note": "情况说明",
    "progress": "当前进度",
    "leader": "包案领导",
    "supervisor": "督办单位",
    "plan": "结案方案",
    "expected": "预计结案日期",
    "delay": "延期理由",
}
_ASKED = ("reason", "leader", "plan", "expected")  # 三定: leader, plan, date; and the reason
LATE_CHECK = 15  # days after which a concluded case should have been verified
MANY_DELAYS = 2
LONGEST = 2000
_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{15}(?!\d)")
_STEPS = {
    "变更": (STATES, ""),
    "查无": ((OPEN, CONCLUDED), ""),
    "填报": ((OPEN, CONCLUDED), ""),
    "结案": ((OPEN,), CONCLUDED),
    "恢复未结": ((CONCLUDED, CLOSED), OPEN),
    "核销": ((CONCLUDED,), CLOSED),
}


@dataclass(frozen=True)
class Policy:
    """``[pending]``: thresholds in months, who is in charge from which on, and whether excluded days are deducted."""

    months: tuple[int, ...] = (12, 18, 24, 36)
    leaders: Mapping[int, str] = field(default_factory=dict)
    deduct: bool = False

    def tier(self, filed: date, excluded: int, day: date) -> int | None:
        """The highest threshold (months) that a case is over on a day; strictly, as 超12个月 is counted."""
        older = (day - filed).days - (excluded if self.deduct else 0)
        over = [months for months in self.months if older > (day - months_before(day, months)).days]
        return max(over, default=None)

    def leader(self, tier: int | None) -> str:
        """Who is in charge of a case of a tier."""
        known = [months for months in self.leaders if tier is not None and months <= tier]
        return self.leaders[max(known)] if known else ""


def tier_name(months: int | None) -> str:
    """A tier as printed, such as 超18个月 or 超2年."""
    if months is None:
        return "—"
    return f"超{months // 12}年" if months % 12 == 0 and months > 12 else f"超{months}个月"


@dataclass(frozen=True)
class Facts:
    """What the data say of a case. ``excluded`` in days; ``extended`` 是 or 否 or nothing. No party, no judge."""

    number: str
    court: str
    court_name: str
    kind: str
    cause: str
    dept: str
    filed: date
    deadline: date | None
    extended: str
    excluded: int

    def data(self) -> dict[str, Any]:
        """As plain data, for the journal."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class PendingCase:
    """One case of the ledger as its events have made it; days are ISO. ``delays`` counts how often the date moved."""

    facts: Facts
    listed: str
    state: str = OPEN
    answers: Mapping[str, str] = field(default_factory=dict)
    delays: int = 0
    concluded: str = ""
    seen: str = ""  # when the data first had the conclusion
    closed_by: str = ""
    closed_at: str = ""
    missing: bool = False

    @property
    def number(self) -> str:
        """案号."""
        return self.facts.number

    def days(self, day: date) -> int:
        """Days since filing, the filing day not counted (立案次日起算), up to its conclusion or ``day``."""
        end = date.fromisoformat(self.concluded) if self.concluded else day
        return (end - self.facts.filed).days

    def problems(self, day: date) -> list[str]:
        """What is missing or late, for the problem list of its court."""
        if self.state == CLOSED:
            return []
        if self.state == CONCLUDED:
            waiting = (day - date.fromisoformat(self.seen[:10])).days
            return [f"已结案{waiting}日尚未核销"] if waiting > LATE_CHECK else []
        found = [f"没有填报{FIELDS[name]}" for name in _ASKED if not self.answers.get(name)]
        expected = self.answers.get("expected")
        if expected and date.fromisoformat(expected) < day:
            found.append(f"预计结案日期{expected}已过")
        if self.delays >= MANY_DELAYS:
            found.append(f"预计结案日期已推迟{self.delays}次")
        if self.facts.deadline and self.facts.deadline < day:
            found.append(f"审限已于{self.facts.deadline.isoformat()}届满")
        if self.missing:
            found.append("案件数据中已查不到这一案号")
        return found


def facts_of(table: CaseTable, day: date, months: int) -> list[Facts]:
    """Cases that are open on a day and were filed more than ``months`` before, by court and number."""
    return _query(
        table, f"filed < DATE '{months_before(day, months)}' AND (concluded IS NULL OR concluded > DATE '{day}')"
    )


def facts_among(table: CaseTable, numbers: Iterable[str], day: date) -> list[Facts]:
    """What the data now say of cases that are already listed and still open."""
    found: list[Facts] = []
    for texts in _quoted(numbers):
        found += _query(table, f"case_no IN ({texts}) AND (concluded IS NULL OR concluded > DATE '{day}')")
    return found


def _quoted(numbers: Iterable[str]) -> Iterator[str]:
    """Numbers as lists of SQL texts, a thousand at a time."""
    listed = sorted(numbers)
    for start in range(0, len(listed), 1000):
        yield ", ".join("'" + number.replace("'", "''") + "'" for number in listed[start : start + 1000])


def _query(table: CaseTable, where: str) -> list[Facts]:
    names = (
        "case_no",
        "court",
        "litigation",
        "line",
        "cause",
        "dept",
        "filed",
        "deadline",
        "extended",
        "excluded_days",
    )
    known = {*table.columns, "case_no", "court", "litigation", "line", "filed"} if table.engine else set(names)
    columns = ", ".join(name if name in known else f"NULL AS {name}" for name in names)
    rows = table.rows(
        f"SELECT {columns} FROM {table.relation} WHERE case_no IS NOT NULL AND {where} "  # noqa: S608
        "ORDER BY court, case_no"
    )
    found = []
    for number, court, litigation, line, cause, dept, filed, deadline, extended, excluded in rows:
        kind = LITIGATION if litigation == "是" else ENFORCEMENT if line == "执行" else OTHER
        if kind == OTHER:
            continue
        name = table.tree.short_name(court)
        texts = [_none(text) for text in (cause, dept, extended)]
        days = 0 if _none(excluded) == "" else int(excluded)
        found.append(
            Facts(
                str(number), court, name, kind, texts[0], texts[1], _day(filed), _day_or_none(deadline), texts[2], days
            )
        )
    return found


def _none(value: Any) -> str:
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - NaN and NaT of an engine


def _day(value: Any) -> date:
    return value.date() if hasattr(value, "date") else date.fromisoformat(str(value)[:10])


def _day_or_none(value: Any) -> date | None:
    return None if _none(value) in ("", "NaT") else _day(value)


def conclusions(table: CaseTable, numbers: Iterable[str], day: date) -> dict[str, date | None]:
    """Number → its conclusion up to a day, or ``None`` while open; numbers that the data do not have are left out."""
    found: dict[str, date | None] = {}
    for texts in _quoted(numbers):
        query = f"SELECT case_no, concluded FROM {table.relation} WHERE case_no IN ({texts})"  # noqa: S608
        for number, concluded in table.rows(query):
            end = _day_or_none(concluded)
            found[str(number)] = end if end and end <= day else None
    return found


def cases(path: Path) -> dict[str, PendingCase]:
    """All cases by number, in the order of their courts and numbers; an absent ledger has none."""
    if not path.exists():
        return {}
    with reading(path) as journal:
        return _cases(journal)


def _cases(journal: Journal, faults: list[str] | None = None) -> dict[str, PendingCase]:
    found = journal.replay(Story(KIND, "案件", "列入", _STEPS, _listed, _after), faults)
    return dict(sorted(found.items(), key=lambda pair: (pair[1].facts.court, pair[0])))


def _listed(_: str, event: Event) -> PendingCase:
    return PendingCase(_facts(event.data), event.at)


def _facts(data: Mapping[str, Any]) -> Facts:
    deadline = data["deadline"]
    days = {
        "filed": date.fromisoformat(data["filed"]),
        "deadline": date.fromisoformat(deadline) if deadline else None,
    }
    return Facts(**{**data, **days})


def _after(old: PendingCase, event: Event) -> PendingCase:
    new = replace(old, state=_STEPS[event.what][1] or old.state)
    data = event.data
    if event.what == "变更":
        return replace(new, facts=_facts(data), missing=False)
    if event.what == "查无":
        return replace(new, missing=True)
    if event.what == "填报":
        later = "expected" in data and data["expected"] > old.answers.get("expected", "9")
        return replace(new, answers={**old.answers, **data}, delays=old.delays + later)
    if event.what == "结案":
        return replace(new, concluded=data["concluded"], seen=event.at, missing=False)
    if event.what == "恢复未结":
        return replace(new, concluded="", seen="", closed_by="", closed_at="")
    return replace(new, closed_by=event.who, closed_at=event.at)


@dataclass(frozen=True)
class Updated:
    """What an update of the ledger by the data did: numbers of cases."""

    added: tuple[str, ...] = ()
    concluded: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def update(path: Path, found: Sequence[Facts], ended: Mapping[str, date | None], *, at: str, who: str) -> Updated:
    """Bring the ledger up to the data: ``found`` are the long-pending cases, ``ended`` says of every known one whether
    it is concluded. One transaction; the same data twice change nothing.
    """
    added, concluded, reopened, missing = [], [], [], []
    with writing(path) as journal:
        known = _cases(journal)
        for facts in found:
            old = known.get(facts.number)
            if old is None:
                journal.add(at, who, KIND + facts.number, "列入", facts.data())
                added.append(facts.number)
            elif old.state != OPEN:  # the conclusion has gone from the data
                journal.add(at, who, KIND + facts.number, "恢复未结", {})
                reopened.append(facts.number)
            if old is not None and (facts != old.facts or old.missing):
                journal.add(at, who, KIND + facts.number, "变更", facts.data())
        for number, old in known.items():
            end = ended.get(number)
            if old.state == OPEN and end:
                journal.add(at, who, KIND + number, "结案", {"concluded": end.isoformat()})
                concluded.append(number)
            elif old.state != CLOSED and number not in ended and not old.missing:
                journal.add(at, who, KIND + number, "查无", {})
                missing.append(number)
    return Updated(tuple(added), tuple(concluded), tuple(reopened), tuple(missing))


def close(path: Path, number: str, *, at: str, who: str) -> PendingCase:
    """销号: only a case of which the data have the conclusion; ``who`` verified it. Raises :class:`ConfigError`."""
    with writing(path) as journal:
        known = _cases(journal)
        if number not in known:
            raise ConfigError(f"台账中没有案件“{number}”。", advice="用 tongbao pending list 查看。")
        if known[number].state != CONCLUDED:
            why = "已经销号" if known[number].state == CLOSED else "案件数据中还没有结案日期"
            raise ConfigError(f"{number}{why}，不能销号。", advice="结案并更新数据后，先运行 tongbao pending update。")
        journal.add(at, who, KIND + number, "核销", {"concluded": known[number].concluded})
        return _cases(journal)[number]


def respond(
    path: Path, answers: Mapping[str, Mapping[str, str]], *, at: str, who: str, today: date
) -> dict[str, list[str]]:
    """Write down what courts filled in, by number; an empty text leaves what was there. Returns number → what changed.

    All or nothing: raises :class:`InputError` with every fault.
    """
    done: dict[str, list[str]] = {}
    with writing(path) as journal:
        known = _cases(journal)
        faults = [
            f"{number}：{fault}" for number, one in answers.items() for fault in faults_of(known[number], one, today)
        ]
        if faults:
            raise InputError("\n".join(("填报内容有误：", *faults)), advice="改正后重新填报；台账没有改动。")
        for number, one in answers.items():
            if changed := _changed(known[number], one):
                journal.add(at, who, KIND + number, "填报", changed)
                done[number] = [*changed]
    return done


def _changed(case: PendingCase, answers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in answers.items() if text and text != case.answers.get(name)}


def faults_of(case: PendingCase, answers: Mapping[str, str], today: date) -> list[str]:
    """What is wrong with what a court filled in, in sentences; what is as it was is not judged again."""
    changed = _changed(case, answers)
    if not changed:
        return []
    if case.state == CLOSED:
        return ["该案已经销号，不能再填报"]
    whole = {**case.answers, **changed}
    found = [f"“{FIELDS[name]}”超过{LONGEST}字" for name, text in changed.items() if len(text) > LONGEST]
    found += [f"“{FIELDS[name]}”中有身份证件号码，请删去" for name, text in changed.items() if _ID_NUMBER.search(text)]
    if changed.get("reason", REASONS[0]) not in REASONS:
        found.append(f"“未结原因”应从下列各项中选择：{'、'.join(REASONS)}")
    lacking = [FIELDS[name] for name in _ASKED if not whole.get(name)]
    if lacking and case.state == OPEN:
        found.append(f"还应填写{'、'.join(f'“{name}”' for name in lacking)}")
    if "expected" in changed:
        old = case.answers.get("expected", "")
        try:
            expected = date.fromisoformat(changed["expected"])
        except ValueError:
            return [*found, f"“预计结案日期”应为日期，如 2026-12-31（现为“{changed['expected']}”）"]
        if expected < today:
            found.append(f"“预计结案日期”{expected.isoformat()}已经过去")
        elif old and changed["expected"] > old and "delay" not in changed:
            found.append(f"“预计结案日期”由{old}推迟到{expected.isoformat()}，应写明新的“延期理由”")
    return found


# The spreadsheet

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


def row(case: PendingCase, policy: Policy, day: date) -> dict[str, str]:
    """A case as the text of every column."""
    facts = case.facts
    tier = policy.tier(facts.filed, facts.excluded, day)
    changes = [f"扣除{facts.excluded}天"] if facts.excluded else []
    return {
        "number": facts.number,
        "court": facts.court,
        "court_name": facts.court_name,
        "kind": facts.kind,
        "cause": facts.cause,
        "filed": facts.filed.isoformat(),
        "dept": facts.dept,
        "days": str(case.days(day)),
        "net": str(case.days(day) - facts.excluded),
        "tier": tier_name(tier),
        "deadline": facts.deadline.isoformat() if facts.deadline else "",
        "change": "、".join([*(["延长审限"] if facts.extended == "是" else []), *changes]),
        "charge": policy.leader(tier),
        "state": case.state,
        "concluded": case.concluded,
        **case.answers,
    }


def export(found: Sequence[PendingCase], policy: Policy, *, court: str, day: date) -> bytes:
    """The spreadsheet of one court's cases."""
    return forms.write(
        CASES,
        [row(case, policy, day) for case in found],
        title=f"长期未结案件台账（{court}，{day.isoformat()}）",
        notes=(
            "黄色表头的各列由法院填写，灰色单元格不能改动；“未结原因”、“包案领导”、“结案方案”、“预计结案日期”须同时填写。",
            "天数自立案次日起算；结案以案件数据为准，经核对后由审判管理办公室销号。不要删除列。",
        ),
        first_date=day,
    )


def check(lines: Sequence[Line], known: Mapping[str, PendingCase], *, today: date) -> list[forms.Row]:
    """Every filled row with its faults."""
    written = {number: row(case, Policy(), today) for number, case in known.items()}
    rows = []
    for one in forms.match(CASES, lines, written, owner="court"):
        answers = {name: one.line.values.get(name, "") for name in FIELDS}
        more = faults_of(known[one.key], answers, today) if one.found and not one.line.faults else ()
        rows.append(replace(one, faults=(*one.faults, *more), answers=answers))
    return rows


# What it shows


def summary(found: Iterable[PendingCase], policy: Policy, since: date, day: date) -> list[dict[str, Any]]:
    """By court in code order: how many there were before ``since``, how many came and went up to ``day``, and by tier.

    Additions stand beside conclusions, so that 边清边积 is seen. ``opening + added - concluded = now``.
    """
    courts: dict[str, list[PendingCase]] = {}
    for case in found:
        if case.listed[:10] <= day.isoformat():
            courts.setdefault(case.facts.court, []).append(case)
    start, end = since.isoformat(), day.isoformat()
    rows = []
    for court, mine in sorted(courts.items()):
        gone_before = [case for case in mine if case.seen and case.seen[:10] < start]
        added = [case for case in mine if case.listed[:10] >= start]
        gone = [case for case in mine if case.seen and start <= case.seen[:10] <= end]
        now = [case for case in mine if not case.seen or case.seen[:10] > end]
        tiers = Counter(policy.tier(case.facts.filed, case.facts.excluded, day) for case in now)
        rows.append(
            {
                "court": court,
                "name": mine[0].facts.court_name,
                "opening": len(mine) - len(added) - len(gone_before),
                "added": len(added),
                "concluded": len(gone),
                "now": len(now),
                "litigation": sum(case.facts.kind == LITIGATION for case in now),
                "enforcement": sum(case.facts.kind == ENFORCEMENT for case in now),
                "closed": sum(start <= case.closed_at[:10] <= end for case in mine),
                "unverified": sum(case.state == CONCLUDED for case in mine),
                "tiers": {tier_name(months): tiers.get(months, 0) for months in policy.months},
            }
        )
    return rows


def verify_cases(path: Path) -> list[str]:
    """Events of cases that do not follow from those before them."""
    faults: list[str] = []
    with reading(path) as journal:
        _cases(journal, faults)
    return faults


# 审限 warnings

# 剩余天数的档次：≤5日院长面谈（淮滨 https://ribao.xyxww.com.cn/html/2013-08/09/content_116351.htm）；刑事、行政10—15日，
# 民事、执行30日提交例会（同上）；剩余不足审限的20%、已过审限的三分之二。
PAST, TALK, SOON, MEETING, FIFTH, SCREEN = (
    "已超审限", "剩余5日以内", "剩余15日以内", "剩余30日以内", "剩余不足五分之一", "已过三分之二",
)  # fmt: skip
WARNINGS = (PAST, TALK, SOON, MEETING, FIFTH, SCREEN)
MEASURES = {
    PAST: "逐案说明原因，列入督办",
    TALK: "院长面谈",
    SOON: "催办；刑事、行政案件提交审判管理例会",
    MEETING: "民事、执行案件提交审判管理例会",
    FIFTH: "催办",
    SCREEN: "提示",
}


@dataclass(frozen=True)
class Warning:
    """An open case close to its time limit or past it; ``left`` are the days that remain, negative when past."""

    facts: Facts
    level: str
    left: int


def warnings(table: CaseTable, day: date, courts: Iterable[str] | None = None) -> list[Warning]:
    """Open cases with a time limit by its tiers, in order of court, department, days left and number.

    The limit runs from the day after filing to the due date, with what was excluded and extended; the tiers of 30 days
    are for civil and enforcement cases.
    """
    wanted = set(courts) if courts is not None else None
    where = f"filed <= DATE '{day}' AND deadline IS NOT NULL AND (concluded IS NULL OR concluded > DATE '{day}')"
    found = []
    for facts in _query(table, where):
        level = _warning(facts, day)
        if level and facts.deadline and (wanted is None or facts.court in wanted):
            found.append(Warning(facts, level, (facts.deadline - day).days))
    return sorted(found, key=lambda one: (one.facts.court, one.facts.dept, one.left, one.facts.number))


def _warning(facts: Facts, day: date) -> str | None:
    if facts.deadline is None:
        return None
    left, whole = (facts.deadline - day).days, max((facts.deadline - facts.filed).days, 1)
    if left < 0:
        return PAST
    for most, level in ((5, TALK), (15, SOON)):
        if left <= most:
            return level
    if left <= 30 and re.search("民|执", facts.number):
        return MEETING
    if left * 5 < whole:
        return FIFTH
    return SCREEN if left * 3 < whole else None
