"""What one run is asked to do: workspace, period, day, catalogue and rules."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

from reports import catalogue as catalogues
from reports.catalogue import Catalogue, themes
from reports.catalogue import quality as quality_rules
from reports.catalogue.loader import CONTEXT
from reports.catalogue.quality import Rule
from reports.catalogue.themes import Theme
from reports.compose import REGIONS
from reports.courts.periods import Period, chinese_date, latest_complete, parse_period
from reports.courts.tree import CourtTree
from reports.errors import ConfigError
from reports.workspace import Workspace

T = TypeVar("T")


Progress = Callable[[str], None]


class Steps(Protocol):
    """What is told of each of many like steps: what is done, how many of how many, and the last one's name."""

    def __call__(self, what: str, done: int, total: int, name: str) -> None:
        """One more is done."""


SPRING = 2  # February


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
    keep: bool = True  # results between runs (:mod:`reports.store`)

    def on_theme(self, name: str) -> Job:
        """The same for a special analysis; raises :class:`ConfigError` for a theme that there is not."""
        known = themes.load(self.workspace.folder, self.whole_catalogue.indicators)
        return replace(self, theme=themes.choose(known, name))

    @property
    def base_period(self) -> Period:
        """The single period that counts are kept by: it divides the period asked for."""
        months = 3 if self.period.months % 3 == 0 and self.period.first % 3 == 1 else 1
        last = self.period.last
        return Period(self.period.year, last - months + 1, last, self.period.cutoff_day)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The edition in force, with the court's own entries and intervals."""
        if self.theme:
            every = self.whole_catalogue
            return replace(every, indicators=self.theme.of(every), context=CONTEXT)
        return self._load(self.workspace.config.catalogue.edition)

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
    def rules(self) -> Mapping[str, Rule]:
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


def choose_period(workspace: Workspace, text: str | None, as_of: date, *, monthly: bool = False) -> Period:
    """The period asked for, or the latest complete one (a month) as of a day; January and February are one month."""
    table = workspace.config.period
    if text:
        period = parse_period(text, cutoff_day=table.cutoff_day)
        if period.end > as_of:
            raise ConfigError(
                f"{period.label}到{chinese_date(period.end)}才结束，现在（{chinese_date(as_of)}）还不能统计。",
                advice="请核对 --period。",
            )
        return period
    latest = latest_complete(as_of, months=1 if monthly else table.months, cutoff_day=table.cutoff_day)
    if latest.months == 1 and latest.last <= SPRING:  # the Spring Festival moves between January and February
        return Period(latest.year, 1, SPRING, latest.cutoff_day) if latest.last == SPRING else _december(latest)
    return latest


def _december(january: Period) -> Period:
    return Period(january.year - 1, 12, 12, january.cutoff_day)


PACKAGE_TEMPLATES = Path(__file__).parents[1] / "_templates"


CHECKOUT_TEMPLATES = Path(__file__).parents[2] / "templates"


TEMPLATES = PACKAGE_TEMPLATES if PACKAGE_TEMPLATES.is_dir() else CHECKOUT_TEMPLATES


def template_folders(workspace: Workspace) -> list[Path]:
    """Where templates are looked for: the court's own first."""
    return [workspace.folder / "templates", TEMPLATES]


def region_of(workspace: Workspace, tree: CourtTree, issuer: str) -> str:
    """全省, 全市 and so on, before 法院; empty where the issuer is a single court."""
    region = workspace.config.letterhead.region or REGIONS[tree.level(issuer)]
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
