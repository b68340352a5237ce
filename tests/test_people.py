"""No person is named in what is quoted of a cell, wherever shifted columns have put a name or a number."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest
from by_hand import COURTS, TODAY, write_csv

import reports
from reports import catalogue, read
from reports.courts import court_table
from reports.people import masked, reason
from reports.read import kept
from reports.read.units import named


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("110105199003071234", "##################"),
        ("证件11010519900307123X，", "证件#################X，"),
        ("１１０１０５１９９００３０７１２３４", "##################"),
        ("6222021234567890123", "###################"),
        ("6222 0212 3456 7890 123", "#### #### #### #### ###"),
        ("13812345678", "###########"),
        ("+86 138-1234-5678", "+## ###-####-####"),
        ("010-12345678", "###-########"),
        ("原告：张三", "原告：张某"),
        ("被告人李四因盗窃", "被告人李某因盗窃"),
        ("上诉人（欧阳明华）", "上诉人（欧阳某）"),
        ("原告张三、李四诉", "原告张某、李某诉"),
        ("申请执行人 王小明，13812345678", "申请执行人 王某，###########"),
        ("原告冉启明", "原告冉某"),
        ("被告人巴特尔、买买提", "被告人巴某、买某"),
        ("第三人：阿依古丽·买买提", "第三人：阿某"),
        ("被上诉人欧阳修文", "被上诉人欧阳某"),
        ("原告丘处机和苗翠花诉", "原告丘某和苗某诉"),
        ("法定代表人甘露，等待鉴定", "法定代表人甘某，等待鉴定"),
        ("张晓梅（13800001111）", "张某（###########）"),
        ("丘处机 110105194912310021", "丘某 ##################"),
        ("13800001111（阿依古丽）", "###########（阿某）"),
        ("电话+8613804012345", "电话+#############"),
        ("110105 19491231 0021", "###### ######## ####"),
    ],
)
def test_what_names_somebody_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    ["（2025）辽0102民初1号", "2025-07-01", "20250701093000", "天枢市城东区人民法院", "申请人撤回申请", "被告方式", "当事人和解",
     "高新法庭", "买卖合同纠纷", "1234567890", "不详", "20250102000123", "原告某某公司", "原告天元和公司", "被告下落不明",
     "姓名权纠纷", "第三人撤销之诉", "申请人身安全保护令", "案外人执行异议之诉", "昨天", "待定"],
)  # fmt: skip
def test_what_names_nobody_stays(text: str) -> None:
    assert masked(text) == text
    assert reason(f"立案日期无法识别：{text}") == f"立案日期无法识别：{text}"


def test_a_name_by_itself_is_masked_where_no_name_belongs() -> None:
    assert masked("张三") == "张三" and masked("张三", whole=True) == "张某"
    assert reason("经办法院不在法院表中：王小明") == "经办法院不在法院表中：王某"
    assert reason("经办法院不在法院表中：丘处机") == "经办法院不在法院表中：丘某"
    assert reason("经办法院不在法院表中：城东") == "经办法院不在法院表中：城东"
    assert reason("立案日期无法识别：甘露") == "立案日期无法识别：甘某"


def test_official_causes_and_standard_words_name_nobody() -> None:
    files = [Path(reports.__file__).parent / "catalogue" / f"{name}.toml" for name in ("causes", "values", "counts")]
    words = {word for file in files for word in re.findall("[\u4e00-\u9fff、，（）]+", file.read_text("utf-8"))}
    assert len(words) > 400
    assert [word for word in words if masked(word) != word] == []


DEPARTMENTS = {
    "原告冉启明": "原告冉某", "原告冉小明": "原告冉某（2）", "张晓梅（13800001111）": "张某（###########）",
    "王建国 110105194912310021": "王某 ##################",
}  # fmt: skip
NAMES = ("冉启明", "冉小明", "张晓梅", "王建国", "丘处机", "苗翠花", "13800001111", "110105194912310021", "13804012345")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_units_whose_names_are_people_are_masked_and_stay_apart(tmp_path: Path, kind: str) -> None:
    """What counts read, and what lists read, of files that are loaded and of those that are scanned in place."""
    depts = [*DEPARTMENTS, "民一庭", "王建国"]
    rows = [
        {
            "案号": f"（2025）辽0102民初{place + 1}号", "经办法院": "辽0102", "立案日期": "2025-07-01",
            "结案日期": "2025-08-01", "结案方式": "原告丘处机" if place == 1 else "判决", "承办部门": dept,
            "承办团队": dept if place % 2 else "", "执行依据案号": "13804012345" if place == 2 else "",
            "是否延长": "被告苗翠花" if place == 4 else "",
        }
        for place, dept in enumerate(depts * 2)
    ]  # fmt: skip
    path = write_csv(tmp_path / "cases.csv", rows)
    if kind == "parquet":
        duckdb.sql(f"COPY (FROM read_csv('{path}', all_varchar=true)) TO '{tmp_path}/cases.parquet'")
        path = tmp_path / "cases.parquet"
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    tree = court_table.load(tmp_path / "courts.csv")
    wanted = catalogue.load("all").columns | {"dept", "team", "basis_case_no"}
    for columns in (None, wanted):
        with read.read([path.name], tmp_path, tree=tree, today=TODAY, wanted=columns) as table:
            found = named(table)
            assert {dept for _, dept, _ in found} == {*DEPARTMENTS.values(), "民一庭", "王建国"}
            assert {team for _, _, team in found} == {*list(DEPARTMENTS.values())[1::2], "王建国", None}
            assert {number for (_, dept, _), number in found.items() if dept == "民一庭"} == {2}
            kept.write(table, tmp_path / f"{columns is None}.cases")
            notes = {note.id: note for note in table.notes}
        assert notes["people_dept"].count == 8
        first = int(kind == "csv")
        assert (
            f"{path.name}第{'、'.join(str(n + 1 + first) for n in (0, 1, 2, 3, 6))}行等处" in notes["people_dept"].text
        )
        assert "“原告丘某”1件" in notes["unknown_outcome"].text and "错位" in notes["unknown_outcome"].remedy
        with duckdb.connect(str(tmp_path / f"{columns is None}.cases"), read_only=True) as db:
            held = [str(db.execute(f"FROM {name}").fetchall()) for name in ("assembled", "about")]
        assert [name for name in NAMES for text in (*held, str(notes)) if name in text and name != "王建国"] == []


def test_shifted_columns_name_nobody(tmp_path: Path, tongbao) -> None:
    """Four rows whose cells stand one or two columns too far: the table, the messages and JSON name nobody."""
    good = {
        "案号": "（2025）辽0102民初1号",
        "经办法院": "辽0102",
        "立案日期": "2025-07-01",
        "结案日期": "2025-08-01",
        "结案方式": "判决",
        "再审结案日期": "2025-08-01",
        "再审结果": "被告：赵大海，维持",
    }
    rows = [good]
    for number, (case_no, court, filed, outcome) in enumerate(
        [
            ("张三", "辽0102", "2025-07-02", "判决"),
            ("（2025）辽0102民初3号", "13812345678", "2025-07-02", "判决"),
            ("（2025）辽0102民初4号", "辽0102", "110105199003071234", "判决"),
            ("（2025）辽0102民初5号", "辽0102", "2025-07-02", "被告：王小明"),
        ],
        2,
    ):
        rows.append(
            {
                **good,
                "案号": case_no,
                "经办法院": court,
                "立案日期": filed,
                "结案方式": outcome,
                "案由": f"案由{number}",
            }
        )
    write_csv(tmp_path / "cases.csv", rows)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "tongbao.toml").write_text(
        '[court]\ncode = "辽"\n[source]\nfiles = ["cases.csv"]\n[quality]\nmax_set_aside_percent = 100.0\n', "utf-8"
    )
    to = tmp_path / "核查"
    said = [tongbao("check", "-w", tmp_path, "--period", "2025Q3", *more) for more in (("--json",), ("--to", to))]
    texts = [f"{one.out}{one.err}" for one in said] + [path.read_text("utf-8-sig") for path in to.iterdir()]
    way = tmp_path / "经过.md"
    done = tongbao(
        "register", "case-way", "（2025）辽0102民初1号", "-w", tmp_path, "--as-of", "2025-10-20", "--to", way
    )
    assert done.code == 0, done.err
    assert "再审被告：赵某" in way.read_text("utf-8")
    texts.append(way.read_text("utf-8"))
    for text in texts:
        for name in ("张三", "赵大海", "王小明", "13812345678", "110105199003071234"):
            assert name not in text
    with (to / "set-aside.csv").open(encoding="utf-8-sig", newline="") as file:
        aside = list(csv.DictReader(file))
    assert "“###########”计入" in texts[0]  # its court follows from the number
    assert [(row["行"], row["案号"], row["原因"]) for row in aside] == [
        ("5", "（2025）辽0102民初4号", "立案日期无法识别：##################"),
    ]


def test_nothing_kept_of_rows_that_shifted_names_anybody(tmp_path: Path) -> None:
    """Every text column, numbers that repeat, and rows set aside; regular case numbers stay as they are."""
    shifted = ["13804012345", "电话+8613804012345", "王建国 110105194912310021", "6222 0212 3456 7890", "原告苗翠花"]
    good = {"案号": "（2025）辽0102民初1号", "经办法院": "辽0102", "立案日期": "2025-07-01", "结案日期": "2025-08-01",
            "原审案号": "（2024）辽0102民初7号"}  # fmt: skip
    columns = [
        "是否延长",
        "执行依据案号",
        "原审案号",
        "专项标签",
        "适用程序",
        "开庭日期",
        "应结案日期",
        "结案方式",
    ]
    rows = [good]
    for place, column in enumerate(columns):
        rows += [
            {**good, "案号": f"（2025）辽0102民初{len(rows) + n}号", column: text} for n, text in enumerate(shifted, 1)
        ]
        rows.append({**good, "案号": shifted[place % 5]})
    rows += [{**good, "案号": f"某{n}号", "经办法院": text} for n, text in enumerate([*shifted, "丘处机"])]
    path = write_csv(tmp_path / "cases.csv", rows)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    for wanted in (None, catalogue.load("all").columns):
        tree = court_table.load(tmp_path / "courts.csv")
        with read.read([path.name], tmp_path, tree=tree, today=TODAY, wanted=wanted) as table:
            kept.write(table, tmp_path / f"{wanted is None}.cases")
            told = str(table.set_aside.to_dict()) + str(table.notes)
        with duckdb.connect(str(tmp_path / f"{wanted is None}.cases"), read_only=True) as db:
            held = str(db.execute("FROM assembled").fetchall()) + told
            if wanted is None:
                assert db.execute("SELECT DISTINCT origin_case_no FROM assembled WHERE case_no = ?", [good["案号"]]
                                  ).fetchall() == [(good["原审案号"],)]  # fmt: skip
        people = ("13804012345", "王建国", "110105194912310021", "6222 0212", "苗翠花", "丘处机")
        assert [one for one in people if one in held] == []
