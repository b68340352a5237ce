"""Data quality: what the rules find, what is handed back to the courts, and the gate."""

from __future__ import annotations

from datetime import date

import pandas as pd

from reports.catalogue import Catalogue
from reports.courts.tree import CourtTree
from reports.errors import GateRefused, InputError
from reports.model import ROWS_UNCHECKED, CaseTable, Quality
from reports.pipeline.job import Job
from reports.pipeline.numbers import count, indicators
from reports.pipeline.sources import reasons
from reports.quality import COUNTED, markdown, missing_numbers, of_counts, quality, rows_to_return, table_of
from reports.read.facts import SAME_CASE
from reports.read.limits import differences
from reports.render.csv import csv_bytes
from reports.words import percent


def deadline_differences(table: CaseTable, limit: int | None = None) -> list[dict[str, str | int | None]]:
    """Cases whose due date by the court's system is not the one that the law gives, in the order of the files."""
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
        for row in (() if table.engine else differences(table.connection, limit))
    ]


def gate(job: Job, table: CaseTable) -> None:
    """Refuse data of which too much had to be set aside; raises :class:`GateRefused`."""
    limit = job.workspace.config.quality.max_set_aside_percent
    kinds = reasons(table)
    out = table.rows_in - table.rows_used - sum(kinds.get(kind, 0) for kind in SAME_CASE)  # their cases are counted
    if out * 100 > limit * table.rows_in:
        raise GateRefused(
            f"{table.rows_in} 行中有 {out} 行无法使用，超过 {limit:g}% 的限度，没有生成通报。",
            where=f"{job.workspace.config_path} [quality] max_set_aside_percent",
            advice="用 tongbao check 查看原因，更正数据后重新运行。",
        )


def gate_rules(job: Job, found: Quality) -> None:
    """Refuse data in which a rule of ``[quality] refuse`` finds more than its limit; raises :class:`GateRefused`."""
    table = job.workspace.config.quality
    where = f"{job.workspace.config_path} [quality] refuse"
    for name in table.refuse:
        rule = job.rules[name]
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


def inspect(job: Job, table: CaseTable) -> Quality:
    """What the data-quality rules find in the cases."""
    job.progress("核查数据质量")
    since = job.workspace.config.quality.complete_since
    if table.engine:
        if refused := [name for name in job.workspace.config.quality.refuse if name not in COUNTED]:
            raise GateRefused(
                f"规则“{job.rules[refused[0]].name}”在数据库引擎中不核查，没有生成通报。",
                where=f"{job.workspace.config_path} [quality] refuse",
                advice="从 refuse 中删去逐行核查的规则，或改用文件核查（tongbao check）。",
            )
        return Quality(unchecked={name: ROWS_UNCHECKED for name in job.rules if name not in COUNTED})
    return quality(table, job.rules, job.base_period, complete_since=since)


def inspect_counts(job: Job, history: pd.DataFrame, catalogue: Catalogue, tree: CourtTree) -> Quality:
    """What the data-quality rules find in the finished counts."""
    return of_counts(history, catalogue, tree, job.rules, job.base_period, printed=printed_before(job))


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


def check(job: Job, table: CaseTable) -> Quality:
    """The whole data-quality report, for ``tongbao check``."""
    found = inspect(job, table)
    catalogue = job.catalogue.resolved(table.columns)
    try:
        counted = count(job, table, catalogue)
    except InputError as error:  # the data do not reach the period: said, not an end
        return found + Quality(unchecked={name: error.what.rstrip("。") for name in job.rules if name in COUNTED})
    return found + inspect_counts(job, indicators(job, counted, catalogue), catalogue, table.tree)


def quality_files(job: Job, table: CaseTable, found: Quality) -> dict[str, bytes]:
    """The report, and for each court the rows handed back and its missing numbers, as file name → bytes."""
    heading = f"{job.base_period.label}数据质量核查报告"
    files = {
        "report.md": markdown(found, job.rules, table.tree, heading).encode(),
        "report.csv": csv_bytes(table_of(found, table.tree)),
    }
    if len(table.set_aside):
        files["set-aside.csv"] = csv_bytes(table.set_aside)
    for kind, frames in (("退回", rows_to_return(table, found)), ("空号", missing_numbers(table, found))):
        for code, frame in frames.items():
            name = table.tree.by_code[code].name if code else "法院不明"
            safe = "".join(character for character in f"{code}-{name}" if character not in '/\\:*?"<>|')
            files[f"{kind}-{safe.lstrip('-')}.csv"] = csv_bytes(frame)
    return files
