"""新发 → 持续 → 缓解 → 解除, and 复发."""

from dataclasses import replace

from said import evidence

from reports.flag import advance, inherited, stated
from reports.model import Flag, Reference, State

KEY = ("C07", "rate", "R2", "up")
CELL = {("C07", "rate")}
FLAG = Flag(
    period="2025Q1", court="C07", line="全部", indicator="rate", severity="red", strength="red", direction="up",
    rules=("R2",), value=0.2, numerator=20, denominator=100, reference=Reference("own_history", 0.1, ""), evidence=evidence(),
)  # fmt: skip
HINT = replace(FLAG, severity="yellow", strength="yellow")
BACK = replace(FLAG, direction="down", severity="green")


def lives(*steps, tested=CELL):
    """The states of the key over the periods."""
    states, names = {}, []
    for i, flags in enumerate(steps):
        states = advance(states, flags, f"2025Q{i + 1}", tested)
        names.append(states[KEY].name if KEY in states else None)
    return names, states


def test_the_whole_life():
    names, states = lives([FLAG], [FLAG], [], [], [FLAG], [])
    assert names == ["新发", "持续", "缓解", "解除", "复发", "缓解"]
    assert states[KEY] == State("缓解", "2025Q5", "2025Q5", 1)


def test_a_running_flag_keeps_its_beginning():
    _, states = lives([FLAG], [FLAG], [FLAG])
    assert (states[KEY].since, states[KEY].last) == ("2025Q1", "2025Q3")


def test_what_went_into_another_goes_on_as_its():
    """Of several lives of one the running before the closed, then the longest; a closed one that comes back is 复发."""
    closed, young, old = (
        State("解除", "2024Q1", "2024Q2", 2),
        State("持续", "2024Q4", "2024Q4"),
        State("缓解", "2024Q2", "2024Q3", 1),
    )
    states = {("C07", *KEY[1:]): closed, ("C08", *KEY[1:]): young, ("C09", *KEY[1:]): old, ("C01", *KEY[1:]): old}
    heirs = {"C08": "C07", "C09": "C07"}
    found = inherited(states, lambda code: heirs.get(code, code))
    assert found == {KEY: young, ("C01", *KEY[1:]): old}
    assert (
        inherited({("C08", *KEY[1:]): young, KEY: replace(young, since="2023Q4")}, lambda _: "C07")[KEY].since
        == "2023Q4"
    )
    assert advance(inherited({("C08", *KEY[1:]): closed}, lambda _: "C07"), [FLAG], "2025Q1", CELL)[KEY].name == "复发"


def test_one_quiet_quarter_is_no_end():
    assert lives([FLAG], [], [FLAG], [], [])[0] == ["新发", "缓解", "持续", "缓解", "解除"]


def test_the_opposite_change_ends_it_at_once():
    assert lives([FLAG], [BACK])[0] == ["新发", "解除"]


def test_a_hint_keeps_a_life_going_but_begins_none():
    assert lives([HINT], [FLAG], [HINT])[0] == [None, "新发", "持续"]


def test_what_was_not_tested_stays_as_it_was():
    names, _ = lives([FLAG], [], [], tested=set())
    assert names == ["新发", "新发", "新发"]


def test_a_flag_tells_the_state_of_its_rules():
    _, states = lives([FLAG], [FLAG])
    assert stated(FLAG, states).state == "持续"
    both = replace(FLAG, rules=("R2", "R5"))
    assert stated(both, advance(states, [both], "2025Q3", CELL)).state == "持续"
    assert stated(FLAG, {}).state == "新发"
