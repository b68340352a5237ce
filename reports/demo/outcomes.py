"""How cases end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reports.demo.filings import MONEY_SIGMA, Table
from reports.demo.province import Array
from reports.demo.tables import CAUSE_LIST, CIVIL, CRIMINAL, FIRST_PROCEDURE, KIND, OUTCOME, CaseKind
from reports.demo.world import World

PROCEDURE_MEDIATION = np.array([0.10, 0.15, -0.40])  # 小额、简易、普通
CLAIM_ON_COMPLETION = -0.20  # larger claims are completed less often (logit per deviation)
CLAIM_WHEN_PLANTED = -2.2


def decide(world: World, kind: CaseKind, table: Table) -> Table:
    """Add the outcome (as if every case were concluded) and the money recovered."""
    rng = world.rng(f"outcomes {kind.code}")
    quarter = world.calendar.quarter(table["concluded"])
    rule = RULES.get(kind.code)
    if rule is not None:
        table["outcome"] = rule(world, kind, table, quarter, rng)
    else:
        table["outcome"] = _by_share(SHARES[kind.code], len(quarter), rng)
    table["recovered"] = _recovered(table, rng) if kind.code in ("执", "执恢") else np.full(len(quarter), -1)
    return table


SHARES: dict[str, dict[str, float]] = {
    "刑初": {"判决": 0.985, "准许撤回起诉": 0.015},
    "行初": {"判决": 0.50, "驳回起诉": 0.22, "撤诉": 0.28},
    "民特": {"准予": 0.93, "驳回申请": 0.07},
    "财保": {"准予": 0.96, "驳回申请": 0.04},
    "执保": {"保全完毕": 1.0},
    "执异": {"异议不成立": 0.78, "异议成立": 0.22},
    "执复": {"驳回申请": 0.85, "异议成立": 0.15},
    "刑更": {"裁定减刑": 0.97, "裁定不予减刑": 0.03},
    "民申": {"驳回申请": 0.93, "裁定再审": 0.07},
    "行申": {"驳回申请": 0.97, "裁定再审": 0.03},
    "民再": {"改判": 0.50, "维持": 0.35, "发回重审": 0.08, "调解": 0.07},
}


def _by_share(shares: dict[str, float], size: int, rng: np.random.Generator) -> Array:
    codes = np.array([OUTCOME[name] for name in shares])
    ladder = np.cumsum(list(shares.values()))
    found = np.searchsorted(ladder, rng.random(size) * ladder[-1], side="right")
    drawn: Array = codes[np.minimum(found, len(codes) - 1)]
    return drawn


def _civil(world: World, kind: CaseKind, table: Table, quarter: Array, rng: np.random.Generator) -> Array:
    """First instance: mediated, else withdrawn, else mostly judged."""
    court, cause = table["court"], table["cause"]
    more = np.array([item.mediation for item in CAUSE_LIST])[cause]
    more = more + PROCEDURE_MEDIATION[table["procedure"] - FIRST_PROCEDURE[KIND["民初"]]]
    mediated = rng.random(len(court)) < world.chance("mediation", court, quarter, kind.line, cause=cause, more=more)
    withdrawn = rng.random(len(court)) < world.chance("withdrawal", court, quarter, kind.line, cause=cause)
    rest = _by_share({"判决": 0.92, "驳回起诉": 0.06, "移送其他法院": 0.02}, len(court), rng)
    return np.where(mediated, OUTCOME["调解"], np.where(withdrawn, OUTCOME["撤诉"], rest))


def _second(world: World, kind: CaseKind, table: Table, quarter: Array, rng: np.random.Generator) -> Array:
    """Second instance: whether it is reversed is the first court's affair, how is the second court's."""
    size = len(quarter)
    more = 0.15 if kind.line == CRIMINAL else 0.0
    chance = world.chance("reversal", table["origin_court"], quarter, kind.line, more=more)
    reversed_ = rng.random(size) < chance
    remanded = rng.random(size) < world.chance("remand", table["court"], quarter, kind.line)
    mediated = 0.08 if kind.line == CIVIL else 0.0
    rest = _by_share({"维持": 0.86 - mediated, "撤回上诉": 0.14, "调解": mediated}, size, rng)
    return np.where(reversed_, np.where(remanded, OUTCOME["发回重审"], OUTCOME["改判"]), rest)


def _enforcement(world: World, kind: CaseKind, table: Table, quarter: Array, rng: np.random.Generator) -> Array:
    """Enforcement: completed, else terminated for want of property, else ended otherwise."""
    court, size = table["court"], len(quarter)
    claim = np.log(table["claim"])
    deviation = (claim - np.median(claim)) / MONEY_SIGMA if size else claim
    planted = world.plants.shift("unrecovered", court, quarter, kind.line, None) > 0
    table["unrecovered"] = planted
    more = np.where(planted, CLAIM_WHEN_PLANTED, CLAIM_ON_COMPLETION) * deviation
    completed = rng.random(size) < world.chance("completion", court, quarter, kind.line, more=more)
    terminated = rng.random(size) < world.chance("termination", court, quarter, kind.line)
    rest = _by_share({"终结执行": 0.88, "驳回申请": 0.12}, size, rng)
    return np.where(completed, OUTCOME["执行完毕"], np.where(terminated, OUTCOME["终结本次执行"], rest))


def _recovered(table: Table, rng: np.random.Generator) -> Array:
    """Recovered money by outcome, in 分."""
    size, outcome = len(table["claim"]), table["outcome"]
    a_little = np.where(rng.random(size) < 0.4, 0.0, rng.beta(0.8, 5.0, size))
    settled = rng.beta(2.0, 1.2, size)
    share = np.where(outcome == OUTCOME["终结本次执行"], a_little, 0.0)
    share = np.where(outcome == OUTCOME["终结执行"], settled, share)
    share = np.where(table["unrecovered"], 0.3 * share, share)
    share = np.where(outcome == OUTCOME["执行完毕"], 1.0, share)
    recovered: Array = np.rint(table["claim"] * share).astype(np.int64)
    return recovered


Behaviour = Callable[[World, CaseKind, Table, Array, np.random.Generator], Array]
RULES: dict[str, Behaviour] = {
    "民初": _civil,
    "民终": _second,
    "刑终": _second,
    "行终": _second,
    "执": _enforcement,
    "执恢": _enforcement,
}
