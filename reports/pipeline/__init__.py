"""The whole program in order: read → tally → compare → flag → explain → compose → render → deliver → ledger.

The modules follow that order, each with what it needs of those before it: ``job`` (what is asked for), ``sources``
(cases and indicator tables), ``numbers`` (every indicator beside its bases), ``checks`` (data quality and the gate),
``findings`` (flags and what moved them), ``reversals`` (cases reversed or sent back), ``loop`` (the ledgers),
``bulletins`` (texts and files).

Everything up to ``render`` is a pure function of its arguments; the clock and the folders enter in ``cli``.
Effects come last, and as one: the files and what the ledger says of them (``publication``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.compose import self_checks
from reports.ledger import Memory, pending, record
from reports.model import Bulletin, Findings
from reports.pipeline.bulletins import deliver, indicator_csv, letterhead, printed, render_all, write_bulletins
from reports.pipeline.dispatch import data_files, enter_drafts, held
from reports.pipeline.job import Job, template_folders
from reports.pipeline.loop import findings_and_pending, followed_up, to_ledger
from reports.pipeline.publication import whole
from reports.render.csv import csv_bytes


@dataclass(frozen=True)
class Result:
    """What a run found and made."""

    findings: Findings
    bulletins: tuple[Bulletin, ...]
    files: tuple[Path, ...]
    new_items: int
    pending: pending.Updated | None = None  # what became of long-pending cases, where the run keeps their ledger
    kept: tuple[tuple[str, str], ...] = ()  # (title, why) of bulletins that stayed as they are


def run(
    job: Job,
    *,
    kinds: Sequence[str] = ("general",),
    formats: Sequence[str] | None = None,
    dry_run: bool = False,
) -> Result:
    """The cron job: everything, from the cases to the published bulletins and the ledger."""
    workspace = job.workspace
    frozen = data_files(job)
    cases, seen = findings_and_pending(job, pending_too=not dry_run)
    found, effects = followed_up(job, cases)
    if found.follow_up and "feedback" not in kinds:
        kinds = (*kinds, "feedback")
    bulletins = write_bulletins(job, found, kinds)
    files = render_all(job, bulletins, formats or workspace.config.output.formats)
    files |= self_checks(found, letterhead(job), template_folders(workspace))
    files["indicators.csv"] = indicator_csv(found)
    if len(found.rows_aside):
        files["set-aside.csv"] = csv_bytes(found.rows_aside)
    if dry_run:
        return Result(found, bulletins, tuple(Path(name) for name in files), 0)
    signed = held(workspace, bulletins)
    # What has been signed stays what was printed, whatever the data say now.
    told = bulletins[0] if bulletins and bulletins[0].stem not in signed else None
    memory = Memory(job.period, found.states, printed(found) if told or not bulletins else None)
    at, listed = job.as_of.isoformat(), None
    opening = to_ledger(job, found)
    with whole(workspace, workspace.output_path / job.period.key) as publication:
        new = record(
            workspace.database_path,
            opening,
            at=at,
            bulletin=told.title if told else "",
            effects=effects,
            memory=memory,
        )
        if seen:
            listed = pending.update(workspace.database_path, seen, at=at, who="tongbao")
        enter_drafts(job, found, bulletins, files, frozen, at=at, who="tongbao")
        published, kept = deliver(publication, files, bulletins, signed)
    return Result(found, bulletins, tuple(published), new, listed, tuple(kept))
