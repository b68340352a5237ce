"""The rows to hand back to each court: where they stand, which rule they break. Never a party's name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from reports.model import CaseTable, Quality
from reports.quality.groups import gaps, make_serials
from reports.quality.row_rules import hit

MOST_ROWS = 5000  # of one rule and court: the first ones show what is wrong, and a file stays readable
COLUMNS = ("文件", "行", "案号", "规则", "说明")
GAP_COLUMNS = ("年度", "类型代字", "起", "止", "编号数")


def rows_to_return(table: CaseTable, found: Quality) -> Mapping[str, pd.DataFrame]:
    """Court code → rows with 文件, 行, 案号, 规则, 说明, in the order of the sources.

    A text that is no case number is left out: it could be anything, and file and line find the row again.
    """
    rules = {f.rule.id: f.rule for f in found.findings if f.rule.hand_back}
    parts = []
    for rule in rules.values():
        condition = hit(rule, table)
        assert condition is not None
        part = table.connection.execute(
            "SELECT coalesce(a.court, '') AS court, f.name AS 文件, a._line AS 行, "
            "CASE WHEN a._era IS NOT NULL THEN a.case_no END AS 案号, a._file AS place "
            f"FROM {table.all_rows} a JOIN {table.file_names} f ON a._file = f.file WHERE {condition} "
            f"QUALIFY row_number() OVER (PARTITION BY a.court ORDER BY a._file, a._line) <= {MOST_ROWS}"
        ).df()
        parts.append(part.assign(规则=rule.name, 说明=rule.do))
    if not parts:
        return {}
    rows = pd.concat(parts, ignore_index=True).sort_values(["court", "place", "行"], kind="stable")
    courts = {finding.court for finding in found.findings}
    return {
        str(court): part[list(COLUMNS)].reset_index(drop=True)
        for court, part in rows.groupby("court", sort=True)
        if court in courts
    }


def missing_numbers(table: CaseTable, found: Quality, *, complete_since: date | None) -> Mapping[str, pd.DataFrame]:
    """Court code → every missing range of numbers: 年度, 类型代字, 起, 止, 编号数.

    ``found`` may have been kept from an earlier check with the same ``complete_since``: the numbers are made anew.
    """
    rule = next((f.rule for f in found.findings if f.rule.id == "number_gap"), None)
    if rule is None:
        return {}
    make_serials(table, complete_since)
    frame = gaps(table, rule)
    frame["many"] = frame["last"] - frame["first"] + 1
    courts = {finding.court for finding in found.findings if finding.rule.id == "number_gap"}
    return {
        str(court): part[["year", "type", "first", "last", "many"]].set_axis(list(GAP_COLUMNS), axis=1)
        for court, part in frame.groupby("court", sort=True)
        if court in courts
    }
