"""Court codes and the tree of courts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import read
from reports.courts import codes, court_table
from reports.courts.codes import describe
from reports.courts.court_table import load
from reports.courts.derivation import derive
from reports.courts.tree import Court, CourtTree
from reports.errors import ConfigError

TABLE = """代码,名称,层级,上级
豫,天元省高级人民法院,高院,
豫01,天元省天枢市中级人民法院,中院,豫
豫0102,天枢市城东区人民法院,基层法院,豫01
豫0103,天枢市城西区人民法院,基层法院,豫01
豫02,天元省天璇市中级人民法院,中院,天元省高级人民法院
豫0202,天璇市城东区人民法院,基层法院,豫02
豫0281,玉衡市人民法院,基层法院,豫02
"""


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "courts.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture
def province(tmp_path):
    return load(written(tmp_path, TABLE))


# Codes


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("最高法", "全国"),
        ("豫", "全省"),
        ("黑", "全省"),
        *((code, "全市") for code in "京津沪渝"),
        *((code, "全自治区") for code in "内桂藏宁新"),
        ("兵", "全兵团"),
        ("豫01", "全市"),
        ("豫96", "全市"),  # 济源, directly under the province
        ("豫71", "辖区"),  # railways
        ("京04", "辖区"),  # no intermediate court of a municipality has all of it
        ("兵01", "辖区"),
        ("豫0102", "本院"),
        ("豫9001", "本院"),
    ],
)
def test_what_a_court_with_those_below_it_is_called(code, told):
    below = Court(f"{code}0001", "下级法院", "basic", code)
    tree = CourtTree.of([Court(code, "本级法院", describe(code).level), below])
    assert tree.region(code) == told


def test_a_court_by_itself_has_no_jurisdiction_to_speak_of():
    assert CourtTree.of([Court("沪72", "上海海事法院", "intermediate")]).region("沪72") == "本院"


@pytest.mark.parametrize(
    ("code", "level", "parent", "kind"),
    [
        ("最高法", "supreme", None, "普通"),
        ("豫", "high", "最高法", "普通"),
        ("军", "high", "最高法", "军事"),
        ("兵", "high", "最高法", "兵团"),
        ("豫01", "intermediate", "豫", "普通"),
        ("豫0105", "basic", "豫01", "普通"),
        ("兵0101", "basic", "兵01", "普通"),
        # municipalities: the digits do not say
        ("京0105", "basic", "京03", "普通"),
        ("京0107", "basic", "京01", "普通"),
        ("京0108", "basic", "京", "普通"),
        ("渝0103", "basic", "渝", "普通"),
        # no districts
        ("粤1972", "basic", "粤19", "普通"),
        ("粤2072", "basic", "粤20", "普通"),
        # counties directly under the province
        ("鄂96", "intermediate", "鄂", "省直辖县对应中院"),
        ("鄂9004", "basic", "鄂96", "省直辖县"),
        ("豫9001", "basic", "豫96", "省直辖县"),
        ("琼9001", "basic", "琼", "省直辖县"),
        # special courts
        ("陕71", "intermediate", "陕", "铁路"),
        ("陕7102", "basic", "陕71", "铁路"),
        ("粤72", "intermediate", "粤", "海事"),
        ("京73", "intermediate", "京", "知识产权"),
        ("沪74", "intermediate", "沪", "金融"),
        ("黑74", "intermediate", "黑", "油田"),
        ("黑81", "intermediate", "黑", "农垦"),
        ("京0491", "basic", "京04", "互联网"),
        ("浙0192", "basic", "浙01", "互联网"),
        ("粤0192", "basic", "粤01", "互联网"),
        ("渝0192", "basic", "渝", "自贸区"),
    ],
)
def test_what_a_code_says(code, level, parent, kind):
    facts = describe(code)
    assert (facts.level, facts.parent, facts.kind) == (level, parent, kind)


@pytest.mark.parametrize("code", ["京0108", "渝0192", "琼9001"])
def test_an_unknown_parent_is_marked(code):
    assert "待核" in describe(code).note


@pytest.mark.parametrize("code", ["", "郑01", "豫1", "豫011", "豫01050", "最高", "01"])
def test_no_court_code(code):
    assert describe(code) is None


# Reading courts.csv


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path, encoding):
    assert len(load(written(tmp_path, TABLE, encoding)).courts) == 7


def test_order_does_not_depend_on_the_rows(tmp_path, province):
    header, *rows = TABLE.strip().split("\n")
    shuffled = load(written(tmp_path, "\n".join([header, *reversed(rows)])))
    assert shuffled == province
    assert [c.code for c in province.courts] == [
        "豫",
        "豫01",
        "豫0102",
        "豫0103",
        "豫02",
        "豫0202",
        "豫0281",
    ]


def test_a_city_may_be_the_root_and_several_roots_are_a_forest(tmp_path):
    text = """代码,名称,层级,上级
豫02,乙市中级人民法院,中院,
豫01,甲市中级人民法院,中院,
豫0102,东区人民法院,基层,豫01
"""
    forest = load(written(tmp_path, text))
    assert [c.code for c in forest.roots] == ["豫01", "豫02"]
    assert [c.code for c in forest.courts] == ["豫01", "豫0102", "豫02"]


def test_every_mistake_is_listed_with_row_column_and_remedy(tmp_path):
    text = """代码,名称,层级,上级
豫,天元省高级人民法院,高院,
豫01,天枢市中级人民法院,中级院,豫
豫01,天璇市中级人民法院,中院,豫
豫03,天璇市中级人民法院,中院,豫
豫0102,,基层法院,豫01
豫0103,城西区人民法院,基层法院,豫09
豫0104,城南区人民法院,基层法院,豫0105
豫0105,城北区人民法院,基层法院,豫0104
豫0106,城中区人民法院,中院,豫0103
"""
    with pytest.raises(ConfigError) as raised:
        load(written(tmp_path, text))
    message = str(raised.value)
    assert "courts.csv" in message
    for part in (
        "第3行“层级”“中级院”不认识；应为最高法院、高院、中院、基层法院之一",
        "第4行“代码”“豫01”与第3行重复",
        "第5行“名称”“天璇市中级人民法院”与第4行重复",
        "第6行“名称”为空；请补填",
        "第7行“上级”“豫09”不在表中",
        "第8行“上级”循环：豫0104 → 豫0105 → 豫0104",
        "第10行“上级”“城西区人民法院”是基层法院，不高于中院“城中区人民法院”",
    ):
        assert part in message, part
    assert "法院表有7处错误" in message


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "缺少列"),
        ("代码,名称,层级\n".encode(), "缺少列：上级"),
        ("代码,名称,层级,上级\n".encode(), "没有任何法院"),
        (b"\xff\xff\xff\xff", "编码"),
    ],
)
def test_unusable_files(tmp_path, content, part):
    path = tmp_path / "courts.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=part):
        load(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="法院表无法读取"):
        load(tmp_path / "none.csv")


def test_what_is_written_is_read_back(tmp_path, province):
    path = tmp_path / "copy.csv"
    court_table.write(province, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert load(path) == province


# Looking up


def test_relations(province):
    assert [c.code for c in province.children("豫")] == ["豫01", "豫02"]
    assert [c.code for c in province.descendants("豫01")] == ["豫0102", "豫0103"]
    assert [c.code for c in province.ancestors("豫0102")] == ["豫01", "豫"]
    assert [c.code for c in province.peers("intermediate")] == ["豫01", "豫02"]
    assert province.level("豫0281") == "basic"
    assert province.by_code["豫02"].parent == "豫"


def test_own_cases_and_the_children_are_a_partition(province):
    for court in province.courts:
        parts = [{court.code}]
        parts += [
            {child.code, *(c.code for c in province.descendants(child.code))} for child in province.children(court.code)
        ]
        whole = {court.code, *(c.code for c in province.descendants(court.code))}
        assert set().union(*parts) == whole
        assert sum(map(len, parts)) == len(whole)


def test_short_names_are_unique(province):
    assert province.short_name("豫") == "天元省高院"
    assert province.short_name("豫01") == "天枢市中院"
    assert province.short_name("豫0103") == "城西区法院"
    assert province.short_name("豫0102") == "天枢市城东区法院"
    assert province.short_name("豫0202") == "天璇市城东区法院"
    assert province.short_name("豫0281") == "玉衡市法院"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("北京市第三中级人民法院", "北京市第三中院"),
        ("广东省东莞市第一人民法院", "东莞市第一法院"),
        ("荆州市沙市区人民法院", "沙市区法院"),
        ("四川省乐山市市中区人民法院", "市中区法院"),
        ("郑州市金水区人民法院", "金水区法院"),
        ("凉山彝族自治州中级人民法院", "凉山彝族自治州中院"),
        ("内蒙古自治区乌拉特中旗人民法院", "乌拉特中旗法院"),
        ("广州铁路运输法院", "广州铁路运输法院"),
        ("最高人民法院", "最高法院"),
    ],
)
def test_short_forms(name, short):
    assert CourtTree.of([Court("豫01", name, "intermediate")]).short_name("豫01") == short


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("豫0103", "豫0103"),
        ("豫０１０３", "豫0103"),
        ("天枢市城西区人民法院", "豫0103"),
        ("城西区人民法院", "豫0103"),
        ("城西区法院", "豫0103"),
        ("天枢市中级人民法院", "豫01"),
        ("天枢市中院", "豫01"),
        ("河南省天枢市城西区人民法院", "豫0103"),
        ("天璇市城东区人民法院", "豫0202"),
    ],
)
def test_find_by_code_or_name(province, text, code):
    assert province.find(text).code == code


def test_an_ambiguous_name_is_refused(province):
    assert province.match("城东区人民法院") is None
    with pytest.raises(ConfigError, match="不止一个法院") as raised:
        province.find("城东区人民法院")
    assert "豫0102" in str(raised.value)
    assert "豫0202" in str(raised.value)


def test_an_unknown_name_gets_a_suggestion(province):
    with pytest.raises(ConfigError) as raised:
        province.find("城西人民法院")
    assert "豫0103" in str(raised.value)
    with pytest.raises(ConfigError, match="法院表中没有"):
        province.find("XYZ")


@pytest.mark.parametrize(
    "text", ["广东省天枢市城西区人民法院", "玉衡市城西区人民法院", "西区人民法院", "人民法院", "天枢市"]
)
def test_contradicting_and_incomplete_names_do_not_match(province, text):
    assert province.match(text) is None


def test_a_name_with_a_province_finds_one_without(tmp_path):
    table = "代码,名称,层级,上级\n粤06,佛山市中级人民法院,中院,\n粤0605,南海区人民法院,基层法院,粤06\n"
    tree = load(written(tmp_path, table))
    assert tree.find("广东省佛山市南海区人民法院").code == "粤0605"
    assert tree.match("广西壮族自治区佛山市南海区人民法院") is None


# Deriving from data


def test_derived_from_case_numbers():
    tree = derive(
        [
            ("豫0105", "河南省郑州市金水区人民法院"),
            ("豫0105", "郑州市金水区人民法院"),
            ("豫0105", "郑州市金水区人民法院"),
            ("豫0181", "河南省巩义市人民法院"),
            ("豫0202", "开封市龙亭区人民法院"),
            (None, "金水区人民法院"),
            (None, "河南省登封市人民法院"),
            ("豫02", "开封市中级人民法院"),
        ]
    )
    assert [(c.code, c.name, c.parent) for c in tree.courts] == [
        ("豫", "河南省高级人民法院", None),
        ("豫01", "郑州市中级人民法院", "豫"),
        ("豫0105", "郑州市金水区人民法院", "豫01"),
        ("豫0181", "河南省巩义市人民法院", "豫01"),
        ("豫02", "开封市中级人民法院", "豫"),
        ("豫0202", "开封市龙亭区人民法院", "豫02"),
        ("河南省登封市人民法院", "河南省登封市人民法院", "豫"),
    ]
    assert "待核" in tree.by_code["豫01"].note
    assert tree.by_code["豫"].note == ""
    notes = "\n".join(tree.notes)
    assert "豫0105在数据中有不止一个名称" in notes
    assert "豫01" in notes
    assert "登封市" in notes
    assert "“金水区人民法院”" not in notes


def test_one_court_alone_stays_alone():
    tree = derive([("豫0105", "郑州市金水区人民法院")] * 3)
    assert [c.code for c in tree.courts] == ["豫0105"]
    assert tree.roots == tree.courts


def test_one_city_has_its_intermediate_court_as_root():
    tree = derive([("豫01", "郑州市中级人民法院"), ("豫0105", "郑州市金水区人民法院")])
    assert [c.code for c in tree.roots] == ["豫01"]


def test_a_municipality_is_marked_for_checking():
    tree = derive([("京0105", "北京市朝阳区人民法院"), ("京0108", "北京市海淀区人民法院")])
    assert tree.by_code["京0105"].parent == "京03"
    assert tree.by_code["京0108"].parent == "京"
    assert "待核" in tree.by_code["京0108"].note


_observed = st.lists(
    st.tuples(
        st.one_of(st.none(), st.from_regex("[豫京鄂]([0-9]{2}([0-9]{2})?)?", fullmatch=True), st.text(max_size=3)),
        st.one_of(
            st.none(),
            st.sampled_from(["甲市乙区人民法院", "乙区人民法院", "丙市中级人民法院", ""]),
            st.text(max_size=6),
        ),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(_observed)
def test_a_derived_tree_is_valid_and_its_order_stable(tmp_path_factory, observed):
    tree = derive(observed)
    assert derive(reversed(observed)) == tree
    names = [court.name for court in tree.courts]
    assert len(set(names)) == len(names)
    assert len(set(tree.short_names.values())) == len(names)
    for court in tree.courts:
        assert court.parent is None or court.parent in tree.by_code
    if tree.courts:
        path = tmp_path_factory.mktemp("derived") / "courts.csv"
        court_table.write(tree, path)
        assert load(path).courts == tree.courts


def test_level_names_are_those_printed():
    assert list(codes.LEVEL_NAMES.values()) == ["最高法院", "高院", "中院", "基层法院"]


def test_more_than_one_province_hangs_under_the_supreme_court():
    tree = derive([("豫0105", "金水区人民法院"), ("粤0402", "香洲区人民法院"), (None, "甲县人民法院")])
    assert [c.code for c in tree.roots] == ["最高法"]
    assert tree.by_code["甲县人民法院"].parent == "最高法"


# Names that are written in several ways


def test_rows_of_many_heads_count_together_for_a_name(tmp_path):
    """The rarer name stands in a row of a kind of its own: its count must not replace the other's."""
    lines = ["案号,经办法院,立案日期,结案日期"]
    lines += [f"（2025）辽0102民初{n}号,和平区人民法院,2025-01-05,2025-03-01" for n in range(1, 5)]
    lines += ["（2026）辽0102执1号,和平区人民法院,2026-01-06,2026-03-02"]
    lines += [f"（2026）辽0102刑初{n}号,和平区法院（旧）,2026-01-06,2026-03-02" for n in (1, 2)]
    (tmp_path / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with read.read(["cases.csv"], tmp_path, tree=None, today=date(2026, 6, 1)) as table:
        assert [court.name for court in table.tree.courts] == ["和平区人民法院"]
        assert table.rows_used == 7  # the old name belongs to the court that its numbers name
        (note,) = [note for note in table.notes if note.id == "court_by_number"]
        assert note.count == 2 and "“和平区法院（旧）”计入和平区人民法院" in note.text


def test_a_contested_name_belongs_to_the_code_with_most_rows():
    tree = derive({("辽0102", "甲区人民法院"): 3, ("辽0103", "甲区人民法院"): 50, ("辽0104", "丙区人民法院"): 9})
    names = {court.code: court.name for court in tree.courts}
    assert names["辽0103"] == "甲区人民法院"  # 辽0102 comes first in text order, and has fewer rows
    assert names["辽0102"] == "辽0102人民法院"
    assert "待核" in tree.by_code["辽0102"].note and "辽0103" in tree.by_code["辽0102"].note


def test_another_name_of_a_court_is_not_given_to_a_mistyped_code():
    tree = derive({("辽0102", "甲区人民法院"): 50, ("辽0102", "甲区法院"): 5, ("辽0120", "甲区法院"): 1})
    assert tree.by_code["辽0120"].name == "辽0120人民法院"


@pytest.mark.parametrize("name", ["某市新区人民法院", "某市甲区人民法院东城人民法庭", "甲区人民法院（本部）"])
def test_an_unknown_name_belongs_to_the_court_of_its_numbers(name, tmp_path):
    tree = CourtTree.of([Court("辽0102", "某市甲区人民法院", "basic"), Court("辽0103", "某市乙区人民法院", "basic")])
    lines = ["案号,经办法院,立案日期,结案日期"]
    lines += [f"（2026）辽0102民初{n}号,{name},2026-01-05,2026-03-01" for n in range(1, 4)]
    lines += [f"（2026）辽0103民初1号,{name},2026-01-05,2026-03-01"]  # its number does not agree
    lines += [f"见卷宗,{name},2026-01-05,2026-03-01"]
    (tmp_path / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with read.read(["cases.csv"], tmp_path, tree=tree, today=date(2026, 6, 1)) as table:
        assert table.connection.execute("SELECT DISTINCT court FROM cases").fetchall() == [("辽0102",)]
        assert table.rows_used == 3
        assert table.set_aside["行"].tolist() == [5, 6]
        assert set(table.set_aside["原因"]) == {f"经办法院不在法院表中：{name}"}


def test_a_name_that_numbers_do_not_place_is_set_aside(tmp_path):
    tree = CourtTree.of([Court(f"辽010{n}", f"某市{n}区人民法院", "basic") for n in range(2, 6)])
    lines = ["案号,经办法院,立案日期,结案日期"]
    lines += [f"（2026）辽010{n}民初1号,查无此院人民法院,2026-01-05,2026-03-01" for n in range(2, 6)]
    (tmp_path / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with read.read(["cases.csv"], tmp_path, tree=tree, today=date(2026, 6, 1)) as table:
        assert table.rows_used == 0 and len(table.set_aside) == 4
