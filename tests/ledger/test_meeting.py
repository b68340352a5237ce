"""会商会: who reports and why, a page for each line and court, what was decided, and the minutes."""

from __future__ import annotations

import json
import re

import pypdfium2
import pytest
from small_city import usual, write_cases

from reports.compose import edits
from reports.ledger.decisions import Decision, before

pytestmark = pytest.mark.whole

LATE = ("辽0102", "辽0104")


def late(code, quarter):
    return 60 if code in LATE and quarter == "2026Q2" else usual(code, quarter)


@pytest.fixture
def met(city, tongbao):
    """After the second quarter's run, with a decision of the first quarter's meeting done and another not."""
    write_cases(city, "2026Q2", late)
    assert tongbao("run", "-q", "-w", city, "--period", "2026Q2", "--as-of", "2026-07-15").code == 0
    for text, owner in (("清理超审限案件", "民一庭"), ("核对2026年1月的结案登记", "审管办")):
        result = tongbao(
            "ledger", "decide", "-w", city, "--period", "2026Q1", "--text", text, "--owner", owner,
            "--deadline", "2026-06-30", "--by", "王五", "--as-of", "2026-04-20",
        )  # fmt: skip
        assert result.code == 0, result.err
    done = tongbao("ledger", "decided", "2026Q1-议01", "--done", "--note", "已逐案清理", "-w", city, "--by", "王五")
    assert (done.code, done.out) == (0, "2026Q1-议01 已落实\n"), done.err
    return city


def pack(tongbao, folder, *options):
    result = tongbao("pack", "-q", "-w", folder, "--period", "2026Q2", "--as-of", "2026-07-16", *options)
    assert result.code == 0, result.err
    return (folder / "out/2026Q2/2026Q2-pack.md").read_text("utf-8")


def test_who_reports_and_why(met, tongbao):
    text = pack(tongbao, met)
    rows = re.findall(r"^\| (\S+(?:部门|法院)) \| (.+) \|$", text.split("# 附件")[0], re.MULTILINE)
    assert [name for name, _ in rows] == ["民事审判业务部门", "天枢市第一区人民法院", "天枢市第三区人民法院"]
    bench, first, third = (why for _, why in rows)
    assert bench == "本条线总体：审限内结案率；本条线有关法院：审限内结案率（天枢市第一区法院、天枢市第三区法院）"
    assert first == third == "审限内结案率"  # its own name it knows


def test_a_page_for_each_line_and_court_and_what_was_decided_before(met, tongbao):
    text = pack(tongbao, met)
    titles = [title for title, _ in edits.attachments(text)]
    assert titles == [
        "民事条线有关情况",
        *(f"天枢市第{name}区人民法院有关情况" for name in "一二三四五六七八"),
        "民事审判业务部门点评单",
        "天枢市第一区人民法院点评单",
        "天枢市第三区人民法院点评单",
        "会商问答提纲",
        "上次会商会议定事项落实情况",
        "整改问题清单",
    ]
    page = dict(edits.attachments(text))
    # 60 late of 200
    assert "| 审限内结案率 | 70.00% |" in page["天枢市第一区人民法院有关情况"]
    assert "第二区" not in page["天枢市第一区人民法院有关情况"]
    before = page["上次会商会议定事项落实情况"]
    assert "| 2026Q1-议01 | 清理超审限案件 | 民一庭 | 2026年6月30日 | 已落实 | 已逐案清理 |" in before
    assert "| 2026Q1-议02 | 核对2026年1月的结案登记 | 审管办 | 2026年6月30日 | 办理中（逾期） | — |" in before
    assert "天枢市第一区法院审限内结案率 | 70.00% | 通报 | 2026年7月30日 |" in page["整改问题清单"]


def test_the_parts_are_pages_of_their_own_with_one_court_each(met, tongbao):
    pack(tongbao, met)
    out = met / "out/2026Q2"
    parts = sorted(path.name for path in out.glob("2026Q2-pack-*.md"))
    assert parts == [f"2026Q2-pack-{label}.md" for label in sorted(["民事", *(f"辽01{n:02d}" for n in range(2, 10))])]
    mine = (out / "2026Q2-pack-辽0102.md").read_text("utf-8")
    assert "标题: 天枢市第一区人民法院有关情况\n" in mine and "附件" not in mine
    assert not re.search("第[二三四五六七八]区", mine)


def test_each_page_of_a_court_is_one_page(met, tongbao):
    pack(tongbao, met)
    out = met / "out/2026Q2/2026Q2-pack"
    assert tongbao("render", f"{out}.md", "--to", "pdf").code == 0  # the pack alone, not its parts
    document = pypdfium2.PdfDocument(f"{out}.pdf")
    heads = [page.get_textpage().get_text_bounded().split()[0] for page in document]
    first = heads.index("附件1")
    assert [head for head in heads[first:] if head.startswith("附件")] == [f"附件{n}" for n in range(1, 16)]
    assert heads[first : first + 12] == [f"附件{n}" for n in range(1, 13)], "a line, eight courts, three sheets"


def attached(text, title):
    return dict(edits.attachments(text))[title]


def rows_of(text, first):
    """The rows of the table whose first head is ``first``, without heads."""
    table = re.search(rf"^\| {first} \|[^\n]*\n\|[-:|]+\n((?:\|[^\n]*\n)+)", text, re.M)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table[1].splitlines()] if table else []


INTERVAL = """
[[interval]]
indicator = "within_limit"
since = 2020-01-01
low = 96
source = "演示用区间"
"""


def with_interval(folder):
    config = folder / "tongbao.toml"
    config.write_text(config.read_text("utf-8") + INTERVAL, "utf-8")


def test_who_stands_outside_an_interval_reports_too_and_of_few_cases_explains_in_writing(city, tongbao):
    own = [
        {
            "案号": f"（2026）辽01刑初{n}号", "经办法院": "辽01", "案由": "盗窃罪", "承办部门": "刑一庭", "立案日期": "2026-04-10",
            "结案日期": "2026-05-10", "结案方式": "判决", "应结案日期": "2026-05-01" if n == 1 else "2026-07-10",
        }
        for n in range(1, 6)
    ]  # fmt: skip
    write_cases(city, "2026Q2", late, pending=own)
    with_interval(city)
    text = pack(tongbao, city).split("# 附件")[0]
    told = dict(re.findall(r"^\| (\S+(?:部门|法院)) \| (.+) \|$", text, re.MULTILINE))
    # 200 concluded in each court: more than 8 of them late are below 96%
    names = dict(zip([f"辽01{n:02d}" for n in range(2, 10)], "一二三四五六七八", strict=True))
    below = [code for code in names if late(code, "2026Q2") > 8]
    assert set(LATE) < set(below) < set(names), "some by a finding, some by the interval alone, some not at all"
    assert [name for name in told if "区" in name] == [f"天枢市第{names[code]}区人民法院" for code in below]
    for code in below:
        alone = code not in LATE
        assert told[f"天枢市第{names[code]}区人民法院"] == "审限内结案率" + ("劣于区间" if alone else "")
    assert told["民事审判业务部门"].startswith("本条线总体：审限内结案率")
    # 4 of 5 of its own are too few to say more
    assert "刑事审判业务部门" not in told
    assert "指标劣于区间、但所涉案件较少的，结合个案书面说明：刑事审判业务部门（审限内结案率）。" in text


def test_a_sheet_says_three_facts_asks_two_questions_and_leaves_room(met, tongbao):
    with_interval(met)
    text = pack(tongbao, met)
    compared = json.loads(
        tongbao("compare", "-w", met, "--period", "2026Q2", "--as-of", "2026-07-16", "--court", "辽0102", "--json").out
    )["comparisons"]
    cells = {one["indicator"]: one for one in compared if one["line"] == "全部"}
    sheet = attached(text, "天枢市第一区人民法院点评单")
    rows = rows_of(sheet, "项目")
    assert [name for name, _ in rows] == ["事实一", "事实二", "事实三", "问题一", "问题二"]
    said = dict(rows)
    assert "审限内结案率为70.00%（200件中140件）" in said["事实一"] and "140" in str(cells["within_limit"]["now"])
    assert said["事实三"] == "新收104件，环比、同比均下降47.21%。", "of nothing left pending nothing is said"
    assert "整改事项逾期" not in sheet, "the items of this quarter are not due yet"
    assert said["问题一"] == "超过审限的案件分别卡在送达、鉴定、合议还是其他环节，哪些可以提前预警？"
    assert "点评记录：" in sheet and len(re.findall("^＿+$", sheet, re.M)) >= 3
    assert not re.search("第[二三四五六七八]区|排名|批评|责令", sheet)
    bench = dict(rows_of(attached(text, "民事审判业务部门点评单"), "项目"))
    assert bench["上次议定"] == "2026Q1-议01　清理超审限案件（民一庭，2026年6月30日前，已落实）"
    assert "审管办" not in str(bench), "what another answers for is not asked of it"


def test_what_all_courts_were_asked_is_asked_of_each_and_other_departments_are_not(met, tongbao):
    for text, owner in (
        ("逐案评查改判案件", "各基层人民法院"),
        ("核对执行案款", "执行局"),
        ("开展人民法庭走访", "第一人民法庭"),
    ):
        words = ("--period", "2026Q1", "--text", text, "--owner", owner, "--deadline", "2026-07-01")
        assert tongbao("ledger", "decide", "-w", met, *words, "--by", "王五", "--as-of", "2026-04-20").code == 0
    text = pack(tongbao, met)
    court, bench = (attached(text, f"{name}点评单") for name in ("天枢市第一区人民法院", "民事审判业务部门"))
    assert "2026Q1-议03　逐案评查改判案件（各基层人民法院，2026年7月1日前，办理中，已过时限）" in court
    assert "议03" not in bench and not re.search("议0[45]", court + bench)
    assert "上次议定、尚未落实的事项办到哪一步" in court


def test_the_answers_are_the_numbers_and_their_command_lists_as_many_cases(met, tongbao):
    with_interval(met)
    text = attached(pack(tongbao, met), "会商问答提纲")
    rows = {question: (answer, source) for question, answer, source in rows_of(text, "可能问到的")}
    answer, source = rows["审限内结案率怎么算，现在怎样？"]
    late_ones = sum(late(f"辽01{n:02d}", "2026Q2") for n in range(2, 10))
    assert (
        f"（1600件中{1600 - late_ones}件）" in answer
        and "劣于区间（不低于96%）" in answer
        and "区间依据：演示用区间。" in source
    )
    command = re.search("案件：tongbao (.+)$", source)[1].split()
    listed = tongbao(*command, "-w", met, "--as-of", "2026-07-16", "-q")
    assert listed.code == 0 and len(listed.out.splitlines()) - 1 == 1600 - late_ones
    assert rows["上次会商会议定的事项落实得怎样？"][0] == "需要报告的2项，已落实1项，已过时限、还没有落实1项。"
    assert "不作排名" not in rows["为什么不给各法院排名？"][0] and "代码顺序" in rows["为什么不给各法院排名？"][0]


def test_the_oldest_cases_are_listed_with_what_the_ledger_has_of_them(city, tongbao):
    filed = {"辽0102": ["2023-02-01", "2025-03-01"], "辽0105": ["2024-06-01"], "辽0106": ["2026-03-01"]}
    old = [
        {
            "案号": f"（{day[:4]}）{code}民初9{n}号",
            "经办法院": code,
            "案由": "离婚纠纷",
            "承办部门": "民一庭",
            "立案日期": day,
        }
        for code, days in filed.items()
        for n, day in enumerate(days)
    ]
    write_cases(city, "2026Q2", usual, pending=old)
    text = attached(pack(tongbao, city), "长期未结案件情况")
    assert "期末立案超过12个月仍未结案的3件，按所超的最高一档计，超12个月的1件、超2年的1件、超3年的1件。" in text
    assert rows_of(text, "法院") == [
        ["天枢市第一区法院", "2", "2", "1"], ["天枢市第四区法院", "1", "1", "1"], ["合计", "3", "3", "2"],
    ]  # fmt: skip
    assert rows_of(text, "案号") == [
        ["（2023）辽0102民初90号", "天枢市第一区法院", "离婚纠纷", "2023-02-01", "超3年"],
        ["（2024）辽0105民初90号", "天枢市第四区法院", "离婚纠纷", "2024-06-01", "超2年"],
        ["（2025）辽0102民初91号", "天枢市第一区法院", "离婚纠纷", "2025-03-01", "超12个月"],
    ]


def test_what_was_carried_out_is_told_as_achieved_and_nothing_else(met, tongbao):
    achieved = pack(tongbao, met).split("## 三、工作成效")[1].split("## 四、汇报事项")[0]
    assert achieved.strip() == "上次会商会以来，议定事项已落实1项，为2026Q1-议01。"


def test_a_court_asks_its_own_questions_and_wrong_ones_are_named(met, tongbao):
    own = met / "questions.toml"
    own.write_text('[question.mine]\nindicators = ["within_limit"]\ntext = "鉴定超期的有几件？"\n', "utf-8")
    said = dict(rows_of(attached(pack(tongbao, met), "天枢市第一区人民法院点评单"), "项目"))
    assert said["问题一"] == "鉴定超期的有几件？"
    own.write_text(
        '[question.mine]\nindicators = ["within_limt"]\ntext = "鉴定超期的有几件？"\nwhen = "now"\n', "utf-8"
    )
    refused = tongbao("pack", "-q", "-w", met, "--period", "2026Q2", "--as-of", "2026-07-16")
    assert refused.code == 2 and "questions.toml [question.mine]：when 缺少、多余或写法有误" in refused.err
    own.write_text('[question.mine]\nindicators = ["within_limt"]\ntext = "鉴定超期的有几件？"\n', "utf-8")
    refused = tongbao("pack", "-q", "-w", met, "--period", "2026Q2", "--as-of", "2026-07-16")
    assert refused.code == 2 and "没有指标 within_limt，是否为 within_limit" in refused.err


def test_minutes_need_decisions_and_list_them(met, tongbao):
    words = ("bulletin", "minutes", "-q", "-w", met, "--period", "2026Q2", "--as-of", "2026-07-20")
    refused = tongbao(*words)
    assert refused.code == 2 and "还没有登记议定事项，不能起草纪要" in refused.err
    given = ("--text", "开展审限管理专项检查", "--owner", "审管办", "--deadline", "2026-09-30", "--by", "王五")
    made = tongbao("ledger", "decide", "-w", met, "--period", "2026Q2", *given, "--as-of", "2026-07-18")
    assert made.out == "2026Q2-议01\n"
    assert tongbao(*words).code == 0
    text = (met / "out/2026Q2/2026Q2-minutes.md").read_text("utf-8")
    assert "版式: 纪要\n" in text
    assert "（一）开展审限管理专项检查。由审管办负责，2026年9月30日前完成。" in text
    assert "至本次会议仍需报告的事项2项，已落实1项。" in text


AT = ("--period", "2026Q2", "--by", "王五", "--as-of", "2026-07-18")
MINUTES = ("bulletin", "minutes", "-q", "--period", "2026Q2", "--as-of", "2026-07-20", "--format", "md,docx,pdf")
HELD = ("--time", "2026年7月17日上午", "--place", "第一会议室", "--chair", "李某院长", "--present", "张某、王某")


@pytest.fixture
def minuted(met, tongbao):
    """A decision of the meeting is entered, and minutes are drafted from it."""
    given = ("--text", "开展审限管理专项检查", "--owner", "审管办", "--deadline", "2026-09-30")
    assert tongbao("ledger", "decide", "-w", met, *given, *AT).code == 0
    assert tongbao(*MINUTES, "-w", met).code == 0
    return met


def test_what_only_the_clerk_knows_is_blank_until_entered_and_never_signed_or_issued(minuted, tongbao):
    path = minuted / "out/2026Q2/2026Q2-minutes.md"
    blanks = ["会议时间", "主持人", "会议地点", "汇报的单位和人员", "出席人员"]
    assert re.findall("〔待填：(.+?)〕", path.read_text("utf-8")) == blanks
    told = f"还有5项待填：{'、'.join(blanks)}。"
    for step in (("sign",), ("issued", "--on", "2026-07-20")):
        refused = tongbao("ledger", *step, "2026Q2-minutes", "-w", minuted, "--by", "李院长")
        assert refused.code == 2 and told in refused.err, refused.err
        assert "tongbao ledger meeting --period 2026Q2 登记后重新生成" in refused.err
    assert not list(minuted.glob("out/2026Q2/*/2026Q2-minutes")), "nothing is kept or issued"
    first = tongbao("ledger", "meeting", "-w", minuted, *AT, *HELD)
    assert first.code == 0 and "会商会还没有登记：汇报的单位和人员。" in first.err
    assert tongbao(*MINUTES, "-w", minuted).code == 0
    assert (
        "还有1项待填：汇报的单位和人员。"
        in tongbao("ledger", "sign", "2026Q2-minutes", "-w", minuted, "--by", "甲").err
    )
    # A clerk may also fill it in by hand: nothing else asks for it then.
    text = path.read_text("utf-8")
    assert "2026年7月17日上午，李某院长在第一会议室主持召开2026年第二季度" in text and "\n出席：张某、王某\n" in text
    path.write_text(text.replace("〔待填：汇报的单位和人员〕", "民一庭赵某"), "utf-8")
    assert tongbao("render", path, "--to", "pdf,docx").code == 0
    for step, told in (("sign", "已审签，不随这次登记改动；须改的，退回草稿"), ("issue", "已印发，不随这次登记改动")):
        done = tongbao("ledger", step, "2026Q2-minutes", "-w", minuted, "--by", "李院长")
        assert done.code == 0, done.err
        assert told in tongbao("ledger", "meeting", "-w", minuted, *AT, *HELD, "--absent", step).err


def test_only_what_was_decided_is_looked_back_on(minuted, tongbao):
    """What was asked and held at the meeting stands in its minutes, and in no list of what is to be done."""
    raised = ("--raised", "第三区法院鉴定周期为何偏长", "--raised", "建议增加速裁团队", "--reported", "无")
    assert tongbao("ledger", "meeting", "-w", minuted, *AT, *HELD, *raised).code == 0
    assert tongbao(*MINUTES, "-w", minuted).code == 0
    text = (minuted / "out/2026Q2/2026Q2-minutes.md").read_text("utf-8")
    assert "（一）第三区法院鉴定周期为何偏长。\n\n（二）建议增加速裁团队。" in text
    assert "## 三、会议议定的事项" in text and "的汇报" not in text, "nobody reported"
    for step in ("sign", "issue"):
        assert tongbao("ledger", step, "2026Q2-minutes", "-w", minuted, "--by", "李院长").code == 0
    decided = json.loads(tongbao("ledger", "decisions", "-w", minuted, "--json").out)["decisions"]
    assert [one["text"] for one in decided if one["period"] == "2026Q2"] == ["开展审限管理专项检查"]
    items = tongbao("ledger", "list", "-w", minuted, "--json").out
    assert "鉴定周期" not in items and "速裁团队" not in items
    write_cases(minuted, "2026Q3", late)
    later = ("--period", "2026Q3", "--as-of", "2026-10-16", "-q", "-w", minuted, "--format", "md")
    assert tongbao("pack", *later).code == 0
    pages = dict(edits.attachments((minuted / "out/2026Q3/2026Q3-pack.md").read_text("utf-8")))
    back = pages["上次会商会议定事项落实情况"]
    assert "开展审限管理专项检查" in back and "鉴定周期" not in back and "速裁团队" not in back
    assert tongbao("ledger", "verify", "-w", minuted).code == 0


def test_what_is_entered_of_a_meeting_is_told_and_put_right(met, tongbao):
    empty = tongbao("ledger", "meeting", "-w", met, "--period", "2026Q2")
    assert (empty.code, empty.out) == (
        0,
        "",
    ) and "还没有登记：会议时间、会议地点、主持人、出席人员、汇报的单位和人员。" in empty.err
    assert tongbao("ledger", "meeting", "-w", met, *AT, *HELD).code == 0
    events = json.loads(tongbao("ledger", "verify", "-w", met, "--json").out)["events"]
    assert tongbao("ledger", "meeting", "-w", met, *AT, "--chair", "李某院长").code == 0
    assert json.loads(tongbao("ledger", "verify", "-w", met, "--json").out)["events"] == events, (
        "the same enters nothing"
    )
    assert tongbao("ledger", "meeting", "-w", met, *AT, "--chair", "赵某副院长").code == 0
    known = json.loads(tongbao("ledger", "meeting", "-w", met, "--period", "2026Q2", "--json").out)
    assert (known["meeting"]["chair"], known["meeting"]["place"]) == ("赵某副院长", "第一会议室")
    assert known["lacking"] == ["汇报的单位和人员"]


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (("--chair", "李某"), "没有写办理人"),
        (("--chair", " ", "--by", "甲"), "没有写主持人"),
        (("--present", "张某110101199003077758", "--by", "甲"), "出席人员中有身份证件号码"),
        (("--raised", "长" * 501, "--by", "甲"), "会议提出的问题和意见超过500字"),
    ],
)
def test_a_bad_entry_of_a_meeting_is_refused(met, tongbao, given, what):
    result = tongbao("ledger", "meeting", "-w", met, "--period", "2026Q2", *given)
    assert result.code == 2 and what in result.err, result.err
    assert tongbao("ledger", "meeting", "-w", met, "--period", "2026Q2").out == ""


def test_decisions_are_listed_and_verified(met, tongbao):
    found = json.loads(tongbao("ledger", "decisions", "-w", met, "--json", "--as-of", "2026-07-16").out)["decisions"]
    assert [(one["number"], one["state"], one["overdue"]) for one in found] == [
        ("2026Q1-议01", "已落实", False), ("2026Q1-议02", "办理中", True),
    ]  # fmt: skip
    assert tongbao("ledger", "decisions", "-w", met, "--open").out.startswith("2026Q1-议02\t办理中")
    assert tongbao("ledger", "verify", "-w", met).code == 0


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"--deadline": "2026-04-01"}, "完成时限2026-04-01已经过去。"),
        ({"--deadline": "六月底"}, "日期“六月底”无法识别。"),
        ({"--owner": " "}, "没有写责任单位。"),
        ({"--text": "清理超审限案件", "--owner": "民一庭"}, "这一议定事项已经登记。"),
        ({"--text": "张某某110101199003077758"}, "议定事项中有身份证件号码。"),
        ({"--text": "加强管理，提高认识"}, "“议定事项”写的是“加强管理，提高认识”，没有具体内容。"),
        ({"--owner": "各有关部门"}, "“责任单位”写的是“各有关部门”，没有具体内容。"),
        ({"--text": "长" * 501}, "议定事项超过500字。"),
    ],
)
def test_a_bad_decision_is_refused(met, tongbao, changed, what):
    given = {"--text": "核对数据", "--owner": "审管办", "--deadline": "2026-06-30"} | changed
    words = [word for pair in given.items() for word in pair]
    result = tongbao("ledger", "decide", "-w", met, "--period", "2026Q1", *words, "--by", "甲", "--as-of", "2026-04-20")
    assert result.code == 2 and what in result.err, result.err


def test_a_decision_that_is_done_takes_no_more(met, tongbao):
    words = ("-w", met, "--by", "甲", "--note", "又")
    assert "已经落实" in tongbao("ledger", "decided", "2026Q1-议01", *words).err
    assert "没有议定事项“2026Q1-议09”" in tongbao("ledger", "decided", "2026Q1-议09", *words).err


def test_a_decision_done_since_the_last_meeting_is_told_once_more():
    def one(number, period, decided, *notes):
        state = "已落实" if notes else "办理中"
        return Decision(number, period, "事项", "审管办", "2026-12-31", decided, state, notes)

    found = {
        "old": one("old", "2025Q4", "2026-01-20", ("2026-02-01", "已办结")),
        "late": one("late", "2025Q4", "2026-01-20", ("2026-05-01", "已办结")),
        "last": one("last", "2026Q1", "2026-04-20", ("2026-04-30", "已办结")),
        "open": one("open", "2025Q4", "2026-01-20"),
        "this": one("this", "2026Q2", "2026-07-20"),
    }
    assert [each.number for each in before(found, "2026Q2")] == ["late", "last", "open"]
