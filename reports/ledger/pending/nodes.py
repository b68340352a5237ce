"""流程节点: steps that cases are late with or close to, and what of the nodes cannot be told, with what would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from reports.catalogue.columns import BY_ID
from reports.catalogue.nodes import FILE, HANDLING, Node
from reports.catalogue.unknown import COMPANION, possible
from reports.courts.periods import chinese_date
from reports.courts.units import NO_DEPARTMENT
from reports.courts.working_days import WorkingDays
from reports.errors import ConfigError
from reports.ledger.follow_up import plain

if TYPE_CHECKING:
    from reports.model import CaseTable

NOBODY, NOT_THEIRS = "未填承办人", "—"
LATE, CLOSE = "已超期", "临近届满"


@dataclass(frozen=True)
class Step:
    """A step of one case that is not taken: ``due`` is its last day, ``left`` the days to it, negative when past.

    ``owner`` is the department whose step it is, ``dept`` the one that has the case. ``judge`` is for the list of the
    department that has it alone, and — where the step is another's. No party is ever in it.
    """

    node: Node
    number: str
    court: str
    cause: str
    dept: str
    owner: str
    judge: str
    start: date
    due: date
    left: int

    @property
    def state(self) -> str:
        """已超期 or 临近届满."""
        return LATE if self.left < 0 else CLOSE

    @property
    def told(self) -> str:
        """The days in words."""
        return f"超过{-self.left}天" if self.left < 0 else f"剩余{self.left}天" if self.left else "当日届满"


@dataclass(frozen=True)
class Gap:
    """What cannot be told of a node: ``columns`` that the data do not have or ``term`` that nobody has set, or
    the number of ``cases`` of which something could not be read; ``text`` says it with what would do.
    """

    node: Node
    kind: str
    cases: int
    text: str


def steps(
    table: CaseTable, nodes: Iterable[Node], day: date, within: int, days: WorkingDays, courts: Sequence[str] = ()
) -> tuple[list[Step], list[Gap]]:
    """The steps that are late on a day, or will be in so many days, in order of node; and what cannot be told.

    A case of which a date that is asked for could not be read is neither late nor done: it is counted in a gap.
    """
    found: list[Step] = []
    gaps: list[Gap] = []
    for node in nodes:
        if gap := _untold(table, node):
            gaps.append(gap)
            continue
        read = _Reading(table, node, day, within, courts)
        found += [step for row in read.rows() if (step := _step(node, row, day, days)).left <= within]
        if unread := read.unread():
            gaps.append(unread)
    return found, gaps


def _untold(table: CaseTable, node: Node) -> Gap | None:
    """Why a node cannot be followed at all: without its columns or its term."""
    have = table.columns
    missing = [] if have.intersection(node.starts) else [node.starts]
    missing += [] if have.intersection(node.ends) else [node.ends]
    missing += [(name,) for name in sorted(node.columns - have)]
    if missing:
        names = "、".join("或".join(f"“{BY_ID[name].name}”" for name in group) for group in missing)
        columns = "、".join(f'{group[0]} = "你表中的列名"' for group in missing)
        text = (
            f"{node.name}：数据中没有{names}，未核对。请在导出的数据中加上；"
            f"另有列名的，在 tongbao.toml 的 [source.columns] 中写 {columns}。"
        )
        return Gap(node, "columns", 0, text)
    if node.unit is None:
        text = (
            f"{node.name}：没有公开的期限依据，本院没有填写，未核对。请在工作目录的 {FILE} 中写 "
            f'[node.{node.id}]，如 days = 15、source = "本院规定的名称和文号"。'
        )
        return Gap(node, "term", 0, text)
    return None


class _Reading:
    """One node in the SQL of the case table."""

    def __init__(self, table: CaseTable, node: Node, day: date, within: int, courts: Sequence[str]) -> None:
        self.table, self.node = table, node
        starts, ends = ([name for name in names if name in table.columns] for names in (node.starts, node.ends))
        self.start = f"coalesce({', '.join(starts)})"
        self.due = _due(node, self.start)
        self.asked = [name for name in (*starts, *ends, *sorted(node.columns)) if name in table.unknown]
        self.among = f"court IN ({', '.join(map(_quoted, courts))})" if courts else "true"
        if node.since:
            self.among += f" AND coalesce({self.start} >= DATE '{node.since}', true)"
        self.open = " AND ".join(f"({name} IS NULL OR {name} > DATE '{day}')" for name in ends)
        begun = "true" if node.unit == "before" else f"{self.start} <= DATE '{day}'"
        self.soon = f"({begun} AND {self.due} <= DATE '{day + timedelta(within)}')"

    def rows(self) -> list[tuple[Any, ...]]:
        known = {"cause", "dept", "judge"} & self.table.columns
        columns = [name if name in known else "NULL" for name in ("cause", "dept", "judge")]
        where = f"coalesce({_sql(self.node.where)}, false) AND {self.soon}"
        if self.asked:
            where += f" AND NOT ({self._unread()})"
        return self.table.rows(
            f"SELECT case_no, court, {', '.join(columns)}, {self.start}, {self.due} FROM {self.table.relation} "  # noqa: S608
            f"WHERE case_no IS NOT NULL AND {self.among} AND {self.open} AND {where} ORDER BY court, case_no"
        )

    def unread(self) -> Gap | None:
        """The cases that may be late or close, were it not for what could not be read."""
        if not self.asked:
            return None
        begun = [name for name in self.asked if name in (*self.node.starts, self.node.term)]
        unknown = " OR ".join(f"{COMPANION}{name} = 1" for name in begun) or "false"
        may = f"coalesce({_sql(possible(self.node.where, self.table.unknown))}, false)"
        may += f" AND coalesce({self.soon}, {unknown})"
        counts = ", ".join(f"count(*) FILTER ({COMPANION}{name} = 1)" for name in self.asked)
        ((whole, *each),) = self.table.rows(
            f"SELECT count(*), {counts} FROM {self.table.relation} WHERE case_no IS NOT NULL "  # noqa: S608
            f"AND {self.among} AND {self.open} AND {may} AND ({self._unread()})"
        )
        if not whole:
            return None
        names = "、".join(f"“{BY_ID[name].name}”" for name, number in zip(self.asked, each, strict=True) if number)
        text = (
            f"{self.node.name}：{whole}件的{names}无法识别，或者所在文件没有这一列，是否已办无从知道，未列入。"
            "请用 tongbao check 查看并更正。"
        )
        return Gap(self.node, "unread", whole, text)

    def _unread(self) -> str:
        return " OR ".join(f"{COMPANION}{name} = 1" for name in self.asked)


def _due(node: Node, start: str) -> str:
    """SQL of the last day as far as plain days tell: holidays and working days only move it on."""
    if node.unit == "due":
        return str(node.term)
    if node.unit == "months":
        return f"CAST({start} + to_months({node.term}) AS DATE)"
    return f"({start} {'-' if node.unit == 'before' else '+'} {node.term})"


def _step(node: Node, row: tuple[Any, ...], day: date, days: WorkingDays) -> Step:
    number, court, cause, dept, judge, start, due = row
    if node.unit == "workdays":
        due = days.add(start, int(node.term))
    elif node.unit in ("days", "months"):
        due = _moved(due, days)
    dept, judge = str(dept or "").strip(), str(judge or "").strip() or NOBODY
    owner, judge = (dept or NO_DEPARTMENT, judge) if node.owner == HANDLING else (node.owner, NOT_THEIRS)
    left = (due - day).days
    return Step(node, str(number), court, str(cause or ""), dept, owner, judge, start, due, left)


def _moved(due: date, days: WorkingDays) -> date:
    """The last day of a term, or the first working day after it (民诉法85条).

    A day of a year whose holidays are not announced yet stays where it is.
    """
    try:
        return days.next_working_day(due)
    except ConfigError:
        return due


def _sql(where: exp.Expr | None) -> str:
    return "true" if where is None else f"({where.sql(dialect='duckdb')})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# What documents are written from


def counted(found: Sequence[Step]) -> list[dict[str, Any]]:
    """How many cases each department is late with and close to, by node; departments and nodes in the given order."""
    groups: dict[tuple[str, str], list[Step]] = {}
    for one in found:
        groups.setdefault((one.owner, one.node.name), []).append(one)
    return [
        {
            "owner": owner, "node": node, "late": sum(one.left < 0 for one in mine),
            "close": sum(one.left >= 0 for one in mine), "longest": max(0, *(-one.left for one in mine)),
        }
        for (owner, node), mine in groups.items()
    ]  # fmt: skip


def told_of(
    found: Sequence[Step], gaps: Sequence[Gap], nodes: Sequence[Node], *,
    court: str, own: bool, day: date, within: int, department: str = "", judges: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """What ``letters/nodes.md.j2`` and ``letters/node-list.md.j2`` are written from; ``found`` in printed order.

    Numbers are of cases as of ``day``, the last that the data reach. ``own``: the court writes to its own departments,
    or to one (``department``), and only there ``judges`` names who handles each case.
    """
    followed = {one.node.id for one in found}
    rows = counted(found)
    upward = [one for one in found if is_transfer(one.node)]
    rest = [one for one in found if not is_transfer(one.node)]
    return {
        "court": court,
        "own": own,
        "department": plain(department),
        "day": chinese_date(day),
        "within": within,
        "late": sum(one.left < 0 for one in found),
        "close": sum(one.left >= 0 for one in found),
        "units": len({one.owner for one in found}),
        "rows": [one | {"owner": plain(one["owner"]), "node": plain(one["node"])} for one in rows],
        "judges": judges,
        "handlers": _handlers(found) if judges else [],
        "upward": len(upward),
        "annexes": [
            *(
                {"title": title, "rows": [_case(one, inside=bool(department), judges=judges) for one in mine]}
                for title, mine in (("流程节点超期和临近届满案件清单", rest), ("上诉移送案件清单", upward))
                if mine
            ),
            {"title": "节点期限和依据", "rows": []},
        ],
        "laws": [
            {"name": plain(one.name), "term": one.length, "owner": plain(one.owner), "source": plain(one.source)}
            for one in nodes
            if one.id in followed
        ],
        "untold": {
            "columns": list(dict.fromkeys(plain(one.node.name) for one in gaps if one.kind == "columns")),
            "term": list(dict.fromkeys(plain(one.node.name) for one in gaps if one.kind == "term")),
            "unread": sum(one.cases for one in gaps),
        },
    }


def is_transfer(node: Node) -> bool:
    """Whether a node is the sending of an appealed case to the court above, which has a list of its own."""
    return "appeal_sent" in node.ends


def _case(one: Step, *, inside: bool, judges: bool) -> list[str]:
    """A row; a department's own list tells who has the case, every other whose step it is."""
    unit = (one.dept or NO_DEPARTMENT) if inside else one.owner
    texts = [one.node.name, one.number, one.cause, unit, one.start.isoformat(), one.due.isoformat(), one.told]
    return [plain(text) for text in (*texts, *([one.judge] if judges else []))]


def _handlers(found: Sequence[Step]) -> list[dict[str, Any]]:
    """How many cases each judge is late with and close to, in the order of names."""
    names = sorted({one.judge for one in found} - {NOT_THEIRS}, key=lambda name: (name == NOBODY, name))
    groups = {name: [one for one in found if one.judge == name] for name in names}
    return [
        {"name": plain(name), "late": sum(one.left < 0 for one in mine), "close": sum(one.left >= 0 for one in mine)}
        for name, mine in groups.items()
    ]
