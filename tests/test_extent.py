"""范围: a bulletin or a table of some courts and indicators has their numbers, says so, and tells of no others."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from reports.catalogue.kinds import asked
from reports.courts import court_table
from reports.courts.periods import parse_period
from reports.pipeline.bulletins import write, write_bulletins
from reports.pipeline.extent import extent
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.pipeline.request import Request
from reports.pipeline.subjects import subjects
from reports.workspace import find

pytestmark = pytest.mark.whole

PERIOD = ("--period", "2026Q3", "--as-of", "2026-10-20")
COURTS, INDICATORS = ["辽02", "辽0103"], ["上诉率", "within_limit"]


@pytest.fixture(scope="module")
def found(province):
    job = Job(find(province), parse_period("2026Q3", cutoff_day=0), date.today(), date(2026, 10, 20))
    return job, findings(job, gated=True)


@pytest.fixture(scope="module")
def made(found):
    """Kind → its narrowed bulletins, of those that a quarter without a ledger has."""
    job, all_ = found
    kinds = [one for one in asked(job.kinds) if one.takes(job.period) and one.each != "theme"]
    kinds = [one for one in kinds if not one.needs - {"meeting"} and one.id != "department"]  # of a single court
    within = extent(all_.tree, all_.catalogue, COURTS, INDICATORS)
    return {one.id: write_bulletins(job, all_, Request((one,), each=True), within)[0] for one in kinds}


def test_what_is_asked_for_is_known_by_any_name_and_stands_in_the_usual_order(found):
    _, all_ = found
    within = extent(all_.tree, all_.catalogue, ["辽0103", "天璇市中级人民法院本级", "辽0103"], INDICATORS)
    assert within.chosen == ("辽0103", "辽02本级")
    assert within.indicators == ("within_limit", "appeal_rate")
    assert within.has_court("辽02本级") and not within.has_court("辽02") and not within.has_court("辽0202")
    whole = extent(all_.tree, all_.catalogue, ["辽02"], None)
    assert {"辽02", "辽02本级", "辽0202"} <= whole.courts and whole.has_indicator("filed")


def test_every_narrowed_bulletin_says_what_it_is_narrowed_to(made):
    for kind, several in made.items():
        for one in several:
            text = re.sub(r"\s", "", one.markdown.split("---\n", 2)[2])
            own = kind in ("court", "reminder", "supervision")
            courts = "" if own or "-pack-节选-" in one.stem else "所列法院为天枢市城西区法院、天璇市中院辖区，"
            assert "本文范围：" + courts in text and "所列指标为审限内结案率、上诉率。" in text, one.stem
            assert one.extract and "节选" in one.stem


def test_no_other_court_and_no_other_indicator_is_told_of(found, made):
    _, all_ = found
    within = extent(all_.tree, all_.catalogue, COURTS, INDICATORS)
    others = [all_.tree.short_name(court.code) for court in all_.tree.courts if not within.has_court(court.code)]
    mine = [name for court in all_.tree.courts if within.has_court(court.code)
            for name in (court.name, all_.tree.short_name(court.code))]  # fmt: skip
    others = [name for name in others if not any(name in own for own in mine) and name != all_.name(all_.issuer)]
    indicators = [item.name for item in all_.catalogue.indicators.values()
                  if item.assess and item.kind != "count" and item.id not in within.indicators]  # fmt: skip
    assert len(others) > 3 and len(indicators) > 5
    for several in made.values():
        for one in several:
            text = one.markdown.split("---\n", 2)[2]
            assert not [name for name in others if name in text], one.stem
            rows = [line for line in text.splitlines() if re.match(r"\| |\d．|[^|>#]*为\d", line)]
            five = 6 if one.kind == "brief" else 0  # the five numbers are always the same
            assert not [name for name in indicators if any(name in row for row in rows[five:])], one.stem


def test_the_numbers_are_those_of_the_whole(found, made):
    """The total is not a sum of what is listed, and a row is the one that the whole circular has."""
    job, all_ = found
    kind = job.kinds["general"]
    whole = write(job, kind, subjects(kind, all_)[0], all_).markdown
    (narrow,) = made["general"]
    rows = [line for line in narrow.markdown.split("# 附件")[1].splitlines() if line.startswith("| ")]
    heads, *rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if "---" not in row]
    assert heads == ["法院", "审限内结案率（%）", "上诉率（%）"]
    names = [row[0] for row in rows]
    assert names[:3] == ["合计", "天枢市城西区法院", "天璇市中院辖区"] and len(rows) > 4
    known = {}
    for part in whole.split("# 附件")[1:]:
        table = [
            line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ") and "---" not in line
        ]
        if not table or "上诉率（%）" not in (top := [cell.strip() for cell in table[0]]):
            continue
        at = [top.index(name) for name in heads[1:]]
        known |= {row[0].strip(): [row[place].strip() for place in at] for row in table[1:]}
    checked = [row for row in rows if row[0] in known]
    assert len(checked) >= 2
    assert all(row[1:] == known[row[0]] for row in checked)
    flow = re.search(r"共受理各类案件.*?。", whole)[0]
    assert flow in narrow.markdown


def test_an_extract_is_in_no_register_and_cannot_be_signed(workspace, tongbao):
    args = (
        "bulletin",
        "--courts",
        "辽02，辽0103",
        "--indicators",
        "上诉率",
        "-w",
        workspace,
        *PERIOD,
        "--format",
        "md",
    )
    result = tongbao(*args)
    assert result.code == 0, result.err
    assert (workspace / "out/2026Q3/2026Q3-general-节选.md").is_file()
    listed = json.loads(tongbao("ledger", "bulletins", "-w", workspace, "--json").out)["bulletins"]
    assert listed == []
    refused = tongbao("ledger", "sign", "2026Q3-general-节选", "-w", workspace, "--by", "李院长")
    assert refused.code == 2 and "节选的文稿不列入发文登记" in refused.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("general", "--courts", "无此法院"), "没有"),
        (("general", "--indicators", "上诉绿"), "是否为“上诉率”"),
        (("general", "--indicators", "，"), "--indicators 没有写内容"),
        (("court", "--court", "辽02", "--courts", "辽02"), "--court 和 --courts 不能同时用"),
        (("reversal", "--courts", "辽02"), "一个法院的，用 --court 指定"),
        (("minutes", "--courts", "辽02"), "“会商会纪要”不能用 --courts、--indicators 缩小范围"),
    ],
)
def test_a_wrong_extent_is_told_in_one_message(workspace, tongbao, args, said):
    result = tongbao("bulletin", *args, "-w", workspace, *PERIOD)
    assert result.code == 2 and said in result.err and "Traceback" not in result.err
    assert not (workspace / "out").exists()


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_a_wide_table_has_a_row_for_each_unit_and_the_numbers_of_compare(workspace, tongbao):
    heads, *rows = rows_of(tongbao("indicators", "--wide", "-w", workspace, *PERIOD, "-q").out)
    tree = court_table.load(workspace / "courts.csv")
    codes = [row[0] for row in rows]
    assert [code for code in codes if not code.endswith("本级")] == [court.code for court in tree.courts]
    assert heads[:5] == ["代码", "单位", "旧存（件）　本期", "旧存（件）　上期", "旧存（件）　去年同期"]
    assert "审限内结案率（%）　合理区间" in heads and "上诉率（%）　合理区间" not in heads
    compared = json.loads(tongbao("compare", "-w", workspace, *PERIOD, "--court", "辽02", "--json").out)["comparisons"]
    mine = dict(zip(heads, rows[codes.index("辽02")], strict=True))
    for cell in compared:
        if cell["line"] != "全部" or cell["indicator"] not in ("filed", "within_limit", "average_days"):
            continue
        for side, name in (("now", "本期"), ("previous", "上期"), ("year_before", "去年同期")):
            (text,) = [value for head, value in mine.items() if head.startswith(cell["name"]) and head.endswith(name)]
            assert text == re.sub("%|天|件", "", cell[side]["text"]), (cell["name"], side)


def test_a_wide_sheet_is_the_same_with_frozen_heads_and_no_colour(workspace, tongbao, tmp_path):
    args = ("indicators", "--wide", "--courts", "辽02", "--indicators", "上诉率,新收", "-w", workspace, *PERIOD, "-q")
    heads, *rows = rows_of(tongbao(*args).out)
    assert len(heads) == 2 + 3 + 3 and {row[0][:3] for row in rows} == {"辽02"}
    path = tmp_path / "宽表.xlsx"
    assert tongbao(*args, "-o", path).code == 0
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert sheet[1][2:] == ["新收（件）", "", "", "上诉率（%）", "", ""] and sheet[2][2:5] == [
        "本期",
        "上期",
        "去年同期",
    ]
    for row, printed in zip(sheet[3:], rows, strict=False):
        for value, text in zip(row, printed, strict=True):
            assert text in ([value] if isinstance(value, str) else [f"{value:.2f}", f"{value:.0f}"])
    import zipfile

    with zipfile.ZipFile(path) as book:
        assert 'ySplit="3"' in (text := book.read("xl/worksheets/sheet1.xml").decode()) and 'xSplit="2"' in text
        assert "conditionalFormatting" not in text
        assert not re.search(r"<fgColor", book.read("xl/styles.xml").decode())


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--wide", "--json"), "--wide 与 --json 不能同时用"),
        (("--wide", "-o", "表.pdf"), "文件名以 .xlsx 或 .csv 结尾"),
        (("--line", "民事"), "--line 与 --wide 同用"),
        (("--wide", "--line", "民亊"), "可用的条线"),
    ],
)
def test_a_wrong_table_is_told_in_one_message(workspace, tongbao, args, said):
    result = tongbao("indicators", "-w", workspace, *PERIOD, *args)
    assert result.code == 2 and said in result.err


def test_a_long_table_is_narrowed_as_well(workspace, tongbao):
    result = tongbao("indicators", "-w", workspace, *PERIOD, "--courts", "辽0103", "--indicators", "上诉率", "--json")
    rows = json.loads(result.out)["indicators"]
    assert {(row["court"], row["indicator"]) for row in rows} == {("辽0103", "appeal_rate")}
