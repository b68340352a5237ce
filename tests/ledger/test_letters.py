"""审限提醒函: counts by department that a clerk can add up, every case in the annex, the law beside it, and no names."""

from __future__ import annotations

import io
import json

import pdfplumber
import pytest
from by_hand import write_csv
from small_city import CITY

DAY = "2026-10-01"


def case(number, filed, due="", dept="民一庭", **more):
    return {
        "案号": number, "经办法院": number[6:].split("民")[0].split("刑")[0].split("执")[0], "案由": "买卖*合同*|纠纷",
        "承办部门": dept, "立案日期": filed, "结案日期": "", "应结案日期": due, "当事人": "张三丰", "承办人": "李法官", **more,
    }  # fmt: skip


ROWS = [
    case("（2026）辽0102民初1号", "2026-03-31", "2026-09-30"),  # one day over
    case("（2026）辽0102民初2号", "2026-04-02"),  # six months: 2 October, one day left
    case("（2026）辽0102民初3号", "2026-04-01", "2026-10-01", dept="民二庭"),  # the very day
    case("（2026）辽0102刑初4号", "2026-08-01", "2026-10-16", dept="刑庭"),  # fifteen days
    case("（2026）辽0102民初5号", "2026-05-01", "2026-10-31", dept=""),  # thirty days
    case("（2026）辽0102民初6号", "2026-09-01"),  # nowhere near
    case("（2026）辽0103执7号", "2026-04-20", "2026-10-20"),
    case("（2026）辽01民终8号", "2026-07-05", "2026-10-05", dept="民一庭"),
    case("（2026）辽0104民初9号", "2026-08-03", "2027-02-03", 结案日期=DAY),  # the data reach this day
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    text = '[court]\ncode = "辽01"\n[source]\nfiles = ["cases.csv"]\n[letterhead]\noffice = "审判管理办公室"\n'
    (tmp_path / "tongbao.toml").write_text(text, "utf-8")
    write_csv(tmp_path / "cases.csv", ROWS)
    return tmp_path


def remind(tongbao, folder, *args):
    result = tongbao("pending", "remind", "-w", folder, "--to", folder / "函", "--as-of", DAY, *args)
    assert result.code == 0, result.err
    return result


def test_the_letter_to_one_court(folder, tongbao):
    remind(tongbao, folder, "--court", "辽0102", "--format", "md")
    text = (folder / "函/审限提醒-辽0102.md").read_text("utf-8")
    assert "主送: 天枢市第一区人民法院：" in text
    assert "已超审限的1件，审限临近届满的4件，涉及4个部门，特此提醒。" in text
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    heads = ["承办部门", "已超审限", "剩余5日以内", "剩余15日以内", "剩余30日以内", "剩余不足五分之一", "合计"]
    assert rows[0] == heads
    assert rows[2:7] == [
        ["未注明部门", "0", "0", "0", "1", "0", "1"],
        ["刑庭", "0", "0", "1", "0", "0", "1"],
        ["民一庭", "1", "1", "0", "0", "0", "2"],
        ["民二庭", "0", "1", "0", "0", "0", "1"],
        ["合计", "1", "2", "1", "1", "0", "5"],
    ]
    listed = {row[0]: row[3:] for row in rows if row[0].startswith("（2026）")}
    assert listed == {
        "（2026）辽0102民初1号": ["2026-03-31", "2026-09-30", "超过1天", "已超审限"],
        "（2026）辽0102民初2号": ["2026-04-02", "2026-10-02", "剩余1天", "剩余5日以内"],
        "（2026）辽0102民初3号": ["2026-04-01", "2026-10-01", "当日届满", "剩余5日以内"],
        "（2026）辽0102刑初4号": ["2026-08-01", "2026-10-16", "剩余15天", "剩余15日以内"],
        "（2026）辽0102民初5号": ["2026-05-01", "2026-10-31", "剩余30天", "剩余30日以内"],
    }
    assert "以系统所列日期为准" in text and "| 民事一审普通程序 | 6个月 | 民事诉讼法（2023年修正）第152条" in text
    assert "一个半月" in text and "执行" not in text.split("# 附件2")[1], "only the procedures of its own cases"
    assert "截至2026年10月1日，你院未结案件中" in text
    assert "张三丰" not in text and "李法官" not in text and "辽0103" not in text
    assert r"买卖\*合同\*\|纠纷" in text, "a cause is text, never Markdown"


def test_one_letter_a_court_in_code_order_and_as_pdf(folder, tongbao):
    remind(tongbao, folder, "--format", "pdf")
    names = sorted(path.name for path in (folder / "函").glob("*.pdf"))
    assert names == ["审限提醒-辽01.pdf", "审限提醒-辽0102.pdf", "审限提醒-辽0103.pdf"]
    path = folder / "函/审限提醒-辽0102.pdf"
    with pdfplumber.open(io.BytesIO(path.read_bytes())) as book:
        text = "".join("".join((page.extract_text() or "").split()) for page in book.pages)
    assert all(f"（2026）辽0102{number}号" in text for number in ("民初1", "民初2", "民初3", "刑初4", "民初5"))
    checked = json.loads(tongbao("layout-check", "--style", "信函", "--json", path).out)
    assert checked["passed"], [one for one in checked["clauses"] if one["verdict"] == "不符合"]
    before = path.read_bytes()
    remind(tongbao, folder, "--format", "pdf")
    assert path.read_bytes() == before


def test_the_issuer_writes_to_its_own_departments(folder, tongbao):
    remind(tongbao, folder, "--court", "辽01", "--format", "md")
    text = (folder / "函/审限提醒-辽01.md").read_text("utf-8")
    assert "主送: 本院各审判、执行部门：" in text and "本院未结案件中没有已超审限的，审限临近届满的1件" in text
    assert "你院" not in text and "已超审限的，逐案说明" not in text


def test_a_letter_speaks_of_the_day_that_the_data_reach(folder, tongbao):
    """A month later nothing is projected: what was closed since is not known."""
    done = tongbao("pending", "remind", "-w", folder, "--to", folder / "函", "--as-of", "2026-11-01", "--format", "md")
    assert done.code == 0, done.err
    text = (folder / "函/审限提醒-辽0102.md").read_text("utf-8")
    assert "截至2026年10月1日，你院未结案件中已超审限的1件，审限临近届满的4件" in text
    assert "| 超过1天 | 已超审限 |" in text and "成文日期: 2026年11月1日" in text


def test_data_that_are_too_old_give_no_letter(folder, tongbao):
    late = ("--to", folder / "函", "--as-of", "2026-11-02", "--format", "md")
    refused = tongbao("pending", "remind", "-w", folder, *late)
    assert refused.code == 2 and not (folder / "函").exists()
    assert "数据截至2026年10月1日，距2026年11月2日已有32天（[pending] stale 为31天）" in refused.err
    assert "--as-of 2026-10-01" in refused.err
    config = folder / "tongbao.toml"
    config.write_text(config.read_text("utf-8") + "[pending]\nstale = 32\n", "utf-8")
    assert tongbao("pending", "remind", "-w", folder, *late).code == 0


def test_a_letter_edited_by_hand_stays(folder, tongbao):
    remind(tongbao, folder, "--court", "辽0102", "--format", "md")
    path = folder / "函/审限提醒-辽0102.md"
    path.write_text(path.read_text("utf-8").replace("特此提醒", "现予提醒"), "utf-8")
    assert "有手工修改，没有覆盖" in remind(tongbao, folder, "--court", "辽0102", "--format", "md").err
    assert "现予提醒" in path.read_text("utf-8")


def test_nothing_to_remind_of_and_mistakes(folder, tongbao):
    write_csv(folder / "cases.csv", [ROWS[5], ROWS[-1]])
    assert "没有需要提醒的案件" in remind(tongbao, folder).out
    assert not (folder / "函").exists()
    wrong = tongbao("pending", "remind", "-w", folder, "--to", folder / "函", "--format", "doc")
    assert wrong.code == 2 and "不支持的输出格式“doc”" in wrong.err
    unknown = tongbao("pending", "remind", "-w", folder, "--to", folder / "函", "--court", "京01")
    assert unknown.code == 2 and "Traceback" not in unknown.err


SHELF = """
[[delivery]]
way = "folder"
folder = "共享"
since = 2026-10-01
formats = ["md"]
"""


@pytest.fixture
def sending(folder):
    """The same house with a shelf on which each court has a folder."""
    with (folder / "tongbao.toml").open("a", encoding="utf-8") as config:
        config.write(SHELF)
    (folder / "共享").mkdir()
    courts = ("辽01", "辽0102", "辽0103", "辽0104")
    (folder / "recipients.csv").write_text("单位,地址\n" + "".join(f"{code},{code}\n" for code in courts), "utf-8")
    return folder


def on_the_shelf(folder):
    return {path.parent.name: path.read_text("utf-8") for path in (folder / "共享").rglob("*.md")}


def run(tongbao, folder, *args, code=0):
    result = tongbao(*args, "-w", folder)
    assert result.code == code, result.err
    return result


def test_letters_are_entered_signed_issued_and_sent_each_to_its_court(sending, tongbao):
    """The day that they tell of is in their names; three letters, three courts, and nobody gets another's."""
    told = run(tongbao, sending, "pending", "remind", "--format", "md", "--by", "王五", "--as-of", "2026-10-02")
    stems = [f"2026-10-limit-{code}-20261001" for code in ("辽01", "辽0102", "辽0103")]
    assert sorted(told.out.split()) == [str(sending / f"out/2026-10/{stem}.md") for stem in stems]
    assert "3份已登记为草稿" in told.err
    listed = json.loads(run(tongbao, sending, "ledger", "bulletins", "--json").out)["bulletins"]
    assert [(one["stem"], one["kind"], one["state"], one["period"]) for one in listed] == [
        (stem, "limit", "草稿", "2026-10") for stem in stems
    ]
    run(tongbao, sending, "deliver")
    assert on_the_shelf(sending) == {}, "a draft leaves the house only where the office says so"
    signed = run(tongbao, sending, "ledger", "sign", *stems, "--by", "李院长", "--as-of", "2026-10-02").out
    assert signed.count("已审签") == 3 and stems[0] in signed
    refused = run(tongbao, sending, "ledger", "issue", *stems, "--by", "王五", "--number", "7", code=2).err
    assert "几份文件不能用一个号数" in refused
    run(tongbao, sending, "ledger", "issue", *stems, "--by", "王五", "--as-of", "2026-10-03", "--format", "md")
    run(tongbao, sending, "deliver")
    sent = on_the_shelf(sending)
    assert sorted(sent) == ["辽01", "辽0102", "辽0103"]
    assert "辽0102民初1号" in sent["辽0102"] and "辽0103" not in sent["辽0102"] and "辽0103执7号" in sent["辽0103"]
    run(tongbao, sending, "ledger", "verify")


def test_a_later_letter_stands_beside_the_issued_one(sending, tongbao):
    """Another week, another day in its name; the same data again change nothing that was signed."""
    by = ("--court", "辽0102", "--format", "md", "--as-of", "2026-10-02")
    run(tongbao, sending, "pending", "remind", *by)
    first = sending / "out/2026-10/2026-10-limit-辽0102-20261001.md"
    run(tongbao, sending, "ledger", "sign", first.stem, "--by", "李院长", "--as-of", "2026-10-02")
    before = first.read_bytes()
    again = run(tongbao, sending, "pending", "remind", *by).err
    assert "1份已经审签或印发，仍照原稿" in again and "登记为草稿" not in again
    write_csv(sending / "cases.csv", [*ROWS[1:-1], ROWS[-1] | {"结案日期": "2026-10-08"}])
    run(tongbao, sending, "pending", "remind", *by[:-1], "2026-10-09")
    second = first.with_name("2026-10-limit-辽0102-20261008.md")
    assert first.read_bytes() == before and "民初1号" not in second.read_text("utf-8")
    write_csv(sending / "cases.csv", [*ROWS[1:]])  # the day of the first again, one case fewer
    kept = run(tongbao, sending, "pending", "remind", *by).err
    assert "已经审签，没有改动" in kept and first.read_bytes() == before
    run(tongbao, sending, "ledger", "verify")


def test_letters_on_nodes_are_entered_too_and_are_no_kind_of_a_period(sending, tongbao):
    refused = run(tongbao, sending, "bulletin", "审限提醒函", "--period", "2026Q3", code=2).err
    assert "以数据截止之日为准" in refused and "tongbao pending remind" in refused
    (sending / "kinds.toml").write_text('[kind.weekly]\nname = "周提醒"\nfor = "near"\n', "utf-8")
    assert "用于且只用于审限提醒函" in run(tongbao, sending, "ledger", "bulletins", code=2).err
    (sending / "kinds.toml").unlink()
    write_csv(sending / "cases.csv", [ROWS[0] | {"收到上诉状日期": "2026-08-01", "结案日期": "2026-07-20"}, *ROWS[1:]])
    run(tongbao, sending, "pending", "node-letters", "--format", "md", "--as-of", "2026-10-02")
    listed = json.loads(run(tongbao, sending, "ledger", "bulletins", "--json").out)["bulletins"]
    assert [(one["stem"], one["kind"]) for one in listed] == [("2026-10-node-辽0102-20261001", "node")]


def test_nothing_is_left_of_letters_that_cannot_be_put_there(sending, tongbao):
    (sending / "out").write_text("a file in the place of the folder")
    run(tongbao, sending, "pending", "remind", "--format", "md", "--as-of", "2026-10-02", code=7)
    assert run(tongbao, sending, "ledger", "bulletins").out == ""
