"""Data quality: what the rules find, what is handed back to the courts, and the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from reports import coverage
from reports.catalogue import Catalogue
from reports.courts.tree import CourtTree
from reports.coverage import Reported, Reporting
from reports.errors import GateRefused, InputError
from reports.model import OWN, ROWS_UNCHECKED, CaseTable, LeftOut, Note, Quality
from reports.pipeline.job import Job
from reports.pipeline.numbers import covers, holding
from reports.pipeline.sources import reasons
from reports.pipeline.stages import Cases, quality_key, reported_key
from reports.quality import (
    COUNTED,
    markdown,
    missing_numbers,
    of_counts,
    quality,
    rows_to_return,
    table_of,
)
from reports.read.facts import SAME_CASE
from reports.read.limits import differences
from reports.render.csv import csv_bytes
from reports.templates import safe
from reports.words import percent


def deadline_differences(table: CaseTable, limit: int | None = None) -> list[dict[str, str | int | None]]:
    """Cases whose due date by the court's system is not the one that the law gives, in the order of the files."""
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
        for row in (() if table.engine else differences(table.connection, limit))
    ]


@dataclass(frozen=True)
class Inspection:
    """What the data-quality rules find in the cases, and of how many rows."""

    found: Quality
    rows_in: int
    rows_used: int
    reasons: Mapping[str, int]  # rows set aside by kind of reason


def gate(job: Job, rows_in: int, rows_used: int, reasons: Mapping[str, int]) -> None:
    """Refuse data of which too much had to be set aside, for ``reasons``; raises :class:`GateRefused`."""
    limit = job.workspace.config.quality.max_set_aside_percent
    out = rows_in - rows_used - sum(reasons.get(kind, 0) for kind in SAME_CASE)  # their cases are counted
    if out * 100 > limit * rows_in:
        raise GateRefused(
            f"{rows_in} 行中有 {out} 行无法使用，超过 {limit:g}% 的限度，没有生成通报。",
            where=f"{job.workspace.config_path} [quality] max_set_aside_percent",
            advice="用 tongbao check 查看原因，更正数据后重新运行。",
        )


def gate_rules(job: Job, found: Quality) -> None:
    """Refuse data in which a rule of ``[quality] refuse`` finds more than its limit; raises :class:`GateRefused`."""
    table = job.workspace.config.quality
    where = f"{job.workspace.config_path} [quality] refuse"
    for name in table.refuse:
        rule = job.rules[name]
        if found.unchecked.get(name) == ROWS_UNCHECKED:
            raise GateRefused(
                f"规则“{rule.name}”在数据库引擎中不核查，没有生成通报。",
                where=where,
                advice="从 refuse 中删去逐行核查的规则，或改用文件核查（tongbao check）。",
            )
        if name in found.unchecked and rule.needs:
            raise GateRefused(
                f"规则“{rule.name}”无法核查（{found.unchecked[name]}），没有生成通报。",
                where=where,
                advice="补充所缺的列，或从 refuse 中删去这条规则。",
            )
        count, base = found.totals.get(name, (0, 0))
        limit = table.limits.get(name, 0.0)
        if count and count * 100 > limit * base:
            over = f"占{base}的{percent(count, base)}，超过 {limit:g}% 的限度" if limit else "按规定不得有"
            raise GateRefused(
                f"“{rule.name}”有{count}处，{over}，没有生成通报。",
                where=where,
                advice="用 tongbao check 查看明细，更正数据后重新运行。",
            )


def reporting(job: Job, cases: Cases, *, departments: bool = False) -> Reported:
    """Who has reported the period, from the store if nothing has changed; the ``departments`` too where asked for.

    Nobody is judged where the data as a whole do not reach its end: that is told when it is to be counted.
    """

    def work(table: CaseTable) -> Reported:
        if not table.columns:
            return Reported(job.period, ())
        job.progress("核对各法院的报送情况")
        since, until = coverage.reach(job.period).start, job.period.end
        left = {one.code for one in table.without}  # one with courts below it is still in the tree
        there = [one for one in table.tree.courts if one.code not in left and one.exists(job.period.start, until)]
        codes = [court.code for court in there]
        closed = {court.code for court in there if court.until and court.until < until}
        courts = coverage.reported(coverage.activity(table, since, until), job.period, codes, closed)
        below: tuple[Reporting, ...] = ()
        if departments and "dept" in table.columns and not table.engine:
            below = coverage.reported(coverage.activity(table, since, until, by_department=True), job.period, codes)
        found = Reported(job.period, courts, below)
        return found if covers(job.base_period, table) else found.unjudged()

    return cases.stored("报送情况", reported_key(cases, departments=departments), work)


def gate_reported(job: Job, cases: Cases, found: Reported) -> None:
    """Refuse data in which a court's period is missing; raises :class:`InputError` with each such court's last day."""
    missing = found.missing
    if not missing:
        return
    tree = cases.table.tree
    names = [tree.short_name(str(one.unit)) for one in missing]
    told = "".join(f"\n  · {coverage.said(one, name)}" for one, name in zip(missing, names, strict=True))
    raise InputError(
        f"按以往的案件数，{len(missing)}个法院{job.period.label}的数据没有报送或者没有报全，没有生成通报：{told}",
        where="、".join(cases.table.files),
        advice=f"请补齐数据后重新运行。本期不计入的，加 --without {','.join(names)}；"
        "由定时任务运行的，写在 tongbao.toml 的 [source] without 中。",
    )


def inspect(job: Job, cases: Cases) -> Inspection:
    """What the data-quality rules find in the cases, from the store if nothing has changed."""

    def work(table: CaseTable) -> Inspection:
        job.progress("核查数据质量")
        since = job.workspace.config.quality.complete_since
        if table.engine:
            found = Quality(unchecked={name: ROWS_UNCHECKED for name in job.rules if name not in COUNTED})
        else:
            found = quality(table, job.rules, job.base_period, complete_since=since)
        return Inspection(found, table.rows_in, table.rows_used, reasons(table))

    return cases.stored("核查结果", quality_key(cases), work)


def inspect_counts(
    job: Job, history: pd.DataFrame, catalogue: Catalogue, tree: CourtTree, without: Sequence[LeftOut] = ()
) -> Quality:
    """What the data-quality rules find in the finished counts.

    Totals that are now without a court are not held against those that were printed with it.
    """
    printed = printed_before(job)
    if printed is not None and without:
        printed = printed[~printed["court"].str.removesuffix(OWN).isin(holding(without))]
    return of_counts(history, catalogue, tree, job.rules, job.base_period, printed=printed)


def printed_before(job: Job) -> pd.DataFrame | None:
    """The indicator table as it was published for the period before, if it is still there."""
    before = job.base_period.previous
    path = job.workspace.output_path / (before.key if before else "") / "indicators.csv"
    if before is None or not path.is_file():
        return None
    names = ["court", "line", "indicator", "period", "numerator", "denominator"]
    whole = {"numerator": "Int64", "denominator": "Int64"}
    try:
        return pd.read_csv(path, encoding="utf-8-sig", usecols=names, dtype=whole)
    except (ValueError, TypeError, OSError):  # edited by hand: nothing to compare with
        return None


def edition_changes(job: Job, history: pd.DataFrame) -> tuple[Note, ...]:
    """Which indicators the bulletin before did not have, and which it had that the edition of now does not.

    ``history`` is the indicator table: what has no number in the period before either is no news.
    """
    printed, before = printed_before(job), job.base_period.previous
    if printed is None or before is None:
        return ()
    every, then = job.whole_catalogue.indicators, set(printed["indicator"])
    known = set(history.loc[history["period"] == before.key, "indicator"])
    came = [item.name for name, item in job.catalogue.indicators.items() if name in known - then]
    went = [
        f"{item.name}（{item.note}）" if item.note else item.name
        for name, item in every.items()
        if name in then - job.catalogue.indicators.keys()
    ]
    told = (
        ("edition_came", "上期通报没有、本期列入的指标", came),
        ("edition_went", "上期通报列有、本期不再列入的指标", went),
    )
    return tuple(
        Note(name, f"{text}：{'、'.join(names)}，共", len(names), unit="项") for name, text, names in told if names
    )


def quality_files(job: Job, table: CaseTable, found: Quality) -> dict[str, bytes]:
    """The report, and for each court the rows handed back and its missing numbers, as file name → bytes."""
    heading = f"{job.base_period.label}数据质量核查报告"
    files = {
        "report.md": markdown(found, job.rules, table.tree, heading).encode(),
        "report.csv": csv_bytes(table_of(found, table.tree)),
    }
    if len(table.set_aside):
        files["set-aside.csv"] = csv_bytes(table.set_aside)
    return files | {name: data for _, name, data in returned_files(job, table, found)}


def returned_files(job: Job, table: CaseTable, found: Quality) -> Iterator[tuple[str, str, bytes]]:
    """(court, file name, bytes) of the rows handed back to each court and of its missing numbers, for it alone.

    Of rows whose court is not known the code is empty.
    """
    numbers = missing_numbers(table, found, complete_since=job.workspace.config.quality.complete_since)
    for kind, frames in (("退回", rows_to_return(table, found)), ("空号", numbers)):
        for code, frame in frames.items():
            name = table.tree.by_code[code].name if code else "法院不明"
            whose = safe(f"{code}-{name}").lstrip("-")
            yield code, f"{kind}-{whose}.csv", csv_bytes(frame)
