"""``demo``: an invented office's data, and with ``--run`` all that the program makes of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Annotated

import typer

from reports import publish, system
from reports.commands import Commands
from reports.commands.console import Quiet, day_of, progress, say, writable
from reports.errors import ConfigError

if TYPE_CHECKING:
    from reports.courts.periods import Period
    from reports.demo import DemoResult, OfficeName
    from reports.demo.index import Shown, Step

app = typer.Typer()


@app.command(epilog="示例：tongbao demo demo --run　　tongbao demo 市 --office city --cases 20000")
def demo(
    folder: Annotated[Path, typer.Argument(help="新建的工作目录。")],
    office: Annotated[
        str | None,
        typer.Option(
            "--office",
            help="哪一级审管办的数据：province 全省、city 一个市、court 一个基层法院。",
            show_default="全省；加 --run 的，旁边另有一个市（city）和一个法院（court）",
        ),
    ] = None,
    cases: Annotated[
        int | None, typer.Option(help="案件数。", show_default="全省300000、一个市60000、一个法院12000")
    ] = None,
    seed: Annotated[int, typer.Option(help="随机种子：相同的种子得到相同的数据。")] = 20250101,
    end: Annotated[str, typer.Option(help="最后一个季度。")] = "2026Q3",
    quarters: Annotated[int, typer.Option(help="季度数。")] = 12,
    encoding: Annotated[str, typer.Option(help="CSV 编码：utf-8-sig、utf-8、gb18030。")] = "utf-8-sig",
    run_it: Annotated[
        bool,
        typer.Option(
            "--run", help="随后走一遍：上一期审签、印发、反馈，再出本期的通报、督办函、挂图、会商会材料等，写成目录页。"
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="目录已有演示数据时重新生成。")] = False,
    quiet: Quiet = False,
) -> None:
    """生成一个虚构省份（或其中一个市、一个法院）的案件数据（含有据可查的异常），作为可以直接运行的工作目录。"""
    from reports.demo import FEWEST_CASES, NAMES, make
    from reports.demo.index import Shown, pages
    from reports.pipeline.job import TEMPLATES

    begun = time.monotonic()
    chosen = next((one for one in NAMES if one == (office or NAMES[0])), None)
    if chosen is None:
        raise ConfigError(f"没有“{office}”这一级。", where="--office", advice=f"可写：{'、'.join(NAMES)}。")
    if folder.exists() and any(folder.iterdir()) and not (force and (folder / "planted.json").exists()):
        raise ConfigError(
            f"目录“{folder}”不是空的。", advice="请换一个目录；若其中是以前的演示数据，加 --force 重新生成。"
        )
    writable(folder)
    publish.changed.append(folder)
    _clear(folder)
    places: dict[OfficeName, Path] = {chosen: folder}
    if run_it and office is None:
        places |= {name: folder / name for name in NAMES if name != chosen}

    results = {}
    for name, place in places.items():
        fewer = None if cases is None else cases if office else max(cases // FEWER[name], FEWEST_CASES)
        results[name] = make(
            place,
            name=name,
            cases=fewer,
            seed=seed,
            end=end,
            quarters=quarters,
            encoding=encoding,
            progress=progress(quiet),
        )
        _set_up(place, name, results[name], issued=run_it)
    result = next(iter(results.values()))
    say(f"已生成 {result.rows} 行案件数据：{result.cases_csv}、{result.cases_parquet}")
    say(f"其中埋设的异常和问题数据见：{result.planted_json}")
    if run_it:
        today = day_of(None)
        shown = [
            Shown(name, place, *_last_two(end, monthly=name == "court"), today, len(places) == 1)
            for name, place in places.items()
        ]
        _carry_out(shown, quiet=quiet)
        made = publish.publish(folder, pages(shown, folder, TEMPLATES))
        print("已生成，各是什么、给谁看，见目录页：")
        for path in made:
            print(f"  {path}")
        print(f"下一步，请用浏览器打开：{folder / 'index.html'}")
    say(f"用时{round(time.monotonic() - begun)}秒。")


FEWER: dict[OfficeName, int] = {"province": 1, "city": 5, "court": 25}
"""How many times fewer cases than the province an office beside it has."""


def _clear(folder: Path) -> None:
    """Take away what belongs to data that are about to go."""
    from reports.demo import NAMES
    from reports.workspace.log import RECORD

    offices = [folder / name for name in NAMES if (folder / name / "planted.json").exists()]
    index = [folder / name for name in ("index.html", "index.md", "kinds.toml")]
    for old in (folder / "tongbao.db", folder / "out", *folder.glob(f"{RECORD}.*"), *offices, *index):
        rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)


def _set_up(folder: Path, name: OfficeName, made: DemoResult, *, issued: bool) -> None:
    """Make a workspace of the data of an office: its configuration, and what people have entered in the registers."""
    from reports import catalogue
    from reports.model import OWN
    from reports.pipeline.registers import enter_all
    from reports.workspace import FILE, find
    from reports.workspace.initial import config_text

    code, issuer, number, to = _LETTERHEADS[name]
    if name == "city":  # it shows every indicator that there is
        every = catalogue.load(catalogue.EVERYTHING).indicators
        (editions := folder / "catalogue" / "editions").mkdir(parents=True, exist_ok=True)
        listed = "".join(f'    "{one}",\n' for one in every)
        edition = f'name = "演示用：自带的全部指标"\nversion = "demo-1"\nindicators = [\n{listed}]\n'
        (editions / "demo.toml").write_text(edition, "utf-8")
    if name == "province" and issued:
        (folder / "kinds.toml").write_text(_BOUND, "utf-8")
    text = config_text(
        {"code": code, "mark": f"{issuer}文件", "number": number, "to": to, "issuer": issuer, "cc": "本院院领导。"},
        files=["cases.parquet"],
        demo=True,
        issued=issued,
        alone=name == "court",
        divided=code + OWN if name == "city" else "",
        appeals=made.appeals_csv.name if made.appeals_csv else None,
        disputes=made.disputes_csv.name,
        figures=made.figures_csv.name if made.figures_csv else None,
        edition="demo" if name == "city" else "core",
    )
    (folder / FILE).write_text(text, "utf-8")
    enter_all(find(folder), made.registers, at=made.cutoff.isoformat(), who="演示")


_BOUND = """\
# 演示只要合订的一份会商会材料；删去这两行，各条线、各法院的一页另成单页。
[kind.pack]
parts = false
"""
_LETTERHEADS: dict[OfficeName, tuple[str, str, str, str]] = {
    "province": (
        "辽", "演示省高级人民法院", "演高法〔{year}〕号", "各中级人民法院、各基层人民法院，本院各部门：",
    ),
    "city": ("辽01", "天枢市中级人民法院", "天枢法〔{year}〕号", "各基层人民法院，本院各部门："),
    "court": ("辽0102", "天枢市城东区人民法院", "城东法〔{year}〕号", "本院各部门："),
}  # fmt: skip
"""Of the demo of each office: its court's code and name, the number of its documents, to whom they go."""


def _last_two(end: str, *, monthly: bool) -> tuple[Period, Period]:
    """The quarter before the last one and that, or the year up to the last month but one and up to the last."""
    from reports.courts.periods import parse_period

    last = parse_period(end)
    if not monthly:
        before = last.previous
        assert before is not None
        return before, last
    year, month = last.end.year, last.end.month
    return parse_period(f"{year}-01..{month - 1:02d}"), parse_period(f"{year}-01..{month:02d}")


def _carry_out(shown: Sequence[Shown], *, quiet: bool) -> None:
    """Carry out the commands of the offices, two at a time where there are processors for it.

    Those of an office follow one another up to the run of the last period; the others then wait for nothing.
    """
    tell = not quiet
    first = {one: [step for step in one.steps() if not step.after] for one in shown}
    rest = {one: [[step] for step in one.steps() if step.after] for one in shown}
    if system.processors() == 1:
        for one in shown:
            for steps in (first[one], *rest[one]):
                _do(one.folder, steps, tell=tell)
        return
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=_begin) as pool:
        try:
            running = {pool.submit(_do, one.folder, first[one], tell=tell): one for one in shown}
            later = []
            for done in as_completed(running):
                done.result()
                one = running[done]
                later += [pool.submit(_do, one.folder, steps, tell=tell) for steps in rest[one]]
            for done in as_completed(later):
                done.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin() -> None:
    """What a process of the two does first: it sets its pages itself, since the other one is at work too."""
    system.ignore_interrupts()
    system.share_processors(2)


def _do(folder: Path, steps: Sequence[Step], *, tell: bool) -> None:
    """Carry out some commands in a workspace one after the other; what they print is not the demo's."""
    from reports.demo.index import typed

    for step in steps:
        for words in _calls(folder, step):
            if tell:
                say(typed(words))
            try:
                with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                    Commands().main([*words], prog_name="tongbao", standalone_mode=False)
            except ConfigError as error:
                if not step.spare:
                    raise
                if tell:
                    say(error.what)


def _calls(folder: Path, step: Step) -> Iterator[tuple[str, ...]]:
    """The words of a command, for each open item of the ledger where it is about one."""
    from reports.ledger import items
    from reports.ledger.rectification import CLOSED
    from reports.workspace import find

    if not step.items:
        yield step.words
        return
    for item in items(find(folder).database_path):
        if item.state != CLOSED:
            yield step.of(item.number)
