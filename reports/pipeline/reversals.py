"""Cases → those reversed or sent back (发改案件) in the period and its bases, for the bulletins that tell of them."""

from __future__ import annotations

from dataclasses import replace

from reports import reversals
from reports.catalogue import Count, review
from reports.catalogue.columns import BY_ID
from reports.compare import compare, untold
from reports.courts.periods import Period
from reports.coverage.beginning import beginning
from reports.model import CaseTable, Reversals, ReversedCase
from reports.pipeline.job import Job, find_issuer
from reports.pipeline.numbers import count, covers, indicators, marked
from reports.tally.cases import decided, following, lineage, unlinked
from reports.tally.reach import fitted


def reversed_cases(job: Job, table: CaseTable) -> Reversals:
    """The reversed and remanded cases of the period, by the definitions of the catalogue, and of its bases."""
    job.progress("查找改判、发回重审的案件")
    every = job.whole_catalogue
    chosen = {name: every.indicators[name] for name in reversals.INDICATORS}
    catalogue = fitted(replace(every, indicators=chosen, context=()), table)
    counted = count(job, table, catalogue)
    begins = beginning(table, catalogue)
    history = marked(job, indicators(job, counted, catalogue), begins, catalogue)
    compared = compare(history, catalogue, job.period, untold(counted, catalogue),
                       along=job.workspace.config.period.previous_cumulative)  # fmt: skip
    issuer = find_issuer(job.workspace, table.tree)
    linked = "origin_court" in table.columns
    judges = job.workspace.config.privacy.judges
    rules = review.load(job.workspace.folder)

    def of(period: Period | None) -> tuple[ReversedCase, ...] | None:
        if period is None or not covers(period, table):
            return None
        start = begins.courts.get(issuer, begins.start)
        if period != job.period and start and not all(start.whole(n, period, {}) for n in reversals.COUNTS):
            return None  # of a base that lacks cases nothing is said
        rows = {
            name: decided(table, catalogue, period, name, _columns(catalogue.counts[name]), court=issuer)
            for name in reversals.COUNTS
            if catalogue.counts[name].columns <= table.columns
        }
        if not linked:
            return reversals.cases(rows, table.tree, judges=judges)
        # Of a base only its retrials are followed down, to know whose judgments they were.
        followed = [row for name, found in rows.items() if period == job.period or "retrial" in name for row in found]
        # A first instance of which the court above tells what became names no other case.
        way = lineage(table, {row["origin_case_no"] for row in followed if row.get("origin_case_no")})
        remanded = [row for row in rows.get("first_remanded", ()) if period == job.period and row.get("origin_case_no")]
        below = {row["origin_case_no"] for row in remanded} | {row["case_no"] for row in way.values()}
        earlier = following(table, below, catalogue.counts["remanded"]) if remanded else ()
        return reversals.cases(rows, table.tree, way, earlier, judges=judges)

    now, before = of(job.period) or (), of(job.period.year_before)
    picked = reversals.recommended(now, before, rules, job.period)
    absent = f"数据中没有“{BY_ID['reversal_reason'].name}”，发改原因未统计"
    no_way = f"数据中没有“{BY_ID['origin_case_no'].name}”，不能查明同一案件的先后经过"
    return Reversals(
        comparisons=compared,
        cases=tuple(replace(one, rules=picked.get(place, ())) for place, one in enumerate(now)),
        previous=of(job.period.previous),
        year_before=before,
        review=rules,
        unlinked=unlinked(table, catalogue, job.period, ("revised", "remanded"), court=issuer) if linked else 0,
        no_reasons="" if "reversal_reason" in table.columns else absent,
        no_links="" if linked else no_way,
        judges=judges,
    )


_READ = ("case_no", "court", "line", "cause", "filed", "reversal_reason")


def _columns(one: Count) -> tuple[str, ...]:
    """What is read of a case: of the one above, or of the first instance where only that says what became of it."""
    below = one.by == "second_date"
    return (*_READ, *(("second_date", "judge") if below else ("concluded", "origin_case_no", "origin_court")))
