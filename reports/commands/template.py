"""`tongbao template`: see the templates of bulletins, take one into the workspace, check those that were changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports import scratch
from reports.commands.console import Folder
from reports.errors import ConfigError

if TYPE_CHECKING:
    from reports.catalogue.kinds import Each, Kind
    from reports.compose import Sample, Subject
    from reports.model import Findings
    from reports.workspace import Workspace

    Told = tuple[Mapping[Each, list[tuple[Findings, Subject]]], dict[str, Any], dict[str, Any]]

app = typer.Typer(help="通报模板：列出、取到工作目录中修改、核对。", no_args_is_help=True)
DAY = date(2026, 10, 20)  # of the samples
PRESSED = [{"problem": "2026年第二季度你院审限内结案率为70.00%，已于2026年7月20日通报", "reasons": "没有报送"}]
SAMPLE = 6_000  # cases of the province on which templates are tried
SMALL = 2_000  # cases of a court of its own


@app.command(name="list", epilog="示例：tongbao template list -w 质效　　tongbao template list --kinds")
def list_(
    workspace: Folder = Path(),
    only_kinds: Annotated[
        bool, typer.Option("--kinds", help="只列通报种类（Markdown 表格），含工作目录 kinds.toml 中的。")
    ] = False,
) -> None:
    """列出全部模板，注明写哪种通报，用的是程序自带的，还是本院的。"""
    from reports.catalogue.kinds import table
    from reports.pipeline.job import TEMPLATES, kinds_of
    from reports.workspace import find

    place = find(workspace, or_defaults=True)
    kinds = kinds_of(place).values()
    if only_kinds:
        print(table(kinds), end="")
        return
    own = place.folder / "templates"
    names = {path.relative_to(root).as_posix() for root in (TEMPLATES, own) for path in _words(root)}
    for name in sorted(names):
        told = "、".join(kind.name for kind in kinds if kind.template == name)
        print(f"{name}\t{told or '—'}\t{'本院' if (own / name).is_file() else '自带'}")


@app.command(epilog="示例：tongbao template eject -w 质效 bulletins/general.md.j2")
def eject(
    names: Annotated[list[str], typer.Argument(help="模板，如 bulletins/general.md.j2；all 为全部。")],
    workspace: Folder = Path(),
    force: Annotated[bool, typer.Option("--force", help="覆盖工作目录中已有的模板。")] = False,
) -> None:
    """把自带的模板复制到工作目录 templates/ 中，供本院修改；此后以工作目录中的为准。"""
    from reports.pipeline.job import TEMPLATES
    from reports.publish import publish
    from reports.workspace import find

    folder = find(workspace).folder / "templates"
    known = {str(path.relative_to(TEMPLATES)): path for path in _words(TEMPLATES)}
    chosen = list(known) if names == ["all"] else names
    for name in chosen:
        if name not in known:
            raise ConfigError(f"没有模板“{name}”。", advice="用 tongbao template list 查看全部模板。")
        if (folder / name).exists() and not force:
            raise ConfigError(
                "工作目录中已有这个模板。", where=str(folder / name), advice="要放弃修改、重新取用，请加 --force。"
            )
    for path in publish(folder, {name: known[name].read_bytes() for name in chosen}):
        print(path)


@app.command(epilog="示例：tongbao template check -w 质效")
def check(workspace: Folder = Path()) -> None:
    """用演示数据试写每一种通报，列出模板中的错误及其行号。"""
    from reports.catalogue.kinds import asked
    from reports.compose import mistakes
    from reports.pipeline.job import kinds_of, template_folders
    from reports.workspace import find

    own = find(workspace, or_defaults=True)
    kinds = asked(kinds_of(own))
    letterhead = own.config.letterhead.model_dump() | {"date": "2026年10月20日"}
    wrong = mistakes(template_folders(own), letterhead, _samples(own, kinds))
    if wrong:
        raise ConfigError(f"模板有 {len(wrong)} 处错误：\n" + "\n".join(f"  · {one}" for one in wrong))
    print(f"模板没有错误：试写了{len(kinds)}种通报。")


def _samples(own: Workspace, kinds: Sequence[Kind]) -> list[Sample]:
    """What the demo province gives each kind to tell, with the measures of a workspace."""
    from reports.courts.periods import parse_period
    from reports.measures import requirements
    from reports.pipeline.job import Job

    forms = {kind.each: kind for kind in kinds}  # of whom a kind tells depends on nothing else of it
    told, meeting, docket = _told(list(forms.values()))
    measures = Job(own, parse_period("2026Q3", cutoff_day=0), DAY, DAY).measures
    return [
        (
            kind,
            found,
            subject,
            {
                **(meeting if "meeting" in kind.needs else {}),
                **({"pressed": PRESSED} if kind.each == "pressed" else {}),
                **({"docket": docket} if kind.docket and kind.each == "department" else {}),
                "requirements": requirements(found, measures, DAY),
            },
        )
        for kind in kinds
        for found, subject in told[kind.each]
    ]


def _told(kinds: Sequence[Kind]) -> Told:
    """Two parts of the findings for each form of kinds, the meeting's material, and what a department has of cases.

    Of departments tells a demo court with none below.

    Kept, because a template is changed and checked again and again.
    """
    from reports.courts.periods import parse_period
    from reports.demo import make
    from reports.pipeline import cache
    from reports.pipeline.docket import docket as look
    from reports.pipeline.findings import findings
    from reports.pipeline.job import TEMPLATES, Job
    from reports.pipeline.meeting import material
    from reports.pipeline.stages import Cases
    from reports.pipeline.subjects import narrowed, subjects
    from reports.workspace import find

    # The pages of the meeting's documents are written by the shipped templates.
    forms = sorted(kind.each for kind in kinds)
    key = cache.fingerprint(("试写", *forms), sorted(TEMPLATES.rglob("*.j2")), TEMPLATES)
    kept: Told | None = cache.load(key)
    if kept is not None:
        return kept
    with scratch.folder() as work:
        make(work, cases=SAMPLE)
        text = '[source]\nfiles = ["cases.parquet"]\n[court]\ncode = "辽"\n[quality]\nmax_set_aside_percent = 100\n'
        (work / "tongbao.toml").write_text(text, "utf-8")
        job = Job(find(work), parse_period("2026Q3", cutoff_day=0), DAY, DAY, keep=False)
        found = findings(job, gated=True, reversed_too=True)
        meeting = material(job, found)
        told: dict[Each, list[tuple[Findings, Subject]]]
        every = {court.code for court in found.tree.courts}  # the ledger that would choose among them is empty
        told = {
            kind.each: [(narrowed(found, one), one) for one in subjects(kind, found, among=every)[:2]] for kind in kinds
        }
    docket: dict[str, Any] = {}
    if inside := [kind for kind in kinds if kind.each == "department"]:
        with scratch.folder() as work:
            make(work, name="court", cases=SMALL)
            text = '[source]\nfiles = ["cases.parquet"]\n[quality]\nmax_set_aside_percent = 100\n'
            (work / "tongbao.toml").write_text(text, "utf-8")
            job = Job(find(work), parse_period("2026Q3", cutoff_day=0), DAY, DAY, keep=False)
            found = findings(job, gated=True)
            told["department"] = [(narrowed(found, one), one) for one in subjects(inside[0], found)[:2]]
            with Cases(job) as cases:
                docket = look(job, cases, told["department"][0][0])
    cache.save(key, (told, meeting, docket))
    return told, meeting, docket


def _words(folder: Path) -> list[Path]:
    """Templates of words and charts; those of pages and wall charts are measured, and the others no text of a court."""
    others = ("page", "wall", "check", "demo")
    return sorted(path for path in folder.rglob("*.j2") if path.relative_to(folder).parts[0] not in others)
