"""Numbers and what is behind them: ``indicators``, ``compare``, ``flags``, ``explain``, ``cases``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reports.commands.console import (
    AsJson,
    AsOf,
    Below,
    Courts,
    Folder,
    Indicators,
    Of,
    PeriodText,
    Quiet,
    Without,
    all_listed,
    exit_on,
    head,
    job_of,
    known_severity,
    print_json,
    say,
    write_table,
)
from reports.errors import ConfigError

if TYPE_CHECKING:
    from reports.model import Comparisons
    from reports.pipeline.extent import Extent
    from reports.pipeline.job import Job
    from reports.pipeline.numbers import Numbers

app = typer.Typer()


@app.command(epilog="示例：tongbao indicators -w 质效 --period 2026Q3 -o 指标.csv")
def indicators(
    workspace: Folder = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写入文件。", show_default="标准输出")] = None,
    sql: Annotated[
        bool, typer.Option("--show-sql", help="只打印计数所用的 SQL（按 [engine] 的方言），供数据库管理员审阅。")
    ] = False,
    wide: Annotated[
        bool,
        typer.Option("--wide", help="每个单位一行，各项指标并列本期、上期、去年同期和合理区间；文件名可为 .xlsx。"),
    ] = False,
    line: Annotated[str, typer.Option("--line", help="条线，用于 --wide。")] = "全部",
    courts: Courts = None,
    indicators: Indicators = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """计算指标表：每个法院、条线、指标、统计期一行，含分子和分母；或每个单位一行（--wide）。"""
    from reports.pipeline.extent import extent
    from reports.pipeline.numbers import numbers
    from reports.pipeline.sources import show_sql
    from reports.render.csv import csv_bytes

    if wide and as_json:
        raise ConfigError("--wide 与 --json 不能同时用。", advice="程序取数用 --json，不加 --wide。")
    if not wide and line != "全部":
        raise ConfigError("--line 与 --wide 同用。", advice="请加 --wide，或用 tongbao compare --line。")

    job = job_of(workspace, period, as_of, quiet=quiet, without=without, below=below, of=of)
    if sql:
        print(show_sql(job))
        return
    found = numbers(job)
    within = extent(found.tree, found.catalogue, all_listed(courts), all_listed(indicators))
    if wide:
        _write_wide(job, found, line, within, output)
        return
    table = found.history[found.history["period"].isin({period.key for period in found.periods})]
    if within:
        table = table[[within.holds(*cell) for cell in zip(table["court"], table["indicator"], strict=True)]]
    if as_json:
        columns = [table[name].astype("object").where(table[name].notna(), None).tolist() for name in table]
        records = [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]
        print_json({**head(job, "indicators"), "indicators": records})
        return
    write_table(csv_bytes(table), output)


@app.command(epilog="示例：tongbao compare -w 质效 --court 辽01")
def compare(
    workspace: Folder = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    court: Annotated[str | None, typer.Option("--court", help="法院或部门的代码或名称。")] = None,
    line: Annotated[str | None, typer.Option("--line", help="条线：全部、刑事、民事、行政、执行。")] = None,
    indicator: Annotated[str | None, typer.Option("--indicator", help="指标编号或名称。")] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="只用这个指标表（CSV、Excel、Parquet），不读案件数据。")
    ] = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """各指标的本期数、环比和同比。"""
    from reports.pipeline.job import own_court
    from reports.words import changes

    job = job_of(
        workspace,
        period,
        as_of,
        quiet=quiet,
        or_defaults=table is not None,
        without=without,
        below=below,
        of=of,
        court=court,
    )
    if table is None:
        from reports.pipeline.numbers import numbers

        found = numbers(job)
        comparisons, tree = found.comparisons, found.tree
    else:
        from reports.pipeline.numbers import compare_table

        comparisons, tree = compare_table(job, table)
    wanted_court = own_court(tree, court) if court else None
    wanted = comparisons.catalogue.indicator(indicator).id if indicator else None
    if line is not None:
        _known_line(line, comparisons)
    cells = [
        cell
        for cell in comparisons
        if (wanted_court is None or cell.court == wanted_court)
        and (line is None or cell.line == line)
        and (wanted is None or cell.indicator == wanted)
    ]
    why_not = {name: why for name, why in comparisons.untold.items() if wanted in (None, name)}
    if wanted and wanted not in why_not and not cells:
        why_not[wanted] = _without_cell(comparisons, wanted, wanted_court)
    names = {name: comparisons.catalogue.indicators[name].name for name in why_not}
    if as_json:
        rows = [_comparison_json(comparisons, cell) for cell in cells]
        uncounted = [{"indicator": one, "name": names[one], "reason": why} for one, why in why_not.items()]
        print_json({**head(job, "compare"), "comparisons": rows, "uncounted": uncounted})
        return
    for cell in cells:
        item = comparisons.catalogue.indicators[cell.indicator]
        why = comparisons.why(cell.court, cell.line, cell.indicator)
        print(f"{cell.court}\t{cell.line}\t{item.name}\t{cell.text}\t{cell.fraction}\t{why or changes(cell)}")
    for name, why in why_not.items():
        print(f"{wanted_court or ''}\t{line or ''}\t{names[name]}\t未统计\t\t{why}")


@app.command(epilog="示例：tongbao flags -w 质效 --fail-on red")
def flags(
    workspace: Folder = Path(),
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
    below: Below = None,
    of: Of = None,
    without: Without = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """识别出的异常及其依据。"""
    from reports.courts.tree import UNIT
    from reports.pipeline.findings import findings, flag_table
    from reports.pipeline.job import template_folders
    from reports.sentences.macros import sentences_of

    if explain_policy:
        _explain_policy(as_json)
        return
    job = job_of(
        workspace, period, as_of, quiet=quiet, or_defaults=table is not None, without=without, below=below, of=of
    )
    known_severity(fail_on)
    if table is None:
        all_found = findings(job)
        found, untested = all_found.flags, all_found.untested
        teams = any(unit.code.count(UNIT) > 1 for unit in all_found.tree.units)
    else:
        result, _ = flag_table(job, table)
        found, untested, teams = result.flags, result.untested, False
    sentences = sentences_of(template_folders(job.workspace))
    evidence = [sentences.of(flag.evidence) for flag in found]
    if as_json:
        print_json(
            {
                **head(job, "flags"),
                "flags": [_flag_json(*pair) for pair in zip(found, evidence, strict=True)],
                "untested": [{"court": court, "indicator": name, "reason": reason} for court, name, reason in untested],
            }
        )
    else:
        from reports.words import SEVERITIES

        for flag, text in zip(found, evidence, strict=True):
            print(f"[{SEVERITIES[flag.severity]}] {text}")
        say(f"共 {len(found)} 项；因基数较小等原因未作评价 {len(untested)} 项。")
        if teams:
            say("团队只统计、不评价：一个团队就是其中的几个人，案件也少，不识别异常，不列整改事项。")
    exit_on(found, fail_on)


def _explain_policy(as_json: bool) -> None:
    from dataclasses import asdict

    from reports.flag.policy import load

    policy = load()
    if as_json:
        limits = {name: value for name, value in asdict(policy).items() if name != "rules"}
        rules = [
            {"id": rule.id, "name": rule.name, "text": rule.text, "few": rule.few, "source": rule.source}
            for rule in policy.rules.values()
        ]
        print_json({"schema": "tongbao.policy/1", "limits": limits, "rules": rules})
        return
    for rule in policy.rules.values():
        few = "" if rule.few is None else f"\n　法院较少时：{rule.few or '不用这一条。'}"
        print(f"【{rule.label}】{rule.text}{few}\n　依据：{rule.source}。\n")


@app.command(epilog="示例：tongbao explain -w 质效 --court 辽01 --indicator 上诉率")
def explain(
    court: Annotated[str, typer.Option("--court", help="法院或部门的代码或名称；中级以上法院加“本级”只看本院案件。")],
    indicator: Annotated[str, typer.Option("--indicator", help="指标编号或名称。")],
    workspace: Folder = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    line: Annotated[str, typer.Option("--line", help="条线。")] = "全部",
    previous: Annotated[bool, typer.Option("--previous/--year", help="与上期比，还是与去年同期比。")] = False,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """一项变动由哪些法院、条线、案由带动：组内变化和结构变化，各部分之和等于总变动。"""
    from reports.explain import choose
    from reports.pipeline.findings import explanations
    from reports.pipeline.job import own_court
    from reports.pipeline.numbers import numbers
    from reports.pipeline.stages import Cases
    from reports.words import decimal, half_up

    job = job_of(workspace, period, as_of, quiet=quiet, without=without, below=below, of=of, court=court)
    with Cases(job) as cases:
        found = numbers(job, cases)
        code, item = own_court(found.tree, court), found.catalogue.indicator(indicator)
        against = "previous" if previous else None
        splits = explanations(found.comparisons, cases.table, code, line, item.id, against)
    if not splits:
        raise ConfigError("这一变动无法分解。", advice="没有此类案件，没有可比的基期，或者没有可分的部分。")
    best = choose(splits)
    if as_json:
        splits_json = [_attribution_json(one, best is one) for one in splits]
        print_json({**head(job, "explain"), "court": code, "line": line, "indicator": item.id, "splits": splits_json})
        return
    unit = {"%": "百分点", "天": "天", "件": "件"}.get(item.unit, "")

    def text(value: Any) -> str:
        scaled = value * item.measure.factor
        number = half_up(scaled.numerator, scaled.denominator, item.places)
        return f"{'+' if number > 0 else '-' if number < 0 else ''}{decimal(abs(number), item.places)}"

    for one in splits:
        base = "上期" if one.against == "previous" else "去年同期"
        names = {"line": "条线", "court": "法院", "department": "部门", "team": "团队", "cause": "案由"}
        print(f"按{names[one.dimension]}，与{base}比{text(one.change)}{unit}" + ("（最简明）" if one is best else ""))
        for part in one.parts:
            then, now = (f"{x}/{n}" if item.denominator else f"{x}" for x, n in (part.base, part.now))
            sizes = f"组内 {text(part.within)}\t结构 {text(part.mix)}\t合计 {text(part.total)}"
            print(f"  {part.name}\t{then} → {now}\t{sizes}")
        if one.reversal:
            print("  各部分与总体的方向相反：总体变动系案件结构变化所致。")


@app.command(epilog="示例：tongbao cases -w 质效 --court 辽0102 --indicator 上诉率 -o 清单.csv")
def cases(
    court: Annotated[str, typer.Option("--court", help="法院或部门的代码或名称；中级以上法院加“本级”只列本院案件。")],
    indicator: Annotated[str, typer.Option("--indicator", help="指标编号或名称。")],
    workspace: Folder = Path(),
    period: PeriodText = None,
    as_of: AsOf = None,
    line: Annotated[str, typer.Option("--line", help="条线。")] = "全部",
    denominator: Annotated[bool, typer.Option("--denominator/--numerator", help="列分母还是分子的案件。")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="写入 CSV 文件。", show_default="标准输出")
    ] = None,
    below: Below = None,
    of: Of = None,
    without: Without = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """列出一个数字背后的案件：件数与通报所印的完全一致。"""
    from reports.courts.tree import UNIT
    from reports.pipeline.job import own_court
    from reports.pipeline.sources import case_table, has_cases, require_cases
    from reports.render.csv import csv_bytes
    from reports.tally.cases import VALUE, cases_behind
    from reports.tally.reach import fitted

    job = job_of(workspace, period, as_of, quiet=quiet, without=without, below=below, of=of, court=court)
    if not has_cases(job.workspace):
        require_cases(job, "列出案件")
    with case_table(job) as table:
        teams = any(unit.code.count(UNIT) > 1 for unit in table.tree.units)
        found = cases_behind(
            table,
            fitted(job.catalogue, table),
            job.period,
            court=own_court(table.tree, court),
            line=line,
            indicator=indicator,
            denominator=denominator,
            judges=job.workspace.config.privacy.judges,
            more=("team",) if teams else (),
        )
    if as_json:
        rows = json.loads(found.to_json(orient="records", date_format="iso", force_ascii=False))
        total = int(found[VALUE].sum())
        print_json({**head(job, "cases"), "total": total, "cases": rows})
        return
    write_table(csv_bytes(found), output)
    say(f"{len(found)} 行，合计 {int(found[VALUE].sum())}。")


def _without_cell(comparisons: Any, indicator: str, court: str | None) -> str:
    """Why an indicator that can be counted has no cell of a court, or of any."""
    if indicator in comparisons.given:
        return f"指标表中没有{'这个法院' if court else comparisons.period.label}的数"
    return "本期和所比各期都没有此类案件"


def _comparison_json(comparisons: Any, cell: Any) -> dict[str, Any]:
    item = comparisons.catalogue.indicators[cell.indicator]
    period = comparisons.period

    def side(name: str, value: Any, base: Any, change_text: str) -> dict[str, Any] | None:
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
            "incomplete": name in cell.incomplete,
        }

    interval = item.interval(period, cell.line)
    along = side("previous_cumulative", cell.previous_cumulative, period.previous_cumulative, cell.cumulative_change)
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
            "untold": comparisons.why(cell.court, cell.line, cell.indicator) or None,
            "incomplete": "now" in cell.incomplete,
        },
        "previous": side("previous", cell.previous, period.previous, cell.previous_change),
        "year_before": side("year_before", cell.year_before, period.year_before, cell.year_change),
        **({"previous_cumulative": along} if along else {}),
        "interval": {"low": interval.low, "high": interval.high, "source": interval.source} if interval else None,
        "note": "；".join(comparisons.corrections(cell)) or None,
    }


def _quotient(value: tuple[int | None, int | None]) -> float | None:
    numerator, denominator = value
    if denominator is None:
        return numerator
    return None if numerator is None or not denominator else numerator / denominator


def _flag_json(flag: Any, evidence: str) -> dict[str, Any]:
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
        "evidence": evidence,
        "state": flag.state,
        "without_series": flag.rest and dict(zip(("numerator", "denominator"), flag.rest, strict=True)),
        "event": flag.event,
    }


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


def _known_line(line: str, comparisons: Comparisons) -> None:
    """Raises :class:`ConfigError` for a line that the data do not have, with those that they have."""
    lines = sorted({cell.line for cell in comparisons})
    if line not in lines:
        raise ConfigError(f"数据中没有条线“{line}”。", advice=f"可用的条线：{'、'.join(lines)}。")


def _write_wide(job: Job, found: Numbers, line: str, within: Extent, output: Path | None) -> None:
    """One row for each unit, as a sheet where the file is one, else as CSV."""
    from reports.compose.wide import wide
    from reports.pipeline.job import TEMPLATES
    from reports.publish import publish
    from reports.render import wide_sheet
    from reports.render.csv import csv_of

    if output is not None and output.suffix.lower() not in (".csv", ".xlsx"):
        raise ConfigError(f"不能写成“{output.suffix or output.name}”文件。", advice="文件名以 .xlsx 或 .csv 结尾。")
    _known_line(line, found.comparisons)
    table = wide(found.comparisons, found.tree, line=line, holds=within.holds)
    if not table.rows:
        raise ConfigError("所选的法院和指标没有数据。", advice="请核对 --courts、--indicators 和 --line。")
    if output is None or output.suffix.lower() == ".csv":
        write_table(csv_of(table.heads, table.rows), output)
        return
    own = job.workspace.config.layout
    name = table.rows[0][1]  # the court whose units the sheet lists
    data = wide_sheet(name, table.title, table.groups, table.rows, table.notes, templates=TEMPLATES, deviations=own)
    publish(output.parent, {output.name: data})
    say(f"已写入 {output}")
