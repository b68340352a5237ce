"""Flags and items written by hand for the tests of the ledger."""

from __future__ import annotations

from dataclasses import replace

from said import evidence

from reports.ledger import Baseline, Effect, Finding, Sample
from reports.model import Flag, Reference

NAMES = {
    "appeal_rate": "上诉率",
    "completion": "执行完毕率",
    "over12_share": "超12个月未结案件比",
    "within_limit": "审限内结案率",
}
COURTS = {"辽01": "天枢市法院", "辽0102": "天枢市城东区法院", "辽0103": "天枢市城西区法院"}
PLAN = {
    "reason": "工作中的不足",
    "cause": "核查42件，其中20件为送达迟延。",
    "measure": "每周清查将到期案件，由庭长督办。",
    "cases": "清单所列未在审限内结案的42件",
    "target": "年底前超期案件不超过10件",
    "leader": "副院长周某",
    "department": "民一庭",
    "person": "李某",
    "deadline": "2026-03-31",
}


def finding(
    court="辽0102", indicator="within_limit", period="2025Q3", direction="down", value=(258, 300), severity="red"
):
    flag = Flag(
        period=period, court=court, line="全部", indicator=indicator, severity=severity, strength="red",
        direction=direction, rules=("R2",), value=value[0] / value[1], numerator=value[0], denominator=value[1],
        reference=Reference("own_history", 0.96, "本院历史"),
        evidence=evidence(COURTS[court], NAMES[indicator], value),
    )  # fmt: skip
    return Finding(
        flag, COURTS[court], NAMES[indicator], f"{100 * value[0] / value[1]:.2f}%",
        f"{COURTS[court]}{NAMES[indicator]}为{100 * value[0] / value[1]:.2f}%（{value[0]}/{value[1]}）。",
        indicator == "appeal_rate", "1", Sample(*value), Baseline(Sample(1152, 1200, None, 4)),
    )  # fmt: skip


def effect(verdict="见效", period="2025Q4"):
    return Effect(period, "95.00%", verdict, f"{period}为95.00%，{verdict}。")


def again(one, period):
    return replace(one, flag=replace(one.flag, period=period))
