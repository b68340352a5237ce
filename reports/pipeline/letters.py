"""Letters as of a day, which the time limits of single cases call for: into the register, to be signed and sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from reports.catalogue.kinds import dated_stem
from reports.courts.periods import month_of
from reports.ledger.decisions import readable
from reports.model import Bulletin
from reports.pipeline.bulletins import deliver, render_all
from reports.pipeline.documents import data_files, enter_drafts, held
from reports.pipeline.job import Job
from reports.pipeline.ledgers import Letters
from reports.pipeline.publication import whole


def enter(
    job: Job, kind: str, write: Callable[[Job], Letters], formats: Sequence[str], *, at: str, who: str
) -> tuple[tuple[Bulletin, ...], Collection[str], list[Path], list[tuple[str, str]]]:
    """Put the letters of a kind (its id) into the folder of the month that they tell of, and enter them as drafts.

    Returns them as they are called there, the stems of those that have been signed and stay drafts no more, the files,
    and (title, why) of those that a person had edited or that differ from what was signed: they stay. Files and
    register change together or not at all.
    """
    readable("办理人", who)
    data = data_files(job)
    found = write(job)
    if not found.made:
        return (), (), [], []
    workspace = job.workspace
    month = replace(job, period=month_of(found.day, cutoff_day=job.period.cutoff_day))
    key, known = month.period.key, job.kinds[kind]
    named = [replace(one, kind=kind, stem=dated_stem(known, key, one.court, found.day)) for one in found.made]
    files = render_all(job, named, list(dict.fromkeys(("md", *formats))))
    signed = held(workspace, named)
    with whole(workspace, workspace.output_path / key) as publication:
        # The month may not be over: these are not its data.
        of = f"{key}-{kind}-{found.day:%Y%m%d}"
        enter_drafts(month, found.rows, named, files, data, at=at, who=who, of=of)
        paths, kept = deliver(publication, files, named, signed, keep=True)
    return tuple(named), tuple(signed), paths, kept
