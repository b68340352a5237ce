"""Case table → what is wrong with it, by the rules of ``catalogue/quality.toml``, court by court.

Every rule is one piece of SQL over all rows, also those set aside: rules on single rows share one pass, rules on
distributions (missing shares, number gaps, last days) have one query each, and rules on finished counts
(:func:`of_counts`) look at the small indicator table. A rule whose columns the data lack is reported as not checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from reports.catalogue.columns import BY_ID
from reports.catalogue.quality import QualityRule
from reports.courts.periods import Period
from reports.model import CaseTable, Quality
from reports.quality.counted import COUNTED, of_counts
from reports.quality.groups import check_groups
from reports.quality.handback import missing_numbers, rows_to_return
from reports.quality.report import by_reason, by_rule, court_name, markdown, sentence, summary, table_of
from reports.quality.row_rules import BUILT_IN, scan

__all__ = [
    "COUNTED",
    "by_reason",
    "by_rule",
    "court_name",
    "markdown",
    "missing_numbers",
    "of_counts",
    "quality",
    "rows_to_return",
    "sentence",
    "summary",
    "table_of",
]


def quality(
    table: CaseTable, rules: Mapping[str, QualityRule], period: Period, *, complete_since: date | None = None
) -> Quality:
    """Check the cases; ``period`` is the single period that distributions are judged in.

    ``complete_since`` is the first day from which the data hold every case (for number gaps); it is estimated from
    the data when not given. Counts are of cases unless the rule's sentence says otherwise.
    """
    lacking = {
        rule.id: "数据中没有" + "、".join(f"“{BY_ID[name].name}”" for name in sorted(rule.needs - table.columns))
        for rule in rules.values()
        if rule.needs - table.columns
    }
    able = {name: rule for name, rule in rules.items() if name not in lacking}
    found = scan(table, {n: r for n, r in able.items() if r.where is not None or n in BUILT_IN})
    found += check_groups(table, able, period, complete_since)
    return Quality(found.findings, found.totals, {**lacking, **found.unchecked})
