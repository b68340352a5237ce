"""What stands in the cells of an export goes through every format as text, and names nobody in any of them."""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

sys.path.append(str(Path(__file__).parent / "ledger"))
from by_hand import reading, write_csv
from small_city import CITY, CONFIG, usual, write_cases

from reports.cells import clean
from reports.read.units import named
from reports.render.verify import words_of_pdf

PEOPLE = ("王小明", "李国强", "赵铁柱", "13812345678", "110105199003071234", "6222021234567890123")
SHIFTED = ("原告：王小明", "被告人李国强，13812345678", "110105199003071234", "申请执行人赵铁柱 6222021234567890123")
ODD = (
    "甲|乙纠纷", "甲\n丙纠纷", "**丁**纠纷", "`戊`纠纷", "[己](http://e.x)纠纷", "![庚](x.png)纠纷", "5*3*2纠纷", "<b>辛</b>纠纷",
    "=1+1纠纷", "#壬纠纷", "癸\ufeff\u200b\u0007纠纷",
)  # fmt: skip
AS_READ = [re.sub(r"[\s\ufeff\u200b\x07]", "", text) for text in ODD]
DAY = ("--as-of", "2024-04-15")


@pytest.fixture
def place(shared, tmp_path, tongbao, monkeypatch):
    """A city of which one court has open cases with such cells, and all that is made of it; ``kept`` is the cache."""

    def fill(folder: Path) -> None:
        (folder / "kept").mkdir(mode=0o700)
        monkeypatch.setenv("TONGBAO_CACHE", str(folder / "kept"))
        (folder / "courts.csv").write_text(CITY, "utf-8")
        (folder / "tongbao.toml").write_text(CONFIG.replace('["md"]', '["md", "pdf", "docx", "xlsx"]'), "utf-8")
        pending = [
            {
                "案号": f"（2023）辽0102民初{9000 + number}号", "经办法院": "辽0102", "案由": cause, "立案日期": "2023-02-01",
                "承办部门": SHIFTED[number % 4] if number < 4 else "民一庭", "结案日期": "", "应结案日期": "2023-08-01",
                "结案方式": "",
            }
            for number, cause in enumerate([*SHIFTED, *ODD])
        ]  # fmt: skip
        write_cases(folder, "2024Q1", usual, pending=pending)
        for command in (
            ("run", "-q", "--period", "2024Q1"),
            ("bulletin", "court", "--court", "辽0102", "--period", "2024Q1", "-q"),
            ("pending", "remind", "--court", "辽0102", "--to", folder / "提醒函", "--format", "md,pdf,docx"),
            ("pending", "export", "--to", folder / "分发"),
            ("pending", "wall", "--court", "辽0102", "--to", folder / "挂图.pdf"),
            ("pending", "due", "-o", folder / "预警.csv"),
        ):
            told = tongbao(*command, "-w", folder, *DAY)
            assert told.code == 0, told.err
            (folder / f"{'-'.join(command[:2])}.txt").write_text(told.out + told.err, "utf-8")

    return shutil.copytree(shared("odd-cells", fill), tmp_path / "质效")


def texts(path: Path) -> list[str]:
    """All that a file says, unpacked."""
    data = path.read_bytes()
    if path.suffix == ".pdf":
        return [words_of_pdf(data)]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    if path.suffix == ".cases":
        with duckdb.connect(str(path), read_only=True) as db:
            return [str(db.execute(f"FROM {name}").fetchall()) for name in ("assembled", "files", "about")]
    return [data.decode("utf-8", "replace")]


def test_planted_names_stand_in_no_file_and_not_in_the_cache(place, tongbao):
    files = [path for path in place.rglob("*") if path.is_file() and path.name != "cases.csv"]
    assert {".pdf", ".docx", ".xlsx", ".csv", ".md", ".db", ".cases", ".pickle", ".jsonl"} <= {
        one.suffix for one in files
    }
    found = {(path.name, name) for path in files for text in texts(path) for name in PEOPLE if name in text}
    assert found == set()
    told = tongbao("pending", "list", "--json", "-w", place, *DAY)
    assert not [name for name in PEOPLE if name in told.out] and "被告人李某，###########" in told.out


def words(path: Path) -> str:
    """The words of a bulletin without blanks."""
    if path.suffix == ".pdf":
        return words_of_pdf(path.read_bytes())
    part = {".docx": "word/document.xml", ".xlsx": "xl/worksheets/sheet1.xml"}[path.suffix]
    with zipfile.ZipFile(path) as archive:
        text = "".join(re.findall(r"<(?:w:)?t(?: [^>]*)?>([^<]*)<|</w:p>", archive.read(part).decode()))
    for escaped, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(escaped, char)
    return re.sub(r"[\s\u200b\u2060\ufeff]|_x0007_", "", text)


@pytest.mark.parametrize(
    "name", ["提醒函/审限提醒-辽0102.pdf", "提醒函/审限提醒-辽0102.docx", "分发/*.xlsx", "挂图.pdf"]
)
def test_an_odd_cause_is_printed_as_it_stands(place, name):
    found = "".join(words(path) for path in place.glob(name))
    assert [text for text in AS_READ if text not in found] == []


def test_what_paper_cannot_show_is_marked_and_told_with_its_place(tmp_path):
    """Private use and combining marks where the data enter; rare Han is kept, and a font or the page decides."""
    odd = ["民\ue000庭", "民\u0600庭", "民\u0301庭", "民\U00020000庭", "民一庭"]
    rows = [
        {"案号": f"（2025）辽0102民初{n}号", "经办法院": "辽0102", "立案日期": "2025-07-01", "结案日期": "2025-08-01",
         "承办部门": dept, "案由": dept} for n, dept in enumerate(odd, 1)
    ]  # fmt: skip
    with reading(write_csv(tmp_path / "cases.csv", rows)) as table:
        assert [dept for _, dept, _ in sorted(named(table))] == ["民〓庭", "民一庭", "民\U00020000庭"]
        notes = {note.id: note for note in table.notes}
    assert notes["odd_dept"].count == notes["odd_cause"].count == 4
    assert "“承办部门”" in notes["odd_dept"].text and "cases.csv第2、3、4、5行" in notes["odd_dept"].text
    assert clean("民\ue000庭") == "民〓庭"
