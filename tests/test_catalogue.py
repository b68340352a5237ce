from __future__ import annotations

from datetime import date

import by_hand
import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import catalogue, read
from reports.catalogue import expression
from reports.catalogue.columns import BY_NAME
from reports.compare import compare, values
from reports.courts.case_types import case_types
from reports.courts.periods import parse_period
from reports.errors import ConfigError
from reports.tally import tally


def test_the_core_edition_is_whole():
    edition = catalogue.load()
    for name in ("within_limit", "appeal_rate", "first_reversal_rate", "revise_remand_ratio", "average_days"):
        assert edition.indicators[name].assess
    for name in ("closing_rate", "clearance_ratio"):  # 不得再用年度收结比、结案率指标 (张军, 2023-10-17)
        assert not edition.indicators[name].assess
    assert edition.indicators["appeal_rate"].right
    assert edition.indicators["case_piece_ratio"].label == "案-件比（自定口径）"
    assert all(not item.intervals for item in edition.indicators.values()), "no interval without a source"


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("审理程序 = '一审'", "\"procedure\" = '一审'"),
        ("审理程序 ＝ ‘一审’", "\"procedure\" = '一审'"),
        ("结案方式 in （'改判'，'发回重审'）", "\"outcome\" IN ('改判', '发回重审')"),
        ("结案日期 <= 应结案日期", '"concluded" <= "deadline"'),
        ("案由 = '甲（乙），丙' -- 注", "\"cause\" = '甲（乙），丙'"),
        ("立案日期 >= '2025-01-01'", "\"filed\" >= CAST('2025-01-01' AS DATE)"),
    ],
)
def test_conditions_are_written_again_from_the_tree(text, sql):
    assert expression.condition(text).sql("duckdb") == sql


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "案由", "案由 = 1", "标的额 = '1'", "案由 > '甲'", "案由 like '%'", "立案日期 > '2025-13-01'",
        "read_csv('/etc/passwd') = '1'", "getenv('HOME') = ''", "案由 = (select 1)", "案由 in (select 1)",
        "exists (select 1)", "案由 = '1'; drop table cases", "case when 1 = 1 then 1 end = 1", "cast(案由 as date) is null",
        "案由 = $1", "案由 = ?", "a.案由 = '1'", "*", "案由 = *", "案由 || '1' = '1'", "标的额 / 2 = 1", "案由 is true",
        "诉讼案件 = '真'", "天数(立案日期) > 1", "天数(案由, 案由) > 1", "标的额 > 1.5", "pragma database_list", "案由 ~ 'x'",
        "专项标签 包含 涉企", "立案日期 包含 '2025'", "专项标签 包含 '甲；乙'", "专项标签 包含 ''", "包含(专项标签)",
        "包含(专项标签, 案由)", "not 案由", "案由 = '1' and 标的额", "(" * 400 + "案由 = '1'" + ")" * 400, "案由 = 'x' " * 100, "没有的列 = '1'",
    ],
)  # fmt: skip
def test_nothing_else_gets_through(text):
    with pytest.raises(expression.ExpressionError):
        expression.condition(text)


def test_unknown_column_suggests_the_right_one():
    with pytest.raises(expression.ExpressionError, match="是否为“审理程序”"):
        expression.condition("审里程序 = '一审'")


words = st.sampled_from(
    [*BY_NAME, "and", "or", "not", "in", "is", "null", "between", "=", "<>", "<", "(", ")", ",", "'一审'", "1", "+", "-",
     "*", "/", ";", "--", "select", "from", "天数", "包含", "read_csv", "$1", ".", "::date", "case", "when", "x'00'", "\"a\""]
)  # fmt: skip


@pytest.fixture(scope="module")
def case_table():
    """An empty case table, and nothing else that a statement could reach."""
    with duckdb.connect() as db:
        db.execute("SET enable_external_access = false")
        kinds = {"text": "VARCHAR", "flag": "VARCHAR", "date": "DATE", "integer": "BIGINT", "money": "BIGINT"}
        columns = ", ".join(f'"{c.id}" {kinds[c.kind]}' for c in BY_NAME.values())
        db.execute(f"CREATE TABLE cases ({columns})")
        yield db


@settings(max_examples=1500, deadline=None)
@given(st.lists(words, max_size=12).map(" ".join) | st.text(max_size=40))
def test_any_text_is_refused_or_runs_on_the_case_table_alone(case_table, text):
    try:
        tree = expression.condition(text)
    except expression.ExpressionError:
        return
    case_table.execute(f"SELECT count(*) FROM cases WHERE {tree.sql('duckdb')}")


def write(tmp_path, text):
    folder = tmp_path / "catalogue"
    folder.mkdir(exist_ok=True)
    (folder / "own.toml").write_text(text, "utf-8")
    return folder


def test_an_indicator_is_added_by_one_entry(tmp_path):
    folder = write(
        tmp_path,
        """
[count.small_claims]
name = "小额诉讼结案数"
by = "结案日期"
where = "适用程序 = '小额诉讼'"

[indicator.small_claims_rate]
name = "小额诉讼适用率"
category = "效率"
numerator = "small_claims"
denominator = "civil_first"
kind = "proportion"
unit = "%"
better = "higher"
formula = "小额诉讼结案数÷民事一审结案数×100%"
""",
    )
    (folder / "editions").mkdir()
    (folder / "editions" / "own.toml").write_text(
        'name = "本院指标"\nversion = "1"\nindicators = ["filed", "small_claims_rate"]\n', "utf-8"
    )
    edition = catalogue.load("own", folder=folder)
    assert [name for name in edition.indicators if name not in edition.context] == ["filed", "small_claims_rate"]
    assert {"civil_first", "small_claims"} < set(edition.terms)


ONE_ENTRY = """
[indicator.company_mediation_rate]
name = "涉企案件调解率"
category = "效果"
numerator = { by = "结案日期", where = "专项标签 包含 '涉企' and 结案方式 = '调解'" }
denominator = { by = "结案日期", where = "专项标签 包含 '涉企'" }
kind = "proportion"
unit = "%"
better = "higher"
subset = true
formula = "涉企案件调解结案数÷涉企案件结案数×100%"
"""


@pytest.mark.parametrize("lean", [True, False])
def test_one_entry_with_its_conditions_makes_an_indicator(lean, tmp_path):
    folder = write(tmp_path, ONE_ENTRY)
    (folder / "editions").mkdir()
    (folder / "editions" / "own.toml").write_text(
        'name = "本院指标"\nversion = "1"\nextends = "core"\nindicators = ["company_mediation_rate"]\n', "utf-8"
    )
    edition = catalogue.load("own", folder=folder)
    core = catalogue.load("core")
    mine = [name for name in edition.indicators if name not in edition.context]
    assert mine == [*(name for name in core.indicators if name not in core.context), "company_mediation_rate"]
    rows = [
        ("涉企", "调解"),
        ("涉外；涉企", "判决"),
        ("民营，涉企", "调解"),
        ("涉企业", "调解"),  # another tag that begins alike
        ("", "调解"),
    ]
    lines = ["案号,经办法院,立案日期,结案日期,结案方式,专项标签"]
    lines += [
        f"（2025）辽0102民初{number}号,甲区人民法院,2025-07-01,2025-08-01,{outcome},{tags}"
        for number, (tags, outcome) in enumerate(rows, 1)
    ]
    (tmp_path / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    quarter = parse_period("2025Q3")
    wanted = edition.columns if lean else None
    with read.read(["cases.csv"], tmp_path, tree=None, today=date(2026, 1, 1), wanted=wanted) as table:
        edition = edition.resolved(table.columns)
        shown = compare(values(tally(table, edition, [quarter]), edition, [quarter]), edition, quarter, {})
    assert shown.cell("辽0102", "民事", "company_mediation_rate").now == (2, 3)


NAMES_ITS_ORIGIN = """
[indicator.linked_rate]
name = "载明原审案号率"
category = "参考"
numerator = { by = "结案日期", where = "原审案号 IS NOT NULL" }
denominator = { by = "结案日期" }
kind = "proportion"
unit = "%"
better = "neutral"
formula = "载明原审案号的结案数÷结案数×100%"
"""


@pytest.mark.parametrize("lean", [True, False])
def test_an_entry_may_read_the_number_of_the_case_appealed_from(lean, tmp_path):
    folder = write(tmp_path, NAMES_ITS_ORIGIN)
    (folder / "editions").mkdir()
    (folder / "editions" / "own.toml").write_text(
        'name = "本院指标"\nversion = "1"\nindicators = ["linked_rate"]\n', "utf-8"
    )
    edition, quarter = catalogue.load("own", folder=folder), parse_period("2025Q3")
    lines = ["案号,经办法院,立案日期,结案日期,结案方式,原审案号"]
    lines += [
        f"（2025）辽01民终{number}号,甲市中级人民法院,2025-07-01,2025-08-01,维持,{origin}"
        for number, origin in enumerate(("（2025）辽0102民初1号", "", "（2025）辽0102民初2号"), 1)
    ]
    (tmp_path / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    wanted = edition.columns if lean else None
    with read.read(["cases.csv"], tmp_path, tree=None, today=date(2026, 1, 1), wanted=wanted) as table:
        edition = edition.resolved(table.columns)
        shown = compare(values(tally(table, edition, [quarter]), edition, [quarter]), edition, quarter, {})
    assert shown.cell("辽01", "民事", "linked_rate").now == (2, 3)


def test_a_mistake_inside_an_entry_is_told_with_its_side(tmp_path):
    folder = write(tmp_path, ONE_ENTRY.replace("结案方式 = '调解'", "结案方试 = '调解'"))
    with pytest.raises(ConfigError) as caught:
        catalogue.load("all", folder=folder)
    assert "[indicator.company_mediation_rate]：numerator 中：where：没有“结案方试”这一列，是否为“结案方式”" in str(
        caught.value
    )
    folder = write(tmp_path, ONE_ENTRY.replace("denominator = { by", "denominator = { bye"))
    with pytest.raises(ConfigError, match="denominator 中：没有 bye 这一项，是否为 by"):
        catalogue.load("all", folder=folder)


@pytest.mark.parametrize(
    ("extends", "told"),
    [("croe", "extends 的版本“croe”不存在，是否为 core"), ("own", "extends 循环：own → own")],
)
def test_an_edition_extends_one_that_there_is(extends, told, tmp_path):
    folder = write(tmp_path, "")
    (folder / "editions").mkdir()
    (folder / "editions" / "own.toml").write_text(
        f'name = "本院指标"\nversion = "1"\nextends = "{extends}"\nindicators = []\n', "utf-8"
    )
    with pytest.raises(ConfigError, match=told):
        catalogue.load("own", folder=folder)


def test_every_edition_shows_the_flow_of_cases_beside_its_indicators(tmp_path):
    folder = write(tmp_path, "")
    (folder / "editions").mkdir()
    (folder / "editions" / "own.toml").write_text(
        'name = "本院指标"\nversion = "1"\nindicators = ["within_limit", "filed"]\n', "utf-8"
    )
    edition = catalogue.load("own", folder=folder)
    shown = ("opening", "accepted", "concluded", "pending", "over12_pending", "closing_rate", "clearance_ratio")
    assert edition.context == shown
    assert list(edition.indicators) == [*shown, "within_limit", "filed"]
    assert catalogue.load().context[:2] == ("opening", "filed")


def test_every_mistake_is_told_at_once(tmp_path):
    folder = write(
        tmp_path,
        """
[count.a]
name = "甲"
by = "立案日"

[count.b]
name = "乙"
by = "立案日期"
where = "审里程序 = '一审'"

[indicator.c]
name = "丙"
category = "好坏"
numerator = "flied"
kind = "proportion"
unit = "%"
beter = "higher"
formula = "甲÷乙×100%"
interval = [{ since = 2025-01-01, low = 1.0 }]
""",
    )
    with pytest.raises(ConfigError) as error:
        catalogue.load(folder=folder)
    text = str(error.value)
    for part in ("第2行 [count.a]", "第6行 [count.b]", "是否为“审理程序”", "第11行 [indicator.c]", "category 只能是",
                 "没有 beter 这一项，是否为 better", "必须写明来源"):  # fmt: skip
        assert part in text


def test_intervals_are_dated_and_sourced():
    entry = {"since": date(2025, 1, 1), "low": 95.0, "source": "某高法〔2025〕1号"}
    edition = catalogue.load(intervals={"within_limit": [entry, entry | {"since": date(2026, 1, 1), "low": 96.0}]})
    item = edition.indicators["within_limit"]
    assert item.interval(parse_period("2024Q4")) is None
    assert item.interval(parse_period("2025Q2")).low == 95.0
    assert item.interval(parse_period("2026Q2")).low == 96.0
    with pytest.raises(ConfigError, match="是否为“within_limit”"):
        catalogue.load(intervals={"within_limits": [entry]})


def test_an_interval_is_found_by_name_and_holds_for_its_span_and_line():
    entry = {"since": date(2025, 1, 1), "source": "某高法〔2025〕1号"}
    year, quarter, civil = (
        {"low": 97.0, "span": "year"},
        {"low": 95.0, "span": "quarter"},
        {"low": 90.0, "line": "民事"},
    )
    edition = catalogue.load(intervals={"审限内结案率": [entry | one for one in (year, quarter, civil)]})
    item = edition.indicators["within_limit"]

    def low(period, line="全部"):
        found = item.interval(parse_period(period), line)
        return found and found.low

    assert (low("2025"), low("2025Q3"), low("2025-09"), low("2025Q1-Q3")) == (97.0, 95.0, None, None)
    assert (low("2025Q3", "民事"), low("2025-09", "民事"), low("2025-09", "刑事")) == (90.0, 90.0, None)
    assert [one.low for one in item.in_force(date(2025, 6, 1))] == [95.0, 97.0, 90.0]


@pytest.mark.parametrize(
    ("indicator", "bounds", "told"),
    [
        ("within_limit", {"low": 0.95}, "low = 0.95（%）：几乎任何数值都能达到，是否应为 95"),
        ("within_limit", {"low": 0.9, "high": 0.98}, "low = 0.9（%）：几乎没有数值能达到，是否应为 90"),
        ("within_limit", {"low": 9500.0}, "low = 9500（%）：没有一个数值能达到，是否应为 95"),
        ("within_limit", {"low": 0.0}, "任何数值都能达到"),
        ("first_reversal_rate", {"low": 0.0, "high": 100.0}, "high = 100（%）：任何数值都能达到"),
        ("first_reversal_rate", {"high": -2.0}, "没有一个数值能达到"),
        ("clearance_ratio", {"low": 0.95}, "是否应为 95"),
        ("clearance_ratio", {"low": 0.9, "high": 1.1}, "是否应为 90"),
        ("case_piece_ratio", {"high": 95.0}, "high = 95：任何数值都能达到"),
        ("case_piece_ratio", {"low": 1.0}, "任何数值都能达到"),
        ("case_piece_ratio", {"high": 0.3}, "没有一个数值能达到（件数不少于案数），是否应为 1.3"),
        ("revise_remand_ratio", {"low": 95.0}, "low = 95：没有一个数值能达到，是否应为 0.95"),
        ("average_days", {"high": 0.5}, "没有一个数值能达到"),
        # Bounds that a court may well set.
        ("first_reversal_rate", {"high": 0.8}, None),
        ("first_reversal_rate", {"low": 0.2, "high": 0.9}, None),
        ("within_limit", {"low": 95.0, "high": 100.0}, None),
        ("within_limit", {"low": 100.0}, None),
        ("enforcement_recovery_rate", {"low": 0.0, "high": 30.0}, None),
        ("case_piece_ratio", {"high": 1.3}, None),
        ("revise_remand_ratio", {"low": 2.5}, None),
        ("clearance_ratio", {"low": 95.0}, None),
        ("average_days", {"high": 60.0}, None),
    ],
)
def test_a_bound_that_no_or_every_value_meets_is_refused_with_its_likely_meaning(indicator, bounds, told):
    entry = {"since": date(2025, 1, 1), "source": "某高法〔2025〕1号", **bounds}
    if told is None:
        assert catalogue.load(intervals={indicator: [entry]}).indicators[indicator].intervals
        return
    with pytest.raises(ConfigError) as error:
        catalogue.load(intervals={indicator: [entry]})
    assert told in str(error.value)


def test_an_interval_says_which_definition_of_the_pending_share_it_is_for():
    entry = {"since": date(2025, 1, 1), "high": 1.5, "source": "某高法〔2025〕1号"}
    with pytest.raises(ConfigError) as error:
        catalogue.load(intervals={"over12_share": [entry]})
    for part in ("口径已经改变", 'scope = "2"', 'options = ["over12-of-accepted"]', "某高法〔2025〕1号"):
        assert part in str(error.value)
    assert catalogue.load(intervals={"over12_share": [entry | {"scope": "2"}]}).indicators["over12_share"].intervals
    accepted = catalogue.load(intervals={"over12_share": [entry]}, options=["over12-of-accepted"])
    assert accepted.indicators["over12_share"].intervals[0].high == 1.5
    assert accepted.indicators["over12_share"].label == "超12个月未结案件比（占受理）（自定口径）"


def test_reversals_for_new_evidence_may_be_left_out_and_the_name_says_so(tmp_path):
    heads = "案号,经办法院,立案日期,结案日期,结案方式,原审案号,发改原因"
    rows = [
        "（2025）辽0102民初1号,辽0102,2025-05-01,2025-07-01,判决,,",
        "（2025）辽01民终1号,辽01,2025-07-01,2025-08-01,改判,（2025）辽0102民初7号,新证据",
        "（2025）辽01民终2号,辽01,2025-07-01,2025-08-01,发回重审,（2025）辽0102民初8号,法律适用",
        "（2025）辽01民终3号,辽01,2025-07-01,2025-08-01,改判,（2025）辽0102民初9号,",
    ]
    (tmp_path / "cases.csv").write_text("\n".join([heads, *rows]) + "\n", "utf-8")
    for options, number, name in (
        ((), 3, "一审裁判被改判发回重审率"),
        (("without-new-evidence",), 2, "一审裁判被改判发回重审率（因新证据的除外）"),
    ):
        edition = catalogue.load(options=options)
        with by_hand.reading(tmp_path / "cases.csv") as table:
            frame = tally(table, edition, [parse_period("2025Q3")]).frame
        item = edition.indicators["first_reversal_rate"]
        counts = frame.loc[("辽0102", "全部", "2025Q3"), [one for _, one in (*item.numerator, *item.denominator)]]
        assert (item.name, counts.tolist()) == (name, [number, 1])


def test_the_definition_names_what_is_no_litigation():
    left_out = {fact.line for fact in case_types().values() if not fact.litigation and fact.line}
    formula = catalogue.load().indicators["average_days"].formula
    assert left_out and all(line in formula for line in left_out)


def test_unknown_edition_names_the_known_ones():
    with pytest.raises(ConfigError, match="core"):
        catalogue.load("spc")


def test_a_stock_may_be_aged_in_days_or_in_months_but_not_both(tmp_path):
    folder = write(
        tmp_path, '[stock.a]\nname = "甲"\nfrom = "立案日期"\nto = "结案日期"\nafter_months = 1\nafter_days = 30\n'
    )
    with pytest.raises(ConfigError, match="after_months 和 after_days 只能写一个"):
        catalogue.load(folder=folder)
