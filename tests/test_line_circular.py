"""A line's circular: where its cases lie by cause, and the issuer's own beside the whole line, all counted by hand."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta

import pytest
from by_hand import write_csv

FIELDS = (
    "案号",
    "经办法院",
    "承办部门",
    "案由",
    "立案日期",
    "结案日期",
    "结案方式",
    "应结案日期",
    "二审结案日期",
    "二审结果",
)
COURTS = """代码,名称,层级,上级
辽01,天枢市中级人民法院,中院,
辽0102,天枢市城东区人民法院,基层法院,辽01
辽0103,天枢市城西区人民法院,基层法院,辽01
"""
LOAN, DIVORCE, WORKS, SALE = "民间借贷纠纷", "离婚纠纷", "建设工程施工合同纠纷", "买卖合同纠纷"
CONFIG = """[source]
files = ["cases.csv"]
[quality]
max_set_aside_percent = 50
[letterhead]
to = "各法院："
[output]
formats = ["md"]
"""
NOW = ("--period", "2025Q3", "--as-of", "2025-10-20", "--format", "md")


def cases():
    """What each cause has: filings now and a year before, days, what became of its judgments, what is left."""
    number = 0

    def of(court, dept, cause, filed, days, result=""):
        nonlocal number
        number += 1
        filed = date.fromisoformat(filed)
        ended = "" if days is None else str(filed + timedelta(days=days))
        due = str(filed + timedelta(days=180))
        second = ("2025-09-20", result) if result else ("", "")
        kind = "民初" if court != "辽01" else "民终"
        way = ("判决" if court != "辽01" else "维持") if ended else ""
        return (f"（{filed.year}）{court}{kind}{number}号", court, dept, cause, str(filed), ended, way, due, *second)

    for n in range(40):  # 40 now, 12 a year before; 3 of those of now were reversed
        yield of("辽0102", "民一庭", LOAN, "2025-07-05", 20, "改判" if n < 3 else "")
    for _ in range(12):
        yield of("辽0102", "民一庭", LOAN, "2024-07-05", 20)
    for n in range(30):  # 10 now, 30 a year before
        yield of("辽0103", "民庭", DIVORCE, "2024-07-05", 20)
        if n < 10:
            yield of("辽0103", "民庭", DIVORCE, "2025-07-05", 20)
    for n in range(30):  # filed before, concluded now after 150 days; one sent back
        yield of("辽0102", "民二庭", WORKS, "2025-03-10", 150, "发回重审" if not n else "")
    for n in range(4):  # left since 2023; and one of another court
        yield of("辽0102" if n else "辽0103", "民二庭", WORKS, "2023-05-10", None)
    for n in range(5):  # the issuer's own: 3 of one department, 2 of another
        yield of("辽01", "民一庭" if n < 3 else "民二庭", SALE, "2025-07-10", 30)
    yield of("辽0103", "民庭", SALE, "2024-08-01", 40)
    for year, day in ((2023, "07-03"), (2025, "09-29")):  # of another line: how far the data reach
        case = (f"（{year}）辽0102刑初1号", "辽0102", "刑庭", "盗窃罪", f"{year}-07-01", f"{year}-{day}", "判决")
        yield *case, f"{year}-12-31", "", ""


@pytest.fixture
def city(tmp_path):
    write_csv(tmp_path / "cases.csv", [dict(zip(FIELDS, row, strict=True)) for row in cases()])
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "tongbao.toml").write_text(CONFIG, "utf-8")
    return tmp_path


def line(tongbao, folder, name="民事", *more):
    done = tongbao("bulletin", "line", "--line", name, "-w", folder, *NOW, *more)
    assert done.code == 0, done.err
    return (folder / f"out/2025Q3/2025Q3-line-{name}.md").read_text("utf-8")


def table(text, title):
    found = re.search(rf"[：　]{title}[^\n]*\n\n(?:> [^\n]*\n\n+)?((?:\|[^\n]*\n)+)", text)
    assert found, title
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in found[1].splitlines()]
    return rows[0], {row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[2:]}


def test_which_causes_grew_and_fell_and_where_days_reversals_and_old_cases_lie(city, tongbao):
    text = line(tongbao, city).split("## 三、案由情况\n")[1].split("## 四")[0]
    assert f"新收比去年同期增加较多的有{LOAN}（12件增至40件）" in text
    assert f"新收比去年同期减少较多的有{DIVORCE}（30件减至10件）" in text
    assert SALE not in text, "1 and 5 are no growth to speak of"
    # 30 of 85 concluded; 30 × 150 of 40 × 20 + 10 × 20 + 30 × 150 + 5 × 30 = 5650 days
    assert f"平均审理天数较长的案由有{WORKS}150.0天（30件），占审结案件的35.29%、审理总天数的79.65%。" in text
    assert f"一审裁判被改判、发回重审的4件，较多的案由为{LOAN}3件。" in text
    assert f"期末立案超过12个月仍未结案的4件，较多的案由为{WORKS}4件；较集中的法院有城东区法院3件。" in text


def test_the_table_of_causes_adds_up_to_the_line(city, tongbao):
    heads, rows = table(line(tongbao, city), "主要案由情况表")
    assert heads == ["案由", "新收", "去年同期", "增减", "结案", "平均审理天数", "超12个月未结", "被改判发回"]
    assert list(rows) == [LOAN, DIVORCE, SALE, WORKS, "合计"], "by filings"
    told = {name: tuple(row.values()) for name, row in rows.items()}
    assert told[LOAN] == ("40", "12", "+28", "40", "20.0", "0", "3")
    assert told[WORKS] == ("0", "0", "0", "30", "150.0", "4", "1")
    assert told["合计"] == ("55", "43", "+12", "85", "66.5", "4", "4")
    for head in set(heads[1:]) - {"平均审理天数"}:
        each = [int(row[head]) for name, row in rows.items() if name != "合计"]
        assert sum(each) == int(rows["合计"][head]), head


def test_the_issuer_s_own_cases_stand_beside_the_line_and_few_are_told_as_cases(city, tongbao):
    text = line(tongbao, city, "民事", "--below", "department", "--of", "辽01本级")
    assert "本院自己办理的民事案件，新收5件、结案5件、未结0件，分别占条线的9.09%、5.88%、0.00%；" in text
    heads, rows = table(text, "主要指标情况")
    assert heads[:3] == ["指标", "本院", "条线"]
    # 85 were concluded in 180 days
    assert (rows["审限内结案率"]["本院"], rows["审限内结案率"]["条线"]) == ("5件中5件", "100.00%")
    assert (rows["平均审理天数"]["本院"], rows["平均审理天数"]["条线"]) == ("30.0天", "66.5天")
    assert rows["一审裁判被改判发回重审率"]["本院"] == "—"
    _, units = table(text, "本院各部门主要情况表")
    assert [(name, row["新收"], row["结案"]) for name, row in units.items()] == [
        ("条线合计", "55", "85"), ("本院合计", "5", "5"), ("民一庭", "3", "3"), ("民二庭", "2", "2"),
    ]  # fmt: skip
    assert "名次" in text and not re.search("第[一二三]名|排名第", text)


def test_an_issuer_without_cases_of_the_line_says_so(city, tongbao):
    with (city / "cases.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["经办法院"] != "辽01"]
    write_csv(city / "cases.csv", rows)
    text = line(tongbao, city)
    assert "本院本期没有民事案件。" in text and "| 指标 | 本期 |" in text


def test_a_single_court_s_departments_stand_beside_the_line(city, tongbao):
    with (city / "cases.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["经办法院"] == "辽0102"]
    write_csv(city / "cases.csv", rows)
    (city / "courts.csv").write_text("代码,名称,层级,上级\n辽0102,天枢市城东区人民法院,基层法院,\n", "utf-8")
    text = line(tongbao, city)
    _, units = table(text, "各部门主要情况表")
    assert [(name, row["新收"], row["结案"]) for name, row in units.items()] == [
        ("条线合计", "40", "70"), ("民一庭", "40", "40"), ("民二庭", "0", "30"),
    ]  # fmt: skip
    assert "较集中的部门有民二庭3件" in text
    assert "法院" not in re.sub("上级法院|人民法院", "", text.split("---\n", 2)[2].split("指标口径说明")[0])


def test_filings_tell_of_filings_by_cause_alone(city, tongbao):
    text = line(tongbao, city, "立案")
    heads, rows = table(text, "主要案由情况表")
    assert heads == ["案由", "新收", "去年同期", "增减"] and rows["合计"]["新收"] == "56"
    assert "平均审理天数" not in text.split("# 附件")[0] and "12个月" not in text.split("# 附件")[0]


def test_where_the_data_have_no_causes_nothing_is_told_of_them(city, tongbao):
    with (city / "cases.csv").open(encoding="utf-8-sig") as file:
        rows = [{name: value for name, value in row.items() if name != "案由"} for row in csv.DictReader(file)]
    write_csv(city / "cases.csv", rows)
    text = line(tongbao, city)
    assert "案由看" not in text and "主要案由情况表" not in text
    assert "期末立案超过12个月仍未结案的4件；较集中的法院有城东区法院3件。" in text
