"""The page for the president and its message: five numbers, three matters, what to decide, on one page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from said import evidence

from reports.compose.brief import LONGEST, MATTERS, SHORTEST, message_of
from reports.courts.periods import parse_period
from reports.measures import FEW
from reports.model import ALL_LINES
from reports.pipeline.bulletins import render_all, write
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.pipeline.subjects import subjects
from reports.workspace import find

GROUP = {"count": 2, "names": "甲和乙"}
FOLLOWED = dict.fromkeys(("answered", "unanswered", "overdue", "recurred", "closed", "effective", "recovered", "partly", "not", "open", "again"), GROUP) | {"total": 12, "courts": 9, "items": []}  # fmt: skip


@pytest.fixture(scope="module")
def found(province):
    job = Job(find(province), parse_period("2026Q3", cutoff_day=0), date.today(), date(2026, 10, 20))
    all_ = findings(job, gated=True)
    return job, replace(all_, flags=())


def made(found, *, red: int = 0, **more):
    """The page of so many findings, each of another court."""
    job, all_ = found
    from reports.model import Flag, Reference

    below = [court for court in all_.tree.courts if court.parent not in (None, all_.issuer)][:red]
    flags = tuple(
        Flag("2026Q3", court.code, ALL_LINES, "average_days", "red", "red", "up", ("R2",), 90.0, 900, 10,
             Reference("peers", None, ""), evidence(court.name))
        for court in below
    )  # fmt: skip
    told = replace(all_, flags=flags, **more)
    kind = job.kinds["brief"]
    return write(job, kind, subjects(kind, told)[0], told)


def matters(text: str) -> list[str]:
    return re.findall(r"^\*\*[一二三四]、(.+?)\*\*：", text, re.M)


def test_five_numbers_with_their_changes(found):
    text = made(found).markdown
    rows = [row for row in text.splitlines() if row.startswith("| ")][1:]
    assert [row.split("|")[1].strip() for row in rows] == [
        "新收", "结案", "未结", "超12个月未结", "一审裁判被改判发回重审率",
    ]  # fmt: skip
    assert all("—" not in row for row in rows)


@pytest.mark.parametrize("red", [0, 1, 3, FEW + 2])
@pytest.mark.parametrize("followed", [{}, FOLLOWED], ids=["first", "later"])
def test_three_matters_and_what_to_decide(found, red, followed):
    """Each court of a few by its own figure, of many the number and of what; nothing to decide is said so."""
    one = made(found, red=red, follow_up=followed)
    names = matters(one.markdown)
    assert len(names) == MATTERS
    assert names[: bool(red) + bool(followed)] == ["需要关注的问题"] * bool(red) + ["上期通报问题"] * bool(followed)
    if red == 1:
        assert "：1项，" in one.markdown and "平均审理天数90.0天" in one.markdown
    if red > FEW:
        assert f"：{red}项，涉及{red}个单位，有平均审理天数{red}项。" in one.markdown
    decide = one.markdown.split("**提请审定**：")[1]
    assert (f"通报列办理事项{red}项" in decide) == bool(red)
    assert ("逾期未反馈的2项，是否发函督办" in decide) == bool(followed)
    assert ("本期没有需要审定的事项" in decide) == (not red and not followed)
    assert SHORTEST <= len(one.message) <= LONGEST
    assert one.message.startswith("2026年第三季度全省法院审判执行情况：新收") and one.message.endswith("详见呈阅件。")
    assert ("提请审定：" in one.message) == bool(red or followed)


def test_a_message_keeps_its_first_and_last_sentence_and_what_fits_between():
    lines = ["甲" * 100 + "。", "乙" * 150 + "。", "丙" * 60 + "。", "丁" * 20 + "。", "戊" * 10 + "。"]
    assert message_of(lines) == lines[0] + lines[1] + lines[3] + lines[4]


def test_the_office_names_the_page_and_the_message_stands_beside_it(found, tmp_path):
    """The name is one word of kinds.toml; the text is for any editor: a mark, and line ends of Windows."""
    job, _ = found
    called = replace(job.kinds["brief"], name="审判执行要情")
    told = replace(found[1])
    one = write(job, called, subjects(called, told)[0], told)
    assert "发文机关标志: 审判执行要情\n" in one.markdown and one.message.endswith("详见审判执行要情。")
    files = render_all(job, [one], ["xlsx"])
    assert set(files) == {"2026Q3-brief.xlsx", "2026Q3-brief.txt"}
    assert files["2026Q3-brief.txt"] == ("\ufeff" + one.message + "\r\n").encode()


def test_the_chart_prints_every_figure_that_it_shows(found):
    one = made(found)
    ((name, svg),) = one.assets.items()
    assert name == "charts/2026Q3-brief-small.svg"
    figures = re.findall(r">(\d+)</text>", svg.decode())
    alt = re.search(r"!\[(.+?)\]", one.markdown)[1]
    assert "近5个季度" in alt and "数据标在图上" in alt
    assert len(figures) == 15 and figures[-3:] == re.findall(r"(\d+)件", alt)


def test_a_long_page_stays_one_page(found):
    """Many findings of long names and all that can be decided, set in print."""
    job, _ = found
    import io

    import pdfplumber

    for red in (3, FEW + 2):
        one = made(found, red=red, follow_up=FOLLOWED)
        data = render_all(job, [one], ["pdf"])["2026Q3-brief.pdf"]
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            assert len(pdf.pages) == 1
            assert min(round(char["size"], 1) for char in pdf.pages[0].chars) >= 9  # of the chart
