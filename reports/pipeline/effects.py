"""What a make leaves behind: files in a folder and what the ledgers take of it, together or not at all.

Nothing before this module writes anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from reports.catalogue.kinds import of_stem
from reports.courts.tree import UNIT
from reports.ledger import Effect, Finding, Item, Memory, heir, items, pending, record
from reports.ledger.documents import CORRECTED, DRAFT, ISSUED, SIGNED, dispatches
from reports.model import OWN, Bulletin, Findings
from reports.pipeline.bulletins import EDITED, deliver, names_of, printed
from reports.pipeline.documents import enter_drafts, held
from reports.pipeline.job import Job
from reports.pipeline.ledgers import to_ledger
from reports.pipeline.publication import whole
from reports.publish import BESIDE, publishing


@dataclass(frozen=True)
class Loop:
    """What a whole run tells the ledgers: the effects of open items by number, and the long-pending cases it saw."""

    effects: Mapping[str, Effect]
    seen: pending.Seen | None


@dataclass(frozen=True)
class Draft:
    """What has been made and stands nowhere yet.

    ``files`` are name → bytes, ``data`` the hashes of the data files before they were read; ``corrects`` is the stem
    of the bulletin that these correct, ``loop`` there only for a whole run.
    """

    findings: Findings
    bulletins: Sequence[Bulletin]
    files: Mapping[str, bytes]
    data: Mapping[str, str]
    corrects: str = ""
    loop: Loop | None = None


@dataclass(frozen=True)
class Made:
    """One bulletin that was made: its kind, the court that it is for or of, and its files.

    ``outgoing``: whether it is sent to others. ``kept`` says why the text in the folder stayed as it was, where it did:
    the files are those of the new text beside it then.
    """

    kind: str
    court: str
    title: str
    stem: str
    outgoing: bool
    files: tuple[Path, ...]
    kept: str = ""


@dataclass(frozen=True)
class Waiting:
    """Findings of a period that no circular has told yet, and the stem of the one that will, if any does."""

    period: str
    count: int
    stem: str


@dataclass(frozen=True)
class Left:
    """What has been left behind: the one list of bulletins, for whoever passes them on, and every file, tables too.

    ``pending`` is what became of long-pending cases, where a run keeps their ledger; ``waiting`` are the findings that
    no circular has told yet.
    """

    bulletins: tuple[Made, ...]
    files: tuple[Path, ...]
    new_items: int = 0
    pending: pending.Updated | None = None
    waiting: tuple[Waiting, ...] = ()

    @property
    def kept(self) -> list[tuple[str, str]]:
        """(title, why) of bulletins that stayed as they are."""
        return [(one.title, one.kept) for one in self.bulletins if one.kept]


def place_of(job: Job) -> Path:
    """The folder of the period."""
    return job.workspace.output_path / job.period.key


def elsewhere(job: Job, folder: Path | None) -> bool:
    """Whether bulletins go to a folder of the user's, of which no ledger knows."""
    return folder is not None and folder.resolve() != place_of(job).resolve()


def take_effect(job: Job, draft: Draft, *, folder: Path | None = None, at: str, who: str) -> Left:
    """Write the ledgers and publish the files, all or nothing; in a folder of the user's, publish only."""
    found, files, bulletins = draft.findings, draft.files, draft.bulletins
    if folder is not None and elsewhere(job, folder):
        with publishing(folder) as publication:
            paths, _ = deliver(publication, files, bulletins)
        return Left(made_of(job, draft, folder, paths), tuple(paths))
    path, place = job.workspace.database_path, place_of(job)
    signed = held(job.workspace, bulletins)
    opening = to_ledger(job, found) if draft.loop else []
    new, listed = 0, None
    with whole(job.workspace, place) as publication:
        if draft.loop:
            new = _record(job, found, opening, bulletins, signed, draft.loop.effects, at=at)
            if draft.loop.seen:
                listed = pending.update(path, draft.loop.seen, at=at, who=who)
        rows = found.rows_in, found.rows_used
        enter_drafts(job, rows, bulletins, files, draft.data, at=at, who=who, corrects=draft.corrects)
        paths, _ = deliver(publication, files, bulletins, signed, keep=True)
    left = waiting(job) if draft.loop else ()
    return Left(made_of(job, draft, place, paths, signed), tuple(paths), new, listed, left)


def made_of(
    job: Job, draft: Draft, folder: Path, paths: Sequence[Path], signed: Mapping[str, str] = MappingProxyType({})
) -> tuple[Made, ...]:
    """The bulletins with those of the paths that are theirs; ``signed`` is stem → state of what is held."""
    found = []
    for one in draft.bulletins:
        names = names_of(one, draft.files) | {f"{one.stem}-变化.md"}
        mine = {root / name for name in names for root in (folder, folder / BESIDE)}
        files = tuple(path for path in paths if path in mine)
        why = signed.get(one.stem, EDITED) if any(folder / BESIDE in path.parents for path in files) else ""
        found.append(Made(one.kind, one.court, one.title, one.stem, job.kinds[one.kind].outgoing, files, why))
    return tuple(found)


def _record(
    job: Job,
    found: Findings,
    opening: Sequence[Finding],
    bulletins: Sequence[Bulletin],
    signed: Mapping[str, str],
    effects: Mapping[str, Effect],
    *,
    at: str,
) -> int:
    """Keep what was found: problems are told by the bulletin whose values count as printed.

    What has been signed stays what was printed, whatever the data say now.
    """
    told = next((one for one in bulletins if job.kinds[one.kind].printing and one.stem not in signed), None)
    by_run = job.workspace.config.ledger.told == "run"
    return record(
        job.workspace.database_path,
        opening,
        at=at,
        bulletin=told.title if told and by_run else "",
        effects=effects,
        memory=Memory(job.period, found.states, printed(found) if told else None),
        today=partial(heir, found.tree),
        dropped=partial(_dropped, job, found),
        period=job.period.key,
    )


def _dropped(job: Job, found: Findings, item: Item) -> str:
    """Why an item that an earlier run of this period found is no finding of it now; nothing where it must stay.

    What has been signed or issued stays told, until it is corrected; of a court or department that this run leaves out
    nothing is known.
    """
    entries = [one for one in dispatches(job.workspace.database_path).values() if one.period == job.period.key]
    circular = [one for one in entries if (kind := of_stem(job.kinds, one.stem, one.period)[0]) and kind.printing]
    if any(one.state in (SIGNED, ISSUED) for one in circular):
        return ""
    corrected = "更正通报印发后" if any(one.state == CORRECTED for one in circular) else "印发以前"
    if item.indicator not in found.catalogue.indicators:
        return f"{corrected}改用的指标目录没有“{item.indicator_name}”这一指标，撤销。"
    if item.court.removesuffix(OWN) in {one.code for one in found.without}:
        return ""
    cell = found.comparisons.cell(item.court, item.line, item.indicator)
    if cell is None and (UNIT in item.court or item.court.removesuffix(OWN) not in found.tree.by_code):
        return ""
    now = "没有这类案件，" if cell is None else f"现为{cell.text}，" if cell.text != item.value else ""
    return f"{corrected}重新运行，{now}不再识别为需要整改的问题，撤销。"


def waiting(job: Job) -> tuple[Waiting, ...]:
    """What the ledger holds that is 通报 only when its circular is issued, by the last period that found it."""
    path = job.workspace.database_path
    counts = Counter(one.flagged[-1] for one in items(path) if one.waits)
    drafts = {
        one.period: one.stem
        for one in dispatches(path).values()
        if one.state in (DRAFT, SIGNED) and (kind := of_stem(job.kinds, one.stem, one.period)[0]) and kind.printing
    }
    return tuple(Waiting(period, count, drafts.get(period, "")) for period, count in sorted(counts.items()))
