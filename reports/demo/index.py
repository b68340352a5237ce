"""What a demo shows: the commands that it carries out, and an index page of what they made and for whom.

Both stand in one table, ``index.toml``: a further document is an entry there and its command.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reports.courts.periods import Period
from reports.demo.offices import OfficeName
from reports.templates import environment_of, fill

TABLE = Path(__file__).with_name("index.toml")
DAYS = {"drafted": 15, "signed": 17, "issued": 20, "answered": 28}
"""Days after the end of a period on which its circular is drafted, signed and issued, and its findings are answered."""


@dataclass(frozen=True)
class Step:
    """A command of the demo: its words as they are typed after ``tongbao``.

    ``items``: once for each open item of the ledger, whose number stands for ``{item}``. ``after`` the run of the
    period it waits for no other; where it is ``spare`` there may be nothing to make it of.
    """

    id: str
    words: tuple[str, ...]
    items: bool = False
    after: bool = False
    spare: bool = False

    def of(self, item: str) -> tuple[str, ...]:
        """The words for one item of the ledger."""
        return tuple(word.replace("{item}", item) for word in self.words)


@dataclass(frozen=True)
class Shown:
    """The demo of one office: its workspace, the period before and the last one."""

    office: OfficeName
    folder: Path
    before: Period
    now: Period
    today: date
    alone: bool  # not beside another

    @property
    def _values(self) -> dict[str, str]:
        """What stands for the names in braces of the table; no day lies after today."""

        def day(period: Period, name: str) -> str:
            return min(period.end + timedelta(days=DAYS[name]), self.today).isoformat()

        days = {name: day(self.before, name) for name in ("signed", "issued", "answered")}
        days |= {"drafted_before": day(self.before, "drafted"), "drafted": day(self.now, "drafted")}
        named = {"before": self.before.key, "label": self.before.label, "now": self.now.key, "item": "{item}"}
        named["so_far"] = self.now.cumulated.key
        return named | days | {"folder": str(self.folder), "deadline": self.now.end.isoformat()}

    def steps(self) -> tuple[Step, ...]:
        """The commands in their order."""
        return tuple(
            Step(
                one["id"],
                tuple(word.format(**self._values) for word in (*shlex.split(one["command"]), "-w", "{folder}")),
                *(bool(one.get(name)) for name in ("items", "after", "spare")),
            )
            for one in _table()["step"]
            if self.office in one["office"] or (self.alone and self.office in one.get("alone", ()))
        )

    def told(self) -> list[str]:
        """All commands as a person types them, in their order."""
        return [typed(one.of("编号")) for one in self.steps()]

    def documents(self, beside: Path) -> list[dict[str, Any]]:
        """Those of the table that are there, with links to their files as seen from a folder."""
        commands = {one.id: typed(one.words) for one in self.steps()}
        found = []
        for one in _table()["document"]:
            if self.office not in one["office"]:
                continue
            patterns = [text.format(**self._values) for text in one["files"]]
            files = [path for text in patterns for path in sorted(self.folder.glob(text))]
            if files:
                links = [{"name": path.name, "path": quote(path.relative_to(beside).as_posix())} for path in files]
                told = {name: one[name] for name in ("name", "about", "whom")}
                found.append(told | {"files": links, "command": commands.get(one.get("step"), "")})
        return found


def pages(shown: Sequence[Shown], root: Path, templates: Path) -> dict[str, bytes]:
    """``index.md`` and ``index.html`` of a demo's folder; they need nothing but the files beside them."""
    parts = [
        {"heading": _table()["heading"][one.office], "documents": one.documents(root), "steps": one.told()}
        for one in shown
    ]
    values = {"parts": parts}
    return {
        "index.md": fill(environment_of([templates / "demo"], "markdown"), "index.j2", values).encode(),
        "index.html": fill(environment_of([templates / "demo"], "xml"), "index.html.j2", values).encode(),
    }


def typed(words: Sequence[str]) -> str:
    """A command as a person types it."""
    return " ".join(("tongbao", *(shlex.quote(word) if _SPECIAL.search(word) else word for word in words)))


_SPECIAL = re.compile(r"[\s'\"$&;|<>()*?\\]")  # to a shell


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(TABLE.read_text("utf-8"))
