"""The DOCX opened by LibreOffice, turned into PDF by it, and measured like any other file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pdfplumber
import pytest

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
# What LibreOffice does in its own way. It takes the regular cut of a font that stands in for 小标宋; it puts white
# between figures and Han characters whatever the document says, which makes a date wider.
ITS_OWN = {"mark.font", "title.font", "signature.sealed_right", "signature.unsealed_right"}
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
