"""The table of appeals that the court above gives: what became of first instances whose appeals lie with it.

One row per appeal: 原审案号, 二审案号, 二审立案日期, 二审结案日期, 二审结果, 发改原因. What it says of a first
instance wins over the case's own columns; where they differ, the cases are named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import duckdb

from reports.catalogue.columns import BY_ID
from reports.courts import case_no
from reports.model import Note
from reports.read.companion import Companion

HEADINGS = {
    "origin_case_no": ("原审案号", "一审案号"),
    "second_no": ("二审案号",),
    "second_filed": ("二审立案日期",),
    "second_date": ("二审结案日期",),
    "second_result": ("二审结果", "二审结案方式"),
    "reversal_reason": ("发改原因",),
}
READ = frozenset({"second_no", "second_filed", "second_date", "second_result"})  # what counting needs of it
SHOWN = 5  # cases that a note names
Standard = Callable[[str, str], str | None]  # (column, text) → its standard word


def companion(columns: Mapping[str, str]) -> Companion:
    """The kind of table; ``columns`` are headings of the court's own by canonical column."""
    headings = {name: ((columns[name],) if name in columns else ()) + usual for name, usual in HEADINGS.items()}
    return Companion("二审情况表", headings, frozenset({"second_filed", "second_date"}), frozenset({"reversal_reason"}))


class Appeals:
    """The rows of the table, put to the cases of one loader; its tables live in the loader's connection.

    Appeals filed after ``until`` are not yet known on that day, and left out.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, *, until: date | None = None) -> None:
        self.connection = connection
        self.notes: list[Note] = []
        connection.execute(
            f"CREATE OR REPLACE TABLE appeal_rows AS SELECT *, {case_no.identity_sql('origin_case_no')} AS number "
            f"FROM ({table})"
        )
        unread = "number IS NULL OR second_no IS NULL OR second_filed IS NULL OR bad_second_date"
        self._note("appeals_unread", "二审情况表的行缺少案号、二审立案日期，或者日期无法识别（未予使用）", unread)
        usable = f"NOT coalesce({unread}, true)" + (f" AND second_filed <= DATE '{until}'" if until else "")
        connection.execute(
            f"CREATE OR REPLACE TABLE appeals AS SELECT * FROM (SELECT DISTINCT * FROM appeal_rows WHERE {usable}) "
            "QUALIFY row_number() OVER (PARTITION BY number "
            "ORDER BY second_filed DESC, second_date DESC NULLS LAST, second_no) = 1"
        )
        ((rows,),) = connection.execute(
            f"SELECT (SELECT count(*) FROM (SELECT DISTINCT * FROM appeal_rows WHERE {usable})) "
            "- (SELECT count(*) FROM appeals)"
        ).fetchall()
        if rows:
            self.notes.append(Note("appeals_several", "二审情况表中同一原审案号的其他行（采用立案最晚的一行）", rows))

    def leave_out(self, numbers: str) -> None:
        """Forget the appeals of some cases (a relation of their numbers), as if the table did not have them."""
        self.connection.execute(f"DELETE FROM appeals WHERE number IN (SELECT number FROM {numbers})")

    def put_to(self, rows: str, columns: Sequence[str], standard: Standard) -> str:
        """SQL of the case rows with what the table says of them; ``columns`` are those that the rows have."""
        number = case_no.identity_sql("case_no")
        self._tell(rows, number, columns, standard)
        told = {name: f"a.{name}" for name in ("second_filed", "second_date", "second_result") if name in columns}
        if "appealed" in columns:
            told["appealed"] = "'是'"
        if "reversal_reason" in columns:  # of a retrial as well: only what the table gives replaces it
            told["reversal_reason"] = "coalesce(a.reversal_reason, r.reversal_reason)"
        replaced = ", ".join(
            f"CASE WHEN a.number IS NOT NULL THEN {sql} ELSE r.{name} END AS {name}" for name, sql in told.items()
        )
        return (
            f"SELECT r.* EXCLUDE (_first) REPLACE ({replaced}), a.second_no FROM "
            f"(SELECT *, {number} AS _first FROM ({rows})) r LEFT JOIN appeals a ON r._first = a.number"
        )

    def _tell(self, rows: str, number: str, columns: Sequence[str], standard: Standard) -> None:
        """Note what the table names that the cases do not have, and where the two differ."""
        own = [name for name in ("second_filed", "second_date", "second_result", "appealed") if name in columns]
        self.connection.execute(
            f"CREATE OR REPLACE TABLE appealed_cases AS SELECT number, {', '.join(own)} "
            f"FROM (SELECT *, {number} AS number FROM ({rows})) WHERE number IN (SELECT number FROM appeals)"
        )
        self._note(
            "appeals_unknown",
            "二审情况表的原审案号不在案件数据中（未予使用）",
            "number NOT IN (SELECT number FROM appealed_cases)",
            "appeals",
        )
        compared = [name for name in own if name != "appealed"]
        pairs = ", ".join(f"c.{name}, a.{name}" for name in compared)
        flag = "c.appealed" if "appealed" in own else "NULL"
        found = self.connection.execute(
            f"SELECT DISTINCT a.origin_case_no, {flag}, {pairs} FROM appealed_cases c "
            "JOIN appeals a ON a.number = c.number ORDER BY ALL"
        ).fetchall()
        differing: dict[str, str] = {}
        for text, appealed, *values in found:
            for name, mine, theirs in zip(compared, values[::2], values[1::2], strict=True):
                if mine is None or mine == theirs:
                    continue
                if name == "second_result" and theirs and standard(name, mine) == standard(name, theirs):
                    continue
                said = f"{BY_ID[name].name}为{mine}，表中为{theirs or '空'}"
                differing.setdefault(text, f"{text}{said}")
            if appealed and standard("appealed", appealed) == "否":
                differing.setdefault(text, f"{text}{BY_ID['appealed'].name}为{appealed}，表中有二审案件")
        if differing:
            shown = "；".join(list(differing.values())[:SHOWN]) + ("等" if len(differing) > SHOWN else "")
            text = f"案件所填的二审情况与二审情况表不一致（按二审情况表统计：{shown}）"
            self.notes.append(Note("appeals_differ", text, len(differing)))

    def _note(self, name: str, text: str, where: str, relation: str = "appeal_rows") -> None:
        ((count,),) = self.connection.execute(f"SELECT count(*) FROM {relation} WHERE {where}").fetchall()
        if count:
            self.notes.append(Note(name, text, count))
