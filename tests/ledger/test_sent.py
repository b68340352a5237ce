"""Which document goes to whom: the circular to all, what is about one court to it alone, a correction to the same list."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_server import HOST, USER, certificates, serving
from small_city import CITY, CODES, CONFIG, usual, write_cases

from reports import cli
from reports.catalogue.kinds import load
from reports.courts import court_table
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.ledger.journal import reading
from reports.pipeline.delivery import OFFICE, documents, goes_to, house, one_of, outbox
from reports.templates import safe
from reports.workspace import Workspace

pytestmark = pytest.mark.whole

GENERAL, COURT, DRAFT = "2026Q1-general", "2026Q1-court-辽0102", "2026Q1-court-辽0103"
UNITS = "法院,部门\n辽01,民一庭\n辽01,执行局\n辽0102,民一庭\n"
DELIVERY = """
[[delivery]]
way = "folder"
folder = "共享"
since = 2026-04-01
formats = ["md"]
"""
NAMES = [line.split(",")[1] for line in CITY.splitlines()[1:]]
RECIPIENTS = ["单位,地址", *(f"{code}," for code in CODES), "辽01/民一庭,", "辽01/执行局,", "本办公室,"]


def command(*args):
    """The command as a shell would run it; it must go well."""
    before, sys.argv = sys.argv, ["tongbao", *map(str, args)]
    try:
        cli.main()
    except SystemExit as stop:
        assert not stop.code, args
    finally:
        sys.argv = before


@pytest.fixture(scope="session")
def issued_city(shared):
    """The first quarter: a circular and a court's bulletin issued, another one drafted."""

    def fill(folder):
        (folder / "courts.csv").write_text(CITY, "utf-8")
        (folder / "tongbao.toml").write_text(CONFIG, "utf-8")
        (folder / "units.csv").write_text(UNITS, "utf-8")
        write_cases(folder, "2026Q1", lambda code, quarter: 8 if quarter == "2026Q1" else usual(code, quarter))
        day = ("-w", folder, "--as-of", "2026-04-15")
        command("run", "--period", "2026Q1", *day)
        for code in ("辽0102", "辽0103"):
            command("bulletin", "court", "--court", code, "--period", "2026Q1", *day)
        for stem in (GENERAL, COURT):
            command("ledger", "sign", stem, "--by", "李院长", *day)
            command("ledger", "issue", stem, "--by", "王五", *day)

    return shared("issued-city", fill)


@pytest.fixture
def city(issued_city, tmp_path):
    """The same, to be changed, with a share and everybody's folder in it."""
    folder = tmp_path / "质效"
    shutil.copytree(issued_city, folder)
    sends(folder)
    (folder / "共享").mkdir()
    return folder


def sends(folder, *, config=DELIVERY, rows=RECIPIENTS):
    (folder / "tongbao.toml").write_text(CONFIG + config, "utf-8")
    (folder / "recipients.csv").write_text("\n".join(rows) + "\n", "utf-8")


def shelf(folder):
    """Recipient → what lies in its folder."""
    found = {}
    for path in sorted((folder / "共享").glob("*/*")):
        found.setdefault(path.parent.name, []).append(path.name)
    return found


CIRCULAR = "关于2026年第一季度全市法院审判执行质效情况的通报.md"
OWN = "关于2026年第一季度天枢市第一区法院审判执行质效情况的通报.md"


def test_the_circular_goes_to_all_and_a_courts_bulletin_to_it(city, tongbao):
    result = tongbao("deliver", "-w", city)
    assert result.code == 0, result.err
    assert "已发送11封。" in result.err
    first, *others = NAMES[1:]
    expected = {first: [CIRCULAR, OWN]} | {name: [CIRCULAR] for name in others}
    own = {f"{NAMES[0]}{name}": [CIRCULAR] for name in ("民一庭", "执行局")}
    assert shelf(city) == expected | own, "no draft, nothing for the office"
    sent = (city / f"共享/{first}/{OWN}").read_bytes()
    assert sent == (city / f"out/2026Q1/印发/{COURT}/{COURT}.md").read_bytes()
    result = tongbao("deliver", "-w", city)
    assert (result.code, "没有新发出的。" in result.err) == (0, True)
    assert len(outbox(Workspace(city))) == 11


def test_by_mail_each_court_gets_what_was_issued_under_its_title(city, tongbao, shared):
    keys = shared("certificates", certificates)
    rows = ["单位,地址", *(f"{code},a{number}@fy.example" for number, code in enumerate(CODES)), f"本办公室,{USER}"]
    with serving("starttls", keys / "good.pem") as server:
        config = f"""
[[delivery]]
way = "mail"
since = 2026-04-01
formats = ["md"]
host = "{HOST}"
port = {server.port}
sender = "审判管理办公室 <{USER}>"
ca_file = "{keys / "ca.pem"}"
"""
        sends(city, config=config, rows=rows)
        result = tongbao("deliver", "-w", city)
        assert result.code == 0, result.err
    assert sorted(to for to, _ in server.mails) == sorted([f"a{n}@fy.example" for n in range(8)] + ["a0@fy.example"])
    for to, mail in server.mails:
        (part,) = mail.iter_attachments()
        name, stem = (OWN, COURT) if "第一区法院" in mail["Subject"] else (CIRCULAR, GENERAL)
        assert (mail["Subject"], part.get_filename()) == (name.removesuffix(".md"), name)
        issued = (city / f"out/2026Q1/印发/{stem}/{stem}.md").read_bytes()
        assert part.get_payload(decode=True) == issued
        court = NAMES[int(to[1]) + 1]
        assert mail["To"] == f"{court} <{to}>", "no other address is seen"
        text = mail.get_body().get_content()
        assert text.startswith(f"{court}：\n\n    现发送《{name.removesuffix('.md')}》（天中法〔2026〕")
        assert text.endswith("号），见附件。\n\n天枢市中级人民法院审判管理办公室\n")


def test_what_was_issued_before_a_delivery_began_stays(city, tongbao):
    sends(city, config=DELIVERY.replace("2026-04-01", "2026-04-16"))
    assert tongbao("deliver", "-w", city).code == 0
    assert shelf(city) == {}


def test_only_the_kinds_that_are_named_go(city, tongbao):
    sends(city, config=DELIVERY + 'kinds = ["法院通报"]\n')
    assert tongbao("deliver", "-w", city).code == 0
    assert shelf(city) == {NAMES[1]: [OWN]}
    sends(city, config=DELIVERY + 'kinds = ["法院通告"]\n')
    result = tongbao("deliver", "-w", city)
    assert (result.code, "没有通报种类“法院通告”" in result.err) == (2, True)


def test_dry_run_says_what_would_go_and_leaves_no_trace(city, tongbao):
    before = {path: path.stat().st_mtime_ns for path in city.rglob("*")}
    result = tongbao("deliver", "-w", city, "--dry-run")
    assert result.code == 0 and "将发送11封；没有发送。" in result.err
    assert result.out.count(CIRCULAR) == 10 and result.out.count(OWN) == 1
    assert {path: path.stat().st_mtime_ns for path in city.rglob("*")} == before
    document = json.loads(tongbao("deliver", "-w", city, "--dry-run", "--json").out)
    assert {one["stem"] for one in document["planned"]} == {GENERAL, COURT}


def test_drafts_leave_the_house_only_where_it_says_so(city, tongbao):
    sends(city, config=DELIVERY + "drafts = true\n")
    assert tongbao("deliver", "-w", city).code == 0
    second = NAMES[2]
    name = "关于2026年第一季度天枢市第二区法院审判执行质效情况的通报（草稿）.md"
    assert shelf(city)[second] == [CIRCULAR, name]
    assert next(one.subject for one in outbox(Workspace(city)) if one.stem == DRAFT).startswith("【草稿】")
    path = city / f"out/2026Q1/{DRAFT}.md"
    path.write_text(path.read_text("utf-8") + "\n手写一句。\n", "utf-8")
    result = tongbao("deliver", DRAFT, "-w", city)
    assert (result.code, "文稿登记后又有改动" in result.err) == (9, True)
    assert len(shelf(city)[second]) == 2


def test_a_file_that_is_not_what_was_issued_does_not_go(city, tongbao):
    path = city / f"out/2026Q1/印发/{COURT}/{COURT}.md"
    path.chmod(0o644)
    path.write_text(path.read_text("utf-8").replace("第一区", "第二区"), "utf-8")
    result = tongbao("deliver", "-w", city)
    assert (result.code, "与印发时不同" in result.err) == (9, True)
    assert shelf(city)[NAMES[1]] == [CIRCULAR], "the other document goes"


def test_who_has_no_address_is_named(city, tongbao):
    sends(city, rows=["单位,地址", "辽0103,二区", *(f"{code},不发" for code in CODES[2:])])
    result = tongbao("deliver", "-w", city)
    assert result.code == 9
    assert "收件表中没有地址的法院1个（天枢市第一区人民法院）" in result.err
    assert f"{OWN[:-3]}》没有发送：收件表中没有天枢市第一区人民法院的地址。" in result.err
    assert shelf(city) == {"二区": [CIRCULAR]}


def test_a_wrong_address_is_put_right_and_nobody_else_gets_it_again(city, tongbao):
    (city / "共享/错").write_text("a file in the place of the folder")
    sends(city, rows=["单位,地址", "辽0102,错", *RECIPIENTS[2:]])
    result = tongbao("deliver", "-w", city)
    assert (result.code, "有2封等待重试" in result.err) == (9, True)
    sends(city, rows=["单位,地址", "辽0102,一区", "辽0103,二区新址", *RECIPIENTS[3:]])
    assert tongbao("deliver", "-w", city).code == 0
    assert shelf(city)["一区"] == [CIRCULAR, OWN]
    assert "二区新址" not in shelf(city), "that court has it"
    states = [(one.address, one.state) for one in outbox(Workspace(city)) if one.unit == "辽0102"]
    assert states == [("错", "取消"), ("错", "取消"), ("一区", "已发"), ("一区", "已发")]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (["单位,邮箱", "辽0102,a"], "收件表缺少列：地址"),
        (["单位,地址", "第九区法院,a"], "第2行“单位”"),
        (["单位,地址", "辽0102,../a"], "第2行“地址”“../a”不能作文件夹的名称"),
        (["单位,地址", "辽0102,a", "辽0103,A"], "第3行“地址”“A”与第2行相同；一个地址只能属于一个单位"),
        (["单位,地址,方式", "辽0102,a,信"], "第2行“方式”“信”不是 [[delivery]] 的名称；可写 folder"),
    ],
)
def test_mistakes_of_the_table_are_told_by_row_and_column(city, tongbao, rows, what):
    sends(city, rows=rows)
    result = tongbao("deliver", "-w", city)
    assert (result.code, what in result.err) == (2, True), result.err
    assert shelf(city) == {} and not (city / "outbox.db").exists()


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ('[[delivery]]\nway = "fax"\n', "没有发送方式“fax”"),
        ('[[delivery]]\nway = "folder"\n', "没有写 folder"),
        ('[[delivery]]\nway = "mail"\nhost = "a"\nsender = "某人"\n', "发件人“某人”不是邮箱地址"),
        ('[[delivery]]\nway = "mail"\nhost = "a"\nsender = "a@b"\nsecurity = "none"\nuser = "a"\n', "不加密"),
        ('[[delivery]]\nway = "mail"\npassword = "秘密"\n', "没有这一项"),
        (DELIVERY + DELIVERY, "有两个 [[delivery]] 都叫“folder”"),
        ("", "没有写发送方式"),
    ],
)
def test_mistakes_of_the_configuration_are_told(city, tongbao, config, what):
    sends(city, config=config)
    result = tongbao("deliver", "-w", city)
    assert (result.code, what in result.err) == (2, True), result.err
    assert "秘密" not in result.err


def test_what_was_sent_by_mistake_is_recorded_and_recalled_by_letter(city, tongbao):
    tongbao("deliver", "-w", city)
    result = tongbao("deliver", COURT, "--recall", "-w", city, "--by", "王五", "--reason", "发错了版本。")
    assert result.code == 0, result.err
    first = NAMES[1]
    assert shelf(city)[first] == [CIRCULAR, OWN, "关于撤回误发文件的函.md"]
    assert sum(len(names) for names in shelf(city).values()) == 12, "nobody else is told"
    letter = (city / f"共享/{first}/关于撤回误发文件的函.md").read_text("utf-8")
    assert f"主送: {first}：" in letter and f"误向你院发送了《{OWN[:-3]}》（天中法〔2026〕2号）" in letter
    assert "原因是：发错了版本。现予撤回。" in letter
    letters = outbox(Workspace(city))
    assert [(one.stem, one.state) for one in letters if one.unit == "辽0102"] == [
        (GENERAL, "已发"), (COURT, "已撤回"), (f"{COURT}-撤回-辽0102", "已发")
    ]  # fmt: skip
    with reading(city / "tongbao.db") as journal:
        (event,) = journal.history(f"发送：{COURT}")
    assert (event.who, event.what, event.data) == ("王五", "撤回", {"recipients": [first], "reason": "发错了版本"})
    assert tongbao("ledger", "verify", "-w", city).code == 0
    assert tongbao("deliver", "-w", city).code == 0
    assert len(outbox(Workspace(city))) == 12, "it is not sent again"
    result = tongbao("deliver", "-w", city, "--list", "--recipient", first)
    assert [line.split("\t")[:3] for line in result.out.splitlines()] == [
        [GENERAL, "已发", first], [COURT, "已撤回", first], [f"{COURT}-撤回-辽0102", "已发", first]
    ]  # fmt: skip
    assert "共3封：已发2、已撤回1。" in result.err
    listed = json.loads(tongbao("deliver", COURT, "-w", city, "--list", "--json").out)["letters"]
    assert [(one["told"], one["files"][0]["name"]) for one in listed] == [("发错了版本", OWN)]
    result = tongbao("deliver", COURT, "--recall", "-w", city, "--by", "王五", "--reason", "再来一次")
    assert (result.code, "或者已经撤回" in result.err) == (2, True)


def test_a_recall_can_be_of_one_recipient_and_stops_what_has_not_left(city, tongbao):
    (city / "共享" / NAMES[2]).write_text("in the way")
    tongbao("deliver", "-w", city)
    for name in NAMES[1:3]:
        result = tongbao(
            "deliver", GENERAL, "--recall", "--recipient", name, "-w", city, "--by", "王五", "--reason", "误发"
        )
        assert result.code == 0, result.err
    states = {one.unit: one.state for one in outbox(Workspace(city)) if one.stem == GENERAL}
    assert (states["辽0102"], states["辽0103"]) == ("已撤回", "取消")
    assert set(states.values()) == {"已撤回", "取消", "已发"}
    assert not list(city.glob("out/2026Q1/撤回/*辽0103*")), "it has nothing to delete"


def test_a_recall_needs_who_and_why(city, tongbao):
    tongbao("deliver", "-w", city)
    for more in (("--by", "王五"), ("--reason", "误发"), ("--by", "王五", "--reason", " ")):
        assert tongbao("deliver", COURT, "--recall", "-w", city, *more).code == 2
    assert {one.state for one in outbox(Workspace(city))} == {"已发"}


def test_a_correction_goes_to_whoever_has_what_it_corrects(city, tongbao):
    """Also to one that the table no longer has, and not to one from whom it was recalled."""
    tongbao("deliver", "-w", city)
    tongbao("deliver", GENERAL, "--recall", "--recipient", "辽0104", "-w", city, "--by", "王五", "--reason", "误发")
    gone, moved = NAMES[1], NAMES[2]
    sends(city, rows=["单位,地址", "辽0103,二区新址", *RECIPIENTS[3:], "辽0102/民一庭,"])
    write_cases(city, "2026Q1", lambda code, quarter: 9 if quarter == "2026Q1" else usual(code, quarter))
    day = ("-w", city, "--by", "王五", "--as-of", "2026-05-06")
    result = tongbao("ledger", "correct", GENERAL, "--reason", "个别法院补报", *day)
    assert result.code == 0, result.err
    stem = "2026Q1-correction-general"
    assert tongbao("ledger", "sign", stem, *day).code == 0
    assert tongbao("ledger", "issue", stem, *day).code == 0
    result = tongbao("deliver", "-w", city)
    assert result.code == 0, result.err
    sent = {one.unit: one.address for one in outbox(Workspace(city)) if one.stem == stem}
    had = {one.unit for one in outbox(Workspace(city)) if one.stem == GENERAL and one.state == "已发"}
    assert set(sent) == had and len(had) == 9 and "辽0104" not in sent
    assert (sent["辽0102"], sent["辽0103"]) == (gone, "二区新址") and moved not in sent.values()


def test_rows_are_handed_back_to_their_court_alone(city, tongbao):
    rows = list(csv.reader((city / "cases.csv").open(encoding="utf-8-sig")))
    place = rows[0].index("结案日期")
    spoilt = {"辽0102": 3, "辽0105": 2}
    for code, many in spoilt.items():
        mine = [row for row in rows[1:] if row[rows[0].index("经办法院")] == code][-many:]
        for row in mine:
            row[place] = "2020-01-01"  # before it was filed
    with (city / "cases.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    result = tongbao("deliver", "--hand-back", "-w", city, "--period", "2026Q1")
    assert result.code == 0, result.err
    found = shelf(city)
    for name, names in found.items():
        code = CODES[NAMES.index(name) - 1]
        assert all(f"-{code}-{name}.csv" in one for one in names), "its own files, and no other"
        for one in (one for one in names if one.startswith("退回")):
            lines = list(csv.DictReader(io.StringIO((city / f"共享/{name}/{one}").read_text("utf-8-sig"))))
            assert lines and {line["案号"][6 : 6 + len(code)] for line in lines} == {code}
    for code, many in spoilt.items():
        name = NAMES[CODES.index(code) + 1]
        (file,) = (one for one in found[name] if one.startswith("退回"))
        assert (city / f"共享/{name}/{file}").read_text("utf-8-sig").count("结案早于立案") == many
    before = found
    assert tongbao("deliver", "--hand-back", "-w", city, "--period", "2026Q1").code == 0
    assert shelf(city) == before, "the same rows go once"


# Nobody another's

TREE = court_table.load
KINDS = load(Path("/nowhere"))


@pytest.fixture(scope="module")
def tree(issued_city) -> CourtTree:
    found = house(Workspace(issued_city))
    assert found.tree is not None
    return found.tree


departments = st.sampled_from(["民一庭", "执行局", "02", "0102", "辽0102", "立案庭", "民一庭/甲团队"])
units = st.one_of(
    st.sampled_from(["辽01", *CODES, "辽02", "辽", OFFICE]),
    st.tuples(st.sampled_from(["辽01", *CODES[:3]]), departments).map(UNIT.join),
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_what_is_about_one_unit_is_for_no_other(tree, data):
    kind = data.draw(st.sampled_from(sorted(KINDS.values(), key=lambda one: one.id)))
    about = data.draw(units.filter(lambda one: one != OFFICE))
    labels = {about, about.rpartition(UNIT)[2]} if UNIT in about and court_of(about) == "辽01" else {about}
    label = safe(data.draw(st.sampled_from(sorted(labels))))
    known = data.draw(st.lists(units, max_size=8))
    got = [unit for unit in {*known, about} if goes_to(kind, label, unit, tree, "辽01", [*known, about])]
    if kind.each in ("line", "theme"):
        assert OFFICE not in got and all(UNIT not in one or court_of(one) == "辽01" for one in got)
    else:
        assert len(got) <= 1
        assert all(label == safe(one.partition(UNIT)[2] or one) for one in got)
    if not kind.outgoing:
        assert all(court_of(one) == "辽01" for one in got)


def test_what_could_mean_two_units_goes_to_neither(tree):
    assert one_of("辽0102", tree, "辽01") == "辽0102"
    assert one_of("辽0102", tree, "辽01", ["辽01/02"]) == "辽0102"
    assert one_of("辽0102", tree, "辽01", ["辽01/辽0102"]) is None
    assert one_of("民一庭", tree, "辽01") == "辽01/民一庭"
    assert one_of("甲团队", tree, "辽01", ["辽01/民一庭/甲团队"]) is None


def test_a_single_court_writes_to_its_departments(tmp_path):
    (tmp_path / "courts.csv").write_text("代码,名称,层级,上级\n辽0102,天枢市第一区人民法院,基层法院,\n", "utf-8")
    (tmp_path / "units.csv").write_text("部门,上级\n民一庭,\n执行局,\n甲团队,执行局\n", "utf-8")
    sends(tmp_path, rows=["单位,地址", "民一庭,", "执行局,", "辽0102/没有列出的庭,", "本办公室,"])
    found = house(Workspace(tmp_path))
    known = [one.unit for one in found.recipients]
    assert known == ["辽0102/民一庭", "辽0102/执行局", "辽0102/没有列出的庭", OFFICE]

    def gets(kind, label=""):
        return [one for one in known if goes_to(KINDS[kind], label, one, found.tree, "辽0102", known)]

    assert gets("general") == gets("monthly") == known[:3]
    for kind in ("department", "reminder", "supervision"):
        assert gets(kind, "民一庭") == ["辽0102/民一庭"]
        assert gets(kind, "没有列出的庭") == ["辽0102/没有列出的庭"]
        assert gets(kind, "甲团队") == gets(kind, "民二庭") == gets(kind) == []


@pytest.fixture(scope="module")
def planned(issued_city, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan") / "质效"
    shutil.copytree(issued_city, folder)
    return folder


@settings(max_examples=60, deadline=None)
@given(st.lists(units, max_size=12, unique=True))
def test_every_parcel_is_for_the_unit_of_its_row(planned, chosen):
    listed = [one for one in chosen if court_of(one) in {OFFICE, "辽01", *CODES}]
    rows = ["单位,地址", *(f"{unit},地址{number}" for number, unit in enumerate(listed))]
    sends(planned, rows=rows)
    parcels, _, _ = documents(house(Workspace(planned)))
    address = {f"地址{number}": unit for number, unit in enumerate(listed)}
    assert all(address[one.address] == one.unit for one in parcels)
    about = [one.unit for one in parcels if one.stem == COURT]
    assert about == [unit for unit in listed if unit == "辽0102" and "辽01/辽0102" not in listed]
    circular = {one.unit for one in parcels if one.stem == GENERAL}
    wanted = {unit for unit in listed if unit in ("辽01", *CODES) or (UNIT in unit and court_of(unit) == "辽01")}
    assert circular == wanted
    assert {one.stem for one in parcels} <= {GENERAL, COURT}
