"""Courts that have not reported, whole commands on a city's data cut and bent, each with the number that is true."""

from __future__ import annotations

import json
import re

import duckdb
import pandas as pd
import pytest
from old_export import old

pytestmark = pytest.mark.whole

MISSING = {
    "辽0102": "天枢市城东区人民法院",
    "辽0104": "天枢市城南区人民法院",
    "辽0107": "天枢市高新区人民法院",
    "辽0122": "枢岚县人民法院",
}
SHORT = ("城东区法院", "城南区法院", "天枢市高新区法院", "枢岚县法院")
LISTED = ", ".join(f"'{name}'" for name in MISSING.values())
EAST = "'天枢市城东区人民法院'"
ALL_BUT_MISSING = f"FROM city WHERE 经办法院 NOT IN ({LISTED})"
AT = ("--period", "2026Q3", "--as-of", "2026-10-20")


def day(found):
    return f"{found.year}年{found.month}月{found.day}日"


def last(folder, name, until="2026-09-30"):
    """The last day with a case filed or concluded of one court, by plain SQL."""
    ((found,),) = duckdb.sql(
        f"SELECT max(d) FROM (SELECT unnest([立案日期, 结案日期]) AS d FROM '{folder / 'cases.parquet'}' "
        f"WHERE 经办法院 = '{name}') WHERE d <= '{until}'"
    ).fetchall()
    return found


def filed(folder, year, without=()):
    """Cases filed in the third quarter of a year, by plain SQL, without some courts."""
    names = ", ".join(f"'{name}'" for name in ("", *without))
    ((number,),) = duckdb.sql(
        f"SELECT count(*) FROM '{folder / 'cases.parquet'}' WHERE 经办法院 NOT IN ({names}) "
        f"AND 立案日期 BETWEEN '{year}-07-01' AND '{year}-09-30'"
    ).fetchall()
    return number


def circular(folder):
    return (folder / "out/2026Q3/2026Q3-general.md").read_text("utf-8")


@pytest.fixture
def four_missing(bent):
    return bent(old(LISTED, "2026-06-30"))


def test_four_courts_that_are_missing_stop_the_run_each_with_its_last_day(four_missing, tongbao):
    done = tongbao("run", "-w", four_missing, *AT)
    assert done.code == 5
    assert "4个法院2026年第三季度的数据没有报送或者没有报全" in done.err
    for name, short in zip(MISSING.values(), SHORT, strict=True):
        assert f"{short}：最后一件{day(last(four_missing, name))}\n" in done.err
    assert f"--without {','.join(SHORT)}；" in done.err
    assert not (four_missing / "out").exists()
    assert not (four_missing / "tongbao.db").exists()
    assert tongbao("bulletin", "general", "-w", four_missing, *AT).code == 5
    told = tongbao("check", "-w", four_missing, *AT)
    assert told.code == 5
    assert told.out.startswith("还不能出通报：2026年第三季度")
    line = next(one for one in told.out.splitlines() if one.startswith("  城东区法院 ") and one.endswith("不出通报"))
    assert last(four_missing, MISSING["辽0102"]).isoformat() in line and "本期没有案件，按以往约为新收" in line


def test_without_them_totals_and_bases_are_those_of_the_others(four_missing, tongbao):
    done = tongbao("run", "-w", four_missing, *AT, "--without", "城东区法院，辽0104", "--without", "天枢市高新区人民法院,枢岚县法院")  # fmt: skip
    assert done.code == 0, done.err
    text = circular(four_missing)
    now, then = (filed(four_missing, year, MISSING.values()) for year in (2026, 2025))
    whole = filed(four_missing, 2025)
    assert f"新收{now}件" in text
    change = re.search(r"新收环比(?:、同比分别|.*?，同比)(上升|下降)(?:[\d.]+%、)?(\d+\.\d\d)%", text)
    growth = (now - then) / then * 100
    assert (change[1], change[2]) == ("上升" if growth > 0 else "下降", f"{abs(growth):.2f}")
    assert (now - whole) / whole < -0.3, "with the bases of all courts it would have been a collapse"
    days = {short: day(last(four_missing, name)) for name, short in zip(MISSING.values(), SHORT, strict=True)}
    named = "、".join(f"{short}（最后一件{days[short]}）" for short in SHORT)
    sentence = f"本通报不含{named}的案件，各项合计和环比、同比的基数均未计入上述法院。"
    assert text.count(sentence) == 1
    rest = text.replace(sentence, "")
    assert not any(short in rest for short in SHORT)


def test_each_court_has_its_bulletin_but_those_left_out(four_missing, tongbao):
    options = ("--without", ",".join(MISSING), "--for", "each", "--format", "md")
    done = tongbao("bulletin", "court", "-w", four_missing, *AT, *options)
    assert done.code == 0, done.err
    made = set(re.findall(r"-court-(辽\d+)\.md", done.out))
    assert made == {"辽0103", "辽0105", "辽0106", "辽0121", "辽0181"}
    refused = tongbao("bulletin", "court", "--court", "城东区法院", "-w", four_missing, *AT, *options[:2])
    assert refused.code == 2
    assert "天枢市城东区人民法院已写明不计入" in refused.err


def test_the_result_is_that_of_a_file_without_their_rows(bent, tongbao):
    """Every number of every indicator, every finding, the rows read, and the text but for what it says of them."""
    one, other = bent(old(LISTED, "2026-06-30"), "one"), bent(ALL_BUT_MISSING, "other")
    left = ("--without", ",".join(MISSING))
    done = [tongbao("run", "-w", one, *AT, *left, "--json"), tongbao("run", "-w", other, *AT, "--json")]
    assert [each.code for each in done] == [0, 0], done[0].err + done[1].err
    first, second = (json.loads(each.out) for each in done)
    assert (first["rows_in"], first["flags"]) == (second["rows_in"], second["flags"])
    for name in ("indicators.csv", "data/2026Q3-general.csv"):
        assert (one / "out/2026Q3" / name).read_bytes() == (other / "out/2026Q3" / name).read_bytes()
    texts = [re.sub(r"本通报不含.*?上述法院。", "", circular(folder)) for folder in (one, other)]
    silent = re.compile(r"[^。]*本期没有案件。|\| (" + "|".join(SHORT) + r") \|.*\n")
    assert texts[0] == silent.sub("", texts[1])


def test_the_workspace_can_say_it_for_cron(four_missing, tongbao):
    config = four_missing / "tongbao.toml"
    names = json.dumps(list(SHORT), ensure_ascii=False)
    config.write_text(config.read_text("utf-8").replace("[letterhead]", f"without = {names}\n[letterhead]"), "utf-8")
    done = tongbao("run", "-q", "-w", four_missing, *AT)
    assert done.code == 0, done.err
    assert "本通报不含城东区法院（最后一件" in circular(four_missing)


def test_an_intermediate_court_is_left_out_and_those_below_it_are_not(bent, tongbao):
    folder = bent(old("'天枢市中级人民法院'", "2026-06-30"))
    stopped = tongbao("run", "-w", folder, *AT)
    assert stopped.code == 5
    assert "天枢市中院：最后一件2026年6月" in stopped.err
    done = tongbao("run", "-w", folder, *AT, "--without", "天枢市中院")
    assert done.code == 0, done.err
    text = circular(folder)
    assert f"新收{filed(folder, 2026, ['天枢市中级人民法院'])}件" in text
    assert "本通报不含天枢市中院（最后一件2026年6月" in text
    assert "| 天枢市中院本级 |" not in text
    assert "本期没有案件" not in text
    told = tongbao("check", "-w", folder, *AT, "--without", "辽01")
    assert (told.code, "本期没有案件" in told.out) == (0, False)


def test_a_court_that_the_table_does_not_have_is_refused(four_missing, tongbao):
    done = tongbao("run", "-w", four_missing, *AT, "--without", "荷塘区法院")
    assert done.code == 2
    assert "法院表中没有“荷塘区法院”" in done.err


def test_an_old_file_used_again_is_no_finding_but_a_gap(bent, tongbao):
    folder = bent(old(EAST, "2026-08-14"))
    done = tongbao("run", "-w", folder, *AT)
    assert done.code == 5
    assert f"城东区法院：最后一件{day(last(folder, MISSING['辽0102']))}，本期新收" in done.err
    assert not (folder / "tongbao.db").exists()
    assert tongbao("run", "-w", folder, *AT, "--without", "城东区法院").code == 0
    text = circular(folder)
    assert f"新收{filed(folder, 2026, [MISSING['辽0102']])}件" in text
    assert text.count("城东区法院") == 1  # in the one sentence


def test_a_silent_department_is_told_and_stops_nothing(bent, tongbao):
    gone = f"经办法院 = {EAST} AND 承办部门 = '执行局' AND greatest(立案日期, 结案日期) >= '2026-07-01'"
    folder = bent(f"FROM city WHERE NOT coalesce({gone}, false)")
    told = tongbao("check", "-w", folder, *AT)
    assert told.code == 0, told.err
    (line,) = [one for one in told.out.splitlines() if one.startswith("  城东区法院执行局 ")]
    assert "2026-06-" in line and "本期没有案件，按以往约为新收" in line and line.endswith("提示")
    done = tongbao("run", "-w", folder, *AT)
    assert done.code == 0, done.err
    assert f"新收{filed(folder, 2026)}件" in circular(folder)


def test_a_small_court_without_cases_is_told_so(bent, tongbao):
    west = "经办法院 = '天枢市城西区人民法院'"
    folder = bent(
        f"FROM city WHERE NOT ({west} AND (案号 NOT LIKE '%1号' OR 结案日期 IS NULL OR 结案日期 >= '2026-07-01'))"
    )
    assert duckdb.sql(f"FROM '{folder / 'cases.parquet'}' WHERE {west}").df().shape[0] > 10
    told = tongbao("check", "-w", folder, *AT)
    assert told.code == 0, told.err
    assert any("城西区法院 " in one and "本期没有案件" in one and one.endswith("提示") for one in told.out.splitlines())
    assert tongbao("run", "-w", folder, *AT).code == 0
    assert "城西区法院本期没有案件。" in circular(folder)


def test_a_fall_to_no_filings_is_judged_by_what_there_was_before(bent, tongbao):
    """The court goes on concluding, so that its file is there; the flags are asked for, which nothing stops."""
    folder = bent(f"FROM city WHERE NOT (经办法院 = {EAST} AND 立案日期 >= '2026-07-01')")
    before = filed(folder, 2025) - filed(folder, 2025, [MISSING["辽0102"]])
    assert before > 85
    done = tongbao("flags", "-w", folder, *AT, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    (flag,) = [one for one in found["flags"] if (one["court"], one["indicator"]) == ("辽0102", "filed")]
    assert (flag["numerator"], flag["severity"], flag["strength"]) == (0, "neutral", "red")
    assert not [one for one in found["untested"] if (one["court"], one["indicator"]) == ("辽0102", "filed")]


def test_nobody_is_missing_when_all_have_reported(bent, tongbao):
    folder = bent()
    done = tongbao("run", "-w", folder, *AT)
    assert done.code == 0, done.err
    assert "本通报不含" not in circular(folder)
    assert f"新收{filed(folder, 2026)}件" in circular(folder)


def test_rows_of_an_indicator_table_go_too(bent, tongbao):
    """Those of the court, and those of the court above that hold it: what is left is what the table says of others."""
    folder = bent()
    rows = [
        ("辽01", "信访比", "2026Q3", 30, 900),
        ("辽0102", "信访比", "2026Q3", 20, 500),
        ("辽0103", "信访比", "2026Q3", 10, 400),
        ("辽01", "信访比", "2025Q3", 12, 400),
        ("辽0103", "信访比", "2025Q3", 12, 400),
    ]
    columns = ["court", "indicator", "period", "numerator", "denominator"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "table.csv", index=False)
    config = folder / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace("[letterhead]", 'table = "table.csv"\n[catalogue]\nedition = "all"\n[letterhead]'), "utf-8")  # fmt: skip
    done = tongbao("run", "-w", folder, *AT, "--without", "城东区法院")
    assert done.code == 0, done.err
    table = pd.read_csv(folder / "out/2026Q3/indicators.csv", encoding="utf-8-sig")
    mine = table[table["indicator"] == "letters_ratio"]
    assert sorted(mine[["court", "period", "numerator"]].itertuples(index=False, name=None)) == [
        ("辽01", "2025Q3", 12), ("辽0103", "2025Q3", 12), ("辽0103", "2026Q3", 10),
    ]  # fmt: skip
