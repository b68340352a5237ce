"""From source columns to canonical ones: types, sentinels, facts of the case number, rows set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from reports.catalogue.columns import BY_ID, COLUMNS, REQUIRED, Column
from reports.catalogue.unknown import BASED_ON, COMPANION
from reports.catalogue.values import CODED, STANDARD, Vocabulary
from reports.courts import case_no
from reports.courts.tree import CourtTree, derive
from reports.errors import InputError
from reports.model import CaseTable, Note
from reports.read import facts, limits, wording
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
        vocabulary: Vocabulary = STANDARD,
    ) -> None:
        self.connection, self.dialect, self.today, self.vocabulary = connection, dialect, today, vocabulary
        self.limits: limits.Limits | None = None
        if wanted is None or wanted & limits.DEADLINES:
            wanted = wanted if wanted is None else wanted | limits.READ
            self.limits = limits.Limits(connection, as_of=as_of or today, changes=changes)
        self.link_origins = wanted is None or "origin_concluded" in wanted
        # Only counts are wanted: rows keep no text that no count reads, but numbers by which cases are linked.
        self.lean = wanted is not None and not self.link_origins
        self.sources: list[Source] = []
        self.selects: list[str] = []
        self.columns: set[str] = set()
        self.wordings: dict[str, wording.Wording] = {}
        self.unknown: dict[str, list[tuple[str, int]]] = {}  # the unknown words of the rows that are used
        self.merged = False  # whether some row writes several numbers
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
            tree = derive(pairs(seen, heads))
        self.tree = tree
        self._map_courts(tree, seen, heads)
        self._read_words()
        if self.limits:
            applied = self.wordings.get("applied")
            kinds = self.connection.execute("SELECT DISTINCT type FROM heads").fetchall()
            self.limits.prepare((kind for (kind,) in kinds), applied.standard if applied else ())
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
            unknown=frozenset(self._unknown_columns()),
            day=self.today,
        )

    def _seen(self) -> list[tuple[str | None, str | None, str | None, int]]:
        """Distinct (head of the case number, court as written, head of the origin's number) and their rows.

        Numbers that are not written in the plain way are put down on the way (``odd``): only they can be those of
        a case that another row writes otherwise.
        """
        odd = f"CASE WHEN regexp_extract(case_no, '{case_no.PLAIN}', 1) = '' THEN {case_no.odd_sql('case_no')} END"
        self.connection.execute(
            f"CREATE OR REPLACE TABLE seen AS SELECT {case_no.head_sql('case_no')} AS head, court, "
            f"{case_no.head_sql('origin_case_no')} AS origin, {odd} AS odd, count(*) AS number FROM raw GROUP BY ALL"
        )
        merged = f"SELECT count(*) FROM seen WHERE regexp_matches(odd, '{case_no.SEVERAL}')"
        ((several,),) = self.connection.execute(merged).fetchall()
        self.merged = bool(several)
        return self.connection.execute(
            "SELECT head, court, origin, sum(number)::BIGINT FROM seen GROUP BY ALL"
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

    def _map_courts(self, tree: CourtTree, seen: wording.Seen, codes: Mapping[str | None, str | None]) -> None:
        self.courts = wording.courts(tree, seen, codes)
        rows = [(one.text, one.code, one.number) for one in self.courts]
        self._register("court_names", pd.DataFrame(rows, columns=["text", "code", "number"]).astype("object"))
        origins = []
        for head in sorted({origin for *_, origin, _ in seen if origin}):
            court = case_no.parse_head(head).court
            origins.append((head, court if court in tree.by_code else None))
        self._register("origin_heads", pd.DataFrame(origins, columns=["head", "code"]).astype("object"))

    def _read_words(self) -> None:
        """Look up every distinct word of the coded columns once."""
        for name in CODED:
            if name in self.columns:
                found = self.connection.execute(f"SELECT {quoted(name)}, count(*) FROM raw GROUP BY 1").fetchall()
                self.wordings[name] = wording.wording(name, found, self.vocabulary, self.dialect)

    def _shorten(self, tree: CourtTree) -> None:
        """Make every text that counts read one ENUM: two bytes a row, and comparisons of integers."""
        words = {"其他", "是", "否", *tree.by_code}
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
        replaced |= self._stages()
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
        # The number and its head are made once per row, in an inner query, before the joins.
        self.connection.execute(
            "CREATE OR REPLACE TABLE twice AS SELECT case_no AS number FROM raw WHERE case_no IS NOT NULL "
            "GROUP BY 1 HAVING count(*) > 1 UNION SELECT odd FROM seen WHERE odd IS NOT NULL"
        )
        self.connection.execute("DROP TABLE seen")
        # Where only counts are wanted, a row keeps its number and its place only while they may still be asked for.
        slim = (
            "SELECT * REPLACE (CASE WHEN _problem IS NOT NULL OR _number IS NOT NULL THEN case_no END AS case_no, "
            "CASE WHEN _problem IS NOT NULL OR _number IS NOT NULL THEN _line END AS _line) FROM "
        )
        standard = ", ".join(
            f"{one.sql(quoted(name), quote)} AS {quoted(name)}" for name, one in self.wordings.items() if one.moved
        )
        number = case_no.identity_sql("case_no")
        merged = f"coalesce(regexp_matches(r._identity, '{case_no.SEVERAL}'), false)" if self.merged else "false"
        self.connection.execute(
            f"CREATE OR REPLACE TABLE assembled AS {slim if self.lean else 'FROM '} (SELECT r._file, r._line, r._bad, "
            "CASE WHEN r._identity IN (FROM twice) THEN r._identity END AS _number, "
            f"{merged} AS _merged, r._spelt, {self._by_number} AS _by_number, "
            "coalesce(c.number IS NOT NULL, false) AS _court_by_number, "
            "h.number_court AS _number_court, h.year AS _number_year, h.era AS _era, "
            f"CASE WHEN c.code IS NULL THEN r.court END AS _court_text, {columns}, {problem} AS _problem"
            f"{self.limits.columns if self.limits else ''} "
            f"FROM (SELECT *{f' REPLACE ({standard})' if standard else ''}, {case_no.head_sql('case_no')} AS _head, "
            f"{case_no.head_sql('origin_case_no')} AS _origin, {number} AS _identity, {self._spelt} AS _spelt "
            "FROM raw) r "
            "LEFT JOIN heads h ON r._head = h.head "
            "LEFT JOIN court_names c ON r.court = c.text AND (c.number IS NULL OR c.number = h.number_court) "
            "LEFT JOIN origin_heads o ON r._origin = o.head "
            f"{self.limits.joins if self.limits else ''})"
        )
        for place, source in enumerate(self.sources):
            if not source.in_place:
                self.connection.execute(f"DROP TABLE raw_{place}")
        self._same_cases()
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
            f"CREATE OR REPLACE VIEW cases AS SELECT *{due}{empty}{self._companions()} FROM assembled "
            "WHERE _problem IS NULL"
        )
        return self._count("assembled")

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

    def _companions(self) -> str:
        """SQL of the companions of columns in which unknown words are left, with a leading comma; looks for them."""
        for name, one in self.wordings.items():
            if one.unknown:
                found = self.connection.execute(
                    f"SELECT {quoted(name)}::VARCHAR, count(*) FROM assembled WHERE _problem IS NULL "
                    f"AND {quoted(name)} IN ({_listed(one.unknown)}) GROUP BY 1"
                ).fetchall()
                if found:
                    self.unknown[name] = found
        given = " AND deadline IS NULL" if "deadline" in self.columns else ""
        parts = []
        for name in self._unknown_columns():
            column = BASED_ON.get(name, name)
            words = _listed(word for word, _ in self.unknown[column])
            more = given if name == "deadline" else ""
            parts.append(f", CASE WHEN {quoted(column)} IN ({words}){more} THEN 1 ELSE 0 END AS {COMPANION}{name}")
        return "".join(parts)

    def _unknown_columns(self) -> list[str]:
        return [*self.unknown, *(name for name, column in BASED_ON.items() if column in self.unknown)]

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
        by_number = [one for one in self.courts if one.number]
        if by_number and (n := self._count("cases", "_court_by_number")):
            notes.append(wording.court_note(self.tree, by_number, n))
        spelt = any(one.other for one in self.wordings.values())
        unknown = any(self.wordings[name].unknown for name in wording.BY_NUMBER if name in self.wordings)
        notes += wording.told(
            self.wordings.values(),
            self._count("cases", "_spelt") if spelt else 0,
            self._count("cases", "_by_number") if unknown else 0,
        )
        notes += [wording.unknown_note(name, words) for name, words in self.unknown.items()]
        return tuple(notes)


def pairs(seen: wording.Seen, codes: Mapping[str | None, str | None]) -> Counter[tuple[str | None, str | None]]:
    """(court code of the number, court as written) with their rows: many heads have one code."""
    found: Counter[tuple[str | None, str | None]] = Counter()
    for head, court, _, number in seen:
        found[codes.get(head), court] += number
    return found


def _other_place(names: str) -> str:
    """SQL of the place of the row that is used instead."""
    return f"CASE WHEN t.file = s._file THEN '' ELSE {names}[t.file + 1] END || '第' || t.line || '行'"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(quote(word) for word in sorted(words))


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
    rewritten = dialect.values.get(column.id, {})
    if rewritten and column.id not in CODED:  # words of coded columns are looked up when all of them are known
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
