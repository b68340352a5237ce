"""挂图作战: A3 across, nothing under 14 pt, every case with its bar, and progress to be seen."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pdfplumber
import pytest
from by_hand import write_csv
from small_city import CITY

from reports.ledger.pending import Facts, PendingCase, TierPolicy, chart
from reports.pipeline.job import TEMPLATES
from reports.render.wall import render

DAY = date(2026, 10, 8)
A3_PT = (1190.55, 841.89)  # 420 by 297 mm


def facts(number, filed, **more):
    known = {"cause": "建设工程施工合同纠纷", "dept": "民事审判第一庭", "deadline": None, "extended": "", "excluded": 0}
    return Facts(number, "辽0102", "天枢市第一区法院", "诉讼", filed=filed, **{**known, **more})


def many(count):
    return [
        PendingCase(facts(f"（2024）辽0102民初{n}号", date(2024, 1, 1) + timedelta(days=n)), "2026-01-01", "未结")
        for n in range(1, count + 1)
    ]


def drawn(cases, **more):
    options = {"court": "天枢市第一区法院", "day": DAY, "since": date(2026, 1, 1)} | more
    return chart(cases, TierPolicy(leaders={12: "分管院领导", 24: "院长"}), **options)


def pdf(cases, **more):
    return render(drawn(cases, **more), templates=TEMPLATES, source="挂图")


def read(data):
    with pdfplumber.open(io.BytesIO(data)) as book:
        pages = [(page.width, page.height, page.chars) for page in book.pages]
    return pages, ["".join(char["text"] for char in chars if char["text"].strip()) for *_, chars in pages]


def test_what_each_row_says():
    """Filed 1 April 2024, 920 days before 8 October 2026: 30 whole months."""
    answers = {"leader": "副院长周某", "expected": "2026-09-30"}
    open_ = PendingCase(facts("（2024）辽0102民初2号", date(2024, 4, 1)), "2026-01-01", "未结", answers)
    waiting = open_._replace(facts=facts("（2025）辽0102民初3号", date(2025, 1, 31)), state="已结待核", concluded="2026-07-31",
                      seen="2026-08-01", answers={})  # fmt: skip
    closed = waiting._replace(
        facts=facts("（2023）辽0102执4号", date(2023, 1, 10)), state="已销号", closed_at="2026-08-20 09:00:00"
    )
    long_ago = closed._replace(facts=facts("（2022）辽0102执5号", date(2022, 1, 10)), closed_at="2025-12-31")
    found = drawn([open_, waiting, closed, long_ago])
    told = [
        (row.number, row.age, row.tier_name, row.leader, row.expected, row.late, row.state, row.ended)
        for row in found.rows
    ]
    assert told == [
        ("（2023）辽0102执4号", "42个月（1298天）", "超3年", "院长\n（未填报）", "未填报", False, "已销号", "2026-08-20"),
        ("（2024）辽0102民初2号", "30个月（920天）", "超2年", "副院长周某", "2026-09-30", True, "未结", ""),
        ("（2025）辽0102民初3号", "18个月（546天）", "超12个月", "分管院领导\n（未填报）", "未填报", False, "已结待核", "2026-07-31"),
    ]  # fmt: skip
    assert found.summary == "截至2026年10月8日，未结1件（超2年1件），已结待核1件，2026年1月1日以来销号1件。"
    assert drawn([long_ago]) is None
    assert len(drawn([long_ago], since=date(2025, 1, 1)).rows) == 1


@pytest.mark.parametrize(("count", "sheets"), [(1, 1), (16, 1), (17, 2), (40, 3)])
def test_sheets_are_a3_and_hold_every_case_in_large_type(count, sheets):
    data = pdf(many(count))
    pages, texts = read(data)
    assert [(round(w, 2), round(h, 2)) for w, h, _ in pages] == [A3_PT] * sheets
    assert min(char["size"] for *_, chars in pages for char in chars) >= 13.99
    for place, text in enumerate(texts, 1):
        assert "天枢市第一区法院长期未结案件挂图作战表" in text and "包案领导" in text, "every sheet has the head"
        assert f"第{place}张，共{sheets}张" in text
    whole = "".join(texts)
    assert all(whole.count(f"（2024）辽0102民初{n}号") == 1 for n in range(1, count + 1))
    assert max(abs(a.count("辽0102民初") - b.count("辽0102民初")) for a in texts for b in texts) <= 2, "sheets are even"
    assert data == pdf(many(count)), "the same cases, the same bytes"


def test_done_is_seen_and_long_texts_stay_inside_their_cells():
    long = facts(
        "（2015）辽0102民初12345号之一",
        date(2015, 1, 1),
        cause="确认合同无效、返还价款并赔偿损失以及确认优先购买权等" * 3,
    )
    closed = PendingCase(
        long, "2026-01-01", "已销号", concluded="2026-08-01", seen="2026-08-02", closed_at="2026-08-20"
    )
    pages, (text,) = read(pdf([closed, *many(15)]))
    assert "已销号2026-08-20" in text and "139个月（4230天）" in text and "…" in text
    width, _, chars = pages[0]
    assert max(char["x1"] for char in chars) < width - 12 / 25.4 * 72 + 1


def test_a_character_without_a_glyph_is_the_mark_for_a_missing_one():
    odd = PendingCase(facts("（2024）辽0102民初1号", date(2024, 1, 1), cause="\U000effff"), "2026-01-01", "未结")
    _, (text,) = read(pdf([odd]))
    assert "〓" in text


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    (tmp_path / "tongbao.toml").write_text('[court]\ncode = "辽01"\n[source]\nfiles = ["cases.csv"]\n', "utf-8")
    rows = [
        {
            "案号": f"（2024）辽01{court}民初{n}号", "经办法院": f"辽01{court}", "案由": "买卖合同纠纷", "承办部门": "民一庭",
            "立案日期": "2024-03-01", "结案日期": "", "当事人": "张三丰", "承办人": "李法官",
        }
        for court, n in (("03", 1), ("02", 2), ("02", 3))
    ]  # fmt: skip
    write_csv(tmp_path / "cases.csv", rows)
    return tmp_path


def test_one_file_a_court_without_names(folder, tongbao):
    nothing = tongbao("pending", "wall", "-w", folder, "--to", folder / "挂图")
    assert nothing.code == 2 and "没有可以挂图的案件" in nothing.err and "Traceback" not in nothing.err
    assert tongbao("pending", "update", "-w", folder, "--as-of", "2026-10-08").code == 0
    made = tongbao("pending", "wall", "-w", folder, "--to", folder / "挂图", "--as-of", "2026-10-08")
    assert made.code == 0, made.err
    assert sorted(path.name for path in (folder / "挂图").iterdir()) == ["挂图作战-辽0102.pdf", "挂图作战-辽0103.pdf"]
    _, (text,) = read((folder / "挂图/挂图作战-辽0102.pdf").read_bytes())
    assert "民初2号" in text and "民初1号" not in text and "张三丰" not in text and "李法官" not in text
    one = tongbao(
        "pending", "wall", "-w", folder, "--court", "辽0103", "--to", folder / "一.pdf", "--as-of", "2026-10-08"
    )
    assert one.code == 0 and (folder / "一.pdf").read_bytes() == (folder / "挂图/挂图作战-辽0103.pdf").read_bytes()
    wrong = tongbao("pending", "wall", "-w", folder, "--court", "辽0103", "--to", folder / "一.docx")
    assert wrong.code == 2 and "不支持的挂图文件" in wrong.err
