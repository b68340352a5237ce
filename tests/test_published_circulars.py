"""Our printed change against what public circulars and releases state (``data/published_circulars.csv``).

A line without ``reason`` must agree to the last digit. A reason says why it cannot: ``rounded`` (the printed 万件 are
too coarse: the stated change lies within their rounding), ``restated`` (outside it: the base was revised after it had
been published), or that no base was published.
"""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from reports.words import FEW, Measure, percent

ROWS = list(csv.DictReader((Path(__file__).parent / "data/published_circulars.csv").open(encoding="utf-8")))
WITH_BASE = [row for row in ROWS if row["base_numerator"]]
COUNT = Measure("count", "件", 0)
RATE = Measure("proportion", "%", 2)


def title(row):
    return f"{row['court']} {row['period']} {row['item']} {row['stated']}"


def ours(row) -> str:
    """The change as the circulars write it: +6.67%, -3.97个百分点."""
    if row["denominator"]:
        now, base = (
            tuple(int(row[f"{side}{part}"]) for part in ("numerator", "denominator")) for side in ("", "base_")
        )
        text = RATE.change(now, base, base_name="去年同期")
    else:
        # 万件 carry one decimal: counted in units of 0.1万件 they are whole numbers.
        now, base = (
            int(Decimal(row[name]) * (10 if row["unit"] == "万件" else 1)) for name in ("numerator", "base_numerator")
        )
        if base < FEW:  # a circular of ours tells the cases; what it would come to is the stated one
            assert COUNT.change((now, None), (base, None), base_name="去年同期").endswith(f"{abs(now - base)}件")
            return ("+" if now > base else "-") + percent(abs(now - base), base)
        text = COUNT.change((now, None), (base, None), base_name="去年同期")
    return text.replace("上升", "+").replace("下降", "-")


@pytest.mark.parametrize("row", [row for row in WITH_BASE if not row["reason"]], ids=title)
def test_our_change_is_the_stated_one(row):
    assert ours(row) == row["stated"]


@pytest.mark.parametrize("row", [row for row in WITH_BASE if row["reason"]], ids=title)
def test_where_it_is_not_the_reason_holds(row):
    assert row["unit"] == "万件" and ours(row) != row["stated"]
    half = [Decimal("0.5") if "." not in row[name] else Decimal("0.05") for name in ("numerator", "base_numerator")]
    now, base = Decimal(row["numerator"]), Decimal(row["base_numerator"])
    low, high = (now - half[0]) / (base + half[1]) - 1, (now + half[0]) / (base - half[1]) - 1
    within = low <= Decimal(row["stated"].rstrip("%")) / 100 <= high
    assert row["reason"] == ("rounded" if within else "restated")


# Where a count of cases has no published base, some whole base gives the stated change exactly.
@pytest.mark.parametrize(
    "row", [r for r in ROWS if not r["base_numerator"] and r["unit"] == "件" and r["numerator"]], ids=title
)
def test_some_whole_base_gives_the_stated_change(row):
    now, growth = int(row["numerator"]), float(row["stated"].rstrip("%")) / 100
    near = round(now / (1 + growth))
    stated = row["stated"] if "." in row["stated"] else row["stated"].replace("%", ".00%")
    stated = stated if len(stated.split(".")[1]) == 3 else stated.replace("%", "0%")
    assert stated in {ours(row | {"base_numerator": str(base)}) for base in range(near - 2, near + 3)}


def test_every_line_has_a_source_and_a_base_or_a_reason():
    for row in ROWS:
        assert row["source"].startswith("http") and (row["base_from"] or row["reason"])
    assert len(WITH_BASE) >= 25
