"""One call from a request to files, ledger and what is said of them: what ``run``, ``bulletin`` and corrections do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from reports.catalogue.kinds import Kind
from reports.compose import self_checks
from reports.model import Findings
from reports.pipeline.bulletins import indicator_csv, letterhead, referred, render_all, write_bulletins
from reports.pipeline.documents import Correction, correction, data_files
from reports.pipeline.effects import Draft, Left, Loop, elsewhere, made_of, take_effect
from reports.pipeline.extent import extent
from reports.pipeline.job import Job, template_folders
from reports.pipeline.ledgers import followed_up, look
from reports.pipeline.request import Request, checked
from reports.render.csv import csv_bytes

BY = "tongbao"  # who did it, in the ledgers


@dataclass(frozen=True, kw_only=True)
class Result(Left):
    """What was made, left behind and found; ``none`` says of which kinds the period has no bulletin.

    ``more`` are the kinds made beside those asked for, since the circular refers to them.
    """

    findings: Findings
    none: tuple[str, ...]
    more: tuple[Kind, ...]


def make(job: Job, request: Request, lock: Callable[[], AbstractContextManager[None]] = nullcontext) -> Result:
    """From the cases to the published bulletins and the ledgers; ``lock`` keeps others out while things are changed."""
    job = checked(job, request)
    data = data_files(job)
    also = partial(referred, job, request)
    cases, seen = look(job, request.kinds, pending_too=request.whole and not request.dry_run, referred=also)
    request = replace(request, kinds=(*request.kinds, *(more := also(cases))))
    within = extent(cases.tree, cases.catalogue, request.courts, request.indicators)
    found, effects = followed_up(job, cases, within)
    bulletins, none = write_bulletins(job, found, request, within)
    files = render_all(job, bulletins, request.formats or job.workspace.config.output.formats, jobs=request.jobs)
    if request.whole:
        files |= tables(job, found)
    draft = Draft(found, bulletins, files, data, loop=Loop(effects, seen) if request.whole else None)
    if request.dry_run or not files:
        paths = tuple(Path(name) for name in files)
        return Result(made_of(job, draft, Path(), paths), paths, findings=found, none=none, more=more)
    with nullcontext() if elsewhere(job, request.folder) else lock():
        left = take_effect(job, draft, folder=request.folder, at=job.as_of.isoformat(), who=BY)
    return Result(**vars(left), findings=found, none=none, more=more)


def correct(
    job: Job, stem: str, reason: str, formats: Sequence[str] | None, *, at: str, who: str
) -> tuple[Left, Correction]:
    """Draft the correction of an issued bulletin: what is left behind, and what of it a person must look at."""
    data = data_files(job)
    done = correction(job, stem, reason)
    wanted = dict.fromkeys(("md", *(formats or job.workspace.config.output.formats)))
    files = render_all(job, [done.bulletin], list(wanted))
    draft = Draft(done.findings, [done.bulletin], files, data, corrects=stem)
    return take_effect(job, draft, at=at, who=who), done


def tables(job: Job, found: Findings) -> dict[str, bytes]:
    """What a whole run writes beside the bulletins: notes for own checks, the indicators, the rows set aside."""
    files = self_checks(found, letterhead(job), template_folders(job.workspace))
    files["indicators.csv"] = indicator_csv(found)
    if len(found.rows_aside):
        files["set-aside.csv"] = csv_bytes(found.rows_aside)
    return files
