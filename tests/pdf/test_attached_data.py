"""The numbers of a bulletin as data inside its PDF: the same rows, no other court's, the same bytes each time."""

from __future__ import annotations

import csv
import io

import pytest
from pypdf import PdfReader

from reports.words import percent

pytestmark = pytest.mark.whole

PERIOD = ("--period", "2026Q3", "--as-of", "2026-10-20", "-q")


@pytest.fixture
def made(workspace, tongbao):
    for words in (("general",), ("court", "--court", "辽0102")):
        result = tongbao("bulletin", *words, "-w", workspace, *PERIOD, "--format", "md,pdf")
        assert result.code == 0, result.err
    return workspace / "out/2026Q3"


def attached(path):
    reader = PdfReader(path)
    [(name, [data])] = reader.attachments.items()
    [reference] = {one.idnum: one for one in reader.trailer["/Root"]["/AF"]}.values()  # the engine names it twice
    return name, data, reference.get_object()


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_table_of_a_bulletin_is_attached(made):
    name, data, spec = attached(made / "2026Q3-general.pdf")
    assert name == "indicators.csv" and name.isascii()
    assert data == (made / "data/2026Q3-general.csv").read_bytes()
    assert spec["/AFRelationship"] == "/Data"
    assert spec["/EF"]["/F"].get_object()["/Params"]["/ModDate"].startswith("D:20261020")
    text = (made / "2026Q3-general.md").read_text("utf-8")
    own = {
        (one["period"], one["indicator"]): one for one in rows(data) if (one["court"], one["line"]) == ("辽", "全部")
    }
    for period, name in (("2026Q3", "within_limit"), ("2026Q3", "appeal_rate")):
        one = own[period, name]
        assert percent(int(one["numerator"]), int(one["denominator"])) in text
    assert {period for period, _ in own} == {"2026Q3", "2026Q2", "2025Q3"}, "the issuer's bases too"


def test_a_court_s_bulletin_holds_its_own_rows_only(made):
    _, data, _ = attached(made / "2026Q3-court-辽0102.pdf")
    assert {one["court"] for one in rows(data)} == {"辽0102"}


def test_setting_the_text_again_gives_the_same_file(made, tongbao):
    again = made / "again"
    assert tongbao("render", made / "2026Q3-general.md", "-o", again).code == 0
    assert (again / "2026Q3-general.pdf").read_bytes() == (made / "2026Q3-general.pdf").read_bytes()
