"""Hand over what is due: way by way, letter by letter, each step written down before the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from reports.delivery.outbox import FAILED, HANDING, SENT, UNCLEAR, Letter, Outbox, stamp
from reports.delivery.ways import Down, Hand, Later, Refused, Unclear, Way
from reports.errors import ConfigError

Clock = Callable[[], datetime]


def post(
    box: Outbox,
    ways: Mapping[str, Way],
    clock: Clock,
    who: str,
    tell: Callable[[str], None],
    chosen: Callable[[Letter], bool] = lambda _: True,
) -> dict[str, Down]:
    """Try every letter that is due (and chosen) once, by its way; returns why ways (by name) did not work as a whole.

    Only one process may do so at a time. What one letter meets holds no other back; where the way itself is down, all
    its letters wait.
    """
    down: dict[str, Down] = {}
    for name, way in ways.items():
        left = [one for one in box.due(name, stamp(clock())) if chosen(one)]
        if not left:
            continue
        with way.open() as hand:
            for place, letter in enumerate(left):
                tell(f"发送 {letter.name}：{letter.subject}")
                if why := _one(box, hand, letter, clock, who):
                    down[name] = why
                    box.later(left[place:], why.what, at=clock(), who=who, fault=False)
                    break
    return down


def _one(box: Outbox, hand: Hand, letter: Letter, clock: Clock, who: str) -> Down | None:
    def now() -> str:
        return stamp(clock())

    try:
        handed = box.handed(letter)
    except ConfigError as error:
        box.set([letter], FAILED, error.what, at=now(), who=who)
        return None
    try:
        told = hand(handed, lambda: box.set([letter], HANDING, "", at=now(), who=who), clock())
    except Refused as error:
        box.set([letter], FAILED, str(error), at=now(), who=who)
    except Later as error:
        box.later([letter], str(error), at=clock(), who=who)
    except Unclear as error:
        box.set([letter], UNCLEAR, str(error), at=now(), who=who)
    except Down as error:
        return error
    except ConfigError as error:  # as a password that nobody has set
        return Down(error.what.rstrip("。"), error.advice or "")
    else:
        box.set([letter], SENT, told, at=now(), who=who)
    return None
