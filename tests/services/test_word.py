"""A draft edited in a real office program, taken back, signed and issued: the edit stands in every file, and no other."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from difflib import ndiff
from pathlib import Path

import docx
import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("pdf", "ledger")]
from circulars import CIRCULAR, SVG, TEMPLATES
from small_city import CITY, CONFIG, usual, write_cases
from test_check import LETTER, OTHER, UPWARD

from reports.render import docx as writer
from reports.render import fonts, returned
from reports.render.document import parse
from reports.render.page import Page
from reports.render.profile import load
from reports.render.verify import words_of_pdf

pytestmark = pytest.mark.services
SECONDS = 180
STEM = "2026Q1-general"
PAGE = Page(TEMPLATES / "page", load(TEMPLATES / "page"))
PHRASE, PARAGRAPH = "请各院对照自查。", "本段系院领导所加。"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    assert shutil.which("soffice"), "soffice is not installed: run make test-services, which installs it"
    profile = tmp_path_factory.mktemp("profile")
    fonts.prepare()
    script = Path(__file__).with_name("edit_in_office.py")

    def edit(source: Path, target: Path, wanted: dict[str, str], *, recorded: bool) -> None:
        command = ["/usr/bin/python3", str(script), str(profile), str(source), str(target)]
        subprocess.run(
            [*command, "yes" if recorded else "no", json.dumps(wanted)],
            check=True, timeout=SECONDS, env={"PATH": "/usr/bin:/bin", "HOME": str(profile)},
        )  # fmt: skip

    return edit


@pytest.mark.parametrize("recorded", [False, True], ids=["plain", "tracked"])
def test_from_draft_to_issue(tmp_path: Path, tongbao, office, recorded: bool) -> None:
    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    (tmp_path / "tongbao.toml").write_text(CONFIG.replace('["md"]', '["md", "pdf", "docx"]'), "utf-8")
    write_cases(tmp_path, "2026Q1", usual)
    place = ["-w", tmp_path]
    assert tongbao("run", *place, "--period", "2026Q1", "--as-of", "2026-04-15").code == 0
    folder = tmp_path / "out/2026Q1"
    word, text = folder / f"{STEM}.docx", folder / f"{STEM}.md"
    before = text.read_text("utf-8")
    paragraph = next(block for block in before.split("\n\n") if block.startswith("民事条线")).split("\n")
    gone = paragraph[0]
    row = next(line for line in before.split("\n") if line.startswith("| 民事 |"))
    office(
        word,
        tmp_path / "edited.docx",
        {
            "behind": "不作排名。",
            "phrase": PHRASE,
            "paragraph": PARAGRAPH,
            "cell": "B2",
            "value": "40",
            "delete": gone[:12],
        },
        recorded=recorded,
    )
    word.write_bytes((tmp_path / "edited.docx").read_bytes())
    assert "请先 tongbao render" in tongbao("ledger", "sign", STEM, *place, "--by", "李院长").err
    taken = tongbao("render", word, "--to", "md,pdf")
    assert taken.code == 0, taken.err
    assert ("按已接受计" in taken.err) == recorded
    after = text.read_text("utf-8")
    moved = [line for line in ndiff(before.split("\n"), after.split("\n")) if line[:2] in ("+ ", "- ") and line[2:]]
    first = next(line for line in before.split("\n") if "不作排名。" in line)
    assert [line for line in moved if line.startswith("- ")] == [f"- {line}" for line in (first, row, *paragraph)]
    added = [line for line in moved if line.startswith("+ ")]
    assert added[:3] == [f"+ {first.replace('不作排名。', f'不作排名。{PHRASE}')}", "+ <!-- 手写 -->", f"+ {PARAGRAPH}"]
    (cells,) = added[3:]
    assert cells.startswith("+ | 民事 | 40 |") and cells.split("|")[3:] == row.split("|")[3:]
    assert tongbao("ledger", "sign", STEM, *place, "--by", "李院长").code == 0
    issued = tongbao("ledger", "issue", STEM, *place, "--by", "王五", "--format", "pdf,docx")
    assert issued.code == 0, issued.err
    sent = folder / "印发" / STEM
    file = docx.Document(str(sent / f"{STEM}.docx"))
    in_word = "".join(one.text for one in file.paragraphs)
    in_text, in_pdf = (sent / f"{STEM}.md").read_text("utf-8"), words_of_pdf((sent / f"{STEM}.pdf").read_bytes())
    for words in (in_word, in_text, in_pdf):
        assert PHRASE in words and PARAGRAPH in words and gone[:12] not in words
    assert file.tables[0].cell(1, 1).text == "40"
    assert in_text.split("---", 2)[2] == after.split("---", 2)[2], "word for word what was signed"


@pytest.mark.parametrize(
    "text",
    [
        CIRCULAR,
        UPWARD + "## 一、甲\n\n乙。\n\n| 甲 | 乙 |\n|--|--|\n| 1 | 2 |\n\n丙。\n",
        LETTER + "乙。\n\n| 甲 | 乙 |\n|--|--|\n| 1 | 2 |\n\n丙。\n",
        OTHER.format("纪要", "会商会纪要")
        + "出席：张某某、李某某\n\n乙。\n\n| 甲 | 乙 |\n|--|--|\n| 1 | 2 |\n\n丙。\n",
    ],
    ids=["circular", "upward", "letter", "minutes"],
)
def test_every_frame_comes_back_from_an_office_program(tmp_path: Path, office, text: str) -> None:
    document, assets = parse(text, "样稿.md"), {"charts/trend.svg": SVG}
    base = returned.words_of(document, assets, PAGE)
    said = [part for part in base.parts if part.kind == "text" and len(part.runs) == 1]
    (tmp_path / "a.docx").write_bytes(writer.render(document, assets=assets, page=PAGE))
    behind, last = said[0].runs[0][0], said[-1].runs[0][0]
    wanted = {"behind": behind, "phrase": PHRASE, "paragraph": PARAGRAPH, "cell": "A2", "value": "九", "delete": last}
    office(tmp_path / "a.docx", tmp_path / "b.docx", wanted, recorded=True)
    word = returned.read((tmp_path / "b.docx").read_bytes(), "样稿.docx", base)
    assert (word.unread, word.front, word.margins) == ([], base.front, base.margins)
    markdown = returned.text_of(word, document, assets, PAGE)
    assert markdown.replace("\n\n", "\n").count("\n") == text.replace("\n\n", "\n").count("\n") + 1
    assert PHRASE in markdown and PARAGRAPH in markdown and "九" in markdown
