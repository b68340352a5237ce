"""What is asked for: which bulletins of a job, in which formats, and where they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.catalogue.kinds import Kind, choose
from reports.errors import ConfigError
from reports.pipeline.job import Job, kinds_of
from reports.pipeline.sources import require_cases
from reports.workspace import Workspace


@dataclass(frozen=True)
class Request:
    """Which bulletins to make, in which formats, and where they go.

    ``court`` (code or name) or ``line`` choose one of a kind of which there are several, ``each`` all of them;
    ``courts`` and ``indicators`` (codes or names) narrow what is told.
    ``theme`` is that of a special analysis. ``formats`` are those of the workspace where none are given. In another
    ``folder`` than that of the period bulletins are written and not entered in the register.

    A ``whole`` run also writes the tables and the notes for the courts' own checks and keeps the ledgers; it makes each
    of every kind, and leaves out a kind for which the period has nothing.
    """

    kinds: tuple[Kind, ...]
    court: str | None = None
    line: str | None = None
    theme: str | None = None
    each: bool = False
    formats: Sequence[str] | None = None
    folder: Path | None = None
    jobs: int | None = None  # processes that set pages
    whole: bool = False
    dry_run: bool = False  # nothing is written
    courts: Sequence[str] | None = None
    indicators: Sequence[str] | None = None

    @property
    def narrowed(self) -> bool:
        """Whether only some courts or indicators are to be told of."""
        return self.courts is not None or self.indicators is not None


def chosen_kinds(workspace: Workspace, names: Sequence[str] | None) -> tuple[Kind, ...]:
    """The kinds of some ids or names, or of ``[output] kinds``; raises :class:`ConfigError` for one there is not."""
    where = "" if names is not None else f"{workspace.config_path} [output] kinds"
    known = kinds_of(workspace)
    chosen = [choose(known, name, where) for name in (workspace.config.output.kinds if names is None else names)]
    if not chosen:
        raise ConfigError("没有写要生成的通报种类。", where=where or None, advice="如 general,court。")
    return tuple(dict.fromkeys(chosen))


def checked(job: Job, request: Request) -> Job:
    """The job with the theme asked for; raises :class:`ConfigError` for what its kinds cannot be asked for."""
    for kind in request.kinds:
        if kind.each == "issued":
            raise ConfigError(f"“{kind.name}”只更正已经印发的通报。", advice="请用 tongbao ledger correct 起草。")
        if kind.dated:
            advice = "请用 tongbao pending remind 或者 tongbao pending node-letters 生成。"
            raise ConfigError(f"“{kind.name}”以数据截止之日为准，不按统计期生成。", advice=advice)
        if request.whole and kind.each == "theme":
            raise ConfigError(
                f"“{kind.name}”要指定主题，不能由 tongbao run 生成。",
                advice=f"请另用 tongbao bulletin {kind.id} --theme 生成。",
            )
        if not request.whole:
            _choice(kind, request)
        kind.check(job.period)
        if kind.needs & {"cases", "reversals"}:
            require_cases(job, f"编写{kind.name}")
    return job.on_theme(request.theme) if request.theme else job


def _choice(kind: Kind, request: Request) -> None:
    if kind.single and request.each:
        raise ConfigError(f"“{kind.name}”只有一份，不能用 --for each。")
    if kind.each == "theme" and not request.theme:
        raise ConfigError(f"“{kind.name}”要指定主题。", advice="请加 --theme，如 --theme 营商环境。")
    if request.theme and kind.each != "theme":
        raise ConfigError(f"“{kind.name}”不分主题。", advice="请去掉 --theme。")
    if request.narrowed and (kind.needs & {"reversals", "decisions"}):
        advice = "一个法院的，用 --court 指定。" if kind.by_court else "请去掉 --courts 和 --indicators。"
        raise ConfigError(f"“{kind.name}”不能用 --courts、--indicators 缩小范围。", advice=advice)
    if request.courts is not None and request.court:
        raise ConfigError("--court 和 --courts 不能同时用。", advice="只写一个法院的用 --court。")
    by_courts = (kind.each == "court" or kind.to_flagged) and request.courts is not None
    if not kind.single and not (request.court or request.line or request.each or by_courts):
        options = {"line": "--line 指定条线", "department": "--court 指定部门"}
        option = options.get(kind.each, f"--court 指定法院{'或部门' if kind.to_flagged else ''}")
        more = "没有下级法院的，发给本院各部门的是 department。" if kind.each == "court" else ""
        raise ConfigError(f"“{kind.name}”有多份。", advice=f"请用 {option}，或用 --for each 全部生成。{more}")
