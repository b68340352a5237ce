"""The whole program on one page: read → tally → compare → flag → explain → compose → render → deliver → ledger.

Everything up to ``render`` is a pure function of its arguments; the clock and the folders enter in ``cli``.
Effects come last: files are published whole, and only then the ledger is written.
"""

from __future__ import annotations

import difflib
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, partial
from hashlib import sha256
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from reports import catalogue as catalogues
from reports import read as reading
from reports import revise, store
from reports.bulletins import kind_of, narrowed, of_theme, subjects
from reports.catalogue import Catalogue
from reports.catalogue import quality as quality_rules
from reports.catalogue.columns import BY_ID
from reports.catalogue.expression import columns_of
from reports.catalogue.loader import CONTEXT
from reports.catalogue.quality import Rule
from reports.catalogue.themes import Theme
from reports.compare import compare, one_scope, untold, values
from reports.compose import REGIONS, Findings, compose, letter, self_checks
from reports.courts import tree as trees
from reports.courts.periods import Period, chinese_date, consecutive, latest_complete, parse_period
from reports.courts.tree import CourtTree
from reports.deliver import BESIDE, publish, publish_beside
from reports.errors import ConfigError, GateRefused, InputError
from reports.explain import by_cause as causes
from reports.explain import by_court, by_line, choose
from reports.flag import Flags, advance, drivers, flag, load, parts_of, specs_of, stated, units_of
from reports.ledger import (
    Baseline,
    Effect,
    Finding,
    Item,
    Memory,
    Sample,
    baseline,
    concerned,
    follow_up,
    items,
    pending,
    printed_then,
    record,
    states_before,
)
from reports.ledger import judge as judge_effect
from reports.ledger.pending.letter import told_of
from reports.model import (
    ALL_LINES,
    MOMENTS,
    OWN,
    ROWS_UNCHECKED,
    Attribution,
    Bulletin,
    CaseList,
    CaseTable,
    Comparisons,
    Flag,
    Key,
    Note,
    Printed,
    Quality,
    Reference,
    SerialCases,
    State,
    Tally,
)
from reports.quality import COUNTED, markdown, missing_numbers, of_counts, quality, rows_to_return, table_of
from reports.read.limits import differences
from reports.render import render
from reports.render.fonts import inventory
from reports.tally import counting_sql, tally
from reports.trace import JUDGE, LISTED, batches, by_cause, short_list
from reports.words import percent
from reports.workspace import Workspace

T = TypeVar("T")
Progress = Callable[[str], None]
SPRING = 2  # February
PACKAGE_TEMPLATES = Path(__file__).parent / "_templates"
CHECKOUT_TEMPLATES = Path(__file__).parent.parent / "templates"
TEMPLATES = PACKAGE_TEMPLATES if PACKAGE_TEMPLATES.is_dir() else CHECKOUT_TEMPLATES


@dataclass(frozen=True)
class Job:
    """What one run is asked to do."""

    workspace: Workspace
    period: Period
    today: date  # the real day: no case can be dated after it
    as_of: date  # the day as which the run is dated
    progress: Progress = field(default=lambda _: None)
    theme: Theme | None = None  # a special analysis of some cases and indicators

    @property
    def base_period(self) -> Period:
        """The single period that counts are kept by: it divides the period asked for."""
        months = 3 if self.period.months % 3 == 0 and self.period.first % 3 == 1 else 1
        last = self.period.last
        return Period(self.period.year, last - months + 1, last, self.period.cutoff_day)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The edition in force, with the court's own entries and intervals."""
        if self.theme:
            every = self.whole_catalogue
            return replace(every, indicators=self.theme.of(every), context=CONTEXT)
        return self._load(self.workspace.config.catalogue.edition)

    @property
    def whole_catalogue(self) -> Catalogue:
        """Every indicator that is defined, the court's own too."""
        return self._load(catalogues.EVERYTHING)

    def _load(self, edition: str) -> Catalogue:
        return catalogues.load(
            edition,
            folder=self.workspace.folder / "catalogue",
            intervals=self.workspace.intervals,
            options=self.workspace.config.catalogue.options,
        )

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The data-quality rules in force; raises :class:`ConfigError` also for a gate on a rule that is none."""
        rules = quality_rules.load(self.workspace.folder)
        table, where = self.workspace.config.quality, f"{self.workspace.config_path} [quality]"
        for name in (*table.refuse, *table.limits):
            if name not in rules:
                near = difflib.get_close_matches(name, rules, n=1)
                hint = f"是否为“{near[0]}”？" if near else "用 tongbao check --rules 查看全部规则。"
                raise ConfigError(f"没有数据质量规则“{name}”。", where=where, advice=hint)
        if extra := sorted(set(table.limits) - set(table.refuse)):
            raise ConfigError(
                f"limits 中的规则“{extra[0]}”不在 refuse 中。", where=where, advice="把它加入 refuse，或删去这一限度。"
            )
        return rules


@dataclass(frozen=True)
class Result:
    """What a run found and made."""

    findings: Findings
    bulletins: tuple[Bulletin, ...]
    files: tuple[Path, ...]
    new_items: int
    pending: pending.Updated | None = None  # what became of long-pending cases, where the run keeps their ledger
    kept: tuple[str, ...] = ()  # titles of bulletins edited by hand, which stayed as they are


def choose_period(workspace: Workspace, text: str | None, as_of: date, *, monthly: bool = False) -> Period:
    """The period asked for, or the latest complete one (a month) as of a day; January and February are one month."""
    table = workspace.config.period
    if text:
        period = parse_period(text, cutoff_day=table.cutoff_day)
        if period.end > as_of:
            raise ConfigError(
                f"{period.label}到{chinese_date(period.end)}才结束，现在（{chinese_date(as_of)}）还不能统计。",
                advice="请核对 --period。",
            )
        return period
    latest = latest_complete(as_of, months=1 if monthly else table.months, cutoff_day=table.cutoff_day)
    if latest.months == 1 and latest.last <= SPRING:  # the Spring Festival moves between January and February
        return Period(latest.year, 1, SPRING, latest.cutoff_day) if latest.last == SPRING else _december(latest)
    return latest


def _december(january: Period) -> Period:
    return Period(january.year - 1, 12, 12, january.cutoff_day)


@contextmanager
def case_table(job: Job, wanted: frozenset[str] | None = None) -> Iterator[CaseTable]:
    """Read the workspace's cases, with its court table if there is one; ``wanted`` limits the columns kept."""
    workspace, source = job.workspace, job.workspace.config.source
    tree = _courts(workspace)
    if remote := engine_of(workspace):
        with reading.read_engine(
            remote,
            workspace.folder,
            tree=tree,
            dialect=source.dialect,
            own_columns=source.columns,
            today=job.today,
            wanted=engine_columns(job.catalogue),
            progress=job.progress,
        ) as table:
            yield table
        return
    if not _has_cases(workspace):
        with reading.no_cases(tree or indicator_table(job, None).tree, today=job.today) as table:
            yield table
        return
    with reading.read(
        source.files,
        workspace.folder,
        tree=tree,
        dialect=source.dialect,
        own_columns=source.columns,
        sheet=source.sheet,
        database=_database(workspace),
        exclusions=source.exclusions,
        today=job.today,
        as_of=job.as_of,
        memory=source.memory,
        wanted=wanted,
        progress=job.progress,
    ) as table:
        yield table


def _has_cases(workspace: Workspace) -> bool:
    """Whether there are cases to read, not an indicator table alone."""
    source = workspace.config.source
    return bool(source.files or source.url or workspace.config.engine.kind or not source.table)


def engine_of(workspace: Workspace) -> reading.Remote | None:
    """The engine of ``[engine]``, if one is named; raises :class:`ConfigError` for what does not go with it."""
    table, source = workspace.config.engine, workspace.config.source
    if table.kind is None:
        return None
    where = f"{workspace.config_path} [engine]"
    if source.files or source.url or source.exclusions:
        name = "files" if source.files else "url" if source.url else "exclusions"
        raise ConfigError(
            f"写了 [engine]，又写了 [source] 的 {name}。",
            where=where,
            advice="案件只能有一个来源：请删去其中一个（审限变更表只能用于文件）。",
        )
    if not table.relation:
        raise ConfigError("[engine] 没有写 relation。", where=where, advice='请加上 relation = "表名或视图名"。')
    if not table.url and table.kind != "spark":
        raise ConfigError("[engine] 没有写 url。", where=where, advice='如 url = "postgresql://用户@主机:5432/库名"。')
    if table.password_env and table.password_command:
        raise ConfigError("password_env 和 password_command 只能写一个。", where=where, advice="请删去其中一个。")
    database = reading.Database(
        table.url, "", workspace.folder, table.password_env, tuple(table.password_command), section="[engine]"
    )
    return reading.Remote(table.kind, database, table.relation, table.order, table.options)


def engine_columns(catalogue: Catalogue) -> frozenset[str]:
    """The columns that an engine must prepare: those that counts, explanations and case lists read."""
    return catalogue.columns | {*LISTED, JUDGE, "party"}


def show_sql(job: Job) -> str:
    """What runs over all rows, for a database administrator; an engine is asked for its columns and nothing else."""
    wanted = [job.base_period, job.base_period.previous, job.base_period.year_before]
    first = min((period for period in wanted if period), key=lambda period: period.start)
    periods = consecutive(first, job.base_period)
    remote = engine_of(job.workspace)
    if remote is None:
        with case_table(job) as table:
            return counting_sql(job.catalogue, table.columns, periods, table.relation, "duckdb") + ";"
    source = job.workspace.config.source
    return reading.statements(
        remote,
        job.workspace.folder,
        dialect=source.dialect,
        own_columns=source.columns,
        today=job.today,
        wanted=engine_columns(job.catalogue),
        counting=lambda columns, relation, dialect: counting_sql(job.catalogue, columns, periods, relation, dialect),
    )


def _courts(workspace: Workspace) -> CourtTree | None:
    return trees.load(workspace.courts_path) if workspace.courts_path.exists() else None


def indicator_table(job: Job, tree: CourtTree | None, name: str | None = None) -> reading.IndicatorTable:
    """The workspace's indicator table, or the one named (relative to the current folder)."""
    source = job.workspace.config.source
    paths = reading.resolve([name], Path()) if name else reading.resolve([source.table or ""], job.workspace.folder)
    return reading.read_indicator_table(
        paths, catalogue=job.catalogue, tree=tree, cutoff_day=job.period.cutoff_day, sheet=source.sheet
    )


def compare_table(job: Job, name: str) -> tuple[Comparisons, CourtTree]:
    """An indicator table on its own: its values beside those of the bases that it holds."""
    table = indicator_table(job, _courts(job.workspace), name)
    config = job.workspace.config.period
    comparisons = compare(table.frame, table.extend(job.catalogue), job.period, {},
                          along=config.previous_cumulative, same=job.workspace.same_scopes)  # fmt: skip
    if comparisons.frame.empty:
        told = "、".join(sorted(table.frame["period"].unique())[-8:])
        raise InputError(
            f"指标表中没有{job.period.label}的数据。", where=name, advice=f"用 --period 指定，表中有：{told}。"
        )
    return comparisons, table.tree


def _stored(job: Job, name: str, work: Callable[[CaseTable], T], wanted: frozenset[str] | None = None) -> T:
    """What ``work`` makes of the workspace's cases, kept by the content of all that it depends on.

    The day enters only where it decides: it ends open suspensions, and no case can be dated after it. A server's
    data cannot be known without being read, so its results are never kept.
    """
    return _stored_together(job, {name: work}, wanted)[name]  # type: ignore[no-any-return]


def _stored_together(
    job: Job, works: Mapping[str, Callable[[CaseTable], Any]], wanted: frozenset[str] | None = None
) -> dict[str, Any]:
    """Several such results by name; the cases are read once for all that are not kept, or not at all."""
    base = _fingerprint(job)
    keys = {name: store.fingerprint((), (base, name)) if base else None for name in works}
    found = {}
    for name, key in keys.items():
        if key and (entry := store.load(key)):
            result, day, dated_later = entry
            if day == job.today or (day < job.today and not dated_later):
                found[name] = result
    if len(found) == len(works):
        job.progress("数据、配置和程序都没有变，取用已存的结果")
    if len(found) < len(works):
        with case_table(job, wanted) as table:
            for name in works:
                if name not in found:
                    found[name] = works[name](table)
                    if key := keys[name]:
                        later = any(reading.LATER in reason for reason in reasons(table))
                        store.save(key, (found[name], job.today, later))
    return found


def _fingerprint(job: Job) -> str | None:
    workspace, source = job.workspace, job.workspace.config.source
    if source.url or workspace.config.engine.kind:
        return None
    folder = workspace.folder
    named = [*source.files, *(name for name in (source.exclusions, source.table) if name)]
    files = [*reading.resolve(named, folder), workspace.config_path, workspace.courts_path]
    files += sorted({*folder.glob("*.toml"), *(folder / "catalogue").rglob("*.toml"), *folder.glob("dialects/*.toml")})
    before = job.base_period.previous
    files.append(workspace.output_path / (before.key if before else "") / "indicators.csv")
    day = job.as_of.isoformat() if source.exclusions else ""
    path = workspace.database_path
    earlier = (
        sorted(printed_then(path, job.period.year_before).items()),
        sorted(states_before(path, job.period).items()),
    )
    return store.fingerprint(files, (job.period.key, str(job.period.cutoff_day), day, repr(earlier)))


def flag_table(job: Job, name: str) -> tuple[Flags, Catalogue]:
    """The flags of an indicator table on its own, of the catalogue's indicators and of its own."""
    table = indicator_table(job, _courts(job.workspace), name)
    catalogue = table.extend(job.catalogue)
    issuer = table.tree.roots[0].code if len(table.tree.roots) == 1 else None
    region = region_of(job.workspace, table.tree, issuer) if issuer else ""
    frame = one_scope(table.frame, catalogue, job.period, job.workspace.same_scopes)
    specs = specs_of(catalogue, job.period.end, table.indicators, frame)
    units = units_of(table.tree, frame, issuer=issuer, region=region)
    months = frame[(frame["indicator"] == "filed") & frame["period"].str.fullmatch(r"\d{4}-\d{2}")]
    found = flag(frame, job.period, specs, units, parts=parts_of(table.tree, frame), region=region,
                 monthly=months if len(months) else None)  # fmt: skip
    if not found.tested and not found.untested and not found.flags:
        told = "、".join(sorted(frame["period"].unique())[-8:])
        raise InputError(
            f"指标表中没有可以评价的{job.period.label}的数据。",
            where=name,
            advice=f"用 --period 指定，表中有：{told}。",
        )
    return found, catalogue


def _database(workspace: Workspace) -> reading.Database | None:
    """The database of ``[source]``, if one is named."""
    source = workspace.config.source
    where = f"{workspace.config_path} [source]"
    if source.url is None:
        if source.sql or source.password_env or source.password_command:
            raise ConfigError(
                "写了 sql 或密码来源，但没有写数据库地址 url。", where=where, advice="请补上 url，或删去它们。"
            )
        return None
    if not source.sql:
        raise ConfigError("写了数据库地址 url，但没有写 sql。", where=where, advice='请加上 sql = "cases.sql"。')
    if source.password_env and source.password_command:
        raise ConfigError("password_env 和 password_command 只能写一个。", where=where, advice="请删去其中一个。")
    return reading.Database(
        source.url, source.sql, workspace.folder, source.password_env, tuple(source.password_command)
    )


def deadline_differences(table: CaseTable, limit: int | None = None) -> list[dict[str, str | int | None]]:
    """Cases whose due date by the court's system is not the one that the law gives, in the order of the files."""
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
        for row in (() if table.engine else differences(table.connection, limit))
    ]


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
    if not table.columns:  # only an indicator table: nothing can be counted, each count with its reason
        return tally(table, catalogue, consecutive(first, last))
    covered = tuple(period for period in consecutive(first, last) if _covered(period, table))
    if last not in covered or job.period.start < covered[0].start:
        raise InputError(
            f"数据覆盖{_reach(table)}，不足以统计{job.period.label}（{job.period.window}）。",
            advice="请补充数据，或用 --period 指定数据完整的统计期。",
        )
    job.progress("计算各法院、各条线的计数")
    return tally(table, catalogue, covered)


def _covered(period: Period, table: CaseTable) -> bool:
    """Whether the data tell of the whole period: from its first month on, and up to its end.

    Data end with the last filing or conclusion; half a month without any is a long holiday, more is a gap.
    """
    if table.first is None or table.last is None:
        return False
    return period.start >= table.first.replace(day=1) and table.last >= period.end - timedelta(days=15)


def _reach(table: CaseTable) -> str:
    if table.first is None or table.last is None:
        return "不到任何一个统计期（没有结案记录）"
    return f"{chinese_date(table.first)}至{chinese_date(table.last)}"


def indicators(job: Job, counted: Tally, catalogue: Catalogue) -> pd.DataFrame:
    """The indicator table of the period, its bases of comparison and the single periods before."""
    wanted = [*counted.periods, job.period, job.period.previous, job.period.year_before, job.period.previous_cumulative]
    periods = list(dict.fromkeys(period for period in wanted if period))
    return values(counted, catalogue, periods)


@dataclass(frozen=True)
class Numbers:
    """The numbers of a run, before anything is said of them."""

    tree: CourtTree
    catalogue: Catalogue  # with the indicators that an indicator table brings
    comparisons: Comparisons
    history: pd.DataFrame  # the indicator table: the period, its bases and the single periods before
    periods: tuple[Period, ...]  # the single periods that the data cover
    notes: tuple[Note, ...]


def measure(job: Job, table: CaseTable) -> Numbers:
    """Every indicator of every court and line, beside its bases."""
    catalogue = job.catalogue.resolved(table.columns)
    counted = count(job, table, catalogue)
    job.progress("比较各期")
    history = indicators(job, counted, catalogue)
    untaken, notes = untold(counted, catalogue), table.notes
    if job.workspace.config.source.table:
        given = indicator_table(job, table.tree)
        history, differ = given.under(history)
        catalogue = given.extend(catalogue)
        untaken = {name: why for name, why in untaken.items() if name not in set(given.frame["indicator"])}
        if differ:
            text = "指标表与案件数据不一致（以案件数据为准）"
            notes = (*notes, Note("table_conflict", text, differ))
    same = job.workspace.same_scopes
    along = job.workspace.config.period.previous_cumulative
    comparisons = compare(history, catalogue, job.period, untaken, along=along, same=same)
    comparisons = replace(comparisons, restated=restated(job, comparisons))
    history = one_scope(history, catalogue, job.period, same)
    return Numbers(table.tree, catalogue, comparisons, history, counted.periods, notes)


def numbers(job: Job) -> Numbers:
    """The numbers of the workspace, from the store if nothing has changed."""
    return _stored(job, "numbers", lambda table: measure(job, table), job.catalogue.columns)


def find(job: Job, table: CaseTable, checked: Quality | None = None) -> Findings:
    """Everything up to the attributions: numbers, comparisons, flags and the parts that moved them.

    ``checked`` is what :func:`inspect` found; what the counts show is added to it.
    """
    found = measure(job, table)
    job.progress("识别异常、分析构成")
    if checked is not None:
        checked += inspect_counts(job, found.history, found.catalogue, table.tree)
    issuer = find_issuer(job.workspace, table.tree)
    flags, ordinary = judge(job, table, found.history, found.catalogue)
    before = states_before(job.workspace.database_path, job.period)
    states = advance(before, flags.flags, job.period.key, flags.cells)
    flags = replace(flags, flags=tuple(stated(one, states) for one in flags.flags))
    return Findings(
        period=job.period,
        issuer=issuer,
        tree=table.tree,
        catalogue=found.catalogue,
        comparisons=found.comparisons,
        history=found.history[found.history["period"].isin({period.key for period in found.periods})],
        flags=flags.flags,
        untested=flags.untested,
        tested=flags.tested,
        policy=tuple((rule.label, rule.text, rule.source) for rule in load().rules.values()),
        states=states,
        eased=eased(before, states, flags.flags),
        case_lists=case_lists(job, flags.flags, table, found.catalogue),
        serial=serial_cases(flags.flags, table, job.period, issuer),
        attributions=attribute(flags.flags, found.comparisons, table, issuer),
        ordinary=ordinary,
        rows_in=table.rows_in,
        rows_used=table.rows_used,
        set_aside=reasons(table),
        rows_aside=table.set_aside,
        notes=found.notes,
        quality=checked or Quality(),
        data_until=table.last or job.period.end,
    )


def findings(job: Job, *, gated: bool = False) -> Findings:
    """The findings of the workspace, from the store if nothing has changed; ``gated`` as in :func:`find_gated`."""
    work = find_gated if gated else find
    return _stored(job, work.__name__, lambda table: work(job, table))


def restated(job: Job, comparisons: Comparisons) -> Mapping[tuple[str, str, str], Printed]:
    """Cells whose value of a year before reads otherwise today than the bulletin of that period printed it."""
    then = printed_then(job.workspace.database_path, job.period.year_before)
    return {
        (cell.court, cell.line, cell.indicator): old
        for cell in comparisons
        if (old := then.get((cell.court, cell.line, cell.indicator)))
        and cell.year_before[0] is not None
        and cell.measure.text(*old.value) != cell.measure.text(*cell.year_before)
    }


def judge(
    job: Job, table: CaseTable, history: pd.DataFrame, catalogue: Catalogue
) -> tuple[Flags, frozenset[tuple[str, str, str]]]:
    """The flags, and the (court, line, indicator) whose own movement was tested and found ordinary."""
    issuer = find_issuer(job.workspace, table.tree)
    region = region_of(job.workspace, table.tree, issuer)
    own = [name for name in catalogue.indicators if name not in job.catalogue.indicators]  # of an indicator table
    specs = specs_of(catalogue, job.period.end, own)
    units = units_of(table.tree, history, issuer=issuer, region=region)
    found = flag(
        history,
        job.period,
        specs,
        units,
        given=doubts(job, table),
        parts=parts_of(table.tree, history),
        monthly=filings_by_month(job, table, catalogue),
        region=region,
    )
    moved = drivers(history, job.period, specs, units)
    return found, frozenset(cell for cell, more in moved.items() if not more)


def region_of(workspace: Workspace, tree: CourtTree, issuer: str) -> str:
    """全省, 全市 and so on, before 法院; empty where the issuer is a single court."""
    region = workspace.config.letterhead.region or REGIONS[tree.level(issuer)]
    return "" if region == "本院" else region


LAST_DAY = ("within_limit", "average_days")  # what conclusions registered in a heap on one day falsify most


def doubts(job: Job, table: CaseTable) -> dict[tuple[str, str], str]:
    """(court, indicator) whose data the quality rules doubt so much that they are not judged, with the reason."""
    rule = job.rules.get("last_day")
    if rule is None or not table.columns or table.engine:  # an engine's rows are not checked one by one
        return {}
    found = quality(table, {rule.id: rule}, job.base_period).findings
    own = {
        court.code: court.code + OWN if table.tree.children(court.code) else court.code for court in table.tree.courts
    }
    return {
        (own[one.court], name): f"期末最后一日结案{one.count}件，占本期结案的{percent(one.count, one.base)}"
        for one in found
        if one.court in own
        for name in LAST_DAY
    }


def filings_by_month(job: Job, table: CaseTable, catalogue: Catalogue) -> pd.DataFrame | None:
    """Filings of every court by month, this year and the one before, where the period ends the year (年底不收案)."""
    last = job.base_period
    if last.last < 11 or "filed" not in catalogue.indicators or not table.columns:
        return None
    months = consecutive(
        Period(last.year - 1, 1, 1, last.cutoff_day), Period(last.year, last.last, last.last, last.cutoff_day)
    )
    only = replace(catalogue, indicators={"filed": catalogue.indicators["filed"]})
    frame = values(tally(table, only, [month for month in months if _covered(month, table)]), only, months)
    return frame[frame["line"] == ALL_LINES]


def analysis(job: Job) -> Findings:
    """The findings of a special analysis: of the cases of the theme alone, after the gate on all of them."""

    def work(table: CaseTable) -> Findings:
        gate(job, table)
        return find(job, _of_theme(job, table))

    assert job.theme is not None
    return _stored(job, f"theme:{job.theme.id}", work)


def _of_theme(job: Job, table: CaseTable) -> CaseTable:
    where = job.theme.where if job.theme else None
    if where is None:
        return table
    if table.engine:
        raise ConfigError(
            "专项分析只能用于文件中的案件，不能用于数据库引擎。", where=f"{job.workspace.config_path} [engine]"
        )
    if lacking := sorted(columns_of(where) - table.columns):
        names = "、".join(BY_ID[name].name for name in lacking)
        raise ConfigError(f"数据中没有“{names}”，无法选取这一主题的案件。", advice="请补充这一列，或选用其他主题。")
    table.connection.execute(
        f"CREATE OR REPLACE TEMP VIEW themed AS SELECT * FROM {table.relation} WHERE {where.sql('duckdb')}"  # noqa: S608
    )
    return replace(table, relation="themed")


def find_gated(job: Job, table: CaseTable) -> Findings:
    """The findings of a bulletin: with the data-quality report, and only if the gate lets the data pass."""
    gate(job, table)
    checked = inspect(job, table)
    gate_rules(job, checked)
    findings = find(job, table, checked)
    gate_rules(job, findings.quality)
    return findings


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
    flags: Sequence[Flag], comparisons: Comparisons, table: CaseTable, issuer: str
) -> Mapping[str, tuple[Attribution, ...]]:
    """The most succinct split of each red flag's change, and of the issuer's own changes, against a year before."""
    found: dict[str, tuple[Attribution, ...]] = {}
    for item in flags:
        if item.severity == "red":
            found[item.key] = _explained(comparisons, table, item.court, item.line, item.indicator)
    moved = {item.indicator for item in flags if item.court == issuer}
    for name in comparisons.catalogue.indicators:
        if name in moved or name == "filed":
            found[f"{issuer}|{name}"] = _explained(comparisons, table, issuer, ALL_LINES, name)
    return found


def _explained(
    comparisons: Comparisons, table: CaseTable, court: str, line: str, indicator: str
) -> tuple[Attribution, ...]:
    best = choose(explanations(comparisons, table, court, line, indicator))
    return (best,) if best else ()


def explanations(
    comparisons: Comparisons, table: CaseTable, court: str, line: str, indicator: str, against: str | None = None
) -> list[Attribution]:
    """The splits of a change by line, court and cause that the data allow, against a year before (``year_before``).

    ``against`` may ask for the period before (``previous``), which is also taken where the data reach back no year.
    """
    cell = comparisons.cell(court, line, indicator)
    if cell is None:
        return []
    if against is None:
        against = "previous" if cell.year_before[0] is None else "year_before"
    period = comparisons.period
    base = period.previous if against == "previous" else period.year_before
    value = cell.previous if against == "previous" else cell.year_before
    if base is None or value is None or value[0] is None:
        return []
    options = [by_line(comparisons, court, indicator, against)] if line == ALL_LINES else []
    if table.tree.children(court.removesuffix(OWN)) and not court.endswith(OWN):
        options.append(by_court(comparisons, table.tree, court, line, indicator, against))
    if table.columns and not comparisons.catalogue.indicators[indicator].needs:
        now, before = (
            by_cause(table, comparisons.catalogue, one, court=court, line=line, indicator=indicator)
            for one in (period, base)
        )
        options.append(causes(comparisons, court, line, indicator, against, now, before))
    return [option for option in options if option]


def eased(
    before: Mapping[Key, State], states: Mapping[Key, State], flags: Sequence[Flag]
) -> tuple[tuple[str, str, str], ...]:
    """(court, indicator, state) of what was found before and has eased or been closed in this period."""
    now = {(one.court, one.indicator) for one in flags if one.strength is not None}
    found = {
        (court, name): state.name
        for (court, name, rule, way), state in sorted(states.items())
        if state.name in ("缓解", "解除")
        and (court, name) not in now
        and before.get((court, name, rule, way), state).name not in ("解除",)
    }
    return tuple((court, name, state) for (court, name), state in found.items())


def case_lists(job: Job, flags: Sequence[Flag], table: CaseTable, catalogue: Catalogue) -> Mapping[str, CaseList]:
    """Flag key → the short list of each red flag of one court; a whole province has too many cases to list."""
    if not table.columns:
        return {}
    whole = {court.code for court in table.tree.courts if table.tree.children(court.code)}
    judges = job.workspace.config.privacy.judges
    lists = {
        one.key: short_list(table, catalogue, job.period, one, judges=judges)
        for one in flags
        if one.severity == "red" and one.court not in whole
    }
    return {key: found for key, found in lists.items() if found}


def serial_cases(flags: Sequence[Flag], table: CaseTable, period: Period, issuer: str) -> Mapping[str, SerialCases]:
    """Serial cases of the period and of a year before, for the issuer and every court whose filings were flagged."""
    courts = {issuer, *(item.court for item in flags if item.indicator == "filed")}
    return {
        court: SerialCases(batches(table, period, court=court), batches(table, period.year_before, court=court))
        for court in sorted(courts)
    }


def reasons(table: CaseTable) -> Mapping[str, int]:
    """Rows set aside by kind of reason (what follows the colon is the value, not the kind)."""
    if table.reasons is not None:
        return table.reasons
    kinds = table.set_aside["原因"].astype("object").map(lambda text: str(text).partition("：")[0])
    kinds = kinds.str.replace(r"（\d{4}-\d{2}-\d{2}）", "", regex=True)
    return {str(kind): int(n) for kind, n in kinds.value_counts().sort_index().items()}


def write_bulletins(
    job: Job, findings: Findings, kinds: Sequence[str], *, court: str | None = None, line: str | None = None
) -> tuple[Bulletin, ...]:
    """Compose the bulletins of some kinds, each for all its subjects or for one court or line."""
    letterhead = job.workspace.config.letterhead.model_dump()
    letterhead["date"] = letterhead["date"] or chinese_date(job.as_of)
    folders = template_folders(job.workspace)
    region = region_of(job.workspace, findings.tree, findings.issuer)
    if job.theme:
        return (compose(kinds[0], findings, letterhead, folders, of_theme(findings, job.theme)),)
    made = []
    for name in kinds:
        for subject in subjects(kind_of(name), findings, court=court, line=line):
            job.progress(f"撰写 {kind_of(name).name} {subject.label}")
            part = narrowed(findings, subject, region=region)
            made.append(compose(name, part, letterhead, folders, subject))
    return tuple(made)


def template_folders(workspace: Workspace) -> list[Path]:
    """Where templates are looked for: the court's own first."""
    return [workspace.folder / "templates", TEMPLATES]


def render_all(
    job: Job, bulletins: Sequence[Bulletin], formats: Sequence[str], *, jobs: int | None = None
) -> dict[str, bytes]:
    """Every bulletin in every format, as file name → bytes; charts beside the Markdown.

    A file is a pure function of its text, its charts, the page's templates and the fonts: it is set once. Several
    are set by ``jobs`` processes (by default one for each processor, four at most), each with one bulletin at a time.
    """
    page = sorted(path for path in (TEMPLATES / "page").rglob("*") if path.is_file())
    layout = job.workspace.config.layout
    files: dict[str, bytes] = {}
    tasks: dict[str, tuple[str, Bulletin, str]] = {}
    for bulletin in bulletins:
        drawn = [f"{name} {sha256(data).hexdigest()}" for name, data in bulletin.assets.items()]
        for form in formats:
            key = store.fingerprint(page, (form, bulletin.stem, bulletin.markdown, *drawn, inventory(), repr(layout)))
            files[name := f"{bulletin.stem}.{form}"] = store.load(key)
            if files[name] is None:
                tasks[name] = (key, bulletin, form)
        if "md" in formats:
            files.update(bulletin.assets)
    done = _set_in_turn if len(tasks) < MANY or jobs == 1 else partial(_set_together, jobs=jobs)
    for number, (name, data) in enumerate(done(tasks, layout), 1):
        job.progress(f"排版 {number}/{len(tasks)} {name}")
        files[name] = data
        store.save(tasks[name][0], data)
    return files


MANY = 4  # from here on the start of further processes pays
Layout = Mapping[str, Mapping[str, float | str]]
Tasks = Mapping[str, tuple[str, Bulletin, str]]  # file name → key in the store, bulletin, format


def _set(bulletin: Bulletin, form: str, layout: Layout) -> bytes:
    return render(
        bulletin.markdown,
        form,
        assets=bulletin.assets,
        templates=TEMPLATES,
        source=f"{bulletin.stem}.md",
        deviations=layout,
    )


def _set_in_turn(tasks: Tasks, layout: Layout) -> Iterator[tuple[str, bytes]]:
    for name, (_, bulletin, form) in tasks.items():
        yield name, _set(bulletin, form, layout)


def _set_together(tasks: Tasks, layout: Layout, jobs: int | None) -> Iterator[tuple[str, bytes]]:
    """Fresh processes, not forks: the layout engine's libraries have threads. An error ends all of them."""
    workers = min(jobs or min(os.cpu_count() or 1, 4), len(tasks))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_set, bulletin, form, layout): name for name, (_, bulletin, form) in tasks.items()}
        try:
            for ready in as_completed(running):
                yield running[ready], ready.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def followed_up(job: Job, found: Findings) -> tuple[Findings, Mapping[str, Effect]]:
    """The findings with what became of the problems told before, and the effect of each open item in this period.

    The ledger is read here and not kept with the findings: courts answer at any time.
    """
    known = items(job.workspace.database_path)
    measured = {item.number: effect_of(job, found, item) for item in concerned(known, job.period)}
    red = [flag for flag in found.flags if flag.severity == "red"]
    told = follow_up(known, measured, red, job.period, job.as_of)
    return replace(found, follow_up=told), measured


def opening_grades(job: Job) -> tuple[str, ...]:
    """The severities of which each flag opens an item."""
    return ("red", "amber") if job.workspace.config.ledger.amber else ("red",)


def effect_of(job: Job, found: Findings, item: Item) -> Effect:
    """What this period says of an item; 尚不能判断 where the catalogue or the 口径 has changed since."""
    known = found.catalogue.indicators.get(item.indicator)
    if known is None or (item.scope and item.scope != known.scope):
        why = "现行指标目录中没有这一指标" if known is None else "该指标的口径已有变化"
        return Effect(job.period.key, "—", "尚不能判断", f"{why}，尚不能判断。")
    series = samples(job, found, item.court, item.line, item.indicator)
    limit = known.interval(job.period.end) if item.kind == "interval" else None
    bounds = (limit.low, limit.high) if limit else None
    now = series.get(job.period)
    return judge_effect(known.measure, item.direction, item.baseline, item.sample, now, job.period, bounds=bounds)


def samples(job: Job, found: Findings | Numbers, court: str, line: str, indicator: str) -> dict[Period, Sample]:
    """One cell over the single periods of the history, and in the period itself."""
    frame = found.history
    mine = frame[(frame["court"] == court) & (frame["line"] == line) & (frame["indicator"] == indicator)]
    series = {}
    for row in mine.to_dict("records"):
        if pd.isna(row["numerator"]):
            continue
        below = None if pd.isna(row["denominator"]) else int(row["denominator"])
        known = [row.get(name) for name in MOMENTS]
        # A mean has no second moments below its line.
        moments = None if pd.isna(known[0]) else tuple(0.0 if pd.isna(one) else float(one) for one in known)
        period = parse_period(row["period"], cutoff_day=job.period.cutoff_day)
        series[period] = Sample(int(row["numerator"]), below, moments)  # type: ignore[arg-type]
    cell = found.comparisons.cell(court, line, indicator)
    if job.period not in series and cell and cell.now[0] is not None:
        series[job.period] = Sample(cell.now[0], cell.now[1])
    return series


def to_ledger(job: Job, found: Findings) -> list[Finding]:
    """The flags that open items, each with its level before it was first flagged."""
    kept = []
    for one in found.flags:
        if one.severity not in opening_grades(job):
            continue
        item = found.catalogue.indicators[one.indicator]
        series = samples(job, found, one.court, one.line, one.indicator)
        kept.append(
            Finding(
                one,
                name_of(found.tree, one.court),
                item.name,
                item.measure.text(one.numerator, one.denominator),
                item.right,
                item.scope,
                series.get(job.period),
                before_flag(job, found, one, series),
            )
        )
    return kept


def to_open(job: Job, court: str, line: str, indicator: str, problem: str) -> Finding:
    """A problem that a person found, with its numbers; raises :class:`ConfigError` where there are none."""
    found = numbers(job)
    code = found.tree.find(court.removesuffix(OWN)).code + (OWN if court.endswith(OWN) else "")
    item = found.catalogue.indicator(indicator)
    cell = found.comparisons.cell(code, line, item.id)
    if cell is None:
        raise ConfigError(
            f"{job.period.label}没有“{court}”“{line}”“{item.name}”的数据。", advice="请核对法院、条线和指标。"
        )
    way = "down" if item.better == "higher" else "up"
    reference = Reference("person", None, "人工提出")
    one = Flag(job.period.key, code, line, item.id, "red", None, way, (), None, *cell.now, reference, problem)
    series = samples(job, found, code, line, item.id)
    return Finding(
        one,
        name_of(found.tree, code),
        item.name,
        cell.text,
        item.right,
        item.scope,
        series.get(job.period),
        baseline(item.measure, {p: s for p, s in series.items() if p.months == job.base_period.months}, job.period),
    )


def name_of(tree: CourtTree, code: str) -> str:
    """A court as the ledger names it: 本级 for its own cases, 辖区 where those of the courts below are among them."""
    return tree.short_name(code.removesuffix(OWN)) + OWN if code.endswith(OWN) else tree.jurisdiction(code)


def before_flag(job: Job, found: Findings, one: Flag, series: Mapping[Period, Sample]) -> Baseline | None:
    """The level before a flag was first found; a count of several periods at once has none."""
    measure = found.catalogue.indicators[one.indicator].measure
    singles = {period: sample for period, sample in series.items() if period.months == job.base_period.months}
    if measure.kind == "count" and job.period not in singles:
        return None
    since = [
        parse_period(state.since, cutoff_day=job.period.cutoff_day)
        for rule in one.rules
        if (state := found.states.get((one.court, one.indicator, rule, one.direction)))
    ]
    return baseline(measure, singles, min([job.period, *since], key=lambda period: period.start))


def pending_policy(workspace: Workspace) -> pending.Policy:
    """``[pending]`` as the ledger reads it; raises :class:`ConfigError` for a month that is none."""
    table = workspace.config.pending
    if any(months < 1 for months in table.months) or not all(name.isdigit() for name in table.leaders):
        raise ConfigError(
            "[pending] 的 months 应为正整数，leaders 的键应为月数。",
            where=f"{workspace.config_path} [pending]",
            advice='如 months = [12, 24]，leaders = { "12" = "分管院领导" }。',
        )
    leaders = {int(name): who for name, who in table.leaders.items()}
    return pending.Policy(tuple(sorted(table.months)), leaders, table.deduct)


def update_pending(job: Job, *, at: str, who: str) -> pending.Updated:
    """Bring the ledger of long-pending cases up to the data as of the job's day."""
    with case_table(job) as table:
        seen = look_pending(job, table)
    return pending.update(job.workspace.database_path, seen, at=at, who=who)


def look_pending(job: Job, table: CaseTable) -> pending.Seen:
    """What the data say, as of the job's day, of cases that are or belong in the ledger of long-pending ones."""
    known = pending.cases(job.workspace.database_path)
    return pending.look(table, known, pending_policy(job.workspace), job.as_of)


def time_limit_warnings(job: Job, court: str | None, *, everything: bool) -> list[pending.Warning]:
    """Open cases close to their time limit or past it, of one court (code or name) or of all."""
    return _warned(job, court, everything=everything)[0]


def _warned(job: Job, court: str | None, *, everything: bool) -> tuple[list[pending.Warning], CourtTree, date]:
    with case_table(job) as table:
        courts = [table.tree.find(court.removesuffix(OWN)).code] if court else None
        found = pending.warnings(table, job.as_of, courts)
    return [one for one in found if everything or one.level != pending.SCREEN], table.tree, table.last or job.as_of


def time_limit_letters(job: Job, court: str | None, *, everything: bool) -> tuple[Bulletin, ...]:
    """审限提醒函 to each court that has such cases, in code order, or to one court."""
    found, tree, until = _warned(job, court, everything=everything)
    issuer = find_issuer(job.workspace, tree)
    letterhead = job.workspace.config.letterhead.model_dump() | {"date": chinese_date(job.as_of)}
    made = []
    for code, mine in groupby(found, key=lambda one: one.facts.court):
        name, own = tree.by_code[code].name, code == issuer
        data = told_of(list(mine), court=name, own=own, day=job.as_of, until=until, everything=everything)
        sender, folders = tree.by_code[issuer].name, template_folders(job.workspace)
        made.append(letter("time-limit", code, f"审限提醒-{code}", data, letterhead, sender, folders))
    return tuple(made)


def run(
    job: Job,
    *,
    kinds: Sequence[str] = ("general",),
    formats: Sequence[str] | None = None,
    dry_run: bool = False,
) -> Result:
    """The cron job: everything, from the cases to the published bulletins and the ledger."""
    workspace = job.workspace
    work: dict[str, Callable[[CaseTable], Any]] = {find_gated.__name__: partial(find_gated, job)}
    look = f"pending {job.as_of}"
    if workspace.config.pending.run and _has_cases(workspace) and not dry_run:
        work[look] = partial(look_pending, job)
    stored = _stored_together(job, work)
    seen: pending.Seen | None = stored.get(look)
    known = sorted(pending.cases(workspace.database_path))
    if seen and not seen.asked.issuperset(known):  # kept from a time when fewer cases were listed
        seen = _stored(job, f"{look} {known}", partial(look_pending, job))
    found, effects = followed_up(job, stored[find_gated.__name__])
    if found.follow_up and "feedback" not in kinds:
        kinds = (*kinds, "feedback")
    bulletins = write_bulletins(job, found, kinds)
    files = render_all(job, bulletins, formats or workspace.config.output.formats)
    files |= self_checks(found, template_folders(workspace))
    files["indicators.csv"] = indicator_csv(found)
    if len(found.rows_aside):
        files["set-aside.csv"] = csv_bytes(found.rows_aside)
    if dry_run:
        return Result(found, bulletins, tuple(Path(name) for name in files), 0)
    published, kept = deliver(workspace.output_path / job.period.key, files, bulletins)
    memory = Memory(job.period, found.states, printed(found))
    new = record(
        workspace.database_path,
        to_ledger(job, found),
        at=job.as_of.isoformat(),
        bulletin=bulletins[0].title if bulletins else "",
        effects=effects,
        memory=memory,
    )
    listed = None
    if seen:
        listed = pending.update(workspace.database_path, seen, at=job.as_of.isoformat(), who="tongbao")
    return Result(found, bulletins, tuple(published), new, listed, tuple(kept))


def deliver(folder: Path, files: Mapping[str, bytes], bulletins: Sequence[Bulletin]) -> tuple[list[Path], list[str]]:
    """Publish; a bulletin edited by hand stays, and the new text goes beside it, with what a person wrote carried over.

    Returns the paths and the titles of the bulletins that stayed.
    """
    named = {bulletin.stem: bulletin for bulletin in bulletins}
    paths, kept = publish_beside(folder, files, list(named))
    told: dict[str, bytes] = {}
    for stem in kept:
        name = f"{stem}.md"
        if not (folder / name).is_file() or name not in files:
            continue
        edited, made = (folder / name).read_text("utf-8-sig", errors="replace"), files[name].decode()
        told[f"{BESIDE}/{stem}-变化.md"] = revise.report(revise.changes(edited, made), named[stem].title).encode()
        told[f"{BESIDE}/{name}"] = revise.merge(made, edited)[0].encode()
    if told:
        paths = list(dict.fromkeys([*paths, *publish(folder, told)]))
    return paths, [named[stem].title for stem in kept]


def printed(findings: Findings) -> Iterator[Printed]:
    """The values of the period that the bulletins print: every court's over all lines, and the issuer's by line."""
    for cell in findings.comparisons:
        if (cell.line == ALL_LINES or cell.court == findings.issuer) and cell.now[0] is not None:
            scope = findings.catalogue.indicators[cell.indicator].scope
            yield Printed(findings.period.key, cell.court, cell.line, cell.indicator, cell.now, scope)


def indicator_csv(findings: Findings) -> bytes:
    """The indicator table of the period and its bases, as another run can read it."""
    keys = {findings.period.key, findings.period.year_before.key}
    keys |= {findings.period.previous.key} if findings.period.previous else set()
    frame = findings.history[findings.history["period"].isin(keys)]
    return csv_bytes(frame)


def csv_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Rows of text as :func:`csv_bytes` writes a table."""
    return csv_bytes(pd.DataFrame(list(rows), columns=list(heads), dtype="object"))


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
