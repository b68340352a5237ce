"""What courts and leaders are given to read: few pages, plain words, every number with its unit, nothing told twice."""

from __future__ import annotations

import contextlib
import io
import math
import re
import sys
from collections import Counter
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
from pypdfium2.raw import FS_MATRIX, FPDFText_GetFontSize, FPDFText_GetMatrix
from said import evidence

from reports import cli
from reports.catalogue.kinds import asked, correcting
from reports.compose import self_checks
from reports.compose.circular import FEW
from reports.courts.periods import parse_period
from reports.model import ALL_LINES, Bulletin
from reports.pipeline.bulletins import chosen_subjects, letterhead, of_cases, referred, render_all, write
from reports.pipeline.findings import analysis, findings
from reports.pipeline.job import TEMPLATES, Job
from reports.pipeline.ledgers import followed_up, time_limit_letters
from reports.pipeline.meeting import material
from reports.pipeline.nodes import node_letters
from reports.pipeline.request import Request
from reports.pipeline.stages import Cases
from reports.pipeline.subjects import narrowed, subjects
from reports.sentences.clauses import Changes, Evidence, OwnHistory
from reports.workspace import find

pytestmark = pytest.mark.whole

STATISTICS = re.compile(
    r"置信|观测|参考范围|控制[上下]?限|标准误|偏离倍数|误发现|[zpqZPQ]值|正常波动|推算的范围|共同变动|扣除后|红色事项"
    r"|读取数据|单元格|分子|分母|项次|不作评价|本系统|[A-Za-z]{4,}"
)
SLOGANS = re.compile("狠抓|拧紧|靶向|大力|硬骨头|攻坚|抓好落实|一要")
UNITS = "件|个|项|天|年|月|日|季度|期|批|万|人|次|页|条|号|位|名|起|倍|种|份|庭|%|．|、\\d|／"
LISTED = r"(?:附件|表|图|第|〔|（)$"  # 附件1, 表2
NO_UNIT = re.compile("比")  # a ratio of two numbers has none
FLOW = re.compile("旧存|新收|未结|结案|审结|执结")  # 收结存 is told in one breath
RATES = re.compile("审限内结案率|超12个月未结案件比")  # which are not
MOST = 6  # figures in any other sentence
DAY = date(2026, 10, 20)
PAGES = {
    "general": 6, "line": 4, "court": 5, "theme": 4, "monthly": 3, "reversal": 7, "feedback": 3, "pack": 4,
    "yearly": 7, "minutes": 2, "reminder": 2, "supervision": 3, "correction": 2, "time-limit": 2, "nodes": 2, "self-check": 1,
}  # fmt: skip
"""Pages of text, annexes apart, at most."""


def command(*args):
    """Run the command for what it leaves behind."""
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setattr(sys, "argv", ["tongbao", *map(str, args)])
        with pytest.raises(SystemExit) as done:
            cli.main()
    assert not done.value.code


@pytest.fixture(scope="module")
def found(province, tmp_path_factory):
    """The province's third quarter after a quarter with a problem and a meeting, with three red findings of courts."""
    folder = tmp_path_factory.mktemp("质效")
    for name in ("cases.parquet", "courts.csv", "tongbao.toml"):
        (folder / name).write_bytes((province / name).read_bytes())
    by = ("-w", folder, "--by", "王五")
    told = ("--period", "2026Q2", "--as-of", "2026-07-20")
    command("ledger", "open", *by, *told, "--court", "辽0102", "--indicator", "审限内结案率", "--problem", "超审限案件较多",
            "--bulletin", "关于2026年第二季度全省法院审判执行质效情况的通报")  # fmt: skip
    for period, text in (("2026Q2", "开展审限管理专项检查"), ("2026Q3", "逐案清理超12个月未结案件")):
        command("ledger", "decide", *by, "--period", period, "--text", text, "--owner", "审判管理办公室", "--deadline",
                "2026-12-31", "--as-of", "2026-10-20")  # fmt: skip
    job = Job(find(folder), parse_period("2026Q3", cutoff_day=0), date.today(), DAY)
    all_, _ = followed_up(job, findings(job, gated=True, reversed_too=True))
    below = [court for court in all_.tree.courts if court.parent not in (None, all_.issuer)]
    graded = zip(below, ("red", "red", "red", "amber", "amber"), strict=False)
    return job, replace(all_, flags=(*all_.flags, *(found_in(all_, court, grade) for court, grade in graded)))


def found_in(all_, court, grade):
    """A finding on the average days of a court, with the clauses that findings have."""
    item = all_.catalogue.indicators["average_days"]
    cell = all_.comparisons.cell(court.code, ALL_LINES, item.id)
    clauses = (OwnHistory(item.measure, 9.0, 60.0, 11, 1, "季度", "全省同级法院", None, 0), Changes(cell))
    return replace(
        all_.flags[0], court=court.code, line=ALL_LINES, indicator=item.id, severity=grade, strength=grade,
        direction="up", numerator=cell.now[0], denominator=cell.now[1],
        evidence=Evidence(court.name, item.name, cell, clauses),
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(found):
    """Kind → its bulletins, for a few courts and lines: of every kind, and of the letters."""
    job, all_ = found
    month = replace(job, period=parse_period("2026-09", cutoff_day=0))
    year = replace(job, period=parse_period("2025", cutoff_day=0))
    of_theme = job.on_theme("营商环境")
    done = {}
    for kind in asked(job.kinds):
        if kind.each == "department":  # of which the province has none: test_inside_one_court
            continue
        mine, told = job, all_
        if not kind.takes(job.period):
            mine = month if kind.takes(month.period) else year
            told = findings(mine, gated=True)
        elif kind.each == "theme":
            mine, told = of_theme, analysis(of_theme)
        chosen = chosen_subjects(mine, told, kind)
        if kind.each == "court":  # those with findings, and one with courts below it
            red = {flag.court for flag in told.flags if flag.severity in ("red", "amber")}
            chosen = [one for one in chosen if one.court in red or one.court == "辽01"]
        more = material(mine, told) if "meeting" in kind.needs else {}
        if kind.longview:
            with Cases(mine) as cases:
                more = of_cases(mine, cases, kind, chosen[0], told)
        done[kind.id] = [write(mine, kind, one, narrowed(told, one), more) for one in chosen[:6]]
    row = {"place": "表1，民事", "before": "新收10", "after": "新收11", "reason": "个别法院补报结案日期"}
    told = {"title": "某通报", "number": "", "to": "", "issued": "2026年10月20日", "reason": "个别法院补报结案日期",
            "catalogues": [], "rows": [row] * 6, "annexed": False}  # fmt: skip
    (whole,) = subjects(job.kinds["general"], all_)
    done["correction"] = [write(job, correcting(job.kinds), whole, all_, {"correction": told})]
    done["time-limit"] = list(time_limit_letters(replace(job, as_of=date(2026, 9, 30)), None, everything=False).made)[
        :2
    ]
    done["nodes"] = list(node_letters(replace(job, as_of=date(2026, 9, 30)), None, 3).made)[:2]
    notes = self_checks(all_, letterhead(job), [TEMPLATES])
    done["self-check"] = [
        Bulletin("self-check", "辽", "", f"自查{place}", text.decode(), {}) for place, text in enumerate(notes.values())
    ]
    assert done.keys() == {*PAGES, "brief", "technical"} and all(done.values())
    return done


def text_of(markdown: str) -> list[str]:
    """The lines of running text of a bulletin, without its front."""
    return running(markdown.split("---\n", 2)[2])


def running(body: str) -> list[str]:
    """The lines of running text: without tables, captions and figures."""
    return [line for line in body.splitlines() if line and not re.match(r"[|!#>]|[表图]\d+　", line)]


def plainly(made):
    """Every bulletin but the technical note."""
    return [one for kind, several in made.items() if kind != "technical" for one in several]


def test_no_kind_but_the_technical_note_speaks_of_statistics(made):
    for one in plainly(made):
        words = one.markdown.split("---\n", 2)[2]
        words = re.sub(r"\]\([^)]*\)|20\d\dQ\d|（core-\d+）", "", words)  # files and the version of the catalogue
        words = re.sub(r"案件：tongbao cases [^|]*", "", words)  # by which the clerk lists the cases behind a number
        assert not STATISTICS.findall(words), one.stem
        assert not SLOGANS.findall(words), one.stem
    (note,) = made["technical"]
    assert STATISTICS.search(note.markdown) and "异常识别规则" in note.markdown and "指标口径说明" in note.markdown


def test_nothing_is_told_twice(made):
    """No sentence of two figures or more comes again with the same figures."""
    for one in plainly(made):
        body = one.markdown.split("---\n", 2)[2]
        # The pages of the meeting's material are documents of their own.
        for part in re.split("^# 附件", body, flags=re.M) if one.kind == "pack" else [body]:
            sentences = [s for line in running(part) for s in re.split("[。；]", line)]
            told = Counter(s for s in sentences if len(re.findall(r"\d+(?:\.\d+)?", s)) > 1)
            assert not [s for s, times in told.items() if times > 1], one.stem


def test_tables_and_figures_are_numbered_from_one(made):
    for one in (one for several in made.values() for one in several):
        body = one.markdown.split("---\n", 2)[2]
        for part in re.split("^# 附件", body, flags=re.M) if one.kind == "pack" else [body]:
            for mark in "表图":
                numbers = [int(number) for number in re.findall(rf"^{mark}(\d+)　", part, re.M)]
                assert numbers == list(range(1, len(numbers) + 1)), (one.stem, mark, numbers)


def test_every_number_has_its_unit(made):
    for one in plainly(made):
        for line in text_of(one.markdown):
            assert not re.search(r"（-?\d+/\d+）", line), line
            for number in re.finditer(r"\d+(?:\.\d+)?", re.sub(r"（\d{4}）[^\d，。]*\d+[^号，。]*\d+号", "", line)):
                before, after = number.string[: number.start()], number.string[number.end() :]
                ratio = NO_UNIT.search(re.split("[。；]", before)[-1]) or "/" in number.string
                assert re.match(UNITS, after) or re.search(LISTED, before) or ratio, (one.stem, line, number[0])


def test_a_sentence_holds_few_figures(made):
    """Six at most, but where cases that came in, were closed and are left are told in one breath."""
    for one in plainly(made):
        for sentence in (part for line in text_of(one.markdown) for part in re.split("[。；：]", line)):
            plain = re.sub(
                r"（\d{4}）[^\d，。]*\d+[^号，。]*\d+号|\d{4}年(?:度|第.季度|\d+月(?:\d+日)?)?", "", sentence
            )
            figures = re.findall(r"\d+(?:\.\d+)?", plain)
            assert len(figures) <= MOST or FLOW.search(RATES.sub("", sentence)), (one.stem, sentence)


def test_a_court_is_spoken_to_and_not_of(made):
    """In what is addressed to one court it is 你院 in every sentence, and in the table of what is asked of it."""
    for one in (*made["court"], *made["reminder"], *made["supervision"], *made["self-check"]):
        name = re.search(r"^主送: (.+)：$", one.markdown, re.M)[1]
        short = re.search(r"^标题: 关于\d{4}年第三季度(.+?)(?:辖区)?审判执行", one.markdown, re.M)
        told = [name, short[1]] if short else [name]
        assert not [line for line in text_of(one.markdown) if any(called in line for called in told)], one.stem
    tables = [one.markdown for one in made["court"] if "| 单位 | 事项 |" in one.markdown]
    assert tables and all(re.search(r"表\d　办理事项", text) for text in tables)
    assert any(re.search(r"^\| 你院 \| 平均审理天数", text, re.M) for text in tables)


@pytest.fixture(scope="module")
def pages(found, made):
    """Kind → of each page of one bulletin its text and the sizes of its type."""
    job, _ = found
    files = render_all(job, [made[kind][0] for kind in PAGES], ["pdf"])
    return {kind: sheets(files[f"{made[kind][0].stem}.pdf"]) for kind in PAGES}


def sheets(data):
    """Of each page its text and the sizes of its type, in points."""
    with pypdfium2.PdfDocument(data) as pdf:
        words = [page.get_textpage() for page in pdf]
        return [(one.get_text_range().replace("\r\n", "\n"), sizes(one)) for one in words]


def sizes(words):
    turned, found = FS_MATRIX(), set()
    for place in range(words.count_chars()):
        FPDFText_GetMatrix(words.raw, place, turned)
        if words.get_text_range(place, 1).strip():
            found.add(round(FPDFText_GetFontSize(words.raw, place) * math.hypot(turned.c, turned.d), 1))
    return found


def text_pages(sheets):
    """How many pages come before the annexes."""
    annexes = (number for number, (text, _) in enumerate(sheets) if re.match(r"\s*附件1?\n", text))
    return next(annexes, len(sheets))


def test_the_circular_is_read_in_a_few_minutes(pages):
    """A province: at most six pages of text and four of annexes, with the page of the imprint."""
    first = text_pages(pages["general"])
    assert 3 <= first <= 6 and len(pages["general"]) - first <= 4


def test_as_many_findings_as_are_told_one_by_one_make_no_more_pages(found):
    job, all_ = found
    below = [court for court in all_.tree.courts if court.parent not in (None, all_.issuer)][:FEW]
    many = replace(all_, flags=tuple(found_in(all_, court, "red") for court in below))
    kind = job.kinds["general"]
    (subject,) = subjects(kind, many)
    made = write(job, kind, subject, many)
    assert len(re.findall(r"^\d+．", made.markdown, re.M)) == FEW
    assert text_pages(sheets(render_all(job, [made], ["pdf"])[f"{made.stem}.pdf"])) <= 6


@pytest.mark.parametrize("kind", PAGES)
def test_every_kind_is_short_and_large_enough_to_read(pages, kind):
    first = text_pages(pages[kind])
    assert first <= PAGES[kind]
    assert min(set().union(*(sizes for _, sizes in pages[kind][:first]))) >= 10.5


def test_no_number_is_parted_from_its_unit(pages):
    for kind, sheets in pages.items():
        for text, _ in sheets[: text_pages(sheets)]:
            assert not re.findall(
                r"\d\n(?:件|个百|天|项|万元|月|日|%)|（\d+件中?\n|个\n百分点|不\n[高低]于\d|不[高低]\n于\d|不[高低]于\n\d",
                text,
            ), kind


def test_a_run_makes_the_bulletins_that_its_circular_refers_to(found):
    """Of more findings than are told one by one, of the courts concerned; none where the kind is asked for anyway."""
    job, all_ = found
    below = [court for court in all_.tree.courts if court.parent not in (None, all_.issuer)]
    many = replace(all_, flags=tuple(found_in(all_, court, "red") for court in below[: FEW + 1]))
    general, court = job.kinds["general"], job.kinds["court"]
    assert not referred(job, Request((general,), whole=True), all_)
    (more,) = referred(job, Request((general,), whole=True), many)
    assert more == replace(court, each="flagged")
    assert not referred(job, Request((general, court), whole=True), many)
    assert not referred(job, Request((general,)), many)


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
        assert all(section.count(all_.tree.short_name(court.code)) == 1 for court in below[:many])
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
        assert all(tasks.count(f"| {all_.tree.short_name(code)} |") == 1 for code in above)


def test_at_the_meeting_the_office_explains_what_no_line_shows(found):
    job, all_ = found
    whole = found_in(all_, all_.tree.by_code[all_.issuer], "red")
    rows = material(job, replace(all_, flags=(whole,)))["departments"]
    assert rows[-1] == {"name": "审判管理办公室", "why": "各法院总体：平均审理天数"}
    others = material(job, replace(all_, flags=()))["departments"]  # what lies beyond an interval without a finding
    assert others and all("劣于区间" in row["why"] and row["name"] != "审判管理办公室" for row in others)


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
        told = next(line for line in text_of(one.markdown) if re.search("[优处劣]于区间", line))
        first = told.split("。")[0]
        alone = table[0].split("|")[1].strip() if len(table) == 1 else ""
        assert first.startswith(alone or f"设有合理区间的{len(table)}项"), one.stem
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
