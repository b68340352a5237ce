"""The cases and indicator tables of a workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd

from reports import read as reading
from reports.catalogue import Catalogue
from reports.courts.periods import chinese_date, consecutive
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.courts.units import DEPTHS
from reports.errors import ConfigError
from reports.model import OWN, CaseTable
from reports.pipeline import cache
from reports.pipeline.job import Job, own_court
from reports.read import kept
from reports.tally import counting_sql
from reports.tally.cases import JUDGE, LISTED
from reports.workspace import Workspace
from reports.workspace.listed import listed_courts, listed_units


@contextmanager
def case_table(job: Job, wanted: frozenset[str] | None = None) -> Iterator[CaseTable]:
    """The workspace's cases, from the store if nothing has changed; ``wanted`` limits the columns where they are read.

    What is kept is the whole table, not yet divided into units. A row dated after today is set aside, and has to be
    judged again on another day.
    """
    key = cases_key(job, whole=True) if case_files(job.workspace) else None
    wanted = wanted | reading.UNIT_NAMES if wanted is not None and may_divide(job) else wanted
    with ExitStack() as opened:
        table = _kept_table(job, key, opened) if key else None
        if table is not None:
            final = with_finality(table, job.catalogue, job.columns)
        else:
            before = stamps(job) if key else ()
            table = opened.enter_context(_read(job, wanted))
            final = with_finality(table, job.catalogue, job.columns)  # what it makes is kept with the cases
            small = table.rows_in * kept.LEAST <= cache.KEPT
            if key and wanted is None and small and before == stamps(job):
                cache.save_file(f"{key}.cases", partial(kept.write, table))
        yield divided(job, final)


def with_finality(table: CaseTable, catalogue: Catalogue, more: frozenset[str] = frozenset()) -> CaseTable:
    """The cases with the days on which judgments became final and were enforced, where the catalogue counts by them.

    Or where they are among ``more`` columns that are wanted.
    """
    return reading.with_finality(table) if reading.FINAL_DAYS & (catalogue.columns | more) else table


def may_divide(job: Job) -> bool:
    """Whether cases may have to be divided into units below courts: asked for, or those of a single court."""
    tree = listed_courts(job.workspace)
    single = job.depth is None and (tree is None or len(tree.courts) == 1)
    return job.depth in ("department", "team") or single or bool(_no_court(job, tree))


def _no_court(job: Job, tree: CourtTree | None) -> str:
    """What ``--court`` says where it names no court: a department or team, or nothing that there is."""
    text = (job.court or "").removesuffix(OWN)
    return "" if tree and text and (tree.match(text) or tree.left_out(text)) else text


def divided(job: Job, table: CaseTable) -> CaseTable:
    """The cases divided into the units asked for; those of a single court into departments, where they name any.

    A department or team that ``--court`` names is among them, whatever else is asked for. Raises :class:`ConfigError`
    for a court or unit that there is not, and where the cases name no units.
    """
    tree, told = table.tree, {"dept", "team"} & table.columns
    if not table.columns:
        return table
    depth = job.depth or ("department" if told and len(tree.courts) == 1 else "court")
    named = _no_court(job, tree)
    if depth == "court" and not (named and (told or UNIT in named)):
        return table
    if not told:
        raise ConfigError(
            "数据中没有“承办部门”，不能分部门统计。",
            where="--court" if depth == "court" else "--below 或 [court] below",
            advice="请在导出的案件数据中加上承办部门一列，或去掉这一项。",
        )
    known = listed_units(job.workspace, tree)
    courts = [] if depth == "court" else _courts_of(job, tree)
    if named:
        unit = reading.every(table, known).find(named).code
        depth = max(depth, DEPTHS[unit.count(UNIT)], key=DEPTHS.index)
        courts.append(court_of(unit))
    return reading.divided(table, known, depth, courts)


def _courts_of(job: Job, tree: CourtTree) -> list[str]:
    """The courts (codes) that are divided: those of ``--of`` or ``[court] of``, or all."""
    of = job.of or job.workspace.config.court.of
    chosen = own_court(tree, of) if of else None
    if chosen is None:
        return [one.code for one in tree.courts]
    below = [] if chosen.endswith(OWN) else tree.descendants(chosen)
    return [chosen.removesuffix(OWN), *(one.code for one in below)]


def _kept_table(job: Job, key: str, opened: ExitStack) -> CaseTable | None:
    path = cache.find(f"{key}.cases")
    if path is None:
        return None
    try:
        table = opened.enter_context(kept.opened(path, job.workspace.config.source.memory))
    except OSError:  # cleared away just now, or damaged: the data are read again
        return None
    if not holds(table.day, dated_later(table), job.today):
        return None
    job.progress("数据没有变，取用已存的案件表")
    return table


def dated_later(table: CaseTable) -> bool:
    """Whether rows were set aside because they are dated after the day of the reading."""
    return any(reading.LATER in reason for reason in reasons(table))


def holds(day: date | None, later: bool, today: date) -> bool:
    """Whether what was found on a day is found today as well; ``later`` as in :func:`dated_later`."""
    return day is not None and (day == today or (day < today and not later))


def stamps(job: Job) -> tuple[tuple[int, int, int], ...]:
    """What shows that a data file was replaced or written to while it was being read."""
    found = [path.stat() for path in data(job)]
    return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in found)


@contextmanager
def _read(job: Job, wanted: frozenset[str] | None) -> Iterator[CaseTable]:
    """Read the workspace's cases, with its court table if there is one."""
    workspace, source = job.workspace, job.workspace.config.source
    tree = listed_courts(workspace)
    if remote := engine_of(workspace):
        with reading.read_engine(
            remote,
            workspace.folder,
            tree=tree,
            dialect=source.dialect,
            own_columns=source.columns,
            today=job.today,
            wanted=engine_columns(job.catalogue) | job.columns | (reading.NEEDED if may_divide(job) else frozenset()),
            without=job.without,
            cells=workspace.cells,
            vocabulary=job.vocabulary,
            progress=job.progress,
        ) as table:
            if table.last and job.as_of < min(job.today, table.last):
                raise ConfigError(
                    f"案件留在数据库引擎中，数据到{chinese_date(table.last)}，不能还原到{chinese_date(job.as_of)}的情况。",
                    where="--as-of",
                    advice=f"去掉 --as-of（按现有数据），或把 relation 改为{chinese_date(job.as_of)}的快照表。",
                )
            yield table
        return
    if not has_cases(workspace):
        with reading.no_cases(tree or whole_table(job, None).tree, today=job.today, without=job.without) as table:
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
        appeals=source.appeals.files if source.appeals else (),
        appeal_columns=_appeal_columns(workspace),
        today=job.today,
        as_of=job.as_of,
        memory=source.memory,
        wanted=wanted,
        without=job.without,
        cells=workspace.cells,
        vocabulary=job.vocabulary,
        progress=job.progress,
    ) as table:
        yield table


def has_cases(workspace: Workspace) -> bool:
    """Whether there are cases to read, not an indicator table alone."""
    source = workspace.config.source
    return bool(source.files or source.url or workspace.config.engine.kind or not source.table)


def engine_of(workspace: Workspace) -> reading.Remote | None:
    """The engine of ``[engine]``, if one is named; raises :class:`ConfigError` for what does not go with it."""
    table, source = workspace.config.engine, workspace.config.source
    if table.kind is None:
        return None
    where = f"{workspace.config_path} [engine]"
    if beside := [name for name in ("files", "url", "exclusions", "appeals") if getattr(source, name)]:
        name = beside[0]
        raise ConfigError(
            f"写了 [engine]，又写了 [source] 的 {name}。",
            where=where,
            advice="案件只能有一个来源：请删去其中一个（审限变更表、二审情况表只能用于文件）。",
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


def case_files(workspace: Workspace) -> bool:
    """Whether single cases can be looked up: not in an engine, which only counts, nor in an indicator table."""
    return has_cases(workspace) and engine_of(workspace) is None


def require_cases(job: Job, what: str) -> None:
    """Raise :class:`ConfigError` where ``what`` needs single cases and there are none, with the reason."""
    if case_files(job.workspace):
        return
    engine = engine_of(job.workspace) is not None
    why = "案件留在数据库引擎中，只计数、不逐案查阅" if engine else "只有指标表，没有案件数据"
    raise ConfigError(
        f"{why}，不能{what}。",
        where=f"{job.workspace.config_path} [{'engine' if engine else 'source'}]",
        advice="请在 [source] files 中写明案件数据文件。",
    )


def engine_columns(catalogue: Catalogue) -> frozenset[str]:
    """The columns that an engine must prepare: those that counts, explanations and case lists read."""
    return catalogue.columns | {*LISTED, JUDGE, "party"}


def show_sql(job: Job) -> str:
    """What runs over all rows, for a database administrator; an engine is asked for its columns and nothing else."""
    if not has_cases(job.workspace):
        require_cases(job, "给出计数所用的 SQL")
    wanted = [job.base_period, job.base_period.previous, job.base_period.year_before]
    first = min((period for period in wanted if period), key=lambda period: period.start)
    periods = consecutive(first, job.base_period)
    remote = engine_of(job.workspace)
    if remote is None:
        with case_table(job) as table:
            below = bool(table.tree.units)
            return (
                counting_sql(
                    job.catalogue, table.columns, table.unknown, periods, table.relation, "duckdb", below=below
                )
                + ";"
            )
    source, tree = job.workspace.config.source, listed_courts(job.workspace)
    if job.without and tree is None:
        raise ConfigError(
            "没有法院表，不读数据不能确定写明不计入的是哪些法院。",
            where=str(job.workspace.courts_path),
            advice="请先建立法院表 courts.csv，或去掉 --without。",
        )
    single = job.depth is None and tree is not None and len(tree.courts) == 1
    below = job.depth in ("department", "team") or single
    return reading.statements(
        remote,
        job.workspace.folder,
        dialect=source.dialect,
        own_columns=source.columns,
        today=job.today,
        wanted=engine_columns(job.catalogue) | (reading.NEEDED if below else frozenset()),
        below=below,
        without={tree.find(text).code for text in job.without} if tree else (),
        vocabulary=job.vocabulary,
        counting=lambda columns, unknown, relation, dialect: counting_sql(
            job.catalogue, columns, unknown, periods, relation, dialect, below=relation == reading.DIVIDED
        ),
    )


def indicator_table(job: Job, tree: CourtTree | None, name: str | None = None) -> reading.IndicatorTable:
    """The workspace's indicator table, or the one named (relative to the current folder).

    It is without the courts that are left out, and without the totals that would hold them.
    """
    if job.without and not (tree and tree.aside):
        tree = tree or whole_table(job, None, name).tree
        tree = tree.without({tree.find(text).code for text in job.without})
    return whole_table(job, tree, name)


def whole_table(job: Job, tree: CourtTree | None, name: str | None = None) -> reading.IndicatorTable:
    """The same with every court of ``tree``."""
    source = job.workspace.config.source
    paths = reading.resolve([name], Path()) if name else reading.resolve([source.table or ""], job.workspace.folder)
    return reading.read_indicator_table(
        paths,
        catalogue=job.catalogue,
        every=job.whole_catalogue,
        tree=tree,
        cutoff_day=job.period.cutoff_day,
        sheet=source.sheet,
        cells=job.workspace.cells,
    )


def disputes_table(job: Job, tree: CourtTree) -> reading.Disputes:
    """The workspace's 诉源治理情况表; raises :class:`InputError` with every mistake in it."""
    paths = reading.resolve([job.workspace.config.source.disputes or ""], job.workspace.folder, item="disputes")
    return reading.read_disputes(paths, tree=tree, cutoff_day=job.period.cutoff_day, cells=job.workspace.cells)


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


def inputs(job: Job) -> list[Path]:
    """Every file that the numbers come from: data, configuration, courts, definitions. None of a server's data."""
    workspace, source = job.workspace, job.workspace.config.source
    folder = workspace.folder
    served = source.url or workspace.config.engine.kind
    named = [*source.files, *_beside(job), *(one for one in (source.table, source.disputes) if one)]
    files = [*([] if served else reading.resolve(named, folder)), workspace.config_path, workspace.courts_path]
    definitions = {*folder.glob("*.toml"), *(folder / "catalogue").rglob("*.toml"), *folder.glob("dialects/*.toml")}
    return files + sorted(definitions - set(files))


def standing(job: Job) -> tuple[tuple[str, int, int], ...]:
    """What shows whether any file that the numbers come from is still being written to; nothing for a server's data.

    Raises :class:`InputError` for data that are not there.
    """
    if job.workspace.config.source.url or job.workspace.config.engine.kind:
        return ()
    found = [(path, path.stat()) for path in inputs(job) if path.exists()]
    return tuple((str(path), one.st_size, one.st_mtime_ns) for path, one in found)


# Nothing of these rooms has a part in reading and counting: no stage imports another.
LATER_ROOMS = (
    "flag", "explain.py", "compose", "render", "publish.py", "demo", "commands", "cli.py",
)  # fmt: skip


def cases_key(job: Job, *, whole: bool = False) -> str | None:
    """What the case table is made from; ``None`` where nothing is kept: data on a server are unknown until read.

    ``whole``: before it is divided into units.
    """
    workspace, source = job.workspace, job.workspace.config.source
    _database(workspace)  # what is wrong with it is told before a file is looked for
    if source.url or workspace.config.engine.kind or cache.off() or not job.keep:
        return None
    other = {"memory", "without"}
    asked = source.model_dump(exclude=other | {"table"} if has_cases(workspace) else other)
    # The day decides where a suspension without end runs up to it, and what was not known on an earlier day; for dates
    # to come see :func:`case_table`.
    day = job.as_of.isoformat() if source.exclusions or job.as_of < job.today else ""
    files = [*data(job), workspace.courts_path, *sorted(workspace.folder.glob("dialects/*.toml"))]
    parts = [repr(asked), day, *sorted(job.without)]
    if not whole:
        files.append(workspace.units_path)
        parts += [str(job.depth), str(job.of), str(workspace.config.court.of), _no_court(job, listed_courts(workspace))]
    return cache.fingerprint(parts, files, workspace.folder, without=LATER_ROOMS)


def data(job: Job) -> list[Path]:
    """The files that the case table is read from: those of an indicator table only where there are no cases."""
    source = job.workspace.config.source
    named = source.files if has_cases(job.workspace) else [source.table or ""]
    return reading.resolve([*named, *_beside(job)], job.workspace.folder)


def _beside(job: Job) -> list[str]:
    """The names of the tables that are read with the cases."""
    source = job.workspace.config.source
    return [
        *([source.exclusions] if source.exclusions else []),
        *(source.appeals.files if source.appeals else []),
    ]


def _appeal_columns(workspace: Workspace) -> Mapping[str, str]:
    """The own headings of the table of appeals; raises :class:`ConfigError` for an unknown column."""
    appeals = workspace.config.source.appeals
    for name in appeals.columns if appeals else ():
        if name not in reading.APPEALS:
            raise ConfigError(
                f"二审情况表没有“{name}”列。",
                where=f"{workspace.config_path} [source.appeals] columns",
                advice=f"可写的列：{'、'.join(reading.APPEALS)}。",
            )
    return appeals.columns if appeals else {}


def reasons(table: CaseTable) -> Mapping[str, int]:
    """Rows set aside by kind of reason (what follows the colon is the value, not the kind)."""
    if table.reasons is not None:
        return table.reasons
    return {str(kind): int(n) for kind, n in kinds_of(table.set_aside).value_counts().sort_index().items()}


def kinds_of(aside: pd.DataFrame) -> pd.Series:
    """The kind of reason of each row set aside: without the value behind the colon and without dates."""
    kinds = aside["原因"].astype("object").map(lambda text: str(text).partition("：")[0])
    return kinds.str.replace(r"（\d{4}-\d{2}-\d{2}）", "", regex=True)
