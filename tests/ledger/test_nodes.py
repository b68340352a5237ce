"""流程节点: what is late or close, counted on the fingers; terms that nobody has set, columns that are not there."""

from __future__ import annotations

import json
from datetime import date

import pytest
from by_hand import write_csv
from small_city import CITY

from reports.compose import NODES
from reports.ledger.pending.nodes import told_of

DAY = "2026-10-12"  # a Monday, after the holidays of 1 to 7 October and the working Saturday of the 10th
COLUMNS = (
    "分案日期", "应诉送达日期", "排期日期", "开庭通知日期", "开庭日期", "宣判日期", "送达日期", "收到上诉状日期",
    "上诉移送日期", "归档日期",
)  # fmt: skip


def case(number, filed, **more):
    return {
        "案号": number, "经办法院": number[6:].split("民")[0].split("刑")[0].split("行")[0], "案由": "买卖*合同*|纠纷",
        "适用程序": "普通程序" if "刑" in number else "简易程序", "承办部门": "民一庭", "立案日期": filed, "结案日期": "",
        "应结案日期": "2027-12-31", "当事人": "张三丰", "承办人": "李法官", **dict.fromkeys(COLUMNS, ""), **more,
    }  # fmt: skip


ROWS = [
    case("（2026）辽0102民初1号", "2026-10-12"),  # 15th and 17th, a Saturday: the 19th; the data reach this day
    case("（2026）辽0102民初2号", "2026-10-08", 分案日期="2026-10-12"),  # assigned on the 5th day; serve by the 13th
    case("（2026）辽0102民初3号", "2026-09-29", 分案日期="2026-09-30"),  # 4 October rests, and so do all to the 7th
    case("（2026）辽0102民初4号", "2026-09-07", 分案日期="2026-09-08", 应诉送达日期="2026-09-12", 排期日期="2026-09-20",
         开庭日期="2026-10-15", 适用程序="普通程序"),  # notified by the 12th
    case("（2026）辽0102民初5号", "2026-06-01", 分案日期="2026-06-02", 应诉送达日期="2026-06-03", 宣判日期="2026-09-28",
         承办人="", 承办部门=""),  # deliver by 8 October, the first day of work after the tenth day
    case("（2026）辽0102民初6号", "2026-03-02", 结案日期="2026-09-01", 收到上诉状日期="2026-09-10"),  # 5 October → 8
    case("（2026）辽0102民初7号", "2026-03-02", 结案日期="2026-09-01", 收到上诉状日期="2026-09-10",
         上诉移送日期="2026-10-09"),  # sent
    case("（2026）辽0102刑初8号", "2026-09-02", 分案日期="2026-09-02", 开庭日期="2026-10-21", 开庭通知日期="2026-10-12",
         承办部门="刑庭"),  # the charge by the 11th
    case("（2026）辽0102民初12号", "2026-09-07", 分案日期="2026-09-08", 应诉送达日期="2026-09-12", 排期日期="2026-09-20",
         开庭日期="2026-10-15"),  # the same in a simple procedure, which that term does not bind
    case("（2026）辽0102民初9号", "2026-04-12", 分案日期="2026-04-13", 应诉送达日期="2026-04-14",
         应结案日期="2026-10-10"),  # the limit
    case("（2026）辽0103民初10号", "2026-10-08", 承办部门="民二庭"),  # assign by the 12th: the 11th is a Sunday
    case("（2026）辽01行终11号", "2026-09-01", 承办部门="行政庭"),  # assign by 4 September
]  # fmt: skip
WANTED = [
    ("辽01", "立案庭", "分案", "（2026）辽01行终11号", "2026-09-04", -38),
    ("辽0102", "立案庭", "分案", "（2026）辽0102民初1号", "2026-10-15", 3),
    ("辽0102", "立案庭", "应诉送达", "（2026）辽0102民初3号", "2026-10-08", -4),
    ("辽0102", "立案庭", "应诉送达", "（2026）辽0102民初2号", "2026-10-13", 1),
    ("辽0102", "刑庭", "起诉书送达", "（2026）辽0102刑初8号", "2026-10-11", -1),
    ("辽0102", "民一庭", "开庭通知", "（2026）辽0102民初4号", "2026-10-12", 0),
    ("辽0102", "民一庭", "结案", "（2026）辽0102民初9号", "2026-10-10", -2),
    ("辽0102", "民一庭", "上诉移送", "（2026）辽0102民初6号", "2026-10-08", -4),
    ("辽0102", "未填部门", "文书送达", "（2026）辽0102民初5号", "2026-10-08", -4),
    ("辽0103", "立案庭", "分案", "（2026）辽0103民初10号", "2026-10-12", 0),
    ("辽0103", "立案庭", "应诉送达", "（2026）辽0103民初10号", "2026-10-13", 1),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    text = '[court]\ncode = "辽01"\n[source]\nfiles = ["cases.csv"]\n[letterhead]\noffice = "审判管理办公室"\n'
    (tmp_path / "tongbao.toml").write_text(text, "utf-8")
    write_csv(tmp_path / "cases.csv", ROWS)
    return tmp_path


def listed(tongbao, folder, *args):
    result = tongbao("pending", "nodes", "-w", folder, "--as-of", "2026-10-20", "--json", *args)
    assert result.code == 0, result.err
    return json.loads(result.out)


def told(document):
    return [
        (one["court"], one["owner"], one["node"], one["number"], one["due"], one["left"]) for one in document["cases"]
    ]


def test_every_node_that_is_late_or_close_on_the_day_the_data_end(folder, tongbao):
    found = listed(tongbao, folder)
    assert found["as_of"] == DAY and found["within"] == 3
    assert told(found) == WANTED, "by court, department in the usual order and node"
    one = {"court": "辽0102", "owner": "立案庭", "node": "应诉送达", "late": 1, "close": 1, "longest": 4}
    assert one in found["counts"] and sum(one["late"] + one["close"] for one in found["counts"]) == len(WANTED)
    assert "judge" not in json.dumps(found) and "李法官" not in json.dumps(found, ensure_ascii=False)
    assert "张三丰" not in json.dumps(found, ensure_ascii=False)


def test_nothing_is_late_where_nobody_has_set_a_term_and_that_is_said(folder, tongbao):
    gaps = listed(tongbao, folder)["gaps"]
    assert [(one["node"], one["kind"]) for one in gaps] == [("排期", "term"), ("开庭", "term"), ("归档", "term")]
    (folder / "nodes.toml").write_text(
        '[node.schedule]\nworkdays = 10\nsource = "本院审判流程管理办法第3条"\n'
        '[node.archive]\nmonths = 1\nsource = "本院审判流程管理办法第9条"\n[node.hear]\non = false\n', "utf-8"
    )  # fmt: skip
    found = listed(tongbao, folder)
    assert found["gaps"] == []
    mine = [one[2:] for one in told(found) if one[2] in ("排期", "归档")]
    assert mine == [
        ("排期", "（2026）辽0102刑初8号", "2026-09-16", -26),
        ("排期", "（2026）辽0102民初9号", "2026-04-27", -168),
        ("归档", "（2026）辽0102民初6号", "2026-10-08", -4),
        ("归档", "（2026）辽0102民初7号", "2026-10-08", -4),
        ("排期", "（2026）辽0102民初5号", "2026-06-16", -118),
    ]


def test_a_missing_column_is_named_with_what_would_do(folder, tongbao):
    without = [{name: cell for name, cell in row.items() if name not in ("分案日期", "开庭日期")} for row in ROWS]
    write_csv(folder / "cases.csv", without)
    found = listed(tongbao, folder)
    assert not {"分案", "开庭通知"} & {one["node"] for one in found["cases"]}
    texts = {one["node"]: one["text"] for one in found["gaps"] if one["kind"] == "columns"}
    assert list(texts) == ["分案", "起诉书送达", "开庭通知", "开庭"]
    assert texts["分案"] == (
        "分案：数据中没有“分案日期”，未核对。请在导出的数据中加上；"
        '另有列名的，在 tongbao.toml 的 [source.columns] 中写 assigned = "你表中的列名"。'
    )


def test_a_date_that_cannot_be_read_is_neither_late_nor_done(folder, tongbao):
    rows = [row | ({"应诉送达日期": "十月八日左右"} if "民初3号" in row["案号"] else {}) for row in ROWS]
    write_csv(folder / "cases.csv", rows)
    found = listed(tongbao, folder)
    assert ("应诉送达", "（2026）辽0102民初3号") not in {(one["node"], one["number"]) for one in found["cases"]}
    assert ("应诉送达", "（2026）辽0102民初2号") in {(one["node"], one["number"]) for one in found["cases"]}
    (gap,) = [one for one in found["gaps"] if one["kind"] == "unread"]
    assert (gap["node"], gap["cases"]) == ("应诉送达", 1) and "1件的“应诉送达日期”无法识别" in gap["text"]


def test_an_own_file_that_is_wrong_is_told_of_whole(folder, tongbao):
    (folder / "nodes.toml").write_text(
        '[node.assign]\ndays = 5\n[node.serv]\ndays = 5\n[node.hear]\ndays = 5\nmonths = 1\nsource = "本院规定"\n'
        '[node.archive]\nto = "归挡日期"\n[node.deliver]\nwhere = "审级 = 1"\nsince = "2026年"\n', "utf-8"
    )  # fmt: skip
    result = tongbao("pending", "nodes", "-w", folder)
    assert result.code == 2 and not result.out
    assert "流程节点有 5 处错误" in result.err
    for text in (
        "[node.assign]：写了期限，必须写 source", "[node.serv]：是新节点", "是否为 serve",
        "[node.hear]：期限只能写一项，写了 days、months", "[node.archive]：to 的“归挡日期”不是标准列，是否为“归档日期”",
        "[node.deliver]：since 应为日期",
    ):  # fmt: skip
        assert text in result.err
    (folder / "nodes.toml").unlink()
    result = tongbao("pending", "nodes", "-w", folder, "--node", "送达")
    assert result.code == 2 and "没有流程节点“送达”" in result.err and "文书送达" in result.err


def test_a_list_of_what_is_to_be_sent_to_the_court_above(folder, tongbao):
    target = folder / "清单/移送.csv"
    result = tongbao("pending", "nodes", "-w", folder, "--node", "上诉移送", "--to", target, "--as-of", "2026-10-20")
    assert result.code == 0 and "截至2026-10-12：已超期1件次，3日内届满0件次。" in result.err
    head, row = target.read_text("utf-8-sig").splitlines()
    assert head == "法院代码,法院,责任部门,节点,案号,案由,承办部门,起算日期,应办日期,剩余或者超过天数,状态"
    assert row.split(",")[3:5] == ["上诉移送", "（2026）辽0102民初6号"] and row.endswith(
        "2026-09-10,2026-10-08,超过4天,已超期"
    )
    refused = tongbao("pending", "nodes", "-w", folder, "--to", folder / "清单/移送.docx")
    assert refused.code == 2 and [path.name for path in target.parent.iterdir()] == ["移送.csv"]


def inside(folder):
    """The same as the office of the court that most of the cases are of."""
    text = (folder / "tongbao.toml").read_text("utf-8").replace('"辽01"', '"辽0102"')
    (folder / "tongbao.toml").write_text(text + "[privacy]\njudges = true\n", "utf-8")


def test_who_handles_a_case_is_named_to_the_department_alone(folder, tongbao):
    inside(folder)
    assert "judge" not in listed(tongbao, folder)["cases"][0]
    mine = listed(tongbao, folder, "--court", "辽0102/民一庭")["cases"]
    assert {(one["node"], one["judge"]) for one in mine} == {
        (node, "李法官") for node in ("开庭通知", "结案", "上诉移送")
    }
    args = ("--as-of", "2026-10-20", "--format", "md")
    done = tongbao("pending", "node-list", "-w", folder, "--to", folder / "周清单", *args)
    assert done.code == 0, done.err
    texts = {path.stem.split("-")[-1]: path.read_text("utf-8") for path in (folder / "周清单").glob("*.md")}
    assert set(texts) == {"立案庭", "刑庭", "民一庭", "未填部门"}
    assert (
        "| 李法官 | 2 | 1 |" in texts["民一庭"] and "你部门流程节点已超期的2件次，7日内届满的1件次" in texts["民一庭"]
    )
    assert "| 未填承办人 | 1 | 0 |" in texts["未填部门"]
    assert "李法官" not in texts["立案庭"], "the cases are other departments'"
    assert "# 附件2：上诉移送案件清单" in texts["民一庭"] and "25日" in texts["民一庭"]
    assert all("张三丰" not in text for text in texts.values())


def letters(tongbao, folder, *args):
    return tongbao("pending", "node-letters", "-w", folder, "--to", folder / "函", "--format", "md", *args)


def test_a_letter_to_each_court(folder, tongbao):
    assert letters(tongbao, folder, "--as-of", "2026-10-20").code == 0
    texts = {path.stem.split("-")[-1]: path.read_text("utf-8") for path in (folder / "函").glob("*.md")}
    assert set(texts) == {"辽01", "辽0102", "辽0103"}
    assert "主送: 本院各审判、执行部门：" in texts["辽01"] and "主送: 天枢市第一区人民法院：" in texts["辽0102"]
    text = texts["辽0102"]
    assert "截至2026年10月12日，你院流程节点已超期的5件次，3日内届满的3件次，涉及4个部门" in text
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    assert rows[0] == ["责任部门", "节点", "已超期", "3日内届满", "超期最长天数"]
    assert rows[2:10] == [
        ["立案庭", "分案", "0", "1", "—"],
        ["立案庭", "应诉送达", "1", "1", "4"],
        ["刑庭", "起诉书送达", "1", "0", "1"],
        ["民一庭", "开庭通知", "0", "1", "—"],
        ["民一庭", "结案", "1", "0", "2"],
        ["民一庭", "上诉移送", "1", "0", "4"],
        ["未填部门", "文书送达", "1", "0", "4"],
        ["合计", "—", "5", "3", "—"],
    ]
    assert "未核对的节点：排期、开庭、归档。" in text and "法释〔2000〕29号第7条" in text
    assert r"买卖\*合同\*\|纠纷" in text, "a cause is text, never Markdown"
    assert "李法官" not in text and "张三丰" not in text and "辽0103" not in text


def test_a_list_on_its_finished_pages(folder, tongbao):
    inside(folder)
    args = ("--court", "辽0102/民一庭", "--as-of", "2026-10-20", "--format", "pdf")
    assert tongbao("pending", "node-list", "-w", folder, "--to", folder / "周清单", *args).code == 0
    (path,) = (folder / "周清单").glob("*.pdf")
    checked = json.loads(tongbao("layout-check", "--style", "简报", "--json", path).out)
    assert checked["passed"], [one for one in checked["clauses"] if one["verdict"] == "不符合"]


def test_old_data_and_an_engine_are_refused_with_the_reason(folder, tongbao):
    refused = letters(tongbao, folder, "--as-of", "2026-11-20")
    assert refused.code == 2 and "不能据以提醒" in refused.err and "--as-of 2026-10-12" in refused.err
    assert not (folder / "函").exists()
    text = '[court]\ncode = "辽01"\n[engine]\nkind = "postgresql"\nurl = "postgresql://nobody@localhost:1/x"\n'
    (folder / "tongbao.toml").write_text(text + 'relation = "t"\n', "utf-8")
    refused = tongbao("pending", "nodes", "-w", folder)
    assert refused.code == 2 and "案件留在数据库引擎中，只计数、不逐案查阅，不能核对流程节点。" in refused.err


def test_a_template_check_knows_what_the_letters_are_written_from():
    assert told_of([], [], [], court="", own=True, day=date(2026, 10, 12), within=3).keys() == {*NODES}


def test_a_hearing_is_known_from_the_day_on_which_it_was_fixed(folder, tongbao):
    def notices(day):
        result = tongbao(
            "pending", "nodes", "-w", folder, "--as-of", day, "--within", "60", "--node", "开庭通知", "--json"
        )
        return [one["number"] for one in json.loads(result.out)["cases"] if "民初" in one["number"]]

    assert notices("2026-09-19") == []
    assert notices("2026-09-21") == ["（2026）辽0102民初4号"]
