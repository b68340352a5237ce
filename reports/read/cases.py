"""From source columns to canonical ones: types, sentinels, facts of the case number, rows set aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from reports.catalogue.columns import BY_ID, COLUMNS, REQUIRED, Column
from reports.courts import case_no, case_types
from reports.courts.tree import CourtTree, derive
from reports.errors import InputError
from reports.model import CaseTable, Note
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
_YES = ("是", "1", "true", "y", "yes", "有")
_SQL_TYPES = {"text": "VARCHAR", "flag": "VARCHAR", "date": "DATE", "integer": "BIGINT", "money": "BIGINT"}
_DUPLICATE = "案号重复"


@dataclass(frozen=True)
class Source:
    """One file (or query) ready to load: ``sql`` yields the columns of ``types`` (name → DuckDB type)."""

    name: str
    types: Mapping[str, str]
    sql: str
    found: Mapping[str, str]  # canonical → source column
    numbered: bool = False  # a leading _line column holds line numbers
    first_line: int = 2  # line of the first row otherwise
    lost: tuple[Lost, ...] = ()


class CaseLoader:
    """Loads sources one after another into one table, then finishes it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, dialect: Dialect, *, today: date) -> None:
        self.connection, self.dialect, self.today = connection, dialect, today
        self.sources: list[Source] = []
        self.starts: list[int] = []  # first row id of each source
        self.columns: set[str] = set()
        self.read_columns = [c for c in COLUMNS if not c.derived]
        fields = ", ".join(f"{quoted(c.id)} {_SQL_TYPES[c.kind]}" for c in self.read_columns)
        connection.execute(
            f"CREATE OR REPLACE TABLE raw (_file SMALLINT, _line BIGINT, _head VARCHAR, _bad VARCHAR, {fields})"
        )

    def add(self, source: Source) -> None:
        """Load one source, in its own order."""
        (start,) = self.connection.execute("SELECT count(*) FROM raw").fetchone() or (0,)
        exprs, bad = [], []
        for column in self.read_columns:
            name = source.found.get(column.id)
            if name is None:
                exprs.append("NULL")
                continue
            value, unreadable = _value(column, quoted(name), source.types[name], self.dialect)
            exprs.append(value)
            if unreadable:
                bad.append(
                    f"CASE WHEN {unreadable} THEN {quote(column.id + '=')} || left(trim({quoted(name)}), 40) END"
                )
        line = "_line::BIGINT" if source.numbered else "NULL"
        number = quoted(source.found["case_no"])
        head = case_no.HEAD_SQL.replace("{column}", f"{number}::VARCHAR")
        wrong = f"nullif(concat_ws(chr(31), {', '.join(bad)}), '')" if bad else "NULL"
        try:
            self.connection.execute(
                f"INSERT INTO raw SELECT {len(self.sources)}, {line}, {head}, {wrong}, {', '.join(exprs)} "
                f"FROM ({source.sql})"
            )
        except duckdb.Error as error:
            raise InputError(
                f"文件无法读取：{str(error).splitlines()[0]}", where=source.name, advice="请重新导出该文件。"
            ) from error
        self.sources.append(source)
        self.starts.append(start)
        self.columns |= set(source.found)

    def finish(self, tree: CourtTree | None) -> CaseTable:
        """Derive line, procedure and courts; set unusable rows aside; return the case table."""
        heads = self._heads()
        if tree is None:
            tree = self._derive_tree(heads)
        self._map_courts(tree, heads)
        self._assemble()
        set_aside = self._set_aside()
        (rows,) = self.connection.execute("SELECT count(*) FROM assembled").fetchone() or (0,)
        (used,) = self.connection.execute("SELECT count(*) FROM cases").fetchone() or (0,)
        lost = sum(len(source.lost) for source in self.sources)
        if rows + lost == 0:
            raise InputError(
                "没有一行案件数据。",
                where="、".join(source.name for source in self.sources),
                advice="请核对导出的统计期和范围。",
            )
        assert rows + lost == used + len(set_aside)
        return CaseTable(
            connection=self.connection,
            relation="cases",
            columns=self._available(),
            tree=tree,
            rows_in=rows + lost,
            rows_used=used,
            set_aside=set_aside,
            notes=self._notes(),
            files=tuple(source.name for source in self.sources),
        )

    def _heads(self) -> pd.DataFrame:
        """Every distinct head of a case number with what it says; the grammar runs once per head."""
        heads = [row[0] for row in self.connection.execute("SELECT DISTINCT _head FROM raw").fetchall()]
        rows = []
        for head in heads:
            if head is None:
                continue
            number = case_no.parse_head(head)
            fact = case_types.lookup(number.type)
            litigation = None if fact is None or fact.litigation is None else fact.litigation
            if litigation is None and number.line is not None:
                litigation = number.line in ("刑事", "民事", "行政")
            flag = None if litigation is None else ("是" if litigation else "否")
            rows.append((head, number.year, number.court, number.type, number.line, number.stage, flag, number.era))
        names = ["head", "year", "number_court", "type", "line", "procedure", "litigation", "era"]
        frame = pd.DataFrame(rows, columns=names).astype(
            {name: "object" for name in names if name != "year"} | {"year": "Int64"}
        )
        self._register("heads", frame)
        return frame

    def _register(self, name: str, frame: pd.DataFrame) -> None:
        self.connection.register("incoming", frame)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")
        self.connection.unregister("incoming")

    def _derive_tree(self, heads: pd.DataFrame) -> CourtTree:
        pairs = self.connection.execute(
            "SELECT h.number_court, r.court, count(*) FROM raw r LEFT JOIN heads h ON r._head = h.head "
            "GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
        return derive({(code, name): n for code, name, n in pairs})

    def _map_courts(self, tree: CourtTree, heads: pd.DataFrame) -> None:
        texts = [row[0] for row in self.connection.execute("SELECT DISTINCT court FROM raw").fetchall()]
        known = [(text, found.code) for text in texts if text and (found := tree.match(text))]
        self._register("court_names", pd.DataFrame(known, columns=["text", "code"]).astype("object"))
        origins = [
            (head, number.court if number.court in tree.by_code else None)
            for (head,) in self.connection.execute(
                f"SELECT DISTINCT {_ORIGIN_HEAD} FROM raw WHERE origin_case_no IS NOT NULL"
            ).fetchall()
            if head and (number := case_no.parse_head(head))
        ]
        self._register("origin_heads", pd.DataFrame(origins, columns=["head", "code"]).astype("object"))

    def _assemble(self) -> None:
        """One pass over the raw rows: facts of the case number joined, the first problem of a row named."""
        replaced = {
            "court": "c.code",
            "type": "h.type",
            "line": "coalesce(r.line, h.line, '其他')",
            "procedure": "coalesce(r.procedure, h.procedure)",
            "litigation": "coalesce(h.litigation, "
            "CASE WHEN r.line IN ('刑事', '民事', '行政') THEN '是' ELSE '否' END)",
            "origin_court": "o.code",
            "starting_court": "coalesce(o.code, c.code)",
        }
        columns = ", ".join(f"{replaced.get(c.id, f'r.{quoted(c.id)}')} AS {quoted(c.id)}" for c in COLUMNS)
        problem = (
            "CASE WHEN r.case_no IS NULL THEN '缺少案号' "
            "WHEN r.court IS NULL THEN '缺少经办法院' "
            "WHEN c.code IS NULL THEN '经办法院不在法院表中：' || left(r.court, 40) "
            "WHEN contains(r._bad, 'filed=') THEN '立案日期无法识别：' || " + _bad_value("filed") + " "
            "WHEN contains(r._bad, 'concluded=') THEN '结案日期无法识别：' || " + _bad_value("concluded") + " "
            "WHEN r.filed IS NULL AND r.concluded IS NULL THEN '立案日期、结案日期都没有' "
            "WHEN r.concluded < r.filed THEN '结案日期（' || r.concluded || '）早于立案日期（' || r.filed || '）' "
            f"WHEN r.filed > DATE '{self.today}' THEN '立案日期晚于今天：' || r.filed "
            f"WHEN r.concluded > DATE '{self.today}' THEN '结案日期晚于今天：' || r.concluded END"
        )
        self.connection.execute(
            f"CREATE OR REPLACE TABLE assembled AS SELECT r.rowid AS _row, r._file, r._line, r._bad, "
            f"h.number_court AS _number_court, h.year AS _number_year, h.era AS _era, r.court AS _court_text, "
            f"{columns}, {problem} AS _problem "
            "FROM raw r LEFT JOIN heads h ON r._head = h.head "
            "LEFT JOIN court_names c ON r.court = c.text "
            f"LEFT JOIN origin_heads o ON {_ORIGIN_HEAD.replace('origin_case_no', 'r.origin_case_no')} = o.head"
        )
        self.connection.execute("DROP TABLE raw")
        self.connection.execute(
            "UPDATE assembled SET _problem = '案号重复' FROM ("
            "  SELECT case_no AS number, min(_row) AS first FROM assembled "
            "  WHERE _problem IS NULL AND _era IS NOT NULL GROUP BY case_no HAVING count(*) > 1) twice "
            "WHERE assembled.case_no = twice.number AND assembled._row > twice.first "
            "AND assembled._problem IS NULL"
        )
        self.connection.execute("CREATE OR REPLACE VIEW cases AS SELECT * FROM assembled WHERE _problem IS NULL")

    def _set_aside(self) -> pd.DataFrame:
        starts = pd.DataFrame(
            {
                "file": range(len(self.sources)),
                "start": self.starts,
                "first_line": [source.first_line for source in self.sources],
                "name": pd.Series([source.name for source in self.sources], dtype="object"),
            }
        )
        self._register("starts", starts)
        frame = self.connection.execute(
            "SELECT s.name AS 文件, coalesce(a._line, a._row - s.start + s.first_line) AS 行, "
            "coalesce(a.court, a._court_text) AS 法院, a.case_no AS 案号, a._problem AS 原因 "
            "FROM assembled a JOIN starts s ON a._file = s.file WHERE a._problem IS NOT NULL "
            "ORDER BY a._file, 行"
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
        return frozenset(have)

    def _notes(self) -> tuple[Note, ...]:
        def count(condition: str) -> int:
            (number,) = self.connection.execute(f"SELECT count(*) FROM cases WHERE {condition}").fetchone() or (0,)
            return int(number)

        checks = [
            ("no_filed", "没有立案日期（计入结案数，不计入收案、存案和审理天数）", "filed IS NULL"),
            ("pre_2016", "使用2016年以前旧式案号", "_era = 'pre-2016'"),
            ("unread_number", "案号无法按现行规定识别（条线按数据所列，没有所列的归入其他）", "_era IS NULL"),
            (
                "other_court",
                "案号所载法院代字与经办法院不一致（按经办法院统计）",
                "_number_court IS NOT NULL AND _number_court <> court",
            ),
        ]
        if "origin_case_no" in self.columns:
            checks.append(
                (
                    "origin_unknown",
                    "二审案件的原审法院无法确定（不计入上诉和改判发回）",
                    "procedure = '二审' AND origin_court IS NULL",
                )
            )
        notes = [Note(name, text, n) for name, text, condition in checks if (n := count(condition))]
        for column in COLUMNS:
            if column.id not in self.columns or column.id in REQUIRED or column.kind in ("text", "flag"):
                continue
            if n := count(f"contains(_bad, '{column.id}=')"):
                notes.append(Note(f"unread_{column.id}", f"{column.name}无法识别（按空缺处理）", n))
        return tuple(notes)


_ORIGIN_HEAD = case_no.HEAD_SQL.replace("{column}", "origin_case_no")


def _bad_value(identifier: str) -> str:
    return f"regexp_extract(r._bad, '{identifier}=([^\\x1f]*)', 1)"


def _value(column: Column, name: str, kind: str, dialect: Dialect) -> tuple[str, str | None]:
    """(SQL of the canonical value, SQL telling that a non-empty value could not be read, or None)."""
    text = f"nullif(trim({name}::VARCHAR), '')"
    typed: Callable[[str], bool] = kind.startswith
    if column.kind == "date":
        if typed("DATE") or typed("TIMESTAMP"):
            return _plausible(column, f"{name}::DATE"), None
        forms = ", ".join(quote(form) for form in _DATE_FORMS)
        parsed = f"coalesce(try_cast({text} AS DATE), try_strptime({text}, [{forms}])::DATE)"
        return _plausible(column, parsed), f"{text} IS NOT NULL AND {parsed} IS NULL"
    if column.kind == "integer":
        if typed("VARCHAR"):
            parsed = f"try_cast(replace({text}, ',', '') AS BIGINT)"
            return parsed, f"{text} IS NOT NULL AND {parsed} IS NULL"
        return f"try_cast({name} AS BIGINT)", None
    if column.kind == "money":  # 元 in the source, 分 from here on
        if typed("VARCHAR"):
            parsed = f"try_cast(replace(replace({text}, ',', ''), '，', '') AS DECIMAL(18, 2))"
            return f"({parsed} * 100)::BIGINT", f"{text} IS NOT NULL AND {parsed} IS NULL"
        return f"(try_cast({name} AS DECIMAL(18, 2)) * 100)::BIGINT", None
    if column.kind == "flag":
        yes = ", ".join(quote(word) for word in _YES)
        return (
            f"CASE WHEN {text} IS NULL THEN NULL WHEN lower({text}) IN ({yes}) THEN '是' ELSE '否' END",
            None,
        )
    rewritten = dialect.values.get(column.id, {})
    if rewritten:
        cases = " ".join(f"WHEN {quote(old)} THEN {quote(new)}" for old, new in rewritten.items())
        return f"CASE {text} {cases} ELSE {text} END", None
    return text, None


def _plausible(column: Column, parsed: str) -> str:
    """Sentinels of live systems become no date."""
    if column.id == "deadline":
        return f"CASE WHEN {parsed} >= DATE '{NO_DATE_BEFORE}' AND {parsed} < DATE '{NO_LIMIT_AFTER}' THEN {parsed} END"
    return f"CASE WHEN {parsed} >= DATE '{NO_DATE_BEFORE}' THEN {parsed} END"


def known_columns(found: Sequence[str]) -> str:
    """Canonical columns in Chinese, for messages."""
    return "、".join(BY_ID[name].name for name in found)
