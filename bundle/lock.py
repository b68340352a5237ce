"""The part of the lock file that the program needs to run, without what only its development does."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

EXTRAS = ("services",)  # the databases that courts have


@dataclass(frozen=True)
class Pin:
    """One package of the lock file: ``name``, ``version``, a condition (PEP 508) or nothing, its lines as they are."""

    name: str
    version: str
    condition: str
    lines: tuple[str, ...]
    wanted_by: frozenset[str]


def pins(lock: str) -> list[Pin]:
    """All packages of a lock file as uv writes it: the pin, its hashes, and who wants it."""
    found = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.strip()):
        head = re.match(r"([A-Za-z0-9._-]+)==(\S+)(?: ; ([^\\]+))?", block)
        if not head:
            raise ValueError(f"no pin: {block.splitlines()[0]}")
        lines = block.splitlines()
        notes = [line.strip(" #") for line in lines if line.lstrip().startswith("#")]
        wanted = {re.sub(r"^via\s+", "", note) for note in notes} - {"", "via"}
        named = frozenset(re.sub(r"[-_.]+", "-", re.sub(r"\[.*?\]| \(.*", "", one)).lower() for one in wanted)
        kept = tuple(line for line in lines if not line.lstrip().startswith("#"))
        found.append(Pin(head[1].lower(), head[2], (head[3] or "").strip(), kept, named))
    return found


def needed(pyproject: str) -> set[str]:
    """The names of the packages that the program asks for itself, with those of :data:`EXTRAS`."""
    project = tomllib.loads(pyproject)["project"]
    more = project["optional-dependencies"]
    asked = list(project["dependencies"])
    for extra in EXTRAS:
        for line in more[extra]:
            inside = re.match(r"tongbao\[(.*)\]", line)
            asked += [one for name in inside[1].split(",") for one in more[name]] if inside else [line]
    return {re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", line)[0]).lower() for line in asked}  # type: ignore[index]


def closure(known: Iterable[Pin], names: set[str]) -> list[Pin]:
    """Those of some packages that are asked for, and all that they want."""
    known, names = list(known), set(names)
    while more := {one.name for one in known if one.wanted_by & names} - names:
        names |= more
    return [one for one in known if one.name in names]


def runtime(root: Path) -> list[str]:
    """The lines of a requirements file with hashes, from the lock file and ``pyproject.toml`` in ``root``."""
    found = closure(
        pins((root / "requirements.lock").read_text("utf-8")), needed((root / "pyproject.toml").read_text("utf-8"))
    )
    return [line for one in found for line in one.lines]
