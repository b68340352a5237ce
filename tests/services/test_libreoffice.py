"""The DOCX opened by LibreOffice, turned into PDF by it, and measured like any other file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pdfplumber
import pytest
from pdfplumber.page import Page
from pdfplumber.pdf import PDF
from python_calamine import CalamineWorkbook

sys.path.append(str(Path(__file__).parents[1] / "pdf"))
from circulars import CIRCULAR, FRONT, SVG, TEMPLATES
from test_check import LETTER, OTHER, UPWARD

from reports.render import fonts, render
from reports.render.check import check
from reports.render.profile import load

pytestmark = pytest.mark.services
PROFILE = load(TEMPLATES / "page")
SECONDS = 180
PROSE = "各人民法院要对照清单逐案核查，先核实数据，再分析原因，区分案件结构变化、系列案件影响和工作中的不足，并按时报送整改措施。"
LONG = "## 一、总体情况\n\n### （一）质量指标\n\n" + (PROSE * 4 + "\n\n") * 12
HEADS = ["案号", "案由", "承办部门", "标的额（元）", "立案日期", "审限届满日", "剩余或者超过天数", "档次"]
CASE = "| （2026）辽0102民初{}号 | 机动车交通事故责任纠纷 | 民事审判第一庭 | 12,345,678.90 | 2026-03-31 | 2026-09-30 | 超过1天 | 已超审限 |"
LIST = "\n".join(["|".join(["", *HEADS, ""]), "|---" * len(HEADS) + "|", *(CASE.format(n) for n in range(1, 91))])
# What LibreOffice does in its own way. It takes the regular cut of a font that stands in for 小标宋; it puts white
# between figures and Han characters whatever the document says, which makes a date wider, and lines full of figures
# break elsewhere, so that another table than ours may find no room at the foot of a page.
ITS_OWN = {"mark.font", "title.font", "signature.sealed_right", "signature.unsealed_right", "area.white"}
# And a section that must begin on an even page gets the margins of an odd one.
ITS_EVEN_SECTIONS = {"imprint.inset", "imprint.bottom", "folio.inset"}


@pytest.fixture(scope="module")
def convert(tmp_path_factory: pytest.TempPathFactory):
    office = shutil.which("soffice")
    assert office, "soffice is not installed: run make test-services, which installs it"
    folder = tmp_path_factory.mktemp("office")
    fonts.prepare()

    def run(name: str, text: str) -> bytes:
        assets = {"charts/trend.svg": SVG}
        (folder / f"{name}.docx").write_bytes(render(text, "docx", assets=assets, templates=TEMPLATES))
        command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf"]
        subprocess.run(
            [*command, "--outdir", str(folder), str(folder / f"{name}.docx")],
            check=True, capture_output=True, timeout=SECONDS, env=dict(os.environ),
        )  # fmt: skip
        return (folder / f"{name}.pdf").read_bytes()

    return run


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("公文", FRONT + LONG),
        ("上行文", UPWARD + LONG),
        ("不用印", FRONT.replace("成文日期", "用印: 否\n成文日期") + LONG),
        ("全", CIRCULAR),
        ("信函", LETTER + LONG),
        ("纪要", OTHER.format("纪要", "审判质量管理指标会商会纪要") + "出席：张某某、李某某\n\n" + LONG),
        ("简报", OTHER.format("简报", "审判管理简报") + LONG),
    ],
)
def test_layout(convert, name: str, text: str) -> None:
    checked = check(convert(name, text), PROFILE, name)
    wrong = {one.id for one in checked.findings if one.verdict == "不符合"}
    assert wrong <= ITS_OWN | ITS_EVEN_SECTIONS
    met = {one.id for one in checked.findings if one.verdict == "符合"}
    assert {"paper.width", "area.inner", "area.width", "grid.font", "grid.size", "folio.side", "folio.size"} <= met
    assert {"heading.first", "heading.second", "title.size", "title.place"} <= met
    if name != "全":  # its lines are full of figures, before which LibreOffice leaves white
        assert {"grid.lines", "grid.characters", "area.top", "area.height"} <= met
    if name in {"公文", "上行文", "不用印", "全"}:
        assert {"mark.top", "mark.colour", "number.form", "rule.below_number", "rule.width", "imprint.page"} <= met
        assert {"imprint.size", "imprint.outer_rule", "imprint.inner_rule", "imprint.copies"} <= met


def test_wide_tables_turn_the_page_and_long_ones_repeat_their_heads(convert, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(convert("表", CIRCULAR))
    with pdfplumber.open(tmp_path / "a.pdf") as pdf:
        wide = [page for page in pdf.pages if page.width > page.height]
        assert len(wide) >= 2
        rows: list[str] = []
        for page in pdf.pages:
            for table in page.find_tables():
                cells = table.extract()
                assert cells[0][0] == "序号", "the head is not repeated"
                assert all(cell for row in cells for cell in row), "a row was cut"
                rows += [str(row[0]) for row in cells[1:]]
        starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(rows)) if int(b) < int(a))]
        assert [len(rows[a:b]) for a, b in pairwise([*starts, len(rows)])] == [12, 40, 60]


@pytest.fixture(scope="module")
def sheets(province: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[list[str]], PDF]]:
    """Name → the rows of a sheet and its print: of a list of cases, and of the demo province a form and indicators."""
    folder = tmp_path_factory.mktemp("sheets")
    for name in ("cases.parquet", "courts.csv", "tongbao.toml"):
        shutil.copy(province / name, folder / name)

    def call(*words: str) -> None:
        command = [sys.executable, "-m", "reports", *words, "-w", str(folder)]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)

    made = ("list", "form", "wide")
    to = {name: str(folder / f"{name}.xlsx") for name in made}
    listed = f"{FRONT}{PROSE}\n\n# 附件：长期未结案件清单\n\n{LIST}"
    Path(to["list"]).write_bytes(render(listed, "xlsx", assets={}, templates=TEMPLATES))
    call("ledger", "open", "--by", "王五", "--period", "2026Q2", "--as-of", "2026-07-20", "--court", "辽0102",
         "--indicator", "审限内结案率", "--problem", PROSE, "--bulletin", "关于2026年第二季度质效情况的通报")  # fmt: skip
    call("ledger", "export", "--as-of", "2026-10-20", "--court", "辽0102", "--to", to["form"])
    call("indicators", "--wide", "--period", "2026Q3", "-o", to["wide"])
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", str(folder), *to.values()], check=True, capture_output=True, timeout=SECONDS)
    return {
        name: (
            [[str(cell) for cell in row] for row in CalamineWorkbook.from_path(to[name]).get_sheet_by_index(0).to_python()],
            pdfplumber.open(folder / f"{name}.pdf"),
        )
        for name in made
    }  # fmt: skip


def printed(page: Page) -> list[list[str]]:
    """The cells of the table on a page, as far as they are printed within their borders; of those joined the first."""
    (table,) = page.find_tables()
    return [[cell or "" for cell in row] for row in table.extract()]


def whole(page: Page) -> list[list[str]]:
    """The same with the lines of each cell joined."""
    return [["".join(cell.split()) for cell in row] for row in printed(page)]


def test_a_list_is_printed_as_wide_as_the_page_with_its_head_on_each(sheets) -> None:
    rows, pdf = sheets["list"]
    assert len(pdf.pages) > 1
    listed: list[list[str]] = []
    for page in pdf.pages:
        head, *lines = whole(page)
        assert head == HEADS, f"page {page.page_number}"
        listed += lines
    assert [row[0] for row in listed] == [row[0] for row in rows[2:]]


def test_a_form_is_printed_on_two_pages_each_with_the_numbers_of_its_rows(sheets) -> None:
    rows, pdf = sheets["form"]
    place = next(number for number, row in enumerate(rows) if row[0] == "编号")
    first, second = map(whole, pdf.pages)
    assert [[*a, *b[1:]] for a, b in zip(first, second, strict=True)] == rows[place:]
    assert [row[0] for row in first] == [row[0] for row in second]


def test_indicators_are_printed_each_whole_on_one_page(sheets) -> None:
    """Under its name its columns, beside the names of the courts, on every page down."""
    rows, pdf = sheets["wide"]
    place = next(number for number, row in enumerate(rows) if row[0] == "代码")
    names, below = rows[place], rows[place + 1]
    starts = [number for number, name in enumerate(names) if name and number > 1]
    columns = {names[a]: below[a:b] for a, b in pairwise([*starts, len(names)])}
    found: dict[str, int] = {}
    for page in pdf.pages:
        head, under, *lines = [["".join(cell.split()) for cell in row] for row in printed(page)]
        assert head[:2] == ["代码", "单位"]
        begun = [number for number, name in enumerate(head) if name and number > 1]
        for a, b in pairwise([*begun, len(head)]):
            assert under[a:b] == columns[head[a]], f"page {page.page_number}"
            found[head[a]] = found.get(head[a], 0) + len(lines)
    courts = [row for row in rows[place + 2 :] if row[1]]
    assert found == dict.fromkeys(columns, len(courts))


@pytest.mark.parametrize("name", ["list", "form", "wide"])
def test_no_number_is_parted_or_hidden_in_print(sheets, name: str) -> None:
    _, pdf = sheets[name]
    for page in pdf.pages:
        for cell in (cell for row in printed(page) for cell in row):
            assert "##" not in cell and not re.search(r"[0-9.,]\n[0-9.,%]", cell), (page.page_number, cell)
        assert max(char["x1"] for char in page.chars) < page.width
