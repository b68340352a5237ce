"""Tables as CSV: UTF-8 with a byte-order mark, as Excel and WPS open it, and harmless cells."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # begin what a spreadsheet may take for a formula


def csv_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Rows of text as :func:`csv_bytes` writes a table."""
    return csv_bytes(pd.DataFrame(list(rows), columns=list(heads), dtype="object"))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as UTF-8 CSV with a byte-order mark, with cells that start like a formula made harmless."""
    safe = frame.copy()
    for name in safe.columns:
        if safe[name].dtype.kind in "OUT" or str(safe[name].dtype).startswith("str"):
            text = safe[name].astype("object")
            risky = [cell for cell in text.unique() if isinstance(cell, str) and cell.startswith(FORMULA)]
            if risky:  # most columns hold few values, and none of these
                safe[name] = text.where(~text.isin(risky), "'" + text.astype(str))
    out = io.StringIO()
    safe.to_csv(out, index=False, lineterminator="\r\n")
    return out.getvalue().encode("utf-8-sig")
