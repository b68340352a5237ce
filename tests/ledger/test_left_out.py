"""A court that is left out (--without): what the ledger holds of it stays as it is, and is not called 见效."""

from __future__ import annotations

import json

import pytest
from small_city import usual, write_cases

from reports.ledger import pending

pytestmark = pytest.mark.whole

BAD = "辽0102"
OLD = {
    "案号": "（2024）辽0102民初9001号", "经办法院": BAD, "案由": "买卖合同纠纷", "立案日期": "2024-01-10",
}  # fmt: skip


def late(code, quarter):
    return 60 if (code, quarter) == (BAD, "2026Q1") else usual(code, quarter)


def story(tongbao, folder, *options):
    """Flagged in the first quarter; the second quarter's data, in which the court is as good as ever."""
    write_cases(folder, "2026Q1", late, pending=[OLD])
    first = tongbao("run", "-q", "-w", folder, "--as-of", "2026-04-15")
    assert first.code == 0, first.err
    write_cases(folder, "2026Q2", late, pending=[OLD])
    second = tongbao("run", "-w", folder, "--as-of", "2026-07-15", *options)
    assert second.code == 0, second.err
    return second


def items(tongbao, folder):
    told = tongbao("ledger", "list", "-w", folder, "--json")
    return {one["court"]: one for one in json.loads(told.out)["items"]}


def test_its_items_and_long_pending_cases_stay_as_they_are(city, tongbao):
    done = story(tongbao, city, "--without", BAD)
    assert "提示：天枢市第一区法院已有本期的数据（最后一件2026-06-30），按写明的不计入。" in done.err
    assert items(tongbao, city)[BAD]["effects"] == []
    case = pending.cases(city / "tongbao.db")[OLD["案号"]]
    assert (case.state, case.missing) == ("未结", False)
    told = (city / "out/2026Q2/2026Q2-general.md").read_text("utf-8")
    part = told.split("## 一、上期通报问题整改情况")[1].split("## 二、总体态势")[0]
    assert "见效" not in part
    # Last quarter's circular had the city with this court: today's base is another for a reason that is told once.
    assert "核正" not in told


def test_with_it_the_item_is_measured(city, tongbao):
    story(tongbao, city)
    assert items(tongbao, city)[BAD]["effects"][-1]["verdict"] == "见效"
