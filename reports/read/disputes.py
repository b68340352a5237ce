"""诉源治理情况表: what no case data tell, by court and period: disputes led to mediation before filing, inhabitants.

One row per 统计期 and 法院. A court that has courts below it stands for its whole jurisdiction, with 本级 behind its
name for itself alone. Nothing is set aside: the table is right as a whole, or one error lists every mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from reports import scratch
from reports.catalogue import Catalogue
from reports.cells import Cells
from reports.courts.periods import Period, parse_period
from reports.courts.tree import UNIT, CourtTree
from reports.errors import ConfigError, InputError
from reports.model import ALL_LINES, OWN
from reports.read.formats import open_tables
from reports.read.heading import refuse_doubled
from reports.read.indicator_table import MAX_SHOWN
from reports.read.table import Opening, Wanted, identifier

NAME = "诉源治理情况表"
COLUMNS = {
    "period": "统计期", "court": "法院",
    "diverted": "先行调解分流", "concluded": "先行调解办结", "succeeded": "先行调解成功", "inhabitants": "常住人口",
}  # fmt: skip
NUMBERS = ("diverted", "concluded", "succeeded", "inhabitants")
FLOWS = NUMBERS[:3]
SUITS = "first_suits"  # the indicator that says how many first instances were filed
PER_10K = 10_000
Numbers = Mapping[str, int]
GIVES: Mapping[str, tuple[tuple[str, ...], Callable[[Numbers], tuple[int, int | None]]]] = {
    "disputes": (("succeeded", SUITS), lambda n: (n["succeeded"] + n[SUITS], None)),
    "premediation_share": (("succeeded", SUITS), lambda n: (n["succeeded"], n["succeeded"] + n[SUITS])),
    "premediation_rate_diverted": (("succeeded", "diverted"), lambda n: (n["succeeded"], n["diverted"])),
    "premediation_rate_concluded": (("succeeded", "concluded"), lambda n: (n["succeeded"], n["concluded"])),
    "suits_per_10k": ((SUITS, "inhabitants"), lambda n: (n[SUITS] * PER_10K, n["inhabitants"])),
}
"""Indicator → what it is made of, and its numerator and denominator."""


@dataclass(frozen=True)
class Disputes:
    """A valid table: (period key, court code, with 本级 where written) → the numbers of the row, in 件 and persons."""

    rows: Mapping[tuple[str, str], Numbers]
    tree: CourtTree

    def number(self, name: str, court: str, period: Period) -> int | None:
        """One number of a court's jurisdiction (or of itself, 本级) in a period; ``None`` where it is not known.

        What the table does not have is added up: months and quarters of a period, courts of a jurisdiction, all of
        them or none. The number of inhabitants of a period is that of its last part, or else that of its year.
        """
        found = self._written(name, court, period)
        if found is not None or court.endswith(OWN):
            return found
        below = self.tree.children(court)
        if not below:
            return None
        parts = [self.number(name, one.code, period) for one in below]
        if name in FLOWS:
            parts.append(self._written(name, court + OWN, period))
        return None if None in parts else sum(one for one in parts if one is not None)

    def _written(self, name: str, court: str, period: Period) -> int | None:
        row = self.rows.get((period.key, court), {})
        if name in row:
            return row[name]
        for months in (3, 1):
            if period.months % months or (months == 3 and period.first % 3 != 1):
                continue
            parts = [self.rows.get((one.key, court), {}).get(name) for one in period.split(months)]
            if name in FLOWS and None not in parts:
                return sum(one for one in parts if one is not None)
            if name not in FLOWS and parts[-1] is not None:
                return parts[-1]
        return None if name in FLOWS else self.rows.get((str(period.year), court), {}).get(name)

    def give(self, suits: pd.DataFrame, catalogue: Catalogue, periods: Mapping[str, Period]) -> pd.DataFrame:
        """Rows of an indicator table: what the table and the first instances filed make, of those that there are.

        ``suits`` are the rows of :data:`SUITS` over all lines, counted from cases; ``periods`` are those of its keys.
        """
        columns = ["court", "line", "indicator", "period", "numerator", "denominator"]
        found = []
        suits = suits[~suits["court"].str.contains(UNIT, regex=False)]
        for court, key, filed in zip(suits["court"], suits["period"], suits["numerator"], strict=True):
            known = {} if pd.isna(filed) else {SUITS: int(filed)}
            for name in NUMBERS:
                number = self.number(name, court, periods[key])
                known |= {} if number is None else {name: number}
            for indicator, (needed, made) in GIVES.items():
                if indicator in catalogue.indicators and set(needed) <= known.keys():
                    found.append((court, ALL_LINES, indicator, key, *made(known)))
        return pd.DataFrame(found, columns=columns).astype({"numerator": "Int64", "denominator": "Int64"})


def read_disputes(
    paths: Sequence[Path],
    *,
    tree: CourtTree,
    cutoff_day: int = 0,
    cells: Cells = Cells(),  # noqa: B008 - frozen
) -> Disputes:
    """Read files as one table; raises one :class:`InputError` with every mistake: place, column, cause."""
    rows: dict[tuple[str, str], Numbers] = {}
    mistakes: list[str] = []
    with scratch.folder() as work, duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for path in paths:
            for table in open_tables(Opening(path, work, connection, Wanted(_match, ("period", "court")))):
                found = _match(table.header)
                where = f"{path.name}的工作表“{table.part}”" if table.part else path.name
                if {"period", "court"} - found.keys() or not set(NUMBERS) & found.keys():
                    raise InputError(
                        f"{NAME}缺少列：应有“统计期”“法院”和至少一列件数、人数。\n"
                        f"  文件中的列：{'、'.join(table.header) or '（没有列名）'}",
                        where=f"{path}，第{table.header_line}行",
                        advice=f"可写的列：{'、'.join(COLUMNS.values())}（常住人口以人为单位）。",
                    )
                refuse_doubled(table.doubled, found.values(), str(path))
                texts = ", ".join(cells.sql(f"{identifier(one)}::VARCHAR") for one in found.values())
                for line, *values in connection.execute(f"SELECT {table.line}, {texts} FROM ({table.sql})").fetchall():
                    if any(values):
                        _add(rows, dict(zip(found, values, strict=True)), tree, cutoff_day,
                             f"{where}第{line}行", mistakes)  # fmt: skip
    mistakes += _unlike(Disputes(rows, tree), cutoff_day)
    if mistakes:
        more = len(mistakes) - MAX_SHOWN
        told = "".join(f"\n  · {one}" for one in mistakes[:MAX_SHOWN]) + (f"\n  · 另有{more}处" if more > 0 else "")
        raise InputError(
            f"{NAME}有{len(mistakes)}处错误：{told}",
            where="、".join(path.name for path in paths),
            advice="请更正后重新运行；法院名称、代码见 courts.csv。",
        )
    if not rows:
        raise InputError(f"{NAME}中没有数据。", where="、".join(map(str, paths)), advice="请核对文件。")
    return Disputes(rows, tree)


def _match(header: Sequence[str]) -> dict[str, str]:
    return {name: title for name, title in COLUMNS.items() if title in header}


def _add(
    rows: dict[tuple[str, str], Numbers],
    texts: Mapping[str, str | None],
    tree: CourtTree,
    cutoff_day: int,
    place: str,
    mistakes: list[str],
) -> None:
    """One row, or what is wrong with it."""
    wrong: list[str] = []
    key = court = ""
    try:
        key = parse_period(texts["period"] or "", cutoff_day=cutoff_day).key
    except ConfigError:
        wrong.append(f"统计期“{texts['period'] or ''}”不是统计期，应写成 2026Q3、2026-09 或 2026")
    name = texts["court"] or ""
    try:
        court = tree.find(name.removesuffix(OWN)).code + (OWN if name.endswith(OWN) else "")
    except ConfigError as error:
        wrong.append(f"法院“{name}”：{error.what.rstrip('。')}；{error.advice or ''}".rstrip("。；"))
    numbers = {}
    for one in NUMBERS:
        text = (texts.get(one) or "").replace(",", "").replace("，", "")
        if not text:
            continue
        if text.isascii() and text.isdigit() and len(text) <= 12:
            numbers[one] = int(text)
        else:
            wrong.append(f"{COLUMNS[one]}“{texts[one]}”应为不小于0的整数")
    if numbers.get("succeeded", 0) > numbers.get("concluded", numbers.get("succeeded", 0)):
        wrong.append(f"先行调解成功{numbers['succeeded']}件多于办结{numbers['concluded']}件")
    if numbers.get("inhabitants") == 0:
        wrong.append("常住人口不能为0")
    if not wrong and (key, court) in rows:
        wrong.append(f"{texts['period']}“{name}”重复")
    if not wrong:
        rows[key, court] = numbers
    mistakes += [f"{place}：{one}" for one in wrong]


def _unlike(table: Disputes, cutoff_day: int) -> list[str]:
    """Where the number of a jurisdiction is not the sum of those of its courts, which the table has too."""
    found = []
    for (key, court), row in table.rows.items():
        if court.endswith(OWN) or not table.tree.children(court):
            continue
        without = Disputes({place: one for place, one in table.rows.items() if place != (key, court)}, table.tree)
        period = parse_period(key, cutoff_day=cutoff_day)
        for name, number in row.items():
            added = without.number(name, court, period)
            if added is not None and added != number:
                said = f"{key}“{table.tree.by_code[court].name}”的{COLUMNS[name]}为{number}，所属各法院合计为{added}"
                found.append(said)
    return found
