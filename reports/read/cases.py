"""From source columns to canonical ones: types, sentinels, facts of the case number, rows set aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from reports.catalogue.columns import BY_ID, COLUMNS, REQUIRED, Column
from reports.courts import case_no
from reports.courts.tree import CourtTree, derive
from reports.errors import InputError
from reports.model import CaseTable, Note
from reports.read import facts, limits
from reports.read.dialect import Dialect
from reports.read.text import Lost, quote
from reports.read.text import identifier as quoted

# Live court systems store "no date" as 1900-01-01 and "no limit" as 2030-01-01 or later (fields JARQ, YJARQ).
NO_DATE_BEFORE = date(1900, 1, 2)
NO_LIMIT_AFTER = date(2030, 1, 1)
_DATE_FORMS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y%m%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %H:%M",
)
YES = ("是", "1", "true", "y", "yes", "有")
_SQL_TYPES = {"text": "VARCHAR", "flag": "VARCHAR", "date": "DATE", "integer": "BIGINT", "money": "BIGINT"}
_WORDS = {"line", "procedure", "applied", "outcome"}  # texts of few values
_ALWAYS = {"case_no", "court", "type", "line", "procedure", "filed", "concluded", "origin_case_no", "origin_court"}


@dataclass(frozen=True)
class Source:
    """One file (or query) ready to load: ``sql`` yields the columns of ``types`` (name → DuckDB type)."""

    name: str
    types: Mapping[str, str]
    sql: str
    found: Mapping[str, str]  # canonical → source column
    line: str = "_line"  # SQL of a row's number in the file
    in_place: bool = False  # whether scanning it again is cheap and always gives the same rows
    lost: tuple[Lost, ...] = ()


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
    ) -> None:
        self.connection, self.dialect, self.today = connection, dialect, today
        self.limits: limits.Limits | None = None
        if wanted is None or wanted & limits.DEADLINES:
            wanted = wanted if wanted is None else wanted | limits.READ
            self.limits = limits.Limits(connection, as_of=as_of or today, changes=changes)
        self.lean = wanted is not None  # only counts are wanted: rows keep no text that no count reads
        self.link_origins = wanted is None or "origin_concluded" in wanted
        self.sources: list[Source] = []
        self.selects: list[str] = []
        self.columns: set[str] = set()
        self.wanted = [c for c in COLUMNS if wanted is None or c.id in wanted or c.id in _ALWAYS]

    def add(self, source: Source) -> None:
        """Take up one source; loads it unless it can be scanned in place. Rows keep their number in the source."""
        exprs, bad = [], []
        for column in self.wanted:
            if column.derived:
                continue
            name = source.found.get(column.id)
            if name is None:
                exprs.append(f"NULL::{_SQL_TYPES[column.kind]} AS {quoted(column.id)}")
                continue
            value, unreadable = _value(column, quoted(name), source.types[name], self.dialect)
            exprs.append(f"{value} AS {quoted(column.id)}")
            if unreadable:
                bad.append(
                    f"CASE WHEN {unreadable} THEN {quote(column.id + '=')} || left(trim({quoted(name)}), 40) END"
                )
            if placeholder := _placeholder(column, quoted(name), source.types[name]):
                bad.append(f"CASE WHEN {placeholder} THEN {quote(column.id + '~')} END")
        wrong = f"nullif(concat_ws(chr(31), {', '.join(bad)}), '')" if bad else "NULL::VARCHAR"
        place = len(self.sources)
        select = (
            f"SELECT {place}::SMALLINT AS _file, {source.line}::BIGINT AS _line, {wrong} AS _bad, {', '.join(exprs)} "
            f"FROM ({source.sql})"
        )
        try:
            if source.in_place:
                self.connection.execute(f"EXPLAIN {select}")
            else:
                self.connection.execute(f"CREATE OR REPLACE TABLE raw_{place} AS {select}")
                select = f"SELECT * FROM raw_{place}"
        except duckdb.Error as error:
            raise InputError(
                f"文件无法读取：{str(error).splitlines()[0]}", where=source.name, advice="请重新导出该文件。"
            ) from error
        self.sources.append(source)
        self.selects.append(select)
        self.columns |= set(source.found) & {column.id for column in self.wanted}

    def finish(self, tree: CourtTree | None, *, may_be_empty: bool = False) -> CaseTable:
        """Derive line, procedure and courts; set unusable rows aside; return the case table."""
        self.connection.execute(f"CREATE OR REPLACE VIEW raw AS {' UNION ALL '.join(self.selects)}")
        seen = self._seen()
        heads = self._heads(seen)
        if tree is None:
            tree = derive({(heads.get(head), court): n for head, court, _, n in seen})
        self._map_courts(tree, seen)
        if self.limits:
            words = self.connection.execute("SELECT DISTINCT applied FROM raw").fetchall()
            kinds = self.connection.execute("SELECT DISTINCT type FROM heads").fetchall()
            self.limits.prepare((kind for (kind,) in kinds), (word for (word,) in words))
        if self.lean:
            self._shorten(tree)
        rows = self._assemble()
        set_aside = self._set_aside()
        used = self._count("cases")
        lost = sum(len(source.lost) for source in self.sources)
        if rows + lost == 0 and not may_be_empty:
            raise InputError(
                "没有一行案件数据。",
                where="、".join(source.name for source in self.sources),
                advice="请核对导出的统计期和范围。",
            )
        assert rows + lost == used + len(set_aside)
        ((first, last),) = self.connection.execute(
            "SELECT min(concluded), greatest(max(filed), max(concluded)) FROM cases"
        ).fetchall()
        return CaseTable(
            first=first,
            last=last,
            connection=self.connection,
            relation="cases",
            columns=self._available(),
            tree=tree,
            rows_in=rows + lost,
            rows_used=used,
            set_aside=set_aside,
            notes=self._notes(),
            files=tuple(source.name for source in self.sources),
            day=self.today,
        )

    def _seen(self) -> list[tuple[str | None, str | None, str | None, int]]:
        """Distinct (head of the case number, court as written, head of the origin's number) and their rows."""
        return self.connection.execute(
            f"SELECT {_head('case_no')}, court, {_head('origin_case_no')}, count(*) FROM raw GROUP BY 1, 2, 3"
        ).fetchall()

    def _heads(self, seen: Sequence[tuple[str | None, str | None, str | None, int]]) -> dict[str | None, str | None]:
        """What every distinct head says; the grammar runs once per head. Returns head → court code."""
        rows = [facts.of_head(head) for head in sorted({head for head, *_ in seen if head})]
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

    def _map_courts(self, tree: CourtTree, seen: Sequence[tuple[str | None, str | None, str | None, int]]) -> None:
        texts = sorted({court for _, court, *_ in seen if court})
        known = [(text, found.code) for text in texts if (found := tree.match(text))]
        self._register("court_names", pd.DataFrame(known, columns=["text", "code"]).astype("object"))
        origins = []
        for head in sorted({origin for *_, origin, _ in seen if origin}):
            court = case_no.parse_head(head).court
            origins.append((head, court if court in tree.by_code else None))
        self._register("origin_heads", pd.DataFrame(origins, columns=["head", "code"]).astype("object"))

    def _shorten(self, tree: CourtTree) -> None:
        """Make every text that counts read one ENUM: two bytes a row, and comparisons of integers."""
        words = {"其他", "是", "否", *tree.by_code}
        texts = {
            "heads": ("number_court", "type", "line", "procedure", "litigation", "era"),
            "court_names": ("code",),
            "origin_heads": ("code",),
            "raw": tuple(c.id for c in self.wanted if c.id in _WORDS and c.id in self.columns),
        }
        for table, columns in texts.items():
            for column in columns:
                found = self.connection.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()
                words |= {word for (word,) in found if word is not None}
        listed = ", ".join(quote(word) for word in sorted(words))
        self.connection.execute(f"CREATE TYPE word AS ENUM ({listed})")
        for table in ("heads", "court_names", "origin_heads"):
            for column in texts[table]:
                self.connection.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DATA TYPE word")

    def _assemble(self) -> int:
        """One pass over the raw rows: facts of the case number joined, the first problem of a row named."""
        replaced = {
            **facts.DERIVED,
            "statutory_deadline": "NULL::DATE",  # worked out in the view below, where it is asked for
        }
        kept = [c for c in self.wanted if not self.lean or c.id != "origin_case_no"]
        if self.lean:
            for name in _WORDS & {c.id for c in kept}:
                replaced[name] = f"({replaced.get(name, f'r.{name}')})::word"
            if "line" not in self.columns:  # the head alone says it: no text is made on the way
                replaced["line"] = "coalesce(h.line, '其他'::word)"
                replaced["litigation"] = "coalesce(h.litigation, '否'::word)"
            if "procedure" not in self.columns:
                replaced["procedure"] = "h.procedure"
        columns = ", ".join(f"{replaced.get(c.id, f'r.{quoted(c.id)}')} AS {quoted(c.id)}" for c in kept)
        problem = facts.problem(
            f"DATE '{self.today}'",
            left="left({}, 40)".format,
            unread=lambda name: (_is_bad("r._bad", name), _bad_value(name)),
            text=str,
        )
        # The head is made once per row, in an inner query, before the joins.
        self.connection.execute(
            "CREATE OR REPLACE TABLE twice AS SELECT case_no AS number FROM raw WHERE case_no IS NOT NULL "
            "GROUP BY 1 HAVING count(*) > 1"
        )
        # Where only counts are wanted, a row keeps its number and its place only while they may still be asked for.
        slim = (
            "SELECT * REPLACE (CASE WHEN _problem IS NOT NULL OR case_no IN (FROM twice) THEN case_no END AS case_no, "
            "CASE WHEN _problem IS NOT NULL OR case_no IN (FROM twice) THEN _line END AS _line) FROM "
        )
        self.connection.execute(
            f"CREATE OR REPLACE TABLE assembled AS {slim if self.lean else 'FROM '} (SELECT r._file, r._line, r._bad, "
            "h.number_court AS _number_court, h.year AS _number_year, h.era AS _era, "
            f"CASE WHEN c.code IS NULL THEN r.court END AS _court_text, {columns}, {problem} AS _problem"
            f"{self.limits.columns if self.limits else ''} "
            f"FROM (SELECT *, {_head('case_no')} AS _head, {_head('origin_case_no')} AS _origin FROM raw) r "
            "LEFT JOIN heads h ON r._head = h.head "
            "LEFT JOIN court_names c ON r.court = c.text "
            "LEFT JOIN origin_heads o ON r._origin = o.head "
            f"{self.limits.joins if self.limits else ''})"
        )
        for place, source in enumerate(self.sources):
            if not source.in_place:
                self.connection.execute(f"DROP TABLE raw_{place}")
        self.connection.execute(
            "UPDATE assembled SET _problem = '案号重复' FROM ("
            "  SELECT case_no AS number, min((_file, _line)) AS first FROM assembled "
            "  WHERE case_no IN (FROM twice) AND _problem IS NULL AND _era IS NOT NULL GROUP BY case_no) original "
            "WHERE assembled.case_no = original.number AND (assembled._file, assembled._line) > original.first "
            "AND assembled._problem IS NULL"
        )
        absent = [c for c in COLUMNS if c not in kept]
        changes = self.limits is not None and self.limits.changes is not None
        told = {"excluded_days": "_excluded"} if changes else {}
        empty = "".join(f", {told.get(c.id, 'NULL')}::{_SQL_TYPES[c.kind]} AS {quoted(c.id)}" for c in absent)
        if self.link_origins:
            self._link_origins()
        due = ""
        if self.limits:
            own = self.limits.computed
            used = f"coalesce(deadline, {own})" if "deadline" in self.columns else own
            dates = {"deadline": used, "statutory_deadline": self.limits.statutory}
            worked_out = ", ".join(f"{sql} AS {name}" for name, sql in dates.items() if BY_ID[name] in kept)
            if changes and "excluded_days" in {column.id for column in kept}:
                worked_out += ", coalesce(_excluded, excluded_days) AS excluded_days"
            due = f" REPLACE ({worked_out})"
        self.connection.execute(
            f"CREATE OR REPLACE VIEW cases AS SELECT *{due}{empty} FROM assembled WHERE _problem IS NULL"
        )
        return self._count("assembled")

    def _link_origins(self) -> None:
        """The conclusion day of the case appealed from, where the row does not give it and the data hold that case."""
        self.connection.execute(
            "UPDATE assembled SET origin_concluded = first.concluded FROM ("
            f"  SELECT {limits.same_number('case_no')} AS number, max(concluded) AS concluded FROM assembled "
            "  WHERE _problem IS NULL AND concluded IS NOT NULL GROUP BY 1) first "
            "WHERE assembled.origin_concluded IS NULL AND assembled.origin_case_no IS NOT NULL "
            f"AND {limits.same_number('assembled.origin_case_no')} = first.number"
        )

    def _count(self, relation: str, condition: str = "true") -> int:
        ((number,),) = self.connection.execute(f"SELECT count(*) FROM {relation} WHERE {condition}").fetchall()
        return int(number)

    def _set_aside(self) -> pd.DataFrame:
        files = pd.DataFrame(
            {
                "file": range(len(self.sources)),
                "name": pd.Series([source.name for source in self.sources], dtype="object"),
            }
        )
        self._register("files", files)
        frame = self.connection.execute(
            "SELECT f.name AS 文件, a._line AS 行, coalesce(a.court, a._court_text) AS 法院, "
            "a.case_no AS 案号, a._problem AS 原因 "
            "FROM assembled a JOIN files f ON a._file = f.file WHERE a._problem IS NOT NULL "
            "ORDER BY a._file, a._line"
        ).df()
        lost = pd.DataFrame(
            [(s.name, item.line, None, None, item.reason) for s in self.sources for item in s.lost],
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
        notes = [Note(name, text, n) for name, text, condition in checks if (n := self._count("cases", condition))]
        for column in COLUMNS:
            if column.id not in self.columns or column.id in REQUIRED or column.kind in ("text", "flag"):
                continue
            if n := self._count("cases", _is_bad("_bad", column.id)):
                notes.append(Note(f"unread_{column.id}", f"{column.name}无法识别（按空缺处理）", n))
        if self.limits:
            notes += self.limits.finish(given="deadline" in self.columns)
        return tuple(notes)


# Nearly every number is written as the rules say; those are cut by one plain pattern, the rest by the full one.
PLAIN_NUMBER = "^(（[0-9]{4}）[^0-9]+(?:[0-9]{2,4}[^0-9]+)?)[1-9][0-9]*号$"


def _head(column: str) -> str:
    """SQL of the head of a case number, as ``case_no.head`` gives it."""
    plain = f"regexp_extract({column}, '{PLAIN_NUMBER}', 1)"
    return f"CASE WHEN {plain} <> '' THEN {plain} ELSE {case_no.HEAD_SQL.replace('{column}', column)} END"


def _is_bad(bad: str, identifier: str) -> str:
    """SQL telling that a column could not be read (filed, not second_filed)."""
    return f"regexp_matches({bad}, '(^|\\x1f){identifier}=')"


def _bad_value(identifier: str) -> str:
    return f"regexp_extract(r._bad, '(?:^|\\x1f){identifier}=([^\\x1f]*)', 1)"


def _value(column: Column, name: str, kind: str, dialect: Dialect) -> tuple[str, str | None]:
    """(SQL of the canonical value, SQL telling that a non-empty value could not be read, or None)."""
    text = f"nullif(trim({name}::VARCHAR), '')"
    typed: Callable[[str], bool] = kind.startswith
    if column.kind == "date":
        if typed("DATE") or typed("TIMESTAMP"):
            return _plausible(column, f"{name}::DATE"), None
        parsed = parsed_day(text)
        return _plausible(column, parsed), f"{text} IS NOT NULL AND {parsed} IS NULL"
    if column.kind == "integer":
        if typed("VARCHAR"):
            parsed = parsed_integer(text)
            return parsed, f"{text} IS NOT NULL AND {parsed} IS NULL"
        return f"try_cast({name} AS BIGINT)", None
    if column.kind == "money":  # 元 in the source, 分 from here on
        if typed("VARCHAR"):
            parsed = f"try_cast(replace(replace({text}, ',', ''), '，', '') AS DECIMAL(18, 2))"
            return f"({parsed} * 100)::BIGINT", f"{text} IS NOT NULL AND {parsed} IS NULL"
        return f"(try_cast({name} AS DECIMAL(18, 2)) * 100)::BIGINT", None
    if column.kind == "flag":
        yes = ", ".join(quote(word) for word in YES)
        return (
            f"CASE WHEN {text} IS NULL THEN NULL WHEN lower({text}) IN ({yes}) THEN '是' ELSE '否' END",
            None,
        )
    rewritten = dialect.values.get(column.id, {})
    if rewritten:
        cases = " ".join(f"WHEN {quote(old)} THEN {quote(new)}" for old, new in rewritten.items())
        return f"nullif(CASE {text} {cases} ELSE {text} END, '')", None  # '' leaves it to the case number
    return text, None


def parsed_day(text: str) -> str:
    """SQL of the day that a text gives, in any of the usual forms; NULL when it gives none."""
    forms = ", ".join(quote(form) for form in _DATE_FORMS)
    return f"coalesce(try_cast({text} AS DATE), try_strptime({text}, [{forms}])::DATE)"


def parsed_integer(text: str) -> str:
    """SQL of the whole number that a text gives, or NULL."""
    return f"try_cast(replace({text}, ',', '') AS BIGINT)"


def _placeholder(column: Column, name: str, kind: str) -> str | None:
    """SQL telling that a date is one of those that live systems write for none (left in ``_bad`` as ``id~``)."""
    if column.kind != "date":
        return None
    if kind.startswith(("DATE", "TIMESTAMP")):
        too_late = f" OR {name} >= DATE '{NO_LIMIT_AFTER}'" if column.id == "deadline" else ""
        return f"{name} < DATE '{NO_DATE_BEFORE}'{too_late}"
    early = f"starts_with({name}, '1900') AND regexp_matches({name}, '^1900[-/.年]?0?1[-/.月]?0?1([^0-9]|$)')"
    return f"({early}) OR ({name} >= '{NO_LIMIT_AFTER.year}' AND {name} < '3')" if column.id == "deadline" else early


def _plausible(column: Column, parsed: str) -> str:
    """Sentinels of live systems become no date."""
    return facts.plausible(column.id, parsed, "DATE '{}'".format, NO_DATE_BEFORE, NO_LIMIT_AFTER)
