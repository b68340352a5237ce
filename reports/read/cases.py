"""From source columns to canonical ones: types, sentinels, facts of the case number, rows set aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import duckdb
import numpy as np
import pandas as pd

from reports import people
from reports.catalogue.columns import BY_ID, COLUMNS, REQUIRED, Column
from reports.catalogue.unknown import BASED_ON, COMPANION
from reports.catalogue.values import CODED, STANDARD, Vocabulary
from reports.cells import ODD, Cells
from reports.courts import case_no
from reports.courts.derivation import derive
from reports.courts.periods import chinese_date
from reports.courts.time_limits import types_with_several
from reports.courts.tree import CourtTree
from reports.errors import ConfigError, InputError
from reports.model import CaseTable, LeftOut, Note
from reports.read import facts, limits, values, wording
from reports.read import heading as headings
from reports.read.appeals import READ, Appeals
from reports.read.dialect import Dialect
from reports.read.table import Lost, quote
from reports.read.table import identifier as quoted

FULL = (65_535, 1_048_575)  # rows below the heading of a sheet that is full
_THEIRS = frozenset({"case_no", "court", "party"})  # where a number, a court and people belong
# What is kept of rows that are asked for later → the rows in which it may be anything, and how it is masked.
_ASIDE: Mapping[str, tuple[str, Callable[[str], str]]] = {
    **dict.fromkeys(("case_no", "_number"), ("_era IS NULL", partial(people.masked, whole=True))),
    "_court_text": ("true", people.court),
    "_problem": ("true", people.reason),
}
_SQL_TYPES = {"text": "VARCHAR", "flag": "VARCHAR", "date": "DATE", "integer": "BIGINT", "money": "BIGINT"}
AT_ONCE = 4_000_000  # numbers that are sorted at once: 32 MB
_WORDS = {"line", "procedure", "applied", "outcome"}  # texts of few values
_FEW = frozenset({"court", *CODED})  # columns of few different words
UNIT_NAMES = frozenset({"dept", "team"})
"""The columns that name the unit of a case: whoever wants one also gets the numbers by which appeals find theirs."""
# What the number of a case tells, or a rule where no file has it: a file without it is no gap.
_IN_PART = {"line", "procedure", "applied", "extended", "excluded_days", "deadline", "origin_concluded"}
_ALWAYS = {"case_no", "court", "type", "line", "procedure", "filed", "concluded", "origin_case_no", "origin_court"}


# Columns that are filled in when a case is concluded, or when the court above decides: not known before that day.
_TOLD_ON: Mapping[str, tuple[str, ...]] = {
    "outcome": ("concluded",),
    "exec_recovered": ("concluded",),
    "served": ("concluded",),
    "heard": ("scheduled",),
    "appealed": ("concluded", "appeal_date", "second_filed"),
    "appeal_date": ("concluded",),
    "second_filed": ("concluded",),
    "second_date": ("concluded",),
    "second_result": ("concluded", "second_date"),
    "effective": ("concluded",),
    "payable": ("concluded",),
    "perform_by": ("concluded",),
    "performed": ("concluded",),
    "retrial_result": ("concluded", "retrial_date"),
    "reversal_reason": ("concluded", "second_date", "retrial_date"),
}

_AHEAD = ("filed", "deadline", "heard")  # days that are known before they come; a case filed later is out altogether


@dataclass(frozen=True)
class Source:
    """One file (or query) ready to load: ``sql`` yields the columns of ``types`` (name → DuckDB type)."""

    name: str
    types: Mapping[str, str]
    sql: str
    found: Mapping[str, str]  # canonical → source column
    line: str = "_line"  # SQL of a row's number in the file
    first: int | None = None  # that of the first row, where all others follow without a gap
    in_place: bool = False  # whether scanning it again is cheap and always gives the same rows
    lost: tuple[Lost, ...] = ()
    unit: str | None = None  # of money, where a title row states it
    notes: tuple[Note, ...] = ()
    part: str = ""  # the sheet

    @property
    def label(self) -> str:
        """How the source is called in messages."""
        return f"{self.name}（工作表“{self.part}”）" if self.part else self.name


class CaseLoader:
    """Gathers sources and turns them into one case table.

    What a database can scan in place (Parquet) is never copied as it is; everything else is loaded once. One pass
    over the case numbers finds the few distinct heads, courts and origins, which are read in Python; one further
    pass writes the canonical table, with only the columns that are wanted.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        dialect: Dialect,
        *,
        today: date,
        as_of: date | None = None,
        wanted: frozenset[str] | None = None,
        changes: limits.Exclusions | None = None,
        appeals: Appeals | None = None,
        vocabulary: Vocabulary = STANDARD,
        cells: Cells = Cells(),  # noqa: B008 - frozen
        without: Sequence[str] = (),
    ) -> None:
        self.left: tuple[LeftOut, ...] = ()
        self.absent = without  # courts to leave out; ``left`` is what was left out of each
        self.connection, self.dialect, self.today, self.cells = connection, dialect, today, cells
        self.known_until = as_of if as_of and as_of < today else None
        self.vocabulary = vocabulary
        self.appeals = appeals
        self.notes: list[Note] = []  # of the files, what was made of their values
        self.limits: limits.Limits | None = None
        if wanted is None or wanted & limits.DEADLINES:
            wanted = wanted if wanted is None else wanted | limits.READ
            self.limits = limits.Limits(connection, as_of=as_of or today, changes=changes)
        self.link_origins = wanted is None or "origin_concluded" in wanted
        # Only counts are wanted: rows keep no text that no count reads, but numbers by which cases are linked.
        self.lean = wanted is not None and not self.link_origins and "case_no" not in wanted
        self.named = sorted(wanted & UNIT_NAMES) if wanted is not None and self.lean else []
        self.origins = bool(self.named) or wanted is None or "origin_case_no" in wanted
        self.sources: list[Source] = []
        self.selects: list[str] = []
        self.columns: set[str] = set()
        self.looked: set[str] = {"second_no"} if appeals else set()  # columns of texts that may name somebody
        self.words: dict[str, Counter[str]] = {}  # the texts of the coded columns with their rows
        self.wordings: dict[str, wording.Wording] = {}
        self.unknown: dict[str, list[tuple[str, int]]] = {}  # the unknown words of the rows that are used
        self.unread: dict[str, int] = {}  # and the values that could not be read: column → rows
        self.without: dict[str, list[int]] = {}  # columns that some of the files have, and the files that lack them
        self.merged = False  # whether some row writes several numbers
        self.wanted = [c for c in COLUMNS if wanted is None or c.id in wanted or c.id in _ALWAYS]

    def add(self, source: Source, *, due: int | None = None) -> bool:
        """Take up one source; loads it unless it can be scanned in place. Rows keep their number in the source.

        ``due`` is how many rows a source to be loaded must have; with any other number it is not taken up.
        """
        place = len(self.sources)
        columns: list[tuple[Column, values.Reading]] = []
        words: list[Column] = []
        scales: dict[str, int] = {}
        why: dict[str, tuple[str, int]] = {}
        query = f'SELECT *, {source.line}::BIGINT AS "\u00a7line" FROM ({source.sql})'
        notes: list[Note] = []
        texts = [source.found[c.id] for c in self.wanted if c.kind in ("text", "flag") and c.id in source.found]
        texts = [name for name in dict.fromkeys(texts) if source.in_place and source.types[name] == "VARCHAR"]
        texts = [name for name in texts if name not in {source.found.get(one) for one in values.NUMBERS}]
        try:
            spotless = values.spotless(self.connection, source.sql, texts, self.cells)
            for column in self.wanted:
                if column.derived:
                    continue
                name = source.found.get(column.id)
                if name is None:
                    columns.append((column, values.Reading(f"NULL::{_SQL_TYPES[column.kind]}")))
                    continue
                kind = source.types[name]
                scale, reason = values.scale_of(column, name, source.unit, self.cells)
                if reason:
                    why[column.id] = (reason, scale)
                late = kind.startswith("TIMESTAMP") and values.all_late(self.connection, source.sql, quoted(name))
                if late:
                    notes.append(values.late_note(column, self._filled(source, name)))
                rewritten = {} if column.id in CODED else self.dialect.values.get(column.id, {})
                afterwards = column.id in _FEW and not rewritten and kind == "VARCHAR" and not source.in_place
                one = values.reading(
                    column,
                    quoted(name),
                    kind,
                    self.cells,
                    scale,
                    late=late,
                    spotless=name in spotless,
                    afterwards=afterwards,
                    rewritten=rewritten,
                )
                columns.append((column, one))
                if afterwards:
                    words.append(column)
                if one.settled:
                    scales[column.id] = scale
            in_place = source.in_place and not scales
            held = {c.id: source.found[c.id] for c in self.wanted if c.id in source.found and c.id not in _THEIRS}
            held = {one: name for one, name in held.items() if BY_ID[one].kind in ("text", "flag")}
            if in_place:
                held = {one: name for one, name in held.items() if source.types[name] == "VARCHAR"}
                self.looked |= {one for one, name in held.items() if name in texts and name not in spotless}
                self.looked |= values.suspected(self.connection, source.sql, held)
            else:
                self.looked |= {*held, "_bad"}
            head = f"{place}::SMALLINT AS _file, {values.plain_heads(columns, short=not in_place)}"
            if in_place:
                head += f', "\u00a7line" AS _line, {values.key(quoted(source.found["case_no"]))} AS _key'
                select = values.projection(columns, head, query)
                self.connection.execute(f"EXPLAIN {select}")
            else:
                own = ""
                if source.first is None:
                    head += ', "\u00a7line" AS _line'
                else:  # the table keeps the order of the file, and so the place of each row
                    query, own = source.sql, f", rowid + {source.first} AS _line"
                try:
                    select = values.projection(columns, head, query)
                    self.connection.execute(f"CREATE OR REPLACE TABLE raw_{place} AS {select}")
                except duckdb.Error:
                    if due is None:
                        raise
                    return False
                rows = self._count(f"raw_{place}")
                if due is not None and rows != due:
                    return False
                values.clean_words(self.connection, f"raw_{place}", words, self.cells)
                notes += values.settle(self.connection, f"raw_{place}", scales, self.cells, self.today)
                select = f"SELECT * REPLACE ({values.cut()}), {values.key('case_no')} AS _key{own} FROM raw_{place}"
                rows += len(source.lost)
                if rows in FULL and not source.part:
                    notes.append(
                        Note(
                            "full_file",
                            f"{source.name}正好有这么多行，像是一张写满的表，其后的行可能没有导出",
                            rows,
                            unit="行",
                        )
                    )
        except duckdb.Error as error:
            raise InputError(
                f"文件无法读取：{str(error).splitlines()[0]}", where=source.label, advice="请重新导出该文件。"
            ) from error
        for name, (reason, scale) in why.items():
            text = f"{BY_ID[name].name}以{scale}元为单位（据{reason}），已换算为元"
            notes.append(Note("scaled", text, self._filled(source, source.found[name])))
        source = replace(source, in_place=in_place)
        self.notes += [*source.notes, *notes]
        self.sources.append(source)
        self.selects.append(select)
        self.columns |= set(source.found) & {column.id for column in self.wanted}
        return True

    def _filled(self, source: Source, name: str) -> int:
        """How many cells of a column hold anything."""
        return self._count(f"({source.sql})", f"nullif({quoted(name)}::VARCHAR, '') IS NOT NULL")

    def finish(self, tree: CourtTree | None, *, may_be_empty: bool = False) -> CaseTable:
        """Derive line, procedure and courts; set unusable rows aside; return the case table."""
        rows = " UNION ALL BY NAME ".join(self.selects)
        if self.absent:
            rows, tree = self._leave_out(rows, tree)
        if self.appeals:
            rows = self._with_appeals(self.appeals, rows)
        rows = self._known(rows)
        self.connection.execute(f"CREATE OR REPLACE VIEW raw AS {rows}")
        self._mask_texts(rows)
        seen = self._seen()
        heads = self._heads(seen, tree)
        if tree is None:
            tree = derive(pairs(seen, heads))
        self.tree = tree
        self.notes += wording.former_note(tree, seen, self.today)
        self._map_courts(tree, seen, heads)
        self._find_moved(seen, heads)
        self._read_words()
        if self.limits:
            applied = self.wordings.get("applied")
            kinds = self.connection.execute("SELECT DISTINCT type FROM heads").fetchall()
            self.limits.prepare((kind for (kind,) in kinds), applied.standard if applied else ())
        if self.lean:
            self._shorten(tree)
        read = self._assemble()
        read -= self._take_out()
        self._mask_aside()
        set_aside = self._set_aside()
        ((used, first, last),) = self.connection.execute(
            "SELECT count(*), min(concluded), greatest(max(filed), max(concluded)) "
            "FROM assembled WHERE _problem IS NULL"
        ).fetchall()
        lost = sum(len(source.lost) for source in self.sources)
        if read + lost == 0 and self.left:
            names = "、".join(one.name for one in self.left)
            raise ConfigError(
                f"除写明不计入的法院（{names}）以外，没有案件。",
                where="--without 或 [source] without",
                advice="请核对法院。",
            )
        if read + lost == 0 and not may_be_empty:
            raise InputError(
                "只有表头，没有一行案件。",
                where="、".join(source.label for source in self.sources),
                advice="请核对导出的统计期和范围；数据在别的工作表时，用 [source] 的 sheet 指定。",
            )
        assert read + lost == used + len(set_aside)
        return CaseTable(
            first=first,
            last=last,
            connection=self.connection,
            relation="cases",
            columns=self._available(),
            tree=tree.without(one.code for one in self.left),
            rows_in=read + lost,
            rows_used=used,
            set_aside=set_aside,
            notes=self._notes(),
            files=tuple(dict.fromkeys(source.name for source in self.sources)),
            unknown=frozenset(self._unknown_columns()),
            day=self.today,
            courts=frozenset(one.code for one in self.courts if one.code),
            without=self.left,
            lean=self.lean,
        )

    def _leave_out(self, rows: str, tree: CourtTree | None) -> tuple[str, CourtTree]:
        """The rows without those of courts that are left out, as if no file had them; and the tree of all courts."""
        self.connection.execute(f"CREATE OR REPLACE VIEW raw AS {rows}")
        seen = self._seen()
        heads = self._heads(seen, tree)
        tree = tree or derive(pairs(seen, heads))
        codes = {tree.find(text).code for text in self.absent}
        names = []
        for one in wording.courts(tree, seen, heads):
            if one.code in codes:  # where the name is unknown, the rows whose number is the court's
                several = [head for head, code in heads.items() if code == one.number] if one.number else [None]
                names += [(one.text, head, one.code) for head in several]
        self._register("left_names", pd.DataFrame(names, columns=["text", "head", "code"]).astype("object"))
        mine = f"l.text = r.court AND (l.head IS NULL OR l.head = {case_no.head_sql('r.case_no')})"
        last = ", ".join(f"max({day}) FILTER ({day} <= DATE '{self.today}')" for day in ("filed", "concluded"))
        told = self.connection.execute(
            f"SELECT l.code, count(*), greatest({last}) FROM raw r JOIN left_names l ON {mine} GROUP BY 1"
        ).fetchall()
        found = {code: (number, day) for code, number, day in told}
        self.left = left_out(tree, codes, found)
        self.connection.execute(
            f"CREATE OR REPLACE TABLE left_numbers AS SELECT DISTINCT {case_no.identity_sql('r.case_no')} AS number "
            f"FROM raw r JOIN left_names l ON {mine} WHERE r.case_no IS NOT NULL"
        )
        for beside in (self.appeals, self.limits):  # what the tables beside the cases say of them goes too
            if beside:
                beside.leave_out("left_numbers")
        return f"SELECT r.* FROM ({rows}) r WHERE NOT EXISTS (FROM left_names l WHERE {mine})", tree

    def _with_appeals(self, appeals: Appeals, rows: str) -> str:
        """The rows with what the table of appeals says of them, as if they had been filled in so."""

        def standard(column: str, text: str) -> str | None:
            return self.vocabulary.read(column, self.dialect.values.get(column, {}).get(text, text))

        told = appeals.put_to(rows, [c.id for c in self.wanted if not c.derived], standard)
        self.notes += appeals.notes
        self.columns |= READ
        return told

    def _known(self, rows: str) -> str:
        """The rows as they were known on an earlier day: later cases out, later conclusions and results unknown.

        Days after today are impossible, not later; they stay, to be set aside with that reason.
        """
        if self.known_until is None:
            return rows
        day = f"DATE '{self.known_until}' AND {{0}} <= DATE '{self.today}'"
        after = {
            c.id: f"coalesce({c.id} > {day.format(c.id)}, false)"
            for c in self.wanted
            if c.kind == "date" and not c.derived
        }
        out = f"({after['filed']} OR (filed IS NULL AND {after['concluded']}))"
        for name, text, where in (
            ("later_filed", f"{chinese_date(self.known_until)}之后立案（当时还没有，未计入）", out),
            (
                "later_concluded",
                f"{chinese_date(self.known_until)}之后结案（按当时未结统计）",
                f"NOT {out} AND {after['concluded']}",
            ),
        ):
            if number := self._count(f"({rows})", where):
                self.notes.append(Note(name, text, number))
        unknown = {name: where for name, where in after.items() if name not in _AHEAD}
        for name, days in _TOLD_ON.items():
            told = [after[one] for one in days if one in after]
            if told and name in {c.id for c in self.wanted}:
                unknown[name] = " OR ".join([*told, *([unknown[name]] if name in unknown else [])])
        replaced = ", ".join(f"CASE WHEN NOT ({where}) THEN {name} END AS {name}" for name, where in unknown.items())
        return f"SELECT * REPLACE ({replaced}) FROM ({rows}) WHERE NOT {out}"

    def _seen(self) -> list[tuple[str | None, str | None, str | None, int]]:
        """Distinct (head of the case number, court as written, head of the origin's number) and their rows.

        Numbers that are not written in the plain way are put down on the way (``odd``): only they can be those of
        a case that another row writes otherwise.
        """
        rows = case_no.odd_steps("case_no", "_plain = ''", "odd", "raw")
        self.connection.execute(
            f"CREATE OR REPLACE TABLE seen AS SELECT {_head('case_no')} AS head, court, "
            f"{_head('origin_case_no')} AS origin, odd, count(*) AS number FROM ({rows}) GROUP BY 1, 2, 3, 4"
        )
        merged = f"SELECT count(*) FROM seen WHERE regexp_matches(odd, '{case_no.SEVERAL}')"
        ((several,),) = self.connection.execute(merged).fetchall()
        self.merged = bool(several)
        return self.connection.execute(
            "SELECT head, court, origin, sum(number)::BIGINT FROM seen GROUP BY ALL"
        ).fetchall()

    def _heads(self, seen: wording.Seen, tree: CourtTree | None) -> dict[str | None, str | None]:
        """What every distinct head says; the grammar runs once per head. Returns head → court code."""
        rows = [facts.of_head(head, tree) for head in sorted({head for head, *_ in seen if head})]
        names = list(facts.HEAD_COLUMNS)
        frame = pd.DataFrame(rows, columns=names).astype(
            {name: "object" for name in names if name != "year"} | {"year": "Int64"}
        )
        self._register("heads", frame)
        return {row[0]: row[2] for row in rows}

    def _register(self, name: str, frame: pd.DataFrame) -> None:
        self.connection.register("incoming", frame)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")
        self.connection.unregister("incoming")

    def _map_courts(self, tree: CourtTree, seen: wording.Seen, codes: Mapping[str | None, str | None]) -> None:
        self.courts = wording.courts(tree, seen, codes)
        rows = [(one.text, one.code, one.number) for one in self.courts]
        self._register("court_names", pd.DataFrame(rows, columns=["text", "code", "number"]).astype("object"))
        origins = []
        for head in sorted({origin for *_, origin, _ in seen if origin}):
            court = tree.successor(case_no.parse_head(head).court)
            origins.append((head, court if court in tree.by_code else None))
        self._register("origin_heads", pd.DataFrame(origins, columns=["head", "code"]).astype("object"))

    def _find_moved(self, seen: wording.Seen, codes: Mapping[str | None, str | None]) -> None:
        """The cases that another court handles than their number names: their appeals follow that court.

        Only where there are any, and appeals that name a court with such cases, are the numbers looked at.
        """
        own = {one.text: one.code for one in self.courts if one.code and not one.number}
        heads = sorted(
            {h for h, court, *_ in seen if h and codes.get(h) and own.get(court or "") not in (None, codes[h])}
        )
        self.moved = bool(heads) and any(origin in set(heads) for *_, origin, _ in seen)
        if not self.moved:
            return
        self._register("moved_heads", pd.DataFrame({"head": heads}).astype("object"))
        self.connection.execute(
            f"CREATE OR REPLACE TABLE moved AS SELECT {case_no.identity_sql('r.case_no')} AS number, "
            "any_value(c.code) AS code FROM (SELECT case_no, court FROM raw "
            f"WHERE {_head('case_no')} IN (SELECT head FROM moved_heads)) r "
            "JOIN court_names c ON r.court = c.text AND c.number IS NULL AND c.code IS NOT NULL "
            "GROUP BY 1 HAVING count(DISTINCT c.code) = 1"
        )

    def _read_words(self) -> None:
        """Look up every distinct word of the coded columns once."""
        for name in CODED:
            if name in self.words:
                self.wordings[name] = wording.wording(name, self.words[name].items(), self.vocabulary, self.dialect)

    def _shorten(self, tree: CourtTree) -> None:
        """Make every text that counts read one ENUM: two bytes a row, and comparisons of integers."""
        words = {"其他", "是", "否", "二审", *tree.by_code}
        texts = {
            "heads": ("number_court", "type", "line", "procedure", "litigation", "era"),
            "court_names": ("code", "number"),
            "origin_heads": ("code",),
        }
        for name in _WORDS & set(self.wordings):
            words |= self.wordings[name].standard
        for table, columns in texts.items():
            for column in columns:
                found = self.connection.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()
                words |= {word for (word,) in found if word is not None}
        listed = ", ".join(quote(word) for word in sorted(words))
        self.connection.execute(f"CREATE TYPE word AS ENUM ({listed})")
        for name in self.named:
            self.connection.execute(
                f"CREATE TYPE {name}_name AS ENUM (SELECT DISTINCT {name} FROM raw WHERE {name} IS NOT NULL)"
            )
        for table in ("heads", "court_names", "origin_heads"):
            for column in texts[table]:
                self.connection.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DATA TYPE word")

    def _assemble(self) -> int:
        """One pass over the raw rows: facts of the case number joined, the first problem of a row named."""
        given = {
            "statutory_deadline": "NULL::DATE",  # worked out in the view below, where it is asked for
            "became_final": "NULL::DATE",  # both added afterwards (reports.read.finality)
            "enforced_on": "NULL::DATE",
            "second_no": "r.second_no" if self.appeals else "NULL::VARCHAR",
        }
        if self.moved:
            given["origin_court"] = f"coalesce({'m.code::word' if self.lean else 'm.code'}, o.code)"
        if self.lean and "procedure" not in self.columns:  # the head alone says it: no text is made on the way
            given["procedure"] = "h.procedure"
        replaced = facts.derived(given | self._stages())
        kept = [c for c in self.wanted if not self.lean or self._is_kept(c, replaced)]
        if self.lean:
            replaced |= {name: f"r.{name}::{name}_name" for name in self.named}
            for name in _WORDS & {c.id for c in kept}:
                replaced[name] = f"({replaced.get(name, f'r.{name}')})::word"
            if "line" not in self.columns:
                replaced["line"] = "coalesce(h.line, '其他'::word)"
                replaced["litigation"] = "coalesce(h.litigation, '否'::word)"
        columns = ", ".join(f"{replaced.get(c.id, f'r.{quoted(c.id)}')} AS {quoted(c.id)}" for c in kept)
        problem = facts.problem(
            f"DATE '{self.today}'",
            left="left({}, 40)".format,
            unread=lambda name: (_is_bad("r._bad", name), _bad_value(name)),
            text=str,
        )
        # The number and its head are made once per row, in an inner query, before the joins.
        self._find_repeated()
        self.connection.execute("DROP TABLE seen")
        # Where only counts are wanted, a row keeps its number and its place only while they may still be asked for.
        asked = "_problem IS NOT NULL OR _number IS NOT NULL"
        slim = (
            f"SELECT * EXCLUDE (_appealed) REPLACE (CASE WHEN {asked} OR _appealed THEN case_no END AS case_no, "
            f"CASE WHEN {asked} OR _bad IS NOT NULL THEN _line END AS _line) FROM "
        )
        origins = f"SELECT {case_no.identity_sql('origin_case_no')} FROM raw WHERE origin_case_no IS NOT NULL"
        appealed = f"r._identity IN ({origins})" if self.named and "origin_case_no" in self.columns else "false"
        standard = ", ".join(
            f"{one.sql(quoted(name), quote)} AS {quoted(name)}" for name, one in self.wordings.items() if one.moved
        )
        numbered = case_no.odd_steps("case_no", "_plain = ''", "_odd", "raw")
        origin = case_no.identity_sql("r.origin_case_no")
        merged = f"coalesce(regexp_matches(r._identity, '{case_no.SEVERAL}'), false)" if self.merged else "false"
        self.connection.execute(
            f"CREATE OR REPLACE TABLE assembled AS {slim if self.lean else 'FROM '} (SELECT r._file, r._line, r._bad, "
            f"CASE WHEN {values.key('r._identity')} IN (FROM repeated) THEN r._identity END AS _number, "
            f"{f'{appealed} AS _appealed, ' if self.lean else ''}"
            f"{merged} AS _merged, r._spelt, {self._by_number} AS _by_number, "
            "coalesce(c.number IS NOT NULL, false) AS _court_by_number, "
            "h.number_court AS _number_court, h.year AS _number_year, h.era AS _era, "
            f"CASE WHEN c.code IS NULL THEN r.court END AS _court_text, {columns}, {problem} AS _problem"
            f"{self.limits.columns if self.limits else ''} "
            f"FROM (SELECT *{f' REPLACE ({standard})' if standard else ''}, {_head('case_no')} AS _head, "
            f"{_head('origin_case_no')} AS _origin, CASE WHEN _plain <> '' THEN case_no ELSE _odd END AS _identity, "
            f"{self._spelt} AS _spelt FROM ({numbered})) r "
            "LEFT JOIN heads h ON r._head = h.head "
            "LEFT JOIN court_names c ON r.court = c.text AND (c.number IS NULL OR c.number = h.number_court) "
            "LEFT JOIN origin_heads o ON r._origin = o.head "
            f"{f'LEFT JOIN moved m ON m.number = {origin} ' if self.moved else ''}"
            f"{self.limits.joins if self.limits else ''})"
        )
        for place, source in enumerate(self.sources):
            if not source.in_place:
                self.connection.execute(f"DROP TABLE raw_{place}")
        self._same_cases()
        self._find_unknown()
        absent = [c for c in COLUMNS if c not in kept]
        changes = self.limits is not None and self.limits.changes is not None
        told = {"excluded_days": "_excluded"} if changes else {}
        empty = "".join(f", {told.get(c.id, 'NULL')}::{_SQL_TYPES[c.kind]} AS {quoted(c.id)}" for c in absent)
        if self.link_origins and "origin_case_no" in self.columns:
            self._link_origins()
        due = ""
        if self.limits:
            own = self.limits.computed
            used = f"coalesce(deadline, {own})" if "deadline" in self.columns else own
            if "deadline" in self.unread:  # what could not be read is not replaced by what we would expect
                used = f"CASE WHEN NOT {_is_bad('_bad', 'deadline')} THEN {used} END"
            dates = {"deadline": used, "statutory_deadline": self.limits.statutory}
            worked_out = ", ".join(f"{sql} AS {name}" for name, sql in dates.items() if BY_ID[name] in kept)
            if changes and "excluded_days" in {column.id for column in kept}:
                worked_out += ", coalesce(_excluded, excluded_days) AS excluded_days"
            due = f" REPLACE ({worked_out})"
        self.connection.execute(
            f"CREATE OR REPLACE VIEW cases AS SELECT *{due}{empty}{self._companions()} FROM assembled "
            "WHERE _problem IS NULL"
        )
        return self._count("assembled")

    def _is_kept(self, column: Column, replaced: Mapping[str, str]) -> bool:
        """Whether a row of counts keeps a column: not where no file has it, it then is added to the view below."""
        if column.id == "origin_case_no":
            return self.origins
        needed = column.derived or column.id in self.columns or column.id in _ALWAYS or column.id in replaced
        return needed or column.id in limits.READ | limits.DEADLINES

    def _find_repeated(self) -> None:
        """The hashes of all numbers that may be those of several rows, as the table ``repeated``.

        A hash of 64 bits stands for each number, because to sort these is several times cheaper than to group texts:
        rows whose numbers only share one are found to differ when their numbers are compared.
        """
        ((rows,),) = self.connection.execute("SELECT coalesce(sum(number), 0)::BIGINT FROM seen").fetchall()
        parts = max(1, -(-rows // AT_ONCE))
        found = []
        for part in range(parts):
            mine = f"AND _key % {parts} = {part}" if parts > 1 else ""
            asked = self.connection.execute(f"SELECT _key FROM raw WHERE _key IS NOT NULL {mine}")
            keys = np.asarray(asked.fetchnumpy()["_key"])
            keys.sort()
            found.append(np.unique(keys[1:][keys[1:] == keys[:-1]]))
        self._register("repeated", pd.DataFrame({"key": np.concatenate(found)}))
        self.connection.execute(
            f"INSERT INTO repeated SELECT DISTINCT {values.key('odd')} AS key FROM seen WHERE odd IS NOT NULL "
            f"AND {values.key('odd')} NOT IN (FROM repeated)"
        )

    def _mask_texts(self, rows: str) -> None:
        """Leave no name and no number of a person in the texts of the rows, where shifted cells have put them.

        A text that names nobody stays as it is. Names of courts are read first, as they stand (:meth:`_mask_aside`).
        """
        joins, shown = [], []
        taken: dict[str, str] = {}  # of units: a department and a team of one name stay alike
        for name in (one for one in (*BY_ID, "_bad") if one in self.looked or one in self.columns & {*CODED}):
            plain = values.plain_number(name)
            texts: dict[str, int] = dict(
                self.connection.execute(
                    f"SELECT {quoted(name)}, count(*) FROM raw WHERE {name} IS NOT NULL AND NOT {plain} GROUP BY 1"
                ).fetchall()
            )
            if name == "_bad":
                masks = {text: one for text in texts if (one := values.masked(text)) != text}
            else:
                masks = people.masks(texts, taken if name in UNIT_NAMES else None)
            if name in CODED:
                self.words[name] = Counter()
                for text, number in texts.items():
                    self.words[name][masks.get(text, text)] += number
            if name in BY_ID and (odd := [text for text in texts if re.search(ODD, text)]):
                where = f"{name} IN ({_listed(odd)})"
                self.notes.append(wording.odd_note(name, self._count("raw", where), self._places("raw", where)))
            if masks:
                self._register(f"masks_{name}", pd.DataFrame(masks.items(), columns=["text", "shown"]).astype("object"))
                joins.append(f"LEFT JOIN masks_{name} ON r.{name} = masks_{name}.text")
                shown.append(f"coalesce(masks_{name}.shown, r.{name}) AS {name}")
                if name in BY_ID:
                    where = f"{name} IN (SELECT text FROM masks_{name})"
                    number = self._count("raw", where)
                    self.notes.append(wording.people_note(name, number, self._places("raw", where)))
        if joins:
            masked = f"SELECT r.* REPLACE ({', '.join(shown)}) FROM ({rows}) r {' '.join(joins)}"
            self.connection.execute(f"CREATE OR REPLACE VIEW raw AS {masked}")

    def _mask_aside(self) -> None:
        """The same of what tells courts and numbers apart, once both are read."""
        for name, (where, mask) in _ASIDE.items():
            found = self.connection.execute(
                f"SELECT DISTINCT {name} FROM assembled WHERE {name} IS NOT NULL AND {where}"
            ).fetchall()
            if masks := {text: shown for (text,) in found if (shown := mask(text)) != text}:
                self._register("masks", pd.DataFrame(masks.items(), columns=["text", "shown"]).astype("object"))
                self.connection.execute(
                    f"UPDATE assembled SET {name} = m.shown FROM masks m WHERE assembled.{name} = m.text AND {where}"
                )

    def _take_out(self) -> int:
        """Take rows that are no cases (合计, 说明, the heading again) out of those set aside; returns how many.

        Only rows without a readable number are looked at, in the file, because what tells may stand in any column.
        """
        suspects: dict[int, list[int]] = {}
        for place, line in self.connection.execute(
            "SELECT _file, _line FROM assembled WHERE _problem IS NOT NULL AND _era IS NULL"
        ).fetchall():
            suspects.setdefault(place, []).append(line)
        out: list[tuple[int, int]] = []
        kinds: list[str] = []
        for place, lines in suspects.items():
            source = self.sources[place]
            names = list(source.types)
            self.connection.register("incoming", pd.DataFrame({"line": lines}, dtype="int64"))
            cells = ", ".join(f"{quoted(name)}::VARCHAR" for name in names)
            rows = self.connection.execute(
                f'SELECT "\u00a7line", {cells} FROM (SELECT *, {source.line}::BIGINT AS "\u00a7line" '
                f"FROM ({source.sql})) "
                'WHERE "\u00a7line" IN (SELECT line FROM incoming)'
            ).fetchall()
            self.connection.unregister("incoming")
            for line, *texts in rows:
                if kind := headings.no_case(texts, names):
                    out.append((place, line))
                    kinds.append(kind)
        if out:
            self._register("no_cases", pd.DataFrame(out, columns=["file", "line"]).astype("int64"))
            self.connection.execute("DELETE FROM assembled WHERE (_file, _line) IN (SELECT (file, line) FROM no_cases)")
            self.notes += headings.told(kinds)
        return len(out)

    def _stages(self) -> dict[str, str]:
        """SQL of the columns whose words the number decides where they are unknown, or the stage where it matters."""
        found = {}
        for name in wording.BY_NUMBER:
            if (one := self.wordings.get(name)) and one.unknown:
                told = f"CASE WHEN r.{name} IN ({_listed(one.unknown)}) THEN h.{name} END"
                found[name] = f"coalesce({told}, r.{name}, h.{name}" + (", '其他')" if name == "line" else ")")
        stage = found.get("procedure", facts.DERIVED["procedure"])
        for name, one in self.wordings.items():
            if one.by_stage:
                found[name] = one.staged(f"r.{quoted(name)}", f"({stage})", quote)
        return found

    @property
    def _spelt(self) -> str:
        """SQL telling that some word of a row was another spelling of a standard word."""
        parts = [f"{quoted(name)} IN ({_listed(one.other)})" for name, one in self.wordings.items() if one.other]
        return f"coalesce({' OR '.join(parts)}, false)" if parts else "false"

    @property
    def _by_number(self) -> str:
        """SQL telling that a word was unknown and the case number told it."""
        parts = [
            f"(r.{name} IN ({_listed(one.unknown)}) AND h.{name} IS NOT NULL)"
            for name in wording.BY_NUMBER
            if (one := self.wordings.get(name)) and one.unknown
        ]
        return f"coalesce({' OR '.join(parts)}, false)" if parts else "false"

    def _find_unknown(self) -> None:
        """Look for unknown words, and values that could not be read, in the rows that are used."""
        for name, one in self.wordings.items():
            if one.unknown:
                found = self.connection.execute(
                    f"SELECT {quoted(name)}::VARCHAR, count(*) FROM assembled WHERE _problem IS NULL "
                    f"AND {quoted(name)} IN ({_listed(one.unknown)}) GROUP BY 1"
                ).fetchall()
                if found:
                    self.unknown[name] = found
        counted = self.connection.execute(
            "SELECT split_part(item, '=', 1), count(*) FROM (SELECT unnest(string_split(_bad, chr(31))) AS item "
            "FROM assembled WHERE _problem IS NULL AND _bad IS NOT NULL) WHERE contains(item, '=') GROUP BY 1"
        ).fetchall()
        numbers = {name: number for name, number in counted if name in self.columns and name not in REQUIRED}
        self.unread = {name: numbers[name] for name in BY_ID if name in numbers}
        for name in (c.id for c in self.wanted if c.id in self.columns and _may_lack(c)):
            lacking = [place for place, source in enumerate(self.sources) if name not in source.found]
            some = len(lacking) < len(self.sources)  # what no file has, a table beside them gives
            if lacking and some and self._count("assembled", f"_problem IS NULL AND _file IN ({_files(lacking)})"):
                self.without[name] = lacking

    def _companions(self) -> str:
        """SQL of the companions of columns in which something is unknown, with a leading comma."""
        return "".join(
            f", CASE WHEN {self._not_known(name)} THEN 1 ELSE 0 END AS {COMPANION}{name}"
            for name in self._unknown_columns()
        )

    def _not_known(self, name: str) -> str:
        """SQL telling that what a column holds is unknown, or that from which it would be worked out."""
        own = []
        if name in self.unread:
            linked = " AND origin_concluded IS NULL" if name == "origin_concluded" else ""  # found in the data
            own.append(_is_bad("_bad", name) + linked)
        if name in self.without:
            own.append(f"_file IN ({_files(self.without[name])})")
        if name in self.unknown:
            own.append(f"{quoted(name)} IN ({_listed(word for word, _ in self.unknown[name])})")
        given = " AND deadline IS NULL" if name == "deadline" and name in self.columns else ""
        for basis in BASED_ON.get(name, ()):
            if basis in self.unknown or basis in self.unread:
                several = f" AND type IN ({_listed(types_with_several())})" if basis == "applied" else ""
                own.append(f"({self._not_known(basis)}){given}{several}")
        return " OR ".join(own)

    def _unknown_columns(self) -> list[str]:
        own = list(dict.fromkeys((*self.unknown, *self.unread, *self.without)))
        based = [name for name, bases in BASED_ON.items() if set(own) & set(bases) and name not in own]
        return [*own, *based]

    def _same_cases(self) -> None:
        """Of the rows of one case the one that tells its latest state is used; of a contradiction none."""
        outcome = "outcome::VARCHAR" if "outcome" in self.columns else "NULL::VARCHAR"
        names = "[" + ", ".join(quote(source.name) for source in self.sources) + "]"
        self.connection.execute(
            "CREATE OR REPLACE TABLE states AS SELECT _number, _file, _line, concluded, filed, "
            f"{outcome} AS outcome, {facts.suffixed(case_no.NORMAL_SQL.replace('{column}', 'case_no'))} AS suffixed, "
            "row_number() OVER (PARTITION BY _number ORDER BY suffixed, concluded DESC NULLS LAST, "
            f"{outcome} IS NULL, filed DESC NULLS LAST, _file, _line) AS place "
            "FROM assembled WHERE _number IS NOT NULL AND _problem IS NULL AND _era IS NOT NULL "
            "QUALIFY count(*) OVER (PARTITION BY _number) > 1"
        )
        self.connection.execute(
            "CREATE OR REPLACE TABLE resolved AS WITH top AS ("
            "  SELECT s._number, count(DISTINCT s.outcome) > 1 AS torn, any_value(f._file) AS file, "
            "  any_value(f._line) AS line, any_value(f.concluded) AS concluded, any_value(f.filed) AS filed, "
            "  any_value(f.outcome) AS outcome, any_value(f.suffixed) AS suffixed, "
            f"  string_agg({names}[s._file + 1] || '第' || s._line || '行“' || coalesce(s.outcome, '') || '”', '、' "
            "  ORDER BY s._file, s._line) FILTER (s.outcome IS NOT NULL) AS places "
            "  FROM states s JOIN states f ON s._number = f._number AND f.place = 1 "
            "  WHERE s.suffixed = f.suffixed AND s.concluded IS NOT DISTINCT FROM f.concluded GROUP BY ALL) "
            "SELECT s._file, s._line, CASE "
            "WHEN t.torn AND t.concluded IS NOT NULL AND s.suffixed = t.suffixed AND s.concluded = t.concluded "
            f"THEN '{facts.TORN}：' || t.places "
            "WHEN s.place = 1 THEN NULL "
            f"WHEN s.suffixed AND NOT t.suffixed THEN '{facts.SUFFIXED}：采用' || {_other_place(names)} "
            "WHEN s.concluded IS NOT DISTINCT FROM t.concluded AND s.filed IS NOT DISTINCT FROM t.filed "
            f"THEN '{facts.DUPLICATE}' ELSE '{facts.EARLIER}：采用' || {_other_place(names)} END AS reason "
            "FROM states s JOIN top t ON s._number = t._number"
        )
        self.connection.execute(
            "UPDATE assembled SET _problem = resolved.reason FROM resolved WHERE resolved.reason IS NOT NULL "
            "AND assembled._file = resolved._file AND assembled._line = resolved._line AND assembled._problem IS NULL"
        )

    def _link_origins(self) -> None:
        """The conclusion day of the case appealed from, where the row does not give it and the data hold that case."""
        self.connection.execute(
            "UPDATE assembled SET origin_concluded = first.concluded FROM ("
            f"  SELECT {limits.same_number('case_no')} AS number, max(concluded) AS concluded FROM assembled "
            "  WHERE _problem IS NULL AND concluded IS NOT NULL GROUP BY 1) first "
            "WHERE assembled.origin_concluded IS NULL AND assembled.origin_case_no IS NOT NULL "
            f"AND {limits.same_number('assembled.origin_case_no')} = first.number"
        )

    def _places(self, relation: str, where: str) -> str:
        """Where the first of such rows stand."""
        rows = self.connection.execute(
            f"SELECT _file, _line FROM {relation} WHERE {where} ORDER BY _file, _line LIMIT {wording.SHOWN}"
        ).fetchall()
        lines: dict[str, list[str]] = {}
        for file, line in rows:
            lines.setdefault(self.sources[file].label, []).append(str(line))
        return "、".join(f"{label}第{'、'.join(numbers)}行" for label, numbers in lines.items())

    def _count(self, relation: str, condition: str = "true") -> int:
        ((number,),) = self.connection.execute(f"SELECT count(*) FROM {relation} WHERE {condition}").fetchall()
        return int(number)

    def _set_aside(self) -> pd.DataFrame:
        files = pd.DataFrame(
            {
                "file": range(len(self.sources)),
                "name": pd.Series([source.label for source in self.sources], dtype="object"),
            }
        )
        self._register("files", files)
        frame = self.connection.execute(
            "SELECT f.name AS 文件, a._line AS 行, coalesce(a.court, a._court_text) AS 法院, "
            "a.case_no AS 案号, a._problem AS 原因 "
            "FROM assembled a JOIN files f ON a._file = f.file WHERE a._problem IS NOT NULL "
            "ORDER BY a._file, a._line"
        ).df()
        frame = wording.without_people(frame)
        lost = pd.DataFrame(
            [(s.label, item.line, None, None, item.reason) for s in self.sources for item in s.lost],
            columns=frame.columns,
        )
        if len(lost):
            frame = pd.concat([frame, lost.astype(frame.dtypes)]) if len(frame) else lost
        return frame.sort_values(["文件", "行"], kind="stable", ignore_index=True)

    def _available(self) -> frozenset[str]:
        """Canonical columns that hold anything: read ones that were found, derived ones that follow."""
        have = set(self.columns) | {"type", "line", "procedure", "litigation", "starting_court"}
        if "origin_case_no" in have:
            have.add("origin_court")
            if self.link_origins:
                have.add("origin_concluded")
        if self.limits:
            have |= limits.DEADLINES
        return frozenset(have & {column.id for column in self.wanted})

    def _notes(self) -> tuple[Note, ...]:
        checks = facts.checks(origins="origin_case_no" in self.columns)
        own = ("_court_by_number", "_spelt", "_by_number")
        filters = ", ".join(f"count(*) FILTER ({condition})" for condition in own)
        (row,) = self.connection.execute(f"SELECT {filters} FROM assembled WHERE _problem IS NULL").fetchall()
        counts = dict(zip(own, row, strict=True))
        notes = facts.told(checks, self.connection.execute(facts.by_month(checks, "cases")).fetchall())
        for column, number in self.unread.items():
            where = f"_problem IS NULL AND {_is_bad('_bad', column)}"
            notes.append(wording.unread_note(column, number, self._places("assembled", where)))
        for name, places in self.without.items():
            files = "、".join(self.sources[place].label for place in places)
            rows = self._count("cases", f"_file IN ({_files(places)})")
            notes.append(wording.lacking_note(name, files, rows))
        if self.limits:
            notes += self.limits.finish(given="deadline" in self.columns)
        by_number = [one for one in self.courts if one.number]
        if by_number and (n := counts["_court_by_number"]):
            notes.append(wording.court_note(self.tree, by_number, n))
        notes += wording.told(self.wordings.values(), counts["_spelt"], counts["_by_number"])
        notes += [wording.unknown_note(name, words) for name, words in self.unknown.items()]
        notes += _together(self.notes)
        return tuple(notes)


def pairs(seen: wording.Seen, codes: Mapping[str | None, str | None]) -> Counter[tuple[str | None, str | None]]:
    """(court code of the number, court as written) with their rows: many heads have one code.

    What is no name of a court, such as the 5000 or 7个法院 of a row of totals, counts only beside a readable number.
    """
    found: Counter[tuple[str | None, str | None]] = Counter()
    for head, court, _, number in seen:
        code = codes.get(head)
        if code or not court or _COURT.match(court.strip()):
            found[code, court] += number
    return found


_COURT = re.compile("[^0-9０-９].*[\u3400-\u9fff]|[\u3400-\u9fff]")


def left_out(
    tree: CourtTree, codes: Iterable[str], found: Mapping[str, tuple[int, date | None]]
) -> tuple[LeftOut, ...]:
    """The courts that are left out, in code order; ``found`` has the rows of each and its last day."""
    wanted = set(codes)
    return tuple(
        LeftOut(
            court.code,
            tree.short_name(court.code),
            tuple(above.code for above in tree.ancestors(court.code)),
            *found.get(court.code, (0, None)),
        )
        for court in tree.courts
        if court.code in wanted
    )


def _head(column: str) -> str:
    """SQL of the head of a case number in the rows as they are read."""
    plain = values.NUMBERS[column]
    return f"CASE WHEN {plain} <> '' THEN {plain} ELSE {case_no.HEAD_SQL.replace('{column}', column)} END"


def _other_place(names: str) -> str:
    """SQL of the place of the row that is used instead."""
    return f"CASE WHEN t.file = s._file THEN '' ELSE {names}[t.file + 1] END || '第' || t.line || '行'"


def _may_lack(column: Column) -> bool:
    """Whether a file without a column that others have leaves counts open: dates, numbers, amounts, coded words."""
    return column.id not in REQUIRED and column.id not in _IN_PART and (column.kind != "text" or column.id in CODED)


def _files(places: Iterable[int]) -> str:
    return ", ".join(str(place) for place in places)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(quote(word) for word in sorted(words))


def _is_bad(bad: str, identifier: str) -> str:
    """SQL telling that a column could not be read (filed, not second_filed)."""
    return f"coalesce(regexp_matches({bad}, '(^|\\x1f){identifier}='), false)"


def _bad_value(identifier: str) -> str:
    return f"regexp_extract(r._bad, '(?:^|\\x1f){identifier}=([^\\x1f]*)', 1)"


def _together(notes: Sequence[Note]) -> list[Note]:
    """Notes of one text from several files as one."""
    counts: dict[Note, int] = {}
    for note in notes:
        alone = replace(note, count=0)
        counts[alone] = counts.get(alone, 0) + note.count
    return [replace(note, count=count) for note, count in counts.items()]
