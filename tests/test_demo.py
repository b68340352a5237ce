"""The synthetic province: the same bytes every time, consistent within itself, and its plants visible."""

import hashlib
import json
import os
import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.demo import DISPUTES, DemoResult, dirty, make
from reports.demo.dates import Calendar, Quarter, add_months, add_months_criminal, day_of, number_of
from reports.demo.province import BASIC, courts
from reports.errors import ConfigError

CASES = 300_000
COLUMNS = [
    "案号", "经办法院", "适用程序", "案由", "承办部门", "承办人", "立案日期", "结案日期", "结案方式",
    "应结案日期", "是否延长", "扣除天数", "原审案号", "发改原因",
    "申请执行金额", "到位金额", "标的额", "开庭次数",
    "有给付内容", "履行期限", "是否自动履行", "执行依据案号", "专项标签", "当事人", "承办团队",
]  # fmt: skip
FIRST = ("民初", "刑初", "行初")
SECOND = ("民终", "刑终", "行终")


def read(result: DemoResult) -> pd.DataFrame:
    """The Parquet file with the parts of the case number and the quarters beside it."""
    table = duckdb.connect().execute(f"SELECT * FROM '{result.cases_parquet}'").df()
    parts = table["案号"].str.extract(r"^（(?P<year>\d{4})）(?P<code>辽\d*)(?P<type>\D+?)(?P<number>\d+)号$")
    table = table.join(parts)
    table["origin_code"] = table["原审案号"].str.extract(r"^（\d{4}）(辽\d*)\D")[0]
    for column, quarter in (("立案日期", "filed"), ("结案日期", "concluded")):
        table[quarter] = table[column].dt.to_period("Q").astype(str)
    return table


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    result = make(tmp_path_factory.mktemp("clean"), cases=CASES, dirty=False)
    return result, read(result)


@pytest.fixture(scope="module")
def soiled(tmp_path_factory):
    return make(tmp_path_factory.mktemp("soiled"), cases=20_000, encoding="gb18030")


def plant(result: DemoResult, id_: str) -> dict:
    record = json.loads(result.planted_json.read_text("utf-8"))
    return next(item for item in record["planted"] if item["id"] == id_)


# Determinism


def digests(folder) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_same_arguments_same_bytes_in_another_process(tmp_path):
    make(tmp_path / "here", cases=20_000)
    code = "import sys, pathlib, reports.demo as demo; demo.make(pathlib.Path(sys.argv[1]), cases=20_000)"
    for hash_seed in ("0", "7"):
        there = tmp_path / hash_seed
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run([sys.executable, "-c", code, str(there)], check=True, env=environment)
        assert digests(tmp_path / "here") == digests(there)
    assert set(digests(tmp_path / "here")) == {"cases.csv", "cases.parquet", "courts.csv", "planted.json", DISPUTES}


def test_another_seed_gives_other_cases(tmp_path):
    make(tmp_path / "a", cases=2_000)
    make(tmp_path / "b", cases=2_000, seed=2)
    a, b = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert a["cases.csv"] != b["cases.csv"]
    assert a["courts.csv"] == b["courts.csv"]


# Shape


def test_files_and_counts_agree(clean):
    result, table = clean
    assert result.rows == len(table) == CASES
    assert result.pending == table["结案日期"].isna().sum()
    assert result.courts == 115
    text = pd.read_csv(result.cases_csv, dtype=str, encoding="utf-8-sig")
    assert list(text) == COLUMNS
    assert (text["案号"] == table["案号"]).all()
    assert (text["立案日期"] == table["立案日期"].dt.strftime("%Y-%m-%d")).all()
    paid = text["到位金额"].notna()
    assert (text.loc[paid, "到位金额"].astype(float) == table.loc[paid, "到位金额"].astype(float)).all()


def test_parquet_is_typed(clean):
    rows = duckdb.connect().execute(f"DESCRIBE SELECT * FROM '{clean[0].cases_parquet}'").fetchall()
    types = {name: kind for name, kind, *_ in rows}
    assert list(types) == COLUMNS
    assert {types[name] for name in ("立案日期", "结案日期", "应结案日期")} == {"DATE"}
    assert {types[name] for name in ("申请执行金额", "到位金额", "标的额")} == {"DECIMAL(18,2)"}
    assert types["案由"] == types["案号"] == "VARCHAR"


def test_enforcement_names_a_judgment_of_its_court_that_was_not_performed(clean):
    """Each judgment at most once, one that ended in payment, and not before its last day to perform."""
    _, table = clean
    based = table[table["执行依据案号"].notna()]
    behind = table.set_index("案号").loc[based["执行依据案号"]]
    assert len(based) > 100 and based["执行依据案号"].is_unique and set(based["type"]) == {"执"}
    assert set(behind["type"]) == {"民初", "民终"} and set(behind["有给付内容"]) == {"是"}
    assert (behind["履行期限"].to_numpy() < based["立案日期"].to_numpy()).all()
    assert not (behind["是否自动履行"] == "是").any()
    began = behind["code"].where(behind["type"] == "民初", behind["origin_code"])
    assert (began.dropna().to_numpy() == based["code"].to_numpy()[began.notna().to_numpy()]).all()


def test_flows_and_stocks_balance(clean):
    """旧存 + 新收 = 已结 + 未结 in every quarter, and 未结 is the next 旧存."""
    _, table = clean
    filed, concluded = table["立案日期"], table["结案日期"]
    carried = None
    for quarter in pd.period_range("2023Q4", "2026Q3", freq="Q"):
        start, end = quarter.start_time, quarter.end_time
        old = ((filed < start) & (concluded.isna() | (concluded >= start))).sum()
        pending = ((filed <= end) & (concluded.isna() | (concluded > end))).sum()
        new, done = filed.between(start, end).sum(), concluded.between(start, end).sum()
        assert old + new == done + pending
        assert carried in (None, old)
        carried = pending


def test_numbers_run_without_gaps_in_filing_order(clean):
    _, table = clean
    assert table["number"].notna().all()
    assert table["案号"].is_unique
    assert (table["year"].astype(int) == table["立案日期"].dt.year).all()
    groups = table.assign(number=table["number"].astype(int)).groupby(["code", "type", "year"])
    assert (groups["number"].max() == groups.size()).all()
    ordered = table.assign(number=table["number"].astype(int)).sort_values(["code", "type", "year", "number"])
    later = ordered.groupby(["code", "type", "year"])["立案日期"].diff().dropna()
    assert (later >= pd.Timedelta(0)).all()


def test_court_tree():
    found = courts()
    assert len({court.code for court in found}) == len({court.name for court in found}) == len(found)
    for court in found[1:]:
        assert court.code.startswith(found[court.parent].code)
        assert court.level == found[court.parent].level + 1
    sizes = sorted(court.size for court in found if court.level == BASIC)
    assert len(sizes) == 100
    assert 25 < sizes[-1] / sizes[0] < 35


def test_court_names_fit_the_numbers(clean):
    result, table = clean
    tree = pd.read_csv(result.courts_csv, dtype=str, encoding="utf-8-sig").set_index("代码")
    assert (table["code"].map(tree["名称"]) == table["经办法院"]).all()
    assert tree["层级"].value_counts().to_dict() == {"高院": 1, "中院": 14, "基层法院": 100}
    assert tree["上级"].dropna().isin(tree.index).all()


# The course of cases


def test_appeals_follow_existing_first_instances(clean):
    result, table = clean
    seconds = table[table["type"].isin(SECOND)]
    origins = table.set_index("案号").loc[seconds["原审案号"]]
    assert origins["type"].isin(FIRST).all()
    lag = seconds["立案日期"].to_numpy() - origins["结案日期"].to_numpy()
    assert lag.min() >= pd.Timedelta(days=20)
    assert lag.max() <= pd.Timedelta(days=62)
    tree = pd.read_csv(result.courts_csv, dtype=str, encoding="utf-8-sig").set_index("代码")
    assert (origins["code"].map(tree["上级"]).to_numpy() == seconds["code"].to_numpy()).all()
    assert seconds["原审案号"].is_unique


def test_every_origin_exists_and_ended_before(clean):
    _, table = clean
    later = table[table["原审案号"].notna()]
    origins = table.set_index("案号").loc[later["原审案号"]]
    assert (later["立案日期"].to_numpy() > origins["结案日期"].to_numpy()).all()


def test_only_origins_ended_before_the_first_quarter(clean):
    _, table = clean
    early = table[table["结案日期"] < "2023-10-01"]
    assert early["案号"].isin(table["原审案号"]).all()
    assert 0 < len(early) < 0.01 * CASES


def test_money_and_outcomes_fit_the_case(clean):
    _, table = clean
    closed = table["结案日期"].notna()
    assert (closed == table["结案方式"].notna()).all()
    money = table[["申请执行金额", "到位金额"]].astype(float)
    enforced = table["type"].isin(["执", "执恢"])
    assert (money["申请执行金额"].notna() == enforced).all()
    assert (money["到位金额"].notna() == (enforced & closed)).all()
    assert not (money["到位金额"] > money["申请执行金额"]).any()
    full = table["结案方式"] == "执行完毕"
    assert (money.loc[full, "到位金额"] == money.loc[full, "申请执行金额"]).all()


def test_limits_follow_from_filing_extension_and_excluded_days(clean):
    _, table = clean
    small = table[(table["适用程序"] == "小额诉讼")].sample(2_000, random_state=1)
    for filed, due, extended, excluded in zip(
        small["立案日期"], small["应结案日期"], small["是否延长"], small["扣除天数"], strict=True
    ):
        months = 2 + (extended == "是")
        assert due == filed + pd.DateOffset(months=months) + pd.Timedelta(days=int(excluded))
    assert table.loc[table["type"].isin(["财保", "执保", "行申"]), "应结案日期"].isna().all()


def test_few_dates_outside_working_days_and_none_after_the_cutoff(clean):
    _, table = clean
    for column in ("立案日期", "结案日期"):
        dates = table[column].dropna()
        assert (dates.dt.day_of_week >= 5).mean() < 0.02
        assert dates.max() <= pd.Timestamp("2026-09-30")


@given(st.dates(pd.Timestamp("2016-01-01").date(), pd.Timestamp("2031-12-31").date()), st.integers(0, 12))
@settings(max_examples=200)
def test_months_are_added_by_the_corresponding_day(day, months):
    number = np.array([number_of(day)])
    added = day_of(add_months(number, np.array([months]))[0])
    assert added == (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


def test_criminal_limits_end_on_the_last_day_if_they_begin_on_one():
    def due(text: str, months: int) -> str:
        number = np.array([number_of(pd.Timestamp(text).date())])
        return day_of(add_months_criminal(number, np.array([months]))[0]).isoformat()

    assert due("2025-02-27", 1) == "2025-03-31"  # begins on 28 February
    assert due("2025-02-26", 1) == "2025-03-27"
    assert due("2025-01-29", 1) == "2025-02-28"  # 30 January has no counterpart


# Realism


def rate(numerator: pd.DataFrame, denominator: pd.DataFrame) -> pd.Series:
    return numerator.groupby("concluded").size() / denominator.groupby("concluded").size()


def test_province_lies_at_plausible_levels(clean):
    _, table = clean
    table = table[(table["concluded"] >= "2023Q4") & (table["concluded"] <= "2026Q3")]
    civil, enforced = table[table["type"] == "民初"], table[table["type"] == "执"]
    trial = table[table["type"].isin(FIRST + SECOND)]
    first, second = table[table["type"].isin(FIRST)], table[table["type"].isin(SECOND)]
    limited = table[table["应结案日期"].notna()]
    levels = {
        "within_limit": (rate(limited[limited["结案日期"] <= limited["应结案日期"]], limited), 0.965, 0.982),
        "civil_mediation_rate": (rate(civil[civil["结案方式"] == "调解"], civil), 0.27, 0.34),
        "completion": (rate(enforced[enforced["结案方式"] == "执行完毕"], enforced), 0.31, 0.42),
        "termination": (rate(enforced[enforced["结案方式"] == "终结本次执行"], enforced), 0.35, 0.46),
        "reversal": (rate(second[second["结案方式"].isin(["改判", "发回重审"])], first), 0.008, 0.018),
        "average_days": (
            (trial["结案日期"] - trial["立案日期"]).dt.days.groupby(trial["concluded"]).mean(),
            55,
            75,
        ),
    }
    for name, (series, low, high) in levels.items():
        assert len(series) == 12, name
        assert series.between(low, high).all(), (name, series.round(4).to_dict())
    money = enforced[["到位金额", "申请执行金额"]].astype(float).groupby(enforced["concluded"]).sum()
    assert (money["到位金额"] / money["申请执行金额"]).between(0.40, 0.53).all()


def test_median_basic_court_has_usable_bases(clean):
    _, table = clean
    basic = table[table["code"].str.len() == 5]
    for type_ in ("民初", "执"):
        counts = basic[basic["type"] == type_].groupby(["concluded", "code"]).size().unstack(fill_value=0)
        assert (counts.loc["2023Q4":"2026Q3"].median(axis=1) > 30).all()


def test_a_naive_ten_percent_rule_would_flag_most_healthy_courts(clean):
    _, table = clean
    civil = table[(table["type"] == "民初") & (table["code"].str.len() == 5)]
    mediated = civil[civil["结案方式"] == "调解"].groupby(["concluded", "code"]).size().unstack()
    series = mediated / civil.groupby(["concluded", "code"]).size().unstack()
    change = (series.loc["2026Q2"] / series.loc["2026Q1"] - 1).abs()
    assert (change > 0.10).mean() > 0.4


def test_festival_trough_and_year_end_rush(clean):
    _, table = clean
    filed = table.groupby(table["立案日期"].dt.strftime("%Y-%m")).size()
    done = table.groupby(table["结案日期"].dt.strftime("%Y-%m")).size()
    assert filed["2026-02"] < 0.75 * filed["2026-03"]
    assert done["2025-12"] > 1.2 * done["2025-11"]


# Plants


def court_rate(table, code, numerator, denominator) -> pd.Series:
    own = table[table["code"] == code]
    return (own[numerator(own)].groupby("concluded").size() / own[denominator(own)].groupby("concluded").size()).loc[
        "2023Q4":"2026Q3"
    ]


OUTCOME_PLANTS = [
    ("P07", "民初", "调解", -0.08, 1),
    ("P16", "民初", "调解", 0.08, 2),
    ("P08", "执", "执行完毕", -0.08, 2),
]


@pytest.mark.parametrize("expected", OUTCOME_PLANTS)
def test_outcome_plants_show(clean, expected):
    result, table = clean
    id_, type_, outcome, least, quarters = expected
    series = court_rate(
        table,
        plant(result, id_)["court"],
        lambda own: (own["type"] == type_) & (own["结案方式"] == outcome),
        lambda own: own["type"] == type_,
    )
    moved = series.iloc[-quarters:] - series.iloc[:-quarters].mean()
    assert (moved / least > 1).all(), series.round(3).tolist()


def test_late_conclusions_show(clean):
    result, table = clean
    series = court_rate(
        table,
        plant(result, "P01")["court"],
        lambda own: own["结案日期"] > own["应结案日期"],
        lambda own: own["应结案日期"].notna(),
    )
    assert series.iloc[-1] > series.iloc[:-1].mean() + 0.03


def test_reversals_and_appeals_show(clean):
    result, table = clean
    second = table[table["type"].isin(SECOND)]
    first = table[table["type"].isin(FIRST)]

    def per_first(rows: pd.DataFrame, quarter: str, court: str | None) -> pd.Series:
        base = first if court is None else first[first["code"] == court]
        rows = rows if court is None else rows[rows["origin_code"] == court]
        return (rows.groupby(quarter).size() / base.groupby("concluded").size()).loc["2023Q4":"2026Q3"]

    reversed_ = second[second["结案方式"].isin(["改判", "发回重审"])]
    series = per_first(reversed_, "concluded", plant(result, "P03")["court"])
    assert series.iloc[-1] > 2 * series.iloc[:-1].mean()
    own = per_first(second, "filed", plant(result, "P02")["court"])
    province = per_first(second, "filed", None)
    assert province.iloc[-1] > 1.15 * province.iloc[-5]
    assert own.iloc[-1] / own.iloc[:-1].mean() > 1.3 * province.iloc[-1] / province.iloc[:-1].mean()


def test_remands_show(clean):
    result, table = clean
    second = table["type"].isin(SECOND)
    series = court_rate(
        table[second],
        plant(result, "P04")["court"],
        lambda own: own["结案方式"] == "发回重审",
        lambda own: own["结案方式"].isin(["改判", "发回重审"]),
    )
    assert series.iloc[-1] > series.iloc[:-1].mean() + 0.15


def test_durations_ramp_up(clean):
    result, table = clean
    own = table[(table["code"] == plant(result, "P05")["court"]) & table["type"].isin(FIRST)]
    days = (own["结案日期"] - own["立案日期"]).dt.days.groupby(own["concluded"]).mean().loc["2023Q4":"2026Q3"]
    assert days.iloc[-1] > 1.25 * days.iloc[:-4].mean()
    assert days.iloc[-1] > days.iloc[-3] > days.iloc[-6:-4].mean() * 0.95


def test_stalled_cases_pass_twelve_months(clean):
    result, table = clean
    own = table[(table["code"] == plant(result, "P06")["court"]) & table["type"].isin(FIRST)]

    def long_pending(day: str) -> int:
        end = pd.Timestamp(day)
        pending = (own["立案日期"] <= end) & (own["结案日期"].isna() | (own["结案日期"] > end))
        return int((pending & (own["立案日期"] < end - pd.DateOffset(months=12))).sum())

    assert long_pending("2026-09-30") > 2 * max(long_pending("2026-06-30"), 5)


def test_money_plants_show(clean):
    result, table = clean
    own = table[(table["code"] == plant(result, "P09")["court"]) & (table["type"] == "执")]
    money = own[["到位金额", "申请执行金额"]].astype(float).groupby(own["concluded"]).sum().loc["2023Q4":"2026Q3"]
    recovered = money["到位金额"] / money["申请执行金额"]
    assert recovered.iloc[-1] < 0.6 * recovered.iloc[:-1].min()


def test_permanent_outlier(clean):
    result, table = clean
    enforced = table[table["type"] == "执"]
    share = (enforced["结案方式"] == "终结本次执行").groupby(enforced["code"]).mean()
    assert share[plant(result, "P10")["court"]] > share.median() + 0.12


def test_filing_plants_show(clean):
    result, table = clean
    months = table["立案日期"].dt.strftime("%Y-%m")
    shut = months[table["code"] == plant(result, "P13")["court"]].value_counts()
    assert shut[["2025-11", "2025-12"]].mean() < 0.5 * shut[["2024-11", "2024-12"]].mean()
    assert plant(result, "P13")["since"] == "2025Q4"

    batch = plant(result, "P12")
    rows = table[(table["当事人"] == batch["party"]) & table["type"].isin(FIRST)]
    assert len(rows) == batch["cases"] == CASES // 500
    assert rows["经办法院"].eq(batch["court_name"]).all()
    assert rows["案由"].eq(batch["cause"]).all()
    assert rows["立案日期"].dt.to_period("W").nunique() == 1
    assert rows["filed"].eq("2026Q3").all()

    own = table[table["code"] == plant(result, "P11")["court"]]
    pieces = own[own["type"].isin(["执异", "执保", "执恢"])].groupby("filed").size().loc["2023Q4":"2026Q3"]
    assert pieces.iloc[-1] > 2 * pieces.iloc[:-1].max()
    resumed = own[own["type"] == "执恢"].groupby("filed").size().loc["2023Q4":"2026Q3"]  # what 案-件比 counts
    suits = own[own["type"].isin(FIRST)].groupby("filed").size().loc["2023Q4":"2026Q3"]
    assert (resumed / suits).iloc[-1] > 0.25 > 5 * (resumed / suits).iloc[:-1].mean()


def test_last_day_share(clean):
    result, table = clean
    own = table[(table["code"] == plant(result, "P15")["court"]) & (table["concluded"] == "2026Q3")]
    assert (own["结案日期"] == "2026-09-30").mean() > 0.15


def test_most_plants_are_large_and_start_in_the_last_quarter(clean):
    record = json.loads(clean[0].planted_json.read_text("utf-8"))
    planted = record["planted"]
    assert sum(item["size"] == "large" for item in planted) >= 10
    assert sum(item["since"] == "2026Q3" for item in planted) > len(planted) / 2
    assert {"step", "ramp", "outlier", "batch", "year_end", "province", "improvement", "data"} == {
        item["kind"] for item in planted
    }
    assert len({item["id"] for item in planted}) == len(planted) == clean[0].plants


def test_healthy_province_has_no_plants(tmp_path):
    result = make(tmp_path, cases=20_000, planted=False, dirty=False)
    table = read(result)
    assert result.plants == 0
    assert json.loads(result.planted_json.read_text("utf-8"))["planted"] == []
    assert not table["当事人"].str.contains("演示速捷").any()


# Faults


def test_faulty_rows_are_as_documented(soiled):
    text = pd.read_csv(soiled.cases_csv, dtype=str, encoding="gb18030")
    assert len(text) == soiled.rows == 20_000
    assert list(text) == COLUMNS
    filed, concluded = text["立案日期"], text["结案日期"]
    real = concluded.where(concluded.str[:4].between("2000", "2050") & (concluded != "2025-02-30"))
    names = pd.read_csv(soiled.courts_csv, dtype=str, encoding="gb18030")["名称"]
    found = {
        "concluded_before_filed": (real < filed).sum(),
        "impossible_date": (concluded == "2025-02-30").sum(),
        "duplicate_number": text["案号"].duplicated().sum(),
        "sentinel_1900": (concluded == "1900-01-01").sum(),
        "missing_filed": filed.isna().sum(),
        "unknown_court": (~text["经办法院"].isin(names)).sum(),
        "unreadable_number": (~text["案号"].str.fullmatch(r"（\d{4}）辽\d*\D+\d+号")).sum(),
        "future_date": (concluded == "2099-12-31").sum(),
        "formula_cell": text["当事人"].str.startswith("=").sum(),
    }
    record = json.loads(soiled.planted_json.read_text("utf-8"))
    assert found == record["dirty"] == dirty.counts()
    assert soiled.faults == sum(found.values())
    assert text.loc[concluded == "1900-01-01", "结案方式"].isna().all()
    assert text.loc[filed.isna(), "结案方式"].notna().all()


def test_impossible_date_is_only_in_the_text(soiled):
    table = read(soiled)
    text = pd.read_csv(soiled.cases_csv, dtype=str, encoding="gb18030")
    assert (table["案号"] == text["案号"]).all()
    wrong = text["结案日期"] == "2025-02-30"
    assert table.loc[wrong, "结案日期"].isna().all()
    assert table.loc[wrong, "结案方式"].notna().all()


def test_encodings_hold_the_same_text(tmp_path):
    texts = []
    for encoding in ("utf-8-sig", "utf-8", "gb18030"):
        result = make(tmp_path / encoding, cases=2_000, encoding=encoding)
        texts.append(result.cases_csv.read_bytes().decode(encoding))
        assert sorted(path.name for path in (tmp_path / encoding).iterdir()) == [
            "cases.csv", "cases.parquet", "courts.csv", "planted.json", DISPUTES
        ]  # fmt: skip
    assert texts[0] == texts[1] == texts[2]


# Arguments


@pytest.mark.parametrize("end", ["2025Q1", "2024Q4", "2030Q4"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_small_and_short_provinces(tmp_path, end, seed):
    result = make(tmp_path, cases=2_000, quarters=5, end=end, seed=seed)
    assert result.rows == 2_000
    assert result.end == end
    table = read(result)
    assert table.loc[table["结案日期"].dt.year < 2090, "concluded"].max() <= end


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": "2026-Q3"},
        {"end": "2026Q5"},
        {"end": "1999Q1"},
        {"end": "2031Q1"},
        {"quarters": 4},
        {"cases": 1_999},
        {"encoding": "big5"},
        {"seed": -1},
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(tmp_path, wrong):
    with pytest.raises(ConfigError):
        make(tmp_path / "none", **wrong)
    assert not (tmp_path / "none").exists()


def test_progress_is_reported(tmp_path):
    said: list[str] = []
    make(tmp_path, cases=2_000, progress=said.append)
    assert said


def test_quarters_print_as_they_are_read():
    assert str(Quarter.parse("2026Q3")) == "2026Q3"
    assert str(Calendar("2026Q3", 12).first) == "2023Q4"


# Offices


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return make(tmp_path_factory.mktemp("city"), name="city", cases=8_000, dirty=False)


@pytest.fixture(scope="module")
def one_court(tmp_path_factory):
    return make(tmp_path_factory.mktemp("court"), name="court", cases=6_000, dirty=False)


@pytest.mark.parametrize("name", ["city", "one_court"])
def test_an_office_has_its_own_cases_and_the_appeals_above_as_a_table(name, request):
    result = request.getfixturevalue(name)
    table = read(result)
    named = pd.read_csv(result.courts_csv)["名称"]
    assert len(table) == result.rows and set(table["经办法院"]) <= set(named)
    appeals = pd.read_csv(result.appeals_csv)
    assert len(appeals) and appeals["原审案号"].isin(table["案号"]).all()  # first instances of the office itself
    assert not appeals["二审案号"].isin(table["案号"]).any()
    assert appeals["二审案号"].str.contains("民终|刑终|行终").all()


def test_a_renamed_and_a_merged_court_have_the_cases_filed_before(city):
    from reports.courts import court_table

    table, tree = read(city), court_table.load(city.courts_csv)
    assert city.courts == len(tree.courts) == 9
    assert {court.code: (court.into, str(court.until)) for court in tree.former} == {
        "辽0106": ("辽0107", "2026-03-31"),
        "辽0121": ("辽0108", "2025-06-30"),
    }
    for code, last in (("辽0106", "2026-03-31"), ("辽0121", "2025-06-30")):
        assert table["立案日期"][table["code"] == code].max() <= pd.Timestamp(last)
    assert table["立案日期"][table["code"] == "辽0108"].min() >= pd.Timestamp("2025-07-01")
    numbers = table.groupby(["code", "type", "year"])["number"].apply(lambda n: sorted(map(int, n)))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers)  # every sequence is its court's own


def test_departments_are_renamed_and_merged_and_have_teams(one_court):
    table, units = read(one_court), pd.read_csv(one_court.units_csv, dtype=str).fillna("")
    departments = units[units["上级"] == ""].set_index("部门")
    known = set(departments.index) | set(departments["别名"])
    assert set(table["承办部门"]) <= known
    assert departments.loc["速裁庭", "别名"] == "速裁团队" and departments.loc["第二人民法庭", "并入"] == "第一人民法庭"
    filed = table.groupby("承办部门")["立案日期"].agg(["min", "max"])
    assert filed.loc["速裁团队", "max"] < pd.Timestamp("2026-01-01") <= filed.loc["速裁庭", "min"]
    assert filed.loc["第二人民法庭", "max"] <= pd.Timestamp(departments.loc["第二人民法庭", "止"])
    teams = units[units["上级"] != ""].set_index("部门")["上级"]
    assert set(table["承办团队"]) <= set(teams.index) and set(teams) <= set(departments.index)


def test_the_planted_department_mediates_less_and_its_court_as_ever(one_court):
    planted = plant(one_court, "D04")
    table = read(one_court)
    civil = table[table["type"] == "民初"]
    mediated = (civil["结案方式"] == "调解").groupby([civil["承办部门"], civil["concluded"]]).mean()
    own = mediated[planted["department"]]
    assert own["2026Q3"] < 0.5 * own["2025Q1":"2026Q2"].mean()
    whole = (civil["结案方式"] == "调解").groupby(civil["concluded"]).mean()
    assert abs(whole["2026Q3"] - whole["2025Q1":"2026Q2"].mean()) < 0.08


def test_an_unknown_office_is_refused(tongbao, tmp_path):
    result = tongbao("demo", tmp_path / "x", "--office", "country")
    assert result.code == 2 and "province、city、court" in result.err
    assert not (tmp_path / "x").exists()


def test_the_nodes_of_a_case_follow_one_another(one_court):
    """The dates are in order and none is later than the last day of the data but that of a hearing; a few are late."""
    table = duckdb.connect().execute(f"SELECT * FROM '{one_court.cases_parquet}'").df()
    names = list(table)[len(COLUMNS) :]
    assert names == [
        "分案日期", "应诉送达日期", "排期日期", "开庭通知日期", "开庭日期", "宣判日期", "送达日期", "收到上诉状日期",
        "上诉移送日期", "归档日期",
    ]  # fmt: skip
    assert (table[[one for one in names if one != "开庭日期"]].max() <= pd.Timestamp("2026-09-30")).all()
    order = [
        "立案日期",
        "分案日期",
        "排期日期",
        "开庭日期",
        "宣判日期",
        "送达日期",
        "结案日期",
        "收到上诉状日期",
        "上诉移送日期",
    ]
    sound = table[
        table["立案日期"].notna() & (table["结案日期"].isna() | (table["结案日期"].dt.year.between(2023, 2026)))
    ]
    for place, before in enumerate(order):
        for after in order[place + 1 :]:
            assert not (sound[before] > sound[after]).any(), (before, after)
    first = sound[sound["案号"].str.contains("民初")]
    late = (first["应诉送达日期"] - first["立案日期"]).dt.days > 8  # five days, and a holiday
    assert 0.01 < late.mean() < 0.1
    assert first["上诉移送日期"].isna()[first["收到上诉状日期"].notna()].sum() > 0
