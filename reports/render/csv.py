"""Tables as CSV: UTF-8 with a byte-order mark, as Excel and WPS open it, and harmless cells."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection, Sequence
from itertools import islice

import numpy as np
import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # begin what a spreadsheet may take for a formula
END = "\r\n"
AT_ONCE = 5000  # lines: a whole table as one text takes more time to make room for than to write


def csv_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Rows of text as :func:`csv_bytes` writes a table."""
    return csv_bytes(pd.DataFrame(list(rows), columns=list(heads), dtype="object"))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as UTF-8 CSV with a byte-order mark, with cells that start like a formula made harmless."""
    alone = frame.shape[1] == 1
    columns = [_texts(frame.iloc[:, place], alone) for place in range(frame.shape[1])]
    lines = map(",".join, zip(*columns, strict=True))
    parts = [codecs.BOM_UTF8, _together([",".join(_quoted([str(name) for name in frame.columns], alone))])]
    while some := list(islice(lines, AT_ONCE)):
        parts.append(_together(some))
    return b"".join(parts)


def _together(lines: list[str]) -> bytes:
    return END.join([*lines, ""]).encode()


def _texts(column: pd.Series, alone: bool) -> list[str]:
    """The cells of a column as they are written; of text each value is looked at once, as most columns hold few."""
    if pd.api.types.infer_dtype(column, skipna=True) == "string":
        texts = column.fillna("").tolist()
        few = list(set(texts))
        written = dict(zip(few, _quoted(list(map(_cell, few)), alone), strict=True))
        return list(map(written.__getitem__, texts))
    known = column.notna().to_numpy()
    cells = np.full(len(column), "", dtype="object")
    days = pd.api.types.is_datetime64_any_dtype(column.dtype)  # a day without hours is written as such
    values = (column[known].astype("str") if days else column[known]).to_numpy().tolist()
    plain = pd.api.types.is_numeric_dtype(column.dtype) or days
    cells[known] = list(map(str if plain else _cell, values))
    found: list[str] = cells.tolist()
    return found if plain and not alone else _quoted(found, alone)


def _cell(value: object) -> str:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else str(value)


def _quoted(texts: Collection[str], alone: bool) -> list[str]:
    """Texts as the csv module writes each as one cell of a row, or as its only one: that is never nothing at all."""
    written = _Rows()
    csv.writer(written, lineterminator=END).writerows([text] if alone else [text, ""] for text in texts)
    return [row.removesuffix(END if alone else f",{END}") for row in written]


class _Rows(list[str]):
    """What the csv module writes."""

    write = list.append
