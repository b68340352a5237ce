"""The same cases written as every kind of file, and what the program counts in each."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb
import pandas as pd
import xlsxwriter
import xlwt
from by_hand import CASES_BY_HAND

DATES = ("立案日期", "结案日期", "应结案日期")


def rows_by_hand() -> list[list[str]]:
    """Header and rows of the cases counted by hand."""
    return list(csv.reader(io.StringIO(CASES_BY_HAND)))


def typed(rows: Sequence[Sequence[str]]) -> list[list[object]]:
    """Rows with real dates, as a spreadsheet or database holds them."""
    header = rows[0]
    return [
        list(header),
        *(
            [date.fromisoformat(v) if name in DATES and v else v for name, v in zip(header, row, strict=True)]
            for row in rows[1:]
        ),
    ]


def write_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, str) and value.startswith("=") and "|" in value:
                        formula, _, shown = value.partition("|")
                        sheet.write_formula(r, c, formula, None, shown)
                    elif isinstance(value, (date, datetime)):
                        sheet.write_datetime(r, c, value)
                    elif value != "":
                        sheet.write(r, c, value)
    return path


def write_xls(path: Path, rows: Sequence[Sequence[object]], sheet: str = "案件") -> Path:
    book = xlwt.Workbook()
    page = book.add_sheet(sheet)
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value == "=1/0|#DIV/0!":
                page.row(r).set_cell_error(c, 0x07)
            elif isinstance(value, date):
                page.write(r, c, value, day)
            elif value != "":
                page.write(r, c, value)
    book.save(path)
    return path


def write_ods(path: Path, rows: Sequence[Sequence[object]], sheet: str = "案件") -> Path:
    """The least that a spreadsheet program would read."""
    spaces = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    declared = " ".join(f'xmlns:{k}="{v}"' for k, v in spaces.items())

    def cell(value: object) -> str:
        if value == "=1/0|#DIV/0!":
            kind = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
            return f"<table:table-cell {kind}><text:p>#DIV/0!</text:p></table:table-cell>"
        if isinstance(value, date):
            kind = f'office:value-type="date" office:date-value="{value}"'
            return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"
        if isinstance(value, (int, float)):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        if value == "":
            return "<table:table-cell/>"
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {declared} office:version="1.3"><office:body>'
        f'<office:spreadsheet><table:table table:name="{sheet}">{lines}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{space}">{entry}</manifest:manifest>'
        )
    return path


def write_parquet(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    frame = pd.DataFrame(rows[1:], columns=rows[0]).replace({"": None})
    with duckdb.connect() as db:
        db.register("frame", frame)
        fields = ", ".join(f'"{n}"::{"DATE" if n in DATES else "VARCHAR"} AS "{n}"' for n in rows[0])
        db.execute(f"COPY (SELECT {fields} FROM frame) TO '{path}' (FORMAT parquet)")
    return path


def write_text(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def every_file(folder: Path, rows: Sequence[Sequence[str]] | None = None) -> dict[str, Path]:
    """The cases as CSV in two encodings, xlsx, xls, ods and Parquet."""
    plain = rows or rows_by_hand()
    real = typed(plain)
    title = [["某市案件明细表"], ["制表单位：审判管理办公室"]]
    return {
        "csv": write_text(folder / "c.csv", plain),
        "gb18030": write_text(folder / "g.csv", plain, "gb18030"),
        "xlsx": write_xlsx(folder / "c.xlsx", {"说明": [["本表由系统导出"]], "案件": [*title, *real]}),
        "xls": write_xls(folder / "c.xls", real),
        "ods": write_ods(folder / "c.ods", real),
        "parquet": write_parquet(folder / "c.parquet", real),
    }
