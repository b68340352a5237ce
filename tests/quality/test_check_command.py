"""``tongbao check``, the rows handed back, and the gate."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from by_hand import COURTS, write_csv
from clean_rows import appeal, civil, clean

from reports.catalogue import quality as quality_rules
from reports.errors import ConfigError
from reports.workspace.initial import config_text
from reports.workspace.log import RECORD

ROOT = Path(__file__).parent.parent.parent
SECRET = "王小明"
DIRTY = [
    *clean(),
    civil(3, 结案日期="2025-05-01"),
    civil(4, 结案方式="", 当事人=f"={SECRET}()"),
    civil(5, 案号=f"{SECRET}110101199003078515", 承办人=""),
    appeal(3, 原审案号="", 经办法院="查无此院人民法院", 案号="（2025）吉01民终3号"),
]


@pytest.fixture
def dirty(tmp_path):
    folder = tmp_path / "w"
    folder.mkdir()
    write_csv(folder / "cases.csv", DIRTY)
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    text = config_text({"code": "辽"}, files=["cases.csv"])
    (folder / "tongbao.toml").write_text(text.replace("percent = 5.0", "percent = 50.0"), "utf-8")
    return folder


def gated(folder: Path, line: str) -> None:
    path = folder / "tongbao.toml"
    gate = "max_set_aside_percent = 50.0"
    path.write_text(path.read_text("utf-8").replace(gate, f"{gate}\n{line}"), "utf-8")


CHECK = ("--period", "2025Q3", "--as-of", "2025-10-20")


def test_the_report_says_what_was_found_and_what_was_not_checked(dirty, tongbao):
    result = tongbao("check", "-w", dirty, *CHECK)
    assert result.code == 0, result.err
    assert "[错误] 结案早于立案（concluded_before_filed）" in result.out
    assert "全部法院有1件案件的结案日期早于立案日期（如（2025）辽0102民初3号）" in result.out
    assert "未核查：" in result.out
    assert SECRET not in result.out


def test_one_court_and_those_below(dirty, tongbao):
    own = tongbao("check", "-w", dirty, *CHECK, "--court", "辽0102")
    assert "城东区法院有1件案件的结案日期早于立案日期" in own.out
    other = tongbao("check", "-w", dirty, *CHECK, "--court", "辽02")
    assert "有发现的 0 条" in other.out
    assert tongbao("check", "-w", dirty, *CHECK, "--court", "辽99").code == 2


def test_json(dirty, tongbao):
    document = json.loads(tongbao("check", "-w", dirty, *CHECK, "--json").out)
    assert document["schema"] == "tongbao.check/1"
    assert {"rows_in", "rows_used", "set_aside", "reasons", "notes", "findings", "unchecked"} <= set(document)
    found = {item["rule"]: item for item in document["findings"]}
    item = found["no_outcome"]
    assert (item["severity"], item["count"]) == ("错误", 1)
    assert item["courts"][0]["court"] == "辽0102"
    assert item["courts"][0]["examples"] == ["（2025）辽0102民初4号"]
    assert found["no_court"]["courts"][0]["court"] is None
    assert all(entry["reason"] for entry in document["unchecked"])


def test_rows_are_handed_back_court_by_court_without_names(dirty, tmp_path, tongbao):
    to = tmp_path / "核查"
    assert tongbao("check", "-w", dirty, *CHECK, "--to", to).code == 0
    names = sorted(path.name for path in to.iterdir())
    assert names == [
        "report.csv",
        "report.md",
        "set-aside.csv",
        "退回-法院不明.csv",
        "退回-辽0102-天枢市城东区人民法院.csv",
    ]
    with (to / "退回-辽0102-天枢市城东区人民法院.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [list(row.values())[:4] for row in rows] == [
        ["cases.csv", "8", "（2025）辽0102民初3号", "结案早于立案"],
        ["cases.csv", "9", "（2025）辽0102民初4号", "已结案件没有结案方式"],
        ["cases.csv", "9", "（2025）辽0102民初4号", "填写内容以公式符号开头"],
        ["cases.csv", "10", "", "案号无法识别"],
        ["cases.csv", "10", "", "缺少承办人"],
        ["cases.csv", "10", "", "文字栏含身份证号或电话号码"],
    ]
    for path in to.iterdir():
        if path.name != "set-aside.csv":
            assert SECRET not in path.read_text("utf-8-sig"), path.name


def test_missing_numbers_are_handed_back_however_often_the_same_data_were_checked(dirty, tmp_path, tongbao):
    gated(dirty, "complete_since = 2025-01-01")
    write_csv(dirty / "cases.csv", [*DIRTY, civil(7), civil(8), civil(10)])
    made = []
    for number in range(2):
        assert tongbao("check", "-w", dirty, *CHECK).code == 0
        result = tongbao("check", "-w", dirty, *CHECK, "--to", tmp_path / str(number))
        assert result.code == 0, result.err
        made.append({path.name: path.read_bytes() for path in (tmp_path / str(number)).iterdir()})
    assert made[0] == made[1]
    ranges = made[0]["空号-辽0102-天枢市城东区人民法院.csv"].decode("utf-8-sig").splitlines()
    assert ranges == ["年度,类型代字,起,止,编号数", "2025,民初,5,6,2", "2025,民初,9,9,1"]


def test_no_cell_that_is_written_starts_a_formula(dirty, tmp_path, tongbao):
    cases = (dirty / "cases.csv").read_text("utf-8").replace("cases.csv", "")
    (dirty / "=cases.csv").write_text(cases, "utf-8")
    gated(dirty, "")
    text = (dirty / "tongbao.toml").read_text("utf-8")
    (dirty / "tongbao.toml").write_text(text.replace('["cases.csv"]', '["=cases.csv"]'), "utf-8")
    to = tmp_path / "核查"
    assert tongbao("check", "-w", dirty, *CHECK, "--to", to).code == 0
    for path in to.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert not [cell for row in csv.reader(file) for cell in row if cell[:1] in ("=", "+", "@", "-")]


@pytest.mark.parametrize("command", ["run", "bulletin", "check"])
def test_the_gate_refuses_and_nothing_is_written(dirty, tongbao, command):
    gated(dirty, 'refuse = ["concluded_before_filed"]')
    before = sorted(path.name for path in dirty.iterdir())
    result = tongbao(command, "-w", dirty, *CHECK)
    assert result.code == 4
    assert "“结案早于立案”有1处，按规定不得有，没有生成通报。" in result.err
    now = sorted(path.name for path in dirty.iterdir())
    assert [name for name in now if name != ".tongbao.lock" and not name.startswith(RECORD)] == before


@pytest.mark.parametrize(("limit", "code"), [(20.0, 0), (10.0, 4)])
def test_a_limit_in_percent_of_the_rules_base(dirty, tongbao, limit, code):
    gated(dirty, f'refuse = ["no_outcome"]\nlimits = {{ no_outcome = {limit} }}')
    result = tongbao("check", "-w", dirty, *CHECK)  # one of eight concluded cases
    assert result.code == code
    if code:
        assert "占8的12.50%，超过 10% 的限度" in result.err


def test_a_gate_that_cannot_be_checked_does_not_open(dirty, tongbao):
    write_csv(dirty / "cases.csv", [{k: v for k, v in row.items() if k != "结案方式"} for row in clean()])
    gated(dirty, 'refuse = ["no_outcome"]')
    result = tongbao("check", "-w", dirty, *CHECK)
    assert result.code == 4
    assert "数据中没有“结案方式”" in result.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('refuse = ["no_outcom"]', "没有数据质量规则“no_outcom”"),
        ("limits = { no_outcome = 5.0 }", "不在 refuse 中"),
        ('refuse = "no_outcome"', "应为列表"),
    ],
)
def test_a_wrong_gate_is_a_mistake_of_configuration(dirty, tongbao, line, told):
    gated(dirty, line)
    result = tongbao("check", "-w", dirty, *CHECK)
    assert result.code == 2
    assert told in result.err


def test_a_bulletin_names_errors_and_warnings(dirty, tongbao):
    result = tongbao("bulletin", "technical", "-w", dirty, *CHECK, "--format", "md")
    assert result.code == 0, result.err
    text = (dirty / "out/2025Q3/2025Q3-technical.md").read_text("utf-8")
    chapter = text[text.index("需要核对的数据") :].partition("\n#")[0]
    assert "| 结案早于立案 | 错误 | 1 | 天枢市城东区法院 |" in chapter
    assert len(re.findall(r"^\| .* \| (?:错误|警告) \|", chapter, re.M)) <= 7
    assert "提示" not in chapter
    assert SECRET not in chapter


def test_the_stock_is_compared_with_what_the_period_before_printed(workspace, tongbao):
    out = workspace / "out" / "2026Q2"
    out.mkdir(parents=True)
    table = "court,line,indicator,period,numerator,denominator\r\n辽0102,全部,pending,2026Q2,99999,\r\n"
    (out / "indicators.csv").write_text(table, "utf-8-sig")
    arguments = ("check", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20")
    result = tongbao(*arguments)
    assert "上期印发的未结99999件" in tongbao(*arguments, "--court", "辽0102").out
    assert "1个法院本期旧存与上期印发的未结数相差超过1%且多于5件" in result.out
    (out / "indicators.csv").write_text("什么也不是", "utf-8")
    assert "旧存与上期印发数不符：没有上期印发的数据" in tongbao(*arguments).out


# The rules as data


def test_a_court_changes_a_threshold_and_adds_a_rule(tmp_path):
    (tmp_path / "quality.toml").write_text(
        '[rule.too_long.limits]\ndays = 3653\n[rule.late_night]\nname = "本院规则"\nseverity = "提示"\n'
        'where = "开庭次数 > {most}"\nsay = "{court}有{count}件"\ndo = "请核对。"\nlimits = { most = 9 }\n',
        "utf-8",
    )
    rules = quality_rules.load(tmp_path)
    assert rules["too_long"].limits["days"] == 3653
    assert "3653" in rules["too_long"].where.sql()
    assert rules["late_night"].where.sql() == '"hearings" > 9'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[rule.no_outcom]\nseverity = '提示'", "是否为“no_outcome”"),
        ("[rule.no_outcome]\nseverity = '严重'", "只能是错误、警告、提示"),
        ("[rule.no_outcome]\nwhere = '结案日期 is null); drop table cases; --'", "rule.no_outcome.where"),
        ("[rule.no_outcome]\nsay = '{nobody}没有结案方式'", "没有可代入的名称"),
        ("[rule.too_long.limits]\nyears = 20", "没有阈值“years”"),
        ("[rule.no_outcome]\nfoo = 1", "没有这一项"),
        ("[other]\na = 1", "只能有 [rule.编号]"),
        ("[rule", "格式有误"),
    ],
)
def test_mistakes_in_rules_are_told_with_file_and_key(tmp_path, text, told):
    (tmp_path / "quality.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        quality_rules.load(tmp_path)
    assert told in str(caught.value)
    assert "quality.toml" in str(caught.value)


def test_the_documentation_lists_the_rules_as_they_are(tongbao):
    printed = tongbao("check", "--rules").out
    assert printed == quality_rules.markdown(quality_rules.load())
    assert printed in (ROOT / "docs/quality.md").read_text("utf-8")
