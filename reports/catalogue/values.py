"""The code tables of the text columns: values that are known, and other ways to write them.

``values.toml`` lists outcomes, procedures applied and reasons of reversals; stages and lines come from the table of
case types. A condition with a value outside the table is not refused (a court may have words of its own) but warned
about: a blank within a word is the commonest mistake.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sqlglot import exp

from reports.catalogue.columns import BY_ID
from reports.courts.case_types import case_types

COLUMNS = ("procedure", "line", "outcome", "applied", "reversal_reason")


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    raw = tomllib.loads(Path(__file__).with_name("values.toml").read_text("utf-8"))
    tables = {name: dict(raw[name]) for name in COLUMNS}
    for fact in case_types().values():
        for name, value in (("procedure", fact.stage), ("line", fact.line)):
            if value:
                tables[name].setdefault(value, [])
    return MappingProxyType(
        {
            name: {form: value for value, forms in table.items() for form in (value, *forms)}
            for name, table in tables.items()
        }
    )


def known(column: str) -> tuple[str, ...]:
    """The values of a column's code table, without their other forms."""
    return tuple(dict.fromkeys(_tables()[column].values()))


def doubts(tree: exp.Expr, extra: Mapping[str, Sequence[str]]) -> list[str]:
    """What a condition compares a coded column with that its table does not have, each with a suggestion.

    ``extra`` are the court's own further values by column.
    """
    found = []
    for node in tree.find_all(exp.EQ, exp.NEQ, exp.In):
        if not isinstance(node.this, exp.Column) or node.this.name not in COLUMNS:
            continue
        column = node.this.name
        others = node.expressions if isinstance(node, exp.In) else [node.expression]
        for literal in others:
            if not isinstance(literal, exp.Literal) or literal.name in (*known(column), *extra.get(column, ())):
                continue
            near = _suggest(column, literal.name, extra.get(column, ()))
            hint = f"，是否为“{near}”" if near else ""
            found.append(f"“{BY_ID[column].name}”的已知值中没有“{literal.name}”{hint}")
    return found


def _suggest(column: str, text: str, extra: Sequence[str]) -> str | None:
    forms = {**_tables()[column], **{value: value for value in extra}}
    plain = "".join(text.split())
    if plain in forms:
        return forms[plain]
    near = difflib.get_close_matches(plain, forms, n=1, cutoff=0.5)
    return forms[near[0]] if near else None
