"""A synthetic province, or a city or a court of it: case data as a court system exports them, known to the last row.

The same arguments give the same bytes. Nothing in it comes from a real court.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reports.demo import dirty as faults
from reports.demo.cases import simulate
from reports.demo.dates import Calendar, day_of
from reports.demo.details import complete
from reports.demo.disputes import write_disputes
from reports.demo.figures import write_figures
from reports.demo.offices import NAMES, OfficeName, office
from reports.demo.performance import link_enforcement
from reports.demo.planted import describe, plants
from reports.demo.registers import Rows, registered
from reports.demo.remands import link_remands, state_reasons
from reports.demo.resumed import resume_enforcement
from reports.demo.steps import take_steps
from reports.demo.world import World
from reports.demo.write import ENCODINGS, write_cases, write_courts, write_units
from reports.errors import ConfigError

__all__ = ["APPEALS", "DISPUTES", "FEWEST_CASES", "FIGURES", "NAMES", "DemoResult", "OfficeName", "make"]

APPEALS, DISPUTES, FIGURES = "二审情况表.csv", "诉源治理情况表.csv", "指标表.csv"
FEWEST_CASES = 2_000
BATCH_SHARE = 500  # one case in 500 belongs to the planted batch


@dataclass(frozen=True)
class DemoResult:
    """What was written."""

    cases_csv: Path
    cases_parquet: Path
    courts_csv: Path
    planted_json: Path
    units_csv: Path | None  # of a city or court
    appeals_csv: Path | None  # the same: the appeals that lie with the court above
    disputes_csv: Path
    figures_csv: Path | None  # of a city: what other offices keep
    rows: int
    pending: int  # without a conclusion at the cut-off
    courts: int
    faults: int  # faulty rows
    plants: int  # planted anomalies
    first: str  # first complete quarter
    end: str
    registers: Rows  # what people are to have entered by the end
    cutoff: date


def make(
    folder: Path,
    *,
    name: OfficeName = "province",
    cases: int | None = None,
    seed: int = 20250101,
    end: str = "2026Q3",
    quarters: int = 12,
    encoding: str = "utf-8-sig",
    dirty: bool = True,
    planted: bool = True,
    progress: Callable[[str], None] | None = None,
) -> DemoResult:
    """Write cases (CSV, Parquet), ``courts.csv``, ``planted.json`` and the table of disputes into ``folder``.

    For the office of a city or a court also ``units.csv`` and the table of the appeals that lie with the court above,
    and of a city that of the figures that other offices keep.
    """
    calendar = Calendar(end, quarters)
    chosen = office(name, calendar.end)
    cases = chosen.cases if cases is None else cases
    if cases < FEWEST_CASES:
        raise ConfigError(f"案件数过少：{cases}", advice=f"演示数据至少需要{FEWEST_CASES}件案件。")
    if encoding not in ENCODINGS:
        raise ConfigError(f"不支持的编码：{encoding}", advice=f"可用的编码：{'、'.join(ENCODINGS)}。")
    if seed < 0:
        raise ConfigError(f"随机种子不能为负数：{seed}", advice="请改用非负整数。")
    say = progress or (lambda _: None)
    world = World(calendar, plants(calendar, chosen.planted if planted else (), chosen.courts), seed, chosen)
    batch = max(5, cases // BATCH_SHARE) if planted else 0

    table = simulate(world, cases - (faults.EXTRA_ROWS if dirty else 0), batch, say)
    say("补充审限、承办人、开庭等字段")
    table = complete(world, table)
    state_reasons(world, table)
    table = faults.soil(world, table) if dirty else faults.clean(table)
    table = resume_enforcement(world, table)
    link_remands(table)
    link_enforcement(world, table)
    own, more = world.office.own[table["court"]], name != "province"
    if more:
        take_steps(world, table)

    folder.mkdir(parents=True, exist_ok=True)
    result = DemoResult(
        cases_csv=folder / "cases.csv",
        cases_parquet=folder / "cases.parquet",
        courts_csv=folder / "courts.csv",
        planted_json=folder / "planted.json",
        units_csv=folder / "units.csv" if more else None,
        appeals_csv=folder / APPEALS if more else None,
        disputes_csv=folder / DISPUTES,
        figures_csv=folder / FIGURES if name == "city" else None,
        rows=int(own.sum()),
        pending=int((table["concluded"][own] < 0).sum()),
        courts=int(world.office.own.sum()) - len(world.office.changes),
        faults=sum(faults.counts().values()) if dirty else 0,
        plants=len(world.plants.found),
        first=str(calendar.first),
        end=str(calendar.end),
        registers=registered(world, table),
        cutoff=day_of(calendar.cutoff),
    )
    say("写出案件表")
    write_cases(world, table, result.cases_csv, result.cases_parquet, encoding, result.appeals_csv)
    write_courts(world, result.courts_csv, encoding)
    write_disputes(world, table, result.disputes_csv, encoding)
    if result.figures_csv:
        write_figures(world, table, result.registers, result.figures_csv, encoding)
    if result.units_csv:
        write_units(world, table, result.units_csv, encoding)
    record = {
        "schema": "tongbao.demo/1",
        "cases": cases,
        "seed": seed,
        "first": result.first,
        "end": result.end,
        **({"office": name} if more else {}),
        "quarters": quarters,
        "cutoff": day_of(calendar.cutoff).isoformat(),
        "planted": describe(world.plants, calendar, batch, world.courts, world.office.whole),
        "dirty": faults.counts() if dirty else {},
    }
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    result.planted_json.write_text(text, encoding="utf-8")
    return result
