"""The themes of special analyses: which cases they take, that their numbers are those of the whole, how they end."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import duckdb
import pytest
from by_hand import copied

from reports import catalogue
from reports.catalogue import causes, themes
from reports.courts import court_table
from reports.courts.periods import parse_period
from reports.errors import ConfigError, InputError
from reports.model import ALL_LINES
from reports.pipeline.enforced import _recovered, enforced
from reports.pipeline.findings import analysis, findings
from reports.pipeline.job import Job
from reports.pipeline.numbers import numbers
from reports.pipeline.stages import Cases
from reports.pipeline.subjects import of_theme
from reports.pipeline.themed import beyond, told_of
from reports.read.disputes import read_disputes
from reports.workspace import find

PERIOD, QUARTER = ("--period", "2026Q3", "--as-of", "2026-10-20"), "DATE '2026-07-01' AND DATE '2026-09-30'"
KNOWN = catalogue.load(catalogue.EVERYTHING).indicators


def job_of(folder, theme=None):
    job = Job(find(folder), parse_period("2026Q3", cutoff_day=0), date.today(), date(2026, 10, 20))
    return job.on_theme(theme) if theme else job


def test_causes_stand_under_one_title_each():
    contract = causes.under(["合同、准合同纠纷"])
    assert {"民间借贷纠纷", "买卖合同纠纷", "不当得利纠纷", "合同纠纷"} <= contract
    assert causes.under(["合同纠纷"]) < contract
    assert causes.under(["民间借贷纠纷"]) == {"民间借贷纠纷"}
    assert "网络侵权责任纠纷" in causes.under(["侵权责任纠纷"])  # of the edition in force until the end of 2025
    parts = [causes.under([name]) for name in ("人格权纠纷", "婚姻家庭、继承纠纷", "物权纠纷", "合同、准合同纠纷",
                                               "侵权责任纠纷", "知识产权与竞争纠纷")]  # fmt: skip
    assert sum(map(len, parts)) == len(frozenset().union(*parts))
    with pytest.raises(KeyError, match="案由表中没有“买卖合同”，是否为“买卖合同纠纷”"):
        causes.under(["买卖合同"])


def test_a_theme_chooses_by_the_columns_that_there_are(tmp_path):
    civil = themes.load(tmp_path, KNOWN)["civil_code"]
    every = {"line", "cause", "tags"}
    assert civil.basis(every) == ""
    assert civil.basis({"line", "cause"}) == "数据中没有“专项标签”，案件只按案由选取"
    assert "tags" not in civil.chosen({"line", "cause"}).sql("duckdb")
    rows = "(VALUES ('民事','买卖合同纠纷',NULL), ('民事','劳动争议','民法典'), ('民事','劳动争议','甲'), ('行政','买卖合同纠纷',NULL)) t(line, cause, tags)"
    query = f"SELECT {civil.group(every).sql('duckdb')} FROM {rows} WHERE {civil.chosen(every).sql('duckdb')}"
    assert duckdb.sql(query).fetchall() == [("合同、准合同",), ("其他",)]
    with pytest.raises(ConfigError, match="数据中没有“案由”、“专项标签”，无法选取这一主题的案件"):
        civil.chosen({"line"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[theme.x.group]]\nname = "甲"\ncauses = ["买卖"]', "案由表中没有“买卖”"),
        ('[[theme.x.group]]\nname = "甲"', "group“甲”应写 causes 或者 where 之一"),
        ('[theme.x.says]\naverage_days = { rise = "乙" }', "says.average_days 只能写 up、down，不能写 rise"),
        ('[theme.x.says]\nappeal_rate = { up = "乙" }', "says 中的 appeal_rate 不在 indicators 中"),
    ],
)
def test_mistakes_in_classes_are_told(tmp_path, text, said):
    head = '[theme.x]\nname = "甲"\npurpose = "为了解情况"\nscope = "案件范围为各类"\nindicators = ["average_days"]\n'
    (tmp_path / "themes.toml").write_text(head + text + "\n", "utf-8")
    with pytest.raises(ConfigError) as error:
        themes.load(tmp_path, KNOWN)
    assert said in error.value.what


@pytest.fixture(scope="module")
def told(city):
    """Each theme that has data: its findings, and what its bulletin tells beside them."""
    found = {}
    for name in ("营商环境", "民法典", "诉源治理", "分调裁审"):
        job = job_of(city, name)
        part = analysis(job)
        with Cases(job) as cases:
            found[name] = part, told_of(job, cases, part, of_theme(part, job.theme))
    return found


def test_the_classes_add_up_to_the_theme(told):
    for name, (part, data) in told.items():
        heads, rows = data["classes"]["heads"], data["classes"]["rows"]
        for head, indicator in (("新收", "filed"), ("结案", "concluded")):
            column = heads.index(head)
            *each, whole = [int(row[column]) for row in rows]
            assert sum(each) == whole == part.comparisons.cell(part.issuer, ALL_LINES, indicator).now[0], name


def test_a_theme_takes_the_cases_that_its_definition_names(told, city):
    listed = ", ".join(f"'{one}'" for one in causes.under(["婚姻家庭、继承纠纷"]))
    counted = duckdb.sql(
        f"SELECT count(*) FROM '{city}/cases.parquet' WHERE 案由 IN ({listed}) AND 案号 LIKE '%民%' "
        f"AND 立案日期 BETWEEN {QUARTER}"
    ).fetchall()[0][0]
    rows = {row[0]: row for row in told["民法典"][1]["classes"]["rows"]}
    assert abs(int(rows["婚姻家庭、继承"][1]) - counted) <= 1  # rows set aside


def test_its_numbers_are_those_of_the_general_circular(told, city, tmp_path):
    """Under the same condition: by the line, by a procedure, and where the theme is of all cases by nothing at all."""
    folder = copied(city, tmp_path / "质效")
    text = (folder / "tongbao.toml").read_text("utf-8")
    (folder / "tongbao.toml").write_text(text.replace('edition = "core"', 'edition = "local"'), "utf-8")
    general = numbers(job_of(folder)).comparisons
    division, sources = told["分调裁审"][0].comparisons, told["诉源治理"][0].comparisons
    issuer = told["分调裁审"][0].issuer
    for name in ("simple_procedure_rate", "small_claims_rate", "fast_track_rate", "civil_mediation_rate"):
        assert division.cell(issuer, ALL_LINES, name).now == general.cell(issuer, ALL_LINES, name).now
    for name in ("filed", "concluded", "pending", "case_piece_ratio", "appeal_rate"):
        assert sources.cell(issuer, ALL_LINES, name).now == general.cell(issuer, ALL_LINES, name).now
    small = {row[0]: row for row in told["分调裁审"][1]["classes"]["rows"]}["民事小额诉讼程序"]
    closed = told["分调裁审"][1]["classes"]["heads"].index("结案")
    assert int(small[closed]) == general.cell(issuer, ALL_LINES, "small_claims_rate").now[0]


def test_what_is_not_there_is_named(told):
    whys = told["诉源治理"][0].comparisons.untold
    assert whys["suits_per_10k"] == "没有诉源治理情况表（常住人口）"
    assert whys["disputes"] == "没有诉源治理情况表（先行调解成功）"


def test_a_theme_says_what_moved_and_only_that(told):
    for part, data in told.values():
        for text in data["moved"]:
            assert "同比" in text
        names = [item.name for item in part.catalogue.indicators.values() if item.right]
        for text in data["moved"]:  # a right of the parties is told by its number alone
            if any(text.startswith(name) for name in names):
                assert re.fullmatch(r"[^，]+，同比[^，]+", text)


def test_what_two_standard_errors_are():
    """Of 100 and 100 cases: 2·√(½·½·(1/100 + 1/100)) = 0.141; of counts around 110: 2·√220 = 29.7."""
    assert beyond("proportion", (60, 100), (40, 100)) and not beyond("proportion", (55, 100), (45, 100))
    assert beyond("count", (130, None), (100, None)) is False and beyond("count", (140, None), (100, None))
    assert not beyond("ratio", (140, 10), (100, 10)) and not beyond("proportion", (None, 3), (1, 3))


TABLE = """统计期,法院,先行调解分流,先行调解办结,先行调解成功,常住人口
2026-07,辽0102,10,9,6,
2026-08,辽0102,10,10,7,
2026-09,辽0102,10,8,5,
2026Q3,辽0103,20,20,10,
2026Q3,辽0104,0,0,0,
2026Q3,辽01本级,0,0,0,
2026,辽0102,,,,300000
2026,辽0103,,,,200000
2026,辽0104,,,,100000
"""


def test_the_table_of_disputes_is_added_up_and_divides_the_suits(small):
    (small / "治理.csv").write_text(TABLE, "utf-8")
    text = (small / "tongbao.toml").read_text("utf-8")
    (small / "tongbao.toml").write_text(text.replace("[source]\n", '[source]\ndisputes = "治理.csv"\n', 1), "utf-8")
    part = analysis(job_of(small, "诉源治理"))
    cell = lambda court, name: part.comparisons.cell(court, ALL_LINES, name).now  # noqa: E731
    suits, own = cell("辽01", "first_suits")[0], cell("辽0102", "first_suits")[0]
    assert cell("辽0102", "premediation_rate_concluded") == (18, 27)
    assert cell("辽01", "premediation_rate_diverted") == (28, 50)
    assert cell("辽01", "disputes") == (28 + suits, None)
    assert cell("辽0102", "premediation_share") == (18, 18 + own)
    assert cell("辽01", "suits_per_10k") == (suits * 10_000, 600_000)
    assert part.comparisons.cell("辽01", ALL_LINES, "disputes").year_before[0] is None  # not in the table
    # A theme of some cases may name what the table gives: it is of all cases all the same.
    division = analysis(job_of(small, "分调裁审"))
    assert division.comparisons.cell("辽01", ALL_LINES, "premediation_rate_diverted").now == (28, 50)


def test_one_court_that_is_missing_leaves_the_sum_unknown(city, tmp_path):
    path = tmp_path / "治理.csv"
    path.write_text(TABLE.replace("2026Q3,辽0104,0,0,0,\n", ""), "utf-8")
    found = read_disputes([path], tree=court_table.load(city / "courts.csv"))
    period = parse_period("2026Q3", cutoff_day=0)
    assert found.number("succeeded", "辽0103", period) == 10
    assert found.number("succeeded", "辽01", period) is None
    assert found.number("inhabitants", "辽01", period) == 600_000


def test_every_mistake_of_the_table_is_told_with_its_place(city, tmp_path):
    path = tmp_path / "治理.csv"
    path.write_text(
        "统计期,法院,先行调解办结,先行调解成功,常住人口\n2026Q5,辽0102,1,1,\n2026Q3,无此法院,1,1,\n"
        "2026Q3,辽0102,1,2,\n2026Q3,辽0103,一,0,0\n2026,辽0104,,,100\n2026,辽0104,,,100\n2026,辽01,,,500\n"
        "2026,辽0102,,,300\n2026,辽0103,,,200\n",
        "utf-8",
    )
    with pytest.raises(InputError) as error:
        read_disputes([path], tree=court_table.load(city / "courts.csv"))
    said = error.value.what
    for one in (
        "治理.csv第2行：统计期“2026Q5”不是统计期",
        "治理.csv第3行：法院“无此法院”：",
        "治理.csv第4行：先行调解成功2件多于办结1件",
        "治理.csv第5行：先行调解办结“一”应为不小于0的整数",
        "治理.csv第5行：常住人口不能为0",
        "治理.csv第7行：2026“辽0104”重复",
        "的常住人口为500，所属各法院合计为600",
    ):
        assert one in said, said
    path.write_text("法院,先行调解成功\n辽0102,1\n", "utf-8")
    with pytest.raises(InputError, match="诉源治理情况表缺少列"):
        read_disputes([path], tree=court_table.load(city / "courts.csv"))


def test_the_bulletin_has_classes_and_ends_with_what_moved(city, tmp_path, tongbao):
    folder = copied(city, tmp_path / "质效")
    result = tongbao("bulletin", "theme", "--theme", "民法典", "-w", folder, *PERIOD, "--format", "md")
    assert result.code == 0, result.err
    text = (folder / "out/2026Q3/2026Q3-theme-民法典.md").read_text("utf-8")
    body = text.partition("\n# 附件")[0]
    assert "表1　分类情况（单位：件）" in body and "| 合同、准合同 |" in body
    assert "数据不含裁判所适用的法律条文" in body.partition("、变动小结")[2]
    assert "排名" not in body.replace("不作排名", "")


def test_recovery_by_age_outcome_and_cause_adds_up(city):
    job = job_of(city)
    found = findings(job, gated=True)
    part = replace(found, line="执行")
    without = replace(part.comparisons, untold={"enforcement_recovery_rate": "数据中没有“到位金额”"})
    with Cases(job) as cases:
        data = enforced(job, cases, part)
        lack = _recovered(cases.table, replace(part, comparisons=without))
    assert lack == {"groups": [], "lack": "数据中没有“到位金额”"}
    assert [group["name"] for group in data["groups"]] == ["用时", "结案方式", "案由"]
    for group in data["groups"]:
        assert sum(int(row[1]) for row in group["rows"]) == int(data["whole"][1])
        for column in (2, 3):
            assert sum(float(row[column]) for row in group["rows"]) == pytest.approx(
                float(data["whole"][column]), abs=0.1
            )
    quick, closed = duckdb.sql(
        "SELECT count(*) FILTER (结案日期 <= 立案日期 + INTERVAL 3 MONTH), count(*) "
        f"FROM '{city}/cases.parquet' WHERE 案号 SIMILAR TO '.*执[0-9]+号' AND 结案日期 BETWEEN {QUARTER} "
        "AND 申请执行金额 IS NOT NULL AND 到位金额 IS NOT NULL"
    ).fetchall()[0]
    assert abs(int(data["whole"][1]) - closed) <= 1  # rows set aside
    assert abs(int(data["groups"][0]["rows"][0][1]) - quick) <= 1
    printed = found.comparisons.cell(found.issuer, ALL_LINES, "enforcement_recovery_rate").text
    assert data["whole"][4] == printed
    # 给付内容、履行期限: what the indicator of the same name counts.
    due, performed = duckdb.sql(
        "SELECT count(*), count(*) FILTER (是否自动履行 = '是') "
        f"FROM '{city}/cases.parquet' WHERE 案号 SIMILAR TO '.*民(初|终)[0-9]+号' AND 有给付内容 = '是' "
        f"AND 是否自动履行 IS NOT NULL AND 履行期限 BETWEEN {QUARTER}"
    ).fetchall()[0]
    paid = data["judgments"]["voluntary_performance_rate"]
    assert abs(paid["whole"] - due) <= 1 and abs(paid["part"] - performed) <= 1
