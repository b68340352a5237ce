"""发文登记: what is signed and issued, under which number, and how an issued mistake is put right."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3

import docx
import pypdfium2
import pytest
from small_city import usual, write_cases

from reports.compose import edits
from reports.courts.periods import parse_period
from reports.errors import ConfigError
from reports.escaping import plain
from reports.ledger import printed_then
from reports.pipeline.agreement import refuse_other_words
from reports.pipeline.bulletins import assets_beside
from reports.pipeline.job import TEMPLATES
from reports.render import render
from reports.render.verify import words_of_pdf

pytestmark = pytest.mark.whole

STEM = "2026Q1-general"
TITLE = "关于2026年第一季度全市法院审判执行质效情况的通报"


def of(number):
    """Late conclusions of every court and quarter, but ``number`` of the first court in the first quarter of 2026."""
    return lambda code, quarter: number if (code, quarter) == ("辽0102", "2026Q1") else usual(code, quarter)


def run(tongbao, folder, number, day="2026-04-15"):
    write_cases(folder, "2026Q1", of(number))
    result = tongbao("run", "-w", folder, "--period", "2026Q1", "--as-of", day)
    assert result.code == 0, result.err
    return result


def ledger(tongbao, folder, *args, code=0):
    result = tongbao("ledger", *args, "-w", folder)
    assert result.code == code, result.err
    return result


def register(tongbao, folder):
    found = json.loads(ledger(tongbao, folder, "bulletins", "--json").out)
    return {one["stem"]: one for one in found["bulletins"]}, found["numbers_between"]


@pytest.fixture
def drafted(city, tongbao):
    run(tongbao, city, 8)
    return city


@pytest.fixture
def issued(drafted, tongbao):
    ledger(tongbao, drafted, "sign", STEM, "--by", "李院长", "--as-of", "2026-04-16")
    ledger(tongbao, drafted, "issue", STEM, "--by", "王五", "--as-of", "2026-04-17")
    return drafted


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_run_enters_its_bulletin_as_a_draft_and_freezes_the_data(drafted, tongbao):
    found, _ = register(tongbao, drafted)
    one = found[STEM]
    assert (one["title"], one["state"], one["number"]) == (TITLE, "草稿", "")
    text = (drafted / f"out/2026Q1/{STEM}.md").read_bytes()
    assert one["text"] == hashlib.sha256(text).hexdigest()
    assert "文号: 天中法〔2026〕号" in text.decode(), "a draft has no number yet"
    with sqlite3.connect(drafted / "tongbao.db") as db:
        [(data,)] = db.execute("SELECT data FROM journal WHERE subject = '数据：2026Q1'").fetchall()
    frozen = json.loads(data)
    assert frozen["files"]["cases.csv"] == hashlib.sha256((drafted / "cases.csv").read_bytes()).hexdigest()
    checked = json.loads(tongbao("check", "-w", drafted, "--period", "2026Q1", "--json").out)
    assert frozen["rows_in"] == checked["rows_in"] == 8 * 11 * 200
    assert frozen["rows_used"] == checked["rows_used"]
    assert one["data"] == frozen["hash"]


def test_the_same_run_again_enters_nothing(drafted, anew, tongbao):
    events = json.loads(ledger(tongbao, drafted, "verify", "--json").out)["events"]
    run(tongbao, drafted, 8, "2026-04-15")
    assert json.loads(ledger(tongbao, drafted, "verify", "--json").out)["events"] == events


def test_issuing_gives_the_number_and_the_days(issued, tongbao):
    text = (issued / f"out/2026Q1/印发/{STEM}/{STEM}.md").read_text("utf-8")
    assert "文号: 天中法〔2026〕1号\n" in text
    assert "成文日期: 2026年4月16日\n" in text, "the day on which it was signed"
    assert "印发日期: 2026年4月17日\n" in text
    one = register(tongbao, issued)[0][STEM]
    assert (one["state"], one["number"]) == ("印发", "天中法〔2026〕1号")
    assert (one["signed_by"], one["issued_by"], one["issued_at"]) == ("李院长", "王五", "2026-04-17")
    draft = (issued / f"out/2026Q1/{STEM}.md").read_text("utf-8")
    assert draft.split("---", 2)[2] == text.split("---", 2)[2], "word for word what was signed"
    assert (issued / f"out/2026Q1/印发/{STEM}/{STEM}.md").stat().st_mode & 0o222 == 0


def test_what_is_not_signed_is_not_issued(drafted, tongbao):
    result = ledger(tongbao, drafted, "issue", STEM, "--by", "王五", code=2)
    assert f"《{TITLE}》现为“草稿”，不能印发。" in result.err and "ledger sign" in result.err
    assert not (drafted / "out/2026Q1/印发").exists()


def test_a_text_changed_after_signing_is_not_issued(drafted, tongbao):
    ledger(tongbao, drafted, "sign", STEM, "--by", "李院长")
    path = drafted / f"out/2026Q1/{STEM}.md"
    path.write_text(path.read_text("utf-8").replace("不作排名", "仅供参考"), "utf-8")
    result = ledger(tongbao, drafted, "issue", STEM, "--by", "王五", code=2)
    assert "审签后又有改动，不能印发。" in result.err
    ledger(tongbao, drafted, "sign", STEM, "--by", "李院长")
    ledger(tongbao, drafted, "issue", STEM, "--by", "王五")
    assert "仅供参考" in (drafted / f"out/2026Q1/印发/{STEM}/{STEM}.md").read_text("utf-8")


def test_numbers_follow_one_another_and_none_is_given_twice(issued, tongbao):
    def send(court, *options, code=0):
        made = tongbao("bulletin", "court", "--court", court, "-w", issued, "--period", "2026Q1", "-q")
        assert made.code == 0, made.err
        ledger(tongbao, issued, "sign", f"2026Q1-court-{court}", "--by", "李院长")
        return ledger(tongbao, issued, "issue", f"2026Q1-court-{court}", "--by", "王五", *options, code=code)

    assert "已印发：天中法〔2026〕2号" in send("辽0102").out
    assert f"天中法〔2026〕1号已经用于《{TITLE}》。" in send("辽0103", "--number", "1", code=2).err
    assert "已印发：天中法〔2026〕6号" in send("辽0103", "--number", "6").out
    assert "已印发：天中法〔2026〕7号" in send("辽0104").out
    found, between = register(tongbao, issued)
    assert between == {"天中法〔2026〕": [3, 4, 5]}, "numbers of other documents of the office"
    assert "天中法〔2026〕中没有登记的号：3、4、5。" in ledger(tongbao, issued, "bulletins").err
    numbers = [one["number"] for one in found.values() if one["number"]]
    assert len(numbers) == len(set(numbers)) == 4


def test_another_year_begins_with_one(issued, tongbao):
    config = issued / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace("{year}", "2027"), "utf-8")
    assert tongbao("bulletin", "court", "--court", "辽0102", "-w", issued, "--period", "2026Q1", "-q").code == 0
    ledger(tongbao, issued, "sign", "2026Q1-court-辽0102", "--by", "李院长")
    assert "天中法〔2027〕1号" in ledger(tongbao, issued, "issue", "2026Q1-court-辽0102", "--by", "王五").out


def test_a_number_written_into_the_configuration_is_refused(drafted, tongbao):
    config = drafted / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace("〔{year}〕号", "〔{year}〕5号"), "utf-8")
    result = tongbao("run", "-w", drafted, "--period", "2026Q1")
    assert result.code == 2
    assert "[letterhead] number：应写成“某高法〔{year}〕号”，顺序号留空" in result.err


def test_issuing_that_fails_uses_no_number(drafted, tongbao):
    ledger(tongbao, drafted, "sign", STEM, "--by", "李院长")
    (drafted / "out/2026Q1/印发").write_text("a file where the folder should be")
    assert "无法写入" in ledger(tongbao, drafted, "issue", STEM, "--by", "王五", code=7).err
    assert register(tongbao, drafted)[0][STEM]["state"] == "审签"
    (drafted / "out/2026Q1/印发").unlink()
    assert "天中法〔2026〕1号" in ledger(tongbao, drafted, "issue", STEM, "--by", "王五").out


@pytest.mark.parametrize("steps", [("sign",), ("sign", "issue")])
def test_a_re_run_changes_nothing_that_was_signed_or_issued(drafted, tongbao, steps):
    for step in steps:
        ledger(tongbao, drafted, step, STEM, "--by", "李院长")
    out = drafted / "out/2026Q1"
    before, draft = files(out / "印发"), (out / f"{STEM}.md").read_bytes()
    period = parse_period("2026Q1")
    printed = printed_then(drafted / "tongbao.db", period)
    again = run(tongbao, drafted, 8)
    assert again.err == "" and not (out / "新稿").exists(), "the same data say the same"
    again = run(tongbao, drafted, 20)
    assert f"《{TITLE}》已经{'印发' if 'issue' in steps else '审签'}，没有改动；现在的数据与之不同" in again.err
    assert (files(out / "印发"), (out / f"{STEM}.md").read_bytes()) == (before, draft)
    assert (
        "90.00%（180/200）" in (out / f"新稿/{STEM}-变化.md").read_text("utf-8") or (out / f"新稿/{STEM}.md").exists()
    )
    now = printed_then(drafted / "tongbao.db", period)
    assert now == printed, "what was signed is what is printed"


def test_a_text_that_is_sent_back_is_a_draft_again(drafted, tongbao):
    ledger(tongbao, drafted, "sign", STEM, "--by", "李院长")
    ledger(tongbao, drafted, "return", STEM, "--by", "李院长", "--note", "第二部分再核")
    run(tongbao, drafted, 20)
    one = register(tongbao, drafted)[0][STEM]
    assert (one["state"], one["note"], one["signed_by"]) == ("草稿", "第二部分再核", "")
    assert one["text"] == hashlib.sha256((drafted / f"out/2026Q1/{STEM}.md").read_bytes()).hexdigest()


def test_an_issued_mistake_is_corrected_by_another_bulletin(issued, tongbao):
    write_cases(issued, "2026Q1", of(10))
    given = ("--by", "王五", "--reason", "第一区法院补报结案日期。", "--as-of", "2026-04-20")
    ledger(tongbao, issued, "correct", STEM, *given)
    text = (issued / "out/2026Q1/2026Q1-correction-general.md").read_text("utf-8")
    assert f"标题: 关于更正《{TITLE}》有关内容的通报" in text
    assert f"2026年4月17日印发的《{TITLE}》（天中法〔2026〕1号，以下简称《通报》），因第一区法院补报结案日期，" in text
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert rows[0] == ["| 位置", "原印", "更正为", "原因 |"]
    assert [row[3] for row in rows[1:]] == ["第一区法院补报结案日期 |", *["同上 |"] * (len(rows) - 2)]
    # 8 courts of 200: two more late of 1600; of the court itself 8 and 10 of 200.
    late = sum(of(8)(f"辽01{n:02d}", "2026Q1") for n in range(2, 10))
    was, now = (f"{(1600 - one) / 16:.2f}" for one in (late, late + 2))
    assert re.search(rf"\| 表2，审限内结案率 \| 本期{was}%\S* \| 本期{now}%", text)
    assert "第一区法院 | 审限内结案率96.00% | 审限内结案率95.00% |" in text
    assert "第二区法院" not in text, "what is right is not corrected"

    ledger(tongbao, issued, "sign", "2026Q1-correction-general", "--by", "李院长")
    ledger(tongbao, issued, "issue", "2026Q1-correction-general", "--by", "王五")
    found, _ = register(tongbao, issued)
    assert found["2026Q1-correction-general"]["number"] == "天中法〔2026〕2号"
    assert (found[STEM]["state"], found[STEM]["corrected_by"]) == ("更正", ["2026Q1-correction-general"])
    assert "没有发现改动" in ledger(tongbao, issued, "verify").out


def corrected(folder, name="2026Q1-correction-general"):
    """The rows of the table of a correction as dictionaries, and its text."""
    text = (folder / f"out/2026Q1/{name}.md").read_text("utf-8")
    head, _, *rows = (
        [plain(cell) for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if line[:1] == "|"
    )
    return [dict(zip(head, row, strict=True)) for row in rows], text


def test_every_number_of_a_correction_was_printed_or_is_in_the_right_text(issued, tongbao):
    """All courts' numbers differ: the table is long, stands in an annex, and follows the order of what was printed."""
    write_cases(issued, "2026Q1", lambda code, quarter: usual(code, quarter) + 5 * (quarter == "2026Q1"))
    ledger(tongbao, issued, "correct", STEM, "--by", "王五", "--reason", "重新导出数据", "--as-of", "2026-06-01")
    rows, text = corrected(issued)
    body = text.split("# 附件：更正对照表")[0]
    assert body != text
    assert "|" not in body.split("---")[2] and f"现更正{len(rows)}项，逐项列于附件。" in body
    printed = (issued / f"out/2026Q1/印发/{STEM}/{STEM}.md").read_text("utf-8")
    right = (issued / "out/2026Q1/data/2026Q1-correction-general.md").read_text("utf-8")
    places = []
    for row in rows:
        assert row["原印"] != row["更正为"]
        for side, where in (("原印", printed), ("更正为", right)):
            for number in re.findall(r"\d+\.\d+|\d+(?=件)", row[side]):
                assert number in where, (row, number)
        called = row["位置"].rpartition("，")[2]
        places.append(printed.index(f"| {called} |", printed.index("# 附件1")) if row["位置"].startswith("附件") else 0)
    assert places == sorted(places) and len([place for place in places if place]) >= 8, "in printed order"
    assert not [row for row in rows if "月" in row["原印"] and "日前" in row["原印"]], "deadlines ran from that day"


def test_words_put_right_by_hand_are_corrected_too(issued, tongbao):
    path = issued / f"out/2026Q1/{STEM}.md"
    given = ("--by", "王五", "--reason", "因文字核对不严。", "--as-of", "2026-04-20")
    path.write_text(path.read_text("utf-8").replace("不作排名", "不作考核排名"), "utf-8")
    done = ledger(tongbao, issued, "correct", STEM, *given)
    (row,), text = corrected(issued)
    assert ("不作排名" in row["原印"], "不作考核排名" in row["更正为"], row["原因"]) == (True, True, "文字核对不严")
    assert (
        "因文字核对不严，部分内容有误，现更正1项，见下表" in text
        and "# 附件" not in text
        and "手工修改" not in done.err
    )
    for step in ("sign", "issue"):
        ledger(tongbao, issued, step, "2026Q1-correction-general", "--by", "李院长")
    assert "没有需要更正的内容" in ledger(tongbao, issued, "correct", STEM, *given, code=2).err
    write_cases(issued, "2026Q1", of(10))
    ledger(tongbao, issued, "correct", STEM, *given)
    rows, _ = corrected(issued, "2026Q1-correction-general-2")
    assert rows and not [row for row in rows if "排名" in row["原印"]], "that has been put right"


def test_words_and_numbers_have_reasons_of_their_own_and_a_person_s_number_stands(issued, tongbao):
    """Where somebody has put a sentence right by hand, it is not corrected a second time by the data."""
    write_cases(issued, "2026Q1", of(10))
    path = issued / f"out/2026Q1/{STEM}.md"
    text = path.read_text("utf-8")
    row = re.search(r"^\| 天枢市第一区法院 \|.*96\.00.*$|^\| 第一区法院 \|.*96\.00.*$", text, re.M)[0]
    path.write_text(text.replace(row, row.replace("96.00", "94.50")).replace("不作排名", "不作考核排名"), "utf-8")
    ledger(tongbao, issued, "correct", STEM, "--by", "王五", "--reason", "补报", "--as-of", "2026-04-20")
    rows, _ = corrected(issued)
    mine = [one for one in rows if one["位置"].endswith("第一区法院")]
    assert [(one["原印"], one["更正为"]) for one in mine] == [("审限内结案率96.00%", "审限内结案率94.50%")]
    reasons, last = [], ""
    for one in rows:
        last = last if one["原因"] == "同上" else one["原因"]
        reasons.append((last, "考核" in one["更正为"] or one in mine))
    assert {words for words, by_hand in reasons if by_hand} == {"文字有误"}
    assert {words for words, by_hand in reasons if not by_hand} == {"补报"}


@pytest.mark.parametrize("edited", [False, True])
def test_a_finding_that_was_none_is_taken_out(city, tongbao, edited):
    """In a text that nobody had edited its sentences are dropped; else a person must say whose they are."""
    run(tongbao, city, 60)
    path = city / f"out/2026Q1/{STEM}.md"
    if edited:
        path.write_text(path.read_text("utf-8").replace("不作排名", "不作考核排名"), "utf-8")
    for step in ("sign", "issue"):
        ledger(tongbao, city, step, STEM, "--by", "李院长")
    sentence = "第一区法院审限内结案率为70.00%（200件中140件）"
    assert sentence in path.read_text("utf-8")
    write_cases(city, "2026Q1", of(8))
    done = ledger(tongbao, city, "correct", STEM, "--by", "王五", "--reason", "补报", "--as-of", "2026-04-20")
    rows, _ = corrected(city)
    dropped = [row for row in rows if row["更正为"] == "删去"]
    told = [row for row in dropped if sentence in row["原印"]]
    assert (bool(told), f"{sentence}" in done.err) == (not edited, edited)
    assert [row for row in dropped if "第一区法院" in row["位置"]], "nor is anything asked of it"
    assert not (city / "out/2026Q1/前稿").exists(), "an issued text is not replaced"


def test_a_short_correction_is_two_pages(issued, tongbao):
    write_cases(issued, "2026Q1", of(10))
    given = ("--by", "王五", "--reason", "补报", "--as-of", "2026-04-20", "--format", "pdf,docx")
    ledger(tongbao, issued, "correct", STEM, *given)
    pdf = issued / "out/2026Q1/2026Q1-correction-general.pdf"
    assert len(pypdfium2.PdfDocument(pdf)) <= 2
    assert tongbao("layout-check", pdf).code == 0
    ledger(tongbao, issued, "sign", "2026Q1-correction-general", "--by", "李院长")


def test_nothing_wrong_is_no_correction(issued, tongbao):
    result = ledger(tongbao, issued, "correct", STEM, "--by", "王五", "--reason", "补报", code=2)
    assert "没有需要更正的内容" in result.err


def test_a_draft_is_not_corrected_but_written_anew(drafted, tongbao):
    result = ledger(tongbao, drafted, "correct", STEM, "--by", "王五", "--reason", "补报", code=2)
    assert "还没有印发，直接改稿即可" in result.err


@pytest.mark.parametrize("harm", ["changed", "gone", "stray"])
def test_verify_finds_what_was_done_to_issued_files(issued, tongbao, harm):
    folder = issued / f"out/2026Q1/印发/{STEM}"
    path = folder / f"{STEM}.md"
    path.chmod(0o644)
    if harm == "changed":
        path.write_text(path.read_text("utf-8") + " ", "utf-8")
    elif harm == "gone":
        path.unlink()
    else:
        (folder / "另一份.md").write_text("x")
    told = {"changed": "与印发时不同", "gone": "已不在", "stray": "没有登记的文件"}[harm]
    assert told in ledger(tongbao, issued, "verify", code=6).out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("sign", "2026Q3-general", "--by", "甲"), "文稿无法读取"),
        (("sign", "通报", "--by", "甲"), "“通报”不是文稿的名称。"),
        (("sign", "../../etc/passwd", "--by", "甲"), "不是文稿的名称"),
        (("sign", "2026Q1-../../passwd", "--by", "甲"), "不是文稿的名称"),
        (("issue", "2026Q1-court-辽0102", "--by", "甲"), "发文登记中没有“2026Q1-court-辽0102”。"),
        (("return", STEM, "--by", "甲", "--note", "再核"), "现为“草稿”，不能退稿。"),
    ],
)
def test_mistakes_are_told(drafted, tongbao, words, what):
    result = tongbao("ledger", *words, "-w", drafted)
    assert result.code in (2, 5) and what in result.err, result.err


def test_what_was_issued_and_then_what_was_corrected_is_what_was_printed(issued, tongbao):
    """Signed on one data set; later runs, and the correction, find other numbers."""
    path, period, cell = issued / "tongbao.db", parse_period("2026Q1"), ("辽0102", "全部", "within_limit")
    assert printed_then(path, period)[cell].value == (192, 200)
    run(tongbao, issued, 10, "2026-04-18")
    assert printed_then(path, period)[cell].value == (192, 200)
    ledger(tongbao, issued, "correct", STEM, "--by", "王五", "--reason", "补报", "--as-of", "2026-04-20")
    ledger(tongbao, issued, "sign", "2026Q1-correction-general", "--by", "李院长")
    ledger(tongbao, issued, "issue", "2026Q1-correction-general", "--by", "王五")
    assert printed_then(path, period)[cell].value == (190, 200)
    run(tongbao, issued, 20, "2026-04-22")
    assert printed_then(path, period)[cell].value == (190, 200)


def test_a_second_correction_puts_right_what_the_first_left(issued, tongbao):
    given = ("--by", "王五", "--reason", "补报", "--as-of", "2026-04-20")
    write_cases(issued, "2026Q1", of(10))
    ledger(tongbao, issued, "correct", STEM, *given)
    ledger(tongbao, issued, "sign", "2026Q1-correction-general", "--by", "李院长")
    ledger(tongbao, issued, "issue", "2026Q1-correction-general", "--by", "王五")
    again = ledger(tongbao, issued, "correct", STEM, *given, code=2)
    assert "没有需要更正的内容" in again.err, "the same correction is not made twice"
    write_cases(issued, "2026Q1", of(12))
    ledger(tongbao, issued, "correct", STEM, *given)
    text = (issued / "out/2026Q1/2026Q1-correction-general-2.md").read_text("utf-8")
    assert "第一区法院 | 审限内结案率95.00% | 审限内结案率94.00% |" in text


def test_a_correction_tells_neither_earlier_problems_nor_a_leader_s_words(city, tongbao):
    """The second period's circular opens with what became of the first's problems, and a leader has edited it."""
    bad = {("辽0103", "2026Q1"): 60}

    def late(number):
        return lambda code, quarter: (
            bad.get((code, quarter)) or (number if (code, quarter) == ("辽0102", "2026Q2") else usual(code, quarter))
        )

    write_cases(city, "2026Q1", late(8))
    assert tongbao("run", "-q", "-w", city, "--period", "2026Q1", "--as-of", "2026-04-15").code == 0
    write_cases(city, "2026Q2", late(8))
    assert tongbao("run", "-q", "-w", city, "--period", "2026Q2", "--as-of", "2026-07-15").code == 0
    path = city / "out/2026Q2/2026Q2-general.md"
    text = path.read_text("utf-8")
    assert "上期通报问题整改情况" in text
    text = text.replace("各项指标用于查找问题、改进工作，不作排名。", "请各院认真研究。")
    path.write_text(text, "utf-8")
    ledger(tongbao, city, "sign", "2026Q2-general", "--by", "李院长")
    ledger(tongbao, city, "issue", "2026Q2-general", "--by", "王五")
    write_cases(city, "2026Q2", late(10))
    done = ledger(
        tongbao, city, "correct", "2026Q2-general", "--by", "王五", "--reason", "补报", "--as-of", "2026-07-20"
    )
    made = (city / "out/2026Q2/2026Q2-correction-general.md").read_text("utf-8")
    assert "第一区法院 | 审限内结案率96.00% | 审限内结案率95.00% |" in made
    for word in ("##", "请各院认真研究", "不作排名", "整改情况”", "数据截至2026年6月29日，更正"):
        assert word not in made.split("---", 2)[2].replace("\n## ", "\n"), word
    assert re.search("印发稿\\S*：请各院认真研究", done.err) and "没有写入更正通报" in done.err
    assert "印发稿在审签以前有手工修改" in done.err


def test_charts_and_data_are_signed_with_the_text(drafted, tongbao):
    ledger(tongbao, drafted, "sign", STEM, "--by", "李院长")
    data = drafted / f"out/2026Q1/data/{STEM}.csv"
    data.write_bytes(data.read_bytes() + b"\r\n")
    assert "审签后又有改动" in ledger(tongbao, drafted, "issue", STEM, "--by", "王五", code=2).err


@pytest.mark.parametrize("number", ["天中法〔2026〕第5号", "天中法〔2026〕05号", "天中法[2026]5号"])
def test_a_number_written_wrongly_is_refused(drafted, tongbao, number):
    path = drafted / f"out/2026Q1/{STEM}.md"
    path.write_text(path.read_text("utf-8").replace("天中法〔2026〕号", number), "utf-8")
    refused = ledger(tongbao, drafted, "sign", STEM, "--by", "李院长", code=2).err
    assert f"“文号”“{number}”" in refused and "有误" in refused
    assert register(tongbao, drafted)[0][STEM]["state"] == "草稿"


def test_a_bulletin_made_by_itself_is_a_draft_with_its_data(drafted, tongbao):
    made = tongbao("bulletin", "court", "--court", "辽0102", "-w", drafted, "--period", "2026Q1", "-q")
    assert made.code == 0, made.err
    found, _ = register(tongbao, drafted)
    assert found["2026Q1-court-辽0102"]["state"] == "草稿"
    assert found["2026Q1-court-辽0102"]["data"] == found[STEM]["data"] != ""


def test_signed_texts_stay_whatever_the_way(issued, tongbao):
    out = issued / "out/2026Q1"
    before = files(out)
    write_cases(issued, "2026Q1", of(20))
    tongbao("bulletin", "general", "-w", issued, "--period", "2026Q1", "-q", "-o", out)
    now = files(out)
    kept = [name for name in before if name.startswith(("印发/", f"{STEM}.", "charts/"))]
    assert {name: now[name] for name in kept} == {name: before[name] for name in kept}
    result = tongbao("render", out / f"印发/{STEM}/{STEM}.md", "--to", "docx")
    assert result.code == 2 and "印发的文件不能改动。" in result.err


def test_the_spring_months_can_be_signed(city, tongbao):
    write_cases(city, "2026Q1", usual)
    words = ("-w", city, "--period", "2026-01..02", "-q", "--as-of", "2026-03-10")
    assert tongbao("bulletin", "monthly", *words).code == 0
    ledger(tongbao, city, "sign", "2026-01..02-monthly", "--by", "李院长")
    assert "已印发" in ledger(tongbao, city, "issue", "2026-01..02-monthly", "--by", "王五").out


@pytest.mark.parametrize(("reason", "what"), [(" ", "没有写更正原因"), ("张某110101199003077758补报", "身份证件号码")])
def test_the_reason_of_a_correction_is_read(issued, tongbao, reason, what):
    result = ledger(tongbao, issued, "correct", STEM, "--by", "王五", "--reason", reason, code=2)
    assert what in result.err


@pytest.fixture
def in_word(city, tongbao):
    """The draft as Markdown, DOCX and PDF."""
    config = city / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace('["md"]', '["md", "pdf", "docx"]'), "utf-8")
    run(tongbao, city, 8)
    return city / f"out/2026Q1/{STEM}.docx"


def edit(path, phrase):
    """Somebody adds a phrase to the first paragraph of the text."""
    file = docx.Document(path)
    next(one for one in file.paragraphs if one.style.name == "公文正文").add_run(phrase)
    file.save(path)


def test_what_was_added_in_word_is_in_all_that_is_issued(in_word, tongbao):
    folder, beside = in_word.parents[2], in_word.with_suffix(".md")
    before = beside.read_text("utf-8")
    edit(in_word, "请各院对照自查。")
    refused = ledger(tongbao, folder, "sign", STEM, "--by", "李院长", code=2).err
    assert "DOCX 在排版之后改过" in refused and f"请先 tongbao render {in_word} --to md,pdf。" in refused
    told = tongbao("render", in_word, "--to", "md,pdf")
    assert (
        told.code == 0 and "DOCX 与文稿不同的有1处，已读回文稿。" in told.out and "DOCX：请各院对照自查。" in told.out
    )
    assert beside.read_text("utf-8").replace("请各院对照自查。", "") == before, "and nothing else moved"
    ledger(tongbao, folder, "sign", STEM, "--by", "李院长")
    ledger(tongbao, folder, "issue", STEM, "--by", "王五", "--format", "pdf,docx")
    issued = in_word.parent / "印发" / STEM
    assert "请各院对照自查。" in (issued / f"{STEM}.md").read_text("utf-8")
    assert "请各院对照自查。" in "".join(one.text for one in docx.Document(issued / f"{STEM}.docx").paragraphs)
    assert "请各院对照自查。" in words_of_pdf((issued / f"{STEM}.pdf").read_bytes())


def test_a_pdf_older_than_its_markdown_is_not_signed(in_word, tongbao):
    folder, beside = in_word.parents[2], in_word.with_suffix(".md")
    in_word.unlink()
    beside.write_text(beside.read_text("utf-8").replace("不作排名", "仅供参考"), "utf-8")
    refused = ledger(tongbao, folder, "sign", STEM, "--by", "李院长", code=2).err
    assert f"{STEM}.pdf 与 {STEM}.md 不同" in refused and f"请先 tongbao render {beside} --to pdf。" in refused
    assert tongbao("render", beside, "--to", "pdf").code == 0
    ledger(tongbao, folder, "sign", STEM, "--by", "李院长")


def test_a_docx_older_than_its_markdown_is_named_as_such(in_word, tongbao):
    folder, beside = in_word.parents[2], in_word.with_suffix(".md")
    beside.write_text(beside.read_text("utf-8").replace("不作排名", "仅供参考"), "utf-8")
    refused = ledger(tongbao, folder, "sign", STEM, "--by", "李院长", code=2).err
    assert "文稿在排版之后改过" in refused and f"请先 tongbao render {beside} --to pdf,docx。" in refused
    edit(in_word, "请自查。")
    both = tongbao("render", in_word, "--to", "md,pdf")
    assert both.code == 2 and "之后也改过，两处不同：" in both.err and "--over" in both.err
    assert "仅供参考" in beside.read_text("utf-8"), "nothing is written"
    assert tongbao("render", in_word, "--to", "md,pdf", "--over").code == 0
    text = beside.read_text("utf-8")
    assert "请自查。" in text and "仅供参考" not in text


def test_a_docx_edited_after_signing_is_not_issued(in_word, tongbao):
    folder = in_word.parents[2]
    ledger(tongbao, folder, "sign", STEM, "--by", "李院长")
    edit(in_word, "请自查。")
    assert "DOCX 在排版之后改过" in ledger(tongbao, folder, "issue", STEM, "--by", "王五", code=2).err
    assert register(tongbao, folder)[0][STEM]["state"] == "审签"


def test_what_was_signed_is_kept_and_compared(in_word, tongbao):
    folder, kept = in_word.parents[2], in_word.parent / "审签" / STEM
    ledger(tongbao, folder, "sign", STEM, "--by", "李院长")
    for form in ("md", "pdf", "docx"):
        assert (kept / f"{STEM}.{form}").read_bytes() == in_word.with_suffix(f".{form}").read_bytes()
        assert (kept / f"{STEM}.{form}").stat().st_mode & 0o222 == 0
    signed = register(tongbao, folder)[0][STEM]["signed"]
    assert signed[f"{STEM}.pdf"] == hashlib.sha256((kept / f"{STEM}.pdf").read_bytes()).hexdigest()
    (kept / f"{STEM}.pdf").chmod(0o644)
    (kept / f"{STEM}.pdf").write_bytes(b"")
    assert "审签稿有改动" in ledger(tongbao, folder, "issue", STEM, "--by", "王五", code=2).err
    assert f"{STEM}.pdf与审签时不同" in ledger(tongbao, folder, "verify", code=6).out
    ledger(tongbao, folder, "return", STEM, "--by", "李院长", "--note", "重新审签")
    ledger(tongbao, folder, "sign", STEM, "--by", "李院长")
    ledger(tongbao, folder, "issue", STEM, "--by", "王五", "--format", "md,pdf,docx")
    ledger(tongbao, folder, "verify")


def test_only_what_is_set_at_issue_may_differ_from_the_signed(in_word):
    text = in_word.with_suffix(".md").read_text("utf-8")
    signed = {path.name: path.read_bytes() for path in in_word.parent.glob(f"{STEM}.*")}

    charts = assets_beside(in_word.parent, STEM)

    def final(text):
        made = {form: render(text, form, assets=charts, templates=TEMPLATES) for form in ("md", "docx", "pdf")}
        return {f"{STEM}.{form}": data for form, data in made.items()}

    set_now = {"文号": "天中法〔2026〕12号", "成文日期": "2026年4月16日", "印发日期": "2026年4月17日"}
    numbered = edits.with_front(text, set_now)
    assert numbered.count("12号") == 1
    refuse_other_words(signed, final(numbered), STEM, text, numbered)
    with pytest.raises(ConfigError) as refused:
        refuse_other_words(signed, final(numbered.replace("不作排名", "仅供参考")), STEM, text, numbered)
    told = str(refused.value)
    assert f"没有印发：{STEM}.docx（" in told and f"、{STEM}.pdf" in told
    with pytest.raises(ConfigError, match=f"没有印发：{STEM}.md"):
        refuse_other_words({}, {}, STEM, text, numbered.replace("不作排名", "仅供参考"))


def test_a_second_signature_is_recorded_and_the_same_one_told(drafted, tongbao):
    ledger(tongbao, drafted, "sign", STEM, "--by", "李院长", "--as-of", "2026-04-16")
    again = ledger(tongbao, drafted, "sign", STEM, "--by", "李院长", "--as-of", "2026-04-17").out
    assert "这一稿，李院长已经审签过，没有重复登记。" in again
    second = ledger(tongbao, drafted, "sign", STEM, "--by", "张院长", "--as-of", "2026-04-18").out
    assert "已审签，审签人：李院长、张院长。" in second
    one = register(tongbao, drafted)[0][STEM]
    assert (one["signed_by"], one["signed_at"]) == ("李院长、张院长", "2026-04-18")
    path = drafted / f"out/2026Q1/{STEM}.md"
    path.write_text(path.read_text("utf-8").replace("不作排名", "仅供参考"), "utf-8")
    ledger(tongbao, drafted, "sign", STEM, "--by", "张院长")
    assert register(tongbao, drafted)[0][STEM]["signed_by"] == "张院长", "nobody else has read this text"
