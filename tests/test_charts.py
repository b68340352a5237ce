"""Charts: what they show of small tables, worked out by hand, and what is drawn of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import jinja2
import pandas as pd
import pytest
from said import evidence

from reports import catalogue
from reports.catalogue import Interval
from reports.compose import charts
from reports.compose.crosstab import CHART as CROSSED
from reports.compose.effect import CHART as STEP
from reports.courts.periods import consecutive, parse_period
from reports.courts.tree import Court, CourtTree
from reports.model import Attribution, Comparisons, Course, Findings, Flag, Part, Peer, Peers, Reference

TEMPLATES = Path(__file__).parents[1] / "templates"
NOW = parse_period("2025Q4")
CODES = [f"辽{n:04d}" for n in range(102, 111)]
TREE = CourtTree.of(
    [
        Court("辽", "演示省高级人民法院", "high", None, ""),
        Court("辽01", "天枢市中级人民法院", "intermediate", "辽", ""),
        *(Court(code, f"天枢市第{code[-2:]}区人民法院", "basic", "辽01", "") for code in CODES),
    ]
)
QUARTERS = [period.key for period in consecutive(parse_period("2023Q4"), NOW)]  # nine


def findings(**told) -> Findings:
    """Findings that hold nothing but what a test is about; cells as (indicator, now, year before)."""
    edition = told.pop("edition", catalogue.load())
    cells = told.pop("cells", [])
    names = ["now_n", "now_d", "previous_n", "previous_d", "year_before_n", "year_before_d"]
    index = pd.MultiIndex.from_tuples(
        [("辽", "全部", name) for name, *_ in cells], names=["court", "line", "indicator"]
    )
    frame = pd.DataFrame([[*now, None, None, *base] for _, now, base in cells], index=index, columns=names)
    comparisons = Comparisons(NOW, edition, frame.astype("Int64"), {})
    return Findings(
        **{"history": history([]), "flags": (), "attributions": {}, "courses": {}, "funnels": ()} | told,
        period=NOW,
        issuer="辽",
        tree=TREE,
        catalogue=edition,
        comparisons=comparisons,
        untested=(),
        tested=frozenset(),
        ordinary=frozenset(),
        unmoved=frozenset(),
        rows_in=0,
        rows_used=0,
        set_aside={},
        rows_aside=pd.DataFrame(),
        notes=(),
        data_until=date(2026, 1, 1),
    )


def history(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    """(indicator, period, count) of all cases of 辽."""
    frame = pd.DataFrame(rows, columns=["indicator", "period", "numerator"])
    return frame.assign(court="辽", line="全部", denominator=pd.NA)


def flag(indicator: str, *, court: str = "辽", severity: str = "red", rules: tuple[str, ...] = ("R7",)) -> Flag:
    return Flag(NOW.key, court, "全部", indicator, severity, severity, "up", rules, None, None, None,
                Reference("peers", None, ""), evidence())  # fmt: skip


def drawings(found: Findings, **told) -> dict[str, list[charts.Drawing]]:
    return charts.drawn(charts.View(found, "全省法院", **told, technical=True))


FLOW = {"filed": [300, 320, 310, 350, 330], "concluded": [280, 330, 300, 340, 360], "pending": [100, 90, 100, 110, 80]}


def flowing(periods: int = 5) -> Findings:
    rows = [(n, key, v) for n, values in FLOW.items() for key, v in zip(QUARTERS[-5:], values, strict=True)]
    return findings(history=history([row for row in rows if row[1] in QUARTERS[-periods:]]))


def trending(values: int = 9) -> Findings:
    """上诉率 of the province: ten of a hundred in every quarter, 20 in the last; the range known for the last three."""
    course = Course(
        tuple(QUARTERS),
        (*tuple((None, None) if place < 9 - values else (10, 100) for place in range(8)), (20, 100)),
        (None,) * 6 + ((0.08, 0.12), (0.085, 0.115), (0.09, 0.13)),
        "按该院此前各期水平推算的95%范围",
    )
    one = flag("appeal_rate")
    return findings(flags=(one,), courses={one.key: course})


def part(name: str, now: int, base: int) -> Part:
    return Part(name, name, Fraction(now - base), Fraction(0), (now, 0), (base, 0))


def moved(parts: list[Part], dimension: str = "line") -> Findings:
    now, base = (sum(getattr(one, side)[0] for one in parts) for side in ("now", "base"))
    split = Attribution("辽", "全部", "filed", dimension, "year_before", Fraction(now - base), tuple(parts))
    return findings(attributions={"辽|filed": (split,)}, cells=[("filed", (now, None), (base, None))])


LINES = [part("刑事", 30, 40), part("执行", 130, 100), part("民事", 300, 260)]


def funnelled(courts: int = 9, indicator: str = "civil_mediation_rate") -> Findings:
    """100, 200, 300 … cases, three of ten mediated; the second court none of its 200 beyond its range."""
    peers = tuple(
        Peer(code, (0 if place == 1 else 30 * (place + 1), 100 * (place + 1)), 0.2, 0.4)
        for place, code in enumerate(CODES[:courts])
    )
    group = Peers(indicator, "basic", 0.3, peers, "同级法院99.8%参考范围")
    amber = flag(indicator, court=CODES[2], severity="amber", rules=("R5",))
    return findings(flags=(flag(indicator, court=CODES[1], rules=("R2", "R5")), amber), funnels=(group,))


def test_the_flow_of_five_quarters():
    (found,) = drawings(flowing())["flow"]
    assert found["title"] == "全省法院近5个季度收结存情况"
    assert found["heads"][1:] == ["2024年四季度", "2025年一季度", "2025年二季度", "2025年三季度", "2025年四季度"]
    assert found["rows"] == [
        ["新收", "300", "320", "310", "350", "330"],
        ["结案", "280", "330", "300", "340", "360"],
        ["未结", "100", "90", "100", "110", "80"],
    ]
    shape = found["shape"]
    assert [tick["text"] for tick in shape["ticks"]] == ["0", "100", "200", "300", "400"]
    assert shape["series"]["filed"]["ys"] == [0.75, 0.8, 0.775, 0.875, 0.825]
    assert shape["axis"]["years"] == [{"text": "2024年", "x": 0.1}, {"text": "2025年", "x": 0.6}]


def test_a_trend_with_the_range_of_its_rule():
    (found,) = drawings(trending())["trend"]
    assert found["rows"] == [
        ["上诉率", *["10.00"] * 8, "20.00"],
        ["范围上限", *["—"] * 6, "12.00", "11.50", "13.00"],
        ["范围下限", *["—"] * 6, "8.00", "8.50", "9.00"],
    ]
    shape = found["shape"]
    assert shape["now"] == "20.00%"
    assert [tick["text"] for tick in shape["ticks"]] == ["8", "10", "12", "14", "16", "18", "20"]
    assert [round(point["y"], 2) for point in shape["points"]] == [0.17] * 8 + [1.0]
    assert next((one["low"], one["high"]) for one in shape["band"]) == (0.0, 0.3333)
    assert "按该院此前各期水平推算的95%范围" in found["note"]
    assert not shape["bounds"]


def test_an_interval_is_drawn_from_the_day_it_is_in_force():
    edition = catalogue.load()
    interval = Interval(date(2025, 1, 1), None, 12.0, "示例：不是真实文件")
    item = replace(edition.indicators["appeal_rate"], intervals=(interval,))
    edition = replace(edition, indicators={**edition.indicators, "appeal_rate": item})
    (found,) = drawings(replace(trending(), catalogue=edition))["trend"]
    (bound,) = found["shape"]["bounds"]
    assert bound["text"] == "上限12%"
    assert bound["x"] == pytest.approx(5 / 9)  # 2025Q1 is the sixth of nine quarters
    assert bound["y"] == pytest.approx((12 - 8) / (20 - 8), abs=1e-4)
    assert "虚线为合理区间（不高于12%），依据为示例：不是真实文件" in found["note"]
    svg = template(found).render(alt=found["alt"], **found["shape"])
    assert looks(svg, "interval", "stroke-dasharray") == {"6 3"}
    assert texts(svg, "bound") == ["上限12%"]


def test_only_the_issuer_s_own_flags_have_a_trend_and_amber_ones_only_in_its_own_letter():
    found = trending()
    (one,) = found.flags
    below = replace(one, court="辽0102")
    amber = replace(one, severity="amber")
    for other in (below, amber):
        told = replace(found, flags=(other,), courses={other.key: found.courses[one.key]})
        assert drawings(told)["trend"] == []
    assert len(drawings(told, told=("red", "amber"))["trend"]) == 1


def test_contributions_stand_in_the_order_of_lines_and_add_up():
    (found,) = drawings(moved(LINES))["contributions"]
    assert found["heads"] == ["条线", "本期", "去年同期", "增减", "拉动（个百分点）"]
    assert found["rows"] == [
        ["刑事", "30件", "40件", "-10", "-2.50"],
        ["民事", "300件", "260件", "+40", "+10.00"],
        ["执行", "130件", "100件", "+30", "+7.50"],
        ["合计", "460件", "400件", "+60", "+15.00"],
    ]
    bars = found["shape"]["bars"]
    assert [bar["up"] for bar in bars] == [False, True, True, True]
    assert found["shape"]["zero"] == 0.25  # from −20 to +60
    assert [(bar["from"], bar["to"]) for bar in bars] == [(0.125, 0.25), (0.25, 0.75), (0.25, 0.625), (0.25, 1.0)]


def test_of_very_many_parts_the_others_are_one():
    causes = [part(f"案由{n:02d}", 20 + (n == 7) * 50, 20) for n in range(20)]
    (found,) = drawings(moved(causes, "cause"))["contributions"]
    assert [row[0] for row in found["rows"]] == ["案由07", "其他19项", "合计"]
    assert [row[3] for row in found["rows"]] == ["+50", "0", "+50"]


def test_a_funnel_names_only_the_courts_that_the_bulletin_tells_of():
    (found,) = drawings(funnelled())["funnel"]
    assert [point["name"] for point in found["shape"]["points"] if point["name"]] == ["天枢市第03区法院"]
    assert "天枢市第03区法院0.00%（20.00%—40.00%）" in found["note"]
    cells = [cell for row in found["rows"] for cell in row]
    assert [row[:3] for row in found["rows"]] == [
        ["天枢市第02区", "100", "30.00"],
        ["天枢市第03区", "200", "0.00"],
        ["天枢市第04区", "300", "30.00"],
    ]
    assert [cell for cell in cells if cell.endswith("区")] == [f"天枢市第{code[-2:]}区" for code in
                                                              (CODES[i] for i in (0, 3, 6, 1, 4, 7, 2, 5, 8))]  # fmt: skip
    assert "不代表名次" in found["note"]


@pytest.mark.parametrize(
    ("chart", "found"),
    [
        ("flow", flowing(3)),
        ("trend", trending(5)),
        ("contributions", findings()),
        ("funnel", funnelled(7)),
        ("funnel", funnelled(indicator="appeal_rate")),  # a right is not held against limits
    ],
)
def test_no_chart_of_too_little(chart, found):
    assert drawings(found)[chart] == []


SHOWN = {"flow": flowing, "trend": trending, "contributions": lambda: moved(LINES), "funnel": funnelled,
         "small": flowing}  # fmt: skip


def template(drawing: charts.Drawing) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(drawing["template"])


def drawn(chart: str) -> tuple[charts.Drawing, str]:
    (found,) = drawings(SHOWN[chart]())[chart]
    return found, template(found).render(alt=found["alt"], **found["shape"])


def texts(svg: str, kind: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter() if node.get("class") == kind]


@pytest.mark.parametrize("chart", SHOWN)
def test_every_chart_is_safe_legible_and_the_same_every_time(chart):
    found, svg = drawn(chart)
    assert drawn(chart)[1] == svg
    root = ElementTree.fromstring(svg)
    assert {node.tag.rpartition("}")[2] for node in root.iter()} <= {
        "svg", "title", "text", "line", "rect", "circle", "path", "polyline", "polygon",
    }  # fmt: skip
    assert root[0].text == found["alt"]
    assert not re.search(r"href|style=|on\w+=|url\(|nan|inf", svg)
    _, _, wide, high = map(float, root.get("viewBox").split())
    assert (root.get("width"), wide) == ("156mm", 442)
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)) >= 9
    for node in root.iter():
        for name, most in (
            ("x", wide),
            ("x1", wide),
            ("x2", wide),
            ("cx", wide),
            ("y", high),
            ("y1", high),
            ("cy", high),
        ):
            assert 0 <= float(node.get(name, 0)) <= most, ElementTree.tostring(node)


@pytest.mark.parametrize("chart", SHOWN)
def test_nothing_is_told_by_colour(chart):
    _, svg = drawn(chart)
    for paint in re.findall(r'(?:fill|stroke)="([^"]+)"', svg):
        assert paint == "none" or re.fullmatch(r"#([0-9a-f])\1\1", paint), paint


def looks(svg: str, kind: str, name: str) -> set[str | None]:
    return {node.get(name) for node in ElementTree.fromstring(svg).iter() if node.get("class") == kind}


def test_series_differ_in_black_and_white():
    flow, trend, bars, funnel, small = (drawn(chart)[1] for chart in SHOWN)
    assert looks(flow, "filed", "fill") != looks(flow, "concluded", "fill")
    assert looks(flow, "pending", "stroke-dasharray") >= {"5 2"}
    assert len(set(re.findall(r'<rect [^>]*fill="([^"]+)"', small))) == 3
    assert looks(trend, "value", "stroke-dasharray") == {None}
    assert looks(trend, "band", "stroke-dasharray") == {None, "1 2"}
    assert looks(bars, "up", "fill") != looks(bars, "down", "fill") != looks(bars, "total", "fill")
    assert looks(bars, "total", "stroke-dasharray") == {"3 1.5"}
    assert looks(funnel, "limit", "stroke-dasharray") == {"5 3"}
    assert looks(funnel, "middle", "stroke-dasharray") == {None}


@pytest.mark.parametrize("chart", SHOWN)
def test_figures_on_the_chart_stand_in_the_table(chart):
    found, svg = drawn(chart)
    table = {cell.strip("%件") for row in found["rows"] for cell in row}
    for text in texts(svg, "figure"):
        if re.search(r"\d", text) and not text.endswith("法院"):
            assert text.strip("%件") in table, text
    assert len({len(row) for row in [found["heads"], found["aligns"], *found["rows"]]}) == 1


def test_names_from_the_data_cannot_break_the_drawing():
    found = moved([part('甲<script>&"乙', 30, 40), part("丙", 5, 1)], "cause")
    (drawing,) = drawings(found)["contributions"]
    svg = template(drawing).render(alt=drawing["alt"], **drawing["shape"])
    assert '甲<script>&"乙' in texts(svg, "figure")
    assert "<script" not in svg


def test_every_chart_has_a_template_and_every_template_a_chart():
    drawn = {*(one.template for one in charts.CHARTS), CROSSED, STEP}  # the last two are drawn of no findings
    assert {f"charts/{path.name}" for path in (TEMPLATES / "charts").glob("*.svg.j2")} == drawn


def test_a_bulletin_prints_its_charts_beside_the_text(workspace, tongbao):
    """The figures of 收结存 are those of the text; every figure referred to is there, and no other."""
    result = tongbao("run", "-w", workspace, "--period", "2026Q3", "--as-of", "2026-10-20", "--format", "md")
    assert result.code == 0, result.err
    folder = workspace / "out/2026Q3"
    text = (folder / "2026Q3-general.md").read_text("utf-8")
    filed, concluded, pending = re.search(r"新收(\d+)件；审执结(\d+)件，期末未结(\d+)件", text).groups()
    for label, value in (("新收", filed), ("结案", concluded), ("未结", pending)):
        assert re.search(rf"^\| {label} \|.* {value} \|$", text, re.M)
    named = re.findall(r"^!\[([^\]]+)\]\((charts/[^)]+)\)$", text, re.M)
    assert {name for _, name in named} == {f"charts/{path.name}" for path in (folder / "charts").iterdir()}
    assert all(alt for alt, _ in named)
    assert re.findall(r"^图(\d+)　", text, re.M) == [str(n + 1) for n in range(len(named))]
