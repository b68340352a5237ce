"""Titles break at natural joints; table columns hold their numbers."""

from __future__ import annotations

import pytest
from circulars import FRONT, make
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.errors import VerificationError
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


def test_a_head_is_not_broken_before_a_hyphen() -> None:
    assert title_lines("二审改判-发回重审比", 6) == ["二审改判-", "发回重审比"]


def test_an_aim_wraps_before_its_bracket_and_leaves_the_room_to_the_task() -> None:
    task = "清单所列34件逐件写明超期的环节和原因，查扣除、延长、中止手续是否齐全、事由消失后有无及时恢复"
    aims = ("进入合理区间（不低于96%）", "回到去年同期的53.0天")
    found = columns(
        [["单位", "事项", "时限", "目标"], *(["城南区法院", task, "12月14日前", aim] for aim in aims)], 442.2, 6.5
    )
    assert found is not None
    size, (_, matter, when, goal) = found
    assert width("（不低于96%）") * size + 6.5 <= goal < width(aims[0]) * size < matter
    assert width("12月14日前") * size + 6.5 <= when, "a date stays in one line"


def _wide(figures: int) -> list[list[str]]:
    return [["序号", "法院", *["指标名称较长的列"] * figures]] + [
        [str(n), "某某市经济技术开发区人民法院", *["12,345.67%"] * figures] for n in range(100, 130)
    ]


def test_columns_fit_and_keep_numbers_whole() -> None:
    found = columns(_wide(6), 442.2, 6.5)
    assert found is not None
    size, widths = found
    assert sum(widths) <= 442.3
    assert size == 9.0
    assert all((value - 6.5) / size >= width("12,345.67%") for value in widths[2:])
    small = columns([["甲", "乙"], ["1", "2"]], 442.2, 6.5)
    assert small is not None and len(small[1]) == 2


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.from_regex(r"\A(-?[0-9]{1,9}(\.[0-9]{2})?%?|[甲乙丙丁]{1,30}|[A-Z]{1,90})\Z"), min_size=1,
                      max_size=3), min_size=1, max_size=14)
)  # fmt: skip
def test_no_number_is_wider_than_its_column(cells: list[list[str]]) -> None:
    rows = [["名" * 5 for _ in cells], *([(column * 3)[n] for column in cells] for n in range(3))]
    found = columns(rows, 442.2, 6.5)
    least = [max((width(c) for c in column if c[-1] in "0123456789%"), default=0.0) for column in cells]
    if found is None:
        assert sum(least) * 9.0 + len(cells) * (6.5 + 1.3 * 9.0) > 442.2
        return
    size, widths = found
    assert sum(widths) <= 442.3
    assert all((value - 6.5) / size >= need - 1e-6 for value, need in zip(widths, least, strict=True))


def test_what_does_not_fit_upright_is_refused_with_a_way_out() -> None:
    assert columns(_wide(10), 442.2, 6.5) is None
    head, ruler, *rows = [f"| {' | '.join(row)} |" for row in [_wide(10)[0], ["--"] * 12, *_wide(10)[1:]]]
    with pytest.raises(VerificationError, match="12列") as caught:
        make(FRONT + "\n".join([head, ruler, *rows]) + "\n")
    assert "{横排}" in str(caught.value)
    make(FRONT + "# 附件1：表{横排}\n\n" + "\n".join([head, ruler, *rows]) + "\n")


def test_answers_are_not_squeezed_beside_one_long_explanation() -> None:
    rows = [
        ["问题", "回答", "依据"],
        ["未结案件数是怎么来的？", "旧存551件，加新收766件，减结案737件，期末未结580件。", "旧存＋新收－结案＝未结。"],
        [
            "现在怎样？",
            "3.54%（395件中14件），环比、同比分别上升。",
            "统计期内改判、发回重审的案件数按结案方式统计，" * 6,
        ],
        ["为什么不排名？", "各项指标用于查找问题、改进工作，按代码顺序排列。", "公开要求。"],
    ]
    found = columns(rows, 640.0, 6.5)
    assert found
    size, widths = found
    room = [(value - 6.5) / size for value in widths]
    lines = [max(-(-width(cell) // here) for cell, here in zip(row, room, strict=True)) for row in rows[1:]]
    assert sum(lines) <= 9, "in proportion to the longest cell of each column it is 10"


def test_room_goes_to_the_column_with_the_sentences() -> None:
    rule, text, source = (
        "R5 与同级法院相比",
        "数值在同级法院的参考范围之外，即列为提示。" * 8,
        "某统计手册第3章第2节" * 3,
    )
    found = columns([["规则", "内容", "依据"], [rule, text, source]], 442.2, 6.5)
    assert found is not None
    size, (first, second, third) = found
    assert size == 10.5
    assert first >= width(rule) * size + 6.5, "a short name stays in one line"
    assert second > 2 * third
    assert first + second + third <= 442.3


@pytest.mark.parametrize("name", ["偏离倍数", "2026年三季度", "案-件比", "一审裁判被改判发回重审率（%）"])
def test_no_word_of_a_head_is_broken(name: str) -> None:
    """Beside long names the columns of figures are narrow, and their heads must still be read."""
    rows = [["法院", *[name] * 9]] + [["某某市经济技术开发区人民法院", *["1.23"] * 9]] * 3
    found = columns(rows, 637.0, 6.5)
    assert found is not None
    size, widths = found
    assert sum(widths) <= 637.1
    lines = title_lines(name, (widths[1] - 6.5) / size)
    assert len(lines) <= 4
    for word in ("偏离", "倍数", "2026年", "三季度", "案-件比", "发回重审率"):
        assert word not in name or any(word in line for line in lines), lines


def test_a_text_with_too_many_ways_comes_back_whole() -> None:
    assert title_lines("某" * 60, 3) == ["某" * 60]
