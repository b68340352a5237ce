"""Write the case table as CSV and Parquet, and the courts.

DuckDB makes the text from the numpy columns and writes the files. It has no GB18030 offline, so other
encodings than UTF-8 are made block by block afterwards.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from reports.courts import units
from reports.courts.units import Unit, UnitTable
from reports.demo.dirty import MARK
from reports.demo.filings import Table
from reports.demo.province import LEVEL_NAMES, Array
from reports.demo.remands import REASON_LIST
from reports.demo.steps import COLUMNS
from reports.demo.tables import (
    CAUSE_LIST,
    DEPARTMENT_LIST,
    KIND,
    KINDS,
    OUTCOMES,
    PARTY_ENDINGS,
    PARTY_STEMS,
    PROCEDURES,
    RENAMED,
    RENAMED_FROM,
    SECOND_INSTANCE,
    TAGS,
    TEAM_LEADERS,
    TEAMS,
)
from reports.demo.world import World

ENCODINGS = ("utf-8-sig", "utf-8", "gb18030")
BLOCK = 4 << 20
UNKNOWN_COURT = "查无此院人民法院"
UNREADABLE_NUMBER = "案号待补录"
FORMULA = "=cmd|' /C calc'!A0"


def write_cases(
    world: World, table: Table, csv_path: Path, parquet_path: Path, encoding: str, appeals_path: Path | None = None
) -> None:
    """Write both files, and the table of the appeals that the court above has; rows keep their order."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET threads = 1")  # row groups, and so bytes, do not depend on the machine
    connection.register("every", _frame(world, table))
    own = "" if world.office.all_inside else "WHERE own"
    connection.execute(f"CREATE VIEW cases AS FROM every {own}")
    part = csv_path.with_name(csv_path.name + ".part")
    parquet_part = parquet_path.with_name(parquet_path.name + ".part")
    try:
        _copy(connection, _select(world, table, impossible=True), part, "FORMAT csv, HEADER true")
        _copy(connection, _select(world, table, impossible=False), parquet_part, "FORMAT parquet, COMPRESSION zstd")
        if appeals_path:
            _copy(connection, _select_appeals(), appeals_path, "FORMAT csv, HEADER true")
            _encode(appeals_path, "utf-8-sig")
        connection.close()
        if encoding != "utf-8":
            _encode(part, encoding)
        part.replace(csv_path)
        parquet_part.replace(parquet_path)
    finally:
        part.unlink(missing_ok=True)
        parquet_part.unlink(missing_ok=True)


def write_courts(world: World, path: Path, encoding: str) -> None:
    """The court tree: code, name, level, code of the parent; where courts changed, since when and into which."""
    courts, inside = world.courts, world.office.inside
    changes = {change.old: change for change in world.office.changes}
    renamed = {change.new: change for change in world.office.changes if change.renamed}
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["代码", "名称", "层级", "上级", *(["起", "止", "并入"] if changes else [])])
        for place, court in enumerate(courts):
            if not inside[place]:
                continue
            parent = courts[court.parent].code if court.parent >= 0 and inside[court.parent] else ""
            cells = [court.code, court.name, LEVEL_NAMES[court.level], parent]
            if place in changes:
                change = changes[place]
                cells += ["", str(change.day - timedelta(days=1)), courts[change.new].code]
            elif changes:
                cells += [str(renamed[place].day) if place in renamed else "", "", ""]
            writer.writerow(cells)


def write_units(world: World, table: Table, path: Path, encoding: str) -> None:
    """The departments of each court with their teams, in the order of :data:`DEPARTMENT_LIST`, and how they changed."""
    replaced = {change.new: change for change in world.office.departments if change.renamed}
    merged = {change.old: change for change in world.office.departments if not change.renamed}
    into = {change.old: change.new for change in world.office.changes}
    court = np.array([into.get(place, place) for place in range(len(world.courts))])[table["court"]]
    seen = set(zip(court.tolist(), table["department"].tolist(), _teams(table).tolist(), strict=True))
    found: list[Unit] = []
    for place, one in enumerate(world.courts):
        if not world.office.inside[place]:
            continue
        for position, name in enumerate(DEPARTMENT_LIST):
            if name in {change.old for change in replaced.values()}:
                continue
            names = {position} | ({DEPARTMENT_LIST.index(replaced[name].old)} if name in replaced else set())
            teams = sorted({team for at, dept, team in seen if at == place and dept in names})
            if not teams:
                continue
            kind = "人民法庭" if name.endswith("人民法庭") else "执行机构" if name == "执行局" else "庭室"
            unit = Unit(one.code, name, kind=kind)
            if name in replaced:
                unit = replace(unit, aliases=(replaced[name].old,), since=replaced[name].day)
            if name in merged:
                unit = replace(unit, until=merged[name].day - timedelta(days=1), into=merged[name].new)
            found.append(unit)
            found += [Unit(one.code, f"{TEAM_LEADERS[team]}团队", name, "团队") for team in teams]
    units.write(UnitTable(tuple(found)), path, encoding)


def _teams(table: Table) -> Array:
    """The team that has each case, as a place in :data:`TEAM_LEADERS`: a department has its own, by judge."""
    department = table["department"]
    for new in RENAMED:  # a renamed department keeps its teams
        old = DEPARTMENT_LIST.index(RENAMED_FROM[new])
        department = np.where(department == DEPARTMENT_LIST.index(new), old, department)
    found: Array = (department * TEAMS + table["judge"] % TEAMS) % len(TEAM_LEADERS)
    return found


def _frame(world: World, table: Table) -> pd.DataFrame:
    """Codes become categories, which DuckDB reads as ENUM: no join, no string is built in Python."""

    def words(codes: Array, names: list[str]) -> Any:
        """Equal words share one category; no word and the code -1 become NULL."""
        known = [name for name in dict.fromkeys(names) if name]
        place = np.array([known.index(name) if name else -1 for name in names] + [-1])
        return pd.Categorical.from_codes(place[codes].astype(np.int16), pd.Index(known))

    court, mark, origin = table["court"], table["mark"], table["origin"]
    linked = origin >= 0
    basis = table["basis"]
    based = basis >= 0
    kind_codes = [kind.code for kind in KINDS]
    court_codes = [item.code for item in world.courts]
    names = [item.name for item in world.courts]
    shown_court = np.where(mark == MARK["unknown_court"], len(names), court)
    tags = [";".join(tag for bit, tag in enumerate(TAGS) if bits >> bit & 1) for bits in range(1 << len(TAGS))]
    columns: dict[str, Any] = {
        "year": table["year"].astype(np.int16),
        "code": words(court, court_codes),
        "type": words(table["kind"], kind_codes),
        "number": table["number"].astype(np.int32),
        "court": words(shown_court, [*names, UNKNOWN_COURT]),
        "applied": words(table["procedure"], [procedure.name for procedure in PROCEDURES]),
        "cause": words(table["cause"], [cause.name for cause in CAUSE_LIST]),
        "department": words(table["department"], list(DEPARTMENT_LIST)),
        "judge": table["judge"].astype(np.int32),
        "team": words(_teams(table), [f"{leader}团队" for leader in TEAM_LEADERS]),
        "own": world.office.own[court],
        "second": np.isin(table["kind"], [KIND[code] for code in SECOND_INSTANCE.values()]),
        "filed": table["filed"].astype(np.int32),
        "concluded": table["concluded"].astype(np.int32),
        "outcome": words(table["outcome"], list(OUTCOMES)),
        "reason": words(table["reason"], list(REASON_LIST)),
        "due": table["due"].astype(np.int32),
        "extended": table["extended"],
        "excluded": table["excluded"].astype(np.int32),
        "linked": linked,
        "origin_year": table["year"][origin].astype(np.int16),
        "origin_code": words(court[origin], court_codes),
        "origin_type": words(table["kind"][origin], kind_codes),
        "origin_number": table["number"][origin].astype(np.int32),
        "payable": table["payable"].astype(np.int8),
        "perform_by": table["perform_by"].astype(np.int32),
        "performed": table["performed"].astype(np.int8),
        "based": based,
        "basis_year": table["year"][basis].astype(np.int16),
        "basis_code": words(court[basis], court_codes),
        "basis_type": words(table["kind"][basis], kind_codes),
        "basis_number": table["number"][basis].astype(np.int32),
        "claim": table["claim"],
        "recovered": table["recovered"],
        "subject": table["subject"],
        "hearings": table["hearings"].astype(np.int8),
        "tags": words(table["tags"], tags),
        "stem": words(table["stem"], list(PARTY_STEMS)),
        "party": table["party"].astype(np.int32),
        "ending": words(table["stem"], list(PARTY_ENDINGS)),
        "mark": mark.astype(np.int8),
        **{name: table[name].astype(np.int32) for name in COLUMNS if name in table},
    }
    return pd.DataFrame(columns, copy=False)


def _select(world: World, table: Table, *, impossible: bool) -> str:
    """The export as SQL; ``impossible`` dates can only be written as text."""
    last_year = world.calendar.end.index // 4 - 1

    def day(column: str) -> str:
        return f"CASE WHEN {column} >= 0 THEN DATE '1970-01-01' + {column} END"

    def money(column: str) -> str:
        return f"CASE WHEN {column} >= 0 THEN ({column}::DECIMAL(18, 0) * 0.01)::DECIMAL(18, 2) END"

    def yes_no(column: str) -> str:
        return f"CASE {column} WHEN 1 THEN '是' WHEN 0 THEN '否' END"

    def is_(fault: str) -> str:
        return f"mark = {MARK[fault]}"

    concluded = (
        f"CASE WHEN {is_('sentinel_1900')} THEN DATE '1900-01-01' "
        f"WHEN {is_('future_date')} THEN DATE '2099-12-31' "
        f"WHEN {is_('impossible_date')} THEN NULL ELSE {day('concluded')} END"
    )
    if impossible:
        concluded = f"CASE WHEN {is_('impossible_date')} THEN '{last_year}-02-30' ELSE ({concluded})::VARCHAR END"
    number = "'（' || year || '）' || code || type || number || '号'"
    origin = "'（' || origin_year || '）' || origin_code || origin_type || origin_number || '号'"
    basis = "'（' || basis_year || '）' || basis_code || basis_type || basis_number || '号'"
    formula = FORMULA.replace("'", "''")
    steps = "".join(f",\n        {day(name)} AS {head}" for name, head in COLUMNS.items() if name in table)
    return f"""SELECT
        CASE WHEN {is_("unreadable_number")} THEN '{UNREADABLE_NUMBER}' || number ELSE {number} END AS 案号,
        court::VARCHAR AS 经办法院,
        applied::VARCHAR AS 适用程序,
        cause::VARCHAR AS 案由,
        department::VARCHAR AS 承办部门,
        '承办人' || format('{{:04d}}', judge) AS 承办人,
        CASE WHEN {is_("missing_filed")} THEN NULL ELSE {day("filed")} END AS 立案日期,
        {concluded} AS 结案日期,
        outcome::VARCHAR AS 结案方式,
        {day("due")} AS 应结案日期,
        CASE WHEN extended THEN '是' ELSE '否' END AS 是否延长,
        excluded AS 扣除天数,
        CASE WHEN linked THEN {origin} END AS 原审案号,
        reason::VARCHAR AS 发改原因,
        {money("claim")} AS 申请执行金额,
        {money("recovered")} AS 到位金额,
        {money("subject")} AS 标的额,
        CASE WHEN hearings >= 0 THEN hearings::INTEGER END AS 开庭次数,
        {yes_no("payable")} AS 有给付内容,
        {day("perform_by")} AS 履行期限,
        {yes_no("performed")} AS 是否自动履行,
        CASE WHEN based THEN {basis} END AS 执行依据案号,
        tags::VARCHAR AS 专项标签,
        CASE WHEN {is_("formula_cell")} THEN '{formula}'
             ELSE concat(stem, CASE WHEN party >= 0 THEN party END, ending) END AS 当事人,
        team::VARCHAR AS 承办团队{steps}
        FROM cases"""  # noqa: S608 - only constants of this module


def _select_appeals() -> str:
    """The table that the court above gives: the second instances against the office's judgments, by day of filing."""
    return """SELECT
        '（' || origin_year || '）' || origin_code || origin_type || origin_number || '号' AS 原审案号,
        '（' || year || '）' || code || type || number || '号' AS 二审案号,
        DATE '1970-01-01' + filed AS 二审立案日期,
        CASE WHEN concluded >= 0 THEN DATE '1970-01-01' + concluded END AS 二审结案日期,
        outcome::VARCHAR AS 二审结果,
        reason::VARCHAR AS 发改原因
        FROM every WHERE NOT own AND second ORDER BY filed, code, type, number"""


def _copy(connection: duckdb.DuckDBPyConnection, select: str, path: Path, options: str) -> None:
    target = str(path).replace("'", "''")
    connection.execute(f"COPY ({select}) TO '{target}' ({options})")


def _encode(path: Path, encoding: str) -> None:
    """Rewrite a UTF-8 file in another encoding, split at line ends so that no character is cut."""
    other = path.with_name(path.name + ".encoded")
    try:
        with path.open("rb") as source, other.open("wb") as target:
            if encoding == "utf-8-sig":
                target.write(b"\xef\xbb\xbf")
                encoding = "utf-8"
            while lines := source.readlines(BLOCK):
                block = b"".join(lines)
                target.write(block if encoding == "utf-8" else block.decode("utf-8").encode(encoding))
        other.replace(path)
    finally:
        other.unlink(missing_ok=True)
