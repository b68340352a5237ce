"""Tables as CSV: UTF-8 with a byte-order mark, as Excel and WPS open it, and harmless cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # begin what a spreadsheet may take for a formula


def csv_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Rows of text as :func:`csv_bytes` writes a table."""
    return csv_bytes(pd.DataFrame(list(rows), columns=list(heads), dtype="object"))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as UTF-8 CSV with a byte-order mark, with cells that start like a formula made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(frame.columns)
    columns = (_texts(frame.iloc[:, place]) for place in range(frame.shape[1]))
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8-sig")


def _texts(column: pd.Series) -> list[str]:
    """The cells of a column as they are written; of text each value is looked at once, as most columns hold few."""
    if pd.api.types.infer_dtype(column, skipna=True) == "string":
        texts = column.fillna("").tolist()
        written = {text: _cell(text) for text in set(texts)}
        return [written[text] for text in texts]
    known = column.notna().to_numpy()
    cells = np.full(len(column), "", dtype="object")
    days = pd.api.types.is_datetime64_any_dtype(column.dtype)  # a day without hours is written as such
    values = (column[known].astype("str") if days else column[known]).to_numpy().tolist()
    plain = pd.api.types.is_numeric_dtype(column.dtype) or days
    cells[known] = list(map(str if plain else _cell, values))
    found: list[str] = cells.tolist()
    return found


def _cell(value: object) -> str:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else str(value)
