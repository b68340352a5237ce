"""What has changed in a bulletin: against the draft that the leader saw, and against the bulletin before."""

from __future__ import annotations

import json

import docx
import pypdfium2
import pytest
from small_city import usual, write_cases

from reports.words import printed_change

pytestmark = pytest.mark.whole

STEM = "2026Q1-general"
BAD = "辽0105"


def run(tongbao, folder, late, period="2026Q1", day="2026-04-15"):
    write_cases(folder, period, late)
    result = tongbao("run", "-q", "-w", folder, "--period", period, "--as-of", day)
    assert result.code == 0, result.err


def of(number, bad=0):
    """Late conclusions of every court, but ``number`` of the first court and ``bad`` of the fourth in one quarter."""
    mine = {("辽0102", "2026Q1"): number, (BAD, "2026Q1"): bad}
    return lambda code, quarter: mine.get((code, quarter)) or usual(code, quarter)


def changes(tongbao, folder, *options, stem=STEM):
    result = tongbao("changes", stem, "-w", folder, "--json", *options)
    assert result.code == 0, result.err
    return json.loads(result.out)


@pytest.fixture
def signed(city, tongbao):
    """A draft that the leader has signed; then the data change: two more late, and a finding."""
    run(tongbao, city, of(8))
    done = tongbao("ledger", "sign", STEM, "-w", city, "--by", "李院长", "--as-of", "2026-04-16")
    assert done.code == 0, done.err
    return city


def test_nothing_has_changed(signed, tongbao):
    told = tongbao("changes", STEM, "-w", signed)
    assert told.code == 0 and told.out.endswith("：现在的文稿与2026年4月16日的审签稿相比，没有变化。\n")


def test_the_new_text_of_changed_data_against_what_was_signed(signed, tongbao):
    run(tongbao, signed, of(10, 60), day="2026-04-18")
    found = changes(tongbao, signed)
    assert (found["against"], found["now"]) == ("2026年4月16日的审签稿", "现在的数据所生成的新稿")
    mine = {one["where"]: (one["then"], one["now"], one["change"]) for one in found["numbers"]}
    assert mine["附件1，天枢市第一区法院，审限内结案率"] == ("96.00%", "95.00%", "下降1.00个百分点")
    assert [(one["what"], one["title"], one["then"], one["now"]) for one in found["findings"]] == [
        ("新增", f"天枢市{court}审限内结案率", "", "发现") for court in ("中院辖区", "第四区法院")
    ]  # what was found after the signing is not told by it
    told = [
        one for one in found["sentences"] if one["what"] == "新增" and "第四区法院审限内结案率为70.00%" in one["now"]
    ]
    assert told, "a sentence that the leader has not seen"
    shown = tongbao("changes", STEM, "-w", signed)
    assert "附件1，天枢市第一区法院，审限内结案率\t96.00% → 95.00%\t下降1.00个百分点" in shown.out


def test_a_draft_sent_back_and_written_anew_against_what_the_leader_saw(city, tongbao):
    run(tongbao, city, of(8, 60))
    for step in (("sign",), ("return", "--note", "第四区再核")):
        assert tongbao("ledger", *step, STEM, "-w", city, "--by", "李院长", "--as-of", "2026-04-16").code == 0
    run(tongbao, city, of(8), day="2026-04-18")
    found = changes(tongbao, city)
    assert (found["against"], found["now"]) == ("退回的审签稿", "现在的文稿")
    (gone,) = found["findings"]
    assert (gone["what"], gone["title"]) == ("撤销", "天枢市第四区法院审限内结案率")
    assert "不再识别为需要整改的问题" in gone["now"]
    assert [one for one in found["sentences"] if one["what"] == "删去" and "第四区法院" in one["then"]]


def test_the_draft_before_is_kept_where_a_run_replaces_it(city, tongbao):
    run(tongbao, city, of(8))
    none = tongbao("changes", STEM, "-w", city)
    assert none.code == 2 and f"“{STEM}”没有以前的稿" in none.err and not (city / "out/2026Q1/前稿").exists()
    run(tongbao, city, of(8))
    assert not (city / "out/2026Q1/前稿").exists(), "the same data, the same draft"
    before = (city / f"out/2026Q1/{STEM}.md").read_bytes()
    run(tongbao, city, of(10))
    assert (city / f"out/2026Q1/前稿/{STEM}.md").read_bytes() == before
    found = changes(tongbao, city)
    assert (found["against"], found["sentences"], found["findings"]) == ("上一稿", [], [])
    assert {one["change"] for one in found["numbers"]} >= {"下降1.00个百分点"}
    path = city / f"out/2026Q1/{STEM}.md"
    path.write_text(path.read_text("utf-8").replace("不作排名", "不作考核排名"), "utf-8")
    (edited,) = changes(tongbao, city)["sentences"]
    assert (edited["what"], "考核" in edited["now"], "考核" in edited["then"]) == ("改写", True, False)


def test_a_paragraph_written_by_hand_is_a_change_too(city, tongbao):
    """The leader reads it as any other, whoever wrote it."""
    run(tongbao, city, of(8))
    path = city / f"out/2026Q1/{STEM}.md"
    mine = "<!-- 手写 -->\n第一区法院已报告清理情况。\n\n"
    path.write_text(path.read_text("utf-8").replace("## 二、", f"{mine}## 二、", 1), "utf-8")
    assert tongbao("ledger", "sign", STEM, "-w", city, "--by", "李院长", "--as-of", "2026-04-16").code == 0
    assert changes(tongbao, city)["sentences"] == []
    path.write_text(path.read_text("utf-8").replace("已报告清理情况", "没有报告清理情况"), "utf-8")
    (told,) = changes(tongbao, city)["sentences"]
    assert (told["what"], told["then"], told["now"]) == (
        "改写", "第一区法院已报告清理情况", "第一区法院没有报告清理情况",
    )  # fmt: skip


@pytest.fixture
def two(city, tongbao):
    """Two quarters, the second with a finding."""
    late = {(BAD, "2026Q2"): 60}
    for period, day in (("2026Q1", "2026-04-15"), ("2026Q2", "2026-07-15")):
        run(tongbao, city, lambda code, quarter: late.get((code, quarter)) or usual(code, quarter), period, day)
    return city


def test_against_the_bulletin_before(two, tongbao):
    found = changes(tongbao, two, "--against", "2026Q1", stem="2026Q2-general")
    assert found["against"] == "2026年第一季度的同一种文稿"
    quarters = [sum(usual(f"辽01{n:02d}", "2026Q1") for n in range(2, 10))]
    quarters.append(sum(60 if n == 5 else usual(f"辽01{n:02d}", "2026Q2") for n in range(2, 10)))
    then, now = ((1600 - late) * 10000 // 1600 / 100 for late in quarters)  # by hand: late of 1600 conclusions
    (mine,) = [one for one in found["numbers"] if one["where"] == "表2，审限内结案率，本期"]
    assert [float(mine[side].rstrip("%")) for side in ("then", "now")] == pytest.approx([then, now], abs=0.011)
    assert mine["change"] == f"下降{float(mine['then'].rstrip('%')) - float(mine['now'].rstrip('%')):.2f}个百分点"
    assert not [one for one in found["numbers"] if one["where"].startswith("附件") or "比" in one["where"][-2:]]
    assert [(one["what"], one["title"]) for one in found["findings"]] == [("新增", "天枢市第四区法院审限内结案率")]


@pytest.mark.parametrize("form", ["pdf", "docx", "md"])
def test_one_page(two, tongbao, tmp_path, form):
    page = tmp_path / f"变化.{form}"
    result = tongbao("changes", "2026Q2-general", "--against", "2026Q1", "-w", two, "--to", page)
    assert result.code == 0 and result.out.endswith(f"{page}\n"), result.err
    if form == "pdf":
        assert len(pypdfium2.PdfDocument(page)) == 1
        words = pypdfium2.PdfDocument(page)[0].get_textpage().get_text_bounded()
        assert "变化单" in words and "审限内结案率" in words
    elif form == "docx":
        assert docx.Document(page).tables
    else:
        assert "| 问题 | 天枢市第四区法院审限内结案率 | — |" in page.read_text("utf-8")


def test_names_and_periods_are_completed(two, tongbao, monkeypatch):
    monkeypatch.chdir(two)
    monkeypatch.setenv("_TONGBAO_COMPLETE", "complete_bash")
    for words, told in (
        ("changes 2026Q2-g", ["2026Q2-general"]),
        ("changes 2026Q2-general --against ", ["draft", "2026Q1"]),
        ("ledger sign 2026Q1-g", ["2026Q1-general"]),
    ):
        monkeypatch.setenv("COMP_WORDS", f"tongbao {words}")
        monkeypatch.setenv("COMP_CWORD", str(len(words.split(" "))))
        assert tongbao().out.split() == told, words


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("2026Q2-general", "--against", "2025Q4"), 2, "没有2025年第四季度的“2025Q4-general”。"),
        (("2026Q2-general", "--against", "2026Q2"), 2, "“2026Q2”就是这份文稿的统计期。"),
        (("2026Q2-general", "--against", "上一稿"), 2, "上一稿"),
        (("2026Q2-line-刑事",), 2, "“2026Q2-line-刑事”没有以前的稿"),
        (("通报",), 2, "“通报”不是文稿的名称。"),
        (("2026Q2-general", "--against", "2026Q1", "--to", "变化.txt"), 2, "不支持的文件“变化.txt”"),
    ],
)
def test_mistakes_are_told(two, tongbao, words, code, what):
    result = tongbao("changes", *words, "-w", two)
    assert result.code == code and what in result.err, result.err


@pytest.mark.parametrize(
    ("before", "after", "base", "told"),
    [
        ("96.00%", "95.00%", "", "下降1.00个百分点"),
        ("60.3天", "57.6天", "", "减少2.7天"),
        ("10.00", "0.85", "", "下降9.15"),
        ("5619件", "5618件", "", "减少1件"),
        ("5619件", "5000件", "原", "下降11.02%"),
        ("29件", "31件", "原", "增加2件"),
        ("审执结10件，未结8件（300件中2件）", "审执结12件，未结8件（301件中2件）", "", "增加2件"),
        ("上升1.20个百分点", "下降1.20个百分点", "", ""),
        ("11月4日前", "11月9日前", "", ""),
        ("—", "5", "", ""),
        ("5.0%", "5天", "", ""),
    ],
)
def test_changes_by_the_rules_for_units(before, after, base, told):
    assert printed_change(before, after, base) == told
