"""A court without cases in the period stops nobody: its own bulletin says so, and the others are made as ever."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from by_hand import COURTS, write_csv

AT = ("--period", "2025Q3", "--as-of", "2026-01-15")
BELOW = ("辽01", "辽0102", "辽0103", "辽02", "辽0202")


def rows(court, first, last):
    """One case a month, concluded after 40 days."""
    months = range((first[0] * 12 + first[1] - 1), (last[0] * 12 + last[1]))
    filed = [date(month // 12, month % 12 + 1, 5) for month in months]
    return [
        {
            "案号": f"（{day.year}）{court}民初{number}号",
            "经办法院": court,
            "立案日期": day.isoformat(),
            "结案日期": (day + timedelta(days=40)).isoformat(),
        }
        for number, day in enumerate(filed, 1)
    ]


@pytest.fixture
def folder(tmp_path):
    """城东 has cases to the end, 城西 none after 2024, with one left open; 天璇 never had any."""
    left = {"案号": "（2024）辽0103民初99号", "经办法院": "辽0103", "立案日期": "2024-03-01", "结案日期": ""}
    cases = [*rows("辽0102", (2023, 7), (2025, 11)), *rows("辽0103", (2023, 7), (2024, 9)), left]
    write_csv(tmp_path / "cases.csv", cases)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "tongbao.toml").write_text('[source]\nfiles = ["cases.csv"]\n[court]\ncode = "辽"\n', "utf-8")
    return tmp_path


def test_each_court_has_its_bulletin_and_the_idle_one_says_so(folder, tongbao):
    done = tongbao("bulletin", "court", "--for", "each", "-w", folder, *AT, "--format", "md,pdf")
    assert done.code == 0, done.err
    out = folder / "out" / "2025Q3"
    assert {path.stem for path in out.glob("*.pdf")} == {f"2025Q3-court-{code}" for code in BELOW}
    texts = {code: (out / f"2025Q3-court-{code}.md").read_text("utf-8") for code in BELOW}
    assert "你院本期没有案件。" in texts["辽0202"]
    assert "你院及辖区法院本期没有案件。" in texts["辽02"]
    for code in ("辽02", "辽0202"):
        assert "\n本期没有案件。\n" in texts[code]
        assert "本期没有可以列出的指标数据。" in texts[code]
        assert "未统计" not in texts[code]
    assert "你院本期没有新收和审执结案件，只有旧存案件。" in texts["辽0103"]
    assert "旧存1件、新收0件" in texts["辽0103"]
    for code in ("辽01", "辽0102"):
        assert "你院本期没有" not in texts[code] and "新收3件" in texts[code]


def test_the_pages_for_the_meeting_say_so_too(folder, tongbao):
    done = tongbao("bulletin", "pack", "-w", folder, *AT, "--format", "md,pdf")
    assert done.code == 0, done.err
    text = (folder / "out" / "2025Q3" / "2025Q3-pack.md").read_text("utf-8")
    page = text.split("天璇市中级人民法院及辖区法院有关情况\n")[-1].split("# 附件")[0]
    assert "本期没有案件。" in page and "未统计" not in page


def test_what_an_indicator_table_does_not_say_of_a_court_is_not_counted(folder, tongbao):
    """Nothing is known of it: that is not to have no cases."""
    (folder / "cases.csv").unlink()
    lines = ["court,indicator,period,numerator,denominator"]
    for code in ("辽", "辽01", "辽0102"):
        lines += [f"{code},{name},2025Q3,{number}," for name, number in (("filed", 30), ("concluded", 20))]
    (folder / "table.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "tongbao.toml").write_text('[source]\ntable = "table.csv"\n[court]\ncode = "辽"\n', "utf-8")
    done = tongbao("bulletin", "court", "--for", "each", "-w", folder, *AT, "--format", "md,pdf")
    assert done.code == 0, done.err
    text = (folder / "out" / "2025Q3" / "2025Q3-court-辽0202.md").read_text("utf-8")
    assert "本期没有案件" not in text
    assert "未统计（指标表中没有）" in text
