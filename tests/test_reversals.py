"""Reversed and remanded cases: the same as the catalogue counts, traced by hand, recommended by stated rules."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path

import pytest
from by_hand import COURTS, TODAY, write_csv

from reports.catalogue import review
from reports.courts.periods import parse_period
from reports.errors import ConfigError
from reports.model import ALL_LINES, ReversedCase
from reports.pipeline.findings import findings
from reports.pipeline.job import Job
from reports.pipeline.reversals import reversed_cases
from reports.pipeline.sources import case_table
from reports.pipeline.subjects import narrowed, subjects
from reports.reversals import recommended
from reports.workspace import find

pytestmark = pytest.mark.whole

FIELDS = ("案号", "案由", "立案日期", "结案日期", "结案方式", "原审案号", "发改原因", "承办人", "当事人")
# 辽0102: judged, sent back, judged again, sent back again (origins are written in two ways). 辽0103: two appeals
# against one judgment, sent back together: once. 辽0202: changed for new evidence; and upheld, then changed in retrial.
CASES = """
（2024）辽0102民初1号|买卖合同纠纷|2024-03-01|2024-06-01|判决||||张三
（2024）辽01民终1号|买卖合同纠纷|2024-07-01|2024-09-01|发回重审|（2024）辽0102民初1号|程序|王二|张三
（2024）辽0102民初90号|买卖合同纠纷|2024-09-20|2025-03-01|判决|（2024）辽01民终1号||李四|张三
（2025）辽01民终20号|买卖合同纠纷|2025-04-10|2025-08-01|发回重审|(2024)辽0102民初90号|事实认定|王二|张三
（2025）辽0103民初5号|离婚纠纷|2025-01-05|2025-04-01|判决|||赵六|张三
（2025）辽01民终30号|离婚纠纷|2025-05-06|2025-07-20|发回重审|（2025）辽0103民初5号|程序|王二|张三
（2025）辽01民终31号|离婚纠纷|2025-05-07|2025-07-22|发回重审|（2025）辽0103民初5号||王二|张三
（2025）辽02民终40号|民间借贷纠纷|2025-06-01|2025-09-10|改判|（2025）辽0202民初6号|新证据|钱七|张三
（2024）辽0202民初2号|劳动争议|2024-01-05|2024-05-01|判决|||孙八|张三
（2024）辽02民终7号|劳动争议|2024-06-01|2024-08-01|维持|（2024）辽0202民初2号||钱七|张三
（2025）辽民申3号|劳动争议|2025-01-10|2025-03-01|裁定再审|（2024）辽02民终7号|||张三
（2025）辽民再1号|劳动争议|2025-03-10|2025-09-01|改判|（2025）辽民申3号|法律适用||张三
（2024）辽02民终8号|民间借贷纠纷|2024-06-01|2024-09-01|改判|（2024）辽0202民初3号|法律适用||张三
（2025）辽02民终41号|民间借贷纠纷|2025-06-01|2025-10-09|改判|（2025）辽0202民初7号|法律适用||张三
（2025）辽0102民初7号|离婚纠纷|2025-07-01|2025-09-30|判决||||张三
"""
PERIOD = ("--period", "2025Q3", "--as-of", "2025-10-20")


def rows(text: str = CASES, without: tuple[str, ...] = ()) -> list[dict[str, object]]:
    found = []
    for line in text.strip().splitlines():
        row = dict(zip(FIELDS, line.split("|"), strict=True))
        court = re.match(r"（\d+）(辽\d*)", row["案号"])[1]
        found.append({"经办法院": court} | {name: value for name, value in row.items() if name not in without})
    return found


def make(folder: Path, cases: list[dict[str, object]], more: str = "") -> Path:
    write_csv(folder / "cases.csv", cases)
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    (folder / "tongbao.toml").write_text(f'[court]\ncode = "辽"\n[source]\nfiles = ["cases.csv"]\n{more}', "utf-8")
    return folder


def looked_up(folder: Path, period: str = "2025Q3"):
    job = Job(find(folder), parse_period(period, cutoff_day=0), TODAY, TODAY)
    with case_table(job) as table:
        return reversed_cases(job, table)


def text_of(tongbao, folder: Path, *args: str) -> str:
    result = tongbao("bulletin", "reversal", "-w", folder, *PERIOD, "--format", "md", *args)
    assert result.code == 0, result.err
    return Path(result.out.strip().splitlines()[-1]).read_text("utf-8")


def test_the_cases_are_those_of_the_period_and_lead_to_the_judgments_below(tmp_path):
    found = looked_up(make(tmp_path, rows()))
    assert [(one.number, one.stage + one.result, one.court, one.origin) for one in found.cases] == [
        ("（2025）辽01民终20号", "二审发回重审", "辽0102", "（2024）辽0102民初90号"),
        ("（2025）辽01民终30号", "二审发回重审", "辽0103", "（2025）辽0103民初5号"),
        ("（2025）辽01民终31号", "二审发回重审", "辽0103", "（2025）辽0103民初5号"),
        ("（2025）辽02民终40号", "二审改判", "辽0202", "（2025）辽0202民初6号"),  # not in the data: the number says it
        ("（2025）辽民再1号", "再审改判", "辽02", "（2024）辽02民终7号"),  # past the review, to the judgment
    ]
    assert found.cases[-1].courts == ("辽02", "辽0202")
    assert [one.number for one in found.year_before] == ["（2024）辽01民终1号", "（2024）辽02民终8号"]
    assert [one.number for one in found.previous] == []
    cell = found.comparisons.cell("辽", ALL_LINES, "first_reversal_rate")
    assert (cell.now[0], cell.previous[0], cell.year_before[0]) == (4, 0, 2)


def test_a_second_remand_is_found_and_two_appeals_sent_back_together_are_none(tmp_path):
    found = {one.number: one for one in looked_up(make(tmp_path, rows())).cases}
    assert found["（2025）辽01民终20号"].remands == (
        ("（2024）辽01民终1号", date(2024, 9, 1)),
        ("（2025）辽01民终20号", date(2025, 8, 1)),
    )
    assert not any(one.remands for number, one in found.items() if number != "（2025）辽01民终20号")


@pytest.mark.parametrize("origin", ["（2024）辽0102民初1号", "（2024）辽01民终1号"])
def test_a_new_first_instance_may_name_the_first_judgment_or_the_remand(tmp_path, origin):
    cases = rows(CASES.replace("判决|（2024）辽01民终1号", f"判决|{origin}"))
    found = {one.number: one for one in looked_up(make(tmp_path, cases)).cases}
    assert len(found["（2025）辽01民终20号"].remands) == 2
    assert found["（2025）辽01民终20号"].begun == date(2024, 3, 1)


def test_a_circle_of_wrong_numbers_ends(tmp_path):
    cases = rows(CASES.replace("2024-06-01|判决|||", "2024-06-01|判决|（2025）辽01民终20号||"))
    assert len(looked_up(make(tmp_path, cases)).cases) == 5


def test_each_recommended_case_names_its_rules(tmp_path):
    rules = {one.number: one.rules for one in looked_up(make(tmp_path, rows())).cases}
    assert rules == {
        "（2025）辽01民终20号": ("repeated", "long"),  # begun 2024-03-01, more than 18 months before 2025-09-30
        "（2025）辽01民终30号": (),
        "（2025）辽01民终31号": (),
        "（2025）辽02民终40号": (),
        "（2025）辽民再1号": ("upheld",),
    }


def case(number: int, cause: str = "买卖合同纠纷", reason: str = "", **more) -> ReversedCase:
    told = {"stage": "二审", "result": "改判", "court": "辽0102", "line": "民事", "by": "辽01"} | more
    return ReversedCase(
        f"（2025）辽01民终{number}号", concluded=date(2025, 8, 1), cause=cause, reason=reason, origin="", **told
    )


@pytest.mark.parametrize(
    ("now", "before", "picked"),
    [
        (5, 2, 5),
        (5, 3, 0),  # not twice as many
        (4, 0, 0),  # too few
        (5, None, 0),  # no year before to compare with
    ],
)
def test_a_cluster_is_five_of_a_court_and_cause_and_twice_the_year_before(tmp_path, now, before, picked):
    period = parse_period("2025Q3", cutoff_day=0)
    cases = [case(n) for n in range(now)]
    cases += [case(90, reason="新证据"), case(91, cause=""), case(92, court="辽0103"), case(93, stage="再审")]
    base = None if before is None else [case(n) for n in range(before)]
    found = recommended(cases, base, review.load(tmp_path), period)
    assert sum(names == ("cluster",) for names in found.values()) == picked
    assert found[len(cases) - 1] == ("retrial",)


def test_the_text_a_clerk_can_check(tmp_path, tongbao):
    text = text_of(tongbao, make(tmp_path, rows()))
    assert "标题: 关于2025年第三季度全省法院发改案件分析的通报" in text
    assert "全省法院一审裁判在二审被改判1件、发回重审3件，合计4件，上期无此类案件，增加4件，同比增加2件。" in text
    assert "一审裁判被改判发回重审率为400.00%（4件/1件）" in text
    assert "再审改判1件、发回重审0件，合计1件（演示省高院1件）" in text
    assert "| 天枢市中院辖区 | 0 | 3 | 3 | 1 | 1 | 300.00% |" in text
    assert "| 离婚纠纷 | 0 | 2 | 2 | 50.00% | 0 |" in text
    assert "| 新证据 | 1 | 0 | 1 | 25.00% | 0 |" in text
    assert "| 未填写 | 0 | 1 | 1 | 25.00% | 0 |" in text
    assert (
        "天枢市城东区法院一审的买卖合同纠纷一案，先后2次被发回重审，"
        "见（2024）辽01民终1号（2024年9月1日审结）和（2025）辽01民终20号（2025年8月1日审结）。"
    ) in text
    assert "劳动争议一案，（2024）辽02民终7号维持一审裁判，（2025）辽民再1号再审改判。" in text
    assert "本期建议评查案件2件，其中“再次发回重审”1件、“二审维持后再审改变”1件、“发回后历时较长”1件" in text
    assert "2025-09-01 | 法律适用 | 二审维持后再审改变 |" in text
    for word in ("错案", "压降", "第1名", "排名前", "减少上诉"):
        assert word not in text


def test_neither_a_party_nor_a_judge_is_named(tmp_path, tongbao):
    text = text_of(tongbao, make(tmp_path, rows()))
    assert not any(name in text for name in ("张三", "李四", "王二", "赵六", "孙八"))
    # Who handled a case is told to the own department alone (test_inside_one_court), whatever the court has switched on.
    text = text_of(tongbao, make(tmp_path, rows(), "[privacy]\njudges = true\n"), "-o", tmp_path / "o")
    assert not any(name in text for name in ("承办人", "张三", "李四", "王二", "赵六", "孙八"))


def test_without_reasons_the_text_says_so(tmp_path, tongbao):
    text = text_of(tongbao, make(tmp_path, rows(without=("发改原因",))))
    assert "数据中没有“发改原因”，发改原因未统计。" in text
    assert "其中因出现新证据" not in text
    assert "| 发改原因 |" not in text


def test_a_first_instance_that_says_what_became_of_it(tmp_path, tongbao):
    first = [
        {"案号": f"（{filed[:4]}）辽0102民初{n}号", "经办法院": "辽0102", "案由": "离婚纠纷", "立案日期": filed,
         "结案日期": concluded, "结案方式": "判决", "二审结案日期": second, "二审结果": result}
        for n, filed, concluded, second, result in [
            (1, "2025-01-05", "2025-04-01", "2025-08-01", "改判"), (2, "2025-01-05", "2025-04-01", "2025-08-02", "维持"),
            (3, "2024-01-05", "2024-06-01", "2024-09-02", "发回重审"), (4, "2025-01-05", "2025-09-30", "", ""),
        ]
    ]  # fmt: skip
    folder = make(tmp_path, first)
    found = looked_up(folder)
    assert [(one.number, one.origin, one.court, one.concluded) for one in found.cases] == [
        ("", "（2025）辽0102民初1号", "辽0102", date(2025, 8, 1))
    ]
    text = text_of(tongbao, folder)
    assert "被改判1件、发回重审0件，合计1件" in text
    assert "数据中没有“原审案号”，不能查明同一案件的先后经过" in text
    assert "审理案号" not in text


def test_data_that_tell_nothing_of_appeals_are_not_taken_for_none(tmp_path, tongbao):
    text = text_of(tongbao, make(tmp_path, rows(without=("原审案号",))))
    assert "一审裁判在二审被改判、发回重审的案件未统计：数据中没有" in text
    assert "被改判0件" not in text


def test_a_period_without_such_cases_reads_well(tmp_path, tongbao):
    kept = [row for row in rows() if row["结案方式"] not in ("改判", "发回重审")]
    text = text_of(tongbao, make(tmp_path, kept))
    assert "本期没有全省法院一审裁判在二审被改判、发回重审的案件" in text
    assert "本期没有再审改判、发回重审的案件。" in text
    assert "案件清单" not in text
    assert re.findall(r"^## (.)、", text, re.MULTILINE) == ["一", "二", "三"]


def test_one_case_reads_well(tmp_path, tongbao):
    dropped = ("（2025）辽01民终", "（2025）辽民再", "（2024）辽02民终8", "（2024）辽01民终")
    text = text_of(tongbao, make(tmp_path, [row for row in rows() if not str(row["案号"]).startswith(dropped)]))
    assert "被改判1件、发回重审0件，合计1件" in text
    assert "| 民间借贷纠纷 | 1 | 0 | 1 | 100.00% | 0 |" in text
    assert "# 附件" in text


def test_a_second_instance_of_an_unknown_court_is_told_apart(tmp_path, tongbao):
    text = text_of(tongbao, make(tmp_path, rows(CASES.replace("（2025）辽0202民初6号", ""))))
    assert "合计3件" in text
    assert "另有二审改判、发回重审案件1件，原审案号空缺或者不能对应辖区法院" in text


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("[rule.again]\non = true", "没有这条规则"),
        ("[rule.long]\nlimits = { days = 3 }", "limits 没有 days 这一项"),
        ('[rule.long]\nlimits = { months = "3" }', "[rule.long]"),
        ('[rule.long]\ntext = "自立案之日起{years}年"', "花括号"),
        ("rules = 1", "只能有 [rule.编号]"),
        ("[rule", "无法读取"),
    ],
)
def test_mistakes_in_a_court_s_own_rules_are_told(tmp_path, own, said):
    (tmp_path / "review.toml").write_text(own, "utf-8")
    with pytest.raises(ConfigError) as caught:
        review.load(tmp_path)
    assert said in str(caught.value)


def test_a_court_may_change_the_rules(tmp_path):
    folder = make(tmp_path, rows())
    (folder / "review.toml").write_text("[rule.long]\nlimits = { months = 24 }\n[rule.upheld]\non = false\n", "utf-8")
    found = looked_up(folder)
    assert "超过24个月" in found.review["long"].text
    assert [one.rules for one in found.cases if one.rules] == [("repeated",)]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (
            '[engine]\nkind = "postgresql"\nurl = "postgresql://x@127.0.0.1:1/x"\nrelation = "cases"\n',
            "只计数、不逐案查阅",
        ),
        ('[source]\ntable = "table.csv"\n', "只有指标表"),
    ],
)
def test_without_cases_at_hand_one_message_says_so(tmp_path, tongbao, toml, said):
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "tongbao.toml").write_text(f'[court]\ncode = "辽"\n{toml}', "utf-8")
    result = tongbao("bulletin", "reversal", "-w", tmp_path, *PERIOD)
    assert result.code == 2
    assert said in result.err
    assert "[source] files" in result.err


# The demo province


@pytest.mark.parametrize("text", ["2026Q3", "2026Q1-Q3", "2026-08"])
def test_the_cases_of_every_court_are_the_counts_that_the_circular_prints(province, tmp_path, tongbao, text):
    compared = tongbao("compare", "-w", province, "--period", text, "--as-of", "2026-10-20", "--json")
    printed = {
        (cell["court"], cell["line"]): cell["now"]["numerator"]
        for cell in json.loads(compared.out)["comparisons"]
        if cell["indicator"] == "first_reversal_rate"
    }
    found = looked_up(province, text)
    second = [one for one in found.cases if one.stage == "二审"]
    tree = courts_of(province)

    def below(code: str) -> set[str]:
        return {code, *(one for child, parent in tree.items() if parent == code for one in below(child))}

    assert len(second) == printed["辽", ALL_LINES] > 0
    for (court, line), number in printed.items():
        mine = {court.removesuffix("本级")} if court.endswith("本级") else below(court)
        listed = [one for one in second if one.court in mine and line in (ALL_LINES, one.line)]
        assert len(listed) == number, (court, line)
    for court in tree:
        for one, place in (("改判", 0), ("发回重审", 1)):
            cell = found.comparisons.cell(court, ALL_LINES, "retrial_revise_remand_ratio")
            listed = [c for c in found.cases if c.stage == "再审" and c.by in below(court) and c.result == one]
            assert len(listed) == (cell.now[place] if cell else 0)


def courts_of(folder: Path) -> dict[str, str]:
    with (folder / "courts.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["代码"]: row["上级"] for row in csv.DictReader(file)}


def test_the_demo_has_a_second_remand(province):
    assert any(one.remands for one in looked_up(province, "2026Q3").cases)


def test_a_court_is_told_of_its_own_cases_and_of_no_other(province, workspace, tongbao):
    job = Job(find(province), parse_period("2026Q3", cutoff_day=0), date.today(), date(2026, 10, 20))
    found = findings(job, gated=True, reversed_too=True)
    every = {one.number for one in found.reversals.cases}
    for kind in ("court", "reversal"):
        for code in ("辽01", "辽0102"):
            (subject,) = subjects(job.kinds[kind], found, court=code)
            part = narrowed(found, subject).reversals
            assert 0 < len(part.cases) < len(every)
            assert all(any(court.startswith(code) for court in one.courts) for one in part.cases)
            assert {court.removesuffix("本级") for court, *_ in part.comparisons.frame.index} <= {
                court.code for court in found.tree.courts if court.code.startswith(code)
            }
    args = ("--court", "辽0102", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20", "--format", "md")
    for kind, said in (("reversal", "主送: 天枢市城东区人民法院："), ("court", "  - 改判、发回重审案件清单")):
        result = tongbao("bulletin", kind, *args)
        assert result.code == 0, result.err
        text = (workspace / f"out/2026Q3/2026Q3-{kind}-辽0102.md").read_text("utf-8")
        assert said in text
        listed = text.partition("改判、发回重审案件清单 {横排}")[2].partition("\n# ")[0]
        numbers = set(re.findall(r"（\d{4}）(辽\d*)[^\d|]+\d+号", listed))
        assert numbers <= {"辽0102", "辽01", "辽"}  # its own judgments, and what the courts above made of them
    assert tongbao("bulletin", "reversal", "--for", "each", *args[2:]).code == 2


def test_the_other_bulletins_do_not_look_cases_up(workspace, tongbao, anew, monkeypatch):
    import reports.pipeline.findings as module

    monkeypatch.setattr(module, "reversed_cases", lambda *_: pytest.fail("looked up"))
    result = tongbao("bulletin", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20", "--format", "md")
    assert result.code == 0, result.err
