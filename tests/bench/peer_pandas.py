"""What a good analyst writes in pandas for the same counts: 9 quarters, court × line, rolled up the tree.

usage: peer_pandas.py CASES(.parquet|.csv) COURTS.csv OUT.parquet [ENCODING]
"""

import sys

import numpy as np
import pandas as pd

SOURCE, COURTS, OUT = sys.argv[1:4]
NEEDED = ["案号", "经办法院", "立案日期", "结案日期", "结案方式", "应结案日期", "原审案号", "申请执行金额", "到位金额"]
DATES = ["立案日期", "结案日期", "应结案日期"]
LINES = {"刑": "刑事", "民": "民事", "行": "行政", "执": "执行", "财": "非诉保全"}
STAGES = {"初": "一审", "终": "二审", "申": "再审审查", "再": "再审"}
ENDS = pd.to_datetime(["2024-06-30", "2024-09-30", "2024-12-31", "2025-03-31", "2025-06-30",
                       "2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30", "2026-09-30"])  # fmt: skip
OLDER = ENDS - pd.DateOffset(years=1)
TODAY = pd.Timestamp("2026-11-22")

if SOURCE.endswith(".parquet"):
    cases = pd.read_parquet(SOURCE, columns=NEEDED)
    for name in DATES:
        cases[name] = pd.to_datetime(cases[name], errors="coerce")
else:
    encoding = sys.argv[4] if len(sys.argv) > 4 else "utf-8-sig"
    cases = pd.read_csv(SOURCE, usecols=NEEDED, encoding=encoding, dtype={"原审案号": "str", "结案方式": "str"})
    unread = pd.Series(False, index=cases.index)
    for name in DATES:
        text, cases[name] = cases[name], pd.to_datetime(cases[name], format="%Y-%m-%d", errors="coerce")
        unread |= text.notna() & cases[name].isna() if name != "应结案日期" else False
    cases = cases[~unread]
courts = pd.read_csv(COURTS, dtype=str, encoding="utf-8-sig")
names = dict(zip(courts["名称"], courts["代码"], strict=True))

cases = cases.drop_duplicates("案号")
cases["court"] = cases["经办法院"].map(names)
cases["type"] = cases["案号"].str.extract(r"^（\d{4}）\D\d*(\D+)\d+号$", expand=False)
cases["origin"] = cases["原审案号"].str.extract(r"^（\d{4}）(.\d*)", expand=False)
cases["filed"] = cases["立案日期"].where(cases["立案日期"] > "1900-01-01")
cases["done"] = cases["结案日期"].where(cases["结案日期"] > "1900-01-01")
cases["due"] = cases["应结案日期"].where(cases["应结案日期"] < "2030-01-01")
for new, old in (("owed", "申请执行金额"), ("paid", "到位金额")):
    cases[new] = (cases[old].astype("float64") * 100).round()
cases["line"] = cases["type"].str[0].map(LINES).fillna("其他")
stage = cases["type"].str[1].map(STAGES)
cases["stage"] = np.select(
    [cases["type"] == "执", cases["type"] == "执恢"], ["首次执行", "恢复执行"], stage.fillna("其他")
)
cases["start"] = cases["origin"].where(cases["stage"] == "二审").fillna(cases["court"])
cases = cases[
    cases["court"].notna() & ~(cases["done"] < cases["filed"]) & ~(cases["done"] > TODAY) & ~(cases["filed"] > TODAY)
    & (cases["filed"].notna() | cases["done"].notna())
]  # fmt: skip


def bucket(dates, ends, side="left"):
    place = np.searchsorted(ends.to_numpy(), dates.to_numpy(), side=side).astype("float64")
    return np.where(dates.isna() | (place >= len(ends)), np.nan, place)


cases["kf"], cases["kd"] = bucket(cases["filed"], ENDS), bucket(cases["done"], ENDS)
cases["kf12"] = bucket(cases["filed"], OLDER, "right")
first, second = cases["stage"] == "一审", cases["stage"] == "二审"
civil, enforced = cases["line"] == "民事", cases["stage"] == "首次执行"
suit, out = cases["line"].isin(["刑事", "民事", "行政"]), cases["结案方式"]
money = enforced & cases["owed"].notna() & cases["paid"].notna()
days = (cases["done"] - cases["filed"]).dt.days
steps = ["一审", "二审", "再审审查", "再审", "首次执行", "恢复执行"]


def flows(by, court, measures):
    part = cases[[court, "line", by]].rename(columns={court: "court", by: "k"}).assign(**measures)
    part = part[(part["k"] > 0) & part["court"].notna()]
    return part.groupby(["court", "line", "k"])[list(measures)].sum()


parts = [
    flows("kf", "court", {"filed": 1, "litigation_filed": suit}),
    flows("kd", "court", {
        "concluded_dated": cases["filed"].notna(), "limited": cases["due"].notna(),
        "within_limit": cases["done"] <= cases["due"], "first_concluded": first,
        "revised": second & (out == "改判"), "remanded": second & (out == "发回重审"),
        "days": days.where(suit, 0), "days_cases": suit & cases["filed"].notna(),
        "civil_first": civil & first, "civil_mediated": civil & first & (out == "调解"),
        "enforced": enforced, "enforced_completed": enforced & (out == "执行完毕"),
        "enforced_terminated": enforced & (out == "终结本次执行"),
        "exec_due": cases["owed"].where(money, 0), "exec_recovered": cases["paid"].where(money, 0),
    }),
    flows("kf", "origin", {"appeals": second}),
    flows("kd", "origin", {"first_reversed": second & out.isin(["改判", "发回重审"])}),
    flows("kf", "start", {"suits": first, "pieces": cases["stage"].isin(steps)}),
]  # fmt: skip
for entry, (whole, part) in (("kf", ("pending", "litigation_pending")), ("kf12", ("over12_all", "over12"))):
    stays = cases[entry].notna() & ~(cases["kd"] <= cases[entry])
    leaves = cases[entry].notna() & (cases["kd"] > cases[entry])
    for by, rows, sign in ((entry, stays, 1), ("kd", leaves, -1)):
        some = cases.loc[rows, ["court", "line", by]].rename(columns={by: "k"})
        some = some.assign(**{whole: sign, part: sign * suit[rows].astype("int64")})
        parts.append(some.groupby(["court", "line", "k"]).sum())
leaf = pd.concat(parts).fillna(0).groupby(level=[0, 1, 2]).sum()
grid = pd.MultiIndex.from_product([leaf.index.droplevel(2).unique(), range(10)])
grid = pd.MultiIndex.from_tuples([(*cell, k) for cell, k in grid], names=["court", "line", "k"])
leaf = leaf.reindex(grid, fill_value=0).sort_index().astype("int64")
stocks = ["pending", "litigation_pending", "over12_all", "over12"]
leaf[stocks] = leaf.groupby(level=[0, 1])[stocks].cumsum()
for name in ("pending", "litigation_pending"):
    opening = name.replace("pending", "opening")
    leaf[opening] = leaf.groupby(level=[0, 1])[name].shift(fill_value=0)
leaf = leaf.reset_index()
leaf = leaf[leaf["k"] > 0]
parent = dict(zip(courts["代码"], courts["上级"].fillna(""), strict=True))
up = []
for code in parent:
    at = code
    while at:
        up.append((code, at))
        at = parent.get(at, "")
links = pd.DataFrame(up, columns=["court", "to"])
leaf = pd.concat([leaf, leaf.assign(line="全部")])
total = leaf.merge(links, on="court").drop(columns="court").rename(columns={"to": "court"})
total.groupby(["court", "line", "k"]).sum().reset_index().to_parquet(OUT)
