"""What the court above has published beside the issuer's own figures: for comparison, and no rank."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reports.model import Comparison, Findings, Published


def beside(f: Findings) -> dict[str, Any]:
    """``rows`` (indicator, own value, ``whole``, published value, how the two differ, interval), ``intervals`` whether
    any is given, and ``sources``; no rows where the issuer has no figure of its own.
    """
    rows, sources = [], []
    for one in f.published:
        cell = f.comparisons.cell(f.issuer, one.line, one.indicator)
        if one.line != f.line or cell is None or (own := _own(cell)) is None:
            continue
        item = f.catalogue.indicators[one.indicator]
        rows.append(
            {
                "name": item.label,
                "value": cell.text,
                "whole": one.whole,
                "published": f"{one.value}{item.unit}",
                "difference": _difference(own, one, item.unit),
                "interval": one.interval,
            }
        )
        sources.append(one.source)
    return {
        "rows": rows,
        "intervals": any(row["interval"] for row in rows),
        "sources": list(dict.fromkeys(sources)),
    }


def _own(cell: Comparison) -> Decimal | None:
    """The own value as it is printed; ``None`` where there is none, or where it is not whole."""
    scaled = cell.measure.scaled(*cell.now)
    if scaled is None or "now" in cell.incomplete or "now" in cell.withheld:
        return None
    return Decimal(scaled).scaleb(-cell.measure.places)


def _difference(own: Decimal, one: Published, unit: str) -> str:
    """高于全市平均2.15个百分点, 比全市平均多3.1天: of the two printed values."""
    size = own - one.value
    if not size:
        return f"与{one.whole}平均持平"
    if unit == "天":
        return f"比{one.whole}平均{'多' if size > 0 else '少'}{abs(size)}天"
    return f"{'高' if size > 0 else '低'}于{one.whole}平均{abs(size)}{'个百分点' if unit == '%' else unit}"
