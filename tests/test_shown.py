"""What a demo shows, and README's table of what two reports ask for: every command is carried out on it."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
from test_what_a_leader_reads import command
from typer.main import get_command

from reports import catalogue, cli
from reports.demo import NAMES
from reports.demo.index import TABLE
from reports.ledger import items
from reports.ledger.documents import ISSUED, dispatches

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parents[1]
CASES = 6_000


@pytest.fixture(scope="session")
def shown(shared):
    """A demo of a small city, carried out whole; no test changes it."""

    def fill(folder):
        command("demo", folder / "demo", "--office", "city", "--cases", CASES, "--run", "-q")

    return shared("shown", fill) / "demo"


# What is carried out


def test_the_circular_before_is_signed_and_issued_and_the_next_one_begins_with_what_became_of_it(shown):
    sent = dispatches(shown / "tongbao.db")
    before = sent["2026Q2-general"]
    assert (before.state, before.signed_by, before.issued_at) == (ISSUED, "李某", "2026-07-20")
    issued = shown / "out/2026Q2/印发/2026Q2-general"
    assert {path.suffix for path in issued.iterdir()} >= {".md", ".pdf"}
    text = (shown / "out/2026Q3/2026Q3-general.md").read_text("utf-8")
    assert re.search(r"^## 一、上期通报问题整改情况$", text, re.M)
    item = items(shown / "tongbao.db")[0]
    assert item.told_at.startswith("2026-07-20") and item.answers["progress"] == "已完成" and "2026Q3" in item.effects
    assert sent["2026Q3-general"].state == "草稿"


def test_every_shipped_indicator_has_a_value_in_the_demo_of_the_city(shown):
    edition = tomllib.loads((shown / "catalogue/editions/demo.toml").read_text("utf-8"))["indicators"]
    every = catalogue.load(catalogue.EVERYTHING).indicators
    assert list(every) == edition
    told = {
        name
        for (name,) in duckdb.execute(
            f"SELECT DISTINCT indicator FROM read_csv('{shown}/out/2026Q3/indicators.csv') "
            "WHERE period = '2026Q3' AND court = '辽01' AND line = '全部' AND numerator IS NOT NULL"
        ).fetchall()
    }
    rare = "retrial_revise_remand_ratio"  # no retrial was decided in so small a city; the province's is a cross table
    assert set(every) - told <= {rare}
    crosstab = [one["command"] for one in tomllib.loads(TABLE.read_text("utf-8"))["step"] if one["id"] == "crosstab"]
    assert len(crosstab) == 1 and every[rare].name in crosstab[0]


# The index


class Links(HTMLParser):
    """Where a page points to, and what it takes in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.taken: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.links.append(value)
            elif name in ("src", "href", "srcset", "data", "action"):
                self.taken.append(value)


def test_the_index_names_what_was_made_and_needs_nothing_from_outside(shown):
    page = (shown / "index.html").read_text("utf-8")
    found = Links(page)
    files = [unquote(link) for link in found.links if not link.startswith("#")]
    assert len(files) == len(set(files)) > 10
    assert all((shown / name).is_file() for name in files)
    assert {"out/2026Q3/2026Q3-general.pdf", "out/2026Q2/印发/2026Q2-general/2026Q2-general.pdf"} <= set(files)
    assert found.taken == [] and "http" not in page and "@import" not in page and "url(" not in page
    text = (shown / "index.md").read_text("utf-8")
    linked = [unquote(path) for path in re.findall(r"\]\(([^)]+)\)", text)]
    assert linked == files
    assert len(re.findall("给谁：", page)) == len(re.findall(r"^\| (?!文件|---)", text, re.M))


def test_the_next_step_is_the_index(tongbao, tmp_path, monkeypatch):
    monkeypatch.setattr("reports.commands.demo._carry_out", lambda *_, **__: None)
    done = tongbao("demo", tmp_path / "d", "--office", "court", "--cases", 2000, "--run", "-q")
    assert done.out.splitlines()[-1] == f"下一步，请用浏览器打开：{tmp_path / 'd' / 'index.html'}"


def test_the_table_of_the_index_is_whole():
    """Each document is made by a step of the offices that have it, and each step can be given as it stands."""
    table = tomllib.loads(TABLE.read_text("utf-8"))
    steps = {(office, one["id"]) for one in table["step"] for office in (*one["office"], *one.get("alone", ()))}
    assert set(table["heading"]) == set(NAMES)
    assert len(steps) == sum(len(one["office"]) + len(one.get("alone", ())) for one in table["step"])
    for one in table["document"]:
        assert set(one["office"]) <= set(NAMES) and one["about"] and one["whom"]
        assert not one["about"].endswith("。") and not one["whom"].endswith("。")
        if "step" in one:
            assert {(office, one["step"]) for office in one["office"]} <= steps
    for one in table["step"]:
        known, _ = options(shlex.split(one["command"]))
        assert {word for word in shlex.split(one["command"]) if word.startswith("--")} <= known


# README's table


def options(words: list[str]) -> tuple[set[str], list[str]]:
    """The options of the command with which some words begin, and the words after its name."""
    found, words = get_command(cli.app), list(words)
    while words and hasattr(found, "commands"):
        found = found.commands[words.pop(0)]
    return {option for part in found.params for option in part.opts}, words


def asked_for(name: str, heading: str) -> list[tuple[str, str]]:
    """(what the reports say, command) of each row of the table under a heading."""
    text = (ROOT / name).read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| (.+?) \| `tongbao (.+?)` \| .+ \|$", text, re.M)


ASKED = asked_for("README.md", "What two reports of such meetings ask for")


def test_both_readmes_have_the_same_rows():
    assert asked_for("docs/README.zh-CN.md", "两篇报道所说的工作，各用哪个命令") == ASKED
    assert len(ASKED) > 30 and len({claim for claim, _ in ASKED}) == len(ASKED)


@pytest.fixture(scope="module")
def demo(shown, tmp_path_factory):
    """The demo, to be changed by the commands of the table in their order."""
    return Path(shutil.copytree(shown, tmp_path_factory.mktemp("asked") / "demo"))


@pytest.mark.parametrize(("claim", "line"), ASKED, ids=[claim for claim, _ in ASKED])
def test_what_the_reports_ask_for_is_done_by_the_command_beside_it(demo, tongbao, monkeypatch, claim, line):
    """As README has it, but dated as the demo is and, where it lays pages out, as Markdown only: that costs less."""
    monkeypatch.chdir(demo.parent)
    ((number,),) = duckdb.sql(f"SELECT min(案号) FROM '{demo}/cases.parquet' WHERE 案号 LIKE '%民终%'").fetchall()
    words = [number if word == "案号" else word.replace("demo/city", "demo") for word in shlex.split(line)]
    known, _ = options(words)
    for option, value in (("--as-of", "2026-10-15"), ("--format", "md")):
        if option in known and option not in words and not (option == "--format" and "--to" in known):
            words += [option, value]
    before = {path: path.stat().st_mtime_ns for path in demo.parent.rglob("*") if path.is_file()}
    done = tongbao(*words)
    assert done.code == 0, done.err
    made = [path for path in demo.parent.rglob("*") if path.is_file() and before.get(path) != path.stat().st_mtime_ns]
    assert done.out.strip() or made, claim
