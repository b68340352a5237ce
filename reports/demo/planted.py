"""The anomalies hidden in the province, so that a bulletin can be checked against what is known.

Each plant turns one knob of the simulation for one court (or the whole province) from one quarter on.
Courts with large plants have hundreds of cases a quarter at 300,000 cases; the small ones are there to
show what cannot be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reports.demo.dates import Calendar, Quarter
from reports.demo.province import Array, DemoCourt
from reports.demo.tables import BATCH_PARTY, CAUSE


@dataclass(frozen=True)
class Plant:
    """One anomaly. ``begins`` counts quarters before the last one; ``None`` means in every quarter.

    ``knob`` names a chance of ``world.CHANCES`` (``strength`` in logits) or a mechanism of its own.
    """

    id: str
    court: str | None
    indicator: str | None
    kind: str
    size: str
    begins: int | None
    direction: str
    knob: str
    strength: float
    note: str
    line: str | None = None
    cause: str | None = None
    department: str | None = None
    court_position: int | None = None  # where the court stands in the simulation; ``None`` for all courts

    def profile(self, quarters: int) -> Array:
        """The strength in every quarter."""
        if self.begins is None:
            return np.full(quarters, self.strength)
        strength = np.zeros(quarters)
        first = max(quarters - 1 - self.begins, 0)
        strength[first:] = self.strength
        if self.kind == "ramp":
            length = quarters - first
            strength[first:] *= np.arange(1, length + 1) / length
        return strength

    def since(self, calendar: Calendar) -> Quarter:
        """The first quarter in which it acts."""
        if self.knob == "intake":
            return last_fourth_quarter(calendar)
        if self.begins is None:
            return calendar.first
        return Quarter(max(calendar.end.index - self.begins, calendar.first.index))


PLANTS = (
    Plant("P01", "辽0604", "within_limit", "step", "large", 0, "down", "late", 1.7,
          "本季度起各类案件超审限结案明显增多，审限内结案率下降约5个百分点。"),
    Plant("P02", "辽0107", "appeal_rate", "step", "large", 0, "up", "appeal", 0.95,
          "本季度起民事一审案件上诉明显增加，升幅远大于全省的普遍上升。", line="民事"),
    Plant("P03", "辽0102", "first_reversal_rate", "step", "large", 0, "up", "reversal", 1.6,
          "本季度起该院一审裁判在二审被改判、发回重审的比例升至平时的三倍左右。"),
    Plant("P04", "辽01", "revise_remand_ratio", "step", "large", 0, "down", "remand", 1.5,
          "本季度起二审多发回重审、少依法改判，二审改判-发回重审比大幅下降；改判与发回合计仅数十件。"),
    Plant("P05", "辽0322", "average_days", "ramp", "large", 3, "up", "pace", 0.9,
          "近四个季度新收案件办理周期逐季拉长，平均审理天数持续上升。"),
    Plant("P06", "辽0304", "over12_share", "step", "large", 0, "up", "stall", 0.10,
          "一批建设工程施工合同纠纷因等待鉴定停滞，在本季度集中跨过12个月。",
          line="民事", cause="建设工程施工合同纠纷"),
    Plant("P07", "辽0804", "civil_mediation_rate", "step", "large", 0, "down", "mediation", -1.1,
          "本季度起民事一审调解结案明显减少，民事调解率约下降一半。", line="民事"),
    Plant("P08", "辽0381", "enforcement_completion_rate", "step", "large", 1, "down", "completion", -1.0,
          "上一季度起首次执行案件执行完毕的比例大幅下降并持续。", line="执行"),
    Plant("P09", "辽0903", "enforcement_recovery_rate", "step", "large", 0, "down", "unrecovered", 1.0,
          "本季度起大标的执行案件普遍未能到位，执行完毕的多为小额案件，执行到位率大幅下降而完毕率变化不大。",
          line="执行"),
    Plant("P10", "辽0603", "enforcement_termination_rate", "outlier", "large", None, "up", "termination", 2.2,
          "该院首次执行案件终本率长期高于同级法院，各季度均如此，并非本期变化。", line="执行"),
    Plant("P11", "辽1003", "case_piece_ratio", "step", "large", 0, "up", "pieces", 1.5,
          "本季度起恢复执行案件成倍增加，案-件比上升。", line="执行"),
    Plant("P12", "辽0703", "filed", "batch", "large", 0, "up", "batch", 1.0,
          "本季度某一周内同一原告就同一案由集中起诉（系列案），新收案件骤增，剔除后与往期持平。",
          line="民事", cause="小额借款合同纠纷"),
    Plant("P13", "辽0202", "filed", "year_end", "large", None, "down", "intake", 0.25,
          "最近一个第四季度的11月、12月新收骤降至平时的四分之一左右，次年1月回补，疑似年底不收案。"),
    Plant("P14", None, "appeal_rate", "province", "large", 0, "up", "appeal", 0.35,
          "本季度全省各级法院上诉率普遍上升，属全省性变化，不是个别法院的异常。"),
    Plant("P15", "辽0205", None, "data", "large", 0, "up", "last_day", 0.85,
          "本季度最后一天集中登记结案，占全季度结案约四分之一，数据待核。"),
    Plant("P16", "辽0622", "civil_mediation_rate", "improvement", "large", 1, "up", "mediation", 0.9,
          "上一季度起民事一审调解结案明显增加并持续，属趋好变化。", line="民事"),
    Plant("P17", "辽0303", "civil_mediation_rate", "step", "small", 0, "down", "mediation", -0.30,
          "本季度民事调解率小幅下降，幅度与平常波动相近，不要求检出。", line="民事"),
)  # fmt: skip


def _elsewhere(id_: str, like: str, court: str | None, note: str = "", **other: object) -> Plant:
    """A plant of the province in another court."""
    plant = next(one for one in PLANTS if one.id == like)
    return replace(plant, id=id_, court=court, note=note or plant.note, **other)  # type: ignore[arg-type]


CITY_PLANTS = (
    _elsewhere("C01", "P01", "辽0104"),
    _elsewhere("C02", "P02", "辽0107"),
    _elsewhere("C03", "P03", "辽0102"),
    _elsewhere("C04", "P04", "辽01"),
    _elsewhere("C05", "P05", "辽0103"),
    _elsewhere("C06", "P07", "辽0105"),
    _elsewhere("C07", "P08", "辽0108"),
    _elsewhere("C08", "P10", "辽0181"),
    _elsewhere("C09", "P12", "辽0122"),
    _elsewhere("C10", "P14", None, "本季度全市各法院上诉率普遍上升，不是个别法院的异常。"),
    _elsewhere("C11", "P16", "辽0104"),
    Plant("C12", "辽0102", "civil_mediation_rate", "department", "large", 0, "down", "department", 0.7,
          "本季度民事审判第二庭少有调解结案，该庭民事调解率大幅下降，全院基本未变。",
          line="民事", department="民事审判第二庭"),
)  # fmt: skip
COURT_PLANTS = (
    _elsewhere("D01", "P08", "辽0102", "上一季度起首次执行案件执行完毕的比例大幅下降并持续。"),
    _elsewhere("D02", "P02", "辽0102", "本季度起民事一审案件上诉明显增加。"),
    _elsewhere("D03", "P12", "辽0102"),
    Plant("D04", "辽0102", "civil_mediation_rate", "department", "large", 0, "down", "department", 0.7,
          "本季度民事审判第二庭少有调解结案，该庭民事调解率大幅下降，全院基本未变。",
          line="民事", department="民事审判第二庭"),
)  # fmt: skip


@dataclass(frozen=True)
class Plants:
    """The plants in force, and the questions the simulation asks of them."""

    found: tuple[Plant, ...]
    quarters: int

    def shift(self, knob: str, court: Array, quarter: Array, line: str, cause: Array | None) -> Array:
        """How far the plants move a chance, case by case."""
        moved = np.zeros(len(court))
        for plant in self.by_knob(knob):
            if plant.line not in (None, line):
                continue
            touched = np.ones(len(court), bool)
            if plant.court_position is not None:
                touched &= court == plant.court_position
            if plant.cause is not None and cause is not None:
                touched &= cause == CAUSE[plant.cause]
            moved += np.where(touched, plant.profile(self.quarters)[quarter], 0.0)
        return moved

    def by_knob(self, knob: str) -> tuple[Plant, ...]:
        """All plants that turn one knob."""
        return tuple(plant for plant in self.found if plant.knob == knob)


def last_fourth_quarter(calendar: Calendar) -> Quarter:
    """The last fourth quarter of the span."""
    return Quarter(calendar.end.index - (calendar.end.index % 4 + 1) % 4)


def plants(calendar: Calendar, chosen: Sequence[Plant], courts: Sequence[DemoCourt]) -> Plants:
    """The chosen plants for a span, each with the place of its court among ``courts``."""
    place = {court.code: position for position, court in enumerate(courts)}
    return Plants(tuple(replace(one, court_position=place[one.court] if one.court else None) for one in chosen),
                  calendar.quarters)  # fmt: skip


def describe(
    found: Plants, calendar: Calendar, batch: int, courts: Sequence[DemoCourt], whole: str
) -> list[dict[str, object]]:
    """The plants as ``planted.json`` records them; ``whole`` is what the courts together are called."""
    names = {court.code: court.name for court in courts}
    rows: list[dict[str, object]] = []
    for plant in found.found:
        row: dict[str, object] = {
            "id": plant.id,
            "court": plant.court,
            "court_name": whole if plant.court is None else names[plant.court],
            "indicator": plant.indicator,
            "kind": plant.kind,
            "size": plant.size,
            "since": str(plant.since(calendar)),
            "direction": plant.direction,
            "line": plant.line,
            "cause": plant.cause,
            "说明": plant.note,
        }
        if plant.department:
            row |= {"department": plant.department}
        if plant.knob == "batch":
            row |= {"party": BATCH_PARTY, "cases": batch}
        rows.append(row)
    return rows
