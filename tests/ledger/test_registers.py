"""登记簿: entered by a form that goes out and comes back, counted by hand, its rules read from data."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
import xlsxwriter
from by_hand import write_csv
from small_city import CITY

from reports.catalogue import registers as catalogue
from reports.courts.court_table import load
from reports.courts.periods import parse_period
from reports.courts.units import Unit, UnitTable, printed_order
from reports.errors import ConfigError, InputError
from reports.ledger.registers import Places, enter, entries, report_of
from reports.read.formats import filled_sheets

DAY = "2026-10-20"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    (tmp_path / "units.csv").write_text("法院,部门,别名\n辽0102,民一庭,民事审判第一庭\n辽0102,立案庭,\n", "utf-8")
    text = '[court]\ncode = "辽01"\n[source]\nfiles = ["cases.csv"]\n[letterhead]\noffice = "审判管理办公室"\n'
    (tmp_path / "tongbao.toml").write_text(text, "utf-8")
    return tmp_path


def table(path):
    """The rows of a form as texts, its headings first."""
    (one,) = filled_sheets(path)
    rows = [["" if cell is None else str(cell) for cell in row] for _, row in one.rows]
    return rows[next(place for place, row in enumerate(rows) if "编号" in row) :]


def saved(path, rows, formula=None):
    """The same table as another program would save it; ``formula`` is the place of a cell that is one."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    page = book.add_worksheet("Sheet1")
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            if (row, column) == formula:
                page.write_formula(row, column, '="个案"', None, "个案")
            else:
                page.write_string(row, column, text)
    book.close()
    return path


def filled(heads, **cells):
    return [cells.get(head, "") for head in heads]


ADVICE = {
    "种类": "类案",
    "法院": "辽0102",
    "承办部门": "民事审判第一庭",
    "被建议单位": "某协会",
    "建议事项": "规范催收",
}


@pytest.fixture
def form(folder, tongbao):
    """The form of 司法建议 with two rows filled in, and its headings."""
    path = folder / "司法建议.xlsx"
    result = tongbao("register", "form", "司法建议", "-w", folder, "--to", path, "--spare", 3, "--as-of", DAY)
    assert result.code == 0, result.err
    heads, *rest = table(path)
    assert rest == [] or not any(map(any, rest)), "empty rows"
    rows = [
        filled(heads, 司法建议书文号="法建1号", 发出日期="2026/7/10", 回复日期="2026-08-20", 采纳情况="采纳", **ADVICE),
        filled(
            heads, 司法建议书文号="法建2号", 发出日期="2026-09-30", **ADVICE | {"种类": "综合", "承办部门": "立案庭"}
        ),
    ]
    return heads, rows


def record(tongbao, folder, path, *more, name="司法建议"):
    return tongbao("register", "record", name, path, "-w", folder, "--by", "王五", "--as-of", DAY, *more)


def listed(tongbao, folder, name="司法建议"):
    return json.loads(tongbao("register", "list", name, "-w", folder, "--json").out)["rows"]


def test_a_form_comes_back_becomes_rows_and_is_filled_on(folder, form, tongbao):
    heads, rows = form
    result = record(tongbao, folder, saved(folder / "a.xlsx", [heads, *rows]))
    assert result.code == 0, result.err
    assert [(one["number"], one["stage"], one["court"], one["sent"]) for one in listed(tongbao, folder)] == [
        ("建2026-001", "已采纳", "天枢市第一区人民法院", "2026-07-10"),
        ("建2026-002", "已发出", "天枢市第一区人民法院", "2026-09-30"),
    ]
    out = folder / "b.xlsx"
    assert tongbao("register", "form", "司法建议", "-w", folder, "--to", out, "--as-of", DAY).code == 0
    again = table(out)
    assert not record(tongbao, folder, saved(folder / "same.xlsx", again)).err and len(again) >= 3
    assert "没有变化" in record(tongbao, folder, folder / "same.xlsx").out
    place = next(n for n, row in enumerate(again) if row[0] == "建2026-002")
    again[place][heads.index("回复日期")], again[place][heads.index("采纳情况")] = "2026-10-08", "未采纳"
    result = record(tongbao, folder, saved(folder / "c.xlsx", again), "--json")
    assert json.loads(result.out)["changed"] == {"建2026-002": ["answered", "adopted"]}
    told = tongbao("register", "show", "司法建议", "建2026-002", "-w", folder).out
    assert "未采纳" in told.splitlines()[0] and "补记\t回复日期、采纳情况" in told
    assert tongbao("ledger", "verify", "-w", folder).code == 0


def test_every_fault_is_told_with_its_row_and_nothing_is_entered(folder, form, tongbao):
    heads, (first, second) = form
    at = heads.index

    def changed(row, **cells):
        return [cells.get(head, cell) for head, cell in zip(heads, row, strict=True)]

    rows = [
        heads,
        first,
        changed(second, 种类="类案件"),
        changed(second, 司法建议书文号="法建3号", 发出日期="2027-01-01", 承办部门="民六庭"),
        changed(second, 司法建议书文号="法建4号", 采纳情况="采纳"),
        changed(first, 被建议单位="", 建议事项="110101199003071234"),
        changed(second, 司法建议书文号="法建6号", 回复日期="2026-09-01"),
        changed(second, 编号="建2026-009"),
        changed(second, 司法建议书文号="法建8号", 法院="月球法院", 案号="民初1号"),
        changed(second, 司法建议书文号="法建9号"),
    ]
    result = record(tongbao, folder, saved(folder / "bad.xlsx", rows, formula=(9, at("种类"))))
    assert result.code == 4 and not listed(tongbao, folder)
    for row, text in [
        (3, "“种类”应从下列各项中选择：个案、类案、综合（现为“类案件”）"),
        (4, "“发出日期”2027-01-01还没有到"), (4, "“承办部门”的“民六庭”不在部门表中，应为：民一庭、立案庭"),
        (5, "填写了“采纳情况”，还应填写“回复日期”"),
        (6, "没有填写“被建议单位”"), (6, "“建议事项”中有身份证件号码，请删去"),
        (6, "“司法建议书文号”与新登记（第2行）重复"), (7, "“回复日期”2026-09-01早于“发出日期”2026-09-30"),
        (8, "登记簿中没有编号“建2026-009”"), (9, "“法院”的“月球法院”不在法院表中"), (9, "“案号”不是案号"),
        (10, "“种类”是公式"),
    ]:  # fmt: skip
        assert any(f"第{row}行" in line and text in line for line in result.err.splitlines()), text
    assert "第2行（" not in result.err
    partly = record(tongbao, folder, folder / "bad.xlsx", "--partial")
    assert partly.code == 0 and [one["document"] for one in listed(tongbao, folder)] == ["法建1号"]


def test_what_is_entered_once_stays_and_a_mistake_is_withdrawn(folder, form, tongbao):
    heads, rows = form
    record(tongbao, folder, saved(folder / "a.xlsx", [heads, *rows]))
    moved = [heads, [*rows[0]]]
    moved[1][0], moved[1][heads.index("种类")] = "建2026-001", "个案"
    result = record(tongbao, folder, saved(folder / "b.xlsx", moved))
    assert result.code == 4 and "“种类”不能改动：原为“类案”，现为“个案”" in result.err
    gone = tongbao("register", "withdraw", "司法建议", "建2026-001", "-w", folder, "--by", "王五", "--note", "种类有误")
    assert gone.code == 0
    moved[1][0] = ""
    assert record(tongbao, folder, saved(folder / "c.xlsx", moved)).code == 0
    assert sorted(one["number"] for one in listed(tongbao, folder)) == ["建2026-002", "建2026-003"]
    assert (
        tongbao("register", "withdraw", "司法建议", "建2026-001", "-w", folder, "--by", "王", "--note", "又").code == 2
    )
    assert tongbao("ledger", "verify", "-w", folder).code == 0


ROWS = [  # sent, answered, adopted
    (
        "辽0102",
        "立案庭",
        "个案",
        "2026-06-30",
        "2026-07-01",
        "采纳",
    ),  # sent before the quarter, answered on its first day
    ("辽0102", "民一庭", "类案", "2026-07-01", "2026-09-30", "部分采纳"),
    ("辽0102", "民事审判第一庭", "类案", "2026-08-01", "2026-10-01", "未采纳"),  # open at the end of the quarter
    ("辽0103", "民一庭", "综合", "2026-09-30", "", ""),
    ("辽0103", "", "综合", "", "", ""),  # not sent yet
]


def test_the_report_counts_what_lies_in_the_period(folder):
    register = catalogue.load()["advice"]
    units = UnitTable((Unit("辽0102", "民一庭", aliases=("民事审判第一庭",)), Unit("辽0102", "立案庭")))
    places = Places(load(folder / "courts.csv"), units)
    rows = {
        f"新{n}": {"document": f"{n}号", "court": court, "dept": dept, "kind": kind, "addressee": "某协会", "subject": "某事",
                   "sent": sent, "answered": answered, "adopted": adopted}
        for n, (court, dept, kind, sent, answered, adopted) in enumerate(ROWS)
    }  # fmt: skip
    path = folder / "tongbao.db"
    enter(path, register, rows, at=DAY, who="王五", today=date(2026, 10, 20), places=places)
    known = [*entries(path, register).values()]
    order = printed_order(places.tree, units)
    data = report_of(register, known, places, parse_period("2026Q3"), order)
    assert {one["name"]: one["count"] for one in data["figures"]} == {
        "发出": 3, "收到回复": 2, "其中采纳（含部分采纳）": 2, "期末未回复": 2,
    }  # fmt: skip
    assert [(one["court"], one["dept"], one["counts"]) for one in data["units"]] == [
        ("天枢市第一区法院", "民一庭", [2, 1, 1, 1]),
        ("天枢市第一区法院", "立案庭", [0, 1, 1, 0]),
        ("天枢市第二区法院", "民一庭", [1, 0, 0, 1]),
    ], "in table order, the department under its name of today"
    (spread,) = data["spreads"]
    assert (spread["heads"], spread["sums"], spread["shares"]) == (["个案", "类案", "综合"], [0, 2, 1, 3], [])
    (annex,) = data["annexes"]
    assert annex["heads"][3] == "法院"
    assert len(annex["rows"]) == 4 and "某协会" not in str(data), "the addressee is for the inside"
    with pytest.raises(InputError, match="司法建议书文号"):
        enter(path, register, {"新": rows["新0"]}, at=DAY, who="王五", today=date(2026, 10, 20), places=places)


def test_the_indicator_table_keeps_the_numbers_of_past_periods(folder, tongbao):
    """By quarters since the first was sent: an answer after the end of its quarter does not count in it."""
    path = folder / "tongbao.db"
    places = Places(load(folder / "courts.csv"), UnitTable())
    rows = {
        f"新{n}": {"document": f"{n}号", "court": court, "kind": kind, "addressee": "某协会", "subject": "某事", "sent": sent,
                   "answered": answered, "adopted": adopted}
        for n, (court, _, kind, sent, answered, adopted) in enumerate(ROWS)
    }  # fmt: skip
    enter(path, catalogue.load()["advice"], rows, at=DAY, who="王五", today=date(2026, 10, 20), places=places)
    to = folder / "司法建议.csv"
    args = ("register", "table", "司法建议", "-w", folder, "--period", "2026Q3", "--as-of", DAY)
    assert tongbao(*args, "--to", to).code == 0
    found = {
        tuple(line.split(",")[::2][:2]): tuple(line.split(",")[3:]) for line in to.read_text("utf-8-sig").split()[1:]
    }
    assert found["辽0102", "2026Q2"] == ("0", "1"), "answered on 1 July"
    assert found["辽0102", "2026Q3"] == ("1", "2") and found["辽0103", "2026Q3"] == ("0", "1")
    assert found["辽01", "2026Q3"] == ("1", "3") and found["辽01本级", "2026Q3"] == ("0", "0")
    assert len(found) == 2 * 10
    assert tongbao(*args[:6], "2026-01..09", "--as-of", DAY, "--to", to).code == 0
    lines = [line.split(",") for line in to.read_text("utf-8-sig").split()[1:]]
    year = {line[0]: tuple(line[3:]) for line in lines if line[2] == parse_period("2026-01..09").key}
    assert year["辽0102"] == ("2", "3"), "what was sent in June and answered in July counts in the year so far"
    assert tongbao("register", "table", "案件评查", "-w", folder, "--to", to).code == 2, "it gives no indicator"


def case(number, filed, concluded="", **more):
    return {"案号": number, "经办法院": number[6:].split("民")[0], "案由": "买卖合同纠纷", "承办部门": "民一庭",
            "立案日期": filed, "结案日期": concluded, "结案方式": "判决" if concluded else "", "当事人": "甲公司",
            "承办人": "李法官", "原审案号": "", "专项标签": "", **more}  # fmt: skip


def test_cases_are_picked_by_rules_once_and_the_seed_draws_the_same(folder, tongbao):
    rows = [case(f"（2026）辽0102民初{n}号", "2026-06-01", "2026-08-01", 当事人=f"人{n}") for n in range(1, 9)]
    rows += [case("（2025）辽0102民初9号", "2025-01-02", "2026-09-01")]  # 607 days
    rows += [case("（2026）辽0102民初10号", "2026-09-01", 专项标签="涉企;宗教"), case("（2026）辽0102民初11号", "2026-09-01",
             原审案号="（2026）辽01民终3号"), case("（2026）辽0102民初12号", "2026-09-30")]  # fmt: skip
    rows += [case(f"（2026）辽0103民初{n}号", "2026-09-08", 当事人="乙银行") for n in range(1, 21)]  # of one week
    write_csv(folder / "cases.csv", rows)

    def picked(name, *more):
        result = tongbao("register", "pick", name, "-w", folder, "--period", "2026Q3", "--as-of", DAY, "--json", *more)
        assert result.code == 0, result.err
        return json.loads(result.out)

    seen = picked("四类案件")
    assert [(one["rule"], one["case"]) for one in seen["cases"][:2]] == [
        ("sensitive", "（2026）辽0102民初10号"), ("remanded", "（2026）辽0102民初11号"),
    ]  # fmt: skip
    assert {one["case"] for one in seen["cases"][2:]} == {f"（2026）辽0103民初{n}号" for n in range(1, 21)}
    assert [text[:7] for text in seen["untold"]] == ["标的额特别巨大"] and not seen["entered"]
    assert "乙银行" not in json.dumps(seen, ensure_ascii=False) and "李法官" not in json.dumps(seen, ensure_ascii=False)
    review = [("--rule", "sample", "--seed", "7"), ("--rule", "随机抽取", "--seed", "7"), ("--rule", "sample")]
    one, same, other = (picked("案件评查", *more)["cases"] for more in review)
    assert one == same and len(one) == 2 and one[0]["how"] == "种子“7”，9件中抽取2件"
    assert {row["case"] for row in one} <= {row["案号"] for row in rows[:9]} and other[0]["how"].startswith(
        "种子“2026Q3”"
    )
    (folder / "units.csv").write_text("法院,部门,别名\n辽0102,立案庭,\n", "utf-8")  # the data write 民一庭
    first = picked("案件评查", "--rule", "long", "--by", "王五")
    assert [(row["number"], row["case"], row["chosen"]) for row in first["cases"]] == [
        ("评2026-001", "（2025）辽0102民初9号", DAY)
    ]
    assert picked("案件评查", "--rule", "long")["known"] == 1
    assert len(picked("案件评查", "--rule", "sample", "--seed", "7", "--by", "王五")["cases"]) == 2
    again = picked("案件评查", "--rule", "sample", "--seed", "7")
    assert (again["cases"], again["known"]) == ([], 2), "the same two, which are there"
    assert tongbao("register", "pick", "司法建议", "-w", folder).code == 2, "no rules"


def test_a_case_of_which_a_value_could_not_be_read_is_not_picked_but_counted(folder, tongbao):
    write_csv(folder / "cases.csv", [
        case("（2026）辽0102民初1号", "2026-06-01", "2026-09-01"),
        case("（2026）辽0102民初2号", "2026-06-01", "2026-09-02", 结案方式="不知何意"),
        case("（2026）辽0102民初3号", "2026-06-01", "2026-09-30", 结案方式="调解"),
        case("（2026）辽0102民初4号", "2026-06-01", "2026-10-02", 结案方式="不知何意"),  # of another quarter
    ])  # fmt: skip
    args = ("-w", folder, "--period", "2026Q3", "--as-of", DAY, "--rule", "sample", "--json")
    found = json.loads(tongbao("register", "pick", "案件评查", *args).out)
    assert [one["case"] for one in found["cases"]] == ["（2026）辽0102民初1号"]
    assert found["untold"] == ["随机抽取：另有1件因有关各列无法识别，是否属于无从知道，没有列入。"]


def test_a_court_that_went_into_another_keeps_its_rows(folder, tongbao):
    """What it entered stands under the court of today, and the form comes back as it is."""
    places = Places(load(folder / "courts.csv"), UnitTable())
    row = {
        "document": "1号",
        "court": "辽0103",
        "dept": "民二庭",
        "kind": "类案",
        "addressee": "某协会",
        "subject": "某事",
    }
    register = catalogue.load()["advice"]
    enter(folder / "tongbao.db", register, {"新": row}, at=DAY, who="王五", today=date(2026, 10, 20), places=places)
    lines = (folder / "courts.csv").read_text("utf-8").splitlines()
    lines = [line + (",2026-09-30,辽0104" if line.startswith("辽0103") else ",,") for line in lines[1:]]
    (folder / "courts.csv").write_text("代码,名称,层级,上级,止,并入\n" + "\n".join(lines) + "\n", "utf-8")
    assert [one["court"] for one in listed(tongbao, folder)] == ["天枢市第三区人民法院"]
    to = folder / "a.xlsx"
    tongbao("register", "form", "司法建议", "-w", folder, "--to", to, "--as-of", DAY)
    assert "没有变化" in record(tongbao, folder, saved(folder / "b.xlsx", table(to))).out


def test_the_list_goes_to_each_department_and_names_nobody(folder, tongbao):
    write_csv(folder / "cases.csv", [
        case("（2026）辽01民初1号", "2026-09-01", 专项标签="外交"), case("（2026）辽0102民初2号", "2026-09-30", 专项标签="民族"),
        case("（2026）辽01民初3号", "2026-09-01", 专项标签="国家安全", 承办部门="民二庭"),
    ])  # fmt: skip
    args = ("-w", folder, "--as-of", DAY)
    then = ("-w", folder, "--as-of", "2026-09-30", "--period", "2026Q2")
    assert tongbao("register", "pick", "四类案件", *then, "--by", "王五").code == 0
    result = tongbao("register", "lists", "四类案件", *args, "--to", folder / "清单", "--format", "md")
    assert result.code == 0, result.err
    found = {path.stem: path.read_text("utf-8") for path in (folder / "清单").glob("*.md")}
    assert set(found) == {"四类案件清单-辽01-民一庭", "四类案件清单-辽01-民二庭", "四类案件清单-辽0102"}
    for court, told in ((), False), (("--court", "辽0102"), True):
        args_ = ("register", "report", "四类案件", *args, "--period", "2026-09", *court, "--to", folder / "通报.md")
        assert tongbao(*args_).code == 0
        text = (folder / "通报.md").read_text("utf-8")
        assert ("辽0102民初2号" in text, "主送: 天枢市第一区人民法院：" in text) == (told, told), (
            "no court gets another's cases"
        )
        assert "辽01民初1号" not in text
    mine = found["四类案件清单-辽01-民一庭"]
    assert "尚未填写“决定日期”的有1件" in mine and "| 监督措施 |" in mine and "＿＿＿＿＿" in mine
    assert not any(name in text for text in found.values() for name in ("甲公司", "李法官"))


def test_a_report_is_one_document_and_an_empty_register_has_none(folder, form, tongbao):
    heads, rows = form
    write_csv(folder / "cases.csv", [case("（2026）辽0102民初1号", "2026-09-30")])
    to = folder / "司法建议.md"
    args = ("register", "report", "司法建议", "-w", folder, "--period", "2026Q3", "--as-of", DAY)
    assert "没有登记，不能写通报" in tongbao(*args, "--to", to).err and not to.exists()
    record(tongbao, folder, saved(folder / "a.xlsx", [heads, *rows]))
    assert tongbao(*args, "--to", to).code == 0
    text = to.read_text("utf-8")
    assert "发出2份，收到回复1份，其中采纳（含部分采纳）1份，期末未回复1份。" in text
    assert "不代表名次" in text and "不设目标" in text and "某协会" not in text
    assert tongbao(*args, "--to", folder / "a.txt").code == 2


def test_the_way_of_a_case_is_told_in_order_of_time(folder, tongbao):
    way = [
        case("（2025）辽0102民初1号", "2025-01-10", "2025-03-01"),
        case("（2025）辽01民终2号", "2025-04-01", "2025-06-01", 原审案号="（2025）辽0102民初1号", 结案方式="发回重审",
             发改原因="程序"),
        case("（2025）辽0102民初3号", "2025-07-01", "2025-09-01", 原审案号="（2025）辽01民终2号"),
        case("（2025）辽0102执4号", "2025-11-01", "", 经办法院="辽0102", 执行依据案号="（2025）辽0102民初3号"),
        case("（2026）辽0103民初5号", "2026-09-30"),  # another one's
    ]  # fmt: skip
    write_csv(folder / "cases.csv", [{"执行依据案号": "", "发改原因": "", **row} for row in way])
    to = folder / "剖析.md"
    for number in ("（2025）辽0102民初1号", "(2025)辽0102执4号"):
        result = tongbao("register", "case-way", number, "-w", folder, "--to", to, "--as-of", DAY)
        assert result.code == 0, result.err
        text = to.read_text("utf-8")
        rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| 202")]
        assert [(row[0][2:], row[1], row[4].split(" ")[0]) for row in rows] == [
            ("2025-01-10", "一审立案", "—"), ("2025-03-01", "一审结案：判决", "50"), ("2025-04-01", "二审立案", "31"),
            ("2025-06-01", "二审结案：发回重审（程序）", "61"), ("2025-07-01", "一审立案", "30"),
            ("2025-09-01", "一审结案：判决", "62"), ("2025-11-01", "首次执行立案", "61"),
        ]  # fmt: skip
    assert "共有相连的案件4件，其中1件尚未结案" in text and "历时295天" in text and "改判、发回重审1次" in text
    assert "甲公司" not in text and "李法官" not in text and "辽0103" not in text
    assert tongbao("register", "case-way", "（2020）辽0102民初1号", "-w", folder, "--to", to).code == 2


def test_what_was_entered_under_other_choices_stays_and_is_counted(folder, tongbao):
    """The form comes back as it is, and the columns of the report add up."""
    places = Places(load(folder / "courts.csv"), UnitTable())
    row = {"case": "（2026）辽0102民初1号", "court": "辽0102", "source": "其他", "chosen": "2026-09-01",
           "assigned": "2026-09-01", "reviewer": "赵某", "graded": "2026-09-02", "grade": "基本合格"}  # fmt: skip
    enter(folder / "tongbao.db", catalogue.load()["review"], {"新": row}, at=DAY, who="王五", today=date(2026, 10, 20),
          places=places)  # fmt: skip
    (folder / "registers.toml").write_text('[register.review.fields.grade]\nchoices = ["好", "差"]\n', "utf-8")
    to = folder / "a.xlsx"
    tongbao("register", "form", "案件评查", "-w", folder, "--to", to, "--as-of", DAY)
    assert "没有变化" in record(tongbao, folder, saved(folder / "b.xlsx", table(to)), name="案件评查").out
    register = catalogue.load(folder)["review"]
    known = [*entries(folder / "tongbao.db", register).values()]
    data = report_of(register, known, places, parse_period("2026Q3"), printed_order(places.tree, UnitTable()))
    grades = next(one for one in data["spreads"] if one["heads"][0] == "好")
    assert (grades["heads"], grades["sums"]) == (["好", "差", "基本合格"], [0, 0, 1, 1])
    assert grades["rows"][0]["counts"] == [0, 0, 1, 1]


def test_an_own_file_changes_choices_adds_a_register_and_is_told_of_whole_where_wrong(tmp_path):
    (tmp_path / "registers.toml").write_text(
        '[register.review.fields.grade]\nchoices = ["好", "差"]\n[register.watch.picks.amount]\nlimits = { yuan = 100000000 }\n'
        '[register.excellent]\non = false\n', "utf-8"
    )  # fmt: skip
    found = catalogue.load(tmp_path)
    assert found["review"].fields["grade"].choices == ("好", "差") and found["review"].fields["grade"].head == "等次"
    assert found["watch"].picks["amount"].lacks == () and re.search(
        r"\b10000000000\b", str(found["watch"].picks["amount"].where)
    )
    assert "excellent" not in found
    (tmp_path / "registers.toml").write_text(
        '[register.review.fields.grade]\nchoices = ["好"]\n[[register.review.spreads]]\nname = "某表"\nfield = "grad"\nin = "grade"\n'
        '[register.watch.picks.group]\nwhere = "标签 = 1"\n[register.new]\nname = "新登记簿"\n', "utf-8"
    )  # fmt: skip
    with pytest.raises(ConfigError) as error:
        catalogue.load(tmp_path)
    for text in (
        "“grad”不是一栏的编号，是否为 grade",
        "“grade”应为日期栏",
        "没有“标签”这一列",
        "[register.new]：title",
    ):
        assert text in error.value.what
    with pytest.raises(ConfigError, match="没有登记簿"):
        catalogue.choose(found, "司法建意")
