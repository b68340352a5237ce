"""Every kind of period through the command: windows, labels, flows that add up, stocks at the right ends, bases."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from by_hand import COURTS, write_csv

from reports.courts.periods import months_before, parse_period

pytestmark = pytest.mark.whole

# One court, two and a half years: on the 5th and the 25th of every month a case is filed; every second one is
# concluded 40 days later, the others after 400 days.
FILED = [date(2023 + m // 12, m % 12 + 1, day) for m in range(6, 36) for day in (5, 25)]
CASES = [(day, day + timedelta(days=40 if n % 2 else 400)) for n, day in enumerate(FILED)]
TODAY = date(2026, 1, 15)


def by_hand(period):
    """旧存, 新收, 结案, 未结 of a window, one case after another."""
    start, end = period.start, period.end
    before = start - timedelta(days=1)
    return {
        "opening": sum(filed <= before < concluded for filed, concluded in CASES),
        "filed": sum(start <= filed <= end for filed, _ in CASES),
        "concluded": sum(start <= concluded <= end for _, concluded in CASES),
        "pending": sum(filed <= end < concluded for filed, concluded in CASES),
        "over12_pending": sum(filed < months_before(end, 12) and end < concluded for filed, concluded in CASES),
    }


@pytest.fixture
def folder(tmp_path):
    rows = [
        {
            "案号": f"（{filed.year}）辽0102民初{n}号",
            "经办法院": "辽0102",
            "立案日期": filed.isoformat(),
            "结案日期": concluded.isoformat() if concluded <= TODAY else "",
        }
        for n, (filed, concluded) in enumerate(CASES, 1)
    ]
    write_csv(tmp_path / "cases.csv", rows)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    return tmp_path


def compared(tongbao, folder, period, cutoff=0, as_of="2026-01-15", months=3, edition="stocks", more=""):
    """What ``compare`` says, of an edition of 收结存 alone unless another is asked for."""
    text = (
        f'[source]\nfiles = ["cases.csv"]\n[period]\ncutoff_day = {cutoff}\nmonths = {months}\n{more}[court]\ncode = "辽"\n'
        f'[catalogue]\nedition = "{edition}"\n'
    )
    own = folder / "catalogue" / "editions"
    own.mkdir(parents=True, exist_ok=True)
    (own / "stocks.toml").write_text('name = "收结存"\nversion = "1"\nindicators = ["filed"]\n', "utf-8")
    (folder / "tongbao.toml").write_text(text, "utf-8")
    options = ["--period", period] if period else []
    result = tongbao(
        "compare", "-w", folder, *options, "--as-of", as_of, "--json", "--court", "辽0102", "--line", "全部"
    )
    assert result.code == 0, result.err
    return json.loads(result.out)


def sides(document):
    found = {}
    for cell in document["comparisons"]:
        for side in ("now", "previous", "year_before"):
            if cell[side] is not None:
                found.setdefault(side, {})[cell["indicator"]] = cell[side]["numerator"]
    return found


PERIODS = (
    "2025-12",
    "2025-09",
    "2025Q4",
    "2025Q1",
    "2025H1",
    "2025H2",
    "2025Q1-Q3",
    "2025-01..03",
    "2025-01..08",
    "2025-01..02",
    "2025",
)


@pytest.mark.parametrize("cutoff", [0, 20])
@pytest.mark.parametrize("text", PERIODS)
def test_every_period_counts_as_by_hand(text, cutoff, folder, tongbao):
    period = parse_period(text, cutoff_day=cutoff)
    document = compared(tongbao, folder, text, cutoff)
    found = sides(document)
    names = ("opening", "filed", "concluded", "pending", "over12_pending")
    assert {name: found["now"][name] for name in names} == by_hand(period)
    before = by_hand(period.year_before)
    assert {name: found["year_before"][name] for name in names} == before
    assert document["window"]["start"] == period.start.isoformat()
    assert document["window"]["end"] == period.end.isoformat()
    assert document["window"]["text"] == period.window
    if period.previous is None:
        assert "previous" not in found, "a cumulative period has 同比 only"
    else:
        assert {name: found["previous"][name] for name in names} == by_hand(period.previous)
    assert ("previous" in found) == (text in ("2025-12", "2025-09", "2025Q4", "2025Q1", "2025H2"))


@pytest.mark.parametrize("cutoff", [0, 20])
def test_composed_periods_add_up(cutoff, folder, tongbao):
    def now(text):
        return sides(compared(tongbao, folder, text, cutoff))["now"]

    quarters = [now(f"2025Q{q}") for q in (1, 2, 3, 4)]
    months = [now(f"2025-{m:02d}") for m in range(1, 13)]
    halves, year, nine = [now("2025H1"), now("2025H2")], now("2025"), now("2025Q1-Q3")
    for parts in (quarters, months, halves):
        for name in ("filed", "concluded"):
            assert sum(part[name] for part in parts) == year[name]
        assert parts[0]["opening"] == year["opening"]
        assert parts[-1]["pending"] == year["pending"]
        assert parts[-1]["over12_pending"] == year["over12_pending"]
        for one, following in itertools.pairwise(parts):
            assert one["pending"] == following["opening"]
    assert nine["filed"] == sum(quarter["filed"] for quarter in quarters[:3])
    assert nine["pending"] == quarters[2]["pending"]


@pytest.mark.parametrize(
    ("as_of", "cutoff", "months", "period"),
    [
        ("2025-10-01", 0, 3, "2025Q3"),
        ("2025-09-30", 0, 3, "2025Q3"),
        ("2025-09-29", 0, 3, "2025Q2"),
        ("2025-09-20", 20, 3, "2025Q3"),
        ("2025-09-19", 20, 3, "2025Q2"),
        ("2025-12-21", 20, 1, "2025-12"),
        ("2025-03-01", 0, 1, "2025-01..02"),
    ],
)
def test_without_a_period_the_latest_complete_one(as_of, cutoff, months, period, folder, tongbao):
    assert compared(tongbao, folder, None, cutoff, as_of, months)["period"] == period


@pytest.mark.parametrize(
    ("as_of", "months", "period"),
    [
        ("2025-10-01", 1, "2025Q1-Q3"),
        ("2025-09-29", 1, "2025-01..08"),
        ("2025-05-05", 1, "2025-01..04"),
        ("2025-04-05", 1, "2025-01..03"),
        ("2025-03-05", 1, "2025-01..02"),
        ("2025-02-05", 1, "2024"),  # January is told of with February
        ("2025-04-05", 3, "2025-01..03"),
        ("2025-08-05", 3, "2025H1"),
    ],
)
def test_the_default_period_may_be_the_year_so_far(as_of, months, period, folder, tongbao):
    assert compared(tongbao, folder, None, 0, as_of, months, more="cumulative = true\n")["period"] == period


def test_the_year_so_far_is_held_against_the_one_a_month_shorter_where_asked(folder, tongbao):
    """较1—2月, under that name: a cumulative figure has no 环比."""
    document = compared(tongbao, folder, "2025-01..03", more="previous_cumulative = true\n")
    cell = next(one for one in document["comparisons"] if one["indicator"] == "filed")
    assert cell["previous"] is None
    assert cell["previous_cumulative"]["period"] == "2025-01..02"
    assert cell["previous_cumulative"]["numerator"] == by_hand(parse_period("2025-01..02"))["filed"]


def test_a_period_may_be_typed_as_people_write_it(folder, tongbao):
    for typed, key in (("1—5月", "2025-01..05"), ("第三季度", "2025Q3"), ("2024年上半年", "2024H1")):
        assert compared(tongbao, folder, typed)["period"] == key


def drawn(text):
    """Of the chart of the flow: its title, what its alternative text tells, and its table."""
    alt, title = re.search(r"!\[(.*)\]\(charts/flow\.svg\)\n\n图1　(.*)\n", text).groups()
    table = text.split(title + "\n\n", 1)[1].split("\n\n", 1)[0].splitlines()
    return title, alt, [[cell.strip() for cell in row.strip("|").split("|")] for row in (table[0], *table[2:])]


@pytest.mark.parametrize("text", ["2025-01..03", "2025-01..05", "2025H1", "2025Q1-Q3", "2025"])
def test_the_chart_tells_of_the_same_span_as_the_text(text, folder, tongbao):
    """With the same months of the years before, and never of the last quarter or month alone."""
    earlier = [  # as many again, two years before
        (day.replace(year=day.year - 2), concluded - timedelta(days=730))
        for day, concluded in CASES
        if day.year in (2024, 2025)
    ]
    with (folder / "cases.csv").open("a", encoding="utf-8") as out:
        for number, (filed, concluded) in enumerate(earlier, 1):
            out.write(f"（{filed.year}）辽0103民初{number}号,辽0103,{filed.isoformat()},{concluded.isoformat()}\n")
    compared(tongbao, folder, text, edition="core")
    path = folder / "tongbao.toml"
    path.write_text(path.read_text("utf-8").replace("[period]", "[period]\nhistory = 16"), "utf-8")
    result = tongbao("bulletin", "-w", folder, "--period", text, "--as-of", "2026-01-15", "--format", "md", "-q")
    assert result.code == 0, result.err
    out = (folder / "out" / text / f"{text}-general.md").read_text("utf-8")
    period, every = parse_period(text), [*CASES, *earlier]
    title, alt, (heads, *rows) = drawn(out)
    assert title == f"全省法院近{len(heads) - 1}年{period.short_label}收结存情况"
    years = range(2025 - (len(heads) - 1) + 1, 2026)
    assert heads[1:] == [f"{year}年{period.short_label}" for year in years] and len(years) >= 3
    inside = [(p.start, p.end) for p in (replace(period, year=year) for year in years)]
    filed, concluded = ([sum(a <= case[n] <= b for case in every) for a, b in inside] for n in (0, 1))
    assert rows[:2] == [["新收", *map(str, filed)], ["结案", *map(str, concluded)]]
    assert f"新收{filed[-1]}件" in alt and f"新收{filed[-1]}件" in out.split("![")[0]
    written = (folder / "out" / text / "data" / f"{text}-general.csv").read_text("utf-8-sig")
    assert f",filed,{text},{filed[-1]}," in written


def test_a_month_s_bulletin_takes_the_last_month_that_the_data_have(folder, tongbao):
    """The data reach the middle of January 2026: asked in June, the bulletin is not refused for want of May."""
    compared(tongbao, folder, "2025Q3", edition="core")
    result = tongbao("bulletin", "monthly", "-w", folder, "--as-of", "2026-06-15", "--format", "md", "-q")
    assert result.code == 0, result.err
    assert (folder / "out" / "2025-12" / "2025-12-monthly.md").is_file()
    result = tongbao("bulletin", "monthly", "-w", folder, "--as-of", "2025-11-15", "--format", "md", "-q")
    assert result.code == 0, result.err
    assert (folder / "out" / "2025-10" / "2025-10-monthly.md").is_file()
    asked = tongbao("bulletin", "monthly", "-w", folder, "--as-of", "2026-06-15", "--period", "2026-05", "-q")
    assert asked.code == 5 and "数据覆盖" in asked.err


@pytest.mark.parametrize(
    ("text", "cutoff", "label", "window"),
    [
        ("2025Q3", 0, "2025年第三季度", "2025年7月1日至9月30日"),
        ("2025-01..03", 0, "2025年1—3月", "2025年1月1日至3月31日"),
        ("2025Q1-Q3", 0, "2025年1—9月", "2025年1月1日至9月30日"),
        ("2025H1", 0, "2025年上半年", "2025年1月1日至6月30日"),
        ("2025-09", 20, "2025年9月", "2025年8月21日至9月20日"),
        ("2025", 20, "2025年", "2024年12月21日至2025年12月20日"),
    ],
)
def test_the_bulletin_prints_label_and_window(text, cutoff, label, window, folder, tongbao):
    compared(tongbao, folder, text, cutoff, edition="core")
    result = tongbao("bulletin", "-w", folder, "--period", text, "--as-of", "2026-01-15", "--format", "md", "-q")
    assert result.code == 0, result.err
    bulletin = (folder / "out" / text / f"{text}-general.md").read_text("utf-8")
    assert f"关于{label}" in bulletin
    assert f"统计区间: {window}" in bulletin and f"统计区间为{window}" in bulletin
    body = bulletin.split("---\n", 2)[2]
    assert bool(re.search("环比(上升|下降|增加|减少)|与上期(持平|、去年)", body)) == (text in ("2025Q3", "2025-09"))


@pytest.mark.parametrize(
    ("code", "told"), [("京", "全市法院"), ("内", "全自治区法院"), ("兵", "全兵团法院"), ("辽", "全省法院")]
)
def test_the_title_names_the_courts_by_the_province(code, told, folder, tongbao):
    compared(tongbao, folder, "2025Q3", edition="core")
    for name in ("cases.csv", "courts.csv", "tongbao.toml"):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace("辽", code), "utf-8")
    result = tongbao("bulletin", "-w", folder, "--period", "2025Q3", "--as-of", "2026-01-15", "--format", "md", "-q")
    assert result.code == 0, result.err
    text = (folder / "out" / "2025Q3" / "2025Q3-general.md").read_text("utf-8")
    assert f"标题: 关于2025年第三季度{told}审判执行质效情况的通报" in text
    assert code == "辽" or "全省" not in text.split("异常识别规则")[0]


def test_a_stock_aged_in_days_counts_what_is_strictly_older(tongbao, folder):
    (folder / "catalogue").mkdir()
    (folder / "catalogue" / "own.toml").write_text(
        """
[stock.over100]
name = "超过100日未结案件数"
from = "立案日期"
to = "结案日期"
after_days = 100

[indicator.over100_pending]
name = "超过100日未结案件数"
category = "效率"
numerator = "over100"
kind = "count"
unit = "件"
better = "neutral"
formula = "期末超过100日未结案件数"
""",
        "utf-8",
    )
    (folder / "catalogue" / "editions").mkdir()
    (folder / "catalogue" / "editions" / "own.toml").write_text(
        'name = "本院指标"\nversion = "1"\nindicators = ["over100_pending"]\n', "utf-8"
    )
    config = '[source]\nfiles = ["cases.csv"]\n[court]\ncode = "辽"\n[catalogue]\nedition = "own"\n'
    (folder / "tongbao.toml").write_text(config, "utf-8")
    args = ("-w", folder, "--period", "2025Q1", "--indicator", "over100_pending")
    result = tongbao("compare", *args, "--court", "辽0102", "--json")
    assert result.code == 0, result.err
    end = parse_period("2025Q1").end
    by_hand = sum((end - filed).days > 100 and end < concluded for filed, concluded in CASES)
    cell = next(c for c in json.loads(result.out)["comparisons"] if c["line"] == "全部")
    assert cell["now"]["numerator"] == by_hand > 0
    listed = tongbao("cases", *args, "--court", "辽0102")
    assert listed.code == 0, listed.err
    assert len(listed.out.splitlines()) == by_hand + 1
    assert "超过 100日" in tongbao("catalogue", "show", "-w", folder, "--md").out


def test_a_change_of_edition_is_told(folder, tongbao):
    def run(period, edition, as_of):
        text = f'[catalogue]\nedition = "{edition}"\n\n[court]\ncode = "辽0102"\n\n[source]\nfiles = ["cases.csv"]\n'
        (folder / "tongbao.toml").write_text(text, "utf-8")
        for command in ("run", "bulletin technical"):
            words = ("-w", folder, "--period", period, "--as-of", as_of, "--format", "md", "-q")
            done = tongbao(*command.split(), *words)
            assert done.code == 0, done.err
        return (folder / "out" / period / f"{period}-technical.md").read_text("utf-8")

    rows = [
        {
            "案号": f"（{filed.year}）辽0102民初{n}号", "经办法院": "辽0102", "立案日期": filed.isoformat(),
            "结案日期": (filed + timedelta(days=6)).isoformat(), "结案方式": "判决",
            "二审结案日期": (filed + timedelta(days=15)).isoformat(), "二审结果": "改判" if n % 4 else "维持",
        }
        for n, (filed, _) in enumerate(CASES, 1)
        if filed < date(2025, 12, 28)
    ]  # fmt: skip
    write_csv(folder / "cases.csv", rows)
    assert "上期通报" not in run("2025Q2", "spc-2024-01", "2025-07-15")
    changed = run("2025Q3", "spc-2024-09", "2025-10-15")
    (went,) = re.findall("上期通报列有、本期不再列入的指标：([^；。]*)", changed)
    assert "一审裁判被改判率（2024年9月起并入二审改判-发回重审比）" in went
    assert went.endswith(f"，共{went.count('、') + 1}项")
    assert "上期通报" not in run("2025Q4", "spc-2024-09", "2026-01-15")
    back = run("2025Q4", "spc-2024-01", "2026-01-15")
    assert re.search("上期通报没有、本期列入的指标：[^；。]*一审裁判被改判率", back)
