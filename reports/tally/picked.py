"""Cases for a register by its rules: who has them and what they are about, never a party or a judge."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from reports.catalogue.columns import BY_ID
from reports.catalogue.expression import columns_of
from reports.catalogue.registers import Pick
from reports.catalogue.unknown import COMPANION, possible
from reports.courts.case_no import identity_sql
from reports.courts.periods import Period
from reports.model import BATCH, CaseTable


@dataclass(frozen=True)
class PickedCase:
    """A case as the data name it: ``court`` is a code; ``note`` says how it was drawn, where it was drawn."""

    number: str
    court: str
    dept: str
    cause: str
    note: str = ""


def lacking(table: CaseTable, pick: Pick, file: str) -> str:
    """Why a rule cannot be used on these data, with what would do; empty where it can."""
    if pick.lacks:
        return (
            f"{pick.name}：没有填写限额，未核对。请在工作目录的 {file} 的 picks.{pick.id} 中写 "
            f"limits = {{ {pick.lacks[0]} = 数值 }}，并在 basis 中写明依据。"
        )
    wanted = columns_of(pick.where) if pick.where is not None else frozenset()
    if pick.source == "batch":
        wanted = frozenset(("party", "cause"))
        if table.engine:
            return f"{pick.name}：案件在数据库中，未核对。"
    if missing := sorted(wanted - table.columns):
        names = "、".join(f"“{BY_ID[name].name}”" for name in missing)
        columns = "、".join(f'{name} = "你表中的列名"' for name in missing if not BY_ID[name].derived)
        return (
            f"{pick.name}：数据中没有{names}，未核对。请在导出的数据中加上；另有列名的，"
            f"在 tongbao.toml 的 [source.columns] 中写 {columns}。"
        )
    return ""


def picked(
    table: CaseTable, pick: Pick, period: Period, day: date, courts: Collection[str] = ()
) -> tuple[list[PickedCase], int]:
    """The cases of a rule with a condition, or of series, by court and number, and how many may be among them or not.

    Those of which a value could not be read are the latter. Cases are those of the period by the date that the rule
    names, else those open on ``day``.
    """
    if pick.source == "batch":
        week = "date_trunc('week', filed)"
        where = (
            f"(court, party, cause, {week}) IN (SELECT (court, party, cause, {week}) FROM {table.relation} "  # noqa: S608
            "WHERE party IS NOT NULL AND cause IS NOT NULL AND filed IS NOT NULL "
            f"GROUP BY court, party, cause, {week} HAVING count(*) >= {BATCH})"
        )
        may = where
    else:
        assert pick.where is not None
        where = f"coalesce({pick.where.sql(dialect=table.dialect)}, false)"
        loose = possible(pick.where, table.unknown)
        may = f"coalesce({loose.sql(dialect=table.dialect)}, false)" if isinstance(loose, exp.Expr) else where
    among, doubted = _among(table, pick, period, day, courts)
    sure = f"({among}) AND NOT ({doubted}) AND {where}"
    rows = table.rows(
        f"SELECT {_columns(table)} FROM {table.relation} "  # noqa: S608 - constants and a checked condition
        f"WHERE case_no IS NOT NULL AND {sure} ORDER BY court, case_no"
    )
    ((unread,),) = table.rows(
        f"SELECT count(*) FROM {table.relation} "  # noqa: S608
        f"WHERE case_no IS NOT NULL AND ({among} OR {doubted}) AND {may} AND NOT coalesce({sure}, false)"
    )
    return [_case(row) for row in rows], int(unread)


def _among(table: CaseTable, pick: Pick, period: Period, day: date, courts: Collection[str]) -> tuple[str, str]:
    """SQL of which cases a rule looks at, and of those of whose dates that cannot be told."""
    inside = f"court IN ({', '.join(map(_quoted, sorted(courts)))})" if courts else "court IS NOT NULL"
    if pick.within:
        dates = [pick.within]
        among = f"{inside} AND {pick.within} BETWEEN DATE '{period.start}' AND DATE '{period.end}'"
    else:
        dates = ["filed", "concluded"]
        among = f"{inside} AND filed <= DATE '{day}' AND (concluded IS NULL OR concluded > DATE '{day}')"
    unread = " OR ".join(f"{COMPANION}{name} = 1" for name in dates if name in table.unknown) or "false"
    return f"coalesce({among}, false)", f"({inside} AND coalesce({unread}, false))"


def at_numbers(table: CaseTable, numbers: Collection[str]) -> dict[str, PickedCase]:
    """The cases of some numbers in one spelling; those that the data do not hold are left out."""
    number = identity_sql("case_no")
    rows = table.connection.execute(
        f"SELECT {number}, {_columns(table)} FROM {table.relation} WHERE {number} IN (SELECT unnest(?))",  # noqa: S608
        [sorted(numbers)],
    ).fetchall()
    return {str(key): _case(row) for key, *row in rows}


def drawn(found: Sequence[PickedCase], units: Sequence[object], most: int, seed: str) -> list[tuple[int, str]]:
    """``most`` of the cases of each unit, as their places in ``found`` with how they were drawn.

    Chosen by the SHA-256 of the seed and the number: the same seed draws the same cases, whatever their order.
    """
    groups: dict[object, list[int]] = {}
    for place, unit in enumerate(units):
        groups.setdefault(unit, []).append(place)

    def lot(place: int) -> str:
        return hashlib.sha256(f"{seed}\n{found[place].number}".encode()).hexdigest()

    chosen = []
    for places in groups.values():
        some = sorted(places, key=lot)[:most]
        chosen += [(place, f"种子“{seed}”，{len(places)}件中抽取{len(some)}件") for place in sorted(some)]
    return chosen


def _columns(table: CaseTable) -> str:
    names = [name if name in table.columns else f"NULL AS {name}" for name in ("dept", "cause")]
    return ", ".join(("case_no", "court", *names))


def _case(row: Sequence[object]) -> PickedCase:
    number, court, dept, cause = (str(one or "") for one in row)
    return PickedCase(number, court, dept.strip(), cause.strip())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
