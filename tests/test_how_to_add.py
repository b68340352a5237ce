"""Every “How to add” of docs/CONTRIBUTING.md, carried out with the blocks of the document itself.

A workspace gets the blocks that are for one court; what changes the program is done to a copy of it, in processes of
their own. The kind of bulletin is carried out in ``test_own_kinds.py``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from by_hand import COURTS, reading, write_csv
from guide import PARTS, blocks, carry_out

from reports import catalogue, read
from reports.catalogue import dimensions, nodes, registers
from reports.catalogue import quality as quality_rules
from reports.courts import court_table
from reports.courts.periods import parse_period
from reports.courts.units import UnitTable
from reports.courts.working_days import WorkingDays
from reports.ledger.pending import steps
from reports.ledger.registers import Places, planned
from reports.quality import quality, sentence
from reports.tally import tally

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 22)


def civil(number: int, **changes: object) -> dict[str, object]:
    """A civil case of first instance that was mediated in the third quarter of 2025."""
    row = {
        "案号": f"（2025）辽0102民初{number}号",
        "经办法院": "天枢市城东区人民法院",
        "立案日期": "2025-05-06",
        "结案日期": "2025-07-15",
        "结案方式": "调解",
    }
    return row | changes


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program that may be changed."""
    for name in ("reports", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)  # with what is compiled: only what is changed is compiled again
    return tmp_path


def python(program: Path, *arguments: object) -> str:
    """What a process with the changed program prints."""
    paths = os.pathsep.join(map(str, (program, ROOT / "tests", ROOT / "tests/flag")))
    environment = os.environ | {"PYTHONPATH": paths, "TONGBAO_CACHE": ""}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=program,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_of_the_guide_is_left_out():
    tried = {
        "An indicator.",
        "A data-quality rule.",
        "A node of a case.",
        "A register",
        "A dimension of cross tables.",
        "A column dialect.",
        "A reader",
        "A chart.",
        "A flag rule",
        "A sentence",
        "A format.",
    }
    elsewhere = {"A bulletin kind.", "A layout value."}  # test_own_kinds.py; tests/pdf
    assert set(PARTS) == tried | elsewhere
    for name in {*tried, "A bulletin kind."}:
        assert blocks(name), name


def test_an_indicator(tmp_path):
    assert carry_out("An indicator.", tmp_path) == ["catalogue/own.toml", "catalogue/editions/ours.toml"]
    edition = catalogue.load("ours", folder=tmp_path / "catalogue")
    assert edition.warnings == ()
    kinds = ["简易程序", "小额诉讼程序", "普通程序", "普通程序", "普通程序"]
    path = write_csv(tmp_path / "c.csv", [civil(n, 适用程序=kind) for n, kind in enumerate(kinds, 1)])
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    with read.read([path.name], tmp_path, tree=court_table.load(tmp_path / "courts.csv"), today=TODAY) as cases:
        counts = tally(cases, edition, [parse_period("2025Q3")]).frame
    (row,) = counts.loc[("辽0102", "全部")].to_dict("records")
    # The standard word is 小额诉讼; 小额诉讼程序 of the export is read as it.
    assert (row["simple"], row["first_concluded"]) == (2, 5)


def test_a_data_quality_rule(tmp_path):
    carry_out("A data-quality rule.", tmp_path)
    rules = quality_rules.load(tmp_path)
    rows = [civil(1, 开庭次数=3), civil(2, 开庭次数=4), civil(3, 开庭次数=9, 结案方式="判决")]
    path = write_csv(tmp_path / "c.csv", rows)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    with read.read([path.name], tmp_path, tree=court_table.load(tmp_path / "courts.csv"), today=TODAY) as cases:
        found = quality(cases, rules, parse_period("2025Q3"))
        said = [sentence(one, cases.tree) for one in found.findings if one.rule.id == "many_hearings"]
    assert said == ["天枢市城东区法院2件调解结案的案件中有1件开庭超过3次"]


def test_a_dimension_of_cross_tables(tmp_path):
    carry_out("A dimension of cross tables.", tmp_path)
    found = dimensions.load(tmp_path)
    assert list(found)[:-2] == list(dimensions.load()), "behind ours"
    assert found["hearings"].order == ("不满1", "1以上不满2", "2以上不满4", "4以上")


def test_a_node_of_a_case(tmp_path):
    carry_out("A node of a case.", tmp_path)
    found = nodes.load(tmp_path)
    assert list(found)[:-1] == list(nodes.load()), "behind ours"
    row = civil(1, 案号="（2025）辽0102刑初1号", 送达日期="2025-07-14", 归档日期="")
    path = write_csv(tmp_path / "cases.csv", [row, row | {"案号": "（2025）辽0102民初2号"}])
    with reading(path) as cases:
        late, gaps = steps(cases, [found["hand_over"]], date(2025, 7, 22), 0, WorkingDays())
    assert [(one.number, one.due, one.told) for one in late] == [
        ("（2025）辽0102刑初1号", date(2025, 7, 21), "超过1天")
    ]
    assert not gaps


def test_a_register(tmp_path):
    carry_out("A register", tmp_path)
    known = registers.load(tmp_path)
    assert list(known)[:-1] == list(registers.load()), "behind ours"
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    places = Places(court_table.load(tmp_path / "courts.csv"), UnitTable())
    row = {"case": "（2025）辽0102民初1号", "asked_on": "2025-07-01", "answered_on": "2025-06-30"}
    changes, faults = planned(known["answers"], {}, {"新": row}, today=TODAY, places=places)
    assert faults == {"新": ["“答疑日期”2025-06-30早于“提出日期”2025-07-01"]}
    assert changes["新"]["court"] == "辽0102", "as the number says"
    assert known["answers"].stage(row) == "已答疑"


def test_a_column_dialect(tmp_path):
    carry_out("A column dialect.", tmp_path)
    path = tmp_path / "export.csv"
    path.write_text(
        "案件号,办案单位,收案日,办结日,处理\n（2025）辽0102民初1号,天枢市城东区人民法院,2025-05-06,2025-07-15,调\n",
        "utf-8",
    )
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(tmp_path / "courts.csv")
    with read.read([path.name], tmp_path, tree=tree, dialect="west", today=TODAY) as cases:
        query = "SELECT case_no, filed, concluded, outcome FROM cases"
        row = ("（2025）辽0102民初1号", date(2025, 5, 6), date(2025, 7, 15), "调解")
        assert cases.connection.execute(query).fetchall() == [row]


def test_a_reader(program):
    carry_out("A reader", program)
    rows = [
        "||案号||经办法院||立案日期||结案日期||",
        "||（2025）辽0102民初1号||天枢市城东区人民法院||2025-05-06||2025-07-15||",
        "||（2025）辽0102民初2号||天枢市城东区人民法院||2025-05-07||",
        *(f"||（2025）辽0102民初{n}号||天枢市城东区人民法院||2025-05-08||2025-07-16||" for n in range(3, 43)),
    ]
    (program / "export.txt").write_text("\n".join(rows) + "\n", "utf-8")  # known by its bytes
    known = json.loads(python(program, "-m", "reports", "columns", "export.txt", "--json"))
    assert [one["column"] for one in known["columns"]] == ["case_no", "court", "filed", "concluded"]
    python(program, "-m", "reports", "init", "place", "--data", "export.txt")
    read_in = json.loads(python(program, "-m", "reports", "check", "-w", "place", "--period", "2025Q3", "--json"))
    assert (read_in["rows_in"], read_in["rows_used"]) == (42, 41)
    (lost,) = read_in["set_aside"]
    assert lost["line"] == 3 and "应为4列，实为3列" in lost["reason"]


def test_a_chart(program):
    carry_out("A chart.", program)
    (program / "try.py").write_text(
        """
from test_charts import FLOW, QUARTERS, charts, drawings, findings, history
import jinja2

rows = [("filed", key, count) for key, count in zip(QUARTERS[-5:], FLOW["filed"], strict=True)]
(drawing,) = drawings(findings(history=history(rows)))["filed"]
environment = jinja2.Environment(loader=jinja2.FileSystemLoader("templates"))
svg = environment.get_template(drawing["template"]).render(alt=drawing["alt"], **drawing["shape"])
print(drawing["alt"], drawing["rows"], svg.count("<polyline"), charts.__file__)
""",
        "utf-8",
    )
    out = python(program, "try.py")
    assert "全省法院近5个季度新收情况折线图：本期新收330件，数据见图下的表" in out
    assert "[['新收', '300', '320', '310', '350', '330']] 1 " in out
    assert str(program) in out, "the changed program was tried"


def test_a_flag_rule_and_its_sentence(program):
    carry_out("A sentence", program)
    assert carry_out("A flag rule", program) == ["reports/flag/rules/jump.py", "reports/flag/policy.toml"]
    (program / "try.py").write_text(
        """
import math
from pathlib import Path
from planted_tables import judged, of, spec, table, units
from reports import flag
from reports.model import Flag
from reports.sentences.check import EXAMPLES, mistakes
from reports.sentences.macros import Sentences

here = Path(flag.__file__).parents[2]
data = table(seed=3)
rows = (data["court"] == "C07") & (data["period"].isin(["2025Q3", "2025Q4"]))
data.loc[rows & (data["period"] == "2025Q3"), ["numerator", "denominator"]] = 20, 400
data.loc[rows & (data["period"] == "2025Q4"), ["numerator", "denominator"]] = 50, 400
found = judged(data)
for one in found.flags:
    if "R9" in one.rules:
        print(one.court, one.direction, one.strength, one.rules, Sentences([here / "templates"]).of(one.evidence))
print(mistakes([here / "templates", here / "templates"]), len(EXAMPLES), here)
""",
        "utf-8",
    )
    out = python(program, "try.py")
    flagged = [line for line in out.splitlines() if line.startswith("C")]
    assert len(flagged) == 1 and flagged[0].startswith("C07 up ")
    assert "为上季度的2.5倍" in flagged[0]  # 50/400 against 20/400
    assert f"[] {_examples() + 1} {program}" in out
    told = python(program, "-m", "reports", "flags", "--explain-policy")
    assert "【R9 成倍上升】本期数值达到上期2倍以上的，作黄色提示。" in told


def _examples() -> int:
    from reports.sentences.check import EXAMPLES

    return len(EXAMPLES)


def test_a_format(program):
    carry_out("A format.", program)
    (program / "x.md").write_text("---\n标题: 通报\n---\n\n一段。\n\n## 一、收案情况\n\n又一段。\n", "utf-8")
    python(program, "-m", "reports", "render", "x.md", "--to", "outline")
    assert (program / "x.outline").read_text("utf-8") == "一、收案情况\n"
