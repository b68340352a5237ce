"""Which findings of one unit are one event: those behind which, for the greater part, the same cases stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, groupby

from sqlglot import exp

from reports.catalogue import Catalogue
from reports.courts.periods import Period
from reports.errors import ConfigError
from reports.model import CaseTable, Flag
from reports.tally.cases import numbers_behind

SHARED = 2  # one in so many of the smaller list makes two findings one event
_GRAVE = ("red", "amber")  # a hint is told by itself: what chance may have done is no part of an event


def events(table: CaseTable, catalogue: Catalogue, period: Period, flags: Sequence[Flag]) -> Mapping[str, str]:
    """Flag key → the key of the leading flag of its event, for red and amber flags that are not alone.

    The lists are those of :func:`reports.tally.cases.short_list`, of a mean the cases above it. They are compared where
    the cases are, unit by unit, and only their sizes are read. The leading flag is the gravest, then the surest.
    """
    found: dict[str, str] = {}
    for mine in several(flags) if table.columns else ():
        for together in _together(_sizes(table, catalogue, period, mine), len(mine)):
            leading = min(
                (mine[place] for place in together), key=lambda flag: (_GRAVE.index(flag.severity), _chance(flag))
            )
            found |= {mine[place].key: leading.key for place in together}
    return found


def several(flags: Sequence[Flag]) -> list[list[Flag]]:
    """The red and amber flags of each unit that has more than one, in code order: only these can be one event."""
    grave = sorted((flag for flag in flags if flag.severity in _GRAVE), key=_unit)
    units = [list(mine) for _, mine in groupby(grave, key=_unit)]
    return [mine for mine in units if len(mine) > 1]


def _unit(flag: Flag) -> tuple[str, str]:
    return flag.court, flag.line


def _chance(flag: Flag) -> float:
    return 1.0 if flag.p is None else flag.p


def _sizes(table: CaseTable, catalogue: Catalogue, period: Period, flags: Sequence[Flag]) -> list[tuple[int, int]]:
    """(which lists, as the sum of 2 to the power of their places, and how many cases stand in just these)."""
    lists: list[exp.Expr] = []
    for place, flag in enumerate(flags):
        try:
            numbers = numbers_behind(table, catalogue, period, flag)
        except ConfigError:  # an indicator table's own, or its columns are missing: nothing to compare
            continue
        lists.append(numbers.select(exp.alias_(exp.Literal.number(2**place), "which", quoted=True)))
    if len(lists) < 2:
        return []
    union = lists[0]
    for one in lists[1:]:
        union = exp.union(union, one, distinct=False)
    which, number = (exp.Column(this=exp.Identifier(this=name, quoted=True)) for name in ("which", "case_no"))
    each = exp.select(exp.alias_(exp.Sum(this=which), "held", quoted=True))
    each = each.from_(exp.Subquery(this=union, alias=exp.TableAlias(this=exp.to_identifier("lists"))))
    held = exp.Column(this=exp.Identifier(this="held", quoted=True))
    query = exp.select(held, exp.Count(this=exp.Star()))
    query = query.from_(
        exp.Subquery(this=each.group_by(number), alias=exp.TableAlias(this=exp.to_identifier("cases")))
    ).group_by(held.copy())
    return [(int(held), int(cases)) for held, cases in table.rows(query.sql(dialect=table.dialect))]


def _together(sizes: Sequence[tuple[int, int]], many: int) -> list[list[int]]:
    """The places that belong together, two or more each: any two lists that share half of the smaller are joined."""
    size = [sum(cases for held, cases in sizes if held >> place & 1) for place in range(many)]
    group = list(range(many))
    for one, other in combinations(range(many), 2):
        both = sum(cases for held, cases in sizes if held >> one & 1 and held >> other & 1)
        if both and both * SHARED >= min(size[one], size[other]):
            group = [group[one] if known == group[other] else known for known in group]
    places = [[place for place in range(many) if group[place] == known] for known in dict.fromkeys(group)]
    return [one for one in places if len(one) > 1]
