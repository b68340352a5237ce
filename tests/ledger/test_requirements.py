"""下一步工作要求 of two small worlds over two quarters: what is asked follows what happened, and is never the same."""

from __future__ import annotations

import re

import pytest
from small_city import CITY, CONFIG, usual, write_cases

pytestmark = pytest.mark.whole

TIMES = (("2026Q1", "2026-04-15"), ("2026Q2", "2026-07-15"))


def section(folder, period):
    text = (folder / f"out/{period}/{period}-general.md").read_text("utf-8")
    return re.split(r"^#", text.split("、下一步工作要求\n")[1], maxsplit=1, flags=re.M)[0]


def rows(text):
    table = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in table[1:]}


def world(folder, tongbao, late):
    """The sections of both quarters, after a run of each."""
    folder.mkdir()
    (folder / "courts.csv").write_text(CITY, "utf-8")
    (folder / "tongbao.toml").write_text(CONFIG, "utf-8")
    write_cases(folder, "2026Q2", lambda code, quarter: late.get((code, quarter), usual(code, quarter)))
    for period, day in TIMES:
        result = tongbao("run", "-q", "-w", folder, "--period", period, "--as-of", day)
        assert result.code == 0, result.err
    return [section(folder, period) for period, _ in TIMES]


def test_two_quarters_of_two_worlds(tmp_path, tongbao):
    first, second = world(
        tmp_path / "甲", tongbao, {("辽0102", "2026Q1"): 60, ("辽0102", "2026Q2"): 70, ("辽0104", "2026Q2"): 60}
    )
    quiet, one = world(tmp_path / "乙", tongbao, {("辽0105", "2026Q2"): 80})
    assert len({first, second, quiet, one}) == 4
    told = rows(first)["天枢市第一区法院"]  # 60 late of 200, all of 买卖合同纠纷
    assert told[0].startswith("审限内结案率70.00%：买卖合同纠纷（60件）逐件查超期的环节")
    assert told[1] == "4月30日前" and told[2].startswith("回到去年同期的9")
    told = rows(second)
    assert told["天枢市第一区法院"][0].startswith("审限内结案率65.00%：清单所列70件按超期天数分层")
    assert told["天枢市第一区法院"][0].endswith("；2026年第一季度通报事项的整改情况逾期未反馈，一并报送")
    assert told["天枢市第三区法院"][0].startswith("审限内结案率70.00%：买卖合同纠纷（60件）逐件查")
    assert quiet.startswith("\n2026年第一季度没有需要列项办理的问题。") and not rows(quiet)
    assert "天枢市第四区法院" in rows(one) and "天枢市第一区法院" not in rows(one)
