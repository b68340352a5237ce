"""What one run is asked to do: workspace, period, day, catalogue and rules."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

from reports import catalogue as catalogues
from reports.catalogue import Catalogue, themes
from reports.catalogue import kinds as bulletin_kinds
from reports.catalogue import quality as quality_rules
from reports.catalogue.kinds import SPRING, Kind
from reports.catalogue.loader import CONTEXT
from reports.catalogue.quality import QualityRule
from reports.catalogue.themes import Theme
from reports.catalogue.values import Vocabulary, vocabulary
from reports.courts.periods import Period, chinese_date, latest_complete, parse_period
from reports.courts.tree import CourtTree
from reports.courts.units import Depth
from reports.errors import ConfigError
from reports.measures import Action, Question, load_questions
from reports.measures import load as load_measures
from reports.model import OWN
from reports.pipeline import cache
from reports.templates import Compiled
from reports.workspace import Workspace

T = TypeVar("T")


Progress = Callable[[str], None]


class Steps(Protocol):
    """What is told of each of many like steps: what is done, how many of how many, and the last one's name."""

    def __call__(self, what: str, done: int, total: int, name: str) -> None:
        """One more is done."""


@dataclass(frozen=True)
class Job:
    """What one run is asked to do."""

    workspace: Workspace
    period: Period
    today: date  # the real day: no case can be dated after it
    as_of: date  # the day as which the run is dated
    progress: Progress = field(default=lambda _: None)
    steps: Steps = field(default=lambda what, done, total, name: None)
    theme: Theme | None = None  # a special analysis of some cases and indicators
    left_out: tuple[str, ...] = ()  # courts of ``--without``
    below: Depth | None = None  # of ``--below``: down to which units cases are counted
    of: str | None = None  # of ``--of``: only of this court (with 本级 its own cases alone) and those below it
    court: str | None = None  # of ``--court``: whom is asked about; a department or team is counted without ``below``
    asked: Catalogue | None = None  # what is counted instead of the edition in force
    columns: frozenset[str] = frozenset()  # what is read beside what is counted by
    keep: bool = True  # results between runs (:mod:`reports.pipeline.cache`)

    def on_theme(self, name: str) -> Job:
        """The same for a special analysis; raises :class:`ConfigError` for a theme that there is not."""
        known = themes.load(self.workspace.folder, self.whole_catalogue.indicators)
        return replace(self, theme=themes.choose(known, name))

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of bulletins by id, the court's own too."""
        return kinds_of(self.workspace)

    @property
    def without(self) -> tuple[str, ...]:
        """The courts (codes or names) that no number is to hold: those asked for, and those of ``[source] without``."""
        return tuple(dict.fromkeys((*self.left_out, *self.workspace.config.source.without)))

    @property
    def depth(self) -> Depth | None:
        """Down to which units cases are counted; ``None`` where nobody said so."""
        return self.below or self.workspace.config.court.below

    @property
    def base_period(self) -> Period:
        """The single period that counts are kept by: it divides the period asked for."""
        return self.period.single

    @cached_property
    def catalogue(self) -> Catalogue:
        """The edition in force, with the court's own entries and intervals; or what is asked for instead."""
        if self.asked:
            return self.asked
        if self.theme:
            every = self.whole_catalogue
            return replace(every, indicators=self.theme.of(every), context=CONTEXT)
        return self._load(self.workspace.config.catalogue.edition)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the words of coded columns mean; raises :class:`ConfigError` for what ``[source.values]`` cannot say."""
        every = self.whole_catalogue
        themed = self.theme.conditions if self.theme else ()
        own = self.workspace.config.source.values
        return vocabulary((*every.conditions, *themed), every.values, own, str(self.workspace.config_path))

    @property
    def whole_catalogue(self) -> Catalogue:
        """Every indicator that is defined, the court's own too."""
        return self._load(catalogues.EVERYTHING)

    def _load(self, edition: str) -> Catalogue:
        return catalogues.load(
            edition,
            folder=self.workspace.folder / "catalogue",
            intervals=self.workspace.intervals,
            options=self.workspace.config.catalogue.options,
        )

    @cached_property
    def measures(self) -> tuple[Action, ...]:
        """The measures that a circular may ask for, the court's own first."""
        return load_measures(self.workspace.folder, self.whole_catalogue.indicators)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The questions that may be asked at the meeting, the court's own first."""
        return load_questions(self.workspace.folder, self.whole_catalogue.indicators)

    @cached_property
    def rules(self) -> Mapping[str, QualityRule]:
        """The data-quality rules in force; raises :class:`ConfigError` also for a gate on a rule that is none."""
        rules = quality_rules.load(self.workspace.folder)
        table, where = self.workspace.config.quality, f"{self.workspace.config_path} [quality]"
        for name in (*table.refuse, *table.limits):
            if name not in rules:
                near = difflib.get_close_matches(name, rules, n=1)
                hint = f"是否为“{near[0]}”？" if near else "用 tongbao check --rules 查看全部规则。"
                raise ConfigError(f"没有数据质量规则“{name}”。", where=where, advice=hint)
        if extra := sorted(set(table.limits) - set(table.refuse)):
            raise ConfigError(
                f"limits 中的规则“{extra[0]}”不在 refuse 中。", where=where, advice="把它加入 refuse，或删去这一限度。"
            )
        return rules


def choose_period(workspace: Workspace, text: str | None, as_of: date, kinds: Sequence[Kind] = ()) -> Period:
    """The period asked for, or the latest complete one as of a day; January and February are one month.

    The latest is a month or a quarter as the workspace says, or the year so far up to its end, but what ``kinds`` of
    bulletins take where none of them takes that. Raises :class:`ConfigError` for a period that is not over.
    """
    table = workspace.config.period
    if text:
        period = parse_period(text, cutoff_day=table.cutoff_day, until=as_of)
        if period.end > as_of:
            over = period
            while over.end > as_of:
                over = over.year_before
            raise ConfigError(
                f"{period.label}到{chinese_date(period.end)}才结束，现在（{chinese_date(as_of)}）还不能统计。",
                advice=f"请核对 --period；已经结束的，如 {over.key}。",
            )
        return period
    usual, *found = [latest(months, as_of, table.cutoff_day) for months in (table.months, 1, 3, 6, 12)]
    found.insert(0, usual.cumulated if table.cumulative else usual)
    return next((one for one in found if not kinds or any(kind.takes(one) for kind in kinds)), found[0])


def latest(months: int, day: date, cutoff_day: int) -> Period:
    """The latest period of so many months that was over on a day; January and February are one month."""
    found = latest_complete(day, months=months, cutoff_day=cutoff_day)
    if found.months == 1 and found.last <= SPRING:  # the Spring Festival moves between January and February
        return Period(found.year, 1, SPRING, found.cutoff_day) if found.last == SPRING else _december(found)
    return found


def _december(january: Period) -> Period:
    return Period(january.year - 1, 12, 12, january.cutoff_day)


Compiled.store = cache.Templates()
PACKAGE_TEMPLATES = Path(__file__).parents[1] / "_templates"


CHECKOUT_TEMPLATES = Path(__file__).parents[2] / "templates"


TEMPLATES = PACKAGE_TEMPLATES if PACKAGE_TEMPLATES.is_dir() else CHECKOUT_TEMPLATES


def template_folders(workspace: Workspace) -> list[Path]:
    """Where templates are looked for: the court's own first."""
    return [workspace.folder / "templates", TEMPLATES]


def kinds_of(workspace: Workspace) -> dict[str, Kind]:
    """The kinds of bulletins by id, the court's own too; raises :class:`ConfigError` for mistakes in ``kinds.toml``."""
    return bulletin_kinds.load(workspace.folder, template_folders(workspace))


def own_court(tree: CourtTree, text: str) -> str:
    """A court's code from its code or name, with 本级 where only its own cases are meant."""
    return tree.find(text.removesuffix(OWN)).code + (OWN if text.endswith(OWN) else "")


def region_of(workspace: Workspace, tree: CourtTree, issuer: str) -> str:
    """全省, 全市 and so on, before 法院; empty where the issuer is a single court."""
    region = workspace.config.letterhead.region or tree.region(issuer)
    return "" if region == "本院" else region


def find_issuer(workspace: Workspace, tree: CourtTree) -> str:
    """The court that issues the bulletin: ``[court] code``, or the only root of the tree."""
    if workspace.config.court.code:
        return tree.find(workspace.config.court.code).code
    if len(tree.roots) == 1:
        return tree.roots[0].code
    raise ConfigError(
        f"法院表中有 {len(tree.roots)} 个没有上级的法院，无法确定由哪个法院发文。",
        where=f"{workspace.config_path} [court] code",
        advice="请填写发文法院的代码或名称。",
    )
