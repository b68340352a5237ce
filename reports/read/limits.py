"""Time limits in the case table: the day by which each case is due, where the court's own system does not say.

The rules and the statutes stand in ``reports.courts.time_limits``; here they become columns. Every distinct pair
of type code and procedure applied is looked up once; the arithmetic runs in the database. A due date that the
court's system gives is always preferred; the computed one is then only compared with it.

Changes of the limit come from the columns 是否延长 and 扣除天数, or more exactly from a table of their own
(案号, 类别, 起, 止): 中止, 延期审理 and 其他扣除 are days that do not count, as the union of their intervals;
延长 adds its days; 简转普 changes the procedure. An interval without end runs to the conclusion of the case, and
for an open case to the day of the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from reports.courts import case_no
from reports.courts.time_limits import DUE_SQL, procedure_for, procedures, span_for
from reports.model import Note
from reports.read import facts
from reports.read.companion import Companion
from reports.read.table import quote

DEADLINES = frozenset({"deadline", "statutory_deadline"})
READ = frozenset({"applied", "extended", "excluded_days"})  # what a due date is computed from, beside the type
TABLE = Companion(
    "审限变更表",
    {
        "case_no": ("案号",),
        "kind": ("类别", "变更类别", "审限变更类别"),
        "start": ("起", "起始日期", "开始日期"),
        "end": ("止", "截止日期", "结束日期"),
    },
    frozenset({"start", "end"}),
)
_EXCLUDED = ("中止", "延期审理", "其他扣除", "扣除")
_EXTENDED = ("延长", "延长审限")
_CONVERTED = ("简转普",)
# The numbers that a court system stores for the five kinds of change.
_CODES = {"0": "中止", "1": "延长", "2": "延期审理", "3": "其他扣除", "4": "简转普"}


# Where a case was extended and nothing says for how long, the computed day is only the latest possible one.
DIFFERS = "_given IS NOT NULL AND NOT _unknown_length AND _computed IS NOT NULL AND _given <> _computed"

# (id, text, condition) of what must be said of due dates. Without a word for the procedure, the types named here
# are taken to be tried by the ordinary one.
CHECKS = [
    (
        "deadline_differs",
        "应结案日期与按法律规定推算的日期不一致（按系统所列日期统计）",
        DIFFERS,
    ),
    (
        "no_limit",
        "已结案件没有审限或者审限无法推算（不计入审限内结案率）",
        "concluded IS NOT NULL AND _given IS NULL AND _computed IS NULL",
    ),
    (
        "limit_assumed",
        "没有应结案日期也没有适用程序，审限按普通程序推算",
        "_given IS NULL AND _computed IS NOT NULL AND type IN ('民初', '刑初', '行初') AND applied IS NULL",
    ),
    (
        "extension_assumed",
        "没有应结案日期，是否延长一栏没有写明期限，按法律规定的一次延长期限推算",
        "_given IS NULL AND _computed IS NOT NULL AND _unknown_length",
    ),
]


def differences(
    connection: duckdb.DuckDBPyConnection, limit: int | None = None
) -> list[dict[str, str | int | date | None]]:
    """The cases whose due date by the court's system differs from the computed one, in the order of the files."""
    rows = connection.execute(
        "SELECT f.name, d._line, d.court, d.case_no, d.filed, d._given, d._computed FROM deadlines d "
        f"JOIN files f ON d._file = f.file WHERE {DIFFERS} ORDER BY d._file, d._line "
        f"LIMIT {'ALL' if limit is None else int(limit)}"
    ).fetchall()
    names = ("file", "line", "court", "case_no", "filed", "deadline", "computed")
    return [dict(zip(names, row, strict=True)) for row in rows]


def same_number(column: str) -> str:
    """SQL of a case number in one form, so that numbers written differently are found equal."""
    return case_no.identity_sql(column)


@dataclass(frozen=True)
class Exclusions:
    """The tables of changes of time limits: a query of the columns of :data:`TABLE` and bad_end."""

    sql: str


class Limits:
    """Computes due dates for one case loader; its tables live in the loader's connection."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        as_of: date,
        changes: Exclusions | None = None,
    ) -> None:
        self.connection, self.as_of, self.changes = connection, as_of, changes
        self.order = [item for item in procedures().values() if item.base is not None]
        self.notes: list[Note] = []

    def leave_out(self, numbers: str) -> None:
        """Forget the changes of some cases (a relation of their numbers), as if the table did not have them."""
        if self.changes:
            theirs = f"{same_number('case_no')} IN (SELECT number FROM {numbers})"
            self.changes = Exclusions(f"SELECT * FROM ({self.changes.sql}) WHERE NOT coalesce({theirs}, false)")

    def prepare(self, types: Iterable[str | None], applied: Iterable[str | None]) -> None:
        """Look up every pair of type code and procedure applied, and gather the changes of each case."""
        places = {item.id: place for place, item in enumerate(self.order, 1)}
        rows = []
        kinds = sorted({kind for kind in types if kind})
        for word in (None, *sorted({word for word in applied if word})):
            for kind in kinds:
                found = procedure_for(kind, word)
                if found is not None and found.id in places:
                    rows.append((kind, word, places[found.id]))
        frame = pd.DataFrame(rows, columns=["type", "applied", "place"]).astype({"type": "object", "applied": "object"})
        self.connection.register("incoming", frame.astype({"place": "int64"}))
        self.connection.execute(
            "CREATE OR REPLACE TABLE limit_places AS SELECT type, applied, place::UTINYINT AS place FROM incoming"
        )
        self.connection.unregister("incoming")
        if self.changes:
            self._gather(self.changes)

    @property
    def columns(self) -> str:
        """Columns of the assembled table that due dates are computed from, as SQL with a leading comma."""
        if not self.changes:
            return ", l.place AS _limit"
        converted = (
            f"CASE WHEN x.converted IS NULL THEN l.place ELSE coalesce({_list(self._converts())}[l.place], l.place) END"
        )
        return f", {converted} AS _limit, x.converted AS _converted, x.excluded AS _excluded, x.extension AS _extension"

    @property
    def joins(self) -> str:
        """Joins that go with :attr:`columns`; ``r`` are the rows, ``h`` what the heads of their numbers say."""
        join = "LEFT JOIN limit_places l ON l.type = h.type AND l.applied IS NOT DISTINCT FROM r.applied "
        if self.changes:
            join += f"LEFT JOIN limit_changes x ON x.number = {same_number('r.case_no')} "
        return join

    @property
    def computed(self) -> str:
        """SQL of the due date with extensions and excluded days; NULL where there is no limit."""
        base, days = self._spans(extended=False)
        base_x, days_x = self._spans(extended=True)
        # An extension of known length is added in days; otherwise the one that the law states.
        flag = "extended = '是'" + (" AND _extension IS NULL" if self.changes else "")
        excluded = "coalesce(excluded_days, 0)"
        if self.changes:
            excluded = "coalesce(_excluded, excluded_days, 0) + coalesce(_extension, 0)"
        months = f"CASE WHEN {flag} THEN {base_x}[_limit] ELSE {base}[_limit] END"
        more = f"CASE WHEN {flag} THEN {days_x}[_limit] ELSE {days}[_limit] END + {excluded}"
        return self._due(months, more)

    @property
    def statutory(self) -> str:
        """SQL of the due date by the limit of the law alone."""
        months, days = self._spans(extended=False)
        return self._due(f"{months}[_limit]", f"{days}[_limit]")

    def _spans(self, *, extended: bool) -> tuple[str, str]:
        """SQL lists of the months and days of every procedure's limit."""
        spans = [span_for(item, extended=extended) for item in self.order]
        return _list(s.months if s else None for s in spans), _list(s.days if s else None for s in spans)

    def _due(self, months: str, days: str) -> str:
        criminal = f"{_list(item.rule == 'criminal' for item in self.order)}[_limit]"
        # A criminal limit runs anew from the decision 简转普, others go on from filing (民诉法解释258条).
        start = f"CASE WHEN _converted IS NOT NULL AND {criminal} THEN _converted ELSE filed END"
        filed = start if self.changes else "filed"
        sql = DUE_SQL.format(filed=f"({filed})", months=f"({months})", days=f"({days})", criminal=criminal)
        return f"CASE WHEN _limit IS NOT NULL THEN {sql} END"

    def _converts(self) -> list[int | None]:
        places = {item.id: place for place, item in enumerate(self.order, 1)}
        return [places.get(item.converts_to or "") for item in self.order]

    def _gather(self, table: Exclusions) -> None:
        """One row a case with changes: days excluded (union), days of extension (union), day of 简转普."""
        codes = " ".join(f"WHEN {quote(code)} THEN {quote(word)}" for code, word in _CODES.items())
        kinds = (*_EXCLUDED, *_EXTENDED, *_CONVERTED)
        listed = ", ".join(quote(kind) for kind in kinds)
        self.connection.execute(
            "CREATE OR REPLACE TABLE limit_rows AS SELECT *, CASE "
            "WHEN number IS NULL OR kind IS NULL OR start IS NULL OR bad_end THEN 'unread' "
            f"WHEN kind NOT IN ({listed}) THEN 'kind' "
            "WHEN \"end\" < start THEN 'order' END AS fault FROM ("
            f"SELECT {same_number('case_no')} AS number, CASE kind {codes} ELSE kind END AS kind, "
            f'start, "end", bad_end FROM ({table.sql}))'
        )
        self.connection.execute(
            "CREATE OR REPLACE TABLE limit_cases AS "
            f"SELECT {same_number('case_no')} AS number, min(filed) AS filed, max(concluded) AS concluded, "
            "(SELECT max(start) FROM limit_rows t WHERE t.number = any_value(n.number) AND fault IS NULL "
            f"AND kind IN ({_quoted(_CONVERTED)})) AS converted "
            "FROM raw JOIN (SELECT DISTINCT number FROM limit_rows) n "
            f"ON {same_number('case_no')} = n.number GROUP BY 1"
        )
        # Days count from the day after filing; in a criminal case from the day after the decision 简转普.
        self.connection.execute(f"""
            CREATE OR REPLACE TABLE limit_changes AS
            WITH closed AS (
                SELECT r.number, CASE WHEN kind IN ({_quoted(_EXCLUDED)}) THEN 'excluded' ELSE 'extension' END AS kind,
                    greatest(r.start, c.filed + 1,
                        CASE WHEN contains(c.number, '刑') THEN c.converted + 1 END) AS first,
                    coalesce(r."end", c.concluded, DATE '{self.as_of}') AS last
                FROM limit_rows r JOIN limit_cases c ON r.number = c.number
                WHERE fault IS NULL AND kind NOT IN ({_quoted(_CONVERTED)})),
            spans AS (
                SELECT number, kind, first, last, max(last) OVER (PARTITION BY number, kind ORDER BY first, last
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
                FROM closed),
            lengths AS (
                SELECT number, kind, greatest(0, last - greatest(first - 1, coalesce(before, first - 1))) AS days
                FROM spans)
            SELECT c.number, any_value(c.converted) AS converted,
                sum(days) FILTER (kind = 'excluded')::INTEGER AS excluded,
                sum(days) FILTER (kind = 'extension')::INTEGER AS extension
            FROM limit_cases c LEFT JOIN lengths d ON c.number = d.number GROUP BY c.number
        """)
        for name, text, where in (
            ("exclusions_unread", "审限变更记录缺少案号、类别，或者日期无法识别（未予使用）", "fault = 'unread'"),
            (
                "exclusions_kind",
                f"审限变更记录的类别不是{'、'.join((*_CODES.values(),))}之一（未予使用）",
                "fault = 'kind'",
            ),
            ("exclusions_order", "审限变更记录的止日早于起日（未予使用）", "fault = 'order'"),
            (
                "exclusions_unknown",
                "审限变更记录的案号不在案件数据中（未予使用）",
                "fault IS NULL AND number NOT IN (SELECT number FROM limit_cases)",
            ),
        ):
            ((count,),) = self.connection.execute(f"SELECT count(*) FROM limit_rows WHERE {where}").fetchall()
            if count:
                self.notes.append(Note(name, text, count))

    def finish(self, *, given: bool) -> tuple[Note, ...]:
        """What must be said about due dates; ``given`` tells whether the court's system gave any."""
        own = "deadline" if given else "NULL::DATE"
        unknown = "extended = '是'" + (" AND _extension IS NULL" if self.changes else "")
        self.connection.execute(
            f"CREATE OR REPLACE VIEW deadlines AS SELECT *, {own} AS _given, {self.computed} AS _computed, "
            f"coalesce({unknown}, false) AS _unknown_length FROM assembled WHERE _problem IS NULL"
        )
        found = facts.told(CHECKS, self.connection.execute(facts.by_month(CHECKS, "deadlines")).fetchall())
        return (*self.notes, *found)


def _list(values: Iterable[int | bool | None]) -> str:
    return "[" + ", ".join("NULL" if value is None else str(value).lower() for value in values) + "]"


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(quote(word) for word in words)
