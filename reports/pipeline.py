"""The whole program on one page: read → tally → compare → flag → explain → compose → render → deliver → ledger.

Everything up to ``render`` is a pure function of its arguments; the clock and the folders enter in ``cli``.
Effects come last: files are published whole, and only then the ledger is written.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from reports import catalogue as catalogues
from reports import read as reading
from reports.catalogue import Catalogue
from reports.compare import compare, untold, values
from reports.compose import Findings, compose
from reports.courts import tree as trees
from reports.courts.periods import Period, chinese_date, consecutive, latest_complete, parse_period
from reports.courts.tree import CourtTree
from reports.deliver import publish
from reports.errors import ConfigError, GateRefused, InputError
from reports.explain import by_court, by_line
from reports.flag import Flags, flag
from reports.ledger import record
from reports.model import ALL_LINES, Attribution, Bulletin, CaseTable, Comparisons, Flag, Tally
from reports.render import render
from reports.tally import tally
from reports.workspace import Workspace

Progress = Callable[[str], None]
PACKAGE_TEMPLATES = Path(__file__).parent / "_templates"
CHECKOUT_TEMPLATES = Path(__file__).parent.parent / "templates"
TEMPLATES = PACKAGE_TEMPLATES if PACKAGE_TEMPLATES.is_dir() else CHECKOUT_TEMPLATES


@dataclass(frozen=True)
class Job:
    """What one run is asked to do."""

    workspace: Workspace
    period: Period
    today: date
    progress: Progress = field(default=lambda _: None)

    @property
    def base_period(self) -> Period:
        """The single period that counts are kept by: it divides the period asked for."""
        months = 3 if self.period.months % 3 == 0 and self.period.first % 3 == 1 else 1
        last = self.period.last
        return Period(self.period.year, last - months + 1, last, self.period.cutoff_day)

    @property
    def catalogue(self) -> Catalogue:
        """The edition in force, with the court's own entries and intervals."""
        config = self.workspace.config
        return catalogues.load(
            config.catalogue.edition,
            folder=self.workspace.folder / "catalogue",
            intervals=self.workspace.intervals,
        )


@dataclass(frozen=True)
class Result:
    """What a run found and made."""

    findings: Findings
    bulletins: tuple[Bulletin, ...]
    files: tuple[Path, ...]
    new_items: int


def choose_period(workspace: Workspace, text: str | None, as_of: date) -> Period:
    """The period asked for, or the latest complete one as of a day."""
    table = workspace.config.period
    if text:
        period = parse_period(text, cutoff_day=table.cutoff_day)
        if period.start > as_of:
            raise ConfigError(f"统计期 {period.label} 尚未开始（截至 {as_of}）。", advice="请核对 --period。")
        return period
    return latest_complete(as_of, months=table.months, cutoff_day=table.cutoff_day)


@contextmanager
def case_table(job: Job) -> Iterator[CaseTable]:
    """Read the workspace's cases, with its court table if there is one."""
    workspace, source = job.workspace, job.workspace.config.source
    tree = trees.load(workspace.courts_path) if workspace.courts_path.exists() else None
    with reading.read(
        source.files,
        workspace.folder,
        tree=tree,
        dialect=source.dialect,
        own_columns=source.columns,
        today=job.today,
        memory=source.memory,
        progress=job.progress,
    ) as table:
        yield table


def gate(job: Job, table: CaseTable) -> None:
    """Refuse data of which too much had to be set aside; raises :class:`GateRefused`."""
    limit = job.workspace.config.quality.max_set_aside_percent
    out = table.rows_in - table.rows_used
    if out * 100 > limit * table.rows_in:
        raise GateRefused(
            f"{table.rows_in} 行中有 {out} 行无法使用，超过 {limit:g}% 的限度，没有生成通报。",
            where=f"{job.workspace.config_path} [quality] max_set_aside_percent",
            advice="用 tongbao check 查看原因，更正数据后重新运行。",
        )


def count(job: Job, table: CaseTable, catalogue: Catalogue) -> Tally:
    """Tally the period with enough history behind it for every comparison."""
    last = job.base_period
    length = last.months
    back = max(job.workspace.config.period.history, 12 // length + job.period.months // length + 1)
    first = last
    for _ in range(back - 1):
        previous = first.previous
        assert previous is not None
        first = previous
    job.progress("计算各法院、各条线的计数")
    return tally(table, catalogue, consecutive(first, last))


def indicators(job: Job, counted: Tally, catalogue: Catalogue) -> pd.DataFrame:
    """The indicator table of the period, its bases of comparison and the single periods before."""
    wanted = [*counted.periods, job.period, job.period.previous, job.period.year_before]
    periods = list(dict.fromkeys(period for period in wanted if period))
    return values(counted, catalogue, periods)


def find(job: Job, table: CaseTable) -> Findings:
    """Everything up to the attributions: numbers, comparisons, flags and the parts that moved them."""
    catalogue = job.catalogue
    counted = count(job, table, catalogue)
    job.progress("比较、识别异常")
    history = indicators(job, counted, catalogue)
    comparisons = compare(history, catalogue, job.period, untold(counted, catalogue))
    issuer = find_issuer(job.workspace, table.tree)
    if comparisons.cell(issuer, ALL_LINES, "accepted") is None and not len(comparisons.frame):
        raise InputError(
            f"{job.period.label}（{job.period.window}）没有任何案件。",
            advice="请核对数据的起止日期，或用 --period 指定有数据的统计期。",
        )
    flags = flag(comparisons, table.tree)
    return Findings(
        period=job.period,
        issuer=issuer,
        tree=table.tree,
        catalogue=catalogue,
        comparisons=comparisons,
        history=history[history["period"].isin({period.key for period in counted.periods})],
        flags=flags.flags,
        untested=flags.untested,
        tested=flags.tested,
        attributions=attribute(flags, comparisons, table.tree, issuer),
        rows_in=table.rows_in,
        rows_used=table.rows_used,
        set_aside=reasons(table),
        notes=table.notes,
        data_until=job.period.end,
    )


def find_issuer(workspace: Workspace, tree: CourtTree) -> str:
    """The court that issues the bulletin: ``[court] code``, or the only root of the tree."""
    if workspace.config.court.code:
        return tree.find(workspace.config.court.code).code
    if len(tree.roots) == 1:
        return tree.roots[0].code
    raise ConfigError(
        f"法院表中有 {len(tree.roots)} 个没有上级的法院，无法确定由哪个法院发文。",
        where=f"{workspace.config_path} [court] code",
        advice="请填写发文法院的代码或名称。",
    )


def attribute(
    flags: Flags, comparisons: Comparisons, tree: CourtTree, issuer: str
) -> Mapping[str, tuple[Attribution, ...]]:
    """Parts behind each red flag (by line), and behind the issuer's own changes (by court and by line)."""
    found: dict[str, tuple[Attribution, ...]] = {}
    for item in flags.flags:
        if item.severity == "red":
            split = by_line(comparisons, item.court, item.indicator, "year_before")
            found[item.key] = (split,) if split else ()
    moved = {item.indicator for item in flags.flags if item.court == issuer}
    for name in comparisons.catalogue.indicators:
        if name in moved or name == "filed":
            splits = (
                by_court(comparisons, tree, issuer, ALL_LINES, name, "year_before"),
                by_line(comparisons, issuer, name, "year_before"),
            )
            found[f"{issuer}|{name}"] = tuple(split for split in splits if split)[:1]
    return found


def reasons(table: CaseTable) -> Mapping[str, int]:
    """Rows set aside by kind of reason (what follows the colon is the value, not the kind)."""
    kinds = table.set_aside["原因"].astype("object").map(lambda text: str(text).partition("：")[0])
    kinds = kinds.str.replace(r"（\d{4}-\d{2}-\d{2}）", "", regex=True)
    return {str(kind): int(n) for kind, n in kinds.value_counts().sort_index().items()}


def write_bulletins(job: Job, findings: Findings, kinds: Sequence[str]) -> tuple[Bulletin, ...]:
    """Compose the bulletins of some kinds."""
    letterhead = job.workspace.config.letterhead.model_dump()
    letterhead["date"] = letterhead["date"] or chinese_date(job.today)
    folders = [job.workspace.folder / "templates", TEMPLATES]
    return tuple(compose(kind, findings, letterhead, folders) for kind in kinds)


def render_all(bulletins: Sequence[Bulletin], formats: Sequence[str], progress: Progress) -> dict[str, bytes]:
    """Every bulletin in every format, as file name → bytes; charts beside the Markdown."""
    files: dict[str, bytes] = {}
    for bulletin in bulletins:
        for form in formats:
            progress(f"排版 {bulletin.title}（{form}）")
            files[f"{bulletin.stem}.{form}"] = render(
                bulletin.markdown,
                form,
                assets=bulletin.assets,
                templates=TEMPLATES,
                source=f"{bulletin.stem}.md",
            )
        if "md" in formats:
            files.update(bulletin.assets)
    return files


def run(
    job: Job,
    *,
    kinds: Sequence[str] = ("general",),
    formats: Sequence[str] | None = None,
    dry_run: bool = False,
) -> Result:
    """The cron job: everything, from the cases to the published bulletins and the ledger."""
    workspace = job.workspace
    with case_table(job) as table:
        gate(job, table)
        findings = find(job, table)
        aside = table.set_aside
    bulletins = write_bulletins(job, findings, kinds)
    files = render_all(bulletins, formats or workspace.config.output.formats, job.progress)
    files["indicators.csv"] = indicator_csv(findings)
    if len(aside):
        files["set-aside.csv"] = csv_bytes(aside)
    if dry_run:
        return Result(findings, bulletins, tuple(Path(name) for name in files), 0)
    published = publish(workspace.output_path / job.period.key, files)
    new = record(workspace.database_path, findings.flags, day=job.today.isoformat())
    return Result(findings, bulletins, tuple(published), new)


def indicator_csv(findings: Findings) -> bytes:
    """The indicator table of the period and its bases, as another run can read it."""
    keys = {findings.period.key, findings.period.year_before.key}
    keys |= {findings.period.previous.key} if findings.period.previous else set()
    frame = findings.history[findings.history["period"].isin(keys)]
    return csv_bytes(frame)


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as UTF-8 CSV with a byte-order mark, with cells that start like a formula made harmless."""
    safe = frame.copy()
    for name in safe.columns:
        if safe[name].dtype.kind in "OUT" or str(safe[name].dtype).startswith("str"):
            text = safe[name].astype("object")
            risky = text.map(lambda cell: isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell != "")
            safe[name] = text.where(~risky, "'" + text.astype(str))
    out = io.StringIO()
    safe.to_csv(out, index=False, lineterminator="\r\n")
    return out.getvalue().encode("utf-8-sig")


def adverse(flags: Sequence[Flag], severity: str) -> int:
    """How many adverse flags stand at or above a severity."""
    order = ("red", "amber", "yellow")
    return sum(item.severity in order[: order.index(severity) + 1] for item in flags)
