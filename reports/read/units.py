"""Cases → the same cases with the units that they are counted in: departments and teams below courts.

A case is counted in the unit that its row names. A second instance that is counted at the court of first instance is
counted in the unit that had the case there, where the data hold that case. The table gets three columns beside those
of the courts (:data:`reports.model.UNIT_COLUMNS`); nothing else of it changes, so that what is said of courts stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import cast

import pandas as pd

from reports.catalogue.unknown import COMPANION
from reports.courts import case_no
from reports.courts.tree import CourtTree
from reports.courts.units import Depth, Seen, UnitTable, place
from reports.model import CaseTable
from reports.read.cases import UNIT_NAMES
from reports.read.engine.engines import Engine
from reports.read.table import quote

NEEDED = UNIT_NAMES | {"case_no", "origin_case_no"}
"""The columns that tell a case's unit and that of the case appealed from."""
RELATION, NAMES, CODE = "tongbao_divided", "tongbao_units", "tongbao_code"
_KINDS = {"court": "text", "dept": "text", "team": "text", "code": "text"}


def named(table: CaseTable) -> Counter[Seen]:
    """(code of the court, department, team) as the cases name them, with their number."""
    found: Counter[Seen] = Counter()
    for court, *names, number in table.rows(naming_sql(table.relation, table.columns)):
        one, other = (None if pd.isna(name) else str(name) for name in names)
        found[str(court), one, other] += int(number)
    return found


def every(table: CaseTable, units: UnitTable) -> CourtTree:
    """The tree with every department and team that the table of units or a case names, and 未填部门 of each court."""
    none = ((court, None, None) for court in table.counted)
    seen = {one for one in (*named(table), *units.seen, *none) if one[0] in table.counted}
    return place(table.tree, units, seen, "team", table.counted).tree


def divided(table: CaseTable, units: UnitTable, depth: Depth, courts: Collection[str]) -> CaseTable:
    """The cases of ``courts`` (codes) divided into units down to ``depth``, and the tree with these units."""
    courts = table.counted & frozenset(courts)
    seen = {*named(table), *((court, None, None) for court in courts)}  # also what no case tells the unit of
    found = place(table.tree, units, seen, depth, courts)
    names = [
        (court, dept or "", team or "", code) for (court, dept, team), code in sorted(found.leaves.items(), key=str)
    ]
    if table.engine:
        engine = cast(Engine, table.engine)
        engine.put(NAMES, _KINDS, names)
        engine.keep(RELATION, dividing_sql(table.relation, table.columns, engine.words.identity))
    else:
        db = table.connection
        db.register("incoming", pd.DataFrame(names, columns=list(_KINDS)).astype("object"))
        db.execute(f"CREATE OR REPLACE TEMP TABLE {NAMES} AS SELECT * FROM incoming")
        db.unregister("incoming")
        if table.lean:  # one of few codes takes two bytes a row, and rows are grouped by it in less time than by a text
            codes = {*found.tree.by_code, *(one.code for one in found.tree.aside)}
            ordered = ", ".join(map(quote, sorted(codes)))  # as texts are, so that the last of several is the same
            db.execute(f"CREATE OR REPLACE TEMP TYPE {CODE} AS ENUM ({ordered})")
            db.execute(f"ALTER TABLE {NAMES} ALTER COLUMN code SET DATA TYPE {CODE}")
        lean = table.columns | {COMPANION + name for name in table.unknown} if table.lean else None
        statement = dividing_sql(table.relation, table.columns, case_no.identity_sql, lean=lean)
        db.execute(f"CREATE OR REPLACE TEMP TABLE {RELATION} AS {statement}")
    return replace(table, relation=RELATION, tree=found.tree)


def naming_sql(relation: str, columns: Collection[str]) -> str:
    """The departments and teams that the cases name, of each court, with their number."""
    dept, team = (name if name in columns else "NULL" for name in ("dept", "team"))
    return f"SELECT court, {dept} AS dept, {team} AS team, count(*) AS n FROM {relation} GROUP BY 1, 2, 3"


def dividing_sql(
    relation: str, columns: Collection[str], identity: Callable[[str], str], *, lean: Collection[str] | None = None
) -> str:
    """The cases with their units; ``identity`` gives the SQL of the one spelling of a case number.

    Of cases that are only counted no more than the ``lean`` columns goes along, and codes are of the type :data:`CODE`.
    """
    origins = "origin_court" in columns
    kept = "c.*" if lean is None else ", ".join(f"c.{name}" for name in sorted(lean))

    def named_as(row: str) -> str:
        dept, team = (f"coalesce({row}.{n}, '')" if n in columns else "''" for n in ("dept", "team"))
        return f"u.court = {row}.court AND u.dept = {dept} AND u.team = {team}"

    unit = "u.code"
    if not origins:
        return (
            f"SELECT {kept}, {unit} AS unit, {unit} AS starting_unit FROM {relation} c "
            f"LEFT JOIN {NAMES} u ON {named_as('c')}"
        )
    wanted = (  # each way to write a number once
        f"SELECT DISTINCT origin_case_no AS text, origin_court AS court, {identity('origin_case_no')} AS number "
        f"FROM {relation} WHERE origin_case_no IS NOT NULL AND origin_court IS NOT NULL"
    )
    first = (
        f"SELECT w.text AS text, w.court AS court, max(u.code) AS code FROM ({wanted}) w "
        f"JOIN (SELECT * FROM {relation} WHERE case_no IS NOT NULL) f "
        f"ON {identity('f.case_no')} = w.number AND f.court = w.court "
        f"JOIN {NAMES} u ON {named_as('f')} GROUP BY 1, 2"
    )
    court = "c.origin_court" if lean is None else f"c.origin_court::{CODE}"
    origin = f"coalesce(o.code, n.code, {court})"
    began = f"CASE WHEN c.procedure = '二审' AND c.origin_court IS NOT NULL THEN {origin} ELSE {unit} END"
    return (
        f"SELECT {kept}, {unit} AS unit, {origin} AS origin_unit, {began} AS starting_unit FROM {relation} c "
        f"LEFT JOIN {NAMES} u ON {named_as('c')} "
        f"LEFT JOIN ({first}) o ON o.text = c.origin_case_no AND o.court = c.origin_court "
        f"LEFT JOIN {NAMES} n ON n.court = c.origin_court AND n.dept = '' AND n.team = ''"
    )
