"""长期未结案件: entered by the data, answered by the court, gone only when concluded and verified; 审限 warnings."""

from __future__ import annotations

import json
from datetime import date

import pytest
from by_hand import write_csv
from small_city import CITY

from reports import forms
from reports.ledger import journal, pending
from reports.ledger.pending import Facts, TierPolicy
from reports.ledger.pending.warnings import level_of

HEADS = [column.head for column in pending.CASES.columns]
THREE = {
    "未结原因": "等待鉴定评估审计",
    "包案领导": "副院长周某",
    "结案方案": "督促鉴定机构在11月底前出具意见，12月开庭。",
    "预计结案日期": "2026-12-20",
}


def case(number, filed, concluded="", **more):
    court = number.split("）")[1][:5]
    return {
        "案号": number, "经办法院": court, "案由": "建设工程施工合同纠纷", "承办部门": "民一庭", "立案日期": filed,
        "结案日期": concluded, "应结案日期": "", "当事人": "张三丰", **more,
    }  # fmt: skip


ROWS = [
    case("（2025）辽0102民初1号", "2025-09-30", 扣除天数="40", 是否延长="是"),
    case("（2025）辽0102民初2号", "2025-10-01"),  # twelve months to the day: not over
    case("（2024）辽0102执3号", "2024-03-01"),
    case("（2022）辽0103民初4号", "2022-01-10"),
    case("（2023）辽0103民初5号", "2023-01-10", "2026-09-30"),
    case("（2023）辽0103民初6号", "2023-01-10", "2026-10-05"),  # concluded after the day
    case("（2023）辽0103司救执7号", "2023-01-10"),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    text = '[court]\ncode = "辽01"\n[source]\nfiles = ["cases.csv"]\n[pending]\nleaders = { "12" = "庭长", "24" = "院长" }\n'
    (tmp_path / "tongbao.toml").write_text(text, "utf-8")
    write_csv(tmp_path / "cases.csv", ROWS)
    return tmp_path


def pend(tongbao, folder, command, *args, day="2026-10-01"):
    result = tongbao("pending", command, *args, "-w", folder, "--as-of", day)
    assert result.code == 0, result.err
    return json.loads(result.out) if "--json" in args else result.out


def test_what_enters_and_by_which_tier(folder, tongbao):
    assert "新列入4件" in pend(tongbao, folder, "update")
    rows = pend(tongbao, folder, "list", "--json")["cases"]
    assert [(row["number"], row["kind"], row["tier"], row["days"], row["net"], row["charge"]) for row in rows] == [
        ("（2024）辽0102执3号", "执行", "超2年", "944", "944", "院长"),
        ("（2025）辽0102民初1号", "诉讼", "超12个月", "366", "326", "庭长"),
        ("（2022）辽0103民初4号", "诉讼", "超3年", "1725", "1725", "院长"),
        ("（2023）辽0103民初6号", "诉讼", "超3年", "1360", "1360", "院长"),
    ]  # fmt: skip
    assert rows[1]["change"] == "延长审限、扣除40天"
    before = (folder / "tongbao.db").read_bytes()
    assert "新列入0件" in pend(tongbao, folder, "update")
    assert (folder / "tongbao.db").read_bytes() == before
    assert "张三丰" not in before.decode("utf-8", "ignore")


@pytest.mark.parametrize(
    ("filed", "excluded", "deduct", "expected"),
    [
        (date(2025, 9, 30), 0, False, 12), (date(2025, 10, 1), 0, False, None), (date(2025, 3, 31), 0, False, 18),
        (date(2025, 4, 1), 0, False, 12), (date(2024, 9, 30), 0, False, 24), (date(2023, 9, 30), 0, False, 36),
        (date(2023, 10, 1), 0, False, 24), (date(2025, 9, 30), 1, True, None), (date(2025, 9, 30), 1, False, 12),
        (date(2023, 9, 30), 367, True, 18), (date(2026, 7, 4), 0, False, None),
    ],
)  # fmt: skip
def test_tiers_on_the_first_of_october_2026(filed, excluded, deduct, expected):
    """36 months are not 3 months: a production system once had that mistake."""
    assert TierPolicy(deduct=deduct).tier(filed, excluded, date(2026, 10, 1)) == expected


def test_other_thresholds(folder, tongbao):
    path = folder / "tongbao.toml"
    path.write_text(path.read_text("utf-8").replace("[pending]", "[pending]\nmonths = [6]"), "utf-8")
    assert "新列入5件" in pend(tongbao, folder, "update")
    path.write_text(path.read_text("utf-8").replace("months = [6]", "months = [0]"), "utf-8")
    assert tongbao("pending", "update", "-w", folder).code == 2


def sheet_of(folder, tongbao, court, day="2026-10-08"):
    pend(tongbao, folder, "export", "--court", court, "--to", folder / "out.xlsx", day=day)
    return cells_of(folder / "out.xlsx")


def cells_of(path):
    from reports.read.formats import filled_sheets

    (one,) = filled_sheets(path)
    rows = [["" if cell is None else cell for cell in row] for _, row in one.rows]
    return rows[next(place for place, row in enumerate(rows) if "案号" in row) :]


def bring_in(tongbao, folder, rows, *options, day="2026-10-08"):
    write_csv(folder / "none.csv", [{"a": 1}])
    import xlsxwriter

    book = xlsxwriter.Workbook(folder / "back.xlsx")
    page = book.add_worksheet("改了名")
    for number, row in enumerate(rows):
        page.write_row(number, 0, [str(cell) for cell in row])
    book.close()
    return tongbao("pending", "import", folder / "back.xlsx", "-w", folder, "--by", "王某", "--as-of", day, *options)


def put(rows, number, **answers):
    row = next(row for row in rows if row[0] == number)
    for head, text in answers.items():
        row[HEADS.index(head)] = text


def test_filled_in_postponed_concluded_and_signed_off(folder, tongbao):
    pend(tongbao, folder, "update")
    rows = sheet_of(folder, tongbao, "辽0102")
    put(rows, "（2024）辽0102执3号", **THREE)
    put(rows, "（2025）辽0102民初1号", 未结原因="疑难复杂")
    result = bring_in(tongbao, folder, rows)
    assert result.code == 4
    assert "（（2025）辽0102民初1号）：还应填写“包案领导”、“结案方案”、“预计结案日期”" in result.err
    assert bring_in(tongbao, folder, rows, "--partial").code == 0
    assert "没有变化" in bring_in(tongbao, folder, rows, "--partial").out
    put(rows, "（2024）辽0102执3号", 预计结案日期="2027-03-01")
    put(rows, "（2025）辽0102民初1号", 未结原因="")
    result = bring_in(tongbao, folder, rows)
    assert result.code == 4 and "由2026-12-20推迟到2027-03-01，应写明新的“延期理由”" in result.err
    put(rows, "（2024）辽0102执3号", 延期理由="鉴定机构更换。")
    assert bring_in(tongbao, folder, rows).code == 0
    path = folder / "tongbao.db"
    assert pending.cases(path)["（2024）辽0102执3号"].delays == 1

    number = "（2024）辽0102执3号"
    assert tongbao("pending", "close", number, "-w", folder, "--by", "王某").code == 2, "the data have no conclusion"
    write_csv(
        folder / "cases.csv", [row | {"结案日期": "2026-11-20"} if row["案号"] == number else row for row in ROWS]
    )
    assert "已结案待核2件" in pend(tongbao, folder, "update", day="2026-12-01")
    assert pending.cases(path)[number].state == "已结待核"
    problems = pend(tongbao, folder, "problems", "--json", day="2026-12-20")["cases"]
    assert {
        "court": "辽0102",
        "name": "天枢市第一区法院",
        "number": number,
        "problems": ["已结案19日尚未核销"],
    } in problems
    pend(tongbao, folder, "close", number, "--by", "王某", day="2026-12-21")
    closed = pending.cases(path)[number]
    assert (closed.state, closed.closed_by, closed.concluded) == ("已销号", "王某", "2026-11-20")
    write_csv(folder / "cases.csv", ROWS)
    assert "恢复未结1件" in pend(tongbao, folder, "update", day="2026-12-22"), (
        "the conclusion was taken out of the data"
    )
    assert tongbao("ledger", "verify", "-w", folder).code == 0


def test_additions_stand_beside_conclusions(folder, tongbao):
    pend(tongbao, folder, "update")
    ended = [row | {"结案日期": "2026-10-20"} if "执3" in row["案号"] else row for row in ROWS]
    write_csv(folder / "cases.csv", ended)
    pend(tongbao, folder, "update", day="2026-11-02")
    rows = pend(tongbao, folder, "summary", "--since", "2026-11-01", "--json", day="2026-11-30")["courts"]
    told = [[row[name] for name in ("court", "opening", "added", "concluded", "now", "unverified")] for row in rows]
    assert told == [["辽0102", 2, 1, 1, 2, 1], ["辽0103", 2, 0, 1, 1, 1]]
    assert all(row["opening"] + row["added"] - row["concluded"] == row["now"] for row in rows)
    assert rows[0]["tiers"] == {"超12个月": 2, "超18个月": 0, "超2年": 0, "超3年": 0}


def test_the_problem_list_names_what_is_missing(folder, tongbao):
    pend(tongbao, folder, "update")
    write_csv(folder / "cases.csv", [row for row in ROWS if "民初4" not in row["案号"]])
    assert "数据中已查不到：（2022）辽0103民初4号" in pend(tongbao, folder, "update")
    (told,) = [line for line in pend(tongbao, folder, "problems").splitlines() if "民初4" in line]
    assert told.endswith(
        "没有填报未结原因；没有填报包案领导；没有填报结案方案；没有填报预计结案日期；审限已于2022-07-10届满；案件数据中已查不到这一案号"
    )


@pytest.mark.parametrize(
    ("head", "text", "fault"),
    [
        ("立案日期", "2026-01-01", "“立案日期”不能改动：原为“2024-03-01”，现为“2026-01-01”"),
        ("法院代码", "辽0103", "法院代码不符：（2024）辽0102执3号属于辽0102，表中为“辽0103”"),
        ("案号", "（2024）辽0102执99号", "台账中没有案号“（2024）辽0102执99号”"),
        ("未结原因", "不想结", "“未结原因”应从下列各项中选择"),
        ("预计结案日期", "2026-10-07", "“预计结案日期”2026-10-07已经过去"),
        ("预计结案日期", "年底", "“预计结案日期”应为日期"),
        ("情况说明", "被执行人21010219900101123X", "“情况说明”中有身份证件号码，请删去"),
    ],
)
def test_what_may_not_be_written(head, text, fault, folder, tongbao):
    pend(tongbao, folder, "update")
    rows = sheet_of(folder, tongbao, "辽0102")
    put(rows, "（2024）辽0102执3号", **THREE)
    put(rows, "（2024）辽0102执3号", **{head: text})
    before = (folder / "tongbao.db").read_bytes()
    result = bring_in(tongbao, folder, rows)
    assert result.code == 4 and fault in result.err
    assert (folder / "tongbao.db").read_bytes() == before


def test_excluded_days_of_a_table_of_changes_are_counted_once(folder, tongbao):
    path = folder / "tongbao.toml"
    path.write_text(path.read_text("utf-8").replace("[source]", '[source]\nexclusions = "变更.csv"'), "utf-8")
    number = "（2024）辽0102执3号"
    write_csv(
        folder / "变更.csv",
        [
            {"案号": number, "类别": "中止", "起": "2024-05-01", "止": "2024-05-31"},
            {"案号": number, "类别": "其他扣除", "起": "2024-05-20", "止": "2024-06-09"},
        ],
    )
    pend(tongbao, folder, "update")
    assert pending.cases(folder / "tongbao.db")[number].facts.excluded == 40, "1 May to 9 June, overlapping"
    write_csv(
        folder / "cases.csv", [{k: v for k, v in row.items() if k not in ("扣除天数", "是否延长")} for row in ROWS]
    )
    pend(tongbao, folder, "update")
    assert pending.cases(folder / "tongbao.db")[number].facts.excluded == 40, "without a column of its own too"


def facts(number, filed, deadline):
    return Facts(number, "辽0102", "某院", "诉讼", "", "", filed, deadline, "", 0)


@pytest.mark.parametrize(
    ("number", "left", "whole", "level"),
    [
        ("（2026）辽0102民初1号", -1, 180, "已超审限"), ("（2026）辽0102民初1号", 0, 180, "剩余5日以内"),
        ("（2026）辽0102民初1号", 5, 180, "剩余5日以内"), ("（2026）辽0102民初1号", 6, 180, "剩余15日以内"),
        ("（2026）辽0102民初1号", 16, 180, "剩余30日以内"), ("（2026）辽0102执1号", 30, 180, "剩余30日以内"),
        ("（2026）辽0102刑初1号", 30, 180, "剩余不足五分之一"), ("（2026）辽0102民初1号", 31, 180, "剩余不足五分之一"),
        ("（2026）辽0102民初1号", 36, 180, "已过三分之二"), ("（2026）辽0102民初1号", 60, 180, None),
    ],
)  # fmt: skip
def test_levels_of_warning(number, left, whole, level):
    day = date(2026, 10, 1)
    due = date.fromordinal(day.toordinal() + left)
    assert level_of(facts(number, date.fromordinal(due.toordinal() - whole), due), day) == level


def test_the_list_of_warnings(folder, tongbao):
    rows = [
        case("（2026）辽0103民初1号", "2026-04-02"),  # six months: due on 2 October
        case("（2026）辽0102民初1号", "2026-03-31", 应结案日期="2026-09-30"),
        case("（2026）辽0102民初2号", "2026-03-31", "2026-09-01", 应结案日期="2026-09-30"),
        case("（2026）辽0102民初3号", "2026-09-01"),
        case("（2025）辽0102民初9号", "2025-01-01", "2025-03-01"),
    ]
    write_csv(folder / "cases.csv", rows)
    until = pend(tongbao, folder, "due", "--json")
    assert until["as_of"] == "2026-09-01", "nothing is projected beyond the last day of the data"
    assert [(one["number"], one["left"]) for one in until["cases"]] == [
        ("（2026）辽0102民初1号", 29), ("（2026）辽0103民初1号", 31),
    ]  # fmt: skip
    write_csv(folder / "cases.csv", [*rows, case("（2026）辽0103民初2号", "2026-10-01")])
    found = pend(tongbao, folder, "due", "--json")["cases"]
    assert [(one["number"], one["left"], one["level"], one["deadline"]) for one in found] == [
        ("（2026）辽0102民初1号", -1, "已超审限", "2026-09-30"), ("（2026）辽0103民初1号", 1, "剩余5日以内", "2026-10-02"),
    ]  # fmt: skip
    pend(tongbao, folder, "due", "--court", "辽0103", "-o", folder / "预警.csv")
    text = (folder / "预警.csv").read_text("utf-8-sig")
    assert "院长面谈" in text and "辽0102" not in text and "张三丰" not in text


def test_the_form_that_goes_out(folder, tongbao):
    pend(tongbao, folder, "update")
    rows = sheet_of(folder, tongbao, "辽0103")
    assert rows[0] == HEADS and len(rows) == 3
    case_ = pending.cases(folder / "tongbao.db")["（2022）辽0103民初4号"]
    assert forms.write(pending.CASES, [], title="表", notes=(), first_date=date(2026, 1, 1))
    one = pending.export([case_], TierPolicy(), court="辽0103", day=date(2026, 10, 8))
    assert one == pending.export([case_], TierPolicy(), court="辽0103", day=date(2026, 10, 8))


def test_weeks_and_months_add_up_even_where_a_conclusion_was_taken_back(folder, tongbao):
    """Listed 1 October; 执3 concluded by the data of 7 October, taken out again on the 14th, in again on the 21st."""
    pend(tongbao, folder, "update")
    ended = [row | {"结案日期": "2026-10-06"} if "执3" in row["案号"] else row for row in ROWS]
    for day, rows in (("2026-10-07", ended), ("2026-10-14", ROWS), ("2026-10-21", ended)):
        write_csv(folder / "cases.csv", rows)
        pend(tongbao, folder, "update", day=day)
    pend(tongbao, folder, "close", "(2024)辽0102执3号", "--by", "王某", day="2026-10-22")
    weeks = pend(tongbao, folder, "summary", "--weekly", "5", "--json", day="2026-10-23")["periods"]
    names = ("since", "until", "opening", "added", "reopened", "concluded", "now", "closed")
    assert [tuple(week[name] for name in names) for week in weeks] == [
        ("2026-09-21", "2026-09-27", 0, 0, 0, 0, 0, 0),
        ("2026-09-28", "2026-10-04", 0, 4, 0, 0, 4, 0),
        ("2026-10-05", "2026-10-11", 4, 1, 0, 2, 3, 0),  # 民初2 is over twelve months by now; 民初6 ended on the 5th
        ("2026-10-12", "2026-10-18", 3, 0, 1, 0, 4, 0),
        ("2026-10-19", "2026-10-23", 4, 0, 0, 1, 3, 1),
    ]
    (month,) = pend(tongbao, folder, "summary", "--monthly", "1", "--json", day="2026-10-23")["periods"]
    assert [month[name] for name in names[2:]] == [0, 5, 1, 3, 3, 1] and [row["court"] for row in month["courts"]] == [
        "辽0102", "辽0103",
    ]  # fmt: skip
    told = pend(tongbao, folder, "summary", "--monthly", "2", "--court", "辽0102", day="2026-10-23").splitlines()
    assert told[0].startswith("2026-09-01至2026-09-30\t期初0件，新增0件，结案0件")
    assert told[1] == "2026-10-01至2026-10-23\t期初0件，新增3件，恢复未结1件，结案2件，现有2件；销号1件"
    both = tongbao("pending", "summary", "-w", folder, "--weekly", "2", "--monthly", "2")
    assert both.code == 2 and "只能写一个" in both.err


def test_the_history_of_a_case(folder, tongbao):
    pend(tongbao, folder, "update")
    changed = [row | {"承办部门": "执行局"} if "执3" in row["案号"] else row for row in ROWS]
    write_csv(folder / "cases.csv", changed)
    pend(tongbao, folder, "update", day="2026-10-02")
    rows = sheet_of(folder, tongbao, "辽0102")
    put(rows, "（2024）辽0102执3号", **THREE)
    assert bring_in(tongbao, folder, rows).code == 0
    told = [line.split("\t") for line in pend_history(tongbao, folder, "（2024）辽0102执3号").splitlines()]
    assert [line[:3] for line in told] == [
        ["2026-10-01", "tongbao", "列入"], ["2026-10-02", "tongbao", "变更"], ["2026-10-08", "王某", "填报"],
    ]  # fmt: skip
    assert told[1][3] == "承办部门：执行局"
    assert "包案领导：副院长周某" in told[2][3] and "预计结案日期：2026-12-20" in told[2][3]
    assert pend_history(tongbao, folder, "(2024)辽0102执3号") == pend_history(tongbao, folder, "（2024）辽0102执3号")
    events = json.loads(pend_history(tongbao, folder, "（2024）辽0102执3号", "--json"))["events"]
    assert [event["what"] for event in events] == ["列入", "变更", "填报"]
    missing = tongbao("pending", "history", "（2024）辽0102执99号", "-w", folder)
    assert missing.code == 2 and "台账中没有案件" in missing.err


def pend_history(tongbao, folder, *args):
    result = tongbao("pending", "history", *args, "-w", folder)
    assert result.code == 0, result.err
    return result.out


def test_a_case_stays_the_same_when_its_number_is_written_otherwise(folder, tongbao):
    pend(tongbao, folder, "update")
    known = {case["number"] for case in pend(tongbao, folder, "list", "--json")["cases"]}
    rows = [row | {"案号": row["案号"].replace("（", "(").replace("）", ")").replace("3号", "03号")} for row in ROWS]
    write_csv(folder / "cases.csv", rows)
    pend(tongbao, folder, "update")
    assert {case["number"] for case in pend(tongbao, folder, "list", "--json")["cases"]} == known


def lists(tongbao, folder, *options, form="md"):
    """The problem lists as name → text (of Markdown)."""
    pend(tongbao, folder, "problems", "--to", folder / "清单", "--format", form, *options)
    return {path.stem: path.read_text("utf-8") for path in sorted((folder / "清单").glob("*.md"))}


def rows_of(text):
    return [line.strip("| ").split(" | ") for line in text.split("# 附件")[1].splitlines() if line.startswith("| ")]


def test_the_problem_list_as_a_document(folder, tongbao):
    """Every case that is not signed off, with what was filled in, lines to write on for the rest, and no party."""
    pend(tongbao, folder, "update")
    number = "（2024）辽0102执3号"
    rows = sheet_of(folder, tongbao, "辽0102")
    put(rows, number, **THREE, 情况说明="被执行人张三丰下落不明")
    bring_in(tongbao, folder, rows)
    (text,) = lists(tongbao, folder).values()
    body = text.split("---")[2]
    assert "截至2026年10月1日，各法院尚未销号的长期未结案件4件，其中超12个月1件、超2年1件、超3年2件。" in body
    assert "没有填报未结原因、包案领导、结案方案、预计结案日期的3件" in body
    assert "| 天枢市第一区法院 | 2 |" in body and "| 合计 | 4 |" in body
    heads, first, *_ = rows_of(text)
    assert heads == [
        "序号", "案号", "案由", "立案日期", "已审天数", "承办部门", "未结原因和问题", "措施", "责任人", "完成时限", "销号（签字）",
    ]  # fmt: skip
    assert first[1:] == [
        number, "建设工程施工合同纠纷", "2024-03-01", "944", "民一庭", "等待鉴定评估审计；审限已于2024-09-01届满",
        "督促鉴定机构在11月底前出具意见，12月开庭", "副院长周某", "2026-12-20", "＿＿＿＿",
    ]  # fmt: skip
    blank = next(row for row in rows_of(text) if row[1] == "（2025）辽0102民初1号")
    assert blank[6].startswith("审限已于") or set(blank[6]) == {"＿"}
    assert all(set(cell) == {"＿"} for cell in blank[7:])
    assert "空白的格手填：未结原因和问题、措施、责任人、完成时限。" in text
    assert "张三丰" not in text and "张" not in "".join(map("".join, rows_of(text)))


def test_the_problem_list_of_one_court_and_of_each(folder, tongbao):
    pend(tongbao, folder, "update")
    (text,) = lists(tongbao, folder, "--court", "辽0103").values()
    assert (
        "标题: 天枢市第二区法院长期未结案件问题清单" in text or "标题: 天枢市第二区人民法院长期未结案件问题清单" in text
    )
    assert "辽0102" not in text and "## " not in text
    each = lists(tongbao, folder, "--for", "each")
    assert {"问题清单-辽0102", "问题清单-辽0103"} <= each.keys()
    assert "辽0103" not in each["问题清单-辽0102"].split("---")[2]
    lists(tongbao, folder, "--court", "辽0103", form="pdf,docx,xlsx")
    assert {path.suffix for path in (folder / "清单").glob("问题清单-辽0103.*")} == {".md", ".pdf", ".docx", ".xlsx"}
    assert tongbao("layout-check", folder / "清单/问题清单-辽0103.pdf").code == 0
    edited = folder / "清单/问题清单-辽0103.md"
    edited.write_text(edited.read_text("utf-8").replace("按时限办理", "从速办理"), "utf-8")
    lists(tongbao, folder, "--court", "辽0103")
    assert "从速办理" in edited.read_text("utf-8"), "what a person has written stays"


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--for", "each"), "没有写放在哪个文件夹"),
        (("--format", "pdf"), "没有写放在哪个文件夹"),
        (("--for", "all", "--to", "清单"), "--for 只能写 each"),
        (("--court", "辽0109", "--to", "清单"), "“辽0109”没有尚未销号的案件"),
        (("--to", "清单", "--format", "txt"), "不支持的输出格式“txt”"),
    ],
)
def test_no_problem_list(folder, tongbao, options, what):
    pend(tongbao, folder, "update")
    result = tongbao("pending", "problems", *options, "-w", folder)
    assert result.code == 2 and what in result.err, result.err
    assert not (folder / "清单").exists()


def test_what_is_kept_of_a_long_history_is_what_the_history_says(folder, tongbao, tmp_path_factory, monkeypatch):
    """From what was kept and the events since, as from the beginning; of another ledger, or damaged, nothing is."""
    from reports.pipeline import replay
    from reports.workspace import find

    monkeypatch.setenv("TONGBAO_CACHE", str(tmp_path_factory.mktemp("kept")))
    monkeypatch.setattr(replay, "MANY", 1)
    monkeypatch.setattr(replay, "_TOGETHER", 2)
    gone_through = []
    after = journal.Journal.events

    def events(self, kind="", since=0):
        gone_through.append(since)
        return after(self, kind, since)

    monkeypatch.setattr(journal.Journal, "events", events)
    path, place = folder / "tongbao.db", find(folder)
    assert replay.pending_cases(place) == {}, "there is no ledger yet"
    pend(tongbao, folder, "update")
    first = path.read_bytes()
    assert [*replay.pending_cases(place).items()] == [*pending.cases(path).items()]
    answers = {"reason": "其他", "leader": "周某", "plan": "12月开庭", "expected": "2026-12-20"}
    number = "（2025）辽0102民初1号"
    pending.respond(path, {number: answers}, at="2026-10-02", who="李某", today=date(2026, 10, 2))
    gone_through.clear()
    assert replay.pending_cases(place)[number].answers == answers and gone_through == [4], "of five events one is new"
    assert [*replay.pending_cases(place).items()] == [*pending.cases(path).items()]
    path.write_bytes(first)  # restored from before the answer, and then answered otherwise
    pending.respond(path, {number: answers | {"leader": "吴某"}}, at="2026-10-03", who="李某", today=date(2026, 10, 3))
    assert replay.pending_cases(place)[number].answers["leader"] == "吴某"
    for kept in (tmp_path_factory.getbasetemp()).glob("kept*/*.pickle"):
        kept.write_bytes(kept.read_bytes()[:-20])
    assert [*replay.pending_cases(place).items()] == [*pending.cases(path).items()]


def test_forms_are_the_same_from_one_process_and_from_two(folder, tongbao, monkeypatch):
    pend(tongbao, folder, "update", day="2026-10-01")
    pend(tongbao, folder, "export", "--to", folder / "一个", day="2026-10-08")
    monkeypatch.setattr("reports.commands.pending.MANY", 1)
    monkeypatch.setattr("reports.system.processors", lambda: 2)
    pend(tongbao, folder, "export", "--to", folder / "两个", day="2026-10-08")
    alone, both = ({path.name: path.read_bytes() for path in (folder / name).iterdir()} for name in ("一个", "两个"))
    assert len(alone) > 1 and alone == both
