"""What leaves the house: to whom, once, by a real mail server, and what becomes of it when something goes wrong."""

from __future__ import annotations

import functools
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from killing import child
from mail_server import HOST, PASSWORD, USER, certificates, serving, until

from reports import cli
from reports.delivery import Attachment, Outbox, Parcel, Settings, way_of
from reports.delivery.outbox import PAUSES
from reports.delivery.ways import Down, Handed, Later, Refused, Unclear
from reports.delivery.ways.mail import _Link, message
from reports.errors import ConfigError
from reports.pipeline.delivery import notify, outbox, retry
from reports.workspace import Workspace

ZONE = timezone(timedelta(hours=8))
NOON = datetime(2026, 4, 20, 12, tzinfo=ZONE)
NAME = "关于2026年第一季度全市法院审判执行质效情况的通报.pdf"


@pytest.fixture(scope="session")
def keys(shared) -> Path:
    return shared("certificates", certificates)


def mail(server, place=Path(), **more):
    given = {"host": HOST, "port": server.port, "security": "none", "sender": f"审管办 <{USER}>", "timeout": 5}
    return way_of("mail", Settings("mail", place, **given | more))


def handed(address="a@fy.example", **more):
    given = {"key": "ab12", "name": "某院", "address": address, "subject": "通报", "text": "请查收。\n", "files": ()}
    return Handed(**given | more)


def hand(way, letter=None):
    """Hand one letter over; returns the answer and whether the point was passed from which on it may have been taken."""
    passed = []
    with way.open() as give:
        answer = give(letter or handed(), lambda: passed.append(True), NOON)
    return answer, passed == [True]


def failing(kind, way, letter=None):
    passed = []
    with way.open() as give, pytest.raises(kind) as error:
        give(letter or handed(), lambda: passed.append(True), NOON)
    return error.value, bool(passed)


# Mail over the line


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_encrypted_with_a_password(keys, security):
    with serving(security, keys / "good.pem", login=True) as server:
        way = mail(server, keys, security=security, user=USER, password=lambda: PASSWORD, ca_file="ca.pem")
        assert hand(way) == ("2.0.0 Queued", True)
        (got,) = server.to("a@fy.example")
    assert (got["From"], got["To"]) == (f"审管办 <{USER}>", "某院 <a@fy.example>")
    assert (got["Subject"], got["Message-ID"]) == ("通报", "<ab12@fy.example>")
    assert got["Date"].datetime == NOON
    assert got.get_content() == "请查收。\n"


def test_a_relay_in_the_house_needs_neither(tmp_path):
    with serving() as server:
        assert hand(mail(server))[0] == "2.0.0 Queued"
        assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("certificate", "security", "trusted", "why"),
    [
        ("good", "tls", "", "由不认识的机构签发"),
        ("good", "starttls", "", "由不认识的机构签发"),
        ("expired", "starttls", "ca.pem", "已经过期"),
        ("other", "tls", "ca.pem", "证书上不是这个服务器"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_stops_before_the_password(keys, certificate, security, trusted, why):
    def never():
        raise AssertionError("the password was asked for")

    with serving(security, keys / f"{certificate}.pem", login=True) as server:
        way = mail(server, keys, security=security, user=USER, password=never, ca_file=trusted)
        error, passed = failing(Down, way)
        assert "的证书不能信任：" in error.what and why in error.what
        assert not passed and server.tried == []


def test_each_trouble_with_the_server_is_told_by_its_cause(keys):
    with serving(login=True) as server:
        for given, what in (
            ({"host": "no-such-host.invalid"}, "找不到邮件服务器 no-such-host.invalid"),
            ({"port": 1}, "拒绝连接"),
            ({"security": "starttls"}, "不支持 STARTTLS"),
            ({"security": "tls"}, "无法建立加密连接"),
            ({}, "邮件服务器要求登录：530"),
        ):
            error, passed = failing(Down, mail(server, **given))
            assert what in error.what and error.advice, given
            assert not passed
    with serving("starttls", keys / "good.pem", login=True) as server:
        way = mail(server, keys, security="starttls", user=USER, password=lambda: "错的口令", ca_file="ca.pem")
        error, _ = failing(Down, way)
        assert "不接受用户名或密码：535" in error.what and "错的口令" not in error.what + error.advice
    with serving() as server:
        error, _ = failing(Down, mail(server, sender="nobody@fy.example"))
        assert "不接受发件人 nobody@fy.example：553" in error.what


def test_what_a_recipient_meets_is_its_own(tmp_path):
    with serving() as server, mail(server).open() as give:

        def goes(address, **more):
            return give(handed(address, **more), lambda: None, NOON)

        with pytest.raises(Refused, match=r"拒收：550 5\.1\.1 no such user <b>"):
            goes("gone@fy.example")
        assert goes("a@fy.example")
        with pytest.raises(Refused, match="拒收：554"):
            goes("spam@fy.example")
        with pytest.raises(Refused, match="过大：邮件服务器不收：552"):
            goes("full@fy.example")
        with pytest.raises(Refused, match=r"拒收：552 5\.2\.2 Mailbox full"):
            goes("overfull@fy.example")
        with pytest.raises(Later, match="暂时不收：450"):
            goes("tired@fy.example")
        with pytest.raises(Later, match="暂时不收：451"):
            goes("later@fy.example")
        assert goes("b@fy.example")
        assert [to for to, _ in server.mails] == ["a@fy.example", "b@fy.example"]


def test_a_server_says_beforehand_what_is_too_large():
    with serving(size=100_000) as server:
        big = handed(files=(Attachment("大.pdf", os.urandom(200_000)),))
        error, passed = failing(Refused, mail(server), big)
        assert "邮件0.3MB，过大：邮件服务器只收0.1MB以内的" in str(error)
        assert not passed and server.tried == []


def test_a_drop_in_the_middle_of_a_mail_is_tried_again_and_one_before_the_answer_is_not():
    with serving() as server:
        big = handed("half@fy.example", files=(Attachment("大.pdf", os.urandom(12_000_000)),))
        error, passed = failing(Later, mail(server), big)
        assert "邮件发到一半连接中断" in str(error) and passed
        error, passed = failing(Unclear, mail(server), handed("silent@fy.example"))
        assert "没有答复是否收下" in str(error) and passed
        assert len(server.to("silent@fy.example")) == 1, "it had been taken"


def test_after_a_drop_the_next_letter_has_a_new_connection():
    with serving() as server, mail(server).open() as give:
        with pytest.raises(Unclear):
            give(handed("silent@fy.example"), lambda: None, NOON)
        with pytest.raises(Down, match="暂停服务：421"):
            give(handed("busy@fy.example"), lambda: None, NOON)
        assert give(handed(), lambda: None, NOON) == "2.0.0 Queued"


def test_a_server_that_takes_so_many_mails_of_one_connection_gets_another():
    with serving() as server, mail(server).open() as give:
        server.most = 2
        for number in range(5):
            give(handed(f"a{number}@fy.example"), lambda: None, NOON)
        assert len(server.mails) == 5


# The mail itself


def plain_mail(**more):
    with serving() as server:
        way = mail(server)
    return message(handed(**more), way, NOON)


def test_names_of_files_are_readable_in_old_clients_and_new():
    data = plain_mail(files=(Attachment(NAME, b"%PDF-1.7 \x00\xff"), Attachment("表.xlsx", b"PK")))
    assert all(len(line) < 998 for line in data.split(b"\r\n")), "RFC 5321"
    data.decode("ascii")
    first, second = message_from_bytes(data, policy=policy.default).iter_attachments()
    assert (first.get_filename(), first.get_content()) == (NAME, b"%PDF-1.7 \x00\xff")
    assert first.get_content_type() == "application/pdf"
    assert second.get_filename() == "表.xlsx" and "spreadsheetml" in second.get_content_type()
    # What knows no RFC 2231 looks at name, as an encoded word of one piece.
    old, _ = message_from_bytes(data).get_payload()[1:]
    name = old.get_param("name")
    assert name.startswith("=?utf-8?b?") and name.count("=?utf-8") == 1
    assert str(make_header(decode_header(name))) == NAME
    assert b"\r\nSubject: =?utf-8?b?" in data, "some show nothing of a subject that begins in the second line"


def test_a_line_that_begins_with_a_dot_arrives_as_it_is():
    with serving() as server:
        text = "一\n.\n..二\n" * 30
        hand(mail(server), handed(text=text))
        assert server.to("a@fy.example")[0].get_content() == text


HEADERS = ["Content-Type", "MIME-Version", "From", "To", "Subject", "Date", "Message-ID"]
nasty = st.text(st.sampled_from('通报a@<>,:;"\\\r\n\t\x00\x1b\u2028\u202e ='), max_size=30)


@settings(max_examples=200, deadline=None)
@given(nasty, nasty, nasty)
def test_no_name_or_title_makes_a_header_of_its_own(name, subject, file):
    way = way_of("mail", Settings("m", Path(), host=HOST, sender=USER))
    data = message(
        handed(name=name, subject=f"{subject}\r\nBcc: x@x.example", files=(Attachment(file, b"x"),)), way, NOON
    )
    got = message_from_bytes(data, policy=policy.default)
    assert got.keys() == HEADERS
    (to,) = got["To"].addresses
    assert to.addr_spec == "a@fy.example"
    assert len(list(got.iter_attachments())) == 1 and not got.defects
    (part,) = got.iter_attachments()
    assert set(part.keys()) == {"MIME-Version", "Content-Transfer-Encoding", "Content-Type", "Content-Disposition"}


@pytest.mark.parametrize(
    "address",
    ["a@fy.example\nBcc: b@x.example", "a@fy.example, b@x.example", "<a@fy.example>", "a b@fy.example", "某@fy.example",
     "a@", "@fy.example", "a@fy..example", 'a"@fy.example', "a@fy.example>", "", "a@fy.example SIZE=1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    assert way_of("mail", Settings("m", Path(), host=HOST, sender=USER)).fault(address)
    assert not way_of("mail", Settings("m", Path(), host=HOST, sender=USER)).fault("a.b+c@fy.example")


# The outbox


CONFIG = f"""
[[delivery]]
way = "mail"
host = "{HOST}"
port = PORT
security = "none"
sender = "审管办 <{USER}>"
timeout = 5
"""
COURTS = """代码,名称,层级,上级
辽01,天枢市中级人民法院,中院,
辽0102,天枢市第一区人民法院,基层法院,辽01
辽0103,天枢市第二区人民法院,基层法院,辽01
"""
TABLE = "单位,地址\n本办公室,sgb@fy.example\n辽0102,{a}\n天枢市第二区人民法院,{b}\n"


def house(folder, server=None, a="a@fy.example", b="b@fy.example", config=CONFIG):
    """A workspace that sends by mail, to the office and two courts."""
    folder.mkdir(exist_ok=True)
    (folder / "tongbao.toml").write_text(config.replace("PORT", str(server.port if server else 1)), "utf-8")
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    (folder / "recipients.csv").write_text(TABLE.format(a=a, b=b), "utf-8")
    return Workspace(folder)


def at(moment):
    return lambda: moment


def say_to(place, to="辽0102", moment=NOON, text="请于明日前报送。\n"):
    return notify(place, "日历：答复", to, "报送提醒", text, at(moment))


def states(place):
    return [(one.address, one.state) for one in outbox(place)]


def test_a_message_goes_once_however_often_it_is_asked_for(tmp_path):
    with serving() as server:
        place = house(tmp_path, server)
        assert say_to(place).open == [] == say_to(place).open
        say_to(place, moment=NOON + timedelta(days=1))
        say_to(place, "本办公室")
        assert [to for to, _ in server.mails] == ["a@fy.example", "sgb@fy.example"]
        assert server.to("sgb@fy.example")[0]["To"] == "审判管理办公室 <sgb@fy.example>"
        say_to(place, text="请于今日前报送。\n")
        assert len(server.to("a@fy.example")) == 2, "another text is another message"


def test_nobody_is_told_without_an_address(tmp_path):
    with serving() as server:
        place = house(tmp_path, server, b="不发")
        for to, why in (("天枢市中级人民法院", "收件表中没有"), ("辽0103", "收件表中没有"), ("辽0199", "没有“辽0199”")):
            with pytest.raises(ConfigError, match=why):
                say_to(place, to)
        assert server.tried == []


def test_what_is_put_off_goes_when_its_time_has_come(tmp_path):
    with serving() as server:
        place = house(tmp_path, server, a="later@fy.example")
        (one,) = say_to(place).open
        assert (one.state, one.tries, one.due) == ("待发", 1, "2026-04-20 12:05:00")
        assert "451 4.7.1 Greylisted" in one.told
        (one,) = say_to(place, moment=NOON + timedelta(minutes=4)).open
        assert (one.tries, len(server.tried)) == (1, 1), "not yet due"
        (one,) = say_to(place, moment=NOON + timedelta(minutes=5)).open
        assert (one.tries, one.due) == (2, "2026-04-20 12:20:00"), "a longer pause"
        assert say_to(place, moment=NOON + timedelta(minutes=20)).open == []
        assert states(place) == [("later@fy.example", "已发")]


def test_what_is_put_off_for_days_is_given_up_and_said_so(tmp_path):
    with serving() as server:
        place = house(tmp_path, server, a="tired@fy.example")
        moment = NOON
        for minutes in (*PAUSES, 0):
            say_to(place, moment=moment)
            moment += timedelta(minutes=minutes)
        (one,) = outbox(place)
        assert (one.state, one.settled) == ("未送达", "2026-04-25 05:20:00")
        assert one.told.startswith("试了10次，不再重试：") and "450 4.2.1" in one.told
        assert len(server.tried) == 10
        say_to(place, moment=moment + timedelta(days=9))
        assert len(server.tried) == 10
        retry(place, [], [], at(moment), "王五")
        assert len(server.tried) == 11, "a person may begin anew"
        assert [one.state for one in outbox(place)] == ["待发"]


def test_a_server_that_is_down_costs_no_letter_its_turn_and_no_other_way_its_own(tmp_path):
    shelf = tmp_path / "共享"
    shelf.mkdir()
    more = f'\n[[delivery]]\nway = "folder"\nfolder = "{shelf}"\n'
    place = house(tmp_path / "w", config=CONFIG + more)
    rows = "单位,地址,方式\n辽0102,a@fy.example,mail\n辽0102,c@fy.example,mail\n辽0102,第一区法院,folder\n"
    (place.recipients_path).write_text(rows, "utf-8")
    done = say_to(place)
    assert [one.told for one in done.open] == [f"邮件服务器 {HOST}:1 拒绝连接"] * 2
    assert list(done.down) == ["mail"]
    assert (shelf / "第一区法院/报送提醒.txt").read_text("utf-8-sig") == "请于明日前报送。\n"


def test_what_waits_for_a_server_is_never_given_up(tmp_path):
    place = house(tmp_path)
    moment = NOON
    for _ in range(len(PAUSES) + 5):
        (one,) = say_to(place, moment=moment).open
        moment += timedelta(days=2)
    assert (one.state, one.tries) == ("待发", len(PAUSES) - 1)
    assert one.due == f"{moment - timedelta(days=1):%Y-%m-%d %H:%M:%S}"


def test_a_letter_whose_address_or_way_is_no_longer_there_waits_for_nobody(tmp_path, tongbao):
    with serving() as server:
        place = house(tmp_path, server, a="gone@fy.example", b="later@fy.example")
        say_to(place)
        with Outbox.at(place.outbox_path) as box:
            away = Parcel("撤回", "撤回", "1", "oa", "辽0103", "某院", "某院", "撤回函", "请删除。\n")
            box.queue([away], at="2026-04-20 12:00:00", who="王五", limits={"oa": None})
        place = house(tmp_path, server, a="a@fy.example")
        assert tongbao("deliver", "-w", tmp_path).code == 9
        gone, left = outbox(place)
        assert (gone.state, gone.told) == ("取消", "收件表中已没有这个地址")
        assert left.state == "未送达" and left.told.startswith("发送方式“oa”已不在配置中")


def test_every_step_stands_in_a_history_that_cannot_be_changed(tmp_path):
    with serving() as server:
        place = house(tmp_path, server, a="later@fy.example")
        say_to(place)
        say_to(place, moment=NOON + timedelta(minutes=5))
        say_to(place, moment=NOON + timedelta(minutes=20))
    with Outbox.at(place.outbox_path) as box:
        steps = box.history(1)
        assert [state for _, _, state, _ in steps] == ["待发", "待发", "待发", "发送中", "已发"]
        assert [when[11:16] for when, *_ in steps] == ["12:00", "12:00", "12:05", "12:20", "12:20"]
        for statement in ("UPDATE history SET state = '已发'", "DELETE FROM history"):
            with pytest.raises(Exception, match="发送的历史不能"):
                box.db.execute(statement)
    assert place.outbox_path.stat().st_mode & 0o007 == 0


def test_no_password_is_kept_or_told(tmp_path, keys, monkeypatch, tongbao):
    monkeypatch.setenv("MAIL_PASSWORD", "绝密-secret")
    config = CONFIG.replace('"none"', '"starttls"') + f'user = "{USER}"\npassword_env = "MAIL_PASSWORD"\n'
    with serving("starttls", keys / "good.pem", login=True) as server:
        place = house(tmp_path, server, config=config + f'ca_file = "{keys / "ca.pem"}"\n')
        done = say_to(place)
        assert "不接受用户名或密码" in done.down["mail"].what
        monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
        assert retry(place, [], [], at(NOON), "王五").open == []
        monkeypatch.delenv("MAIL_PASSWORD")
        assert "环境变量没有设置" in say_to(place, "辽0103").open[0].told
        result = tongbao("deliver", "--retry", "-w", tmp_path)
        assert (result.code, "环境变量没有设置" in result.err) == (9, True)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"secret" not in data and b"pass-77" not in data, path


def test_a_password_that_a_long_answer_ends_in_is_not_told_by_half(tmp_path):
    link = _Link(way_of("mail", Settings("mail", tmp_path, host=HOST, security="none", sender=USER)))
    link.secret = "geheim  77"
    assert link._text(b"x" * 190 + b"geheim  77 y") == "x" * 190 + "*** y"
    assert "geheim" not in link._text(b"x" * 194 + b"geheim  77 y")


def test_a_password_comes_from_a_command(tmp_path, keys):
    command = [sys.executable, "-c", f"print({PASSWORD!r})"]
    config = CONFIG.replace('"none"', '"tls"') + f'user = "{USER}"\npassword_command = {command!r}\n'
    with serving("tls", keys / "good.pem", login=True) as server:
        place = house(tmp_path, server, config=config + f'ca_file = "{keys / "ca.pem"}"\n')
        assert say_to(place).open == []


def enclosing(place, *files, limit, subject="通报"):
    from reports.delivery import Parcel

    one = Parcel("文件", "2026Q1-general", "1", "mail", "辽0102", "某院", "a@fy.example", subject, "请查收。\n", files)
    with Outbox.at(place.outbox_path) as box:
        box.queue([one], at="2026-04-20 12:00:00", who="王五", limits={"mail": limit})


def test_what_is_too_large_for_one_mail_goes_in_several(tmp_path, tongbao):
    files = [Attachment(f"附件{number}.pdf", os.urandom(40_000)) for number in (1, 2, 3)]
    with serving(size=150_000) as server:
        place = house(tmp_path, server, config=CONFIG + "max_mb = 0.13\n")
        enclosing(place, *files, limit=int(130_000 / 1.37))
        assert tongbao("deliver", "-w", tmp_path).code == 0
        first, second = server.to("a@fy.example")
    assert [first["Subject"], second["Subject"]] == ["通报（第1封，共2封）", "通报（第2封，共2封）"]
    assert first["Message-ID"] != second["Message-ID"]
    there = [(part.get_filename(), part.get_content()) for mail in (first, second) for part in mail.iter_attachments()]
    assert there == [(one.name, one.data) for one in files]


def test_a_file_that_is_too_large_by_itself_is_told_and_the_others_go(tmp_path, tongbao):
    files = [Attachment("大.pdf", os.urandom(400_000)), Attachment("小.pdf", b"x")]
    with serving() as server:
        place = house(tmp_path, server)
        enclosing(place, *files, limit=300_000)
        result = tongbao("deliver", "-w", tmp_path)
        assert result.code == 9
        assert "附件大.pdf有0.4MB，一封邮件最多0.3MB，请改用文件夹发送，或调高 max_mb" in result.out
        (mail,) = server.to("a@fy.example")
        assert [part.get_filename() for part in mail.iter_attachments()] == ["小.pdf"]


def test_what_has_arrived_takes_no_room(tmp_path):
    with serving() as server:
        place = house(tmp_path, server)
        enclosing(place, Attachment("大.pdf", os.urandom(400_000)), limit=None)
        with Outbox.at(place.outbox_path) as box:
            assert box.db.execute("SELECT count(*) FROM content").fetchone() == (1,)
        retry(place, [], [], at(NOON), "王五")
        with Outbox.at(place.outbox_path) as box:
            assert box.db.execute("SELECT count(*) FROM content").fetchone() == (0,)
            assert box.letters()[0].files[0][:2] == ("大.pdf", 400_000), "what it was stays on record"


# Killed in the middle


def killed(folder, server, by=signal.SIGKILL):
    """Run the command, and kill it while the server holds its answer back."""
    server.held.clear()
    server.go_on.clear()
    call = [sys.executable, "-m", "reports", "deliver", "-w", str(folder)]
    # A job in the background may have been told to ignore an interruption, and would tell its children so.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    signal.signal(signal.SIGINT, before)
    until(server.held.is_set)
    running.send_signal(by)
    running.communicate(timeout=30)
    server.go_on.set()


def waiting(place, *addresses):
    """Letters in the outbox that nobody has tried."""
    parcels = [
        Parcel("消息", "提醒", "1", "mail", "辽0102", "某院", address, "提醒", "请查收。\n") for address in addresses
    ]
    with Outbox.at(place.outbox_path) as box:
        box.queue(parcels, at="2026-04-20 12:00:00", who="王五", limits={"mail": None})


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_killed_before_the_mail_left_it_goes_again(tmp_path, tongbao, by):
    with serving() as server:
        place = house(tmp_path, server)
        waiting(place, "a@fy.example", "wait-at-rcpt@fy.example", "b@fy.example")
        killed(tmp_path, server, by)
        assert [state for _, state in states(place)] == ["已发", "待发", "待发"]
        assert tongbao("deliver", "-w", tmp_path).code == 0
        assert [state for _, state in states(place)] == ["已发"] * 3
        assert sorted(to for to, _ in server.mails) == ["a@fy.example", "b@fy.example", "wait-at-rcpt@fy.example"]


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_killed_while_the_server_takes_the_mail_nobody_knows_and_a_person_says(tmp_path, tongbao, by):
    with serving() as server:
        place = house(tmp_path, server)
        waiting(place, "a@fy.example", "wait-at-data@fy.example", "b@fy.example")
        killed(tmp_path, server, by)
        for _ in range(2):
            result = tongbao("deliver", "-w", tmp_path)
            assert result.code == 9
            assert "wait-at-data@fy.example" in result.out and "上次发送中断，不知道对方是否收到" in result.out
            assert "有1封不明" in result.err and "请问对方是否收到" in result.err
        assert [state for _, state in states(place)] == ["已发", "不明", "已发"]
        assert len(server.mails) == 3, "never sent twice by itself"
        result = tongbao("deliver", "--retry", "-w", tmp_path)
        assert (result.code, len(server.mails)) == (9, 3), "not either, unless its recipient is named"
        assert tongbao("deliver", "--retry", "--recipient", "辽0102", "-w", tmp_path).code == 0
        first, again = server.to("wait-at-data@fy.example")
        assert first["Message-ID"] == again["Message-ID"], "so that a client shows it once"


def at_commit(number):
    """Kill this process at its n-th chance: there is one before each commit to the outbox and one after it."""
    done = 0

    class Killing(sqlite3.Connection):
        def execute(self, sql, *values):
            nonlocal done
            for after in (False, True) if sql == "COMMIT" else ():
                if after:
                    cursor = super().execute(sql, *values)
                done += 1
                if done == number:
                    os.kill(os.getpid(), signal.SIGKILL)
            return cursor if sql == "COMMIT" else super().execute(sql, *values)

    sqlite3.connect = functools.partial(sqlite3.connect, factory=Killing)


def test_killed_at_any_commit_each_mail_has_left_once_or_nobody_knows(tmp_path, tongbao, monkeypatch):
    addresses = ["a@fy.example", "b@fy.example", "c@fy.example"]
    points, unclear = 0, 0
    while True:
        points += 1
        with serving() as server:
            folder = tmp_path / str(points)
            place = house(folder, server)
            waiting(place, *addresses)
            monkeypatch.setattr(sys, "argv", ["tongbao", "deliver", "-w", str(folder)])

            def work(point=points):
                at_commit(point)
                cli.main()

            code, told = child(work)
            result = tongbao("deliver", "-w", folder)
            got = {address: len(server.to(address)) for address in addresses}
            found = dict(states(place))
        assert all(found[one] == "不明" or (found[one], got[one]) == ("已发", 1) for one in addresses), (points, told)
        assert max(got.values()) == 1 and [*found.values()].count("不明") <= 1
        assert result.code == (9 if "不明" in found.values() else 0)
        unclear += "不明" in found.values()
        if code != -signal.SIGKILL:
            break
    assert points > 12 and unclear == 6, "after 发送中, and before 已发, of each"


def test_what_has_arrived_is_entered_as_arrived(tmp_path, tongbao):
    with serving() as server:
        place = house(tmp_path, server)
        waiting(place, "silent@fy.example")
        assert tongbao("deliver", "-w", tmp_path).code == 9
        result = tongbao("deliver", "--arrived", "-w", tmp_path, "--by", "王五")
        assert (result.code, "--recipient" in result.err) == (2, True)
        result = tongbao("deliver", "--arrived", "--recipient", "辽0102", "-w", tmp_path, "--by", "王五")
        assert result.code == 0, result.err
        assert states(place) == [("silent@fy.example", "已发")] and len(server.mails) == 1
    with Outbox.at(place.outbox_path) as box:
        assert box.history(1)[-1][1:] == ("王五", "已发", "经核实已收到")


def test_two_at_once_send_nothing_twice(tmp_path, tongbao):
    with serving() as server:
        place = house(tmp_path, server)
        waiting(place, "wait-at-data@fy.example", "a@fy.example", "b@fy.example")
        call = [sys.executable, "-m", "reports", "deliver", "-w", str(tmp_path)]
        with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            until(server.held.is_set)
            result = tongbao("deliver", "-w", tmp_path)
            assert "另一个 tongbao 正在发送" in result.err and result.code == 0
            server.go_on.set()
            running.communicate(timeout=30)
        assert len(server.mails) == 3
        assert {state for _, state in states(place)} == {"已发"}


# A folder, and a command


def folder_of(root):
    return way_of("folder", Settings("folder", root, folder="."))


def test_a_folder_gets_each_file_once_and_loses_none(tmp_path):
    letter = handed("第一区法院", files=(Attachment("通报.pdf", b"one"), Attachment("表.xlsx", b"two")))
    hand(folder_of(tmp_path), letter)
    hand(folder_of(tmp_path), letter)  # as after a kill
    place = tmp_path / "第一区法院"
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {"通报.pdf": b"one", "表.xlsx": b"two"}
    hand(folder_of(tmp_path), handed("第一区法院", files=(Attachment("通报.pdf", b"another"),)))
    assert (place / "通报.pdf").read_bytes() == b"one", "what is there may have been written on"
    assert (place / "通报（2）.pdf").read_bytes() == b"another"
    assert (place / "通报.pdf").stat().st_mode & 0o007 == 0


def test_a_share_that_is_not_mounted_is_not_made(tmp_path):
    error, passed = failing(Down, way_of("folder", Settings("folder", tmp_path, folder="共享")), handed("某院"))
    assert "没有发送文件夹" in error.what and "挂载" in error.advice and not passed
    assert not (tmp_path / "共享").exists()


def test_nothing_is_put_outside_the_folder(tmp_path):
    way = folder_of(tmp_path / "共享")
    for address in ("..", "a/b", "/etc", "../x", "a\\b", ".x", "a\nb", " "):
        assert way.fault(address), address
    assert not way.fault("天枢市第一区人民法院")
    (tmp_path / "共享").mkdir()
    (tmp_path / "别处").mkdir()
    (tmp_path / "共享/某院").symlink_to(tmp_path / "别处")
    failing(Down, way, handed("某院", files=(Attachment("a.pdf", b"x"),)))
    assert list((tmp_path / "别处").iterdir()) == []


PROGRAM = """import sys, pathlib
to, title, *files = sys.argv[1:]
code = {"later": 75, "wrong": 3}.get(to, 0)
pathlib.Path("got.txt").write_text(repr([to, title, [(pathlib.Path(f).name, open(f, "rb").read()) for f in files]]))
if code: sys.exit(f"不行：{to}" if code == 3 else code)
"""


def command_of(root, *more, timeout=20):
    (root / "send.py").write_text(PROGRAM, "utf-8")
    words = (sys.executable, "send.py", *(more or ("{address}", "{title}", "{files}")))
    return way_of("command", Settings("command", root, command=words, timeout=timeout))


def test_a_command_gets_arguments_and_files_and_no_shell(tmp_path):
    title = "$(touch x); `touch y` && {address} *"
    files = (Attachment("通报.pdf", b"one"), Attachment("通报.pdf", b"two"))
    assert hand(command_of(tmp_path), handed("辽0102", subject=title, files=files))[1]
    got = (tmp_path / "got.txt").read_text("utf-8")
    assert got == repr(["辽0102", title, [("通报.pdf", b"one"), ("通报（2）.pdf", b"two")]])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["got.txt", "send.py"]


def test_the_exit_code_of_a_command_says_how_it_went(tmp_path):
    error, _ = failing(Later, command_of(tmp_path), handed("later"))
    assert "退出码为75" in str(error)
    error, _ = failing(Refused, command_of(tmp_path), handed("wrong"))
    assert "退出码为" in str(error)
    error, _ = failing(Down, way_of("command", Settings("c", tmp_path, command=("/no/such",))), handed("x"))
    assert "无法运行" in error.what
    slow = way_of("command", Settings("c", tmp_path, command=("sleep", "30"), timeout=1))
    error, _ = failing(Unclear, slow, handed("x"))
    assert "1秒没有结束" in str(error)
    assert command_of(tmp_path).fault("--all") and not command_of(tmp_path).fault("辽0102")
    with pytest.raises(ConfigError, match=r"\{files\} 应单独作为一项"):
        command_of(tmp_path, "--files={files}")
    with pytest.raises(ConfigError, match=r"没有 \{adress\}"):
        command_of(tmp_path, "{adress}")
