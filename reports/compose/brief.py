"""The page for a leader (呈阅件): five numbers, three matters, what to decide; and a message of the same.

Which matters they are follows from the order below and never from the size of a figure; courts stand in table order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from reports.compose.told import in_order
from reports.model import OWN, Findings
from reports.words import joined

NUMBERS = ("filed", "concluded", "pending", "over12_pending", "first_reversal_rate", "within_limit", "average_days",
           "clearance_ratio", "closing_rate")  # fmt: skip
FIVE, MATTERS, NAMED = 5, 3, 3
LINE = 28  # characters
TWO_LINES, ROOM = 2 * LINE - 14, 9  # characters of a matter beside its head; lines of the page below the chart
SHORTEST, LONGEST = 150, 300  # characters of a message


def brief_of(f: Findings, data: Mapping[str, Any]) -> dict[str, Any]:
    """``numbers`` with their changes, ``matters`` (``head``, ``text``) and ``decide``, all from what ``data`` tells."""
    rows = [(f.catalogue.indicators[name], _cell(data, name)) for name in NUMBERS if name in f.catalogue.indicators]
    numbers = [{"name": item.name, **cell} for item, cell in rows if cell and cell["value"] != "—"]
    told = (
        ("需要关注的问题", _problems(f)),
        ("上期通报问题", _rectified(data)),
        ("主要指标", _indicators(data)),
        ("收案变动", _filings(f, data)),
        ("需要核实", _doubts(data)),
        ("办案态势", _pace(data)),
    )
    found = [{"head": head, "text": text} for head, text in told if text]
    matters, decide = found[:MATTERS], _decide(data)
    while len(matters) > 1 and sum(map(_lines, [*matters, {"head": "提请审定", "text": "；".join(decide)}])) > ROOM:
        matters.pop()  # the page stays one page; the circular has all of it
    return {"numbers": numbers[:FIVE], "matters": matters, "decide": decide}


def _lines(one: Mapping[str, str]) -> int:
    """How many lines of the page a paragraph takes: indented, numbered, with its head."""
    return ceil((5 + sum(0.5 if char.isascii() else 1 for char in one["head"] + one["text"])) / LINE)


def message_of(lines: Sequence[str]) -> str:
    """The first sentence and the last, and between them those that fit, an earlier one before a later one."""
    first, *between, last = lines
    kept, room = [], LONGEST - len(first) - len(last)
    for line in between:
        if len(line) <= room:
            kept.append(line)
            room -= len(line)
    return "".join((first, *kept, last))


def _cell(data: Mapping[str, Any], name: str) -> dict[str, str] | None:
    """One of the flow, or of the indicators that are assessed."""
    if name in data["flow"]:
        found: dict[str, str] | None = data["flow"][name]
        return found
    return next((row["cell"] for row in data["indicators"] if row["id"] == name), None)


def _problems(f: Findings) -> str:
    """紫薇市城南区法院民事调解率5.19%: each where they are few enough for two lines, else how many of what."""
    red = in_order(f, "red")
    if not red:
        return ""
    items, whole = f.catalogue.indicators, bool(f.tree.children(f.issuer))
    each = [
        ("全部法院" if whole and flag.court == f.issuer else f.name(flag.court))
        + items[flag.indicator].name
        + items[flag.indicator].measure.text(flag.numerator, flag.denominator)
        for flag in red
    ]
    if len(red) <= NAMED and len("、".join(each)) <= TWO_LINES:
        return f"{len(red)}项，{'、'.join(each)}。"
    units = len({flag.court.removesuffix(OWN) for flag in red})
    kinds = [(name, sum(flag.indicator == name for flag in red)) for name in items]
    some = [f"{items[name].name}{count}项" for name, count in kinds if count]
    again = sum(flag.state in ("持续", "复发") for flag in red)
    text = f"{len(red)}项，涉及{units}个单位，有" if whole else f"{len(red)}项，有"
    text += f"{'、'.join(some[:2])}{'等' if len(some) > 2 else ''}"
    return f"{text}，持续或者复发{again}项。" if again else f"{text}。"


def _rectified(data: Mapping[str, Any]) -> str:
    told = data["follow_up"]
    if not told or not told.get("total"):
        return ""
    parts = [f"共{told['total']}项", f"已反馈{count}项" if (count := told["answered"]["count"]) else "尚未反馈"]
    found = ((word, told[key]["count"]) for key, word in (("effective", "见效"), ("not", "未见效")))
    parts += [f"{word}{count}项" for word, count in found if count]
    parts += [f"逾期未反馈{told['overdue']['count']}项"] if told["overdue"]["count"] else []
    return "，".join(parts) + "。"


def _indicators(data: Mapping[str, Any]) -> str:
    """设有合理区间的3项中，除审限内结案率95.68%外均处于区间; without any outside, what else moved."""
    standing, told = data["standing"], []
    value = {row["name"]: row["cell"]["value"] for row in data["indicators"] if row["cell"]}
    outside = [one["name"] + value[one["name"]] for one in standing["outside"]]
    groups = "、".join(f"{one['word']}区间{one['count']}项" for one in standing["groups"])
    inside = "或".join(one["word"] for one in standing["groups"] if one["word"] in ("优于", "处于"))
    if len(outside) == 1 and inside:
        told.append(f"设有合理区间的{standing['total']}项中，除{outside[0]}外均{inside}区间")
    elif outside:
        told.append(f"设有合理区间的{standing['total']}项中，{groups}，在区间之外的有{'、'.join(outside[:2])}")
    elif standing["total"]:
        told.append(f"设有合理区间的{standing['total']}项均{inside}区间")
    moved = next((row for row in data["notable"] if row["cell"] and not row["right"]), None)
    if moved and not outside:
        year = moved["cell"]["year"]
        changes = [f"同比{year}"] if year.startswith(("上升", "下降", "增加", "减少")) else []
        told.append("，".join([f"{moved['name']}{moved['cell']['value']}", *changes]))
    elif data["verdict"]["total"] and not outside:
        verdict, ways = data["verdict"], (("better", "趋优"), ("worse", "趋劣"), ("equal", "基本持平"))
        counted = "、".join(f"{word}{verdict[way]['count']}项" for way, word in ways if verdict[way]["count"])
        about = "（变化很小或未超出通常波动）" if verdict["equal"]["count"] else ""
        told.append(f"有可比数据的{verdict['total']}项同比{counted}{about}")
    return "；".join(told) + "。" if told else ""


def _filings(f: Findings, data: Mapping[str, Any]) -> str:
    """新收比去年同期增加505件，主要是民事354件、执行73件和刑事48件."""
    split = next((one for one in f.attributions.get(f"{f.issuer}|filed", ()) if one.against == "year_before"), None)
    if not data["flow"]["filed"] or split is None or not split.drivers:
        return ""
    way, parts = "增加" if split.change > 0 else "减少", [f"{one.name}{abs(int(one.total))}件" for one in split.drivers]
    return f"新收比去年同期{way}{abs(int(split.change))}件，主要是{joined(parts)}。"


def _doubts(data: Mapping[str, Any]) -> str:
    if data["single"] and not data["grey"] and 0 < len(data["checks"]) <= NAMED:  # whose they are, inside one court
        named = [one["court"] + one["indicator"] for one in data["checks"]]
        return f"{joined(named)}，先核查、再作判断。"
    parts = [f"{data['amber']}项情况"] if data["amber"] else []
    parts += [f"{len(data['grey'])}项数据"] if data["grey"] else []
    return f"{'、'.join(parts)}，已分别提示有关{data['unit']}。" if parts else ""


def _pace(data: Mapping[str, Any]) -> str:
    ratio, told = data["flow"]["clearance_ratio"], data["judgement"]
    return "，".join(filter(None, [told, f"结收比为{ratio['value']}" if ratio else ""])) + "。" if told else ""


def _decide(data: Mapping[str, Any]) -> list[str]:
    """What needs a leader's word: that courts are asked to look into their findings, that others be pressed."""
    asked, late = data.get("requirements") or {"count": 0}, (data["follow_up"] or {}).get("overdue", {"count": 0})
    found, home = [], data["single"]  # where 本院 itself may be asked, and nobody writes letters
    if asked["count"]:
        whom = "有关部门" if home else f"{len({row['unit'] for row in asked['rows']})}个单位"
        found.append(f"通报列办理事项{asked['count']}项，请{whom}最迟{asked['latest']}报送，是否同意")
    if late["count"]:
        found.append(f"逾期未反馈的{late['count']}项，是否{'书面' if home else '发函'}督办")
    return found
