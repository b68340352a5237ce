"""What a good analyst writes in Polars for the same counts: 9 quarters, court × line, rolled up the tree.

usage: peer_polars.py CASES(.parquet|.csv) COURTS.csv OUT.parquet
"""

import sys
from datetime import date

import polars as pl

SOURCE, COURTS, OUT = sys.argv[1:4]
NEEDED = ["案号", "经办法院", "立案日期", "结案日期", "结案方式", "应结案日期", "原审案号", "申请执行金额", "到位金额"]
LINES = {"刑": "刑事", "民": "民事", "行": "行政", "执": "执行", "财": "非诉保全"}
STAGES = {"初": "一审", "终": "二审", "申": "再审审查", "再": "再审"}
ENDS = [
    date(2024, 6, 30),
    date(2024, 9, 30),
    date(2024, 12, 31),
    date(2025, 3, 31),
    date(2025, 6, 30),
    date(2025, 9, 30),
    date(2025, 12, 31),
    date(2026, 3, 31),
    date(2026, 6, 30),
    date(2026, 9, 30),
]
OLDER = [date(e.year - 1, e.month, e.day) for e in ENDS]
TODAY = date(2026, 11, 22)

if SOURCE.endswith(".parquet"):
    cases = pl.scan_parquet(SOURCE).select(NEEDED)
else:
    cases = pl.scan_csv(SOURCE, infer_schema=False).select(NEEDED)
    for name in ("立案日期", "结案日期"):
        text = pl.col(name).fill_null("")
        cases = cases.filter((text == "") | text.str.to_date("%Y-%m-%d", strict=False).is_not_null())
    cases = cases.with_columns(
        *(pl.col(c).str.to_date("%Y-%m-%d", strict=False) for c in ("立案日期", "结案日期", "应结案日期")),
        *(pl.col(c).cast(pl.Float64, strict=False) for c in ("申请执行金额", "到位金额")),
        pl.col("原审案号").replace("", None),
    )
courts = pl.read_csv(COURTS, infer_schema=False)
names = dict(zip(courts["名称"], courts["代码"], strict=True))

HEAD = r"^（\d{4}）(\D\d*)(\D+)\d+号$"
number = pl.col("案号").str.extract_groups(HEAD)
cases = cases.with_columns(
    court=pl.col("经办法院").replace_strict(names, default=None, return_dtype=pl.String),
    type=number.struct.field("2"),
    origin=pl.col("原审案号").str.extract(r"^（\d{4}）(.\d*)", 1),
    filed=pl.when(pl.col("立案日期") > date(1900, 1, 1)).then("立案日期"),
    done=pl.when(pl.col("结案日期") > date(1900, 1, 1)).then("结案日期"),
    due=pl.when(pl.col("应结案日期") < date(2030, 1, 1)).then("应结案日期"),
    owed=(pl.col("申请执行金额") * 100).round().cast(pl.Int64),
    paid=(pl.col("到位金额") * 100).round().cast(pl.Int64),
)
cases = cases.with_columns(
    line=pl.col("type").str.slice(0, 1).replace_strict(LINES, default="其他"),
    stage=pl.when(pl.col("type") == "执").then(pl.lit("首次执行"))
    .when(pl.col("type") == "执恢").then(pl.lit("恢复执行"))
    .otherwise(pl.col("type").str.slice(1, 1).replace_strict(STAGES, default="其他")),
)  # fmt: skip
cases = cases.with_columns(start=pl.coalesce(pl.when(pl.col("stage") == "二审").then("origin"), "court"))
cases = cases.filter(
    pl.col("court").is_not_null() & ~((pl.col("done") < pl.col("filed")).fill_null(False))
    & ~((pl.col("done") > TODAY).fill_null(False)) & ~((pl.col("filed") > TODAY).fill_null(False))
    & (pl.col("filed").is_not_null() | pl.col("done").is_not_null())
)  # fmt: skip
cases = cases.unique("案号", keep="first", maintain_order=False)


def bucket(column, ends, strict=False):
    expr = pl.lit(None, pl.Int32)
    for k in reversed(range(len(ends))):
        test = pl.col(column) < ends[k] if strict else pl.col(column) <= ends[k]
        expr = pl.when(test).then(k).otherwise(expr)
    return expr


cases = cases.with_columns(kf=bucket("filed", ENDS), kd=bucket("done", ENDS), kf12=bucket("filed", OLDER, True))
cases = cases.drop("案号", "经办法院", "原审案号").collect(engine="streaming").lazy()  # once, not per branch
first, second = pl.col("stage") == "一审", pl.col("stage") == "二审"
civil, enforced = pl.col("line") == "民事", pl.col("stage") == "首次执行"
suit = pl.col("line").is_in(["刑事", "民事", "行政"])
out = pl.col("结案方式")
money = enforced & pl.col("owed").is_not_null() & pl.col("paid").is_not_null()


def count(condition, name):
    return condition.sum().cast(pl.Int64).alias(name)


def flows(by, court, *measures):
    part = cases.filter(pl.col(by) > 0, pl.col(court).is_not_null())
    part = part.group_by(pl.col(court).alias("court"), "line", pl.col(by).alias("k")).agg(*measures)
    return part


days = (pl.col("done") - pl.col("filed")).dt.total_days()
parts = [
    flows("kf", "court", pl.len().cast(pl.Int64).alias("filed"), count(suit, "litigation_filed")),
    flows(
        "kd", "court",
        count(pl.col("filed").is_not_null(), "concluded_dated"),
        count(pl.col("due").is_not_null(), "limited"),
        count((pl.col("done") <= pl.col("due")).fill_null(False), "within_limit"),
        count(first, "first_concluded"), count(second & (out == "改判"), "revised"),
        count(second & (out == "发回重审"), "remanded"),
        days.filter(suit).sum().cast(pl.Int64).alias("days"),
        count(suit & pl.col("filed").is_not_null(), "days_cases"),
        count(civil & first, "civil_first"), count(civil & first & (out == "调解"), "civil_mediated"),
        count(enforced, "enforced"), count(enforced & (out == "执行完毕"), "enforced_completed"),
        count(enforced & (out == "终结本次执行"), "enforced_terminated"),
        pl.col("owed").filter(money).sum().alias("exec_due"), pl.col("paid").filter(money).sum().alias("exec_recovered"),
    ),
    flows("kf", "origin", count(second, "appeals")),
    flows("kd", "origin", count(second & out.is_in(["改判", "发回重审"]), "first_reversed")),
    flows(
        "kf", "start", count(first, "suits"),
        count(pl.col("stage").is_in(["一审", "二审", "再审审查", "再审", "首次执行", "恢复执行"]), "pieces"),
    ),
]  # fmt: skip
for entry, names_ in (("kf", ("pending", "litigation_pending")), ("kf12", ("over12_all", "over12"))):
    leaves = pl.col("kd").is_not_null() & (pl.col("kd") > pl.col(entry))
    stays = pl.col("kd").is_null() | (pl.col("kd") > pl.col(entry))
    some = cases.filter(pl.col(entry).is_not_null())
    parts.append(
        some.filter(stays).group_by("court", "line", pl.col(entry).alias("k"))
        .agg(pl.len().cast(pl.Int64).alias(names_[0]), count(suit, names_[1]))
    )  # fmt: skip
    parts.append(
        some.filter(leaves).group_by("court", "line", pl.col("kd").alias("k"))
        .agg(-pl.len().cast(pl.Int64).alias(names_[0]), -count(suit, names_[1]))
    )  # fmt: skip
leaf = pl.concat(pl.collect_all(parts, engine="streaming"), how="diagonal")
measures = [c for c in leaf.columns if c not in ("court", "line", "k")]
stocks = ["pending", "litigation_pending", "over12_all", "over12"]
leaf = leaf.group_by("court", "line", "k").agg(pl.col(measures).sum())
grid = (
    leaf.select("court", "line")
    .unique()
    .join(pl.DataFrame({"k": range(10)}, schema={"k": leaf.schema["k"]}), how="cross")
)
leaf = grid.join(leaf, on=["court", "line", "k"], how="left").fill_null(0).sort("court", "line", "k")
leaf = leaf.with_columns(pl.col(stocks).cum_sum().over("court", "line"))
leaf = leaf.with_columns(
    opening=pl.col("pending").shift(1, fill_value=0).over("court", "line"),
    litigation_opening=pl.col("litigation_pending").shift(1, fill_value=0).over("court", "line"),
).filter(pl.col("k") > 0)
parent = dict(zip(courts["代码"], courts["上级"], strict=True))
up = []
for code in parent:
    at = code
    while at:
        up.append((code, at))
        at = parent.get(at)
links = pl.DataFrame(up, schema=["court", "to"], orient="row")
leaf = pl.concat([leaf, leaf.with_columns(line=pl.lit("全部"))])
total = (
    leaf.join(links, on="court")
    .group_by(pl.col("to").alias("court"), "line", "k")
    .agg(pl.col(*measures, "opening", "litigation_opening").sum())
)
total.sort("court", "line", "k").write_parquet(OUT)
