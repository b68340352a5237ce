"""Cross tables: counted by hand, against a slow count, against the bulletins' numbers, and what cannot be asked."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from by_hand import write_csv
from python_calamine import CalamineWorkbook

from reports.catalogue import dimensions
from reports.catalogue.dimensions import AWAY, EMPTY
from reports.catalogue.expression import condition
from reports.compose.crosstab import TOTAL, Cross
from reports.courts.periods import parse_period
from reports.errors import ConfigError
from reports.model import ALL_LINES, CaseTable
from reports.pipeline.crosstab import Asked, Question, cases_of, crosstab, over, planned, table_of
from reports.pipeline.job import Job
from reports.pipeline.numbers import numbers
from reports.pipeline.sources import case_table, divided, engine_columns, with_finality
from reports.read import NEEDED
from reports.read.database import Database
from reports.read.engine import Remote, read_engine
from reports.read.engine.engines import Pep249
from reports.read.engine.words import DUCKDB
from reports.workspace import find
from reports.workspace.listed import listed_courts

TODAY = date(2026, 11, 22)
COURTS = """代码,名称,层级,上级
辽01,天枢市中级人民法院,中院,
辽0102,天枢市城东区人民法院,基层法院,辽01
辽0103,天枢市城西区人民法院,基层法院,辽01
"""
# 民初1 was filed before the quarter; the data do not hold the case that 民终2 came from.
CASES = """案号|经办法院|案由|适用程序|立案日期|结案日期|结案方式|标的额|专项标签|承办部门|原审案号
（2026）辽0102民初1号|辽0102|买卖合同纠纷|简易程序|2026-06-20|2026-07-15|调解|9999.99|涉企;民法典|民一庭|
（2026）辽0102民初2号|辽0102|买卖合同纠纷|简易程序|2026-07-02|2026-08-20|判决|10000|涉企|民一庭|
（2026）辽0102民初3号|辽0102|离婚纠纷|普通程序|2026-07-03|2026-09-30|判决|||民二庭|
（2026）辽0102民初4号|辽0102||普通程序|2026-08-05|||200000000|民法典||
（2026）辽0103民初1号|辽0103|离婚纠纷|普通程序|2026-07-10|2026-07-30|判决|50000||民一庭|
（2026）辽01民终1号|辽01|买卖合同纠纷||2026-08-25|||||民三庭|（2026）辽0102民初2号
（2026）辽01民终2号|辽01|离婚纠纷||2026-09-02|||||民三庭|（2025）辽0102民初9号
"""


def workspace(folder: Path, rows: list[dict[str, object]], more: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    write_csv(folder / "cases.csv", rows)
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    (folder / "tongbao.toml").write_text(f'[source]\nfiles = ["cases.csv"]\n{more}', "utf-8")
    return folder


def job_of(folder: Path, period: str = "2026Q3") -> Job:
    return Job(find(folder), parse_period(period), TODAY, TODAY)


@dataclass(frozen=True)
class World:
    """A workspace with its cases open, divided into departments: many questions are asked of them."""

    job: Job
    table: CaseTable

    def asked(self, indicator: str, *by: str, where: tuple[str, ...] = (), **more) -> Asked:
        return over(planned(self.job, Question(indicator, by, where, **more)), self.table)


@pytest.fixture(scope="module")
def small_world(tmp_path_factory) -> Iterator[World]:
    folder = workspace(tmp_path_factory.mktemp("交叉表"), list(csv.DictReader(StringIO(CASES), delimiter="|")))
    job = job_of(folder)
    with case_table(replace(job, below="department", asked=job.whole_catalogue)) as table:
        yield World(job, table)


def texts(table: Cross) -> dict[str, list[str]]:
    return {row: [table.text(row, column) for column in table.columns] for row in table.rows}


def asked(world: World | Path, indicator: str, *by: str, where: tuple[str, ...] = (), **more) -> Cross:
    if isinstance(world, Path):
        return crosstab(job_of(world), Question(indicator, by, where, **more))
    return table_of(world.asked(indicator, *by, where=where, **more))


def test_a_table_that_a_clerk_can_check(small_world):
    found = asked(small_world, "新收", "案由", "单位")
    assert found.title == "天枢市中院辖区2026年第三季度新收（按案由、单位）"
    assert found.columns == ("天枢市中院本级", "城东区法院", "城西区法院", TOTAL)
    assert texts(found) == {
        "离婚纠纷": ["1", "1", "1", "3"],
        "买卖合同纠纷": ["1", "1", "0", "2"],
        EMPTY: ["0", "1", "0", "1"],
        TOTAL: ["2", "3", "1", "6"],
    }


def test_a_case_with_several_tags_counts_under_each_and_once_in_the_total(small_world):
    found = asked(small_world, "结案", "专项标签")
    assert texts(found) == {"涉企": ["2"], "民法典": ["1"], EMPTY: ["2"], TOTAL: ["4"]}
    assert any("各项之和可能大于合计" in note for note in found.notes)


def test_bands_hold_their_lower_bound(small_world):
    found = asked(small_world, "结案", "标的额")
    assert texts(found) == {"不满1万元": ["1"], "1万元以上不满10万元": ["2"], EMPTY: ["1"], TOTAL: ["4"]}
    assert "1亿元以上" in asked(small_world, "新收", "标的额").rows


def test_an_appeal_belongs_to_what_its_first_instance_had(small_world):
    found = asked(small_world, "上诉率", "适用程序")
    assert texts(found) == {"普通程序": ["0/2件"], "简易程序": ["1/2件"], AWAY: ["1/0件"], TOTAL: ["2/4件"]}
    assert any("不足30件" in note for note in found.notes)
    # 民一庭 of both courts: two first instances of one and one of the other; the appeals are none of 民三庭's.
    found = asked(small_world, "上诉率", "承办部门")
    assert texts(found) == {"民一庭": ["1/3件"], "民二庭": ["0/1件"], EMPTY: ["1/0件"], TOTAL: ["2/4件"]}


def test_months_tell_stocks_at_their_ends_and_the_total_that_of_the_period(small_world):
    found = asked(small_world, "未结", "月份")
    assert texts(found) == {"7月": ["2"], "8月": ["3"], "9月": ["3"], TOTAL: ["3"]}
    assert any("不由各月份相加" in note for note in found.notes)
    rate = asked(small_world, "结案率", "月份", "单位", court="辽0102")
    assert [rate.cell(month, TOTAL).value for month in ("7月", "8月", "9月", TOTAL)] == [(1, 3), (1, 3), (1, 2), (3, 4)]


def test_counts_and_sums_of_the_catalogue_are_told_in_their_units(small_world):
    found = asked(small_world, "诉讼案件审理天数合计", "案由")
    assert texts(found) == {"离婚纠纷": ["109"], "买卖合同纠纷": ["74"], TOTAL: ["183"]}
    assert found.item.unit == "天"
    mean = asked(small_world, "平均审理天数", "案由", "条线")
    assert mean.text("离婚纠纷", "民事") == "109天/2件"


@pytest.mark.parametrize("indicator", ["上诉率", "新收", "未结", "案-件比"])
def test_a_cell_is_the_total_under_its_conditions_and_its_cases_are_listed(small_world, indicator):
    found = asked(small_world, indicator, "适用程序", "单位")
    for row in found.rows[:-1]:
        for column in found.columns[:-1]:
            where = (f"适用程序={row}", f"单位={column}")
            value = found.cell(row, column).value
            total = asked(small_world, indicator, "条线", where=where).cell(TOTAL, TOTAL).value
            assert total == value, (row, column)
            for denominator in (False, True)[: 1 + found.rate]:
                cases = cases_of(small_world.asked(indicator, where=where), denominator=denominator)
                assert int(cases["数值"].sum()) == (value[denominator] or 0), (row, column)


def test_conditions_in_either_form(small_world):
    def total(*where: str) -> int | None:
        return asked(small_world, "新收", "条线", where=where).cell(TOTAL, TOTAL).value[0]

    assert total("案由=买卖合同纠纷、离婚纠纷") == total("案由＝买卖合同纠纷，离婚纠纷") == 5
    assert total("案由=未填") == 1
    assert total("适用程序=简易") == 1  # another way to write it
    assert total("审理程序=二审") == 2
    assert total("承办部门=民一庭") == 2
    assert total("单位=城东区法院") == total("单位=天枢市城东区人民法院") == 3
    assert total("月份=8月") == total("月份=2026-08") == 2
    assert total("标的额 >= 10000", "标的额 < 10001") == 1  # in 元
    assert total("专项标签 包含 '涉企'") == total("专项标签=涉企") == 1
    assert total("案由=离婚纠纷", "案由=买卖合同纠纷") == 0
    listed = cases_of(small_world.asked("新收", where=("案由=未填", "标的额=1亿元以上")))
    assert listed.columns.is_unique
    assert listed["标的额"].tolist() == ["200000000.00"]


def test_a_value_may_hold_the_sign_between_values(tmp_path):
    name = "生命权、身体权、健康权纠纷"
    rows = [
        {
            "案号": f"（2026）辽0102民初{n}号",
            "经办法院": "辽0102",
            "立案日期": "2026-07-02",
            "结案日期": f"2026-0{7 + 2 * (n > 1)}-20",
            "案由": cause,
        }
        for n, cause in enumerate([name, name, "离婚纠纷", "劳动争议"], 1)
    ]
    folder = workspace(tmp_path / "案由", rows)
    assert texts(asked(folder, "新收", "案由", where=(f"案由=离婚纠纷、{name}",))) == {
        name: ["2"], "离婚纠纷": ["1"], TOTAL: ["3"],
    }  # fmt: skip


def test_only_the_most_frequent_stand_alone(small_world, tmp_path):
    found = asked(small_world, "新收", "案由", most=1)
    assert texts(found) == {"离婚纠纷": ["3"], "买卖合同纠纷": ["2"], EMPTY: ["1"], TOTAL: ["6"]}  # one is no rest
    rows = [
        {
            "案号": f"（2026）辽0102民初{n}号",
            "经办法院": "辽0102",
            "立案日期": "2026-07-02",
            "结案日期": f"2026-0{7 + 2 * (n > 1)}-20",
            "案由": cause,
        }
        for n, cause in enumerate("甲甲甲乙乙丙丁", 1)
    ]
    folder = workspace(tmp_path / "少数", rows)
    assert texts(asked(folder, "新收", "案由", most=2)) == {
        "甲": ["3"],
        "乙": ["2"],
        "其余2个案由": ["2"],
        TOTAL: ["7"],
    }


# Against the bulletins


def test_totals_are_those_of_the_bulletins_for_every_shipped_indicator(small):
    """And what is counted in the rows and columns adds up to them: numerators and denominators, never rates."""
    config = small / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace('edition = "core"', 'edition = "all"'), "utf-8")
    job = Job(find(small), parse_period("2026Q3"), TODAY, date(2026, 10, 20))
    told = numbers(job)
    checked = 0
    with case_table(replace(job, asked=job.whole_catalogue)) as table:
        for item in told.catalogue.indicators.values():
            if item.needs or item.id in told.comparisons.untold:
                continue
            found = table_of(over(planned(job, Question(item.id, ("案由", "单位"))), table))
            whole = told.comparisons.cell("辽01", ALL_LINES, item.id)
            if whole is None:  # no cases of it
                continue
            assert found.cell(TOTAL, TOTAL).value == whole.now, item.id
            for code, name in (("辽01本级", "天枢市中院本级"), ("辽0102", "天枢市城东区法院")):
                own = told.comparisons.cell(code, ALL_LINES, item.id)
                label = next((column for column in found.columns if column.endswith(name[-5:])), None)
                if own is not None and label and not own.withheld and any(own.now):
                    assert found.cell(TOTAL, label).value == own.now, (item.id, code)
            checked += bool(whole.now[0])
            if "now" in whole.withheld or any(cell.untold for cell in found.cells.values()):
                continue
            for side in (0, 1)[: 1 + found.rate]:
                total = found.cell(TOTAL, TOTAL).value[side]
                assert sum(found.cell(row, TOTAL).value[side] or 0 for row in found.rows[:-1]) == total, item.id
                assert sum(found.cell(TOTAL, column).value[side] or 0 for column in found.columns[:-1]) == total
                parts = [(r, c) for r in found.rows[:-1] for c in found.columns[:-1]]
                assert sum(found.cell(*part).value[side] or 0 for part in parts) == total
    assert checked > 25


BY = ("条线", "审理程序", "结案方式", "适用程序", "标的额", "承办部门", "法院")


@pytest.fixture(scope="module")
def four_courts(city) -> Iterator[World]:
    job = Job(find(city), parse_period("2026Q3"), TODAY, date(2026, 10, 20))
    with case_table(replace(job, below="department", asked=job.whole_catalogue)) as table:
        yield World(job, table)


@pytest.mark.parametrize("one", BY)
def test_the_parts_of_every_dimension_add_up(four_courts, one):
    for indicator in ("结案率", "上诉率", "案-件比"):
        found = asked(four_courts, indicator, one)
        for side in (0, 1):
            whole = found.cell(TOTAL, TOTAL).value[side]
            assert sum(found.cell(row, TOTAL).value[side] or 0 for row in found.rows[:-1]) == whole, indicator


# Against a slow, obvious count

CAUSES, LINES = ("甲纠纷", "乙纠纷", ""), {"民初": "民事", "刑初": "刑事", "执": "执行"}
MONTHS = {"7月": (7, 31), "8月": (8, 31), "9月": (9, 30)}


@pytest.mark.parametrize("seed", [1, 2])
def test_equals_a_slow_count_of_every_case(tmp_path, seed):
    chance = random.Random(seed)
    rows: list[dict[str, object]] = []
    for n in range(1, 121):
        filed = date(2026, 5, 1) + timedelta(chance.randrange(150))
        ended = filed + timedelta(chance.randrange(120))
        kind = chance.choice(list(LINES))
        court = chance.choice(("辽0102", "辽0103", "辽01"))
        open_ = chance.random() < 0.3 or ended > date(2026, 11, 1)
        rows.append({
            "案号": f"（2026）{court}{kind}{n}号", "经办法院": court, "案由": chance.choice(CAUSES), "立案日期": filed,
            "结案日期": "" if open_ else ended, "标的额": chance.choice(("", 5000, 10_000, 99_999.99, 3_000_000)),
            "专项标签": chance.choice(("", "涉企", "涉企，民法典", "民法典")),
        })  # fmt: skip
    rows.append(
        rows[0] | {"案号": "（2026）辽0102民初900号", "立案日期": date(2026, 4, 1), "结案日期": date(2026, 4, 2)}
    )
    folder = workspace(tmp_path / "随机", rows)

    def filed(row, first, last):
        return first <= row["立案日期"] <= last

    def pending(row, _, last):
        return row["立案日期"] <= last and (not row["结案日期"] or row["结案日期"] > last)

    for indicator, belongs in (("新收", filed), ("未结", pending)):
        slow: Counter[tuple[str, str]] = Counter()
        for month, (number, day) in {**MONTHS, TOTAL: (9, 30)}.items():
            first = date(2026, 7 if month == TOTAL else number, 1)
            for row in rows:
                if belongs(row, first, date(2026, number, day)):
                    slow[str(row["案由"]) or EMPTY, month] += 1
                    slow[TOTAL, month] += 1
        found = asked(folder, indicator, "案由", "月份")
        assert {key: cell.value[0] for key, cell in found.cells.items() if cell.value[0]} == dict(slow)

    bounds = ((10_000, "不满1万元"), (100_000, "1万元以上不满10万元"), (10_000_000, "100万元以上不满500万元"))
    slow = Counter()
    for row in rows:
        if filed(row, date(2026, 7, 1), date(2026, 9, 30)):
            amount = row["标的额"]
            band = EMPTY if amount == "" else next(name for bound, name in bounds if float(str(amount)) < bound)
            tags = [tag for tag in str(row["专项标签"]).replace("，", ",").split(",") if tag] or [EMPTY]
            for row_label in (band, TOTAL):
                for column in (*tags, TOTAL):
                    slow[row_label, column] += 1
    found = asked(folder, "新收", "标的额", "专项标签")
    assert {key: cell.value[0] for key, cell in found.cells.items() if cell.value[0]} == dict(slow)


# In an engine


@pytest.fixture
def in_engine(small_world) -> Iterator[World]:
    job, folder = replace(small_world.job, below="department"), small_world.job.workspace.folder
    plan = planned(job, Question("新收", ("标的额", "专项标签"), ("适用程序=简易程序", "案由=离婚纠纷")))
    connection = duckdb.connect()
    source = f"read_csv('{folder}/cases.csv', all_varchar = true, header = true, nullstr = '')"
    connection.execute(f"CREATE TABLE anjian AS SELECT * FROM {source}")
    remote, engine = Remote("duckdb", Database("", "", folder), "anjian"), Pep249(DUCKDB, connection, "test")
    wanted = engine_columns(job.whole_catalogue) | plan.columns | NEEDED
    tree = listed_courts(job.workspace)
    with read_engine(remote, folder, tree=tree, today=TODAY, wanted=wanted, engine=engine) as table:
        yield World(small_world.job, divided(job, with_finality(table, job.whole_catalogue)))


@pytest.mark.parametrize(
    ("indicator", "by"),
    [("上诉率", ("适用程序", "承办部门")), ("案-件比", ("标的额", "单位")), ("未结", ("专项标签", "月份"))],
)
def test_an_engine_gives_the_same_table(small_world, in_engine, indicator, by):
    where = ("案由=买卖合同纠纷、离婚纠纷",)
    own, found = (asked(world, indicator, *by, where=where) for world in (small_world, in_engine))
    assert (found.rows, found.columns, texts(found)) == (own.rows, own.columns, texts(own))


# What cannot be asked


@pytest.mark.parametrize(
    ("question", "what", "advice"),
    [
        (Question("上诉绿", ("案由",)), "没有指标或计数“上诉绿”", "是否为“上诉率"),
        (Question("上诉率", ("案油",)), "没有统计维度“案油”", "是否为“案由”？"),
        (Question("上诉率", ("承办人",)), "不按人统计", "可用的维度"),
        (Question("上诉率", ("当事人",)), "不按人统计", "可用的维度"),
        (Question("新收", ("案由", "条线", "月份")), "一个或者两个", ""),
        (Question("新收", ("案由", "案由")), "一个或者两个", ""),
        (Question("新收", ("月份", "季度")), "只能有一个", ""),
        (Question("新收", ("案由",), ("案由=买卖合同",)), "数据中没有案由“买卖合同”", "是否为“买卖合同纠纷”？"),
        (Question("新收", ("案由",), ("案油=买卖合同纠纷",)), "没有统计维度“案油”", "是否为“案由”？"),
        (Question("新收", ("案由",), ("月份=10月",)), "没有月份“10月”", "7月、8月、9月"),
        (Question("新收", ("案由",), ("案由 like '买%'",)), "写法有误", "写成 案由="),
        (Question("新收", ("案由",), ("当事人 = '张三'",)), "“当事人”是人", ""),
        (Question("新收", ("案由",), ("承办人=张三",)), "“承办人”是人", ""),
        (Question("新收", ("案由",), ("原审法院=辽0102",)), "不能按“原审法院”选取", "单位="),
        (Question("新收", ("立案来源",)), "数据中没有“立案来源”", "加上这一列"),
        (Question("新收", ("标的额",), court="城北"), "城北", ""),
        (Question("执行到位率", ("案由",)), "不能统计“执行到位率”：数据中没有“申请执行金额”", ""),
        (Question("新收", ("条线",), most=3), "不按件数排列", "案由"),
    ],
)
def test_what_there_is_not_is_named_with_what_comes_close(small_world, question, what, advice):
    with pytest.raises(ConfigError) as error:
        table_of(over(planned(small_world.job, question), small_world.table))
    assert what in error.value.what
    assert advice in (error.value.advice or "")


def test_an_indicator_without_cases_says_why(small_world):
    every = small_world.job.whole_catalogue.indicators.values()
    item = next(item for item in every if item.needs)
    with pytest.raises(ConfigError, match="案件数据不能提供"):
        asked(small_world, item.id, "案由")


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ('name = "数额"\ncolumn = "标的额"', "必须写 bands"),
        ('name = "某"\ncolumn = "当事人"', "不按人统计"),
        ('name = "某"\ncolumn = "案号"', "不能按“案号”归类"),
        ('name = "某"\ncolumn = "案油"', "是否为“案由”"),
        ('name = "案由"\ncolumn = "发改原因"', "同名"),
        ('name = "某"', "必须写一项"),
        ('name = "某"\nmonths = 5', "months"),
    ],
)
def test_a_dimension_of_ones_own_is_one_entry_and_its_mistakes_are_told(tmp_path, entry, why):
    path = tmp_path / "dimensions.toml"
    path.write_text(f"[dimension.own]\n{entry}\n", "utf-8")
    with pytest.raises(ConfigError, match=why):
        dimensions.load(tmp_path)


def test_own_bands_and_an_own_dimension(tmp_path):
    rows = list(csv.DictReader(StringIO(CASES), delimiter="|"))
    folder = workspace(tmp_path / "维度", rows)
    (folder / "dimensions.toml").write_text(
        '[dimension.amount]\nbands = [15_000]\n[dimension.kind]\nname = "类型"\ncolumn = "类型代字"\n', "utf-8"
    )
    assert texts(asked(folder, "结案", "标的额")) == {
        "不满1.5万元": ["2"], "1.5万元以上": ["1"], EMPTY: ["1"], TOTAL: ["4"],
    }  # fmt: skip
    assert texts(asked(folder, "新收", "类型")) == {"民初": ["4"], "民终": ["2"], TOTAL: ["6"]}


def test_what_could_not_be_read_is_named(tmp_path):
    rows = [dict(row) for row in csv.DictReader(StringIO(CASES), delimiter="|")]
    rows[0] |= {"标的额": "很多", "结案方式": "某种方式"}
    folder = workspace(tmp_path / "不明", rows)
    found = asked(folder, "结案", "标的额", "结案方式")
    assert found.cell("不明", "某种方式").value[0] == 1
    assert any("标的额" in note for note in found.notes)
    assert any("某种方式" in note for note in found.notes)


def test_money_in_conditions_is_in_yuan():
    assert condition("标的额 > 1000").sql("duckdb") == '"amount" > 100000'
    assert condition("1000 < 标的额").sql("duckdb") == '100000 < "amount"'
    assert condition("标的额 between 1 and 2").sql("duckdb") == '"amount" BETWEEN 100 AND 200'
    assert condition("标的额 + 5 > 到位金额 * 2").sql("duckdb") == '"amount" + 500 > "exec_recovered" * 2'
    assert condition("开庭次数 > 2").sql("duckdb") == '"hearings" > 2'
    assert condition("标的额 >= (1000000)").sql("duckdb") == '"amount" >= ((1000000)) * 100'
    assert condition("标的额 > 100 * 10000").sql("duckdb") == '"amount" > (100 * 10000) * 100'


# As a clerk asks


def test_every_form_of_the_table_at_the_console(tongbao, city, tmp_path):
    ask = ("crosstab", "-w", city, "--period", "2026Q3", "--as-of", "2026-10-20", "--indicator", "上诉率")
    files = [tmp_path / f"表.{form}" for form in ("csv", "xlsx", "md", "svg")]
    done = tongbao(*ask, "--by", "适用程序，条线", *(part for file in files for part in ("-o", file)))
    assert done.code == 0, done.err
    assert {file.name for file in tmp_path.iterdir()} == {*(file.name for file in files), "charts"}
    printed = tongbao(*ask, "--by", "适用程序,条线").out
    document = json.loads(tongbao(*ask, "--by", "适用程序,条线", "--json").out)
    total = next(cell for cell in document["cells"] if cell["row"] is None and cell["column"] is None)
    assert total["text"] in printed
    assert document["by"] == ["适用程序", "条线"]
    heads, *rows = csv.reader(StringIO(files[0].read_text("utf-8-sig")))
    assert heads[:3] == ["适用程序", "刑事　数值", "刑事　分子/分母"]
    assert rows[-1][-1] == f"{total['numerator']}/{total['denominator']}"
    assert CalamineWorkbook.from_path(str(files[1])).get_sheet_by_index(0).to_python()[1][0] == "适用程序"
    assert f"| {TOTAL} |" in files[2].read_text("utf-8")
    assert "![" in files[2].read_text("utf-8")
    assert files[3].read_bytes() == (tmp_path / "charts" / "表.svg").read_bytes()
    again = tongbao("render", files[2], "--to", "xlsx", "-o", tmp_path / "排版")
    assert again.code == 0, again.err
    listed = tongbao(*ask, "--where", "条线=民事", "--cases")
    civil = next(cell for cell in document["cells"] if cell["row"] is None and cell["column"] == "民事")
    assert f"合计 {civil['numerator']}。" in listed.err
    assert "当事人" not in listed.out
    assert tongbao(*ask, "--by", "案由", "-o", "表.doc").code == 2
    assert tongbao(*ask, "--by", "案由", "--denominator").code == 2


def test_a_chart_with_too_many_bars_is_refused_with_what_to_do(small_world):
    from reports.compose.crosstab import drawing, drawn

    found = asked(small_world, "新收", "案由")
    assert drawn(found)
    assert [bar["text"] for bar in drawing(found)["panels"][0]["bars"]] == ["3", "2", "1"]
    many = replace(found, rows=tuple(map(str, range(40))))
    assert not drawn(many)
    with pytest.raises(ConfigError, match="最多30行"):
        drawing(many)
