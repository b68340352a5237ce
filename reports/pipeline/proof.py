"""The ledger checked as a whole: its chain and key, the hashes noted elsewhere, what its events mean, its files."""

from __future__ import annotations

from dataclasses import replace

from reports.errors import ConfigError, TongbaoError
from reports.ledger import decisions, documents, journal, pending, rectification, registers, steps
from reports.ledger.documents import FOLDER, Dispatch
from reports.ledger.journal import NONSENSE, Verified
from reports.render.document import HEAD
from reports.render.verify import keywords_of_pdf
from reports.words import quoted
from reports.workspace import Workspace
from reports.workspace.log import entries


def verified(workspace: Workspace, head: str | None = None) -> Verified:
    """The ledger with all that can be held against it; ``head`` is a hash that somebody noted (its beginning will do).

    Each run leaves the hash of the last event in the record of runs, in the register, and in the metadata of a PDF
    that is issued: all of these must be in the chain.
    """
    path = workspace.database_path
    noted: dict[str, list[str]] = {head: ["所给"]} if head else {}
    for entry in entries(workspace.folder):
        if entry.head:
            noted.setdefault(entry.head, []).append(f"{entry.at}运行记录中")
    faults = []
    for one, name, inside in _issued_pdfs(workspace):
        told = f"已印发的{quoted(one.title)}{one.number}（{name}）"
        if inside != one.head:
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


def _issued_pdfs(workspace: Workspace) -> list[tuple[Dispatch, str, str]]:
    """(entry, name, the hash in its metadata) of each PDF that was issued with one and is there."""
    try:
        known = documents.dispatches(workspace.database_path).values()
        files = [(one, name) for one in known if one.head for name in one.files if name.endswith(".pdf")]
        places = [workspace.output_path / one.period / FOLDER / one.stem / name for one, name in files]
    except (ConfigError, *NONSENSE):
        return []  # the register cannot be read: that is told as the fault that it is
    return [
        (one, name, keywords_of_pdf(place.read_bytes()).removeprefix(f"{HEAD} "))
        for (one, name), place in zip(files, places, strict=True)
        if place.is_file()
    ]
