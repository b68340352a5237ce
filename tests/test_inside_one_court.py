"""A court with none below: its bulletins speak of 本院 and 各部门, each department has a notice, and persons stay there."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

import pytest
from by_hand import write_csv

from reports import cli

NOW = ("--period", "2025Q3", "--as-of", "2025-10-20", "--format", "md")
UNITS = "法院,部门,上级,类别,条线,顺序,别名\n辽0102,民一庭,,庭室,,1,民事审判第一庭\n辽0102,执行局,,执行机构,,2,\n"
FIELDS = (
    "案号",
    "经办法院",
    "承办部门",
    "承办人",
    "案由",
    "立案日期",
    "结案日期",
    "结案方式",
    "应结案日期",
    "二审结案日期",
    "二审结果",
)


def rows():
    """民一庭: 12 borrowing cases this quarter and 2 a year before, 3 of the 12 open; one of 2023 open; one reversed."""
    loan, none = "民间借贷纠纷", ("", "")
    for number in range(1, 13):
        judge, end = ("赵六", "孙七")[number % 2], "" if number > 9 else "2025-08-20"
        limit = {10: "2025-10-15", 11: "2025-10-22"}.get(number, "2026-01-01")
        second = ("2025-09-20", "改判") if number == 1 else none
        case = (f"（2025）辽0102民初{number}号", "辽0102", "民一庭", judge, loan, "2025-07-01")
        yield *case, end, "判决" if end else "", limit, *second
    for number in (1, 2):
        yield (
            f"（2024）辽0102民初{number}号",
            "辽0102",
            "民一庭",
            "赵六",
            loan,
            "2024-07-01",
            "2024-08-20",
            "判决",
            "2025-01-01",
            *none,
        )
    yield (
        "（2023）辽0102民初9号",
        "辽0102",
        "民事审判第一庭",
        "孙七",
        "离婚纠纷",
        "2023-02-04",
        "",
        "",
        "2023-08-04",
        *none,
    )
    yield (
        "（2024）辽0102执1号",
        "辽0102",
        "执行局",
        "周八",
        "",
        "2024-06-03",
        "2024-06-20",
        "执行完毕",
        "2024-12-03",
        *none,
    )
    yield (
        "（2025）辽0102执2号",
        "辽0102",
        "执行局",
        "周八",
        "借款合同纠纷",
        "2025-09-03",
        "2025-09-25",
        "执行完毕",
        "2026-03-03",
        *none,
    )
    yield "（2025）辽0102执1号", "辽0102", "执行局", "周八", "民间借贷纠纷", "2025-07-03", "", "", "2026-01-03", *none


def office(folder: Path, *, judges: bool) -> Path:
    folder.mkdir()
    write_csv(folder / "cases.csv", [dict(zip(FIELDS, row, strict=True)) for row in rows()])
    (folder / "courts.csv").write_text("代码,名称,层级,上级\n辽0102,天枢市城东区人民法院,基层法院,\n", "utf-8")
    (folder / "units.csv").write_text(UNITS, "utf-8")
    (folder / "tongbao.toml").write_text(
        '[source]\nfiles = ["cases.csv"]\n[quality]\nmax_set_aside_percent = 50\n[letterhead]\nto = "本院各部门："\n'
        f'office = "审判管理办公室"\n[privacy]\njudges = {str(judges).lower()}\n'
        '[output]\nformats = ["md"]\nkinds = ["general", "department", "court", "brief", "pack", "reminder"]\n',
        "utf-8",
    )
    return folder


def run(*words: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tongbao", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        assert not stop.value.code


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, str]:
    """File name → text of all that one run of the court writes, where judges are told to their department."""
    folder = office(tmp_path_factory.mktemp("one") / "court", judges=True)
    run("run", "-w", folder, *NOW)
    files = [path for path in (folder / "out" / "2025Q3").rglob("*") if path.suffix in (".md", ".txt", ".csv", ".svg")]
    return {path.name.removeprefix("2025Q3-").removesuffix(".md"): path.read_text("utf-8-sig") for path in files}


def rows_of(text: str, title: str) -> list[list[str]]:
    """The rows of the first table behind a title, heads first."""
    table = re.search(rf"[：　]{title}[^\n]*\n\n((?:\|[^\n]*\n)+)", text)
    assert table, title
    lines = [line for line in table[1].splitlines() if not line.startswith("|:")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_no_bulletin_of_a_court_with_none_below_speaks_of_courts(made):
    assert {"general", "brief", "pack", "department-民一庭", "department-执行局"} <= made.keys()
    assert not [name for name in made if name.startswith(("court", "reminder"))], "there is no court to write to"
    for name, text in made.items():
        for word in ("各法院", "有关法院", "法院按代码顺序", "个法院", "你院", "有关单位", "城东区法院"):
            assert word not in text, (name, word)
    assert "主送: 本院各部门：" in made["general"]


def test_its_circular_tells_the_causes_the_ages_and_the_limits(made):
    text = made["general"]
    assert "新收较多的为民间借贷纠纷13件、借款合同纠纷1件；比去年同期增加较多的为民间借贷纠纷（2件增至13件）。" in text
    assert "未结案件中，立案超过12个月的1件，同比持平；截至" in text
    assert "；截至2025年9月25日，已超审限的1件，审限临近届满的2件。" in text
    assert rows_of(text, "新收较多和增加较多的案由") == [
        ["案由", "本期新收", "去年同期", "增减"],
        ["民间借贷纠纷", "13", "2", "+11"],
        ["借款合同纠纷", "1", "0", "+1"],
    ]
    assert rows_of(text, "长期未结案件清单")[1][:3] == ["（2023）辽0102民初9号", "离婚纠纷", "民一庭"]
    assert rows_of(text, "各部门上诉和二审结果") == [
        ["部门", "上诉率", "二审审结", "改判"],
        ["民一庭", "—", "1", "1"],
        ["合计", "—", "1", "1"],
    ]
    assert rows_of(text, "各部门未结案件和临近审限案件数") == [
        ["部门", "6个月以内", "24至36个月", "未结合计", "已超审限", "剩余30日以内"],
        ["民一庭", "3", "1", "4", "1", "2"],
        ["执行局", "1", "0", "1", "0", "0"],
        ["合计", "4", "1", "5", "1", "2"],
    ]
    assert "本院没有同级法院的数据，各项指标只与本院以往对照；各部门办理的案件不同，只与本部门以往比较" in text


def test_a_notice_holds_one_department_and_no_other(made):
    civil, enforcement = made["department-民一庭"], made["department-执行局"]
    assert "主送: 民一庭：" in civil and "版式: 公文" not in civil
    assert "受理案件13件，其中旧存1件、新收12件；结案9件，期末未结4件。" in civil
    assert "执行局" not in civil and "民一庭" not in enforcement
    assert [row[0] for row in rows_of(civil, "已超审限和审限临近届满案件清单")] == [
        "案号", "（2023）辽0102民初9号", "（2025）辽0102民初10号", "（2025）辽0102民初11号",
    ]  # fmt: skip
    assert [row[:3] for row in rows_of(civil, "被改判、发回重审案件清单")[1:]] == [
        ["（2025）辽0102民初1号", "民间借贷纠纷", "改判"]
    ]


def test_a_judge_is_named_to_the_own_department_alone(made):
    people = ("赵六", "孙七", "周八")
    told = {name for name, text in made.items() if any(one in text for one in people)}
    assert told == {"department-民一庭", "department-执行局"}
    assert "周八" not in made["department-民一庭"] and "赵六" not in made["department-执行局"]


def test_no_form_that_is_sent_out_names_a_judge(tmp_path):
    folder = office(tmp_path / "court", judges=True)
    day = ("--as-of", "2025-10-20")
    run("pending", "update", "-w", folder, *day)
    run("pending", "export", "-w", folder, *day, "--below", "department", "--to", tmp_path)
    (form,) = tmp_path.glob("*.xlsx")
    with zipfile.ZipFile(form) as parts:
        text = "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
    assert "民初9号" in text
    assert not any(one in text for one in ("赵六", "孙七", "周八", "承办人"))


def test_of_a_judge_there_are_counts_of_cases_by_name_and_no_indicator(made):
    text = made["department-民一庭"]
    heads, *rows = rows_of(text, "各承办人未结案件和临近审限案件数")
    assert heads == ["承办人", "6个月以内", "24至36个月", "未结合计", "已超审限", "剩余30日以内"]
    assert rows == [
        ["孙七", "1", "1", "2", "1", "1"],
        ["赵六", "2", "0", "2", "0", "1"],
        ["合计", "3", "1", "4", "1", "2"],
    ]
    lines = [line for line in text.splitlines() if "赵六" in line or "孙七" in line]
    assert not any("%" in line or "率" in line for line in lines)
    cells = [row[-1] for row in rows_of(text, "长期未结案件清单")]
    assert cells == ["承办人", "孙七"]


def test_handlers_stand_in_the_order_of_names_and_not_of_numbers(tmp_path):
    folder = office(tmp_path / "court", judges=True)
    more = list(rows())
    more.append(
        ("（2025）辽0102民初13号", "辽0102", "民一庭", "李四", "离婚纠纷", "2025-07-01", "", "", "2026-01-01", "", "")
    )
    write_csv(folder / "cases.csv", [dict(zip(FIELDS, row, strict=True)) for row in more])
    run("bulletin", "department", "--court", "民一庭", "-w", folder, *NOW)
    table = rows_of(
        (folder / "out/2025Q3/2025Q3-department-民一庭.md").read_text("utf-8"), "各承办人未结案件和临近审限案件数"
    )
    place = table[0].index("未结合计")
    assert [(row[0], row[place]) for row in table[1:-1]] == [("孙七", "2"), ("李四", "1"), ("赵六", "2")]


def test_nothing_that_goes_to_others_names_who_handles_a_case(tmp_path, tongbao):
    """Every command that writes or prints for others, with the option on: 督办 and 提醒 and own kinds too."""
    folder, day, to = office(tmp_path / "court", judges=True), ("--as-of", "2025-10-20"), tmp_path / "to"
    (folder / "kinds.toml").write_text(
        '[kind.weekly]\nname = "周报"\nabout = "每周"\nfor = "department"\nuses = ["docket"]\n'
        'template = "bulletins/department.md.j2"\n',
        "utf-8",
    )
    opened = ("--indicator", "审限内结案率", "--problem", "超审限案件较多。", "--by", "张三")
    decided = ("--text", "逐案清理超审限案件", "--owner", "民一庭", "--deadline", "2025-12-31", "--by", "张三")
    shown = [
        tongbao(*command, "-w", folder)
        for command in (
            ("pending", "update", *day),
            ("ledger", "open", *NOW[:4], "--court", "民一庭", *opened),
            ("ledger", "decide", *NOW[:4], *decided),
            ("bulletin", "weekly", "--for", "each", *NOW),
            ("bulletin", "minutes", *NOW),
            ("bulletin", "monthly", "--period", "2025-09", *NOW[2:]),
            ("pack", *NOW[:4]),
            ("ledger", "list", "--json"),
            ("ledger", "decisions", "--json"),
            ("ledger", "export", "--to", to / "items", *day),
            ("pending", "export", "--to", to / "cases", *day),
            ("pending", "list", "--json", *day),
            ("pending", "due", "--json", *day),
            ("pending", "problems", "--json", *day),
            ("pending", "summary", "--json", *day),
            ("pending", "remind", "--to", to / "letters", "--format", "md", *day),
            ("indicators", *NOW[:4], "-o", to / "indicators.csv"),
            ("indicators", *NOW[:4], "--wide", "-o", to / "wide.csv"),
            ("indicators", *NOW[:4], "--json"),
            ("compare", *NOW[:4], "--json"),
            ("flags", *NOW[:4], "--json"),
            ("check", *NOW[:4], "--json"),
            ("status",),
        )
    ]
    assert [one.code for one in shown[:-1]] == [0] * (len(shown) - 1), [one.err for one in shown if one.code]
    written = [path for path in (*to.rglob("*"), *(folder / "out").rglob("*")) if path.is_file()]
    assert {"2025Q3-weekly-民一庭.md", "2025Q3-minutes.md", "2025Q3-pack.md", "indicators.csv", "wide.csv"} <= {
        path.name for path in written
    }
    texts = {path.name: read_whole(path) for path in written} | {str(n): one.out for n, one in enumerate(shown)}
    for name, text in texts.items():
        assert not any(one in text for one in ("赵六", "孙七", "周八")), name


def read_whole(path: Path) -> str:
    if path.suffix != ".xlsx":
        return path.read_bytes().decode("utf-8", "replace")
    with zipfile.ZipFile(path) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def test_the_cases_of_a_number_name_nobody_unless_the_court_says_so(tmp_path, tongbao):
    asked = ("--court", "民一庭", "--indicator", "未结", *NOW[:4])
    for judges in (False, True):
        folder = office(tmp_path / str(judges), judges=judges)
        done = tongbao("cases", "-w", folder, *asked)
        assert done.code == 0, done.err
        assert ("孙七" in done.out) == judges


@pytest.mark.parametrize("said", ["judges = false\n", ""], ids=["no", "nothing"])
def test_who_handles_a_case_is_told_nowhere_unless_the_court_says_so(tmp_path, said):
    folder = office(tmp_path / "court", judges=False)
    config = folder / "tongbao.toml"
    config.write_text(config.read_text("utf-8").replace("judges = false\n", said), "utf-8")
    run("bulletin", "department", "--for", "each", "-w", folder, *NOW)
    text = (folder / "out/2025Q3/2025Q3-department-民一庭.md").read_text("utf-8")
    assert "清单" in text and "承办人" not in text
    assert not any(name in text for name in ("赵六", "孙七"))


def test_what_a_single_court_has_no_use_for_is_refused_with_what_it_has(tmp_path, tongbao):
    folder = office(tmp_path / "court", judges=False)
    done = tongbao("bulletin", "court", "--for", "each", "-w", folder, *NOW)
    assert (done.code, done.err.count("没有下级法院")) == (2, 1)
    assert "tongbao bulletin department --for each" in done.err
    done = tongbao("bulletin", "department", "--court", "辽0102", "-w", folder, *NOW)
    assert (done.code, "发给本院的部门" in done.err) == (2, True)


def test_a_letter_to_a_department_needs_a_finding_and_courts_are_not_asked_for(tmp_path, tongbao):
    folder = office(tmp_path / "court", judges=False)
    done = tongbao("bulletin", "reminder", "--court", "民一庭", "-w", folder, *NOW)
    assert done.code == 2 and "民一庭没有督办以外的重点问题，没有给它的“提醒函”" in done.err
    done = tongbao("bulletin", "court", "-w", folder, *NOW)
    assert done.code == 2 and "没有下级法院的，发给本院各部门的是 department。" in done.err
    done = tongbao("bulletin", "reminder", "-w", folder, *NOW)
    assert done.code == 2 and "--court 指定法院或部门" in done.err


@pytest.mark.parametrize("kind", [("line", "--line", "民事"), ("reversal",), ("theme", "--theme", "民法典")])
def test_what_a_court_tells_its_own_departments_has_no_head_of_a_document(tmp_path, kind):
    folder = office(tmp_path / "court", judges=False)
    run("bulletin", *kind, "-w", folder, *NOW)
    (made,) = (folder / "out/2025Q3").glob(f"2025Q3-{kind[0]}*.md")
    front = made.read_text("utf-8").split("---")[1]
    assert "版式: 简报\n发文机关标志: 审判质效通报\n期号: 2025年第三季度\n" in front and "文号" not in front


def test_a_city_tells_of_its_own_court_and_of_the_basic_courts_apart(tmp_path):
    courts = "代码,名称,层级,上级\n辽01,天枢市中级人民法院,中院,\n辽0102,天枢市城东区人民法院,基层法院,辽01\n"
    (tmp_path / "courts.csv").write_text(courts, "utf-8")
    cases = [("辽01民终", 1, "2025-07-02", "2025-12-01"), ("辽01民终", 2, "2025-09-30", "2025-08-20")]
    cases += [("辽0102民初", number, "2025-09-30", "2026-01-01") for number in (1, 2, 3)]
    heads = ("案号", "经办法院", "立案日期", "结案日期", "结案方式", "应结案日期")
    listed = [
        (f"（2025）{kind}{number}号", kind[:-2], "2025-07-01", end, "判决", limit) for kind, number, end, limit in cases
    ]
    write_csv(tmp_path / "cases.csv", [dict(zip(heads, row, strict=True)) for row in listed])
    (tmp_path / "tongbao.toml").write_text(
        '[source]\nfiles = ["cases.csv"]\n[[interval]]\nindicator = "within_limit"\nsince = 2025-01-01\nlow = 95\n'
        'source = "某中院通知〔2025〕1号"\n',
        "utf-8",
    )
    run("bulletin", "general", "-w", tmp_path, *NOW)
    text = (tmp_path / "out/2025Q3/2025Q3-general.md").read_text("utf-8")
    assert "审限内结案率为80.00%（5件中4件）" in text
    assert "其中，中院机关为50.00%（2件中1件）；基层法院为100.00%（3件中3件）。" in text
    table = [line.split("|")[1:-1] for line in text.split("各法院主要指标表")[-1].splitlines() if line.startswith("| ")]
    place = [cell.strip() for cell in table[0]].index("审限内结案率（%）")
    assert [(row[0].strip(), row[place].strip()) for row in table[1:5]] == [
        ("合计", "80.00"), ("天枢市中院本级", "50.00"), ("基层法院合计", "100.00"), ("城东区法院", "100.00"),
    ]  # fmt: skip
    mediated = [cell.strip() for cell in table[0]].index("民事调解率（%）")  # of which the 中院 itself has no case
    assert [row[mediated].strip() for row in table[1:5]] == ["0.00", "—", "0.00", "0.00"]


def test_a_new_city_office_tells_of_the_departments_of_its_own_court(tmp_path, tongbao):
    folder = tmp_path / "city"
    assert tongbao("demo", folder, "--office", "city", "--cases", 3000, "-q").code == 0
    assert 'below = "department"\nof = "辽01本级"\n' in (folder / "tongbao.toml").read_text("utf-8")
    done = tongbao("bulletin", "general", "-w", folder, "--period", "2026Q3", "--as-of", "2026-10-15", "--format", "md")
    assert done.code == 0, done.err
    text = (folder / "out/2026Q3/2026Q3-general.md").read_text("utf-8")
    rows = [line.split("|")[1].strip() for line in text.split("本院各部门主要情况表 {横排}")[1].split("\n# 附件")[0].splitlines()
            if line.startswith("| ")]  # fmt: skip
    assert rows[:3] == ["部门", "天枢市中院本级合计", "民事审判第一庭"] and len(rows) > 6
    made = tmp_path / "made"
    assert tongbao("init", made, "--data", folder / "cases.csv").code == 0
    assert 'of = "辽01本级"' in (made / "tongbao.toml").read_text("utf-8")
