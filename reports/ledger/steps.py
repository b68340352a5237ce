"""举措: dated steps of the office with the units that took them, as people enter them.

What became of the numbers since is measured from the cases each time it is asked (:mod:`reports.flag.step`); the ledger
keeps only what was done, where, from when on, and which indicators it is aimed at. A step that was a mistake is
withdrawn, with the reason, and its name is not used again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reports.errors import ConfigError
from reports.ledger.decisions import readable
from reports.ledger.journal import Event, Story, reading, writing
from reports.ledger.rectification import SUPPRESSION

KIND = "举措："
ENTERED, WITHDRAWN = "在册", "已撤销"
LONGEST_NAME = 40  # characters


@dataclass(frozen=True)
class Step:
    """One step: ``began`` is an ISO day; ``units`` are codes, empty for a ``line`` of all courts told of.

    ``line`` is empty for all lines. ``beside`` are the units that it is compared with, empty for all others.
    ``indicators`` are ids, ``text`` says what was done and ``source`` by which document.
    """

    name: str
    began: str
    units: tuple[str, ...] = ()
    line: str = ""
    indicators: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    text: str = ""
    source: str = ""
    entered: str = ""
    who: str = ""
    state: str = ENTERED
    note: str = ""


_FIELDS = ("began", "units", "line", "indicators", "beside", "text", "source")


def _opened(name: str, event: Event) -> Step:
    facts: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in event.data.items()
    }
    return Step(name, entered=event.at, who=event.who, **facts)


def _after(old: Step, event: Event) -> Step:
    return replace(old, state=WITHDRAWN, note=event.data["note"])


STORY = Story(KIND, "举措", "登记", {"撤销": ((ENTERED,), WITHDRAWN)}, _opened, _after)


def steps(path: Path) -> dict[str, Step]:
    """Name → step, withdrawn ones too, in the order in which they were entered; an absent ledger has none."""
    if not path.exists():
        return {}
    with reading(path) as journal:
        return journal.replay(STORY)


def in_force(known: Mapping[str, Step]) -> list[Step]:
    """Those that have not been withdrawn."""
    return [one for one in known.values() if one.state == ENTERED]


def enter(path: Path, step: Step, *, at: str, who: str) -> Step:
    """Enter a step, known by its name; raises :class:`ConfigError` for a name that is taken, a text that is none,
    and one that is out to have fewer appeals.
    """
    name = step.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ConfigError(f"举措的名称应为一行不超过{LONGEST_NAME}字的文字。", advice="如 简易程序优先适用。")
    readable("举措的名称", name)
    readable("办理人", who)
    for called, words in (("举措的内容", step.text), ("依据", step.source)):
        if words:
            readable(called, words)
    for words in (name, step.text):
        if SUPPRESSION.search(words):
            raise ConfigError(
                "举措不得以减少当事人上诉、申请再审为内容。", advice="请写释法答疑、实质解纷和办案程序方面的工作。"
            )
    facts = {key: list(value) if isinstance(value := getattr(step, key), tuple) else value for key in _FIELDS}
    with writing(path) as journal:
        if old := journal.replay(STORY).get(name):
            told = "已经登记" if old.state == ENTERED else f"已经撤销（{old.note}），名称不再使用"
            raise ConfigError(f"举措“{name}”{told}。", advice="用 tongbao effect list 查看；另一项举措请用另一个名称。")
        journal.add(at, who, KIND + name, "登记", facts)
        return journal.replay(STORY)[name]


def withdraw(path: Path, name: str, note: str, *, at: str, who: str) -> Step:
    """Take out a step that was a mistake, with the reason.

    Raises :class:`ConfigError` for one that there is not, that is withdrawn already, or without a reason.
    """
    readable("撤销的理由", note)
    readable("办理人", who)
    old = known(steps(path), name)
    with writing(path) as journal:
        journal.add(at, who, KIND + old.name, "撤销", {"note": note.strip()})
        return journal.replay(STORY)[old.name]


def known(found: Mapping[str, Step], name: str) -> Step:
    """One step in force; raises :class:`ConfigError` for a name that there is not, with what there is."""
    one = found.get(name.strip())
    if one is None:
        there = "、".join(each.name for each in in_force(found)[:10])
        advice = f"登记的有：{there}。" if there else "先用 tongbao effect add 登记。"
        raise ConfigError(f"没有登记举措“{name}”。", advice=advice)
    if one.state == WITHDRAWN:
        raise ConfigError(f"举措“{one.name}”已经撤销：{one.note}。", advice="用 tongbao effect list 查看在册的举措。")
    return one


def faults_of(path: Path) -> list[str]:
    """Events of steps that do not follow from those before them."""
    faults: list[str] = []
    with reading(path) as journal:
        journal.replay(STORY, faults)
    return faults
