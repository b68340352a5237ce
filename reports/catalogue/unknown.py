"""What is undecided: cases that may or may not belong to a count, as a word, a date or a number was not understood.

A case table has, for every coded column in which unknown words were found, and for every date, number or amount that
could not be read, a companion column ``unknown_ID`` that is 1 in these rows. A condition is then followed twice, once
as if all that is unknown were right and once as if nothing were; cases between the two are undecided.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from sqlglot import exp

from reports.catalogue.columns import BY_ID
from reports.catalogue.definitions import Count, Stock

COMPANION = "unknown_"  # begins the name of the companion of a column
UNDECIDED = "undecided_"  # begins the name of a count of undecided cases in a tally
UNDATED = "_undated"  # ends the name of those whose own date is unknown: they may belong to any period since filing
UNREAD = "_unread"  # ends the name of the cases whose amount is unknown
READ = "_read"  # and of the cases whose amount was summed
BASED_ON: Mapping[str, tuple[str, ...]] = {
    "litigation": ("line",),
    "deadline": ("extended", "excluded_days", "applied"),
    "statutory_deadline": ("applied",),
}
"""Columns that are worked out from others, where the row does not give them; they have companions of their own."""
AFTERWARDS: Mapping[str, tuple[str, ...]] = {
    "became_final": ("applied", "served", "appealed", "appeal_date", "second_filed", "second_date", "second_result")
}
"""The same of columns that are added to a case table when they are asked for."""

_ATOMS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between, exp.Is)
_T = TypeVar("_T", Count, Stock)


def undecided(item: _T, unknown: Collection[str]) -> _T | None:
    """The count of cases that ``item`` may or may not hold, or ``None`` where nothing unknown can matter.

    Cases are counted; only sums of money are summed, to be held against the sum that they may belong to.
    """
    name = UNDECIDED + item.id
    where = _between(item.where, unknown)
    if isinstance(item, Stock):
        return None if where is None else replace(item, id=name, where=where)
    money = _of_money(item)
    if not money and (summed := _any_unknown(item.sum, unknown)):
        where = _either(where, _both(possible(item.where, unknown), summed))
    return None if where is None else replace(item, id=name, where=where, sum=item.sum if money else None, otherwise=())


def undated(count: Count, unknown: Collection[str]) -> Stock | None:
    """The cases whose own date ``count.by`` could not be read: from their filing on they may belong to any period."""
    if count.by not in unknown:
        return None
    where = _both(possible(count.where, unknown), _is_unknown(count.by))
    return Stock(UNDECIDED + count.id + UNDATED, count.name, "filed", count.by, False, 0, 0, where)


def unsummed(count: Count, unknown: Collection[str]) -> tuple[Count, ...]:
    """The cases of a sum of money whose amount could not be read, and those whose amount was summed.

    What cannot be read can be any amount; it is held to weigh as much as the others on average.
    """
    missing = _any_unknown(count.sum, unknown) if _of_money(count) else None
    if missing is None:
        return ()
    where = _both(possible(count.where, unknown), missing)
    plain = replace(count, sum=None, otherwise=())
    return (
        replace(plain, id=UNDECIDED + count.id + UNREAD, where=where),
        replace(plain, id=UNDECIDED + count.id + READ),
    )


def _of_money(count: Count) -> bool:
    return count.sum is not None and any(BY_ID[c.name].kind == "money" for c in count.sum.find_all(exp.Column))


def _between(where: exp.Expr | None, unknown: Collection[str]) -> exp.Expr | None:
    """Cases for which a condition can be true but need not be."""
    if where is None:
        return None
    high, low = _bound(where, unknown, most=True), _bound(where, unknown, most=False)
    return None if high == low else exp.And(this=exp.Paren(this=high), expression=_is_not_true(low))


def possible(where: exp.Expr | None, unknown: Collection[str]) -> exp.Expr | None:
    """The condition if everything unknown were right."""
    return None if where is None else _bound(where, unknown, most=True)


def _both(one: exp.Expr | None, other: exp.Expr) -> exp.Expr:
    return other if one is None else exp.And(this=exp.Paren(this=one), expression=exp.Paren(this=other))


def _either(one: exp.Expr | None, other: exp.Expr) -> exp.Expr:
    return other if one is None else exp.Or(this=exp.Paren(this=one), expression=exp.Paren(this=other))


def _any_unknown(node: exp.Expr | None, unknown: Collection[str]) -> exp.Expr | None:
    """That something a node reads is unknown; ``None`` where nothing can be."""
    told = [_is_unknown(name) for name in sorted(_names(node) & set(unknown))]
    return exp.or_(*told) if told else None


def _names(node: exp.Expr | None) -> set[str]:
    return set() if node is None else {column.name for column in node.find_all(exp.Column)}


def _bound(node: exp.Expr, unknown: Collection[str], *, most: bool) -> exp.Expr:
    """The condition if every unknown word were right (``most``), or if none were."""
    if isinstance(node, exp.Paren):
        return exp.Paren(this=_bound(node.this, unknown, most=most))
    if isinstance(node, exp.Not):
        return exp.Not(this=_bound(node.this, unknown, most=not most))
    if isinstance(node, exp.And | exp.Or):
        left, right = (_bound(side, unknown, most=most) for side in (node.this, node.expression))
        return type(node)(this=left, expression=right)
    if isinstance(node, exp.Is):  # an unknown word is there; of what could not be read nobody knows whether it is
        unknown = {name for name in unknown if BY_ID[name].kind not in ("text", "flag")}
    either = _any_unknown(node, unknown) if isinstance(node, _ATOMS) else None
    if either is None:
        return node.copy()
    if most:
        return exp.Paren(this=exp.Or(this=node.copy(), expression=either))
    return exp.Paren(this=exp.And(this=node.copy(), expression=exp.Not(this=exp.Paren(this=either))))


def _is_not_true(condition: exp.Expr) -> exp.Expr:
    """Where ``condition`` is false or, by an empty cell, neither true nor false: a plain ``NOT`` leaves those out."""
    told = exp.Case(ifs=[exp.If(this=condition, true=exp.Literal.number(1))], default=exp.Literal.number(0))
    return exp.EQ(this=told, expression=exp.Literal.number(0))


def _is_unknown(name: str) -> exp.Expr:
    column = exp.Column(this=exp.Identifier(this=COMPANION + name, quoted=True))
    return exp.EQ(this=column, expression=exp.Literal.number(1))
