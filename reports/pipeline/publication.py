"""The effects of a run as one: its files and what the ledger says of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from reports.ledger.journal import published, writing
from reports.publish import Publication, publishing
from reports.workspace import Workspace


@contextmanager
def whole(workspace: Workspace, folder: Path) -> Iterator[Publication]:
    """Whatever is written to the ledger and put into the folder inside happens together or not at all.

    The ledger's commit decides, so a run killed before it is taken back and one killed after it is finished. Write
    the ledger first, and the files last: then a ledger that cannot be written stops it before a file is touched.
    Raises :class:`DeliveryError`, and :class:`Busy` while another process writes the ledger.
    """
    path = workspace.database_path
    first = not path.exists()
    try:
        with publishing(folder, partial(published, path)) as publication, writing(path) as journal:
            journal.publish(publication.id)
            yield publication
    except BaseException:
        if first and path.exists() and not path.stat().st_size:
            path.unlink()  # nothing has been written; whoever writes waits for the workspace
        raise
