"""`tongbao flags --table` on any institution's numbers, and the policy that prints itself."""

import json
import time

import pandas as pd
import pytest
from planted_tables import NOW, spec, table, units

from reports.flag import flag, load


@pytest.fixture
def any_table(tmp_path):
    """Two levels of twenty institutions with indicators that no catalogue knows; one of them changed."""
    frames = []
    for prefix, level, seed in (("甲", "intermediate", 3), ("乙", "basic", 9)):
        for name, kind, better, moved in (
            ("差错率", "proportion", "lower", {7: 1.0} if prefix == "乙" else {}),
            ("来件", "count", "neutral", {4: -1.2} if prefix == "乙" else {}),
        ):
            one = table(kind, moved=moved, seed=seed, level=0.1 if prefix == "乙" else 0.3, name=name)
            frames.append(one.assign(court=prefix + one["court"].str[1:] + "所", kind=kind, better=better, level=level))
    path = tmp_path / "T.csv"
    pd.concat(frames).to_csv(path, index=False)
    return path


def test_a_table_with_indicators_of_its_own(any_table, tongbao, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # no workspace is needed
    result = tongbao("flags", "--table", any_table, "--period", "2025Q4", "--json")
    assert result.code == 0, result.err
    document = json.loads(result.out)
    assert (document["schema"], document["period"]) == ("tongbao.flags/1", "2025Q4")
    strong = {(f["court"], f["indicator"]): f for f in document["flags"] if f["strength"] == "red"}
    assert set(strong) == {("乙07所", "差错率"), ("乙04所", "来件")}
    one, other = strong["乙07所", "差错率"], strong["乙04所", "来件"]
    assert (one["severity"], one["direction"], one["reference"]["kind"]) == ("red", "up", "own_history")
    assert one["value"] == one["numerator"] / one["denominator"] and one["q"] <= 0.05
    assert one["evidence"].startswith(
        f"乙07所差错率为{one['value'] * 100:.2f}%（{one['numerator']}/{one['denominator']}）"
    )
    assert (other["severity"], other["direction"], other["denominator"]) == ("neutral", "down", None)


def test_the_period_must_be_in_the_table(any_table, tongbao, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = tongbao("flags", "--table", any_table, "--period", "2021Q4", "--json")
    assert result.code == 5 and "2025Q4" in result.err


def test_fail_on_counts_only_the_adverse(any_table, tongbao, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert tongbao("flags", "--table", any_table, "--period", "2025Q4", "--fail-on", "red").code == 3


def test_explain_policy_is_the_data_that_drives_the_rules(tongbao):
    text, document = (
        tongbao("flags", "--explain-policy").out,
        json.loads(tongbao("flags", "--explain-policy", "--json").out),
    )
    assert document["schema"] == "tongbao.policy/1"
    policy = load()
    for rule in policy.rules.values():
        assert rule.text in text and rule.source in text and "{" not in rule.text
    assert document["limits"]["q_red"] == policy.q_red and f"不高于{policy.q_red * 100:g}%为红色" in text
    for rule in ("R1", "R2", "R3", "R4", "R5", "R6", "R7"):
        assert f"【{rule} " in text
    assert "p值" not in text


def test_a_province_is_judged_in_seconds():
    frame = pd.concat([table(courts=114, seed=i, name=f"r{i}") for i in range(20)])
    started = time.perf_counter()
    found = flag(frame, NOW, [spec(f"r{i}") for i in range(20)], units(114))
    assert found.tested > 2280 and time.perf_counter() - started < 10
