"""On which day each step of a period is due: the rules of ``[calendar]``, worked out by hand.

国庆节 2026: 1 to 7 October off, Saturday 10 October worked (国务院办公厅关于2026年部分节假日安排的通知).
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from reports.courts.periods import parse_period
from reports.errors import ConfigError
from reports.workspace import Config, Workspace, find
from reports.workspace.calendar import EXAMPLE, of
from reports.workspace.initial import config_text

Q3, Q4 = parse_period("2026Q3"), parse_period("2026Q4")


def days(text: str, period=Q3, following=Q4, done=None, folder: Path = Path()) -> dict[str, date]:
    found = of(Workspace(folder, Config.model_validate(tomllib.loads(text))))
    assert found is not None
    return found.due(period, following, done or {})


def test_the_days_of_a_quarter():
    assert days(EXAMPLE) == {
        "data": date(2026, 10, 13),  # 8, 9, 10 (a Saturday that is worked), 12, 13
        "draft": date(2026, 10, 15),
        "leader": date(2026, 10, 19),  # Friday, Monday
        "issue": date(2026, 10, 20),
        "meeting": date(2026, 10, 27),
        "answers": date(2026, 11, 4),
        "measured": date(2027, 1, 11),  # that of the year's end: 5 working days from Friday 1 January on, and 2
    }


@pytest.mark.parametrize(
    ("rule", "cutoff", "day"),
    [
        ("15日", 0, date(2026, 10, 15)),
        ("3日", 0, date(2026, 10, 8)),  # in the holidays
        ("31日", 0, date(2026, 10, 31)),  # a Saturday: on Monday 2 November, below
        ("25日", 20, date(2026, 9, 25)),  # 中秋节: Friday 25 September is off, below
        ("期末+10日", 0, date(2026, 10, 10)),
        ("+10天", 0, date(2026, 10, 10)),
        ("+0工作日", 0, date(2026, 9, 30)),
        ("+1个工作日", 0, date(2026, 10, 8)),
        ("下期", 0, date(2026, 12, 31)),
    ],
)
def test_the_forms_of_a_rule(rule, cutoff, day):
    moved = {date(2026, 10, 31): date(2026, 11, 2), date(2026, 9, 25): date(2026, 9, 28)}
    text = f'[period]\ncutoff_day = {cutoff}\n[calendar]\ndata = "{rule}"\n'
    period = parse_period("2026Q3", cutoff_day=cutoff)
    assert days(text, period) == {"data": moved.get(day, day)}


def test_the_last_day_of_a_short_month():
    assert days('[calendar]\ndata = "31日"', parse_period("2026-01")) == {"data": date(2026, 2, 28)}  # worked: 春节


def test_what_others_owe_runs_from_the_day_on_which_it_was_done():
    late = days(EXAMPLE, done={"draft": date(2026, 11, 2), "issue": date(2026, 11, 5)})
    assert (late["answers"], late["leader"]) == (date(2026, 11, 20), date(2026, 10, 19))


def test_one_period_may_have_days_of_its_own():
    own = '[[calendar.date]]\nperiod = "2026年第三季度"\nstep = "meeting"\non = 2026-10-24\n'  # a Saturday, as written
    text = EXAMPLE.replace('answers = "印发', 'answers = "会商')
    found = days(text + own)
    assert (found["meeting"], found["answers"]) == (date(2026, 10, 24), date(2026, 11, 9))
    assert days(text + own, Q4, parse_period("2027Q1"))["meeting"] == date(2027, 1, 21)


def test_a_period_that_there_is_not_is_told_with_its_place():
    with pytest.raises(ConfigError) as error:
        days(EXAMPLE + '[[calendar.date]]\nperiod = "2026Q9"\nstep = "meeting"\non = 2026-10-24\n')
    assert "2026Q9" in error.value.what and str(error.value.where).endswith("tongbao.toml [[calendar.date]] period")


def test_a_year_without_holidays_is_named_until_a_file_has_them(tmp_path):
    def table(text: str):
        return of(Workspace(tmp_path, Config.model_validate(tomllib.loads(text))))

    text = '[calendar]\ndata = "+1工作日"\n'
    found = table(text)
    last = found.due(Q4, parse_period("2027Q1"))
    assert (last, found.unknown(last.values())) == ({"data": date(2027, 1, 1)}, [2027])
    assert found.unknown([date(2026, 10, 8)]) == []
    (tmp_path / "节假日.csv").write_text("日期,类型\n2027-01-01,休息日\n", "utf-8")
    known = table(text + 'holidays = "节假日.csv"\n')
    last = known.due(Q4, parse_period("2027Q1"))
    assert (last, known.unknown(last.values())) == ({"data": date(2027, 1, 4)}, [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('issue = "会商+1日"\nmeeting = "印发+1日"', "循环推算"),
        ('issue = "印发+1日"', "循环推算"),
        ('answers = "会商+15日"', "“反馈”从“会商”起算，“会商”没有写。"),
        ('draft = "下期复测"\nmeasured = "下期起草"', "又从再下一期起算"),
    ],
)
def test_rules_that_lead_nowhere(text, told):
    with pytest.raises(ConfigError, match=told):
        days(f"[calendar]\n{text}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('data = "5个工作日后"', "第4行 [calendar] data：应写成“+5工作日”"),
        ('date = "15日"', "第4行 [calendar] date：应为列表"),
        ('daten = "15日"', "没有这一项，是否为 date"),
        ('remind = "三天"', "第4行 [calendar] remind：应为整数"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path, line, told):
    (tmp_path / "tongbao.toml").write_text(f'[source]\nfiles = ["a.csv"]\n[calendar]\n{line}\n', "utf-8")
    with pytest.raises(ConfigError, match="配置文件有 1 处错误") as error:
        find(tmp_path)
    assert told in str(error.value)


def test_the_lines_that_init_writes_are_a_calendar_once_they_are_uncommented():
    text = config_text({}, files=["a.csv"])
    assert of(Workspace(Path(), Config.model_validate(tomllib.loads(text)))) is None
    part = text[text.index("# [calendar]") : text.index("[output]")]
    lines = [line.removeprefix("# ") for line in part.splitlines()]
    own = "\n".join(line for line in lines if line.startswith("[") or " = " in line)
    config = Config.model_validate(tomllib.loads(own))
    example = Config.model_validate(tomllib.loads(EXAMPLE)).calendar
    for step in ("data", "draft", "leader", "issue", "meeting", "answers", "measured"):
        assert getattr(config.calendar, step) == getattr(example, step)
    assert (config.schedule.backup, len(config.calendar.date)) == ("../备份", 1)
