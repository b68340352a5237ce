"""Mistakes in the front matter are refused with file, line and remedy."""

from __future__ import annotations

import pytest

from reports.errors import ConfigError
from reports.render.document import parse


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse(text, "通报.md")
    return caught.value


def test_all_values_are_text_and_checked() -> None:
    document = parse(
        "---\n标题：关于第三季度情况的通报\n文号: 辽高法〔2025〕12号\n主送：\n  - 甲法院\n  - 乙法院：\n"
        "署名: 省法院\n成文日期: 2025-1-05\n用印: 否\n统计期: 2025Q3\n---\n正文。\n",
        "通报.md",
    )
    front = document.front
    assert front.title == "关于第三季度情况的通报"
    assert front.style == "公文"
    assert front.recipients == ("甲法院", "乙法院")
    assert front.dated == "2025年1月5日"
    assert front.sealed is False
    assert front.descriptive["统计期"] == "2025Q3"
    assert document.at(1) == "通报.md 第12行"
    assert document.body == "正文。\n"


@pytest.mark.parametrize(
    ("line", "what", "advice"),
    [
        ("发文号: 辽高法〔2025〕1号", "不认识的键：“发文号”", "是否想写“文号”"),
        ("标题: 第二个", "“标题”写了两次", "只保留一处"),
        ("文号: 辽高法[2025]1号", "括号有误", "〔〕"),
        ("文号: 辽高法〔2025〕第01号", "写法有误", "辽高法〔2025〕12号"),
        ("成文日期: 2025年2月30日", "不是存在的日期", "2025年10月15日"),
        ("成文日期: 二〇二五年十月", "不是日期", "2025年10月15日"),
        ("版式: 命令", "不在允许的范围内", "公文、信函、纪要、简报"),
        ("用印: yes", "不在允许的范围内", "是、否"),
        ("份号: '12'", "不是6位数字", "000001"),
        ("密级: 内部", "写法有误", "秘密★1年"),
        ("文号: [甲〔2025〕1号, 乙〔2025〕2号]", "只能有一个值", "写成一行"),
        ("附注: 联系人: 张三: 李四", "无法读懂", "双引号"),
        ("抄送: {甲: 乙}", "一段文字或一个列表", "每行一个"),
    ],
)
def test_mistake(line: str, what: str, advice: str) -> None:
    error = refused(f"---\n标题: 通报\n{line}\n---\n正文\n")
    assert what in error.what
    assert error.where == "通报.md 第3行"
    assert advice in str(error.advice)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("正文", "缺少文头"),
        ("---\n标题: 通报\n", "没有结束"),
        ("---\n文号: 甲〔2025〕1号\n---\n", "缺少“标题”"),
        ("---\n---\n", "缺少“标题”"),
        ("---\n- 甲\n---\n", "逐行写"),
    ],
)
def test_no_front_matter(text: str, what: str) -> None:
    assert what in refused(text).what


def test_a_number_not_yet_given_is_allowed() -> None:
    assert parse("---\n标题: 通报\n文号: 辽高法〔2025〕号\n---\n", "x").front.number == "辽高法〔2025〕号"


@pytest.mark.parametrize(
    "line",
    [
        "标题: " + "[" * 2000,
        "标题: " + "{" * 2000,
        "标题: " + "[" * 2000 + "]" * 2000,
        "标题: 甲\ud800: 乙: 丙",
        "标题: &甲 *乙",
        "标题: 甲\x00: 乙: 丙",
        "? " * 2000,
        "- " * 2000,
    ],
)
def test_a_head_that_cannot_be_read_is_told_with_its_line(line):
    with pytest.raises(ConfigError) as told:
        parse(f"---\n版式: 公文\n{line}\n---\n甲\n", "甲.md")
    assert str(told.value.where).startswith("甲.md 第")


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\u200b", "\ud800", "\ufffe", "\u3164"])
def test_what_has_no_shape_is_left_out_of_the_head(sign):
    assert parse(f"---\n标题: 甲{sign}乙\n---\n", "甲.md").front.title == "甲乙"
