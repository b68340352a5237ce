"""What is known of each reversed or remanded case, and which of them are recommended for review."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from reports.catalogue.review import ReviewRule
from reports.courts import case_no
from reports.courts.case_no import identity
from reports.courts.periods import Period, months_before
from reports.courts.tree import CourtTree
from reports.model import ReversedCase

SECOND, RETRIAL = "二审", "再审"
REVISED, REMANDED = "改判", "发回重审"
JUDGED = ("一审", "二审", "再审")  # procedures that end with a judgment; 再审审查 is a step on the way to one
COUNTS = ("first_revised", "first_remanded", "retrial_revised", "retrial_remanded")
INDICATORS = (
    "first_reversal_rate", "first_revised_rate", "first_remanded_rate", "appeal_reversal_rate",
    "revise_remand_ratio", "retrial_revise_remand_ratio", "retrial_order_rate",
)  # fmt: skip
"""Indicators of the catalogue whose counts the analysis tells; the cases are those of their numerators."""
NEW_EVIDENCE = "新证据"  # what the first court could not know: not counted when cases of one cause are looked for

Row = Mapping[str, Any]  # canonical column → value


def cases(
    decided: Mapping[str, Sequence[Row]], tree: CourtTree, way: Mapping[str, Row] | None = None,
    earlier: Iterable[Row] = (), *, judges: bool = False,
) -> tuple[ReversedCase, ...]:  # fmt: skip
    """One entry for each row of the counts of :data:`COUNTS`, second instances first, by court and number.

    ``way`` are the cases below by number in one spelling, and those below them; without it only what the row itself
    says is told. ``earlier`` are second instances that sent a case back, whenever.
    """
    found = []
    for count, rows in decided.items():
        stage = SECOND if count.startswith("first") else RETRIAL
        result = REVISED if count.endswith("revised") else REMANDED
        found += [_case(row, stage, result, tree, way, tuple(earlier), judges) for row in rows]
    places = {court.code: place for place, court in enumerate(tree.courts)}

    def order(one: ReversedCase) -> tuple[bool, int, str, str]:
        return (one.stage == RETRIAL, places.get(one.court, len(places)), _padded(one.origin), _padded(one.number))

    return tuple(sorted(found, key=order))


def _padded(number: str) -> str:
    """A case number whose text sorts as its figures do: 9号 before 10号."""
    return re.sub("[0-9]+", lambda figures: figures[0].zfill(9), number)


def _case(
    row: Row, stage: str, result: str, tree: CourtTree, way: Mapping[str, Row] | None, earlier: Sequence[Row],
    judges: bool,
) -> ReversedCase:  # fmt: skip
    told: dict[str, Any] = {
        "stage": stage,
        "result": result,
        "line": row.get("line") or "",
        "cause": row.get("cause") or "",
        "reason": row.get("reversal_reason") or "",
    }
    if stage == SECOND and "second_date" in row:  # counted on the first instance: the case above is not in the data
        return ReversedCase(
            number="",
            by="",
            concluded=row["second_date"],
            origin=row["case_no"],
            court=row["court"],
            courts=(row["court"],),
            begun=row.get("filed"),
            judge=_judge(row, judges),
            **told,
        )
    below = list(_below(row, way or {}))
    judgment = next((one for one in below if one["procedure"] in JUDGED), None)
    number = judgment["case_no"] if judgment else row.get("origin_case_no") or ""
    court = judgment["court"] if judgment else ""
    if judgment is None and number:  # a number alone still names its court, unless it is that of a mere review
        read = case_no.parse(number)
        named = tree.successor(read.court)
        known = read.stage in JUDGED and named in tree.by_code
        number, court = (number, named or "") if known else ("", "")
    if stage == SECOND:
        court = row.get("origin_court") or court
    ways = [court, *(one["court"] for one in below if one["procedure"] in JUDGED)]
    firsts = [one for one in below if one["procedure"] == "一审"]
    upheld = stage == RETRIAL and judgment and judgment["procedure"] == SECOND and judgment["outcome"] == "维持"
    return ReversedCase(
        number=row["case_no"],
        by=row["court"],
        concluded=row["concluded"],
        origin=number,
        court=court,
        courts=tuple(dict.fromkeys(one for one in ways if one)),
        remands=_remands(row, below, earlier) if stage == SECOND and result == REMANDED else (),
        upheld=judgment["case_no"] if upheld and judgment else "",
        begun=firsts[-1]["filed"] if firsts else None,
        judge=_judge(judgment, judges),
        **told,
    )


def _judge(row: Row | None, judges: bool) -> str:
    return str(row.get("judge") or "") if judges and row else ""


def _below(row: Row, way: Mapping[str, Row]) -> Iterator[Row]:
    """The cases that a case came from, the nearest first; a circle of wrong numbers ends it."""
    seen = {identity(row["case_no"])}
    while number := identity(row.get("origin_case_no") or ""):
        if number in seen or number not in way:
            return
        seen.add(number)
        row = way[number]
        yield row


def _remands(row: Row, below: Sequence[Row], earlier: Sequence[Row]) -> tuple[tuple[str, date], ...]:
    """When the case of a remand was sent back at second instance: each time after the time before had ended.

    Two appeals against one judgment are sent back together: that is once.
    """
    mine = {identity(row.get("origin_case_no") or ""), *(identity(one["case_no"]) for one in below)}
    others = [one for one in below if one["procedure"] == SECOND and one["outcome"] == REMANDED]
    others += [one for one in earlier if identity(one["origin_case_no"]) in mine]
    times = {identity(one["case_no"]): one for one in (*others, row) if one["concluded"]}
    found: list[tuple[str, date]] = []
    for one in sorted(times.values(), key=lambda one: (one["concluded"], one["case_no"])):
        if one["concluded"] > row["concluded"]:
            break
        if not found or (one["filed"] or one["concluded"]) > found[-1][1]:
            found.append((one["case_no"], one["concluded"]))
    again = len(found) > 1 and identity(found[-1][0]) == identity(row["case_no"])
    return tuple(found) if again else ()


def recommended(
    found: Sequence[ReversedCase], base: Sequence[ReversedCase] | None, rules: Mapping[str, ReviewRule], period: Period
) -> dict[int, tuple[str, ...]]:
    """Place of a case → the rules that recommend it for review; ``base`` are the cases of a year before."""
    now, before = _clusters(found), _clusters(base or ())
    picked: dict[int, tuple[str, ...]] = {}
    for place, one in enumerate(found):
        cluster = (one.court, one.cause)
        met = {
            "repeated": bool(one.remands),
            "upheld": bool(one.upheld),
            "retrial": one.stage == RETRIAL and not one.upheld,
            "long": one.stage == SECOND
            and one.result == REMANDED
            and one.begun is not None
            and "long" in rules
            and one.begun < months_before(period.end, rules["long"].limits["months"]),
            "cluster": _clustered(one)
            and "cluster" in rules
            and base is not None
            and now[cluster] >= rules["cluster"].limits["least"]
            and now[cluster] >= before[cluster] * rules["cluster"].limits["times"],
        }
        if names := tuple(name for name in rules if met[name]):
            picked[place] = names
    return picked


def _clustered(one: ReversedCase) -> bool:
    return one.stage == SECOND and bool(one.cause) and bool(one.court) and NEW_EVIDENCE not in one.reason


def _clusters(found: Iterable[ReversedCase]) -> Counter[tuple[str, str]]:
    return Counter((one.court, one.cause) for one in found if _clustered(one))


def of_courts(found: Sequence[ReversedCase] | None, mine: set[str]) -> tuple[ReversedCase, ...] | None:
    """The cases in which a judgment of some courts was reversed or sent back."""
    return None if found is None else tuple(one for one in found if mine & set(one.courts))
