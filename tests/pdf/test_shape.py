"""Titles break at natural joints; table columns hold their numbers."""

from __future__ import annotations

import pytest

from reports.render.shape import columns, title_lines, width


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于做好案件清理工作的通知", ["关于做好案件清理工作的通知"]),
        (
            "关于2025年第三季度全省法院审判质量管理指标情况的通报",
            ["关于2025年第三季度全省法院", "审判质量管理指标情况的通报"],
        ),
        ("2025年1—9月全市法院民商事条线审判质效通报", ["2025年1—9月全市法院", "民商事条线审判质效通报"]),
    ],
)
def test_title(title: str, lines: list[str]) -> None:
    assert title_lines(title, 19) == lines


def test_title_never_breaks_numbers_or_brackets() -> None:
    title = "关于转发最高人民法院法〔2025〕128号文件做好2025年10月份审判质量管理指标数据（试行）核查工作的通知"
    lines = title_lines(title, 19)
    assert "".join(lines) == title
    assert all(width(line) <= 19 for line in lines)
    for whole in ("〔2025〕128号", "2025年", "10月份", "（试行）"):
        assert any(whole in line for line in lines)


def test_columns_fit_and_keep_numbers_whole() -> None:
    rows = [["序号", "法院", *["指标名称较长的列"] * 10]] + [
        [str(n), "某某市经济技术开发区人民法院", *["12,345.67%"] * 10] for n in range(100, 130)
    ]
    size, widths = columns(rows, 442.2, 6.5)
    assert sum(widths) <= 442.3
    assert size == 9.0
    assert len(columns([["甲", "乙"], ["1", "2"]], 442.2, 6.5)[1]) == 2


def test_room_goes_to_the_column_with_the_sentences() -> None:
    rule, text, source = (
        "R5 与同级法院相比",
        "数值在同级法院的参考范围之外，即列为提示。" * 8,
        "某统计手册第3章第2节" * 3,
    )
    size, (first, second, third) = columns([["规则", "内容", "依据"], [rule, text, source]], 442.2, 6.5)
    assert size == 10.5
    assert first >= width(rule) * size + 6.5, "a short name stays in one line"
    assert second > 2 * third
    assert first + second + third <= 442.3


@pytest.mark.parametrize("name", ["偏离倍数", "2026年三季度", "案-件比", "一审裁判被改判发回重审率（%）"])
def test_no_word_of_a_head_is_broken(name: str) -> None:
    """Beside long names the columns of figures are narrow, and their heads must still be read."""
    rows = [["法院", *[name] * 9]] + [["某某市经济技术开发区人民法院", *["1.23"] * 9]] * 3
    size, widths = columns(rows, 637.0, 6.5)
    assert sum(widths) <= 637.1
    lines = title_lines(name, (widths[1] - 6.5) / size)
    assert len(lines) <= 4
    for word in ("偏离", "倍数", "2026年", "三季度", "案-件比", "发回重审率"):
        assert word not in name or any(word in line for line in lines), lines


def test_a_text_with_too_many_ways_comes_back_whole() -> None:
    assert title_lines("某" * 60, 3) == ["某" * 60]
