"""A bulletin as text: the front matter of an official document, and its Markdown body.

The front matter is checked whole here, so that every format can rely on it. The keys follow the
elements of GB/T 9704-2012, chapter 7; messages name the file, the line and the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final, NoReturn

import yaml

from reports.errors import ConfigError
from reports.escaping import SHAPELESS
from reports.model import HAND_WRITTEN

STYLES: Final = ("公文", "信函", "纪要", "简报", "呈阅")
"""The page layouts: GB/T 9704-2012 chapters 7 (公文), 10.1 (信函), 10.3 (纪要); 简报 and 呈阅 (one page) are usage."""

HEAD: Final = "台账校验值"
"""The key for the ledger's last hash before a document was issued; in a PDF the word that stands before the hash."""

DESCRIPTIVE: Final = ("统计区间", "数据截至", "指标目录", "统计期", HEAD)
"""Keys that describe the data behind the document, and the ledger that it is entered in; they are never printed."""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The elements of an official document; an empty string or tuple means: not on this document.

    Dates are printed as ``2025年10月15日`` (GB/T 9704-2012, 7.3.5.4).
    """

    title: str
    style: str = "公文"
    mark: str = ""  # 发文机关标志
    number: str = ""  # 文号
    signatories: tuple[str, ...] = ()  # 签发人: present on documents to a higher court only
    copy_number: str = ""  # 份号
    secrecy: str = ""  # 密级
    urgency: str = ""  # 紧急程度
    recipients: tuple[str, ...] = ()  # 主送
    issuers: tuple[str, ...] = ()  # 署名
    dated: str = ""  # 成文日期
    sealed: bool = True  # 用印: leave the room, draw nothing
    attachments: tuple[str, ...] = ()  # 附件
    note: str = ""  # 附注
    copies: tuple[str, ...] = ()  # 抄送
    printer: str = ""  # 印发机关
    printed: str = ""  # 印发日期
    issue: str = ""  # 期号
    descriptive: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Document:
    """A checked document. ``offset`` lines stand before ``body`` in the file called ``source``."""

    front: FrontMatter
    body: str
    offset: int
    source: str
    text: str

    def at(self, line: int) -> str:
        """Name a place: ``line`` counts from 1 within the body, the answer counts within the file."""
        return f"{self.source} 第{line + self.offset}行"


# One row per key: the attribute it fills and the check that its value passes.
_Check = Callable[[str], str]


def parse(markdown: str, source: str) -> Document:
    """Split *markdown* into checked front matter and body.

    Raises :class:`~reports.errors.ConfigError` naming *source*, the line and what to write instead:
    no front matter, an unknown or repeated key, a bad value, or no 标题. Characters without a shape are left out: no
    font prints them, and an empty box in their place would be no better.
    """
    text = SHAPELESS.sub("", _LINE_ENDS.sub("\n", markdown))
    lines = text.split("\n")
    if lines[0].strip() != "---":
        _refuse("缺少文头：第一行应为“---”", source, 1, "请在开头写“---”，逐行写“标题: ……”等要素，再以“---”结束。")
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        _refuse("文头没有结束：找不到第二个“---”", source, 1, "请在文头各要素之后另起一行写“---”。")
    front = _front_matter(lines[1:end], source)
    body = ["" if line.strip() == HAND_WRITTEN else line for line in lines[end + 1 :]]
    return Document(front, "\n".join(body), end + 1, source, text)


def _refuse(what: str, source: str, line: int, advice: str) -> NoReturn:
    raise ConfigError(what, where=f"{source} 第{line}行", advice=advice)


_FULL_WIDTH_KEY = re.compile(r"^([^\s:：#\-\[\]{}\"'][^\s:：]*)\s*：[ \t]*")


def _front_matter(lines: list[str], source: str) -> FrontMatter:
    # A clerk types “标题：……” with a Chinese input method; YAML wants “标题: ……”.
    block = "\n".join(_FULL_WIDTH_KEY.sub(r"\1: ", line) for line in lines)
    try:
        # BaseLoader makes strings only: 〔2025〕 stays text, “否” stays “否”, 1.10 stays 1.10.
        root = yaml.compose(block, Loader=yaml.BaseLoader)
    except RecursionError:
        _refuse("文头的括号层数过多，无法读懂", source, _most_brackets(lines) + 2, "请用英文双引号括起整个值。")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        _refuse(
            "文头写法有误，无法读懂这一行",
            source,
            (mark.line if mark else 0) + 2,
            "请写成“键: 值”；值中含有“: ”或以特殊符号开头时，用英文双引号括起整个值。",
        )
    if root is None:
        _refuse("文头是空的，缺少“标题”", source, 1, "请补充一行“标题: 关于……的通报”。")
    if not isinstance(root, yaml.MappingNode):
        _refuse("文头应逐行写“键: 值”", source, 2, "例如“标题: 关于2025年第三季度审判质量管理指标情况的通报”。")

    values: dict[str, Any] = {}
    descriptive: dict[str, str] = {}
    for key_node, value_node in root.value:
        key = str(key_node.value).strip() if isinstance(key_node, yaml.ScalarNode) else ""
        line = key_node.start_mark.line + 2
        if key in DESCRIPTIVE:
            descriptive[key] = "、".join(_texts(value_node, key, source, line))
            continue
        if key not in _KEYS:
            near = get_close_matches(key, (*_KEYS, *DESCRIPTIVE), n=1, cutoff=0.3)
            hint = f"是否想写“{near[0]}”？" if near else ""
            _refuse(
                f"文头有不认识的键：“{key}”",
                source,
                line,
                f"{hint}可用的键：{'、'.join((*_KEYS, *DESCRIPTIVE))}。",
            )
        name, several, check = _KEYS[key]
        if name in values:
            _refuse(f"文头中“{key}”写了两次", source, line, "请只保留一处。")
        texts = _texts(value_node, key, source, line)
        if len(texts) > 1 and not several:
            _refuse(f"“{key}”只能有一个值", source, line, f"请写成一行“{key}: ……”。")
        try:
            checked = tuple(check(text) for text in texts)
        except ValueError as error:
            what, advice = error.args
            _refuse(f"“{key}”{what}", source, line, advice)
        if several:
            values[name] = checked
        elif name == "sealed":
            if checked:
                values[name] = checked[0] == "是"
        else:
            values[name] = checked[0] if checked else ""
    if not values.get("title"):
        _refuse("文头缺少“标题”", source, 1, "请补充一行“标题: 关于……的通报”。")
    if not values.get("style"):
        values["style"] = "公文"
    return FrontMatter(**values, descriptive=MappingProxyType(descriptive))


def _most_brackets(lines: list[str]) -> int:
    return max(range(len(lines)), key=lambda place: sum(map(lines[place].count, "[{")))


def _texts(node: yaml.Node, key: str, source: str, line: int) -> list[str]:
    """The value of one key as a list of texts; an empty value is an empty list."""
    if isinstance(node, yaml.ScalarNode):
        text = " ".join(str(node.value).split())
        return [text] if text else []
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return [text for item in node.value if (text := " ".join(str(item.value).split()))]
    _refuse(f"“{key}”的值应是一段文字或一个列表", source, line, "列表写成每行一个“  - ……”。")


def _any(text: str) -> str:
    return text


def _one_of(*choices: str) -> _Check:
    def check(text: str) -> str:
        if text not in choices:
            raise ValueError(f"的值“{text}”不在允许的范围内", f"请写下列之一：{'、'.join(choices)}。")
        return text

    return check


def _copy_number(text: str) -> str:
    # 7.2.1: 「一般用6位3号阿拉伯数字」
    if not re.fullmatch(r"[0-9]{6}", text):
        raise ValueError(f"“{text}”不是6位数字", "请写成六位阿拉伯数字，例如“000001”。")
    return text


def _secrecy(text: str) -> str:
    if not re.fullmatch(r"(绝密|机密|秘密)(★.+)?", text):
        raise ValueError(f"“{text}”写法有误", "请写“绝密”“机密”或“秘密”，保密期限写在“★”之后，例如“秘密★1年”。")
    return text


def _number(text: str) -> str:
    # 7.2.5: the year whole and in 〔〕, no 第, no zero padding. A draft has no serial number yet.
    if re.fullmatch(r"\S+?〔\d{4}〕\s*([1-9]\d*)?\s*号", text):
        return text
    if re.search(r"[\[［(（【]\s*\d{4}\s*[\]］)）】]", text):
        raise ValueError(f"“{text}”中年份的括号有误", "年份用六角括号“〔〕”，例如“辽高法〔2025〕12号”。")
    raise ValueError(
        f"“{text}”写法有误",
        "由发文机关代字、六角括号中的四位年份、不编虚位且不加“第”的顺序号组成，例如“辽高法〔2025〕12号”；未编号时写“辽高法〔2025〕号”。",
    )


_DATE = re.compile(r"(\d{4})(?:年|-|/|\.)(\d{1,2})(?:月|-|/|\.)(\d{1,2})日?")


def _date(text: str) -> str:
    # 7.3.5.4: Arabic digits, the whole year, no zero padding.
    match = _DATE.fullmatch(text.removesuffix("印发"))
    advice = "请写成阿拉伯数字的年月日，例如“2025年10月15日”。"
    if not match:
        raise ValueError(f"“{text}”不是日期", advice)
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError:
        raise ValueError(f"“{text}”不是存在的日期", advice) from None
    return f"{day.year}年{day.month}月{day.day}日"


def _without_colon(text: str) -> str:
    return text.rstrip(":：")


def _without_stop(text: str) -> str:
    return text.rstrip("。.；;")


def _note(text: str) -> str:
    # 7.3.6: printed in parentheses, which the layout adds.
    return text[1:-1] if text[:1] in "（(" and text[-1:] in "）)" else text


_KEYS: Final[Mapping[str, tuple[str, bool, _Check]]] = MappingProxyType(
    {
        "版式": ("style", False, _one_of(*STYLES)),
        "发文机关标志": ("mark", False, _any),
        "文号": ("number", False, _number),
        "签发人": ("signatories", True, _any),
        "份号": ("copy_number", False, _copy_number),
        "密级": ("secrecy", False, _secrecy),
        "紧急程度": ("urgency", False, _one_of("特急", "加急", "特提", "平急")),
        "标题": ("title", False, _any),
        "主送": ("recipients", True, _without_colon),
        "署名": ("issuers", True, _any),
        "成文日期": ("dated", False, _date),
        "用印": ("sealed", False, _one_of("是", "否")),
        "附件": ("attachments", True, _without_stop),
        "附注": ("note", False, _note),
        "抄送": ("copies", True, _without_stop),
        "印发机关": ("printer", False, _any),
        "印发日期": ("printed", False, _date),
        "期号": ("issue", False, _any),
    }
)
"""Each key → the attribute it fills, whether it may hold a list, and the check of one value."""
