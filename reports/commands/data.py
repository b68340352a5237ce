"""New workspaces and the cases in them: ``init``, ``columns``, ``check``."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports import publish
from reports.commands.console import (
    AsJson,
    AsOf,
    Below,
    Folder,
    Of,
    PeriodText,
    Quiet,
    Without,
    formats_of,
    job_of,
    only_court,
    print_json,
    say,
    writable,
)
from reports.errors import ConfigError, InputError

if TYPE_CHECKING:
    from reports.courts.tree import CourtTree
    from reports.courts.units import UnitTable
    from reports.model import CaseTable
    from reports.pipeline.job import Job
    from reports.pipeline.readiness import Checked

app = typer.Typer()


@app.command(epilog="示例：tongbao init 质效 --data 案件.xlsx")
def init(
    folder: Annotated[Path, typer.Argument(help="新建的工作目录。")],
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            help="案件数据文件、文件夹或通配符，可重复；据此生成法院表 courts.csv。",
            show_default="工作目录中唯一的数据文件",
        ),
    ] = None,
    dialect: Annotated[str, typer.Option(help="列名对照表。")] = "chinese",
) -> None:
    """新建工作目录：带说明的 tongbao.toml；有数据时认出是哪一级，推出法院表 courts.csv 和部门表 units.csv。

    在没有部门表的工作目录中再次运行，只推出部门表。
    """
    from reports.courts import court_table
    from reports.model import OWN
    from reports.workspace import FILE
    from reports.workspace.initial import config_text

    config, table = folder / FILE, folder / "courts.csv"
    made = not config.exists()
    if not made and table.exists() and not data and not (folder / "units.csv").exists():
        _divide(folder)
        return
    if not made and (data or table.exists()):
        raise ConfigError(f"“{folder}”已经是工作目录。", where=str(config), advice="请直接修改其中的配置。")
    if made and not data:
        data = _found_in(folder)
    _findable(data or [])
    writable(folder)
    values = {"dialect": dialect}
    files = [_seen_from(folder, path) for path in data or []] or ["cases.csv"]
    if made:
        config.write_text(config_text(values, files=files), "utf-8")
        print(f"已建立工作目录：{config}")
    if data or not made:
        tree, found = _derived(folder)
        publish.changed.append(folder)
        court_table.write(tree, table)
        print(f"数据是{_recognised(tree)}的。")
        print(f"已从数据推出法院表（{len(tree.courts)} 个法院），请核对：{table}")
        for note in tree.notes[:10]:
            print(f"  · {note}")
        if len(tree.notes) > 10:
            print(f"  · 另有 {len(tree.notes) - 10} 处待核，见 courts.csv 的备注列")
        if len(tree.roots) == 1:
            root = tree.roots[0]
            values |= {"code": root.code, "issuer": root.name, "mark": f"{root.name}文件"}
            below = {court.level for court in tree.courts} - {root.level}
            named = [text for level, text in _ADDRESSED.items() if level in below]
            values |= {"to": f"{'、'.join(named)}，本院各部门：" if named else "本院各部门："}
            alone = len(tree.courts) == 1
            own = root.level == "intermediate" and any(unit.court == root.code for unit in found.units)
            text = config_text(values, files=files, alone=alone, divided=root.code + OWN if own and not alone else "")
            if not made:  # headings were added before the data could be read
                text = _adapted(config.read_text("utf-8-sig"), config_text({"dialect": dialect}, files=files), text)
            config.write_text(text, "utf-8")
        if found.units:
            _write_units(folder, found)
    print(f"下一步：核对 tongbao.toml，然后运行 tongbao check -w {folder}")


def _found_in(folder: Path) -> list[Path]:
    """The one data file that lies in the folder; of several a person chooses."""
    from reports.read import data_files

    files = data_files(folder) if folder.is_dir() else []
    files = [one for one in files if one.name not in ("courts.csv", "units.csv")]
    if len(files) > 1:
        named = "、".join(f"“{one.name}”" for one in files[:5]) + ("等" if len(files) > 5 else "")
        print(
            f"文件夹中有{len(files)}个数据文件（{named}），没有采用。请把要用的写在 tongbao.toml 的 [source] files 中。"
        )
        return []
    if files:
        print(f"采用文件夹中的数据文件：{files[0].name}")
    return files


def _write_units(folder: Path, found: UnitTable) -> None:
    from reports.courts import units

    units.write(found, place := folder / "units.csv")
    print(f"已从数据推出部门表（{_counted(found)}），请核对：{place}")


def _divide(folder: Path) -> None:
    """Write the table of departments of a workspace that has none yet; raises where the data name no department."""
    _, found = _derived(folder)
    if not found.units:
        raise ConfigError(
            "数据中没有“承办部门”，不能推出部门表。",
            where=str(folder),
            advice="部门的列名不同的，运行 tongbao columns 数据文件，把该列写入 [source.columns]。",
        )
    writable(folder)
    publish.changed.append(folder)
    _write_units(folder, found)


_ADDRESSED = {"high": "各高级人民法院", "intermediate": "各中级人民法院", "basic": "各基层人民法院"}


def _recognised(tree: CourtTree) -> str:
    """Whose the data are: 天枢市城东区人民法院一个法院、天枢市中级人民法院及所辖9个基层法院、or several courts."""
    from collections import Counter

    from reports.courts.codes import LEVEL_NAMES

    if len(tree.roots) > 1:
        return f"{len(tree.courts)}个法院（没有共同的上级法院）"
    root = tree.roots[0]
    below = Counter(court.level for court in tree.descendants(root.code))
    told = "、".join(f"{below[level]}个{name}" for level, name in LEVEL_NAMES.items() if below[level])
    return f"{root.name}及所辖{told}" if told else f"{root.name}一个法院"


def _adapted(written: str, general: str, fitting: str) -> str:
    """The configuration that a person has begun to fill in, with what fits the data where it still is as it was made.

    ``general`` is what was made before the data were known, ``fitting`` what is made now: where they differ, the lines
    of the first give way, unless the person has changed them.
    """
    from difflib import SequenceMatcher

    old, new = general.splitlines(keepends=True), fitting.splitlines(keepends=True)
    for tag, start, end, begin, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        before = "".join(old[max(start - 1, 0) : end])  # with the line above, which tells the place of an empty one
        if tag != "equal" and written.count(before) == 1:
            written = written.replace(before, "".join((*old[max(start - 1, 0) : start], *new[begin:until])))
    return written


def _findable(data: list[Path]) -> None:
    from reports.read import resolve

    for path in data:
        try:
            resolve([str(path)], Path())
        except InputError as error:
            advice = (
                error.advice
                if path.is_dir()
                else "请核对 --data 的路径；路径相对于当前文件夹，可以是文件、文件夹或通配符。"
            )
            raise InputError(error.what, where=error.where, advice=advice) from error


def _seen_from(folder: Path, path: Path) -> str:
    """A file, folder or pattern as it is written in the workspace: relative to it where there is a way."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - a pattern is no path to resolve
    try:
        return Path(os.path.relpath(absolute, os.path.realpath(folder))).as_posix()
    except ValueError:  # another drive
        return str(absolute)


def _counted(table: UnitTable) -> str:
    """How many departments and teams a table names."""
    teams = sum(bool(one.above) for one in table.units)
    told = f"{len(table.units) - teams} 个部门"
    return f"{told}、{teams} 个团队" if teams else told


def _derived(folder: Path) -> tuple[CourtTree, UnitTable]:
    """The court table that the data of a new workspace suggest, and the departments and teams that its cases name."""
    from reports import read
    from reports.courts import units
    from reports.pipeline.sources import case_table

    try:
        with case_table(job_of(folder, None, None, quiet=False)) as cases:
            return cases.tree, units.derive(read.named(cases))
    except InputError as error:
        advice = f"{error.advice or ''}\n      改好后再次运行 tongbao init {folder}，即可生成法院表。"
        raise InputError(error.what, where=error.where, advice=advice.strip()) from error


@app.command(epilog="示例：tongbao columns 导出.xlsx　　tongbao columns 导出.csv --dialect pinyin --json")
def columns(
    file: Annotated[Path, typer.Argument(help="列名未知的数据文件：CSV、Excel、Parquet。")],
    workspace: Folder = Path(),
    dialect: Annotated[
        str | None, typer.Option("--dialect", help="只按这个列名对照表识别。", show_default="全部对照表")
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="工作表名称。", show_default="列名最多的工作表")] = None,
    as_json: AsJson = False,
) -> None:
    """识别文件中各列是什么，给出可以直接粘贴到 tongbao.toml 的列名配置；示例中的姓名、证件号码已遮盖。"""
    from reports.catalogue.columns import BY_ID
    from reports.read.propose import propose, to_json

    found = propose(file, dialect=dialect, folder=workspace, sheet=sheet)
    if as_json:
        print_json(to_json(found))
        return
    for guess in found.guesses:
        name = f"{guess.column} {BY_ID[guess.column].name}" if guess.column else "—"
        print(f"{guess.source}\t{name}\t{guess.level}\t{guess.reason}\t{'；'.join(guess.examples)}")
    head, _, lines = found.toml().partition("[source.columns]\n")
    print(f"\n# 据前 {found.rows} 行推断，请核对。改 tongbao.toml [source] 中的这一行：")
    print(head.removeprefix("[source]\n").strip())
    print("\n# 粘贴到 tongbao.toml 原有的 [source.columns] 之下（表名只能写一次）：")
    print(lines, end="")


@app.command(
    epilog="示例：tongbao check -w 质效　　tongbao check -w 质效 --format xlsx -o 核对表　　tongbao check --rules"
)
def check(
    workspace: Folder = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    court: Annotated[
        str | None, typer.Option("--court", help="法院代码或名称：只看该院及其下级法院，逐院列出。")
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option(
            "--format", help="另写成文件分送，格式以逗号分隔：md,xlsx,pdf,docx。", show_default="只在终端上列出"
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="这些文件的文件夹。", show_default="工作目录的 out/统计期")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="把报告（report.md、report.csv）和各法院应核对的行（退回-….csv）写入这个文件夹。"),
    ] = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    rules: Annotated[bool, typer.Option("--rules", help="只列出全部数据质量规则（Markdown 表格）。")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """能不能出通报：读了什么、谁没有报、哪些写法不认识、各项指标能否统计、哪些行不能用，以及数据质量问题。"""
    from reports.check import page
    from reports.pipeline.checks import quality_files
    from reports.pipeline.job import template_folders
    from reports.pipeline.readiness import checked
    from reports.pipeline.stages import Cases
    from reports.publish import publish

    if rules:
        from reports.catalogue import quality as quality_rules

        print(quality_rules.markdown(quality_rules.load(workspace)), end="")
        return
    wanted = formats_of(formats) or []
    job = job_of(workspace, period, as_of, quiet=quiet, without=without, below=below, of=of)
    only_court(job.workspace, court, "数据按法院核查。")
    for text in job.catalogue.warnings:
        say(f"提示：{text}")
    templates = template_folders(job.workspace)
    written: list[Path] = []
    with Cases(job) as cases:
        table = cases.table
        found = checked(job, cases, _subtree(table.tree, court) if court else None)
        if to:
            written += publish(to, quality_files(job, table, found.quality))
        if wanted:
            folder = output or job.workspace.output_path / job.period.key
            written += publish(folder, _check_files(job, page.markdown(found.facts, templates), wanted))
        if as_json:
            print_json(_check_json(job, found, table, written))
        else:
            print(page.terminal(found.facts, templates), end="")
            _print_quality(found.quality, table.tree, job, by_court=court is not None)
            if written:
                print("已写入：")
                for path in written:
                    print(f"  {path}")
    for error in found.refusals:
        raise error


def _check_files(job: Job, text: str, formats: list[str]) -> dict[str, bytes]:
    """The page in some formats, as file name → bytes."""
    from reports.pipeline.job import TEMPLATES
    from reports.render import render

    stem, layout = f"{job.period.key}-check", job.workspace.config.layout
    return {
        f"{stem}.{form}": render(text, form, assets={}, templates=TEMPLATES, source=f"{stem}.md", deviations=layout)
        for form in formats
    }


def _check_json(job: Job, found: Checked, table: CaseTable, written: list[Path]) -> dict[str, Any]:
    from reports.pipeline.checks import deadline_differences
    from reports.pipeline.sources import reasons

    facts = found.facts
    return {
        "schema": "tongbao.check/1",
        "ready": facts.ready,
        "obstacles": [asdict(one) for one in facts.obstacles],
        "rows_in": table.rows_in,
        "rows_used": table.rows_used,
        "sources": [asdict(one) for one in facts.sources],
        "until": facts.until.isoformat() if facts.until else None,
        "reported": [
            {
                "court": one.court,
                "name": one.name,
                "months": [
                    {"month": month, "filed": filed, "concluded": concluded}
                    for month, (filed, concluded) in zip(facts.months, one.months, strict=True)
                ],
                "last": one.last.isoformat() if one.last else None,
            }
            for one in facts.reported
        ],
        "indicators": [asdict(one) for one in facts.indicators],
        "intervals": [asdict(one) for one in facts.intervals],
        "set_aside": [
            {"file": r["文件"], "line": int(r["行"]), "case_no": _none(r["案号"]), "reason": r["原因"]}
            for r in table.set_aside.to_dict("records")
        ],
        "reasons": dict(reasons(table)),
        "remedies": {one.reason: one.remedy for one in facts.aside},
        "notes": [
            {"id": n.id, "text": n.text, "count": n.count} | ({"remedy": n.remedy} if n.remedy else {})
            for n in table.notes
        ],
        "deadline_differences": deadline_differences(table),
        "period": job.base_period.key,
        "beginning": _beginning_json(found.beginning, job, table.tree),
        **_reporting_json(found.reports, table),
        **_quality_json(found.quality, table.tree, job.rules),
        "files": [str(path) for path in written],
    }


def _reporting_json(found: Any, table: Any) -> dict[str, Any]:
    def row(one: Any) -> dict[str, Any]:
        return {
            "court": one.unit if isinstance(one.unit, str) else "/".join(one.unit),
            "filed": one.filed,
            "concluded": one.concluded,
            "last": one.last.isoformat() if one.last else None,
            "months": [{"period": month.key, "filed": n, "concluded": m} for month, n, m in one.months],
        }

    return {
        "missing": [row(one) for one in found.missing],
        "silent": [row(one) for one in found.silent],
        "silent_departments": [row(one) for one in found.silent_departments],
        "without": [one.code for one in table.without],
    }


def _beginning_json(since: Any, job: Job, tree: Any) -> dict[str, Any]:
    from reports.pipeline.readiness import first_months

    return {
        "since": since.start.since.isoformat() if since.start else None,
        "cut": since.start.cut if since.start else None,
        "reason": since.why,
        "indicators": [
            {"indicator": item.id, "name": item.name, "from": day.isoformat() if day else None}
            for item, day in first_months(since, job)
        ],
        "courts": [
            {"court": code, "name": tree.short_name(code), "since": day.isoformat()}
            for code, day in since.later.items()
        ],
    }


def _print_quality(found: Any, tree: Any, job: Job, *, by_court: bool) -> None:
    from reports.quality import by_reason, by_rule, sentence, summary

    groups = by_rule(found)
    print(f"数据质量（{job.base_period.label}）：核查规则 {len(found.totals)} 条，有发现的 {len(groups)} 条。")
    for rule, findings in groups:
        print(f"  [{rule.severity}] {rule.name}（{rule.id}）")
        if by_court:
            for finding in findings:
                print(f"    {sentence(finding, tree)}{_examples(finding)}")
        else:
            print(f"    {summary(rule, found)}{_examples(findings[0])}")
        print(f"    处理：{rule.do}")
    if found.unchecked:
        print("  未核查：")
        for names, why in by_reason(found, job.rules):
            print(f"    {names}：{why}")


def _examples(finding: Any) -> str:
    return f"（如{'、'.join(finding.examples[:3])}）" if finding.examples else ""


def _quality_json(found: Any, tree: Any, rules: Any) -> dict[str, Any]:
    from reports.quality import by_rule, court_name, sentence, summary

    return {
        "findings": [
            {
                "rule": rule.id,
                "name": rule.name,
                "severity": rule.severity,
                "count": found.totals[rule.id][0],
                "base": found.totals[rule.id][1],
                "sentence": summary(rule, found),
                "action": rule.do,
                "courts": [
                    {
                        "court": finding.court or None,
                        "name": court_name(tree, finding.court) if finding.court else None,
                        "count": finding.count,
                        "base": finding.base,
                        "share": finding.count / finding.base if finding.base else None,
                        "sentence": sentence(finding, tree),
                        "examples": list(finding.examples),
                    }
                    for finding in findings
                ],
            }
            for rule, findings in by_rule(found)
        ],
        "unchecked": [{"rule": name, "name": rules[name].name, "reason": why} for name, why in found.unchecked.items()],
    }


def _none(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _subtree(tree: Any, text: str) -> tuple[set[str], str]:
    """A court and all below it, or only its own cases (本级), and how they are called."""
    from reports.model import OWN
    from reports.pipeline.job import own_court

    code = own_court(tree, text)
    name = tree.short_name(code.removesuffix(OWN))
    if code.endswith(OWN):
        return {code, code.removesuffix(OWN)}, f"{name}本级"
    below = [court.code for court in tree.descendants(code)]
    return {each + own for each in (code, *below) for own in ("", OWN)}, f"{name}及下级法院" if below else name
