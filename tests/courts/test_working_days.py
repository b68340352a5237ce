"""Working days and the overlay file."""

from __future__ import annotations

from datetime import date

import pytest

from reports.courts.working_days import WorkingDays, load
from reports.errors import ConfigError


def test_holidays_and_make_up_days():
    days = WorkingDays()
    assert not days.is_working_day(date(2025, 10, 1))  # 国庆节
    assert days.is_working_day(date(2025, 9, 28))  # a Sunday worked in exchange
    assert not days.is_working_day(date(2025, 9, 27))  # a Saturday
    assert days.is_working_day(date(2025, 9, 26))


def test_counting():
    days = WorkingDays()
    assert days.next_working_day(date(2025, 10, 1)) == date(2025, 10, 9)
    assert days.next_working_day(date(2025, 10, 9)) == date(2025, 10, 9)
    assert days.add(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert days.add(date(2025, 9, 30), 0) == date(2025, 9, 30)
    with pytest.raises(ValueError, match="不能为负"):
        days.add(date(2025, 9, 30), -1)


def test_an_unknown_year_fails_and_says_what_helps():
    with pytest.raises(ConfigError) as raised:
        WorkingDays().is_working_day(date(2095, 3, 4))
    assert "2095年" in str(raised.value)
    assert "加入2095年的休息日和调休工作日" in str(raised.value)


def test_an_overlay_wins_and_makes_a_year_known(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("日期,类型\n2095-03-04,休息日\n2095-03-05,工作日\n2025-09-26,休息日\n", encoding="utf-8-sig")
    days = load(path)
    assert not days.is_working_day(date(2095, 3, 4))  # a Friday
    assert days.is_working_day(date(2095, 3, 5))  # a Saturday
    assert not days.is_working_day(date(2095, 3, 6))
    assert days.is_working_day(date(2095, 3, 7))
    assert not days.is_working_day(date(2025, 9, 26))
    assert not days.is_working_day(date(2025, 10, 1))
    with pytest.raises(ConfigError, match="2096年"):
        days.is_working_day(date(2096, 3, 5))


def test_an_overlay_in_toml(tmp_path):
    path = tmp_path / "days.toml"
    path.write_text('"工作日" = [2095-03-05]\n"休息日" = [2095-03-04]\n', encoding="utf-8")
    assert load(path).overlay == {date(2095, 3, 5): True, date(2095, 3, 4): False}


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("d.csv", "日期,名称\n", ["第一行应为：日期,类型"]),
        (
            "d.csv",
            "日期,类型\n2095-3-4,休息日\n2095-03-04,假日\n",
            ["2处", "第2行“日期”", "第3行“类型”“假日”"],
        ),
        ("d.csv", "日期,类型\n2095-03-04,休息日\n2095-03-04,工作日\n", ["第3行", "矛盾"]),
        ("d.toml", "工作日 = [", ["不是有效的TOML"]),
        ("d.toml", '"假日" = [2095-03-04]', ["“假日”不认识"]),
        ("d.toml", '"工作日" = ["2095-03-04"]', ["不是日期"]),
        ("d.toml", '"工作日" = [2095-03-04]\n"休息日" = [2095-03-04]', ["同时列为"]),
    ],
)
def test_faulty_overlays(tmp_path, name, text, parts):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load(path)
    for part in parts:
        assert part in str(raised.value)


def test_a_missing_overlay(tmp_path):
    with pytest.raises(ConfigError, match="读不到"):
        load(tmp_path / "none.csv")
