"""The courts and units that a workspace lists: its tables ``courts.csv`` and ``units.csv``."""

from __future__ import annotations

from collections.abc import Iterable

from reports.courts import court_table, units
from reports.courts.tree import CourtTree
from reports.courts.units import Seen, UnitTable
from reports.workspace import Workspace


def listed_units(workspace: Workspace, tree: CourtTree | None) -> UnitTable:
    """The departments and teams of ``units.csv``; none where the workspace has no such table."""
    return units.load(workspace.units_path, tree) if workspace.units_path.exists() else UnitTable()


def listed_courts(workspace: Workspace) -> CourtTree | None:
    """The courts of ``courts.csv``, if the workspace has one."""
    return court_table.load(workspace.courts_path) if workspace.courts_path.exists() else None


def with_units(workspace: Workspace, seen: Iterable[Seen] = ()) -> CourtTree | None:
    """The courts of ``courts.csv`` with the units of ``units.csv`` and those ``seen``; ``None`` without courts."""
    if (tree := listed_courts(workspace)) is None:
        return None
    table = listed_units(workspace, tree)
    found = {one for one in (*seen, *table.seen) if one[0] in tree.by_code}
    return units.place(tree, table, found, "team", tree.by_code).tree
