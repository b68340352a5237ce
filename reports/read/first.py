"""Cases → the same cases with a key of the case that each came from, by 原审案号: of an appeal its first instance.

An appeal counts at the court of first instance; by 适用程序 or 标的额 it belongs to what its first instance had, or the
numerator and the denominator of a rate would not be of the same cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from sqlglot import exp

from reports.catalogue.dimensions import AWAY, FIRST
from reports.courts import case_no
from reports.model import CaseTable
from reports.read.engine.engines import Engine

RELATION = "tongbao_first"
NEEDED = frozenset({"case_no", "origin_case_no", "origin_court"})


def with_first(table: CaseTable, keys: Mapping[str, exp.Expr]) -> CaseTable:
    """A case table with a column ``first_ID`` for each key: that of the case of 原审案号 at 原审法院.

    Where the data do not hold that case it is :data:`AWAY`. Data without 原审案号 stay as they are.
    """
    if not keys or "origin_court" not in table.columns:
        return table
    identity = cast(Engine, table.engine).words.identity if table.engine else case_no.identity_sql
    found = {FIRST + name: key.sql(dialect=table.dialect) for name, key in keys.items()}
    inner = ", ".join(f"max({sql}) AS {name}" for name, sql in found.items())
    outer = ", ".join(f"coalesce(o.{name}, '{AWAY}') AS {name}" for name in found)
    sql = (
        f"SELECT c.*, {outer} FROM {table.relation} c LEFT JOIN ("
        f"SELECT {identity('f.case_no')} AS number, f.court AS court, {inner} FROM {table.relation} f "
        "WHERE f.case_no IS NOT NULL GROUP BY 1, 2) o "
        f"ON o.number = {identity('c.origin_case_no')} AND o.court = c.origin_court"
    )
    if table.engine:
        cast(Engine, table.engine).keep(RELATION, sql)
    else:
        table.connection.execute(f"CREATE OR REPLACE TEMP TABLE {RELATION} AS {sql}")
    return replace(table, relation=RELATION, whole=table.whole or table.relation)
