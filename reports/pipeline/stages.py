"""What is kept of each stage: case table → quality and numbers → findings; reversed cases and long-pending ones.

Each result is kept under a key of its own, a hash of everything that it is made from, so that a change makes only the
stages after it anew. A stage names here the files and the parts of the configuration that it reads beside the results
of the stages before it; what it does not read is no part of its key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from reports.ledger import printed_bases, states_before
from reports.model import CaseTable
from reports.pipeline import cache
from reports.pipeline.job import Job, T
from reports.pipeline.sources import LATER_ROOMS, case_table, cases_key, dated_later, holds, stamps
from reports.read import resolve


class Cases:
    """The cases of a job, opened only when a stage has to be made of them; ``wanted`` as for :func:`case_table`."""

    def __init__(self, job: Job, wanted: frozenset[str] | None = None) -> None:
        self.job, self._wanted = job, wanted
        self._opened = ExitStack()
        self.key = cases_key(job)
        self._stamps = stamps(job) if self.key else ()

    def __enter__(self) -> Cases:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    @cached_property
    def table(self) -> CaseTable:
        """The case table, from the store or read."""
        return self._opened.enter_context(case_table(self.job, self._wanted))

    def stored(self, name: str, key: str | None, work: Callable[[CaseTable], T]) -> T:
        """What ``work`` makes of the cases, or what is kept of it under a key.

        A row dated after today is judged again on another day, and what was made of it then is made again.
        """
        if key and (entry := cache.load(key)):
            result: T
            result, day, later = entry
            if holds(day, later, self.job.today):
                self.job.progress(f"没有变化，取用已存的{name}")
                return result
        result = work(self.table)
        if key and self._stamps == stamps(self.job):
            cache.save(key, (result, self.job.today, dated_later(self.table)))
        return result


def quality_key(cases: Cases) -> str | None:
    """What the rules find in the cases."""
    job = cases.job
    since = job.workspace.config.quality.complete_since
    return _key(cases, "数据质量", [job.workspace.folder / "quality.toml"], (job.base_period, since))


def reported_key(cases: Cases, *, departments: bool) -> str | None:
    """Who has reported the period."""
    return _key(cases, "报送情况", [], (cases.job.period, departments))


def numbers_key(cases: Cases) -> str | None:
    """The numbers: not of the reference intervals, which only judge them."""
    job, config = cases.job, cases.job.workspace.config
    then = printed_bases(job.workspace.database_path, job.period)
    judged = config.quality.max_unknown_percent  # what leaves a number empty
    parts = (*_counting(job), config.source.sheet, config.scope, judged, [sorted(one.items()) for one in then.values()])
    return _key(cases, "指标数", _definitions(job), parts)


def findings_key(cases: Cases) -> str | None:
    """The findings: the numbers, what the rules find, and all that judges them."""
    job, config = cases.job, cases.job.workspace.config
    before = job.base_period.previous
    printed = job.workspace.output_path / (before.key if before else "") / "indicators.csv"
    known = sorted(states_before(job.workspace.database_path, job.period).items())
    own = (config.interval, config.court, config.letterhead.region, config.privacy, known)
    return _key(cases, "异常", [printed], (numbers_key(cases), quality_key(cases), *own), without=())


def reversals_key(cases: Cases) -> str | None:
    """The reversed and remanded cases."""
    job, config = cases.job, cases.job.workspace.config
    files = [*_definitions(job), job.workspace.folder / "review.toml"]
    return _key(
        cases,
        "发改案件",
        files,
        (*_counting(job), config.interval, config.court, config.privacy, config.quality.max_unknown_percent),
    )


def pending_key(cases: Cases, listed: Iterable[str] = ()) -> str | None:
    """What the data say of long-pending cases as of the job's day, and of those that are ``listed``."""
    config = cases.job.workspace.config.pending
    return _key(cases, "长期未结", [], (cases.job.as_of, config.months, config.deduct, config.leaders, sorted(listed)))


def docket_key(cases: Cases, code: str, *, judges: bool) -> str | None:
    """What came in, is pending and is close to its limit at a court or in a department, as of the job's day."""
    job, config = cases.job, cases.job.workspace.config
    parts = (code, job.as_of, config.pending, judges, config.quality.max_unknown_percent, job.depth)
    return _key(cases, "收案和未结案件", _definitions(job), (*parts, *_counting(job)))


def causes_key(cases: Cases, code: str, line: str, indicators: Iterable[str]) -> str | None:
    """Where the cases of a line of a court lie by cause of action."""
    job, config = cases.job, cases.job.workspace.config
    parts = (code, line, sorted(indicators), config.quality.max_unknown_percent, job.depth)
    return _key(cases, "案由情况", _definitions(job), (*parts, *_counting(job)))


def longview_key(cases: Cases, code: str) -> str | None:
    """What the years say together of a court's cases."""
    job, config = cases.job, cases.job.workspace.config
    holidays = config.calendar.holidays
    files = [*_definitions(job), *([job.workspace.folder / holidays] if holidays else [])]
    parts = (code, config.quality.max_unknown_percent, job.depth, config.series_break)
    return _key(cases, "历年情况", files, (*parts, *_counting(job)))


def theme_key(cases: Cases, code: str) -> str | None:
    """The classes of a theme's cases of a court."""
    job, config = cases.job, cases.job.workspace.config
    parts = (code, config.quality.max_unknown_percent, job.depth, config.scope)
    return _key(cases, "主题分类", _definitions(job), (*parts, *_counting(job)))


def enforced_key(cases: Cases, code: str) -> str | None:
    """What enforcement brought in at a court, and what became of its judgments to pay."""
    job, config = cases.job, cases.job.workspace.config
    parts = (code, config.quality.max_unknown_percent, job.depth)
    return _key(cases, "执行到位情况", _definitions(job), (*parts, *_counting(job)))


def _counting(job: Job) -> tuple[Any, ...]:
    """The parts of the configuration that say what is counted in which periods."""
    config = job.workspace.config
    return (job.period, config.period, config.catalogue, job.theme and job.theme.id)


def _definitions(job: Job) -> list[Path]:
    """The files that define indicators, and the tables of numbers beside the cases."""
    folder, source = job.workspace.folder, job.workspace.config.source
    tables = [one for one in (source.table, source.disputes) if one]
    own = [*sorted((folder / "catalogue").rglob("*.toml")), folder / "themes.toml"]
    return [*own, *(resolve(tables, folder) if tables else [])]


def _key(
    cases: Cases, name: str, files: Iterable[Path], parts: Iterable[Any], without: Collection[str] = LATER_ROOMS
) -> str | None:
    if cases.key is None:
        return None
    return cache.fingerprint((name, cases.key, *map(repr, parts)), files, cases.job.workspace.folder, without=without)
