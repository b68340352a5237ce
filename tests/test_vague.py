"""Words that say nothing: a text made only of them is found, one with anything else in it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.catalogue.vague import Vague, shipped


@pytest.mark.parametrize(
    "text",
    [
        "加强管理，提高认识",
        "高度重视",
        "一要提高政治站位，二要压实责任，三要狠抓落实。",
        "进一步加强审判管理工作，不断提升审判质效",
        "切实采取有效措施，尽快改善相关指标。",
        "全体干警",
        "同上",
    ],
)
def test_slogans(text):
    assert shipped().only(text)


@pytest.mark.parametrize(
    "text",
    [
        "每周一清查10日内将到期的案件",
        "买卖合同纠纷案件判后由承办法官当面释明",
        "民一庭",
        "李某",
        "清单所列42件",
        "（2026）辽0102民初12号",
        "审限内结案率不低于95%",
        "加强送达",
        "开展审限管理专项检查",
        "清理超审限案件",
    ],
)
def test_what_somebody_can_do(text):
    assert not shipped().only(text)


@given(st.lists(st.sampled_from(["加强", "管理", "强", "加", "，", " ", "提高认识"])), st.sampled_from(["", "庭", "3"]))
def test_only_these_words_in_any_order(words, more):
    vague = Vague(["加强", "管理", "提高认识"])
    text = "".join(words)

    def rows(rest):  # every way to read the text as a row of words
        return not rest or any(
            rows(rest[len(word) :]) for word in ("加强", "管理", "提高认识") if rest.startswith(word)
        )

    assert vague.only(text + more) == (rows(text.replace("，", "").replace(" ", "")) and not more)
