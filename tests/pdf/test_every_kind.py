"""Every kind of the demo province, and texts of one to thirty pages, measured on their finished pages.

The layout check is asked too, but the main values are measured here by other means, so that it does not judge itself.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from operator import itemgetter

import pdfplumber
import pytest
from circulars import FRONT, SENTENCE, TEMPLATES, make
from measured import CLOSE, MM, folio, inked, lines, text_of, wide_rules
from pdfplumber.page import Page
from pdfplumber.pdf import PDF
from said import evidence

from reports.compose import letter, self_checks
from reports.courts.periods import parse_period
from reports.pipeline.bulletins import letterhead, of_cases, write
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.pipeline.meeting import material
from reports.pipeline.stages import Cases
from reports.pipeline.subjects import narrowed, subjects
from reports.render import render
from reports.render.check import check
from reports.render.profile import load
from reports.workspace import find

pytestmark = pytest.mark.whole

FULL_WIDTH = range(0x4E00, 0xA000)
NAMES = {
    "general": "公文", "line-民事": "公文", "line-执行": "公文", "line-立案": "公文", "court-辽01": "公文",
    "court-辽0102": "公文", "theme": "公文", "feedback": "公文", "correction": "公文", "yearly": "公文",
    "monthly": "简报", "brief": "呈阅",
    "pack": "简报", "technical": "简报",
    "reminder": "信函", "supervision": "信函", "self-check": "信函", "time-limit": "信函",
}  # fmt: skip
BRIEFINGS = {"monthly": "审判执行工作月讲评", "pack": "审判质效会商会材料", "technical": "审判执行质效分析技术说明"}

ITEM = {
    "number": "2026Q2-001", "title": "天枢市城东区法院上诉率", "court": "天枢市城东区法院", "code": "辽0102", "indicator": "上诉率",
    "told": "2026年第二季度", "value": "23.24%", "problem": SENTENCE, "measure": "", "target": "", "department": "",
    "deadline": "", "feedback": "", "answer": "未反馈", "now": "12.93%（184/1423）", "single": "", "verdict": "见效",
    "sentence": SENTENCE, "right": True, "run": 0, "earlier": "",
}  # fmt: skip


def follow_up() -> dict[str, object]:
    groups = (
        "answered",
        "unanswered",
        "overdue",
        "recurred",
        "closed",
        "effective",
        "recovered",
        "partly",
        "not",
        "open",
        "again",
    )
    told: dict[str, object] = {name: {"count": 1, "names": ITEM["title"]} for name in groups}
    return told | {"total": 12, "courts": 9, "items": [ITEM] * 12}


CORRECTION = {
    "title": "关于2026年第二季度全省法院审判执行质效情况的通报", "number": "演高法〔2026〕1号", "issued": "2026年7月20日",
    "to": "", "reason": "个别法院补报结案日期",
    "catalogues": [], "annexed": True,
    "rows": [{"place": "表2，上诉率", "before": "本期1.2%、环比上升0.1", "after": "本期1.3%、环比上升0.2", "reason": "同上"}] * 40,
}  # fmt: skip

OVERDUE = {
    "court": "天枢市城东区人民法院", "own": False, "day": "2026年10月20日", "until": "2026年9月30日",
    "levels": ["已超审限", "剩余15日以内"], "past": 40, "near": 40,
    "departments": [{"name": "民一庭", "counts": [40, 40], "total": 80}] * 2, "sums": {"counts": [80, 80], "total": 160},
    "cases": [["（2026）辽0102民初1号", "买卖合同纠纷", "民一庭", "2026-03-31", "2026-09-30", "超过1天", "已超审限"]] * 40,
    "laws": [{"name": "民事一审普通程序", "limit": "6个月", "statute": "民事诉讼法（2023年修正）第152条"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def made(province) -> Iterator[dict[str, tuple[bytes, PDF]]]:
    """Name → a finished bulletin, all from one pass over the data."""
    job = Job(find(province), parse_period("2026Q3", cutoff_day=0), date.today(), date(2026, 10, 20))
    found = findings(job, gated=True)
    # So small a province has few flags: the letters' court gets one that is there, as its own.
    red = replace(
        found.flags[0], court="辽0102", indicator="within_limit", direction="down", severity="red", event=None,
        evidence=evidence(SENTENCE * 2),
    )  # fmt: skip
    found = replace(found, flags=(*found.flags, red, replace(red, severity="amber")), follow_up=follow_up())
    texts = {}
    for name in NAMES:
        kind, _, label = name.partition("-")
        if kind not in job.kinds or kind in ("theme", "correction"):
            continue
        chosen = {"line": label} if kind == "line" else {"court": label or "辽0102"}
        subject = subjects(job.kinds[kind], found, among={"辽0102"}, **({} if job.kinds[kind].single else chosen))[0]
        more = {"pressed": [{"problem": SENTENCE.rstrip("。"), "reasons": "没有报送"}]}
        if kind == "pack":  # a page of each sort will do
            whole = material(job, found)
            few = {"line_pages": 1, "court_pages": 2, "sheets": 2}
            more = {**whole, **{part: whole[part][:most] for part, most in few.items()}}
        if job.kinds[kind].longview:
            with Cases(job) as cases:
                more = of_cases(job, cases, job.kinds[kind], subject, found)
        texts[name] = write(job, job.kinds[kind], subject, narrowed(found, subject), more)
    whole = subjects(job.kinds["general"], found)[0]
    theme = replace(whole, label="营商环境", purpose="为服务营商环境", scope="案件范围为全部案件",
                    indicators=("average_days", "appeal_rate"))  # fmt: skip
    texts["theme"] = write(job, job.kinds["theme"], theme, found)
    texts["correction"] = write(job, job.kinds["correction"], whole, found, {"correction": CORRECTION})
    head = letterhead(job)
    texts["time-limit"] = letter("time-limit", "辽0102", "审限提醒", OVERDUE, head, "演示省高级人民法院", [TEMPLATES])
    note = self_checks(found, head, [TEMPLATES])
    finished = {}
    for name in NAMES:
        one = texts.get(name)
        text = one.markdown if one else next(iter(note.values())).decode()
        data = render(text, "pdf", assets=one.assets if one else {}, templates=TEMPLATES, source=name)
        finished[name] = (data, pdfplumber.open(io.BytesIO(data)))
    yield finished
    for _, pdf in finished.values():
        pdf.close()


def upright(page: Page) -> bool:
    return bool(page.height > page.width)


def sides(number: int) -> tuple[float, float]:
    """The left and right edge of the type area: the inner margin is the left one of odd pages."""
    return (28.0, 184.0) if number % 2 else (26.0, 182.0)


def holds_the_type_area(number: int, page: Page) -> None:
    assert (page.width * MM, page.height * MM) == pytest.approx((210, 297) if upright(page) else (297, 210), abs=CLOSE)
    if not upright(page):
        return
    left, right = sides(number)
    for row in lines(page):
        assert row[0]["x0"] * MM >= left - CLOSE
        assert row[-1]["x1"] * MM <= right + CLOSE
    # By the baseline: fonts have boxes of their own. 0.88 of a character stands above it, 0.12 below.
    bases = [297 - char["matrix"][5] * MM for row in lines(page) for char in row]
    if bases and number > 1:
        assert min(bases) - 0.88 * 16 * MM >= 37 - CLOSE
    if bases:
        assert max(bases) + 0.12 * 16 * MM <= 262 + CLOSE


def text_pages_hold_22_lines_of_28(pdf: PDF) -> int:
    """Of pages of text alone, however many there are."""
    seen = 0
    for number, page in enumerate(pdf.pages, 1):
        rows = lines(page)
        if len(rows) < 22 or not upright(page) or page.rects or page.lines or page.curves:
            continue
        seen += 1
        assert len(rows) == 22
        bases = [297 - row[0]["matrix"][5] * MM for row in rows]
        assert bases[0] - 0.88 * 16 * MM == pytest.approx(37.0, abs=CLOSE)
        assert all(below - above == pytest.approx(29.6 * MM, abs=0.05) for above, below in pairwise(bases))
        left, right = sides(number)
        for row, following in pairwise(rows):
            starts = row[0]["x0"] * MM < left + CLOSE and following[0]["x0"] * MM < left + CLOSE
            if starts and all(ord(char["text"]) in FULL_WIDTH for char in row):
                assert len(row) in (27, 28)  # 27 where the next line would begin with a comma
                assert row[-1]["x1"] * MM == pytest.approx(right, abs=CLOSE)
    return seen


def numbered_in_place(pdf: PDF, *, style: str) -> None:
    blank = [number for number, page in enumerate(pdf.pages, 1) if not page.chars]
    bare = {*blank, *((len(pdf.pages),) if blank else ())} | ({1} if style == "信函" else set())
    for number, page in enumerate(pdf.pages, 1):
        if not upright(page):
            chars = sorted((c for c in page.chars if c["x1"] * MM < 34 and c["text"].strip()), key=lambda c: c["top"])
            assert "".join(sorted(c["text"] for c in chars)) == "".join(sorted(f"—{number}—"))
            edge = max(c["bottom"] for c in chars) * MM if number % 2 else min(c["top"] for c in chars) * MM
            assert edge == pytest.approx(184 - 14 * MM if number % 2 else 26 + 14 * MM, abs=CLOSE)
            continue
        chars = folio(page)
        if number in bare:
            assert not chars
            continue
        assert "".join(c["text"] for c in chars) == f"—{number}—"
        assert all(abs(c["size"] - 14) < 0.1 for c in chars)
        left, right = sides(number)
        if number % 2:
            assert chars[-1]["x1"] * MM == pytest.approx(right - 14 * MM, abs=CLOSE)
        else:
            assert chars[0]["x0"] * MM == pytest.approx(left + 14 * MM, abs=CLOSE)


def ends_with_its_imprint(pdf: PDF, *, printed: str) -> None:
    last = pdf.pages[-1]
    assert len(pdf.pages) % 2 == 0
    assert f"{printed}印发" in text_of(last)
    assert max(rule["bottom"] for rule in wide_rules(last)) * MM == pytest.approx(262.0, abs=CLOSE)
    assert not any(f"{printed}印发" in text_of(page) for page in pdf.pages[:-1])


@pytest.mark.parametrize("name", NAMES)
def test_the_pages_of(name: str, made) -> None:
    data, pdf = made[name]
    style = NAMES[name]
    for number, page in enumerate(pdf.pages, 1):
        holds_the_type_area(number, page)
    text_pages_hold_22_lines_of_28(pdf)
    numbered_in_place(pdf, style=style)
    if style == "公文":
        ends_with_its_imprint(pdf, printed="2026年10月20日")
    first = pdf.pages[0]
    red = [c for c in first.chars if c["non_stroking_color"] not in (None, (0,), (0, 0, 0), 0)]
    mark = {
        "公文": "演示省高级人民法院文件",
        "信函": "演示省高级人民法院",
        "简报": BRIEFINGS.get(name, ""),
        "呈阅": "呈阅件",
    }[style]
    assert "".join(c["text"] for c in red) == mark
    if style == "信函":
        rules = [r["bottom"] * MM for r in first.rects if abs(r["width"] * MM - 170) < CLOSE]
        assert max(rules) == pytest.approx(277, abs=CLOSE)
        assert not any(abs(r["width"] * MM - 170) < CLOSE for page in pdf.pages[1:] for r in page.rects)
    elif style == "呈阅":
        assert len(pdf.pages) == 1
    elif style == "公文":
        number = next(row for row in lines(first) if "〔2026〕" in "".join(c["text"] for c in row))
        (rule,) = wide_rules(first)
        assert (number[0]["x0"] + number[-1]["x1"]) / 2 * MM == pytest.approx(28 + 78, abs=CLOSE)
        assert rule["top"] * MM - number[0]["bottom"] * MM == pytest.approx(4.0, abs=CLOSE)
        assert rule["x0"] * MM == pytest.approx(28, abs=CLOSE)
        text = [row for row in lines(first) if row[0]["top"] > rule["bottom"]]
        assert len(text) >= 2, "the first page shows text (7.3.3)"
    found = check(data, load(TEMPLATES / "page"), name, style)
    assert [(one.id, one.measured, one.pages) for one in found.findings if one.verdict == "不符合"] == []


_FIGURE = 9.5  # points: above it is text, below it are the words of a figure
_top = itemgetter("top")


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_left_white(name: str, made) -> None:
    """At most 15% of the type area in one piece, but at the end of the text, of an annex, of the whole.

    The date goes to the next page with its issuer, the name of a single annex and the last line of the text (7.3.5):
    up to five lines are left on the page before. Before a figure there is nothing to draw up among figures alone.
    """
    _, pdf = made[name]
    for page, following in pairwise(pdf.pages):
        rest = text_of(following)
        ends = not rest or rest.startswith("附件") or (_IMPRINT.match(rest) is not None)
        drawn = upright(following) and max(c["size"] for c in sorted(following.chars, key=_top)[:3]) < _FIGURE
        if not upright(page) or ends or drawn:
            continue
        signed = "演示省高级人民法院2026年10月20日" in rest
        bands = inked(page)
        gaps = [below - above for (_, above), (below, _) in pairwise((*bands, (262.0, 262.0)))]
        hole = max(gaps[3:] if page.page_number == 1 else gaps) / 225
        assert hole <= (0.23 if signed else 0.15), f"page {page.page_number}"


_IMPRINT = re.compile("(抄送：|.{2,20}20[0-9]{2}年[0-9]+月[0-9]+日印发)")


@pytest.mark.parametrize("pages", [1, 2, 3, 4, 5, 8, 11, 16, 21, 30])
def test_a_text_of(pages: int) -> None:
    """So many pages of text: an odd one and an even one both end on an even page, with 版记 at its foot."""
    paragraph = "审判管理工作运行平稳" * 11 + "。"  # 111 characters and the indent of two: five lines
    body = "\n\n".join([paragraph] * max(1, round((22 * (pages - 1) + 2) / 5)))
    data = make(FRONT + body)
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        told = [page for page in pdf.pages if "稳" in text_of(page)]
        assert len(told) in (pages, pages + 1)
        for number, page in enumerate(pdf.pages, 1):
            holds_the_type_area(number, page)
        assert text_pages_hold_22_lines_of_28(pdf) >= pages - 3
        numbered_in_place(pdf, style="公文")
        ends_with_its_imprint(pdf, printed="2025年10月15日")
        signed = [page for page in pdf.pages if "2025年10月15日" in text_of(page).replace("日印发", "")]
        assert len(signed) == 1
        assert signed[0] is told[-1], "the signature stands with the end of the text"
    assert not check(data, load(TEMPLATES / "page"), "样稿.pdf").failed
