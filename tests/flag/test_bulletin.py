"""Where each severity goes in print, and what a second quarter knows of the first."""

import json
import re
import sqlite3
import subprocess
import sys

import pytest

from reports import catalogue
from reports.demo import make
from reports.flag import load
from reports.workspace.initial import config_text

pytestmark = pytest.mark.whole

RIGHTS = {name for name, item in catalogue.load().indicators.items() if item.right}


def command(*args: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "reports", *map(str, args)], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def quarters(tmp_path_factory):
    """Two quarters of a demo province large enough for flags of every colour."""
    folder = tmp_path_factory.mktemp("flags")
    make(folder, cases=60_000)
    letterhead = {
        "code": "辽",
        "issuer": "演示省高级人民法院",
        "mark": "演示省高级人民法院文件",
        "date": "2026年10月20日",
        "number": "",
    }
    (folder / "tongbao.toml").write_text(config_text(letterhead, files=["cases.parquet"], demo=True), "utf-8")
    for period in ("2026Q2", "2026Q3"):
        command("run", "-q", "-w", folder, "--period", period, "--format", "md")
    return folder


@pytest.fixture(scope="module")
def document(quarters):
    return json.loads(command("flags", "-w", quarters, "--period", "2026Q3", "--json", "-q"))["flags"]


@pytest.fixture
def bulletin(quarters):
    return (quarters / "out/2026Q3/2026Q3-general.md").read_text("utf-8")


@pytest.fixture(scope="module")
def note(quarters):
    """The technical note of the same quarter."""
    command("bulletin", "technical", "-q", "-w", quarters, "--period", "2026Q3", "--format", "md")
    return (quarters / "out/2026Q3/2026Q3-technical.md").read_text("utf-8")


@pytest.fixture(scope="module")
def courts(quarters, document):
    """Code → the bulletin of every court with a red finding."""
    command("bulletin", "court", "-q", "-w", quarters, "--period", "2026Q3", "--format", "md", "--for", "each")
    codes = {one["court"].removesuffix("本级") for one in document if one["severity"] == "red" and one["court"] != "辽"}
    return {code: (quarters / f"out/2026Q3/2026Q3-court-{code}.md").read_text("utf-8") for code in codes}


def annex(text: str, title: str) -> str:
    found = re.search(rf"^# 附件\d：{title}.*?(?=^# 附件|\Z)", text, re.M | re.S)
    return found[0] if found else ""


def brief(text):
    """As a circular calls courts: 天枢市城东区法院."""
    return text.replace("人民法院", "法院")


def test_each_severity_has_its_place_in_the_technical_note(document, note):
    body, hints, note = (brief(text) for text in (note.split("\n# 附件")[0], annex(note, "提示事项"), note))
    assert {one["severity"] for one in document} >= {"red", "amber", "yellow", "green", "neutral", "grey"}
    for one in document:
        # 待核 stands above the list of such data, once.
        text, strong = brief(one["evidence"].replace("，相关数据待核，不作评价", "")), one["strength"] == "red"
        mine = one["court"].removesuffix("本级") == "辽"  # what chance may have done is told to no other court
        if one["indicator"] in RIGHTS and one["severity"] != "grey":  # something to understand, of the court itself
            assert one["severity"] == "neutral"
            assert mine or text not in note
            continue
        told = one["severity"] in ("amber", "grey") or (strong and one["severity"] in ("red", "green", "neutral"))
        assert (text in body) == told
        weak = one["severity"] == "yellow" or (one["severity"] in ("green", "neutral") and not strong)
        assert (text in hints) == (weak and mine)
        assert not weak or mine or text not in note


def test_red_findings_stand_in_the_circular_and_amber_ones_do_not(document, bulletin):
    """Each with its court and its printed value, once; nothing of a test."""
    section = bulletin.split("、需要关注的问题")[1].split("、下一步工作要求")[0]
    for one in document:
        if one["severity"] == "red" and one["court"] != "辽":
            start = brief(one["evidence"].split("（")[0])
            assert section.count(start) == 1, start
        assert one["evidence"] not in bulletin


def test_amber_goes_to_the_court_concerned(document, quarters, bulletin):
    notes = {path.name: path.read_text("utf-8") for path in (quarters / "out/2026Q3/self-check").iterdir()}
    amber = [one for one in document if one["severity"] == "amber"]
    assert len(notes) == len({one["court"] for one in amber}) and f"另有{len(amber)}项情况" in bulletin
    for one in amber:
        (mine,) = [text for name, text in notes.items() if name.startswith(f"{one['court']}-")]
        statement = one["evidence"].split("（")[0]
        assert f"你院{statement.partition('院')[2]}" in mine  # a court is spoken to, not of


def test_probabilities_stand_in_the_annex_only(document, note):
    body, tests = note.split("\n# 附件")[0], annex(note, "异常识别检验数据")
    assert "p值" not in body and "q值" not in body and "p值" in tests
    rows = [line for line in tests.splitlines() if line.startswith("| ")][1:]
    apart = [one for one in document if one["strength"] != "red" or one["indicator"] in RIGHTS]
    told = [one for one in document if one not in apart or one["court"].removesuffix("本级") == "辽"]
    assert len(rows) == sum(one["severity"] not in ("amber", "grey") for one in told)


def test_the_annex_has_the_rules_in_force(note):
    text = annex(note, "异常识别规则")
    for rule in load().rules.values():
        assert f"| {rule.label} | {rule.text} | {rule.source} |" in text


def test_red_flags_carry_their_cases_without_parties_and_judges(document, bulletin, courts):
    """In the bulletin of the court concerned, and nowhere else."""
    assert courts and "案件清单" not in bulletin.split("# 附件")[0].split("、下一步工作要求")[0]
    assert "| 案号 |" not in bulletin
    for code, whole in courts.items():
        text = annex(whole, "重点问题案件清单")
        mine = [one for one in document if one["severity"] == "red" and one["court"].removesuffix("本级") == code]
        assert len(re.findall(r"^\| 案号 \|", text, re.M)) >= len(mine)
        assert "承办人" not in text and "当事人" not in text
        for one in mine:
            low = one["direction"] == "down" and one["denominator"]
            total = one["denominator"] - one["numerator"] if low else one["numerator"]
            assert f"{total}件" in text


def lists(text: str) -> list[tuple[int, int]]:
    """(cases, rows) of every list of cases, which begins below the note in a paragraph of its own."""
    assert re.search(r"^> 注：供(?:有关法院)?核查之用。\S*\n\n\S+件", annex(text, "重点问题案件清单"), re.M)
    found = re.findall(r"^\S+?：\D*?(\d+)件(?:，列\S*)?。\n\n((?:\|.*\n)+)", annex(text, "重点问题案件清单"), re.M)
    return [(int(total), table.count("\n") - 2) for total, table in found]


def test_the_court_itself_has_the_whole_list(courts):
    own = [one for text in courts.values() for one in lists(text)]
    assert any(total > 20 for total, _ in own) and all(rows == total for total, rows in own)


def test_no_judge_is_named_to_another_court(quarters, document, tongbao, tmp_path):
    for name in ("cases.parquet", "courts.csv", "tongbao.toml"):
        (tmp_path / name).write_bytes((quarters / name).read_bytes())
    path = tmp_path / "tongbao.toml"
    text = path.read_text("utf-8")
    path.write_text(
        re.sub(r"judges = false", "judges = true", text) if "judges" in text else text + "\n[privacy]\njudges = true\n",
        "utf-8",
    )
    code = min(
        one["court"].removesuffix("本级") for one in document if one["severity"] == "red" and one["court"] != "辽"
    )
    words = ("--court", code, "-w", tmp_path, "--period", "2026Q3", "--format", "md", "-q")
    assert tongbao("bulletin", "court", *words).code == 0
    text = (tmp_path / f"out/2026Q3/2026Q3-court-{code}.md").read_text("utf-8")
    assert "| 案号 |" in annex(text, "重点问题案件清单") and "承办人" not in text


def test_courts_stand_in_code_order(document):
    codes = [one["court"] for one in document]
    assert codes == sorted(codes, key=lambda code: (len(code.removesuffix("本级")) > 1, code.removesuffix("本级")))


def test_the_lives_of_flags_are_kept(quarters, bulletin):
    with sqlite3.connect(quarters / "tongbao.db") as db:
        lives = db.execute("SELECT period, state, count(*) FROM life GROUP BY 1, 2").fetchall()
    states = {(period, state): many for period, state, many in lives}
    assert states["2026Q2", "新发"] > 0
    assert sum(many for (period, state), many in states.items() if period == "2026Q3" and state != "新发") > 0
    assert states["2026Q3", "缓解"] > 0 and "有所缓解" not in bulletin  # one quiet period is nothing achieved
