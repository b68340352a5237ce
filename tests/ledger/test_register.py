"""Items from their discovery to their signing-off: what may follow what, and that nothing is ever edited away."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date

import pytest
from by_hand_items import PLAN, again, effect, finding

from reports import workspace
from reports.commands.console import alone
from reports.courts.periods import parse_period
from reports.errors import Busy, ConfigError, InputError, VerificationError
from reports.ledger import concerned, items, of_event, record
from reports.ledger import rectification as ledger
from reports.ledger.journal import START, verify

TODAY = date(2025, 11, 3)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tongbao.db"


def opened(path, *findings, effects=None, at="2025-10-20"):
    return record(path, findings or [finding()], at=at, bulletin="关于2025年第三季度……的通报", effects=effects)


def respond(path, number="2025Q3-001", today=TODAY, **answers):
    return ledger.respond(path, {number: answers}, at="2025-11-03", who="李某", today=today)


def sound(path):
    found = verify(path)
    return [*found.faults, *ledger.verify_items(path)]


def test_a_flag_becomes_one_item_however_often_it_runs(path):
    assert opened(path, finding(), finding("辽0103")) == 2
    assert opened(path, finding(), finding("辽0103"), at="2025-10-21") == 0
    assert opened(path, finding(indicator="appeal_rate", direction="up")) == 1
    assert [(item.number, item.court, item.state) for item in items(path)] == [
        ("2025Q3-001", "辽0102", "通报"), ("2025Q3-002", "辽0103", "通报"), ("2025Q3-003", "辽0102", "通报"),
    ]  # fmt: skip
    assert [event.what for event in ledger.history(path, "2025Q3-001")] == ["发现", "通报"]
    assert sound(path) == []


def test_the_whole_way_to_signing_off(path):
    opened(path)
    assert respond(path, **PLAN) == {"2025Q3-001": list(PLAN)}
    assert ledger.item(path, "2025Q3-001").state == "整改中"
    respond(path, feedback="清结38件，送达专班已成立。", progress="已完成")
    assert ledger.item(path, "2025Q3-001").state == "已反馈"
    with pytest.raises(ConfigError, match="还没有下一期的数据"):
        ledger.close(path, "2025Q3-001", at="2025-12-01", who="王某", note="")
    opened(path, finding(), effects={"2025Q3-001": effect()}, at="2026-01-20")
    assert ledger.item(path, "2025Q3-001").state == "待核"
    closed = ledger.close(path, "2025Q3-001", at="2026-01-25", who="王某", note="措施已落实")
    assert (closed.state, closed.closed_by, closed.note) == ("销号", "王某", "措施已落实")
    steps = [event.what for event in ledger.history(path, "2025Q3-001")]
    assert steps == ["发现", "通报", "整改", "反馈", "复测", "待核", "销号"]
    assert sound(path) == []


def test_numbers_that_show_no_effect_need_a_reason(path):
    opened(path)
    respond(path, **PLAN, feedback="已完成整改。")
    record(path, [], at="2026-01-20", effects={"2025Q3-001": effect("未见效")})
    with pytest.raises(ConfigError, match="未见效"):
        ledger.close(path, "2025Q3-001", at="2026-01-25", who="王某", note=" ")
    assert ledger.close(path, "2025Q3-001", at="2026-01-25", who="王某", note="系列案所致").state == "销号"


def test_a_flag_that_goes_on_and_one_that_comes_back(path):
    opened(path)
    assert opened(path, again(finding(), "2025Q4"), at="2026-01-20") == 0
    assert ledger.item(path, "2025Q3-001").flagged == ("2025Q3", "2025Q4")
    respond(path, today=date(2026, 1, 21), **PLAN, feedback="已完成整改。")
    record(path, [], at="2026-04-20", effects={"2025Q3-001": effect("见效", "2026Q1")})
    ledger.close(path, "2025Q3-001", at="2026-04-21", who="王某", note="")
    assert opened(path, again(finding(), "2025Q4"), at="2026-04-22") == 0, "an earlier period run again"
    assert opened(path, again(finding(), "2026Q3"), at="2026-10-20") == 1
    came_back = ledger.item(path, "2026Q3-001")
    assert (came_back.earlier, came_back.state) == ("2025Q3-001", "通报")
    assert sound(path) == []


def test_amber_is_told_to_its_court_only_until_it_is_red(path):
    opened(path, finding(severity="amber"))
    assert (ledger.item(path, "2025Q3-001").bulletin, ledger.item(path, "2025Q3-001").public) == ("自查提示", False)
    opened(path, again(finding(severity="amber"), "2025Q4"))
    assert not ledger.item(path, "2025Q3-001").public
    opened(path, again(finding(), "2026Q1"))
    assert ledger.item(path, "2025Q3-001").public and ledger.item(path, "2025Q3-001").severity == "red"


def test_sent_back_and_opened_again(path):
    opened(path)
    with pytest.raises(ConfigError, match="无须重开"):
        ledger.reopen(path, "2025Q3-001", at="2025-11-04", who="王某", note="")
    respond(path, **PLAN, feedback="已完成整改。")
    assert ledger.reopen(path, "2025Q3-001", at="2025-11-04", who="王某", note="没有附清单").state == "整改中"
    respond(path, feedback="已完成整改，清单另附。")
    record(path, [], at="2026-01-20", effects={"2025Q3-001": effect()})
    ledger.close(path, "2025Q3-001", at="2026-01-21", who="王某", note="")
    assert respond_fails(path, feedback="再补充。") == [
        "2025Q3-001：该事项已经销号，不能再填报；确需继续整改的，先由审判管理办公室重开"
    ]
    assert ledger.reopen(path, "2025Q3-001", at="2026-02-01", who="王某", note="抽查不实").state == "整改中"
    assert [event.what for event in ledger.history(path, "2025Q3-001")][-3:] == ["待核", "销号", "重开"]


def respond_fails(path, number="2025Q3-001", **answers):
    before = path.read_bytes()
    with pytest.raises(InputError) as failed:
        respond(path, number, **answers)
    assert path.read_bytes() == before
    return failed.value.what.splitlines()[1:]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"person": ""}, "填写了“做什么”，还应填写“谁”"),
        ({"deadline": "", "target": ""}, "填写了“做什么”，还应填写“看什么数”、“何时完成”"),
        ({"target": "切实提高审限内结案率"}, "“看什么数”应能衡量，写明数值或件数"),
        ({"deadline": "2025-11-02"}, "“何时完成”2025-11-02已经过去"),
        ({"deadline": "年底"}, "“何时完成”应为日期，如 2026-12-31（现为“年底”）"),
        (
            {"reason": "不清楚"},
            "“原因类别”应从下列各项中选择：案件结构变化、系列案件影响、数据填报差错、工作中的不足、法律政策变化、其他",
        ),
        ({"measure": ""}, "没有填写“做什么”"),
        ({"cases": ""}, "填写了“做什么”，还应填写“哪些案件”"),
        ({"measure": "加强管理，提高认识。"}, "“做什么”写的是“加强管理，提高认识。”，没有具体内容；请写明具体做法"),
        ({"cases": "相关案件"}, "“哪些案件”写的是“相关案件”，没有具体内容；请写明案件的范围和件数，或者案号"),
        ({"person": "有关人员"}, "“谁”写的是“有关人员”，没有具体内容；请写到具体的人"),
        ({"cause": "当事人身份证号21010219900101123X"}, "“原因分析”中有身份证件号码，请删去"),
    ],
)
def test_an_answer_that_lacks_something_is_refused_whole(path, change, fault):
    opened(path)
    assert respond_fails(path, **{**PLAN, **change}) == [f"2025Q3-001：{fault}"]


@pytest.mark.parametrize("name", ["measure", "target"])
def test_a_plan_that_would_keep_parties_from_appealing_is_refused(path, name):
    opened(path)
    (told,) = respond_fails(path, **{**PLAN, name: "采取措施压降上诉案件20件"})
    assert "不得以减少当事人上诉、申请再审为内容" in told


def test_the_same_answer_twice_changes_nothing_even_when_its_date_has_passed(path):
    opened(path)
    respond(path, **PLAN)
    before = path.read_bytes()
    assert respond(path, today=date(2027, 1, 1), **PLAN) == {}
    assert path.read_bytes() == before


def test_overdue(path):
    opened(path, finding(), finding("辽0103"))
    respond(path, **PLAN)
    respond(path, "2025Q3-002", **PLAN, feedback="已完成整改。")
    assert ledger.overdue(items(path), date(2026, 3, 31)) == []
    assert [item.number for item in ledger.overdue(items(path), date(2026, 4, 1))] == ["2025Q3-001"]
    opened(path, again(finding("辽01"), "2025Q4"), at="2026-01-20")
    assert ledger.overdue(items(path), date(2026, 2, 4)) == [], "fifteen days for the plan"
    assert [item.number for item in ledger.overdue(items(path), date(2026, 2, 5))] == ["2025Q4-001"]


def test_no_ledger_no_items(path):
    assert items(path) == []
    with pytest.raises(ConfigError, match="没有编号"):
        ledger.item(path, "2025Q3-001")
    assert not path.exists()


def test_a_file_that_is_no_ledger_is_left_alone(path):
    path.write_bytes(b"not a database at all, but a clerk's notes" * 20)
    before = path.read_bytes()
    with pytest.raises(VerificationError, match="台账无法打开"):
        opened(path)
    assert path.read_bytes() == before


def test_history_cannot_be_changed_and_a_forged_one_is_found(path):
    opened(path, finding(), finding("辽0103"))
    respond(path, **PLAN)
    with sqlite3.connect(path) as db:
        for statement in ("UPDATE journal SET who = '某人'", "DELETE FROM journal WHERE seq = 3"):
            with pytest.raises(sqlite3.IntegrityError, match="不能"):
                db.execute(statement)
    (events,) = sqlite3.connect(path).execute("SELECT count(*) FROM journal").fetchone()
    for seq in range(1, events + 1):
        for change in (
            "UPDATE journal SET data = replace(data, '}', ',\"x\":1}') WHERE seq = ?",
            "UPDATE journal SET at = '2025-10-19' WHERE seq = ?",
            "UPDATE journal SET who = '某人' WHERE seq = ?",
            "UPDATE journal SET hash = '" + START + "' WHERE seq = ?",
            "DELETE FROM journal WHERE seq = ?",
        ):
            if change.startswith("DELETE") and seq == events:
                continue  # only a noted head finds the end cut off
            copy = path.with_name("copy.db")
            copy.write_bytes(path.read_bytes())
            with sqlite3.connect(copy) as db:
                db.execute("DROP TRIGGER journal_unchanged")
                db.execute("DROP TRIGGER journal_kept")
                db.execute(change, (seq,))
            assert verify(copy).faults, (seq, change)
    head = verify(path).head
    with sqlite3.connect(path) as db:
        (kept,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'journal_kept'").fetchone()
        db.execute("DROP TRIGGER journal_kept")
        assert verify(path).faults == ("防止修改台账历史的触发器被改动或删去",)
        db.execute("DELETE FROM journal WHERE seq = ?", (events,))
        db.execute(kept)
    assert verify(path).faults == ()
    assert "可能被截短" in verify(path, heads={head[:12]: "所给"}).faults[0]


def test_an_event_out_of_order_is_found_even_with_a_sound_chain(path):
    opened(path)
    from reports.ledger.journal import writing

    with writing(path) as journal:
        journal.add("2025-11-01", "某人", "整改：2025Q3-001", "销号", {"note": ""})
    assert verify(path).faults == ()
    assert "与当时的状态（通报）不合" in ledger.verify_items(path)[0]
    assert ledger.item(path, "2025Q3-001").state == "通报"


def test_a_ledger_of_an_earlier_version_keeps_its_items(path):
    with sqlite3.connect(path) as db:
        db.executescript("""
            CREATE TABLE item (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, period TEXT NOT NULL, court TEXT NOT NULL,
                line TEXT NOT NULL, indicator TEXT NOT NULL, direction TEXT NOT NULL, severity TEXT NOT NULL,
                value TEXT NOT NULL, reference TEXT NOT NULL, problem TEXT NOT NULL, state TEXT NOT NULL DEFAULT '发现');
            CREATE TABLE event (id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item (id), day TEXT NOT NULL,
                who TEXT NOT NULL, what TEXT NOT NULL);
            INSERT INTO item VALUES (1, 'k1', '2025Q2', '辽0102', '全部', 'within_limit', 'down', 'red', '258/300', '区间',
                '某院审限内结案率为86.00%。', '发现'), (2, 'k2', '2025Q3', '辽0103', '全部', 'appeal_rate', 'up', 'amber',
                '42/300', '历史', '某院上诉率为14.00%。', '发现');
            INSERT INTO event VALUES (1, 1, '2025-07-20', 'tongbao', '发现'), (2, 2, '2025-10-20', 'tongbao', '发现');
            PRAGMA user_version = 1;
        """)
    found = items(path)
    assert "诉讼权利" in found[1].note and found[1].right, "a rise of appeals is no problem any more"
    assert [(item.number, item.opened, item.value, item.state) for item in found] == [
        ("2025Q2-001", "2025-07-20", "258/300", "通报"), ("2025Q3-001", "2025-10-20", "42/300", "销号"),
    ]  # fmt: skip
    assert sound(path) == []
    assert opened(path, again(finding(), "2025Q3"), at="2025-10-21") == 0, "it goes on with the item of 2025Q2"
    assert ledger.item(path, "2025Q2-001").flagged == ("2025Q2", "2025Q3")


def test_open_items_on_rights_of_the_parties_are_closed_when_a_ledger_is_taken_over(path):
    rights = [finding(court, "appeal_rate", direction="up", value=(42, 300)) for court in ("辽0102", "辽0103")]
    opened(path, finding(), *rights, at="2025-10-20")
    respond(path, "2025Q3-003", **PLAN, feedback="已完成。")
    record(path, [], at="2026-01-20", effects={"2025Q3-003": effect()})
    ledger.close(path, "2025Q3-003", at="2026-01-21", who="王某", note="已核实")
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 4")
    problem, still, closed = items(path)
    assert problem.state == "通报"
    assert (still.state, still.closed_by, still.closed_at) == ("销号", "tongbao", "2026-01-21")
    assert "涉及当事人诉讼权利" in still.note and closed.note == "已核实"
    assert [event.what for event in ledger.history(path, "2025Q3-002")][-1] == "撤销"
    assert concerned(items(path), parse_period("2025Q4")) == [problem]
    assert sound(path) == []
    with pytest.raises(ConfigError, match="已经撤销"):
        ledger.reopen(path, "2025Q3-002", at="2026-02-01", who="王某", note="")


def test_a_ledger_of_a_later_version_is_refused(path):
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigError, match="更新的版本"):
        items(path)


def test_another_process_that_writes_is_waited_for_and_then_given_up(path, monkeypatch):
    opened(path)
    monkeypatch.setattr("reports.ledger.journal.WAIT", 0.1)
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy) as busy:
            respond(path, **PLAN)
        assert busy.value.exit_code == 75
        assert items(path)[0].state == "通报", "reading goes on"
    respond(path, **PLAN)
    assert items(path)[0].state == "整改中"


def test_the_lock_of_a_workspace(tmp_path):
    (tmp_path / "tongbao.toml").write_text("", "utf-8")
    place = workspace.find(tmp_path)
    with alone(place), pytest.raises(Busy), alone(place, wait=0.05):
        pass


def event(*findings):
    return replace(findings[0], others=findings[1:])


COMPLETED, ENDED, LATE = (
    finding(indicator=name, direction=way)
    for name, way in (("completion", "down"), ("over12_share", "up"), ("within_limit", "down"))
)


def test_an_event_is_one_item_with_its_cells(path):
    assert opened(path, event(COMPLETED, ENDED), finding("辽0103")) == 2
    first = ledger.item(path, "2025Q3-001")
    assert [one.indicator for one in first.cells] == ["completion", "over12_share"]
    assert first.title == "天枢市城东区法院执行完毕率等2项指标" and first.problems.count("。") == 2
    assert first.others[0].sample == ENDED.sample and first.others[0].baseline == ENDED.baseline
    assert opened(path, event(COMPLETED, ENDED), finding("辽0103"), at="2025-10-21") == 0, "the same run again"
    assert opened(path, again(ENDED, "2025Q4"), at="2026-01-20") == 0, "a cell of it goes on"
    assert ledger.item(path, "2025Q3-001").flagged == ("2025Q3", "2025Q4")
    third = event(again(LATE, "2026Q1"), again(COMPLETED, "2026Q1"))
    assert opened(path, third, at="2026-04-20") == 0, "a further cell joins it"
    assert [one.indicator for one in ledger.item(path, "2025Q3-001").cells][2:] == ["within_limit"]
    assert sound(path) == []


def test_old_items_of_one_cell_each_go_on_as_they_are(path):
    assert opened(path, COMPLETED, ENDED) == 2
    assert opened(path, event(again(COMPLETED, "2025Q4"), again(ENDED, "2025Q4")), at="2026-01-20") == 0
    assert [(one.flagged, len(one.cells)) for one in items(path)] == [(("2025Q3", "2025Q4"), 1)] * 2
    assert sound(path) == []


def test_an_event_that_comes_back_after_signing_off(path):
    opened(path, event(COMPLETED, ENDED))
    respond(path, **PLAN, feedback="已完成整改。")
    record(path, [], at="2026-01-20", effects={"2025Q3-001": effect()})
    ledger.close(path, "2025Q3-001", at="2026-01-21", who="王某", note="")
    assert opened(path, again(ENDED, "2026Q1"), at="2026-04-20") == 1
    assert ledger.item(path, "2026Q1-001").earlier == "2025Q3-001"


@pytest.mark.parametrize(
    ("leading", "others", "verdict"),
    [
        ("见效", ("未见效",), "见效"),
        ("未见效", ("见效", "未见效"), "部分见效"),
        ("尚不能判断", ("见效",), "部分见效"),
        ("指标已恢复", ("见效",), "部分见效"),
        ("指标已恢复", ("未见效",), "指标已恢复"),
        ("未见效", ("部分见效",), "未见效"),
        ("部分见效", ("未见效",), "部分见效"),
        ("未见效", (), "未见效"),
    ],
)
def test_the_effect_of_an_event_is_that_of_its_leading_cell(leading, others, verdict):
    told = of_event(effect(leading), {f"指标{n}": effect(one) for n, one in enumerate(others)})
    assert told.verdict == verdict
    assert all(f"指标{n}为95.00%，{one}" in told.sentence for n, one in enumerate(others))


@pytest.mark.parametrize("column", ["at", "who", "subject", "what", "data", "hash"])
def test_what_is_no_text_is_a_fault_and_no_end(path, column):
    opened(path)
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER journal_unchanged")
        db.execute(f"UPDATE journal SET {column} = x'ff00' WHERE seq = 1")
    assert any("第1条记录" in fault for fault in verify(path).faults)


def test_no_error_of_the_ledger_asks_to_take_it_away(path):
    path.write_bytes(b"not a database at all" * 200)
    with pytest.raises(VerificationError) as told:
        items(path)
    assert "保留这个文件" in str(told.value) and "移走" not in str(told.value)


def test_a_ledger_that_is_gone_beside_what_was_issued_is_told(tmp_path, tongbao):
    (tmp_path / "tongbao.toml").write_text("", "utf-8")
    (tmp_path / "out/2025Q3/印发/2025Q3-general").mkdir(parents=True)
    told = tongbao("ledger", "verify", "-w", tmp_path)
    assert told.code == 6
    assert "台账不见了：有1份已印发的文件" in told.err and "从备份恢复" in told.err


def test_a_chain_worked_out_anew_over_nonsense_ends_in_a_fault(tmp_path, tongbao):
    from reports.ledger.journal import writing

    (tmp_path / "tongbao.toml").write_text("", "utf-8")
    for what in ("发现", "进入", "拟稿"):
        for kind in ("整改：", "长期未结：", "发文：", "议定："):
            path = tmp_path / "tongbao.db"
            path.unlink(missing_ok=True)
            with writing(path) as journal:
                journal.add("昨天", "某人", f"{kind}甲", what, {"x": 1})
            assert tongbao("ledger", "verify", "-w", tmp_path).code in {0, 6}
