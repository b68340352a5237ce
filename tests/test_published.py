"""What the court above has published, beside the own value: differences of printed values, and no rank."""

from __future__ import annotations

from pathlib import Path

import pytest
from by_hand import CASES_BY_HAND

from reports.commands.console import job_of
from reports.errors import ConfigError
from reports.pipeline.published import published

# 城东区法院 in 2025年第三季度: two civil cases of first instance closed after 70 and 91 days, one of them by mediation.
CONFIG = """[court]
code = "辽0102"
[source]
files = ["cases.csv"]
[letterhead]
date = "2025年10月20日"
"""
REFERENCES = """
[[reference]]
indicator = "民事调解率"
period = "2025Q3"
whole = "全市"
value = 35.5
interval = "30%以上"
source = "某中院2025年第三季度通报"
[[reference]]
indicator = "average_days"
period = "2025年第三季度"
whole = "全省"
value = "90.00"
source = "某高院2025年第三季度通报"
[[reference]]
indicator = "within_limit"
period = "2025Q2"
whole = "全市"
value = 99.0
source = "某中院2025年第二季度通报"
[[reference]]
indicator = "first_reversal_rate"
period = "2025Q3"
whole = "全市"
value = 1.5
source = "某中院2025年第三季度通报"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "tongbao.toml").write_text(CONFIG, "utf-8")
    rows = [line for line in CASES_BY_HAND.splitlines() if "城东区" in line or line.startswith("案号")]
    (tmp_path / "cases.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return tmp_path


def test_the_own_value_stands_beside_what_was_published(place: Path, tongbao) -> None:
    with (place / "tongbao.toml").open("a", encoding="utf-8") as config:
        config.write(REFERENCES)
    done = tongbao(
        "bulletin", "general", "-w", place, "--period", "2025Q3", "--format", "md", "-o", place / "out", "-q"
    )
    assert done.code == 0, done.err
    text = (place / "out" / "2025Q3-general.md").read_text("utf-8")
    table = text[text.index("上级法院公布的数据（供对照）") :].split("\n\n")
    assert table[1].splitlines() == [
        "| 指标 | 本期 | 公布范围 | 公布数 | 公布的区间 | 对照 |",
        "|:--|--:|:-:|--:|:-:|:--|",
        "| 平均审理天数 | 80.5天 | 全省 | 90.00天 | — | 比全省平均少9.50天 |",
        "| 民事调解率 | 50.00% | 全市 | 35.5% | 30%以上 | 高于全市平均14.50个百分点 |",
    ]
    assert "公布数据见某高院2025年第三季度通报、某中院2025年第三季度通报，" in table[2]
    assert "1.5%" not in text  # no case of the court's own was appealed and decided: nothing to stand beside it


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('indicator = "民事调解律"', "没有指标“民事调解律”"),
        ('indicator = "filed"', "是件数"),
        ('period = "去年"', "去年"),
        ('line = "民商事"', "没有条线“民商事”"),
        ('value = "三成"', "“三成”不是数"),
        ("value = nan", "不是数"),
    ],
)
def test_what_cannot_stand_beside_anything_is_refused(place: Path, change: str, said: str) -> None:
    lines = {
        "indicator": '"民事调解率"',
        "period": '"2025Q3"',
        "whole": '"全市"',
        "value": "35.5",
        "source": '"某中院通报"',
    }
    key, _, value = change.partition(" = ")
    lines[key] = value
    text = "\n".join(f"{name} = {what}" for name, what in lines.items())
    (place / "tongbao.toml").write_text(f"{CONFIG}[[reference]]\n{text}\n", "utf-8")
    with pytest.raises(ConfigError, match=said):
        published(job_of(place, "2025Q3", None))
