"""``tongbao layout-check``: a finished PDF, of this or any other program, measured against GB/T 9704-2012.

Every clause is met, not met, or cannot be decided from the file; each with the value that was measured. The values
to be met are those that the pages are made from (``profile.toml``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reports.render.check.clauses import Met, font_style, looks
from reports.render.check.paper import Paper
from reports.render.check.sheet import read
from reports.render.profile import Profile, Value

__all__ = ["VERDICTS", "Checked", "Finding", "check", "font_style"]

Verdict = Literal["符合", "不符合", "无法判断"]
VERDICTS: Final[tuple[Verdict, ...]] = ("符合", "不符合", "无法判断")
_FIVE: Final = 10.0  # points: below 五号, which is 10.5


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check says of one layout value: ``id`` is its place in the profile, ``pages`` where it fails."""

    id: str
    value: Value
    verdict: Verdict
    measured: str
    pages: tuple[int, ...] = ()

    @property
    def binding(self) -> bool:
        """Whether not meeting it makes the file fail: usage alone does not."""
        return self.verdict == "不符合" and self.value.strength != "惯例"


@dataclass(frozen=True, slots=True)
class Checked:
    """The whole check: the layout that was recognised, the number of pages, the findings in clause order.

    ``white`` is of each page the highest band in the type area on which nothing is printed, as a share of its height;
    ``turned`` are the numbers of the landscape pages, ``small`` those with lines in type smaller than 五号.
    """

    style: str
    pages: int
    findings: tuple[Finding, ...]
    white: tuple[float, ...] = ()
    turned: tuple[int, ...] = ()
    small: tuple[int, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a clause that the standard states is not met."""
        return any(finding.binding for finding in self.findings)


def check(data: bytes, profile: Profile, source: str, style: str | None = None) -> Checked:
    """Measure the bytes of a PDF against *profile*.

    ``style`` is one of :data:`~reports.render.document.STYLES`; without it the head of the first page tells.
    Raises :class:`~reports.errors.InputError`, naming *source*, for a file that is no readable PDF.
    """
    paper = Paper(read(data, source), profile, style)
    findings = sorted(_findings(paper), key=lambda finding: _order(finding.value.clause))
    turned = tuple(sheet.number for sheet in paper.sheets if not sheet.upright)
    small = tuple(sheet.number for sheet in paper.sheets if any(line.size < _FIVE for line in sheet.lines))
    white = tuple(map(paper.white, paper.sheets))
    return Checked(paper.style, len(paper.sheets), tuple(findings), white, turned, small)


def _order(clause: str) -> tuple[int, ...]:
    return tuple(map(int, clause.split("."))) if clause[0].isdigit() else (99,)


def _findings(paper: Paper) -> Iterator[Finding]:
    for table, key, looked, otherwise in looks(paper):
        value = paper.profile[table][key]
        yield _judge(f"{table}.{key}", value, list(looked), otherwise)


def _judge(place: str, value: Value, looked: Sequence[Met], otherwise: str) -> Finding:
    if not looked:
        return Finding(place, value, "无法判断", otherwise)
    judged = [(met, met.right if met.right is not None else _near(met.found, value)) for met in looked]
    wrong = [met for met, right in judged if not right]
    shown = wrong or [met for met, _ in judged]
    if isinstance(shown[0].found, str):
        measured = shown[0].found
    else:
        # The one that is farthest from what it should be.
        met = max(shown, key=lambda met: abs(float(met.found) - value.number))
        measured = f"{float(met.found):.4g}{value.unit}"
    pages = tuple(dict.fromkeys(met.page for met in wrong))
    return Finding(place, value, "不符合" if wrong else "符合", measured, pages)


def _near(found: float | str, value: Value) -> bool:
    assert not isinstance(found, str)
    return abs(found - value.number) <= (value.within or 0) + 1e-6
