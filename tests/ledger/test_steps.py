"""举措: entered, listed, measured on a city whose numbers are chosen by hand, written out, withdrawn; and what is refused."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from by_hand_items import PLAN, effect, finding
from small_city import CODES, usual, write_cases

from reports.courts.periods import consecutive, parse_period
from reports.ledger import items, record
from reports.ledger.journal import writing
from reports.ledger.rectification import respond
from reports.ledger.steps import faults_of, steps
from reports.measures import every_kind, kinds_of

TOOK = ("辽0102", "辽0103")
DAY = "2026-10-20"
ADD = ("--since", "2025-10-01", "--units", "天枢市第一区法院,辽0103", "--indicator", "审限内结案率", "--by", "王五")


def late(code, quarter):
    """6 to 10 of 200 are late everywhere; 40 in the two courts from 2025Q4 on."""
    return 40 if code in TOOK and quarter >= "2025Q4" else usual(code, quarter)


@pytest.fixture
def office(city):
    write_cases(city, "2026Q3", late)
    return city


def head(folder):
    """What stands in the ledger, to see that it has not changed."""
    if not (folder / "tongbao.db").exists():
        return ""
    with writing(folder / "tongbao.db") as journal:
        return journal.head


def shown(tongbao, folder, *args):
    result = tongbao("effect", "show", "集中送达", "-w", folder, "--as-of", DAY, *args)
    assert result.code == 0, result.err
    return result.out


def test_a_step_that_a_clerk_can_follow(office, tongbao):
    made = tongbao("effect", "add", "集中送达", *ADD, "--source", "会议纪要第3号", "-w", office, "--as-of", DAY)
    assert (made.code, made.out) == (0, "已登记“集中送达”，自2025-10-01起。\n")
    listed = tongbao("effect", "list", "-w", office)
    assert "天枢市第一区法院和天枢市第二区法院" in listed.out and "共1项举措" in listed.err
    (step,) = json.loads(tongbao("effect", "list", "--json", "-w", office).out)["steps"]
    assert (step["units"], step["indicators"], step["who"]) == ([*TOOK], ["within_limit"], "王五")

    (found,) = json.loads(shown(tongbao, office, "--json"))["indicators"]
    assert found["after"]["took"] == [2 * 4 * 160, 2 * 4 * 200]
    # As the data begin in July 2023, that quarter is not whole, and is left out.
    assert (found["took"][0]["period"], found["before"]["periods"], found["after"]["periods"]) == ("2023Q4", 8, 4)
    early = [one for one in found["took"] if one["phase"] == "实施前"]
    assert found["before"]["took"] == [sum(one[side] for one in early) for side in ("numerator", "denominator")]
    cross = tongbao("crosstab", "-w", office, "--indicator", "审限内结案率", "--by", "季度,法院", "--period", "2025",
                    "--json", "--as-of", DAY)  # fmt: skip
    cells = [one for one in json.loads(cross.out)["cells"] if one["column"] in ("天枢市第一区法院", "天枢市第二区法院")]
    by_quarter = [
        [sum(one[side] for one in cells if one["row"] == f"第{name}季度") for side in ("numerator", "denominator")]
        for name in "一二三四"
    ]
    assert by_quarter == [[one["numerator"], one["denominator"]] for one in found["took"][5:9]]
    assert found["after"]["beside"][1] == 6 * 4 * 200
    assert found["verdict"] == "beyond" and -0.20 < found["low"] < found["gap"] < found["high"] < -0.11
    assert found["rank_p"] <= 0.05 and found["extreme"] == 0
    assert [one["phase"] for one in found["took"]] == ["实施前"] * 8 + ["实施后"] * 4
    assert found["took"][-1] == {"period": "2026Q3", "phase": "实施后", "numerator": 320, "denominator": 400}
    text = found["text"]
    assert "变为80.00%（1600件中1280件）" in text and "超出偶然波动" in text and "由它引起，须另行核查" in text
    assert "同期未采取这一举措的6个法院" in text and "前者相对下降" in text

    page = shown(tongbao, office)
    assert "2026年第三季度  实施后  80.00%    320/400" in page and "tongbao cases --court 辽0102" in page
    listed = tongbao("cases", "-w", office, "--court", "辽0102", "--indicator", "审限内结案率", "--period", "2026Q3",
                     "--json", "--as-of", DAY)  # fmt: skip
    assert json.loads(listed.out)["total"] == 160  # of the two courts 320
    monthly = json.loads(shown(tongbao, office, "--json", "--monthly"))["indicators"][0]
    assert monthly["after"]["took"] == found["after"]["took"]
    assert monthly["after"]["periods"] == 9  # in October, April and July nothing was concluded

    out = office / "out"
    tongbao("effect", "show", "集中送达", "-w", office, "--as-of", DAY, "-o", out / "甲.md", "-o", out / "甲.csv",
            "--indicator", "审限内结案率", "-o", out / "甲.svg")  # fmt: skip
    rows = list(csv.reader((out / "甲.csv").read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["指标", "统计期", "阶段", "采取", "分子/分母", "未采取", "分子/分母"] and len(rows) == 13
    assert rows[-1][:5] == ["审限内结案率", "2026年第三季度", "实施后", "80.00%", "320/400"]
    markdown = (out / "甲.md").read_text("utf-8")
    assert (
        text.split("。")[0] in markdown and "](charts/甲-within_limit.svg)" in markdown and "会议纪要第3号" in markdown
    )
    assert (out / "charts/甲-within_limit.svg").read_bytes() == (out / "甲.svg").read_bytes()
    assert (out / "甲.svg").read_text("utf-8").count("<circle") == 12 + 1  # of the key

    gone = tongbao("effect", "withdraw", "集中送达", "-w", office, "--by", "王五", "--note", "日期有误")
    assert gone.code == 0 and "共0项" in tongbao("effect", "list", "-w", office).err
    assert "已经撤销：日期有误" in tongbao("effect", "show", "集中送达", "-w", office).err
    assert "名称不再使用" in tongbao("effect", "add", "集中送达", *ADD, "-w", office, "--as-of", DAY).err
    assert tongbao("ledger", "verify", "-w", office).code == 0


def test_an_indicator_table_alone_is_measured_too(city, tongbao):
    """40% in eight courts, 55% in two of them since July 2025; there are no cases to list."""
    rows = [
        f"{code},上诉率,{period.key},{220 if code in TOOK and period.key >= '2025Q3' else 160 + n % 5},400"
        for n, (code, period) in enumerate(product(CODES, consecutive(parse_period("2024Q1"), parse_period("2026Q3"))))
    ]
    (city / "T.csv").write_text("\n".join(["court,indicator,period,numerator,denominator", *rows]), "utf-8")
    config = (city / "tongbao.toml").read_text("utf-8")
    (city / "tongbao.toml").write_text(config.replace('files = ["cases.csv"]', 'table = "T.csv"'), "utf-8")
    tongbao("effect", "add", "集中送达", "--since", "2025-07-01", "--units", "辽0102,辽0103", "--indicator", "上诉率",
            "--by", "王五", "-w", city, "--as-of", DAY)  # fmt: skip
    (found,) = json.loads(shown(tongbao, city, "--json"))["indicators"]
    assert found["after"]["took"] == [2 * 5 * 220, 2 * 5 * 400] and found["before"]["periods"] == 6
    assert found["verdict"] == "beyond" and 0.10 < found["low"] < 0.145 < found["high"] < 0.19
    page = shown(tongbao, city)
    assert "升降都不评价好坏" in page and "tongbao cases" not in page
    refused = tongbao("effect", "show", "集中送达", "-w", city, "--as-of", DAY, "--monthly")
    assert refused.code == 2 and "采取的单位没有按月的上诉率" in refused.err


def test_another_step_on_the_same_indicator_is_no_measure(office, tongbao):
    tongbao("effect", "add", "集中送达", *ADD, "-w", office, "--as-of", DAY)
    more = [*ADD]
    more[3] = "辽0104"
    tongbao("effect", "add", "另一项", *more, "-w", office, "--as-of", DAY)
    (found,) = json.loads(shown(tongbao, office, "--json"))["indicators"]
    assert "辽0104" not in found["others"] and len(found["others"]) == 5
    assert any("“另一项”的单位不作对照" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"--units": "辽0199"}, 2, "没有“辽0199”"),
        ({"--units": "辽0102,天枢市第一区法院"}, 2, "写了两次"),
        ({"--units": "辽01,辽0102"}, 2, "写了两次"),
        ({"--units": "辽01"}, 2, "没有未采取这一举措的同级单位"),
        ({"--units": ""}, 2, "没有写采取举措的单位"),
        ({"--since": "2025年10月1日"}, 2, "无法识别"),
        ({"--indicator": "审限内结案律"}, 2, "审限内结案率"),
        ({"--indicator": "审限内结案率,within_limit"}, 2, "写了两次"),
        ({"--by": ""}, 2, "没有写办理人"),
        ({"--source": "某 110101199003074477"}, 2, "身份证件号码"),
        ({"--line": "商事"}, 2, "没有条线“商事”"),
        ({"--beside": "辽0102"}, 2, "又写为作对照的"),
        ({"--units": "", "--line": "民事", "--beside": "辽0104"}, 2, "不能另写对照的单位"),
        ({"--text": "引导当事人减少上诉"}, 2, "不得以减少当事人上诉"),
    ],
)
def test_what_cannot_be_entered_leaves_the_ledger_as_it_was(city, tongbao, change, code, words):
    tongbao("effect", "add", "早先的", *ADD, "-w", city, "--as-of", DAY)
    before = head(city)
    options = dict(zip(ADD[::2], ADD[1::2], strict=True)) | change
    result = tongbao("effect", "add", "集中送达", *(part for pair in options.items() for part in pair), "-w", city)
    assert result.code == code and words in result.err and head(city) == before
    assert list(steps(city / "tongbao.db")) == ["早先的"]


def test_what_cannot_be_shown_says_why_and_writes_nothing(office, tongbao):
    for name, day in (("早", "2019-01-01"), ("晚", "2026-12-01"), ("近", "2024-02-10")):
        tongbao("effect", "add", name, "--since", day, *ADD[2:], "-w", office, "--as-of", DAY)
    before = head(office)

    def refused(*args):
        result = tongbao("effect", "show", *args, "-w", office, "--as-of", DAY, "-o", office / "out/甲.md")
        assert result.code == 2 and not (office / "out").exists() and head(office) == before
        return result.err

    assert "数据自2023年第四季度起，没有实施以前的审限内结案率" in refused("早")
    assert "数据只到2026年第三季度，实施后还没有完整的一期" in refused("晚")
    assert "登记的有：早、晚、近" in refused("没有的")
    assert "不能写成“.txt”文件" in refused("近", "-o", office / "out/甲.txt")
    assert "只画一项指标" in refused("近", "-o", office / "out/甲.svg")
    assert "没有指标" in refused("近", "--indicator", "没有的")
    short = tongbao("effect", "show", "近", "-w", office, "--as-of", DAY)
    assert "实施前可以比较的只有1个季度，至少需要4个季度" in short.out and "2024年第一季度  实施当期" in short.out


def test_an_indicator_without_data_does_not_hide_the_others(office, tongbao):
    several = ("--indicator", "执行到位率", "--indicator", "审限内结案率")
    tongbao("effect", "add", "集中送达", *ADD[:4], *several, "--by", "王五", "-w", office, "--as-of", DAY)
    told = shown(tongbao, office)
    assert "审限内结案率" in told.splitlines()[0]
    assert "注：“集中送达”自2025年10月1日起实施，数据中没有执行到位率。" in told
    (found,) = json.loads(shown(tongbao, office, "--json"))["indicators"]
    assert found["indicator"]["id"] == "within_limit"


def test_events_of_steps_that_do_not_follow_are_found(office, tongbao):
    tongbao("effect", "add", "集中送达", *ADD, "-w", office, "--as-of", DAY)
    path = office / "tongbao.db"
    assert faults_of(path) == []
    with writing(path) as journal:
        journal.add(DAY, "某", "举措：没有的", "撤销", {"note": "无"})
    assert len(faults_of(path)) == 1
    assert tongbao("ledger", "verify", "-w", office).code == 6


def test_which_measures_went_with_improvement(city, tongbao):
    """Four items: two by 提醒 of which one helped, one by 评查 that helped, one of which nothing can be said yet."""
    path = city / "tongbao.db"
    courts = ("辽01", "辽0102", "辽0103")
    found = [finding(court, "within_limit") for court in courts] + [finding("辽0102", "completion")]
    record(path, found, at="2025-10-20", bulletin="通报")
    numbers = [one.number for one in items(path)]
    texts = ("审限到期前10日提醒承办人20件", "庭长每周提醒并逐件清理30件", "抽20件评查", "组织2次培训")
    plan = {
        number: {**PLAN, "measure": text, "feedback": "已清理20件。"}
        for number, text in zip(numbers, texts, strict=True)
    }
    respond(path, plan, at="2025-11-01", who="李某", today=date(2025, 11, 1))
    verdicts = ("见效", "未见效", "见效", "尚不能判断")
    effects = {n: replace(effect(), verdict=verdict) for n, verdict in zip(numbers, verdicts, strict=True)}
    record(path, [], at="2026-01-15", effects=effects)
    told = json.loads(tongbao("effect", "measures", "--json", "-w", city).out)
    assert [(one["kind"], one["items"], one["effective"], one["others"], one["others_effective"]) for one in told["rows"]] == [
        ("提醒预警", 2, 1, 1, 1), ("清理督办", 1, 0, 2, 2), ("评查讲评", 1, 1, 2, 1),
    ]  # fmt: skip
    assert (told["judged"], told["open"], told["unwritten"]) == (3, 1, 0)
    page = tongbao("effect", "measures", "-w", city)
    assert "采取“提醒预警”类措施的2项中1项见效，其余1项中1项见效。" in page.out and "不说明是措施的作用" in page.err


def test_a_measure_of_no_kind_is_another():
    assert kinds_of("加强管理") == ("其他",) and every_kind()[-1] == "其他"
