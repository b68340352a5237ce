"""The ``tongbao`` command: parse, call the pipeline, print, exit. No arithmetic, no wording of bulletins.

Heavy imports wait inside the commands, so that ``--help`` and ``--version`` start at once.
"""

from __future__ import annotations

import json
import logging
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports import __version__
from reports.commands import ledger, pending
from reports.commands.template import app as template_commands
from reports.console import alone
from reports.console import formats_of as _formats
from reports.console import told_kept as _kept
from reports.errors import FLAGS_FOUND, ConfigError, InputError, TongbaoError, VerificationError, os_reason

if TYPE_CHECKING:
    from reports.courts.tree import CourtTree
    from reports.pipeline import Job

app = typer.Typer(
    name="tongbao",
    help="从案件数据生成审判执行质效通报：计算指标、同比环比、识别异常、说明构成，输出可签发的通报（PDF、Word、Excel、Markdown）。",
    epilog="示例：tongbao demo demo --run　　tongbao init 质效 --data 案件.csv　　tongbao run -w 质效 --period 2026Q3",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Workspace = Annotated[
    Path, typer.Option("-w", "--workspace", help="工作目录（含 tongbao.toml）。", show_default="当前目录")
]
PeriodText = Annotated[
    str | None,
    typer.Option(
        "--period", help="统计期：2026Q3、2026-09、2026H1、2026Q1-Q3、2026。", show_default="最近一个完整季度"
    ),
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="视同在这一天运行，如 2026-10-20。", show_default="今天")]
AsJson = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 文档。")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="不显示进度。")]
FormatList = Annotated[
    str | None, typer.Option("--format", help="输出格式，逗号分隔：md,pdf,docx,xlsx。", show_default="配置中的 formats")
]


def main() -> None:
    """Entry point: one handler turns our errors into a message and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, _terminated)
    if hasattr(signal, "SIGPIPE"):  # the reader of a pipe may leave early: end quietly, as other commands do
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        app(standalone_mode=True)
    except TongbaoError as error:
        print(f"错误：{error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _terminated(_signal: int, _frame: object) -> None:
    sys.exit(143)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tongbao {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="显示版本。", callback=_version, is_eager=True)] = False,
) -> None:
    """审判执行质效通报。"""


@app.command(epilog="示例：tongbao demo demo --cases 300000 --run")
def demo(
    folder: Annotated[Path, typer.Argument(help="新建的工作目录。")],
    cases: Annotated[int, typer.Option(help="案件数。")] = 300_000,
    seed: Annotated[int, typer.Option(help="随机种子：相同的种子得到相同的数据。")] = 20250101,
    end: Annotated[str, typer.Option(help="最后一个季度。")] = "2026Q3",
    quarters: Annotated[int, typer.Option(help="季度数。")] = 12,
    encoding: Annotated[str, typer.Option(help="CSV 编码：utf-8-sig、utf-8、gb18030。")] = "utf-8-sig",
    run_it: Annotated[bool, typer.Option("--run", help="随后运行一次，生成通报。")] = False,
    force: Annotated[bool, typer.Option("--force", help="目录已有演示数据时重新生成。")] = False,
    quiet: Quiet = False,
) -> None:
    """生成一个虚构省份的案件数据（含有据可查的异常），作为可以直接运行的工作目录。"""
    from reports.demo import make
    from reports.starter import config_text
    from reports.workspace import FILE

    config = folder / FILE
    if folder.exists() and any(folder.iterdir()) and not (force and (folder / "planted.json").exists()):
        raise ConfigError(
            f"目录“{folder}”不是空的。", advice="请换一个目录；若其中是以前的演示数据，加 --force 重新生成。"
        )
    _writable(folder)
    for old in (folder / "tongbao.db", folder / "out"):  # they belong to data that are about to go
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    result = make(
        folder,
        cases=cases,
        seed=seed,
        end=end,
        quarters=quarters,
        encoding=encoding,
        progress=_progress(quiet),
    )
    values = {
        "code": "辽",
        "mark": "演示省高级人民法院文件",
        "number": "演高法〔{year}〕1号",
        "to": "各中级人民法院、各基层人民法院，本院各部门：",
        "issuer": "演示省高级人民法院",
        "cc": "本院院领导。",
    }
    config.write_text(config_text(values, files=["cases.parquet"], demo=True), "utf-8")
    _say(f"已生成 {result.rows} 行案件数据：{result.cases_csv}、{result.cases_parquet}")
    _say(f"其中埋设的异常和问题数据见：{result.planted_json}")
    if run_it:
        run(workspace=folder, period=end, as_of=None, quiet=quiet)


@app.command(epilog="示例：tongbao init 质效 --data 案件.csv")
def init(
    folder: Annotated[Path, typer.Argument(help="新建的工作目录。")],
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="案件数据文件，可重复；据此生成法院表 courts.csv。")
    ] = None,
    dialect: Annotated[str, typer.Option(help="列名对照表。")] = "chinese",
) -> None:
    """新建工作目录：带说明的 tongbao.toml；有数据时从案号推出法院表 courts.csv。"""
    from reports.starter import config_text
    from reports.workspace import FILE

    config, table = folder / FILE, folder / "courts.csv"
    made = not config.exists()
    if not made and (data or table.exists()):
        raise ConfigError(f"“{folder}”已经是工作目录。", where=str(config), advice="请直接修改其中的配置。")
    for path in data or []:
        if not path.is_file():
            raise InputError(f"找不到数据文件“{path}”。", advice="请核对 --data 的路径。")
    _writable(folder)
    values = {"dialect": dialect}
    files = [str(path.resolve()) for path in data or []] or ["cases.csv"]
    if made:
        config.write_text(config_text(values, files=files), "utf-8")
        print(f"已建立工作目录：{config}")
    if data or not made:
        tree = _derived_courts(folder)
        tree.write(table)
        print(f"已从数据推出法院表（{len(tree.courts)} 个法院），请核对：{table}")
        for note in tree.notes[:10]:
            print(f"  · {note}")
        if len(tree.notes) > 10:
            print(f"  · 另有 {len(tree.notes) - 10} 处待核，见 courts.csv 的备注列")
        if made and len(tree.roots) == 1:
            root = tree.roots[0]
            values |= {"code": root.code, "issuer": root.name, "mark": f"{root.name}文件"}
            values |= {"to": "本院各部门："} if root.level == "basic" else {}
            config.write_text(config_text(values, files=files), "utf-8")
    print("下一步：核对 tongbao.toml，然后运行 tongbao check。")


def _derived_courts(folder: Path) -> CourtTree:
    """The court table that the data of a new workspace suggest."""
    from reports.pipeline import case_table

    try:
        with case_table(_job(folder, None, None, quiet=False)) as cases:
            return cases.tree
    except InputError as error:
        advice = f"{error.advice or ''}\n      改好后再次运行 tongbao init {folder}，即可生成法院表。"
        raise InputError(error.what, where=error.where, advice=advice.strip()) from error


@app.command(epilog="示例：tongbao columns 导出.xlsx　　tongbao columns 导出.csv --dialect pinyin --json")
def columns(
    file: Annotated[Path, typer.Argument(help="列名未知的数据文件：CSV、Excel、Parquet。")],
    workspace: Workspace = Path(),
    dialect: Annotated[
        str | None, typer.Option("--dialect", help="只按这个列名对照表识别。", show_default="全部对照表")
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="工作表名称。", show_default="列名最多的工作表")] = None,
    as_json: AsJson = False,
) -> None:
    """识别文件中各列是什么，给出可以直接粘贴的 [source.columns]；示例中的姓名、证件号码已遮盖。"""
    from reports.catalogue.columns import BY_ID
    from reports.read.propose import propose, to_json

    found = propose(file, dialect=dialect, folder=workspace, sheet=sheet)
    if as_json:
        _print_json(to_json(found))
        return
    for guess in found.guesses:
        name = f"{guess.column} {BY_ID[guess.column].name}" if guess.column else "—"
        print(f"{guess.source}\t{name}\t{guess.level}\t{guess.reason}\t{'；'.join(guess.examples)}")
    print(f"\n# 以下可粘贴到 tongbao.toml（据前 {found.rows} 行推断，请核对）")
    print(found.toml(), end="")


@app.command(epilog="示例：tongbao check -w 质效 --to 核查　　tongbao check --rules")
def check(
    workspace: Workspace = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    court: Annotated[
        str | None, typer.Option("--court", help="法院代码或名称：只看该院及其下级法院，逐院列出。")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="把报告（report.md、report.csv）和各法院应核对的行（退回-….csv）写入这个文件夹。"),
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="只列出全部数据质量规则（Markdown 表格）。")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """核对配置和数据：多少行能用、不能用的原因、按数据质量规则发现的问题。"""
    from reports.pipeline import case_table, deadline_differences, gate, gate_rules, quality_files, reasons
    from reports.pipeline import check as check_quality

    if rules:
        from reports.catalogue import quality as quality_rules

        print(quality_rules.markdown(quality_rules.load(workspace)), end="")
        return
    job = _job(workspace, period, as_of, quiet)
    for text in job.catalogue.warnings:
        _say(f"提示：{text}")
    with case_table(job) as table:
        kinds = reasons(table)
        checked = check_quality(job, table)
        shown = checked.of(*_subtree(table.tree, court)) if court else checked
        if to:
            from reports.deliver import publish

            written = publish(to, quality_files(job, table, shown))
        if as_json:
            _print_json(
                {
                    "schema": "tongbao.check/1",
                    "rows_in": table.rows_in,
                    "rows_used": table.rows_used,
                    "set_aside": [
                        {
                            "file": r["文件"],
                            "line": int(r["行"]),
                            "case_no": _none(r["案号"]),
                            "reason": r["原因"],
                        }
                        for r in table.set_aside.to_dict("records")
                    ],
                    "reasons": dict(kinds),
                    "notes": [{"id": n.id, "text": n.text, "count": n.count} for n in table.notes],
                    "deadline_differences": deadline_differences(table),
                    "period": job.base_period.key,
                    **_quality_json(shown, table.tree, job.rules),
                    "files": [str(path) for path in written] if to else [],
                }
            )
        else:
            out = table.rows_in - table.rows_used
            print(f"文件：{'、'.join(table.files)}")
            print(f"法院：{len(table.tree.courts)} 个")
            print(f"读取 {table.rows_in} 行，可用 {table.rows_used} 行，不能用 {out} 行。")
            for reason, number in kinds.items():
                print(f"  · {reason}：{number} 行")
            for row in table.set_aside.head(20).to_dict("records"):
                print(f"    {row['文件']} 第{row['行']}行 {_none(row['案号']) or ''} {row['原因']}")
            if out > 20:
                print(f"    ……其余 {out - 20} 行用 --json 查看")
            for note in table.notes:
                print(f"  · {note.text}：{note.count} 件")
                if note.id == "deadline_differs":
                    for case in deadline_differences(table, limit=10):
                        print(f"    {case['case_no']} 系统所列 {case['deadline']}，推算 {case['computed']}")
            _print_quality(shown, table.tree, job, by_court=court is not None)
            if to:
                print("已写入：")
                for path in written:
                    print(f"  {path}")
        gate(job, table)
        gate_rules(job, checked)


@app.command(epilog="示例：tongbao indicators -w 质效 --period 2026Q3 -o 指标.csv")
def indicators(
    workspace: Workspace = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入文件。", show_default="标准输出")] = None,
    sql: Annotated[
        bool, typer.Option("--show-sql", help="只打印计数所用的 SQL（按 [engine] 的方言），供数据库管理员审阅。")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """计算指标表：每个法院、条线、指标、统计期一行，含分子和分母。"""
    from reports.pipeline import csv_bytes, numbers, show_sql

    job = _job(workspace, period, as_of, quiet)
    if sql:
        print(show_sql(job))
        return
    found = numbers(job)
    table = found.history[found.history["period"].isin({period.key for period in found.periods})]
    if as_json:
        columns = [table[name].astype("object").where(table[name].notna(), None).tolist() for name in table]
        records = [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]
        _print_json({**_head(job, "indicators"), "indicators": records})
        return
    _write_table(csv_bytes(table), output)


@app.command(epilog="示例：tongbao compare -w 质效 --court 辽01")
def compare(
    workspace: Workspace = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    court: Annotated[str | None, typer.Option("--court", help="法院代码或名称。")] = None,
    line: Annotated[str | None, typer.Option("--line", help="条线：全部、刑事、民事、行政、执行。")] = None,
    indicator: Annotated[str | None, typer.Option("--indicator", help="指标编号或名称。")] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="只用这个指标表（CSV、Excel、Parquet），不读案件数据。")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """各指标的本期数、环比和同比。"""
    from reports.words import changes

    job = _job(workspace, period, as_of, quiet, or_defaults=table is not None)
    if table is None:
        from reports.pipeline import numbers

        found = numbers(job)
        comparisons, tree = found.comparisons, found.tree
    else:
        from reports.pipeline import compare_table

        comparisons, tree = compare_table(job, table)
    wanted_court = _court(tree, court) if court else None
    wanted = comparisons.catalogue.indicator(indicator).id if indicator else None
    lines = sorted({cell.line for cell in comparisons})
    if line is not None and line not in lines:
        raise ConfigError(f"数据中没有条线“{line}”。", advice=f"可用的条线：{'、'.join(lines)}。")
    cells = [
        cell
        for cell in comparisons
        if (wanted_court is None or cell.court == wanted_court)
        and (line is None or cell.line == line)
        and (wanted is None or cell.indicator == wanted)
    ]
    if as_json:
        _print_json({**_head(job, "compare"), "comparisons": [_comparison_json(comparisons, cell) for cell in cells]})
        return
    for cell in cells:
        item = comparisons.catalogue.indicators[cell.indicator]
        print(f"{cell.court}\t{cell.line}\t{item.name}\t{cell.text}\t{cell.fraction}\t{changes(cell)}")


@app.command(epilog="示例：tongbao flags -w 质效 --fail-on red")
def flags(
    workspace: Workspace = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    table: Annotated[
        str | None, typer.Option("--table", help="只用这个指标表（CSV、Excel、Parquet），不读案件数据。")
    ] = None,
    explain_policy: Annotated[
        bool, typer.Option("--explain-policy", help="打印现行的识别规则、阈值和依据，不读数据。")
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", help="有此级别及以上的异常时以退出码 3 结束：red、amber、yellow。"),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """识别出的异常及其依据。"""
    from reports import pipeline

    if explain_policy:
        _explain_policy(as_json)
        return
    job = _job(workspace, period, as_of, quiet, or_defaults=table is not None)
    _severity(fail_on)
    if table is None:
        findings = pipeline.findings(job)
        found, untested = findings.flags, findings.untested
    else:
        result, _ = pipeline.flag_table(job, table)
        found, untested = result.flags, result.untested
    if as_json:
        _print_json(
            {
                **_head(job, "flags"),
                "flags": [_flag_json(flag) for flag in found],
                "untested": [{"court": court, "indicator": name, "reason": reason} for court, name, reason in untested],
            }
        )
    else:
        from reports.words import SEVERITIES

        for flag in found:
            print(f"[{SEVERITIES[flag.severity]}] {flag.evidence}")
        _say(f"共 {len(found)} 项；因基数较小等原因未作评价 {len(untested)} 项。")
    _fail_on(found, fail_on)


def _explain_policy(as_json: bool) -> None:
    from dataclasses import asdict

    from reports.flag.policy import load

    policy = load()
    if as_json:
        limits = {name: value for name, value in asdict(policy).items() if name != "rules"}
        rules = [asdict(rule) for rule in policy.rules.values()]
        _print_json({"schema": "tongbao.policy/1", "limits": limits, "rules": rules})
        return
    for rule in policy.rules.values():
        print(f"【{rule.label}】{rule.text}\n　依据：{rule.source}。\n")


@app.command(epilog="示例：tongbao explain -w 质效 --court 辽01 --indicator 上诉率")
def explain(
    court: Annotated[str, typer.Option("--court", help="法院代码或名称；中级以上法院加“本级”只看本院案件。")],
    indicator: Annotated[str, typer.Option("--indicator", help="指标编号或名称。")],
    workspace: Workspace = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    line: Annotated[str, typer.Option("--line", help="条线。")] = "全部",
    previous: Annotated[bool, typer.Option("--previous/--year", help="与上期比，还是与去年同期比。")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """一项变动由哪些法院、条线、案由带动：组内变化和结构变化，各部分之和等于总变动。"""
    from reports.explain import choose
    from reports.pipeline import case_table, explanations, measure
    from reports.words import decimal, half_up

    job = _job(workspace, period, as_of, quiet)
    with case_table(job) as table:
        found = measure(job, table)
        code, item = _court(table.tree, court), found.catalogue.indicator(indicator)
        against = "previous" if previous else None
        splits = explanations(found.comparisons, table, code, line, item.id, against)
    if not splits:
        raise ConfigError("这一变动无法分解。", advice="没有此类案件，没有可比的基期，或者没有可分的部分。")
    best = choose(splits)
    if as_json:
        splits_json = [_attribution_json(one, best is one) for one in splits]
        _print_json({**_head(job, "explain"), "court": code, "line": line, "indicator": item.id, "splits": splits_json})
        return
    unit = {"%": "百分点", "天": "天", "件": "件"}.get(item.unit, "")

    def text(value: Any) -> str:
        scaled = value * item.measure.factor
        number = half_up(scaled.numerator, scaled.denominator, item.places)
        return f"{'+' if number > 0 else '-' if number < 0 else ''}{decimal(abs(number), item.places)}"

    for one in splits:
        base = "上期" if one.against == "previous" else "去年同期"
        names = {"line": "条线", "court": "法院", "cause": "案由"}
        print(f"按{names[one.dimension]}，与{base}比{text(one.change)}{unit}" + ("（最简明）" if one is best else ""))
        for part in one.parts:
            then, now = (f"{x}/{n}" if item.denominator else f"{x}" for x, n in (part.base, part.now))
            sizes = f"组内 {text(part.within)}\t结构 {text(part.mix)}\t合计 {text(part.total)}"
            print(f"  {part.name}\t{then} → {now}\t{sizes}")
        if one.reversal:
            print("  各部分与总体的方向相反：总体变动系案件结构变化所致。")


@app.command(epilog="示例：tongbao cases -w 质效 --court 辽0102 --indicator 上诉率 -o 清单.csv")
def cases(
    court: Annotated[str, typer.Option("--court", help="法院代码或名称；中级以上法院加“本级”只列本院案件。")],
    indicator: Annotated[str, typer.Option("--indicator", help="指标编号或名称。")],
    workspace: Workspace = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    line: Annotated[str, typer.Option("--line", help="条线。")] = "全部",
    denominator: Annotated[bool, typer.Option("--denominator/--numerator", help="列分母还是分子的案件。")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="写入 CSV 文件。", show_default="标准输出")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """列出一个数字背后的案件：件数与通报所印的完全一致。"""
    from reports.pipeline import case_table, csv_bytes
    from reports.trace import VALUE, cases_behind

    job = _job(workspace, period, as_of, quiet)
    with case_table(job) as table:
        found = cases_behind(
            table,
            job.catalogue.resolved(table.columns),
            job.period,
            court=_court(table.tree, court),
            line=line,
            indicator=indicator,
            denominator=denominator,
            judges=job.workspace.config.privacy.judges,
        )
    if as_json:
        rows = json.loads(found.to_json(orient="records", date_format="iso", force_ascii=False))
        total = int(found[VALUE].sum())
        _print_json({**_head(job, "cases"), "total": total, "cases": rows})
        return
    _write_table(csv_bytes(found), output)
    _say(f"{len(found)} 行，合计 {int(found[VALUE].sum())}。")


@app.command(epilog="示例：tongbao bulletin general -w 质效 --format md,pdf -o 通报")
def bulletin(
    kind: Annotated[
        str,
        typer.Argument(
            help="通报种类：general 综合通报、line 条线通报、court 法院通报、monthly 月讲评、reminder 提醒函、"
            "supervision 督办函、theme 专项分析通报、feedback 整改情况通报。"
        ),
    ] = "general",
    workspace: Workspace = Path(),
    court: Annotated[str | None, typer.Option("--court", help="法院代码或名称（法院通报、提醒函、督办函）。")] = None,
    line: Annotated[
        str | None, typer.Option("--line", help="条线：刑事、民事、行政、执行、立案等（条线通报）。")
    ] = None,
    theme: Annotated[
        str | None, typer.Option("--theme", help="主题：营商环境、民法典、诉源治理、分调裁审、司法建议或自定的主题。")
    ] = None,
    each: Annotated[
        str | None, typer.Option("--for", help="each：每个法院（条线）各一份，只读一次数据。", metavar="each")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", min=1, max=64, help="同时排版的进程数。", show_default="处理器数，至多 4"),
    ] = None,
    period: PeriodText = None,
    as_of: AsOf = None,
    formats: FormatList = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="输出文件夹。", show_default="工作目录的 out/统计期")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """生成一种通报（不记台账）。"""
    from reports.pipeline import analysis, deliver, findings, followed_up, render_all, write_bulletins

    name, what = _kind(kind)
    if each not in (None, "each"):
        raise ConfigError(f"--for 只能写 each，不能写“{each}”。")
    if what.each in ("issuer", "theme") and each:
        raise ConfigError(f"“{what.name}”只有一份，不能用 --for each。")
    if what.each == "theme" and not theme:
        raise ConfigError(f"“{what.name}”要指定主题。", advice="请加 --theme，如 --theme 营商环境。")
    if theme and what.each != "theme":
        raise ConfigError(f"“{what.name}”不分主题。", advice="请去掉 --theme。")
    if what.each not in ("issuer", "theme") and not (court or line or each):
        option = "--line 指定条线" if what.each == "line" else "--court 指定法院"
        raise ConfigError(f"“{what.name}”有多份。", advice=f"请用 {option}，或用 --for each 全部生成。")
    job = _job(workspace, period, as_of, quiet, monthly=name == "monthly")
    chosen = _formats(formats) or job.workspace.config.output.formats
    if theme:
        from dataclasses import replace

        from reports.catalogue import themes

        known = themes.load(job.workspace.folder, job.whole_catalogue.indicators)
        job = replace(job, theme=themes.choose(known, theme))
    found = analysis(job) if theme else findings(job, gated=True)
    found, _ = followed_up(job, found)
    if name == "feedback" and not found.follow_up:
        raise ConfigError(
            f"{job.period.label}以前没有通报过需要整改的问题，没有整改情况可以通报。", advice="请核对 --period。"
        )
    bulletins = write_bulletins(job, found, [name], court=_court(found.tree, court) if court else None, line=line)
    if not bulletins:
        print(f"本期没有需要发“{what.name}”的法院。")
        return
    files = render_all(job, bulletins, chosen, jobs=jobs)
    paths, kept = deliver(output or job.workspace.output_path / job.period.key, files, bulletins)
    _report(paths, as_json, job, "bulletin")
    _kept(kept)


@app.command(epilog="示例：tongbao render out/2026Q3/2026Q3-general.md --to pdf,docx")
def render(
    file: Annotated[Path, typer.Argument(help="通报的 Markdown 文件（可先手工修改）。")],
    to: Annotated[str, typer.Option("--to", help="输出格式，逗号分隔：pdf,docx,xlsx。")] = "pdf",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="输出文件夹。", show_default="与原文件相同")
    ] = None,
) -> None:
    """把（手工修改过的）Markdown 通报按公文格式排版。"""
    from reports.deliver import publish
    from reports.pipeline import TEMPLATES
    from reports.render import render as render_one
    from reports.workspace import find

    chosen = _formats(to) or ["pdf"]
    own = find(file.parent, or_defaults=True).config.layout
    text = _read_text(file)
    assets = _assets(file)
    if set(chosen) <= {"md"}:
        raise ConfigError("没有要生成的文件：md 就是原文件。", advice="用 --to 指定其他格式，如 --to pdf。")
    files = {
        f"{file.stem}.{form}": render_one(
            text, form, assets=assets, templates=TEMPLATES, source=str(file), deviations=own
        )
        for form in chosen
        if form != "md"
    }
    for path in publish(output or file.parent, files):
        print(path)


@app.command(name="layout-check", epilog="示例：tongbao layout-check 通报.pdf　　tongbao layout-check 来文.pdf --json")
def layout_check(
    file: Annotated[Path | None, typer.Argument(help="PDF 文件，本程序或其他程序生成的均可。")] = None,
    style: Annotated[
        str | None, typer.Option("--style", help="版式：公文、信函、纪要、简报。", show_default="按首页版头判断")
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="只列出全部版面参数（Markdown 表格）。")] = False,
    as_json: AsJson = False,
) -> None:
    """按 GB/T 9704-2012 逐条核对 PDF 的版面：要求、实测、是否符合。有必须或推荐的条款不符合时退出码为 6。"""
    from reports.pipeline import TEMPLATES
    from reports.render.check import VERDICTS
    from reports.render.check import check as measure
    from reports.render.document import STYLES
    from reports.render.profile import load, markdown
    from reports.workspace import find

    if file is None and not rules:
        raise ConfigError("没有写要核对的 PDF 文件。", advice="如 tongbao layout-check 通报.pdf。")
    if style is not None and style not in STYLES:
        raise ConfigError(f"没有版式“{style}”。", advice=f"可用的版式：{'、'.join(STYLES)}。")
    own = find(file.parent if file else Path(), or_defaults=True).config.layout
    profile = load(TEMPLATES / "page", own)
    if file is None:
        print(markdown(profile), end="")
        return
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"文件无法读取：{os_reason(error)}。", where=str(file)) from error
    found = measure(data, profile, str(file), style)
    counts = {verdict: sum(one.verdict == verdict for one in found.findings) for verdict in VERDICTS}
    if as_json:
        _print_json(
            {
                "schema": "tongbao.layout-check/1",
                "file": str(file),
                "style": found.style,
                "pages": found.pages,
                "passed": not found.failed,
                "clauses": [
                    {
                        "id": one.id,
                        "clause": one.value.clause,
                        "name": one.value.name,
                        "strength": one.value.strength,
                        "own": one.value.own,
                        "expected": one.value.text,
                        "measured": one.measured,
                        "verdict": one.verdict,
                        "pages": list(one.pages),
                    }
                    for one in found.findings
                ],
            }
        )
    else:
        print(f"{file}：按{found.style}版式核对，共{found.pages}页")
        for one in found.findings:
            where = f"（第{'、'.join(map(str, one.pages))}页）" if one.pages else ""
            by = "本院规定" if one.value.own else one.value.strength
            print(f"{one.verdict}\t{one.value.clause}\t{one.value.name}\t{by}\t{one.value.text}\t{one.measured}{where}")
        print("，".join(f"{verdict}{number}项" for verdict, number in counts.items()) + "。")
    if found.failed:
        raise typer.Exit(VerificationError.exit_code)


@app.command(epilog="示例：tongbao run -w 质效　　定时任务：5 8 15 1,4,7,10 * tongbao run -q -w /data/质效")
def run(
    workspace: Workspace = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    formats: FormatList = None,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", help="有此级别及以上的异常时以退出码 3 结束：red、amber、yellow。"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只计算和排版，不写文件、不记台账。")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """完整运行：读数据、算指标、识别异常、生成通报、记台账。可由定时任务调用。"""
    from reports.pipeline import run as run_all

    job = _job(workspace, period, as_of, quiet)
    _severity(fail_on)
    chosen = _formats(formats)
    with alone(job.workspace, wait=0):
        result = run_all(job, formats=chosen, dry_run=dry_run)
    found = result.findings
    if as_json:
        _print_json(
            {
                **_head(job, "run"),
                "rows_in": found.rows_in,
                "rows_used": found.rows_used,
                "flags": {
                    s: sum(f.severity == s for f in found.flags)
                    for s in ("red", "amber", "yellow", "green", "neutral", "grey")
                },
                "new_items": result.new_items,
                "pending": pending.counts(result.pending),
                "files": [str(path) for path in result.files],
                "dry_run": dry_run,
            }
        )
    else:
        print(f"{job.period.label}（{job.period.window}）")
        print(f"数据 {found.rows_in} 行，使用 {found.rows_used} 行，未用 {found.rows_in - found.rows_used} 行。")
        reds, ambers = (sum(f.severity == s for f in found.flags) for s in ("red", "amber"))
        print(f"重点问题 {reds} 项，需要关注 {ambers} 项，新增台账 {result.new_items} 项。")
        if told := pending.sentence(result.pending):
            print(told)
        print("试运行，没有写入文件：" if dry_run else "已生成：")
        for path in result.files:
            print(f"  {path}")
    _kept(result.kept)
    _fail_on(found.flags, fail_on)


@app.command(name="case-no", epilog="示例：tongbao case-no （2017）豫01民终3046号 --json")
def case_no(numbers: Annotated[list[str], typer.Argument(help="案号，可多个。")], as_json: AsJson = False) -> None:
    """解析案号：年度、法院、类型、条线、审级。"""
    from reports.courts.case_no import parse, to_json

    read = [parse(text) for text in numbers]
    if as_json:
        _print_json({"schema": "tongbao.case-no/1", "numbers": [to_json(number) for number in read]})
        return
    for number in read:
        if number.valid:
            parts = (number.court, number.type, number.line, number.stage, number.number, number.suffix)
            print(f"{number.text}\t{number.year}\t" + "\t".join(part or "—" for part in parts))
        else:
            print(f"{number.text}\t无法识别：{number.problem}")


app.add_typer(template_commands, name="template")
catalogue_app = typer.Typer(help="指标目录：查看定义、口径、来源和区间，核对自定的目录文件。", no_args_is_help=True)
app.add_typer(catalogue_app, name="catalogue")


@catalogue_app.command(name="show", epilog="示例：tongbao catalogue show --edition spc-2024-09 --md > 指标口径.md")
def catalogue_show(
    workspace: Workspace = Path(),
    edition: Annotated[
        str | None,
        typer.Option(
            "--edition",
            help="目录版本：core、spc-2024-09、spc-2024-01、local、本院自编的版本，all 为全部指标。",
            show_default="工作目录所用的版本，没有工作目录时为 core",
        ),
    ] = None,
    as_markdown: Annotated[bool, typer.Option("--md", help="输出 Markdown。")] = False,
    with_data: Annotated[
        bool, typer.Option("--data", help="读取工作目录的数据，标明有几种口径的计数本次采用哪一种。")
    ] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """打印指标目录：每个指标的定义、计算口径、来源和合理区间。"""
    from reports import catalogue as catalogues
    from reports.catalogue import show
    from reports.pipeline import case_table

    job = _job(workspace, None, as_of, quiet, or_defaults=not with_data)
    config = job.workspace.config.catalogue
    shown = catalogues.load(
        edition or config.edition,
        folder=job.workspace.folder / "catalogue",
        intervals=job.workspace.intervals,
        options=config.options,
    )
    if with_data:
        with case_table(job) as table:
            shown = shown.resolved(table.columns)
    if as_json:
        _print_json({"schema": "tongbao.catalogue/1", **show.data(shown, job.as_of)})
    else:
        sys.stdout.write(show.markdown(shown, job.as_of) if as_markdown else show.plain(shown, job.as_of))


@catalogue_app.command(name="check", epilog="示例：tongbao catalogue check 质效/catalogue")
def catalogue_check(
    path: Annotated[Path, typer.Argument(help="目录文件，或含有目录文件（和 editions 子文件夹）的文件夹。")],
    as_json: AsJson = False,
) -> None:
    """核对自定的目录文件：逐处列出错误和提示。有错误时退出码为 2。"""
    from reports import catalogue as catalogues

    if not path.exists():
        raise ConfigError(f"找不到“{path}”。", advice="请核对路径。")
    found = catalogues.check(path)
    warnings = list(dict.fromkeys(text for one in found for text in one.warnings))
    if as_json:
        _print_json(
            {
                "schema": "tongbao.catalogue-check/1",
                "editions": [{"edition": one.edition, "indicators": len(one.indicators)} for one in found],
                "warnings": warnings,
            }
        )
        return
    for text in warnings:
        print(f"提示：{text}")
    for one in found:
        print(f"{one.name}：{len(one.indicators)} 项指标，没有错误。")


app.add_typer(ledger.app, name="ledger")
app.add_typer(pending.app, name="pending")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """检查运行环境：字体由哪个文件提供、Pango 和 HarfBuzz 是否齐备。"""
    from dataclasses import asdict

    from reports.render.fonts import engine, roles

    found, fonts = engine(), roles()
    if as_json:
        _print_json({"schema": "tongbao.doctor/1", **asdict(found), "roles": [asdict(role) for role in fonts]})
        return
    subset = "有" if found.harfbuzz_subset else "没有（生成 PDF 会很慢，请安装 libharfbuzz-subset0）"
    print(f"tongbao {__version__}　Python {sys.version.split()[0]}")
    print(f"WeasyPrint {found.weasyprint}　Pango {found.pango}　HarfBuzz 字体子集化：{subset}")
    for role in fonts:
        print(f"{role.name}：{role.family}　{role.file}{'' if role.preferred else '　（代用字体，版面可能有出入）'}")


def _job(
    folder: Path,
    period: str | None,
    as_of: str | None,
    quiet: bool,
    *,
    or_defaults: bool = False,
    monthly: bool = False,
) -> Job:
    from reports.pipeline import Job, choose_period
    from reports.render import FORMATS
    from reports.workspace import find

    today = day = date.today()
    if as_of:
        try:
            day = date.fromisoformat(as_of)
        except ValueError:
            raise ConfigError(f"日期“{as_of}”无法识别。", advice="请写成 2026-10-20。") from None
    workspace = find(folder, or_defaults=or_defaults)
    for form in workspace.config.output.formats:
        if form not in FORMATS:
            raise ConfigError(
                f"不支持的输出格式“{form}”。",
                where=f"{workspace.config_path} [output] formats",
                advice=f"可用的格式：{'、'.join(FORMATS)}。",
            )
    return Job(workspace, choose_period(workspace, period, day, monthly=monthly), today, day, _progress(quiet))


def _court(tree: Any, text: str) -> str:
    from reports.model import OWN

    found: str = tree.find(text.removesuffix(OWN)).code
    return found + (OWN if text.endswith(OWN) else "")


def _subtree(tree: Any, text: str) -> tuple[set[str], str]:
    """A court and all below it, or only its own cases (本级), and how they are called."""
    from reports.model import OWN

    code = _court(tree, text)
    name = tree.short_name(code.removesuffix(OWN))
    if code.endswith(OWN):
        return {code, code.removesuffix(OWN)}, f"{name}本级"
    below = [c.code for c in tree.courts if any(above.code == code for above in tree.ancestors(c.code))]
    return {each + own for each in (code, *below) for own in ("", OWN)}, f"{name}及下级法院" if below else name


def _print_quality(found: Any, tree: Any, job: Job, *, by_court: bool) -> None:
    from reports.quality import by_rule, sentence, summary

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
        for name, why in found.unchecked.items():
            print(f"    {job.rules[name].name}：{why}")


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


def _head(job: Job, name: str) -> dict[str, Any]:
    catalogue = job.catalogue
    return {
        "schema": f"tongbao.{name}/1",
        "period": job.period.key,
        "window": {
            "start": job.period.start.isoformat(),
            "end": job.period.end.isoformat(),
            "text": job.period.window,
        },
        "catalogue": {"edition": catalogue.edition, "name": catalogue.name, "version": catalogue.version},
    }


def _comparison_json(comparisons: Any, cell: Any) -> dict[str, Any]:
    from reports.words import restated

    item = comparisons.catalogue.indicators[cell.indicator]
    period = comparisons.period

    def side(value: Any, base: Any, change_text: str) -> dict[str, Any] | None:
        if base is None or value is None:
            return None
        old, now = _quotient(value), _quotient(cell.now)
        return {
            "period": base.key,
            "numerator": value[0],
            "denominator": value[1],
            "value": old,
            "text": cell.measure.text(*value),
            "change": None if old is None or now is None else now - old,
            "change_text": change_text,
        }

    interval = item.interval(period.end)
    along = side(cell.previous_cumulative, period.previous_cumulative, cell.cumulative_change)
    old = comparisons.restated.get((cell.court, cell.line, cell.indicator))
    note = restated(cell.measure, old.value, cell.year_before, scope=old.scope != item.scope) if old else None
    return {
        "court": cell.court,
        "line": cell.line,
        "indicator": cell.indicator,
        "name": item.label,
        "kind": item.kind,
        "now": {
            "numerator": cell.now[0],
            "denominator": cell.now[1],
            "value": _quotient(cell.now),
            "text": cell.text,
        },
        "previous": side(cell.previous, period.previous, cell.previous_change),
        "year_before": side(cell.year_before, period.year_before, cell.year_change),
        **({"previous_cumulative": along} if along else {}),
        "interval": {"low": interval.low, "high": interval.high, "source": interval.source} if interval else None,
        "note": note,
    }


def _quotient(value: tuple[int | None, int | None]) -> float | None:
    numerator, denominator = value
    if denominator is None:
        return numerator
    return None if numerator is None or not denominator else numerator / denominator


def _flag_json(flag: Any) -> dict[str, Any]:
    return {
        "court": flag.court,
        "line": flag.line,
        "indicator": flag.indicator,
        "severity": flag.severity,
        "strength": flag.strength,
        "direction": flag.direction,
        "rules": list(flag.rules),
        "value": flag.value,
        "numerator": flag.numerator,
        "denominator": flag.denominator,
        "reference": {
            "kind": flag.reference.kind,
            "value": flag.reference.value,
            "text": flag.reference.text,
        },
        "q": flag.q,
        "z": flag.z,
        "p": flag.p,
        "evidence": flag.evidence,
        "state": flag.state,
    }


def _severity(text: str | None) -> None:
    if text is not None and text not in ("red", "amber", "yellow"):
        raise ConfigError(f"--fail-on 没有级别“{text}”。", advice="可用的级别：red、amber、yellow。")


def _fail_on(flags: Sequence[Any], severity: str | None) -> None:
    if severity:
        from reports.pipeline import adverse

        if adverse(flags, severity):
            raise typer.Exit(FLAGS_FOUND)


def _kind(text: str) -> tuple[str, Any]:
    from reports.bulletins import KINDS, kind_of

    kind = kind_of(text)
    return next(name for name, one in KINDS.items() if one is kind), kind


def _read_text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("文件不是 UTF-8 编码。", where=str(file), advice="用记事本另存为 UTF-8。") from None
    except OSError as error:
        raise InputError(f"文件无法读取：{os_reason(error)}。", where=str(file)) from error


def _assets(file: Path) -> dict[str, bytes]:
    """The charts beside a Markdown bulletin; nothing else of the disk is ever embedded."""
    return {f"charts/{path.name}": path.read_bytes() for path in sorted((file.parent / "charts").glob("*.svg"))}


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".tongbao-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            f"目录“{folder}”无法写入：{os_reason(error)}。", advice="请核对路径和写权限，或换一个目录。"
        ) from error


def _report(paths: Sequence[Path], as_json: bool, job: Job, name: str) -> None:
    if as_json:
        _print_json({**_head(job, name), "files": [str(path) for path in paths]})
    else:
        for path in paths:
            print(path)


def _write_table(data: bytes, output: Path | None) -> None:
    """A table into a file, or to standard output for a pipe."""
    if output:
        from reports.deliver import publish

        publish(output.parent, {output.name: data})
        _say(f"已写入 {output}")
    else:
        sys.stdout.write(data.decode("utf-8-sig").replace("\r\n", "\n"))


def _attribution_json(one: Any, chosen: bool) -> dict[str, Any]:
    """One split; changes as plain quotients (0.01 is one 百分点), of a count in 件."""
    return {
        "dimension": one.dimension,
        "chosen": chosen,
        "against": one.against,
        "change": float(one.change),
        "within": float(one.within),
        "mix": float(one.mix),
        "reversal": one.reversal,
        "parts": [
            {
                "key": part.key,
                "name": part.name,
                "now": {"numerator": part.now[0], "denominator": part.now[1]},
                "base": {"numerator": part.base[0], "denominator": part.base[1]},
                "within": float(part.within),
                "mix": float(part.mix),
                "total": float(part.total),
                "share": float(part.total / one.change) if one.change else None,
            }
            for part in one.parts
        ],
    }


def _print_json(document: dict[str, Any]) -> None:
    # Indented where somebody reads it; a program gets it ten times faster.
    print(json.dumps(document, ensure_ascii=False, indent=1 if sys.stdout.isatty() else None))


def _progress(quiet: bool) -> Callable[[str], None]:
    """Progress goes to stderr, and only where somebody is watching."""
    if quiet or not sys.stderr.isatty():
        return lambda _: None
    return lambda text: print(f"… {text}", file=sys.stderr)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _none(value: Any) -> Any:
    return value if isinstance(value, str) else None
