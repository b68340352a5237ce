"""范围: the courts and indicators to which a bulletin or a table is narrowed, as asked.

What is narrowed is what is told: totals stay those of the whole jurisdiction, so that every number is the one that
every other document has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.catalogue import Catalogue
from reports.courts.tree import CourtTree
from reports.errors import ConfigError
from reports.model import OWN
from reports.pipeline.job import own_court


@dataclass(frozen=True)
class Extent:
    """``chosen`` are the courts as asked, in the order of the tree, ``courts`` their codes with all below them
    (本级 too), ``indicators`` identifiers in the order of the catalogue; empty where nothing was asked.
    """

    chosen: tuple[str, ...] = ()
    courts: frozenset[str] = frozenset()
    indicators: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.chosen or self.indicators)

    def has_court(self, code: str) -> bool:
        """Whether a court or unit is within."""
        return not self.chosen or code in self.courts

    def has_indicator(self, name: str) -> bool:
        """Whether an indicator is within."""
        return not self.indicators or name in self.indicators

    def holds(self, court: str, indicator: str) -> bool:
        """Whether both are within."""
        return self.has_court(court) and self.has_indicator(indicator)

    def names(self, tree: CourtTree, catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
        """What it is narrowed to, by name: ``courts`` and ``indicators``."""
        return {
            "courts": tuple(
                tree.short_name(code.removesuffix(OWN)) + OWN if code.endswith(OWN) else tree.jurisdiction(code)
                for code in self.chosen
            ),
            "indicators": tuple(catalogue.indicators[name].name for name in self.indicators),
        }


ALL = Extent()


def extent(
    tree: CourtTree, catalogue: Catalogue, courts: Sequence[str] | None, indicators: Sequence[str] | None
) -> Extent:
    """What is asked for by codes or names; raises :class:`ConfigError` for one that there is not, or for none."""
    for option, given in (("--courts", courts), ("--indicators", indicators)):
        if given is not None and not given:
            raise ConfigError(f"{option} 没有写内容。", advice="写代码或名称，逗号分隔；不限的，去掉这一项。")
    wanted = {_found(tree, text) for text in courts or ()}
    places = {court.code: place for place, court in enumerate((*tree.courts, *tree.units))}
    chosen = sorted(wanted, key=lambda code: (places[code.removesuffix(OWN)], code))
    inside: set[str] = set()
    for code in chosen:
        own = code.removesuffix(OWN)
        inside |= {code, *tree.within(own)[1:]}
        if own == code:
            below = (own, *(court.code for court in tree.descendants(own)))
            inside |= {unit for one in below for unit in (one + OWN, *tree.within(one))}
    told = {catalogue.indicator(text).id for text in indicators or ()}
    return Extent(tuple(chosen), frozenset(inside), tuple(name for name in catalogue.indicators if name in told))


def _found(tree: CourtTree, text: str) -> str:
    """The code of a court or unit; where no cases are divided, what is said of an unknown name says how they are."""
    try:
        return own_court(tree, text)
    except ConfigError as error:
        if tree.units:
            raise
        more = "列部门、团队的，另加 --below department 或 --below team。"
        raise ConfigError(error.what, where=error.where, advice=f"{error.advice or ''}{more}") from None
