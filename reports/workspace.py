"""A workspace: the folder with ``tongbao.toml``, ``courts.csv``, ``out/`` and ``tongbao.db``."""

from __future__ import annotations

import difflib
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from reports.errors import ConfigError

FILE = "tongbao.toml"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Court(_Table):
    """``[court]``: who issues the bulletins."""

    code: str = ""


class Source(_Table):
    """``[source]``: where the cases are."""

    files: list[str] = []
    dialect: str = "chinese"
    columns: dict[str, str] = {}
    memory: str | None = Field(default=None, pattern=r"^\d+(\.\d+)?\s*(MB|GB|MiB|GiB)$")


class PeriodTable(_Table):
    """``[period]``: how periods are cut."""

    months: Literal[1, 3] = 3
    cutoff_day: int = Field(default=0, ge=0, le=28)
    history: int = Field(default=12, ge=2, le=40)


class CatalogueTable(_Table):
    """``[catalogue]``: which edition is in force."""

    edition: str = "core"


class IntervalTable(_Table):
    """``[[interval]]``: one reference interval with its source."""

    indicator: str
    since: date
    low: float | None = None
    high: float | None = None
    source: str = Field(min_length=4)


class Letterhead(_Table):
    """``[letterhead]``: what stands around the text of a circular."""

    mark: str = ""
    number: str = ""
    signer: str = ""
    date: str = ""
    to: str = "辖区各法院，本院各部门："
    cc: str = ""
    issuer: str = ""
    office: str = "审判管理办公室"
    contact: str = ""
    region: str = ""


class Quality(_Table):
    """``[quality]``: the gate."""

    max_set_aside_percent: float = Field(default=5.0, ge=0, le=100)


class Output(_Table):
    """``[output]``: where bulletins go and in which formats."""

    folder: str = "out"
    formats: list[str] = ["md", "pdf"]


class Config(_Table):
    """The whole of ``tongbao.toml``."""

    court: Court = Court()
    source: Source = Source()
    period: PeriodTable = PeriodTable()
    catalogue: CatalogueTable = CatalogueTable()
    interval: list[IntervalTable] = []
    letterhead: Letterhead = Letterhead()
    quality: Quality = Quality()
    output: Output = Output()


class Workspace:
    """Paths and configuration of one workspace. Raises :class:`ConfigError` when the configuration is wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config_path = folder / FILE
        self.config = _load(self.config_path)

    @property
    def courts_path(self) -> Path:
        """The court table."""
        return self.folder / "courts.csv"

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
    def intervals(self) -> dict[str, list[dict[str, Any]]]:
        """Reference intervals by indicator, for the catalogue."""
        found: dict[str, list[dict[str, Any]]] = {}
        for item in self.config.interval:
            entry = item.model_dump(exclude={"indicator"}, exclude_none=True)
            found.setdefault(item.indicator, []).append(entry)
        return found


def find(start: Path) -> Workspace:
    """The workspace of a folder or of the nearest folder above it; raises :class:`ConfigError` if there is none."""
    for folder in (start, *start.resolve().parents):
        if (folder / FILE).is_file():
            return Workspace(folder)
    raise ConfigError(
        f"“{start}”不是工作目录：没有 {FILE}。",
        advice="用 tongbao init 目录 新建一个工作目录，或用 -w 指定工作目录。",
    )


def _load(path: Path) -> Config:
    try:
        text = path.read_text("utf-8-sig")
        raw = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ConfigError("配置文件不是 UTF-8 编码。", where=str(path), advice="用记事本另存为 UTF-8。") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"配置文件格式有误：{error}。", where=str(path)) from error
    except OSError as error:
        raise ConfigError(f"配置文件无法读取：{error.strerror}。", where=str(path)) from error
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
    line = next(
        (f"第{n}行 " for n, row in enumerate(text.splitlines(), 1) if row.split("=")[0].strip(" []") == key),
        "",
    )
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
    return f"{place}：{_REASONS.get(item['type'], item['msg'])}（现为 {item['input']!r}）"


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
