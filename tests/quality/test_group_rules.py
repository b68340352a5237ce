"""Rules on distributions and on finished counts: each fires on what is planted and stops at its bound."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from by_hand import COURTS
from clean_rows import RULES, Row, checked, civil, found, table_of

from reports import catalogue
from reports.courts import court_table
from reports.courts.periods import parse_period
from reports.quality import missing_numbers, of_counts, quality

YEAR = date(2025, 1, 1)


def numbered(numbers: list[int], code: str = "民初") -> list[Row]:
    return [civil(n, 案号=f"（2025）辽0102{code}{n}号", 承办人=f"承办人{n}") for n in numbers]


def spread(quarter: str, cases: int, **changes: object) -> list[Row]:
    """Cases filed and concluded evenly over a quarter, never on its last day."""
    period = parse_period(quarter)
    rows = []
    for place in range(cases):
        day = period.start + timedelta(days=place * 90 // cases)
        number = f"（{day.year}）辽0102民初{period.first * 1000 + place}号"
        rows.append(civil(1, 案号=number, 立案日期=day, 结案日期=day + timedelta(days=1), 送达日期="") | changes)
    return rows


def test_gaps_are_listed_as_ranges(tmp_path):
    with table_of(numbered([2, 3, 4, 7, 8, 12]), tmp_path) as table:
        result = quality(table, RULES, parse_period("2025Q3"), complete_since=YEAR)
        (finding,) = found(result, "number_gap")
        assert (finding.court, finding.count, finding.base) == ("辽0102", 6, 12)
        assert finding.detail == "2025年民初第1、5—6、9—11号"
        ranges = missing_numbers(table, result, complete_since=YEAR)["辽0102"]
    assert ranges.values.tolist() == [[2025, "民初", 1, 1, 1], [2025, "民初", 5, 6, 2], [2025, "民初", 9, 11, 3]]


def test_no_gap_in_running_numbers_merged_numbers_suffixes_and_random_ones(tmp_path):
    written = ("（2025）辽0102民初4-5号", "（2025）辽0102民初６号之一")
    rows = [*numbered([1, 2, 3, 6]), *(civil(1, 案号=number) for number in written)]
    rows += [civil(1, 案号=f"（2025）辽0102刑核{n}号") for n in (10203040, 50607080)]
    assert not found(checked(rows, tmp_path, since=YEAR), "number_gap")


def test_numbers_are_not_judged_in_years_that_the_data_do_not_cover(tmp_path):
    result = checked(numbered([5, 9]), tmp_path, since=date(2025, 1, 2))
    assert "number_gap" in result.unchecked
    assert "partial_sequence" in result.unchecked


def test_an_extract_is_no_gap(tmp_path):
    result = checked(numbered([10, 30, 50]), tmp_path, since=YEAR)
    assert not found(result, "number_gap")
    (finding,) = found(result, "partial_sequence")
    assert finding.detail == "2025年民初只有6.00%"
    assert not found(checked(numbered([1, 2, 3]), tmp_path, since=YEAR), "partial_sequence")


def test_a_field_missing_more_often_than_its_own_mean(tmp_path):
    before = [row for quarter in ("2024Q3", "2024Q4", "2025Q1", "2025Q2") for row in spread(quarter, 50)]
    few = [*before, *spread("2025Q3", 96), *spread("2025Q3", 4, 承办人="")]
    many = [*before, *spread("2025Q3", 90), *spread("2025Q3", 10, 承办人="")]
    assert not found(checked(few, tmp_path), "missing_share")
    result = checked([row | {"案号": f"（2025）辽0102民初{n}号"} for n, row in enumerate(many, 1)], tmp_path)
    (finding,) = found(result, "missing_share")
    assert (finding.court, finding.count, finding.base) == ("辽0102", 10, 100)
    assert finding.detail == "承办人缺10件（占10.00%，此前平均0.0%）"


def test_a_field_that_was_always_missing_is_no_jump(tmp_path):
    rows = [
        row
        for quarter in ("2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3")
        for row in spread(quarter, 40)[:30] + spread(quarter, 40, 案由="")[30:]
    ]
    result = checked(rows, tmp_path)
    assert not found(result, "missing_share")
    assert not found(result, "missing_jump")


def test_a_jump_against_the_quarter_before(tmp_path):
    rows = spread("2025Q2", 50) + spread("2025Q3", 50)[:38] + spread("2025Q3", 50, 承办部门="")[38:]
    (finding,) = found(checked(rows, tmp_path), "missing_jump")
    assert finding.detail == "承办部门缺失比例由0.00%升至24.00%"


def test_a_month_far_below_the_same_month_of_years_before(tmp_path):
    past = spread("2023Q3", 120) + spread("2024Q3", 120)
    even = past + spread("2025Q3", 120)
    low = past + [row for row in spread("2025Q3", 120) if date.fromisoformat(str(row["立案日期"])).month != 8]
    since = date(2023, 1, 1)
    assert not found(checked(even, tmp_path, since=since), "month_low")
    (finding,) = found(checked(low, tmp_path, since=since), "month_low")
    assert finding.detail.startswith("2025年8月收案0件，往年同月平均4")
    assert "month_low" in checked(spread("2025Q3", 120), tmp_path).unchecked


def test_conclusions_heaped_on_the_last_day(tmp_path):
    past = [row for quarter in ("2024Q3", "2024Q4", "2025Q1", "2025Q2") for row in spread(quarter, 80)]
    heap = [row | {"结案日期": "2025-09-30"} for row in spread("2025Q3", 80)[:20]] + spread("2025Q3", 80)[20:]
    (finding,) = found(checked(past + heap, tmp_path), "last_day")
    assert (finding.count, finding.base) == (20, 80)
    few = [row | {"结案日期": "2025-09-30"} for row in spread("2025Q3", 80)[:2]] + spread("2025Q3", 80)[2:]
    assert not found(checked(past + few, tmp_path), "last_day")


def test_filings_on_one_day_and_on_weekends(tmp_path):
    saturday = [row | {"立案日期": "2025-08-02", "结案日期": "2025-09-02"} for row in spread("2025Q3", 60)]
    result = checked(saturday, tmp_path)
    assert found(result, "bulk_date")[0].detail == "2025年8月2日"
    assert found(result, "weekend")[0].count == 60
    result = checked(spread("2025Q3", 60), tmp_path)
    assert not found(result, "bulk_date") + found(result, "weekend")


# Finished counts

CATALOGUE = catalogue.load()


def counts(*cells: tuple[str, str, str, str, int, int | None]) -> pd.DataFrame:
    columns = ["court", "line", "indicator", "period", "numerator", "denominator"]
    return pd.DataFrame(list(cells), columns=columns).astype({"numerator": "Int64", "denominator": "Int64"})


def judged(frame: pd.DataFrame, tmp_path, printed: pd.DataFrame | None = None):
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(tmp_path / "courts.csv")
    return of_counts(frame, CATALOGUE, tree, RULES, parse_period("2025Q3"), printed=printed)


def stock(opening: int, filed: int, concluded: int, pending: int, before: int) -> pd.DataFrame:
    now = zip(("opening", "filed", "concluded", "pending"), (opening, filed, concluded, pending), strict=True)
    cells = [("辽0102", "全部", name, "2025Q3", value, None) for name, value in now]
    return counts(*cells, ("辽0102", "全部", "pending", "2025Q2", before, None))


def test_the_stock_must_balance_and_carry_over(tmp_path):
    result = judged(stock(10, 5, 8, 7, 10), tmp_path)
    assert not result.findings
    assert {"stock_balance", "stock_carry"} <= set(result.totals)
    (finding,) = found(judged(stock(10, 5, 8, 6, 10), tmp_path), "stock_balance")
    assert finding.detail == "旧存10＋新收5，不等于结案8＋未结6"
    (finding,) = found(judged(stock(10, 5, 8, 7, 9), tmp_path), "stock_carry")
    assert finding.detail == "本期旧存10件，上期未结9件"


def test_the_stock_is_compared_with_what_was_printed(tmp_path):
    assert "stock_printed" in judged(stock(1000, 5, 8, 997, 1000), tmp_path).unchecked
    printed = counts(("辽0102", "全部", "pending", "2025Q2", 990, None))
    assert found(judged(stock(1000, 5, 8, 997, 1000), tmp_path, printed), "stock_printed")
    printed = counts(("辽0102", "全部", "pending", "2025Q2", 991, None))
    assert not found(judged(stock(1000, 5, 8, 997, 1000), tmp_path, printed), "stock_printed")


def test_a_part_larger_than_the_whole(tmp_path):
    result = judged(counts(("辽0102", "民事", "within_limit", "2025Q3", 11, 10)), tmp_path)
    (finding,) = found(result, "beyond_denominator")
    assert finding.detail == "民事条线审限内结案率分子11、分母10"
    # The appeals of a quarter belong to conclusions of the quarter before: no part of the denominator.
    assert not judged(counts(("辽0102", "全部", "appeal_rate", "2025Q3", 11, 10)), tmp_path).findings


def test_a_value_without_a_single_exception(tmp_path):
    def shares(perfect: int) -> pd.DataFrame:
        return counts(
            ("辽0102", "全部", "within_limit", "2025Q3", perfect, perfect),
            ("辽0103", "全部", "within_limit", "2025Q3", 850, 1000),
        )

    (finding,) = found(judged(shares(200), tmp_path), "too_perfect")
    assert finding.court == "辽0102"
    assert finding.detail == "审限内结案率为100%（200件），按同级法院水平（12.50%）约应有25件例外"
    assert not found(judged(shares(30), tmp_path), "too_perfect")  # fewer than five were to be expected


def test_the_same_counts_as_in_the_period_before(tmp_path):
    def twice(old: int) -> pd.DataFrame:
        return counts(
            ("辽0102", "全部", "within_limit", "2025Q3", 190, 200),
            ("辽0102", "全部", "within_limit", "2025Q2", old, 200),
        )

    assert found(judged(twice(190), tmp_path), "same_counts")
    assert not found(judged(twice(189), tmp_path), "same_counts")
