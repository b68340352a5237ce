"""The code tables of the coded columns: their standard words, other ways to write them, and what a word then means.

Every word of such a column belongs to one of three sets: words that a count uses (those that the conditions of the
catalogue compare with), words known to count in nothing, and unknown ones. ``values.toml`` lists the standard words
of both known sets with their other spellings, some of which depend on the stage; stages and lines come from the
table of case types as well. A workspace adds words of its own (``[values]`` of its catalogue) and spellings
(``[source.values]``). What is in none of them is unknown: it must never quietly mean "no".

A condition with a value outside the table is not refused (a court may have words of its own) but warned about: a
blank within a word is the commonest mistake.
"""

from __future__ import annotations

import difflib
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlglot import exp

from reports.catalogue.columns import BY_ID
from reports.courts.case_types import case_types
from reports.errors import ConfigError

COLUMNS = ("procedure", "line", "outcome", "applied", "reversal_reason", "source")
"""Columns with a code table of their own, which a court may extend by ``[values]``."""
RESULTS = {"second_result": "二审", "retrial_result": "再审"}
"""Columns that tell the outcome of another case: its stage."""
FLAG = "flag"
YES, NO = "是", "否"
_SAYS = {"": YES, "已": YES, "已经": YES, "有": YES} | dict.fromkeys(
    ("未", "尚未", "未曾", "没", "没有", "无", "不"), NO
)


@cache
def _raw() -> Mapping[str, Any]:
    return MappingProxyType(tomllib.loads(Path(__file__).with_name("values.toml").read_text("utf-8")))


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    tables = {name: dict(_raw()[name]) for name in (*COLUMNS, FLAG)}
    for fact in case_types().values():
        for name, value in (("procedure", fact.stage), ("line", fact.line)):
            if value:
                tables[name].setdefault(value, [])
    return MappingProxyType({name: _forms(table) for name, table in tables.items()})


@cache
def _by_procedure() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Stage → column → plain form → standard word, where the stage decides."""
    return MappingProxyType(
        {
            stage: {column: {plain(form): word for form, word in _forms(table).items()} for column, table in of.items()}
            for stage, of in _raw()["by_procedure"].items()
        }
    )


def _forms(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Every form of the words of a table → the standard word; a standard word is never another's form."""
    others = {form: word for word, forms in table.items() for form in forms}
    return others | {word: word for word in table}


def plain(text: str) -> str:
    """A word without blanks, marks, width, case and a final 结案: 驳回上诉，维持原判 = 驳回上诉维持原判."""
    found = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c)[0] in "LNS").casefold()
    return found.removesuffix("结案") or found


def table_of(column: str) -> str | None:
    """The code table of a column, or ``None`` where it has none."""
    if column in COLUMNS:
        return column
    if column in RESULTS:
        return "outcome"
    return FLAG if column in BY_ID and BY_ID[column].kind == "flag" and not BY_ID[column].derived else None


CODED = tuple(name for name in BY_ID if table_of(name))
"""Columns whose words are looked up."""


@dataclass(frozen=True)
class Vocabulary:
    """What the words of the coded columns mean in one workspace.

    ``own`` are the spellings of ``[source.values]`` by column, ``words`` the standard words that the workspace has
    beside those of ``values.toml``, by column: those of its ``[values]`` and those that conditions compare with.
    """

    own: Mapping[str, Mapping[str, str]]
    words: Mapping[str, frozenset[str]]

    def read(self, column: str, text: str, procedure: str | None = None) -> str | None:
        """The standard word for a text of a column, in cases of one stage; ``None`` when it is unknown.

        An empty word, which only ``[source.values]`` can give, stands for an empty cell.
        """
        name = table_of(column)
        assert name is not None
        own = self.own.get(column, {})
        if text in own:
            return own[text]
        short = plain(text)
        for form, word in own.items():
            if plain(form) == short:
                return word
        tables = _tables()
        if text in self.words.get(name, ()) or tables[name].get(text) == text:
            return text
        special = _by_procedure().get(RESULTS.get(column) or procedure or "", {}).get(name, {})
        if short in special:
            return special[short]
        return self._forms(name).get(short) or (_stated(column, short) if name == FLAG else None)

    def _forms(self, name: str) -> Mapping[str, str]:
        words = self.words.get(name, frozenset())
        return _plain_forms(name) | {plain(word): word for word in words} if words else _plain_forms(name)

    def stages(self, column: str) -> tuple[str, ...]:
        """The stages in which some words of a column mean something else."""
        return tuple(s for s, of in _by_procedure().items() if column in of and column not in RESULTS)


def _stated(column: str, text: str) -> str | None:
    """Yes or no where a text names what the column asks: 未上诉 of 是否上诉."""
    head, asked, rest = text.partition(BY_ID[column].name.removeprefix("是否"))
    return _SAYS.get(head) if asked and not rest else None


@cache
def _plain_forms(name: str) -> dict[str, str]:
    return {plain(form): word for form, word in _tables()[name].items()}


STANDARD = Vocabulary({}, {})
"""What the words mean where a workspace says nothing of its own."""


def vocabulary(
    conditions: Iterable[exp.Expr], extra: Mapping[str, Sequence[str]], own: Mapping[str, Mapping[str, str]], where: str
) -> Vocabulary:
    """The vocabulary of a workspace: with what its conditions compare with, its ``[values]``, its ``[source.values]``.

    Raises :class:`ConfigError` for a spelling that stands for a word that is not known either, or that a condition
    compares with: ``where`` names the configuration file.
    """
    words: dict[str, set[str]] = {name: set(more) for name, more in extra.items()}
    for tree in conditions:
        for column, literal in compared(tree):
            if (name := table_of(column)) and name != FLAG:
                words.setdefault(name, set()).add(literal.name)
    found = Vocabulary(own, {name: frozenset(more) for name, more in words.items()})
    place = f"{where} [source.values]"
    for column, table in own.items():
        name = table_of(column)
        if name is None:
            names = "、".join(CODED)
            raise ConfigError(f"“{column}”不是有已知值的列。", where=place, advice=f"可用的列：{names}。")
        for form, word in table.items():
            known = {*_tables()[name].values(), *words.get(name, ()), form, ""}
            if word not in known:
                near = _suggest(name, word, [*words.get(name, ())])
                raise ConfigError(
                    f"“{form}”所指的“{word}”不是“{BY_ID[column].name}”的已知值。",
                    where=place,
                    advice=f"是否为“{near}”？" if near else "用表中的标准说法，或写成它自己（不计入任何分子的值）。",
                )
            if form != word and form in words.get(name, ()):
                raise ConfigError(
                    f"目录的条件里用了“{form}”，这里又把它改成“{word}”。",
                    where=place,
                    advice="请删去这一行，或把条件里的值改成标准说法。",
                )
    return found


def compared(tree: exp.Expr) -> list[tuple[str, exp.Literal]]:
    """The (column, literal) pairs that a condition compares."""
    found = []
    for node in tree.find_all(exp.EQ, exp.NEQ, exp.In):
        if isinstance(node.this, exp.Column):
            others = node.expressions if isinstance(node, exp.In) else [node.expression]
            found += [(node.this.name, one) for one in others if isinstance(one, exp.Literal)]
    return found


def standard(tree: exp.Expr, extra: Mapping[str, Sequence[str]]) -> exp.Expr:
    """A condition with the standard words in the place of other spellings, as the data will have them.

    A spelling that means different things at different stages becomes all of them.
    """
    for node in list(tree.find_all(exp.EQ, exp.NEQ, exp.In)):
        if not isinstance(node.this, exp.Column):
            continue
        name = table_of(node.this.name)
        if name in (None, FLAG):
            continue
        others = node.expressions if isinstance(node, exp.In) else [node.expression]
        if not all(isinstance(one, exp.Literal) for one in others):
            continue
        words = dict.fromkeys(word for one in others for word in _standard(node.this.name, one.name, extra))
        if list(words) == [one.name for one in others]:
            continue
        among = exp.In(this=node.this.copy(), expressions=[exp.Literal.string(word) for word in words])
        new = exp.Not(this=among) if isinstance(node, exp.NEQ) else among
        if node is tree:
            tree = new
        else:
            node.replace(exp.Paren(this=new))
    return tree


def _standard(column: str, text: str, extra: Mapping[str, Sequence[str]]) -> list[str]:
    name = table_of(column) or ""
    if text in extra.get(name, ()):
        return [text]
    stages = (None, *STANDARD.stages(column))
    return list(dict.fromkeys(w for s in stages if (w := STANDARD.read(column, text, s)))) or [text]


def known(column: str) -> tuple[str, ...]:
    """The values of a column's code table, without their other forms."""
    return tuple(dict.fromkeys(_tables()[column].values()))


def doubts(tree: exp.Expr, extra: Mapping[str, Sequence[str]]) -> list[str]:
    """What a condition compares a coded column with that its table does not have, each with a suggestion.

    ``extra`` are the court's own further values by column.
    """
    found = []
    for column, literal in compared(tree):
        name = table_of(column)
        if name in (None, FLAG) or literal.name in (*known(name or ""), *extra.get(name or "", ())):
            continue
        near = _suggest(name or "", literal.name, extra.get(name or "", ()))
        hint = f"，是否为“{near}”" if near else ""
        found.append(f"“{BY_ID[column].name}”的已知值中没有“{literal.name}”{hint}")
    return found


def suggest(column: str, text: str) -> str | None:
    """The standard word of a column that a text resembles most."""
    name = table_of(column)
    return _suggest(name, text, ()) if name else None


def _suggest(name: str, text: str, extra: Sequence[str]) -> str | None:
    forms = {**_tables()[name], **{value: value for value in extra}}
    short = "".join(text.split())
    if short in forms:
        return forms[short]
    if near := difflib.get_close_matches(short, forms, n=1, cutoff=0.5):
        return forms[near[0]]
    within = [form for form in forms if len(form) > 1 and form in short]
    return forms[max(within, key=len)] if within else None
