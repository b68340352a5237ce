"""What a single court is given to read: two pages before the annexes, plain words, and every table of its departments."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date

import pdfplumber
import pytest
from test_brief import FOLLOWED
from test_what_a_leader_reads import MOST, SLOGANS, STATISTICS, UNITS, command, running, text_pages

from reports.courts.periods import parse_period
from reports.measures import FEW
from reports.model import ALL_LINES
from reports.pipeline.bulletins import render_all, write_bulletins
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.pipeline.request import Request
from reports.sentences.clauses import Changes, Evidence
from reports.workspace import find

pytestmark = pytest.mark.whole

DAY = date(2026, 10, 20)
PAGES = 2


@pytest.fixture(scope="module")
def court(shared):
    def fill(folder):
        command("demo", folder / "court", "--office", "court", "--cases", 2000, "-q")

    return shared("single", fill) / "court"


def asked(court, key):
    job = Job(find(court), parse_period(key, cutoff_day=0), DAY, DAY)
    return job, findings(job, gated=True)


@pytest.fixture(scope="module")
def quarter(court):
    return asked(court, "2026Q3")


def with_red(all_, many):
    """So many findings: on the average days of a court's departments, and of the court itself."""
    item = all_.catalogue.indicators["average_days"]
    found = []
    for code in [all_.issuer, *(unit.code for unit in all_.tree.below(all_.issuer))]:
        cell = all_.comparisons.cell(code, ALL_LINES, item.id)
        if cell and cell.now[1]:
            told = Evidence(all_.name(code), item.name, cell, (Changes(cell),))
            found.append(
                replace(
                    all_.flags[0], court=code, line=ALL_LINES, indicator=item.id, severity="red", strength="red",
                    direction="up", numerator=cell.now[0], denominator=cell.now[1], evidence=told,
                )
            )  # fmt: skip
    more = [replace(one, indicator="civil_mediation_rate") for one in found]
    flags = (*[flag for flag in all_.flags if flag.severity != "red"], *(found + more)[:many])
    return replace(all_, flags=flags)


def made(job, told, name):
    (one,), _ = write_bulletins(job, told, Request((job.kinds[name],)))
    return one


@pytest.mark.parametrize(("many", "followed"), [(0, {}), (2, {}), (4, FOLLOWED), (12, {})])
def test_the_text_is_two_pages_and_the_tables_follow(quarter, many, followed):
    job, all_ = quarter
    one = made(job, replace(with_red(all_, many), follow_up=followed), "general")
    with pdfplumber.open(io.BytesIO(render_all(job, [one], ["pdf"])[f"{one.stem}.pdf"])) as pdf:
        sheets = [(page.extract_text(), set()) for page in pdf.pages]
    assert text_pages(sheets) <= PAGES
    text, annexes = one.markdown.split("\n# 附件", 1)
    assert "|" not in text, "tables stand in the annexes"
    titles = re.findall(r"^表\d+　(.+?)(?:（.*)?$", annexes, re.M)
    for title in ("各部门主要情况表", "各部门未结案件和临近审限案件数", "各部门上诉和二审结果", "各条线案件收结存情况",
                  "主要指标情况", "新收较多和增加较多的案由", "长期未结案件清单"):  # fmt: skip
        assert title in titles
    assert f"需要关注的问题{many}项：" in text or not many
    full = annexes.partition("需要关注和办理的事项")[2].partition("\n# 附件")[0]
    for flag in with_red(all_, many).at_home().flags:
        if flag.severity == "red":
            assert flag.evidence.court + flag.evidence.label in full
            assert many > FEW or flag.evidence.court + flag.evidence.label in text


@pytest.mark.parametrize(
    ("name", "key"), [("general", "2026Q3"), ("general", "2026Q1-Q3"), ("general", "2026-09"), ("monthly", "2026-09")]
)
def test_plain_words_and_few_figures(court, name, key):
    job, all_ = asked(court, key)
    one = made(job, with_red(all_, 2), name)
    body = re.sub(r"\]\([^)]*\)|20\d\dQ\d|（core-\d+）", "", one.markdown.split("---\n", 2)[2])
    assert not STATISTICS.findall(body) and not SLOGANS.findall(body)
    assert "法院" not in re.sub("上级法院|同级法院|人民法院", "", body)
    for line in running(body.split("\n# 附件")[0]):
        assert not re.search(r"（-?\d+/\d+）", line)
        for sentence in re.split("[。；：]", line):
            plain = re.sub(r"\d{4}年(?:度|第.季度|(?:\d+—)?\d+月(?:\d+日)?)?", "", sentence)
            figures = re.findall(r"\d+(?:\.\d+)?", plain)
            assert len(figures) <= MOST or re.search("旧存|新收|未结|审执结", sentence), sentence
            for number in re.finditer(r"\d+(?:\.\d+)?", plain):
                assert re.match(UNITS, plain[number.end() :]) or "附件" in plain, sentence


def test_reversed_cases_are_as_many_by_department_as_the_indicator_counts(quarter):
    job, all_ = quarter
    table = made(job, all_, "general").markdown.split("　各部门上诉和二审结果\n\n")[1].split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table if not row.startswith("|:")]
    places = [rows[0].index(word) for word in ("改判", "发回重审") if word in rows[0]]
    assert places and len(rows) > 3
    assert [sum(int(row[n]) for row in rows[1:-1]) for n in range(2, len(rows[0]))] == [int(n) for n in rows[-1][2:]]
    for row in rows[1:]:
        code = all_.issuer if row[0] == "合计" else f"{all_.issuer}/{row[0]}"
        cell = all_.comparisons.cell(code, ALL_LINES, "first_reversal_rate")
        assert sum(int(row[n]) for n in places) == (cell.now[0] if cell else 0), row


def test_a_court_whose_cases_name_no_department_refers_to_no_notice(court, tmp_path, tongbao):
    """What its departments would be sent stands in the circular itself, and nothing is called 未填部门."""
    with (court / "cases.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [name for name in rows[0] if name not in ("承办部门", "承办团队", "承办人")]
    with (tmp_path / "cases.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    for name in ("courts.csv", "二审情况表.csv", "诉源治理情况表.csv"):
        (tmp_path / name).write_bytes((court / name).read_bytes())
    config = (court / "tongbao.toml").read_text("utf-8").replace("cases.parquet", "cases.csv")
    (tmp_path / "tongbao.toml").write_text(config, "utf-8")
    done = tongbao("bulletin", "general", "-w", tmp_path, "--period", "2026Q3", "--as-of", DAY, "--format", "md")
    assert done.code == 0, done.err
    text = (tmp_path / "out/2026Q3/2026Q3-general.md").read_text("utf-8")
    assert "部门通知" not in text and "有关部门的通知" not in text and "未填部门" not in text
    assert "　已超审限和审限临近届满案件清单\n" in text and "　长期未结案件清单\n" in text
    told = [int(number) for number in re.findall(r"(?:已超审限|审限临近届满)的(\d+)件", text.split("\n# 附件")[0])]
    listed = text.split("　已超审限和审限临近届满案件清单\n\n")[1].split("\n\n")[0].splitlines()[2:]
    assert told and len(listed) == sum(told)


def test_the_demo_has_entries_in_every_register_that_its_reports_tell(court, tmp_path, tongbao):
    people = {"评查人甲", "某街道办事处"}
    for name, stages in {
        "司法建议": {"已发出", "已采纳", "未采纳"},
        "优秀案例报送": {"已推荐", "已报送", "已入选", "未入选"},
        "案件评查": {"已选定", "已分配", "已评定"},
        "四类案件": {"已识别", "已决定"},
    }.items():
        rows = json.loads(tongbao("register", "list", name, "-w", court, "--json").out)["rows"]
        assert {row["stage"] for row in rows} == stages
        to = tmp_path / f"{name}.md"
        args = ("register", "report", name, "-w", court, "--period", "2026Q3", "--as-of", DAY, "--to", to)
        assert tongbao(*args).code == 0
        text = to.read_text("utf-8")
        assert all(row["number"] in text for row in rows) and not any(one in text for one in people)
    assert tongbao("ledger", "verify", "-w", court).code == 0
