"""Tables spoilt as people and programs spoil them: the numbers stay right, or what is wrong with them is named.

Every kind of spoiling is one entry of :data:`KINDS`. A spoilt table must give the very cases of the plain one (all
columns alike, so all counts alike), without those rows only that are set aside by file and line with a reason of the
kind; or the file must be refused with a message of the kind. ``SPOILT`` sets the examples of a kind (3 by default).
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from by_hand import COURTS
from sources import write_ods, write_xls, write_xlsx

from reports import catalogue, read
from reports.courts import case_no, court_table
from reports.courts.periods import parse_period
from reports.errors import InputError
from reports.tally import tally

pytestmark = pytest.mark.whole

EXAMPLES = int(os.environ.get("SPOILT", "3"))
TODAY = date(2026, 11, 22)
PERIOD = parse_period("2025Q3")
HEADER = ["案号", "经办法院", "案由", "立案日期", "结案日期", "结案方式", "标的额", "承办人"]
NUMBER, COURT, CAUSE, FILED, CONCLUDED, OUTCOME, AMOUNT, JUDGE = range(8)
NAMES = {"辽0102": "天枢市城东区人民法院", "辽0103": "天枢市城西区人民法院", "辽01": "天枢市中级人民法院"}
COLUMNS = "case_no, court, type, line, procedure, cause, filed, concluded, outcome, amount, deadline, judge"
Rows = list[list[str]]
Change = Callable[[random.Random, Rows, Path], "Path | Sequence[Path] | None"]


@dataclass(frozen=True)
class Kind:
    """One way to spoil a table: ``change`` alters the rows in place, or writes the files itself and returns them.

    ``loses`` is what every reason of a row set aside must say, ``stops`` the message of a file that is refused,
    ``tells`` what a note must say; a kind without them must give all cases.
    """

    name: str
    change: Change
    loses: str = ""
    stops: str = ""
    tells: str = ""
    words: bool = False  # whether the outcomes may differ: the note names them


KINDS: dict[str, Kind] = {}


def kind(name: str, **said: object) -> Callable[[Change], Change]:
    """Enter a kind of spoiling under what it does."""

    def enter(change: Change) -> Change:
        assert name not in KINDS
        KINDS[name] = Kind(name, change, **said)  # type: ignore[arg-type]
        return change

    return enter


def table(rng: random.Random, place: int) -> Rows:
    """A table of 10 to 30 cases, whose numbers no other table has."""
    rows = []
    for n in range(rng.randint(10, 30)):
        code = rng.choice([*NAMES])
        stage = "民终" if code == "辽01" else rng.choice(["民初", "民初", "刑初", "执"])
        filed = date(2025, 1, 1) + timedelta(rng.randrange(270))
        concluded = filed + timedelta(rng.randint(1, 120)) if rng.random() < 0.7 else None
        words = {"民终": ["维持", "改判", "发回重审"], "民初": ["判决", "调解", "撤诉"], "刑初": ["判决"]}
        outcome = rng.choice(words.get(stage, ["执行完毕", "终结本次执行"])) if concluded else ""
        rows.append(
            [
                f"（2025）{code}{stage}{place * 100 + n + 1}号", NAMES[code], "买卖合同纠纷", filed.isoformat(),
                concluded.isoformat() if concluded else "", outcome, str(rng.randrange(10, 10**7)), "张三",
            ]
        )  # fmt: skip
    rows[0][CONCLUDED], rows[0][OUTCOME] = "2025-09-28", "改判" if "民终" in rows[0][NUMBER] else "判决"
    rows[0][FILED] = "2025-07-03"
    return [list(HEADER), *rows]


def text(rows: Sequence[Sequence[str]], delimiter: str = ",", **how: object) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n", **how).writerows(rows)  # type: ignore[call-overload]
    return out.getvalue()


def saved(folder: Path, data: str | bytes, name: str = "c.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def some(rng: random.Random, rows: Rows, *, filled: int | None = None, share: float = 0.2) -> list[list[str]]:
    """Some of the cases, at least one; ``filled`` names a column that must hold something."""
    able = [row for row in rows[1:] if filled is None or row[filled]]
    return rng.sample(able, max(1, int(len(able) * share)))


def each(rows: Rows, column: int, change: Callable[[str], str]) -> None:
    for row in rows[1:]:
        if row[column]:
            row[column] = change(row[column])


def days(rows: Rows, change: Callable[[str], str]) -> None:
    each(rows, FILED, change)
    each(rows, CONCLUDED, change)


def pad(*cells: str) -> list[str]:
    return [*cells, *[""] * (len(HEADER) - len(cells))]


# Around the table


@kind("表上有标题、单位、制表日期")
def _(rng, rows, folder):
    above = [["天枢市两级法院案件明细表"], ["制表日期：2025-10-08"], [], ["", "（内部资料）"]]
    rows[:0] = [pad(*line) for line in above[: rng.randint(1, 4)]]


@kind("标题行列数不齐，表头在几行之后")
def _(rng, rows, folder):
    return saved(folder, "天枢市案件表\n" + "\n" * rng.randint(0, 3) + "统计期间：第三季度,,\n" + text(rows))


@kind("中间和末尾有合计、小计行")
def _(rng, rows, folder):
    words = ["合计", "小计", "总计", "天枢市城东区人民法院小计", "合 计", "本页小计", "其中：合计"]
    for _ in range(rng.randint(1, 4)):
        line = pad(rng.choice(words))
        line[rng.choice([FILED, AMOUNT])] = str(rng.randint(1, 99))
        rows.insert(rng.randint(2, len(rows)), line)


@kind("合计写在法院一列")
def _(rng, rows, folder):
    rows.append(["", "合计", "", "", "", "", str(rng.randint(1, 10**6)), ""])


@kind("表下有说明、签署")
def _(rng, rows, folder):
    lines = ["注：数据截至2025年10月8日", "制表人：李四", "填表说明：一、本表按季填报", "第1页 共1页", "* 含旧存案件"]
    rows += [pad(line) for line in rng.sample(lines, rng.randint(1, 4))]


@kind("表头重复出现")
def _(rng, rows, folder):
    for _ in range(rng.randint(1, 3)):
        rows.insert(rng.randint(2, len(rows)), list(HEADER))


@kind("空行、只有逗号的行")
def _(rng, rows, folder):
    for _ in range(rng.randint(1, 5)):
        rows.insert(rng.randint(1, len(rows)), rng.choice([[], pad()]))


@kind("多出空白列和无名列")
def _(rng, rows, folder):
    place = rng.randint(0, len(HEADER))
    for row in rows:
        row.insert(place, "")
        row += ["", ""]


@kind("合并的两行表头")
def _(rng, rows, folder):
    rows[0][FILED], rows[0][CONCLUDED] = "立案日期", "结案日期"
    top = pad(*HEADER[:3], "日期", "", *HEADER[5:])
    low = ["", "", "", "立案日期", "结案日期", "", "", ""]
    rows[:1] = [top, low]


@kind("表头中有换行")
def _(rng, rows, folder):
    rows[0] = [name[:2] + rng.choice(["\n", "\r\n"]) + name[2:] for name in rows[0]]


@kind("表头文字间、两端有空格")
def _(rng, rows, folder):
    rows[0] = [" ".join(name) if rng.random() < 0.5 else f"\u3000{name} " for name in rows[0]]


# Workbooks


@kind("法院名称向下合并")
def _(rng, rows, folder):
    rows[1:] = sorted(rows[1:], key=lambda row: row[COURT])
    with xlsxwriter.Workbook(folder / "c.xlsx") as book:
        sheet = book.add_worksheet("案件")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell and not (r and c == COURT):
                    sheet.write(r, c, cell)
        for name in {row[COURT] for row in rows[1:]}:
            lines = [r for r, row in enumerate(rows) if r and row[COURT] == name]
            if len(lines) > 1:
                sheet.merge_range(lines[0], COURT, lines[-1], COURT, name)
            else:
                sheet.write(lines[0], COURT, name)
    return folder / "c.xlsx"


@kind("隐藏的工作表里有上期数据", tells="隐藏")
def _(rng, rows, folder):
    with xlsxwriter.Workbook(folder / "c.xlsx") as book:
        for name in ("旧", "案件"):
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    old = name == "旧" and r and c == NUMBER
                    sheet.write(r, c, cell.replace("2025", "2024") if old else cell)
            if name == "旧":
                sheet.hide()
            else:
                sheet.activate()
                sheet.set_first_sheet()
    return folder / "c.xlsx"


@kind("隐藏、筛选掉的行", tells="被隐藏或筛选的行")
def _(rng, rows, folder):
    with xlsxwriter.Workbook(folder / "c.xlsx") as book:
        sheet = book.add_worksheet("案件")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write(r, c, cell)
        sheet.set_row(rng.randint(1, len(rows) - 1), None, None, {"hidden": True})
    return folder / "c.xlsx"


@kind("分在几张工作表，各有表头", tells="工作表“Sheet2”读取")
def _(rng, rows, folder):
    cut = rng.randint(2, len(rows) - 1)
    return write_xlsx(folder / "c.xlsx", {"Sheet1": rows[:cut], "Sheet2": [rows[0], *rows[cut:]]})


@kind("分在几张工作表，后面的没有表头", tells="工作表“Sheet2”读取")
def _(rng, rows, folder):
    cut = rng.randint(2, len(rows) - 1)
    return write_xlsx(folder / "c.xlsx", {"Sheet1": rows[:cut], "Sheet2": rows[cut:]})


@kind("前后有封面、说明工作表")
def _(rng, rows, folder):
    sheets = {"封面": [["天枢市案件表"], ["2025年第三季度"]], "案件": rows, "说明": [["本表按季填报"], ["张三"]]}
    return write_xlsx(folder / "c.xlsx", sheets)


@kind("公式没有存储结果", loses="没有计算过")
def _(rng, rows, folder):
    for row in some(rng, rows, filled=CONCLUDED):
        row[CONCLUDED] = "=D2+31|"
    return write_xlsx(folder / "c.xlsx", {"案件": rows})


@kind("公式结果是错误", loses="公式错误")
def _(rng, rows, folder):
    for row in some(rng, rows):
        row[rng.choice([FILED, CONCLUDED])] = "=1/0|#DIV/0!"
    path = folder / rng.choice(["c.xlsx", "c.ods"])
    return write_xlsx(path, {"案件": rows}) if path.suffix == ".xlsx" else write_ods(path, rows)


@kind("日期成了表格的序号")
def _(rng, rows, folder):
    serial = lambda day: str((date.fromisoformat(day) - date(1899, 12, 30)).days)  # noqa: E731
    if rng.random() < 0.5:
        days(rows, serial)
        return None
    typed = [
        [int(serial(c)) if n in (FILED, CONCLUDED) and r and c else c for n, c in enumerate(row)]
        for r, row in enumerate(rows)
    ]
    return write_xlsx(folder / "c.xlsx", {"案件": typed})


@kind("xls、ods 工作簿，扩展名不符")
def _(rng, rows, folder):
    name = folder / f"c{rng.choice(['.csv', '.xlsx', '.txt', '.xls', '.ods'])}"
    return rng.choice([write_xls, write_ods])(name, rows)


# Files


@kind("带字节顺序标记")
def _(rng, rows, folder):
    return saved(folder, "\ufeff" + text(rows))


@kind("GB18030 编码")
def _(rng, rows, folder):
    return saved(folder, text(rows).encode("gb18030"))


@kind("Unicode 文本（UTF-16，制表符分隔）")
def _(rng, rows, folder):
    order = rng.choice([("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")])
    return saved(folder, order[1] + text(rows, "\t").encode(order[0]), "c.txt")


@kind("UTF-16 缺字节顺序标记", stops="字节顺序标记")
def _(rng, rows, folder):
    return saved(folder, text(rows).encode(rng.choice(["utf-16-le", "utf-16-be"])))


@kind("几段编码不同的文字拼在一起", stops="编码")
def _(rng, rows, folder):
    cut = rng.randint(3, len(rows) - 2)
    return saved(folder, text(rows[:cut]).encode() + text(rows[cut:]).encode("gb18030"))


@kind("分号、制表符、竖线分隔")
def _(rng, rows, folder):
    return saved(folder, text(rows, rng.choice("\t;|")))


@kind("首行写 sep=")
def _(rng, rows, folder):
    mark = rng.choice(",;\t|")
    return saved(folder, f"sep={mark}\n" + text(rows, mark))


@kind("换行符是 CRLF、CR 或混用")
def _(rng, rows, folder):
    return saved(folder, "".join(line + rng.choice(["\n", "\r\n", "\r"]) for line in text(rows).splitlines()))


@kind("值加引号，引号内有换行、逗号")
def _(rng, rows, folder):
    for row in some(rng, rows):
        row[JUDGE] = "张三"
    rows[0].append("备注")
    for row in rows[1:]:
        row.append(rng.choice(["", "第一，\n第二", "a,b", '说"不"', "\r\n", "；"]))
    return saved(folder, text(rows, quoting=csv.QUOTE_ALL))


@kind("引号不配对", loses="引号不配对|列数不符")
def _(rng, rows, folder):
    lines = text(rows).splitlines()
    for n in rng.sample(range(1, len(lines)), 2):
        lines[n] = lines[n].replace("买卖", '"买卖')
        lines[n] = re.sub(",张三$", ',"张三', lines[n])
    return saved(folder, "\n".join(lines) + "\n")


@kind("没有加引号的逗号、缺一格，一行错位", loses="列数不符")
def _(rng, rows, folder):
    lines = text(rows).splitlines()
    for n in rng.sample(range(1, len(lines)), 2):
        lines[n] = (
            lines[n].replace("买卖合同", "买卖,合同") if rng.random() < 0.5 else lines[n].replace("买卖合同纠纷,", "")
        )
    return saved(folder, "\n".join(lines) + "\n")


@kind("一行的格子右移一格而列数不变", loses="不在法院表中|无法识别|缺少")
def _(rng, rows, folder):
    for row in some(rng, rows):
        row[:] = ["", *row[:-1]]


@kind("一行的日期和案由写串了", loses="立案日期无法识别")
def _(rng, rows, folder):
    for row in some(rng, rows):
        row[CAUSE], row[FILED] = row[FILED], row[CAUSE]


@kind("列的次序调换")
def _(rng, rows, folder):
    order = rng.sample(range(len(HEADER)), len(HEADER))
    rows[:] = [[row[n] for n in order] for row in rows]


@kind("立案、结案日期两列的名称写反", loses="早于立案日期")
def _(rng, rows, folder):
    # Cases without a conclusion then have no filing: they are named too, as a conclusion before its filing is.
    for row in rows[1:]:
        row[CONCLUDED] = row[CONCLUDED] or "2025-12-30"
    rows[0][FILED], rows[0][CONCLUDED] = rows[0][CONCLUDED], rows[0][FILED]


@kind("不用的列名重复")
def _(rng, rows, folder):
    rows[0] += ["备注", "备注", "备 注"]
    for row in rows[1:]:
        row += ["甲", "乙", ""]


@kind("要用的列名重复", stops="列名重复")
def _(rng, rows, folder):
    place = rng.choice([NUMBER, COURT, FILED, CONCLUDED])
    for row in rows:
        row.append(row[place])


@kind("缺少要用的一列", stops="缺少")
def _(rng, rows, folder):
    place = rng.choice([NUMBER, COURT, FILED, CONCLUDED])
    for row in rows:
        del row[place]


@kind("网页表格叫作 .xls")
def _(rng, rows, folder):
    tag = rng.choice(["td", "TD"])
    lines = "".join("<tr>" + "".join(f"<{tag}>{c or '&nbsp;'}</{tag}>" for c in row) + "</tr>" for row in rows)
    return saved(folder, f'<html><meta charset="utf-8"><body><p>案件</p><table border=1>{lines}</table>', "c.xls")


@kind("XML 电子表格叫作 .xls")
def _(rng, rows, folder):
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    lines = "".join(
        "<Row>"
        + "".join(f'<Cell ss:Index="{n}"><Data ss:Type="String">{c}</Data></Cell>' for n, c in enumerate(row, 1) if c)
        + "</Row>"
        for row in rows
    )
    book = f'<Workbook xmlns="{name}" xmlns:ss="{name}"><Worksheet ss:Name="s"><Table>{lines}</Table></Worksheet></Workbook>'
    return saved(folder, f'<?xml version="1.0"?>{book}', "c.xls")


@kind("JSON Lines，键的次序不定、缺空值的键")
def _(rng, rows, folder):
    objects = []
    for row in rows[1:]:
        pairs = [(name, cell) for name, cell in zip(HEADER, row, strict=True) if cell or name == "结案日期"]
        rng.shuffle(pairs)
        objects.append(json.dumps(dict(pairs), ensure_ascii=False))
    return saved(folder, "\n".join(objects), "c.jsonl")


@kind("分成几个文件，扩展名各异")
def _(rng, rows, folder):
    cut = rng.randint(2, len(rows) - 1)
    return [saved(folder, text(rows[:cut])), write_xlsx(folder / "d.xlsx", {"s": [rows[0], *rows[cut:]]})]


# Values


def _wide(value: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in value)


@kind("全角数字")
def _(rng, rows, folder):
    for column in rng.sample([NUMBER, FILED, CONCLUDED, AMOUNT], 2):
        each(rows, column, _wide)


@kind("14 位、8 位数字的日期")
def _(rng, rows, folder):
    tail = rng.choice(["", "093015", ".0", "000000"])
    days(rows, lambda day: day.replace("-", "") + tail)


@kind("日期带时刻")
def _(rng, rows, folder):
    days(
        rows,
        lambda day: (
            day + rng.choice([" 00:00:00", "T09:30:00", " 9:30", " 上午 9:30", " 下午 3:05:01", " 12:00:00.000"])
        ),
    )


@kind("日期用点、斜线、年月日、空格")
def _(rng, rows, folder):
    def change(day: str) -> str:
        y, m, d = map(int, day.split("-"))
        return rng.choice(
            [f"{y}.{m}.{d}", f"{y}/{m:02}/{d}", f"{y}年{m}月{d}日", f"{y} 年 {m} 月 {d} 日", f"{y}－{m}－{d}"]
        )

    days(rows, change)


@kind("日期时间带时区", tells="时区")
def _(rng, rows, folder):
    def change(day: str) -> str:
        before = date.fromisoformat(day) - timedelta(1)
        return rng.choice(
            [f"{before}T16:30:00Z", f"{day}T00:10:00+08:00", f"{before} 18:00:00+00", f"{day}T01:00:00+09:00"]
        )

    days(rows, change)


@kind("两位数年份", loses="无法识别：.*四位数年份")
def _(rng, rows, folder):
    mark = rng.choice("-/.")
    for row in some(rng, rows):
        row[FILED] = row[FILED][2:].replace("-", mark)


@kind("美国式日期、日在前", loses="无法识别：")
def _(rng, rows, folder):
    for row in some(rng, rows, filled=CONCLUDED):
        y, m, d = row[CONCLUDED].split("-")
        row[CONCLUDED] = rng.choice(
            [f"{m}/{d}/{y}", f"{d}/{m}/{y}", f"{int(m)}/{int(d)}/{y[2:]}", f"{d}-{int(m)}月 -{y[2:]}"]
        )


@kind("不存在的日期、只有年月、农历", loses="无法识别：")
def _(rng, rows, folder):
    for row in some(rng, rows, filled=CONCLUDED):
        row[CONCLUDED] = rng.choice(
            ["2025-02-30", "2025-13-01", "2025-09", "202509", "八月十五", "2025年", "昨天", "待定", "#", "？"]
        )


@kind("表示没有日期的写法")
def _(rng, rows, folder):
    words = [
        "NULL",
        "-",
        "无",
        "未结",
        "0000-00-00",
        "1900-1-0",
        "\\N",
        "——",
        "9999-12-31",
        "0",
        "N/A",
        "1900-01-01 00:00:00",
    ]
    for row in rows[1:]:
        row[CONCLUDED] = row[CONCLUDED] or rng.choice(words)


@kind("制表符、不可见字符")
def _(rng, rows, folder):
    signs = ["\t", "\x1f", "\u200b", "\ufeff", "\u202a", "\u202c", "\u00a0", "\u3000", " ", "\u00ad", "\u2060"]
    for row in rows:
        for n, cell in enumerate(row):
            if cell and rng.random() < 0.5:
                row[n] = rng.choice(signs) + cell + rng.choice(signs)


@kind('="…" 包住的值')
def _(rng, rows, folder):
    return saved(
        folder, "\n".join(",".join(f'"=""{c}"""' if c and r else c for c in row) for r, row in enumerate(rows)) + "\n"
    )


@kind("撇号开头")
def _(rng, rows, folder):
    for column in (NUMBER, FILED, CONCLUDED):
        each(rows, column, lambda cell: "'" + cell)


@kind("重复的行", loses="重复")
def _(rng, rows, folder):
    for row in some(rng, rows):
        rows.insert(rng.randint(1, len(rows)), list(row))


@kind("同一案件的两个时点", loses="较早状态")
def _(rng, rows, folder):
    for row in some(rng, rows, filled=CONCLUDED):
        earlier = list(row)
        earlier[CONCLUDED] = earlier[OUTCOME] = ""
        rows.insert(rng.randint(1, len(rows)), earlier)


@kind("同一案件同日结案而方式不同", loses="结案方式不同|不一致|矛盾")
def _(rng, rows, folder):
    for row in some(rng, rows, filled=CONCLUDED):
        other = list(row)
        other[OUTCOME] = "其他" if row[OUTCOME] != "其他" else "判决"
        rows.insert(rng.randint(1, len(rows)), other)


@kind("案号写法不一")
def _(rng, rows, folder):
    def change(number: str) -> str:
        form = rng.choice(["()", "〔〕", "[]", "【】", "（）"])
        number = number.replace("（", form[0]).replace("）", form[1])
        return rng.choice(
            [number, number.replace("号", "號"), f" {number} ", re.sub(r"(\d+)号", r"0\1号", number), _wide(number)]
        )

    each(rows, NUMBER, change)


@kind("案号带之一、之二", loses="之一|重复")
def _(rng, rows, folder):
    for row in some(rng, rows):
        rows.append([row[0] + rng.choice(["之一", "之二", "之三"]), *row[1:]])


@kind("法院名称的别写", tells="按案号的法院代字统计")
def _(rng, rows, folder):
    rows[1][COURT] += "（本部）"
    for row in some(rng, rows):
        row[COURT] = rng.choice([row[COURT] + "执行局", row[COURT].replace("天枢市", "天枢"), row[COURT][:-4] + "法院"])


@kind("与上一行相同的法院写同上", tells="按案号的法院代字统计")
def _(rng, rows, folder):
    mark = rng.choice(["同上", "〃", "″"])
    rows[1:] = sorted(rows[1:], key=lambda row: row[COURT])
    alike = [row for above, row in itertools.pairwise(rows) if row[COURT] == above[COURT]]
    for row in alike:
        row[COURT] = mark


@kind("从 PDF 复制来的部首")
def _(rng, rows, folder):
    alike = str.maketrans("人民行长方金一二", "⼈⺠⾏⻓⽅⾦⼀⼆")
    for row in rows[1:]:
        row[COURT], row[NUMBER] = row[COURT].translate(alike), row[NUMBER].translate(alike)


@kind("两行的同一列各多一个引号", loses="引号不配对|列数不符")
def _(rng, rows, folder):
    first, second = sorted(rng.sample(range(1, len(rows)), 2))
    lines = text(rows).splitlines()
    for place, change in ((first, '"{}'), (second, '{}"')):
        cells = list(rows[place])
        cells[CAUSE] = change.format(cells[CAUSE] or "借款")
        lines[place] = ",".join(cells)
    return saved(folder, "\n".join(lines) + "\n")


@kind("别的法院的案件混入", loses="不在法院表中")
def _(rng, rows, folder):
    for row in some(rng, rows):
        row[NUMBER] = re.sub("辽01(0[23])?", "沪0115", row[NUMBER])
        row[COURT] = "上海市浦东新区人民法院"


@kind("结案方式有不认识的写法", tells="结案方式的写法不认识", words=True)
def _(rng, rows, folder):
    for row in some(rng, rows, filled=CONCLUDED):
        row[OUTCOME] = rng.choice(["依职权了结", "已办", "见系统", "A03", "调"])


@kind("结案方式的其他写法")
def _(rng, rows, folder):
    others = {
        "改判": ["依法改判", "部分改判", "判决改判"], "发回重审": ["撤销原判发回重审", "裁定发回重审"], "调解": ["民事调解", "调解结案"],
        "维持": ["驳回上诉，维持原判", "维持原判"], "执行完毕": ["全部执行完毕"], "终结本次执行": ["终本"], "撤诉": ["准予撤诉"],
    }  # fmt: skip
    each(rows, OUTCOME, lambda word: rng.choice([word, *others.get(word, [])]))


@kind("列名写明单位万元", tells="标的额以10000元为单位")
def _(rng, rows, folder):
    rows[0][AMOUNT] = rng.choice(["标的额（万元）", "标的额(单位：万元)", "标的额/万元"])
    each(rows, AMOUNT, lambda cell: f"{int(cell) / 10000:.4f}")


@kind("金额带千分号、货币符号、单位")
def _(rng, rows, folder):
    each(
        rows,
        AMOUNT,
        lambda cell: rng.choice(
            [f"{int(cell):,}", f"￥{int(cell):,}.00", f"{cell}元", f"{int(cell) / 10000:.4f}万元", f" {cell}.0"]
        ),
    )


def base() -> list[Rows]:
    return [table(random.Random(place), place) for place in range(EXAMPLES)]


def canonical(files: Sequence[str], folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, str]:
    """The used cases by identity, those set aside, the counts, and what the notes say."""
    tree = court_table.load(folder / "courts.csv")
    with read.read(files, folder, tree=tree, today=TODAY) as cases:
        assert cases.rows_in == cases.rows_used + len(cases.set_aside)
        used = cases.connection.execute(
            f"SELECT {COLUMNS.replace('outcome', 'outcome::VARCHAR AS outcome')} FROM cases"
        ).df()
        counts = tally(cases, catalogue.load(), (PERIOD,)).frame
        used.index = pd.Index([case_no.identity(number) for number in used.pop("case_no")])
        return used.sort_index(), cases.set_aside, counts, "\n".join(note.text for note in cases.notes)


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> tuple[Path, pd.DataFrame, pd.DataFrame]:
    """The folder of the tables as they were, their cases and counts."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    tables = base()
    (folder / "c.csv").write_text(text([HEADER, *(row for one in tables for row in one[1:])]), "utf-8")
    used, aside, counts, _ = canonical(["c.csv"], folder)
    assert len(aside) == 0 and len(used) == sum(len(one) - 1 for one in tables)
    return folder, used, counts


def spoilt(one: Kind, folder: Path) -> list[Path]:
    """The files of all examples of a kind."""
    files: list[Path] = []
    for place, rows in enumerate(base()):
        own = folder / f"{place}"
        own.mkdir()
        made = one.change(random.Random(f"{one.name}{place}"), rows, own)
        made = saved(own, text(rows)) if made is None else made
        made = [made] if isinstance(made, Path) else list(made)
        for path in made:
            files.append(path.rename(own / f"{place}-{path.name}"))
    return files


def test_there_are_many_kinds():
    assert len(KINDS) >= 60


@pytest.mark.parametrize("name", KINDS)
def test_the_numbers_stay_right_or_the_spoiling_is_named(name, plain, tmp_path):
    one = KINDS[name]
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    files = spoilt(one, tmp_path)
    if one.stops:
        tree = court_table.load(tmp_path / "courts.csv")
        for path in files:
            with (
                pytest.raises(InputError, match=one.stops) as error,
                read.read([str(path)], tmp_path, tree=tree, today=TODAY),
            ):
                pass
            assert path.name in str(error.value) and error.value.advice
        return
    used, aside, counts, notes = canonical([str(path.relative_to(tmp_path)) for path in files], tmp_path)
    _, cases, expected = plain
    names = [path.name for path in files]
    assert [row for row in aside.to_dict("records") if not (one.loses and re.search(one.loses, row["原因"]))] == []
    assert all(any(row["文件"].startswith(each) for each in names) for row in aside.to_dict("records"))
    if one.loses:
        assert {each.partition("-")[0] for each in aside["文件"]} == {str(place) for place in range(EXAMPLES)}
    assert re.search(one.tells, notes)
    assert set(used.index) <= set(cases.index), "cases that are not in the table"
    missing = cases.index.difference(used.index)
    assert len(missing) <= len(aside), "cases are lost and not named"
    if used.empty:
        assert not counts.to_numpy().any()
        return
    left = cases.loc[used.index]
    compared = left.columns.difference(["outcome"]) if one.words else left.columns
    pd.testing.assert_frame_equal(used[compared], left[compared])
    if len(missing):
        rows = [row for each in base() for row in each[1:] if case_no.identity(row[NUMBER]) not in missing]
        (tmp_path / "left.csv").write_text(text([HEADER, *rows]), "utf-8")
        _, _, expected, _ = canonical(["left.csv"], tmp_path)
    if one.words:
        odd = used["outcome"].fillna("") != left["outcome"].fillna("")
        assert odd.any() and all(word in notes for word in set(used["outcome"][odd]))
        counts, expected = (
            frame[["filed", "concluded_dated", "opening", "pending", "days"]] for frame in (counts, expected)
        )
    pd.testing.assert_frame_equal(counts, expected)
