"""Cases → the same cases with the day on which each judgment became final (推算生效日期).

Whether anybody appealed stands in the rows of the second instances, by 原审案号, and in the columns of the first
instance; both are asked. The terms are those of :mod:`reports.courts.finality`. A first instance that was appealed has
no such day: its second instance has, but where the appeal was withdrawn or the case sent back. Whose appeals the data
tell at all is not asked here (:mod:`reports.tally.reach`).

A retrial that names its own review (再审审查) in 原审案号 is led on to the court whose judgment is reviewed. By
执行依据案号 a judgment gets the day on which its first enforcement was filed (申请执行日期).

Only small tables are made, of the cases that were appealed or retried; the column itself is worked out where it is
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import cast

from reports.catalogue.unknown import AFTERWARDS, COMPANION
from reports.courts import case_no
from reports.courts.finality import Rule, rules, withdrawals
from reports.model import CaseTable
from reports.read.engine.engines import Engine
from reports.read.engine.words import DUCKDB, Words

FINALITY, ENFORCEMENT = "became_final", "enforced_on"
RELATION, APPEALED, REVIEWED, ENFORCED = "tongbao_final", "tongbao_appealed", "tongbao_reviewed", "tongbao_enforced"
NEEDED = frozenset({"case_no", "origin_case_no", "origin_court", "outcome", *AFTERWARDS[FINALITY]})
"""The columns that the day is worked out from, beside those that every case table has."""
DAYS = frozenset({FINALITY, ENFORCEMENT})
SMALL = (APPEALED, REVIEWED, ENFORCED)
REMARKS = {
    APPEALED: "有二审案件的一审案件",
    REVIEWED: "再审案件所列的再审审查案号、被审查的是哪个法院的裁判",
    ENFORCED: "首次执行案件列为执行依据的一审、二审案件",
    RELATION: "加上推算生效日期、申请执行日期的案件",
}
_TELLING = frozenset({"appealed", "appeal_date", "second_no", "second_filed", "second_date", "second_result"})


def wanted(columns: frozenset[str]) -> frozenset[str]:
    """Columns that are asked for, with those that the day is worked out from where it is among them."""
    found = columns | NEEDED if FINALITY in columns else columns
    return found | {"case_no", "basis_case_no"} if ENFORCEMENT in columns else found


def told(columns: Collection[str]) -> frozenset[str]:
    """The days that can be worked out from a case table with these columns."""
    found = {FINALITY} if {"origin_case_no", *_TELLING} & set(columns) else set()
    return frozenset(found | ({ENFORCEMENT} if "basis_case_no" in columns else set()))


def with_finality(table: CaseTable) -> CaseTable:
    """A case table with both days, as far as the data tell of appeals and enforcement; else as it is."""
    days = told(table.columns)
    if not days or days <= table.columns:
        return table
    if table.engine:
        engine = cast(Engine, table.engine)
        names = list(table.query(f"SELECT * FROM {table.relation} WHERE 1 = 0").columns)
        work = Work(table.relation, table.columns, table.unknown, names, engine.words, engine.words.identity)
        for name, sql in work.statements:
            engine.keep(name, sql)
    else:
        db = table.connection
        described = db.execute(f"DESCRIBE {table.relation}").fetchall()
        names = [name for name, *_ in described]
        work = Work(table.relation, table.columns, table.unknown, names, DUCKDB, case_no.identity_sql)
        *small, (name, sql) = work.statements
        tables = db.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
        there = {each for (each,) in tables}
        for each, query in small:
            if each in there:  # they were written with the cases
                continue
            db.execute(f"CREATE OR REPLACE TEMP TABLE {each} AS {query}")
        db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")
    unknown = table.unknown | ({FINALITY} if work.undecided else frozenset())
    return replace(table, relation=RELATION, columns=table.columns | days, unknown=unknown)


class Work:
    """The SQL of one relation: ``columns`` are those that hold anything, ``names`` all that go along.

    ``unknown`` are columns with companions; ``identity`` gives the SQL of the one spelling of a case number.
    """

    def __init__(
        self,
        relation: str,
        columns: Collection[str],
        unknown: Collection[str],
        names: Sequence[str],
        words: Words,
        identity: Callable[[str], str],
    ) -> None:
        self.relation, self.columns, self.words, self.identity = relation, frozenset(columns), words, identity
        self.names = names
        self.linked = "origin_case_no" in self.columns
        self.days = told(columns)
        self.undecided = sorted(set(AFTERWARDS[FINALITY]) & set(unknown)) if FINALITY in self.days else []

    @property
    def statements(self) -> list[tuple[str, str]]:
        """Name and SELECT of what is made, in order; the last is the relation of the cases."""
        maps = [(APPEALED, self._appealed), (REVIEWED, self._reviewed)] if self.linked else []
        maps += [(ENFORCED, self._enforced)] if ENFORCEMENT in self.days else []
        return [*maps, (RELATION, self._cases)]

    @property
    def _cases(self) -> str:
        made = {FINALITY, ENFORCEMENT, COMPANION + FINALITY}
        joins = ""
        parts = [f"{self._day} AS {FINALITY}"] if FINALITY in self.days else []
        if self.undecided:
            parts.append(f"CASE WHEN {self._open} THEN 1 ELSE 0 END AS {COMPANION}{FINALITY}")
        if self.linked:
            made.add("origin_court")
            retried = "c.procedure = '再审' AND v.text IS NOT NULL"
            parts.append(f"CASE WHEN {retried} THEN v.court ELSE c.origin_court END AS origin_court")
            joins += f" LEFT JOIN {APPEALED} a ON a.text = c.case_no"
            joins += f" LEFT JOIN {REVIEWED} v ON v.text = c.origin_case_no"
        if ENFORCEMENT in self.days:
            parts.append(f"e.filed AS {ENFORCEMENT}")
            joins += f" LEFT JOIN {ENFORCED} e ON e.text = c.case_no"
        kept = [f"c.{self.words.name(name)}" for name in self.names if name not in made]
        return f"SELECT {', '.join([*kept, *parts])} FROM {self.relation} c{joins}"

    @property
    def _enforced(self) -> str:
        """The judgments that first enforcements name as their basis, with the day on which the first was filed."""
        basis = self.identity("basis_case_no")
        enforcement = (
            f"SELECT {basis} AS number, min(filed) AS filed FROM {self.relation} "
            f"WHERE procedure = '首次执行' AND basis_case_no IS NOT NULL AND filed IS NOT NULL GROUP BY {basis}"
        )
        judgment = (
            f"SELECT case_no AS text, {self.identity('case_no')} AS number FROM {self.relation} "
            "WHERE procedure IN ('一审', '二审') AND case_no IS NOT NULL"
        )
        return (
            "SELECT j.text AS text, min(x.filed) AS filed "
            f"FROM ({judgment}) j JOIN ({enforcement}) x ON j.number = x.number GROUP BY j.text"
        )

    @property
    def _appealed(self) -> str:
        """The first instances that second instances name: whether an appeal stood, when the last was withdrawn."""
        gone = self._withdrawn("outcome") if "outcome" in self.columns else "1 = 0"
        gone = f"concluded IS NOT NULL AND {gone}"
        second = (
            f"SELECT {self.identity('origin_case_no')} AS number, "
            f"max(CASE WHEN {gone} THEN 0 ELSE 1 END) AS stood, "
            f"max(CASE WHEN {gone} THEN {self._served('')} END) AS withdrawn FROM {self.relation} "
            f"WHERE procedure = '二审' AND origin_case_no IS NOT NULL GROUP BY {self.identity('origin_case_no')}"
        )
        first = (
            f"SELECT case_no AS text, {self.identity('case_no')} AS number FROM {self.relation} "
            "WHERE procedure = '一审' AND case_no IS NOT NULL"
        )
        return (
            "SELECT f.text AS text, max(s.stood) AS stood, max(s.withdrawn) AS withdrawn "
            f"FROM ({first}) f JOIN ({second}) s ON f.number = s.number GROUP BY f.text"
        )

    @property
    def _reviewed(self) -> str:
        """The numbers of reviews that retrials name, with the court whose judgment was reviewed where it is known.

        A review that is not in the data tells by its number that it is one: 民申, 刑监, 行抗.
        """
        named = (
            f"SELECT DISTINCT origin_case_no AS text, {self.identity('origin_case_no')} AS number FROM {self.relation} "
            "WHERE procedure = '再审' AND origin_case_no IS NOT NULL"
        )
        review = (
            f"SELECT {self.identity('case_no')} AS number, max(origin_court) AS court FROM {self.relation} "
            f"WHERE procedure = '再审审查' AND case_no IS NOT NULL GROUP BY {self.identity('case_no')}"
        )
        kinds = " OR ".join(f"n.text LIKE '%{mark}%'" for mark in "申监抗")
        return (
            f"SELECT n.text AS text, max(w.court) AS court FROM ({named}) n LEFT JOIN ({review}) w "
            f"ON n.number = w.number WHERE w.number IS NOT NULL OR {kinds} GROUP BY n.text"
        )

    def _served(self, row: str) -> str:
        """The day of service; that of conclusion where none is given, or one that cannot be."""
        concluded, served = f"{row}concluded", f"{row}served"
        if "served" not in self.columns:
            return concluded
        return f"CASE WHEN {served} >= {concluded} THEN {served} ELSE {concluded} END"

    @property
    def _told(self) -> str:
        """SQL telling that the row of a first instance, or a second instance, says that somebody appealed."""
        parts = ["a.text IS NOT NULL"] if self.linked else []
        parts += ["coalesce(c.appealed, '') = '是'"] if "appealed" in self.columns else []
        parts += [f"c.{name} IS NOT NULL" for name in sorted((_TELLING & self.columns) - {"appealed"})]
        return f"({' OR '.join(parts)})"

    @property
    def _open(self) -> str:
        """SQL telling that it is open whether, or when, a judgment became final: something was not understood."""

        def any_of(names: Iterable[str]) -> str:
            return " OR ".join(f"c.{COMPANION}{name} = 1" for name in names) or "1 = 0"

        either = any_of(name for name in self.undecided if name == "served")
        first = any_of(name for name in self.undecided if name not in ("served", "applied"))
        small = sorted({line for rule in rules() if rule.applied for line in rule.lines})
        applied = f"({any_of(n for n in self.undecided if n == 'applied')}) AND c.line IN ({self._listed(small)})"
        # A second instance in the data is certain, whatever the first instance's own row says.
        appeal = f"a.text IS NULL AND ({first})" if self.linked else f"({first})"
        return (
            f"c.concluded IS NOT NULL AND (c.procedure = '二审' AND ({either}) "
            f"OR c.procedure = '一审' AND ({appeal} OR NOT {self._told} AND ({either} OR {applied})))"
        )

    @property
    def _day(self) -> str:
        ends = []
        if self.undecided:
            ends.append(f"WHEN {self._open} THEN NULL")
        if self.linked:
            ends.append("WHEN a.stood = 0 THEN a.withdrawn")
        if {"second_date", "second_result"} <= self.columns:
            ends.append(f"WHEN {self._withdrawn('c.second_result')} THEN c.second_date")
        ends.append(f"WHEN {self._told} THEN NULL")
        ends += [f"WHEN {self._fits(rule)} THEN {self._after(rule.days)}" for rule in rules() if rule.stage == "一审"]
        second = [f"WHEN {self._fits(rule)} THEN {self._after(rule.days)}" for rule in rules() if rule.stage == "二审"]
        if self.undecided:
            second.insert(0, f"WHEN {self._open} THEN NULL")
        return (
            f"CASE WHEN c.concluded IS NULL THEN NULL WHEN c.procedure = '一审' THEN CASE {' '.join(ends)} END "
            f"WHEN c.procedure = '二审' THEN CASE {' '.join(second)} END END"
        )

    def _fits(self, rule: Rule) -> str:
        """SQL telling that a rule applies; one that asks for a column that the data lack does not."""
        parts = [f"c.line IN ({self._listed(rule.lines)})"]
        for name, known in (("outcome", rule.outcomes), ("applied", rule.applied)):
            if known:
                parts.append(f"c.{name} IN ({self._listed(known)})" if name in self.columns else "1 = 0")
        return " AND ".join(parts)

    def _after(self, days: int) -> str:
        served = self._served("c.")
        return self.words.add_days.format(x=f"({served})", n=days) if days else served

    def _withdrawn(self, column: str) -> str:
        return f"{column} IN ({self._listed(withdrawals())})"

    def _listed(self, words: Iterable[str]) -> str:
        return ", ".join(map(self.words.literal, words))
