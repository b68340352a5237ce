"""What courts and leaders are given to read: few pages, plain words, every number with its unit, nothing told twice."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from datetime import date

import pdfplumber
import pytest
from said import evidence

from reports.catalogue.kinds import asked
from reports.compose.circular import FEW
from reports.courts.periods import parse_period
from reports.model import ALL_LINES
from reports.pipeline.bulletins import render_all, write
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.pipeline.subjects import narrowed, subjects
from reports.workspace import find

STATISTICS = re.compile(
    r"置信|观测|参考范围|控制[上下]?限|标准误|偏离倍数|误发现|[zpqZPQ]值|正常波动|推算的范围|共同变动|扣除后|红色事项"
    r"|读取数据|单元格|分子|分母|[A-Za-z]{4,}"
)
UNITS = "件|个|项|天|年|月|日|季度|期|批|万|人|次|页|条|号|位|名|起|倍|种|份|庭|%|．|、\\d|／"
LISTED = r"(?:附件|表|图|第|〔|（)$"  # 附件1, 表2
NO_UNIT = re.compile("比")  # a ratio of two numbers has none


@pytest.fixture(scope="module")
def found(province):
    job = Job(find(province), parse_period("2026Q3", cutoff_day=0), date.today(), date(2026, 10, 20))
    return job, findings(job, gated=True)


@pytest.fixture(scope="module")
def made(found):
    """Kind → its bulletins: of every kind that a quarter without a meeting has, for a few courts."""
    job, all_ = found
    kinds = [kind for kind in asked(job.kinds) if kind.takes(job.period) and not kind.needs and kind.each != "theme"]
    return {kind.id: [write(job, kind, one, narrowed(all_, one)) for one in subjects(kind, all_)[:4]] for kind in kinds}


def text_of(markdown: str) -> list[str]:
    """The lines of running text: without the front, tables, captions and figures."""
    body = markdown.split("---\n", 2)[2]
    return [line for line in body.splitlines() if line and not re.match(r"[|!#>]|[表图]\d+　", line)]


def plainly(made):
    """Every bulletin but the technical note."""
    return [one for kind, several in made.items() if kind != "technical" for one in several]


def test_no_kind_but_the_technical_note_speaks_of_statistics(made):
    for one in plainly(made):
        words = one.markdown.split("---\n", 2)[2]
        words = re.sub(r"\]\([^)]*\)|20\d\dQ\d|（core-\d+）", "", words)  # files and the version of the catalogue
        assert not STATISTICS.findall(words), one.stem
    (note,) = made["technical"]
    assert STATISTICS.search(note.markdown) and "异常识别规则" in note.markdown and "指标口径说明" in note.markdown


def test_nothing_is_told_twice(made):
    """No sentence of two figures or more comes again with the same figures."""
    for one in plainly(made):
        sentences = [s for line in text_of(one.markdown) for s in re.split("[。；]", line)]
        told = Counter(s for s in sentences if len(re.findall(r"\d+(?:\.\d+)?", s)) > 1)
        assert not [s for s, times in told.items() if times > 1], one.stem


def test_every_number_has_its_unit(made):
    for one in plainly(made):
        for line in text_of(one.markdown):
            assert not re.search(r"（-?\d+/\d+）", line), line
            for number in re.finditer(r"\d+(?:\.\d+)?", re.sub(r"（\d{4}）[^\d，。]*\d+[^号，。]*\d+号", "", line)):
                before, after = number.string[: number.start()], number.string[number.end() :]
                ratio = NO_UNIT.search(re.split("[。；]", before)[-1]) or "/" in number.string
                assert re.match(UNITS, after) or re.search(LISTED, before) or ratio, (one.stem, line, number[0])


@pytest.fixture(scope="module")
def page(found, made):
    job, _ = found
    (name, data), *_ = render_all(job, made["general"], ["pdf"]).items()
    assert name.endswith(".pdf")
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        return [(sheet.extract_text(), {round(one["size"], 1) for one in sheet.chars}) for sheet in pdf.pages]


def test_the_circular_is_read_in_a_few_minutes(page):
    """A province: at most six pages of text and four of annexes, with the page of the imprint."""
    first = next(
        number for number, (text, _) in enumerate(page) if text.lstrip().startswith("附件1") or "附件1\n" in text
    )
    assert 3 <= first <= 6 and len(page) - first <= 5
    text_sizes = set().union(*(sizes for _, sizes in page[:first]))
    assert min(text_sizes) >= 10.5


def test_of_many_findings_there_is_one_line_for_each_jurisdiction(found):
    """Every finding is counted and named, in the order of codes, and none is told in full."""
    job, all_ = found
    below = [court for court in all_.tree.courts if court.parent not in (None, all_.issuer)][: FEW + 4]
    base = replace(all_.flags[0], severity="red", indicator="average_days", line=ALL_LINES)
    flags = tuple(replace(base, court=court.code, evidence=evidence(court.name)) for court in below)
    kind = job.kinds["general"]
    (subject,) = subjects(kind, all_)
    for many in (FEW, FEW + 4):
        text = write(job, kind, subject, replace(all_, flags=flags[:many])).markdown
        section = text.split("、需要关注的问题")[1].split("、下一步工作要求")[0]
        assert all(section.count(court.name) == 1 for court in below[:many])
        if many == FEW:
            assert len(re.findall(r"^\d+．", section, re.M)) == many
            continue
        lines = [line for line in section.splitlines() if "平均审理天数" in line]
        counts = [int(re.search(r"(\d+)项：", line)[1]) for line in lines]
        above = list(dict.fromkeys(court.parent for court in below))
        assert sum(counts) == many and len(lines) == len(above)
        assert [line.split(str(count))[0] for line, count in zip(lines, counts, strict=True)] == [
            all_.tree.jurisdiction(code) for code in above
        ]
        tasks = text.split("、下一步工作要求")[1].split("# 附件")[0]
        assert all(tasks.count(f"| {all_.tree.by_code[code].name} |") == 1 for code in above)


def test_the_technical_note_is_of_the_office_alone(found, made):
    """It is neither registered nor sent out, and a hint that chance may explain names no court."""
    job, all_ = found
    kind = job.kinds["technical"]
    assert not kind.draft and not kind.outgoing
    hints = made["technical"][0].markdown.partition("：提示事项")[2].partition("# 附件")[0]
    yellow = {all_.name(flag.court) for flag in all_.flags if flag.severity == "yellow" and flag.court != all_.issuer}
    green = {all_.name(flag.court) for flag in all_.flags if flag.severity in ("green", "neutral")}
    assert not [name for name in yellow - green if name in hints]


@pytest.mark.parametrize("kind", ["general", "line", "court"])
def test_what_stands_where_is_counted_as_the_table_shows_it(made, kind):
    """One state for each indicator with an interval; the sentence above or below the table has the same numbers."""
    for one in made[kind]:
        table = [row for row in one.markdown.splitlines() if re.search(r"\| (?:优于|处于|劣于) \|$", row)]
        states = Counter(row.split("|")[-2].strip() for row in table)
        if not table:
            assert "设有合理区间的" not in one.markdown
            continue
        told = next(line for line in text_of(one.markdown) if line.startswith("设有合理区间的"))
        assert int(re.search(r"的(\d+)项", told)[1]) == len(table), one.stem
        first = told.split("。")[0]
        for word, count in states.items():
            assert f"{word}区间{count}项" in first or (word in first and (count == 1 or "均" in first)), (
                one.stem,
                told,
            )


def test_a_change_of_a_rate_has_its_unit_in_the_cell_or_in_the_caption(made):
    seen = 0
    for one in plainly(made):
        caption = ""
        for line in one.markdown.splitlines():
            caption = line if re.match(r"表\d+　", line) else caption
            if re.match(r"\|[^|]+\| [\d.]+% \|(?:[^|]*\|)*? (?:上升|下降)[\d.]+ \|", line):
                assert "百分点" in caption, (one.stem, line)
                seen += 1
    assert seen
