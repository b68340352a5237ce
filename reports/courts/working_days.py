"""Working days: the State Council's holiday arrangements, with an overlay for what they do not say yet.

The arrangements (国务院办公厅关于部分节假日安排的通知) come from the package ``chinesecalendar``, which is
complete up to the year last announced and fails for other years instead of guessing. An overlay file adds a
year, or single days such as a court's own arrangement.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import chinese_calendar

from reports.errors import ConfigError

WORKING, RESTING = "工作日", "休息日"
COLUMNS = ("日期", "类型")
_SATURDAY = 5


@dataclass(frozen=True)
class WorkingDays:
    """Tells working days from others.

    ``overlay`` maps days to whether they are working days and comes before everything else. A year that the
    holiday arrangements do not cover yet is known as soon as the overlay has a line of it: its other days are
    then working days from Monday to Friday, so the overlay must hold all its holidays and make-up days. With ``guess``
    so are those of every other year that is not known, for what may be planned but is no statutory time limit.
    """

    overlay: Mapping[date, bool] = field(default_factory=dict)
    guess: bool = False

    @cached_property
    def _overlay_years(self) -> frozenset[int]:
        return frozenset(day.year for day in self.overlay)

    def knows(self, year: int) -> bool:
        """Whether the holidays of a year are known."""
        try:
            chinese_calendar.is_workday(date(year, 1, 1))
        except NotImplementedError:
            return year in self._overlay_years
        return True

    def is_working_day(self, day: date) -> bool:
        """Whether a day is a working day; raises ``ConfigError`` for a year that is not known."""
        if (known := self.overlay.get(day)) is not None:
            return known
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if self.guess or day.year in self._overlay_years:
                return day.weekday() < _SATURDAY
            raise ConfigError(
                f"没有{day.year}年的节假日安排，不能判断{day:%Y-%m-%d}是否工作日",
                advice=f"请在节假日文件中加入{day.year}年的休息日和调休工作日（每行：日期,类型）。",
            ) from None

    def next_working_day(self, day: date) -> date:
        """The day itself when it is a working day, else the first working day after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def add(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day`` (``count`` ≥ 0; the day itself is not counted)."""
        if count < 0:
            raise ValueError("工作日数不能为负")
        for _ in range(count):
            day = self.next_working_day(day + timedelta(days=1))
        return day


def load(path: Path) -> WorkingDays:
    """Read an overlay: a CSV file 日期,类型（工作日|休息日）, or TOML with two lists of dates of these names.

    Raises one ``ConfigError`` with every faulty line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("节假日文件读不到", where=str(path), advice="请检查路径，编码应为UTF-8。") from error
    return WorkingDays(_from_toml(path, text) if path.suffix == ".toml" else _from_csv(path, text))


def _from_toml(path: Path, text: str) -> dict[date, bool]:
    advice = f'请写成 "{WORKING}" = [2027-02-06] 和 "{RESTING}" = [2027-02-08] 的形式。'
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"节假日文件不是有效的TOML：{error}", where=str(path), advice=advice) from error
    overlay: dict[date, bool] = {}
    for kind, days in content.items():
        if kind not in (WORKING, RESTING) or not isinstance(days, list):
            raise ConfigError(f"节假日文件中的“{kind}”不认识", where=str(path), advice=advice)
        for day in days:
            if type(day) is not date:
                raise ConfigError(f"“{day}”不是日期", where=f"{path} {kind}", advice=advice)
            if overlay.setdefault(day, kind == WORKING) != (kind == WORKING):
                raise ConfigError(f"{day}同时列为{WORKING}和{RESTING}", where=str(path), advice="请删去其中一处。")
    return overlay


def _from_csv(path: Path, text: str) -> dict[date, bool]:
    reader = csv.reader(io.StringIO(text, newline=""))
    header = tuple(cell.strip() for cell in next(reader, []))
    if header[:2] != COLUMNS:
        raise ConfigError("节假日文件的第一行不对", where=f"{path} 第1行", advice=f"第一行应为：{','.join(COLUMNS)}。")
    overlay: dict[date, bool] = {}
    faults = []
    for cells in reader:
        day_text, kind = [*(cell.strip() for cell in cells), "", ""][:2]
        if not day_text and not kind:
            continue
        try:
            day = date.fromisoformat(day_text)
        except ValueError:
            faults.append(f"第{reader.line_num}行“日期”“{day_text}”不是日期；应为2027-02-06的形式")
            continue
        if kind not in (WORKING, RESTING):
            faults.append(f"第{reader.line_num}行“类型”“{kind}”不认识；应为{WORKING}或{RESTING}")
        elif overlay.setdefault(day, kind == WORKING) != (kind == WORKING):
            faults.append(f"第{reader.line_num}行“日期”{day}与前面的行矛盾；请删去其中一行")
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise ConfigError(f"节假日文件有{len(faults)}处错误：\n{listed}", where=str(path), advice="改正后重新运行。")
    return overlay
