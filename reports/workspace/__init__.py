"""A workspace: the folder with ``tongbao.toml``, ``courts.csv``, ``out/`` and ``tongbao.db``."""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from reports.catalogue.columns import COLUMNS
from reports.cells import UNITS, ZONE, Cells
from reports.errors import ConfigError, os_reason

FILE = "tongbao.toml"
MONEY = tuple(column.id for column in COLUMNS if column.kind == "money")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CourtTable(_Table):
    """``[court]``: who issues the bulletins."""

    code: str = ""
    below: Literal["court", "department", "team"] | None = None  # down to which units cases are counted
    of: str | None = None  # only of this court and those below it


class AppealsTable(_Table):
    """``[source.appeals]``: what the court above gives of the appeals against this court's judgments."""

    files: list[str] = Field(min_length=1)
    columns: dict[str, str] = {}


class SourceTable(_Table):
    """``[source]``: where the cases are."""

    files: list[str] = []
    dialect: str = "chinese"
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    exclusions: str | None = None
    appeals: AppealsTable | None = None
    sheet: str | None = None
    no_value: list[str] = []
    timezone: str = ZONE
    scale: dict[str, str | int] = {}
    url: str | None = None
    sql: str | None = None
    password_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    password_command: list[str] = []
    table: str | None = None
    disputes: str | None = None  # 诉源治理情况表
    without: list[str] = []
    memory: str | None = Field(default=None, pattern=r"^\d+(\.\d+)?\s*(MB|GB|MiB|GiB)$")


class EngineTable(_Table):
    """``[engine]``: an existing database or cluster that counts the cases where they are."""

    kind: Literal["postgresql", "spark", "trino", "clickhouse", "gaussdb", "opengauss", "kingbase"] | None = None
    url: str = ""
    relation: str = ""
    order: str | None = None
    password_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    password_command: list[str] = []
    options: dict[str, str] = {}


class PeriodTable(_Table):
    """``[period]``: how periods are cut."""

    months: Literal[1, 3] = 3
    cumulative: bool = False  # the default period runs from January to the end of that month or quarter
    cutoff_day: int = Field(default=0, ge=0, le=28)
    history: int = Field(default=12, ge=2, le=40)
    previous_cumulative: bool = False  # print 较上半年, 较1—7月 beside 同比 for cumulative periods


class CatalogueTable(_Table):
    """``[catalogue]``: which edition is in force."""

    edition: str = "core"
    options: list[str] = []


class IntervalTable(_Table):
    """``[[interval]]``: one reference interval with its source."""

    indicator: str
    since: date
    low: float | None = None
    high: float | None = None
    source: str = Field(min_length=4)
    span: Literal["month", "quarter", "cumulative", "year"] | None = None  # such periods only
    line: str | None = None  # that line only
    scope: str | None = None  # the 口径 that it was set for, where the indicator's has changed


class ReferenceTable(_Table):
    """``[[reference]]``: what the court above has published of all its courts together, to stand beside the own."""

    indicator: str
    period: str
    whole: str = Field(min_length=1, max_length=12)  # 全市, 全省
    value: float | str  # as published, in the printed unit; as text where it ends with a zero
    interval: str = ""
    line: str | None = None
    source: str = Field(min_length=4)


class ScopeTable(_Table):
    """``[[scope]]``: two 口径 versions of an indicator that may be compared, with the reason."""

    indicator: str
    same: list[str] = Field(min_length=2, max_length=2)
    source: str = Field(min_length=4)


class BreakTable(_Table):
    """``[[series_break]]``: from when on the cases mean or hold something else, so that no level before is compared."""

    since: date
    line: str | None = None  # of that line only
    why: str = Field(min_length=4)


_OPEN_NUMBER = r"^$|^[^\s〔]+〔(\{year\}|\d{4})〕号$"  # the serial number is given when a bulletin is issued


class Letterhead(_Table):
    """``[letterhead]``: what stands around the text of a circular."""

    mark: str = ""
    number: str = Field(default="", pattern=_OPEN_NUMBER)
    letter_number: str = Field(default="", pattern=_OPEN_NUMBER)
    signer: str = ""
    date: str = ""
    to: str | None = None  # all courts and departments; of a court with none below its departments
    cc: str = ""
    issuer: str = ""
    office: str = "审判管理办公室"
    contact: str = ""
    region: str = ""


class QualityTable(_Table):
    """``[quality]``: the gate."""

    max_set_aside_percent: float = Field(default=5.0, ge=0, le=100)
    max_unknown_percent: float = Field(default=0.5, ge=0, le=100)
    refuse: list[str] = []
    limits: dict[str, float] = {}
    complete_since: date | None = None


class Privacy(_Table):
    """``[privacy]``: what case lists may show."""

    judges: bool = False


class Output(_Table):
    """``[output]``: where bulletins go, in which formats, and which kinds a run makes."""

    folder: str = "out"
    formats: list[str] = ["md", "pdf"]
    kinds: list[str] = ["general", "feedback"]


class Ledger(_Table):
    """``[ledger]``: which findings open an item, when they count as told, and which program tells its key."""

    amber: bool = False
    told: Literal["issue", "run"] = "issue"
    key_command: list[str] = []


class Pending(_Table):
    """``[pending]``: 长期未结案件."""

    months: list[int] = Field(default=[12, 18, 24, 36], min_length=1)
    deduct: bool = False
    run: bool = True
    stale: int = Field(default=31, ge=0)  # days
    leaders: dict[str, str] = {}


class DeliveryTable(_Table):
    """``[[delivery]]``: one way by which documents and messages leave the house."""

    way: str = Field(min_length=1)
    name: str = ""  # as recipients.csv calls it; that of the way by default
    since: date | None = None  # what was issued before has gone another way; without it, only messages go
    kinds: list[str] = []
    formats: list[str] = ["pdf"]
    drafts: bool = False
    host: str = ""
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    password_command: list[str] = []
    sender: str = ""
    ca_file: str = ""
    max_mb: float = Field(default=20.0, gt=0)
    folder: str = ""
    command: list[str] = []
    timeout: int = Field(default=60, ge=1)  # seconds


STEPS = {
    "data": "数据冻结",
    "draft": "起草",
    "leader": "审签",
    "issue": "印发",
    "meeting": "会商",
    "answers": "反馈",
    "measured": "复测",
}
"""The steps of a period in their order, and how each is called."""

Step = Literal["data", "draft", "leader", "issue", "meeting", "answers", "measured"]
DAY_RULE = (
    rf"^(?:(?P<monthday>[1-9]|[12]\d|3[01])日"
    rf"|(?P<next>下期)?(?P<anchor>期末|{'|'.join(STEPS.values())})?(?:\+(?P<count>\d{{1,3}})(?P<unit>个?工作日|[日天]))?)$"
)
Rule = Annotated[str, Field(min_length=2, pattern=DAY_RULE)]
Time = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Span = Annotated[str, Field(pattern=r"^[1-9]\d*[smh]$")]


class CalendarDate(_Table):
    """``[[calendar.date]]``: the day of one step of one period, in place of the rule."""

    period: str
    step: Step
    on: date


class CalendarTable(_Table):
    """``[calendar]``: by when each step of a period is to be done; a step without a rule is in no calendar."""

    data: Rule | None = None
    draft: Rule | None = None
    leader: Rule | None = None
    issue: Rule | None = None
    meeting: Rule | None = None
    answers: Rule | None = None
    measured: Rule | None = None
    who: dict[Step, str] = {}
    holidays: str | None = None  # a file with what the State Council's arrangements do not say yet
    remind: int = Field(default=3, ge=0, le=60)  # days before
    date: list[CalendarDate] = []


class ScheduleTable(_Table):
    """``[schedule]``: at what times of the day the program is started, for ``tongbao schedule``."""

    run: Time = "08:05"
    every: Span = "10m"
    until: Time = "23:59"
    remind: Time = "08:30"
    deliver: Literal[5, 10, 15, 20, 30] = 10  # minutes
    backup: str = ""  # into which folder; nothing is backed up without one
    backup_at: Time = "23:10"


class Config(_Table):
    """The whole of ``tongbao.toml``."""

    court: CourtTable = CourtTable()
    source: SourceTable = SourceTable()
    engine: EngineTable = EngineTable()
    period: PeriodTable = PeriodTable()
    catalogue: CatalogueTable = CatalogueTable()
    interval: list[IntervalTable] = []
    reference: list[ReferenceTable] = []
    scope: list[ScopeTable] = []
    series_break: list[BreakTable] = []
    letterhead: Letterhead = Letterhead()
    quality: QualityTable = QualityTable()
    privacy: Privacy = Privacy()
    output: Output = Output()
    ledger: Ledger = Ledger()
    pending: Pending = Pending()
    delivery: list[DeliveryTable] = []
    calendar: CalendarTable = CalendarTable()
    schedule: ScheduleTable = ScheduleTable()
    layout: dict[str, dict[str, float | str]] = {}


class Workspace:
    """Paths and configuration of one workspace. Raises :class:`ConfigError` when the configuration is wrong."""

    def __init__(self, folder: Path, config: Config | None = None) -> None:
        self.folder = folder
        self.config_path = folder / FILE
        self.config = config or _load(self.config_path)

    @property
    def courts_path(self) -> Path:
        """The court table."""
        return self.folder / "courts.csv"

    @property
    def units_path(self) -> Path:
        """The table of departments and teams."""
        return self.folder / "units.csv"

    @property
    def recipients_path(self) -> Path:
        """The table of addresses to which documents go."""
        return self.folder / "recipients.csv"

    @property
    def outbox_path(self) -> Path:
        """The letters that wait, and what became of the others."""
        return self.folder / "outbox.db"

    @property
    def database_path(self) -> Path:
        """The ledger."""
        return self.folder / "tongbao.db"

    @property
    def output_path(self) -> Path:
        """Where the bulletins go; inside the workspace always."""
        path = (self.folder / self.config.output.folder).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ConfigError(
                f"输出文件夹“{self.config.output.folder}”在工作目录之外。",
                where=f"{self.config_path} [output] folder",
                advice="请写工作目录之内的相对路径，如 out。",
            )
        return path

    @property
    def cells(self) -> Cells:
        """How the cells of the sources are read; raises :class:`ConfigError` for an unknown zone, column or unit."""
        source = self.config.source
        where = f"{self.config_path} [source]"
        try:
            ZoneInfo(source.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigError(
                f"没有时区“{source.timezone}”。", where=f"{where} timezone", advice=f"北京时间写 {ZONE}。"
            ) from None
        scale = {}
        for name, unit in source.scale.items():
            if name not in MONEY:
                raise ConfigError(
                    f"“{name}”不是金额列。", where=f"{where[:-1]}.scale]", advice=f"金额列有：{'、'.join(MONEY)}。"
                )
            number = int(UNITS[unit]) if isinstance(unit, str) and unit in UNITS else unit
            if not isinstance(number, int) or number < 1:
                raise ConfigError(
                    f"“{unit}”不是金额的单位。",
                    where=f"{where[:-1]}.scale] {name}",
                    advice=f"可写 {'、'.join(unit for unit in UNITS if UNITS[unit] >= 1)}，或一个单位合多少元。",
                )
            scale[name] = number
        return Cells(tuple(source.no_value), source.timezone, scale)

    @property
    def intervals(self) -> dict[str, list[dict[str, Any]]]:
        """Reference intervals by indicator, for the catalogue."""
        found: dict[str, list[dict[str, Any]]] = {}
        for item in self.config.interval:
            entry = item.model_dump(exclude={"indicator"}, exclude_none=True)
            found.setdefault(item.indicator, []).append(entry)
        return found

    @property
    def same_scopes(self) -> frozenset[tuple[str, str, str]]:
        """(indicator, scope, scope): versions of a 口径 whose values may be compared."""
        return frozenset((item.indicator, item.same[0], item.same[1]) for item in self.config.scope)


def find(start: Path, *, or_defaults: bool = False) -> Workspace:
    """The workspace of a folder or of the nearest folder above it.

    Where there is none, the folder with the default configuration if ``or_defaults``; else raises
    :class:`ConfigError`.
    """
    for folder in (start, *start.resolve().parents):
        if (folder / FILE).is_file():
            return Workspace(folder)
    if or_defaults:
        return Workspace(start, Config())
    raise ConfigError(
        f"“{start}”不是工作目录：没有 {FILE}。",
        advice="用 tongbao init 目录 新建一个工作目录，或用 -w 指定工作目录。",
    )


def _malformed(error: tomllib.TOMLDecodeError, path: Path) -> ConfigError:
    """What is wrong with the form of the file; a table that stands there twice is what pasting makes."""
    told = str(error)
    line = f"第{found[1]}行" if (found := re.search(r"at line (\d+)", told)) else ""
    where = f"{path}{line}"
    if twice := re.search(r"Cannot declare \((.*?),?\) twice", told):
        name = ".".join(re.findall(r"'([^']*)'", twice[1]))
        return ConfigError(f"[{name}] 写了两次。", where=where, advice=f"把后一个 [{name}] 之下的各行并到前一个之下。")
    if "Cannot overwrite a value" in told:
        return ConfigError("同一项写了两次。", where=where, advice="请删去其中一行。")
    return ConfigError(
        f"配置文件格式有误：{told}。", where=where, advice="请核对这一行：文字要加引号，引号和括号要成对。"
    )


def _load(path: Path) -> Config:
    try:
        text = path.read_text("utf-8-sig")
        raw = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ConfigError("配置文件不是 UTF-8 编码。", where=str(path), advice="用记事本另存为 UTF-8。") from None
    except tomllib.TOMLDecodeError as error:
        raise _malformed(error, path) from error
    except OSError as error:
        raise ConfigError(f"配置文件无法读取：{os_reason(error)}。", where=str(path)) from error
    try:
        return Config.model_validate(raw)
    except pydantic.ValidationError as error:
        mistakes = [_explain(item, text) for item in error.errors()]
        raise ConfigError(
            f"配置文件有 {len(mistakes)} 处错误：\n" + "\n".join(f"  · {m}" for m in mistakes),
            where=str(path),
        ) from error


def _explain(item: Any, text: str) -> str:
    loc = [part for part in item["loc"] if isinstance(part, str)]
    key = loc[-1]
    number = _line_of(text, [str(part) for part in item["loc"]])
    line = f"第{number}行 " if number else ""
    place = f"{line}[{'.'.join(loc[:-1]) or '顶层'}] {key}"
    if item["type"] == "extra_forbidden":
        model: Any = Config
        for part in loc[:-1]:
            field = model.model_fields[part].annotation
            model = next((a for a in getattr(field, "__args__", ()) if hasattr(a, "model_fields")), field)
        near = difflib.get_close_matches(key, model.model_fields, n=1, cutoff=0.5)
        hint = f"是否为 {near[0]}" if near else f"可用的有 {'、'.join(model.model_fields)}"
        return f"{place}：没有这一项，{hint}"
    if item["type"] == "missing":
        hint = "：合理区间必须写明来源文件" if key == "source" else ""
        return f"{place}：缺少这一项{hint}"
    reason = _REASONS.get(item["type"], item["msg"])
    if key.endswith("number"):
        reason = "应写成“某高法〔{year}〕号”，顺序号留空，印发时登记取号"
    if loc[0] in _WRITTEN and item["type"] in ("string_pattern_mismatch", "string_too_short"):
        reason = _WRITTEN[loc[0]]
    if key in _SECRETIVE:  # somebody may have written the password itself there
        return f"{place}：{_SECRETIVE[key]}"
    return f"{place}：{reason}（现为 {item['input']!r}）"


def _line_of(text: str, loc: list[str]) -> int | None:
    """The line of a key, or of the table that should hold it; tables of one array are told apart by their place."""
    table, place = (loc[0], loc[1] if len(loc) > 2 and loc[1].isdigit() else None) if len(loc) > 1 else ("", None)
    inside, seen = not table, -1
    header: int | None = None
    for number, row in enumerate(text.splitlines(), 1):
        head = row.split("#")[0].strip()
        if head.startswith("["):
            name = head.strip("[] ")
            seen += name == table
            inside = name == table and (place is None or str(seen) == place)
            if inside or (not table and name == loc[0]):
                header = number
        elif inside and head.split("=")[0].strip() == loc[-1]:
            return number
    return header


_SECRETIVE = {
    "url": '应为文字，如 "postgresql://用户@主机:5432/库名"',
    "password_env": "应为环境变量的名称（英文字母、数字、下划线），不是密码",
    "password_command": '应为列表，如 ["程序", "参数"]',
    "command": '应为列表，如 ["程序", "参数"]',
    "key_command": '应为列表，如 ["程序", "参数"]',
}
_WRITTEN = {  # what is written in a form of its own, by table
    "calendar": "应写成“+5工作日”（期末起第5个工作日）、“15日”（期末后的第一个15日）或“印发+10日”",
    "schedule": "时刻应写成 08:05，间隔应写成 10m（分）、1h（小时）",
}
_REASONS = {
    "string_type": "应为文字（加引号）",
    "int_type": "应为整数（不加引号）",
    "float_type": "应为数（不加引号）",
    "date_type": "应为日期，如 2025-01-01（不加引号）",
    "list_type": '应为列表，如 ["a.csv"]',
    "dict_type": "应为一节，如 [source]",
    "model_type": "应为一节，如 [source]",
    "literal_error": "不在可用的值之内",
    "less_than_equal": "超出范围",
    "greater_than_equal": "超出范围",
    "string_pattern_mismatch": "写法不对，如 2GB",
    "string_too_short": "过短或为空",
}
