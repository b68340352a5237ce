"""Whole bulletins, word for word.

After a change that is meant: `GOLD=write pytest tests/test_gold.py -m 'golden or not golden'`, and read what changed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from by_hand import CASES_BY_HAND

GOLD = Path(__file__).parent / "gold"


def compare_gold(name: str, text: str) -> None:
    path = GOLD / name
    if os.environ.get("GOLD") == "write":
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@pytest.mark.golden
def test_the_bulletin_of_the_demo_province(province, workspace, tongbao):
    result = tongbao("run", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20", "--format", "md")
    assert result.code == 0, result.err
    compare_gold("province-2026Q3.md", (workspace / "out/2026Q3/2026Q3-general.md").read_text("utf-8"))
    compare_gold("flow.svg", (workspace / "out/2026Q3/charts/flow.svg").read_text("utf-8"))


def test_the_bulletin_of_a_few_cases_by_hand(tmp_path, tongbao):
    """One city, seven cases, no year before: every set phrase for what is missing."""
    (tmp_path / "cases.csv").write_text(CASES_BY_HAND, "utf-8")
    assert tongbao("init", tmp_path / "w", "--data", tmp_path / "cases.csv").code == 0
    config = tmp_path / "w" / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace("percent = 5.0", "percent = 20.0"), "utf-8")
    result = tongbao("run", "-w", tmp_path / "w", "--period", "2025Q3", "--as-of", "2025-10-20", "--format", "md")
    assert result.code == 0, result.err
    compare_gold("by-hand-2025Q3.md", (tmp_path / "w/out/2025Q3/2025Q3-general.md").read_text("utf-8"))


NUMBER = re.compile(r"\d+(?:\.\d+)?%?")


@pytest.mark.parametrize("name", ["province-2026Q3.md", "by-hand-2025Q3.md"])
def test_sentences_and_tables_agree(name):
    """Every rate that a sentence of 主要指标 gives stands in the table beside it."""
    text = (GOLD / name).read_text("utf-8")
    start = text.index("、主要指标\n")
    section = text[start : text.index("\n## ", start)]
    sentences, table = section.split("表2　", 1)
    stated = re.findall(r"(?:率|比|天数|口径）)为(\d+(?:\.\d+)?(?:%|天)?)", sentences)
    assert stated or "没有" in sentences or "数值见表" in sentences
    for number in stated:
        assert f"| {number} |" in table, number


@pytest.mark.parametrize("name", ["province-2026Q3.md", "by-hand-2025Q3.md"])
def test_stock_and_flow_add_up_in_print(name):
    text = (GOLD / name).read_text("utf-8")
    found = re.search(r"共受理各类案件(\d+)件，其中旧存(\d+)件、新收(\d+)件；审执结(\d+)件，期末未结(\d+)件", text)
    accepted, opening, filed, concluded, pending = map(int, found.groups())
    assert accepted == opening + filed == concluded + pending
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ") and line.count("|") == 9]
    body = [[cell.strip() for cell in row] for row in rows if row[0].strip() not in ("条线",)]
    for column in (1, 2, 4, 6):
        assert sum(int(row[column]) for row in body[:-1]) == int(body[-1][column])


HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,:;!?()]|[,;!?()][\u4e00-\u9fff]")


@pytest.mark.parametrize("path", sorted(GOLD.glob("*.md")), ids=lambda p: p.name)
def test_no_half_width_punctuation_beside_a_chinese_character(path):
    _, _, body = path.read_text("utf-8").split("---\n", 2)
    lines = [line for line in body.splitlines() if not line.startswith("![")]
    found = [line for line in lines if HALF_WIDTH.search(line)]
    assert not found


def test_no_half_width_punctuation_in_the_programs_own_chinese():
    root = Path(__file__).parent.parent
    literal = re.compile(r'(?<!r)"([^"\\n\n]*[\u4e00-\u9fff][^"\\n\n]*)"')  # a raw string is a pattern, nothing to read
    mistakes = []
    for path in (root / "reports").rglob("*.py"):
        for text in literal.findall(path.read_text("utf-8")):
            plain = re.sub(r"“[^”]*”|\{[^}]*\}|\\\\.|\([^)]*\)|第?\[[^\]]*\]", "", text)
            if HALF_WIDTH.search(plain) and "0-9]" not in text and "日期,类型" not in text:
                mistakes.append(f"{path.name}: {text}")
    assert not mistakes
