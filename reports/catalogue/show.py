"""An edition of the catalogue as text, Markdown or data: definitions, formula, source, interval, as an annex does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from reports.catalogue.definitions import Catalogue, Count, Indicator, Stock
from reports.courts.periods import chinese_date
from reports.words import span

_BETTER = {"higher": "越高越好", "lower": "越低越好", "neutral": "不分好坏"}
_KINDS = {
    "proportion": "案件占比",
    "ratio": "两数之比",
    "amount": "金额之比",
    "count": "件数",
    "mean": "平均数",
}


def traits(item: Indicator) -> str:
    """越高越好；有评价: what is done with an indicator, in a few words."""
    parts = [_KINDS[item.kind], _BETTER[item.better]]
    if not item.assess:
        parts.append("只列示，不评价")
    if item.right:
        parts.append("当事人的诉讼权利，升降只供了解原因，不列问题、不设目标")
    if item.scope != "1":
        parts.append(f"口径版本{item.scope}")
    if item.note:
        parts.append(item.note)
    return "；".join(parts)


def interval_text(item: Indicator, on: date) -> str:
    """The interval in force with its day and source, or 未设定."""
    told = []
    for one in item.in_force(on):
        meant = f"{one.meant}，" if one.meant else ""
        told.append(f"{span(one, item.unit)}（{meant}自{chinese_date(one.since)}起，{one.source}）")
    return "；".join(told) or ("未设定" if item.assess else "不评价")


def expression_text(catalogue: Catalogue, terms: Sequence[tuple[int, str]]) -> str:
    """Signed terms by their Chinese names: 旧存＋新收."""
    text = ""
    for sign, name in terms:
        item: Count | Stock = catalogue.counts.get(name) or catalogue.stocks[name]
        text += ("－" if sign < 0 else "＋" if text else "") + item.name
    return text


def markdown(catalogue: Catalogue, on: date) -> str:
    """The edition as a Markdown document."""
    lines = [f"# {catalogue.name}", "", f"版本：{catalogue.version}。{catalogue.note}", ""]
    lines += ["| 编号 | 指标 | 类别 | 计算口径 | 合理区间 | 说明 |", "|:--|:--|:-:|:--|:--|:--|"]
    for item in catalogue.indicators.values():
        cells = (
            item.id,
            item.label,
            item.category,
            catalogue.definition(item),
            interval_text(item, on),
            traits(item),
        )
        lines.append("| " + " | ".join(cell.replace("|", "／") for cell in cells) + " |")
    sourced = [item for item in catalogue.indicators.values() if item.evidence or item.formula_source]
    if sourced:
        lines += ["", "## 来源", ""]
        for item in sourced:
            lines.append(f"- {item.name}：" + "；".join(_sources(item)))
    lines += ["", "## 计数", "", "| 编号 | 名称 | 定义 |", "|:--|:--|:--|"]
    for name in catalogue.terms:
        one: Count | Stock = catalogue.counts.get(name) or catalogue.stocks[name]
        lines.append(f"| {name} | {one.name} | {'<br>'.join(_definitions(one))} |")
    return "\n".join(lines) + "\n"


def plain(catalogue: Catalogue, on: date) -> str:
    """The edition as text for a terminal."""
    lines = [f"{catalogue.name}（{catalogue.version}）", catalogue.note, ""]
    for item in catalogue.indicators.values():
        lines.append(f"{item.label}　[{item.id}]　{item.category}")
        lines.append(f"  口径：{catalogue.definition(item)}")
        if item.numerator:
            quotient = expression_text(catalogue, item.numerator)
            if item.denominator:
                quotient = f"（{quotient}）÷（{expression_text(catalogue, item.denominator)}）"
            lines.append(f"  计算：{quotient}")
        for source in _sources(item):
            lines.append(f"  来源：{source}")
        lines.append(f"  区间：{interval_text(item, on)}")
        lines.append(f"  说明：{traits(item)}")
    lines.append("")
    for name in catalogue.terms:
        one: Count | Stock = catalogue.counts.get(name) or catalogue.stocks[name]
        lines.append(f"{one.name}　[{name}]")
        lines += [f"  {text}" for text in _definitions(one)]
    return "\n".join(lines) + "\n"


def data(catalogue: Catalogue, on: date) -> dict[str, Any]:
    """The edition as plain data for a JSON document."""
    return {
        "edition": catalogue.edition,
        "name": catalogue.name,
        "version": catalogue.version,
        "note": catalogue.note,
        "official": catalogue.official,
        "stated": len(catalogue.indicators) - len(catalogue.context),
        "context": list(catalogue.context),
        "indicators": [_indicator(catalogue, item, on) for item in catalogue.indicators.values()],
        "counts": [
            {
                "id": name,
                "name": catalogue.counts[name].name,
                "definitions": [{"basis": one.basis, **dict(one.text)} for one in catalogue.counts[name].options],
                "chosen": catalogue.counts[name].place or None,
            }
            for name in catalogue.terms
            if name in catalogue.counts
        ],
        "stocks": [
            {"id": name, "name": catalogue.stocks[name].name, **dict(catalogue.stocks[name].text)}
            for name in catalogue.terms
            if name in catalogue.stocks
        ],
        "warnings": list(catalogue.warnings),
    }


def _indicator(catalogue: Catalogue, item: Indicator, on: date) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "label": item.label,
        "category": item.category,
        "kind": item.kind,
        "unit": item.unit,
        "places": item.places,
        "better": item.better,
        "assess": item.assess,
        "right": item.right,
        "subset": item.subset,
        "min_den": item.min_den,
        "scope": item.scope,
        "numerator": [{"sign": sign, "id": name} for sign, name in item.numerator],
        "denominator": [{"sign": sign, "id": name} for sign, name in item.denominator] or None,
        "formula": item.formula,
        "definition": catalogue.definition(item),
        "formula_source": item.formula_source or None,
        "evidence": list(item.evidence),
        "needs": item.needs or None,
        "note": item.note or None,
        "intervals": [
            {
                "since": one.since.isoformat(),
                "low": one.low,
                "high": one.high,
                "span": one.span or None,
                "line": one.line or None,
                "source": one.source,
            }
            for one in item.in_force(on)
        ],
    }


def _sources(item: Indicator) -> list[str]:
    found = [f"公式见{item.formula_source}"] if item.formula_source else []
    return found + [f"指标名称见{text}" for text in item.evidence if text != item.formula_source]


_KEYS = {"by": "归期", "where": "条件", "sum": "求和", "court": "法院", "from": "起", "to": "止", "at": "时点"}
_KEYS |= dict.fromkeys(("after_months", "after_days"), "超过")


def _definitions(item: Count | Stock) -> list[str]:
    if isinstance(item, Stock):
        return ["；".join(f"{_KEYS[key]} {value}" for key, value in item.text)]
    found = []
    for place, one in enumerate(item.options, 1):
        texts = [f"{_KEYS[key]} {value}" for key, value in one.text]
        head = f"口径{one.place or place}（{'本次采用，' if one.place else ''}{one.basis}）：" if item.otherwise else ""
        found.append(head + "；".join(texts))
    return found
