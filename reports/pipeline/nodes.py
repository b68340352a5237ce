"""流程节点 of a workspace's cases: what is late or close as of the day the data end, and the letters about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from reports.catalogue import nodes as catalogue
from reports.compose import letter
from reports.courts.periods import chinese_date
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.courts.units import UnitTable, printed_order
from reports.errors import ConfigError
from reports.ledger.pending import Gap, Step, counted, steps
from reports.ledger.pending.nodes import told_of
from reports.model import OWN, Bulletin
from reports.pipeline.job import Job, find_issuer, template_folders
from reports.pipeline.ledgers import Letters, fresh
from reports.pipeline.sources import case_table, require_cases
from reports.templates import safe
from reports.workspace.calendar import of_house
from reports.workspace.listed import listed_units


@dataclass(frozen=True)
class Followed:
    """Steps by court, department and node, with departments by their names of today; ``gaps`` is what is not told.

    ``judges``: whether the list is a department's own, so that it may name who handles each case. ``rows`` were read
    and used.
    """

    day: date
    within: int
    steps: tuple[Step, ...]
    nodes: tuple[catalogue.Node, ...]
    gaps: tuple[Gap, ...]
    tree: CourtTree
    judges: bool
    rows: tuple[int, int]

    def counted(self) -> Iterator[dict[str, Any]]:
        """How many cases each department of each court is late with and close to, by node."""
        for code, group in groupby(self.steps, key=lambda one: one.court):
            yield from ({"court": code, **row} for row in counted(list(group)))

    def name(self, one: Step) -> str:
        """The court's short name."""
        return self.tree.short_name(one.court)


def follow(job: Job, court: str | None, within: int, *, node: str | None = None, letters: bool = False) -> Followed:
    """What is late or will be in so many days, of one court or department or of all, and of one node or of all.

    As of the day that the data reach: of what was done after it nothing is known. Raises :class:`ConfigError` for a
    node that there is not, for a team, and for ``letters`` from data older than ``[pending] stale`` days.
    """
    require_cases(job, "核对流程节点")
    known = catalogue.load(job.workspace.folder)
    wanted = [one for one in known.values() if node in (None, one.id, one.name)]
    if not wanted:
        names = "、".join(dict.fromkeys(one.name for one in known.values()))
        raise ConfigError(f"没有流程节点“{node}”。", where="--node", advice=f"可用的节点：{names}。")
    with case_table(job) as table:
        day = fresh(job, table) if letters else min(table.last or job.as_of, job.as_of)
        code = table.tree.find(court.removesuffix(OWN)).code if court else ""
        if code.count(UNIT) > 1:
            raise ConfigError("流程节点按部门核对，不分团队。", where="--court", advice="请写法院或部门的代码或名称。")
        found, gaps = steps(table, wanted, day, within, of_house(job.workspace), [court_of(code)] if code else ())
        tree, units, rows = table.tree, listed_units(job.workspace, table.tree), (table.rows_in, table.rows_used)
    found = [_today(one, units) for one in found]
    if UNIT in code:
        found = [one for one in found if UNIT.join((one.court, one.owner)) == code]
    order = printed_order(tree, units)
    found.sort(key=lambda one: (*order(one.court, one.owner), wanted.index(one.node), one.left, one.number))
    judges = UNIT in code and job.workspace.config.privacy.judges and court_of(code) == find_issuer(job.workspace, tree)
    return Followed(day, within, tuple(found), tuple(wanted), tuple(gaps), tree, judges, rows)


def _today(one: Step, units: UnitTable) -> Step:
    """A step under the names that its departments have today."""
    dept = units.path(one.court, one.dept, None)[0] if one.dept else ""
    return replace(one, dept=dept, owner=units.path(one.court, one.owner, None)[0])


def node_letters(job: Job, court: str | None, within: int) -> Letters:
    """流程节点提醒函 to each court with steps that are late or close, to one's own court as 通知; no judge is named."""
    found = follow(job, court, within, letters=True)
    issuer, made = find_issuer(job.workspace, found.tree), []
    for code, group in groupby(found.steps, key=lambda one: one.court):
        mine, name = list(group), found.tree.by_code[code].name
        data = told_of(
            mine, found.gaps, found.nodes, court=name, own=code == issuer, day=found.day, within=within
        )  # fmt: skip
        made.append(_letter(job, "nodes", code, f"流程节点提醒-{code}", data, found.tree))
    return Letters(found.day, found.rows, tuple(made))


def node_lists(job: Job, court: str | None, within: int) -> Letters:
    """流程节点周清单 to each department of one's own court, or to one, with who handles each case if that is told."""
    found = follow(job, court, within, letters=True)
    issuer, judges = find_issuer(job.workspace, found.tree), job.workspace.config.privacy.judges
    mine, name = [one for one in found.steps if one.court == issuer], found.tree.by_code[issuer].name
    made = []
    for owner, group in groupby(mine, key=lambda one: one.owner):
        data = told_of(
            list(group), found.gaps, found.nodes, court=name, own=True, day=found.day, within=within,
            department=owner, judges=judges,
        )  # fmt: skip
        made.append(_letter(job, "node-list", issuer, f"流程节点周清单-{issuer}-{owner}", data, found.tree))
    return Letters(found.day, found.rows, tuple(made))


def _letter(job: Job, name: str, code: str, stem: str, data: Mapping[str, object], tree: CourtTree) -> Bulletin:
    letterhead = job.workspace.config.letterhead.model_dump() | {"date": chinese_date(job.as_of)}
    sender = tree.by_code[find_issuer(job.workspace, tree)].name
    return letter(name, code, safe(stem), data, letterhead, sender, template_folders(job.workspace))
