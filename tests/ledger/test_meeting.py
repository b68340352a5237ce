"""会商会: who reports and why, a page for each line and court, what was decided, and the minutes."""

from __future__ import annotations

import json
import re

import pypdfium2
import pytest
from small_city import usual, write_cases

from reports.compose import edits
from reports.ledger.decisions import Decision, before

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
    assert [head for head in heads[first:] if head.startswith("附件")] == [f"附件{n}" for n in range(1, 12)]
    assert heads[first : first + 9] == [f"附件{n}" for n in range(1, 10)], "a line and eight courts, a page each"


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
    for step in ("sign", "issue"):
        done = tongbao("ledger", step, "2026Q2-minutes", "-w", minuted, "--by", "李院长")
        assert done.code == 0, done.err


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
