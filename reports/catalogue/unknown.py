"""What unknown words leave undecided: cases that may or may not belong to a count, because a word was not understood.

A case table has, for every coded column in which unknown words were found, a companion column ``unknown_ID`` that is 1
where the word is unknown. A condition is then followed twice, once as if every unknown word were the right one and once
as if none were; cases between the two are undecided.
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
BASED_ON: Mapping[str, str] = {"litigation": "line", "deadline": "extended"}
"""Columns that are worked out from a coded one, where the row does not give them; they have companions of their own."""

_ATOMS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between)
_T = TypeVar("_T", Count, Stock)


def undecided(item: _T, unknown: Collection[str]) -> _T | None:
    """The count of cases that ``item`` may or may not hold, or ``None`` where no unknown word can matter.

    Cases are counted; only sums of money are summed, to be held against the sum that they may belong to.
    """
    if item.where is None:
        return None
    high, low = _bound(item.where, unknown, most=True), _bound(item.where, unknown, most=False)
    if high == low:
        return None
    where = exp.And(this=exp.Paren(this=high), expression=_is_not_true(low))
    name = UNDECIDED + item.id
    if isinstance(item, Stock):
        return replace(item, id=name, where=where)
    money = item.sum is not None and any(BY_ID[c.name].kind == "money" for c in item.sum.find_all(exp.Column))
    return replace(item, id=name, where=where, sum=item.sum if money else None, otherwise=())


def _bound(node: exp.Expr, unknown: Collection[str], *, most: bool) -> exp.Expr:
    """The condition if every unknown word were right (``most``), or if none were."""
    if isinstance(node, exp.Paren):
        return exp.Paren(this=_bound(node.this, unknown, most=most))
    if isinstance(node, exp.Not):
        return exp.Not(this=_bound(node.this, unknown, most=not most))
    if isinstance(node, exp.And | exp.Or):
        left, right = (_bound(side, unknown, most=most) for side in (node.this, node.expression))
        return type(node)(this=left, expression=right)
    mine = sorted({column.name for column in node.find_all(exp.Column)} & set(unknown))
    if not isinstance(node, _ATOMS) or not mine:
        return node.copy()
    told = [_is_unknown(name) for name in mine]
    either = told[0]
    for one in told[1:]:
        either = exp.Or(this=either, expression=one)
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
