"""Causes of action (案由) that come and go: by their part in the filings of each year, beyond chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

LEAST = 10  # cases by which a cause must have changed
EXPECTED = 5  # cases of a cause: of fewer its change says nothing of how causes scatter
BEYOND = 3.0  # standard errors: some dozens of causes are looked at
USUAL = 0.6745  # the median of the distance of a normal deviate from its mean


@dataclass(frozen=True)
class Cause:
    """A cause with its filings (件) of each year, the last year last."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Causes:
    """Causes whose filings of the last year are beyond those of the years before: more, fewer, new, gone."""

    years: tuple[int, ...] = ()
    grown: tuple[Cause, ...] = ()
    fallen: tuple[Cause, ...] = ()
    come: tuple[Cause, ...] = ()
    gone: tuple[Cause, ...] = ()


def changed(years: Sequence[int], counts: Mapping[str, Sequence[int]]) -> Causes:
    """The causes that changed beyond chance; ``counts`` are the filings of each year, of the same months.

    The last year is held against all years before together, by the part of all filings, so that a year with more cases
    makes no cause grow; the number of cases must have gone the same way. A cause counts where the difference is
    :data:`BEYOND` standard errors of a count and :data:`LEAST` cases of a year; the error is widened by how much causes
    usually scatter (the median over all of them: robust against those that did change). ``come`` had none in any year
    before, ``gone`` has none now. In the order of the difference, the largest first.
    """
    if len(years) < 2:
        return Causes(tuple(years))
    now = sum(each[-1] for each in counts.values())
    before = sum(sum(each[:-1]) for each in counts.values())
    if not (now and before):
        return Causes(tuple(years))
    scores = {}
    for name, each in counts.items():
        given = now * (sum(each)) / (now + before)  # of all its cases, the part of the last year
        scores[name] = (each[-1] - given) / math.sqrt(given * before / (now + before)) if given else 0.0
    usual = [abs(score) for name, score in scores.items() if sum(counts[name]) * now >= EXPECTED * (now + before)]
    scatter = max(1.0, median(usual) / USUAL) if usual else 1.0
    found: dict[str, list[tuple[float, Cause]]] = {"grown": [], "fallen": [], "come": [], "gone": []}
    for name, each in counts.items():
        mean = sum(each[:-1]) / (len(years) - 1)
        apart = each[-1] - mean
        if abs(apart) < LEAST or abs(scores[name]) < BEYOND * scatter or (apart > 0) != (scores[name] > 0):
            continue
        way = ("come" if not mean else "grown") if apart > 0 else ("gone" if not each[-1] else "fallen")
        found[way].append((-abs(apart), Cause(name, tuple(each))))
    ordered = {
        way: tuple(cause for _, cause in sorted(them, key=lambda pair: (pair[0], pair[1].name)))
        for way, them in found.items()
    }
    return Causes(tuple(years), **ordered)
