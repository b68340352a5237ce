"""The life of a flag over the periods: 新发 → 持续 → 缓解 → 解除, and 复发. Pure: the caller keeps the states."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from reports.courts.periods import parse_period
from reports.flag.policy import Policy, load
from reports.model import Flag, Key, State

NEW, ONGOING, EASING, CLOSED, AGAIN = "新发", "持续", "缓解", "解除", "复发"
ACTIVE = (NEW, ONGOING, EASING, AGAIN)
OPENING = ("red", "amber")  # what starts a life; a hint only keeps one going
_OTHER = {"up": "down", "down": "up"}


def inherited(states: Mapping[Key, State], heir: Callable[[str], str]) -> dict[Key, State]:
    """The states with those of courts and units that are others today (``heir`` of their code) as the successors'.

    Where several were found for the same, what goes on stands before what is closed, then what has gone on longest.
    """
    found: dict[Key, State] = {}
    for (court, *rest), state in states.items():
        key: Key = (heir(court), *rest)  # type: ignore[assignment]
        found[key] = min(found.get(key, state), state, key=_longest)
    return found


def _longest(state: State) -> tuple[bool, int, date]:
    return state.name == CLOSED, state.quiet, parse_period(state.since).end


def advance(
    previous: Mapping[Key, State],
    flags: Sequence[Flag],
    period: str,
    tested: Collection[tuple[str, str]],
    policy: Policy | None = None,
) -> dict[Key, State]:
    """The states after ``period``, from those before it (not from a run of the same period) and its flags.

    ``tested`` are the (court, indicator) that were judged: an untested or doubtful cell stays as it is. A flag that
    is found again is 持续, after 解除 it is 复发; found no more it is 缓解, and 解除 after two such periods or at once
    when R2 finds the opposite direction. Only red and amber flags (whatever the direction is worth) begin a life.
    """
    policy = policy or load()
    found = {
        (flag.court, flag.indicator, rule, flag.direction): flag
        for flag in flags
        if flag.strength is not None
        for rule in flag.rules
    }
    states = dict(previous)
    for key, flag in found.items():
        old = previous.get(key)
        if old is None or old.name == CLOSED:
            if flag.strength in OPENING:
                states[key] = State(NEW if old is None else AGAIN, period, period)
        else:
            states[key] = State(ONGOING, old.since, period)
    for key, old in previous.items():
        court, indicator, _, direction = key
        if key in found or old.name not in ACTIVE or (court, indicator) not in tested:
            continue
        opposite = found.get((court, indicator, "R2", _OTHER.get(direction, "")))
        quiet = old.quiet + 1
        closed = quiet >= policy.quiet or (opposite is not None and opposite.strength in OPENING)
        states[key] = replace(old, name=CLOSED if closed else EASING, quiet=quiet)
    return states


def stated(flag: Flag, states: Mapping[Key, State]) -> Flag:
    """A flag with its state: 持续 if any of its rules goes on, else 复发 if any came back, else 新发."""
    mine = {
        state.name
        for rule in flag.rules
        if (state := states.get((flag.court, flag.indicator, rule, flag.direction))) is not None
    }
    return replace(flag, state=next((name for name in (ONGOING, AGAIN) if name in mine), NEW))
