"""Delimited files as courts really export them."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from by_hand import COURTS, reading, write_csv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.errors import ConfigError, InputError
from reports.read import read

HEADER = "案号,经办法院,立案日期,结案日期,案由\n"
ROW = "（2025）辽0102民初{n}号,天枢市城东区人民法院,2025-07-0{n},2025-09-0{n},民间借贷纠纷\n"
GOOD = HEADER + "".join(ROW.format(n=n) for n in range(1, 6))


def read_bytes(tmp_path, data: bytes, name: str = "c.csv", **options):
    (tmp_path / name).write_bytes(data)
    with reading(tmp_path / name, **options) as cases:
        rows = cases.connection.execute("SELECT case_no, filed, cause FROM cases ORDER BY case_no").fetchall()
        return cases.rows_in, cases.rows_used, cases.set_aside, rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path, encoding, ends):
    rows_in, used, aside, rows = read_bytes(tmp_path, GOOD.replace("\n", ends).encode(encoding))
    assert (rows_in, used, len(aside)) == (5, 5, 0)
    assert rows[0] == ("（2025）辽0102民初1号", date(2025, 7, 1), "民间借贷纠纷")


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_other_delimiters(tmp_path, delimiter):
    assert read_bytes(tmp_path, GOOD.replace(",", delimiter).encode())[1] == 5


def test_mixed_line_ends_blank_lines_and_quoted_breaks_keep_line_numbers(tmp_path):
    text = (
        HEADER
        + ROW.format(n=1).replace("\n", "\r\n")
        + "\n"
        + '（2025）辽0102民初2号,天枢市城东区人民法院,2025-07-02,2025-09-02,"民间\n借贷纠纷"\n'
        + "（2025）辽0102民初3号,天枢市城东区人民法院,2025-02-30,,买卖合同纠纷\n"
        + "（2025）辽0102民初4号,天枢市城东区人民法院,2025-07-04\n"
        + '（2025）辽0102民初5号,"天枢市城东区人民法院,2025-07-05,,\n'
        + ROW.format(n=6)
    )
    rows_in, used, aside, rows = read_bytes(tmp_path, text.encode())
    assert (rows_in, used) == (6, 3)
    assert [(row["行"], row["原因"]) for row in aside.to_dict("records")] == [
        (6, "立案日期无法识别：2025-02-30"),
        (7, "列数不符：应为5列，实为3列"),
        (8, "引号不配对"),
    ]
    assert rows[1][2] == "民间借贷纠纷"  # a line break within a cell is no part of its value


def test_every_reason_names_file_line_and_value(tmp_path):
    lines = [
        ",天枢市城东区人民法院,2025-07-01,,",
        "（2025）辽0102民初1号,,2025-07-01,,",
        "收案登记第2号,某某法院,2025-07-01,,",
        "（2025）辽0102民初3号,辽0102,20250732,,",
        "（2025）辽0102民初4号,辽0102,2025-07-01,昨天,",
        "（2025）辽0102民初5号,辽0102,,,",
        "（2025）辽0102民初6号,辽0102,2025-07-01,2025-06-30,",
        "（2025）辽0102民初7号,辽0102,2099-01-01,,",
        "（2025）辽0102民初8号,辽0102,2025-07-01,2099-12-31,",
        "（2025）辽0102民初9号,辽0102,2025-07-01,1900-01-01,",
        "（2025）辽0102民初9号,辽0102,2025/7/1,,",
    ]
    rows_in, used, aside, _ = read_bytes(tmp_path, (HEADER + "\n".join(lines)).encode())
    assert (rows_in, used) == (11, 1)  # 1900-01-01 means no date: that row is used
    assert aside["行"].tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert aside["原因"].tolist() == [
        "缺少案号",
        "缺少经办法院",
        "经办法院不在法院表中：某某法院",
        "立案日期无法识别：20250732",
        "结案日期无法识别：昨天",
        "立案日期、结案日期都没有",
        "结案日期（2025-06-30）早于立案日期（2025-07-01）",
        "立案日期晚于今天：2099-01-01",
        "结案日期晚于今天：2099-12-31",
        "案号重复",
    ]


def test_an_unknown_court_is_counted_by_the_number_and_told(tmp_path):
    known = "".join(f"（2025）辽0102民初{n}号,天枢市城东区人民法院,2025-07-01,,\n" for n in range(1, 4))
    (tmp_path / "c.csv").write_text(HEADER + known + "（2025）辽0102民初9号,某某法院,2025-07-01,,\n", "utf-8")
    with reading(tmp_path / "c.csv") as cases:
        assert (cases.rows_used, len(cases.set_aside)) == (4, 0)
        assert cases.connection.execute("SELECT court, count(*) FROM cases GROUP BY 1").fetchall() == [("辽0102", 4)]
        assert [note.count for note in cases.notes if "某某法院" in note.text] == [1]


def test_a_bad_byte_is_named_by_line_and_column(tmp_path):
    with pytest.raises(InputError) as error:
        read_bytes(tmp_path, HEADER.encode() + b"\xff\xfe\xff,a,b,c,d\n")
    assert "第2行第1个字节" in str(error.value)


def long_file(bad: bytes, column: int) -> bytes:
    """A file whose beginning tells its encoding, with a bad byte far behind it, in the second-last line."""
    lines = [ROW.format(n=n % 9 + 1).replace("民初", f"民初{n}").encode() for n in range(1000)]
    fields = lines[-2].split(b",")
    fields[column] = bad + fields[column]
    return HEADER.encode() + b"".join([*lines[:-2], b",".join(fields), lines[-1]])


@pytest.mark.parametrize("column", [0, 1, 4])
def test_a_bad_byte_behind_the_beginning_is_named_where_it_is_read(tmp_path, column):
    with pytest.raises(InputError) as error:
        read_bytes(tmp_path, long_file(b"\xff", column))
    assert "第1000行第" in str(error.value)


def test_a_bad_byte_in_a_column_that_nobody_reads_disturbs_no_count(tmp_path):
    rows_in, used, _, _ = read_bytes(tmp_path, long_file(b"", 4))
    (tmp_path / "c.csv").write_bytes(long_file(b"\xff", 4))
    with read(["c.csv"], tmp_path, tree=None, today=date(2026, 1, 1), wanted=frozenset({"outcome"})) as cases:
        assert (cases.rows_in, cases.rows_used) == (rows_in, used)
        assert rows_in == 1000


def test_gb18030_behind_a_beginning_of_ascii_alone_is_read(tmp_path):
    heads = "AH,JBFY,LARQ,JARQ\n"
    plain = "A-1,X,2025-01-02,2025-02-03\n" * 4000
    text = heads + plain + "（2025）辽0102民初7号,天枢市城东区人民法院,2025-07-01,2025-09-01\n"
    columns = {"case_no": "AH", "court": "JBFY", "filed": "LARQ", "concluded": "JARQ"}
    (tmp_path / "c.csv").write_bytes(text.encode("gb18030"))
    with read(["c.csv"], tmp_path, tree=None, own_columns=columns, today=date(2026, 1, 1)) as cases:
        found = cases.connection.execute("SELECT case_no FROM cases WHERE court = '辽0102'").fetchall()
    assert found == [("（2025）辽0102民初7号",)]


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b"   \n"])
def test_empty_file(tmp_path, data):
    with pytest.raises(InputError, match=r"空的|只有空行"):
        read_bytes(tmp_path, data)


def test_header_without_rows(tmp_path):
    with pytest.raises(InputError, match="只有表头，没有一行案件"):
        read_bytes(tmp_path, HEADER.encode())


def test_missing_column_tells_what_the_file_has_and_what_to_write(tmp_path):
    with pytest.raises(InputError) as error:
        read_bytes(tmp_path, GOOD.replace("立案日期", "登记立案时日").encode())
    text = str(error.value)
    assert "缺少必需的列：立案日期" in text
    assert "文件中的列：案号、经办法院、登记立案时日、结案日期、案由" in text
    assert "[source.columns]" in text
    assert 'filed = "登记立案时日"' in text


def test_repeated_column_name(tmp_path):
    with pytest.raises(InputError, match="列名重复：结案日期"):
        read_bytes(tmp_path, GOOD.replace("案由", "结案日期", 1).encode())


def test_money_is_kept_in_fen(tmp_path):
    rows = [
        {
            "案号": f"（2025）辽0102执{n}号",
            "经办法院": "辽0102",
            "立案日期": "2025-07-01",
            "结案日期": "",
            "标的额": money,
        }
        for n, money in enumerate(["1,234.56", "0.1", "100", "十万", ""], 1)
    ]
    with reading(write_csv(tmp_path / "c.csv", rows)) as cases:
        kept = cases.connection.execute("SELECT amount FROM cases ORDER BY case_no").fetchall()
        assert [row[0] for row in kept] == [123456, 10, 10000, None, None]
        assert {note.id: note.count for note in cases.notes} == {"unknown_amount": 1}


def test_court_table_mistakes_are_one_message(tmp_path):
    with pytest.raises(ConfigError) as error:
        read_bytes(tmp_path, GOOD.encode(), courts=COURTS + "辽0302,某院,基层,辽99\n")
    assert "辽99" in str(error.value)


messy = st.text(st.sampled_from("，,\"'\n\r\t;|=+-@（）()0123456789辽民初号年案法院 \0\ufeff\u2028𠮷é"), max_size=120)


# Many files a time: to open the engine and to put the table together takes longer than to read a few lines.
FILES = 20


def kept_of(tmp_path, contents: list[bytes]):
    """Files read as one table: (rows in, for each file the causes of its rows used and its rows set aside)."""
    paths = [tmp_path / f"{place}.csv" for place in range(len(contents))]
    for path, data in zip(paths, contents, strict=True):
        path.write_bytes(data)
    with reading(*paths) as cases:
        sql = "SELECT _file, cause FROM cases ORDER BY _file, _line"
        used = cases.connection.execute(sql).fetchall()
        asides = [cases.set_aside[cases.set_aside["文件"] == path.name] for path in paths]
        assert sum(map(len, asides)) == len(cases.set_aside)
        assert len(used) == cases.rows_used
        return cases.rows_in, [
            ([cause for file, cause in used if file == place], aside) for place, aside in enumerate(asides)
        ]


@settings(max_examples=300 // FILES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(*[st.tuples(st.lists(messy, max_size=8), st.sampled_from(["utf-8", "gb18030"]))] * FILES))
def test_any_text_after_a_good_header_is_used_or_set_aside(tmp_path, files):
    contents = [
        (GOOD.replace("民初", f"民初{place + 1}") + "\n".join(lines)).encode(encoding, "replace")
        for place, (lines, encoding) in enumerate(files)
    ]
    rows_in, each = kept_of(tmp_path, contents)
    assert rows_in == sum(len(used) + len(aside) for used, aside in each)
    for used, aside in each:
        assert len(used) >= 5 - aside["案号"].astype(str).str.contains("民初").sum()
        assert (aside["行"] >= 2).all()


cells = st.lists(st.text('a,"\n甲 ', max_size=5), min_size=5, max_size=5)


@settings(max_examples=100 // FILES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(*[st.lists(cells, min_size=1, max_size=6)] * FILES))
def test_what_a_writer_quotes_the_reader_gives_back(tmp_path, files):
    contents = []
    for place, rows in enumerate(files):
        out = io.StringIO()
        writer = csv.writer(out)
        for number, row in enumerate(rows):
            writer.writerow([f"（2025）辽0102民初{place + 1}{number}号", "辽0102", "2025-07-01", "", "".join(row)])
        contents.append((HEADER + out.getvalue()).encode())
    _, each = kept_of(tmp_path, contents)
    for rows, (used, aside) in zip(files, each, strict=True):
        assert len(aside) == 0
        assert len(used) == len(rows)


def test_a_stray_quote_in_two_rows_swallows_no_row_between_them(tmp_path):
    header = "案号,经办法院,案由,立案日期,结案日期\n"
    row = "（2025）辽0102民初{n}号,天枢市城东区人民法院,{cause},2025-07-0{n},2025-09-0{n}\n"
    text = header + "".join(
        row.format(n=n, cause=cause)
        for n, cause in enumerate(['"借款', "借款", '借款"', '"民间\n借贷"', '"买卖', '合同"', '"借款, 1'], 1)
    )
    rows_in, used, aside, rows = read_bytes(tmp_path, text.encode())
    assert (rows_in, used) == (7, 4)
    assert [(row["行"], row["原因"]) for row in aside.to_dict("records")] == [
        (2, "引号不配对"),
        (7, "引号不配对"),
        (9, "引号不配对"),
    ]
    assert [number.partition("初")[2] for number, _, _ in rows] == ["2号", "3号", "4号", "6号"]


def test_a_cell_of_several_lines_may_hold_as_many_commas_as_a_row(tmp_path):
    text = HEADER + '（2025）辽0102民初1号,天枢市城东区人民法院,2025-07-01,,"甲,乙,丙,丁,戊\n己,庚"\n' + ROW.format(n=2)
    assert read_bytes(tmp_path, text.encode())[:2] == (2, 2)
