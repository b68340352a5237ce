"""The kinds of bulletins (通报种类): for whom, on what, in which layout; ``kinds.toml``, and a court's own.

Everything that is true of one kind and not of another stands in its record; no other module names a kind.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

import pydantic

from reports.catalogue.entries import entries_of
from reports.courts.periods import Period
from reports.errors import ConfigError

SHIPPED = Path(__file__).parent / "kinds.toml"
FILE = "kinds.toml"  # of a workspace

Style = Literal["公文", "信函", "纪要", "简报", "呈阅"]
Each = Literal["issuer", "court", "department", "line", "flagged", "rest", "pressed", "theme", "issued", "near"]
Span = Literal["month", "quarter", "half", "year", "cumulative"]
Need = Literal["cases", "reversals", "meeting", "decisions", "follow_up"]
Use = Literal["reversals", "docket", "causes", "longview"]

SPRING = 2  # February: January and February are told of together
_SPANS: Mapping[str, tuple[str, str, str]] = {  # how often, one of them, written as
    "month": ("一月一期", "一个月", "2026-09"),
    "quarter": ("一季一期", "一个季度", "2026Q3"),
    "half": ("半年一期", "半年", "2026H1"),
    "year": ("一年一期", "一年", "2026"),
    "cumulative": ("按累计期编写", "年初以来的累计期", "2026Q1-Q3"),
}
_FOR = {
    "issuer": "全辖区，一份",
    "court": "辖区内每个法院（`--court`）",
    "department": "本院每个部门（`--court`）",
    "line": "每个条线（`--line`）",
    "flagged": "有重点问题的每个法院，没有下级法院的为每个部门（`--court`）",
    "rest": "有督办以外重点问题的每个法院，没有下级法院的为每个部门（`--court`）",
    "pressed": "有逾期、连续出现、退回事项的每个法院，没有下级法院的为每个部门（`--court`）",
    "theme": "一个主题（`--theme`）",
    "issued": "一份已印发的通报（`ledger correct`）",
    "near": "有临近届满和已超期案件的每个法院（`pending remind`、`pending node-letters`）",
}
_NEEDS = {
    "cases": "案件数据",
    "reversals": "改判、发回重审案件",
    "meeting": "会商会材料",
    "decisions": "会商会议定事项",
    "follow_up": "上期通报问题",
}


@dataclass(frozen=True)
class Kind:
    """One kind of bulletin. ``kinds.toml`` says at its head what each value means; ``each`` is its ``for``."""

    id: str
    name: str
    about: str
    template: str
    style: Style
    inside: Style | None
    each: Each
    or_court: bool
    periods: tuple[Span, ...]
    needs: frozenset[str]
    uses: frozenset[str]
    draft: bool
    correctable: bool
    data: bool
    outgoing: bool
    printing: bool
    parts: bool
    bare_charts: bool
    technical: bool
    refers: str
    message: str

    @property
    def reversals(self) -> bool:
        """Whether it tells of single cases that were reversed or sent back."""
        return "reversals" in self.needs | self.uses

    @property
    def docket(self) -> bool:
        """Whether it tells a court's own departments of cases filed, pending and close to their limit."""
        return "docket" in self.uses

    @property
    def minutes(self) -> bool:
        """Whether it records a meeting: what it decided, and what the clerk has entered of it."""
        return "decisions" in self.needs

    @property
    def causes(self) -> bool:
        """Whether it tells where cases lie by cause of action."""
        return "causes" in self.uses

    @property
    def dated(self) -> bool:
        """Whether it is as of a day, so that there may be several in a period; their names end with the day."""
        return self.each == "near"

    @property
    def longview(self) -> bool:
        """Whether it tells of a year among all years at hand, with what was entered and settled in it."""
        return "longview" in self.uses

    @property
    def single(self) -> bool:
        """Whether there is one of a period and no choice of courts or lines."""
        return self.each in ("issuer", "theme", "issued")

    @property
    def letter(self) -> bool:
        """Whether it goes to those that the findings or the ledger name, each finding in one such letter only."""
        return self.each in ("rest", "pressed")

    @property
    def to_flagged(self) -> bool:
        """Whether it goes to courts with problems, and where there are none below to departments with problems."""
        return self.letter or self.each == "flagged"

    @property
    def by_court(self) -> bool:
        """Whether one court may be chosen."""
        return self.each in ("court", "department") or self.to_flagged or self.or_court

    def takes(self, period: Period) -> bool:
        """Whether there is a bulletin of the kind for a period of this length."""
        return not self.periods or span(period) in self.periods

    def check(self, period: Period) -> None:
        """Raise :class:`ConfigError` for a period of which the kind has no bulletin."""
        if not self.takes(period):
            often, one, written = ("或".join(words) for words in zip(*(_SPANS[n] for n in self.periods), strict=True))
            raise ConfigError(
                f"“{self.name}”{often}，{period.label}不是{one}。", advice=f"请把 --period 写成{one}，如 {written}。"
            )


def span(period: Period) -> Span:
    """What a period is by its length; January with February is one month."""
    if period.months == 1 or (period.first, period.last) == (1, SPRING):
        return "month"
    if period.quarter:
        return "quarter"
    if period.months == 6 and period.first in (1, 7):
        return "half"
    return "year" if period.months == 12 else "cumulative"


class _Entry(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    name: str = pydantic.Field(min_length=1, pattern=r"^[^\s\"“”：]+$")
    about: str = ""
    template: str | None = pydantic.Field(default=None, pattern=r"^[^/\\][^\\]*\.md\.j2$")
    style: Style = "公文"
    inside: Style | None = None
    each: Each = pydantic.Field(alias="for")
    or_court: bool = False
    periods: list[Span] = []
    needs: list[Need] = []
    uses: list[Use] = []
    draft: bool = True
    correctable: bool = False
    data: bool = False
    outgoing: bool = True
    printing: bool = False
    parts: bool = False
    bare_charts: bool = False
    technical: bool = False
    refers: str = ""
    message: str = pydantic.Field(default="", pattern=r"^([^/\\][^\\]*\.txt\.j2)?$")


def load(folder: Path, templates: Sequence[Path] | None = None) -> dict[str, Kind]:
    """All kinds by id, a workspace's own last; its entry of a shipped kind changes the values that it names.

    ``templates`` are the folders in which templates must be found, if they are to be used. Raises
    :class:`ConfigError` that lists every mistake with its file and entry.
    """
    shipped, file = entries_of(SHIPPED, "kind", "通报种类文件"), folder / FILE
    own = entries_of(file, "kind", "通报种类文件") if file.is_file() else {}
    entries: dict[str, Any] = dict(shipped)
    for name, entry in own.items():
        entries[name] = {**shipped[name], **entry} if name in shipped else entry
    found: dict[str, Kind] = {}
    mistakes: list[str] = []
    for name, entry in entries.items():
        place = f"{folder / FILE if name in own else SHIPPED} [kind.{name}]"
        try:
            found[name] = _kind(name, _Entry.model_validate(entry))
        except pydantic.ValidationError as error:
            mistakes += [f"{place}：{_told(one)}" for one in error.errors()]
            continue
        mistakes += [f"{place}：{why}" for why in _faults(found[name], found.values(), templates)]
    for name, kind in found.items():
        if kind.refers and (kind.refers not in found or not found[kind.refers].by_court):
            mistakes.append(f"[kind.{name}]：refers 应为一种按法院分别写的通报，没有“{kind.refers}”")
    if mistakes:
        raise ConfigError(f"通报种类有 {len(mistakes)} 处错误：\n" + "\n".join(f"  · {one}" for one in mistakes))
    return found


def choose(kinds: Mapping[str, Kind], text: str, where: str = "") -> Kind:
    """The kind of an id or Chinese name; raises :class:`ConfigError`, for what stands at ``where``."""
    for kind in kinds.values():
        if text in (kind.id, kind.name):
            return kind
    listed = "、".join(f"{kind.id} {kind.name}" for kind in asked(kinds))
    raise ConfigError(f"没有通报种类“{text}”。", where=where or None, advice=f"可用的种类：{listed}。")


def asked(kinds: Mapping[str, Kind]) -> list[Kind]:
    """The kinds that may be asked for: all but those that have a command of their own."""
    return [kind for kind in kinds.values() if kind.each != "issued" and not kind.dated]


def correcting(kinds: Mapping[str, Kind]) -> Kind:
    """The kind that corrects what was issued."""
    return next(kind for kind in kinds.values() if kind.each == "issued")


def of_stem(kinds: Mapping[str, Kind], stem: str, period: str) -> tuple[Kind | None, str]:
    """The kind of a bulletin by its file name, and its label (a line, a court, a theme) or nothing."""
    name, _, label = stem.removeprefix(f"{period}-").partition("-")
    kind = kinds.get(name)
    return kind, _DAY.sub("", label) if kind and kind.dated else label


def dated_stem(kind: Kind, period: str, label: str, day: date) -> str:
    """The file name of a document as of a day, which :func:`of_stem` takes apart: 2026-09-limit-辽0102-20260921."""
    return f"{period}-{kind.id}-{label}-{day:%Y%m%d}"


_DAY = re.compile(r"-\d{8}$")


def table(kinds: Iterable[Kind]) -> str:
    """The kinds as a Markdown table."""
    heads = ("编号", "名称", "写什么", "一份给", "版式", "统计期", "需要", "登记草稿", "可更正", "附数据", "发往院外")
    rows = [heads, (":--",) * len(heads)]
    for kind in kinds:
        told = _FOR[kind.each] + ("，或者一个法院（`--court`）" if kind.or_court else "")
        periods = "、".join(_SPANS[one][1] for one in kind.periods) or "不限"
        needs = "、".join(_NEEDS[one] for one in _NEEDS if one in kind.needs) or "—"
        flags = ("是" if yes else "—" for yes in (kind.draft, kind.correctable, kind.data, kind.outgoing))
        style = kind.style + (f"（对本院部门为{kind.inside}）" if kind.inside else "")
        rows.append((f"`{kind.id}`", kind.name, kind.about or "—", told, style, periods, needs, *flags))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _kind(name: str, entry: _Entry) -> Kind:
    values = entry.model_dump() | {
        "template": entry.template or f"bulletins/{name}.md.j2",
        "periods": tuple(entry.periods),
        "needs": frozenset(entry.needs),
        "uses": frozenset(entry.uses),
    }
    return Kind(id=name, **values)


def _faults(kind: Kind, known: Iterable[Kind], templates: Sequence[Path] | None) -> list[str]:
    """What is wrong with a kind in itself and beside those before it, in sentences."""
    others = [one for one in known if one is not kind]
    found = []
    if not re.fullmatch(r"[a-z][a-z0-9_]*", kind.id):
        found.append("编号只能用小写英文字母、数字和下划线，以字母开头（编号用于文件名）")
    if same := [one.id for one in others if kind.name in (one.id, one.name) or kind.id == one.name]:
        found.append(f"名称“{kind.name}”与 [kind.{same[0]}] 相同")
    for key, name in (("template", kind.template), ("message", kind.message)):
        if ".." in Path(name).parts:
            found.append(f"{key} 应在 templates/ 之内")
        elif name and templates is not None and not any((folder / name).is_file() for folder in templates):
            found.append(f"没有模板 {name}，请放在工作目录的 templates/ 中")
    if kind.or_court and kind.each != "issuer":
        found.append('or_court 只用于 for = "issuer" 的种类')
    if kind.dated != (kind.id in ("limit", "node")):
        found.append('for = "near" 用于且只用于审限提醒函（limit）和流程节点提醒函（node）')
    if (kind.each == "issued") != (kind.id == "correction"):
        found.append('for = "issued" 用于且只用于更正通报（correction）')
    if kind.parts and "meeting" not in kind.needs:
        found.append('parts 只用于 needs 中有 "meeting" 的种类')
    if kind.bare_charts and any(one.bare_charts for one in others):
        found.append("bare_charts 只能有一种，否则图会互相覆盖")
    if kind.printing and not kind.data:
        found.append("printing 的种类要附数据（data = true）：印发时从中记下所印的数值")
    if kind.printing and kind.each != "issuer":
        found.append('printing 只用于 for = "issuer" 的种类：记下的是全辖区的数值')
    if kind.correctable and (kind.to_flagged or kind.dated or kind.needs & {"meeting", "decisions", "follow_up"}):
        found.append("correctable 不用于发给有问题法院的函和会商会、整改情况的文稿：更正通报只更正数据")
    if (kind.correctable or kind.printing) and not kind.draft:
        found.append("draft = false 的种类不印发，不能写 correctable、printing")
    return found


def _told(error: Any) -> str:
    """One mistake of an entry, in Chinese."""
    loc = [str(part) for part in error["loc"] if isinstance(part, str)]
    if not loc:
        return "应为一节，如 [kind.weekly]"
    key, kind, value = loc[0], error["type"], error["input"]
    names = [field.alias or name for name, field in _Entry.model_fields.items()]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
        return f"没有 {key} 这一项，" + (f"是否为 {near[0]}" if near else f"可用的有 {'、'.join(names)}")
    if kind == "missing":
        return f"缺少 {key}"
    if kind == "literal_error":
        allowed = {"style": Style, "inside": Style, "for": Each, "periods": Span, "needs": Need, "uses": Use}[key]
        return f"{key} 不能写 {value!r}，可用的有 {'、'.join(get_args(allowed))}"
    shown = {
        "bool_type": "应写 true 或 false，不加引号",
        "string_type": "应为文字（加引号）",
        "list_type": '应为列表，如 ["month"]',
        "string_too_short": "不能为空",
    }
    if kind == "string_pattern_mismatch" and key in ("template", "message"):
        end = "md" if key == "template" else "txt"
        return f"{key} 应为 templates/ 之内的 .{end}.j2 文件，如 bulletins/weekly.{end}.j2（现为 {value!r}）"
    return f"{key} {shown.get(kind, '写法有误')}（现为 {value!r}）"
