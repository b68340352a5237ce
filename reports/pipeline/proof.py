"""The ledger checked as a whole: its chain and key, the hashes noted elsewhere, what its events mean, its files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from reports.errors import ConfigError, TongbaoError
from reports.ledger import decisions, documents, journal, pending, rectification, registers, steps
from reports.ledger.documents import FOLDER, Dispatch
from reports.ledger.journal import NONSENSE, Verified
from reports.render.document import HEAD
from reports.render.verify import keywords_of_pdf
from reports.words import quoted
from reports.workspace import Workspace
from reports.workspace.log import entries


def verified(workspace: Workspace, head: str | None = None, *, copy: Path | None = None) -> Verified:
    """The ledger with all that can be held against it; ``head`` is a hash that somebody noted (its beginning will do).

    Each run leaves the hash of the last event in the record of runs, in the register, and in the metadata of a PDF
    that is issued: all of these must be in the chain. A ``copy`` of the ledger is looked at in its place.
    """
    path = copy or workspace.database_path
    noted: dict[str, list[str]] = {head: ["所给"]} if head else {}
    for entry in entries(workspace.folder):
        if entry.head:
            noted.setdefault(entry.head, []).append(f"{entry.at}运行记录中")
    faults = []
    for told, one, inside in _issued_pdfs(workspace, path):
        if one and inside != one.head:
            faults.append(f"{told}中的校验值与发文登记中的不同")
        if inside:
            noted.setdefault(inside, []).append(f"{told}中")
    found = journal.verify(path, heads={hashed: "、".join(places) for hashed, places in noted.items()})
    if found.faults:  # what events mean is asked only where they are sound
        return found
    try:
        faults += [
            *rectification.verify_items(path),
            *pending.verify_cases(path),
            *documents.faults_of(path, workspace.output_path),
            *decisions.faults_of(path),
            *registers.faults_of(path),
            *steps.faults_of(path),
        ]
    except (ConfigError, *NONSENSE) as error:
        faults.append(not_ours(error))  # the chain worked out anew
    return replace(found, faults=tuple(faults))


def not_ours(error: BaseException) -> str:
    """The fault that shows in an error on reading events."""
    what = error.what.rstrip("。") if isinstance(error, TongbaoError) else str(error)
    return f"有记录的内容不是程序所写（{what}），台账可能被整个改写过"


def _issued_pdfs(workspace: Workspace, path: Path) -> Iterator[tuple[str, Dispatch | None, str]]:
    """(what to call it, entry, the ledger's hash in its metadata) of each PDF that stands with the issued files.

    What the register says does not decide whether one is looked at: it can be written anew, and what has left the
    house cannot. A PDF that was issued before hashes were noted has none, nor has its entry.
    """
    try:
        known = documents.dispatches(path)
    except (ConfigError, *NONSENSE):
        known = {}  # the register cannot be read: that is told as the fault that it is
    output = workspace.output_path
    for file in sorted(output.glob(f"*/{FOLDER}/*/**/*.pdf")):
        period, _, stem, *inside = file.relative_to(output).parts
        name, one = "/".join(inside), known.get(stem)
        entered = one if one and one.period == period and name in one.files else None
        told = f"已印发的{quoted(entered.title)}{entered.number}（{name}）" if entered else f"没有登记的文件{file}"
        keywords = keywords_of_pdf(file.read_bytes())
        yield told, entered, keywords.removeprefix(f"{HEAD} ") if keywords.startswith(f"{HEAD} ") else ""
