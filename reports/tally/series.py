"""Serial cases (系列案): many of one party, for one cause, in one week at one court, with all that came of them.

A series says how one party sues, not how a court works: six hundred short cases of one plaintiff halve a court's mean
duration. Counted by themselves they can be taken off again, from both sides of every rate and in every period.
"""

from __future__ import annotations

from dataclasses import replace

from reports.courts.case_no import identity_sql
from reports.model import BATCH, CaseTable
from reports.tally.cases import LONGEST

SERIES = "serial_cases"
_WEEKS = """CREATE OR REPLACE TEMP TABLE series_weeks AS
    SELECT court, party, cause, date_trunc('week', filed) AS week FROM {cases}
    WHERE party IS NOT NULL AND cause IS NOT NULL AND filed IS NOT NULL GROUP BY ALL HAVING count(*) >= {least}"""
_NUMBERS = """CREATE OR REPLACE TEMP TABLE series_numbers AS
    SELECT DISTINCT {number} AS number FROM {cases} AS c SEMI JOIN series_weeks AS s
    ON c.court = s.court AND c.party = s.party AND c.cause = s.cause AND date_trunc('week', c.filed) = s.week"""
_LINKS = """CREATE OR REPLACE TEMP TABLE series_links AS
    SELECT {number} AS number, {origin} AS origin FROM {cases} WHERE origin_case_no IS NOT NULL"""
_GROW = """INSERT INTO series_numbers
    (SELECT l.number FROM series_links AS l SEMI JOIN series_numbers AS n ON l.origin = n.number
    UNION SELECT l.origin FROM series_links AS l SEMI JOIN series_numbers AS n ON l.number = n.number)
    EXCEPT SELECT number FROM series_numbers"""
_ROWS = """CREATE OR REPLACE TEMP VIEW {series} AS
    SELECT * FROM {relation} WHERE {number} IN (SELECT number FROM series_numbers)"""


def unseen(table: CaseTable) -> str:
    """Why serial cases cannot be told from others, in Chinese; empty where they can."""
    if table.engine:
        return "案件留在数据库引擎中，不逐案查阅"
    if not table.columns:
        return "只有指标表，没有案件数据"
    lacking = [name for column, name in (("party", "当事人"), ("cause", "案由")) if column not in table.columns]
    return f"数据中没有“{'”“'.join(lacking)}”" if lacking else ""


def serial(table: CaseTable) -> CaseTable | None:
    """The rows of a case table that belong to a series; ``None`` where there are none, or they are :func:`unseen`.

    A series is at least :data:`BATCH` cases of one court, party and cause, filed in one week (from Monday). What began
    in such a case belongs to it, and so does what it began in, by 原审案号: an appeal goes with its judgment, or a rate
    would lose only one side of it. All cases are asked, those of a theme too. The party's name is used to find them
    and goes no further.
    """
    if unseen(table):
        return None
    run, cases = table.connection.execute, table.whole or table.relation
    number, origin = identity_sql("case_no"), identity_sql("origin_case_no")
    run(_WEEKS.format(cases=cases, least=BATCH))
    if not run("SELECT 1 FROM series_weeks LIMIT 1").fetchall():
        return None
    run(_NUMBERS.format(cases=cases, number=number))
    if "origin_case_no" in table.columns:
        run(_LINKS.format(cases=cases, number=number, origin=origin))
        for _ in range(LONGEST):
            if run(_GROW).fetchall() == [(0,)]:
                break
    run(_ROWS.format(series=SERIES, relation=table.relation, number=number))
    return replace(table, relation=SERIES, whole=cases)
