"""No person is named in what is quoted of a cell, wherever shifted columns have put a name or a number."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from by_hand import COURTS, write_csv

from reports.people import masked, reason


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
    ],
)
def test_what_names_somebody_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    ["（2025）辽0102民初1号", "2025-07-01", "20250701093000", "天枢市城东区人民法院", "申请人撤回申请", "被告方式", "当事人和解",
     "高新法庭", "买卖合同纠纷", "1234567890", "不详", "20250102000123"],
)  # fmt: skip
def test_what_names_nobody_stays(text: str) -> None:
    assert masked(text) == text
    assert reason(f"立案日期无法识别：{text}") == f"立案日期无法识别：{text}"


def test_a_name_by_itself_is_masked_where_no_name_belongs() -> None:
    assert masked("张三") == "张三" and masked("张三", whole=True) == "张某"
    assert reason("经办法院不在法院表中：王小明") == "经办法院不在法院表中：王某"


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
