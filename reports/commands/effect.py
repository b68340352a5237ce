"""``tongbao effect``: 举措, dated steps of the office, and what became of their indicators since."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.commands.console import (
    AsJson,
    AsOf,
    Folder,
    Quiet,
    Who,
    aligned,
    all_listed,
    alone,
    job_of,
    moment,
    print_json,
    put_files,
    say,
    workspace,
)
from reports.errors import ConfigError

if TYPE_CHECKING:
    from reports.compose.effect import Course
    from reports.ledger.steps import Step
    from reports.pipeline.job import Job

app = typer.Typer(
    help="举措前后：登记有日期、有单位的举措，比较实施前后和未实施的单位，够不够判断如实说；台账中各类措施之后的情况。",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="举措的名称；用 tongbao effect list 查看。")]


@app.command(
    epilog="示例：tongbao effect add 判后当面释明 -w 质效 --since 2026-01-01 --units 城东区法院,城西区法院 "
    "--indicator 上诉率 --by 王五 --source 院党组会纪要第3期"
)
def add(
    name: Annotated[str, typer.Argument(help="举措的名称，如 判后当面释明。")],
    since: Annotated[str, typer.Option("--since", help="自哪一天起实施，如 2026-01-01。")],
    indicator: Annotated[list[str], typer.Option("--indicator", help="针对的指标，编号或名称，逗号分隔，可重复。")],
    by: Who,
    folder: Folder = Path(),
    units: Annotated[
        list[str] | None,
        typer.Option(
            "--units",
            help="采取这一举措的法院或部门，代码或名称，逗号分隔，可重复；写中院的包括下级法院，加“本级”的不包括。",
        ),
    ] = None,
    line: Annotated[
        str, typer.Option("--line", help="只在这一条线；不写 --units 的，与其他条线对照。", show_default="各条线")
    ] = "",
    beside: Annotated[
        list[str] | None,
        typer.Option("--beside", help="与哪些单位对照，写法同 --units。", show_default="其余各同级单位"),
    ] = None,
    text: Annotated[str, typer.Option("--text", help="做了什么。")] = "",
    source: Annotated[str, typer.Option("--source", help="依据：文件、会议纪要。")] = "",
    as_of: AsOf = None,
) -> None:
    """登记一项举措：名称、实施日期、单位、针对的指标、依据；记入只增不改的历史。"""
    from reports.pipeline.effect import Entry
    from reports.pipeline.effect import add as entered

    job = job_of(folder, None, as_of)
    entry = Entry(
        name, since, tuple(all_listed(units) or ()), line.strip(), tuple(all_listed(indicator) or ()),
        tuple(all_listed(beside) or ()), text, source,
    )  # fmt: skip
    with alone(job.workspace):
        made = entered(job, entry, at=moment(as_of), who=by)
    print(f"已登记“{made.name}”，自{made.began}起。")


@app.command("list", epilog="示例：tongbao effect list -w 质效")
def list_steps(folder: Folder = Path(), as_json: AsJson = False) -> None:
    """列出登记的举措：实施日期、单位、针对的指标、依据。"""
    from reports.ledger.steps import in_force, steps
    from reports.pipeline.effect import where
    from reports.workspace.listed import with_units

    job = job_of(folder, None, None)
    place = job.workspace
    found, tree = in_force(steps(place.database_path)), with_units(place)
    names = {one.id: one.name for one in job.whole_catalogue.indicators.values()}
    if as_json:
        print_json({"schema": "tongbao.effects/1", "steps": [asdict(one) for one in found]})
        return
    heads = ["举措", "实施日期", "单位", "针对的指标", "依据", "登记人"]
    rows = [
        [one.name, one.began, where(one, tree) if tree else "、".join(one.units),
         "、".join(names.get(each, each) for each in one.indicators), one.source or "—", one.who]
        for one in found
    ]  # fmt: skip
    if rows:
        print(*aligned([heads, *rows]), sep="\n")
    say(f"共{len(rows)}项举措。")


@app.command(epilog="示例：tongbao effect show 判后当面释明 -w 质效 --indicator 上诉率 -o 判后释明.pdf")
def show(
    name: Name,
    folder: Folder = Path(),
    indicator: Annotated[
        str | None,
        typer.Option("--indicator", help="只看这一项指标，登记时没有写的也可以。", show_default="登记的各项"),
    ] = None,
    monthly: Annotated[bool, typer.Option("--monthly/--quarterly", help="按月还是按季度比较。")] = False,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            help="写入文件：.md、.pdf、.docx、.xlsx、.csv、.svg（图），可重复。",
            show_default="标准输出",
        ),
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """一项举措前后：采取的单位和未采取的单位各怎样变化，相差多少，可能的范围，够不够判断。"""
    from reports.compose.effect import record
    from reports.ledger.steps import known, steps
    from reports.pipeline.effect import courses

    job = job_of(folder, None, as_of, quiet=quiet)
    files = output or []
    _check(files, one=indicator is not None)
    step = known(steps(job.workspace.database_path), name)
    found = courses(job, step, indicator=indicator, monthly=monthly)
    if as_json:
        made: dict[str, Any] = {"schema": "tongbao.effect/1", "step": asdict(step)}
        print_json({**made, "indicators": [record(one) for one in found]})
        return
    if files:
        _write(job, step, found, files)
        return
    for place, one in enumerate(found):
        if place:
            print()
        print(one.sentence)
        print()
        print(*aligned([one.heads, *one.rows]), sep="\n")
        for note in (*one.notes, *([one.hint] if one.hint else [])):
            print(f"注：{note}")


def _forms() -> list[str]:
    from reports.render import FORMATS

    return [*(f".{one}" for one in FORMATS), ".csv", ".svg"]


def _check(files: list[Path], *, one: bool) -> None:
    """Raises :class:`ConfigError` for a file of a form that there is not."""
    forms = list(dict.fromkeys(_forms()))
    for file in files:
        if file.suffix.lower() not in forms:
            raise ConfigError(
                f"不能写成“{file.suffix or file.name}”文件。", where="-o", advice=f"文件名以 {'、'.join(forms)} 结尾。"
            )
        if file.suffix.lower() == ".svg" and not one:
            raise ConfigError("一个图文件只画一项指标。", where="-o", advice="加 --indicator 写明哪一项。")


def _write(job: Job, step: Step, found: list[Course], files: list[Path]) -> None:
    """The step in every form that a file is named for, all or none."""
    from reports.pipeline.bulletins import render_all
    from reports.pipeline.effect import chart, document
    from reports.render.csv import csv_of

    made: dict[Path, dict[str, bytes]] = {}
    for file in files:
        here, form = made.setdefault(file.parent, {}), file.suffix.lower().removeprefix(".")
        match form:
            case "csv":
                heads = ["指标", "统计期", "阶段", "采取", "分子/分母", "未采取", "分子/分母"]
                here[file.name] = csv_of(heads, [row for one in found for row in _rows(one)])
            case "svg":
                here[file.name] = chart(job, found[0])
            case _:
                files_of = render_all(job, [document(job, step, found, file.stem)], [form], jobs=1)
                here |= {file.name if key == f"{file.stem}.{form}" else key: data for key, data in files_of.items()}
    put_files(made, files)


def _rows(course: Course) -> list[list[str]]:
    """Rows of all indicators alike: a count has nothing behind it."""
    rate = bool(course.item.denominator)
    return [[course.item.name, *(row if rate else [*row[:3], "", row[3], ""])] for row in course.rows]


@app.command(epilog="示例：tongbao effect measures -w 质效")
def measures(folder: Folder = Path(), as_json: AsJson = False) -> None:
    """整改台账中各类措施之后见效的有几项，其余的有几项；只列项数，不说是措施的作用。"""
    from reports.pipeline.effect import measures as told

    found = told(workspace(folder))
    if as_json:
        print_json({"schema": "tongbao.effect-measures/1", **asdict(found)})
        return
    heads = ["措施类别", "采取的项数", "其中见效", "其余项数", "其中见效"]
    rows = [[one.kind, *map(str, (one.items, one.effective, one.others, one.others_effective))] for one in found.rows]
    if rows:
        print(*aligned([heads, *rows]), sep="\n")
        print()
        for one in found.rows:
            print(one.sentence)
    else:
        print("台账中还没有既填写了措施、又测得整改效果的事项。")
    say(
        f"填写了措施并测得效果的{found.judged}项；尚不能判断的{found.open}项、没有填写措施的{found.unwritten}项不在其内。"
        "措施按“做什么”一栏的用词归类，一项有几类的各计一次；同时出现，不说明是措施的作用。"
    )


@app.command(epilog="示例：tongbao effect withdraw 判后当面释明 -w 质效 --by 王五 --note 日期登记有误")
def withdraw(
    name: Name,
    by: Who,
    note: Annotated[str, typer.Option("--note", help="理由。")],
    folder: Folder = Path(),
    as_of: AsOf = None,
) -> None:
    """撤销登记有误的一项举措；名称不再使用，历史保留。"""
    from reports.ledger import steps as ledger

    place = workspace(folder)
    with alone(place):
        ledger.withdraw(place.database_path, name, note, at=moment(as_of), who=by)
    print(f"“{name.strip()}”已撤销。")
