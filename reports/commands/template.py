"""`tongbao template`: see the templates of bulletins, take one into the workspace, check those that were changed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from reports.console import Folder
from reports.errors import ConfigError

app = typer.Typer(help="通报模板：列出、取到工作目录中修改、核对。", no_args_is_help=True)
SAMPLE = 6_000  # cases of the province on which templates are tried


@app.command(name="list", epilog="示例：tongbao template list -w 质效")
def list_(workspace: Folder = Path()) -> None:
    """列出全部模板，注明用的是程序自带的，还是本院的。"""
    from reports.bulletins import KINDS
    from reports.pipeline.job import TEMPLATES

    own = workspace / "templates"
    for path in _shipped(TEMPLATES):
        name = path.relative_to(TEMPLATES)
        kind = KINDS.get(path.name.removesuffix(".md.j2")) if name.parent == Path("bulletins") else None
        print(f"{name}\t{kind.name if kind else '—'}\t{'本院' if (own / name).is_file() else '自带'}")


@app.command(epilog="示例：tongbao template eject -w 质效 bulletins/general.md.j2")
def eject(
    names: Annotated[list[str], typer.Argument(help="模板，如 bulletins/general.md.j2；all 为全部。")],
    workspace: Folder = Path(),
    force: Annotated[bool, typer.Option("--force", help="覆盖工作目录中已有的模板。")] = False,
) -> None:
    """把自带的模板复制到工作目录 templates/ 中，供本院修改；此后以工作目录中的为准。"""
    from reports.deliver import publish
    from reports.pipeline.job import TEMPLATES
    from reports.workspace import find

    folder = find(workspace).folder / "templates"
    known = {str(path.relative_to(TEMPLATES)): path for path in _shipped(TEMPLATES)}
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
    from datetime import date

    from reports.bulletins import KINDS, narrowed, subjects
    from reports.compose import mistakes
    from reports.courts.periods import parse_period
    from reports.demo import make
    from reports.pipeline.findings import findings
    from reports.pipeline.job import Job, template_folders
    from reports.pipeline.meeting import material
    from reports.workspace import find

    own = find(workspace, or_defaults=True)
    with tempfile.TemporaryDirectory(prefix="tongbao-") as work:
        make(Path(work), cases=SAMPLE)
        text = '[source]\nfiles = ["cases.parquet"]\n[court]\ncode = "辽"\n[quality]\nmax_set_aside_percent = 100\n'
        (Path(work) / "tongbao.toml").write_text(text, "utf-8")
        day = date(2026, 10, 20)
        job = Job(find(Path(work)), parse_period("2026Q3", cutoff_day=0), day, day, keep=False)
        found = findings(job, gated=True, reversed_too=True)
        letterhead = own.config.letterhead.model_dump() | {"date": "2026年10月20日"}
        meeting = material(job, found)
        samples = [
            (name, narrowed(found, subject), subject, meeting if name in ("pack", "minutes") else {})
            for name, kind in KINDS.items()
            for subject in subjects(kind, found)[:2]
        ]
        wrong = mistakes(template_folders(own), letterhead, samples)
    if wrong:
        raise ConfigError(f"模板有 {len(wrong)} 处错误：\n" + "\n".join(f"  · {one}" for one in wrong))
    print(f"模板没有错误：试写了{len(KINDS)}种通报。")


def _shipped(folder: Path) -> list[Path]:
    """Templates of words and charts; those of pages and wall charts are measured, and not for changing."""
    return sorted(path for path in folder.rglob("*.j2") if path.relative_to(folder).parts[0] not in ("page", "wall"))
