"""What is said of findings: problems, their state, what moved them, serial cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.catalogue import Indicator
from reports.courts.periods import parse_period
from reports.model import Attribution, Comparison, Findings, Flag, Part
from reports.words import SEVERITIES, TO_VERIFY, changes, decimal, half_up, joined, percent, statement

BATCH = 20  # cases of a serial cluster, as reports.trace finds them


def problems_of(f: Findings) -> list[dict[str, Any]]:
    """Red flags by indicator in catalogue order, courts in code order within."""
    groups = []
    turn = 0
    for item in f.catalogue.indicators.values():
        found = [flag for flag in f.flags if flag.severity == "red" and flag.indicator == item.id]
        if found:
            groups.append(
                {
                    "name": item.name,
                    "right": item.right,
                    "items": [
                        {
                            "sentence": flag.evidence,
                            "state": _state_text(f, flag),
                            "parts": _parts_text(f, item, f.attributions.get(flag.key, ()), turn + place),
                        }
                        for place, flag in enumerate(found)
                    ],
                }
            )
            turn += len(found)
    return groups


def listed(f: Findings, severity: str, strength: str | None = None) -> list[dict[str, Any]]:
    """The flags of a severity, each with its sentence."""
    return [
        {
            "court": f.name(flag.court),
            "indicator": f.catalogue.indicators[flag.indicator].name,
            "right": f.catalogue.indicators[flag.indicator].right,
            # 待核 stands above the list of such data, once.
            "text": flag.evidence.replace(f"，{TO_VERIFY}", "") + _serial_of(f, flag),
        }
        for flag in f.flags
        if flag.severity == severity and strength in (None, flag.strength)
    ]


def _state_text(f: Findings, flag: Flag) -> str:
    """Since when a flag has been running, or that it came back; nothing of a new one."""
    mine = [
        state
        for rule in flag.rules
        if (state := f.states.get((flag.court, flag.indicator, rule, flag.direction))) and state.name == flag.state
    ]
    if flag.state == "新发" or not mine:
        return ""
    if flag.state == "复发":
        return "该问题解除后再次出现。"
    since = min((parse_period(state.since) for state in mine), key=lambda period: period.end)
    return f"该问题自{since.label}起持续存在。"


def eased_text(f: Findings, state: str) -> str:
    """有所缓解的有A法院上诉率、B法院平均审理天数."""
    names = [who(f, court) + f.catalogue.indicators[name].name for court, name, now in f.eased if now == state]
    return ("有所缓解的有" if state == "缓解" else "已经解除的有") + joined(names)


def who(f: Findings, code: str) -> str:
    """Whose figure it is: all courts together where it is the issuer's jurisdiction, else the court."""
    return "全部法院" if code == f.issuer and f.tree.children(code) else f.name(code)


def of_right(f: Findings, flag: Flag) -> bool:
    """Whether a flag is on something that is a right of the parties, so that neither praise nor blame fits."""
    return f.catalogue.indicators[flag.indicator].right


def grade_of(f: Findings, flag: Flag) -> str:
    """The grade in print; of parties' rights (appeals) a fall is a movement like a rise, never an improvement."""
    name = "neutral" if flag.severity == "green" and of_right(f, flag) else flag.severity
    return SEVERITIES[name].split()[-1]


def _serial_of(f: Findings, flag: Flag) -> str:
    cell = f.comparisons.cell(flag.court, flag.line, flag.indicator)
    return _serial_text(f, flag.court, cell) if cell and flag.indicator == "filed" else ""


_HEADS = {"line": "条线", "court": "法院", "cause": "案由"}


def _parts_text(f: Findings, item: Indicator, attributions: Sequence[Attribution], turn: int = 0) -> str:
    """The parts that moved a figure most, named in their own order, with what the others add up to.

    ``turn`` chooses between two beginnings of the same, so that sentences in a row do not all begin alike.
    """
    sentences = []
    for attribution in attributions:
        base = "上期" if attribution.against == "previous" else "去年同期"
        unit = {"%": "个百分点", "天": "天", "件": "件"}.get(item.unit, "")
        places = item.places if item.kind != "count" else 0
        scale = item.measure.factor
        named = [
            part
            for part in attribution.parts
            if part in attribution.drivers
            and half_up((part.total * scale).numerator, (part.total * scale).denominator, places)
        ]
        if not named:
            continue
        texts = [
            f"{part.name}{_signed(part.total * scale, places)}{unit}"
            + ("（其自身变动属正常波动）" if _ordinary(f, attribution, part) else "")
            for part in named
        ]
        rest = sum((part.total for part in attribution.parts if part not in named), start=attribution.change * 0)
        more = f"，其余合计{_signed(rest * scale, places)}{unit}" if rest else ""
        by = _HEADS[attribution.dimension]
        head = f"从{by}看，与{base}相比的变动中" if turn % 2 == 0 else f"与{base}相比的变动按{by}分解"
        reversal = ""
        if attribution.reversal:
            way, own = ("上升", "下降") if attribution.change > 0 else ("下降", "上升")
            reversal = f"总体{way}系案件结构变化所致，同类案件实际{own}。"
        sentences.append(f"{head}，{'、'.join(texts)}{more}。{reversal}")
    return "".join(sentences)


def _ordinary(f: Findings, attribution: Attribution, part: Part) -> bool:
    """Whether to say 其自身变动属正常波动: tested and no more than usual; causes are not tested."""
    court, line = (part.key, attribution.line) if attribution.dimension == "court" else (attribution.court, part.key)
    return attribution.dimension != "cause" and (court, line, attribution.indicator) in f.ordinary


def _serial_text(f: Findings, court: str, cell: Comparison) -> str:
    """Serial cases behind a court's filings, and the growth without them; empty when there are none to speak of."""
    found = f.serial.get(court)
    if found is None or not found.now.clusters or cell.now[0] is None or not cell.year_before[0]:
        return ""
    now, base = cell.now[0] - found.now.cases, cell.year_before[0] - found.base.cases
    without = cell.measure.change((now, None), (base, None), base_name="去年同期")
    moved = without if without.startswith("去年") else f"与去年同期{without}" if without == "持平" else f"同比{without}"
    return (
        f"其中系列案（同一当事人、同一案由、同一周内立案{BATCH}件以上）{found.now.clusters}批{found.now.cases}件，"
        f"最大一批为{found.now.cause}；剔除两年中的系列案后，新收为{now}件，{moved}。"
    )


def _signed(value: Any, places: int) -> str:
    scaled = half_up(value.numerator, value.denominator, places)
    return f"{'拉高' if scaled >= 0 else '拉低'}{decimal(abs(scaled), places)}"


def drivers_of(f: Findings, region: str) -> list[str]:
    """For each attribution at the issuer's own level: the change and the parts that moved it."""
    sentences = []
    for item in f.catalogue.indicators.values():
        for attribution in f.attributions.get(f"{f.issuer}|{item.id}", ()):
            cell = f.comparisons.cell(f.issuer, attribution.line, item.id)
            if cell is None:
                continue
            counted = item.kind == "count"
            parts = _count_parts(f, cell, attribution) if counted else _parts_text(f, item, [attribution])
            serial = _serial_text(f, f.issuer, cell) if item.id == "filed" else ""
            sentences.append(f"{region}{statement(item.label, cell)}，{changes(cell)}。{parts}{serial}")
    return sentences


def _count_parts(f: Findings, cell: Comparison, attribution: Attribution) -> str:
    """拉动: each part's change over the whole base, in 百分点; they add up to the growth."""
    base = cell.year_before[0] if attribution.against == "year_before" else (cell.previous or (0, None))[0]
    if not base:
        return ""
    name = "同比" if attribution.against == "year_before" else "环比"
    biggest = attribution.drivers
    texts = []
    for part in attribution.parts:
        if part in biggest:
            change = int(part.total)
            points = decimal(abs(half_up(change * 100, base, 2)), 2)
            texts.append(
                f"{part.name}{'增加' if change > 0 else '减少'}{abs(change)}件"
                f"（{'拉动上升' if change > 0 else '拉低'}{points}个百分点，"
                f"贡献率{percent(abs(change), abs(int(attribution.change)))}"
                f"{'，其自身变动属正常波动' if _ordinary(f, attribution, part) else ''}）"
            )
    rest = int(sum(p.total for p in attribution.parts if p not in biggest))
    more = f"，其余{'增加' if rest > 0 else '减少'}{abs(rest)}件" if rest else ""
    head = _HEADS[attribution.dimension]
    return f"从{head}看，{name}变动较大的有{'、'.join(texts)}{more}。" if texts else ""
