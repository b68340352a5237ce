"""Every command with every shipped edition: with cases alone, with an indicator table beside them, with a table alone."""

from __future__ import annotations

import json
import re
import shutil

import duckdb
import pytest

from reports import catalogue
from reports.catalogue import loader

pytestmark = pytest.mark.whole

COURTS = ("辽01", "辽0102", "辽0103", "辽0104")
EDITIONS = sorted(loader._editions(None))
EVERY = catalogue.load(catalogue.EVERYTHING)
DATED = ("--period", "2026Q3", "--as-of", "2026-10-15")
MONTH = ("--period", "2026-09", "--as-of", "2026-10-15")
MARKDOWN = ("--format", "md")
SHARE = ("--indicator", "超12个月未结案件比")
GIVEN = {
    "premediation_share": (3, 100),
    "first_revised_rate": (2, 200),
    "advice_feedback_rate": (4, 8),
    "filed": (7, None),
}
"""What the indicator table tells of every court, in two quarters and a month, none of it in every edition but 新收."""

COMMANDS = {
    "indicators": (*DATED,),
    "indicators --show-sql": (*DATED,),
    "compare": (*DATED,),
    "compare --json": (*DATED,),
    "flags": (*DATED,),
    "flags --json": (*DATED,),
    "check": (*DATED,),
    "explain --court 辽01": (*DATED, "--indicator", "新收"),
    "cases --court 辽01": (*DATED, *SHARE),
    "run": (*DATED, *MARKDOWN),
    "bulletin general": (*DATED, *MARKDOWN),
    "bulletin line --for each": (*DATED, *MARKDOWN),
    "bulletin court --for each": (*DATED, *MARKDOWN),
    "bulletin monthly": (*MONTH, *MARKDOWN),
    "bulletin theme --theme 诉源治理": (*DATED, *MARKDOWN),
    "bulletin theme --theme 营商环境": (*DATED, *MARKDOWN),
    "bulletin reversal": (*DATED, *MARKDOWN),
    "bulletin feedback": (*DATED, *MARKDOWN),
    "bulletin minutes": (*DATED, *MARKDOWN),
    "bulletin reminder --for each": (*DATED, *MARKDOWN),
    "bulletin supervision --for each": (*DATED, *MARKDOWN),
    "pack": (*DATED, *MARKDOWN),
    "catalogue show": (),
    "ledger list": (),
    "ledger verify": (),
    "pending update": ("--as-of", "2026-10-15"),
    "pending due": ("--as-of", "2026-10-15"),
    "pending list": (),
    "pending summary": (),
}
REFUSED = {  # what there is nothing for, in any edition, and the one true reason
    "bulletin feedback": "没有通报过需要整改的问题",
    "bulletin minutes": "没有登记议定事项",
    "bulletin reminder --for each": "没有",
    "bulletin supervision --for each": "没有",
}
NEED_CASES = (
    "indicators --show-sql", "cases --court 辽01", "bulletin theme --theme 营商环境", "bulletin reversal", "pending update", "pending due",
)  # fmt: skip


@pytest.fixture(scope="module")
def given(city, tmp_path_factory):
    """The cases of four courts, and a table of what the cases do not tell."""
    folder = tmp_path_factory.mktemp("given")
    for name in ("cases.parquet", "courts.csv"):
        shutil.copy(city / name, folder)
    rows = [
        (court, name, period, x, "" if n is None else n)
        for court in COURTS
        for name, (x, n) in GIVEN.items()
        for period in ("2026Q3", "2025Q3", "2026-09")
    ]
    lines = [",".join(map(str, row)) for row in (("court", "indicator", "period", "numerator", "denominator"), *rows)]
    (folder / "table.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def workspace_of(given, folder, edition: str, source: str):
    shutil.copytree(given, folder)
    files = {"cases": 'files = ["cases.parquet"]', "table": 'table = "table.csv"'}
    named = files.get(source) or "\n".join(files.values())
    (folder / "tongbao.toml").write_text(
        f'[court]\ncode = "辽01"\n[source]\n{named}\n[period]\nhistory = 5\n[catalogue]\nedition = "{edition}"\n'
        '[letterhead]\ndate = "2026年10月20日"\n[output]\nformats = ["md"]\n',
        "utf-8",
    )
    return folder


@pytest.mark.parametrize("source", ["cases", "both", "table"])
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_command_with_every_edition(edition, source, given, tmp_path, tongbao):
    folder = workspace_of(given, tmp_path / "w", edition, source)
    for command, more in COMMANDS.items():
        result = tongbao(*command.split(), "-w", folder, *more)
        told = f"{command}: {result.err}"
        if source == "table" and command in NEED_CASES:
            assert result.code == 2 and "只有指标表，没有案件数据" in result.err, told
        elif command in REFUSED:
            assert result.code in (0, 2) and (result.code == 0 or REFUSED[command] in result.err), told
        else:
            assert result.code == 0, told
    assert tongbao("bulletin", "technical", "-w", folder, *COMMANDS["bulletin general"]).code == 0
    out = folder / "out" / "2026Q3"
    printed = "".join((out / f"2026Q3-{kind}.md").read_text("utf-8") for kind in ("general", "technical"))
    chosen = catalogue.load(edition)
    for name, (x, n) in GIVEN.items():
        item = EVERY.indicators[name]
        uncounted = re.search(rf"未统计的指标：.*{item.name}（", printed)
        if source == "cases":
            assert bool(item.needs and name in chosen.indicators) == bool(uncounted)
        elif n and name in chosen.indicators:
            assert not uncounted, "what the table gave is not uncounted"
            if item.assess and (source == "table" or item.needs):  # else the cases' own number stands
                assert re.search(rf"\| {item.name}[^|]* \| {re.escape(item.measure.text(x, n))} \|", printed)
    if source == "table":  # of the flow it tells 新收 only
        assert "新收7件" in printed and "受理、旧存、结案、未结未统计（指标表中没有）" in printed
        left = [EVERY.indicators[name].name for name in GIVEN if name not in chosen.indicators]
        assert ("现行指标目录以外的指标" in printed) == bool(left)
        assert all(name in printed for name in left)


def test_the_time_of_transfer_is_counted_from_the_first_instance(given, tmp_path, tongbao, anew):
    """上诉案件移送时间 needs the number of the case appealed from, also where only counts are wanted."""
    folder = workspace_of(given, tmp_path / "w", "spc-2024-09", "cases")
    result = tongbao("compare", "-w", folder, *DATED, "--json", "--court", "辽01", "--indicator", "上诉案件移送时间")
    (cell,) = [one for one in json.loads(result.out)["comparisons"] if one["line"] == "全部"]
    ((days, cases),) = duckdb.execute(
        "SELECT sum(date_diff('day', f.结案日期, s.立案日期)), count(*) "
        "FROM (FROM read_parquet($1) WHERE 原审案号 IS NOT NULL AND 案号 LIKE '%终%') s "
        "JOIN read_parquet($1) f ON s.原审案号 = f.案号 "
        "WHERE s.立案日期 BETWEEN DATE '2026-07-01' AND DATE '2026-09-30' AND f.结案日期 <= s.立案日期",
        [str(folder / "cases.parquet")],
    ).fetchall()
    assert cases > 0 and (cell["now"]["numerator"], cell["now"]["denominator"]) == (days, cases)


def test_an_indicator_without_a_number_is_uncounted_with_its_reason(given, tmp_path, tongbao):
    folder = workspace_of(given, tmp_path / "w", "spc-2024-01", "cases")
    result = tongbao("compare", "-w", folder, *DATED, "--indicator", "诉前调解成功案件数占诉至法院纠纷数的比例", "-q")
    assert result.out == "\t\t诉前调解成功案件数占诉至法院纠纷数的比例\t未统计\t\t没有诉源治理情况表（先行调解成功）\n"
    result = tongbao(
        "compare", "-w", folder, *DATED, "--indicator", "诉前调解成功案件数占诉至法院纠纷数的比例", "--json", "-q"
    )
    assert json.loads(result.out)["uncounted"] == [
        {
            "indicator": "premediation_share",
            "name": "诉前调解成功案件数占诉至法院纠纷数的比例",
            "reason": "没有诉源治理情况表（先行调解成功）",
        }
    ]
    both = workspace_of(given, tmp_path / "b", "spc-2024-01", "both")
    text = (both / "table.csv").read_text("utf-8").replace("premediation_share,2026Q3", "premediation_share,2026Q2")
    (both / "table.csv").write_text(text, "utf-8")
    result = tongbao("compare", "-w", both, *DATED, "--indicator", "诉前调解成功案件数占诉至法院纠纷数的比例", "-q")
    assert result.out.endswith("未统计\t\t没有诉源治理情况表（先行调解成功），指标表中也没有2026年第三季度的数\n")
